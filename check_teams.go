package usher

// checkTeams looks at an account's teams: what is above them, who is in them or waits to be,
// and which organizations an enterprise's are assigned to.
func (a *audit) checkTeams() error {
	for _, team := range a.teams {
		if _, there := a.teams[team.ParentID]; team.ParentID != 0 && !there {
			a.report("team %d is below team %d, which does not exist", team.ID, team.ParentID)
		}
	}
	if err := a.checkPlaces(); err != nil {
		return err
	}
	if err := a.checkWaitingPlaces(); err != nil {
		return err
	}
	if a.account.Ref.Kind != Enterprise {
		return nil
	}
	return a.checkAssignments()
}

// checkPlaces looks at who is in teams: those of an organization are for its members. Who has
// left an enterprise may stay in its teams.
func (a *audit) checkPlaces() error {
	places, err := a.tx.AllTeamMembers(a.account.Ref)
	for _, p := range places {
		if _, there := a.teams[p.TeamID]; !there {
			a.report("user %d is in team %d, which does not exist", p.UserID, p.TeamID)
		}
		if a.account.Ref.Kind == Organization && !a.member(p.UserID) {
			a.report("user %d is in team %d, and no member", p.UserID, p.TeamID)
		}
	}
	return err
}

func (a *audit) checkWaitingPlaces() error {
	invited := make(map[int64]bool, len(a.invitations))
	for _, m := range a.invitations {
		invited[m.UserID] = true
	}
	places, err := a.tx.AllInvitedTeams(a.account.Ref)
	for _, p := range places {
		if _, there := a.teams[p.TeamID]; !there {
			a.report("user %d is invited to team %d, which does not exist", p.UserID, p.TeamID)
		}
		if !invited[p.UserID] {
			a.report("a place in team %d waits for user %d, who is not invited", p.TeamID, p.UserID)
		}
	}
	return err
}

// checkAssignments looks at the organizations of teams: they are the enterprise's, and only
// teams that are for selected ones have any.
func (a *audit) checkAssignments() error {
	organizations, err := a.tx.Organizations(a.account.Ref.ID)
	if err != nil {
		return err
	}
	own := make(map[AccountRef]bool, len(organizations))
	for _, o := range organizations {
		own[o.Ref] = true
	}
	assignments, err := a.tx.AllAssignments(a.account.Ref.ID)
	for _, assigned := range assignments {
		team, there := a.teams[assigned.TeamID]
		switch {
		case !there:
			a.report("team %d is assigned to %s %d, and does not exist", assigned.TeamID, assigned.Organization.Kind, assigned.Organization.ID)
		case team.Selection != SelectedOrganizations:
			a.report("team %d is assigned to %s %d, and its selection is %s", team.ID, assigned.Organization.Kind, assigned.Organization.ID, team.Selection)
		case !own[assigned.Organization]:
			a.report("team %d is assigned to %s %d, which is not the enterprise's", team.ID, assigned.Organization.Kind, assigned.Organization.ID)
		}
	}
	return err
}
