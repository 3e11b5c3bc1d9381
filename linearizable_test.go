package usher_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
)

var (
	linearOperations = flag.Int("linear.operations", 400, "how many calls a history of TestLinearizable has")
	linearHistories  = flag.Int("linear.histories", 2, "how many histories TestLinearizable plays")
	linearSeed       = flag.Uint64("linear.seed", 0, "what the choices of TestLinearizable's clients come from; 0 picks one")
)

const (
	linearClients = 8
	// lostCalls is about how many calls of a history lose their caller. Each may take
	// effect at any later time, or never, and so makes finding an order much harder.
	lostCalls = 8
	// linearPatience is how long the search for an order may take. It takes about a second.
	linearPatience = 5 * time.Minute
)

// TestLinearizable lets many clients grant, cancel, read and move the clock at once, on
// two replicas. Whatever they were answered must be what the naive model says when it
// takes the calls one after the other, in some order in which no call comes before one
// that had ended when it began. The choices of the clients come from the seed; how their
// calls fall together does not.
func TestLinearizable(t *testing.T) {
	t.Parallel()
	seed := *linearSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("the same choices again: %s=%s go test -run %s . -linear.operations %d -linear.histories %d -linear.seed %d",
		enginetest.Variable, os.Getenv(enginetest.Variable), t.Name(), *linearOperations, *linearHistories, seed)
	for number := range *linearHistories {
		t.Run(fmt.Sprintf("history %d", number), func(t *testing.T) {
			world := worldOf(contested()...)
			h := &history{replicas: replicate(t, world)}
			h.play(t, rand.New(rand.NewPCG(seed, uint64(number))))
			if t.Failed() {
				return
			}
			for _, a := range world.Accounts {
				if a.Account.Ref.Kind == usher.Organization {
					h.explain(t, usher.World{Users: world.Users, Accounts: []usher.WorldAccount{a}})
				}
			}
		})
	}
}

// solo is an organization without an enterprise.
const solo = 8

var contestedOrganizations = []usher.AccountRef{
	usher.OrganizationRef(octodemo), usher.OrganizationRef(hubot), usher.OrganizationRef(solo),
}

// contested is a small world, in which many calls meet at the same few people.
func contested() []account {
	organization := func(login string, id, enterprise int64, day int) account {
		return account{
			login: login, id: id, enterprise: enterprise, owners: "ada", members: "Bob cyd dee eve", invited: "fay",
			copilot: enabled(cycleDay(day)),
			teams: []team{
				{id: 21, slug: "core", members: "Bob cyd"},
				{id: 22, slug: "inner", parent: 21, members: "dee"},
				{id: 23, slug: "docs", members: "cyd eve"},
			},
			grants: []usher.WorldGrant{direct("ada"), cancelled("bob"), throughTeam(23)},
		}
	}
	return []account{
		{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, copilot: enabled(cycleDay(20)),
			teams:  []team{{id: 31, slug: "platform", members: "gus"}},
			grants: []usher.WorldGrant{cancelled("dee"), cancelled("eve"), throughTeam(31)},
		},
		organization("octodemo", octodemo, octoGlobal, 1),
		organization("hubot", hubot, octoGlobal, 13),
		organization("solo", solo, 0, 1),
	}
}

// ----- what clients can do

// operation is one call, as the real thing and the model take it.
type operation struct {
	words   string           // what it is, for people
	account usher.AccountRef // whose books it is about; zero: everybody's
	writes  bool
	real    func(context.Context, *usher.Service) (answer, error)
	naive   func(*model) answer // nil: it shows nowhere, and has no answer
}

// answer is what was answered to a call, of each kind of call a part.
type answer struct {
	lost      bool // nobody knows whether the call was carried out
	refused   *modelRefusal
	number    int64 // seats created or cancelled, reports taken in, or total_seats
	rows      int64 // of all pages
	seats     []shownSeat
	breakdown usher.SeatBreakdown
	ignored   []string
	now       time.Time
	endings   []modelEnding
}

func (a answer) equal(b answer) bool {
	return a.number == b.number && a.rows == b.rows && a.breakdown == b.breakdown && a.now.Equal(b.now) &&
		slices.Equal(a.seats, b.seats) && slices.Equal(a.ignored, b.ignored) && slices.Equal(a.endings, b.endings) &&
		reflect.DeepEqual(a.refused, b.refused)
}

