package ghapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/ghapi"
)

// callers are one of each kind of token, and nobody.
var callers = map[string]string{
	"nobody": "", "classic": owner, "oauth": "gho_repo", "fine-grained": "github_pat_nothing", "app user": "ghu_nothing", "installation": "ghs_nothing",
}

func TestEverySmallEndpointIsByteForByteItsGoldenFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(profiles)
	limited, _ := w.rated(5000)
	users := []string{"classic", "oauth", "fine-grained", "app user"}
	everybody := append(users, "nobody", "installation")
	withToken := append(users, "installation")
	for _, c := range []struct {
		golden, path string
		callers      []string
	}{
		{"root", "/", everybody},
		{"root-api-v3", "/api/v3", everybody},
		{"root-api-v3", "/api/v3/", everybody},
		{"meta", "/meta", everybody},
		{"versions", "/versions", everybody},
		{"zen", "/zen", everybody},
		{"user", "/user", users},
		{"user-api-v3", "/api/v3/user", users},
		{"users-with-token", "/users/MONALISA", withToken},
		{"users-anonymous", "/users/monalisa", []string{"nobody"}},
		{"users-bare", "/users/octocat", everybody},
		{"users-organization", "/users/octodemo", everybody},
		{"users-organization-bare", "/users/empty", everybody},
		{"orgs", "/orgs/OCTODEMO", everybody},
		{"orgs", "/organizations/9919", everybody},
		{"orgs-bare", "/orgs/empty", everybody},
		{"rate-limit", "/rate_limit", withToken},
		{"rate-limit-anonymous", "/rate_limit", []string{"nobody"}},
	} {
		for _, version := range []string{"2022-11-28", "2026-03-10"} {
			name := "small-" + c.golden
			if version != "2022-11-28" && slices.Contains([]string{"root", "root-api-v3", "rate-limit"}, c.golden) {
				name += "-" + version
			}
			for _, caller := range c.callers {
				server := limited
				if strings.HasPrefix(c.golden, "rate-limit") {
					server, _ = w.rated(5000) // nothing used yet
				}
				got := server.do(request{method: "GET", path: c.path, token: callers[caller], header: http.Header{"X-Github-Api-Version": {version}}})
				if got.Status != 200 {
					t.Errorf("%s as %s: got %d %s", c.path, caller, got.Status, got.Body)
					continue
				}
				if c.golden != "zen" {
					compact(t, got.Body)
				}
				golden(t, name, got.Body)
			}
		}
	}
}

// profiles is a world of people and organizations with all that a profile can show, and
// with nothing.
const profiles = `
now: 2026-11-20T12:00:00Z
users:
  - {login: monalisa, id: 1001, name: "Mona <Lisa> \"Ω\" 夜", email: mona@example.com, time_zone: America/New_York, site_admin: true}
  - {login: octocat, id: 1}
enterprises: [{slug: octo-enterprise, id: 42, owners: [monalisa]}]
organizations:
  - {login: OctoDemo, id: 9919, enterprise: octo-enterprise, owners: [monalisa]}
  - {login: empty, id: 9921, owners: [monalisa]}
tokens:
  - {token: ghp_billing, kind: classic, user: monalisa, scopes: [manage_billing:copilot]}
  - {token: gho_repo, kind: oauth, user: monalisa, scopes: [repo]}
  - {token: github_pat_nothing, kind: fine_grained, user: monalisa, owner: OctoDemo, permissions: {}}
  - {token: ghu_nothing, kind: app_user, user: monalisa, owner: OctoDemo, permissions: {}}
  - {token: ghs_nothing, kind: app_installation, owner: OctoDemo, permissions: {}}
`

