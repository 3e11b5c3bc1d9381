package ghapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const invalid = "Invalid request.\n\n"

// badBody is a body that is refused for its form. KEY stands for the operation's key.
type badBody struct {
	name, body string
	status     int
	message    string
}

func badBodies() []badBody {
	const (
		parsing   = "Problems parsing JSON"
		notObject = "Body should be a JSON object"
		missing   = invalid + `"KEY" wasn't supplied.`
		notArray  = " is not an array."
	)
	list := func(words ...string) string { return `{"KEY":[` + strings.Join(words, ",") + `]}` }
	ofKey := invalid + "For 'properties/KEY', "
	deep := strings.Repeat
	return []badBody{
		{"not JSON", "selected_usernames=octocat", 400, parsing},
		{"a truncated object", `{"KEY":["octocat"`, 400, parsing},
		{"a truncated string", `{"KEY":["octo`, 400, parsing},
		{"an open brace", `{`, 400, parsing},
		{"two objects", `{"KEY":["octocat"]}{"KEY":["octocat"]}`, 400, parsing},
		{"something after the object", `{"KEY":["octocat"]} x`, 400, parsing},
		{"a comma too many", `{"KEY":["octocat",]}`, 400, parsing},
		{"single quotes", `{'KEY':['octocat']}`, 400, parsing},
		{"a comment", `{"KEY":["octocat"]/* */}`, 400, parsing},
		{"a number that JSON does not have", `{"KEY":NaN}`, 400, parsing},
		{"a raw newline in a string", "{\"KEY\":[\"octo\ncat\"]}", 400, parsing},
		{"not UTF-8", "{\"KEY\":[\"octo\xffcat\"]}", 400, parsing},
		{"not UTF-8 in another key", "{\"x\xc3\":1,\"KEY\":[\"octocat\"]}", 400, parsing},
		{"UTF-16", "\xff\xfe{\x00}\x00", 400, parsing},
		{"a byte order mark", "\ufeff" + `{"KEY":["octocat"]}`, 400, parsing},
		{"20,000 levels deep", `{"KEY":` + deep("[", 20_000) + deep("]", 20_000) + `}`, 400, parsing},
		{"20,000 levels deep in another key", `{"KEY":["octocat"],"x":` + deep(`{"x":`, 20_000) + "1" + deep("}", 20_000) + `}`, 400, parsing},
		{"20,000 open brackets", deep("[", 20_000), 400, parsing},
		{"null", `null`, 400, notObject},
		{"an array", `[]`, 400, notObject},
		{"an array of names", `["octocat"]`, 400, notObject},
		{"a string", `"x"`, 400, notObject},
		{"a number", `7`, 400, notObject},
		{"a boolean", `true`, 400, notObject},
		{"no body", ``, 422, invalid + "For 'links/0/schema', nil is not an object."},
		{"nothing but space", " \r\n\t", 422, invalid + "For 'links/0/schema', nil is not an object."},
		{"an empty object", `{}`, 422, missing},
		{"another key", `{"usernames":["octocat"]}`, 422, missing},
		{"the key in another case", `{"Key":["octocat"],"KEy":["octocat"]}`, 422, missing},
		{"the list is null", `{"KEY":null}`, 422, ofKey + "nil" + notArray},
		{"the list is a string", `{"KEY":"octocat"}`, 422, ofKey + `"octocat"` + notArray},
		{"the list is a string with all sorts in it", `{"KEY":"é<&>\u0001\"\\"}`, 422, ofKey + `"é<&>\u0001\"\\"` + notArray},
		{"the list is a number", `{"KEY":7}`, 422, ofKey + "7" + notArray},
		{"the list is a fraction", `{"KEY":-1.50e3}`, 422, ofKey + "-1.50e3" + notArray},
		{"the list is a number beyond any", `{"KEY":1e999999}`, 422, ofKey + "1e999999" + notArray},
		{"the list is a boolean", `{"KEY":false}`, 422, ofKey + "false" + notArray},
		{"the list is an object", `{"KEY":{"value":"x"}}`, 422, ofKey + `{"value" => "x"}` + notArray},
		{"the list is an object of all sorts", `{"KEY":{"b":[1,null,{}],"a":"é"}}`, 422, ofKey + `{"a" => "é", "b" => [1, nil, {}]}` + notArray},
		{"the list is a long string", `{"KEY":"` + deep("é", 500) + `"}`, 422, ofKey + `"` + deep("é", 199) + "…" + notArray},
		{"the list is an enormous string", `{"KEY":"` + deep("x", 100_000) + `"}`, 422, ofKey + `"…` + notArray},
		{"the list is deep, but not too deep", `{"KEY":` + deep(`{"x":`, 500) + "1" + deep("}", 500) + `}`, 422, ofKey + deep(`{"x" => `, 25) + "…" + notArray},
		{"an empty list", `{"KEY":[]}`, 422, ofKey + "[] has no items: at least 1 is required."},
		{"a number in the list", list(`"octocat"`, "7"), 422, invalid + "For 'items', 7 is not a string."},
		{"a null in the list", list("null"), 422, invalid + "For 'items', nil is not a string."},
		{"a boolean in the list", list("true"), 422, invalid + "For 'items', true is not a string."},
		{"a list in the list", list(`["octocat"]`), 422, invalid + `For 'items', ["octocat"] is not a string.`},
		{"an empty list in the list", list(`[]`), 422, invalid + `For 'items', [] is not a string.`},
		{"an object in the list", list(`{"login":"octocat"}`), 422, invalid + `For 'items', {"login" => "octocat"} is not a string.`},
		{"a nested list in the list", list(`[[["octocat"]]]`), 422, invalid + `For 'items', [[["octocat"]]] is not a string.`},
		{"several in the list", list("1", `"octocat"`, "null", `{}`), 422, invalid + "For 'items', 1 is not a string.\nFor 'items', nil is not a string.\nFor 'items', {} is not a string."},
		{"a hundred and fifty in the list", list(strings.Split(strings.Repeat("0 ", 149)+"0", " ")...), 422, invalid + strings.Repeat("For 'items', 0 is not a string.\n", 100) + "And 50 more."},
		{"one more than 100,000 names", `{"KEY":["x"` + deep(`,""`, 100_000) + `]}`, 422, ofKey + "there are too many items: at most 100000 are allowed."},
		{"of a repeated key the last counts", `{"KEY":["octocat"],"KEY":7}`, 422, ofKey + "7" + notArray},
	}
}

