package server

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// While a database is migrated the process says that it lives, and that it is not ready and why;
// whatever else it is asked must wait. Only then it says that it listens.
func TestAServerThatMigratesLivesAndIsNotReady(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	_ = open(t, config).Close()
	log := &syncBuffer{}
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	release := holdMigration(t, config.Database)
	s := runSomewhere(t, config)

	enginetest.Await(t, "a migration", func() bool {
		return strings.Contains(s.get(t, "/_usher/ready"), "migrating the database from schema version ")
	})
	if got, want := s.get(t, "/_usher/live"), `200 {"status":"live"}`; got != want {
		t.Errorf("live: got %s, want %s", got, want)
	}
	if got := s.get(t, "/_usher/ready"); !strings.HasPrefix(got, `503 {"message":"Not ready to serve: migrating the database`) {
		t.Errorf("ready: got %s, want 503 and that it migrates", got)
	}
	for _, path := range []string{billing, "/_usher/metrics", "/zen", "/nowhere"} {
		response, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" || response.Header.Get("X-Github-Request-Id") == "" {
			t.Errorf("GET %s: got %s and the headers %v, want 503, Retry-After and an id", path, response.Status, response.Header)
		}
	}
	if strings.Contains(log.String(), `"msg":"listening"`) {
		t.Errorf("the server says that it listens before it is ready:\n%s", log)
	}
	release()
	enginetest.Await(t, "a ready server", func() bool { return s.get(t, "/_usher/ready") == `200 {"status":"ready"}` })
	if got := s.get(t, billing); !strings.HasPrefix(got, "200 ") {
		t.Errorf("billing, once it is ready: got %s, want 200", got)
	}
	enginetest.Await(t, "its line", func() bool { return strings.Contains(log.String(), `"msg":"listening"`) })
}

func TestAServerThatIsStoppedWhileItMigratesEndsInOrder(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	_ = open(t, config).Close()
	holdMigration(t, config.Database)
	s := runSomewhere(t, config)
	enginetest.Await(t, "a migration", func() bool { return strings.Contains(s.get(t, "/_usher/ready"), "migrating") })
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// holdMigration makes a database one that is to be migrated, and keeps everybody from that until
// release takes it back.
func holdMigration(t *testing.T, database string) (release func()) {
	t.Helper()
	driver, hold, restore := "sqlite", `BEGIN IMMEDIATE`, `COMMIT`
	if enginetest.OnPostgres(t) {
		driver, hold, restore = "pgx", `SELECT pg_advisory_lock(504447395186)`, `SELECT pg_advisory_unlock(504447395186)` // sqlstore's schemaLock
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = db.Close()
	})
	run := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run(`UPDATE usher_schema_version SET version_id = -version_id WHERE version_id > 8`)
	run(hold)
	return func() {
		run(`UPDATE usher_schema_version SET version_id = -version_id WHERE version_id < 0`)
		run(restore)
	}
}

// runSomewhere is run, and does not wait until the server is ready.
func runSomewhere(t *testing.T, config Config) *serving {
	t.Helper()
	listener, err := listen(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &serving{url: baseURL("http", listener.Addr()), stop: stop, ended: make(chan error, 1)}
	go func() {
		err := runOn(ctx, config, listener)
		if err != nil {
			t.Logf("the server has ended: %v", err)
		}
		s.ended <- err
		close(s.ended)
	}()
	t.Cleanup(func() {
		stop()
		<-s.ended
	})
	return s
}

// A server that is stopped goes on for the configured delay: a balancer sees that it is not
// ready, whoever comes nevertheless is answered, and told not to come back on the same connection.
// No connection is closed before, also not one that idles.
func TestADrainingServerIsNotReadyAndGoesOnServing(t *testing.T) {
	t.Parallel()
	hurry := make(chan struct{})
	config := configWith(t, world)
	config.DrainDelay, config.Hurry = time.Hour, hurry
	s := run(t, config)
	idle := keep(t, s.url)
	if got := idle.get(t, "/_usher/ready"); got.status != http.StatusOK || got.close {
		t.Errorf("before: got %+v, want 200 and the connection kept", got)
	}
	s.stop()
	enginetest.Await(t, "a server that is not ready", func() bool {
		return s.get(t, "/_usher/ready") == `503 {"message":"Not ready to serve: draining.","documentation_url":"https://docs.github.com/rest","status":"503"}`
	})
	for path, want := range map[string]string{
		"/_usher/live": `200 {"status":"live"}`, billing: `200 {"seat_breakdown"`, "/_usher/metrics": "200 # HELP", "/nowhere": "404 ",
	} {
		if got := s.get(t, path); !strings.HasPrefix(got, want) {
			t.Errorf("GET %s while it drains: got %s, want %s…", path, got, want)
		}
	}
	for _, c := range []*kept{idle, keep(t, s.url)} {
		if got := c.get(t, billing); got.status != http.StatusOK || !got.close {
			t.Errorf("a connection while it drains: got %+v, want 200 and its end announced", got)
		}
		if b, err := c.reader.ReadByte(); err != io.EOF {
			t.Errorf("after it was announced: got byte %q and %v, want the end", b, err)
		}
	}
	options := keep(t, s.url)
	if got := options.do(t, "OPTIONS", "/"); got.status != http.StatusNoContent || !got.close {
		t.Errorf("an answer without a body: got %+v, want 204 and the connection's end announced", got)
	}
	close(hurry)
	<-s.ended
}

// An answer that is written after the signal announces the end, also of a request from before.
func TestAnswersThatAreUnderWayAnnounceTheEndToo(t *testing.T) {
	t.Parallel()
	f := frontOf(t)
	f.open(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.leave()
		if r.URL.Path == "/written" {
			_, _ = io.WriteString(w, "answer")
		}
	}))
	web := accept(listenSomewhere(t), f, defaultLimits(), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = web.Close() })
	for _, path := range []string{"/written", "/empty"} {
		f.draining.Store(false)
		if got := keep(t, baseURL("http", web.address)).get(t, path); got.status != http.StatusOK || !got.close {
			t.Errorf("GET %s: got %+v, want 200 and the connection's end announced", path, got)
		}
	}
}

func TestTheDrainDelayPassesByItself(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	config.DrainDelay = 50 * time.Millisecond
	s := run(t, config)
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func listenSomewhere(t *testing.T) net.Listener {
	t.Helper()
	listener, err := listen(t.Context(), Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// kept is a connection that its client wants to keep.
type kept struct {
	net.Conn
	reader *bufio.Reader
}

func keep(t *testing.T, url string) *kept {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &kept{conn, bufio.NewReader(conn)}
}

// said is what a server has answered on a connection.
type said struct {
	status int
	close  bool
}

func (c *kept) get(t *testing.T, path string) said { return c.do(t, http.MethodGet, path) }

func (c *kept) do(t *testing.T, method, path string) said {
	t.Helper()
	if _, err := io.WriteString(c, method+" "+path+" HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return said{response.StatusCode, response.Close}
}

// frontOf is the front of a server without a certificate.
func frontOf(t *testing.T) *front {
	t.Helper()
	f, err := newFront(Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
