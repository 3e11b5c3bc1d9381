package ownapi

import (
	"cmp"
	"net/http"
	"reflect"
	"strings"

	"github.com/usher-seats/usher/internal/ghapi"
)

// endpoint is one of usher's own: its route, and what its description tells of it. A row
// without description, or with an answer that it does not describe, fails the tests.
type endpoint struct {
	method, pattern string
	rehearsal       bool // served in a rehearsal only
	who             ghapi.Who
	handle          func(*ghapi.Request) error

	id      string          // its operationId
	summary string          // a line
	about   string          // more, in Markdown; may be empty
	query   []parameter     // that it reads
	takes   []content       // its body, in each form that it may have; none where it reads none
	gives   map[int]content // its answers by status, but for refusals
	refuses map[int]string  // when it refuses, beside what refusals tells
}

// route is what the router needs of it.
func (e endpoint) route() ghapi.Route {
	return ghapi.Route{Method: e.method, Pattern: e.pattern, Docs: docs, Who: e.who, Handle: e.handle}
}

// content is a body.
type content struct {
	says    string
	media   string         // empty where there is no body
	of      []reflect.Type // what is encoded, one of them; of lines, what each of them has; none: text
	headers []parameter    // that tell something of the answer
}

// parameter is one of a query, or a header of an answer.
type parameter struct {
	name, about string
	schema      schema
	always      bool // of a header: it is on every such answer
}

const ndjsonType = "application/x-ndjson"

// inJSON is a body that has T as JSON.
func inJSON[T any](says string) content {
	return content{says, "application/json", []reflect.Type{reflect.TypeFor[T]()}, nil}
}

// inLines is a body of lines that have one of some types as JSON each.
func inLines(says string, types ...reflect.Type) content {
	return content{says, ndjsonType, types, nil}
}

// withHeader is the same body below a header.
func (c content) withHeader(h parameter) content {
	c.headers = append(c.headers[:len(c.headers):len(c.headers)], h)
	return c
}

// refusals are all statuses of errors that an endpoint may answer with, and when.
func (e endpoint) refusals() map[int]string {
	when := map[int][]string{
		http.StatusInternalServerError: {"Something failed inside. The log says what, under the answer's X-GitHub-Request-Id."},
		http.StatusServiceUnavailable:  {"usher cannot serve now. Retry-After says in how many seconds to try again."},
	}
	add := func(status int, text string) { when[status] = append(when[status], text) }
	if !e.who.Unasked {
		add(http.StatusBadRequest, "X-GitHub-Api-Version names a version that there is not.")
		add(http.StatusUnauthorized, "There is no token, or it is unknown, revoked or expired.")
	}
	if e.who.Self != nil {
		add(http.StatusForbidden, "The token lacks the scope, or its user is no site administrator.")
	}
	if e.who.Access != nil {
		add(http.StatusForbidden, "The caller lacks the role, or the token the scope or permission.")
		add(http.StatusNotFound, "There is no such "+string(e.who.Access.Kind)+", or the caller may not know of it.")
	}
	switch {
	case len(e.takes) > 0 && e.takes[0].media == yamlType:
		add(http.StatusBadRequest, "The body did not arrive.")
		add(http.StatusRequestEntityTooLarge, "The body is larger than 32 MiB.")
		add(http.StatusUnprocessableEntity, "The file has mistakes: each is an item of errors, with its line.")
	case len(e.takes) > 0:
		add(http.StatusBadRequest, "The body is not JSON, is no object, or did not arrive.")
		add(http.StatusRequestEntityTooLarge, "The body is too large.")
		add(http.StatusUnprocessableEntity, "The body is not as described.")
	}
	for status, text := range e.refuses {
		add(status, text)
	}
	told := map[int]string{}
	for status, texts := range when {
		told[status] = strings.Join(texts, " ")
	}
	return told
}

// whoMay tells in words who may call an endpoint.
func whoMay(who ghapi.Who) string {
	switch {
	case who.Unasked:
		return "Anybody; no token is looked at."
	case who.Self != nil:
		return "A site administrator, with a classic or OAuth token that has one of the scopes " + quoted(who.Self.AcceptedScopes()) + "."
	case who.Access == nil:
		return "Any valid token."
	}
	roles := make([]string, len(who.Access.Roles))
	for i, role := range who.Access.Roles {
		roles[i] = strings.ReplaceAll(string(role), "_", " ")
	}
	kind := string(who.Access.Kind)
	told := "The " + strings.Join(roles, " or ") + " of the " + kind + ", with a classic or OAuth token that has one of the scopes " + quoted(who.Access.AcceptedScopes())
	if len(who.Access.Permissions) == 0 {
		return told + ". Other tokens cannot."
	}
	return told + "; or with a fine-grained or an app's token that has one of the permissions " + quoted(who.Access.Permissions) + ": " + who.Access.Level +
		". An installation's token needs no " + roles[0] + "."
}

func quoted(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

// security is the same for programs: each alternative is one scope, or one permission with
// its level. Null is for who needs no token.
func security(who ghapi.Who) []map[string][]string {
	const scheme = "token"
	switch {
	case who.Unasked:
		return []map[string][]string{}
	case who.Access == nil && who.Self == nil:
		return []map[string][]string{{scheme: {}}}
	}
	need := cmp.Or(who.Access, who.Self)
	var enough []map[string][]string
	for _, scope := range need.AcceptedScopes() {
		enough = append(enough, map[string][]string{scheme: {scope}})
	}
	for _, permission := range need.Permissions {
		enough = append(enough, map[string][]string{scheme: {permission + ":" + need.Level}})
	}
	return enough
}
