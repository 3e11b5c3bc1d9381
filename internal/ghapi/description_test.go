package ghapi_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/ghapi"
)

// TestMain sees to it that the list of what GitHub's description lacks has no line that
// this package's tests do not need. Only a whole run can tell.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && wholeRun() {
		for _, line := range description.Unneeded() {
			fmt.Fprintf(os.Stderr, "internal/description/gaps.go: no answer of a test needs this line: %s\n", line)
			code = 1
		}
	}
	os.Exit(code)
}

// wholeRun says whether nothing was left out by a flag.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return flag.Lookup("test.count").Value.String() != "0"
}

// address is where an operation is.
type address struct{ method, path string }

func TestEachRouteIsAnOperationOfGitHubs(t *testing.T) {
	t.Parallel()
	// Where GitHub.com documents an operation, that is the place; the documentation of
	// Enterprise Cloud has the others.
	documented := map[address]description.Operation{}
	for _, o := range append(description.EnterpriseCloud(t), description.DotCom(t)...) {
		documented[address{o.Method, o.Path}] = o
	}
	for _, route := range ghapi.Routes() {
		o := documented[address{route.Method, route.Pattern}]
		want := []string{o.ID, o.Docs}
		if diff := cmp.Diff(want, []string{route.Operation, route.Docs}); o.ID == "" || diff != "" {
			t.Errorf("%s %s: operation and documentation (-as GitHub describes it +in the route table):\n%s", route.Method, route.Pattern, diff)
		}
	}
}

func TestEachOfGitHubsOperationsOnSeatsIsServed(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for _, route := range ghapi.Routes() {
		served[route.Operation] = true
	}
	described := 0
	for _, o := range append(description.EnterpriseCloud(t), description.DotCom(t)...) {
		if o.Subcategory != "copilot-user-management" {
			continue
		}
		described++
		if !served[o.ID] {
			t.Errorf("%s %s (%s) is not in the route table", o.Method, o.Path, o.ID)
		}
	}
	if described == 0 {
		t.Error("GitHub's description has no operation on seats")
	}
}

// honoured are the parameters that operations read beside those in their paths, with their
// defaults.
var honoured = map[string][]description.Parameter{
	"copilot/list-copilot-seats":                pageParameters,
	"copilot/list-copilot-seats-for-enterprise": pageParameters,

	"orgs/get-audit-log":             append(auditParameters(), description.Parameter{Name: "per_page", In: "query", Default: 30.0}),
	"enterprise-admin/get-audit-log": append(auditParameters(), description.Parameter{Name: "page", In: "query", Default: 1.0}, description.Parameter{Name: "per_page", In: "query", Default: 30.0}), // any page but the first is refused

	"teams/list":                listParameters(description.Parameter{Name: "team_type", In: "query", Default: "all"}),
	"teams/list-child-in-org":   listParameters(),
	"teams/list-members-in-org": append([]description.Parameter{{Name: "role", In: "query", Default: "all"}}, listParameters()...),

	"orgs/list-pending-invitations": append(listParameters(), description.Parameter{Name: "role", In: "query", Default: "all"}, description.Parameter{Name: "invitation_source", In: "query", Default: "all"}),
	"orgs/list-members":             append([]description.Parameter{{Name: "filter", In: "query", Default: "all"}, {Name: "role", In: "query", Default: "all"}}, listParameters()...),

	"orgs/list-memberships-for-authenticated-user": append([]description.Parameter{{Name: "state", In: "query"}}, listParameters()...),
	"orgs/list-for-authenticated-user":             listParameters(),

	"apps/list-installations": listParameters(description.Parameter{Name: "since", In: "query"}, description.Parameter{Name: "outdated", In: "query"}),

	"enterprise-teams/list":                         listParameters(),
	"enterprise-team-memberships/list":              listParameters(),
	"enterprise-team-organizations/get-assignments": listParameters(),

	"copilot/copilot-enterprise-one-day-usage-metrics":         day,
	"copilot/copilot-enterprise-repos-one-day-report":          day,
	"copilot/copilot-enterprise-user-teams-one-day-report":     day,
	"copilot/copilot-users-one-day-usage-metrics":              day,
	"copilot/copilot-organization-one-day-usage-metrics":       day,
	"copilot/copilot-organization-repos-one-day-report":        day,
	"copilot/copilot-organization-user-teams-one-day-report":   day,
	"copilot/copilot-organization-users-one-day-usage-metrics": day,
}

