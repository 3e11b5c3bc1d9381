//go:build !race

package usher_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// statement is one executed statement and the rows that it returned or changed.
type statement struct {
	Query string
	Rows  int
}

type recorder struct {
	mu   sync.Mutex
	seen []statement
}

func (r *recorder) trace(query string, rows int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, statement{strings.Join(strings.Fields(query), " "), rows})
}

// during are the statements of one operation.
func (r *recorder) during(t *testing.T, operation func() error) []statement {
	t.Helper()
	r.mu.Lock()
	r.seen = nil
	r.mu.Unlock()
	if err := operation(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(r.seen)
}

// crowd is an enterprise with one organization of so many members, the first of whom owns
// it. The first granted of them have seats; the team all has everybody.
func crowd(members, granted int) usher.World {
	w := usher.World{Digest: "a crowd", Clock: usher.Clock{StandsAt: noon}}
	teams := []team{{id: 1, slug: "all"}, {id: 2, slug: "some"}, {id: 3, slug: "single"}}
	for id := int64(4); id <= neighbours; id++ {
		teams = append(teams, team{id: id, slug: "team-" + strconv.FormatInt(id, 10), parent: (id - 4) / 3})
	}
	organization := account{
		login: "octodemo", id: octodemo, enterprise: octoGlobal, copilot: enabled(), teams: teams,
	}.world()
	organization.TeamMembers = []usher.TeamMember{{TeamID: 3, UserID: int64(members)}}
	for i := range members {
		id := int64(i) + 1
		w.Users = append(w.Users, usher.User{ID: id, Login: crowdLogin(i), Name: "Member " + strconv.Itoa(i)})
		role := usher.RoleMember
		if i == 0 {
			role = usher.RoleOwner
		}
		organization.Memberships = append(organization.Memberships, usher.Membership{UserID: id, Role: role, State: usher.Active})
		organization.TeamMembers = append(organization.TeamMembers, usher.TeamMember{TeamID: 1, UserID: id})
		if i >= members-10_000 {
			organization.TeamMembers = append(organization.TeamMembers, usher.TeamMember{TeamID: 2, UserID: id})
		}
		if i < granted {
			organization.Grants = append(organization.Grants, direct("ada"))
			organization.Grants[i].SubjectID = id
		}
	}
	enterprise := account{kind: usher.Enterprise, login: "octo-global", id: octoGlobal, copilot: enabled()}.world()
	enterprise.Memberships = []usher.Membership{{UserID: 1, Role: usher.RoleOwner, State: usher.Active}}
	enterprise.Grants = []usher.WorldGrant{direct("ada"), direct("bob")}
	w.Accounts = []usher.WorldAccount{enterprise, organization}
	for i := range int64(neighbours) {
		w.Accounts = append(w.Accounts, neighbour(usher.Enterprise, 1000+i, 0))
		w.Accounts = append(w.Accounts, neighbour(usher.Organization, 2000+i, 1000+i))
		w.Tokens = append(w.Tokens, usher.Token{ID: 2 + i, Hash: usher.HashToken(strconv.FormatInt(i, 10)), Kind: usher.Classic, UserID: 1})
	}
	w.Tokens = append(w.Tokens, usher.Token{
		ID: 1, Hash: usher.HashToken("t"), Kind: usher.Classic, UserID: 1, Scopes: []string{usher.ScopeManageBillingCopilot},
		ExpiresAt: noon.AddDate(1, 0, 0),
	})
	slices.SortStableFunc(w.Accounts, func(a, b usher.WorldAccount) int { return cmp.Compare(b.Account.Ref.Kind, a.Account.Ref.Kind) })
	return w
}

// neighbours are how many other enterprises there are, each with an organization and a
// token, and how many teams: no table has so few rows that an engine rightly reads all.
const neighbours = 200

func neighbour(kind usher.AccountKind, id, enterprise int64) usher.WorldAccount {
	w := account{kind: kind, login: "neighbour-" + strconv.FormatInt(id, 10), id: id, enterprise: enterprise, copilot: enabled()}.world()
	w.Memberships = []usher.Membership{{UserID: 1, Role: usher.RoleOwner, State: usher.Active}}
	w.Grants = []usher.WorldGrant{{Kind: usher.DirectGrant, SubjectID: 1}}
	return w
}

func crowdLogin(i int) string { return "member-" + strconv.Itoa(i) }

func crowdLogins(from, to int) []string {
	logins := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		logins = append(logins, crowdLogin(i))
	}
	return logins
}

