package description

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	seats   = "/orgs/octodemo/copilot/billing/seats"
	users   = "/orgs/octodemo/copilot/billing/selected_users"
	billing = "/orgs/octodemo/copilot/billing"
)

// refused is an error in GitHub's envelope.
func refused(status, message string) string {
	return `{"message":"` + message + `","documentation_url":"https://docs.github.com/rest","status":"` + status + `"}`
}

// seat is a list of one seat.
func seat(keys string) string { return `{"total_seats":1,"seats":[{` + keys + `}]}` }

func TestAnswersAreHeldToTheDescription(t *testing.T) {
	t.Parallel()
	const at = `"created_at":"2026-11-20T12:00:00Z"`
	const link = "https://docs.github.com/rest"
	cases := []struct {
		name         string
		method, path string
		status       int
		body         string
		wrong        string // what is said of it; empty: nothing
	}{
		{"a list", "GET", seats, 200, seat(at), ""},
		{"an empty list", "GET", seats, 200, `{"total_seats":0,"seats":[]}`, ""},
		{"by the organization's number", "GET", "/organizations/7/copilot/billing/seats", 200, seat(at), ""},
		{"under /api/v3", "GET", "/api/v3" + seats, 200, seat(at), ""},
		{"under /api/v3, by number, escaped", "GET", "/%61pi/v3/%6Frganizations/7/copilot/billing/seats", 200, `{}x`, "no JSON"},
		{"a name with a slash", "GET", "/orgs/octo%2Fdemo/copilot/billing/seats", 200, `{}x`, "no JSON"},
		{"the root", "GET", "/", 200, `{}`, "is missing"},
		{"the root under /api/v3", "GET", "/api/v3", 200, `{}`, "is missing"},
		{"the root under /api/v3/", "GET", "/api/v3/", 200, `{}`, "is missing"},
		{"below /api/v3 twice", "GET", "/api/v3/api/v3", 200, `{}`, "no such operation"},
		{"what ends", "GET", seats, 200, seat(at + `,"pending_cancellation_date":"2026-12-01"`), ""},
		{"a missing key", "GET", seats, 200, seat(`"plan_type":"business"`), `"created_at" is missing`},
		{"a missing key of an account", "GET", billing, 200, `{"seat_breakdown":{},"public_code_suggestions":"block"}`, `"seat_management_setting" is missing`},
		{"a key that is not described", "GET", seats, 200, seat(at + `,"extra":1`), `"extra" is unsupported`},
		{"a wrong type", "GET", seats, 200, `{"total_seats":"1","seats":[]}`, "/total_seats"},
		{"a fraction", "GET", seats, 200, `{"total_seats":1.5,"seats":[]}`, "/total_seats"},
		{"null where it is not allowed", "GET", seats, 200, seat(at + `,"updated_at":null`), "/seats/0/updated_at"},
		{"a value that is none of those listed", "GET", seats, 200, seat(at + `,"plan_type":"gold"`), "/seats/0/plan_type"},
		{"a time without a zone", "GET", seats, 200, seat(`"created_at":"2026-11-20T12:00:00"`), "/seats/0/created_at"},
		{"a time with a space", "GET", seats, 200, seat(`"created_at":"2026-11-20 12:00:00Z"`), "/seats/0/created_at"},
		{"a time on a day that is none", "GET", seats, 200, seat(`"created_at":"2026-02-30T12:00:00Z"`), "/seats/0/created_at"},
		{"a date that is a time", "GET", seats, 200, seat(at + `,"pending_cancellation_date":"2026-12-01T00:00:00Z"`), "/seats/0/pending_cancellation_date"},
		{"a date that is none", "GET", seats, 200, seat(at + `,"pending_cancellation_date":"2026-11-31"`), "/seats/0/pending_cancellation_date"},
		{"no JSON", "GET", seats, 200, `{"total_seats":1`, "no JSON"},
		{"nothing at all", "GET", seats, 200, ``, "no JSON"},
		{"a status that is not declared", "GET", seats, 202, seat(at), "declares no status 202"},
		{"a success with the status of another", "POST", users, 200, `{"seats_created":1}`, "declares no status 200"},
		{"created", "POST", users, 201, `{"seats_created":1}`, ""},
		{"created, with another key", "POST", users, 201, `{"seats":1}`, `"seats_created" is missing`},
		{"JSON where a plain text is described", "GET", "/zen", 200, `"Keep it simple."`, "Content-Type"},

		{"a refusal", "GET", seats, 404, refused("404", "Not Found"), ""},
		{"a refusal without a described body", "POST", users, 422, refused("422", "No."), ""},
		{"a refusal with entries", "POST", users, 422, `{"message":"Validation Failed","errors":[{"resource":"User","code":"invalid","field":"x"}],"documentation_url":"` + link + `","status":"422"}`, ""},
		{"a refusal with entries that are texts", "POST", users, 422, `{"message":"Validation Failed","errors":["No."],"documentation_url":"` + link + `","status":"422"}`, ""},
		{"a refusal with an entry without code", "POST", users, 422, `{"message":"Validation Failed","errors":[{"resource":"User"}],"documentation_url":"` + link + `","status":"422"}`, `"code" is missing`},
		{"a refusal whose errors is a text", "POST", users, 422, `{"message":"Validation Failed","errors":"No.","documentation_url":"` + link + `","status":"422"}`, "/errors"},
		{"an unsupported version", "GET", seats, 400, `{"message":"Bad Request","errors":"No.","documentation_url":"` + link + `","status":"400"}`, ""},
		{"an unsupported version with entries", "GET", seats, 400, `{"message":"Bad Request","errors":["No."],"documentation_url":"` + link + `","status":"400"}`, "errors of a 400"},
		{"a status that is a number", "GET", seats, 404, `{"message":"Not Found","documentation_url":"` + link + `","status":404}`, "status"},
		{"another's status", "GET", seats, 404, refused("403", "Not Found"), `status "403"`},
		{"no status", "GET", seats, 404, `{"message":"Not Found","documentation_url":"` + link + `"}`, "without status"},
		{"no message", "GET", seats, 404, `{"documentation_url":"` + link + `","status":"404"}`, "without message"},
		{"no documentation", "GET", seats, 404, `{"message":"Not Found","status":"404"}`, "documentation_url"},
		{"documentation nowhere", "GET", seats, 404, `{"message":"Not Found","documentation_url":"/rest","status":"404"}`, "documentation_url"},
		{"a refusal that is not declared", "GET", seats, 422, refused("422", "No."), "declares no status 422"},
		{"a refusal that another text makes undeclared", "GET", "/zen", 401, refused("401", "Who are you?"), "declares no status 401"},
		{"a refusal on the list of gaps", "GET", "/zen", 401, refused("401", "Bad credentials"), ""},

		{"what is not served", "GET", "/emojis", 404, refused("404", "Not Found"), ""},
		{"another method", "PUT", seats, 404, refused("404", "Not Found"), ""},
		{"a trailing slash", "GET", seats + "/", 404, refused("404", "Not Found"), ""},
		{"dots", "GET", "/orgs/../orgs/octodemo/copilot/billing", 404, refused("404", "Not Found"), ""},
		{"an answer where nothing is served", "GET", "/emojis", 200, `{}`, "no such operation"},
		{"an answer to another method", "PUT", seats, 200, seat(at), "no such operation"},
		{"an error where nothing is served", "GET", "/emojis", 404, `{}`, "without message"},
		{"GraphQL", "POST", "/graphql", 200, `{"data":{}}`, ""},
		{"GraphQL, of Enterprise Server", "POST", "/api//graphql", 200, `{"data":null,"errors":[{"message":"No.","path":["a",0],"locations":[{"line":1,"column":2}]}]}`, ""},
		{"GraphQL without execution", "POST", "/graphql", 200, `{"errors":[{"type":"NO","message":"No."}]}`, ""},
		{"GraphQL with nothing", "POST", "/graphql", 200, `{}`, "neither data nor errors"},
		{"GraphQL with another key", "POST", "/graphql", 200, `{"data":{},"message":"No."}`, "unknown field"},
		{"GraphQL with an error that says nothing", "POST", "/graphql", 200, `{"data":{},"errors":[{"type":"NO"}]}`, "without message"},
		{"GraphQL that is no JSON", "POST", "/graphql", 200, `{"data":`, "an answer of GraphQL"},
		{"GraphQL with another status", "POST", "/graphql", 201, `{"data":{}}`, "want 200"},
		{"GraphQL that is refused", "POST", "/graphql", 401, refused("401", "Requires authentication"), ""},
		{"GraphQL that is refused in another form", "POST", "/graphql", 400, `{"errors":[{"message":"No."}]}`, "without message"},
		{"GraphQL by GET", "GET", "/graphql", 200, `{"data":{}}`, "no such operation"},
		{"GraphQL under /api/v3", "POST", "/api/v3/graphql", 200, `{"data":{}}`, "no such operation"},
		{"usher's own", "GET", "/_usher/clock", 299, `?`, "usher describes no status 299"},
		{"usher's own, escaped", "GET", "/%5Fusher/clock", 299, `?`, "usher describes no status 299"},
		{"not usher's own", "GET", "/_usher", 299, `?`, "no such operation"},
		{"not usher's own, under /api/v3", "GET", "/api/v3/_usher/clock", 299, `?`, "no such operation"},
		{"usher's own, with slashes", "GET", "//_usher//clock", 299, `?`, "usher describes no status 299"},
	}
	d := Shared(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
			err := d.Check(httptest.NewRequest(c.method, c.path, nil), c.status, header, []byte(c.body))
			if c.wrong == "" && err != nil {
				t.Errorf("got %v, want nothing wrong", err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(strings.Split(err.Error(), "\nit was")[0], c.wrong)) {
				t.Errorf("got %v, want an error with %q", err, c.wrong)
			}
		})
	}
}

