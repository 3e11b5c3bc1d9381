package usher

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// invitationDays is how long an invitation made through the API can be accepted at least; it
// ends at the first 00:00 UTC after that (rule G4).
const invitationDays = 7

// invitationEnd is when an invitation made now ends.
func invitationEnd(now time.Time) time.Time {
	earliest := now.AddDate(0, 0, invitationDays)
	if day := utcDay(earliest); day.Before(earliest) {
		return day.AddDate(0, 0, 1)
	}
	return earliest
}

// InvitationRow is an invitation as a list shows it.
type InvitationRow struct {
	Invitee User
	Inviter *User // nil for nobody in particular
	Role    Role
	Invitation
	Teams int64 // how many teams the person will be in
}

// InvitationPage is one page of an organization's invitations.
type InvitationPage struct {
	Rows        int64
	Invitations []InvitationRow
	Edition     Edition
}

// Invitations is one page of the organization's invitations that can still be accepted, by
// id (GET orgs/{org}/invitations). A role leaves out who is invited to another; empty: all.
func (s *Service) Invitations(ctx context.Context, organization AccountRef, role Role, page Page) (InvitationPage, error) {
	var result InvitationPage
	err := s.read(ctx, organization, func(v view) error {
		all, err := v.tx.Invitations(organization)
		if err != nil {
			return err
		}
		open := slices.DeleteFunc(all, func(m Membership) bool { return m.expired(v.now) || role != "" && m.Role != role })
		result = InvitationPage{Rows: int64(len(open))}
		result.Invitations, result.Edition, err = v.invitationRows(cut(open, page))
		return err
	})
	return result, err
}

// invitationRows adds to invitations what a row shows of them.
func (v view) invitationRows(invitations []Membership) ([]InvitationRow, Edition, error) {
	var invitees, people []int64
	for _, m := range invitations {
		invitees = append(invitees, m.UserID)
		people = append(people, m.UserID, m.Invitation.InvitedBy)
	}
	users, err := v.users(distinct(people))
	if err != nil {
		return nil, nil, err
	}
	waiting, err := v.tx.InvitedTeams(v.account.Ref, invitees)
	if err != nil {
		return nil, nil, err
	}
	teams := map[int64]int64{}
	for _, place := range waiting {
		teams[place.UserID]++
	}
	rows := make([]InvitationRow, len(invitations))
	var shown []User
	for i, m := range invitations {
		rows[i] = InvitationRow{Invitee: users[m.UserID], Role: m.Role, Invitation: m.Invitation, Teams: teams[m.UserID]}
		shown = append(shown, rows[i].Invitee)
		if inviter, ok := users[m.Invitation.InvitedBy]; ok {
			rows[i].Inviter = &inviter
			shown = append(shown, inviter)
		}
	}
	return rows, v.editionOf(shown), nil
}

// Invitee is whom an invitation names: by login or, where that is empty, by id.
type Invitee struct {
	Login string
	ID    int64
}

// Invite invites a person to the organization (POST orgs/{org}/invitations, rule G4). They
// will be in these teams when they accept.
func (s *Service) Invite(ctx context.Context, organization AccountRef, invitee Invitee, role Role, teamIDs []int64, by By) (InvitationRow, error) {
	var row InvitationRow
	err := s.write(ctx, organization, by, func(l *ledger) error {
		person, err := l.invitee(invitee)
		if err != nil {
			return err
		}
		if person.Membership != nil {
			return refuseInvitation(Unprocessable, fmt.Sprintf("%q is already a member of the organization, or invited to it.", person.User.Login))
		}
		teams, err := l.tx.TeamsByID(organization, teamIDs)
		if err != nil {
			return err
		}
		if len(teams) != len(distinct(teamIDs)) {
			return refuseInvitation(NotValid, "team_ids holds an id that is no team's of the organization.")
		}
		m, err := l.invite(person.User.ID, role)
		if err != nil {
			return err
		}
		for _, id := range distinct(teamIDs) {
			if err := l.holdPlace(TeamMember{TeamID: id, UserID: m.UserID}, TeamMember{}); err != nil {
				return err
			}
		}
		row, err = l.invitationRow(person.User, m, len(teams))
		return err
	})
	return row, err
}

