package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/usher-seats/usher"
)

// maxUses is how many tokens at once wait for their day of last use to be written. What is used
// beyond that is noted with a later request.
const maxUses = 10_000

// uses remembers which tokens were used, until their day of last use is written: so no request
// waits for that. What a crash takes along is lost.
type uses struct {
	wall func() time.Time

	mu   sync.Mutex
	days map[int64]time.Time
}

// note notes that a token is used now. Most are known to have been used today.
func (u *uses) note(token usher.Token) {
	today := dayOf(u.wall())
	if !token.LastUsedOn.Before(today) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, noted := u.days[token.ID]; noted || len(u.days) < maxUses {
		u.days[token.ID] = today
	}
}

// dayOf is the UTC day that an instant is in.
func dayOf(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// take takes what was noted for the earliest day: what one statement writes.
func (u *uses) take() (ids []int64, day time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, noted := range u.days {
		if day.IsZero() || noted.Before(day) {
			day = noted
		}
	}
	for id, noted := range u.days {
		if noted.Equal(day) {
			ids = append(ids, id)
			delete(u.days, id)
		}
	}
	slices.Sort(ids) // so that replicas that write at once lock rows in one order
	return ids, day
}

// giveBack notes again what could not be written.
func (u *uses) giveBack(ids []int64, day time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, id := range ids {
		if _, later := u.days[id]; !later && len(u.days) < maxUses {
			u.days[id] = day
		}
	}
}

// keepUses writes the day of last use of the tokens that were noted, where there are any.
func (s *Server) keepUses(ctx context.Context) error {
	ids, day := s.uses.take()
	if len(ids) == 0 {
		return nil
	}
	err := s.service.TokensUsed(ctx, ids, day)
	if err != nil {
		s.uses.giveBack(ids, day)
	}
	return err
}
