package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable holds the schema's version. Its name is usher's own, so that it tells
// usher's databases from those of other programs that use goose.
const versionTable = "usher_schema_version"

// Migration is one step of the schema, from the version before to its own.
type Migration struct {
	Version int64
	Name    string
}

// Schema is how far a database's schema is.
type Schema struct {
	Version int64       // 0: there is none yet
	Newest  int64       // that this usher knows
	Pending []Migration // from the one to the other
}

// Inspect says what is missing of a database's schema, and changes nothing. A file that is not
// there has none of it.
func Inspect(ctx context.Context, database string, options Options) (Schema, error) {
	if options.Patience == 0 {
		options.Patience = DefaultPatience
	}
	if IsPostgres(database) {
		return inspectPostgres(ctx, database, options)
	}
	return inspectSQLite(ctx, database, options)
}

// Migrate brings a database's schema up to date, as [Open] does, and says what it did for that.
// Where others do the same meanwhile, that may be nothing.
func Migrate(ctx context.Context, database string, options Options) (applied []Migration, err error) {
	if options.Patience == 0 {
		options.Patience = DefaultPatience
	}
	if IsPostgres(database) {
		p, err := parsePostgres(database, options)
		if err != nil {
			return nil, err
		}
		applied, err = p.migrate(ctx)
		if err != nil {
			return applied, explain(p.name, err, judgeOpening)
		}
		return applied, nil
	}
	path, err := filepath.Abs(database)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := prepareFile(path, options.MustExist); err != nil {
		return nil, err
	}
	return migrateSQLite(ctx, path, options)
}

// allMigrations are those that this usher has, in order.
func allMigrations() ([]Migration, error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	all := []Migration{{recordVersion, recordName}}
	for _, file := range files {
		number, name, _ := strings.Cut(strings.TrimSuffix(file.Name(), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number: %w", file.Name(), err)
		}
		all = append(all, Migration{version, name})
	}
	slices.SortFunc(all, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return all, nil
}

// schemaAt is a schema of a version.
func schemaAt(version int64) (Schema, error) {
	all, err := allMigrations()
	if err != nil {
		return Schema{}, err
	}
	schema := Schema{Version: version, Newest: all[len(all)-1].Version}
	for _, m := range all {
		if m.Version > version {
			schema.Pending = append(schema.Pending, m)
		}
	}
	return schema, nil
}

// migration brings the schema of one database up to date, unless that is not for this
// usher to change.
type migration struct {
	name      string // of the database, for people
	db        *sql.DB
	dialect   dialect
	options   []goose.ProviderOption
	mustExist bool
	begins    func(from, to int64) // see [Options]; nil: nobody asks
	elsewhere string               // what to do about a database of another program
}

// up applies what is missing of the schema, and says what that was.
func (m migration) up(ctx context.Context) ([]Migration, error) {
	provider, err := m.provider()
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if some := (*goose.PartialError)(nil); errors.As(err, &some) {
		results = some.Applied // each is a transaction of its own, and stays
	}
	if err != nil {
		err = fmt.Errorf("bring the schema up to date: %w", err)
	}
	all, listed := allMigrations()
	return slices.DeleteFunc(all, func(m Migration) bool {
		return !slices.ContainsFunc(results, func(r *goose.MigrationResult) bool { return r.Source.Version == m.Version })
	}), errors.Join(err, listed)
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

// begin says that a database that was there is about to be changed.
func (m migration) begin(schema Schema) {
	if m.begins != nil && schema.Version > 0 && len(schema.Pending) > 0 {
		m.begins(schema.Version, schema.Newest)
	}
}

// inspect says how far the schema is. It refuses a database that is another program's, or a
// newer usher's.
func (m migration) inspect(ctx context.Context) (Schema, error) {
	var tables, versionTables int64
	if err := m.db.QueryRowContext(ctx, m.dialect.tables, versionTable).Scan(&tables, &versionTables); err != nil {
		return Schema{}, fmt.Errorf("list the tables: %w", err)
	}
	switch {
	case versionTables == 1:
		return m.inspectVersion(ctx)
	case tables > 0:
		return Schema{}, refuse(m.name, "it belongs to another program: what it holds is not usher's; %s", m.elsewhere)
	case m.mustExist:
		return Schema{}, refuse(m.name, "it is empty; check the name, or start the server once to fill it")
	}
	return schemaAt(0)
}

func (m migration) inspectVersion(ctx context.Context) (Schema, error) {
	var version int64
	if err := m.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&version); err != nil {
		return Schema{}, fmt.Errorf("read the schema's version: %w", err)
	}
	schema, err := schemaAt(version)
	if err == nil && version > schema.Newest {
		return schema, refuse(m.name, "its schema has version %d and this usher knows versions up to %d; run the newer usher that wrote it", version, schema.Newest)
	}
	// Servers of the release before, which may run on it, could not be started anew.
	if err == nil && m.mustExist && version < schema.Newest {
		return schema, refuse(m.name, "its schema has version %d and this usher needs %d; bring it up to date with `usher migrate` first, or run the older usher that wrote it", version, schema.Newest)
	}
	return schema, err
}
