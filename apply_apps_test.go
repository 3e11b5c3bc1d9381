package usher_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// oneKey and otherKey are public keys as a file has them, in one line.
var oneKey, otherKey = sync.OnceValue(newPublicKey), sync.OnceValue(newPublicKey)

func newPublicKey() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return strconv.Quote(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

// withBots has an app installed in two organizations, and another one in none.
func withBots() string {
	return fmt.Sprintf(`
apps:
  - slug: seat-bot
    id: 7
    client_id: Iv1.one
    name: Seat Bot
    owner: octodemo
    public_key: %s
    permissions: {members: write, organization_copilot_seat_management: write}
    installations:
      - {organization: OctoDemo, id: 11}
      - {organization: hubot, permissions: {members: read}}
  - {slug: idle-bot, client_id: Iv1.two, public_keys: [%s, %s]}
`, oneKey(), oneKey(), otherKey())
}

func botStage(t *testing.T) stage {
	t.Helper()
	s := play(t, smallCompany())
	s.applies(usher.ApplyOptions{}, withBots(),
		"+ app seat-bot", "+ app idle-bot", "+ octodemo: installation seat-bot", "+ hubot: installation seat-bot")
	return s
}

// botsOf are all apps and installations that are there.
func botsOf(s stage) (apps []usher.App, installations []usher.Installation) {
	s.Helper()
	err := s.store.View(background, func(tx usher.Reader) (err error) {
		if apps, err = tx.AllApps(); err != nil {
			return err
		}
		installations, err = tx.AllInstallations()
		return err
	})
	if err != nil {
		s.Fatalf("read the apps: %v", err)
	}
	return apps, installations
}

func TestApplyAddsApps(t *testing.T) {
	s := botStage(t)
	apps, installations := botsOf(s)
	for i := range apps {
		if got, want := len(apps[i].PublicKeys), i+1; got != want {
			t.Errorf("app %s has %d keys, want %d", apps[i].Slug, got, want)
		}
		apps[i].PublicKeys = nil
	}
	write := map[string]string{usher.PermissionMembers: usher.LevelWrite, usher.PermissionSeatManagement: usher.LevelWrite}
	wantApps := []usher.App{
		{ID: 7, ClientID: "Iv1.one", Slug: "seat-bot", Name: "Seat Bot", OwnerID: octodemo, Permissions: write, CreatedAt: noon, UpdatedAt: noon},
		{ID: 8, ClientID: "Iv1.two", Slug: "idle-bot", Name: "idle-bot", CreatedAt: noon, UpdatedAt: noon},
	}
	if diff := cmp.Diff(wantApps, apps); diff != "" {
		t.Errorf("apps (-want +got):\n%s", diff)
	}
	want := []usher.Installation{
		{ID: 11, AppID: 7, OrganizationID: octodemo, Permissions: write, CreatedAt: noon, UpdatedAt: noon},
		{ID: 12, AppID: 7, OrganizationID: hubot, Permissions: map[string]string{usher.PermissionMembers: usher.LevelRead}, CreatedAt: noon, UpdatedAt: noon},
	}
	if diff := cmp.Diff(want, installations); diff != "" {
		t.Errorf("installations (-want +got):\n%s", diff)
	}
	s.mint(7, 12)
}

func TestApplyChangesWhatTheFileSaysOfAnApp(t *testing.T) {
	s := botStage(t)
	plan := s.applies(usher.ApplyOptions{}, "apps: [{slug: Seat-Bot, description: Gives seats., name: Bot, owner: hubot}]",
		`~ app seat-bot name: "Seat Bot" to "Bot"`, `~ app seat-bot description: "" to "Gives seats."`, `~ app seat-bot owner: "octodemo" to "hubot"`)
	if got, want := plan.Others.Apps, 1; got != want {
		t.Errorf("apps that are left alone: %d, want %d", got, want)
	}
	s.applies(pruning(), "apps: [{slug: seat-bot, client_id: Iv1.two}, {slug: idle-bot, client_id: Iv1.one}]",
		`~ app seat-bot client_id: "Iv1.one" to "Iv1.two"`, `~ app idle-bot client_id: "Iv1.two" to "Iv1.one"`)
	s.settled(pruning(), s.desired(fmt.Sprintf("apps: [{slug: idle-bot, public_keys: [%s, %s]}]", otherKey(), oneKey()))) // in another order

	apps, _ := botsOf(s)
	one, other := fingerprint(apps[1].PublicKeys[0]), fingerprint(apps[1].PublicKeys[1])
	s.applies(usher.ApplyOptions{}, fmt.Sprintf("apps: [{slug: idle-bot, public_key: %s}]", otherKey()),
		fmt.Sprintf("~ app idle-bot public_keys: %q to %q", one+", "+other, other))
	apps, _ = botsOf(s)
	for _, app := range apps {
		if !app.UpdatedAt.After(noon) || app.UpdatedAt.After(noon.Add(time.Second)) || !app.CreatedAt.Equal(noon) {
			t.Errorf("%s was created at %v and updated at %v; the clock stands at noon", app.Slug, app.CreatedAt, app.UpdatedAt)
		}
	}
}

// fingerprint names a key as GitHub does.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])
}

