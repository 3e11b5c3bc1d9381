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

// TeamMembership is a person's place in a team, or in a child team of it (rule G3).
type TeamMembership struct {
	Team    Team
	User    User
	Role    TeamRole
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
		people, err := v.tx.People(organization, []string{login})
		if err != nil {
			return err
		}
		if len(people) == 0 {
			return notFound()
		}
		role, ok, err := roleIn(v.tx, team, people[0])
		if err != nil || !ok {
			return orNotFound(err)
		}
		found = TeamMembership{Team: team, User: people[0].User, Role: role, Edition: v.edition([]Account{v.account}, nil)}
		return nil
	})
	return found, err
}

// roleIn is a person's role in a team or its child teams; ok is false for who is in none.
func roleIn(tx Reader, team Team, person Person) (role TeamRole, ok bool, err error) {
	own, err := tx.TeamsOf(team.Account, person.User.ID)
	if err != nil || !slices.Contains(own, team.ID) {
		return "", false, err
	}
	place, _, err := tx.TeamMember(team.Account, team.ID, person.User.ID)
	return person.teamRole(place.Maintainer), true, err
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
	if err != nil || membership.Role == RoleOwner {
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
// G2, G3, X5).
func (s *Service) SetTeamMembership(ctx context.Context, organization AccountRef, name TeamName, login string, role TeamRole, caller Caller, by By) (TeamMembership, error) {
	var set TeamMembership
	err := s.write(ctx, organization, by, func(l *ledger) error {
		team, err := l.manageTeam(name, caller)
		if err != nil {
			return err
		}
		person, err := l.memberNamed(login)
		if err != nil {
			return err
		}
		member := TeamMember{TeamID: team.ID, UserID: person.User.ID, Maintainer: role == TeamMaintainerRole}
		set = TeamMembership{Team: team, User: person.User, Role: person.teamRole(member.Maintainer)}
		return l.regroup([]int64{member.UserID}, 0, func() error { return l.tx.SaveTeamMember(organization, member) })
	})
	return set, err
}

// RemoveTeamMembership takes a person out of a team (DELETE memberships/{username}). A seat
// that nothing else holds turns pending (rule X5). Who is in a child team only, or in
// none, is [NotFound].
func (s *Service) RemoveTeamMembership(ctx context.Context, organization AccountRef, name TeamName, login string, caller Caller, by By) error {
	return s.write(ctx, organization, by, func(l *ledger) error {
		team, err := l.manageTeam(name, caller)
		if err != nil {
			return err
		}
		people, err := l.peopleByLogin([]string{login})
		if err != nil {
			return err
		}
		id := people[LoginKey(login)].User.ID
		_, ok, err := l.tx.TeamMember(organization, team.ID, id)
		if err != nil || !ok {
			return orNotFound(err)
		}
		return l.regroup([]int64{id}, team.ID, func() error { return l.tx.DeleteTeamMember(organization, team.ID, id) })
	})
}

// manageTeam finds a team for a change of who is in it: that is for owners and for the
// team's maintainers. An installation's permission is enough.
func (l *ledger) manageTeam(name TeamName, caller Caller) (Team, error) {
	team, err := findTeam(l.tx, l.account.Ref, name, caller)
	if err != nil || caller.User == nil {
		return team, err
	}
	membership, _, err := l.tx.Membership(l.account.Ref, caller.User.ID)
	if err != nil || membership.Role == RoleOwner {
		return team, err
	}
	own, _, err := l.tx.TeamMember(l.account.Ref, team.ID, caller.User.ID)
	if err != nil || own.Maintainer {
		return team, err
	}
	if !caller.Token.Kind.Scoped() {
		return Team{}, inaccessible(caller.Token.Kind)
	}
	return Team{}, forbidden("You must be an owner of the organization %s or a maintainer of the team %s to use this endpoint.", l.account.Login, team.Slug)
}

// memberNamed finds a member of the organization. Who is unknown is [NotFound]; who is no
// member, or only invited, cannot be put into a team yet.
func (l *ledger) memberNamed(login string) (Person, error) {
	people, err := l.peopleByLogin([]string{login})
	if err != nil {
		return Person{}, err
	}
	person, ok := people[LoginKey(login)]
	switch {
	case !ok:
		return Person{}, notFound()
	case !person.member():
		return Person{}, &Error{Kind: Invalid, Message: fmt.Sprintf("%s is not a member of the organization %s.", person.User.Login, l.account.Login)}
	}
	return person, nil
}

// regroup makes a change of who is in which team, and has the seats of these people follow.
// left is the team whose end a seat shows that the change makes pending; 0 for none.
func (l *ledger) regroup(userIDs []int64, left int64, change func() error) error {
	l.touched = true
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
		return l.open(0, id, now.assigningTeam())
	case now.live() && seat.Pending():
		l.refresh(seat, now.assigningTeam())
	case now.live():
		l.hold(seat, now.assigningTeam())
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
