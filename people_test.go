package usher_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

var octo = usher.OrganizationRef(octodemo)

// invites has ada invite people to the organization.
func (s stage) invites(logins ...string) {
	s.Helper()
	for _, login := range logins {
		if _, err := s.SetOrganizationMembership(background, octo, login, usher.RoleMember, by); err != nil {
			s.Fatalf("invite %s: %v", login, err)
		}
	}
	s.sound()
}

func (s stage) accepts(logins ...string) {
	s.Helper()
	for _, login := range logins {
		self := usher.By{Actor: usher.Actor{UserID: userID(login), TokenID: 78}, RequestID: "AB12:2"}
		if _, err := s.AcceptInvitation(background, usher.AccountName{Kind: usher.Organization, Login: "OctoDemo"}, callerOf(login), self); err != nil {
			s.Fatalf("%s accepts: %v", login, err)
		}
	}
	s.sound()
}

// removes has ada take people out of the organization.
func (s stage) removes(logins ...string) {
	s.Helper()
	for _, login := range logins {
		if err := s.RemoveOrganizationMembership(background, octo, login, by); err != nil {
			s.Fatalf("remove %s: %v", login, err)
		}
	}
	s.sound()
}

func (s stage) place(login string) (state usher.MembershipState) {
	s.Helper()
	m, err := s.OrganizationMembership(background, octo, login)
	if kindOf(err) == usher.NotFound {
		return "none"
	}
	if err != nil {
		s.Fatalf("the membership of %s: %v", login, err)
	}
	return m.State
}

// events are those of the organization from the number on, in a few words each.
func (s stage) events(from int) []string {
	s.Helper()
	var out []string
	for _, e := range dump(s, s.store).Accounts[0].Events[from:] {
		line := e.At.Format("01-02T15") + " " + strings.TrimPrefix(string(e.Action), "copilot.cfb_")
		if e.UserID != 0 {
			line += " " + cast[e.UserID-1]
		}
		if e.Actor.UserID != 0 {
			line += " by " + cast[e.Actor.UserID-1]
		}
		out = append(out, line)
	}
	return out
}

// seatEvents are those of events that tell of seats and grants.
func (s stage) seatEvents(from int) []string {
	s.Helper()
	return slices.DeleteFunc(s.events(from), func(line string) bool {
		return !strings.Contains(line, " seat_") || strings.Contains(line, " seat_management")
	})
}

func (s stage) lastEvent() int { return int(dump(s, s.store).Accounts[0].Account.LastEvent) }

