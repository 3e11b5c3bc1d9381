package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
	"github.com/usher-seats/usher/internal/storetest"
)

func TestPostgresKeepsThePromisesOfThePort(t *testing.T) {
	t.Parallel()
	patient := sqlstore.Options{Patience: time.Minute} // which many tests at once need
	schema, err := enginetest.Shared(t).Template(func(database string) error {
		store, err := sqlstore.Open(t.Context(), database, patient)
		if err != nil {
			return err
		}
		return store.Close()
	})
	must(t, err)
	storetest.Run(t, func(t *testing.T) usher.Store { return openAt(t, schema.Copy(t), patient) })
}

func openPostgres(tb testing.TB, options sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	return openAt(tb, enginetest.Shared(tb).Database(tb), options)
}

// with is a database's URL with a setting more.
func with(database, setting, value string) string {
	location, err := url.Parse(database)
	if err != nil {
		panic(err)
	}
	settings := location.Query()
	settings.Set(setting, value)
	location.RawQuery = settings.Encode()
	return location.String()
}

// do runs statements on a database, behind usher's back.
func do(t *testing.T, database string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", database)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestAPostgresDatabaseIsRefusedThatUsherCannotServe(t *testing.T) {
	t.Parallel()
	cluster := enginetest.Shared(t)
	for name, test := range map[string]struct {
		prepare   func(t *testing.T, database string) string // the URL to open
		mustExist bool
		want      []string // what the error says
	}{
		"another program's": {
			prepare: func(t *testing.T, database string) string {
				do(t, database, `CREATE TABLE users (id INT)`)
				return database
			},
			want: []string{"another program", "search_path"},
		},
		"a newer usher's": {
			prepare: func(t *testing.T, database string) string {
				create(t, database)
				do(t, database, `INSERT INTO `+sqlstore.VersionTable+` (version_id, is_applied) VALUES (9001, TRUE)`)
				return database
			},
			want: []string{"9001", "newer usher"},
		},
		"an older usher's that must be as it is": {
			prepare: func(t *testing.T, database string) string {
				create(t, database)
				do(t, database, `DELETE FROM `+sqlstore.VersionTable+` WHERE version_id > 11`)
				return database
			},
			mustExist: true,
			want:      []string{"version 11", "usher migrate", "older usher"},
		},
		"an empty one that must be usher's": {
			prepare:   func(_ *testing.T, database string) string { return database },
			mustExist: true,
			want:      []string{"empty", "start the server once"},
		},
		"one without its schema": {
			prepare: func(_ *testing.T, database string) string { return with(database, "search_path", "nowhere") },
			want:    []string{"no schema", "create one first"},
		},
		"one in another encoding": {
			prepare: func(t *testing.T, database string) string {
				do(t, database, `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
				location, err := url.Parse(database)
				must(t, err)
				location.Path = "latin"
				return location.String()
			},
			want: []string{"LATIN1", "UTF8"},
		},
		"one that does not exist": {
			prepare: func(t *testing.T, database string) string {
				location, err := url.Parse(database)
				must(t, err)
				location.Path = "nothing"
				return location.String()
			},
			want: []string{"nothing", "does not exist"},
		},
		"one whose password is another": {
			prepare: func(t *testing.T, database string) string {
				location, err := url.Parse(database)
				must(t, err)
				location.User = url.UserPassword("usher", "wrong-secret")
				return location.String()
			},
			want: []string{"does not let", "password"},
		},
		"a pool of nothing": {
			prepare: func(_ *testing.T, database string) string { return with(database, "pool_max_conns", "1") },
			want:    []string{"pool_max_conns=1", "from 2"},
		},
		"a setting that is none": {
			prepare: func(_ *testing.T, database string) string { return with(database, "sslmode", "perhaps") },
			want:    []string{"sslmode"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := test.prepare(t, cluster.Database(t))
			store, err := sqlstore.Open(t.Context(), database, sqlstore.Options{MustExist: test.mustExist})
			if err == nil {
				must(t, store.Close())
				t.Fatal("Open gave no error")
			}
			for _, want := range append(test.want, "open database postgres://usher:xxxxx@") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want it to say %q", err, want)
				}
			}
			location, _ := url.Parse(database)
			if secret, _ := location.User.Password(); strings.Contains(err.Error(), secret) {
				t.Errorf("the error has the password in it: %q", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
		})
	}
}

func TestADatabasesPublicNameHasNoPassword(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"/var/lib/usher.db":                           "/var/lib/usher.db",
		"postgres://me@db/usher":                      "postgres://me@db/usher",
		"postgres://me:secret@db:5432/usher?x=y":      "postgres://me:xxxxx@db:5432/usher?x=y",
		"postgresql://me@db/usher?password=secret":    "postgresql://me@db/usher?password=xxxxx",
		"postgres://me@db/usher?sslpassword=secret":   "postgres://me@db/usher?sslpassword=xxxxx",
		"postgres://me@db/usher?PassWord=secret":      "postgres://me@db/usher?PassWord=xxxxx",
		"postgres://me:secret@one:1,two:2/usher?x=y":  "postgres://me:xxxxx@one:1,two:2/usher?x=y",
		"postgres://me:secret with spaces%zz@db/more": "postgres://…",
	} {
		if got := sqlstore.PublicName(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// A standby answers everything that is only read, with what may be old.
func TestAStandbyIsPassedOver(t *testing.T) {
	t.Parallel()
	standby, primary := enginetest.NewStandby(t), enginetest.Shared(t)
	location, err := url.Parse(primary.Database(t))
	must(t, err)
	location.Path = "postgres" // both servers have that one
	do(t, location.String(), `CREATE SCHEMA beside_a_standby`)

	alone := *location
	alone.Host = standby.Address()
	_, err = sqlstore.Open(t.Context(), alone.String(), sqlstore.Options{})
	if err == nil || !strings.Contains(err.Error(), "is a standby") {
		t.Errorf("the standby alone: got %v, want an error that says what it is", err)
	}

	location.Host = standby.Address() + "," + primary.Address()
	store := openAt(t, with(location.String(), "search_path", "beside_a_standby"), sqlstore.Options{})
	must(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("on the primary") }))
	for _, db := range []*sql.DB{store.Writer(), store.Readers()} {
		var recovering bool
		must(t, db.QueryRowContext(t.Context(), `SELECT pg_is_in_recovery()`).Scan(&recovering))
		if recovering {
			t.Error("a pool has connected to the standby")
		}
	}
}

// Of several addresses some may be dead, and swallow what is sent to them.
func TestDeadAddressesLeaveTimeForTheOneThatAnswers(t *testing.T) {
	t.Parallel()
	primary := enginetest.Shared(t)
	location, err := url.Parse(primary.Database(t))
	must(t, err)
	var silent []string
	for range 3 {
		listener, err := net.Listen("tcp", "127.0.0.1:0") // it never accepts
		must(t, err)
		t.Cleanup(func() { must(t, listener.Close()) })
		silent = append(silent, listener.Addr().String())
	}
	location.Host = strings.Join(append(silent, primary.Address()), ",")
	store := openAt(t, with(location.String(), "sslmode", "disable"), sqlstore.Options{})
	must(t, store.Ping(t.Context()))
}

// What extensions have brought into the schema is no reason to refuse it, and neither is
// what lies in other schemas.
func TestAPostgresDatabaseMayHaveExtensionsAndOtherSchemas(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	do(t, database, `CREATE SCHEMA other`, `CREATE TABLE other.users (id INT)`, `CREATE SCHEMA ours`,
		// An extension of the test's own would need files beside the server's.
		`CREATE VIEW of_an_extension AS SELECT 1`,
		`INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
			SELECT 'pg_class'::regclass, 'of_an_extension'::regclass, 0, 'pg_extension'::regclass, oid, 0, 'e' FROM pg_extension LIMIT 1`)
	for _, schema := range []string{"public", "ours"} {
		store := openAt(t, with(database, "search_path", schema), sqlstore.Options{})
		must(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed(schema) }))
		must(t, store.View(t.Context(), func(r usher.Reader) error {
			got, _, err := r.Seed()
			if got != schema {
				t.Errorf("got the seed %q, want %q", got, schema)
			}
			return err
		}))
	}
}

func TestManyReplicasMayBeginOnOneNewDatabase(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	const replicas = 5
	failures := make(chan error)
	for range replicas {
		go func() {
			store, err := sqlstore.Open(context.WithoutCancel(t.Context()), database, sqlstore.Options{})
			if err == nil {
				err = store.Update(context.WithoutCancel(t.Context()), func(tx usher.Tx) error { return tx.SetSeed("a seed") })
				err = errors.Join(err, store.Close())
			}
			failures <- err
		}()
	}
	for range replicas {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}

// What measured_plan_test.go of package usher explains is planned with these settings too.
func TestEveryConnectionHasUshersSettings(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	do(t, database, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`)
	store := openAt(t, database, sqlstore.Options{})
	want := map[string]string{
		"synchronous_commit": "on", "statement_timeout": "3s", "idle_in_transaction_session_timeout": "3s",
		"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
		"jit": "off", "application_name": "usher",
	}
	for pool, db := range map[string]*sql.DB{"writer": store.Writer(), "readers": store.Readers()} {
		got := maps.Clone(want)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			var value string
			must(t, db.QueryRowContext(t.Context(), `SELECT current_setting($1)`, name).Scan(&value))
			got[name] = value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("settings of the %s (-want +got):\n%s", pool, diff)
		}
	}
}

func TestAServersOwnChoiceOfStandbysIsKept(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	for _, choice := range []string{"local", "remote_write", "remote_apply"} {
		store := openAt(t, with(database, "synchronous_commit", choice), sqlstore.Options{})
		var got string
		must(t, store.Writer().QueryRowContext(t.Context(), `SHOW synchronous_commit`).Scan(&got))
		if got != choice {
			t.Errorf("got synchronous_commit %s, want %s", got, choice)
		}
	}
}

func TestThePoolIsAsLargeAsTheURLSays(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	for address, want := range map[string][2]int{
		database:                               {8, 8},
		with(database, "pool_max_conns", "5"):  {2, 3},
		with(database, "pool_max_conns", "40"): {20, 20},
	} {
		store := openAt(t, address, sqlstore.Options{})
		got := [2]int{store.Writer().Stats().MaxOpenConnections, store.Readers().Stats().MaxOpenConnections}
		if got != want {
			t.Errorf("%s: got %v writers and readers, want %v", sqlstore.PublicName(address), got, want)
		}
	}
}

// Replicas on several machines have clocks that differ; the database has one.
func TestWorldTimeIsTheDatabaseServersUnlessTheOptionsHaveAClock(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	now := func(store *sqlstore.Store) (now time.Time) {
		must(t, store.Update(t.Context(), func(tx usher.Tx) (err error) {
			now, err = tx.Now()
			again, againErr := tx.Now()
			if again != now {
				t.Errorf("asked again, the time is %v, want %v", again, now)
			}
			return errors.Join(err, againErr)
		}))
		return now
	}
	store := openAt(t, database, sqlstore.Options{})
	var before, after int64
	const clock = `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`
	must(t, store.Readers().QueryRowContext(t.Context(), clock).Scan(&before))
	got := now(store)
	must(t, store.Readers().QueryRowContext(t.Context(), clock).Scan(&after))
	if got.UnixMicro() < before || got.UnixMicro() > after {
		t.Errorf("got %v, want it between %v and %v", got, time.UnixMicro(before), time.UnixMicro(after))
	}
	noon := time.Date(2031, 1, 1, 12, 0, 0, 0, time.UTC)
	if got := now(openAt(t, database, sqlstore.Options{Wall: func() time.Time { return noon }})); got != noon {
		t.Errorf("with a clock of its own: got %v, want %v", got, noon)
	}
}

func TestATableThatGrowsByALotIsCountedAnew(t *testing.T) {
	t.Parallel()
	store := openPostgres(t, sqlstore.Options{})
	must(t, store.Update(t.Context(), newCrowd(5_000).load))
	var rows int
	must(t, store.Readers().QueryRowContext(t.Context(), `SELECT CAST(reltuples AS INT) FROM pg_class WHERE oid = 'users'::regclass`).Scan(&rows))
	if rows != 5_000 {
		t.Errorf("the planner knows of %d users, want 5000", rows)
	}
}