func (a answer) String() string {
	var parts []string
	add := func(said bool, format string, args ...any) {
		if said {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	if a.lost {
		return "no answer"
	}
	if a.refused != nil {
		return fmt.Sprintf("refused: kind %d, names %q", a.refused.Kind, a.refused.Names)
	}
	add(a.number != 0, "%d", a.number)
	add(a.rows != 0, "of %d rows", a.rows)
	for _, row := range a.seats {
		add(true, "%s", row)
	}
	add(a.breakdown != usher.SeatBreakdown{}, "%+v", a.breakdown)
	add(len(a.ignored) > 0, "ignored %q", a.ignored)
	add(!a.now.IsZero(), "now %s", a.now.Format(time.RFC3339Nano))
	for _, e := range a.endings {
		add(true, "%s of %s %d ended %s", cast[e.User-1], e.Account.Kind, e.Account.ID, e.At.Format(time.RFC3339))
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// String is all that a row shows and that can change.
func (s shownSeat) String() string {
	line := fmt.Sprintf("%s %d.%d %s, created %s, updated %s", s.Account, s.Seat.Section, s.Seat.Number, s.Assignee.Login,
		s.Seat.CreatedAt.Format(time.RFC3339Nano), s.Seat.UpdatedAt.Format(time.RFC3339Nano))
	if s.Team != "" {
		line += " via " + s.Team
	}
	if s.Seat.Pending() {
		line += " until " + s.Seat.EndsAt.Format(time.RFC3339)
	}
	if s.Seat.Activity != (usher.Activity{}) {
		line += fmt.Sprintf(" active %+v", s.Seat.Activity)
	}
	return "[" + line + "]"
}

type (
	serviceCall func(*usher.Service, context.Context, usher.AccountRef, []string, usher.By) (int, error)
	naiveCall   func(*model, *modelAccount, []string) (int, *modelRefusal)
)

// drawOperation is what a client does next: step tells how far it has come.
func drawOperation(random *rand.Rand, step int) operation {
	ref := contestedOrganizations[random.IntN(len(contestedOrganizations))]
	drawings := []struct {
		weight int
		draw   func() operation
	}{
		{5, func() operation {
			return writing("grant users", ref, (*usher.Service).GrantUsers, (*model).grantUsers, drawMembers(random))
		}},
		{5, func() operation {
			return writing("cancel users", ref, (*usher.Service).CancelUsers, (*model).cancelUsers, drawMembers(random))
		}},
		{3, func() operation {
			return writing("grant teams", ref, (*usher.Service).GrantTeams, (*model).grantTeams, drawSome(random, "core", "inner", "docs"))
		}},
		{3, func() operation {
			return writing("cancel teams", ref, (*usher.Service).CancelTeams, (*model).cancelTeams, drawSome(random, "core", "inner", "docs"))
		}},
		{2, func() operation { return reporting(ref, drawReports(random, step)) }},
		{2, func() operation { return moving(drawMove(random, step)) }},
		{1, settling},
		{2, checking},
		{3, func() operation { return readingBilling(ref) }},
		{4, func() operation { return readingSeats(ref, drawPage(random)) }},
		{2, func() operation { return readingMember(ref, cast[random.IntN(7)]) }},
		{4, readingEnterprise},
		{1, readingClock},
	}
	all := 0
	for _, d := range drawings {
		all += d.weight
	}
	drawn := random.IntN(all)
	for _, d := range drawings {
		if drawn -= d.weight; drawn < 0 {
			return d.draw()
		}
	}
	panic("no operation was drawn")
}

func drawSome(random *rand.Rand, from ...string) []string {
	some := make([]string, 1+random.IntN(3))
	for i := range some {
		some[i] = from[random.IntN(len(from))]
	}
	return some
}

// drawMembers are people of each organization, one of them invited; rarely there is
// somebody else among them.
func drawMembers(random *rand.Rand) []string {
	names := drawSome(random, cast[:6]...)
	if random.IntN(16) == 0 {
		names = append(names, "kim")
	}
	return names
}

func drawPage(random *rand.Rand) usher.Page {
	return usher.Page{Number: 1 + random.Int64N(3), PerPage: 2 + random.Int64N(6)}
}

// drawMoment is about where the clock may stand when a client has come so far. Many are
// ends of cycles.
func drawMoment(random *rand.Rand, step int) time.Time {
	return noon.Add(12 * time.Hour * time.Duration(random.IntN(step+2)))
}

func drawReports(random *rand.Rand, step int) []usher.ActivityReport {
	var reports []usher.ActivityReport
	for _, login := range drawSome(random, cast[:7]...) {
		reports = append(reports, used(login, drawMoment(random, step), fmt.Sprint("vim/", random.IntN(3))))
	}
	return reports
}

func drawMove(random *rand.Rand, step int) usher.ClockMove {
	if random.IntN(3) == 0 {
		return usher.ClockMove{To: drawMoment(random, step)}
	}
	by := 12 * time.Hour * time.Duration(random.IntN(10))
	if random.IntN(4) == 0 {
		by += time.Hour // the next one lands beside the ends of cycles
	}
	return usher.ClockMove{By: by}
}

func writing(words string, ref usher.AccountRef, real serviceCall, naive naiveCall, names []string) operation {
	return operation{
		words: fmt.Sprintf("%s %v in %d", words, names, ref.ID), account: ref, writes: true,
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			n, err := real(s, ctx, ref, names, by)
			return answer{number: int64(n)}, err
		},
		naive: func(m *model) answer {
			n, refused := naive(m, m.account(ref), names)
			return answer{number: int64(n), refused: refused}
		},
	}
}

func reporting(ref usher.AccountRef, reports []usher.ActivityReport) operation {
	return operation{
		words: fmt.Sprintf("report %v in %d", reports, ref.ID), account: ref, writes: true,
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			n, ignored, err := s.ReportActivity(ctx, ref, reports, by)
			a := answer{number: int64(n)}
			for _, report := range ignored {
				a.ignored = append(a.ignored, report.Login)
			}
			return a, err
		},
		naive: func(m *model) (a answer) {
			for i, ok := range m.report(m.account(ref), reports) {
				if ok {
					a.number++
				} else {
					a.ignored = append(a.ignored, reports[i].Login)
				}
			}
			return a
		},
	}
}

// moving is a move of the clock. It settles too, and lists what it has brought about: the
// endings between the two instants, each of which was certain when the clock moved.
func moving(move usher.ClockMove) operation {
	return operation{
		words: fmt.Sprintf("move the clock by %s to %s", move.By, move.To.Format(time.RFC3339)), writes: true,
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			moved, err := s.AdvanceClock(ctx, move, 10_000)
			if err == nil && moved.Total != len(moved.Changes) {
				err = fmt.Errorf("a move of the clock lists %d changes and counts %d", len(moved.Changes), moved.Total)
			}
			a := answer{now: moved.Now}
			for _, e := range moved.Changes {
				a.endings = append(a.endings, modelEnding{e.At, e.Action, e.Account, e.UserID, e.Actor})
			}
			slices.SortFunc(a.endings, compareEndings)
			return a, err
		},
		naive: func(m *model) answer {
			from, to := m.now, move.To
			if to.IsZero() {
				to = from.Add(move.By)
			}
			if to.Before(from) {
				return answer{refused: &modelRefusal{Kind: usher.Invalid}}
			}
			m.passTo(to)
			return answer{now: to, endings: m.endings(from)}
		},
	}
}

func settling() operation {
	return operation{words: "settle", real: func(ctx context.Context, s *usher.Service) (answer, error) {
		_, err := s.Settle(ctx)
		return answer{}, err
	}}
}

// checking is what `usher check` does: the books agree at every instant, and not only when
// all is quiet.
func checking() operation {
	return operation{words: "check", real: func(ctx context.Context, s *usher.Service) (answer, error) {
		broken, err := s.Check(ctx)
		if err == nil && len(broken) > 0 {
			err = fmt.Errorf("the database contradicts itself:\n%s", strings.Join(broken, "\n"))
		}
		return answer{}, err
	}}
}

func readingBilling(ref usher.AccountRef) operation {
	return operation{
		words: fmt.Sprint("billing of ", ref.ID), account: ref,
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			billing, err := s.Billing(ctx, ref)
			return answer{breakdown: billing.Breakdown}, err
		},
		naive: func(m *model) answer {
			breakdown, refused := m.breakdown(m.account(ref))
			return answer{breakdown: breakdown, refused: refused}
		},
	}
}

