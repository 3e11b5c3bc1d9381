package e2e

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // to lock a database

	"github.com/usher-seats/usher/internal/enginetest"
)

func TestOctokit(t *testing.T) {
	t.Parallel()
	t.Run("reads", func(t *testing.T) {
		t.Parallel()
		url := serve(t).url
		for _, file := range []string{"reads", "errors", "profiles", "graphql", "audit"} {
			t.Run(file, func(t *testing.T) {
				t.Parallel()
				runNode(t, file, "USHER_URL="+url)
			})
		}
	})
	t.Run("gives seats and takes them back", func(t *testing.T) {
		t.Parallel()
		runNode(t, "changes", "USHER_URL="+serve(t).url)
	})
	t.Run("invites a person and takes them out", func(t *testing.T) {
		t.Parallel()
		runNode(t, "people", "USHER_URL="+serve(t).url)
	})
	t.Run("reorganizes teams", func(t *testing.T) {
		t.Parallel()
		runNode(t, "teams", "USHER_URL="+serve(t).url)
	})
	t.Run("reorganizes an enterprise's teams", func(t *testing.T) {
		t.Parallel()
		runNode(t, "enterprise-teams", "USHER_URL="+serve(t).url)
	})
	t.Run("is told how long to wait when its requests are spent", func(t *testing.T) {
		t.Parallel()
		runNode(t, "rates", "USHER_URL="+serve(t, "--rate-limit", "3").url)
	})
	t.Run("repeats what a busy database refused", func(t *testing.T) {
		t.Parallel()
		server := serve(t)
		runNode(t, "retry", "USHER_URL="+server.url, "RELEASE_URL="+lock(t, server.database))
	})
}

// summary is the end of what node says of its tests.
var summary = regexp.MustCompile(`(?s)# tests (\d+)\n.*# pass (\d+)\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n`)

// runNode runs the tests of a file of octokit/, all of which must pass.
func runNode(t *testing.T, file string, env ...string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("Node.js is needed for the tests with Octokit and is not found: install version 20 or newer")
	}
	if _, err := os.Stat(filepath.Join("octokit", "node_modules", "@octokit", "rest")); err != nil {
		t.Fatalf("Octokit is not installed: run `make clients` (%v)", err)
	}
	command := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=tap", file+".test.mjs")
	command.Dir = "octokit"
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("node --test %s.test.mjs: %v\n%s", file, err, out)
	}
	match := summary.FindStringSubmatch(string(out))
	if match == nil || match[1] != match[2] || match[1] == "0" {
		t.Errorf("node --test %s.test.mjs did not pass all of its tests:\n%s", file, out)
	}
}

// lock keeps everybody else from writing to a database, and gives an address: who asks for
// it ends the lock.
func lock(t *testing.T, database string) (release string) {
	t.Helper()
	driver, statements := "sqlite", []string{`BEGIN IMMEDIATE`}
	if enginetest.OnPostgres(t) {
		driver, statements = "pgx", []string{`BEGIN`, `SELECT account FROM accounts FOR UPDATE`}
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // with the lock, if that is still held
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	unlock := sync.OnceValue(func() error {
		_, err := conn.ExecContext(t.Context(), `ROLLBACK`)
		return err
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := unlock(); err != nil {
			t.Errorf("releasing the lock: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}
