package usher_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

func TestSeatsOfAWorldStandInTheOrderOfTheirTimesThenOfTheFileR1(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	s := play(t, worldOf(crew(
		direct("gus"), directAt("fay", day(-2)), throughTeam(21), directAt("eve", day(-40)),
		directAt("bob", day(-2)), direct("ada"), usher.WorldGrant{Kind: usher.TeamGrant, SubjectID: 18, At: day(-3)},
	)))
	// eve and Bob are in docs (18) as well; their direct grants hold.
	s.lists("eve", "Bob", "fay", "gus", "cyd via inner", "dee via inner", "ada")
	for login, want := range map[string]time.Time{"eve": day(-40), "bob": day(-3), "fay": day(-2), "gus": noon} {
		if got := s.member(login).Seat; !got.CreatedAt.Equal(want) || !got.UpdatedAt.Equal(want) {
			t.Errorf("the seat of %s was created at %v and updated at %v, want %v", login, got.CreatedAt, got.UpdatedAt, want)
		}
	}
}

func TestASeatThatAWorldCancelsIsPendingFromItsBeginning(t *testing.T) {
	started := noon.AddDate(0, -2, 0)
	grant := cancelled("ada")
	grant.At = started
	s := play(t, worldOf(crew(grant, cancelled("dee"), throughTeam(21))))
	s.lists("ada until 2026-12-01", "dee via inner", "cyd via inner")
	want := usher.Seat{Number: 1, UserID: 1, CreatedAt: started, UpdatedAt: noon, EndsAt: endOfNovember}
	if diff := cmp.Diff(want, s.member("ada").Seat); diff != "" {
		t.Errorf("the seat (-want +got):\n%s", diff)
	}
	// Its direct grant is gone: a team holds it from now on, and nobody once that ends.
	s.does(s.GrantUsers, 1, "ada")
	s.does(s.CancelUsers, 1, "ada")
	s.does(s.CancelTeams, 2, "inner")
	s.moveTo(endOfNovember)
	s.lists()
}

func TestActivityOfAWorldIsTakenInForWhoHasASeat(t *testing.T) {
	a := crew(direct("ada"), cancelled("bob"), direct("hal"))
	for _, login := range []string{"ada", "bob", "cyd", "hal", "cyd", "kim"} {
		a.activity = append(a.activity, usher.WorldActivity{
			UserID: userID(login), Activity: usher.Activity{At: noon.Add(-time.Hour), Editor: editor, AuthenticatedAt: noon.Add(-time.Minute)},
		})
	}
	s := play(t, worldOf(a))
	want := usher.Activity{At: noon.Add(-time.Hour), Editor: editor, AuthenticatedAt: noon.Add(-time.Minute)}
	for _, login := range []string{"ada", "bob"} {
		if got := s.member(login).Seat.Activity; got != want {
			t.Errorf("the activity of %s is %+v, want %+v", login, got, want)
		}
	}
	ignored, err := s.Load(t.Context(), worldOf(a))
	if err != nil {
		t.Fatal(err)
	}
	sentence := "octodemo: the activity of %s is ignored: they have no seat there"
	var sentences []string
	for _, login := range []string{"cyd", "hal", "kim"} {
		sentences = append(sentences, fmt.Sprintf(sentence, login))
	}
	if diff := cmp.Diff(sentences, ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

func TestAWorldsSeatsWhereNobodyCanHoldOneAreIgnoredAndSaidSo(t *testing.T) {
	for setting, reason := range map[usher.SeatManagement]string{
		usher.AssignmentDisabled:     "seat management is disabled",
		usher.AssignmentUnconfigured: "seat management is unconfigured",
		"":                           "Copilot is not enabled",
	} {
		t.Run(reason, func(t *testing.T) {
			a := crew(direct("ada"))
			a.copilot.SeatManagement = setting
			if setting == "" {
				a.copilot = nil
			}
			s := play(t, worldOf(a))
			ignored, err := s.Load(t.Context(), worldOf(a))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"octodemo: its seats and their activity are ignored: " + reason}, ignored); diff != "" {
				t.Errorf("ignored (-want +got):\n%s", diff)
			}
			if seats, err := s.Seats(t.Context(), usher.OrganizationRef(octodemo), usher.Page{Number: 1, PerPage: 50}); setting != "" && (err != nil || seats.TotalSeats != 0) {
				t.Errorf("got %d seats, error %v; want none", seats.TotalSeats, err)
			}
		})
	}
}

func TestAWorldIsLoadedFirstOnlyWhereNoneIs(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	before := dump(s, s.store)
	if _, loaded, err := s.LoadFirst(t.Context(), worldOf(crew(direct("bob")))); loaded || err != nil {
		t.Errorf("onto a world: loaded %t, error %v; want false, none", loaded, err)
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
	if err := s.Empty(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, loaded, err := s.LoadFirst(t.Context(), worldOf(crew(direct("ada")))); !loaded || err != nil {
		t.Errorf("onto nothing: loaded %t, error %v; want true, none", loaded, err)
	}
	if diff := cmp.Diff(unversioned(before), unversioned(dump(s, s.store))); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestLoadingAgainLeavesNothingOfWhatWas(t *testing.T) {
	world := worldOf(globe()...)
	s := play(t, world)
	before := dump(s, s.store)
	s.does(s.GrantUsers, 1, "ada")
	s.moveTo(noon.AddDate(1, 0, 0))
	if _, err := s.Load(t.Context(), world); err != nil {
		t.Fatal(err)
	}
	s.sound()
	if diff := cmp.Diff(unversioned(before), unversioned(dump(s, s.store))); diff != "" {
		t.Errorf("state (-first +second):\n%s", diff)
	}
}

func TestTheDatabaseRemembersWhichWorldItHolds(t *testing.T) {
	s := play(t, worldOf(crew()))
	if digest, ok, err := s.Seed(t.Context()); digest != "a test" || !ok || err != nil {
		t.Errorf("got %q, %t, %v", digest, ok, err)
	}
	empty := closed(t, open(t, newDatabase(t), sqlstore.Options{}))
	if digest, ok, err := usher.NewService(empty).Seed(t.Context()); digest != "" || ok || err != nil {
		t.Errorf("an empty database holds %q, %t, %v", digest, ok, err)
	}
}

func TestAWorldThatCannotBeLoadedLeavesTheOldOneAlone(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	before := dump(s, s.store)
	broken := worldOf(crew(direct("bob")))
	broken.Users = append(broken.Users, broken.Users[0])
	if _, err := s.Load(t.Context(), broken); err == nil {
		t.Fatal("a world with a user twice was loaded")
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
}
