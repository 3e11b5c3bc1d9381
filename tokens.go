package usher

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// TokenRequest is a token as somebody wants it made.
type TokenRequest struct {
	Kind        TokenKind
	User        string            // the login of whom it speaks for
	Owner       string            // the login of the organization that it is for
	Scopes      []string          // among [KnownScopes]
	Permissions map[string]string // among [KnownPermissions], each with read or write
	Note        string            // what it is for
	ExpiresAt   time.Time         // by the wall clock; zero: never, or after Lifetime
	Lifetime    time.Duration     // in place of ExpiresAt; 0: none
}

// ListedToken is a token as those are told of it who administer tokens. What it looks like is
// not told to anybody: it is not known.
type ListedToken struct {
	Token     Token
	User      string // the login of whom it speaks for; empty for an installation
	Owner     string // the login of the organization that it is for; empty for one with scopes
	CreatedBy string // the login of who made it; empty for the command line, a seed or an app
	Expired   bool
}

// TokenPage is one page of all tokens.
type TokenPage struct {
	Tokens []ListedToken
	Total  int64 // on all pages
}

// CreateToken makes a token of any kind and returns it: it is not known again afterwards. In
// each account that knows the person it is an event; one with permissions in its organization
// alone. What it is asked for must make sense, or nothing is made: [Invalid].
func (s *Service) CreateToken(ctx context.Context, wanted TokenRequest, by By) (text string, made ListedToken, err error) {
	if err := wanted.check(); err != nil {
		return "", ListedToken{}, err
	}
	text = NewTokenText(wanted.Kind)
	err = s.administer(ctx, by, func(tx Tx) error {
		token, err := wanted.token(tx)
		if err != nil {
			return err
		}
		token.CreatedBy = by.Actor.UserID
		if token, err = mint(tx, token, text); err != nil {
			return err
		}
		if err := recordToken(tx, TokenCreated, token, by); err != nil {
			return err
		}
		listed, err := listTokens(tx, []Token{token})
		if err == nil {
			made = listed[0]
		}
		return err
	})
	if err != nil {
		return "", ListedToken{}, err
	}
	return text, made, nil
}

// administer is an Update that has the world to itself, by somebody whose token is one still.
func (s *Service) administer(ctx context.Context, by By, fn func(Tx) error) error {
	return s.updateWorld(ctx, func(tx Tx) error {
		if err := inForce(tx, by.Actor.TokenID); err != nil {
			return err
		}
		return fn(tx)
	})
}

// mint stores a token that is made while usher runs, under an id that no token has had.
func mint(tx Tx, token Token, text string) (Token, error) {
	wall, err := tx.Wall()
	if err != nil {
		return token, err
	}
	token.Hash, token.Minted, token.CreatedAt = HashToken(text), true, wall
	made := []Token{token}
	err = insertNumbered(tx, made)
	return made[0], err
}

// insertNumbered stores tokens under ids that no token has had. A seed numbers its tokens by
// itself, and those that apps mint have ids of their own.
func insertNumbered(tx Tx, tokens []Token) error {
	if len(tokens) == 0 {
		return nil
	}
	first, err := tx.ReserveIDs(int64(len(tokens)))
	if err != nil {
		return err
	}
	last, err := tx.LastToken(firstInstallationToken)
	if err != nil {
		return err
	}
	if behind := last + 1 - first; behind > 0 {
		if _, err := tx.ReserveIDs(behind); err != nil {
			return err
		}
		first = last + 1
	}
	for i := range tokens {
		tokens[i].ID = first + int64(i)
	}
	return tx.InsertTokens(tokens)
}

// ListTokens are all tokens, revoked and expired ones too, by id.
func (s *Service) ListTokens(ctx context.Context, page Page) (TokenPage, error) {
	var found TokenPage
	err := s.store.View(ctx, func(tx Reader) error {
		tokens, total, err := tx.TokensFrom((page.Number-1)*page.PerPage, page.PerPage)
		if err != nil {
			return err
		}
		found.Total = total
		found.Tokens, err = listTokens(tx, tokens)
		return err
	})
	return found, err
}

