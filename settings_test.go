package usher_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usher-seats/usher"
)

// sets changes settings of the organization.
func (s stage) sets(change usher.SubscriptionChange) usher.Settings {
	s.Helper()
	return s.setsIn(octo, change)
}

func (s stage) setsIn(ref usher.AccountRef, change usher.SubscriptionChange) usher.Settings {
	s.Helper()
	changed, err := s.ChangeSubscription(background, ref, change, by)
	if err != nil {
		s.Fatalf("change the settings: %v", err)
	}
	s.sound()
	return changed
}

func seating(setting usher.SeatManagement) usher.SubscriptionChange {
	return usher.SubscriptionChange{SeatManagement: &setting}
}

func cycling(day int) usher.SubscriptionChange { return usher.SubscriptionChange{CycleDay: &day} }

// switchedOff is Copilot not being enabled any more; switchedOn is that of enabled.
func switchedOff() usher.SubscriptionChange { return usher.SubscriptionChange{Enabled: new(false)} }

func switchedOn() usher.SubscriptionChange {
	return usher.SubscriptionChange{
		Enabled: new(true), SeatManagement: new(usher.AssignSelected), PublicCodeSuggestions: new(usher.Policy("block")),
	}
}

// waysOff are the ways to switch Copilot off for an account, each with the way back.
func waysOff() map[string][2]usher.SubscriptionChange {
	return map[string][2]usher.SubscriptionChange{
		"disabled":     {seating(usher.AssignmentDisabled), seating(usher.AssignSelected)},
		"unconfigured": {seating(usher.AssignmentUnconfigured), seating(usher.AssignSelected)},
		"not enabled":  {switchedOff(), switchedOn()},
	}
}

// eachWayOff plays a story once for each way to switch Copilot off.
func eachWayOff(t *testing.T, world usher.World, story func(s stage, off, on usher.SubscriptionChange)) {
	t.Helper()
	for name, way := range waysOff() {
		t.Run(name, func(t *testing.T) { story(play(t, world), way[0], way[1]) })
	}
}

// seatsOf are the account's stored seats, without the time of their last change.
func (s stage) seatsOf(ref usher.AccountRef) []usher.Seat {
	s.Helper()
	for _, a := range dump(s, s.store).Accounts {
		if a.Account.Ref == ref {
			for i := range a.Seats {
				a.Seats[i].UpdatedAt = time.Time{}
			}
			return a.Seats
		}
	}
	s.Fatalf("there is no %s %d", ref.Kind, ref.ID)
	return nil
}

