package sqlstore

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// dialect names what differs between the engines. Everything else is one SQL text, with
// $1 placeholders.
type dialect struct {
	// intSet and textSet make a set of the parameter that holds it, as a JSON array: a
	// query in parentheses, of one column named value.
	intSet, textSet func(parameter string) string
	// place is the n-th parameter of a bulk statement, counted from 1.
	place func(n int) string
	// forUpdate, at the end of a SELECT, locks its rows until the transaction ends.
	forUpdate string
}

// sqliteDialect: the one writer connection is the lock. In bulk statements parameters
// have no names: SQLite finds each named one by reading the list of names from the
// start, which is quadratic (a load of 200,000 people took 39 s instead of 5).
func sqliteDialect() dialect {
	set := func(parameter string) string { return "(SELECT value FROM json_each(" + parameter + "))" }
	return dialect{
		intSet:  set,
		textSet: set,
		place:   func(int) string { return "?" },
	}
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
