package ownapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	tokensPath = "/_usher/tokens"
	site       = "ghp_root"
)

// madeToken is the answer to who makes a token.
type madeToken struct {
	Token string `json:"token"`
	ID    int64  `json:"id"`
}

func (w *world) makes(body string) madeToken {
	w.t.Helper()
	answer := w.do("POST", tokensPath, site, body)
	var made madeToken
	if err := json.Unmarshal([]byte(answer.Body), &made); err != nil || answer.Status != 201 || made.Token == "" {
		w.t.Fatalf("%s: got %d %s", body, answer.Status, answer.Body)
	}
	return made
}

func TestATokenIsShownOnceAndListedWithoutIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, test := range []struct{ body, prefix, want string }{
		{
			`{"kind":"classic","user":"MONALISA","scopes":["admin:org","read:org"],"note":"for <CI>","expires_in":"30d12h"}`, "ghp_",
			`"kind":"classic","user":"monalisa","owner":null,"scopes":["admin:org"],"permissions":{},"note":"for <CI>","created_at":"2031-05-04T03:02:01Z","created_by":"root","expires_at":"2031-06-03T15:02:01Z","expired":false,"revoked_at":null,"last_used_on":null}`,
		},
		{
			`{"kind":"app_user","user":"octocat","owner":"octodemo","permissions":{"members":"read"},"expires_at":"2032-01-01T01:00:00+01:00"}`, "ghu_",
			`"kind":"app_user","user":"octocat","owner":"OctoDemo","scopes":[],"permissions":{"members":"read"},"note":"","created_at":"2031-05-04T03:02:01Z","created_by":"root","expires_at":"2032-01-01T00:00:00Z","expired":false,"revoked_at":null,"last_used_on":null}`,
		},
		{
			`{"kind":"app_installation","owner":"octodemo"}`, "ghs_",
			`"kind":"app_installation","user":null,"owner":"OctoDemo","scopes":[],"permissions":{},"note":"","created_at":"2031-05-04T03:02:01Z","created_by":"root","expires_at":null,"expired":false,"revoked_at":null,"last_used_on":null}`,
		},
	} {
		answer := w.do("POST", tokensPath, site, test.body)
		made := regexp.MustCompile(`^{"token":"(` + test.prefix + `\w+)",("id":\d+,)`).FindStringSubmatch(answer.Body)
		if answer.Status != 201 || made == nil || answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Etag") != "" {
			t.Fatalf("%s: got %d %v %s", test.body, answer.Status, answer.Header, answer.Body)
		}
		if got := strings.TrimPrefix(answer.Body, made[0]); got != test.want {
			t.Errorf("%s: got %s, want %s", test.body, got, test.want)
		}
		list := w.do("GET", tokensPath+"?per_page=100", site, "")
		if !strings.Contains(list.Body, "{"+made[2]+test.want) || strings.Contains(list.Body, made[1]) {
			t.Errorf("the list lacks the token, or shows it: %s", list.Body)
		}
		if got := w.do("GET", "/orgs/octodemo/members/octocat", made[1], ""); got.Status == 401 {
			t.Errorf("%s: the token is not good", test.body)
		}
		if log := w.log.String(); strings.Contains(log, made[1]) {
			t.Errorf("the log has the token:\n%s", log)
		}
	}
}

func TestTokensAreListedInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var ids []int64
	list := func(query string) (page []int64, link string) {
		t.Helper()
		answer := w.do("GET", tokensPath+query, site, "")
		var tokens []struct{ ID int64 }
		if err := json.Unmarshal([]byte(answer.Body), &tokens); err != nil || answer.Status != 200 {
			t.Fatalf("%s: got %d %s", query, answer.Status, answer.Body)
		}
		for _, token := range tokens {
			page = append(page, token.ID)
		}
		return page, answer.Header.Get("Link")
	}
	for page := 1; page <= 3; page++ {
		got, _ := list(fmt.Sprintf("?per_page=10&page=%d", page))
		ids = append(ids, got...)
	}
	all, link := list("")
	if diff := cmp.Diff(all, ids); diff != "" || len(all) != 26 || link != "" {
		t.Errorf("pages (-whole +in parts), Link %q:\n%s", link, diff)
	}
	const base = "<http://example.com/_usher/tokens?per_page=10&page="
	if _, got := list("?per_page=10&page=2"); got != base+`1>; rel="prev", `+base+`3>; rel="next", `+base+`3>; rel="last", `+base+`1>; rel="first"` {
		t.Errorf("Link: got %s", got)
	}
	w.do("GET", tokensPath+"?page=99", site, "").is(t, "past the end", 200, "[]")
}

