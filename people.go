package usher

import (
	"context"
	"fmt"
)

// OrganizationMembership is a person's place in an organization.
type OrganizationMembership struct {
	Organization Account
	User         User
	Role         Role
	State        MembershipState
	Edition      Edition
}

// MemberPage is one page of an organization's members.
type MemberPage struct {
	Rows    int64
	Members []User
	Edition Edition
}

// Members is one page of the organization's members, by id (GET orgs/{org}/members). A role
// leaves out who has another; empty: all.
func (s *Service) Members(ctx context.Context, organization AccountRef, role Role, page Page) (MemberPage, error) {
	var result MemberPage
	err := s.read(ctx, organization, func(v view) error {
		members, total, err := v.tx.MembersFrom(organization, role, page.offset(), page.PerPage)
		if err != nil {
			return err
		}
		ids := make([]int64, len(members))
		for i, m := range members {
			ids[i] = m.UserID
		}
		users, err := v.users(ids)
		if err != nil {
			return err
		}
		result = MemberPage{Rows: total}
		for _, id := range ids {
			result.Members = append(result.Members, users[id])
		}
		result.Edition = v.editionOf(result.Members)
		return nil
	})
	return result, err
}

// OrganizationMembership is a person's place in the organization (GET
// orgs/{org}/memberships/{username}). Who is neither a member nor invited is [NotFound].
func (s *Service) OrganizationMembership(ctx context.Context, organization AccountRef, login string) (OrganizationMembership, error) {
	var found OrganizationMembership
	err := s.read(ctx, organization, func(v view) error {
		person, err := v.person(login)
		if err != nil || person.Membership == nil {
			return orNotFound(err)
		}
		found = OrganizationMembership{
			Organization: v.account, User: person.User, Role: person.Membership.Role, State: person.Membership.State,
			Edition: v.editionOf([]User{person.User}),
		}
		return nil
	})
	return found, err
}

// person is the user with this login as the account sees them now: an expired invitation is
// gone. Nobody with this login is [NotFound].
func (v reading) person(login string) (Person, error) {
	people, err := v.from.People(v.account.Ref, []string{login})
	if err != nil || len(people) == 0 {
		return Person{}, orNotFound(err)
	}
	expired(people, v.now)
	return people[0], nil
}

// UserMemberships is one page of the caller's own places in organizations, by the
// organization's id (GET user/memberships/orgs; GET user/orgs, of those with the state
// active): those that their token may know of. A state leaves out those of the other; empty:
// both.
func (s *Service) UserMemberships(ctx context.Context, caller Caller, state MembershipState, page Page) (UserMembershipPage, error) {
	user := *caller.User
	var result UserMembershipPage
	err := s.store.View(ctx, func(tx Reader) error {
		all, err := tx.OrganizationsOf(user.ID)
		if err != nil {
			return err
		}
		now, err := tx.Now()
		if err != nil {
			return err
		}
		edition := Edition{dayNumber(now), user.ID, user.Version}
		var places []OrganizationMembership
		for _, m := range all {
			if m.expired(m.Account.time(now)) || state != "" && m.State != state || !caller.Token.knows(m.Account.Ref) {
				continue
			}
			edition = append(edition, m.Account.Ref.ID, m.Account.Version)
			places = append(places, OrganizationMembership{Organization: m.Account, User: user, Role: m.Role, State: m.State})
		}
		result = UserMembershipPage{Rows: int64(len(places)), Memberships: cut(places, page), Edition: edition}
		return nil
	})
	return result, err
}

// UserMembershipPage is one page of a person's places in organizations.
type UserMembershipPage struct {
	Rows        int64
	Memberships []OrganizationMembership
	Edition     Edition
}

// SetOrganizationMembership changes a member's role, or what an invited person will be; it
// invites who is neither (PUT orgs/{org}/memberships/{username}). A role is a member's or an
// owner's. The last owner stays one.
func (s *Service) SetOrganizationMembership(ctx context.Context, organization AccountRef, login string, role Role, by By) (OrganizationMembership, error) {
	var set OrganizationMembership
	err := s.write(ctx, organization, by, func(l *ledger) error {
		person, err := l.personNamed(login)
		if err != nil {
			return err
		}
		m := Membership{UserID: person.User.ID, Role: role, State: Pending}
		switch {
		case person.Membership == nil:
			_, err = l.invite(m.UserID, role)
		default:
			m = *person.Membership
			err = l.changeRole(m, role)
		}
		set = OrganizationMembership{Organization: l.account, User: person.User, Role: role, State: m.State}
		return err
	})
	return set, err
}

