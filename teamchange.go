package usher

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NewTeam is a team to be created.
type NewTeam struct {
	Name        string
	Description string
	Privacy     string    // empty: secret, or closed where it has a parent, as GitHub documents it
	Parent      *TeamName // nil for none
	Quiet       bool
	Maintainers []string // logins; who creates the team is one anyway (rule G9)
}

// TeamChange is what is to be changed of a team; nil leaves as it is.
type TeamChange struct {
	Name        *string // the slug follows, where the name is another
	Description *string
	Privacy     *string
	Parent      *TeamName // the zero name: none any more
	Quiet       *bool
}

// CreateTeam creates a team. The user who does becomes its maintainer and thereby a member
// (rule G9); where a parent is granted, that brings a seat (rules G2, G3).
func (s *Service) CreateTeam(ctx context.Context, organization AccountRef, wanted NewTeam, caller Caller, by By) (TeamProfile, error) {
	var created TeamProfile
	err := s.write(ctx, organization, by, func(l *ledger) error {
		team := Team{
			Account: organization, Privacy: wanted.Privacy, Quiet: wanted.Quiet,
			CreatedAt: l.now, UpdatedAt: l.now, Version: newVersion(),
		}
		if wanted.Parent != nil {
			parent, err := l.parentNamed(*wanted.Parent, caller)
			if err != nil {
				return err
			}
			team.ParentID = parent.ID
		}
		if team.Privacy == "" {
			team.Privacy = PrivacySecret
			if team.ParentID != 0 {
				team.Privacy = PrivacyClosed
			}
		}
		if err := l.nameTeam(&team, wanted.Name); err != nil {
			return err
		}
		if err := describeTeam(&team, wanted.Description); err != nil {
			return err
		}
		if err := refuseSecret(team, team.ParentID != 0); err != nil {
			return err
		}
		maintainers, err := l.maintainers(wanted.Maintainers, caller)
		if err != nil {
			return err
		}
		if err := l.insertTeam(&team, maintainers); err != nil {
			return err
		}
		created, err = l.teamProfile(team)
		return err
	})
	return created, err
}

// parentNamed finds the team that another is to be under: the caller must be allowed to
// change it, and it must not be secret.
func (l *ledger) parentNamed(name TeamName, caller Caller) (Team, error) {
	parent, ok, err := teamNamed(l.tx, l.account.Ref, name)
	if err != nil {
		return Team{}, err
	}
	knows, err := knownTeams(l.tx, l.account.Ref, caller)
	if err != nil {
		return Team{}, err
	}
	if !ok || !knows(parent) {
		return Team{}, refuseTeam(Missing, name.parentField(), "The parent is not a team of the organization.")
	}
	if parent.Privacy == PrivacySecret {
		return Team{}, refuseTeam(NotValid, name.parentField(), fmt.Sprintf("%q is a secret team, which cannot be a parent.", shown(parent.Name)))
	}
	return l.manageTeam(TeamName{ID: parent.ID}, caller)
}

// parentField is the field of a body in which a parent is named so.
func (n TeamName) parentField() string {
	if n.Slug != "" {
		return "parent_team_slug"
	}
	return "parent_team_id"
}

func refuseTeam(code ItemCode, field, message string) error {
	return &Error{Kind: Invalid, Message: "Validation Failed", Items: []Item{{Subject: TeamSubject, Code: code, Field: field, Message: message}}}
}

