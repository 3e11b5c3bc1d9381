package ghapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/ghapi"
)

const (
	membersOfDemo     = "/orgs/octodemo/members"
	placesInDemo      = "/orgs/octodemo/memberships/"
	invitationsToDemo = "/orgs/octodemo/invitations"
	placesOfUser      = "/user/memberships/orgs"
	docsMembers       = docsRoot + "/orgs/members#"

	accepting = `{"state":"active"}`
	noMember  = "User does not exist or is not a member of the organization"
)

// bodiesOnPeople are what the changes of people need in their bodies.
func bodiesOnPeople() map[address]string {
	return map[address]string{
		{"POST", "/orgs/{org}/invitations"}:           `{"login":"newhire"}`,
		{"PUT", "/orgs/{org}/memberships/{username}"}: `{"role":"member"}`,
		{"PATCH", "/user/memberships/orgs/{org}"}:     accepting,
	}
}

// onNewhire is a route's pattern, with newhire for whom it changes: others are needed as
// they are.
func onNewhire(route ghapi.Route) string {
	if route.Method == "GET" || !strings.HasPrefix(route.Operation, "orgs/") {
		return route.Pattern
	}
	return strings.Replace(route.Pattern, "{username}", "newhire", 1)
}

// beforeChangeOfPeople makes of newhire what a change needs, so that it succeeds again.
func (w *world) beforeChangeOfPeople(r *request) {
	w.t.Helper()
	invited := func() string {
		w.t.Helper()
		w.do(request{method: "DELETE", path: placesInDemo + "newhire", token: everything})
		return w.ok(request{method: "POST", path: invitationsToDemo, token: everything, body: `{"login":"newhire"}`})
	}
	at, id, _ := strings.Cut(r.path, "/octodemo")
	switch {
	case r.method == "POST" && id == "/invitations":
		w.do(request{method: "DELETE", path: placesInDemo + "newhire", token: everything})
	case r.method == "DELETE" && strings.HasPrefix(id, "/invitations/"):
		r.path = fmt.Sprintf("%s/octodemo/invitations/%d", at, idIn(w.t, invited()))
	case r.method == "DELETE" && id == "/members/newhire":
		invited()
		w.ok(request{method: "PATCH", path: placesOfUser + "/octodemo", token: "ghp_newhire_org", body: accepting})
	}
}

// ok is the body of a call that must succeed.
func (w *world) ok(r request) string {
	w.t.Helper()
	got := w.do(r)
	if got.Status >= 300 {
		w.t.Fatalf("%s %s %s: got %d %s", r.method, r.path, r.body, got.Status, got.Body)
	}
	return got.Body
}

func idIn(t *testing.T, body string) int64 {
	t.Helper()
	return decode[struct{ ID int64 }](t, body).ID
}

// loginsOf are those of a list of people, organizations or invitations.
func loginsOf(t *testing.T, body string) string {
	t.Helper()
	var found []string
	for _, row := range decode[[]struct{ Login string }](t, body) {
		found = append(found, row.Login)
	}
	return strings.Join(found, " ")
}

// place is what a membership says.
type place struct {
	URL          string
	State, Role  string
	Organization struct{ Login string }
	User         struct{ Login string }
}

func (p place) String() string {
	return p.User.Login + " in " + p.Organization.Login + ": " + p.State + " " + p.Role
}

// places are those of a list, in its order.
func places(t *testing.T, body string) string {
	t.Helper()
	var found []string
	for _, p := range decode[[]place](t, body) {
		found = append(found, p.String())
	}
	return strings.Join(found, ", ")
}

func TestEveryBodyOnPeopleIsByteForByteItsGoldenFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(request{method: "PUT", path: placesInDemo + "outsider", token: "ghp_admin_org", body: `{"role":"admin"}`})
	for name, path := range map[string]string{
		"members":         membersOfDemo + "?per_page=2",
		"membership":      placesInDemo + "OCTOCAT",
		"membership-new":  "/organizations/9919/memberships/newhire",
		"invitations":     invitationsToDemo,
		"own-orgs":        "/user/orgs?per_page=2",
		"own-memberships": placesOfUser + "?per_page=1",
	} {
		got := w.get200(path, "ghp_admin_org")
		compact(t, got)
		golden(t, "people-"+name, got)
	}
	made := w.ok(request{method: "POST", path: "/api/v3/organizations/9919/invitations", token: "ghp_admin_org", body: `{"invitee_id":9,"team_ids":[1,4]}`})
	golden(t, "people-invitation-made", made)
	golden(t, "people-own-membership", w.ok(request{method: "PATCH", path: placesOfUser + "/OCTODEMO", token: "ghp_newhire_org", body: accepting}))
}

func TestMembersAreListedByRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const everybody = "octocat octokitten hubot defunkt Mojombo pjhyett kanako monalisa"
	const others = "octocat octokitten hubot defunkt Mojombo pjhyett kanako"
	for query, want := range map[string]string{
		"":                               everybody,
		"?role=all":                      everybody,
		"?role=boss":                     everybody,
		"?role=owner":                    everybody, // usher's own word is none of GitHub's
		"?filter=2fa_disabled":           everybody,
		"?filter=nonsense":               everybody,
		"?role=admin":                    "monalisa",
		"?role=member":                   others,
		"?role=member&per_page=3":        "octocat octokitten hubot",
		"?role=member&per_page=3&page=3": "kanako",
		"?page=2":                        "",
	} {
		for _, path := range []string{membersOfDemo, "/api/v3/organizations/9919/members"} {
			if got := loginsOf(t, w.get200(path+query, "ghp_read_org")); got != want {
				t.Errorf("%s%s: got %q, want %q", path, query, got, want)
			}
		}
	}
	const address = "<http://example.com/organizations/9919/members?role=member&per_page=3&page="
	want := address + `1>; rel="prev", ` + address + `3>; rel="next", ` + address + `3>; rel="last", ` + address + `1>; rel="first"`
	if got := w.get(membersOfDemo+"?role=member&per_page=3&page=2", "ghp_read_org").Header.Get("Link"); got != want {
		t.Errorf("Link: got %s, want %s", got, want)
	}
}

func TestWhoIsAMemberIsAnsweredWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for login, status := range map[string]int{"octocat": 204, "MOJOMBO": 204, "monalisa": 204, "newhire": 404, "outsider": 404, "nobody": 404} {
		got := w.get(membersOfDemo+"/"+login, "ghp_member_read_org")
		if got.Status != status {
			t.Errorf("%s: got %d %s, want %d", login, got.Status, got.Body, status)
		}
		if want := (refusal{404, noMember, docsMembers + "check-organization-membership-for-a-user"}); status == 404 && got.refusal(t) != want {
			t.Errorf("%s: got %v, want %v", login, got.refusal(t), want)
		}
		if got.Status == 204 && (got.Body != "" || got.Header.Get("Etag") != "") {
			t.Errorf("%s: a 204 with a body or a tag: %q %v", login, got.Body, got.Header)
		}
	}
}

func TestAMembershipIsShownWithGitHubsWordForTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for login, want := range map[string]string{
		"MonaLisa": "monalisa in OctoDemo: active admin",
		"octocat":  "octocat in OctoDemo: active member",
		"newhire":  "newhire in OctoDemo: pending member",
	} {
		got := decode[place](t, w.get200(placesInDemo+login, "ghp_member_read_org"))
		if got.String() != want || got.URL != "http://example.com/orgs/OctoDemo/memberships/"+strings.ToLower(login) {
			t.Errorf("%s: got %v at %s, want %s", login, got, got.URL, want)
		}
	}
	for _, login := range []string{"outsider", "nobody", "%20"} {
		if got := w.get(placesInDemo+login, "ghp_read_org"); got.Status != 404 {
			t.Errorf("%s: got %d %s, want 404", login, got.Status, got.Body)
		}
	}
}

func TestAMembershipIsSetAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := func(login, body, want string) {
		t.Helper()
		got := decode[place](t, w.ok(request{method: "PUT", path: placesInDemo + login, token: "ghp_admin_org", body: body}))
		if got.String() != want {
			t.Errorf("PUT %s %s: got %v, want %s", login, body, got, want)
		}
		if shown := decode[place](t, w.get200(placesInDemo+login, "ghp_read_org")); shown != got {
			t.Errorf("%s is shown as %v, and was answered as %v", login, shown, got)
		}
	}
	remove := func(path string, want int) {
		t.Helper()
		if got := w.do(request{method: "DELETE", path: path, token: "ghp_admin_org"}); got.Status != want || want == 204 && got.Body != "" {
			t.Errorf("DELETE %s: got %d %s, want %d", path, got.Status, got.Body, want)
		}
	}
	set("OUTSIDER", "", "outsider in OctoDemo: pending member")
	set("outsider", `{"role":"admin"}`, "outsider in OctoDemo: pending admin")
	set("outsider", `{}`, "outsider in OctoDemo: pending member") // the default, as if it were said
	set("octocat", `{"role":"admin"}`, "octocat in OctoDemo: active admin")
	set("octocat", `{"role":"member","role":"admin"}`, "octocat in OctoDemo: active admin")
	set("monalisa", `{"role":"member"}`, "monalisa in OctoDemo: active member") // octocat is left
	if got := w.do(request{method: "PUT", path: placesInDemo + "monalisa", token: "ghp_admin_org", body: `{"role":"admin"}`}); got.Status != 403 {
		t.Errorf("who is no owner any more: got %d %s, want 403", got.Status, got.Body)
	}

	w = newWorld(t)
	remove(membersOfDemo+"/newhire", 404) // not a member
	remove(membersOfDemo+"/outsider", 404)
	remove(membersOfDemo+"/nobody", 404)
	remove(placesInDemo+"outsider", 404)
	remove(placesInDemo+"nobody", 404)
	remove(placesInDemo+"newhire", 204) // withdraws the invitation
	remove(placesInDemo+"newhire", 404)
	remove(membersOfDemo+"/HUBOT", 204)
	remove(membersOfDemo+"/hubot", 404)
	remove(placesInDemo+"kanako", 204)
	if got, want := loginsOf(t, w.get200(membersOfDemo, "ghp_read_org")), "octocat octokitten defunkt Mojombo pjhyett monalisa"; got != want {
		t.Errorf("members: got %q, want %q", got, want)
	}
	if got := w.get200("/orgs/octodemo/teams/justice-league/members", "ghp_read_org"); strings.Contains(got, "hubot") {
		t.Errorf("hubot is still in a team: %s", got)
	}
	if got := w.seatShown("hubot"); got != "none" {
		t.Errorf("hubot still has a seat: %s", got)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const kept = "The organization OctoDemo must keep an owner: make somebody else one first."
	for _, c := range []struct {
		method, path, body string
		want               refusal
	}{
		{"PUT", placesInDemo + "monalisa", `{"role":"member"}`, refusal{422, kept, docsMembers + "set-organization-membership-for-a-user"}},
		{"DELETE", placesInDemo + "monalisa", "", refusal{403, kept, docsMembers + "remove-organization-membership-for-a-user"}},
		{"DELETE", membersOfDemo + "/monalisa", "", refusal{403, kept, docsMembers + "remove-an-organization-member"}},
	} {
		got := w.do(request{method: c.method, path: c.path, token: "ghp_admin_org", body: c.body})
		if got.refusal(t) != c.want {
			t.Errorf("%s %s: got %v, want %v", c.method, c.path, got.refusal(t), c.want)
		}
	}
	if got := decode[place](t, w.get200(placesInDemo+"monalisa", "ghp_read_org")); got.Role != "admin" {
		t.Errorf("monalisa: got %v, want an admin", got)
	}
}

// invitation is what the tests read of one.
type invitation struct {
	ID           int64
	Login        *string
	Email        *string
	Role         string
	Inviter      struct{ Login, Type string }
	Teams        int     `json:"team_count"`
	CreatedAt    string  `json:"created_at"`
	FailedAt     *string `json:"failed_at"`
	FailedReason *string `json:"failed_reason"`
}

func TestInvitationsAreMadeListedAndCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invite := func(token, body string) invitation {
		t.Helper()
		got := w.do(request{method: "POST", path: invitationsToDemo, token: token, body: body})
		if got.Status != 201 {
			t.Fatalf("POST %s: got %d %s, want 201", body, got.Status, got.Body)
		}
		return decode[invitation](t, got.Body)
	}
	list := func(query string) string {
		t.Helper()
		var found []string
		for _, i := range decode[[]invitation](t, w.get200(invitationsToDemo+query, "ghp_admin_org")) {
			found = append(found, fmt.Sprintf("%s as %s by %s with %d", *i.Login, i.Role, i.Inviter.Login, i.Teams))
			if i.Email != nil || i.FailedAt != nil || i.FailedReason != nil {
				t.Errorf("an invitation without an address that has not failed: got %+v", i)
			}
		}
		return strings.Join(found, ", ")
	}
	const seeded = "newhire as direct_member by OctoDemo with 0" // by nobody in particular
	if got := list(""); got != seeded {
		t.Errorf("at first: got %q, want %q", got, seeded)
	}
	first := invite("ghp_admin_org", `{"login":"OUTSIDER","role":"admin","email":"not@needed.example"}`)
	second := invite("ghs_members", `{"invitee_id":9,"team_ids":[5,1,5],"other":{"key":1}}`)
	if *first.Login != "outsider" || first.Role != "admin" || first.Inviter.Login != "monalisa" || first.CreatedAt != "2026-11-20T12:00:00Z" {
		t.Errorf("the first: got %+v", first)
	}
	if second.ID == first.ID || second.Role != "direct_member" || second.Teams != 2 || second.Inviter.Type != "Organization" {
		t.Errorf("the second: got %+v", second)
	}
	const byMona, byApp = "outsider as admin by monalisa with 0", "billing-betty as direct_member by OctoDemo with 2"
	for query, want := range map[string]string{
		"":                              seeded + ", " + byMona + ", " + byApp,
		"?role=all":                     seeded + ", " + byMona + ", " + byApp,
		"?role=member":                  seeded + ", " + byMona + ", " + byApp, // no role of invitations
		"?role=admin":                   byMona,
		"?role=direct_member":           seeded + ", " + byApp,
		"?role=billing_manager":         "",
		"?role=hiring_manager":          "",
		"?invitation_source=member":     seeded + ", " + byMona + ", " + byApp,
		"?invitation_source=scim":       "",
		"?invitation_source=nonsense":   seeded + ", " + byMona + ", " + byApp,
		"?per_page=1&page=2":            byMona,
		"?role=admin&per_page=1&page=2": "",
	} {
		if got := list(query); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if got, want := w.get(invitationsToDemo+"?per_page=2", "ghp_admin_org").Header.Get("Link"),
		`<http://example.com/organizations/9919/invitations?per_page=2&page=2>; rel="next", <http://example.com/organizations/9919/invitations?per_page=2&page=2>; rel="last"`; got != want {
		t.Errorf("Link: got %s, want %s", got, want)
	}
	for _, step := range []struct {
		path string
		want int
	}{
		{fmt.Sprintf("/orgs/octolabs/invitations/%d", first.ID), 404}, // another organization's
		{fmt.Sprintf("%s/%d", invitationsToDemo, first.ID), 204},
		{fmt.Sprintf("%s/%d", invitationsToDemo, first.ID), 404},
		{fmt.Sprintf("/organizations/9919/invitations/%d", second.ID), 204}, // as PyGithub has it
		{invitationsToDemo + "/0", 404},
		{invitationsToDemo + "/x", 404},
		{invitationsToDemo + "/99999999999999999999", 404},
	} {
		if got := w.do(request{method: "DELETE", path: step.path, token: "ghp_admin_org"}); got.Status != step.want {
			t.Errorf("DELETE %s: got %d %s, want %d", step.path, got.Status, got.Body, step.want)
		}
	}
	if got := list(""); got != seeded {
		t.Errorf("in the end: got %q, want %q", got, seeded)
	}
}

func TestTheTimeOfAListedInvitationIsInTheZoneOfTheTokensUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for token, want := range map[string]string{"ghp_admin_org": "2026-11-20T07:00:00.000-05:00", "ghs_members_read": "2026-11-20T12:00:00Z"} {
		if got := decode[[]invitation](t, w.get200(invitationsToDemo, token))[0].CreatedAt; got != want {
			t.Errorf("%s: got %s, want %s", token, got, want)
		}
	}
}

func TestWhoIsInvitedAccepts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(request{method: "POST", path: "/orgs/empty/invitations", token: "ghp_admin_org", body: `{"login":"newhire","role":"admin"}`})
	own := func(query string) string {
		t.Helper()
		return places(t, w.get200(placesOfUser+query, "ghp_newhire_org"))
	}
	accept := func(org, token string) answer {
		t.Helper()
		return w.do(request{method: "PATCH", path: placesOfUser + "/" + org, token: token, body: accepting})
	}
	const demo, empty, off = "newhire in OctoDemo: pending member", "newhire in empty: pending admin", "newhire in no-copilot: pending member"
	for query, want := range map[string]string{
		"":                          strings.Join([]string{demo, empty, off}, ", "),
		"?state=pending":            strings.Join([]string{demo, empty, off}, ", "),
		"?state=nonsense":           strings.Join([]string{demo, empty, off}, ", "),
		"?state=active":             "",
		"?per_page=2&page=2":        off,
		"?state=pending&per_page=1": demo,
	} {
		if got := own(query); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
	if got, want := w.get(placesOfUser+"?per_page=2&page=2", "ghp_newhire_org").Header.Get("Link"),
		`<http://example.com/user/memberships/orgs?per_page=2&page=1>; rel="prev", <http://example.com/user/memberships/orgs?per_page=2&page=1>; rel="first"`; got != want {
		t.Errorf("Link: got %s, want %s", got, want)
	}
	if got := w.get200("/user/orgs", "ghp_newhire_org"); got != "[]" {
		t.Errorf("organizations of who is only invited: got %s", got)
	}
	for _, org := range []string{"octolabs", "nobody-is-called-this", "9919", "octo-enterprise"} { // not invited, none, none by number, an enterprise
		if got := accept(org, "ghp_newhire_org").refusal(t); got != (refusal{404, "Not Found", docsMembers + "update-an-organization-membership-for-the-authenticated-user"}) {
			t.Errorf("accepting in %s: got %v, want 404", org, got)
		}
	}
	for range 2 { // the second time it is so already
		got := accept("OCTODEMO", "ghp_newhire_org")
		if got.Status != 200 || decode[place](t, got.Body).String() != "newhire in OctoDemo: active member" {
			t.Errorf("accepting: got %d %s", got.Status, got.Body)
		}
	}
	if got := w.seatShown("newhire"); got != "direct" {
		t.Errorf("the seat that was remembered: got %s, want a direct one", got)
	}
	if got := accept("empty", "ghp_newhire_org"); got.Status != 200 || decode[place](t, got.Body).Role != "admin" {
		t.Errorf("accepting as an owner: got %d %s", got.Status, got.Body)
	}
	if got, want := own("?state=active"), "newhire in OctoDemo: active member, newhire in empty: active admin"; got != want {
		t.Errorf("active: got %s, want %s", got, want)
	}
	if got, want := loginsOf(t, w.get200("/user/orgs", "ghp_newhire_org")), "OctoDemo empty"; got != want {
		t.Errorf("organizations: got %s, want %s", got, want)
	}
	if got := accept("octodemo", "ghp_admin_org"); got.Status != 200 || decode[place](t, got.Body).Role != "admin" {
		t.Errorf("who is a member already: got %d %s", got.Status, got.Body)
	}
}

