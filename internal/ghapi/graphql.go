package ghapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	graphql "github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/graph-gophers/graphql-go/log"

	"github.com/usher-seats/usher"
)

// Limits of a GraphQL request (ours; GitHub counts nodes and points). The query that tools
// ask every schema with has 2 KiB, expands to over 200 selections and is 15 deep.
const (
	maxGraphQLBytes      = 256 << 10 // the body, in memory some fifty times that
	maxQueryBytes        = 32 << 10
	maxQueryDepth        = 15
	maxQuerySelections   = 500
	maxOverlapComparison = 10_000 // pairs of selections under one key
	maxQueryErrors       = 100
	maxPerConnection     = 100 // GitHub's, documented
)

const graphQLDocs = "https://docs.github.com/graphql"

// schema is that of schema.go. Its resolvers keep nothing: the request is in their context.
var schema = sync.OnceValue(func() *graphql.Schema {
	return graphql.MustParseSchema(schemaText, &queries{},
		graphql.UseFieldResolvers(),
		graphql.MaxQueryLength(maxQueryBytes),
		graphql.MaxDepth(maxQueryDepth),
		graphql.MaxSelections(maxQuerySelections),
		graphql.OverlapValidationLimit(maxOverlapComparison),
		graphql.MaxParallelism(1), // one connection of the store to a request, as elsewhere
		graphql.PanicHandler(panics{}),
		graphql.Logger(log.LoggerFunc(func(context.Context, any) {})), // the access log has it
	)
})

// graphQLRoute is GitHub's GraphQL: one route.
func graphQLRoute() Route {
	parsed := schema()
	return Route{
		Method: "POST", Pattern: "/graphql", Operation: "GraphQL", Docs: graphQLDocs,
		Who:     Who{Scopes: "repo"}, // recorded in 2024, whatever the query
		Handle:  func(q *Request) error { return q.graphQL(parsed) },
		GraphQL: true,
	}
}

// graphQLMediaType is recorded in 2024. These answers are told no API version, and none
// may be kept.
var graphQLMediaType = []string{"github.v4; format=json"}

// graphQL executes a query. What is wrong with the query, or refused to the caller, is in
// errors beside the data, with 200; a failure inside fails the whole request.
func (q *Request) graphQL(schema *graphql.Schema) error {
	asked, err := q.query()
	if err != nil {
		return err
	}
	ctx := context.WithValue(q.R.Context(), visitKey{}, &visit{Request: q, organizations: map[usher.AccountRef][]usher.Account{}})
	answer := schema.Exec(ctx, asked.text, asked.operation, asked.variables)
	if err := q.R.Context().Err(); err != nil {
		return fmt.Errorf("executing a query: %w", err)
	}
	shown := graphQLAnswer{Data: answer.Data}
	for _, e := range answer.Errors {
		one, err := toldOf(e)
		if err != nil {
			return err
		}
		if len(one.Path) == 0 { // of the query itself, or of a variable: the library leaves fields out
			shown.Data = nil
		}
		if len(shown.Errors) < maxQueryErrors {
			shown.Errors = append(shown.Errors, one)
		}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(shown); err != nil {
		return fmt.Errorf("writing a query's answer: %w", err)
	}
	q.write(http.StatusOK, jsonType, "", bytes.TrimSuffix(body.Bytes(), []byte("\n")))
	return nil
}

type graphQLAnswer struct {
	Data   json.RawMessage `json:"data,omitempty"`
	Errors []graphQLError  `json:"errors,omitempty"`
}

// graphQLError is in the key order recorded in 2024.
type graphQLError struct {
	Type      string               `json:"type,omitempty"`
	Path      []any                `json:"path,omitempty"`
	Locations []gqlerrors.Location `json:"locations,omitempty"`
	Message   string               `json:"message"`
}

// toldOf is what a caller is told of an error. What is no refusal, nor the library's own
// word on the query, is err.
func toldOf(e *gqlerrors.QueryError) (told graphQLError, err error) {
	told = graphQLError{Path: e.Path, Locations: e.Locations, Message: e.Message}
	var refused *fieldError
	if errors.As(e.ResolverError, &refused) {
		told.Type = refused.kind
		return told, nil
	}
	return told, e.ResolverError
}

// graphQLQuery is the body of a request.
type graphQLQuery struct {
	text, operation string
	variables       map[string]any
}

// query reads the body. Keys that are not of a query are ignored.
func (q *Request) query() (asked graphQLQuery, err error) {
	body, err := q.ReadBody()
	if err != nil {
		return asked, err
	}
	if len(body) > maxGraphQLBytes {
		return asked, &bodyError{http.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body is larger than %d KiB.", maxGraphQLBytes>>10)}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return asked, &bodyError{http.StatusBadRequest, "Problems parsing JSON"}
	}
	object, err := DecodeObject(body)
	if err != nil {
		return asked, err
	}
	for _, key := range []struct {
		name, kind string
		into       any
	}{
		{"query", "a string", &asked.text},
		{"operationName", "a string", &asked.operation},
		{"variables", "an object", &asked.variables},
	} {
		raw, given := object[key.name]
		if given && json.Unmarshal(raw, key.into) != nil {
			return asked, &bodyError{http.StatusBadRequest, fmt.Sprintf("For %q, %s is not %s.", key.name, inspect(raw), key.kind)}
		}
	}
	if asked.text == "" {
		return asked, &bodyError{http.StatusBadRequest, `"query" wasn't supplied.`}
	}
	return asked, nil
}

// fieldError refuses one field of a query: the others are answered. Its kind is what
// clients branch on.
type fieldError struct{ kind, message string }

func (e *fieldError) Error() string { return e.message }

func refuseField(kind, format string, args ...any) error {
	return &fieldError{kind, fmt.Sprintf(format, args...)}
}

// panics has a panic inside a query end as one elsewhere does: with 500, and the cause in
// the log.
type panics struct{}

// MakePanicError implements [gqlerrors.PanicHandler].
func (panics) MakePanicError(_ context.Context, value any) *gqlerrors.QueryError {
	return &gqlerrors.QueryError{Message: "Server Error", ResolverError: fmt.Errorf("a query panicked: %v", value)}
}
