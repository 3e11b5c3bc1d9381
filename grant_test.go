package usher

import (
	"testing"
	"time"
)

func TestTheTeamThatHoldsASeatR2(t *testing.T) {
	t.Parallel()
	early, late := november, november.Add(time.Hour)
	tests := []struct {
		name    string
		holding holding
		want    int64
	}{
		{"nothing", holding{}, 0},
		{"a direct grant alone", holding{direct: true}, 0},
		{"everyone alone", holding{everyone: true}, 0},
		{"one team", holding{teams: []PersonTeamGrant{{TeamID: 5, GrantedAt: late}}}, 5},
		{"a direct grant before a team", holding{direct: true, teams: []PersonTeamGrant{{TeamID: 5, GrantedAt: early}}}, 0},
		{"a team before everyone", holding{everyone: true, teams: []PersonTeamGrant{{TeamID: 5, GrantedAt: late}}}, 5},
		{"the earliest of several", holding{teams: []PersonTeamGrant{{TeamID: 3, GrantedAt: late}, {TeamID: 5, GrantedAt: early}}}, 5},
		{"the lower id of one time", holding{teams: []PersonTeamGrant{{TeamID: 5, GrantedAt: early}, {TeamID: 3, GrantedAt: early}, {TeamID: 4, GrantedAt: early}}}, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.holding.assigningTeam(); got != test.want {
				t.Errorf("got team %d, want %d", got, test.want)
			}
			if got, want := test.holding.live(), test.name != "nothing"; got != want {
				t.Errorf("live is %t, want %t", got, want)
			}
		})
	}
}

func TestAHoldingWithoutATeamLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	h := holding{teams: []PersonTeamGrant{{TeamID: 3, GrantedAt: november}, {TeamID: 5, GrantedAt: december}}}
	if got := h.without(3).assigningTeam(); got != 5 {
		t.Errorf("without 3 team %d holds, want 5", got)
	}
	if got := h.without(3).without(5).live(); got {
		t.Error("without its teams it is still live")
	}
	if got := h.assigningTeam(); got != 3 {
		t.Errorf("the original is held by %d, want 3", got)
	}
}
