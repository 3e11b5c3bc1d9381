package ghapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// window is what an answer says of a rate limit.
type window struct{ Limit, Remaining, Used, Reset, Resource string }

func (a answer) window() window {
	h := a.Header
	return window{h.Get("X-Ratelimit-Limit"), h.Get("X-Ratelimit-Remaining"), h.Get("X-Ratelimit-Used"), h.Get("X-Ratelimit-Reset"), h.Get("X-Ratelimit-Resource")}
}

func windowOf(limit, used int, reset time.Time) window {
	return window{fmt.Sprint(limit), fmt.Sprint(limit - used), fmt.Sprint(used), fmt.Sprint(reset.Unix()), "core"}
}

var noWindow window

// rated is the world with a limit and a wall clock to move.
func (w *world) rated(limit int64) (*world, *wallClock) {
	clock := newWallClock()
	return w.configured(ghapi.Options{Rates: ghapi.NewRates(limit, clock.Now)}), clock
}

// from sends a request from an address.
func (w *world) from(address string, r request) answer {
	w.t.Helper()
	req := httptest.NewRequestWithContext(w.t.Context(), r.method, r.path, strings.NewReader(r.body))
	req.RemoteAddr = address
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.token != "" {
		req.Header.Set("Authorization", "token "+r.token)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, req)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

func TestAWindowOpensAtFirstUseAndItsEndIsFixed(t *testing.T) {
	t.Parallel()
	w, clock := newWorld(t).rated(3)
	clock.advance(300 * time.Millisecond)
	reset := clock.Now().Add(time.Hour)
	for i, step := range []struct {
		passes time.Duration
		status int
		used   int
	}{
		{0, 200, 1},
		{20 * time.Minute, 200, 2},
		{20 * time.Minute, 200, 3},
		{0, 403, 3}, // used is capped at the limit
		{10 * time.Minute, 403, 3},
		{9*time.Minute + 58*time.Second, 403, 3},
	} {
		clock.advance(step.passes)
		got := w.get(billingPath, owner)
		if diff := cmp.Diff(windowOf(3, step.used, reset), got.window()); got.Status != step.status || diff != "" {
			t.Errorf("request %d: got %d, want %d; window (-want +got):\n%s", i+1, got.Status, step.status, diff)
		}
	}
	clock.advance(2 * time.Second) // over; and the next one opens with the next request only
	clock.advance(5 * time.Hour)
	got := w.get(billingPath, owner)
	if diff := cmp.Diff(windowOf(3, 1, clock.Now().Add(time.Hour)), got.window()); got.Status != 200 || diff != "" {
		t.Errorf("after the window: got %d; window (-want +got):\n%s", got.Status, diff)
	}
}

// A client that waits for the reset it was told must be let in.
func TestAtTheResetThatWasToldTheWindowIsOver(t *testing.T) {
	t.Parallel()
	for _, fraction := range []time.Duration{0, 1, time.Millisecond, 999 * time.Millisecond, time.Second - 1} {
		w, clock := newWorld(t).rated(1)
		clock.advance(fraction)
		w.get(billingPath, owner)
		told := clock.Now().Add(time.Hour).Truncate(time.Second)
		clock.advance(told.Sub(clock.Now()) - 1)
		if got := w.get(billingPath, owner); got.Status != 403 {
			t.Errorf("%v: just before the reset: got %d, want 403", fraction, got.Status)
		}
		clock.advance(1)
		if got := w.get(billingPath, owner); got.Status != 200 {
			t.Errorf("%v: at the reset: got %d, want 200", fraction, got.Status)
		}
	}
}

func TestEachTokenAndEachAddressHasAWindowOfItsOwn(t *testing.T) {
	t.Parallel()
	w, clock := newWorld(t).rated(5)
	reset := clock.Now().Add(time.Hour)
	for _, c := range []struct {
		name, from, token string
		want              window
	}{
		{"a token", "192.0.2.1:1", owner, windowOf(5, 1, reset)},
		{"the same from elsewhere", "192.0.2.2:1", owner, windowOf(5, 2, reset)},
		{"another of the same user", "192.0.2.1:1", "ghp_admin_org", windowOf(5, 1, reset)},
		{"an installation", "192.0.2.1:1", "ghs_seats_read", windowOf(5, 1, reset)},
		{"nobody", "192.0.2.1:1", "", windowOf(60, 1, reset)},
		{"nobody, by another port", "192.0.2.1:2", "", windowOf(60, 2, reset)},
		{"nobody, as IPv6 writes the same address", "[::ffff:192.0.2.1]:3", "", windowOf(60, 3, reset)},
		{"nobody, from elsewhere", "192.0.2.2:1", "", windowOf(60, 1, reset)},
		{"nobody, by IPv6", "[2001:db8::1]:1", "", windowOf(60, 1, reset)},
		{"nobody, by IPv6 in a zone", "[2001:db8::1%eth0]:1", "", windowOf(60, 2, reset)},
	} {
		got := w.from(c.from, request{method: "GET", path: "/users/octocat", token: c.token})
		if diff := cmp.Diff(c.want, got.window()); got.Status != 200 || diff != "" {
			t.Errorf("%s: got %d; window (-want +got):\n%s", c.name, got.Status, diff)
		}
	}
}

// Recorded by brekkylab/backlot, 2026-09-17 and 2026-09-23.
func TestARequestBeyondTheLimitIsRefusedAsRecorded(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t).rated(0)
	for range 60 {
		if got := w.from("203.0.113.9:40000", request{method: "GET", path: "/zen"}); got.Status != 200 {
			t.Fatalf("got %d %s", got.Status, got.Body)
		}
	}
	const tail = ` and timestamp 2031-05-04 03:02:01 UTC. For more on scraping GitHub and how it may affect your rights, please review our Terms of Service (https://docs.github.com/en/site-policy/github-terms/github-terms-of-service)","documentation_url":"https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#rate-limiting","status":"403"}`
	for _, c := range []struct {
		name, from string
		r          request
		want       string // with ID for the request's own
	}{
		{"an anonymous caller", "203.0.113.9:40001", request{method: "GET", path: "/zen"}, `{"message":"API rate limit exceeded for 203.0.113.9. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)","documentation_url":"https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"}`},
		{"an anonymous caller where a token is needed", "203.0.113.9:40001", request{method: "GET", path: billingPath}, `{"message":"API rate limit exceeded for 203.0.113.9. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)","documentation_url":"https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"}`},
		{"an anonymous caller where there is no route", "203.0.113.9:40001", request{method: "GET", path: "/nothing"}, `{"message":"API rate limit exceeded for 203.0.113.9. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)","documentation_url":"https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"}`},
		{"a user", "192.0.2.1:1", request{method: "GET", path: billingPath, token: owner}, `{"message":"API rate limit exceeded for user ID 1001. If you reach out to GitHub Support for help, please include the request ID ID` + tail},
		{"a user with a fine-grained token who writes", "192.0.2.1:1", request{method: "POST", path: usersPath, token: "github_pat_seats_write", body: `{"selected_usernames":["pjhyett"]}`}, `{"message":"API rate limit exceeded for user ID 1001. If you reach out to GitHub Support for help, please include the request ID ID` + tail},
	} {
		before := w.get200("/_usher/clock", owner) // never counted
		got := w.from(c.from, c.r)
		body := strings.ReplaceAll(got.Body, got.Header.Get("X-Github-Request-Id"), "ID")
		if diff := cmp.Diff(c.want, body); got.Status != 403 || diff != "" {
			t.Errorf("%s: got %d, want 403 (-want +got):\n%s", c.name, got.Status, diff)
		}
		if after := w.get200("/_usher/clock", owner); after != before {
			t.Errorf("%s: %s became %s", c.name, before, after)
		}
	}
	installation := w.from("192.0.2.1:1", request{method: "GET", path: billingPath, token: "ghs_seats_read"})
	if message := installation.envelope(t).Message; installation.Status != 403 || !strings.HasPrefix(message, "API rate limit exceeded for installation") {
		t.Errorf("an installation: got %d %s", installation.Status, message)
	}
}

func TestAWriteBeyondTheLimitChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	spent, _ := w.rated(0)
	if got := spent.do(request{method: "POST", path: usersPath, token: owner, body: `{"selected_usernames":["pjhyett"]}`}); got.Status != 403 {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	w.unchanged(before)
}

// What counts, and which answers speak of it.
func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	base := newWorld(t)
	tag := func(r request) http.Header { return http.Header{"If-None-Match": {base.tag(r)}} }
	badVersion := http.Header{"X-Github-Api-Version": {"2019-01-01"}}
	for _, c := range []struct {
		name   string
		r      request
		status int
		counts bool
		tells  bool
	}{
		{"a reading", request{method: "GET", path: billingPath, token: owner}, 200, true, true},
		{"a HEAD", request{method: "HEAD", path: billingPath, token: owner}, 200, true, true},
		{"a write", request{method: "POST", path: usersPath, token: owner, body: `{"selected_usernames":["octocat"]}`}, 201, true, true},
		{"a 304", request{method: "GET", path: billingPath, token: owner, header: tag(request{path: billingPath, token: owner})}, 304, false, true},
		{"a 304, anonymously", request{method: "GET", path: "/zen", header: tag(request{path: "/zen"})}, 304, true, true},
		{"a bad version", request{method: "GET", path: billingPath, token: owner, header: badVersion}, 400, true, true},
		{"a bad version, anonymously", request{method: "GET", path: billingPath, header: badVersion}, 400, true, true},
		{"a missing credential", request{method: "GET", path: billingPath}, 401, true, true},
		{"an Authorization that is none", request{method: "GET", path: billingPath, header: http.Header{"Authorization": {"Nonsense"}}}, 401, true, true},
		{"a bad credential", request{method: "GET", path: billingPath, token: "ghp_nobody"}, 401, false, false},
		{"a missing scope", request{method: "GET", path: billingPath, token: "ghp_repo"}, 403, true, true},
		{"a missing permission", request{method: "GET", path: billingPath, token: "github_pat_nothing"}, 403, true, true},
		{"no such organization", request{method: "GET", path: "/orgs/nobody/copilot/billing", token: owner}, 404, true, true},
		{"a method that is not routed", request{method: "PUT", path: billingPath, token: owner}, 404, true, true},
		{"a body that is wrong", request{method: "POST", path: usersPath, token: owner, body: "{}"}, 422, true, true},
		{"no route", request{method: "GET", path: "/nothing", token: owner}, 404, false, false},
		{"no route, with an Authorization that is none", request{method: "GET", path: "/nothing", header: http.Header{"Authorization": {"Nonsense"}}}, 404, false, false},
		{"no route, anonymously", request{method: "GET", path: "/nothing"}, 404, true, true},
		{"a trailing slash, anonymously", request{method: "GET", path: "/zen/"}, 404, true, true},
		{"two dots, anonymously", request{method: "GET", path: "/x/../zen"}, 404, true, true},
		{"/rate_limit", request{method: "GET", path: "/rate_limit", token: owner}, 200, false, true},
		{"/rate_limit, anonymously", request{method: "GET", path: "/rate_limit"}, 200, false, true},
		{"/rate_limit with a bad version", request{method: "GET", path: "/rate_limit", token: owner, header: badVersion}, 400, false, true},
		{"/rate_limit with a bad credential", request{method: "GET", path: "/rate_limit", token: "ghp_nobody"}, 401, false, false},
		{"a HEAD of /rate_limit", request{method: "HEAD", path: "/api/v3/rate_limit", token: owner}, 200, false, true},
		{"a preflight", request{method: "OPTIONS", path: billingPath}, 204, false, false},
		{"usher's own clock", request{method: "GET", path: "/_usher/clock", token: owner}, 200, false, false},
		{"usher's own clock, after duplicate slashes", request{method: "GET", path: "//_usher//clock", token: owner}, 200, false, false},
		{"usher's own, without a route", request{method: "GET", path: "/_usher/nothing"}, 404, false, false},
	} {
		w, clock := base.rated(100)
		got := w.do(c.r)
		if got.Status != c.status {
			t.Errorf("%s: got %d %.200s, want %d", c.name, got.Status, got.Body, c.status)
		}
		if tells := got.window() != noWindow; tells != c.tells {
			t.Errorf("%s: says something of a limit: %t, want %t", c.name, tells, c.tells)
		}
		used := 1 // by this one
		if c.counts {
			used++
		}
		limit, token := 60, ""
		if c.r.token == owner || strings.HasPrefix(c.r.token, "g") && c.r.token != "ghp_nobody" {
			limit, token = 100, c.r.token
		}
		if diff := cmp.Diff(windowOf(limit, used, clock.Now().Add(time.Hour)), w.get("/users/octocat", token).window()); diff != "" {
			t.Errorf("%s: the next request (-want +got):\n%s", c.name, diff)
		}
	}
}

