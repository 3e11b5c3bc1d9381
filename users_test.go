package usher_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// crew is an organization with two nested teams and one beside them.
//
//	core (ada, Bob) > inner (cyd) > innermost (dee)
//	docs (Bob, eve)
func crew(grants ...usher.WorldGrant) account {
	return account{
		login: "octodemo", id: octodemo, owners: "ada", members: "Bob cyd dee eve fay gus", invited: "hal ida", copilot: enabled(),
		teams: []team{
			{id: 20, slug: "core", name: "Core Team", members: "ada Bob"},
			{id: 21, slug: "inner", name: "Inner Circle", parent: 20, members: "cyd"},
			{id: 19, slug: "innermost", name: "Innermost", parent: 21, members: "dee"},
			{id: 18, slug: "docs", name: "Docs & Words", members: "Bob eve"},
		},
		grants: grants,
	}
}

func TestGrantingGivesSeatsAndCountsTheNewAndTheRefreshedG1(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), cancelled("bob"), throughTeam(21))))
	s.lists("ada", "Bob until 2026-12-01", "cyd via inner", "dee via inner")
	// ada is live, Bob pending, cyd is held by a team, eve and fay have none.
	s.does(s.GrantUsers, 3, "ADA", "bob", "Cyd", "fay", "eve", "EVE", "Fay")
	s.lists("ada", "Bob", "cyd", "dee via inner", "fay", "eve")
	s.does(s.GrantUsers, 0, "ada", "bob", "cyd", "eve", "fay")
}

func TestAReusedSeatIsUnchangedAndItsDirectGrantRememberedG1(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(21))))
	before := s.member("cyd").Seat
	s.moveTo(noon.Add(time.Hour))
	s.does(s.GrantUsers, 0, "cyd")
	want := before
	want.TeamID = 0
	if diff := cmp.Diff(want, s.member("cyd").Seat); diff != "" {
		t.Errorf("the reused seat (-want +got):\n%s", diff)
	}
	// Remembered: it survives the end of the team's grant.
	s.does(s.CancelTeams, 1, "inner")
	s.lists("cyd", "dee via inner until 2026-12-01")
	s.does(s.CancelUsers, 1, "cyd")
}

func TestARefreshedSeatKeepsItsNumberAndItsBeginningR1(t *testing.T) {
	s := play(t, worldOf(crew(directAt("ada", noon.AddDate(0, 0, -3)), direct("eve"))))
	s.does(s.CancelUsers, 1, "ada")
	pending := usher.Seat{
		Number: 1, UserID: 1, CreatedAt: noon.AddDate(0, 0, -3), UpdatedAt: noon, EndsAt: endOfNovember, CancelledBy: by.Actor,
	}
	if diff := cmp.Diff(pending, s.member("ada").Seat); diff != "" {
		t.Errorf("the pending seat (-want +got):\n%s", diff)
	}
	later := noon.Add(time.Hour)
	s.moveTo(later)
	s.does(s.GrantUsers, 1, "ada")
	s.lists("ada", "eve")
	refreshed := usher.Seat{Number: 1, UserID: 1, CreatedAt: noon.AddDate(0, 0, -3), UpdatedAt: later}
	if diff := cmp.Diff(refreshed, s.member("ada").Seat); diff != "" {
		t.Errorf("the refreshed seat (-want +got):\n%s", diff)
	}
	if got := s.breakdown().PendingCancellation; got != 0 {
		t.Errorf("%d seats are pending, want none", got)
	}
}

func TestASeatGrantedAfterItsEndIsANewOneR1(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), direct("eve"))))
	s.does(s.CancelUsers, 1, "ada")
	s.passTo(endOfNovember)
	s.does(s.GrantUsers, 1, "ada")
	s.lists("eve", "ada")
	want := usher.Seat{Number: 3, UserID: 1, CreatedAt: endOfNovember, UpdatedAt: endOfNovember}
	if diff := cmp.Diff(want, s.member("ada").Seat); diff != "" {
		t.Errorf("the new seat (-want +got):\n%s", diff)
	}
}

func TestAnInvitedPersonsGrantIsRememberedAndTheirSeatIsNotThereG4(t *testing.T) {
	s := play(t, worldOf(crew()))
	s.does(s.GrantUsers, 2, "hal", "fay")
	s.lists("fay")
	if got, want := s.breakdown(), (usher.SeatBreakdown{Total: 1, AddedThisCycle: 1, PendingInvitation: 1, InactiveThisCycle: 1}); got != want {
		t.Errorf("breakdown: got %+v, want %+v", got, want)
	}
	// Granted or not, an invited person's answer is the same kind (R8).
	for _, login := range []string{"hal", "ida"} {
		if got := s.memberError(login); got.Kind != usher.Invalid || !strings.Contains(got.Message, "pending organization invitation") {
			t.Errorf("member GET of %s: %+v", login, got)
		}
	}
	s.does(s.GrantUsers, 0, "HAL")
	s.does(s.CancelUsers, 0, "hal")
	if got := s.breakdown().PendingInvitation; got != 0 {
		t.Errorf("after DELETE %d invited people hold a grant, want none", got)
	}
	s.does(s.CancelUsers, 0, "hal")
	s.does(s.GrantUsers, 2, "hal", "ida")
	if got := s.breakdown().PendingInvitation; got != 2 {
		t.Errorf("%d invited people hold a grant, want 2", got)
	}
}