var day = []description.Parameter{{Name: "day", In: "query"}}

var pageParameters = []description.Parameter{
	{Name: "page", In: "query", Default: 1.0},
	{Name: "per_page", In: "query", Default: 50.0},
}

// auditParameters are those of both audit logs.
func auditParameters() []description.Parameter {
	var parameters []description.Parameter
	for _, name := range []string{"phrase", "include", "after", "before", "order"} {
		parameters = append(parameters, description.Parameter{Name: name, In: "query"})
	}
	return parameters
}

// listParameters are those of a list that is not of seats, and more.
func listParameters(more ...description.Parameter) []description.Parameter {
	return append([]description.Parameter{{Name: "per_page", In: "query", Default: 30.0}, {Name: "page", In: "query", Default: 1.0}}, more...)
}

func TestTheParametersThatGitHubDescribesAreThoseThatAreRead(t *testing.T) {
	t.Parallel()
	described := map[address]description.Operation{}
	for _, o := range description.EnterpriseCloud(t) {
		described[address{o.Method, o.Path}] = o
	}
	for _, route := range ghapi.Routes() {
		var others []description.Parameter
		for _, p := range described[address{route.Method, route.Pattern}].Parameters {
			if p.In != "path" {
				others = append(others, p)
			} else if !strings.Contains(route.Pattern, "{"+p.Name+"}") {
				t.Errorf("%s: {%s} is not in its pattern %s", route.Operation, p.Name, route.Pattern)
			}
		}
		if diff := cmp.Diff(honoured[route.Operation], others); diff != "" {
			t.Errorf("%s (-read +described):\n%s", route.Operation, diff)
		}
	}
}

func TestPagesHaveTheDescribedDefaultsAndLimit(t *testing.T) {
	t.Parallel()
	const people = 120
	w := newWorld(t)
	w.load(`
users: [{login: monalisa}` + numbered(", {login: person-%d}", people-1) + `]
enterprises: [{slug: octo-enterprise, owners: [monalisa]}]
organizations:
  - {login: octodemo, enterprise: octo-enterprise, owners: [monalisa], members: [` + numbered("person-%d, ", people-1) + `], copilot: {seat_management: assign_all, public_code_suggestions: block}}
tokens: [{token: ` + owner + `, kind: classic, user: monalisa, scopes: [manage_billing:copilot]}]
`)
	for _, o := range []operation{operations()[0], operations()[2]} {
		for query, want := range map[string]int{"": 50, "?page=2": 50, "?page=3": 20, "?per_page=7": 7, "?per_page=100": 100, "?per_page=101": 100} {
			if got := len(rowsOf(t, w.get200(o.on("octodemo")+query, owner))); got != want {
				t.Errorf("%s: %q: got %d seats, want %d", o.name, query, got, want)
			}
		}
	}
}

