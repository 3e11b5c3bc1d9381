package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// call runs the command line in-process and returns what it did.
func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(args, Process{
		Getenv: func(name string) string { return env[name] },
		Stdout: &out, Stderr: &errs,
	})
	return code, out.String(), errs.String()
}

func TestEachMistakeIsAnsweredWithWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	for _, test := range []struct {
		name string
		args string
		env  map[string]string
		code int
		want string // the whole of standard error
	}{
		{"no command", "", nil, 2, "usher: expected one of \"serve\", \"check\", \"backup\", \"dump\", \"migrate\", ...; `usher help` lists the commands"},
		{"a command that does not exist", "srve", nil, 2, "usher: unexpected argument srve, did you mean \"serve\"?; `usher help` lists the commands"},
		{"help on a command that does not exist", "help me", nil, 2, "usher: unexpected argument me; `usher help` lists the commands"},
		{"a flag that does not exist", "serve --sed x", nil, 2, "usher: unknown flag --sed, did you mean \"--seed\"?; `usher help serve` lists the flags"},
		{"a flag without its value", "serve --listen", nil, 2, "usher: --listen needs a value; `usher help serve` lists the flags"},
		{"an argument too many", "serve here", nil, 2, "usher: unexpected argument here; `usher help serve` lists the flags"},
		{"an unknown log format", "serve --log-format xml", nil, 2, "usher: --log-format must be one of \"text\",\"json\" but got \"xml\"; `usher help serve` lists the flags"},
		{"an unknown log format in the environment", "serve", map[string]string{"USHER_LOG_FORMAT": "xml"}, 2, "usher: --log-format must be one of \"text\",\"json\" but got \"xml\"; `usher help serve` lists the flags"},
		{"a switch in the environment that is neither on nor off", "serve", map[string]string{"USHER_DEMO": "maybe"}, 2, "usher: --demo: bool value must be true, 1, yes, false, 0 or no but got \"maybe\"; `usher help serve` lists the flags"},
		{"demo with a database", "serve --demo --database x.db", nil, 2, "usher: --demo and --database exclude each other: the demo keeps its state in a throwaway database, so none can be named"},
		{"demo with a database from the environment", "serve --demo", map[string]string{"USHER_DATABASE": "x.db"}, 2, "usher: --demo and --database exclude each other: the demo keeps its state in a throwaway database, so none can be named"},
		{"demo with a seed", "serve --demo --seed x.yaml", nil, 2, "usher: --demo and --seed exclude each other: the demo has a world of its own; for yours: usher serve --rehearsal --seed FILE"},
		{"demo with a reset", "serve --demo --rehearsal --reset", nil, 2, "usher: --demo and --reset exclude each other: the demo's database is always new"},
		{"reset outside a rehearsal", "serve --seed x.yaml --reset", nil, 2, "usher: --reset needs --rehearsal: it throws away all that the database holds, which must never happen in production"},
		{"a PostgreSQL server that is not there", "serve --listen 127.0.0.1:0 --database postgres://me:secret@127.0.0.1:1/usher?sslmode=disable", nil, 1, "usher: open database postgres://me:xxxxx@127.0.0.1:1/usher?sslmode=disable: The database server cannot be reached. Is it running, and are host and port right? (connect: failed to connect to `user=me database=usher`: 127.0.0.1:1 (127.0.0.1): dial error: dial tcp 127.0.0.1:1: connect: connection refused)"},
		{"an address without a port", "serve --listen localhost", nil, 1, "usher: \"localhost\" is not an address to listen on: --listen takes HOST:PORT, such as 127.0.0.1:8080"},
		{"an address beyond this machine", "serve --listen 0.0.0.0:0", nil, 2, "usher: --listen 0.0.0.0:0 can be reached from other machines, and without TLS tokens would go there in clear: give --tls-cert and --tls-key; or say --behind-proxy where a proxy in front speaks TLS; or --insecure to go without"},
		{"a demo beyond this machine", "serve --demo", map[string]string{"USHER_LISTEN": ":0"}, 2, "usher: --listen :0 can be reached from other machines, and without TLS tokens would go there in clear: give --tls-cert and --tls-key; or say --behind-proxy where a proxy in front speaks TLS; or --insecure to go without"},
		{"an address that is not this machine's", "serve --listen 192.0.2.1:0 --insecure", nil, 1, "usher: cannot listen there: listen tcp 192.0.2.1:0: bind: cannot assign requested address. --listen takes an address of this machine, such as 127.0.0.1:8080"},
		{"a certificate without its key", "serve --tls-cert c.pem", nil, 2, "usher: --tls-cert needs --tls-key, the file with the certificate's private key"},
		{"a key without its certificate", "serve", map[string]string{"USHER_TLS_KEY": "k.pem"}, 2, "usher: --tls-key needs --tls-cert, the file with the key's certificate"},
		{"a certificate that is not there", "serve --listen 127.0.0.1:0 --tls-cert " + missing + " --tls-key " + missing, nil, 1, "usher: --tls-cert " + missing + ": there is no such file"},
		{"secured and insecure", "serve --tls-cert c.pem --tls-key k.pem", map[string]string{"USHER_INSECURE": "true"}, 2, "usher: --insecure and --tls-cert exclude each other: with a certificate, nothing is spoken in clear"},
		{"insecure behind a proxy", "serve --insecure --behind-proxy", nil, 2, "usher: --insecure and --behind-proxy exclude each other: behind a proxy that speaks TLS, say --behind-proxy alone"},
		{"a seed that is not there", "serve --listen 127.0.0.1:0 --database " + missing + ".db --seed " + missing, nil, 1, "usher: there is no seed file " + missing},
		{"a directory as database", "serve --listen 127.0.0.1:0 --database " + dir, nil, 1, "usher: open database " + dir + ": it is a directory; give the path of a file, such as " + dir + "/usher.db"},
		{"check of a database that is not there", "check --database " + missing + ".db", nil, 1, "usher: open database " + missing + ".db: there is no such file; check the path, or start the server once to create it"},
		{"a backup without a name", "backup", nil, 2, "usher: expected \"<file>\"; `usher help backup` lists the flags"},
		{"a backup of a database that is not there", "backup " + missing + "-copy.db --database " + missing + ".db", nil, 1, "usher: open database " + missing + ".db: there is no such file; check the path, or start the server once to create it"},
		{"a backup of PostgreSQL", "backup " + missing + "-copy.db", map[string]string{"USHER_DATABASE": "postgres://me:secret@db/usher"}, 1, "usher: back up postgres://me:xxxxx@db/usher: it is on PostgreSQL, and `usher backup` copies SQLite files; pg_dump makes a consistent copy while servers write (see docs/operations.md)"},
		{"a backup with an argument too many", "backup a b", nil, 2, "usher: unexpected argument b; `usher help backup` lists the flags"},
		{"a dump of a database that is not there", "dump --database " + missing + ".db", nil, 1, "usher: open database " + missing + ".db: there is no such file; check the path, or start the server once to create it"},
		{"a dump to a file that is there", "dump " + dir, nil, 1, "usher: dump to " + dir + ": there is something of that name, and a dump takes no other file's place; give another name, or move that away"},
		{"a dump to a directory that is not there", "dump " + missing + "/world.yaml", nil, 1, "usher: dump to " + missing + "/world.yaml: the directory " + missing + " does not exist; create it first"},
		{"a dump with an argument too many", "dump a b", nil, 2, "usher: unexpected argument b; `usher help dump` lists the flags"},
		{"a drain delay that is none", "serve --drain-delay soon", nil, 2, "usher: --drain-delay: expected duration but got \"soon\": time: invalid duration \"soon\"; `usher help serve` lists the flags"},
		{"a drain delay before now", "serve --drain-delay=-1s", nil, 2, "usher: --drain-delay takes how long to go on serving, like 10s: 10m at most"},
		{"a drain delay of hours", "serve", map[string]string{"USHER_DRAIN_DELAY": "1h"}, 2, "usher: --drain-delay takes how long to go on serving, like 10s: 10m at most"},
		{"a migration with an argument", "migrate now", nil, 2, "usher: unexpected argument now; `usher help migrate` lists the flags"},
		{"a migration of a database that is none", "migrate --dry-run --database " + dir, nil, 1, "usher: open database " + dir + ": it is a directory; give the path of a file, such as " + dir + "/usher.db"},
		{"person without what to do", "person", nil, 2, "usher: expected \"forget\"; `usher help person` lists the flags"},
		{"forgetting without a login", "person forget", nil, 2, "usher: expected \"<login>\"; `usher help person forget` lists the flags"},
		{"forgetting two people", "person forget a b", nil, 2, "usher: unexpected argument b; `usher help person forget` lists the flags"},
		{"forgetting in a database that is not there", "person forget a --database " + missing + ".db", nil, 1, "usher: open database " + missing + ".db: there is no such file; check the path, or start the server once to create it"},
		{"token without what to do", "token", nil, 2, "usher: expected one of \"create\", \"list\", \"revoke\"; `usher help token` lists the flags"},
		{"a token of a kind that does not exist", "token create --kind deploy", nil, 2, "usher: --kind must be one of \"classic\",\"oauth\",\"fine_grained\",\"app_user\",\"app_installation\" but got \"deploy\"; `usher help token create` lists the flags"},
		{"a token that expires some time", "token create --user a --expires soon", nil, 2, "usher: --expires \"soon\" is neither a time like 90d or 12h nor an instant like 2027-01-01T00:00:00Z"},
		{"a token that expires at once", "token create --user a --expires 0d", nil, 2, "usher: --expires \"0d\" is neither a time like 90d or 12h nor an instant like 2027-01-01T00:00:00Z"},
		{"a permission without a level", "token create --kind app_installation --owner a --permissions members", nil, 2, "usher: --permissions \"members\": give each permission once, with its level, like members=read"},
		{"a permission twice", "token create --kind app_installation --owner a --permissions members=read,members=write", nil, 2, "usher: --permissions \"members=write\": give each permission once, with its level, like members=read"},
		{"a token in a database that is not there", "token create --user a --database " + missing + ".db", nil, 1, "usher: open database " + missing + ".db: there is no such file; check the path, or start the server once to create it"},
		{"tokens of a database that is not there", "token list --database " + missing + ".db", nil, 1, "usher: open database " + missing + ".db: there is no such file; check the path, or start the server once to create it"},
		{"tokens of a server without a token", "token list", map[string]string{"USHER_URL": "http://127.0.0.1:1"}, 2, "usher: --url needs the token of a site administrator in the environment variable USHER_TOKEN, which is empty"},
		{"tokens of a server that is not there", "token list", map[string]string{"USHER_URL": "http://127.0.0.1:1", "USHER_TOKEN": "ghp_a"}, 1, "usher: http://127.0.0.1:1 cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused"},
		{"tokens of a server and of a database", "token revoke 1 --url http://127.0.0.1:1 --database x.db", map[string]string{"USHER_TOKEN": "ghp_a"}, 2, "usher: --url and --database exclude each other, and so do USHER_URL and USHER_DATABASE: a server that runs is asked, or a database is opened"},
		{"revoking no token", "token revoke", nil, 2, "usher: expected \"<id> ...\"; `usher help token revoke` lists the flags"},
		{"revoking what is no number", "token revoke ghp_a", nil, 2, "usher: <id> ...: expected a valid 64 bit int but got \"ghp_a\"; `usher help token revoke` lists the flags"},
		{"a token on the command line", "token list --token ghp_a", nil, 2, "usher: unknown flag --token; `usher help token list` lists the flags"},
		{"a PostgreSQL URL that is none", "check --database postgres://me:secret@[::1/usher", nil, 1, "usher: open database: the PostgreSQL URL cannot be read; it looks like postgres://USER@HOST:5432/DATABASE, with special characters of a password percent-encoded"},
		{"a PostgreSQL URL with a setting that is wrong", "check --database postgres://me:secret@db/usher?pool_max_conns=many", nil, 1, "usher: open database postgres://me:xxxxx@db/usher?pool_max_conns=many: pool_max_conns=many is not a number of connections from 2 to 10000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, test.env, strings.Fields(test.args)...)
			if code != test.code {
				t.Errorf("got exit code %d, want %d", code, test.code)
			}
			if want := test.want + "\n"; stderr != want {
				t.Errorf("standard error:\n got %swant %s", stderr, want)
			}
			if stdout != "" {
				t.Errorf("standard output: got %q, want nothing", stdout)
			}
		})
	}
	t.Cleanup(func() {
		if made, _ := filepath.Glob(missing + "*"); len(made) > 0 {
			t.Errorf("mistakes left files behind: %v", made)
		}
	})
}

