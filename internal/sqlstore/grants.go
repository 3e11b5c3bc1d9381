package sqlstore

import "github.com/usher-seats/usher"

const grantColumns = `kind, subject_id, granted_at, granted_by, granted_with`

func grantFields(g *usher.Grant) []any {
	return []any{&g.Kind, &g.SubjectID, (*instant)(&g.GrantedAt), &g.GrantedBy.UserID, &g.GrantedBy.TokenID}
}

// Grants implements [usher.Past].
func (s *state) Grants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) ([]usher.Grant, error) {
	q := s.ask(ref, string(kind), intArray(subjectIDs))
	return answers(q, "read grants",
		`SELECT `+grantColumns+` FROM `+q.from(pastGrants())+`
		WHERE account = $1 AND kind = $2 AND `+s.r.dialect.among("subject_id", s.r.dialect.intSet("$3")),
		grantFields)
}

// AllGrants implements [usher.Reader].
func (r *reader) AllGrants(ref usher.AccountRef) ([]usher.Grant, error) {
	return query(r, "read all grants",
		`SELECT `+grantColumns+` FROM grants WHERE account = $1 ORDER BY kind, subject_id`,
		grantFields, accountKey(ref))
}

// SleepingGrants implements [usher.Reader].
func (r *reader) SleepingGrants(ref usher.AccountRef) ([]usher.Grant, error) {
	return query(r, "read sleeping grants",
		`SELECT `+grantColumns+` FROM sleeping_grants WHERE account = $1 ORDER BY kind, subject_id`,
		grantFields, accountKey(ref))
}

// joinedPeople is of how many people at most the team grants are found by one statement. It
// goes up from each person's teams: for ten thousand it took a quarter of the time of
// the call that asked.
const joinedPeople = 100

// TeamGrants implements [usher.Past]. UNION passes over what was met before, so a
// circle of parents ends. CROSS JOIN: see eventsBetween. LEFT JOIN: see TeamPeople.
func (s *state) TeamGrants(ref usher.AccountRef, userIDs []int64) ([]usher.PersonTeamGrant, error) {
	if s.past() || len(userIDs) > joinedPeople {
		return s.teamGrants(ref, userIDs)
	}
	return query(s.r, "read people's team grants",
		`WITH RECURSIVE reach (user_id, team_id) AS (
			SELECT m.user_id, m.team_id FROM `+s.r.dialect.intSet("$2")+` AS p CROSS JOIN team_members m
			WHERE m.account = $1 AND m.user_id = p.value
			UNION
			SELECT reach.user_id, t.parent_id FROM reach LEFT JOIN teams t
			ON t.account = $1 AND t.id = reach.team_id
		)
		SELECT reach.user_id, reach.team_id, g.granted_at, g.granted_by, g.granted_with
		FROM reach CROSS JOIN grants g
		WHERE g.account = $1 AND g.kind = $3 AND g.subject_id = reach.team_id`,
		func(g *usher.PersonTeamGrant) []any {
			return []any{&g.UserID, &g.TeamID, (*instant)(&g.GrantedAt), &g.GrantedBy.UserID, &g.GrantedBy.TokenID}
		},
		accountKey(ref), intArray(userIDs), string(usher.TeamGrant))
}

// InsertGrants implements [usher.Tx].
func (t *tx) InsertGrants(ref usher.AccountRef, grants []usher.Grant) error {
	account := accountKey(ref)
	change, err := t.change(account)
	if err != nil {
		return err
	}
	into := insertion("insert grants", "grants", `account, `+grantColumns+`, since`, "")
	return insert(t, into, grants, func(args []any, g usher.Grant) []any {
		return append(args, account, string(g.Kind), g.SubjectID, micros(g.GrantedAt), g.GrantedBy.UserID, g.GrantedBy.TokenID, change)
	})
}

// DeleteGrants implements [usher.Tx].
func (t *tx) DeleteGrants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) error {
	args := []any{accountKey(ref), string(kind), intArray(subjectIDs)}
	if err := t.keep(pastGrants(), t.subjects(), args...); err != nil {
		return err
	}
	return t.run("delete grants", `DELETE FROM grants WHERE `+t.subjects(), args...)
}

// DeleteSleepingGrants implements [usher.Tx].
func (t *tx) DeleteSleepingGrants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) error {
	return t.run("delete sleeping grants", `DELETE FROM sleeping_grants WHERE `+t.subjects(), accountKey(ref), string(kind), intArray(subjectIDs))
}

// subjects is the condition that a grant is of the account $1, the kind $2 and a subject of
// the set $3.
func (t *tx) subjects() string {
	return `account = $1 AND kind = $2 AND ` + t.dialect.among("subject_id", t.dialect.intSet("$3"))
}

// SleepGrants implements [usher.Tx].
func (t *tx) SleepGrants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) error {
	err := t.moveGrants("sleeping_grants", "grants", "", "",
		`UPDATE SET granted_at = excluded.granted_at, granted_by = excluded.granted_by, granted_with = excluded.granted_with`,
		accountKey(ref), string(kind), intArray(subjectIDs))
	if err != nil {
		return err
	}
	return t.DeleteGrants(ref, kind, subjectIDs)
}

// WakeGrants implements [usher.Tx].
func (t *tx) WakeGrants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) error {
	account := accountKey(ref)
	change, err := t.change(account)
	if err != nil {
		return err
	}
	err = t.moveGrants("grants", "sleeping_grants", ", since", ", $4", `NOTHING`, account, string(kind), intArray(subjectIDs), change)
	if err != nil {
		return err
	}
	return t.DeleteSleepingGrants(ref, kind, subjectIDs)
}

// moveGrants copies grants from one table into another, which has one more column; known is
// what is done to one that is there already.
func (t *tx) moveGrants(into, from, column, value, known string, args ...any) error {
	moved, err := t.exec("move grants",
		`INSERT INTO `+into+` (account, `+grantColumns+column+`) SELECT account, `+grantColumns+value+` FROM `+from+` WHERE `+t.subjects()+`
		ON CONFLICT (account, kind, subject_id) DO `+known, args...)
	if err != nil {
		return err
	}
	return t.grown(into, int(moved))
}

// Forget implements [usher.Tx].
func (t *tx) Forget(ref usher.AccountRef) error {
	for _, table := range []string{"sleeping_grants", "sleeping_seats"} {
		if err := t.run("forget what sleeps", `DELETE FROM `+table+` WHERE account = $1`, accountKey(ref)); err != nil {
			return err
		}
	}
	return nil
}
