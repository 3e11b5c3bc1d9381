package seed

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// app is a GitHub App that is being read.
type app struct {
	entry
	usher.App
}

// readApps reads the apps and where they are installed. What both have of organizations must
// have been read.
func (p *parser) readApps(nodes []*yaml.Node) {
	given := newIDs(len(nodes))
	slugs, clients := map[string]int{}, map[string]int{} // the line of each
	var apps []*app
	for i, node := range nodes {
		a, ok := p.app(node, i+1)
		if !ok {
			continue
		}
		a.unique(slugs, "slug", usher.LoginKey(a.Slug))
		a.unique(clients, "client_id", a.ClientID)
		a.ID = given.given(a.entry)
		apps = append(apps, a)
	}
	for _, a := range apps {
		if a.ID == 0 {
			a.ID = given.next(a.entry)
		}
		p.world.Apps = append(p.world.Apps, a.App)
	}
	p.readInstallations(apps)
}

func (p *parser) app(node *yaml.Node, number int) (*app, bool) {
	e, slug, ok := p.appEntry(node, number)
	if !ok {
		return nil, false
	}
	a := &app{entry: e, App: usher.App{Slug: slug, Name: e.text("name"), Description: e.text("description"), ClientID: e.clientID(), Permissions: e.permissions()}}
	if a.Name == "" {
		a.Name = slug
	}
	if owner := e.value("owner"); owner != nil {
		a.OwnerID = e.owner(owner)
	}
	keys, given := e.publicKeys()
	if !given {
		e.fail(e.node, "%s", keyMissing)
	}
	a.PublicKeys = keys
	return a, true
}

const keyMissing = "public_key is missing; without one nobody could say that they are the app"

// appEntry begins to read an app: what it is called.
func (p *parser) appEntry(node *yaml.Node, number int) (e entry, slug string, ok bool) {
	name := nameOf(node, "slug")
	if !isLogin(name) {
		name = "" // it may be anything, a key too
	}
	at := place{kind: "app", name: name, number: number}
	if secret := privateKeyIn(node); secret != nil {
		p.fail(secret.Line, at, "%s", privateKeyFound)
		return e, "", false
	}
	if e, ok = p.entry(node, at, appKeys...); !ok {
		return e, "", false
	}
	slug, ok = e.name("slug")
	return e, slug, ok
}

// privateKeyFound is said of a private key, wherever in an app's entry it is.
const privateKeyFound = "this is a private key, which must be kept secret: only the app itself may have it, and whoever could read this file can now act as the app." +
	" Make a new one, and put its public half here: openssl rsa -in NEW.pem -pubout"

// privateKeyIn is the first text below a node, or key of a mapping, that holds a private key.
func privateKeyIn(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "PRIVATE KEY") {
		return node
	}
	for _, inner := range node.Content {
		if found := privateKeyIn(inner); found != nil {
			return found
		}
	}
	return nil
}

// unique notes where another app has the same.
func (e entry) unique(taken map[string]int, key, value string) {
	if value == "" {
		return
	}
	node := e.value(key)
	if line, is := taken[value]; is {
		e.fail(node, "another app has the same %s, on line %d; choose another", key, line)
		return
	}
	taken[value] = node.Line
}

// clientID is what an app can sign as instead of its id, so it must not look like one.
func (e entry) clientID() string {
	node := e.value("client_id")
	if node == nil {
		return ""
	}
	id, ok := e.textOf(node, "client_id")
	letters := func(r rune) bool { return r != '.' && r != '-' && !isLogin(string(r)) }
	if ok && (id == "" || len(id) > 100 || strings.ContainsFunc(id, letters) || strings.Trim(id, "0123456789") == "") {
		e.fail(node, "client_id may have ASCII letters, digits, ., - and _ only, 1 to 100 of them, and not digits alone")
		return ""
	}
	return id
}

// publicKeys are an app's keys: one, or a list of them. given says whether the file has any.
func (e entry) publicKeys() (keys [][]byte, given bool) {
	nodes := e.list("public_keys")
	if node := e.value("public_key"); node != nil {
		if len(nodes) > 0 {
			e.fail(node, "there are public_keys too; put this one among them")
		}
		nodes = append(nodes, node)
	}
	if len(nodes) > usher.MaxAppKeys {
		e.fail(nodes[usher.MaxAppKeys], "an app can have %d public keys at most", usher.MaxAppKeys)
		return nil, true
	}
	for _, node := range nodes {
		text, ok := e.textOf(node, "a public key")
		if !ok {
			continue
		}
		key, err := publicKey(text)
		switch {
		case err != nil:
			e.fail(node, "%s", err)
		case slices.ContainsFunc(keys, func(other []byte) bool { return string(other) == string(key) }):
			e.fail(node, "the app has this public key already; remove one of the two")
		default:
			keys = append(keys, key)
		}
	}
	return keys, len(nodes) > 0
}

