package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// usherBinary is the program under test, built by TestMain.
var usherBinary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

// buildAndRun builds the program that users get, with the race detector when the tests
// have it, and runs the tests on it.
func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "usher-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	usherBinary = filepath.Join(dir, "usher")
	args := []string{"build", "-buildvcs=false", "-o", usherBinary}
	if raceDetector {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../cmd/usher")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building usher: %v\n%s", err, out)
		return 1
	}
	if err := flag.Set("test.parallel", "6"); err != nil { // clients wait more than they work
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// patience is how long a process may take to do what takes milliseconds on an idle
// machine.
const patience = 60 * time.Second

// world is the seed file that every server starts from.
var world = filepath.Join("testdata", "world.yaml")

// usher is a `usher serve` that a test has to itself.
type usher struct {
	url      string // as its ready line has it
	database string // as --database has it
}

// serve starts a server with the flags, and waits until it is ready. When the test ends it
// is terminated, must exit with 0, and leaves a whole database.
func serve(t *testing.T, flags ...string) usher {
	t.Helper()
	database := enginetest.Database(t)
	args := append([]string{"serve", "--rehearsal", "--listen", "127.0.0.1:0", "--database", database, "--seed", world}, flags...)
	command := exec.CommandContext(t.Context(), usherBinary, args...) // the context ends before the test's cleanup
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = patience
	command.Env = environment()
	log := &serverLog{url: make(chan string, 1)}
	command.Stderr = log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // its exit code tells more
		close(ended)
	}()
	t.Cleanup(func() {
		<-ended
		if code := command.ProcessState.ExitCode(); code != 0 {
			t.Errorf("usher serve ended with code %d, want 0", code)
		} else {
			check(t, database)
		}
		if t.Failed() {
			t.Logf("usher's log:\n%s", log)
		}
	})
	select {
	case url := <-log.url:
		return usher{url, database}
	case <-ended:
		t.Fatalf("usher serve ended before it was ready:\n%s", log)
	case <-time.After(patience):
		t.Fatalf("usher serve is not ready after %s:\n%s", patience, log)
	}
	return usher{}
}

// check lets `usher check` look at all that a server has left.
func check(t *testing.T, database string) {
	t.Helper()
	command := exec.Command(usherBinary, "check", "--database", database)
	command.Env = environment()
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("usher check: %v\n%s", err, out)
	}
}

// environment is the environment of usher: none of the caller's own USHER_ variables. The
// race detector shall not wait a second before each process ends; it still fails one in
// which it saw a race.
func environment() []string {
	return []string{"TMPDIR=" + os.TempDir(), "GORACE=atexit_sleep_ms=10", enginetest.NoTLS}
}

// serverLog is what a server has written so far.
type serverLog struct {
	mu      sync.Mutex
	written bytes.Buffer
	ready   bool
	url     chan string // where it serves, sent once
}

var readyLine = regexp.MustCompile(`\blistening\b.* url=(http://\S+)\s`)

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.written.Write(p)
	if match := readyLine.FindSubmatch(l.written.Bytes()); match != nil && !l.ready {
		l.ready = true
		l.url <- string(match[1])
	}
	return n, err
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}