func TestHeadersAreHeldToTheDescription(t *testing.T) {
	t.Parallel()
	const list = `{"total_seats":0,"seats":[]}`
	anonymous := `{"message":"API rate limit exceeded for 203.0.113.9.","documentation_url":"https://docs.github.com/rest"}`
	jsonType := "application/json; charset=utf-8"
	cases := []struct {
		name, method, path string
		status             int
		header             http.Header
		body               string
		right              bool
	}{
		{"JSON", "GET", seats, 200, http.Header{"Content-Type": {jsonType}}, list, true},
		{"another type", "GET", seats, 200, http.Header{"Content-Type": {"text/html"}}, list, false},
		{"no type", "GET", seats, 200, http.Header{}, list, false},
		{"an error in another type", "GET", seats, 404, http.Header{"Content-Type": {"text/plain"}}, refused("404", "Not Found"), false},
		{"a plain text", "GET", "/zen", 200, http.Header{"Content-Type": {"text/plain;charset=utf-8"}}, "Keep it simple.", true},
		{"not modified", "GET", seats, 304, http.Header{"Etag": {`"a"`}}, "", true},
		{"not modified, with a body", "GET", seats, 304, http.Header{}, list, false},
		{"not modified, with a type", "GET", seats, 304, http.Header{"Content-Type": {jsonType}}, "", false},
		{"a preflight", "OPTIONS", seats, 204, http.Header{}, "", true},
		{"a preflight with a body", "OPTIONS", seats, 204, http.Header{}, list, false},
		{"a preflight with another status", "OPTIONS", seats, 200, http.Header{}, "", false},
		{"HEAD", "HEAD", seats, 200, http.Header{"Content-Type": {jsonType}}, "", true},
		{"HEAD, as a handler answers it", "HEAD", seats, 200, http.Header{"Content-Type": {jsonType}}, list + "x", false},
		{"HEAD with an undeclared status", "HEAD", seats, 202, http.Header{"Content-Type": {jsonType}}, "", false},
		{"no requests left, anonymous", "GET", "/users/octocat", 403, http.Header{"Content-Type": {jsonType}, "X-Ratelimit-Remaining": {"0"}}, anonymous, true},
		{"some requests left, anonymous", "GET", "/users/octocat", 403, http.Header{"Content-Type": {jsonType}, "X-Ratelimit-Remaining": {"1"}}, anonymous, false},
		{"compressed", "GET", seats, 200, http.Header{"Content-Type": {jsonType}, "Content-Encoding": {"gzip"}}, compressed(t, list), true},
		{"compressed, and wrong", "GET", seats, 200, http.Header{"Content-Type": {jsonType}, "Content-Encoding": {"gzip"}}, compressed(t, list+"x"), false},
		{"not compressed, and said to be", "GET", seats, 200, http.Header{"Content-Type": {jsonType}, "Content-Encoding": {"gzip"}}, list, false},
	}
	for _, c := range cases {
		err := Shared(t).Check(httptest.NewRequest(c.method, c.path, nil), c.status, c.header, []byte(c.body))
		if (err == nil) != c.right {
			t.Errorf("%s: got error %v, want one: %t", c.name, err, !c.right)
		}
	}
}