func readingSeats(ref usher.AccountRef, page usher.Page) operation {
	return operation{
		words: fmt.Sprintf("page %+v of %d", page, ref.ID), account: ref,
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			got, err := s.Seats(ctx, ref, page)
			return shownPage(got), err
		},
		naive: func(m *model) answer {
			rows := m.list(m.account(ref))
			return cutPage(rows, int64(len(rows)), page)
		},
	}
}

// readingEnterprise reads rows of several organizations at once. What it says of each is
// checked with the calls about that one; the sum is checked here.
func readingEnterprise() operation {
	return operation{
		words: "all seats of the enterprise",
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			page, err := s.EnterpriseSeats(ctx, usher.EnterpriseRef(octoGlobal), everyRow)
			people := map[int64]bool{}
			a := answer{}
			for _, row := range page.Seats {
				people[row.Seat.UserID] = true
				a.seats = append(a.seats, shown(row))
			}
			if err == nil && (page.TotalSeats != int64(len(people)) || page.Rows != int64(len(a.seats))) {
				err = fmt.Errorf("the enterprise counts %d people in %d rows, and lists %d in %d", page.TotalSeats, page.Rows, len(people), len(a.seats))
			}
			return a, err
		},
		naive: func(m *model) (a answer) {
			for _, organization := range m.accounts {
				if organization.Account.EnterpriseID == octoGlobal {
					a.seats = append(a.seats, m.list(organization)...)
				}
			}
			return a
		},
	}
}

