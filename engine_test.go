package usher_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// engine is a database engine on which the rules are proved.
type engine struct {
	name   string
	create func(testing.TB) database
}

// database is one database of an engine. Its address stays good for the whole test.
type database struct {
	address string
	open    func(testing.TB, openOptions) closingStore
}

type openOptions struct {
	wall  func() time.Time
	trace func(query string, rows int) // nil: none
}

type closingStore interface {
	usher.Store
	Close() error
}

// engines are all engines. What runs on one of them runs on each.
func engines() []engine {
	return []engine{
		{"sqlite", createSQLite},
	}
}

func createSQLite(tb testing.TB) database {
	path := filepath.Join(tb.TempDir(), "usher.db")
	return database{path, func(tb testing.TB, options openOptions) closingStore {
		tb.Helper()
		store, err := sqlstore.Open(context.Background(), path, sqlstore.Options{Wall: options.wall, Trace: options.trace})
		if err != nil {
			tb.Fatalf("open %s: %v", path, err)
		}
		return store
	}}
}

// onEachEngine runs a test once for each engine, beside one another.
func onEachEngine(t *testing.T, test func(*testing.T, engine)) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// wallClock is a process clock that shows what the test says.
type wallClock struct{ micros atomic.Int64 }

func (w *wallClock) set(at time.Time)        { w.micros.Store(at.UnixMicro()) }
func (w *wallClock) now() time.Time          { return time.UnixMicro(w.micros.Load()).UTC() }
func (w *wallClock) advance(d time.Duration) { w.set(w.now().Add(d)) }
