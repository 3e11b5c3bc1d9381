package usher_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// Whatever has happened, a dump loads, at once or later, and is dumped as the same; and what was
// loaded shows the seats that were shown, but for what the dump says it leaves out.
func TestADumpOfARandomHistoryLoadsAsItself(t *testing.T) {
	fewChecks()
	t.Parallel()
	c, copied := newCompany(t), newCompany(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt, c)
		moves := m.moves()
		names := slices.Sorted(maps.Keys(moves))
		rt.Repeat(map[string]func(*rapid.T){
			"let time pass": m.letTimePass,
			"move": func(rt *rapid.T) {
				for range 4 {
					m.play(rt, moves[names[evenly(rt, "move", len(names))]](rt))
				}
			},
			"dump": func(rt *rapid.T) { m.compareCopy(rt, copied) },
		})
		m.compareCopy(rt, copied)
	})
}

func (m *machine) compareCopy(rt *rapid.T, copied *company) {
	original := stage{complainer: rt, Service: m.service, store: m.store}
	world, lost := original.dump()
	later := rapid.SampledFrom([]time.Duration{0, time.Microsecond, 24 * time.Hour, 45 * 24 * time.Hour}).Draw(rt, "loaded later")
	begin := m.model.now.Add(later)
	file := written(rt, world)
	loading, err := seed.Parse("dump.yaml", []byte(file), begin, seed.Options{})
	if err != nil {
		rt.Fatalf("what was dumped is refused: %v\n%s", err, file)
	}
	loading.Clock = usher.Clock{StandsAt: begin}
	ignored, err := copied.service.Load(background, loading)
	if err != nil {
		rt.Fatalf("load: %v", err)
	}
	if len(ignored) > 0 {
		rt.Fatalf("loading ignores what was dumped: %q", ignored)
	}
	loaded := stage{complainer: rt, Service: copied.service, store: copied.store}
	loaded.sound()
	again, _ := loaded.dump()
	if diff := cmp.Diff(file, written(rt, again)); diff != "" {
		rt.Fatalf("loaded and dumped again (-want +got):\n%s", diff)
	}
	for _, account := range world.Accounts {
		if account.Account.Ref.Kind == usher.Organization && later == 0 {
			compareSeats(rt, original, loaded, account, lost)
		}
	}
}

func written(c complainer, world usher.World) string {
	c.Helper()
	var file strings.Builder
	if err := seed.Write(&file, world); err != nil {
		c.Fatalf("write: %v", err)
	}
	return file.String()
}

// copiedSeat is what an organization shows of a seat, but for what no seed says: numbers, and when it
// was last changed.
type copiedSeat struct {
	Login, Team string
	CreatedAt   time.Time
	Pending     bool
	EndsAt      time.Time
	Activity    usher.Activity
}

func compareSeats(rt *rapid.T, original, loaded stage, organization usher.WorldAccount, lost []string) {
	rt.Helper()
	says := func(what string) bool {
		return slices.ContainsFunc(lost, func(line string) bool {
			return strings.HasPrefix(line, "organization "+organization.Account.Login+": "+what)
		})
	}
	moved := says("seats that begin at another time")
	through := says("pending seats that a team held")
	seatsOf := func(s stage) (list []copiedSeat) {
		page, err := s.Seats(background, organization.Account.Ref, usher.Page{Number: 1, PerPage: 100})
		if kindAs(rt, err) != 0 {
			return nil
		}
		for _, row := range page.Seats {
			seat := copiedSeat{row.Assignee.Login, "", row.Seat.CreatedAt, row.Seat.Pending(), row.Seat.EndsAt, row.Seat.Activity}
			if row.Team != nil && (!through || !seat.Pending) {
				seat.Team = row.Team.Slug
			}
			if moved {
				seat.CreatedAt = time.Time{}
			}
			list = append(list, seat)
		}
		if !moved && !slices.ContainsFunc(organization.Grants, func(g usher.WorldGrant) bool { return g.Kind == usher.TeamGrant }) {
			return list // in their order
		}
		slices.SortFunc(list, func(a, b copiedSeat) int { return strings.Compare(a.Login, b.Login) })
		return list
	}
	want, got := seatsOf(original), seatsOf(loaded)
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("the seats of %s, loaded (-want +got), where the dump says that it loses %q:\n%s", organization.Account.Login, lost, diff)
	}
	billing := func(s stage) (b usher.SeatBreakdown) {
		found, err := s.Billing(background, organization.Account.Ref)
		kindAs(rt, err)
		if moved {
			found.Breakdown.AddedThisCycle = 0
		}
		return found.Breakdown
	}
	want2, got2 := billing(original), billing(loaded)
	if says("seats that invited people are to have") {
		return
	}
	if want2 != got2 {
		rt.Fatalf("the seats of %s are counted %+v, loaded %+v", organization.Account.Login, want2, got2)
	}
}
