package ownapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const reports = "/_usher/orgs/octodemo/activity"

var ndjson = http.Header{"Content-Type": {"application/x-ndjson"}}

// event is an event of octocat, who has a live seat.
func event(at, editor string) string {
	return `{"username":"octocat","at":"` + at + `","editor":"` + editor + `"}`
}

func events(list ...string) string { return `{"events":[` + strings.Join(list, ",") + `]}` }

const accepted1 = `{"accepted":1,"ignored":[]}`

func TestActivityIsTakenInAndShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.activityIs("octocat", "null", "null", "null")
	w.do("POST", reports, owner, events(event("2026-11-19T10:00:00.9Z", "vscode/1.96.4/copilot/1.261.0"))).is(t, "a use", 200, accepted1)
	w.activityIs("octocat", "2026-11-19T10:00:00Z", "vscode/1.96.4/copilot/1.261.0", "null")
	w.do("POST", reports, owner, events(`{"username":"OCTOCAT","authenticated_at":"2026-11-18T10:00:00+01:00"}`)).is(t, "a sign-in, in another zone", 200, accepted1)
	w.activityIs("octocat", "2026-11-19T10:00:00Z", "vscode/1.96.4/copilot/1.261.0", "2026-11-18T09:00:00Z")
	w.do("POST", reports, owner, events(`{"username":"octocat","at":"2026-11-20T12:00:00.0000009Z","authenticated_at":"2026-11-20T12:00:00Z"}`)).is(t, "both, just now to the microsecond, without an editor", 200, accepted1)
	w.activityIs("octocat", "2026-11-20T12:00:00Z", "", "2026-11-20T12:00:00Z")
}

func TestActivityNeverMovesBackwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.do("POST", reports, owner, events(
		`{"username":"octocat","at":"2026-11-19T10:00:00Z","editor":"new","authenticated_at":"2026-11-01T00:00:00Z"}`,
		`{"username":"octocat","at":"2026-11-18T10:00:00Z","editor":"old","authenticated_at":"2026-11-02T00:00:00Z"}`,
		`{"username":"octocat","at":"2026-11-19T10:00:00Z","editor":"same time","authenticated_at":"2026-10-02T00:00:00Z"}`,
	)).is(t, "three reports", 200, `{"accepted":3,"ignored":[]}`)
	w.activityIs("octocat", "2026-11-19T10:00:00Z", "new", "2026-11-02T00:00:00Z")
	w.do("POST", reports, owner, events(event("2026-11-19T09:59:59Z", "later call, earlier use"))).is(t, "an earlier use", 200, accepted1)
	w.activityIs("octocat", "2026-11-19T10:00:00Z", "new", "2026-11-02T00:00:00Z")
}

func TestReportsThatConcernNobodysSeatAreIgnoredWithTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const noUser, noSeat, future = "there is no user with this login", "the user has no current seat in this organization", "the activity lies in the future"
	at := func(login, at string) string { return `{"username":"` + login + `","at":"` + at + `","editor":"x"}` }
	ignored := func(pairs ...string) string {
		var list []string
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, `{"username":"`+pairs[i]+`","reason":"`+pairs[i+1]+`"}`)
		}
		return strings.Join(list, ",")
	}
	w.do("POST", reports, owner, events(
		at("nobody", "2026-11-19T00:00:00Z"), at("newhire", "2026-11-19T00:00:00Z"), at("outsider", "2026-11-19T00:00:00Z"), at("monalisa", "2026-11-19T00:00:00Z"),
		at("octocat", "2026-11-20T12:00:00.000001Z"), `{"username":"octocat","authenticated_at":"2027-01-01T00:00:00Z"}`,
		at("Hubot", "2026-11-19T00:00:00Z"), at("<É>", "2026-11-19T00:00:00Z"), at("nobody", "2026-11-19T00:00:00Z"), at("Größe", "2026-11-19T00:00:00Z"),
	)).is(t, "ten reports", 200, `{"accepted":1,"ignored":[`+ignored(
		"nobody", noUser, "newhire", noSeat, "outsider", noSeat, "monalisa", noSeat, "octocat", future, "octocat", future, "<É>", noUser, "nobody", noUser, "Größe", noUser,
	)+`]}`)
	w.activityIs("octocat", "null", "null", "null")
	w.activityIs("hubot", "2026-11-19T00:00:00Z", "x", "null")
}