func TestApplyRemovesInstallationsWithPruneAndTheirTokensWithThem(t *testing.T) {
	s := botStage(t)
	there, _ := s.mint(7, 11)
	gone, _ := s.mint(7, 12)
	file := "apps: [{slug: seat-bot, installations: [octodemo]}]"
	plan := s.applies(usher.ApplyOptions{}, file)
	if plan.Kept != 1 || len(plan.Accounts) != 0 {
		t.Errorf("kept %d, accounts %v; want one kept", plan.Kept, plan.Accounts)
	}
	if _, err := s.Authenticate(background, gone); err != nil {
		t.Errorf("what is kept: %v", err)
	}
	before := s.tagOfInstallations(7)
	s.applies(pruning(), file, "- hubot: installation seat-bot")
	if _, err := s.Authenticate(background, gone); kindOf(err) != usher.BadCredentials {
		t.Errorf("the token of an installation that is gone: got %v, want bad credentials", err)
	}
	if _, err := s.Authenticate(background, there); err != nil {
		t.Errorf("the token of another installation: %v", err)
	}
	if _, _, err := s.MintInstallationToken(background, usher.App{ID: 7}, 12, nil); kindOf(err) != usher.NotFound {
		t.Errorf("another token: got %v, want not found", err)
	}

	// Who still knows the id 12 gets into no other organization by it.
	s.applies(usher.ApplyOptions{}, "apps: [{slug: idle-bot, installations: [hubot]}]", "+ hubot: installation idle-bot")
	_, installations := botsOf(s)
	if got, want := installations[len(installations)-1].ID, int64(13); got != want {
		t.Errorf("the new installation has the id %d, want %d", got, want)
	}
	s.applies(usher.ApplyOptions{}, "apps: [{slug: seat-bot, installations: [{organization: hubot, id: 12, permissions: {members: read}}]}]", "+ hubot: installation seat-bot")
	if got := s.tagOfInstallations(7); got == before {
		t.Errorf("an installation has gone and come back while the clock stood, and the tag is still %s", got)
	}
}

func (s stage) tagOfInstallations(app int64) string {
	s.Helper()
	found, _, err := s.App(background, app, "")
	if err != nil {
		s.Fatalf("app: %v", err)
	}
	page, err := s.Installations(background, found, time.Time{}, usher.Page{Number: 1, PerPage: 30})
	if err != nil {
		s.Fatalf("installations: %v", err)
	}
	return fmt.Sprint(page.Edition)
}

func TestATokenThatMayDoMoreThanItsInstallationNowIsRevoked(t *testing.T) {
	s := botStage(t)
	all, _ := s.mint(7, 11)
	little, _, err := s.MintInstallationToken(background, usher.App{ID: 7}, 11, map[string]string{usher.PermissionMembers: usher.LevelRead})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, _ := s.mint(7, 12)
	before := s.tagOfInstallations(7)
	s.applies(usher.ApplyOptions{}, "apps: [{slug: seat-bot, permissions: {members: read}}]",
		`~ app seat-bot permissions: "members: write, organization_copilot_seat_management: write" to "members: read"`,
		`~ octodemo: installation seat-bot permissions: "members: write, organization_copilot_seat_management: write" to "members: read"`)
	if after := s.tagOfInstallations(7); after == before {
		t.Errorf("the tag is %s before and after", after)
	}
	for what, c := range map[string]struct {
		token string
		want  usher.Kind
	}{"more": {all, usher.BadCredentials}, "as much": {little, 0}, "of another installation": {elsewhere, 0}} {
		if _, err := s.Authenticate(background, c.token); kindOf(err) != c.want {
			t.Errorf("a token that may do %s: got %v, want %v", what, err, c.want)
		}
	}
	s.applies(usher.ApplyOptions{}, "apps: [{slug: seat-bot, permissions: {members: write}, installations: [octodemo, {organization: hubot, permissions: {}}]}]",
		`~ app seat-bot permissions: "members: read" to "members: write"`,
		`~ octodemo: installation seat-bot permissions: "members: read" to "members: write"`,
		`~ hubot: installation seat-bot permissions: "members: read" to ""`)
	if _, err := s.Authenticate(background, little); err != nil {
		t.Errorf("a token that may do less than its installation now: %v", err)
	}
	if _, err := s.Authenticate(background, elsewhere); kindOf(err) != usher.BadCredentials {
		t.Errorf("a token of an installation that may do nothing now: got %v, want bad credentials", err)
	}
}

