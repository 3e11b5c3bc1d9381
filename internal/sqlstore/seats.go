package sqlstore

import (
	"cmp"
	"fmt"
	"time"

	"github.com/usher-seats/usher"
)

const seatKeptColumns = `section, number, user_id, team_id, created_at, updated_at, ends_at,
	cancelled_by, cancelled_with`

const seatColumns = seatKeptColumns + `, last_activity_at, last_activity_editor, last_authenticated_at`

func seatFields(s *usher.Seat) []any {
	return append([]any{
		&s.Section, &s.Number, &s.UserID, &s.TeamID,
		(*instant)(&s.CreatedAt), (*instant)(&s.UpdatedAt), (*instant)(&s.EndsAt),
		&s.CancelledBy.UserID, &s.CancelledBy.TokenID,
	}, activityFields(&s.Activity)...)
}

func activityFields(a *usher.Activity) []any {
	return []any{(*instant)(&a.At), &a.Editor, (*instant)(&a.AuthenticatedAt)}
}

func (r *reader) sleepingSeats(where string, args ...any) ([]usher.Seat, error) {
	return query(r, "read sleeping seats", `SELECT `+seatColumns+` FROM sleeping_seats WHERE account = $1 `+where, seatFields, args...)
}

// seats reads seats by a condition that few of an account's meet.
func (s *state) seats(where string, ref usher.AccountRef, args ...any) ([]usher.Seat, error) {
	q := s.ask(ref, args...)
	return s.seatsFrom(q, q.from(pastSeats()), where, ref)
}

func (s *state) seatsFrom(q *question, table, where string, ref usher.AccountRef) ([]usher.Seat, error) {
	seats, err := answers(q, "read seats", `SELECT `+seatColumns+` FROM `+table+` WHERE account = $1 `+where, seatFields)
	if err != nil || !s.past() || len(seats) == 0 {
		return seats, err
	}
	return seats, s.used(ref, seats)
}

// Seats implements [usher.Past].
func (s *state) Seats(ref usher.AccountRef, section int64, userIDs []int64) ([]usher.Seat, error) {
	return s.seats(`AND section = $2 AND `+s.r.dialect.among("user_id", s.r.dialect.intSet("$3")), ref, section, intArray(userIDs))
}

// PersonSeats implements [usher.Past].
func (s *state) PersonSeats(ref usher.AccountRef, userID int64) ([]usher.Seat, error) {
	return s.seats(`AND user_id = $2`, ref, userID)
}

// SeatsFrom implements [usher.Past].
func (s *state) SeatsFrom(ref usher.AccountRef, section, from, skip, limit int64, now time.Time) ([]usher.Seat, error) {
	q := s.ask(ref, section, from, now.UnixMicro(), limit, skip)
	return s.seatsFrom(q, q.all(pastSeats()),
		`AND section = $2 AND number >= $3 AND (ends_at IS NULL OR ends_at > $4) ORDER BY number LIMIT $5 OFFSET $6`, ref)
}

// AllSeats implements [usher.Reader].
func (r *reader) AllSeats(ref usher.AccountRef) ([]usher.Seat, error) {
	return r.seats(`ORDER BY section, number`, ref)
}

// SleepingSeats implements [usher.Reader].
func (r *reader) SleepingSeats(ref usher.AccountRef, section int64, userIDs []int64) ([]usher.Seat, error) {
	return r.sleepingSeats(`AND section = $2 AND `+r.dialect.among("user_id", r.dialect.intSet("$3")), accountKey(ref), section, intArray(userIDs))
}

// AllSleepingSeats implements [usher.Reader].
func (r *reader) AllSleepingSeats(ref usher.AccountRef) ([]usher.Seat, error) {
	return r.sleepingSeats(`ORDER BY section, number`, accountKey(ref))
}

// ending is when something of an account ends, as columns hold it.
type ending struct{ at, account int64 }

func endingFields(e *ending) []any { return []any{&e.at, &e.account} }

