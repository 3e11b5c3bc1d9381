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
// from the end where the answer begins, so that no event is read that is not wanted. Where the
// other end is in the middle of what happened at one time, the statement may read beyond it.
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
	events = slices.DeleteFunc(events, func(e usher.Event) bool {
		place := usher.EventPlace{At: e.At, Number: e.Number}
		return place.Compare(s.After) <= 0 || place.Compare(s.Before) >= 0
	})
	return events[:min(len(events), int(s.Limit))], err
}

// selection is the statement of a selection.
func (d dialect) selection(ref usher.AccountRef, s usher.EventSelection, limit int) (text string, args []any) {
	near, far := s.After, s.Before
	if s.Newest {
		near, far = far, near
	}
	args = []any{accountKey(ref), near.At.UnixMicro(), near.Number, far.At.UnixMicro()}
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

// selectionBranch reads a range of one index, from the place where the answer begins. The
// other end is told by its time alone: PostgreSQL does not end a reading at a row of values,
// and SQLite makes odd plans of two rows.
func selectionBranch(by, where string, newest bool, limit int) string {
	within := ` AND (at, number) > ($2, $3) AND at <= $4`
	if newest {
		within = ` AND (at, number) < ($2, $3) AND at >= $4`
	}
	return `SELECT ` + eventColumns + ` FROM events` + by + ` WHERE ` + where + within + inOrder(newest, limit)
}

func inOrder(newest bool, limit int) string {
	if newest {
		return ` ORDER BY at DESC, number DESC LIMIT ` + strconv.Itoa(limit)
	}
	return ` ORDER BY at, number LIMIT ` + strconv.Itoa(limit)
}
