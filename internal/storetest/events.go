package storetest

import (
	"errors"
	"time"

	"github.com/usher-seats/usher"
)

func eventPromises() []promise {
	return []promise{
		{"an account's events come back by number", accountEvents},
		{"EventsAfter reads a part of an account's events", eventsAfter},
		{"an event can neither be changed nor deleted", eventsStay},
		{"DeleteEvents deletes the oldest, as far as the head says", deleteEvents},
		{"Events are those without a request of all accounts in a window, by time, account and number", events},
	}
}

func event(number int64, at time.Time, action usher.Action, userID int64) usher.Event {
	return usher.Event{
		Number: number, At: at, KnownAt: at.AddDate(0, 0, 1), EnterpriseEvent: 700 + number, Reports: 600 + number,
		Action: action, Actor: usher.Actor{UserID: 900 + number, TokenID: 800 + number}, UserID: userID, TeamID: 100 + number,
		Change: usher.FieldChange{Field: "field ü", Old: "old ü", New: "new ü"}, RequestID: "request ü",
	}
}

func accountEvents(b bench) {
	b.begin()
	want := []usher.Event{
		event(1, day(3), usher.AssignmentCreated, 2), event(2, day(1), usher.SeatAdded, 404), event(3, day(2), usher.SeatCancelled, 0),
		{Number: 4, At: day(9), Action: usher.AssignmentReused},
	}
	other := []usher.Event{event(1, day(7), usher.SeatAdded, 5)}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertEvents(octo(), []usher.Event{want[2], want[3]}) },
			func() error { return tx.InsertEvents(octo(), want[:2]) },
			func() error { return tx.InsertEvents(enterprise(), other) },
			func() error { return tx.InsertEvents(octo(), nil) },
		)
	})
	of := func(ref usher.AccountRef) []usher.Event {
		return read(b, func(r usher.Reader) ([]usher.Event, error) { return r.EventsAfter(ref, 0, usher.MaxSelection) })
	}
	equalList(b, "events", of(octo()), want)
	equalList(b, "events of the enterprise", of(enterprise()), other)
	equalList(b, "events of an account without any", of(loner()), nil)
	err := b.store.Update(b.Context(), func(tx usher.Tx) error { return tx.InsertEvents(octo(), want[:1]) })
	if err == nil {
		b.Error("an event's number was given twice without an error")
	}
}

// numbered are events with these numbers, of which nothing else is looked at.
func numbered(numbers ...int64) []usher.Event {
	list := make([]usher.Event, len(numbers))
	for i, number := range numbers {
		list[i] = event(number, day(3), usher.SeatAdded, 2)
	}
	return list
}

func eventNumbers(b bench, ask func(usher.Reader) ([]usher.Event, error)) []int64 {
	b.Helper()
	var numbers []int64
	for _, e := range read(b, ask) {
		numbers = append(numbers, e.Number)
	}
	return numbers
}

func eventsAfter(b bench) {
	b.begin()
	want := []usher.Event{event(1, day(3), usher.AssignmentCreated, 2), event(2, day(1), usher.SeatAdded, 404), event(3, day(2), usher.SeatCancelled, 0)}
	b.update(func(tx usher.Tx) error {
		return errors.Join(tx.InsertEvents(octo(), want), tx.InsertEvents(loner(), numbered(1, 2, 3, 4)))
	})
	after := func(number int64, limit int) []usher.Event {
		return read(b, func(r usher.Reader) ([]usher.Event, error) { return r.EventsAfter(octo(), number, limit) })
	}
	equalList(b, "all", after(0, 10), want)
	equalList(b, "one", after(1, 1), want[1:2])
	equalList(b, "the rest", after(1, 2), want[1:])
	equalList(b, "past the end", after(3, 10), nil)
}

// tell writes to the head up to which event retention has deleted.
func tell(tx usher.Tx, ref usher.AccountRef, upTo int64) error {
	account, err := tx.Lock(ref)
	account.EventsDeleted = upTo
	return errors.Join(err, tx.SaveHead(account))
}

func eventsStay(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return errors.Join(tell(tx, octo(), 0), tx.InsertEvents(octo(), numbered(1, 2, 3)))
	})
	b.refuses("deleting what the head does not mention", func(tx usher.Tx) error { return tx.DeleteEvents(octo(), 1) })
	b.refuses("deleting more than the head says", func(tx usher.Tx) error {
		return errors.Join(tell(tx, octo(), 2), tx.DeleteEvents(octo(), 3))
	})
	equalList(b, "events", eventNumbers(b, func(r usher.Reader) ([]usher.Event, error) { return r.EventsAfter(octo(), 0, usher.MaxSelection) }), []int64{1, 2, 3})
}

