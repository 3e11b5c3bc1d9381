package ghapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

const (
	teamsOfOctodemo = "/orgs/octodemo/teams"
	docsTeams       = docsRoot + "/teams/teams#"
	docsCreateTeam  = docsTeams + "create-a-team"
	docsChangeTeam  = docsTeams + "update-a-team"
	docsDeleteTeam  = docsTeams + "delete-a-team"
)

// changes sends a change of teams as an owner, and wants a status of it.
func (w *world) changes(method, path, body string, want int) answer {
	w.t.Helper()
	got := w.do(request{method: method, path: path, token: "ghp_admin_org", body: body})
	if got.Status != want {
		w.t.Fatalf("%s %s %s: got %d %s, want %d", method, path, body, got.Status, got.Body, want)
	}
	return got
}

// teamShown is what the tests read of a team.
type teamShown struct {
	ID          int64
	Slug, Name  string
	Description *string
	Privacy     string
	Setting     string `json:"notification_setting"`
	Members     int    `json:"members_count"`
	CreatedAt   string `json:"created_at"`
	UpdatedAt   string `json:"updated_at"`
	Parent      *teamShown
}

func TestATeamIsCreatedAsItIsShownAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.changes("POST", teamsOfOctodemo, `{"name":"  Ünder <Öne> 夜 ","description":"A & B","maintainers":["OCTOCAT","octocat","mojombo"],`+
		`"notification_setting":"notifications_disabled","permission":"push","repo_names":[],"parent_team_slug":"JUSTICE-LEAGUE","extra":1}`, 201)
	compact(t, got.Body)
	golden(t, "team-created", got.Body)
	if shown := w.get200(teamsOfOctodemo+"/ünder-öne-夜", "ghp_read_org"); shown != got.Body {
		t.Errorf("shown afterwards: got %s, want %s", shown, got.Body)
	}
	for login, role := range map[string]string{"monalisa": "maintainer", "octocat": "maintainer", "mojombo": "maintainer"} {
		if place := w.get200(teamsOfOctodemo+"/ünder-öne-夜/memberships/"+login, "ghp_read_org"); !strings.Contains(place, `"role":"`+role+`","state":"active"`) {
			t.Errorf("%s: got %s, want an active %s", login, place, role)
		}
	}
	if got := w.seatShown("mojombo"); got != "justice-league" {
		t.Errorf("the seat of who is below a granted team: got %s", got)
	}
}

func TestATeamHasGitHubsDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ path, body, privacy string }{
		{teamsOfOctodemo, `{"name":"One"}`, "secret"},
		{"/organizations/9919/teams", `{"name":"Two","parent_team_id":1,"parent_team_slug":"nothing"}`, "closed"},
		{"/api/v3/orgs/OctoDemo/teams", `{"name":"Three","privacy":"closed"}`, "closed"},
	} {
		got := decode[teamShown](t, w.changes("POST", c.path, c.body, 201).Body)
		if got.Privacy != c.privacy || got.Setting != "notifications_enabled" || got.Description != nil || got.Members != 1 || (got.Parent != nil) != strings.Contains(c.body, "parent") {
			t.Errorf("%s: got %+v, want it %s, with notifications and one person", c.body, got, c.privacy)
		}
	}
	if got := decode[teamShown](t, w.do(request{method: "POST", path: teamsOfOctodemo, token: "ghs_members_write", body: `{"name":"Four"}`}).Body); got.Members != 0 {
		t.Errorf("a team that an installation creates: got %+v, want nobody in it", got)
	}
	if got := w.seatShown("monalisa"); got != "justice-league" {
		t.Errorf("monalisa's seat: got %s", got)
	}
}

