package storetest

import (
	"errors"
	"math"
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

func accountNamed(name usher.AccountName) func(usher.Reader) (usher.Account, bool, error) {
	return func(r usher.Reader) (usher.Account, bool, error) { return r.Account(name) }
}

func accountByName(b bench) {
	b.begin()
	all := accounts()
	for _, test := range []struct {
		name usher.AccountName
		want found[usher.Account]
	}{
		{usher.AccountName{Kind: usher.Enterprise, Login: "octo-INC"}, found[usher.Account]{all[0], true}},
		{usher.AccountName{Kind: usher.Enterprise, ID: 5}, found[usher.Account]{all[0], true}},
		{usher.AccountName{Kind: usher.Organization, Login: "OCTO-org"}, found[usher.Account]{all[1], true}},
		{usher.AccountName{Kind: usher.Organization, ID: 5}, found[usher.Account]{all[1], true}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo-inc"}, found[usher.Account]{all[2], true}},
		{usher.AccountName{Kind: usher.Organization, Login: "dormant", ID: 5}, found[usher.Account]{all[3], true}},
		{usher.AccountName{Kind: usher.Enterprise, Login: "octo-org"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo_org"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo-org\x00"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo-org\xff"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, ID: 404}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization}, found[usher.Account]{}},
	} {
		equal(b, test.name.Kind.String()+" "+test.name.Login, find(b, accountNamed(test.name)), test.want)
	}
}

func allAccounts(b bench) {
	equalList(b, "accounts of an empty world", read(b, usher.Reader.Accounts), nil)
	b.begin()
	equalList(b, "accounts", read(b, usher.Reader.Accounts), accounts())
}

func organizations(b bench) {
	b.begin()
	of := func(id int64) []usher.Account {
		return read(b, func(r usher.Reader) ([]usher.Account, error) { return r.Organizations(id) })
	}
	all := accounts()
	equalList(b, "organizations", of(5), []usher.Account{all[1], all[3]})
	equalList(b, "organizations of an unknown enterprise", of(6), nil)
}

func dueRecord(b bench) {
	due := func(before time.Time) found[usher.AccountRef] {
		return find(b, func(r usher.Reader) (usher.AccountRef, bool, error) { return r.DueRecord(before) })
	}
	kept := func(ref usher.AccountRef, since time.Time) func() error {
		return func() error {
			return b.store.Update(b.Context(), func(tx usher.Tx) error {
				account, err := tx.Lock(ref)
				account.KeptSince = since
				return errors.Join(err, tx.SaveHead(account))
			})
		}
	}
	equal(b, "what is old in an empty world", due(day(9)), found[usher.AccountRef]{})
	b.begin()
	for _, account := range accounts() {
		must(b, kept(account.Ref, time.Time{})())
	}
	must(b, steps(kept(octo(), day(3)), kept(enterprise(), day(2)), kept(loner(), day(3).Add(-time.Microsecond))))
	equal(b, "nothing is so old", due(day(2)), found[usher.AccountRef]{})
	equal(b, "one is", due(day(3)), found[usher.AccountRef]{enterprise(), true})
	must(b, kept(enterprise(), time.Time{})())
	equal(b, "the oldest of two", due(day(28)), found[usher.AccountRef]{loner(), true})
	must(b, kept(loner(), day(3))())
	equal(b, "of two equally old", due(day(4)), found[usher.AccountRef]{octo(), true})
}

func must(b bench, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func lockReads(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		for _, want := range accounts() {
			got, err := tx.Lock(want.Ref)
			if err != nil {
				return err
			}
			equal(b, "locked account", got, want)
			got.LastSeat++
			if err := tx.SaveHead(got); err != nil {
				return err
			}
			again, err := tx.Lock(want.Ref)
			if err != nil {
				return err
			}
			equal(b, "account locked again", again, got)
		}
		return nil
	})
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		_, err := tx.Lock(usher.OrganizationRef(404))
		return err
	})
	var failure *usher.Error
	if !errors.As(err, &failure) || failure.Kind != usher.NotFound {
		b.Errorf("locking an unknown account: got %v, want an error of kind NotFound", err)
	}
}

func saveHead(b bench) {
	b.begin()
	want := accounts()
	want[1].LastSeat, want[1].LastEvent, want[1].LastEventAt, want[1].AsleepUntil = 91, 92, time.Time{}, day(25)
	want[1].Version, want[1].RecordFrom, want[1].LastReport, want[1].EventsDeleted, want[1].KeptSince = 1<<52+96, 97, 98, 99, time.Time{}
	written := want[1]
	written.Login, written.Name, written.EnterpriseID, written.Subscription = "other", "Other", 404, nil
	written.CreatedAt = day(9)
	b.update(func(tx usher.Tx) error { return tx.SaveHead(written) })
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	want[1].LastSeat, want[1].AsleepUntil = 93, time.Time{}
	b.update(func(tx usher.Tx) error { return tx.SaveHead(want[1]) })
	equalList(b, "accounts, nothing asleep", read(b, usher.Reader.Accounts), want)
	b.refuses("saving the head of an unknown account", func(tx usher.Tx) error {
		return tx.SaveHead(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func saveSubscription(b bench) {
	b.begin()
	want := accounts()
	other := &usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignAll, PublicCodeSuggestions: "block", IDEChat: "disabled",
		PlatformChat: "enabled", CLI: "enabled", CycleDay: 3,
	}
	save := func(i int, subscription *usher.Subscription) {
		written := want[i]
		written.Login, written.Name, written.EnterpriseID, written.Subscription = "other", "Other", 404, subscription
		written.LastSeat, written.CreatedAt, written.Version = 91, day(9), 92
		b.update(func(tx usher.Tx) error { return tx.SaveSubscription(written) })
		want[i].Subscription = subscription
	}
	save(1, other)
	save(3, subscription())
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	save(1, nil)
	save(0, other)
	equalList(b, "accounts, one without", read(b, usher.Reader.Accounts), want)
	b.refuses("saving the subscription of an unknown account", func(tx usher.Tx) error {
		return tx.SaveSubscription(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func saveEnterprise(b bench) {
	b.begin()
	want := accounts()
	move := func(i int, enterpriseID int64) {
		written := want[i]
		written.Login, written.Name, written.EnterpriseID, written.Subscription, written.LastSeat = "other", "Other", enterpriseID, nil, 91
		b.update(func(tx usher.Tx) error { return tx.SaveEnterprise(written) })
		want[i].EnterpriseID = enterpriseID
	}
	organizations := func() []usher.Account {
		return read(b, func(r usher.Reader) ([]usher.Account, error) { return r.Organizations(5) })
	}
	move(1, 0)
	move(2, 5)
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	equalList(b, "the enterprise's organizations", organizations(), []usher.Account{want[2], want[3]})
	move(2, 0)
	move(3, 0)
	equalList(b, "an enterprise without organizations", organizations(), nil)
	move(1, 5)
	equalList(b, "one that is back", organizations(), want[1:2])
	b.refuses("moving an unknown organization", func(tx usher.Tx) error {
		return tx.SaveEnterprise(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func saveAccountName(b bench) {
	b.begin()
	want := accounts()
	written := want[1]
	written.Login, written.Name, written.EnterpriseID, written.Subscription, written.LastSeat = "other", "Another Ä", 0, nil, 91
	b.update(func(tx usher.Tx) error { return tx.SaveAccountName(written) })
	want[1].Name = "Another Ä"
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	b.refuses("naming an unknown account", func(tx usher.Tx) error {
		return tx.SaveAccountName(usher.Account{Ref: usher.OrganizationRef(404)})
	})
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

// bearer is a token with its user.
type bearer struct {
	Token usher.Token
	User  *usher.User
}

func token(b bench, text string) found[bearer] {
	b.Helper()
	return find(b, func(r usher.Reader) (bearer, bool, error) {
		token, user, ok, err := r.Token(usher.HashToken(text))
		return bearer{token, user}, ok, err
	})
}

func tokenWithUser(b bench) {
	b.begin()
	want := usher.Token{
		ID: 71, Hash: usher.HashToken("ghp_one"), Kind: usher.FineGrained, UserID: 5, OwnerID: 6, Scopes: []string{"read:org", "größe"},
		Permissions: map[string]string{usher.PermissionSeatManagement: usher.LevelWrite}, ExpiresAt: day(5),
		Minted: true, CreatedAt: day(1), CreatedBy: 2, Note: "for the gateway", LastUsedOn: day(3), InstallationID: 9,
	}
	b.update(func(tx usher.Tx) error {
		return tx.InsertTokens([]usher.Token{want, {ID: 72, Hash: usher.HashToken("ghp_two"), Kind: usher.Classic, UserID: 2}})
	})
	equal(b, "token", token(b, "ghp_one"), found[bearer]{bearer{want, &users()[0]}, true})
	equal(b, "another's token", token(b, "ghp_two").Value.User, &users()[1])
	equal(b, "unknown token", token(b, "ghp_three"), found[bearer]{})
}

func tokensOfUser(b bench) {
	b.begin()
	tokens := []usher.Token{
		{ID: 3, Hash: usher.HashToken("three"), Kind: usher.Classic, UserID: 2, Scopes: []string{"user"}, RevokedAt: day(3)},
		{ID: 1, Hash: usher.HashToken("one"), Kind: usher.FineGrained, UserID: 2, OwnerID: 5, Permissions: map[string]string{"members": "read"}, ExpiresAt: day(4)},
		{ID: 2, Hash: usher.HashToken("two"), Kind: usher.Classic, UserID: 5},
	}
	b.update(func(tx usher.Tx) error { return tx.InsertTokens(tokens) })
	of := func(id int64) []usher.Token {
		return read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensOf(id) })
	}
	equal(b, "tokens", of(2), []usher.Token{tokens[1], tokens[0]})
	equalList(b, "tokens of who has none", of(3), nil)
	b.update(func(tx usher.Tx) error { return tx.RevokeTokens([]int64{1, 99}, day(6)) })
	tokens[1].RevokedAt = day(6)
	equal(b, "tokens, revoked", of(2), []usher.Token{tokens[1], tokens[0]})
	equal(b, "another's token", of(5), tokens[2:])
	equal(b, "a revoked token", token(b, "one").Value.Token, tokens[1])
}

func tokensListed(b bench) {
	b.begin()
	below := int64(math.MaxInt64)
	last := func() int64 { return read(b, func(r usher.Reader) (int64, error) { return r.LastToken(below) }) }
	from := func(skip, limit int64) (ids []int64, total int64) {
		b.view(func(r usher.Reader) (err error) {
			var tokens []usher.Token
			tokens, total, err = r.TokensFrom(skip, limit)
			ids = nil
			for _, token := range tokens {
				ids = append(ids, token.ID)
			}
			return err
		})
		return ids, total
	}
	equal(b, "the last token of none", last(), int64(0))
	ids, total := from(0, 10)
	equalList(b, "no tokens", ids, nil)
	equal(b, "no tokens", total, int64(0))
	tokens := []usher.Token{
		{ID: 30, Hash: usher.HashToken("three"), Kind: usher.Classic, UserID: 2, Scopes: []string{"user"}, Note: "n", RevokedAt: day(3), LastUsedOn: day(2)},
		{ID: 1, Hash: usher.HashToken("one"), Kind: usher.AppInstallation, OwnerID: 5, Permissions: map[string]string{"members": "read"}, InstallationID: 8},
		{ID: 2, Hash: usher.HashToken("two"), Kind: usher.Classic, UserID: 5, ExpiresAt: day(1)},
	}
	b.update(func(tx usher.Tx) error { return tx.InsertTokens(tokens) })
	equal(b, "the last token", last(), int64(30))
	ids, total = from(1, 1)
	equalList(b, "the second token", ids, []int64{2})
	equal(b, "all tokens", total, int64(3))
	ids, _ = from(0, 10)
	equalList(b, "tokens", ids, []int64{1, 2, 30})
	ids, total = from(3, 10)
	equalList(b, "tokens past the end", ids, nil)
	equal(b, "all tokens, past the end", total, int64(3))
	equal(b, "tokens by id", read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensByID([]int64{30, 7}) }), tokens[:1])
	equal(b, "tokens by id", read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensByID([]int64{1}) }), tokens[1:2])
}

func tokenUse(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return tx.InsertTokens([]usher.Token{
			{ID: 1, Hash: usher.HashToken("one"), Kind: usher.Classic, UserID: 2},
			{ID: 2, Hash: usher.HashToken("two"), Kind: usher.Classic, UserID: 2, LastUsedOn: day(4)},
			{ID: 3, Hash: usher.HashToken("three"), Kind: usher.Classic, UserID: 2, LastUsedOn: day(6)},
			{ID: 4, Hash: usher.HashToken("four"), Kind: usher.Classic, UserID: 2},
		})
	})
	b.update(func(tx usher.Tx) error { return tx.SaveTokenUse([]int64{1, 2, 3, 99}, day(5)) })
	var got []time.Time
	for _, token := range read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensOf(2) }) {
		got = append(got, token.LastUsedOn)
	}
	equal(b, "days of last use", got, []time.Time{day(5), day(5), day(6), {}})
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

func accountsKnowing(b bench) {
	b.begin()
	knowing := func(id int64) []usher.AccountRef {
		return read(b, func(r usher.Reader) ([]usher.AccountRef, error) { return r.AccountsKnowing(id) })
	}
	const nobody = 900
	equalList(b, "accounts that know nobody", knowing(nobody), nil)
	for i, who := range []struct {
		name string
		know func(tx usher.Tx, id int64) error
	}{
		{"a member", func(tx usher.Tx, id int64) error {
			return tx.SaveMembership(loner(), usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
		}},
		{"who is invited", func(tx usher.Tx, id int64) error {
			return tx.SaveMembership(loner(), usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Pending})
		}},
		{"who invites", func(tx usher.Tx, id int64) error {
			return tx.SaveMembership(loner(), usher.Membership{UserID: 1000 + id, Role: usher.RoleMember, State: usher.Pending, Invitation: usher.Invitation{ID: id, InvitedBy: id}})
		}},
		{"who is in a team", func(tx usher.Tx, id int64) error {
			return tx.SaveTeamMember(loner(), usher.TeamMember{TeamID: 700, UserID: id})
		}},
		{"who has a seat", func(tx usher.Tx, id int64) error {
			return tx.InsertSeats(loner(), []usher.Seat{seat(0, id, id, day(2))})
		}},
		{"whom an event concerns", func(tx usher.Tx, id int64) error {
			return tx.InsertEvents(loner(), []usher.Event{{Number: id, At: day(1), UserID: id}})
		}},
		{"who did what an event tells", func(tx usher.Tx, id int64) error {
			return tx.InsertEvents(loner(), []usher.Event{{Number: id, At: day(1), Actor: usher.Actor{UserID: id}}})
		}},
	} {
		id := int64(nobody + 1 + i)
		b.update(func(tx usher.Tx) error { return who.know(tx, id) })
		equal(b, "accounts that know "+who.name, knowing(id), []usher.AccountRef{loner()})
	}
	b.update(func(tx usher.Tx) error {
		for _, ref := range []usher.AccountRef{octo(), enterprise()} {
			if err := tx.SaveMembership(ref, usher.Membership{UserID: nobody, Role: usher.RoleOwner, State: usher.Active}); err != nil {
				return err
			}
		}
		return tx.InsertEvents(loner(), []usher.Event{{Number: 1, At: day(1), UserID: nobody, Actor: usher.Actor{UserID: nobody}}})
	})
	equal(b, "accounts of several kinds", knowing(nobody), []usher.AccountRef{enterprise(), octo(), loner()})
}

func tokenWithout(b bench) {
	b.begin()
	tokens := []usher.Token{
		{ID: 1, Hash: usher.HashToken("nil"), Kind: usher.AppInstallation, OwnerID: 5},
		{ID: 2, Hash: usher.HashToken("empty"), Kind: usher.Classic, Scopes: []string{}, Permissions: map[string]string{}},
	}
	b.update(func(tx usher.Tx) error { return tx.InsertTokens(tokens) })
	equal(b, "token", token(b, "nil"), found[bearer]{bearer{tokens[0], nil}, true})
	equal(b, "token", token(b, "empty"), found[bearer]{bearer{tokens[1], nil}, true})
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
