package sqlstore_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// crowd is a world of many people in one organization, each with a direct grant, a seat,
// and the two events that go with it.
type crowd struct {
	org         usher.AccountRef
	users       []usher.User
	memberships []usher.Membership
	grants      []usher.Grant
	seats       []usher.Seat
	blocks      []usher.Block
	events      []usher.Event
}

func newCrowd(people int) crowd {
	c := crowd{org: usher.OrganizationRef(7)}
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	for i := range people {
		id := int64(i) + 1001
		login := fmt.Sprintf("Person-%d", id)
		c.users = append(c.users, usher.User{ID: id, Login: login, Name: "Person " + login, Email: login + "@example.com", TimeZone: "Europe/Berlin"})
		c.memberships = append(c.memberships, usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
		c.grants = append(c.grants, usher.Grant{Kind: usher.DirectGrant, SubjectID: id, GrantedAt: at})
		c.seats = append(c.seats, usher.Seat{
			Number: int64(i) + 1, UserID: id, CreatedAt: at, UpdatedAt: at,
			Activity: usher.Activity{At: at, Editor: "vscode/1.90.0/copilot/1.200.0", AuthenticatedAt: at},
		})
		for n, action := range []usher.Action{usher.AssignmentCreated, usher.SeatAdded} {
			c.events = append(c.events, usher.Event{
				Number: int64(2*i+n) + 1, At: at, Action: action,
				Actor: usher.Actor{UserID: 1001, TokenID: 5}, UserID: id, RequestID: "seed",
			})
		}
	}
	for i := 0; i*usher.BlockSize < people; i++ {
		c.blocks = append(c.blocks, usher.Block{Index: int64(i), Live: usher.BlockSize})
	}
	return c
}

func (c crowd) load(tx usher.Tx) error {
	if err := tx.Wipe(); err != nil {
		return err
	}
	err := tx.InsertAccounts([]usher.Account{{Ref: c.org, Login: "Octo", Subscription: &usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignSelected, BillingSetUp: true, CycleDay: 1,
	}}})
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return tx.InsertUsers(c.users) },
		func() error { return tx.InsertMemberships(c.org, c.memberships) },
		func() error { return tx.InsertGrants(c.org, c.grants) },
		func() error { return tx.InsertSeats(c.org, c.seats) },
		func() error { return tx.SaveBlocks(c.org, c.blocks) },
		func() error { return tx.InsertEvents(c.org, c.events) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func open(tb testing.TB, options sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	return openAt(tb, filepath.Join(tb.TempDir(), "usher.db"), options)
}

func openAt(tb testing.TB, database string, options sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	store, err := sqlstore.Open(tb.Context(), database, options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return store
}

// BenchmarkLoadingAWorld loads 200,000 people in one transaction, into a new database and
// over a world that is there. It is to stay under 8 s on two cores (5 s when written).
func BenchmarkLoadingAWorld(b *testing.B) {
	world := newCrowd(200_000)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			store := open(b, sqlstore.Options{})
			b.StartTimer()
			if err := store.Update(b.Context(), world.load); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("over another", func(b *testing.B) {
		store := open(b, sqlstore.Options{})
		if err := store.Update(b.Context(), world.load); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := store.Update(b.Context(), world.load); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkWritingSeats changes 10,000 seats in one transaction. It is to stay far under
// 0.5 s on two cores (0.17 s when written).
func BenchmarkWritingSeats(b *testing.B) {
	world := newCrowd(100_000)
	store := open(b, sqlstore.Options{})
	if err := store.Update(b.Context(), world.load); err != nil {
		b.Fatal(err)
	}
	seats := world.seats[20_000:30_000]
	ends := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		ends = ends.AddDate(0, 1, 0)
		for i := range seats {
			seats[i].EndsAt, seats[i].UpdatedAt = ends, ends
		}
		err := store.Update(b.Context(), func(tx usher.Tx) error { return tx.UpdateSeats(world.org, seats) })
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadingAPage reads what one page of seats needs, far down a long list.
func BenchmarkReadingAPage(b *testing.B) {
	world := newCrowd(100_000)
	store := open(b, sqlstore.Options{})
	if err := store.Update(b.Context(), world.load); err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		err := store.View(b.Context(), func(r usher.Reader) error {
			if _, err := r.Blocks(world.org, 0); err != nil {
				return err
			}
			seats, err := r.SeatsFrom(world.org, 0, 90_001, 900, 100, now)
			if err != nil {
				return err
			}
			ids := make([]int64, len(seats))
			for i, seat := range seats {
				ids[i] = seat.UserID
			}
			_, err = r.Users(ids)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
