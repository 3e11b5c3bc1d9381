package ownapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
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

const (
	worldFile = "testdata/world.yaml"
	owner     = "ghp_owner"
	docs      = "https://docs.github.com/rest"
	startsAt  = "2026-11-20T12:00:00Z"
)

func wall() time.Time { return time.Date(2031, time.May, 4, 3, 2, 1, 0, time.UTC) }

// world is a whole server, without its sockets, on a database of its own.
type world struct {
	http.Handler // with every answer held to its description
	unchecked    http.Handler
	t            *testing.T
	database     string
	store        usher.Store
	change       func(*ownapi.Config)
	log          bytes.Buffer
	observed     []edge.Observation
}

// newWorld is a rehearsal, unless change says otherwise.
func newWorld(t *testing.T, change func(*ownapi.Config)) *world {
	t.Helper()
	database, err := loadedDatabase()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, database: database.Copy(t), change: change}
	store, err := sqlstore.Open(t.Context(), w.database, storeOptions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.store = store
	w.serve(usher.NewService(store))
	return w
}

// serve has the world answer by a service.
func (w *world) serve(service *usher.Service) {
	w.t.Helper()
	t := w.t
	config := ownapi.Config{
		Service: service, GitHub: ghapi.New(service, ghapi.Options{}), Rehearsal: true,
		Reset:     func(ctx context.Context) error { return load(ctx, service) },
		Ready:     func(context.Context) error { return nil },
		ReadFile:  func(data []byte, now time.Time) (usher.Desired, error) { return seed.ParseDesired("file", data, now) },
		Patiently: func(_ context.Context, change func(*usher.Service) error) error { return change(service) },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "usher_up 1\n")
		}),
	}
	if w.change != nil {
		w.change(&config)
	}
	w.unchecked = edge.Wrap(ownapi.New(config), edge.Options{
		Log:             slog.New(slog.NewTextHandler(&w.log, nil)),
		Observe:         func(o edge.Observation) { w.observed = append(w.observed, o) },
		RequestIDHeader: ghapi.RequestIDHeader,
		NewRequestID:    func() string { return ghapi.NewRequestID(wall()) },
		Panicked:        http.HandlerFunc(ghapi.ServerError),
		LoggedPath:      ghapi.LoggedPath,
	})
	w.Handler = description.Shared(t).Handler(t, w.unchecked)
}

// storeOptions have the patience that the race detector needs.
var storeOptions = sqlstore.Options{Wall: wall, Patience: time.Minute}

// loadedDatabase is a database with the world in it, made once: every test gets a copy.
var loadedDatabase = sync.OnceValues(func() (*enginetest.Template, error) {
	return enginetest.NewTemplate(func(database string) error {
		store, err := sqlstore.Open(context.Background(), database, storeOptions)
		if err != nil {
			return err
		}
		return errors.Join(load(context.Background(), usher.NewService(store)), store.Close())
	})
})

func load(ctx context.Context, service *usher.Service) error {
	text, err := os.ReadFile(worldFile)
	if err != nil {
		return err
	}
	world, err := seed.Parse(worldFile, text, wall(), seed.Options{Rehearsal: true})
	if err != nil {
		return err
	}
	_, err = service.Load(ctx, world)
	return err
}

// answer is what came back.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (w *world) do(method, path, token, body string) answer {
	w.t.Helper()
	return w.send(method, path, token, body, nil)
}

func (w *world) send(method, path, token, body string, header http.Header) answer {
	w.t.Helper()
	req := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	for name, values := range header {
		req.Header[name] = values
	}
	if token != "" {
		req.Header.Set("Authorization", "token "+token)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, req)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

// is fails the test unless the answer is this one.
func (a answer) is(t *testing.T, what string, status int, body string) {
	t.Helper()
	if a.Status != status || a.Body != body {
		t.Errorf("%s: got %d %.500s, want %d %.500s", what, a.Status, a.Body, status, body)
	}
}

// failed is the body of an error whose documentation is the root's: every one here.
func failed(t *testing.T, status, message string) string {
	t.Helper()
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Message string `json:"message"`
		Docs    string `json:"documentation_url"`
		Status  string `json:"status"`
	}{message, docs, status})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (w *world) clockShows(want string) {
	w.t.Helper()
	w.do("GET", "/_usher/clock", owner, "").is(w.t, "the clock", 200, `{"now":"`+want+`","rehearsal":true}`)
}

// activity is what the seat of a member of OctoDemo shows.
type activity struct {
	At            *string `json:"last_activity_at"`
	Editor        *string `json:"last_activity_editor"`
	Authenticated *string `json:"last_authenticated_at"`
}

func (w *world) activityIs(login, at, editor, authenticated string) {
	w.t.Helper()
	got := w.do("GET", "/orgs/octodemo/members/"+login+"/copilot", owner, "")
	if got.Status != 200 {
		w.t.Fatalf("the seat of %s: got %d %s", login, got.Status, got.Body)
	}
	var seat activity
	if err := json.Unmarshal([]byte(got.Body), &seat); err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(activity{text(at), text(editor), text(authenticated)}, seat); diff != "" {
		w.t.Errorf("activity of %s (-want +got):\n%s", login, diff)
	}
}

// text is a text of JSON, "null" being none.
func text(s string) *string {
	if s == "null" {
		return nil
	}
	return &s
}

var errBroken = errors.New("injected: the disk is gone")
