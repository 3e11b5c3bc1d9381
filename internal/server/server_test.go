package server

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

const world = `
users: [{login: mona}, {login: octocat}, {login: hubot}]
organizations:
  - login: octodemo
    owners: [mona]
    members: [octocat, hubot]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
    seats: {users: [{login: octocat, cancel: true}, hubot]}
tokens: [{token: ghp_mona, kind: classic, user: mona, scopes: [manage_billing:copilot]}]
`

const (
	billing       = "/orgs/octodemo/copilot/billing"
	selectedUsers = billing + "/selected_users"
)

func TestServesFromReadyUntilStopped(t *testing.T) {
	t.Parallel()
	s := run(t, configWith(t, world))
	for path, want := range map[string]string{
		"/_usher/live":  `200 {"status":"live"}`,
		"/_usher/ready": `200 {"status":"ready"}`,
	} {
		if got := s.get(t, path); got != want {
			t.Errorf("GET %s: got %s, want %s", path, got, want)
		}
	}
	if got := s.get(t, billing); !strings.HasPrefix(got, `200 {"seat_breakdown":{"total":2,`) {
		t.Errorf("GET %s: got %s, want the billing with two seats", billing, got)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("stopping: got %v, want no error", err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
		t.Error("a stopped server still accepts connections")
	}
}

func TestStoppingFinishesTheRequestThatRuns(t *testing.T) {
	t.Parallel()
	s := run(t, configWith(t, world))
	request := s.begin(t)
	s.stop()
	s.awaitNoMoreConnections(t)
	if got := request.finish(t); !strings.Contains(got, "201 Created") || !strings.Contains(got, `{"seats_created":1}`) {
		t.Errorf("the request that ran: got %q, want 201 with its seat", got)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("stopping: got %v, want no error", err)
	}
}

func TestHurryCutsOffWhatRuns(t *testing.T) {
	t.Parallel()
	hurry := make(chan struct{})
	config := configWith(t, world)
	config.Hurry = hurry
	s := run(t, config)
	s.begin(t)
	s.stop()
	s.awaitNoMoreConnections(t)
	close(hurry)
	if err := <-s.ended; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("got %v, want an error that says what was cut off", err)
	}
}

func TestAContextThatEndsBeforeReadyIsNoError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	config := configWith(t, world)
	config.Wall = func() time.Time {
		cancel() // in the middle of the start, when the seed is read
		return time.Now()
	}
	config.Ready = func(string) { t.Error("the server became ready") }
	if err := Run(ctx, config); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestTheSameSeedAgainStartsWithWhatTheDatabaseHolds(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	s := run(t, config)
	if got := s.post(t, selectedUsers, `{"selected_usernames":["mona"]}`); got != `201 {"seats_created":1}` {
		t.Fatalf("granting: got %s", got)
	}
	s.stop()
	<-s.ended

	again := run(t, config)
	if got := again.get(t, billing); !strings.HasPrefix(got, `200 {"seat_breakdown":{"total":3,`) {
		t.Errorf("with the same seed: got %s, want the three seats", got)
	}
	again.stop()
	<-again.ended

	config.Seed = ""
	without := run(t, config)
	if got := without.get(t, billing); !strings.HasPrefix(got, `200 {"seat_breakdown":{"total":3,`) {
		t.Errorf("without a seed: got %s, want the three seats", got)
	}
}

func TestReplicasThatBeginTogetherLoadTheWorldOnce(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	log := &syncBuffer{}
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			s, err := Open(t.Context(), config)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	if got := strings.Count(log.String(), `"msg":"loaded"`); got != 1 {
		t.Errorf("the world was loaded %d times, want once:\n%s", got, log)
	}
}

func TestAnEditedSeedIsRefusedAndResetLoadsIt(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	config.Rehearsal = true
	_ = open(t, config).Close()

	write(t, config.Seed, strings.Replace(world, "owners: [mona]", "owners: [mona, hubot]", 1))
	_, err := Open(t.Context(), config)
	for _, want := range []string{sqlstore.PublicName(config.Database), config.Seed, "was edited", "--database", "--rehearsal --reset"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %s", err, want)
		}
	}
	config.Reset = true
	s := open(t, config)
	digest, _, err := s.service.Seed(t.Context())
	world, parseErr := s.parse()
	if err != nil || parseErr != nil || digest != world.Digest {
		t.Errorf("after the reset: got digest %s (%v, %v), want the edited seed's", digest, err, parseErr)
	}
}

