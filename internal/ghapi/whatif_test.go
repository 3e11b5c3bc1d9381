package ghapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
)

const whatIfInDemo = "/_usher/orgs/octodemo/whatif"

// tried is the answer of a what-if.
type tried struct {
	Status  int
	Body    json.RawMessage
	Changes []triedChange
	Total   int
}

type triedChange struct {
	At, Action, Org, Enterprise, User, Team string
}

func (c triedChange) account() string { return c.Org + "|" + c.Enterprise }

// whatIf asks what a call would do, by the token that the call has.
func (w *world) whatIf(r request) tried {
	w.t.Helper()
	asked := map[string]any{"method": r.method, "path": r.path}
	if r.body != "" {
		asked["body"] = json.RawMessage(r.body)
	}
	body, err := json.Marshal(asked)
	if err != nil {
		w.t.Fatal(err)
	}
	got := w.do(request{method: "POST", path: whatIfInDemo, token: r.token, body: string(body), header: r.header})
	if got.Status != http.StatusOK {
		w.t.Fatalf("what if %s %s: got %d %.300s", r.method, r.path, got.Status, got.Body)
	}
	return decode[tried](w.t, got.Body)
}

// text is the answer's body as the call itself would have it.
func (a tried) text() string {
	if string(a.Body) == "null" {
		return ""
	}
	return string(a.Body)
}