// measured is a service whose statements are recorded.
type measured struct {
	*usher.Service
	*recorder
	store    usher.Store
	database string
}

func measure(t *testing.T, world usher.World) measured {
	t.Helper()
	wall := &wallClock{}
	wall.set(noon)
	m := measured{recorder: &recorder{}, database: newDatabase(t)}
	m.store = closed(t, open(t, m.database, sqlstore.Options{Wall: wall.now, Trace: m.trace}))
	m.Service = usher.NewService(m.store)
	if _, err := m.Load(t.Context(), world); err != nil {
		t.Fatal(err)
	}
	return m
}

// path is an operation of a request. Its statements may read a block count per thousand
// seats if it reads a page.
type path struct {
	name  string
	pages bool
	run   func(m measured, seats int) error
}

func requestPaths(t *testing.T) []path {
	ctx, organization, enterprise := t.Context(), usher.OrganizationRef(octodemo), usher.EnterpriseRef(octoGlobal)
	seats := func(page func(seats int) usher.Page) func(measured, int) error {
		return func(m measured, n int) error {
			p := page(n)
			got, err := m.Seats(ctx, organization, p)
			return full(p, int64(n), len(got.Seats), got.Rows, err)
		}
	}
	enterpriseSeats := func(page func(seats int) usher.Page) func(measured, int) error {
		return func(m measured, n int) error {
			p := page(n)
			got, err := m.EnterpriseSeats(ctx, enterprise, p)
			return full(p, int64(n)+2, len(got.Seats), got.Rows, err)
		}
	}
	at := func(number, perPage int64) func(int) usher.Page {
		return func(int) usher.Page { return usher.Page{Number: number, PerPage: perPage} }
	}
	// The same place inside a block, in the last block.
	last := func(back int64) func(int) usher.Page {
		return func(seats int) usher.Page { return usher.Page{Number: int64(seats)/20 - back, PerPage: 20} }
	}
	fresh := func(seats int) string { return crowdLogin(seats + 7) }
	return []path{
		{"billing", false, func(m measured, _ int) error { _, err := m.Billing(ctx, organization); return err }},
		{"a member", false, func(m measured, seats int) error {
			_, err := m.MemberSeat(ctx, organization, crowdLogin(seats/2))
			return err
		}},
		{"an entitlement", false, func(m measured, seats int) error {
			_, err := m.Entitlement(ctx, organization, crowdLogin(seats/2))
			return err
		}},
		{"an explanation", false, func(m measured, seats int) error {
			_, err := m.Explain(ctx, organization, crowdLogin(seats-1)) // who is in two teams, however many there are
			return err
		}},
		{"a history", false, func(m measured, seats int) error {
			h, err := m.SeatHistory(ctx, organization, crowdLogin(seats-1))
			return one(len(h.Periods), err)
		}},
		{"the first page", true, seats(at(1, 100))},
		{"a middle page", true, seats(func(seats int) usher.Page { return usher.Page{Number: int64(seats)/20 - 25, PerPage: 20} })},
		{"page 5,000 of 100,000 seats", true, seats(last(0))},
		{"the first page of the enterprise", true, enterpriseSeats(at(1, 100))},
		{"a middle page of the enterprise", true, enterpriseSeats(last(20))},
		{"grant one", false, func(m measured, seats int) error {
			n, err := m.GrantUsers(ctx, organization, []string{fresh(seats)}, by)
			return one(n, err)
		}},
		{"grant one again", false, func(m measured, seats int) error {
			_, err := m.GrantUsers(ctx, organization, []string{fresh(seats)}, by)
			return err
		}},
		{"cancel one", false, func(m measured, seats int) error {
			n, err := m.CancelUsers(ctx, organization, []string{fresh(seats)}, by)
			return one(n, err)
		}},
		{"grant a team of one", false, func(m measured, _ int) error {
			n, err := m.GrantTeams(ctx, organization, []string{"Single"}, by)
			return one(n, err)
		}},
		{"cancel a team of one", false, func(m measured, _ int) error {
			n, err := m.CancelTeams(ctx, organization, []string{"Single"}, by)
			return one(n, err)
		}},
		{"a person in the enterprise", false, func(m measured, seats int) error {
			_, err := m.EnterpriseMemberSeats(ctx, enterprise, crowdLogin(seats/2))
			return err
		}},
		{"grant one in the enterprise", false, func(m measured, seats int) error {
			n, err := m.GrantEnterpriseUsers(ctx, enterprise, []string{fresh(seats)}, by)
			return one(n, err)
		}},
		{"cancel one in the enterprise", false, func(m measured, seats int) error {
			n, err := m.CancelEnterpriseUsers(ctx, enterprise, []string{fresh(seats)}, by)
			return one(n, err)
		}},
		{"report one", false, func(m measured, seats int) error {
			n, _, err := m.ReportActivity(ctx, organization, []usher.ActivityReport{used(fresh(seats), noon, editor)}, by)
			return one(n, err)
		}},
		{"settle when nothing is due", false, func(m measured, _ int) error { _, err := m.Settle(ctx); return err }},
		{"a person's profile", false, func(m measured, seats int) error {
			_, err := m.Profile(ctx, crowdLogin(seats/2))
			return err
		}},
		{"the audit log", false, func(m measured, _ int) error {
			return logged30(m.AuditLog(ctx, organization, usher.AuditQuery{PerPage: 30}))
		}},
		{"the audit log, the oldest first, of one action by one actor", false, func(m measured, _ int) error {
			page, err := m.AuditLog(ctx, organization, usher.AuditQuery{Action: "copilot.cfb_seat_added", Oldest: true, PerPage: 30})
			if err == nil && page.Next != nil {
				page, err = m.AuditLog(ctx, organization, usher.AuditQuery{Action: "copilot.cfb_seat_added", Oldest: true, PerPage: 30, After: page.Next})
			}
			return logged30(page, err)
		}},
		{"the audit log about one person", false, func(m measured, _ int) error {
			page, err := m.AuditLog(ctx, organization, usher.AuditQuery{User: crowdLogin(3), PerPage: 30})
			if err == nil && len(page.Events) == 0 {
				err = errors.New("nothing happened to them")
			}
			return err
		}},
		{"the enterprise's audit log", false, func(m measured, _ int) error {
			return logged30(m.AuditLog(ctx, usher.EnterpriseRef(octoGlobal), usher.AuditQuery{PerPage: 30}))
		}},
		{"an organization's profile", false, func(m measured, _ int) error { _, err := m.Profile(ctx, "OctoDemo"); return err }},
		{"an organization's profile by id", false, func(m measured, _ int) error {
			_, err := m.OrganizationProfile(ctx, usher.AccountName{ID: octodemo})
			return err
		}},
		{"authenticate", false, func(m measured, _ int) error { _, err := m.Authenticate(ctx, "t"); return err }},
		{"authorize", false, func(m measured, _ int) error {
			caller := &usher.Caller{Token: usher.Token{Kind: usher.Classic, Scopes: []string{usher.ScopeManageBillingCopilot}}, User: &usher.User{ID: 1}}
			_, err := m.Authorize(ctx, caller, usher.AccountName{Kind: usher.Organization, Login: "OctoDemo"}, toWrite)
			return err
		}},
		{"authorize a member for the enterprise", false, func(m measured, _ int) error {
			caller := &usher.Caller{Token: usher.Token{Kind: usher.Classic, Scopes: []string{usher.ScopeManageBillingCopilot}}, User: &usher.User{ID: 2}}
			_, err := m.Authorize(ctx, caller, usher.AccountName{Kind: usher.Enterprise, ID: octoGlobal}, toReadEnterprise)
			if got := refusal(t, err).Kind; got != usher.Forbidden {
				return fmt.Errorf("got kind %d, want forbidden", got)
			}
			return nil
		}},
	}
}

