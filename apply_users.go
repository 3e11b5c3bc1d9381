package usher

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// usersNamed are the users with these logins, by [LoginKey].
func usersNamed(tx Reader, logins []string) (map[string]User, error) {
	people, err := tx.People(AccountRef{}, logins) // as an account sees them that nobody has
	users := make(map[string]User, len(people))
	for _, p := range people {
		users[LoginKey(p.User.Login)] = p.User
	}
	return users, err
}

func (a applier) listedUsers(tx Reader) (map[string]User, error) {
	logins := make([]string, len(a.desired.Users))
	for i, user := range a.desired.Users {
		logins[i] = user.Login.Text
	}
	return usersNamed(tx, logins)
}

// addsUsers says whether the file lists somebody who is not there.
func (a applier) addsUsers(tx Reader) (bool, error) {
	known, err := a.listedUsers(tx)
	return len(known) < len(a.desired.Users), err
}

// emptied are the lists at the top of the file that are empty where there is something. Nothing
// would be taken away; but who makes such a file has lost what should stand there.
func (a applier) emptied(tx Reader) (problems []Problem, err error) {
	for _, list := range a.desired.Emptied {
		some, err := holdsSome(tx, list.Text)
		if err != nil {
			return nil, err
		}
		if some {
			problems = append(problems, Problem{list.Line, list.Text + " is an empty list, and there are some: an empty list is an error, not a wish; leave the key out"})
		}
	}
	return problems, nil
}

// holdsSome says whether there is anything that a key of a file lists.
func holdsSome(tx Reader, key string) (bool, error) {
	switch key {
	case "users":
		users, err := tx.AllUsers()
		return len(users) > 0, err
	case "tokens":
		_, tokens, err := tx.TokensFrom(0, 1)
		return tokens > 0, err
	}
	accounts, err := tx.Accounts()
	return slices.ContainsFunc(accounts, func(account Account) bool { return account.Ref.Kind.String()+"s" == key }), err
}

// applyUsers adds and changes the users that the file lists. Those whom it does not list are left
// alone.
func (a applier) applyUsers(tx Tx) (plan stepPlan, err error) {
	known, err := a.listedUsers(tx)
	if err != nil {
		return plan, err
	}
	problems, err := a.emptied(tx)
	if err != nil {
		return plan, err
	}
	var added []DesiredUser
	for _, want := range a.desired.Users {
		user, there := known[LoginKey(want.Login.Text)]
		switch {
		case !there:
			added = append(added, want)
		case want.GivenID != 0 && want.GivenID != user.ID:
			problems = append(problems, Problem{want.ID.Line, fmt.Sprintf("user %s: the id is %d, and not %d; it cannot be changed", a.desired.Quote(want.Login.Text), user.ID, want.GivenID)})
		default:
			if err := a.changeUser(tx, want, user, &plan); err != nil {
				return plan, err
			}
		}
	}
	if len(problems) > 0 {
		return plan, WrongFile(a.desired.File, problems)
	}
	return plan, a.addUsers(tx, added, &plan)
}

// with is the user as the file wants them.
func (d DesiredUser) with(user User) User {
	set(&user.Name, d.Name)
	set(&user.Email, d.Email)
	set(&user.TimeZone, d.TimeZone)
	set(&user.SiteAdmin, d.SiteAdmin)
	return user
}

func (a applier) changeUser(tx Tx, want DesiredUser, before User, plan *stepPlan) error {
	after := want.with(before)
	if after == before {
		return nil
	}
	for _, field := range []FieldChange{
		{"name", before.Name, after.Name},
		{"email", before.Email, after.Email},
		{"time_zone", before.TimeZone, after.TimeZone},
		{"site_admin", strconv.FormatBool(before.SiteAdmin), strconv.FormatBool(after.SiteAdmin)},
	} {
		if field.Old != field.New {
			plan.changed(Changed, "user", before.Login, field)
		}
	}
	after.Version = newVersion()
	return tx.SaveUser(after)
}

// addUsers adds users. Who has no id in the file gets one above all that there are.
func (a applier) addUsers(tx Tx, added []DesiredUser, plan *stepPlan) error {
	if len(added) == 0 {
		return nil
	}
	now, err := tx.Now()
	if err != nil {
		return err
	}
	all, err := tx.AllUsers()
	if err != nil {
		return err
	}
	accounts, err := tx.Accounts()
	if err != nil {
		return err
	}
	ids, organizations := newIDs(), map[string]bool{}
	for _, user := range all {
		ids.take(user.ID)
	}
	for _, account := range accounts {
		if account.Ref.Kind == Organization {
			organizations[LoginKey(account.Login)] = true
		}
	}
	var problems []Problem
	users := make([]User, len(added))
	for i, want := range added {
		quoted := a.desired.Quote(want.Login.Text)
		if want.GivenID != 0 && !ids.take(want.GivenID) {
			problems = append(problems, Problem{want.ID.Line, fmt.Sprintf("user %s: another user has the id %d; choose another, or leave it out", quoted, want.GivenID)})
		}
		if organizations[LoginKey(want.Login.Text)] {
			problems = append(problems, Problem{want.Login.Line, fmt.Sprintf("user %s: an organization has the login; choose another", quoted)})
		}
		users[i] = want.with(User{ID: want.GivenID, Login: want.Login.Text, CreatedAt: now, Version: newVersion()})
		plan.change(Added, "user", want.Login.Text)
	}
	for i := range users {
		if users[i].ID == 0 {
			users[i].ID = ids.next()
		}
		if users[i].ID > maxGivenID {
			problems = append(problems, Problem{added[i].Login.Line, fmt.Sprintf("user %s: there is no id left above the highest; give one", a.desired.Quote(users[i].Login))})
		}
	}
	if len(problems) > 0 {
		return WrongFile(a.desired.File, problems)
	}
	if err := beginWorld(tx); err != nil {
		return err
	}
	return tx.InsertUsers(users)
}

