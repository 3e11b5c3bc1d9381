package usher

import (
	"maps"
	"slices"
	"time"
)

// checkRecord looks at what an account's events say of each other, and whether the last of them
// about somebody or something is how it is now. The oldest events may be gone.
func (a *audit) checkRecord(events []Event) error {
	a.checkActions(events)
	a.checkKnown(events)
	if err := a.checkEnterpriseEvents(events); err != nil {
		return err
	}
	a.checkPeopleEvents(events)
	return a.checkTeamEvents(events)
}

// checkActions looks for events that nobody can look for.
func (a *audit) checkActions(events []Event) {
	known := Actions()
	for _, e := range events {
		if !slices.Contains(known, e.Action) {
			a.report("event %d is %q, which is no action", e.Number, e.Action)
		}
	}
}

// checkKnown looks at up to when the account had come with each event: the latest time of all
// events up to it.
func (a *audit) checkKnown(events []Event) {
	var known time.Time
	for i, e := range events {
		if i == 0 && e.Number > 1 {
			known = e.KnownAt // by an event that is gone
		}
		if e.At.After(known) {
			known = e.At
		}
		if !e.KnownAt.Equal(known) {
			a.report("event %d is known at %s, and the latest up to it is of %s", e.Number, e.KnownAt.Format(time.RFC3339Nano), known.Format(time.RFC3339Nano))
			return
		}
	}
	if len(events) > 0 && !known.Equal(a.account.LastEventAt) {
		a.report("the last event's time is %s, and the latest event is of %s", a.account.LastEventAt.Format(time.RFC3339Nano), known.Format(time.RFC3339Nano))
	}
}

// checkEnterpriseEvents looks at how far the enterprise's events had come with each event, since
// the organization is where it is.
func (a *audit) checkEnterpriseEvents(events []Event) error {
	var enterprise Account
	if a.account.EnterpriseID != 0 {
		var err error
		if enterprise, _, err = a.tx.Account(AccountName{Kind: Enterprise, ID: a.account.EnterpriseID}); err != nil {
			return err
		}
	}
	since := 0
	for i, e := range events {
		if e.Action == OrganizationTransferred {
			since = i
		}
	}
	var last int64
	for _, e := range events[since:] {
		if e.EnterpriseEvent < last || e.EnterpriseEvent > enterprise.LastEvent {
			a.report("event %d names event %d of the enterprise; the one before names %d, and there are %d", e.Number, e.EnterpriseEvent, last, enterprise.LastEvent)
			return nil
		}
		last = e.EnterpriseEvent
	}
	return nil
}

// checkPeopleEvents compares who is a member or invited with the last event of each person.
func (a *audit) checkPeopleEvents(events []Event) {
	outside, invited, inside := "neither a member nor invited", "invited", "a member"
	says := map[Action]string{
		MemberInvited: invited, InvitationUpdated: invited, MemberAdded: inside, MemberUpdated: inside,
		InvitationCancelled: outside, InvitationExpired: outside, MemberRemoved: outside,
	}
	now := map[int64]string{}
	for _, id := range a.members {
		now[id] = inside
	}
	for _, m := range a.invitations {
		now[m.UserID] = invited
	}
	last := map[int64]Event{}
	for _, e := range events {
		if says[e.Action] != "" {
			last[e.UserID] = e
		}
	}
	for _, id := range slices.Sorted(maps.Keys(last)) {
		is := now[id]
		if is == "" {
			is = outside
		}
		if e := last[id]; says[e.Action] != is {
			a.report("user %d is %s, and %s by event %d", id, is, says[e.Action], e.Number)
		}
	}
}

// checkTeamEvents compares which teams there are and who is in them with the last event of each
// team and place.
func (a *audit) checkTeamEvents(events []Event) error {
	teams, places := map[int64]Event{}, map[TeamMember]Event{}
	for _, e := range events {
		switch e.Action {
		case TeamCreated, TeamDestroyed:
			teams[e.TeamID] = e
		case TeamMemberAdded, MaintainerPromoted, MaintainerDemoted, TeamMemberRemoved:
			places[TeamMember{TeamID: e.TeamID, UserID: e.UserID}] = e
		}
	}
	for id, e := range teams {
		if _, there := a.teams[id]; there != (e.Action == TeamCreated) {
			a.report("team %d is there: %t, by event %d: %t", id, there, e.Number, e.Action == TeamCreated)
		}
	}
	stored, err := a.tx.AllTeamMembers(a.account.Ref)
	now := make(map[TeamMember]bool, len(stored))
	for _, p := range stored {
		now[TeamMember{TeamID: p.TeamID, UserID: p.UserID}] = true
	}
	for p, e := range places {
		in := e.Action != TeamMemberRemoved && teams[p.TeamID].Action != TeamDestroyed
		if now[p] != in {
			a.report("user %d is in team %d: %t, by event %d: %t", p.UserID, p.TeamID, now[p], e.Number, in)
		}
	}
	return err
}