func TestATokenWithPermissionsKnowsOnlyOfItsOwnOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got, want := places(t, w.get200(placesOfUser, "github_pat_newhire")), "newhire in OctoDemo: pending member"; got != want {
		t.Errorf("memberships: got %s, want %s", got, want)
	}
	if got, want := places(t, w.get200(placesOfUser, "ghu_members")), "monalisa in OctoDemo: active admin"; got != want {
		t.Errorf("memberships for an app's user: got %s, want %s", got, want)
	}
	accept := func(org, token string) int {
		return w.do(request{method: "PATCH", path: placesOfUser + "/" + org, token: token, body: accepting}).Status
	}
	if got := accept("no-copilot", "github_pat_newhire"); got != 404 {
		t.Errorf("accepting elsewhere: got %d, want 404", got)
	}
	if got := accept("octodemo", "github_pat_newhire"); got != 200 {
		t.Errorf("accepting: got %d, want 200", got)
	}
	if got := w.get("/user/orgs", "github_pat_newhire"); got.Status != 200 || got.Body != "[]" {
		t.Errorf("organizations for a fine-grained token: got %d %s, want none", got.Status, got.Body)
	}
}

// onPeople are the kinds of operation on people: reading, reading who is invited, changing;
// and on one's own places: organizations, memberships, accepting.
type onPeople struct{ Read, Invited, Change, Organizations, Own, Accept int }

func TestWhoMayAskAboutPeopleAndChangeThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for token, want := range map[string]onPeople{
		"ghp_read_org":         {200, 403, 403, 200, 200, 403},
		"ghp_write_org":        {200, 403, 403, 200, 200, 200},
		"ghp_admin_org":        {200, 200, 200, 200, 200, 200},
		"gho_admin_org":        {200, 200, 200, 200, 200, 200},
		"gho_read_org":         {200, 403, 403, 200, 200, 403},
		"ghp_user":             {403, 403, 403, 200, 200, 403},
		"ghp_billing":          {403, 403, 403, 403, 403, 403},
		"ghp_repo":             {403, 403, 403, 403, 403, 403},
		"ghp_no_scope":         {403, 403, 403, 403, 403, 403},
		"ghp_everything":       {200, 200, 200, 200, 200, 200},
		"ghp_member_read_org":  {200, 403, 403, 200, 200, 403},
		"ghp_member_admin_org": {200, 403, 403, 200, 200, 200}, // is no owner
		"ghp_newhire_org":      {404, 404, 404, 200, 200, 200}, // invited is not a member yet
		"ghp_outsider":         {404, 404, 404, 403, 403, 403},
		"ghp_expired":          {401, 401, 401, 401, 401, 401},
		"":                     {401, 401, 401, 401, 401, 401},
		"github_pat_members":   {200, 200, 200, 200, 200, 200},
		"github_pat_nothing":   {403, 403, 403, 200, 403, 403},
		"github_pat_octolabs":  {404, 404, 404, 200, 403, 403},
		"github_pat_newhire":   {404, 404, 404, 200, 200, 200},
		"ghu_members":          {200, 200, 200, 403, 200, 200},
		"ghu_nothing":          {403, 403, 403, 403, 403, 403},
		"ghs_members":          {200, 200, 200, 403, 403, 403}, // an installation is nobody
		"ghs_members_read":     {200, 200, 403, 403, 403, 403},
		"ghs_admin_write":      {403, 403, 403, 403, 403, 403},
		"ghs_octolabs":         {404, 404, 404, 403, 403, 403},
	} {
		status := func(method, path, body string) int {
			got := w.do(request{method: method, path: path, token: token, body: body}).Status
			if got == 204 {
				return 200
			}
			return got
		}
		got := onPeople{
			status("GET", membersOfDemo, ""), status("GET", invitationsToDemo, ""), status("PUT", placesInDemo+"pjhyett", ""),
			status("GET", "/user/orgs", ""), status("GET", placesOfUser, ""), status("PATCH", placesOfUser+"/OctoDemo", accepting),
		}
		if token == "ghp_newhire_org" || token == "github_pat_newhire" { // is a member now: back to the invitation
			w.ok(request{method: "DELETE", path: placesInDemo + "newhire", token: everything})
			w.ok(request{method: "PUT", path: placesInDemo + "newhire", token: everything})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", token, diff)
		}
		for _, read := range []string{membersOfDemo + "/octocat", placesInDemo + "octocat"} {
			if one := status("GET", read, ""); one != want.Read {
				t.Errorf("%q: GET %s: got %d, want %d", token, read, one, want.Read)
			}
		}
		if want.Change == 200 {
			continue // each of the other changes has a test of its own
		}
		for _, c := range [][3]string{
			{"POST", invitationsToDemo, `{"login":"outsider"}`},
			{"DELETE", invitationsToDemo + "/1", ""},
			{"DELETE", membersOfDemo + "/pjhyett", ""},
			{"DELETE", placesInDemo + "pjhyett", ""},
		} {
			if one := status(c[0], c[1], c[2]); one != want.Change {
				t.Errorf("%q: %s %s: got %d, want %d", token, c[0], c[1], one, want.Change)
			}
		}
	}
}

func TestARefusalOnPeopleSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		method, path, token string
		want                refusal
	}{
		{"GET", "/user/orgs", "ghp_repo", refusal{403, "This endpoint needs a token with one of these scopes: user, read:org. Yours has: repo, gist.", docsRoot + "/orgs/orgs#list-organizations-for-the-authenticated-user"}},
		{"GET", "/user/orgs", "ghs_members", refusal{403, "Resource not accessible by integration", docsRoot + "/orgs/orgs#list-organizations-for-the-authenticated-user"}},
		{"GET", placesOfUser, "github_pat_nothing", refusal{403, "Resource not accessible by personal access token", docsMembers + "list-organization-memberships-for-the-authenticated-user"}},
		{"PATCH", placesOfUser + "/octodemo", "ghp_read_org", refusal{403, "This endpoint needs a token with one of these scopes: write:org. Yours has: read:org.", docsMembers + "update-an-organization-membership-for-the-authenticated-user"}},
		{"PATCH", placesOfUser + "/octodemo", "ghs_members", refusal{403, "Resource not accessible by integration", docsMembers + "update-an-organization-membership-for-the-authenticated-user"}},
		{"GET", invitationsToDemo, "ghp_member_admin_org", refusal{403, "You must be an owner of the organization OctoDemo to use this endpoint.", docsMembers + "list-pending-organization-invitations"}},
		{"GET", invitationsToDemo, "ghp_member_read_org", refusal{403, "This endpoint needs a token with one of these scopes: admin:org. Yours has: read:org.", docsMembers + "list-pending-organization-invitations"}},
	} {
		if got := w.do(request{method: c.method, path: c.path, token: c.token}).refusal(t); got != c.want {
			t.Errorf("%s %s as %s: got %v, want %v", c.method, c.path, c.token, got, c.want)
		}
	}
	header := w.get("/user/orgs", "ghp_user").Header
	if got, want := header.Get("X-Accepted-OAuth-Scopes"), "admin:org, read:org, user, write:org"; got != want {
		t.Errorf("accepted scopes: got %s, want %s", got, want)
	}
	for path, want := range map[string]string{"/user/orgs": "allows_permissionless_access=true", placesOfUser: "members=read"} {
		if got := w.get(path, "github_pat_members").Header.Get("X-Accepted-GitHub-Permissions"); got != want {
			t.Errorf("%s: accepted permissions: got %s, want %s", path, got, want)
		}
	}
}