// record is every event that there is, by account, with the names of the teams that there are.
func (w *world) record(teams map[string]string) map[string][]triedChange {
	w.t.Helper()
	events := map[string][]triedChange{}
	err := w.store.Store.View(w.t.Context(), func(tx usher.Reader) error {
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		for _, account := range accounts {
			found, err := w.recordOf(tx, account, teams)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				events[found[0].account()] = found
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return events
}

func (w *world) recordOf(tx usher.Reader, account usher.Account, teams map[string]string) (list []triedChange, err error) {
	events, err := tx.EventsAfter(account.Ref, 0, usher.MaxSelection)
	if err != nil {
		return nil, err
	}
	of, err := tx.AllTeams(account.Ref)
	if err != nil {
		return nil, err
	}
	inAccount := func(id int64) string { return fmt.Sprint(account.Ref, id) }
	for _, team := range of {
		teams[inAccount(team.ID)] = team.Slug
		if account.Ref.Kind == usher.Enterprise {
			teams[inAccount(team.ID)] = ghapi.EnterpriseTeamSlug(team)
		}
	}
	for _, event := range events {
		shown := triedChange{At: event.At.Format("2006-01-02T15:04:05.999999Z07:00"), Action: string(event.Action), Org: account.Login, Team: teams[inAccount(event.TeamID)]}
		if account.Ref.Kind == usher.Enterprise {
			shown.Org, shown.Enterprise = "", account.Login
		}
		users, err := tx.Users([]int64{event.UserID})
		if err != nil {
			return nil, err
		}
		for _, user := range users {
			shown.User = user.Login
		}
		list = append(list, shown)
	}
	return list, nil
}

// sameAsTheCall asks what a call would do, sees to it that nothing is changed by that, makes
// the call, and compares. It returns what was answered.
func (w *world) sameAsTheCall(r request) tried {
	w.t.Helper()
	before := enginetest.Dump(w.t, w.database)
	asked := w.whatIf(r)
	if diff := cmp.Diff(before, enginetest.Dump(w.t, w.database)); diff != "" {
		w.t.Fatalf("what if %s %s changed something (-before +after):\n%s", r.method, r.path, diff)
	}
	teams := map[string]string{}
	recorded := w.record(teams)
	got := w.do(r)
	if asked.Status != got.Status || asked.text() != got.Body {
		w.t.Errorf("%s %s: what-if said %d %s, the call %d %s", r.method, r.path, asked.Status, asked.Body, got.Status, got.Body)
	}
	want := map[string][]triedChange{}
	for account, events := range w.record(teams) {
		if more := events[len(recorded[account]):]; len(more) > 0 {
			want[account] = more
		}
	}
	changes := map[string][]triedChange{}
	for _, change := range asked.Changes {
		changes[change.account()] = append(changes[change.account()], change)
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		w.t.Errorf("%s %s: changes (-the call's events +the what-if's):\n%s", r.method, r.path, diff)
	}
	if asked.Total != len(asked.Changes) {
		w.t.Errorf("%s %s: got a total of %d, of %d", r.method, r.path, asked.Total, len(asked.Changes))
	}
	return asked
}

// everyWrite is a request for each operation that changes something. The routes are those of
// the table: one that is new is asked about too. Apps cannot ask.
func everyWrite() []request {
	return slices.DeleteFunc(everyRoute(), func(r request) bool { return r.method == "GET" || forApps(r.path) })
}

func TestAWhatIfOfEachRouteIsWhatTheCallThenDoes(t *testing.T) {
	t.Parallel()
	writes := everyWrite()
	writes = append(writes, loudWrites()...)
	var changing, silent int
	for _, r := range writes {
		w := newAssignedWorld(t)
		w.beforeChangeOfPeople(&r)
		r.token = everything
		asked := w.sameAsTheCall(r)
		if asked.Status >= 300 {
			t.Errorf("what if %s %s: got %d %s, want a success", r.method, r.path, asked.Status, asked.Body)
		}
		if asked.Total > 0 {
			changing++
		} else {
			silent++
		}
	}
	if changing < silent {
		t.Errorf("%d calls change something, and %d nothing, which prove little", changing, silent)
	}
}

// loudWrites are requests that change something where everyRoute's are chosen so that they
// succeed twice, and some by number.
func loudWrites() []request {
	const seats, firm = "/orgs/octodemo/copilot/billing/", "/enterprises/octo-enterprise/copilot/billing/"
	return []request{
		{method: "POST", path: seats + "selected_users", body: `{"selected_usernames":["Mojombo","octokitten"]}`},
		{method: "DELETE", path: seats + "selected_users", body: `{"selected_usernames":["octocat"]}`},
		{method: "POST", path: seats + "selected_teams", body: `{"selected_teams":["avengers"]}`},
		{method: "DELETE", path: seats + "selected_teams", body: `{"selected_teams":["justice-league"]}`},
		{method: "POST", path: firm + "selected_users", body: `{"selected_usernames":["kanako"]}`},
		{method: "DELETE", path: firm + "selected_users", body: `{"selected_usernames":["Mojombo"]}`},
		{method: "POST", path: firm + "selected_enterprise_teams", body: `{"selected_enterprise_teams":["robots"]}`},
		{method: "DELETE", path: firm + "selected_enterprise_teams", body: `{"selected_enterprise_teams":["platform"]}`},
		{method: "PUT", path: platform + "/memberships/kanako"},
		{method: "POST", path: platform + "/memberships/add", body: `{"usernames":["kanako","pjhyett"]}`},
		{method: "PUT", path: platform + "/organizations/octolabs"},
		{method: "POST", path: platform + "/organizations/add", body: `{"organization_slugs":["octolabs"]}`},
		{method: "PUT", path: "/orgs/octodemo/memberships/pjhyett", body: `{"role":"admin"}`},
		{method: "PUT", path: "/orgs/octodemo/memberships/outsider"},
		{method: "DELETE", path: "/orgs/octodemo/members/octocat"},
		{method: "PUT", path: "/orgs/octodemo/teams/justice-league/memberships/pjhyett", body: `{"role":"maintainer"}`},
		{method: "PATCH", path: "/orgs/octodemo/teams/sidekicks", body: `{"parent_team_id":null,"name":"Alone"}`},
		{method: "DELETE", path: "/organizations/9919/team/1"},
		{method: "DELETE", path: "/organizations/9919/copilot/billing/selected_users", body: `{"selected_usernames":["octocat"]}`},
		{method: "DELETE", path: "/api/v3/organizations/9919/team/1/memberships/hubot"},
		{method: "PUT", path: "/teams/1/memberships/pjhyett"},
		{method: "DELETE", path: "/teams/1/members/hubot"},
	}
}

// What is told of people, in full.
func TestAWhatIfThatTouchesPeopleNamesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		r    request
		want []triedChange
	}{
		{
			"a team's grant ends",
			request{method: "DELETE", path: "/orgs/octodemo/copilot/billing/selected_teams", body: `{"selected_teams":["justice-league"]}`},
			[]triedChange{
				{Action: "copilot.cfb_seat_assignment_unassigned", Org: "OctoDemo", Team: "justice-league"},
				{Action: "copilot.cfb_seat_assignment_unassigned", Org: "OctoDemo", Team: "justice-league", User: "hubot"},
				{Action: "copilot.cfb_seat_assignment_unassigned", Org: "OctoDemo", Team: "justice-league", User: "defunkt"},
				{Action: "copilot.cfb_seat_assignment_unassigned", Org: "OctoDemo", Team: "justice-league", User: "monalisa"},
			},
		},
		{
			"an enterprise team is deleted, whose name is known all the same",
			request{method: "DELETE", path: platform},
			[]triedChange{
				{Action: "copilot.cfb_seat_assignment_unassigned", Enterprise: "octo-enterprise", Team: "ent:platform"},
				{Action: "copilot.cfb_seat_assignment_unassigned", Enterprise: "octo-enterprise", Team: "ent:platform", User: "octocat"},
				{Action: "copilot.cfb_seat_assignment_unassigned", Enterprise: "octo-enterprise", Team: "ent:platform", User: "hubot"},
			},
		},
		{
			"a person is seated",
			request{method: "POST", path: "/orgs/octodemo/copilot/billing/selected_users", body: `{"selected_usernames":["Mojombo"]}`},
			[]triedChange{
				{Action: "copilot.cfb_seat_assignment_created", Org: "OctoDemo", User: "Mojombo"},
				{Action: "copilot.cfb_seat_added", Org: "OctoDemo", User: "Mojombo"},
			},
		},
	} {
		w := newWorld(t)
		c.r.token = everything
		got := w.sameAsTheCall(c.r)
		for i := range c.want {
			c.want[i].At = "2026-11-20T12:00:00Z"
		}
		var seats []triedChange // what else is recorded of the call is for others to test
		for _, change := range got.Changes {
			if strings.HasPrefix(change.Action, "copilot.") {
				seats = append(seats, change)
			}
		}
		if diff := cmp.Diff(c.want, seats); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAWhatIfOfARefusedCallIsTheRefusalAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const users = "/orgs/octodemo/copilot/billing/selected_users"
	for _, c := range []struct {
		name   string
		status int
		r      request
	}{
		{"an organization that is not known", 404, request{method: "POST", path: "/orgs/nobody/copilot/billing/selected_users", token: owner}},
		{"a person who is not there", 404, request{method: "PUT", path: "/orgs/octodemo/memberships/nobody", token: everything}},
		{"a token without the scope", 403, request{method: "POST", path: users, token: "ghp_read_org", body: `{"selected_usernames":["octocat"]}`}},
		{"a token without the permission", 403, request{method: "POST", path: users, token: "ghs_seats_read", body: `{"selected_usernames":["octocat"]}`}},
		{"a fine-grained token without the permission", 403, request{method: "DELETE", path: "/orgs/octodemo/teams/avengers", token: "github_pat_seats_read"}},
		{"an enterprise, to a token of apps", 403, request{method: "POST", path: platform + "/memberships/add", token: "ghs_seats_write", body: `{"usernames":["octocat"]}`}},
		{"a name that is unknown", 422, request{method: "POST", path: users, token: owner, body: `{"selected_usernames":["octocat","nobody"]}`}},
		{"a seat that a team holds", 422, request{method: "DELETE", path: users, token: owner, body: `{"selected_usernames":["hubot"]}`}},
		{"a body without the list", 422, request{method: "POST", path: users, token: owner, body: `{}`}},
		{"no body", 422, request{method: "POST", path: users, token: owner}},
		{"a body that is null", 400, request{method: "POST", path: users, token: owner, body: `null`}},
		{"a body that is a list", 400, request{method: "POST", path: users, token: owner, body: `["octocat"]`}},
		{"the last owner", 403, request{method: "DELETE", path: "/orgs/octodemo/members/monalisa", token: everything}},
	} {
		got := w.sameAsTheCall(c.r)
		if got.Status != c.status || got.Total != 0 {
			t.Errorf("%s: got %d %s with %d changes, want %d and none", c.name, got.Status, got.Body, got.Total, c.status)
		}
	}
}

func TestAWhatIfKnowsThePathInEveryForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const at, body = "/orgs/octodemo/copilot/billing/selected_users", `{"selected_usernames":["octocat"]}`
	for _, path := range []string{at, "/api/v3" + at, at + "?x=1&y=%2F", "//orgs//octodemo/copilot/billing/selected_users", "/orgs/Octo%44emo/copilot/billing/selected_users", "/organizations/9919/copilot/billing/selected_users"} {
		got := w.whatIf(request{method: "POST", path: path, token: owner, body: body})
		if got.Status != 201 || string(got.Body) != `{"seats_created":0}` {
			t.Errorf("%s: got %d %s", path, got.Status, got.Body)
		}
	}
	// Links begin where the call would have been sent.
	for prefix, want := range map[string]string{"": "http://example.com/orgs/", "/api/v3": "http://example.com/api/v3/orgs/"} {
		got := w.whatIf(request{method: "PUT", path: prefix + "/orgs/octodemo/memberships/octocat", token: everything, body: `{"role":"admin"}`})
		if url := decode[place](t, string(got.Body)).URL; !strings.HasPrefix(url, want) {
			t.Errorf("%q: got %s, want %s…", prefix, url, want)
		}
	}
}

func TestAWhatIfAnswersItselfAndNothingOfTheCallsHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t).configured(ghapi.Options{Rates: ghapi.NewRates(2, wall)})
	call := request{method: "PUT", path: "/teams/1/memberships/octocat", token: everything}
	body := `{"method":"PUT","path":"/teams/1/memberships/octocat"}`
	for range 4 { // more than there are requests in the window
		got := w.do(request{method: "POST", path: whatIfInDemo, token: everything, body: body, header: http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {"*"}}})
		if got.Status != 200 || decode[tried](t, got.Body).Status != 200 {
			t.Fatalf("got %d %s", got.Status, got.Body)
		}
		for _, name := range []string{"Etag", "Link", "Deprecation", "Sunset", "X-Ratelimit-Limit", "Content-Encoding"} {
			if value := got.Header.Get(name); value != "" {
				t.Errorf("%s: got %q, want none", name, value)
			}
		}
		if got, want := got.Header.Get("X-Accepted-Oauth-Scopes"), "admin:org, manage_billing:copilot, read:org, write:org"; got != want {
			t.Errorf("X-Accepted-OAuth-Scopes: got %q, want those of the what-if: %q", got, want)
		}
		if got := got.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("Cache-Control: got %q, want no-cache", got)
		}
	}
	if got := w.do(call).Header.Get("X-Ratelimit-Used"); got != "1" {
		t.Errorf("the call itself: got %s requests used, want 1", got)
	}
}

