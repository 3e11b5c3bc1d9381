package usher_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
)

// onlooker may be told of everything in octodemo.
func onlooker() usher.Onlooker {
	owners := []usher.Role{usher.RoleOwner}
	return usher.Onlooker{
		Caller:       usher.Caller{Token: usher.Token{Kind: usher.Classic, Scopes: []string{usher.ScopeAdminOrg, usher.ScopeAdminEnterprise}}, User: &usher.User{ID: userID("ada")}},
		Organization: usher.Access{Roles: owners, Scopes: []string{usher.ScopeReadOrg}},
		Enterprise:   usher.Access{Roles: owners, Scopes: []string{usher.ScopeReadEnterprise}},
	}
}

// tries tries something, and sees to it that nothing is left of it.
func (s stage) tries(t *testing.T, limit int, do func(trial *usher.Service) error) (usher.Tried, error) {
	t.Helper()
	before := enginetest.Dump(t, s.database)
	tried, err := s.Try(t.Context(), onlooker(), limit, do)
	if diff := cmp.Diff(before, enginetest.Dump(t, s.database)); diff != "" {
		t.Errorf("the trial changed something (-before +after):\n%s", diff)
	}
	s.sound()
	return tried, err
}

// changesOf is what a trial said, in short.
func changesOf(tried usher.Tried) (list []string) {
	for _, change := range tried.Changes {
		text := change.Login + " " + string(change.Action) + " " + change.UserLogin
		if change.Team != nil {
			text += " " + change.Team.Slug
		}
		list = append(list, text)
	}
	return list
}

