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
	text, args := r.dialect.selection(ref, s, limit)
	events, err := query(r, "select events", text, eventFields, args...)
	return events[:min(len(events), int(s.Limit))], err
}

// selection is the statement of a selection.
func (d dialect) selection(ref usher.AccountRef, s usher.EventSelection, limit int) (text string, args []any) {
	args = []any{accountKey(ref), s.After.At.UnixMicro(), s.After.Number, s.Before.At.UnixMicro(), s.Before.Number, farEnd(s)}
	place := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	index, where := "events", `account = $1`
	if s.UserID != 0 {
		index, where = index+"_user", where+` AND user_id = `+place(s.UserID)
	}
	if s.ActorID != 0 {
		index, where = index+"_actor", where+` AND actor_id = `+place(s.ActorID)
	}
	if len(s.Actions) == 0 {
		return selectionBranch(d.by("events_at"), where, s.Newest, limit), args
	}
	if index == "events" {
		index = "events_action"
	}
	branches := make([]string, len(s.Actions))
	for i, action := range s.Actions {
		branches[i] = "SELECT * FROM (" + selectionBranch(d.by(index), where+` AND action = `+place(string(action)), s.Newest, limit) + ") AS p"
	}
	if len(branches) == 1 {
		return branches[0], args
	}
	return `SELECT * FROM (` + strings.Join(branches, ` UNION ALL `) + `) AS p` + inOrder(s.Newest, limit), args
}

// farEnd is the time at which the reading of a selection ends.
func farEnd(s usher.EventSelection) int64 {
	if s.Newest {
		return s.After.At.UnixMicro()
	}
	if s.Before.Number == 0 {
		return s.Before.At.UnixMicro() - 1
	}
	return s.Before.At.UnixMicro()
}

// selectionBranch reads a range of one index, from the place where the answer begins. The
// other end is told by its time too: PostgreSQL begins a reading at a row of values, but does
// not end it at one.
func selectionBranch(by, where string, newest bool, limit int) string {
	end := ` AND at <= $6`
	if newest {
		end = ` AND at >= $6`
	}
	return `SELECT ` + eventColumns + ` FROM events` + by + ` WHERE ` + where +
		` AND (at, number) > ($2, $3) AND (at, number) < ($4, $5)` + end + inOrder(newest, limit)
}

func inOrder(newest bool, limit int) string {
	if newest {
		return ` ORDER BY at DESC, number DESC LIMIT ` + strconv.Itoa(limit)
	}
	return ` ORDER BY at, number LIMIT ` + strconv.Itoa(limit)
}
