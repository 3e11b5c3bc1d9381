package usher

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// chronicle makes periods of access out of the versions of what a person held, going through
// the changes of the account in their order.
type chronicle struct {
	record     PersonRecord
	recordFrom time.Time
	changes    map[int64]Change
	now        time.Time

	periods []AccessPeriod
	paid    []paidTime

	subscription *Subscription
	paidFrom     time.Time        // of the present period under the present subscription
	seat         *Seat            // as it is in the present period; nil between two
	holds        map[grantKey]int // the present grants, by their places among those of the period
	everyone     Grant            // everyone's, where there is one
}

// everyoneGrant is everyone's kind among grants.
const everyoneGrant GrantKind = ""

func newChronicle(record PersonRecord, now time.Time) *chronicle {
	return &chronicle{record: record, changes: map[int64]Change{}, now: now}
}

// numbers are the changes after an event in which something began or ended, in their order.
func (r PersonRecord) numbers(from int64) []int64 {
	seen := map[int64]bool{}
	bounds(seen, from, r.Subscriptions)
	bounds(seen, from, r.Places)
	bounds(seen, from, r.Teams)
	bounds(seen, from, r.Grants)
	bounds(seen, from, r.Seats)
	return slices.Sorted(maps.Keys(seen))
}

func bounds[T any](into map[int64]bool, from int64, versions []Version[T]) {
	for _, v := range versions {
		for _, number := range []int64{v.Since, v.Until} {
			if number > from {
				into[number] = true
			}
		}
	}
}

// validAt are what there is after a change.
func validAt[T any](versions []Version[T], number int64) []T {
	var out []T
	for _, v := range versions {
		if v.Since <= number && (v.Until == 0 || v.Until > number) {
			out = append(out, v.Value)
		}
	}
	return out
}

// seatAt is the person's seat of an organization after a change; nil for none.
func (r PersonRecord) seatAt(number int64) *Seat {
	for _, seat := range validAt(r.Seats, number) {
		if seat.Section == 0 {
			return &seat
		}
	}
	return nil
}

// grantsAt are the kept grants that reach the person after a change, direct and through the
// teams that they are in and those above.
func (r PersonRecord) grantsAt(number int64) map[grantKey]Grant {
	parents := map[int64]int64{}
	for _, team := range validAt(r.Teams, number) {
		parents[team.ID] = team.ParentID
	}
	reached := map[int64]bool{}
	for _, place := range validAt(r.Places, number) {
		for id := place.TeamID; id != 0 && !reached[id]; id = parents[id] {
			reached[id] = true
		}
	}
	grants := map[grantKey]Grant{}
	for _, g := range validAt(r.Grants, number) {
		if g.Kind == DirectGrant || reached[g.SubjectID] {
			grants[grantKey{g.Kind, g.SubjectID}] = g
		}
	}
	return grants
}

// subscriptionAt is the account's after a change; nil for none.
func (r PersonRecord) subscriptionAt(number int64) *Subscription {
	for _, s := range validAt(r.Subscriptions, number) {
		return s
	}
	return nil
}

// team is a team as it was at last.
func (r PersonRecord) team(id int64) *Team {
	var last *Version[Team]
	for i, v := range r.Teams {
		if v.Value.ID == id && (last == nil || v.Until == 0 || last.Until != 0 && v.Until > last.Until) {
			last = &r.Teams[i]
		}
	}
	if last == nil {
		return nil
	}
	return &last.Value
}

// begin takes in what there is where the record begins. When that came about, only the seat
// and the grants themselves tell.
func (c *chronicle) begin(number int64) {
	c.subscription = c.record.subscriptionAt(number)
	if c.everyoneHolds() {
		c.everyone = Grant{Kind: everyoneGrant}
	}
	seat := c.record.seatAt(number)
	if seat == nil {
		return
	}
	c.open(*seat, seat.CreatedAt, 0)
	c.regrant(number, Change{At: seat.CreatedAt})
	for i, g := range c.period().Grants {
		c.period().Grants[i].From = later(g.From, g.GrantedAt)
	}
}

func (c *chronicle) everyoneHolds() bool {
	return c.subscription != nil && c.subscription.SeatManagement == AssignAll
}

func (c *chronicle) period() *AccessPeriod { return &c.periods[len(c.periods)-1] }

