package usher

import (
	"fmt"
	"time"
)

// Cents is an amount of money: US dollars, in hundredths.
type Cents int64

func (c Cents) String() string { return fmt.Sprintf("%d.%02d", c/100, c%100) }

// price is what a seat costs for a whole cycle.
//
// Source: https://docs.github.com/copilot/get-started/plans
func (p Plan) price() Cents {
	if p == PlanEnterprise {
		return 39_00
	}
	return 19_00
}

// CycleCost is what a seat costs in one cycle: the plan's price in proportion to the UTC days
// that are paid in it, rounded to cents, halves up.
type CycleCost struct {
	Cycle  Cycle
	Days   int // that are paid, of those in the cycle
	InAll  int // the days of the cycle
	Amount Cents
}

// paidTime is time for which a seat is paid, from From and before To, under a subscription.
type paidTime struct {
	From, To     time.Time
	Subscription Subscription
}

// cyclesPaid are the costs of paid times, in the order of their beginnings, up to and with the
// day of now. A day that is begun is paid whole, and once: by the first time that has a part
// of it.
func cyclesPaid(times []paidTime, now time.Time) []CycleCost {
	var cycles []CycleCost
	var sum int64 // of the last cycle: prices by days, in cents
	var paidTo time.Time
	tomorrow := utcDay(now).AddDate(0, 0, 1)
	for _, t := range times {
		if !t.From.Before(t.To) {
			continue
		}
		day, end := later(utcDay(t.From), paidTo), earlier(dayAfter(t.To), tomorrow)
		for day.Before(end) {
			cycle := t.Subscription.CycleAt(day)
			to := earlier(cycle.End, end)
			days := daysBetween(day, to)
			if n := len(cycles); n == 0 || cycles[n-1].Cycle != cycle {
				cycles = append(cycles, CycleCost{Cycle: cycle, InAll: daysBetween(cycle.Start, cycle.End)})
				sum = 0
			}
			last := &cycles[len(cycles)-1]
			last.Days += days
			sum += int64(t.Subscription.Plan.price()) * int64(days)
			last.Amount = Cents((2*sum + int64(last.InAll)) / (2 * int64(last.InAll)))
			day = to
		}
		paidTo = later(paidTo, end)
	}
	return cycles
}

// total is what all these cycles cost together.
func total(cycles []CycleCost) (sum Cents) {
	for _, c := range cycles {
		sum += c.Amount
	}
	return sum
}

// dayAfter is the first UTC midnight at which a time that ends at t has ended.
func dayAfter(t time.Time) time.Time {
	if day := utcDay(t); day.Before(t) {
		return day.AddDate(0, 0, 1)
	}
	return t
}

// daysBetween counts the days between two midnights, UTC.
func daysBetween(from, to time.Time) int { return int((to.Unix() - from.Unix()) / (24 * 60 * 60)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
