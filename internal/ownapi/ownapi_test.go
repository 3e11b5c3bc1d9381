package ownapi_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
)

func TestLiveReadyAndMetricsNeedNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for path, want := range map[string]string{
		"/_usher/live": `{"status":"live"}`, "/_usher/ready": `{"status":"ready"}`, "/_usher/metrics": "usher_up 1\n",
	} {
		w.do("GET", path, "", "").is(t, path+" without a token", 200, want)
		w.do("GET", path, "ghp_nobody_has", "").is(t, path+" with a bad token", 200, want)
		w.send("GET", path, "", "", http.Header{"X-Github-Api-Version": {"2019-01-01"}}).is(t, path+" with a bad version", 200, want)
		w.do("POST", path, owner, "").is(t, "POST "+path, 404, failed(t, "404", "Not Found"))
	}
}

func TestAServerThatIsNotReadySaysSoAndNotWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ownapi.Config) {
		c.Ready = func(context.Context) error { return errBroken }
	})
	got := w.do("GET", "/_usher/ready", "", "")
	got.is(t, "ready", 503, failed(t, "503", "Not ready to serve."))
	if got.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After: got %q, want 1", got.Header.Get("Retry-After"))
	}
	if !strings.Contains(w.log.String(), errBroken.Error()) {
		t.Errorf("the cause is not logged: %s", &w.log)
	}
	w.do("GET", "/_usher/live", "", "").is(t, "live", 200, `{"status":"live"}`)
}

func TestAServerThatIsNotReadySaysWhatEverybodyMayKnow(t *testing.T) {
	t.Parallel()
	draining := false
	w := newWorld(t, func(c *ownapi.Config) {
		c.Draining = func() bool { return draining }
		c.Ready = func(context.Context) error {
			return &usher.Error{Kind: usher.Unavailable, Message: "The database server cannot be reached.", Err: errBroken}
		}
	})
	w.do("GET", "/_usher/ready", "", "").is(t, "without a database", 503, failed(t, "503", "Not ready to serve. The database server cannot be reached."))
	w.log.Reset()
	draining = true
	got := w.do("GET", "/_usher/ready", "", "")
	got.is(t, "draining", 503, failed(t, "503", "Not ready to serve: draining."))
	if got.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After: got %q, want 1", got.Header.Get("Retry-After"))
	}
	if line := w.log.String(); strings.Contains(line, "level=ERROR") {
		t.Errorf("that it drains, which is in order, is logged as an error: %s", line)
	}
	w.do("GET", "/_usher/live", "", "").is(t, "live", 200, `{"status":"live"}`)
}

func TestTheClockIsShownToAnyValidToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, token := range []string{owner, "ghp_no_scope", "gho_owner", "ghp_outsider", "github_pat_read", "ghu_write", "ghs_read"} {
		w.do("GET", "/_usher/clock", token, "").is(t, token, 200, `{"now":"2026-11-20T12:00:00Z","rehearsal":true}`)
	}
	for token, message := range map[string]string{"": "Requires authentication", "ghp_nobody_has": "Bad credentials", "ghp_expired": "Bad credentials"} {
		for _, call := range []string{"GET /_usher/clock", "POST /_usher/clock/advance", "POST /_usher/reset", "POST /_usher/orgs/octodemo/activity"} {
			method, path, _ := strings.Cut(call, " ")
			w.do(method, path, token, `{"by":"1h"}`).is(t, call+" with "+token, 401, failed(t, "401", message))
		}
	}
	w.clockShows(startsAt)
	production := newWorld(t, func(c *ownapi.Config) { c.Rehearsal = false })
	production.do("GET", "/_usher/clock", owner, "").is(t, "in production", 200, `{"now":"2026-11-20T12:00:00Z","rehearsal":false}`)
}

func TestAnUnsupportedVersionIs400HereToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.send("GET", "/_usher/clock", owner, "", http.Header{"X-Github-Api-Version": {"2019-01-01"}})
	if got.Status != 400 || !strings.HasPrefix(got.Body, `{"message":"Bad Request","errors":"The version you specified`) {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}

func TestProductionHasNoPowersOfARehearsal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ownapi.Config) {
		c.Rehearsal = false
		c.Reset = func(context.Context) error { t.Error("reset in production"); return nil }
	})
	for _, path := range []string{"/_usher/clock/advance", "/_usher/reset"} {
		for _, token := range []string{owner, "", "ghp_nobody_has"} {
			w.do("POST", path, token, `{"by":"1h"}`).is(t, path+" with "+token, 404, failed(t, "404", "Not Found"))
		}
	}
	w.do("GET", "/_usher/clock", owner, "").is(t, "the clock", 200, `{"now":"2026-11-20T12:00:00Z","rehearsal":false}`)
}

