package usher_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// defaultChecks is how many random histories a property goes through: few, because the
// race detector makes each some twenty times slower. More of them:
//
//	go test -run 'Random|OneJump' . -rapid.checks=1000
//
// A failure prints the smallest history that fails, and a seed; the same again:
//
//	go test -run TestRandomHistoriesAgreeWithTheNaiveModel . -rapid.seed=SEED
const defaultChecks = 3

// fewChecks must be called before t.Parallel.
func fewChecks() {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", strconv.Itoa(defaultChecks)); err != nil {
			panic(err)
		}
	}
}

func TestRandomHistoriesAgreeWithTheNaiveModel(t *testing.T) {
	fewChecks()
	t.Parallel()
	playHistories(t)
}

func playHistories(t *testing.T) {
	c := newCompany(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt, c)
		actions := map[string]func(*rapid.T){
			"let time pass":  m.letTimePass,
			"move the clock": m.moveClock,
			"settle":         m.settle,
			"open again":     m.openAgain,
			"look closely":   m.compareAll,
		}
		for name, draw := range m.moves() {
			actions[name] = func(rt *rapid.T) { m.play(rt, draw(rt)) }
		}
		names := slices.Sorted(maps.Keys(actions))
		rt.Repeat(map[string]func(*rapid.T){
			"":     m.compareSome,
			"move": func(rt *rapid.T) { actions[names[evenly(rt, "action", len(names))]](rt) },
		})
		m.compareAll(rt)
		m.settle(rt)
		m.compareAll(rt)
	})
}

// move is one call, as a company and as the model take it. Both tell in words what came of it.
type move struct {
	words string // for whoever reads of a failure
	real  func(complainer, *company) string
	naive func(*model) string
}

type draws map[string]func(*rapid.T) move

// moves draw what can be done at any time.
func (m *machine) moves() draws {
	organization := draws{
		"grant users":  m.grantUsers,
		"cancel users": m.cancelUsers,
		"grant teams":  m.grantTeams,
		"cancel teams": m.cancelTeams,

		"invite":        m.invite,
		"withdraw":      m.withdraw,
		"accept":        m.accept,
		"change a role": m.setRole,
		"remove":        m.remove,

		"join a team":     m.joinTeam,
		"leave a team":    m.leaveTeam,
		"change settings": m.changeSettings,
	}
	enterprise := draws{
		"report":               m.report,
		"remove":               m.remove,
		"accept":               m.accept,
		"change settings":      m.changeSettings,
		"move an organization": m.moveOrganization,

		"grant enterprise users":  m.grantEnterpriseUsers,
		"cancel enterprise users": m.cancelEnterpriseUsers,
		"grant enterprise teams":  m.grantEnterpriseTeams,
		"cancel enterprise teams": m.cancelEnterpriseTeams,

		"create an enterprise team": m.createEnterpriseTeam,
		"change an enterprise team": m.changeEnterpriseTeam,
		"delete an enterprise team": m.deleteEnterpriseTeam,
		"join an enterprise team":   m.joinEnterpriseTeam,
		"leave an enterprise team":  m.leaveEnterpriseTeam,
		"assign organizations":      m.assign,
		"unassign organizations":    m.unassign,
	}
	switch {
	case len(m.few) > 0 && m.about.Kind == usher.Organization:
		return organization
	case len(m.few) > 0:
		return enterprise
	}
	all := draws{
		"create a team": m.createTeam,
		"change a team": m.changeTeam,
		"delete a team": m.deleteTeam,
	}
	maps.Copy(all, organization)
	maps.Copy(all, enterprise)
	return all
}

func (m *machine) play(rt *rapid.T, next move) {
	before := m.kept(rt)
	got, want := next.real(rt, m.company), next.naive(m.model)
	rt.Logf("%v: %s: %s", m.model.now, next.words, got)
	if got != want {
		rt.Fatalf("want %s", want)
	}
	m.compareKept(rt, before, strings.HasPrefix(got, "refused"))
}

// outcome tells what came of a call that changes seats.
func outcome(seats int, refused *modelRefusal) string {
	if refused != nil {
		return fmt.Sprintf("refused: kind %d, reason %d, naming %q", refused.Kind, refused.Reason, refused.Names)
	}
	return fmt.Sprintf("%d seats", seats)
}

