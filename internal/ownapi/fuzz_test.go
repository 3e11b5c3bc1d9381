package ownapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// FuzzBodies reads a body as events in JSON, as events in NDJSON, as a move of the clock, as
// settings and as a call to be tried: it is refused in a few words, or something that makes sense, and events are the
// same in both forms.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `[`, "\xff", `{"events":null}`, `{"events":[]}`, `{"events":[1,{},null]}`, `{"events":{"username":"x"}}`,
		`{"events":[{"username":"octocat","at":"2026-11-19T10:00:00.123456789+05:45","editor":"vscode/1.96.4"},{"username":"x","authenticated_at":"2026-02-29T00:00:00Z"}]}`,
		`{"username":"octocat"}`, `{"username":"octocat","at":null,"editor":"x"}`, `{"username":"octocat","authenticated_at":"2026-11-19T10:00:00Z","editor":"x"}`,
		`{"username":"octocat","at":"0000-01-01T00:00:00Z"}`,
		"\r\n{\"username\":\"octocat\",\"at\":\"2026-11-19T10:00:00Z\",\"editor\":\"é\"}\r\n \n{\"username\":\"\\u0000\",\"authenticated_at\":\"9999-12-31T23:59:59-23:59\",\"at\":null}",
		`{"username":"\ud800","at":"0001-01-01T00:00:00Z","at":"2026-11-19T24:00:00Z"}`,
		`{"username":"x","at":"2026-11-19T10:00:00Z","editor":"\u0085"}`,
		`{"username":"x","at":"2026-11-19t10:00:60z","editor":["a"]}`,
		`{"events":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
		`{"by":"240h"}`, `{"by":"-1ns"}`, `{"by":"2562047h47m16.854775807s"}`, `{"by":"9999999999h"}`, `{"by":1e9}`, `{"by":null}`, `{"by":"1h","to":null}`,
		`{"enabled":true,"plan":"enterprise","seat_management":"assign_all","cli":"unconfigured","billing":{"set_up":false,"cycle_day":28}}`,
		`{"enterprise":null}`, `{"enterprise":"other"}`, `{"enterprise":"","plan":null}`, `{"billing":{"cycle_day":1.5,"é":{}}}`,
		`{"to":"2026-12-01T00:00:00Z"}`, `{"to":"0000-12-31T23:59:59-00:01"}`, `{"to":"9999-12-31T23:59:59-23:59"}`, `{"to":"0001-01-01T00:00:00+01:00"}`, `{"to":null}`, `{"to":0}`,
		`{"method":"POST","path":"/orgs/octodemo/copilot/billing/selected_users","body":{"selected_usernames":["octocat"]}}`, `{"method":"DELETE","path":"//api/v3/teams/1/members/%2e%2e?x#y","body":null}`,
		`{"method":"PUT","path":"/orgs/%zz"}`, `{"method":"PATCH","path":"/user/memberships/orgs/\u0000"}`, `{"method":"POST","path":"/graphql"}`, `{"method":"POST","path":"http://x/","more":1}`,
	} {
		f.Add([]byte(body))
	}
	github := ghapi.New(nil, ghapi.Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		checkMove(t, body)
		checkSettings(t, body)
		checkCall(t, github, body)
		checkReports(t, "application/json", body)
		lines := linesOf(body)
		reports := checkReports(t, "application/x-ndjson", body)
		if reports == nil || len(reports) != len(lines) {
			return
		}
		same := checkReports(t, "", append(append([]byte(`{"events":[`), bytes.Join(raw(lines), []byte(","))...), "]}"...))
		if diff := cmp.Diff(reports, same); diff != "" {
			t.Errorf("%q (-as lines +as a list):\n%s", body, diff)
		}
	})
}

// checkCall finds an operation that changes something, or refuses the body.
func checkCall(t *testing.T, github *ghapi.API, body []byte) {
	t.Helper()
	call, err := callIn(github, body)
	if err != nil {
		refused(t, body, err)
		return
	}
	if !slices.Contains(ghapi.WriteMethods(), call.Method) || !strings.HasPrefix(call.Path, "/") {
		t.Errorf("%q: got the call %s %s", body, call.Method, call.Path)
	}
}

func raw(lines []json.RawMessage) [][]byte {
	out := make([][]byte, len(lines))
	for i, line := range lines {
		out[i] = line
	}
	return out
}

// checkReports are the events that are found; nil where they are refused.
func checkReports(t *testing.T, contentType string, body []byte) []usher.ActivityReport {
	t.Helper()
	reports, err := reportsOf(contentType, body)
	if err != nil {
		refused(t, body, err)
		return nil
	}
	for i, report := range reports {
		a := report.Activity
		switch {
		case report.Login == "", !utf8.ValidString(report.Login),
			a.At.IsZero() && a.AuthenticatedAt.IsZero(), a.At.IsZero() && a.Editor != "",
			!whole(a.At), !whole(a.AuthenticatedAt),
			len(a.Editor) > maxEditorBytes, strings.ContainsFunc(a.Editor, unicode.IsControl), !utf8.ValidString(a.Editor):
			t.Errorf("event %d of %q: got %+v", i+1, body, report)
		}
	}
	return reports
}

// whole says whether an instant is one that the store keeps as it is: UTC, microseconds.
func whole(at time.Time) bool {
	return at.Equal(time.UnixMicro(at.UnixMicro())) && at.Location() == time.UTC
}

func checkMove(t *testing.T, body []byte) {
	t.Helper()
	move, err := moveOf(body)
	if err != nil {
		refused(t, body, err)
		return
	}
	if move.By < 0 || !whole(move.To) || !move.To.IsZero() && (move.By != 0 || move.To.Year() < 1) {
		t.Errorf("%q moves the clock: got %+v", body, move)
	}
}

func refused(t *testing.T, body []byte, err error) {
	t.Helper()
	if message := err.Error(); message == "" || len(message) > 1<<16 || !utf8.ValidString(message) {
		t.Errorf("%.300q is refused with %d bytes: %.300q", body, len(message), message)
	}
}

func checkSettings(t *testing.T, body []byte) {
	t.Helper()
	for _, kind := range []usher.AccountKind{usher.Organization, usher.Enterprise} {
		wanted, err := settingsIn(body, kind)
		if err != nil {
			refused(t, body, err)
			continue
		}
		nothing := wanted.change == usher.SubscriptionChange{}
		day := wanted.change.CycleDay
		if wanted.moves != nothing || wanted.moves && kind == usher.Enterprise || day != nil && (*day < 1 || *day > lastCycleDay) {
			t.Errorf("%q as settings of an %s: got %+v", body, kind, wanted)
		}
	}
}
