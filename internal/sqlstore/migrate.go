package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable holds the schema's version. Its name is usher's own, so that it tells
// usher's databases from those of other programs that use goose.
const versionTable = "usher_schema_version"

// migration brings the schema of one database up to date, unless that is not for this
// usher to change.
type migration struct {
	name      string // of the database, for people
	db        *sql.DB
	dialect   dialect
	options   []goose.ProviderOption
	mustExist bool
	elsewhere string // what to do about a database of another program
}

// up applies what is missing of the schema.
func (m migration) up(ctx context.Context) error {
	provider, err := m.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return nil
}

func (m migration) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := append([]goose.ProviderOption{
		goose.WithTableName(versionTable), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(recordMigration(m.dialect)),
	}, m.options...)
	return goose.NewProvider(m.dialect.schema, m.db, files, options...)
}

// newest is the version of the last migration that this usher has.
func (m migration) newest() (int64, error) {
	provider, err := m.provider()
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

// inspect says whether the schema is up to date. It refuses a database that is another
// program's, or a newer usher's.
func (m migration) inspect(ctx context.Context) (current bool, err error) {
	var tables, versionTables int64
	if err := m.db.QueryRowContext(ctx, m.dialect.tables, versionTable).Scan(&tables, &versionTables); err != nil {
		return false, fmt.Errorf("list the tables: %w", err)
	}
	switch {
	case versionTables == 1:
		return m.inspectVersion(ctx)
	case tables > 0:
		return false, refuse(m.name, "it belongs to another program: what it holds is not usher's; %s", m.elsewhere)
	case m.mustExist:
		return false, refuse(m.name, "it is empty; check the name, or start the server once to fill it")
	}
	return false, nil
}

func (m migration) inspectVersion(ctx context.Context) (current bool, err error) {
	newest, err := m.newest()
	if err != nil {
		return false, err
	}
	var version int64
	if err := m.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&version); err != nil {
		return false, fmt.Errorf("read the schema's version: %w", err)
	}
	if version > newest {
		return false, refuse(m.name, "its schema has version %d and this usher knows versions up to %d; run the newer usher that wrote it", version, newest)
	}
	return version == newest, nil
}