func TestAWhatIfIsForWhoMayReadTheSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t).undescribed()
	body := `{"method":"DELETE","path":"/orgs/octodemo/copilot/billing/selected_users","body":{"selected_usernames":["octocat"]}}`
	for token, want := range matrix {
		got := w.do(request{method: "POST", path: whatIfInDemo, token: token, body: body})
		if got.Status != want.Read {
			t.Errorf("%s: got %d %s, want %d", token, got.Status, got.Body, want.Read)
			continue
		}
		if got.Status != 200 {
			continue
		}
		if inner := decode[tried](t, got.Body); inner.Status != want.Write || (inner.Total > 0) != (want.Write == all) {
			t.Errorf("%s: the call: got %d with %d changes, want %d", token, inner.Status, inner.Total, want.Write)
		}
	}
}

func TestAWhatIfTellsOnlyOfAccountsWhoseSeatsTheCallerMayRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.load(`
now: 2026-11-20T12:00:00Z
users: [{login: ann}, {login: bob}, {login: boss}]
enterprises: [{slug: firm, owners: [boss]}]
organizations:
  - {login: octodemo, owners: [ann, boss]}
  - login: theirs
    enterprise: firm
    owners: [bob]
    members: [ann, boss]
    teams: [{name: Crew, maintainers: [ann, boss]}]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
    seats: {teams: [crew]}
tokens:
  - {token: ghp_ann, kind: classic, user: ann, scopes: [admin:org]}
  - {token: ghp_boss, kind: classic, user: boss, scopes: [admin:org, read:enterprise]}
  - {token: ghp_boss_org, kind: classic, user: boss, scopes: [admin:org]}
`)
	for token, want := range map[string]bool{"ghp_ann": false, "ghp_boss_org": false, "ghp_boss": true} {
		got := w.whatIf(request{method: "DELETE", path: "/orgs/theirs/teams/crew/memberships/ann", token: token})
		if got.Status != 204 || got.Total != len(got.Changes) || (got.Total > 0) != want {
			t.Errorf("%s: got %+v, want 204, told of changes: %t", token, got, want)
		}
	}
}

