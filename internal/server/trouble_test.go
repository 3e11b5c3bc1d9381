package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usher-seats/usher/internal/enginetest"
)

const (
	// limit is how long an answer may take, whatever the database does, and how long a
	// server may take to serve again after its database does. Five seconds are what users are
	// told; here others are at work on the same processors.
	limit = 10 * time.Second
	// troubleClients is how many clients write and read in each kind of trouble.
	troubleClients = 4
	ready          = "/_usher/ready"
)

// A kind of trouble is made while clients read and write. It returns once it is over.
var troubles = map[string]func(t *testing.T, s *troubled){
	"refused": func(t *testing.T, s *troubled) {
		s.proxy.refuse()
		s.proxy.cut()
		s.await503(t)
	},
	"closed as soon as they are there": func(t *testing.T, s *troubled) {
		s.proxy.hangUp()
		s.proxy.cut()
		s.await503(t)
	},
	"all connections stall": func(t *testing.T, s *troubled) {
		s.proxy.stall()
		s.burst(t)
		s.await503(t)
	},
	"idle connections stall for ever, new ones pass": func(t *testing.T, s *troubled) {
		s.proxy.stallOld()
		s.spare = true
		// What was in a transaction just then keeps its locks until the database gives it up.
		awaitLock(t, s.direct, false)
	},
	"new connections stall": func(t *testing.T, s *troubled) {
		s.proxy.stallNew()
		s.proxy.cut()
		s.await503(t)
	},
	"stalls in transactions": func(t *testing.T, s *troubled) {
		s.inTransactions(3, stallsFirst)
		s.await503(t)
	},
	"answers stall in transactions": func(t *testing.T, s *troubled) {
		s.inTransactions(2, stallsAfter)
		s.await503(t)
	},
	"stalls before commits": func(t *testing.T, s *troubled) {
		s.atCommits(stallsFirst)
		s.await503(t)
	},
	"stalls after commits": func(t *testing.T, s *troubled) {
		s.atCommits(stallsAfter)
		s.await503(t)
	},
	"cut before commits": func(t *testing.T, s *troubled) {
		s.atCommits(cutFirst)
		s.await503(t)
	},
	"cut after commits": func(t *testing.T, s *troubled) {
		s.atCommits(cutAfter)
		s.await503(t)
	},
	"stalls at the end of reads": func(t *testing.T, s *troubled) {
		s.at("rollback\x00", stallsFirst)
		enginetest.Await(t, "a reading for all clients", func() bool { return s.minimum((*client).readings) > s.before+1 })
	},
	"cut over and over": func(t *testing.T, s *troubled) {
		for range 20 {
			s.proxy.cut()
			answered := s.answers()
			enginetest.Await(t, "answers between the cuts", func() bool { return s.answers() >= answered+troubleClients })
		}
	},
}

// The trouble's kinds are not run as parallel tests, of which there are only as many as
// processors: most of their time they wait.
func TestTroubleWithTheDatabaseIsAnsweredInTimeAndPasses(t *testing.T) {
	cluster := enginetest.NewCluster(t)
	var kinds sync.WaitGroup
	defer kinds.Wait()
	for name, trouble := range troubles {
		kinds.Go(func() {
			t.Run(name, func(t *testing.T) {
				database := cluster.Database(t)
				proxy, through := newProxy(t, database)
				s := newTroubled(t, database, through)
				s.proxy = proxy
				s.endure(t, func() { trouble(t, s) }, func() {
					if !s.spare {
						s.proxy.pass(t)
					}
				})
			})
		})
	}
	for _, crash := range []bool{false, true} {
		kinds.Go(func() {
			t.Run(fmt.Sprintf("the server stops, crash: %v", crash), func(t *testing.T) {
				cluster := enginetest.NewCluster(t)
				database := cluster.Database(t)
				s := newTroubled(t, database, database)
				s.endure(t, func() {
					cluster.Stop(t, crash)
					s.await503(t)
				}, func() { cluster.Start(t) })
			})
		})
	}
	kinds.Go(func() {
		t.Run("a replica stalls with a lock", func(t *testing.T) { aReplicaStallsWithALock(t, cluster) })
	})
	kinds.Go(func() {
		t.Run("stopping while the database stalls", func(t *testing.T) { stoppingInAStall(t, cluster) })
	})
	kinds.Go(func() {
		t.Run("starting while the database stalls", func(t *testing.T) { startingInAStall(t, cluster) })
	})
}

