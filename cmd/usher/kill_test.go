package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

var (
	killRounds = flag.Int("kill.rounds", 50, "how many times TestKill kills the server")
	killSeed   = flag.Uint64("kill.seed", 0, "what TestKill's choices come from; 0 picks one")
)

// The world of TestKill: each round has an organization of its own, in it each writer its
// own groups, and each group its own people, who are also a team.
const (
	roundsPerDatabase = 10
	writers           = 4
	groupsPerWriter   = 6
	groupSize         = 3
)

// TestKill kills the server with SIGKILL while several clients grant and cancel, starts
// it again on the same database, and compares: what was acknowledged is there, whole;
// what was not is there whole or not at all; and every invariant holds (rule G6).
func TestKill(t *testing.T) {
	t.Parallel()
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("the same choices again: go test ./cmd/usher -run TestKill -kill.rounds %d -kill.seed %d", *killRounds, seed)
	loaded := loadForKill(t)
	for first := 0; first < *killRounds; first += roundsPerDatabase {
		t.Run(fmt.Sprintf("from round %d", first), func(t *testing.T) {
			t.Parallel()
			rounds := min(roundsPerDatabase, *killRounds-first)
			killRepeatedly(t, loaded, rounds, rand.New(rand.NewPCG(seed, uint64(first))))
		})
	}
}

