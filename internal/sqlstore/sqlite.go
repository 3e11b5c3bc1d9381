package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDialect: the one writer connection is the lock. In bulk statements parameters
// have no names: SQLite finds each named one by reading the list of names from the
// start, which is quadratic (a load of 200,000 people took 39 s instead of 5).
func sqliteDialect() dialect {
	set := jsonSet("(SELECT value FROM json_each($))")
	return dialect{
		intSet:  set,
		textSet: set,
		among:   func(column, set string) string { return column + " IN " + set },
		by:      func(index string) string { return " INDEXED BY " + index }, // it takes no statistics
		place:   func(int) string { return "?" },
		wall:    "NULL",

		beginLocks: true,
		viewing:    &sql.TxOptions{ReadOnly: true},
		updating:   &sql.TxOptions{},
		tables:     `SELECT COUNT(*), COALESCE(SUM(name = $1), 0) FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'`,
		schema:     goose.DialectSQLite3,
		appendOnly: appendOnlySQLite,
		judge:      judgeSQLite,
	}
}

// judgeSQLite goes by the result code.
func judgeSQLite(err error) (verdict, string) {
	switch primaryCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return conflict, "The database is busy: another process has it locked."
	case sqlite3.SQLITE_FULL:
		return refused, "The database cannot grow: the disk that holds it is full."
	case sqlite3.SQLITE_READONLY:
		return refused, "The database cannot be written to: its file, directory or disk is read-only."
	case sqlite3.SQLITE_CANTOPEN:
		return refused, "The database cannot be opened: its file or directory is gone or not permitted."
	case sqlite3.SQLITE_IOERR:
		return refused, "The database cannot be read or written: its disk reports an error."
	}
	return fault, ""
}

// primaryCode is SQLite's result code without the extension in its upper bytes; 0 for
// an error that is not SQLite's.
func primaryCode(err error) int {
	var sqliteErr *sqlite.Error
	if !errors.As(err, &sqliteErr) {
		return 0
	}
	return sqliteErr.Code() & 0xff
}

// readConnections is how many snapshots of an SQLite database can be read at once.
// Reading is bound by the processor, so more of them would only share it.
const readConnections = 4

// openSQLite opens the database in the file at path, which it creates unless the options
// forbid it.
func openSQLite(ctx context.Context, path string, options Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if options.Wall == nil {
		options.Wall = time.Now
	}
	if err := prepareFile(path, options.MustExist); err != nil {
		return nil, err
	}
	if _, err := migrateSQLite(ctx, path, options); err != nil {
		return nil, err
	}
	busy := busyOf(options)
	writer, err := pool(writerDSN(path, busy), 1)
	if err != nil {
		return nil, err
	}
	readers, err := pool(readerDSN(path, busy), readConnections)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	there, err := samePlace(path)
	if err != nil {
		return nil, errors.Join(err, writer.Close(), readers.Close())
	}
	return &Store{options: options, dialect: sqliteDialect(), writer: writer, readers: readers, there: there}, nil
}

// samePlace refuses to go on once the file at path is another one than now, or none: the
// connections that have it open would write to what nobody finds any more.
func samePlace(path string) (there func() error, err error) {
	opened, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return func() error {
		now, err := os.Stat(path)
		if err != nil || !os.SameFile(opened, now) {
			return unavailable("The database's file is gone, or another one is in its place: see to that before the server is stopped.", err)
		}
		return nil
	}, nil
}

// sqliteMigrationAttempts is how often the schema is tried to be brought up to date.
const sqliteMigrationAttempts = 50

// busyOf is how long SQLite itself waits for others, so that the last attempt ends by itself.
func busyOf(options Options) time.Duration { return options.Patience / (attempts + 1) }

// migrateSQLite has a connection of its own, so that the pools begin with the final schema.
func migrateSQLite(ctx context.Context, path string, options Options) (applied []Migration, err error) {
	m, err := sqliteMigration(dsn(path, "immediate", busyTimeout(busyOf(options)), "synchronous(FULL)"), path, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.db.Close()) }()
	schema, err := m.inspect(ctx)
	if err != nil {
		return nil, explainSQLite(path, err)
	}
	m.begin(schema)
	for attempt := 1; ; attempt++ {
		done, err := upgradeSQLite(ctx, m)
		applied = append(applied, done...)
		if err == nil {
			return applied, nil
		}
		if attempt == sqliteMigrationAttempts || ctx.Err() != nil {
			return applied, explainSQLite(path, err)
		}
	}
}

// sqliteMigration opens a file for what is done about its schema.
func sqliteMigration(dsn, path string, options Options) (migration, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return migration{}, fmt.Errorf("open database %s: %w", path, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return migration{
		name: path, db: db, dialect: sqliteDialect(), mustExist: options.MustExist, begins: options.Migrating,
		elsewhere: "give the path of a new file",
	}, nil
}

// inspectSQLite is [Inspect] of a file.
func inspectSQLite(ctx context.Context, path string, options Options) (schema Schema, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return schema, fmt.Errorf("open database: %w", err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !options.MustExist {
		return schemaAt(0)
	}
	if err := prepareFile(path, options.MustExist); err != nil {
		return schema, err
	}
	m, err := sqliteMigration(dsn(path, "deferred", busyTimeout(busyOf(options)), "query_only(1)"), path, options)
	if err != nil {
		return schema, err
	}
	defer func() { err = errors.Join(err, m.db.Close()) }()
	if schema, err = m.inspect(ctx); err != nil {
		return schema, explainSQLite(path, err)
	}
	return schema, nil
}

// upgradeSQLite turns the write-ahead log on and applies what is missing of the schema.
// Another process that starts on the same file may win the race for either; this one then
// fails, often without having waited, and finds it done when it tries again.
func upgradeSQLite(ctx context.Context, m migration) ([]Migration, error) {
	if _, err := m.db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return nil, err
	}
	return m.up(ctx)
}

// explainSQLite puts SQLite's refusal to open a file into words.
func explainSQLite(path string, err error) error {
	if primaryCode(err) == sqlite3.SQLITE_NOTADB {
		return notADatabase(path)
	}
	return explain(path, err, judgeSQLite)
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

// existing has SQLite make no file where there is none any more.
const existing = "&mode=rw"

// writerDSN: what is acknowledged has been fsynced (synchronous FULL), whatever the
// reader asks meanwhile (WAL). The cache holds the pages that a large write touches; the
// log shrinks again after it. What is deleted or replaced within a page is overwritten
// (secure_delete): who is forgotten does not linger in the file.
func writerDSN(path string, busy time.Duration) string {
	return dsn(path, "immediate",
		busyTimeout(busy), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"cache_size(-65536)", "temp_store(MEMORY)", "journal_size_limit(67108864)", "secure_delete(FAST)") + existing
}

func readerDSN(path string, busy time.Duration) string {
	return dsn(path, "deferred",
		busyTimeout(busy), "foreign_keys(1)", "query_only(1)", "cache_size(-16384)", "temp_store(MEMORY)") + existing
}

// busyTimeout is the first pragma, so that those after it wait too.
func busyTimeout(busy time.Duration) string {
	return fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds())
}

// dsn names the file as a URI, in which a path may hold any character.
func dsn(path, lock string, pragmas ...string) string {
	name := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{
		"_txlock": {lock}, "_pragma": pragmas, "_error_rc": {"1"}, "_dqs": {"0"},
	}.Encode()}
	return name.String()
}
