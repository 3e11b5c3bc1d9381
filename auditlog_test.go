package usher_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// log is a whole page of an account's audit log in a few words for each event.
func (s stage) log(ref usher.AccountRef, query usher.AuditQuery) []string {
	s.Helper()
	query.PerPage = cmp.Or(query.PerPage, 100)
	page, err := s.AuditLog(background, ref, query)
	if err != nil {
		s.Fatalf("the audit log of %v: %v", ref, err)
	}
	var lines []string
	for _, e := range page.Events {
		lines = append(lines, logged(e))
	}
	return lines
}

func logged(e usher.AuditEvent) string {
	line := fmt.Sprintf("%s %d %s", e.Account.Login, e.Number, e.Action)
	if e.Whom != nil {
		line += " " + e.Whom.Login
	}
	if e.Team != nil {
		line += " via " + e.Team.Slug
	}
	if e.Business != nil {
		line += " in " + e.Business.Login
	}
	if e.By != nil {
		line += " by " + e.By.Login
	}
	return line
}

func (s stage) logs(ref usher.AccountRef, query usher.AuditQuery, want ...string) {
	s.Helper()
	if diff := gocmp.Diff(want, s.log(ref, query)); diff != "" {
		s.Errorf("%+v (-want +got):\n%s", query, diff)
	}
}

func TestAnAuditLogStopsWhereSomethingIsDueThatIsNotSettled(t *testing.T) {
	s := play(t, worldOf(globe()...))
	s.does(s.GrantUsers, 1, "ada")
	s.does(s.CancelUsers, 1, "ada")
	until := s.log(octo, usher.AuditQuery{})
	enterprise := s.log(usher.EnterpriseRef(octoGlobal), usher.AuditQuery{})
	later := endOfNovember.Add(time.Hour)
	s.passTo(later)
	s.does(s.GrantUsers, 1, "ada") // whose ending is settled by it, and cyd's is not
	s.doesIn(usher.OrganizationRef(hubot), s.GrantUsers, 1, "eve")
	for name, ref := range map[string]usher.AccountRef{"organization": octo, "enterprise": usher.EnterpriseRef(octoGlobal)} {
		want := until
		if ref.Kind == usher.Enterprise {
			want = enterprise
		}
		if diff := gocmp.Diff(want, s.log(ref, usher.AuditQuery{})); diff != "" {
			t.Errorf("%s, with cyd's ending to come (-want +got):\n%s", name, diff)
		}
	}
	if _, err := s.Settle(background); err != nil {
		t.Fatal(err)
	}
	s.logs(octo, usher.AuditQuery{Created: &usher.Span{From: endOfNovember}, Oldest: true},
		"octodemo 9 copilot.cfb_seat_cancelled ada in octo-global by ada",
		"octodemo 12 copilot.cfb_seat_cancelled cyd in octo-global",
		"octodemo 10 copilot.cfb_seat_assignment_created ada in octo-global by ada",
		"octodemo 11 copilot.cfb_seat_added ada in octo-global by ada")
}

func TestAnAuditLogGoesBackThreeMonthsUnlessItIsAskedAboutATime(t *testing.T) {
	a := crew(directAt("eve", noon.AddDate(0, -3, -1)), directAt("fay", noon.AddDate(0, -3, 0).Add(-12*time.Hour)), directAt("gus", noon.AddDate(0, -1, 0)))
	s := play(t, worldOf(a))
	three := []string{
		"octodemo 6 copilot.cfb_seat_added gus", "octodemo 5 copilot.cfb_seat_assignment_created gus",
		"octodemo 4 copilot.cfb_seat_added fay", "octodemo 3 copilot.cfb_seat_assignment_created fay",
	}
	s.logs(octo, usher.AuditQuery{}, three...)
	s.logs(octo, usher.AuditQuery{Created: &usher.Span{}}, append(slices.Clone(three), "octodemo 2 copilot.cfb_seat_added eve", "octodemo 1 copilot.cfb_seat_assignment_created eve")...)
	s.logs(octo, usher.AuditQuery{Created: &usher.Span{Until: noon.AddDate(0, -2, 0)}, Oldest: true},
		"octodemo 1 copilot.cfb_seat_assignment_created eve", "octodemo 2 copilot.cfb_seat_added eve",
		"octodemo 3 copilot.cfb_seat_assignment_created fay", "octodemo 4 copilot.cfb_seat_added fay")
	s.passTo(noon.AddDate(0, 0, 1))
	s.logs(octo, usher.AuditQuery{}, three[:2]...)
}

