package usher_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usher-seats/usher"
)

// watched is a world for readings: an enterprise, and two organizations that do not see
// each other. Ada was active the longest time ago that is shown.
func watched() usher.World {
	octo := crew(direct("ada"), cancelled("bob"), throughTeam(21))
	octo.enterprise = octoGlobal
	octo.activity = []usher.WorldActivity{{UserID: userID("ada"), Activity: usher.Activity{At: noon.AddDate(0, 0, -90), Editor: editor}}}
	return worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, copilot: enabled(cycleDay(20)),
			grants: []usher.WorldGrant{direct("ada"), cancelled("lee")},
		},
		octo,
		account{login: "hubot", id: hubot, enterprise: octoGlobal, members: "ada Bob", copilot: enabled(), grants: []usher.WorldGrant{direct("ada")}},
	)
}

// reading is what a request shows, and in which edition.
type reading struct {
	Answer  any
	Edition usher.Edition
}

// readings are those of octodemo, one of the organization beside it, and the enterprise's.
func (s stage) readings() map[string]reading {
	s.Helper()
	all := map[string]reading{}
	add := func(name string, answer any, edition usher.Edition, err error) {
		if err != nil {
			s.Fatalf("%s: %v", name, err)
		}
		all[name] = reading{answer, slices.Clone(edition)}
	}
	organization := usher.OrganizationRef(octodemo)
	billing, err := s.Billing(background, organization)
	add("billing", billing, billing.Edition, err)
	page, err := s.Seats(background, organization, everyRow)
	add("seats", page, page.Edition, err)
	member, err := s.MemberSeat(background, organization, "ada")
	add("member", member, member.Edition, err)
	profile, err := s.OrganizationProfile(background, usher.AccountName{Login: "octodemo"})
	add("profile", profile, profile.Edition, err)
	page, err = s.Seats(background, usher.OrganizationRef(hubot), everyRow)
	add("hubot", page, page.Edition, err)
	page, err = s.EnterpriseSeats(background, usher.EnterpriseRef(octoGlobal), everyRow)
	add("enterprise", page, page.Edition, err)
	page, err = s.EnterpriseMemberSeats(background, usher.EnterpriseRef(octoGlobal), "ada")
	add("person", page, page.Edition, err)
	return all
}

