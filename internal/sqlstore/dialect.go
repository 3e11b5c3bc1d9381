package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pressly/goose/v3"
)

// dialect names what differs between the engines. Everything else is one SQL text, with
// $1 placeholders.
type dialect struct {
	// intSet and textSet make a set of the parameter that holds it, as a JSON array: a
	// query in parentheses, of one column named value.
	intSet, textSet func(parameter string) string
	// among is the condition that a column's value is in a set, by which an index finds it.
	among func(column, set string) string
	// by, after a table's name, has the table read by the index of this name; empty where the
	// engine finds the index by what it knows of the table.
	by func(index string) string
	// place is the n-th parameter of a bulk statement, counted from 1.
	place func(n int) string
	// load inserts rows with a driver's connection; nil where nothing is faster than bulk
	// statements.
	load func(ctx context.Context, driver any, table string, columns []string, rows [][]any) error
	// forUpdate, at the end of a SELECT, locks its rows until the transaction ends.
	forUpdate string
	// lockWorld are the statements of [usher.Tx.LockWorld].
	lockWorld []string
	// wall is an expression for what the engine's own clock shows, in microseconds since
	// 1970; NULL where the process's clock is the engine's.
	wall string
	// beginLocks says that a transaction that writes waits for its turn where it begins;
	// elsewhere it begins at once, or its connection is dead, and another one is tried.
	beginLocks bool
	// viewing and updating are how transactions begin.
	viewing, updating *sql.TxOptions
	// size is how many rows the engine thinks that the table $1 has, and analyze what has
	// it think anew of the table whose name follows. Empty where plans do not depend on it.
	size, analyze string
	// tables finds how many tables there are, and how many are named $1.
	tables string
	// schema is what migrations are applied with.
	schema goose.Dialect
	// appendOnly has the database refuse what would change the past.
	appendOnly []string
	// judge says what an error of the engine means, in words unless it is a fault.
	judge func(error) (verdict, string)
}

// verdict is what an error means for the transaction in which it came.
type verdict int

const (
	fault    verdict = iota // nothing that was to be expected
	conflict                // the engine has rolled back, and the same may succeed now
	lost                    // the connection is gone: what was not committed never will be
	refused                 // the database cannot serve now
)

// jsonSet is intSet and textSet of an engine that lists an array's elements with a function.
func jsonSet(query string) func(parameter string) string {
	before, after, _ := strings.Cut(query, "$")
	return func(parameter string) string { return before + parameter + after }
}

// intArray is a set argument for dialect.intSet.
func intArray(ids []int64) string {
	b := make([]byte, 0, 2+8*len(ids))
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ']'))
}

// textArray is a set argument for dialect.textSet, of the keys of names. Names that no
// text column can hold are left out.
func textArray(names []string, key func(string) string) string {
	keys := make([]string, 0, len(names))
	for _, name := range names {
		if storable(name) {
			keys = append(keys, key(name))
		}
	}
	array, err := json.Marshal(keys)
	if err != nil {
		panic(err) // a list of strings always has a JSON form
	}
	return string(array)
}

// storable says whether a text column can hold a text, on every engine.
func storable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
