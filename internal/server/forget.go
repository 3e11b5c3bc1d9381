package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// Forget gives a person a pseudonym in a database that exists, also while servers run on it. It
// returns the database's name. Of config it looks at Database and Wall.
func Forget(ctx context.Context, config Config, login string) (name string, gone usher.Forgotten, err error) {
	database, err := config.database()
	if err != nil {
		return "", gone, err
	}
	name = sqlstore.PublicName(database)
	store, err := sqlstore.Open(ctx, database, sqlstore.Options{Wall: config.Wall, MustExist: true, Patience: patience})
	if err != nil {
		return name, gone, err
	}
	by := usher.By{RequestID: ghapi.NewRequestID(config.wallClock()())} // the same on all events of it
	gone, err = usher.NewService(store).Forget(ctx, login, by)
	if err != nil {
		err = fmt.Errorf("forgetting a person in %s: %w", name, err)
	}
	return name, gone, errors.Join(err, store.Close())
}
