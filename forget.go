package usher

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// forgottenPrefix begins the login of who was forgotten; their id follows.
const forgottenPrefix = "forgotten-"

// ReservedLogin says whether a login is kept for who is forgotten, so that nobody else can
// have it: forgotten-, a number and, where that was taken once, another number.
func ReservedLogin(login string) bool {
	rest, ok := strings.CutPrefix(LoginKey(login), forgottenPrefix)
	id, again, more := strings.Cut(rest, "-")
	return ok && isNumber(id) && (!more || isNumber(again))
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// forgotten says whether the user was forgotten: the login is one that forgetting gave them, and
// nothing else tells who they are.
func (u User) forgotten() bool {
	return u.Name+u.Email+u.TimeZone == "" && ReservedLogin(u.Login) && strings.HasPrefix(u.Login+"-", forgottenPrefix+strconv.FormatInt(u.ID, 10)+"-")
}

// Forgotten is a person who was forgotten, and what is left of them.
type Forgotten struct {
	User     User   // as they are shown from now on
	Before   bool   // they had been forgotten already: nothing was changed
	Tokens   int    // that were revoked
	Holdings []Held // in accounts that know the person, enterprises first
}

// Held is what a person has in an account that knows them. It is not taken away by forgetting.
type Held struct {
	Account    Account
	Membership *Membership // nil for an outsider, and who has left
	OnlyOwner  bool        // no other person owns the account
	Teams      []Team      // that they are in themselves or through a child team, by id
	Seats      []Seat      // current ones, by section
}

// Forget gives a person a pseudonym everywhere, for good: login, name, e-mail address and time
// zone are gone, and their tokens are revoked. What they have stays, under the pseudonym. Each
// account that knows them has events of it; no earlier one changes, since events name people by
// id alone. Nobody with the login is [NotFound].
func (s *Service) Forget(ctx context.Context, login string, by By) (Forgotten, error) {
	var gone Forgotten
	err := s.updateWorld(ctx, func(tx Tx) error {
		user, ok, err := tx.User(login)
		if err != nil {
			return err
		}
		if !ok {
			return &Error{Kind: NotFound, Message: fmt.Sprintf("There is nobody with the login %q. Who was forgotten has the login %sID.", shown(login), forgottenPrefix)}
		}
		gone = Forgotten{User: user, Before: user.forgotten()}
		if !gone.Before {
			if err := forget(tx, &gone, by); err != nil {
				return err
			}
		}
		gone.Holdings, err = holdingsOf(tx, user.ID)
		return err
	})
	return gone, err
}

func forget(tx Tx, gone *Forgotten, by By) (err error) {
	user := &gone.User
	tokens, err := tx.TokensOf(user.ID)
	if err != nil {
		return err
	}
	tokens = slices.DeleteFunc(tokens, func(t Token) bool { return !t.RevokedAt.IsZero() })
	gone.Tokens = len(tokens)
	now, err := tx.Now()
	if err != nil {
		return err
	}
	if err := tx.RevokeTokens(tokenIDs(tokens), now); err != nil {
		return err
	}
	if user.Login, err = pseudonym(tx, user.ID); err != nil {
		return err
	}
	user.Name, user.Email, user.TimeZone, user.Version = "", "", "", newVersion()
	if err := tx.SaveUser(*user); err != nil {
		return err
	}
	return recordForgetting(tx, user.ID, tokens, by)
}

func tokenIDs(tokens []Token) []int64 {
	ids := make([]int64, len(tokens))
	for i, token := range tokens {
		ids[i] = token.ID
	}
	return ids
}

// pseudonym is a login for who is forgotten. Nobody can have it, since seeds are refused that
// give it away; but who was there before that has theirs.
func pseudonym(tx Reader, id int64) (string, error) {
	login := forgottenPrefix + strconv.FormatInt(id, 10)
	for again := 2; ; again++ {
		_, person, err := tx.User(login)
		if err != nil {
			return "", err
		}
		_, organization, err := tx.Account(AccountName{Kind: Organization, Login: login})
		if err != nil || !person && !organization {
			return login, err
		}
		login = fmt.Sprintf("%s%d-%d", forgottenPrefix, id, again)
	}
}

// recordForgetting records in each account that knows the person, or has a token of theirs, that
// they were forgotten, and which tokens were revoked: one with permissions in its organization's
// log alone.
func recordForgetting(tx Tx, userID int64, tokens []Token, by By) error {
	known, err := tx.AccountsKnowing(userID)
	if err != nil {
		return err
	}
	for _, token := range tokens {
		if token.OwnerID != 0 && !slices.Contains(known, OrganizationRef(token.OwnerID)) {
			known = append(known, OrganizationRef(token.OwnerID))
		}
	}
	for _, ref := range known {
		l, err := openLedger(tx, ref, by.Actor, by.RequestID)
		if err != nil {
			return err
		}
		for _, token := range tokens {
			if token.OwnerID == 0 || ref == OrganizationRef(token.OwnerID) {
				l.recordChange(TokenRevoked, userID, 0, tokenChange(TokenRevoked, token.ID))
			}
		}
		l.record(PersonForgotten, userID, 0)
		if err := l.close(); err != nil {
			return err
		}
	}
	return nil
}

// holdingsOf is what a person has in each account that knows them.
func holdingsOf(tx Reader, userID int64) ([]Held, error) {
	known, err := tx.AccountsKnowing(userID)
	if err != nil {
		return nil, err
	}
	all := make([]Held, 0, len(known))
	for _, ref := range known {
		held, err := heldIn(tx, ref, userID)
		if err != nil {
			return nil, err
		}
		all = append(all, held)
	}
	return all, nil
}

func heldIn(tx Reader, ref AccountRef, userID int64) (held Held, err error) {
	if held.Account, _, err = tx.Account(AccountName{Kind: ref.Kind, ID: ref.ID}); err != nil {
		return held, err
	}
	now, err := accountNow(tx, held.Account)
	if err != nil {
		return held, err
	}
	membership, ok, err := tx.Membership(ref, userID)
	if err != nil {
		return held, err
	}
	if ok && !membership.expired(now) {
		held.Membership = &membership
	}
	if membership.owns() {
		_, owners, err := tx.MembersFrom(ref, RoleOwner, 0, 1)
		if err != nil {
			return held, err
		}
		held.OnlyOwner = owners == 1
	}
	teams, err := tx.TeamsOf(ref, userID)
	if err != nil {
		return held, err
	}
	if held.Teams, err = tx.TeamsByID(ref, teams); err != nil {
		return held, err
	}
	slices.SortFunc(held.Teams, func(a, b Team) int { return cmp.Compare(a.ID, b.ID) })
	seats, err := tx.PersonSeats(ref, userID)
	for _, seat := range seats {
		if seat.Current(now) {
			held.Seats = append(held.Seats, seat)
		}
	}
	slices.SortFunc(held.Seats, func(a, b Seat) int { return bySeatNumber(&a, &b) })
	return held, err
}
