package usher_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// creates has somebody create a closed team, below another unless that is 0, and returns its id.
func (s stage) creates(caller usher.Caller, name string, parent int64, maintainers ...string) int64 {
	s.Helper()
	wanted := usher.NewTeam{Name: name, Privacy: usher.PrivacyClosed, Maintainers: maintainers}
	if parent != 0 {
		wanted.Parent = &usher.TeamName{ID: parent}
	}
	created, err := s.CreateTeam(background, octo, wanted, caller, by)
	if err != nil {
		s.Fatalf("create %q: %v", name, err)
	}
	s.sound()
	return created.Team.ID
}

func (s stage) alters(team int64, change usher.TeamChange) usher.TeamProfile {
	s.Helper()
	profile, changed, err := s.ChangeTeam(background, octo, usher.TeamName{ID: team}, change, anOwner, by)
	if err != nil || !changed {
		s.Fatalf("change team %d: changed %t, %v", team, changed, err)
	}
	s.sound()
	return profile
}

// nests gives a team another parent; 0 takes it away.
func (s stage) nests(team, parent int64) {
	s.Helper()
	s.alters(team, usher.TeamChange{Parent: &usher.TeamName{ID: parent}})
}

func (s stage) deletesTeam(team int64) {
	s.Helper()
	if err := s.DeleteTeam(background, octo, usher.TeamName{ID: team}, anOwner, by); err != nil {
		s.Fatalf("delete team %d: %v", team, err)
	}
	s.sound()
}

func TestWhoCreatesATeamMaintainsItG9(t *testing.T) {
	s := play(t, worldOf(crew()))
	for _, creator := range []string{"cyd", "ada"} { // a member, an owner
		team := s.creates(callerOf(creator), "Team of "+creator, 0, "eve", "EVE", creator)
		for _, login := range []string{creator, "eve"} {
			found, err := s.TeamMembership(background, octo, usher.TeamName{ID: team}, login, anOwner)
			if err != nil || found.Role != usher.TeamMaintainerRole || found.State != usher.Active {
				t.Errorf("%s in the team of %s: got %+v, %v; want an active maintainer", login, creator, found, err)
			}
		}
	}
	installation := usher.Caller{Token: usher.Token{ID: 2, Kind: usher.AppInstallation, OwnerID: octodemo}}
	created, err := s.CreateTeam(background, octo, usher.NewTeam{Name: "Nobody's"}, installation, by)
	if err != nil || created.Members != 0 || created.Team.Privacy != usher.PrivacySecret {
		t.Errorf("by an installation: got %+v, %v; want a secret team of nobody", created, err)
	}
}

func TestWhoHasJustLeftTheOrganizationCreatesNoTeam(t *testing.T) {
	s := play(t, worldOf(crew()))
	for _, login := range []string{"kim", "hal"} { // an outsider, an invited person
		if _, err := s.CreateTeam(background, octo, usher.NewTeam{Name: "Late"}, callerOf(login), by); kindOf(err) != usher.NotFound {
			t.Errorf("%s: got %v, want not found", login, err)
		}
	}
}

func TestACreatorIsSeatedBelowAGrantedTeamG2G3G9(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(21), cancelled("fay"), direct("gus"))))
	s.lists("cyd via inner", "dee via inner", "fay until 2026-12-01", "gus")
	s.joins(21, "ada")
	from := s.lastEvent()
	team := s.creates(anOwner, "Deep", 19, "fay", "gus", "eve")
	s.lists("cyd via inner", "dee via inner", "fay via inner", "gus", "ada via inner", "eve via inner")
	want := []string{"11-11T12 seat_assignment_refreshed fay by ada", "11-11T12 seat_added eve"} // by whose grant it is: the world's
	if diff := cmp.Diff(want, s.seatEvents(from)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.deletesTeam(team)
	s.lists("cyd via inner", "dee via inner", "fay via inner until 2026-12-01", "gus", "ada via inner", "eve via inner until 2026-12-01")
}