// aReplicaStallsWithALock: a second replica, which reaches the database, is not held up
// for longer than the database waits for the first.
func aReplicaStallsWithALock(t *testing.T, cluster *enginetest.Cluster) {
	database := cluster.Database(t)
	proxy, through := newProxy(t, database)
	s := newTroubled(t, database, through)
	s.proxy = proxy
	config := s.config
	config.Database = database
	other := &troubled{serving: run(t, config), config: config}

	s.inTransactions(3, stallsAfter) // whether the statement that locks is prepared or not
	first := s.clients[0]
	var held sync.WaitGroup
	held.Go(func() { s.try(t, first) })
	awaitLock(t, database, true)
	// More of them wait than there are connections to wait on.
	var waiting sync.WaitGroup
	for i := range 20 {
		c := newClient(100 + i)
		c.people = []string{"spare"}
		waiting.Go(func() { other.send(t, c, http.MethodPost, selectedUsers, c.body()) })
	}
	waiting.Wait()
	held.Wait()
	over := time.Now()
	s.awaitService(t, other.url, over)
	proxy.pass(t)
	s.awaitService(t, s.url, time.Now())
	s.settleUp(t)
}

// awaitLock waits until somebody holds an account's lock, or until nobody does.
func awaitLock(t *testing.T, database string, held bool) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	enginetest.Await(t, fmt.Sprintf("a lock on the organization: %v", held), func() bool {
		_, err := conn.Exec(t.Context(), `SELECT FROM accounts FOR UPDATE NOWAIT`)
		return err != nil == held
	})
}

func stoppingInAStall(t *testing.T, cluster *enginetest.Cluster) {
	database := cluster.Database(t)
	proxy, through := newProxy(t, database)
	s := newTroubled(t, database, through)
	stop := s.work(t)
	enginetest.Await(t, "work for all clients", func() bool { return s.minimum((*client).successes) >= 2 })
	proxy.stall()
	stop()
	begun := time.Now()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("stopping: got %v, want no error", err)
	}
	if took := time.Since(begun); took > limit {
		t.Errorf("stopping took %s, want no more than %s", took, limit)
	}
}

func startingInAStall(t *testing.T, cluster *enginetest.Cluster) {
	database := cluster.Database(t)
	proxy, through := newProxy(t, database)
	config := troubledConfig(t, through)
	_ = open(t, config).Close() // so that the schema is up to date, and the world is loaded
	starts := func(when string) {
		t.Helper()
		begun := time.Now()
		err := Run(t.Context(), config)
		if err == nil || !strings.Contains(err.Error(), "database server") && !strings.Contains(err.Error(), "did not answer") {
			t.Errorf("%s: got %v, want an error about the database server", when, err)
		}
		if took := time.Since(begun); took > 2*limit {
			t.Errorf("%s: starting failed after %s, want no more than %s", when, took, 2*limit)
		}
		checkNoPassword(t, database, fmt.Sprint(err))
	}
	proxy.stallNew()
	starts("all new connections stall")
	proxy.pass(t)
	for _, sent := range []int{4, 10, 20} {
		count := 0
		proxy.watching(func(*link, []byte) fate {
			count++
			if count == sent {
				go proxy.stall()
			}
			return goesOn
		})
		starts(fmt.Sprintf("all stalls at message %d", sent))
		proxy.cut()
		proxy.pass(t)
	}
	proxy.refuse()
	starts("connections are refused")
	proxy.pass(t)
	run(t, config)
}

// troubled is a server whose database gets into trouble while clients use it.
type troubled struct {
	*serving
	config  Config
	direct  string // the database's URL, past any proxy
	log     *syncBuffer
	proxy   *proxy
	clients []*client
	before  int  // how much was read when the trouble began
	spare   bool // the trouble lasts and does not matter
}

