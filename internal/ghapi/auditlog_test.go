package ghapi_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

const (
	organizationLog = "/orgs/octodemo/audit-log"
	enterpriseLog   = "/enterprises/octo-enterprise/audit-log"
)

// eventful is the world after changes of all kinds, by several tokens.
func eventful(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	change := func(method, path, token, body string, want int) {
		t.Helper()
		if got := w.do(request{method: method, path: path, token: token, body: body}); got.Status != want {
			t.Fatalf("%s %s: got %d %s, want %d", method, path, got.Status, got.Body, want)
		}
	}
	change("POST", "/orgs/octodemo/copilot/billing/selected_users", "ghp_admin_org", `{"selected_usernames":["pjhyett"]}`, 201)
	change("POST", "/orgs/octodemo/copilot/billing/selected_teams", "ghs_seats_write", `{"selected_teams":["avengers"]}`, 201)
	change("DELETE", "/orgs/octodemo/copilot/billing/selected_users", "github_pat_seats_write", `{"selected_usernames":["pjhyett"]}`, 200)
	change("PATCH", "/_usher/orgs/octodemo/copilot", everything, `{"ide_chat":"disabled"}`, 200)
	change("PATCH", "/_usher/orgs/octolabs/copilot", everything, `{"seat_management":"assign_selected"}`, 200)
	change("PUT", "/orgs/octodemo/memberships/octocat", everything, `{"role":"admin"}`, 200)
	change("PATCH", "/orgs/octodemo/teams/avengers", everything, `{"name":"Earth’s Mightiest"}`, 201)
	change("POST", "/orgs/octodemo/teams", everything, `{"name":"Short-lived"}`, 201)
	change("DELETE", "/orgs/octodemo/teams/short-lived", everything, "", 204)
	change("PUT", "/enterprises/octo-enterprise/teams/robots/memberships/octocat", everything, "", 201)
	return w
}

var anyRequestID = regexp.MustCompile(`"request_id":"[^"]+"`)

func TestAuditLogsHaveTheBytesOfTheGoldenFiles(t *testing.T) {
	t.Parallel()
	w := eventful(t)
	for name, path := range map[string]string{
		"audit-log":               organizationLog + "?phrase=created:2026-11-20",
		"audit-log-oldest":        organizationLog + "?order=asc&per_page=3&phrase=created:*..2026-10-01",
		"enterprise-audit-log":    enterpriseLog + "?phrase=actor:monalisa",
		"enterprise-audit-log-of": enterpriseLog + "?phrase=user:octocat+action:copilot&order=asc",
	} {
		golden(t, name, anyRequestID.ReplaceAllString(w.get200(path, everything), `"request_id":"…"`))
	}
}

func TestAnAuditLogNeverTellsATokensHash(t *testing.T) {
	t.Parallel()
	w := eventful(t)
	body := w.get200(enterpriseLog+"?per_page=100", everything)
	for _, token := range []string{everything, "ghp_admin_org", "ghs_seats_write", "github_pat_seats_write"} {
		hash := usher.HashToken(token)
		if strings.Contains(body, token) || strings.Contains(body, hex.EncodeToString(hash[:4])) {
			t.Errorf("%s is in the log", token)
		}
	}
	if strings.Contains(body, "hash") {
		t.Errorf("something hashed is in the log: %s", body)
	}
}

