package usher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// settleChunk is how many endings one transaction makes durable, so that the account's
// lock is never held for long.
const settleChunk = 1000

// Settle makes durable what has ended by now: seats whose cancellation took effect and
// invitations that nobody accepted are removed, with events that bear the ending's own time.
// Nothing waits for it: reads pass over what has ended (rule C4). When it returns nil nothing is
// due any more, whoever settled it: another process may be at it too. Then it deletes what is
// older than the record may become.
func (s *Service) Settle(ctx context.Context) (settled int, err error) {
	if settled, err = s.settleEndings(ctx); err != nil {
		return settled, err
	}
	return settled, s.retain(ctx)
}

func (s *Service) settleEndings(ctx context.Context) (settled int, err error) {
	for idle := 0; ; {
		ref, due, err := s.dueAccount(ctx)
		if err != nil || !due {
			return settled, err
		}
		n, err := s.settleAccount(ctx, ref)
		if gone := (*Error)(nil); errors.As(err, &gone) && gone.Kind == NotFound {
			err = nil // another process has replaced the world
		}
		if err != nil {
			return settled, err
		}
		settled += n
		if idle++; n > 0 {
			idle = 0
		}
		if idle == maxIdlePasses {
			return settled, fmt.Errorf("settling %s %d: it is due, and %d passes found nothing to settle", ref.Kind, ref.ID, idle)
		}
	}
}

// maxIdlePasses is how often a pass may find that others have settled what was due, before
// it is taken for a contradiction in the database.
const maxIdlePasses = 1000

func (s *Service) settleAccount(ctx context.Context, ref AccountRef) (settled int, err error) {
	err = s.write(ctx, ref, By{}, func(l *ledger) error {
		until := l.now
		seats, err := l.tx.DueSeats(ref, until, settleChunk)
		if err != nil {
			return err
		}
		if len(seats) == settleChunk { // what ends later waits, so that events keep their order
			until = seats[settleChunk-1].EndsAt.Add(-time.Microsecond)
		}
		invitations, err := l.tx.DueInvitations(ref, until, settleChunk)
		if err != nil {
			return err
		}
		settled = len(seats) + len(invitations)
		return l.settleDue(seats, invitations)
	})
	return settled, err
}

// settleDue settles seats and invitations that have ended, all in the order of their ends; of
// one instant, seats first.
func (l *ledger) settleDue(seats []Seat, invitations []Membership) error {
	err := l.endInvitations(invitations, func(m Membership) error {
		end := m.Invitation.EndsAt
		before := slices.IndexFunc(seats, func(seat Seat) bool { return seat.EndsAt.After(end) })
		if before < 0 {
			before = len(seats)
		}
		if err := l.admit(seats[:before]); err != nil {
			return err
		}
		seats = seats[before:]
		l.forgetInvited(m, Event{At: end, Action: InvitationExpired})
		return nil
	})
	if err != nil {
		return err
	}
	return l.admit(seats)
}

// dueAccount asks without taking the writer's place: most of the time nothing is due.
func (s *Service) dueAccount(ctx context.Context) (ref AccountRef, due bool, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		now, err := tx.Now()
		if err != nil {
			return err
		}
		ref, due, err = tx.DueAccount(now)
		return err
	})
	return ref, due, err
}

// Clock is the world clock and what it shows.
func (s *Service) Clock(ctx context.Context) (clock Clock, now time.Time, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		var err error
		if clock, err = tx.Clock(); err != nil {
			return err
		}
		now, err = tx.Now()
		return err
	})
	return clock, now, err
}

// ClockMove says where to move the world clock: to an instant, or by a duration where To
// is zero.
type ClockMove struct {
	To time.Time
	By time.Duration
}

// ClockMoved is what a move of the world clock set off.
type ClockMoved struct {
	From    time.Time // what it showed before
	Now     time.Time
	Changes []AccountEvent // in order, the first limit of them
	Total   int
}

// lastInstant is the latest world time whose dates the wire can express: in every zone, and
// to the end of the cycle that holds it.
var lastInstant = time.Date(9999, time.November, 30, 23, 59, 59, 0, time.UTC)

// AdvanceClock moves the world clock forward and settles all that this brings about. The
// result lists it, the first limit changes.
func (s *Service) AdvanceClock(ctx context.Context, move ClockMove, limit int) (ClockMoved, error) {
	clock, moved, err := s.moveClock(ctx, move)
	if err != nil {
		return ClockMoved{}, err
	}
	if _, err := s.Settle(ctx); err != nil {
		return ClockMoved{}, err
	}
	err = s.store.View(ctx, func(tx Reader) error {
		wall, err := tx.Wall()
		if err != nil {
			return err
		}
		// A clock that runs has gone on, and retention goes by what it shows. What another move
		// has brought about since is that one's.
		moved.Changes, moved.Total, err = tx.Events(moved.From, clock.Now(wall), limit)
		return err
	})
	return moved, err
}

func (s *Service) moveClock(ctx context.Context, move ClockMove) (clock Clock, moved ClockMoved, err error) {
	err = s.updateWorld(ctx, func(tx Tx) error {
		was, err := tx.Clock()
		if err != nil {
			return err
		}
		from, err := tx.Now()
		if err != nil {
			return err
		}
		to := move.To.UTC().Truncate(time.Microsecond)
		if move.To.IsZero() {
			to = from.Add(move.By).Truncate(time.Microsecond)
		}
		if to.Before(from) {
			return invalid("The clock shows %s and moves forward only.", from.Format(time.RFC3339Nano))
		}
		if to.After(lastInstant) {
			return invalid("The clock cannot move past %s.", lastInstant.Format(time.RFC3339))
		}
		var ok bool
		if clock, ok = was.to(from, to); !ok {
			return invalid("A running clock cannot be moved to %s: it can be at most 292 years ahead of the wall clock.", to.Format(time.RFC3339))
		}
		moved = ClockMoved{From: from, Now: to}
		return tx.SetClock(clock)
	})
	return clock, moved, err
}
