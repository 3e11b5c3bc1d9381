package usher_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// globe is an enterprise with two organizations and one whose Copilot is not enabled. The
// organizations' ids do not stand in the order of the file, nor the teams'.
func globe() []account {
	return []account{
		{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee",
			copilot: enabled(cycleDay(20), func(s *usher.Subscription) { s.Plan = usher.PlanEnterprise }),
			teams:   []team{{id: 9, slug: "platform", members: "ada kim"}, {id: 4, slug: "web", members: "Bob ada"}},
			grants:  []usher.WorldGrant{throughTeam(9), direct("eve"), throughTeam(4), cancelled("ada")},
		},
		{
			login: "hubot", id: hubot, enterprise: octoGlobal, members: "ada Bob eve", copilot: enabled(cycleDay(13)),
			grants: []usher.WorldGrant{direct("bob"), direct("ada")},
		},
		{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, members: "ada cyd fay", copilot: enabled(),
			teams:  []team{{id: 4, slug: "core", members: "fay"}},
			grants: []usher.WorldGrant{throughTeam(4), cancelled("cyd")},
		},
		{login: "bare", id: 3, enterprise: octoGlobal, members: "ada gus"},
		{login: "elsewhere", id: 5, members: "gus", copilot: enabled(), grants: []usher.WorldGrant{direct("gus")}},
	}
}

// enterpriseRows are all rows of the enterprise in a few words, each with its plan and
// its organization, if it has one.
func (s stage) enterpriseRows(page usher.Page) (rows []string, total int64) {
	s.Helper()
	got, err := s.EnterpriseSeats(s.context(), usher.EnterpriseRef(octoGlobal), page)
	if err != nil {
		s.Fatalf("enterprise seats: %v", err)
	}
	for i, line := range words(got.Seats) {
		account := got.Seats[i].Account
		line += " " + string(account.Subscription.Plan)
		if account.Ref.Kind == usher.Organization {
			line += " in " + account.Login
		}
		rows = append(rows, line)
	}
	return rows, got.TotalSeats
}

var everyRow = usher.Page{Number: 1, PerPage: 100}