func TestAPhraseFindsWhatItSays(t *testing.T) {
	t.Parallel()
	w := eventful(t)
	all := len(decode[[]any](t, w.get200(organizationLog+"?per_page=100&phrase=created:>=2000-01-01", everything)))
	for phrase, want := range map[string]int{
		"created:>=2000-01-01":                            all,
		"  CREATED:>=2000-01-01  ":                        all,
		`created:">=2000-01-01"`:                          all,
		"created:<=2026-11-20":                            all,
		"created:<2026-11-21":                             all,
		"created:2026-08-03":                              2,
		"created:2026-08-03T18:00:00Z":                    2,
		"created:2026-08-03T20:00:00+02:00":               2,
		"created:2026-08-03T18:00:00.000Z":                2,
		"created:2026-08-03T18:00:00.000001Z":             0,
		"created:2026-08-03T18:00:01Z":                    0,
		"created:>2026-08-03":                             all - 2,
		"created:>=2026-08-03T18:00:01Z":                  all - 2,
		"created:<2026-08-04":                             2,
		"created:<2026-08-03":                             0,
		"created:<=2026-08-03":                            2,
		"created:2026-08-03..2026-09-23":                  4,
		"created:2026-08-03T18:00:00Z..2026-08-03":        2,
		"created:*..2026-09-22":                           2,
		"created:2026-08-04..*":                           all - 2,
		"created:2026-09-23..2026-08-03":                  0,
		"action:copilot.cfb_org_settings_changed":         1,
		"action:COPILOT.cfb_org_Settings_Changed":         1,
		"action:org":                                      1,
		"action:team":                                     4,
		"action:team.create":                              1,
		"action:repo":                                     0,
		"action:repo.create":                              0,
		"actor:octocat":                                   0,
		"actor:nobody":                                    0,
		"user:nobody":                                     0,
		"user:PJHyett":                                    3,
		"user:pjhyett action:copilot.cfb_seat_added":      1,
		"action:team actor:monalisa created:2026-11-20":   4,
		"action:team actor:monalisa user:monalisa":        1,
		`actor:"monalisa" user:"octocat" action:"org"`:    1,
		"actor:monalisa user:octocat created:<2026-11-20": 0,
		"action:copilot.cfb_seat_management_changed":      0,
		"action:copilot.cfb_seat_assignment user:octocat": 0, // more than three months ago
		"action:copilot.cfb_seat_assignment_created\tuser:octocat created:*..2026-11-20": 1,
	} {
		body := w.get200(organizationLog+"?per_page=100&phrase="+url.QueryEscape(phrase), everything)
		if got := len(decode[[]any](t, body)); got != want {
			t.Errorf("%q: got %d events, want %d: %s", phrase, got, want, body)
		}
	}
	for query, want := range map[string]int{"include=git": 0, "include=web": all, "include=all": all, "include=any": all, "order=sideways": all} {
		body := w.get200(organizationLog+"?per_page=100&phrase=created:>2000-01-01&"+query, everything)
		if got := len(decode[[]any](t, body)); got != want {
			t.Errorf("%s: got %d events, want %d", query, got, want)
		}
	}
}

const knownQualifiers = " A phrase has any of these qualifiers, each once: action, actor, created, user."

func TestAPhraseThatCannotBeAnsweredIsRefusedByWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	when := func(value string) string {
		return fmt.Sprintf("The phrase has %q. A time is a day such as 2026-03-01 or an instant such as 2026-03-01T12:00:00Z, after >, >=, < or <=, or two of them with .. between, of which one may be *.", "created:"+value)
	}
	cases := map[string]string{
		"repo:octo/docs":                     `The phrase has the qualifier "repo", which this server does not know.`,
		"action:copilot operation:modify":    `The phrase has the qualifier "operation", which this server does not know.`,
		"seats":                              `The phrase has the text "seats", which is no qualifier.`,
		`"two words"`:                        `The phrase has the text "two words", which is no qualifier.`,
		":copilot":                           `The phrase has the text ":copilot", which is no qualifier.`,
		"-action:team":                       `The phrase has "-action:team": nothing can be left out.`,
		"NOT action:team":                    `The phrase has "NOT": nothing can be left out.`,
		"action:team Action:org":             `The phrase has the qualifier "action" twice.`,
		"actor:":                             `The phrase has the qualifier "actor" without a value.`,
		`user:""`:                            `The phrase has the qualifier "user" without a value.`,
		`user:"octocat`:                      "The phrase has a quote that does not end.",
		"actor:\xff":                         "The phrase is not UTF-8.",
		"actor:" + strings.Repeat("a", 1000): "The phrase is longer than 1000 bytes.",
	}
	for _, value := range []string{
		"yesterday", "2026-13-01", "2026-02-30", "2026-1-1", "2026", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "=2026-01-01", "=>2026-01-01",
		"..", "*..*", "*", "*..", "..2026-01-01", "2026-01-01..", "2026-01-01..2026-02-01..2026-03-01", ">2026-01-01..2026-02-01", "> 2026-01-01", "0000-01-01", "2026-01-01T25:00:00Z",
		"<0001-01-01", "<0001-01-01T00:00:00Z", "2026-01-01T00:00:00,5Z",
	} {
		first, _, _ := strings.Cut(value, " ")
		cases["created:"+value] = when(first)
	}
	for phrase, want := range cases {
		for _, path := range []string{organizationLog, enterpriseLog} {
			got := w.get(path+"?phrase="+url.QueryEscape(phrase), everything)
			if got.Status != 422 || got.refusal(t).Message != want+knownQualifiers {
				t.Errorf("%q: got %d %s, want %s", phrase, got.Status, got.Body, want)
			}
		}
	}
	for query, want := range map[string]string{
		"after=x":                             "What after has is no cursor. Take it from the Link header of another page.",
		"before=%00":                          "What before has is no cursor. Take it from the Link header of another page.",
		"after=AAA&before":                    "What after has is no cursor. Take it from the Link header of another page.",
		"after=" + strings.Repeat("A", 1<<15): "What after has is no cursor. Take it from the Link header of another page.",
		"after=AAIC&before=AAIC":              "after and before cannot be given together: each page has one of them, in the Link header of another.",
		"page=2":                              "An audit log has no numbered pages. Its pages are where the Link header says, by after and before.",
	} {
		got := w.get(enterpriseLog+"?"+query, everything)
		if got.Status != 422 || got.refusal(t).Message != want {
			t.Errorf("%.100s: got %d %s, want %s", query, got.Status, got.Body, want)
		}
	}
}

