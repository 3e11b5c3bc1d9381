package ghapi_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// What follows is copied from recordings of GitHub's answers, not from usher: PyGithub's
// tests/ReplayData (2023-11-23, 2024-12-07, 2025-01-21, 2026-08-20), and for anonymous
// callers Alknoma/minutehand (2026-10-08). Each constant is a group of headers that come
// and go together.
const (
	always = `
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset
Content-Security-Policy: default-src 'none'
Date: DATE
Referrer-Policy: origin-when-cross-origin, strict-origin-when-cross-origin
Server: github.com
Strict-Transport-Security: max-age=31536000; includeSubdomains; preload
X-Content-Type-Options: nosniff
X-Frame-Options: deny
X-Github-Request-Id: ID
X-Xss-Protection: 0`

	mediaType = `
X-Github-Media-Type: github.v3; format=json`

	// What may be kept has two Vary headers, what may not has one.
	private = `
Cache-Control: private, max-age=60, s-maxage=60
Vary: Accept, Authorization, Cookie, X-GitHub-OTP
Vary: Accept-Encoding, Accept, X-Requested-With`
	public = `
Cache-Control: public, max-age=60, s-maxage=60
Vary: Accept
Vary: Accept-Encoding, Accept, X-Requested-With`
	notCached = `
Vary: Accept-Encoding, Accept, X-Requested-With`

	strong = `
Etag: "TAG"`
	weak = `
Etag: W/"TAG"`

	jsonBody = `
Content-Length: LENGTH
Content-Type: application/json; charset=utf-8`
	jsonGzip = `
Content-Encoding: gzip
Content-Type: application/json; charset=utf-8`

	version2022 = `
X-Github-Api-Version-Selected: 2022-11-28`
	version2026 = `
X-Github-Api-Version-Selected: 2026-03-10`

	scopesBilling = `
X-Oauth-Scopes: manage_billing:copilot`
	acceptedToRead = `
X-Accepted-Oauth-Scopes: admin:org, manage_billing:copilot, read:org, write:org`
	acceptedToWrite = `
X-Accepted-Oauth-Scopes: admin:org, manage_billing:copilot`
	acceptedInEnterprise = `
X-Accepted-Oauth-Scopes: admin:enterprise, manage_billing:copilot, read:enterprise`
	acceptedToWriteEnterprise = `
X-Accepted-Oauth-Scopes: admin:enterprise, manage_billing:copilot`
	nothingAccepted = `
X-Accepted-Oauth-Scopes: `
	permissionToRead = `
X-Accepted-Github-Permissions: organization_copilot_seat_management=read; organization_administration=read`
	permissionToWrite = `
X-Accepted-Github-Permissions: organization_copilot_seat_management=write; organization_administration=write`
	permissionless = `
X-Accepted-Github-Permissions: allows_permissionless_access=true`
)

// ofLimit are the five headers of a window of which so many are used, first used at the
// tests' wall time.
func ofLimit(limit, used int) string {
	return fmt.Sprintf("\nX-Ratelimit-Limit: %d\nX-Ratelimit-Remaining: %d\nX-Ratelimit-Reset: %d\nX-Ratelimit-Resource: core\nX-Ratelimit-Used: %d",
		limit, limit-used, wall().Add(time.Hour).Unix(), used)
}

// headerLines are an answer's headers, a line each and sorted, with a word for what is
// different each time and its form checked.
func headerLines(t *testing.T, a answer) []string {
	t.Helper()
	var lines []string
	for name, values := range a.Header {
		for _, value := range values {
			switch {
			case name == "Date" && httpDate(value):
				value = "DATE"
			case name == "X-Github-Request-Id" && requestID.MatchString(value):
				value = "ID"
			case name == "Etag" && entityTag.MatchString(value):
				value = entityTag.ReplaceAllString(value, `${1}"TAG"`)
			case name == "Content-Length" && (value == fmt.Sprint(len(a.Body)) || a.Body == "" && value != "0"):
				value = "LENGTH"
			}
			lines = append(lines, name+": "+value)
		}
	}
	slices.Sort(lines)
	return lines
}

