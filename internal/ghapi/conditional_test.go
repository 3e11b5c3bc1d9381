package ghapi_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/ghapi"
)

const (
	billingPath = "/orgs/octodemo/copilot/billing"
	seatsPath   = "/orgs/octodemo/copilot/billing/seats"
	usersPath   = "/orgs/octodemo/copilot/billing/selected_users"
	entPath     = "/enterprises/octo-enterprise/copilot/billing/seats"
)

// tag is the entity tag of a reading that must succeed.
func (w *world) tag(r request) string {
	w.t.Helper()
	r.method = "GET"
	got := w.do(r)
	tags := got.Header.Values("Etag")
	if got.Status != 200 || len(tags) != 1 || !entityTag.MatchString(tags[0]) {
		w.t.Fatalf("GET %s: got %d with tags %q", r.path, got.Status, tags)
	}
	return tags[0]
}

// since asks for a path again, with the tag of an answer.
func (w *world) since(tag string, r request) answer {
	w.t.Helper()
	r.method = "GET"
	r.header = r.header.Clone()
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set("If-None-Match", tag)
	return w.do(r)
}

func TestATagIsComparedWeakly(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	first := over(t, address, request{method: "GET", path: billingPath, token: owner})
	tag := first.Header.Get("Etag")
	hex := strings.Trim(tag, `"`)
	for _, c := range []struct {
		name string
		sent []string
		want int
	}{
		{"none", nil, 200},
		{"the same", []string{tag}, 304},
		{"the same, weak", []string{"W/" + tag}, 304},
		{"everything", []string{"*"}, 304},
		{"another", []string{`"` + strings.Repeat("0", 64) + `"`}, 200},
		{"a list that ends with it", []string{`"a", W/"b", ` + tag}, 304},
		{"a list that begins with it", []string{tag + `,"a"`}, 304},
		{"a list without spaces, weak", []string{`"a",W/` + tag + `,"b"`}, 304},
		{"several lines", []string{`"a"`, "W/" + tag}, 304},
		{"a list without it", []string{`"a", "b"`}, 200},
		{"empty", []string{""}, 200},
		{"commas alone", []string{", ,,"}, 200},
		{"without quotes", []string{hex}, 200},
		{"with half its quotes", []string{`"` + hex}, 200},
		{"in capitals", []string{strings.ToUpper(tag)}, 200},
		{"a part of it", []string{`"` + hex[:63] + `"`}, 200},
		{"weak in a small letter", []string{"w/" + tag}, 200},
		{"weak twice", []string{"W/W/" + tag}, 200},
		{"a star in quotes", []string{`"*"`}, 200},
		{"very long, and it at the end", []string{strings.Repeat(`"x", `, 10_000) + tag}, 304},
		{"very long, without it", []string{strings.Repeat(`"x", `, 10_000)}, 200},
		{"very long without a comma", []string{strings.Repeat("x", 50_000)}, 200},
	} {
		got := over(t, address, request{method: "GET", path: billingPath, token: owner, header: http.Header{"If-None-Match": c.sent}})
		if got.Status != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got.Status, c.want)
		}
		if again := got.Header.Get("Etag"); again != tag {
			t.Errorf("%s: got tag %s, want %s, the strong form", c.name, again, tag)
		}
		if c.want == 304 && got.Body != "" {
			t.Errorf("%s: a 304 with a body: %s", c.name, got.Body)
		}
		if c.want == 200 && got.Body != first.Body {
			t.Errorf("%s: another body", c.name)
		}
	}
}

// GitHub's 304 has no length: with one, a client would wait for a body.
func TestAnAnswerWithoutABodyHasNoLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t).configured(ghapi.Options{})
	c := dial(t, w.serve())
	c.send("GET %s HTTP/1.1\nHost: a\nIf-None-Match: *\nAuthorization: token %s", billingPath, owner)
	c.send("POST /_usher/reset HTTP/1.1\nHost: a\nContent-Length: 0\nAuthorization: token %s", owner)
	c.send("OPTIONS / HTTP/1.1\nHost: a")
	c.send("HEAD %s HTTP/1.1\nHost: a\nAccept-Encoding: gzip\nAuthorization: token %s", entPath, owner)
	c.send("GET /zen HTTP/1.1\nHost: a")
	for i, method := range []string{"GET", "POST", "OPTIONS"} {
		got := c.receive(method)
		if want := []int{304, 204, 204}[i]; got.Status != want {
			t.Fatalf("%s: got %d, want %d", method, got.Status, want)
		}
		for _, name := range []string{"Content-Length", "Transfer-Encoding", "Content-Type"} {
			if values := got.Header.Values(name); values != nil {
				t.Errorf("%s %d: %s: %q", method, got.Status, name, values)
			}
		}
	}
	if got := c.receive("HEAD"); got.Status != 200 || got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("Content-Length") != "" {
		t.Errorf("HEAD of a compressed answer: got %d %v", got.Status, got.Header)
	}
	if got := c.receive("GET"); got.Status != 200 || got.Body == "" {
		t.Errorf("after answers without a body: got %d %q", got.Status, got.Body)
	}
}