func TestABodyOfATeamThatBreaksTheSchemaIsRefusedWithALineForEachBreach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.teamState()
	invalid := func(lines ...string) refusal {
		return refusal{422, "Invalid request.\n\n" + strings.Join(lines, "\n"), docsCreateTeam}
	}
	logins := strings.TrimSuffix(strings.Repeat(`"octocat",`, 101), ",")
	for _, c := range []struct {
		body string
		want refusal
	}{
		{``, invalid("For 'links/0/schema', nil is not an object.")},
		{`{`, refusal{400, "Problems parsing JSON", docsCreateTeam}},
		{`"x"`, refusal{400, "Body should be a JSON object", docsCreateTeam}},
		{`{}`, invalid(`"name" wasn't supplied.`)},
		{`{"name":null}`, invalid("For 'properties/name', nil is not a string.")},
		{`{"name":{"x":1},"privacy":"open"}`, invalid(`For 'properties/name', {"x" => 1} is not a string.`, `"open" is not a member of ["secret", "closed"].`)},
		{`{"name":"x","notification_setting":true}`, invalid("For 'properties/notification_setting', true is not a string.")},
		{`{"name":"x","notification_setting":"loud"}`, invalid(`"loud" is not a member of ["notifications_enabled", "notifications_disabled"].`)},
		{`{"name":"x","permission":"admin"}`, invalid(`"admin" is not a member of ["pull", "push"].`)},
		{`{"name":"x","parent_team_id":"1"}`, invalid(`For 'properties/parent_team_id', "1" is not an integer.`)},
		{`{"name":"x","parent_team_id":1.5}`, invalid("For 'properties/parent_team_id', 1.5 is not an integer.")},
		{`{"name":"x","parent_team_id":null}`, invalid("For 'properties/parent_team_id', nil is not an integer.")},
		{`{"name":"x","parent_team_slug":[]}`, invalid("For 'properties/parent_team_slug', [] is not a string.")},
		{`{"name":"x","maintainers":"octocat"}`, invalid(`For 'properties/maintainers', "octocat" is not an array.`)},
		{`{"name":"x","maintainers":["octocat",7,null]}`, invalid("For 'items', 7 is not a string.", "For 'items', nil is not a string.")},
		{`{"name":"x","maintainers":[` + logins + `]}`, invalid("For 'properties/maintainers', there are too many items: at most 100 are allowed.")},
		{`{"name":"x","repo_names":{}}`, invalid("For 'properties/repo_names', {} is not an array.")},
	} {
		got := w.do(request{method: "POST", path: teamsOfOctodemo, token: "ghp_admin_org", body: c.body}).refusal(t)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%.100s (-want +got):\n%s", c.body, diff)
		}
	}
	for _, c := range []struct{ body, want string }{
		{`{"name":7,"description":null,"privacy":"","notification_setting":[],"permission":"maintain","parent_team_id":true,"parent_team_slug":1}`, strings.Join([]string{
			`"maintain" is not a member of ["pull", "push", "admin"].`, "For 'properties/name', 7 is not a string.", "For 'properties/description', nil is not a string.", `"" is not a member of ["secret", "closed"].`,
			"For 'properties/notification_setting', [] is not a string.", "For 'properties/parent_team_id', true is not an integer.", "For 'properties/parent_team_slug', 1 is not a string.",
		}, "\n")},
		{`{"parent_team_id":null,"parent_team_slug":{}}`, "For 'properties/parent_team_slug', {} is not a string."},
	} {
		got := w.do(request{method: "PATCH", path: teamsOfOctodemo + "/avengers", token: "ghp_admin_org", body: c.body}).refusal(t)
		if diff := cmp.Diff(refusal{422, "Invalid request.\n\n" + c.want, docsChangeTeam}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.body, diff)
		}
	}
	w.sameTeams(before)
}

// teamState is everything that is shown of teams.
func (w *world) teamState() string {
	w.t.Helper()
	shown := w.get200(teamsOfOctodemo+"?per_page=100", "ghp_read_org")
	for team := range 6 {
		shown += "\n" + w.get(fmt.Sprintf("/organizations/9919/team/%d", team), "ghp_read_org").Body
	}
	return shown + strings.Join(w.state(), "\n")
}

func (w *world) sameTeams(before string) {
	w.t.Helper()
	if diff := cmp.Diff(strings.Split(before, "\n"), strings.Split(w.teamState(), "\n")); diff != "" {
		w.t.Errorf("what was refused changed something (-before +after):\n%s", diff)
	}
}