func TestATeamThatMovesBelowAGrantedOneBringsSeatsAndTakesThemAwayG3X5(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), direct("dee"))))
	s.lists("ada via core", "Bob via core", "cyd via core", "dee")
	s.nests(18, 21) // docs below inner: eve is new, Bob is in core himself
	s.lists("ada via core", "Bob via core", "cyd via core", "dee", "eve via core")
	s.nests(21, 0) // inner away, and all that is below it
	s.lists("ada via core", "Bob via core", "cyd via core until 2026-12-01", "dee", "eve via core until 2026-12-01")
	s.nests(18, 0)
	s.passTo(endOfNovember.Add(-time.Second))
	s.nests(21, 20)
	s.lists("ada via core", "Bob via core", "cyd via core", "dee", "eve via core until 2026-12-01")
	s.passTo(endOfNovember)
	s.nests(18, 20)
	s.lists("ada via core", "Bob via core", "cyd via core", "dee", "eve via core")
	if seat := s.member("eve").Seat; !seat.CreatedAt.Equal(endOfNovember) {
		t.Errorf("eve's seat was created at %v, want a new one of %v", seat.CreatedAt, endOfNovember)
	}
}

func TestATeamThatMovesFromOneGrantToAnotherKeepsItsSeatsR2(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), throughTeam(18), throughTeam(19))))
	s.lists("ada via core", "Bob via docs", "cyd via core", "dee via innermost", "eve via docs")
	before := s.member("cyd").Seat
	s.nests(21, 18)
	s.lists("ada via core", "Bob via docs", "cyd via docs", "dee via docs", "eve via docs")
	after := s.member("cyd").Seat
	if after.Number != before.Number || !after.UpdatedAt.Equal(before.UpdatedAt) {
		t.Errorf("cyd's seat: got %+v, want %+v", after, before)
	}
	s.nests(21, 0) // dee's team has a grant of its own
	s.lists("ada via core", "Bob via docs", "cyd via docs until 2026-12-01", "dee via innermost", "eve via docs")
}

func TestADeletedTeamsGrantEndsWithThoseOfItsChildTeamsX7(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), throughTeam(19), throughTeam(18), direct("ada"))))
	s.lists("ada", "Bob via docs", "cyd via core", "dee via innermost", "eve via docs")
	s.joins(18, "gus")
	from := s.lastEvent()
	s.deletesTeam(20)
	// ada has a grant by name, Bob is in docs; of a deleted team nothing can be shown.
	s.lists("ada", "Bob via docs", "cyd until 2026-12-01", "dee until 2026-12-01", "eve via docs", "gus via docs")
	want := []string{
		"11-11T12 team.destroy by ada", "11-11T12 team.destroy by ada", "11-11T12 team.destroy by ada", // core, inner, innermost
		"11-11T12 seat_assignment_unassigned by ada", "11-11T12 seat_assignment_unassigned by ada", // core, innermost
		"11-11T12 seat_assignment_unassigned cyd by ada", "11-11T12 seat_assignment_unassigned dee by ada",
	}
	if diff := cmp.Diff(want, s.events(from)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	account := dump(s, s.store).Accounts[0]
	wantGrants := []usher.Grant{{Kind: usher.DirectGrant, SubjectID: userID("ada"), GrantedAt: noon}, {Kind: usher.TeamGrant, SubjectID: 18, GrantedAt: noon}}
	if diff := cmp.Diff(wantGrants, account.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	for _, gone := range []int64{19, 20, 21} {
		if _, err := s.Team(background, octo, usher.TeamName{ID: gone}, anOwner); kindOf(err) != usher.NotFound {
			t.Errorf("team %d: got %v, want not found", gone, err)
		}
	}
	s.does(s.GrantUsers, 1, "cyd")
	s.moveTo(endOfNovember)
	s.lists("ada", "Bob via docs", "cyd", "eve via docs", "gus via docs")
}

func TestADeletedChildTeamLeavesTheParentsOthersX7(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	s.joins(19, "ada") // who is in core, too
	s.deletesTeam(21)
	s.lists("ada via core", "Bob via core", "cyd via core until 2026-12-01", "dee via core until 2026-12-01")
	s.joins(20, "cyd")
	s.lists("ada via core", "Bob via core", "cyd via core", "dee via core until 2026-12-01")
}

func TestATeamThatIsDeletedWhileItsGrantSleepsDoesNotComeBackX6X7(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), throughTeam(18), direct("dee"))))
	held := []string{"ada via core", "Bob via docs", "cyd via core", "dee", "eve via docs"}
	s.lists(held...)
	manage := func(setting usher.SeatManagement) {
		t.Helper()
		if _, err := s.ChangeSubscription(background, octo, usher.SubscriptionChange{SeatManagement: &setting}, by); err != nil {
			t.Fatal(err)
		}
		s.sound()
	}
	manage(usher.AssignmentDisabled)
	s.lists()
	manage(usher.AssignSelected)
	s.lists(held...) // it would, were it not deleted
	manage(usher.AssignmentDisabled)
	s.deletesTeam(20)
	manage(usher.AssignSelected)
	s.lists("Bob via docs", "dee", "eve via docs")
	for _, grant := range dump(s, s.store).Accounts[0].Grants {
		if grant.Kind == usher.TeamGrant && grant.SubjectID != 18 {
			t.Errorf("the grant of team %d is in force, and the team is gone", grant.SubjectID)
		}
	}
}