func TestARevokedTokenIsBadCredentialsAndASeededOneCanBeRevokedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := w.makes(`{"kind":"classic","user":"monalisa","scopes":["manage_billing:copilot"]}`)
	path := fmt.Sprintf("%s/%d", tokensPath, made.ID)
	for range 2 { // twice is as once
		w.do("DELETE", path, site, "").is(t, "revoking", 204, "")
	}
	w.do("DELETE", tokensPath+"/1", site, "").is(t, "revoking a seeded one", 204, "")
	for _, token := range []string{made.Token, owner} {
		if got := w.do("GET", billingOf, token, ""); got.Status != 401 || !strings.Contains(got.Body, "Bad credentials") {
			t.Errorf("a revoked token: got %d %s", got.Status, got.Body)
		}
	}
	if got := w.do("GET", tokensPath, site, ""); !strings.Contains(got.Body, `"created_at":null,"created_by":null,"expires_at":null,"expired":false,"revoked_at":"2026-11-20T12:00:00Z"`) ||
		!strings.Contains(got.Body, `"expires_at":"2026-11-01T00:00:00Z","expired":true,"revoked_at":null`) {
		t.Errorf("the list: got %s", got.Body)
	}
	w.do("DELETE", tokensPath+"/404", site, "").is(t, "one that is not there", 404, failed(t, "404", "There is no token with the id 404."))
	for _, id := range []string{"ghp_owner", "-1", "+1", "99999999999999999999", "1.0"} {
		w.do("DELETE", tokensPath+"/"+id, site, "").is(t, id, 404, failed(t, "404", "The id of a token is a number: GET /_usher/tokens lists them."))
	}
	if got := w.do("GET", "/orgs/octodemo/audit-log?phrase=action:usher", "ghp_auditor", ""); strings.Count(got.Body, `"action":"usher.create_token"`) != 1 || strings.Count(got.Body, `"action":"usher.revoke_token"`) != 2 || !strings.Contains(got.Body, `"actor":"root"`) {
		t.Errorf("the audit log: got %s", got.Body)
	}
}

func TestWhoMayAdministerTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const scopes = "This endpoint needs a token with one of these scopes: site_admin. Yours has: "
	for token, want := range map[string]string{
		"gho_root":          "",
		"ghp_root_no_scope": scopes + "admin:org, admin:enterprise.",
		"ghp_no_site_admin": "You must be a site administrator to use this endpoint.",
		"ghp_owner":         scopes + "manage_billing:copilot.",
		"github_pat_write":  "Resource not accessible by personal access token",
		"ghu_write":         "Resource not accessible by integration",
		"ghs_write":         "Resource not accessible by integration",
	} {
		for _, call := range [][2]string{{"GET", tokensPath}, {"POST", tokensPath}, {"DELETE", tokensPath + "/404"}} {
			got := w.do(call[0], call[1], token, "")
			if want == "" {
				if got.Status == 401 || got.Status == 403 {
					t.Errorf("%s by %s: got %d %s", call, token, got.Status, got.Body)
				}
				continue
			}
			got.is(t, fmt.Sprint(call, " by ", token), 403, failed(t, "403", want))
		}
	}
	for _, path := range []string{tokensPath, tokensPath + "/1"} {
		if got := w.do("PUT", path, site, ""); got.Status != 404 {
			t.Errorf("PUT %s: got %d", path, got.Status)
		}
	}
	if got := w.do("GET", tokensPath, "", ""); got.Status != http.StatusUnauthorized {
		t.Errorf("without a token: got %d", got.Status)
	}
	if got := w.do("GET", tokensPath, site, "").Header.Get("X-Accepted-OAuth-Scopes"); got != "site_admin" {
		t.Errorf("accepted scopes: got %q", got)
	}
}

