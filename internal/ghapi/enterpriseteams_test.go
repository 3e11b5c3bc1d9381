package ghapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/ghapi"
)

const (
	enterpriseTeams = "/enterprises/octo-enterprise/teams"
	platform        = enterpriseTeams + "/ent:platform"

	docsEnterpriseTeams         = docsRoot + "/enterprise-teams/enterprise-teams#"
	docsEnterpriseTeamMembers   = docsRoot + "/enterprise-teams/enterprise-team-members#"
	docsEnterpriseOrganizations = docsRoot + "/enterprise-teams/enterprise-team-organizations#"
)

// expect makes a call with all scopes, which must have this status.
func (w *world) expect(method, path, body string, want int) answer {
	w.t.Helper()
	got := w.do(request{method: method, path: path, token: everything, body: body})
	if got.Status != want {
		w.t.Fatalf("%s %s %s: got %d %.300s, want %d", method, path, body, got.Status, got.Body, want)
	}
	return got
}

// values are those of a key, wherever it stands in a body.
func values(body, key string) string {
	var found []string
	for _, part := range strings.Split(body, `"`+key+`":"`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		found = append(found, value)
	}
	return strings.Join(found, " ")
}

// rowsOfTeam are who has a row through an enterprise team, pending ones with a !.
func (w *world) rowsOfTeam(slug string) string {
	w.t.Helper()
	var found []string
	for _, raw := range decode[list](w.t, w.get200("/enterprises/octo-enterprise/copilot/billing/seats?per_page=100", owner)).Seats {
		if !strings.Contains(string(raw), `"slug":"`+slug+`"`) {
			continue
		}
		login := decode[row](w.t, string(raw)).Assignee.Login
		if !strings.Contains(string(raw), `"pending_cancellation_date":null`) {
			login += "!"
		}
		found = append(found, login)
	}
	return strings.Join(found, " ")
}

func TestEnterpriseTeamsAreShownAsInTheirGoldenFiles(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t)
	for name, path := range map[string]string{
		"enterprise-teams":              enterpriseTeams,
		"enterprise-team":               platform,
		"enterprise-team-people":        platform + "/memberships",
		"enterprise-team-person":        platform + "/memberships/HUBOT",
		"enterprise-team-organizations": platform + "/organizations",
		"enterprise-team-organization":  platform + "/organizations/OCTODEMO",
	} {
		got := w.get200(path, "ghp_read_enterprise")
		compact(t, got)
		golden(t, name, got)
	}
	if got := w.get200(enterpriseTeams+"/robots/organizations", "ghp_read_enterprise"); got != "[]" {
		t.Errorf("a team of no organizations: got %s", got)
	}
	w.expect("PATCH", enterpriseTeams+"/robots", `{"organization_selection_type":"all"}`, 200)
	got := w.get200(enterpriseTeams+"/robots/organizations", "ghp_read_enterprise")
	if logins := values(got, "login"); logins != "OctoDemo octolabs" {
		t.Errorf("a team of all organizations: got %s", logins)
	}
}

func TestAnEnterpriseTeamIsNamedBySlugOrNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := w.get200(platform, everything)
	for _, path := range []string{
		enterpriseTeams + "/platform", enterpriseTeams + "/PLATFORM", enterpriseTeams + "/ENT:Platform", enterpriseTeams + "/ent%3Aplatform",
		"/enterprises/42/teams/ent:platform", "/enterprises/OCTO-ENTERPRISE/teams/1",
	} {
		if got := w.get200(path, everything); got != want {
			t.Errorf("GET %s: got %s, want %s", path, got, want)
		}
	}
	if got := withoutPrefix(w.get200("/api/v3"+platform, everything)); got != want {
		t.Errorf("under /api/v3: got %s, want %s", got, want)
	}
	for _, name := range []string{"nothing", "ent:nothing", "ent:1", "ent:", "404", "justice-league", "Plattform%20&%20%3CB%C3%BCro%3E", "ent:ent:platform"} {
		for _, below := range []string{"", "/memberships", "/memberships/octocat", "/organizations", "/organizations/octodemo"} {
			if got := w.get(enterpriseTeams+"/"+name+below, everything); got.Status != 404 {
				t.Errorf("GET %s: got %d %.200s, want 404", name+below, got.Status, got.Body)
			}
		}
	}
}

func TestAnEnterpriseTeamIsCreatedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	created := w.expect("POST", enterpriseTeams, `{"name":"My TEam & <Co>","description":null,"group_id":null,"sync_to_organizations":"all","extra":1}`, 201).Body
	compact(t, created)
	golden(t, "enterprise-team-created", created)
	changed := w.expect("PATCH", enterpriseTeams+"/ent:my-team-co",
		`{"name":"Größe","description":"A great team.","notification_setting":"notifications_disabled","organization_selection_type":"selected","group_id":null}`, 200).Body
	golden(t, "enterprise-team-changed", changed)
	path := enterpriseTeams + "/ent:gr%C3%B6%C3%9Fe"
	if got := w.get200(path, "gho_betty"); got != changed {
		t.Errorf("after the change: got %s, want %s", got, changed)
	}
	same := w.expect("PATCH", path, `{"name":null}`, 200).Body
	if same != changed {
		t.Errorf("a name that is null: got %s, want %s", same, changed)
	}
	if got := w.expect("PATCH", path, `{"description":null}`, 200).Body; !strings.Contains(got, `"description":"",`) {
		t.Errorf("a description that is null: got %s", got)
	}
	if got := w.expect("PATCH", platform, `{"name":" Plattform & <Büro> "}`, 200).Body; got != w.get200(platform, everything) {
		t.Errorf("a name that is repeated, by a client that always sends it: got %s, want the slug of before", got)
	}
	w.expect("DELETE", path, "", 204)
	w.expect("DELETE", path, "", 404)
	w.expect("GET", path, "", 404)
	if got := values(w.get200(enterpriseTeams, everything), "slug"); got != "ent:platform ent:robots" {
		t.Errorf("the teams that are left: %s", got)
	}
}

func TestWhoIsInAnEnterpriseTeamHasTheSeatThatFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seats := func(want string) {
		t.Helper()
		if got := w.rowsOfTeam("ent:platform"); got != want {
			t.Errorf("rows through the team: got %s, want %s", got, want)
		}
	}
	seats("octocat hubot")
	one := w.expect("PUT", platform+"/memberships/PJHYETT", "", 201).Body
	if again := w.expect("PUT", platform+"/memberships/pjhyett", "", 201).Body; again != one || again != w.get200(platform+"/memberships/pjhyett", everything) {
		t.Errorf("put in, and again: got %s and %s", one, again)
	}
	seats("octocat hubot pjhyett")
	added := w.expect("POST", platform+"/memberships/add", `{"usernames":["kanako","Octocat","KANAKO","entboss","billing-betty"]}`, 200).Body
	if got := values(added, "login"); got != "kanako octocat entboss billing-betty" {
		t.Errorf("added: got %s", got)
	}
	seats("octocat hubot pjhyett kanako entboss billing-betty")
	removed := w.expect("POST", platform+"/memberships/remove", `{"usernames":["kanako","octocat","kanako"]}`, 200).Body
	if got := values(removed, "login"); got != "kanako octocat" {
		t.Errorf("removed: got %s", got)
	}
	w.expect("DELETE", platform+"/memberships/hubot", "", 204)
	w.expect("DELETE", platform+"/memberships/hubot", "", 404)
	seats("octocat! hubot! pjhyett kanako! entboss billing-betty")
	if got := values(w.get200(platform+"/memberships", everything), "login"); got != "pjhyett billing-betty entboss" {
		t.Errorf("who is in it: got %s", got)
	}
	for _, list := range []string{"/memberships/add", "/memberships/remove"} {
		if got := w.expect("POST", platform+list, `{"usernames":[]}`, 200).Body; got != "[]" {
			t.Errorf("%s of nobody: got %s", list, got)
		}
	}
	w.expect("DELETE", platform, "", 204)
	if all := w.get200("/enterprises/octo-enterprise/copilot/billing/seats", owner); strings.Contains(all, "ent:platform") || !strings.Contains(all, `"pending_cancellation_date":"2026-12-01"`) {
		t.Errorf("rows of a deleted team: got %s", all)
	}
}

