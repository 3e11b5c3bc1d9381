package usher_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// The moves of teams: the naive model's, then the machine's.

func (a *modelAccount) teamBySlug(slug string) *usher.Team {
	for i := range a.Teams {
		if strings.EqualFold(a.Teams[i].Slug, slug) {
			return &a.Teams[i]
		}
	}
	return nil
}

// place is a person's own place among these.
func place(places []usher.TeamMember, team, user int64) (found usher.TeamMember, ok bool) {
	for _, p := range places {
		if p.TeamID == team && p.UserID == user {
			return p, true
		}
	}
	return usher.TeamMember{}, false
}

// regroup makes a change of teams, and has these people's seats follow.
func (m *model) regroup(a *modelAccount, people []int64, left int64, change func()) {
	before := map[int64][]int64{}
	for _, user := range people {
		before[user] = a.teamsOf(user)
	}
	change()
	for _, user := range people {
		m.follow(a, user, before[user], left)
	}
}

// follow gives or takes a seat where the teams that reach a person have changed (G2, X5).
func (m *model) follow(a *modelAccount, user int64, before []int64, left int64) {
	switch {
	case !a.on():
	case a.held(user):
		m.give(a, 0, user, a.assigning(user), m.now)
	case len(before) > 0:
		if !slices.Contains(before, left) {
			left = before[0]
		}
		m.take(a, m.seatOf(a, 0, user), left, by.Actor)
	}
}

func (m *model) joinTeam(a *modelAccount, slug, login string, role usher.TeamRole) (state usher.MembershipState, kind usher.Kind) {
	user, known := m.byLogin(login)
	t := a.teamBySlug(slug)
	if t == nil || !known {
		return "", usher.NotFound
	}
	own := usher.TeamMember{TeamID: t.ID, UserID: user, Maintainer: role == usher.TeamMaintainerRole}
	if !a.has(user, usher.Active) {
		if a.membership(user) == nil {
			m.invitePerson(a, user, usher.RoleMember)
		}
		a.waiting = append(withoutPlace(a.waiting, t.ID, user), own)
		return usher.Pending, 0
	}
	m.regroup(a, []int64{user}, 0, func() { a.TeamMembers = append(withoutPlace(a.TeamMembers, t.ID, user), own) })
	return usher.Active, 0
}

func (m *model) leaveTeam(a *modelAccount, slug, login string) usher.Kind {
	user, _ := m.byLogin(login)
	t := a.teamBySlug(slug)
	if t == nil {
		return usher.NotFound
	}
	if _, waits := place(a.waiting, t.ID, user); waits {
		a.waiting = withoutPlace(a.waiting, t.ID, user)
		return 0
	}
	if _, in := place(a.TeamMembers, t.ID, user); !in {
		return usher.NotFound
	}
	m.regroup(a, []int64{user}, t.ID, func() { a.TeamMembers = withoutPlace(a.TeamMembers, t.ID, user) })
	return 0
}

var notInSlug = regexp.MustCompile(`[^\pL\pN_]+`)

// nameTeam gives a team a name and the slug that follows, where no other has either.
func (a *modelAccount) nameTeam(t *usher.Team, name string) bool {
	name = strings.TrimSpace(name)
	if name == t.Name {
		return true // a slug of its own stays
	}
	slug := strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	for _, other := range a.Teams {
		if other.ID != t.ID && (strings.EqualFold(other.Slug, slug) || strings.EqualFold(other.Name, name)) {
			return false
		}
	}
	t.Name, t.Slug = name, slug
	return slug != ""
}

// tree is a team and all below it.
func (a *modelAccount) tree(id int64) []int64 {
	tree := []int64{id}
	for _, t := range a.Teams {
		if t.ParentID == id {
			tree = append(tree, a.tree(t.ID)...)
		}
	}
	return tree
}

// setParent puts a team under another, or under none.
func (a *modelAccount) setParent(t *usher.Team, slug string) bool {
	if slug == "" {
		t.ParentID = 0
		return true
	}
	parent := a.teamBySlug(slug)
	if parent == nil || parent.Privacy == usher.PrivacySecret || slices.Contains(a.tree(t.ID), parent.ID) {
		return false
	}
	t.ParentID = parent.ID
	return true
}

// modelTeam is a new team as a move names it.
type modelTeam struct {
	name, parent, privacy string
	maintainers           []string
	creator               int64 // 0 for an app
}

