package server

import (
	"context"
	"errors"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// Check tests every invariant over a database that exists, also while a server runs on
// it. It returns the database's name and a line for each invariant that is broken. Of
// config it looks at Database and Wall.
func Check(ctx context.Context, config Config) (name string, broken []string, err error) {
	database, err := config.database()
	if err != nil {
		return "", nil, err
	}
	name = sqlstore.PublicName(database)
	store, err := sqlstore.Open(ctx, database, sqlstore.Options{Wall: config.Wall, MustExist: true, Patience: checkPatience})
	if err != nil {
		return name, nil, err
	}
	broken, err = usher.NewService(store).Check(ctx)
	return name, broken, errors.Join(err, store.Close())
}

// checkPatience is for statements that read all there is, with nobody waiting.
const checkPatience = 10 * time.Minute
