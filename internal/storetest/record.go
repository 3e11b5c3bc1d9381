package storetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/usher-seats/usher"
)

func recordPromises() []promise {
	return []promise{
		{"PersonRecord is every version of what a person held", personRecord},
		{"PersonRecord says from when it is whole where there were more versions", limitedRecord},
		{"Changes tell when a change was made, by whom, and how many reports there were", changes},
		{"SeatReports counts a seat's reports between two numbers", seatReports},
	}
}

// changing makes changes of octo, each of one event.
func changing(b bench, changes ...func(usher.Tx) error) {
	b.Helper()
	for _, change := range changes {
		b.update(func(tx usher.Tx) error {
			account, err := tx.Lock(octo())
			if err != nil {
				return err
			}
			account.LastEvent++
			return steps(func() error { return change(tx) }, func() error { return tx.SaveHead(account) })
		})
	}
}

// record is bob's in octo, in an order: of each kind by what it is and since when.
func record(b bench, limit int64) usher.PersonRecord {
	b.Helper()
	r := read(b, func(r usher.Reader) (usher.PersonRecord, error) { return r.PersonRecord(octo(), 2, limit) })
	sortVersions(r.Subscriptions, func(*usher.Subscription) int64 { return 0 })
	sortVersions(r.Places, func(m usher.TeamMember) int64 { return m.TeamID })
	sortVersions(r.Teams, func(t usher.Team) int64 { return t.ID })
	sortVersions(r.Grants, func(g usher.Grant) int64 { return g.SubjectID })
	sortVersions(r.Seats, seatNumber)
	return r
}

func sortVersions[T any](versions []usher.Version[T], key func(T) int64) {
	slices.SortFunc(versions, func(x, y usher.Version[T]) int {
		return cmp.Or(cmp.Compare(key(x.Value), key(y.Value)), cmp.Compare(x.Since, y.Since))
	})
}

func personRecord(b bench) {
	b.begin()
	teams := octoTeams()
	moved := teams[1] // platform, now below design
	moved.ParentID = 104
	direct := usher.Grant{Kind: usher.DirectGrant, SubjectID: 2, GrantedAt: day(1), GrantedBy: usher.Actor{UserID: 5, TokenID: 6}}
	through := usher.Grant{Kind: usher.TeamGrant, SubjectID: 101, GrantedAt: day(2), GrantedBy: usher.Actor{UserID: 7, TokenID: 8}}
	live, pending := seat(0, 1, 2, time.Time{}), seat(0, 1, 2, firstOf(time.April))
	changing(b,
		func(tx usher.Tx) error { // 23
			return steps(
				func() error { return tx.InsertSeats(octo(), []usher.Seat{live, seat(0, 2, 5, time.Time{})}) },
				func() error {
					return tx.InsertGrants(octo(), []usher.Grant{direct, through, {Kind: usher.DirectGrant, SubjectID: 101}})
				},
			)
		},
		func(tx usher.Tx) error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{2}) },
		func(tx usher.Tx) error { return tx.UpdateSeats(octo(), []usher.Seat{pending}) },
		func(tx usher.Tx) error { return tx.DeleteTeamMembers(octo(), 103, []int64{2}) },
		func(tx usher.Tx) error { return tx.SaveTeam(moved) },
		func(tx usher.Tx) error { return tx.DeleteSeats(octo(), []usher.Seat{pending}) },
		func(tx usher.Tx) error {
			account := accounts()[1]
			account.Subscription = nil
			return tx.SaveSubscription(account)
		},
	)
	live.Activity, pending.Activity = usher.Activity{}, usher.Activity{}
	want := usher.PersonRecord{
		Subscriptions: []usher.Version[*usher.Subscription]{{Value: subscription(), Until: 29}, {Since: 29}},
		Places: []usher.Version[usher.TeamMember]{
			{Value: usher.TeamMember{TeamID: 102, UserID: 2}}, {Value: usher.TeamMember{TeamID: 103, UserID: 2}, Until: 26},
		},
		Teams: []usher.Version[usher.Team]{
			{Value: teams[0]}, {Value: teams[1], Until: 27}, {Value: moved, Since: 27}, {Value: teams[2]}, {Value: teams[3]},
		},
		Grants: []usher.Version[usher.Grant]{{Value: direct, Since: 23, Until: 24}, {Value: through, Since: 23}},
		Seats:  []usher.Version[usher.Seat]{{Value: live, Since: 23, Until: 25}, {Value: pending, Since: 25, Until: 28}},
	}
	equal(b, "the record", record(b, 100), want)
	nobody := read(b, func(r usher.Reader) (usher.PersonRecord, error) { return r.PersonRecord(loner(), 2, 100) })
	equal(b, "the record of who held nothing", nobody, usher.PersonRecord{Subscriptions: []usher.Version[*usher.Subscription]{{Value: subscription()}}})
}

