package usher_test

import (
	"context"
	"testing"
	"time"

	"github.com/usher-seats/usher"
)

// withApps is a world with the app 7 installed in octodemo as 11, the app 8 as 12, and a token of
// a seed for an installation.
func withApps() usher.World {
	seeded := withPermissions(usher.AppInstallation, "", octodemo, map[string]string{usher.PermissionSeatManagement: usher.LevelWrite})
	seeded.ID, seeded.Hash = 1, usher.HashToken("seeded")
	w := guarded(seeded)
	w.Apps = []usher.App{{ID: 7, Slug: "seat-bot"}, {ID: 8, Slug: "other-bot"}}
	may := map[string]string{usher.PermissionSeatManagement: usher.LevelWrite, usher.PermissionMembers: usher.LevelRead}
	w.Installations = []usher.Installation{
		{ID: 11, AppID: 7, OrganizationID: octodemo, Permissions: may},
		{ID: 12, AppID: 8, OrganizationID: octodemo, Permissions: may},
	}
	return w
}

// mint has an app ask for a token, for all that its installation may.
func (s stage) mint(app, installation int64) (string, usher.Token) {
	s.Helper()
	text, token, err := s.MintInstallationToken(context.Background(), usher.App{ID: app}, installation, nil)
	if err != nil {
		s.Fatalf("mint: %v", err)
	}
	return text, token
}

// tokensLeft is how many of these tokens the database still has.
func (s stage) tokensLeft(ids []int64) (left int) {
	s.Helper()
	err := s.store.View(context.Background(), func(tx usher.Reader) error {
		kinds, err := tx.TokenKinds(ids)
		left = len(kinds)
		return err
	})
	if err != nil {
		s.Fatalf("kinds: %v", err)
	}
	return left
}

func TestTokensOfAnInstallationAreRemovedWhenTheyHaveExpired(t *testing.T) {
	s := play(t, withApps())
	var mine, theirs []int64
	for range 150 {
		_, token := s.mint(7, 11)
		mine = append(mine, token.ID)
	}
	_, other := s.mint(8, 12)
	theirs = append(theirs, other.ID)
	if got := s.tokensLeft(mine); got != 150 {
		t.Errorf("got %d tokens, want 150: none has expired", got)
	}

	// A change that began before finds it expired, whoever gets a token meanwhile.
	s.wall.set(noon.Add(time.Hour))
	s.mint(7, 11)
	_, err := s.GrantUsers(background, usher.OrganizationRef(octodemo), []string{"ada"}, usher.By{Actor: usher.Actor{TokenID: mine[0]}})
	if got := s.tokensLeft(mine); got != 150 || kindOf(err) != usher.BadCredentials {
		t.Errorf("just expired: got %d tokens and a grant with %v, want 150 and bad credentials", got, err)
	}

	s.wall.set(noon.Add(time.Hour + 10*time.Minute))
	for _, want := range []int{50, 0, 0} {
		s.mint(7, 11)
		if got := s.tokensLeft(mine); got != want {
			t.Errorf("after another one: got %d expired tokens, want %d", got, want)
		}
	}
	if got := s.tokensLeft(theirs); got != 1 {
		t.Error("another installation's token went with them")
	}
	if _, err := s.Authenticate(context.Background(), "seeded"); err != nil {
		t.Errorf("a seed's token: %v", err)
	}
}

func TestAnAuditLogTellsTheKindOfATokenThatIsGone(t *testing.T) {
	s := play(t, withApps())
	by := func(text string) usher.By {
		caller, err := s.Authenticate(context.Background(), text)
		if err != nil {
			t.Fatalf("authenticate: %v", err)
		}
		return usher.By{Actor: caller.Actor()}
	}
	text, token := s.mint(7, 11)
	org := usher.OrganizationRef(octodemo)
	if _, err := s.GrantUsers(context.Background(), org, []string{"ada"}, by(text)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GrantUsers(context.Background(), org, []string{"bob"}, by("seeded")); err != nil {
		t.Fatal(err)
	}
	s.wall.set(noon.Add(2 * time.Hour))
	s.mint(7, 11)
	if got := s.tokensLeft([]int64{token.ID}); got != 0 {
		t.Fatal("the token is not gone")
	}
	page, err := s.AuditLog(context.Background(), org, usher.AuditQuery{Action: "copilot.cfb_seat_added", PerPage: 10})
	if err != nil || len(page.Events) != 2 {
		t.Fatalf("got %d events (%v), want 2", len(page.Events), err)
	}
	for _, e := range page.Events {
		if e.TokenKind != usher.AppInstallation {
			t.Errorf("event %d by token %d: got the kind %q, want an installation's", e.Number, e.Actor.TokenID, e.TokenKind)
		}
	}
}

func TestMintingATokenIsNoEvent(t *testing.T) {
	s := play(t, withApps())
	org := usher.OrganizationRef(octodemo)
	last := func() int64 {
		var account usher.Account
		err := s.store.View(context.Background(), func(tx usher.Reader) (err error) {
			account, _, err = tx.Account(usher.AccountName{Kind: org.Kind, ID: org.ID})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return account.LastEvent
	}
	before := last()
	s.mint(7, 11)
	if got := last(); got != before {
		t.Errorf("got %d events, want %d", got, before)
	}
}

func TestAnInstallationIsOfItsOwnAppAlone(t *testing.T) {
	s := play(t, withApps())
	for installation, app := range map[int64]int64{11: 8, 12: 7, 99: 7, 0: 7} {
		_, _, err := s.MintInstallationToken(context.Background(), usher.App{ID: app}, installation, nil)
		if kindOf(err) != usher.NotFound {
			t.Errorf("installation %d of app %d: got %v, want not found", installation, app, err)
		}
	}
}

// A reset that comes between an app's question and its answer leaves no token of the world before.
func TestATokenIsNotMintedForAnInstallationOfTheWorldBefore(t *testing.T) {
	s := play(t, withApps())
	text, _ := s.mint(7, 11)
	if _, err := s.Load(context.Background(), guarded()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.MintInstallationToken(context.Background(), usher.App{ID: 7}, 11, nil); kindOf(err) != usher.NotFound {
		t.Errorf("got %v, want not found", err)
	}
	if _, err := s.Authenticate(context.Background(), text); kindOf(err) != usher.BadCredentials {
		t.Errorf("a token of the world before: got %v, want bad credentials", err)
	}
}

// Whatever an app has minted, the other tokens are numbered on, and so is everything else.
func TestTokensThatAppsMintLeaveTheOthersTheirNumbers(t *testing.T) {
	s := play(t, withApps())
	_, minted := s.mint(7, 11)
	for _, want := range []int64{4, 5} { // the number of what was minted is 3
		_, made, err := s.CreateToken(background, usher.TokenRequest{Kind: usher.Classic, User: "hal", Scopes: []string{"read:org"}}, usher.By{})
		if err != nil || made.Token.ID != want {
			t.Errorf("got the id %d, error %v; want %d beside the minted %d", made.Token.ID, err, want, minted.ID)
		}
	}
}
