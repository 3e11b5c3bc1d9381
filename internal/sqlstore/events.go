package sqlstore

import (
	"strconv"
	"time"

	"github.com/usher-seats/usher"
)

const eventColumns = `number, at, known_at, enterprise_event, reports, action, actor_id, token_id,
	user_id, team_id, field, old_value, new_value, request_id`

func eventFields(e *usher.Event) []any {
	return []any{
		&e.Number, (*instant)(&e.At), (*instant)(&e.KnownAt), &e.EnterpriseEvent, &e.Reports, &e.Action, &e.Actor.UserID, &e.Actor.TokenID,
		&e.UserID, &e.TeamID, &e.Change.Field, &e.Change.Old, &e.Change.New, &e.RequestID,
	}
}

func accountEventFields(e *usher.AccountEvent) []any {
	return append([]any{(*accountColumn)(&e.Account), &e.Login, &e.UserLogin}, eventFields(&e.Event)...)
}

// eventsBetween starts from the accounts, of which there are few, so that each one's
// events are found by time. SQLite goes through the tables of a CROSS JOIN in the order
// in which they stand; by its own guess it would read all events.
const eventsBetween = `FROM accounts a CROSS JOIN events e
	WHERE e.account = a.account AND e.at > $1 AND e.at <= $2 AND e.request_id = ''`

// Events implements [usher.Reader].
func (r *reader) Events(from, to time.Time, limit int) ([]usher.AccountEvent, int, error) {
	window := []any{from.UnixMicro(), to.UnixMicro()}
	total, _, err := first(r, "count events", `SELECT COUNT(*) `+eventsBetween, idField, window...)
	if err != nil || total == 0 {
		return nil, 0, err
	}
	events, err := query(r, "read events",
		`SELECT p.account, p.login, COALESCE(u.login, ''),
			p.number, p.at, p.known_at, p.enterprise_event, p.reports, p.action, p.actor_id, p.token_id,
			p.user_id, p.team_id, p.field, p.old_value, p.new_value, p.request_id
		FROM (SELECT e.account, e.number, e.at, e.known_at, e.enterprise_event, e.reports, e.action, e.actor_id, e.token_id,
			e.user_id, e.team_id, e.field, e.old_value, e.new_value, e.request_id, a.login `+eventsBetween+` ORDER BY e.at, e.account, e.number LIMIT $3) AS p
		LEFT JOIN users u ON u.id = p.user_id
		ORDER BY p.at, p.account, p.number`,
		accountEventFields, append(window, int64(limit))...)
	return events, int(total), err
}

// EventsAfter implements [usher.Reader].
func (r *reader) EventsAfter(ref usher.AccountRef, number int64, limit int) ([]usher.Event, error) {
	events, err := query(r, "read some of an account's events", eventsAfter, eventFields, accountKey(ref), number)
	return events[:min(len(events), limit)], err
}

// eventsAfter reads a range of the primary key. As in [selectionBranch], PostgreSQL is left no
// other way: the condition is on the whole key, and the limit stands in the statement.
var eventsAfter = `SELECT ` + eventColumns + ` FROM events WHERE (account, number) > ($1, $2) AND (account, number) < ($1 + 1, 0)
		ORDER BY account, number LIMIT ` + strconv.Itoa(usher.MaxSelection)

// DeleteEvents implements [usher.Tx].
func (t *tx) DeleteEvents(ref usher.AccountRef, upTo int64) error {
	for {
		deleted, err := t.exec("delete events", `DELETE FROM events WHERE account = $1 AND number <= $2 AND number <=
			(SELECT MIN(number) FROM events WHERE account = $1) + $3`, accountKey(ref), upTo, int64(deletedAtOnce-1))
		if err != nil || deleted < deletedAtOnce {
			return err
		}
	}
}

// deletedAtOnce is how many rows one statement deletes, so that each ends within patience.
const deletedAtOnce = 10_000

// InsertEvents implements [usher.Tx].
func (t *tx) InsertEvents(ref usher.AccountRef, events []usher.Event) error {
	account := accountKey(ref)
	change, err := t.change(account)
	if err != nil {
		return err
	}
	into := insertion("insert events", "events", `account, `+eventColumns+`, change`, "")
	return insert(t, into, events, func(args []any, e usher.Event) []any {
		return append(args, account, e.Number, micros(e.At), micros(e.KnownAt), e.EnterpriseEvent, e.Reports, string(e.Action),
			e.Actor.UserID, e.Actor.TokenID, e.UserID, e.TeamID, e.Change.Field, e.Change.Old, e.Change.New, e.RequestID, change)
	})
}
