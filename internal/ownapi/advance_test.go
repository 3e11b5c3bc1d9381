package ownapi_test

import (
	"strings"
	"testing"
)

const advance = "/_usher/clock/advance"

// The changes that the world's clock sets off in November.
const (
	midMonth = `{"at":"2026-11-25T00:00:00Z","action":"copilot.cfb_seat_cancelled","org":"mid-month","user":"octocat"}`
	ofOrg    = `{"at":"2026-12-01T00:00:00Z","action":"copilot.cfb_seat_cancelled","org":"OctoDemo","user":"hubot"}`
	ofFirm   = `{"at":"2026-12-01T00:00:00Z","action":"copilot.cfb_seat_cancelled","org":null,"enterprise":"octo-enterprise","user":"hubot"}`
)

func movedTo(now string, changes ...string) string {
	total := string(rune('0' + len(changes)))
	return `{"now":"` + now + `","changes":[` + strings.Join(changes, ",") + `],"total":` + total + `}`
}

func TestAMoveOfTheClockListsWhatItSetOffInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.do("POST", advance, owner, `{"to":"2026-12-01T00:00:00Z"}`).is(t, "to the new month", 200, movedTo("2026-12-01T00:00:00Z", midMonth, ofFirm, ofOrg))
	w.clockShows("2026-12-01T00:00:00Z")
	w.do("GET", "/orgs/octodemo/members/hubot/copilot", owner, "").is(t, "an ended seat", 404,
		`{"message":"Not Found","documentation_url":"https://docs.github.com/rest/copilot/copilot-user-management#get-copilot-seat-assignment-details-for-a-user","status":"404"}`)
	w.do("POST", advance, owner, `{"by":"8760h"}`).is(t, "a year without changes", 200, movedTo("2027-12-01T00:00:00Z"))
}

func TestTheClockMovesByStepsAsItDoesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	steps := []struct{ name, body, want string }{
		{"not at all, to where it stands", `{"to":"2026-11-20T12:00:00Z"}`, movedTo(startsAt)},
		{"not at all, by nothing", `{"by":"0s"}`, movedTo(startsAt)},
		{"by hours", `{"by":"36h"}`, movedTo("2026-11-22T00:00:00Z")},
		{"by a fraction of a second", `{"by":"1h30m1.5s"}`, movedTo("2026-11-22T01:30:01.5Z")},
		{"by less than a microsecond, which is nothing", `{"by":"999ns"}`, movedTo("2026-11-22T01:30:01.5Z")},
		{"just before the cycle's end", `{"to":"2026-11-24T23:59:59.999999Z"}`, movedTo("2026-11-24T23:59:59.999999Z")},
		{"over it", `{"by":"1us"}`, movedTo("2026-11-25T00:00:00Z", midMonth)},
		{"to an instant in another zone", `{"to":"2026-11-30T19:00:00-05:00"}`, movedTo("2026-12-01T00:00:00Z", ofFirm, ofOrg)},
		{"to the same instant again", `{"to":"2026-12-01T01:00:00+01:00"}`, movedTo("2026-12-01T00:00:00Z")},
		{"with keys that nobody asked for", `{"x":1,"by":"1h","reason":null}`, movedTo("2026-12-01T01:00:00Z")},
		{"of a repeated key the last counts", `{"by":7,"by":"1h"}`, movedTo("2026-12-01T02:00:00Z")},
		{"to the last instant there is", `{"to":"9999-11-30T23:59:59Z"}`, movedTo("9999-11-30T23:59:59Z")},
	}
	for _, step := range steps {
		w.do("POST", advance, owner, step.body).is(t, step.name, 200, step.want)
	}
	w.do("POST", advance, owner, `{"by":"1us"}`).is(t, "past the last instant", 422, failed(t, "422", "The clock cannot move past 9999-11-30T23:59:59Z."))
}

