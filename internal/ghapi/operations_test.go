package ghapi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// documentedStatuses are the statuses that the reference documents list for each
// operation.
var documentedStatuses = map[string][]int{
	"list the seats of an enterprise":    {200, 401, 403, 404, 500},
	"get the billing of an organization": {200, 401, 403, 404, 422, 500},
	"list the seats of an organization":  {200, 401, 403, 404, 500},
	"add teams":                          {201, 401, 403, 404, 422, 500},
	"remove teams":                       {200, 401, 403, 404, 422, 500},
	"add users":                          {201, 401, 403, 404, 422, 500},
	"remove users":                       {200, 401, 403, 404, 422, 500},
	"get the seat of a member":           {200, 401, 403, 404, 422, 500},

	"add teams to an enterprise":                 {201, 401, 403, 404, 422, 500},
	"remove teams from an enterprise":            {200, 401, 403, 404, 422, 500}, // and 202, which usher has no use for
	"add users to an enterprise":                 {201, 401, 403, 404, 422, 500},
	"remove users from an enterprise":            {200, 401, 403, 404, 422, 500},
	"get the seats of a member of an enterprise": {200, 401, 403, 404, 422, 500},
}

const (
	allMembersDocs = "https://docs.github.com/copilot/configuring-github-copilot/configuring-github-copilot-settings-in-your-organization#enabling-access-to-github-copilot-for-specific-users-in-your-organization"
	allMembers     = "Your organization has enabled Copilot access for all members. Enable access for selected members in order to manage seats via the API."
	notEnabled     = "Copilot Business is not enabled for this organization."
	paymentProblem = "There is a problem with your account's associated payment method."
	viaTeam        = "A user's seat cannot be cancelled because it was assigned to them via a team. Remove the user from the team, or the team from the subscription."
	noBilling      = "Billing has not been set up for this organization. Set up billing before you manage seats."
	noPolicy       = "A suggestions matching public code policy has not been set for this organization. Set the policy before you manage seats."
	accessDisabled = "Copilot access is disabled for this organization. Enable access for selected members in order to manage seats via the API."
	accessUnset    = "Copilot access is unconfigured for this organization. Enable access for selected members in order to manage seats via the API."
)

// stateCase is a call that the state of the account refuses.
type stateCase struct {
	path, body string
	want       refusal
}

// stateCases are the refusals of one operation that come from what the account is, and
// not from the caller or the form of the call.
func stateCases(o operation) []stateCase {
	switch {
	case o.enterprise:
		return enterpriseStateCases(o)
	case o.name == "get the billing of an organization":
		return []stateCase{
			{o.on("bad-card"), "", refusal{422, paymentProblem, o.docs}},
			{o.on("no-copilot"), "", refusal{404, notEnabled, o.docs}},
		}
	case o.name == "list the seats of an organization":
		return []stateCase{{o.on("no-copilot"), "", refusal{404, notEnabled, o.docs}}}
	case o.name == "get the seat of a member":
		return []stateCase{
			{"/orgs/octodemo/members/newhire/copilot", "", refusal{422, "The user newhire has a pending organization invitation.", o.docs}},
			{"/orgs/no-copilot/members/octocat/copilot", "", refusal{422, notEnabled, o.docs}},
			{"/orgs/no-copilot/members/newhire/copilot", "", refusal{422, notEnabled, o.docs}},
			{"/orgs/no-copilot/members/nobody/copilot", "", refusal{422, notEnabled, o.docs}},
			{"/orgs/octodemo/members/pjhyett/copilot", "", refusal{404, "Not Found", o.docs}},
			{"/orgs/octodemo/members/outsider/copilot", "", refusal{404, "Not Found", o.docs}},
			{"/orgs/octodemo/members/nobody/copilot", "", refusal{404, "Not Found", o.docs}},
			{"/orgs/switched-off/members/octocat/copilot", "", refusal{404, "Not Found", o.docs}},
		}
	}
	cases := []stateCase{
		{o.on("no-copilot"), o.body, refusal{422, notEnabled, o.docs}},
		{o.on("no-billing"), o.body, refusal{422, noBilling, o.docs}},
		{o.on("no-policy"), o.body, refusal{422, noPolicy, o.docs}},
		{o.on("octolabs"), o.body, refusal{422, allMembers, allMembersDocs}},
		{o.on("switched-off"), o.body, refusal{422, accessDisabled, o.docs}},
		{o.on("undecided"), o.body, refusal{422, accessUnset, o.docs}},
		{o.on("all-wrong"), o.body, refusal{422, noBilling, o.docs}},
		{o.on("half-wrong"), o.body, refusal{422, noPolicy, o.docs}},
	}
	if o.name == "remove users" {
		cases = append(cases, stateCase{o.on("octodemo"), `{"selected_usernames":["hubot"]}`, refusal{422, viaTeam, o.docs}})
	}
	return cases
}

