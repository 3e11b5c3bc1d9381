package ghapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

const docsGraphQL = "https://docs.github.com/graphql"

// query is a query as clients send it.
func query(t *testing.T, text string, variables map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (w *world) graphQL(body, token string) answer {
	w.t.Helper()
	return w.do(request{method: "POST", path: "/graphql", token: token, body: body})
}

func TestAQueryIsAnsweredWithTheFieldsThatItAsksForAndNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		octodemo = `{"login":"OctoDemo"}`
		octolabs = `{"login":"octolabs"}`
	)
	cases := []struct {
		name, token, query string
		variables          map[string]any
		want               string
	}{
		{"gh's", "ghp_repo", `query UserCurrent{viewer{login}}`, nil, `{"data":{"viewer":{"login":"monalisa"}}}`},
		{"all of the viewer", "ghp_no_scope", `{viewer{id databaseId login name email url __typename}}`, nil, `{"data":{"viewer":{"id":"MDQ6VXNlcjEwMDE=","databaseId":1001,"login":"monalisa","name":"Mona Lisa Octocat","email":"mona@example.com","url":"http://example.com/monalisa","__typename":"User"}}}`},
		{"a viewer without name and address", "ghp_member", `{viewer{name email}}`, nil, `{"data":{"viewer":{"name":null,"email":""}}}`},
		{"a fine-grained token's viewer", "github_pat_nothing", `{viewer{login}}`, nil, `{"data":{"viewer":{"login":"monalisa"}}}`},
		{
			"a clean-up action's", "ghp_admin_enterprise",
			`query($slug: String!, $cursor: String) { enterprise(slug: $slug) { organizations(first: 100, after: $cursor) { nodes { login id databaseId name } pageInfo { hasNextPage endCursor } totalCount } } }`,
			map[string]any{"slug": "octo-enterprise", "cursor": nil},
			`{"data":{"enterprise":{"organizations":{"nodes":[` +
				`{"login":"OctoDemo","id":"MDEyOk9yZ2FuaXphdGlvbjk5MTk=","databaseId":9919,"name":null},` +
				`{"login":"octolabs","id":"MDEyOk9yZ2FuaXphdGlvbjk5MjA=","databaseId":9920,"name":null}],` +
				`"pageInfo":{"hasNextPage":false,"endCursor":"Y3Vyc29yOjk5MjA="},"totalCount":2}}}}`,
		},
		{"all of an enterprise", "gho_betty", `{enterprise(slug: "OCTO-enterprise"){id databaseId slug name url}}`, nil, `{"data":{"enterprise":{"id":"MDEwOkVudGVycHJpc2U0Mg==","databaseId":42,"slug":"octo-enterprise","name":"Octo Enterprise","url":"http://example.com/enterprises/octo-enterprise"}}}`},
		{"edges", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(last:1){edges{cursor node{login url}} pageInfo{hasPreviousPage startCursor}}}}`, nil, `{"data":{"enterprise":{"organizations":{"edges":[{"cursor":"Y3Vyc29yOjk5MjA=","node":{"login":"octolabs","url":"http://example.com/octolabs"}}],"pageInfo":{"hasPreviousPage":true,"startCursor":"Y3Vyc29yOjk5MjA="}}}}}`},
		{"none", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(first:0){nodes{login} pageInfo{startCursor endCursor hasNextPage hasPreviousPage}}}}`, nil, `{"data":{"enterprise":{"organizations":{"nodes":[],"pageInfo":{"startCursor":null,"endCursor":null,"hasNextPage":true,"hasPreviousPage":false}}}}}`},
		{"after one that has left", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(first:1,after:"Y3Vyc29yOjk5MDA="){nodes{login}}}}`, nil, `{"data":{"enterprise":{"organizations":{"nodes":[` + octodemo + `]}}}}`},
		{
			"fragments, aliases, directives", "ghp_read_enterprise",
			`query Q($with: Boolean = false){ me: viewer{...who} it: enterprise(slug:"octo-enterprise"){ one: organizations(first:1){nodes{...org}} two: organizations(first:1,after:"Y3Vyc29yOjk5MTk="){nodes{...org name @include(if:$with)}}}} fragment who on User{login} fragment org on Organization{login}`,
			nil, `{"data":{"me":{"login":"monalisa"},"it":{"one":{"nodes":[` + octodemo + `]},"two":{"nodes":[` + octolabs + `]}}}}`,
		},
		{"introspection", "ghp_no_scope", `{__type(name:"PageInfo"){name fields{name}}}`, nil, `{"data":{"__type":{"name":"PageInfo","fields":[{"name":"endCursor"},{"name":"hasNextPage"},{"name":"hasPreviousPage"},{"name":"startCursor"}]}}}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := query(t, c.query, c.variables)
			for _, path := range []string{"/graphql", "/api/graphql"} {
				got := w.do(request{method: "POST", path: path, token: c.token, body: body})
				if got.Status != 200 || got.Body != c.want {
					t.Errorf("%s: got %d %s\nwant 200 %s", path, got.Status, got.Body, c.want)
				}
				compact(t, got.Body)
			}
		})
	}
}

func TestOneOfSeveralOperationsIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const both = `query A{viewer{login}} query B{viewer{databaseId}}`
	named := w.graphQL(`{"query":"`+both+`","operationName":"B","variables":null,"extra":[1]}`, owner)
	if want := `{"data":{"viewer":{"databaseId":1001}}}`; named.Body != want {
		t.Errorf("got %s, want %s", named.Body, want)
	}
	for _, body := range []string{`{"query":"` + both + `"}`, `{"query":"` + both + `","operationName":"C"}`} {
		if got := w.graphQL(body, owner); got.Status != 200 || !strings.HasPrefix(got.Body, `{"errors":[{"message":"`) {
			t.Errorf("%s: got %d %s, want an error with 200", body, got.Status, got.Body)
		}
	}
}

// An error of a query names what a client branches on: the type, the path and the message.
func TestWhatAQueryMayNotAskForIsAnErrorBesideTheData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		asked     = `{viewer{login} enterprise(slug:"octo-enterprise"){slug}}`
		byPAT     = "Resource not accessible by personal access token"
		byApp     = "Resource not accessible by integration"
		unknown   = "Could not resolve to a Business with the URL slug of 'octo-enterprise'."
		readScope = "This endpoint needs a token with one of these scopes: read:enterprise. Yours has: "
	)
	mona, octocat, betty := `{"viewer":{"login":"monalisa"},`, `{"viewer":{"login":"octocat"},`, `{"viewer":{"login":"billing-betty"},`
	cases := []struct{ name, token, query, data, kind, path, message string }{
		{"an enterprise that is not there", "ghp_read_enterprise", `{enterprise(slug:"no"){slug}}`, `{"enterprise":null}`, "NOT_FOUND", `["enterprise"]`, "Could not resolve to a Business with the URL slug of 'no'."},
		{"no slug", "ghp_read_enterprise", `{enterprise(slug:""){slug}}`, `{"enterprise":null}`, "NOT_FOUND", `["enterprise"]`, "Could not resolve to a Business with the URL slug of ''."},
		{"a number instead of the slug", "ghp_read_enterprise", `{it:enterprise(slug:"42"){slug}}`, `{"it":null}`, "NOT_FOUND", `["it"]`, "Could not resolve to a Business with the URL slug of '42'."},
		{"somebody who must not know", "ghp_outsider", asked, `{"viewer":{"login":"outsider"},"enterprise":null}`, "NOT_FOUND", `["enterprise"]`, unknown},
		{"a missing scope", "ghp_repo", asked, mona + `"enterprise":null}`, "INSUFFICIENT_SCOPES", `["enterprise"]`, readScope + "repo, gist."},
		{"the scope for seats", "ghp_billing", asked, mona + `"enterprise":null}`, "INSUFFICIENT_SCOPES", `["enterprise"]`, readScope + "manage_billing:copilot."},
		{"a member's missing scope", "ghp_member", asked, octocat + `"enterprise":null}`, "INSUFFICIENT_SCOPES", `["enterprise"]`, readScope + "manage_billing:copilot."},
		{"a billing manager's missing scope", "ghp_betty_repo", asked, betty + `"enterprise":null}`, "INSUFFICIENT_SCOPES", `["enterprise"]`, readScope + "repo."},
		{"a fine-grained token", "github_pat_admin_write", asked, mona + `"enterprise":null}`, "FORBIDDEN", `["enterprise"]`, byPAT},
		{"an app user's token", "ghu_admin_write", asked, mona + `"enterprise":null}`, "FORBIDDEN", `["enterprise"]`, byApp},
		{"an installation's viewer", "ghs_admin_write", `{viewer{login}}`, `null`, "FORBIDDEN", `["viewer"]`, byApp},
		{"neither first nor last", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations{totalCount}}}`, `{"enterprise":null}`, "MISSING_PAGINATION_BOUNDARIES", `["enterprise","organizations"]`, "You must provide a `first` or `last` value to properly paginate the `organizations` connection."},
		{"both first and last", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(first:1,last:1){totalCount}}}`, `{"enterprise":null}`, "ARGUMENT_LIMIT", `["enterprise","organizations"]`, "Passing both `first` and `last` to paginate the `organizations` connection is not supported."},
		{"less than none", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(last:-1){totalCount}}}`, `{"enterprise":null}`, "ARGUMENT_LIMIT", `["enterprise","organizations"]`, "`last` on the `organizations` connection cannot be less than zero."},
		{"more than a hundred", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(first:101){totalCount}}}`, `{"enterprise":null}`, "EXCESSIVE_PAGINATION", `["enterprise","organizations"]`, "Requesting 101 records on the `organizations` connection exceeds the `first` limit of 100 records."},
		{"no cursor", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(first:1,after:"9919"){totalCount}}}`, `{"enterprise":null}`, "INVALID_CURSOR_ARGUMENTS", `["enterprise","organizations"]`, "`9919` does not appear to be a valid cursor."},
		{"no cursor before", "ghp_read_enterprise", `{enterprise(slug:"octo-enterprise"){organizations(last:1,before:"Y3Vyc29yOi0x"){totalCount}}}`, `{"enterprise":null}`, "INVALID_CURSOR_ARGUMENTS", `["enterprise","organizations"]`, "`Y3Vyc29yOi0x` does not appear to be a valid cursor."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.graphQL(query(t, c.query, nil), c.token)
			want := fmt.Sprintf(`{"data":%s,"errors":[{"type":%q,"path":%s,"message":%q}]}`, c.data, c.kind, c.path, c.message)
			if got.Status != 200 || got.Body != want {
				t.Errorf("got %d %s\nwant 200 %s", got.Status, got.Body, want)
			}
		})
	}
}

// A role is missing where the scope is there: no token of the world is so.
func TestAMemberMayNotAskForAnEnterprise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(`
users: [{login: boss}, {login: worker}]
enterprises: [{slug: plant, owners: [boss]}]
organizations: [{login: shop, enterprise: plant, owners: [boss], members: [worker]}]
tokens: [{token: ghp_worker, kind: classic, user: worker, scopes: [read:enterprise]}]
`)
	got := w.graphQL(`{"query":"{enterprise(slug:\"plant\"){slug}}"}`, "ghp_worker")
	want := `{"data":{"enterprise":null},"errors":[{"type":"FORBIDDEN","path":["enterprise"],"message":"You must be an owner or a billing manager of the enterprise plant to use this endpoint."}]}`
	if got.Status != 200 || got.Body != want {
		t.Errorf("got %d %s\nwant 200 %s", got.Status, got.Body, want)
	}
}

func TestAQueryThatIsWrongIsNotExecuted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := `{viewer{` + strings.Repeat("login ", 6000) + `}}`
	deep := `{__schema{types{` + strings.Repeat("ofType{", 20) + `name` + strings.Repeat("}", 20) + `}}}`
	wide := `{` + strings.Join(aliases(300, "viewer{login}"), " ") + `}`
	bomb := `{viewer{...a0}} fragment a20 on User{login}`
	for i := range 20 {
		bomb += fmt.Sprintf(" fragment a%d on User{...a%d ...a%d}", i, i+1, i+1)
	}
	loop := `{viewer{...a}} fragment a on User{login ...a}`
	cases := []struct {
		name, query string
		variables   map[string]any
		want        string // in its message
	}{
		{"an unknown field", `{viewer{login nothing}}`, nil, `Cannot query field \"nothing\" on type \"User\".`},
		{"an unknown root", `{organization(login:"octodemo"){login}}`, nil, `Cannot query field \"organization\" on type \"Query\".`},
		{"a change", `mutation{addStar(input:{}){clientMutationId}}`, nil, `mutation`},
		{"a subscription", `subscription{viewer{login}}`, nil, `graphql-ws`},
		{"no JSON of a query", `{viewer{login}`, nil, `syntax error`},
		{"nothing", ` `, nil, `no operations`},
		{"a missing argument", `{enterprise{slug}}`, nil, `slug`},
		{"a number for a text", `{enterprise(slug:1){slug}}`, nil, `non string value: 1`},
		{"a missing variable", `query($slug:String!){enterprise(slug:$slug){slug}}`, nil, `slug`},
		{"a variable of another type", `query($slug:String!){enterprise(slug:$slug){slug}}`, map[string]any{"slug": 7}, `into string`},
		{"a variable that is no whole number", `query($n:Int){enterprise(slug:"octo-enterprise"){organizations(first:$n){totalCount}}}`, map[string]any{"n": 1.5}, `not a 32-bit integer`},
		{"a variable that is too large", `query($n:Int){enterprise(slug:"octo-enterprise"){organizations(first:$n){totalCount}}}`, map[string]any{"n": 1e300}, `not a 32-bit integer`},
		{"a field without its fields", `{viewer}`, nil, `viewer`},
		{"a query that is too long", long, nil, `exceeds the maximum allowed query length`},
		{"a query that is too deep", deep, nil, `depth`},
		{"a query that is too wide", wide, nil, `too many selections`},
		{"fragments that double twenty times", bomb, nil, `too many selections`},
		{"a fragment in itself", loop, nil, `itself`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.graphQL(query(t, c.query, c.variables), "ghp_read_enterprise")
			var answer struct{ Data any }
			if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || answer.Data != nil {
				t.Errorf("got data, want none: %s (%v)", got.Body, err)
			}
			if got.Status != 200 || !strings.Contains(got.Body, c.want) {
				t.Errorf("got %d %s, want 200 and %s", got.Status, got.Body, c.want)
			}
		})
	}
}