var entityTag = regexp.MustCompile(`^(W/)?"[0-9a-f]{64}"$`)

func httpDate(text string) bool {
	_, err := time.Parse(http.TimeFormat, text)
	return err == nil
}

func sortedLines(groups []string) []string {
	lines := strings.Split(strings.TrimPrefix(strings.Join(groups, ""), "\n"), "\n")
	slices.Sort(lines)
	return lines
}

func TestEachClassOfAnswerHasExactlyItsHeaders(t *testing.T) {
	t.Parallel()
	const (
		billing   = "/orgs/octodemo/copilot/billing"
		users     = billing + "/selected_users"
		seats     = "/enterprises/octo-enterprise/copilot/billing/seats"
		octocat   = `{"selected_usernames":["octocat"]}`
		linkFirst = "\nLink: <http://usher.test/organizations/9919/copilot/billing/seats?per_page=2&page=2>; rel=\"next\", <http://usher.test/organizations/9919/copilot/billing/seats?per_page=2&page=3>; rel=\"last\""
	)
	gzipped := http.Header{"Accept-Encoding": {"gzip"}}
	everything := http.Header{"If-None-Match": {"*"}}
	w := newWorld(t)
	rated := ofLimit(5000, 1)
	anonymous := ofLimit(60, 1)
	for _, c := range []struct {
		name   string
		r      request
		status int
		want   []string
		before func(*world)
	}{
		// 200
		{"200 for a classic token", request{method: "GET", path: billing, token: owner}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, nil},
		{"200 for a classic token with several scopes", request{method: "GET", path: "/user", token: "ghp_repo"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, "\nX-Oauth-Scopes: gist, repo", nothingAccepted, rated}, nil},
		{"200 for a classic token without scopes", request{method: "GET", path: "/user", token: "ghp_no_scope"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, "\nX-Oauth-Scopes: ", nothingAccepted, rated}, nil},
		{"200 for a classic token that expires", request{method: "GET", path: billing, token: "ghp_expires_soon"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToRead, rated, "\nGithub-Authentication-Token-Expiration: 2026-11-20 12:00:01 UTC"}, nil},
		{"200 for an OAuth token", request{method: "GET", path: billing, token: "gho_admin_org"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, "\nX-Oauth-Scopes: admin:org", acceptedToRead, rated}, nil},
		{"200 for a fine-grained token", request{method: "GET", path: billing, token: "github_pat_seats_read"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, permissionToRead, rated}, nil},
		{"200 for an App's user", request{method: "GET", path: billing, token: "ghu_admin_read"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, permissionToRead, rated}, nil},
		{"200 for an installation", request{method: "GET", path: billing, token: "ghs_seats_write"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, permissionToRead, rated}, nil},
		{"200 that needs no permission", request{method: "GET", path: "/users/octocat", token: "github_pat_nothing"}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, permissionless, rated}, nil},
		{"200 of an enterprise's list", request{method: "GET", path: seats, token: owner}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedInEnterprise, rated}, nil},
		{"200 of an enterprise's member", request{method: "GET", path: "/enterprises/octo-enterprise/members/octocat/copilot", token: owner}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, nil},
		{"201 in an enterprise", request{method: "POST", path: "/enterprises/octo-enterprise/copilot/billing/selected_users", token: owner, body: octocat}, 201, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToWriteEnterprise, rated}, nil},
		{"200 with the other version", request{method: "GET", path: billing, token: owner, header: http.Header{"X-Github-Api-Version": {"2026-03-10"}}}, 200, []string{always, mediaType, private, strong, jsonBody, version2026, scopesBilling, acceptedToRead, rated}, nil},
		{"200 with a Link", request{method: "GET", path: billing + "/seats?per_page=2", token: owner}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToRead, rated, linkFirst}, nil},
		{"200 compressed", request{method: "GET", path: seats, token: owner, header: gzipped}, 200, []string{always, mediaType, private, weak, jsonGzip, version2022, scopesBilling, acceptedInEnterprise, rated}, nil},
		{"200 too small to compress", request{method: "GET", path: billing, token: owner, header: gzipped}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, nil},
		{"200 for an anonymous caller", request{method: "GET", path: "/users/octocat"}, 200, []string{always, mediaType, public, strong, jsonBody, version2022, anonymous}, nil},
		{"200 of /rate_limit", request{method: "GET", path: "/rate_limit", token: owner}, 200, []string{always, mediaType, notCached, "\nCache-Control: no-cache", jsonBody, version2022, scopesBilling, nothingAccepted, ofLimit(5000, 0)}, nil},
		{"200 of text", request{method: "GET", path: "/zen"}, 200, []string{always, mediaType, public, strong, "\nContent-Length: LENGTH\nContent-Type: text/plain;charset=utf-8", version2022, anonymous}, nil},
		{"200 of a DELETE", request{method: "DELETE", path: users, token: owner, body: `{"selected_usernames":["pjhyett"]}`}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToWrite, rated}, nil},
		{"200 of a HEAD", request{method: "HEAD", path: billing + "/seats?per_page=2", token: owner}, 200, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToRead, rated, linkFirst}, nil},
		{"200 of a HEAD, compressed", request{method: "HEAD", path: seats, token: owner, header: gzipped}, 200, []string{always, mediaType, private, weak, jsonGzip, version2022, scopesBilling, acceptedInEnterprise, rated}, nil},

		// Other successes
		{"201 for a classic token", request{method: "POST", path: users, token: owner, body: octocat}, 201, []string{always, mediaType, private, strong, jsonBody, version2022, scopesBilling, acceptedToWrite, rated}, nil},
		{"201 for a fine-grained token", request{method: "POST", path: users, token: "github_pat_admin_write", body: octocat}, 201, []string{always, mediaType, private, strong, jsonBody, version2022, permissionToWrite, rated}, nil},
		{"204 of usher's own reset, never counted", request{method: "POST", path: "/_usher/reset", token: owner}, 204, []string{always, mediaType, notCached, version2022, scopesBilling, nothingAccepted}, nil},
		{"204 of a preflight", request{method: "OPTIONS", path: billing, header: http.Header{"Origin": {"https://app.test"}, "Access-Control-Request-Method": {"GET"}}}, 204, []string{always, mediaType, notCached, "\nAccess-Control-Allow-Headers: Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, X-GitHub-OTP, X-Requested-With, X-GitHub-Api-Version, Accept, Accept-Encoding, User-Agent\nAccess-Control-Allow-Methods: GET, POST, PATCH, PUT, DELETE\nAccess-Control-Max-Age: 86400"}, nil},
		{"304 for a token, not counted", request{method: "GET", path: billing, token: owner, header: everything}, 304, []string{always, private, strong, version2022, ofLimit(5000, 0)}, nil},
		{"304 for a token that expires", request{method: "GET", path: billing, token: "ghp_expires_soon", header: everything}, 304, []string{always, private, strong, version2022, ofLimit(5000, 0)}, nil},
		{"304 for a fine-grained token", request{method: "GET", path: billing, token: "github_pat_seats_read", header: everything}, 304, []string{always, private, strong, version2022, ofLimit(5000, 0)}, nil},
		{"304 for an anonymous caller, counted", request{method: "GET", path: "/users/octocat", header: everything}, 304, []string{always, public, strong, version2022, anonymous}, nil},
		{"304 of a page with links", request{method: "GET", path: billing + "/seats?per_page=2", token: owner, header: everything}, 304, []string{always, private, strong, version2022, ofLimit(5000, 0)}, nil},
		{"304 of a HEAD", request{method: "HEAD", path: billing, token: owner, header: everything}, 304, []string{always, private, strong, version2022, ofLimit(5000, 0)}, nil},
		{"304 of what would be compressed is in the strong form", request{method: "GET", path: seats, token: owner, header: http.Header{"If-None-Match": {"*"}, "Accept-Encoding": {"gzip"}}}, 304, []string{always, private, strong, version2022, ofLimit(5000, 0)}, nil},

		// Refusals
		{"400 for a version that there is not", request{method: "GET", path: billing, token: owner, header: http.Header{"X-Github-Api-Version": {"2019-01-01"}}}, 400, []string{always, mediaType, notCached, jsonBody, scopesBilling, acceptedToRead, rated}, nil},
		{"400 for a version that there is not, without a token", request{method: "GET", path: billing, header: http.Header{"X-Github-Api-Version": {"2019-01-01"}}}, 400, []string{always, mediaType, notCached, jsonBody, anonymous}, nil},
		{"400 for a body that is no JSON", request{method: "POST", path: users, token: owner, body: "{"}, 400, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToWrite, rated}, nil},
		{"401 without a credential", request{method: "GET", path: billing}, 401, []string{always, mediaType, notCached, jsonBody, version2022, anonymous}, nil},
		{"401 for a bad credential, not counted", request{method: "GET", path: billing, token: "ghp_nobody_has"}, 401, []string{always, mediaType, notCached, jsonBody}, nil},
		{"401 for a credential that has expired, not counted", request{method: "GET", path: billing, token: "ghp_expired"}, 401, []string{always, mediaType, notCached, jsonBody}, nil},
		{"403 for want of a scope", request{method: "GET", path: billing, token: "ghp_repo"}, 403, []string{always, mediaType, notCached, jsonBody, version2022, "\nX-Oauth-Scopes: gist, repo", acceptedToRead, rated}, nil},
		{"403 for want of a permission", request{method: "GET", path: billing, token: "github_pat_members"}, 403, []string{always, mediaType, notCached, jsonBody, version2022, permissionToRead, rated}, nil},
		{"403 for want of a permission to write", request{method: "POST", path: users, token: "ghs_seats_read", body: octocat}, 403, []string{always, mediaType, notCached, jsonBody, version2022, permissionToWrite, rated}, nil},
		{"403 where no permission would do", request{method: "GET", path: seats, token: "github_pat_seats_read"}, 403, []string{always, mediaType, notCached, jsonBody, version2022, rated}, nil},
		{"404 of a resource", request{method: "GET", path: "/orgs/nobody/copilot/billing", token: owner}, 404, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, nil},
		{"404 of a resource that the client would have kept", request{method: "GET", path: "/orgs/nobody/copilot/billing", token: owner, header: everything}, 404, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, nil},
		{"404 of no route, with a token, not counted", request{method: "GET", path: "/nothing/here", token: owner}, 404, []string{always, mediaType, notCached, jsonBody}, nil},
		{"404 of no route, with a bad token, not counted", request{method: "GET", path: "/nothing/here", token: "ghp_nobody_has"}, 404, []string{always, mediaType, notCached, jsonBody}, nil},
		{"404 of no route, without a token, counted", request{method: "GET", path: "/nothing/here"}, 404, []string{always, mediaType, notCached, jsonBody, anonymous}, nil},
		{"404 of a HEAD", request{method: "HEAD", path: "/orgs/nobody/copilot/billing", token: owner}, 404, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, nil},
		{"404 of a method that is not routed", request{method: "PUT", path: billing, token: owner}, 404, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, rated}, nil},
		{"404 of a method that is not routed, for an App", request{method: "PUT", path: billing, token: "ghs_seats_write"}, 404, []string{always, mediaType, notCached, jsonBody, version2022, rated}, nil},
		{"413", request{method: "POST", path: users, token: owner, body: `{"a":"` + strings.Repeat("x", ghapi.MaxBodyBytes) + `"}`}, 413, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToWrite, rated}, nil},
		{"422", request{method: "POST", path: users, token: owner, body: "{}"}, 422, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToWrite, rated}, nil},
		{"500 in a handler", request{method: "GET", path: billing, token: owner}, 500, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToRead, rated}, failing(3, errors.New("injected: the disk is gone"))},
		{"500 before the caller is known", request{method: "GET", path: billing, token: owner}, 500, []string{always, mediaType, notCached, jsonBody}, failing(1, errors.New("injected: the disk is gone"))},
		{"503", request{method: "GET", path: billing, token: owner}, 503, []string{always, mediaType, notCached, jsonBody, version2022, scopesBilling, acceptedToRead, rated, "\nRetry-After: 1"}, failing(3, &usher.Error{Kind: usher.Unavailable, Message: "The database is busy."})},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := w.configured(ghapi.Options{Rates: ghapi.NewRates(5000, wall)}) // nothing of it used yet
			address := w.serve()
			if c.before != nil {
				c.before(w)
			}
			got := over(t, address, c.r)
			if got.Status != c.status {
				t.Fatalf("got %d %.300s, want %d", got.Status, got.Body, c.status)
			}
			if diff := cmp.Diff(sortedLines(c.want), headerLines(t, got)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func failing(n int, err error) func(*world) {
	return func(w *world) { w.store.failTransaction(n, err) }
}

// Which headers there are where no limit is set: the same but those five.
func TestWithoutALimitNoHeaderSpeaksOfOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limited := w.configured(ghapi.Options{Rates: ghapi.NewRates(5000, wall)})
	unlimited := w.configured(ghapi.Options{})
	for _, r := range []request{
		{method: "GET", path: "/orgs/octodemo/copilot/billing", token: owner},
		{method: "GET", path: "/orgs/octodemo/copilot/billing", token: owner, header: http.Header{"If-None-Match": {"*"}}},
		{method: "GET", path: "/orgs/octodemo/copilot/billing"},
		{method: "GET", path: "/orgs/octodemo/copilot/billing", token: "ghp_repo"},
		{method: "GET", path: "/zen"},
		{method: "GET", path: "/nothing"},
	} {
		want := maps.Clone(limited.do(r).Header)
		maps.DeleteFunc(want, func(name string, _ []string) bool { return strings.HasPrefix(name, "X-Ratelimit-") })
		got := unlimited.do(r).Header
		delete(want, "X-Github-Request-Id")
		delete(got, "X-Github-Request-Id")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s as %q (-with a limit +without):\n%s", r.path, r.token, diff)
		}
	}
}