func (s stage) same(what string, want, got any) {
	s.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// seatless says that nobody has a seat of the organization, in whatever way it is asked.
func (s stage) seatless(enabled bool) {
	s.Helper()
	s.same("stored seats", 0, len(s.seatsOf(octo)))
	if enabled {
		s.lists()
		s.same("breakdown", usher.SeatBreakdown{}, s.breakdown())
		s.same("kind of the member's error", usher.NotFound, s.memberError("ada").Kind)
		return
	}
	const message = "Copilot Business is not enabled for this organization."
	_, err := s.Billing(background, octo)
	s.same("billing", [2]any{usher.NotFound, message}, [2]any{refusal(s, err).Kind, refusal(s, err).Message})
	_, err = s.Seats(background, octo, everyRow)
	s.same("seats", [2]any{usher.NotFound, message}, [2]any{refusal(s, err).Kind, refusal(s, err).Message})
	refused := s.memberError("ada")
	s.same("member", [2]any{usher.Invalid, message}, [2]any{refused.Kind, refused.Message})
}

// mixed has a live seat of each kind, a pending one and an invited person who is granted:
// ada and hal directly, fay pending, Bob and eve through a team.
func mixed() account { return crew(direct("ada"), cancelled("fay"), throughTeam(18), direct("hal")) }

func TestFromSelectedToAllEveryMemberIsSeatedG7(t *testing.T) {
	s := play(t, worldOf(mixed()))
	s.lists("ada", "fay until 2026-12-01", "Bob via docs", "eve via docs")
	from := s.lastEvent()
	s.sets(seating(usher.AssignAll))
	s.lists("ada", "fay", "Bob via docs", "eve via docs", "cyd", "dee", "gus")
	s.same("breakdown", usher.SeatBreakdown{Total: 7, AddedThisCycle: 7, PendingInvitation: 2, InactiveThisCycle: 7}, s.breakdown())
	s.same("events", []string{
		"11-11T12 seat_added cyd by ada", "11-11T12 seat_added dee by ada", "11-11T12 seat_assignment_refreshed fay by ada", "11-11T12 seat_added gus by ada",
	}, s.seatEvents(from))
	if got := s.refuses(s.GrantUsers, "cyd"); got.Reason != usher.AllMembers {
		t.Errorf("granting under assign_all: %v", got)
	}
}

func TestFromAllToSelectedSeatsWithoutAnotherGrantTurnPendingX8(t *testing.T) {
	s := play(t, worldOf(mixed()))
	s.sets(seating(usher.AssignAll))
	from := s.lastEvent()
	s.sets(seating(usher.AssignSelected))
	s.lists("ada", "fay until 2026-12-01", "Bob via docs", "eve via docs", "cyd until 2026-12-01", "dee until 2026-12-01", "gus until 2026-12-01")
	s.same("breakdown", usher.SeatBreakdown{Total: 7, AddedThisCycle: 7, PendingCancellation: 4, PendingInvitation: 1, InactiveThisCycle: 7}, s.breakdown())
	s.same("events", []string{
		"11-11T12 seat_assignment_unassigned cyd by ada", "11-11T12 seat_assignment_unassigned dee by ada",
		"11-11T12 seat_assignment_unassigned fay by ada", "11-11T12 seat_assignment_unassigned gus by ada",
	}, s.seatEvents(from))
	s.sets(seating(usher.AssignAll)) // and back: refreshed
	s.lists("ada", "fay", "Bob via docs", "eve via docs", "cyd", "dee", "gus")
	s.sets(seating(usher.AssignSelected))
	s.moveTo(endOfNovember)
	s.lists("ada", "Bob via docs", "eve via docs")
}

func TestSwitchedOffNobodyHasASeatAndSwitchedOnAgainTheSameX6(t *testing.T) {
	eachWayOff(t, worldOf(mixed()), func(s stage, off, on usher.SubscriptionChange) {
		s.reports(used("ada", noon.Add(-time.Hour), "vim/9"))
		before, counted := s.seatsOf(octo), s.breakdown()
		s.same("breakdown", usher.SeatBreakdown{Total: 4, AddedThisCycle: 4, PendingCancellation: 1, PendingInvitation: 1, ActiveThisCycle: 1, InactiveThisCycle: 3}, counted)
		from := s.lastEvent()
		s.sets(off)
		s.seatless(off.Enabled == nil)
		s.same("kind of the invited person's error", usher.Invalid, s.memberError("hal").Kind)
		s.moveTo(endOfNovember.Add(-time.Microsecond))
		s.seatless(off.Enabled == nil)
		s.sets(on)
		s.same("seats", before, s.seatsOf(octo))
		s.same("breakdown", counted, s.breakdown())
		s.same("updated_at", endOfNovember.Add(-time.Microsecond), s.member("eve").Seat.UpdatedAt)
		s.accepts("hal")
		s.lists("ada", "fay until 2026-12-01", "Bob via docs", "eve via docs", "hal")
		s.moveTo(endOfNovember)
		s.lists("ada", "Bob via docs", "eve via docs", "hal")
		s.same("events", []string{
			"11-11T12 seat_cancelled ada by ada", "11-11T12 seat_cancelled fay by ada", "11-11T12 seat_cancelled Bob by ada", "11-11T12 seat_cancelled eve by ada",
			"11-30T23 seat_added ada", "11-30T23 seat_added Bob", "11-30T23 seat_added eve", "11-30T23 seat_added fay by ada",
			"11-30T23 seat_added hal", "12-01T00 seat_cancelled fay",
		}, s.seatEvents(from))
	})
}

func TestSwitchedOnAfterTheCycleNothingIsRememberedX6(t *testing.T) {
	eachWayOff(t, worldOf(mixed()), func(s stage, off, on usher.SubscriptionChange) {
		s.sets(off)
		s.passTo(endOfNovember)
		s.sets(on)
		s.lists()
		s.same("breakdown", usher.SeatBreakdown{}, s.breakdown())
		s.accepts("hal")
		s.lists()
		s.does(s.GrantUsers, 2, "ada", "fay")
		s.same("number", int64(5), s.member("ada").Seat.Number)
		s.same("created_at", endOfNovember, s.member("ada").Seat.CreatedAt)
		s.sets(off) // a sleep in December holds nothing of November's
		s.sets(on)
		s.lists("ada", "fay")
	})
}

func TestEveryonesSeatsReturnOnlyUnderAssignAllX6(t *testing.T) {
	eachWayOff(t, worldOf(mixed()), func(s stage, off, on usher.SubscriptionChange) {
		s.sets(seating(usher.AssignAll))
		before := s.seatsOf(octo)
		s.sets(off)
		s.sets(on)
		s.lists("ada", "Bob via docs", "eve via docs") // fay's was not pending any more
		s.sets(seating(usher.AssignAll))
		s.same("seats", before, s.seatsOf(octo))
		s.sets(off)
		all := on
		all.SeatManagement = new(usher.AssignAll)
		s.sets(all)
		s.same("seats", before, s.seatsOf(octo))
		s.same("invited", int64(2), s.breakdown().PendingInvitation)
	})
}

func TestWhoIsGrantedLaterInTheCycleFindsTheSleepingSeatX6(t *testing.T) {
	s := play(t, worldOf(mixed()))
	s.sets(seating(usher.AssignAll))
	gus := s.member("gus").Seat
	s.sets(seating(usher.AssignmentDisabled))
	s.sets(seating(usher.AssignSelected))
	s.same("kind", usher.NotFound, s.memberError("gus").Kind)
	s.does(s.GrantUsers, 1, "gus")
	s.same("number", gus.Number, s.member("gus").Seat.Number)
}

func TestALeaverWhileOffReturnsWithMembershipX6(t *testing.T) {
	world := worldOf(crew(direct("cyd"), direct("gus"), cancelled("fay")))
	eachWayOff(t, world, func(s stage, off, on usher.SubscriptionChange) {
		before := s.seatsOf(octo)
		s.sets(off)
		s.removes("gus", "fay")
		s.sets(on)
		s.lists("cyd")
		s.invites("gus", "fay")
		s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
		s.accepts("gus", "fay")
		s.same("seats", before, s.seatsOf(octo))

		s.removes("gus", "fay") // leaves while on, is back while off
		s.sets(off)
		s.invites("gus", "fay")
		s.accepts("gus", "fay")
		s.seatless(off.Enabled == nil)
		s.sets(on)
		s.same("seats", before, s.seatsOf(octo))

		s.sets(off) // leaves and is back while off
		s.removes("gus")
		s.invites("gus")
		s.accepts("gus")
		s.sets(on)
		s.same("seats", before, s.seatsOf(octo))
	})
}

// Switching Copilot off and on once woke the grant of who had left and was only invited
// again: it counted in pending_invitation, and was lost with the invitation.
func TestTheGrantOfALeaverWhoIsInvitedAgainSleepsOnX6(t *testing.T) {
	eachWayOff(t, worldOf(crew(direct("cyd"), direct("gus"))), func(s stage, off, on usher.SubscriptionChange) {
		before := s.seatsOf(octo)
		s.removes("gus")
		s.invites("gus")
		s.sets(off)
		s.sets(on)
		s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
		s.sets(off)
		s.removes("gus") // the invitation
		s.invites("gus")
		s.sets(on)
		s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
		s.accepts("gus")
		s.same("seats", before, s.seatsOf(octo))
	})
}

// Who left a team's or a pending seat behind can be granted by name while invited: that grant is
// the invitation's, and ends with it, also while Copilot is off.
func TestAGrantToAnInvitedLeaverIsTheInvitationsG4(t *testing.T) {
	world := worldOf(crew(throughTeam(18), cancelled("fay")))
	eachWayOff(t, world, func(s stage, off, on usher.SubscriptionChange) {
		s.removes("eve", "fay")
		s.invites("eve", "fay")
		s.does(s.GrantUsers, 2, "eve", "fay")
		s.sets(off)
		s.sets(on)
		s.same("invited with a grant", int64(2), s.breakdown().PendingInvitation)
		s.sets(off)
		s.removes("eve", "fay")
		s.invites("eve", "fay")
		s.sets(on)
		s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
		s.accepts("eve", "fay")
		s.lists("Bob via docs", "fay until 2026-12-01")
	})
}

// Who left a direct grant behind and is granted by name again while invited has two: the later
// is the invitation's.
func TestALaterGrantToAnInvitedLeaverIsTheInvitationsG4(t *testing.T) {
	eachWayOff(t, worldOf(crew(direct("gus"))), func(s stage, off, on usher.SubscriptionChange) {
		s.removes("gus")
		s.invites("gus")
		s.moveTo(noon.Add(time.Hour))
		s.does(s.GrantUsers, 1, "gus")
		s.sets(off)
		s.sets(on)
		s.same("invited with a grant", int64(1), s.breakdown().PendingInvitation)
		s.sets(off)
		s.removes("gus")
		s.invites("gus")
		s.sets(on)
		s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
	})
}

func TestATeamsSeatsFollowWhatBecameOfTheTeamWhileOffX6(t *testing.T) {
	eachWayOff(t, worldOf(crew(throughTeam(18), throughTeam(21))), func(s stage, off, on usher.SubscriptionChange) {
		s.lists("Bob via docs", "eve via docs", "cyd via inner", "dee via inner")
		bob := s.member("bob").Seat
		s.sets(off)
		s.leaves(18, "eve")
		s.joins(18, "gus")
		if err := s.DeleteTeam(background, octo, usher.TeamName{Slug: "inner"}, anOwner, by); err != nil {
			t.Fatal(err)
		}
		s.sets(on)
		s.lists("Bob via docs", "gus via docs")
		s.same("number", bob.Number, s.member("bob").Seat.Number)
		s.same("number of the new seat", int64(5), s.member("gus").Seat.Number)
		s.joins(18, "eve")
		s.same("number of who is back", int64(2), s.member("eve").Seat.Number)
	})
}

func TestAPendingSeatOfADeletedTeamIsPendingAgainX6(t *testing.T) {
	eachWayOff(t, worldOf(crew(throughTeam(18))), func(s stage, off, on usher.SubscriptionChange) {
		s.leaves(18, "eve")
		s.lists("Bob via docs", "eve via docs until 2026-12-01")
		s.sets(off)
		if err := s.DeleteTeam(background, octo, usher.TeamName{Slug: "docs"}, anOwner, by); err != nil {
			t.Fatal(err)
		}
		s.sets(on)
		s.lists("eve until 2026-12-01")
	})
}

func TestAnInvitationThatEndsWhileOffForgetsTheGrantG4(t *testing.T) {
	expiry := time.Date(2026, time.November, 19, 0, 0, 0, 0, time.UTC)
	endings := map[string]func(stage){
		"withdrawn":            func(s stage) { s.removes("kim") },
		"expired":              func(s stage) { s.moveTo(expiry) },
		"expired, not settled": func(s stage) { s.passTo(expiry) },
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			eachWayOff(t, worldOf(crew()), func(s stage, off, on usher.SubscriptionChange) {
				s.invites("kim")
				s.does(s.GrantUsers, 1, "kim")
				s.sets(off)
				end(s)
				s.sets(on)
				s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
				s.invites("kim")
				s.accepts("kim")
				s.lists()
			})
		})
	}
}

