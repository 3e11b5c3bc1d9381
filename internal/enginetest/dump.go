package enginetest

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Dump is every row of every table of a database, by table, in an order of its own: what two
// equal databases have alike.
func Dump(tb testing.TB, database string) map[string][]string {
	tb.Helper()
	driver, tables := "sqlite", `SELECT name FROM sqlite_master WHERE type = 'table'` // the tests bring the driver
	if OnPostgres(tb) {
		driver, tables = "pgx", `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = CURRENT_SCHEMA`
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	}()
	dump := map[string][]string{}
	for _, row := range rowsOf(tb, db, tables) {
		table := strings.Trim(row, "|")
		dump[table] = rowsOf(tb, db, `SELECT * FROM `+table)
		slices.Sort(dump[table])
	}
	if len(dump) == 0 {
		tb.Fatalf("%s has no tables", database)
	}
	return dump
}

func rowsOf(tb testing.TB, db *sql.DB, query string) []string {
	tb.Helper()
	list, err := readRows(db, query)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return list
}

func readRows(db *sql.DB, query string) (list []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		var b strings.Builder
		for _, value := range values {
			if bytes, ok := value.([]byte); ok {
				value = string(bytes)
			}
			fmt.Fprintf(&b, "|%v", value)
		}
		list = append(list, b.String())
	}
	return list, rows.Err()
}
