package usher_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

var firstTokens = usher.Page{Number: 1, PerPage: 100}

// makes makes a token.
func (s stage) makes(wanted usher.TokenRequest) (text string, made usher.ListedToken) {
	s.Helper()
	text, made, err := s.CreateToken(background, wanted, usher.By{})
	if err != nil {
		s.Fatalf("making a token %+v: %v", wanted, err)
	}
	return text, made
}

func (s stage) tokens() []usher.ListedToken {
	s.Helper()
	found, err := s.ListTokens(background, firstTokens)
	if err != nil || found.Total != int64(len(found.Tokens)) {
		s.Fatalf("listing %d of %d tokens: %v", len(found.Tokens), found.Total, err)
	}
	return found.Tokens
}

func TestATokenOfEachKindIsMadeListedAndGood(t *testing.T) {
	s := play(t, withTokens())
	const members = usher.PermissionMembers
	admin := usher.By{Actor: usher.Actor{UserID: userID("cyd"), TokenID: 77}, RequestID: "F0:7"}
	for _, wanted := range []usher.TokenRequest{
		{Kind: usher.Classic, User: "ADA", Scopes: []string{"admin:org", "read:org", "admin:org"}, Note: "für ada"},
		{Kind: usher.OAuth, User: "lee", ExpiresAt: noon.Add(time.Hour)},
		{Kind: usher.FineGrained, User: "ada", Owner: "OctoDemo", Permissions: map[string]string{members: "read"}, Lifetime: time.Minute},
		{Kind: usher.AppUser, User: "ada", Owner: "octodemo"},
		{Kind: usher.AppInstallation, Owner: "octodemo", Permissions: map[string]string{usher.PermissionEntitlements: "read", "contents": "write"}},
		{Kind: usher.Classic, User: "ada", Scopes: []string{"site_admin"}}, // who is one
	} {
		text, made, err := s.CreateToken(background, wanted, admin)
		if err != nil {
			t.Fatalf("%+v: %v", wanted, err)
		}
		token := made.Token
		want := usher.Token{
			ID: token.ID, Hash: usher.HashToken(text), Kind: wanted.Kind, Scopes: usher.NormalScopes(wanted.Scopes), Permissions: wanted.Permissions, Note: wanted.Note,
			Minted: true, CreatedAt: noon, CreatedBy: userID("cyd"), ExpiresAt: wanted.ExpiresAt,
		}
		if wanted.User != "" {
			want.UserID = userID(wanted.User)
		}
		if wanted.Owner != "" {
			want.OwnerID = octodemo
		}
		if wanted.Lifetime != 0 {
			want.ExpiresAt = noon.Add(wanted.Lifetime)
		}
		if diff := cmp.Diff(want, token); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", wanted, diff)
		}
		if !strings.EqualFold(made.User, wanted.User) || !strings.EqualFold(made.Owner, wanted.Owner) || made.CreatedBy != "cyd" || made.Expired {
			t.Errorf("%+v: got %+v", wanted, made)
		}
		caller, err := s.Authenticate(background, text)
		if err != nil || caller.Token.ID != token.ID || (caller.User != nil) != (wanted.User != "") {
			t.Errorf("%+v: it speaks for %+v (error %v)", wanted, caller, err)
		}
		if listed := s.tokens(); !cmp.Equal(listed[len(listed)-1].Token, token) {
			t.Errorf("%+v: got %+v in the list, want %+v", wanted, listed[len(listed)-1].Token, token)
		}
	}
	s.sound()
}

