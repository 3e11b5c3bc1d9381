package usher_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at.UTC()
}

func TestACycleBeginsOnItsDayOfTheMonthC1(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		day        int
		now        string
		start, end string
	}{
		{"the calendar month", 1, "2026-11-11T12:00:00Z", "2026-11-01", "2026-12-01"},
		{"its first instant", 1, "2026-11-01T00:00:00Z", "2026-11-01", "2026-12-01"},
		{"its last instant", 1, "2026-11-30T23:59:59.999999Z", "2026-11-01", "2026-12-01"},
		{"over the year's end", 1, "2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01"},
		{"before the day", 15, "2026-11-14T23:59:59.999999Z", "2026-10-15", "2026-11-15"},
		{"on the day", 15, "2026-11-15T00:00:00Z", "2026-11-15", "2026-12-15"},
		{"begun last year", 15, "2027-01-03T00:00:00Z", "2026-12-15", "2027-01-15"},
		{"ending next year", 28, "2026-12-28T00:00:00Z", "2026-12-28", "2027-01-28"},
		{"a February of 28 days", 1, "2027-02-28T23:00:00Z", "2027-02-01", "2027-03-01"},
		{"a February of 29 days", 1, "2028-02-29T23:00:00Z", "2028-02-01", "2028-03-01"},
		{"the last possible day in February", 28, "2027-02-27T23:00:00Z", "2027-01-28", "2027-02-28"},
		{"the leap day", 28, "2028-02-29T00:00:00Z", "2028-02-28", "2028-03-28"},
		{"after a short month", 28, "2027-03-27T23:59:59Z", "2027-02-28", "2027-03-28"},
		{"a century without a leap day", 1, "2100-02-28T12:00:00Z", "2100-02-01", "2100-03-01"},
		{"another zone's date does not matter", 1, "2026-12-01T01:00:00+02:00", "2026-11-01", "2026-12-01"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339Nano, test.now)
			if err != nil {
				t.Fatal(err)
			}
			got := enabled(cycleDay(test.day)).CycleAt(now)
			want := usher.Cycle{Start: instant(test.start + "T00:00:00Z"), End: instant(test.end + "T00:00:00Z")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("cycle (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCyclesOfEachDayFollowOneAnotherWithoutGapsC1(t *testing.T) {
	t.Parallel()
	for day := 1; day <= 28; day++ {
		t.Run(fmt.Sprint(day), func(t *testing.T) {
			t.Parallel()
			s := enabled(cycleDay(day))
			cycle := s.CycleAt(instant("2026-12-31T12:00:00Z"))
			// Five years hold a leap day, wherever they begin.
			for now := cycle.Start; now.Year() < 2032; now = now.Add(6 * time.Hour) {
				got := s.CycleAt(now)
				if got.Start.Equal(cycle.End) {
					cycle = usher.Cycle{Start: cycle.End, End: cycle.End.AddDate(0, 1, 0)}
				}
				if got != cycle {
					t.Fatalf("the cycle at %v is %v, want %v", now, got, cycle)
				}
				if got.Start.Day() != day || now.Before(got.Start) || !now.Before(got.End) {
					t.Fatalf("the cycle at %v is %v", now, got)
				}
			}
		})
	}
}

func TestACancelledSeatEndsWithTheCycleOfItsSubscriptionC2(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		day  int
		want string
	}{{1, "2026-12-01"}, {11, "2026-12-11"}, {12, "2026-11-12"}, {28, "2026-11-28"}} {
		t.Run(fmt.Sprint(test.day), func(t *testing.T) {
			s := play(t, worldOf(account{
				login: "octodemo", id: octodemo, members: "ada", copilot: enabled(cycleDay(test.day)),
				grants: []usher.WorldGrant{direct("ada")},
			}))
			if got := s.member("ada").Seat.EndsAt; !got.IsZero() {
				t.Errorf("a live seat ends at %v", got)
			}
			s.does(s.CancelUsers, 1, "ada")
			s.lists("ada until " + test.want)
			if got, want := s.member("ada").Seat.EndsAt, instant(test.want+"T00:00:00Z"); !got.Equal(want) {
				t.Errorf("the seat ends at %v, want %v", got, want)
			}
		})
	}
}

func TestAPendingSeatIsCurrentUntilItsDayBeginsC3(t *testing.T) {
	world := worldOf(account{
		login: "octodemo", id: octodemo, members: "ada Bob", copilot: enabled(),
		grants: []usher.WorldGrant{direct("ada"), direct("bob")},
	})
	for _, settled := range []bool{true, false} {
		t.Run(fmt.Sprintf("settled %t", settled), func(t *testing.T) {
			s := play(t, world)
			s.does(s.CancelUsers, 1, "ada")
			move := s.passTo
			if settled {
				move = s.moveTo
			}

			move(endOfNovember.Add(-time.Microsecond))
			s.lists("ada until 2026-12-01", "Bob")
			if got, want := s.breakdown(), (usher.SeatBreakdown{Total: 2, AddedThisCycle: 2, PendingCancellation: 1, InactiveThisCycle: 2}); got != want {
				t.Errorf("breakdown before the end: got %+v, want %+v", got, want)
			}
			s.member("ada")

			move(endOfNovember)
			s.lists("Bob")
			if got, want := s.breakdown(), (usher.SeatBreakdown{Total: 1, InactiveThisCycle: 1}); got != want {
				t.Errorf("breakdown from the end on: got %+v, want %+v", got, want)
			}
			if got := s.memberError("ada").Kind; got != usher.NotFound {
				t.Errorf("the ended member's error is of kind %v", got)
			}
		})
	}
}
