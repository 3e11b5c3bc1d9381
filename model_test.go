package usher_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/usher-seats/usher"
)

// This is a second, naive telling of docs/rules.md: lists of facts, and every answer
// counted anew from them. It knows nothing of ledgers, counters, blocks or settling, and
// it must stay that way: it is what the real thing is compared with.

type model struct {
	now      time.Time
	users    []usher.User
	accounts []*modelAccount // enterprises before organizations
	uses     []modelUse      // all activity that was taken in
	expired  []modelEnding   // invitations, and grants that ended with one
	lastID   int64           // of teams and invitations; the real ones may be others, in the same order
}

type modelUse struct {
	enterprise, user int64
	activity         usher.Activity
}

// modelAccount is an account as it is now. A change of its lists makes them anew: a clone
// has the same.
type modelAccount struct {
	usher.WorldAccount
	waiting  []usher.TeamMember  // places in teams that wait for invited people
	assigned []modelAssignment   // of an enterprise's teams
	direct   map[int64]time.Time // live direct grants, remembered ones of invited people included
	granted  map[int64]time.Time // live team grants
	asleep   modelSleep
	seats    []*modelSeat // all there ever were; the number is the place, from 1
}

// modelSleep are the grants that sleep (X6).
type modelSleep struct {
	until time.Time           // when they and the sleeping seats are forgotten; zero: nothing sleeps
	left  map[int64]bool      // direct grants of people since they left
	off   map[int64]bool      // direct grants since Copilot was switched off
	teams map[int64]time.Time // team grants since then
}

type modelSeat struct {
	user, section, team int64 // team: of pending seats and of an enterprise's
	created, updated    time.Time
	ends                time.Time // zero: live
	cancelledBy         usher.Actor
	activity            usher.Activity
	asleep              bool
}

func newModel(world usher.World, now time.Time) *model {
	m := &model{now: now, users: world.Users}
	for _, w := range world.Accounts {
		for _, t := range w.Teams {
			m.lastID = max(m.lastID, t.ID)
		}
	}
	for _, w := range world.Accounts {
		a := &modelAccount{WorldAccount: w, direct: map[int64]time.Time{}, granted: map[int64]time.Time{}}
		a.asleep = noSleep()
		a.Memberships = slices.Clone(a.Memberships)
		for i := range a.Memberships {
			if p := &a.Memberships[i]; p.State == usher.Pending {
				p.Invitation = usher.Invitation{ID: m.newID(), At: now}
			}
		}
		if a.isEnterprise() {
			a.Teams = beginTeams(a.Teams)
		}
		m.accounts = append(m.accounts, a)
		m.begin(a)
	}
	return m
}

// beginTeams are a new world's enterprise teams, which are for no organization yet.
func beginTeams(teams []usher.Team) []usher.Team {
	teams = slices.Clone(teams)
	for i := range teams {
		teams[i].Selection = usher.NoOrganizations
	}
	return teams
}

func noSleep() modelSleep {
	return modelSleep{left: map[int64]bool{}, off: map[int64]bool{}, teams: map[int64]time.Time{}}
}

func (m *model) newID() int64 {
	m.lastID++
	return m.lastID
}

// clone is a model of its own in the same state.
func (m *model) clone() *model {
	c := &model{now: m.now, users: m.users, uses: slices.Clip(m.uses), expired: slices.Clip(m.expired), lastID: m.lastID}
	c.accounts = make([]*modelAccount, len(m.accounts))
	for i, a := range m.accounts {
		account := *a
		account.direct, account.granted, account.seats = maps.Clone(a.direct), maps.Clone(a.granted), slices.Clone(a.seats)
		account.asleep.left, account.asleep.off, account.asleep.teams = maps.Clone(a.asleep.left), maps.Clone(a.asleep.off), maps.Clone(a.asleep.teams)
		for j, seat := range account.seats {
			if m.current(seat) || seat.asleep { // nothing changes one that has ended
				kept := *seat
				account.seats[j] = &kept
			}
		}
		c.accounts[i] = &account
	}
	return c
}