// A short query can be wrong in very many places.
func TestTheErrorsOfAQueryAreNotManyTimesItsSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, fields := range []string{strings.Repeat("x ", 16_000), strings.Repeat("a:login a:name ", 2000)} {
		got := w.graphQL(query(t, `{viewer{`+fields+`}}`, nil), owner)
		if n := strings.Count(got.Body, `"message":`); got.Status != 200 || n < 1 || n > 100 || len(got.Body) > 64<<10 {
			t.Errorf("got %d with %d errors in %d bytes, want at most 100", got.Status, n, len(got.Body))
		}
	}
}

// Tools ask a schema for itself before they ask anything else, nine types deep.
func TestTheSchemaCanBeAskedForWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrapped := strings.Repeat("ofType{kind name ", 9) + strings.Repeat("}", 9)
	got := w.graphQL(query(t, `{__schema{queryType{name} mutationType{name} directives{name locations args{...input}}
		types{kind name description fields(includeDeprecated:true){name args{...input} type{...type}} inputFields{...input}
			interfaces{...type} enumValues{name} possibleTypes{...type}}}}
		fragment input on __InputValue{name defaultValue type{...type}}
		fragment type on __Type{kind name `+wrapped+`}`, nil), "ghp_no_scope")
	for _, want := range []string{`{"data":{"__schema":{"queryType":{"name":"Query"},"mutationType":null,`, `"name":"OrganizationConnection"`} {
		if got.Status != 200 || !strings.Contains(got.Body, want) || strings.Contains(got.Body, `"errors"`) {
			t.Errorf("got %d %.500s, want 200 with %s", got.Status, got.Body, want)
		}
	}
}

