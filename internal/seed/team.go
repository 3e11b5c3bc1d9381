package seed

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// readTeams reads the teams of all accounts of a kind: they share one row of ids.
func (p *parser) readTeams(accounts []*account) {
	given := newIDs(len(accounts))
	for _, a := range accounts {
		for i, node := range a.list("teams") {
			a.readTeam(given, node, i+1)
		}
		if !a.isEnterprise() {
			a.readParents()
		}
	}
}

func (a *account) readTeam(given *ids, node *yaml.Node, number int) {
	e, ok := a.teamEntry(node, number)
	if !ok {
		return
	}
	name, ok := a.teamName(e)
	if !ok {
		return
	}
	slug, ok := a.teamSlug(e, name)
	if !ok {
		return
	}
	team := usher.Team{
		Account: a.ref(), ID: given.next(e), Slug: slug, Name: name,
		Description: e.text("description"), Privacy: e.choice("privacy", "closed", "secret"), CreatedAt: a.p.now, UpdatedAt: a.p.now,
	}
	a.slugs[usher.TeamNameKey(slug)] = len(a.world.Teams)
	a.names[usher.TeamNameKey(name)] = len(a.world.Teams)
	a.world.Teams = append(a.world.Teams, team)
	a.teamEntries = append(a.teamEntries, e)
	a.readTeamMembers(e, team.ID)
}

func (a *account) teamEntry(node *yaml.Node, number int) (entry, bool) {
	return a.p.entry(node, a.inner("team", nameOf(node, "name"), number), teamKeys(a.ref().Kind)...)
}

// teamName is the name of a team, which no other team of the account has.
func (a *account) teamName(e entry) (string, bool) {
	name, ok := e.required("name")
	if !ok {
		return "", false
	}
	if length := utf8.RuneCountInString(name); length > usher.MaxTeamName {
		e.fail(e.value("name"), "the name has %d characters; it may have %d at most", length, usher.MaxTeamName)
		return "", false
	}
	if at, taken := a.names[usher.TeamNameKey(name)]; taken {
		e.fail(e.value("name"), "another team has the same name, on line %d; choose another", a.teamEntries[at].value("name").Line)
		return "", false
	}
	return name, true
}

// teamSlug is the slug of a team, given or made of its name, which no other team of the
// account has.
func (a *account) teamSlug(e entry, name string) (string, bool) {
	node, slug := e.value("slug"), usher.TeamSlug(name)
	if node != nil {
		given, ok := e.textOf(node, "slug")
		if !ok {
			return "", false
		}
		slug = given
	} else if node = e.value("name"); !usher.IsTeamSlug(slug) {
		e.fail(node, "no slug of 1 to 100 letters and digits can be made of the name; give the team a slug")
		return "", false
	}
	if a.isEnterprise() {
		slug = usher.BareSlug(slug)
	}
	if !usher.IsTeamSlug(slug) {
		e.fail(node, "slug may have letters, digits, - and _ only, and 1 to 100 of them")
		return "", false
	}
	if at, taken := a.slugs[usher.TeamNameKey(slug)]; taken {
		e.fail(node, "another team has the same slug, %s, on line %d; give one of them another slug", quoted(slug), a.teamEntries[at].node.Line)
		return "", false
	}
	return slug, true
}

// readTeamMembers reads maintainers and members. Who is both is a maintainer.
func (a *account) readTeamMembers(e entry, teamID int64) {
	seen := map[int64]bool{}
	read := func(key, word string, maintainer bool) {
		for _, node := range e.list(key) {
			id, ok := e.person(node, word)
			if !ok || seen[id] || !a.mayJoinTeam(e, node, id, word) {
				continue
			}
			seen[id] = true
			a.world.TeamMembers = append(a.world.TeamMembers, usher.TeamMember{TeamID: teamID, UserID: id, Maintainer: maintainer})
		}
	}
	read("maintainers", "maintainer", true)
	read("members", "member", false)
}

// mayJoinTeam says whether a person can be in a team: members of the organization can;
// in enterprise teams, everybody.
func (a *account) mayJoinTeam(e entry, node *yaml.Node, id int64, word string) bool {
	listed, active := a.standing(id)
	switch {
	case a.isEnterprise() || active:
		return true
	case listed:
		e.fail(node, "%s %s is only invited to the organization; add them to its members instead, or remove them here", word, quoted(node.Value))
	default:
		e.fail(node, "%s %s is not a member of the organization; add them to its members, or remove them here", word, quoted(node.Value))
	}
	return false
}

// team is the index of the team that a text names: a slug goes before another team's
// name, as in GitHub's selected_teams.
func (a *account) team(name string) (int, bool) {
	key := usher.TeamNameKey(name)
	if a.isEnterprise() {
		if at, ok := a.slugs[usher.BareSlug(key)]; ok {
			return at, true
		}
	}
	if at, ok := a.slugs[key]; ok {
		return at, true
	}
	at, ok := a.names[key]
	return at, ok
}

// readParents reads the teams' parents, which may stand below their children.
func (a *account) readParents() {
	parents := make([]int, len(a.world.Teams)) // indices; -1 for none
	for i, e := range a.teamEntries {
		parents[i] = -1
		node := e.value("parent")
		if node == nil {
			continue
		}
		slug, ok := e.textOf(node, "parent")
		if !ok {
			continue
		}
		at, ok := a.team(slug)
		if !ok {
			e.fail(node, "the parent %s is not a team of the organization; give the slug of one", quoted(slug))
			continue
		}
		parents[i] = at
		a.world.Teams[i].ParentID = a.world.Teams[at].ID
	}
	a.refuseCycles(parents)
}

// refuseCycles notes each circle of parents once, at its first team.
func (a *account) refuseCycles(parents []int) {
	walk := make([]int, len(parents)) // the walk that came by: its first team + 1
	for start := range parents {
		at := start
		for at >= 0 && walk[at] == 0 {
			walk[at] = start + 1
			at = parents[at]
		}
		if at >= 0 && walk[at] == start+1 {
			first := firstOfCycle(parents, at)
			e := a.teamEntries[first]
			e.fail(e.value("parent"), "the parents go round in a circle back to this team; remove one of them")
		}
	}
}

func firstOfCycle(parents []int, at int) int {
	first := at
	for next := parents[at]; next != at; next = parents[next] {
		first = min(first, next)
	}
	return first
}