func TestATeamThatARuleForbidsIsRefusedWithWhatAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.teamState()
	const (
		taken  = `Another team of the organization has this name, or its slug: justice-league.`
		secret = "A team with a parent or with child teams cannot be secret."
		below  = "A team cannot be under itself or under one of its child teams."
		absent = "The parent is not a team of the organization."
		hidden = `\"Ночная смена <R&D> \\\"夜\\\"\" is a secret team, which cannot be a parent.`
	)
	for _, c := range []struct{ method, path, body, field, code, message string }{
		{"POST", "", `{"name":" justice LEAGUE"}`, "name", "already_exists", taken},
		{"POST", "", `{"name":"Justice/League!"}`, "name", "already_exists", taken},
		{"POST", "", `{"name":""}`, "name", "invalid", "No slug of 1 to 100 letters and digits can be made of the name."},
		{"POST", "", `{"name":"!? "}`, "name", "invalid", "No slug of 1 to 100 letters and digits can be made of the name."},
		{"POST", "", `{"name":"` + strings.Repeat("ü", 101) + `"}`, "name", "invalid", "No slug of 1 to 100 letters and digits can be made of the name."},
		{"POST", "", `{"name":"a` + strings.Repeat("!", 255) + `"}`, "name", "invalid", "The name is too long: it may have 255 characters at most."},
		{"POST", "", `{"name":"a\u0000b"}`, "name", "invalid", "The name has a control character in it."},
		{"POST", "", `{"name":"x","description":"a\u0000b"}`, "description", "invalid", "The description has a control character in it."},
		{"POST", "", `{"name":"x","description":"` + strings.Repeat("ü", 1025) + `"}`, "description", "invalid", "The description is too long: it may have 1024 characters at most."},
		{"POST", "", `{"name":"x","privacy":"secret","parent_team_id":1}`, "privacy", "invalid", secret},
		{"POST", "", `{"name":"x","parent_team_id":404}`, "parent_team_id", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_id":0,"parent_team_slug":"avengers"}`, "parent_team_id", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_id":-1}`, "parent_team_id", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_id":99999999999999999999}`, "parent_team_id", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_slug":"nothing"}`, "parent_team_slug", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_slug":"\u0000"}`, "parent_team_slug", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_slug":""}`, "parent_team_id", "missing", absent},
		{"POST", "", `{"name":"x","parent_team_id":5}`, "parent_team_id", "invalid", hidden},
		{"POST", "", `{"name":"x","repo_names":["octodemo/hello"]}`, "repo_names", "invalid", "There are no repositories here: leave repo_names out, or empty."},
		{"PATCH", "/avengers", `{"name":"GROESSE"}`, "name", "already_exists", `Another team of the organization has this name, or its slug: groesse.`},
		{"PATCH", "/avengers", `{"parent_team_id":0}`, "parent_team_id", "missing", absent},
		{"PATCH", "/avengers", `{"parent_team_slug":"night-shift"}`, "parent_team_slug", "invalid", hidden},
		{"PATCH", "/justice-league", `{"parent_team_id":1}`, "parent_team_id", "invalid", below},
		{"PATCH", "/justice-league", `{"parent_team_slug":"sidekicks"}`, "parent_team_slug", "invalid", below},
		{"PATCH", "/justice-league", `{"privacy":"secret"}`, "privacy", "invalid", secret},
		{"PATCH", "/sidekicks", `{"privacy":"secret"}`, "privacy", "invalid", secret},
	} {
		docs := map[string]string{"POST": docsCreateTeam, "PATCH": docsChangeTeam}[c.method]
		want := `{"message":"Validation Failed","errors":[{"resource":"Team","code":"` + c.code + `","field":"` + c.field + `","message":"` + c.message + `"}],"documentation_url":"` + docs + `","status":"422"}`
		got := w.do(request{method: c.method, path: teamsOfOctodemo + c.path, token: "ghp_admin_org", body: c.body})
		if got.Status != 422 || got.Body != want {
			t.Errorf("%s %s %.80s: got %d %s, want %s", c.method, c.path, c.body, got.Status, got.Body, want)
		}
	}
	got := w.changes("POST", teamsOfOctodemo, `{"name":"x","maintainers":["octocat","nobody","outsider","newhire","\u0000"]}`, 422).Body
	for _, want := range []string{
		`{"resource":"User","code":"missing","field":"maintainers","message":"\"nobody\" is not the login of a user."}`,
		`{"resource":"User","code":"invalid","field":"maintainers","message":"\"outsider\" is not a member of the organization."}`,
		`{"resource":"User","code":"invalid","field":"maintainers","message":"\"newhire\" is not a member of the organization."}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("maintainers: got %s, want %s in it", got, want)
		}
	}
	w.sameTeams(before)
}

func TestAChangedTeamIsShownChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const avengers = teamsOfOctodemo + "/avengers"
	if _, err := w.service.AdvanceClock(t.Context(), usher.ClockMove{By: time.Hour}, 1); err != nil {
		t.Fatal(err)
	}
	tag := w.tag(request{path: avengers, token: "ghp_read_org"})
	list := w.tag(request{path: teamsOfOctodemo, token: "ghp_read_org"})
	got := w.changes("PATCH", avengers, `{"name":"Avengers Assembled!","description":"Größe","privacy":"closed","notification_setting":"notifications_disabled","permission":"admin","parent_team_slug":"groesse","maintainers":7}`, 201)
	compact(t, got.Body)
	golden(t, "team-changed", got.Body)
	const renamed = teamsOfOctodemo + "/avengers-assembled"
	if shown := w.get200(renamed, "ghp_read_org"); shown != got.Body {
		t.Errorf("shown afterwards: got %s, want %s", shown, got.Body)
	}
	if again := w.since(tag, request{path: renamed, token: "ghp_read_org"}); again.Status != 200 {
		t.Errorf("with the tag from before: got %d, want 200", again.Status)
	}
	if again := w.since(list, request{path: teamsOfOctodemo, token: "ghp_read_org"}); again.Status != 200 || !strings.Contains(again.Body, "Avengers Assembled!") {
		t.Errorf("the list with the tag from before: got %d %s", again.Status, again.Body)
	}
	if old := w.get(avengers, "ghp_read_org"); old.Status != 404 {
		t.Errorf("by the slug from before: got %d, want 404", old.Status)
	}

	// What is so already is no change.
	tag = w.tag(request{path: renamed, token: "ghp_read_org"})
	if _, err := w.service.AdvanceClock(t.Context(), usher.ClockMove{By: time.Hour}, 1); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{``, `{}`, `{"name":"Avengers Assembled!"}`, `{"description":"Größe","parent_team_id":4,"parent_team_slug":null}`, `{"notification_setting":"notifications_disabled"}`} {
		if same := w.changes("PATCH", renamed, body, 200); same.Body != got.Body {
			t.Errorf("%s: got %s, want %s", body, same.Body, got.Body)
		}
	}
	if again := w.since(tag, request{path: renamed, token: "ghp_read_org"}); again.Status != 304 {
		t.Errorf("after changes that were none: got %d, want 304", again.Status)
	}
	if got := decode[teamShown](t, w.changes("PATCH", "/api/v3/organizations/9919/team/3", `{"description":"","notification_setting":"notifications_enabled"}`, 201).Body); got.Description != nil ||
		got.Setting != "notifications_enabled" || got.UpdatedAt != "2026-11-20T14:00:00Z" || got.CreatedAt != "2026-11-20T12:00:00Z" {
		t.Errorf("by number: got %+v", got)
	}
}

func TestASlugOfItsOwnStaysWhereTheNameIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := decode[teamShown](t, w.changes("PATCH", teamsOfOctodemo+"/groesse", `{"name":" Größe & <Räume>","description":"new"}`, 201).Body)
	if got.Slug != "groesse" || got.Name != "Größe & <Räume>" {
		t.Errorf("got %+v, want the slug and the name from before", got)
	}
	if got := decode[teamShown](t, w.changes("PATCH", teamsOfOctodemo+"/groesse", `{"name":"größe & <Räume>"}`, 201).Body); got.Slug != "größe-räume" {
		t.Errorf("another name: got %+v, want its slug", got)
	}
}

// The world's night-shift is secret and has a parent: a seed may have that.
func TestASecretChildTeamOfASeedCanBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := decode[teamShown](t, w.changes("PATCH", "/organizations/9919/team/5", `{"description":"new"}`, 201).Body); got.Privacy != "secret" || got.Parent == nil {
		t.Errorf("got %+v, want it secret and below its parent", got)
	}
	w.changes("PATCH", "/organizations/9919/team/5", `{"parent_team_id":4}`, 422)
	if got := decode[teamShown](t, w.changes("PATCH", "/organizations/9919/team/5", `{"parent_team_id":null}`, 201).Body); got.Privacy != "secret" || got.Parent != nil {
		t.Errorf("got %+v, want it secret and without a parent", got)
	}
}

func TestAParentIsTakenAwayByNull(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"parent_team_id":null}`, `{"parent_team_slug":null}`, `{"parent_team_id":null,"parent_team_slug":"avengers"}`, `{"parent_team_id":null,"parent_team_slug":null}`} {
		w := newWorld(t)
		if got := decode[teamShown](t, w.changes("PATCH", teamsOfOctodemo+"/sidekicks", body, 201).Body); got.Parent != nil {
			t.Errorf("%s: got the parent %+v, want none", body, got.Parent)
		}
		if got := w.seatShown("defunkt"); got != "justice-league, pending" {
			t.Errorf("%s: the seat through the parent: got %s, want it pending", body, got)
		}
		w.changes("PATCH", teamsOfOctodemo+"/sidekicks", body, 200)
		w.changes("PATCH", teamsOfOctodemo+"/sidekicks", `{"parent_team_id":1,"parent_team_slug":null}`, 201)
		if got := w.seatShown("defunkt"); got != "justice-league" {
			t.Errorf("%s: the seat when it is back: got %s", body, got)
		}
	}
}