func TestUnderAssignAllEveryInvitedPersonIsPendingG4(t *testing.T) {
	a := crew(direct("hal"))
	a.copilot = enabled(management(usher.AssignAll))
	s := play(t, worldOf(a))
	if got, want := s.breakdown(), (usher.SeatBreakdown{Total: 7, AddedThisCycle: 7, PendingInvitation: 2, InactiveThisCycle: 7}); got != want {
		t.Errorf("breakdown: got %+v, want %+v", got, want)
	}
}

// offences are what an error says of each name, without its message.
func offences(t *testing.T, e *usher.Error) []string {
	t.Helper()
	if e.Kind != usher.Invalid || e.Message != "Validation Failed" {
		t.Errorf("got the error %d %q, want Validation Failed", e.Kind, e.Message)
	}
	var out []string
	for _, item := range e.Items {
		name, _, found := strings.Cut(strings.TrimPrefix(item.Message, `"`), `"`)
		if !found {
			t.Errorf("the message %q names nobody", item.Message)
		}
		out = append(out, fmt.Sprintf("%s %s %s", item.Subject, name, item.Code))
	}
	return out
}

func TestEveryOffendingUserIsNamedAndNothingChangesG5G6(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), throughTeam(21))))
	for _, c := range []call{s.GrantUsers, s.CancelUsers} {
		got := offences(t, s.refuses(c, "ada", "nobody", "fay", "kim", "NoBody", "Lee", "no body", "", "hal"))
		want := []string{
			"User nobody missing", "User kim invalid", "User Lee invalid", "User no body missing", "User  missing",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("offences (-want +got):\n%s", diff)
		}
	}
}

func TestLettersOfOtherScriptsAreNoASCIILettersG5(t *testing.T) {
	s := play(t, worldOf(crew()))
	// A Kelvin sign folds to k, a long s to s, a dotless i to nothing.
	for _, login := range []string{"\u212Aim", "gu\u017F", "\u0131da", "ada\x00", "ada ", "\xff"} {
		if got := len(s.refuses(s.GrantUsers, login).Items); got != 1 {
			t.Errorf("%q: %d offences, want 1", login, got)
		}
	}
}

func TestAnEmptyListChangesNothing(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	before := dump(s, s.store)
	for _, c := range []call{s.GrantUsers, s.CancelUsers, s.GrantTeams, s.CancelTeams} {
		s.does(c, 0)
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
}

func (s stage) calls() map[string]call {
	return map[string]call{
		"GrantUsers": s.GrantUsers, "CancelUsers": s.CancelUsers, "GrantTeams": s.GrantTeams, "CancelTeams": s.CancelTeams,
	}
}

func TestWritesAreRefusedForOneReasonAtATimeInOrderG8(t *testing.T) {
	unpaid := func(s *usher.Subscription) { s.BillingSetUp = false }
	noPolicy := func(s *usher.Subscription) { s.PublicCodeSuggestions = usher.PolicyUnconfigured }
	all, disabled, unconfigured := management(usher.AssignAll), management(usher.AssignmentDisabled), management(usher.AssignmentUnconfigured)
	tests := []struct {
		name    string
		copilot *usher.Subscription
		want    string
		reason  usher.Reason
	}{
		{"not enabled", nil, "Copilot Business is not enabled for this organization.", 0},
		{"billing is not set up", enabled(unpaid), "billing", 0},
		{"billing before the policy", enabled(unpaid, noPolicy), "billing", 0},
		{"billing before assign_all", enabled(unpaid, all), "billing", 0},
		{"billing before all others", enabled(unpaid, noPolicy, disabled), "billing", 0},
		{"no policy", enabled(noPolicy), "suggestions matching public code policy", 0},
		{"no policy before assign_all", enabled(noPolicy, all), "suggestions matching public code policy", 0},
		{"no policy before disabled", enabled(noPolicy, disabled), "suggestions matching public code policy", 0},
		{"no policy before unconfigured", enabled(noPolicy, unconfigured), "suggestions matching public code policy", 0},
		{"assign_all", enabled(all), "all members", usher.AllMembers},
		{"disabled", enabled(disabled), "disabled", 0},
		{"unconfigured", enabled(unconfigured), "unconfigured", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := crew()
			a.copilot = test.copilot
			s := play(t, worldOf(a))
			for name, c := range s.calls() {
				// The state is looked at before the names (A1).
				for _, names := range [][]string{{"ada"}, {"core"}, {"nothing of that name"}, {}} {
					got := s.refuses(c, names...)
					if got.Kind != usher.Invalid || got.Reason != test.reason || len(got.Items) > 0 ||
						!strings.Contains(strings.ToLower(got.Message), strings.ToLower(test.want)) {
						t.Errorf("%s %q: got %+v, want a message that says %q", name, names, got, test.want)
					}
				}
			}
		})
	}
}