// enterpriseStateCases have an enterprise for each state that refuses.
func enterpriseStateCases(o operation) []stateCase {
	of := func(text string) string { return strings.ReplaceAll(text, "organization", "enterprise") }
	on := func(slug string) string { return "/enterprises/" + slug + o.at }
	switch {
	case o.name == "list the seats of an enterprise":
		return nil
	case o.name == "get the seats of a member of an enterprise":
		return []stateCase{
			{on("ent-no-copilot"), "", refusal{422, of(notEnabled), o.docs}},
			{on("ent-off"), "", refusal{404, "Not Found", o.docs}},
			{"/enterprises/octo-enterprise/members/monalisa-x/copilot", "", refusal{404, "Not Found", o.docs}},
			{"/enterprises/octo-enterprise/members/newhire/copilot", "", refusal{404, "Not Found", o.docs}},
			{"/enterprises/octo-enterprise/members/outsider/copilot", "", refusal{404, "Not Found", o.docs}},
		}
	}
	return []stateCase{
		{on("ent-no-copilot"), o.body, refusal{422, of(notEnabled), o.docs}},
		{on("ent-no-billing"), o.body, refusal{422, of(noBilling), o.docs}},
		{on("ent-no-policy"), o.body, refusal{422, of(noPolicy), o.docs}},
		{on("ent-all"), o.body, refusal{422, of(allMembers), o.docs}},
		{on("ent-off"), o.body, refusal{422, of(accessDisabled), o.docs}},
		{on("ent-undecided"), o.body, refusal{422, of(accessUnset), o.docs}},
		{on("ent-all-wrong"), o.body, refusal{422, of(noBilling), o.docs}},
	}
}

func TestEveryDocumentedStatusOfEveryOperationIsReached(t *testing.T) {
	t.Parallel()
	for _, o := range operations() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.state()
			call := request{method: o.method, path: o.on("octodemo"), token: owner, body: o.body}
			reached := []int{o.success}
			refuse := func(call request, want refusal) {
				t.Helper()
				got := w.do(call)
				compact(t, got.Body)
				if diff := cmp.Diff(want, got.refusal(t)); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", call.method, call.path, diff)
				}
				if got.Header.Get("Link") != "" {
					t.Errorf("%s %s: an error with a Link: %s", call.method, call.path, got.Header.Get("Link"))
				}
				reached = append(reached, want.Status)
			}

			anonymous, powerless, lost := call, call, call
			anonymous.token, powerless.token = "", "ghp_repo"
			lost.path = o.on("nobody-is-called-this")
			if o.enterprise {
				lost.path = "/enterprises/nobody-is-called-this" + o.at
			}
			refuse(anonymous, refusal{401, "Requires authentication", docsRoot})
			refuse(lost, refusal{404, "Not Found", o.docs})
			for _, c := range stateCases(o) {
				refuse(request{method: o.method, path: c.path, token: owner, body: c.body}, c.want)
			}
			refuse(powerless, refusal{403, w.do(powerless).envelope(t).Message, o.docs}) // its texts are tested on their own
			// Finding the caller, the account, and the work itself: each can fail.
			for transaction := range 3 {
				w.store.failTransaction(transaction+1, errors.New("injected"))
				refuse(call, refusal{500, "Server Error", o.docs})
				w.store.failTransaction(0, nil)
			}
			w.unchanged(before)

			got := w.do(call)
			compact(t, got.Body)
			if got.Status != o.success {
				t.Errorf("got %d %s, want %d", got.Status, got.Body, o.success)
			}
			if o.answered != "" && got.Body != o.answered {
				t.Errorf("got %s, want %s", got.Body, o.answered)
			}
			slices.Sort(reached)
			if diff := cmp.Diff(documentedStatuses[o.name], slices.Compact(reached)); diff != "" {
				t.Errorf("the documented statuses against those reached (-documented +reached):\n%s", diff)
			}
		})
	}
}

func TestAStoreThatCannotServeNowIs503WithRetryAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	for _, o := range operations() {
		for transaction := range 3 {
			w.store.failTransaction(transaction+1, &usher.Error{Kind: usher.Unavailable, Message: "The database is busy.", Err: errors.New("injected: disk I/O")})
			got := w.do(request{method: o.method, path: o.on("octodemo"), token: owner, body: o.body})
			w.store.failTransaction(0, nil)
			if diff := cmp.Diff(refusal{503, "The database is busy.", o.docs}, got.refusal(t)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", o.name, diff)
			}
			if diff := cmp.Diff([]string{"1"}, got.Header.Values("Retry-After")); diff != "" {
				t.Errorf("%s: Retry-After (-want +got):\n%s", o.name, diff)
			}
		}
	}
	w.unchanged(before)
}

func TestAFailureInsideIsNotExplainedToTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.failTransaction(3, errors.New("table seats has no column secret"))
	got := w.get("/orgs/octodemo/copilot/billing", owner)
	want := `{"message":"Server Error","documentation_url":"` + docsOrg + `get-copilot-seat-information-and-settings-for-an-organization","status":"500"}`
	if got.Status != 500 || got.Body != want {
		t.Errorf("got %d %s, want 500 %s", got.Status, got.Body, want)
	}
	if got.Header.Get("Retry-After") != "" {
		t.Error("a 500 tells the client to try again")
	}
}

func TestEveryOperationAnswersTheSameAtEachOfItsRoots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, o := range operations() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			for _, token := range []string{owner, "ghp_repo", "ghp_outsider_repo"} {
				want := w.do(request{method: o.method, path: o.on("OctoDemo"), token: token, body: o.body})
				for _, root := range roots(o) {
					got := w.do(request{method: o.method, path: root + o.at, token: token, body: o.body})
					body := got.Body
					if strings.HasPrefix(root, "/api/v3") {
						body = withoutPrefix(body)
					}
					if got.Status != want.Status || body != want.Body {
						t.Errorf("%s as %s: got %d %s, want %d %s", root, token, got.Status, body, want.Status, want.Body)
					}
				}
			}
		})
	}
}

// withoutPrefix moves the addresses of a body from /api/v3 to the root.
func withoutPrefix(body string) string {
	return strings.ReplaceAll(body, "http://example.com/api/v3/", "http://example.com/")
}

// roots are the other ways to name the account of an operation.
func roots(o operation) []string {
	if o.enterprise {
		return []string{
			"/enterprises/Octo-Enterprise", "/enterprises/42",
			"/api/v3/enterprises/octo-enterprise", "/api/v3/enterprises/OCTO-ENTERPRISE", "/api/v3/enterprises/42",
		}
	}
	return []string{
		"/orgs/octodemo", "/orgs/OCTODEMO", "/organizations/9919",
		"/api/v3/orgs/OctoDemo", "/api/v3/orgs/octodemo", "/api/v3/organizations/9919",
	}
}

func TestAddressesInBodiesKeepTheBaseThatTheCallerUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/orgs/octodemo/copilot/billing/seats", "/enterprises/octo-enterprise/copilot/billing/seats", "/orgs/octodemo/members/hubot/copilot"} {
		plain, prefixed := w.get200(path, owner), w.get200("/api/v3"+path, owner)
		if strings.Contains(plain, "/api/v3/") {
			t.Errorf("%s: asked at / and sent to /api/v3: %s", path, plain)
		}
		if got, want := strings.Count(prefixed, `"url":"http://example.com/api/v3/`), strings.Count(plain, `"url":"http://example.com/`); got != want || got == 0 {
			t.Errorf("%s: %d of %d url fields stay under /api/v3", path, got, want)
		}
		if strings.Contains(prefixed, `"html_url":"http://example.com/api/v3`) {
			t.Errorf("%s: an html_url under /api/v3: %s", path, prefixed)
		}
	}
}

