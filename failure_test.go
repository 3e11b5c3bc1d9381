package usher_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// failing is a store whose writes fail from the n-th on: that one, counted from 1 over
// all transactions, with errDisk.
type failing struct {
	usher.Store
	left int
}

var errDisk = errors.New("the disk is on fire")

func (f *failing) Update(ctx context.Context, fn func(usher.Tx) error) error {
	return f.Store.Update(ctx, func(tx usher.Tx) error { return fn(failingTx{tx, f}) })
}

type failingTx struct {
	usher.Tx
	store *failing
}

func (t failingTx) try(write func() error) error {
	t.store.left--
	if t.store.left == 0 {
		return errDisk
	}
	return write()
}

func (t failingTx) SaveHead(a usher.Account) error {
	return t.try(func() error { return t.Tx.SaveHead(a) })
}

func (t failingTx) SetClock(c usher.Clock) error {
	return t.try(func() error { return t.Tx.SetClock(c) })
}

func (t failingTx) InsertGrants(ref usher.AccountRef, grants []usher.Grant) error {
	return t.try(func() error { return t.Tx.InsertGrants(ref, grants) })
}

func (t failingTx) DeleteGrants(ref usher.AccountRef, kind usher.GrantKind, ids []int64) error {
	return t.try(func() error { return t.Tx.DeleteGrants(ref, kind, ids) })
}

func (t failingTx) InsertSeats(ref usher.AccountRef, seats []usher.Seat) error {
	return t.try(func() error { return t.Tx.InsertSeats(ref, seats) })
}

func (t failingTx) UpdateSeats(ref usher.AccountRef, seats []usher.Seat) error {
	return t.try(func() error { return t.Tx.UpdateSeats(ref, seats) })
}

func (t failingTx) DeleteSeats(ref usher.AccountRef, seats []usher.Seat) error {
	return t.try(func() error { return t.Tx.DeleteSeats(ref, seats) })
}

func (t failingTx) SaveSections(ref usher.AccountRef, sections []usher.Counters) error {
	return t.try(func() error { return t.Tx.SaveSections(ref, sections) })
}

func (t failingTx) SaveBlocks(ref usher.AccountRef, blocks []usher.Block) error {
	return t.try(func() error { return t.Tx.SaveBlocks(ref, blocks) })
}

func (t failingTx) InsertEvents(ref usher.AccountRef, events []usher.Event) error {
	return t.try(func() error { return t.Tx.InsertEvents(ref, events) })
}

func (t failingTx) SaveEnterprisePeople(id int64, people []usher.EnterprisePerson) error {
	return t.try(func() error { return t.Tx.SaveEnterprisePeople(id, people) })
}

func (t failingTx) DeleteEnterprisePeople(id int64, users []int64) error {
	return t.try(func() error { return t.Tx.DeleteEnterprisePeople(id, users) })
}

func (t failingTx) AddHeadcounts(id int64, deltas []usher.Headcount) error {
	return t.try(func() error { return t.Tx.AddHeadcounts(id, deltas) })
}

func (t failingTx) Wipe() error { return t.try(t.Tx.Wipe) }

func (t failingTx) SetSeed(digest string) error {
	return t.try(func() error { return t.Tx.SetSeed(digest) })
}

func (t failingTx) InsertUsers(users []usher.User) error {
	return t.try(func() error { return t.Tx.InsertUsers(users) })
}

func (t failingTx) InsertAccounts(accounts []usher.Account) error {
	return t.try(func() error { return t.Tx.InsertAccounts(accounts) })
}

func (t failingTx) InsertMemberships(ref usher.AccountRef, memberships []usher.Membership) error {
	return t.try(func() error { return t.Tx.InsertMemberships(ref, memberships) })
}

func (t failingTx) InsertTeams(teams []usher.Team) error {
	return t.try(func() error { return t.Tx.InsertTeams(teams) })
}

func (t failingTx) InsertTeamMembers(ref usher.AccountRef, members []usher.TeamMember) error {
	return t.try(func() error { return t.Tx.InsertTeamMembers(ref, members) })
}

func (t failingTx) InsertTokens(tokens []usher.Token) error {
	return t.try(func() error { return t.Tx.InsertTokens(tokens) })
}