func TestADeletedTeamIsGoneWithItsChildTeamsAndGrants(t *testing.T) {
	t.Parallel()
	for _, path := range []string{teamsOfOctodemo + "/Justice-League", "/organizations/9919/team/1", "/api/v3/organizations/9919/team/1"} {
		w := newWorld(t)
		list := w.tag(request{path: teamsOfOctodemo, token: "ghp_read_org"})
		if got := w.changes("DELETE", path, "", 204); got.Body != "" {
			t.Errorf("DELETE %s: got a body: %s", path, got.Body)
		}
		for _, gone := range []string{teamsOfOctodemo + "/justice-league", teamsOfOctodemo + "/sidekicks", "/organizations/9919/team/2", "/teams/1/memberships/octocat"} {
			if got := w.get(gone, "ghp_read_org"); got.Status != 404 {
				t.Errorf("GET %s: got %d, want 404", gone, got.Status)
			}
		}
		w.changes("DELETE", path, "", 404)
		if again := w.since(list, request{path: teamsOfOctodemo, token: "ghp_read_org"}); again.Status != 200 {
			t.Errorf("the list with the tag from before: got %d, want 200", again.Status)
		}
		for login, want := range map[string]string{"hubot": "direct, pending", "defunkt": "direct, pending", "octocat": "direct", "kanako": "night-shift"} { // no team is left to show
			if got := w.seatShown(login); got != want {
				t.Errorf("the seat of %s: got %s, want %s", login, got, want)
			}
		}
		w.changes("POST", teamsOfOctodemo, `{"name":"Justice League"}`, 201) // the name is free
		if got := w.seatShown("monalisa"); got != "direct, pending" {
			t.Errorf("the seat of who creates a team of the same name: got %s; the grant has ended", got)
		}
	}
}

