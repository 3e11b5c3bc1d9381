package usher_test

import (
	"errors"
	"testing"
	"time"

	"github.com/usher-seats/usher"
)

// anOwner is who changes teams where it does not matter who does: ada, by a classic token.
var anOwner = callerOf("ada")

func callerOf(login string) usher.Caller {
	user := usher.User{ID: userID(login), Login: login}
	return usher.Caller{User: &user, Token: usher.Token{ID: 1, Kind: usher.Classic, UserID: user.ID, Scopes: []string{usher.ScopeAdminOrg}}}
}

func (s stage) joins(team int64, logins ...string) {
	s.Helper()
	for _, login := range logins {
		if _, err := s.SetTeamMembership(background, usher.OrganizationRef(octodemo), usher.TeamName{ID: team}, login, usher.TeamMemberRole, anOwner, by); err != nil {
			s.Fatalf("%s joins team %d: %v", login, team, err)
		}
	}
}

func (s stage) leaves(team int64, logins ...string) {
	s.Helper()
	for _, login := range logins {
		if err := s.RemoveTeamMembership(background, usher.OrganizationRef(octodemo), usher.TeamName{ID: team}, login, anOwner, by); err != nil {
			s.Fatalf("%s leaves team %d: %v", login, team, err)
		}
	}
}

func TestWhoJoinsAGrantedTeamHasASeatAtOnceG2(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), direct("gus"), cancelled("fay"))))
	s.lists("ada via core", "Bob via core", "cyd via core", "dee via core", "gus", "fay until 2026-12-01")
	s.joins(20, "eve")        // new
	s.joins(20, "gus")        // has one by name, which goes first
	s.joins(20, "fay")        // hers was pending
	s.joins(20, "Bob")        // is in it
	s.joins(19, "eve")        // is in it already, above
	s.joins(18, "ada", "gus") // not granted
	s.lists("ada via core", "Bob via core", "cyd via core", "dee via core", "gus", "fay via core", "eve via core")
}

func TestWhoJoinsAChildTeamOfAGrantedOneHasASeatG3(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	s.joins(19, "eve", "fay")
	s.lists("ada via core", "Bob via core", "cyd via core", "dee via core", "eve via core", "fay via core")
	s.leaves(19, "fay")
	s.lists("ada via core", "Bob via core", "cyd via core", "dee via core", "eve via core", "fay via core until 2026-12-01")
}

func TestWhoLeavesAGrantedTeamKeepsTheSeatUntilTheCycleEndsX5(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), throughTeam(18), direct("ada"))))
	s.lists("ada", "Bob via docs", "cyd via core", "dee via core", "eve via docs")
	s.leaves(20, "ada") // has a grant by name
	s.leaves(18, "Bob") // is in the other team
	s.leaves(18, "eve") // is in none
	s.lists("ada", "Bob via core", "cyd via core", "dee via core", "eve via docs until 2026-12-01")
	s.passTo(endOfNovember.Add(-time.Second))
	s.joins(18, "eve")
	s.lists("ada", "Bob via core", "cyd via core", "dee via core", "eve via docs")
	s.leaves(18, "eve")
	s.passTo(endOfNovember)
	s.lists("ada", "Bob via core", "cyd via core", "dee via core")
	s.joins(18, "eve")
	s.lists("ada", "Bob via core", "cyd via core", "dee via core", "eve via docs")
	if seat := s.member("eve").Seat; !seat.CreatedAt.Equal(endOfNovember) {
		t.Errorf("eve's new seat was created at %v, want %v", seat.CreatedAt, endOfNovember)
	}
}

func TestALeaversGrantByNameHoldsAndIsSeenX1(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(18))))
	s.does(s.GrantUsers, 0, "eve") // remembered
	s.leaves(18, "eve")
	s.lists("Bob via docs", "eve")
	s.does(s.CancelUsers, 1, "eve")
	s.lists("Bob via docs", "eve until 2026-12-01")
}

func TestWhereNobodyCanHoldASeatTeamsChangeAlone(t *testing.T) {
	for name, subscription := range map[string]*usher.Subscription{
		"none": nil, "disabled": enabled(management(usher.AssignmentDisabled)), "unconfigured": enabled(management(usher.AssignmentUnconfigured)),
	} {
		t.Run(name, func(t *testing.T) {
			octo := crew()
			octo.copilot = subscription
			s := play(t, worldOf(octo))
			s.joins(20, "eve")
			found, err := s.TeamMembership(background, usher.OrganizationRef(octodemo), usher.TeamName{Slug: "CORE"}, "EVE", anOwner)
			if err != nil || found.Role != usher.TeamMemberRole || found.User.Login != "eve" || found.Team.ID != 20 {
				t.Errorf("eve in core: got %+v, %v", found, err)
			}
			if seats := dump(s, s.store).Accounts[0].Seats; len(seats) > 0 {
				t.Errorf("seats: got %v, want none", seats)
			}
		})
	}
}

