package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/usher-seats/usher"
)

func worldPromises() []promise {
	return []promise{
		{"an empty world has the wall clock's time and no seed", emptyWorld},
		{"the clock's row comes back as it was set", clockRow},
		{"a standing clock is the world time", standingClock},
		{"a running clock is ahead of the wall clock by its offset", runningClock},
		{"the clock and the seed share the world's row", clockAndSeed},
		{"Now is one instant in a transaction, and follows a move inside it", oneNow},
		{"Account finds an account by login in any case, or by id", accountByName},
		{"Accounts lists enterprises first, each kind by id", allAccounts},
		{"Organizations lists an enterprise's organizations by id", organizations},
		{"DueRecord finds the account that keeps the oldest", dueRecord},
		{"Lock reads the head anew", lockReads},
		{"SaveHead writes the head and nothing else", saveHead},
		{"SaveSubscription writes the subscription and nothing else", saveSubscription},
		{"SaveEnterprise moves an organization, and writes nothing else", saveEnterprise},
		{"SaveAccountName names an account, and writes nothing else", saveAccountName},
		{"ReserveIDs gives each id once", reserveIDs},
		{"ReserveIDs gives each id once to many at the same time", reserveAtOnce},
		{"a token comes back with its user", tokenWithUser},
		{"a token with empty lists and no user comes back so", tokenWithout},
		{"TokensOf are one user's tokens, and RevokeTokens revokes some", tokensOfUser},
		{"TokensFrom are a page of all tokens, TokensByID those with ids, and LastToken is the last one's", tokensListed},
		{"SaveTokenUse keeps the latest day", tokenUse},
		{"Wipe empties the database", wipe},
	}
}

func clock(r usher.Reader) (usher.Clock, error) { return r.Clock() }

func now(r usher.Reader) (time.Time, error) { return r.Now() }

func emptyWorld(b bench) {
	equal(b, "clock", read(b, clock), usher.Clock{})
	equal(b, "seed", find(b, seed), found[string]{})
	if got := read(b, now); got.IsZero() || got.Location() != time.UTC || got.Nanosecond()%1000 != 0 {
		b.Errorf("Now is %v, want the wall clock's whole microseconds in UTC", got)
	}
}

func clockRow(b bench) {
	for _, want := range []usher.Clock{
		{StandsAt: day(3)},
		{Offset: 36*time.Hour + 123*time.Nanosecond},
		{Offset: -time.Microsecond},
		{StandsAt: day(4), Offset: time.Hour},
		{},
	} {
		b.update(func(tx usher.Tx) error { return tx.SetClock(want) })
		equal(b, "clock", read(b, clock), want)
	}
}

func standingClock(b bench) {
	b.update(func(tx usher.Tx) error { return tx.SetClock(usher.Clock{StandsAt: day(3)}) })
	if got := read(b, now); got != day(3) {
		b.Errorf("Now is %v, want %v, by ==", got, day(3))
	}
}

func runningClock(b bench) {
	before := read(b, now)
	const ahead = 1000 * time.Hour
	b.update(func(tx usher.Tx) error { return tx.SetClock(usher.Clock{Offset: ahead}) })
	if got := read(b, now).Sub(before); got < ahead || got > ahead+time.Hour {
		b.Errorf("the clock was moved by %v, and is %v ahead", ahead, got)
	}
}

func clockAndSeed(b bench) {
	b.update(func(tx usher.Tx) error {
		return errors.Join(tx.SetClock(usher.Clock{StandsAt: day(3)}), tx.SetSeed("one"), tx.SetSeed(""))
	})
	equal(b, "clock", read(b, clock), usher.Clock{StandsAt: day(3)})
	equal(b, "seed", find(b, seed), found[string]{"", true})
	b.update(func(tx usher.Tx) error { return tx.SetClock(usher.Clock{Offset: time.Hour}) })
	equal(b, "seed after a move", find(b, seed), found[string]{"", true})
}

func oneNow(b bench) {
	b.update(func(tx usher.Tx) error {
		first, err := tx.Now()
		if err != nil {
			return err
		}
		second, err := tx.Now()
		if err != nil {
			return err
		}
		equal(b, "the second Now", second, first)
		wall, err := tx.Wall()
		if err != nil {
			return err
		}
		equal(b, "the wall clock behind a clock that was not moved", wall, first)
		if err := tx.SetClock(usher.Clock{Offset: time.Hour}); err != nil {
			return err
		}
		moved, err := tx.Now()
		if err != nil {
			return err
		}
		equal(b, "Now after a move", moved, first.Add(time.Hour))
		wall, err = tx.Wall()
		equal(b, "the wall clock after a move", wall, first)
		return err
	})
}