// People and organizations may be called as operations are.
func TestAddAndRemoveAreNamesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(`
users: [{login: boss}, {login: add}]
enterprises: [{slug: octo-enterprise, owners: [boss], teams: [{name: Platform, members: [add]}]}]
organizations: [{login: remove, enterprise: octo-enterprise, owners: [add]}]
tokens: [{token: ` + everything + `, kind: classic, user: boss, scopes: [admin:enterprise]}]
`)
	w.expect("GET", platform+"/memberships/add", "", 200)
	w.expect("DELETE", platform+"/memberships/add", "", 204)
	w.expect("PUT", platform+"/memberships/add", "", 201)
	w.expect("PATCH", platform+"/memberships/add", "", 404)
	w.expect("PATCH", platform, `{"organization_selection_type":"selected"}`, 200)
	w.expect("PUT", platform+"/organizations/remove", "", 201)
	w.expect("DELETE", platform+"/organizations/remove", "", 204)
	if got := w.do(request{method: "PATCH", path: platform + "/organizations/add"}).refusal(t); got.Status != 401 {
		t.Errorf("a method that there is not, without a token: got %v, want 401", got)
	}
}

func TestAnEnterpriseTeamsOrganizationsAreAssignedAndTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	is := func(want string) {
		t.Helper()
		if got := values(w.get200(platform+"/organizations", everything), "login"); got != want {
			t.Errorf("organizations: got %s, want %s", got, want)
		}
	}
	not := refusal{422, "The team platform is not assigned to selected organizations: its organization_selection_type is disabled. Set it to selected first.", docsEnterpriseOrganizations + "add-an-organization-assignment"}
	if got := w.expect("PUT", platform+"/organizations/octodemo", "", 422).refusal(t); got != not {
		t.Errorf("a team of no organizations: got %v, want %v", got, not)
	}
	is("")
	w.expect("PATCH", platform, `{"organization_selection_type":"selected"}`, 200)
	added := w.expect("POST", platform+"/organizations/add", `{"organization_slugs":["OctoLabs","octodemo","OCTODEMO"]}`, 200).Body
	if got := values(added, "login"); got != "octolabs OctoDemo" {
		t.Errorf("added: got %s", got)
	}
	is("OctoDemo octolabs")
	one := w.expect("PUT", platform+"/organizations/OCTODEMO", "", 201).Body
	if one != w.get200(platform+"/organizations/octodemo", everything) {
		t.Errorf("one, put again: got %s", one)
	}
	w.expect("DELETE", platform+"/organizations/octodemo", "", 204)
	w.expect("DELETE", platform+"/organizations/octodemo", "", 404)
	w.expect("GET", platform+"/organizations/octodemo", "", 404)
	is("octolabs")
	w.expect("POST", platform+"/organizations/remove", `{"organization_slugs":["octolabs"]}`, 204)
	w.expect("POST", platform+"/organizations/remove", `{"organization_slugs":[]}`, 204)
	is("")
}

