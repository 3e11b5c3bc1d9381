package usher_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// globe is an enterprise with two organizations and one whose Copilot is not enabled. The
// organizations' ids do not stand in the order of the file, nor the teams'.
func globe() []account {
	return []account{
		{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee",
			copilot: enabled(cycleDay(20), func(s *usher.Subscription) { s.Plan = usher.PlanEnterprise }),
			teams:   []team{{id: 9, slug: "platform", members: "ada kim"}, {id: 4, slug: "web", members: "Bob ada"}},
			grants:  []usher.WorldGrant{throughTeam(9), direct("eve"), throughTeam(4), cancelled("ada")},
		},
		{
			login: "hubot", id: hubot, enterprise: octoGlobal, members: "ada Bob eve", copilot: enabled(cycleDay(13)),
			grants: []usher.WorldGrant{direct("bob"), direct("ada")},
		},
		{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, members: "ada cyd fay", copilot: enabled(),
			teams:  []team{{id: 4, slug: "core", members: "fay"}},
			grants: []usher.WorldGrant{throughTeam(4), cancelled("cyd")},
		},
		{login: "bare", id: 3, enterprise: octoGlobal, members: "ada gus"},
		{login: "elsewhere", id: 5, members: "gus", copilot: enabled(), grants: []usher.WorldGrant{direct("gus")}},
	}
}

// enterpriseRows are all rows of the enterprise in a few words, each with its plan and
// its organization, if it has one.
func (s stage) enterpriseRows(page usher.Page) (rows []string, total int64) {
	s.Helper()
	got, err := s.EnterpriseSeats(s.context(), usher.EnterpriseRef(octoGlobal), page)
	if err != nil {
		s.Fatalf("enterprise seats: %v", err)
	}
	for i, line := range words(got.Seats) {
		account := got.Seats[i].Account
		line += " " + string(account.Subscription.Plan)
		if account.Ref.Kind == usher.Organization {
			line += " in " + account.Login
		}
		rows = append(rows, line)
	}
	return rows, got.TotalSeats
}

var everyRow = usher.Page{Number: 1, PerPage: 100}

func TestAnEnterprisesListHasARowForEachGrantAndSeatE1E2E3(t *testing.T) {
	s := play(t, worldOf(globe()...))
	got, total := s.enterpriseRows(everyRow)
	want := []string{
		"eve enterprise", "ada until 2026-11-20 enterprise",
		"ada via web enterprise", "Bob via web enterprise",
		"ada via platform enterprise", "kim via platform enterprise",
		"fay via core business in octodemo", "cyd until 2026-12-01 business in octodemo",
		"Bob business in hubot", "ada business in hubot",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if total != 6 { // ada, Bob, cyd, eve, fay, kim
		t.Errorf("total_seats is %d, want 6 people", total)
	}
}

func TestAnEnterprisesPagesGoOnFromOneAccountToTheNextE2(t *testing.T) {
	s := play(t, worldOf(globe()...))
	all, _ := s.enterpriseRows(everyRow)
	for perPage := int64(1); perPage <= int64(len(all))+1; perPage++ {
		var got []string
		for number := int64(1); number <= int64(len(all))/perPage+2; number++ {
			page, total := s.enterpriseRows(usher.Page{Number: number, PerPage: perPage})
			if total != 6 || int64(len(page)) > perPage {
				t.Errorf("page %d of %d has %d rows, total_seats %d", number, perPage, len(page), total)
			}
			got = append(got, page...)
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", perPage, diff)
		}
	}
	page, err := s.EnterpriseSeats(t.Context(), usher.EnterpriseRef(octoGlobal), usher.Page{Number: 3, PerPage: 2})
	if err != nil {
		t.Fatal(err)
	}
	if page.Rows != int64(len(all)) {
		t.Errorf("a page speaks of %d rows, want %d", page.Rows, len(all))
	}
}

func TestPeopleAreCountedUntilTheLastOfTheirSeatsEndsE1(t *testing.T) {
	for _, settled := range []bool{true, false} {
		t.Run(map[bool]string{true: "settled", false: "not settled"}[settled], func(t *testing.T) {
			a := globe()
			// Of ada there is the enterprise's seat until the 20th, hubot's until the 13th;
			// of cyd octodemo's until December; of Bob hubot's alone.
			a[0].grants = []usher.WorldGrant{cancelled("ada")}
			a[1].grants = []usher.WorldGrant{cancelled("bob"), cancelled("ada")}
			a[2].grants = []usher.WorldGrant{cancelled("cyd")}
			s := play(t, worldOf(a...))
			for _, step := range []struct {
				at   time.Time
				want int64
				rows int
			}{
				{instant("2026-11-12T23:59:59.999999Z"), 3, 4},
				{instant("2026-11-13T00:00:00Z"), 2, 2},
				{instant("2026-11-19T23:59:59.999999Z"), 2, 2},
				{instant("2026-11-20T00:00:00Z"), 1, 1},
				{instant("2026-11-30T23:59:59.999999Z"), 1, 1},
				{instant("2026-12-01T00:00:00Z"), 0, 0},
			} {
				move := s.passTo
				if settled {
					move = s.moveTo
				}
				move(step.at)
				s.sound()
				rows, total := s.enterpriseRows(everyRow)
				if total != step.want || len(rows) != step.rows {
					t.Errorf("at %v: %d people, rows %q; want %d in %d rows", step.at, total, rows, step.want, step.rows)
				}
			}
		})
	}
}

func TestOrganizationsDoNotSeeTheEnterprisesGrantsE4(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.lists("fay via core", "cyd until 2026-12-01")
	if got := s.memberError("ada").Kind; got != usher.NotFound {
		t.Errorf("ada's error is of kind %v", got)
	}
	// A grant of the organization is new there, whatever the enterprise granted.
	s.does(s.GrantUsers, 1, "ada")
	s.does(s.CancelUsers, 1, "ada")
	s.lists("fay via core", "cyd until 2026-12-01", "ada until 2026-12-01")
	if _, total := s.enterpriseRows(everyRow); total != 6 {
		t.Errorf("total_seats is %d, want 6 people", total)
	}
	// The organizations' team 4 is not the enterprise's.
	s.does(s.CancelTeams, 1, "core")
	rows, _ := s.enterpriseRows(everyRow)
	if diff := cmp.Diff([]string{"ada via web enterprise", "Bob via web enterprise"}, rows[2:4]); diff != "" {
		t.Errorf("the enterprise team's rows (-want +got):\n%s", diff)
	}
}

func TestAnEnterpriseWithoutCopilotStillListsItsOrganizationsSeatsE2(t *testing.T) {
	a := globe()
	a[0].copilot, a[0].grants = nil, nil
	s := play(t, worldOf(a...))
	got, total := s.enterpriseRows(everyRow)
	want := []string{
		"fay via core business in octodemo", "cyd until 2026-12-01 business in octodemo",
		"Bob business in hubot", "ada business in hubot",
	}
	if diff := cmp.Diff(want, got); diff != "" || total != 4 {
		t.Errorf("total %d, rows (-want +got):\n%s", total, diff)
	}
}
