package usher_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// entitling is a world with every way to have access. Octodemo: ada directly and by two
// teams; Bob by a child team; cyd pending; dee a member without a seat; eve invited; gus an
// outsider with an enterprise grant; hal one with a pending enterprise seat; ida pending in
// both, later in the enterprise.
func entitling() usher.World {
	return worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, copilot: enabled(cycleDay(20)),
			teams:  []team{{id: 101, slug: "platform", members: "dee gus"}, {id: 102, slug: "tools", members: "gus"}},
			grants: []usher.WorldGrant{direct("gus"), throughTeam(102), throughTeam(101), cancelled("hal"), cancelled("ida")},
		},
		account{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "kim", members: "ada Bob cyd dee ida", invited: "eve",
			teams:   []team{{id: 11, slug: "robots", members: "ada"}, {id: 12, slug: "arms", parent: 11, members: "Bob"}, {id: 13, slug: "early", members: "ada"}},
			copilot: enabled(),
			grants: []usher.WorldGrant{
				direct("ada"), throughTeam(11),
				{Kind: usher.TeamGrant, SubjectID: 13, At: noon.Add(-time.Hour)},
				cancelled("cyd"), cancelled("ida"), direct("eve"),
			},
		},
		account{login: "hubot", id: hubot, members: "ada Bob", copilot: enabled(management(usher.AssignAll))},
		account{login: "dark", id: 33, members: "ada", enterprise: octoGlobal, copilot: enabled(management(usher.AssignmentDisabled))},
	)
}

// told is an entitlement in one line.
func told(e usher.Entitlement) string {
	var words []string
	for _, r := range e.Through {
		word := r.Account.String() + " " + string(r.Kind)
		if r.Team != nil {
			word += " " + r.Team.Slug
		}
		words = append(words, strings.TrimSpace(word))
	}
	line := "not entitled"
	if e.Entitled {
		line = "entitled"
	}
	if !e.Until.IsZero() {
		line += " until " + e.Until.Format(time.DateOnly)
	}
	return strings.TrimSpace(line + ": " + strings.Join(words, ", "))
}

func (s stage) entitlement(organization int64, login string) string {
	s.Helper()
	found, err := s.Entitlement(background, usher.OrganizationRef(organization), login)
	var refused *usher.Error
	if errors.As(err, &refused) && refused.Kind == usher.NotFound {
		return "not found"
	}
	if err != nil {
		s.Fatalf("the entitlement of %s: %v", login, err)
	}
	return told(found)
}

func TestAnEntitlementNamesEveryGrantThatReachesAPerson(t *testing.T) {
	s := play(t, entitling())
	cases := []struct {
		organization int64
		login, want  string
	}{
		{octodemo, "ADA", "entitled: organization direct, organization team early, organization team robots"},
		{octodemo, "bob", "entitled: organization team robots"},
		{octodemo, "cyd", "entitled until 2026-12-01:"},
		{octodemo, "dee", "entitled: enterprise team platform"},
		{octodemo, "eve", "not entitled:"},
		{octodemo, "kim", "not entitled:"},
		{octodemo, "gus", "entitled: enterprise direct, enterprise team platform, enterprise team tools"},
		{octodemo, "hal", "entitled until 2026-11-20:"},
		{octodemo, "ida", "entitled until 2026-12-01:"},
		{octodemo, "fay", "not found"},
		{octodemo, "nobody", "not found"},
		{hubot, "ada", "entitled: organization"},
		{hubot, "gus", "not found"},
		{33, "ada", "not entitled:"},
		{33, "gus", "entitled: enterprise direct, enterprise team platform, enterprise team tools"},
	}
	got, want := map[string]string{}, map[string]string{}
	for _, c := range cases {
		key := c.login + " in " + time.Duration(c.organization).String()
		got[key], want[key] = s.entitlement(c.organization, c.login), c.want
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
}

func TestAnEntitlementEndsByTheClockAlone(t *testing.T) {
	s := play(t, entitling())
	for _, c := range []struct {
		at               string
		cyd, hal, ida    string
		settledInBetween bool
	}{
		{"2026-11-19T23:59:59Z", "entitled until 2026-12-01:", "entitled until 2026-11-20:", "entitled until 2026-12-01:", false},
		{"2026-11-20T00:00:00Z", "entitled until 2026-12-01:", "not found", "entitled until 2026-12-01:", false},
		{"2026-11-20T00:00:00Z", "entitled until 2026-12-01:", "not found", "entitled until 2026-12-01:", true},
		{"2026-12-01T00:00:00Z", "not entitled:", "not found", "not entitled:", false},
		{"2026-12-01T00:00:00Z", "not entitled:", "not found", "not entitled:", true},
	} {
		s.passTo(instant(c.at))
		if c.settledInBetween {
			if _, err := s.Settle(background); err != nil {
				t.Fatal(err)
			}
		}
		for login, want := range map[string]string{"cyd": c.cyd, "hal": c.hal, "ida": c.ida} {
			if got := s.entitlement(octodemo, login); got != want {
				t.Errorf("%s at %s, settled %v: got %q, want %q", login, c.at, c.settledInBetween, got, want)
			}
		}
	}
}