func TestOwnPathsAreRoutedLikeGitHubs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for path, want := range map[string]int{
		"/_usher/clock": 200, "//_usher/clock": 200, "/_usher//clock": 200, "/%5Fusher/clock": 200,
		"/_usher": 404, "/_usher/": 404, "/_usher/clock/": 404, "/_usher/nothing": 404, "/_usher/./clock": 404, "/_usher/x/../clock": 404,
		"/_usher%2Fclock": 404, "/_usher/clock%2F": 404, "/_USHER/clock": 404, "/api/v3/_usher/clock": 404, "/_usher/clock/advance": 404,
		"/_usher/organizations/9919/activity": 404, "/x/_usher/clock": 404,
	} {
		got := w.do("GET", path, owner, "")
		if got.Status != want {
			t.Errorf("%s: got %d %s, want %d", path, got.Status, got.Body, want)
		}
		if want == 404 && got.Body != failed(t, "404", "Not Found") {
			t.Errorf("%s: got %s", path, got.Body)
		}
	}
	if got := w.do("HEAD", "/_usher/live", "", ""); got.Status != 200 {
		t.Errorf("HEAD: got %d", got.Status)
	}
}

// Only GitHub's API counts requests, so its answers have the headers that tell of it.
func TestEverythingElseIsGitHubs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ownapi.Config) {
		c.GitHub = ghapi.New(c.Service, ghapi.Options{Rates: ghapi.NewRates(5000, wall)})
	})
	for path, limit := range map[string]string{
		"/meta": "60", "/orgs/x": "60", "/api/v3/_usher/clock": "60", "/_usher": "60", "/_usherx/clock": "60", "/_usher/clock": "", "/_usher/live": "",
	} {
		got := w.do("GET", path, "", "")
		if got.Header.Get("X-RateLimit-Limit") != limit {
			t.Errorf("%s: got %d %s with a limit of %q, want %q", path, got.Status, got.Body, got.Header.Get("X-RateLimit-Limit"), limit)
		}
	}
}

func TestResetGoesBackToTheSeedStateAndClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const seats = "/enterprises/octo-enterprise/copilot/billing/seats"
	before := w.do("GET", seats, owner, "")
	w.do("POST", "/_usher/orgs/octodemo/activity", owner, `{"events":[{"username":"octocat","at":"2026-11-19T00:00:00Z","editor":"x"}]}`).is(t, "activity", 200, `{"accepted":1,"ignored":[]}`)
	if got := w.do("POST", "/_usher/clock/advance", owner, `{"to":"2027-01-01T00:00:00Z"}`); got.Status != 200 {
		t.Fatalf("advance: got %d %s", got.Status, got.Body)
	}
	if got := w.do("GET", seats, owner, ""); got.Body == before.Body {
		t.Fatal("nothing changed, so there is nothing to reset")
	}
	got := w.do("POST", "/_usher/reset", "ghp_no_scope", "a body that nobody reads")
	got.is(t, "reset", 204, "")
	if ct := got.Header.Get("Content-Type"); ct != "" {
		t.Errorf("a 204 with Content-Type %s", ct)
	}
	w.clockShows(startsAt)
	if diff := cmp.Diff(before.Body, w.do("GET", seats, owner, "").Body); diff != "" {
		t.Errorf("seats (-before +after the reset):\n%s", diff)
	}
}

func TestAResetThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		err  error
		want int
		body string
	}{
		{"for a reason that the caller can mend", &usher.Error{Kind: usher.Invalid, Message: "There is no seed."}, 422, failed(t, "422", "There is no seed.")},
		{"for a reason inside", errBroken, 500, failed(t, "500", "Server Error")},
		{"for now", &usher.Error{Kind: usher.Unavailable, Message: "The database is busy.", Err: errBroken}, 503, failed(t, "503", "The database is busy.")},
	}
	for _, c := range cases {
		w := newWorld(t, func(config *ownapi.Config) { config.Reset = func(context.Context) error { return c.err } })
		w.do("POST", "/_usher/reset", owner, "").is(t, c.name, c.want, c.body)
	}
}