// numbered is a text repeated, with the number in it.
func numbered(format string, times int) string {
	var b strings.Builder
	for i := range times {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Every test's answers are held to the description. These see to it that no route goes
// without a success, or without a refusal, in any of the forms that they have.
func TestEachRouteSucceedsAsGitHubDescribesIt(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t).limited(manyRequests)
	for _, r := range everyRoute() {
		authorization := []string{authorizationFor(r)}
		headers := []http.Header{
			{"Authorization": authorization},
			{"Authorization": authorization, "X-Github-Api-Version": {"2026-03-10"}},
			{"Authorization": authorization, "Accept-Encoding": {"gzip"}},
		}
		switch { // a change costs a world: one in each version
		case r.method != "GET" && strings.HasPrefix(r.path, "/api/v3/"):
			headers = headers[1:2]
		case r.method != "GET":
			headers = headers[:1]
		}
		for _, header := range headers {
			r.header = header
			on := w
			if r.method != "GET" { // what one changes shall not hinder the next
				on = newAssignedWorld(t).limited(manyRequests)
			}
			on.beforeChangeOfPeople(&r)
			if got := on.do(r); got.Status >= 300 && !neverSucceeds(r) {
				t.Errorf("%s %s with %v: got %d %.300s", r.method, r.path, header, got.Status, got.Body)
			}
		}
	}
}

// manyRequests is a limit that no test reaches.
const manyRequests = 1_000_000

// neverSucceeds says whether a request is to what usher has none of.
func neverSucceeds(r request) bool { return strings.HasSuffix(r.path, "/group-mappings") }

func TestEachRouteRefusesAsGitHubDescribesIt(t *testing.T) {
	t.Parallel()
	whole := newWorld(t)
	spent := whole.limited(0)
	for _, r := range everyRoute() {
		w := whole.limited(100) // a window of its own for who has no token
		for _, c := range []struct {
			on     *world
			header http.Header
			status []int
		}{
			{w, http.Header{}, []int{200, 401}}, // some are for everybody
			{w, http.Header{"Authorization": {"Bearer ghp_nobody"}}, []int{401}},
			{w, http.Header{"Authorization": {authorizationFor(r)}, "X-Github-Api-Version": {"2019-01-01"}}, []int{400}},
			{spent, http.Header{"Authorization": {authorizationFor(r)}}, []int{200, 201, 403}}, // /rate_limit is free, and so are apps
		} {
			r.header = c.header
			if got := c.on.do(r); !slices.Contains(c.status, got.Status) {
				t.Errorf("%s %s with %v: got %d %.300s, want %v", r.method, r.path, c.header, got.Status, got.Body, c.status)
			}
		}
		w.store.failTransaction(1, errors.New("injected: the disk is gone"))
		r.header = http.Header{"Authorization": {authorizationFor(r)}}
		if got := w.do(r); got.Status != 500 {
			t.Errorf("%s %s on a broken store: got %d %.300s, want 500", r.method, r.path, got.Status, got.Body)
		}
		for method, status := range map[string]int{"OPTIONS": 204, "LOCK": 404} {
			other := r
			other.method, other.header = method, nil
			other.token = everything
			if got := w.do(other); got.Status != status {
				t.Errorf("%s %s: got %d %.300s, want %d", method, r.path, got.Status, got.Body, status)
			}
		}
	}
}

// Found by fuzzing: that an app without a permission asks for a team's groups was refused
// with a status that the description does not declare there.
func TestEachRouteAnswersEveryTokenAsGitHubDescribesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t).limited(100_000)
	for _, r := range everyRoute() {
		if strings.HasPrefix(r.path, "/api/v3") {
			continue
		}
		for _, token := range fuzzedTokens {
			if r.method != "GET" { // refused without effect, one way or another
				r.body = "["
			}
			r.token = token
			w.do(r) // whose handler holds it to the description
			other := r
			other.path = strings.NewReplacer("octocat", "nobody", "newhire", "nobody", "justice-league", "nobodys", "ent:platform", "nobodys").Replace(r.path)
			w.do(other)
		}
	}
}

func TestEachReadingIsAnsweredToHEADAndConditionallyAsGitHubDescribesIt(t *testing.T) {
	t.Parallel()
	w := newAssignedWorld(t).limited(1000)
	for _, r := range everyRoute() {
		if r.method != "GET" {
			continue
		}
		r.token = everything
		if forApps(r.path) {
			r.token = signed
		}
		tag := w.do(r).Header.Get("Etag")
		r.method = "HEAD"
		if got := w.do(r); got.Status >= 300 && !neverSucceeds(r) {
			t.Errorf("HEAD %s: got %d %.300s, want a success", r.path, got.Status, got.Body)
		}
		if tag == "" {
			continue // it is true at this moment only
		}
		r.method, r.header = "GET", http.Header{"If-None-Match": {tag}}
		if got := w.do(r); got.Status != 304 {
			t.Errorf("%s with %s: got %d %.300s, want 304", r.path, tag, got.Status, got.Body)
		}
	}
}

// newAssignedWorld is the world with an enterprise team that is assigned to an organization,
// which no seed can say.
func newAssignedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.expect("PATCH", platform, `{"organization_selection_type":"selected"}`, 200)
	w.expect("PUT", platform+"/organizations/octodemo", "", 201)
	return w
}

