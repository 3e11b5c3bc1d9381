package usher

import (
	"fmt"
	"slices"
)

// ApplyPlan is what applying a file would change, or has changed.
type ApplyPlan struct {
	Changes  []PlannedChange // in the order in which they are made
	Accounts []AccountPlan   // that the file names, in its order
	Notes    []string        // what of the file is not followed, as sentences
	Activity int             // reports of activity that move somebody's
	Kept     int             // things that are there and not in the file's lists, and stay: removing is asked for apart
	Others   Others          // what the file does not name
	Limit    int64           // how many seats may turn pending or end
}

// Others is how much there is that the file does not name. It is left alone.
type Others struct {
	Enterprises, Organizations, Users, Apps int
}

// ChangeKind says whether something comes, goes or becomes another.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Changed ChangeKind = "changed"
	Removed ChangeKind = "removed"
)

// PlannedChange is one change.
type PlannedChange struct {
	Kind    ChangeKind
	Account *AccountName // whose it is; nil: nobody's, as a user
	What    string       // the noun
	Name    string
	Change  FieldChange // of what is changed
}

// AccountPlan is what becomes of an account's seats. Who turns pending goes on to have access
// until the cycle ends, and is not paid for after it.
type AccountPlan struct {
	Account AccountName
	Current int64 // seats before, pending ones too
	Kept    int
	Seats   SeatEffects
	Cost    CostChange
}

// SeatEffects count the seats that become something else. One that becomes it and back counts
// for nothing.
type SeatEffects struct {
	Start   int64 // live, and were not
	Pending int64 // pending, and were live
	End     int64 // gone
}

// Lost is how many seats turn pending or end.
func (e SeatEffects) Lost() int64 { return e.Pending + e.End }

func (e *SeatEffects) add(other SeatEffects) {
	e.Start, e.Pending, e.End = e.Start+other.Start, e.Pending+other.Pending, e.End+other.End
}

// CostChange is what the live seats cost a month, by the prices of their plan. A pending seat is
// not paid for again.
type CostChange struct {
	Before, After Cents
}

// Empty says whether nothing would change.
func (p ApplyPlan) Empty() bool { return len(p.Changes) == 0 && p.Activity == 0 }

// Seats are the effects on all accounts' seats.
func (p ApplyPlan) Seats() SeatEffects {
	var sum SeatEffects
	for _, a := range p.Accounts {
		sum.add(a.Seats)
	}
	return sum
}

// Cost is that of all the accounts that the file names.
func (p ApplyPlan) Cost() CostChange {
	var sum CostChange
	for _, a := range p.Accounts {
		sum.Before, sum.After = sum.Before+a.Cost.Before, sum.After+a.Cost.After
	}
	return sum
}

// The default of how many seats a plan may turn pending or end: some, or a share of those that
// the accounts it names have, whichever is more.
const (
	fewRemovals      = 10
	removalsPerCent  = 5
	removalsSentence = "The plan turns pending or ends %d seats, and %d may be at once. Look at what it removes; to go on, allow as many with --max-removals %d (max_removals=%d)."
)

// limit is how many seats a plan may turn pending or end.
func (p ApplyPlan) limit(options ApplyOptions) int64 {
	if options.MaxRemovals != nil {
		return *options.MaxRemovals
	}
	var current int64
	for _, a := range p.Accounts {
		current += a.Current
	}
	return max(fewRemovals, current*removalsPerCent/100)
}

// Refusal is why a plan must not be carried out as it is; nil where it may.
func (p ApplyPlan) Refusal() error {
	if lost := p.Seats().Lost(); lost > p.Limit {
		return tooManyRemovals(lost, p.Limit)
	}
	return nil
}

func tooManyRemovals(lost, limit int64) error {
	return &Error{Kind: Invalid, Reason: TooManyRemovals, Message: fmt.Sprintf(removalsSentence, lost, limit, lost, lost)}
}

// join takes one step's part into the plan.
func (p *ApplyPlan) join(step stepPlan) {
	p.Changes = append(p.Changes, step.changes...)
	p.Notes = append(p.Notes, step.notes...)
	p.Activity += step.activity
	p.Kept += step.account.Kept
	if step.account.Account == (AccountName{}) {
		return
	}
	at := slices.IndexFunc(p.Accounts, func(a AccountPlan) bool { return a.Account == step.account.Account })
	if at < 0 {
		p.Accounts = append(p.Accounts, step.account)
		return
	}
	known := &p.Accounts[at]
	known.Kept += step.account.Kept
	known.Seats.add(step.account.Seats)
	known.Cost.After = step.account.Cost.After
}

// stepPlan is what one step of applying comes to.
type stepPlan struct {
	account  AccountPlan // without a name: the step is about none
	changes  []PlannedChange
	notes    []string
	activity int
}

func (s *stepPlan) change(kind ChangeKind, what, name string) {
	s.changed(kind, what, name, FieldChange{})
}

func (s *stepPlan) changed(kind ChangeKind, what, name string, change FieldChange) {
	planned := PlannedChange{Kind: kind, What: what, Name: name, Change: change}
	if s.account.Account != (AccountName{}) {
		planned.Account = &s.account.Account
	}
	s.changes = append(s.changes, planned)
}

func (s *stepPlan) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}