func deleteEvents(b bench) {
	b.begin()
	var many []int64
	for n := range int64(25_000) {
		many = append(many, n+1)
	}
	b.update(func(tx usher.Tx) error {
		return errors.Join(tx.InsertEvents(octo(), numbered(many...)), tx.InsertEvents(loner(), numbered(1, 2, 3)),
			tell(tx, octo(), 24_990), tell(tx, loner(), 3))
	})
	b.update(func(tx usher.Tx) error { return tx.DeleteEvents(octo(), 10) })
	equalList(b, "events", eventNumbers(b, func(r usher.Reader) ([]usher.Event, error) { return r.EventsAfter(octo(), 0, 2) }), []int64{11, 12})
	b.update(func(tx usher.Tx) error {
		return errors.Join(tx.DeleteEvents(octo(), 24_990), tx.DeleteEvents(octo(), 24_990), tx.DeleteEvents(enterprise(), 5))
	})
	equalList(b, "events", eventNumbers(b, func(r usher.Reader) ([]usher.Event, error) { return r.EventsAfter(octo(), 0, 2) }), []int64{24_991, 24_992})
	equalList(b, "another account's", eventNumbers(b, func(r usher.Reader) ([]usher.Event, error) { return r.EventsAfter(loner(), 0, usher.MaxSelection) }), []int64{1, 2, 3})
}

// window is what Events returns.
type window struct {
	Events []usher.AccountEvent
	Total  int
}

func events(b bench) {
	b.begin()
	added := usher.SeatAdded
	event := func(number int64, at time.Time, action usher.Action, userID int64) usher.Event {
		e := event(number, at, action, userID)
		e.RequestID = ""
		return e
	}
	octos := []usher.Event{
		event(1, day(1), added, 2), event(2, day(2), added, 2), event(3, day(2), usher.SeatCancelled, 0),
		event(4, day(2), usher.SeatCancelled, 2), event(5, day(5), added, 404), event(6, day(6), added, 2),
	}
	octos[3].RequestID = "a request's"
	lonely := []usher.Event{event(1, day(2), added, 5), event(2, day(3), added, 5)}
	enterprising := []usher.Event{event(1, day(2), added, 4)}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertEvents(loner(), lonely) },
			func() error { return tx.InsertEvents(octo(), octos) },
			func() error { return tx.InsertEvents(enterprise(), enterprising) },
		)
	})
	of := func(from, to time.Time, limit int) window {
		return read(b, func(r usher.Reader) (window, error) {
			list, total, err := r.Events(from, to, limit)
			return window{list, total}, err
		})
	}
	want := []usher.AccountEvent{
		{Event: octos[1], Account: octo(), Login: "Octo-Org", UserLogin: "bob-K"},
		{Event: octos[2], Account: octo(), Login: "Octo-Org"},
		{Event: enterprising[0], Account: enterprise(), Login: "Octo-Inc", UserLogin: "kelvin"},
		{Event: lonely[0], Account: loner(), Login: "Octo-Inc", UserLogin: "Alice"},
		{Event: lonely[1], Account: loner(), Login: "Octo-Inc", UserLogin: "Alice"},
		{Event: octos[4], Account: octo(), Login: "Octo-Org"},
	}
	equal(b, "events", of(day(1), day(5), 100), window{want, 6})
	equal(b, "the first events", of(day(1), day(5), 3), window{want[:3], 6})
	equal(b, "one microsecond", of(day(3).Add(-time.Microsecond), day(3), 3), window{want[4:5], 1})
	equal(b, "no limit reached", of(day(5), day(6), 100).Total, 1)
	equal(b, "an empty window", of(day(6), day(28), 100).Total, 0)
	equal(b, "a count alone", of(day(1), day(5), 0).Total, 6)
}

// allEvents are all of an account's, read by EventsAfter.
func allEvents(r usher.Reader, ref usher.AccountRef) (all []usher.Event, err error) {
	for after := int64(0); ; after = all[len(all)-1].Number {
		some, err := r.EventsAfter(ref, after, usher.MaxSelection)
		if all = append(all, some...); err != nil || len(some) == 0 {
			return all, err
		}
	}
}
