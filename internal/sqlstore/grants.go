package sqlstore

import "github.com/usher-seats/usher"

func grantFields(g *usher.Grant) []any {
	return []any{&g.Kind, &g.SubjectID, (*instant)(&g.GrantedAt)}
}

// Grants implements [usher.Reader].
func (r *reader) Grants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) ([]usher.Grant, error) {
	return query(r, "read grants",
		`SELECT kind, subject_id, granted_at FROM grants
		WHERE account = $1 AND kind = $2 AND `+r.dialect.among("subject_id", r.dialect.intSet("$3")),
		grantFields, accountKey(ref), string(kind), intArray(subjectIDs))
}

// AllGrants implements [usher.Reader].
func (r *reader) AllGrants(ref usher.AccountRef) ([]usher.Grant, error) {
	return query(r, "read all grants",
		`SELECT kind, subject_id, granted_at FROM grants WHERE account = $1 ORDER BY kind, subject_id`,
		grantFields, accountKey(ref))
}

// TeamGrants implements [usher.Reader]. UNION passes over what was met before, so a
// circle of parents ends. CROSS JOIN: see eventsBetween. LEFT JOIN: see TeamPeople.
func (r *reader) TeamGrants(ref usher.AccountRef, userIDs []int64) ([]usher.PersonTeamGrant, error) {
	return query(r, "read people's team grants",
		`WITH RECURSIVE reach (user_id, team_id) AS (
			SELECT m.user_id, m.team_id FROM `+r.dialect.intSet("$2")+` AS p CROSS JOIN team_members m
			WHERE m.account = $1 AND m.user_id = p.value
			UNION
			SELECT reach.user_id, t.parent_id FROM reach LEFT JOIN teams t
			ON t.account = $1 AND t.id = reach.team_id
		)
		SELECT reach.user_id, reach.team_id, g.granted_at
		FROM reach CROSS JOIN grants g
		WHERE g.account = $1 AND g.kind = $3 AND g.subject_id = reach.team_id`,
		func(g *usher.PersonTeamGrant) []any { return []any{&g.UserID, &g.TeamID, (*instant)(&g.GrantedAt)} },
		accountKey(ref), intArray(userIDs), string(usher.TeamGrant))
}

// InsertGrants implements [usher.Tx].
func (t *tx) InsertGrants(ref usher.AccountRef, grants []usher.Grant) error {
	account := accountKey(ref)
	into := insertion("insert grants", "grants", `account, kind, subject_id, granted_at`, "")
	return insert(t, into, grants, func(args []any, g usher.Grant) []any {
		return append(args, account, string(g.Kind), g.SubjectID, micros(g.GrantedAt))
	})
}

// DeleteGrants implements [usher.Tx].
func (t *tx) DeleteGrants(ref usher.AccountRef, kind usher.GrantKind, subjectIDs []int64) error {
	return t.run("delete grants",
		`DELETE FROM grants WHERE account = $1 AND kind = $2 AND `+t.dialect.among("subject_id", t.dialect.intSet("$3")),
		accountKey(ref), string(kind), intArray(subjectIDs))
}
