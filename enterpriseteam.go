package usher

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// EnterpriseTeamChange is what is to be changed of an enterprise team, or set of a new one;
// nil leaves it as it is, or unset.
type EnterpriseTeamChange struct {
	Name        *string // the slug follows
	Description *string
	Selection   *OrganizationSelection
	Quiet       *bool
	Group       *string // of an identity provider, of which there is none
}

// EnterpriseTeam is an enterprise team as it is shown alone.
type EnterpriseTeam struct {
	Team    Team
	Edition Edition
}

// EnterpriseTeams is one page of an enterprise's teams, by id (GET
// enterprises/{enterprise}/teams).
func (s *Service) EnterpriseTeams(ctx context.Context, enterprise AccountRef, page Page) (TeamPage, error) {
	var result TeamPage
	err := s.read(ctx, enterprise, func(v view) error {
		teams, err := v.tx.AllTeams(enterprise)
		result = TeamPage{Rows: int64(len(teams)), Edition: v.editionOf(nil)}
		for _, team := range cut(teams, page) {
			result.Teams = append(result.Teams, TeamRow{Team: team})
		}
		return err
	})
	return result, err
}

// EnterpriseTeam is one team of an enterprise (GET enterprises/{enterprise}/teams/{team_slug}).
func (s *Service) EnterpriseTeam(ctx context.Context, enterprise AccountRef, name TeamName) (EnterpriseTeam, error) {
	var found EnterpriseTeam
	err := s.read(ctx, enterprise, func(v view) (err error) {
		found.Team, err = findEnterpriseTeam(v.tx, enterprise, name)
		found.Edition = v.editionOf(nil)
		return err
	})
	return found, err
}

// findEnterpriseTeam finds a team by its slug, with the prefix or without, and where there is
// none by its id (rule E6).
func findEnterpriseTeam(tx Reader, enterprise AccountRef, name TeamName) (Team, error) {
	for _, by := range []TeamName{{Slug: BareSlug(name.Slug)}, {ID: name.ID}} {
		team, ok, err := teamNamed(tx, enterprise, by)
		if ok || err != nil {
			return team, err
		}
	}
	return Team{}, notFound()
}

// CreateEnterpriseTeam creates a team of an enterprise. Nobody is in it yet.
func (s *Service) CreateEnterpriseTeam(ctx context.Context, enterprise AccountRef, wanted EnterpriseTeamChange, by By) (Team, error) {
	var team Team
	err := s.write(ctx, enterprise, by, func(l *ledger) (err error) {
		team = Team{
			Account: enterprise, Privacy: PrivacyClosed, Selection: NoOrganizations,
			CreatedAt: l.now, UpdatedAt: l.now, Version: newVersion(),
		}
		if wanted.Name == nil {
			wanted.Name = new(string)
		}
		if err := l.applyEnterpriseTeamChange(&team, wanted); err != nil {
			return err
		}
		if team.ID, err = l.tx.ReserveIDs(1); err != nil {
			return err
		}
		l.recordChange(TeamCreated, 0, team.ID, FieldChange{"slug", "", team.Slug})
		return l.tx.InsertTeams([]Team{team})
	})
	return team, err
}

// ChangeEnterpriseTeam changes a team of an enterprise. A team that is not assigned to
// selected organizations any more forgets which they were.
func (s *Service) ChangeEnterpriseTeam(ctx context.Context, enterprise AccountRef, name TeamName, change EnterpriseTeamChange, by By) (Team, error) {
	var team Team
	err := s.write(ctx, enterprise, by, func(l *ledger) (err error) {
		if team, err = findEnterpriseTeam(l.tx, enterprise, name); err != nil {
			return err
		}
		before := team
		if err := l.applyEnterpriseTeamChange(&team, change); err != nil || team == before {
			return err
		}
		team.UpdatedAt, team.Version = l.now, newVersion()
		if err := l.saveTeam(team, before); err != nil || team.Selection == SelectedOrganizations {
			return err
		}
		return l.unassignAll(team.ID)
	})
	return team, err
}

func (l *ledger) applyEnterpriseTeamChange(team *Team, change EnterpriseTeamChange) error {
	if change.Name != nil && (team.Slug == "" || strings.TrimSpace(*change.Name) != team.Name) { // else a slug of its own stays
		if err := l.nameTeam(team, *change.Name); err != nil {
			return err
		}
	}
	if change.Description != nil {
		if err := describeTeam(team, *change.Description); err != nil {
			return err
		}
	}
	if change.Group != nil {
		return refuseTeam(NotValid, "group_id", "There is no identity provider, and so no group: group_id can only be null.")
	}
	set(&team.Selection, change.Selection)
	set(&team.Quiet, change.Quiet)
	return nil
}

