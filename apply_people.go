package usher

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// place is what somebody is in an account, and what they will be. Who is nothing has no state.
type place struct {
	user      User
	was, will Membership
}

// rank is a place in a list of two ranks: owners above members, maintainers above members.
type rank uint8

const (
	outside rank = iota
	lower
	upper
)

// rankList is what a file says of the two lists.
type rankList struct {
	inUpper, inLower       bool // somebody is listed there
	upperGiven, lowerGiven bool // the file has the list
	demotes                bool // who is taken from the upper list alone falls into the lower one
}

// rank is what somebody will be, and whether that takes something from them: only prune does that.
func (r rankList) rank(was rank) (will rank, loses bool) {
	switch {
	case r.inUpper, was == upper && !r.upperGiven:
		return upper, false
	case r.inLower:
		return lower, was == upper
	case was == upper && r.demotes && !r.lowerGiven:
		return lower, true
	case was == upper, was == lower && r.lowerGiven:
		return outside, true
	}
	return was, false
}

// lists are the people of a list.
func (p *provision) listed(words *Words, role string) (ids []int64, in map[int64]bool) {
	in = map[int64]bool{}
	if words == nil {
		return nil, in
	}
	for _, word := range words.List {
		if user, ok := p.user(word, role); ok && !in[user.ID] {
			in[user.ID] = true
			ids = append(ids, user.ID)
		}
	}
	return ids, in
}

func (w *Words) given() bool { return w != nil }

func (w *Words) empty() bool { return w != nil && len(w.List) == 0 }

// lowerRole is the account's lesser role, and what a list of it is called.
func (p *provision) lowerRole() (role Role, word, list string) {
	if p.want.Kind == Enterprise {
		return RoleBillingManager, "billing manager", "billing_managers"
	}
	return RoleMember, "member", "members"
}

// planPeople decides what everybody will be in the account.
func (p *provision) planPeople() error {
	was, err := p.standings()
	if err != nil {
		return err
	}
	_, word, _ := p.lowerRole()
	owners, inOwners := p.listed(p.want.Owners, "owner")
	low, inLow := p.listed(p.want.low(), word)
	invited, inInvited := p.listed(p.want.Invitations, "invited person")

	order := distinct(slices.Concat(owners, low, invited, slices.Sorted(maps.Keys(was))))
	users, err := p.tx.Users(order)
	if err != nil {
		return err
	}
	p.places, p.order = make(map[int64]place, len(users)), order
	for _, user := range users {
		p.places[user.ID] = place{user: user}
	}
	emptied := map[string]bool{}
	for _, id := range order {
		ranks := rankList{
			inUpper: inOwners[id], inLower: inLow[id], demotes: p.want.Kind == Organization,
			upperGiven: p.want.Owners.given(), lowerGiven: p.want.low().given() && !inInvited[id],
		}
		here := p.places[id]
		here.was = was[id]
		will, loses := p.decide(here.was, ranks, inInvited[id])
		will.UserID = id
		here.will = will
		if loses {
			here.will = p.unless(here, emptied)
		}
		p.places[id] = here
		p.planPlace(here)
	}
	return nil
}