// linksOf are the addresses of a Link header, by rel.
func linksOf(header http.Header) map[string]string {
	links := map[string]string{}
	for _, match := range regexp.MustCompile(`<http://example\.com([^>]+)>; rel="(\w+)"`).FindAllStringSubmatch(header.Get("Link"), -1) {
		links[match[2]] = match[1]
	}
	return links
}

func TestTheLinksOfAnAuditLogLeadToItsEndsAndBack(t *testing.T) {
	t.Parallel()
	w := eventful(t)
	for _, query := range []string{
		organizationLog + "?per_page=4", organizationLog + "?order=asc&per_page=5&phrase=created:>2000-01-01,;", enterpriseLog + "?per_page=7", enterpriseLog + "?order=asc&per_page=3", "/api/v3" + enterpriseLog + "?per_page=10",
	} {
		query = strings.TrimSuffix(query, ",;")
		whole := decode[[]map[string]any](t, w.get200(regexp.MustCompile(`per_page=\d+`).ReplaceAllString(query, "per_page=100"), everything))
		var pages []string
		first := w.get(query, everything)
		for got := first; ; {
			pages = append(pages, got.Body)
			links := linksOf(got.Header)
			if _, has := links["prev"]; has != (len(pages) > 1) {
				t.Errorf("%s: page %d has the links %v", query, len(pages), links)
			}
			if next, more := links["next"]; more {
				got = w.get(next, everything)
				if linksOf(got.Header)["first"] == "" || w.get200(linksOf(got.Header)["first"], everything) != first.Body {
					t.Errorf("%s: the first page is not at %v", query, linksOf(got.Header))
				}
				continue
			}
			for at := len(pages) - 2; at >= 0; at-- {
				got = w.get(linksOf(got.Header)["prev"], everything)
				if got.Body != pages[at] {
					t.Errorf("%s: page %d, read backwards: got %s, want %s", query, at+1, got.Body, pages[at])
				}
			}
			if prev := linksOf(got.Header)["prev"]; prev != "" {
				t.Errorf("%s: before the first page there is %s", query, prev)
			}
			break
		}
		var all []map[string]any
		for _, page := range pages {
			all = append(all, decode[[]map[string]any](t, page)...)
		}
		if diff := cmp.Diff(whole, all); diff != "" || len(pages) < 3 {
			t.Errorf("%s: %d pages (-at once +in pages):\n%s", query, len(pages), diff)
		}
	}
}