// brokenStore is a store that can end no grant.
type brokenStore struct {
	usher.Store
	failure error
	updates int
}

func (s *brokenStore) Update(ctx context.Context, fn func(usher.Tx) error) error {
	return s.Store.Update(ctx, func(tx usher.Tx) error {
		s.updates++
		return fn(brokenTx{tx, s.failure})
	})
}

type brokenTx struct {
	usher.Tx
	failure error
}

func (t brokenTx) DeleteGrants(usher.AccountRef, usher.GrantKind, []int64) error { return t.failure }

// What fails inside must not pass for an answer of the call's.
func TestAWhatIfThatFailsInsideFailsItself(t *testing.T) {
	t.Parallel()
	const body = `{"method":"DELETE","path":"/orgs/octodemo/copilot/billing/selected_users","body":{"selected_usernames":["octocat"]}}`
	for status, failure := range map[int]error{
		500: errors.New("injected: the disk is gone"),
		503: &usher.Error{Kind: usher.Unavailable, Message: "The database is busy.", Err: errors.New("injected")},
	} {
		w := newWorld(t)
		before := enginetest.Dump(t, w.database)
		store := &brokenStore{Store: w.store, failure: failure}
		service := usher.NewService(store)
		own := ownapi.New(ownapi.Config{Service: service, GitHub: ghapi.New(service, ghapi.Options{})})
		broken := &world{Handler: wrapped(own), t: t}
		got := broken.do(request{method: "POST", path: whatIfInDemo, token: owner, body: body})
		if got.Status != status || store.updates != 1 {
			t.Errorf("got %d %s after %d transactions, want %d", got.Status, got.Body, store.updates, status)
		}
		if diff := cmp.Diff(before, enginetest.Dump(t, w.database)); diff != "" {
			t.Errorf("something changed (-before +after):\n%s", diff)
		}
	}
}

