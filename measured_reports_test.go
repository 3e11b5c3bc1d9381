//go:build !race

package usher_test

import (
	"context"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
)

// forgetful is a store that keeps no reports.
type forgetful struct{ usher.Store }

type forgetfulTx struct{ usher.Tx }

func (s forgetful) Update(ctx context.Context, fn func(usher.Tx) error) error {
	return s.Store.Update(ctx, func(tx usher.Tx) error { return fn(forgetfulTx{tx}) })
}

func (forgetfulTx) InsertReports(usher.AccountRef, []usher.Report) error { return nil }

// To keep ten thousand reports of one call must not cost much beside what they change.
func TestMeasuredReportsAreKeptForLittleMoreThanTheyCost(t *testing.T) {
	const people, rounds = 10_000, 3
	m := measure(t, crowd(people, people))
	call := func(s *usher.Service, minute int) time.Duration {
		reports := make([]usher.ActivityReport, people)
		for i := range reports {
			reports[i] = used(crowdLogin(i), noon.Add(time.Duration(minute)*time.Minute-time.Hour), editor)
		}
		begin := enginetest.Spent(t)
		if n, _, err := s.ReportActivity(t.Context(), usher.OrganizationRef(octodemo), reports, by); err != nil || n != people {
			t.Fatalf("accepted %d of %d reports, error %v", n, people, err)
		}
		return enginetest.Spent(t) - begin
	}
	without, with := time.Hour, time.Hour
	for round := range rounds {
		without = min(without, call(usher.NewService(forgetful{m.store}), 2*round))
		with = min(with, call(m.Service, 2*round+1))
	}
	ratio := float64(with) / float64(without)
	t.Logf("10,000 reports in one call: %v without keeping them, %v with: %.2f times", without, with, ratio)
	if ratio > 2.5 {
		t.Errorf("keeping the reports makes the call take %.2f times as long, want at most 2.5", ratio)
	}
}
