package usher_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

var global = usher.EnterpriseRef(octoGlobal)

// lee is the enterprise's owner, who changes its teams here; ada, in by, grants them.
var lee = usher.By{Actor: usher.Actor{UserID: 12, TokenID: 79}, RequestID: "AB12:3"}

// squads is an enterprise with three teams, of which nothing is granted, and two
// organizations. Jon is its billing manager; hal belongs nowhere, kim to a team alone.
func squads(changes ...func(*account)) []account {
	enterprise := account{
		kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", managers: "jon", copilot: enabled(),
		teams: []team{{id: 21, slug: "red", members: "ada Bob"}, {id: 22, slug: "blue", members: "Bob kim"}, {id: 23, slug: "none"}},
	}
	for _, change := range changes {
		change(&enterprise)
	}
	return []account{
		enterprise,
		{login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "lee", members: "ada Bob cyd dee", invited: "ida"},
		{login: "hubot", id: hubot, enterprise: octoGlobal, members: "ada eve"},
		{login: "elsewhere", id: 5, members: "gus"},
	}
}

func teamNamed(slug string) usher.TeamName { return usher.TeamName{Slug: slug} }

func (s stage) enlists(slug string, logins ...string) {
	s.Helper()
	if _, err := s.AddEnterpriseTeamPeople(background, global, teamNamed(slug), logins, lee); err != nil {
		s.Fatalf("%q join %s: %v", logins, slug, err)
	}
	s.sound()
}

func (s stage) discharges(slug string, logins ...string) {
	s.Helper()
	if _, err := s.RemoveEnterpriseTeamPeople(background, global, teamNamed(slug), logins, lee); err != nil {
		s.Fatalf("%q leave %s: %v", logins, slug, err)
	}
	s.sound()
}

func (s stage) deletes(slug string) {
	s.Helper()
	if err := s.DeleteEnterpriseTeam(background, global, teamNamed(slug), lee); err != nil {
		s.Fatalf("delete %s: %v", slug, err)
	}
	s.sound()
}

// squad is who is in a team.
func (s stage) squad(slug string) string {
	s.Helper()
	page, err := s.EnterpriseTeamPeople(background, global, teamNamed(slug), everyRow)
	if err != nil {
		s.Fatalf("the people of %s: %v", slug, err)
	}
	if page.Rows != int64(len(page.People)) || page.Team.Slug != slug {
		s.Errorf("the people of %s: %d rows, %d shown of %s", slug, page.Rows, len(page.People), page.Team.Slug)
	}
	var logins []string
	for _, person := range page.People {
		logins = append(logins, person.User.Login)
	}
	return strings.Join(logins, " ")
}

// rowsAre compares all rows of the enterprise, and how many people they are of.
func (s stage) rowsAre(people int64, want ...string) {
	s.Helper()
	page, err := s.EnterpriseSeats(background, global, everyRow)
	if err != nil {
		s.Fatalf("enterprise seats: %v", err)
	}
	if diff := cmp.Diff(want, words(page.Seats)); diff != "" {
		s.Errorf("rows (-want +got):\n%s", diff)
	}
	if page.TotalSeats != people {
		s.Errorf("total_seats is %d, want %d", page.TotalSeats, people)
	}
}

// squadEvents are the enterprise's events from a number on, with their teams, and with the
// request that they came of.
func (s stage) squadEvents(from int) []string {
	s.Helper()
	lines := s.events(from)
	for i, e := range dump(s, s.store).Accounts[0].Events[from:] {
		if e.TeamID != 0 {
			lines[i] += fmt.Sprintf(" via %d", e.TeamID)
		}
		if e.RequestID != "" {
			lines[i] += " in " + e.RequestID
		}
	}
	return lines
}

