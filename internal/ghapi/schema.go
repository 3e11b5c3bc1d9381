package ghapi

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/usher-seats/usher"
)

// schemaText is the part of GitHub's schema that usher has something to say on. What is
// here is as in GitHub's; all else is an unknown field.
//
// Source: https://docs.github.com/graphql/reference
const schemaText = `
scalar URI

type Query {
	viewer: User!
	enterprise(slug: String!): Enterprise
}

type User {
	id: ID!
	databaseId: Int
	login: String!
	name: String
	email: String!
	url: URI!
}

type Enterprise {
	id: ID!
	databaseId: Int
	slug: String!
	name: String!
	url: URI!
	organizations(after: String, before: String, first: Int, last: Int): OrganizationConnection!
}

type OrganizationConnection {
	edges: [OrganizationEdge]
	nodes: [Organization]
	pageInfo: PageInfo!
	totalCount: Int!
}

type OrganizationEdge {
	cursor: String!
	node: Organization
}

type Organization {
	id: ID!
	databaseId: Int
	login: String!
	name: String
	url: URI!
}

type PageInfo {
	endCursor: String
	hasNextPage: Boolean!
	hasPreviousPage: Boolean!
	startCursor: String
}
`

// readEnterpriseGraph is who may ask for an enterprise: those who may list its seats, with
// the scope that GitHub names for the object.
var readEnterpriseGraph = usher.Access{Kind: usher.Enterprise, Roles: readEnterprise.Access.Roles, Scopes: []string{usher.ScopeReadEnterprise}}

// visit is one query on its way through the schema.
type visit struct {
	*Request
	mu            sync.Mutex
	organizations map[usher.AccountRef][]usher.Account // of enterprises, read once however often a query asks
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit { return ctx.Value(visitKey{}).(*visit) }

// queries are the fields of Query. Those of the other types are fields of Go's.
type queries struct{}

type userNode struct {
	ID         graphql.ID
	DatabaseID *int32
	Login      string
	Name       *string
	Email      string
	URL        uri
}

// Viewer is who the token speaks for. An installation is nobody.
func (*queries) Viewer(ctx context.Context) (*userNode, error) {
	v := visitOf(ctx)
	user := v.Caller.User
	if user == nil {
		return nil, refuseField("FORBIDDEN", "Resource not accessible by integration")
	}
	return &userNode{
		ID:         globalID("User", user.ID),
		DatabaseID: databaseID(user.ID),
		Login:      user.Login,
		Name:       optional(user.Name),
		Email:      user.Email,
		URL:        v.address(user.Login),
	}, nil
}

type enterpriseNode struct {
	ID         graphql.ID
	DatabaseID *int32
	Slug       string
	Name       string
	URL        uri

	account usher.Account
}

// Enterprise is an enterprise by its slug alone, unlike in paths.
func (*queries) Enterprise(ctx context.Context, args struct{ Slug string }) (*enterpriseNode, error) {
	v := visitOf(ctx)
	account, err := v.api.service.Authorize(ctx, v.Caller, usher.AccountName{Kind: usher.Enterprise, Login: args.Slug}, readEnterpriseGraph)
	if err != nil {
		return nil, v.refusal(err, args.Slug)
	}
	return &enterpriseNode{
		ID:         globalID("Enterprise", account.Ref.ID),
		DatabaseID: databaseID(account.Ref.ID),
		Slug:       account.Login,
		Name:       cmp.Or(account.Name, account.Login),
		URL:        v.address("enterprises", account.Login),
		account:    account,
	}, nil
}

// refusal is an enterprise's refusal as GraphQL has it. NOT_FOUND is recorded in 2024, of
// nodes, and INSUFFICIENT_SCOPES is what gh looks for; the rest is ours.
func (v *visit) refusal(err error, slug string) error {
	var refused *usher.Error
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Kind == usher.NotFound:
		return refuseField("NOT_FOUND", "Could not resolve to a Business with the URL slug of '%s'.", slug)
	case refused.Kind == usher.Forbidden && v.Caller.Token.Kind.Scoped() && !accepts(readEnterpriseGraph, v.Caller.Token):
		return refuseField("INSUFFICIENT_SCOPES", "%s", refused.Message)
	case refused.Kind == usher.Forbidden:
		return refuseField("FORBIDDEN", "%s", refused.Message)
	}
	return err
}

func accepts(need usher.Access, token usher.Token) bool {
	enough := need.AcceptedScopes()
	return slices.ContainsFunc(token.Scopes, func(scope string) bool { return slices.Contains(enough, scope) })
}

type organizationConnection struct {
	Edges      *[]*organizationEdge // pointers where GitHub's schema allows null
	Nodes      *[]*organizationNode
	PageInfo   pageInfo
	TotalCount int32
}

type organizationEdge struct {
	Cursor string
	Node   *organizationNode
}

type organizationNode struct {
	ID         graphql.ID
	DatabaseID *int32
	Login      string
	Name       *string
	URL        uri
}

type pageInfo struct {
	EndCursor       *string
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
}