// The order is octokit/fixtures' scenario get-root, recorded 2022-07-19; that two are gone
// is documented with version 2026-03-10.
func TestTheRootHasGitHubsKeysInTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recorded := strings.Fields(`current_user_url current_user_authorizations_html_url authorizations_url code_search_url
		commit_search_url emails_url emojis_url events_url feeds_url followers_url following_url gists_url hub_url
		issue_search_url issues_url keys_url label_search_url notifications_url organization_url
		organization_repositories_url organization_teams_url public_gists_url rate_limit_url repository_url
		repository_search_url current_user_repositories_url starred_url starred_gists_url topic_search_url user_url
		user_organizations_url user_repositories_url user_search_url`)
	if len(recorded) != 33 {
		t.Fatalf("recorded are 33 keys, not %d", len(recorded))
	}
	retired := func(key string) bool { return key == "authorizations_url" || key == "hub_url" }
	for _, path := range []string{"/", "/api/v3", "/api/v3/"} {
		for version, want := range map[string][]string{"2022-11-28": recorded, "2026-03-10": slices.DeleteFunc(slices.Clone(recorded), retired)} {
			body := w.do(request{method: "GET", path: path, header: http.Header{"X-Github-Api-Version": {version}}}).Body
			if diff := cmp.Diff(want, keys(t, json.RawMessage(body))); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", path, version, diff)
			}
			for key, template := range decode[map[string]string](t, body) {
				base := "http://example.com" + strings.TrimSuffix(path, "/")
				if key == "current_user_authorizations_html_url" {
					base = "http://example.com" // a page for people
				}
				if !strings.HasPrefix(template, base+"/") {
					t.Errorf("%s: %s is %s, want it below %s", path, key, template, base)
				}
			}
		}
	}
}

// gh accepts a token at login if the root answers 200 and names the scopes; GitHub Desktop
// knows a host by the request id of HEAD /meta (read in their source).
func TestWhatClientsAskAHostFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/", "/api/v3/"} {
		got := w.get(path, "ghp_repo")
		if got.Status != 200 || got.Header.Get("X-Oauth-Scopes") != "gist, repo" {
			t.Errorf("GET %s: got %d with scopes %q", path, got.Status, got.Header.Get("X-Oauth-Scopes"))
		}
		if got := w.get(path, "ghp_nobody"); got.Status != 401 {
			t.Errorf("GET %s with a bad token: got %d, want 401", path, got.Status)
		}
		if scopes := w.get(path, "github_pat_nothing").Header.Values("X-Oauth-Scopes"); scopes != nil {
			t.Errorf("GET %s: a fine-grained token with scopes: %q", path, scopes)
		}
	}
	for _, path := range []string{"/meta", "/api/v3/meta"} {
		got := w.do(request{method: "HEAD", path: path})
		if got.Status != 200 || !requestID.MatchString(got.Header.Get("X-Github-Request-Id")) {
			t.Errorf("HEAD %s: got %d, id %q", path, got.Status, got.Header.Get("X-Github-Request-Id"))
		}
	}
}