func TestAPaymentProblemDoesNotStandInTheWayOfWritesG8(t *testing.T) {
	a := crew()
	a.copilot = enabled(func(s *usher.Subscription) { s.PaymentProblem = true })
	s := play(t, worldOf(a))
	s.does(s.GrantUsers, 1, "ada")
	s.lists("ada")
}

func TestCancellingMakesSeatsPendingAndCountsThemOnceX1X3(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), direct("bob"), cancelled("cyd"))))
	// cyd is pending already, fay has no seat, hal is invited.
	s.does(s.CancelUsers, 2, "BOB", "ada", "cyd", "fay", "hal", "bob")
	s.lists("ada until 2026-12-01", "Bob until 2026-12-01", "cyd until 2026-12-01")
	s.does(s.CancelUsers, 0, "ada", "bob", "cyd")
}

func TestASeatThatATeamStillGrantsStaysLiveX1(t *testing.T) {
	s := play(t, worldOf(crew(direct("cyd"), throughTeam(21))))
	s.lists("cyd", "dee via inner")
	before := s.member("cyd").Seat
	s.moveTo(noon.Add(time.Hour))
	s.does(s.CancelUsers, 0, "cyd")
	s.lists("cyd via inner", "dee via inner")
	want := before
	want.TeamID = 21
	if diff := cmp.Diff(want, s.member("cyd").Seat); diff != "" {
		t.Errorf("the seat (-want +got):\n%s", diff)
	}
}

func TestSeatsHeldByTeamsOnlyCannotBeCancelledByNameX2(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), direct("fay"), throughTeam(18), throughTeam(20))))
	got := s.refuses(s.CancelUsers, "fay", "Bob", "DEE", "ada", "eve", "bob", "gus")
	if got.Kind != usher.Invalid {
		t.Errorf("the error is of kind %v", got.Kind)
	}
	want := []usher.Item{
		// Of one instant, the lower id goes first (R2).
		{Subject: usher.UserSubject, Code: usher.Unprocessable, Message: `"Bob" has a seat via the team docs, core.`},
		{Subject: usher.UserSubject, Code: usher.Unprocessable, Message: `"dee" has a seat via the team core.`},
		{Subject: usher.UserSubject, Code: usher.Unprocessable, Message: `"eve" has a seat via the team docs.`},
	}
	if diff := cmp.Diff(want, got.Items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

func TestUnknownNamesAreLookedAtBeforeTeamSeatsX3(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(20))))
	got := offences(t, s.refuses(s.CancelUsers, "Bob", "nobody", "kim"))
	if diff := cmp.Diff([]string{"User nobody missing", "User kim invalid"}, got); diff != "" {
		t.Errorf("offences (-want +got):\n%s", diff)
	}
}

func TestUnderAssignAllEveryMemberHasASeatG7(t *testing.T) {
	a := crew(direct("fay"), throughTeam(21))
	a.copilot = enabled(management(usher.AssignAll))
	s := play(t, worldOf(a))
	// First what is granted by name, then everyone else by user id; owners too.
	s.lists("fay", "cyd via inner", "dee via inner", "ada", "Bob", "eve", "gus")
	for name, c := range s.calls() {
		if got := s.refuses(c, "ada"); got.Reason != usher.AllMembers {
			t.Errorf("%s: got %+v, want assign_all's refusal", name, got)
		}
	}
}

func TestChangesOfOneOrganizationDoNotTouchAnother(t *testing.T) {
	one, other := crew(direct("ada")), crew(direct("ada"), throughTeam(20))
	other.login, other.id = "hubot", hubot
	s := play(t, worldOf(one, other))
	s.does(s.CancelUsers, 1, "ada")
	s.does(s.GrantTeams, 2, "docs")
	s.lists("ada until 2026-12-01", "Bob via docs", "eve via docs")
	page, err := s.Seats(context.Background(), other.ref(), usher.Page{Number: 1, PerPage: 100})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ada", "Bob via core", "cyd via core", "dee via core"}, words(page.Seats)); diff != "" {
		t.Errorf("the other organization's seats (-want +got):\n%s", diff)
	}
}