// teamPowers are the statuses that a token gets: where it creates a team, and changes and
// deletes one that its user does not maintain.
type teamPowers struct{ create, change, remove int }

func TestTokensMayChangeTeamsAsTheirKindScopesPermissionsAndRoleAllow(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]teamPowers{
		"ghp_admin_org":             {201, 201, 204},
		"gho_admin_org":             {201, 201, 204},
		"ghp_everything":            {201, 201, 204},
		"github_pat_members":        {201, 201, 204},
		"ghs_members_write":         {201, 201, 204},
		"ghp_member_admin_org":      {201, 403, 403},
		"github_pat_member_members": {201, 403, 403},
		"ghp_write_org":             {403, 403, 403},
		"gho_write_org":             {403, 403, 403},
		"ghp_read_org":              {403, 403, 403},
		"ghp_billing":               {403, 403, 403},
		"ghp_admin_enterprise":      {403, 403, 403},
		"ghp_no_scope":              {403, 403, 403},
		"ghp_member_read_org":       {403, 403, 403},
		"github_pat_nothing":        {403, 403, 403},
		"github_pat_admin_write":    {403, 403, 403},
		"github_pat_seats_write":    {403, 403, 403},
		"ghu_nothing":               {403, 403, 403},
		"ghs_members_read":          {403, 403, 403},
		"ghs_admin_write":           {403, 403, 403},
		"github_pat_octolabs":       {404, 404, 404},
		"ghs_octolabs":              {404, 404, 404},
		"ghp_invited":               {404, 404, 404},
		"ghp_outsider_admin_org":    {404, 404, 404},
		"ghp_betty":                 {404, 404, 404},
		"ghp_expired":               {401, 401, 401},
		"ghp_nobody_has":            {401, 401, 401},
		"":                          {401, 401, 401},
	} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, c := range []struct {
				method, path, body string
				want               int
			}{
				{"POST", teamsOfOctodemo, `{"name":"New"}`, want.create},
				{"PATCH", teamsOfOctodemo + "/avengers", `{"description":"new"}`, want.change},
				{"DELETE", teamsOfOctodemo + "/avengers", ``, want.remove},
			} {
				got := w.do(request{method: c.method, path: c.path, token: token, body: c.body})
				if got.Status != c.want {
					t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, got.Status, got.Body, c.want)
				}
				if got.Status == 404 && got.refusal(t).Message != "Not Found" {
					t.Errorf("%s %s: a 404 that says more than Not Found: %s", c.method, c.path, got.Body)
				}
			}
		})
	}
}

