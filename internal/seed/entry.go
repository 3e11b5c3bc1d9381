package seed

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// maxID is the highest id: the highest that every JSON client reads exactly.
const maxID = 1<<53 - 1

// entry is a mapping of the file whose keys are known. Its methods read one key each.
// They note what is wrong and go on with the key's default.
type entry struct {
	p    *parser
	at   place
	node *yaml.Node
}

// entry sees that node is a mapping with no other keys than these, none twice.
func (p *parser) entry(node *yaml.Node, at place, keys ...string) (entry, bool) {
	e := entry{p, at, node}
	if node.Kind != yaml.MappingNode {
		e.fail(node, "this must be a mapping (key: value), not %s", describe(node))
		return e, false
	}
	e.checkKeys(keys)
	return e, true
}

func (e entry) checkKeys(known []string) {
	seen := make([]int, len(known))
	for i := 0; i < len(e.node.Content); i += 2 {
		key := e.node.Content[i]
		at := slices.Index(known, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			e.fail(key, "a key must be text, not %s", describe(key))
		case at < 0 && !e.mayShow(key.Value):
			e.fail(key, "unknown key (not shown: it may be a token); the keys here are %s", strings.Join(known, ", "))
		case at < 0:
			e.fail(key, "unknown key %s; the keys here are %s", quoted(key.Value), strings.Join(known, ", "))
		case seen[at] > 0:
			e.fail(key, "the key %s is already on line %d; remove one of the two", key.Value, seen[at])
		default:
			seen[at] = key.Line
		}
	}
}

// mayShow says whether a message may show an unknown key. Inside a token's entry it may be
// the token itself, in the wrong place.
func (e entry) mayShow(key string) bool {
	if e.at.kind != "token" {
		return true
	}
	return len(key) <= 20 && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") == ""
}

func (e entry) fail(node *yaml.Node, format string, args ...any) {
	e.p.fail(node.Line, e.at, format, args...)
}

// inner is the place of an entry inside this one.
func (e entry) inner(kind, name string, number int) place {
	return place{outer: &e.at, kind: kind, name: name, number: number}
}

// value is a key's value; nil when it is left out or null.
func (e entry) value(key string) *yaml.Node { return value(e.node, key) }

func value(node *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key && !isNull(node.Content[i+1]) {
			return node.Content[i+1]
		}
	}
	return nil
}

// nameOf is what a message calls an entry that has not been looked at.
func nameOf(node *yaml.Node, key string) string {
	if node.Kind == yaml.MappingNode {
		if name := value(node, key); name != nil && isText(name) {
			return name.Value
		}
	}
	return ""
}

// text is the text of a key; empty when it is left out.
func (e entry) text(key string) string {
	node := e.value(key)
	if node == nil {
		return ""
	}
	text, _ := e.textOf(node, key)
	return text
}

// textOf is the text of a node that messages call what.
func (e entry) textOf(node *yaml.Node, what string) (string, bool) {
	switch {
	case !isText(node):
		hint := ""
		if node.Kind == yaml.ScalarNode && !isNull(node) {
			hint = "; put it in quotes"
		}
		e.fail(node, "%s must be text, not %s%s", what, describe(node), hint)
		return "", false
	case strings.ContainsFunc(node.Value, isControl):
		e.fail(node, "%s has a control character; remove it", what)
		return "", false
	}
	return node.Value, true
}

func isControl(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) }

// required is the text of a key that must be there and not be blank.
func (e entry) required(key string) (string, bool) {
	node := e.value(key)
	if node == nil {
		e.fail(e.node, "%s is missing", key)
		return "", false
	}
	text, ok := e.textOf(node, key)
	if ok && strings.TrimSpace(text) == "" {
		e.fail(node, "%s is empty", key)
		return "", false
	}
	return text, ok
}

// name is the value of a key that must be there and be spelt like a login.
func (e entry) name(key string) (string, bool) {
	name, ok := e.required(key)
	if ok && !isLogin(name) {
		e.fail(e.value(key), "%s may have ASCII letters, digits, - and _ only, and 1 to 100 of them", key)
		return "", false
	}
	if ok && key == "login" && usher.ReservedLogin(name) {
		e.fail(e.value(key), "the login %s is kept for people who are forgotten; choose another", quoted(name))
		return "", false
	}
	return name, ok
}

func isLogin(name string) bool {
	return 1 <= len(name) && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	})
}

// flag is true or false.
func (e entry) flag(key string, byDefault bool) bool {
	node := e.value(key)
	if node == nil {
		return byDefault
	}
	if !isScalar(node, "!!bool") {
		e.fail(node, "%s must be true or false", key)
		return byDefault
	}
	return strings.EqualFold(node.Value, "true")
}

// choice is one of the options, of which the first is the default; empty when the file
// says something else.
func (e entry) choice(key string, options ...string) string {
	node := e.value(key)
	switch {
	case node == nil:
		return options[0]
	case !isText(node):
		e.fail(node, "%s must be one of %s, not %s", key, strings.Join(options, ", "), describe(node))
		return ""
	case !slices.Contains(options, node.Value):
		e.fail(node, "%s must be one of %s, not %s", key, strings.Join(options, ", "), quoted(node.Value))
		return ""
	}
	return node.Value
}

// number is a whole number from 1 to most; 0 when it is left out.
func (e entry) number(key string, most int64) int64 {
	node := e.value(key)
	if node == nil {
		return 0
	}
	n, err := strconv.ParseInt(node.Value, 10, 64)
	// Other spellings (0x10, 010, 1_000) mean different numbers to different readers.
	if !isScalar(node, "!!int") || err != nil || strconv.FormatInt(n, 10) != node.Value || n < 1 || n > most {
		e.fail(node, "%s must be a whole number from 1 to %d", key, most)
		return 0
	}
	return n
}

// list is the items of a list; none when it is left out.
func (e entry) list(key string) []*yaml.Node {
	node := e.value(key)
	if node == nil {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		e.fail(node, "%s must be a list, not %s", key, describe(node))
		return nil
	}
	return node.Content
}

// section is the mapping under a key; ok is false when it is left out.
func (e entry) section(key string, keys ...string) (section entry, ok bool) {
	node := e.value(key)
	if node == nil {
		return entry{}, false
	}
	return e.p.entry(node, e.inner(key, "", 0), keys...)
}

func isScalar(node *yaml.Node, tag string) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == tag
}

func isNull(node *yaml.Node) bool { return isScalar(node, "!!null") }

// isText says whether a scalar is text. What older YAML takes for a date is, too.
func isText(node *yaml.Node) bool {
	return isScalar(node, "!!str") || isScalar(node, "!!timestamp") || isScalar(node, "!!merge")
}

// describe says what a node is, without what it says.
func describe(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(node):
		return "nothing"
	case isScalar(node, "!!bool"):
		return "true or false"
	case isScalar(node, "!!int"), isScalar(node, "!!float"):
		return "a number"
	}
	return "text"
}