func compressed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The description has what changes with the newer version beside the older one.
func TestEachAPIVersionHasItsOwnShapes(t *testing.T) {
	t.Parallel()
	rate := `{"limit":1,"used":0,"remaining":1,"reset":1}`
	with := `{"resources":{"core":` + rate + `,"search":` + rate + `},"rate":` + rate + `}`
	without := `{"resources":{"core":` + rate + `,"search":` + rate + `}}`
	for _, c := range []struct {
		version string // in the answer
		asked   string
		body    string
		right   bool
	}{
		{"", "", with, true},
		{"", "", without, false},
		{"2022-11-28", "", without, false},
		{"2026-03-10", "", without, true},
		{"", "2026-03-10", without, true},
		{"2022-11-28", "2026-03-10", without, false},
		{"2026-03-10", "", `{}`, false},
	} {
		request := httptest.NewRequest("GET", "/rate_limit", nil)
		request.Header.Set("X-GitHub-Api-Version", c.asked)
		header := http.Header{"Content-Type": {"application/json"}}
		header.Set("X-GitHub-Api-Version-Selected", c.version)
		if err := Shared(t).Check(request, 200, header, []byte(c.body)); (err == nil) != c.right {
			t.Errorf("version %q, asked for %q, %s: got error %v, want one: %t", c.version, c.asked, c.body, err, !c.right)
		}
	}
}

