package sqlstore

import (
	"time"

	"github.com/usher-seats/usher"
)

// The state stands in these statements as the indexes of the invited have it: with a
// parameter in its place an engine could not use them.

// Invitations implements [usher.Reader].
func (r *reader) Invitations(ref usher.AccountRef) ([]usher.Membership, error) {
	return query(r, "list an account's invitations",
		`SELECT `+membershipColumns+` FROM memberships WHERE account = $1 AND state = 'pending' ORDER BY invitation_id`,
		membershipFields, accountKey(ref))
}

// DueInvitations implements [usher.Reader].
func (r *reader) DueInvitations(ref usher.AccountRef, now time.Time, limit int) ([]usher.Membership, error) {
	return query(r, "read expired invitations",
		`SELECT `+membershipColumns+` FROM memberships
		WHERE account = $1 AND state = 'pending' AND expires_at <= $2 ORDER BY expires_at, user_id LIMIT $3`,
		membershipFields, accountKey(ref), now.UnixMicro(), int64(limit))
}

// Invited implements [usher.Reader].
func (r *reader) Invited(ref usher.AccountRef) ([]usher.InvitedCount, error) {
	return query(r, "read counts of the invited",
		`SELECT ends_at, people, granted FROM invited WHERE account = $1 ORDER BY ends_at`,
		func(c *usher.InvitedCount) []any { return []any{(*instantKey)(&c.EndsAt), &c.People, &c.Granted} }, accountKey(ref))
}

// AddInvited implements [usher.Tx]. A count that comes to nothing is removed.
func (t *tx) AddInvited(ref usher.AccountRef, deltas []usher.InvitedCount) error {
	if len(deltas) == 0 {
		return nil
	}
	account := accountKey(ref)
	into := insertion("count the invited", "invited", `account, ends_at, people, granted`,
		` ON CONFLICT (account, ends_at) DO UPDATE SET people = invited.people + excluded.people, granted = invited.granted + excluded.granted`)
	each := sums(deltas, func(c usher.InvitedCount) time.Time { return c.EndsAt }, func(sum *usher.InvitedCount, c usher.InvitedCount) {
		sum.People, sum.Granted = sum.People+c.People, sum.Granted+c.Granted
	})
	err := insert(t, into, each, func(args []any, c usher.InvitedCount) []any {
		return append(args, account, microsKey(c.EndsAt), c.People, c.Granted)
	})
	if err != nil {
		return err
	}
	return t.run("remove empty counts of the invited", `DELETE FROM invited WHERE account = $1 AND people = 0 AND granted = 0`, account)
}

// InvitedTeams implements [usher.Reader].
func (r *reader) InvitedTeams(ref usher.AccountRef, userIDs []int64) ([]usher.TeamMember, error) {
	return query(r, "list the teams that wait for people",
		`SELECT team_id, user_id, maintainer FROM invited_team_members
		WHERE account = $1 AND `+r.dialect.among("user_id", r.dialect.intSet("$2"))+` ORDER BY user_id, team_id`,
		teamMemberFields, accountKey(ref), intArray(userIDs))
}

// AllInvitedTeams implements [usher.Reader].
func (r *reader) AllInvitedTeams(ref usher.AccountRef) ([]usher.TeamMember, error) {
	return query(r, "list all places that wait in teams",
		`SELECT team_id, user_id, maintainer FROM invited_team_members WHERE account = $1 ORDER BY user_id, team_id`,
		teamMemberFields, accountKey(ref))
}

// SaveInvitedTeam implements [usher.Tx].
func (t *tx) SaveInvitedTeam(ref usher.AccountRef, m usher.TeamMember) error {
	return t.run("save a place that waits in a team",
		`INSERT INTO invited_team_members (account, team_id, user_id, maintainer) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account, user_id, team_id) DO UPDATE SET maintainer = excluded.maintainer`,
		accountKey(ref), m.TeamID, m.UserID, m.Maintainer)
}

// DeleteInvitedTeams implements [usher.Tx].
func (t *tx) DeleteInvitedTeams(ref usher.AccountRef, userID int64, teamIDs []int64) error {
	return t.run("remove places that wait in teams",
		`DELETE FROM invited_team_members WHERE account = $1 AND user_id = $2 AND `+t.dialect.among("team_id", t.dialect.intSet("$3")),
		accountKey(ref), userID, intArray(teamIDs))
}