func TestAnEditionChangesWithWhatItsReadingShows(t *testing.T) {
	const (
		nothing   = ""
		own       = "billing enterprise member person profile seats" // of what octodemo shows
		ofTheDay  = "billing enterprise hubot member person seats"
		beside    = "enterprise hubot person"
		ofAll     = "billing enterprise hubot member person profile seats"
		tomorrow  = 12 * time.Hour // from noon
		rightNow  = time.Duration(0)
		microtime = time.Microsecond
	)
	calls := func(c func(stage) call, names ...string) func(stage) {
		return func(s stage) {
			if _, err := c(s)(background, usher.OrganizationRef(octodemo), names, by); err != nil {
				s.Fatalf("with %q: %v", names, err)
			}
		}
	}
	grant, cancel := func(s stage) call { return s.GrantUsers }, func(s stage) call { return s.CancelUsers }
	grantTeams, cancelTeams := func(s stage) call { return s.GrantTeams }, func(s stage) call { return s.CancelTeams }
	report := func(id int64, reports ...usher.ActivityReport) func(stage) {
		return func(s stage) {
			if _, _, err := s.ReportActivity(background, usher.OrganizationRef(id), reports, by); err != nil {
				s.Fatalf("report: %v", err)
			}
		}
	}
	passes := func(d time.Duration) func(stage) { return func(s stage) { s.passTo(noon.Add(d)) } }
	endAt := func(at time.Time) func(stage) { return func(s stage) { s.passTo(at) } }
	settle := func(s stage) {
		if n, err := s.Settle(background); err != nil || n == 0 {
			s.Fatalf("settled %d, error %v; want some", n, err)
		}
	}
	reset := func(s stage) {
		if _, err := s.Load(background, watched()); err != nil {
			s.Fatalf("load: %v", err)
		}
	}
	endOfTheEnterprises := instant("2026-11-20T00:00:00Z")
	tests := []struct {
		name    string
		before  func(stage)
		happens func(stage)
		want    string // the readings whose edition changes
	}{
		{"nothing", nil, func(stage) {}, nothing},
		{"no time", nil, passes(rightNow), nothing},
		{"time until midnight", nil, passes(tomorrow - microtime), nothing},
		{"midnight, when activity gets too old", nil, passes(tomorrow), ofTheDay},
		{"a clock set back behind the last event", nil, passes(-72 * time.Hour), nothing},

		{"a grant", nil, calls(grant, "eve"), own},
		{"a grant to somebody invited", nil, calls(grant, "hal"), own},
		{"a grant beside a team's", nil, calls(grant, "cyd"), own},
		{"a grant that is there", nil, calls(grant, "ADA"), nothing},
		{"a grant to nobody", nil, calls(grant), nothing},
		{"a refresh", nil, calls(grant, "bob"), own},
		{"a cancellation", nil, calls(cancel, "ada"), own},
		{"a cancellation of what is cancelled", nil, calls(cancel, "bob"), nothing},
		{"a grant to a team", nil, calls(grantTeams, "docs"), own},
		{"a grant to a team that is there", nil, calls(grantTeams, "inner"), nothing},
		{"a cancellation of a team's", nil, calls(cancelTeams, "inner"), own},
		{"a call that is refused", nil, func(s stage) { s.refuses(s.GrantUsers, "eve", "nobody") }, nothing},
		{"a grant in the other organization", nil, func(s stage) {
			if _, err := s.GrantUsers(background, usher.OrganizationRef(hubot), []string{"bob"}, by); err != nil {
				s.Fatalf("grant: %v", err)
			}
		}, beside},

		{"a grant of the enterprise's", nil, func(s stage) { s.inEnterprise(s.GrantEnterpriseUsers, 1, "eve") }, "enterprise person"},
		{"a cancellation of the enterprise's", nil, func(s stage) { s.inEnterprise(s.CancelEnterpriseUsers, 1, "ada") }, "enterprise person"},

		{"activity", nil, report(octodemo, used("ada", noon, editor)), own},
		{"activity before the last", nil, report(octodemo, used("ada", noon.AddDate(0, 0, -91), editor)), nothing},
		{"activity that is ignored", nil, report(octodemo, used("kim", noon, editor), used("ada", noon.Add(1), editor)), nothing},
		// The enterprise's row of ada shows the latest of all organizations.
		{"activity in the other organization", nil, report(hubot, used("ada", noon, editor)), beside},

		{"the end of a cycle", endAt(endOfNovember.Add(-microtime)), endAt(endOfNovember), ofTheDay},
		{"what has ended is settled", endAt(endOfNovember), settle, own},
		{"the end of the enterprise's cycle", endAt(endOfTheEnterprises.Add(-microtime)), endAt(endOfTheEnterprises), ofTheDay},
		{"what has ended of the enterprise's is settled", endAt(endOfTheEnterprises), settle, "enterprise person"},

		{"the same world once more", nil, reset, ofAll},
		{"the same world once more and as many writes", calls(grant, "eve"), func(s stage) {
			reset(s)
			calls(grant, "fay")(s)
		}, ofAll},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := play(t, watched())
			if test.before != nil {
				test.before(s)
			}
			before := s.readings()
			test.happens(s)
			var changed []string
			for name, now := range s.readings() {
				if !slices.Equal(before[name].Edition, now.Edition) {
					changed = append(changed, name)
				} else if diff := cmp.Diff(before[name], now, unshown); diff != "" {
					t.Errorf("%s has changed within the edition %v (-before +now):\n%s", name, now.Edition, diff)
				}
			}
			slices.Sort(changed)
			if got := strings.Join(changed, " "); got != test.want {
				t.Errorf("the editions that change are those of %q, want %q", got, test.want)
			}
			s.sound()
		})
	}
}

// unshown is what readings hold and nobody shows: how many reports there were.
var unshown = cmpopts.IgnoreFields(usher.Account{}, "LastReport")

// Nothing changes people and teams yet but another program.
func TestAnEditionChangesWithThePeopleAndTeamsShown(t *testing.T) {
	t.Parallel()
	replicas, database := replicateNamed(t, watched())
	s, direct := replicas[0], directly(t, database)
	tests := []struct {
		table string
		id    int64
		want  string
	}{
		{"users", userID("ada"), "enterprise hubot member person seats"},
		{"users", userID("cyd"), "enterprise seats"},
		{"users", userID("gus"), ""},
		{"teams", 21, "enterprise seats"},
		{"teams", 20, "enterprise seats"}, // the parent of 21
		{"teams", 18, ""},
	}
	for _, test := range tests {
		before := s.readings()
		if _, err := direct.Exec(fmt.Sprintf(`UPDATE %s SET version = version + 1 WHERE id = %d`, test.table, test.id)); err != nil {
			t.Fatal(err)
		}
		var changed []string
		for name, now := range s.readings() {
			if !slices.Equal(before[name].Edition, now.Edition) {
				changed = append(changed, name)
			}
		}
		slices.Sort(changed)
		if got := strings.Join(changed, " "); got != test.want {
			t.Errorf("%s %d: the editions that change are those of %q, want %q", test.table, test.id, got, test.want)
		}
	}
}

