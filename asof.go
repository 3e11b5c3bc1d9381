package usher

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// AsOf says which moment of an organization's past is asked for: what was answered after an
// event, or at an instant, after all that had happened by then.
type AsOf struct {
	Event int64     // the event's number
	At    time.Time // the instant; zero: the event says it
}

// SeatsAsOf is [Service.Seats] of a moment of the past.
func (s *Service) SeatsAsOf(ctx context.Context, organization AccountRef, asOf AsOf, page Page) (SeatPage, error) {
	var result SeatPage
	err := s.readAsOf(ctx, organization, asOf, func(r reading) (err error) {
		result, err = r.seats(page)
		return err
	})
	return result, err
}

// EntitlementAsOf is [Service.Entitlement] of a moment of the past.
func (s *Service) EntitlementAsOf(ctx context.Context, organization AccountRef, asOf AsOf, login string) (Entitlement, error) {
	var found Entitlement
	err := s.readAsOf(ctx, organization, asOf, func(r reading) error {
		person, err := r.person(login)
		if err != nil {
			return err
		}
		found, err = r.entitlement(person)
		return err
	})
	return found, err
}

// readAsOf reads an organization, and the enterprise that it belonged to, as they were.
func (s *Service) readAsOf(ctx context.Context, organization AccountRef, asOf AsOf, fn func(reading) error) error {
	return s.read(ctx, organization, func(v view) error {
		then, err := v.then(asOf)
		if err != nil {
			return err
		}
		return fn(then)
	})
}

// then is the organization at a moment of its past.
func (v view) then(asOf AsOf) (reading, error) {
	own, err := v.past().find(asOf)
	if err != nil {
		return reading{}, err
	}
	account, _, err := v.tx.AsOf(own.at, own.Moment).Account(AccountName{Kind: v.account.Ref.Kind, ID: v.account.Ref.ID})
	if err != nil {
		return reading{}, err
	}
	moments := []Moment{own.Moment}
	if account.EnterpriseID != 0 {
		enterprise, err := v.enterpriseThen(account.EnterpriseID, own)
		if err != nil {
			return reading{}, err
		}
		moments = append(moments, enterprise)
	}
	return reading{v.tx.AsOf(own.at, moments...), account, account.time(own.at)}, nil
}

// enterpriseThen is the moment of an organization's enterprise. An event of the organization
// says how far the enterprise had come; those with which a world was loaded lie at times of
// their own, when it may have come less far, but no further: more may have happened at the
// instant of the loading.
func (v view) enterpriseThen(id int64, own moment) (Moment, error) {
	enterprise, ok, err := v.tx.Account(AccountName{Kind: Enterprise, ID: id})
	if err != nil || !ok {
		return Moment{}, orNotFound(err)
	}
	p := past{v.tx, enterprise, v.now}
	if own.byNumber && own.change != 0 {
		return p.upTo(own.enterpriseEvent)
	}
	found, err := p.lastBy(own.at)
	if loaded := own.enterpriseEvent; err == nil && own.byNumber && loaded > 0 && found.Event > loaded {
		return p.upTo(loaded)
	}
	return found.Moment, err
}

// moment is a moment of an account with its instant, and what its event says more.
type moment struct {
	Moment
	at              time.Time
	change          int64
	enterpriseEvent int64
	byNumber        bool
}

// past is where the moments of an account are looked for.
type past struct {
	tx      Reader
	account Account
	now     time.Time
}

func (v view) past() past { return past{v.tx, v.account, v.now} }

// find is the moment that is asked for.
func (p past) find(asOf AsOf) (moment, error) {
	if asOf.At.IsZero() {
		return p.after(asOf.Event)
	}
	if asOf.At.After(p.now) {
		return moment{}, invalid("It is %s: as_of lies in the future.", p.now.Format(time.RFC3339Nano))
	}
	start, err := p.start()
	if err != nil {
		return moment{}, err
	}
	if asOf.At.Before(start) {
		return moment{}, p.tooEarly(start)
	}
	return p.lastBy(asOf.At)
}

// after is the moment after an event, which stands for its whole change.
func (p past) after(event int64) (moment, error) {
	if event > p.account.LastEvent {
		return moment{}, invalid("The last event of %s is number %d: as_of names event %d.", p.account.Login, p.account.LastEvent, event)
	}
	mark, ok, err := p.tx.Mark(p.account.Ref, event)
	if err != nil {
		return moment{}, err
	}
	if !ok || event < p.account.RecordFrom {
		start, err := p.start()
		if err != nil {
			return moment{}, err
		}
		return moment{}, p.tooEarly(start)
	}
	last, err := p.lastOf(mark)
	if err != nil {
		return moment{}, err
	}
	found, err := p.moment(last)
	found.at, found.byNumber = found.KnownAt, true
	return found, err
}