// doneOr tells what came of a call that is done or refused.
func doneOr(kind usher.Kind) string {
	if kind != 0 {
		return fmt.Sprintf("refused: kind %d", kind)
	}
	return "done "
}

// kindAs is the kind of an error; 0 for none.
func kindAs(c complainer, err error) usher.Kind {
	c.Helper()
	if err == nil {
		return 0
	}
	return refusal(c, err).Kind
}

// company is a database that histories are played on, one after another.
type company struct {
	tb       testing.TB
	database string
	wall     *wallClock
	store    closingStore
	service  *usher.Service
}

func newCompany(t *testing.T) *company {
	c := &company{tb: t, database: newDatabase(t), wall: &wallClock{}}
	c.reopen()
	t.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

func (c *company) reopen() {
	if c.store != nil {
		if err := c.store.Close(); err != nil {
			c.tb.Fatalf("close: %v", err)
		}
	}
	c.store = open(c.tb, c.database, sqlstore.Options{Wall: c.wall.now})
	c.service = usher.NewService(c.store)
}

// machine plays one history, on the real thing and on the model.
type machine struct {
	*company
	model *model
	world usher.World    // that the history began with
	read  map[string]any // the latest answer of each request in each edition

	// Where a few people are all that the history is about, and either one organization or the
	// enterprise with both.
	few   []string
	about usher.AccountRef
}

var background = context.Background()

func newMachine(rt *rapid.T, c *company) *machine {
	begin := drawBeginning(rt)
	world := drawWorld(rt, begin)
	c.wall.set(begin.Add(-world.Clock.Offset))
	if _, err := c.service.Load(background, world); err != nil {
		rt.Fatalf("load: %v", err)
	}
	m := &machine{company: c, model: newModel(world, begin), world: world, read: map[string]any{}}
	if about := rapid.IntRange(0, 5).Draw(rt, "about a few"); about > 1 {
		// What comes of leaving, coming back and being switched off takes many moves of one person.
		m.few = rapid.SliceOfNDistinct(rapid.SampledFrom(cast), 2, 2, rapid.ID).Draw(rt, "few")
		m.about = usher.OrganizationRef(octodemo)
		if about > 3 {
			m.about = usher.EnterpriseRef(octoGlobal)
		}
	}
	return m
}

// ----- worlds

func drawBeginning(rt *rapid.T) time.Time {
	days := []string{"2026-11-11", "2026-12-31", "2027-02-27", "2028-02-28", "2028-03-01", "2026-01-01"}
	day := instant(rapid.SampledFrom(days).Draw(rt, "day") + "T00:00:00Z")
	return day.Add(time.Duration(rapid.Int64Range(0, 24*3600*1e6-1).Draw(rt, "microseconds")) * time.Microsecond)
}

func drawWorld(rt *rapid.T, begin time.Time) usher.World {
	w := usher.World{Digest: "random", Clock: usher.Clock{StandsAt: begin}, Users: castUsers()}
	if rapid.Bool().Draw(rt, "clock runs") {
		w.Clock = usher.Clock{Offset: time.Duration(rapid.Int64Range(-1e9, 1e9).Draw(rt, "ahead")) * time.Microsecond}
	}
	organizations := []account{
		{login: "octodemo", id: octodemo, enterprise: octoGlobal},
		{login: "hubot", id: hubot, enterprise: rapid.SampledFrom([]int64{octoGlobal, octoGlobal, 0}).Draw(rt, "hubot's enterprise")},
	}
	for i := range organizations {
		drawOrganization(rt, begin, &organizations[i])
	}
	w.Accounts = append(w.Accounts, drawEnterprise(rt, begin).world())
	// The file's order of organizations is not that of their ids.
	for _, o := range slices.Backward(organizations) {
		w.Accounts = append(w.Accounts, o.world())
	}
	return w
}

// rarely is true in one of sixteen worlds or calls.
func rarely(rt *rapid.T, label string) bool {
	var all byte
	for range 4 {
		all += rapid.ByteRange(0, 1).Draw(rt, label)
	}
	return all == 4
}

// evenly is a number below n, each alike: rapid's own lean to the small ones.
func evenly(rt *rapid.T, label string, n int) (number int) {
	for range 6 {
		number = 2*number + int(rapid.ByteRange(0, 1).Draw(rt, label))
	}
	return number % n
}

func drawSubscription(rt *rapid.T) *usher.Subscription {
	if rarely(rt, "not enabled") {
		return nil
	}
	s := enabled()
	s.CycleDay = rapid.SampledFrom([]int{1, 1, 2, 11, 12, 15, 27, 28}).Draw(rt, "cycle day")
	s.Plan = rapid.SampledFrom([]usher.Plan{usher.PlanBusiness, usher.PlanEnterprise}).Draw(rt, "plan")
	if rarely(rt, "twisted") {
		twist := rapid.SampledFrom([]func(*usher.Subscription){
			func(s *usher.Subscription) { s.SeatManagement = usher.AssignAll },
			func(s *usher.Subscription) { s.PaymentProblem = true },
			func(s *usher.Subscription) { s.SeatManagement = usher.AssignmentDisabled },
			func(s *usher.Subscription) { s.BillingSetUp = false },
			func(s *usher.Subscription) { s.PublicCodeSuggestions = usher.PolicyUnconfigured },
		}).Draw(rt, "twist")
		twist(s)
	}
	return s
}

func drawLogins(rt *rapid.T, label string, from []string, most int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, min(most, len(from)), rapid.ID).Draw(rt, label)
}