// PyGithub's and brekkylab/backlot's recordings: key order, and that asking is free.
func TestRateLimitShowsTheWindowAndIsNeverCounted(t *testing.T) {
	t.Parallel()
	w, clock := newWorld(t).rated(3)
	rate := func(limit, used int, reset time.Time) string {
		return fmt.Sprintf(`{"limit":%d,"used":%d,"remaining":%d,"reset":%d}`, limit, used, limit-used, reset.Unix())
	}
	shown := func(core string) string {
		return `{"resources":{"core":` + core + `,"search":` + rate(30, 0, clock.Now().Add(time.Minute)) + `},"rate":` + core + `}`
	}
	check := func(name string, r request, want string) {
		t.Helper()
		r.method, r.path = "GET", "/rate_limit"
		if got := w.do(r); got.Status != 200 || got.Body != want {
			t.Errorf("%s:\n got %d %s\nwant 200 %s", name, got.Status, got.Body, want)
		}
	}
	check("before the first request", request{token: owner}, shown(rate(3, 0, clock.Now().Add(time.Hour))))
	clock.advance(10 * time.Minute)
	check("which opened no window", request{token: owner}, shown(rate(3, 0, clock.Now().Add(time.Hour))))
	reset := clock.Now().Add(time.Hour)
	w.get(billingPath, owner)
	clock.advance(time.Minute)
	check("after one", request{token: owner}, shown(rate(3, 1, reset)))
	w.get(billingPath, owner)
	w.get(billingPath, owner)
	if got := w.get(billingPath, owner); got.Status != 403 {
		t.Fatalf("got %d, want 403", got.Status)
	}
	check("when it is spent", request{token: owner}, shown(rate(3, 3, reset)))
	check("for another token", request{token: "ghp_admin_org"}, shown(rate(3, 0, clock.Now().Add(time.Hour))))
	check("anonymously", request{}, shown(rate(60, 0, clock.Now().Add(time.Hour))))
	check("anonymously, with a version that there is not", request{header: http.Header{"X-Github-Api-Version": {"2019-01-01"}}}, shown(rate(60, 0, clock.Now().Add(time.Hour))))
	newest := strings.Replace(shown(rate(3, 3, reset)), `,"rate":`+rate(3, 3, reset), "", 1)
	check("in version 2026-03-10", request{token: owner, header: http.Header{"X-Github-Api-Version": {"2026-03-10"}}}, newest)
}

func TestWithoutALimitRateLimitIsNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, token := range []string{owner, ""} {
		got := w.get("/rate_limit", token)
		want := refusal{404, "Rate limiting is not enabled.", "https://docs.github.com/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user"}
		if diff := cmp.Diff(want, got.refusal(t)); diff != "" || got.window() != noWindow {
			t.Errorf("as %q (-want +got): %s\n%+v", token, diff, got.window())
		}
	}
	for range 100 {
		if got := w.get("/zen", ""); got.Status != 200 {
			t.Fatalf("got %d %s", got.Status, got.Body)
		}
	}
}

// A 304 is free for whoever has a token, but who has nothing left gets no answer at all.
func TestWhatIsKeptCanBeAskedForWithoutEnd(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t).rated(2)
	tag := w.tag(request{path: billingPath, token: owner})
	for range 10 {
		if got := w.since(tag, request{path: billingPath, token: owner}); got.Status != 304 || got.window().Remaining != "1" {
			t.Fatalf("got %d with %s left, want 304 with 1", got.Status, got.window().Remaining)
		}
	}
	w.get(billingPath, owner)
	if got := w.since(tag, request{path: billingPath, token: owner}); got.Status != 403 || got.window().Remaining != "0" {
		t.Errorf("with nothing left: got %d with %s left, want 403 with 0", got.Status, got.window().Remaining)
	}
}

