package sqlstore

import (
	"fmt"

	"github.com/usher-seats/usher"
)

const teamColumns = `account, id, slug, name, description, privacy, parent_id, quiet, selection, created_at, updated_at, version`

func teamFields(t *usher.Team) []any {
	return []any{
		(*accountColumn)(&t.Account), &t.ID, &t.Slug, &t.Name, &t.Description, &t.Privacy, &t.ParentID, &t.Quiet, &t.Selection,
		(*instant)(&t.CreatedAt), (*instant)(&t.UpdatedAt), &t.Version,
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

// TeamsByID implements [usher.Past].
func (s *state) TeamsByID(ref usher.AccountRef, ids []int64) ([]usher.Team, error) {
	q := s.ask(ref, intArray(ids))
	return answers(q, "read teams", `SELECT `+teamColumns+` FROM `+q.from(pastTeams())+
		` WHERE account = $1 AND `+s.r.dialect.among("id", s.r.dialect.intSet("$2")), teamFields)
}

// FormerTeams implements [usher.Reader].
func (r *reader) FormerTeams(ref usher.AccountRef, ids []int64) ([]usher.Team, error) {
	return query(r, "read former teams",
		`SELECT `+teamColumns+` FROM past_teams WHERE account = $1 AND `+r.dialect.among("id", r.dialect.intSet("$2"))+`
			AND until = (SELECT MAX(l.until) FROM past_teams l WHERE l.account = $1 AND l.id = past_teams.id)
			AND NOT EXISTS (SELECT 1 FROM teams t WHERE t.account = $1 AND t.id = past_teams.id)`,
		teamFields, accountKey(ref), intArray(ids))
}

// TeamPeople implements [usher.Past]. UNION passes over a team that was met before, so
// a circle of parents ends. CROSS JOIN: see eventsBetween. LEFT JOIN has PostgreSQL go from
// the teams that it has found to their children; it would read all teams, and for each of
// them what it has found. The NULL that it makes of no child joins nothing.
func (s *state) TeamPeople(ref usher.AccountRef, teamID int64) ([]int64, error) {
	if s.past() {
		return s.pastTeamPeople(ref, teamID)
	}
	return query(s.r, "list a team's people",
		`WITH RECURSIVE tree (id) AS (
			SELECT id FROM teams WHERE account = $1 AND id = $2
			UNION
			SELECT t.id FROM tree LEFT JOIN teams t ON t.account = $1 AND t.parent_id = tree.id AND t.parent_id <> 0
		)
		SELECT DISTINCT m.user_id FROM tree CROSS JOIN team_members m
		WHERE m.account = $1 AND m.team_id = tree.id ORDER BY m.user_id`,
		idField, accountKey(ref), teamID)
}

func teamMemberFields(m *usher.TeamMember) []any { return []any{&m.TeamID, &m.UserID, &m.Maintainer} }

// TeamMember implements [usher.Reader].
func (r *reader) TeamMember(ref usher.AccountRef, teamID, userID int64) (usher.TeamMember, bool, error) {
	return first(r, "find a team's member",
		`SELECT team_id, user_id, maintainer FROM team_members WHERE account = $1 AND team_id = $2 AND user_id = $3`,
		teamMemberFields, accountKey(ref), teamID, userID)
}

// TeamPlaces implements [usher.Reader].
func (r *reader) TeamPlaces(ref usher.AccountRef, userID int64) ([]usher.TeamMember, error) {
	return query(r, "read a person's places in teams",
		`SELECT team_id, user_id, maintainer FROM team_members WHERE account = $1 AND user_id = $2 ORDER BY team_id`,
		teamMemberFields, accountKey(ref), userID)
}

// InTeam implements [usher.Reader].
func (r *reader) InTeam(ref usher.AccountRef, teamID int64, userIDs []int64) ([]int64, error) {
	return query(r, "look for people in a team",
		`SELECT user_id FROM team_members WHERE account = $1 AND team_id = $2 AND `+r.dialect.among("user_id", r.dialect.intSet("$3")),
		idField, accountKey(ref), teamID, intArray(userIDs))
}

// AllTeams implements [usher.Reader].
func (r *reader) AllTeams(ref usher.AccountRef) ([]usher.Team, error) {
	return r.teams(`account = $1 ORDER BY id`, accountKey(ref))
}

// TeamMembers implements [usher.Reader].
func (r *reader) TeamMembers(ref usher.AccountRef, teamID int64) ([]usher.TeamMember, error) {
	return query(r, "read a team's members",
		`SELECT team_id, user_id, maintainer FROM team_members WHERE account = $1 AND team_id = $2`,
		teamMemberFields, accountKey(ref), teamID)
}

// AllTeamMembers implements [usher.Reader].
func (r *reader) AllTeamMembers(ref usher.AccountRef) ([]usher.TeamMember, error) {
	return query(r, "read all teams' members",
		`SELECT team_id, user_id, maintainer FROM team_members WHERE account = $1 ORDER BY team_id, user_id`,
		teamMemberFields, accountKey(ref))
}

// TeamsOf implements [usher.Past]. UNION passes over what was met before, so a circle of
// parents ends.
func (s *state) TeamsOf(ref usher.AccountRef, userID int64) ([]int64, error) {
	if s.past() {
		return s.pastTeamsOf(ref, userID)
	}
	return query(s.r, "list a person's teams",
		`WITH RECURSIVE above (id) AS (
			SELECT team_id FROM team_members WHERE account = $1 AND user_id = $2
			UNION
			SELECT t.parent_id FROM above CROSS JOIN teams t WHERE t.account = $1 AND t.id = above.id AND t.parent_id <> 0
		)
		SELECT id FROM above`,
		idField, accountKey(ref), userID)
}

// TeamAccount implements [usher.Reader]. CROSS JOIN: see eventsBetween.
func (r *reader) TeamAccount(kind usher.AccountKind, teamID int64) (usher.AccountRef, bool, error) {
	key, ok, err := first(r, "find a team's account",
		`SELECT t.account FROM teams t CROSS JOIN accounts a WHERE t.id = $1 AND a.account = t.account AND a.kind = $2`,
		idField, teamID, int64(kind))
	if !ok {
		return usher.AccountRef{}, false, err
	}
	return accountRef(key), true, nil
}

// InsertTeams implements [usher.Tx].
func (t *tx) InsertTeams(teams []usher.Team) error {
	changes := map[usher.AccountRef]int64{}
	for _, team := range teams {
		change, err := t.change(accountKey(team.Account))
		if err != nil {
			return err
		}
		changes[team.Account] = change
	}
	into := insertion("insert teams", "teams",
		`account, id, slug, slug_key, name, name_key, description, privacy, parent_id, quiet, selection, created_at, updated_at, version, since`, "")
	return insert(t, into, teams, func(args []any, team usher.Team) []any {
		return append(args, accountKey(team.Account), team.ID, team.Slug, usher.TeamNameKey(team.Slug),
			team.Name, usher.TeamNameKey(team.Name), team.Description, team.Privacy, team.ParentID, team.Quiet, string(team.Selection), micros(team.CreatedAt), micros(team.UpdatedAt), team.Version,
			changes[team.Account])
	})
}

// InsertTeamMembers implements [usher.Tx].
func (t *tx) InsertTeamMembers(ref usher.AccountRef, members []usher.TeamMember) error {
	account := accountKey(ref)
	change, err := t.change(account)
	if err != nil {
		return err
	}
	into := insertion("insert team members", "team_members", `account, team_id, user_id, maintainer, since`, "")
	return insert(t, into, members, func(args []any, m usher.TeamMember) []any {
		return append(args, account, m.TeamID, m.UserID, m.Maintainer, change)
	})
}

// SaveTeam implements [usher.Tx]. A team that does not exist is an error.
func (t *tx) SaveTeam(team usher.Team) error {
	account := accountKey(team.Account)
	if err := t.keep(pastTeams(), `account = $1 AND id = $2`, account, team.ID); err != nil {
		return err
	}
	change, err := t.change(account)
	if err != nil {
		return err
	}
	changed, err := t.exec("save a team",
		`UPDATE teams SET slug = $3, slug_key = $4, name = $5, name_key = $6, description = $7, privacy = $8, parent_id = $9, quiet = $10, selection = $11, updated_at = $12, version = $13, since = $14
		WHERE account = $1 AND id = $2`,
		account, team.ID, team.Slug, usher.TeamNameKey(team.Slug), team.Name, usher.TeamNameKey(team.Name),
		team.Description, team.Privacy, team.ParentID, team.Quiet, string(team.Selection), micros(team.UpdatedAt), team.Version, change)
	if err == nil && changed != 1 {
		return t.fail("save a team", fmt.Errorf("there is no team %d of %s %d", team.ID, team.Account.Kind, team.Account.ID))
	}
	return err
}

// DeleteTeams implements [usher.Tx].
func (t *tx) DeleteTeams(ref usher.AccountRef, teamIDs []int64) error {
	account, teams := accountKey(ref), intArray(teamIDs)
	of := func(column string) string {
		return `account = $1 AND ` + t.dialect.among(column, t.dialect.intSet("$2"))
	}
	if err := t.keep(pastTeamMembers(), of("team_id"), account, teams); err != nil {
		return err
	}
	if err := t.keep(pastTeams(), of("id"), account, teams); err != nil {
		return err
	}
	for _, places := range []string{"team_organizations", "invited_team_members", "team_members"} {
		if err := t.run("remove teams", `DELETE FROM `+places+` WHERE `+of("team_id"), account, teams); err != nil {
			return err
		}
	}
	return t.run("remove teams", `DELETE FROM teams WHERE `+of("id"), account, teams)
}

// SaveTeamMember implements [usher.Tx].
func (t *tx) SaveTeamMember(ref usher.AccountRef, m usher.TeamMember) error {
	account := accountKey(ref)
	if err := t.keep(pastTeamMembers(), `account = $1 AND team_id = $2 AND user_id = $3`, account, m.TeamID, m.UserID); err != nil {
		return err
	}
	change, err := t.change(account)
	if err != nil {
		return err
	}
	return t.run("save a team's member",
		`INSERT INTO team_members (account, team_id, user_id, maintainer, since) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, team_id, user_id) DO UPDATE SET maintainer = excluded.maintainer, since = excluded.since`,
		account, m.TeamID, m.UserID, m.Maintainer, change)
}

// DeleteTeamMembers implements [usher.Tx].
func (t *tx) DeleteTeamMembers(ref usher.AccountRef, teamID int64, userIDs []int64) error {
	where := `account = $1 AND team_id = $2 AND ` + t.dialect.among("user_id", t.dialect.intSet("$3"))
	args := []any{accountKey(ref), teamID, intArray(userIDs)}
	if err := t.keep(pastTeamMembers(), where, args...); err != nil {
		return err
	}
	return t.run("remove a team's members", `DELETE FROM team_members WHERE `+where, args...)
}

// AssignedOrganizations implements [usher.Reader]. CROSS JOIN: see eventsBetween.
func (r *reader) AssignedOrganizations(enterpriseID, teamID int64) ([]usher.Account, error) {
	rows, err := query(r, "list a team's organizations",
		`SELECT `+accountColumns+`
		FROM (SELECT organization FROM team_organizations WHERE account = $1 AND team_id = $2) AS assigned
		CROSS JOIN accounts WHERE account = assigned.organization ORDER BY id`,
		accountFields, enterpriseKey(enterpriseID), teamID)
	return accountsOf(rows), err
}

// AllAssignments implements [usher.Reader].
func (r *reader) AllAssignments(enterpriseID int64) ([]usher.Assignment, error) {
	return query(r, "list all teams' organizations",
		`SELECT team_id, organization FROM team_organizations WHERE account = $1 ORDER BY team_id, organization`,
		func(a *usher.Assignment) []any { return []any{&a.TeamID, (*accountColumn)(&a.Organization)} }, enterpriseKey(enterpriseID))
}

// AssignOrganizations implements [usher.Tx].
func (t *tx) AssignOrganizations(enterpriseID, teamID int64, organizationIDs []int64) error {
	account := enterpriseKey(enterpriseID)
	into := insertion("assign a team to organizations", "team_organizations", `account, team_id, organization`, ` ON CONFLICT DO NOTHING`)
	return insert(t, into, organizationIDs, func(args []any, id int64) []any {
		return append(args, account, teamID, accountKey(usher.OrganizationRef(id)))
	})
}

// UnassignOrganizations implements [usher.Tx].
func (t *tx) UnassignOrganizations(enterpriseID, teamID int64, organizationIDs []int64) error {
	keys := make([]int64, len(organizationIDs))
	for i, id := range organizationIDs {
		keys[i] = accountKey(usher.OrganizationRef(id))
	}
	return t.run("take a team from organizations",
		`DELETE FROM team_organizations WHERE account = $1 AND team_id = $2 AND `+t.dialect.among("organization", t.dialect.intSet("$3")),
		enterpriseKey(enterpriseID), teamID, intArray(keys))
}
