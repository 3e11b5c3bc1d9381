package usher_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// The cast: the users of every world here. Their ids are their places, counted from 1;
// kim and lee belong nowhere unless a test says so.
var cast = []string{"ada", "Bob", "cyd", "dee", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "lee"}

func userID(login string) int64 {
	i := slices.IndexFunc(cast, func(name string) bool { return strings.EqualFold(name, login) })
	if i < 0 {
		panic("nobody is called " + login)
	}
	return int64(i) + 1
}

func castUsers() []usher.User {
	users := make([]usher.User, len(cast))
	for i, login := range cast {
		users[i] = usher.User{
			ID: int64(i) + 1, Login: login, Name: "Name of " + login, Email: login + "@example.com",
			TimeZone: "Europe/Berlin", SiteAdmin: i%2 == 0,
		}
	}
	return users
}

// noon is when worlds begin: the eleventh day of a calendar month's cycle.
var noon = time.Date(2026, time.November, 11, 12, 0, 0, 0, time.UTC)

// endOfNovember is the end of that cycle.
var endOfNovember = time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)

// account is an organization or enterprise as a test describes it. People are logins with
// spaces between.
type account struct {
	kind       usher.AccountKind
	login      string
	id         int64
	enterprise int64
	owners     string
	members    string
	managers   string // billing managers
	invited    string
	teams      []team
	copilot    *usher.Subscription
	grants     []usher.WorldGrant
	activity   []usher.WorldActivity
}

// team is a team as a test describes it. The name is the slug's, unless the test says so.
type team struct {
	id      int64
	slug    string
	name    string
	parent  int64
	members string
}

const (
	octodemo   = 7  // the organization of most tests
	hubot      = 9  // another one
	octoGlobal = 42 // the enterprise of both, where there is one
)

