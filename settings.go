package usher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
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

// switchOff has all seats and grants of the account sleep (rule X6), but for what is
// remembered for invited people.
func (l *ledger) switchOff() error {
	l.switchedOff = true
	for _, seat := range l.currentSeats() {
		l.sleep(seat)
	}
	if err := l.keepActivity(); err != nil {
		return err
	}
	grants, err := l.tx.AllGrants(l.account.Ref)
	if err != nil {
		return err
	}
	invited, err := l.invitations()
	if err != nil {
		return err
	}
	for _, g := range grants {
		if _, waits := invited[g.SubjectID]; waits && g.Kind == DirectGrant {
			continue
		}
		l.granted[grantKey{g.Kind, g.SubjectID}] = true
		l.sleepGrant(g.Kind, g.SubjectID)
	}
	return nil
}

// keepActivity has an enterprise's seats sleep with the activity that its list shows for them:
// it is kept with the enterprise's people, and who has no seat left is none of them (rule R4).
func (l *ledger) keepActivity() error {
	if l.account.Ref.Kind != Enterprise {
		return nil
	}
	people := make([]int64, len(l.sleepSeats))
	for i, seat := range l.sleepSeats {
		people[i] = seat.UserID
	}
	stored, err := l.tx.EnterprisePeople(l.account.Ref.ID, distinct(people))
	latest := make(map[int64]Activity, len(stored))
	for _, p := range stored {
		latest[p.UserID] = p.Activity
	}
	for i, seat := range l.sleepSeats {
		l.sleepSeats[i].Activity = seat.Activity.merge(latest[seat.UserID])
	}
	return err
}

// invitations are the account's invited people.
func (l *ledger) invitations() (map[int64]Membership, error) {
	all, err := l.tx.Invitations(l.account.Ref)
	byUser := make(map[int64]Membership, len(all))
	for _, m := range all {
		if !m.expired(l.now) {
			byUser[m.UserID] = m
		}
	}
	return byUser, err
}

// switchOn wakes what sleeps, where membership still stands, and seats everybody who is
// granted (rules G7, X6).
func (l *ledger) switchOn() error {
	grants, err := l.wakeAll()
	if err != nil {
		return err
	}
	if l.account.Ref.Kind == Enterprise {
		return l.seatEnterprise(grants)
	}
	return l.followAll()
}

// wakeAll has the grants that sleep be in force again: all teams', and the direct ones of who
// still belongs to the account. It returns those, people's before teams', each by id.
func (l *ledger) wakeAll() ([]Grant, error) {
	if !l.asleep() {
		return nil, l.forgetRemembered()
	}
	sleeping, err := l.tx.SleepingGrants(l.account.Ref)
	if err != nil {
		return nil, err
	}
	belongs, err := l.belonging(sleeping)
	if err != nil {
		return nil, err
	}
	var woken []Grant
	subjects := map[GrantKind][]int64{}
	for _, g := range sleeping {
		if g.Kind == DirectGrant && !belongs[g.SubjectID] {
			continue
		}
		woken = append(woken, g)
		subjects[g.Kind] = append(subjects[g.Kind], g.SubjectID)
	}
	for _, kind := range []GrantKind{DirectGrant, TeamGrant} {
		if err := l.wakeGrants(kind, subjects[kind]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(woken, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SubjectID, b.SubjectID))
	})
	return woken, nil
}

// forgetRemembered forgets what was remembered for invited people until Copilot was switched
// off in an earlier cycle: nothing else is in force where it is off.
func (l *ledger) forgetRemembered() error {
	stale, err := l.tx.AllGrants(l.account.Ref)
	if err != nil {
		return err
	}
	invited, err := l.invitations()
	if err != nil {
		return err
	}
	for _, g := range stale {
		l.granted[grantKey{g.Kind, g.SubjectID}] = true
		l.endGrant(g.Kind, g.SubjectID)
		l.countInvited(invited[g.SubjectID].Invitation.EndsAt, 0, -1)
	}
	return nil
}

