package ghapi_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	membershipsOfJustice = "/orgs/octodemo/teams/justice-league/memberships/"
	docsTeamMembers      = docsRoot + "/teams/members#"
)

// seatShown is what the member GET shows of how a person is held.
func (w *world) seatShown(login string) string {
	w.t.Helper()
	got := w.get("/orgs/octodemo/members/"+login+"/copilot", owner)
	switch {
	case got.Status == http.StatusNotFound:
		return "none"
	case got.Status != http.StatusOK:
		w.t.Fatalf("the seat of %s: got %d %s", login, got.Status, got.Body)
	}
	how := "direct"
	for _, team := range []string{"justice-league", "avengers", "night-shift"} {
		if strings.Contains(got.Body, `"assigning_team":`) && strings.Contains(got.Body, `"slug":"`+team+`"`) {
			how = team
		}
	}
	if !strings.Contains(got.Body, `"pending_cancellation_date":null`) {
		how += ", pending"
	}
	return how
}

func TestATeamMembershipIsShownAsGitHubDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for login, role := range map[string]string{
		"octocat":  "member",
		"DEFUNKT":  "member",     // of the child team
		"monalisa": "maintainer", // an owner
	} {
		want := `{"url":"http://example.com/organizations/9919/team/1/memberships/` + strings.ToLower(login) + `","role":"` + role + `","state":"active"}`
		for _, path := range []string{membershipsOfJustice, "/orgs/OctoDemo/teams/JUSTICE-LEAGUE/memberships/", "/organizations/9919/team/1/memberships/"} {
			got := w.get(path+login, "ghp_read_org")
			if got.Status != 200 || got.Body != want {
				t.Errorf("GET %s: got %d %s, want %s", path+login, got.Status, got.Body, want)
			}
		}
	}
	notFound := refusal{404, "Not Found", docsTeamMembers + "get-team-membership-for-a-user"}
	for _, path := range []string{
		membershipsOfJustice + "pjhyett", membershipsOfJustice + "nobody", "/orgs/octodemo/teams/nothing/memberships/octocat",
		"/orgs/octolabs/teams/justice-league/memberships/octocat", "/organizations/9919/team/404/memberships/octocat", "/organizations/9919/team/x/memberships/octocat",
		"/orgs/octodemo/teams/1/memberships/octocat", "/orgs/octodemo/teams/Justice%20League/memberships/octocat",
	} {
		if got := w.get(path, "ghp_read_org").refusal(t); got != notFound {
			t.Errorf("GET %s: got %v, want %v", path, got, notFound)
		}
	}
}

func TestWhoJoinsAndLeavesATeamHasTheSeatThatFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(method, path, body string, want int) {
		t.Helper()
		if got := w.do(request{method: method, path: path, token: "ghp_admin_org", body: body}); got.Status != want {
			t.Fatalf("%s %s %s: got %d %s, want %d", method, path, body, got.Status, got.Body, want)
		}
	}
	seat := func(login, want string) {
		t.Helper()
		if got := w.seatShown(login); got != want {
			t.Errorf("the seat of %s: got %s, want %s", login, got, want)
		}
	}
	seat("pjhyett", "none")
	change("PUT", membershipsOfJustice+"pjhyett", "", 200)
	seat("pjhyett", "justice-league")
	change("PUT", membershipsOfJustice+"PJHYETT", `{"role":"maintainer"}`, 200)
	if got := w.get200(membershipsOfJustice+"pjhyett", "ghp_read_org"); !strings.Contains(got, `"role":"maintainer"`) {
		t.Errorf("the new role: got %s", got)
	}
	change("DELETE", "/api/v3/organizations/9919/team/1/memberships/pjhyett", "", 204)
	seat("pjhyett", "justice-league, pending")
	change("PUT", "/organizations/9919/team/1/memberships/pjhyett", `{}`, 200)
	change("PUT", "/organizations/9919/team/1/memberships/pjhyett", " null\n", 200) // as go-github sends no options
	seat("pjhyett", "justice-league")

	change("PUT", membershipsOfJustice+"octokitten", `{"role":"member"}`, 200) // hers was pending
	seat("octokitten", "justice-league")
	change("DELETE", membershipsOfJustice+"octocat", "", 204) // has a grant by name
	seat("octocat", "direct")
	change("PUT", "/orgs/octodemo/teams/avengers/memberships/mojombo", "", 200) // not granted
	seat("mojombo", "none")
	change("DELETE", "/orgs/octodemo/teams/sidekicks/memberships/defunkt", "", 204)
	seat("defunkt", "justice-league, pending")
	change("PUT", "/orgs/no-copilot/teams/nothing/memberships/octocat", "", 404)
}

func TestAChangeOfWhoIsInATeamThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	const put, remove = docsTeamMembers + "add-or-update-team-membership-for-a-user", docsTeamMembers + "remove-team-membership-for-a-user"
	for _, c := range []struct {
		method, path, token, body string
		want                      refusal
	}{
		{"PUT", membershipsOfJustice + "pjhyett", "ghp_read_org", "", refusal{403, "This endpoint needs a token with one of these scopes: admin:org. Yours has: read:org.", put}},
		{"PUT", membershipsOfJustice + "pjhyett", "ghp_admin_org", `{"role":"boss"}`, refusal{422, "Invalid request.\n\n\"boss\" is not a member of [\"member\", \"maintainer\"].", put}},
		{"PUT", membershipsOfJustice + "pjhyett", "ghp_admin_org", `{"role":null}`, refusal{422, "Invalid request.\n\nFor 'properties/role', nil is not a string.", put}},
		{"PUT", membershipsOfJustice + "pjhyett", "ghp_admin_org", `[]`, refusal{400, "Body should be a JSON object", put}},
		{"PUT", membershipsOfJustice + "pjhyett", "ghp_admin_org", `{`, refusal{400, "Problems parsing JSON", put}},
		{"PUT", "/orgs/octodemo/teams/avengers/memberships/outsider", "ghp_member_admin_org", "", refusal{403, "You must be an owner of the organization OctoDemo or a maintainer of the team avengers to use this endpoint.", put}},
		{"PUT", "/orgs/octodemo/teams/avengers/memberships/newhire", "ghp_member_admin_org", "", refusal{403, "You must be an owner of the organization OctoDemo or a maintainer of the team avengers to use this endpoint.", put}},
		{"PUT", membershipsOfJustice + "nobody", "ghp_admin_org", "", refusal{404, "Not Found", put}},
		{"PUT", "/orgs/octodemo/teams/nothing/memberships/pjhyett", "ghp_admin_org", "", refusal{404, "Not Found", put}},
		{"PUT", membershipsOfJustice + "pjhyett", "ghp_outsider", "", refusal{404, "Not Found", put}},
		{"PUT", membershipsOfJustice + "pjhyett", "", "", refusal{401, "Requires authentication", docsRoot}},
		{"DELETE", membershipsOfJustice + "pjhyett", "ghp_admin_org", "", refusal{404, "Not Found", remove}},
		{"DELETE", membershipsOfJustice + "defunkt", "ghp_admin_org", "", refusal{404, "Not Found", remove}}, // of the child team
		{"DELETE", membershipsOfJustice + "octocat", "ghp_read_org", "", refusal{403, "This endpoint needs a token with one of these scopes: admin:org. Yours has: read:org.", remove}},
	} {
		got := w.do(request{method: c.method, path: c.path, token: c.token, body: c.body}).refusal(t)
		if got != c.want {
			t.Errorf("%s %s %s as %s: got %v, want %v", c.method, c.path, c.body, c.token, got, c.want)
		}
	}
	w.unchanged(before)
}

