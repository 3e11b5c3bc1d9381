//go:build !race

package usher_test

import (
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// A dump reads sets: as many statements for a hundred thousand people as for ten thousand, and
// what it holds of each is about as much.
func TestMeasuredADumpOf100000PeopleTakesAFewInsertions(t *testing.T) {
	few := measure(t, busyCrowd(10_000))
	statements := len(few.during(t, func() error { return few.writeDump(t, 10_000) }))
	many := measure(t, busyCrowd(100_000))
	many.time(t, 100_000, timed{"dump 100,000 people", 5.5, func(int) {
		got := many.during(t, func() error { return many.writeDump(t, 100_000) })
		if len(got) != statements {
			t.Errorf("%d statements for ten thousand people, %d for a hundred thousand", statements, len(got))
		}
	}})
}

// busyCrowd is a crowd of whom nine of ten have seats and half use them.
func busyCrowd(people int) usher.World {
	world := crowd(people, people*9/10)
	organization := &world.Accounts[neighbours+1]
	for i := range people / 2 {
		organization.Activity = append(organization.Activity, usher.WorldActivity{
			UserID: int64(i) + 1, Activity: usher.Activity{At: noon.Add(-time.Hour), Editor: "vscode/1.96.4/copilot/1.261.0"},
		})
	}
	return world
}

func (m measured) writeDump(t *testing.T, people int) error {
	t.Helper()
	before := heap()
	world, _, err := m.Dump(t.Context())
	if err != nil {
		return err
	}
	held := heap() - before
	t.Logf("the world of %d people holds %d bytes", people, held)
	if most := uint64(people)*1000 + 1<<20; held > most {
		t.Errorf("the world of %d people holds %d bytes, want %d at most", people, held, most)
	}
	if grants := len(world.Accounts[neighbours+1].Grants); grants != people*9/10 || len(world.Users) != people {
		t.Errorf("got %d users and %d grants, want %d and %d", len(world.Users), grants, people, people*9/10)
	}
	err = seed.Write(io.Discard, world)
	runtime.KeepAlive(world)
	return err
}

// heap is what is in use once the garbage is gone.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
