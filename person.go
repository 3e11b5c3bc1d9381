package usher

import (
	"strings"
	"time"
)

// User is a person's account.
type User struct {
	ID        int64
	Login     string // canonical spelling; names are compared without case
	Name      string
	Email     string
	TimeZone  string // IANA name; empty for UTC (rule R6)
	SiteAdmin bool
	CreatedAt time.Time
	Version   int64 // new with each change of what is above: see [Edition]
}

// Role is what a person may do in an account.
type Role string

// The roles of organizations (member, owner) and enterprises (owner, billing manager).
const (
	RoleMember         Role = "member"
	RoleOwner          Role = "owner"
	RoleBillingManager Role = "billing_manager"
)

// word is the role as GitHub's memberships name it.
func (r Role) word() string {
	if r == RoleOwner {
		return "admin"
	}
	return string(r)
}

// MembershipState tells members from invited people.
type MembershipState string

// The states of GitHub's memberships.
const (
	Active  MembershipState = "active"
	Pending MembershipState = "pending" // invited, not yet accepted
)

// Membership is a person's place in an account.
type Membership struct {
	UserID     int64
	Role       Role
	State      MembershipState
	Invitation Invitation // of a pending one
}

// Invitation is how a pending membership came to be, and until when it can be accepted.
type Invitation struct {
	ID        int64 // unique among all accounts' invitations and teams
	InvitedBy int64 // the user; 0 for a seed or an installation
	At        time.Time
	EndsAt    time.Time // when it expires; zero: never (rule G4)
}

// Person is a user as an account sees them. Membership is nil for outsiders.
type Person struct {
	User       User
	Membership *Membership
}

// expired says whether an invitation has ended by now: then it is as if it were gone (rules C4, G4).
func (m Membership) expired(now time.Time) bool {
	return m.State == Pending && ended(m.Invitation.EndsAt, now)
}

// owns says whether it is an owner's. Who is invited to be one is none yet.
func (m Membership) owns() bool { return m.State == Active && m.Role == RoleOwner }

func (p Person) member() bool  { return p.Membership != nil && p.Membership.State == Active }
func (p Person) invited() bool { return p.Membership != nil && p.Membership.State == Pending }

// LoginKey is the form in which logins and slugs are compared: ASCII letters in lower
// case. Other letters stay, so no letter of another script can pass for an ASCII one.
func LoginKey(login string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, login)
}