func TestAnInvitedPersonIsSeatedOnAcceptingG4(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	s.invites("kim")
	s.does(s.GrantUsers, 1, "kim")
	if got := s.breakdown(); got.PendingInvitation != 1 || got.Total != 1 {
		t.Errorf("while invited: %+v", got)
	}
	if got := s.memberError("kim").Kind; got != usher.Invalid {
		t.Errorf("the seat of an invited person: kind %v", got)
	}
	from := s.lastEvent()
	s.accepts("kim")
	s.lists("ada", "kim")
	if got := s.breakdown(); got.PendingInvitation != 0 || got.Total != 2 {
		t.Errorf("after accepting: %+v", got)
	}
	want := []string{"11-11T12 org.add_member kim by kim", "11-11T12 seat_added kim by ada"} // who granted, not who accepted
	if diff := cmp.Diff(want, s.events(from)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.accepts("kim") // a second time changes nothing
	s.lists("ada", "kim")
}

func TestAnInvitationEndsAtTheFirstMidnightAfterSevenDaysG4(t *testing.T) {
	s := play(t, worldOf(crew()))
	s.invites("kim")
	s.does(s.GrantUsers, 1, "kim")
	s.passTo(time.Date(2026, time.November, 18, 23, 59, 59, 0, time.UTC))
	if got := s.place("kim"); got != usher.Pending {
		t.Errorf("in the last second: %s", got)
	}
	end := time.Date(2026, time.November, 19, 0, 0, 0, 0, time.UTC)
	s.passTo(end) // nothing has run
	if got := s.place("kim"); got != "none" {
		t.Errorf("at the end: %s", got)
	}
	if got := s.breakdown().PendingInvitation; got != 0 {
		t.Errorf("at the end %d invitations are pending", got)
	}
	if got := s.memberError("kim").Kind; got != usher.NotFound {
		t.Errorf("at the end the seat is of kind %v", got)
	}
	s.refuses(s.GrantUsers, "kim")
	s.sound()
	if _, err := s.AcceptInvitation(background, usher.AccountName{Kind: usher.Organization, ID: octodemo}, callerOf("kim"), by); kindOf(err) != usher.NotFound {
		t.Errorf("accepting at the end: %v", err)
	}
	from := s.lastEvent()
	if n, err := s.Settle(background); n != 1 || err != nil {
		t.Errorf("settled %d, %v; want 1", n, err)
	}
	s.sound()
	want := []string{"11-19T00 org.expire_invitation kim", "11-19T00 seat_assignment_unassigned kim"}
	if diff := cmp.Diff(want, s.events(from)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.invites("kim") // anew, and nothing is remembered
	s.accepts("kim")
	if got := s.memberError("kim").Kind; got != usher.NotFound {
		t.Errorf("invited anew: kind %v", got)
	}
}

func TestAnInvitationMadeAtMidnightEndsSevenDaysLaterG4(t *testing.T) {
	world := worldOf(crew())
	world.Clock.StandsAt = time.Date(2026, time.November, 12, 0, 0, 0, 0, time.UTC)
	s := play(t, world)
	s.invites("kim")
	page, err := s.Invitations(background, octo, "", usher.Page{Number: 1, PerPage: 30})
	if err != nil || page.Rows != 3 { // hal's and ida's are the world's
		t.Fatalf("invitations: %+v, %v", page, err)
	}
	got, want := page.Invitations[2].EndsAt, time.Date(2026, time.November, 19, 0, 0, 0, 0, time.UTC)
	if !got.Equal(want) {
		t.Errorf("it ends at %v, want %v", got, want)
	}
	if end := page.Invitations[0].EndsAt; !end.IsZero() {
		t.Errorf("the world's invitation ends at %v", end)
	}
}

func TestAWithdrawnInvitationForgetsTheGrantG4(t *testing.T) {
	s := play(t, worldOf(crew(direct("hal"))))
	if got := s.breakdown().PendingInvitation; got != 1 {
		t.Fatalf("%d invitations are pending", got)
	}
	from := s.lastEvent()
	s.removes("hal")
	if got := s.breakdown().PendingInvitation; got != 0 {
		t.Errorf("after withdrawing, %d invitations are pending", got)
	}
	if diff := cmp.Diff([]string{"11-11T12 org.cancel_invitation hal by ada", "11-11T12 seat_assignment_unassigned hal by ada"}, s.events(from)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.invites("hal")
	s.accepts("hal")
	s.lists()
}

func TestWhoLeavesLosesTheSeatAtOnceAndHasItAgainWithinTheCycleX6(t *testing.T) {
	s := play(t, worldOf(crew(direct("cyd"), direct("gus"), cancelled("fay"))))
	s.reports(used("gus", noon.Add(-time.Hour), "vim/9"))
	before := s.member("gus")
	from := s.lastEvent()
	s.removes("gus", "fay")
	s.lists("cyd")
	if got, want := s.breakdown(), (usher.SeatBreakdown{Total: 1, AddedThisCycle: 1, InactiveThisCycle: 1}); got != want {
		t.Errorf("after leaving: %+v, want %+v", got, want)
	}
	if got := s.memberError("gus").Kind; got != usher.NotFound {
		t.Errorf("the seat of who has left: kind %v", got)
	}
	s.moveTo(time.Date(2026, time.November, 30, 23, 0, 0, 0, time.UTC))
	s.invites("gus", "fay")
	s.accepts("fay", "gus")
	s.lists("cyd", "gus", "fay until 2026-12-01")
	after := s.member("gus")
	if diff := cmp.Diff(before.Seat.Activity, after.Seat.Activity); diff != "" || !after.Seat.CreatedAt.Equal(before.Seat.CreatedAt) || after.Seat.Number != before.Seat.Number {
		t.Errorf("before %+v, after %+v", before.Seat, after.Seat)
	}
	s.moveTo(endOfNovember)
	s.lists("cyd", "gus")
	want := []string{
		"11-11T12 org.remove_member gus by ada", "11-11T12 seat_cancelled gus by ada",
		"11-11T12 org.remove_member fay by ada", "11-11T12 seat_cancelled fay by ada",
		"11-30T23 org.invite_member gus by ada", "11-30T23 org.invite_member fay by ada",
		"11-30T23 org.add_member fay by fay", "11-30T23 seat_added fay by fay",
		"11-30T23 org.add_member gus by gus", "11-30T23 seat_added gus",
		"12-01T00 seat_cancelled fay",
	}
	if diff := cmp.Diff(want, s.events(from)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestWhatSleepsIsForgottenWhenTheCycleEndsX6(t *testing.T) {
	s := play(t, worldOf(crew(direct("cyd"), direct("gus"))))
	s.removes("gus")
	s.invites("gus")
	s.moveTo(time.Date(2026, time.November, 18, 23, 0, 0, 0, time.UTC))
	s.removes("gus") // the invitation is withdrawn; what sleeps sleeps on
	s.invites("gus")
	s.moveTo(endOfNovember.Add(-time.Hour))
	s.invites("gus")
	s.moveTo(endOfNovember)
	s.accepts("gus")
	s.lists("cyd")
	s.does(s.GrantUsers, 1, "gus")
	if got := s.member("gus").Seat; got.Number != 3 || !got.CreatedAt.Equal(endOfNovember) {
		t.Errorf("the seat granted anew: %+v", got)
	}
	s.removes("cyd") // what slept in November is not woken by a sleep in December
	s.sound()
	if got := len(dump(s, s.store).Accounts[0].SeatsAsleep); got != 1 {
		t.Errorf("%d seats sleep, want 1", got)
	}
}

func TestATeamsSeatComesBackOnlyWithTheTeamX6(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(18))))
	s.lists("Bob via docs", "eve via docs")
	before := s.member("eve").Seat
	s.removes("eve")
	s.lists("Bob via docs")
	s.invites("eve")
	s.accepts("eve")
	s.lists("Bob via docs")
	s.joins(18, "eve")
	s.lists("Bob via docs", "eve via docs")
	if got := s.member("eve").Seat; got.Number != before.Number || !got.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("before %+v, after %+v", before, got)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	s := play(t, worldOf(crew()))
	if _, err := s.SetOrganizationMembership(background, octo, "Bob", usher.RoleOwner, by); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetOrganizationMembership(background, octo, "ada", usher.RoleMember, by); err != nil {
		t.Errorf("the first of two owners becomes a member: %v", err)
	}
	if _, err := s.SetOrganizationMembership(background, octo, "Bob", usher.RoleMember, by); kindOf(err) != usher.Invalid {
		t.Errorf("the last owner becomes a member: %v", err)
	}
	if err := s.RemoveMember(background, octo, "bob", by); kindOf(err) != usher.Forbidden {
		t.Errorf("the last owner leaves: %v", err)
	}
}

func TestAPlaceInATeamWaitsForTheInvitationToBeAccepted(t *testing.T) {
	s := play(t, worldOf(crew(throughTeam(18))))
	set, err := s.SetTeamMembership(background, octo, usher.TeamName{ID: 18}, "kim", usher.TeamMaintainerRole, anOwner, by)
	if err != nil || set.State != usher.Pending {
		t.Fatalf("an outsider joins a team: %+v, %v", set, err)
	}
	s.sound()
	if got := s.place("kim"); got != usher.Pending {
		t.Errorf("the outsider is %s, want invited", got)
	}
	s.accepts("kim")
	s.lists("Bob via docs", "eve via docs", "kim via docs")
	found, err := s.TeamMembership(background, octo, usher.TeamName{ID: 18}, "kim", anOwner)
	if err != nil || found.Role != usher.TeamMaintainerRole || found.State != usher.Active {
		t.Errorf("after accepting: %+v, %v", found, err)
	}
}

func TestNewMembersAreSeatedUnderAssignAllG7(t *testing.T) {
	a := crew()
	a.copilot = enabled(management(usher.AssignAll))
	s := play(t, worldOf(a))
	seats := len(s.list())
	s.invites("kim")
	if got := s.breakdown().PendingInvitation; got != 3 {
		t.Errorf("%d invitations are pending, want hal's, ida's and kim's", got)
	}
	s.accepts("kim")
	if got := s.list(); len(got) != seats+1 || got[seats] != "kim" {
		t.Errorf("seats: %v", got)
	}
	before := s.member("kim").Seat
	s.removes("kim")
	s.invites("kim")
	s.accepts("kim")
	if got := s.member("kim").Seat; got.Number != before.Number {
		t.Errorf("back within the cycle: seat %d, want %d", got.Number, before.Number)
	}
}