// enabled is a subscription under which seats can be managed, after some changes.
func enabled(changes ...func(*usher.Subscription)) *usher.Subscription {
	s := &usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignSelected,
		PublicCodeSuggestions: "block", IDEChat: "enabled", PlatformChat: "disabled", CLI: "enabled",
		BillingSetUp: true, CycleDay: 1,
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

func cycleDay(day int) func(*usher.Subscription) {
	return func(s *usher.Subscription) { s.CycleDay = day }
}

func management(setting usher.SeatManagement) func(*usher.Subscription) {
	return func(s *usher.Subscription) { s.SeatManagement = setting }
}

func direct(login string) usher.WorldGrant {
	return usher.WorldGrant{Kind: usher.DirectGrant, SubjectID: userID(login)}
}

func directAt(login string, at time.Time) usher.WorldGrant {
	grant := direct(login)
	grant.At = at
	return grant
}

func cancelled(login string) usher.WorldGrant {
	grant := direct(login)
	grant.Cancelled = true
	return grant
}

func throughTeam(id int64) usher.WorldGrant {
	return usher.WorldGrant{Kind: usher.TeamGrant, SubjectID: id}
}

func (a account) ref() usher.AccountRef { return usher.AccountRef{Kind: a.kind, ID: a.id} }

func (a account) world() usher.WorldAccount {
	w := usher.WorldAccount{
		Account: usher.Account{
			Ref: a.ref(), Login: a.login, Name: "The " + a.login, EnterpriseID: a.enterprise, Subscription: a.copilot,
		},
		Grants: a.grants, Activity: a.activity,
	}
	add := func(logins string, role usher.Role, state usher.MembershipState) {
		for login := range strings.FieldsSeq(logins) {
			w.Memberships = append(w.Memberships, usher.Membership{UserID: userID(login), Role: role, State: state})
		}
	}
	add(a.owners, usher.RoleOwner, usher.Active)
	add(a.members, usher.RoleMember, usher.Active)
	add(a.managers, usher.RoleBillingManager, usher.Active)
	add(a.invited, usher.RoleMember, usher.Pending)
	for _, t := range a.teams {
		name := t.name
		if name == "" {
			name = t.slug
		}
		w.Teams = append(w.Teams, usher.Team{
			Account: a.ref(), ID: t.id, Slug: t.slug, Name: name, Description: "All of " + name, Privacy: "closed",
			ParentID: t.parent, CreatedAt: noon.AddDate(-1, 0, 0),
		})
		for login := range strings.FieldsSeq(t.members) {
			w.TeamMembers = append(w.TeamMembers, usher.TeamMember{TeamID: t.id, UserID: userID(login)})
		}
	}
	return w
}

// worldOf is a world of these accounts, enterprises first, whose clock stands at noon.
func worldOf(accounts ...account) usher.World {
	w := usher.World{Digest: "a test", Clock: usher.Clock{StandsAt: noon}, Users: castUsers()}
	for _, a := range accounts {
		w.Accounts = append(w.Accounts, a.world())
	}
	return w
}

// complainer is what a test of any kind complains to.
type complainer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// stage is a service on a database with a world in it, and what tests ask of it. Without
// another word it speaks of the organization octodemo.
type stage struct {
	complainer
	*usher.Service
	store    usher.Store
	wall     *wallClock
	database string
}

// play is onStage for a test that runs beside others.
func play(t *testing.T, world usher.World) stage {
	t.Helper()
	t.Parallel()
	return onStage(t, world)
}

// onStage loads a world into a new database.
func onStage(t *testing.T, world usher.World) stage {
	t.Helper()
	wall := &wallClock{}
	wall.set(noon)
	database := newDatabase(t)
	store := closed(t, open(t, database, sqlstore.Options{Wall: wall.now}))
	s := stage{t, usher.NewService(store), store, wall, database}
	if _, err := s.Load(context.Background(), world); err != nil {
		t.Fatalf("load: %v", err)
	}
	s.sound()
	return s
}

// sound says that nothing in the database contradicts itself.
func (s stage) sound() {
	s.Helper()
	broken, err := s.Check(context.Background())
	if err != nil {
		s.Fatalf("check: %v", err)
	}
	if len(broken) > 0 {
		s.Fatalf("the database contradicts itself:\n%s", strings.Join(broken, "\n"))
	}
}

// context is for calls where no test is at hand.
func (s stage) context() context.Context { return context.Background() }

func (s stage) moveTo(at time.Time) {
	s.Helper()
	if _, err := s.AdvanceClock(context.Background(), usher.ClockMove{To: at}, 100); err != nil {
		s.Fatalf("move the clock to %v: %v", at, err)
	}
	s.sound()
}

// pass lets time pass without anything having run.
func (s stage) passTo(at time.Time) {
	s.Helper()
	err := s.store.Update(context.Background(), func(tx usher.Tx) error {
		return tx.SetClock(usher.Clock{StandsAt: at})
	})
	if err != nil {
		s.Fatalf("set the clock: %v", err)
	}
}

type call func(context.Context, usher.AccountRef, []string, usher.By) (int, error)

// by is who makes the changes of these tests.
var by = usher.By{Actor: usher.Actor{UserID: 1, TokenID: 77}, RequestID: "AB12:1"}

// does makes a call that must change so many seats.
func (s stage) does(c call, want int, names ...string) {
	s.Helper()
	s.doesIn(usher.OrganizationRef(octodemo), c, want, names...)
}

func (s stage) doesIn(ref usher.AccountRef, c call, want int, names ...string) {
	s.Helper()
	got, err := c(context.Background(), ref, names, by)
	if err != nil {
		s.Fatalf("with %q: %v", names, err)
	}
	if got != want {
		s.Errorf("with %q: %d seats, want %d", names, got, want)
	}
	s.sound()
}

// refuses makes a call that must fail, and change nothing. It returns the error.
func (s stage) refuses(c call, names ...string) *usher.Error {
	s.Helper()
	return s.refusesIn(usher.OrganizationRef(octodemo), c, names...)
}

func (s stage) refusesIn(ref usher.AccountRef, c call, names ...string) *usher.Error {
	s.Helper()
	before := dump(s, s.store)
	n, err := c(context.Background(), ref, names, by)
	if err == nil {
		s.Fatalf("with %q: %d seats, want an error", names, n)
	}
	if n != 0 {
		s.Errorf("with %q: %d seats beside the error", names, n)
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		s.Errorf("the refused call with %q changed something (-before +after):\n%s", names, diff)
	}
	return refusal(s, err)
}

func refusal(s complainer, err error) *usher.Error {
	s.Helper()
	var e *usher.Error
	if !errors.As(err, &e) {
		s.Fatalf("got %v, want an error of this package", err)
	}
	return e
}

func (s stage) reports(reports ...usher.ActivityReport) (accepted int, ignored []usher.IgnoredReport) {
	s.Helper()
	accepted, ignored, err := s.ReportActivity(context.Background(), usher.OrganizationRef(octodemo), reports, by)
	if err != nil {
		s.Fatalf("report activity: %v", err)
	}
	s.sound()
	return accepted, ignored
}

func used(login string, at time.Time, editor string) usher.ActivityReport {
	return usher.ActivityReport{Login: login, Activity: usher.Activity{At: at, Editor: editor}}
}

func (s stage) breakdown() usher.SeatBreakdown {
	s.Helper()
	billing, err := s.Billing(context.Background(), usher.OrganizationRef(octodemo))
	if err != nil {
		s.Fatalf("billing: %v", err)
	}
	return billing.Breakdown
}

// member is a person's seat, which must be there.
func (s stage) member(login string) usher.SeatRow {
	s.Helper()
	member, err := s.MemberSeat(context.Background(), usher.OrganizationRef(octodemo), login)
	if err != nil {
		s.Fatalf("the seat of %s: %v", login, err)
	}
	return member.SeatRow
}

// memberError is why a person has no seat.
func (s stage) memberError(login string) *usher.Error {
	s.Helper()
	row, err := s.MemberSeat(context.Background(), usher.OrganizationRef(octodemo), login)
	if err == nil {
		s.Fatalf("%s has the seat %+v, want an error", login, row.Seat)
	}
	return refusal(s, err)
}

// list is the first hundred seats in a few words each: see words.
func (s stage) list() []string {
	s.Helper()
	page, err := s.Seats(context.Background(), usher.OrganizationRef(octodemo), usher.Page{Number: 1, PerPage: 100})
	if err != nil {
		s.Fatalf("seats: %v", err)
	}
	if page.TotalSeats != int64(len(page.Seats)) || page.Rows != page.TotalSeats {
		s.Errorf("total_seats is %d and there are %d rows, want %d both", page.TotalSeats, page.Rows, len(page.Seats))
	}
	return words(page.Seats)
}

// lists compares the whole list of seats.
func (s stage) lists(want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.list()); diff != "" {
		s.Errorf("seats (-want +got):\n%s", diff)
	}
}

