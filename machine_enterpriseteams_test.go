package usher_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// The moves of enterprise teams: the naive model's, then the machine's.

// modelAssignment is that an enterprise team is assigned to an organization.
type modelAssignment struct{ team, organization int64 }

// enterpriseTeam is found by its slug, with ent: before it or without (E6).
func (a *modelAccount) enterpriseTeam(name string) *usher.Team {
	if prefix, slug, found := strings.Cut(name, ":"); found && strings.EqualFold(prefix, "ent") {
		name = slug
	}
	return a.teamBySlug(name)
}

// alterEnterpriseTeam makes a change of a team, or says that it cannot be.
func (a *modelAccount) alterEnterpriseTeam(t *usher.Team, change usher.EnterpriseTeamChange) bool {
	if change.Group != nil || change.Name != nil && !a.nameTeam(t, *change.Name) {
		return false
	}
	replace(&t.Description, change.Description)
	replace(&t.Selection, change.Selection)
	replace(&t.Quiet, change.Quiet)
	return true
}

func (m *model) createEnterpriseTeam(a *modelAccount, wanted usher.EnterpriseTeamChange) (t usher.Team, kind usher.Kind) {
	t = usher.Team{
		Account: a.Account.Ref, ID: m.lastID + 1, Privacy: usher.PrivacyClosed, Selection: usher.NoOrganizations,
		CreatedAt: m.now, UpdatedAt: m.now,
	}
	if wanted.Name == nil || !a.alterEnterpriseTeam(&t, wanted) {
		return t, usher.Invalid
	}
	m.newID()
	a.Teams = append(slices.Clone(a.Teams), t)
	return t, 0
}

func (m *model) changeEnterpriseTeam(a *modelAccount, name string, change usher.EnterpriseTeamChange) (t usher.Team, kind usher.Kind) {
	known := a.enterpriseTeam(name)
	if known == nil {
		return t, usher.NotFound
	}
	t = *known
	if !a.alterEnterpriseTeam(&t, change) {
		return t, usher.Invalid
	}
	if t == *known {
		return t, 0
	}
	t.UpdatedAt = m.now
	a.Teams = slices.Clone(a.Teams)
	*a.team(t.ID) = t
	if t.Selection != usher.SelectedOrganizations {
		a.forgetAssignments(t.ID)
	}
	return t, 0
}

func (a *modelAccount) forgetAssignments(team int64) {
	a.assigned = slices.DeleteFunc(slices.Clone(a.assigned), func(x modelAssignment) bool { return x.team == team })
}

// deleteEnterpriseTeam ends what the team gives as the end of its grant does (X4, X7, E5). Of
// one whose grant sleeps nothing returns.
func (m *model) deleteEnterpriseTeam(a *modelAccount, name string) usher.Kind {
	t := a.enterpriseTeam(name)
	if t == nil {
		return usher.NotFound
	}
	id, people := t.ID, a.teamPeople(m, t.ID)
	_, granted := a.granted[id]
	delete(a.granted, id)
	delete(a.asleep.teams, id)
	for _, user := range people {
		if granted {
			m.loseTeam(a, user, id)
		}
	}
	a.TeamMembers = slices.DeleteFunc(slices.Clone(a.TeamMembers), func(p usher.TeamMember) bool { return p.TeamID == id })
	a.Teams = slices.DeleteFunc(slices.Clone(a.Teams), func(t usher.Team) bool { return t.ID == id })
	a.forgetAssignments(id)
	return 0
}

// joinEnterpriseTeam puts people into a team; alone is the call that names one of them.
func (m *model) joinEnterpriseTeam(a *modelAccount, name string, logins []string, alone bool) (joined []string, refused *modelRefusal) {
	t := a.enterpriseTeam(name)
	if t == nil {
		return nil, &modelRefusal{Kind: usher.NotFound}
	}
	if alone {
		if _, known := m.byLogin(logins[0]); !known {
			return nil, &modelRefusal{Kind: usher.NotFound}
		}
	}
	ids, refused := m.named(logins, func(id int64) bool { return m.grantable(a, id) || a.membership(id) != nil })
	if refused != nil {
		return nil, refused
	}
	for _, id := range ids {
		joined = append(joined, m.user(id).Login)
		if a.inTeam(id, t.ID) {
			continue
		}
		a.TeamMembers = append(slices.Clone(a.TeamMembers), usher.TeamMember{TeamID: t.ID, UserID: id})
		if _, granted := a.granted[t.ID]; granted { // G2, X5
			m.give(a, t.ID, id, t.ID, m.now)
		}
	}
	return joined, nil
}