func TestApplyRefusesAppsThatCannotBe(t *testing.T) {
	s := botStage(t)
	key := oneKey()
	const line = "w.yaml:2: "
	for _, c := range []struct{ app, want string }{
		{"{slug: seat-bot, id: 8}", `app "seat-bot": the id is 7, and not 8; it cannot be changed`},
		{"{slug: new-bot}", `app "new-bot": public_key is missing; without one nobody could say that they are the app`},
		{"{slug: seat-bot, public_keys: []}", `app "seat-bot": public_key is missing; without one nobody could say that they are the app`},
		{"{slug: new-bot, id: 7, public_key: " + key + "}", `app "new-bot": another app has the id 7; choose another, or leave it out`},
		{"{slug: new-bot, id: 9007199254740991, public_key: " + key + "}\n- {slug: newer-bot, public_key: " + key + "}", `app "newer-bot": there is no id left above the highest; give one`},
		{"{slug: idle-bot, client_id: Iv1.one}", `app "idle-bot": another app has the client_id "Iv1.one"; choose another`},
		{"{slug: idle-bot, client_id: x}\n- {slug: seat-bot, client_id: x}", `app "seat-bot": another app has the same client_id, on line 2; choose another`},
		{"{slug: idle-bot}\n- {slug: IDLE-bot}", `app "IDLE-bot": another app has the same slug, on line 2; choose another`},
		{"{slug: seat-bot, owner: ghost}", `app "seat-bot": owner "ghost" is not there; list it under organizations`},
		{"{slug: seat-bot, installations: [ghost]}", `app "seat-bot": organization "ghost" is not there; list it under organizations`},
		{"{slug: seat-bot, installations: [hubot, HUBOT]}", `app "seat-bot": installation 2: the app is already installed there, on line 2; remove one of the two`},
		{"{slug: seat-bot, installations: []}", `app "seat-bot": installations is an empty list, and the app has some: an empty list is an error, not a wish; leave the key out, or remove them one by one`},
		{"{slug: seat-bot, installations: [{organization: octodemo, id: 12}]}", `app "seat-bot": the id of the installation is 11, and not 12; it cannot be changed`},
		{"{slug: idle-bot, installations: [{organization: octodemo, id: 12}]}", `app "idle-bot": another installation has the id 12; choose another, or leave it out`},
		{"{slug: seat-bot, installations: [{organization: octodemo, permissions: {metadata: read}}]}", `app "seat-bot": the app itself has no permission "metadata": "read"; give it to the app too, or remove it here`},
		{"{slug: seat-bot, secret: x}", `app "seat-bot": unknown key "secret"; the keys here are slug, id, client_id, name, description, owner, public_key, public_keys, permissions, installations`},
	} {
		want := line + c.want
		if strings.Contains(c.app, "\n") {
			want = "w.yaml:3: " + c.want
		}
		s.refusesFile(pruning(), "apps:\n- "+c.app, want)
	}
	s.refusesFile(usher.ApplyOptions{}, "apps: []", "w.yaml:1: apps is an empty list, and there are some: an empty list is an error, not a wish; leave the key out")
}

// What a dump has of apps is what an installation that holds them has.
func TestADumpHasTheAppsAndAppliedChangesNothing(t *testing.T) {
	s := botStage(t)
	s.mint(7, 11)
	world, _ := s.dump()
	if len(world.Apps) != 2 || len(world.Installations) != 2 || len(world.Tokens) != 0 {
		t.Errorf("dumped %d apps, %d installations and %d tokens; want 2, 2 and none", len(world.Apps), len(world.Installations), len(world.Tokens))
	}
	file := written(t, world)
	s.settled(pruning(), s.desired(file))
	s.settled(usher.ApplyOptions{}, s.desired(file))
	s.applies(pruning(), "apps: [{slug: seat-bot, permissions: {}, installations: [hubot]}]",
		`~ app seat-bot permissions: "members: write, organization_copilot_seat_management: write" to ""`,
		`~ hubot: installation seat-bot permissions: "members: read" to ""`, "- octodemo: installation seat-bot")
	s.applies(pruning(), file,
		`~ app seat-bot permissions: "" to "members: write, organization_copilot_seat_management: write"`,
		"+ octodemo: installation seat-bot", `~ hubot: installation seat-bot permissions: "" to "members: read"`)
	again, _ := s.dump()
	sameDump(t, "applied after changes", again, world)
	loaded := onStage(t, world)
	again, _ = loaded.dump()
	sameDump(t, "loaded", again, world)
}

func TestApplyingAppsAloneBeginsAWorld(t *testing.T) {
	s := play(t, smallCompany())
	if err := s.Empty(background); err != nil {
		t.Fatal(err)
	}
	s.applies(usher.ApplyOptions{}, "apps: [{slug: bot, public_key: "+oneKey()+"}]", "+ app bot")
	if _, loaded, err := s.LoadFirst(background, smallCompany()); loaded || err != nil {
		t.Errorf("a seed is loaded over it: %t, error %v", loaded, err)
	}
}