func TestAPortInUseIsNamedWithAWayOut(t *testing.T) {
	t.Parallel()
	running := start(t, "serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "a.db"))
	address := strings.TrimPrefix(running.url(t), "http://")

	database := filepath.Join(t.TempDir(), "b.db")
	code, _, stderr := call(t, nil, "serve", "--listen", address, "--database", database)
	want := "usher: " + address + " is taken: address already in use. Stop the program that listens there, or listen elsewhere; --listen 127.0.0.1:0 picks a free port\n"
	if code != 1 || stderr != want {
		t.Errorf("got exit code %d and %q, want 1 and %q", code, stderr, want)
	}
	if _, err := os.Stat(database); err == nil {
		t.Error("a server that could not have its port made a database")
	}
}

func TestHelpGoesToStandardOutput(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"help", "--help", "help serve", "serve --help", "help check", "help backup", "help dump", "help person", "help person forget", "person forget --help", "help token", "help token create", "help token list", "token revoke --help", "help migrate", "help config", "help version", "help help"} {
		code, stdout, stderr := call(t, nil, strings.Fields(args)...)
		if code != 0 || !strings.HasPrefix(stdout, "Usage: usher") || stderr != "" {
			t.Errorf("usher %s: got exit code %d, standard output %.20q, standard error %q; want 0, the usage, nothing", args, code, stdout, stderr)
		}
	}
}

