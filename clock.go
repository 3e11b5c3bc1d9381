package usher

import (
	"strconv"
	"strings"
	"time"
)

// Clock is the world clock's row: world time rules seats, cycles, activity, events and
// seeded tokens (rule C5).
type Clock struct {
	StandsAt time.Time     // the instant at which it stands until it is moved; zero: it runs
	Offset   time.Duration // how far a running clock is ahead of the wall clock
}

// Now is the world time when the wall clock shows wall, in whole microseconds, UTC.
func (c Clock) Now(wall time.Time) time.Time {
	if !c.StandsAt.IsZero() {
		return c.StandsAt.UTC()
	}
	return wall.Add(c.Offset).UTC().Truncate(time.Microsecond)
}

// Moved says whether the clock shows anything but the wall clock's time.
func (c Clock) Moved() bool { return !c.StandsAt.IsZero() || c.Offset != 0 }

// to is the clock after a move from now to the instant at. ok is false where a running
// clock would be further ahead of the wall clock than a Duration can say: 292 years.
func (c Clock) to(now, at time.Time) (moved Clock, ok bool) {
	if !c.StandsAt.IsZero() {
		return Clock{StandsAt: at}, true
	}
	by := at.Sub(now)
	moved = Clock{Offset: c.Offset + by}
	return moved, now.Add(by).Equal(at) && moved.Offset >= c.Offset
}

// longestPeriod is what a Duration can be, in days.
const longestPeriod = 106_751

// ParsePeriod reads how long something lasts, as people write it: days, then hours, minutes and
// seconds as Go has them, like 30d, 1d12h or 90m. ok is false where it is no such text, negative,
// or longer than 106751 days.
func ParsePeriod(text string) (period time.Duration, ok bool) {
	rest := text
	if days, after, has := strings.Cut(text, "d"); has {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > longestPeriod-1 {
			return 0, false
		}
		period, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest == "" {
		return period, text != ""
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || more > longestPeriod*24*time.Hour-period {
		return 0, false
	}
	return period + more, true
}
