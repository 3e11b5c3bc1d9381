package main

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // for the command sql

	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// TestStories runs the stories of testdata/script on the real program: those in the
// directory itself on each engine, and those in the directory of the engine under test.
// Each story has two databases of its own, which are still to be made or empty:
//
//	$DATABASE, $OTHER_DATABASE             as --database takes them
//	$DATABASE_NAME, $OTHER_DATABASE_NAME   as usher shows them: a file's absolute path, a URL without its
//	                                       password. A pattern has ${DATABASE_NAME@R}.
//	$DATABASE_PASSWORD, $DATABASE_ADDRESS  of PostgreSQL: what usher must not show, and host:port
//
// Beside testscript's own commands stories have these:
//
//	serve [flags]                      start usher on $DATABASE (unless --database names another) and a free port
//	                                   (unless --listen names one), wait until it is ready, and set $URL and $ADDRESS;
//	                                   with ! it must refuse to start, and its exit code is there for `stdout`. Its
//	                                   standard error so far is there for `stderr`. On SQLite, $DATABASE is the file that
//	                                   usher takes by itself. Where a server runs already, this is one beside it, and
//	                                   the story goes on with it until it ends.
//	terminate                          end it with SIGTERM; it must exit with 0. All that it wrote is there for
//	                                   `stdout` and `stderr`.
//	crash                              end it with SIGKILL.
//	http [-i] [-H 'NAME: VALUE']… METHOD PATH [TOKEN [BODY]]
//	                                   send a request and print status, with -i the headers, and body. TOKEN - is
//	                                   none; BODY @FILE is the file's content. An answer of 400 and above fails
//	                                   the story; with ! any below does. So does one that is not as GitHub describes
//	                                   it.
//	capture VARIABLE PATTERN           set a variable to what a pattern finds in `stdout`.
//	check                              run `usher check` on the database that was served last.
//	sql DATABASE STATEMENT             change a database behind usher's back.
//	certificate CERTFILE KEYFILE       make a new certificate of 127.0.0.1 with its key; http believes it.
//	shown CERTFILE                     wait until the server shows that certificate to who connects.
//
// When a story ends, its servers are terminated and every database that it served is
// checked.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Files:               stories(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			s := &story{description: description.Shared(t)}
			env.Values[storyKey{}] = s
			env.Vars = append(env.Vars, shortExit, enginetest.NoTLS)
			env.Setenv("PATH", filepath.Dir(usherBinary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Defer(func() { s.end(env.T().(testing.TB)) })
			return addDatabases(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":     serve,
			"terminate": terminate,
			"crash":     crash,
			"http":      request,
			"capture":   capture,
			"check":     check,
			"sql":       execute,

			"certificate": certificate,
			"shown":       shown,
		},
	})
}

// stories are the files of the stories for the engine under test.
func stories(t *testing.T) []string {
	t.Helper()
	engine := "sqlite"
	if enginetest.OnPostgres(t) {
		engine = "postgres"
	}
	shared := filepath.Join("..", "..", "testdata", "script")
	var files []string
	for _, directory := range []string{shared, filepath.Join(shared, engine)} {
		found, err := filepath.Glob(filepath.Join(directory, "*.txtar"))
		if err != nil || len(found) == 0 {
			t.Fatalf("got no stories in %s (error %v), want some", directory, err)
		}
		files = append(files, found...)
	}
	return files
}

// addDatabases gives a story its databases.
func addDatabases(env *testscript.Env) error {
	t := env.T().(testing.TB)
	for variable, file := range map[string]string{"DATABASE": "usher.db", "OTHER_DATABASE": "other.db"} {
		if !enginetest.OnPostgres(t) {
			env.Setenv(variable, file)
			env.Setenv(variable+"_NAME", filepath.Join(env.WorkDir, file))
			continue
		}
		database := enginetest.Database(t)
		location, err := url.Parse(database)
		if err != nil {
			return err
		}
		password, _ := location.User.Password()
		env.Setenv(variable, database)
		env.Setenv(variable+"_NAME", location.Redacted())
		env.Setenv("DATABASE_PASSWORD", password)
		env.Setenv("DATABASE_ADDRESS", location.Host)
	}
	return nil
}

// story is what a running story has.
type story struct {
	servers   []*process // those that run, the last one that was started last
	databases []string   // each that was served, the last one last

	believed [][]byte     // the certificates that it has made
	client   *http.Client // that believes them; nil: the usual one

	description *description.Description // what each answer is held to
}

type storyKey struct{}

