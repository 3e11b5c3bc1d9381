package usher

import (
	"context"
	"fmt"
	"time"
)

// ExportBound is one end of an export: right after the event with this number or, where At is
// set, after the last one that was known by then.
type ExportBound struct {
	Number int64
	At     time.Time
}

// ExportSpan is what an export holds: the events after the number After, up to Last. Next is
// the bound with which the export goes on.
type ExportSpan struct {
	After, Last, Next int64
}

// exportPart is how many events are read at once.
const exportPart = 1000

// ExportSpan is what there is of an account's events after since, up to until: nil is the first
// that is kept, and the last. It ends where something is due that is not settled, as the audit
// log does. Its events stay as they are, unless retention deletes them.
func (s *Service) ExportSpan(ctx context.Context, account AccountRef, since, until *ExportBound) (ExportSpan, error) {
	var span ExportSpan
	err := s.read(ctx, account, func(v view) error {
		last, err := v.lastSettled()
		if err != nil {
			return err
		}
		kept := v.account.EventsDeleted
		span = ExportSpan{After: kept, Last: last}
		if since != nil {
			if span.After, err = v.bound("since", *since); err != nil {
				return err
			}
		}
		if until != nil {
			number, err := v.bound("until", *until)
			if err != nil {
				return err
			}
			span.Last = min(number, last)
		}
		// What goes on from a number that is not given yet would miss what comes before it.
		span.Next = min(max(span.After, span.Last), v.account.LastEvent)
		return nil
	})
	return span, err
}

// bound is the number of the event that a bound is right after. What stands before it must not
// have been deleted: who asks for it would take what is left for all.
func (v view) bound(name string, b ExportBound) (number int64, err error) {
	if number = b.Number; !b.At.IsZero() {
		number, err = v.lastKnown(func(at time.Time) bool { return !at.After(b.At) })
	}
	deleted := v.account.EventsDeleted
	if err != nil || number > deleted || deleted == 0 || b.At.IsZero() && number == deleted {
		return number, err
	}
	return 0, invalid("The events up to number %d have been deleted: those from number %d on are kept. Leave %q out, or give the number %d or a higher one.",
		deleted, deleted+1, name, deleted)
}

// lastSettled is the last event before which nothing is due that is not settled.
func (v view) lastSettled() (int64, error) {
	due, ok, err := v.tx.FirstDue(v.account.Ref, v.now)
	if err != nil || !ok {
		return v.account.LastEvent, err
	}
	return v.lastKnown(due.After)
}

// lastKnown is the last event whose KnownAt passes a test that all later ones fail; the last
// deleted one where none does that is kept.
func (v view) lastKnown(passes func(time.Time) bool) (int64, error) {
	return v.past().last(v.account.EventsDeleted, v.account.LastEvent, func(m Mark) bool { return passes(m.KnownAt) })
}

// ExportPart reads the events after a number, up to the last one: all of them, or the first
// thousand. Each part is a reading of its own.
func (s *Service) ExportPart(ctx context.Context, account AccountRef, after, last int64) (part []AuditEvent, err error) {
	if after >= last {
		return nil, nil
	}
	err = s.read(ctx, account, func(v view) error {
		events, err := v.tx.EventsAfter(account, after, int(min(last-after, exportPart)))
		if err != nil {
			return err
		}
		if len(events) == 0 || events[0].Number != after+1 {
			return fmt.Errorf("export %s %d: event %d is gone", account.Kind, account.ID, after+1)
		}
		part, err = v.named(v.account, events)
		return err
	})
	return part, err
}
