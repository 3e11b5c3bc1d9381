package usher_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

func TestSeatsStandInTheOrderOfTheRequestR1(t *testing.T) {
	s := play(t, worldOf(crew()))
	s.does(s.GrantUsers, 3, "gus", "ada", "eve")
	s.does(s.GrantTeams, 3, "inner", "docs") // eve, of docs, has a seat
	s.does(s.GrantUsers, 1, "fay")
	s.lists("gus", "ada", "eve", "cyd via inner", "dee via inner", "Bob via docs", "fay")
}

func TestPagesShowEverySeatOnceR1(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), direct("bob"), cancelled("cyd"), direct("dee"), direct("eve"), throughTeam(20))))
	all := []string{"ada", "Bob", "cyd via core", "dee", "eve"}
	s.lists(all...)
	for perPage := int64(1); perPage <= 7; perPage++ {
		var got []string
		for number := int64(1); number <= 7; number++ {
			page, err := s.Seats(context.Background(), usher.OrganizationRef(octodemo), usher.Page{Number: number, PerPage: perPage})
			if err != nil {
				t.Fatal(err)
			}
			if page.TotalSeats != 5 || page.Rows != 5 {
				t.Errorf("page %d of %d: total %d, rows %d, want 5 both", number, perPage, page.TotalSeats, page.Rows)
			}
			if number*perPage <= 5 && len(page.Seats) != int(perPage) {
				t.Errorf("page %d of %d has %d seats", number, perPage, len(page.Seats))
			}
			got = append(got, words(page.Seats)...)
		}
		if diff := cmp.Diff(all[:min(len(all), int(7*perPage))], got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", perPage, diff)
		}
	}
}

func TestAPagePastTheEndIsEmptyR1(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	for _, number := range []int64{2, 1000, math.MaxInt64/100 - 1} {
		page, err := s.Seats(context.Background(), usher.OrganizationRef(octodemo), usher.Page{Number: number, PerPage: 100})
		if err != nil || len(page.Seats) != 0 || page.TotalSeats != 1 {
			t.Errorf("page %d: %d seats of %d, error %v", number, len(page.Seats), page.TotalSeats, err)
		}
	}
}