func TestErrorsAndWritesAreNotConditional(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	everything := http.Header{"If-None-Match": {"*"}}
	for _, c := range []struct {
		r      request
		status int
	}{
		{request{method: "GET", path: "/orgs/nobody", token: owner}, 404},
		{request{method: "GET", path: billingPath, token: "ghp_repo"}, 403},
		{request{method: "GET", path: billingPath, token: "ghp_nobody"}, 401},
		{request{method: "GET", path: "/nothing"}, 404},
		{request{method: "POST", path: usersPath, token: owner, body: `{"selected_usernames":["octocat"]}`}, 201},
		{request{method: "DELETE", path: usersPath, token: owner, body: `{"selected_usernames":["pjhyett"]}`}, 200},
		{request{method: "POST", path: usersPath, token: owner, body: `{}`}, 422},
	} {
		c.r.header = everything
		got := w.do(c.r)
		if got.Status != c.status || got.Body == "" {
			t.Errorf("%s %s: got %d %q, want %d", c.r.method, c.r.path, got.Status, got.Body, c.status)
		}
		if c.status >= 400 && got.Header.Get("Etag") != "" {
			t.Errorf("%s %s: an error with a tag", c.r.method, c.r.path)
		}
	}
}

// Whether a reading has changed since: after each event, some have, and the others have
// not. Every 200 must differ from the body before, or it was for nothing.
func TestATagIsGoodUntilWhatItShowsChanges(t *testing.T) {
	t.Parallel()
	post := func(path, body string) func(*world) {
		return func(w *world) {
			w.t.Helper()
			if got := w.do(request{method: "POST", path: path, token: owner, body: body}); got.Status >= 300 {
				w.t.Fatalf("POST %s: got %d %s", path, got.Status, got.Body)
			}
		}
	}
	remove := func(path, body string) func(*world) {
		return func(w *world) {
			w.t.Helper()
			if got := w.do(request{method: "DELETE", path: path, token: owner, body: body}); got.Status != 200 {
				w.t.Fatalf("DELETE %s: got %d %s", path, got.Status, got.Body)
			}
		}
	}
	refuse := func(body string) func(*world) {
		return func(w *world) {
			w.t.Helper()
			if got := w.do(request{method: "POST", path: usersPath, token: owner, body: body}); got.Status < 400 {
				w.t.Fatalf("POST: got %d %s, want a refusal", got.Status, got.Body)
			}
		}
	}
	to := func(instant string) func(*world) {
		return post("/_usher/clock/advance", `{"to":"`+instant+`"}`)
	}
	readings := map[string]request{
		"billing":    {path: billingPath, token: owner},
		"seats":      {path: seatsPath, token: owner},
		"octocat":    {path: "/orgs/octodemo/members/octocat/copilot", token: owner},
		"octokitten": {path: "/orgs/octodemo/members/octokitten/copilot", token: owner},
		"enterprise": {path: entPath, token: owner},
		"person":     {path: "/enterprises/octo-enterprise/members/octocat/copilot", token: owner},
		"octolabs":   {path: "/orgs/octolabs/copilot/billing/seats", token: owner},
		"empty":      {path: "/orgs/empty/copilot/billing/seats", token: owner},
		"user":       {path: "/user", token: owner},
		"root":       {path: "/", token: owner},
	}
	const nothing = ""
	for _, c := range []struct {
		name    string
		before  func(*world)
		happens func(*world)
		must    string // the readings that must be sent again
		may     string // those that may be, although they show the same
	}{
		{"nothing", nil, func(*world) {}, nothing, nothing},
		{"a grant", nil, post(usersPath, `{"selected_usernames":["pjhyett"]}`), "billing seats enterprise", "octocat octokitten person"},
		{"a cancellation", nil, remove(usersPath, `{"selected_usernames":["octokitten"]}`), nothing, nothing}, // it was pending
		{"a refresh", nil, post(usersPath, `{"selected_usernames":["octokitten"]}`), "billing seats enterprise octokitten", "octocat person"},
		{"a grant that is there", nil, post(usersPath, `{"selected_usernames":["octocat"]}`), nothing, nothing},
		{"a cancellation of who has no seat", nil, remove(usersPath, `{"selected_usernames":["pjhyett"]}`), nothing, nothing},
		{"a refused write", nil, refuse(`{"selected_usernames":["nobody-at-all"]}`), nothing, nothing},
		{"a grant in another organization", nil, post("/orgs/empty/copilot/billing/selected_users", `{"selected_usernames":["octocat"]}`), "empty", nothing},
		{"activity in another organization of the enterprise", nil, post("/_usher/orgs/octolabs/activity", `{"events":[{"username":"octocat","at":"2026-11-20T11:00:00Z","editor":"vim"}]}`), "enterprise octolabs person", nothing},
		{"activity", nil, post("/_usher/orgs/octodemo/activity", `{"events":[{"username":"octocat","at":"2026-11-20T11:00:00Z","editor":"vim"}]}`), "seats enterprise octocat person", "billing octokitten"},
		{"an authentication", nil, post("/_usher/orgs/octodemo/activity", `{"events":[{"username":"octocat","authenticated_at":"2026-11-20T11:00:00Z"}]}`), "seats enterprise octocat person", "billing octokitten"},
		{"activity that is ignored", nil, post("/_usher/orgs/octodemo/activity", `{"events":[{"username":"octocat","at":"2026-01-01T11:00:00Z","editor":"vim"}]}`), nothing, "seats enterprise octocat person billing octokitten"},
		{"an hour", nil, to("2026-11-20T13:00:00Z"), nothing, nothing},
		{"a day on which nothing happens", nil, to("2026-11-21T00:00:00Z"), nothing, "billing seats enterprise octocat octokitten octolabs empty person"},
		{"the end of a cycle, and of a pending seat", nil, to("2026-12-01T00:00:00Z"), "billing seats enterprise", "octocat octolabs empty person"},
		{"the second before the end of a cycle", to("2026-11-30T00:00:00Z"), to("2026-11-30T23:59:59Z"), nothing, nothing},
		{"the day on which activity is too old", to("2027-02-17T23:59:59Z"), to("2027-02-18T00:00:00Z"), "seats enterprise octocat person", "billing octolabs empty"},
		{"the world anew", nil, post("/_usher/reset", ""), nothing, "billing seats enterprise octocat octokitten octolabs empty user person"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).configured(ghapi.Options{})
			if c.before != nil {
				c.before(w)
			}
			before, tags := map[string]string{}, map[string]string{}
			for name, r := range readings {
				if got := w.get(r.path, r.token); got.Status == 200 {
					before[name], tags[name] = got.Body, got.Header.Get("Etag")
				}
			}
			c.happens(w)
			for name, tag := range tags {
				got := w.since(tag, readings[name])
				now := w.get(readings[name].path, readings[name].token)
				changed := now.Body != before[name]
				must, may := contains(c.must, name), contains(c.must+" "+c.may, name)
				switch {
				case now.Status == 404: // the seat ended: an error has no tag
					if got.Status != 404 {
						t.Errorf("%s: got %d for what is not there any more", name, got.Status)
					}
				case changed && got.Status != 200:
					t.Errorf("%s: got %d, although it changed", name, got.Status)
				case must != changed:
					t.Errorf("%s: changed: %t, want %t", name, changed, must)
				case !may && got.Status != 304:
					t.Errorf("%s: got %d, want 304: nothing that it shows can have changed", name, got.Status)
				case got.Status == 304 && got.Header.Get("Etag") != tag:
					t.Errorf("%s: 304 with another tag", name)
				}
			}
		})
	}
}

