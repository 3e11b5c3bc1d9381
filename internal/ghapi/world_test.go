package ghapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// worldFile is the world that every test of this package starts from. Its clock stands.
const worldFile = "testdata/world.yaml"

// owner is a token that may do everything in every organization of monalisa's.
const owner = "ghp_billing"

// everything is a token of monalisa's that has all scopes.
const everything = "ghp_everything"

// wall is what the tests' wall clock shows; nothing may depend on it.
func wall() time.Time { return time.Date(2031, time.May, 4, 3, 2, 1, 0, time.UTC) }

// world is a whole server, without its sockets, on a database of its own.
type world struct {
	http.Handler
	t        *testing.T
	database string
	store    *fragileStore
	service  *usher.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return openWorld(t, loadedDatabase(t).Copy(t))
}

// openWorld opens a database. Every answer must be as GitHub's description has it.
func openWorld(t *testing.T, database string) *world {
	t.Helper()
	engine, err := sqlstore.Open(t.Context(), database, storeOptions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	store := &fragileStore{Store: engine}
	service := usher.NewService(store)
	own := ownapi.New(ownapi.Config{Service: service, GitHub: ghapi.New(service, ghapi.Options{})})
	return &world{Handler: description.Shared(t).Handler(t, wrapped(own)), t: t, database: database, store: store, service: service}
}

// undescribed is the same world, whose answers are not held to GitHub's description.
func (w *world) undescribed() *world {
	own := ownapi.New(ownapi.Config{Service: w.service, GitHub: ghapi.New(w.service, ghapi.Options{})})
	return &world{Handler: wrapped(own), t: w.t, database: w.database, store: w.store, service: w.service}
}

func wrapped(next http.Handler) http.Handler {
	return edge.Wrap(next, edge.Options{
		Log:             slog.New(slog.DiscardHandler),
		Observe:         func(edge.Observation) {},
		RequestIDHeader: ghapi.RequestIDHeader,
		NewRequestID:    func() string { return ghapi.NewRequestID(wall()) },
		Panicked:        http.HandlerFunc(ghapi.ServerError),
		LoggedPath:      ghapi.LoggedPath,
	})
}

// storeOptions have the patience that the race detector needs.
var storeOptions = sqlstore.Options{Wall: wall, Patience: time.Minute}

// loadedDatabase is a database with the world in it, made once: every test gets a copy.
func loadedDatabase(t *testing.T) *enginetest.Template {
	t.Helper()
	template, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	return template
}

var loadOnce = sync.OnceValues(func() (*enginetest.Template, error) {
	text, err := os.ReadFile(worldFile)
	if err != nil {
		return nil, err
	}
	parsed, err := seed.Parse(worldFile, append(text, appsOfWorld()...), wall(), seed.Options{Rehearsal: true})
	if err != nil {
		return nil, err
	}
	return enginetest.NewTemplate(func(database string) error {
		store, err := sqlstore.Open(context.Background(), database, storeOptions)
		if err != nil {
			return err
		}
		_, err = usher.NewService(store).Load(context.Background(), parsed)
		return errors.Join(err, store.Close())
	})
})

// load replaces the world with another.
func (w *world) load(text string) {
	w.t.Helper()
	parsed, err := seed.Parse("the test's world", []byte(text), wall(), seed.Options{Rehearsal: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.service.Load(w.t.Context(), parsed); err != nil {
		w.t.Fatal(err)
	}
}

// fragileStore is a store that fails when a test asks for it.
type fragileStore struct {
	usher.Store
	mu       sync.Mutex
	failAt   int // the transaction that fails, counted from 1; 0 for none
	failWith error
	begun    int
}

// failTransaction makes the nth transaction from now on fail.
func (s *fragileStore) failTransaction(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun, s.failAt, s.failWith = 0, n, err
}

func (s *fragileStore) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun++; s.begun == s.failAt {
		return s.failWith
	}
	return nil
}

func (s *fragileStore) View(ctx context.Context, fn func(usher.Reader) error) error {
	if err := s.failure(); err != nil {
		return err
	}
	return s.Store.View(ctx, fn)
}

// Update fails after the work is done and before it is committed: the worst moment.
func (s *fragileStore) Update(ctx context.Context, fn func(usher.Tx) error) error {
	failure := s.failure()
	return s.Store.Update(ctx, func(tx usher.Tx) error {
		return errors.Join(fn(tx), failure)
	})
}

// request is one call of the API.
type request struct {
	method, path, token, body string
	header                    http.Header
}

// answer is what came back.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (w *world) do(r request) answer {
	w.t.Helper()
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req := httptest.NewRequestWithContext(w.t.Context(), r.method, r.path, body)
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+bearer(r.token))
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, req)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