// The activity of the organization's people stays with their rows.
func TestAnOrganizationThatCameAndWentMakesAnotherEdition(t *testing.T) {
	s := play(t, worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(),
			teams: []team{{id: 1, slug: "web", members: "ada"}}, grants: []usher.WorldGrant{direct("ada")},
		},
		account{
			login: "hubot", id: hubot, members: "ada", copilot: enabled(), grants: []usher.WorldGrant{direct("ada")},
			activity: []usher.WorldActivity{{UserID: userID("ada"), Activity: usher.Activity{At: noon, Editor: editor}}},
		},
	))
	read := func() usher.SeatPage {
		page, err := s.EnterpriseSeats(background, usher.EnterpriseRef(octoGlobal), everyRow)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	before := read()
	for _, enterprise := range []string{"octo-global", ""} {
		name := usher.AccountName{Kind: usher.Enterprise, Login: enterprise}
		if _, err := s.MoveOrganization(background, usher.OrganizationRef(hubot), name, callerOf("lee"), by); err != nil {
			t.Fatal(err)
		}
		s.sound()
	}
	after := read()
	if got := after.Seats[0].Seat.Activity.Editor; got != editor {
		t.Errorf("ada's row shows the editor %q, want %q", got, editor)
	}
	if slices.Equal(before.Edition, after.Edition) {
		t.Errorf("the list has the edition %v again", after.Edition)
	}
}

func TestPagesOfOneListHaveEditionsOfTheirOwn(t *testing.T) {
	s := play(t, watched())
	seen := map[string]int64{}
	for number := int64(1); number <= 5; number++ {
		page, err := s.Seats(background, usher.OrganizationRef(octodemo), usher.Page{Number: number, PerPage: 1})
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(page.Edition)
		if other, again := seen[key]; again {
			t.Errorf("pages %d and %d have the edition %s both", other, number, key)
		}
		seen[key] = number
	}
}

func TestEachWriteGivesItsAccountANewVersion(t *testing.T) {
	once := play(t, watched())
	for name, s := range map[string]stage{
		"": once, "run twice: ": {t, usher.NewService(&repeating{once.store}), once.store, once.wall, once.database},
	} {
		if _, err := s.Load(background, watched()); err != nil {
			t.Fatal(err)
		}
		versions := func() (octo, enterprise int64) {
			accounts := dump(s, s.store).Accounts
			return accounts[1].Account.Version, accounts[0].Account.Version
		}
		octo, enterprise := versions()
		changes := func(what string, wantOcto, wantEnterprise bool) {
			t.Helper()
			newOcto, newEnterprise := versions()
			if got := newOcto != octo; got != wantOcto {
				t.Errorf("%s%s changes the organization's version: got %v, want %v", name, what, got, wantOcto)
			}
			if got := newEnterprise != enterprise; got != wantEnterprise {
				t.Errorf("%s%s changes the enterprise's version: got %v, want %v", name, what, got, wantEnterprise)
			}
			octo, enterprise = newOcto, newEnterprise
		}
		s.does(s.GrantUsers, 3, "bob", "eve", "fay")
		changes("a grant to three", true, false)
		s.does(s.GrantUsers, 0, "bob", "eve", "fay")
		changes("the same again", false, false)
		s.reports(used("ada", noon, editor), used("eve", noon, editor))
		changes("a report of two", true, false)
		s.does(s.CancelUsers, 3, "bob", "eve", "fay")
		changes("a cancellation of three", true, false)
		s.passTo(instant("2026-11-20T00:00:00Z"))
		changes("the enterprise's cycle", false, false)
		if _, err := s.Settle(background); err != nil {
			t.Fatal(err)
		}
		changes("settling it", false, true)
		s.passTo(endOfNovember)
		s.does(s.GrantUsers, 1, "eve")
		changes("a grant to whose seat has ended", true, false)
		if _, err := s.Settle(background); err != nil {
			t.Fatal(err)
		}
		changes("settling what else has ended", true, false)
	}
}

func TestAWorldsPeopleAndTeamsBeginWithOneVersion(t *testing.T) {
	s := play(t, watched())
	begin := s.member("ada").Assignee.Version
	err := s.store.View(background, func(tx usher.Reader) error {
		users, err := tx.Users([]int64{1, 2, 12})
		if err != nil {
			return err
		}
		for _, user := range users {
			if user.Version != begin || !user.CreatedAt.Equal(noon) {
				t.Errorf("%s has version %d, created at %v; want %d, %v", user.Login, user.Version, user.CreatedAt, begin, noon)
			}
		}
		teams, err := tx.TeamsByID(usher.OrganizationRef(octodemo), []int64{18, 20})
		if err != nil {
			return err
		}
		for _, team := range teams {
			if want := noon.AddDate(-1, 0, 0); team.Version != begin || !team.CreatedAt.Equal(want) {
				t.Errorf("%s has version %d, created at %v; want %d, %v", team.Slug, team.Version, team.CreatedAt, begin, want)
			}
		}
		accounts, err := tx.Accounts()
		for _, a := range accounts {
			if a.Version == begin || !a.CreatedAt.Equal(noon) { // its seats were written
				t.Errorf("%s has version %d, created at %v; want another, %v", a.Login, a.Version, a.CreatedAt, noon)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
