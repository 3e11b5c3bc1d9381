package usher

import (
	"context"
)

// TeamRow is a team as a list shows it.
type TeamRow struct {
	Team   Team
	Parent *Team // nil for none
}

// TeamPage is one page of teams.
type TeamPage struct {
	Parent  Team  // whose child teams they are; zero for all of the organization's
	Rows    int64 // how many teams all pages have together
	Teams   []TeamRow
	Edition Edition
}

// TeamProfile is a team as it is shown alone.
type TeamProfile struct {
	TeamRow
	Organization Account
	Members      int64 // child teams' included (rule G3)
	Edition      Edition
}

// TeamPerson is a person in a team.
type TeamPerson struct {
	User      User
	Role      TeamRole
	Inherited bool // through a child team only
}

// TeamPeoplePage is one page of the people of a team.
type TeamPeoplePage struct {
	Team    Team
	Rows    int64
	People  []TeamPerson
	Edition Edition
}

// Teams is one page of the organization's teams that the caller may know of, by id (GET
// orgs/{org}/teams).
func (s *Service) Teams(ctx context.Context, organization AccountRef, page Page, caller Caller) (TeamPage, error) {
	return s.teamPage(ctx, organization, page, caller, func(view, func(Team) bool) (func(Team) bool, error) {
		return func(Team) bool { return true }, nil
	})
}

// ChildTeams is one page of a team's own child teams that the caller may know of, by id
// (GET teams/{team_slug}/teams).
func (s *Service) ChildTeams(ctx context.Context, organization AccountRef, name TeamName, page Page, caller Caller) (TeamPage, error) {
	var parent Team
	found, err := s.teamPage(ctx, organization, page, caller, func(v view, knows func(Team) bool) (func(Team) bool, error) {
		var err error
		parent, err = findKnown(v.tx, organization, name, knows)
		return func(team Team) bool { return team.ParentID == parent.ID }, err
	})
	found.Parent = parent
	return found, err
}

// teamPage reads all teams of the organization, of which there are far fewer than people.
// choose is told which of them the caller knows of.
func (s *Service) teamPage(ctx context.Context, organization AccountRef, page Page, caller Caller, choose func(v view, knows func(Team) bool) (func(Team) bool, error)) (TeamPage, error) {
	var result TeamPage
	err := s.read(ctx, organization, func(v view) error {
		knows, err := knownTeams(v.tx, organization, caller)
		if err != nil {
			return err
		}
		chosen, err := choose(v, knows)
		if err != nil {
			return err
		}
		teams, err := v.tx.AllTeams(organization)
		rows := teamRows(teams, knows, chosen)
		result = TeamPage{Rows: int64(len(rows)), Teams: cut(rows, page), Edition: v.edition([]Account{v.account}, nil)}
		return err
	})
	return result, err
}

// teamRows are the chosen teams that a caller knows of, each with the parent that the
// caller knows of.
func teamRows(teams []Team, knows, chosen func(Team) bool) []TeamRow {
	parents := make(map[int64]*Team, len(teams))
	for i, team := range teams {
		if knows(team) {
			parents[team.ID] = &teams[i]
		}
	}
	var rows []TeamRow
	for _, team := range teams {
		if knows(team) && chosen(team) {
			rows = append(rows, TeamRow{team, parents[team.ParentID]})
		}
	}
	return rows
}

// cut is one page of a list.
func cut[T any](list []T, page Page) []T {
	from := min(page.offset(), int64(len(list)))
	return list[from:min(from+page.PerPage, int64(len(list)))]
}

// Team is one team (GET teams/{team_slug}).
func (s *Service) Team(ctx context.Context, organization AccountRef, name TeamName, caller Caller) (TeamProfile, error) {
	var found TeamProfile
	err := s.read(ctx, organization, func(v view) error {
		knows, err := knownTeams(v.tx, organization, caller)
		if err != nil {
			return err
		}
		team, err := findKnown(v.tx, organization, name, knows)
		if err != nil {
			return err
		}
		parent, err := v.tx.TeamsByID(organization, []int64{team.ParentID})
		if err != nil {
			return err
		}
		people, err := v.tx.TeamPeople(organization, team.ID)
		found = TeamProfile{
			TeamRow:      teamRows(append(parent, team), knows, func(t Team) bool { return t.ID == team.ID })[0],
			Organization: v.account, Members: int64(len(people)), Edition: v.edition([]Account{v.account}, nil),
		}
		return err
	})
	return found, err
}

// TeamPeople is one page of the people of a team and of its child teams, by id (GET
// teams/{team_slug}/members). A role leaves out who has another; empty: all.
func (s *Service) TeamPeople(ctx context.Context, organization AccountRef, name TeamName, role TeamRole, page Page, caller Caller) (TeamPeoplePage, error) {
	var result TeamPeoplePage
	err := s.read(ctx, organization, func(v view) error {
		team, err := findTeam(v.tx, organization, name, caller)
		if err != nil {
			return err
		}
		people, err := v.teamPeople(team, role)
		if err != nil {
			return err
		}
		result = TeamPeoplePage{Team: team, Rows: int64(len(people)), People: cut(people, page)}
		return v.fillUsers(&result)
	})
	return result, err
}

// teamPeople are a team's people, by id, without what is shown of them.
func (v view) teamPeople(team Team, role TeamRole) ([]TeamPerson, error) {
	ids, err := v.tx.TeamPeople(team.Account, team.ID)
	if err != nil {
		return nil, err
	}
	own, err := v.tx.TeamMembers(team.Account, team.ID)
	if err != nil {
		return nil, err
	}
	places, err := v.tx.Memberships(team.Account, ids)
	if err != nil {
		return nil, err
	}
	owners := map[int64]bool{}
	for _, m := range places {
		owners[m.UserID] = m.Role == RoleOwner
	}
	maintains := make(map[int64]bool, len(own))
	for _, m := range own {
		maintains[m.UserID] = m.Maintainer
	}
	var people []TeamPerson
	for _, id := range ids {
		maintainer, direct := maintains[id]
		person := TeamPerson{User: User{ID: id}, Role: TeamMemberRole, Inherited: !direct}
		if maintainer || owners[id] {
			person.Role = TeamMaintainerRole
		}
		if role == "" || role == person.Role {
			people = append(people, person)
		}
	}
	return people, nil
}

// fillUsers reads what is shown of the people of one page.
func (v view) fillUsers(page *TeamPeoplePage) error {
	ids := make([]int64, len(page.People))
	for i, p := range page.People {
		ids[i] = p.User.ID
	}
	users, err := v.users(ids)
	if err != nil {
		return err
	}
	rows := make([]SeatRow, len(ids))
	for i := range page.People {
		page.People[i].User = users[ids[i]]
		rows[i].Assignee = users[ids[i]]
	}
	page.Edition = v.edition([]Account{v.account}, rows)
	return nil
}