func storyOf(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

// end leaves nothing running, and no database unchecked.
func (s *story) end(t testing.TB) {
	for _, p := range s.servers {
		if err := p.terminate(); err != nil {
			t.Errorf("ending a server of the story: %v\n%s", err, p.stderr)
		}
	}
	for _, database := range s.databases {
		if stdout, stderr, err := checkDatabase(database); err != nil {
			t.Errorf("usher check on %s: %v\n%s%s", database, err, stdout, stderr)
		}
	}
}

// running is the story's server, the last one that was started; without one the story
// fails.
func (s *story) running(ts *testscript.TestScript) *process {
	if len(s.servers) == 0 {
		ts.Fatalf("no server runs: serve comes first")
	}
	return s.servers[len(s.servers)-1]
}

// leave is the server that runs, which is about to end: the story goes on with the one
// before it.
func (s *story) leave(ts *testscript.TestScript) *process {
	p := s.running(ts)
	s.servers = s.servers[:len(s.servers)-1]
	if len(s.servers) > 0 {
		setURL(ts, s.running(ts))
	}
	return p
}

func setURL(ts *testscript.TestScript, p *process) {
	ts.Setenv("URL", p.url)
	_, address, _ := strings.Cut(p.url, "://")
	ts.Setenv("ADDRESS", address)
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	s := storyOf(ts)
	if !slices.Contains(args, "--listen") {
		args = append(args, "--listen", "127.0.0.1:0")
	}
	env := []string{"USHER_LOG_FORMAT=" + ts.Getenv("USHER_LOG_FORMAT")}
	database := served(ts, args)
	if sqlstore.IsPostgres(database) && !slices.Contains(args, "--database") {
		env = append(env, "USHER_DATABASE="+database)
	}
	p, err := startUsher(ts.MkAbs("."), env, args...)
	if p != nil {
		fmt.Fprint(ts.Stderr(), p.stderr)
	}
	if neg {
		refused(ts, p, err)
		return
	}
	ts.Check(err)
	s.servers = append(s.servers, p)
	setURL(ts, p)
	if database != "" {
		s.databases = append(slices.DeleteFunc(s.databases, func(d string) bool { return d == database }), database)
	}
}

// served is the database that a server with these flags runs on, a file by its absolute
// path; none for a demo, which has a throwaway one.
func served(ts *testscript.TestScript, args []string) string {
	if slices.Contains(args, "--demo") {
		return ""
	}
	database := ts.Getenv("DATABASE")
	if i := slices.Index(args, "--database"); i >= 0 && i+1 < len(args) {
		database = args[i+1]
	}
	return locate(ts, database)
}

// locate is a database's name that holds in any directory.
func locate(ts *testscript.TestScript, database string) string {
	if sqlstore.IsPostgres(database) {
		return database
	}
	return ts.MkAbs(database)
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
	code := p.command.ProcessState.ExitCode()
	if code != 1 && code != 2 {
		ts.Fatalf("got exit code %d, want 1 or 2", code)
	}
	fmt.Fprintln(ts.Stdout(), "exit code", code)
	if !strings.HasPrefix(p.stderr.String(), "usher: ") {
		ts.Fatalf("standard error begins with something else than `usher: `")
	}
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: terminate")
	}
	p := storyOf(ts).leave(ts)
	err := p.terminate()
	fmt.Fprint(ts.Stdout(), p.stdout)
	fmt.Fprint(ts.Stderr(), p.stderr)
	ts.Check(err)
}

func crash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: crash")
	}
	storyOf(ts).leave(ts).kill()
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VARIABLE PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindString(ts.ReadFile("stdout"))
	if found == "" {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], found)
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
		ts.Fatalf("usage: sql DATABASE STATEMENT")
	}
	driver, database := "sqlite", locate(ts, args[0])
	if sqlstore.IsPostgres(database) {
		driver = "pgx" // enginetest has brought it
	}
	db, err := sql.Open(driver, database)
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
}

func request(ts *testscript.TestScript, neg bool, args []string) {
	headers := len(args) > 0 && args[0] == "-i"
	if headers {
		args = args[1:]
	}
	header := http.Header{}
	for len(args) > 1 && args[0] == "-H" {
		name, value, _ := strings.Cut(args[1], ": ")
		header.Add(name, value)
		args = args[2:]
	}
	if len(args) < 2 || len(args) > 4 {
		ts.Fatalf("usage: http [-i] [-H 'NAME: VALUE']… METHOD PATH [TOKEN [BODY]]")
	}
	token, text := "-", ""
	if len(args) > 2 {
		token = args[2]
	}
	if len(args) > 3 {
		text = body(ts, args[3])
	}
	asked, err := newRequest(storyOf(ts).running(ts).url, args[0], args[1], token, text)
	ts.Check(err)
	maps.Copy(asked.Header, header)
	answer, err := cmp.Or(storyOf(ts).client, http.DefaultClient).Do(asked)
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	got, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(storyOf(ts).description.Check(answer.Request, answer.StatusCode, answer.Header, got))

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
	request, err := newRequest(url, method, path, token, body)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

func newRequest(url, method, path, token, body string) (*http.Request, error) {
	request, err := http.NewRequest(method, url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if token != "-" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}
