package sqlstore

import (
	"strconv"

	"github.com/usher-seats/usher"
)

// PersonRecord implements [usher.Reader].
func (r *reader) PersonRecord(ref usher.AccountRef, userID, limit int64) (record usher.PersonRecord, err error) {
	c := chronicle{r: r, account: accountKey(ref), limit: limit}
	subscriptions := chronicled(&c, pastAccounts(), `account, COALESCE(enterprise, 0), `+subscriptionColumns, ``,
		func(row *accountRow) []any {
			return append([]any{&row.key, &row.enterprise}, row.subscriptionFields()...)
		})
	for _, v := range subscriptions {
		record.Subscriptions = append(record.Subscriptions, usher.Version[*usher.Subscription]{Value: v.Value.toAccount().Subscription, Since: v.Since, Until: v.Until})
	}
	record.Seats = chronicled(&c, pastSeats(), seatKeptColumns+pastSeats().blank, ` AND user_id = $2`, seatFields, userID)
	record.Places = chronicled(&c, pastTeamMembers(), `team_id, user_id, maintainer`, ` AND user_id = $2`, teamMemberFields, userID)
	record.Grants = chronicled(&c, pastGrants(), grantColumns, ` AND kind = $2 AND subject_id = $3`, grantFields, string(usher.DirectGrant), userID)

	known := map[int64]bool{}
	var teams []int64
	reach := func(id int64) {
		if id != 0 && !known[id] {
			known[id] = true
			teams = append(teams, id)
		}
	}
	for _, place := range record.Places {
		reach(place.Value.TeamID)
	}
	among := func(column, place string) string { return r.dialect.among(column, r.dialect.intSet(place)) }
	for level := teams; len(level) > 0 && c.err == nil; { // each time the teams that a team of before was ever under
		versions := chronicled(&c, pastTeams(), teamColumns, ` AND `+among("id", "$2"), teamFields, intArray(level))
		record.Teams = append(record.Teams, versions...)
		before := len(teams)
		for _, team := range versions {
			reach(team.Value.ParentID)
		}
		level = teams[before:]
	}
	if len(teams) > 0 {
		granted := chronicled(&c, pastGrants(), grantColumns, ` AND kind = $2 AND `+among("subject_id", "$3"), grantFields, string(usher.TeamGrant), intArray(teams))
		record.Grants = append(record.Grants, granted...)
	}
	record.From = c.from
	return record, c.err
}

// chronicle reads versions of an account's rows until something fails.
type chronicle struct {
	r       *reader
	account int64
	limit   int64 // how many versions that have ended are read of a kind
	from    int64 // before which not all of them are
	err     error
}

// versionFields are the places of a version's columns.
func versionFields[T any](fields func(*T) []any) func(*usher.Version[T]) []any {
	return func(v *usher.Version[T]) []any { return append(fields(&v.Value), &v.Since, &v.Until) }
}

// chronicled are the rows of a table that meet a condition, as they are, and as they were
// before: the last ones that were ended, up to the limit. The + of +until keeps the engines
// from going through all of the account's in that order, where a condition finds fewer.
func chronicled[T any](c *chronicle, v versioned, columns, where string, fields func(*T) []any, args ...any) []usher.Version[T] {
	if c.err != nil {
		return nil
	}
	args = append(append([]any{c.account}, args...), c.limit)
	order := "+until"
	if where == "" {
		order = "until"
	}
	var versions []usher.Version[T]
	versions, c.err = query(c.r, "read what "+v.table+" were",
		`SELECT `+columns+`, since, 0 AS until FROM `+v.table+` WHERE account = $1`+where+`
		UNION ALL SELECT * FROM (
			SELECT `+columns+`, since, until FROM past_`+v.table+` WHERE account = $1`+where+` ORDER BY `+order+` DESC LIMIT $`+strconv.Itoa(len(args))+`
		) AS p`, versionFields(fields), args...)
	var ended, earliest int64
	for _, version := range versions {
		if version.Until > 0 {
			ended++
			if earliest == 0 || version.Until < earliest {
				earliest = version.Until
			}
		}
	}
	if ended == c.limit {
		c.from = max(c.from, earliest)
	}
	return versions
}

func changeFields(c *usher.Change) []any {
	return []any{&c.Number, (*instant)(&c.At), &c.Reports, &c.Actor.UserID, &c.Actor.TokenID}
}

// Changes implements [usher.Reader]. A change's events stand one after the other; those that
// settle what had ended before it come first, and name others as their actors.
func (r *reader) Changes(ref usher.AccountRef, numbers []int64) ([]usher.Change, error) {
	own := `SELECT x.number FROM events x WHERE x.account = $1 AND x.number >= c.first AND x.number <= c.last AND x.at = e.at
		AND x.action NOT IN ('` + string(usher.SeatAdded) + `', '` + string(usher.SeatCancelled) + `')`
	return query(r, "read changes",
		`SELECT c.first, e.known_at, e.reports, COALESCE(a.actor_id, 0), COALESCE(a.token_id, 0)
		FROM (
			SELECT p.value AS first, COALESCE(
				(SELECT n.number - 1 FROM events n WHERE n.account = $1 AND n.number > p.value AND n.change <> p.value ORDER BY n.number LIMIT 1),
				(SELECT last_event FROM accounts WHERE account = $1)) AS last
			FROM `+r.dialect.intSet("$2")+` AS p
		) AS c
		CROSS JOIN events e LEFT JOIN events a ON a.account = $1 AND a.number = COALESCE(
			(`+own+` AND x.request_id <> '' ORDER BY x.number LIMIT 1), (`+own+` ORDER BY x.number LIMIT 1))
		WHERE e.account = $1 AND e.number = c.last`,
		changeFields, accountKey(ref), intArray(numbers))
}

// SeatReports implements [usher.Reader].
func (r *reader) SeatReports(ref usher.AccountRef, seat, after, upTo int64) (usher.ReportCount, error) {
	count, _, err := first(r, "count a seat's activity reports",
		`SELECT COUNT(*), COALESCE(MIN(number), 0), COALESCE(MAX(number), 0) FROM activity_reports
		WHERE account = $1 AND seat = $2 AND number > $3 AND number <= $4`,
		func(c *usher.ReportCount) []any { return []any{&c.Count, &c.First, &c.Last} },
		accountKey(ref), seat, after, upTo)
	return count, err
}