func contains(list, name string) bool {
	for word := range strings.FieldsSeq(list) {
		if word == name {
			return true
		}
	}
	return false
}

// Two requests whose answers differ, or come to differ, must not share a tag; and the
// same request has the same tag each time.
func TestATagIsOfOneRequestAndOneCaller(t *testing.T) {
	t.Parallel()
	proxy := ghapi.Bases{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}} // httptest's requests come from there
	w := newWorld(t).configured(ghapi.Options{Bases: proxy})
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	requests := map[string]request{
		"monalisa's":                  {path: seatsPath, token: owner},
		"another token of hers":       {path: seatsPath, token: "ghp_admin_org"},
		"an installation's, in UTC":   {path: seatsPath, token: "ghs_seats_read"},
		"by number":                   {path: "/organizations/9919/copilot/billing/seats", token: owner},
		"page 1":                      {path: seatsPath + "?page=1", token: owner},
		"page 2":                      {path: seatsPath + "?page=2", token: owner},
		"two a page":                  {path: seatsPath + "?per_page=2", token: owner},
		"two a page, page 2":          {path: seatsPath + "?per_page=2&page=2", token: owner},
		"two a page, page 2 in front": {path: seatsPath + "?page=2&per_page=2", token: owner},
		"below /api/v3":               {path: "/api/v3" + seatsPath, token: owner},
		"another version":             {path: seatsPath, token: owner, header: header("X-Github-Api-Version", "2026-03-10")},
		"another host":                {path: "http://other.test" + seatsPath, token: owner},
		"another port":                {path: "http://example.com:8080" + seatsPath, token: owner},
		"another scheme by a proxy":   {path: seatsPath, token: owner, header: header("X-Forwarded-Proto", "https")},
		"another host by a proxy":     {path: seatsPath, token: owner, header: header("X-Forwarded-Host", "public.test")},
		"another organization":        {path: "/orgs/octolabs/copilot/billing/seats", token: owner},
		"billing":                     {path: billingPath, token: owner},
		"the enterprise's":            {path: entPath, token: owner},
		"the enterprise's in Kolkata": {path: entPath, token: "ghp_betty"},
		"a profile, anonymously":      {path: "/users/monalisa"},
		"a profile with a token":      {path: "/users/monalisa", token: owner},
		"another profile":             {path: "/users/octocat"},
		"oneself":                     {path: "/user", token: owner},
		"an organization's profile":   {path: "/orgs/octodemo"},
		"the same as a user":          {path: "/users/octodemo"},
		"the root":                    {path: "/"},
		"the root of the newest":      {path: "/", header: header("X-Github-Api-Version", "2026-03-10")},
	}
	of := map[string]string{}
	for name, r := range requests {
		tag := w.tag(r)
		if other, taken := of[tag]; taken {
			t.Errorf("%s and %s have the same tag", name, other)
		}
		of[tag] = name
		if again := w.tag(r); again != tag {
			t.Errorf("%s: another tag each time", name)
		}
		if got := w.since(tag, r); got.Status != 304 {
			t.Errorf("%s: got %d with its own tag", name, got.Status)
		}
	}
}

func TestATagIsNotAHashOfTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.get(seatsPath, owner), w.get(seatsPath, "ghp_admin_org")
	if first.Body != second.Body {
		t.Fatal("two tokens of one user are shown different things")
	}
	if first.Header.Get("Etag") == second.Header.Get("Etag") {
		t.Error("two tokens have the same tag: GitHub's differ (Vary: Authorization)")
	}
}

func TestAHeadHasTheTagOfItsGetAndIsConditionalToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{billingPath, seatsPath + "?per_page=2", entPath, "/user", "/", "/zen"} {
		tag := w.tag(request{path: path, token: owner})
		head := w.do(request{method: "HEAD", path: path, token: owner})
		if head.Status != 200 || head.Header.Get("Etag") != tag {
			t.Errorf("HEAD %s: got %d with tag %s, want %s", path, head.Status, head.Header.Get("Etag"), tag)
		}
		again := w.do(request{method: "HEAD", path: path, token: owner, header: http.Header{"If-None-Match": {tag}}})
		if again.Status != 304 {
			t.Errorf("HEAD %s with its tag: got %d, want 304", path, again.Status)
		}
	}
}

func TestWhatTheClientHoldsIsNotRendered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rendered := 0
	show := func(q *ghapi.Request) error {
		return q.Show(usher.Edition{1, 2}, func() []byte {
			rendered++
			return []byte("{}")
		})
	}
	api := ghapi.NewRouter(w.service, ghapi.Options{}, []ghapi.Route{{Method: "GET", Pattern: "/shown", Who: ghapi.Who{Anonymous: true}, Handle: show}})
	w = &world{Handler: wrapped(api), t: t}
	tag := w.tag(request{path: "/shown"})
	if got := w.since(tag, request{path: "/shown"}); got.Status != 304 || rendered != 1 {
		t.Errorf("got %d and rendered %d times, want 304 and once", got.Status, rendered)
	}
	if got := w.since(`"another"`, request{path: "/shown"}); got.Status != 200 || rendered != 2 {
		t.Errorf("got %d and rendered %d times, want 200 and twice", got.Status, rendered)
	}
}

