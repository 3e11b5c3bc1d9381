//go:build linux && !race

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/usher-seats/usher/internal/enginetest"
)

// How many clients there are at once, and what they may cost.
const (
	idleClients  = 5000
	slowClients  = 500 // half of them send a body slowly, the others do not read their answers
	quickClients = 4

	// A server's memory is up to twice what it needs: Go's collector waits that long.
	maxIdleGrowth = 200 << 20
	maxGrowth     = 450 << 20
	maxP99        = 250 * time.Millisecond // for a quick client's request
	timesP99      = 5                      // or so many times what it was without the others
)

const crowdBilling = "/orgs/octodemo/copilot/billing"

// TestMeasuredConnections has thousands of idle and hundreds of slow clients on one server,
// measures what they add to its memory, and how long quick clients wait meanwhile.
func TestMeasuredConnections(t *testing.T) {
	needDescriptors(t, idleClients+slowClients+200)
	p := startCrowded(t)
	clients := newQuick(p)
	clients.ask(t, 2*time.Second) // so that what serving takes by itself is there before
	before, alone := residentBytes(t, p), clients.percentile(99)

	for range idleClients {
		beIdle(t, p)
	}
	idle := residentBytes(t, p) - before
	var slow []net.Conn
	for range slowClients / 2 {
		slow = append(slow, beginBody(t, p))
		askWithoutReading(t, p)
	}
	trickle(t, slow)
	enginetest.Await(t, "a request that runs for each slow client", func() bool { return inFlight(t, p) > slowClients })

	clients.took = nil
	clients.ask(t, 5*time.Second)
	if running := inFlight(t, p); running <= slowClients {
		t.Errorf("only %d requests still run, want %d and the one that asks: what was measured is less than it says", running, slowClients)
	}
	grown := residentBytes(t, p) - before
	p50, p99 := clients.percentile(50), clients.percentile(99)
	t.Logf("memory: %d MiB; %d MiB more with %d idle connections; %d MiB more with %d slow ones as well",
		before>>20, idle>>20, idleClients, grown>>20, slowClients)
	t.Logf("%d requests of %d quick clients meanwhile: half within %s, 99 %% within %s; before, within %s", len(clients.took), quickClients, p50, p99, alone)
	if idle > maxIdleGrowth || grown > maxGrowth {
		t.Errorf("the server's memory grew by %d MiB and then %d, want at most %d and %d", idle>>20, grown>>20, maxIdleGrowth>>20, maxGrowth>>20)
	}
	if most := max(maxP99, timesP99*alone); p99 > most {
		t.Errorf("99 %% of the quick requests took up to %s, want at most %s", p99, most)
	}
}

// needDescriptors fails where neither this process nor the server could have so many
// connections. The Go runtime has raised the soft limit to the hard one.
func needDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < n {
		t.Fatalf("a process may have %d open files here, and this test needs %d: raise the hard limit (ulimit -Hn)", limit.Cur, n)
	}
}

// startCrowded starts a server on an organization with a hundred seats.
func startCrowded(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "world.yaml"), []byte(crowd(100)), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := startUsher(dir, nil, "--listen", "127.0.0.1:0", "--seed", "world.yaml", "--database", enginetest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	if status, _ := grantCrowd(t, p); status != http.StatusCreated {
		t.Fatalf("granting the seats: got %d, want 201", status)
	}
	return p
}

