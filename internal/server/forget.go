package server

import (
	"context"

	"github.com/usher-seats/usher"
)

// Forget gives a person a pseudonym in a database that exists, also while servers run on it. It
// returns the database's name. Of config it looks at Database and Wall.
func Forget(ctx context.Context, config Config, login string) (name string, gone usher.Forgotten, err error) {
	name, err = onDatabase(ctx, config, "forgetting a person", func(s *usher.Service, by usher.By) (err error) {
		gone, err = s.Forget(ctx, login, by)
		return err
	})
	return name, gone, err
}
