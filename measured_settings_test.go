//go:build !race

package usher_test

import (
	"testing"
	"time"

	"github.com/usher-seats/usher"
)

// Everybody's seats follow a setting in one transaction, which others wait for.
func TestMeasuredASettingOf20000PeopleTakesSecondsAtMost(t *testing.T) {
	m := measure(t, crowd(20_000, 10_000))
	organization := usher.OrganizationRef(octodemo)
	for _, step := range []struct {
		what   string
		change usher.SubscriptionChange
		seats  int64
	}{
		{"assign_all", usher.SubscriptionChange{SeatManagement: new(usher.AssignAll)}, 20_000},
		{"assign_selected", usher.SubscriptionChange{SeatManagement: new(usher.AssignSelected)}, 20_000},
		{"the cycle's day", usher.SubscriptionChange{CycleDay: new(15)}, 20_000},
		{"switched off", usher.SubscriptionChange{SeatManagement: new(usher.AssignmentDisabled)}, 0},
		{"switched on", usher.SubscriptionChange{SeatManagement: new(usher.AssignSelected)}, 20_000},
	} {
		within(t, step.what, 5*time.Second, func() {
			if _, err := m.ChangeSubscription(background, organization, step.change, by); err != nil {
				t.Fatalf("%s: %v", step.what, err)
			}
		})
		billing, err := m.Billing(background, organization)
		if err != nil || billing.Breakdown.Total != step.seats {
			t.Errorf("%s: %+v, %v; want %d seats", step.what, billing.Breakdown, err, step.seats)
		}
	}
	broken, err := m.Check(background)
	if err != nil || len(broken) > 0 {
		t.Fatalf("check: %v, %v", err, broken)
	}
}