// aliases are so many fields, each under a name of its own.
func aliases(n int, field string) []string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf("a%d:%s", i, field)
	}
	return fields
}

func TestABodyThatIsNoQueryIsRefusedInTheEnvelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const parsing = "Problems parsing JSON"
	cases := []struct {
		name, body string
		want       refusal
	}{
		{"nothing", "", refusal{400, parsing, docsGraphQL}},
		{"a space", " ", refusal{400, parsing, docsGraphQL}},
		{"no JSON", `{"query":`, refusal{400, parsing, docsGraphQL}},
		{"no UTF-8", "{\"query\":\"\xff\"}", refusal{400, parsing, docsGraphQL}},
		{"a list", `[]`, refusal{400, "Body should be a JSON object", docsGraphQL}},
		{"no query", `{}`, refusal{400, `"query" wasn't supplied.`, docsGraphQL}},
		{"null", `{"query":null}`, refusal{400, `"query" wasn't supplied.`, docsGraphQL}},
		{"a number", `{"query":1}`, refusal{400, `For "query", 1 is not a string.`, docsGraphQL}},
		{"variables in a list", `{"query":"{viewer{login}}","variables":["x"]}`, refusal{400, `For "variables", ["x"] is not an object.`, docsGraphQL}},
		{"variables in a text", `{"query":"{viewer{login}}","variables":"{}"}`, refusal{400, `For "variables", "{}" is not an object.`, docsGraphQL}},
		{"a name that is none", `{"query":"{viewer{login}}","operationName":{}}`, refusal{400, `For "operationName", {} is not a string.`, docsGraphQL}},
		{"too much", `{"query":"` + strings.Repeat(" ", 256<<10) + `"}`, refusal{413, "The request's body is larger than 256 KiB.", docsGraphQL}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, w.graphQL(c.body, owner).refusal(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGraphQLNeedsATokenAndAPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const asked = `{"query":"{viewer{login}}"}`
	for _, path := range []string{"/graphql", "/api/graphql"} {
		for _, c := range []struct {
			call request
			want refusal
		}{
			{request{method: "POST", path: path, body: asked}, refusal{401, "Requires authentication", docsRoot}},
			{request{method: "POST", path: path, body: asked, token: "ghp_nobody"}, refusal{401, "Bad credentials", docsRoot}},
			{request{method: "POST", path: path, body: asked, token: "ghp_expired"}, refusal{401, "Bad credentials", docsRoot}},
			{request{method: "GET", path: path + "?query={viewer{login}}", token: owner}, refusal{404, "Not Found", docsRoot}},
			{request{method: "POST", path: path + "/", body: asked, token: owner}, refusal{404, "Not Found", docsRoot}},
			{request{method: "POST", path: "/api/v3/graphql", body: asked, token: owner}, refusal{404, "Not Found", docsRoot}},
		} {
			if diff := cmp.Diff(c.want, w.do(c.call).refusal(t)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", c.call.method, c.call.path, diff)
			}
		}
	}
}

// Recorded in 2024: PyGithub, GraphQL.
func TestGraphQLHasHeadersOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := request{method: "POST", path: "/graphql", token: "ghp_write_org", body: `{"query":"{viewer{login}}"}`, header: map[string][]string{"X-Github-Api-Version": {"2019-01-01"}}}
	got := w.do(call)
	if got.Status != 200 {
		t.Errorf("got %d %s, want 200 whatever the API version", got.Status, got.Body)
	}
	for name, want := range map[string]string{
		"X-GitHub-Media-Type":           "github.v4; format=json",
		"Content-Type":                  "application/json; charset=utf-8",
		"Vary":                          "Accept-Encoding, Accept, X-Requested-With",
		"X-OAuth-Scopes":                "write:org",
		"X-Accepted-OAuth-Scopes":       "repo",
		"Cache-Control":                 "",
		"ETag":                          "",
		"X-GitHub-Api-Version-Selected": "",
	} {
		if values := strings.Join(got.Header.Values(name), "; "); values != want {
			t.Errorf("%s: got %q, want %q", name, values, want)
		}
	}
	call.body = "{"
	if refused := w.do(call); refused.Status != 400 || refused.Header.Get("X-GitHub-Media-Type") != "github.v4; format=json" {
		t.Errorf("a refusal: got %d with %q", refused.Status, refused.Header.Get("X-GitHub-Media-Type"))
	}
}

func TestAQueryWhoseStoreFailsFailsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := query(t, `{viewer{login} enterprise(slug:"octo-enterprise"){organizations(first:1){totalCount}}}`, nil)
	// Finding the caller, the enterprise and its organizations: each can fail.
	for transaction := range 3 {
		w.store.failTransaction(transaction+1, errors.New("injected"))
		inside := w.graphQL(asked, "ghp_read_enterprise")
		w.store.failTransaction(transaction+1, &usher.Error{Kind: usher.Unavailable, Message: "The database is busy.", Err: errors.New("injected: disk I/O")})
		busy := w.graphQL(asked, "ghp_read_enterprise")
		w.store.failTransaction(0, nil)
		if diff := cmp.Diff(refusal{500, "Server Error", docsGraphQL}, inside.refusal(t)); diff != "" {
			t.Errorf("transaction %d (-want +got):\n%s", transaction+1, diff)
		}
		if diff := cmp.Diff(refusal{503, "The database is busy.", docsGraphQL}, busy.refusal(t)); diff != "" || busy.Header.Get("Retry-After") != "1" {
			t.Errorf("transaction %d, Retry-After %q (-want +got):\n%s", transaction+1, busy.Header.Get("Retry-After"), diff)
		}
	}
}

