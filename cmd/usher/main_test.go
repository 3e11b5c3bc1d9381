package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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
	dir, err := os.MkdirTemp("", "usher-test-")
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
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building usher: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience is how long a process may take to do what takes milliseconds on an idle
// machine.
const patience = 60 * time.Second

// process is a `usher serve` that a test has started.
type process struct {
	command *exec.Cmd
	url     string // as its ready line has it

	stdout, stderr *output
	ended          chan struct{} // closed when the process is gone
	exit           error         // how it went; read after ended
}

// output is what a process has written so far.
type output struct {
	mu      sync.Mutex
	written bytes.Buffer
	more    chan struct{} // holds a token when something was written since it was last taken
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.written.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.written.String()
}

// environment is the environment of each process that a test starts: none of the caller's
// own USHER_ variables.
func environment() []string {
	return []string{"TMPDIR=" + os.TempDir(), shortExit, enginetest.NoTLS}
}

// shortExit keeps the race detector from waiting a second before each process ends. It
// still fails a process in which it saw a race.
const shortExit = "GORACE=atexit_sleep_ms=10"

// startUsher starts `usher serve` in a directory and waits until it is ready. A process
// that ended instead is returned together with an error.
func startUsher(dir string, env []string, args ...string) (*process, error) {
	return startProgram(usherBinary, dir, env, args...)
}

// startProgram is startUsher with another build of it.
func startProgram(binary, dir string, env []string, args ...string) (*process, error) {
	p := &process{
		command: exec.Command(binary, append([]string{"serve"}, args...)...),
		stdout:  newOutput(), stderr: newOutput(), ended: make(chan struct{}),
	}
	p.command.Dir = dir
	p.command.Env = append(environment(), env...)
	p.command.Stdout, p.command.Stderr = p.stdout, p.stderr
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.exit = p.command.Wait()
		close(p.ended)
	}()
	if err := p.stderr.await(p.ended, p.readyLine); err != nil {
		p.kill()
		return p, fmt.Errorf("usher serve %s did not become ready: %w\n%s", strings.Join(args, " "), err, p.stderr)
	}
	return p, nil
}

var urlOf = regexp.MustCompile(`\burl(?:=|":")(https?://[^\s"]+)`)

// readyLine looks for the line that says where the process serves.
func (p *process) readyLine(written string) bool {
	for line := range strings.Lines(written) {
		if strings.Contains(line, "listening") && strings.HasSuffix(line, "\n") {
			if match := urlOf.FindStringSubmatch(line); match != nil {
				p.url = match[1]
			}
			return true
		}
	}
	return false
}

// await waits until what was written satisfies done.
func (o *output) await(ended <-chan struct{}, done func(string) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if done(o.String()) {
			return nil
		}
		select {
		case <-o.more:
		case <-ended:
			if done(o.String()) {
				return nil
			}
			return errors.New("the process ended")
		case <-ctx.Done():
			return fmt.Errorf("nothing for %s", patience)
		}
	}
}

// terminate ends the process with SIGTERM and returns how it went.
func (p *process) terminate() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-p.ended:
		return p.exit
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("still running %s after SIGTERM", patience)
	}
}

// kill ends the process with SIGKILL, as a crash would.
func (p *process) kill() {
	_ = p.command.Process.Kill() // gone already: just as well
	<-p.ended
}

// checkDatabase runs `usher check` and returns what it wrote, with an error unless it
// found everything in order.
func checkDatabase(database string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	check := exec.Command(usherBinary, "check", "--database", database)
	check.Env = environment()
	check.Stdout, check.Stderr = &out, &errs
	err = check.Run()
	return out.String(), errs.String(), err
}
