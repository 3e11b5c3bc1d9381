package usher_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// desired reads a file as it stands at the stage's time.
func (s stage) desired(file string) usher.Desired {
	s.Helper()
	_, now, err := s.Clock(background)
	if err != nil {
		s.Fatalf("clock: %v", err)
	}
	desired, err := seed.ParseDesired("w.yaml", []byte(file), now)
	if err != nil {
		s.Fatalf("read the file: %v", problemsOf(s, err))
	}
	return desired
}

// applies applies a file, which must come to these changes, as it was planned, and to none when
// it is applied again.
func (s stage) applies(options usher.ApplyOptions, file string, want ...string) usher.ApplyPlan {
	s.Helper()
	desired := s.desired(file)
	before := dump(s, s.store)
	plan, err := s.PlanApply(background, desired, options, by)
	if err != nil {
		s.Fatalf("plan: %v", problemsOf(s, err))
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		s.Errorf("planning changed something (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(want, plannedIn(plan)); diff != "" {
		s.Errorf("plan (-want +got):\n%s", diff)
	}
	applied, err := s.Apply(background, desired, options, plan.Limit, by)
	if err != nil {
		s.Fatalf("apply: %v", problemsOf(s, err))
	}
	s.sound()
	applied.Plan.Others = plan.Others
	if diff := cmp.Diff(plan, applied.Plan); diff != "" {
		s.Errorf("planned and applied (-planned +applied):\n%s", diff)
	}
	s.settled(options, desired)
	return plan
}

// settled says that applying a file changes nothing any more, and writes nothing.
func (s stage) settled(options usher.ApplyOptions, desired usher.Desired) {
	s.Helper()
	before := dump(s, s.store)
	again, err := s.Apply(background, desired, options, 0, by)
	if err != nil {
		s.Fatalf("apply again: %v", problemsOf(s, err))
	}
	if !again.Plan.Empty() {
		s.Errorf("applied again, it changes %q, and activity: %d", plannedIn(again.Plan), again.Plan.Activity)
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		s.Errorf("applied again (-before +after):\n%s", diff)
	}
}

// refusesFile plans a file that must be refused, with these problems.
func (s stage) refusesFile(options usher.ApplyOptions, file string, want ...string) {
	s.Helper()
	before := dump(s, s.store)
	_, now, err := s.Clock(background)
	if err != nil {
		s.Fatalf("clock: %v", err)
	}
	desired, err := seed.ParseDesired("w.yaml", []byte(file), now)
	if err == nil {
		_, err = s.PlanApply(background, desired, options, by)
	}
	if diff := cmp.Diff(want, problemsOf(s, err)); diff != "" {
		s.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		s.Errorf("the refused file changed something (-before +after):\n%s", diff)
	}
}

func problemsOf(s complainer, err error) []string {
	s.Helper()
	if err == nil {
		return nil
	}
	refused := refusal(s, err)
	if len(refused.Items) == 0 {
		return []string{refused.Message}
	}
	var lines []string
	for _, item := range refused.Items {
		lines = append(lines, item.Message)
	}
	return lines
}

// plannedIn are a plan's changes as lines.
func plannedIn(plan usher.ApplyPlan) []string {
	var lines []string
	for _, c := range plan.Changes {
		line := map[usher.ChangeKind]string{usher.Added: "+ ", usher.Changed: "~ ", usher.Removed: "- "}[c.Kind]
		if c.Account != nil {
			line += c.Account.Login + ": "
		}
		line += c.What + " " + c.Name
		if c.Change != (usher.FieldChange{}) {
			line += fmt.Sprintf(" %s: %q to %q", c.Change.Field, c.Change.Old, c.Change.New)
		}
		lines = append(lines, line)
	}
	return lines
}

func pruning() usher.ApplyOptions { return usher.ApplyOptions{Prune: true} }

// team cyd is in, and a direct grant of Bob's; an enterprise above.
func smallCompany() usher.World {
	return worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "ada", managers: "ida",
			teams: []team{{id: 1, slug: "platform", members: "dee jon"}}, copilot: enabled(), grants: []usher.WorldGrant{throughTeam(1)},
		},
		account{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob cyd dee eve", invited: "gus",
			teams:   []team{{id: 3, slug: "core", name: "Core", members: "cyd"}, {id: 4, slug: "inner", parent: 3, members: "dee"}, {id: 5, slug: "docs", members: "eve"}},
			copilot: enabled(), grants: []usher.WorldGrant{direct("Bob"), throughTeam(3)},
		},
		account{login: "hubot", id: hubot, owners: "ada", members: "Bob"},
	)
}

