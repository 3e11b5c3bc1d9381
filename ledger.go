package usher

import (
	"cmp"
	"slices"
	"time"
)

// ledger keeps the books of one locked account during one transaction. The rules change
// grants and seats through it; it keeps holdings, counters, block counts, the people of
// the enterprise and the events in step, and writes all of it once, in close.
type ledger struct {
	tx        Tx
	account   Account
	opened    Account   // as it was when the ledger was opened
	now       time.Time // the transaction's time: what has ended, and which cycle it is
	at        time.Time // when the change in hand happened: now, or earlier while a world is loaded
	cycle     Cycle
	actor     Actor
	requestID string

	holdings map[int64]holding // by person
	granted  map[grantKey]bool // grants known to exist (true) or not (false)
	seats    map[seatKey]*entry
	sleeping map[seatKey]*Seat // loaded with the seats (rule X6)
	sections map[int64]*Counters
	blocks   map[blockKey]*Block
	events   []Event
	reports  []Report
	invited  map[time.Time]InvitedCount // what has been added to the counts, by ending

	recounted bool // counters and blocks have changed without a seat

	switchedOff bool // Copilot was: all there is sleeps from now on

	newGrants []Grant
	endGrants map[GrantKind][]int64

	// What falls asleep, and what was asleep and is not any more.
	sleepSeats, wokenSeats []Seat
	sleepGrants            map[GrantKind][]int64
}

type (
	grantKey struct {
		kind    GrantKind
		subject int64
	}
	seatKey  struct{ section, userID int64 }
	blockKey struct{ section, index int64 }
)

// entry is one seat in the ledger. seat is nil when the person has none (any more).
type entry struct {
	seat    *Seat
	stored  *Seat // as the store has it; nil if it does not
	changed bool
	used    bool // its activity has changed
}

// openLedger locks the account and reads its head, its time and its counters. A token that was
// revoked since its request began changes nothing any more: revoking waits for the lock too.
func openLedger(tx Tx, ref AccountRef, actor Actor, requestID string) (*ledger, error) {
	account, err := tx.Lock(ref)
	if err != nil {
		return nil, err
	}
	if err := inForce(tx, actor.TokenID); err != nil {
		return nil, err
	}
	now, err := accountNow(tx, account)
	if err != nil {
		return nil, err
	}
	l := &ledger{
		tx: tx, account: account, opened: account, now: now, at: now, actor: actor, requestID: requestID,
		holdings:  map[int64]holding{},
		granted:   map[grantKey]bool{},
		seats:     map[seatKey]*entry{},
		sleeping:  map[seatKey]*Seat{},
		sections:  map[int64]*Counters{},
		blocks:    map[blockKey]*Block{},
		invited:   map[time.Time]InvitedCount{},
		endGrants: map[GrantKind][]int64{},

		sleepGrants: map[GrantKind][]int64{},
	}
	if account.Subscription == nil {
		return l, nil
	}
	return l, l.openCycle()
}

// openCycle reads the counters, in the cycle that the subscription has now.
func (l *ledger) openCycle() error {
	l.cycle = l.account.Subscription.CycleAt(l.now)
	sections, err := l.tx.Sections(l.account.Ref)
	for _, c := range sections {
		folded := c.At(l.now, l.cycle)
		l.sections[c.Section] = &folded
	}
	return err
}

// accountNow is the transaction's time in an account: never earlier than its last event.
func accountNow(tx Past, account Account) (time.Time, error) {
	now, err := tx.Now()
	return account.time(now), err
}

// time is an account's time where the clock shows now.
func (a Account) time(now time.Time) time.Time {
	if now.Before(a.LastEventAt) {
		return a.LastEventAt
	}
	return now
}

// loadSeats reads the seats that people have in a section and settles those whose end
// has come. Seats that a rule is going to look at must have been loaded.
func (l *ledger) loadSeats(section int64, userIDs []int64) error {
	var unknown []int64
	for _, id := range userIDs {
		if _, ok := l.seats[seatKey{section, id}]; !ok {
			l.seats[seatKey{section, id}] = &entry{}
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	stored, err := l.tx.Seats(l.account.Ref, section, unknown)
	if err != nil {
		return err
	}
	slices.SortFunc(stored, bySeatEnd)
	if err := l.admit(stored); err != nil {
		return err
	}
	return l.loadSleeping(section, unknown)
}

// admit takes stored seats into the ledger, their blocks with them.
func (l *ledger) admit(stored []Seat) error {
	if err := l.loadBlocks(stored); err != nil {
		return err
	}
	for _, seat := range stored {
		kept, working := seat, seat
		l.seats[seatKey{seat.Section, seat.UserID}] = &entry{seat: &working, stored: &kept}
		if !seat.Current(l.now) {
			l.settle(&working)
		}
	}
	return nil
}

func bySeatNumber(a, b *Seat) int {
	return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Number, b.Number))
}

func bySeatEnd(a, b Seat) int {
	return cmp.Or(a.EndsAt.Compare(b.EndsAt), cmp.Compare(a.Number, b.Number))
}

