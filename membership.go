package usher

import (
	"context"
	"fmt"
	"slices"
)

// TeamRole is what a person is in a team.
type TeamRole string

// The roles of GitHub's team memberships.
const (
	TeamMemberRole     TeamRole = "member"
	TeamMaintainerRole TeamRole = "maintainer"
)

// TeamMembership is a person's place in a team, or in a child team of it (rule G3). It is
// pending where it waits for the person to accept the organization's invitation.
type TeamMembership struct {
	Team    Team
	User    User
	Role    TeamRole
	State   MembershipState
	Edition Edition
}

// TeamName is how a caller names a team of an organization: by slug, in any case, or by id.
type TeamName struct {
	Slug string
	ID   int64
}

// TeamMembership is a person's place in a team that the caller may know of (GET
// teams/{team_slug}/memberships/{username}). Who is in a child team only is a member.
func (s *Service) TeamMembership(ctx context.Context, organization AccountRef, name TeamName, login string, caller Caller) (TeamMembership, error) {
	var found TeamMembership
	err := s.read(ctx, organization, func(v view) error {
		team, err := findTeam(v.tx, organization, name, caller)
		if err != nil {
			return err
		}
		person, err := v.person(login)
		if err != nil {
			return err
		}
		role, ok, err := roleIn(v.tx, team, person)
		if err != nil || !ok {
			return orNotFound(err)
		}
		found = TeamMembership{Team: team, User: person.User, Role: role, State: person.Membership.State, Edition: v.editionOf([]User{person.User})}
		return nil
	})
	return found, err
}

// roleIn is a person's role in a team or its child teams; ok is false for who is in none. Of
// an invited person it is the role that waits for them.
func roleIn(tx Reader, team Team, person Person) (role TeamRole, ok bool, err error) {
	if !person.member() {
		place, ok, err := waitingPlace(tx, team, person)
		return person.teamRole(place.Maintainer), ok, err
	}
	own, err := tx.TeamsOf(team.Account, person.User.ID)
	if err != nil || !slices.Contains(own, team.ID) {
		return "", false, err
	}
	place, _, err := tx.TeamMember(team.Account, team.ID, person.User.ID)
	return person.teamRole(place.Maintainer), true, err
}

// waitingPlace is the place in a team that waits for an invited person.
func waitingPlace(tx Reader, team Team, person Person) (place TeamMember, ok bool, err error) {
	if !person.invited() {
		return TeamMember{}, false, nil
	}
	waiting, err := tx.InvitedTeams(team.Account, []int64{person.User.ID})
	for _, place := range waiting {
		if place.TeamID == team.ID {
			return place, true, nil
		}
	}
	return TeamMember{}, false, err
}

// teamRole is what a person in a team is shown as: an owner of the organization always as a
// maintainer.
//
// Source: https://docs.github.com/rest/teams/members#get-team-membership-for-a-user
func (p Person) teamRole(maintainer bool) TeamRole {
	if maintainer || p.Membership != nil && p.Membership.Role == RoleOwner {
		return TeamMaintainerRole
	}
	return TeamMemberRole
}

// findTeam finds a team that the caller may know of.
func findTeam(tx Reader, organization AccountRef, name TeamName, caller Caller) (Team, error) {
	knows, err := knownTeams(tx, organization, caller)
	if err != nil {
		return Team{}, err
	}
	return findKnown(tx, organization, name, knows)
}

// findKnown is findTeam where what the caller knows is known already.
func findKnown(tx Reader, organization AccountRef, name TeamName, knows func(Team) bool) (Team, error) {
	team, ok, err := teamNamed(tx, organization, name)
	if err != nil || !ok || !knows(team) {
		return Team{}, orNotFound(err)
	}
	return team, nil
}

// knownTeams says of which teams of an organization the caller may know: who is neither an
// owner nor in it does not know of a secret one. An installation knows of all.
func knownTeams(tx Reader, organization AccountRef, caller Caller) (func(Team) bool, error) {
	everything := func(Team) bool { return true }
	if caller.User == nil {
		return everything, nil
	}
	membership, _, err := tx.Membership(organization, caller.User.ID)
	if err != nil || membership.owns() {
		return everything, err
	}
	own, err := tx.TeamsOf(organization, caller.User.ID)
	return func(team Team) bool { return team.Privacy != PrivacySecret || slices.Contains(own, team.ID) }, err
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return notFound()
}

