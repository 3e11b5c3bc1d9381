package usher

import (
	"fmt"
	"slices"
	"time"
)

// checkTokens looks for tokens that speak for nobody, or have what their kind does not have.
func checkTokens(tx Reader, accounts []Account) (broken []string, err error) {
	const atOnce = 1000
	organizations := map[int64]bool{}
	for _, account := range accounts {
		if account.Ref.Kind == Organization {
			organizations[account.Ref.ID] = true
		}
	}
	for skip := int64(0); ; skip += atOnce {
		tokens, _, err := tx.TokensFrom(skip, atOnce)
		if err != nil || len(tokens) == 0 {
			return broken, err
		}
		var people []int64
		for _, token := range tokens {
			people = append(people, token.UserID, token.CreatedBy)
		}
		users, err := tx.Users(distinct(people))
		if err != nil {
			return nil, err
		}
		known := map[int64]bool{}
		for _, user := range users {
			known[user.ID] = true
		}
		for _, token := range tokens {
			for _, wrong := range token.wrongs(known, organizations) {
				broken = append(broken, fmt.Sprintf("token %d: %s", token.ID, wrong))
			}
		}
	}
}

// wrongs are what is wrong with a token, where these users and organizations are all there are.
func (t Token) wrongs(users, organizations map[int64]bool) (wrongs []string) {
	unless := func(right bool, format string, args ...any) {
		if !right {
			wrongs = append(wrongs, fmt.Sprintf(format, args...))
		}
	}
	if !slices.Contains(tokenKinds(), t.Kind) {
		return []string{fmt.Sprintf("its kind is %q", t.Kind)}
	}
	unless((t.UserID != 0) == (t.Kind != AppInstallation), "its kind is %s, and its user %d", t.Kind, t.UserID)
	unless(t.UserID == 0 || users[t.UserID], "its user %d does not exist", t.UserID)
	unless((t.OwnerID != 0) == !t.Kind.Scoped(), "its kind is %s, and its owner %d", t.Kind, t.OwnerID)
	unless(t.OwnerID == 0 || organizations[t.OwnerID], "its owner %d does not exist", t.OwnerID)
	unless(len(t.Scopes) == 0 || t.Kind.Scoped(), "its kind is %s, and it has scopes", t.Kind)
	unless(len(t.Permissions) == 0 || !t.Kind.Scoped(), "its kind is %s, and it has permissions", t.Kind)
	unless(t.CreatedBy == 0 || users[t.CreatedBy], "user %d, who made it, does not exist", t.CreatedBy)
	unless(!t.Minted || !t.CreatedAt.IsZero(), "it was made here, and it is not known when")
	unless(t.LastUsedOn.Equal(t.LastUsedOn.Truncate(24*time.Hour)), "it was used last at %s, which is no day", t.LastUsedOn.Format(time.RFC3339Nano))
	return wrongs
}