func TestChangesOfAVersionAreMade(t *testing.T) {
	t.Parallel()
	const before = `{"keep":1,"properties":{"a":1,"b":2},"required":["a","b","c"],"x-github-breaking-changes":`
	cases := []struct{ name, changes, version, want string }{
		{"operations", `[{"version":"2026-03-10","patch":[{"op":"remove","path":"/properties/a"},{"op":"remove","path":"/required/1"}]}]`, newestVersion, `{"keep":1,"properties":{"b":2},"required":["a","c"]}`},
		{"a merge", `[{"version":"2026-03-10","patch":{"properties":{"a":null,"c":3},"required":["b"],"new":{"x":1}}}]`, newestVersion, `{"keep":1,"properties":{"b":2,"c":3},"required":["b"],"new":{"x":1}}`},
		{"a later version's", `[{"version":"2026-03-10","patch":{"keep":null}}]`, oldestVersion, `{"keep":1,"properties":{"a":1,"b":2},"required":["a","b","c"]}`},
		{"an unknown operation", `[{"version":"2026-03-10","patch":[{"op":"move","path":"/properties/a"}]}]`, newestVersion, ""},
		{"what is not there", `[{"version":"2026-03-10","patch":[{"op":"remove","path":"/properties/z"}]}]`, newestVersion, ""},
		{"an index too far", `[{"version":"2026-03-10","patch":[{"op":"remove","path":"/required/3"}]}]`, newestVersion, ""},
	}
	for _, c := range cases {
		got, err := cut{version: c.version}.parse([]byte(before + c.changes + "}"))
		if (err != nil) != (c.want == "") {
			t.Errorf("%s: got error %v, want %q", c.name, err, c.want)
		}
		if err != nil {
			continue
		}
		var want any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestADescriptionThatIsNotThereSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := open("no-such-file")
	if err == nil || !strings.Contains(err.Error(), "`make description`") {
		t.Errorf("got %v, want a word on `make description`", err)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		check func(string) error
		right []string
		wrong []string
	}{
		{uri, []string{"http://a", "https://a.example:8080/b?c=d#e", "http://[::1]/a", "http://a%22b/"}, []string{"", "a", "/a", "a.example/b", "http://", "ftp://a", "http://a/{b}", "http://a/b c", `http://a"/b`, "http://a/%zz"}},
		{uriTemplate, []string{"http://a/b{/c}", "http://a/{b}{?c,d}"}, []string{"/a{/b}", "http://a/{", "http://a/{}"}},
		{email, []string{"a@b.example"}, []string{"", "a", "A <a@b.example>"}},
		{date, []string{"2024-02-29"}, []string{"", "2023-02-29", "2024-2-29"}},
		{dateTime, []string{"2026-11-20T12:00:00Z", "2026-11-20T12:00:00+05:45"}, []string{"", "2026-11-20", "2026-11-20T12:00:00", "2026-11-20T24:00:00Z", "2026-11-20T1:00:00Z"}},
	} {
		for _, text := range c.right {
			if err := c.check(text); err != nil {
				t.Errorf("%q: got %v, want it right", text, err)
			}
		}
		for _, text := range c.wrong {
			if c.check(text) == nil {
				t.Errorf("%q is taken for right", text)
			}
		}
	}
}

// complaints is a test that takes note of what it fails for.
type complaints struct {
	testing.TB
	heard []string
}

func (c *complaints) Error(args ...any) {
	for _, arg := range args {
		c.heard = append(c.heard, arg.(error).Error())
	}
}

func TestHandlerAndTransportPassAnswersOnAndComplainOfTheWrongOnes(t *testing.T) {
	t.Parallel()
	answers := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Has("wrong") {
			w.WriteHeader(http.StatusAccepted)
		}
		_, _ = io.WriteString(w, `{"total_seats":0,"seats":[]}`)
	})
	inside, outside := &complaints{TB: t}, &complaints{TB: t}
	server := httptest.NewServer(Shared(t).Handler(inside, answers))
	defer server.Close()
	client := &http.Client{Transport: Shared(t).Transport(outside, http.DefaultTransport)}
	for query, complained := range map[string]int{"": 0, "?wrong": 1} {
		inside.heard, outside.heard = nil, nil
		response, err := client.Get(server.URL + seats + query)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != `{"total_seats":0,"seats":[]}` {
			t.Errorf("%q: got %s and error %v, want the answer", query, body, err)
		}
		if len(inside.heard) != complained || len(outside.heard) != complained {
			t.Errorf("%q: got %q and %q, want %d complaints each", query, inside.heard, outside.heard, complained)
		}
	}
}

func TestOperationsAreReadWithTheirParameters(t *testing.T) {
	t.Parallel()
	want := Operation{
		Method: "GET", Path: "/orgs/{org}/copilot/billing/seats", ID: "copilot/list-copilot-seats",
		Docs:        "https://docs.github.com/rest/copilot/copilot-user-management#list-all-copilot-seat-assignments-for-an-organization",
		Subcategory: "copilot-user-management",
		Parameters:  []Parameter{{"org", "path", nil}, {"page", "query", 1.0}, {"per_page", "query", 50.0}},
	}
	for _, o := range DotCom(t) {
		if o.ID == want.ID {
			if diff := cmp.Diff(want, o); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			return
		}
	}
	t.Errorf("%s is not among the operations", want.ID)
}
