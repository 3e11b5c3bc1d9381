package sqlstore

import (
	"database/sql"
	"time"

	"github.com/usher-seats/usher"
)

// clockRow is the world clock's row with what the engine's own clock shows, if it has one.
type clockRow struct {
	clock usher.Clock
	wall  time.Time
}

// Clock implements [usher.Reader]. A world without a row has the wall clock's time.
func (r *reader) Clock() (usher.Clock, error) {
	if r.clock != nil {
		return *r.clock, nil
	}
	row, _, err := first(r, "read the clock",
		`SELECT world.stands_at, COALESCE(world.ahead, 0), `+r.dialect.wall+`
		FROM (SELECT 1 AS id) AS one LEFT JOIN world ON world.id = one.id`,
		func(c *clockRow) []any {
			return []any{(*instant)(&c.clock.StandsAt), &c.clock.Offset, (*instant)(&c.wall)}
		})
	if err != nil {
		return usher.Clock{}, err
	}
	r.clock = &row.clock
	switch {
	case !r.wall.IsZero():
	case r.store.options.Wall != nil:
		r.wall = r.store.options.Wall()
	default:
		r.wall = row.wall
	}
	return row.clock, nil
}

// Wall implements [usher.Reader].
func (r *reader) Wall() (time.Time, error) {
	_, err := r.Clock()
	return r.wall.UTC().Truncate(time.Microsecond), err
}

// SetClock implements [usher.Tx].
func (t *tx) SetClock(clock usher.Clock) error {
	t.clock = nil
	return t.run("set the clock", `INSERT INTO world (id, stands_at, ahead) VALUES (1, $1, $2)
		ON CONFLICT (id) DO UPDATE SET stands_at = excluded.stands_at, ahead = excluded.ahead`,
		micros(clock.StandsAt), int64(clock.Offset))
}

// Seed implements [usher.Reader].
func (r *reader) Seed() (digest string, ok bool, err error) {
	seed, _, err := first(r, "read the seed", `SELECT seed FROM world`, func(s *sql.NullString) []any { return []any{s} })
	return seed.String, seed.Valid, err
}

// SetSeed implements [usher.Tx].
func (t *tx) SetSeed(digest string) error {
	return t.run("remember the seed", `INSERT INTO world (id, seed) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET seed = excluded.seed`, digest)
}

// ReserveIDs implements [usher.Tx]. Until the transaction ends no other one reserves any, so
// it comes after the account's lock.
func (t *tx) ReserveIDs(n int64) (int64, error) {
	last, _, err := first(t.reader, "reserve ids", `INSERT INTO world (id, last_id) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET last_id = world.last_id + excluded.last_id RETURNING last_id`, idField, n)
	return last - n + 1, err
}

// Wipe implements [usher.Tx].
func (t *tx) Wipe() error {
	t.clock = nil
	clear(t.changes)
	for _, table := range []string{
		"past_seats", "past_grants", "past_team_members", "past_teams", "past_memberships", "past_accounts",
		"installations", "apps", "tokens", "activity_reports", "headcounts", "enterprise_people", "blocks", "sections", "sleeping_seats", "seats",
		"sleeping_grants", "grants", "team_organizations", "invited_team_members", "team_members", "teams", "invited", "memberships",
		"accounts", "events", "users", "world", // events may go when their account is gone
	} {
		if err := t.run("wipe "+table, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	return nil
}