func TestHelpNamesEachFlagsVariable(t *testing.T) {
	t.Parallel()
	_, help, _ := call(t, nil, "help", "serve")
	for _, name := range []string{"LISTEN", "DATABASE", "SEED", "REHEARSAL", "DEMO", "RESET", "LOG_FORMAT"} {
		if !strings.Contains(help, "[USHER_"+name+"]") {
			t.Errorf("the help does not name USHER_%s:\n%s", name, help)
		}
	}
}

func TestVersionNamesUsherAndGo(t *testing.T) {
	t.Parallel()
	code, stdout, _ := call(t, nil, "version")
	if code != 0 || !strings.HasPrefix(stdout, "usher ") || !strings.Contains(stdout, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH+")\n") {
		t.Errorf("got exit code %d and %q, want 0 and the versions", code, stdout)
	}
}

func TestVersionNamesTheCommitWhereItIsKnown(t *testing.T) {
	t.Parallel()
	built := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	commit := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123abcd"}}
	for want, info := range map[string]*debug.BuildInfo{
		"usher v1.2.3 (commit 0123abcd, ": {Main: debug.Module{Version: "v1.2.3"}, Settings: commit},
		"usher v1.2.3 (":                  {Main: debug.Module{Version: "v1.2.3"}},
		"usher devel (":                   {Main: debug.Module{Version: "(devel)"}},
		"usher devel (commit 0123abcd, ":  {Settings: commit},
	} {
		if got := versionLine(info); got != want+built {
			t.Errorf("got %s, want %s", got, want+built)
		}
	}
}