func TestWhoAcceptsWhileOffIsSeatedWhenItIsOnG4(t *testing.T) {
	eachWayOff(t, worldOf(mixed()), func(s stage, off, on usher.SubscriptionChange) {
		s.sets(off)
		s.accepts("hal")
		s.seatless(off.Enabled == nil)
		s.sets(on)
		s.lists("ada", "fay until 2026-12-01", "Bob via docs", "eve via docs", "hal")
		s.same("invited with a grant", int64(0), s.breakdown().PendingInvitation)
	})
}

func TestAnInvitationThatExpiredBeforeTheSwitchIsNotRememberedC4(t *testing.T) {
	eachWayOff(t, worldOf(crew(direct("ada"))), func(s stage, off, on usher.SubscriptionChange) {
		s.invites("kim")
		s.does(s.GrantUsers, 1, "kim")
		from := s.lastEvent()
		s.passTo(time.Date(2026, time.November, 19, 1, 0, 0, 0, time.UTC))
		s.sets(off)
		s.sets(on)
		s.invites("kim")
		s.accepts("kim")
		s.lists("ada")
		s.same("events", []string{"11-19T00 seat_assignment_unassigned kim", "11-19T01 seat_cancelled ada by ada", "11-19T01 seat_added ada"}, s.seatEvents(from))
	})
}