func TestWhatMakesNoSenseOfATokenIsRefusedWithTheReason(t *testing.T) {
	s := play(t, withTokens())
	s.forgets("cyd")
	before := enginetest.Dump(t, s.database)
	classic := func(change func(*usher.TokenRequest)) usher.TokenRequest {
		wanted := usher.TokenRequest{Kind: usher.Classic, User: "ada"}
		change(&wanted)
		return wanted
	}
	for want, wanted := range map[string]usher.TokenRequest{
		`There is no token of the kind "deploy". The kinds are classic, oauth, fine_grained, app_user, app_installation.`: {Kind: "deploy", User: "ada"},
		"A token of the kind classic needs its user.":                                                          {Kind: usher.Classic},
		"A token of the kind oauth has no owner.":                                                              {Kind: usher.OAuth, User: "ada", Owner: "octodemo"},
		"A token of the kind classic has no permissions.":                                                      classic(func(r *usher.TokenRequest) { r.Permissions = map[string]string{"members": "read"} }),
		"A token of the kind fine_grained needs its owner.":                                                    {Kind: usher.FineGrained, User: "ada"},
		"A token of the kind app_user has no scopes.":                                                          {Kind: usher.AppUser, User: "ada", Owner: "octodemo", Scopes: []string{"user"}},
		"A token of the kind app_installation has no user.":                                                    {Kind: usher.AppInstallation, User: "ada", Owner: "octodemo"},
		`There is nobody with the login "nobody".`:                                                             {Kind: usher.Classic, User: "nobody"},
		`There is no organization with the login "octo-global".`:                                               {Kind: usher.AppInstallation, Owner: "octo-global"},
		"lee is not a member of octodemo, and a token of the kind fine_grained is good for nothing elsewhere.": {Kind: usher.FineGrained, User: "lee", Owner: "octodemo"},
		"forgotten-3 was forgotten, and has no tokens any more.":                                               {Kind: usher.Classic, User: "forgotten-3"},
		"Bob is not a site administrator: the scope site_admin would give them nothing. A world that is applied says who is one, with site_admin: true.": {Kind: usher.Classic, User: "bob", Scopes: []string{"site_admin"}},
		"The permission members is read or write, not \"admin\".":             {Kind: usher.AppInstallation, Owner: "octodemo", Permissions: map[string]string{"members": "admin"}},
		"A note has at most 200 bytes.":                                       classic(func(r *usher.TokenRequest) { r.Note = strings.Repeat("é", 101) }),
		"A note has one line, of characters that can be printed.":             classic(func(r *usher.TokenRequest) { r.Note = "a\x1b[31m" }),
		"A token expires at an instant or after a time: give one of the two.": classic(func(r *usher.TokenRequest) { r.ExpiresAt, r.Lifetime = noon.Add(time.Hour), time.Hour }),
		"The token would have expired already: it is 2026-11-11T12:00:00Z.":   classic(func(r *usher.TokenRequest) { r.ExpiresAt = noon }),
		"A token expires in the year 9999 at the latest, or never.":           classic(func(r *usher.TokenRequest) { r.ExpiresAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) }),
	} {
		text, _, err := s.CreateToken(background, wanted, usher.By{})
		if kindOf(err) != usher.Invalid || err.Error() != want || text != "" {
			t.Errorf("got %q and %v, want %s", text, err, want)
		}
	}
	for _, unknown := range []usher.TokenRequest{
		{Kind: usher.Classic, User: "ada", Scopes: []string{"admin:org", "admin:orgs"}},
		{Kind: usher.AppInstallation, Owner: "octodemo", Permissions: map[string]string{"members": "read", "admin:orgs": "read"}},
	} {
		_, _, err := s.CreateToken(background, unknown, usher.By{})
		if err == nil || !strings.Contains(err.Error(), `"admin:orgs". usher looks at `) || !strings.Contains(err.Error(), ". It also knows ") {
			t.Errorf("got %v, want an error that lists what is known", err)
		}
	}
	if diff := cmp.Diff(before, enginetest.Dump(t, s.database)); diff != "" {
		t.Errorf("something has changed:\n%s", diff)
	}
}

func TestEachScopeAndPermissionThatUsherAsksForCanBeGiven(t *testing.T) {
	t.Parallel()
	scopes, permissions := usher.KnownScopes(), usher.KnownPermissions()
	for _, list := range [][]string{scopes, permissions} {
		if sorted := slices.Compact(slices.Sorted(slices.Values(list))); len(sorted) != len(list) {
			t.Errorf("something is in this list twice: %v", list)
		}
	}
	for _, scope := range []string{"manage_billing:copilot", "read:org", "write:org", "admin:org", "user", "read:enterprise", "admin:enterprise", "read:audit_log", "audit_log", "site_admin"} {
		if !slices.Contains(scopes, scope) {
			t.Errorf("the scope %s is not known", scope)
		}
	}
	for _, name := range []string{usher.PermissionSeatManagement, usher.PermissionAdministration, usher.PermissionMembers, usher.PermissionMetrics, usher.PermissionEntitlements} {
		if !slices.Contains(permissions, name) {
			t.Errorf("the permission %s is not known", name)
		}
	}
}