func drawOrganization(rt *rapid.T, begin time.Time, a *account) {
	a.copilot = drawSubscription(rt)
	people := rapid.Permutation(cast).Draw(rt, "people of "+a.login)
	belonging := people[:rapid.IntRange(6, len(people)).Draw(rt, "how many")]
	members := belonging[:len(belonging)-rapid.IntRange(0, 3).Draw(rt, "invited")]
	a.owners, a.members = members[0], strings.Join(members[1:], " ")
	a.invited = strings.Join(belonging[len(members):], " ")

	ids := rapid.Permutation([]int64{11, 12, 13, 14}).Draw(rt, "team ids")
	a.teams = []team{
		{id: ids[0], slug: "core", name: "Core Team"},
		{id: ids[1], slug: "inner", name: "core-team", parent: rapid.SampledFrom([]int64{0, ids[0]}).Draw(rt, "inner's parent")},
		{id: ids[2], slug: "core-team", name: "Inner", parent: rapid.SampledFrom([]int64{0, ids[0], ids[1]}).Draw(rt, "core-team's parent")},
		{id: ids[3], slug: "docs", name: "Docs & Words"},
	}
	for i := range a.teams {
		a.teams[i].members = strings.Join(drawLogins(rt, "members of "+a.teams[i].slug, members, 4), " ")
	}
	if s := a.copilot; s == nil || s.SeatManagement == usher.AssignmentDisabled {
		return
	}
	for _, login := range drawLogins(rt, "granted", belonging, 5) {
		a.grants = append(a.grants, drawGrant(rt, begin, login, slices.Contains(members, login)))
	}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 2, rapid.ID).Draw(rt, "granted teams") {
		a.grants = append(a.grants, usher.WorldGrant{Kind: usher.TeamGrant, SubjectID: id, At: drawPast(rt, begin)})
	}
	for _, login := range drawLogins(rt, "active", members, 3) {
		a.activity = append(a.activity, usher.WorldActivity{UserID: userID(login), Activity: drawActivity(rt, begin, false)})
	}
}

func drawEnterprise(rt *rapid.T, begin time.Time) account {
	a := account{kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: drawSubscription(rt)}
	a.teams = []team{
		{id: 12, slug: "web", members: strings.Join(drawLogins(rt, "web", cast, 4), " ")},
		{id: 11, slug: "platform", members: strings.Join(drawLogins(rt, "platform", cast, 4), " ")},
	}
	if s := a.copilot; s == nil || s.SeatManagement == usher.AssignmentDisabled {
		return a
	}
	for _, login := range drawLogins(rt, "granted", cast, 4) {
		a.grants = append(a.grants, drawGrant(rt, begin, login, true))
	}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]int64{11, 12}), 0, 2, rapid.ID).Draw(rt, "granted teams") {
		a.grants = append(a.grants, throughTeam(id))
	}
	return a
}

func drawGrant(rt *rapid.T, begin time.Time, login string, mayEnd bool) usher.WorldGrant {
	g := directAt(login, drawPast(rt, begin))
	g.Cancelled = mayEnd && rapid.Bool().Draw(rt, "cancelled")
	return g
}

