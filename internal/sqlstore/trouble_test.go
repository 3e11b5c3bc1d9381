package sqlstore_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

func TestADeadlockRunsAgain(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	store := openAt(t, database, sqlstore.Options{})
	first, second := usher.OrganizationRef(1), usher.OrganizationRef(2)
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		return tx.InsertAccounts([]usher.Account{{Ref: first, Login: "first"}, {Ref: second, Login: "second"}})
	})
	must(t, err)

	// The other one does not look for deadlocks, so it is the store that is ended.
	other := connect(t, database)
	execPostgres(t, other, `SET deadlock_timeout = '1min'`)
	execPostgres(t, other, `BEGIN`)
	execPostgres(t, other, `SELECT FROM accounts WHERE login = 'second' FOR UPDATE`)
	observer := connect(t, database)
	ended := make(chan error, 1)
	runs := 0
	err = store.Update(t.Context(), func(tx usher.Tx) error {
		runs++
		if runs == 2 {
			must(t, <-ended) // or this one might take the lock before the other wakes: a deadlock again
		}
		if _, err := tx.Lock(first); err != nil {
			return err
		}
		if runs == 1 {
			go func() {
				_, err := other.Exec(context.WithoutCancel(t.Context()), `SELECT FROM accounts WHERE login = 'first' FOR UPDATE; COMMIT`)
				ended <- err
			}()
			enginetest.Await(t, "another transaction that waits", func() bool {
				return number(t, observer, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND wait_event_type = 'Lock'`) == 1
			})
		}
		if _, err := tx.Lock(second); err != nil {
			return err
		}
		return tx.SetSeed("done")
	})
	if err != nil || runs != 2 {
		t.Errorf("got %d runs and %v, want 2 and no error", runs, err)
	}
	wantSeed(t, store, "done", true)
}

func TestATransactionThatLosesItsConnectionRunsAgain(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	store := openAt(t, database, sqlstore.Options{})
	observer := connect(t, database)
	terminate := func() {
		ended := number(t, observer, `SELECT COUNT(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
			WHERE datname = CURRENT_DATABASE() AND application_name = 'usher' AND state = 'idle in transaction'`)
		if ended != 1 {
			t.Errorf("%d connections were ended, want 1", ended)
		}
	}
	runs := 0
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		runs++
		if err := tx.SetSeed("first"); err != nil {
			return err
		}
		if runs == 1 {
			terminate()
		}
		return tx.SetSeed("second")
	})
	if err != nil || runs != 2 {
		t.Errorf("update: got %d runs and %v, want 2 and no error", runs, err)
	}
	runs = 0
	err = store.View(t.Context(), func(r usher.Reader) error {
		runs++
		if _, err := r.Clock(); err != nil {
			return err
		}
		if runs == 1 {
			terminate()
		}
		digest, _, err := r.Seed()
		if err == nil && digest != "second" {
			t.Errorf("got the seed %q, want second", digest)
		}
		return err
	})
	if err != nil || runs != 2 {
		t.Errorf("view: got %d runs and %v, want 2 and no error", runs, err)
	}
}

// After each of many cuts a pool holds more dead connections than there are attempts.
func TestDeadConnectionsDoNotUseUpTheAttempts(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	store := openAt(t, database, sqlstore.Options{})
	observer := connect(t, database)
	for range 3 {
		fill(t, store)
		number(t, observer, `SELECT COUNT(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
			WHERE datname = CURRENT_DATABASE() AND application_name = 'usher'`)
		for range 3 {
			if err := store.Ping(t.Context()); err != nil {
				t.Errorf("reading: %v", err)
			}
			if err := store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("x") }); err != nil {
				t.Errorf("writing: %v", err)
			}
		}
	}
}

// fill has a store open all its readers at once.
func fill(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	const readers = 8
	begun, all := make(chan error, readers), make(chan struct{})
	ended := make(chan error, readers)
	for range readers {
		go func() {
			ended <- store.View(context.WithoutCancel(t.Context()), func(r usher.Reader) error {
				_, err := r.Clock()
				begun <- err
				<-all
				return err
			})
		}()
	}
	for range readers {
		must(t, <-begun)
	}
	close(all)
	for range readers {
		must(t, <-ended)
	}
}

func TestACommitThatMayHaveBeenCarriedOutDoesNotRunAgain(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	store := openAt(t, database, sqlstore.Options{})
	other := connect(t, database)
	execPostgres(t, other, `CREATE FUNCTION ending() RETURNS TRIGGER LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`)
	execPostgres(t, other, `CREATE CONSTRAINT TRIGGER ending AFTER INSERT ON world DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION ending()`)
	runs := 0
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		runs++
		return tx.SetSeed("digest")
	})
	wantUnavailable(t, err, "whole, or not at all")
	if runs != 1 {
		t.Errorf("got %d runs, want 1", runs)
	}
	wantSeed(t, store, "", false)
}

func TestAWriterThatIsHeldMakesOthersUnavailableInTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	store := openAt(t, path, sqlstore.Options{})
	elsewhere := openAt(t, path, sqlstore.Options{})
	seed := func(tx usher.Tx) error { return tx.SetSeed("x") }

	holding, release := make(chan struct{}), make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- store.Update(context.WithoutCancel(t.Context()), func(tx usher.Tx) error {
			err := seed(tx)
			close(holding)
			<-release
			return err
		})
	}()
	<-holding
	refused := make(chan error)
	for _, s := range []*sqlstore.Store{store, store, elsewhere, elsewhere} {
		go func() {
			begun := time.Now()
			err := s.Update(context.WithoutCancel(t.Context()), seed)
			if took := time.Since(begun); took > 10*time.Second { // five for users; others may be at work here
				t.Errorf("refused after %s, want at most 10s", took)
			}
			refused <- err
		}()
	}
	if err := elsewhere.Ping(t.Context()); err != nil {
		t.Errorf("reading beside the writer: %v", err)
	}
	for range 4 {
		wantUnavailable(t, <-refused, "database")
	}
	close(release)
	must(t, <-held)
	must(t, elsewhere.Update(t.Context(), seed))
	must(t, store.Update(t.Context(), seed))
}

func connect(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	must(t, err)
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func execPostgres(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statement)
	must(t, err)
}

func number(t *testing.T, conn *pgx.Conn, query string) (n int) {
	t.Helper()
	must(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

func wantSeed(t *testing.T, store *sqlstore.Store, want string, stored bool) {
	t.Helper()
	err := store.View(t.Context(), func(r usher.Reader) error {
		got, ok, err := r.Seed()
		if err == nil && (got != want || ok != stored) {
			t.Errorf("the seed is %q, %v; want %q, %v", got, ok, want, stored)
		}
		return err
	})
	must(t, err)
}