// nameTeam gives a team a name that no other team of the account has, and the slug that
// follows from it.
func (l *ledger) nameTeam(team *Team, name string) error {
	name = strings.TrimSpace(name)
	slug := TeamSlug(name)
	switch {
	case utf8.RuneCountInString(name) > MaxTeamName:
		return refuseTeam(NotValid, "name", fmt.Sprintf("The name is too long: it may have %d characters at most.", MaxTeamName))
	case strings.ContainsFunc(name, unicode.IsControl):
		return refuseTeam(NotValid, "name", "The name has a control character in it.")
	case !IsTeamSlug(slug):
		return refuseTeam(NotValid, "name", fmt.Sprintf("No slug of 1 to %d letters and digits can be made of the name.", maxTeamSlug))
	}
	like, err := l.tx.Teams(l.account.Ref, []string{name, slug})
	if err != nil {
		return err
	}
	for _, other := range like {
		taken := TeamNameKey(other.Slug) == TeamNameKey(slug) || TeamNameKey(other.Name) == TeamNameKey(name)
		if taken && other.ID != team.ID {
			return refuseTeam(AlreadyExists, "name", fmt.Sprintf("Another team of the %s has this name, or its slug: %s.", l.account.Ref.Kind, slug))
		}
	}
	team.Name, team.Slug = name, slug
	return nil
}

// describeTeam gives a team a description.
func describeTeam(team *Team, description string) error {
	switch {
	case utf8.RuneCountInString(description) > maxTeamDescription:
		return refuseTeam(NotValid, "description", fmt.Sprintf("The description is too long: it may have %d characters at most.", maxTeamDescription))
	case strings.ContainsFunc(description, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) }):
		return refuseTeam(NotValid, "description", "The description has a control character in it.")
	}
	team.Description = description
	return nil
}

// refuseSecret refuses a secret team among nested ones.
func refuseSecret(team Team, nested bool) error {
	if !nested || team.Privacy != PrivacySecret {
		return nil
	}
	return refuseTeam(NotValid, "privacy", "A team with a parent or with child teams cannot be secret.")
}

// maintainers are who a new team begins with: the named members of the organization, and who
// creates it (rule G9).
func (l *ledger) maintainers(logins []string, caller Caller) ([]int64, error) {
	byKey, err := l.peopleByLogin(logins)
	if err != nil {
		return nil, err
	}
	people, err := pickPeople(byKey, logins, Person.member, "not a member of the organization")
	if err != nil {
		return nil, inField(err, "maintainers")
	}
	maintainers := ids(people)
	if caller.User == nil {
		return distinct(maintainers), nil
	}
	creator, _, err := l.tx.Membership(l.account.Ref, caller.User.ID)
	if err != nil || creator.State != Active { // who has just left the organization
		return nil, orNotFound(err)
	}
	return distinct(append(maintainers, caller.User.ID)), nil
}

// inField names the field of a body in which names are wrong.
func inField(err error, field string) error {
	refused, ok := err.(*Error)
	if !ok {
		return err
	}
	for i := range refused.Items {
		refused.Items[i].Field = field
	}
	return refused
}

func (l *ledger) insertTeam(team *Team, maintainers []int64) error {
	var err error
	if team.ID, err = l.tx.ReserveIDs(1); err != nil {
		return err
	}
	return l.regroup(maintainers, 0, func() error {
		l.recordChange(TeamCreated, 0, team.ID, FieldChange{"slug", "", team.Slug})
		if err := l.tx.InsertTeams([]Team{*team}); err != nil {
			return err
		}
		members := make([]TeamMember, len(maintainers))
		for i, id := range maintainers {
			members[i] = TeamMember{TeamID: team.ID, UserID: id, Maintainer: true}
		}
		return l.insertPlaces(members)
	})
}

// teamProfile is a team as it is shown to who has just changed it.
func (l *ledger) teamProfile(team Team) (TeamProfile, error) {
	profile := TeamProfile{TeamRow: TeamRow{Team: team}, Organization: l.account}
	people, err := l.tx.TeamPeople(l.account.Ref, team.ID)
	if err != nil {
		return TeamProfile{}, err
	}
	profile.Members = int64(len(people))
	parents, err := l.tx.TeamsByID(l.account.Ref, []int64{team.ParentID})
	if len(parents) > 0 {
		profile.Parent = &parents[0]
	}
	return profile, err
}