func TestABodyOnPeopleOfTheWrongFormIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown := func() string {
		return w.get200(membersOfDemo, "ghp_admin_org") + w.get200(invitationsToDemo, "ghp_admin_org") + w.get200(placesInDemo+"octocat", "ghp_admin_org")
	}
	before, seats := shown(), w.state()
	const (
		parsing  = "Problems parsing JSON"
		noObject = "Body should be a JSON object"
		nothing  = invalid + "For 'links/0/schema', nil is not an object."
	)
	put := request{method: "PUT", path: placesInDemo + "octocat", token: "ghp_admin_org"}
	post := request{method: "POST", path: invitationsToDemo, token: "ghp_admin_org"}
	patch := request{method: "PATCH", path: placesOfUser + "/octodemo", token: "ghp_newhire_org"}
	for _, c := range []struct {
		call    request
		body    string
		status  int
		message string
	}{
		{put, `{`, 400, parsing},
		{put, `[]`, 400, noObject},
		{put, `{"role":"owner"}`, 422, invalid + `"owner" is not a member of ["member", "admin"].`},
		{put, `{"role":"direct_member"}`, 422, invalid + `"direct_member" is not a member of ["member", "admin"].`},
		{put, `{"role":""}`, 422, invalid + `"" is not a member of ["member", "admin"].`},
		{put, `{"role":null}`, 422, invalid + `For 'properties/role', nil is not a string.`},
		{put, `{"role":["admin"]}`, 422, invalid + `For 'properties/role', ["admin"] is not a string.`},

		{post, ``, 422, nothing},
		{post, `{`, 400, parsing},
		{post, `"outsider"`, 400, noObject},
		{post, `{}`, 422, invalid + `"invitee_id" wasn't supplied, nor "login".`},
		{post, `{"role":"admin"}`, 422, invalid + `"invitee_id" wasn't supplied, nor "login".`},
		{post, `{"email":"o@example.com"}`, 422, "usher sends no mail and invites nobody by e-mail address: give invitee_id or login instead."},
		{post, `{"email":7}`, 422, invalid + `For 'properties/email', 7 is not a string.`},
		{post, `{"invitee_id":"8"}`, 422, invalid + `For 'properties/invitee_id', "8" is not an integer.`},
		{post, `{"invitee_id":8.0}`, 422, invalid + `For 'properties/invitee_id', 8.0 is not an integer.`},
		{post, `{"invitee_id":8e0}`, 422, invalid + `For 'properties/invitee_id', 8e0 is not an integer.`},
		{post, `{"invitee_id":null}`, 422, invalid + `For 'properties/invitee_id', nil is not an integer.`},
		{post, `{"invitee_id":true}`, 422, invalid + `For 'properties/invitee_id', true is not an integer.`},
		{post, `{"login":8}`, 422, invalid + `For 'properties/login', 8 is not a string.`},
		{post, `{"login":"outsider","invitee_id":8}`, 422, invalid + `"invitee_id" and "login" were both supplied: one of them says who is invited.`},
		{post, `{"login":"outsider","role":"member"}`, 422, invalid + `"member" is not a member of ["direct_member", "admin", "billing_manager", "reinstate"].`},
		{post, `{"login":"outsider","role":1}`, 422, invalid + `For 'properties/role', 1 is not a string.`},
		{post, `{"login":"outsider","role":"billing_manager"}`, 422, "usher does not have the role billing_manager in organizations: use direct_member or admin."},
		{post, `{"login":"outsider","role":"reinstate"}`, 422, "usher does not have the role reinstate in organizations: use direct_member or admin."},
		{post, `{"login":"outsider","team_ids":1}`, 422, invalid + `For 'properties/team_ids', 1 is not an array.`},
		{post, `{"login":"outsider","team_ids":null}`, 422, invalid + `For 'properties/team_ids', nil is not an array.`},
		{post, `{"login":"outsider","team_ids":[1,"2",null,3.5]}`, 422, invalid + "For 'items', \"2\" is not an integer.\nFor 'items', nil is not an integer.\nFor 'items', 3.5 is not an integer."},
		{post, `{"login":"outsider","team_ids":[1` + strings.Repeat(",1", 100) + `]}`, 422, invalid + `For 'properties/team_ids', there are too many items: at most 100 are allowed.`},
		{post, `{"login":"outsider","team_ids":[404]}`, 422, "Validation Failed"},
		{post, `{"login":"outsider","team_ids":[-1]}`, 422, "Validation Failed"},
		{post, `{"login":"nobody"}`, 422, "Validation Failed"},
		{post, `{"login":""}`, 422, "Validation Failed"},
		{post, `{"invitee_id":404}`, 422, "Validation Failed"},
		{post, `{"invitee_id":0}`, 422, "Validation Failed"},
		{post, `{"invitee_id":-8}`, 422, "Validation Failed"},
		{post, `{"login":"OCTOCAT"}`, 422, "Validation Failed"}, // a member
		{post, `{"invitee_id":7}`, 422, "Validation Failed"},    // invited

		{patch, ``, 422, nothing},
		{patch, `[]`, 400, noObject},
		{patch, `{}`, 422, invalid + `"state" wasn't supplied.`},
		{patch, `{"state":"pending"}`, 422, invalid + `"pending" is not a member of ["active"].`},
		{patch, `{"state":null}`, 422, invalid + `For 'properties/state', nil is not a string.`},
	} {
		c.call.body = c.body
		got := w.do(c.call)
		if e := got.envelope(t); got.Status != c.status || e.Message != c.message {
			t.Errorf("%s %.80s: got %d %q, want %d %q", c.call.method, c.body, got.Status, e.Message, c.status, c.message)
		}
	}
	for _, r := range []request{put, post, patch} {
		r.body = `{"login":"` + strings.Repeat("x", ghapi.MaxBodyBytes) + `"}`
		if got := w.do(r); got.Status != 413 {
			t.Errorf("%s with a body that is too large: got %d %.100s, want 413", r.method, got.Status, got.Body)
		}
	}
	if diff := cmp.Diff(before, shown()); diff != "" {
		t.Errorf("a refused call has changed something (-before +after):\n%s", diff)
	}
	w.unchanged(seats)
}

