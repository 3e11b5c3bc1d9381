package ownapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// maxReports is how many events one call may carry.
const maxReports = 10_000

// maxEditorBytes bounds an editor's name; the longest recorded one has 73.
const maxEditorBytes = 255

type activityAnswer struct {
	Accepted int       `json:"accepted"`
	Ignored  []ignored `json:"ignored"`
}

type ignored struct {
	Username string `json:"username"`
	Reason   string `json:"reason"`
}

// activityReported is what eventsOf reads, and eventReported is what reportOf does. Other keys
// are ignored.
type activityReported struct {
	Events []eventReported `json:"events"`
}

func (activityReported) refine(made schema) {
	made["properties"].(map[string]schema)["events"]["maxItems"] = maxReports
}

type eventReported struct {
	Username        string  `json:"username" about:"The person's login."`
	At              *string `json:"at,omitempty" format:"date-time" about:"When the assistant was last used."`
	Editor          *string `json:"editor,omitempty" about:"In which editor, in 255 bytes at most. Goes with at."`
	AuthenticatedAt *string `json:"authenticated_at,omitempty" format:"date-time" about:"When the person last authenticated."`
}

func (eventReported) refine(made schema) {
	made["description"] = "At least one of at and authenticated_at is needed."
	made["anyOf"] = []schema{{"required": []string{"at"}}, {"required": []string{"authenticated_at"}}}
}

func (c Config) activity(q *ghapi.Request) error {
	body, err := q.ReadBody()
	if err != nil {
		return err
	}
	reports, err := reportsOf(q.R.Header.Get("Content-Type"), body)
	if err != nil {
		return err
	}
	accepted, passedOver, err := c.Service.ReportActivity(q.R.Context(), q.Account.Ref, reports, q.By())
	if err != nil {
		return err
	}
	answer := activityAnswer{Accepted: accepted, Ignored: []ignored{}}
	for _, report := range passedOver {
		answer.Ignored = append(answer.Ignored, ignored{report.Login, report.Reason})
	}
	return respond(q, http.StatusOK, answer)
}

// reportsOf reads {"events":[…]} or, as application/x-ndjson, an event a line. One event
// that is wrong refuses them all.
func reportsOf(contentType string, body []byte) ([]usher.ActivityReport, error) {
	raws, err := eventsOf(contentType, body)
	if err != nil {
		return nil, err
	}
	if len(raws) > maxReports {
		return nil, ghapi.SchemaError(fmt.Sprintf("There are too many events: a call takes at most %d.", maxReports))
	}
	reports := make([]usher.ActivityReport, len(raws))
	var wrong []string
	for i, raw := range raws {
		report, problem := reportOf(raw)
		if problem != "" {
			wrong = append(wrong, fmt.Sprintf("Event %d: %s", i+1, problem))
			continue
		}
		reports[i] = report
	}
	if len(wrong) > 0 {
		return nil, ghapi.SchemaError(wrong...)
	}
	return reports, nil
}

func eventsOf(contentType string, body []byte) ([]json.RawMessage, error) {
	if media, _, err := mime.ParseMediaType(contentType); err == nil && media == "application/x-ndjson" {
		return linesOf(body), nil
	}
	object, err := ghapi.DecodeObject(body)
	if err != nil {
		return nil, err
	}
	raw, ok := object["events"]
	if !ok {
		return nil, ghapi.SchemaError(`"events" wasn't supplied.`)
	}
	events, ok := ghapi.Elements(raw, maxReports)
	if !ok {
		return nil, ghapi.SchemaError("For 'properties/events', the value is not an array.")
	}
	return events, nil
}

// linesOf splits NDJSON; blank lines are passed over.
func linesOf(body []byte) []json.RawMessage {
	var events []json.RawMessage
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			events = append(events, line)
		}
		if len(events) > maxReports {
			break
		}
	}
	return events
}

// reportOf reads one event; problem says what is wrong with it.
func reportOf(raw json.RawMessage) (report usher.ActivityReport, problem string) {
	object, err := ghapi.DecodeObject(raw)
	if err != nil {
		return report, "it is not a JSON object."
	}
	if json.Unmarshal(object["username"], &report.Login) != nil || report.Login == "" {
		return report, `"username" must be a login.`
	}
	at, hasAt := present(object, "at")
	authenticated, hasAuthenticated := present(object, "authenticated_at")
	editor, hasEditor := present(object, "editor")
	if !hasAt && !hasAuthenticated {
		return report, `"at" or "authenticated_at" is needed.`
	}
	var ok bool
	if report.Activity.At, ok = timeOf(at); hasAt && !ok {
		return report, `"at" must be an instant, like "2026-11-30T09:00:00Z".`
	}
	if report.Activity.AuthenticatedAt, ok = timeOf(authenticated); hasAuthenticated && !ok {
		return report, `"authenticated_at" must be an instant, like "2026-11-30T09:00:00Z".`
	}
	if !hasEditor {
		return report, ""
	}
	if !hasAt {
		return report, `"editor" goes with "at".`
	}
	if json.Unmarshal(editor, &report.Activity.Editor) != nil || len(report.Activity.Editor) > maxEditorBytes || strings.ContainsFunc(report.Activity.Editor, unicode.IsControl) {
		return report, fmt.Sprintf(`"editor" must be a string of at most %d bytes, without control characters.`, maxEditorBytes)
	}
	return report, ""
}

// present is a key's value; null counts as absent.
func present(object map[string]json.RawMessage, key string) (json.RawMessage, bool) {
	raw, ok := object[key]
	return raw, ok && string(raw) != "null"
}