func TestAMoveThatIsRefusedLeavesTheClockWhereItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const (
		oneOf   = "Invalid request.\n\nExactly one of \"to\" and \"by\" is needed: {\"to\":\"2026-12-01T00:00:00Z\"} or {\"by\":\"240h\"}."
		instant = "Invalid request.\n\n\"to\" must be an instant, like \"2026-12-01T00:00:00Z\"."
		kind    = "Invalid request.\n\n\"by\" must be a duration, like \"240h\" or \"90m\"."
		form    = "Invalid request.\n\n\"by\" must be a duration of hours, minutes and seconds, like \"240h\" or \"1h30m\", and of 292 years at most."
		back    = "Invalid request.\n\n\"by\" must not be negative: the clock moves forward only."
		behind  = "The clock shows 2026-11-20T12:00:00Z and moves forward only."
		past    = "The clock cannot move past 9999-11-30T23:59:59Z."
	)
	cases := []struct{ name, body, status, message string }{
		{"no body", ``, "422", "Invalid request.\n\nFor 'links/0/schema', nil is not an object."},
		{"not JSON", `to=2027`, "400", "Problems parsing JSON"},
		{"not UTF-8", "{\"to\":\"\xff\"}", "400", "Problems parsing JSON"},
		{"20,000 levels deep", strings.Repeat("[", 20_000), "400", "Problems parsing JSON"},
		{"null", `null`, "400", "Body should be a JSON object"},
		{"an instant alone", `"2026-12-01T00:00:00Z"`, "400", "Body should be a JSON object"},
		{"neither", `{}`, "422", oneOf},
		{"both", `{"to":"2026-12-01T00:00:00Z","by":"1h"}`, "422", oneOf},
		{"both, one null", `{"to":null,"by":"1h"}`, "422", oneOf},
		{"to null", `{"to":null}`, "422", instant},
		{"to a number", `{"to":1796083200}`, "422", instant},
		{"to a word", `{"to":"tomorrow"}`, "422", instant},
		{"to a date", `{"to":"2026-12-01"}`, "422", instant},
		{"to an instant without a zone", `{"to":"2026-12-01T00:00:00"}`, "422", instant},
		{"to a day that does not exist", `{"to":"2027-02-29T00:00:00Z"}`, "422", instant},
		{"to nothing", `{"to":""}`, "422", instant},
		{"to the year 10000", `{"to":"10000-01-01T00:00:00Z"}`, "422", instant},
		{"past the last instant by its zone", `{"to":"9999-11-30T23:59:59-01:00"}`, "422", past},
		{"to the year 0", `{"to":"0000-01-01T00:00:00Z"}`, "422", instant},
		{"to the first instant that Go has", `{"to":"0001-01-01T00:00:00Z"}`, "422", instant},
		{"backwards by a microsecond", `{"to":"2026-11-20T11:59:59.999999Z"}`, "422", behind},
		{"backwards by centuries", `{"to":"1066-10-14T09:00:00Z"}`, "422", behind},
		{"by null", `{"by":null}`, "422", form},
		{"by a number", `{"by":240}`, "422", kind},
		{"by a list", `{"by":["1h"]}`, "422", kind},
		{"by nothing", `{"by":""}`, "422", form},
		{"by days", `{"by":"10d"}`, "422", form},
		{"by a number without a unit", `{"by":"240"}`, "422", form},
		{"by more than any duration", `{"by":"99999999h"}`, "422", form},
		{"by a negative duration", `{"by":"-1h"}`, "422", back},
		{"by a negative nanosecond", `{"by":"-1ns"}`, "422", back},
	}
	for _, c := range cases {
		want := map[string]int{"400": 400, "422": 422}[c.status]
		w.do("POST", advance, owner, c.body).is(t, c.name, want, failed(t, c.status, c.message))
	}
	w.clockShows(startsAt)
}

func TestAnyValidTokenMovesTheClockAndMayExpireByIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, token := range []string{"ghp_no_scope", "ghp_outsider", "github_pat_read", "ghu_write", "ghs_read", "ghp_november"} {
		if got := w.do("POST", advance, token, `{"by":"1s"}`); got.Status != 200 {
			t.Errorf("%s: got %d %s, want 200", token, got.Status, got.Body)
		}
	}
	if got := w.do("POST", advance, "ghp_november", `{"to":"2026-12-01T00:00:00Z"}`); got.Status != 200 {
		t.Errorf("got %d %s, want 200", got.Status, got.Body)
	}
	w.do("GET", "/_usher/clock", "ghp_november", "").is(t, "a token that the move outlived", 401, failed(t, "401", "Bad credentials"))
}

func TestABodyOverTheLimitDoesNotMoveTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.do("POST", advance, owner, `{"by":"1h"}`+strings.Repeat(" ", 8<<20)).is(t, "eight MiB and more", 413,
		failed(t, "413", "The request's body is larger than 8 MiB. Split it into several requests."))
	w.clockShows(startsAt)
}