// beginWorld has a database hold a world from now on that held none, so that no seed takes its
// place.
func beginWorld(tx Tx) error {
	_, holds, err := tx.Seed()
	if err != nil || holds {
		return err
	}
	return tx.SetSeed("")
}

// maxGivenID is the highest id: the highest that every JSON client reads exactly.
const maxGivenID = 1<<53 - 1

// takenIDs are the ids that things of one kind have.
type takenIDs struct {
	taken   map[int64]bool
	highest int64
}

func newIDs() *takenIDs { return &takenIDs{taken: map[int64]bool{}} }

// take takes an id; it says whether it was free.
func (t *takenIDs) take(id int64) bool {
	free := !t.taken[id]
	t.taken[id] = true
	t.highest = max(t.highest, id)
	return free
}

// next is the lowest id above all others.
func (t *takenIDs) next() int64 {
	t.highest++
	t.taken[t.highest] = true
	return t.highest
}

// applyTokens adds the tokens that are not known. A known one is left as it is: where the file
// says something else of it, or it was revoked, that is refused.
func (a applier) applyTokens(tx Tx) (plan stepPlan, err error) {
	var logins []string
	for _, want := range a.desired.Tokens {
		if want.User != nil {
			logins = append(logins, want.User.Text)
		}
	}
	users, err := usersNamed(tx, logins)
	if err != nil {
		return plan, err
	}
	var problems []Problem
	var added []Token
	for _, want := range a.desired.Tokens {
		token, problem, err := a.token(tx, want, users)
		if err != nil {
			return plan, err
		}
		known, _, there, err := tx.Token(want.Hash)
		switch {
		case err != nil:
			return plan, err
		case problem != "":
		case there && !known.RevokedAt.IsZero():
			problem = "it was revoked, and a revoked token never comes back; remove it, or list another"
		case there && !want.same(known, token):
			problem = "it is there with another kind, user, owner, scopes, permissions or expiry, and cannot be changed; list another token, and revoke this one"
		case !there:
			added = append(added, token)
			plan.change(Added, "token", want.words())
		}
		if problem != "" {
			problems = append(problems, Problem{want.Line, "token: " + problem})
		}
	}
	if len(problems) > 0 {
		return plan, WrongFile(a.desired.File, problems)
	}
	wall, err := tx.Wall()
	if err != nil {
		return plan, err
	}
	for i := range added {
		added[i].CreatedAt, added[i].CreatedBy = wall, a.by.Actor.UserID
	}
	if err := insertNumbered(tx, added); err != nil {
		return plan, err
	}
	for _, token := range added {
		if err := recordToken(tx, TokenCreated, token, a.by); err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// token is a token as the file wants it, or what is wrong with it.
func (a applier) token(tx Reader, want DesiredToken, users map[string]User) (token Token, problem string, err error) {
	token = Token{Hash: want.Hash, Kind: want.Kind, Scopes: want.Scopes, Permissions: want.Powers, ExpiresAt: want.ExpiresAt}
	if want.User != nil {
		user, ok := users[LoginKey(want.User.Text)]
		if !ok {
			return token, fmt.Sprintf("user %s is not there; list them under users", a.desired.Quote(want.User.Text)), nil
		}
		token.UserID = user.ID
	}
	if want.Owner != nil {
		owner, ok, err := tx.Account(AccountName{Kind: Organization, Login: want.Owner.Text})
		if err != nil {
			return token, "", err
		}
		if !ok {
			return token, fmt.Sprintf("owner %s is not there; list it under organizations", a.desired.Quote(want.Owner.Text)), nil
		}
		token.OwnerID = owner.Ref.ID
	}
	return token, "", nil
}

// same says whether a known token is what the file wants. When one was to expire counted from
// the reading of the file is not compared, nor what the file leaves out.
func (d DesiredToken) same(known, wanted Token) bool {
	expires := d.ExpiresAt.IsZero() || d.Relative || known.ExpiresAt.Equal(wanted.ExpiresAt)
	return expires && known.Kind == wanted.Kind && known.UserID == wanted.UserID && known.OwnerID == wanted.OwnerID &&
		slices.Equal(NormalScopes(known.Scopes), NormalScopes(wanted.Scopes)) && maps.Equal(known.Permissions, wanted.Permissions)
}

// words name a token without showing it.
func (d DesiredToken) words() string {
	words := string(d.Kind)
	if d.User != nil {
		words += " of " + d.User.Text
	}
	if d.Owner != nil {
		words += " for " + d.Owner.Text
	}
	return words
}
