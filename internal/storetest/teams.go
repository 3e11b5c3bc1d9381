package storetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/usher-seats/usher"
)

func teamPromises() []promise {
	return []promise{
		{"Teams finds teams by slug or name in any case", teamsByName},
		{"TeamsByID finds teams by id", teamsByID},
		{"FormerTeams are teams that are gone, as they last were", formerTeams},
		{"TeamPeople reaches child teams at any depth, each person once", teamPeople},
		{"TeamsOf are a person's teams and those above them", teamsOf},
		{"AllTeams are an account's teams, by id", allTeams},
		{"a team's members are put in and changed one by one, and taken out in sets", teamMembers},
		{"SaveTeam writes all that can change", saveTeam},
		{"DeleteTeams removes teams with all places in them", deleteTeams},
		{"a team is assigned to organizations and taken from them in sets", assignOrganizations},
		{"an organization that leaves an enterprise, and a team that is deleted, lose their assignments", loseAssignments},
		{"TeamAccount finds the account of a kind that a team belongs to", teamAccount},
	}
}

func teamID(t usher.Team) int64 { return t.ID }

func teamsByName(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, names ...string) []usher.Team {
		return read(b, func(r usher.Reader) ([]usher.Team, error) { return r.Teams(ref, names) })
	}
	all := octoTeams()
	equalSet(b, "teams by slug", of(octo(), "STORAGE", "storage", "nothing"), all[2:3], teamID)
	equalSet(b, "teams by name", of(octo(), "PLATTFORM GRÖSSE", "plattform GRÖße"), all[1:2], teamID)
	equalSet(b, "a slug that is another's name", of(octo(), "Platform"), []usher.Team{all[1], all[3]}, teamID)
	equalSet(b, "teams of the enterprise", of(enterprise(), "engineering", "storage"), []usher.Team{
		{Account: enterprise(), ID: 101, Slug: "engineering", Name: "All engineers", Description: "of the enterprise", Privacy: "secret", Quiet: true, Selection: "selected", CreatedAt: day(9), UpdatedAt: day(10)},
	}, teamID)
	equalList(b, "teams without names", of(octo()), nil)
}

func teamsByID(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, ids ...int64) []usher.Team {
		return read(b, func(r usher.Reader) ([]usher.Team, error) { return r.TeamsByID(ref, ids) })
	}
	equalSet(b, "teams", of(octo(), 103, 404, 101, 103), []usher.Team{octoTeams()[0], octoTeams()[2]}, teamID)
	equalList(b, "teams of another account", of(loner(), 101), nil)
	equalList(b, "teams without ids", of(octo()), nil)
}

func formerTeams(b bench) {
	b.begin()
	kept, gone := octoTeams()[0], octoTeams()[2]
	kept.Name, gone.Name = "Renamed", "Renamed too"
	for _, step := range []func(usher.Tx) error{
		func(tx usher.Tx) error { return errors.Join(tx.SaveTeam(kept), tx.SaveTeam(gone)) },
		func(tx usher.Tx) error { return tx.DeleteTeams(octo(), []int64{gone.ID}) },
	} {
		b.update(func(tx usher.Tx) error {
			account, err := tx.Lock(octo())
			if err != nil {
				return err
			}
			if err := step(tx); err != nil {
				return err
			}
			account.LastEvent++
			return tx.SaveHead(account)
		})
	}
	of := func(ref usher.AccountRef, ids ...int64) []usher.Team {
		return read(b, func(r usher.Reader) ([]usher.Team, error) { return r.FormerTeams(ref, ids) })
	}
	equalList(b, "former teams", of(octo(), kept.ID, gone.ID, 404), []usher.Team{gone})
	equalList(b, "former teams of another account", of(loner(), gone.ID), nil)
}

