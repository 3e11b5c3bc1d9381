package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Open opens a database, makes it where there is none unless the options forbid that, and
// brings its schema up to date. database is a postgres:// URL or the path of an SQLite
// file. Errors say what is wrong with which database and what to do about it.
func Open(ctx context.Context, database string, options Options) (*Store, error) {
	if options.Patience == 0 {
		options.Patience = DefaultPatience
	}
	if IsPostgres(database) {
		return openPostgres(ctx, database, options)
	}
	return openSQLite(ctx, database, options)
}

// explain puts an engine's refusal to open a database into words.
func explain(name string, err error, judge func(error) (verdict, string)) error {
	var said openError
	if errors.As(err, &said) {
		return err
	}
	reason := oneLine{err}
	if judged, message := judge(err); judged != fault {
		return fmt.Errorf("open database %s: %s (%w)", name, message, reason)
	}
	return fmt.Errorf("open database %s: %w", name, reason)
}

// oneLine is an error whose text has no line breaks.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

// openError is a refusal in words already.
type openError string

func (e openError) Error() string { return string(e) }

func refuse(name, format string, args ...any) error {
	return openError(fmt.Sprintf("open database %s: %s", name, fmt.Sprintf(format, args...)))
}
