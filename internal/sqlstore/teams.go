package sqlstore

import "github.com/usher-seats/usher"

const teamColumns = `account, id, slug, name, description, privacy, parent_id, created_at, version`

func teamFields(t *usher.Team) []any {
	return []any{
		(*accountColumn)(&t.Account), &t.ID, &t.Slug, &t.Name, &t.Description, &t.Privacy, &t.ParentID, (*instant)(&t.CreatedAt), &t.Version,
	}
}

func (r *reader) teams(where string, args ...any) ([]usher.Team, error) {
	return query(r, "read teams", `SELECT `+teamColumns+` FROM teams WHERE `+where, teamFields, args...)
}

// Teams implements [usher.Reader]. CROSS JOIN: see eventsBetween.
func (r *reader) Teams(ref usher.AccountRef, names []string) ([]usher.Team, error) {
	keys := r.dialect.textSet("$2") + ` AS n`
	return r.teams(`account = $1 AND id IN (
		SELECT t.id FROM `+keys+` CROSS JOIN teams t WHERE t.account = $1 AND t.slug_key = n.value
		UNION SELECT t.id FROM `+keys+` CROSS JOIN teams t WHERE t.account = $1 AND t.name_key = n.value)`,
		accountKey(ref), textArray(names, usher.TeamNameKey))
}

// TeamsByID implements [usher.Reader].
func (r *reader) TeamsByID(ref usher.AccountRef, ids []int64) ([]usher.Team, error) {
	return r.teams(`account = $1 AND `+r.dialect.among("id", r.dialect.intSet("$2")), accountKey(ref), intArray(ids))
}

// TeamPeople implements [usher.Reader]. UNION passes over a team that was met before, so
// a circle of parents ends. CROSS JOIN: see eventsBetween. LEFT JOIN has PostgreSQL go from
// the teams that it has found to their children; it would read all teams, and for each of
// them what it has found. The NULL that it makes of no child joins nothing.
func (r *reader) TeamPeople(ref usher.AccountRef, teamID int64) ([]int64, error) {
	return query(r, "list a team's people",
		`WITH RECURSIVE tree (id) AS (
			SELECT id FROM teams WHERE account = $1 AND id = $2
			UNION
			SELECT t.id FROM tree LEFT JOIN teams t ON t.account = $1 AND t.parent_id = tree.id AND t.parent_id <> 0
		)
		SELECT DISTINCT m.user_id FROM tree CROSS JOIN team_members m
		WHERE m.account = $1 AND m.team_id = tree.id ORDER BY m.user_id`,
		idField, accountKey(ref), teamID)
}

// InsertTeams implements [usher.Tx].
func (t *tx) InsertTeams(teams []usher.Team) error {
	into := insertion("insert teams", "teams",
		`account, id, slug, slug_key, name, name_key, description, privacy, parent_id, created_at, version`, "")
	return insert(t, into, teams, func(args []any, team usher.Team) []any {
		return append(args, accountKey(team.Account), team.ID, team.Slug, usher.TeamNameKey(team.Slug),
			team.Name, usher.TeamNameKey(team.Name), team.Description, team.Privacy, team.ParentID, micros(team.CreatedAt), team.Version)
	})
}

// InsertTeamMembers implements [usher.Tx].
func (t *tx) InsertTeamMembers(ref usher.AccountRef, members []usher.TeamMember) error {
	account := accountKey(ref)
	into := insertion("insert team members", "team_members", `account, team_id, user_id, maintainer`, "")
	return insert(t, into, members, func(args []any, m usher.TeamMember) []any {
		return append(args, account, m.TeamID, m.UserID, m.Maintainer)
	})
}