func teamPeople(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, id int64) []int64 {
		return read(b, func(r usher.Reader) ([]int64, error) { return r.TeamPeople(ref, id) })
	}
	equalList(b, "people of the root", of(octo(), 101), []int64{2, 3, 5})
	equalList(b, "people of the middle", of(octo(), 102), []int64{2, 3})
	equalList(b, "people of a leaf", of(octo(), 104), []int64{4})
	equalList(b, "people of a circle", of(octo(), 106), []int64{4})
	equalList(b, "people of the enterprise's team", of(enterprise(), 101), []int64{4})
	equalList(b, "people of an unknown team", of(octo(), 404), nil)
	equalList(b, "people of no team", of(octo(), 0), nil)
}

func teamsOf(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, user int64) []int64 {
		teams := read(b, func(r usher.Reader) ([]int64, error) { return r.TeamsOf(ref, user) })
		return slices.Sorted(slices.Values(teams))
	}
	for user := int64(1); user <= 6; user++ { // each is in exactly the teams whose people they are among
		var want []int64
		for _, team := range octoTeams() {
			people := read(b, func(r usher.Reader) ([]int64, error) { return r.TeamPeople(octo(), team.ID) })
			if slices.Contains(people, user) {
				want = append(want, team.ID)
			}
		}
		equalList(b, fmt.Sprintf("teams of user %d", user), of(octo(), user), want)
	}
	equalList(b, "teams of the enterprise", of(enterprise(), 4), []int64{101})
	equalList(b, "teams of nobody", of(octo(), 404), nil)
}

func allTeams(b bench) {
	b.begin()
	all := read(b, func(r usher.Reader) ([]usher.Team, error) { return r.AllTeams(octo()) })
	want := octoTeams()
	slices.SortFunc(want, func(x, y usher.Team) int { return int(x.ID - y.ID) })
	equalList(b, "all teams", all, want)
	equalList(b, "all teams of who has none", read(b, func(r usher.Reader) ([]usher.Team, error) { return r.AllTeams(loner()) }), nil)
}

func teamMembers(b bench) {
	b.begin()
	type place struct {
		Member usher.TeamMember
		Known  bool
	}
	of := func(ref usher.AccountRef, team, user int64) place {
		return read(b, func(r usher.Reader) (p place, err error) {
			p.Member, p.Known, err = r.TeamMember(ref, team, user)
			return p, err
		})
	}
	equal := func(what string, got, want place) {
		b.Helper()
		if got != want {
			b.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	someone := usher.TeamMember{TeamID: 104, UserID: 2, Maintainer: true}
	equal("before", of(octo(), 104, 2), place{})
	b.update(func(tx usher.Tx) error { return tx.SaveTeamMember(octo(), someone) })
	equal("put in", of(octo(), 104, 2), place{someone, true})
	equal("in another account", of(enterprise(), 104, 2), place{})
	someone.Maintainer = false
	b.update(func(tx usher.Tx) error { return tx.SaveTeamMember(octo(), someone) })
	equal("changed", of(octo(), 104, 2), place{someone, true})
	b.update(func(tx usher.Tx) error { return tx.DeleteTeamMembers(octo(), 104, []int64{2}) })
	equal("taken out", of(octo(), 104, 2), place{})
	in := func(ref usher.AccountRef, teamID int64, ids ...int64) []int64 {
		return slices.Sorted(slices.Values(read(b, func(r usher.Reader) ([]int64, error) { return r.InTeam(ref, teamID, ids) })))
	}
	equalList(b, "who of some is in a team", in(octo(), 103, 5, 3, 2, 3, 404), []int64{2, 3})
	equalList(b, "who of a child team is in its parent", in(octo(), 102, 3), nil)
	equalList(b, "who of nobody is", in(octo(), 103), nil)
	equalList(b, "who of them is in another account's team of that id", in(enterprise(), 101, 5, 4), []int64{4})
	b.update(func(tx usher.Tx) error { return tx.DeleteTeamMembers(octo(), 104, []int64{2, 404}) }) // again: nothing
	equalSet(b, "a team's own members", read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.TeamMembers(octo(), 103) }),
		octoTeamMembers()[2:4], func(m usher.TeamMember) int64 { return m.UserID })
	equalList(b, "the others", read(b, func(r usher.Reader) ([]int64, error) { return r.TeamPeople(octo(), 104) }), []int64{4})
	all := octoTeamMembers()
	all[2], all[3] = all[3], all[2] // of one team by user id
	ofPerson := func(ref usher.AccountRef, user int64) []usher.TeamMember {
		return read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.TeamPlaces(ref, user) })
	}
	equalList(b, "a person's own places", ofPerson(octo(), 4), octoTeamMembers()[4:6])
	equalList(b, "places of a person without any", ofPerson(loner(), 4), nil)
	equalList(b, "all teams' members", read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.AllTeamMembers(octo()) }), all)
}

