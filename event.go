package usher

import "time"

// Actor is who made a change. Zero ids: nobody in particular (a seed, an installation).
type Actor struct {
	UserID  int64
	TokenID int64
}

// Event is one change of what belongs to an account, written in the transaction of the change
// and never changed after. It names people by their ids alone.
type Event struct {
	Number int64 // per account, without gaps, in the order of writing
	At     time.Time
	// KnownAt is the latest At of the account's events up to this one. What ends by itself has
	// its event later, with the ending's own time; so At may run backwards, KnownAt does not.
	KnownAt time.Time
	// EnterpriseEvent is the last event that the organization's enterprise had by then; 0 for
	// none, and for an enterprise's own.
	EnterpriseEvent int64
	// Reports is the last activity report that the account had accepted when the event's change
	// was written, those of the change itself among them; 0 for none.
	Reports   int64
	Action    Action
	Actor     Actor
	UserID    int64 // whom it concerns; 0 for nobody
	TeamID    int64 // the team it concerns or came through; 0 for none
	Change    FieldChange
	RequestID string
}

// FieldChange says what of its subject an event changed, from what to what. Empty: the action
// says it all.
type FieldChange struct {
	Field    string
	Old, New string
}