func (s stage) sameEvents(from int, want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.squadEvents(from)); diff != "" {
		s.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestWhoJoinsAGrantedEnterpriseTeamHasASeatAtOnceG2E5(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseTeams, 2, "red")
	from := s.lastEvent()
	s.enlists("red", "cyd", "BOB", "Cyd") // Bob is in it
	s.enlists("none", "cyd")              // not granted
	s.enlists("red", "kim", "lee", "jon") // of a team alone, an owner, a billing manager
	s.rowsAre(6, "ada via red", "Bob via red", "cyd via red", "kim via red", "lee via red", "jon via red")
	if got, want := s.squad("red"), "ada Bob cyd jon kim lee"; got != want {
		t.Errorf("the team: got %s, want %s", got, want)
	}
	s.sameEvents(from, // whoever granted the team, not whoever put them in
		"11-11T12 team.add_member cyd by lee via 21 in AB12:3",
		"11-11T12 seat_added cyd by ada via 21 in AB12:3",
		"11-11T12 team.add_member cyd by lee via 23 in AB12:3",
		"11-11T12 team.add_member kim by lee via 21 in AB12:3",
		"11-11T12 team.add_member lee by lee via 21 in AB12:3",
		"11-11T12 team.add_member jon by lee via 21 in AB12:3",
		"11-11T12 seat_added kim by ada via 21 in AB12:3",
		"11-11T12 seat_added lee by ada via 21 in AB12:3",
		"11-11T12 seat_added jon by ada via 21 in AB12:3")
}

func TestWhoRejoinsAGrantedEnterpriseTeamHasTheirSeatRefreshedX5(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseTeams, 2, "red")
	from := s.lastEvent()
	s.discharges("red", "ada")
	s.rowsAre(2, "ada via red until 2026-12-01", "Bob via red")
	pending := dump(s, s.store).Accounts[0].Seats[0]
	if pending.CancelledBy != lee.Actor {
		t.Errorf("cancelled by %+v, want %+v", pending.CancelledBy, lee.Actor)
	}
	s.enlists("red", "ada")
	s.rowsAre(2, "ada via red", "Bob via red")
	if got := dump(s, s.store).Accounts[0].Seats[0]; got.Number != pending.Number || !got.EndsAt.IsZero() {
		t.Errorf("the refreshed seat is %+v, was %+v", got, pending)
	}
	s.sameEvents(from,
		"11-11T12 team.remove_member ada by lee via 21 in AB12:3",
		"11-11T12 seat_assignment_unassigned ada by lee via 21 in AB12:3",
		"11-11T12 team.add_member ada by lee via 21 in AB12:3",
		"11-11T12 seat_assignment_refreshed ada by lee via 21 in AB12:3")
	s.discharges("red", "ada")
	s.passTo(endOfNovember)
	s.sound()
	s.rowsAre(1, "Bob via red")
	s.enlists("red", "ada")
	s.rowsAre(2, "Bob via red", "ada via red") // a new one
}

func TestWhomAnotherEnterpriseTeamHoldsLosesTheRowAtOnceE5(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseTeams, 4, "red", "blue")
	s.rowsAre(3, "ada via red", "Bob via red", "Bob via blue", "kim via blue")
	from := s.lastEvent()
	s.discharges("red", "Bob", "ada")
	s.rowsAre(3, "ada via red until 2026-12-01", "Bob via blue", "kim via blue")
	s.sameEvents(from,
		"11-11T12 team.remove_member Bob by lee via 21 in AB12:3",
		"11-11T12 team.remove_member ada by lee via 21 in AB12:3",
		"11-11T12 seat_cancelled Bob by lee via 21 in AB12:3",
		"11-11T12 seat_assignment_unassigned ada by lee via 21 in AB12:3")
	s.enlists("red", "Bob")
	s.rowsAre(3, "ada via red until 2026-12-01", "Bob via red", "Bob via blue", "kim via blue")
}

func TestLeavingATeamWithoutAGrantIsNoMatterOfSeats(t *testing.T) {
	s := play(t, worldOf(squads(func(a *account) { a.grants = []usher.WorldGrant{direct("kim")} })...))
	from := s.lastEvent()
	s.discharges("blue", "kim")
	s.rowsAre(1, "kim") // who belongs to the enterprise no more: the direct grant holds
	s.sameEvents(from, "11-11T12 team.remove_member kim by lee via 22 in AB12:3")
	if got := s.squad("blue"); got != "Bob" {
		t.Errorf("the team: got %s, want Bob", got)
	}
}

