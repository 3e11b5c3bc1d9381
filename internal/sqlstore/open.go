package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readConnections is how many snapshots can be read at once. Reading is bound by the
// processor, so more of them would only share it.
const readConnections = 4

// Open opens the SQLite database in the file at path, which it creates unless the options
// forbid it, and brings its schema up to date. Its errors say what is wrong with which
// file and what to do about it.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	if options.Wall == nil {
		return nil, errors.New("sqlstore: Options.Wall is required")
	}
	if options.Patience == 0 {
		options.Patience = defaultPatience
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := prepareFile(path, options.MustExist); err != nil {
		return nil, err
	}
	if err := migrate(ctx, path, options.Patience); err != nil {
		return nil, err
	}
	writer, err := pool(writerDSN(path, options.Patience), 1)
	if err != nil {
		return nil, err
	}
	readers, err := pool(readerDSN(path, options.Patience), readConnections)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return &Store{options: options, dialect: sqliteDialect(), writer: writer, readers: readers}, nil
}

// prepareFile sees to it that there is a file which this process may write, and that it
// is SQLite's or empty.
func prepareFile(path string, mustExist bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return createFile(path, mustExist)
	case err != nil:
		return fmt.Errorf("open database %s: %w", path, err)
	case info.IsDir():
		return fmt.Errorf("open database %s: it is a directory; give the path of a file, such as %s", path, filepath.Join(path, "usher.db"))
	case !info.Mode().IsRegular():
		return fmt.Errorf("open database %s: it is not an ordinary file; give the path of one, or of one that can be created", path)
	case info.Mode().Perm()&0o222 == 0:
		return readOnlyFile(path)
	}
	return checkHeader(path, mustExist)
}

func createFile(path string, mustExist bool) error {
	if mustExist {
		return fmt.Errorf("open database %s: there is no such file; check the path, or start the server once to create it", path)
	}
	directory := filepath.Dir(path)
	if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open database %s: the directory %s does not exist; create it first", path, directory)
	}
	// SQLite gives the files beside it the same mode. They hold names and e-mail addresses.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("open database %s: no permission to create files in %s; give the directory to the user that runs usher: %w", path, directory, err)
	}
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return file.Close()
}

func readOnlyFile(path string) error {
	return fmt.Errorf("open database %s: the file is read-only; make it writable for the user that runs usher (chmod u+w)", path)
}

// checkHeader reads what every SQLite database begins with. SQLite itself would take some
// other files for new databases and write over them.
func checkHeader(path string, mustExist bool) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrPermission) {
		return readOnlyFile(path)
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	const magic = "SQLite format 3\x00"
	header := make([]byte, len(magic))
	n, err := io.ReadFull(file, header)
	switch closeErr := file.Close(); {
	case n == 0 && errors.Is(err, io.EOF) && mustExist:
		return errors.Join(notADatabase(path), closeErr)
	case n == 0 && errors.Is(err, io.EOF):
		return closeErr // empty: a database that is still to be made
	case string(header) != magic:
		return notADatabase(path)
	default:
		return errors.Join(err, closeErr)
	}
}

func notADatabase(path string) error {
	return fmt.Errorf("open database %s: the file is not an SQLite database; give another path, or move it away to start with a new one", path)
}

// explain puts an engine's refusal to open a file into words.
func explain(path string, err error) error {
	if primaryCode(err) == sqlite3.SQLITE_NOTADB {
		return notADatabase(path)
	}
	if message, ok := unavailable(err); ok {
		return fmt.Errorf("open database %s: %s (%w)", path, message, err)
	}
	return fmt.Errorf("open database %s: %w", path, err)
}

func pool(dsn string, connections int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := sql.OpenDB(preparing{connector})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// writerDSN: what is acknowledged has been fsynced (synchronous FULL), whatever the
// reader asks meanwhile (WAL). The cache holds the pages that a large write touches; the
// log shrinks again after it.
func writerDSN(path string, patience time.Duration) string {
	return dsn(path, "immediate",
		busyTimeout(patience), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"cache_size(-65536)", "temp_store(MEMORY)", "journal_size_limit(67108864)")
}

func readerDSN(path string, patience time.Duration) string {
	return dsn(path, "deferred",
		busyTimeout(patience), "foreign_keys(1)", "query_only(1)", "cache_size(-16384)", "temp_store(MEMORY)")
}

// busyTimeout is the first pragma, so that those after it wait too.
func busyTimeout(patience time.Duration) string {
	return fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds())
}

// dsn names the file as a URI, in which a path may hold any character.
func dsn(path, lock string, pragmas ...string) string {
	name := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{
		"_txlock": {lock}, "_pragma": pragmas, "_error_rc": {"1"}, "_dqs": {"0"},
	}.Encode()}
	return name.String()
}