func (m *model) leaveEnterpriseTeam(a *modelAccount, name string, logins []string, alone bool) (left []string, refused *modelRefusal) {
	t := a.enterpriseTeam(name)
	if t == nil {
		return nil, &modelRefusal{Kind: usher.NotFound}
	}
	ids, refused := m.named(logins, func(id int64) bool { return a.inTeam(id, t.ID) })
	switch {
	case refused != nil && alone:
		return nil, &modelRefusal{Kind: usher.NotFound}
	case refused != nil:
		return nil, refused
	}
	for _, id := range ids {
		left = append(left, m.user(id).Login)
		a.TeamMembers = withoutPlace(a.TeamMembers, t.ID, id)
		if _, granted := a.granted[t.ID]; granted { // X5, E5
			m.loseTeam(a, id, t.ID)
		}
	}
	return left, nil
}

// assignable is a team that is assigned to selected organizations.
func (a *modelAccount) assignable(name string) (t *usher.Team, refused *modelRefusal) {
	t = a.enterpriseTeam(name)
	switch {
	case t == nil:
		return nil, &modelRefusal{Kind: usher.NotFound}
	case t.Selection != usher.SelectedOrganizations:
		return nil, &modelRefusal{Kind: usher.Invalid}
	}
	return t, nil
}

// assign assigns a team to organizations, or takes that back.
func (m *model) assign(a *modelAccount, name string, logins []string, alone, back bool) (done []string, refused *modelRefusal) {
	t, refused := a.assignable(name)
	if refused != nil {
		return nil, refused
	}
	assigned, wrong := slices.Clone(a.assigned), map[string]bool{}
	for _, login := range logins {
		at := slices.IndexFunc(m.organizations(a), func(o *modelAccount) bool { return strings.EqualFold(o.Account.Login, login) })
		if at < 0 {
			wrong[strings.ToLower(login)] = true
			continue
		}
		organization := m.organizations(a)[at].Account
		this := modelAssignment{t.ID, organization.Ref.ID}
		if back && !slices.Contains(a.assigned, this) {
			wrong[strings.ToLower(login)] = true
			continue
		}
		assigned = slices.DeleteFunc(assigned, func(x modelAssignment) bool { return x == this })
		if !back {
			assigned = append(assigned, this)
			if !slices.Contains(done, organization.Login) {
				done = append(done, organization.Login)
			}
		}
	}
	switch refused := naming(wrong); {
	case refused != nil && alone:
		return nil, &modelRefusal{Kind: usher.NotFound}
	case refused != nil:
		return nil, refused
	}
	a.assigned = assigned
	return done, nil
}

// teamOrganizations are the logins of the organizations that a team is assigned to, by id.
func (m *model) teamOrganizations(a *modelAccount, t usher.Team) (logins []string) {
	for _, o := range m.organizations(a) {
		selected := t.Selection == usher.SelectedOrganizations && slices.Contains(a.assigned, modelAssignment{t.ID, o.Account.Ref.ID})
		if t.Selection == usher.AllOrganizations || selected {
			logins = append(logins, o.Account.Login)
		}
	}
	return logins
}

// ----- the machine's

func (m *machine) drawEnterpriseTeam(rt *rapid.T) string {
	team := m.drawTeam(rt, m.enterprise())
	if rapid.Bool().Draw(rt, "with the prefix") {
		return drawSpelling(rt, "ent:") + team
	}
	return team
}

// drawTeamLike is mostly a team that is like this, where there is one.
func (m *machine) drawTeamLike(rt *rapid.T, like func(usher.Team) bool) string {
	var slugs []string
	for _, t := range m.enterprise().Teams {
		if like(t) {
			slugs = append(slugs, t.Slug)
		}
	}
	if len(slugs) == 0 || rapid.IntRange(0, 3).Draw(rt, "any team") == 0 {
		return m.drawEnterpriseTeam(rt)
	}
	return rapid.SampledFrom(slugs).Draw(rt, "team like that")
}

func drawSelection(rt *rapid.T) *usher.OrganizationSelection {
	return new(rapid.SampledFrom([]usher.OrganizationSelection{
		usher.SelectedOrganizations, usher.SelectedOrganizations, usher.NoOrganizations, usher.AllOrganizations,
	}).Draw(rt, "selection"))
}