// troubledConfig is for a server on a world with people for each client.
func troubledConfig(t *testing.T, database string) Config {
	t.Helper()
	var members []string
	for i := range troubleClients {
		members = append(members, newClient(i).people...)
	}
	members = append(members, "spare")
	config := configOn(t, strings.NewReplacer(
		"{login: hubot}]", "{login: hubot}, {login: "+strings.Join(members, "}, {login: ")+"}]",
		"hubot]\n    copilot", "hubot, "+strings.Join(members, ", ")+"]\n    copilot",
	).Replace(world), database)
	return config
}

// configOn is configWith for a database that is there.
func configOn(t *testing.T, seed, database string) Config {
	t.Helper()
	file := t.TempDir() + "/world.yaml"
	write(t, file, seed)
	return Config{Listen: "127.0.0.1:0", Database: database, Seed: file, Log: slog.New(slog.DiscardHandler)}
}

func newTroubled(t *testing.T, direct, database string) *troubled {
	t.Helper()
	s := &troubled{direct: direct, log: &syncBuffer{}, config: troubledConfig(t, database)}
	s.config.Log = slog.New(slog.NewJSONHandler(s.log, nil))
	s.begin(t)
	for i := range troubleClients {
		s.clients = append(s.clients, newClient(i))
	}
	return s
}

// beginning is held by the one server that begins: twenty at once, each with its own schema to
// make, would leave none the processor for as long as it is patient with its first connection.
var beginning sync.Mutex

func (s *troubled) begin(t *testing.T) {
	t.Helper()
	beginning.Lock()
	defer beginning.Unlock()
	s.serving = run(t, s.config)
}

// endure has clients work before, during and after the trouble, and looks at what is left.
func (s *troubled) endure(t *testing.T, trouble, end func()) {
	t.Helper()
	stop := s.work(t)
	enginetest.Await(t, "work for all clients", func() bool { return s.minimum((*client).successes) >= 2 })
	s.before = s.maximum((*client).readings)
	trouble()
	end()
	s.awaitService(t, s.url, time.Now())
	before := s.refusals()
	served := s.maximum((*client).successes)
	enginetest.Await(t, "work for all clients again", func() bool { return s.minimum((*client).successes) >= served+2 })
	stop()
	if got := s.refusals() - before; got > 2*troubleClients {
		t.Errorf("%d calls were refused after the trouble was over", got)
	}
	s.settleUp(t)
}

// settleUp looks at what is left: each client's people are as it was told, and the
// database is whole. The log has kept the password to itself, and did not flood.
func (s *troubled) settleUp(t *testing.T) {
	t.Helper()
	for _, c := range s.clients {
		if !s.look(t, c) {
			t.Errorf("client %d: its seats cannot be read after the trouble", c.number)
		}
	}
	name, broken, err := Check(t.Context(), Config{Database: s.direct})
	if err != nil || len(broken) > 0 {
		t.Errorf("checking %s: got %v, %v; want nothing broken", name, broken, err)
	}
	checkNoPassword(t, s.direct, s.log.String())
}

func checkNoPassword(t *testing.T, database, text string) {
	t.Helper()
	location, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	if password, ok := location.User.Password(); ok && strings.Contains(text, password) {
		t.Errorf("the password stands in %s", text)
	}
}

// inTransactions makes trouble when a connection has sent that much of a writing
// transaction, its beginning included.
func (s *troubled) inTransactions(much int, then fate) {
	s.proxy.watching(func(l *link, sent []byte) fate {
		switch {
		case bytes.Contains(sent, []byte("begin isolation level read committed\x00")):
			l.begun = 1
		case l.begun > 0:
			l.begun++
		}
		if bytes.Contains(sent, []byte("commit\x00")) || bytes.Contains(sent, []byte("rollback\x00")) {
			l.begun = 0
		}
		if l.begun == much {
			return then
		}
		return goesOn
	})
}

func (s *troubled) atCommits(then fate) { s.at("commit\x00", then) }

