package seed_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

func now() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func ago(d time.Duration) time.Time { return now().Add(-d) }

const day = 24 * time.Hour

func parse(t *testing.T, data string) usher.World {
	t.Helper()
	world, err := seed.Parse("w.yaml", []byte(data), now(), seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return world
}

func member(id int64) usher.Membership {
	return usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active}
}

func owner(id int64) usher.Membership {
	return usher.Membership{UserID: id, Role: usher.RoleOwner, State: usher.Active}
}

// blocked is the subscription that most of the demo world's organizations have.
func blocked() *usher.Subscription {
	return &usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignSelected, PublicCodeSuggestions: "block",
		IDEChat: "unconfigured", PlatformChat: "unconfigured", CLI: "unconfigured", BillingSetUp: true, CycleDay: 1,
	}
}

func TestTheDemoWorldIsWhatItsFileSays(t *testing.T) {
	t.Parallel()
	got := parse(t, string(seed.Demo()))
	got.Digest = ""

	enterprise, demo := usher.EnterpriseRef(42), usher.OrganizationRef(9919)
	corporate := blocked()
	corporate.Plan = usher.PlanEnterprise
	open := blocked()
	open.IDEChat, open.PlatformChat, open.CLI = "enabled", "enabled", "enabled"
	everyone := &usher.Subscription{
		Plan: usher.PlanEnterprise, SeatManagement: usher.AssignAll, PublicCodeSuggestions: "allow",
		IDEChat: "enabled", PlatformChat: "disabled", CLI: "unconfigured", BillingSetUp: true, CycleDay: 1,
	}
	noPolicy, noBilling, badCard := blocked(), blocked(), blocked()
	noPolicy.PublicCodeSuggestions = "unconfigured"
	noBilling.BillingSetUp = false
	badCard.PaymentProblem = true
	small := func(id int64, login string, s *usher.Subscription) usher.WorldAccount {
		return usher.WorldAccount{
			Account:     usher.Account{Ref: usher.OrganizationRef(id), Login: login, Subscription: s},
			Memberships: []usher.Membership{owner(1001), member(1)},
		}
	}
	want := usher.World{
		Users: []usher.User{
			{ID: 1001, Login: "monalisa", Name: "Mona Lisa Octocat", TimeZone: "America/New_York"},
			{ID: 1, Login: "octocat"},
			{ID: 2, Login: "octokitten"},
			{ID: 3, Login: "hubot"},
			{ID: 4, Login: "defunkt"},
			{ID: 5, Login: "mojombo"},
			{ID: 6, Login: "pjhyett"},
			{ID: 7, Login: "newhire"},
			{ID: 8, Login: "outsider"},
			{ID: 9, Login: "billing-betty"},
		},
		Accounts: []usher.WorldAccount{
			{
				Account:     usher.Account{Ref: enterprise, Login: "octo-enterprise", Name: "Octo Enterprise", Subscription: corporate},
				Memberships: []usher.Membership{owner(1001), {UserID: 9, Role: usher.RoleBillingManager, State: usher.Active}},
				Teams:       []usher.Team{{Account: enterprise, ID: 1, Slug: "platform", Name: "Platform", Privacy: "closed", CreatedAt: now(), UpdatedAt: now()}},
				TeamMembers: []usher.TeamMember{{TeamID: 1, UserID: 1}, {TeamID: 1, UserID: 3}},
				Grants:      []usher.WorldGrant{{Kind: usher.TeamGrant, SubjectID: 1}},
			},
			{
				Account: usher.Account{Ref: demo, Login: "octodemo", EnterpriseID: 42, Subscription: open},
				Memberships: []usher.Membership{
					owner(1001), member(1), member(2), member(3), member(4), member(5), member(6),
					{UserID: 7, Role: usher.RoleMember, State: usher.Pending},
				},
				Teams: []usher.Team{
					{Account: demo, ID: 1, Slug: "justice-league", Name: "Justice League", Description: "A great team.", Privacy: "closed", CreatedAt: now(), UpdatedAt: now()},
					{Account: demo, ID: 2, Slug: "sidekicks", Name: "Sidekicks", Privacy: "closed", ParentID: 1, CreatedAt: now(), UpdatedAt: now()},
					{Account: demo, ID: 3, Slug: "avengers", Name: "Avengers", Privacy: "closed", CreatedAt: now(), UpdatedAt: now()},
				},
				TeamMembers: []usher.TeamMember{
					{TeamID: 1, UserID: 1001, Maintainer: true},
					{TeamID: 1, UserID: 1},
					{TeamID: 1, UserID: 3},
					{TeamID: 2, UserID: 4},
					{TeamID: 3, UserID: 1},
					{TeamID: 3, UserID: 5},
				},
				Grants: []usher.WorldGrant{
					{Kind: usher.DirectGrant, SubjectID: 2, At: ago(58 * day), Cancelled: true},
					{Kind: usher.DirectGrant, SubjectID: 1, At: ago(109 * day)},
					{Kind: usher.TeamGrant, SubjectID: 1},
				},
				Activity: []usher.WorldActivity{
					{UserID: 1, Activity: usher.Activity{At: ago(time.Minute), Editor: "vscode/1.96.4/copilot/1.261.0"}},
					{UserID: 1, Activity: usher.Activity{AuthenticatedAt: ago(2 * day)}},
					{UserID: 2, Activity: usher.Activity{At: ago(38 * day), Editor: "JetBrains-IU/243.23654.189/copilot-intellij/1.5.32-242"}},
				},
			},
			{
				Account:     usher.Account{Ref: usher.OrganizationRef(9920), Login: "octolabs", EnterpriseID: 42, Subscription: everyone},
				Memberships: []usher.Membership{owner(1001), member(1), member(6)},
			},
			small(9921, "no-copilot", nil),
			small(9922, "no-policy", noPolicy),
			small(9923, "no-billing", noBilling),
			small(9924, "bad-card", badCard),
		},
	}
	classic := func(token string, user int64, scope string) usher.Token {
		return usher.Token{Hash: usher.HashToken(token), Kind: usher.Classic, UserID: user, Scopes: []string{scope}}
	}
	permitted := func(token string, kind usher.TokenKind, user int64, permission, level string) usher.Token {
		return usher.Token{Hash: usher.HashToken(token), Kind: kind, UserID: user, OwnerID: 9919, Permissions: map[string]string{permission: level}}
	}
	oauth := classic("gho_monalisa_oauth", 1001, "manage_billing:copilot")
	oauth.Kind = usher.OAuth
	expired := classic("ghp_expired", 1001, "admin:org")
	expired.ExpiresAt = ago(323 * day)
	want.Tokens = []usher.Token{
		classic("ghp_monalisa_billing", 1001, "manage_billing:copilot"),
		classic("ghp_monalisa_read_org", 1001, "read:org"),
		classic("ghp_monalisa_admin_org", 1001, "admin:org"),
		classic("ghp_monalisa_read_ent", 1001, "read:enterprise"),
		classic("ghp_monalisa_no_scope", 1001, "repo"),
		oauth,
		permitted("github_pat_monalisa_write", usher.FineGrained, 1001, usher.PermissionSeatManagement, "write"),
		permitted("github_pat_monalisa_read", usher.FineGrained, 1001, usher.PermissionAdministration, "read"),
		permitted("ghu_monalisa_app", usher.AppUser, 1001, usher.PermissionSeatManagement, "write"),
		permitted("ghs_octodemo_app", usher.AppInstallation, 0, usher.PermissionSeatManagement, "read"),
		classic("ghp_octocat_member", 1, "manage_billing:copilot"),
		classic("ghp_outsider", 8, "manage_billing:copilot"),
		classic("ghp_betty_billing", 9, "manage_billing:copilot"),
		expired,
	}
	for i := range want.Tokens {
		want.Tokens[i].ID = int64(i + 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsLeftOutHasItsDefault(t *testing.T) {
	t.Parallel()
	team := usher.Team{Account: usher.OrganizationRef(1), ID: 1, Slug: "core", Name: "Core", Privacy: "closed", CreatedAt: now(), UpdatedAt: now()}
	unset := &usher.Subscription{
		Plan: "business", SeatManagement: "unconfigured", PublicCodeSuggestions: "unconfigured",
		IDEChat: "unconfigured", PlatformChat: "unconfigured", CLI: "unconfigured", BillingSetUp: true, CycleDay: 1,
	}
	for _, c := range []struct{ name, seed string }{
		{"left out", "users: [{login: ann}]\norganizations:\n  - {login: acme, teams: [{name: Core}], copilot: {}}\n"},
		{"null", `{"now": null, "enterprises": null, "tokens": null,
			"users": [{"login": "ann", "id": null, "name": null, "email": null, "time_zone": null, "site_admin": null}],
			"organizations": [{"login": "acme", "id": null, "enterprise": null, "owners": null, "members": null, "invitations": null, "seats": null, "activity": null,
				"teams": [{"name": "Core", "slug": null, "description": null, "privacy": null, "parent": null, "maintainers": null, "members": null}],
				"copilot": {"plan": null, "seat_management": null, "public_code_suggestions": null, "ide_chat": null, "platform_chat": null, "cli": null,
					"billing": {"set_up": null, "payment_problem": null, "cycle_day": null}}}]}`},
		{"empty in YAML", "now:\nusers:\n  - login: ann\n    id:\norganizations:\n  - login: acme\n    teams:\n      - name: Core\n        parent:\n    copilot:\n      billing: {}\n    seats:\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := parse(t, c.seed)
			digest := sha256.Sum256([]byte(c.seed))
			want := usher.World{
				Digest: hex.EncodeToString(digest[:]),
				Users:  []usher.User{{ID: 1, Login: "ann"}},
				Accounts: []usher.WorldAccount{{
					Account: usher.Account{Ref: usher.OrganizationRef(1), Login: "acme", Subscription: unset},
					Teams:   []usher.Team{team},
				}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEverythingThatCanBeSaid(t *testing.T) {
	t.Parallel()
	got := parse(t, `{
		"organizations": [{
			"login": "Acme", "enterprise": "CORP", "owners": ["ann", "ann"], "members": ["ann", "BOB"], "invitations": ["cat", "cat"],
			"teams": [
				{"name": "B_1 x", "description": "line\nline", "privacy": "secret", "parent": "aa", "maintainers": ["bob"], "members": ["bob", "ann"]},
				{"name": "Other", "slug": "AA"}],
			"copilot": {"plan": "enterprise", "seat_management": "assign_selected", "billing": {"set_up": false, "payment_problem": true, "cycle_day": 28}},
			"seats": {"teams": ["AA", "B_1 X"], "users": ["cat", {"login": "bob", "at": "-1d", "cancel": true}]},
			"activity": [{"user": "bob", "at": "-1h", "editor": "vim", "authenticated_at": "-2h"}]
		}],
		"enterprises": [{
			"slug": "corp", "owners": ["ann"], "billing_managers": ["ann", "bob"],
			"copilot": {"seat_management": "assign_selected"},
			"teams": [{"name": "Ops", "slug": "ent:ops", "members": ["dan"]}],
			"seats": {"users": ["dan", "bob"], "teams": ["ENT:ops"]}
		}],
		"users": [{"login": "ann"}, {"login": "bob", "id": 7}, {"login": "cat"},
			{"login": "dan", "name": "D\ud83d\ude00", "email": "d@example.com", "time_zone": "Europe/Berlin", "site_admin": true}],
		"tokens": [{"token": "x", "kind": "classic", "user": "Ann", "scopes": ["repo", "repo"], "expires_at": "+1d"}]
	}`)
	got.Digest = ""
	acme, corp := usher.OrganizationRef(1), usher.EnterpriseRef(1)
	want := usher.World{
		Users: []usher.User{
			{ID: 8, Login: "ann"},
			{ID: 7, Login: "bob"},
			{ID: 9, Login: "cat"},
			{ID: 10, Login: "dan", Name: "D😀", Email: "d@example.com", TimeZone: "Europe/Berlin", SiteAdmin: true},
		},
		Accounts: []usher.WorldAccount{
			{
				Account: usher.Account{Ref: corp, Login: "corp", Subscription: &usher.Subscription{
					Plan: "business", SeatManagement: "assign_selected", PublicCodeSuggestions: "unconfigured",
					IDEChat: "unconfigured", PlatformChat: "unconfigured", CLI: "unconfigured", BillingSetUp: true, CycleDay: 1,
				}},
				Memberships: []usher.Membership{owner(8), {UserID: 7, Role: usher.RoleBillingManager, State: usher.Active}},
				Teams:       []usher.Team{{Account: corp, ID: 1, Slug: "ops", Name: "Ops", Privacy: "closed", CreatedAt: now(), UpdatedAt: now()}},
				TeamMembers: []usher.TeamMember{{TeamID: 1, UserID: 10}},
				Grants:      []usher.WorldGrant{{Kind: usher.DirectGrant, SubjectID: 10}, {Kind: usher.DirectGrant, SubjectID: 7}, {Kind: usher.TeamGrant, SubjectID: 1}},
			},
			{
				Account: usher.Account{Ref: acme, Login: "Acme", EnterpriseID: 1, Subscription: &usher.Subscription{
					Plan: "enterprise", SeatManagement: "assign_selected", PublicCodeSuggestions: "unconfigured",
					IDEChat: "unconfigured", PlatformChat: "unconfigured", CLI: "unconfigured", PaymentProblem: true, CycleDay: 28,
				}},
				Memberships: []usher.Membership{owner(8), member(7), {UserID: 9, Role: usher.RoleMember, State: usher.Pending}},
				Teams: []usher.Team{
					{Account: acme, ID: 1, Slug: "b_1-x", Name: "B_1 x", Description: "line\nline", Privacy: "secret", ParentID: 2, CreatedAt: now(), UpdatedAt: now()},
					{Account: acme, ID: 2, Slug: "AA", Name: "Other", Privacy: "closed", CreatedAt: now(), UpdatedAt: now()},
				},
				TeamMembers: []usher.TeamMember{{TeamID: 1, UserID: 7, Maintainer: true}, {TeamID: 1, UserID: 8}},
				Grants: []usher.WorldGrant{
					{Kind: usher.TeamGrant, SubjectID: 2},
					{Kind: usher.TeamGrant, SubjectID: 1},
					{Kind: usher.DirectGrant, SubjectID: 9},
					{Kind: usher.DirectGrant, SubjectID: 7, At: ago(day), Cancelled: true},
				},
				Activity: []usher.WorldActivity{{UserID: 7, Activity: usher.Activity{At: ago(time.Hour), Editor: "vim", AuthenticatedAt: ago(2 * time.Hour)}}},
			},
		},
		Tokens: []usher.Token{{ID: 1, Hash: usher.HashToken("x"), Kind: "classic", UserID: 8, Scopes: []string{"repo"}, ExpiresAt: now().Add(day)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIDsAndTeamIDsRunOnAcrossAccounts(t *testing.T) {
	t.Parallel()
	world := parse(t, `
enterprises:
  - {slug: one, teams: [{name: A}, {name: B}]}
  - {slug: two, id: 5, teams: [{name: A}]}
organizations:
  - {login: x, teams: [{name: A}]}
  - {login: y, id: 3, teams: [{name: A}, {name: B}]}
`)
	var got []int64
	for _, a := range world.Accounts {
		got = append(got, a.Account.Ref.ID)
		for _, team := range a.Teams {
			got = append(got, team.ID)
		}
	}
	want := []int64{6, 1, 2, 5, 3, 4, 1, 3, 2, 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimesMayBeRelativeToNow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{"-3d", "2026-11-17T12:00:00Z"},
		{"+30d", "2026-12-20T12:00:00Z"},
		{"-36h", "2026-11-19T00:00:00Z"},
		{"-90m", "2026-11-20T10:30:00Z"},
		{"+0d", "2026-11-20T12:00:00Z"},
		{"-1d2h3m", "2026-11-19T09:57:00Z"},
		{"'-3d'", "2026-11-17T12:00:00Z"},
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
		{"'2026-01-02T03:04:05.1234567+01:00'", "2026-01-02T02:04:05.123456Z"},
	} {
		t.Run(c.given, func(t *testing.T) {
			t.Parallel()
			world := parse(t, people+"tokens:\n  - {token: x, kind: classic, user: ann, expires_at: "+c.given+"}\n")
			if got := world.Tokens[0].ExpiresAt.Format(time.RFC3339Nano); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestARehearsalMayHaveItsOwnNow(t *testing.T) {
	t.Parallel()
	// The clock is the world's own: times count from it, and the future begins after it.
	data := "now: 2030-01-01T00:00:00Z\n" + acme + "    activity: [{user: ann, at: -1d}]\n"
	world, err := seed.Parse("w.yaml", []byte(data), now(), seed.Options{Rehearsal: true})
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := world.Clock; got != (usher.Clock{StandsAt: want}) {
		t.Errorf("clock: got %v, want it to stand at %v", got, want)
	}
	if got, want := world.Accounts[0].Activity[0].Activity.At, want.AddDate(0, 0, -1); !got.Equal(want) {
		t.Errorf("activity: got %v, want %v", got, want)
	}
}

func TestSeatsMayBeEmptyWithoutCopilot(t *testing.T) {
	t.Parallel()
	world := parse(t, acme+"    seats: {users: [], teams: []}\n")
	if got := world.Accounts[0].Grants; got != nil {
		t.Errorf("grants: got %v, want none", got)
	}
}

func TestYAMLAndJSONOfOneWorldAreTheSame(t *testing.T) {
	t.Parallel()
	yaml := parse(t, "users:\n  - {login: ann, name: \"a\\tb é\"}\norganizations:\n  - {login: acme, members: [ann]}\n")
	for _, data := range []string{
		`{"users":[{"login":"ann","name":"a\tb \u00e9"}],"organizations":[{"login":"acme","members":["ann"]}]}`,
		"{\r\n\t\"users\": [ { \"login\" : \"ann\", \"name\": \"a\\tb é\" } ],\r\n\t\"organizations\": [ { \"login\": \"acme\", \"members\": [ \"ann\" ] } ]\r\n}\r\n",
	} {
		json := parse(t, data)
		json.Digest = yaml.Digest
		if diff := cmp.Diff(yaml, json); diff != "" {
			t.Errorf("(-yaml +json):\n%s", diff)
		}
	}
}

func TestTheDocumentedWorldCanBeLoaded(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/world.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/world.md has no example")
	}
	world, err := seed.Parse("world.md", []byte(example), now(), seed.Options{Rehearsal: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(world.Accounts[1].Grants), 4; got != want {
		t.Errorf("grants: got %d, want %d", got, want)
	}
}