// A request that was counted in one window and turns out to be free in the next is not
// given back there, whether another request has opened it or not.
func TestARefundIsOfTheWindowThatPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, renewed := range []bool{false, true} {
		for _, others := range []int{0, 1, 3} {
			clock := newWallClock()
			rates := ghapi.NewRates(5, clock.Now)
			nothing := func() []byte { return nil }
			var beside func()
			api := ghapi.NewRouter(w.service, ghapi.Options{Rates: rates}, []ghapi.Route{
				{Method: "GET", Pattern: "/fast", Handle: func(q *ghapi.Request) error { return q.Show(usher.Edition{1}, nothing) }},
				{Method: "GET", Pattern: "/slow", Handle: func(q *ghapi.Request) error {
					beside()
					return q.Show(usher.Edition{1}, nothing)
				}},
			})
			routed := &world{Handler: wrapped(api), t: t}
			beside = func() {
				clock.advance(2 * time.Second)
				if renewed {
					rates.Renew()
				} else {
					clock.advance(2 * time.Hour)
				}
				for range others {
					routed.get("/fast", owner)
				}
			}
			got := routed.do(request{method: "GET", path: "/slow", token: owner, header: http.Header{"If-None-Match": {"*"}}})
			if got.Status != 304 || got.window().Used != fmt.Sprint(others) {
				t.Errorf("renewed %t, with %d others: got %d with %+v", renewed, others, got.Status, got.window())
			}
			if got := routed.get("/fast", owner).window().Used; got != fmt.Sprint(others+1) {
				t.Errorf("renewed %t, with %d others: the next request finds %s used, want %d", renewed, others, got, others+1)
			}
		}
	}
}

func TestOfRequestsBesideOneAnotherExactlyTheLimitPasses(t *testing.T) {
	t.Parallel()
	const limit, clients, each = 100, 16, 20
	base := newWorld(t)
	for _, c := range []struct {
		name, token string
		limit       int64
	}{
		{"of a token", owner, limit},
		{"of an address", "", 60},
	} {
		w, _ := base.rated(limit)
		var passed, refused atomic.Int64
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for range each {
					switch w.get("/zen", c.token).Status {
					case 200:
						passed.Add(1)
					case 403:
						refused.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if passed.Load() != c.limit || refused.Load() != clients*each-c.limit {
			t.Errorf("%s: %d passed and %d were refused, want %d and %d", c.name, passed.Load(), refused.Load(), c.limit, clients*each-c.limit)
		}
	}
}

// Requests that are free in the end are counted while they run; nothing of that stays.
func TestFreeRequestsBesideOneAnotherLeaveNothingCounted(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t).rated(1000)
	tag := w.tag(request{path: "/zen", token: owner})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10 {
				if got := w.since(tag, request{path: "/zen", token: owner}); got.Status != 304 {
					t.Errorf("got %d, want 304", got.Status)
				}
			}
		})
	}
	wg.Wait()
	if got := w.get("/zen", owner).window().Used; got != "2" {
		t.Errorf("got %s used, want 2", got)
	}
}

