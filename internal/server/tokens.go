package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// onDatabase does something on a database that exists, also while servers run on it, by nobody in
// particular. It returns the database's name. doing completes the sentence "… in NAME" for whoever
// reads the error. Of config it looks at Database and Wall.
func onDatabase(ctx context.Context, config Config, doing string, do func(*usher.Service, usher.By) error) (name string, err error) {
	database, err := config.database()
	if err != nil {
		return "", err
	}
	name = sqlstore.PublicName(database)
	store, err := sqlstore.Open(ctx, database, sqlstore.Options{Wall: config.Wall, MustExist: true, Patience: patience})
	if err != nil {
		return name, err
	}
	by := usher.By{RequestID: ghapi.NewRequestID(config.wallClock()())} // the same on all events of it
	if err = do(usher.NewService(store), by); err != nil {
		err = fmt.Errorf("%s in %s: %w", doing, name, err)
	}
	return name, errors.Join(err, store.Close())
}

// CreateToken makes a token in a database that exists, and returns it: nobody can be told again.
func CreateToken(ctx context.Context, config Config, wanted usher.TokenRequest) (text string, made usher.ListedToken, err error) {
	_, err = onDatabase(ctx, config, "making a token", func(s *usher.Service, by usher.By) (err error) {
		text, made, err = s.CreateToken(ctx, wanted, by)
		return err
	})
	return text, made, err
}

// ListTokens are all tokens of a database that exists, by id.
func ListTokens(ctx context.Context, config Config) (all []usher.ListedToken, err error) {
	const atOnce = 1000
	_, err = onDatabase(ctx, config, "listing the tokens", func(s *usher.Service, _ usher.By) error {
		for page := (usher.Page{Number: 1, PerPage: atOnce}); ; page.Number++ {
			found, err := s.ListTokens(ctx, page)
			if err != nil || len(found.Tokens) == 0 {
				return err
			}
			all = append(all, found.Tokens...)
		}
	})
	return all, err
}

// RevokeToken revokes a token of a database that exists. before says that it was revoked already.
func RevokeToken(ctx context.Context, config Config, id int64) (before bool, err error) {
	_, err = onDatabase(ctx, config, "revoking a token", func(s *usher.Service, by usher.By) (err error) {
		_, before, err = s.RevokeToken(ctx, id, by)
		return err
	})
	return before, err
}