func must(b bench, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func reserveIDs(b bench) {
	reserve := func(n, want int64) {
		b.Helper()
		b.update(func(tx usher.Tx) error {
			first, err := tx.ReserveIDs(n)
			equal(b, "the first id", first, want)
			return err
		})
	}
	reserve(3, 1)
	reserve(1, 4)
	b.update(func(tx usher.Tx) error {
		return errors.Join(tx.SetClock(usher.Clock{StandsAt: day(1)}), tx.SetSeed("digest"))
	})
	equal(b, "clock", read(b, clock), usher.Clock{StandsAt: day(1)})
	reserve(100_000, 5)
	reserve(0, 100_005)
	reserve(2, 100_005)
	equal(b, "clock", read(b, clock), usher.Clock{StandsAt: day(1)})
	equal(b, "seed", find(b, seed), found[string]{"digest", true})
	b.update(func(tx usher.Tx) error { return tx.Wipe() })
	reserve(1, 1)
}

func reserveAtOnce(b bench) {
	b.begin()
	const writers, times, each = 4, 10, 3
	var mu sync.Mutex
	given := map[int64]bool{}
	take := func(tx usher.Tx) (first int64, err error) {
		if _, err := tx.Lock(octo()); err != nil {
			return 0, err
		}
		return tx.ReserveIDs(each)
	}
	var beside sync.WaitGroup
	for range writers {
		beside.Go(func() {
			for range times {
				var first int64
				err := b.store.Update(b.Context(), func(tx usher.Tx) (err error) {
					first, err = take(tx)
					return err
				})
				if err != nil {
					b.Errorf("Update: %v", err)
				}
				mu.Lock()
				for i := range int64(each) {
					given[first+i] = true
				}
				mu.Unlock()
			}
		})
	}
	beside.Wait()
	equal(b, "different ids", len(given), writers*times*each)
}

func savedUser(b bench) {
	b.begin()
	want := users()[1]
	want.Login, want.Name, want.Email, want.TimeZone, want.Version = "BOB-the-2nd", "", "new@example.com", "UTC", 77
	want.SiteAdmin = !want.SiteAdmin
	b.update(func(tx usher.Tx) error { return tx.SaveUser(want) })
	user := func(login string) found[usher.User] {
		return find(b, func(r usher.Reader) (usher.User, bool, error) { return r.User(login) })
	}
	equal(b, "user", user("bob-THE-2nd"), found[usher.User]{want, true})
	equal(b, "user by the old login", user("bob-k"), found[usher.User]{})
	equal(b, "another user", user("alice"), found[usher.User]{users()[0], true})
	b.refuses("a user who is not there", func(tx usher.Tx) error { return tx.SaveUser(usher.User{ID: 99, Login: "nobody"}) })
	b.refuses("a login that is taken", func(tx usher.Tx) error {
		taken := want
		taken.Login = "ALICE"
		return tx.SaveUser(taken)
	})
}

func wipe(b bench) {
	fill := func(tx usher.Tx) error {
		return errors.Join(
			tx.SetClock(usher.Clock{StandsAt: day(1)}), tx.SetSeed("digest"),
			tx.InsertGrants(octo(), []usher.Grant{{Kind: usher.DirectGrant, SubjectID: 2, GrantedAt: day(1)}}),
			tx.InsertSeats(octo(), []usher.Seat{seat(0, 1, 2, day(2))}),
			tx.InsertGrants(octo(), []usher.Grant{grant(usher.DirectGrant, 3)}), tx.SleepGrants(octo(), usher.DirectGrant, []int64{3}),
			tx.InsertSleepingSeats(octo(), []usher.Seat{seat(0, 1, 3, day(2))}),
			tx.AddInvited(octo(), []usher.InvitedCount{{People: 1}}),
			tx.SaveInvitedTeam(octo(), usher.TeamMember{TeamID: 101, UserID: 3}),
			tx.AssignOrganizations(5, 101, []int64{octo().ID}),
			tx.SaveSections(octo(), []usher.Counters{{Live: 1}}),
			tx.SaveBlocks(octo(), []usher.Block{{Live: 1}}),
			tx.InsertEvents(octo(), []usher.Event{{Number: 1, At: day(1), Action: usher.SeatAdded}}),
			tx.SaveEnterprisePeople(5, []usher.EnterprisePerson{{UserID: 2}}),
			tx.AddHeadcounts(5, []usher.Headcount{{People: 1}}),
			tx.InsertTokens([]usher.Token{{ID: 1, Hash: usher.HashToken("x"), Kind: usher.Classic, UserID: 2}}),
		)
	}
	for range 2 { // a world that is loaded again finds nothing of the first
		b.begin()
		b.update(fill)
		b.update(func(tx usher.Tx) error {
			if _, err := tx.Now(); err != nil {
				return err
			}
			if err := tx.Wipe(); err != nil {
				return err
			}
			got, err := tx.Clock()
			equal(b, "clock inside", got, usher.Clock{})
			return err
		})
		equal(b, "clock", read(b, clock), usher.Clock{})
		equal(b, "seed", find(b, seed), found[string]{})
		equalList(b, "accounts", read(b, usher.Reader.Accounts), nil)
		equalList(b, "seats", seatsOf(b, octo()), nil)
		b.begin() // so that what was assigned would be seen
		equalList(b, "what a team is assigned to", assigned(b, 5, 101), nil)
		b.update(usher.Tx.Wipe)
		equal(b, "all else of the account", kept(b, octo()), holdings{})
		equal(b, "token", token(b, "x"), found[bearer]{})
	}
}
