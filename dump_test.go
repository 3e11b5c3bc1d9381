package usher_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usher-seats/usher"
)

func (s stage) dump() (usher.World, []string) {
	s.Helper()
	world, lost, err := s.Dump(background)
	if err != nil {
		s.Fatalf("dump: %v", err)
	}
	return world, lost
}

// sameDump compares worlds as dumps have them. A list without items and none are the same.
func sameDump(t complainer, what string, got, want usher.World) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestADumpIsWhatTheWorldWasLoadedWith(t *testing.T) {
	s := play(t, richWorld())
	got, lost := s.dump()

	want := richWorld()
	want.Digest, want.Clock = "", usher.Clock{}
	for i := range want.Accounts {
		for j := range want.Accounts[i].Teams {
			want.Accounts[i].Teams[j].CreatedAt = time.Time{}
		}
	}
	want.Accounts[1].Account.Name = ""
	sameDump(t, "the world", got, want)
	wantLost := []string{
		"the clock, which stands: in a rehearsal the line `now: 2026-11-11T12:00:00Z` has it stand there again",
		`organization octodemo: its name, "The octodemo"`,
	}
	if diff := cmp.Diff(wantLost, lost); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
}

// richWorld has something of all that a seed can say, in the order of a dump.
func richWorld() usher.World {
	march, may := noon.AddDate(0, -8, 0), noon.AddDate(0, -6, 0)
	enterprise := account{
		kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "ada", managers: "ida",
		teams: []team{{id: 1, slug: "platform", members: "dee jon"}}, copilot: enabled(),
		grants: []usher.WorldGrant{
			directAt("dee", march),
			{Kind: usher.DirectGrant, SubjectID: userID("Bob"), At: may, Cancelled: true},
			{Kind: usher.TeamGrant, SubjectID: 1, At: march},
		},
	}
	organization := account{
		login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob cyd dee eve fay", invited: "gus hal",
		teams: []team{
			{id: 3, slug: "core", members: "cyd"},
			{id: 4, slug: "inner", parent: 3, members: "Bob dee"},
			{id: 5, slug: "docs", members: "eve"},
		},
		copilot: enabled(cycleDay(15)),
		grants: []usher.WorldGrant{
			directAt("hal", march), // who is invited: no seat begins
			directAt("fay", march),
			{Kind: usher.DirectGrant, SubjectID: userID("ada"), At: march, Cancelled: true},
			directAt("cyd", may),
			directAt("Bob", noon.AddDate(0, 0, -1)),
			{Kind: usher.TeamGrant, SubjectID: 5, At: march},
			{Kind: usher.TeamGrant, SubjectID: 3, At: may},
		},
		activity: []usher.WorldActivity{
			{UserID: userID("ada"), Activity: usher.Activity{At: may, Editor: "vi"}},
			{UserID: userID("cyd"), Activity: usher.Activity{At: noon, Editor: "ed", AuthenticatedAt: may}},
		},
	}
	return worldOf(enterprise, organization)
}

func TestADumpsGrantsHaveTheTimesOfTheSeatsThatTheyBring(t *testing.T) {
	march, may, day := noon.AddDate(0, -8, 0), noon.AddDate(0, -6, 0), 24*time.Hour
	team3 := throughTeam(3)
	team3.At = may
	s := play(t, worldOf(account{
		login: "octodemo", id: octodemo, owners: "ada", members: "Bob cyd dee eve fay hal ida", invited: "gus",
		teams: []team{{id: 3, slug: "core", members: "cyd hal"}, {id: 4, slug: "inner", parent: 3, members: "ida"}}, copilot: enabled(),
		grants: []usher.WorldGrant{directAt("Bob", march), directAt("hal", march), team3},
	}))
	s.does(s.CancelUsers, 1, "Bob")
	s.does(s.CancelUsers, 0, "hal") // whom the team holds
	s.does(s.GrantUsers, 1, "gus")
	s.passTo(noon.Add(day))
	s.does(s.GrantUsers, 1, "Bob", "cyd", "hal", "ida") // Bob's seat was pending; the team holds the others'
	s.joins(3, "eve")
	s.accepts("gus")
	s.does(s.GrantUsers, 2, "fay", "dee")

	world, lost := s.dump()
	want := []usher.WorldGrant{
		directAt("Bob", march), directAt("hal", march), // since when they have had their seats
		directAt("cyd", noon.Add(day)), directAt("ida", noon.Add(day)), // whose seats the team brought
		directAt("gus", noon.Add(day)), directAt("fay", noon.Add(day)), directAt("dee", noon.Add(day)), // as they are numbered
		team3,
	}
	if diff := cmp.Diff(want, world.Accounts[0].Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"organization octodemo: seats that begin at another time when they are loaded: 1"}, lost[2:]); diff != "" {
		t.Errorf("lost, but for eve, who joined late (-want +got):\n%s", diff)
	}
}

