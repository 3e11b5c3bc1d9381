package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

func invitationPromises() []promise {
	return []promise{
		{"Invitations are the pending memberships, by the invitation's id", invitations},
		{"DueInvitations are what has ended, by ending and user", dueInvitations},
		{"DueAccount looks at invitations as at seats", dueInvited},
		{"counts of the invited add up, and are removed at zero", invitedCounts},
		{"places in teams wait for people, are changed and removed", invitedTeams},
	}
}

func invitations(b bench) {
	b.begin()
	of := func(ref usher.AccountRef) []usher.Membership {
		return read(b, func(r usher.Reader) ([]usher.Membership, error) { return r.Invitations(ref) })
	}
	// The ids fall as the user's rise.
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				return tx.InsertMemberships(octo(), []usher.Membership{invited(7, time.Time{}), invited(8, day(1))})
			},
			func() error { return tx.InsertMemberships(enterprise(), []usher.Membership{invited(9, day(1))}) },
		)
	})
	equalList(b, "invitations", of(octo()), []usher.Membership{invited(8, day(1)), invited(7, time.Time{}), invited(3, day(20))})
	equalList(b, "invitations of the enterprise", of(enterprise()), []usher.Membership{invited(9, day(1))})
	equalList(b, "invitations of who invited nobody", of(loner()), nil)
}

func dueInvitations(b bench) {
	b.begin()
	accepted := invited(9, day(18)) // a member's invitation does not end, whatever is kept of it
	accepted.State = usher.Active
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				return tx.InsertMemberships(octo(), []usher.Membership{
					invited(8, day(20)), invited(7, day(19)), invited(6, day(21)), invited(4, time.Time{}), accepted,
				})
			},
			func() error { return tx.InsertMemberships(enterprise(), []usher.Membership{invited(7, day(20))}) },
		)
	})
	due := func(ref usher.AccountRef, now time.Time, limit int) []usher.Membership {
		return read(b, func(r usher.Reader) ([]usher.Membership, error) { return r.DueInvitations(ref, now, limit) })
	}
	want := []usher.Membership{invited(7, day(19)), invited(3, day(20)), invited(8, day(20))}
	equalList(b, "due", due(octo(), day(20), 10), want)
	equalList(b, "the first of them", due(octo(), day(20), 2), want[:2])
	equalList(b, "due a moment before", due(octo(), day(20).Add(-time.Microsecond), 10), want[:1])
	equalList(b, "due in the enterprise", due(enterprise(), day(28), 10), []usher.Membership{invited(7, day(20))})
	equalList(b, "due in another account", due(loner(), day(28), 10), nil)
}

func dueInvited(b bench) {
	b.begin() // octo's invitation of 3 ends at day 20
	due := func(now time.Time) found[usher.AccountRef] {
		b.Helper()
		return find(b, func(r usher.Reader) (usher.AccountRef, bool, error) { return r.DueAccount(now) })
	}
	is := func(ref usher.AccountRef) found[usher.AccountRef] { return found[usher.AccountRef]{ref, true} }
	take := func(ref usher.AccountRef, number int64, endsAt time.Time) {
		b.update(func(tx usher.Tx) error { return tx.InsertSeats(ref, []usher.Seat{seat(0, number, number, endsAt)}) })
	}
	invite := func(ref usher.AccountRef, m usher.Membership) {
		b.update(func(tx usher.Tx) error { return tx.SaveMembership(ref, m) })
	}
	equal(b, "due before", due(day(20).Add(-time.Microsecond)), found[usher.AccountRef]{})
	equal(b, "due at the instant", due(day(20)), is(octo()))
	take(loner(), 1, day(21))
	equal(b, "an invitation before a seat", due(day(21)), is(octo()))
	take(loner(), 2, day(19))
	equal(b, "a seat before an invitation", due(day(21)), is(loner()))
	invite(enterprise(), invited(4, day(19)))
	equal(b, "an invitation of a lower account at the seat's instant", due(day(21)), is(enterprise()))
	take(octo(), 3, day(19))
	equal(b, "a seat of a lower account at the invitation's instant", due(day(21)), is(octo()))
	accepted := invited(9, day(18))
	accepted.State = usher.Active
	invite(loner(), accepted)
	equal(b, "a member is not due", due(day(18)), found[usher.AccountRef]{})
	invite(dormant(), invited(9, day(18)))
	equal(b, "the earliest", due(day(21)), is(dormant()))
}

