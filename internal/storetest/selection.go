package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/usher-seats/usher"
)

func selectionPromises() []promise {
	return []promise{
		{"SelectEvents takes the first events between two places, by actions, actor and person", selectEvents},
		{"FirstDue is the account's earliest ending of a seat or an invitation", firstDue},
		{"TokenKinds are those of the tokens that are there", tokenKinds},
	}
}

// selectable is events of few kinds, of which many are at the same time and none in the order of
// their numbers.
func selectable() []usher.Event {
	actions := []usher.Action{usher.SeatAdded, usher.SeatCancelled, usher.AssignmentCreated}
	var events []usher.Event
	for n := range int64(120) {
		e := event(n+1, day(1+int(n*7%5)), actions[n%3], n*5%4)
		e.Actor.UserID = n % 7 % 3
		events = append(events, e)
	}
	return events
}

func selectEvents(b bench) {
	b.begin()
	events, others := selectable(), selectable()
	for i := range others {
		others[i].Number += 1000
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertEvents(octo(), events) },
			func() error { return tx.InsertEvents(enterprise(), others) },
		)
	})
	all := slices.SortedFunc(slices.Values(events), byPlace)
	places := []usher.EventPlace{usher.FirstPlace(), usher.LastPlace(), placeOf(all[10]), placeOf(all[70]), {At: day(3)}}
	for _, actions := range [][]usher.Action{nil, {usher.SeatAdded}, {usher.SeatCancelled, usher.SeatAdded}, {"nothing.usher_writes"}, usher.Actions()} {
		for who := range int64(9) {
			for _, after := range places {
				for _, before := range places {
					s := usher.EventSelection{
						Actions: actions, ActorID: who % 3, UserID: who / 3, After: after, Before: before, Newest: who%2 == 0, Limit: 1 + who*5,
					}
					if len(actions) == 0 && s.ActorID+s.UserID != 0 {
						continue // not promised
					}
					got := read(b, func(r usher.Reader) ([]usher.Event, error) { return r.SelectEvents(octo(), s) })
					equalList(b, fmt.Sprintf("%+v", s), got, selected(all, s))
				}
			}
		}
	}
}

func byPlace(x, y usher.Event) int {
	return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Number, y.Number))
}

func placeOf(e usher.Event) usher.EventPlace { return usher.EventPlace{At: e.At, Number: e.Number} }

// selected is what a selection takes of events in order.
func selected(all []usher.Event, s usher.EventSelection) (taken []usher.Event) {
	after, before := usher.Event{At: s.After.At, Number: s.After.Number}, usher.Event{At: s.Before.At, Number: s.Before.Number}
	for _, e := range all {
		if byPlace(e, after) > 0 && byPlace(e, before) < 0 &&
			(len(s.Actions) == 0 || slices.Contains(s.Actions, e.Action)) &&
			(s.ActorID == 0 || s.ActorID == e.Actor.UserID) && (s.UserID == 0 || s.UserID == e.UserID) {
			taken = append(taken, e)
		}
	}
	if s.Newest {
		slices.Reverse(taken)
	}
	return taken[:min(int64(len(taken)), s.Limit)]
}

func firstDue(b bench) {
	b.begin() // with an invitation to octo that ends at day 20
	due := func(ref usher.AccountRef, now time.Time) found[time.Time] {
		return find(b, func(r usher.Reader) (time.Time, bool, error) { return r.FirstDue(ref, now) })
	}
	equal(b, "before the invitation ends", due(octo(), day(20).Add(-time.Microsecond)), found[time.Time]{})
	equal(b, "when the invitation ends", due(octo(), day(20)), found[time.Time]{day(20), true})
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				return tx.InsertSeats(octo(), []usher.Seat{seat(0, 1, 2, time.Time{}), seat(0, 2, 4, day(21)), seat(0, 3, 5, day(19))})
			},
			func() error { return tx.InsertSeats(loner(), []usher.Seat{seat(0, 1, 2, day(25))}) },
		)
	})
	equal(b, "a seat that ends earlier", due(octo(), day(22)), found[time.Time]{day(19), true})
	equal(b, "a seat alone", due(loner(), day(25)), found[time.Time]{day(25), true})
	equal(b, "nothing that ends", due(enterprise(), day(28)), found[time.Time]{})
}

func tokenKinds(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return tx.InsertTokens([]usher.Token{
			{ID: 1, Hash: usher.HashToken("one"), Kind: usher.Classic, UserID: 2},
			{ID: 2, Hash: usher.HashToken("two"), Kind: usher.AppInstallation, OwnerID: 5},
			{ID: 3, Hash: usher.HashToken("three"), Kind: usher.OAuth, UserID: 2},
		})
	})
	kinds := read(b, func(r usher.Reader) (map[int64]usher.TokenKind, error) { return r.TokenKinds([]int64{1, 2, 404, 0}) })
	equal(b, "kinds", kinds, map[int64]usher.TokenKind{1: usher.Classic, 2: usher.AppInstallation})
}
