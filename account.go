package usher

import (
	"fmt"
	"time"
)

// AccountKind tells organizations from enterprises.
type AccountKind uint8

// The kinds of account that can hold a subscription.
const (
	Organization AccountKind = iota
	Enterprise
)

func (k AccountKind) String() string {
	if k == Enterprise {
		return "enterprise"
	}
	return "organization"
}

// AccountRef names an account: organizations and enterprises have separate ids.
type AccountRef struct {
	Kind AccountKind
	ID   int64
}

// OrganizationRef names the organization with this id.
func OrganizationRef(id int64) AccountRef { return AccountRef{Organization, id} }

// EnterpriseRef names the enterprise with this id.
func EnterpriseRef(id int64) AccountRef { return AccountRef{Enterprise, id} }

// AccountName is how a caller names an account: by login (an organization's login or an
// enterprise's slug, in any case), by id, or by text that may be either: then both are
// set, and the login goes first.
type AccountName struct {
	Kind  AccountKind
	Login string
	ID    int64
}

// Account is an organization or an enterprise, and the head of its ledger.
type Account struct {
	Ref          AccountRef
	Login        string        // an organization's login, an enterprise's slug, canonically spelt
	Name         string        // display name; may be empty
	EnterpriseID int64         // the enterprise an organization belongs to; 0 for none
	Subscription *Subscription // nil: Copilot is not enabled
	CreatedAt    time.Time

	// The ledger's head, written only under the account's lock.
	LastSeat    int64     // the highest seat number ever given
	LastEvent   int64     // the highest event number
	LastReport  int64     // the highest number of an activity report
	LastEventAt time.Time // the latest event's world time; an account's time never runs backwards
	RecordFrom  int64     // the first event number as of which the account can be read; events up to it may be gone
	// Retention has deleted the events up to EventsDeleted; KeptSince is when the oldest became
	// known of what it may delete next; zero: there is nothing.
	EventsDeleted int64
	KeptSince     time.Time
	AsleepUntil   time.Time // when the account's sleeping seats and grants are forgotten (rule X6); zero: nothing sleeps
	Version       int64     // new with each write of anything that belongs to the account: see [Edition]
}

// Plan is what a subscription buys.
type Plan string

// The plans of GitHub's description.
const (
	PlanBusiness   Plan = "business"
	PlanEnterprise Plan = "enterprise"
)

// SeatManagement says who gets seats under a subscription.
type SeatManagement string

// The settings of GitHub's description.
const (
	AssignAll              SeatManagement = "assign_all"
	AssignSelected         SeatManagement = "assign_selected"
	AssignmentDisabled     SeatManagement = "disabled"
	AssignmentUnconfigured SeatManagement = "unconfigured"
)

// Policy is the state of one of a subscription's policies: allow, block, enabled,
// disabled or unconfigured, as the policy has it.
type Policy string

// PolicyUnconfigured is a policy that nobody has chosen yet.
const PolicyUnconfigured Policy = "unconfigured"

// Subscription is an account's Copilot subscription.
type Subscription struct {
	Plan                  Plan
	SeatManagement        SeatManagement
	PublicCodeSuggestions Policy // allow, block, unconfigured
	IDEChat               Policy // enabled, disabled, unconfigured
	PlatformChat          Policy
	CLI                   Policy
	BillingSetUp          bool
	PaymentProblem        bool
	CycleDay              int // day of the month, 1 to 28, on which a billing cycle begins (rule C1)
}

// Cycle is one billing cycle: from Start, inclusive, to End, exclusive, both 00:00:00 UTC.
type Cycle struct {
	Start, End time.Time
}

// CycleAt is the billing cycle that holds now (rule C1).
func (s Subscription) CycleAt(now time.Time) Cycle {
	year, month, day := now.UTC().Date()
	if day < s.CycleDay {
		month--
	}
	return Cycle{
		Start: time.Date(year, month, s.CycleDay, 0, 0, 0, 0, time.UTC),
		End:   time.Date(year, month+1, s.CycleDay, 0, 0, 0, 0, time.UTC),
	}
}

// writable says why seats of this account cannot be managed by name, in rule G8's order.
func (a Account) writable() error {
	s, kind := a.Subscription, a.Ref.Kind
	switch {
	case s == nil:
		return a.notEnabled(Invalid)
	case !s.BillingSetUp:
		return invalid("Billing has not been set up for this %s. Set up billing before you manage seats.", kind)
	case s.PublicCodeSuggestions == PolicyUnconfigured:
		return invalid("A suggestions matching public code policy has not been set for this %s. Set the policy before you manage seats.", kind)
	case s.SeatManagement == AssignAll && kind == Enterprise: // the page that AllMembers leads to is on organizations
		return invalid("Your enterprise has enabled Copilot access for all members. Enable access for selected members in order to manage seats via the API.")
	case s.SeatManagement == AssignAll:
		return &Error{Kind: Invalid, Reason: AllMembers, Message: "Your organization has enabled Copilot access for all members. Enable access for selected members in order to manage seats via the API."}
	case s.SeatManagement == AssignmentDisabled:
		return invalid("Copilot access is disabled for this %s. Enable access for selected members in order to manage seats via the API.", kind)
	case s.SeatManagement == AssignmentUnconfigured:
		return invalid("Copilot access is unconfigured for this %s. Enable access for selected members in order to manage seats via the API.", kind)
	}
	return nil
}

// notEnabled is an account without a subscription: 404 on billing and lists, 422 elsewhere (rule R7).
func (a Account) notEnabled(kind Kind) error {
	return &Error{Kind: kind, Message: fmt.Sprintf("Copilot Business is not enabled for this %s.", a.Ref.Kind)}
}

// section is where the seats of a team's grant are: in an enterprise each team's have a
// section of their own (rule E1).
func (a Account) section(teamID int64) int64 {
	if a.Ref.Kind == Enterprise {
		return teamID
	}
	return 0
}

// enterpriseID is the enterprise whose people the account's seats belong to, or 0.
func (a Account) enterpriseID() int64 {
	if a.Ref.Kind == Enterprise {
		return a.Ref.ID
	}
	return a.EnterpriseID
}

// seatless says why nobody can hold a seat of this account; empty where people can.
func (a Account) seatless() string {
	switch s := a.Subscription; {
	case s == nil:
		return "Copilot is not enabled"
	case s.SeatManagement == AssignmentDisabled, s.SeatManagement == AssignmentUnconfigured:
		return "seat management is " + string(s.SeatManagement)
	}
	return ""
}

// everyone says whether the everyone grant holds a seat for each member (rule G7). An
// enterprise has none.
func (a Account) everyone() bool {
	return a.Ref.Kind == Organization && a.Subscription != nil && a.Subscription.SeatManagement == AssignAll
}

// pendingInvitations counts the invited people who will get a seat when they accept (rule G4).
func (a Account) pendingInvitations(invited []InvitedCount, now time.Time) (people int64) {
	if a.seatless() != "" {
		return 0
	}
	for _, c := range invited {
		switch {
		case ended(c.EndsAt, now):
		case a.everyone():
			people += c.People
		default:
			people += c.Granted
		}
	}
	return people
}