// everyRoute is a request for each route, under each of the prefixes, that succeeds when
// it is sent with a token.
func everyRoute() []request {
	const teams = "/enterprises/{enterprise}/teams"
	bodies := map[address]string{
		{"POST", teams}:                                             `{"name":"Newcomers"}`,
		{"PATCH", teams + "/{team_slug}"}:                           `{"description":"A greater team."}`,
		{"POST", teams + "/{enterprise-team}/memberships/add"}:      `{"usernames":["octocat"]}`,
		{"POST", teams + "/{enterprise-team}/memberships/remove"}:   `{"usernames":["octocat"]}`,
		{"POST", teams + "/{enterprise-team}/organizations/add"}:    `{"organization_slugs":["octodemo"]}`,
		{"POST", teams + "/{enterprise-team}/organizations/remove"}: `{"organization_slugs":["octodemo"]}`,
		{"POST", "/orgs/{org}/teams"}:                               `{"name":"Newcomers"}`,
		{"PATCH", "/orgs/{org}/teams/{team_slug}"}:                  `{"description":"A greater team."}`,
	}
	for _, o := range operations() {
		bodies[address{o.method, strings.Replace(o.on("{org}"), "octo-enterprise", "{enterprise}", 1)}] = o.body
	}
	maps.Copy(bodies, bodiesOnPeople())
	names := strings.NewReplacer(teams+"/{team_slug}", "/enterprises/octo-enterprise/teams/platform", "{enterprise-team}", "ent:platform", "{org}", "octodemo", "{username}", "octocat", "{team_slug}", "justice-league", "{team_id}", "1", "{enterprise}", "octo-enterprise", "{installation_id}", "1")
	var all []request
	for _, route := range ghapi.Routes() {
		for _, prefix := range []string{"", "/api/v3"} {
			body := bodies[address{route.Method, route.Pattern}]
			path := prefix + names.Replace(onNewhire(route))
			if len(honoured[route.Operation]) > 0 && honoured[route.Operation][0] == day[0] {
				path += "?day=2026-11-19"
			}
			all = append(all, request{method: route.Method, path: path, body: body})
		}
	}
	return all
}

// limited is the same world with a rate limit, of which nothing is used yet.
func (w *world) limited(requests int64) *world {
	api := ghapi.New(w.service, ghapi.Options{Rates: ghapi.NewRates(requests, wall)})
	return &world{Handler: description.Shared(w.t).Handler(w.t, wrapped(api)), t: w.t, database: w.database, store: w.store, service: w.service}
}

// A check that never fails would be none: this breaks an answer between the server and the
// check.
func TestAnAnswerThatGitHubDoesNotDescribeIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/orgs/octodemo/copilot/billing/seats"
	request := httptest.NewRequest("GET", path, nil)
	good := w.get(path, owner)
	for name, broken := range map[string]func(*answer){
		"":                       func(*answer) {},
		"a status":               func(a *answer) { a.Status = http.StatusTeapot },
		"a content type":         func(a *answer) { a.Header.Set("Content-Type", "text/html") },
		"a key with a new name":  func(a *answer) { a.Body = strings.Replace(a.Body, `"created_at":`, `"createdAt":`, 1) },
		"a key that is none":     func(a *answer) { a.Body = strings.Replace(a.Body, `"updated_at":`, `"extra":1,"updated_at":`, 1) },
		"a number that is text":  func(a *answer) { a.Body = strings.Replace(a.Body, `"total_seats":6`, `"total_seats":"6"`, 1) },
		"a value that is none":   func(a *answer) { a.Body = strings.Replace(a.Body, `"plan_type":"business"`, `"plan_type":"gold"`, 1) },
		"a date without a month": func(a *answer) { a.Body = strings.Replace(a.Body, `"2026-12-01"`, `"2026-13-01"`, 1) },
	} {
		got := answer{good.Status, good.Header.Clone(), good.Body}
		broken(&got)
		err := description.Shared(t).Check(request, got.Status, got.Header, []byte(got.Body))
		if (err != nil) != (name != "") {
			t.Errorf("%q: got error %v", name, err)
		}
	}
}