func TestUnderAssignAllATeamOnlyShowsG7(t *testing.T) {
	octo := crew()
	octo.copilot = enabled(management(usher.AssignAll))
	s := play(t, worldOf(octo))
	before := s.member("eve").Seat
	s.joins(20, "eve")
	s.leaves(20, "eve")
	if after := s.member("eve").Seat; after != before {
		t.Errorf("eve's seat: got %+v, want %+v", after, before)
	}
}

func TestATeamMembershipIsKnownToWhoMayKnowOfTheTeam(t *testing.T) {
	octo := crew()
	octo.teams = append(octo.teams, team{id: 30, slug: "hidden", members: "fay"})
	world := worldOf(octo)
	for i, team := range world.Accounts[0].Teams {
		if team.ID == 30 {
			world.Accounts[0].Teams[i].Privacy = usher.PrivacySecret
		}
	}
	s := play(t, world)
	installation := usher.Caller{Token: usher.Token{ID: 2, Kind: usher.AppInstallation, OwnerID: octodemo}}
	for _, c := range []struct {
		what   string
		caller usher.Caller
		team   usher.TeamName
		login  string
		want   usher.Kind // 0: found
	}{
		{"a member of it", callerOf("fay"), usher.TeamName{Slug: "hidden"}, "fay", 0},
		{"an owner", anOwner, usher.TeamName{ID: 30}, "fay", 0},
		{"an installation", installation, usher.TeamName{ID: 30}, "fay", 0},
		{"another member", callerOf("eve"), usher.TeamName{Slug: "hidden"}, "fay", usher.NotFound},
		{"a closed team", callerOf("eve"), usher.TeamName{Slug: "core"}, "ada", 0},
		{"a person of a child team", callerOf("eve"), usher.TeamName{Slug: "core"}, "dee", 0},
		{"a person of the parent only", callerOf("eve"), usher.TeamName{Slug: "inner"}, "ada", usher.NotFound},
		{"who is in no team", anOwner, usher.TeamName{Slug: "core"}, "gus", usher.NotFound},
		{"nobody", anOwner, usher.TeamName{Slug: "core"}, "nobody", usher.NotFound},
		{"no team", anOwner, usher.TeamName{Slug: "nothing"}, "ada", usher.NotFound},
		{"a team's name", anOwner, usher.TeamName{Slug: "Core Team"}, "ada", usher.NotFound},
		{"no id", anOwner, usher.TeamName{ID: 404}, "ada", usher.NotFound},
	} {
		_, err := s.TeamMembership(background, usher.OrganizationRef(octodemo), c.team, c.login, c.caller)
		if got := kindOf(err); got != c.want {
			t.Errorf("%s: got %v, want kind %d", c.what, err, c.want)
		}
	}
}

func kindOf(err error) usher.Kind {
	var known *usher.Error
	if errors.As(err, &known) {
		return known.Kind
	}
	return 0
}

func TestOnlyOwnersAndMaintainersChangeWhoIsInATeam(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(18))))
	organization, docs := usher.OrganizationRef(octodemo), usher.TeamName{Slug: "docs"}
	for _, c := range []struct {
		what   string
		caller usher.Caller
		login  string
		want   usher.Kind
	}{
		{"a member of the team", callerOf("eve"), "gus", usher.Forbidden},
		{"another member", callerOf("cyd"), "gus", usher.Forbidden},
		{"an owner, about nobody", anOwner, "nobody", usher.NotFound},
	} {
		_, err := s.SetTeamMembership(background, organization, docs, c.login, usher.TeamMemberRole, c.caller, by)
		if got := kindOf(err); got != c.want {
			t.Errorf("joining, %s: got %v, want kind %d", c.what, err, c.want)
		}
	}
	if err := s.RemoveTeamMembership(background, organization, docs, "Bob", callerOf("eve"), by); kindOf(err) != usher.Forbidden {
		t.Errorf("a member removes another: got %v, want a refusal", err)
	}
	if err := s.RemoveTeamMembership(background, organization, usher.TeamName{Slug: "core"}, "cyd", anOwner, by); kindOf(err) != usher.NotFound {
		t.Errorf("a child team's member leaves the parent: got %v, want not found", err)
	}
	s.lists("Bob via docs", "eve via docs")
	if _, err := s.SetTeamMembership(background, organization, docs, "eve", usher.TeamMaintainerRole, anOwner, by); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveTeamMembership(background, organization, docs, "Bob", callerOf("eve"), by); err != nil {
		t.Errorf("a maintainer removes a member: %v", err)
	}
	s.lists("Bob via docs until 2026-12-01", "eve via docs")
}

func TestWhoIsInvitedToBeAnOwnerIsNoneYet(t *testing.T) {
	s := play(t, worldOf(crew()))
	if _, err := s.SetOrganizationMembership(background, octo, "kim", usher.RoleOwner, by); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteTeam(background, octo, usher.TeamName{Slug: "docs"}, callerOf("kim"), by); kindOf(err) != usher.Forbidden {
		t.Errorf("before accepting: got %v, want a refusal", err)
	}
	s.accepts("kim")
	if err := s.DeleteTeam(background, octo, usher.TeamName{Slug: "docs"}, callerOf("kim"), by); err != nil {
		t.Errorf("after accepting: %v", err)
	}
}
