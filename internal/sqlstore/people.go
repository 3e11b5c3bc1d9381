package sqlstore

import (
	"fmt"

	"github.com/usher-seats/usher"
)

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

// Users implements [usher.Past]: who they are is not of any moment.
func (s *state) Users(ids []int64) ([]usher.User, error) {
	return query(s.r, "read users",
		`SELECT `+userColumns+` FROM users WHERE `+s.r.dialect.among("id", s.r.dialect.intSet("$1")),
		userFields, intArray(ids))
}

// AllUsers implements [usher.Reader]: a statement that reads a whole table, and is called listed for that.
func (r *reader) AllUsers() ([]usher.User, error) {
	return query(r, "list all users", `SELECT `+userColumns+` FROM users AS listed ORDER BY id`, userFields)
}

// InsertUsers implements [usher.Tx].
func (t *tx) InsertUsers(users []usher.User) error {
	into := insertion("insert users", "users", `id, login, login_key, name, email, time_zone, site_admin, created_at, version`, "")
	return insert(t, into, users, func(args []any, u usher.User) []any {
		return append(args, u.ID, u.Login, usher.LoginKey(u.Login), u.Name, u.Email, u.TimeZone, u.SiteAdmin, micros(u.CreatedAt), u.Version)
	})
}

// SaveUser implements [usher.Tx].
func (t *tx) SaveUser(u usher.User) error {
	const doing = "save a user"
	changed, err := t.exec(doing, `UPDATE users SET login = $2, login_key = $3, name = $4, email = $5, time_zone = $6, site_admin = $7, version = $8 WHERE id = $1`,
		u.ID, u.Login, usher.LoginKey(u.Login), u.Name, u.Email, u.TimeZone, u.SiteAdmin, u.Version)
	if err == nil && changed != 1 {
		return t.fail(doing, fmt.Errorf("there is no user %d", u.ID))
	}
	return err
}

// AccountsKnowing implements [usher.Reader]. Each account is asked through an index of its own
// whether it has the person.
func (r *reader) AccountsKnowing(userID int64) ([]usher.AccountRef, error) {
	keys, err := query(r, "find the accounts that know a person",
		`SELECT a.account FROM accounts a WHERE
		EXISTS (SELECT 1 FROM memberships m WHERE m.account = a.account AND m.user_id = $1)
		OR EXISTS (SELECT 1 FROM memberships m WHERE m.account = a.account AND m.state = 'pending' AND m.invited_by = $1)
		OR EXISTS (SELECT 1 FROM team_members t WHERE t.account = a.account AND t.user_id = $1)
		OR EXISTS (SELECT 1 FROM seats s WHERE s.account = a.account AND s.user_id = $1)
		OR EXISTS (SELECT 1 FROM events e WHERE e.account = a.account AND e.user_id = $1)
		OR EXISTS (SELECT 1 FROM events e WHERE e.account = a.account AND e.actor_id = $1)
		ORDER BY a.kind DESC, a.id`, idField, userID)
	refs := make([]usher.AccountRef, len(keys))
	for i, key := range keys {
		refs[i] = accountRef(key)
	}
	return refs, err
}

// personRow is a user with a membership that is empty where there is none.
type personRow struct {
	user       usher.User
	membership usher.Membership
	listed     bool // has a membership, active or pending
}

// People implements [usher.Past].
func (s *state) People(ref usher.AccountRef, logins []string) ([]usher.Person, error) {
	if s.past() {
		return s.pastPeople(ref, logins)
	}
	rows, err := query(s.r, "read people",
		`SELECT u.id, u.login, u.name, u.email, u.time_zone, u.site_admin, u.created_at, u.version,
			m.user_id IS NOT NULL, COALESCE(m.user_id, 0), COALESCE(m.role, ''), COALESCE(m.state, ''),
			COALESCE(m.invitation_id, 0), COALESCE(m.invited_by, 0), m.invited_at, m.expires_at
		FROM users u LEFT JOIN memberships m ON m.account = $1 AND m.user_id = u.id
		WHERE `+s.r.dialect.among("u.login_key", s.r.dialect.textSet("$2")),
		func(p *personRow) []any {
			return append(append(userFields(&p.user), &p.listed), membershipFields(&p.membership)...)
		},
		accountKey(ref), textArray(logins, usher.LoginKey))
	if err != nil {
		return nil, err
	}
	people := make([]usher.Person, len(rows))
	for i, row := range rows {
		people[i].User = row.user
		if row.listed {
			people[i].Membership = &row.membership
		}
	}
	return people, nil
}

// Membership implements [usher.Past].
func (s *state) Membership(ref usher.AccountRef, userID int64) (usher.Membership, bool, error) {
	q := s.ask(ref, userID)
	return answer(q, "find a membership",
		`SELECT `+membershipColumns+` FROM `+q.from(pastMemberships())+` WHERE account = $1 AND user_id = $2`, membershipFields)
}

// Memberships implements [usher.Reader].
func (r *reader) Memberships(ref usher.AccountRef, userIDs []int64) ([]usher.Membership, error) {
	return query(r, "read memberships",
		`SELECT `+membershipColumns+` FROM memberships WHERE account = $1 AND `+r.dialect.among("user_id", r.dialect.intSet("$2")),
		membershipFields, accountKey(ref), intArray(userIDs))
}

