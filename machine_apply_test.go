package usher_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// Whatever has happened: what is dumped and applied changes nothing; and after more has happened,
// applying it with prune brings the people, teams and grants of then back, or is refused and
// changes nothing. Applied once, it changes nothing any more.
func TestADumpAppliedToARandomHistoryIsFollowedOnce(t *testing.T) {
	fewChecks()
	t.Parallel()
	c := newCompany(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt, c)
		moves := m.moves()
		names := slices.Sorted(maps.Keys(moves))
		s := stage{complainer: rt, Service: m.service, store: m.store}
		some := func() {
			for range rapid.IntRange(2, 30).Draw(rt, "moves") {
				m.play(rt, moves[names[evenly(rt, "move", len(names))]](rt))
			}
		}
		some()
		world, lost := s.dump()
		then := written(rt, world)
		s.settled(usher.ApplyOptions{}, s.read(rt, then))
		s.removesWhatIsLost(rt, then, lost)
		some()
		if rapid.Bool().Draw(rt, "later") {
			m.letTimePass(rt)
		}
		s.followed(rt, then)
	})
}

// removesWhatIsLost says that a dump, applied with prune at once, removes at most what it says that
// it leaves out.
func (s stage) removesWhatIsLost(rt *rapid.T, file string, lost []string) {
	outside := slices.ContainsFunc(lost, func(l string) bool { return strings.Contains(l, "people who belong to none") })
	plan, err := s.PlanApply(background, s.read(rt, file), pruning(), by)
	if err != nil && outside { // no seat can be cancelled by name under some settings
		refusal(rt, err)
		return
	}
	if err != nil {
		rt.Fatalf("plan what was dumped: %q\n%s", problemsOf(rt, err), file)
	}
	for _, change := range plan.Changes {
		if change.Kind != usher.Removed || change.What != "seat grant" || !outside {
			rt.Fatalf("what was dumped comes to %q, and the dump says that it leaves out %q\n%s", plannedIn(plan), lost, file)
		}
	}
}

func (s stage) read(rt *rapid.T, file string) usher.Desired {
	_, now, err := s.Clock(background)
	if err != nil {
		rt.Fatalf("clock: %v", err)
	}
	desired, err := seed.ParseDesired("dump.yaml", []byte(file), now)
	if err != nil {
		rt.Fatalf("what was dumped is refused: %q\n%s", problemsOf(rt, err), file)
	}
	return desired
}

func (s stage) followed(rt *rapid.T, file string) {
	desired, options := s.read(rt, file), usher.ApplyOptions{Prune: true}
	before := dump(rt, s.store)
	plan, err := s.PlanApply(background, desired, options, by)
	if diff := cmp.Diff(before, dump(rt, s.store)); diff != "" {
		rt.Fatalf("planning changed something (-before +after):\n%s", diff)
	}
	if err != nil {
		refusal(rt, err)
		return
	}
	applied, err := s.Apply(background, desired, options, math.MaxInt32, by)
	if err != nil {
		rt.Fatalf("apply: %q\n%s", problemsOf(rt, err), file)
	}
	if diff := cmp.Diff(plannedIn(plan), plannedIn(applied.Plan)); diff != "" {
		rt.Fatalf("planned and applied (-planned +applied):\n%s", diff)
	}
	s.sound()
	s.settled(options, desired)
}