func TestMakingAndRevokingATokenAreEventsWhereItsUserIsKnown(t *testing.T) {
	s := play(t, withTokens())
	admin := usher.By{Actor: usher.Actor{UserID: userID("cyd"), TokenID: 77}, RequestID: "F0:8"}
	events := func() map[string][]string {
		got := map[string][]string{}
		for _, account := range dump(t, s.store).Accounts {
			for _, e := range account.Events {
				if e.Action == usher.TokenCreated || e.Action == usher.TokenRevoked {
					if e.Actor != admin.Actor || e.RequestID != "F0:8" {
						t.Errorf("%s: the event is %+v", account.Account.Login, e)
					}
					got[account.Account.Login] = append(got[account.Account.Login], fmt.Sprintf("%s of %d: %s from %q to %q", e.Action, e.UserID, e.Change.Field, e.Change.Old, e.Change.New))
				}
			}
		}
		return got
	}
	create := func(wanted usher.TokenRequest) int64 {
		t.Helper()
		_, made, err := s.CreateToken(background, wanted, admin)
		if err != nil {
			t.Fatal(err)
		}
		return made.Token.ID
	}
	ids := []int64{
		create(usher.TokenRequest{Kind: usher.Classic, User: "ada"}),
		create(usher.TokenRequest{Kind: usher.FineGrained, User: "ada", Owner: "octodemo"}),
		create(usher.TokenRequest{Kind: usher.AppInstallation, Owner: "octodemo"}),
		create(usher.TokenRequest{Kind: usher.Classic, User: "jon"}), // whom no account knows
	}
	for _, id := range ids {
		for before := range 2 { // again changes nothing
			_, already, err := s.RevokeToken(background, id, admin)
			if err != nil || already != (before == 1) {
				t.Errorf("revoking %d: revoked before: %t, %v", id, already, err)
			}
		}
	}
	creation := func(i int, user int64) string {
		return fmt.Sprintf(`usher.create_token of %d: token_id from "" to "%d"`, user, ids[i])
	}
	revocation := func(i int, user int64) string {
		return fmt.Sprintf(`usher.revoke_token of %d: token_id from "%d" to ""`, user, ids[i])
	}
	classic := []string{creation(0, 1), revocation(0, 1)}
	want := map[string][]string{
		"octo-global": classic, "hubot": classic, "bare": classic,
		"octodemo": {creation(0, 1), creation(1, 1), creation(2, 0), revocation(0, 1), revocation(1, 1), revocation(2, 0)},
	}
	if diff := cmp.Diff(want, events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.sound()
}

func TestARevokedTokenIsNoneForReadingAndForWritingThatHasBegun(t *testing.T) {
	s := play(t, withTokens())
	text, made := s.makes(usher.TokenRequest{Kind: usher.Classic, User: "ada", Scopes: []string{"admin:org"}})
	caller, err := s.Authenticate(background, text)
	if err != nil {
		t.Fatal(err)
	}
	revoked, _, err := s.RevokeToken(background, made.Token.ID, usher.By{Actor: caller.Actor()}) // by itself
	if err != nil || !revoked.Token.RevokedAt.Equal(noon) {
		t.Fatalf("revoking: got %+v, %v", revoked, err)
	}
	before := enginetest.Dump(t, s.database)
	apply := func(file string) error {
		_, err := s.Apply(background, s.desired(file), usher.ApplyOptions{}, 10, usher.By{Actor: caller.Actor()})
		return err
	}
	_, planned := s.PlanApply(background, s.desired("users: [{login: mia}]"), usher.ApplyOptions{}, usher.By{Actor: caller.Actor()})
	_, authenticated := s.Authenticate(background, text)
	_, granted := s.GrantUsers(background, usher.OrganizationRef(octodemo), []string{"ada"}, usher.By{Actor: caller.Actor()})
	_, _, created := s.CreateToken(background, usher.TokenRequest{Kind: usher.Classic, User: "jon"}, usher.By{Actor: caller.Actor()}) // whom no account knows
	_, _, revoking := s.RevokeToken(background, 5, usher.By{Actor: caller.Actor()})
	for what, err := range map[string]error{
		"authenticating": authenticated, "granting": granted, "making a token": created, "revoking one": revoking, "going on": s.StillCaller(background, caller),
		"planning a file":        planned,
		"applying a user":        apply("users: [{login: ada, site_admin: true}]"),
		"applying a member":      apply("organizations: [{login: octodemo, members: [jon]}]"),
		"applying an enterprise": apply("enterprises: [{slug: octo-global, owners: [jon]}]"),
		"applying a token":       apply("tokens: [{token: ghp_back_door, kind: classic, user: ada, scopes: [site_admin]}]"),
		"applying nothing":       apply("users: []"),
	} {
		if kindOf(err) != usher.BadCredentials {
			t.Errorf("%s: got %v, want bad credentials", what, err)
		}
	}
	if diff := cmp.Diff(before, enginetest.Dump(t, s.database)); diff != "" {
		t.Errorf("something has changed:\n%s", diff)
	}
	if _, _, err := s.RevokeToken(background, 404, usher.By{}); kindOf(err) != usher.NotFound {
		t.Errorf("revoking what is not there: got %v", err)
	}
}

func TestAMintedTokenExpiresByTheWallClockAndASeededOneByTheWorldClock(t *testing.T) {
	wall := noon
	database := enginetest.Database(t)
	store, err := sqlstore.Open(t.Context(), database, sqlstore.Options{Wall: func() time.Time { return wall }, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s := usher.NewService(store)
	world := withTokens()
	world.Tokens[0].ExpiresAt = noon.Add(time.Hour)
	world.Clock = usher.Clock{}
	if _, err := s.Load(t.Context(), world); err != nil {
		t.Fatal(err)
	}
	minted, made, err := s.CreateToken(t.Context(), usher.TokenRequest{Kind: usher.Classic, User: "ada", Lifetime: time.Hour}, usher.By{})
	if err != nil {
		t.Fatal(err)
	}
	good := func(token string) bool {
		_, err := s.Authenticate(t.Context(), token)
		return err == nil
	}
	if _, err := s.AdvanceClock(t.Context(), usher.ClockMove{By: 2 * time.Hour}, 1); err != nil {
		t.Fatal(err)
	}
	if good("ghp_ada") || !good(minted) {
		t.Errorf("two hours of world time later: the seeded one is good: %t, the minted one: %t", good("ghp_ada"), good(minted))
	}
	wall = noon.Add(time.Hour - time.Microsecond)
	if !good(minted) {
		t.Error("the minted one expires too early")
	}
	wall = noon.Add(time.Hour)
	found, err := s.ListTokens(t.Context(), firstTokens)
	if good(minted) || err != nil || !found.Tokens[len(found.Tokens)-1].Expired || !found.Tokens[0].Expired || found.Tokens[1].Expired {
		t.Errorf("at its end the minted one is good: %t; listed: %+v (%v)", good(minted), found.Tokens, err)
	}
	if err := s.StillCaller(t.Context(), &usher.Caller{Token: made.Token}); kindOf(err) != usher.BadCredentials {
		t.Errorf("what has begun: got %v, want bad credentials", err)
	}
}

func TestIdsOfTokensAreGivenOnce(t *testing.T) {
	world := withTokens()
	world.Tokens[5].ID = 4000 // a gap, as where tokens were removed
	s := play(t, world)
	seen := map[int64]bool{}
	for range 3 {
		_, made := s.makes(usher.TokenRequest{Kind: usher.Classic, User: "ada"})
		if id := made.Token.ID; id <= 4000 || seen[id] {
			t.Errorf("got the id %d", id)
		}
		seen[made.Token.ID] = true
	}
}

func TestTheDayOfLastUseIsTheLatest(t *testing.T) {
	s := play(t, withTokens())
	day := noon.Truncate(24 * time.Hour)
	for _, used := range []time.Time{day, day.AddDate(0, 0, 2), day.AddDate(0, 0, 1)} {
		if err := s.TokensUsed(background, []int64{1, 3, 404}, used); err != nil {
			t.Fatal(err)
		}
	}
	got := map[int64]time.Time{}
	for _, token := range s.tokens() {
		if !token.Token.LastUsedOn.IsZero() {
			got[token.Token.ID] = token.Token.LastUsedOn
		}
	}
	if want := day.AddDate(0, 0, 2); !maps.Equal(got, map[int64]time.Time{1: want, 3: want}) {
		t.Errorf("got %v", got)
	}
	s.sound()
}

func TestCheckFindsTokensThatMakeNoSense(t *testing.T) {
	s := play(t, withTokens())
	tokens := []usher.Token{
		{ID: 101, Kind: usher.Classic, UserID: 99},
		{ID: 102, Kind: usher.FineGrained, UserID: 1, OwnerID: octodemo, Scopes: []string{"user"}},
		{ID: 103, Kind: usher.AppInstallation, UserID: 1, OwnerID: 404},
		{ID: 104, Kind: usher.OAuth, UserID: 1, OwnerID: octodemo, Permissions: map[string]string{"members": "read"}, CreatedBy: 99},
		{ID: 105, Kind: "deploy", UserID: 99},
		{ID: 106, Kind: usher.AppUser, Minted: true, LastUsedOn: noon},
	}
	for i := range tokens {
		tokens[i].Hash = usher.HashToken(fmt.Sprint(i))
	}
	if err := s.store.Update(background, func(tx usher.Tx) error { return tx.InsertTokens(tokens) }); err != nil {
		t.Fatal(err)
	}
	got, err := s.Check(background)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"token 101: its user 99 does not exist",
		"token 102: its kind is fine_grained, and it has scopes",
		"token 103: its kind is app_installation, and its user 1",
		"token 103: its owner 404 does not exist",
		"token 104: its kind is oauth, and its owner 9919",
		"token 104: its kind is oauth, and it has permissions",
		"token 104: user 99, who made it, does not exist",
		`token 105: its kind is "deploy"`,
		"token 106: its kind is app_user, and its user 0",
		"token 106: its kind is app_user, and its owner 0",
		"token 106: it was made here, and it is not known when",
		"token 106: it was used last at 2026-11-11T12:00:00Z, which is no day",
	}
	want[4] = fmt.Sprintf("token 104: its kind is oauth, and its owner %d", octodemo)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
}

func TestAnEmptyDatabaseBeginsOnce(t *testing.T) {
	t.Parallel()
	store, err := sqlstore.Open(t.Context(), enginetest.Database(t), sqlstore.Options{Wall: func() time.Time { return noon }, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s := usher.NewService(store)
	holds := func() bool {
		holds, err := s.Holds(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return holds
	}
	if holds() {
		t.Error("an empty database holds something")
	}
	token, begun, err := s.Begin(t.Context())
	if err != nil || !begun || !holds() {
		t.Fatalf("beginning: begun %t, holds %t, %v", begun, holds(), err)
	}
	caller, err := s.Authenticate(t.Context(), token)
	if err != nil || usher.AuthorizeSelf(*caller, usher.AdministerSite()) != nil || !caller.User.SiteAdmin || caller.User.Login != usher.FirstAdministrator {
		t.Errorf("the administrator is %+v (%v)", caller, err)
	}
	if again, begun, err := s.Begin(t.Context()); err != nil || begun || again != "" {
		t.Errorf("again: got %q, %t, %v", again, begun, err)
	}
	if _, loaded, err := s.LoadFirst(t.Context(), withTokens()); err != nil || loaded {
		t.Errorf("loading over it: loaded %t, %v", loaded, err)
	}
	if broken, err := s.Check(t.Context()); err != nil || len(broken) > 0 {
		t.Errorf("check: %v, %v", broken, err)
	}
	if _, err := s.Load(t.Context(), withTokens()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), token); kindOf(err) != usher.BadCredentials {
		t.Errorf("after a reset to a seed: got %v, want bad credentials", err)
	}
}