// beside is how many rows a crowd has in each table that a world begins without.
const beside = 1000

// fill adds what waits and sleeps, of people who are nobody else's concern, and what teams are
// assigned to.
func fill(ctx context.Context, m measured) error {
	organization := usher.OrganizationRef(octodemo)
	var invited []usher.Membership
	var grants []usher.Grant
	var seats []usher.Seat
	var ids []int64
	for i := range int64(beside) {
		id := 20_000_000 + i
		ids = append(ids, id)
		invited = append(invited, usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Pending, Invitation: usher.Invitation{ID: id, At: noon}})
		grants = append(grants, usher.Grant{Kind: usher.DirectGrant, SubjectID: id, GrantedAt: noon})
		seats = append(seats, usher.Seat{Number: id, UserID: id, CreatedAt: noon})
	}
	return m.store.Update(ctx, func(tx usher.Tx) error {
		err := errors.Join(tx.InsertMemberships(organization, invited), tx.InsertSleepingSeats(organization, seats),
			tx.InsertGrants(organization, grants), tx.SleepGrants(organization, usher.DirectGrant, ids))
		for _, id := range ids {
			err = errors.Join(err, tx.SaveInvitedTeam(organization, usher.TeamMember{TeamID: id % 10, UserID: id}))
		}
		for id := range int64(neighbours) {
			err = errors.Join(err, tx.AssignOrganizations(octoGlobal, id, []int64{octodemo, 2000 + id}))
		}
		return err
	})
}