func TestWhoCreatesATeamMayChangeItAndDeletesItAloneOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	as := func(method, path, body string, want int) answer {
		t.Helper()
		got := w.do(request{method: method, path: path, token: "ghp_member_admin_org", body: body})
		if got.Status != want {
			t.Fatalf("%s %s %s: got %d %s, want %d", method, path, body, got.Status, got.Body, want)
		}
		return got
	}
	created := decode[teamShown](t, as("POST", teamsOfOctodemo, `{"name":"Ours"}`, 201).Body)
	ours := fmt.Sprintf("/organizations/9919/team/%d", created.ID)
	as("PATCH", ours, `{"privacy":"closed"}`, 201)
	const who = "You must be an owner of the organization OctoDemo or a maintainer of the team justice-league to use this endpoint."
	if got := as("PATCH", ours, `{"parent_team_id":1}`, 403).refusal(t); got != (refusal{403, who, docsChangeTeam}) {
		t.Errorf("below a team of others: got %v", got)
	}
	if got := as("POST", teamsOfOctodemo, `{"name":"x","parent_team_id":1}`, 403).refusal(t); got != (refusal{403, who, docsCreateTeam}) {
		t.Errorf("a new team below a team of others: got %v", got)
	}
	as("POST", teamsOfOctodemo, fmt.Sprintf(`{"name":"Below","parent_team_id":%d}`, created.ID), 201)
	const alone = "The team ours has child teams, which are deleted with it: you must be an owner of the organization OctoDemo."
	if got := as("DELETE", ours, "", 403).refusal(t); got != (refusal{403, alone, docsDeleteTeam}) {
		t.Errorf("with a child team: got %v", got)
	}
	if got := as("PUT", ours+"/memberships/outsider", "", 403).refusal(t).Message; got != "outsider is not a member of the organization OctoDemo, and you must be an owner of it to invite people." {
		t.Errorf("inviting: got %s", got)
	}
	as("DELETE", teamsOfOctodemo+"/below", "", 204)
	as("DELETE", ours, "", 204)
}

func TestASecretTeamIsUnseenByOthersWhateverTheyTry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	team := decode[teamShown](t, w.changes("POST", teamsOfOctodemo, `{"name":"Hidden"}`, 201).Body)
	for _, c := range []struct{ method, path, body string }{
		{"GET", teamsOfOctodemo + "/hidden", ""},
		{"PATCH", teamsOfOctodemo + "/hidden", `{"description":"x"}`},
		{"DELETE", teamsOfOctodemo + "/hidden", ""},
		{"PATCH", fmt.Sprintf("/organizations/9919/team/%d", team.ID), ""},
		{"DELETE", fmt.Sprintf("/organizations/9919/team/%d", team.ID), ""},
		{"GET", fmt.Sprintf("/teams/%d/memberships/monalisa", team.ID), ""},
		{"PUT", fmt.Sprintf("/teams/%d/memberships/octocat", team.ID), ""},
		{"DELETE", fmt.Sprintf("/teams/%d/memberships/monalisa", team.ID), ""},
		{"DELETE", fmt.Sprintf("/teams/%d/members/monalisa", team.ID), ""},
	} {
		got := w.do(request{method: c.method, path: c.path, token: "ghp_member_admin_org", body: c.body})
		if got.Status != 404 || got.refusal(t).Message != "Not Found" || got.Header.Get("Link") != "" {
			t.Errorf("%s %s: got %d %v %s, want a 404 that says nothing", c.method, c.path, got.Status, got.Header, got.Body)
		}
	}
	if got := w.get200(teamsOfOctodemo, "ghp_member_read_org"); strings.Contains(got, "hidden") {
		t.Errorf("it is in the list: %s", got)
	}
	got := w.do(request{method: "POST", path: teamsOfOctodemo, token: "ghp_member_admin_org", body: `{"name":"x","parent_team_slug":"hidden"}`})
	if got.Status != 422 || !strings.Contains(got.Body, `"code":"missing","field":"parent_team_slug","message":"The parent is not a team of the organization."`) {
		t.Errorf("as a parent: got %d %s, want it missing", got.Status, got.Body)
	}
}