func shownPage(page usher.SeatPage) answer {
	a := answer{number: page.TotalSeats, rows: page.Rows}
	for _, row := range page.Seats {
		a.seats = append(a.seats, shown(row))
	}
	return a
}

func cutPage(rows []shownSeat, total int64, page usher.Page) answer {
	all := int64(len(rows))
	from, to := min(all, (page.Number-1)*page.PerPage), min(all, page.Number*page.PerPage)
	return answer{number: total, rows: all, seats: rows[from:to]}
}

func readingMember(ref usher.AccountRef, login string) operation {
	return operation{
		words: fmt.Sprintf("%s in %d", login, ref.ID), account: ref,
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			member, err := s.MemberSeat(ctx, ref, login)
			if err != nil {
				return answer{}, err
			}
			return answer{seats: []shownSeat{shown(member.SeatRow)}}, nil
		},
		naive: func(m *model) answer {
			row, refused := m.member(m.account(ref), login)
			if refused != nil {
				return answer{refused: refused}
			}
			return answer{seats: []shownSeat{row}}
		},
	}
}

func readingClock() operation {
	return operation{
		words: "the clock",
		real: func(ctx context.Context, s *usher.Service) (answer, error) {
			_, now, err := s.Clock(ctx)
			return answer{now: now}, err
		},
		naive: func(m *model) answer { return answer{now: m.now} },
	}
}

// ----- a history

// history is what several clients did, each from when to when, and what they were
// answered.
type history struct {
	replicas []stage
	ticks    atomic.Int64 // tells what came before what
	deeds    []deed
}

// deed is one operation that was done.
type deed struct {
	operation
	client, replica  int
	called, returned int64
	answer           answer
	err              error
}

// play lets the clients loose, and looks at everything when they are done.
func (h *history) play(t *testing.T, random *rand.Rand) {
	t.Helper()
	byClient := make([][]deed, linearClients)
	var working sync.WaitGroup
	for client := range linearClients {
		choices := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		working.Go(func() { byClient[client] = h.work(client, choices) })
	}
	working.Wait()
	h.deeds = slices.Concat(byClient...)
	h.lookAround()
	lost := 0
	for i := range h.deeds {
		h.deeds[i].judge(t)
		if h.deeds[i].answer.lost {
			lost++
		}
	}
	// Where nobody knows what was carried out, every answer can be explained.
	if most := 4 * lostCalls; lost > most {
		t.Errorf("%d calls were left without an answer, want %d at most", lost, most)
	}
	h.sound(t)
}

func (h *history) work(client int, choices *rand.Rand) (deeds []deed) {
	steps := *linearOperations / linearClients
	for step := range steps {
		next := drawOperation(choices, step)
		replica := choices.IntN(len(h.replicas))
		service := h.replicas[replica].Service
		if choices.IntN(*linearOperations) < lostCalls {
			service = usher.NewService(deserting{h.replicas[replica].store})
		}
		deeds = append(deeds, h.do(client, replica, service, next))
	}
	return deeds
}

