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
		upTo, err := l.oldestBefore(s.oldest(clock))
		if err != nil {
			return err
		}
		deleted = upTo > l.account.EventsDeleted
		if deleted {
			l.recordDeletion(upTo)
		}
		if l.account.KeptSince, err = l.keptSince(); err != nil {
			return err
		}
		if err := l.close(); err != nil || !deleted {
			return err
		}
		return tx.DeleteEvents(ref, upTo)
	})
	return deleted, err
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
	first, last, err := l.changeOf(upTo)
	if err != nil {
		return 0, err
	}
	end, _, err := l.tx.Mark(l.account.Ref, last)
	if end.KnownAt.Before(cutoff) {
		return last, err
	}
	return first - 1, err // it became known bit by bit, and not all of it is old
}

// changeOf are the first and the last event of the change that an event is part of. Of a loaded
// world, and of an older schema, each event counts as a change.
func (l *ledger) changeOf(event int64) (first, last int64, err error) {
	mark, _, err := l.tx.Mark(l.account.Ref, event)
	if err != nil || mark.Change == 0 {
		return event, event, err
	}
	last, err = past{l.tx, l.account, l.now}.last(event, l.opened.LastEvent, func(m Mark) bool { return m.Change == mark.Change })
	return mark.Change, last, err
}

// recordDeletion has the account begin after an event, and tells of it.
func (l *ledger) recordDeletion(upTo int64) {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	l.append(Event{At: l.at, Action: EventsDeleted, Actor: l.actor, Change: FieldChange{
		Field: "events_deleted", Old: number(l.account.EventsDeleted), New: number(upTo),
	}})
	l.account.EventsDeleted = upTo
	l.account.RecordFrom = max(l.account.RecordFrom, upTo)
}

// keptSince is when the oldest change became known that is kept and is not the telling of a
// deletion: these alone do not bring about another one.
func (l *ledger) keptSince() (time.Time, error) {
	for number := l.account.EventsDeleted; ; {
		events, err := l.tx.EventsAfter(l.account.Ref, number, MaxSelection)
		if err != nil || len(events) == 0 {
			return time.Time{}, err
		}
		for _, e := range events {
			number = e.Number
			if e.Action == EventsDeleted {
				continue
			}
			_, last, err := l.changeOf(number)
			if err != nil {
				return time.Time{}, err
			}
			end, _, err := l.tx.Mark(l.account.Ref, last)
			return end.KnownAt, err
		}
	}
}
