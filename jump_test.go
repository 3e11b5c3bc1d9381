package usher_test

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// Rule C4 for histories: between two calls one clock jumps and nothing is settled, the
// other goes in many steps, each settled. Both must end in the same state, with the same
// events at the same times.
func TestOneJumpOfTheClockIsAsGoodAsManyStepsC4(t *testing.T) {
	fewChecks()
	t.Parallel()
	compareJumps(t)
}

func compareJumps(t *testing.T) {
	jumping, stepping := newCompany(t), newCompany(t)
	rapid.Check(t, func(rt *rapid.T) {
		// The model tells the time and which names there are.
		m := newMachine(rt, jumping)
		world := drawnWorld(m.model)
		world.Clock = usher.Clock{}
		jumping.begin(rt, world, m.model.now)
		stepping.begin(rt, world, m.model.now)

		for range rapid.IntRange(3, 12).Draw(rt, "calls") {
			to := m.drawMoment(rt)
			jumping.wall.set(to)
			stepping.stepTo(rt, m.model.now, to)
			m.model.passTo(to)
			next := m.drawMove(rt)
			// The order of endings may differ; the order of what was called may not.
			a, b, want := next.real(rt, jumping), next.real(rt, stepping), next.naive(m.model)
			if a != b || a != want {
				rt.Fatalf("at %v, %s:\nafter a jump %s\n after steps %s\n        want %s", to, next.words, a, b, want)
			}
		}
		if diff := gocmp.Diff(jumping.answers(rt), stepping.answers(rt)); diff != "" {
			rt.Fatalf("answers before all is settled (-jumped +stepped):\n%s", diff)
		}
		for _, c := range []*company{jumping, stepping} {
			if _, err := c.service.Settle(background); err != nil {
				rt.Fatalf("settle: %v", err)
			}
		}
		if diff := gocmp.Diff(unordered(dump(rt, jumping.store)), unordered(dump(rt, stepping.store))); diff != "" {
			rt.Fatalf("state (-jumped +stepped):\n%s", diff)
		}
	})
}

// drawnWorld is the world that a model began with.
func drawnWorld(m *model) usher.World {
	world := usher.World{Digest: "random", Users: m.users}
	for _, a := range m.accounts {
		world.Accounts = append(world.Accounts, a.WorldAccount)
	}
	return world
}

func (c *company) begin(rt *rapid.T, world usher.World, at time.Time) {
	c.wall.set(at)
	if _, err := c.service.Load(background, world); err != nil {
		rt.Fatalf("load: %v", err)
	}
}

// stepTo goes on in some steps, with a word to the service or without.
func (c *company) stepTo(rt *rapid.T, from, to time.Time) {
	for range rapid.IntRange(0, 5).Draw(rt, "steps") {
		step := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from)/time.Microsecond)).Draw(rt, "step")) * time.Microsecond)
		c.moveOn(rt, from, step)
		from = step
	}
	c.moveOn(rt, from, to)
}

func (c *company) moveOn(rt *rapid.T, from, to time.Time) {
	if rapid.Bool().Draw(rt, "by moving the clock") {
		if _, err := c.service.AdvanceClock(background, usher.ClockMove{By: to.Sub(from)}, 10); err != nil {
			rt.Fatalf("move the clock: %v", err)
		}
		return
	}
	c.wall.advance(to.Sub(from))
	if _, err := c.service.Settle(background); err != nil {
		rt.Fatalf("settle: %v", err)
	}
}

// answers are what the organizations' and the enterprise's readers see.
func (c *company) answers(rt *rapid.T) (all []any) {
	add := func(answer any, err error) {
		if err != nil {
			answer = refusedAs(rt, err)
		}
		all = append(all, answer)
	}
	for _, id := range []int64{octodemo, hubot} {
		billing, err := c.service.Billing(background, usher.OrganizationRef(id))
		billing.Edition = nil
		add(billing, err)
	}
	page, err := c.service.EnterpriseSeats(background, usher.EnterpriseRef(octoGlobal), everyRow)
	page.Edition = nil
	for i := range page.Seats {
		row := &page.Seats[i]
		row.Account = nil // its event numbers may differ until all is settled
		row.Assignee.Version = 0
		for _, team := range []*usher.Team{row.Team, row.ParentTeam} {
			if team != nil {
				team.Version = 0
			}
		}
	}
	add(page, err)
	return all
}

// drawMove is any of the moves.
func (m *machine) drawMove(rt *rapid.T) move {
	moves := m.moves()
	names := slices.Sorted(maps.Keys(moves))
	return moves[names[evenly(rt, "move", len(names))]](rt)
}

// unordered leaves out what may differ: the clocks' rows, versions, how far counters and blocks were
// folded, and the numbers of events and what follows from them, which are given in the order of writing.
func unordered(s state) state {
	s = unversioned(s)
	s.Clock = usher.Clock{}
	for i := range s.Accounts {
		a := &s.Accounts[i]
		for j := range a.Sections {
			a.Sections[j].CycleStart, a.Sections[j].Added, a.Sections[j].Active = time.Time{}, 0, 0
		}
		for j := range a.Events {
			e := &a.Events[j]
			e.Number, e.KnownAt, e.EnterpriseEvent, e.Reports = 0, time.Time{}, 0, 0
		}
		slices.SortStableFunc(a.Events, func(x, y usher.Event) int {
			return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Action, y.Action), cmp.Compare(x.UserID, y.UserID), cmp.Compare(x.TeamID, y.TeamID))
		})
	}
	return s
}
