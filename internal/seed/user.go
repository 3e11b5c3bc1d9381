package seed

import (
	"strings"
	"time"
	_ "time/tzdata" // time zones are known on machines without a list of them, too

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

func (p *parser) readUsers(nodes []*yaml.Node) {
	given := newIDs(len(nodes))
	p.users = make(map[string]listed, len(nodes))
	var unnumbered []int // users without an id, as indices into entries
	var entries []entry
	for i, node := range nodes {
		at := place{kind: "user", name: nameOf(node, "login"), number: i + 1}
		e, ok := p.entry(node, at, userKeys...)
		if !ok {
			continue
		}
		user := p.user(e)
		if user.ID = given.given(e); user.ID == 0 {
			unnumbered = append(unnumbered, len(entries))
		}
		entries = append(entries, e)
		p.world.Users = append(p.world.Users, user)
	}
	for _, i := range unnumbered {
		p.world.Users[i].ID = given.next(entries[i])
	}
	for i, user := range p.world.Users {
		p.listUser(entries[i], user)
	}
}

func (p *parser) user(e entry) usher.User {
	login, _ := e.name("login")
	return usher.User{
		Login:     login,
		Name:      e.text("name"),
		Email:     e.text("email"),
		TimeZone:  p.timeZone(e),
		SiteAdmin: e.flag("site_admin", false),
	}
}

func (p *parser) listUser(e entry, user usher.User) {
	if user.Login == "" {
		return
	}
	key := usher.LoginKey(user.Login)
	if other, taken := p.users[key]; taken {
		e.fail(e.value("login"), "the login is already listed on line %d; logins differ in more than upper and lower case", other.line)
		return
	}
	p.users[key] = listed{user.ID, e.value("login").Line}
}

// timeZone is the IANA name of a user's zone; empty for UTC.
func (p *parser) timeZone(e entry) string {
	name := e.text("time_zone")
	known, ok := p.zones[name]
	if !ok {
		_, err := time.LoadLocation(name)
		known = err == nil && !strings.EqualFold(name, "local") && !strings.EqualFold(name, "localtime")
		p.zones[name] = known
	}
	if !known {
		e.fail(e.value("time_zone"), "the time zone %s is unknown; give an IANA name such as America/Denver", quoted(name))
		return ""
	}
	return name
}

// person is the id of the user whom an item of a list names; role is what messages call
// whoever stands in that list.
func (e entry) person(node *yaml.Node, role string) (id int64, ok bool) {
	login, ok := e.textOf(node, role)
	if !ok {
		return 0, false
	}
	user, ok := e.p.users[usher.LoginKey(login)]
	if !ok {
		e.fail(node, "%s %s is not listed under users", role, quoted(login))
	}
	return user.id, ok
}