func saveTeam(b bench) {
	b.begin()
	want := octoTeams()
	want[1].Slug, want[1].Name, want[1].Description, want[1].Privacy = "neu-platform", "Neue GRÖSSE", "", "secret"
	want[1].ParentID, want[1].Selection, want[1].Version = 104, "all", 1<<52+9
	want[1].Quiet, want[1].UpdatedAt = !want[1].Quiet, day(27)
	written := want[1]
	written.CreatedAt = day(28)
	b.update(func(tx usher.Tx) error { return tx.SaveTeam(written) })
	all := func(ref usher.AccountRef) []usher.Team {
		return read(b, func(r usher.Reader) ([]usher.Team, error) { return r.AllTeams(ref) })
	}
	equalList(b, "teams", all(octo()), want)
	named := func(name string) []usher.Team {
		return read(b, func(r usher.Reader) ([]usher.Team, error) { return r.Teams(octo(), []string{name}) })
	}
	equalList(b, "the team by its slug", named("NEU-Platform"), want[1:2])
	equalList(b, "the team by its name", named("neue grÖsse"), want[1:2])
	equalList(b, "the team by its old name", named("plattform größe"), nil)
	equalList(b, "people of the new parent", read(b, func(r usher.Reader) ([]int64, error) { return r.TeamPeople(octo(), 104) }), []int64{2, 3, 4})

	theirs := all(enterprise())
	want[0].Slug = "engineers"
	b.update(func(tx usher.Tx) error { return tx.SaveTeam(want[0]) })
	equalList(b, "teams of the enterprise", all(enterprise()), theirs)
	b.refuses("saving a team of another account", func(tx usher.Tx) error {
		return tx.SaveTeam(usher.Team{Account: enterprise(), ID: 102, Slug: "platform"})
	})
	b.refuses("giving two teams one slug", func(tx usher.Tx) error {
		want[0].Slug = "Storage"
		return tx.SaveTeam(want[0])
	})
}

func deleteTeams(b bench) {
	b.begin()
	b.waiting()
	enterprising := placesOf(b, enterprise())
	places := placesOf(b, octo())
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.DeleteTeams(octo(), []int64{103, 101, 404}) },
			func() error { return tx.DeleteTeams(octo(), nil) },
		)
	})
	all := func(ref usher.AccountRef) []usher.Team {
		return read(b, func(r usher.Reader) ([]usher.Team, error) { return r.AllTeams(ref) })
	}
	teams := octoTeams()
	equalList(b, "teams", all(octo()), []usher.Team{teams[1], teams[3], teams[4], teams[5]})
	notGone := func(m usher.TeamMember) bool { return m.TeamID != 103 && m.TeamID != 101 }
	equal(b, "places in teams", placesOf(b, octo()), teamPlaces{filter(places.In, notGone), filter(places.Waiting, notGone)})
	equal(b, "teams of the enterprise", len(all(enterprise())), 1)
	equal(b, "places in the enterprise's teams", placesOf(b, enterprise()), enterprising)
}

