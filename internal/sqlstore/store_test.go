package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
	"github.com/usher-seats/usher/internal/storetest"
)

func TestSQLiteKeepsThePromisesOfThePort(t *testing.T) {
	t.Parallel()
	patience := time.Minute // that the race detector needs where many tests run
	file := filepath.Join(t.TempDir(), "usher.db")
	store, err := sqlstore.Open(t.Context(), file, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	must(t, store.Close())
	schema, err := os.ReadFile(file) // once: migrations take longer than most promises
	if err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t *testing.T) usher.Store {
		copied := filepath.Join(t.TempDir(), "usher.db")
		must(t, os.WriteFile(copied, schema, 0o600))
		return openAt(t, copied, sqlstore.Options{Patience: patience})
	})
}

// modernc.org/sqlite is generated together with one version of modernc.org/libc and
// misbehaves with others. (A test binary's own build information lists no modules.)
func TestTheDriverIsBuiltWithItsOwnLibc(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "modernc.org/sqlite", "modernc.org/libc")
	got, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "modernc.org/sqlite v1.60.1\nmodernc.org/libc v1.77.1\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("modules differ (-want +got):\n%s", diff)
	}
}

func TestAnAcknowledgedWriteHasReachedTheDisk(t *testing.T) {
	t.Parallel()
	store := open(t, sqlstore.Options{})
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "750"} {
		if got := pragmaOf(t, store.Writer(), pragma); got != want {
			t.Errorf("PRAGMA %s of the writer: got %s, want %s", pragma, got, want)
		}
	}
}

func TestAReaderCannotWrite(t *testing.T) {
	t.Parallel()
	store := open(t, sqlstore.Options{})
	if got := pragmaOf(t, store.Readers(), "query_only"); got != "1" {
		t.Errorf("PRAGMA query_only: got %s, want 1", got)
	}
	if _, err := store.Readers().ExecContext(t.Context(), `DELETE FROM users`); err == nil {
		t.Error("a reader's connection deleted rows")
	}
}