func TestADeletedEnterpriseTeamsGrantEndsX7(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseTeams, 4, "red", "blue")
	s.discharges("red", "ada") // pending before
	s.enlists("red", "cyd")
	from := s.lastEvent()
	s.deletes("red")
	s.sameEvents(from,
		"11-11T12 team.destroy by lee via 21 in AB12:3",
		"11-11T12 seat_assignment_unassigned by lee via 21 in AB12:3",
		"11-11T12 seat_cancelled Bob by lee via 21 in AB12:3", // the other team holds them
		"11-11T12 seat_assignment_unassigned cyd by lee via 21 in AB12:3")
	// Nobody can say any more which team it was.
	s.rowsAre(4, "ada until 2026-12-01", "cyd until 2026-12-01", "Bob via blue", "kim via blue")
	if _, err := s.EnterpriseTeam(background, global, teamNamed("red")); kindOf(err) != usher.NotFound {
		t.Errorf("the deleted team: got %v, want not found", err)
	}
	s.refusesIn(global, s.GrantEnterpriseTeams, "red")

	// Another team of the name has another id, and nothing of the first's.
	name := "Red"
	team, err := s.CreateEnterpriseTeam(background, global, usher.EnterpriseTeamChange{Name: &name}, lee)
	if err != nil || team.ID <= 23 {
		t.Fatalf("another team: %+v, %v", team, err)
	}
	s.enlists("red", "ada")
	s.rowsAre(4, "ada until 2026-12-01", "cyd until 2026-12-01", "Bob via blue", "kim via blue")
	s.moveTo(endOfNovember)
	s.rowsAre(2, "Bob via blue", "kim via blue")
}

func TestADeletedTeamWithoutAGrantIsNoMatterOfSeatsX7(t *testing.T) {
	s := play(t, worldOf(squads()...))
	from := s.lastEvent()
	s.deletes("blue")
	s.sameEvents(from, "11-11T12 team.destroy by lee via 22 in AB12:3")
	if belongs, err := s.AddEnterpriseTeamPeople(background, global, teamNamed("red"), []string{"kim"}, lee); kindOf(err) != usher.Invalid {
		t.Errorf("kim, who was in that team alone, joins another: %v, %v", belongs, err)
	}
}

func TestWhileCopilotIsOffEnterpriseTeamsChangeAloneX6(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseTeams, 4, "red", "blue")
	s.copilot(global, usher.AssignmentDisabled)
	s.rowsAre(0)
	from := s.lastEvent()
	s.enlists("blue", "cyd")
	s.discharges("blue", "kim")
	s.deletes("red")
	s.sameEvents(from,
		"11-11T12 team.add_member cyd by lee via 22 in AB12:3",
		"11-11T12 team.remove_member kim by lee via 22 in AB12:3",
		"11-11T12 team.destroy by lee via 21 in AB12:3")
	s.copilot(global, usher.AssignSelected)
	s.rowsAre(2, "Bob via blue", "cyd via blue")
	grants := dump(s, s.store).Accounts[0].Grants
	if len(grants) != 1 || grants[0].SubjectID != 22 {
		t.Errorf("grants: got %+v, want blue's alone", grants)
	}
}

// copilot changes an account's seat management setting.
func (s stage) copilot(ref usher.AccountRef, setting usher.SeatManagement) {
	s.Helper()
	if _, err := s.ChangeSubscription(background, ref, usher.SubscriptionChange{SeatManagement: &setting}, by); err != nil {
		s.Fatalf("the setting %s: %v", setting, err)
	}
	s.sound()
}

func TestEnterpriseTeamsAreForWhoBelongsToTheEnterpriseG5E5(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseTeams, 2, "red")
	before := dump(s, s.store)
	_, err := s.AddEnterpriseTeamPeople(background, global, teamNamed("red"), []string{"cyd", "nobody", "hal", "gus", "ida", "NOBODY"}, lee)
	const outside = " is neither a member of one of the enterprise's organizations or teams nor an owner or billing manager of it."
	want := []usher.Item{
		{Subject: usher.UserSubject, Code: usher.Missing, Message: `"nobody" is not the login of a user.`},
		{Subject: usher.UserSubject, Code: usher.NotValid, Message: `"hal"` + outside},
		{Subject: usher.UserSubject, Code: usher.NotValid, Message: `"gus"` + outside},
		{Subject: usher.UserSubject, Code: usher.NotValid, Message: `"ida"` + outside}, // invited only
	}
	if diff := cmp.Diff(want, refusal(s, err).Items); diff != "" {
		t.Errorf("joining (-want +got):\n%s", diff)
	}
	_, err = s.RemoveEnterpriseTeamPeople(background, global, teamNamed("red"), []string{"ada", "cyd", "nobody"}, lee)
	want = []usher.Item{
		{Subject: usher.UserSubject, Code: usher.NotValid, Message: `"cyd" is not in the team.`},
		{Subject: usher.UserSubject, Code: usher.Missing, Message: `"nobody" is not the login of a user.`},
	}
	if diff := cmp.Diff(want, refusal(s, err).Items); diff != "" {
		t.Errorf("leaving (-want +got):\n%s", diff)
	}
	for login, kind := range map[string]usher.Kind{"nobody": usher.NotFound, "hal": usher.Invalid} {
		if _, err := s.AddEnterpriseTeamPerson(background, global, teamNamed("red"), login, lee); kindOf(err) != kind {
			t.Errorf("%s joins alone: got %v, want kind %v", login, err, kind)
		}
	}
	for _, login := range []string{"nobody", "hal", "cyd"} {
		if err := s.RemoveEnterpriseTeamPerson(background, global, teamNamed("red"), login, lee); kindOf(err) != usher.NotFound {
			t.Errorf("%s leaves alone: got %v, want not found", login, err)
		}
		if _, err := s.EnterpriseTeamPerson(background, global, teamNamed("red"), login); kindOf(err) != usher.NotFound {
			t.Errorf("%s in the team: got %v, want not found", login, err)
		}
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		t.Errorf("the refused calls changed something (-before +after):\n%s", diff)
	}
}