func TestUnderAssignAllSeatsBeginWithTheLoading(t *testing.T) {
	s := play(t, worldOf(account{
		login: "octodemo", id: octodemo, owners: "ada", members: "Bob cyd", copilot: enabled(management(usher.AssignAll)),
		grants: []usher.WorldGrant{directAt("cyd", noon.AddDate(0, -1, 0))},
	}))
	world, lost := s.dump()
	if diff := cmp.Diff([]usher.WorldGrant{directAt("cyd", noon.AddDate(0, -1, 0))}, world.Accounts[0].Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"organization octodemo: seats that begin at another time when they are loaded: 2"}, lost[2:]); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
}

func TestADumpCountsWhatItLeavesOut(t *testing.T) {
	enterprise := account{
		kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(),
		teams:  []team{{id: 21, slug: "red", members: "Bob cyd"}, {id: 22, slug: "blue", members: "Bob kim"}, {id: 23, slug: "none"}},
		grants: []usher.WorldGrant{direct("kim"), throughTeam(21), throughTeam(22)},
	}
	octodemo := account{
		login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob cyd dee eve", copilot: enabled(),
		teams:    []team{{id: 3, slug: "docs", members: "dee eve"}},
		grants:   []usher.WorldGrant{direct("cyd"), throughTeam(3)},
		activity: []usher.WorldActivity{{UserID: userID("cyd"), Activity: usher.Activity{At: noon, Editor: "vi"}}},
	}
	off := account{login: "hubot", id: hubot, owners: "ada", invited: "ida", copilot: enabled(), grants: []usher.WorldGrant{direct("ida")}}
	s := play(t, worldOf(enterprise, octodemo, off, account{login: "forgotten-5", id: 10, owners: "ada"}))
	s.passTo(noon.Add(time.Hour))
	s.removes("cyd")
	s.leaves(3, "dee")
	s.joins(3, "Bob")
	s.invites("gus")
	if _, err := s.SetOrganizationMembership(background, octo, "hal", usher.RoleOwner, by); err != nil {
		t.Fatal(err)
	}
	s.joins(3, "gus")
	quiet := true
	s.alters(3, usher.TeamChange{Quiet: &quiet})
	s.selects("none", usher.AllOrganizations)
	s.discharges("blue", "kim")
	s.forgets("eve")
	s.copilot(usher.OrganizationRef(hubot), usher.AssignmentDisabled)

	world, lost := s.dump()
	want := []string{
		"the clock, which stands: in a rehearsal the line `now: 2026-11-11T13:00:00Z` has it stand there again",
		"people who were forgotten, with all that they have: 1",
		"enterprise octo-global: enterprise teams assigned to organizations, and when loaded to none: 1",
		"enterprise octo-global: pending seats of enterprise teams: 1",
		`organization octodemo: its name, "The octodemo"`,
		"organization octodemo: invitations that end by themselves, and when loaded do not: 2",
		"organization octodemo: people invited to be owners, and when loaded to be members: 1",
		"organization octodemo: places in teams that wait for invited people: 1",
		"organization octodemo: teams whose notifications are off, and when loaded are on: 1",
		"organization octodemo: pending seats that a team held, and when loaded none did: 1",
		"organization octodemo: seats that begin at another time when they are loaded: 1",
		"organization octodemo: seats that would come back before the billing cycle ends: 1",
		"organization octodemo: grants that would come back before the billing cycle ends: 1",
		`organization hubot: its name, "The hubot"`,
		"organization hubot: seats that invited people are to have once Copilot is on again: 1",
		"organization forgotten-5: all of it: a seed keeps such logins for people who are forgotten",
		"enterprise octo-global: seats of people who belong to none of its organizations and teams: 1",
		"enterprise octo-global: people whose last activity was on a seat that they have no more: 1",
	}
	if diff := cmp.Diff(want, lost); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
	file := written(t, world)
	s.settled(usher.ApplyOptions{}, s.desired(file))
	s.settled(pruning(), s.desired(file))
	again := onStage(t, world)
	if _, lost := again.dump(); len(lost) > 0 {
		t.Errorf("loaded, it still loses %q", lost)
	}
}
