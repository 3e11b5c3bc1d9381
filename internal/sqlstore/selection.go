package sqlstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
)

// selectionLimits are the limits that stand in statements: as a parameter, PostgreSQL would
// guess it, and might sort what it can read in order. Few of them make few texts.
var selectionLimits = []int64{31, 101, usher.MaxSelection}

// SelectEvents implements [usher.Reader]. Each action has a range of an index of its own, read
// from the end where the answer begins; no event is read that is not wanted, but for those
// behind the end of a range that has fewer than the limit.
func (r *reader) SelectEvents(ref usher.AccountRef, s usher.EventSelection) ([]usher.Event, error) {
	limit := usher.MaxSelection
	for _, l := range selectionLimits {
		if s.Limit <= l {
			limit = int(l)
			break
		}
	}
	text, args := r.dialect.selection(ref, s, limit)
	events, err := query(r, "select events", text, eventFields, args...)
	events = slices.DeleteFunc(events, func(e usher.Event) bool { // at the far end
		place := usher.EventPlace{At: e.At, Number: e.Number}
		return place.Compare(s.After) <= 0 || place.Compare(s.Before) >= 0
	})
	return events[:min(len(events), int(s.Limit))], err
}

// selection is the statement of a selection.
func (d dialect) selection(ref usher.AccountRef, s usher.EventSelection, limit int) (text string, args []any) {
	near := s.After
	if s.Newest {
		near = s.Before
	}
	args = []any{accountKey(ref), near.At.UnixMicro(), near.Number}
	place := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	index, columns, values := "events", []string{"account"}, []string{"$1"}
	if s.UserID != 0 {
		index, columns, values = index+"_user", append(columns, "user_id"), append(values, place(s.UserID))
	}
	if s.ActorID != 0 {
		index, columns, values = index+"_actor", append(columns, "actor_id"), append(values, place(s.ActorID))
	}
	if len(s.Actions) == 0 {
		return selectionBranch(d.by("events_at"), columns, values, s.Newest, limit), args
	}
	if index == "events" {
		index = "events_action"
	}
	columns = append(columns, "action")
	branches := make([]string, len(s.Actions))
	for i, action := range s.Actions {
		branches[i] = selectionBranch(d.by(index), columns, append(values[:len(values):len(values)], place(string(action))), s.Newest, limit)
	}
	if len(branches) == 1 {
		return branches[0], args
	}
	return `SELECT * FROM (` + strings.Join(branches, ` UNION ALL `) + `) AS p` + inOrder([]string{"at", "number"}, s.Newest, limit), args
}

// selectionBranch reads so many entries of one index, from a place on, and keeps those that
// have the values before time and number. The place and the order are whole keys of the index:
// no other index has them, so that PostgreSQL cannot prefer one and pass over what it lacks,
// as it does where it takes columns for independent that are not. The indexes by person hold
// somebody's events alone.
func selectionBranch(by string, columns, values []string, newest bool, limit int) string {
	key, beyond := append(columns[:len(columns):len(columns)], "at", "number"), ">"
	if newest {
		beyond = "<"
	}
	same := make([]string, len(columns))
	indexed := ""
	for i, column := range columns {
		same[i] = "p." + column + " = " + values[i]
		if column == "user_id" || column == "actor_id" {
			indexed += " AND " + column + " <> 0"
		}
	}
	return `SELECT ` + eventColumns + ` FROM (SELECT * FROM events` + by +
		` WHERE (` + strings.Join(key, ", ") + `) ` + beyond + ` (` + strings.Join(values, ", ") + `, $2, $3)` + indexed +
		inOrder(key, newest, limit) + `) AS p WHERE ` + strings.Join(same, " AND ")
}

// inOrder ends a statement: its rows rise by columns, or fall by all of them.
func inOrder(columns []string, falling bool, limit int) string {
	order := strings.Join(columns, ", ")
	if falling {
		order = strings.Join(columns, " DESC, ") + " DESC"
	}
	return ` ORDER BY ` + order + ` LIMIT ` + strconv.Itoa(limit)
}
