package ownapi

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/usher-seats/usher/internal/ghapi"
)

// githubDescription is where GitHub describes its own endpoints.
const githubDescription = "https://github.com/github/rest-api-description"

// document is a description of usher's own endpoints by OpenAPI 3.1.
//
// Source: https://spec.openapis.org/oas/v3.1.1.html
type document struct {
	OpenAPI    string                          `json:"openapi"`
	Info       info                            `json:"info"`
	External   external                        `json:"externalDocs"`
	Servers    []server                        `json:"servers,omitempty"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components components                      `json:"components"`
}

type info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type external struct {
	Description string `json:"description,omitempty"`
	URL         string `json:"url"`
}

type server struct {
	URL string `json:"url"`
}

type operation struct {
	ID          string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Description string                `json:"description"`
	Security    []map[string][]string `json:"security"`
	Parameters  []inRequest           `json:"parameters,omitempty"`
	Body        *requestBody          `json:"requestBody,omitempty"`
	Responses   map[string]response   `json:"responses"`
}

type inRequest struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Required    bool   `json:"required,omitempty"`
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Description string            `json:"description"`
	Headers     map[string]header `json:"headers,omitempty"`
	Content     map[string]media  `json:"content,omitempty"`
}

type header struct {
	Description string `json:"description"`
	Required    bool   `json:"required,omitempty"`
	Schema      schema `json:"schema"`
}

type media struct {
	Schema schema `json:"schema"`
}

type components struct {
	Schemas         map[string]schema         `json:"schemas"`
	SecuritySchemes map[string]securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme"`
	Description string `json:"description"`
}

// descriptionShown is what openAPI answers with: any object.
type descriptionShown map[string]json.RawMessage

// openAPI answers the description of the endpoints that this server serves. It is for
// everybody: it tells what the documentation tells, and of the world nothing.
func (c Config) openAPI(q *ghapi.Request) error {
	described := c.describe()
	described.Servers = []server{{q.Address()}}
	return respond(q, http.StatusOK, described)
}

// Description is the description of all endpoints, with those of rehearsals or without.
func Description(rehearsal bool) ([]byte, error) {
	return json.Marshal(Config{Rehearsal: rehearsal}.describe())
}

// describe makes the description from the table of endpoints.
func (c Config) describe() document {
	return c.describeWith(newSchemas())
}

func (c Config) describeWith(s *schemas) document {
	d := document{
		OpenAPI: "3.1.1",
		Info: info{
			Title: "usher's own endpoints", Version: cmp.Or(c.Wire.Build, "devel"),
			Description: "What a server of usher serves beside GitHub's API, of the server that answers. Requests here are not counted by rate limits. A body of lines (" + ndjsonType + ") has a JSON value a line; its schema is that of a line.",
		},
		External: external{"GitHub's own endpoints, which usher serves too, are described by GitHub", githubDescription},
		Paths:    map[string]map[string]operation{},
	}
	refusal := s.component(reflect.TypeFor[errorShown]())
	for _, e := range c.endpoints() {
		if d.Paths[e.pattern] == nil {
			d.Paths[e.pattern] = map[string]operation{}
		}
		d.Paths[e.pattern][strings.ToLower(e.method)] = e.describe(s, refusal)
	}
	d.Components = components{
		Schemas: s.components,
		SecuritySchemes: map[string]securityScheme{"token": {
			Type: "http", Scheme: "bearer",
			Description: "A token, as for GitHub's API. The names that an endpoint asks for are scopes of classic and OAuth tokens, and permissions of the others with their level: one of them is enough.",
		}},
	}
	return d
}

func (e endpoint) describe(s *schemas, refusal schema) operation {
	made := operation{
		ID: e.id, Summary: e.summary, Description: strings.TrimSpace(e.about + "\n\nWho may: " + whoMay(e.who)),
		Security: security(e.who), Parameters: e.parameters(), Responses: map[string]response{},
	}
	if len(e.takes) > 0 {
		made.Body = &requestBody{Required: true, Content: map[string]media{}}
	}
	for _, body := range e.takes {
		maps.Copy(made.Body.Content, s.content(body))
	}
	for status, text := range e.refusals() {
		made.Responses[strconv.Itoa(status)] = response{Description: text, Content: map[string]media{"application/json": {refusal}}}
	}
	for status, body := range e.gives {
		made.Responses[strconv.Itoa(status)] = response{Description: body.says, Headers: headersOf(body), Content: s.content(body)}
	}
	return made
}

// content is a body by its media type; nil where there is none.
func (s *schemas) content(body content) map[string]media {
	switch {
	case body.media == "":
		return nil
	case len(body.of) == 0:
		return map[string]media{body.media: {schema{"type": "string"}}}
	case len(body.of) == 1:
		return map[string]media{body.media: {s.of(body.of[0])}}
	}
	var either []schema
	for _, t := range body.of {
		either = append(either, s.of(t))
	}
	return map[string]media{body.media: {schema{"anyOf": either}}}
}

func headersOf(body content) map[string]header {
	told := map[string]header{}
	for _, h := range body.headers {
		told[h.name] = header{h.about, h.always, h.schema}
	}
	return told
}

// pathParameters are the names that patterns have.
var pathParameters = map[string]string{
	"org":        "The organization's login, in upper or lower case.",
	"enterprise": "The enterprise's slug or id.",
	"username":   "The person's login, in upper or lower case.",
	"id":         "The number of the token.",
}

// parameters are those of the path, in its order, and of the query.
func (e endpoint) parameters() []inRequest {
	var all []inRequest
	for segment := range strings.SplitSeq(e.pattern, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			all = append(all, inRequest{name, "path", true, pathParameters[name], schema{"type": "string"}})
		}
	}
	for _, p := range e.query {
		all = append(all, inRequest{p.name, "query", false, p.about, p.schema})
	}
	return slices.Clip(all)
}

// errorShown is the body of every error, in the shape of GitHub's.
type errorShown struct {
	Message string          `json:"message"`
	Errors  json.RawMessage `json:"errors,omitempty" about:"Of an unsupported API version a text, else a list of what is wrong."`
	Docs    string          `json:"documentation_url" format:"uri"`
	Status  string          `json:"status" about:"The status of the answer."`
	Plan    *applyShown     `json:"plan,omitempty" about:"Of a file that would take too many seats: what it would change."`
}

// refine tells what errors may be.
func (errorShown) refine(made schema) {
	texts := map[string]schema{}
	for _, key := range []string{"resource", "code", "field", "message"} {
		texts[key] = schema{"type": "string"}
	}
	item := schema{"type": "object", "properties": texts, "required": []string{"resource", "code", "field", "message"}}
	made["properties"].(map[string]schema)["errors"]["anyOf"] = []schema{{"type": "string"}, {"type": "array", "items": item}}
}
