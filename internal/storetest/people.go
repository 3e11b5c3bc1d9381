package storetest

import (
	"fmt"
	"slices"

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

func teamPromises() []promise {
	return []promise{
		{"Teams finds teams by slug or name in any case", teamsByName},
		{"TeamsByID finds teams by id", teamsByID},
		{"TeamPeople reaches child teams at any depth, each person once", teamPeople},
		{"TeamsOf are a person's teams and those above them", teamsOf},
		{"AllTeams are an account's teams, by id", allTeams},
		{"a team's members are put in, changed and taken out one by one", teamMembers},
		{"Grants are kept by account, kind and subject", grants},
		{"TeamGrants reach people through their teams' parents", teamGrants},
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
		{Account: enterprise(), ID: 101, Slug: "engineering", Name: "All engineers", Description: "of the enterprise", Privacy: "secret", CreatedAt: day(9)},
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
	id := func(m usher.Membership) int64 { return m.UserID }
	equalSet(b, "memberships", of(octo(), 3, 5, 404, 5), []usher.Membership{octoMemberships()[0], octoMemberships()[2]}, id)
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
	b.update(func(tx usher.Tx) error { return tx.DeleteTeamMember(octo(), 104, 2) })
	equal("taken out", of(octo(), 104, 2), place{})
	b.update(func(tx usher.Tx) error { return tx.DeleteTeamMember(octo(), 104, 2) }) // again: nothing
	equalSet(b, "a team's own members", read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.TeamMembers(octo(), 103) }),
		octoTeamMembers()[2:4], func(m usher.TeamMember) int64 { return m.UserID })
	equalList(b, "the others", read(b, func(r usher.Reader) ([]int64, error) { return r.TeamPeople(octo(), 104) }), []int64{4})
}

func grantKey(g usher.Grant) string { return string(g.Kind) + string(rune('0'+g.SubjectID)) }

func grants(b bench) {
	b.begin()
	direct := []usher.Grant{{Kind: usher.DirectGrant, SubjectID: 5, GrantedAt: day(1)}, {Kind: usher.DirectGrant, SubjectID: 2}}
	team := []usher.Grant{{Kind: usher.TeamGrant, SubjectID: 5, GrantedAt: day(3)}}
	other := []usher.Grant{{Kind: usher.DirectGrant, SubjectID: 5, GrantedAt: day(4)}}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertGrants(octo(), slices.Concat(direct, team)) },
			func() error { return tx.InsertGrants(enterprise(), other) },
		)
	})
	all := func(ref usher.AccountRef) []usher.Grant {
		return read(b, func(r usher.Reader) ([]usher.Grant, error) { return r.AllGrants(ref) })
	}
	of := func(kind usher.GrantKind, ids ...int64) []usher.Grant {
		return read(b, func(r usher.Reader) ([]usher.Grant, error) { return r.Grants(octo(), kind, ids) })
	}
	equalSet(b, "all grants", all(octo()), slices.Concat(direct, team), grantKey)
	equalSet(b, "all grants of the enterprise", all(enterprise()), other, grantKey)
	equalSet(b, "direct grants", of(usher.DirectGrant, 5, 2, 404, 5), direct, grantKey)
	equalSet(b, "team grants", of(usher.TeamGrant, 5, 2), team, grantKey)
	equalList(b, "grants to nobody", of(usher.DirectGrant), nil)

	b.update(func(tx usher.Tx) error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{5, 404}) })
	equalSet(b, "all grants but one", all(octo()), []usher.Grant{direct[1], team[0]}, grantKey)
	equalSet(b, "all grants of the enterprise, still", all(enterprise()), other, grantKey)
}

func teamGrants(b bench) {
	b.begin()
	grant := func(team int64) usher.Grant {
		return usher.Grant{Kind: usher.TeamGrant, SubjectID: team, GrantedAt: day(int(team - 100))}
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				direct := usher.Grant{Kind: usher.DirectGrant, SubjectID: 102, GrantedAt: day(9)} // a person's id, not a team's
				return tx.InsertGrants(octo(), []usher.Grant{grant(101), grant(103), grant(106), direct})
			},
			func() error { return tx.InsertGrants(enterprise(), []usher.Grant{grant(101), grant(104)}) },
		)
	})
	of := func(ref usher.AccountRef, ids ...int64) []usher.PersonTeamGrant {
		return read(b, func(r usher.Reader) ([]usher.PersonTeamGrant, error) { return r.TeamGrants(ref, ids) })
	}
	reach := func(user, team int64) usher.PersonTeamGrant {
		return usher.PersonTeamGrant{UserID: user, TeamID: team, GrantedAt: grant(team).GrantedAt}
	}
	key := func(g usher.PersonTeamGrant) int64 { return g.UserID*1000 + g.TeamID }
	equalSet(b, "team grants", of(octo(), 2, 3, 4, 5, 404), []usher.PersonTeamGrant{
		reach(2, 101), reach(2, 103), reach(3, 101), reach(3, 103), reach(4, 106), reach(5, 101),
	}, key)
	equalSet(b, "one person's team grants", of(octo(), 5), []usher.PersonTeamGrant{reach(5, 101)}, key)
	equalSet(b, "team grants of the enterprise", of(enterprise(), 2, 4), []usher.PersonTeamGrant{reach(4, 101)}, key)
	equalList(b, "team grants of nobody", of(octo()), nil)
}
