package sqlstore

import "github.com/usher-seats/usher"

const reportColumns = `number, accepted_at, user_id, seat, reported_at, reported_editor, reported_authenticated_at,
	last_activity_at, last_activity_editor, last_authenticated_at`

func reportFields(r *usher.Report) []any {
	fields := []any{&r.Number, (*instant)(&r.AcceptedAt), &r.UserID, &r.Seat}
	fields = append(fields, activityFields(&r.Reported)...)
	return append(fields, activityFields(&r.Activity)...)
}

// Report implements [usher.Reader].
func (r *reader) Report(ref usher.AccountRef, number int64) (usher.Report, bool, error) {
	return first(r, "read an activity report",
		`SELECT `+reportColumns+` FROM activity_reports WHERE account = $1 AND number = $2`, reportFields, accountKey(ref), number)
}

// LastReports implements [usher.Reader]. The last number of each seat is one step in the
// index.
func (r *reader) LastReports(ref usher.AccountRef, seats []int64, upTo int64) ([]usher.Report, error) {
	return query(r, "read the last activity reports",
		`SELECT `+reportColumns+` FROM activity_reports WHERE account = $1 AND `+r.dialect.among("number", `(
			SELECT (SELECT MAX(r.number) FROM activity_reports r WHERE r.account = $1 AND r.seat = p.value AND r.number <= $3)
			FROM `+r.dialect.intSet("$2")+` AS p)`),
		reportFields, accountKey(ref), intArray(seats), upTo)
}

// InsertReports implements [usher.Tx].
func (t *tx) InsertReports(ref usher.AccountRef, reports []usher.Report) error {
	account := accountKey(ref)
	into := insertion("insert activity reports", "activity_reports", `account, `+reportColumns, "")
	return insert(t, into, reports, func(args []any, r usher.Report) []any {
		args = append(args, account, r.Number, micros(r.AcceptedAt), r.UserID, r.Seat)
		return activityValues(activityValues(args, r.Reported), r.Activity)
	})
}

// DeleteReports implements [usher.Tx].
func (t *tx) DeleteReports(ref usher.AccountRef, upTo int64, limit int) (int64, error) {
	unknown := ""
	for _, table := range []string{"seats", "sleeping_seats", "past_seats"} {
		unknown += ` AND NOT EXISTS (SELECT 1 FROM ` + table + ` s WHERE s.account = $1 AND s.user_id = r.user_id AND s.number = r.seat)`
	}
	return t.exec("delete activity reports", `DELETE FROM activity_reports WHERE account = $1 AND `+t.dialect.among("number", `(
		SELECT p.number FROM (SELECT r.number FROM activity_reports r WHERE r.account = $1 AND r.number <= $2 AND (
			EXISTS (SELECT 1 FROM activity_reports n WHERE n.account = $1 AND n.seat = r.seat AND n.number > r.number AND n.number <= $2)
			OR 1 = 1`+unknown+`)
		ORDER BY r.number LIMIT $3) AS p)`),
		accountKey(ref), upTo, int64(limit))
}
