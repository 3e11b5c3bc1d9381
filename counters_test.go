package usher

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	november = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	december = time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)
	january  = time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
)

func TestCountersPassOverWhatHasEndedAndForgetTheLastCycleR5(t *testing.T) {
	t.Parallel()
	stored := Counters{Section: 3, Live: 5, Pending: 2, EndsAt: december, CycleStart: november, Added: 4, Active: 6}
	tests := []struct {
		name string
		now  time.Time
		want Counters
	}{
		{"within the cycle", december.Add(-time.Microsecond), stored},
		{"as the next begins", december, Counters{Section: 3, Live: 5, CycleStart: december}},
		{"cycles later", january.Add(time.Hour), Counters{Section: 3, Live: 5, CycleStart: january}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := stored.At(test.now, Subscription{CycleDay: 1}.CycleAt(test.now))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("counters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCountersWithoutPendingSeatsKeepTheirLiveOnes(t *testing.T) {
	t.Parallel()
	stored := Counters{Live: 5, CycleStart: november, Added: 4, Active: 3}
	want := Counters{Live: 5, CycleStart: january}
	got := stored.At(january, Subscription{CycleDay: 1}.CycleAt(january))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestABlockPassesOverWhatHasEnded(t *testing.T) {
	t.Parallel()
	stored := Block{Section: 2, Index: 4, Live: 7, Pending: 3, EndsAt: december}
	for _, test := range []struct {
		name string
		now  time.Time
		want Block
	}{
		{"before the end", december.Add(-time.Microsecond), stored},
		{"at the end", december, Block{Section: 2, Index: 4, Live: 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, stored.At(test.now)); diff != "" {
				t.Errorf("block (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABlockHoldsAThousandNumbersFromOneOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ number, index int64 }{{1, 0}, {1000, 0}, {1001, 1}, {2000, 1}, {2001, 2}} {
		if got := blockIndex(test.number); got != test.index {
			t.Errorf("seat %d stands in block %d, want %d", test.number, got, test.index)
		}
	}
	if got := (Block{Index: 2}).firstNumber(); got != 2001 {
		t.Errorf("block 2 begins with %d, want 2001", got)
	}
}

func TestAPageIsFoundByTheBlocksBeforeIt(t *testing.T) {
	t.Parallel()
	blocks := []Block{
		{Index: 0, Live: 10},
		{Index: 2, Live: 1, Pending: 4, EndsAt: december}, // block 1 is empty and not stored
		{Index: 3, Pending: 3, EndsAt: december},
		{Index: 7, Live: 2},
	}
	type place struct {
		From, Skip int64
		OK         bool
	}
	tests := []struct {
		name   string
		now    time.Time
		offset int64
		want   place
	}{
		{"the first seat", november, 0, place{1, 0, true}},
		{"the last of a block", november, 9, place{1, 9, true}},
		{"the first of the next, past an empty one", november, 10, place{2001, 0, true}},
		{"inside a block", november, 14, place{2001, 4, true}},
		{"a block of pending seats", november, 17, place{3001, 2, true}},
		{"the last seat", november, 19, place{7001, 1, true}},
		{"past the end", november, 20, place{}},
		{"what has ended does not count", december, 11, place{7001, 0, true}},
		{"past what has ended", december, 12, place{7001, 1, true}},
		{"past the end when some have ended", december, 13, place{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got place
			got.From, got.Skip, got.OK = locate(blocks, test.now, test.offset)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("place (-want +got):\n%s", diff)
			}
		})
	}
	if _, _, ok := locate(nil, november, 0); ok {
		t.Error("a list without blocks has a first seat")
	}
}