func pragmaOf(t *testing.T, db *sql.DB, name string) string {
	t.Helper()
	var value string
	if err := db.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAFullDiskRefusesWritesAndServesReads(t *testing.T) {
	t.Parallel()
	store := open(t, sqlstore.Options{})
	small, large := newCrowd(10), newCrowd(1_000)
	if err := store.Update(t.Context(), small.load); err != nil {
		t.Fatal(err)
	}
	pages := pragmaOf(t, store.Writer(), "page_count")
	pragmaOf(t, store.Writer(), "max_page_count = "+pages)

	wantUnavailable(t, store.Update(t.Context(), large.load), "disk")
	if got := members(t, store); got != 10 {
		t.Errorf("after the refused write there are %d members, want 10", got)
	}

	pragmaOf(t, store.Writer(), "max_page_count = 1000000")
	if err := store.Update(t.Context(), large.load); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if got := members(t, store); got != 1_000 {
		t.Errorf("with room again there are %d members, want 1000", got)
	}
}

func TestAnErrorThatIsPassedOverStillTakesAllBack(t *testing.T) {
	t.Parallel()
	store := open(t, sqlstore.Options{})
	if err := store.Update(t.Context(), newCrowd(10).load); err != nil {
		t.Fatal(err)
	}
	pragmaOf(t, store.Writer(), "max_page_count = "+pragmaOf(t, store.Writer(), "page_count"))
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		_ = newCrowd(1_000).load(tx) // the engine rolls back by itself
		_ = tx.SetSeed("written outside any transaction")
		return nil
	})
	wantUnavailable(t, err, "disk")
	err = store.View(t.Context(), func(r usher.Reader) error {
		digest, ok, err := r.Seed()
		if ok {
			t.Errorf("the seed is %q, want none", digest)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func members(t *testing.T, store *sqlstore.Store) int {
	t.Helper()
	var ids []int64
	err := store.View(t.Context(), func(r usher.Reader) (err error) {
		ids, err = r.Members(usher.OrganizationRef(7))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

func wantUnavailable(t *testing.T, err error, word string) {
	t.Helper()
	var failure *usher.Error
	if !errors.As(err, &failure) || failure.Kind != usher.Unavailable {
		t.Fatalf("got %v, want an error of kind Unavailable", err)
	}
	if !strings.Contains(failure.Message, word) {
		t.Errorf("the message is %q, want it to say %q", failure.Message, word)
	}
}

// lockedStore is a store whose database another process is writing to.
func lockedStore(t *testing.T) (store *sqlstore.Store, unlock func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "usher.db")
	store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{Wall: time.Now, Patience: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(store.Close(), other.Close()); err != nil {
			t.Error(err)
		}
	})
	return store, func() {
		if err := lock.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

func TestADatabaseThatStaysLockedIsUnavailable(t *testing.T) {
	t.Parallel()
	store, unlock := lockedStore(t)
	wantUnavailable(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("x") }), "busy")
	if err := store.Ping(t.Context()); err != nil {
		t.Errorf("reading beside a locked writer: %v", err)
	}
	unlock()
	if err := store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("x") }); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
}

func TestABusyClosureRunsAgain(t *testing.T) {
	t.Parallel()
	store, unlock := lockedStore(t)
	busy := store.Update(t.Context(), func(usher.Tx) error { return nil })
	unlock()

	runs := 0
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		runs++
		if runs < 3 {
			return busy
		}
		return tx.SetSeed("digest")
	})
	if err != nil || runs != 3 {
		t.Errorf("got %d runs and error %v, want 3 and none", runs, err)
	}
	runs = 0
	err = store.Update(t.Context(), func(usher.Tx) error { runs++; return busy })
	wantUnavailable(t, err, "busy")
	if runs != 3 {
		t.Errorf("got %d runs, want patience to end after 3", runs)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "usher.db"), sqlstore.Options{Wall: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, store.Ping(t.Context()), "stopping")
	wantUnavailable(t, store.Update(t.Context(), func(usher.Tx) error { return nil }), "stopping")
}

func TestAWriteThatWaitsForAnotherEndsWithItsContext(t *testing.T) {
	t.Parallel()
	store := open(t, sqlstore.Options{})
	err := store.Update(t.Context(), func(usher.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		return store.Update(ctx, func(usher.Tx) error { return nil })
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
}

func TestTheTraceSeesEachStatementWithItsRows(t *testing.T) {
	t.Parallel()
	type call struct {
		Verb string
		Rows int
	}
	var mu sync.Mutex
	var got []call
	store := open(t, sqlstore.Options{Trace: func(query string, rows int) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, call{strings.Fields(query)[0], rows})
	}})
	world := newCrowd(3)
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		if err := tx.InsertUsers(world.users); err != nil {
			return err
		}
		if _, err := tx.Users([]int64{1001, 1003, 99}); err != nil {
			return err
		}
		_, err := tx.Members(world.org)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []call{{"INSERT", 2}, {"INSERT", 1}, {"SELECT", 2}, {"SELECT", 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls differ (-want +got):\n%s", diff)
	}
}

func TestTheProcessClockIsReadOnceInATransaction(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 3, 4, 5, 6, 7, 8999, time.UTC)
	reads := 0
	store := open(t, sqlstore.Options{Wall: func() time.Time {
		reads++
		return wall.Add(time.Duration(reads) * time.Hour)
	}})
	err := store.Update(t.Context(), func(tx usher.Tx) error {
		for range 3 {
			got, err := tx.Now()
			if err != nil {
				return err
			}
			if want := wall.Add(time.Hour).Truncate(time.Microsecond); got != want {
				t.Errorf("Now is %v, want %v", got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if reads != 1 {
		t.Errorf("the process clock was read %d times, want once", reads)
	}
}