// drawPast is a time before the world begins, sometimes the same for several grants, or
// zero for its beginning.
func drawPast(rt *rapid.T, begin time.Time) time.Time {
	days := rapid.SampledFrom([]int{0, 0, 1, 5, 31, 200}).Draw(rt, "days ago")
	if days == 0 {
		return time.Time{}
	}
	return begin.AddDate(0, 0, -days)
}

// drawActivity is of the past, or rarely of the future where that may be.
func drawActivity(rt *rapid.T, now time.Time, future bool) usher.Activity {
	when := func(label string) time.Time {
		hours := rapid.SampledFrom([]int64{0, 1, 30, 24 * 12, 24 * 40, 24 * 90, 24 * 91}).Draw(rt, label)
		at := now.Add(-time.Duration(hours) * time.Hour)
		if future && rarely(rt, label+" in the future") {
			at = now.Add(time.Duration(hours)*time.Hour + time.Microsecond)
		}
		return at
	}
	var a usher.Activity
	kind := rapid.IntRange(0, 3).Draw(rt, "kind of activity")
	if kind != 0 {
		a.At, a.Editor = when("used"), rapid.SampledFrom([]string{"vim/1", "vscode/2", "jetbrains/3"}).Draw(rt, "editor")
	}
	if kind < 2 {
		a.AuthenticatedAt = when("authenticated")
	}
	return a
}

// ----- calls

func (m *machine) drawOrganization(rt *rapid.T) *modelAccount {
	id := m.about.ID
	if len(m.few) == 0 || m.about.Kind == usher.Enterprise {
		id = rapid.SampledFrom([]int64{octodemo, hubot}).Draw(rt, "organization")
	}
	return m.model.account(usher.OrganizationRef(id))
}

func drawSpelling(rt *rapid.T, name string) string {
	switch rapid.IntRange(0, 3).Draw(rt, "spelling") {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.ToLower(name)
	}
	return name
}

// drawNames are some names with repetitions; a few lists have names that do not belong.
func drawNames(rt *rapid.T, good, bad []string) []string {
	from := good
	if rarely(rt, "wrong names") || len(good) == 0 {
		from = slices.Concat(good, bad)
	}
	names := rapid.SliceOfN(rapid.SampledFrom(from), 1, 4).Draw(rt, "names")
	for i := range names {
		names[i] = drawSpelling(rt, names[i])
	}
	return names
}

func (m *machine) drawPeople(rt *rapid.T, a *modelAccount) []string {
	var belonging []string
	for _, membership := range a.Memberships {
		belonging = append(belonging, m.model.user(membership.UserID).Login)
	}
	if invited := m.among(m.model.peopleOf(a, usher.Pending)); len(invited) > 0 && evenly(rt, "invited people", 3) == 0 {
		belonging = invited
	}
	return drawNames(rt, m.among(belonging), append([]string{"nobody", "no-one"}, cast...))
}

// among are those of these people whom the history is about.
func (m *machine) among(logins []string) []string {
	if len(m.few) == 0 {
		return logins
	}
	return slices.DeleteFunc(slices.Clone(logins), func(login string) bool { return !slices.Contains(m.few, login) })
}

func drawTeams(rt *rapid.T, a *modelAccount) []string {
	var names []string
	for _, t := range a.Teams {
		names = append(names, t.Slug, t.Name)
	}
	return drawNames(rt, names, []string{"nothing", "none", "web"})
}

type (
	realCall  func(*usher.Service, context.Context, usher.AccountRef, []string, usher.By) (int, error)
	modelCall func(*model, *modelAccount, []string) (int, *modelRefusal)
)

func (m *machine) call(what string, real realCall, naive modelCall, a *modelAccount, names []string) move {
	ref := a.Account.Ref
	return move{
		words: fmt.Sprintf("%s of %s: %q", what, a.Account.Login, names),
		real: func(rt complainer, c *company) string {
			n, err := real(c.service, background, ref, names, by)
			return outcome(n, refusedAs(rt, err))
		},
		naive: func(m *model) string { return outcome(naive(m, m.account(ref), names)) },
	}
}