// Who may read an organization's log, and its enterprise's.
func TestEveryTokenMayReadTheAuditLogsThatItsScopesPermissionsAndRoleAllow(t *testing.T) {
	t.Parallel()
	w := newWorld(t).undescribed()
	may := map[string][2]int{
		"ghp_admin_org": {200, 403}, "gho_admin_org": {200, 403}, "ghp_admin_enterprise": {403, 200}, "ghp_everything": {200, 200},
		"github_pat_admin_write": {200, 403}, "github_pat_admin_read": {200, 403}, "github_pat_mixed": {200, 403},
		"ghu_admin_write": {200, 403}, "ghu_admin_read": {200, 403}, "ghs_admin_write": {200, 403}, "ghs_admin_read": {200, 403},
		"ghp_audit": {200, 200}, "ghp_audit_all": {200, 200}, "gho_audit": {200, 200},
		"ghp_entboss": {404, 200}, "ghp_entboss_audit": {404, 200},
		"ghp_betty": {404, 403}, "gho_betty": {404, 403}, "ghp_betty_enterprise": {404, 403}, // billing managers may not
	}
	for token, powers := range matrix {
		want, special := may[token]
		if !special {
			want = [2]int{powers.Read, powers.Enterprise}
			for i := range want {
				if want[i] == all {
					want[i] = 403 // what seats need is nothing for the log
				}
			}
		}
		for i, path := range []string{organizationLog, enterpriseLog} {
			if got := w.get(path, token); got.Status != want[i] {
				t.Errorf("%s with %s: got %d %s, want %d", path, token, got.Status, got.Body, want[i])
			}
		}
	}
	for path, want := range map[string]string{
		organizationLog: "This endpoint needs a token with one of these scopes: read:audit_log, admin:org. Yours has: repo, gist.",
		enterpriseLog:   "This endpoint needs a token with one of these scopes: read:audit_log, admin:enterprise. Yours has: repo, gist.",
	} {
		if got := w.get(path, "ghp_repo").refusal(t).Message; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{organizationLog: "admin:org, audit_log, read:audit_log", enterpriseLog: "admin:enterprise, audit_log, read:audit_log"} {
		if got := w.get(path, "ghp_audit").Header.Get("X-Accepted-Oauth-Scopes"); got != want {
			t.Errorf("%s: accepted scopes: got %s, want %s", path, got, want)
		}
	}
}

func TestATagOfAnAuditLogHoldsUntilSomethingHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{organizationLog + "?per_page=1&order=asc", enterpriseLog + "?phrase=action:team"} {
		tag := w.get(path, everything).Header.Get("Etag")
		again := func() int {
			return w.do(request{method: "GET", path: path, token: everything, header: http.Header{"If-None-Match": {tag}}}).Status
		}
		if got := again(); got != 304 {
			t.Errorf("%s: got %d, want 304", path, got)
		}
		w.expect("DELETE", "/orgs/octodemo/copilot/billing/selected_users", `{"selected_usernames":["octocat"]}`, 200)
		if got := again(); got != 200 {
			t.Errorf("%s, after a change: got %d, want 200", path, got)
		}
		w.expect("POST", "/orgs/octodemo/copilot/billing/selected_users", `{"selected_usernames":["octocat"]}`, 201)
	}
}

func TestEveryActionHasAnOperationTypeAndEveryEventANameOfItsOwn(t *testing.T) {
	t.Parallel()
	w := eventful(t)
	events := decode[[]map[string]any](t, w.get200(enterpriseLog+"?per_page=100&phrase=created:>2000-01-01", everything))
	names := map[any]bool{}
	for _, e := range events {
		name, _ := e["_document_id"].(string)
		if len(name) != 22 || names[name] {
			t.Errorf("the name %q is not 22 characters long, or not new", name)
		}
		names[name] = true
	}
	for _, action := range usher.Actions() {
		item := ghapi.AppendAuditEvent(nil, usher.AuditEvent{Event: usher.Event{Action: action}})
		kind := decode[map[string]any](t, string(item))["operation_type"]
		if !slices.Contains([]any{"create", "modify", "remove", "restore", "transfer"}, kind) {
			t.Errorf("operation_type of %v: got %v", action, kind)
		}
	}
}