func TestRoutesAreTheDocumentedOperations(t *testing.T) {
	t.Parallel()
	var got []string
	for _, route := range ghapi.Routes() {
		got = append(got, route.Method+" "+route.Pattern)
	}
	slices.Sort(got)
	want := []string{
		"DELETE /enterprises/{enterprise}/copilot/billing/selected_enterprise_teams",
		"DELETE /enterprises/{enterprise}/copilot/billing/selected_users",
		"DELETE /enterprises/{enterprise}/teams/{enterprise-team}/memberships/{username}",
		"DELETE /enterprises/{enterprise}/teams/{enterprise-team}/organizations/{org}",
		"DELETE /enterprises/{enterprise}/teams/{team_slug}",
		"DELETE /orgs/{org}/copilot/billing/selected_teams",
		"DELETE /orgs/{org}/copilot/billing/selected_users",
		"DELETE /orgs/{org}/invitations/{invitation_id}",
		"DELETE /orgs/{org}/members/{username}",
		"DELETE /orgs/{org}/memberships/{username}",
		"DELETE /orgs/{org}/teams/{team_slug}",
		"DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}",
		"DELETE /teams/{team_id}/members/{username}",
		"DELETE /teams/{team_id}/memberships/{username}",
		"GET /",
		"GET /app/installations",
		"GET /enterprises/{enterprise}/audit-log",
		"GET /enterprises/{enterprise}/copilot/billing/seats",
		"GET /enterprises/{enterprise}/copilot/metrics/reports/enterprise-1-day",
		"GET /enterprises/{enterprise}/copilot/metrics/reports/enterprise-28-day/latest",
		"GET /enterprises/{enterprise}/copilot/metrics/reports/repos-1-day",
		"GET /enterprises/{enterprise}/copilot/metrics/reports/user-teams-1-day",
		"GET /enterprises/{enterprise}/copilot/metrics/reports/users-1-day",
		"GET /enterprises/{enterprise}/copilot/metrics/reports/users-28-day/latest",
		"GET /enterprises/{enterprise}/members/{username}/copilot",
		"GET /enterprises/{enterprise}/teams",
		"GET /enterprises/{enterprise}/teams/{enterprise-team}/memberships",
		"GET /enterprises/{enterprise}/teams/{enterprise-team}/memberships/{username}",
		"GET /enterprises/{enterprise}/teams/{enterprise-team}/organizations",
		"GET /enterprises/{enterprise}/teams/{enterprise-team}/organizations/{org}",
		"GET /enterprises/{enterprise}/teams/{team_slug}",
		"GET /meta",
		"GET /orgs/{org}",
		"GET /orgs/{org}/audit-log",
		"GET /orgs/{org}/copilot/billing",
		"GET /orgs/{org}/copilot/billing/seats",
		"GET /orgs/{org}/copilot/metrics/reports/organization-1-day",
		"GET /orgs/{org}/copilot/metrics/reports/organization-28-day/latest",
		"GET /orgs/{org}/copilot/metrics/reports/repos-1-day",
		"GET /orgs/{org}/copilot/metrics/reports/user-teams-1-day",
		"GET /orgs/{org}/copilot/metrics/reports/users-1-day",
		"GET /orgs/{org}/copilot/metrics/reports/users-28-day/latest",
		"GET /orgs/{org}/installation",
		"GET /orgs/{org}/invitations",
		"GET /orgs/{org}/members",
		"GET /orgs/{org}/members/{username}",
		"GET /orgs/{org}/members/{username}/copilot",
		"GET /orgs/{org}/memberships/{username}",
		"GET /orgs/{org}/teams",
		"GET /orgs/{org}/teams/{team_slug}",
		"GET /orgs/{org}/teams/{team_slug}/members",
		"GET /orgs/{org}/teams/{team_slug}/memberships/{username}",
		"GET /orgs/{org}/teams/{team_slug}/team-sync/group-mappings",
		"GET /orgs/{org}/teams/{team_slug}/teams",
		"GET /rate_limit",
		"GET /teams/{team_id}/memberships/{username}",
		"GET /user",
		"GET /user/memberships/orgs",
		"GET /user/orgs",
		"GET /users/{username}",
		"GET /versions",
		"GET /zen",
		"PATCH /enterprises/{enterprise}/teams/{team_slug}",
		"PATCH /orgs/{org}/teams/{team_slug}",
		"PATCH /user/memberships/orgs/{org}",
		"POST /app/installations/{installation_id}/access_tokens",
		"POST /enterprises/{enterprise}/copilot/billing/selected_enterprise_teams",
		"POST /enterprises/{enterprise}/copilot/billing/selected_users",
		"POST /enterprises/{enterprise}/teams",
		"POST /enterprises/{enterprise}/teams/{enterprise-team}/memberships/add",
		"POST /enterprises/{enterprise}/teams/{enterprise-team}/memberships/remove",
		"POST /enterprises/{enterprise}/teams/{enterprise-team}/organizations/add",
		"POST /enterprises/{enterprise}/teams/{enterprise-team}/organizations/remove",
		"POST /orgs/{org}/copilot/billing/selected_teams",
		"POST /orgs/{org}/copilot/billing/selected_users",
		"POST /orgs/{org}/invitations",
		"POST /orgs/{org}/teams",
		"PUT /enterprises/{enterprise}/teams/{enterprise-team}/memberships/{username}",
		"PUT /enterprises/{enterprise}/teams/{enterprise-team}/organizations/{org}",
		"PUT /orgs/{org}/memberships/{username}",
		"PUT /orgs/{org}/teams/{team_slug}/memberships/{username}",
		"PUT /teams/{team_id}/memberships/{username}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestEveryAnswerHasARequestIDOfItsOwnAndItsExactLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := map[string]bool{}
	for _, o := range operations() {
		for _, token := range []string{owner, "ghp_repo", ""} {
			got := w.do(request{method: o.method, path: o.on("octodemo"), token: token, body: o.body})
			id := got.Header.Get("X-GitHub-Request-Id")
			if !requestID.MatchString(id) || seen[id] {
				t.Errorf("%s: request id %q is malformed or not new", o.name, id)
			}
			seen[id] = true
			if got.Header.Get("Content-Length") != statusText(len(got.Body)) {
				t.Errorf("%s: Content-Length %s, body of %d", o.name, got.Header.Get("Content-Length"), len(got.Body))
			}
			if ct := got.Header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
				t.Errorf("%s: Content-Type %s", o.name, ct)
			}
		}
	}
}