// DeleteEnterpriseTeam deletes a team of an enterprise. Its grant ends as
// [Service.CancelEnterpriseTeams] ends it (rules E5, X7).
func (s *Service) DeleteEnterpriseTeam(ctx context.Context, enterprise AccountRef, name TeamName, by By) error {
	return s.write(ctx, enterprise, by, func(l *ledger) error {
		team, err := findEnterpriseTeam(l.tx, enterprise, name)
		if err != nil {
			return err
		}
		return l.deleteEnterpriseTeam(team)
	})
}

func (l *ledger) deleteEnterpriseTeam(team Team) error {
	only := []int64{team.ID}
	if _, err := l.loadGrants(TeamGrant, only); err != nil {
		return err
	}
	teams, err := l.loadTeams(only)
	if err != nil {
		return err
	}
	if err := l.removeTeams(only); err != nil {
		return err
	}
	l.cancelEnterpriseTeam(teams[0])
	return nil
}

// EnterpriseTeamPeople is one page of the people of an enterprise team, by id (GET
// teams/{enterprise-team}/memberships).
func (s *Service) EnterpriseTeamPeople(ctx context.Context, enterprise AccountRef, name TeamName, page Page) (TeamPeoplePage, error) {
	var result TeamPeoplePage
	err := s.read(ctx, enterprise, func(v view) error {
		team, err := findEnterpriseTeam(v.tx, enterprise, name)
		if err != nil {
			return err
		}
		ids, err := v.tx.TeamPeople(enterprise, team.ID)
		if err != nil {
			return err
		}
		result = TeamPeoplePage{Team: team, Rows: int64(len(ids))}
		for _, id := range cut(ids, page) {
			result.People = append(result.People, TeamPerson{User: User{ID: id}, Role: TeamMemberRole})
		}
		return v.fillUsers(&result)
	})
	return result, err
}

// EnterpriseTeamPerson is a person in an enterprise team (GET
// teams/{enterprise-team}/memberships/{username}). Who is not in it is [NotFound].
func (s *Service) EnterpriseTeamPerson(ctx context.Context, enterprise AccountRef, name TeamName, login string) (TeamMembership, error) {
	var found TeamMembership
	err := s.read(ctx, enterprise, func(v view) error {
		team, err := findEnterpriseTeam(v.tx, enterprise, name)
		if err != nil {
			return err
		}
		person, err := v.person(login)
		if err != nil {
			return err
		}
		_, ok, err := v.tx.TeamMember(enterprise, team.ID, person.User.ID)
		if err != nil || !ok {
			return orNotFound(err)
		}
		found = TeamMembership{Team: team, User: person.User, Role: TeamMemberRole, State: Active, Edition: v.editionOf([]User{person.User})}
		return nil
	})
	return found, err
}

// AddEnterpriseTeamPeople puts people into an enterprise team, and returns them in the order
// of the request, each once. They belong to the enterprise, or are its owners or billing
// managers. Where the team has a grant, each who is new in it has a seat at once (rules G2, X5).
func (s *Service) AddEnterpriseTeamPeople(ctx context.Context, enterprise AccountRef, name TeamName, logins []string, by By) ([]User, error) {
	return s.changeEnterpriseTeamPeople(ctx, enterprise, name, logins, by, (*ledger).addToTeam)
}

// AddEnterpriseTeamPerson is AddEnterpriseTeamPeople for one person. An unknown login is
// [NotFound].
func (s *Service) AddEnterpriseTeamPerson(ctx context.Context, enterprise AccountRef, name TeamName, login string, by By) (User, error) {
	return s.changeEnterpriseTeamPerson(ctx, enterprise, name, login, by, (*ledger).addToTeam)
}

// RemoveEnterpriseTeamPeople takes people out of an enterprise team, and returns them as
// AddEnterpriseTeamPeople does. A seat through the team turns pending, or is gone at once
// where another enterprise team holds its person (rules E5, X5).
func (s *Service) RemoveEnterpriseTeamPeople(ctx context.Context, enterprise AccountRef, name TeamName, logins []string, by By) ([]User, error) {
	return s.changeEnterpriseTeamPeople(ctx, enterprise, name, logins, by, (*ledger).removeFromTeam)
}

// RemoveEnterpriseTeamPerson is RemoveEnterpriseTeamPeople for one person. Who is not in the
// team is [NotFound].
func (s *Service) RemoveEnterpriseTeamPerson(ctx context.Context, enterprise AccountRef, name TeamName, login string, by By) error {
	_, err := s.changeEnterpriseTeamPerson(ctx, enterprise, name, login, by, func(l *ledger, team Team, byKey map[string]Person, logins []string) ([]Person, error) {
		people, err := l.removeFromTeam(team, byKey, logins)
		return people, unnamed(err)
	})
	return err
}

// changeTeamPeople changes who of the named people is in a team, and returns them in the
// order of the names, each once.
type changeTeamPeople func(l *ledger, team Team, byKey map[string]Person, logins []string) ([]Person, error)