// Organizations are the enterprise's organizations, by id.
func (e *enterpriseNode) Organizations(ctx context.Context, args connectionArgs) (*organizationConnection, error) {
	if err := args.check("organizations"); err != nil {
		return nil, err
	}
	v := visitOf(ctx)
	all, err := v.organizationsOf(ctx, e.account.Ref)
	if err != nil {
		return nil, err
	}
	from, to, err := args.window(len(all), func(i int) int64 { return all[i].Ref.ID })
	if err != nil {
		return nil, err
	}
	edges := make([]*organizationEdge, 0, to-from)
	nodes := make([]*organizationNode, 0, to-from)
	for _, account := range all[from:to] {
		node := v.organizationNode(account)
		nodes = append(nodes, node)
		edges = append(edges, &organizationEdge{cursorOf(account.Ref.ID), node})
	}
	page := pageInfo{HasNextPage: to < len(all), HasPreviousPage: from > 0}
	if n := len(edges); n > 0 {
		page.StartCursor, page.EndCursor = &edges[0].Cursor, &edges[n-1].Cursor
	}
	return &organizationConnection{&edges, &nodes, page, int32(len(all))}, nil
}

func (v *visit) organizationNode(account usher.Account) *organizationNode {
	return &organizationNode{
		ID:         globalID("Organization", account.Ref.ID),
		DatabaseID: databaseID(account.Ref.ID),
		Login:      account.Login,
		Name:       optional(account.Name),
		URL:        v.address(account.Login),
	}
}

func (v *visit) organizationsOf(ctx context.Context, enterprise usher.AccountRef) ([]usher.Account, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known, ok := v.organizations[enterprise]; ok {
		return known, nil
	}
	found, err := v.api.service.EnterpriseOrganizations(ctx, enterprise)
	if err == nil {
		v.organizations[enterprise] = found
	}
	return found, err
}

// connectionArgs are which part of a list is asked for. Cursors name ids, so that a list
// that changes between two pages neither repeats nor leaves out what stays.
type connectionArgs struct {
	After, Before *string
	First, Last   *int32
}

// check refuses what is no part of a list. That one of first and last is needed, and that
// a hundred is the most, is documented; types and texts are ours.
func (a connectionArgs) check(connection string) error {
	if a.First == nil && a.Last == nil {
		return refuseField("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly paginate the `%s` connection.", connection)
	}
	if a.First != nil && a.Last != nil {
		return refuseField("ARGUMENT_LIMIT", "Passing both `first` and `last` to paginate the `%s` connection is not supported.", connection)
	}
	name, count := "first", a.First
	if count == nil {
		name, count = "last", a.Last
	}
	if *count < 0 {
		return refuseField("ARGUMENT_LIMIT", "`%s` on the `%s` connection cannot be less than zero.", name, connection)
	}
	if *count > maxPerConnection {
		return refuseField("EXCESSIVE_PAGINATION", "Requesting %d records on the `%s` connection exceeds the `%s` limit of %d records.", *count, connection, name, maxPerConnection)
	}
	return nil
}

// window is the part [from, to) of a list of n, whose ids rise.
func (a connectionArgs) window(n int, id func(int) int64) (from, to int, err error) {
	to = n
	if a.After != nil {
		after, err := readCursor(*a.After)
		if err != nil {
			return 0, 0, err
		}
		for from < to && id(from) <= after {
			from++
		}
	}
	if a.Before != nil {
		before, err := readCursor(*a.Before)
		if err != nil {
			return 0, 0, err
		}
		for from < to && id(to-1) >= before {
			to--
		}
	}
	if a.First != nil {
		return from, min(to, from+int(*a.First)), nil
	}
	return max(from, to-int(*a.Last)), to, nil
}

const cursorPrefix = "cursor:"

func cursorOf(id int64) string {
	return base64.StdEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatInt(id, 10)))
}

func readCursor(text string) (int64, error) {
	plain, _ := base64.StdEncoding.DecodeString(text) // what is none has no prefix
	digits, ok := strings.CutPrefix(string(plain), cursorPrefix)
	if id := idOf(digits); ok && id > 0 {
		return id, nil
	}
	return 0, refuseField("INVALID_CURSOR_ARGUMENTS", "`%s` does not appear to be a valid cursor.", text)
}

// uri is GitHub's scalar for addresses.
type uri string

// ImplementsGraphQLType says which scalar a uri is.
func (uri) ImplementsGraphQLType(name string) bool { return name == "URI" }

// UnmarshalGraphQL is never called: no argument is a URI.
func (uri) UnmarshalGraphQL(any) error { return errors.New("no URI is read") }

// address is that of a page that GitHub would have.
func (v *visit) address(segments ...string) uri {
	page := v.base.web
	for _, segment := range segments {
		page += "/" + url.PathEscape(segment)
	}
	return uri(page)
}

func globalID(kind string, id int64) graphql.ID {
	return graphql.ID(nodeID(kind, strconv.FormatInt(id, 10)))
}

// databaseID is nothing for ids that GraphQL's Int cannot hold.
func databaseID(id int64) *int32 {
	if id > math.MaxInt32 {
		return nil
	}
	small := int32(id)
	return &small
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
