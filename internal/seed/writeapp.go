package seed

import (
	"encoding/pem"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// apps are the apps with where each is installed, in the order of their ids.
func (w *writer) apps(world usher.World, organizations []usher.WorldAccount) content {
	logins := make(map[int64]string, len(organizations))
	for _, a := range organizations {
		logins[a.Account.Ref.ID] = a.Account.Login
	}
	installed := map[int64][]usher.Installation{}
	for _, i := range world.Installations {
		installed[i.AppID] = append(installed[i.AppID], i)
	}
	return blocks(w, world.Apps, func(first, indent string, app usher.App) {
		w.block(
			first, indent, appKeys,
			w.inline(text(app.Slug)),
			w.inline(number(app.ID)),
			w.inline(textOrNone(app.ClientID)),
			w.inline(textOrNone(app.Name)),
			w.inline(textOrNone(app.Description)),
			w.inline(textOrNone(logins[app.OwnerID])),
			w.oneKey(app.PublicKeys),
			w.keys(app.PublicKeys),
			w.inline(permissions(app.Permissions)),
			list(w, installed[app.ID], func(i usher.Installation) *yaml.Node {
				var own *yaml.Node
				if !maps.Equal(i.Permissions, app.Permissions) {
					own = permissions(i.Permissions)
				}
				return flow(installationKeys, text(logins[i.OrganizationID]), number(i.ID), own)
			}),
		)
	})
}

// oneKey is the only public key of an app.
func (w *writer) oneKey(keys [][]byte) content {
	if len(keys) != 1 {
		return nil
	}
	return func(begin, indent string) { w.key(begin, indent, keys[0]) }
}

// keys are the public keys of an app that has several.
func (w *writer) keys(keys [][]byte) content {
	if len(keys) < 2 {
		return nil
	}
	return blocks(w, keys, func(first, indent string, key []byte) { w.key(strings.TrimSuffix(first, " "), indent, key) })
}

// key is a public key in PEM, as a text of several lines, as other programs write it too.
func (w *writer) key(begin, indent string, key []byte) {
	w.line(begin+" |", nil)
	for line := range strings.Lines(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key}))) {
		w.line(indent+strings.TrimSuffix(line, "\n"), nil)
	}
}

// permissions are told where there are none, too.
func permissions(levels map[string]string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		node.Content = append(node.Content, text(name), text(levels[name]))
	}
	return node
}
