package usher_test

import (
	"fmt"
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
enterprises: [{slug: new-corp, name: New, owners: [mia], copilot: {seat_management: assign_selected, public_code_suggestions: block}, teams: [{name: Ops, members: [ned]}], seats: {users: [mia], teams: [ops]}}]
organizations:
  - {login: fresh, enterprise: new-corp, owners: [mia], members: [ned], copilot: {plan: enterprise, seat_management: assign_selected, public_code_suggestions: allow}, seats: {users: [ned]}}
  - login: octodemo
    members: [fay, gus]
    invitations: [hal]
    teams: [{name: Core, members: [Bob, fay]}, {name: Deep, parent: inner, members: [eve]}]
    seats: {users: [eve], teams: [docs]}
`,
		"+ user mia", "+ user ned",
		"+ new-corp: enterprise new-corp",
		`+ new-corp: setting enabled enabled: "false" to "true"`,
		`~ new-corp: setting seat_management seat_management: "unconfigured" to "assign_selected"`,
		`~ new-corp: setting public_code_suggestions public_code_suggestions: "unconfigured" to "block"`,
		"+ new-corp: owner mia", "+ new-corp: team ops", "+ new-corp: team member ops/ned",
	)
	_ = plan
	_ = strings.Join
}
