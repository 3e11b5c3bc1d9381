package usher

import (
	"context"
	"fmt"
	"time"
)

// Counters are what a section of an account counts, kept with the writes. All pending
// seats of an account share one date, the end of the cycle, so the present can be
// derived from the stored values in constant time.
type Counters struct {
	Section    int64
	Live       int64
	Pending    int64
	EndsAt     time.Time // when the pending seats end; zero without any
	CycleStart time.Time // the cycle that Added and Active speak of
	Added      int64     // current seats created in the cycle
	Active     int64     // current seats with their last activity in the cycle
}

// Current is the number of seats that are live or pending.
func (c Counters) Current() int64 { return c.Live + c.Pending }

func (c Counters) String() string {
	return fmt.Sprintf("%s, %d added and %d active in the cycle", seatCount(c.Live, c.Pending, c.EndsAt), c.Added, c.Active)
}

// seatCount says in words what a section or block counts.
func seatCount(live, pending int64, endsAt time.Time) string {
	if pending == 0 {
		return fmt.Sprintf("%d live seats, none pending", live)
	}
	return fmt.Sprintf("%d live seats, %d pending until %s", live, pending, endsAt.Format(time.RFC3339))
}

// At derives the counters at now, in the cycle that holds it: what has ended by then is
// not counted, and a new cycle has seen nothing yet.
func (c Counters) At(now time.Time, cycle Cycle) Counters {
	if ended(c.EndsAt, now) {
		c.Pending, c.EndsAt = 0, time.Time{}
	}
	if !c.CycleStart.Equal(cycle.Start) {
		c.CycleStart, c.Added, c.Active = cycle.Start, 0, 0
	}
	return c
}

// ended says whether an instant (zero: never) has come by now.
func ended(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// SeatTotals are how many seats all accounts have together.
type SeatTotals struct {
	Live    int64
	Pending int64
}

// SeatTotals sums what the accounts count: no seat is looked at.
func (s *Service) SeatTotals(ctx context.Context) (totals SeatTotals, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		now, err := tx.Now()
		if err != nil {
			return err
		}
		sums, err := tx.SeatTotals()
		totals = SeatTotals{}
		for _, sum := range sums {
			current := sum.At(now, Cycle{})
			totals.Live += current.Live
			totals.Pending += current.Pending
		}
		return err
	})
	return totals, err
}

// BlockSize is how many consecutive seat numbers one block counts.
const BlockSize = 1000

// Block counts the current seats among the numbers Index*BlockSize+1 to
// (Index+1)*BlockSize of a section, so that a page far down a list is found by a sum
// over blocks and not by reading what stands before it.
type Block struct {
	Section int64
	Index   int64
	Live    int64
	Pending int64
	EndsAt  time.Time // when the pending seats end; zero without any
}

func (b Block) String() string { return seatCount(b.Live, b.Pending, b.EndsAt) }

// At derives the block at now.
func (b Block) At(now time.Time) Block {
	if ended(b.EndsAt, now) {
		b.Pending, b.EndsAt = 0, time.Time{}
	}
	return b
}

// Current is the number of seats of the block that are live or pending.
func (b Block) Current() int64 { return b.Live + b.Pending }

func blockIndex(number int64) int64 { return (number - 1) / BlockSize }

// firstNumber is the lowest seat number that the block can hold.
func (b Block) firstNumber() int64 { return b.Index*BlockSize + 1 }

// locate finds the seat number from which a page begins and how many current seats from
// there stand before it. ok is false when the list ends before the page.
func locate(blocks []Block, now time.Time, offset int64) (from, skip int64, ok bool) {
	for _, b := range blocks {
		n := b.At(now).Current()
		if offset < n {
			return b.firstNumber(), offset, true
		}
		offset -= n
	}
	return 0, 0, false
}
