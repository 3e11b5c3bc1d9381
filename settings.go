package usher

import (
	"context"
	"math"
	"slices"
	"strconv"
)

// SubscriptionChange is what is to be changed of an account's Copilot; nil leaves as it is.
type SubscriptionChange struct {
	// Enabled switches Copilot on, with the settings of [NewSubscription], or off. Nothing
	// else can be changed while it is off.
	Enabled               *bool
	Plan                  *Plan
	SeatManagement        *SeatManagement
	PublicCodeSuggestions *Policy
	IDEChat               *Policy
	PlatformChat          *Policy
	CLI                   *Policy
	BillingSetUp          *bool
	PaymentProblem        *bool
	CycleDay              *int
}

// NewSubscription is a subscription of which nothing has been chosen yet.
func NewSubscription() Subscription {
	return Subscription{
		Plan: PlanBusiness, SeatManagement: AssignmentUnconfigured,
		PublicCodeSuggestions: PolicyUnconfigured, IDEChat: PolicyUnconfigured, PlatformChat: PolicyUnconfigured, CLI: PolicyUnconfigured,
		BillingSetUp: true, CycleDay: 1,
	}
}

// Settings are an account's Copilot, and the enterprise that an organization belongs to.
type Settings struct {
	Account    Account
	Enterprise *Account // nil for none
}

// ChangeSubscription changes an account's Copilot, and returns the settings as they are then.
// What it does to seats is in rules G7, X6 and X8; where the cycle day moves, the date of
// pending seats moves with it.
func (s *Service) ChangeSubscription(ctx context.Context, ref AccountRef, change SubscriptionChange, by By) (Settings, error) {
	var changed Settings
	err := s.write(ctx, ref, by, func(l *ledger) error {
		wanted, err := l.account.changed(change)
		if err != nil {
			return err
		}
		if err := l.subscribe(wanted); err != nil {
			return err
		}
		changed, err = l.settings()
		return err
	})
	return changed, err
}

// settings are the account's as the ledger has them now.
func (l *ledger) settings() (Settings, error) {
	shown := Settings{Account: l.account}
	if l.account.EnterpriseID == 0 {
		return shown, nil
	}
	enterprise, _, err := l.tx.Account(AccountName{Kind: Enterprise, ID: l.account.EnterpriseID})
	shown.Enterprise = &enterprise
	return shown, err
}