func teamNamed(tx Reader, organization AccountRef, name TeamName) (Team, bool, error) {
	if name.Slug == "" {
		found, err := tx.TeamsByID(organization, []int64{name.ID})
		if err != nil || len(found) == 0 {
			return Team{}, false, err
		}
		return found[0], true, nil
	}
	found, err := tx.Teams(organization, []string{name.Slug})
	for _, team := range found {
		if TeamNameKey(team.Slug) == TeamNameKey(name.Slug) {
			return team, true, nil
		}
	}
	return Team{}, false, err
}

// SetTeamMembership puts a member of the organization into a team, or changes their role in
// it (PUT memberships/{username}). Who joins a team with a grant has a seat at once (rules
// G2, G3, X5). Who is no member is invited to the organization, by its owners only; their
// place in the team waits for them.
func (s *Service) SetTeamMembership(ctx context.Context, organization AccountRef, name TeamName, login string, role TeamRole, caller Caller, by By) (TeamMembership, error) {
	var set TeamMembership
	err := s.write(ctx, organization, by, func(l *ledger) error {
		team, err := l.manageTeam(name, caller)
		if err != nil {
			return err
		}
		person, err := l.personNamed(login)
		if err != nil {
			return err
		}
		member := TeamMember{TeamID: team.ID, UserID: person.User.ID, Maintainer: role == TeamMaintainerRole}
		set = TeamMembership{Team: team, User: person.User, Role: person.teamRole(member.Maintainer), State: Active}
		if !person.member() {
			set.State = Pending
			return l.inviteToTeam(person, team, member, caller)
		}
		return l.setPlace(member)
	})
	return set, err
}

// RemoveTeamMembership takes a person out of a team (DELETE memberships/{username}). A seat
// that nothing else holds turns pending (rule X5). Who is in a child team only, or in
// none, is [NotFound].
func (s *Service) RemoveTeamMembership(ctx context.Context, organization AccountRef, name TeamName, login string, caller Caller, by By) error {
	return s.leaveTeam(ctx, organization, name, login, caller, by, true)
}

// RemoveTeamMember is RemoveTeamMembership of who is in the team (DELETE
// teams/{team_id}/members/{username}): a place that waits for an invited person is left alone.
func (s *Service) RemoveTeamMember(ctx context.Context, organization AccountRef, name TeamName, login string, caller Caller, by By) error {
	return s.leaveTeam(ctx, organization, name, login, caller, by, false)
}

func (s *Service) leaveTeam(ctx context.Context, organization AccountRef, name TeamName, login string, caller Caller, by By, waiting bool) error {
	return s.write(ctx, organization, by, func(l *ledger) error {
		team, err := l.manageTeam(name, caller)
		if err != nil {
			return err
		}
		person, err := l.personNamed(login)
		if err != nil {
			return err
		}
		id := person.User.ID
		_, waits, err := waitingPlace(l.tx, team, person)
		if err != nil {
			return err
		}
		if waits && waiting {
			l.record(TeamInvitationCancelled, id, team.ID)
			return l.tx.DeleteInvitedTeams(organization, id, []int64{team.ID})
		}
		_, ok, err := l.tx.TeamMember(organization, team.ID, id)
		if err != nil || !ok {
			return orNotFound(err)
		}
		return l.regroup([]int64{id}, team.ID, func() error { return l.deletePlaces(team.ID, []int64{id}) })
	})
}

// setPlace puts a member of the organization into a team, or changes what they are in it.
func (l *ledger) setPlace(place TeamMember) error {
	before, in, err := l.tx.TeamMember(l.account.Ref, place.TeamID, place.UserID)
	if err != nil || in && before == place {
		return err
	}
	return l.regroup([]int64{place.UserID}, 0, func() error {
		if !in {
			return l.insertPlaces([]TeamMember{place})
		}
		action := MaintainerDemoted
		if place.Maintainer {
			action = MaintainerPromoted
		}
		l.recordChange(action, place.UserID, place.TeamID, FieldChange{"role", before.word(), place.word()})
		return l.tx.SaveTeamMember(l.account.Ref, place)
	})
}

// insertPlaces puts people into teams.
func (l *ledger) insertPlaces(places []TeamMember) error {
	for _, place := range places {
		l.recordChange(TeamMemberAdded, place.UserID, place.TeamID, FieldChange{"role", "", place.word()})
	}
	return l.tx.InsertTeamMembers(l.account.Ref, places)
}

// deletePlaces takes people out of a team who are in it themselves.
func (l *ledger) deletePlaces(teamID int64, people []int64) error {
	for _, id := range people {
		l.record(TeamMemberRemoved, id, teamID)
	}
	return l.tx.DeleteTeamMembers(l.account.Ref, teamID, people)
}