func (w *world) get(path, token string) answer {
	w.t.Helper()
	return w.do(request{method: "GET", path: path, token: token})
}

// get200 is the body of a GET that must succeed.
func (w *world) get200(path, token string) string {
	w.t.Helper()
	got := w.get(path, token)
	if got.Status != http.StatusOK {
		w.t.Fatalf("GET %s: got %d %s, want 200", path, got.Status, got.Body)
	}
	return got.Body
}

// state is everything the API shows of the seats: what a refused call must not change.
func (w *world) state() []string {
	w.t.Helper()
	shown := []string{w.get200("/enterprises/octo-enterprise/copilot/billing/seats?per_page=100", owner)}
	for _, org := range []string{"octodemo", "octolabs", "empty"} {
		shown = append(shown,
			w.get200("/orgs/"+org+"/copilot/billing", owner),
			w.get200("/orgs/"+org+"/copilot/billing/seats?per_page=100", owner))
	}
	return shown
}

// unchanged fails the test if the state is no longer what it was.
func (w *world) unchanged(before []string) {
	w.t.Helper()
	if diff := cmp.Diff(before, w.state()); diff != "" {
		w.t.Errorf("the call was refused and changed something (-before +after):\n%s", diff)
	}
}

// envelope is GitHub's error body.
type envelope struct {
	Message string          `json:"message"`
	Errors  json.RawMessage `json:"errors"`
	Docs    string          `json:"documentation_url"`
	Status  string          `json:"status"`
}

