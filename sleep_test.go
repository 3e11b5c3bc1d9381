package usher_test

import (
	"testing"

	"github.com/usher-seats/usher"
)

func TestWhatALeaverLeftSleepsWhileTheyAreInvitedThoughCopilotIsSwitchedOffAndOnX6(t *testing.T) {
	s := play(t, worldOf(crew(direct("eve"))))
	before := s.member("eve").Seat
	s.removes("eve")
	s.invites("eve")
	s.sets(seating(usher.AssignmentDisabled))
	s.sets(seating(usher.AssignSelected))
	if got := s.breakdown().PendingInvitation; got != 0 {
		t.Errorf("pending_invitation: got %d, want 0: nothing was granted to whom was invited", got)
	}
	s.does(s.CancelUsers, 0, "eve")
	s.removes("eve")
	s.invites("eve")
	s.accepts("eve")
	if after := s.member("eve").Seat; after != before {
		t.Errorf("eve's seat: got %+v, want %+v", after, before)
	}
}

func TestTheEndOfAnInvitationForgetsItsGrantAndNoOtherWhileCopilotIsOffG4(t *testing.T) {
	// Eve had a seat through a team alone.
	s := play(t, worldOf(crew(throughTeam(18))))
	s.removes("eve")
	s.invites("eve")
	s.does(s.GrantUsers, 1, "eve")
	s.sets(seating(usher.AssignmentDisabled))
	s.removes("eve")
	s.invites("eve")
	s.sets(seating(usher.AssignSelected))
	s.accepts("eve")
	s.memberError("eve")
}

func TestAGrantToAnInvitedPersonIsForgottenAtTheEndOfTheCycleWhereCopilotIsOffX6(t *testing.T) {
	for _, test := range []struct {
		name     string
		accepted bool // while Copilot is off
		later    bool // it is switched on in the next cycle
		want     string
	}{
		{"invited still", false, false, "hal"},
		{"a member by then", true, false, "hal"},
		{"invited still, in the next cycle", false, true, ""},
		{"a member by then, in the next cycle", true, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play(t, worldOf(crew()))
			s.does(s.GrantUsers, 1, "hal")
			s.sets(seating(usher.AssignmentDisabled))
			if got := s.breakdown().PendingInvitation; got != 0 {
				t.Errorf("pending_invitation while Copilot is off: got %d, want 0", got)
			}
			if test.later {
				s.moveTo(endOfNovember)
			}
			if test.accepted {
				s.accepts("hal")
			}
			s.sets(seating(usher.AssignSelected))
			if !test.accepted {
				s.accepts("hal")
			}
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			s.lists(want...)
		})
	}
}
