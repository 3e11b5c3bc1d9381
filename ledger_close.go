package usher

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// close writes what has changed, if anything has, under a new version of the account: every
// write of what belongs to an account comes by here. All of it but activity has an event, so
// where there is none nothing was written by the rules themselves either.
func (l *ledger) close() error {
	// A grant that was made and ended at once, as in a world's beginning, was never there.
	made := slices.DeleteFunc(l.newGrants, func(g Grant) bool { return !l.granted[grantKey{g.Kind, g.SubjectID}] })
	seats := l.seatChanges()
	head := l.opened
	head.LastReport, head.KeptSince = l.account.LastReport, l.account.KeptSince
	same := len(l.events) == 0 && seats.none() && l.account == head
	if same && len(l.reports) == 0 {
		return nil
	}
	ref := l.account.Ref
	if err := l.beginSleep(); err != nil {
		return err
	}
	for _, kind := range []GrantKind{DirectGrant, TeamGrant} {
		if ids := l.endGrants[kind]; len(ids) > 0 {
			if err := l.tx.DeleteGrants(ref, kind, ids); err != nil {
				return err
			}
		}
	}
	if err := l.tx.InsertGrants(ref, made); err != nil {
		return err
	}
	if err := l.writeSeats(seats); err != nil {
		return err
	}
	if err := l.writeSleep(); err != nil {
		return err
	}
	if err := l.tx.AddInvited(ref, slices.Collect(maps.Values(l.invited))); err != nil {
		return err
	}
	if err := l.writeReports(); err != nil {
		return err
	}
	if err := l.writeEvents(); err != nil {
		return err
	}
	if l.account.Subscription != l.opened.Subscription {
		if err := l.tx.SaveSubscription(l.account); err != nil {
			return err
		}
	}
	if !same { // what only repeats is kept as reports, and changes nothing that is shown
		l.account.Version = newVersion()
	}
	return l.tx.SaveHead(l.account)
}

// writeReports keeps the reports that were accepted, none of them earlier than those before:
// the clock may have been set back since.
func (l *ledger) writeReports() error {
	if len(l.reports) == 0 {
		return nil
	}
	last, _, err := l.tx.Report(l.account.Ref, l.opened.LastReport)
	if err != nil {
		return err
	}
	for i := range l.reports {
		if l.reports[i].AcceptedAt.Before(last.AcceptedAt) {
			l.reports[i].AcceptedAt = last.AcceptedAt
		}
	}
	return l.tx.InsertReports(l.account.Ref, l.reports)
}

// writeEvents appends the events, each of which knows how far its enterprise's had come, which
// is locked too, and the account's reports.
func (l *ledger) writeEvents() error {
	if len(l.events) == 0 {
		return nil
	}
	for i := range l.events {
		l.events[i].Reports = l.account.LastReport
	}
	if id := l.account.EnterpriseID; id != 0 {
		enterprise, _, err := l.tx.Account(AccountName{Kind: Enterprise, ID: id})
		if err != nil {
			return err
		}
		for i := range l.events {
			l.events[i].EnterpriseEvent = enterprise.LastEvent
		}
	}
	return l.tx.InsertEvents(l.account.Ref, l.events)
}

// seatChanges is what has to be written of the seats, each list by number.
type seatChanges struct {
	deleted, inserted, updated []Seat

	used []Seat // of which only the activity has changed
}

func (c seatChanges) none() bool {
	return len(c.deleted)+len(c.inserted)+len(c.updated)+len(c.used) == 0
}

func (l *ledger) seatChanges() seatChanges {
	var c seatChanges
	for _, e := range l.seats {
		if !e.changed && !e.used {
			continue
		}
		replaced := e.stored != nil && (e.seat == nil || e.seat.Number != e.stored.Number)
		if replaced {
			c.deleted = append(c.deleted, *e.stored)
		}
		switch {
		case e.seat == nil:
		case e.stored == nil || replaced:
			c.inserted = append(c.inserted, *e.seat)
		case !e.changed:
			c.used = append(c.used, *e.seat)
		default:
			c.updated = append(c.updated, *e.seat)
		}
	}
	for _, seats := range [][]Seat{c.deleted, c.inserted, c.updated, c.used} {
		slices.SortFunc(seats, func(a, b Seat) int { return cmp.Compare(a.Number, b.Number) })
	}
	return c
}

func (l *ledger) writeSeats(c seatChanges) error {
	moved := l.account.EnterpriseID != l.opened.EnterpriseID
	if c.none() && !l.recounted && !moved {
		return nil
	}
	ref := l.account.Ref
	if err := l.tx.DeleteSeats(ref, c.deleted); err != nil {
		return err
	}
	if err := l.tx.InsertSeats(ref, c.inserted); err != nil {
		return err
	}
	if err := l.tx.UpdateSeats(ref, c.updated); err != nil {
		return err
	}
	if err := l.tx.UseSeats(ref, c.used); err != nil {
		return err
	}
	if err := l.tx.SaveSections(ref, values(l.sections)); err != nil {
		return err
	}
	if err := l.tx.SaveBlocks(ref, values(l.blocks)); err != nil {
		return err
	}
	if moved {
		return l.saveMove(c.deleted)
	}
	return l.syncEnterprise(c)
}

// values are a map's values, copied. The store sorts nothing by their order.
func values[K comparable, V any](m map[K]*V) []V {
	out := make([]V, 0, len(m))
	for _, v := range m {
		out = append(out, *v)
	}
	return out
}

// syncEnterprise brings the enterprise's people in step: when the last seat of each ends,
// and the latest activity (rules E1, R4).
func (l *ledger) syncEnterprise(c seatChanges) error {
	enterprise := l.account.enterpriseID()
	if enterprise == 0 {
		return nil
	}
	activity := map[int64]Activity{}
	for _, seat := range c.deleted {
		activity[seat.UserID] = Activity{} // who has no seat left is looked at too
	}
	for _, seat := range slices.Concat(c.inserted, c.updated, c.used) {
		activity[seat.UserID] = activity[seat.UserID].merge(seat.Activity)
	}
	return l.syncPeople(enterprise, slices.Sorted(maps.Keys(activity)), activity)
}

func (l *ledger) syncPeople(enterprise int64, ids []int64, activity map[int64]Activity) error {
	tx := l.tx
	stored, err := tx.EnterprisePeople(enterprise, ids)
	if err != nil {
		return err
	}
	endings, err := tx.EnterpriseEndings(enterprise, ids)
	if err != nil {
		return err
	}
	old := map[int64]EnterprisePerson{}
	counts := map[time.Time]int64{}
	for _, p := range stored {
		old[p.UserID] = p
		counts[p.EndsAt]--
	}
	for i, p := range endings {
		endings[i].Activity = activity[p.UserID]
		if before := old[p.UserID]; !ended(before.EndsAt, l.now) { // else they begin anew, settled or not
			endings[i].Activity = before.Activity.merge(activity[p.UserID])
		}
		counts[p.EndsAt]++
		delete(old, p.UserID)
	}
	gone := slices.Collect(maps.Keys(old))
	if err := tx.DeleteEnterprisePeople(enterprise, gone); err != nil {
		return err
	}
	if err := tx.SaveEnterprisePeople(enterprise, endings); err != nil {
		return err
	}
	var deltas []Headcount
	for at, n := range counts {
		if n != 0 {
			deltas = append(deltas, Headcount{EndsAt: at, People: n})
		}
	}
	return tx.AddHeadcounts(enterprise, deltas)
}
