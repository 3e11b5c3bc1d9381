package sqlstore

import (
	"time"

	"github.com/usher-seats/usher"
)

// BelongsToEnterprise implements [usher.Reader].
func (r *reader) BelongsToEnterprise(enterpriseID, userID int64) (bool, error) {
	_, ok, err := first(r, "look for a person in an enterprise's organizations",
		`SELECT m.user_id FROM accounts a JOIN memberships m ON m.account = a.account AND m.user_id = $2
		WHERE a.enterprise = $1 AND a.kind = $3 AND m.state = $4 LIMIT 1`,
		idField, enterpriseKey(enterpriseID), userID, int64(usher.Organization), string(usher.Active))
	return ok, err
}

// EnterpriseMembers implements [usher.Reader]. CROSS JOIN: see eventsBetween.
func (r *reader) EnterpriseMembers(enterpriseID int64, userIDs []int64) ([]int64, error) {
	among := r.dialect.among("m.user_id", r.dialect.intSet("$2"))
	return query(r, "look for people in an enterprise",
		`SELECT m.user_id FROM accounts a CROSS JOIN memberships m
		WHERE a.enterprise = $1 AND a.kind = $3 AND m.account = a.account AND m.state = $4 AND `+among+`
		UNION SELECT m.user_id FROM team_members m WHERE m.account = $1 AND `+among,
		idField, enterpriseKey(enterpriseID), intArray(userIDs), int64(usher.Organization), string(usher.Active))
}

// EnterprisePersonSeats implements [usher.Reader].
func (r *reader) EnterprisePersonSeats(enterpriseID, userID int64) ([]usher.AccountSeat, error) {
	return query(r, "read a person's seats in an enterprise",
		`SELECT account, `+seatColumns+` FROM seats
		WHERE user_id = $2 AND account IN (SELECT account FROM accounts WHERE enterprise = $1)`,
		func(s *usher.AccountSeat) []any {
			return append([]any{(*accountColumn)(&s.Account)}, seatFields(&s.Seat)...)
		}, enterpriseKey(enterpriseID), userID)
}

const enterprisePersonColumns = `user_id, ends_at, last_activity_at, last_activity_editor, last_authenticated_at`

func enterprisePersonFields(p *usher.EnterprisePerson) []any {
	return append([]any{&p.UserID, (*instant)(&p.EndsAt)}, activityFields(&p.Activity)...)
}

// EnterprisePeople implements [usher.Reader].
func (r *reader) EnterprisePeople(enterpriseID int64, userIDs []int64) ([]usher.EnterprisePerson, error) {
	return query(r, "read an enterprise's people",
		`SELECT `+enterprisePersonColumns+` FROM enterprise_people WHERE account = $1 AND `+r.dialect.among("user_id", r.dialect.intSet("$2")),
		enterprisePersonFields, enterpriseKey(enterpriseID), intArray(userIDs))
}

// AllEnterprisePeople implements [usher.Reader].
func (r *reader) AllEnterprisePeople(enterpriseID int64) ([]usher.EnterprisePerson, error) {
	return query(r, "read all of an enterprise's people",
		`SELECT `+enterprisePersonColumns+` FROM enterprise_people WHERE account = $1 ORDER BY user_id`,
		enterprisePersonFields, enterpriseKey(enterpriseID))
}

// EnterpriseEndings implements [usher.Reader]. MAX passes over the NULL of a live seat, so
// the live ones are told by their count.
func (r *reader) EnterpriseEndings(enterpriseID int64, userIDs []int64) ([]usher.EnterprisePerson, error) {
	return query(r, "find when people's last seats end",
		`SELECT s.user_id, CASE WHEN COUNT(s.ends_at) = COUNT(*) THEN MAX(s.ends_at) END
		FROM seats s JOIN accounts a ON a.account = s.account
		WHERE `+r.dialect.among("s.user_id", r.dialect.intSet("$2"))+` AND a.enterprise = $1
		GROUP BY s.user_id`,
		func(p *usher.EnterprisePerson) []any { return []any{&p.UserID, (*instant)(&p.EndsAt)} },
		enterpriseKey(enterpriseID), intArray(userIDs))
}

// SaveEnterprisePeople implements [usher.Tx].
func (t *tx) SaveEnterprisePeople(enterpriseID int64, people []usher.EnterprisePerson) error {
	account := enterpriseKey(enterpriseID)
	into := insertion("save an enterprise's people", "enterprise_people", `account, `+enterprisePersonColumns,
		` ON CONFLICT (account, user_id) DO UPDATE SET ends_at = excluded.ends_at, last_activity_at = excluded.last_activity_at,
		last_activity_editor = excluded.last_activity_editor, last_authenticated_at = excluded.last_authenticated_at`)
	return insert(t, into, people, func(args []any, p usher.EnterprisePerson) []any {
		return activityValues(append(args, account, p.UserID, micros(p.EndsAt)), p.Activity)
	})
}

// DeleteEnterprisePeople implements [usher.Tx].
func (t *tx) DeleteEnterprisePeople(enterpriseID int64, userIDs []int64) error {
	return t.run("remove people of an enterprise",
		`DELETE FROM enterprise_people WHERE account = $1 AND `+t.dialect.among("user_id", t.dialect.intSet("$2")),
		enterpriseKey(enterpriseID), intArray(userIDs))
}

// Headcounts implements [usher.Reader].
func (r *reader) Headcounts(enterpriseID int64) ([]usher.Headcount, error) {
	return query(r, "read headcounts", `SELECT ends_at, people FROM headcounts WHERE account = $1 ORDER BY ends_at`,
		func(h *usher.Headcount) []any { return []any{(*instantKey)(&h.EndsAt), &h.People} }, enterpriseKey(enterpriseID))
}

// AddHeadcounts implements [usher.Tx]. A count that comes to nothing is removed.
func (t *tx) AddHeadcounts(enterpriseID int64, deltas []usher.Headcount) error {
	if len(deltas) == 0 {
		return nil
	}
	account := enterpriseKey(enterpriseID)
	into := insertion("add to headcounts", "headcounts", `account, ends_at, people`,
		` ON CONFLICT (account, ends_at) DO UPDATE SET people = headcounts.people + excluded.people`)
	each := sums(deltas, func(h usher.Headcount) time.Time { return h.EndsAt },
		func(sum *usher.Headcount, h usher.Headcount) { sum.People += h.People })
	err := insert(t, into, each, func(args []any, h usher.Headcount) []any {
		return append(args, account, microsKey(h.EndsAt), h.People)
	})
	if err != nil {
		return err
	}
	return t.run("remove empty headcounts", `DELETE FROM headcounts WHERE account = $1 AND people = 0`, account)
}

// sums has each instant once: a statement may not change one row twice.
func sums[T any](deltas []T, at func(T) time.Time, add func(*T, T)) []T {
	var list []T
	place := map[int64]int{}
	for _, d := range deltas {
		key := microsKey(at(d))
		i, seen := place[key]
		if !seen {
			place[key] = len(list)
			list = append(list, d)
			continue
		}
		add(&list[i], d)
	}
	return list
}