func TestAClockThatWasMovedIsRefusedOutsideRehearsals(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	config.Rehearsal = true
	s := open(t, config)
	if _, err := s.service.AdvanceClock(t.Context(), usher.ClockMove{By: time.Hour}, 1); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()

	config.Rehearsal = false
	for _, seed := range []string{config.Seed, ""} {
		config.Seed = seed
		if _, err := Open(t.Context(), config); err == nil || !strings.Contains(err.Error(), "clock was moved") || !strings.Contains(err.Error(), "--rehearsal") {
			t.Errorf("seed %q: got %v, want an error about the moved clock", seed, err)
		}
	}
	config.Rehearsal = true
	open(t, config)
}

func TestASeedThatStopsTheClockNeedsARehearsal(t *testing.T) {
	t.Parallel()
	config := configWith(t, "now: 2026-11-20T12:00:00Z\n"+world)
	if _, err := Open(t.Context(), config); err == nil || !strings.Contains(err.Error(), "--rehearsal") {
		t.Errorf("got %v, want an error that names --rehearsal", err)
	}
	config.Rehearsal = true
	open(t, config)
}

func TestResetGoesBackToTheSeedWithTheTimeOfTheReset(t *testing.T) {
	t.Parallel()
	var wall clock
	wall.set(time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC))
	config := configWith(t, world)
	config.Rehearsal, config.Wall = true, wall.now
	s := run(t, config)
	s.post(t, selectedUsers, `{"selected_usernames":["mona"]}`)
	s.post(t, "/_usher/clock/advance", `{"by":"1000h"}`)

	wall.set(time.Date(2026, time.November, 21, 9, 30, 0, 0, time.UTC))
	if got := s.post(t, "/_usher/reset", ""); got != "204 " {
		t.Errorf("reset: got %s, want 204", got)
	}
	if got, want := s.get(t, "/_usher/clock"), `200 {"now":"2026-11-21T09:30:00Z","rehearsal":true}`; got != want {
		t.Errorf("clock: got %s, want %s", got, want)
	}
	if got := s.get(t, "/orgs/octodemo/members/hubot/copilot"); !strings.Contains(got, `"created_at":"2026-11-21T09:30:00Z"`) {
		t.Errorf("hubot's seat: got %s, want it created at the reset", got)
	}
	if got := s.get(t, billing); !strings.HasPrefix(got, `200 {"seat_breakdown":{"total":2,`) {
		t.Errorf("billing: got %s, want the seed's two seats", got)
	}
}

func TestResetWithoutASeedSaysHowToStart(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	config.Rehearsal = true
	_ = open(t, config).Close()

	config.Seed = ""
	s := run(t, config)
	if got := s.post(t, "/_usher/reset", ""); !strings.HasPrefix(got, "422 ") || !strings.Contains(got, "--seed FILE") {
		t.Errorf("got %s, want 422 with a word on --seed", got)
	}
}