func (h *history) do(client, replica int, service *usher.Service, next operation) deed {
	d := deed{operation: next, client: client, replica: replica, called: h.ticks.Add(1)}
	d.answer, d.err = next.real(background, service)
	d.returned = h.ticks.Add(1)
	return d
}

// lookAround reads everything on each replica.
func (h *history) lookAround() {
	for replica, r := range h.replicas {
		for _, ref := range contestedOrganizations {
			h.deeds = append(h.deeds, h.do(linearClients, replica, r.Service, readingBilling(ref)))
			h.deeds = append(h.deeds, h.do(linearClients, replica, r.Service, readingSeats(ref, everyRow)))
		}
		h.deeds = append(h.deeds, h.do(linearClients, replica, r.Service, readingEnterprise()))
		h.deeds = append(h.deeds, h.do(linearClients, replica, r.Service, readingClock()))
	}
}

// judge turns an error into an answer: a refusal, or none at all where the caller was
// lost or the store not there.
func (d *deed) judge(t *testing.T) {
	t.Helper()
	var refused *usher.Error
	switch {
	case d.err == nil:
	case errors.Is(d.err, context.Canceled), errors.As(d.err, &refused) && refused.Kind == usher.Unavailable:
		d.answer = answer{lost: true}
	case refused != nil:
		d.answer.refused = refusedAs(t, d.err)
	default:
		t.Errorf("client %d, %s: %v", d.client, d.words, d.err)
	}
}

// sound says that the books agree with themselves: seats, counts and events.
func (h *history) sound(t *testing.T) {
	t.Helper()
	type holder struct {
		account       usher.AccountRef
		section, user int64
	}
	type ending struct {
		account    usher.AccountRef
		user, team int64
		at         time.Time
	}
	for i, replica := range h.replicas {
		replica.sound()
		seats, endings := map[holder]int{}, map[ending]int{}
		for _, a := range dump(t, replica.store).Accounts {
			for _, seat := range a.Seats {
				key := holder{a.Account.Ref, seat.Section, seat.UserID}
				if seats[key]++; seats[key] > 1 {
					t.Errorf("replica %d: %+v has %d seats, want one", i, key, seats[key])
				}
			}
			for _, e := range a.Events {
				if e.Action != usher.SeatCancelled {
					continue
				}
				key := ending{a.Account.Ref, e.UserID, e.TeamID, e.At}
				if endings[key]++; endings[key] > 1 {
					t.Errorf("replica %d: %+v has %d events, want one", i, key, endings[key])
				}
			}
		}
	}
}

// ----- the search for an order

// operations are the deeds about an organization, and those about everybody as far as
// they are about it, as the search takes them. A read whose answer was lost tells nothing.
func (h *history) operations(organization usher.Account) (list []porcupine.Operation) {
	for _, d := range h.deeds {
		everybodys := d.account == usher.AccountRef{}
		if d.naive == nil || d.answer.lost && !d.writes || !everybodys && d.account != organization.Ref {
			continue
		}
		said := d.answer
		said.endings = slices.DeleteFunc(slices.Clone(said.endings), func(e modelEnding) bool { return e.Account != organization.Ref })
		said.seats = slices.DeleteFunc(slices.Clone(said.seats), func(s shownSeat) bool { return s.Account != organization.Login })
		if said.lost {
			d.returned = math.MaxInt64
		}
		list = append(list, porcupine.Operation{
			ClientId: d.client, Call: d.called, Return: d.returned, Input: d.operation, Output: said, Metadata: fmt.Sprint("replica ", d.replica),
		})
	}
	return list
}

// sequential is the naive model, as the search takes it.
func sequential(world usher.World) porcupine.Model {
	begin := newModel(world, noon)
	return porcupine.Model{
		Init: func() any { return begin },
		Step: func(state, input, output any) (bool, any) {
			said := output.(answer)
			would, after := following(state.(*model), input.(operation))
			return said.lost || said.equal(would), after
		},
		Equal:             func(a, b any) bool { return a.(*model).equal(b.(*model)) },
		DescribeOperation: func(input, output any) string { return input.(operation).words + " → " + output.(answer).String() },
		DescribeState:     func(state any) string { return state.(*model).String() },
	}
}

