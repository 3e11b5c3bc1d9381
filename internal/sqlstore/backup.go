package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Backup makes the file target a copy of an SQLite database as it is at one instant, also
// while servers write to it, which do not wait for it. It returns the copy's size. The
// database keeps its schema, whatever its version. target must not exist: it gets its name
// when it is whole and on disk, and on an error nothing is left of it.
func Backup(ctx context.Context, database, target string) (size int64, err error) {
	if IsPostgres(database) {
		return 0, fmt.Errorf("back up %s: it is on PostgreSQL, and `usher backup` copies SQLite files; pg_dump makes a consistent copy while servers write (see docs/operations.md)", PublicName(database))
	}
	if IsPostgres(target) {
		return 0, fmt.Errorf("back up %s to %s: a copy is an SQLite file; give the name of a new one", database, PublicName(target))
	}
	b, err := newBackup(database, target)
	if err != nil {
		return 0, err
	}
	if size, err = b.run(ctx); err != nil {
		return 0, b.explain(ctx, err)
	}
	return size, nil
}

// backup is a copy that is being made.
type backup struct {
	source, target string // absolute paths
}

func newBackup(source, target string) (backup, error) {
	b := backup{source: source, target: target}
	for _, path := range []*string{&b.source, &b.target} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return b, fmt.Errorf("back up %s to %s: %w", source, target, err)
		}
		*path = absolute
	}
	if err := prepareFile(b.source, true); err != nil {
		return b, err
	}
	if strings.HasSuffix(target, string(filepath.Separator)) {
		return b, b.intoDirectory()
	}
	return b, b.inspectTarget()
}

// inspectTarget refuses a name that the copy cannot get, before anything is copied.
func (b backup) inspectTarget() error {
	directory := filepath.Dir(b.target)
	if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
		return b.refuse("the directory %s does not exist; create it first", directory)
	}
	info, err := os.Lstat(b.target) // a link that leads nowhere is in the way, too
	switch {
	case errors.Is(err, os.ErrNotExist):
		return b.inspectName()
	case err != nil:
		return b.refuse("%w", err)
	case info.IsDir():
		return b.intoDirectory()
	case sameFile(b.source, b.target):
		return b.refuse("that is the database itself; give the name of a new file")
	}
	return b.taken()
}

// inspectName refuses the names of the files that SQLite itself has beside a database:
// it would take the copy for one of them.
func (b backup) inspectName() error {
	source, sourceErr := filepath.EvalSymlinks(b.source)
	directory, err := filepath.EvalSymlinks(filepath.Dir(b.target))
	if err := errors.Join(sourceErr, err); err != nil {
		return b.refuse("%w", err)
	}
	suffix, beside := strings.CutPrefix(filepath.Join(directory, filepath.Base(b.target)), source)
	if beside && slices.Contains([]string{"-wal", "-shm", "-journal"}, suffix) {
		return b.refuse("that is the name of one of the database's own files; give another one")
	}
	return nil
}

func sameFile(one, other string) bool {
	first, err := os.Stat(one)
	second, otherErr := os.Stat(other)
	return err == nil && otherErr == nil && os.SameFile(first, second)
}

func (b backup) taken() error {
	return b.refuse("there is a file of that name, and a backup takes no other file's place; give another name, or move that file away")
}

func (b backup) intoDirectory() error {
	return b.refuse("that is a directory; give the name of a new file, such as %s", filepath.Join(b.target, "usher-backup.db"))
}