func TestAnOperationThatFailsHalfwayChangesNothingG6(t *testing.T) {
	organization := usher.OrganizationRef(octodemo)
	crewed := crew(direct("ada"), direct("bob"), cancelled("fay"), cancelled("gus"), throughTeam(21))
	crewed.enterprise = octoGlobal
	world := worldOf(account{
		kind: usher.Enterprise, login: "octo", id: octoGlobal, copilot: enabled(),
		teams:  []team{{id: 31, slug: "all", members: "ada Bob"}, {id: 32, slug: "half", members: "ada"}},
		grants: []usher.WorldGrant{direct("ada"), cancelled("bob"), throughTeam(31), throughTeam(32)},
	}, crewed)
	world.Tokens = []usher.Token{{ID: 1, Hash: usher.HashToken("t"), Kind: usher.Classic, UserID: 1, Scopes: []string{"admin:org"}}}

	numberedIn := func(ref usher.AccountRef, c func(*usher.Service) call, names ...string) func(*usher.Service) error {
		return func(s *usher.Service) error {
			_, err := c(s)(background, ref, names, by)
			return err
		}
	}
	numbered := func(c func(*usher.Service) call, names ...string) func(*usher.Service) error {
		return numberedIn(organization, c, names...)
	}
	enterprise := usher.EnterpriseRef(octoGlobal)
	// Where time has passed, the world has an ending to make durable as well.
	operations := []struct {
		name      string
		passed    bool
		run       func(*usher.Service) error
		writes    int // at least
		piecemeal bool
	}{
		{"grant users", false, numbered(func(s *usher.Service) call { return s.GrantUsers }, "eve", "fay", "hal"), 8, false},
		{"grant users after an ending", true, numbered(func(s *usher.Service) call { return s.GrantUsers }, "eve", "fay"), 8, false},
		{"cancel users", false, numbered(func(s *usher.Service) call { return s.CancelUsers }, "ada", "bob"), 8, false},
		{"cancel users after an ending", true, numbered(func(s *usher.Service) call { return s.CancelUsers }, "ada", "fay"), 8, false},
		{"grant teams", false, numbered(func(s *usher.Service) call { return s.GrantTeams }, "docs", "core"), 8, false},
		{"grant teams after an ending", true, numbered(func(s *usher.Service) call { return s.GrantTeams }, "docs", "core"), 8, false},
		{"cancel teams", false, numbered(func(s *usher.Service) call { return s.CancelTeams }, "inner"), 8, false},
		{"grant an enterprise's users", false, numberedIn(enterprise, func(s *usher.Service) call { return s.GrantEnterpriseUsers }, "eve", "bob"), 8, false},
		{"cancel an enterprise's users", false, numberedIn(enterprise, func(s *usher.Service) call { return s.CancelEnterpriseUsers }, "ada", "bob"), 6, false},
		{"cancel an enterprise's teams", false, numberedIn(enterprise, func(s *usher.Service) call { return s.CancelEnterpriseTeams }, "half", "all"), 8, false},
		{"settle", true, func(s *usher.Service) error { _, err := s.Settle(background); return err }, 1, true},
		{"report", false, func(s *usher.Service) error {
			_, _, err := s.ReportActivity(background, organization, []usher.ActivityReport{used("ada", noon, editor), used("fay", noon, editor)}, by)
			return err
		}, 6, false},
		{"move the clock", false, func(s *usher.Service) error {
			_, err := s.AdvanceClock(background, usher.ClockMove{To: endOfNovember}, 10)
			return err
		}, 1, true},
		{"load", false, func(s *usher.Service) error { _, err := s.Load(background, world); return err }, 20, false},
	}
	for _, operation := range operations {
		t.Run(operation.name, func(t *testing.T) {
			s := play(t, world)
			if operation.passed {
				s.passTo(endOfNovember)
			}
			before := dump(s, s.store)
			for n := 1; ; n++ {
				broken := &failing{s.store, n}
				err := operation.run(usher.NewService(broken))
				if err == nil {
					if n <= operation.writes {
						t.Errorf("it has %d writes, want %d at least", n-1, operation.writes)
					}
					break
				}
				if !errors.Is(err, errDisk) {
					t.Fatalf("write %d: got %v, want the disk's error", n, err)
				}
				if operation.piecemeal && n > 1 {
					// Endings are made durable account by account, after the clock has moved:
					// what of that is done shows nowhere.
					s.passTo(endOfNovember)
					s.lists("ada", "Bob", "cyd via inner", "dee via inner")
					s.sound()
				} else if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
					t.Fatalf("write %d failed and something changed (-before +after):\n%s", n, diff)
				}
			}
			s.sound()
			if diff := cmp.Diff(before, dump(s, s.store)); diff == "" {
				t.Error("it changed nothing when nothing failed")
			}
		})
	}
}

// A store may run a transaction again; what the first run did must not show.
func TestATransactionThatRunsTwiceCountsOnce(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), cancelled("fay"), throughTeam(21))))
	twice := usher.NewService(&repeating{s.store})
	again := stage{t, twice, s.store, s.wall, s.database}
	again.does(twice.GrantUsers, 2, "eve", "fay", "ada")
	again.does(twice.CancelUsers, 2, "eve", "fay")
	again.does(twice.GrantTeams, 2, "docs") // eve is refreshed
	again.does(twice.CancelTeams, 2, "inner")
	if accepted, ignored := again.reports(used("ada", noon, editor), used("kim", noon, editor)); accepted != 1 || len(ignored) != 1 {
		t.Errorf("accepted %d, ignored %v; want one of each", accepted, ignored)
	}
	a := crew()
	a.activity = []usher.WorldActivity{{UserID: userID("kim"), Activity: usher.Activity{At: noon}}}
	if ignored, err := twice.Load(t.Context(), worldOf(a)); err != nil || len(ignored) != 1 {
		t.Errorf("load: ignored %q, error %v; want one sentence", ignored, err)
	}
	if broken, err := twice.Check(t.Context()); err != nil || len(broken) > 0 {
		t.Errorf("check: %q, error %v", broken, err)
	}
}

// repeating runs each transaction once in vain.
type repeating struct{ usher.Store }

func (r *repeating) Update(ctx context.Context, fn func(usher.Tx) error) error {
	busy := errors.New("busy")
	err := r.Store.Update(ctx, func(tx usher.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return busy
	})
	if !errors.Is(err, busy) {
		return fmt.Errorf("the run in vain: %w", err)
	}
	return r.Store.Update(ctx, fn)
}