// refusedAs is what matters of an error; nil for none.
func refusedAs(c complainer, err error) *modelRefusal {
	c.Helper()
	if err == nil {
		return nil
	}
	e := refusal(c, err)
	names := map[string]bool{}
	for _, item := range e.Items {
		quoted, err := strconv.QuotedPrefix(item.Message)
		if err != nil {
			c.Fatalf("the message %q names nobody", item.Message)
		}
		name, _ := strconv.Unquote(quoted)
		names[strings.ToLower(name)] = true
	}
	if r := naming(names); r != nil {
		r.Kind, r.Reason = e.Kind, e.Reason
		return r
	}
	return &modelRefusal{Kind: e.Kind, Reason: e.Reason}
}

func (m *machine) grantUsers(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	return m.call("grant users", (*usher.Service).GrantUsers, (*model).grantUsers, a, m.drawPeople(rt, a))
}

func (m *machine) cancelUsers(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	return m.call("cancel users", (*usher.Service).CancelUsers, (*model).cancelUsers, a, m.drawPeople(rt, a))
}

func (m *machine) grantTeams(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	return m.call("grant teams", (*usher.Service).GrantTeams, (*model).grantTeams, a, drawTeams(rt, a))
}

func (m *machine) cancelTeams(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	return m.call("cancel teams", (*usher.Service).CancelTeams, (*model).cancelTeams, a, drawTeams(rt, a))
}

func (m *machine) report(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	var reports []usher.ActivityReport
	for _, login := range m.drawPeople(rt, a) {
		reports = append(reports, usher.ActivityReport{Login: login, Activity: drawActivity(rt, m.model.now, true)})
	}
	ref := a.Account.Ref
	return move{
		words: fmt.Sprintf("report of %s: %v", a.Account.Login, reports),
		real: func(rt complainer, c *company) string {
			accepted, ignored, err := c.service.ReportActivity(background, ref, reports, by)
			if err != nil {
				return outcome(0, refusedAs(rt, err))
			}
			words := fmt.Sprintf("%d accepted", accepted)
			for _, i := range ignored {
				words += fmt.Sprintf(", %s ignored", i.Login)
			}
			return words
		},
		naive: func(m *model) string { return m.reported(m.account(ref), reports) },
	}
}

// reported tells what came of reports.
func (m *model) reported(a *modelAccount, reports []usher.ActivityReport) string {
	if a.Account.Subscription == nil {
		return outcome(0, &modelRefusal{Kind: usher.Invalid})
	}
	accepted, words := 0, ""
	for i, ok := range m.report(a, reports) {
		if ok {
			accepted++
			continue
		}
		words += fmt.Sprintf(", %s ignored", reports[i].Login)
	}
	return fmt.Sprintf("%d accepted%s", accepted, words)
}

// ----- time

// drawMoment is some time ahead: soon, at the very end of a cycle, just before it, or
// cycles away.
func (m *machine) drawMoment(rt *rapid.T) time.Time {
	now := m.model.now
	var ends []time.Time
	for _, a := range m.model.accounts {
		if a.Account.Subscription != nil {
			_, end := m.model.cycle(a)
			ends = append(ends, end)
		}
		for _, p := range a.Memberships {
			if end := p.Invitation.EndsAt; !end.IsZero() {
				ends = append(ends, end)
			}
		}
	}
	kind := evenly(rt, "kind of move", 7)
	switch {
	case kind == 6: // what invitations of now outlive, or not
		return now.Add(time.Duration(rapid.IntRange(6*24, 9*24).Draw(rt, "hours")) * time.Hour)
	case kind < 2 && len(ends) > 0:
		return rapid.SampledFrom(ends).Draw(rt, "boundary")
	case kind == 2 && len(ends) > 0:
		if at := rapid.SampledFrom(ends).Draw(rt, "boundary").Add(-time.Microsecond); at.After(now) {
			return at
		}
	case kind == 3:
		return now.Add(time.Duration(rapid.IntRange(20*24, 200*24).Draw(rt, "hours")) * time.Hour)
	}
	return now.Add(time.Duration(rapid.Int64Range(0, 36*3600*1e6).Draw(rt, "microseconds")) * time.Microsecond)
}

