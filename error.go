package usher

import (
	"errors"
	"fmt"
)

// Kind classifies an [Error]; the wire turns it into a status.
type Kind uint8

// The kinds of failure that a caller can do something about.
const (
	Invalid         Kind = iota + 1 // understood, and refused by a rule
	NotFound                        // unknown, or not for the caller to know of
	Forbidden                       // the caller lacks a role, scope or permission
	BadCredentials                  // a credential that is unknown, revoked or expired
	Unauthenticated                 // no credential where one is needed
	Unavailable                     // the store cannot serve now; trying again may help
)

// Reason tells apart errors of one kind where the wire answers them differently.
type Reason uint8

// The reasons that are told apart.
const (
	AllMembers      Reason = iota + 1 // rule G7's refusal, which has a documentation page of its own
	TooManyRemovals                   // a plan would take more seats than it may
)

// Error is a failure whose message may be shown to the caller.
type Error struct {
	Kind    Kind
	Reason  Reason
	Message string
	Items   []Item // what was wrong with which name; empty where the message says it all
	Err     error  // the cause, never shown to the caller
}

// Item is one thing that is wrong with what a caller sent, such as a name of a list.
type Item struct {
	Subject Subject
	Code    ItemCode
	Field   string // empty: the list that the operation reads
	Message string // names the name
}

// Subject is what an [Item] is about, as GitHub names it.
type Subject string

// The subjects usher uses.
const (
	UserSubject       Subject = "User"
	TeamSubject       Subject = "Team"
	InvitationSubject Subject = "OrganizationInvitation"

	OrganizationSubject Subject = "Organization"
	WorldSubject        Subject = "World" // a file that describes one
)

// ItemCode is GitHub's code for what is wrong with an item.
type ItemCode string

// The codes usher uses, as GitHub documents them.
const (
	AlreadyExists ItemCode = "already_exists"
	Missing       ItemCode = "missing"       // there is no such thing
	NotValid      ItemCode = "invalid"       // it exists and does not belong here
	Unprocessable ItemCode = "unprocessable" // it belongs here and a rule forbids the change
)

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Err)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

func invalid(format string, args ...any) error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf(format, args...)}
}

// IsNotFound says whether an error is of something that is unknown, or not for the caller to
// know of.
func IsNotFound(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Kind == NotFound
}

func notFound() error { return &Error{Kind: NotFound, Message: "Not Found"} }
