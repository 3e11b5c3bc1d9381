//go:build linux

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAFileThatMayNotGrow limits the size of the files that a running server may write,
// as a full disk would: changes are refused with 503 and Retry-After, reading goes on, and
// once there is room again, so do changes. The limit is of the server's own process, and
// so it is always a file that is tested, whatever the engine under test.
func TestAFileThatMayNotGrow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "world.yaml"), []byte(crowd(200)), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "usher.db")
	p, err := startUsher(dir, nil, "--listen", "127.0.0.1:0", "--seed", "world.yaml", "--database", file)
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()

	// The first request opens the log, which is limited to the size that it has then.
	if got := len(seatsOf(t, p.url, "octodemo")); got != 0 {
		t.Errorf("before: got %d seats, want none", got)
	}
	log, err := os.Stat(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	limitFileSize(t, p, uint64(log.Size()))
	status, retryAfter := grantCrowd(t, p)
	if status != http.StatusServiceUnavailable || retryAfter == "" {
		t.Errorf("a grant on a full disk: got %d with Retry-After %q, want 503 with one", status, retryAfter)
	}
	if got := len(seatsOf(t, p.url, "octodemo")); got != 0 {
		t.Errorf("reading on a full disk: got %d seats, want none", got)
	}

	limitFileSize(t, p, unix.RLIM_INFINITY)
	if status, _ := grantCrowd(t, p); status != http.StatusCreated {
		t.Errorf("a grant when there is room again: got %d, want 201", status)
	}
	if got := len(seatsOf(t, p.url, "octodemo")); got != 200 {
		t.Errorf("afterwards: got %d seats, want 200", got)
	}
	if err := p.terminate(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, stderr, err := checkDatabase(file); err != nil {
		t.Errorf("usher check: %v\n%s", err, stderr)
	}
}

// TestADeletedFileIsRescuedFromTheServerThatHasItOpen does what docs/operations.md says of an
// SQLite file that was deleted under a server: what the server still has open is copied while
// it stands still, and holds what was acknowledged.
func TestADeletedFileIsRescuedFromTheServerThatHasItOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "world.yaml"), []byte(crowd(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	file, rescued := filepath.Join(dir, "usher.db"), filepath.Join(dir, "rescued.db")
	p, err := startUsher(dir, nil, "--listen", "127.0.0.1:0", "--seed", "world.yaml", "--database", file)
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	if status, _ := grantCrowd(t, p); status != http.StatusCreated {
		t.Fatalf("a grant: got %d, want 201", status)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil {
			t.Fatal(err)
		}
	}
	const gone = "The database's file is gone, or another one is in its place"
	if status, _ := grantCrowd(t, p); status != http.StatusServiceUnavailable {
		t.Errorf("a grant that nobody would find: got %d, want 503", status)
	}
	ready, err := http.Get(p.url + "/_usher/ready")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ready.Body.Close() }()
	if body, err := io.ReadAll(ready.Body); ready.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), gone) {
		t.Errorf("ready: got %d %s, error %v; want 503 and why", ready.StatusCode, body, err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file was made anew: %v", err)
	}

	if err := p.command.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	copyDeleted(t, p, file, rescued)
	copyDeleted(t, p, file+"-wal", rescued+"-wal")
	if err := p.command.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := p.terminate(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, stderr, err := checkDatabase(rescued); err != nil {
		t.Errorf("usher check: %v\n%s", err, stderr)
	}
	q, err := startUsher(dir, nil, "--listen", "127.0.0.1:0", "--database", rescued)
	if err != nil {
		t.Fatal(err)
	}
	defer q.kill()
	if got := len(seatsOf(t, q.url, "octodemo")); got != 3 {
		t.Errorf("rescued: got %d seats, want 3", got)
	}
}

// copyDeleted copies a deleted file that a process has open.
func copyDeleted(t *testing.T, p *process, file, target string) {
	t.Helper()
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, descriptor := range open {
		if name, _ := os.Readlink(descriptor); name != file+" (deleted)" {
			continue
		}
		content, err := os.ReadFile(descriptor)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("the server does not have the deleted %s open", file)
}

// crowd is a world of one organization with n members besides its owner.
func crowd(n int) string {
	var users, members strings.Builder
	for i := range n {
		fmt.Fprintf(&users, ", {login: u%d}", i)
		fmt.Fprintf(&members, "u%d, ", i)
	}
	return fmt.Sprintf(`users: [{login: mona}%s]
organizations:
  - login: octodemo
    owners: [mona]
    members: [%s]
    teams: [{name: crowd, members: [%s]}]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
tokens: [{token: ghp_mona, kind: classic, user: mona, scopes: [manage_billing:copilot]}]
`, users.String(), members.String(), members.String())
}

func limitFileSize(t *testing.T, p *process, size uint64) {
	t.Helper()
	limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.command.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

func grantCrowd(t *testing.T, p *process) (status int, retryAfter string) {
	t.Helper()
	response, err := send(p.url+"/orgs/octodemo/copilot/billing/selected_teams", http.MethodPost, "", "ghp_mona", `{"selected_teams":["crowd"]}`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, response.Header.Get("Retry-After")
}