func TestATrialSeesWhatItDoesAndLeavesNothing(t *testing.T) {
	s := play(t, worldOf(crew()))
	ref := usher.OrganizationRef(octodemo)
	before := s.breakdown().Total
	tried, err := s.tries(t, 100, func(trial *usher.Service) error {
		if n, err := trial.GrantUsers(t.Context(), ref, []string{"ada"}, by); err != nil || n != 1 {
			return errors.Join(err, errors.New("no seat was created"))
		}
		billing, err := trial.Billing(t.Context(), ref)
		if billing.Breakdown.Total != before+1 {
			t.Errorf("inside: got %d seats, want %d", billing.Breakdown.Total, before+1)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"octodemo copilot.cfb_seat_assignment_created ada", "octodemo copilot.cfb_seat_added ada"}
	if diff := cmp.Diff(want, changesOf(tried)); diff != "" || tried.Total != 2 {
		t.Errorf("got a total of %d, want 2; changes (-want +got):\n%s", tried.Total, diff)
	}
	s.does(s.GrantUsers, 1, "ada") // it was not there
}

func TestATrialTakesNoIDs(t *testing.T) {
	s := play(t, worldOf(crew()))
	ref, caller := usher.OrganizationRef(octodemo), onlooker().Caller
	create := func(service *usher.Service) (usher.TeamProfile, error) {
		return service.CreateTeam(t.Context(), ref, usher.NewTeam{Name: "Newcomers", Privacy: "closed"}, caller, by)
	}
	var first usher.TeamProfile
	if _, err := s.tries(t, 100, func(trial *usher.Service) (err error) { first, err = create(trial); return err }); err != nil {
		t.Fatal(err)
	}
	second, err := create(s.Service)
	if err != nil || second.Team.ID != first.Team.ID {
		t.Errorf("got the id %d and error %v, want %d as in the trial", second.Team.ID, err, first.Team.ID)
	}
}

// Whoever is named with an expired invitation is taken out of the organization before the
// unknown name refuses the call.
func TestACallThatIsRefusedLeavesNoHalfStateInATrial(t *testing.T) {
	s := play(t, worldOf(crew()))
	ref := usher.OrganizationRef(octodemo)
	if _, err := s.Invite(t.Context(), ref, usher.Invitee{Login: "lee"}, usher.RoleMember, nil, by); err != nil {
		t.Fatal(err)
	}
	s.passTo(noon.AddDate(0, 0, 9))
	tried, err := s.tries(t, 100, func(trial *usher.Service) error {
		if _, err := trial.GrantUsers(t.Context(), ref, []string{"lee", "nobody"}, by); err == nil {
			t.Error("an unknown name was granted")
		}
		broken, err := trial.Check(t.Context())
		if len(broken) > 0 {
			t.Errorf("after the refused call: %q", broken)
		}
		return err
	})
	if err != nil || tried.Total != 0 {
		t.Errorf("got %v and error %v, want no changes", changesOf(tried), err)
	}
}

func TestATrialThatFailsIsTheCallersError(t *testing.T) {
	s := play(t, worldOf(crew()))
	broken := errors.New("broken")
	_, err := s.tries(t, 100, func(trial *usher.Service) error {
		if _, err := trial.GrantUsers(t.Context(), usher.OrganizationRef(octodemo), []string{"ada"}, by); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of what was tried", err)
	}
}

func TestATrialListsNoMoreThanItsLimitAndCountsThemAll(t *testing.T) {
	s := play(t, worldOf(crew()))
	ref := usher.OrganizationRef(octodemo)
	all := func(trial *usher.Service) error {
		_, err := trial.GrantUsers(t.Context(), ref, []string{"ada", "Bob", "cyd"}, by)
		return err
	}
	whole, err := s.tries(t, 100, all)
	if err != nil || whole.Total < 4 {
		t.Fatalf("got %v, error %v; want some changes", changesOf(whole), err)
	}
	cut, err := s.tries(t, 3, all)
	if err != nil || cut.Total != whole.Total {
		t.Errorf("got a total of %d, error %v; want %d", cut.Total, err, whole.Total)
	}
	if diff := cmp.Diff(changesOf(whole)[:3], changesOf(cut)); diff != "" {
		t.Errorf("the first three (-of all +of three):\n%s", diff)
	}
}

// again runs what succeeds once more, as a store may.
type again struct{ usher.Store }

func (a again) Update(ctx context.Context, fn func(usher.Tx) error) error {
	_ = a.Store.Update(ctx, fn)
	return a.Store.Update(ctx, fn)
}

func TestATrialThatTheStoreRunsTwiceIsToldOnce(t *testing.T) {
	s := play(t, worldOf(crew()))
	runs := 0
	twice := usher.NewService(again{s.store})
	tried, err := twice.Try(t.Context(), onlooker(), 100, func(trial *usher.Service) error {
		runs++
		_, err := trial.GrantUsers(t.Context(), usher.OrganizationRef(octodemo), []string{"ada"}, by)
		return err
	})
	if err != nil || runs != 2 || tried.Total != 2 {
		t.Errorf("after %d runs: got %v, error %v; want two changes", runs, changesOf(tried), err)
	}
}

func TestTrialsBesideWritesLoseNoneAndWaitForNobodyForEver(t *testing.T) {
	s, alone := play(t, worldOf(globe()...)), onStage(t, worldOf(globe()...))
	organizations := []usher.AccountRef{usher.OrganizationRef(octodemo), usher.OrganizationRef(hubot)}
	write := func(s stage, worker int) {
		ref, name := organizations[worker%2], []string{"fay", "Bob", "cyd", "eve"}[worker]
		for round := range 6 {
			c := []call{s.CancelUsers, s.GrantUsers}[round%2]
			if _, err := c(background, ref, []string{name}, by); err != nil && round%2 == 1 {
				t.Errorf("worker %d: %v", worker, err)
			}
		}
	}
	try := func(ref usher.AccountRef) error {
		_, err := s.Try(background, onlooker(), 100, func(trial *usher.Service) error {
			if _, err := trial.CancelUsers(background, ref, []string{"ada"}, by); err != nil {
				return err
			}
			_, err := trial.Invite(background, ref, usher.Invitee{Login: "kim"}, usher.RoleMember, nil, by)
			return err
		})
		return err
	}
	var working sync.WaitGroup
	for worker := range 4 {
		working.Go(func() { write(s, worker) })
		working.Go(func() {
			for range 4 {
				if err := try(organizations[worker%2]); err != nil {
					t.Errorf("a trial beside worker %d: %v", worker, err)
				}
			}
		})
		write(alone, worker)
	}
	working.Wait()
	s.sound()
	for _, ref := range organizations {
		if got, want := s.lastEventOf(ref), alone.lastEventOf(ref); got != want {
			t.Errorf("%v: got %d events, want %d as without trials", ref, got, want)
		}
	}
}

func (s stage) lastEventOf(ref usher.AccountRef) (last int64) {
	s.Helper()
	err := s.store.View(background, func(tx usher.Reader) error {
		account, _, err := tx.Account(usher.AccountName{Kind: ref.Kind, ID: ref.ID})
		last = account.LastEvent
		return err
	})
	if err != nil {
		s.Fatalf("reading %v: %v", ref, err)
	}
	return last
}

// The dump of a database is what the tests above rest on.
func TestADumpFindsASingleChange(t *testing.T) {
	s := play(t, worldOf(crew()))
	before := enginetest.Dump(t, s.database)
	s.does(s.GrantUsers, 1, "ada")
	var changed []string
	for table, rows := range enginetest.Dump(t, s.database) {
		if !slices.Equal(rows, before[table]) {
			changed = append(changed, table)
		}
	}
	if slices.Sort(changed); !slices.Contains(changed, "events") || !slices.Contains(changed, "seats") {
		t.Errorf("got changes in %v, want them in events and seats too", changed)
	}
}
