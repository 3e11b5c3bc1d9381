package usher_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// changes are what a move of the clock set off, in a few words each.
func changes(moved usher.ClockMoved) []string {
	var out []string
	for _, e := range moved.Changes {
		out = append(out, e.At.Format(time.RFC3339)+" "+string(e.Action)+" "+e.Login+"/"+e.UserLogin)
	}
	return out
}

func TestAMoveOfTheClockListsWhatItSetOffInOrder(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.does(s.CancelTeams, 1, "core")
	if _, err := s.CancelUsers(t.Context(), usher.OrganizationRef(hubot), []string{"ada", "bob"}, by); err != nil {
		t.Fatal(err)
	}
	moved, err := s.AdvanceClock(t.Context(), usher.ClockMove{To: endOfNovember}, 100)
	if err != nil {
		t.Fatal(err)
	}
	const ended = " copilot.cfb_seat_cancelled "
	want := []string{
		"2026-11-13T00:00:00Z" + ended + "hubot/Bob",
		"2026-11-13T00:00:00Z" + ended + "hubot/ada",
		"2026-11-20T00:00:00Z" + ended + "octo-global/ada",
		"2026-12-01T00:00:00Z" + ended + "octodemo/fay",
		"2026-12-01T00:00:00Z" + ended + "octodemo/cyd",
	}
	if diff := cmp.Diff(want, changes(moved)); diff != "" || moved.Total != 5 || !moved.Now.Equal(endOfNovember) {
		t.Errorf("now %v, total %d, changes (-want +got):\n%s", moved.Now, moved.Total, diff)
	}
	s.sound()
	again, err := s.AdvanceClock(t.Context(), usher.ClockMove{To: endOfNovember}, 100)
	if err != nil || again.Total != 0 || len(again.Changes) != 0 {
		t.Errorf("a move to where it stands set off %v, error %v", changes(again), err)
	}
}

// overtaken is a store on which another client moves the clock on once this one has moved it.
type overtaken struct {
	usher.Store
	next usher.ClockMove
}

func (o *overtaken) Update(ctx context.Context, fn func(usher.Tx) error) error {
	if err := o.Store.Update(ctx, fn); err != nil || o.next == (usher.ClockMove{}) {
		return err
	}
	next := o.next
	o.next = usher.ClockMove{}
	_, err := usher.NewService(o.Store).AdvanceClock(ctx, next, 100)
	return err
}

func TestAMoveOfTheClockListsNothingOfTheNextMove(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.does(s.CancelTeams, 1, "core")
	if _, err := s.CancelUsers(t.Context(), usher.OrganizationRef(hubot), []string{"ada"}, by); err != nil {
		t.Fatal(err)
	}
	first := usher.NewService(&overtaken{s.store, usher.ClockMove{To: endOfNovember}})
	moved, err := first.AdvanceClock(t.Context(), usher.ClockMove{By: 2 * 24 * time.Hour}, 100)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2026-11-13T00:00:00Z copilot.cfb_seat_cancelled hubot/ada"}
	if diff := cmp.Diff(want, changes(moved)); diff != "" || moved.Total != 1 {
		t.Errorf("total %d, changes (-want +got):\n%s", moved.Total, diff)
	}
}

func TestTheChangesOfAMoveAreLimitedAndTheirNumberIsNot(t *testing.T) {
	s := play(t, worldOf(crew(cancelled("ada"), cancelled("bob"), cancelled("eve"))))
	moved, err := s.AdvanceClock(t.Context(), usher.ClockMove{By: 31 * 24 * time.Hour}, 2)
	if err != nil || len(moved.Changes) != 2 || moved.Total != 3 {
		t.Errorf("%d changes of %d, error %v; want 2 of 3", len(moved.Changes), moved.Total, err)
	}
	if want := noon.AddDate(0, 0, 31); !moved.Now.Equal(want) {
		t.Errorf("the clock shows %v, want %v", moved.Now, want)
	}
}

