package usher

import (
	"context"
	"fmt"
	"slices"
)

// An enterprise team is assigned to organizations of the enterprise; nobody becomes a member of
// one by that.

// OrganizationPage is one page of the organizations that an enterprise team is assigned to.
type OrganizationPage struct {
	Team          Team
	Rows          int64
	Organizations []Account
	Edition       Edition
}

// AssignedOrganization is an organization that an enterprise team is assigned to.
type AssignedOrganization struct {
	Organization Account
	Edition      Edition
}

// EnterpriseTeamOrganizations is one page of the organizations that an enterprise team is
// assigned to, by id (GET teams/{enterprise-team}/organizations).
func (s *Service) EnterpriseTeamOrganizations(ctx context.Context, enterprise AccountRef, name TeamName, page Page) (OrganizationPage, error) {
	var result OrganizationPage
	err := s.read(ctx, enterprise, func(v view) error {
		team, organizations, err := v.teamOrganizations(name)
		result = OrganizationPage{
			Team: team, Rows: int64(len(organizations)), Organizations: cut(organizations, page),
			Edition: v.edition(append([]Account{v.account}, organizations...), nil),
		}
		return err
	})
	return result, err
}

// EnterpriseTeamOrganization is an organization that an enterprise team is assigned to (GET
// teams/{enterprise-team}/organizations/{org}). Any other is [NotFound].
func (s *Service) EnterpriseTeamOrganization(ctx context.Context, enterprise AccountRef, name TeamName, login string) (AssignedOrganization, error) {
	var found AssignedOrganization
	err := s.read(ctx, enterprise, func(v view) error {
		_, organizations, err := v.teamOrganizations(name)
		if err != nil {
			return err
		}
		organization, ok := byLogin(organizations)[LoginKey(login)]
		if !ok {
			return notFound()
		}
		found = AssignedOrganization{organization, v.edition([]Account{v.account, organization}, nil)}
		return nil
	})
	return found, err
}

// teamOrganizations are the organizations that a team is assigned to, by id.
func (v view) teamOrganizations(name TeamName) (Team, []Account, error) {
	team, err := findEnterpriseTeam(v.tx, v.account.Ref, name)
	if err != nil {
		return Team{}, nil, err
	}
	var organizations []Account
	switch team.Selection {
	case AllOrganizations:
		organizations, err = v.tx.Organizations(v.account.Ref.ID)
	case SelectedOrganizations:
		organizations, err = v.tx.AssignedOrganizations(v.account.Ref.ID, team.ID)
	}
	return team, organizations, err
}

func byLogin(accounts []Account) map[string]Account {
	byKey := make(map[string]Account, len(accounts))
	for _, account := range accounts {
		byKey[LoginKey(account.Login)] = account
	}
	return byKey
}

// AssignOrganizations assigns an enterprise team to organizations of the enterprise, and
// returns them in the order of the request, each once. A login that is none of theirs refuses
// the whole call (rule G5).
func (s *Service) AssignOrganizations(ctx context.Context, enterprise AccountRef, name TeamName, logins []string, by By) ([]Account, error) {
	return s.changeOrganizations(ctx, enterprise, name, by, func(l *ledger, team Team) ([]Account, error) {
		return l.assign(team, logins)
	})
}

// AssignOrganization is AssignOrganizations for one organization: another one is [NotFound].
func (s *Service) AssignOrganization(ctx context.Context, enterprise AccountRef, name TeamName, login string, by By) (Account, error) {
	organizations, err := s.changeOrganizations(ctx, enterprise, name, by, func(l *ledger, team Team) ([]Account, error) {
		organizations, err := l.assign(team, []string{login})
		return organizations, unnamed(err)
	})
	if err != nil {
		return Account{}, err
	}
	return organizations[0], nil
}

// UnassignOrganizations takes assignments of an enterprise team back. An organization that
// it is not assigned to refuses the whole call (rule G5).
func (s *Service) UnassignOrganizations(ctx context.Context, enterprise AccountRef, name TeamName, logins []string, by By) error {
	_, err := s.changeOrganizations(ctx, enterprise, name, by, func(l *ledger, team Team) ([]Account, error) {
		return nil, l.unassign(team, logins)
	})
	return err
}