// belonging says who of the people that these direct grants name belongs to the account: is a
// member of the organization, or of one of the enterprise's organizations or teams (rule E5).
func (l *ledger) belonging(grants []Grant) (map[int64]bool, error) {
	var people []int64
	for _, g := range grants {
		if g.Kind == DirectGrant {
			people = append(people, g.SubjectID)
		}
	}
	return l.members(people)
}

func (l *ledger) members(people []int64) (map[int64]bool, error) {
	belongs := make(map[int64]bool, len(people))
	if l.account.Ref.Kind == Enterprise {
		ids, err := l.tx.EnterpriseMembers(l.account.Ref.ID, people)
		for _, id := range ids {
			belongs[id] = true
		}
		return belongs, err
	}
	memberships, err := l.tx.Memberships(l.account.Ref, people)
	for _, m := range memberships {
		belongs[m.UserID] = m.State == Active
	}
	return belongs, err
}

// followAll brings the seats of all members of the organization in step with what holds them.
// Where it was assign_all until now, everyone's grant held them all (rules G7, X8).
func (l *ledger) followAll() error {
	members, err := l.tx.Members(l.account.Ref)
	if err != nil {
		return err
	}
	if err := l.load(members); err != nil {
		return err
	}
	for _, id := range members {
		before := holding{}
		if seat := l.seat(0, id); seat != nil && !seat.Pending() {
			before.everyone = true
		}
		if err := l.follow(id, before, 0); err != nil {
			return err
		}
	}
	return nil
}

// seatEnterprise opens the seats of an enterprise's grants that are in force again, and has
// those pending that were. A direct grant's section is 0, as the team it is shown with.
func (l *ledger) seatEnterprise(grants []Grant) error {
	people := map[int64][]int64{}
	for _, g := range grants {
		if g.Kind == DirectGrant {
			people[0] = append(people[0], g.SubjectID)
			continue
		}
		team, err := l.tx.TeamPeople(l.account.Ref, g.SubjectID)
		if err != nil {
			return err
		}
		people[g.SubjectID] = team
	}
	for section, ids := range people {
		if err := l.loadSeats(section, ids); err != nil {
			return err
		}
	}
	for _, g := range grants {
		section, reached := g.SubjectID, people[g.SubjectID]
		if g.Kind == DirectGrant {
			section, reached = 0, []int64{g.SubjectID}
		}
		for _, id := range reached {
			if err := l.open(section, id, section, g.GrantedBy); err != nil {
				return err
			}
		}
	}
	return l.resumeEnterprise()
}

// resumeEnterprise has an enterprise's pending seats be pending again whose people still
// belong to it.
func (l *ledger) resumeEnterprise() error {
	if !l.asleep() {
		return nil
	}
	sleeping, err := l.tx.AllSleepingSeats(l.account.Ref)
	if err != nil {
		return err
	}
	sleeping = slices.DeleteFunc(sleeping, func(seat Seat) bool { return !seat.Pending() })
	people := map[int64][]int64{}
	var everybody []int64
	for _, seat := range sleeping {
		people[seat.Section] = append(people[seat.Section], seat.UserID)
		everybody = append(everybody, seat.UserID)
	}
	belongs, err := l.members(distinct(everybody))
	if err != nil {
		return err
	}
	for section, ids := range people {
		if err := l.loadSeats(section, ids); err != nil {
			return err
		}
	}
	for _, seat := range sleeping {
		if !belongs[seat.UserID] || l.seat(seat.Section, seat.UserID) != nil {
			continue
		}
		if err := l.resume(seat.Section, seat.UserID); err != nil {
			return err
		}
	}
	return nil
}