// letTimePass does not tell the service.
func (m *machine) letTimePass(rt *rapid.T) {
	to := m.drawMoment(rt)
	rt.Logf("time passes to %v", to)
	clock, _, err := m.service.Clock(background)
	if err != nil {
		rt.Fatalf("clock: %v", err)
	}
	if clock.StandsAt.IsZero() {
		m.wall.advance(to.Sub(m.model.now))
	} else if err := m.store.Update(background, func(tx usher.Tx) error { return tx.SetClock(usher.Clock{StandsAt: to}) }); err != nil {
		rt.Fatalf("set the clock: %v", err)
	}
	m.model.passTo(to)
}

func (m *machine) moveClock(rt *rapid.T) {
	from, to := m.model.now, m.drawMoment(rt)
	move := usher.ClockMove{To: to}
	if rapid.Bool().Draw(rt, "by") {
		move = usher.ClockMove{By: to.Sub(from)}
	}
	moved, err := m.service.AdvanceClock(background, move, 1000)
	if err != nil {
		rt.Fatalf("move the clock: %v", err)
	}
	m.model.passTo(to)
	want := m.model.endings(from)
	var got []modelEnding
	for i, e := range moved.Changes {
		if i > 0 && e.At.Before(moved.Changes[i-1].At) {
			rt.Fatalf("the changes do not stand in order: %v before %v", moved.Changes[i-1], e)
		}
		if e.UserLogin != m.model.user(e.UserID).Login || e.Login != m.model.account(e.Account).Account.Login {
			rt.Fatalf("a change names the wrong things: %+v", e)
		}
		got = append(got, modelEnding{e.At, e.Action, e.Account, e.UserID, e.Actor})
	}
	slices.SortFunc(got, compareEndings)
	if diff := cmp.Diff(want, got); diff != "" || moved.Total != len(want) || !moved.Now.Equal(to) {
		rt.Fatalf("moved from %v to %v (says %v), %d changes (-want +got):\n%s", from, to, moved.Now, moved.Total, diff)
	}
}

func (m *machine) settle(rt *rapid.T) {
	before := m.kept(rt)
	if _, err := m.service.Settle(background); err != nil {
		rt.Fatalf("settle: %v", err)
	}
	m.compareKept(rt, before, false)
}

func (m *machine) openAgain(*rapid.T) { m.reopen() }

// ----- answers

// compareSome asks the service everything but most people's seats, and the model the same.
func (m *machine) compareSome(rt *rapid.T) {
	m.compare(rt, rapid.SliceOfN(rapid.SampledFrom(cast), 3, 3).Draw(rt, "people to look at"))
}

// compareAll asks everything, and whether the database contradicts itself.
func (m *machine) compareAll(rt *rapid.T) {
	m.compare(rt, append([]string{"nobody"}, cast...))
	broken, err := m.service.Check(background)
	if err != nil || len(broken) > 0 {
		rt.Fatalf("check: error %v, broken:\n%s", err, strings.Join(broken, "\n"))
	}
	m.compareReplayed(rt)
	m.compareLog(rt)
}

func (m *machine) compare(rt *rapid.T, logins []string) {
	perPage := rapid.Int64Range(2, 12).Draw(rt, "per page")
	for _, a := range m.model.accounts {
		if a.isEnterprise() {
			m.compareEnterprise(rt, a, perPage)
			m.compareEnterpriseTeams(rt, a)
			for _, login := range logins {
				m.compareEnterpriseMember(rt, a, login)
			}
			continue
		}
		m.compareBilling(rt, a)
		m.comparePeople(rt, a)
		m.compareSeats(rt, a, perPage)
		for _, login := range logins {
			m.compareMember(rt, a, login)
		}
	}
}

func (m *machine) compareBilling(rt *rapid.T, a *modelAccount) {
	want, refused := m.model.breakdown(a)
	got, err := m.service.Billing(background, a.Account.Ref)
	if diff := cmp.Diff(refused, refusedAs(rt, err)); diff != "" {
		rt.Fatalf("billing of %s: refusal (-want +got):\n%s", a.Account.Login, diff)
	}
	if refused != nil {
		return
	}
	m.remember(rt, a.Account.Login+"'s billing", got.Edition, got)
	got.Edition = nil
	if diff := cmp.Diff(usher.Billing{Subscription: *a.Account.Subscription, Breakdown: want}, got); diff != "" {
		rt.Fatalf("billing of %s at %v (-want +got):\n%s", a.Account.Login, m.model.now, diff)
	}
}