func TestWhoWaitsForADeletedTeamIsInvitedAllTheSame(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	s.joins(20, "kim")
	s.joins(18, "kim", "hal")
	s.deletesTeam(20)
	s.accepts("kim", "hal")
	for _, login := range []string{"kim", "hal"} {
		if found, err := s.TeamMembership(background, octo, usher.TeamName{ID: 18}, login, anOwner); err != nil || found.State != usher.Active {
			t.Errorf("%s in docs: got %+v, %v", login, found, err)
		}
	}
	s.lists("ada until 2026-12-01", "Bob until 2026-12-01", "cyd until 2026-12-01", "dee until 2026-12-01")
}

func TestATeamCannotBeBelowItself(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	for _, parent := range []usher.TeamName{{ID: 20}, {ID: 21}, {ID: 19}, {Slug: "CORE"}, {Slug: "innermost"}} {
		_, _, err := s.ChangeTeam(background, octo, usher.TeamName{ID: 20}, usher.TeamChange{Parent: &parent}, anOwner, by)
		refused := refusal(t, err)
		wantField := "parent_team_id"
		if parent.Slug != "" {
			wantField = "parent_team_slug"
		}
		if refused.Kind != usher.Invalid || len(refused.Items) != 1 || refused.Items[0].Code != usher.NotValid || refused.Items[0].Field != wantField {
			t.Errorf("core below %+v: got %+v", parent, refused)
		}
	}
	s.nests(20, 18) // below another it can be
	s.lists("ada via core", "Bob via core", "cyd via core", "dee via core")
}

func TestNamesAndSlugsAreATeamsOwn(t *testing.T) {
	s := play(t, worldOf(crew()))
	for _, c := range []struct {
		name string
		slug string // empty: refused
		code usher.ItemCode
	}{
		{"  Night  Shift  ", "night-shift", ""},
		{"night shift", "", usher.AlreadyExists},  // its name in another case
		{"Night-Shift!", "", usher.AlreadyExists}, // its slug
		{"core", "", usher.AlreadyExists},         // a slug of a team with another name
		{"CORE TEAM", "", usher.AlreadyExists},    // a name of a team with another slug
		{"Core Team ", "", usher.AlreadyExists},   // spaces around it
		{"Größe", "größe", ""},
		{"GRÖSSE", "grösse", ""}, // ß has no other case
		{"größe", "", usher.AlreadyExists},
		{"ΣΊΣΥΦΟΣ", "σίσυφοσ", ""},
		{"夜 番", "夜-番", ""},
		{"नमस्ते", "नमस्ते", ""}, // marks belong to letters
		{"a/b\\c:d", "a-b-c-d", ""},
		{"__x__", "__x__", ""},
		{"--x--", "x", ""},
		{strings.Repeat("y", 100), strings.Repeat("y", 100), ""},
		{strings.Repeat("z", 101), "", usher.NotValid},
		{"w" + strings.Repeat(" ", 300), "w", ""}, // spaces around do not count
		{"v" + strings.Repeat("!", 254), "v", ""},
		{"u" + strings.Repeat("!", 255), "", usher.NotValid},
		{"", "", usher.NotValid},
		{" - ", "", usher.NotValid},
		{"🚀", "", usher.NotValid},
		{"t\x00", "", usher.NotValid},
		{"t\u0085t", "", usher.NotValid},
		{"line\nbreak", "", usher.NotValid},
	} {
		created, err := s.CreateTeam(background, octo, usher.NewTeam{Name: c.name}, anOwner, by)
		if c.slug != "" {
			if err != nil || created.Team.Slug != c.slug || created.Team.Name != strings.TrimSpace(c.name) {
				t.Errorf("%q: got %q with slug %q, %v; want the slug %q", c.name, created.Team.Name, created.Team.Slug, err, c.slug)
			}
			continue
		}
		refused := refusal(t, err)
		if refused.Kind != usher.Invalid || len(refused.Items) != 1 || refused.Items[0].Code != c.code || refused.Items[0].Field != "name" {
			t.Errorf("%q: got %+v, want %s", c.name, refused, c.code)
		}
	}
}