func TestApplyAddsWhatTheFileHasAndTheInstallationLacks(t *testing.T) {
	s := play(t, smallCompany())
	plan := s.applies(usher.ApplyOptions{}, `
users: [{login: mia, name: Mia, id: 77}, {login: ned}]
enterprises:
  - slug: new-corp
    name: New
    owners: [mia]
    billing_managers: [ned]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
    teams: [{name: Ops, members: [ned]}]
    seats: {users: [mia], teams: [ops]}
organizations:
  - login: fresh
    enterprise: new-corp
    owners: [mia]
    members: [ned]
    copilot: {plan: enterprise, seat_management: assign_selected, public_code_suggestions: allow}
    seats: {users: [ned]}
  - login: octodemo
    members: [fay, gus]
    invitations: [hal]
    teams: [{name: Core, members: [Bob, fay]}, {name: Deep, parent: inner, maintainers: [eve]}]
    seats: {users: [eve, {login: hal, at: -3d}], teams: [docs]}
`,
		"+ user mia", "+ user ned",
		"+ new-corp: enterprise new-corp",
		`+ new-corp: setting enabled enabled: "false" to "true"`,
		`~ new-corp: setting seat_management seat_management: "unconfigured" to "assign_selected"`,
		`~ new-corp: setting public_code_suggestions public_code_suggestions: "unconfigured" to "block"`,
		"+ new-corp: owner mia", "+ new-corp: billing manager ned", "+ new-corp: team ops", "+ new-corp: team member ops/ned",
		"+ fresh: organization fresh",
		`+ fresh: setting enabled enabled: "false" to "true"`,
		`~ fresh: setting plan plan: "business" to "enterprise"`,
		`~ fresh: setting seat_management seat_management: "unconfigured" to "assign_selected"`,
		`~ fresh: setting public_code_suggestions public_code_suggestions: "unconfigured" to "allow"`,
		"+ fresh: owner mia", "+ fresh: member ned", "+ fresh: seat grant ned",
		"+ octodemo: member fay", "+ octodemo: member gus", "+ octodemo: invitation hal",
		"+ octodemo: team member core/Bob", "+ octodemo: team member core/fay",
		"+ octodemo: team deep", "+ octodemo: team maintainer deep/eve",
		"+ octodemo: seat grant eve", "+ octodemo: seat grant hal", "+ octodemo: team grant docs",
		"+ new-corp: seat grant mia", "+ new-corp: team grant ops",
	)
	// Of octodemo fay sits in core, eve in a new team below it; Bob was seated before, and hal is invited.
	want := []usher.AccountPlan{
		{Account: usher.AccountName{Kind: usher.Enterprise, Login: "new-corp"}, Seats: usher.SeatEffects{Start: 2}, Cost: usher.CostChange{After: 38_00}},
		{Account: usher.AccountName{Login: "fresh"}, Seats: usher.SeatEffects{Start: 1}, Cost: usher.CostChange{After: 39_00}},
		{Account: usher.AccountName{Login: "octodemo"}, Current: 3, Kept: 9, Seats: usher.SeatEffects{Start: 2}, Cost: usher.CostChange{Before: 57_00, After: 95_00}},
	}
	if diff := cmp.Diff(want, plan.Accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if got, want := plan.Others, (usher.Others{Enterprises: 1, Organizations: 1, Users: 12}); got != want {
		t.Errorf("left alone: %+v, want %+v", got, want)
	}
	wantNotes := []string{"organization octodemo: seats begin when they are applied, and not at the times that the file gives: 1"}
	if diff := cmp.Diff(wantNotes, plan.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	s.lists("Bob", "cyd via core", "dee via core", "fay via core", "eve")
}

func TestApplyChangesWhatDiffers(t *testing.T) {
	s := play(t, smallCompany())
	plan := s.applies(usher.ApplyOptions{}, `
users: [{login: ADA, name: Ada L, site_admin: false}, {login: bob, time_zone: UTC, email: b@example.com}]
enterprises:
  - {slug: other, owners: [ada]}
  - {slug: octo-global, name: Global, owners: [ida], teams: [{name: Platform 2, slug: "ent:platform", description: New}]}
organizations:
  - login: octodemo
    enterprise: other
    owners: [cyd, gus]
    copilot: {plan: enterprise, billing: {cycle_day: 15}}
    teams:
      - {name: The Core, slug: core, description: Other, maintainers: [cyd]}
      - {name: docs, privacy: closed, parent: core}
`,
		`~ user ada name: "Name of ada" to "Ada L"`,
		`~ user ada site_admin: "true" to "false"`,
		`~ user Bob email: "Bob@example.com" to "b@example.com"`,
		`~ user Bob time_zone: "Europe/Berlin" to "UTC"`,
		"+ other: enterprise other", "+ other: owner ada",
		`~ octo-global: enterprise octo-global name: "The octo-global" to "Global"`,
		`~ octo-global: member ida role: "billing_manager" to "owner"`,
		`~ octo-global: team platform name: "platform" to "Platform 2"`,
		`~ octo-global: team platform description: "All of platform" to "New"`,
		`~ octodemo: organization octodemo enterprise: "octo-global" to "other"`,
		`~ octodemo: setting plan plan: "business" to "enterprise"`,
		`~ octodemo: setting billing.cycle_day billing.cycle_day: "1" to "15"`,
		`~ octodemo: member cyd role: "member" to "owner"`,
		"+ octodemo: owner gus",
		`~ octodemo: team core name: "Core" to "The Core"`,
		`~ octodemo: team core description: "All of Core" to "Other"`,
		`~ octodemo: team member core/cyd role: "member" to "maintainer"`,
		`~ octodemo: team docs parent: "" to "core"`,
	)
	s.lists("Bob", "cyd via core", "dee via core", "eve via core")
	if got, want := plan.Cost(), (usher.CostChange{Before: 5 * 19_00, After: 2*19_00 + 4*39_00}); got != want {
		t.Errorf("cost: %+v, want %+v", got, want)
	}
}

// Pruning makes of octodemo exactly what the file says of it.
func TestApplyRemovesOnlyWithPruneWhatTheListsDoNotHave(t *testing.T) {
	s := play(t, smallCompany())
	file := `
enterprises: [{slug: octo-global, owners: [dee], billing_managers: [ada], teams: [{name: web}], seats: {users: [Bob], teams: [web]}}]
organizations:
  - login: octodemo
    owners: [cyd]
    members: [Bob, eve]
    invitations: [hal]
    teams: [{name: Core, members: [Bob]}, {name: docs, maintainers: [eve], members: [eve]}]
    seats: {users: [eve], teams: [docs]}
`
	added := []string{
		"+ octo-global: owner dee", "+ octo-global: team web",
		`~ octodemo: member cyd role: "member" to "owner"`, "+ octodemo: invitation hal",
		"+ octodemo: team member core/Bob", `~ octodemo: team member docs/eve role: "member" to "maintainer"`,
		"+ octodemo: seat grant eve", "+ octodemo: team grant docs",
		"+ octo-global: seat grant Bob", "+ octo-global: team grant web",
	}
	first := s.applies(usher.ApplyOptions{}, file, added...)
	if first.Kept == 0 {
		t.Error("without prune nothing is told to be kept")
	}
	s.applies(pruning(), file,
		`~ octo-global: member ada role: "owner" to "billing_manager"`,
		"- octo-global: billing manager ida", "- octo-global: team platform",
		"- octodemo: owner ada", "- octodemo: member dee", "- octodemo: invitation gus",
		"- octodemo: team inner", "- octodemo: team member core/cyd",
		"- octodemo: seat grant Bob", "- octodemo: team grant core",
	)
	s.lists("Bob via core until 2026-12-01", "cyd via core until 2026-12-01", "eve")
}

func TestApplyTellsAnEmptyListFromAListThatIsLeftOut(t *testing.T) {
	s := play(t, smallCompany())
	emptied := func(line int, where, list string) string {
		kind := strings.Fields(where)[0]
		return fmt.Sprintf("w.yaml:%d: %s: %s is an empty list, and the %s has some: an empty list is an error, not a wish; leave the key out, or remove them one by one", line, where, list, kind)
	}
	const octo, global = `organization "octodemo"`, `enterprise "octo-global"`
	for _, options := range []usher.ApplyOptions{{}, pruning()} {
		for list, want := range map[string]string{
			"owners: []":                         emptied(1, octo, "owners"),
			"members: []":                        emptied(1, octo, "members"),
			"invitations: []":                    emptied(1, octo, "invitations"),
			"teams: []":                          emptied(1, octo, "teams"),
			"seats: {users: []}":                 emptied(1, octo, "seats: users"),
			"seats: {teams: []}":                 emptied(1, octo, "seats: teams"),
			"teams: [{name: Core, members: []}]": emptied(1, octo, `team "Core": the list of its people`),
		} {
			s.refusesFile(options, "organizations: [{login: octodemo, "+list+"}]", want)
		}
		s.refusesFile(options, "enterprises: [{slug: octo-global, billing_managers: []}]", emptied(1, global, "billing_managers"))
	}
	for _, list := range []string{"users", "enterprises", "organizations"} {
		s.refusesFile(usher.ApplyOptions{}, list+": []", "w.yaml:1: "+list+" is an empty list, and there are some: an empty list is an error, not a wish; leave the key out")
	}
	s.applies(usher.ApplyOptions{}, `
users: null
tokens: []
organizations:
  - {login: hubot, invitations: [], teams: [], seats: {users: [], teams: []}, activity: []}
  - {login: octodemo, owners: null, members: null, teams: [{name: docs, maintainers: []}]}
`)
}

func TestApplyRefusesWhatCannotBe(t *testing.T) {
	s := play(t, smallCompany())
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"another id of a user", "users: [{login: ada, id: 5}]", []string{`w.yaml:1: user "ada": the id is 1, and not 5; it cannot be changed`}},
		{"somebody's id", "users: [{login: mia, id: 5}]", []string{`w.yaml:1: user "mia": another user has the id 5; choose another, or leave it out`}},
		{"an organization's login", "users: [{login: Hubot}]", []string{`w.yaml:1: user "Hubot": an organization has the login; choose another`}},
		{"a user's login", "organizations: [{login: ADA}]", []string{`w.yaml:1: organization "ADA": a user has the login; choose another`}},
		{"another id of an organization", "organizations: [{login: octodemo, id: 8}]", []string{`w.yaml:1: organization "octodemo": the id is 7, and not 8; it cannot be changed`}},
		{"an organization's id", "organizations: [{login: fresh, id: 7}]", []string{`w.yaml:1: organization "fresh": another organization has the id 7; choose another, or leave it out`}},
		{"an enterprise that is not there", "organizations: [{login: hubot, enterprise: nope}]", []string{`w.yaml:1: organization "hubot": enterprise "nope" is not there; list it under enterprises`}},
		{
			"people who are not there", "organizations:\n- login: octodemo\n  members: [nobody]\n  activity: [{user: noone, at: -1d}]\n  teams: [{name: Core, members: [kim, nobody]}]",
			[]string{`w.yaml:3: organization "octodemo": member "nobody" is not a user; list them under users`},
		},
		{
			"a team's people who are no members", "organizations:\n- login: octodemo\n  teams: [{name: Core, members: [kim, gus]}]",
			[]string{
				`w.yaml:3: organization "octodemo": team "Core": "kim" is not a member of the organization; add them to its members, or remove them here`,
				`w.yaml:3: organization "octodemo": team "Core": "gus" is not a member of the organization; add them to its members, or remove them here`,
			},
		},
		{"a circle of parents", "organizations: [{login: octodemo, teams: [{name: Core, parent: inner}]}]", []string{`w.yaml:1: organization "octodemo": team "Core": the parents go round in a circle back to this team`}},
		{"a secret parent", "organizations: [{login: octodemo, teams: [{name: Core, privacy: secret}]}]", []string{`w.yaml:1: organization "octodemo": team "Core": a team with a parent or with child teams cannot be secret`}},
		{"a name that is taken", "organizations: [{login: octodemo, teams: [{name: docs, slug: core}]}]", []string{`w.yaml:1: organization "octodemo": team "docs": another team has this name, or its slug`}},
		{"a seat for a stranger", "organizations: [{login: octodemo, seats: {users: [kim]}}]", []string{`w.yaml:1: organization "octodemo": seats: user "kim" is neither a member of the organization nor invited to it; add them to its members, or remove the seat`}},
		{"a team that is not there", "organizations: [{login: octodemo, seats: {teams: [nope]}}]", []string{`w.yaml:1: organization "octodemo": seats: team "nope" is not a team of the organization; give the slug or name of one`}},
		{"a token of nobody", "tokens: [{token: x, kind: classic, user: mia}]", []string{`w.yaml:1: token: user "mia" is not there; list them under users`}},
		{"the clock", "now: 2026-12-01T00:00:00Z", []string{"w.yaml:1: the clock of an installation is moved by POST /_usher/clock/advance, in a rehearsal; remove now from the file"}},
		{"keys that are none", "organisations: []\nusers: [{login: ada, shoe_size: 4}]", []string{
			`w.yaml:1: unknown key "organisations"; the keys here are now, users, enterprises, organizations, tokens, apps`,
			`w.yaml:2: user "ada": unknown key "shoe_size"; the keys here are login, id, time_zone, name, email, site_admin`,
		}},
		{"members who are invited", "organizations: [{login: octodemo, members: [hal], invitations: [HAL]}]", []string{`w.yaml:1: organization "octodemo": "HAL" is both a member and invited; remove one of the two`}},
		{"a text that looks like a token", "organizations: [{login: octodemo, members: [ghp_s3cr3t]}]", []string{`w.yaml:1: organization "octodemo": member "…" (not shown: it may be a token) is not a user; list them under users`}},
	} {
		s.Helper()
		t.Log(c.name)
		s.refusesFile(usher.ApplyOptions{}, c.file, c.want...)
	}
	s.refusesFile(pruning(), "organizations: [{login: octodemo, teams: [{name: inner}]}]",
		`w.yaml:1: organization "octodemo": team "inner" is under a team that the file does not list, which would be removed with all teams under it; give it another parent, or list that team`)
	s.refusesFile(pruning(), "organizations: [{login: octodemo, teams: [{name: docs}], seats: {teams: [core]}}]",
		`w.yaml:1: organization "octodemo": seats: team "core" is not listed under teams, and would be removed`)
}