func TestAnEnterpriseTeamIsFoundByItsSlugOrIDE6(t *testing.T) {
	s := play(t, worldOf(squads(func(a *account) { a.teams = append(a.teams, team{id: 24, slug: "21"}) })...))
	for name, want := range map[usher.TeamName]int64{
		{Slug: "red"}: 21, {Slug: "ent:RED"}: 21, {Slug: "ENT:red"}: 21,
		{Slug: "21", ID: 21}: 24, // a slug goes before an id
		{Slug: "22", ID: 22}: 22,
		{Slug: "ent:22"}:     0, {Slug: "ent:"}: 0, {Slug: ""}: 0, {Slug: "pink"}: 0, {Slug: "99", ID: 99}: 0,
	} {
		got, err := s.EnterpriseTeam(background, global, name)
		if got.Team.ID != want || want == 0 && kindOf(err) != usher.NotFound {
			t.Errorf("%+v: got team %d, %v; want %d", name, got.Team.ID, err, want)
		}
	}
}

func TestAnEnterpriseTeamIsCreatedAndChanged(t *testing.T) {
	s := play(t, worldOf(squads()...))
	name, text, quiet, selected := "Größe & Co", "the big ones", true, usher.SelectedOrganizations
	team, err := s.CreateEnterpriseTeam(background, global, usher.EnterpriseTeamChange{Name: &name}, lee)
	want := usher.Team{
		Account: global, ID: team.ID, Slug: "größe-co", Name: name, Privacy: "closed", Selection: "disabled",
		CreatedAt: noon, UpdatedAt: noon, Version: team.Version,
	}
	if diff := cmp.Diff(want, team); err != nil || diff != "" {
		t.Fatalf("created: %v (-want +got):\n%s", err, diff)
	}
	if got := s.squad("größe-co"); got != "" { // G9 is about organizations
		t.Errorf("who is in it: got %s, want nobody", got)
	}
	later := noon.AddDate(0, 0, 1)
	s.passTo(later)
	renamed := "Largest"
	changed, err := s.ChangeEnterpriseTeam(background, global, teamNamed("GRÖSSE-co"), usher.EnterpriseTeamChange{}, lee)
	if kindOf(err) != usher.NotFound {
		t.Errorf("a slug that is another: got %+v, %v", changed, err)
	}
	changed, err = s.ChangeEnterpriseTeam(background, global, teamNamed("ent:Größe-Co"), usher.EnterpriseTeamChange{Name: &renamed, Description: &text, Quiet: &quiet, Selection: &selected}, lee)
	want.Name, want.Slug, want.Description, want.Quiet, want.Selection, want.UpdatedAt = renamed, "largest", text, true, selected, later
	want.Version = changed.Version
	if diff := cmp.Diff(want, changed); err != nil || diff != "" || changed.Version == team.Version {
		t.Errorf("changed: %v, version %d after %d (-want +got):\n%s", err, changed.Version, team.Version, diff)
	}
	found, err := s.EnterpriseTeam(background, global, teamNamed("largest"))
	if diff := cmp.Diff(want, found.Team); err != nil || diff != "" {
		t.Errorf("found: %v (-want +got):\n%s", err, diff)
	}
	again, err := s.ChangeEnterpriseTeam(background, global, teamNamed("largest"), usher.EnterpriseTeamChange{Name: &renamed}, lee)
	if diff := cmp.Diff(want, again); err != nil || diff != "" {
		t.Errorf("a change that changes nothing: %v (-want +got):\n%s", err, diff)
	}
	after, err := s.EnterpriseTeam(background, global, teamNamed("largest"))
	if err != nil || !slices.Equal(found.Edition, after.Edition) {
		t.Errorf("the edition after it: got %v, %v; want %v", after.Edition, err, found.Edition)
	}
	s.sound()
}