func TestASeatThatEndedBeforeTheSwitchDoesNotSleepC4(t *testing.T) {
	eachWayOff(t, worldOf(mixed()), func(s stage, off, on usher.SubscriptionChange) {
		from := s.lastEvent()
		s.passTo(endOfNovember.Add(time.Hour))
		s.sets(off)
		s.sets(on)
		s.lists("ada", "Bob via docs", "eve via docs")
		if got, want := s.seatEvents(from)[0], "12-01T00 seat_cancelled fay"; got != want {
			t.Errorf("the first event is %q, want %q", got, want)
		}
	})
}

func TestTheSwitchBetweenTwoWaysOfOffChangesNoSeatX6(t *testing.T) {
	s := play(t, worldOf(mixed()))
	before := s.seatsOf(octo)
	for _, setting := range []usher.SeatManagement{usher.AssignmentDisabled, usher.AssignmentUnconfigured, usher.AssignmentDisabled} {
		s.sets(seating(setting))
		s.seatless(true)
	}
	s.sets(switchedOff())
	s.seatless(false)
	s.sets(usher.SubscriptionChange{Enabled: new(true)}) // unconfigured
	s.seatless(true)
	s.sets(seating(usher.AssignSelected))
	s.same("seats", before, s.seatsOf(octo))
}

func TestSwitchedOnAgainTheSettingsAreThoseOfANewSubscription(t *testing.T) {
	s := play(t, worldOf(mixed()))
	s.sets(switchedOff())
	got := s.sets(usher.SubscriptionChange{Enabled: new(true)}).Account.Subscription
	s.same("the subscription", &usher.Subscription{
		Plan: "business", SeatManagement: "unconfigured", PublicCodeSuggestions: "unconfigured",
		IDEChat: "unconfigured", PlatformChat: "unconfigured", CLI: "unconfigured", BillingSetUp: true, CycleDay: 1,
	}, got)
}

func TestSettingsThatNoSeatDependsOnAreKept(t *testing.T) {
	s := play(t, worldOf(mixed()))
	seats := s.seatsOf(octo)
	got := s.sets(usher.SubscriptionChange{
		Enabled: new(true), Plan: new(usher.PlanEnterprise), PublicCodeSuggestions: new(usher.Policy("allow")), IDEChat: new(usher.Policy("disabled")),
		PlatformChat: new(usher.Policy("unconfigured")), CLI: new(usher.Policy("disabled")), BillingSetUp: new(false), PaymentProblem: new(true),
	})
	want := &usher.Subscription{
		Plan: "enterprise", SeatManagement: "assign_selected", PublicCodeSuggestions: "allow",
		IDEChat: "disabled", PlatformChat: "unconfigured", CLI: "disabled", PaymentProblem: true, CycleDay: 1,
	}
	s.same("returned", want, got.Account.Subscription)
	s.same("stored", want, dump(s, s.store).Accounts[0].Account.Subscription)
	s.same("seats", seats, s.seatsOf(octo))
	_, err := s.Billing(background, octo)
	s.same("billing", "There is a problem with your account's associated payment method.", refusal(s, err).Message)
	if got := s.refuses(s.GrantUsers, "cyd").Message; !strings.Contains(got, "Billing has not been set up") {
		t.Errorf("granting: %s", got)
	}
}

func TestAChangeThatCannotBeIsRefusedAndChangesNothing(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")), account{login: "bare", id: hubot, members: "ada"}))
	before := dump(s, s.store)
	both := seating(usher.AssignAll)
	both.Enabled = new(false)
	for _, c := range []struct {
		ref    usher.AccountRef
		change usher.SubscriptionChange
		want   string
	}{
		{octo, both, "Copilot cannot be switched off and set up at once: send enabled alone."},
		{usher.OrganizationRef(hubot), seating(usher.AssignAll), "Copilot Business is not enabled for this organization."},
		{usher.OrganizationRef(hubot), cycling(3), "Copilot Business is not enabled for this organization."},
	} {
		_, err := s.ChangeSubscription(background, c.ref, c.change, by)
		got := refusal(s, err)
		s.same("refusal", [2]any{usher.Invalid, c.want}, [2]any{got.Kind, got.Message})
	}
	s.setsIn(usher.OrganizationRef(hubot), switchedOff()) // it is off already
	s.sets(usher.SubscriptionChange{Enabled: new(true), CycleDay: new(1)})
	s.same("state", before, dump(s, s.store)) // not even another version
}