func (l *ledger) loadBlocks(seats []Seat) error {
	missing := map[int64][]int64{}
	for _, seat := range seats {
		key := blockKey{seat.Section, blockIndex(seat.Number)}
		if _, ok := l.blocks[key]; !ok {
			l.blocks[key] = &Block{Section: key.section, Index: key.index}
			missing[key.section] = append(missing[key.section], key.index)
		}
	}
	for section, indexes := range missing {
		blocks, err := l.tx.BlocksAt(l.account.Ref, section, indexes)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			folded := b.At(l.now)
			l.blocks[blockKey{section, b.Index}] = &folded
		}
	}
	return nil
}

// loadHoldings reads the grants that hold people of an organization, or the team grants
// that hold people of an enterprise.
func (l *ledger) loadHoldings(userIDs []int64) error {
	direct, err := l.loadGrants(DirectGrant, userIDs)
	if err != nil {
		return err
	}
	teams, err := l.tx.TeamGrants(l.account.Ref, userIDs)
	if err != nil {
		return err
	}
	for _, id := range userIDs {
		l.holdings[id] = holding{everyone: l.account.everyone()}
	}
	for _, g := range direct {
		h := l.holdings[g.SubjectID]
		h.direct, h.directBy = true, g.GrantedBy
		l.holdings[g.SubjectID] = h
	}
	for _, g := range teams {
		h := l.holdings[g.UserID]
		h.teams = append(h.teams, g)
		l.holdings[g.UserID] = h
	}
	return nil
}

// loadGrants reads which of these people or teams are granted.
func (l *ledger) loadGrants(kind GrantKind, subjects []int64) ([]Grant, error) {
	grants, err := l.tx.Grants(l.account.Ref, kind, subjects)
	if err != nil {
		return nil, err
	}
	for _, id := range subjects {
		l.granted[grantKey{kind, id}] = false
	}
	for _, g := range grants {
		l.granted[grantKey{kind, g.SubjectID}] = true
	}
	return grants, nil
}

// load reads seats and holdings of an organization's people.
func (l *ledger) load(userIDs []int64) error {
	if err := l.loadSeats(0, userIDs); err != nil {
		return err
	}
	return l.loadHoldings(userIDs)
}

// seat is the person's current seat in a section, or nil.
func (l *ledger) seat(section, userID int64) *Seat {
	if e := l.seats[seatKey{section, userID}]; e != nil {
		return e.seat
	}
	return nil
}

func (l *ledger) counters(section int64) *Counters {
	c := l.sections[section]
	if c == nil {
		c = &Counters{Section: section, CycleStart: l.cycle.Start}
		l.sections[section] = c
	}
	return c
}

func (l *ledger) block(seat *Seat) *Block {
	return l.blocks[blockKey{seat.Section, blockIndex(seat.Number)}]
}

// addGrant makes a grant that does not exist yet; it says whether there was none.
func (l *ledger) addGrant(kind GrantKind, subject int64) bool {
	key := grantKey{kind, subject}
	if l.granted[key] {
		return false
	}
	l.granted[key] = true
	l.newGrants = append(l.newGrants, Grant{Kind: kind, SubjectID: subject, GrantedAt: l.at, GrantedBy: l.actor})
	return true
}

// endGrant ends a grant; it says whether there was one.
func (l *ledger) endGrant(kind GrantKind, subject int64) bool {
	key := grantKey{kind, subject}
	if !l.granted[key] {
		return false
	}
	l.granted[key] = false
	l.endGrants[kind] = append(l.endGrants[kind], subject)
	return true
}

// open gives a person without a seat the one of theirs that sleeps, or else a new one.
// granter is who made the grant that brings it.
func (l *ledger) open(section, userID, teamID int64, granter Actor) error {
	seat := l.wake(section, userID)
	if seat == nil {
		l.account.LastSeat++
		seat = &Seat{Section: section, Number: l.account.LastSeat, UserID: userID, CreatedAt: l.at}
	}
	seat.EndsAt, seat.CancelledBy, seat.TeamID = time.Time{}, Actor{}, teamID
	return l.enter(seat, granter)
}

// enter counts a seat that nobody had until now, live or pending.
func (l *ledger) enter(seat *Seat, granter Actor) error {
	if err := l.loadBlocks([]Seat{*seat}); err != nil {
		return err
	}
	seat.UpdatedAt = l.at
	e := l.seats[seatKey{seat.Section, seat.UserID}]
	e.seat, e.changed = seat, true
	l.count(seat, +1)
	l.append(Event{At: l.at, Action: SeatAdded, Actor: granter, UserID: seat.UserID, TeamID: seat.TeamID, RequestID: l.requestID})
	return nil
}

// count adds a current seat to the counters and its block, or takes it out: n is 1 or -1.
func (l *ledger) count(seat *Seat, n int64) {
	c, b := l.counters(seat.Section), l.block(seat)
	if seat.Pending() {
		c.Pending, b.Pending = c.Pending+n, b.Pending+n
		c.EndsAt, b.EndsAt = l.pendingEnd(c.Pending), l.pendingEnd(b.Pending)
	} else {
		c.Live, b.Live = c.Live+n, b.Live+n
	}
	if !seat.CreatedAt.Before(l.cycle.Start) {
		c.Added += n
	}
	if !seat.Activity.At.Before(l.cycle.Start) {
		c.Active += n
	}
}