// personNamed finds the user with this login. Nobody is [NotFound].
func (l *ledger) personNamed(login string) (Person, error) {
	people, err := l.peopleByLogin([]string{login})
	if err != nil {
		return Person{}, err
	}
	person, ok := people[LoginKey(login)]
	if !ok {
		return Person{}, notFound()
	}
	return person, nil
}

// changeRole changes what a member is, or what an invited person will be. No seat depends on
// it (rule G7).
func (l *ledger) changeRole(m Membership, role Role) error {
	if m.Role == role {
		return nil
	}
	if err := l.keepOwner(m, Invalid); err != nil {
		return err
	}
	action := MemberUpdated
	if m.State == Pending {
		action = InvitationUpdated
	}
	l.recordChange(action, m.UserID, 0, FieldChange{"role", m.Role.word(), role.word()})
	m.Role = role
	return l.tx.SaveMembership(l.account.Ref, m)
}

// keepOwner refuses to lose the organization's last owner.
func (l *ledger) keepOwner(m Membership, kind Kind) error {
	if m.State != Active || m.Role != RoleOwner {
		return nil
	}
	_, owners, err := l.tx.MembersFrom(l.account.Ref, RoleOwner, 0, 1)
	if err != nil || owners > 1 {
		return err
	}
	return &Error{Kind: kind, Message: fmt.Sprintf("The organization %s must keep an owner: make somebody else one first.", l.account.Login)}
}

// RemoveMember takes a member out of the organization (DELETE orgs/{org}/members/{username},
// rule X6). Who is not one is [NotFound].
func (s *Service) RemoveMember(ctx context.Context, organization AccountRef, login string, by By) error {
	return s.remove(ctx, organization, login, by, Person.member)
}

// RemoveOrganizationMembership takes a member out of the organization, or withdraws an
// invitation (DELETE orgs/{org}/memberships/{username}, rules G4, X6). Who is neither is
// [NotFound].
func (s *Service) RemoveOrganizationMembership(ctx context.Context, organization AccountRef, login string, by By) error {
	return s.remove(ctx, organization, login, by, func(p Person) bool { return p.Membership != nil })
}

func (s *Service) remove(ctx context.Context, organization AccountRef, login string, by By, removable func(Person) bool) error {
	return s.write(ctx, organization, by, func(l *ledger) error {
		person, err := l.personNamed(login)
		if err != nil || !removable(person) {
			return orNotFound(err)
		}
		if person.invited() {
			return l.withdraw(*person.Membership)
		}
		return l.depart(*person.Membership)
	})
}

// depart takes a member out of the organization and its teams. Their seat is gone at once;
// it sleeps, and the direct grant with it, until the cycle ends (rule X6).
func (l *ledger) depart(m Membership) error {
	id := m.UserID
	if err := l.keepOwner(m, Forbidden); err != nil {
		return err
	}
	if l.account.seatless() == "" {
		if err := l.load([]int64{id}); err != nil {
			return err
		}
	}
	places, err := l.tx.TeamPlaces(l.account.Ref, id)
	if err != nil {
		return err
	}
	l.record(MemberRemoved, id, 0)
	for _, place := range places {
		l.record(TeamMemberRemoved, id, place.TeamID)
	}
	if seat := l.seat(0, id); seat != nil {
		l.sleep(seat)
	}
	l.sleepGrant(DirectGrant, id)
	return l.tx.DeleteMemberships(l.account.Ref, []int64{id})
}

// arrive seats a new member where they are granted, or were when they left (rules G4, G7, X6).
func (l *ledger) arrive(id int64) error { return l.arriveAll([]int64{id}) }

// arriveAll is arrive for many.
func (l *ledger) arriveAll(ids []int64) error {
	if l.account.seatless() != "" {
		return nil // what sleeps is looked at when Copilot is switched on
	}
	if err := l.wakeGrants(DirectGrant, ids); err != nil {
		return err
	}
	if err := l.load(ids); err != nil {
		return err
	}
	for _, id := range ids {
		if err := l.follow(id, holding{}, 0); err != nil {
			return err
		}
	}
	return nil
}
