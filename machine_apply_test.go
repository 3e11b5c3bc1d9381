package usher_test

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// Whatever has happened: what is dumped and applied changes nothing, with prune or without it, also
// where people were forgotten; and after more has happened, applying it with prune brings the
// people, teams and grants of then back, or is refused and changes nothing. Applied once, it changes
// nothing any more.
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
		if rapid.Bool().Draw(rt, "later") {
			m.letTimePass(rt)
		}
		then := s.settledByItsDump(rt)
		some()
		if rapid.Bool().Draw(rt, "later still") {
			m.letTimePass(rt)
		}
		s.followed(rt, then)
		for range rapid.IntRange(0, 2).Draw(rt, "forgotten") { // the model knows nobody who is
			login := rapid.SampledFrom(cast).Draw(rt, "who is forgotten")
			if _, err := s.Forget(background, login, by); err != nil && kindAs(rt, err) != usher.NotFound {
				rt.Fatalf("forget %s: %v", login, err)
			}
		}
		s.settledByItsDump(rt)
	})
}

// settledByItsDump says that a dump, applied at once, changes nothing.
func (s stage) settledByItsDump(rt *rapid.T) (file string) {
	world, lost := s.dump()
	file = written(rt, world)
	desired := s.read(rt, file)
	for _, options := range []usher.ApplyOptions{{}, {Prune: true}} {
		plan, err := s.PlanApply(background, desired, options, by)
		if err != nil || !plan.Empty() {
			rt.Fatalf("what was dumped, where the dump loses %q, comes to %q with %+v: error %v %q\n%s", lost, plannedIn(plan), options, err, problemsOf(rt, err), file)
		}
		s.settled(options, desired)
	}
	return file
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