func TestActivityComesAsLinesToo(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, contentType, body, want string
	}{
		{"a line", "application/x-ndjson", event("2026-11-19T10:00:00Z", "x") + "\n", accepted1},
		{"a line without an end", "application/x-ndjson", event("2026-11-19T10:00:00Z", "x"), accepted1},
		{"a charset, and another case", "Application/X-NDJSON; charset=utf-8", event("2026-11-19T10:00:00Z", "x"), accepted1},
		{"lines that end in CRLF, with blank ones between", "application/x-ndjson", "\r\n" + event("2026-11-19T10:00:00Z", "x") + "\r\n \r\n\n" + event("2026-11-18T10:00:00Z", "y") + "\r\n", `{"accepted":2,"ignored":[]}`},
		{"no lines", "application/x-ndjson", "", `{"accepted":0,"ignored":[]}`},
		{"an empty list as JSON", "application/json", events(), `{"accepted":0,"ignored":[]}`},
		{"JSON with a type that nobody knows", "nonsense; ; =", events(event("2026-11-19T10:00:00Z", "x")), accepted1},
		{"JSON without a type", "", events(event("2026-11-19T10:00:00Z", "x")), accepted1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.send("POST", reports, owner, c.body, http.Header{"Content-Type": {c.contentType}}).is(t, "activity", 200, c.want)
			if c.want != `{"accepted":0,"ignored":[]}` {
				w.activityIs("octocat", "2026-11-19T10:00:00Z", "x", "null")
			}
		})
	}
}

func TestACallTakesTenThousandEventsAndNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	list := make([]string, 10_001)
	for i := range list {
		list[i] = event(fmt.Sprintf("2026-11-19T%02d:%02d:%02dZ", i/3600, i/60%60, i%60), "x")
	}
	refused := failed(t, "422", "Invalid request.\n\nThere are too many events: a call takes at most 10000.")
	w.do("POST", reports, owner, events(list...)).is(t, "one too many", 422, refused)
	w.send("POST", reports, owner, strings.Join(list, "\n"), ndjson).is(t, "a line too many", 422, refused)
	w.activityIs("octocat", "null", "null", "null")
	w.do("POST", reports, owner, events(list[:10_000]...)).is(t, "just enough", 200, `{"accepted":10000,"ignored":[]}`)
	w.activityIs("octocat", "2026-11-19T02:46:39Z", "x", "null")
	w.send("POST", reports, owner, strings.Join(list[1:], "\n"), ndjson).is(t, "just enough lines", 200, `{"accepted":10000,"ignored":[]}`)
	w.activityIs("octocat", "2026-11-19T02:46:40Z", "x", "null")
}

func TestAnEventThatIsWrongRefusesThemAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const (
		object = "it is not a JSON object."
		login  = `"username" must be a login.`
		needed = `"at" or "authenticated_at" is needed.`
		at     = `"at" must be an instant, like "2026-11-30T09:00:00Z".`
		auth   = `"authenticated_at" must be an instant, like "2026-11-30T09:00:00Z".`
		goes   = `"editor" goes with "at".`
		editor = `"editor" must be a string of at most 255 bytes, without control characters.`
	)
	cases := []struct{ name, event, want string }{
		{"null", `null`, object},
		{"a string", `"octocat"`, object},
		{"a list", `[]`, object},
		{"a number", `7`, object},
		{"without a name", `{"at":"2026-11-19T10:00:00Z"}`, login},
		{"a name that is null", `{"username":null,"at":"2026-11-19T10:00:00Z"}`, login},
		{"a name that is empty", `{"username":"","at":"2026-11-19T10:00:00Z"}`, login},
		{"a name that is a number", `{"username":7,"at":"2026-11-19T10:00:00Z"}`, login},
		{"a name that is a list", `{"username":["octocat"],"at":"2026-11-19T10:00:00Z"}`, login},
		{"another key for the name", `{"login":"octocat","at":"2026-11-19T10:00:00Z"}`, login},
		{"no time", `{"username":"octocat"}`, needed},
		{"times that are null", `{"username":"octocat","at":null,"authenticated_at":null}`, needed},
		{"an editor alone", `{"username":"octocat","editor":"x"}`, needed},
		{"a time that is a number", `{"username":"octocat","at":1795082400}`, at},
		{"a time that is a word", `{"username":"octocat","at":"yesterday"}`, at},
		{"a time that is a date", `{"username":"octocat","at":"2026-11-19"}`, at},
		{"a time without a zone", `{"username":"octocat","at":"2026-11-19T10:00:00"}`, at},
		{"an empty time", `{"username":"octocat","at":""}`, at},
		{"a time that Go takes for none", `{"username":"octocat","at":"0001-01-01T00:00:00Z"}`, at},
		{"a second 60", `{"username":"octocat","at":"2026-11-19T10:00:60Z"}`, at},
		{"a sign-in that is a word", `{"username":"octocat","at":"2026-11-19T10:00:00Z","authenticated_at":"yesterday"}`, auth},
		{"a sign-in that is an object", `{"username":"octocat","authenticated_at":{}}`, auth},
		{"an editor with a sign-in alone", `{"username":"octocat","authenticated_at":"2026-11-19T10:00:00Z","editor":"x"}`, goes},
		{"an editor that is a number", `{"username":"octocat","at":"2026-11-19T10:00:00Z","editor":7}`, editor},
		{"an editor that is an object", `{"username":"octocat","at":"2026-11-19T10:00:00Z","editor":{}}`, editor},
		{"an editor with a control character", `{"username":"octocat","at":"2026-11-19T10:00:00Z","editor":"a\u0000b"}`, editor},
		{"an editor of 256 bytes", event("2026-11-19T10:00:00Z", strings.Repeat("x", 256)), editor},
		{"an editor of 128 letters and 256 bytes", event("2026-11-19T10:00:00Z", strings.Repeat("é", 128)), editor},
	}
	good := event("2026-11-19T11:00:00Z", "good")
	for _, c := range cases {
		want := failed(t, "422", "Invalid request.\n\nEvent 2: "+c.want)
		w.do("POST", reports, owner, events(good, c.event, good)).is(t, c.name, 422, want)
		w.send("POST", reports, owner, strings.Join([]string{good, c.event, good}, "\n"), ndjson).is(t, c.name+", as lines", 422, want)
	}
	for _, notJSON := range []string{"{", "x", "\xff", good + good, strings.Repeat("[", 20_000)} {
		w.send("POST", reports, owner, good+"\n"+notJSON, ndjson).is(t, "a line that is not JSON", 422, failed(t, "422", "Invalid request.\n\nEvent 2: "+object))
	}
	w.do("POST", reports, owner, events("1", good, "{}")).is(t, "two wrong ones", 422, failed(t, "422", "Invalid request.\n\nEvent 1: "+object+"\nEvent 3: "+login))
	w.do("POST", reports, owner, events(strings.Split(strings.Repeat("1 ", 149)+"1", " ")...)).is(t, "a hundred and fifty wrong ones", 422, failed(t, "422", manyWrong(object)))
	w.activityIs("octocat", "null", "null", "null")

	longest := strings.Repeat("é", 127) + "x"
	w.do("POST", reports, owner, events(event("2026-11-19T10:00:00Z", longest))).is(t, "an editor of 255 bytes", 200, accepted1)
	w.activityIs("octocat", "2026-11-19T10:00:00Z", longest, "null")
	w.do("POST", reports, owner, events(`{"username":"octocat","at":"2026-11-19T11:00:00Z","editor":null,"x":[]}`)).is(t, "an editor that is null, and a key nobody asked for", 200, accepted1)
	w.activityIs("octocat", "2026-11-19T11:00:00Z", "", "null")
}

func manyWrong(what string) string {
	var b strings.Builder
	b.WriteString("Invalid request.\n\n")
	for i := range 100 {
		fmt.Fprintf(&b, "Event %d: %s\n", i+1, what)
	}
	b.WriteString("And 50 more.")
	return b.String()
}

func TestABodyOfTheWrongFormIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const notArray = "Invalid request.\n\nFor 'properties/events', the value is not an array."
	cases := []struct {
		name, body, status, message string
	}{
		{"no body", ``, "422", "Invalid request.\n\nFor 'links/0/schema', nil is not an object."},
		{"not JSON", `events`, "400", "Problems parsing JSON"},
		{"truncated", `{"events":[`, "400", "Problems parsing JSON"},
		{"not UTF-8", "{\"events\":[\"\xff\"]}", "400", "Problems parsing JSON"},
		{"20,000 levels deep", `{"events":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, "400", "Problems parsing JSON"},
		{"lines without their type", event("2026-11-19T10:00:00Z", "x") + "\n" + event("2026-11-19T10:00:00Z", "x"), "400", "Problems parsing JSON"},
		{"a list", `[]`, "400", "Body should be a JSON object"},
		{"null", `null`, "400", "Body should be a JSON object"},
		{"without events", `{}`, "422", "Invalid request.\n\n\"events\" wasn't supplied."},
		{"an event alone", event("2026-11-19T10:00:00Z", "x"), "422", "Invalid request.\n\n\"events\" wasn't supplied."},
		{"events that are null", `{"events":null}`, "422", notArray},
		{"events that are an object", `{"events":{}}`, "422", notArray},
		{"events that are a string", `{"events":"x"}`, "422", notArray},
		{"of a repeated key the last counts", `{"events":[` + event("2026-11-19T10:00:00Z", "x") + `],"events":7}`, "422", notArray},
		{"too large", events(event("2026-11-19T10:00:00Z", "x")) + strings.Repeat(" ", 8<<20), "413", "The request's body is larger than 8 MiB. Split it into several requests."},
	}
	for _, c := range cases {
		want := map[string]int{"400": 400, "413": 413, "422": 422}[c.status]
		w.do("POST", reports, owner, c.body).is(t, c.name, want, failed(t, c.status, c.message))
	}
	w.activityIs("octocat", "null", "null", "null")
}

func TestWhoMayManageSeatsMayReportActivity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const (
		needs = "This endpoint needs a token with one of these scopes: manage_billing:copilot. Yours has: "
		byPAT = "Resource not accessible by personal access token"
		byApp = "Resource not accessible by integration"
	)
	cases := []struct {
		token, status, message string
	}{
		{owner, "200", ""},
		{"gho_owner", "200", ""},
		{"github_pat_write", "200", ""},
		{"ghu_write", "200", ""},
		{"ghs_write", "200", ""},
		{"ghp_admin_org", "403", needs + "admin:org."},
		{"ghp_read_org", "403", needs + "read:org."},
		{"ghp_no_scope", "403", needs + "none."},
		{"ghp_member", "403", "You must be an owner of the organization OctoDemo to use this endpoint."},
		{"github_pat_read", "403", byPAT},
		{"ghs_read", "403", byApp},
		{"ghp_outsider", "404", "Not Found"},
		{"github_pat_elsewhere", "404", "Not Found"},
	}
	for _, c := range cases {
		got := w.do("POST", reports, c.token, events())
		if c.status == "200" {
			got.is(t, c.token, 200, `{"accepted":0,"ignored":[]}`)
			continue
		}
		want := map[string]int{"403": 403, "404": 404}[c.status]
		got.is(t, c.token, want, failed(t, c.status, c.message))
	}
	w.do("POST", "/_usher/orgs/nobody/activity", owner, "{").is(t, "an unknown organization", 404, failed(t, "404", "Not Found"))
	w.do("POST", reports, "ghs_read", "{").is(t, "permission before the body's form", 403, failed(t, "403", byApp))
	w.do("POST", "/_usher/orgs/no-copilot/activity", owner, "{").is(t, "the body's form before the organization's state", 400, failed(t, "400", "Problems parsing JSON"))
	w.do("POST", "/_usher/orgs/no-copilot/activity", owner, events()).is(t, "Copilot is not enabled", 422, failed(t, "422", "Copilot Business is not enabled for this organization."))
}