// How many bits a key can have: fewer are not safe, more cost much time at each signature.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// publicKey reads an RSA public key in PEM, in either of the two forms that there are. What it
// says of any other text shows nothing of it.
func publicKey(text string) ([]byte, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || strings.TrimSpace(string(rest)) != "" || !strings.HasPrefix(strings.TrimSpace(text), "-----") {
		return nil, errors.New("a public key must be in PEM and alone, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----; openssl rsa -in KEY.pem -pubout prints it")
	}
	key, err := decodeKey(block)
	if err != nil {
		return nil, err
	}
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return nil, fmt.Errorf("the public key has %d bits; it must have %d to %d", bits, minKeyBits, maxKeyBits)
	}
	if key.E < 3 || key.E%2 == 0 || key.N.Bit(0) == 0 {
		return nil, errors.New("no signature could be made for this public key; make another")
	}
	return x509.MarshalPKIXPublicKey(key)
}

func decodeKey(block *pem.Block) (*rsa.PublicKey, error) {
	switch block.Type {
	case "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("the public key is damaged: what is between BEGIN and END is none")
		}
		if key, ok := key.(*rsa.PublicKey); ok {
			return key, nil
		}
		return nil, errors.New("the public key is none of RSA, with which apps sign; make one with openssl genrsa -out KEY.pem 2048")
	case "RSA PUBLIC KEY":
		key, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, errors.New("the public key is damaged: what is between BEGIN and END is none")
		}
		return key, nil
	}
	return nil, errors.New("this is PEM, but no public key; it must begin with -----BEGIN PUBLIC KEY-----")
}

// readInstallations reads where the apps are installed: all installations share one row of ids.
func (p *parser) readInstallations(apps []*app) {
	given := newIDs(len(apps))
	var entries []entry
	for _, a := range apps {
		lines := map[int64]int{} // of each organization
		for i, node := range a.list("installations") {
			installation, e, ok := a.installation(node, i+1)
			if !ok {
				continue
			}
			if line, taken := lines[installation.OrganizationID]; taken {
				e.fail(node, "the app is already installed there, on line %d; remove one of the two", line)
				continue
			}
			lines[installation.OrganizationID] = node.Line
			if node.Kind == yaml.MappingNode {
				installation.ID = given.given(e)
			}
			p.world.Installations = append(p.world.Installations, installation)
			entries = append(entries, e)
		}
	}
	for i := range p.world.Installations {
		if p.world.Installations[i].ID == 0 {
			p.world.Installations[i].ID = given.next(entries[i])
		}
	}
}

func (a *app) installation(node *yaml.Node, number int) (usher.Installation, entry, bool) {
	installation := usher.Installation{AppID: a.ID, Permissions: a.Permissions}
	e, where, login, ok := a.installationEntry(node, number)
	if !ok {
		return installation, e, false
	}
	if permissions := e.permissions(); permissions != nil {
		installation.Permissions = permissions
		a.mayGrant(e, permissions)
	}
	organization, ok := a.p.organizations[usher.LoginKey(login)]
	if !ok {
		e.fail(where, "organization %s is not listed under organizations", quoted(login))
		return installation, e, false
	}
	installation.OrganizationID = organization.ref().ID
	return installation, e, true
}

// installationEntry begins to read an installation, which is the login of an organization or a
// mapping: where it is.
func (e entry) installationEntry(node *yaml.Node, number int) (inner entry, where *yaml.Node, login string, ok bool) {
	inner, where = entry{e.p, e.inner("installation", "", number), node}, node
	if node.Kind == yaml.MappingNode {
		inner.checkKeys(installationKeys)
		if where = inner.value("organization"); where == nil {
			inner.fail(node, "organization is missing")
			return inner, where, "", false
		}
	}
	login, ok = inner.textOf(where, "organization")
	return inner, where, login, ok
}

// mayGrant notes the permissions of an installation that its app does not ask for.
func (a *app) mayGrant(e entry, permissions map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		level := permissions[name]
		if asked := a.Permissions[name]; asked == "" || asked == usher.LevelRead && level == usher.LevelWrite {
			e.fail(e.value("permissions"), "the app itself has no permission %s: %s; give it to the app too, or remove it here", quoted(name), quoted(level))
		}
	}
}
