package ghapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/ghapi"
)

var requestID = regexp.MustCompile(`^[0-9A-F]{4}:[0-9A-F]{5}:[0-9A-F]{7}:[0-9A-F]{7}:[0-9A-F]{8}$`)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const billingDocs = docsOrg + "get-copilot-seat-information-and-settings-for-an-organization"

func TestPathsAreRoutedAsGitHubDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unrouted := refusal{404, "Not Found", docsRoot}
	unknown := refusal{404, "Not Found", billingDocs}
	served := refusal{}
	cases := []struct {
		name, path string
		want       refusal
	}{
		{"a trailing slash", "/orgs/octodemo/copilot/billing/", unrouted},
		{"a trailing slash under /api/v3", "/api/v3/orgs/octodemo/copilot/billing/", unrouted},
		{"an encoded trailing slash", "/orgs/octodemo/copilot/billing%2F", unrouted},
		{"several trailing slashes", "/orgs/octodemo/copilot/billing//", unrouted},
		{"duplicate slashes inside", "/orgs//octodemo///copilot/billing", served},
		{"duplicate slashes in front", "//orgs/octodemo/copilot/billing", served},
		{"duplicate slashes in front of /api/v3", "///api/v3//orgs/octodemo/copilot/billing", served},
		{"an organization that duplicate slashes leave out", "/orgs//copilot/billing", unrouted},
		{"a dot segment", "/orgs/./octodemo/copilot/billing", unrouted},
		{"two dots", "/orgs/x/../octodemo/copilot/billing", unrouted},
		{"two dots at the end", "/orgs/octodemo/copilot/billing/seats/..", unrouted},
		{"two dots in front", "/../orgs/octodemo/copilot/billing", unrouted},
		{"encoded dots", "/orgs/x/%2e%2e/octodemo/copilot/billing", unrouted},
		{"an encoded dot and a plain one", "/orgs/x/.%2E/octodemo/copilot/billing", unrouted},
		{"an encoded slash between two segments", "/orgs/octodemo/copilot%2Fbilling", unrouted},
		{"an encoded slash in front", "/%2Forgs/octodemo/copilot/billing", unrouted},
		{"an encoded slash at the end of a name", "/orgs/octodemo%2F/copilot/billing", unknown},
		{"an encoded slash at the start of a name", "/orgs/%2Foctodemo/copilot/billing", unknown},
		{"an encoded slash inside a name", "/orgs/octo%2fdemo/copilot/billing", unknown},
		{"an encoded letter", "/orgs/%6Fctodemo/copilot/billing", served},
		{"an encoded backslash", "/orgs/octodemo%5C/copilot/billing", unknown},
		{"an encoded NUL", "/orgs/octodemo%00/copilot/billing", unknown},
		{"bytes that are no UTF-8", "/orgs/%FF%FE/copilot/billing", unknown},
		{"letters that only look alike", "/orgs/%D0%BEctodemo/copilot/billing", unknown},
		{"a path in another case", "/Orgs/octodemo/Copilot/billing", unrouted},
		{"/api/v3 in another case", "/API/v3/orgs/octodemo/copilot/billing", unrouted},
		{"/api/v3 twice", "/api/v3/api/v3/orgs/octodemo/copilot/billing", unrouted},
		{"/api/v4", "/api/v4/orgs/octodemo/copilot/billing", unrouted},
		{"an absolute address", "http://api.example.com/orgs/octodemo/copilot/billing", served},
		{"an absolute address without a path", "http://api.example.com", served},
		{"the root", "/", served},
		{"the root under /api/v3", "/api/v3", served},
		{"the root under /api/v3, with its slash", "/api/v3/", served},
		{"the root of a duplicate slash", "//api//v3//", served},
		{"a trailing slash after /meta", "/meta/", unrouted},
		{"a path that begins without a slash", "*", unrouted},
		{"usher's own endpoints under /api/v3", "/api/v3/_usher/clock", unrouted},
		{"an endpoint that GitHub does not have", "/enterprises/octo-enterprise/copilot/billing", unrouted},
		{"a retired endpoint", "/orgs/octodemo/copilot/usage", unrouted},
		{"an organization's number", "/organizations/9919/copilot/billing", served},
		{"a negative number", "/organizations/-1/copilot/billing", unknown},
		{"a negative number that would be right", "/organizations/-9919/copilot/billing", unknown},
		{"a number with a sign", "/organizations/+9919/copilot/billing", unknown},
		{"a number that fits no integer", "/organizations/99999999999999999999/copilot/billing", unknown},
		{"a number that overflows into a real one", "/organizations/18446744073709561535/copilot/billing", unknown},
		{"zero", "/organizations/0/copilot/billing", unknown},
		{"a number that is none", "/organizations/abc/copilot/billing", unknown},
		{"a hexadecimal number", "/organizations/0x26BF/copilot/billing", unknown},
		{"a fraction", "/organizations/9919.0/copilot/billing", unknown},
		{"a number in other digits", "/organizations/%D9%A9%D9%A9%D9%A1%D9%A9/copilot/billing", unknown},
		{"a login where a number belongs", "/organizations/octodemo/copilot/billing", unknown},
		{"a number where a login belongs", "/orgs/9919/copilot/billing", unknown},
		{"an enterprise where an organization belongs", "/orgs/octo-enterprise/copilot/billing", unknown},
		{"a user where an organization belongs", "/orgs/monalisa/copilot/billing", unknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.get(c.path, owner)
			if c.want == served {
				if got.Status != 200 {
					t.Errorf("%s: got %d %s, want 200", c.path, got.Status, got.Body)
				}
				return
			}
			if diff := cmp.Diff(c.want, got.refusal(t)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.path, diff)
			}
			if location := got.Header.Get("Location"); location != "" {
				t.Errorf("%s: redirected to %s", c.path, location)
			}
		})
	}
}