func TestDeprecatedMembershipsAreThoseOfTheOrganizationsTeam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const place = "/organizations/9919/team/1/memberships/"
	deprecated := func(got answer, base, login string) {
		t.Helper()
		want := http.Header{
			"Deprecation": {"Sat, 01 Feb 2020 00:00:00 GMT"}, "Sunset": {"Mon, 01 Feb 2021 00:00:00 GMT"},
			"Link": {`<https://developer.github.com/changes/2020-01-21-moving-the-team-api-endpoints/>; rel="deprecation"; type="text/html", <http://example.com` + base + place + login + `>; rel="alternate"`},
		}
		for name := range want {
			if diff := cmp.Diff(want[name], got.Header[name]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	got := w.get("/teams/1/memberships/octocat", "ghp_read_org")
	if got.Status != 200 || got.Body != w.get200(place+"octocat", "ghp_read_org") {
		t.Errorf("GET: got %d %s", got.Status, got.Body)
	}
	deprecated(got, "", "octocat")
	if now := w.get(place+"octocat", "ghp_read_org"); now.Header.Get("Deprecation")+now.Header.Get("Sunset")+now.Header.Get("Link") != "" {
		t.Errorf("the route that is not deprecated: got %v", now.Header)
	}
	put := w.changes("PUT", "/api/v3/teams/1/memberships/pjhyett", `{"role":"maintainer"}`, 200)
	if want := `{"url":"http://example.com/api/v3` + place + `pjhyett","role":"maintainer","state":"active"}`; put.Body != want {
		t.Errorf("PUT: got %s, want %s", put.Body, want)
	}
	deprecated(put, "/api/v3", "pjhyett")
	if got := w.seatShown("pjhyett"); got != "justice-league" {
		t.Errorf("the seat of who has joined: got %s", got)
	}
	deprecated(w.changes("DELETE", "/teams/1/memberships/pjhyett", "", 204), "", "pjhyett")
	deprecated(w.changes("DELETE", "/teams/1/memberships/pjhyett", "", 404), "", "pjhyett")
	if got := w.seatShown("pjhyett"); got != "justice-league, pending" {
		t.Errorf("the seat of who has left: got %s", got)
	}
	w.changes("PUT", place+"newhire", "", 200)
	w.changes("DELETE", "/teams/1/members/newhire", "", 404) // not in it yet
	w.changes("GET", place+"newhire", "", 200)
	w.changes("DELETE", "/teams/1/memberships/newhire", "", 204)
	w.changes("DELETE", "/teams/1/members/defunkt", "", 404) // of the child team
	w.changes("DELETE", "/teams/1/members/nobody", "", 404)
	deprecated(w.changes("DELETE", "/teams/1/members/HUBOT", "", 204), "", "HUBOT")
	if got := w.seatShown("hubot"); got != "justice-league, pending" {
		t.Errorf("the seat of who was removed: got %s", got)
	}
}

func TestDeprecatedMembershipsAreForWhoMayUseTheOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.teamState()
	const get, put, remove, member = "get-team-membership-for-a-user-legacy", "add-or-update-team-membership-for-a-user-legacy", "remove-team-membership-for-a-user-legacy", "remove-team-member-legacy"
	const adminOrg, byApp = "This endpoint needs a token with one of these scopes: admin:org. Yours has: read:org.", "Resource not accessible by integration"
	for _, c := range []struct {
		method, path, token string
		status              int
		message, docs       string
	}{
		{"GET", "/teams/404/memberships/octocat", "ghp_read_org", 404, "Not Found", get},
		{"GET", "/teams/x/memberships/octocat", "ghp_read_org", 404, "Not Found", get},
		{"GET", "/teams/99999999999999999999/memberships/octocat", "ghp_read_org", 404, "Not Found", get},
		{"GET", "/teams/1/memberships/pjhyett", "ghp_read_org", 404, "Not Found", get},
		{"GET", "/teams/1/memberships/octocat", "ghp_outsider_admin_org", 404, "Not Found", get},
		{"GET", "/teams/1/memberships/octocat", "ghp_invited", 404, "Not Found", get},
		{"GET", "/teams/1/memberships/octocat", "ghs_octolabs", 404, "Not Found", get},
		{"GET", "/teams/5/memberships/kanako", "ghp_member_read_org", 404, "Not Found", get},
		{"GET", "/teams/5/memberships/kanako", "ghp_member", 404, "Not Found", get}, // without the scope, too
		{"GET", "/teams/1/memberships/octocat", "ghp_member", 403, "This endpoint needs a token with one of these scopes: read:org. Yours has: manage_billing:copilot.", get},
		{"GET", "/teams/1/memberships/octocat", "ghs_nothing", 403, byApp, get},
		{"PUT", "/teams/1/memberships/pjhyett", "ghp_read_org", 403, adminOrg, put},
		{"PUT", "/teams/1/memberships/nobody", "ghp_admin_org", 404, "Not Found", put},
		{"PUT", "/teams/3/memberships/pjhyett", "github_pat_member_members", 403, "Resource not accessible by personal access token", put},
		{"DELETE", "/teams/1/memberships/octocat", "ghp_read_org", 403, adminOrg, remove},
		{"DELETE", "/teams/1/memberships/octocat", "ghs_members_read", 403, byApp, remove},
		{"DELETE", "/teams/1/members/octocat", "ghp_read_org", 403, adminOrg, member},
		{"DELETE", "/teams/1/members/octocat", "ghp_outsider_admin_org", 404, "Not Found", member},
	} {
		want := refusal{c.status, c.message, docsTeamMembers + c.docs}
		if got := w.do(request{method: c.method, path: c.path, token: c.token}).refusal(t); got != want {
			t.Errorf("%s %s as %s: got %v, want %v", c.method, c.path, c.token, got, want)
		}
	}
	if got := w.do(request{method: "PUT", path: "/teams/1/memberships/octocat", token: "ghp_admin_org", body: `{"role":"boss"}`}).refusal(t); got.Status != 422 {
		t.Errorf("a role that is none: got %v", got)
	}
	for _, path := range []string{"/teams/1", "/teams/1/members", "/teams/1/members/octocat", "/teams/1/teams"} {
		if got := w.get(path, "ghp_admin_org"); got.Status != 404 {
			t.Errorf("GET %s: got %d, want 404", path, got.Status)
		}
	}
	w.sameTeams(before)
}

func TestWhoIsNotInTheOrganizationIsInvitedByATeam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, login := range []string{"outsider", "newhire"} {
		place := membershipsOfJustice + login
		want := `{"url":"http://example.com/organizations/9919/team/1/memberships/` + login + `","role":"maintainer","state":"pending"}`
		if got := w.changes("PUT", place, `{"role":"maintainer"}`, 200).Body; got != want {
			t.Errorf("PUT: got %s, want %s", got, want)
		}
		tag := w.tag(request{path: place, token: "ghp_read_org"})
		if got := w.get200(place, "ghp_read_org"); got != want {
			t.Errorf("GET: got %s, want %s", got, want)
		}
		w.changes("PUT", place, `{"role":"member"}`, 200)
		if again := w.since(tag, request{path: place, token: "ghp_read_org"}); again.Status != 200 || !strings.Contains(again.Body, `"role":"member","state":"pending"`) {
			t.Errorf("with another role: got %d %s", again.Status, again.Body)
		}
		if got := w.get(teamsOfOctodemo+"/justice-league/members", "ghp_read_org").Body; strings.Contains(got, login) {
			t.Errorf("%s is shown among the people: %s", login, got)
		}
		w.changes("DELETE", place, "", 204)
		w.changes("GET", place, "", 404)
		w.changes("DELETE", place, "", 404)
	}
	got := w.get("/orgs/octodemo/members/outsider/copilot", owner)
	if want := "The user outsider has a pending organization invitation."; got.Status != 422 || got.refusal(t).Message != want {
		t.Errorf("the invitation itself: got %d %s, want %s", got.Status, got.Body, want)
	}
}
