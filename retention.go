package usher

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// WithRetention is the service with a limit to the record: [Service.Settle] deletes events that
// became known longer ago. Zero is none, as NewService has it: everything is kept.
func (s *Service) WithRetention(keep time.Duration) *Service {
	limited := *s
	limited.keep = keep
	return &limited
}

// retain deletes what is older than it may become, a thousand events or a change at a time, with
// an event that tells of it. What is old is decided by the day, at midnight UTC: so an account
// has a telling a day, not a second. Of another process that is at it too, one finds it done.
func (s *Service) retain(ctx context.Context) error {
	if s.keep == 0 {
		return nil
	}
	for idle := 0; idle < maxIdlePasses; idle++ {
		ref, due, err := s.dueRecord(ctx)
		if err != nil || !due {
			return err
		}
		deleted, err := s.deleteOldest(ctx, ref)
		if err != nil && !IsNotFound(err) { // else another process has replaced the world
			return err
		}
		if deleted {
			idle = 0
		}
	}
	return fmt.Errorf("deleting what is old: something is due, and %d passes found nothing to delete", maxIdlePasses)
}

// oldest is the instant before which everything is too old.
func (s *Service) oldest(now time.Time) time.Time { return utcDay(now).Add(-s.keep) }

// dueRecord asks without taking the writer's place: one look at an index answers for all accounts.
func (s *Service) dueRecord(ctx context.Context) (ref AccountRef, due bool, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		now, err := tx.Now()
		if err != nil {
			return err
		}
		ref, due, err = tx.DueRecord(s.oldest(now))
		return err
	})
	return ref, due, err
}

// deleteOldest deletes the oldest changes of an account that are too old, whole ones: as many as
// hold a thousand events, or one that holds more.
func (s *Service) deleteOldest(ctx context.Context, ref AccountRef) (deleted bool, err error) {
	err = s.store.Update(ctx, func(tx Tx) error {
		l, err := openLedger(tx, ref, Actor{}, "")
		if err != nil {
			return err
		}
		clock, err := tx.Now()
		if err != nil {
			return err
		}
		deleted, err = l.deleteBefore(s.oldest(clock))
		return err
	})
	return deleted, err
}

// reportsAtOnce is how many activity reports one transaction deletes.
const reportsAtOnce = 10_000

func (l *ledger) deleteBefore(cutoff time.Time) (deleted bool, err error) {
	upTo, err := l.oldestBefore(cutoff)
	if err != nil {
		return false, err
	}
	if err := l.tx.DeletePast(l.account.Ref, upTo); err != nil {
		return false, err
	}
	lastReport, err := l.past().lastReport(cutoff.Add(-time.Microsecond))
	if err != nil {
		return false, err
	}
	reports, err := l.tx.DeleteReports(l.account.Ref, lastReport, reportsAtOnce)
	if err != nil {
		return false, err
	}
	deleted = upTo > l.account.EventsDeleted || reports > 0
	l.recordDeletion(upTo, reports)
	if reports < reportsAtOnce { // else there may be more
		if l.account.KeptSince, err = l.keptSince(lastReport); err != nil {
			return false, err
		}
	}
	if err := l.close(); err != nil || !deleted {
		return deleted, err
	}
	return true, l.tx.DeleteEvents(l.account.Ref, upTo)
}

// oldestBefore is the last event of those changes, of the first that are kept, that were known
// before an instant.
func (l *ledger) oldestBefore(cutoff time.Time) (upTo int64, err error) {
	upTo = l.account.EventsDeleted
	events, err := l.tx.EventsAfter(l.account.Ref, upTo, MaxSelection)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if !e.KnownAt.Before(cutoff) {
			break
		}
		upTo = e.Number
	}
	if upTo == l.account.EventsDeleted {
		return upTo, nil
	}
	first, end, err := l.changeEnd(upTo)
	if err != nil {
		return 0, err
	}
	if end.KnownAt.Before(cutoff) {
		return end.Event, nil
	}
	return first - 1, nil // it became known bit by bit, and not all of it is old
}

// past is where the moments of the account are looked for, as it was before this change.
func (l *ledger) past() past { return past{l.tx, l.opened, l.now} }

// changeEnd is the first event of the change that an event is part of, and the last one's mark.
func (l *ledger) changeEnd(event int64) (first int64, end Mark, err error) {
	mark, _, err := l.tx.Mark(l.account.Ref, event)
	if err != nil {
		return 0, Mark{}, err
	}
	if first = mark.Change; first == 0 {
		first = event
	}
	last, err := l.past().lastOf(mark)
	if err != nil {
		return 0, Mark{}, err
	}
	end, _, err = l.tx.Mark(l.account.Ref, last)
	return first, end, err
}

// recordDeletion has the account begin after an event, and tells of what is deleted.
func (l *ledger) recordDeletion(upTo, reports int64) {
	tell := func(action Action, change FieldChange) {
		l.append(Event{At: l.at, Action: action, Actor: l.actor, Change: change})
	}
	if reports > 0 {
		tell(ReportsDeleted, FieldChange{Field: "reports_deleted", New: strconv.FormatInt(reports, 10)})
	}
	if upTo == l.account.EventsDeleted {
		return
	}
	tell(EventsDeleted, FieldChange{
		Field: "events_deleted", Old: strconv.FormatInt(l.account.EventsDeleted, 10), New: strconv.FormatInt(upTo, 10),
	})
	l.account.EventsDeleted = upTo
	l.account.RecordFrom = max(l.account.RecordFrom, upTo)
}

// keptSince is when the oldest became known that may be deleted next: the oldest change that is
// kept, or the first activity report after one. What tells of deletions does not count: that
// alone brings about no other one.
func (l *ledger) keptSince(report int64) (time.Time, error) {
	next, reported, err := l.tx.Report(l.account.Ref, report+1)
	if err != nil {
		return time.Time{}, err
	}
	for number := l.account.EventsDeleted; ; {
		events, err := l.tx.EventsAfter(l.account.Ref, number, MaxSelection)
		if err != nil || len(events) == 0 {
			return next.AcceptedAt, err
		}
		for _, e := range events {
			number = e.Number
			if e.Action.tellsOfDeletion() {
				continue
			}
			_, end, err := l.changeEnd(number)
			if reported && next.AcceptedAt.Before(end.KnownAt) {
				return next.AcceptedAt, err
			}
			return end.KnownAt, err
		}
	}
}
