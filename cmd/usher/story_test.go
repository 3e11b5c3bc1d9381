package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // for the command sql
)

// TestStories runs the stories of testdata/script on the real program. Beside
// testscript's own commands they have these:
//
//	serve [flags]                      start usher on a free port (unless --listen names one), wait until it is
//	                                   ready, and set $URL and $ADDRESS; with ! it must refuse to start. Its standard error so
//	                                   far is there for `stderr`.
//	terminate                          end it with SIGTERM; it must exit with 0. All that it wrote is there for
//	                                   `stdout` and `stderr`.
//	crash                              end it with SIGKILL.
//	http [-i] METHOD PATH [TOKEN [BODY]]
//	                                   send a request and print status, with -i the headers, and body. TOKEN - is
//	                                   none; BODY @FILE is the file's content. An answer of 400 and above fails
//	                                   the story; with ! any below does.
//	check                              run `usher check` on the database that was served last.
//	sql FILE STATEMENT                 change a database behind usher's back.
//
// When a story ends, its server is terminated and every database that it served is
// checked.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			s := &story{}
			env.Values[storyKey{}] = s
			env.Vars = append(env.Vars, shortExit)
			env.Setenv("PATH", filepath.Dir(usherBinary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Defer(func() { s.end(env.T().(testing.TB)) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":     serve,
			"terminate": terminate,
			"crash":     crash,
			"http":      request,
			"check":     check,
			"sql":       execute,
		},
	})
}

// story is what a running story has.
type story struct {
	server    *process // nil: none runs
	databases []string // each that was served, the last one last
}

type storyKey struct{}

func storyOf(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

// end leaves nothing running, and no database unchecked.
func (s *story) end(t testing.TB) {
	if s.server != nil {
		if err := s.server.terminate(); err != nil {
			t.Errorf("ending the story's server: %v\n%s", err, s.server.stderr)
		}
	}
	for _, database := range s.databases {
		if _, err := os.Stat(database); errors.Is(err, os.ErrNotExist) {
			continue // a demo's, or the story removed it
		}
		if stdout, stderr, err := checkDatabase(database); err != nil {
			t.Errorf("usher check on %s: %v\n%s%s", database, err, stdout, stderr)
		}
	}
}

// running is the story's server; without one the story fails.
func (s *story) running(ts *testscript.TestScript) *process {
	if s.server == nil {
		ts.Fatalf("no server runs: serve comes first")
	}
	return s.server
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	s := storyOf(ts)
	if s.server != nil {
		ts.Fatalf("a server runs already: terminate or crash it first")
	}
	if !slices.Contains(args, "--listen") {
		args = append(args, "--listen", "127.0.0.1:0")
	}
	p, err := startUsher(ts.MkAbs("."), []string{"USHER_LOG_FORMAT=" + ts.Getenv("USHER_LOG_FORMAT")}, args...)
	if p != nil {
		fmt.Fprint(ts.Stderr(), p.stderr)
	}
	if neg {
		refused(ts, p, err)
		return
	}
	ts.Check(err)
	s.server = p
	if !slices.Contains(s.databases, p.database) {
		s.databases = append(s.databases, p.database)
	}
	ts.Setenv("URL", p.url)
	ts.Setenv("ADDRESS", strings.TrimPrefix(p.url, "http://"))
}

// refused checks that usher said on its own terms why it does not start.
func refused(ts *testscript.TestScript, p *process, err error) {
	if err == nil {
		p.kill()
		ts.Fatalf("usher started, and should have refused to")
	}
	if p == nil {
		ts.Fatalf("%v", err)
	}
	if code := p.command.ProcessState.ExitCode(); code != 1 && code != 2 {
		ts.Fatalf("got exit code %d, want 1 or 2", code)
	}
	if !strings.HasPrefix(p.stderr.String(), "usher: ") {
		ts.Fatalf("standard error begins with something else than `usher: `")
	}
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: terminate")
	}
	s := storyOf(ts)
	p := s.running(ts)
	s.server = nil
	err := p.terminate()
	fmt.Fprint(ts.Stdout(), p.stdout)
	fmt.Fprint(ts.Stderr(), p.stderr)
	ts.Check(err)
}

func crash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: crash")
	}
	s := storyOf(ts)
	s.running(ts).kill()
	s.server = nil
}

func check(ts *testscript.TestScript, neg bool, args []string) {
	s := storyOf(ts)
	if len(args) > 0 || len(s.databases) == 0 {
		ts.Fatalf("usage: check, after serve")
	}
	stdout, stderr, err := checkDatabase(s.databases[len(s.databases)-1])
	fmt.Fprint(ts.Stdout(), stdout)
	fmt.Fprint(ts.Stderr(), stderr)
	if failed := err != nil; failed != neg {
		ts.Fatalf("usher check: %v", err)
	}
}

func execute(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
}

func request(ts *testscript.TestScript, neg bool, args []string) {
	headers := len(args) > 0 && args[0] == "-i"
	if headers {
		args = args[1:]
	}
	if len(args) < 2 || len(args) > 4 {
		ts.Fatalf("usage: http [-i] METHOD PATH [TOKEN [BODY]]")
	}
	token, text := "-", ""
	if len(args) > 2 {
		token = args[2]
	}
	if len(args) > 3 {
		text = body(ts, args[3])
	}
	answer, err := send(storyOf(ts).running(ts).url, args[0], args[1], token, text)
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	got, err := io.ReadAll(answer.Body)
	ts.Check(err)

	fmt.Fprintln(ts.Stdout(), answer.Status)
	if headers {
		ts.Check(answer.Header.Write(ts.Stdout()))
	}
	if len(got) > 0 {
		fmt.Fprintln(ts.Stdout(), strings.TrimSuffix(string(got), "\n"))
	}
	if failed := answer.StatusCode >= http.StatusBadRequest; failed != neg {
		ts.Fatalf("%s %s: %s\n%s", args[0], args[1], answer.Status, got)
	}
}

// body is what a story sends: the argument itself, or the file that it names.
func body(ts *testscript.TestScript, arg string) string {
	if file, ok := strings.CutPrefix(arg, "@"); ok {
		return ts.ReadFile(file)
	}
	return arg
}

// send sends one request. The caller closes the answer's body.
func send(url, method, path, token, body string) (*http.Response, error) {
	request, err := http.NewRequest(method, url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if token != "-" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return http.DefaultClient.Do(request)
}
