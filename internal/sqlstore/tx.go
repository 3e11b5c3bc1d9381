package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"time"

	"github.com/usher-seats/usher"
)

// reader is one transaction, as far as it reads. It is not for concurrent use.
type reader struct {
	ctx context.Context // the transaction's own, from its begin to its end
	cut context.CancelCauseFunc
	// patience ends when all attempts at the transaction have waited for others for long
	// enough; waited says that this one has begun to work.
	patience context.Context
	waited   bool
	conn     *sql.Conn
	tx       *sql.Tx
	store    *Store
	dialect  dialect

	// failed is the first statement's failure. The engine may have rolled the
	// transaction back on its own by then, and what ran after that would be committed
	// piece by piece; so nothing runs after it.
	failed error

	// uncertain says that the transaction may have been committed although that failed.
	uncertain bool

	wall  time.Time    // what the wall clock shows, read once; zero before
	clock *usher.Clock // the world clock's row; nil before it was read

	state // the present
}

// newReader is a transaction that has yet to begin.
func newReader(r reader) *reader {
	r.state = state{r: &r}
	return &r
}

// tx is a transaction that can also write. A View never hands one out.
type tx struct {
	*reader
	changes map[int64]int64 // see [tx.change]
}

var (
	_ usher.Reader = (*reader)(nil)
	_ usher.Tx     = (*tx)(nil)
	_ usher.Past   = (*state)(nil)
)

// begin begins the transaction.
func (r *reader) begin(pool *sql.DB, options *sql.TxOptions) (err error) {
	done := r.deadline()
	defer func() { done() }()
	if r.conn, err = pool.Conn(r.ctx); err != nil {
		return r.fail("connect", err)
	}
	if !r.dialect.beginLocks {
		done()
		done = r.within(r.store.options.Patience / 4)
	}
	if r.tx, err = r.conn.BeginTx(r.ctx, options); err != nil {
		if !r.dialect.beginLocks {
			go discardIdle(pool)
		}
		return errors.Join(r.fail("begin a transaction", err), r.conn.Close())
	}
	return nil
}

// discardIdle closes a pool's idle connections: where one is dead, the others are likely
// to be, and a transaction would lose its patience on them one by one.
func discardIdle(pool *sql.DB) {
	pool.SetMaxIdleConns(0)
	pool.SetMaxIdleConns(pool.Stats().MaxOpenConnections)
}

// end takes all back that was not committed, and the connection to its pool. What fails
// here has ended by itself. The answer is known by now, and waits a moment at most.
func (r *reader) end() {
	defer r.within(r.store.options.Patience / 8)()
	_ = r.tx.Rollback()
	_ = r.conn.Close()
}

// commit makes durable what the transaction has written.
func (r *reader) commit() error {
	defer r.deadline()()
	err := r.tx.Commit()
	if err == nil {
		return nil
	}
	failure := r.fail("commit", err)
	judged, _ := r.dialect.judge(err)
	cause := context.Cause(r.ctx)
	if cause == nil && judged == lost || errors.Is(cause, errPatience) {
		r.uncertain = true
		return uncertain(failure)
	}
	return failure
}

// deadline cuts the transaction off, and its connection with it, unless the step that now
// begins has ended in time, by a call of done.
func (r *reader) deadline() (done func()) {
	if !r.waited {
		stop := context.AfterFunc(r.patience, func() { r.cut(context.Cause(r.patience)) })
		return func() { stop() }
	}
	return r.within(r.store.options.Patience / 2)
}

// within is deadline for a step with a limit of its own.
func (r *reader) within(limit time.Duration) (done func()) {
	timer := time.AfterFunc(limit, func() { r.cut(errPatience) })
	return func() { timer.Stop() }
}

// wait is deadline for a statement: the first one may have to wait for locks.
func (r *reader) wait() (done func()) {
	done = r.deadline()
	r.waited = true
	return done
}

// query runs a statement and reads all its rows. fields are the places of one row's
// columns. doing completes the sentence "cannot …" for whoever reads the error.
func query[T any](r *reader, doing, text string, fields func(*T) []any, args ...any) ([]T, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	defer r.wait()()
	rows, err := r.tx.QueryContext(r.ctx, text, args...)
	if err != nil {
		return nil, r.fail(doing, err)
	}
	list, err := collect(rows, fields)
	if err != nil {
		return nil, r.fail(doing, err)
	}
	r.trace(text, len(list))
	return list, nil
}

func collect[T any](rows *sql.Rows, fields func(*T) []any) (list []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var row T
	into := fields(&row)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// first is query for what has at most one row.
func first[T any](r *reader, doing, text string, fields func(*T) []any, args ...any) (row T, ok bool, err error) {
	rows, err := query(r, doing, text, fields, args...)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// exec runs a statement that changes rows and says how many.
func (t *tx) exec(doing, text string, args ...any) (int64, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	defer t.wait()()
	result, err := t.tx.ExecContext(t.ctx, text, args...)
	if err != nil {
		return 0, t.fail(doing, err)
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return 0, t.fail(doing, err)
	}
	t.trace(text, int(changed))
	return changed, nil
}

// run is exec where the number of rows says nothing.
func (t *tx) run(doing, text string, args ...any) error {
	_, err := t.exec(doing, text, args...)
	return err
}

// Part implements [usher.Tx] by a savepoint. What the transaction remembers of the database
// may have been taken back with it.
func (t *tx) Part(fn func() error) error {
	t.clock, t.wall = nil, time.Time{}
	changes := maps.Clone(t.changes)
	if err := t.run("begin a part", `SAVEPOINT part`); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		return t.run("end a part", `RELEASE SAVEPOINT part`)
	}
	t.clock, t.changes = nil, changes
	if failed := t.takeBack(); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

// takeBack takes a part back, unless the engine may have done so with the whole transaction.
func (t *tx) takeBack() error {
	if t.failed != nil {
		return nil
	}
	if err := t.run("take a part back", `ROLLBACK TO SAVEPOINT part`); err != nil {
		return err
	}
	return t.run("end a part that was taken back", `RELEASE SAVEPOINT part`)
}

func (r *reader) trace(text string, rows int) {
	if r.store.options.Trace != nil {
		r.store.options.Trace(text, rows)
	}
}

// fail remembers a failure for the rest of the transaction.
func (r *reader) fail(doing string, err error) error {
	r.failed = r.store.failure(r.ctx, doing, err)
	return r.failed
}