// at makes trouble where connections send these words.
func (s *troubled) at(words string, then fate) {
	s.proxy.watching(func(_ *link, sent []byte) fate {
		if bytes.Contains(sent, []byte(words)) {
			return then
		}
		return goesOn
	})
}

// client is somebody who grants and cancels the seats of three people, always together,
// and looks at them in between.
type client struct {
	number int
	people []string
	http   *http.Client

	live    bool // what was acknowledged last
	unsure  bool // whether the call after it was carried out
	written bool // something was acknowledged

	mu                        sync.Mutex
	answered, refused, served int
	reads                     int
}

func newClient(number int) *client {
	c := &client{number: number, http: &http.Client{Transport: &http.Transport{}, Timeout: 4 * limit}}
	for _, name := range []string{"a", "b", "c"} {
		c.people = append(c.people, fmt.Sprintf("person-%d-%s", number, name))
	}
	return c
}

func (c *client) body() string {
	return `{"selected_usernames":["` + strings.Join(c.people, `","`) + `"]}`
}

func (c *client) count(number *int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *number
}

func (c *client) add(number *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*number++
}

func (c *client) successes() int { return c.count(&c.served) }
func (c *client) refusals() int  { return c.count(&c.refused) }
func (c *client) readings() int  { return c.count(&c.reads) }

// work has all clients work, and somebody ask whether the server is ready, until stop.
func (s *troubled) work(t *testing.T) (stop func()) {
	t.Helper()
	ended := make(chan struct{})
	var running sync.WaitGroup
	again := func(do func()) {
		running.Go(func() {
			pace := time.NewTicker(300 * time.Millisecond)
			defer pace.Stop()
			for running := true; running; {
				do()
				<-pace.C
				select {
				case <-ended:
					running = false
				default:
				}
			}
		})
	}
	for _, c := range s.clients {
		again(func() { s.round(t, c) })
	}
	asking := newClient(-1)
	again(func() { s.send(t, asking, http.MethodGet, ready, "") })
	return sync.OnceFunc(func() {
		close(ended)
		running.Wait()
	})
}

// round is one write and two reads of a client.
func (s *troubled) round(t *testing.T, c *client) {
	t.Helper()
	if !s.try(t, c) {
		return
	}
	if status, _ := s.send(t, c, http.MethodGet, billing, ""); status == http.StatusOK && s.look(t, c) {
		c.add(&c.served)
	}
}

// try grants or cancels the seats of a client's people, after a look at them where it is
// not sure of them. It says whether that was acknowledged.
func (s *troubled) try(t *testing.T, c *client) bool {
	t.Helper()
	if c.unsure && !s.look(t, c) {
		return false
	}
	method, want := http.MethodPost, http.StatusCreated
	if c.live {
		method, want = http.MethodDelete, http.StatusOK
	}
	status, message := s.send(t, c, method, selectedUsers, c.body())
	if status == want {
		c.live, c.written = !c.live, true
		return true
	}
	// Whoever is told that nothing is certain looks; everybody else was told that nothing
	// was done.
	c.unsure = strings.Contains(message, "carried out whole, or not at all")
	return false
}

// look compares the seats of a client's people with what it was told. It says whether
// they could be read.
func (s *troubled) look(t *testing.T, c *client) bool {
	t.Helper()
	status, body := s.send(t, c, http.MethodGet, billing+"/seats?per_page=100", "")
	if status != http.StatusOK {
		return false
	}
	c.add(&c.reads)
	var page struct {
		Seats []struct {
			Assignee struct {
				Login string `json:"login"`
			} `json:"assignee"`
			Ends *string `json:"pending_cancellation_date"`
		} `json:"seats"`
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Errorf("client %d: seats: %v in %s", c.number, err, body)
		return false
	}
	states := map[string]string{}
	for _, seat := range page.Seats {
		states[seat.Assignee.Login] = "live"
		if seat.Ends != nil {
			states[seat.Assignee.Login] = "ending"
		}
	}
	got := states[c.people[0]]
	for _, person := range c.people {
		if states[person] != got {
			t.Errorf("client %d: half a call: %s is %q and %s is %q", c.number, c.people[0], got, person, states[person])
		}
	}
	live := got == "live"
	if !c.unsure && (live != c.live || c.written != (got != "")) {
		t.Errorf("client %d: its people are %q; live as it was told: %v, ever: %v", c.number, got, c.live, c.written)
	}
	c.live, c.written, c.unsure = live, got != "", false
	return true
}