// lastBy is the moment after the last change that an account had made by an instant. Of a
// change that goes on after it, what had happened by then was ending by itself, which nobody
// had to write down to pass over it (rule C4).
func (p past) lastBy(at time.Time) (moment, error) {
	first, err := p.first()
	if err != nil {
		return moment{}, err
	}
	last := p.account.LastEvent
	if at.Before(p.account.LastEventAt) {
		if last, err = p.last(first-1, p.account.LastEvent, func(m Mark) bool { return !m.KnownAt.After(at) }); err != nil {
			return moment{}, err
		}
	}
	if last < p.account.RecordFrom {
		start, err := p.start()
		if err != nil {
			return moment{}, err
		}
		return moment{}, p.tooEarly(start)
	}
	here, _, err := p.tx.Mark(p.account.Ref, last)
	if err != nil {
		return moment{}, err
	}
	next, goesOn, err := p.tx.Mark(p.account.Ref, last+1)
	if err != nil {
		return moment{}, err
	}
	if goesOn && here.Change != 0 && next.Change == here.Change {
		last = here.Change - 1
	}
	found, err := p.moment(last)
	if err != nil {
		return moment{}, err
	}
	found.at = at
	found.Report, err = p.lastReport(at)
	return found, err
}

// upTo is the moment after an event that was an account's last one.
func (p past) upTo(event int64) (Moment, error) {
	if event < p.account.RecordFrom {
		start, err := p.start()
		if err != nil {
			return Moment{}, err
		}
		return Moment{}, p.tooEarly(start)
	}
	found, err := p.moment(event)
	return found.Moment, err
}

// moment is the moment after an event; of one that is gone, or of none, it is all that there
// is to know.
func (p past) moment(event int64) (moment, error) {
	mark, _, err := p.tx.Mark(p.account.Ref, event)
	return moment{
		Moment: Moment{Account: p.account.Ref, Event: event, KnownAt: mark.KnownAt, Report: mark.Reports},
		change: mark.Change, enterpriseEvent: mark.EnterpriseEvent,
	}, err
}

// first is the lowest number of an event that is there, or the one after the last.
func (p past) first() (int64, error) {
	first := max(p.account.RecordFrom, 1)
	_, ok, err := p.tx.Mark(p.account.Ref, first)
	if !ok {
		first = p.account.RecordFrom + 1
	}
	return first, err
}

// start is the earliest instant as of which an account can be read. One without a record of
// before began when it was created, or with the first grant that it had then.
func (p past) start() (time.Time, error) {
	first, err := p.first()
	if err != nil {
		return time.Time{}, err
	}
	mark, ok, err := p.tx.Mark(p.account.Ref, first)
	switch {
	case err != nil:
		return time.Time{}, err
	case p.account.RecordFrom > 0 && ok:
		return mark.KnownAt, nil
	case p.account.RecordFrom > 0:
		return p.account.LastEventAt, nil
	case ok && mark.KnownAt.Before(p.account.CreatedAt):
		return mark.KnownAt, nil
	}
	return p.account.CreatedAt, nil
}

func (p past) tooEarly(start time.Time) error {
	first := ""
	if p.account.RecordFrom > 0 {
		first = fmt.Sprintf(", from event %d on", p.account.RecordFrom)
	}
	return invalid("What %s was like is kept since %s%s: as_of lies before that.", p.account.Login, start.Format(time.RFC3339Nano), first)
}

// last is the last event from one on, up to another, for which something holds: it does for
// none after the first for which it does not. The one from which it looks is not asked.
func (p past) last(from, to int64, holds func(Mark) bool) (int64, error) {
	var failure error
	n := sort.Search(int(to-from), func(i int) bool {
		if failure != nil {
			return true
		}
		mark, ok, err := p.tx.Mark(p.account.Ref, from+1+int64(i))
		failure = err
		return ok && !holds(mark)
	})
	return from + int64(n), failure
}

// lastOf is the last event of the change that an event is part of. Of a loaded world, and of an
// older schema, each event counts as a change.
func (p past) lastOf(mark Mark) (int64, error) {
	if mark.Change == 0 {
		return mark.Event, nil
	}
	return p.last(mark.Event, p.account.LastEvent, func(m Mark) bool { return m.Change == mark.Change })
}

// lastReport is the last activity report that had been accepted by an instant. One that is
// gone had been.
func (p past) lastReport(at time.Time) (int64, error) {
	var failure error
	n := sort.Search(int(p.account.LastReport), func(i int) bool {
		if failure != nil {
			return true
		}
		report, ok, err := p.tx.Report(p.account.Ref, int64(i)+1)
		failure = err
		return ok && report.AcceptedAt.After(at)
	})
	return int64(n), failure
}
