package seed

import (
	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// readSeats reads an account's grants and the activity of its people. All memberships and
// teams must have been read.
func (a *account) readSeats() {
	if e, ok := a.section("seats", seatsKeys...); ok {
		a.readGrants(e)
	}
	if !a.isEnterprise() {
		a.readActivity()
	}
}

// readGrants reads the grants in the order of the file, since seats that begin together
// are numbered in it (rule R1).
func (a *account) readGrants(e entry) {
	granted := grants{account: a, entry: e, users: map[int64]int{}, teams: map[int64]int{}}
	for i := 0; i < len(e.node.Content); i += 2 {
		switch e.node.Content[i].Value {
		case "users":
			granted.readUsers()
		case "teams":
			granted.readTeams()
		}
	}
}

// grants is the reading of one seats block.
type grants struct {
	entry
	account *account
	users   map[int64]int // the line of each grant
	teams   map[int64]int
	people  map[int64]bool // whom an enterprise may grant; nil until it is needed
}

func (g *grants) readUsers() {
	for i, node := range g.list("users") {
		g.readUser(node, i+1)
	}
}

// readUser takes both forms of an entry: a login, and a mapping with more.
func (g *grants) readUser(node *yaml.Node, number int) {
	grant := usher.WorldGrant{Kind: usher.DirectGrant}
	login := node
	if node.Kind == yaml.MappingNode {
		e, _ := g.p.entry(node, g.inner("user", nameOf(node, "login"), number), userSeatKeys...)
		if login = e.value("login"); login == nil {
			e.fail(node, "login is missing")
			return
		}
		grant.At, grant.Cancelled = e.past("at"), e.flag("cancel", false)
	}
	id, ok := g.person(login, "user")
	if !ok {
		return
	}
	if line, taken := g.users[id]; taken {
		g.fail(login, "user %s already has a seat on line %d; remove one of the two", quoted(login.Value), line)
		return
	}
	g.users[id] = login.Line
	if g.mayHold(login, id, grant.Cancelled) {
		grant.SubjectID = id
		g.add(grant)
	}
}

// mayHold says whether a person can be granted a seat (rules G5, E5), and notes why not.
func (g *grants) mayHold(login *yaml.Node, id int64, cancelled bool) bool {
	listed, active := g.account.standing(id)
	switch {
	case g.account.isEnterprise() && !g.grantable()[id]:
		g.fail(login, "user %s is a member of none of the enterprise's organizations and teams; add them to one, or remove the seat", quoted(login.Value))
		return false
	case g.account.isEnterprise():
		return true
	case !listed:
		g.fail(login, "user %s is neither a member of the organization nor invited to it; add them to its members, or remove the seat", quoted(login.Value))
		return false
	case !active && cancelled:
		g.fail(login, "user %s is only invited and has no seat to cancel; remove cancel", quoted(login.Value))
		return false
	}
	return true
}

// grantable is everybody whom an enterprise may grant (rule E5).
func (g *grants) grantable() map[int64]bool {
	if g.people != nil {
		return g.people
	}
	g.people = map[int64]bool{}
	for _, member := range g.account.world.TeamMembers {
		g.people[member.UserID] = true
	}
	for _, organization := range g.p.organizations {
		if organization.world.Account.EnterpriseID != g.account.ref().ID {
			continue
		}
		for _, m := range organization.world.Memberships {
			if m.State == usher.Active {
				g.people[m.UserID] = true
			}
		}
	}
	return g.people
}

func (g *grants) readTeams() {
	for i, node := range g.list("teams") {
		g.readTeam(node, i+1)
	}
}

// readTeam takes both forms of an entry: a slug or name, and a mapping with more.
func (g *grants) readTeam(node *yaml.Node, number int) {
	grant := usher.WorldGrant{Kind: usher.TeamGrant}
	if node.Kind == yaml.MappingNode {
		e, _ := g.p.entry(node, g.inner("team", nameOf(node, "slug"), number), teamSeatKeys...)
		if node = e.value("slug"); node == nil {
			e.fail(e.node, "slug is missing")
			return
		}
		grant.At = e.past("at")
	}
	name, ok := g.textOf(node, "team")
	if !ok {
		return
	}
	index, ok := g.account.team(name)
	if !ok {
		g.fail(node, "team %s is not a team of the %s; give the slug or name of one", quoted(name), g.account.ref().Kind)
		return
	}
	grant.SubjectID = g.account.world.Teams[index].ID
	if line, taken := g.teams[grant.SubjectID]; taken {
		g.fail(node, "team %s already has a grant on line %d; remove one of the two", quoted(name), line)
		return
	}
	g.teams[grant.SubjectID] = node.Line
	g.add(grant)
}

func (g *grants) add(grant usher.WorldGrant) {
	g.account.world.Grants = append(g.account.world.Grants, grant)
}

func (a *account) readActivity() {
	for i, node := range a.list("activity") {
		e, ok := a.p.entry(node, a.inner("activity", "", i+1), activityKeys...)
		if !ok {
			continue
		}
		user := e.value("user")
		if user == nil {
			e.fail(node, "user is missing")
			continue
		}
		id, ok := e.person(user, "user")
		if !ok || !e.hasTimes() {
			continue
		}
		a.world.Activity = append(a.world.Activity, usher.WorldActivity{UserID: id, Activity: usher.Activity{
			At: e.past("at"), Editor: e.text("editor"), AuthenticatedAt: e.past("authenticated_at"),
		}})
	}
}

// hasTimes sees that an activity says when, and an editor with its own time.
func (e entry) hasTimes() bool {
	at, editor, authenticated := e.value("at"), e.value("editor"), e.value("authenticated_at")
	switch {
	case at == nil && editor != nil:
		e.fail(editor, "an editor needs the time of its use; add at")
	case at == nil && authenticated == nil:
		e.fail(e.node, "the time is missing; add at or authenticated_at")
	default:
		return true
	}
	return false
}
