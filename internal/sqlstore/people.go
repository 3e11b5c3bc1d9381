package sqlstore

import "github.com/usher-seats/usher"

const userColumns = `id, login, name, email, time_zone, site_admin, created_at, version`

func userFields(u *usher.User) []any {
	return []any{&u.ID, &u.Login, &u.Name, &u.Email, &u.TimeZone, &u.SiteAdmin, (*instant)(&u.CreatedAt), &u.Version}
}

// User implements [usher.Reader].
func (r *reader) User(login string) (usher.User, bool, error) {
	if !storable(login) {
		return usher.User{}, false, nil
	}
	return first(r, "find a user", `SELECT `+userColumns+` FROM users WHERE login_key = $1`, userFields, usher.LoginKey(login))
}

// Users implements [usher.Reader].
func (r *reader) Users(ids []int64) ([]usher.User, error) {
	return query(r, "read users",
		`SELECT `+userColumns+` FROM users WHERE `+r.dialect.among("id", r.dialect.intSet("$1")),
		userFields, intArray(ids))
}

// InsertUsers implements [usher.Tx].
func (t *tx) InsertUsers(users []usher.User) error {
	into := insertion("insert users", "users", `id, login, login_key, name, email, time_zone, site_admin, created_at, version`, "")
	return insert(t, into, users, func(args []any, u usher.User) []any {
		return append(args, u.ID, u.Login, usher.LoginKey(u.Login), u.Name, u.Email, u.TimeZone, u.SiteAdmin, micros(u.CreatedAt), u.Version)
	})
}

// personRow is a user with a membership whose role is empty where there is none.
type personRow struct {
	user usher.User
	role usher.Role
	// state is the membership's.
	state  usher.MembershipState
	listed bool // has a membership, active or pending
}

// People implements [usher.Reader].
func (r *reader) People(ref usher.AccountRef, logins []string) ([]usher.Person, error) {
	rows, err := query(r, "read people",
		`SELECT u.id, u.login, u.name, u.email, u.time_zone, u.site_admin, u.created_at, u.version,
			m.user_id IS NOT NULL, COALESCE(m.role, ''), COALESCE(m.state, '')
		FROM users u LEFT JOIN memberships m ON m.account = $1 AND m.user_id = u.id
		WHERE `+r.dialect.among("u.login_key", r.dialect.textSet("$2")),
		func(p *personRow) []any { return append(userFields(&p.user), &p.listed, &p.role, &p.state) },
		accountKey(ref), textArray(logins, usher.LoginKey))
	if err != nil {
		return nil, err
	}
	people := make([]usher.Person, len(rows))
	for i, row := range rows {
		people[i].User = row.user
		if row.listed {
			people[i].Membership = &usher.Membership{UserID: row.user.ID, Role: row.role, State: row.state}
		}
	}
	return people, nil
}

// Membership implements [usher.Reader].
func (r *reader) Membership(ref usher.AccountRef, userID int64) (usher.Membership, bool, error) {
	return first(r, "find a membership",
		`SELECT user_id, role, state FROM memberships WHERE account = $1 AND user_id = $2`,
		membershipFields, accountKey(ref), userID)
}

// Memberships implements [usher.Reader].
func (r *reader) Memberships(ref usher.AccountRef, userIDs []int64) ([]usher.Membership, error) {
	return query(r, "read memberships",
		`SELECT user_id, role, state FROM memberships WHERE account = $1 AND `+r.dialect.among("user_id", r.dialect.intSet("$2")),
		membershipFields, accountKey(ref), intArray(userIDs))
}

func membershipFields(m *usher.Membership) []any { return []any{&m.UserID, &m.Role, &m.State} }

// Members implements [usher.Reader].
func (r *reader) Members(ref usher.AccountRef) ([]int64, error) {
	return query(r, "list an account's members",
		`SELECT user_id FROM memberships WHERE account = $1 AND state = $2 ORDER BY user_id`,
		idField, accountKey(ref), string(usher.Active))
}

func idField(id *int64) []any { return []any{id} }

// InsertMemberships implements [usher.Tx].
func (t *tx) InsertMemberships(ref usher.AccountRef, memberships []usher.Membership) error {
	account := accountKey(ref)
	into := insertion("insert memberships", "memberships", `account, user_id, role, state`, "")
	return insert(t, into, memberships, func(args []any, m usher.Membership) []any {
		return append(args, account, m.UserID, string(m.Role), string(m.State))
	})
}
