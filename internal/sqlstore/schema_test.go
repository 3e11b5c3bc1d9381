package sqlstore_test

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
	"github.com/usher-seats/usher/internal/storetest"
)

// engines are a new database of each.
func engines(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "usher.db"),
		"PostgreSQL": enginetest.Shared(t).Database(t),
	}
}

func TestWhatIsPendingIsWhatIsApplied(t *testing.T) {
	t.Parallel()
	for engine, database := range engines(t) {
		migrated := func(version int64) []sqlstore.Migration {
			t.Helper()
			before, err := sqlstore.Inspect(t.Context(), database, sqlstore.Options{Patience: time.Minute})
			must(t, err)
			again, err := sqlstore.Inspect(t.Context(), database, sqlstore.Options{Patience: time.Minute})
			must(t, err)
			if diff := gocmp.Diff(before, again); diff != "" || before.Version != version {
				t.Errorf("%s: got version %d, want %d; looking again, after looking (-want +got):\n%s", engine, before.Version, version, diff)
			}
			applied, err := sqlstore.Migrate(t.Context(), database, sqlstore.Options{Patience: time.Minute})
			must(t, err)
			if diff := gocmp.Diff(before.Pending, applied); diff != "" {
				t.Errorf("%s: applied (-pending +applied):\n%s", engine, diff)
			}
			after, err := sqlstore.Inspect(t.Context(), database, sqlstore.Options{Patience: time.Minute})
			must(t, err)
			if after.Version != before.Newest || after.Newest != before.Newest || len(after.Pending) > 0 {
				t.Errorf("%s: afterwards: got %+v, want version %d and nothing pending", engine, after, before.Newest)
			}
			return applied
		}
		if got := migrated(0); got[0] != (sqlstore.Migration{Version: 1, Name: "initial"}) || len(got) != int(got[len(got)-1].Version) {
			t.Errorf("%s: a new database: got %v, want each migration from the first", engine, got)
		}
		enginetest.LetRewrite(t, database)
		executeAll(t, database, append(undoRecord(), `DELETE FROM `+sqlstore.VersionTable+` WHERE version_id > 5`)...)
		if got := migrated(5); got[0].Version != 6 {
			t.Errorf("%s: from version 5: got %v, want each migration from 6", engine, got)
		}
	}
}

func TestOnlyADatabaseThatWasThereIsSaidToBeMigrated(t *testing.T) {
	t.Parallel()
	for engine, database := range engines(t) {
		var said []string
		options := sqlstore.Options{Patience: time.Minute, Migrating: func(from, to int64) { said = append(said, fmt.Sprintf("%d to %d", from, to)) }}
		must(t, openAt(t, database, options).Close())
		must(t, openAt(t, database, options).Close())
		if len(said) > 0 {
			t.Errorf("%s: a new database, and one that is up to date: got %q, want no word", engine, said)
		}
		enginetest.LetRewrite(t, database)
		executeAll(t, database, append(undoRecord(), `DELETE FROM `+sqlstore.VersionTable+` WHERE version_id > 5`)...)
		newest, err := sqlstore.Inspect(t.Context(), database, sqlstore.Options{Patience: time.Minute})
		must(t, err)
		must(t, openAt(t, database, options).Close())
		if diff := gocmp.Diff([]string{fmt.Sprintf("5 to %d", newest.Newest)}, said); diff != "" {
			t.Errorf("%s: said (-want +got):\n%s", engine, diff)
		}
	}
}

// A server of before goes on with a schema that a newer one has expanded: it keeps every promise
// where each table has columns that it does not know, and there are tables and indexes that it does
// not know.
func TestAnExpandedSchemaKeepsThePromisesOfThePort(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "usher.db")
		create(t, file)
		executeAll(t, file, expansion(t, file)...)
		schema, err := os.ReadFile(file)
		must(t, err)
		storetest.Run(t, func(t *testing.T) usher.Store {
			copied := filepath.Join(t.TempDir(), "usher.db")
			must(t, os.WriteFile(copied, schema, 0o600))
			return openAt(t, copied, sqlstore.Options{Patience: time.Minute})
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		patient := sqlstore.Options{Patience: time.Minute}
		schema, err := enginetest.Shared(t).Template(func(database string) error {
			create(t, database)
			executeAll(t, database, expansion(t, database)...)
			return nil
		})
		must(t, err)
		storetest.Run(t, func(t *testing.T) usher.Store { return openAt(t, schema.Copy(t), patient) })
	})
}

// A server that runs goes on when a newer one has migrated the database under it: on connections
// that have prepared their statements, and on new ones. One that starts then is refused.
func TestARunningServerOutlivesTheMigrationOfANewerOne(t *testing.T) {
	t.Parallel()
	for engine, database := range engines(t) {
		store := openAt(t, database, sqlstore.Options{Patience: time.Minute})
		must(t, store.Update(t.Context(), newCrowd(10).load))
		all := func() error { // and take it back
			err := store.Update(t.Context(), func(tx usher.Tx) error { return cmp.Or(everyStatement(tx), errTakenBack) })
			if errors.Is(err, errTakenBack) {
				return nil
			}
			return err
		}
		must(t, all())
		executeAll(t, database, append(expansion(t, database),
			`INSERT INTO `+sqlstore.VersionTable+` (version_id, is_applied) VALUES (9001, (1=1))`)...)
		for range 2 {
			if err := all(); err != nil {
				t.Errorf("%s: afterwards: %v", engine, err)
			}
			store.Writer().SetMaxIdleConns(0) // the next one is new
			store.Readers().SetMaxIdleConns(0)
		}
		if late, err := sqlstore.Open(t.Context(), database, sqlstore.Options{}); err == nil {
			must(t, late.Close())
			t.Errorf("%s: a server that does not know the schema has started on it", engine)
		}
	}
}

var errTakenBack = errors.New("taken back")

// expansion is what a migration that only expands may do to each table.
func expansion(t *testing.T, database string) (statements []string) {
	t.Helper()
	for _, table := range tablesOf(t, database) {
		if table != sqlstore.VersionTable {
			statements = append(statements,
				`ALTER TABLE `+table+` ADD COLUMN later_text TEXT NOT NULL DEFAULT 'later'`,
				`ALTER TABLE `+table+` ADD COLUMN later_number BIGINT`,
				`CREATE INDEX later_`+table+` ON `+table+` (later_number)`)
		}
	}
	if len(statements) < 60 {
		t.Fatalf("got %d statements, want three for each of usher's tables", len(statements))
	}
	return append(statements, `CREATE TABLE later (id BIGINT PRIMARY KEY)`)
}

func tablesOf(t *testing.T, database string) (tables []string) {
	t.Helper()
	driver, query := "sqlite", `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if sqlstore.IsPostgres(database) {
		driver, query = "pgx", `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = CURRENT_SCHEMA`
	}
	db, err := sql.Open(driver, database)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	for rows.Next() {
		var table string
		must(t, rows.Scan(&table))
		tables = append(tables, table)
	}
	must(t, rows.Err())
	return tables
}
