package usher

import (
	"context"
	"fmt"
	"strings"
)

// GrantUsers gives each named person a direct grant (POST selected_users, rules G1 and
// G4 to G8). It returns how many seats were created or refreshed.
func (s *Service) GrantUsers(ctx context.Context, organization AccountRef, logins []string, by By) (created int, err error) {
	selected := func(l *ledger) ([]Person, error) { return l.selectPeople(logins) }
	return s.changePeople(ctx, organization, by, selected, (*ledger).grantPerson)
}

// CancelUsers ends each named person's direct grant (DELETE selected_users, rules X1 to
// X3). It returns how many seats turned pending.
func (s *Service) CancelUsers(ctx context.Context, organization AccountRef, logins []string, by By) (cancelled int, err error) {
	selected := func(l *ledger) ([]Person, error) {
		people, err := l.selectPeople(logins)
		if err != nil {
			return nil, err
		}
		return people, l.refuseTeamSeats(people)
	}
	return s.changePeople(ctx, organization, by, selected, func(l *ledger, person Person) (bool, error) {
		return l.cancelPerson(person), nil
	})
}

// changePeople makes a change of each of the selected people, and returns of how many it
// counts.
func (s *Service) changePeople(ctx context.Context, account AccountRef, by By, selected func(*ledger) ([]Person, error), change func(*ledger, Person) (counted bool, err error)) (n int, err error) {
	err = s.write(ctx, account, by, func(l *ledger) error {
		n = 0
		people, err := selected(l)
		if err != nil {
			return err
		}
		for _, person := range people {
			counted, err := change(l, person)
			if err != nil {
				return err
			}
			if counted {
				n++
			}
		}
		return nil
	})
	return n, err
}

// selectPeople checks that seats can be managed and finds the named people, in the order
// of the request, each once, their seats and holdings loaded. A name that does not belong
// refuses the whole call (rule G5).
func (l *ledger) selectPeople(logins []string) ([]Person, error) {
	if err := l.account.writable(); err != nil {
		return nil, err
	}
	byKey, err := l.peopleByLogin(logins)
	if err != nil {
		return nil, err
	}
	inside := func(p Person) bool { return p.Membership != nil }
	people, err := pickPeople(byKey, logins, inside, "neither a member of the organization nor invited to it")
	if err != nil {
		return nil, err
	}
	return people, l.load(ids(people))
}

// pickPeople takes the named people in the order of the names, each once. It names every
// unknown login, and everybody who is not inside: they are what outside says (rule G5).
func pickPeople(byKey map[string]Person, logins []string, inside func(Person) bool, outside string) ([]Person, error) {
	return pick(byKey, logins, func(login string, person Person, known bool) *Item {
		switch {
		case !known:
			return &Item{Subject: UserSubject, Code: Missing, Message: fmt.Sprintf("%q is not the login of a user.", shown(login))}
		case !inside(person):
			return &Item{Subject: UserSubject, Code: NotValid, Message: fmt.Sprintf("%q is %s.", shown(login), outside)}
		}
		return nil
	})
}

// pick takes what the logins name in their order, each once. What is wrong with any of them
// refuses them all.
func pick[T any](byKey map[string]T, logins []string, wrongWith func(login string, found T, known bool) *Item) ([]T, error) {
	var picked []T
	var wrong []Item
	seen := make(map[string]bool, len(logins))
	for _, login := range logins {
		key := LoginKey(login)
		if seen[key] {
			continue
		}
		seen[key] = true
		found, known := byKey[key]
		if item := wrongWith(login, found, known); item != nil {
			wrong = append(wrong, *item)
			continue
		}
		picked = append(picked, found)
	}
	if len(wrong) > 0 {
		return nil, &Error{Kind: Invalid, Message: "Validation Failed", Items: wrong}
	}
	return picked, nil
}

// maxShownName is how many bytes of a wrong name an error repeats.
const maxShownName = 100

