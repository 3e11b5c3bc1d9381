package usher

import "time"

// Clock is the world clock's row: world time rules seats, cycles, activity, events and
// seeded tokens (rule C5).
type Clock struct {
	StandsAt time.Time     // the instant at which it stands until it is moved; zero: it runs
	Offset   time.Duration // how far a running clock is ahead of the wall clock
}

// Now is the world time when the wall clock shows wall, in whole microseconds, UTC.
func (c Clock) Now(wall time.Time) time.Time {
	if !c.StandsAt.IsZero() {
		return c.StandsAt.UTC()
	}
	return wall.Add(c.Offset).UTC().Truncate(time.Microsecond)
}

// Moved says whether the clock shows anything but the wall clock's time.
func (c Clock) Moved() bool { return !c.StandsAt.IsZero() || c.Offset != 0 }

// to is the clock after a move from now to the instant at. ok is false where a running
// clock would be further ahead of the wall clock than a Duration can say: 292 years.
func (c Clock) to(now, at time.Time) (moved Clock, ok bool) {
	if !c.StandsAt.IsZero() {
		return Clock{StandsAt: at}, true
	}
	by := at.Sub(now)
	moved = Clock{Offset: c.Offset + by}
	return moved, now.Add(by).Equal(at) && moved.Offset >= c.Offset
}