// send sends a request. Whatever happens, it is answered in time: rightly, or with 503
// as GitHub says it. What is not 200 or 201 returns its message as body.
func (s *troubled) send(t *testing.T, c *client, method, path, body string) (status int, answer string) {
	t.Helper()
	what := fmt.Sprintf("client %d: %s %s", c.number, method, path)
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	request.Header.Set("Authorization", "Bearer ghp_mona")
	begun := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if took := time.Since(begun); took > limit {
		t.Errorf("%s: answered %d after %s, want at most %s", what, response.StatusCode, took, limit)
	}
	c.add(&c.answered)
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated:
		return response.StatusCode, string(text)
	case http.StatusServiceUnavailable:
		c.add(&c.refused)
	default:
		t.Errorf("%s: got %d %s, want an answer or 503", what, response.StatusCode, text)
		return response.StatusCode, ""
	}
	var envelope struct {
		Message       string `json:"message"`
		Documentation string `json:"documentation_url"`
		Status        string `json:"status"`
	}
	if err := json.Unmarshal(text, &envelope); err != nil || envelope.Message == "" || envelope.Documentation == "" || envelope.Status != "503" {
		t.Errorf("%s: got %s (%v), want GitHub's message, documentation_url and status", what, text, err)
	}
	if response.Header.Get("Retry-After") == "" {
		t.Errorf("%s: a 503 without Retry-After", what)
	}
	return response.StatusCode, envelope.Message
}

// burst has more calls come at once than there are connections.
func (s *troubled) burst(t *testing.T) {
	t.Helper()
	var calls sync.WaitGroup
	for i := range 40 {
		c := newClient(100 + i)
		calls.Go(func() { s.send(t, c, http.MethodGet, []string{billing, ready}[i%2], "") })
	}
	calls.Wait()
}

// awaitService waits until the database's server is served from again, at a URL, since
// the moment at which its trouble was over.
func (s *troubled) awaitService(t *testing.T, at string, over time.Time) {
	t.Helper()
	c := newClient(-2)
	c.people = []string{"spare"}
	server := &troubled{serving: &serving{url: at}}
	enginetest.Await(t, "service after the trouble", func() bool {
		for _, call := range []struct{ method, path, body string }{
			{http.MethodPost, selectedUsers, c.body()}, {http.MethodGet, billing, ""}, {http.MethodGet, ready, ""},
		} {
			if status, _ := server.send(t, c, call.method, call.path, call.body); status >= 300 || status == 0 {
				return false
			}
		}
		return true
	})
	if took := time.Since(over); took > limit {
		t.Errorf("serving again took %s, want at most %s", took, limit)
	}
}

// await503 waits until each client was refused.
func (s *troubled) await503(t *testing.T) {
	t.Helper()
	before := make([]int, len(s.clients))
	for i, c := range s.clients {
		before[i] = c.refusals()
	}
	enginetest.Await(t, "a refusal for each client", func() bool {
		for i, c := range s.clients {
			if c.refusals() == before[i] {
				return false
			}
		}
		return true
	})
}

func (s *troubled) minimum(of func(*client) int) int {
	least := of(s.clients[0])
	for _, c := range s.clients {
		least = min(least, of(c))
	}
	return least
}

func (s *troubled) maximum(of func(*client) int) int {
	most := 0
	for _, c := range s.clients {
		most = max(most, of(c))
	}
	return most
}

func (s *troubled) refusals() (sum int) {
	for _, c := range s.clients {
		sum += c.refusals()
	}
	return sum
}

func (s *troubled) answers() (sum int) {
	for _, c := range s.clients {
		sum += c.count(&c.answered)
	}
	return sum
}
