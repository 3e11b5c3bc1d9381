// Package sqlstore is the [usher.Store] on database/sql: SQLite and PostgreSQL.
//
// There is one SQL text for both engines; where they differ, the difference is a named
// field of a dialect. Statements fetch and store in sets; the rules are in package usher.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usher-seats/usher"
)

// Options are what a Store is given besides its database.
type Options struct {
	// Wall is the clock that the world clock is read from. Nil is the engine's own: of
	// SQLite this process's, of PostgreSQL the database server's, which all replicas share.
	Wall func() time.Time
	// MustExist refuses a database that is not there, holds no schema of usher's, or that of
	// an older one, instead of making it or bringing it up to date.
	MustExist bool
	// Patience is how long a transaction may wait for others: for a connection, and for
	// the locks of its first statement. Each later step may take half of it. Zero means
	// [DefaultPatience].
	Patience time.Duration
	// Migrating, unless nil, is called before the schema of a database that has one is brought
	// up to date, with its version and the one to come.
	Migrating func(from, to int64)
	// Trace, unless nil, is called once for each executed statement, with how many rows
	// it returned or changed. It may be called from several goroutines at once.
	Trace func(query string, rows int)
}

// DefaultPatience lets a request whose database does not answer be refused within five
// seconds: its client is still there. That is all of it and the half for one later step.
const DefaultPatience = 3 * time.Second

// attempts is how often a transaction is tried that a conflict or a lost connection ends.
const attempts = 3

// Store is a [usher.Store] on a database. Its methods are safe for concurrent use.
type Store struct {
	options Options
	dialect dialect
	writer  *sql.DB
	readers *sql.DB
	there   func() error // why what is written now would be lost, or nil
	closed  atomic.Bool
	running sync.RWMutex // read-locked by what is running; Close takes it whole
}

var _ usher.Store = (*Store)(nil)

// View implements [usher.Store].
func (s *Store) View(ctx context.Context, fn func(usher.Reader) error) error {
	return s.run(ctx, s.readers, s.dialect.viewing, func(r *reader) error {
		if err := fn(r); err != nil {
			return err
		}
		return r.failed
	})
}

// Update implements [usher.Store].
func (s *Store) Update(ctx context.Context, fn func(usher.Tx) error) error {
	return s.run(ctx, s.writer, s.dialect.updating, func(r *reader) error {
		if err := fn(&tx{reader: r, changes: map[int64]int64{}}); err != nil {
			return err
		}
		if r.failed != nil {
			return r.failed
		}
		if err := s.there(); err != nil {
			return err
		}
		return r.commit()
	})
}

// run runs a transaction on a connection of a pool; again where a conflict or a lost
// connection has undone it, while there is patience.
func (s *Store) run(ctx context.Context, pool *sql.DB, options *sql.TxOptions, fn func(*reader) error) error {
	s.running.RLock()
	defer s.running.RUnlock()
	patience, stop := context.WithTimeoutCause(ctx, s.options.Patience, errPatience)
	defer stop()
	for attempt := 1; ; attempt++ {
		again, err := s.try(ctx, patience, pool, options, fn)
		if !again || attempt == attempts || patience.Err() != nil {
			return err
		}
	}
}

// try runs a transaction once. again says that nothing of it was done, and that trying it
// again may help.
func (s *Store) try(ctx, patience context.Context, pool *sql.DB, options *sql.TxOptions, fn func(*reader) error) (again bool, err error) {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	r := newReader(reader{ctx: ctx, cut: cut, patience: patience, store: s, dialect: s.dialect})
	if err := r.begin(pool, options); err != nil {
		// A connection that was cut off here was dead: another one may live.
		return s.passing(err) || errors.Is(context.Cause(r.ctx), errPatience), err
	}
	defer r.end()
	if err := fn(r); err != nil {
		return !r.uncertain && s.passing(err), err
	}
	return false, nil
}

// passing says whether an error may be gone when the same is tried again.
func (s *Store) passing(err error) bool {
	judged, _ := s.dialect.judge(err)
	return judged == conflict || judged == lost
}

// Pools are the store's connections, by what they are for.
func (s *Store) Pools() map[string]sql.DBStats {
	return map[string]sql.DBStats{"read": s.readers.Stats(), "write": s.writer.Stats()}
}

// Ping says whether the database can be read, and is still the one that was opened.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.there(); err != nil {
		return err
	}
	return s.View(ctx, func(r usher.Reader) error {
		_, err := r.Clock()
		return err
	})
}

// Close waits for what is running and closes the database.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.running.Lock()
	defer s.running.Unlock()
	// The writer goes last: SQLite's last connection folds the log back into the file.
	if err := errors.Join(s.readers.Close(), s.writer.Close()); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