// following is the model after an operation, and what it answers; the model before stays
// as it is.
func following(before *model, next operation) (would answer, after *model) {
	after = before
	if next.writes {
		after = before.clone()
	}
	return next.naive(after), after
}

// explain finds an order of the calls about an organization, the one of the world, that
// explains all answers. Where there is none it says which answer none explains.
func (h *history) explain(t *testing.T, world usher.World) {
	t.Helper()
	organization := world.Accounts[0].Account
	name, list, sequence := organization.Login, h.operations(organization), sequential(world)
	switch result := porcupine.CheckOperationsTimeout(sequence, list, linearPatience); result {
	case porcupine.Ok:
	case porcupine.Illegal:
		t.Errorf("%s: no order of its %d calls explains their answers\n%s", name, len(list), unexplained(t, name, sequence, list))
	default:
		t.Errorf("%s: no order of its %d calls was found within %s, and none was excluded: make the histories smaller", name, len(list), linearPatience)
	}
}

// unexplained is, in words, the first answer that no order explains.
func unexplained(t *testing.T, name string, sequence porcupine.Model, list []porcupine.Operation) string {
	t.Helper()
	var returns []int64
	for _, o := range list {
		if o.Return != math.MaxInt64 {
			returns = append(returns, o.Return)
		}
	}
	slices.Sort(returns)
	// What could not be explained at one time cannot be later.
	first := returns[sort.Search(len(returns)-1, func(i int) bool {
		return porcupine.CheckOperationsTimeout(sequence, until(list, returns[i]), linearPatience) != porcupine.Ok
	})]
	known := until(list, first)
	_, info := porcupine.CheckOperationsVerbose(sequence, known, linearPatience)

	var text strings.Builder
	culprit := known[slices.IndexFunc(known, func(o porcupine.Operation) bool { return o.Return == first })]
	fmt.Fprintf(&text, "the first that is not explained: %s\n", describe(sequence, culprit))
	longest := longestOrder(info)
	state := sequence.Init().(*model)
	for _, o := range longest {
		_, state = following(state, o.Input.(operation))
	}
	fmt.Fprintf(&text, "%d of %d calls can stand in an order; after them it is %s\n", len(longest), len(known), state)
	if !slices.ContainsFunc(longest, func(o porcupine.Operation) bool { return o.Call == culprit.Call }) {
		would, _ := following(state, culprit.Input.(operation))
		fmt.Fprintf(&text, "and the call would be answered: %s\n", would)
	}
	fmt.Fprintf(&text, "the last calls before it, by their return:\n")
	slices.SortFunc(known, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	for _, o := range known[max(0, len(known)-25):] {
		fmt.Fprintf(&text, "  %s\n", describe(sequence, o))
	}
	return text.String() + draw(t, name, sequence, info)
}

// until is what was known of a history at an instant: a write that had not returned may
// have happened, or still happen.
func until(list []porcupine.Operation, at int64) (known []porcupine.Operation) {
	for _, o := range list {
		if o.Call > at || o.Return > at && !o.Input.(operation).writes {
			continue
		}
		if o.Return > at {
			o.Output, o.Return = answer{lost: true}, math.MaxInt64
		}
		known = append(known, o)
	}
	return known
}

func describe(sequence porcupine.Model, o porcupine.Operation) string {
	returned := fmt.Sprint(o.Return)
	if o.Return == math.MaxInt64 {
		returned = "…"
	}
	return fmt.Sprintf("%d to %s, client %d, %s: %s", o.Call, returned, o.ClientId, o.Metadata, sequence.DescribeOperation(o.Input, o.Output))
}

func longestOrder(info porcupine.LinearizationInfo) (longest []porcupine.Operation) {
	for _, part := range info.PartialLinearizationsOperations() {
		for _, order := range part {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	return longest
}

// draw leaves a page for the browser behind, and says where.
func draw(t *testing.T, name string, sequence porcupine.Model, info porcupine.LinearizationInfo) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "usher-linearizable-")
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(directory, strings.ReplaceAll(name, " ", "-")+".html")
	if err := porcupine.VisualizePath(sequence, info, page); err != nil {
		t.Fatal(err)
	}
	return "all of it, for a browser: " + page
}
