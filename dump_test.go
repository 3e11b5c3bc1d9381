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
			{id: 3, slug: "core", members: "cyd"}, {id: 4, slug: "inner", parent: 3, members: "Bob dee"},
			{id: 5, slug: "docs", members: "eve"},
		},
		copilot: enabled(cycleDay(15)),
		grants: []usher.WorldGrant{
			directAt("fay", march),
			{Kind: usher.DirectGrant, SubjectID: userID("ada"), At: march, Cancelled: true},
			directAt("hal", march),
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
