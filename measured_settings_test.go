//go:build !race

package usher_test

import (
	"testing"

	"github.com/usher-seats/usher"
)

// Everybody's seats follow a setting in one transaction, which others wait for.
func TestMeasuredASettingOf20000PeopleTakesAFewInsertions(t *testing.T) {
	m := measure(t, crowd(20_000, 10_000))
	set := func(what string, most float64, seats int64, change func(round int) usher.SubscriptionChange) timed {
		return timed{what, most, func(round int) {
			if _, err := m.ChangeSubscription(background, octo, change(round), by); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			billing, err := m.Billing(background, octo)
			if err != nil || billing.Breakdown.Total != seats {
				t.Errorf("%s: %+v, %v; want %d seats", what, billing.Breakdown, err, seats)
			}
		}}
	}
	to := func(setting usher.SeatManagement) func(int) usher.SubscriptionChange {
		return func(int) usher.SubscriptionChange { return usher.SubscriptionChange{SeatManagement: &setting} }
	}
	m.time(
		t, 10_000,
		set("assign_all", 8, 20_000, to(usher.AssignAll)),
		set("assign_selected", 9, 20_000, to(usher.AssignSelected)),
		set("the cycle's day", 5, 20_000, func(round int) usher.SubscriptionChange { return usher.SubscriptionChange{CycleDay: new(15 + round)} }),
		set("switched off", 13, 0, to(usher.AssignmentDisabled)),
		set("switched on", 15, 20_000, to(usher.AssignSelected)),
	)
	broken, err := m.Check(background)
	if err != nil || len(broken) > 0 {
		t.Fatalf("check: %v, %v", err, broken)
	}
}
