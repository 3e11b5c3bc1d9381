package seed

import (
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// relative is a time counted from now: -3d, +30d, -36h, -1d12h, -90m.
var relative = regexp.MustCompile(`^([+-])(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?$`)

// time is an instant, absolute or relative to now; zero when it is left out.
func (e entry) time(key string) time.Time {
	node := e.value(key)
	if node == nil {
		return time.Time{}
	}
	at, ok := parseTime(node, e.p.now)
	if !ok {
		e.fail(node, "%s must be a time such as 2026-11-20T12:00:00Z or, relative to now, -3d, +30d, -36h, -90m", key)
		return time.Time{}
	}
	if at.Year() < 1970 || at.Year() > 9999 {
		e.fail(node, "%s must lie between the years 1970 and 9999", key)
		return time.Time{}
	}
	return at
}

// past is an instant that is not in the future.
func (e entry) past(key string) time.Time {
	at := e.time(key)
	if at.After(e.p.now) {
		e.fail(e.value(key), "%s lies in the future: now is %s; give an earlier time", key, e.p.now.Format(time.RFC3339Nano))
		return time.Time{}
	}
	return at
}

func parseTime(node *yaml.Node, now time.Time) (time.Time, bool) {
	if !isText(node) {
		return time.Time{}, false
	}
	if at, err := time.Parse(time.RFC3339, node.Value); err == nil {
		return at.UTC().Truncate(time.Microsecond), true
	}
	parts := relative.FindStringSubmatch(node.Value)
	if parts == nil || len(node.Value) == 1 {
		return time.Time{}, false
	}
	days, hours, minutes := count(parts[2]), count(parts[3]), count(parts[4])
	if parts[1] == "-" {
		days, hours, minutes = -days, -hours, -minutes
	}
	clock := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	return now.AddDate(0, 0, days).Add(clock), true
}

func count(digits string) int {
	n, _ := strconv.Atoi(digits) // digits by the expression, or nothing
	return n
}
