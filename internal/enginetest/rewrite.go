package enginetest

import (
	"database/sql"
	"strings"
	"testing"
)

// LetRewrite takes away what keeps the events of a database of usher's as they are, for a test
// that breaks them or undoes the schema. The caller's program has the engines' drivers.
func LetRewrite(tb testing.TB, database string) {
	tb.Helper()
	driver, statement := "sqlite", `DROP TRIGGER events_update; DROP TRIGGER events_delete; DROP TRIGGER events_replace`
	if strings.HasPrefix(database, "postgres") {
		driver, statement = "pgx", `DROP FUNCTION usher_keep_events CASCADE`
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(tb.Context(), statement); err != nil {
		tb.Fatalf("let the events of %s be rewritten: %v", database, err)
	}
}