// Two processes on one database, of which one is started again: a client may ask any.
func TestReplicasAgreeOnTagsAndARestartKeepsThem(t *testing.T) {
	t.Parallel()
	database := loadedDatabase(t).Copy(t)
	first, second := openWorld(t, database), openWorld(t, database)
	paths := []string{billingPath, seatsPath, seatsPath + "?per_page=2&page=2", entPath, "/user", "/orgs/octodemo", "/users/octocat", "/"}
	compare := func(when string) {
		t.Helper()
		for _, path := range paths {
			r := request{path: path, token: owner}
			if one, other := first.tag(r), second.tag(r); one != other {
				t.Errorf("%s, %s: %s and %s", path, when, one, other)
			}
		}
	}
	compare("at first")
	before := first.tag(request{path: seatsPath, token: owner})
	got := second.do(request{method: "POST", path: usersPath, token: owner, body: `{"selected_usernames":["pjhyett"]}`})
	if got.Status != 201 {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	if got := first.since(before, request{path: seatsPath, token: owner}); got.Status != 200 {
		t.Errorf("after a write on another replica: got %d, want 200", got.Status)
	}
	compare("after a write")
}

// A world that is loaded again has the same ids and counts in the same steps: a tag of the
// one before must not come again when as much has happened to it.
func TestATagOfAWorldIsNotOneOfTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t).configured(ghapi.Options{})
	seen := map[string]string{}
	for round := range 4 {
		if round > 0 {
			if got := w.do(request{method: "POST", path: "/_usher/reset", token: owner}); got.Status != 204 {
				t.Fatalf("reset: got %d %s", got.Status, got.Body)
			}
		}
		for step, login := range []string{"", "pjhyett", "octokitten"} {
			if login != "" {
				if round%2 == 1 { // other names, as many writes
					login = map[string]string{"pjhyett": "octokitten", "octokitten": "pjhyett"}[login]
				}
				w.do(request{method: "POST", path: usersPath, token: owner, body: `{"selected_usernames":["` + login + `"]}`})
			}
			for _, path := range []string{billingPath, seatsPath, entPath} {
				tag := w.tag(request{path: path, token: owner})
				where := fmt.Sprintf("%s after %d writes in world %d", path, step, round)
				if before, taken := seen[tag]; taken {
					t.Errorf("%s has the tag of %s", where, before)
				}
				seen[tag] = where
			}
		}
	}
}

// usher's own build is part of a tag: another one may render the same edition otherwise.
func TestAnotherBuildHasOtherTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := request{path: seatsPath, token: owner}
	if w.configured(ghapi.Options{Build: "1"}).tag(r) == w.configured(ghapi.Options{Build: "2"}).tag(r) {
		t.Error("two builds have the same tag")
	}
}

// A tag depends on nobody's wall clock.
func TestATagDoesNotAgeWithTheWallClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clock := newWallClock()
	limited := &world{
		Handler: description.Shared(t).Handler(t, wrapped(ghapi.New(w.service, ghapi.Options{Rates: ghapi.NewRates(10, clock.Now)}))),
		t:       t,
	}
	tag := limited.tag(request{path: seatsPath, token: owner})
	clock.advance(1000 * time.Hour)
	if got := limited.since(tag, request{path: seatsPath, token: owner}); got.Status != 304 {
		t.Errorf("got %d, want 304", got.Status)
	}
}

// The zone of the token's user decides how instants are written, so it is part of the tag:
// here two tokens show the same seats to users of different zones.
func TestZonesAreShownAndTagged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ofMonalisa, ofBetty := w.get(entPath, owner), w.get(entPath, "ghp_betty")
	if ofMonalisa.Body == ofBetty.Body {
		t.Fatal("New York and Kolkata are shown the same instants")
	}
	if got := w.since(ofMonalisa.Header.Get("Etag"), request{path: entPath, token: "ghp_betty"}); got.Status != 200 {
		t.Errorf("betty, with monalisa's tag: got %d, want 200", got.Status)
	}
	if diff := cmp.Diff(ofBetty.Body, w.since(ofMonalisa.Header.Get("Etag"), request{path: entPath, token: "ghp_betty"}).Body); diff != "" {
		t.Error(diff)
	}
}
