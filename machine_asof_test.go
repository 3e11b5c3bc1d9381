package usher_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// What was answered at any time is answered again as of then.
func TestRandomHistoriesAreAnsweredAsTheyWereThen(t *testing.T) {
	fewChecks()
	t.Parallel()
	c := newCompany(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt, c)
		recalled := recollection{machine: m, byTime: map[time.Time]map[int64]answered{}, byEvent: map[int64]map[int64]answered{}}
		actions := map[string]func(*rapid.T){
			"let time pass":  m.letTimePass,
			"let more pass":  m.letTimePass,
			"move the clock": m.moveClock,
			"settle":         m.settle,
		}
		for name, draw := range m.moves() {
			actions[name] = func(rt *rapid.T) { m.play(rt, draw(rt)) }
		}
		names := slices.Sorted(maps.Keys(actions))
		rt.Repeat(map[string]func(*rapid.T){
			"":     recalled.remember,
			"move": func(rt *rapid.T) { actions[names[evenly(rt, "action", len(names))]](rt) },
		})
		recalled.askAgain(rt)
		if broken, err := m.service.Check(background); err != nil || len(broken) > 0 {
			rt.Fatalf("check: error %v, broken: %q", err, broken)
		}
	})
}

// recollection is what was answered of each organization at each time, and after each event.
type recollection struct {
	*machine
	byTime  map[time.Time]map[int64]answered
	byEvent map[int64]map[int64]answered // by organization, then number
}

// answered is all that was answered of an organization at once.
type answered struct {
	Pages        []usher.SeatPage
	Entitlements []usher.Entitlement
	Refused      []string
}

const perPageThen = 3

// askThen asks for all pages of an organization's list, and for everybody's entitlement: now, or
// as of a moment.
func askThen(c complainer, service *usher.Service, ref usher.AccountRef, asOf *usher.AsOf) answered {
	c.Helper()
	seats, entitlement := service.Seats, service.Entitlement
	if asOf != nil {
		seats = func(ctx context.Context, ref usher.AccountRef, page usher.Page) (usher.SeatPage, error) {
			return service.SeatsAsOf(ctx, ref, *asOf, page)
		}
		entitlement = func(ctx context.Context, ref usher.AccountRef, login string) (usher.Entitlement, error) {
			return service.EntitlementAsOf(ctx, ref, *asOf, login)
		}
	}
	var a answered
	for number := int64(1); ; number++ {
		page, err := seats(background, ref, usher.Page{Number: number, PerPage: perPageThen})
		if err != nil {
			a.Refused = append(a.Refused, refusal(c, err).Error())
			break
		}
		page.Edition = nil
		for i, row := range page.Seats {
			page.Seats[i].Account = &usher.Account{Login: row.Account.Login, Subscription: row.Account.Subscription}
		}
		a.Pages = append(a.Pages, page)
		if number*perPageThen >= page.Rows {
			break
		}
	}
	for _, login := range append([]string{"nobody"}, cast...) {
		found, err := entitlement(background, ref, login)
		if err != nil {
			a.Refused = append(a.Refused, login+": "+refusal(c, err).Error())
		}
		a.Entitlements = append(a.Entitlements, found)
	}
	return a
}

// remember asks for the present. What is answered later at the same time takes its place.
func (r *recollection) remember(rt *rapid.T) {
	now := r.model.now
	r.byTime[now] = map[int64]answered{}
	for _, id := range []int64{octodemo, hubot} {
		ref := usher.OrganizationRef(id)
		answer := askThen(rt, r.service, ref, nil)
		r.byTime[now][id] = answer
		if event, ok := eventNow(rt, r.store, ref, now); ok {
			if r.byEvent[id] == nil {
				r.byEvent[id] = map[int64]answered{}
			}
			r.byEvent[id][event] = answer
		}
	}
}

// eventNow is the number of an organization's last event, where nothing else has happened since
// and no time has passed.
func eventNow(c complainer, store usher.Store, ref usher.AccountRef, now time.Time) (event int64, ok bool) {
	c.Helper()
	err := store.View(background, func(tx usher.Reader) error {
		ok = false
		account, _, err := tx.Account(usher.AccountName{ID: ref.ID})
		if err != nil {
			return err
		}
		mark, found, err := tx.Mark(ref, account.LastEvent)
		if err != nil || !found {
			return err
		}
		enterprise := usher.Account{}
		if account.EnterpriseID != 0 {
			enterprise, _, err = tx.Account(usher.AccountName{Kind: usher.Enterprise, ID: account.EnterpriseID})
		}
		event = account.LastEvent
		ok = mark.Change != 0 && mark.KnownAt.Equal(now) && mark.Reports == account.LastReport && mark.EnterpriseEvent == enterprise.LastEvent
		return err
	})
	if err != nil {
		c.Fatalf("looking for the last event: %v", err)
	}
	return event, ok
}

func (r *recollection) askAgain(rt *rapid.T) {
	for now, organizations := range r.byTime {
		for id, want := range organizations {
			r.compareThen(rt, id, usher.AsOf{At: now}, want)
		}
	}
	for id, events := range r.byEvent {
		for event, want := range events {
			r.compareThen(rt, id, usher.AsOf{Event: event}, want)
		}
	}
}

func (r *recollection) compareThen(rt *rapid.T, id int64, asOf usher.AsOf, want answered) {
	got := askThen(rt, r.service, usher.OrganizationRef(id), &asOf)
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("organization %d as of event %d or %v (-then +as of then):\n%s", id, asOf.Event, asOf.At, diff)
	}
}