func TestAListOfAnEnterpriseTeamHasPagesThatTheSlugsLeadTo(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t)
	w.expect("PUT", platform+"/organizations/octolabs", "", 201)
	for path, want := range map[string]string{enterpriseTeams: "ent:robots", platform + "/memberships": "hubot", platform + "/organizations": "octolabs"} {
		key := "login"
		if path == enterpriseTeams {
			key = "slug"
		}
		asked := strings.Replace(strings.Replace(path, "octo-enterprise", "42", 1), "ent:", "", 1)
		got := w.get(asked+"?page=2&per_page=1", everything)
		link := `<http://example.com` + path + `?page=1&per_page=1>; rel="prev", <http://example.com` + path + `?page=1&per_page=1>; rel="first"`
		if values(got.Body, key) != want || got.Header.Get("Link") != link {
			t.Errorf("%s: got %s with the links %s; want %s with %s", path, got.Body, got.Header.Get("Link"), want, link)
		}
		if got := w.get(asked+"?page=x&per_page=0", everything); got.Status != 200 || got.Header.Get("Link") != "" {
			t.Errorf("%s with a query that is none: got %d, links %s", path, got.Status, got.Header.Get("Link"))
		}
		if got := w.get200(asked+"?page=9", everything); got != "[]" {
			t.Errorf("%s past the end: got %s", path, got)
		}
	}
}

func TestAnEnterpriseTeamsTagFollowsWhatIsShown(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t)
	paths := []string{enterpriseTeams, platform, platform + "/memberships", platform + "/memberships/octocat", platform + "/organizations", platform + "/organizations/octodemo"}
	change := func(method, path, body string, status int, changed ...string) {
		t.Helper()
		tags := map[string]string{}
		before := map[string]string{}
		for _, path := range paths {
			tags[path] = w.tag(request{path: path, token: everything})
			before[path] = w.get200(path, everything)
		}
		w.expect(method, path, body, status)
		for _, path := range paths {
			got := w.since(tags[path], request{path: path, token: everything})
			if got.Status == http.StatusNotModified && w.get200(path, everything) != before[path] {
				t.Errorf("after %s %s: %s has changed, and is answered 304", method, path, path)
			}
		}
		for _, path := range changed {
			if w.get200(path, everything) == before[path] {
				t.Errorf("after %s: %s shows the same", method, path)
			}
		}
	}
	change("PUT", platform+"/memberships/kanako", "", 201, platform+"/memberships")
	change("PUT", platform+"/organizations/octolabs", "", 201, platform+"/organizations")
	change("PATCH", platform, `{"description":"new"}`, 200, platform, enterpriseTeams)
	change("DELETE", enterpriseTeams+"/robots", "", 204, enterpriseTeams)
	change("DELETE", platform+"/memberships/kanako", "", 204, platform+"/memberships")
}