// equal says whether two models of one world will give the same answers from now on. So
// it looks at no seat that has ended, but at how many there were.
func (m *model) equal(other *model) bool {
	return m.now.Equal(other.now) && maps.Equal(m.latest(), other.latest()) &&
		slices.EqualFunc(m.accounts, other.accounts, func(a, b *modelAccount) bool {
			return len(a.direct) == len(b.direct) && maps.Equal(a.granted, b.granted) && a.sameLists(b) &&
				slices.EqualFunc(a.seats, b.seats, func(x, y *modelSeat) bool {
					return *x == *y || !m.current(x) && !m.current(y) && !x.asleep && !y.asleep
				}) && !slices.ContainsFunc(m.users, func(u usher.User) bool {
				_, named := a.direct[u.ID]
				_, namedThere := b.direct[u.ID]
				return named != namedThere
			})
		})
}

// sameLists compares settings, people, teams and what sleeps.
func (a *modelAccount) sameLists(b *modelAccount) bool {
	return a.Account == b.Account && slices.Equal(a.Memberships, b.Memberships) && slices.Equal(a.Teams, b.Teams) &&
		slices.Equal(a.TeamMembers, b.TeamMembers) && slices.Equal(a.waiting, b.waiting) && slices.Equal(a.assigned, b.assigned) && a.asleep.until.Equal(b.asleep.until) &&
		maps.Equal(a.asleep.left, b.asleep.left) && maps.Equal(a.asleep.off, b.asleep.off) && maps.Equal(a.asleep.teams, b.asleep.teams)
}

// latest is the latest activity of each person in an enterprise.
func (m *model) latest() map[[2]int64]usher.Activity {
	latest := map[[2]int64]usher.Activity{}
	for _, u := range m.uses {
		key := [2]int64{u.enterprise, u.user}
		latest[key] = later(latest[key], u.activity)
	}
	return latest
}

// String is the time and who has a seat.
func (m *model) String() string {
	var text strings.Builder
	text.WriteString(m.now.Format(time.RFC3339Nano))
	for _, a := range m.accounts {
		for _, row := range m.list(a) {
			fmt.Fprintf(&text, " %s", row)
		}
	}
	return text.String()
}

// begin makes a world's grants: by time, then in the order of the file.
func (m *model) begin(a *modelAccount) {
	if a.Account.Subscription == nil {
		return
	}
	grants := slices.Clone(a.Grants)
	for i := range grants {
		if grants[i].At.IsZero() {
			grants[i].At = m.now
		}
	}
	slices.SortStableFunc(grants, func(x, y usher.WorldGrant) int { return x.At.Compare(y.At) })
	for _, g := range grants {
		if g.Kind == usher.DirectGrant {
			m.grantDirect(a, g.SubjectID, g.At)
		} else {
			m.grantTeam(a, g.SubjectID, g.At)
		}
	}
	if a.everyone() {
		for _, id := range a.members() {
			if m.seatOf(a, 0, id) == nil {
				m.open(a, 0, id, 0, m.now)
			}
		}
	}
	for _, g := range grants {
		if g.Cancelled {
			m.cancelDirect(a, g.SubjectID, usher.Actor{})
		}
	}
	for _, activity := range a.Activity {
		if seat := m.seatOf(a, 0, activity.UserID); seat != nil {
			m.use(a, seat, activity.Activity)
		}
	}
}

// ----- who is where

func (m *model) account(ref usher.AccountRef) *modelAccount {
	for _, a := range m.accounts {
		if a.Account.Ref == ref {
			return a
		}
	}
	return nil
}

func (m *model) user(id int64) usher.User { return m.users[id-1] }

func (m *model) byLogin(login string) (int64, bool) {
	for _, u := range m.users {
		if strings.EqualFold(u.Login, login) {
			return u.ID, true
		}
	}
	return 0, false
}

func (a *modelAccount) isEnterprise() bool { return a.Account.Ref.Kind == usher.Enterprise }

// enterprise is whose people the account's belong to; 0 for none's.
func (a *modelAccount) enterprise() int64 {
	if a.isEnterprise() {
		return a.Account.Ref.ID
	}
	return a.Account.EnterpriseID
}

func (a *modelAccount) everyone() bool {
	s := a.Account.Subscription
	return !a.isEnterprise() && s != nil && s.SeatManagement == usher.AssignAll
}

// on says whether people can have seats.
func (a *modelAccount) on() bool {
	s := a.Account.Subscription
	return s != nil && s.SeatManagement != usher.AssignmentDisabled && s.SeatManagement != usher.AssignmentUnconfigured
}