func TestAnInvitationOfAMemberIsRefusedInGitHubsEnvelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do(request{method: "POST", path: invitationsToDemo, token: "ghp_admin_org", body: `{"invitee_id":1}`})
	want := `{"message":"Validation Failed","errors":[{"resource":"OrganizationInvitation","code":"unprocessable","field":"data","message":"\"octocat\" is already a member of the organization, or invited to it."}],` +
		`"documentation_url":"` + docsMembers + `create-an-organization-invitation","status":"422"}`
	if got.Status != 422 || got.Body != want {
		t.Errorf("got %d %s, want %s", got.Status, got.Body, want)
	}
	unknown := w.do(request{method: "PUT", path: placesInDemo + "nobody", token: "ghp_admin_org"})
	if got := unknown.refusal(t); got != (refusal{404, "Not Found", docsMembers + "set-organization-membership-for-a-user"}) {
		t.Errorf("an unknown login: got %v, want 404", got)
	}
}

func TestTagsOfPeopleChangeWithThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t).configured(ghapi.Options{})
	readings := map[string]request{
		"members":     {path: membersOfDemo, token: "ghp_read_org"},
		"owners":      {path: membersOfDemo + "?role=admin", token: "ghp_read_org"},
		"newhire":     {path: placesInDemo + "newhire", token: "ghp_read_org"},
		"invitations": {path: invitationsToDemo, token: "ghp_admin_org"},
		"own":         {path: placesOfUser, token: "ghp_newhire_org"},
		"orgs":        {path: "/user/orgs", token: "ghp_newhire_org"},
		"elsewhere":   {path: "/orgs/octolabs/members", token: "ghp_read_org"},
		"mona's":      {path: placesOfUser, token: "ghp_read_org"},
	}
	tags, bodies := map[string]string{}, map[string]string{}
	look := func() {
		t.Helper()
		for name, r := range readings {
			tags[name], bodies[name] = w.tag(r), w.get200(r.path, r.token)
		}
	}
	for _, step := range []struct {
		name, changes string
		call          request
	}{
		{"an invitation of somebody else", "invitations", request{method: "POST", path: invitationsToDemo, token: "ghp_admin_org", body: `{"login":"outsider"}`}},
		{"another role for who is invited", "invitations newhire own", request{method: "PUT", path: placesInDemo + "newhire", token: "ghp_admin_org", body: `{"role":"admin"}`}},
		{"who is invited joins", "members owners invitations newhire own orgs", request{method: "PATCH", path: placesOfUser + "/octodemo", token: "ghp_newhire_org", body: accepting}},
		{"a member becomes an owner", "owners", request{method: "PUT", path: placesInDemo + "pjhyett", token: "ghp_admin_org", body: `{"role":"admin"}`}},
		{"a member leaves", "members owners", request{method: "DELETE", path: membersOfDemo + "/pjhyett", token: "ghp_admin_org"}},
		{"an invitation elsewhere", "own", request{method: "PUT", path: "/orgs/octolabs/memberships/newhire", token: "ghp_admin_org"}},
		{"a week", "own invitations", request{method: "POST", path: "/_usher/clock/advance", token: "ghp_admin_org", body: `{"by":"240h"}`}},
	} {
		look()
		w.ok(step.call)
		for name, r := range readings {
			got, now := w.since(tags[name], r), w.get(r.path, r.token)
			changed := now.Body != bodies[name]
			if changed != contains(step.changes, name) {
				t.Errorf("%s: %s changed: %t", step.name, name, changed)
			}
			if changed && got.Status == 304 {
				t.Errorf("%s: %s is 304, although it changed", step.name, name)
			}
			if name == "elsewhere" && got.Status != 304 && step.name != "an invitation elsewhere" && step.name != "a week" {
				t.Errorf("%s: %s is %d, although nothing happened there", step.name, name, got.Status)
			}
		}
	}
}