func drawEnterpriseTeamName(rt *rapid.T) *string {
	return new(rapid.SampledFrom([]string{"Web", "platform", "Ops", "ops!", " New  Team ", "new-team", "?!", "Core"}).Draw(rt, "team's name"))
}

func drawEnterpriseTeamChange(rt *rapid.T) (change usher.EnterpriseTeamChange) {
	what := rapid.IntRange(0, 4).Draw(rt, "what")
	if what < 2 {
		change.Name = drawEnterpriseTeamName(rt)
	}
	if what > 0 && what < 4 {
		change.Selection = drawSelection(rt)
	}
	if what == 4 {
		change.Description = new(rapid.SampledFrom([]string{"", "of all"}).Draw(rt, "description"))
		change.Quiet = new(rapid.Bool().Draw(rt, "quiet"))
	}
	if rarely(rt, "a group") {
		change.Group = new("engineers")
	}
	return change
}

// enterpriseTeamInWords is all of a team that can change, and when it did.
func enterpriseTeamInWords(t usher.Team) string {
	return fmt.Sprintf("%s %q %q, %s, quiet: %t, from %v, changed %v, under %d", t.Slug, t.Name, t.Description, t.Selection, t.Quiet, t.CreatedAt, t.UpdatedAt, t.ParentID)
}

// teamOr tells of a team, or how it was refused.
func teamOr(kind usher.Kind, t usher.Team) string {
	if kind != 0 {
		return doneOr(kind)
	}
	return doneOr(0) + enterpriseTeamInWords(t)
}

func (m *machine) createEnterpriseTeam(rt *rapid.T) move {
	wanted := drawEnterpriseTeamChange(rt)
	if !rarely(rt, "no name") {
		wanted.Name = drawEnterpriseTeamName(rt)
	}
	ref := m.enterprise().Account.Ref
	return move{
		words: "create an enterprise team: " + changeInWords(wanted),
		real: func(rt complainer, c *company) string {
			t, err := c.service.CreateEnterpriseTeam(background, ref, wanted, by)
			return teamOr(kindAs(rt, err), t)
		},
		naive: func(m *model) string {
			t, kind := m.createEnterpriseTeam(m.account(ref), wanted)
			return teamOr(kind, t)
		},
	}
}

func changeInWords(change usher.EnterpriseTeamChange) (words string) {
	for what, to := range map[string]*string{"name": change.Name, "description": change.Description, "group": change.Group, "selection": (*string)(change.Selection)} {
		if to != nil {
			words += fmt.Sprintf(" %s %q", what, *to)
		}
	}
	if change.Quiet != nil {
		words += fmt.Sprintf(" quiet %t", *change.Quiet)
	}
	return words
}

func (m *machine) changeEnterpriseTeam(rt *rapid.T) move {
	team := m.drawTeamLike(rt, func(t usher.Team) bool { return len(m.model.teamOrganizations(m.enterprise(), t)) > 0 })
	change, ref := drawEnterpriseTeamChange(rt), m.enterprise().Account.Ref
	return move{
		words: fmt.Sprintf("change the enterprise team %s: %s", team, changeInWords(change)),
		real: func(rt complainer, c *company) string {
			t, err := c.service.ChangeEnterpriseTeam(background, ref, usher.TeamName{Slug: team}, change, by)
			return teamOr(kindAs(rt, err), t)
		},
		naive: func(m *model) string {
			t, kind := m.changeEnterpriseTeam(m.account(ref), team, change)
			return teamOr(kind, t)
		},
	}
}

func (m *machine) deleteEnterpriseTeam(rt *rapid.T) move {
	team, ref := m.drawEnterpriseTeam(rt), m.enterprise().Account.Ref
	return move{
		words: "delete the enterprise team " + team,
		real: func(rt complainer, c *company) string {
			return doneOr(kindAs(rt, c.service.DeleteEnterpriseTeam(background, ref, usher.TeamName{Slug: team}, by)))
		},
		naive: func(m *model) string { return doneOr(m.deleteEnterpriseTeam(m.account(ref), team)) },
	}
}

// namesOr tells of those that a call named, or how it was refused.
func namesOr(refused *modelRefusal, names []string) string {
	if refused != nil {
		return outcome(0, refused)
	}
	return fmt.Sprintf("done with %q", names)
}

// drawAlone says whether a call is the one that names a single thing, in its path; else the
// list may be empty.
func drawAlone(rt *rapid.T, names []string) (some []string, alone bool) {
	if rapid.Bool().Draw(rt, "alone") {
		return names[:1], true
	}
	if rarely(rt, "no names") {
		return nil, false
	}
	return names, false
}