// DueAccount implements [usher.Reader]. Each of the two has an index that begins with what
// is asked for; of both together no index does.
func (r *reader) DueAccount(now time.Time) (usher.AccountRef, bool, error) {
	seat, due, err := first(r, "find the earliest ending of a seat",
		`SELECT ends_at, account FROM seats WHERE ends_at <= $1 ORDER BY ends_at, account LIMIT 1`, endingFields, now.UnixMicro())
	if err != nil {
		return usher.AccountRef{}, false, err
	}
	invitation, expired, err := first(r, "find the earliest ending of an invitation",
		`SELECT expires_at, account FROM memberships WHERE state = 'pending' AND expires_at <= $1
		ORDER BY expires_at, account LIMIT 1`, endingFields, now.UnixMicro())
	if err != nil || !due && !expired {
		return usher.AccountRef{}, false, err
	}
	if !due || expired && cmp.Or(cmp.Compare(invitation.at, seat.at), cmp.Compare(invitation.account, seat.account)) < 0 {
		return accountRef(invitation.account), true, nil
	}
	return accountRef(seat.account), true, nil
}

// FirstDue implements [usher.Reader].
func (r *reader) FirstDue(ref usher.AccountRef, now time.Time) (time.Time, bool, error) {
	seat, due, err := first(r, "find an account's earliest ending of a seat",
		`SELECT ends_at, account FROM seats WHERE account = $1 AND ends_at <= $2 ORDER BY ends_at LIMIT 1`,
		endingFields, accountKey(ref), now.UnixMicro())
	if err != nil {
		return time.Time{}, false, err
	}
	invitation, expired, err := first(r, "find an account's earliest ending of an invitation",
		`SELECT expires_at, account FROM memberships WHERE account = $1 AND state = 'pending' AND expires_at <= $2
		ORDER BY expires_at LIMIT 1`, endingFields, accountKey(ref), now.UnixMicro())
	if err != nil || !due && !expired {
		return time.Time{}, false, err
	}
	if !due || expired && invitation.at < seat.at {
		seat = invitation
	}
	return time.UnixMicro(seat.at).UTC(), true, nil
}

// DueSeats implements [usher.Reader].
func (r *reader) DueSeats(ref usher.AccountRef, now time.Time, limit int) ([]usher.Seat, error) {
	return r.seats(`AND ends_at <= $2 ORDER BY ends_at, number LIMIT $3`, ref, now.UnixMicro(), int64(limit))
}

// InsertSeats implements [usher.Tx].
func (t *tx) InsertSeats(ref usher.AccountRef, seats []usher.Seat) error {
	change, err := t.change(accountKey(ref))
	if err != nil {
		return err
	}
	return t.insertSeats(insertion("insert seats", "seats", `account, `+seatColumns+`, since`, ""), ref, seats, change)
}

// InsertSleepingSeats implements [usher.Tx].
func (t *tx) InsertSleepingSeats(ref usher.AccountRef, seats []usher.Seat) error {
	return t.insertSeats(insertion("insert sleeping seats", "sleeping_seats", `account, `+seatColumns, ""), ref, seats)
}

// insertSeats inserts seats; more are the values of columns that they all have in common.
func (t *tx) insertSeats(into bulk, ref usher.AccountRef, seats []usher.Seat, more ...any) error {
	account := accountKey(ref)
	return insert(t, into, seats, func(args []any, s usher.Seat) []any {
		args = append(args, account, s.Section, s.Number, s.UserID, s.TeamID, micros(s.CreatedAt), micros(s.UpdatedAt),
			micros(s.EndsAt), s.CancelledBy.UserID, s.CancelledBy.TokenID)
		return append(activityValues(args, s.Activity), more...)
	})
}

func activityValues(args []any, a usher.Activity) []any {
	return append(args, micros(a.At), a.Editor, micros(a.AuthenticatedAt))
}

// UpdateSeats implements [usher.Tx]. A seat that does not exist is an error.
func (t *tx) UpdateSeats(ref usher.AccountRef, seats []usher.Seat) error {
	account := accountKey(ref)
	change, err := t.change(account)
	if err != nil {
		return err
	}
	if err := t.keepSeats(ref, seats); err != nil {
		return err
	}
	return t.changeSeats(ref, seatUpdate(), seats, func(args []any, s usher.Seat) []any {
		args = append(args, account, s.Section, s.Number, s.TeamID, micros(s.UpdatedAt), micros(s.EndsAt),
			s.CancelledBy.UserID, s.CancelledBy.TokenID, change)
		return activityValues(args, s.Activity)
	})
}