// ChangeTeam changes a team (PATCH teams/{team_slug}). With a new parent its people, child
// teams' included, gain and lose what the parents' grants give (rules G2, G3, X5). changed is
// false where the team was so already.
func (s *Service) ChangeTeam(ctx context.Context, organization AccountRef, name TeamName, change TeamChange, caller Caller, by By) (profile TeamProfile, changed bool, err error) {
	err = s.write(ctx, organization, by, func(l *ledger) error {
		team, tree, err := l.manageTree(name, caller)
		if err != nil {
			return err
		}
		before := team
		if err := l.applyTeamChange(&team, change, tree, caller); err != nil {
			return err
		}
		changed = team != before
		if changed {
			team.UpdatedAt, team.Version = l.now, newVersion()
			if err := l.saveTeam(team, before); err != nil {
				return err
			}
		}
		profile, err = l.teamProfile(team)
		return err
	})
	return profile, changed, err
}

// applyTeamChange makes a change on a team in hand. tree holds the team and all below it.
func (l *ledger) applyTeamChange(team *Team, change TeamChange, tree []int64, caller Caller) error {
	if change.Parent != nil {
		parentID, err := l.newParent(*change.Parent, tree, caller)
		if err != nil {
			return err
		}
		team.ParentID = parentID
	}
	if change.Name != nil && strings.TrimSpace(*change.Name) != team.Name { // else a slug of its own stays
		if err := l.nameTeam(team, *change.Name); err != nil {
			return err
		}
	}
	if change.Description != nil {
		if err := describeTeam(team, *change.Description); err != nil {
			return err
		}
	}
	set(&team.Privacy, change.Privacy)
	set(&team.Quiet, change.Quiet)
	if change.Privacy == nil && change.Parent == nil {
		return nil // a seed may have it secret
	}
	return refuseSecret(*team, team.ParentID != 0 || len(tree) > 1)
}

// newParent is the id of the team that another is to be under; it must not be below that.
func (l *ledger) newParent(name TeamName, tree []int64, caller Caller) (int64, error) {
	if name == (TeamName{}) {
		return 0, nil
	}
	parent, err := l.parentNamed(name, caller)
	if err != nil {
		return 0, err
	}
	if slices.Contains(tree, parent.ID) {
		return 0, refuseTeam(NotValid, name.parentField(), "A team cannot be under itself or under one of its child teams.")
	}
	return parent.ID, nil
}

// saveTeam writes a team that has changed; where it has moved, its people's seats follow.
func (l *ledger) saveTeam(team, before Team) error {
	save := func() error {
		if err := l.recordTeam(team, before); err != nil {
			return err
		}
		return l.tx.SaveTeam(team)
	}
	if team.ParentID == before.ParentID {
		return save()
	}
	people, err := l.tx.TeamPeople(l.account.Ref, team.ID)
	if err != nil {
		return err
	}
	return l.regroup(people, 0, save)
}

// recordTeam appends an event for all that has changed of a team.
func (l *ledger) recordTeam(team, before Team) error {
	told := func(action Action, field, from, to string) {
		if from != to {
			l.recordChange(action, 0, team.ID, FieldChange{field, from, to})
		}
	}
	told(TeamRenamed, "name", before.Name, team.Name)
	if team.Description != before.Description { // a text of people's own, which may name some
		l.recordChange(TeamDescriptionChanged, 0, team.ID, FieldChange{Field: "description"})
	}
	told(TeamPrivacyChanged, "privacy", before.Privacy, team.Privacy)
	told(TeamNotificationsChanged, "notification_setting", before.notifications(), team.notifications())
	told(TeamSelectionChanged, "organization_selection_type", string(before.Selection), string(team.Selection))
	if team.ParentID == before.ParentID {
		return nil
	}
	slugs, err := l.slugs([]int64{before.ParentID, team.ParentID})
	told(TeamParentChanged, "parent_team", slugs[before.ParentID], slugs[team.ParentID])
	return err
}

// notifications is the team's setting as GitHub names it.
func (t Team) notifications() string {
	if t.Quiet {
		return "notifications_disabled"
	}
	return "notifications_enabled"
}

