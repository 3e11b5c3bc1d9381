package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

func seatPromises() []promise {
	return []promise{
		{"seats come back as they were written, by section and number", seatsComeBack},
		{"Seats are those of people in one section, ended ones too", seatsOfPeople},
		{"a person has one seat in a section", oneSeat},
		{"SeatsFrom are the current seats in order, from a number on", seatsFrom},
		{"SeatsFrom passes over current seats only", seatsSkipped},
		{"UpdateSeats writes all that can change", updateSeats},
		{"UpdateSeats refuses a seat that does not exist", updateMissing},
		{"DeleteSeats removes the named seats of one account", deleteSeats},
		{"DueAccount is the account with the earliest ending", dueAccount},
		{"DueSeats are what has ended, by ending and number", dueSeats},
	}
}

func seatNumber(s usher.Seat) int64 { return s.Section*1000 + s.Number }

func seatsOf(b bench, ref usher.AccountRef) []usher.Seat {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.AllSeats(ref) })
}

// someSeats are live, pending, ended at day 20, and without any time.
func someSeats() []usher.Seat {
	return []usher.Seat{
		seat(0, 1, 2, time.Time{}),
		seat(0, 3, 3, day(20)),
		seat(0, 4, 4, firstOf(time.April)),
		{Number: 5, UserID: 5},
		seat(101, 2, 2, time.Time{}),
		seat(101, 6, 3, day(20)),
	}
}

// take inserts seats into octo and, with other values, into two more accounts.
func (b bench) take(seats []usher.Seat) {
	b.Helper()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertSeats(octo(), seats) },
			func() error { return tx.InsertSeats(enterprise(), otherSeats()) },
			func() error { return tx.InsertSeats(loner(), otherSeats()) },
		)
	})
}

func otherSeats() []usher.Seat {
	return []usher.Seat{seat(0, 3, 2, time.Time{}), seat(0, 7, 3, firstOf(time.May))}
}

func seatsComeBack(b bench) {
	b.begin()
	seats := someSeats()
	b.take([]usher.Seat{seats[4], seats[2], seats[5], seats[0], seats[3], seats[1]})
	equalList(b, "seats", seatsOf(b, octo()), seats)
	equalList(b, "seats of the enterprise", seatsOf(b, enterprise()), otherSeats())
	equalList(b, "seats of an account without any", seatsOf(b, dormant()), nil)
	zone := time.FixedZone("", 3600)
	elsewhere := seat(0, 9, 9, day(8).In(zone))
	b.update(func(tx usher.Tx) error { return tx.InsertSeats(dormant(), []usher.Seat{elsewhere}) })
	equalList(b, "times of another zone", seatsOf(b, dormant()), []usher.Seat{seat(0, 9, 9, day(8))})
}

func seatsOfPeople(b bench) {
	b.begin()
	b.take(someSeats())
	of := func(section int64, ids ...int64) []usher.Seat {
		return read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.Seats(octo(), section, ids) })
	}
	s := someSeats()
	equalSet(b, "seats", of(0, 3, 2, 404, 3), s[:2], seatNumber)
	equalSet(b, "seats of a section", of(101, 2, 3, 4, 5), s[4:], seatNumber)
	equalList(b, "seats of nobody", of(0), nil)
	equalList(b, "seats of an unknown section", of(404, 2), nil)
	everywhere := func(id int64) []usher.Seat {
		return read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.PersonSeats(octo(), id) })
	}
	equalSet(b, "a person's seats in all sections", everywhere(2), []usher.Seat{s[0], s[4]}, seatNumber)
	equalSet(b, "a person's seats, ended ones too", everywhere(3), []usher.Seat{s[1], s[5]}, seatNumber)
	equalList(b, "seats of who has none", everywhere(404), nil)
}

func oneSeat(b bench) {
	b.begin()
	b.take(someSeats())
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		return tx.InsertSeats(octo(), []usher.Seat{seat(0, 99, 2, time.Time{})})
	})
	if err == nil {
		b.Error("a second seat in one section gave no error")
	}
	b.update(func(tx usher.Tx) error { return tx.InsertSeats(octo(), []usher.Seat{seat(102, 99, 2, time.Time{})}) })
}

// page is what SeatsFrom shows of octo at day 21, when the seats that end at day 20 have.
func page(b bench, section, from, skip, limit int64) []usher.Seat {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Seat, error) {
		return r.SeatsFrom(octo(), section, from, skip, limit, day(21))
	})
}

func seatsFrom(b bench) {
	b.begin()
	b.take(someSeats())
	s := someSeats()
	equalList(b, "from the first", page(b, 0, 1, 0, 10), []usher.Seat{s[0], s[2], s[3]})
	equalList(b, "from the second", page(b, 0, 2, 0, 10), []usher.Seat{s[2], s[3]})
	equalList(b, "beyond the last", page(b, 0, 6, 0, 10), nil)
	equalList(b, "another section", page(b, 101, 1, 0, 10), []usher.Seat{s[4]})
	for _, test := range []struct {
		now  time.Time
		want int
	}{{day(20).Add(-time.Microsecond), 4}, {day(20), 3}, {firstOf(time.April), 2}} {
		got := read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.SeatsFrom(octo(), 0, 1, 0, 10, test.now) })
		equal(b, "seats at "+test.now.String(), len(got), test.want)
	}
}

