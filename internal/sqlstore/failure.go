package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/usher-seats/usher"
)

// failure is an engine's error as the port promises it: a cancelled context's own error,
// [usher.Unavailable] where trying again may help, and what was being tried.
func (s *Store) failure(ctx context.Context, doing string, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return fmt.Errorf("%s: %w", doing, ctxErr)
	}
	err = fmt.Errorf("%s: %w", doing, err)
	if s.closed.Load() {
		return &usher.Error{Kind: usher.Unavailable, Message: "The server is stopping: its database is closed.", Err: err}
	}
	if message, ok := unavailable(err); ok {
		return &usher.Error{Kind: usher.Unavailable, Message: message, Err: err}
	}
	return err
}

// unavailable says in words why a database cannot serve now.
func unavailable(err error) (message string, ok bool) {
	switch primaryCode(err) {
	case sqlite3.SQLITE_FULL:
		return "The database cannot grow: the disk that holds it is full.", true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "The database is busy: another process has it locked.", true
	case sqlite3.SQLITE_READONLY:
		return "The database cannot be written to: its file, directory or disk is read-only.", true
	case sqlite3.SQLITE_CANTOPEN:
		return "The database cannot be opened: its file or directory is gone or not permitted.", true
	case sqlite3.SQLITE_IOERR:
		return "The database cannot be read or written: its disk reports an error.", true
	}
	return "", false
}

func isBusy(err error) bool {
	code := primaryCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// primaryCode is SQLite's result code without the extension in its upper bytes; 0 for
// an error that is not SQLite's.
func primaryCode(err error) int {
	var sqliteErr *sqlite.Error
	if !errors.As(err, &sqliteErr) {
		return 0
	}
	return sqliteErr.Code() & 0xff
}