func (m *model) createTeam(a *modelAccount, wanted modelTeam) (t usher.Team, kind usher.Kind) {
	t = usher.Team{Account: a.Account.Ref, ID: m.lastID + 1, Privacy: wanted.privacy, CreatedAt: m.now}
	if !a.setParent(&t, wanted.parent) || !a.nameTeam(&t, wanted.name) {
		return t, usher.Invalid
	}
	switch {
	case t.Privacy == "" && t.ParentID == 0:
		t.Privacy = usher.PrivacySecret
	case t.Privacy == "":
		t.Privacy = usher.PrivacyClosed
	case t.Privacy == usher.PrivacySecret && t.ParentID != 0:
		return t, usher.Invalid
	}
	var people []int64
	for _, login := range wanted.maintainers {
		user, known := m.byLogin(login)
		if !known || !a.has(user, usher.Active) {
			return t, usher.Invalid
		}
		if !slices.Contains(people, user) {
			people = append(people, user)
		}
	}
	if wanted.creator != 0 && !slices.Contains(people, wanted.creator) {
		people = append(people, wanted.creator) // G9
	}
	m.newID()
	m.regroup(a, people, 0, func() {
		a.Teams, a.TeamMembers = append(slices.Clone(a.Teams), t), slices.Clone(a.TeamMembers)
		for _, user := range people {
			a.TeamMembers = append(a.TeamMembers, usher.TeamMember{TeamID: t.ID, UserID: user, Maintainer: true})
		}
	})
	return t, 0
}

// changeTeam changes a team; nil leaves as it is.
func (m *model) changeTeam(a *modelAccount, slug string, name, parent, privacy *string) (t usher.Team, kind usher.Kind) {
	known := a.teamBySlug(slug)
	if known == nil {
		return t, usher.NotFound
	}
	t = *known
	if parent != nil && !a.setParent(&t, *parent) || name != nil && *name != t.Name && !a.nameTeam(&t, *name) {
		return t, usher.Invalid
	}
	if privacy != nil {
		t.Privacy = *privacy
	}
	if t.Privacy == usher.PrivacySecret && (t.ParentID != 0 || len(a.tree(t.ID)) > 1) {
		return t, usher.Invalid
	}
	m.regroup(a, a.teamPeople(m, t.ID), 0, func() {
		a.Teams = slices.Clone(a.Teams)
		*a.team(t.ID) = t
	})
	return t, 0
}

// deleteTeam deletes a team and all below it (X7).
func (m *model) deleteTeam(a *modelAccount, slug string) usher.Kind {
	t := a.teamBySlug(slug)
	if t == nil {
		return usher.NotFound
	}
	id, tree := t.ID, a.tree(t.ID)
	m.regroup(a, a.teamPeople(m, id), id, func() {
		inTree := func(p usher.TeamMember) bool { return slices.Contains(tree, p.TeamID) }
		a.TeamMembers = slices.DeleteFunc(slices.Clone(a.TeamMembers), inTree)
		a.waiting = slices.DeleteFunc(slices.Clone(a.waiting), inTree)
		a.Teams = slices.DeleteFunc(slices.Clone(a.Teams), func(t usher.Team) bool { return slices.Contains(tree, t.ID) })
		for _, gone := range tree {
			delete(a.granted, gone)
			delete(a.asleep.teams, gone)
		}
	})
	return 0
}

// ----- the machine's

// drawTeam is the slug of a team, mostly.
func (m *machine) drawTeam(rt *rapid.T, a *modelAccount) string {
	var slugs []string
	for _, t := range a.Teams {
		slugs = append(slugs, t.Slug)
	}
	if len(slugs) == 0 || rarely(rt, "no team") {
		return "nothing"
	}
	return drawSpelling(rt, rapid.SampledFrom(slugs).Draw(rt, "team"))
}

// drawPlace is a team of an organization and a person, whom it may have never seen.
func (m *machine) drawPlace(rt *rapid.T) (a *modelAccount, team, login string) {
	a = m.drawOrganization(rt)
	return a, m.drawTeam(rt, a), rapid.SampledFrom(append([]string{"nobody"}, m.among(cast)...)).Draw(rt, "login")
}

// anApp is an installation, which may change who is in which team anywhere.
var anApp = usher.Caller{Token: usher.Token{ID: 1, Kind: usher.AppInstallation}}

func (m *machine) joinTeam(rt *rapid.T) move {
	a, team, login := m.drawPlace(rt)
	role := rapid.SampledFrom([]usher.TeamRole{usher.TeamMemberRole, usher.TeamMaintainerRole}).Draw(rt, "role")
	spelt, ref := drawSpelling(rt, login), a.Account.Ref
	return move{
		words: fmt.Sprintf("%s joins team %s of %s as %s", login, team, a.Account.Login, role),
		real: func(rt complainer, c *company) string {
			m, err := c.service.SetTeamMembership(background, ref, usher.TeamName{Slug: team}, spelt, role, anApp, by)
			if err != nil {
				return doneOr(kindAs(rt, err))
			}
			return doneOr(0) + string(m.State)
		},
		naive: func(m *model) string {
			state, kind := m.joinTeam(m.account(ref), team, login, role)
			return doneOr(kind) + string(state)
		},
	}
}