// residentBytes is how much memory the server's process holds.
func residentBytes(t *testing.T, p *process) int64 {
	t.Helper()
	return 1 << 10 * numberIn(t, `VmRSS:\s+(\d+) kB`, readFile(t, fmt.Sprintf("/proc/%d/status", p.command.Process.Pid)))
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inFlight is how many requests the server says it is answering, this one included.
func inFlight(t *testing.T, p *process) int64 {
	t.Helper()
	response, err := send(p.url+"/_usher/metrics", http.MethodGet, "", "-", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return numberIn(t, `(?m)^usher_http_requests_in_flight (\d+)$`, string(text))
}

func numberIn(t *testing.T, pattern, text string) int64 {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("%s is not in %s", pattern, text)
	}
	n, err := strconv.ParseInt(match[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// connect opens a connection, which ends with the test, and sends the beginning of what the
// client has to say.
func connect(t *testing.T, p *process, control func(fd int) error, text string) net.Conn {
	t.Helper()
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if failed := c.Control(func(fd uintptr) { err = control(int(fd)) }); failed != nil {
			return failed
		}
		return err
	}}
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.(*net.TCPConn).SetLinger(0) // thousands of addresses are free again at once
		_ = conn.Close()
	})
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

func asUsual(int) error { return nil }

// beIdle makes a request, and then keeps the connection and does nothing.
func beIdle(t *testing.T, p *process) {
	t.Helper()
	conn := connect(t, p, asUsual, getting(crowdBilling))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("a request before the connection is idle: got %s, want 200", response.Status)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
}

func getting(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\n\r\n"
}

// beginBody begins a request with a body of 32 KiB and sends a little of that.
func beginBody(t *testing.T, p *process) net.Conn {
	t.Helper()
	return connect(t, p, asUsual, "POST "+crowdBilling+"/selected_users HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\nContent-Length: 32768\r\n\r\n"+`{"selected_usernames":[`)
}

// trickle sends a little more on each connection, again and again, until the test ends.
func trickle(t *testing.T, conns []net.Conn) {
	t.Helper()
	stop := make(chan struct{})
	var trickling sync.WaitGroup
	t.Cleanup(func() {
		close(stop)
		trickling.Wait()
	})
	trickling.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-stop:
				return
			}
			for _, conn := range conns {
				if _, err := io.WriteString(conn, " "); err != nil {
					t.Errorf("sending more of a body: %v", err)
					return
				}
			}
		}
	})
}

// askWithoutReading asks for pages of a hundred seats and reads none of them. Small
// segments and a small receive buffer keep the system from taking them in on behalf of
// either side.
func askWithoutReading(t *testing.T, p *process) {
	t.Helper()
	connect(t, p, func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096); err != nil {
			return err
		}
		return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, 536)
	}, strings.Repeat(getting(crowdBilling+"/seats?per_page=100"), 20))
}

// quick are clients that do what clients mostly do, and do not dawdle.
type quick struct {
	url  string
	mu   sync.Mutex
	took []time.Duration
}

func newQuick(p *process) *quick { return &quick{url: p.url + crowdBilling} }

// ask has each client ask one thing after the other for so long.
func (q *quick) ask(t *testing.T, period time.Duration) {
	t.Helper()
	begun := time.Now()
	var asking sync.WaitGroup
	for range quickClients {
		asking.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for time.Since(begun) < period {
				if !q.request(t, client, http.MethodGet, "", "", http.StatusOK) ||
					!q.request(t, client, http.MethodGet, "/seats?per_page=100", "", http.StatusOK) ||
					!q.request(t, client, http.MethodPost, "/selected_users", `{"selected_usernames":["u1"]}`, http.StatusCreated) {
					return
				}
			}
		})
	}
	asking.Wait()
}

func (q *quick) request(t *testing.T, client *http.Client, method, path, body string, want int) bool {
	request, err := http.NewRequestWithContext(t.Context(), method, q.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return false
	}
	request.Header.Set("Authorization", "Bearer ghp_mona")
	begun := time.Now()
	response, err := client.Do(request)
	if err != nil {
		t.Errorf("a quick client's %s: %v", method, err)
		return false
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != want {
		t.Errorf("a quick client's %s: got %s (%v), want %d", method, response.Status, err, want)
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.took = append(q.took, time.Since(begun))
	return true
}

func (q *quick) percentile(n int) time.Duration {
	if len(q.took) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(q.took))[len(q.took)*n/100]
}
