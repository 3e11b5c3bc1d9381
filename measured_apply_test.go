//go:build !race

package usher_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher"
)

// A file about many people is compared, planned and applied in sets: ten times as many people take
// some ten times as long, and not a hundred times.
func TestMeasuredApplyingGrowsWithTheFile(t *testing.T) {
	few, many := 1_000, 10_000
	short, long := measureApply(t, few), measureApply(t, many)
	ratio := float64(long) / float64(short)
	t.Logf("%d people: %v; %d people: %v, %.1f times as long", few, short, many, long, ratio)
	if ratio > 30 {
		t.Errorf("%d people take %v and %d take %v: %.1f times as long, want 30 at most", few, short, many, long, ratio)
	}
}

func measureApply(t *testing.T, people int) time.Duration {
	s := onStage(t, worldOf(account{login: "hubot", id: hubot, owners: "ada"}))
	var file strings.Builder
	section := func(head string) {
		file.WriteString(head)
		for i := range people {
			fmt.Fprintf(&file, "%*s- user-%06d\n", 6, "", i)
		}
	}
	file.WriteString("users:\n")
	for i := range people {
		fmt.Fprintf(&file, "  - {login: user-%06d}\n", i)
	}
	file.WriteString("organizations:\n  - login: big\n    copilot: {seat_management: assign_selected, public_code_suggestions: block}\n")
	section("    members:\n")
	file.WriteString("    seats:\n")
	section("      users:\n")
	file.WriteString("    teams:\n    - name: all\n")
	section("      members:\n")

	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	desired := s.desired(file.String())
	plan, err := s.PlanApply(background, desired, usher.ApplyOptions{}, by)
	planned := time.Since(begun)
	if err != nil {
		t.Fatalf("plan: %v", problemsOf(s, err))
	}
	if _, err := s.Apply(background, desired, usher.ApplyOptions{}, plan.Limit, by); err != nil {
		t.Fatalf("apply: %v", problemsOf(s, err))
	}
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	begun = time.Now()
	again, err := s.PlanApply(background, desired, usher.ApplyOptions{}, by)
	if err != nil || !again.Empty() {
		t.Fatalf("again: %v, %v", plannedIn(again), err)
	}
	t.Logf("%d people: planned in %v, applied after %v, planned again in %v; allocated %d MiB, file of %d KiB",
		people, planned, took, time.Since(begun), (after.TotalAlloc-before.TotalAlloc)>>20, file.Len()>>10)
	if got, want := plan.Seats().Start, int64(people); got != want {
		t.Errorf("seats: %d, want %d", got, want)
	}
	return took
}