func TestAnEnterpriseTeamIsRefusedWithWhatIsWrong(t *testing.T) {
	s := play(t, worldOf(squads()...))
	before := dump(s, s.store)
	long, group := strings.Repeat("x", 1025), "a-group"
	for field, change := range map[string]usher.EnterpriseTeamChange{
		"name":        {Name: named("BLUE")},
		"name, none":  {Name: named(" ")},
		"description": {Name: named("fine"), Description: &long},
		"group_id":    {Name: named("fine"), Group: &group},
	} {
		_, created := s.CreateEnterpriseTeam(background, global, change, lee)
		_, changed := s.ChangeEnterpriseTeam(background, global, teamNamed("red"), change, lee)
		for _, err := range []error{created, changed} {
			items := refusal(s, err).Items
			if len(items) != 1 || items[0].Field != strings.Split(field, ",")[0] {
				t.Errorf("%s: got %+v", field, items)
			}
		}
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		t.Errorf("the refused calls changed something (-before +after):\n%s", diff)
	}
}

func named(name string) *string { return &name }

// assignments are the organizations that a team is assigned to.
func (s stage) assignments(slug string) string {
	s.Helper()
	page, err := s.EnterpriseTeamOrganizations(background, global, teamNamed(slug), everyRow)
	if err != nil {
		s.Fatalf("the organizations of %s: %v", slug, err)
	}
	var logins []string
	for _, organization := range page.Organizations {
		logins = append(logins, organization.Login)
	}
	return strings.Join(logins, " ")
}

func (s stage) selects(slug string, selection usher.OrganizationSelection) {
	s.Helper()
	if _, err := s.ChangeEnterpriseTeam(background, global, teamNamed(slug), usher.EnterpriseTeamChange{Selection: &selection}, lee); err != nil {
		s.Fatalf("%s for %s: %v", selection, slug, err)
	}
}

func (s stage) assigns(slug string, logins ...string) {
	s.Helper()
	if _, err := s.AssignOrganizations(background, global, teamNamed(slug), logins, lee); err != nil {
		s.Fatalf("assign %s to %q: %v", slug, logins, err)
	}
}

func TestAnEnterpriseTeamIsAssignedToOrganizations(t *testing.T) {
	s := play(t, worldOf(squads()...))
	is := func(want string) {
		t.Helper()
		if got := s.assignments("red"); got != want {
			t.Errorf("organizations: got %q, want %q", got, want)
		}
	}
	is("")
	s.selects("red", usher.AllOrganizations)
	is("octodemo hubot")
	s.selects("red", usher.SelectedOrganizations)
	is("")
	s.assigns("red", "HUBOT", "octodemo", "hubot")
	is("octodemo hubot")
	s.assigns("red") // none is no mistake
	if err := s.UnassignOrganizations(background, global, teamNamed("red"), []string{"Octodemo"}, lee); err != nil {
		t.Fatal(err)
	}
	is("hubot")
	found, err := s.EnterpriseTeamOrganization(background, global, teamNamed("red"), "HUBOT")
	if err != nil || found.Organization.Login != "hubot" {
		t.Errorf("hubot: got %+v, %v", found, err)
	}
	if _, err := s.EnterpriseTeamOrganization(background, global, teamNamed("red"), "octodemo"); kindOf(err) != usher.NotFound {
		t.Errorf("octodemo, which is not assigned: got %v", err)
	}
	s.selects("red", usher.NoOrganizations)
	is("")
	s.selects("red", usher.SelectedOrganizations) // what was selected is forgotten
	is("")
	s.sound()
}