// What a call on enterprise teams is refused for, and that it changes nothing then.
func TestAChangeOfAnEnterpriseTeamThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t)
	shown := func() []string {
		state := w.state()
		for _, path := range []string{enterpriseTeams, platform + "/memberships", platform + "/organizations", enterpriseTeams + "/robots/memberships"} {
			state = append(state, w.get200(path, everything))
		}
		return state
	}
	before := shown()
	const (
		create, update = docsEnterpriseTeams + "create-an-enterprise-team", docsEnterpriseTeams + "update-an-enterprise-team"
		add, remove    = docsEnterpriseTeamMembers + "bulk-add-team-members", docsEnterpriseTeamMembers + "bulk-remove-team-members"
		assign         = docsEnterpriseOrganizations + "add-organization-assignments"
		unassign       = docsEnterpriseOrganizations + "remove-organization-assignments"
		put            = docsEnterpriseTeamMembers + "add-team-member"
		outside        = " is neither a member of one of the enterprise's organizations or teams nor an owner or billing manager of it."
	)
	schema := func(lines string) string { return "Invalid request.\n\n" + lines }
	long := strings.Repeat("x", 1025)
	for _, c := range []struct {
		method, path, body string
		want               refusal
		errors             string // field and message of each
	}{
		{"POST", enterpriseTeams, ``, refusal{422, schema("For 'links/0/schema', nil is not an object."), create}, ""},
		{"POST", enterpriseTeams, `{`, refusal{400, "Problems parsing JSON", create}, ""},
		{"POST", enterpriseTeams, `[]`, refusal{400, "Body should be a JSON object", create}, ""},
		{"POST", enterpriseTeams, `{}`, refusal{422, schema(`"name" wasn't supplied.`), create}, ""},
		{"POST", enterpriseTeams, `{"name":null}`, refusal{422, schema("For 'properties/name', nil is not a string."), create}, ""},
		{"POST", enterpriseTeams, `{"name":1,"description":2,"group_id":3,"organization_selection_type":"some","notification_setting":null,"sync_to_organizations":"x"}`, refusal{422, schema("For 'properties/name', 1 is not a string.\n" +
			"For 'properties/description', 2 is not a string.\n\"x\" is not a member of [\"all\", \"disabled\"].\n" +
			"\"some\" is not a member of [\"disabled\", \"selected\", \"all\"].\nFor 'properties/group_id', 3 is not a string.\nFor 'properties/notification_setting', nil is not a string."), create}, ""},
		{"POST", enterpriseTeams, `{"name":"PLATFORM"}`, refusal{422, "Validation Failed", create}, `name: Another team of the enterprise has this name, or its slug: platform.`},
		{"POST", enterpriseTeams, `{"name":"plattform & <büro>"}`, refusal{422, "Validation Failed", create}, `name: Another team of the enterprise has this name, or its slug: plattform-büro.`},
		{"POST", enterpriseTeams, `{"name":" "}`, refusal{422, "Validation Failed", create}, "name: No slug of 1 to 100 letters and digits can be made of the name."},
		{"POST", enterpriseTeams, `{"name":"x\u0000y"}`, refusal{422, "Validation Failed", create}, "name: The name has a control character in it."},
		{"POST", enterpriseTeams, `{"name":"New","description":"` + long + `"}`, refusal{422, "Validation Failed", create}, "description: The description is too long: it may have 1024 characters at most."},
		{"POST", enterpriseTeams, `{"name":"New","group_id":"62ab9291"}`, refusal{422, "Validation Failed", create}, "group_id: There is no identity provider, and so no group: group_id can only be null."},
		{"PATCH", platform, ``, refusal{422, schema("For 'links/0/schema', nil is not an object."), update}, ""},
		{"PATCH", platform, `{"name":"robots"}`, refusal{422, "Validation Failed", update}, `name: Another team of the enterprise has this name, or its slug: robots.`},
		{"PATCH", platform, `{"name":"Fine","group_id":""}`, refusal{422, "Validation Failed", update}, "group_id: There is no identity provider, and so no group: group_id can only be null."},
		{"PATCH", enterpriseTeams + "/nothing", `{"name":"Fine"}`, refusal{404, "Not Found", update}, ""},
		{"DELETE", enterpriseTeams + "/nothing", ``, refusal{404, "Not Found", docsEnterpriseTeams + "delete-an-enterprise-team"}, ""},
		{"POST", platform + "/memberships/add", ``, refusal{422, schema("For 'links/0/schema', nil is not an object."), add}, ""},
		{"POST", platform + "/memberships/add", `{}`, refusal{422, schema(`"usernames" wasn't supplied.`), add}, ""},
		{"POST", platform + "/memberships/add", `{"usernames":"kanako"}`, refusal{422, schema(`For 'properties/usernames', "kanako" is not an array.`), add}, ""},
		{"POST", platform + "/memberships/add", `{"usernames":["kanako",null,7]}`, refusal{422, schema("For 'items', nil is not a string.\nFor 'items', 7 is not a string."), add}, ""},
		{
			"POST", platform + "/memberships/add", `{"usernames":["kanako","nobody","newhire","outsider"]}`,
			refusal{422, "Validation Failed", add},
			`usernames: "nobody" is not the login of a user.|usernames: "newhire"` + outside + `|usernames: "outsider"` + outside,
		},
		{"POST", enterpriseTeams + "/nothing/memberships/add", `{"usernames":["kanako"]}`, refusal{404, "Not Found", add}, ""},
		{
			"POST", platform + "/memberships/remove", `{"usernames":["octocat","kanako","nobody"]}`,
			refusal{422, "Validation Failed", remove},
			`usernames: "kanako" is not in the team.|usernames: "nobody" is not the login of a user.`,
		},
		{"POST", enterpriseTeams + "/nothing/memberships/remove", `{"usernames":["kanako"]}`, refusal{404, "Not Found", remove}, ""},
		{"PUT", platform + "/memberships/nobody", ``, refusal{404, "Not Found", put}, ""},
		{"PUT", platform + "/memberships/outsider", ``, refusal{422, "Validation Failed", put}, `username: "outsider"` + outside},
		{"PUT", enterpriseTeams + "/nothing/memberships/kanako", ``, refusal{404, "Not Found", put}, ""},
		{"DELETE", platform + "/memberships/kanako", ``, refusal{404, "Not Found", docsEnterpriseTeamMembers + "remove-team-membership"}, ""},
		{"DELETE", platform + "/memberships/nobody", ``, refusal{404, "Not Found", docsEnterpriseTeamMembers + "remove-team-membership"}, ""},
		{"POST", platform + "/organizations/add", `{"organization_slugs":[1]}`, refusal{422, schema("For 'items', 1 is not a string."), assign}, ""},
		{
			"POST", platform + "/organizations/add", `{"organization_slugs":["octolabs","empty","nobody"]}`,
			refusal{422, "Validation Failed", assign},
			`organization_slugs: "empty" is not the login of an organization of the enterprise.|organization_slugs: "nobody" is not the login of an organization of the enterprise.`,
		},
		{"POST", enterpriseTeams + "/nothing/organizations/add", `{"organization_slugs":["octolabs"]}`, refusal{404, "Not Found", assign}, ""},
		{
			"POST", platform + "/organizations/remove", `{"organization_slugs":["octodemo","octolabs"]}`,
			refusal{422, "Validation Failed", unassign},
			`organization_slugs: "octolabs" is not an organization that the team is assigned to.`,
		},
		{"POST", enterpriseTeams + "/nothing/organizations/remove", `{"organization_slugs":[]}`, refusal{404, "Not Found", unassign}, ""},
		{"PUT", platform + "/organizations/empty", ``, refusal{404, "Not Found", docsEnterpriseOrganizations + "add-an-organization-assignment"}, ""},
		{"DELETE", platform + "/organizations/octolabs", ``, refusal{404, "Not Found", docsEnterpriseOrganizations + "delete-an-organization-assignment"}, ""},
		{"DELETE", enterpriseTeams + "/robots/organizations/octolabs", ``, refusal{422, "The team robots is not assigned to selected organizations: its organization_selection_type is disabled. Set it to selected first.", docsEnterpriseOrganizations + "delete-an-organization-assignment"}, ""},
	} {
		got := w.do(request{method: c.method, path: c.path, token: everything, body: c.body})
		if diff := cmp.Diff(c.want, got.refusal(t)); diff != "" {
			t.Errorf("%s %s %.100s (-want +got):\n%s", c.method, c.path, c.body, diff)
		}
		var errs []string
		if raw := got.envelope(t).Errors; raw != nil {
			for _, e := range decode[[]struct{ Field, Message string }](t, string(raw)) {
				errs = append(errs, e.Field+": "+e.Message)
			}
		}
		if diff := cmp.Diff(c.errors, strings.Join(errs, "|")); diff != "" {
			t.Errorf("%s %s %.100s: errors (-want +got):\n%s", c.method, c.path, c.body, diff)
		}
	}
	if diff := cmp.Diff(before, shown()); diff != "" {
		t.Errorf("the refused calls changed something (-before +after):\n%s", diff)
	}
}

