package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/usher-seats/usher"
)

func setPromises() []promise {
	return []promise{{"long lists are answered as sets", largeSets}}
}

// stored is how many of the entries are there: more than one statement of a bulk write
// takes.
const stored = 1_000

func largeSets(b bench) {
	b.begin()
	c := newCrowd()
	b.update(c.insert)
	b.view(c.check(b))
	b.update(c.sleep)
	b.view(c.checkAsleep(b))
	b.update(c.change)
	b.view(c.checkChanged(b))
}

// crowd is stored people of octo, each with all that a person can have, and many ids,
// logins and indexes, which begin with theirs.
type crowd struct {
	ids         []int64
	logins      []string
	users       []usher.User
	memberships []usher.Membership
	grants      []usher.Grant
	seats       []usher.Seat
	blocks      []usher.Block
	indexes     []int64
	people      []usher.EnterprisePerson
	teamMembers []usher.TeamMember
	events      []usher.Event
	reports     []usher.Report
	others      []usher.Membership // who is invited
	counts      []usher.InvitedCount
}

func newCrowd() crowd {
	var c crowd
	for i := range int64(many) {
		id := i + 1001
		login := fmt.Sprintf("Crowd-%d", id)
		c.ids, c.logins, c.indexes = append(c.ids, id), append(c.logins, login), append(c.indexes, i)
		if i >= stored {
			continue
		}
		c.users = append(c.users, usher.User{ID: id, Login: login, Name: "N", Email: "E", TimeZone: "UTC"})
		c.memberships = append(c.memberships, usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
		c.grants = append(c.grants, usher.Grant{Kind: usher.DirectGrant, SubjectID: id, GrantedAt: day(1), GrantedBy: usher.Actor{UserID: id, TokenID: i}})
		c.seats = append(c.seats, seat(0, i+1, id, time.Time{}))
		c.blocks = append(c.blocks, usher.Block{Index: i, Live: 1})
		c.people = append(c.people, usher.EnterprisePerson{UserID: id, EndsAt: day(2)})
		c.teamMembers = append(c.teamMembers, usher.TeamMember{TeamID: 104, UserID: id})
		c.others = append(c.others, invited(id+many, firstOf(time.May).Add(time.Duration(i)*time.Second)))
		c.counts = append(c.counts, usher.InvitedCount{EndsAt: c.others[i].Invitation.EndsAt, People: 1, Granted: 1})
		c.events = append(c.events, event(i+1, day(3), usher.SeatAdded, id))
		c.reports = append(c.reports, report(i+1, id))
	}
	return c
}

func (c crowd) insert(tx usher.Tx) error {
	return steps(
		func() error { return tx.InsertUsers(c.users) },
		func() error { return tx.InsertMemberships(octo(), c.memberships) },
		func() error { return tx.InsertMemberships(octo(), c.others) },
		func() error { return tx.AddInvited(octo(), c.counts) },
		func() error { return tx.InsertGrants(octo(), c.grants) },
		func() error {
			return tx.InsertGrants(octo(), []usher.Grant{{Kind: usher.TeamGrant, SubjectID: 104, GrantedAt: day(1)}})
		},
		func() error { return tx.InsertSeats(octo(), c.seats) },
		func() error { return tx.SaveBlocks(octo(), c.blocks) },
		func() error { return tx.SaveEnterprisePeople(5, c.people) },
		func() error { return tx.InsertTeamMembers(octo(), c.teamMembers) },
		func() error { return tx.InsertEvents(octo(), c.events) },
		func() error { return tx.InsertReports(octo(), c.reports) },
		func() error { return tx.InsertSleepingSeats(octo(), c.seats) },
	)
}

// counted is a method's answer, as far as its length goes.
type counted struct {
	what string
	got  int
	err  error
}

func count[T any](what string, list []T, err error) counted { return counted{what, len(list), err} }

func wantCounts(b bench, want int, answers ...func() counted) error {
	b.Helper()
	for _, answer := range answers {
		c := answer()
		if c.err != nil {
			return c.err
		}
		if c.got != want {
			b.Errorf("%s: got %d entries, want %d", c.what, c.got, want)
		}
	}
	return nil
}

func (c crowd) check(b bench) func(usher.Reader) error {
	return func(r usher.Reader) error {
		err := wantCounts(b, stored,
			func() counted { l, err := r.Users(c.ids); return count("Users", l, err) },
			func() counted { l, err := r.People(octo(), c.logins); return count("People", l, err) },
			func() counted { l, err := r.Grants(octo(), usher.DirectGrant, c.ids); return count("Grants", l, err) },
			func() counted { l, err := r.TeamGrants(octo(), c.ids); return count("TeamGrants", l, err) },
			func() counted { l, err := r.BlocksAt(octo(), 0, c.indexes); return count("BlocksAt", l, err) },
			func() counted { l, err := r.EnterprisePeople(5, c.ids); return count("EnterprisePeople", l, err) },
			func() counted { l, err := r.EnterpriseEndings(5, c.ids); return count("EnterpriseEndings", l, err) },
			func() counted { l, err := r.EnterpriseMembers(5, c.ids); return count("EnterpriseMembers", l, err) },
			func() counted { l, err := allEvents(r, octo()); return count("EventsAfter", l, err) },
			func() counted { l, err := r.LastReports(octo(), c.ids, many); return count("LastReports", l, err) },
			func() counted { l, err := r.Memberships(octo(), c.ids); return count("Memberships", l, err) },
			func() counted { l, err := r.Invited(octo()); return count("Invited", l, err) },
			func() counted { l, err := r.SleepingSeats(octo(), 0, c.ids); return count("SleepingSeats", l, err) },
			func() counted {
				l, err := r.DueInvitations(octo(), firstOf(time.June), many)
				return count("DueInvitations", l[1:], err) // the fixture's aside
			},
		)
		if err != nil {
			return err
		}
		teams, err := r.Teams(octo(), append(slices.Clone(c.logins), "design"))
		equal(b, "teams among many names", len(teams), 1)
		if err != nil {
			return err
		}
		byID, err := r.TeamsByID(octo(), append(slices.Clone(c.ids), 104))
		equal(b, "teams among many ids", len(byID), 1)
		if err != nil {
			return err
		}
		seats, err := r.Seats(octo(), 0, c.ids)
		equalSet(b, "seats", seats, c.seats, seatNumber)
		return err
	}
}

// sleep has the first half of the ids go to sleep twice, and the second of them awake.
func (c crowd) sleep(tx usher.Tx) error {
	half := c.ids[:stored/2]
	return steps(
		func() error { return tx.SleepGrants(octo(), usher.DirectGrant, c.ids) },
		func() error { return tx.WakeGrants(octo(), usher.DirectGrant, half) },
		func() error { return tx.SleepGrants(octo(), usher.DirectGrant, c.ids) },
		func() error { return tx.WakeGrants(octo(), usher.DirectGrant, c.ids[stored/2:]) },
	)
}

func (c crowd) checkAsleep(b bench) func(usher.Reader) error {
	return func(r usher.Reader) error {
		awake, err := r.Grants(octo(), usher.DirectGrant, c.ids)
		if err != nil {
			return err
		}
		subject := func(g usher.Grant) int64 { return g.SubjectID }
		equalSet(b, "awake", awake, c.grants[stored/2:], subject)
		sleeping, err := r.SleepingGrants(octo())
		equalSet(b, "asleep", sleeping, c.grants[:stored/2], subject)
		return err
	}
}

// change ends every seat and takes everything else away.
func (c crowd) change(tx usher.Tx) error {
	invitedIDs := slices.Clone(c.ids)
	for i := range c.seats {
		c.seats[i].EndsAt, c.blocks[i].Live = firstOf(time.May), 0
		c.counts[i].People, c.counts[i].Granted = -1, -1
		invitedIDs = append(invitedIDs, c.others[i].UserID)
	}
	return steps(
		func() error { return tx.DeleteSleepingGrants(octo(), usher.DirectGrant, c.ids) },
		func() error { return tx.DeleteSleepingSeats(octo(), c.seats) },
		func() error { return tx.AddInvited(octo(), c.counts) },
		func() error { return tx.DeleteMemberships(octo(), invitedIDs) },
		func() error { return tx.DeleteTeams(octo(), append(slices.Clone(c.ids), 104)) },
		func() error { return tx.DeleteInvitedTeams(octo(), 2, c.ids) },
		func() error { return tx.UpdateSeats(octo(), c.seats) },
		func() error { return tx.DeleteGrants(octo(), usher.DirectGrant, c.ids) },
		func() error { return tx.DeleteEnterprisePeople(5, c.ids) },
		func() error { return tx.SaveBlocks(octo(), c.blocks) },
	)
}

func (c crowd) checkChanged(b bench) func(usher.Reader) error {
	return func(r usher.Reader) error {
		seats, err := r.DueSeats(octo(), firstOf(time.May), 2*many)
		equalList(b, "due seats", seats, c.seats)
		if err != nil {
			return err
		}
		return wantCounts(b, 0,
			func() counted { l, err := r.Grants(octo(), usher.DirectGrant, c.ids); return count("Grants", l, err) },
			func() counted { l, err := r.EnterprisePeople(5, c.ids); return count("EnterprisePeople", l, err) },
			func() counted { l, err := r.Blocks(octo(), 0); return count("Blocks", l, err) },
			func() counted { l, err := r.SleepingGrants(octo()); return count("SleepingGrants", l, err) },
			func() counted { l, err := r.AllSleepingSeats(octo()); return count("AllSleepingSeats", l, err) },
			func() counted { l, err := r.Invited(octo()); return count("Invited", l, err) },
			func() counted { l, err := r.Memberships(octo(), c.ids); return count("Memberships", l, err) },
			func() counted { l, err := r.TeamMembers(octo(), 104); return count("TeamMembers", l, err) },
			func() counted { l, err := r.TeamsByID(octo(), []int64{104}); return count("TeamsByID", l, err) },
		)
	}
}
