package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
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

const (
	rollingRounds = 2                       // how often each replica is restarted
	probeEvery    = 50 * time.Millisecond   // how often the balancer asks who is ready
	rollingPause  = 20 * time.Millisecond   // that a client makes
	rollingDelay  = 1500 * time.Millisecond // --drain-delay: many probes, also on a machine with other work
)

// TestARollingRestartLosesNoRequest restarts two replicas in turn behind a TCP balancer, while
// clients read and write: some keep their connections and some have one for each request, some
// have a pause after each answer, in which a connection that is kept idles. None of them repeats a
// request, and each end of a connection that was not announced is a failure. Every request is
// answered with success, and every change stands and was made once.
func TestARollingRestartLosesNoRequest(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(seed, []byte(killWorld()), 0o600); err != nil {
		t.Fatal(err)
	}
	database := enginetest.Database(t)
	start := func() *process {
		return startForKill(t, database, "--seed", seed, "--rate-limit", "0", "--drain-delay", rollingDelay.String())
	}
	replicas := []*process{start(), start()}
	b := newBalancer(t)
	for i, p := range replicas {
		b.put(i, p.url)
	}
	b.awaitReady(t, len(replicas))

	clients := newRollingClients(t, b.address)
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for _, c := range clients {
		working.Go(func() { c.work(ctx) })
	}
	for range rollingRounds {
		for i := range replicas {
			clients.awaitMore(t)
			replicas[i].signal(t, os.Interrupt)
			if code := exitCode(t, replicas[i]); code != 0 {
				t.Errorf("got exit code %d, want 0\n%s", code, replicas[i].stderr)
			}
			replicas[i] = start()
			b.put(i, replicas[i].url)
			b.awaitReady(t, len(replicas))
		}
	}
	clients.awaitMore(t)
	stop()
	working.Wait()

	clients.report(t)
	b.report(t)
	compareRolled(t, clients, replicas[0].url, database)
}

// compareRolled holds what the database has against what was acknowledged.
func compareRolled(t *testing.T, clients rollingClients, url, database string) {
	t.Helper()
	standing := seatsOf(t, url, organizationOf(0))
	changes := changesByRequest(t, database)
	for _, c := range clients {
		if c.login == "" {
			continue
		}
		if got := standing[c.login]; got != c.stands {
			t.Errorf("%s: got %q, want %q", c.login, got, c.stands)
		}
		for _, id := range c.changes {
			if changes[id] != 1 {
				t.Errorf("the change %s of %s was made %d times, want once", id, c.login, changes[id])
			}
			delete(changes, id)
		}
	}
	if len(changes) > 0 {
		t.Errorf("%d requests changed something and were not answered: %v", len(changes), changes)
	}
	if stdout, stderr, err := checkDatabase(database); err != nil {
		t.Errorf("usher check: %v\n%s%s", err, stdout, stderr)
	}
}