func TestAListForAnEnterpriseTeamHasAHundredThousandNamesAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := `{"usernames":[` + strings.TrimSuffix(strings.Repeat(`"octocat",`, 100_001), ",") + `]}`
	want := refusal{422, "Invalid request.\n\nFor 'properties/usernames', there are too many items: at most 100000 are allowed.", docsEnterpriseTeamMembers + "bulk-add-team-members"}
	if got := w.expect("POST", platform+"/memberships/add", names, 422).refusal(t); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// enterpriseTeamPowers are what tokens get on the readings and the writings of an enterprise's teams;
// those that are not here get the 401, 404 or 403 that they get on its list of seats, and 403
// where that is a success.
var enterpriseTeamPowers = map[string]struct{ Read, Write int }{
	"ghp_read_enterprise":   {all, 403},
	"gho_read_enterprise":   {all, 403},
	"ghp_admin_enterprise":  {all, all},
	"ghp_everything":        {all, all},
	"ghp_entboss":           {all, all},
	"gho_betty":             {all, 403}, // a billing manager reads
	"ghp_betty_enterprise":  {all, 403},
	"ghp_member_enterprise": {all, 403}, // a member of one of its organizations too
}

func TestEveryTokenMayDoWithEnterpriseTeamsWhatItsKindScopesAndRoleAllow(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t)
	// None of these changes what is there.
	bodies := map[string]string{"add": `{"usernames":[],"organization_slugs":[]}`, "remove": `{"usernames":[],"organization_slugs":[]}`, "platform": `{}`}
	names := strings.NewReplacer("{enterprise}", "octo-enterprise", "{team_slug}", "platform", "{enterprise-team}", "platform", "{username}", "octocat", "{org}", "octodemo")
	for token, p := range matrix {
		want, known := enterpriseTeamPowers[token]
		if !known {
			want.Read, want.Write = p.Enterprise, p.Enterprise
			if p.Enterprise == all {
				want.Read, want.Write = 403, 403
			}
		}
		for _, route := range ghapi.Routes() {
			if !strings.HasPrefix(route.Pattern, "/enterprises/{enterprise}/teams") {
				continue
			}
			status, path := want.Read, names.Replace(route.Pattern)
			if route.Method != "GET" {
				status = want.Write
			}
			if status == all && (route.Method == "DELETE" || route.Operation == "enterprise-teams/create") {
				continue // it changes something, and others show that it does
			}
			got := w.do(request{method: route.Method, path: path, token: token, body: bodies[path[strings.LastIndex(path, "/")+1:]]})
			if got.Status != status && (status != all || got.Status >= 300) {
				t.Errorf("%s %s as %s: got %d %.200s, want %d", route.Method, path, token, got.Status, got.Body, status)
			}
		}
	}
}

func TestAForbiddenCallOnAnEnterpriseTeamSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for token, want := range map[string]string{
		"ghp_billing":           "This endpoint needs a token with one of these scopes: admin:enterprise. Yours has: manage_billing:copilot.",
		"ghp_read_enterprise":   "This endpoint needs a token with one of these scopes: admin:enterprise. Yours has: read:enterprise.",
		"ghp_member_enterprise": "You must be an owner of the enterprise octo-enterprise to use this endpoint.",
		"github_pat_members":    "Resource not accessible by personal access token",
		"ghu_admin_write":       "Resource not accessible by integration",
		"ghs_admin_write":       "Resource not accessible by integration",
	} {
		got := w.do(request{method: "PUT", path: platform + "/memberships/kanako", token: token}).refusal(t)
		if diff := cmp.Diff(refusal{403, want, docsEnterpriseTeamMembers + "add-team-member"}, got); diff != "" {
			t.Errorf("as %s (-want +got):\n%s", token, diff)
		}
	}
}