func seatsSkipped(b bench) {
	b.begin()
	b.take(someSeats())
	s := someSeats()
	equalList(b, "skip 1", page(b, 0, 1, 1, 10), []usher.Seat{s[2], s[3]})
	equalList(b, "skip 1, limit 1", page(b, 0, 1, 1, 1), []usher.Seat{s[2]})
	equalList(b, "limit 2", page(b, 0, 1, 0, 2), []usher.Seat{s[0], s[2]})
	equalList(b, "skip all", page(b, 0, 1, 3, 10), nil)
}

func updateSeats(b bench) {
	b.begin()
	b.take(someSeats())
	want := someSeats()
	change := func(s *usher.Seat, endsAt time.Time) {
		s.TeamID, s.UpdatedAt, s.EndsAt = 77, day(27), endsAt
		s.CancelledBy = usher.Actor{UserID: 78, TokenID: 79}
		s.Activity = usher.Activity{At: day(26), Editor: "vim ü", AuthenticatedAt: day(25)}
	}
	change(&want[0], firstOf(time.June))
	change(&want[3], day(28))
	want[1].EndsAt, want[1].CancelledBy, want[1].Activity, want[1].TeamID = time.Time{}, usher.Actor{}, usher.Activity{}, 0
	b.update(func(tx usher.Tx) error {
		return tx.UpdateSeats(octo(), []usher.Seat{want[3], want[0], want[1], want[4]})
	})
	equalList(b, "seats", seatsOf(b, octo()), want)
	equalList(b, "seats of the enterprise", seatsOf(b, enterprise()), otherSeats())
	b.update(func(tx usher.Tx) error { return tx.UpdateSeats(octo(), nil) })
}

func updateMissing(b bench) {
	b.begin()
	b.take(someSeats())
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		return tx.UpdateSeats(octo(), []usher.Seat{seat(0, 1, 2, day(9)), seat(0, 404, 2, day(9))})
	})
	if err == nil {
		b.Error("updating a seat that does not exist gave no error")
	}
	equalList(b, "seats", seatsOf(b, octo()), someSeats())
}

func deleteSeats(b bench) {
	b.begin()
	b.take(someSeats())
	s := someSeats()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.DeleteSeats(octo(), []usher.Seat{s[1], s[4]}) },
			func() error { return tx.DeleteSeats(octo(), nil) },
		)
	})
	equalList(b, "seats", seatsOf(b, octo()), []usher.Seat{s[0], s[2], s[3], s[5]})
	equalList(b, "seats of the enterprise", seatsOf(b, enterprise()), otherSeats())
}

func dueAccount(b bench) {
	b.begin()
	due := func(now time.Time) found[usher.AccountRef] {
		return find(b, func(r usher.Reader) (usher.AccountRef, bool, error) { return r.DueAccount(now) })
	}
	b.update(func(tx usher.Tx) error { return tx.DeleteMemberships(octo(), []int64{3}) }) // an invitation ends too
	equal(b, "due without seats", due(day(28)), found[usher.AccountRef]{})
	b.take([]usher.Seat{seat(0, 1, 2, time.Time{}), seat(0, 2, 3, day(20))})
	equal(b, "due before", due(day(20).Add(-time.Microsecond)), found[usher.AccountRef]{})
	equal(b, "due at the instant", due(day(20)), found[usher.AccountRef]{octo(), true})
	equal(b, "the earliest", due(firstOf(time.December)), found[usher.AccountRef]{octo(), true})
	b.update(func(tx usher.Tx) error { return tx.DeleteSeats(octo(), []usher.Seat{{Number: 2}}) })
	// The enterprise (id 5) and loner (id 6) have an ending in common.
	equal(b, "the lowest", due(firstOf(time.May)), found[usher.AccountRef]{enterprise(), true})
}

func dueSeats(b bench) {
	b.begin()
	s := []usher.Seat{
		seat(0, 1, 2, time.Time{}), seat(0, 2, 3, day(20)), seat(0, 4, 4, day(19)), seat(101, 3, 2, day(20)), seat(0, 5, 5, day(22)),
	}
	b.take(s)
	due := func(limit int) []usher.Seat {
		return read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.DueSeats(octo(), day(20), limit) })
	}
	equalList(b, "due seats", due(10), []usher.Seat{s[2], s[1], s[3]})
	equalList(b, "the first due seats", due(2), []usher.Seat{s[2], s[1]})
	equalList(b, "due seats of another account",
		read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.DueSeats(loner(), day(20), 10) }), nil)
}
