package usher

import (
	"maps"
	"slices"
	"time"
)

// Action names what happened, as GitHub's audit log does.
type Action string

// What happens to seats and grants, in the words of GitHub's audit log.
const (
	AssignmentCreated    Action = "copilot.cfb_seat_assignment_created"    // a grant to a person or a team
	AssignmentRefreshed  Action = "copilot.cfb_seat_assignment_refreshed"  // a pending cancellation revoked
	AssignmentReused     Action = "copilot.cfb_seat_assignment_reused"     // a grant to a person with a live seat
	AssignmentUnassigned Action = "copilot.cfb_seat_assignment_unassigned" // a grant ended, or a seat lost its last one
	SeatAdded            Action = "copilot.cfb_seat_added"                 // a person got access
	SeatCancelled        Action = "copilot.cfb_seat_cancelled"             // access ended
)

// OrganizationTransferred is an organization's move from one enterprise to another: Change has
// their slugs.
const OrganizationTransferred Action = "org.transfer"

// EventsDeleted is that retention has deleted the account's oldest events: Change has the number
// of the last one that was gone before, and of the last one that is now. GitHub has no such
// event.
const EventsDeleted Action = "audit_log.events_deleted"

// Operation says what kind of change an action is.
type Operation string

// The kinds of change, in the words of GitHub's audit log.
//
// Source: https://docs.github.com/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/reviewing-the-audit-log-for-your-organization#search-based-on-operation
const (
	CreateOperation   Operation = "create"
	ModifyOperation   Operation = "modify"
	RemoveOperation   Operation = "remove"
	RestoreOperation  Operation = "restore"
	TransferOperation Operation = "transfer"
)

// operations are all actions that events have.
var operations = map[Action]Operation{
	AssignmentCreated:    CreateOperation,
	AssignmentRefreshed:  RestoreOperation,
	AssignmentReused:     ModifyOperation,
	AssignmentUnassigned: RemoveOperation,
	SeatAdded:            CreateOperation,
	SeatCancelled:        RemoveOperation,

	OrganizationTransferred: TransferOperation,
	EventsDeleted:           RemoveOperation,
}

// Operation is the kind of change that an action is.
func (a Action) Operation() Operation { return operations[a] }

// Actions are all actions that events have, in alphabetical order.
func Actions() []Action { return slices.Sorted(maps.Keys(operations)) }

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
	Action          Action
	Actor           Actor
	UserID          int64 // whom it concerns; 0 for nobody
	TeamID          int64 // the team it concerns or came through; 0 for none
	Change          FieldChange
	RequestID       string
}

// FieldChange says what of its subject an event changed, from what to what. Empty: the action
// says it all.
type FieldChange struct {
	Field    string
	Old, New string
}