// Which cycle it is at noon of 11 November, where it is 1 November to 1 December before.
func TestWhereTheCycleDayMovesPendingSeatsEndWithTheNewCycleC2(t *testing.T) {
	a := crew(directAt("ada", noon.AddDate(0, 0, -30)), directAt("cyd", noon.AddDate(0, 0, -6)), direct("dee"), cancelled("fay"), throughTeam(18))
	a.enterprise = octoGlobal
	a.activity = []usher.WorldActivity{
		{UserID: userID("ada"), Activity: usher.Activity{At: noon.AddDate(0, 0, -20), Editor: editor}},
		{UserID: userID("cyd"), Activity: usher.Activity{At: noon.AddDate(0, 0, -5), Editor: editor}},
		{UserID: userID("dee"), Activity: usher.Activity{At: noon, Editor: editor}},
	}
	world := worldOf(account{kind: usher.Enterprise, login: "octo-global", id: octoGlobal}, a)
	for _, c := range []struct {
		day           int
		end           string
		added, active int64
	}{
		{10, "2026-12-10", 4, 1}, // since noon: dee, fay and two of the team
		{11, "2026-12-11", 4, 1},
		{12, "2026-11-12", 6, 3}, // since 12 October
		{28, "2026-11-28", 5, 2}, // since 28 October
		{2, "2026-12-02", 5, 2},
		{1, "2026-12-01", 5, 2}, // where it was
	} {
		t.Run(fmt.Sprint(c.day), func(t *testing.T) {
			s := play(t, world)
			events := s.lastEvent()
			s.sets(cycling(c.day))
			end := instant(c.end + "T00:00:00Z")
			s.lists("ada", "cyd", "dee", "fay until "+c.end, "Bob via docs", "eve via docs")
			s.same("breakdown", usher.SeatBreakdown{
				Total: 6, AddedThisCycle: c.added, PendingCancellation: 1, PendingInvitation: 0, ActiveThisCycle: c.active, InactiveThisCycle: 6 - c.active,
			}, s.breakdown())
			s.same("updated_at", noon, s.member("fay").Seat.UpdatedAt)
			s.same("seats' events", []string{}, s.seatEvents(events))
			s.does(s.CancelUsers, 1, "dee") // they end together
			s.passTo(end.Add(-time.Microsecond))
			s.sound()
			s.lists("ada", "cyd", "dee until "+c.end, "fay until "+c.end, "Bob via docs", "eve via docs")
			_, people := s.enterpriseRows(everyRow)
			s.same("people of the enterprise", int64(6), people)
			s.passTo(end)
			s.sound()
			s.lists("ada", "cyd", "Bob via docs", "eve via docs")
			_, people = s.enterpriseRows(everyRow)
			s.same("people of the enterprise", int64(4), people)
			s.moveTo(end.Add(time.Hour))
			s.lists("ada", "cyd", "Bob via docs", "eve via docs")
		})
	}
}

func TestASeatThatEndedIsNotRevivedByAnotherCycleDayC3(t *testing.T) {
	s := play(t, worldOf(mixed()))
	s.passTo(endOfNovember)
	s.sets(cycling(15))
	s.lists("ada", "Bob via docs", "eve via docs")
}

func TestWhatSleepsEndsWithTheNewCycleX6(t *testing.T) {
	for _, c := range []struct {
		day int
		end string
	}{{15, "2026-11-15"}, {11, "2026-12-11"}, {28, "2026-11-28"}} {
		end := instant(c.end + "T00:00:00Z")
		t.Run(fmt.Sprintf("off, to day %d", c.day), func(t *testing.T) {
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprintf("late %t", late), func(t *testing.T) {
					s := play(t, worldOf(mixed()))
					s.sets(seating(usher.AssignmentDisabled))
					s.sets(cycling(c.day))
					if late {
						s.passTo(end)
						s.sets(seating(usher.AssignSelected))
						s.lists()
						return
					}
					s.passTo(end.Add(-time.Microsecond))
					s.sets(seating(usher.AssignSelected))
					s.lists("ada", "fay until "+c.end, "Bob via docs", "eve via docs")
				})
			}
		})
		t.Run(fmt.Sprintf("left, to day %d", c.day), func(t *testing.T) {
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprintf("late %t", late), func(t *testing.T) {
					world := worldOf(crew(direct("ada"), direct("gus")))
					s := play(t, world)
					s.removes("gus")
					s.sets(cycling(c.day))
					if late {
						s.passTo(end)
						s.invites("gus")
						s.accepts("gus")
						s.lists("ada")
						return
					}
					s.passTo(end.Add(-time.Microsecond))
					s.invites("gus")
					s.accepts("gus")
					s.lists("ada", "gus")
				})
			}
		})
	}
}

func TestAChangeOfEverythingAtOnce(t *testing.T) {
	s := play(t, worldOf(mixed()))
	off := seating(usher.AssignmentDisabled)
	off.CycleDay = new(15)
	s.sets(off)
	s.seatless(true)
	on := switchedOn()
	on.CycleDay = new(20)
	s.sets(on)
	s.lists("ada", "fay until 2026-11-20", "Bob via docs", "eve via docs")
	all := seating(usher.AssignAll)
	all.CycleDay = new(5)
	s.sets(all)
	s.lists("ada", "fay", "Bob via docs", "eve via docs", "cyd", "dee", "gus")
	selected := seating(usher.AssignSelected)
	selected.CycleDay = new(12)
	s.sets(selected)
	s.lists("ada", "fay until 2026-11-12", "Bob via docs", "eve via docs", "cyd until 2026-11-12", "dee until 2026-11-12", "gus until 2026-11-12")
}