func TestABodyOfATokenThatIsWrongIsRefusedWithAllReasons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before := w.do("GET", tokensPath+"?per_page=100", site, "")
	schema := func(lines ...string) string { return "Invalid request.\n\n" + strings.Join(lines, "\n") }
	const keys = "kind, user, owner, note, scopes, permissions, expires_at, expires_in"
	for body, want := range map[string]string{
		``:                             schema("For 'links/0/schema', nil is not an object."),
		`{}`:                           schema(`"kind" is missing.`, "At least one of these keys is needed: "+keys+"."),
		`{"user":"monalisa"}`:          schema(`"kind" is missing.`),
		`{"kind":null,"user":null}`:    schema(`"kind" must be one of classic, oauth, fine_grained, app_user, app_installation.`, `"user" must be a text.`),
		`{"kind":"classic","user":""}`: schema(`"user" must be a text.`),
		`{"kind":"classic","user":"a","token":"ghp_x","scopes":"user"}`:           schema(`"scopes" must be a list of at most 200 texts.`, `"token" is not a key of the body; the keys are `+keys+"."),
		`{"kind":"classic","user":"a","scopes":[1]}`:                              schema(`"scopes" must be a list of texts.`),
		`{"kind":"app_user","permissions":["a"]}`:                                 schema(`"permissions" must be an object of at most 200 texts, like {"members":"read"}.`),
		`{"kind":"app_user","permissions":null}`:                                  schema(`"permissions" must be an object of at most 200 texts, like {"members":"read"}.`),
		`{"kind":"app_user","permissions":{"b":null,"a":null}}`:                   schema(`"permissions.a" must be read or write.`, `"permissions.b" must be read or write.`),
		`{"kind":"classic","expires_at":"tomorrow","note":7}`:                     schema(`"note" must be a text.`, `"expires_at" must be an instant, like "2027-01-01T00:00:00Z"; leave it out for never.`),
		`{"kind":"classic","expires_in":"-1h"}`:                                   schema(`"expires_in" must be a time of days, hours, minutes and seconds, like "30d" or "12h".`),
		`{"kind":"classic","expires_in":3600}`:                                    schema(`"expires_in" must be a time of days, hours, minutes and seconds, like "30d" or "12h".`),
		`{"kind":"classic"}`:                                                      "A token of the kind classic needs its user.",
		`{"kind":"classic","user":"nobody"}`:                                      `There is nobody with the login "nobody".`,
		`{"kind":"classic","user":"octocat","expires_at":"2031-05-04T03:02:01Z"}`: "The token would have expired already: it is 2031-05-04T03:02:01Z.",
	} {
		w.do("POST", tokensPath, site, body).is(t, body, 422, failed(t, "422", want))
	}
	w.do("POST", tokensPath, site, `{"kind":`).is(t, "what is no JSON", 400, failed(t, "400", "Problems parsing JSON"))
	w.do("POST", tokensPath, site, `[]`).is(t, "a list", 400, failed(t, "400", "Body should be a JSON object"))
	many := `{"kind":"classic","user":"monalisa","scopes":["` + strings.Repeat(`user","`, 200) + `user"]}`
	w.do("POST", tokensPath, site, many).is(t, "too many scopes", 422, failed(t, "422", schema(`"scopes" must be a list of at most 200 texts.`)))
	if got := w.do("POST", tokensPath, site, `{"kind":"classic","user":"`+strings.Repeat("x", 9<<20)+`"}`); got.Status != 413 {
		t.Errorf("a body that is too large: got %d", got.Status)
	}
	if after := w.do("GET", tokensPath+"?per_page=100", site, ""); after.Body != before.Body {
		t.Errorf("a token was made: %s", after.Body)
	}
}

func TestAnExportIsCutWhenItsTokenIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.fillEvents(t, 3000)
	made := w.makes(`{"kind":"classic","user":"monalisa","scopes":["read:audit_log"]}`)
	revoked := &revoker{w: w, path: fmt.Sprintf("%s/%d", tokensPath, made.ID)}
	request, err := http.NewRequest("GET", "/_usher/orgs/octodemo/audit-log/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+made.Token)
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("got %v, want the connection to be cut", v)
			}
		}()
		w.ServeHTTP(revoked, request)
	}()
	if lines := strings.Count(revoked.body.String(), "\n"); revoked.status != 200 || lines != 1000 || strings.Contains(revoked.body.String(), "sha256") {
		t.Errorf("got %d and %d lines, want the first part alone", revoked.status, lines)
	}
}

// revoker is a client whose token is revoked after the first part of an answer.
type revoker struct {
	w      *world
	path   string
	status int
	header http.Header
	body   strings.Builder
}

func (r *revoker) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

func (r *revoker) WriteHeader(status int) { r.status = status }

func (r *revoker) Write(b []byte) (int, error) {
	if r.body.Len() == 0 {
		r.w.do("DELETE", r.path, site, "").is(r.w.t, "revoking", 204, "")
	}
	return r.body.Write(b)
}
