package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

func eventPromises() []promise {
	return []promise{
		{"an account's events come back by number", accountEvents},
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
		return read(b, func(r usher.Reader) ([]usher.Event, error) { return r.AccountEvents(ref) })
	}
	equalList(b, "events", of(octo()), want)
	equalList(b, "events of the enterprise", of(enterprise()), other)
	equalList(b, "events of an account without any", of(loner()), nil)
	err := b.store.Update(b.Context(), func(tx usher.Tx) error { return tx.InsertEvents(octo(), want[:1]) })
	if err == nil {
		b.Error("an event's number was given twice without an error")
	}
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
