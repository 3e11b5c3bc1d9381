package description

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// The two files that speak of what usher serves: GitHub.com's, and Enterprise Cloud's,
// which has all of the former and the enterprises besides. Each is read once.
var (
	dotCom          = sync.OnceValues(func() (*file, error) { return open("api.github.com") })
	enterpriseCloud = sync.OnceValues(func() (*file, error) { return open("ghec") })
)

// The API versions. The files describe the older one, and say what changes with the newer.
const (
	oldestVersion = "2022-11-28"
	newestVersion = "2026-03-10"
)

// file is one of the files. Each has 14 MB, so it is taken apart only as far as needed:
// loading it whole takes the library many seconds under the race detector.
type file struct {
	Info       struct{ Version string }
	Paths      map[string]json.RawMessage
	Components map[string]map[string]json.RawMessage
}

// howToBring says what to do where the description is not there.
const howToBring = "these tests need GitHub's description of its API, the npm package @octokit/openapi: run `make description`, which brings it by `npm ci` (Node.js)"

// open reads a file. It must be of the very version that package.json asks for.
func open(name string) (*file, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("looking for the module's directory: %w", err)
	}
	directory := filepath.Join(strings.TrimSpace(string(module)), "internal", "description", "testdata")
	text, err := os.ReadFile(filepath.Join(directory, "node_modules", "@octokit", "openapi", "generated", name+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", howToBring, err)
	}
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("reading GitHub's description: %w", err)
	}
	asked, err := askedVersion(filepath.Join(directory, "package.json"))
	if err == nil && f.Info.Version != asked {
		err = fmt.Errorf("%s: there is version %q, and %q is asked for", howToBring, f.Info.Version, asked)
	}
	return &f, err
}

// askedVersion is the version of the description that a package.json asks for.
func askedVersion(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	var wants struct{ DevDependencies map[string]string }
	if err := json.Unmarshal(text, &wants); err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	return wants.DevDependencies["@octokit/openapi"], nil
}

func (f *file) describes(method, path string) bool {
	var operations map[string]json.RawMessage
	if err := json.Unmarshal(f.Paths[path], &operations); err != nil {
		return false
	}
	return operations[strings.ToLower(method)] != nil
}

// envelopes are the schemas that errors are held to, whatever operation they are of.
var envelopes = []string{"basic-error", "validation-error", "validation-error-simple"}

// load reads the operations that are served, by path, and what they refer to.
func (f *file) load(version string, served map[string][]string) (*openapi3.T, error) {
	c := cut{file: f, version: version, components: map[string]map[string]any{}}
	paths := map[string]any{}
	for path, methods := range served {
		whole, err := c.parse(f.Paths[path])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		item := map[string]any{}
		for _, method := range methods {
			item[strings.ToLower(method)] = whole.(map[string]any)[strings.ToLower(method)]
		}
		mend(item)
		if err := c.follow(item); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		paths[path] = item
	}
	for _, name := range envelopes {
		if err := c.refer("#/components/schemas/" + name); err != nil {
			return nil, err
		}
	}
	small, err := json.Marshal(map[string]any{
		"openapi": "3.0.3", "info": map[string]string{"title": "", "version": ""},
		"paths": paths, "components": c.components,
	})
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(small)
}

// mend mends what the description of apps/list-installations says: that an account is a user and
// an enterprise at once. Of a single installation it says either.
func mend(value any) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			mend(element)
		}
	case map[string]any:
		for _, member := range v {
			mend(member)
		}
		if all, _ := v["allOf"].([]any); len(all) == 2 && titled(all[0], "Simple User") && titled(all[1], "Enterprise") {
			v["anyOf"] = all
			delete(v, "allOf")
		}
	}
}

func titled(schema any, title string) bool {
	members, _ := schema.(map[string]any)
	return members["title"] == title
}

// cut is a part of a file that refers to nothing outside itself.
type cut struct {
	file       *file
	version    string
	components map[string]map[string]any
}

// follow takes everything into the cut that a value refers to.
func (c cut) follow(value any) error {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if err := c.follow(element); err != nil {
				return err
			}
		}
	case map[string]any:
		if reference, ok := v["$ref"].(string); ok {
			return c.refer(reference)
		}
		for _, member := range v {
			if err := c.follow(member); err != nil {
				return err
			}
		}
	}
	return nil
}

// refer takes one component into the cut.
func (c cut) refer(reference string) error {
	kind, name, ok := strings.Cut(strings.TrimPrefix(reference, "#/components/"), "/")
	raw := c.file.Components[kind][name]
	if !ok || raw == nil {
		return fmt.Errorf("%s is not there", reference)
	}
	if _, known := c.components[kind][name]; known {
		return nil
	}
	component, err := c.parse(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", reference, err)
	}
	if c.components[kind] == nil {
		c.components[kind] = map[string]any{}
	}
	c.components[kind][name] = component
	return c.follow(component)
}

// parse reads a part of the file as it is in the cut's API version.
func (c cut) parse(raw json.RawMessage) (any, error) {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, err
	}
	return c.changed(value)
}

// changed makes the changes that stand at a value, and in it, under x-github-breaking-changes.
func (c cut) changed(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case []any:
		for i := range v {
			if v[i], err = c.changed(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range v {
			if key == changesKey {
				continue
			}
			if v[key], err = c.changed(v[key]); err != nil {
				return nil, err
			}
		}
		changes, _ := v[changesKey].([]any)
		delete(v, changesKey)
		for _, change := range changes {
			if err := c.apply(v, change); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

const changesKey = "x-github-breaking-changes"

// apply makes one change, unless it comes with a later version. A change is either a list
// of operations (RFC 6902) or a merge patch (RFC 7396).
func (c cut) apply(value map[string]any, change any) error {
	described, _ := change.(map[string]any)
	if since, _ := described["version"].(string); since == "" || since > c.version {
		return nil
	}
	operations, ok := described["patch"].([]any)
	if !ok {
		merge(value, described["patch"])
		return nil
	}
	for _, operation := range operations {
		o, _ := operation.(map[string]any)
		path, _ := o["path"].(string)
		if o["op"] != "remove" || !strings.HasPrefix(path, "/") {
			return fmt.Errorf("%v: this kind of change is not known here", operation)
		}
		if err := remove(value, strings.Split(path[1:], "/")); err != nil {
			return fmt.Errorf("%v: %w", operation, err)
		}
	}
	return nil
}

// merge applies a merge patch.
func merge(value map[string]any, patch any) {
	members, _ := patch.(map[string]any)
	for key, change := range members {
		switch change := change.(type) {
		case nil:
			delete(value, key)
		case map[string]any:
			inner, ok := value[key].(map[string]any)
			if !ok {
				inner = map[string]any{}
				value[key] = inner
			}
			merge(inner, change)
		default:
			value[key] = change
		}
	}
}

// remove takes what a path leads to out of a value.
func remove(value map[string]any, path []string) error {
	member, ok := value[path[0]]
	if !ok {
		return fmt.Errorf("nothing is at %s", path[0])
	}
	if len(path) == 1 {
		delete(value, path[0])
		return nil
	}
	switch m := member.(type) {
	case map[string]any:
		return remove(m, path[1:])
	case []any:
		i, err := strconv.Atoi(path[1])
		if err != nil || i < 0 || i >= len(m) || len(path) > 2 {
			return fmt.Errorf("nothing is at %s of %s", path[1], path[0])
		}
		value[path[0]] = slices.Delete(m, i, i+1)
		return nil
	}
	return fmt.Errorf("nothing is below %s", path[0])
}