func TestFlagsCanStandInTheEnvironmentAndTheCommandLineGoesFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startWith(t, map[string]string{
		"USHER_LISTEN":     "127.0.0.1:0",
		"USHER_DATABASE":   filepath.Join(dir, "environment.db"),
		"USHER_LOG_FORMAT": "json",
		"USHER_REHEARSAL":  "1",
		"USHER_SEED":       "", // an empty variable is none
	}, "serve", "--database", filepath.Join(dir, "flag.db"))
	p.url(t)
	for _, want := range []string{`"msg":"listening"`, `"url":"http://127.0.0.1:`, `"database":"` + filepath.Join(dir, "flag.db") + `"`, `"rehearsal":true`} {
		if log := p.stderr.String(); !strings.Contains(log, want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
}

func TestTheFirstSignalEndsInOrder(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := start(t, "serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "usher.db"))
		p.url(t)
		if code := p.end(t, signal); code != 0 {
			t.Errorf("%v: got exit code %d, want 0\n%s", signal, code, p.stderr.String())
		}
	}
}

func TestWatchTurnsTheSecondSignalIntoHurry(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 2)
	ctx, hurry, stop := watch(signals)
	defer stop()
	signals <- os.Interrupt
	<-ctx.Done()
	select {
	case <-hurry:
		t.Fatal("the first signal already hurries")
	default:
	}
	signals <- os.Interrupt
	<-hurry
}

func TestCheckSaysOkOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "usher.db")
	p := start(t, "serve", "--listen", "127.0.0.1:0", "--database", database)
	p.url(t)
	p.end(t, os.Interrupt)
	code, stdout, stderr := call(t, map[string]string{"USHER_DATABASE": database}, "check")
	if want := "ok: every invariant holds in " + database + "\n"; code != 0 || stdout != want || stderr != "" {
		t.Errorf("got exit code %d, %q, %q; want 0, %q, nothing", code, stdout, stderr, want)
	}
}

func TestBackupSaysHowLargeTheCopyIs(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	database, target := filepath.Join(directory, "usher.db"), filepath.Join(directory, "copy.db")
	p := start(t, "serve", "--listen", "127.0.0.1:0", "--database", database)
	p.url(t)
	code, stdout, stderr := call(t, nil, "backup", target, "--database", database)
	info, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("ok: %s is a whole copy of %s: %.1f MiB (%d bytes)\n", target, database, float64(info.Size())/(1<<20), info.Size())
	if code != 0 || stdout != want || stderr != "" {
		t.Errorf("got exit code %d, %q, %q; want 0, %q, nothing", code, stdout, stderr, want)
	}
}