// A server that refuses because too many requests run, and one whose handler panicked,
// answer with the same headers as any error, and none of what was prepared for a success.
func TestAnswersInAnEmergencyHaveTheHeadersOfErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	panicking := func(q *ghapi.Request) error {
		return q.Show(usher.Edition{1}, func() []byte { panic("injected: a bug") })
	}
	routes := []ghapi.Route{{Method: "GET", Pattern: "/panic", Docs: docsRoot, Who: ghapi.Who{Anonymous: true}, Handle: panicking}}
	for _, c := range []struct {
		name   string
		served http.Handler
		status int
		want   []string
	}{
		{"too many at once", http.HandlerFunc(ghapi.Overloaded), 503, []string{always, mediaType, notCached, jsonBody, "\nRetry-After: 1"}},
		{"a panic outside", http.HandlerFunc(ghapi.ServerError), 500, []string{always, mediaType, notCached, jsonBody}},
		{"a panic while rendering", ghapi.NewRouter(w.service, ghapi.Options{}, routes), 500, []string{always, mediaType, notCached, jsonBody, version2022}},
	} {
		server := httptest.NewServer(wrapped(c.served))
		t.Cleanup(server.Close)
		got := over(t, server.Listener.Addr().String(), request{method: "GET", path: "/panic"})
		if got.Status != c.status {
			t.Errorf("%s: got %d, want %d", c.name, got.Status, c.status)
		}
		if diff := cmp.Diff(sortedLines(c.want), headerLines(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if e := got.envelope(t); e.Docs != docsRoot || e.Status != statusText(c.status) {
			t.Errorf("%s: got %+v", c.name, e)
		}
	}
}

// Scopes are kept and shown normalised: in alphabetical order, without those that another
// one carries along.
func TestScopesAreShownNormalised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(`
users: [{login: monalisa}]
tokens:
  - {token: ghp_a, kind: classic, user: monalisa, scopes: [user, repo, "admin:org", "read:org", "write:org", gist]}
  - {token: ghp_b, kind: classic, user: monalisa, scopes: ["read:enterprise", "manage_billing:copilot", "admin:enterprise"]}
`)
	for token, want := range map[string]string{"ghp_a": "admin:org, gist, repo, user", "ghp_b": "admin:enterprise, manage_billing:copilot"} {
		if got := w.get("/user", token).Header.Get("X-Oauth-Scopes"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The texts are recorded: Alknoma/minutehand, 2026-10-08.
func TestAVersionThatThereIsNotIsRefusedAsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const supported = ` is not a supported version. The following versions are currently supported: \"2026-03-10\" (most recent) and \"2022-11-28\".","documentation_url":"https://docs.github.com/rest","status":"400"}`
	for _, c := range []struct {
		name   string
		values []string
		want   string // the version that is chosen, or the one that is refused, as JSON has it
	}{
		{"none", nil, "2022-11-28"},
		{"the default", []string{"2022-11-28"}, "2022-11-28"},
		{"the newest", []string{"2026-03-10"}, "2026-03-10"},
		{"an empty one", []string{""}, "2022-11-28"},
		{"an old one", []string{"2019-01-01"}, `\"2019-01-01\"`},
		{"several lines, of which the first counts", []string{"2026-03-10", "2019-01-01"}, "2026-03-10"},
		{"several lines, of which the first is refused", []string{"2019-01-01", "2026-03-10"}, `\"2019-01-01\"`},
		{"a list", []string{"2022-11-28, 2026-03-10"}, `\"2022-11-28, 2026-03-10\"`},
		{"a version of something else", []string{"v3"}, `\"v3\"`},
		{"quotes and markup", []string{`"><b>&`}, `\"\"><b>&\"`},
		{"letters of another script", []string{"é夜"}, `\"é夜\"`},
		{"spaces inside", []string{"2022- 11-28"}, `\"2022- 11-28\"`},
	} {
		got := w.do(request{method: "GET", path: "/orgs/octodemo/copilot/billing", token: owner, header: http.Header{"X-Github-Api-Version": c.values}})
		if !strings.HasPrefix(c.want, `\"`) {
			if selected := got.Header.Values("X-Github-Api-Version-Selected"); got.Status != 200 || !slices.Equal(selected, []string{c.want}) {
				t.Errorf("%s: got %d, selected %q; want 200, %q", c.name, got.Status, selected, c.want)
			}
			continue
		}
		want := `{"message":"Bad Request","errors":"The version you specified in the \"X-GitHub-API-Version\" request header, ` + c.want + "," + supported
		if got.Status != 400 || got.Body != want {
			t.Errorf("%s:\n got %d %s\nwant 400 %s", c.name, got.Status, got.Body, want)
		}
	}
}

func TestSpacesAroundAVersionAndAnyCaseOfTheHeadersNameAreNothing(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	for _, header := range []string{"x-github-api-version:2026-03-10", "X-GITHUB-API-VERSION:   2026-03-10  ", "X-GitHub-Api-Version: \t2026-03-10\t"} {
		c := dial(t, address)
		c.send("GET /versions HTTP/1.1\nHost: a\n%s", header)
		if got := c.receive("GET"); got.Status != 200 || got.Header.Get("X-Github-Api-Version-Selected") != "2026-03-10" {
			t.Errorf("%q: got %d %s", header, got.Status, got.Body)
		}
	}
}

// Measured by brekkylab/backlot from 2026-09-15 to 21, and recorded 2026-10-08: rule A1.
func TestWhatIsLookedAtFirstIsRefusedFirstA1(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const users = "/orgs/octodemo/copilot/billing/selected_users"
	badVersion := http.Header{"X-Github-Api-Version": {"2019-01-01"}}
	for _, c := range []struct {
		name string
		r    request
		want refusal
	}{
		{"no route, a bad credential, a bad version", request{method: "POST", path: "/nothing", token: "ghp_x", header: badVersion, body: "{"}, refusal{404, "Not Found", docsRoot}},
		{"a bad credential, a bad version", request{method: "POST", path: users, token: "ghp_x", header: badVersion, body: "{"}, refusal{401, "Bad credentials", docsRoot}},
		{"a bad version, no credential", request{method: "POST", path: users, header: badVersion, body: "{"}, refusal{400, "Bad Request", docsRoot}},
		{"a bad version, no such organization", request{method: "POST", path: "/orgs/nobody/copilot/billing/selected_users", token: owner, header: badVersion, body: "{"}, refusal{400, "Bad Request", docsRoot}},
		{"no credential, no such organization", request{method: "POST", path: "/orgs/nobody/copilot/billing/selected_users", body: "{"}, refusal{401, "Requires authentication", docsRoot}},
		{"no such organization, no scope", request{method: "POST", path: "/orgs/nobody/copilot/billing/selected_users", token: "ghp_repo", body: "{"}, refusal{404, "Not Found", docsOrg + "add-users-to-the-copilot-subscription-for-an-organization"}},
		{"no permission, a bad body", request{method: "POST", path: users, token: "github_pat_nothing", body: "{"}, refusal{403, "Resource not accessible by personal access token", docsOrg + "add-users-to-the-copilot-subscription-for-an-organization"}},
		{"a bad body, billing not set up", request{method: "POST", path: "/orgs/no-billing/copilot/billing/selected_users", token: owner, body: "{"}, refusal{400, "Problems parsing JSON", docsOrg + "add-users-to-the-copilot-subscription-for-an-organization"}},
	} {
		if diff := cmp.Diff(c.want, w.do(c.r).refusal(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// An Authorization that cannot be read makes an anonymous caller (measured by
// brekkylab/backlot, 2026-09); a token that is none is a bad credential.
func TestOddAuthorizationsAreAnonymousOrBad(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	const anonymous, bad, known = "Requires authentication", "Bad credentials", ""
	for _, c := range []struct {
		name string
		sent []string
		want string
	}{
		{"none", nil, anonymous},
		{"an empty one", []string{""}, anonymous},
		{"Bearer with nothing", []string{"Bearer"}, anonymous},
		{"Bearer with spaces", []string{"Bearer    "}, anonymous},
		{"token with nothing", []string{"token"}, anonymous},
		{"a token without a scheme", []string{owner}, anonymous},
		{"another scheme", []string{"Digest " + owner}, anonymous},
		{"Basic that cannot be decoded", []string{"Basic %%%"}, anonymous},
		{"Basic with a password", []string{"Basic bW9uYWxpc2E6c2VjcmV0"}, anonymous},
		{"a scheme in capitals", []string{"BEARER " + owner}, known},
		{"token", []string{"token " + owner}, known},
		{"several spaces", []string{"Bearer    " + owner}, known},
		{"the same twice", []string{"Bearer " + owner, "Bearer " + owner}, known},
		{"two, of which the first counts", []string{"Bearer " + owner, "Bearer ghp_nobody"}, known},
		{"two, of which the first is bad", []string{"Bearer ghp_nobody", "Bearer " + owner}, bad},
		{"two tokens in one", []string{"Bearer " + owner + " " + owner}, bad},
		{"a list", []string{"Bearer " + owner + ", Bearer " + owner}, bad},
		{"a token in quotes", []string{`Bearer "` + owner + `"`}, bad},
		{"a token in another case", []string{"Bearer " + strings.ToUpper(owner)}, bad},
		{"a very long one", []string{"Bearer " + strings.Repeat("x", 30_000)}, bad},
		{"bytes that are no text", []string{"Bearer \xff\xfe"}, bad},
	} {
		got := over(t, address, request{method: "GET", path: "/user", header: http.Header{"Authorization": c.sent}})
		message := ""
		if got.Status != 200 {
			message = got.envelope(t).Message
		}
		if message != c.want {
			t.Errorf("%s: got %d %q, want %q", c.name, got.Status, message, c.want)
		}
	}
}
