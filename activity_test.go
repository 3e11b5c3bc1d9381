package usher_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

const editor = "vscode/1.96.4/copilot/1.261.0"

func TestActivityIsShownForNinetyWholeDaysR4(t *testing.T) {
	t.Parallel()
	at := instant("2026-08-13T23:59:59.999999Z")
	authenticated := instant("2026-01-02T03:04:05Z")
	tests := []struct {
		name string
		now  string
		want bool
	}{
		{"at once", "2026-08-13T23:59:59.999999Z", true},
		{"89 days later", "2026-11-10T12:00:00Z", true},
		{"90 days later, the first instant", "2026-11-11T00:00:00Z", true},
		{"90 days later, the last instant", "2026-11-11T23:59:59.999999Z", true},
		{"91 days later", "2026-11-12T00:00:00Z", false},
		{"a year later", "2027-08-13T00:00:00Z", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := usher.Activity{AuthenticatedAt: authenticated}
			if test.want {
				want.At, want.Editor = at, editor
			}
			got := usher.Activity{At: at, Editor: editor, AuthenticatedAt: authenticated}.VisibleAt(instant(test.now))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("activity (-want +got):\n%s", diff)
			}
		})
	}
}

func oneOf(people string, grants ...usher.WorldGrant) usher.World {
	return worldOf(account{login: "octodemo", id: octodemo, members: people, copilot: enabled(), grants: grants})
}

func TestActivityNeverMovesBackwardsR4(t *testing.T) {
	s := play(t, oneOf("ada", direct("ada")))
	if got := s.member("ada").Seat.Activity; got != (usher.Activity{}) {
		t.Errorf("a new seat has the activity %+v", got)
	}
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	steps := []struct {
		name   string
		report usher.Activity
		want   usher.Activity
	}{
		{"the first", usher.Activity{At: hour(-3), Editor: "vim/1"}, usher.Activity{At: hour(-3), Editor: "vim/1"}},
		{"an earlier one", usher.Activity{At: hour(-4), Editor: "vim/0"}, usher.Activity{At: hour(-3), Editor: "vim/1"}},
		{"another of the same time", usher.Activity{At: hour(-3), Editor: "vim/2"}, usher.Activity{At: hour(-3), Editor: "vim/1"}},
		{"a login", usher.Activity{AuthenticatedAt: hour(-5)}, usher.Activity{At: hour(-3), Editor: "vim/1", AuthenticatedAt: hour(-5)}},
		{"an earlier login with a later use", usher.Activity{At: hour(-2), Editor: "vim/3", AuthenticatedAt: hour(-6)}, usher.Activity{At: hour(-2), Editor: "vim/3", AuthenticatedAt: hour(-5)}},
		{"just now", usher.Activity{At: hour(0), Editor: "vim/4", AuthenticatedAt: hour(0)}, usher.Activity{At: hour(0), Editor: "vim/4", AuthenticatedAt: hour(0)}},
	}
	for _, step := range steps {
		accepted, ignored := s.reports(usher.ActivityReport{Login: "ADA", Activity: step.report})
		if accepted != 1 || len(ignored) != 0 {
			t.Errorf("%s: accepted %d, ignored %v, want it accepted", step.name, accepted, ignored)
		}
		if diff := cmp.Diff(step.want, s.member("ada").Seat.Activity); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", step.name, diff)
		}
	}
}

