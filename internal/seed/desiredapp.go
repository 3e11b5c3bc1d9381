package seed

import (
	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// desiredApps reads the apps that the file lists; nil where it has no such list.
func (p *parser) desiredApps(root entry) *usher.DesiredApps {
	list := root.value("apps")
	if list == nil {
		return nil
	}
	apps := &usher.DesiredApps{Line: list.Line}
	nodes := root.list("apps")
	slugs, clients := map[string]int{}, map[string]int{} // the line of each
	ids, installations := newIDs(len(nodes)), newIDs(len(nodes))
	for i, node := range nodes {
		e, slug, ok := p.appEntry(node, i+1)
		if !ok {
			continue
		}
		e.unique(slugs, "slug", usher.LoginKey(slug))
		e.unique(clients, "client_id", e.clientID())
		app := usher.DesiredApp{
			Slug: e.word("slug"), GivenID: ids.given(e), ID: e.word("id"), ClientID: e.word("client_id"),
			Name: e.textGiven("name"), Description: e.textGiven("description"), Owner: e.wordGiven("owner", "owner"),
			Permissions: e.permissions(), Installations: e.desiredInstallations(installations),
		}
		keys, given := e.publicKeys()
		if empty := e.value("public_keys"); !given && empty != nil {
			e.fail(empty, "%s", keyMissing)
		}
		app.PublicKeys = keys
		apps.List = append(apps.List, app)
	}
	return apps
}

// desiredInstallations reads where an app is to be installed; nil where the file does not say.
func (e entry) desiredInstallations(ids *ids) *usher.DesiredInstallations {
	list := e.value("installations")
	if list == nil {
		return nil
	}
	installations := &usher.DesiredInstallations{Line: list.Line}
	lines := map[string]int{} // of each organization
	for i, node := range e.list("installations") {
		inner, where, login, ok := e.installationEntry(node, i+1)
		if !ok {
			continue
		}
		if line, taken := lines[usher.LoginKey(login)]; taken {
			inner.fail(node, "the app is already installed there, on line %d; remove one of the two", line)
			continue
		}
		lines[usher.LoginKey(login)] = node.Line
		installation := usher.DesiredInstallation{Organization: usher.Word{Text: login, Line: where.Line}}
		if node.Kind == yaml.MappingNode {
			installation.GivenID, installation.ID = ids.given(inner), inner.word("id")
			installation.Permissions = inner.permissions()
		}
		installations.List = append(installations.List, installation)
	}
	return installations
}