func TestARowHasAllOfASeatR1R3(t *testing.T) {
	a := crew(throughTeam(21))
	a.copilot = enabled(func(s *usher.Subscription) { s.Plan = usher.PlanEnterprise })
	s := play(t, worldOf(a))
	s.reports(usher.ActivityReport{Login: "cyd", Activity: usher.Activity{At: noon, Editor: editor, AuthenticatedAt: noon.Add(-time.Minute)}})
	got := s.member("CYD")
	if got.Account == nil || got.Account.Login != "octodemo" || got.Account.Subscription.Plan != usher.PlanEnterprise {
		t.Errorf("the seat's account is %+v", got.Account)
	}
	got.Account = nil
	team := func(at int) *usher.Team { return &a.world().Teams[at] }
	want := usher.SeatRow{
		Seat: usher.Seat{
			Number: 1, UserID: userID("cyd"), TeamID: 21, CreatedAt: noon, UpdatedAt: noon,
			Activity: usher.Activity{At: noon, Editor: editor, AuthenticatedAt: noon.Add(-time.Minute)},
		},
		Assignee: castUsers()[2], Team: team(1), ParentTeam: team(0),
	}
	want.Assignee.CreatedAt = noon
	for _, version := range []*int64{&want.Assignee.Version, &want.Team.Version, &want.ParentTeam.Version} {
		*version = got.Assignee.Version // all begin with the same
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("member (-want +got):\n%s", diff)
	}
	page, err := s.Seats(t.Context(), a.ref(), usher.Page{Number: 1, PerPage: 1})
	if err != nil {
		t.Fatal(err)
	}
	page.Seats[0].Account = nil
	if diff := cmp.Diff(want, page.Seats[0]); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestTheBreakdownSpeaksOfCurrentSeatsAndOfThisCycleR5(t *testing.T) {
	a := crew(
		directAt("ada", endOfNovember.AddDate(0, -1, 0).Add(-time.Microsecond)), // the last cycle's last instant
		directAt("bob", endOfNovember.AddDate(0, -1, 0)),                        // this one's first
		direct("hal"), cancelled("eve"), throughTeam(21),
	)
	a.activity = []usher.WorldActivity{
		{UserID: userID("ada"), Activity: usher.Activity{At: endOfNovember.AddDate(0, -1, 0).Add(-time.Microsecond), Editor: editor}},
		{UserID: userID("bob"), Activity: usher.Activity{At: endOfNovember.AddDate(0, -1, 0), Editor: editor}},
		{UserID: userID("eve"), Activity: usher.Activity{At: noon, Editor: editor}},
	}
	s := play(t, worldOf(a))
	compare := func(when string, want usher.SeatBreakdown) {
		t.Helper()
		if diff := cmp.Diff(want, s.breakdown()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	compare("as the world begins", usher.SeatBreakdown{
		Total: 5, AddedThisCycle: 4, PendingCancellation: 1, PendingInvitation: 1, ActiveThisCycle: 2, InactiveThisCycle: 3,
	})
	s.reports(used("ada", noon, editor), used("ada", noon, editor), used("cyd", noon, editor))
	compare("after reports", usher.SeatBreakdown{
		Total: 5, AddedThisCycle: 4, PendingCancellation: 1, PendingInvitation: 1, ActiveThisCycle: 4, InactiveThisCycle: 1,
	})
	s.does(s.CancelUsers, 2, "ada", "bob")
	compare("after two cancellations", usher.SeatBreakdown{
		Total: 5, AddedThisCycle: 4, PendingCancellation: 3, PendingInvitation: 1, ActiveThisCycle: 4, InactiveThisCycle: 1,
	})
	s.passTo(endOfNovember.Add(-time.Microsecond))
	compare("at the cycle's last instant", usher.SeatBreakdown{
		Total: 5, AddedThisCycle: 4, PendingCancellation: 3, PendingInvitation: 1, ActiveThisCycle: 4, InactiveThisCycle: 1,
	})
	s.passTo(endOfNovember)
	compare("at the next one's first", usher.SeatBreakdown{Total: 2, PendingInvitation: 1, InactiveThisCycle: 2})
	// What belongs to the last cycle is not activity in this one.
	s.reports(used("dee", endOfNovember.Add(-time.Microsecond), editor))
	compare("after a report of the last cycle", usher.SeatBreakdown{Total: 2, PendingInvitation: 1, InactiveThisCycle: 2})
	s.reports(used("dee", endOfNovember, editor))
	s.does(s.GrantUsers, 1, "ada")
	compare("after a new seat", usher.SeatBreakdown{Total: 3, AddedThisCycle: 1, PendingInvitation: 1, ActiveThisCycle: 1, InactiveThisCycle: 2})
}

func TestBillingIsRefusedForAPaymentProblemAndNothingElseIsR7(t *testing.T) {
	a := crew(direct("ada"))
	a.copilot = enabled(func(s *usher.Subscription) { s.PaymentProblem = true })
	s := play(t, worldOf(a))
	_, err := s.Billing(t.Context(), a.ref())
	want := &usher.Error{Kind: usher.Invalid, Message: "There is a problem with your account's associated payment method."}
	if diff := cmp.Diff(want, refusal(s, err)); diff != "" {
		t.Errorf("billing (-want +got):\n%s", diff)
	}
	s.lists("ada")
	s.member("ada")
}

func TestWhereCopilotIsNotEnabledR7(t *testing.T) {
	a := crew()
	a.copilot = nil
	s := play(t, worldOf(a))
	const message = "Copilot Business is not enabled for this organization."
	_, billing := s.Billing(t.Context(), a.ref())
	_, seats := s.Seats(t.Context(), a.ref(), usher.Page{Number: 1, PerPage: 50})
	_, _, activity := s.ReportActivity(t.Context(), a.ref(), []usher.ActivityReport{used("ada", noon, editor)}, by)
	for _, test := range []struct {
		name string
		got  error
		kind usher.Kind
	}{
		{"billing", billing, usher.NotFound},
		{"seats", seats, usher.NotFound},
		{"activity", activity, usher.Invalid},
		{"a member", s.memberError("ada"), usher.Invalid},
		{"an unknown member", s.memberError("nobody"), usher.Invalid},
	} {
		if diff := cmp.Diff(&usher.Error{Kind: test.kind, Message: message}, refusal(s, test.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestASubscriptionThatGrantsNobodyHasNoSeats(t *testing.T) {
	for _, setting := range []usher.SeatManagement{usher.AssignmentDisabled, usher.AssignmentUnconfigured} {
		t.Run(string(setting), func(t *testing.T) {
			a := crew()
			a.copilot = enabled(management(setting))
			s := play(t, worldOf(a))
			s.lists()
			if got := s.breakdown(); got != (usher.SeatBreakdown{}) {
				t.Errorf("breakdown: got %+v, want nothing", got)
			}
			if got := s.memberError("ada").Kind; got != usher.NotFound {
				t.Errorf("the member's error is of kind %v", got)
			}
		})
	}
}

func TestWhoHasNoSeatR8(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), direct("hal"))))
	for _, test := range []struct {
		login string
		kind  usher.Kind
	}{
		{"nobody", usher.NotFound},
		{"kim", usher.NotFound},
		{"fay", usher.NotFound},
		{"", usher.NotFound},
		{"hal", usher.Invalid},
		{"ida", usher.Invalid},
	} {
		got := s.memberError(test.login)
		if got.Kind != test.kind || test.kind == usher.Invalid && !strings.Contains(got.Message, test.login) {
			t.Errorf("%q: got %+v, want kind %v", test.login, got, test.kind)
		}
	}
	if got, want := s.member("ADA").Assignee.Login, "ada"; got != want {
		t.Errorf("the assignee is %q, want %q", got, want)
	}
}

func TestAnAccountThatIsNotThereIsNotFound(t *testing.T) {
	s := play(t, worldOf(crew()))
	nowhere := usher.OrganizationRef(999)
	_, billing := s.Billing(t.Context(), nowhere)
	_, seats := s.Seats(t.Context(), nowhere, usher.Page{Number: 1, PerPage: 50})
	_, member := s.MemberSeat(t.Context(), nowhere, "ada")
	_, enterprise := s.EnterpriseSeats(t.Context(), usher.EnterpriseRef(octodemo), usher.Page{Number: 1, PerPage: 50})
	_, grant := s.GrantUsers(t.Context(), nowhere, []string{"ada"}, by)
	for i, err := range []error{billing, seats, member, enterprise, grant} {
		if got := refusal(s, err); got.Kind != usher.NotFound {
			t.Errorf("call %d: got %v, want not found", i, got)
		}
	}
}

func TestACancelledContextEndsAReading(t *testing.T) {
	s := play(t, worldOf(crew()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Billing(ctx, usher.OrganizationRef(octodemo)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if _, err := s.GrantUsers(ctx, usher.OrganizationRef(octodemo), []string{"ada"}, by); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}
