package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/usher-seats/usher"
)

func peoplePromises() []promise {
	return []promise{
		{"People finds people by login in any ASCII case, each once", people},
		{"People are as the account sees them", peopleOfAccounts},
		{"User finds a user by login in any ASCII case", userByLogin},
		{"Users finds users by id", usersByID},
		{"Membership is a person's place in one account", membership},
		{"Members are the active ones, rising", members},
		{"Memberships are people's places in one account", memberships},
		{"MembersFrom are the active ones, a page at a time, by role or all", membersFrom},
		{"OrganizationsOf are a person's places in organizations, by their ids", organizationsOf},
		{"SaveMembership writes all of one, new or not", saveMembership},
		{"DeleteMemberships removes people and their places in teams", deleteMemberships},
	}
}

func userID(u usher.User) int64 { return u.ID }

func personID(p usher.Person) int64 { return p.User.ID }

func peopleOf(b bench, ref usher.AccountRef, logins ...string) []usher.Person {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Person, error) { return r.People(ref, logins) })
}

func people(b bench) {
	b.begin()
	u, m := users(), octoMemberships()
	got := peopleOf(b, octo(), "ALICE", "alice", "Bob-k", "nobody", "bob_k", "", "alice\x00", "alice\xff", "Kelvin")
	equalSet(b, "people", got, []usher.Person{{User: u[0], Membership: &m[0]}, {User: u[1], Membership: &m[1]}, {User: u[3]}}, personID)
	equalSet(b, "a letter of another script", peopleOf(b, octo(), "\u212AELVIN"), []usher.Person{{User: u[2], Membership: &m[2]}}, personID)
	equalList(b, "people without names", peopleOf(b, octo()), nil)
}

func peopleOfAccounts(b bench) {
	b.begin()
	u := users()
	equalSet(b, "people of the enterprise", peopleOf(b, enterprise(), "alice", "kelvin"), []usher.Person{
		{User: u[0]}, {User: u[3], Membership: &usher.Membership{UserID: 4, Role: usher.RoleBillingManager, State: usher.Active}},
	}, personID)
	equalSet(b, "people of an unknown account", peopleOf(b, usher.OrganizationRef(404), "alice"), []usher.Person{{User: u[0]}}, personID)
}

func userByLogin(b bench) {
	b.begin()
	u := users()
	for login, want := range map[string]found[usher.User]{
		"alice": {u[0], true}, "ALICE": {u[0], true}, "Bob-k": {u[1], true},
		"Kelvin": {u[3], true}, "\u212AELVIN": {u[2], true}, // a letter of another script is another letter
		"nobody": {}, "bob_k": {}, "": {}, "alice\x00": {}, "alice\xff": {},
	} {
		got := find(b, func(r usher.Reader) (usher.User, bool, error) { return r.User(login) })
		equal(b, fmt.Sprintf("the user %q", login), got, want)
	}
}

func usersByID(b bench) {
	b.begin()
	of := func(ids ...int64) []usher.User {
		return read(b, func(r usher.Reader) ([]usher.User, error) { return r.Users(ids) })
	}
	u := users()
	equalSet(b, "users", of(4, 404, 5, 4, 3, 0, -1), []usher.User{u[0], u[2], u[3]}, userID)
	equalList(b, "users without ids", of(), nil)
}

func membership(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, id int64) found[usher.Membership] {
		return find(b, func(r usher.Reader) (usher.Membership, bool, error) { return r.Membership(ref, id) })
	}
	for _, m := range octoMemberships() {
		equal(b, "membership", of(octo(), m.UserID), found[usher.Membership]{m, true})
		equal(b, "membership of the enterprise", of(enterprise(), m.UserID), found[usher.Membership]{})
	}
	equal(b, "membership of an outsider", of(octo(), 4), found[usher.Membership]{})
	equal(b, "membership of nobody", of(octo(), 404), found[usher.Membership]{})
}

func members(b bench) {
	b.begin()
	of := func(ref usher.AccountRef) []int64 {
		return read(b, func(r usher.Reader) ([]int64, error) { return r.Members(ref) })
	}
	equalList(b, "members", of(octo()), []int64{2, 5})
	equalList(b, "members of the enterprise", of(enterprise()), []int64{4})
	equalList(b, "members of an unknown account", of(usher.OrganizationRef(404)), nil)
}