func TestTheOrganizationsOfAnEnterpriseAreSwitchedEachForItselfX6(t *testing.T) {
	s := play(t, worldOf(globe()...))
	people := func(want int64) {
		t.Helper()
		_, got := s.enterpriseRows(everyRow)
		s.same("people of the enterprise", want, got)
	}
	before, _ := s.enterpriseRows(everyRow)
	people(6)
	s.sets(seating(usher.AssignmentDisabled))
	people(4) // without fay and cyd
	s.setsIn(usher.OrganizationRef(hubot), switchedOff())
	people(4)
	rows, _ := s.enterpriseRows(everyRow)
	s.same("rows", before[:6], rows)
	s.sets(seating(usher.AssignSelected))
	people(6)
	s.setsIn(usher.OrganizationRef(hubot), switchedOn())
	rows, _ = s.enterpriseRows(everyRow)
	s.same("rows", before, rows)
}

func TestAnEnterprisesOwnCopilotIsSwitchedOffAndOnX6(t *testing.T) {
	enterprise := usher.EnterpriseRef(octoGlobal)
	for name, way := range waysOff() {
		t.Run(name, func(t *testing.T) {
			s := play(t, worldOf(globe()...))
			s.setsIn(enterprise, cycling(1))
			before := s.seatsOf(enterprise)
			s.setsIn(enterprise, way[0])
			s.ownRows()
			rows, people := s.enterpriseRows(everyRow)
			s.same("rows", 4, len(rows))
			s.same("people", int64(4), people) // ada, Bob, cyd, fay
			s.passTo(endOfNovember.Add(-time.Hour))
			on := way[1]
			on.Plan = new(usher.PlanEnterprise)
			s.setsIn(enterprise, on)
			s.ownRows(
				"eve", "ada until 2026-12-01", "ada via web", "Bob via web", "ada via platform", "kim via platform",
			)
			s.same("seats", before, s.seatsOf(enterprise))
			s.setsIn(enterprise, way[0])
			s.passTo(endOfNovember)
			s.setsIn(enterprise, on)
			s.ownRows()
			s.inEnterprise(s.GrantEnterpriseTeams, 2, "platform")
			s.ownRows("ada via platform", "kim via platform")
		})
	}
}

func TestOfAnEnterpriseOnlyWhoBelongsToItIsSeatedAgainX6(t *testing.T) {
	s := play(t, worldOf(globe()...))
	enterprise, hub := usher.EnterpriseRef(octoGlobal), usher.OrganizationRef(hubot)
	s.inEnterprise(s.GrantEnterpriseUsers, 2, "cyd", "fay")
	s.inEnterprise(s.CancelEnterpriseUsers, 1, "fay")
	s.setsIn(enterprise, seating(usher.AssignmentDisabled))
	if err := s.RemoveMember(background, hub, "eve", by); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveMember(background, octo, "fay", by); err != nil {
		t.Fatal(err)
	}
	s.setsIn(enterprise, seating(usher.AssignSelected))
	s.ownRows("ada until 2026-11-20", "cyd", "ada via web", "Bob via web", "ada via platform", "kim via platform")
}

// An enterprise's rows show activity that is kept with the enterprise's people; who had no
// other seat was forgotten there when its Copilot was switched off.
func TestACancelledGrantOfAnEnterpriseIsNotRevivedByAnOlderOneX6(t *testing.T) {
	s := play(t, worldOf(squads()...))
	s.doesIn(global, s.GrantEnterpriseUsers, 1, "eve")
	s.setsIn(global, seating(usher.AssignmentDisabled))
	// Eve is in hubot alone. Her grant sleeps on, for she does not belong when Copilot is on again.
	if err := s.RemoveMember(background, usher.OrganizationRef(hubot), "eve", by); err != nil {
		t.Fatal(err)
	}
	s.setsIn(global, seating(usher.AssignSelected))
	s.rowsAre(0)
	if _, err := s.SetOrganizationMembership(background, usher.OrganizationRef(hubot), "eve", usher.RoleMember, by); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AcceptInvitation(background, usher.AccountName{Kind: usher.Organization, ID: hubot}, callerOf("eve"), by); err != nil {
		t.Fatal(err)
	}
	s.doesIn(global, s.GrantEnterpriseUsers, 1, "eve")
	s.doesIn(global, s.CancelEnterpriseUsers, 1, "eve")
	s.setsIn(global, seating(usher.AssignmentDisabled))
	s.setsIn(global, seating(usher.AssignSelected))
	s.rowsAre(1, "eve until 2026-12-01")
}

func TestAnEnterprisesSeatsComeBackWithTheirActivityX6(t *testing.T) {
	s := play(t, worldOf(globe()...))
	enterprise, hub := usher.EnterpriseRef(octoGlobal), usher.OrganizationRef(hubot)
	if _, _, err := s.ReportActivity(background, hub, []usher.ActivityReport{used("bob", noon, editor)}, by); err != nil {
		t.Fatal(err)
	}
	activity := func() []usher.Activity {
		t.Helper()
		page, err := s.EnterpriseMemberSeats(background, enterprise, "bob")
		if err != nil {
			t.Fatal(err)
		}
		var all []usher.Activity
		for _, row := range page.Seats {
			all = append(all, row.Seat.Activity)
		}
		return all
	}
	want := usher.Activity{At: noon, Editor: editor}
	s.same("activity", []usher.Activity{want, want}, activity())
	s.setsIn(hub, seating(usher.AssignmentDisabled))
	s.same("activity", []usher.Activity{want}, activity())
	s.setsIn(enterprise, seating(usher.AssignmentDisabled))
	s.setsIn(enterprise, seating(usher.AssignSelected))
	s.same("activity", []usher.Activity{want}, activity())
}