func (a *modelAccount) has(id int64, state usher.MembershipState) bool {
	for _, m := range a.Memberships {
		if m.UserID == id {
			return m.State == state
		}
	}
	return false
}

// members are in order of user id.
func (a *modelAccount) members() (ids []int64) {
	for _, m := range a.Memberships {
		if m.State == usher.Active {
			ids = append(ids, m.UserID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (a *modelAccount) team(id int64) *usher.Team {
	for i := range a.Teams {
		if a.Teams[i].ID == id {
			return &a.Teams[i]
		}
	}
	return nil
}

// inTeam says whether a person is in a team or in a child of it, at any depth (G3).
func (a *modelAccount) inTeam(user, id int64) bool {
	for _, m := range a.TeamMembers {
		if m.TeamID == id && m.UserID == user {
			return true
		}
	}
	for _, t := range a.Teams {
		if t.ParentID == id && a.inTeam(user, t.ID) {
			return true
		}
	}
	return false
}

func (a *modelAccount) teamPeople(m *model, id int64) (people []int64) {
	for _, u := range m.users {
		if a.inTeam(u.ID, id) {
			people = append(people, u.ID)
		}
	}
	return people
}

// ----- seats and grants

func (m *model) current(s *modelSeat) bool {
	return !s.asleep && (s.ends.IsZero() || m.now.Before(s.ends))
}

func (m *model) seatOf(a *modelAccount, section, user int64) *modelSeat {
	for _, s := range a.seats {
		if s.section == section && s.user == user && m.current(s) {
			return s
		}
	}
	return nil
}

// open gives a person without a seat the one of theirs that sleeps, or a new one.
func (m *model) open(a *modelAccount, section, user, team int64, at time.Time) {
	if seat := a.sleeper(section, user); seat != nil {
		m.wake(a, seat)
		seat.ends, seat.cancelledBy, seat.team, seat.updated = time.Time{}, usher.Actor{}, team, at
		return
	}
	m.forget(a.enterprise(), user)
	a.seats = append(a.seats, &modelSeat{user: user, section: section, team: team, created: at, updated: at})
}

// teamsOf are the granted teams that reach a person, in the order in which they hold.
func (a *modelAccount) teamsOf(user int64) (ids []int64) {
	for id := range a.granted {
		if a.inTeam(user, id) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y int64) int {
		return cmp.Or(a.granted[x].Compare(a.granted[y]), cmp.Compare(x, y))
	})
	return ids
}

func (a *modelAccount) held(user int64) bool {
	_, named := a.direct[user]
	return named || a.everyone() && a.has(user, usher.Active) || len(a.teamsOf(user)) > 0
}

// cycle is found by walking from day to day (C1).
func (m *model) cycle(a *modelAccount) (start, end time.Time) {
	day := a.Account.Subscription.CycleDay
	start = m.now.Truncate(24 * time.Hour)
	for start.Day() != day {
		start = start.Add(-24 * time.Hour)
	}
	end = start.Add(24 * time.Hour)
	for end.Day() != day {
		end = end.Add(24 * time.Hour)
	}
	return start, end
}

// give gives a person access in a section, and says whether that counts (G1).
func (m *model) give(a *modelAccount, section, user, team int64, at time.Time) bool {
	seat := m.seatOf(a, section, user)
	switch {
	case seat == nil:
		m.open(a, section, user, team, at)
	case !seat.ends.IsZero():
		seat.ends, seat.cancelledBy, seat.team, seat.updated = time.Time{}, usher.Actor{}, team, at
	default:
		return false
	}
	return true
}

func (m *model) take(a *modelAccount, seat *modelSeat, team int64, actor usher.Actor) {
	_, seat.ends = m.cycle(a)
	seat.updated, seat.team, seat.cancelledBy = m.now, team, actor
}

func (m *model) grantDirect(a *modelAccount, user int64, at time.Time) (counted bool) {
	_, known := a.direct[user]
	if !known {
		a.direct[user] = at
	}
	if a.has(user, usher.Pending) {
		return !known // G4
	}
	return m.give(a, 0, user, 0, at)
}

func (m *model) cancelDirect(a *modelAccount, user int64, actor usher.Actor) (counted bool) {
	if _, named := a.direct[user]; !named {
		return false
	}
	delete(a.direct, user)
	if a.has(user, usher.Pending) || !a.isEnterprise() && a.held(user) {
		return false
	}
	m.take(a, m.seatOf(a, 0, user), 0, actor)
	return true
}

func (m *model) grantTeam(a *modelAccount, id int64, at time.Time) (counted int) {
	if _, known := a.granted[id]; known {
		return 0
	}
	a.granted[id] = at
	for _, user := range a.teamPeople(m, id) {
		section := int64(0)
		if a.isEnterprise() {
			section = id
		}
		if m.give(a, section, user, id, at) {
			counted++
		}
	}
	return counted
}

// ----- the calls

// modelRefusal is what matters of an error: its kind, and whom it names.
type modelRefusal struct {
	Kind   usher.Kind
	Reason usher.Reason
	Names  []string // distinct, sorted
}

func (m *model) writable(a *modelAccount) *modelRefusal {
	s := a.Account.Subscription
	switch {
	case s == nil, !s.BillingSetUp, s.PublicCodeSuggestions == "unconfigured":
		return &modelRefusal{Kind: usher.Invalid}
	case s.SeatManagement == usher.AssignAll && !a.isEnterprise():
		return &modelRefusal{Kind: usher.Invalid, Reason: usher.AllMembers}
	case s.SeatManagement != usher.AssignSelected:
		return &modelRefusal{Kind: usher.Invalid}
	}
	return nil
}

func naming(names map[string]bool) *modelRefusal {
	if len(names) == 0 {
		return nil
	}
	r := &modelRefusal{Kind: usher.Invalid}
	for name := range names {
		r.Names = append(r.Names, name)
	}
	slices.Sort(r.Names)
	return r
}

// people are the ids of the named people, each once in order; or who does not belong.
func (m *model) people(a *modelAccount, logins []string) (ids []int64, refused *modelRefusal) {
	return m.pick(a, logins, func(id int64) bool { return a.has(id, usher.Active) || a.has(id, usher.Pending) })
}

func (m *model) pick(a *modelAccount, logins []string, inside func(int64) bool) (ids []int64, refused *modelRefusal) {
	if r := m.writable(a); r != nil {
		return nil, r
	}
	return m.named(logins, inside)
}

// named are the ids of the named people, each once in order; or who is not inside.
func (m *model) named(logins []string, inside func(int64) bool) (ids []int64, refused *modelRefusal) {
	wrong := map[string]bool{}
	for _, login := range logins {
		id, known := m.byLogin(login)
		if !known || !inside(id) {
			wrong[strings.ToLower(login)] = true
			continue
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, naming(wrong)
}

func (m *model) grantUsers(a *modelAccount, logins []string) (n int, refused *modelRefusal) {
	ids, refused := m.people(a, logins)
	if refused != nil {
		return 0, refused
	}
	for _, id := range ids {
		if m.grantDirect(a, id, m.now) {
			n++
		}
	}
	return n, nil
}

func (m *model) cancelUsers(a *modelAccount, logins []string) (n int, refused *modelRefusal) {
	ids, refused := m.people(a, logins)
	if refused != nil {
		return 0, refused
	}
	held := map[string]bool{}
	for _, id := range ids {
		if _, named := a.direct[id]; !named && len(a.teamsOf(id)) > 0 {
			held[strings.ToLower(m.user(id).Login)] = true // X2
		}
	}
	if r := naming(held); r != nil {
		return 0, r
	}
	for _, id := range ids {
		if m.cancelDirect(a, id, by.Actor) {
			n++
		}
	}
	return n, nil
}

// teams are the ids of the named teams, each once in order; or what is not a team.
func (m *model) teams(a *modelAccount, names []string) (ids []int64, refused *modelRefusal) {
	if r := m.writable(a); r != nil {
		return nil, r
	}
	wrong := map[string]bool{}
	for _, name := range names {
		at := slices.IndexFunc(a.Teams, func(t usher.Team) bool {
			return strings.EqualFold(t.Slug, name) || a.isEnterprise() && strings.EqualFold("ent:"+t.Slug, name)
		})
		if at < 0 {
			at = slices.IndexFunc(a.Teams, func(t usher.Team) bool { return strings.EqualFold(t.Name, name) })
		}
		if at < 0 {
			wrong[strings.ToLower(name)] = true
			continue
		}
		if !slices.Contains(ids, a.Teams[at].ID) {
			ids = append(ids, a.Teams[at].ID)
		}
	}
	return ids, naming(wrong)
}

func (m *model) grantTeams(a *modelAccount, names []string) (n int, refused *modelRefusal) {
	ids, refused := m.teams(a, names)
	if refused != nil {
		return 0, refused
	}
	for _, id := range ids {
		n += m.grantTeam(a, id, m.now)
	}
	return n, nil
}

func (m *model) cancelTeams(a *modelAccount, names []string) (n int, refused *modelRefusal) {
	ids, refused := m.teams(a, names)
	if refused != nil {
		return 0, refused
	}
	for _, id := range ids {
		if _, known := a.granted[id]; !known {
			continue
		}
		delete(a.granted, id)
		for _, user := range a.teamPeople(m, id) {
			if !a.held(user) {
				m.take(a, m.seatOf(a, 0, user), id, by.Actor)
				n++
			}
		}
	}
	return n, nil
}

func (m *model) use(a *modelAccount, seat *modelSeat, activity usher.Activity) {
	seat.activity = later(seat.activity, activity)
	m.uses = append(m.uses, modelUse{a.enterprise(), seat.user, activity})
}

// later never moves backwards; of one time, what was reported first stays (R4).
func later(known, reported usher.Activity) usher.Activity {
	if reported.At.After(known.At) {
		known.At, known.Editor = reported.At, reported.Editor
	}
	if reported.AuthenticatedAt.After(known.AuthenticatedAt) {
		known.AuthenticatedAt = reported.AuthenticatedAt
	}
	return known
}

// report says whose reports are taken in, in order.
func (m *model) report(a *modelAccount, reports []usher.ActivityReport) (accepted []bool) {
	for _, r := range reports {
		id, known := m.byLogin(r.Login)
		var seat *modelSeat
		if known {
			seat = m.seatOf(a, 0, id)
		}
		ok := seat != nil && !r.Activity.At.After(m.now) && !r.Activity.AuthenticatedAt.After(m.now)
		if ok {
			m.use(a, seat, r.Activity)
		}
		accepted = append(accepted, ok)
	}
	return accepted
}

// ----- the answers

// shownSeat is a row of a list as the model and the real thing are compared.
type shownSeat struct {
	Account      string
	Plan         usher.Plan
	Seat         usher.Seat
	Assignee     usher.User
	Team, Parent string
}

func (m *model) show(a *modelAccount, s *modelSeat) shownSeat {
	row := shownSeat{
		Account: a.Account.Login, Plan: a.Account.Subscription.Plan, Assignee: m.user(s.user),
		Seat: usher.Seat{
			Section: min(s.section, 1), Number: int64(slices.Index(a.seats, s)) + 1, UserID: s.user,
			CreatedAt: s.created, UpdatedAt: s.updated, EndsAt: s.ends, CancelledBy: s.cancelledBy,
		},
	}
	team := s.team
	if !a.isEnterprise() && s.ends.IsZero() { // R2
		team = 0
		if _, named := a.direct[s.user]; !named && len(a.teamsOf(s.user)) > 0 {
			team = a.teamsOf(s.user)[0]
		}
	}
	if t := a.team(team); t != nil { // one that was deleted is not shown
		row.Team = t.Slug
		if parent := a.team(t.ParentID); parent != nil {
			row.Parent = parent.Slug
		}
	}
	row.Seat.Activity = s.activity
	if a.isEnterprise() {
		row.Seat.Activity = m.latestIn(a, s)
	}
	if at := row.Seat.Activity.At; !at.IsZero() {
		days := m.now.Truncate(24*time.Hour).Sub(at.Truncate(24*time.Hour)) / (24 * time.Hour)
		if days > 90 {
			row.Seat.Activity.At, row.Seat.Activity.Editor = time.Time{}, ""
		}
	}
	return row
}

// latestIn is the activity of an enterprise's row: the latest of any organization (R4).
func (m *model) latestIn(enterprise *modelAccount, s *modelSeat) usher.Activity {
	activity := s.activity
	for _, u := range m.uses {
		if u.enterprise == enterprise.Account.Ref.ID && u.user == s.user {
			activity = later(activity, u.activity)
		}
	}
	return activity
}

func (m *model) organizations(enterprise *modelAccount) (list []*modelAccount) {
	for _, a := range m.accounts {
		if !a.isEnterprise() && a.Account.EnterpriseID == enterprise.Account.Ref.ID {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(x, y *modelAccount) int { return cmp.Compare(x.Account.Ref.ID, y.Account.Ref.ID) })
	return list
}

// list is all of an organization's seats, in order of their numbers.
func (m *model) list(a *modelAccount) (rows []shownSeat) {
	for _, s := range a.seats {
		if m.current(s) {
			rows = append(rows, m.show(a, s))
		}
	}
	return rows
}

// enterpriseList is all of an enterprise's rows (E2), and how many people they are (E1).
func (m *model) enterpriseList(enterprise *modelAccount) (rows []shownSeat, people int64) {
	sections := map[int64]bool{}
	for _, s := range enterprise.seats {
		sections[s.section] = true
	}
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		for _, s := range enterprise.seats {
			if s.section == section && m.current(s) {
				rows = append(rows, m.show(enterprise, s))
			}
		}
	}
	for _, a := range m.organizations(enterprise) {
		rows = append(rows, m.list(a)...)
	}
	seen := map[int64]bool{}
	for _, row := range rows {
		seen[row.Seat.UserID] = true
	}
	return rows, int64(len(seen))
}

func (m *model) breakdown(a *modelAccount) (b usher.SeatBreakdown, refused *modelRefusal) {
	s := a.Account.Subscription
	switch {
	case s == nil:
		return b, &modelRefusal{Kind: usher.NotFound}
	case s.PaymentProblem:
		return b, &modelRefusal{Kind: usher.Invalid}
	}
	start, _ := m.cycle(a)
	for _, seat := range a.seats {
		if !m.current(seat) {
			continue
		}
		b.Total++
		if !seat.ends.IsZero() {
			b.PendingCancellation++
		}
		if !seat.created.Before(start) {
			b.AddedThisCycle++
		}
		if seat.activity.At.Before(start) {
			b.InactiveThisCycle++
		} else {
			b.ActiveThisCycle++
		}
	}
	for _, u := range m.users {
		if _, named := a.direct[u.ID]; a.has(u.ID, usher.Pending) && (named || a.everyone()) { // G4
			b.PendingInvitation++
		}
	}
	return b, nil
}

func (m *model) member(a *modelAccount, login string) (row shownSeat, refused *modelRefusal) {
	if a.Account.Subscription == nil {
		return row, &modelRefusal{Kind: usher.Invalid}
	}
	id, known := m.byLogin(login)
	if known && a.has(id, usher.Pending) {
		return row, &modelRefusal{Kind: usher.Invalid}
	}
	if !known || m.seatOf(a, 0, id) == nil {
		return row, &modelRefusal{Kind: usher.NotFound}
	}
	return m.show(a, m.seatOf(a, 0, id)), nil
}

// modelEnding is a seat or an invitation that ended, or the grant of who was invited: when,
// where, whose, and by whom.
type modelEnding struct {
	At      time.Time
	Action  usher.Action
	Account usher.AccountRef
	User    int64
	Actor   usher.Actor
}

// endings are those after from, up to and including now.
func (m *model) endings(from time.Time) (list []modelEnding) {
	for _, a := range m.accounts {
		for _, s := range a.seats {
			if !m.current(s) && !s.asleep && s.ends.After(from) {
				list = append(list, modelEnding{s.ends, usher.SeatCancelled, a.Account.Ref, s.user, s.cancelledBy})
			}
		}
	}
	for _, e := range m.expired {
		if e.At.After(from) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, compareEndings)
	return list
}

func compareEndings(x, y modelEnding) int {
	return cmp.Or(
		x.At.Compare(y.At), cmp.Compare(x.Account.ID, y.Account.ID), cmp.Compare(x.Account.Kind, y.Account.Kind),
		cmp.Compare(x.User, y.User), cmp.Compare(x.Action, y.Action), cmp.Compare(x.Actor.UserID, y.Actor.UserID),
	)
}