func TestAnEnterprisesListHasARowForEachGrantAndSeatE1E2E3(t *testing.T) {
	s := play(t, worldOf(globe()...))
	got, total := s.enterpriseRows(everyRow)
	want := []string{
		"eve enterprise", "ada until 2026-11-20 enterprise",
		"ada via web enterprise", "Bob via web enterprise",
		"ada via platform enterprise", "kim via platform enterprise",
		"fay via core business in octodemo", "cyd until 2026-12-01 business in octodemo",
		"Bob business in hubot", "ada business in hubot",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if total != 6 { // ada, Bob, cyd, eve, fay, kim
		t.Errorf("total_seats is %d, want 6 people", total)
	}
}

func TestAnEnterprisesPagesGoOnFromOneAccountToTheNextE2(t *testing.T) {
	s := play(t, worldOf(globe()...))
	all, _ := s.enterpriseRows(everyRow)
	for perPage := int64(1); perPage <= int64(len(all))+1; perPage++ {
		var got []string
		for number := int64(1); number <= int64(len(all))/perPage+2; number++ {
			page, total := s.enterpriseRows(usher.Page{Number: number, PerPage: perPage})
			if total != 6 || int64(len(page)) > perPage {
				t.Errorf("page %d of %d has %d rows, total_seats %d", number, perPage, len(page), total)
			}
			got = append(got, page...)
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", perPage, diff)
		}
	}
	page, err := s.EnterpriseSeats(t.Context(), usher.EnterpriseRef(octoGlobal), usher.Page{Number: 3, PerPage: 2})
	if err != nil {
		t.Fatal(err)
	}
	if page.Rows != int64(len(all)) {
		t.Errorf("a page speaks of %d rows, want %d", page.Rows, len(all))
	}
}

func TestPeopleAreCountedUntilTheLastOfTheirSeatsEndsE1(t *testing.T) {
	for _, settled := range []bool{true, false} {
		t.Run(map[bool]string{true: "settled", false: "not settled"}[settled], func(t *testing.T) {
			a := globe()
			// Of ada there is the enterprise's seat until the 20th, hubot's until the 13th;
			// of cyd octodemo's until December; of Bob hubot's alone.
			a[0].grants = []usher.WorldGrant{cancelled("ada")}
			a[1].grants = []usher.WorldGrant{cancelled("bob"), cancelled("ada")}
			a[2].grants = []usher.WorldGrant{cancelled("cyd")}
			s := play(t, worldOf(a...))
			for _, step := range []struct {
				at   time.Time
				want int64
				rows int
			}{
				{instant("2026-11-12T23:59:59.999999Z"), 3, 4},
				{instant("2026-11-13T00:00:00Z"), 2, 2},
				{instant("2026-11-19T23:59:59.999999Z"), 2, 2},
				{instant("2026-11-20T00:00:00Z"), 1, 1},
				{instant("2026-11-30T23:59:59.999999Z"), 1, 1},
				{instant("2026-12-01T00:00:00Z"), 0, 0},
			} {
				move := s.passTo
				if settled {
					move = s.moveTo
				}
				move(step.at)
				s.sound()
				rows, total := s.enterpriseRows(everyRow)
				if total != step.want || len(rows) != step.rows {
					t.Errorf("at %v: %d people, rows %q; want %d in %d rows", step.at, total, rows, step.want, step.rows)
				}
			}
		})
	}
}

func TestOrganizationsDoNotSeeTheEnterprisesGrantsE4(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.lists("fay via core", "cyd until 2026-12-01")
	if got := s.memberError("ada").Kind; got != usher.NotFound {
		t.Errorf("ada's error is of kind %v", got)
	}
	// A grant of the organization is new there, whatever the enterprise granted.
	s.does(s.GrantUsers, 1, "ada")
	s.does(s.CancelUsers, 1, "ada")
	s.lists("fay via core", "cyd until 2026-12-01", "ada until 2026-12-01")
	if _, total := s.enterpriseRows(everyRow); total != 6 {
		t.Errorf("total_seats is %d, want 6 people", total)
	}
	// The organizations' team 4 is not the enterprise's.
	s.does(s.CancelTeams, 1, "core")
	rows, _ := s.enterpriseRows(everyRow)
	if diff := cmp.Diff([]string{"ada via web enterprise", "Bob via web enterprise"}, rows[2:4]); diff != "" {
		t.Errorf("the enterprise team's rows (-want +got):\n%s", diff)
	}
}

func TestAnEnterpriseWithoutCopilotStillListsItsOrganizationsSeatsE2(t *testing.T) {
	a := globe()
	a[0].copilot, a[0].grants = nil, nil
	s := play(t, worldOf(a...))
	got, total := s.enterpriseRows(everyRow)
	want := []string{
		"fay via core business in octodemo", "cyd until 2026-12-01 business in octodemo",
		"Bob business in hubot", "ada business in hubot",
	}
	if diff := cmp.Diff(want, got); diff != "" || total != 4 {
		t.Errorf("total %d, rows (-want +got):\n%s", total, diff)
	}
}

// reach is globe with people who are in the enterprise in other ways: invited, its owner,
// and (jon) no more, though an old grant names him.
func reach() []account {
	a := globe()
	a[0].grants = append(a[0].grants, direct("jon"))
	a[0].teams[0].name = "All of the Platform"
	a[2].invited = "hal"
	a[4].members += " ida"
	return a
}

func (s stage) inEnterprise(c call, want int, names ...string) {
	s.Helper()
	s.doesIn(usher.EnterpriseRef(octoGlobal), c, want, names...)
}

// ownRows compares the rows that are the enterprise's own, without their plan.
func (s stage) ownRows(want ...string) {
	s.Helper()
	all, _ := s.enterpriseRows(everyRow)
	var got []string
	for _, row := range all {
		if own, found := strings.CutSuffix(row, " enterprise"); found {
			got = append(got, own)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("the enterprise's own rows (-want +got):\n%s", diff)
	}
}

func TestMembersOfTheEnterprisesOrganizationsAndTeamsCanBeGrantedE5(t *testing.T) {
	s := play(t, worldOf(reach()...))
	// gus is in an organization without Copilot, kim in a team alone, cyd pending elsewhere.
	s.inEnterprise(s.GrantEnterpriseUsers, 3, "gus", "KIM", "Cyd", "cyd")
	s.ownRows("eve", "ada until 2026-11-20", "jon", "gus", "kim", "cyd",
		"ada via web", "Bob via web", "ada via platform", "kim via platform")
}

func TestOthersRefuseTheEnterprisesWholeCallE5(t *testing.T) {
	s := play(t, worldOf(reach()...))
	names := []string{"gus", "nobody", "dee", "hal", "Ida", "LEE", "DEE"}
	// Nowhere, invited, of an organization elsewhere, the enterprise's owner and no more.
	want := []string{"User nobody missing", "User dee invalid", "User hal invalid", "User Ida invalid", "User LEE invalid"}
	for _, c := range []call{s.GrantEnterpriseUsers, s.CancelEnterpriseUsers} {
		got := offences(t, s.refusesIn(usher.EnterpriseRef(octoGlobal), c, names...))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("offences (-want +got):\n%s", diff)
		}
	}
}

func TestWhoIsNoMemberAnyMoreCanBeCancelledAndNotGrantedE5(t *testing.T) {
	s := play(t, worldOf(reach()...))
	refused := func(c call) {
		t.Helper()
		got := offences(t, s.refusesIn(usher.EnterpriseRef(octoGlobal), c, "jon"))
		if diff := cmp.Diff([]string{"User jon invalid"}, got); diff != "" {
			t.Errorf("offences (-want +got):\n%s", diff)
		}
	}
	refused(s.GrantEnterpriseUsers)
	s.inEnterprise(s.CancelEnterpriseUsers, 1, "jon")
	s.inEnterprise(s.CancelEnterpriseUsers, 0, "jon")
	refused(s.GrantEnterpriseUsers)
	s.passTo(instant("2026-11-20T00:00:00Z"))
	refused(s.CancelEnterpriseUsers)
}

func TestTheEnterprisesSeatsAreCountedAsAnOrganizationsE5G1X3(t *testing.T) {
	s := play(t, worldOf(globe()...))
	// New, refreshed and live; of them the first two count.
	s.inEnterprise(s.GrantEnterpriseUsers, 2, "fay", "ada", "eve")
	s.inEnterprise(s.GrantEnterpriseUsers, 0, "fay", "ada", "eve")
	s.ownRows("eve", "ada", "fay", "ada via web", "Bob via web", "ada via platform", "kim via platform")
	// gus has no seat.
	s.inEnterprise(s.CancelEnterpriseUsers, 2, "eve", "gus", "ada", "EVE")
	s.inEnterprise(s.CancelEnterpriseUsers, 0, "eve", "ada")
	s.ownRows("eve until 2026-11-20", "ada until 2026-11-20", "fay",
		"ada via web", "Bob via web", "ada via platform", "kim via platform")
	s.moveTo(instant("2026-11-20T00:00:00Z"))
	s.ownRows("fay", "ada via web", "Bob via web", "ada via platform", "kim via platform")
	s.inEnterprise(s.GrantEnterpriseUsers, 1, "eve")
	s.ownRows("fay", "eve", "ada via web", "Bob via web", "ada via platform", "kim via platform")
}

func TestAUserWhomOnlyAnEnterpriseTeamHoldsIsNotCancelledAndNotRefusedE5(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.inEnterprise(s.CancelEnterpriseUsers, 0, "kim", "Bob")
	s.ownRows("eve", "ada until 2026-11-20", "ada via web", "Bob via web", "ada via platform", "kim via platform")
}

func TestAnEnterpriseTeamIsNamedBySlugWithItsPrefixOrWithoutAndByNameE6(t *testing.T) {
	a := reach()
	a[0].grants = nil
	// One team's name is another's slug: the slug goes first.
	a[0].teams = append(a[0].teams, team{id: 2, slug: "third", name: "Web", members: "gus"}, team{id: 3, slug: "fourth", name: "ENT:Platform", members: "gus"})
	s := play(t, worldOf(a...))
	for _, names := range [][]string{
		{"platform"},
		{"ent:platform"},
		{"ENT:Platform"},
		{"All of the Platform"},
		{"all of the PLATFORM", "Ent:Platform", "platform"},
	} {
		s.inEnterprise(s.GrantEnterpriseTeams, 2, names...)
		s.ownRows("ada via platform", "kim via platform")
		s.inEnterprise(s.CancelEnterpriseTeams, 2, names...)
		s.ownRows("ada via platform until 2026-11-20", "kim via platform until 2026-11-20")
	}
	s.inEnterprise(s.GrantEnterpriseTeams, 2, "web")
	s.ownRows("ada via web", "Bob via web", "ada via platform until 2026-11-20", "kim via platform until 2026-11-20")
	for _, c := range []call{s.GrantEnterpriseTeams, s.CancelEnterpriseTeams} {
		// The prefix belongs to slugs; core is an organization's team.
		got := offences(t, s.refusesIn(usher.EnterpriseRef(octoGlobal), c, "web", "nothing", "ent:All of the Platform", "core", "ent:", "ent:ent:web", "NOTHING"))
		want := []string{"Team nothing missing", "Team ent:All of the Platform missing", "Team core missing", "Team ent: missing", "Team ent:ent:web missing"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("offences (-want +got):\n%s", diff)
		}
	}
}

func TestAnEnterpriseTeamsGrantOpensASeatOfItsOwnForEachOfItsPeopleE5(t *testing.T) {
	a := globe()
	a[0].grants = []usher.WorldGrant{direct("ada")}
	s := play(t, worldOf(a...))
	s.inEnterprise(s.GrantEnterpriseTeams, 4, "web", "platform", "ent:web")
	s.inEnterprise(s.GrantEnterpriseTeams, 0, "platform")
	s.ownRows("ada", "ada via web", "Bob via web", "ada via platform", "kim via platform")
	if _, total := s.enterpriseRows(everyRow); total != 5 { // ada, Bob, cyd, fay, kim
		t.Errorf("total_seats is %d, want 5 people", total)
	}
}

func TestWhomAnotherEnterpriseTeamHoldsLosesTheRowAndIsNotCountedE5(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.inEnterprise(s.CancelEnterpriseTeams, 1, "web") // Bob; platform holds ada
	s.ownRows("eve", "ada until 2026-11-20", "Bob via web until 2026-11-20", "ada via platform", "kim via platform")
	s.inEnterprise(s.CancelEnterpriseTeams, 0, "web")
	s.inEnterprise(s.CancelEnterpriseTeams, 2, "platform") // nothing holds ada any more
	s.ownRows("eve", "ada until 2026-11-20", "Bob via web until 2026-11-20",
		"ada via platform until 2026-11-20", "kim via platform until 2026-11-20")
	// A new grant refreshes what is pending; what was lost begins anew.
	s.inEnterprise(s.GrantEnterpriseTeams, 2, "web")
	s.ownRows("eve", "ada until 2026-11-20", "Bob via web", "ada via web",
		"ada via platform until 2026-11-20", "kim via platform until 2026-11-20")
}

func TestTeamsThatEndTogetherCountEachPersonOnceE5(t *testing.T) {
	for _, names := range [][]string{{"web", "platform"}, {"platform", "web"}} {
		t.Run(names[0]+" first", func(t *testing.T) {
			s := play(t, worldOf(globe()...))
			s.inEnterprise(s.CancelEnterpriseTeams, 3, names...) // ada, Bob, kim
			rows, total := s.enterpriseRows(everyRow)
			if len(rows) != 2+3+4 || total != 6 {
				t.Errorf("%d people in the rows %q, want 6 in 9", total, rows)
			}
		})
	}
}

func TestADirectGrantAndATeamsDoNotKeepEachOtherAliveInAnEnterpriseE5(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.inEnterprise(s.GrantEnterpriseUsers, 2, "Bob", "kim")
	s.inEnterprise(s.CancelEnterpriseUsers, 1, "kim")
	s.inEnterprise(s.CancelEnterpriseTeams, 1, "web")
	s.ownRows("eve", "ada until 2026-11-20", "Bob", "kim until 2026-11-20",
		"Bob via web until 2026-11-20", "ada via platform", "kim via platform")
}

func TestARowThatIsLostAtOnceIsAnEventE5(t *testing.T) {
	s := play(t, worldOf(globe()...))
	before := len(dump(s, s.store).Accounts[0].Events)
	s.inEnterprise(s.CancelEnterpriseTeams, 1, "web")
	var got []string
	for _, e := range dump(s, s.store).Accounts[0].Events[before:] {
		got = append(got, fmt.Sprintf("%s user %d team %d", e.Action, e.UserID, e.TeamID))
		if !e.At.Equal(noon) || e.Actor != by.Actor || e.RequestID != by.RequestID {
			t.Errorf("the event %+v has another time, actor or request", e)
		}
	}
	want := []string{
		"copilot.cfb_seat_assignment_unassigned user 0 team 4",
		"copilot.cfb_seat_cancelled user 1 team 4",
		"copilot.cfb_seat_assignment_unassigned user 2 team 4",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestTheEnterprisesWritesDoNotTouchItsOrganizationsE4(t *testing.T) {
	s := play(t, worldOf(globe()...))
	before := dump(s, s.store).Accounts[1:]
	s.inEnterprise(s.GrantEnterpriseUsers, 2, "cyd", "fay")
	s.inEnterprise(s.CancelEnterpriseUsers, 1, "fay")
	s.inEnterprise(s.CancelEnterpriseTeams, 3, "web", "platform")
	if diff := cmp.Diff(before, dump(s, s.store).Accounts[1:]); diff != "" {
		t.Errorf("the organizations (-before +after):\n%s", diff)
	}
}

func TestAnEnterprisesWritesAreRefusedInTheOrderOfAnOrganizationsG8(t *testing.T) {
	unpaid := func(s *usher.Subscription) { s.BillingSetUp = false }
	noPolicy := func(s *usher.Subscription) { s.PublicCodeSuggestions = usher.PolicyUnconfigured }
	all, disabled, unconfigured := management(usher.AssignAll), management(usher.AssignmentDisabled), management(usher.AssignmentUnconfigured)
	const enable = "Enable access for selected members in order to manage seats via the API."
	tests := []struct {
		name    string
		copilot *usher.Subscription
		want    string
	}{
		{"not enabled", nil, "Copilot Business is not enabled for this enterprise."},
		{"billing before all others", enabled(unpaid, noPolicy, disabled), "Billing has not been set up for this enterprise. Set up billing before you manage seats."},
		{"the policy before the setting", enabled(noPolicy, all), "A suggestions matching public code policy has not been set for this enterprise. Set the policy before you manage seats."},
		{"assign_all", enabled(all), "Your enterprise has enabled Copilot access for all members. " + enable},
		{"disabled", enabled(disabled), "Copilot access is disabled for this enterprise. " + enable},
		{"unconfigured", enabled(unconfigured), "Copilot access is unconfigured for this enterprise. " + enable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := globe()
			a[0].copilot, a[0].grants = test.copilot, nil
			s := play(t, worldOf(a...))
			for _, c := range []call{s.GrantEnterpriseUsers, s.CancelEnterpriseUsers, s.GrantEnterpriseTeams, s.CancelEnterpriseTeams} {
				got := s.refusesIn(usher.EnterpriseRef(octoGlobal), c, "ada", "web", "nothing of that name")
				if diff := cmp.Diff(&usher.Error{Kind: usher.Invalid, Message: test.want}, got); diff != "" {
					t.Errorf("refusal (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// personRows are a person's rows of the enterprise in a few words, as enterpriseRows has
// them.
func (s stage) personRows(login string) []string {
	s.Helper()
	got, err := s.EnterpriseMemberSeats(s.context(), usher.EnterpriseRef(octoGlobal), login)
	if err != nil {
		s.Fatalf("the seats of %s: %v", login, err)
	}
	if got.TotalSeats != 1 || got.Rows != int64(len(got.Seats)) {
		s.Errorf("%s: total_seats is %d, %d rows of %d", login, got.TotalSeats, len(got.Seats), got.Rows)
	}
	var rows []string
	for i, line := range words(got.Seats) {
		rows = append(rows, line+" of "+got.Seats[i].Account.Login)
	}
	return rows
}

func (s stage) noPersonRows(login string) *usher.Error {
	s.Helper()
	got, err := s.EnterpriseMemberSeats(s.context(), usher.EnterpriseRef(octoGlobal), login)
	if err == nil {
		s.Fatalf("%s has the rows %q, want an error", login, words(got.Seats))
	}
	return refusal(s, err)
}

func TestAMemberOfAnEnterpriseHasARowForEachGrantE6(t *testing.T) {
	a := globe()
	a[2].grants = append(a[2].grants, direct("ada"))
	s := play(t, worldOf(a...))
	for login, want := range map[string][]string{
		"ADA": {"ada until 2026-11-20 of octo-global", "ada via web of octo-global", "ada via platform of octo-global", "ada of octodemo", "ada of hubot"},
		"kim": {"kim via platform of octo-global"},
		"fay": {"fay via core of octodemo"},
		"cyd": {"cyd until 2026-12-01 of octodemo"},
	} {
		if diff := cmp.Diff(want, s.personRows(login)); diff != "" {
			t.Errorf("rows of %s (-want +got):\n%s", login, diff)
		}
	}
	// A member without a seat, one of another organization, nowhere, unknown.
	for _, login := range []string{"gus", "lee", "dee", "nobody", ""} {
		if got := s.noPersonRows(login); got.Kind != usher.NotFound || got.Message != "Not Found" {
			t.Errorf("%q: got %+v, want not found", login, got)
		}
	}
	s.passTo(instant("2026-12-01T00:00:00Z"))
	if diff := cmp.Diff([]string{"ada via web of octo-global", "ada via platform of octo-global", "ada of octodemo", "ada of hubot"}, s.personRows("ada")); diff != "" {
		t.Errorf("rows of ada when the cycles are over (-want +got):\n%s", diff)
	}
	if got := s.noPersonRows("cyd"); got.Kind != usher.NotFound {
		t.Errorf("cyd, whose seat has ended: got %+v, want not found", got)
	}
}

func TestAMembersRowsWithoutOrganizationShowTheLatestActivityR4(t *testing.T) {
	a := globe()
	early, late := noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -1)
	a[1].activity = []usher.WorldActivity{{UserID: userID("ada"), Activity: usher.Activity{At: late, Editor: "vim"}}}
	a[2].grants = append(a[2].grants, direct("ada"))
	a[2].activity = []usher.WorldActivity{{UserID: userID("ada"), Activity: usher.Activity{At: early, Editor: "emacs"}}}
	s := play(t, worldOf(a...))
	page, err := s.EnterpriseMemberSeats(t.Context(), usher.EnterpriseRef(octoGlobal), "ada")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range page.Seats {
		got = append(got, row.Seat.Activity.Editor)
	}
	if diff := cmp.Diff([]string{"vim", "vim", "vim", "emacs", "vim"}, got); diff != "" {
		t.Errorf("editors (-want +got):\n%s", diff)
	}
}

func TestAMemberIsRefusedOnlyWhereNoAccountOfTheEnterpriseHasCopilotE6(t *testing.T) {
	a := globe()
	a[0].copilot, a[0].grants = nil, nil
	s := play(t, worldOf(a...))
	if diff := cmp.Diff([]string{"ada of hubot"}, s.personRows("ada")); diff != "" {
		t.Errorf("rows of ada (-want +got):\n%s", diff)
	}
	if got := s.noPersonRows("kim"); got.Kind != usher.NotFound {
		t.Errorf("kim: got %+v, want not found", got)
	}
	for i := range a[:4] {
		a[i].copilot, a[i].grants = nil, nil
	}
	if _, err := s.Load(t.Context(), worldOf(a...)); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"ada", "nobody"} {
		want := &usher.Error{Kind: usher.Invalid, Message: "Copilot Business is not enabled for this enterprise."}
		if diff := cmp.Diff(want, s.noPersonRows(login)); diff != "" {
			t.Errorf("%s: refusal (-want +got):\n%s", login, diff)
		}
	}
}

func TestAnEnterprisesTransactionThatRunsTwiceCountsOnce(t *testing.T) {
	s := play(t, worldOf(globe()...))
	twice := usher.NewService(&repeating{s.store})
	s.inEnterprise(twice.GrantEnterpriseUsers, 2, "fay", "ada", "eve")
	s.inEnterprise(twice.CancelEnterpriseUsers, 1, "fay")
	s.inEnterprise(twice.CancelEnterpriseTeams, 3, "web", "platform")
	s.inEnterprise(twice.GrantEnterpriseTeams, 4, "web", "platform")
}

func TestAnEnterprisesAssignAllGrantsNobodyAnything(t *testing.T) {
	s := play(t, worldOf(account{
		kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(),
		teams: []team{{id: 1, slug: "web", members: "ada"}}, grants: []usher.WorldGrant{direct("ada"), cancelled("bob")},
	}))
	enterprise := usher.EnterpriseRef(octoGlobal)
	for _, setting := range []usher.SeatManagement{usher.AssignAll, usher.AssignSelected} {
		if _, err := s.ChangeSubscription(background, enterprise, usher.SubscriptionChange{SeatManagement: &setting}, by); err != nil {
			t.Fatal(err)
		}
		s.sound()
		page, err := s.EnterpriseSeats(background, enterprise, everyRow)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"ada", "Bob until 2026-12-01"}, words(page.Seats)); diff != "" {
			t.Errorf("under %s (-want +got):\n%s", setting, diff)
		}
	}
}