func TestATeamMayTakeItsOwnNameInAnotherSpelling(t *testing.T) {
	s := play(t, worldOf(crew()))
	for _, c := range []struct{ name, slug string }{
		{"CORE team", "core-team"}, // the world's slug was core
		{"core-team", "core-team"},
		{"Core", "core"},
	} {
		changed := s.alters(20, usher.TeamChange{Name: &c.name})
		if changed.Team.Name != c.name || changed.Team.Slug != c.slug {
			t.Errorf("%q: got %q with slug %q, want %q", c.name, changed.Team.Name, changed.Team.Slug, c.slug)
		}
	}
	s.does(s.GrantTeams, 4, "Core")
	docs := "core "
	if _, _, err := s.ChangeTeam(background, octo, usher.TeamName{ID: 18}, usher.TeamChange{Name: &docs}, anOwner, by); kindOf(err) != usher.Invalid {
		t.Errorf("another team's name: got %v", err)
	}
}

func TestAChangeThatChangesNothingLeavesTheTeamAsItIs(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	before, err := s.Team(background, octo, usher.TeamName{ID: 21}, anOwner)
	if err != nil {
		t.Fatal(err)
	}
	s.moveTo(noon.Add(time.Hour))
	name, privacy, quiet := "Inner Circle", usher.PrivacyClosed, false
	for _, change := range []usher.TeamChange{{}, {Name: &name, Privacy: &privacy, Quiet: &quiet}, {Parent: &usher.TeamName{Slug: "core"}}} {
		profile, changed, err := s.ChangeTeam(background, octo, usher.TeamName{ID: 21}, change, anOwner, by)
		if err != nil || changed || profile.Team != before.Team {
			t.Errorf("%+v: changed %t, %v: got %+v, want %+v", change, changed, err, profile.Team, before.Team)
		}
	}
	quiet = true
	after := s.alters(21, usher.TeamChange{Quiet: &quiet}).Team
	if after.Version == before.Team.Version || !after.UpdatedAt.Equal(noon.Add(time.Hour)) || !after.CreatedAt.Equal(before.Team.CreatedAt) {
		t.Errorf("after a change: got %+v, want another version and time than %+v", after, before.Team)
	}
}