func teamAccount(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return tx.InsertTeams([]usher.Team{{Account: loner(), ID: 107, Slug: "engineering"}})
	})
	for _, test := range []struct {
		kind usher.AccountKind
		id   int64
		want found[usher.AccountRef]
	}{
		{usher.Organization, 101, found[usher.AccountRef]{octo(), true}},
		{usher.Enterprise, 101, found[usher.AccountRef]{enterprise(), true}},
		{usher.Organization, 107, found[usher.AccountRef]{loner(), true}},
		{usher.Enterprise, 107, found[usher.AccountRef]{}},
		{usher.Organization, 404, found[usher.AccountRef]{}},
	} {
		got := find(b, func(r usher.Reader) (usher.AccountRef, bool, error) { return r.TeamAccount(test.kind, test.id) })
		equal(b, fmt.Sprintf("the %s of team %d", test.kind, test.id), got, test.want)
	}
}

// assigned are the ids of the organizations that a team of an enterprise is assigned to.
func assigned(b bench, enterpriseID, teamID int64) []int64 {
	b.Helper()
	organizations := read(b, func(r usher.Reader) ([]usher.Account, error) { return r.AssignedOrganizations(enterpriseID, teamID) })
	ids := make([]int64, len(organizations))
	for i, organization := range organizations {
		ids[i] = organization.Ref.ID
	}
	return ids
}

func assignOrganizations(b bench) {
	b.begin()
	equalList(b, "before", assigned(b, 5, 101), nil)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.AssignOrganizations(5, 101, []int64{8, 5}) },
			func() error { return tx.AssignOrganizations(5, 101, []int64{5, 8}) }, // again: nothing
			func() error { return tx.AssignOrganizations(5, 101, nil) },
			func() error { return tx.AssignOrganizations(5, 102, []int64{8}) },
			func() error { return tx.AssignOrganizations(9, 101, []int64{6}) },
		)
	})
	want := []usher.Account{accounts()[1], accounts()[3]}
	got := read(b, func(r usher.Reader) ([]usher.Account, error) { return r.AssignedOrganizations(5, 101) })
	equalList(b, "organizations", got, want)
	all := read(b, func(r usher.Reader) ([]usher.Assignment, error) { return r.AllAssignments(5) })
	equalList(b, "all assignments", all, []usher.Assignment{{TeamID: 101, Organization: octo()}, {TeamID: 101, Organization: dormant()}, {TeamID: 102, Organization: dormant()}})
	others := read(b, func(r usher.Reader) ([]usher.Assignment, error) { return r.AllAssignments(9) })
	equalList(b, "those of another enterprise", others, []usher.Assignment{{TeamID: 101, Organization: loner()}})
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.UnassignOrganizations(5, 101, []int64{5, 404}) },
			func() error { return tx.UnassignOrganizations(5, 101, nil) },
		)
	})
	equalList(b, "those that are left", assigned(b, 5, 101), []int64{8})
	equalList(b, "another team's", assigned(b, 5, 102), []int64{8})
	equalList(b, "another enterprise's", assigned(b, 9, 101), []int64{6})
}

func loseAssignments(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.AssignOrganizations(5, 101, []int64{5, 8}) },
			func() error { return tx.AssignOrganizations(5, 102, []int64{5, 8}) },
			func() error { return tx.AssignOrganizations(9, 101, []int64{5}) },
			func() error { return tx.SaveEnterprise(accounts()[1]) }, // where it is already
		)
	})
	equalList(b, "what is assigned to one that stayed", assigned(b, 5, 101), []int64{5, 8})
	equalList(b, "what another enterprise had", assigned(b, 9, 101), nil)
	moved := accounts()[1]
	moved.EnterpriseID = 0
	b.update(func(tx usher.Tx) error { return tx.SaveEnterprise(moved) })
	equalList(b, "what is assigned to one that left", assigned(b, 5, 101), []int64{8})
	b.update(func(tx usher.Tx) error { return tx.DeleteTeams(enterprise(), []int64{101}) })
	equalList(b, "what a deleted team was assigned to", assigned(b, 5, 101), nil)
	equalList(b, "another team's", assigned(b, 5, 102), []int64{8})
}
