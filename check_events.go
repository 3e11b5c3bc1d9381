package usher

import (
	"maps"
	"slices"
	"time"
)

// record is what one pass over an account's events finds. The oldest events may be gone. It
// keeps the last event about each person, team and place, however many events there are.
type record struct {
	*audit
	enterprise Account
	actions    map[Action]bool

	count      int64
	kept       bool      // there are events that are not of retention itself
	known      time.Time // the latest time so far
	misplaced  bool
	unknowable bool
	business   int64  // how far the enterprise's events had come
	strayed    func() // tells of the first that cannot be, since the organization is where it is

	people, teams map[int64]Event
	places        map[TeamMember]Event
}

// checkEvents looks at what an account's events say of each other, and whether the last of them
// about somebody or something is how it is now.
func (a *audit) checkEvents() error {
	r := &record{audit: a, actions: map[Action]bool{}, people: map[int64]Event{}, teams: map[int64]Event{}, places: map[TeamMember]Event{}}
	for _, action := range Actions() {
		r.actions[action] = true
	}
	if id := a.account.EnterpriseID; id != 0 {
		var err error
		if r.enterprise, _, err = a.tx.Account(AccountName{Kind: Enterprise, ID: id}); err != nil {
			return err
		}
	}
	for after := int64(0); ; {
		events, err := a.tx.EventsAfter(a.account.Ref, after, MaxSelection)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return r.conclude()
		}
		for _, e := range events {
			r.read(e)
		}
		after = events[len(events)-1].Number
	}
}

// read takes in the next event.
func (r *record) read(e Event) {
	r.count++
	if want := r.account.EventsDeleted + r.count; e.Number != want && !r.misplaced {
		r.misplaced = true
		r.report("event %d stands where %d belongs", e.Number, want)
	}
	if !r.actions[e.Action] {
		r.report("event %d is %q, which is no action", e.Number, e.Action)
	}
	r.kept = r.kept || !e.Action.tellsOfDeletion()
	r.readTimes(e)
	r.readEnterprise(e)
	switch e.Action {
	case TeamCreated, TeamDestroyed:
		r.teams[e.TeamID] = e
	case TeamMemberAdded, MaintainerPromoted, MaintainerDemoted, TeamMemberRemoved:
		r.places[TeamMember{TeamID: e.TeamID, UserID: e.UserID}] = e
	}
	if e.Action.leaves() != "" {
		r.people[e.UserID] = e
	}
}

// readTimes looks at up to when the account had come with an event: the latest time of all
// events up to it.
func (r *record) readTimes(e Event) {
	if r.count == 1 && e.Number > 1 {
		r.known = e.KnownAt // by an event that is gone
	}
	if e.At.After(r.known) {
		r.known = e.At
	}
	if !e.KnownAt.Equal(r.known) && !r.unknowable {
		r.unknowable = true
		r.report("event %d is known at %s, and the latest up to it is of %s", e.Number, e.KnownAt.Format(time.RFC3339Nano), r.known.Format(time.RFC3339Nano))
	}
}

// readEnterprise looks at how far the enterprise's events had come with an event.
func (r *record) readEnterprise(e Event) {
	if e.Action == OrganizationTransferred {
		r.business, r.strayed = 0, nil
	}
	if last := r.business; r.strayed == nil && (e.EnterpriseEvent < last || e.EnterpriseEvent > r.enterprise.LastEvent) {
		r.strayed = func() {
			r.report("event %d names event %d of the enterprise; the one before names %d, and there are %d", e.Number, e.EnterpriseEvent, last, r.enterprise.LastEvent)
		}
	}
	r.business = e.EnterpriseEvent
}

// conclude compares the events with how it is now.
func (r *record) conclude() error {
	account := r.account
	if last := account.EventsDeleted + r.count; account.LastEvent != last {
		r.report("the last event is %d, of %d", account.LastEvent, last)
	}
	if r.count > 0 && !r.unknowable && !r.known.Equal(account.LastEventAt) {
		r.report("the last event's time is %s, and the latest event is of %s", account.LastEventAt.Format(time.RFC3339Nano), r.known.Format(time.RFC3339Nano))
	}
	if r.strayed != nil {
		r.strayed()
	}
	if account.EventsDeleted > account.RecordFrom || account.RecordFrom > account.LastEvent {
		r.report("can be read from event %d on, of %d, and those up to %d are deleted", account.RecordFrom, account.LastEvent, account.EventsDeleted)
	}
	if r.kept && (account.KeptSince.IsZero() || account.KeptSince.After(account.LastEventAt)) {
		r.report("has events, and nothing that grows old before %s", account.KeptSince.Format(time.RFC3339))
	}
	r.comparePeople()
	return r.compareTeams()
}

// What a person is to an organization, in words.
const (
	isOutside = "neither a member nor invited"
	isInvited = "invited"
	isInside  = "a member"
)

// leaves is what a person is after an event about them; empty where it does not tell.
func (a Action) leaves() string {
	switch a {
	case MemberInvited, InvitationUpdated:
		return isInvited
	case MemberAdded, MemberUpdated:
		return isInside
	case InvitationCancelled, InvitationExpired, MemberRemoved:
		return isOutside
	}
	return ""
}

// comparePeople compares who is a member or invited with the last event of each person.
func (r *record) comparePeople() {
	now := map[int64]string{}
	for _, id := range r.members {
		now[id] = isInside
	}
	for _, m := range r.invitations {
		now[m.UserID] = isInvited
	}
	for _, id := range slices.Sorted(maps.Keys(r.people)) {
		is := now[id]
		if is == "" {
			is = isOutside
		}
		if e := r.people[id]; e.Action.leaves() != is {
			r.report("user %d is %s, and %s by event %d", id, is, e.Action.leaves(), e.Number)
		}
	}
}

// compareTeams compares which teams there are and who is in them with the last event of each
// team and place.
func (r *record) compareTeams() error {
	for id, e := range r.teams {
		if _, there := r.audit.teams[id]; there != (e.Action == TeamCreated) {
			r.report("team %d is there: %t, by event %d: %t", id, there, e.Number, e.Action == TeamCreated)
		}
	}
	stored, err := r.tx.AllTeamMembers(r.account.Ref)
	now := make(map[TeamMember]bool, len(stored))
	for _, p := range stored {
		now[TeamMember{TeamID: p.TeamID, UserID: p.UserID}] = true
	}
	for p, e := range r.places {
		in := e.Action != TeamMemberRemoved && r.teams[p.TeamID].Action != TeamDestroyed
		if now[p] != in {
			r.report("user %d is in team %d: %t, by event %d: %t", p.UserID, p.TeamID, now[p], e.Number, in)
		}
	}
	return err
}
