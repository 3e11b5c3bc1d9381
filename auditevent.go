package usher

import (
	"cmp"
	"slices"
	"time"
)

// AuditEvent is an event with what its ids stand for now: whoever has been renamed since, or
// forgotten, bears the name that they have today.
type AuditEvent struct {
	Event
	Account   Account   // whose event it is
	Business  *Account  // the enterprise that the account is, or belonged to then; nil for none
	By        *User     // who made the change; nil for nobody in particular
	Whom      *User     // whom it concerns; nil for nobody
	Team      *Team     // as it last was where it is gone; nil for none, and where that is not known
	TokenKind TokenKind // of the token that made the change; empty for none
}

// EventPlace is a place in the order in which an account's log is read: by time, then by
// number.
type EventPlace struct {
	At     time.Time
	Number int64
}

// Compare orders places: it is negative where p comes before q.
func (p EventPlace) Compare(q EventPlace) int {
	return cmp.Or(p.At.Compare(q.At), cmp.Compare(p.Number, q.Number))
}

// EventSelection says which of an account's events to read.
type EventSelection struct {
	// Actions are the actions to read; none: whatever happened. With an actor or a person all
	// have to be named that may be meant: an engine looks for each of them.
	Actions []Action
	ActorID int64 // who made the change; 0: anybody
	UserID  int64 // whom it concerns; 0: anybody
	// After and Before are the places between which events are, neither included.
	After, Before EventPlace
	Newest        bool // the latest come first
	Limit         int64
}

// MaxSelection is the highest limit of a selection.
const MaxSelection = 1000

// FirstPlace and LastPlace are before and after all events.
func FirstPlace() EventPlace { return EventPlace{At: time.UnixMicro(0)} }

// LastPlace is after all events.
func LastPlace() EventPlace { return EventPlace{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} }

// named adds to events of one account what their ids stand for.
func (v view) named(account Account, events []Event) ([]AuditEvent, error) {
	var userIDs, teamIDs, tokenIDs []int64
	for _, e := range events {
		userIDs = append(userIDs, e.Actor.UserID, e.UserID)
		teamIDs = append(teamIDs, e.TeamID)
		tokenIDs = append(tokenIDs, e.Actor.TokenID)
	}
	users, err := v.users(distinct(userIDs))
	if err != nil {
		return nil, err
	}
	teams, err := v.everTeams(account.Ref, distinct(teamIDs))
	if err != nil {
		return nil, err
	}
	kinds, err := v.tx.TokenKinds(distinct(tokenIDs))
	if err != nil {
		return nil, err
	}
	businesses, err := v.businesses(account, events)
	if err != nil {
		return nil, err
	}
	named := make([]AuditEvent, len(events))
	for i, e := range events {
		named[i] = AuditEvent{
			Event: e, Account: account, Business: businesses[i],
			By: byID(users, e.Actor.UserID), Whom: byID(users, e.UserID), Team: byID(teams, e.TeamID),
			TokenKind: tokenKind(e.Actor.TokenID, kinds),
		}
	}
	return named, nil
}

// tokenKind is the kind of a token, as far as that is known. Those of installations are removed
// soon after they expire; their ids tell.
func tokenKind(id int64, kinds map[int64]TokenKind) TokenKind {
	if id > firstInstallationToken {
		return AppInstallation
	}
	return kinds[id]
}

// everTeams are teams as they are, or last were.
func (v view) everTeams(ref AccountRef, ids []int64) (map[int64]Team, error) {
	found, err := v.tx.TeamsByID(ref, ids)
	if err != nil {
		return nil, err
	}
	teams := make(map[int64]Team, len(found))
	for _, team := range found {
		teams[team.ID] = team
	}
	missing := slices.DeleteFunc(ids, func(id int64) bool { _, there := teams[id]; return there || id == 0 })
	if len(missing) == 0 {
		return teams, nil
	}
	former, err := v.tx.FormerTeams(ref, missing)
	for _, team := range former {
		teams[team.ID] = team
	}
	return teams, err
}

// byID is what an id stands for; nil where that is nothing.
func byID[T any](all map[int64]T, id int64) *T {
	if found, ok := all[id]; ok {
		return &found
	}
	return nil
}

// businesses are the enterprises that an account belonged to at its events, as far as its
// moves tell; an enterprise's own is itself.
func (v view) businesses(account Account, events []Event) ([]*Account, error) {
	businesses := make([]*Account, len(events))
	if account.Ref.Kind == Enterprise {
		for i := range events {
			businesses[i] = &account
		}
		return businesses, nil
	}
	moves, err := v.movesSince(account, events)
	if err != nil {
		return nil, err
	}
	now := AccountName{Kind: Enterprise, ID: account.EnterpriseID}
	seen := map[AccountName]*Account{}
	for i, e := range events {
		name := now
		if at := slices.IndexFunc(moves, func(move Event) bool { return move.Number > e.Number }); at >= 0 {
			name = AccountName{Kind: Enterprise, Login: moves[at].Change.Old}
		} else if len(moves) == MaxSelection {
			continue // a later move would tell
		}
		if businesses[i], err = v.business(name, seen); err != nil {
			return nil, err
		}
	}
	return businesses, nil
}

// business finds an enterprise, once.
func (v view) business(name AccountName, seen map[AccountName]*Account) (*Account, error) {
	if name.Login == "" && name.ID == 0 {
		return nil, nil
	}
	if business, ok := seen[name]; ok {
		return business, nil
	}
	account, ok, err := v.tx.Account(name)
	if ok {
		seen[name] = &account
	}
	return seen[name], err
}

// movesSince are an organization's moves from one enterprise to another, from the first of
// these events on.
func (v view) movesSince(organization Account, events []Event) ([]Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	first := slices.MinFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return v.tx.SelectEvents(organization.Ref, EventSelection{
		Actions: []Action{OrganizationTransferred}, After: EventPlace{At: first.At}, Before: LastPlace(), Limit: MaxSelection,
	})
}