// interruptedStore does something before its second transaction: the first inside a query.
type interruptedStore struct {
	usher.Store
	views     atomic.Int32
	interrupt func()
}

func (s *interruptedStore) View(ctx context.Context, fn func(usher.Reader) error) error {
	if s.views.Add(1) == 2 {
		s.interrupt()
	}
	return s.Store.View(ctx, fn)
}

func TestAPanicInsideAQueryIsA500(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Store = &interruptedStore{Store: w.store.Store, interrupt: func() { panic("injected") }}
	asked := query(t, `{viewer{login} enterprise(slug:"octo-enterprise"){slug}}`, nil)
	if diff := cmp.Diff(refusal{500, "Server Error", docsGraphQL}, w.graphQL(asked, "ghp_read_enterprise").refusal(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.graphQL(asked, "ghp_read_enterprise"); got.Status != 200 {
		t.Errorf("afterwards: got %d %s, want 200", got.Status, got.Body)
	}
}

func TestAQueryThatNobodyWaitsForEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, leave := context.WithCancel(t.Context())
	w.store.Store = &interruptedStore{Store: w.store.Store, interrupt: leave}
	asked := strings.NewReader(query(t, `{enterprise(slug:"octo-enterprise"){organizations(first:1){totalCount}}}`, nil))
	r := httptest.NewRequestWithContext(ctx, "POST", "/graphql", asked)
	r.Header.Set("Authorization", "Bearer ghp_read_enterprise")
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if rec.Code != 499 {
		t.Errorf("got %d %s, want 499", rec.Code, rec.Body)
	}
}

func TestAnEnterprisesOrganizationsAreReadOnceHoweverOftenAQueryAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.failTransaction(0, nil)
	got := w.graphQL(query(t, `{enterprise(slug:"octo-enterprise"){`+strings.Join(aliases(100, "organizations(first:1){totalCount}"), " ")+`}}`, nil), "ghp_read_enterprise")
	if strings.Count(got.Body, `{"totalCount":2}`) != 100 {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	if reads := w.store.transactions(); reads != 3 {
		t.Errorf("got %d transactions, want 3", reads)
	}
}

// transactions are how many were begun since a failure was last asked for.
func (s *fragileStore) transactions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

func TestPagesOfOrganizationsHoldEachOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var world strings.Builder
	world.WriteString("users: [{login: boss}]\nenterprises: [{slug: plant, owners: [boss]}]\ntokens: [{token: ghp_boss, kind: classic, user: boss, scopes: [read:enterprise]}]\norganizations:\n")
	var all []string
	for i := range 253 {
		login := fmt.Sprintf("org-%03d", i)
		all = append(all, login)
		fmt.Fprintf(&world, "  - {login: %s, enterprise: plant, owners: [boss]}\n", login)
	}
	w.load(world.String())
	const forward = `query($n:Int,$at:String){enterprise(slug:"plant"){organizations(first:$n,after:$at){nodes{login} pageInfo{hasNextPage endCursor} totalCount}}}`
	const backward = `query($n:Int,$at:String){enterprise(slug:"plant"){organizations(last:$n,before:$at){nodes{login} pageInfo{hasNextPage:hasPreviousPage endCursor:startCursor} totalCount}}}`
	for _, size := range []int{100, 11, 23} { // 253 is 11 times 23
		walked := w.walk(forward, size)
		if diff := cmp.Diff(all, walked); diff != "" {
			t.Errorf("%d at a time (-want +got):\n%s", size, diff)
		}
		back := w.walk(backward, size)
		if back[0] != all[253-size] {
			t.Errorf("%d at a time, backward: the first is %s, want %s", size, back[0], all[253-size])
		}
		slices.Sort(back)
		if diff := cmp.Diff(all, back); diff != "" {
			t.Errorf("%d at a time, backward (-want +got):\n%s", size, diff)
		}
	}
}

// walk is what all pages of plant's organizations hold.
func (w *world) walk(text string, size int) (logins []string) {
	w.t.Helper()
	var at any
	for {
		got := w.graphQL(query(w.t, text, map[string]any{"n": size, "at": at}), "ghp_boss")
		var answer struct {
			Data struct {
				Enterprise struct {
					Organizations struct {
						Nodes      []struct{ Login string }
						TotalCount int
						PageInfo   struct {
							HasNextPage bool
							EndCursor   string
						}
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || strings.Contains(got.Body, `"errors"`) {
			w.t.Fatalf("%v: %s", err, got.Body)
		}
		page := answer.Data.Enterprise.Organizations
		if page.TotalCount != 253 {
			w.t.Fatalf("got a count of %d, want 253", page.TotalCount)
		}
		for _, node := range page.Nodes {
			logins = append(logins, node.Login)
		}
		if !page.PageInfo.HasNextPage {
			return logins
		}
		at = page.PageInfo.EndCursor
	}
}