func TestTeamsAreListedAndShownToWhoMayKnowOfThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, path := range map[string]string{
		"teams":          "/orgs/octodemo/teams",
		"team":           "/orgs/octodemo/teams/justice-league",
		"team-child":     "/organizations/9919/team/2",
		"team-children":  "/orgs/octodemo/teams/justice-league/teams",
		"team-people":    "/orgs/octodemo/teams/justice-league/members",
		"team-no-people": "/orgs/octodemo/teams/groesse/members?role=maintainer",
	} {
		got := w.get200(path, "ghp_read_org")
		compact(t, got)
		golden(t, name, got)
	}
	slugs := func(path, token string) string {
		t.Helper()
		var found []string
		for _, part := range strings.Split(w.get200(path, token), `"slug":"`)[1:] {
			slug, _, _ := strings.Cut(part, `"`)
			found = append(found, slug)
		}
		return strings.Join(found, " ")
	}
	// Each team's parent stands behind it.
	const closed = "justice-league sidekicks justice-league avengers groesse"
	for _, c := range []struct{ path, token, want string }{
		{"/orgs/octodemo/teams", "ghp_read_org", closed + " night-shift groesse"},
		{"/orgs/octodemo/teams", "ghp_member_read_org", closed},
		{"/orgs/octodemo/teams", "ghs_members_read", closed + " night-shift groesse"},
		{"/orgs/octodemo/teams?team_type=enterprise", "ghp_read_org", ""},
		{"/orgs/octodemo/teams?team_type=organization&per_page=1&page=2", "ghp_read_org", "sidekicks justice-league"},
		{"/orgs/octodemo/teams/groesse/teams", "ghp_read_org", "night-shift groesse"},
		{"/orgs/octodemo/teams/groesse/teams", "ghp_member_read_org", ""},
		{"/orgs/octolabs/teams", "ghp_read_org", ""},
	} {
		if got := slugs(c.path, c.token); got != c.want {
			t.Errorf("%s as %s: got %q, want %q", c.path, c.token, got, c.want)
		}
	}
	if got, want := w.get("/orgs/octodemo/teams?per_page=2&page=2", "ghp_read_org").Header.Get("Link"),
		`<http://example.com/organizations/9919/teams?per_page=2&page=1>; rel="prev", <http://example.com/organizations/9919/teams?per_page=2&page=3>; rel="next", <http://example.com/organizations/9919/teams?per_page=2&page=3>; rel="last", <http://example.com/organizations/9919/teams?per_page=2&page=1>; rel="first"`; got != want {
		t.Errorf("Link: got %s, want %s", got, want)
	}
}

func TestPeopleOfATeamHaveTheirRoleAndWhetherTheyInheritIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := func(query string) string {
		t.Helper()
		var found []string
		for _, part := range strings.Split(w.get200("/orgs/octodemo/teams/justice-league/members"+query, "ghp_read_org"), `{"login":"`)[1:] {
			login, rest, _ := strings.Cut(part, `"`)
			_, how, _ := strings.Cut(rest, `"role":"`)
			how, _, _ = strings.Cut(how, `}`)
			found = append(found, login+" "+strings.Replace(how, `","inherited":`, " ", 1))
		}
		return strings.Join(found, ", ")
	}
	const octocat, hubot, defunkt, monalisa = "octocat member false", "hubot member false", "defunkt member true", "monalisa maintainer false"
	for query, want := range map[string]string{
		"":                         strings.Join([]string{octocat, hubot, defunkt, monalisa}, ", "),
		"?role=all":                strings.Join([]string{octocat, hubot, defunkt, monalisa}, ", "),
		"?role=nonsense":           strings.Join([]string{octocat, hubot, defunkt, monalisa}, ", "),
		"?role=member":             strings.Join([]string{octocat, hubot, defunkt}, ", "),
		"?role=maintainer":         monalisa,
		"?role=member&per_page=1":  octocat,
		"?per_page=3&page=2":       monalisa,
		"?per_page=3&page=3":       "",
		"?role=maintainer&page=99": "",
	} {
		if got := people(query); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

func TestATeamThatIsNotToBeKnownIsNotFoundAndNoneIsExternallyManaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, team := range []string{"/orgs/octodemo/teams/night-shift", "/organizations/9919/team/5", "/orgs/octodemo/teams/nothing"} {
		for _, path := range []string{"", "/members", "/teams", "/memberships/kanako", "/team-sync/group-mappings"} {
			if got := w.get(team+path, "ghp_member_read_org"); got.Status != 404 {
				t.Errorf("GET %s: got %d %.200s, want 404", team+path, got.Status, got.Body)
			}
		}
	}
	want := refusal{403, "This team is not externally managed", "https://docs.github.com/enterprise-cloud@latest/rest/teams/team-sync#list-idp-groups-for-a-team"}
	if got := w.get("/orgs/octodemo/teams/justice-league/team-sync/group-mappings", "ghp_read_org").refusal(t); got != want {
		t.Errorf("group mappings: got %v, want %v", got, want)
	}
}