func TestAnEndingBearsItsOwnTimeAndWhoCancelledC4(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	s.does(s.CancelUsers, 1, "ada")
	s.passTo(endOfNovember.AddDate(0, 3, 5))
	if n, err := s.Settle(t.Context()); err != nil || n != 1 {
		t.Fatalf("settled %d, error %v; want 1", n, err)
	}
	events := dump(s, s.store).Accounts[0].Events
	want := usher.Event{Number: int64(len(events)), At: endOfNovember, KnownAt: endOfNovember, Action: usher.SeatCancelled, Actor: by.Actor, UserID: 1}
	if diff := cmp.Diff(want, events[len(events)-1]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if n, err := s.Settle(t.Context()); err != nil || n != 0 {
		t.Errorf("settled %d again, error %v; want none", n, err)
	}
	s.sound()
}

func TestEveryChangeIsRecordedWithItsCallerAndItsTime(t *testing.T) {
	s := play(t, worldOf(crew()))
	s.does(s.GrantUsers, 1, "cyd")
	s.does(s.GrantTeams, 1, "inner")
	s.moveTo(noon.Add(time.Hour))
	s.does(s.GrantUsers, 0, "dee")
	s.does(s.CancelUsers, 0, "dee", "cyd")
	s.does(s.CancelTeams, 2, "inner")
	s.does(s.GrantUsers, 1, "dee")
	later := noon.Add(time.Hour)
	event := func(at time.Time, action usher.Action, user, team int64) usher.Event {
		return usher.Event{At: at, KnownAt: at, Action: action, Actor: by.Actor, UserID: user, TeamID: team, RequestID: by.RequestID}
	}
	want := []usher.Event{
		event(noon, usher.AssignmentCreated, 3, 0), event(noon, usher.SeatAdded, 3, 0),
		event(noon, usher.AssignmentCreated, 0, 21), event(noon, usher.SeatAdded, 4, 21),
		event(later, usher.AssignmentReused, 4, 0),
		event(later, usher.AssignmentUnassigned, 4, 0), event(later, usher.AssignmentUnassigned, 3, 0),
		event(later, usher.AssignmentUnassigned, 0, 21),
		event(later, usher.AssignmentUnassigned, 3, 21), event(later, usher.AssignmentUnassigned, 4, 21),
		event(later, usher.AssignmentRefreshed, 4, 0),
	}
	for i := range want {
		want[i].Number = int64(i) + 1
	}
	if diff := cmp.Diff(want, dump(s, s.store).Accounts[0].Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestTheClockMovesForwardOnly(t *testing.T) {
	for name, clock := range map[string]usher.Clock{"standing": {StandsAt: noon}, "running": {Offset: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			w := worldOf(crew())
			w.Clock = clock
			s := play(t, w)
			_, start, err := s.Clock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, move := range []usher.ClockMove{
				{By: -time.Microsecond},
				{To: start.Add(-time.Microsecond)},
				{To: instant("1999-01-01T00:00:00Z")},
				{By: math.MinInt64},
				{To: instant("9999-11-30T23:59:59.000001Z")},
				{To: instant("9999-11-30T23:59:59Z").AddDate(1000, 0, 0)},
			} {
				if moved, err := s.AdvanceClock(t.Context(), move, 10); err == nil || refusal(t, err).Kind != usher.Invalid {
					t.Errorf("%+v: moved to %v, error %v", move, moved.Now, err)
				}
			}
			if _, now, _ := s.Clock(t.Context()); !now.Equal(start) {
				t.Errorf("the clock shows %v after refused moves, want %v", now, start)
			}
		})
	}
}

func TestTheClockShowsWhereItWasMovedToHoweverFar(t *testing.T) {
	for name, clock := range map[string]usher.Clock{"standing": {StandsAt: noon}, "running": {}} {
		t.Run(name, func(t *testing.T) {
			w := worldOf(crew(cancelled("ada")))
			w.Clock = clock
			s := play(t, w)
			for _, to := range []string{"2300-01-01T00:00:00.000001Z", "2590-01-01T00:00:00Z", "9999-11-30T23:59:59Z"} {
				moved, err := s.AdvanceClock(t.Context(), usher.ClockMove{To: instant(to)}, 10)
				if err != nil {
					// A running clock cannot be so far ahead of the wall clock; it must say so.
					if name == "standing" || refusal(t, err).Kind != usher.Invalid {
						t.Errorf("to %s: %v", to, err)
					}
					continue
				}
				if _, now, _ := s.Clock(t.Context()); !now.Equal(instant(to)) || !moved.Now.Equal(now) {
					t.Errorf("moved to %s, the answer says %v, the clock shows %v", to, moved.Now, now)
				}
			}
			s.sound()
		})
	}
}

func TestARunningClockGoesOnAfterAMove(t *testing.T) {
	w := worldOf(crew())
	w.Clock = usher.Clock{Offset: 48 * time.Hour}
	s := play(t, w)
	shows := func(want time.Time) {
		t.Helper()
		if _, now, err := s.Clock(context.Background()); err != nil || !now.Equal(want) {
			t.Errorf("the clock shows %v, error %v; want %v", now, err, want)
		}
	}
	shows(noon.Add(48 * time.Hour))
	s.wall.advance(time.Minute)
	shows(noon.Add(48*time.Hour + time.Minute))
	s.moveTo(endOfNovember)
	shows(endOfNovember)
	s.wall.advance(time.Second)
	shows(endOfNovember.Add(time.Second))
}

func TestAStandingClockDoesNotMoveByItself(t *testing.T) {
	s := play(t, worldOf(crew()))
	s.wall.advance(1000 * time.Hour)
	clock, now, err := s.Clock(t.Context())
	if want := (usher.Clock{StandsAt: noon}); err != nil || clock != want || !now.Equal(noon) {
		t.Errorf("the clock %+v shows %v, error %v", clock, now, err)
	}
}

// A process clock can be set back; what was recorded stays in the past.
func TestAnAccountsTimeNeverRunsBackwards(t *testing.T) {
	w := worldOf(crew(direct("ada"), cancelled("eve")))
	w.Clock = usher.Clock{}
	s := play(t, w)
	late := endOfNovember.Add(time.Minute)
	s.wall.set(late)
	s.does(s.GrantUsers, 1, "fay")
	s.lists("ada", "fay")
	s.wall.set(noon)
	s.lists("ada", "fay")
	s.does(s.GrantUsers, 1, "gus")
	s.does(s.CancelUsers, 1, "ada")
	s.lists("ada until 2027-01-01", "fay", "gus")
	want := usher.Seat{Number: 4, UserID: userID("gus"), CreatedAt: late, UpdatedAt: late}
	if diff := cmp.Diff(want, s.member("gus").Seat); diff != "" {
		t.Errorf("the seat (-want +got):\n%s", diff)
	}
}

func TestSettlingGoesOnUntilNothingIsDue(t *testing.T) {
	users := make([]usher.User, 1300)
	a := account{login: "octodemo", id: octodemo, copilot: enabled()}.world()
	for i := range users {
		id := int64(i) + 1
		users[i] = usher.User{ID: id, Login: "user-" + string(rune('a'+i%26)) + time.Duration(id).String()}
		a.Memberships = append(a.Memberships, usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
		a.Grants = append(a.Grants, usher.WorldGrant{Kind: usher.DirectGrant, SubjectID: id, Cancelled: i%5 != 0})
	}
	s := play(t, usher.World{Digest: "many", Clock: usher.Clock{StandsAt: noon}, Users: users, Accounts: []usher.WorldAccount{a}})
	s.passTo(endOfNovember)
	s.sound()
	if n, err := s.Settle(t.Context()); err != nil || n != 1040 {
		t.Errorf("settled %d, error %v; want 1040", n, err)
	}
	s.sound()
	page, err := s.Seats(t.Context(), usher.OrganizationRef(octodemo), usher.Page{Number: 3, PerPage: 100})
	if err != nil || len(page.Seats) != 60 || page.TotalSeats != 260 {
		t.Fatalf("the third page has %d seats of %d, error %v", len(page.Seats), page.TotalSeats, err)
	}
	// Of five numbers one is left: the page begins with the 201st of them.
	if got := page.Seats[0].Seat.Number; got != 1001 {
		t.Errorf("it begins with seat %d, want 1001", got)
	}
}

// TestAMoveListsAllThatItSetOffWhoeverSettlesIt moves the clock while others settle, as the
// ticker of each process does.
func TestAMoveListsAllThatItSetOffWhoeverSettlesIt(t *testing.T) {
	const organizations = 40
	var accounts []account
	for i := range organizations {
		a := crew(cancelled("bob"))
		a.id, a.login = int64(1000+i), fmt.Sprintf("org-%d", i)
		accounts = append(accounts, a)
	}
	s := play(t, worldOf(accounts...))
	done := make(chan struct{})
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := s.Settle(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	moved, err := s.AdvanceClock(t.Context(), usher.ClockMove{To: endOfNovember}, 1000)
	close(done)
	others.Wait()
	if err != nil || moved.Total != organizations || len(moved.Changes) != organizations {
		t.Errorf("got %d of %d changes, error %v; want all %d", len(moved.Changes), moved.Total, err, organizations)
	}
}