func TestAPanicIsAnsweredInGitHubsShapeAndLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ownapi.Config) {
		c.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the reason") })
	})
	got := w.do("GET", "/_usher/metrics", "", "")
	got.is(t, "a panic", 500, failed(t, "500", "Server Error"))
	if ct := got.Header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("Content-Type: got %s", ct)
	}
	if got.Header.Get("X-GitHub-Request-Id") == "" || !strings.Contains(w.log.String(), got.Header.Get("X-GitHub-Request-Id")) {
		t.Errorf("the log does not have the answer's request id: %s", &w.log)
	}
	if !strings.Contains(w.log.String(), "the reason") {
		t.Errorf("the reason is not logged: %s", &w.log)
	}
}

func TestObservationsNameTheRouteAndNotThePath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	calls := []struct {
		method, path, token string
		want                edge.Observation
	}{
		{"GET", "/_usher/clock", owner, edge.Observation{Route: "/_usher/clock", Method: "GET", Status: 200}},
		{"POST", "/_usher/orgs/octodemo/activity", "", edge.Observation{Route: "/_usher/orgs/{org}/activity", Method: "POST", Status: 401}},
		{"GET", "/orgs/octodemo/copilot/billing", owner, edge.Observation{Route: "/orgs/{org}/copilot/billing", Method: "GET", Status: 200}},
		{"GET", "/organizations/9919/copilot/billing?x=1", owner, edge.Observation{Route: "/organizations/{org_id}/copilot/billing", Method: "GET", Status: 200}},
		{"HEAD", "/api/v3/orgs/nobody/copilot/billing", owner, edge.Observation{Route: "/api/v3/orgs/{org}/copilot/billing", Method: "HEAD", Status: 404}},
		{"GET", "/orgs/octodemo/members/nobody/copilot", owner, edge.Observation{Route: "/orgs/{org}/members/{username}/copilot", Method: "GET", Status: 404}},
		{"GET", "/nothing", owner, edge.Observation{Method: "GET", Status: 404}},
		{"BREW", "/_usher/clock", owner, edge.Observation{Method: "BREW", Status: 404}},
	}
	var want []edge.Observation
	for _, c := range calls {
		w.do(c.method, c.path, c.token, "")
		want = append(want, c.want)
	}
	if diff := cmp.Diff(want, w.observed, cmpopts.IgnoreFields(edge.Observation{}, "Duration")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheLogNamesTheActorAndNeverAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ownapi.Config) {
		c.Ready = func(context.Context) error { return errBroken }
	})
	encoded := base64.StdEncoding.EncodeToString([]byte("monalisa:" + owner))
	authorizations := []string{"Bearer " + owner, "token " + owner, "Basic " + encoded, "Digest " + owner, owner, "Bearer ghp_nobody_has"}
	paths := []string{
		"/orgs/octodemo/copilot/billing", "/orgs/octodemo/copilot/billing/selected_users", "/orgs/nobody/copilot/billing",
		"/enterprises/octo-enterprise/copilot/billing/seats", "/_usher/clock", "/_usher/orgs/octodemo/activity", "/_usher/ready", "/nothing",
	}
	for _, authorization := range authorizations {
		for _, path := range paths {
			for _, method := range []string{"GET", "POST"} {
				req := httptest.NewRequestWithContext(t.Context(), method, path+"?access_token="+owner+"&client_secret="+owner, strings.NewReader(`{"selected_usernames":["`+owner+`"],"events":[{"username":"`+owner+`"}]}`))
				req.Header.Set("Authorization", authorization)
				req.Header.Set("Cookie", "session="+owner)
				req.Header.Set("User-Agent", owner)
				req.Header.Set("Referer", "https://example.com/?t="+owner)
				w.ServeHTTP(httptest.NewRecorder(), req)
			}
		}
	}
	logged := w.log.String()
	if got, want := strings.Count(logged, "\n"), 2*len(authorizations)*len(paths); got != want {
		t.Errorf("%d lines for %d requests", got, want)
	}
	if !strings.Contains(logged, "actor=monalisa") {
		t.Error("no line names the actor")
	}
	for _, never := range []string{owner, encoded, "ghp_", "access_token", "client_secret", "Bearer", "Basic"} {
		if strings.Contains(logged, never) {
			t.Errorf("%q is logged", never)
		}
	}
}

func TestAnInstallationIsLoggedByItsTokensNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.do("GET", "/_usher/clock", "ghs_read", "")
	if !strings.Contains(w.log.String(), `actor="token 13"`) {
		t.Errorf("got %s, want the thirteenth token of the world as actor", &w.log)
	}
}