func TestAnEnterpriseIsFoundBySlugOrNumberOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := refusal{404, "Not Found", operations()[0].docs}
	for _, name := range []string{"-42", "042x", "0", "99999999999999999999", "+42", "4 2", "octodemo", "9919", "octo-enterprise%2F", "43", "other-enterprise"} {
		got := w.get("/enterprises/"+strings.ReplaceAll(name, " ", "%20")+"/copilot/billing/seats", owner)
		if diff := cmp.Diff(want, got.refusal(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAMethodThatIsNotRoutedIs404ForWhoHasAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	cases := []struct {
		path    string
		methods []string
	}{
		{"/orgs/octodemo/copilot/billing", []string{"POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get"}},
		{"/orgs/octodemo/copilot/billing/selected_users", []string{"GET", "HEAD", "PUT", "PATCH"}},
		{"/api/v3/organizations/9919/copilot/billing/selected_teams", []string{"GET", "HEAD", "PUT", "PATCH"}},
		{"/orgs/octodemo/members/octocat/copilot", []string{"POST", "PUT", "PATCH", "DELETE"}},
		{"/enterprises/octo-enterprise/copilot/billing/seats", []string{"POST", "DELETE"}},
	}
	for _, c := range cases {
		for _, method := range c.methods {
			for token, want := range map[string]refusal{
				owner:            {404, "Not Found", docsRoot},
				"ghp_nobody_has": {401, "Bad credentials", docsRoot},
				"":               {401, "Requires authentication", docsRoot},
			} {
				got := w.do(request{method: method, path: c.path, token: token, body: `{"selected_usernames":["pjhyett"]}`})
				if diff := cmp.Diff(want, got.refusal(t)); diff != "" {
					t.Errorf("%s %s as %q (-want +got):\n%s", method, c.path, token, diff)
				}
				if allow := got.Header.Get("Allow"); allow != "" {
					t.Errorf("%s %s: Allow: %s", method, c.path, allow)
				}
			}
		}
	}
	w.unchanged(before)
}

func TestAHeadIsItsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	send := func(method, path, token string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "token "+token)
		resp, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	for _, path := range []string{
		"/orgs/octodemo/copilot/billing",
		"/api/v3/orgs/octodemo/copilot/billing/seats?per_page=2&page=2",
		"/enterprises/octo-enterprise/copilot/billing/seats?per_page=3",
		"/organizations/9919/members/octocat/copilot",
		"/orgs/octodemo/members/pjhyett/copilot",
		"/orgs/nobody/copilot/billing",
		"/nothing/here",
	} {
		for _, token := range []string{owner, "ghp_repo", "ghp_nobody_has"} {
			get, body := send("GET", path, token)
			head, empty := send("HEAD", path, token)
			if empty != "" {
				t.Errorf("HEAD %s: a body: %s", path, empty)
			}
			shown := func(r *http.Response) []any {
				return []any{r.StatusCode, r.ContentLength, r.Header.Get("Content-Type"), r.Header.Get("Link")}
			}
			if diff := cmp.Diff(shown(get), shown(head)); diff != "" {
				t.Errorf("%s as %s (-GET +HEAD):\n%s", path, token, diff)
			}
			if int64(len(body)) != get.ContentLength {
				t.Errorf("GET %s: Content-Length %d, body of %d", path, get.ContentLength, len(body))
			}
		}
	}
}

func TestAnyAcceptContentTypeAndUserAgentIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	headers := []http.Header{
		{"User-Agent": nil, "Accept": {""}, "Content-Type": nil},
		{"User-Agent": {""}},
		{"Accept": {"*/*"}},
		{"Accept": {"application/xml"}},
		{"Accept": {"application/vnd.github.v3+json"}},
		{"Accept": {"application/vnd.github.copilot-preview+json, application/json;q=0.1"}},
		{"Accept": {"\x80 nonsense"}},
		{"Content-Type": {"text/plain"}},
		{"Content-Type": {"application/x-www-form-urlencoded"}},
		{"Content-Type": {"application/x-ndjson"}},
		{"Content-Type": {"application/json; charset=utf-8"}},
		{"Content-Type": {"nonsense; ; ="}},
	}
	for _, header := range headers {
		for _, o := range operations() {
			req, err := http.NewRequestWithContext(t.Context(), o.method, server.URL+o.on("octodemo"), strings.NewReader(o.body+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = header.Clone()
			req.Header.Set("Authorization", "token "+owner)
			resp, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != o.success {
				t.Errorf("%s with %v: got %d, want %d", o.name, header, resp.StatusCode, o.success)
			}
		}
	}
}

func TestALoggedPathShowsNoToken(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/orgs/octodemo/copilot/billing":         "/orgs/octodemo/copilot/billing",
		"/orgs/o/members/ghp_s3cr3t/copilot":     "/orgs/o/members/…/copilot",
		"/nope/Bearer github_pat_11AB/x":         "/nope/…/x",
		"/gho_a/ghu_b/ghs_c":                     "/…/…/…",
		"/app/Bearer eyJhbGci.eyJpc3Mi.c2ln":     "/app/…",
		"/orgs/eyJhbGci/members/a.b":             "/orgs/eyJhbGci/members/a.b",
		"/orgs/ghp/copilot/billing/seats/github": "/orgs/ghp/copilot/billing/seats/github",
	} {
		if got := ghapi.LoggedPath(path); got != want {
			t.Errorf("LoggedPath(%q) = %q, want %q", path, got, want)
		}
	}
}