func TestAnEventBearsTheEnterpriseThatItsOrganizationBelongedToThenAndTheTeamsNameOfNow(t *testing.T) {
	s := play(t, twoEnterprises())
	s.doesIn(octo, s.GrantUsers, 1, "cyd")
	if _, err := s.moves("Other", "lee"); err != nil {
		t.Fatal(err)
	}
	s.doesIn(octo, s.CancelUsers, 1, "cyd")
	if _, err := s.moves("", "lee"); err != nil {
		t.Fatal(err)
	}
	s.doesIn(octo, s.GrantUsers, 1, "cyd")
	var got []string
	for _, line := range s.log(octo, usher.AuditQuery{User: "CYD", Actor: "ada", Oldest: true}) {
		_, what, _ := strings.Cut(line, "copilot.cfb_seat_")
		got = append(got, what)
	}
	want := []string{
		"assignment_refreshed cyd in octo-global by ada", "assignment_unassigned cyd in Other by ada", "assignment_refreshed cyd by ada",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for ref, wanted := range map[usher.AccountRef]bool{usher.EnterpriseRef(octoGlobal): false, usher.EnterpriseRef(43): false, octo: true} {
		if got := len(s.log(ref, usher.AuditQuery{User: "cyd"})) > 0; got != wanted {
			t.Errorf("%v lists what happened to cyd: %t, want %t: the organization has left", ref, got, wanted)
		}
	}
}

func TestActionsAreNamedWholeOrByWhatTheyBeginWith(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{
		"": len(usher.Actions()), "team.create": 1, "TEAM.Create": 1, "copilot": 9, "org": 9, "business": 7, "copilot.cfb_seat_assignment": 4,
		"copilot.cfb_seat": 7, "tea": 0, "team.": 0, "copilot.cfb_seat_a": 0, "repo.create": 0, "team.create_": 0,
	} {
		if got := usher.ActionsNamed(name); len(got) != want {
			t.Errorf("%q: got %v, want %d", name, got, want)
		}
	}
}

// tale is what a naive reader makes of an account's audit log: all of its events, in order, of
// which the first are those of accounts with low ids.
func (s stage) tale(ref usher.AccountRef, query usher.AuditQuery) []string {
	s.Helper()
	var accounts []usher.Account
	var clock time.Time
	events := map[string]usher.AccountEvent{}
	horizon := usher.LastPlace().At
	users := map[string]int64{}
	err := s.store.View(background, func(tx usher.Reader) (err error) {
		if clock, err = tx.Now(); err != nil {
			return err
		}
		account, _, err := tx.Account(usher.AccountName{Kind: ref.Kind, ID: ref.ID})
		accounts = append(accounts, account)
		if ref.Kind == usher.Enterprise {
			organizations, err := tx.Organizations(ref.ID)
			if err != nil {
				return err
			}
			accounts, horizon = append(accounts, organizations...), clock.Add(1)
		}
		for _, login := range []string{query.Actor, query.User} {
			user, _, err := tx.User(login)
			if err != nil {
				return err
			}
			users[login] = user.ID
		}
		for _, a := range accounts {
			now := clock
			if now.Before(a.LastEventAt) {
				now = a.LastEventAt
			}
			seats, _ := tx.AllSeats(a.Ref)
			invitations, _ := tx.Invitations(a.Ref)
			for _, seat := range seats {
				horizon = earliestDue(horizon, seat.EndsAt, now)
			}
			for _, m := range invitations {
				horizon = earliestDue(horizon, m.Invitation.EndsAt, now)
			}
			list, err := allEvents(tx, a.Ref)
			if err != nil {
				return err
			}
			for _, e := range list {
				key := fmt.Sprintf("%020d %020d %d %012d", e.At.UnixMicro(), a.Ref.ID, a.Ref.Kind, e.Number)
				events[key] = usher.AccountEvent{Event: e, Account: a.Ref, Login: a.Login}
			}
		}
		return err
	})
	if err != nil {
		s.Fatalf("read events: %v", err)
	}
	now := clock
	if now.Before(accounts[0].LastEventAt) {
		now = accounts[0].LastEventAt
	}
	span := usher.Span{From: now.Truncate(24*time.Hour).AddDate(0, -3, 0)}
	if query.Created != nil {
		span = *query.Created
	}
	var tale []string
	for _, key := range slices.Sorted(maps.Keys(events)) {
		e := events[key]
		if e.At.Before(horizon) && !e.At.Before(span.From) && (span.Until.IsZero() || e.At.Before(span.Until)) &&
			(query.Actor == "" || users[query.Actor] == e.Actor.UserID && e.Actor.UserID != 0) &&
			(query.User == "" || users[query.User] == e.UserID && e.UserID != 0) &&
			(query.Action == "" || slices.Contains(usher.ActionsNamed(query.Action), e.Action)) {
			tale = append(tale, fmt.Sprintf("%s %d", e.Login, e.Number))
		}
	}
	if !query.Oldest {
		slices.Reverse(tale)
	}
	return tale
}

func earliestDue(horizon, end, now time.Time) time.Time {
	if !end.IsZero() && !end.After(now) && end.Before(horizon) {
		return end
	}
	return horizon
}

// walk reads a log from one end to the other, and back.
func (s stage) walk(ref usher.AccountRef, query usher.AuditQuery) (there, back []string) {
	s.Helper()
	var page usher.AuditPage
	read := func() {
		s.Helper()
		var err error
		if page, err = s.AuditLog(background, ref, query); err != nil {
			s.Fatalf("the audit log of %v: %v", ref, err)
		}
	}
	numbered := func() (list []string) {
		for _, e := range page.Events {
			list = append(list, fmt.Sprintf("%s %d", e.Account.Login, e.Number))
		}
		return list
	}
	for read(); ; read() {
		there = append(there, numbered()...)
		if page.Next == nil {
			break
		}
		query.After = page.Next
	}
	for query.After = nil; ; read() {
		back = append(numbered(), back...)
		if page.Previous == nil {
			return there, back
		}
		query.Before = page.Previous
	}
}

func drawQuery(rt *rapid.T) usher.AuditQuery {
	query := usher.AuditQuery{
		Action:  rapid.SampledFrom([]string{"", "", "copilot", "copilot.cfb_seat_added", "copilot.cfb_seat", "org", "team", "repo"}).Draw(rt, "action"),
		Actor:   rapid.SampledFrom(append([]string{"", "", "", "nobody"}, cast...)).Draw(rt, "actor"),
		User:    rapid.SampledFrom(append([]string{"", "", "", "", "nobody"}, cast...)).Draw(rt, "user"),
		Oldest:  rapid.Bool().Draw(rt, "oldest"),
		PerPage: rapid.Int64Range(1, 7).Draw(rt, "per page"),
	}
	if rapid.Bool().Draw(rt, "created") {
		query.Created = &usher.Span{}
		if rapid.Bool().Draw(rt, "from") {
			query.Created.From = noon.AddDate(0, 0, rapid.IntRange(-40, 60).Draw(rt, "from day"))
		}
		if rapid.Bool().Draw(rt, "until") {
			query.Created.Until = noon.AddDate(0, 0, rapid.IntRange(-40, 60).Draw(rt, "until day"))
		}
	}
	return query
}

// shownLog is a page as it is shown: of an event's enterprise, which may have changed since, its
// name alone.
func shownLog(page usher.AuditPage) usher.AuditPage {
	for i, e := range page.Events {
		if e.Business != nil {
			page.Events[i].Business = &usher.Account{Ref: e.Business.Ref, Login: e.Business.Login}
		}
	}
	return page
}

// compareLog reads the audit log of some account as a drawn query has it.
func (m *machine) compareLog(rt *rapid.T) {
	s := stage{complainer: rt, Service: m.service, store: m.store}
	ref := rapid.SampledFrom(m.model.accounts).Draw(rt, "log").Account.Ref
	first, err := s.AuditLog(background, ref, usher.AuditQuery{PerPage: 5})
	if err != nil {
		rt.Fatalf("the audit log of %v: %v", ref, err)
	}
	m.remember(rt, fmt.Sprint("the log of ", ref), first.Edition, shownLog(first))
	query := drawQuery(rt)
	want := s.tale(ref, query)
	there, back := s.walk(ref, query)
	if diff := gocmp.Diff(want, there); diff != "" {
		rt.Fatalf("the log of %v, %+v (-want +got):\n%s", ref, query, diff)
	}
	if diff := gocmp.Diff(want, back); diff != "" {
		rt.Fatalf("the log of %v, %+v, read backwards (-want +got):\n%s", ref, query, diff)
	}
}

// reader walks through a log by after, a page now and then.
type reader struct {
	ref   usher.AccountRef
	query usher.AuditQuery
	seen  map[string]int
	began map[string]bool // what was there in the beginning
	done  bool
}

func (r *reader) read(rt *rapid.T, s stage) {
	page, err := s.AuditLog(background, r.ref, r.query)
	if err != nil {
		rt.Fatalf("the audit log of %v: %v", r.ref, err)
	}
	if r.done = page.Next == nil; r.done && r.query.Oldest {
		return // there may be more to come on this very page
	}
	for _, e := range page.Events {
		r.seen[fmt.Sprintf("%s %d", e.Account.Login, e.Number)]++
	}
	r.query.After = page.Next
}

// Events are appended between any two pages: also those of endings that are settled late, which
// happened earlier than what is written already; and in all accounts of an enterprise at the
// one time that a standing clock shows.
func TestAWalkThroughAnAuditLogSeesEachEventOnceThoughMoreHappens(t *testing.T) {
	fewChecks()
	t.Parallel()
	s := onStage(t, worldOf(globe()...))
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := s.Load(background, worldOf(globe()...)); err != nil {
			rt.Fatal(err)
		}
		now := noon
		accounts := []usher.AccountRef{octo, usher.OrganizationRef(hubot), usher.EnterpriseRef(octoGlobal)}
		var readers []*reader
		for _, ref := range accounts {
			for _, oldest := range []bool{false, true} {
				r := &reader{ref: ref, query: usher.AuditQuery{Oldest: oldest, Created: &usher.Span{}, PerPage: 2}, seen: map[string]int{}, began: map[string]bool{}}
				for _, key := range s.tale(ref, r.query) {
					r.began[key] = true
				}
				readers = append(readers, r)
			}
		}
		for range rapid.IntRange(10, 50).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(1, 30*24).Draw(rt, "hours")) * time.Hour)
				s.passTo(now)
			case 1:
				if _, err := s.Settle(background); err != nil {
					rt.Fatal(err)
				}
			case 2, 3, 4, 5:
				ref := rapid.SampledFrom(accounts).Draw(rt, "account")
				give, end := s.GrantUsers, s.CancelUsers
				if ref.Kind == usher.Enterprise {
					give, end = s.GrantEnterpriseUsers, s.CancelEnterpriseUsers
				}
				change := rapid.SampledFrom([]call{give, end}).Draw(rt, "change")
				_, _ = change(background, ref, []string{rapid.SampledFrom(cast).Draw(rt, "login")}, by) // or it is refused
			default:
				r := rapid.SampledFrom(readers).Draw(rt, "reader")
				for range rapid.IntRange(1, 5).Draw(rt, "pages") {
					if !r.done || r.query.Oldest {
						r.read(rt, s)
					}
				}
			}
		}
		if _, err := s.Settle(background); err != nil {
			rt.Fatal(err)
		}
		for _, r := range readers {
			for r.done = r.done && !r.query.Oldest; !r.done; {
				r.read(rt, s)
			}
			if r.query.Oldest { // the last page, which nothing comes after any more
				page, err := s.AuditLog(background, r.ref, r.query)
				if err != nil {
					rt.Fatal(err)
				}
				for _, e := range page.Events {
					r.seen[fmt.Sprintf("%s %d", e.Account.Login, e.Number)]++
				}
			}
			for _, key := range s.tale(r.ref, r.query) {
				if n := r.seen[key]; n > 1 || n == 0 && (r.query.Oldest || r.began[key]) {
					rt.Fatalf("%v, the oldest first %t: %s was seen %d times", r.ref, r.query.Oldest, key, n)
				}
			}
		}
	})
}

