package usher

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func business(cycleDay int) Subscription { return Subscription{Plan: PlanBusiness, CycleDay: cycleDay} }

func costWords(cycles []CycleCost) []string {
	words := []string{}
	for _, c := range cycles {
		words = append(words, fmt.Sprintf("%s to %s: %d of %d days, %s", c.Cycle.Start.Format(time.DateOnly), c.Cycle.End.Format(time.DateOnly), c.Days, c.InAll, c.Amount))
	}
	return words
}

func TestASeatCostsEachCycleInProportionToItsDays(t *testing.T) {
	t.Parallel()
	enterprise := Subscription{Plan: PlanEnterprise, CycleDay: 1}
	far := "2030-01-01 00:00"
	tests := []struct {
		name  string
		now   string
		times []paidTime
		want  []string
	}{
		{"nothing", far, nil, []string{}},
		{"a whole cycle", far, []paidTime{{at("2026-11-01 00:00"), at("2026-12-01 00:00"), business(1)}}, []string{"2026-11-01 to 2026-12-01: 30 of 30 days, 19.00"}},
		{
			"from the middle of a cycle until the middle of the next", far,
			[]paidTime{{at("2026-11-16 12:00"), at("2026-12-10 12:00"), business(1)}},
			[]string{"2026-11-01 to 2026-12-01: 15 of 30 days, 9.50", "2026-12-01 to 2027-01-01: 10 of 31 days, 6.13"},
		},
		{
			"a moment is a day", far,
			[]paidTime{{at("2026-11-16 12:00"), at("2026-11-16 12:01"), business(1)}},
			[]string{"2026-11-01 to 2026-12-01: 1 of 30 days, 0.63"},
		},
		{
			"cancelled and paid until the cycle's end", far,
			[]paidTime{{at("2026-11-10 09:00"), at("2026-12-01 00:00"), business(1)}},
			[]string{"2026-11-01 to 2026-12-01: 21 of 30 days, 13.30"},
		},
		{
			"dropped, paid until the cycle's end, and back within it", far,
			[]paidTime{
				{at("2026-11-10 09:00"), at("2026-11-12 09:00"), business(1)},
				{at("2026-11-12 09:00"), at("2026-12-01 00:00"), business(1)},
				{at("2026-11-20 09:00"), at("2026-12-02 09:00"), business(1)},
			},
			[]string{"2026-11-01 to 2026-12-01: 21 of 30 days, 13.30", "2026-12-01 to 2027-01-01: 2 of 31 days, 1.23"},
		},
		{
			"another plan inside a cycle counts from the next day", far,
			[]paidTime{{at("2026-11-01 00:00"), at("2026-11-15 12:00"), business(1)}, {at("2026-11-15 12:00"), at("2026-12-01 00:00"), enterprise}},
			[]string{"2026-11-01 to 2026-12-01: 30 of 30 days, 29.00"},
		},
		{
			"a cycle that begins on the 15th", far,
			[]paidTime{{at("2026-11-14 23:59"), at("2026-11-16 00:00"), business(15)}},
			[]string{"2026-10-15 to 2026-11-15: 1 of 31 days, 0.61", "2026-11-15 to 2026-12-15: 1 of 30 days, 0.63"},
		},
		{
			"a February of 28 days", far,
			[]paidTime{{at("2027-02-01 00:00"), at("2027-02-08 00:00"), business(1)}},
			[]string{"2027-02-01 to 2027-03-01: 7 of 28 days, 4.75"},
		},
		{
			"a February of 29 days", far,
			[]paidTime{{at("2028-02-01 00:00"), at("2028-03-02 00:00"), business(1)}},
			[]string{"2028-02-01 to 2028-03-01: 29 of 29 days, 19.00", "2028-03-01 to 2028-04-01: 1 of 31 days, 0.61"},
		},
		{
			"the nearest cent", far,
			[]paidTime{{at("2027-02-01 00:00"), at("2027-02-02 00:00"), Subscription{Plan: PlanEnterprise, CycleDay: 1}}},
			[]string{"2027-02-01 to 2027-03-01: 1 of 28 days, 1.39"}, // 1.392857…; of 28 to 31 days and these prices no half of a cent comes
		},
		{
			"up to today, which is begun", "2026-11-03 00:00",
			[]paidTime{{at("2026-11-01 00:00"), at("2026-12-01 00:00"), business(1)}},
			[]string{"2026-11-01 to 2026-12-01: 3 of 30 days, 1.90"},
		},
		{
			"nothing that is yet to come", "2026-11-03 00:00",
			[]paidTime{{at("2026-11-04 00:00"), at("2026-12-01 00:00"), business(1)}},
			[]string{},
		},
		{
			"the cycle day moves", far,
			[]paidTime{{at("2026-11-01 00:00"), at("2026-11-20 00:00"), business(1)}, {at("2026-11-20 00:00"), at("2026-12-15 00:00"), business(15)}},
			[]string{"2026-11-01 to 2026-12-01: 19 of 30 days, 12.03", "2026-11-15 to 2026-12-15: 25 of 30 days, 15.83"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, costWords(cyclesPaid(test.times, at(test.now)))); diff != "" {
				t.Errorf("cost (-want +got):\n%s", diff)
			}
		})
	}
}

// naiveCost looks at each day from the first to today for the first time that has a part of it.
func naiveCost(times []paidTime, now time.Time) (sum Cents) {
	if len(times) == 0 {
		return 0
	}
	cycle, cost := Cycle{}, new(big.Rat)
	round := func() {
		cents := new(big.Rat).Add(cost, big.NewRat(1, 2))
		sum += Cents(new(big.Int).Div(cents.Num(), cents.Denom()).Int64())
		cost.SetInt64(0)
	}
	for day := utcDay(times[0].From); !day.After(now); day = day.Add(24 * time.Hour) {
		for _, t := range times {
			if !t.From.Before(day.Add(24*time.Hour)) || !t.To.After(day) || !t.From.Before(t.To) {
				continue
			}
			if c := t.Subscription.CycleAt(day); c != cycle {
				round()
				cycle = c
			}
			cost.Add(cost, big.NewRat(int64(t.Subscription.Plan.price()), int64(cycle.End.Sub(cycle.Start)/(24*time.Hour))))
			break
		}
	}
	round()
	return sum
}

func TestRandomSeatsCostWhatLookingAtEachDaySays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hour := func(most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, "hours")) * time.Hour
		}
		from := at("2027-11-20 00:00")
		var times []paidTime
		for range rapid.IntRange(0, 6).Draw(t, "times") {
			from = from.Add(hour(24 * 40))
			plan := rapid.SampledFrom([]Plan{PlanBusiness, PlanEnterprise}).Draw(t, "plan")
			times = append(times, paidTime{from, from.Add(hour(24 * 90)), Subscription{Plan: plan, CycleDay: rapid.IntRange(1, 28).Draw(t, "cycle day")}})
		}
		now := at("2027-11-20 00:00").Add(hour(24 * 300))
		if got, want := total(cyclesPaid(times, now)), naiveCost(times, now); got != want {
			t.Fatalf("%v until %v cost %s, want %s", times, now, got, want)
		}
	})
}