func TestApplyGrantsOnlyWhereSeatsCanBeManaged(t *testing.T) {
	everybody, off := enabled(management(usher.AssignAll)), enabled(management(usher.AssignmentDisabled))
	s := play(t, worldOf(
		account{login: "octodemo", id: octodemo, owners: "ada", members: "Bob", copilot: everybody},
		account{login: "hubot", id: hubot, owners: "ada", copilot: off},
	))
	s.refusesFile(usher.ApplyOptions{}, "organizations: [{login: octodemo, seats: {users: [Bob]}}]",
		`w.yaml:1: organization "octodemo": Your organization has enabled Copilot access for all members. Enable access for selected members in order to manage seats via the API.`)
	plan := s.applies(usher.ApplyOptions{}, "organizations: [{login: hubot, seats: {users: [ada]}}]")
	if diff := cmp.Diff([]string{"organization hubot: its seats are ignored: seat management is disabled"}, plan.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	s.applies(usher.ApplyOptions{}, "organizations: [{login: octodemo, copilot: {seat_management: assign_selected}, members: [cyd], seats: {users: [Bob]}}]",
		`~ octodemo: setting seat_management seat_management: "assign_all" to "assign_selected"`, "+ octodemo: member cyd", "+ octodemo: seat grant Bob")
	s.lists("ada until 2026-12-01", "Bob")
}

func TestApplyCancelsAGrantThatTheFileSaysIsCancelled(t *testing.T) {
	s := play(t, smallCompany())
	file := "organizations: [{login: octodemo, seats: {users: [{login: Bob, at: -9d, cancel: true}, {login: eve, cancel: true}]}}]"
	plan := s.applies(usher.ApplyOptions{}, file, "- octodemo: seat grant Bob")
	if diff := cmp.Diff([]string{"organization octodemo: there is no seat to cancel of eve"}, plan.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	s.lists("Bob until 2026-12-01", "cyd via core", "dee via core")
	s.moveTo(endOfNovember)
	s.settled(usher.ApplyOptions{}, s.desired(file))
}

// Somebody was invited and granted a seat, and the invitation ends: the grant ends with it, and is
// stored until the account is next settled.
func TestApplyKnowsNoGrantOfAnEndedInvitation(t *testing.T) {
	s := play(t, smallCompany())
	s.invites("kim")
	s.does(s.GrantUsers, 1, "kim")
	s.passTo(noon.AddDate(0, 0, 9))
	for _, options := range []usher.ApplyOptions{{}, pruning()} {
		s.applies(options, "organizations: [{login: octodemo, seats: {users: [Bob]}}]")
	}
	s.refusesFile(usher.ApplyOptions{}, "organizations: [{login: octodemo, seats: {users: [Bob, kim]}}]",
		`w.yaml:1: organization "octodemo": seats: user "kim" is neither a member of the organization nor invited to it; add them to its members, or remove the seat`)
	plan := s.applies(usher.ApplyOptions{}, "organizations: [{login: octodemo, seats: {users: [Bob, {login: kim, cancel: true}]}}]")
	if diff := cmp.Diff([]string{"organization octodemo: there is no seat to cancel of kim"}, plan.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	s.applies(usher.ApplyOptions{}, "organizations: [{login: octodemo, members: [kim], seats: {users: [Bob, kim]}}]", "+ octodemo: member kim", "+ octodemo: seat grant kim")
}

func TestApplyTakesInActivityThatMovesSomebodys(t *testing.T) {
	s := play(t, smallCompany())
	file := `
organizations:
  - login: octodemo
    activity:
      - {user: Bob, at: 2026-11-10T09:00:00Z, editor: vim}
      - {user: Bob, at: 2026-11-09T09:00:00Z, editor: emacs}
      - {user: eve, at: 2026-11-10T09:00:00Z}
      - {user: cyd, authenticated_at: 2026-11-10T08:00:00Z}
`
	plan := s.applies(usher.ApplyOptions{}, file)
	if got, want := plan.Activity, 2; got != want {
		t.Errorf("reports: %d, want %d", got, want)
	}
	if diff := cmp.Diff([]string{"organization octodemo: activity of people without a seat is ignored: eve"}, plan.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if got, want := s.member("Bob").Seat.Activity.Editor, "vim"; got != want {
		t.Errorf("the editor is %q, want %q", got, want)
	}
}

func TestApplyAddsTokensAndNeverChangesOne(t *testing.T) {
	s := play(t, smallCompany())
	const file = "tokens: [{token: secret-one, kind: classic, user: ada, scopes: [admin:org, read:org], expires_at: +30d}, {token: secret-two, kind: app_installation, owner: octodemo, permissions: {members: read}}]"
	s.applies(usher.ApplyOptions{}, file, "+ token classic of ada", "+ token app_installation for octodemo")
	_, events := s.record(octo)
	events = slices.DeleteFunc(events, func(e usher.Event) bool { return e.Action != usher.TokenCreated })
	if len(events) != 2 {
		t.Errorf("got the events %v of the organization, want one for each token", events)
	}
	caller, err := s.Authenticate(background, "secret-one")
	if err != nil || caller.Token.Minted || !caller.Token.ExpiresAt.Equal(noon.AddDate(0, 0, 30)) {
		t.Errorf("the token is %+v, error %v", caller, err)
	}
	s.moveTo(noon.AddDate(0, 0, 1)) // 30 days from then on are others
	s.settled(pruning(), s.desired(file))
	s.refusesFile(usher.ApplyOptions{}, "tokens:\n- {token: secret-one, kind: classic, user: Bob, scopes: [admin:org]}",
		"w.yaml:2: token: it is there with another kind, user, owner, scopes, permissions or expiry, and cannot be changed; list another token, and revoke this one")
	if _, err := s.Forget(background, "ada", by); err != nil {
		t.Fatal(err)
	}
	s.refusesFile(usher.ApplyOptions{}, "users: [{login: ada}]\ntokens: [{token: secret-one, kind: classic, user: ada, scopes: [admin:org]}]",
		"w.yaml:2: token: it was revoked, and a revoked token never comes back; remove it, or list another")
}

func TestApplyStopsBeforeTooManySeatsAreLost(t *testing.T) {
	members := strings.Join(cast, " ")
	var grants []usher.WorldGrant
	for _, login := range cast {
		grants = append(grants, direct(login))
	}
	world := worldOf(
		account{login: "octodemo", id: octodemo, owners: "ada", members: members, copilot: enabled(), grants: grants},
		account{login: "hubot", id: hubot, owners: "ada", members: members, copilot: enabled(), grants: grants},
	)
	for i := range world.Accounts { // ada is an owner, and no member beside
		world.Accounts[i].Memberships = slices.DeleteFunc(world.Accounts[i].Memberships, func(m usher.Membership) bool { return m.UserID == 1 && m.Role == usher.RoleMember })
	}
	s := play(t, world)
	const file = "organizations: [{login: octodemo, seats: {users: [ada]}}, {login: hubot, seats: {users: [ada]}}]"
	desired := s.desired(file)
	plan, err := s.PlanApply(background, desired, pruning(), by)
	if err != nil {
		t.Fatal(err)
	}
	if lost := plan.Seats().Lost(); lost != 22 || plan.Limit != 10 {
		t.Errorf("the plan loses %d seats, of %d that it may; want 22 of 10", lost, plan.Limit)
	}
	want := "The plan turns pending or ends 22 seats, and 10 may be at once. Look at what it removes; to go on, allow as many with --max-removals 22 (max_removals=22)."
	if got := plan.Refusal(); got == nil || got.Error() != want {
		t.Errorf("refusal: %v, want %s", got, want)
	}

	// Who carries it out all the same, or after the world has changed, is stopped in each transaction.
	applied, err := s.Apply(background, desired, pruning(), 15, by)
	refused := refusal(t, err)
	if got, want := refused.Message, "The plan turns pending or ends 22 seats, and 15 may be at once. Look at what it removes; to go on, allow as many with --max-removals 22 (max_removals=22). Applied: users, organization octodemo. Not applied: organization hubot. Apply the file again to go on."; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff([]string{"users", "organization octodemo"}, applied.Done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	s.sound()
	all := int64(11)
	plan, err = s.PlanApply(background, desired, usher.ApplyOptions{Prune: true, MaxRemovals: &all}, by)
	if err != nil || plan.Refusal() != nil {
		t.Fatalf("applied again, with as many as are left: %v, %v", err, plan.Refusal())
	}
	if _, err := s.Apply(background, desired, pruning(), all, by); err != nil {
		t.Fatal(err)
	}
	s.settled(pruning(), desired)
}

func TestApplyIsRecordedWithWhoAppliesIt(t *testing.T) {
	s := play(t, smallCompany())
	s.applies(usher.ApplyOptions{}, "organizations: [{login: fresh, enterprise: octo-global, owners: [kim], teams: [{name: One}]}]",
		"+ fresh: organization fresh", "+ fresh: owner kim", "+ fresh: team one")
	err := s.store.View(background, func(tx usher.Reader) error {
		account, _, err := tx.Account(usher.AccountName{Login: "fresh"})
		if err != nil {
			return err
		}
		events, err := allEvents(tx, account.Ref)
		var got []usher.Action
		for _, e := range events {
			got = append(got, e.Action)
			if e.Actor != by.Actor || e.RequestID != by.RequestID {
				t.Errorf("%s is by %+v in %q", e.Action, e.Actor, e.RequestID)
			}
		}
		if diff := cmp.Diff([]usher.Action{usher.OrganizationCreated, usher.MemberAdded, usher.TeamCreated}, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A database that holds no world gets one by applying, which no seed may replace afterwards.
func TestApplyBeginsAWorldWhereThereIsNone(t *testing.T) {
	s := play(t, smallCompany())
	if err := s.Empty(background); err != nil {
		t.Fatal(err)
	}
	s.applies(usher.ApplyOptions{}, "users: [{login: ann, site_admin: true}]\norganizations: [{login: acme, owners: [ann]}]",
		"+ user ann", "+ acme: organization acme", "+ acme: owner ann")
	if _, loaded, err := s.LoadFirst(background, smallCompany()); loaded || err != nil {
		t.Errorf("a seed is loaded over it: %t, error %v", loaded, err)
	}
}

// What is dumped and applied with prune takes nothing away: not from who was forgotten, nor from
// who has a seat of an enterprise and belongs to it no more.
func TestApplyPassesOverWhomNoDumpLists(t *testing.T) {
	world := worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(),
			teams: []team{{id: 22, slug: "blue", members: "Bob kim"}}, grants: []usher.WorldGrant{direct("kim")},
		},
		account{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob cyd dee eve", copilot: enabled(),
			teams: []team{{id: 3, slug: "docs", members: "dee eve"}}, grants: []usher.WorldGrant{direct("cyd"), direct("eve")},
		},
		account{login: "forgotten-99", id: hubot, owners: "ada"},
	)
	world.Apps = []usher.App{{ID: 7, Slug: "bot"}}
	world.Installations = []usher.Installation{{ID: 1, AppID: 7, OrganizationID: octodemo}, {ID: 2, AppID: 7, OrganizationID: hubot}}
	s := play(t, world)
	s.discharges("blue", "kim")
	s.forgets("eve")
	eve := "forgotten-" + strconv.FormatInt(userID("eve"), 10)

	plan := s.applies(pruning(), `
enterprises: [{slug: octo-global, seats: {users: [Bob]}}]
organizations: [{login: octodemo, members: [Bob, dee], teams: [{name: docs, members: [dee]}], seats: {users: [Bob]}}]
apps: [{slug: bot, installations: [octodemo]}]
`, "- octodemo: member cyd", "+ octodemo: seat grant Bob", "- octodemo: seat grant cyd", "+ octo-global: seat grant Bob")
	want := []string{
		"organization octodemo: who was forgotten stays, since no dump lists them: " + eve,
		"enterprise octo-global: seats of people who belong to none of its organizations and teams stay, since no dump lists them; to cancel one, list it with cancel: true: kim",
		"app bot: its installation in forgotten-99 stays, since no dump lists it",
	}
	if diff := cmp.Diff(want, plan.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if plan.Kept != 0 {
		t.Errorf("kept: %d, want none: pruning takes away all that it counts", plan.Kept)
	}
	s.applies(pruning(), "enterprises: [{slug: octo-global, seats: {users: [Bob, {login: kim, cancel: true}]}}]", "- octo-global: seat grant kim")
}