func membersFrom(b bench) {
	b.begin()
	type page struct {
		Members []usher.Membership
		Total   int64
	}
	of := func(ref usher.AccountRef, role usher.Role, skip, limit int64) page {
		return read(b, func(r usher.Reader) (p page, err error) {
			p.Members, p.Total, err = r.MembersFrom(ref, role, skip, limit)
			return p, err
		})
	}
	member := func(id int64) usher.Membership {
		return usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active}
	}
	owner := func(id int64) usher.Membership {
		return usher.Membership{UserID: id, Role: usher.RoleOwner, State: usher.Active}
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertMemberships(octo(), []usher.Membership{member(9), owner(1), member(8)}) },
			func() error { return tx.InsertMemberships(enterprise(), []usher.Membership{owner(2)}) },
		)
	})
	// 3 is invited.
	all := []usher.Membership{owner(1), member(2), owner(5), member(8), member(9)}
	equal(b, "all", of(octo(), "", 0, 100), page{all, 5})
	equal(b, "the second page", of(octo(), "", 2, 2), page{all[2:4], 5})
	equal(b, "the last page", of(octo(), "", 4, 2), page{all[4:], 5})
	equal(b, "after the last", of(octo(), "", 5, 2), page{nil, 5})
	equal(b, "far after the last", of(octo(), "", 1<<60, 2), page{nil, 5})
	equal(b, "owners", of(octo(), usher.RoleOwner, 0, 1), page{all[:1], 2})
	equal(b, "the second owner", of(octo(), usher.RoleOwner, 1, 1), page{all[2:3], 2})
	equal(b, "members", of(octo(), usher.RoleMember, 1, 10), page{all[3:], 3})
	equal(b, "who has a role that nobody has", of(octo(), usher.RoleBillingManager, 0, 10), page{})
	equal(b, "owners of the enterprise", of(enterprise(), usher.RoleOwner, 0, 10), page{[]usher.Membership{owner(2)}, 1})
	equal(b, "members of an unknown account", of(usher.OrganizationRef(404), "", 0, 10), page{})
}

func organizationsOf(b bench) {
	b.begin()
	of := func(id int64) []usher.AccountMembership {
		return read(b, func(r usher.Reader) ([]usher.AccountMembership, error) { return r.OrganizationsOf(id) })
	}
	place, a := invited(4, day(21)), accounts()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertMemberships(dormant(), []usher.Membership{place, invited(2, day(22))}) },
			func() error { return tx.InsertMemberships(octo(), []usher.Membership{place}) },
		)
	})
	equalList(b, "organizations", of(4), []usher.AccountMembership{ // in the enterprise too, which is none
		{Account: a[1], Membership: place},
		{Account: a[2], Membership: usher.Membership{UserID: 4, Role: usher.RoleOwner, State: usher.Active}},
		{Account: a[3], Membership: place},
	})
	equalList(b, "organizations of nobody", of(404), nil)
}

func membershipsOf(b bench, ref usher.AccountRef) []usher.Membership {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Membership, error) { return r.Memberships(ref, []int64{2, 3, 4, 5, 9}) })
}

func memberID(m usher.Membership) int64 { return m.UserID }

func saveMembership(b bench) {
	b.begin()
	want := octoMemberships()
	save := func(m usher.Membership) {
		b.update(func(tx usher.Tx) error { return tx.SaveMembership(octo(), m) })
	}
	want = append(want, invited(4, day(22)))
	save(want[3])
	equalSet(b, "one more is invited", membershipsOf(b, octo()), want, memberID)
	want[2] = usher.Membership{UserID: 3, Role: usher.RoleOwner, State: usher.Active}
	save(want[2])
	equalSet(b, "one has accepted", membershipsOf(b, octo()), want, memberID)
	want[1] = invited(2, time.Time{})
	save(want[1])
	want[3].Role, want[3].Invitation = usher.RoleOwner, usher.Invitation{ID: 77, InvitedBy: 78, At: day(7), EndsAt: day(8)}
	save(want[3])
	equalSet(b, "one is invited anew", membershipsOf(b, octo()), want, memberID)
	others := []usher.Membership{{UserID: 4, Role: usher.RoleBillingManager, State: usher.Active}}
	equalSet(b, "memberships of the enterprise", membershipsOf(b, enterprise()), others, memberID)
	person := peopleOf(b, octo(), "kelvin")
	equalSet(b, "the invited person", person, []usher.Person{{User: users()[3], Membership: &want[3]}}, personID)
}