// standings are what people are in the account. Who was invited and did not accept in time is
// nothing.
func (p *provision) standings() (map[int64]Membership, error) {
	members, _, err := p.tx.MembersFrom(p.account.Ref, "", 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	invitations, err := p.tx.Invitations(p.account.Ref)
	was := make(map[int64]Membership, len(members)+len(invitations))
	for _, m := range members {
		was[m.UserID] = m
	}
	for _, m := range invitations {
		if !m.expired(p.now) {
			was[m.UserID] = m
		}
	}
	return was, err
}

// decide is what somebody will be. An invited person whom a list of members names is one at once:
// who administers the installation need not wait for them.
func (p *provision) decide(was Membership, ranks rankList, invited bool) (will Membership, loses bool) {
	low, _, _ := p.lowerRole()
	standing := outside
	switch {
	case was.Role == RoleOwner:
		standing = upper
	case was.State != "":
		standing = lower
	}
	if was.State == Pending && !ranks.inUpper && !ranks.inLower {
		loses = p.want.Invitations.given() && !invited
		if loses {
			return Membership{}, true
		}
		return was, false
	}
	if was.State == "" && !ranks.inUpper && !ranks.inLower && invited {
		return Membership{Role: low, State: Pending}, false
	}
	rank, loses := ranks.rank(standing)
	if was.State == Pending {
		loses = false // they gain a place, whatever it was to be
	}
	switch rank {
	case upper:
		return Membership{Role: RoleOwner, State: Active}, loses
	case lower:
		return Membership{Role: low, State: Active}, loses
	}
	return Membership{}, loses
}

// unless is what somebody will be whom the lists would take something from: that, with prune,
// unless the list that does it is empty, or it has to pass them over.
func (p *provision) unless(here place, emptied map[string]bool) Membership {
	if p.passesOver(here.user.Login) {
		return here.was
	}
	_, _, low := p.lowerRole()
	list, words := low, p.want.low()
	switch {
	case here.was.State == Pending:
		list, words = "invitations", p.want.Invitations
	case here.was.Role == RoleOwner && (p.want.Owners.empty() || !words.empty()):
		list, words = "owners", p.want.Owners
	}
	if words.empty() {
		if !emptied[list] {
			p.emptied(list, words.Line)
		}
		emptied[list] = true
		return here.was
	}
	if p.keeps() {
		return here.was
	}
	return here.will
}

// planPlace takes what becomes of somebody into the plan.
func (p *provision) planPlace(here place) {
	was, will := here.was, here.will
	switch {
	case was.State == will.State && was.Role == will.Role:
	case will.State == Pending:
		p.change(Added, "invitation", here.user.Login)
	case will.State == Active && was.State == Active:
		p.changed(Changed, "member", here.user.Login, FieldChange{"role", string(was.Role), string(will.Role)})
	case will.State == Active:
		p.change(Added, will.noun(), here.user.Login)
	case was.State == Pending:
		p.change(Removed, "invitation", here.user.Login)
	default:
		p.change(Removed, was.noun(), here.user.Login)
	}
}

func (m Membership) noun() string {
	if m.Role == RoleBillingManager {
		return "billing manager"
	}
	return string(m.Role)
}

// moves are the people, in the order of the file, whose place changes as asked for.
func (p *provision) moves(asked func(was, will Membership) bool) []place {
	var moving []place
	for _, id := range p.order {
		here := p.places[id]
		if (here.was.State != here.will.State || here.was.Role != here.will.Role) && asked(here.was, here.will) {
			moving = append(moving, here)
		}
	}
	return moving
}

func gains(was, will Membership) bool {
	return will.State != "" && (was.State != Active || will.Role == RoleOwner)
}

// joinPeople has people join, be invited, and be more than they were.
func (p *provision) joinPeople() error {
	joining := p.moves(gains)
	if len(joining) == 0 {
		return nil
	}
	return p.book(func(l *ledger) error {
		if p.want.Kind == Enterprise {
			return l.administrate(joining)
		}
		logins := make([]string, len(joining))
		for i, here := range joining {
			logins[i] = here.user.Login
		}
		if _, err := l.peopleByLogin(logins); err != nil { // which settles invitations that have expired
			return err
		}
		return l.gain(joining)
	})
}

// gain has people of an organization be more than they were.
func (l *ledger) gain(joining []place) error {
	var members, invited []Membership
	for _, here := range joining {
		switch {
		case here.will.State == Pending:
			invited = append(invited, here.will)
		case here.was.State == "":
			members = append(members, here.will)
		}
	}
	if err := l.join(members); err != nil {
		return err
	}
	if err := l.inviteForGood(invited); err != nil {
		return err
	}
	for _, here := range joining {
		m := here.was
		switch m.State {
		case Pending:
			m.Role = here.will.Role
			if err := l.accept(m); err != nil {
				return err
			}
		case Active:
			if err := l.changeRole(m, here.will.Role); err != nil {
				return err
			}
		}
	}
	return nil
}

// join makes people members at once, and seats them where they are granted.
func (l *ledger) join(members []Membership) error {
	if len(members) == 0 {
		return nil
	}
	ids := make([]int64, len(members))
	for i, m := range members {
		ids[i] = m.UserID
		l.recordChange(MemberAdded, m.UserID, 0, FieldChange{"role", "", m.Role.word()})
	}
	if err := l.tx.InsertMemberships(l.account.Ref, members); err != nil {
		return err
	}
	return l.arriveAll(ids)
}

// inviteForGood makes invitations that do not expire, as a seed does (rule G4).
func (l *ledger) inviteForGood(invited []Membership) error {
	if len(invited) == 0 {
		return nil
	}
	first, err := l.tx.ReserveIDs(int64(len(invited)))
	if err != nil {
		return err
	}
	for i := range invited {
		invited[i].Invitation = Invitation{ID: first + int64(i), InvitedBy: l.actor.UserID, At: l.now}
		l.recordChange(MemberInvited, invited[i].UserID, 0, FieldChange{"role", "", invited[i].Role.word()})
		l.countInvited(time.Time{}, +1, 0)
	}
	return l.tx.InsertMemberships(l.account.Ref, invited)
}

// leavePeople has people be less than they were, or leave.
func (p *provision) leavePeople() error {
	leaving := p.moves(func(was, will Membership) bool { return !gains(was, will) })
	if len(leaving) == 0 {
		return nil
	}
	return p.book(func(l *ledger) error {
		if p.want.Kind == Enterprise {
			return l.administrate(leaving)
		}
		for _, here := range leaving {
			if err := l.lose(here); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *ledger) lose(here place) error {
	switch {
	case here.was.State == Pending:
		return l.withdraw(here.was)
	case here.will.State == "":
		return l.depart(here.was)
	}
	return l.changeRole(here.was, here.will.Role)
}

// administrate changes who administers an enterprise. No seat depends on it, nor who is in its
// teams.
func (l *ledger) administrate(people []place) error {
	for _, here := range people {
		if action, ok := administrations[here.was.Role]; ok {
			l.record(action.removed, here.user.ID, 0)
		}
		if here.will.State != "" {
			l.record(administrations[here.will.Role].added, here.user.ID, 0)
			if err := l.tx.SaveMembership(l.account.Ref, here.will); err != nil {
				return err
			}
			continue
		}
		places, err := l.tx.TeamPlaces(l.account.Ref, here.user.ID)
		if err != nil {
			return err
		}
		if err := l.tx.DeleteMemberships(l.account.Ref, []int64{here.user.ID}); err != nil { // and the places in teams
			return err
		}
		slices.SortFunc(places, func(a, b TeamMember) int { return cmp.Compare(a.TeamID, b.TeamID) })
		if err := l.tx.InsertTeamMembers(l.account.Ref, places); err != nil {
			return err
		}
	}
	return nil
}

// administration are the actions that tell of a role in an enterprise.
type administration struct{ added, removed Action }

var administrations = map[Role]administration{
	RoleOwner:          {AdministratorAdded, AdministratorRemoved},
	RoleBillingManager: {BillingManagerAdded, BillingManagerRemoved},
}