func shown(name string) string {
	if len(name) <= maxShownName {
		return name
	}
	return strings.ToValidUTF8(name[:maxShownName], "") + "…"
}

// peopleByLogin finds the users with these logins, by [LoginKey]. It settles those of their
// invitations that have expired.
func (l *ledger) peopleByLogin(logins []string) (map[string]Person, error) {
	found, err := l.tx.People(l.account.Ref, logins)
	if err != nil {
		return nil, err
	}
	if err := l.settleInvitations(expired(found, l.now)); err != nil {
		return nil, err
	}
	byKey := make(map[string]Person, len(found))
	for _, p := range found {
		byKey[LoginKey(p.User.Login)] = p
	}
	return byKey, nil
}

func ids(people []Person) []int64 {
	out := make([]int64, len(people))
	for i, p := range people {
		out[i] = p.User.ID
	}
	return out
}

// grantPerson gives one person a direct grant (rules G1, G4). It says whether that
// created or refreshed a seat, or will when an invitation is accepted.
func (l *ledger) grantPerson(person Person) (counted bool, err error) {
	id := person.User.ID
	isNew := l.addGrant(DirectGrant, id)
	if person.invited() {
		if isNew {
			l.countInvited(person.Membership.Invitation.EndsAt, 0, +1)
			l.record(AssignmentCreated, id, 0)
		}
		return isNew, nil
	}
	h := l.holdings[id]
	h.direct = true
	l.holdings[id] = h

	return l.seatDirectly(id, isNew)
}

// seatDirectly seats a person who holds a direct grant: on a new seat, on the one whose
// cancellation is pending, or on the one they have (rule G1).
func (l *ledger) seatDirectly(id int64, isNew bool) (counted bool, err error) {
	seat := l.seat(0, id)
	switch {
	case seat == nil:
		l.record(AssignmentCreated, id, 0)
		return true, l.open(0, id, 0, l.actor)
	case seat.Pending():
		l.refresh(seat, 0)
		return true, nil
	case isNew:
		l.hold(seat, 0)
		l.record(AssignmentReused, id, 0)
	}
	return false, nil
}

// cancelPerson ends one person's direct grant (rules X1, X3). It says whether that made
// a seat pending.
func (l *ledger) cancelPerson(person Person) bool {
	id := person.User.ID
	if !l.endGrant(DirectGrant, id) {
		return false
	}
	l.record(AssignmentUnassigned, id, 0)
	if person.invited() {
		l.countInvited(person.Membership.Invitation.EndsAt, 0, -1)
		return false
	}
	h := l.holdings[id]
	h.direct = false
	l.holdings[id] = h

	seat := l.seat(0, id)
	if h.live() {
		l.hold(seat, h.assigningTeam())
		return false
	}
	l.cancel(seat, 0)
	return true
}

// refuseTeamSeats refuses a cancellation that names people whose live seats only teams
// hold (rule X2).
func (l *ledger) refuseTeamSeats(people []Person) error {
	var held []Person
	var teamIDs []int64
	for _, person := range people {
		h := l.holdings[person.User.ID]
		if person.member() && !h.direct && len(h.teams) > 0 {
			held = append(held, person)
			for _, g := range h.teams {
				teamIDs = append(teamIDs, g.TeamID)
			}
		}
	}
	if len(held) == 0 {
		return nil
	}
	slugs, err := l.slugs(distinct(teamIDs))
	if err != nil {
		return err
	}
	refusal := &Error{Kind: Invalid, Message: "A user's seat cannot be cancelled because it was assigned to them via a team. Remove the user from the team, or the team from the subscription."}
	for _, person := range held {
		refusal.Items = append(refusal.Items, Item{
			Subject: UserSubject, Code: Unprocessable,
			Message: fmt.Sprintf("%q has a seat via the team %s.", person.User.Login, l.holdings[person.User.ID].names(slugs)),
		})
	}
	return refusal
}