func (a answer) envelope(t *testing.T) envelope {
	t.Helper()
	var e envelope
	decoder := json.NewDecoder(strings.NewReader(a.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		t.Fatalf("an error that is not in GitHub's envelope: %d %.300q: %v", a.Status, a.Body, err)
	}
	return e
}

// refusal is what a test expects of an error.
type refusal struct {
	Status  int
	Message string
	Docs    string
}

func (a answer) refusal(t *testing.T) refusal {
	t.Helper()
	e := a.envelope(t)
	if want := http.StatusText(a.Status); want == "" || e.Status != statusText(a.Status) {
		t.Errorf("status in the body: got %q, want %q", e.Status, statusText(a.Status))
	}
	return refusal{a.Status, e.Message, e.Docs}
}

func statusText(status int) string {
	text, _ := json.Marshal(status)
	return string(text)
}

// operation is one on seats, on an account where it succeeds and, called again,
// succeeds again without a change.
type operation struct {
	name, method string
	at           string // its path below the account's
	body         string
	success      int
	enterprise   bool
	docs         string
	answered     string // its body; empty: a golden file has it
}

const (
	docsRoot       = "https://docs.github.com/rest"
	docsOrg        = "https://docs.github.com/rest/copilot/copilot-user-management#"
	docsEnterprise = "https://docs.github.com/enterprise-cloud@latest/rest/copilot/copilot-user-management#"
)

func (o operation) writes() bool { return o.method != "GET" }

// on is the operation's path for an organization; an enterprise's is always the same.
func (o operation) on(org string) string {
	if o.enterprise {
		return "/enterprises/octo-enterprise" + o.at
	}
	return "/orgs/" + org + o.at
}

func operations() []operation {
	return []operation{
		{name: "list the seats of an enterprise", method: "GET", at: "/copilot/billing/seats", success: 200, enterprise: true, docs: docsEnterprise + "list-all-copilot-seat-assignments-for-an-enterprise"},
		{name: "get the billing of an organization", method: "GET", at: "/copilot/billing", success: 200, docs: docsOrg + "get-copilot-seat-information-and-settings-for-an-organization"},
		{name: "list the seats of an organization", method: "GET", at: "/copilot/billing/seats", success: 200, docs: docsOrg + "list-all-copilot-seat-assignments-for-an-organization"},
		{name: "add teams", method: "POST", at: "/copilot/billing/selected_teams", body: `{"selected_teams":["justice-league"]}`, success: 201, docs: docsOrg + "add-teams-to-the-copilot-subscription-for-an-organization", answered: `{"seats_created":0}`},
		{name: "remove teams", method: "DELETE", at: "/copilot/billing/selected_teams", body: `{"selected_teams":["avengers"]}`, success: 200, docs: docsOrg + "remove-teams-from-the-copilot-subscription-for-an-organization", answered: `{"seats_cancelled":0}`},
		{name: "add users", method: "POST", at: "/copilot/billing/selected_users", body: `{"selected_usernames":["octocat"]}`, success: 201, docs: docsOrg + "add-users-to-the-copilot-subscription-for-an-organization", answered: `{"seats_created":0}`},
		{name: "remove users", method: "DELETE", at: "/copilot/billing/selected_users", body: `{"selected_usernames":["pjhyett"]}`, success: 200, docs: docsOrg + "remove-users-from-the-copilot-subscription-for-an-organization", answered: `{"seats_cancelled":0}`},
		{name: "get the seat of a member", method: "GET", at: "/members/octocat/copilot", success: 200, docs: docsOrg + "get-copilot-seat-assignment-details-for-a-user"},
		{name: "add teams to an enterprise", method: "POST", at: "/copilot/billing/selected_enterprise_teams", body: `{"selected_enterprise_teams":["ent:platform"]}`, success: 201, enterprise: true, docs: docsEnterprise + "add-enterprise-teams-to-the-copilot-subscription-for-an-enterprise", answered: `{"seats_created":0}`},
		{name: "remove teams from an enterprise", method: "DELETE", at: "/copilot/billing/selected_enterprise_teams", body: `{"selected_enterprise_teams":["robots"]}`, success: 200, enterprise: true, docs: docsEnterprise + "remove-enterprise-teams-from-the-copilot-subscription-for-an-enterprise", answered: `{"seats_cancelled":0}`},
		{name: "add users to an enterprise", method: "POST", at: "/copilot/billing/selected_users", body: `{"selected_usernames":["mojombo"]}`, success: 201, enterprise: true, docs: docsEnterprise + "add-users-to-the-copilot-subscription-for-an-enterprise", answered: `{"seats_created":0}`},
		{name: "remove users from an enterprise", method: "DELETE", at: "/copilot/billing/selected_users", body: `{"selected_usernames":["pjhyett"]}`, success: 200, enterprise: true, docs: docsEnterprise + "remove-users-from-the-copilot-subscription-for-an-enterprise", answered: `{"seats_cancelled":0}`},
		{name: "get the seats of a member of an enterprise", method: "GET", at: "/members/octocat/copilot", success: 200, enterprise: true, docs: docsEnterprise + "get-copilot-seat-assignment-details-for-an-enterprise-user"},
	}
}

// golden compares a body with the file that holds it; -update writes the file anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden.json")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spread(string(want)), spread(got+"\n")); diff != "" {
		t.Errorf("%s (-want +got); write it anew with -update if that is meant:\n%s", file, diff)
	}
}

// spread breaks a compact body into lines, for a difference that can be read; every byte
// stays.
func spread(body string) []string {
	return strings.SplitAfter(body, ",")
}

// compact fails the test if a body has a byte more than its JSON needs.
func compact(t *testing.T, body string) {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(body)); err != nil {
		t.Fatalf("not JSON: %v: %s", err, body)
	}
	if out.String() != body {
		t.Errorf("not compact: %s", body)
	}
}
