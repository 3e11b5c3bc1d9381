package seed

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

func (p *parser) readTokens(nodes []*yaml.Node) {
	for i, node := range nodes {
		e, ok := p.entry(node, place{kind: "token", number: i + 1}, tokenKeys...)
		if !ok {
			continue
		}
		token := usher.Token{ID: int64(i + 1), Hash: p.tokenHash(e), ExpiresAt: e.time("expires_at")}
		if token.Kind = e.tokenKind(); token.Kind == "" {
			continue
		}
		e.readPowers(&token)
		p.world.Tokens = append(p.world.Tokens, token)
	}
}

// tokenKind is the kind of a token; empty where it is none, which has been noted.
func (e entry) tokenKind() usher.TokenKind {
	if e.value("kind") == nil {
		e.fail(e.node, "kind is missing")
		return ""
	}
	return usher.TokenKind(e.choice("kind", "classic", "oauth", "fine_grained", "app_user", "app_installation"))
}

// tokenHash hashes a token, which is not kept and never shown.
func (p *parser) tokenHash(e entry) usher.TokenHash {
	node := e.value("token")
	switch {
	case node == nil:
		e.fail(e.node, "token is missing")
		return usher.TokenHash{}
	case !isText(node):
		e.fail(node, "token must be text in quotes")
		return usher.TokenHash{}
	}
	hash := usher.HashToken(node.Value)
	if line, taken := p.tokens[hash]; taken {
		e.fail(node, "the same token is already on line %d; choose another", line)
		return hash
	}
	p.tokens[hash] = node.Line
	unsendable := func(r rune) bool { return r <= ' ' || r > '~' }
	if node.Value == "" || strings.ContainsFunc(node.Value, unsendable) {
		e.fail(node, "a token must have visible ASCII characters only, no spaces, and at least one")
	}
	return hash
}

// readPowers reads who a token speaks for and what it may do: a user and scopes, or an
// organization and permissions, by its kind (rule A2).
func (e entry) readPowers(token *usher.Token) {
	e.checkPowers(token.Kind)
	if user := e.value("user"); user != nil {
		token.UserID, _ = e.person(user, "user")
	}
	if owner := e.value("owner"); owner != nil {
		token.OwnerID = e.owner(owner)
	}
	token.Scopes = e.scopes()
	token.Permissions = e.permissions()
}

// checkPowers sees that a token has the keys of its kind.
func (e entry) checkPowers(kind usher.TokenKind) {
	needed, refused := []string{"user"}, []string{"owner", "permissions"}
	switch kind {
	case usher.FineGrained, usher.AppUser:
		needed, refused = []string{"user", "owner", "permissions"}, []string{"scopes"}
	case usher.AppInstallation:
		needed, refused = []string{"owner", "permissions"}, []string{"user", "scopes"}
	}
	for _, key := range needed {
		if e.value(key) == nil {
			e.fail(e.node, "%s is missing; a token of the kind %s needs it", key, kind)
		}
	}
	for _, key := range refused {
		if node := e.value(key); node != nil {
			e.fail(node, "a token of the kind %s has no %s; remove it", kind, key)
		}
	}
}

func (e entry) owner(node *yaml.Node) int64 {
	login, ok := e.textOf(node, "owner")
	if !ok {
		return 0
	}
	organization, ok := e.p.organizations[usher.LoginKey(login)]
	if !ok {
		e.fail(node, "owner %s is not listed under organizations", quoted(login))
		return 0
	}
	return organization.ref().ID
}

func (e entry) scopes() []string {
	var scopes []string
	for _, node := range e.list("scopes") {
		scope, ok := e.textOf(node, "scope")
		if !ok {
			continue
		}
		if !isWord(scope) {
			e.fail(node, "a scope must be one word such as admin:org, one scope an item")
			continue
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

func (e entry) permissions() map[string]string {
	node := e.value("permissions")
	if node == nil {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		e.fail(node, "permissions must be a mapping such as {organization_administration: read}, not %s", describe(node))
		return nil
	}
	permissions := map[string]string{}
	for i := 0; i < len(node.Content); i += 2 {
		name, level := node.Content[i], node.Content[i+1]
		switch _, taken := permissions[name.Value]; {
		case !isText(name) || !isWord(name.Value):
			e.fail(name, "the name of a permission must be one word such as organization_administration")
		case taken:
			e.fail(name, "the permission %s is given twice; remove one of the two", quoted(name.Value))
		case !isText(level) || level.Value != usher.LevelRead && level.Value != usher.LevelWrite:
			e.fail(level, "permission %s must be read or write", quoted(name.Value))
		default:
			permissions[name.Value] = level.Value
		}
	}
	return permissions
}

// isWord says whether a text is visible ASCII without spaces and commas: scopes are
// listed in a header, with commas between.
func isWord(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}