func TestForgettingAPersonSaysWhatIsLeftAndLeavesNoTraceOfTheName(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	database, world := filepath.Join(directory, "usher.db"), filepath.Join(directory, "world.yaml")
	var b strings.Builder
	b.WriteString("users:\n")
	for i := range 3000 { // so many that the tables have many pages
		fmt.Fprintf(&b, "  - {login: person-%d, id: %d, name: Number %d, email: n%d@example.com}\n", i, i+1, i, i)
	}
	b.WriteString(`  - {login: lovelace, id: 70001, name: Ada King, email: ada@example.org}
organizations:
  - {login: octodemo, owners: [lovelace], members: [person-1], teams: [{name: Core, members: [lovelace]}], copilot: {seat_management: assign_all, public_code_suggestions: block}}
tokens: [{token: ghp_lovelace, kind: classic, user: lovelace, scopes: [admin:org]}]
`)
	if err := os.WriteFile(world, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "serve", "--listen", "127.0.0.1:0", "--database", database, "--seed", world)
	p.url(t)
	p.end(t, os.Interrupt)
	const held = "still theirs in the organization octodemo: owner, team core, a seat\n" +
		"nobody else owns the organization octodemo, and forgotten-70001 has no token any more\n"
	for _, c := range []struct {
		login  string
		code   int
		stdout string
		stderr string
	}{
		{"Lovelace", 0, "ok: the person is forgotten-70001 in " + database + " from now on: login, name, e-mail address and time zone are gone, tokens revoked: 1\n" + held, ""},
		{"lovelace", 1, "", "usher: forgetting a person in " + database + ": There is nobody with the login \"lovelace\". Who was forgotten has the login forgotten-ID.\n"},
		{"forgotten-70001", 0, "ok: forgotten-70001 was forgotten before in " + database + "; nothing was changed\n" + held, ""},
		{"person-7", 0, "ok: the person is forgotten-8 in " + database + " from now on: login, name, e-mail address and time zone are gone, tokens revoked: 0\nthey hold nothing any more\n", ""},
	} {
		code, stdout, stderr := call(t, nil, "person", "forget", c.login, "--database", database)
		if code != c.code || stdout != c.stdout || stderr != c.stderr {
			t.Errorf("%s: got exit code %d,\n%s%swant %d,\n%s%s", c.login, code, stdout, stderr, c.code, c.stdout, c.stderr)
		}
	}
	if code, stdout, stderr := call(t, nil, "check", "--database", database); code != 0 {
		t.Errorf("check: got exit code %d, %s%s", code, stdout, stderr)
	}
	data, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"lovelace", "Ada King", "ada@example.org", "person-7\x00", "n7@example.com"} {
		if strings.Contains(strings.ToLower(string(data)), strings.ToLower(text)) {
			t.Errorf("the database's file still has %q", text)
		}
	}
	if !strings.Contains(string(data), "n8@example.com") {
		t.Error("the file does not even have those who were not forgotten: the test finds nothing")
	}
}

// running is a command that runs in-process until it gets a signal.
type running struct {
	signals        chan os.Signal
	code           chan int
	stdout, stderr *buffer
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	return startWith(t, nil, args...)
}

func startWith(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	p := &running{signals: make(chan os.Signal, 2), code: make(chan int, 1), stdout: newBuffer(), stderr: newBuffer()}
	go func() {
		p.code <- Main(args, Process{
			Getenv: func(name string) string { return env[name] },
			Stdout: p.stdout, Stderr: p.stderr, Signals: p.signals,
		})
		close(p.code)
	}()
	t.Cleanup(func() {
		select {
		case p.signals <- os.Interrupt:
		default:
		}
		<-p.code
	})
	return p
}

// url waits until the command serves.
func (p *running) url(t *testing.T) string {
	t.Helper()
	line := p.stderr.await(t, "listening")
	for _, field := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" =\"", r) }) {
		if strings.HasPrefix(field, "http://") {
			return field
		}
	}
	t.Fatalf("no URL in the ready line: %s", line)
	return ""
}

// end sends a signal and returns the exit code.
func (p *running) end(t *testing.T, signal os.Signal) int {
	t.Helper()
	p.signals <- signal
	return <-p.code
}

// buffer is what a running command has written so far.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newBuffer() *buffer { return &buffer{more: make(chan struct{}, 1)} }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// await waits for a line that contains text.
func (b *buffer) await(t *testing.T, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				return line
			}
		}
		select {
		case <-b.more:
		case <-ctx.Done():
			t.Fatalf("no line with %q within a minute:\n%s", text, b.String())
		}
	}
}
