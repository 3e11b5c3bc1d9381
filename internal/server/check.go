package server

import (
	"context"
	"errors"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// Check tests every invariant over a database that exists, also while a server runs on
// it. It returns the database's path and a line for each invariant that is broken. Of
// config it looks at Database and Wall.
func Check(ctx context.Context, config Config) (file string, broken []string, err error) {
	file, err = databaseFile(config.Database)
	if err != nil {
		return "", nil, err
	}
	store, err := sqlstore.Open(ctx, file, sqlstore.Options{Wall: config.wallClock(), MustExist: true})
	if err != nil {
		return file, nil, err
	}
	broken, err = usher.NewService(store).Check(ctx)
	return file, broken, errors.Join(err, store.Close())
}