func refuseInvitation(code ItemCode, message string) error {
	return &Error{Kind: Invalid, Message: "Validation Failed", Items: []Item{{Subject: InvitationSubject, Code: code, Field: "data", Message: message}}}
}

// invitee finds who is to be invited.
func (l *ledger) invitee(name Invitee) (Person, error) {
	login := name.Login
	if login == "" {
		users, err := l.tx.Users([]int64{name.ID})
		if err != nil {
			return Person{}, err
		}
		for _, user := range users {
			login = user.Login
		}
	}
	people, err := l.peopleByLogin([]string{login})
	if err != nil {
		return Person{}, err
	}
	person, ok := people[LoginKey(login)]
	if !ok {
		return Person{}, refuseInvitation(Missing, "There is no user with this id or login.")
	}
	return person, nil
}

// invite makes an invitation.
func (l *ledger) invite(userID int64, role Role) (Membership, error) {
	id, err := l.tx.ReserveIDs(1)
	if err != nil {
		return Membership{}, err
	}
	m := Membership{
		UserID: userID, Role: role, State: Pending,
		Invitation: Invitation{ID: id, InvitedBy: l.actor.UserID, At: l.now, EndsAt: invitationEnd(l.now)},
	}
	l.recordChange(MemberInvited, userID, 0, FieldChange{"role", "", role.word()})
	l.countInvited(m.Invitation.EndsAt, +1, 0)
	return m, l.tx.SaveMembership(l.account.Ref, m)
}

func (l *ledger) invitationRow(invitee User, m Membership, teams int) (InvitationRow, error) {
	row := InvitationRow{Invitee: invitee, Role: m.Role, Invitation: m.Invitation, Teams: int64(teams)}
	inviter, err := l.tx.Users([]int64{m.Invitation.InvitedBy})
	if len(inviter) > 0 {
		row.Inviter = &inviter[0]
	}
	return row, err
}

// CancelInvitation withdraws an invitation (DELETE orgs/{org}/invitations/{invitation_id}).
// The grant that was remembered for the person is forgotten (rule G4).
func (s *Service) CancelInvitation(ctx context.Context, organization AccountRef, id int64, by By) error {
	return s.write(ctx, organization, by, func(l *ledger) error {
		all, err := l.tx.Invitations(organization)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(m Membership) bool { return m.Invitation.ID == id && !m.expired(l.now) })
		if at < 0 {
			return notFound()
		}
		return l.withdraw(all[at])
	})
}

// AcceptInvitation makes a member of the caller, who was invited (PATCH
// user/memberships/orgs/{org}). A remembered grant gives them a seat from now on (rule G4).
// Who is a member already stays what they are; who is neither, or has a token that may not
// know of the organization, is [NotFound].
func (s *Service) AcceptInvitation(ctx context.Context, organization AccountName, caller Caller, by By) (OrganizationMembership, error) {
	user := *caller.User
	ref, err := s.accountRef(ctx, organization)
	if err != nil || !caller.Token.knows(ref) {
		return OrganizationMembership{}, orNotFound(err)
	}
	var accepted OrganizationMembership
	err = s.write(ctx, ref, by, func(l *ledger) error {
		m, ok, err := l.tx.Membership(ref, user.ID)
		if err != nil || !ok || m.expired(l.now) {
			return orNotFound(err)
		}
		accepted = OrganizationMembership{Organization: l.account, User: user, Role: m.Role, State: Active}
		if m.State == Active {
			return nil
		}
		return l.accept(m)
	})
	return accepted, err
}

// accountRef finds an account by its name.
func (s *Service) accountRef(ctx context.Context, name AccountName) (ref AccountRef, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		account, err := find(tx, name)
		ref = account.Ref
		return err
	})
	return ref, err
}