func TestEndingsBecomeDurableWithoutARequest(t *testing.T) {
	t.Parallel()
	var wall clock
	wall.set(time.Date(2026, time.November, 30, 23, 59, 59, 0, time.UTC))
	config := configWith(t, world)
	config.Wall = wall.now
	s := open(t, config)
	s.serve(t)
	if got := storedSeats(t, s); got != 2 {
		t.Fatalf("before: got %d stored seats, want 2", got)
	}
	wall.set(time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for storedSeats(t, s) != 1 {
		if ctx.Err() != nil {
			t.Fatal("the seat that ended is still stored after a minute")
		}
	}
}

// storedSeats counts the seats of the world's organization, ended ones included.
func storedSeats(t *testing.T, s *Server) (n int) {
	t.Helper()
	err := s.store.View(t.Context(), func(tx usher.Reader) error {
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		seats, err := tx.AllSeats(accounts[0].Ref)
		n = len(seats)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnEmptyDatabaseBeginsWithAnAdministratorWhoIsToldOnce(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	seed := config.Seed
	config.Seed = ""
	log := &syncBuffer{}
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	var told []string
	config.Begun = func(login, token string) { told = append(told, login, token) }
	s := run(t, config)
	if len(told) != 2 || told[0] != "site-admin" || !strings.HasPrefix(told[1], "ghp_") {
		t.Fatalf("got %q, want the administrator and a token", told)
	}
	s.token = told[1]
	if got := s.get(t, "/user"); !strings.HasPrefix(got, `200 {"login":"site-admin"`) || !strings.Contains(got, `"site_admin":true`) {
		t.Errorf("the administrator: got %s", got)
	}
	if got := s.get(t, "/user/orgs"); !strings.HasPrefix(got, "403 ") {
		t.Errorf("the administrator's organizations: got %s, want 403, as the token has site_admin alone", got)
	}
	if text := log.String(); strings.Contains(text, told[1]) || strings.Contains(text, "nobody can log in") {
		t.Errorf("the log has the token, or a hint that there is none:\n%s", text)
	}
	_, broken, err := Check(t.Context(), Config{Database: config.Database})
	if err != nil || len(broken) > 0 {
		t.Errorf("check: got %v, %v", broken, err)
	}
	s.stop()
	<-s.ended

	again := run(t, config)
	if len(told) != 2 {
		t.Errorf("a second start tells of %q", told[2:])
	}
	again.stop()
	<-again.ended

	config.Seed = seed
	_, err = Open(t.Context(), config)
	for _, want := range []string{sqlstore.PublicName(config.Database), "was begun without a seed", "usher apply -f " + seed, "--database", "--rehearsal --reset"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with a seed: got %v, want an error with %s", err, want)
		}
	}
	config.Rehearsal, config.Reset = true, true
	open(t, config)
	if len(told) != 2 {
		t.Errorf("a reset to a seed tells of %q", told[2:])
	}
}

func TestReplicasThatBeginTogetherMakeOneAdministrator(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	config.Seed = ""
	var told atomic.Int64
	config.Begun = func(string, string) { told.Add(1) }
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			s, err := Open(t.Context(), config)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	s := open(t, config)
	found, err := s.service.ListTokens(t.Context(), usher.Page{Number: 1, PerPage: 10})
	if err != nil || found.Total != 1 || told.Load() != 1 {
		t.Errorf("got %d tokens (error %v), told of %d; want one", found.Total, err, told.Load())
	}
}

func TestADatabaseWithoutATokenThatIsGoodSaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	without := strings.Split(world, "tokens:")[0]
	expired := strings.Replace(world, "kind: classic", "kind: classic, expires_at: 2020-01-01T00:00:00Z", 1)
	for _, test := range []struct {
		name, world string
		closed      bool
	}{{"with one", world, false}, {"without any", without, true}, {"with an expired one", expired, true}} {
		config := configWith(t, test.world)
		log := &syncBuffer{}
		config.Log = slog.New(slog.NewJSONHandler(log, nil))
		s := run(t, config)
		hint := regexp.MustCompile(`"msg":"listening".*"hint":"nobody can log in: .*usher token create --user LOGIN`)
		if got := hint.MatchString(log.String()); got != test.closed {
			t.Errorf("%s: a hint: %t, want %t:\n%s", test.name, got, test.closed, log)
		}
		s.stop()
		<-s.ended
	}
}

// withRoot is the world with a site administrator.
func withRoot() string {
	users := strings.Replace(world, "users: [", "users: [{login: root, site_admin: true}, ", 1)
	return strings.Replace(users, "billing:copilot]}]", "billing:copilot]}, {token: ghp_root, kind: classic, user: root, scopes: [site_admin]}]", 1)
}

func TestATokenThatIsRevokedOnOneServerIsNoneOnTheOther(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"the API", "the command line"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			config := configWith(t, withRoot())
			here, there := run(t, config), run(t, config)
			here.token = "ghp_root"
			kept := there.keepAlive(t)
			if got := kept(); got != 200 {
				t.Fatalf("before: got %d", got)
			}
			begun := there.begin(t) // its token has been looked at, and its body is to come
			if by == "the API" {
				if got := here.send(t, http.MethodDelete, "/_usher/tokens/1", ""); got != "204 " {
					t.Fatalf("revoking: got %s", got)
				}
			} else if _, err := RevokeToken(t.Context(), Config{Database: config.Database}, 1); err != nil {
				t.Fatal(err)
			}
			if got := kept(); got != 401 {
				t.Errorf("on a connection that was kept: got %d, want 401", got)
			}
			if got := there.get(t, billing); !strings.HasPrefix(got, "401 ") {
				t.Errorf("on a new connection: got %s, want 401", got)
			}
			if got := begun.finish(t); !strings.Contains(got, "401 Unauthorized") || !strings.Contains(got, "Bad credentials") {
				t.Errorf("the grant that had begun: got %s, want 401", got)
			}
			if got := here.get(t, "/_usher/tokens"); !strings.HasPrefix(got, "200 ") {
				t.Errorf("the administrator: got %s", got)
			}
			here.stop()
			there.stop()
			<-here.ended
			<-there.ended
			if got := storedSeats(t, open(t, config)); got != 2 {
				t.Errorf("got %d seats, want the two that there were", got)
			}
		})
	}
}