// loadForKill returns a database that holds TestKill's seed. Loading takes longer than a
// round, so the databases of all rounds are copies of it.
func loadForKill(t *testing.T) *enginetest.Template {
	t.Helper()
	seed := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(seed, []byte(killWorld()), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := enginetest.NewTemplate(func(database string) error {
		return startForKill(t, database, "--seed", seed).terminate()
	})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// killRepeatedly kills the servers of one database, one after the other.
func killRepeatedly(t *testing.T, loaded *enginetest.Template, rounds int, random *rand.Rand) {
	t.Helper()
	database := loaded.Copy(t)
	p := startForKill(t, database)
	acknowledged := 0
	for round := range rounds {
		groups := groupsOf(round)
		death := newDeath(p, random)
		acknowledged += writeUntilKilled(t, p, groups, death, random)
		about := fmt.Sprintf("round %d, killed %s after call %d", round, death.delay, death.calls)
		if stdout, stderr, err := checkDatabase(database); err != nil {
			t.Errorf("%s: usher check: %v\n%s%s", about, err, stdout, stderr)
		}
		p = startForKill(t, database)
		compare(t, p, groups, about)
		if t.Failed() {
			return
		}
	}
	if acknowledged == 0 {
		t.Error("no call was acknowledged in any round: the test has tested nothing")
	}
}

// startForKill starts a server on a database.
func startForKill(t *testing.T, database string, flags ...string) *process {
	t.Helper()
	p, err := startUsher(t.TempDir(), nil, append(flags, "--listen", "127.0.0.1:0", "--rehearsal", "--database", database)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// state is how the people of a group stand, all of them alike.
type state string

const (
	absent  state = "absent"
	live    state = "live"
	pending state = "pending"
	torn    state = "torn" // not all alike
)

// group is a few people whom one call grants seats, or cancels them.
type group struct {
	organization string
	team         string
	people       []string
	sure         state // after the last call that was acknowledged
	maybe        state // after a call that was sent and not acknowledged; else as sure
}

func organizationOf(round int) string { return fmt.Sprintf("round-%d", round) }

// groupsOf are the groups of a round, before anything was granted.
func groupsOf(round int) []*group {
	groups := make([]*group, writers*groupsPerWriter)
	for i := range groups {
		g := &group{organization: organizationOf(round), team: fmt.Sprintf("team-%d", i), sure: absent, maybe: absent}
		for j := range groupSize {
			g.people = append(g.people, fmt.Sprintf("user-%d-%d", i, j))
		}
		groups[i] = g
	}
	return groups
}

// killWorld is a seed with an organization for each round. Its clock stands, so that no
// cycle ends while the test runs.
func killWorld() string {
	var users, people, teams strings.Builder
	for _, g := range groupsOf(0) {
		for _, login := range g.people {
			fmt.Fprintf(&users, "  - {login: %s}\n", login)
			fmt.Fprintf(&people, "%s, ", login)
		}
		fmt.Fprintf(&teams, "      - {name: %s, members: [%s]}\n", g.team, strings.Join(g.people, ", "))
	}
	var world strings.Builder
	fmt.Fprintf(&world, "now: 2026-11-20T12:00:00Z\nusers:\n  - {login: mona}\n%sorganizations:\n", &users)
	for round := range roundsPerDatabase {
		fmt.Fprintf(&world, "  - login: %s\n    owners: [mona]\n    members: [%s]\n    teams:\n%s    copilot: {seat_management: assign_selected, public_code_suggestions: block}\n",
			organizationOf(round), &people, &teams)
	}
	world.WriteString("tokens: [{token: ghp_mona, kind: classic, user: mona, scopes: [manage_billing:copilot]}]\n")
	return world.String()
}

// death is the moment of a kill: so many acknowledged calls from the first request, and a
// little later, so that it comes in the midst of the next ones on any machine.
type death struct {
	calls  int64
	delay  time.Duration
	passed atomic.Int64
	kill   func()
}

func newDeath(p *process, random *rand.Rand) *death {
	return &death{
		calls: random.Int64N(writers * groupsPerWriter),
		delay: time.Duration(random.Int64N(int64(5 * time.Millisecond))),
		kill:  p.kill,
	}
}

// acknowledge counts a call.
func (d *death) acknowledge() {
	if d.passed.Add(1) == d.calls {
		time.AfterFunc(d.delay, d.kill)
	}
}

// writeUntilKilled lets the writers work through their groups until the server is killed,
// and returns how many calls were acknowledged.
func writeUntilKilled(t *testing.T, p *process, groups []*group, d *death, random *rand.Rand) int {
	t.Helper()
	if d.calls == 0 {
		time.AfterFunc(d.delay, d.kill)
	}
	var working sync.WaitGroup
	for w := range writers {
		choices := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		working.Go(func() {
			write(t, p.url, groups[w*groupsPerWriter:(w+1)*groupsPerWriter], d, choices)
		})
	}
	working.Wait()
	if d.passed.Load() < d.calls { // a writer found a mistake and stopped
		d.kill()
	}
	<-p.ended
	return int(d.passed.Load())
}

// write grants each group its seats; of some it cancels them again, and of some of those
// it revokes that, by name or by team. It ends with the first call that is not answered.
func write(t *testing.T, url string, groups []*group, d *death, choices *rand.Rand) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, g := range groups {
		byTeam := choices.IntN(2) == 0
		for step := range 1 + choices.IntN(3) {
			method, want, next := http.MethodPost, fmt.Sprintf(`{"seats_created":%d}`, groupSize), live
			if step%2 == 1 {
				method, want, next = http.MethodDelete, fmt.Sprintf(`{"seats_cancelled":%d}`, groupSize), pending
			}
			g.maybe = next
			status, got, err := g.call(client, url, method, byTeam)
			if status == 0 {
				return
			}
			if status != http.StatusOK && status != http.StatusCreated || err == nil && got != want {
				t.Errorf("%s of %s: got %d %s, want %s", method, g.team, status, got, want)
				return
			}
			g.sure = next
			d.acknowledge()
		}
	}
}

// call names the group in one call. The status is 0 when no answer came; once it came the
// call is acknowledged, even if the answer's rest did not.
func (g *group) call(client *http.Client, url, method string, byTeam bool) (status int, body string, err error) {
	path, names := "selected_users", map[string][]string{"selected_usernames": g.people}
	if byTeam {
		path, names = "selected_teams", map[string][]string{"selected_teams": {g.team}}
	}
	sent, err := json.Marshal(names)
	if err != nil {
		return 0, "", err
	}
	request, err := http.NewRequest(method, url+"/orgs/"+g.organization+"/copilot/billing/"+path, strings.NewReader(string(sent)))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer ghp_mona")
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// compare holds what the server answers against what it has acknowledged.
func compare(t *testing.T, p *process, groups []*group, about string) {
	t.Helper()
	organization := groups[0].organization
	standing := seatsOf(t, p.url, organization)
	for _, g := range groups {
		if got := g.stateIn(standing); got != g.sure && got != g.maybe {
			t.Errorf("%s: %s in %s: got %s, want %s or %s", about, g.team, organization, got, g.sure, g.maybe)
		}
	}
	var billing struct {
		Seats struct{ Total int } `json:"seat_breakdown"`
	}
	ask(t, p.url+"/orgs/"+organization+"/copilot/billing", &billing)
	if got, want := billing.Seats.Total, len(standing); got != want {
		t.Errorf("%s: billing counts %d seats, the list has %d", about, got, want)
	}
}

func (g *group) stateIn(standing map[string]state) state {
	found := map[state]bool{}
	var last state
	for _, login := range g.people {
		last = absent
		if s, ok := standing[login]; ok {
			last = s
		}
		found[last] = true
	}
	if len(found) > 1 {
		return torn
	}
	return last
}

// seatsOf is how everybody with a seat stands, from all pages of the list.
func seatsOf(t *testing.T, url, organization string) map[string]state {
	t.Helper()
	standing := map[string]state{}
	for page := 1; ; page++ {
		var list struct {
			Seats []struct {
				Assignee struct{ Login string }
				Ends     *string `json:"pending_cancellation_date"`
			}
		}
		ask(t, fmt.Sprintf("%s/orgs/%s/copilot/billing/seats?per_page=100&page=%d", url, organization, page), &list)
		if len(list.Seats) == 0 {
			return standing
		}
		for _, seat := range list.Seats {
			standing[seat.Assignee.Login] = live
			if seat.Ends != nil {
				standing[seat.Assignee.Login] = pending
			}
		}
	}
}

func ask(t *testing.T, url string, answer any) {
	t.Helper()
	response, err := send(url, http.MethodGet, "", "ghp_mona", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: got %s, want 200", url, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
}