// holdPlace has a place in a team wait for an invited person; before is the one that waits
// already, zero for none.
func (l *ledger) holdPlace(place, before TeamMember) error {
	switch before {
	case place:
		return nil
	case TeamMember{}:
		l.recordChange(TeamMemberInvited, place.UserID, place.TeamID, FieldChange{"role", "", place.word()})
	default:
		l.recordChange(TeamInvitationUpdated, place.UserID, place.TeamID, FieldChange{"role", before.word(), place.word()})
	}
	return l.tx.SaveInvitedTeam(l.account.Ref, place)
}

// word is the place's role as GitHub's team memberships name it.
func (m TeamMember) word() string {
	if m.Maintainer {
		return string(TeamMaintainerRole)
	}
	return string(TeamMemberRole)
}

// manageTeam finds a team for a change of who is in it: that is for owners and for the
// team's maintainers. An installation's permission is enough.
func (l *ledger) manageTeam(name TeamName, caller Caller) (Team, error) {
	team, err := findTeam(l.tx, l.account.Ref, name, caller)
	if err != nil {
		return Team{}, err
	}
	owner, err := l.ownedBy(caller)
	if err != nil || owner {
		return team, err
	}
	own, _, err := l.tx.TeamMember(l.account.Ref, team.ID, caller.User.ID)
	if err != nil || own.Maintainer {
		return team, err
	}
	return Team{}, l.refuseCaller(caller, fmt.Sprintf("You must be an owner of the organization %s or a maintainer of the team %s to use this endpoint.", l.account.Login, team.Slug))
}

// inviteToTeam has a place in a team wait for somebody who is no member of the organization,
// and invites them to it if nobody has.
func (l *ledger) inviteToTeam(person Person, team Team, place TeamMember, caller Caller) error {
	if person.Membership == nil {
		owner, err := l.ownedBy(caller)
		if err != nil {
			return err
		}
		if !owner {
			return l.refuseCaller(caller, fmt.Sprintf("%s is not a member of the organization %s, and you must be an owner of it to invite people.", person.User.Login, l.account.Login))
		}
		if _, err := l.invite(person.User.ID, RoleMember); err != nil {
			return err
		}
	}
	before, _, err := waitingPlace(l.tx, team, person)
	if err != nil {
		return err
	}
	return l.holdPlace(place, before)
}

// ownedBy says whether the caller is an owner of the organization. An installation counts as
// one: its permission is enough.
func (l *ledger) ownedBy(caller Caller) (bool, error) {
	if caller.User == nil {
		return true, nil
	}
	membership, _, err := l.tx.Membership(l.account.Ref, caller.User.ID)
	return membership.owns(), err
}

// refuseCaller refuses a caller who lacks a role, in GitHub's words where the token's kind has
// some of its own.
func (l *ledger) refuseCaller(caller Caller, message string) error {
	if !caller.Token.Kind.Scoped() {
		return inaccessible(caller.Token.Kind)
	}
	return &Error{Kind: Forbidden, Message: message}
}

// regroup makes a change of who is in which team, and has the seats of these people follow.
// left is the team whose end a seat shows that the change makes pending; 0 for none.
func (l *ledger) regroup(userIDs []int64, left int64, change func() error) error {
	if l.account.seatless() != "" {
		return change()
	}
	if err := l.load(userIDs); err != nil {
		return err
	}
	before := make(map[int64]holding, len(userIDs))
	for _, id := range userIDs {
		before[id] = l.holdings[id]
	}
	if err := change(); err != nil {
		return err
	}
	if err := l.loadHoldings(userIDs); err != nil {
		return err
	}
	for _, id := range userIDs {
		if err := l.follow(id, before[id], left); err != nil {
			return err
		}
	}
	return nil
}

// follow brings a person's seat in step with what holds it now (rules G1, G2, X5).
func (l *ledger) follow(id int64, before holding, left int64) error {
	now, seat := l.holdings[id], l.seat(0, id)
	switch {
	case now.live() && seat == nil:
		return l.open(0, id, now.assigningTeam(), now.granter(l.actor))
	case now.live() && seat.Pending():
		l.refresh(seat, now.assigningTeam())
	case now.live():
		l.hold(seat, now.assigningTeam())
	case seat == nil:
		return l.resume(0, id)
	case before.live():
		l.cancel(seat, before.ended(left))
		l.record(AssignmentUnassigned, id, seat.TeamID)
	}
	return nil
}

// ended is the team whose grant no longer reaches a person: the one that they have left, or,
// where that was a child team without a grant of its own, the first that held through it
// (rule R2).
func (h holding) ended(left int64) int64 {
	for _, g := range h.teams {
		if g.TeamID == left {
			return left
		}
	}
	return holding{teams: h.teams}.assigningTeam()
}