func invitedOf(b bench, ref usher.AccountRef) []usher.InvitedCount {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.InvitedCount, error) { return r.Invited(ref) })
}

func invitedCounts(b bench) {
	b.begin()
	add := func(deltas ...usher.InvitedCount) {
		b.update(func(tx usher.Tx) error { return tx.AddInvited(octo(), deltas) })
	}
	at := func(c usher.InvitedCount) int64 { return c.EndsAt.Unix() }
	others := []usher.InvitedCount{{People: 8, Granted: 7}}
	b.update(func(tx usher.Tx) error { return tx.AddInvited(enterprise(), others) })
	b.update(func(tx usher.Tx) error { return tx.AddInvited(loner(), others) })
	add(usher.InvitedCount{People: 3, Granted: 1}, usher.InvitedCount{EndsAt: day(20), People: 2})
	add(usher.InvitedCount{People: -1, Granted: 1}, usher.InvitedCount{EndsAt: day(20), People: 5, Granted: 3}, usher.InvitedCount{EndsAt: day(2), People: 1})
	add()
	want := []usher.InvitedCount{{People: 2, Granted: 2}, {EndsAt: day(20), People: 7, Granted: 3}, {EndsAt: day(2), People: 1}}
	equalSet(b, "counts", invitedOf(b, octo()), want, at)
	add(usher.InvitedCount{EndsAt: day(20), People: -3, Granted: -1}, usher.InvitedCount{EndsAt: day(20), People: -4}, usher.InvitedCount{EndsAt: day(2), People: -1})
	equalSet(b, "counts, one of the granted alone", invitedOf(b, octo()), []usher.InvitedCount{want[0], {EndsAt: day(20), Granted: 2}}, at)
	add(usher.InvitedCount{People: -2, Granted: -2}, usher.InvitedCount{EndsAt: day(20), Granted: -2}, usher.InvitedCount{EndsAt: day(5)})
	equalList(b, "no counts", invitedOf(b, octo()), nil)
	equalList(b, "counts of the enterprise", invitedOf(b, enterprise()), others)
	equalList(b, "counts of another account", invitedOf(b, loner()), others)
}

func invitedTeams(b bench) {
	b.begin()
	b.waiting()
	of := func(ref usher.AccountRef, id int64) []usher.TeamMember { return waitingFor(b, ref, id) }
	want := []usher.TeamMember{{TeamID: 101, UserID: 3}, {TeamID: 103, UserID: 3, Maintainer: true}}
	equalList(b, "places that wait", of(octo(), 3), want)
	equalList(b, "places that wait for nobody", of(octo(), 404), nil)
	several := func(ids ...int64) []usher.TeamMember {
		return read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.InvitedTeams(octo(), ids) })
	}
	equalList(b, "places that wait for people", several(3, 404, 2, 3), append([]usher.TeamMember{{TeamID: 103, UserID: 2}}, want...))
	equalList(b, "places that wait for none", several(), nil)
	all := read(b, func(r usher.Reader) ([]usher.TeamMember, error) { return r.AllInvitedTeams(octo()) })
	equalList(b, "all places that wait", all, several(2, 3, 4))
	equalList(b, "the team's own members", read(b, func(r usher.Reader) ([]int64, error) { return r.TeamPeople(octo(), 104) }), []int64{4})

	changed := usher.TeamMember{TeamID: 101, UserID: 3, Maintainer: true}
	b.update(func(tx usher.Tx) error { return tx.SaveInvitedTeam(octo(), changed) })
	equalList(b, "places that were changed", of(octo(), 3), []usher.TeamMember{changed, want[1]})
	equalList(b, "places of the enterprise", of(enterprise(), 3), want)
	remove := func(ids ...int64) {
		b.update(func(tx usher.Tx) error { return tx.DeleteInvitedTeams(octo(), 3, ids) })
	}
	remove()
	remove(103, 404)
	equalList(b, "places but one", of(octo(), 3), []usher.TeamMember{changed})
	equalList(b, "places of another person", of(octo(), 2), []usher.TeamMember{{TeamID: 103, UserID: 2}})
	equalList(b, "places of the enterprise, still", of(enterprise(), 3), want)
	equalList(b, "places of another account, still", of(loner(), 3), want)
}