// shown leaves out what the model does not know: when people were created, versions, and
// the ids of teams. Of a section it tells whether it is a team's.
func shown(row usher.SeatRow) shownSeat {
	row.Assignee.CreatedAt, row.Assignee.Version = time.Time{}, 0
	row.Seat.TeamID, row.Seat.Section = 0, min(row.Seat.Section, 1)
	s := shownSeat{Account: row.Account.Login, Plan: row.Account.Subscription.Plan, Seat: row.Seat, Assignee: row.Assignee}
	if row.Team != nil {
		s.Team = row.Team.Slug
	}
	if row.ParentTeam != nil {
		s.Parent = row.ParentTeam.Slug
	}
	return s
}

// remember holds an answer against the one that the same request had in the same edition.
func (m *machine) remember(rt *rapid.T, request string, edition usher.Edition, answer any) {
	key := fmt.Sprint(request, edition)
	if before, known := m.read[key]; known {
		if diff := cmp.Diff(before, answer, unshown); diff != "" {
			rt.Fatalf("%s has changed within the edition %v (-before +now, %v):\n%s", request, edition, m.model.now, diff)
		}
	}
	m.read[key] = answer
}

type pageOf func(context.Context, usher.AccountRef, usher.Page) (usher.SeatPage, error)

// comparePages reads a whole list, and the page after its end.
func (m *machine) comparePages(rt *rapid.T, read pageOf, a *modelAccount, perPage int64, want []shownSeat, total int64) {
	var got []shownSeat
	for number := int64(1); number <= int64(len(want))/perPage+2; number++ {
		page, err := read(background, a.Account.Ref, usher.Page{Number: number, PerPage: perPage})
		if err != nil {
			rt.Fatalf("page %d of %s: %v", number, a.Account.Login, err)
		}
		m.remember(rt, fmt.Sprintf("page %d of %s by %d", number, a.Account.Login, perPage), page.Edition, page)
		if page.TotalSeats != total || page.Rows != int64(len(want)) {
			rt.Fatalf("page %d of %s: total %d, rows %d; want %d, %d", number, a.Account.Login, page.TotalSeats, page.Rows, total, len(want))
		}
		if n := max(0, min(perPage, int64(len(want))-(number-1)*perPage)); int64(len(page.Seats)) != n {
			rt.Fatalf("page %d of %s has %d rows, want %d", number, a.Account.Login, len(page.Seats), n)
		}
		for _, row := range page.Seats {
			got = append(got, shown(row))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("the list of %s at %v (-want +got):\n%s", a.Account.Login, m.model.now, diff)
	}
}

func (m *machine) compareSeats(rt *rapid.T, a *modelAccount, perPage int64) {
	if a.Account.Subscription == nil {
		_, err := m.service.Seats(background, a.Account.Ref, usher.Page{Number: 1, PerPage: perPage})
		if diff := cmp.Diff(&modelRefusal{Kind: usher.NotFound}, refusedAs(rt, err)); diff != "" {
			rt.Fatalf("seats of %s: refusal (-want +got):\n%s", a.Account.Login, diff)
		}
		return
	}
	want := m.model.list(a)
	m.comparePages(rt, m.service.Seats, a, perPage, want, int64(len(want)))
}

func (m *machine) compareEnterprise(rt *rapid.T, a *modelAccount, perPage int64) {
	want, people := m.model.enterpriseList(a)
	m.comparePages(rt, m.service.EnterpriseSeats, a, perPage, want, people)
}

func (m *machine) compareMember(rt *rapid.T, a *modelAccount, login string) {
	want, refused := m.model.member(a, login)
	member, err := m.service.MemberSeat(background, a.Account.Ref, login)
	if diff := cmp.Diff(refused, refusedAs(rt, err)); diff != "" {
		rt.Fatalf("the seat of %s in %s: refusal (-want +got):\n%s", login, a.Account.Login, diff)
	}
	if refused != nil {
		return
	}
	m.remember(rt, fmt.Sprintf("%s in %s", login, a.Account.Login), member.Edition, member)
	if diff := cmp.Diff(want, shown(member.SeatRow)); diff != "" {
		rt.Fatalf("the seat of %s in %s at %v (-want +got):\n%s", login, a.Account.Login, m.model.now, diff)
	}
}