// accept makes a member of who is invited, puts them into the teams that wait for them, and
// seats them where they are granted.
func (l *ledger) accept(m Membership) error {
	ref, id := l.account.Ref, m.UserID
	if _, err := l.loadGrants(DirectGrant, []int64{id}); err != nil {
		return err
	}
	l.recordChange(MemberAdded, id, 0, FieldChange{"role", "", m.Role.word()})
	l.uncountInvited(m)
	l.keepRemembered(id)
	waiting, err := l.tx.InvitedTeams(ref, []int64{id})
	if err != nil {
		return err
	}
	if err := l.tx.DeleteMemberships(ref, []int64{id}); err != nil { // and the places that wait
		return err
	}
	if err := l.tx.SaveMembership(ref, Membership{UserID: id, Role: m.Role, State: Active}); err != nil {
		return err
	}
	if err := l.insertPlaces(waiting); err != nil {
		return err
	}
	return l.arrive(id)
}

// uncountInvited takes an invitation out of the counts. Whether its person is granted has
// been loaded.
func (l *ledger) uncountInvited(m Membership) {
	var granted int64
	if l.granted[grantKey{DirectGrant, m.UserID}] {
		granted = 1
	}
	l.countInvited(m.Invitation.EndsAt, -1, -granted)
}

// keepRemembered has the grant that was remembered for a new member sleep like all members'
// grants, where Copilot is switched off; in a later cycle it is forgotten (rule X6).
func (l *ledger) keepRemembered(id int64) {
	switch {
	case l.account.seatless() == "":
	case l.asleep():
		l.sleepGrant(DirectGrant, id)
	default:
		l.endGrant(DirectGrant, id)
	}
}

// withdraw ends an invitation now.
func (l *ledger) withdraw(m Membership) error {
	return l.endInvitations([]Membership{m}, func(m Membership) error {
		l.forgetInvited(m, Event{At: l.now, Action: InvitationCancelled, Actor: l.actor, RequestID: l.requestID})
		return nil
	})
}

// endInvitations removes invitations, each of which is to be forgotten before: all at once,
// since a body can name many people whose invitations have expired.
func (l *ledger) endInvitations(invitations []Membership, forget func(Membership) error) error {
	if len(invitations) == 0 {
		return nil
	}
	people := make([]int64, len(invitations))
	for i, m := range invitations {
		people[i] = m.UserID
	}
	if _, err := l.loadGrants(DirectGrant, people); err != nil {
		return err
	}
	for _, m := range invitations {
		if err := forget(m); err != nil {
			return err
		}
	}
	return l.tx.DeleteMemberships(l.account.Ref, people)
}

// forgetInvited takes an invitation out of the books: ending is how it ends. The places in
// teams that wait end with it. What was granted to the person is forgotten; but not what
// sleeps since they left the organization (rules G4, X6).
func (l *ledger) forgetInvited(m Membership, ending Event) {
	ending.UserID = m.UserID
	l.append(ending)
	l.uncountInvited(m)
	if l.endGrant(DirectGrant, m.UserID) && l.account.seatless() == "" {
		ending.Action = AssignmentUnassigned
		l.append(ending)
	}
}

// expired takes out of people the memberships that are expired invitations, and returns them.
func expired(people []Person, now time.Time) (gone []Membership) {
	for i, p := range people {
		if p.Membership != nil && p.Membership.expired(now) {
			gone = append(gone, *p.Membership)
			people[i].Membership = nil
		}
	}
	return gone
}

// settleInvitations ends expired invitations, each at its own time.
func (l *ledger) settleInvitations(gone []Membership) error {
	slices.SortFunc(gone, byInvitationEnd)
	return l.settleDue(nil, gone)
}

func byInvitationEnd(a, b Membership) int {
	return cmp.Or(a.Invitation.EndsAt.Compare(b.Invitation.EndsAt), cmp.Compare(a.UserID, b.UserID))
}