func TestATeamsMaintainersChangeItAndOwnersAloneDeleteItsChildTeams(t *testing.T) {
	s := play(t, worldOf(crew()))
	eve := callerOf("eve")
	team := s.creates(eve, "Eves", 0)
	quiet := true
	for _, c := range []struct {
		what   string
		team   int64
		change usher.TeamChange
		caller usher.Caller
		want   usher.Kind
	}{
		{"their own", team, usher.TeamChange{Quiet: &quiet}, eve, 0},
		{"one that they are in", 18, usher.TeamChange{Quiet: &quiet}, eve, usher.Forbidden},
		{"another", 20, usher.TeamChange{Quiet: &quiet}, eve, usher.Forbidden},
		{"their own, below another", team, usher.TeamChange{Parent: &usher.TeamName{ID: 20}}, eve, usher.Forbidden},
		{"their own, below none", team, usher.TeamChange{Parent: &usher.TeamName{Slug: "nothing"}}, eve, usher.Invalid},
		{"none", 404, usher.TeamChange{Quiet: &quiet}, eve, usher.NotFound},
		{"another's, as an owner", team, usher.TeamChange{Parent: &usher.TeamName{ID: 20}}, anOwner, 0},
		{"their own, out of another", team, usher.TeamChange{Parent: &usher.TeamName{}}, eve, 0},
	} {
		if _, _, err := s.ChangeTeam(background, octo, usher.TeamName{ID: c.team}, c.change, c.caller, by); kindOf(err) != c.want || c.want == 0 && err != nil {
			t.Errorf("%s: got %v, want kind %d", c.what, err, c.want)
		}
	}
	child := s.creates(eve, "Child", team)
	for _, c := range []struct {
		team   int64
		caller usher.Caller
		want   usher.Kind
	}{
		{team, callerOf("fay"), usher.Forbidden},
		{team, eve, usher.Forbidden}, // it has a child team
		{child, eve, 0},
		{team, eve, 0},
		{team, eve, usher.NotFound},
	} {
		if err := s.DeleteTeam(background, octo, usher.TeamName{ID: c.team}, c.caller, by); kindOf(err) != c.want || c.want == 0 && err != nil {
			t.Errorf("deleting %d as %s: got %v, want kind %d", c.team, c.caller.User.Login, err, c.want)
		}
	}
}

func TestATeamsOrganizationIsFoundForWhoMayKnowOfTheTeam(t *testing.T) {
	other := account{login: "hubot", id: hubot, members: "ada", copilot: enabled(), teams: []team{{id: 30, slug: "theirs", members: "ada"}}}
	enterprise := account{kind: usher.Enterprise, login: "global", id: octoGlobal, owners: "ada", copilot: enabled(), teams: []team{{id: 31, slug: "all", members: "ada"}}}
	s := play(t, worldOf(enterprise, crew(), other))
	secret, err := s.CreateTeam(background, octo, usher.NewTeam{Name: "Secret"}, callerOf("cyd"), by)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		team   int64
		caller usher.Caller
		want   int64 // 0: not found
	}{
		{20, anOwner, octodemo},
		{20, callerOf("eve"), octodemo},
		{30, anOwner, hubot},
		{31, anOwner, 0}, // an enterprise's
		{404, anOwner, 0},
		{0, anOwner, 0},
		{-1, anOwner, 0},
		{secret.Team.ID, anOwner, octodemo},
		{secret.Team.ID, callerOf("cyd"), octodemo},
		{secret.Team.ID, callerOf("eve"), 0},
		{secret.Team.ID, callerOf("kim"), 0},
	} {
		ref, err := s.TeamOrganization(background, c.team, c.caller)
		if c.want == 0 && kindOf(err) != usher.NotFound || c.want != 0 && (err != nil || ref != usher.OrganizationRef(c.want)) {
			t.Errorf("team %d for %s: got %v, %v; want %d", c.team, c.caller.User.Login, ref, err, c.want)
		}
	}
}

func TestATakenNameDoesNotBetrayHowASecretTeamIsSpelt(t *testing.T) {
	world := worldOf(crew())
	teams := world.Accounts[0].Teams
	teams[3].Slug, teams[3].Name, teams[3].Privacy = "hidden", "Hidden, Very", usher.PrivacySecret
	s := play(t, world)
	_, err := s.CreateTeam(background, octo, usher.NewTeam{Name: "HIDDEN"}, callerOf("fay"), by)
	refused := refusal(s, err)
	if len(refused.Items) != 1 || refused.Items[0].Code != usher.AlreadyExists {
		t.Fatalf("got %+v, want the name taken", refused)
	}
	if strings.Contains(refused.Items[0].Message, "Very") {
		t.Errorf("the secret team is named: %s", refused.Items[0].Message)
	}
}