// writes are the operations with a list in their body.
func writes() map[string]operation {
	byName := map[string]operation{}
	for _, o := range operations() {
		if o.writes() {
			byName[o.name] = o
		}
	}
	return byName
}

// keyOf is the key of the list.
func keyOf(o operation) string {
	last := o.at[strings.LastIndex(o.at, "/")+1:]
	if last == "selected_users" {
		return "selected_usernames"
	}
	return last
}

func TestABodyOfTheWrongFormIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	for name, o := range writes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.state()
			for _, c := range badBodies() {
				fill := func(text string) string { return strings.ReplaceAll(text, "KEY", keyOf(o)) }
				got := w.do(request{method: o.method, path: o.on("octodemo"), token: owner, body: fill(c.body)})
				if diff := cmp.Diff(refusal{c.status, fill(c.message), o.docs}, got.refusal(t)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.name, diff)
				}
				if errs := got.envelope(t).Errors; errs != nil {
					t.Errorf("%s: errors beside the lines of the message: %s", c.name, errs)
				}
			}
			w.unchanged(before)
		})
	}
}

func TestANameThatDoesNotBelongRefusesTheWholeCallAndChangesNothing(t *testing.T) {
	t.Parallel()
	type named struct{ Resource, Code, Field, Message string }
	user := func(code, message string) named { return named{"User", code, "selected_usernames", message} }
	team := func(message string) named { return named{"Team", "missing", "selected_teams", message} }
	const (
		noUser   = " is not the login of a user."
		noMember = " is neither a member of the organization nor invited to it."
		noTeam   = " is not the name or slug of a team of the organization."
	)
	cases := []struct {
		name  string
		teams bool
		names []string
		want  []named
	}{
		{"an unknown login among known ones", false, []string{"pjhyett", "nobody", "octocat"}, []named{user("missing", `"nobody"`+noUser)}},
		{"each unknown login once, in the order of the request", false, []string{"zz", "aa", "ZZ", "zz"}, []named{user("missing", `"zz"`+noUser), user("missing", `"aa"`+noUser)}},
		{"an outsider", false, []string{"pjhyett", "OUTSIDER"}, []named{user("invalid", `"OUTSIDER"`+noMember)}},
		{"an organization's login", false, []string{"octodemo"}, []named{user("missing", `"octodemo"`+noUser)}},
		{"an empty name", false, []string{""}, []named{user("missing", `""`+noUser)}},
		{"spaces around a name", false, []string{" pjhyett "}, []named{user("missing", `" pjhyett "`+noUser)}},
		{"control characters", false, []string{"pj\x00hyett", "\x1b[31m", "pjhyett\n"}, []named{user("missing", `"pj\x00hyett"`+noUser), user("missing", `"\x1b[31m"`+noUser), user("missing", `"pjhyett\n"`+noUser)}},
		{"letters that only look alike", false, []string{"осtocat", "ſidekick", "\u212Aanako"}, []named{user("missing", `"осtocat"`+noUser), user("missing", `"ſidekick"`+noUser), user("missing", "\"\u212Aanako\""+noUser)}},
		{"a name with an @", false, []string{"@octocat"}, []named{user("missing", `"@octocat"`+noUser)}},
		{"an unknown team among known ones", true, []string{"avengers", "nobodies"}, []named{team(`"nobodies"` + noTeam)}},
		{"a team of the enterprise", true, []string{"platform", "ent:platform"}, []named{team(`"platform"` + noTeam), team(`"ent:platform"` + noTeam)}},
		{"a team with its organization", true, []string{"octodemo/avengers"}, []named{team(`"octodemo/avengers"` + noTeam)}},
		{"control characters in a team", true, []string{"avengers\x00"}, []named{team(`"avengers\x00"` + noTeam)}},
		{"an empty team", true, []string{""}, []named{team(`""` + noTeam)}},
	}
	for name, o := range writes() {
		if o.enterprise {
			continue // its texts are its own
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.state()
			for _, c := range cases {
				if c.teams != (keyOf(o) == "selected_teams") {
					continue
				}
				got := w.do(request{method: o.method, path: o.on("octodemo"), token: owner, body: bodyOf(t, keyOf(o), c.names)})
				if diff := cmp.Diff(refusal{422, "Validation Failed", o.docs}, got.refusal(t)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.name, diff)
				}
				if diff := cmp.Diff(c.want, decode[[]named](t, string(got.envelope(t).Errors))); diff != "" {
					t.Errorf("%s: errors (-want +got):\n%s", c.name, diff)
				}
			}
			w.unchanged(before)
		})
	}
}