// UnassignOrganization is UnassignOrganizations for one organization: another one is [NotFound].
func (s *Service) UnassignOrganization(ctx context.Context, enterprise AccountRef, name TeamName, login string, by By) error {
	_, err := s.changeOrganizations(ctx, enterprise, name, by, func(l *ledger, team Team) ([]Account, error) {
		return nil, unnamed(l.unassign(team, []string{login}))
	})
	return err
}

// changeOrganizations changes which organizations a team is assigned to. That is for a team
// that is assigned to selected ones.
func (s *Service) changeOrganizations(ctx context.Context, enterprise AccountRef, name TeamName, by By, change func(*ledger, Team) ([]Account, error)) ([]Account, error) {
	var changed []Account
	err := s.write(ctx, enterprise, by, func(l *ledger) error {
		team, err := findEnterpriseTeam(l.tx, enterprise, name)
		if err != nil {
			return err
		}
		if team.Selection != SelectedOrganizations {
			return invalid("The team %s is not assigned to selected organizations: its organization_selection_type is %s. Set it to selected first.", team.Slug, team.Selection)
		}
		changed, err = change(l, team)
		return err
	})
	return changed, err
}

func (l *ledger) assign(team Team, logins []string) ([]Account, error) {
	all, err := l.tx.Organizations(l.account.Ref.ID)
	if err != nil {
		return nil, err
	}
	organizations, err := pickOrganizations(all, logins, Missing, "not the login of an organization of the enterprise")
	if err != nil || len(organizations) == 0 {
		return nil, err
	}
	assigned, err := l.tx.AssignedOrganizations(l.account.Ref.ID, team.ID)
	if err != nil {
		return nil, err
	}
	already := byLogin(assigned)
	added := slices.DeleteFunc(slices.Clone(organizations), func(organization Account) bool {
		_, ok := already[LoginKey(organization.Login)]
		return ok
	})
	for _, organization := range added {
		l.recordChange(TeamAssigned, 0, team.ID, FieldChange{"organization", "", organization.Login})
	}
	return organizations, l.tx.AssignOrganizations(l.account.Ref.ID, team.ID, accountIDs(added))
}

func (l *ledger) unassign(team Team, logins []string) error {
	assigned, err := l.tx.AssignedOrganizations(l.account.Ref.ID, team.ID)
	if err != nil {
		return err
	}
	organizations, err := pickOrganizations(assigned, logins, NotValid, "not an organization that the team is assigned to")
	if err != nil || len(organizations) == 0 {
		return err
	}
	return l.unassignFrom(team.ID, organizations)
}

// unassignAll takes all assignments of a team back.
func (l *ledger) unassignAll(teamID int64) error {
	assigned, err := l.tx.AssignedOrganizations(l.account.Ref.ID, teamID)
	if err != nil || len(assigned) == 0 {
		return err
	}
	return l.unassignFrom(teamID, assigned)
}

func (l *ledger) unassignFrom(teamID int64, organizations []Account) error {
	for _, organization := range organizations {
		l.recordChange(TeamUnassigned, 0, teamID, FieldChange{"organization", organization.Login, ""})
	}
	return l.tx.UnassignOrganizations(l.account.Ref.ID, teamID, accountIDs(organizations))
}

func accountIDs(accounts []Account) []int64 {
	out := make([]int64, len(accounts))
	for i, account := range accounts {
		out[i] = account.Ref.ID
	}
	return out
}

// pickOrganizations takes the named ones among these organizations.
func pickOrganizations(among []Account, logins []string, code ItemCode, outside string) ([]Account, error) {
	return pick(byLogin(among), logins, func(login string, _ Account, known bool) *Item {
		if known {
			return nil
		}
		return &Item{Subject: OrganizationSubject, Code: code, Message: fmt.Sprintf("%q is %s.", shown(login), outside)}
	})
}
