package description

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/usher-seats/usher/internal/ownapi"
)

// own is usher's description of its own endpoints, for what is answered under /_usher/.
type own struct {
	paths      *paths
	operations map[string]ownOperation // by method and path
}

// ownOperation is what is held to the description, by media type. An answer may have no keys
// but those described; a request may, where the description does not close it.
type ownOperation struct {
	path      string
	rehearsal bool // served in a rehearsal only
	answers   map[int]map[string]*jsonschema.Schema
	bodies    map[string]*jsonschema.Schema
}

const (
	published = "published.json" // the description as it is served
	closed    = "closed.json"    // the same, of objects that have no other keys
)

// loadOwn reads the description of all endpoints.
func loadOwn() (*own, error) {
	everything, err := ownDocument(true)
	if err != nil {
		return nil, err
	}
	always, err := ownDocument(false)
	if err != nil {
		return nil, err
	}
	tighter, _ := ownDocument(true)
	closeObjects(tighter)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for _, format := range []jsonschema.Format{{Name: "date-time", Validate: text(dateTime)}, {Name: "date", Validate: text(date)}, {Name: "uri", Validate: text(uri)}} {
		c.RegisterFormat(&format)
	}
	if err := errors.Join(c.AddResource(published, everything), c.AddResource(closed, tighter)); err != nil {
		return nil, err
	}
	o := &own{paths: newPaths(), operations: map[string]ownOperation{}}
	for path, item := range members(everything, "paths") {
		for method, described := range item.(map[string]any) {
			operation := ownOperation{path: path, rehearsal: members(always, "paths")[path] == nil, answers: map[int]map[string]*jsonschema.Schema{}}
			if err := operation.compile(c, method, described); err != nil {
				return nil, fmt.Errorf("usher's own description: %s %s: %w", method, path, err)
			}
			method = strings.ToUpper(method)
			o.paths.add(method, path)
			o.operations[method+" "+path] = operation
		}
	}
	return o, nil
}

func ownDocument(rehearsal bool) (any, error) {
	text, err := ownapi.Description(rehearsal)
	if err != nil {
		return nil, fmt.Errorf("making usher's own description: %w", err)
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// members is what stands under a key of an object, another object.
func members(object any, key string) map[string]any {
	inner, _ := object.(map[string]any)
	found, _ := inner[key].(map[string]any)
	return found
}

// closeObjects has objects whose keys are described have no others.
func closeObjects(value any) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			closeObjects(element)
		}
	case map[string]any:
		if properties := members(v, "properties"); len(properties) > 0 {
			v["additionalProperties"] = false
		}
		for _, member := range v {
			closeObjects(member)
		}
	}
}

func text(check func(string) error) func(any) error {
	return func(value any) error {
		if s, ok := value.(string); ok {
			return check(s)
		}
		return nil
	}
}

func (o *ownOperation) compile(c *jsonschema.Compiler, method string, described any) (err error) {
	pointer := "#/paths/" + escaped(o.path) + "/" + method
	if o.bodies, err = bodiesAt(c, published+pointer+"/requestBody", members(described, "requestBody")); err != nil {
		return err
	}
	for text, response := range members(described, "responses") {
		status, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if o.answers[status], err = bodiesAt(c, closed+pointer+"/responses/"+text, response); err != nil {
			return err
		}
	}
	return nil
}

// bodiesAt are the bodies of a request or an answer, by media type.
func bodiesAt(c *jsonschema.Compiler, pointer string, described any) (map[string]*jsonschema.Schema, error) {
	bodies := map[string]*jsonschema.Schema{}
	var err error
	for media := range members(described, "content") {
		if bodies[media], err = c.Compile(pointer + "/content/" + escaped(media) + "/schema"); err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

// escaped is a key as a JSON pointer in a URL has it.
func escaped(key string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
}

// checkOwn is of an answer under /_usher/.
func (d *Description) checkOwn(request *http.Request, status int, header http.Header, body []byte) error {
	withheld := request.Method == http.MethodHead && len(body) == 0
	method, path := d.own.paths.match(request)
	operation, ok := d.own.operations[method+" "+path]
	if !ok || operation.rehearsal && status == http.StatusNotFound {
		return d.checkUnrouted(request, status, header, body, withheld)
	}
	bodies, ok := operation.answers[status]
	if !ok {
		return fmt.Errorf("usher describes no status %d of it: give the row in internal/ownapi's endpoints a word on it", status)
	}
	if withheld {
		return nil
	}
	if status >= http.StatusBadRequest {
		return errors.Join(d.checkError(status, header, body), checkBody(bodies, header, body))
	}
	return errors.Join(checkBody(bodies, header, body), d.checkGitHubs(operation, request, header, body), operation.checkSent(request))
}

// checkBody is of an answer's body: by its media type, a line at a time where it has lines.
func checkBody(bodies map[string]*jsonschema.Schema, header http.Header, body []byte) error {
	if len(bodies) == 0 {
		return checkEmpty(header, body)
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	schema := bodies[media]
	if err != nil || schema == nil {
		return fmt.Errorf("an answer in %q, which is not described", header.Get("Content-Type"))
	}
	return checkAs(media, schema, body)
}

func checkAs(media string, schema *jsonschema.Schema, body []byte) error {
	switch media {
	case "application/x-ndjson":
		return checkLines(schema, body)
	case "application/json":
		return checkJSON(schema, body)
	}
	return schema.Validate(string(body))
}

func checkJSON(schema *jsonschema.Schema, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	return schema.Validate(value)
}

func checkLines(schema *jsonschema.Schema, body []byte) error {
	number := 0
	for line := range bytes.Lines(body) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := checkJSON(schema, line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	return nil
}

// checkSent is of the body of a request that was not refused.
func (o ownOperation) checkSent(request *http.Request) error {
	if len(o.bodies) == 0 || request.GetBody == nil {
		return nil
	}
	reader, err := request.GetBody()
	if err != nil {
		return err
	}
	sent, err := io.ReadAll(reader)
	if err != nil {
		return err
	}
	media, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if o.bodies[media] == nil {
		media = "application/json" // which every other type counts as
	}
	if err := checkAs(media, o.bodies[media], sent); err != nil {
		return fmt.Errorf("what was sent, and taken: %.500s: %w", sent, err)
	}
	return nil
}

// githubs are the endpoints whose answers have what an operation of GitHub's has.
var githubs = map[string]string{
	"/_usher/orgs/{org}/seats":            "/orgs/octodemo/copilot/billing/seats",
	"/_usher/orgs/{org}/audit-log/export": "/orgs/octodemo/audit-log",
}

// checkGitHubs holds an answer to GitHub's description of the same thing: a body as it is, or
// all lines but the last as a list.
func (d *Description) checkGitHubs(operation ownOperation, request *http.Request, header http.Header, body []byte) error {
	path, ok := githubs[operation.path]
	if !ok {
		return nil
	}
	if lines := bytes.SplitAfter(bytes.TrimSpace(body), []byte("\n")); strings.HasSuffix(operation.path, "/export") {
		body = slices.Concat([]byte("["), bytes.Join(lines[:len(lines)-1], []byte(",")), []byte("]"))
	}
	same := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Header: request.Header}
	inJSON := http.Header{"Content-Type": {"application/json"}}
	return d.checkDeclared(same, d.route(same, header), http.StatusOK, inJSON, body)
}
