package sqlstore

import (
	"database/sql"

	"github.com/usher-seats/usher"
)

// VersionTable is where a test finds the schema's version.
const VersionTable = versionTable

// Writer is the one connection that writes.
func (s *Store) Writer() *sql.DB { return s.writer }

// Readers are the connections that read.
func (s *Store) Readers() *sql.DB { return s.readers }

// SelectionOf is the statement of a selection, and its arguments.
func (s *Store) SelectionOf(ref usher.AccountRef, selection usher.EventSelection, limit int) (text string, args []any) {
	return s.dialect.selection(ref, selection, limit)
}

// EventsAfter is the statement that reads events by number.
func EventsAfter() string { return eventsAfter }