func (s *Service) changeEnterpriseTeamPeople(ctx context.Context, enterprise AccountRef, name TeamName, logins []string, by By, change changeTeamPeople) ([]User, error) {
	var users []User
	err := s.write(ctx, enterprise, by, func(l *ledger) error {
		team, err := findEnterpriseTeam(l.tx, enterprise, name)
		if err != nil {
			return err
		}
		byKey, err := l.peopleByLogin(logins)
		if err != nil {
			return err
		}
		people, err := change(l, team, byKey, logins)
		users = make([]User, len(people))
		for i, person := range people {
			users[i] = person.User
		}
		return err
	})
	return users, err
}

// changeEnterpriseTeamPerson is changeEnterpriseTeamPeople for one person, who must be known.
func (s *Service) changeEnterpriseTeamPerson(ctx context.Context, enterprise AccountRef, name TeamName, login string, by By, change changeTeamPeople) (User, error) {
	users, err := s.changeEnterpriseTeamPeople(ctx, enterprise, name, []string{login}, by, func(l *ledger, team Team, byKey map[string]Person, logins []string) ([]Person, error) {
		if len(byKey) == 0 {
			return nil, notFound()
		}
		return change(l, team, byKey, logins)
	})
	if err != nil {
		return User{}, err
	}
	return users[0], nil
}

// addToTeam puts people into an enterprise team. Who does not belong to the enterprise refuses
// the whole call (rule G5).
func (l *ledger) addToTeam(team Team, byKey map[string]Person, logins []string) ([]Person, error) {
	belongs, err := l.members(known(byKey))
	if err != nil {
		return nil, err
	}
	inside := func(p Person) bool { return belongs[p.User.ID] || p.member() }
	people, err := pickPeople(byKey, logins, inside, "neither a member of one of the enterprise's organizations or teams nor an owner or billing manager of it")
	if err != nil {
		return nil, err
	}
	in, err := l.inTeam(team, ids(people))
	if err != nil {
		return nil, err
	}
	joining := slices.DeleteFunc(ids(people), func(id int64) bool { return in[id] })
	places := make([]TeamMember, len(joining))
	for i, id := range joining {
		places[i] = TeamMember{TeamID: team.ID, UserID: id}
	}
	join := func() error { return l.insertPlaces(places) }
	return people, l.regroupEnterprise(team, joining, join, func(id int64, grant Grant) error {
		_, err := l.seatThroughTeam(team.ID, id, grant.GrantedBy)
		return err
	})
}

// removeFromTeam takes people out of an enterprise team. Who is not in it refuses the whole
// call (rule G5).
func (l *ledger) removeFromTeam(team Team, byKey map[string]Person, logins []string) ([]Person, error) {
	in, err := l.inTeam(team, known(byKey))
	if err != nil {
		return nil, err
	}
	people, err := pickPeople(byKey, logins, func(p Person) bool { return in[p.User.ID] }, "not in the team")
	if err != nil {
		return nil, err
	}
	leaving := ids(people)
	leave := func() error { return l.deletePlaces(team.ID, leaving) }
	return people, l.regroupEnterprise(team, leaving, leave, func(id int64, _ Grant) error {
		l.loseTeam(team.ID, id)
		return nil
	})
}

func known(byKey map[string]Person) []int64 { return ids(slices.Collect(maps.Values(byKey))) }

// inTeam says who of these people is in a team.
func (l *ledger) inTeam(team Team, userIDs []int64) (map[int64]bool, error) {
	people, err := l.tx.InTeam(l.account.Ref, team.ID, userIDs)
	in := make(map[int64]bool, len(people))
	for _, id := range people {
		in[id] = true
	}
	return in, err
}

// regroupEnterprise makes a change of who is in an enterprise team; where the team's grant is
// in force, the seat in the team's section of each of these people follows. While Copilot is
// off every grant sleeps, so that nothing does (rule X6).
func (l *ledger) regroupEnterprise(team Team, userIDs []int64, change func() error, follow func(id int64, grant Grant) error) error {
	if len(userIDs) == 0 {
		return nil
	}
	grants, err := l.loadGrants(TeamGrant, []int64{team.ID})
	if err != nil {
		return err
	}
	if err := change(); err != nil || len(grants) == 0 {
		return err
	}
	if err := l.loadSeats(team.ID, userIDs); err != nil {
		return err
	}
	if err := l.loadHoldings(userIDs); err != nil {
		return err
	}
	for _, id := range userIDs {
		if err := follow(id, grants[0]); err != nil {
			return err
		}
	}
	return nil
}

// unnamed is the refusal of one name that stands in the path, and not in a list.
func unnamed(err error) error {
	if refused, ok := err.(*Error); ok && len(refused.Items) > 0 {
		return notFound()
	}
	return err
}