func TestActivityOfNobodyInParticularOrFromTheFutureIsIgnoredWithTheReasonR4(t *testing.T) {
	s := play(t, worldOf(account{
		login: "octodemo", id: octodemo, members: "ada Bob cyd", invited: "dee", copilot: enabled(),
		grants: []usher.WorldGrant{direct("ada"), cancelled("bob"), direct("dee")},
	}))
	later := noon.Add(time.Microsecond)
	accepted, ignored := s.reports(
		used("ada", noon, editor),
		used("Bob", noon, editor), // pending, and so current
		used("cyd", noon, editor),
		used("dee", noon, editor),
		used("kim", noon, editor),
		used("nobody", noon, editor),
		used("ada", later, editor),
		usher.ActivityReport{Login: "ada", Activity: usher.Activity{At: noon, AuthenticatedAt: later}},
	)
	const noSeat, future = "the user has no current seat in this organization", "the activity lies in the future"
	want := []usher.IgnoredReport{
		{Login: "cyd", Reason: noSeat},
		{Login: "dee", Reason: noSeat},
		{Login: "kim", Reason: noSeat},
		{Login: "nobody", Reason: "there is no user with this login"},
		{Login: "ada", Reason: future},
		{Login: "ada", Reason: future},
	}
	if accepted != 2 {
		t.Errorf("accepted %d, want 2", accepted)
	}
	if diff := cmp.Diff(want, ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	if got, want := s.member("ada").Seat.Activity, (usher.Activity{At: noon, Editor: editor}); got != want {
		t.Errorf("activity of ada: got %+v, want %+v", got, want)
	}
}

func TestASeatGrantedAnewStartsWithoutActivityR4(t *testing.T) {
	for _, settled := range []bool{true, false} {
		s := oneOf("ada", direct("ada"))
		t.Run(map[bool]string{true: "settled", false: "not settled"}[settled], func(t *testing.T) {
			s := play(t, s)
			s.reports(usher.ActivityReport{Login: "ada", Activity: usher.Activity{At: noon, Editor: editor, AuthenticatedAt: noon}})
			s.does(s.CancelUsers, 1, "ada")
			move := s.passTo
			if settled {
				move = s.moveTo
			}
			move(endOfNovember)
			if _, ignored := s.reports(used("ada", endOfNovember, editor)); len(ignored) != 1 {
				t.Errorf("ignored %v, want the report of a person without a seat", ignored)
			}
			s.does(s.GrantUsers, 1, "ada")
			want := usher.Seat{Number: 2, UserID: 1, CreatedAt: endOfNovember, UpdatedAt: endOfNovember}
			if diff := cmp.Diff(want, s.member("ada").Seat); diff != "" {
				t.Errorf("the new seat (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARefreshedSeatKeepsItsActivityR4(t *testing.T) {
	s := play(t, oneOf("ada", direct("ada")))
	s.reports(used("ada", noon, editor))
	s.does(s.CancelUsers, 1, "ada")
	s.does(s.GrantUsers, 1, "ada")
	if got, want := s.member("ada").Seat.Activity, (usher.Activity{At: noon, Editor: editor}); got != want {
		t.Errorf("activity: got %+v, want %+v", got, want)
	}
}

func TestOldActivityReadsAsNullAndItsLoginStaysR4(t *testing.T) {
	s := play(t, oneOf("ada", direct("ada")))
	s.reports(usher.ActivityReport{Login: "ada", Activity: usher.Activity{At: noon, Editor: editor, AuthenticatedAt: noon}})
	lastDay := noon.AddDate(0, 0, 90)
	s.moveTo(lastDay)
	if got, want := s.member("ada").Seat.Activity, (usher.Activity{At: noon, Editor: editor, AuthenticatedAt: noon}); got != want {
		t.Errorf("after 90 days: got %+v, want %+v", got, want)
	}
	s.moveTo(lastDay.AddDate(0, 0, 1))
	if got, want := s.member("ada").Seat.Activity, (usher.Activity{AuthenticatedAt: noon}); got != want {
		t.Errorf("after 91 days: got %+v, want %+v", got, want)
	}
}

func TestActivityIsKeptPerOrganizationAndItsLatestIsShownOnRowsWithoutOneR4(t *testing.T) {
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	enterprise := account{
		kind: usher.Enterprise, login: "octo", id: octoGlobal, copilot: enabled(),
		teams: []team{{id: 1, slug: "platform", members: "ada"}}, grants: []usher.WorldGrant{direct("ada"), throughTeam(1)},
	}
	one := account{
		login: "octodemo", id: octodemo, enterprise: octoGlobal, members: "ada", copilot: enabled(), grants: []usher.WorldGrant{direct("ada")},
		activity: []usher.WorldActivity{{UserID: 1, Activity: usher.Activity{At: hour(-9), Editor: "seeded/1", AuthenticatedAt: hour(-8)}}},
	}
	other := account{login: "hubot", id: hubot, enterprise: octoGlobal, members: "ada", copilot: enabled(), grants: []usher.WorldGrant{direct("ada")}}
	s := play(t, worldOf(enterprise, one, other))
	activities := func() []usher.Activity {
		t.Helper()
		page, err := s.EnterpriseSeats(t.Context(), enterprise.ref(), usher.Page{Number: 1, PerPage: 100})
		if err != nil {
			t.Fatal(err)
		}
		var all []usher.Activity
		for _, row := range page.Seats {
			all = append(all, row.Seat.Activity)
		}
		return all
	}

	seeded := usher.Activity{At: hour(-9), Editor: "seeded/1", AuthenticatedAt: hour(-8)}
	if diff := cmp.Diff([]usher.Activity{seeded, seeded, seeded, {}}, activities()); diff != "" {
		t.Errorf("as the world begins (-want +got):\n%s", diff)
	}

	report := usher.ActivityReport{Login: "ada", Activity: usher.Activity{At: hour(-3), Editor: "other/2"}}
	if _, _, err := s.ReportActivity(t.Context(), other.ref(), []usher.ActivityReport{report}, by); err != nil {
		t.Fatal(err)
	}
	latest := usher.Activity{At: hour(-3), Editor: "other/2", AuthenticatedAt: hour(-8)}
	want := []usher.Activity{latest, latest, seeded, {At: hour(-3), Editor: "other/2"}}
	// Organizations stand in the order of their ids.
	if diff := cmp.Diff(want, activities()); diff != "" {
		t.Errorf("after a report elsewhere (-want +got):\n%s", diff)
	}
	s.sound()
}

func TestWhatAnEnterpriseRemembersOfAPersonEndsWithTheirLastSeatSettledOrNotC4(t *testing.T) {
	t.Parallel()
	remembered := map[bool][]usher.EnterprisePerson{}
	for _, settled := range []bool{true, false} {
		a := crew(cancelled("ada"))
		a.enterprise = octoGlobal
		a.activity = []usher.WorldActivity{{UserID: 1, Activity: usher.Activity{At: noon, Editor: editor}}}
		s := onStage(t, worldOf(account{kind: usher.Enterprise, login: "octo", id: octoGlobal, copilot: enabled()}, a))
		s.passTo(endOfNovember)
		if settled {
			s.moveTo(endOfNovember)
		}
		s.does(s.GrantUsers, 1, "ada")
		remembered[settled] = dump(s, s.store).Accounts[0].People
	}
	if diff := cmp.Diff(remembered[true], remembered[false]); diff != "" {
		t.Errorf("people (-settled +not settled):\n%s", diff)
	}
}

// kept are the activity reports that octodemo has.
func (s stage) kept() []usher.Report {
	s.Helper()
	for _, a := range dump(s, s.store).Accounts {
		if a.Account.Ref == usher.OrganizationRef(octodemo) {
			return a.Reports
		}
	}
	return nil
}

func TestEveryAcceptedReportIsKeptWhetherItMovesAnythingOrNot(t *testing.T) {
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	a := crew(direct("ada"), direct("bob"))
	begun := usher.Activity{At: hour(-9), Editor: "seeded/1", AuthenticatedAt: hour(-8)}
	a.activity = []usher.WorldActivity{{UserID: userID("ada"), Activity: begun}}
	s := play(t, worldOf(a))
	newer, older := usher.Activity{At: hour(-1), Editor: "vim/2"}, usher.Activity{At: hour(-7), Editor: "vim/1"}
	s.reports(used("bob", newer.At, newer.Editor), used("nobody", noon, editor), used("ada", newer.At, newer.Editor),
		used("bob", older.At, older.Editor), used("bob", hour(1), editor))
	s.moveTo(hour(2))
	s.reports(used("bob", newer.At, newer.Editor))
	grown := usher.Activity{At: newer.At, Editor: newer.Editor, AuthenticatedAt: begun.AuthenticatedAt}
	want := []usher.Report{
		{Number: 1, AcceptedAt: noon, UserID: 1, Seat: 1, Reported: begun, Activity: begun},
		{Number: 2, AcceptedAt: noon, UserID: 2, Seat: 2, Reported: newer, Activity: newer},
		{Number: 3, AcceptedAt: noon, UserID: 1, Seat: 1, Reported: newer, Activity: grown},
		{Number: 4, AcceptedAt: noon, UserID: 2, Seat: 2, Reported: older, Activity: newer},
		{Number: 5, AcceptedAt: hour(2), UserID: 2, Seat: 2, Reported: newer, Activity: newer},
	}
	if diff := cmp.Diff(want, s.kept()); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

func TestAReportThatMovesNothingLeavesTheAccountsVersion(t *testing.T) {
	s := play(t, oneOf("ada", direct("ada")))
	version := func() int64 { return dump(s, s.store).Accounts[0].Account.Version }
	s.reports(used("ada", noon, editor))
	before := version()
	s.reports(used("ada", noon, editor), used("ada", noon.Add(-time.Hour), editor))
	if got := version(); got != before {
		t.Errorf("the version is %d, want %d still", got, before)
	}
	s.reports(used("ada", noon, editor), usher.ActivityReport{Login: "ada", Activity: usher.Activity{AuthenticatedAt: noon}})
	if version() == before {
		t.Error("the version is as before, and there is new activity")
	}
}

func TestReportsAreNotAcceptedEarlierThanThoseBeforeThem(t *testing.T) {
	s := play(t, oneOf("ada", direct("ada")))
	s.moveTo(noon.Add(time.Hour))
	s.reports(used("ada", noon, editor))
	s.passTo(noon) // as the wall clock of a server may
	s.reports(used("ada", noon, editor))
	for _, report := range s.kept() {
		if want := noon.Add(time.Hour); !report.AcceptedAt.Equal(want) {
			t.Errorf("report %d was accepted at %v, want %v", report.Number, report.AcceptedAt, want)
		}
	}
}

func TestAnEventTellsHowManyReportsTheAccountHadByItsChange(t *testing.T) {
	a := crew(direct("ada"), cancelled("bob"))
	a.activity = []usher.WorldActivity{{UserID: userID("ada"), Activity: usher.Activity{At: noon}}}
	s := play(t, worldOf(a))
	s.reports(used("ada", noon, editor), used("ada", noon, editor))
	s.does(s.GrantUsers, 1, "cyd")
	s.passTo(endOfNovember)
	s.reports(used("bob", endOfNovember, editor), used("ada", endOfNovember, editor)) // settles bob's seat
	var got []int64
	for _, event := range dump(s, s.store).Accounts[0].Events {
		got = append(got, event.Reports)
	}
	if want := []int64{1, 1, 1, 1, 1, 3, 3, 4}; !cmp.Equal(want, got) {
		t.Errorf("the events tell of reports %v, want %v", got, want)
	}
}