func deleteMemberships(b bench) {
	b.begin()
	b.waiting()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertMemberships(loner(), octoMemberships()) },
			func() error { return tx.InsertTeamMembers(loner(), octoTeamMembers()) },
			func() error { return tx.InsertMemberships(enterprise(), octoMemberships()) },
			func() error { return tx.InsertTeamMembers(enterprise(), octoTeamMembers()) },
		)
	})
	lonely, enterprising := placesOf(b, loner()), placesOf(b, enterprise())
	places := placesOf(b, octo())
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.DeleteMemberships(octo(), []int64{2, 3, 404}) },
			func() error { return tx.DeleteMemberships(octo(), nil) },
		)
	})
	equalSet(b, "memberships", membershipsOf(b, octo()), octoMemberships()[:1], memberID)
	notGone := func(m usher.TeamMember) bool { return m.UserID != 2 && m.UserID != 3 }
	equal(b, "places in teams", placesOf(b, octo()), teamPlaces{filter(places.In, notGone), filter(places.Waiting, notGone)})
	equalSet(b, "memberships of the enterprise", membershipsOf(b, enterprise()),
		append(octoMemberships(), usher.Membership{UserID: 4, Role: usher.RoleBillingManager, State: usher.Active}), memberID)
	equal(b, "places in another's teams", placesOf(b, loner()), lonely)
	equal(b, "places in the enterprise's teams", placesOf(b, enterprise()), enterprising)
}

func filter[T any](list []T, keep func(T) bool) (kept []T) {
	for _, entry := range list {
		if keep(entry) {
			kept = append(kept, entry)
		}
	}
	return kept
}

// waiting has places in teams wait for people, in three accounts alike.
func (b bench) waiting() {
	b.Helper()
	for _, ref := range []usher.AccountRef{octo(), enterprise(), loner()} {
		for _, m := range []usher.TeamMember{
			{TeamID: 103, UserID: 3, Maintainer: true}, {TeamID: 101, UserID: 3}, {TeamID: 103, UserID: 2}, {TeamID: 104, UserID: 4, Maintainer: true},
		} {
			b.update(func(tx usher.Tx) error { return tx.SaveInvitedTeam(ref, m) })
		}
	}
}

// teamPlaces are the places in an account's teams, and those that wait, by team and user.
type teamPlaces struct{ In, Waiting []usher.TeamMember }

func placesOf(b bench, ref usher.AccountRef) (places teamPlaces) {
	b.Helper()
	byUser := func(x, y usher.TeamMember) int { return cmp.Compare(x.UserID, y.UserID) }
	for team := int64(101); team <= 106; team++ {
		in := read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.TeamMembers(ref, team) })
		places.In = append(places.In, slices.SortedFunc(slices.Values(in), byUser)...)
	}
	for user := int64(1); user <= 5; user++ {
		places.Waiting = append(places.Waiting, waitingFor(b, ref, user)...)
	}
	return places
}

func waitingFor(b bench, ref usher.AccountRef, userID int64) []usher.TeamMember {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.InvitedTeams(ref, []int64{userID}) })
}

func teamPromises() []promise {
	return []promise{
		{"Teams finds teams by slug or name in any case", teamsByName},
		{"TeamsByID finds teams by id", teamsByID},
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

func memberships(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, ids ...int64) []usher.Membership {
		return read(b, func(r usher.Reader) ([]usher.Membership, error) { return r.Memberships(ref, ids) })
	}
	equalSet(b, "memberships", of(octo(), 3, 5, 404, 5), []usher.Membership{octoMemberships()[0], octoMemberships()[2]}, memberID)
	equalList(b, "memberships of nobody", of(octo()), nil)
	equalList(b, "memberships of another account", of(usher.OrganizationRef(404), 5), nil)
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
