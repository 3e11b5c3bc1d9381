package usher_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

func TestGrantingATeamGivesEveryMemberASeatG2(t *testing.T) {
	for _, name := range []string{"docs", "DOCS", "Docs & Words", "docs & WORDS"} {
		t.Run(name, func(t *testing.T) {
			s := play(t, worldOf(crew()))
			s.does(s.GrantTeams, 2, name)
			s.lists("Bob via docs", "eve via docs")
			s.does(s.GrantTeams, 0, name)
		})
	}
}

func TestASlugGoesBeforeAnotherTeamsNameG2(t *testing.T) {
	a := crew()
	a.teams = []team{
		{id: 1, slug: "words", name: "Docs", members: "ada"},
		{id: 2, slug: "docs", name: "Words", members: "Bob"},
	}
	s := play(t, worldOf(a))
	s.does(s.GrantTeams, 1, "DOCS")
	s.lists("Bob via docs")
	s.does(s.GrantTeams, 1, "Words")
	s.lists("Bob via docs", "ada via words")
}

func TestEachPersonOfSeveralTeamsIsCountedOnceG2(t *testing.T) {
	s := play(t, worldOf(crew(direct("eve"), cancelled("cyd"))))
	s.lists("eve", "cyd until 2026-12-01")
	// In the order of the call; inside a team by user id (R1). cyd is refreshed, Bob is in both.
	s.does(s.GrantTeams, 4, "docs", "Core Team", "CORE", "docs")
	s.lists("eve", "cyd via core", "Bob via docs", "ada via core", "dee via core")
}

func TestMembersOfChildTeamsCountAtAnyDepthG3(t *testing.T) {
	for _, test := range []struct {
		team string
		want []string
	}{
		{"innermost", []string{"dee via innermost"}},
		{"inner", []string{"cyd via inner", "dee via inner"}},
		{"core", []string{"ada via core", "Bob via core", "cyd via core", "dee via core"}},
	} {
		t.Run(test.team, func(t *testing.T) {
			s := play(t, worldOf(crew()))
			s.does(s.GrantTeams, len(test.want), test.team)
			s.lists(test.want...)
			s.does(s.CancelTeams, len(test.want), test.team)
		})
	}
}

func TestAPersonSeesTheGrantedTeamAndItsParentR2(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(21))))
	row := s.member("dee") // of innermost
	if row.Team == nil || row.Team.Slug != "inner" || row.ParentTeam == nil || row.ParentTeam.Slug != "core" {
		t.Errorf("dee is held by %v under %v, want inner under core", row.Team, row.ParentTeam)
	}
	s.does(s.GrantTeams, 2, "docs")
	if row := s.member("eve"); row.Team == nil || row.ParentTeam != nil {
		t.Errorf("eve is held by %v under %v, want docs without a parent", row.Team, row.ParentTeam)
	}
}

func TestOfSeveralTeamsTheEarliestGrantedHoldsTheSeatR2(t *testing.T) {
	s := play(t, worldOf(crew()))
	s.does(s.GrantTeams, 1, "innermost")
	s.moveTo(noon.Add(time.Hour))
	// core and inner are granted together; inner has the higher id, docs is granted last.
	s.does(s.GrantTeams, 3, "inner", "core")
	s.moveTo(noon.Add(2 * time.Hour))
	s.does(s.GrantTeams, 1, "docs")
	s.lists("dee via innermost", "cyd via core", "ada via core", "Bob via core", "eve via docs")

	s.does(s.CancelTeams, 0, "innermost")
	s.lists("dee via core", "cyd via core", "ada via core", "Bob via core", "eve via docs")
	s.does(s.CancelTeams, 1, "core") // ada alone; Bob is in docs, cyd and dee in inner
	s.lists("dee via inner", "cyd via inner", "ada via core until 2026-12-01", "Bob via docs", "eve via docs")
}

func TestAPendingSeatShowsTheTeamWhoseEndMadeItPendingR2(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(18), throughTeam(20))))
	s.lists("Bob via docs", "eve via docs", "ada via core", "cyd via core", "dee via core")
	s.does(s.CancelTeams, 5, "docs", "core")
	s.lists("Bob via core until 2026-12-01", "eve via docs until 2026-12-01", "ada via core until 2026-12-01",
		"cyd via core until 2026-12-01", "dee via core until 2026-12-01")
	// A direct grant refreshes without a team, and its end names none.
	s.does(s.GrantUsers, 1, "bob")
	s.does(s.CancelUsers, 1, "bob")
	if row := s.member("bob"); row.Team != nil || !row.Seat.Pending() {
		t.Errorf("the seat is held by %v, pending %t; want no team, pending", row.Team, row.Seat.Pending())
	}
}

func TestTheEndOfATeamsGrantSparesWhomElseHoldsX4(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20), throughTeam(21), direct("ada"))))
	// ada is granted by name, cyd and dee by inner; Bob by core alone.
	s.does(s.CancelTeams, 1, "core")
	s.lists("ada", "Bob via core until 2026-12-01", "cyd via inner", "dee via inner")
	s.does(s.CancelTeams, 0, "core")
	s.does(s.CancelTeams, 0, "docs")
	s.does(s.CancelTeams, 2, "inner", "INNER", "docs")
	s.lists("ada", "Bob via core until 2026-12-01", "cyd via inner until 2026-12-01", "dee via inner until 2026-12-01")
	// The direct grant was remembered all along.
	s.does(s.CancelUsers, 1, "ada")
}

func TestATeamsGrantRefreshesPendingSeatsG1(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	s.does(s.CancelTeams, 4, "core")
	s.does(s.GrantTeams, 2, "inner")
	s.moveTo(noon.Add(time.Hour))
	s.lists("ada via core until 2026-12-01", "Bob via core until 2026-12-01", "cyd via inner", "dee via inner")
	s.does(s.GrantTeams, 2, "core")
	s.lists("ada via core", "Bob via core", "cyd via inner", "dee via inner")
}

func TestEveryOffendingTeamIsNamedAndNothingChangesG5G6(t *testing.T) {
	other := account{login: "hubot", id: hubot, members: "ada", copilot: enabled(), teams: []team{{id: 30, slug: "theirs", members: "ada"}}}
	s := play(t, worldOf(crew(throughTeam(20)), other))
	for _, c := range []call{s.GrantTeams, s.CancelTeams} {
		got := offences(t, s.refuses(c, "docs", "nothing", "core", "theirs", "doc"))
		want := []string{"Team nothing missing", "Team theirs missing", "Team doc missing"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("offences (-want +got):\n%s", diff)
		}
	}
}

func TestAnEmptyTeamCanBeGrantedG2(t *testing.T) {
	a := crew()
	a.teams = append(a.teams, team{id: 40, slug: "nobody"})
	s := play(t, worldOf(a))
	s.does(s.GrantTeams, 0, "nobody")
	s.lists()
	want := []usher.Grant{{Kind: usher.TeamGrant, SubjectID: 40, GrantedAt: noon, GrantedBy: by.Actor}}
	if diff := cmp.Diff(want, dump(s, s.store).Accounts[0].Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	s.does(s.CancelTeams, 0, "nobody")
	if got := dump(s, s.store).Accounts[0].Grants; len(got) > 0 {
		t.Errorf("grants remain: %v", got)
	}
}