// UseSeats implements [usher.Tx]. A seat that does not exist is an error.
func (t *tx) UseSeats(ref usher.AccountRef, seats []usher.Seat) error {
	account := accountKey(ref)
	return t.changeSeats(ref, seatUse(), seats, func(args []any, s usher.Seat) []any {
		return activityValues(append(args, account, s.Section, s.Number), s.Activity)
	})
}

// changeSeats runs a bulk that changes each of the seats.
func (t *tx) changeSeats(ref usher.AccountRef, change bulk, seats []usher.Seat, values func(args []any, s usher.Seat) []any) error {
	changed, err := bulkRun(t, change, seats, values)
	if err == nil && changed != int64(len(seats)) {
		return t.fail(change.doing, fmt.Errorf("%d of %d seats of %s %d do not exist", int64(len(seats))-changed, len(seats), ref.Kind, ref.ID))
	}
	return err
}

// seatUpdate writes all of a seat that can change: not its key, its person and its
// beginning.
func seatUpdate() bulk {
	types := []string{"BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "BIGINT"}
	return bulk{
		doing: "update seats",
		head: `UPDATE seats SET team_id = v.column4, updated_at = v.column5, ends_at = v.column6,
			cancelled_by = v.column7, cancelled_with = v.column8, since = v.column9,
			last_activity_at = v.column10, last_activity_editor = v.column11, last_authenticated_at = v.column12
			FROM (VALUES `,
		types: types,
		width: len(types),
		tail:  seatNamed,
	}
}

// seatUse writes what changes of a seat by being used.
func seatUse() bulk {
	types := []string{"BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "BIGINT"}
	return bulk{
		doing: "update the activity of seats",
		head: `UPDATE seats SET last_activity_at = v.column4, last_activity_editor = v.column5, last_authenticated_at = v.column6
			FROM (VALUES `,
		types: types,
		width: len(types),
		tail:  seatNamed,
	}
}

const seatNamed = `) AS v WHERE seats.account = v.column1 AND seats.section = v.column2 AND seats.number = v.column3`

// DeleteSeats implements [usher.Tx].
func (t *tx) DeleteSeats(ref usher.AccountRef, seats []usher.Seat) error {
	if err := t.keepSeats(ref, seats); err != nil {
		return err
	}
	return t.deleteSeats(ref, "seats", "number", seats, numberOf)
}

// DeleteSleepingSeats implements [usher.Tx].
func (t *tx) DeleteSleepingSeats(ref usher.AccountRef, seats []usher.Seat) error {
	return t.deleteSeats(ref, "sleeping_seats", "user_id", seats, func(s usher.Seat) int64 { return s.UserID })
}

func numberOf(s usher.Seat) int64 { return s.Number }

// deleteSeats removes seats from a table by the column that tells those of a section apart.
func (t *tx) deleteSeats(ref usher.AccountRef, table, column string, seats []usher.Seat, value func(usher.Seat) int64) error {
	for section, set := range bySection(seats, value) {
		err := t.run("delete seats", `DELETE FROM `+table+` WHERE `+t.amongSeats(column), accountKey(ref), section, intArray(set))
		if err != nil {
			return err
		}
	}
	return nil
}

// keepSeats keeps seats as they are stored, before they are changed or deleted.
func (t *tx) keepSeats(ref usher.AccountRef, seats []usher.Seat) error {
	for section, set := range bySection(seats, numberOf) {
		if err := t.keep(pastSeats(), t.amongSeats("number"), accountKey(ref), section, intArray(set)); err != nil {
			return err
		}
	}
	return nil
}

func bySection(seats []usher.Seat, value func(usher.Seat) int64) map[int64][]int64 {
	sets := map[int64][]int64{}
	for _, s := range seats {
		sets[s.Section] = append(sets[s.Section], value(s))
	}
	return sets
}

// amongSeats is the condition that a seat is of the account $1, the section $2 and the set $3.
func (t *tx) amongSeats(column string) string {
	return `account = $1 AND section = $2 AND ` + t.dialect.among(column, t.dialect.intSet("$3"))
}
