package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// TestTheFirstSignalFinishesWhatRuns stops a server while it waits for the body of a
// grant: it accepts nobody else, closes idle connections, and ends well once the grant has been answered. The seat is
// there afterwards.
func TestTheFirstSignalFinishesWhatRuns(t *testing.T) {
	t.Parallel()
	p, database := startToStop(t)
	running, idle := beginGrant(t, p), connectTo(t, p)
	idle.send(t, "GET /_usher/ready HTTP/1.1\r\nHost: usher\r\n\r\n")
	if response, _ := idle.answer(t); response.StatusCode != http.StatusOK || response.Close {
		t.Errorf("before the signal: got %s, want 200, and the connection kept", response.Status)
	}

	p.signal(t, syscall.SIGTERM)
	awaitRefusal(t, p)
	if b, err := idle.reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the idle connection: got byte %q and %v, want its end", b, err)
	}
	if p.hasEnded() {
		t.Fatal("the server ended before the request that runs")
	}
	running.send(t, grantToStop)
	if response, text := running.answer(t); response.StatusCode != http.StatusCreated || text != `{"seats_created":1}` {
		t.Errorf("the request that ran: got %s %s, want 201 and its seat", response.Status, text)
	}
	if code := exitCode(t, p); code != 0 {
		t.Errorf("got exit code %d, want 0\n%s", code, p.stderr)
	}

	if stdout, stderr, err := checkDatabase(database); err != nil {
		t.Errorf("usher check: %v\n%s%s", err, stdout, stderr)
	}
	again := startForKill(t, database)
	if got := seatsOf(t, again.url, organizationOf(0)); len(got) != 1 || got["user-0-0"] != live {
		t.Errorf("started again: got the seats %v, want user-0-0's", got)
	}
}

// TestTheSecondSignalEndsAtOnce stops a server twice while it waits for the body of a
// grant: that is cut off, which the exit code says, and nothing is left of it.
func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p, database := startToStop(t)
	running := beginGrant(t, p)
	p.signal(t, syscall.SIGINT)
	awaitRefusal(t, p)
	begun := time.Now()
	p.signal(t, os.Interrupt)
	if code := exitCode(t, p); code != 1 {
		t.Errorf("got exit code %d, want 1", code)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("ending took %s, want it at once: the first signal's patience is longer", took)
	}
	if want := "usher: stopped before every request was finished: the rest were cut off"; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("standard error has no %q:\n%s", want, p.stderr)
	}
	if rest, err := io.ReadAll(running.reader); len(rest) > 0 {
		t.Errorf("the request that ran: got %q (%v), want no answer", rest, err)
	}
	again := startForKill(t, database)
	if got := seatsOf(t, again.url, organizationOf(0)); len(got) != 0 {
		t.Errorf("started again: got the seats %v, want none", got)
	}
}

func startToStop(t *testing.T) (p *process, database string) {
	t.Helper()
	seed := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(seed, []byte(killWorld()), 0o600); err != nil {
		t.Fatal(err)
	}
	database = enginetest.Database(t)
	return startForKill(t, database, "--seed", seed), database
}

// connection is one connection to a server, and what comes on it.
type connection struct {
	net.Conn
	reader *bufio.Reader
}

func connectTo(t *testing.T, p *process) *connection {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &connection{conn, bufio.NewReader(conn)}
}

func (c *connection) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func (c *connection) answer(t *testing.T) (response *http.Response, text string) {
	t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

const grantToStop = `{"selected_usernames":["user-0-0"]}`

// beginGrant sends a grant without its body, and returns when the server waits for that.
func beginGrant(t *testing.T, p *process) *connection {
	t.Helper()
	c := connectTo(t, p)
	c.send(t, fmt.Sprintf("POST /orgs/%s/copilot/billing/selected_users HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", organizationOf(0), len(grantToStop)))
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := c.reader.ReadString('\n'); line != want {
			t.Fatalf("got %q (%v), want %q", line, err, want)
		}
	}
	return c
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// awaitRefusal waits until the server accepts no more connections.
func awaitRefusal(t *testing.T, p *process) {
	t.Helper()
	enginetest.Await(t, "a refused connection", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// exitCode waits for the end of the process.
func exitCode(t *testing.T, p *process) int {
	t.Helper()
	enginetest.Await(t, "an end of the process", p.hasEnded)
	var exit *exec.ExitError
	if errors.As(p.exit, &exit) {
		return exit.ExitCode()
	}
	if p.exit != nil {
		t.Fatal(p.exit)
	}
	return 0
}