// keepAlive asks for the billing again and again on one connection.
func (s *serving) keepAlive(t *testing.T) func() (status int) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	reader := bufio.NewReader(conn)
	return func() int {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\n\r\n", billing)
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode
	}
}

func TestTheDayOfATokensLastUseIsWrittenByTheTickerAndAtTheEnd(t *testing.T) {
	t.Parallel()
	var wall clock
	at := time.Date(2026, time.November, 20, 23, 59, 59, 0, time.UTC)
	wall.set(at)
	config := configWith(t, world)
	config.Wall = wall.now
	s := run(t, config)
	lastUse := func() time.Time {
		tokens, err := ListTokens(t.Context(), config)
		if err != nil || len(tokens) != 1 {
			t.Fatalf("got %v, %v", tokens, err)
		}
		return tokens[0].Token.LastUsedOn
	}
	if got := lastUse(); !got.IsZero() {
		t.Errorf("before: got %s, want never", got)
	}
	today := at.Truncate(24 * time.Hour)
	s.get(t, billing)
	enginetest.Await(t, "the day of last use", func() bool { return lastUse().Equal(today) })

	wall.set(at.Add(time.Second))
	s.get(t, billing)
	s.stop()
	<-s.ended
	if got, want := lastUse(), today.AddDate(0, 0, 1); !got.Equal(want) {
		t.Errorf("after the end: got %s, want %s", got, want)
	}
}

func TestUsesAreNotedOnceADayAndWithinBounds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)
	today, yesterday := at.Truncate(24*time.Hour), at.Truncate(24*time.Hour).AddDate(0, 0, -1)
	u := &uses{wall: func() time.Time { return at }, days: map[int64]time.Time{}}
	u.note(usher.Token{ID: 1, LastUsedOn: today})
	u.note(usher.Token{ID: 2, LastUsedOn: today.AddDate(0, 0, 1)}) // by a clock that is ahead
	if ids, _ := u.take(); len(ids) != 0 {
		t.Errorf("got %v, want none", ids)
	}
	u.note(usher.Token{ID: 4})
	u.note(usher.Token{ID: 3, LastUsedOn: yesterday})
	u.giveBack([]int64{3, 5}, yesterday)
	ids, day := u.take()
	if len(ids) != 1 || ids[0] != 5 || !day.Equal(yesterday) {
		t.Errorf("got %v of %s, want what waits longest", ids, day)
	}
	if ids, day = u.take(); len(ids) != 2 || ids[0] != 3 || !day.Equal(today) {
		t.Errorf("got %v of %s, want 3 and 4 of today", ids, day)
	}
	for id := range int64(maxUses + 10) {
		u.note(usher.Token{ID: id + 1})
	}
	if ids, _ = u.take(); len(ids) != maxUses {
		t.Errorf("got %d, want %d", len(ids), maxUses)
	}
}