// listTokens finds the names that go with tokens.
func listTokens(tx Reader, tokens []Token) ([]ListedToken, error) {
	var people []int64
	owned := false
	for _, token := range tokens {
		people = append(people, token.UserID, token.CreatedBy)
		owned = owned || token.OwnerID != 0
	}
	users, err := tx.Users(distinct(people))
	if err != nil {
		return nil, err
	}
	var accounts []Account
	if owned {
		if accounts, err = tx.Accounts(); err != nil {
			return nil, err
		}
	}
	logins, owners := map[int64]string{}, map[int64]string{}
	for _, user := range users {
		logins[user.ID] = user.Login
	}
	for _, account := range accounts {
		if account.Ref.Kind == Organization {
			owners[account.Ref.ID] = account.Login
		}
	}
	listed := make([]ListedToken, len(tokens))
	for i, token := range tokens {
		listed[i] = ListedToken{Token: token, User: logins[token.UserID], Owner: owners[token.OwnerID], CreatedBy: logins[token.CreatedBy]}
		if listed[i].Expired, err = tokenExpired(tx, token); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// RevokeToken has a token be one no more, for good, and returns it. before says that it had been
// revoked already: then nothing changes. It is an event where its making is one. An id that no
// token has is [NotFound].
func (s *Service) RevokeToken(ctx context.Context, id int64, by By) (revoked ListedToken, before bool, err error) {
	err = s.administer(ctx, by, func(tx Tx) error {
		tokens, err := tx.TokensByID([]int64{id})
		if err != nil {
			return err
		}
		if len(tokens) == 0 {
			return &Error{Kind: NotFound, Message: fmt.Sprintf("There is no token with the id %d.", id)}
		}
		before = !tokens[0].RevokedAt.IsZero()
		if !before {
			if err := revoke(tx, &tokens[0], by); err != nil {
				return err
			}
		}
		listed, err := listTokens(tx, tokens)
		if err == nil {
			revoked = listed[0]
		}
		return err
	})
	return revoked, before, err
}

// revoke revokes a token that is one. It is recorded first: who revokes their own has it until
// then.
func revoke(tx Tx, token *Token, by By) (err error) {
	if err := recordToken(tx, TokenRevoked, *token, by); err != nil {
		return err
	}
	if token.RevokedAt, err = tx.Now(); err != nil {
		return err
	}
	return tx.RevokeTokens([]int64{token.ID}, token.RevokedAt)
}

// recordToken records that a token was made or revoked: one with permissions in its
// organization's log, another in those of the accounts that know its user.
func recordToken(tx Tx, action Action, token Token, by By) error {
	accounts := []AccountRef{OrganizationRef(token.OwnerID)}
	if token.OwnerID == 0 {
		var err error
		if accounts, err = tx.AccountsKnowing(token.UserID); err != nil {
			return err
		}
	}
	for _, ref := range accounts {
		l, err := openLedger(tx, ref, by.Actor, by.RequestID)
		if err != nil {
			return err
		}
		l.recordChange(action, token.UserID, 0, tokenChange(action, token.ID))
		if err := l.close(); err != nil {
			return err
		}
	}
	return nil
}

// tokenChange names the token that was made or revoked.
func tokenChange(action Action, id int64) FieldChange {
	number := strconv.FormatInt(id, 10)
	if action == TokenCreated {
		return FieldChange{"token_id", "", number}
	}
	return FieldChange{"token_id", number, ""}
}

// check says what is wrong with a token that is asked for, whatever the database holds.
func (r TokenRequest) check() error {
	if err := r.checkParties(); err != nil {
		return err
	}
	if err := checkScopes(r.Scopes); err != nil {
		return err
	}
	if err := checkPermissions(r.Permissions); err != nil {
		return err
	}
	switch {
	case len(r.Note) > MaxTokenNoteLength:
		return invalid("A note has at most %d bytes.", MaxTokenNoteLength)
	case !utf8.ValidString(r.Note) || slices.ContainsFunc([]rune(r.Note), func(c rune) bool { return !unicode.IsPrint(c) }):
		return invalid("A note has one line, of characters that can be printed.")
	case r.Lifetime != 0 && !r.ExpiresAt.IsZero():
		return invalid("A token expires at an instant or after a time: give one of the two.")
	}
	return nil
}

// checkParties says whether the token has what its kind needs: a person and scopes, or an
// organization and permissions, or all but scopes (rule A2).
func (r TokenRequest) checkParties() error {
	if !slices.Contains(tokenKinds(), r.Kind) {
		return invalid("There is no token of the kind %q. The kinds are %s.", shown(string(r.Kind)), listOf(tokenKinds()))
	}
	for _, part := range []struct {
		name  string
		given bool
		goes  bool // with the kind
		must  bool
	}{
		{"user", r.User != "", r.Kind != AppInstallation, true},
		{"owner", r.Owner != "", !r.Kind.Scoped(), true},
		{"scopes", len(r.Scopes) > 0, r.Kind.Scoped(), false},
		{"permissions", len(r.Permissions) > 0, !r.Kind.Scoped(), false},
	} {
		if part.given && !part.goes {
			return invalid("A token of the kind %s has no %s.", r.Kind, part.name)
		}
		if part.goes && part.must && !part.given {
			return invalid("A token of the kind %s needs its %s.", r.Kind, part.name)
		}
	}
	return nil
}

// token is the token that is asked for, where the database has whom it is for.
func (r TokenRequest) token(tx Reader) (Token, error) {
	token := Token{Kind: r.Kind, Scopes: NormalScopes(r.Scopes), Permissions: r.Permissions, Note: r.Note}
	if r.Kind != AppInstallation {
		user, err := r.user(tx)
		if err != nil {
			return token, err
		}
		token.UserID = user.ID
	}
	if !r.Kind.Scoped() {
		owner, ok, err := tx.Account(AccountName{Kind: Organization, Login: r.Owner})
		if err != nil {
			return token, err
		}
		if !ok {
			return token, invalid("There is no organization with the login %q.", shown(r.Owner))
		}
		token.OwnerID = owner.Ref.ID
		if err := r.checkMember(tx, owner, token.UserID); err != nil {
			return token, err
		}
	}
	var err error
	token.ExpiresAt, err = r.expiry(tx)
	return token, err
}

// user is whom the token will speak for.
func (r TokenRequest) user(tx Reader) (User, error) {
	user, ok, err := tx.User(r.User)
	switch {
	case err != nil:
		return user, err
	case !ok:
		return user, invalid("There is nobody with the login %q.", shown(r.User))
	case user.forgotten():
		return user, invalid("%s was forgotten, and has no tokens any more.", user.Login)
	case slices.Contains(r.Scopes, ScopeSiteAdmin) && !user.SiteAdmin:
		return user, invalid("%s is not a site administrator: the scope %s would give them nothing. A world that is applied says who is one, with site_admin: true.", user.Login, ScopeSiteAdmin)
	}
	return user, nil
}

// checkMember refuses a token that could be used nowhere: it is for one organization (rule A3),
// and its user is not in that.
func (r TokenRequest) checkMember(tx Reader, owner Account, userID int64) error {
	if r.Kind == AppInstallation {
		return nil
	}
	membership, ok, err := tx.Membership(owner.Ref, userID)
	if err == nil && !(ok && membership.State == Active) {
		err = invalid("%s is not a member of %s, and a token of the kind %s is good for nothing elsewhere.", r.User, owner.Login, r.Kind)
	}
	return err
}

// lastExpiry is the last instant that has a year of four digits.
var lastExpiry = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// expiry is when the token will expire, by the wall clock.
func (r TokenRequest) expiry(tx Reader) (time.Time, error) {
	if r.ExpiresAt.IsZero() && r.Lifetime == 0 {
		return time.Time{}, nil
	}
	wall, err := tx.Wall()
	if err != nil {
		return time.Time{}, err
	}
	at := r.ExpiresAt.UTC().Truncate(time.Microsecond)
	if r.Lifetime != 0 {
		at = wall.Add(r.Lifetime).Truncate(time.Microsecond)
	}
	switch {
	case !at.After(wall):
		return at, invalid("The token would have expired already: it is %s.", wall.Format(time.RFC3339))
	case at.After(lastExpiry):
		return at, invalid("A token expires in the year 9999 at the latest, or never.")
	}
	return at, nil
}

// inForce says whether a token is one still. What is not known, as where nobody asks, is.
func inForce(tx Reader, id int64) error {
	if id == 0 {
		return nil
	}
	tokens, err := tx.TokensByID([]int64{id})
	if err != nil || len(tokens) == 0 {
		return err
	}
	expired, err := tokenExpired(tx, tokens[0])
	if err == nil && (expired || !tokens[0].RevokedAt.IsZero()) {
		err = badCredentials()
	}
	return err
}

// StillCaller says whether a caller's token is one still: [BadCredentials] where it has expired
// or was revoked since it was looked at.
func (s *Service) StillCaller(ctx context.Context, caller *Caller) error {
	return s.store.View(ctx, func(tx Reader) error { return inForce(tx, caller.Token.ID) })
}

// SomeTokenInForce says whether anybody at all can log in.
func (s *Service) SomeTokenInForce(ctx context.Context) (found bool, err error) {
	const atOnce = 1000
	err = s.store.View(ctx, func(tx Reader) error {
		for skip := int64(0); !found; skip += atOnce {
			tokens, _, err := tx.TokensFrom(skip, atOnce)
			if err != nil || len(tokens) == 0 {
				return err
			}
			for _, token := range tokens {
				expired, err := tokenExpired(tx, token)
				if err != nil {
					return err
				}
				found = found || !expired && token.RevokedAt.IsZero()
			}
		}
		return nil
	})
	return found, err
}

// TokensUsed has tokens have been used on a UTC day of the wall clock, unless a later one is known.
func (s *Service) TokensUsed(ctx context.Context, ids []int64, day time.Time) error {
	return s.store.Update(ctx, func(tx Tx) error { return tx.SaveTokenUse(ids, day) })
}