// run makes the copy in a directory of its own beside the target, so that one removal
// takes back all that was made, SQLite's own files too.
func (b backup) run(ctx context.Context) (size int64, err error) {
	scratch, err := os.MkdirTemp(filepath.Dir(b.target), ".usher-backup-")
	if errors.Is(err, os.ErrPermission) {
		return 0, b.refuse("no permission to create files in %s: %w", filepath.Dir(b.target), err)
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	copied := filepath.Join(scratch, "usher.db")
	if err := b.copyTo(ctx, copied); err != nil {
		return 0, err
	}
	if err := b.verify(ctx, copied); err != nil {
		return 0, err
	}
	info, err := os.Stat(copied)
	if err != nil {
		return 0, err
	}
	if err := synchronize(copied); err != nil {
		return 0, err
	}
	return info.Size(), b.name(copied)
}

// copyTo copies with VACUUM INTO. It reads one snapshot, beside which others write; it
// ends with its context; and it leaves out what was deleted, which a database's unused
// pages still hold. SQLite's online backup has those pages, too. In steps it begins anew
// with each write of another process; in one step nothing can end it.
func (b backup) copyTo(ctx context.Context, copied string) error {
	// It must be there and empty, so that it is its owner's only from the start.
	file, err := os.OpenFile(copied, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	// SQLite takes VACUUM INTO for a write and refuses it on a connection with query_only.
	// One that can write is also able to tidy up after a server that was killed.
	return withSQLite(b.source, "rw", func(db *sql.DB) error {
		// First, so that another program's database is not copied for nothing.
		if err := b.inspect(ctx, db, b.source); err != nil {
			return err
		}
		_, err := db.ExecContext(ctx, `VACUUM INTO $1`, copied)
		return err
	})
}

// verify reads all of the copy. A damaged index of the database, for one, is copied as it is.
func (b backup) verify(ctx context.Context, copied string) error {
	return withSQLite(copied, "ro", func(db *sql.DB) error {
		var said string
		if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
			return err
		}
		if said != "ok" {
			return b.damaged(errors.New(said))
		}
		return b.inspect(ctx, db, b.target)
	})
}

func (b backup) damaged(err error) error {
	return b.refuse("the database is damaged, and a copy would be, too; go back to an earlier backup (%w)", oneLine{err})
}

// inspect refuses a database that is not usher's.
func (b backup) inspect(ctx context.Context, db *sql.DB, path string) error {
	var tables, versionTables int64
	if err := db.QueryRowContext(ctx, sqliteDialect().tables, versionTable).Scan(&tables, &versionTables); err != nil {
		return err
	}
	if versionTables != 1 {
		return b.refuse("%s is not a database of usher's (it has %d tables and indexes, none of them usher's); check --database", path, tables)
	}
	return nil
}

// name gives the copy its name, unless another file has it by now, and sees to it that
// the name is on disk. (A rename would take the other file's place.)
func (b backup) name(copied string) error {
	err := os.Link(copied, b.target)
	if errors.Is(err, os.ErrExist) {
		return b.taken()
	}
	if err != nil {
		return b.refuse("the copy cannot be given its name, which takes a file system with hard links; back up to another directory and copy the file from there: %w", err)
	}
	if err := synchronize(filepath.Dir(b.target)); err != nil {
		return errors.Join(err, os.Remove(b.target))
	}
	return nil
}

// synchronize sees to it that a file or a directory is on disk.
func synchronize(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// backupBusy is how long a backup waits where another process has the database locked:
// where it is the first to open it after a crash.
const backupBusy = 10 * time.Second

// withSQLite runs fn on one connection to an SQLite file that exists.
func withSQLite(path, mode string, fn func(*sql.DB) error) (err error) {
	connector, err := sqlite.NewConnector(dsn(path, "deferred", busyTimeout(backupBusy), "synchronous(FULL)") + "&mode=" + mode)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	return fn(db)
}

func (b backup) refuse(format string, args ...any) error {
	return backupError{fmt.Errorf("back up %s to %s: %w", b.source, b.target, fmt.Errorf(format, args...))}
}

// backupError is a refusal in words already.
type backupError struct{ error }

func (e backupError) Unwrap() error { return e.error }

// explain puts into words why there is no copy.
func (b backup) explain(ctx context.Context, err error) error {
	var said backupError
	switch code := primaryCode(err); {
	case ctx.Err() != nil:
		return b.refuse("it was stopped before the copy was whole, and nothing of it is left: %w", ctx.Err())
	case errors.As(err, &said):
		return err
	case code == sqlite3.SQLITE_NOTADB:
		return notADatabase(b.source)
	case code == sqlite3.SQLITE_CORRUPT:
		return b.damaged(err)
	case code == sqlite3.SQLITE_FULL:
		return b.refuse("the disk that would hold the copy is full (%w)", oneLine{err})
	case code == sqlite3.SQLITE_IOERR:
		return b.refuse("a disk reports an error, or the copy is larger than a file may be there (%w)", oneLine{err})
	}
	if judged, message := judgeSQLite(err); judged != fault {
		return b.refuse("%s (%w)", message, oneLine{err})
	}
	return b.refuse("%w", oneLine{err})
}
