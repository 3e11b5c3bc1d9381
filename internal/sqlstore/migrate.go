package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable holds the schema's version. Its name is usher's own, so that it tells
// usher's databases from those of other programs that use goose.
const versionTable = "usher_schema_version"

// migrationAttempts is how often the schema is tried to be brought up to date.
const migrationAttempts = 50

// migrate brings the schema up to date, unless the database is not for this usher to
// change. It has a connection of its own, so that the pools begin with the final schema.
func migrate(ctx context.Context, path string, patience time.Duration) (err error) {
	provider, db, err := provide(path, patience)
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := inspect(ctx, path, db, newest(provider)); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := upgrade(ctx, db, provider)
		if err == nil {
			return nil
		}
		if attempt == migrationAttempts || ctx.Err() != nil {
			return explain(path, fmt.Errorf("bring the schema up to date: %w", err))
		}
	}
}

// upgrade turns the write-ahead log on and applies what is missing of the schema. Another
// process that starts on the same file may win the race for either; this one then fails,
// often without having waited, and finds it done when it tries again.
func upgrade(ctx context.Context, db *sql.DB, provider *goose.Provider) error {
	if _, err := db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return err
	}
	_, err := provider.Up(ctx)
	return err
}

func provide(path string, patience time.Duration) (*goose.Provider, *sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn(path, "immediate", busyTimeout(patience), "synchronous(FULL)"))
	if err != nil {
		return nil, nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithTableName(versionTable), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return provider, db, nil
}

// newest is the version of the last migration that this usher has.
func newest(provider *goose.Provider) int64 {
	sources := provider.ListSources()
	return sources[len(sources)-1].Version
}

// inspect refuses a database that is another program's, or a newer usher's.
func inspect(ctx context.Context, path string, db *sql.DB, newest int64) error {
	var tables, versionTables int64
	err := db.QueryRowContext(ctx,
		`SELECT COUNT(*), COALESCE(SUM(name = $1), 0) FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'`,
		versionTable).Scan(&tables, &versionTables)
	if err != nil {
		return explain(path, fmt.Errorf("list the tables: %w", err))
	}
	if tables == 0 {
		return nil
	}
	if versionTables == 0 {
		return fmt.Errorf("open database %s: it belongs to another program (it has %d tables and indexes, none of them usher's); give the path of a new file", path, tables)
	}
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&version); err != nil {
		return explain(path, fmt.Errorf("read the schema's version: %w", err))
	}
	if version > newest {
		return fmt.Errorf("open database %s: its schema has version %d and this usher knows versions up to %d; run the newer usher that wrote it", path, version, newest)
	}
	return nil
}