// belongingTo are the logins of who can be in an enterprise's team.
func (m *machine) belongingTo(enterprise *modelAccount) (logins []string) {
	for _, login := range cast {
		if id := userID(login); m.model.grantable(enterprise, id) || enterprise.membership(id) != nil {
			logins = append(logins, login)
		}
	}
	return logins
}

func (m *machine) joinEnterpriseTeam(rt *rapid.T) move {
	a, team := m.enterprise(), m.drawEnterpriseTeam(rt)
	names := drawNames(rt, m.among(m.belongingTo(a)), append([]string{"nobody", "no-one"}, cast...))
	logins, alone := drawAlone(rt, names)
	ref, name := a.Account.Ref, usher.TeamName{Slug: team}
	return move{
		words: fmt.Sprintf("%q join the enterprise team %s, alone: %t", logins, team, alone),
		real: func(rt complainer, c *company) string {
			if alone {
				user, err := c.service.AddEnterpriseTeamPerson(background, ref, name, logins[0], by)
				return namesOr(refusedAs(rt, err), []string{user.Login})
			}
			users, err := c.service.AddEnterpriseTeamPeople(background, ref, name, logins, by)
			return namesOr(refusedAs(rt, err), loginsOf(users))
		},
		naive: func(m *model) string {
			joined, refused := m.joinEnterpriseTeam(m.account(ref), team, logins, alone)
			return namesOr(refused, joined)
		},
	}
}

func loginsOf(users []usher.User) (logins []string) {
	for _, user := range users {
		logins = append(logins, user.Login)
	}
	return logins
}

func (m *machine) leaveEnterpriseTeam(rt *rapid.T) move {
	a, team := m.enterprise(), m.drawEnterpriseTeam(rt)
	var inside []string
	if t := a.enterpriseTeam(team); t != nil {
		for _, id := range a.teamPeople(m.model, t.ID) {
			inside = append(inside, m.model.user(id).Login)
		}
	}
	names := drawNames(rt, m.among(inside), append([]string{"nobody", "no-one"}, cast...))
	logins, alone := drawAlone(rt, names)
	ref, name := a.Account.Ref, usher.TeamName{Slug: team}
	return move{
		words: fmt.Sprintf("%q leave the enterprise team %s, alone: %t", logins, team, alone),
		real: func(rt complainer, c *company) string {
			if alone { // which says nothing of who it was
				return namesOr(refusedAs(rt, c.service.RemoveEnterpriseTeamPerson(background, ref, name, logins[0], by)), nil)
			}
			users, err := c.service.RemoveEnterpriseTeamPeople(background, ref, name, logins, by)
			return namesOr(refusedAs(rt, err), loginsOf(users))
		},
		naive: func(m *model) string {
			left, refused := m.leaveEnterpriseTeam(m.account(ref), team, logins, alone)
			if alone {
				left = nil
			}
			return namesOr(refused, left)
		},
	}
}

func drawOrganizations(rt *rapid.T) (logins []string, alone bool) {
	return drawAlone(rt, drawNames(rt, []string{"octodemo", "hubot"}, []string{"nowhere", "octo-global"}))
}

type (
	realAssignment      func(*usher.Service, context.Context, usher.AccountRef, usher.TeamName, []string, usher.By) ([]usher.Account, error)
	realAssignmentAlone func(*usher.Service, context.Context, usher.AccountRef, usher.TeamName, string, usher.By) (usher.Account, error)
)

func (m *machine) assignment(rt *rapid.T, real realAssignment, realAlone realAssignmentAlone, back bool) move {
	team := m.drawTeamLike(rt, func(t usher.Team) bool { return t.Selection == usher.SelectedOrganizations })
	ref := m.enterprise().Account.Ref
	logins, alone := drawOrganizations(rt)
	name := usher.TeamName{Slug: team}
	return move{
		words: fmt.Sprintf("assign the enterprise team %s to %q, alone: %t, back: %t", team, logins, alone, back),
		real: func(rt complainer, c *company) string {
			var organizations []usher.Account
			var err error
			if alone {
				organizations = make([]usher.Account, 1)
				organizations[0], err = realAlone(c.service, background, ref, name, logins[0], by)
			} else {
				organizations, err = real(c.service, background, ref, name, logins, by)
			}
			return namesOr(refusedAs(rt, err), organizationsInWords(organizations))
		},
		naive: func(m *model) string {
			done, refused := m.assign(m.account(ref), team, logins, alone, back)
			return namesOr(refused, done)
		},
	}
}

