package usher_test

import (
	"fmt"
	"slices"
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

func TestCheckFindsEachContradiction(t *testing.T) {
	organization := usher.OrganizationRef(octodemo)
	damages := map[string]func(usher.Tx) error{
		"a live seat without a grant": func(tx usher.Tx) error { return tx.DeleteGrants(organization, usher.DirectGrant, []int64{1}) },
		"a grant without a seat": func(tx usher.Tx) error {
			return tx.InsertGrants(organization, []usher.Grant{{Kind: usher.DirectGrant, SubjectID: userID("gus"), GrantedAt: noon}})
		},
		"an invited person who is not counted": func(tx usher.Tx) error {
			return tx.InsertGrants(organization, []usher.Grant{{Kind: usher.DirectGrant, SubjectID: userID("ida"), GrantedAt: noon}})
		},
		"a seat that is gone": func(tx usher.Tx) error { return tx.DeleteSeats(organization, []usher.Seat{{Number: 1, UserID: 1}}) },
		"a counter": func(tx usher.Tx) error {
			return tx.SaveSections(organization, []usher.Counters{{Live: 3, Pending: 1, EndsAt: endOfNovember, CycleStart: endOfNovember.AddDate(0, -1, 0), Added: 3}})
		},
		"a block": func(tx usher.Tx) error {
			return tx.SaveBlocks(organization, []usher.Block{{Live: 2, Pending: 1, EndsAt: endOfNovember}})
		},
		"a block of its own": func(tx usher.Tx) error { return tx.SaveBlocks(organization, []usher.Block{{Index: 3, Live: 1}}) },
		"an event's number":  func(tx usher.Tx) error { return tx.InsertEvents(organization, []usher.Event{{Number: 900, At: noon}}) },
		"a headcount": func(tx usher.Tx) error {
			return tx.AddHeadcounts(octoGlobal, []usher.Headcount{{People: 1}})
		},
		"a person too many": func(tx usher.Tx) error {
			return tx.SaveEnterprisePeople(octoGlobal, []usher.EnterprisePerson{{UserID: userID("kim")}})
		},
		"a person too few": func(tx usher.Tx) error { return tx.DeleteEnterprisePeople(octoGlobal, []int64{1}) },
		"a seat shown with a team that does not hold it": func(tx usher.Tx) error {
			seats, err := tx.Seats(organization, 0, []int64{userID("ada")})
			if err != nil {
				return err
			}
			seats[0].TeamID = 21
			return tx.UpdateSeats(organization, seats)
		},
		"the last seat's number": func(tx usher.Tx) error {
			a, err := tx.Lock(organization)
			if err != nil {
				return err
			}
			a.LastSeat = 2
			return tx.SaveHead(a)
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			a := crew(direct("ada"), direct("hal"), cancelled("bob"), throughTeam(21))
			a.enterprise = octoGlobal
			s := play(t, worldOf(account{kind: usher.Enterprise, login: "octo", id: octoGlobal, copilot: enabled()}, a))
			if err := s.store.Update(t.Context(), damage); err != nil {
				t.Fatal(err)
			}
			if broken, err := s.Check(t.Context()); err != nil || len(broken) == 0 {
				t.Errorf("check found %q, error %v; want a contradiction", broken, err)
			}
		})
	}
}

func TestCheckFindsASeatOfNobody(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	err := s.store.Update(t.Context(), func(tx usher.Tx) error {
		return tx.InsertSeats(usher.OrganizationRef(octodemo), []usher.Seat{{Number: 40, UserID: 4711, CreatedAt: noon, UpdatedAt: noon}})
	})
	if err != nil {
		t.Fatal(err)
	}
	broken, err := s.Check(t.Context())
	if want := "organization octodemo: seat 40 belongs to user 4711, who does not exist"; err != nil || !slices.Contains(broken, want) {
		t.Errorf("check found %q, error %v; want %q among it", broken, err, want)
	}
}