// MoveOrganization moves an organization into an enterprise, from one to another, or out of
// the one it is in, where the name is empty. Its own seats stay as they are, and so do the
// enterprises' (rule E4); they are listed and counted where it belongs from now on. That is for
// owners of the organization and of the enterprises.
func (s *Service) MoveOrganization(ctx context.Context, organization AccountRef, enterprise AccountName, caller Caller, by By) (Settings, error) {
	var moved Settings
	err := s.updateWorld(ctx, func(tx Tx) error {
		l, err := openLedger(tx, organization, by.Actor, by.RequestID)
		if err != nil {
			return err
		}
		target, err := l.destination(enterprise, caller)
		if err != nil {
			return err
		}
		if err := l.move(target); err != nil {
			return err
		}
		moved, err = l.settings()
		return err
	})
	return moved, err
}

// destination is the id of the enterprise with this name, 0 for none; the caller must own it,
// and the one that the organization leaves. Tokens with permissions belong to one
// organization, and change nothing of an enterprise (rule A2). An enterprise of others cannot
// be told from one that does not exist (rule A3).
func (l *ledger) destination(name AccountName, caller Caller) (int64, error) {
	left, out := l.account.EnterpriseID, name.Login == "" && name.ID == 0
	target, err := l.enterpriseNamed(name)
	if err != nil || target == left && (out || target != 0) {
		return target, err
	}
	if !caller.Token.Kind.Scoped() {
		return 0, inaccessible(caller.Token.Kind)
	}
	owner, err := owns(l.tx, target, caller)
	if err != nil {
		return 0, err
	}
	if !out && !owner {
		return 0, invalid("There is no enterprise %q, or you do not own it.", shown(name.Login))
	}
	owner, err = owns(l.tx, left, caller)
	if err == nil && left != 0 && !owner {
		err = forbidden("You must be an owner of the enterprise that the organization %s leaves.", l.account.Login)
	}
	return target, err
}

// enterpriseNamed is the id of the enterprise with this name; 0 where there is none.
func (l *ledger) enterpriseNamed(name AccountName) (int64, error) {
	account, err := find(l.tx, name)
	if gone := (*Error)(nil); errors.As(err, &gone) && gone.Kind == NotFound {
		return 0, nil
	}
	return account.Ref.ID, err
}

// owns says whether the caller is an owner of an enterprise; nobody is of 0.
func owns(tx Reader, enterprise int64, caller Caller) (bool, error) {
	membership, _, err := tx.Membership(EnterpriseRef(enterprise), caller.User.ID)
	return membership.Role == RoleOwner, err
}

// move makes an organization one of another enterprise's, and counts its people there. Its
// books are closed before: what is due belongs where it was.
func (l *ledger) move(target int64) error {
	left := l.account.EnterpriseID
	if left == target {
		return nil
	}
	if err := l.loadAll(); err != nil {
		return err
	}
	l.touched = true
	if err := l.close(); err != nil {
		return err
	}
	l.account.EnterpriseID = target
	if err := l.tx.SaveEnterprise(l.account); err != nil {
		return err
	}
	activity := map[int64]Activity{}
	for _, seat := range l.currentSeats() {
		activity[seat.UserID] = seat.Activity
	}
	people := slices.Sorted(maps.Keys(activity))
	for _, enterprise := range []int64{left, target} {
		if enterprise == 0 {
			continue
		}
		if err := l.syncPeople(enterprise, people, activity); err != nil {
			return fmt.Errorf("counting the people of enterprise %d: %w", enterprise, err)
		}
		if err := l.renewVersion(EnterpriseRef(enterprise)); err != nil {
			return err
		}
	}
	return nil
}

// renewVersion gives another account a new version, since its people have changed: an
// organization that came and went leaves a list of the same accounts.
func (l *ledger) renewVersion(ref AccountRef) error {
	account, err := l.tx.Lock(ref)
	if err != nil {
		return err
	}
	account.Version = newVersion()
	return l.tx.SaveHead(account)
}