func TestACallThatIsNoneOfGitHubsWriteOperationsIsNoWhatIf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := enginetest.Dump(t, w.database)
	const method = `"method" must be one of POST, PUT, PATCH, DELETE: what reads changes nothing.`
	const path = `"path" must be a path like "/orgs/octodemo/copilot/billing/selected_users", without scheme and host, of at most 8192 bytes.`
	none := func(call string) string {
		return call + " is none of GitHub's operations that change something and that usher serves: docs/compatibility.md lists them."
	}
	const users = "/orgs/octodemo/copilot/billing/selected_users"
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"a reading", `{"method":"GET","path":"/orgs/octodemo/copilot/billing"}`, 422, method},
		{"another method", `{"method":"LOCK","path":"` + users + `"}`, 422, method},
		{"a method in lower case", `{"method":"post","path":"` + users + `"}`, 422, method},
		{"a method that is a number", `{"method":7,"path":"` + users + `"}`, 422, method},
		{"no method", `{"path":"` + users + `"}`, 422, method},
		{"no path", `{"method":"POST"}`, 422, path},
		{"a path that is null", `{"method":"POST","path":null}`, 422, path},
		{"a whole address", `{"method":"POST","path":"http://example.com` + users + `"}`, 422, path},
		{"a path without its first slash", `{"method":"POST","path":"orgs/octodemo"}`, 422, path},
		{"a path that is too long", `{"method":"POST","path":"/` + strings.Repeat("x", 8192) + `"}`, 422, path},
		{"a key that nobody knows", `{"method":"POST","path":"` + users + `","headers":{}}`, 422, `"headers" is not a key of the body; the keys are method, path, body.`},
		{"nothing", `{}`, 422, "At least one of these keys is needed: method, path, body."},
		{"one of usher's own", `{"method":"POST","path":"/_usher/reset"}`, 422, none("POST /_usher/reset")},
		{"a what-if", `{"method":"POST","path":"` + whatIfInDemo + `"}`, 422, none("POST " + whatIfInDemo)},
		{"GraphQL", `{"method":"POST","path":"/graphql"}`, 422, none("POST /graphql")},
		{"nothing that is routed", `{"method":"POST","path":"/nothing"}`, 422, none("POST /nothing")},
		{"a reading's path", `{"method":"POST","path":"/orgs/octodemo/copilot/billing"}`, 422, none("POST /orgs/octodemo/copilot/billing")},
		{"a trailing slash", `{"method":"POST","path":"` + users + `/"}`, 422, none("POST " + users + "/")},
		{"a dot segment", `{"method":"POST","path":"/orgs/x/..` + strings.TrimPrefix(users, "/orgs") + `"}`, 422, none("POST /orgs/x/.." + strings.TrimPrefix(users, "/orgs"))},
		{"a path that cannot be one", `{"method":"POST","path":"/orgs/%zz"}`, 422, none("POST /orgs/%zz")},
		{"a path with a line's end", `{"method":"POST","path":"/orgs/\r\nx"}`, 422, none("POST /orgs/\r\nx")},
		{"a body that is no object", `[]`, 400, "Body should be a JSON object"},
		{"a body that is no JSON", `{`, 400, "Problems parsing JSON"},
		{"no body", ``, 422, "For 'links/0/schema', nil is not an object."},
		{"a body that is too large", `{"body":"` + strings.Repeat("x", ghapi.MaxBodyBytes) + `"}`, 413, "The request's body is larger than 8 MiB. Split it into several requests."},
	} {
		got := w.do(request{method: "POST", path: whatIfInDemo, token: everything, body: c.body})
		message := got.envelope(t).Message
		if got.Status != c.status || !slices.Contains(strings.Split(message, "\n"), c.want) && !strings.HasSuffix(message, c.want) {
			t.Errorf("%s: got %d %q, want %d %q", c.name, got.Status, message, c.status, c.want)
		}
	}
	if diff := cmp.Diff(before, enginetest.Dump(t, w.database)); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}

func TestOfARepeatedKeyOfAWhatIfTheLastCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"method":"GET","method":"POST","path":"/x","path":"/orgs/octodemo/copilot/billing/selected_users","body":{},"body":{"selected_usernames":["nobody"],"selected_usernames":["octocat"]}}`
	got := w.do(request{method: "POST", path: whatIfInDemo, token: owner, body: body})
	if want := `{"status":201,"body":{"seats_created":0},"changes":[],"total":0}`; got.Body != want {
		t.Errorf("got %d %s, want %s", got.Status, got.Body, want)
	}
}
