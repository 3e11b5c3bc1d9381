package sqlstore

import (
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
)

// selectionLimits are the limits that stand in statements: as a parameter, PostgreSQL would
// guess it, and might sort what it can read in order. Few of them make few texts.
var selectionLimits = []int64{31, 101, usher.MaxSelection}

// SelectEvents implements [usher.Reader]. Each action has a range of an index of its own, read
// from the end where the answer begins, so that no event is read that is not wanted.
func (r *reader) SelectEvents(ref usher.AccountRef, s usher.EventSelection) ([]usher.Event, error) {
	limit := usher.MaxSelection
	for _, l := range selectionLimits {
		if s.Limit <= l {
			limit = int(l)
			break
		}
	}
	text, args := selectionOf(ref, s, limit)
	events, err := query(r, "select events", text, eventFields, args...)
	return events[:min(len(events), int(s.Limit))], err
}

// selectionOf is the statement of a selection.
func selectionOf(ref usher.AccountRef, s usher.EventSelection, limit int) (text string, args []any) {
	args = []any{accountKey(ref), s.After.At.UnixMicro(), s.After.Number, s.Before.At.UnixMicro(), s.Before.Number}
	place := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	columns, values := []string{"account"}, []string{"$1"}
	if s.UserID != 0 {
		columns, values = append(columns, "user_id"), append(values, place(s.UserID))
	}
	if s.ActorID != 0 {
		columns, values = append(columns, "actor_id"), append(values, place(s.ActorID))
	}
	if len(s.Actions) == 0 {
		return selectionBranch(columns, values, s.Newest, limit), args
	}
	branches := make([]string, len(s.Actions))
	for i, action := range s.Actions {
		branch := selectionBranch(append(columns, "action"), append(values, place(string(action))), s.Newest, limit)
		branches[i] = "SELECT * FROM (" + branch + ") AS p"
	}
	if len(branches) == 1 {
		return branches[0], args
	}
	return `SELECT * FROM (` + strings.Join(branches, ` UNION ALL `) + `) AS p ORDER BY ` + ordered([]string{"at", "number"}, s.Newest) +
		` LIMIT ` + strconv.Itoa(limit), args
}

// selectionBranch reads the range of one index: the one that has exactly these columns before
// time and number. The condition is on whole keys, and the order too, because no other index
// serves them: with one condition for each column, PostgreSQL takes an index that lacks one of
// them where it believes that few rows will be passed over.
func selectionBranch(columns, values []string, newest bool, limit int) string {
	key := append(append([]string{}, columns...), "at", "number")
	names, of := strings.Join(key, ", "), strings.Join(values, ", ")
	return `SELECT ` + eventColumns + ` FROM events WHERE (` + names + `) > (` + of + `, $2, $3) AND (` + names + `) < (` + of + `, $4, $5)` +
		` ORDER BY ` + ordered(key, newest) + ` LIMIT ` + strconv.Itoa(limit)
}

// ordered is an order by columns, rising or all falling.
func ordered(columns []string, falling bool) string {
	if !falling {
		return strings.Join(columns, ", ")
	}
	return strings.Join(columns, " DESC, ") + " DESC"
}