// words tell of each row: whose it is, through which team, and until when.
func words(rows []usher.SeatRow) []string {
	var out []string
	for _, row := range rows {
		line := row.Assignee.Login
		if row.Team != nil {
			line += " via " + row.Team.Slug
		}
		if row.Seat.Pending() {
			line += " until " + row.Seat.EndsAt.Format(time.DateOnly)
		}
		out = append(out, line)
	}
	return out
}

// state is all that a database holds of accounts, for comparisons.
type state struct {
	Clock    usher.Clock
	Seed     string
	Accounts []accountState
}

type accountState struct {
	Account     usher.Account
	Members     []int64
	Invitations []usher.Membership
	Invited     []usher.InvitedCount
	Teams       []usher.Team
	Grants      []usher.Grant
	Seats       []usher.Seat
	Asleep      []usher.Grant
	SeatsAsleep []usher.Seat
	Sections    []usher.Counters
	Blocks      []usher.Block
	Events      []usher.Event
	Reports     []usher.Report
	People      []usher.EnterprisePerson
	Headcounts  []usher.Headcount
}

func dump(s complainer, store usher.Store) state {
	s.Helper()
	var all state
	err := store.View(context.Background(), func(tx usher.Reader) (err error) {
		all = state{}
		if all.Clock, err = tx.Clock(); err != nil {
			return err
		}
		if all.Seed, _, err = tx.Seed(); err != nil {
			return err
		}
		accounts, err := tx.Accounts()
		for _, a := range accounts {
			one, oneErr := dumpAccount(tx, a)
			err = errors.Join(err, oneErr)
			all.Accounts = append(all.Accounts, one)
		}
		return err
	})
	if err != nil {
		s.Fatalf("dump: %v", err)
	}
	return all
}

// unversioned leaves out the versions, which are others whenever the same is done again.
func unversioned(s state) state {
	s.Accounts = slices.Clone(s.Accounts)
	for i := range s.Accounts {
		s.Accounts[i].Account.Version = 0
		s.Accounts[i].Teams = slices.Clone(s.Accounts[i].Teams)
		for j := range s.Accounts[i].Teams {
			s.Accounts[i].Teams[j].Version = 0
		}
	}
	return s
}

// reportsOf are all activity reports of an account, by number.
func reportsOf(tx usher.Reader, a usher.Account) (reports []usher.Report, err error) {
	for number := range a.LastReport {
		report, ok, err := tx.Report(a.Ref, number+1)
		if err != nil || !ok {
			return nil, fmt.Errorf("report %d of %d is there: %t, error %w", number+1, a.LastReport, ok, err)
		}
		reports = append(reports, report)
	}
	return reports, nil
}

func dumpAccount(tx usher.Reader, a usher.Account) (accountState, error) {
	d := accountState{Account: a}
	var errs [14]error
	d.Reports, errs[13] = reportsOf(tx, a)
	d.Teams, errs[12] = tx.AllTeams(a.Ref)
	d.Members, errs[0] = tx.Members(a.Ref)
	d.Grants, errs[1] = tx.AllGrants(a.Ref)
	d.Seats, errs[2] = tx.AllSeats(a.Ref)
	d.Sections, errs[3] = tx.Sections(a.Ref)
	d.Events, errs[4] = allEvents(tx, a.Ref)
	for _, c := range d.Sections {
		blocks, err := tx.Blocks(a.Ref, c.Section)
		d.Blocks, errs[5] = append(d.Blocks, blocks...), errors.Join(errs[5], err)
	}
	if a.Ref.Kind == usher.Enterprise {
		d.People, errs[6] = tx.AllEnterprisePeople(a.Ref.ID)
		d.Headcounts, errs[7] = tx.Headcounts(a.Ref.ID)
	}
	d.Invitations, errs[8] = tx.Invitations(a.Ref)
	d.Invited, errs[9] = tx.Invited(a.Ref)
	d.Asleep, errs[10] = tx.SleepingGrants(a.Ref)
	d.SeatsAsleep, errs[11] = tx.AllSleepingSeats(a.Ref)
	return d, errors.Join(errs[:]...)
}

// allEvents are all of an account's.
func allEvents(tx usher.Reader, ref usher.AccountRef) (all []usher.Event, err error) {
	for after := int64(0); ; after = all[len(all)-1].Number {
		some, err := tx.EventsAfter(ref, after, usher.MaxSelection)
		if all = append(all, some...); err != nil || len(some) == 0 {
			return all, err
		}
	}
}
