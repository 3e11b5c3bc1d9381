// Package sqlstore is the [usher.Store] on database/sql.
//
// There is one SQL text for all engines; where they differ, the difference is a named
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
	// Wall is the process clock; the world clock is read from it. Required.
	Wall func() time.Time
	// MustExist refuses a database file that is not there instead of creating it.
	MustExist bool
	// Patience is how long one attempt waits for another process that has the database
	// locked; zero means a second and a half.
	Patience time.Duration
	// Trace, unless nil, is called once for each executed statement, with how many rows
	// it returned or changed. It may be called from several goroutines at once.
	Trace func(query string, rows int)
}

// defaultPatience, taken for each attempt, is long for a request, and short enough for its
// client to still be there.
const defaultPatience = 1500 * time.Millisecond

// attempts is how often Update runs its closure when the database is busy.
const attempts = 3

// Store is a [usher.Store] on a database. Its methods are safe for concurrent use.
type Store struct {
	options Options
	dialect dialect
	writer  *sql.DB
	readers *sql.DB
	closed  atomic.Bool
	running sync.RWMutex // read-locked by what is running; Close takes it whole
}

var _ usher.Store = (*Store)(nil)

// View implements [usher.Store].
func (s *Store) View(ctx context.Context, fn func(usher.Reader) error) error {
	s.running.RLock()
	defer s.running.RUnlock()
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.failure(ctx, "begin reading", err)
	}
	// There is nothing to commit, and a reading that cannot be ended has ended.
	defer func() { _ = tx.Rollback() }()
	r := s.reader(ctx, tx)
	if err := fn(r); err != nil {
		return err
	}
	return r.failed
}

// Update implements [usher.Store].
func (s *Store) Update(ctx context.Context, fn func(usher.Tx) error) error {
	s.running.RLock()
	defer s.running.RUnlock()
	for attempt := 1; ; attempt++ {
		err := s.update(ctx, fn)
		if attempt == attempts || !isBusy(err) {
			return err
		}
	}
}

func (s *Store) update(ctx context.Context, fn func(usher.Tx) error) error {
	sqlTx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.failure(ctx, "begin writing", err)
	}
	// After a commit this does nothing; after an error or a panic it takes all back.
	defer func() { _ = sqlTx.Rollback() }()
	t := &tx{s.reader(ctx, sqlTx)}
	if err := fn(t); err != nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	if err := sqlTx.Commit(); err != nil {
		return s.failure(ctx, "commit", err)
	}
	return nil
}

func (s *Store) reader(ctx context.Context, tx *sql.Tx) *reader {
	return &reader{ctx: ctx, tx: tx, store: s, dialect: s.dialect}
}

// Ping says whether the database can be read.
func (s *Store) Ping(ctx context.Context) error {
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
	// The writer goes last: the last connection folds the log back into the file.
	if err := errors.Join(s.readers.Close(), s.writer.Close()); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
