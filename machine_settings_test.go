package usher_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// The changes of settings: the naive model's, then the machine's.

// changeSettings changes, switches on or switches off an account's Copilot.
func (m *model) changeSettings(a *modelAccount, change usher.SubscriptionChange) usher.Kind {
	known := a.Account.Subscription
	if change.Enabled != nil && !*change.Enabled {
		change.Enabled = nil
		if change != (usher.SubscriptionChange{}) {
			return usher.Invalid
		}
		m.subscribe(a, nil)
		return 0
	}
	if known == nil && change.Enabled == nil {
		return usher.Invalid
	}
	wanted := usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: "unconfigured", PublicCodeSuggestions: "unconfigured",
		IDEChat: "unconfigured", PlatformChat: "unconfigured", CLI: "unconfigured", BillingSetUp: true, CycleDay: 1,
	}
	if known != nil {
		wanted = *known
	}
	replace(&wanted.Plan, change.Plan)
	replace(&wanted.SeatManagement, change.SeatManagement)
	replace(&wanted.PublicCodeSuggestions, change.PublicCodeSuggestions)
	replace(&wanted.IDEChat, change.IDEChat)
	replace(&wanted.BillingSetUp, change.BillingSetUp)
	replace(&wanted.PaymentProblem, change.PaymentProblem)
	replace(&wanted.CycleDay, change.CycleDay)
	m.subscribe(a, &wanted)
	return 0
}

func replace[T any](value, with *T) {
	if with != nil {
		*value = *with
	}
}

func (m *model) subscribe(a *modelAccount, wanted *usher.Subscription) {
	wasOn, everyone := a.on(), a.everyone()
	after := modelAccount{WorldAccount: usher.WorldAccount{Account: usher.Account{Ref: a.Account.Ref, Subscription: wanted}}}
	if wasOn && !after.on() {
		m.switchOff(a)
	}
	a.Account.Subscription = wanted
	if wanted == nil {
		return
	}
	_, end := m.cycle(a)
	if !a.asleep.until.IsZero() {
		a.asleep.until = end
	}
	for _, seat := range a.seats {
		if m.current(seat) && !seat.ends.IsZero() {
			seat.ends = end
		}
	}
	switch {
	case !wasOn && a.on() && a.isEnterprise():
		m.switchOnEnterprise(a)
	case !wasOn && a.on():
		m.switchOn(a)
	case a.on() && everyone != a.everyone():
		m.followEveryone(a)
	}
}

// switchOff has all sleep (X6).
func (m *model) switchOff(a *modelAccount) {
	for _, seat := range a.seats {
		if m.current(seat) {
			m.sleep(a, seat)
		}
	}
	for user := range a.direct {
		a.asleep.off[user] = true
		_, a.asleep.until = m.cycle(a)
	}
	for team, at := range a.granted {
		a.asleep.teams[team] = at
		_, a.asleep.until = m.cycle(a)
	}
	clear(a.direct)
	clear(a.granted)
}

// switchOn has all be back whose membership still stands (X6).
func (m *model) switchOn(a *modelAccount) {
	for team, at := range a.asleep.teams {
		a.granted[team] = at
	}
	for user := range a.asleep.off {
		a.direct[user] = m.now
	}
	clear(a.asleep.teams)
	clear(a.asleep.off)
	for _, user := range a.members() {
		m.seatOrResume(a, user)
	}
}

// switchOnEnterprise is switchOn where each grant has seats of its own: direct ones come
// back for who belongs to the enterprise still (E5).
func (m *model) switchOnEnterprise(a *modelAccount) {
	for _, u := range m.users {
		if a.asleep.off[u.ID] && m.grantable(a, u.ID) {
			delete(a.asleep.off, u.ID)
			m.grantDirect(a, u.ID, m.now)
		}
	}
	for _, team := range slices.Sorted(maps.Keys(a.asleep.teams)) {
		a.granted[team] = a.asleep.teams[team]
		for _, user := range a.teamPeople(m, team) {
			m.give(a, team, user, team, m.now)
		}
	}
	clear(a.asleep.teams)
	for _, seat := range a.seats {
		if seat.asleep && m.grantable(a, seat.user) && m.seatOf(a, seat.section, seat.user) == nil {
			m.resume(a, seat.section, seat.user)
		}
	}
}

// followEveryone brings members in step with the everyone grant, which began or ended (G7, X8).
func (m *model) followEveryone(a *modelAccount) {
	if a.isEnterprise() {
		return
	}
	for _, user := range a.members() {
		if seat := m.seatOf(a, 0, user); seat != nil && seat.ends.IsZero() && !a.held(user) {
			m.take(a, seat, 0, by.Actor)
			continue
		}
		m.seatOrResume(a, user)
	}
}

