package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/usher-seats/usher"
)

// errPatience is why a transaction is cut off whose step has taken too long.
var errPatience = errors.New("the database did not answer in time")

// failure is an engine's error as the port promises it: a cancelled context's own error,
// [usher.Unavailable] where trying again may help, and what was being tried. ctx is the
// transaction's.
func (s *Store) failure(ctx context.Context, doing string, err error) error {
	cause := context.Cause(ctx)
	if cause != nil && !errors.Is(cause, errPatience) {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	err = fmt.Errorf("%s: %w", doing, err)
	switch judged, message := s.dialect.judge(err); {
	case s.closed.Load():
		return unavailable("The server is stopping: its database is closed.", err)
	case cause != nil:
		return unavailable("The database did not answer in time.", err)
	case judged != fault:
		return unavailable(message, err)
	}
	return err
}

// uncertain is the failure of a commit that may have been carried out.
func uncertain(err error) error {
	return unavailable("The database went away while a change was being committed: it was carried out whole, or not at all. Look before you repeat it.", err)
}

func unavailable(message string, err error) error {
	return &usher.Error{Kind: usher.Unavailable, Message: message, Err: err}
}