func TestSmallEndpointsRefuseAsGitHubDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		userDocs  = docsRoot + "/users/users#get-a-user"
		whoDocs   = docsRoot + "/users/users#get-the-authenticated-user"
		orgDocs   = docsRoot + "/orgs/orgs#get-an-organization"
		integrate = "Resource not accessible by integration"
	)
	for _, c := range []struct {
		name, path, token string
		want              refusal
	}{
		{"nobody asks who they are", "/user", "", refusal{401, "Requires authentication", docsRoot}},
		{"an installation asks who it is", "/user", "ghs_seats_read", refusal{403, integrate, whoDocs}},
		{"an unknown login", "/users/nobody-at-all", "", refusal{404, "Not Found", userDocs}},
		{"an enterprise's slug", "/users/octo-enterprise", owner, refusal{404, "Not Found", userDocs}},
		{"an unknown organization", "/orgs/nobody-at-all", owner, refusal{404, "Not Found", orgDocs}},
		{"a user's login", "/orgs/monalisa", owner, refusal{404, "Not Found", orgDocs}},
		{"no login", "/users/", owner, refusal{404, "Not Found", docsRoot}},
		{"a slash in a login", "/users/mona%2Flisa", owner, refusal{404, "Not Found", userDocs}},
		{"a line break in a login", "/users/mona%0D%0AX-Evil:%201", owner, refusal{404, "Not Found", userDocs}},
		{"a NUL in a login", "/users/mona%00", owner, refusal{404, "Not Found", userDocs}},
		{"bytes that are no UTF-8", "/users/%FF", owner, refusal{404, "Not Found", userDocs}},
		{"a very long login", "/users/" + strings.Repeat("x", 100_000), owner, refusal{404, "Not Found", userDocs}},
		{"an unknown organization by number", "/organizations/404", owner, refusal{404, "Not Found", orgDocs}},
		{"an organization by number, with a trailing slash", "/organizations/9919/", owner, refusal{404, "Not Found", docsRoot}},
	} {
		got := w.get(c.path, c.token)
		if diff := cmp.Diff(c.want, got.refusal(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if got.Header.Get("X-Evil") != "" {
			t.Errorf("%s: a header that the client wrote", c.name)
		}
	}
}

// GitHub shows e-mail addresses to callers with a token only (documented).
func TestAnEmailAddressIsForCallersWithAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, token := range callers {
		var want any = "mona@example.com"
		if token == "" {
			want = nil
		}
		if got := decode[map[string]any](t, w.get200("/users/monalisa", token))["email"]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// Terraform tells users from organizations by this.
func TestTypeSaysWhetherALoginIsAPersonsOrAnOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{
		"/users/octocat": "User", "/users/OCTODEMO": "Organization", "/api/v3/users/octodemo": "Organization", "/orgs/octodemo": "Organization", "/user": "User",
	} {
		if got := decode[map[string]any](t, w.get200(path, owner))["type"]; got != want {
			t.Errorf("%s: got %v, want %s", path, got, want)
		}
	}
}

// Whatever a name holds, addresses made of it are addresses, and the page it stands on is
// JSON: the description is asked about each answer, too.
func TestAddressesOfSmallEndpointsFollowTheBase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	public, _ := url.Parse("https://example.com:8443/usher")
	behind := w.configured(ghapi.Options{Bases: ghapi.Bases{Public: public}})
	for _, path := range []string{"/", "/user", "/users/octocat", "/users/octodemo", "/orgs/octodemo"} {
		for prefix, base := range map[string]string{"": "", "/api/v3": "/api/v3"} {
			for key, value := range decode[map[string]any](t, behind.get200(prefix+path, owner)) {
				address, ok := value.(string)
				if !ok || !strings.Contains(address, "://") {
					continue
				}
				want := "https://example.com:8443/usher" + base + "/"
				if slices.Contains([]string{"html_url", "avatar_url", "current_user_authorizations_html_url"}, key) {
					want = "https://example.com:8443/usher/"
				}
				if !strings.HasPrefix(address, want) || strings.Contains(address, "example.com:8443/usher/usher") {
					t.Errorf("%s: %s is %s, want it below %s", prefix+path, key, address, want)
				}
			}
		}
	}
}

// A token that expires does so between two requests, in world time; the header names when.
func TestATokenIsAnnouncedUntilItExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t).configured(ghapi.Options{})
	for _, path := range []string{"/user", "/orgs/octodemo", billingPath, "/orgs/nobody"} {
		if got := w.get(path, "ghp_expires_soon").Header.Get("Github-Authentication-Token-Expiration"); got != "2026-11-20 12:00:01 UTC" {
			t.Errorf("%s: got %q", path, got)
		}
	}
	tag := w.tag(request{path: billingPath, token: "ghp_expires_soon"})
	w.do(request{method: "POST", path: "/_usher/clock/advance", token: owner, body: `{"by":"1s"}`})
	got := w.since(tag, request{path: billingPath, token: "ghp_expires_soon"})
	if got.Status != 401 || got.envelope(t).Message != "Bad credentials" || got.Header.Get("Github-Authentication-Token-Expiration") != "" {
		t.Errorf("got %d %v", got.Status, got.Header)
	}
}

// What a client sends stands in no header of the answer.
func TestNothingAClientSendsBecomesAHeader(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	const evil = "evil-7f3a"
	header := http.Header{}
	for _, name := range []string{"X-Request-Id", "X-Github-Request-Id", "X-Correlation-Id", "Traceparent", "Origin", "Referer", "User-Agent", "Accept", "Accept-Language", "Cookie", "X-Http-Method-Override", "Range", "If-Match", "Te", "Via", "X-Github-Otp", "Access-Control-Request-Headers", "Access-Control-Request-Method"} {
		header.Set(name, evil)
	}
	for i, path := range []string{"/zen", "/users/" + evil, "/orgs/" + evil + "/copilot/billing", "/" + evil, twoSeats + "&x=" + evil} {
		got := over(t, address, request{method: "GET", path: path, token: owner, header: header})
		for name, values := range got.Header {
			if name != "Link" && strings.Contains(fmt.Sprint(values), evil) {
				t.Errorf("%s: %s: %q", path, name, values)
			}
		}
		if want := []int{200, 404, 404, 404, 200}[i]; got.Status != want {
			t.Errorf("%s: got %d, want %d", path, got.Status, want)
		}
	}
}