func TestCheckFindsAWorldInOrderAlsoWhileItIsServed(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	run(t, config)
	name, broken, err := Check(t.Context(), Config{Database: config.Database})
	if err != nil || len(broken) > 0 || name != sqlstore.PublicName(config.Database) {
		t.Errorf("got %s, %v, %v; want %s and nothing broken", name, broken, err, sqlstore.PublicName(config.Database))
	}
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	t.Parallel()
	s := run(t, configWith(t, world))
	s.get(t, billing)
	s.get(t, "/orgs/nobody/copilot/billing")
	s.get(t, "/nowhere")
	got := s.get(t, "/_usher/metrics")
	for _, want := range []string{
		`usher_http_requests_total{method="GET",route="/orgs/{org}/copilot/billing",status="200"} 1`,
		`usher_http_requests_total{method="GET",route="/orgs/{org}/copilot/billing",status="404"} 1`,
		`usher_http_requests_total{method="GET",route="none",status="404"} 1`,
		`usher_http_request_duration_seconds_count{route="/orgs/{org}/copilot/billing"} 2`,
		`usher_http_requests_in_flight 1`,
		"go_goroutines ",
		"process_open_fds ",
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
}

func TestMadeUpMethodsShareOneSeries(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	for _, name := range []string{"BREW", "WHEN", "get"} {
		m.observe(edge.Observation{Route: "/", Method: name, Status: 404, Duration: time.Millisecond})
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if got := len(family.GetMetric()); family.GetName() == "usher_http_requests_total" && got != 1 {
			t.Errorf("three made-up methods made %d series, want 1", got)
		}
	}
}

func TestBaseURLIsOneThatAClientOnThisMachineCanUse(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:80":   "http://127.0.0.1:80",
		"0.0.0.0:8080":   "http://127.0.0.1:8080",
		"[::]:8080":      "http://127.0.0.1:8080",
		"[::1]:8080":     "http://[::1]:8080",
		"192.0.2.1:8080": "http://192.0.2.1:8080",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := baseURL("http", tcp); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// emptyDatabase is the name of a new database that is empty but for its schema.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	template, err := schema()
	if err != nil {
		t.Fatalf("make a database with a schema: %v", err)
	}
	return template.Copy(t)
}

// schema is made once: migrations take longer than most of what is tested.
var schema = sync.OnceValues(func() (*enginetest.Template, error) {
	return enginetest.NewTemplate(func(database string) error {
		store, err := sqlstore.Open(context.Background(), database, sqlstore.Options{Patience: time.Minute})
		if err != nil {
			return err
		}
		return store.Close()
	})
})

// configWith is a configuration for a fresh database and a file with this seed.
func configWith(t *testing.T, seed string) Config {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "world.yaml")
	write(t, file, seed)
	return Config{
		Listen:   "127.0.0.1:0",
		Database: emptyDatabase(t),
		Seed:     file,
		Log:      slog.New(slog.DiscardHandler),
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open opens a server that is closed when the test ends.
func open(t *testing.T, config Config) *Server {
	t.Helper()
	s, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// serve serves until the test ends.
func (s *Server) serve(t *testing.T) {
	t.Helper()
	listener, err := listen(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}

// serving is a server that Run runs.
type serving struct {
	token string // whose requests they are; empty: mona's
	url   string
	stop  func()
	ended chan error // what Run returned; then closed
}

// run runs a server until the test ends or stops it.
func run(t *testing.T, config Config) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &serving{stop: stop, ended: make(chan error, 1)}
	ready := make(chan string, 1)
	config.Ready = func(url string) { ready <- url }
	go func() {
		s.ended <- Run(ctx, config)
		close(s.ended)
	}()
	t.Cleanup(func() {
		stop()
		<-s.ended
	})
	select {
	case s.url = <-ready:
	case err := <-s.ended:
		t.Fatalf("the server did not become ready: %v", err)
	}
	return s
}

func (s *serving) get(t *testing.T, path string) string { return s.send(t, http.MethodGet, path, "") }

func (s *serving) post(t *testing.T, path, body string) string {
	return s.send(t, http.MethodPost, path, body)
}

// send sends a request and returns status and body. The connection is not kept: it would
// make a stopping server wait until it sees that it is idle.
func (s *serving) send(t *testing.T, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Authorization", "Bearer "+cmp.Or(s.token, "ghp_mona"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := description.Shared(t).Check(request, response.StatusCode, response.Header, text); err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, text)
}

// halfSent is a request whose handler waits for its body.
type halfSent struct {
	conn   net.Conn
	reader *bufio.Reader
	body   string
}

// begin sends a grant without its body, and returns when the handler waits for that.
func (s *serving) begin(t *testing.T) *halfSent {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	h := &halfSent{conn: conn, reader: bufio.NewReader(conn), body: `{"selected_usernames":["mona"]}`}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", selectedUsers, len(h.body))
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := h.reader.ReadString('\n'); line != want {
			t.Fatalf("got %q (%v), want %q", line, err, want)
		}
	}
	return h
}

// finish sends the body and returns the whole answer.
func (h *halfSent) finish(t *testing.T) string {
	t.Helper()
	if _, err := io.WriteString(h.conn, h.body); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(h.reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func (s *serving) awaitNoMoreConnections(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	t.Error("the server still accepts connections after a minute")
}

// clock is a wall clock that a test sets.
type clock struct{ shows atomic.Pointer[time.Time] }

func (c *clock) set(at time.Time) { c.shows.Store(&at) }
func (c *clock) now() time.Time   { return *c.shows.Load() }

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
