package usher_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// newDatabase is the name of a new database of the engine under test, empty but for its schema.
func newDatabase(tb testing.TB) string {
	tb.Helper()
	template, err := schema()
	if err != nil {
		tb.Fatalf("make a database with a schema: %v", err)
	}
	return template.Copy(tb)
}

// schema is made once: the migrations of each test's database would take longer than most tests.
var schema = sync.OnceValues(func() (*enginetest.Template, error) {
	return enginetest.NewTemplate(func(database string) error {
		store, err := sqlstore.Open(context.Background(), database, sqlstore.Options{Patience: time.Minute})
		if err != nil {
			return err
		}
		return store.Close()
	})
})

type closingStore interface {
	usher.Store
	Close() error
}

// open opens a database, which is the caller's to close. It has the patience that the
// race detector needs.
func open(tb testing.TB, database string, options sqlstore.Options) closingStore {
	tb.Helper()
	options.Patience = time.Minute
	store, err := sqlstore.Open(context.Background(), database, options)
	if err != nil {
		tb.Fatalf("open %s: %v", database, err)
	}
	return store
}

// closed closes a store at the end of the test.
func closed(tb testing.TB, store closingStore) closingStore {
	tb.Helper()
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return store
}

// wallClock is a process clock that shows what the test says.
type wallClock struct{ micros atomic.Int64 }

func (w *wallClock) set(at time.Time)        { w.micros.Store(at.UnixMicro()) }
func (w *wallClock) now() time.Time          { return time.UnixMicro(w.micros.Load()).UTC() }
func (w *wallClock) advance(d time.Duration) { w.set(w.now().Add(d)) }