// changed is the account's subscription with a change made.
func (a Account) changed(change SubscriptionChange) (*Subscription, error) {
	enabled := change.Enabled
	change.Enabled = nil
	switch {
	case enabled != nil && !*enabled && change != SubscriptionChange{}:
		return nil, invalid("Copilot cannot be switched off and set up at once: send enabled alone.")
	case enabled != nil && !*enabled:
		return nil, nil
	case a.Subscription == nil && enabled == nil:
		return nil, a.notEnabled(Invalid)
	}
	wanted := NewSubscription()
	if a.Subscription != nil {
		wanted = *a.Subscription
	}
	set(&wanted.Plan, change.Plan)
	set(&wanted.SeatManagement, change.SeatManagement)
	set(&wanted.PublicCodeSuggestions, change.PublicCodeSuggestions)
	set(&wanted.IDEChat, change.IDEChat)
	set(&wanted.PlatformChat, change.PlatformChat)
	set(&wanted.CLI, change.CLI)
	set(&wanted.BillingSetUp, change.BillingSetUp)
	set(&wanted.PaymentProblem, change.PaymentProblem)
	set(&wanted.CycleDay, change.CycleDay)
	return &wanted, nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// subscribe gives the account another subscription, or none, and has its seats follow.
func (l *ledger) subscribe(wanted *Subscription) error {
	before, after := l.account, l.account
	after.Subscription = wanted
	if sameSubscription(before.Subscription, wanted) {
		return nil
	}
	wasOn, isOn := before.seatless() == "", after.seatless() == ""
	if wasOn != isOn || wasOn && (before.everyone() != after.everyone() || before.Subscription.CycleDay != wanted.CycleDay) {
		if err := l.loadAll(); err != nil {
			return err
		}
	}
	l.recordSettings(before.Subscription, wanted)
	if wasOn && !isOn {
		if err := l.switchOff(); err != nil {
			return err
		}
	}
	l.account.Subscription = wanted
	if wanted == nil {
		return nil
	}
	if err := l.moveCycle(before.Subscription); err != nil {
		return err
	}
	switch {
	case !wasOn && isOn:
		return l.switchOn()
	case isOn && before.everyone() != after.everyone():
		return l.followAll()
	}
	return nil
}

// recordSettings appends an event for each setting that changes, in the words of the settings'
// endpoint. Where Copilot is switched on, the settings were those of [NewSubscription]; where
// it is switched off they are gone, each of them.
func (l *ledger) recordSettings(before, after *Subscription) {
	action := OrganizationSettingChanged
	if l.account.Ref.Kind == Enterprise {
		action = EnterpriseSettingChanged
	}
	if (before == nil) != (after == nil) {
		l.recordChange(action, 0, 0, FieldChange{"enabled", strconv.FormatBool(before != nil), strconv.FormatBool(after != nil)})
	}
	if after == nil {
		return
	}
	from := NewSubscription()
	if before != nil {
		from = *before
	}
	old := from.settings()
	for i, now := range after.settings() {
		of := action
		if now.key == "seat_management" {
			of = SeatManagementChanged
		}
		if now != old[i] {
			l.recordChange(of, 0, 0, FieldChange{now.key, old[i].value, now.value})
		}
	}
}

// setting is one of a subscription's, as the settings' endpoint names it.
type setting struct{ key, value string }

func (s Subscription) settings() []setting {
	return []setting{
		{"plan", string(s.Plan)},
		{"seat_management", string(s.SeatManagement)},
		{"public_code_suggestions", string(s.PublicCodeSuggestions)},
		{"ide_chat", string(s.IDEChat)},
		{"platform_chat", string(s.PlatformChat)},
		{"cli", string(s.CLI)},
		{"billing.set_up", strconv.FormatBool(s.BillingSetUp)},
		{"billing.payment_problem", strconv.FormatBool(s.PaymentProblem)},
		{"billing.cycle_day", strconv.Itoa(s.CycleDay)},
	}
}

func sameSubscription(a, b *Subscription) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// loadAll reads every seat of the account, and settles all that is due, invitations too: what
// follows is about everybody.
func (l *ledger) loadAll() error {
	invitations, err := l.tx.DueInvitations(l.account.Ref, l.now, math.MaxInt32)
	if err != nil {
		return err
	}
	stored, err := l.tx.AllSeats(l.account.Ref)
	if err != nil {
		return err
	}
	var due, current []Seat
	for _, seat := range stored {
		if seat.Current(l.now) {
			current = append(current, seat)
			continue
		}
		due = append(due, seat)
	}
	slices.SortFunc(due, bySeatEnd)
	if err := l.settleDue(due, invitations); err != nil {
		return err
	}
	return l.admit(current)
}

// moveCycle brings the account into the cycle that its subscription has now. All pending
// seats, and all that sleeps, end with it. Seats have been loaded where there can be any.
func (l *ledger) moveCycle(before *Subscription) error {
	if before == nil {
		if err := l.openCycle(); err != nil {
			return err
		}
	}
	if l.asleep() {
		l.account.AsleepUntil = l.account.Subscription.CycleAt(l.now).End
	}
	if before == nil || before.CycleDay == l.account.Subscription.CycleDay {
		return nil
	}
	l.cycle = l.account.Subscription.CycleAt(l.now)
	for section, c := range l.sections {
		*c = Counters{Section: section, CycleStart: l.cycle.Start}
	}
	for key, b := range l.blocks {
		*b = Block{Section: key.section, Index: key.index}
	}
	for _, seat := range l.currentSeats() {
		if seat.Pending() {
			seat.EndsAt = l.cycle.End
			l.change(seat)
		}
		l.count(seat, +1)
	}
	l.recounted = true
	return nil
}

// currentSeats are the loaded seats that are current, by section and number.
func (l *ledger) currentSeats() []*Seat {
	var seats []*Seat
	for _, e := range l.seats {
		if e.seat != nil {
			seats = append(seats, e.seat)
		}
	}
	slices.SortFunc(seats, bySeatNumber)
	return seats
}