// organizationsInWords leaves out those that are none: what is taken back is not shown.
func organizationsInWords(organizations []usher.Account) (logins []string) {
	for _, o := range organizations {
		if o.Login != "" {
			logins = append(logins, o.Login)
		}
	}
	return logins
}

func (m *machine) assign(rt *rapid.T) move {
	return m.assignment(rt, (*usher.Service).AssignOrganizations, (*usher.Service).AssignOrganization, false)
}

func (m *machine) unassign(rt *rapid.T) move {
	return m.assignment(rt,
		func(s *usher.Service, ctx context.Context, ref usher.AccountRef, name usher.TeamName, logins []string, by usher.By) ([]usher.Account, error) {
			return nil, s.UnassignOrganizations(ctx, ref, name, logins, by)
		},
		func(s *usher.Service, ctx context.Context, ref usher.AccountRef, name usher.TeamName, login string, by usher.By) (usher.Account, error) {
			return usher.Account{}, s.UnassignOrganization(ctx, ref, name, login, by)
		}, true)
}

// ----- lists

// compareEnterpriseTeams asks for the list of teams, and for people and organizations of one.
func (m *machine) compareEnterpriseTeams(rt *rapid.T, a *modelAccount) {
	page, err := m.service.EnterpriseTeams(background, a.Account.Ref, everyRow)
	if err != nil {
		rt.Fatalf("teams of %s: %v", a.Account.Login, err)
	}
	m.remember(rt, "teams of "+a.Account.Login, page.Edition, page)
	var got, want []string
	for _, row := range page.Teams {
		got = append(got, enterpriseTeamInWords(row.Team))
	}
	teams := slices.SortedFunc(slices.Values(a.Teams), func(x, y usher.Team) int { return int(x.ID - y.ID) })
	for _, t := range teams {
		want = append(want, enterpriseTeamInWords(t))
	}
	if diff := cmp.Diff(want, got); diff != "" || page.Rows != int64(len(want)) {
		rt.Fatalf("%d teams of %s (-want +got):\n%s", page.Rows, a.Account.Login, diff)
	}
	if len(teams) > 0 {
		t := rapid.SampledFrom(teams).Draw(rt, "enterprise team to look at")
		m.compareEnterpriseTeamPeople(rt, a, t)
		m.compareEnterpriseTeamOrganizations(rt, a, t)
	}
}

func (m *machine) compareEnterpriseTeamPeople(rt *rapid.T, a *modelAccount, t usher.Team) {
	page, err := m.service.EnterpriseTeamPeople(background, a.Account.Ref, usher.TeamName{Slug: t.Slug}, everyRow)
	if err != nil {
		rt.Fatalf("people of enterprise team %s: %v", t.Slug, err)
	}
	m.remember(rt, fmt.Sprintf("people of enterprise team %d", page.Team.ID), page.Edition, page)
	var got, want []string
	for _, p := range page.People {
		got = append(got, fmt.Sprintf("%s, %s, inherited: %t", p.User.Login, p.Role, p.Inherited))
	}
	for _, id := range a.teamPeople(m.model, t.ID) {
		want = append(want, fmt.Sprintf("%s, %s, inherited: false", m.model.user(id).Login, usher.TeamMemberRole))
	}
	if diff := cmp.Diff(want, got); diff != "" || page.Rows != int64(len(want)) {
		rt.Fatalf("%d people of enterprise team %s (-want +got):\n%s", page.Rows, t.Slug, diff)
	}
}

func (m *machine) compareEnterpriseTeamOrganizations(rt *rapid.T, a *modelAccount, t usher.Team) {
	page, err := m.service.EnterpriseTeamOrganizations(background, a.Account.Ref, usher.TeamName{Slug: t.Slug}, everyRow)
	if err != nil {
		rt.Fatalf("organizations of enterprise team %s: %v", t.Slug, err)
	}
	m.remember(rt, fmt.Sprintf("organizations of enterprise team %d", page.Team.ID), page.Edition, page)
	want, got := m.model.teamOrganizations(a, t), organizationsInWords(page.Organizations)
	if diff := cmp.Diff(want, got); diff != "" || page.Rows != int64(len(want)) {
		rt.Fatalf("%d organizations of enterprise team %s (-want +got):\n%s", page.Rows, t.Slug, diff)
	}
}
