package sqlstore

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

// bulk is a statement on many rows, given as a list of VALUES.
type bulk struct {
	doing string
	table string   // that grows; empty where none does
	names []string // of the columns of that table
	head  string   // what stands before the list
	types []string // of the columns; nil where the target's columns say them
	width int      // how many columns
	tail  string   // what stands after the list
}

// insertion is a bulk that inserts into columns of a table; tail may say what happens to
// rows that are there.
func insertion(doing, table, columns, tail string) bulk {
	names := strings.FieldsFunc(columns, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	return bulk{
		doing: doing,
		table: table,
		names: names,
		head:  "INSERT INTO " + table + " (" + columns + ") VALUES ",
		width: len(names),
		tail:  tail,
	}
}

// bulkParameters is how many parameters one statement has at most: far below the limits
// of the engines, and beyond a few thousand nothing is gained.
const bulkParameters = 2048

// bulkRun runs a bulk on rows and says how many rows of the table it changed. values
// appends one row's columns.
func bulkRun[T any](t *tx, b bulk, rows []T, values func(args []any, row T) []any) (int64, error) {
	var changed int64
	var text string
	size := 0
	for len(rows) > 0 {
		if n := chunk(len(rows), b.width); n != size {
			size, text = n, b.text(n, t.dialect)
		}
		args := make([]any, 0, size*b.width)
		for _, row := range rows[:size] {
			args = values(args, row)
		}
		n, err := t.exec(b.doing, text, args...)
		if err != nil {
			return changed, err
		}
		changed += n
		rows = rows[size:]
	}
	return changed, nil
}

// insert is bulkRun for statements that fail unless they write every row.
func insert[T any](t *tx, b bulk, rows []T, values func(args []any, row T) []any) error {
	if t.dialect.load == nil || b.tail != "" || len(rows) < growth {
		if _, err := bulkRun(t, b, rows, values); err != nil {
			return err
		}
		return t.grown(b.table, len(rows))
	}
	for some := range slices.Chunk(rows, loadRows) {
		if err := load(t, b, some, values); err != nil {
			return err
		}
	}
	return t.grown(b.table, len(rows))
}

// loadRows is how many rows are loaded at once, so that each time ends within patience.
const loadRows = 50_000

// load inserts rows by the engine's own means for many.
func load[T any](t *tx, b bulk, rows []T, values func(args []any, row T) []any) error {
	if t.failed != nil {
		return t.failed
	}
	list := make([][]any, len(rows))
	for i, row := range rows {
		list[i] = values(make([]any, 0, b.width), row)
	}
	defer t.wait()()
	err := t.conn.Raw(func(driver any) error {
		return t.dialect.load(t.ctx, driver, b.table, b.names, list)
	})
	if err != nil {
		return t.fail(b.doing, err)
	}
	t.trace("COPY "+b.table, len(rows))
	return nil
}

// growth is how many rows that come at once make a table another one for its planner.
const growth = 1000

// grown has the engine take statistics of a table that has just grown by a tenth or more.
// An engine that would do so by itself does it minutes later: until then it would find
// ten thousand seats by the plan that was right for ten.
func (t *tx) grown(table string, rows int) error {
	if t.dialect.analyze == "" || rows < growth {
		return nil
	}
	before, _, err := first(t.reader, "read a table's size", t.dialect.size, idField, table)
	if err != nil || int64(rows) < before/10 {
		return err
	}
	return t.run("take statistics", t.dialect.analyze+table)
}

// chunk is how many of the rows the next statement takes: a power of two, so that there
// are few texts to prepare, whatever the lengths of the lists.
func chunk(rows, width int) int {
	n := min(rows, bulkParameters/width)
	return 1 << (bits.Len(uint(n)) - 1)
}

// text is the statement for n rows.
func (b bulk) text(n int, d dialect) string {
	var s strings.Builder
	s.WriteString(b.head)
	for row := range n {
		if row > 0 {
			s.WriteString(", ")
		}
		s.WriteByte('(')
		for column := range b.width {
			if column > 0 {
				s.WriteString(", ")
			}
			place := d.place(row*b.width + column + 1)
			if row == 0 && b.types != nil {
				// The first row's types are the list's.
				place = "CAST(" + place + " AS " + b.types[column] + ")"
			}
			s.WriteString(place)
		}
		s.WriteByte(')')
	}
	s.WriteString(b.tail)
	return s.String()
}