// A place in the middle of what happens while the clock stands, told before it moved on.
func TestALogIsReadOnFromAPlaceWhereTheClockStood(t *testing.T) {
	s := play(t, worldOf(globe()...))
	enterprise, query := usher.EnterpriseRef(octoGlobal), usher.AuditQuery{Oldest: true, PerPage: 12}
	var got []string
	read := func() *usher.LogPlace {
		t.Helper()
		page, err := s.AuditLog(background, enterprise, query)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			got = append(got, fmt.Sprintf("%s %d", e.Account.Login, e.Number))
		}
		return page.Next
	}
	query.After = read() // some of the enterprise's own, which come last
	s.does(s.GrantUsers, 1, "ada")
	s.passTo(noon.Add(time.Hour))
	for query.PerPage = 1; query.After != nil; {
		query.After = read()
	}
	query.After = nil
	if diff := gocmp.Diff(slices.Sorted(slices.Values(s.tale(enterprise, query))), slices.Sorted(slices.Values(got))); diff != "" {
		t.Errorf("events, each once (-want +got):\n%s", diff)
	}
}

// What the server's clock does alone is no news: an enterprise's log ends at it, and who asks
// again would else be told again.
func TestTheEditionOfAnAuditLogHoldsWhileTheClockGoesOn(t *testing.T) {
	t.Parallel()
	s := onStage(t, worldOf(globe()...))
	now := noon
	for login, ref := range map[string]usher.AccountRef{"ada": octo, "fay": usher.EnterpriseRef(octoGlobal)} {
		edition := func() usher.Edition {
			page, err := s.AuditLog(background, ref, usher.AuditQuery{Created: &usher.Span{}, PerPage: 2})
			if err != nil {
				t.Fatal(err)
			}
			return page.Edition
		}
		now = now.Add(time.Minute)
		s.passTo(now)
		before := edition()
		now = now.Add(time.Second)
		s.passTo(now)
		if diff := gocmp.Diff(before, edition()); diff != "" {
			t.Errorf("%v, a second later: %s", ref, diff)
		}
		if _, err := s.GrantUsers(background, octo, []string{login}, by); err != nil {
			t.Fatal(err)
		}
		if gocmp.Equal(before, edition()) {
			t.Errorf("%v, after a change: the same edition", ref)
		}
	}
}