const membershipColumns = `user_id, role, state, invitation_id, invited_by, invited_at, expires_at`

func membershipFields(m *usher.Membership) []any {
	i := &m.Invitation
	return []any{&m.UserID, &m.Role, &m.State, &i.ID, &i.InvitedBy, (*instant)(&i.At), (*instant)(&i.EndsAt)}
}

// Members implements [usher.Reader].
func (r *reader) Members(ref usher.AccountRef) ([]int64, error) {
	return query(r, "list an account's members",
		`SELECT user_id FROM memberships WHERE account = $1 AND state = $2 ORDER BY user_id`,
		idField, accountKey(ref), string(usher.Active))
}

// MembersFrom implements [usher.Reader]. Both statements go through an index, past each
// member that counts or is passed over: a list says how many pages it has, and no account
// has so many members that their number would be worth keeping. Where that may be all of an
// account, the table is called listed.
func (r *reader) MembersFrom(ref usher.AccountRef, role usher.Role, skip, limit int64) ([]usher.Membership, int64, error) {
	from, args := `FROM memberships AS listed WHERE account = $1 AND state = 'active'`, []any{accountKey(ref)}
	if role != "" {
		from, args = `FROM memberships WHERE account = $1 AND state = 'active' AND role = $2`, append(args, string(role))
	}
	total, _, err := first(r, "count an account's members", `SELECT COUNT(*) `+from, idField, args...)
	if err != nil || total <= skip {
		return nil, total, err
	}
	page := fmt.Sprintf(` ORDER BY user_id LIMIT $%d OFFSET $%d`, len(args)+1, len(args)+2)
	members, err := query(r, "read an account's members",
		`SELECT `+membershipColumns+` `+from+page, membershipFields, append(args, limit, skip)...)
	return members, total, err
}

// OrganizationsOf implements [usher.Reader]. CROSS JOIN: see eventsBetween.
func (r *reader) OrganizationsOf(userID int64) ([]usher.AccountMembership, error) {
	type row struct {
		account    accountRow
		membership usher.Membership
	}
	rows, err := query(r, "list a person's organizations",
		`SELECT `+accountColumns+`, `+membershipColumns+`
		FROM (SELECT account AS member_of, `+membershipColumns+` FROM memberships WHERE user_id = $1) AS m
		CROSS JOIN accounts WHERE account = m.member_of AND kind = $2 ORDER BY id`,
		func(r *row) []any { return append(accountFields(&r.account), membershipFields(&r.membership)...) },
		userID, int64(usher.Organization))
	if err != nil {
		return nil, err
	}
	list := make([]usher.AccountMembership, len(rows))
	for i, row := range rows {
		list[i] = usher.AccountMembership{Account: row.account.toAccount(), Membership: row.membership}
	}
	return list, nil
}

func idField(id *int64) []any { return []any{id} }

// InsertMemberships implements [usher.Tx].
func (t *tx) InsertMemberships(ref usher.AccountRef, memberships []usher.Membership) error {
	account := accountKey(ref)
	change, err := t.change(account)
	if err != nil {
		return err
	}
	into := insertion("insert memberships", "memberships", `account, `+membershipColumns+`, since`, "")
	return insert(t, into, memberships, func(args []any, m usher.Membership) []any {
		return append(membershipValues(append(args, account), m), change)
	})
}

func membershipValues(args []any, m usher.Membership) []any {
	i := m.Invitation
	return append(args, m.UserID, string(m.Role), string(m.State), i.ID, i.InvitedBy, micros(i.At), micros(i.EndsAt))
}

// SaveMembership implements [usher.Tx].
func (t *tx) SaveMembership(ref usher.AccountRef, m usher.Membership) error {
	account := accountKey(ref)
	if err := t.keep(pastMemberships(), `account = $1 AND user_id = $2`, account, m.UserID); err != nil {
		return err
	}
	change, err := t.change(account)
	if err != nil {
		return err
	}
	return t.run("save a membership",
		`INSERT INTO memberships (account, `+membershipColumns+`, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (account, user_id) DO UPDATE SET role = excluded.role, state = excluded.state,
		invitation_id = excluded.invitation_id, invited_by = excluded.invited_by,
		invited_at = excluded.invited_at, expires_at = excluded.expires_at, since = excluded.since`,
		append(membershipValues([]any{account}, m), change)...)
}

// DeleteMemberships implements [usher.Tx].
func (t *tx) DeleteMemberships(ref usher.AccountRef, userIDs []int64) error {
	account, people := accountKey(ref), intArray(userIDs)
	for _, v := range []versioned{pastMemberships(), pastTeamMembers()} {
		if err := t.keep(v, `account = $1 AND `+t.dialect.among("user_id", t.dialect.intSet("$2")), account, people); err != nil {
			return err
		}
	}
	for _, table := range []string{"memberships", "team_members", "invited_team_members"} {
		err := t.run("remove people",
			`DELETE FROM `+table+` WHERE account = $1 AND `+t.dialect.among("user_id", t.dialect.intSet("$2")), account, people)
		if err != nil {
			return err
		}
	}
	return nil
}