func (m *machine) leaveTeam(rt *rapid.T) move {
	a, team, login := m.drawPlace(rt)
	spelt, ref := drawSpelling(rt, login), a.Account.Ref
	return move{
		words: fmt.Sprintf("%s leaves team %s of %s", login, team, a.Account.Login),
		real: func(rt complainer, c *company) string {
			return doneOr(kindAs(rt, c.service.RemoveTeamMembership(background, ref, usher.TeamName{Slug: team}, spelt, anApp, by)))
		},
		naive: func(m *model) string { return doneOr(m.leaveTeam(m.account(ref), team, login)) },
	}
}

func drawTeamName(rt *rapid.T) string {
	return rapid.SampledFrom([]string{
		"Core Team", "core-team", "inner", "Docs & Words", "docs", "Ops", "ops!", " New  Team ", "new-team", "?!", "Öl & Gas",
	}).Draw(rt, "team's name")
}

func drawPrivacy(rt *rapid.T) string {
	return rapid.SampledFrom([]string{usher.PrivacyClosed, usher.PrivacyClosed, usher.PrivacySecret}).Draw(rt, "privacy")
}

func (m *machine) createTeam(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	wanted := modelTeam{name: drawTeamName(rt)}
	if rapid.Bool().Draw(rt, "with a parent") {
		wanted.parent = m.drawTeam(rt, a)
	}
	if rapid.Bool().Draw(rt, "with a privacy") {
		wanted.privacy = drawPrivacy(rt)
	}
	members := m.model.peopleOf(a, usher.Active)
	for range rapid.IntRange(0, 3).Draw(rt, "maintainers") {
		wanted.maintainers = append(wanted.maintainers, rapid.SampledFrom(members).Draw(rt, "maintainer"))
	}
	if rarely(rt, "a wrong maintainer") {
		wanted.maintainers = append(wanted.maintainers, m.drawPerson(rt, m.model.peopleOf(a, "")))
	}
	if rapid.Bool().Draw(rt, "by an owner") {
		for _, p := range a.Memberships {
			if p.Role == usher.RoleOwner && p.State == usher.Active {
				wanted.creator = p.UserID
			}
		}
	}
	return creation(a, wanted)
}

func creation(a *modelAccount, wanted modelTeam) move {
	caller := anApp
	if wanted.creator != 0 {
		caller = usher.Caller{User: &usher.User{ID: wanted.creator}, Token: usher.Token{ID: 2, Kind: usher.Classic}}
	}
	team := usher.NewTeam{Name: wanted.name, Privacy: wanted.privacy, Maintainers: wanted.maintainers}
	if wanted.parent != "" {
		team.Parent = &usher.TeamName{Slug: wanted.parent}
	}
	ref := a.Account.Ref
	return move{
		words: fmt.Sprintf("create in %s the team %+v", a.Account.Login, wanted),
		real: func(rt complainer, c *company) string {
			created, err := c.service.CreateTeam(background, ref, team, caller, by)
			return doneOr(kindAs(rt, err)) + created.Team.Slug
		},
		naive: func(m *model) string {
			t, kind := m.createTeam(m.account(ref), wanted)
			if kind != 0 {
				return doneOr(kind)
			}
			return doneOr(0) + t.Slug
		},
	}
}

func (m *machine) changeTeam(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	slug, ref := m.drawTeam(rt, a), a.Account.Ref
	var name, parent, privacy *string
	var change usher.TeamChange
	what := rapid.IntRange(0, 5).Draw(rt, "what")
	if what < 2 {
		name = new(drawTeamName(rt))
	}
	if what > 0 && what < 5 {
		parent, change.Parent = new(""), &usher.TeamName{}
		if rapid.IntRange(0, 2).Draw(rt, "under another") > 0 {
			*parent = m.drawTeam(rt, a)
			change.Parent.Slug = *parent
		}
	}
	if what == 5 {
		privacy = new(drawPrivacy(rt))
	}
	change.Name, change.Privacy = name, privacy
	words := fmt.Sprintf("change team %s of %s", slug, a.Account.Login)
	for what, to := range map[string]*string{"name": name, "parent": parent, "privacy": privacy} {
		if to != nil {
			words += fmt.Sprintf(", %s: %q", what, *to)
		}
	}
	return move{
		words: words,
		real: func(rt complainer, c *company) string {
			changed, _, err := c.service.ChangeTeam(background, ref, usher.TeamName{Slug: slug}, change, anApp, by)
			return doneOr(kindAs(rt, err)) + changed.Team.Slug
		},
		naive: func(m *model) string {
			t, kind := m.changeTeam(m.account(ref), slug, name, parent, privacy)
			if kind != 0 {
				return doneOr(kind)
			}
			return doneOr(0) + t.Slug
		},
	}
}

func (m *machine) deleteTeam(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	slug, ref := m.drawTeam(rt, a), a.Account.Ref
	return move{
		words: fmt.Sprintf("delete team %s of %s", slug, a.Account.Login),
		real: func(rt complainer, c *company) string {
			return doneOr(kindAs(rt, c.service.DeleteTeam(background, ref, usher.TeamName{Slug: slug}, anApp, by)))
		},
		naive: func(m *model) string { return doneOr(m.deleteTeam(m.account(ref), slug)) },
	}
}