func limitedRecord(b bench) {
	b.begin()
	version := func(n int) usher.Seat { return seat(0, 1, 2, firstOf(time.Month(n))) }
	changing(b, func(tx usher.Tx) error { return tx.InsertSeats(octo(), []usher.Seat{version(4)}) })
	for month := 5; month <= 8; month++ {
		changing(b, func(tx usher.Tx) error { return tx.UpdateSeats(octo(), []usher.Seat{version(month)}) })
	}
	for limit, want := range map[int64]usher.PersonRecord{ // versions ended by 24, 25, 26 and 27
		5: {From: 0, Seats: make([]usher.Version[usher.Seat], 5)},
		2: {From: 26, Seats: make([]usher.Version[usher.Seat], 3)},
	} {
		got := record(b, limit)
		if got.From != want.From || len(got.Seats) != len(want.Seats) {
			b.Errorf("at most %d: %d versions of the seat, whole from %d, want %d from %d", limit, len(got.Seats), got.From, len(want.Seats), want.From)
		}
	}
}

func changes(b bench) {
	b.begin()
	made := func(number int64, at time.Time, action usher.Action, actor int64, request string) usher.Event {
		return usher.Event{
			Number: number, At: at, KnownAt: at, Reports: 40 + number, Action: action,
			Actor: usher.Actor{UserID: actor, TokenID: actor * 10}, RequestID: request,
		}
	}
	settled := made(1, day(1), usher.SeatCancelled, 3, "")
	late := made(5, day(2), usher.SeatCancelled, 4, "") // what had ended before is known late
	late.KnownAt = day(6)
	in := func(first int64, events ...usher.Event) {
		b.update(func(tx usher.Tx) error {
			account, err := tx.Lock(octo())
			if err != nil {
				return err
			}
			account.LastEvent = first - 1
			return steps(
				func() error { return tx.SaveHead(account) },
				func() error { return tx.InsertEvents(octo(), events) },
				func() error {
					account.LastEvent = events[len(events)-1].Number
					return tx.SaveHead(account)
				},
			)
		})
	}
	in(1, settled, made(2, day(5), usher.AssignmentUnassigned, 0, ""), made(3, day(5), usher.AssignmentCreated, 5, "request"), made(4, day(5), usher.SeatAdded, 6, "request"))
	in(5, late)
	in(6, made(6, day(7), usher.AssignmentCreated, 8, ""))
	of := func(numbers ...int64) []usher.Change {
		return read(b, func(r usher.Reader) ([]usher.Change, error) { return r.Changes(octo(), numbers) })
	}
	want := []usher.Change{
		{Number: 1, At: day(5), Reports: 44, Actor: usher.Actor{UserID: 5, TokenID: 50}},
		{Number: 5, At: day(6), Reports: 45},
		{Number: 6, At: day(7), Reports: 46, Actor: usher.Actor{UserID: 8, TokenID: 80}},
	}
	equalSet(b, "changes", of(6, 1, 5), want, func(c usher.Change) int64 { return c.Number })
	equalSet(b, "no changes", of(), nil, func(c usher.Change) int64 { return c.Number })
}

func seatReports(b bench) {
	b.begin()
	var all []usher.Report
	for i, seat := range []int64{3, 4, 3, 5, 3, 4} {
		all = append(all, report(int64(i)+1, seat))
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertReports(octo(), all) },
			func() error { return tx.InsertReports(loner(), []usher.Report{report(1, 3)}) },
		)
	})
	of := func(seat, after, upTo int64) usher.ReportCount {
		return read(b, func(r usher.Reader) (usher.ReportCount, error) { return r.SeatReports(octo(), seat, after, upTo) })
	}
	equal(b, "all of a seat", of(3, 0, 1<<60), usher.ReportCount{Count: 3, First: 1, Last: 5})
	equal(b, "after the first", of(3, 1, 4), usher.ReportCount{Count: 1, First: 3, Last: 3})
	equal(b, "none", of(3, 5, 6), usher.ReportCount{})
}