// slugs are those of the account's teams with these ids; 0 has none.
func (l *ledger) slugs(teamIDs []int64) (map[int64]string, error) {
	teams, err := l.tx.TeamsByID(l.account.Ref, teamIDs)
	slugs := make(map[int64]string, len(teams))
	for _, team := range teams {
		slugs[team.ID] = team.Slug
	}
	return slugs, err
}

// manageTree is manageTeam with all teams below, too: see treeOf.
func (l *ledger) manageTree(name TeamName, caller Caller) (team Team, tree []int64, err error) {
	if team, err = l.manageTeam(name, caller); err != nil {
		return Team{}, nil, err
	}
	tree, err = l.treeOf(team.ID)
	return team, tree, err
}

// treeOf are the ids of a team and of all teams below it, the team's own first.
func (l *ledger) treeOf(teamID int64) ([]int64, error) {
	teams, err := l.tx.AllTeams(l.account.Ref)
	children := map[int64][]int64{}
	for _, team := range teams {
		children[team.ParentID] = append(children[team.ParentID], team.ID)
	}
	tree, seen := []int64{teamID}, map[int64]bool{teamID: true}
	for i := 0; i < len(tree); i++ {
		for _, child := range children[tree[i]] {
			if !seen[child] {
				seen[child] = true
				tree = append(tree, child)
			}
		}
	}
	return tree, err
}

// DeleteTeam deletes a team and all its child teams (DELETE teams/{team_slug}). Their grants
// end: seats that nothing else holds turn pending (rule X7). Only owners delete a team that
// has child teams, as GitHub documents it.
func (s *Service) DeleteTeam(ctx context.Context, organization AccountRef, name TeamName, caller Caller, by By) error {
	return s.write(ctx, organization, by, func(l *ledger) error {
		team, tree, err := l.manageTree(name, caller)
		if err != nil {
			return err
		}
		owner, err := l.ownedBy(caller)
		if err != nil {
			return err
		}
		if len(tree) > 1 && !owner {
			return l.refuseCaller(caller, fmt.Sprintf("The team %s has child teams, which are deleted with it: you must be an owner of the organization %s.", team.Slug, l.account.Login))
		}
		return l.deleteTeams(tree)
	})
}

// deleteTeams deletes a team and those below it: what stands first is the root.
func (l *ledger) deleteTeams(tree []int64) error {
	people, err := l.tx.TeamPeople(l.account.Ref, tree[0])
	if err != nil {
		return err
	}
	return l.regroup(people, tree[0], func() error {
		if _, err := l.loadGrants(TeamGrant, tree); err != nil {
			return err
		}
		if err := l.removeTeams(tree); err != nil {
			return err
		}
		for _, id := range tree {
			if l.endGrant(TeamGrant, id) {
				l.record(AssignmentUnassigned, 0, id)
			}
		}
		return nil
	})
}

// removeTeams removes teams with all places in them, of whose people the caller knows.
func (l *ledger) removeTeams(teamIDs []int64) error {
	slugs, err := l.slugs(teamIDs)
	if err != nil {
		return err
	}
	for _, id := range teamIDs {
		l.recordChange(TeamDestroyed, 0, id, FieldChange{"slug", slugs[id], ""})
	}
	if err := l.tx.DeleteSleepingGrants(l.account.Ref, TeamGrant, teamIDs); err != nil {
		return err
	}
	return l.tx.DeleteTeams(l.account.Ref, teamIDs)
}

// TeamOrganization is the organization that a team belongs to: the deprecated paths name no
// other. A team that the caller may not know of as a member is [NotFound]; whether they are
// one is not asked.
func (s *Service) TeamOrganization(ctx context.Context, teamID int64, caller Caller) (ref AccountRef, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		found, ok, err := tx.TeamAccount(Organization, teamID)
		if err != nil || !ok {
			return orNotFound(err)
		}
		ref = found
		_, err = findTeam(tx, found, TeamName{ID: teamID}, caller)
		return err
	})
	return ref, err
}
