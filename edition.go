package usher

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// Edition identifies what a reading shows: two readings of the same request with equal
// editions show the same, whatever was written in between. It is made of the versions of
// what is shown, not of the answer, and is known before anything is rendered.
//
// It holds the UTC day, how many accounts follow, and ids with versions: of the account,
// or of an enterprise and each of its organizations; then, row by row, of the person, the
// team and its parent. A profile depends on no day, and its edition holds none. This is
// all that a reading depends on:
//
//   - An account's version changes with everything that is written under its lock: head,
//     grants, seats, counters, blocks, events. An enterprise's people and headcounts are
//     written with the seats of one of its accounts, all of which its list names; an
//     organization that joins it or leaves makes that another list.
//   - People and teams have versions of their own: a person belongs to many accounts.
//   - Of the time, the UTC day alone counts: seats end and cycles begin at 00:00 UTC, and
//     activity ages in whole UTC days (rules C1, C3, R4). It is the day of the account's
//     own time, which lies ahead of the clock where the last event does.
//   - No version comes again: see [newVersion].
type Edition []int64

// edition is the edition of rows under these accounts, the enterprise's own first.
func (v reading) edition(accounts []Account, rows []SeatRow) Edition {
	e := make(Edition, 0, 2+2*len(accounts)+6*len(rows))
	e = append(e, dayNumber(v.now), int64(len(accounts)))
	for i := range accounts {
		e = append(e, accounts[i].Ref.ID, accounts[i].Version)
	}
	for i := range rows {
		row := &rows[i]
		e = append(e, row.Assignee.ID, row.Assignee.Version)
		for _, team := range [...]*Team{row.Team, row.ParentTeam} {
			if team == nil {
				team = &Team{} // so that each row has as many numbers
			}
			e = append(e, team.ID, team.Version)
		}
	}
	return e
}

// editionOf is the edition of what shows these people as the account has them.
func (v reading) editionOf(users []User) Edition {
	rows := make([]SeatRow, len(users))
	for i, user := range users {
		rows[i].Assignee = user
	}
	return v.edition([]Account{v.account}, rows)
}

// Edition is the edition of what shows the person alone.
func (u User) Edition() Edition { return Edition{0, u.ID, u.Version} }

// dayNumber counts UTC days from 1970 on.
func dayNumber(at time.Time) int64 { return utcDay(at).Unix() / (24 * 60 * 60) }

// newVersion is a version that nothing had before. It is drawn at random and does not
// count: counts come again when a world is loaded anew, a backup is restored or a failover
// loses the latest writes, and then an edition would name two states.
func newVersion() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:]) >> 1)
}