// open begins a period of access.
func (c *chronicle) open(seat Seat, from time.Time, reports int64) {
	c.periods = append(c.periods, AccessPeriod{Seat: seat.Number, From: from, EndsAt: seat.EndsAt, reportsFrom: reports})
	c.seat, c.paidFrom, c.holds = &seat, from, map[grantKey]int{}
}

// step takes in one change.
func (c *chronicle) step(number int64) {
	change := c.changes[number]
	seat := c.record.seatAt(number)
	if c.seat != nil && (seat == nil || seat.Number != c.seat.Number) {
		c.close(change)
	}
	c.resubscribe(number, change)
	switch {
	case seat == nil:
		return
	case c.seat == nil:
		c.open(*seat, change.At, change.Reports)
	default:
		c.seat, c.period().EndsAt = seat, seat.EndsAt
	}
	c.regrant(number, change)
}

// resubscribe takes in the subscription that there is after a change.
func (c *chronicle) resubscribe(number int64, change Change) {
	before := c.everyoneHolds()
	subscription := c.record.subscriptionAt(number)
	if c.seat != nil && c.subscription != nil && !sameSubscription(c.subscription, subscription) {
		c.pay(change.At)
	}
	c.subscription = subscription
	if c.everyoneHolds() && !before {
		c.everyone = Grant{Kind: everyoneGrant, GrantedAt: change.At, GrantedBy: change.Actor}
	}
}

// pay keeps what has been paid of the period until now.
func (c *chronicle) pay(to time.Time) {
	if c.subscription != nil {
		c.paid = append(c.paid, paidTime{c.paidFrom, to, *c.subscription})
	}
	c.paidFrom = to
}

// regrant takes in the grants that hold the seat after a change: none where it is pending.
func (c *chronicle) regrant(number int64, change Change) {
	grants := c.record.grantsAt(number)
	if c.everyoneHolds() {
		grants[grantKey{kind: everyoneGrant}] = c.everyone
	}
	period := c.period()
	for key, i := range c.holds {
		if _, still := grants[key]; !still {
			period.Grants[i].To, period.Grants[i].EndedBy = change.At, change.Actor
			delete(c.holds, key)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(grants), byKind) {
		if _, known := c.holds[key]; known {
			continue
		}
		g := grants[key]
		c.holds[key] = len(period.Grants)
		reach := Reach{Account: Organization, Kind: key.kind}
		if key.kind == TeamGrant {
			reach.Team = c.record.team(key.subject)
		}
		period.Grants = append(period.Grants, GrantPeriod{Reach: reach, GrantedAt: g.GrantedAt, GrantedBy: g.GrantedBy, From: change.At})
	}
}

// byKind orders grants that begin at once: the direct one, everyone's, the teams' by id.
func byKind(a, b grantKey) int {
	order := []GrantKind{DirectGrant, everyoneGrant, TeamGrant}
	return cmp.Or(cmp.Compare(slices.Index(order, a.kind), slices.Index(order, b.kind)), cmp.Compare(a.subject, b.subject))
}

// close ends the period in a change that took the seat away, or found that it had ended. A
// seat that is taken away is paid until its cycle ends (rule X6): the last one that it was
// there in, which of one that was given and taken at once is the one in which it was given.
func (c *chronicle) close(change Change) {
	period := c.period()
	period.To, period.EndedBy, period.EndsAt, period.reportsTo = change.At, change.Actor, time.Time{}, change.Reports
	if ended(c.seat.EndsAt, change.At) {
		period.To, period.EndedBy = c.seat.EndsAt, c.seat.CancelledBy
	}
	for _, i := range c.holds {
		period.Grants[i].To, period.Grants[i].EndedBy = period.To, period.EndedBy
	}
	c.pay(period.To)
	if c.subscription != nil {
		c.pay(c.subscription.CycleAt(later(period.From, period.To.Add(-time.Microsecond))).End)
	}
	c.seat, c.holds = nil, nil
}

// finish ends what has no end yet: at an ending that nothing has settled, or not at all.
func (c *chronicle) finish() {
	if c.seat == nil {
		return
	}
	if ended(c.seat.EndsAt, c.now) {
		c.close(Change{At: c.seat.EndsAt, Reports: math.MaxInt64})
		return
	}
	c.period().reportsTo = math.MaxInt64
	c.pay(c.now.Add(time.Microsecond))
	c.period().EndedBy = c.seat.CancelledBy
}