// recall adds what is no more: people of before with their places, grants and seats, and
// teams. An engine rightly reads all of a past that has next to nothing in it.
func recall(ctx context.Context, m measured) error {
	organization := usher.OrganizationRef(octodemo)
	var members []usher.Membership
	var teams []usher.Team
	var places []usher.TeamMember
	var grants []usher.Grant
	var seats []usher.Seat
	var ids []int64
	for i := range int64(beside) {
		id := 30_000_000 + i
		name := "Former " + strconv.FormatInt(id, 10)
		ids = append(ids, id)
		members = append(members, usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
		teams = append(teams, usher.Team{Account: organization, ID: id, Slug: name, Name: name, ParentID: id - 1})
		places = append(places, usher.TeamMember{TeamID: id, UserID: id})
		for _, kind := range []usher.GrantKind{usher.DirectGrant, usher.TeamGrant} {
			grants = append(grants, usher.Grant{Kind: kind, SubjectID: id, GrantedAt: noon})
		}
		seats = append(seats, usher.Seat{Number: id, UserID: id, CreatedAt: noon})
	}
	err := m.change(ctx, organization, func(tx usher.Tx) error {
		return errors.Join(tx.InsertMemberships(organization, members), tx.InsertTeams(teams),
			tx.InsertTeamMembers(organization, places), tx.InsertGrants(organization, grants), tx.InsertSeats(organization, seats))
	})
	return errors.Join(err, m.change(ctx, organization, func(tx usher.Tx) error {
		return errors.Join(tx.DeleteMemberships(organization, ids), tx.DeleteTeams(organization, ids),
			tx.DeleteGrants(organization, usher.DirectGrant, ids), tx.DeleteGrants(organization, usher.TeamGrant, ids),
			tx.DeleteSeats(organization, seats))
	}))
}

// change is a change of an account that has one event, whatever else it does.
func (m measured) change(ctx context.Context, ref usher.AccountRef, fn func(tx usher.Tx) error) error {
	return m.store.Update(ctx, func(tx usher.Tx) error {
		account, err := tx.Lock(ref)
		if err != nil {
			return err
		}
		err = fn(tx)
		account.LastEvent++
		event := usher.Event{Number: account.LastEvent, At: noon, KnownAt: noon, Action: usher.TeamRenamed}
		return errors.Join(err, tx.InsertEvents(ref, []usher.Event{event}), tx.SaveHead(account))
	})
}

// portPaths ask the port for what a request wants of who comes, goes and sleeps.
func portPaths(t *testing.T) []path {
	organization, someone := usher.OrganizationRef(octodemo), int64(10_000_000)
	person, endsAt := []int64{someone}, noon.AddDate(1, 0, 0)
	update := func(name string, fn func(tx usher.Tx) error) path {
		return path{name, false, func(m measured, _ int) error { return m.store.Update(t.Context(), fn) }}
	}
	return []path{
		update("pages of the members", func(tx usher.Tx) error {
			_, all, err := tx.MembersFrom(organization, "", 0, 30)
			_, owners, ownersErr := tx.MembersFrom(organization, usher.RoleOwner, 0, 30)
			if owners != 1 || all < 1000 {
				err = errors.Join(err, fmt.Errorf("%d of %d members are owners", owners, all))
			}
			return errors.Join(err, ownersErr)
		}),
		update("one is invited, is asked about, and goes", func(tx usher.Tx) error {
			id, err := tx.ReserveIDs(1)
			count := []usher.InvitedCount{{EndsAt: endsAt, People: 1, Granted: 1}}
			gone := []usher.InvitedCount{{EndsAt: endsAt, People: -1, Granted: -1}}
			err = errors.Join(err, tx.SaveMembership(organization, usher.Membership{
				UserID: someone, Role: usher.RoleMember, State: usher.Pending, Invitation: usher.Invitation{ID: id, At: noon, EndsAt: endsAt},
			}), tx.AddInvited(organization, count), tx.SaveInvitedTeam(organization, usher.TeamMember{TeamID: 3, UserID: someone}))
			for _, ask := range []func() (int, error){
				func() (int, error) { l, err := tx.Invitations(organization); return len(l) - beside, err },
				func() (int, error) { l, err := tx.DueInvitations(organization, endsAt, 10); return len(l), err },
				func() (int, error) { l, err := tx.Invited(organization); return len(l), err },
				func() (int, error) { l, err := tx.InvitedTeams(organization, []int64{someone}); return len(l), err },
				func() (int, error) { l, err := tx.OrganizationsOf(someone); return len(l), err },
			} {
				err = errors.Join(err, one(ask()))
			}
			return errors.Join(err, tx.DeleteInvitedTeams(organization, someone, []int64{3}),
				tx.AddInvited(organization, gone), tx.DeleteMemberships(organization, person))
		}),
		update("a team comes, changes and goes", func(tx usher.Tx) error {
			team := usher.Team{Account: organization, ID: someone, Slug: "new", Name: "New", CreatedAt: noon}
			err := tx.InsertTeams([]usher.Team{team})
			found, ok, findErr := tx.TeamAccount(usher.Organization, someone)
			if !ok || found != organization {
				err = errors.Join(err, fmt.Errorf("the new team is of %v", found))
			}
			return errors.Join(err, findErr, tx.SaveTeam(team), tx.DeleteTeams(organization, person))
		}),
		update("one falls asleep and wakes", func(tx usher.Tx) error {
			seats := []usher.Seat{{Number: someone, UserID: someone}}
			err := tx.InsertSleepingSeats(organization, seats)
			sleeping, sleepingErr := tx.SleepingSeats(organization, 0, person)
			return errors.Join(err, one(len(sleeping), sleepingErr), tx.DeleteSleepingSeats(organization, seats),
				tx.SleepGrants(organization, usher.DirectGrant, []int64{1}), tx.WakeGrants(organization, usher.DirectGrant, []int64{1}),
				tx.DeleteSleepingGrants(organization, usher.DirectGrant, []int64{1}))
		}),
		update("one of a team of all is looked for, taken out and put in again", func(tx usher.Tx) error {
			found, err := tx.InTeam(organization, 1, []int64{7, someone})
			_, placesErr := tx.TeamPlaces(organization, someone)
			return errors.Join(one(len(found), err), placesErr, tx.DeleteTeamMembers(organization, 1, found),
				tx.InsertTeamMembers(organization, []usher.TeamMember{{TeamID: 1, UserID: 7}}))
		}),
		update("an enterprise team is assigned to organizations, and is taken from them", func(tx usher.Tx) error {
			err := tx.AssignOrganizations(octoGlobal, someone, []int64{octodemo})
			assigned, askErr := tx.AssignedOrganizations(octoGlobal, someone)
			return errors.Join(err, one(len(assigned), askErr), tx.UnassignOrganizations(octoGlobal, someone, []int64{octodemo}))
		}),
		update("an account is set anew", func(tx usher.Tx) error {
			account, err := tx.Lock(organization)
			return errors.Join(err, tx.SaveSubscription(account), tx.SaveEnterprise(account), tx.SaveHead(account))
		}),
	}
}

func one(n int, err error) error {
	if err == nil && n != 1 {
		return fmt.Errorf("%d seats changed, want 1", n)
	}
	return err
}

func logged30(page usher.AuditPage, err error) error {
	if err == nil && len(page.Events) != 30 {
		err = fmt.Errorf("a page of %d events, want 30", len(page.Events))
	}
	return err
}

func full(page usher.Page, want int64, seats int, rows int64, err error) error {
	if err == nil && (int64(seats) != page.PerPage || rows != want) {
		return fmt.Errorf("page %d of %d has %d seats, of %d rows; want it full, of %d", page.Number, page.PerPage, seats, rows, want)
	}
	return err
}

const blocksQuery = "SELECT section, block, live, pending, ends_at FROM blocks WHERE account = $1 AND section = $2 ORDER BY block"

func TestMeasuredNothingOnARequestsPathGrowsWithTheSeats(t *testing.T) {
	const few, many = 1000, 100_000
	small, large := measure(t, crowd(few+10, few)), measure(t, crowd(many+10, many))
	for _, m := range []measured{small, large} {
		if err := errors.Join(fill(t.Context(), m), recall(t.Context(), m)); err != nil {
			t.Fatal(err)
		}
	}
	plans := newPlanner(t, large.database)
	plans.analyze(t)
	for _, p := range slices.Concat(requestPaths(t), portPaths(t)) {
		want := small.during(t, func() error { return p.run(small, few) })
		got := large.during(t, func() error { return p.run(large, many) })
		for i := range got {
			if got[i].Query == blocksQuery {
				if !p.pages {
					t.Errorf("%s: it reads all block counts", p.name)
				}
				if got[i].Rows > many/usher.BlockSize+1 {
					t.Errorf("%s: it reads %d block counts of %d seats", p.name, got[i].Rows, many)
				}
				got[i].Rows = 0
			}
		}
		for i := range want {
			if want[i].Query == blocksQuery {
				want[i].Rows = 0
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: statements (-of %d seats +of %d):\n%s", p.name, few, many, diff)
		}
		if len(got) == 0 {
			t.Errorf("%s: no statement was seen", p.name)
		}
		plans.check(t, p.name, got)
	}
}

// timed is work that is timed: how many insertions long it may take at most.
type timed struct {
	what string
	most float64
	work func(round int)
}

// rounds is how often work is timed at most, where something disturbed it.
const rounds = 3

// time fails a test whose work takes longer than promised. What is promised is told in
// insertions, and both are measured in what processors spend: seconds tell more of a machine, and
// of what else it does, than of usher.
func (m measured) time(t *testing.T, seats int, works ...timed) {
	t.Helper()
	unit, best := time.Hour, make([]time.Duration, len(works))
	for round := range rounds {
		unit = min(unit, m.insertion(t, seats), m.insertion(t, seats))
		slow := false
		for i, w := range works {
			took := spent(t, w.what, func() { w.work(round) })
			if round == 0 || took < best[i] {
				best[i] = took
			}
			slow = slow || float64(best[i]) > w.most*float64(unit)
		}
		if !slow {
			break
		}
	}
	for i, w := range works {
		ratio := float64(best[i]) / float64(unit)
		t.Logf("%s: %.2f insertions of %v", w.what, ratio, unit.Round(time.Millisecond))
		if ratio > w.most {
			t.Errorf("%s took %.2f times as long as the insertion of %d seats with their events: want %.2f times at most", w.what, ratio, seats, w.most)
		}
	}
}

// spent is what processors spend on work, for usher and for the database.
func spent(t *testing.T, what string, work func()) time.Duration {
	t.Helper()
	runtime.GC() // what came before is not what this is about
	began, begun := time.Now(), enginetest.Spent(t)
	work()
	took := enginetest.Spent(t) - begun
	t.Logf("%s: %v, and %v on the clock", what, took.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	return took
}

// insertion is what the engine takes for the insertion of so many seats with their events, by
// the port's own means and as one transaction, into an account of its own.
func (m measured) insertion(t *testing.T, many int) time.Duration {
	t.Helper()
	account := usher.OrganizationRef(9_000_000)
	seats, events := make([]usher.Seat, many), make([]usher.Event, many)
	return spent(t, "insertion", func() {
		err := m.store.Update(t.Context(), func(tx usher.Tx) error {
			first, err := tx.ReserveIDs(int64(many))
			for i := range int64(many) {
				seats[i] = usher.Seat{Number: first + i, UserID: first + i, CreatedAt: noon, UpdatedAt: noon}
				events[i] = usher.Event{
					Number: first + i, At: noon, KnownAt: noon, Action: usher.SeatAdded,
					Actor: by.Actor, UserID: first + i, RequestID: "ABCD:1234:567890:ABCDEF:12345678",
				}
			}
			return errors.Join(err, tx.InsertSeats(account, seats), tx.InsertEvents(account, events))
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// The limits are less than twice what was measured, on 2 cores, on either engine. A call took two
// seconds there at most.
func TestMeasuredLargeCallsTakeAFewInsertionsOfTheirSeats(t *testing.T) {
	// Not in parallel: it is timed.
	world := crowd(100_000, 40_000)
	organization := slices.IndexFunc(world.Accounts, func(a usher.WorldAccount) bool { return a.Account.Ref == octo })
	for i := range int64(10_000 * rounds) { // a team for each round
		place := usher.TeamMember{TeamID: 4 + i/10_000, UserID: 70_001 + i}
		world.Accounts[organization].TeamMembers = append(world.Accounts[organization].TeamMembers, place)
	}
	m := measure(t, world)
	call := func(what string, most float64, call call, want int, names func(round int) []string) timed {
		return timed{what, most, func(round int) {
			if n, err := call(t.Context(), octo, names(round), by); err != nil || n != want {
				t.Errorf("%s: %d seats, error %v; want %d", what, n, err, want)
			}
		}}
	}
	logins := func(round int) []string { return crowdLogins(40_000+10_000*round, 50_000+10_000*round) }
	team := func(round int) []string { return []string{"team-" + strconv.Itoa(4+round)} }
	m.time(
		t, 10_000,
		call("grant 10,000 users", 8, m.GrantUsers, 10_000, logins),
		call("grant the same again", 2.5, m.GrantUsers, 0, logins),
		call("cancel 10,000 users", 9, m.CancelUsers, 10_000, logins),
		call("refresh 10,000 users", 9.5, m.GrantUsers, 10_000, logins),
		call("grant a team of 10,000", 6.5, m.GrantTeams, 10_000, team),
		call("cancel the team", 9, m.CancelTeams, 10_000, team),
	)
	broken, err := m.Check(t.Context())
	if err != nil || len(broken) > 0 {
		t.Errorf("check: error %v, %d contradictions", err, len(broken))
	}
}

func TestMeasuredAWorldOf100000PeopleLoadsInAFewInsertions(t *testing.T) {
	world := crowd(100_000, 100_000)
	measure(t, crowd(10, 0)).time(t, 100_000, timed{"load 100,000 people", 7.5, func(int) { measure(t, world) }})
}

var moreHistories = flag.Int("more.histories", 2, "how often TestMeasuredMoreRandomHistories plays some")

// TestMeasuredMoreRandomHistories goes through more histories than the race detector has
// patience for.
func TestMeasuredMoreRandomHistories(t *testing.T) {
	fewChecks()
	t.Parallel()
	for round := range *moreHistories {
		t.Run(strconv.Itoa(round), playHistories)
		t.Run(strconv.Itoa(round)+" C4", compareJumps)
	}
}