// refresh revokes a seat's pending cancellation.
func (l *ledger) refresh(seat *Seat, teamID int64) {
	seat.EndsAt, seat.CancelledBy = time.Time{}, Actor{}
	seat.TeamID, seat.UpdatedAt = teamID, l.at
	l.change(seat)
	l.shift(seat, +1)
	l.record(AssignmentRefreshed, seat.UserID, teamID)
}

// cancel makes a live seat pending until the end of the cycle (rule C2). The caller
// records the event, which names the grant that ended.
func (l *ledger) cancel(seat *Seat, teamID int64) {
	seat.EndsAt, seat.CancelledBy = l.cycle.End, l.actor
	seat.TeamID, seat.UpdatedAt = teamID, l.at
	l.change(seat)
	l.shift(seat, -1)
}

// drop takes a current seat away at once.
func (l *ledger) drop(seat *Seat) {
	l.count(seat, -1)
	e := l.seats[seatKey{seat.Section, seat.UserID}]
	e.seat, e.changed = nil, true
	l.record(SeatCancelled, seat.UserID, seat.TeamID)
}

// hold names the team that a live seat is shown with.
func (l *ledger) hold(seat *Seat, teamID int64) {
	if seat.TeamID == teamID {
		return
	}
	seat.TeamID = teamID
	l.change(seat)
}

// report takes in reported activity, and keeps the report.
func (l *ledger) report(seat *Seat, activity Activity) {
	l.use(seat, activity)
	l.account.LastReport++
	if l.account.KeptSince.IsZero() {
		l.account.KeptSince = l.at
	}
	l.reports = append(l.reports, Report{
		Number: l.account.LastReport, AcceptedAt: l.at, UserID: seat.UserID, Seat: seat.Number,
		Reported: activity, Activity: seat.Activity,
	})
}

// use takes in reported activity.
func (l *ledger) use(seat *Seat, activity Activity) {
	before := seat.Activity
	seat.Activity = before.merge(activity)
	if seat.Activity == before {
		return
	}
	if before.At.Before(l.cycle.Start) && !seat.Activity.At.Before(l.cycle.Start) {
		l.counters(seat.Section).Active++
	}
	l.seats[seatKey{seat.Section, seat.UserID}].used = true
}

// settle removes a seat whose end has come, with the ending's own time and the actor of
// the cancellation. Counters and blocks have passed over it already.
func (l *ledger) settle(seat *Seat) {
	e := l.seats[seatKey{seat.Section, seat.UserID}]
	e.seat, e.changed = nil, true
	l.append(Event{At: seat.EndsAt, Action: SeatCancelled, Actor: seat.CancelledBy, UserID: seat.UserID, TeamID: seat.TeamID})
}

func (l *ledger) change(seat *Seat) {
	l.seats[seatKey{seat.Section, seat.UserID}].changed = true
}

// shift moves one seat between pending and live: +1 to live, -1 to pending.
func (l *ledger) shift(seat *Seat, toLive int64) {
	c, b := l.counters(seat.Section), l.block(seat)
	c.Live, c.Pending = c.Live+toLive, c.Pending-toLive
	b.Live, b.Pending = b.Live+toLive, b.Pending-toLive
	c.EndsAt, b.EndsAt = l.pendingEnd(c.Pending), l.pendingEnd(b.Pending)
}

func (l *ledger) pendingEnd(pending int64) time.Time {
	if pending == 0 {
		return time.Time{}
	}
	return l.cycle.End
}

// countInvited adds to the counts of invited people whose invitation ends at an instant, and
// of those of them who have a remembered grant (rule G4).
func (l *ledger) countInvited(endsAt time.Time, people, granted int64) {
	c := l.invited[endsAt]
	c.EndsAt, c.People, c.Granted = endsAt, c.People+people, c.Granted+granted
	l.invited[endsAt] = c
}

// record appends an event about a person, a team, or a person through a team.
func (l *ledger) record(action Action, userID, teamID int64) {
	l.recordChange(action, userID, teamID, FieldChange{})
}

// recordChange appends an event that says what it changed from what to what.
func (l *ledger) recordChange(action Action, userID, teamID int64, change FieldChange) {
	l.append(Event{At: l.at, Action: action, Actor: l.actor, UserID: userID, TeamID: teamID, Change: change, RequestID: l.requestID})
}

func (l *ledger) append(event Event) {
	l.account.LastEvent++
	event.Number = l.account.LastEvent
	if event.At.After(l.account.LastEventAt) {
		l.account.LastEventAt = event.At
	}
	event.KnownAt = l.account.LastEventAt
	if l.account.KeptSince.IsZero() && !event.Action.tellsOfDeletion() {
		l.account.KeptSince = event.KnownAt
	}
	l.events = append(l.events, event)
}