func bodyOf(t *testing.T, key string, names []string) string {
	t.Helper()
	body, err := json.Marshal(map[string][]string{key: names})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestTwoHundredUnknownNamesAreAllNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := make([]string, 200)
	for i := range names {
		names[i] = fmt.Sprintf("nobody-%d", i)
	}
	got := w.do(request{method: "POST", path: "/orgs/octodemo/copilot/billing/selected_users", token: owner, body: bodyOf(t, "selected_usernames", names)})
	errs := decode[[]map[string]string](t, string(got.envelope(t).Errors))
	if len(errs) != 200 || !strings.Contains(errs[199]["message"], `"nobody-199"`) {
		t.Errorf("got %d errors, want 200 to the last", len(errs))
	}
}

func TestABodyThatIsUnusualAndRightIsServed(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat(`"pjhyett",`, 100_000), ",")
	cases := []struct{ name, at, body, want string }{
		{"names in upper case", "selected_users", `{"selected_usernames":["PJHYETT","MOJOMBO"]}`, `{"seats_created":2}`},
		{"a name in several cases counts once", "selected_users", `{"selected_usernames":["pjhyett","PJHyett","PJHYETT","pjhyett"]}`, `{"seats_created":1}`},
		{"100,000 names that are the same", "selected_users", `{"selected_usernames":[` + many + `]}`, `{"seats_created":1}`},
		{"of a repeated key the last counts", "selected_users", `{"selected_usernames":["nobody"],"selected_usernames":["pjhyett"]}`, `{"seats_created":1}`},
		{"of a repeated key the last counts, whatever the first's type", "selected_users", `{"selected_usernames":7,"selected_usernames":["pjhyett"]}`, `{"seats_created":1}`},
		{"keys that nobody asked for", "selected_users", `{"x":{"y":[1,{"z":null}]},"selected_usernames":["pjhyett"],"selected_teams":7,"":0}`, `{"seats_created":1}`},
		{"an escaped key", "selected_users", `{"selected\u005fusernames":["pjhyett"]}`, `{"seats_created":1}`},
		{"an escaped name", "selected_users", `{"selected_usernames":["\u0070jhyett"]}`, `{"seats_created":1}`},
		{"spaces and a newline at the end", "selected_users", " \t{ \"selected_usernames\" : \r\n [ \"pjhyett\" ] } \n", `{"seats_created":1}`},
		{"a team by its name", "selected_teams", `{"selected_teams":["Avengers"]}`, `{"seats_created":1}`},
		{"a team by its slug in upper case", "selected_teams", `{"selected_teams":["AVENGERS"]}`, `{"seats_created":1}`},
		{"a team by slug and name counts once", "selected_teams", `{"selected_teams":["avengers","Avengers"]}`, `{"seats_created":1}`},
		{"a team by its name in another script, in another case", "selected_teams", `{"selected_teams":["НОЧНАЯ смена <r&d> \"夜\""]}`, `{"seats_created":0}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := w.do(request{method: "POST", path: "/orgs/octodemo/copilot/billing/" + c.at, token: owner, body: c.body})
			if got.Status != 201 || got.Body != c.want {
				t.Errorf("got %d %.300s, want 201 %s", got.Status, got.Body, c.want)
			}
		})
	}
}

func TestABodyOverEightMiBIs413AndOneOfJustEightIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	before := w.state()
	const limit = 8 << 20
	send := func(o operation, size int, chunked bool) (int, string) {
		t.Helper()
		body := append([]byte(o.body), bytes.Repeat([]byte(" "), size-len(o.body))...)
		var reader io.Reader = bytes.NewReader(body)
		if chunked {
			reader = io.MultiReader(reader) // of unknown length
		}
		req, err := http.NewRequestWithContext(t.Context(), o.method, server.URL+o.on("octodemo"), reader)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "token "+owner)
		resp, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answered, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(answered)
	}
	for name, o := range writes() {
		want := `{"message":"The request's body is larger than 8 MiB. Split it into several requests.","documentation_url":"` + o.docs + `","status":"413"}`
		chunked := o.method == "DELETE" // half of them each way
		if status, body := send(o, limit+1, chunked); status != 413 || body != want {
			t.Errorf("%s, chunked %t, a byte too many: got %d %s, want 413 %s", name, chunked, status, body, want)
		}
	}
	for _, chunked := range []bool{false, true} {
		if status, body := send(operations()[5], limit, chunked); status != 201 {
			t.Errorf("chunked %t, just full: got %d %s, want 201", chunked, status, body)
		}
	}
	w.unchanged(before)
}

func TestABodyThatEndsEarlyIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	for name, o := range writes() {
		// What came would be a body of its own.
		broken := io.MultiReader(strings.NewReader(o.body), failingReader{})
		req := httptest.NewRequestWithContext(t.Context(), o.method, o.on("octodemo"), broken)
		req.Header.Set("Authorization", "token "+owner)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, req)
		want := refusal{400, "The request's body could not be read: it ended early, or came too slowly.", o.docs}
		if diff := cmp.Diff(want, answer{Status: rec.Code, Body: rec.Body.String()}.refusal(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	w.unchanged(before)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestABodyOnAGetIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, o := range operations() {
		if o.writes() {
			continue
		}
		got := w.do(request{method: "GET", path: o.on("octodemo"), token: owner, body: "{"})
		if got.Status != 200 {
			t.Errorf("%s: got %d %s, want 200", o.name, got.Status, got.Body)
		}
	}
}

func TestAMembersNameIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	notFound := refusal{404, "Not Found", operations()[7].docs}
	for path, status := range map[string]int{
		"OctoCat": 200, "%6Fctocat": 200, "mojombo": 404,
		"nobody": 404, "octocat%20": 404, "octo%2Fcat": 404, "%00": 404, "%FF": 404, "%D0%BEctocat": 404, "1": 404, "@octocat": 404,
	} {
		got := w.get("/orgs/octodemo/members/"+path+"/copilot", owner)
		if got.Status != status {
			t.Errorf("%s: got %d %s, want %d", path, got.Status, got.Body, status)
		}
		if status == 404 {
			if diff := cmp.Diff(notFound, got.refusal(t)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
	}
}