// changesByRequest counts the changes of each request that has made any.
func changesByRequest(t *testing.T, database string) map[string]int {
	t.Helper()
	driver := "sqlite"
	if enginetest.OnPostgres(t) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), `SELECT request_id, COUNT(DISTINCT change) FROM events WHERE request_id <> '' GROUP BY request_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	counts := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			t.Fatal(err)
		}
		counts[id] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// rollingClient sends one request after the other, and never one twice.
type rollingClient struct {
	address string
	keeps   bool   // its connection, for as long as the server lets it
	pauses  bool   // after each answer
	login   string // whose seat it grants and cancels; empty: it only reads

	conn      net.Conn
	reader    *bufio.Reader
	answered  atomic.Int64
	announced int      // ends of connections that it had wanted to keep
	changes   []string // request ids of what was acknowledged
	stands    state
	failure   error // the first; it stops there
}

type rollingClients []*rollingClient

func newRollingClients(t *testing.T, address string) rollingClients {
	var clients rollingClients
	for _, c := range []*rollingClient{
		{login: "user-0-0", keeps: true, pauses: true},
		{login: "user-1-0", keeps: true},
		{login: "user-2-0", pauses: true},
		{keeps: true, pauses: true},
		{pauses: true},
	} {
		c.address = address
		t.Cleanup(c.hangUp)
		clients = append(clients, c)
	}
	return clients
}

// awaitMore waits until each client has had a few answers more, or has failed.
func (clients rollingClients) awaitMore(t *testing.T) {
	t.Helper()
	for _, c := range clients {
		from := c.answered.Load()
		enginetest.Await(t, "more answers", func() bool { return c.answered.Load() >= from+5 || c.answered.Load() < 0 })
	}
}

func (clients rollingClients) report(t *testing.T) {
	t.Helper()
	for i, c := range clients {
		if c.failure != nil {
			t.Errorf("client %d (keeps its connection: %t, pauses: %t, %q), after %d changes: %v", i, c.keeps, c.pauses, c.login, len(c.changes), c.failure)
		}
		if c.keeps && c.announced == 0 {
			t.Errorf("client %d was never told that its connection ends: it has met no restart", i)
		}
		t.Logf("client %d: %d answers, %d ends of connections announced", i, c.answered.Load(), c.announced)
	}
}

// work goes on until ctx is done or something fails.
func (c *rollingClient) work(ctx context.Context) {
	pause := time.NewTicker(rollingPause)
	defer pause.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		if c.failure = c.step(n); c.failure != nil {
			c.answered.Store(-1)
			return
		}
		c.answered.Add(1)
		if c.pauses {
			<-pause.C
		}
	}
}

func (c *rollingClient) step(n int) error {
	billing := "/orgs/" + organizationOf(0) + "/copilot/billing"
	if c.login == "" {
		_, err := c.send(http.MethodGet, billing, "", `200 {"seat_breakdown":`)
		return err
	}
	method, want, next := http.MethodPost, `201 {"seats_created":1}`, live
	if n%2 == 1 {
		method, want, next = http.MethodDelete, `200 {"seats_cancelled":1}`, pending
	}
	id, err := c.send(method, billing+"/selected_users", `{"selected_usernames":["`+c.login+`"]}`, want)
	if err != nil {
		return err
	}
	c.changes, c.stands = append(c.changes, id), next
	return nil
}

// send sends a request once, and fails unless its answer is whole and begins with want.
func (c *rollingClient) send(method, path, body, want string) (id string, err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return "", err
		}
		c.reader = bufio.NewReader(c.conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	connection := "keep-alive"
	if !c.keeps {
		connection = "close"
	}
	_, err = fmt.Fprintf(c.conn, "%s %s HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n%s",
		method, path, connection, len(body), body)
	if err != nil {
		return "", fmt.Errorf("sending: %w", err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "", fmt.Errorf("reading the answer's body: %w", err)
	}
	if response.Close || !c.keeps {
		if c.keeps {
			c.announced++
		}
		c.hangUp()
	}
	if got := fmt.Sprintf("%d %s", response.StatusCode, text); !strings.HasPrefix(got, want) {
		return "", fmt.Errorf("got %s, want %s", got, want)
	}
	return response.Header.Get("X-Github-Request-Id"), nil
}

func (c *rollingClient) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// balancer hands each connection to a server that has said that it is ready, and knows nothing
// of what is said on it.
type balancer struct {
	address string
	client  *http.Client

	mu     sync.Mutex
	places map[int]*place
	turn   int
	failed []string // connections that nobody took
	served map[string]int
}

// place is where a server may be.
type place struct {
	url   string
	ready bool
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{
		address: listener.Addr().String(), places: map[int]*place{}, served: map[string]int{},
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience},
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.probe(ctx) })
	running.Go(func() { b.accept(ctx, listener) })
	t.Cleanup(func() {
		stop()
		_ = listener.Close()
		running.Wait()
	})
	return b
}

// put says where a server is.
func (b *balancer) put(i int, url string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.places[i] = &place{url: url}
}

// probe asks each server whether it is ready.
func (b *balancer) probe(ctx context.Context) {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		b.mu.Lock()
		var places []*place
		for _, p := range b.places {
			places = append(places, p)
		}
		b.mu.Unlock()
		for _, p := range places {
			response, err := b.client.Get(p.url + "/_usher/ready")
			if err == nil {
				_ = response.Body.Close()
			}
			b.mu.Lock()
			p.ready = err == nil && response.StatusCode == http.StatusOK
			b.mu.Unlock()
		}
	}
}

func (b *balancer) awaitReady(t *testing.T, n int) {
	t.Helper()
	enginetest.Await(t, "ready servers", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		ready := 0
		for _, p := range b.places {
			if p.ready {
				ready++
			}
		}
		return ready == n
	})
}

func (b *balancer) accept(ctx context.Context, listener net.Listener) {
	var joined sync.WaitGroup
	defer joined.Wait()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		joined.Go(func() { b.join(ctx, conn.(*net.TCPConn)) })
	}
}

// join connects a client with a server, once: a server that refuses has been asked in vain.
func (b *balancer) join(ctx context.Context, client *net.TCPConn) {
	defer func() { _ = client.Close() }()
	url := b.pick(ctx)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		b.mu.Lock()
		b.failed = append(b.failed, err.Error())
		b.mu.Unlock()
		return
	}
	server := conn.(*net.TCPConn)
	defer func() { _ = server.Close() }()
	defer context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() })()
	var copying sync.WaitGroup
	copying.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.CloseWrite()
	})
	_, _ = io.Copy(client, server)
	_ = client.CloseWrite()
	copying.Wait()
}

// pick takes the ready servers in turn, and waits while there is none.
func (b *balancer) pick(ctx context.Context) string {
	for ctx.Err() == nil {
		b.mu.Lock()
		for range len(b.places) {
			b.turn++
			if p := b.places[b.turn%len(b.places)]; p.ready {
				b.served[p.url]++
				b.mu.Unlock()
				return p.url
			}
		}
		b.mu.Unlock()
	}
	return ""
}

func (b *balancer) report(t *testing.T) {
	t.Helper()
	for _, failure := range b.failed {
		t.Errorf("a server that was ready took no connection: %s", failure)
	}
	if got, want := len(b.served), 2+2*rollingRounds; got != want {
		t.Errorf("%d servers had connections, want all %d that there were: %v", got, want, b.served)
	}
}