// moveOrganization moves an organization into an enterprise; 0: out of the one it is in.
func (m *model) moveOrganization(a *modelAccount, target, owner int64) usher.Kind {
	left := a.Account.EnterpriseID
	if left == target {
		return 0
	}
	if target != 0 && m.account(usher.EnterpriseRef(target)) == nil {
		return usher.Invalid
	}
	for _, id := range []int64{left, target} {
		enterprise := m.account(usher.EnterpriseRef(id))
		switch {
		case id == 0:
		case enterprise.membership(owner) != nil && enterprise.membership(owner).Role == usher.RoleOwner:
		case id == target:
			return usher.Invalid
		default:
			return usher.Forbidden
		}
	}
	var seats []*modelSeat
	for _, seat := range a.seats {
		if m.current(seat) {
			seats = append(seats, seat)
			m.forget(target, seat.user)
		}
	}
	if enterprise := m.account(usher.EnterpriseRef(left)); enterprise != nil {
		enterprise.assigned = slices.DeleteFunc(slices.Clone(enterprise.assigned), func(x modelAssignment) bool {
			return x.organization == a.Account.Ref.ID
		})
	}
	a.Account.EnterpriseID = target
	for _, seat := range seats {
		m.uses = append(m.uses, modelUse{target, seat.user, seat.activity})
	}
	return 0
}

// ----- the machine's

func drawChange(rt *rapid.T, a *modelAccount) (change usher.SubscriptionChange) {
	if a.Account.Subscription == nil {
		change.Enabled = new(!rarely(rt, "stays off"))
	}
	if !a.on() && !rarely(rt, "unusable") { // mostly it can be used again
		change.SeatManagement = new(usher.AssignSelected)
		change.PublicCodeSuggestions = new(usher.Policy("allow"))
	}
	switch evenly(rt, "setting", 8) {
	case 0:
		change = usher.SubscriptionChange{Enabled: new(false)}
	case 1, 2:
		change.SeatManagement = new(rapid.SampledFrom([]usher.SeatManagement{
			usher.AssignSelected, usher.AssignAll, usher.AssignAll, usher.AssignmentDisabled, usher.AssignmentUnconfigured,
		}).Draw(rt, "seat management"))
	case 3, 4:
		change.CycleDay = new(rapid.SampledFrom([]int{1, 2, 11, 12, 15, 27, 28}).Draw(rt, "cycle day"))
	case 5:
		change.Plan = new(rapid.SampledFrom([]usher.Plan{usher.PlanBusiness, usher.PlanEnterprise}).Draw(rt, "plan"))
	case 6:
		change.BillingSetUp, change.PublicCodeSuggestions = new(true), new(usher.Policy("block"))
		change.PaymentProblem = new(rarely(rt, "payment problem"))
	case 7:
		if rarely(rt, "policy") {
			change.PublicCodeSuggestions = new(usher.PolicyUnconfigured)
		} else if rarely(rt, "billing") {
			change.BillingSetUp = new(false)
		}
		change.IDEChat = new(rapid.SampledFrom([]usher.Policy{"enabled", "disabled"}).Draw(rt, "chat"))
	}
	if rapid.IntRange(0, 5).Draw(rt, "at once") == 0 {
		change.CycleDay = new(15)
	}
	return change
}

func (m *machine) changeSettings(rt *rapid.T) move {
	ref := m.about
	if len(m.few) == 0 {
		ref = rapid.SampledFrom([]usher.AccountRef{usher.OrganizationRef(octodemo), usher.OrganizationRef(hubot), usher.EnterpriseRef(octoGlobal)}).Draw(rt, "account")
	}
	a := m.model.account(ref)
	change := drawChange(rt, a)
	words, err := json.Marshal(change)
	if err != nil {
		rt.Fatalf("%v", err)
	}
	return move{
		words: fmt.Sprintf("change %s: %s", a.Account.Login, words),
		real: func(rt complainer, c *company) string {
			changed, err := c.service.ChangeSubscription(background, ref, change, by)
			if err != nil {
				return doneOr(kindAs(rt, err))
			}
			return doneOr(0) + inWords(changed.Account.Subscription)
		},
		naive: func(m *model) string {
			if kind := m.changeSettings(m.account(ref), change); kind != 0 {
				return doneOr(kind)
			}
			return doneOr(0) + inWords(m.account(ref).Account.Subscription)
		},
	}
}

func inWords(s *usher.Subscription) string {
	if s == nil {
		return "off"
	}
	return fmt.Sprintf("%+v", *s)
}

func (m *machine) moveOrganization(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	owner := userID("lee")
	if rarely(rt, "somebody else") {
		owner = userID("ada")
	}
	target, name := int64(0), usher.AccountName{Kind: usher.Enterprise}
	switch {
	case rarely(rt, "to nowhere"):
		target, name.Login = 404, "nowhere"
	case a.Account.EnterpriseID == 0 || rarely(rt, "stays"):
		target, name.Login = octoGlobal, "Octo-Global"
	}
	caller := usher.Caller{User: &usher.User{ID: owner}, Token: usher.Token{ID: 2, Kind: usher.Classic}}
	ref := a.Account.Ref
	return move{
		words: fmt.Sprintf("user %d moves %s to the enterprise %q", owner, a.Account.Login, name.Login),
		real: func(rt complainer, c *company) string {
			_, err := c.service.MoveOrganization(background, ref, name, caller, by)
			return doneOr(kindAs(rt, err))
		},
		naive: func(m *model) string { return doneOr(m.moveOrganization(m.account(ref), target, owner)) },
	}
}