// The setting once seated the enterprise's owners.
func TestAnEnterprisesSettingAssignAllGrantsNobodyAnything(t *testing.T) {
	s := play(t, worldOf(globe()...))
	enterprise := usher.EnterpriseRef(octoGlobal)
	before := s.seatsOf(enterprise)
	s.setsIn(enterprise, seating(usher.AssignAll))
	s.same("seats", before, s.seatsOf(enterprise))
	s.setsIn(enterprise, seating(usher.AssignmentDisabled))
	s.setsIn(enterprise, seating(usher.AssignAll))
	s.same("seats", before, s.seatsOf(enterprise))
	s.setsIn(enterprise, seating(usher.AssignSelected))
	s.same("seats", before, s.seatsOf(enterprise))
}

func TestAnEnterprisesCycleDayMovesItsPendingSeatsC2(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.setsIn(usher.EnterpriseRef(octoGlobal), cycling(5))
	s.inEnterprise(s.CancelEnterpriseTeams, 1, "platform") // ada is held by web
	s.ownRows("eve", "ada until 2026-12-05", "ada via web", "Bob via web", "kim via platform until 2026-12-05")
	s.setsIn(usher.EnterpriseRef(octoGlobal), cycling(12))
	s.ownRows("eve", "ada until 2026-11-12", "ada via web", "Bob via web", "kim via platform until 2026-11-12")
	s.passTo(instant("2026-11-12T00:00:00Z"))
	s.ownRows("eve", "ada via web", "Bob via web")
	s.sound()
}

// moves moves the organization; an empty slug is out of its enterprise.
func (s stage) moves(slug string, who string) (usher.Settings, error) {
	s.Helper()
	moved, err := s.MoveOrganization(background, octo, usher.AccountName{Kind: usher.Enterprise, Login: slug}, callerOf(who), by)
	s.sound()
	return moved, err
}

// twoEnterprises are octo-global with octodemo and hubot, and another one. Lee owns both.
func twoEnterprises() usher.World {
	accounts := globe()
	other := account{
		kind: usher.Enterprise, login: "Other", id: 43, owners: "lee kim", copilot: enabled(),
		teams: []team{{id: 50, slug: "ops", members: "fay"}}, grants: []usher.WorldGrant{throughTeam(50)},
	}
	accounts[2].grants = append(accounts[2].grants, direct("ada"))
	accounts[2].activity = []usher.WorldActivity{{UserID: userID("ada"), Activity: usher.Activity{At: noon, Editor: editor}}}
	return worldOf(append([]account{accounts[0], other}, accounts[1:]...)...)
}

func TestAnOrganizationIsListedAndCountedWhereItIsE1(t *testing.T) {
	for name, pass := range map[string]func(stage, time.Time){"settled": stage.moveTo, "not settled": stage.passTo} {
		t.Run(name, func(t *testing.T) {
			s := play(t, twoEnterprises())
			list := func(id int64) (rows []string, people int64) {
				t.Helper()
				page, err := s.EnterpriseSeats(background, usher.EnterpriseRef(id), everyRow)
				if err != nil {
					t.Fatal(err)
				}
				return words(page.Seats), page.TotalSeats
			}
			is := func(id, wantPeople int64, want ...string) {
				t.Helper()
				rows, people := list(id)
				s.same(fmt.Sprintf("rows of %d", id), want, rows)
				s.same(fmt.Sprintf("people of %d", id), wantPeople, people)
			}
			own := []string{"eve", "ada until 2026-11-20", "ada via web", "Bob via web", "ada via platform", "kim via platform"}
			hub := []string{"Bob", "ada"}
			is(octoGlobal, 6, slices.Concat(own, []string{"fay via core", "cyd until 2026-12-01", "ada"}, hub)...)
			is(43, 1, "fay via ops")

			moved, err := s.moves("OTHER", "lee")
			if err != nil || moved.Enterprise == nil || moved.Enterprise.Login != "Other" || moved.Account.EnterpriseID != 43 {
				t.Fatalf("moved to %+v, %v", moved.Enterprise, err)
			}
			is(octoGlobal, 4, slices.Concat(own, hub)...)
			is(43, 3, "fay via ops", "fay via core", "cyd until 2026-12-01", "ada")
			s.lists("fay via core", "cyd until 2026-12-01", "ada")

			pass(s, endOfNovember) // octo-global's and the organization's pending seats have ended
			is(43, 2, "fay via ops", "fay via core", "ada")
			if moved, err = s.moves("", "lee"); err != nil || moved.Enterprise != nil || moved.Account.EnterpriseID != 0 {
				t.Fatalf("moved to %+v, %v", moved.Enterprise, err)
			}
			is(43, 1, "fay via ops")
			s.lists("fay via core", "ada")
			if _, err = s.moves("octo-global", "lee"); err != nil {
				t.Fatal(err)
			}
			is(octoGlobal, 5, "eve", "ada via web", "Bob via web", "ada via platform", "kim via platform", "fay via core", "ada", "Bob", "ada")
			s.moveTo(endOfNovember.Add(time.Hour))
		})
	}
}