func TestOnlyTheEnterprisesOrganizationsCanBeAssignedG5(t *testing.T) {
	s := play(t, worldOf(squads()...))
	if _, err := s.AssignOrganizations(background, global, teamNamed("red"), []string{"hubot"}, lee); kindOf(err) != usher.Invalid || len(refusal(s, err).Items) > 0 {
		t.Errorf("a team that is assigned to none: got %v", err)
	}
	s.selects("red", usher.SelectedOrganizations)
	s.assigns("red", "hubot")
	_, err := s.AssignOrganizations(background, global, teamNamed("red"), []string{"octodemo", "elsewhere", "nobody"}, lee)
	want := []usher.Item{
		{Subject: usher.OrganizationSubject, Code: usher.Missing, Message: `"elsewhere" is not the login of an organization of the enterprise.`},
		{Subject: usher.OrganizationSubject, Code: usher.Missing, Message: `"nobody" is not the login of an organization of the enterprise.`},
	}
	if diff := cmp.Diff(want, refusal(s, err).Items); diff != "" {
		t.Errorf("assigning (-want +got):\n%s", diff)
	}
	err = s.UnassignOrganizations(background, global, teamNamed("red"), []string{"hubot", "octodemo"}, lee)
	want = []usher.Item{{Subject: usher.OrganizationSubject, Code: usher.NotValid, Message: `"octodemo" is not an organization that the team is assigned to.`}}
	if diff := cmp.Diff(want, refusal(s, err).Items); diff != "" {
		t.Errorf("taking back (-want +got):\n%s", diff)
	}
	if _, err := s.AssignOrganization(background, global, teamNamed("red"), "elsewhere", lee); kindOf(err) != usher.NotFound {
		t.Errorf("one that is not the enterprise's: got %v", err)
	}
	if err := s.UnassignOrganization(background, global, teamNamed("red"), "octodemo", lee); kindOf(err) != usher.NotFound {
		t.Errorf("one that is not assigned: got %v", err)
	}
	if got := s.assignments("red"); got != "hubot" {
		t.Errorf("organizations: got %q, want hubot", got)
	}
}

func TestAnOrganizationThatLeavesTheEnterpriseLeavesItsTeams(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.selects("red", usher.SelectedOrganizations)
	s.selects("blue", usher.AllOrganizations)
	s.assigns("red", "hubot", "octodemo")
	before, err := s.EnterpriseTeamOrganizations(background, global, teamNamed("red"), usher.Page{Number: 1, PerPage: 1})
	if err != nil {
		t.Fatal(err)
	}
	caller := callerOf("lee")
	move := func(organization int64, enterprise string) {
		t.Helper()
		if _, err := s.MoveOrganization(background, usher.OrganizationRef(organization), usher.AccountName{Kind: usher.Enterprise, Login: enterprise}, caller, lee); err != nil {
			t.Fatal(err)
		}
		s.sound()
	}
	move(hubot, "")
	if red, blue := s.assignments("red"), s.assignments("blue"); red != "octodemo" || blue != "octodemo" {
		t.Errorf("organizations: got %q and %q, want octodemo both", red, blue)
	}
	after, err := s.EnterpriseTeamOrganizations(background, global, teamNamed("red"), usher.Page{Number: 1, PerPage: 1})
	if err != nil || slices.Equal(before.Edition, after.Edition) {
		t.Errorf("the page has one row of %d, then of %d, and the same edition %v (%v)", before.Rows, after.Rows, after.Edition, err)
	}
	move(hubot, "octo-global")
	if red, blue := s.assignments("red"), s.assignments("blue"); red != "octodemo" || blue != "octodemo hubot" {
		t.Errorf("organizations when it is back: got %q and %q", red, blue)
	}
}

func TestWhatIsShownOfAnEnterpriseTeamHasAnEditionOfItsOwn(t *testing.T) {
	s := play(t, worldOf(squads()...))
	editions := map[string]string{}
	differs := func(after string) {
		t.Helper()
		list, err := s.EnterpriseTeams(background, global, everyRow)
		if err != nil {
			t.Fatal(err)
		}
		people, err := s.EnterpriseTeamPeople(background, global, teamNamed("red"), everyRow)
		if err != nil {
			t.Fatal(err)
		}
		for what, edition := range map[string]usher.Edition{"the teams": list.Edition, "the people": people.Edition} {
			key := what + fmt.Sprint(edition)
			if before, seen := editions[key]; seen {
				t.Errorf("%s have the same edition after %q and after %q", what, before, after)
			}
			editions[key] = after
		}
	}
	differs("the beginning")
	s.enlists("red", "cyd")
	differs("joining")
	s.discharges("red", "cyd")
	differs("leaving")
	s.selects("red", usher.AllOrganizations)
	differs("a change")
	s.deletes("blue")
	differs("another's end")
}
