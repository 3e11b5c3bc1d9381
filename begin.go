package usher

import (
	"context"
	"math"
)

// The administrator with whom a database begins that no seed fills. The id is above those that
// GitHub gives today: a world that is applied later may bring its people's own.
const (
	FirstAdministrator   = "site-admin"
	firstAdministratorID = 1_000_000_000
)

// Begin gives an empty database its first user, a site administrator who is in no enterprise and
// no organization, with a classic token for what administrators alone may do. It returns the
// token, which is not known again afterwards. Where the database holds anything, begun is false
// and nothing has changed.
func (s *Service) Begin(ctx context.Context) (token string, begun bool, err error) {
	token = NewTokenText(Classic)
	err = s.updateWorld(ctx, func(tx Tx) error {
		holds, err := holdsAnything(tx)
		if begun = !holds; err != nil || holds {
			return err
		}
		now, err := tx.Now()
		if err != nil {
			return err
		}
		user := User{ID: firstAdministratorID, Login: FirstAdministrator, Name: "Site administrator", SiteAdmin: true, CreatedAt: now, Version: newVersion()}
		if err := tx.InsertUsers([]User{user}); err != nil {
			return err
		}
		_, err = mint(tx, Token{Kind: Classic, UserID: user.ID, Scopes: []string{ScopeSiteAdmin}, Note: "made at the first start"}, token)
		return err
	})
	if err != nil || !begun {
		return "", false, err
	}
	return token, true, nil
}

// Holds says whether the database holds anything: a world, or what was made without one.
func (s *Service) Holds(ctx context.Context) (holds bool, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		var err error
		holds, err = holdsAnything(tx)
		return err
	})
	return holds, err
}

// holdsAnything is [Service.Holds]. A token is what the first start leaves, and is never removed.
func holdsAnything(tx Reader) (bool, error) {
	if _, seeded, err := tx.Seed(); err != nil || seeded {
		return seeded, err
	}
	if last, err := tx.LastToken(math.MaxInt64); err != nil || last > 0 {
		return last > 0, err
	}
	accounts, err := tx.Accounts()
	return len(accounts) > 0, err
}