func TestAMoveChangesNoSeatAndNoGrantE4(t *testing.T) {
	s := play(t, twoEnterprises())
	own, elsewhere := s.seatsOf(octo), s.seatsOf(usher.EnterpriseRef(octoGlobal))
	events := s.lastEvent()
	if _, err := s.moves("other", "lee"); err != nil {
		t.Fatal(err)
	}
	s.same("its seats", own, s.seatsOf(octo))
	s.same("the enterprise's", elsewhere, s.seatsOf(usher.EnterpriseRef(octoGlobal)))
	s.same("seats' events", []string{}, s.seatEvents(events))
}

func TestAMoveIsForOwnersOfBothEnterprises(t *testing.T) {
	s := play(t, twoEnterprises())
	before := dump(s, s.store)
	const leaves = "You must be an owner of the enterprise that the organization octodemo leaves."
	unknown := func(slug string) string { return fmt.Sprintf("There is no enterprise %q, or you do not own it.", slug) }
	for _, c := range []struct {
		who, to string
		kind    usher.Kind
		want    string
	}{
		{"kim", "other", usher.Forbidden, leaves}, // owns that alone
		{"ada", "", usher.Forbidden, leaves},
		{"ada", "other", usher.Invalid, unknown("other")},
		{"lee", "nowhere", usher.Invalid, unknown("nowhere")},
		{"lee", "octodemo", usher.Invalid, unknown("octodemo")}, // an organization
		{"lee", strings.Repeat("x", 300), usher.Invalid, unknown(strings.Repeat("x", 100) + "…")},
	} {
		_, err := s.moves(c.to, c.who)
		got := refusal(s, err)
		s.same(c.who+" to "+c.to, [2]any{c.kind, c.want}, [2]any{got.Kind, got.Message})
	}
	app := usher.Caller{Token: usher.Token{ID: 5, Kind: usher.AppInstallation, OwnerID: octodemo}}
	pat := callerOf("lee")
	pat.Token.Kind = usher.FineGrained
	for _, caller := range []usher.Caller{app, pat} {
		for _, to := range []string{"", "other"} {
			_, err := s.MoveOrganization(background, octo, usher.AccountName{Kind: usher.Enterprise, Login: to}, caller, by)
			if err == nil {
				t.Fatalf("a token of the kind %s moves the organization to %q", caller.Token.Kind, to)
			}
		}
	}
	if _, err := s.moves("Octo-Global", "ada"); err != nil { // where it is
		t.Error(err)
	}
	s.same("state", before, dump(s, s.store))
}

// A setting that a reading shows must be in its edition, or who holds the reading's tag is
// told that nothing has changed.
func TestEachSettingMakesAnotherEditionOfWhatShowsIt(t *testing.T) {
	s := play(t, watched())
	shown := func() map[string]reading {
		t.Helper()
		all := s.readings()
		return map[string]reading{"billing": all["billing"], "seats": all["seats"], "member": all["member"], "enterprise": all["enterprise"]}
	}
	for name, change := range map[string]usher.SubscriptionChange{
		"plan": {Plan: new(usher.PlanEnterprise)}, "seats": seating(usher.AssignAll), "suggestions": {PublicCodeSuggestions: new(usher.Policy("allow"))},
		"ide": {IDEChat: new(usher.Policy("unconfigured"))}, "platform": {PlatformChat: new(usher.Policy("enabled"))}, "cli": {CLI: new(usher.Policy("disabled"))},
		"billing": {BillingSetUp: new(false)}, "cycle": cycling(9),
	} {
		before := shown()
		s.sets(change)
		for what, after := range shown() {
			if slices.Equal(before[what].Edition, after.Edition) {
				t.Errorf("%s: the edition of the %s is the same", name, what)
			}
		}
		before = shown()
		s.sets(change)
		s.same("once more, "+name, before, shown())
	}
	before := shown()["enterprise"]
	s.setsIn(usher.EnterpriseRef(octoGlobal), usher.SubscriptionChange{Plan: new(usher.PlanBusiness)})
	s.setsIn(usher.EnterpriseRef(octoGlobal), usher.SubscriptionChange{Plan: new(usher.PlanEnterprise)})
	if slices.Equal(before.Edition, shown()["enterprise"].Edition) {
		t.Error("the enterprise's edition is the same")
	}
}

// An invitation ended, and nobody had settled it when Copilot was switched on in a later cycle: the
// grant that was remembered with it ends once.
func TestSwitchingOnEndsWhatAnExpiredInvitationRememberedOnce(t *testing.T) {
	s := play(t, worldOf(account{login: "octodemo", id: octodemo, owners: "ada", copilot: enabled()}))
	organization := usher.OrganizationRef(octodemo)
	if _, err := s.Invite(background, organization, usher.Invitee{Login: "kim"}, usher.RoleMember, nil, by); err != nil {
		t.Fatal(err)
	}
	s.does(s.GrantUsers, 1, "kim")
	off, selected := usher.AssignmentDisabled, usher.AssignSelected
	for _, setting := range []*usher.SeatManagement{&off, &selected} {
		if _, err := s.ChangeSubscription(background, organization, usher.SubscriptionChange{SeatManagement: setting}, by); err != nil {
			t.Fatal(err)
		}
		s.sound()
		s.passTo(endOfNovember)
	}
}