// However many addresses come, there are at most so many windows: then those that are
// over go, and if none is, all.
func TestWindowsAreBounded(t *testing.T) {
	t.Parallel()
	const most = 1 << 16
	for _, over := range []bool{false, true} {
		clock := newWallClock()
		rates := ghapi.NewRates(100, clock.Now)
		api := ghapi.NewRouter(nil, ghapi.Options{Rates: rates}, []ghapi.Route{
			{Method: "GET", Pattern: "/", Who: ghapi.Who{Anonymous: true}, Handle: func(q *ghapi.Request) error { q.RespondNow(204, nil); return nil }},
		})
		req := httptest.NewRequest("GET", "/", nil)
		used := func(address netip.Addr) string {
			req.RemoteAddr = netip.AddrPortFrom(address, 1).String()
			rec := httptest.NewRecorder()
			api.ServeHTTP(rec, req)
			return rec.Header().Get("X-Ratelimit-Used")
		}
		first := netip.MustParseAddr("10.0.0.1")
		next := first
		for range most / 2 {
			used(next)
			next = next.Next()
		}
		if over {
			clock.advance(time.Hour + time.Second)
		}
		late := next
		for range most / 2 {
			used(next)
			next = next.Next()
		}
		if got := used(late); got != "2" {
			t.Errorf("over %t: with as many windows as there may be, one was lost: got %s used, want 2", over, got)
		}
		used(next) // one too many
		want := map[bool]string{false: "1", true: "3"}[over]
		if got := used(late); got != want {
			t.Errorf("over %t: after one too many: got %s used, want %s", over, got, want)
		}
	}
}

// An IPv6 network has more addresses than there is memory, all of them one caller's.
func TestAnIPv6NetworkHasOneWindowAndFloodsNobodysToken(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t).rated(100)
	token := request{method: "GET", path: "/zen", token: owner}
	w.do(token)
	for i, c := range []struct {
		address string
		used    string
	}{
		{"[2001:db8:1:2::1]:1", "1"},
		{"[2001:db8:1:2:ffff::2]:1", "2"},
		{"[2001:db8:1:3::1]:1", "1"},
		{"198.51.100.1:1", "1"},
		{"198.51.100.2:1", "1"},
	} {
		if got := w.from(c.address, request{method: "GET", path: "/zen"}).window().Used; got != c.used {
			t.Errorf("request %d, from %s: got %s used, want %s", i, c.address, got, c.used)
		}
	}
	rates := ghapi.NewRates(100, wall)
	api := ghapi.NewRouter(w.service, ghapi.Options{Rates: rates}, []ghapi.Route{
		{Method: "GET", Pattern: "/", Who: ghapi.Who{Anonymous: true}, Handle: func(q *ghapi.Request) error { q.RespondNow(204, nil); return nil }},
	})
	ask := func(remote, token string) string {
		req := httptest.NewRequest("GET", "/", nil)
		req.RemoteAddr = remote
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, req)
		return rec.Header().Get("X-Ratelimit-Used")
	}
	ask("10.0.0.1:1", owner)
	network := netip.MustParseAddr("10.0.0.1")
	for range 1<<16 + 1 {
		network = network.Next()
		ask(netip.AddrPortFrom(network, 1).String(), "")
	}
	if got := ask("10.0.0.1:1", owner); got != "2" {
		t.Errorf("a token's window after a flood of addresses: got %s used, want 2", got)
	}
}
