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
		{"AllUsers are all there are, by id", allUsers},
		{"SaveUser changes one user", savedUser},
		{"AccountsKnowing are those that have or name a person", accountsKnowing},
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

func allUsers(b bench) {
	of := func() []usher.User {
		return read(b, func(r usher.Reader) ([]usher.User, error) { return r.AllUsers() })
	}
	equalList(b, "users of no world", of(), nil)
	b.begin()
	want := users()
	slices.SortFunc(want, func(x, y usher.User) int { return cmp.Compare(x.ID, y.ID) })
	equalList(b, "users", of(), want)
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

func memberships(b bench) {
	b.begin()
	of := func(ref usher.AccountRef, ids ...int64) []usher.Membership {
		return read(b, func(r usher.Reader) ([]usher.Membership, error) { return r.Memberships(ref, ids) })
	}
	equalSet(b, "memberships", of(octo(), 3, 5, 404, 5), []usher.Membership{octoMemberships()[0], octoMemberships()[2]}, memberID)
	equalList(b, "memberships of nobody", of(octo()), nil)
	equalList(b, "memberships of another account", of(usher.OrganizationRef(404), 5), nil)
}
