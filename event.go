package usher

import "time"

// Action names what happened, as GitHub's audit log does.
type Action string

// The actions that usher records.
const (
	AssignmentCreated    Action = "copilot.cfb_seat_assignment_created"    // a grant to a person or a team
	AssignmentRefreshed  Action = "copilot.cfb_seat_assignment_refreshed"  // a pending cancellation revoked
	AssignmentReused     Action = "copilot.cfb_seat_assignment_reused"     // a grant to a person with a live seat
	AssignmentUnassigned Action = "copilot.cfb_seat_assignment_unassigned" // a grant ended, or a seat lost its last one
	SeatAdded            Action = "copilot.cfb_seat_added"                 // a person got access
	SeatCancelled        Action = "copilot.cfb_seat_cancelled"             // access ended
)

// Actor is who made a change. Zero ids: nobody in particular (a seed, an installation).
type Actor struct {
	UserID  int64
	TokenID int64
}

// Event is one change of a seat or a grant, written in the transaction of the change.
type Event struct {
	Number    int64 // per account, without gaps, in the order of writing
	At        time.Time
	Action    Action
	Actor     Actor
	UserID    int64 // whom it concerns; 0 for nobody
	TeamID    int64 // the team it concerns or came through; 0 for none
	RequestID string
}
