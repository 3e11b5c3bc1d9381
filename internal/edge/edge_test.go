package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usher-seats/usher/internal/edge"
)

// edges are one wrapped handler with all that Wrap reports.
type edges struct {
	http.Handler
	mu       sync.Mutex
	log      bytes.Buffer
	observed []edge.Observation
	ids      int
}

// line is one line of the access log.
type line struct {
	Level     string  `json:"level"`
	Message   string  `json:"msg"`
	RequestID string  `json:"request_id"`
	Method    string  `json:"method"`
	Path      string  `json:"path"`
	Route     string  `json:"route"`
	Bytes     int64   `json:"bytes"`
	Status    int     `json:"status"`
	Duration  float64 `json:"duration"`
	Actor     string  `json:"actor"`
	Error     string  `json:"error"`
}

func wrap(next http.HandlerFunc) *edges {
	e := &edges{}
	e.Handler = edge.Wrap(next, edge.Options{
		Log: slog.New(slog.NewJSONHandler(&e.log, nil)),
		Observe: func(o edge.Observation) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.observed = append(e.observed, o)
		},
		RequestIDHeader: "X-Request-Id",
		NewRequestID: func() string {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.ids++
			return fmt.Sprintf("id-%d", e.ids)
		},
		Panicked: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "sorry")
		}),
		LoggedPath: func(path string) string { return strings.ReplaceAll(path, "ghp_s3cr3t", "…") },
	})
	return e
}

func (e *edges) do(req *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, req)
	return rec
}

func (e *edges) lines(t *testing.T) []line {
	t.Helper()
	var found []line
	decoder := json.NewDecoder(bytes.NewReader(e.log.Bytes()))
	for {
		var l line
		err := decoder.Decode(&l)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, l)
	}
}

var anyDuration = cmpopts.IgnoreFields(edge.Observation{}, "Duration")

func TestARequestIsAnsweredObservedAndLogged(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		edge.NoteRoute(r.Context(), "/things/{thing}")
		edge.NoteActor(r.Context(), "monalisa")
		w.Header().Set("X-Seen", edge.RequestID(r.Context()))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "made")
	})
	rec := e.do(httptest.NewRequestWithContext(t.Context(), "PUT", "/things/7?secret=hunter2", strings.NewReader("body")))
	got := []string{fmt.Sprint(rec.Code), rec.Body.String(), rec.Header().Get("X-Request-Id"), rec.Header().Get("X-Seen")}
	if diff := cmp.Diff([]string{"201", "made", "id-1", "id-1"}, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	want := []edge.Observation{{Route: "/things/{thing}", Method: "PUT", Status: 201}}
	if diff := cmp.Diff(want, e.observed, anyDuration); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	wantLog := []line{{Level: "INFO", Message: "request", RequestID: "id-1", Method: "PUT", Path: "/things/7", Route: "/things/{thing}", Status: 201, Bytes: 4, Actor: "monalisa"}}
	if diff := cmp.Diff(wantLog, e.lines(t), cmpopts.IgnoreFields(line{}, "Duration")); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestAMethodThatIsATokenIsNotLogged(t *testing.T) {
	t.Parallel()
	e := wrap(func(http.ResponseWriter, *http.Request) {})
	e.do(httptest.NewRequestWithContext(t.Context(), "ghp_s3cr3t", "/", nil))
	if got := e.lines(t)[0].Method; got != "…" {
		t.Errorf("got the method %q in the log, want …", got)
	}
}

func TestALineSaysWhatHandlersNote(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		edge.Note(r.Context(), slog.Int64("actor_id", 7))
		edge.Note(r.Context(), slog.String("organization", "octodemo"), slog.Int64("token_id", 3))
		_, _ = io.WriteString(w, "whole")
	})
	e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	e.do(httptest.NewRequestWithContext(t.Context(), "HEAD", "/", nil))
	for i, want := range []string{`"bytes":5,`, `"bytes":0,`} {
		line := strings.Split(e.log.String(), "\n")[i]
		for _, want := range []string{want, `"actor_id":7,"organization":"octodemo","token_id":3}`} {
			if !strings.Contains(line, want) {
				t.Errorf("line %d has no %s: %s", i, want, line)
			}
		}
	}
}

// A client that sends line breaks, quotes or control characters makes no second line and no field.
func TestWhateverAClientSendsItsLineIsOne(t *testing.T) {
	t.Parallel()
	hostile := "/a\nlevel=INFO msg=request actor=mona\r\"} =\x1b[31m\u2028\x00\xff{\"x\":1}"
	for format, handler := range map[string]func(io.Writer) slog.Handler{
		"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var log bytes.Buffer
		e := edge.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			edge.NoteActor(r.Context(), hostile)
			edge.NoteCause(r.Context(), errors.New(hostile))
			edge.Note(r.Context(), slog.String("organization", hostile))
		}), edge.Options{
			Log: slog.New(handler(&log)), Observe: func(edge.Observation) {}, RequestIDHeader: "X-Request-Id",
			NewRequestID: func() string { return "id" }, LoggedPath: func(path string) string { return path },
		})
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.URL.Path, r.Method = hostile, hostile
		e.ServeHTTP(httptest.NewRecorder(), r)
		line := strings.TrimSuffix(log.String(), "\n")
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == '\u2028' }); i >= 0 {
			t.Errorf("%s: a control character at %d of %q", format, i, line)
		}
		if got := strings.Count(line, " actor=mona"); format == "text" && got != strings.Count(line, `\nlevel=INFO msg=request actor=mona`) {
			t.Errorf("text: a field that the client has made up: %s", line)
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); format == "json" && (err != nil || len(fields) != 13) {
			t.Errorf("json: got %d fields and %v, want the 13 of usher: %s", len(fields), err, line)
		}
	}
}

func TestAnAnswerThatIsTornIsLoggedAndItsConnectionCut(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		edge.NoteCause(r.Context(), errors.New("the disk is gone"))
		edge.Tear(r.Context())
	})
	served := httptest.NewServer(e)
	defer served.Close()
	response, err := http.Get(served.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q and %v, want half of it and an unexpected end", got, err)
	}
	served.Close() // waits for the request, and so for its line
	want := []line{{Level: "ERROR", Message: "request", RequestID: "id-1", Method: "GET", Path: "/", Route: "none", Status: 200, Bytes: 4, Error: "the disk is gone"}}
	if diff := cmp.Diff(want, e.lines(t), cmpopts.IgnoreFields(line{}, "Duration")); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestTheDurationIsAsLongAsTheHandlerTook(t *testing.T) {
	t.Parallel()
	var began, ended time.Time
	e := wrap(func(http.ResponseWriter, *http.Request) {
		began = time.Now()
		for ended = time.Now(); ended.Sub(began) < time.Millisecond; ended = time.Now() {
			continue
		}
	})
	before := time.Now()
	e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	if d := e.observed[0].Duration; d < ended.Sub(began) || d > time.Since(before) {
		t.Errorf("got %v, want between %v and %v", d, ended.Sub(began), time.Since(before))
	}
	if d := time.Duration(e.lines(t)[0].Duration); d != e.observed[0].Duration {
		t.Errorf("logged %v, observed %v", d, e.observed[0].Duration)
	}
}

func TestEachRequestHasAnIDOfItsOwn(t *testing.T) {
	t.Parallel()
	e := wrap(func(http.ResponseWriter, *http.Request) {})
	for i := range 3 {
		rec := e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
		if got, want := rec.Header().Get("X-Request-Id"), fmt.Sprintf("id-%d", i+1); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestACallersOwnRequestIDIsNotTaken(t *testing.T) {
	t.Parallel()
	e := wrap(func(http.ResponseWriter, *http.Request) {})
	req := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	req.Header.Set("X-Request-Id", "forged")
	if got := e.do(req).Header().Get("X-Request-Id"); got != "id-1" {
		t.Errorf("got %s, want id-1", got)
	}
}

func TestTheStatusIsTheFirstThatWasSent(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		serve http.HandlerFunc
		want  int
	}{
		{"a handler that writes nothing", func(http.ResponseWriter, *http.Request) {}, 200},
		{"a handler that only writes a body", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, 200},
		{"a handler that sends a status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(422) }, 422},
		{"a handler that sends another status after its body", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "x")
			w.WriteHeader(500)
		}, 200},
		{"a handler that sends two statuses", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			w.WriteHeader(500)
		}, 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := wrap(c.serve)
			rec := e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			got := []int{rec.Code, e.observed[0].Status, e.lines(t)[0].Status}
			if diff := cmp.Diff([]int{c.want, c.want, c.want}, got); diff != "" {
				t.Errorf("sent, observed, logged (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARequestThatNoRouteServesHasNoRoute(t *testing.T) {
	t.Parallel()
	e := wrap(http.NotFound)
	e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/nothing", nil))
	if diff := cmp.Diff([]edge.Observation{{Method: "GET", Status: 404}}, e.observed, anyDuration); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPanicIsAnsweredLoggedWithItsPlaceAndNotShown(t *testing.T) {
	t.Parallel()
	e := wrap(func(_ http.ResponseWriter, r *http.Request) {
		edge.NoteRoute(r.Context(), "/broken")
		panic("the reason")
	})
	rec := e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/broken", nil))
	if rec.Code != 500 || rec.Body.String() != "sorry" || rec.Header().Get("X-Request-Id") != "id-1" {
		t.Errorf("got %d %s, want 500 sorry, and the request's id", rec.Code, rec.Body)
	}
	if diff := cmp.Diff([]edge.Observation{{Route: "/broken", Method: "GET", Status: 500}}, e.observed, anyDuration); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	logged := e.lines(t)[0]
	if logged.Level != "ERROR" || logged.Status != 500 || !strings.Contains(logged.Error, "panic: the reason") || !strings.Contains(logged.Error, "edge_test.go") {
		t.Errorf("logged %+v, want an error with the reason and the place", logged)
	}
}

func TestAPanicAfterTheAnswerBeganIsLoggedAndCutsTheConnection(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("the reason")
	})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); string(body) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q and %v, want half an answer that ends unexpectedly", body, err)
	}
	server.Close() // waits for the request, and so for its line
	if logged := e.lines(t)[0]; logged.Level != "ERROR" || !strings.Contains(logged.Error, "the reason") {
		t.Errorf("logged %+v, want an error", logged)
	}
}

func TestAPanicOfOneRequestLeavesTheServerServing(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			panic("the reason")
		}
		_, _ = io.WriteString(w, "fine")
	})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	var got []string
	for _, path := range []string{"/broken", "/"} {
		resp, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.Status+" "+string(body))
	}
	if diff := cmp.Diff([]string{"500 Internal Server Error sorry", "200 OK fine"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAbortPassesThrough(t *testing.T) {
	t.Parallel()
	e := wrap(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("got %v, want http.ErrAbortHandler", v)
		}
	}()
	e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	t.Error("the abort was swallowed")
}

func TestACauseIsLoggedAsAnErrorAndNotShown(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		edge.NoteCause(r.Context(), errors.New("disk on fire"))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	rec := e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	if strings.Contains(rec.Body.String()+fmt.Sprint(rec.Header()), "disk") {
		t.Errorf("the caller sees the cause: %s", rec.Body)
	}
	if logged := e.lines(t)[0]; logged.Level != "ERROR" || logged.Error != "disk on fire" {
		t.Errorf("logged %+v, want an error with the cause", logged)
	}
}

func TestNoSecretOfARequestIsLogged(t *testing.T) {
	t.Parallel()
	const secret = "ghp_s3cr3t"
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		edge.NoteRoute(r.Context(), "/orgs/{org}")
		edge.NoteActor(r.Context(), "monalisa")
		if r.URL.Path == "/broken" {
			panic("without a word of the request")
		}
		_, _ = io.Copy(w, r.Body)
	})
	for _, path := range []string{"/orgs/" + secret, "/broken"} {
		req := httptest.NewRequestWithContext(t.Context(), "POST", "http://user:"+secret+"@host"+path+"?access_token="+secret+"&"+secret+"=1", strings.NewReader(`{"token":"`+secret+`"}`))
		for _, name := range []string{"Authorization", "Cookie", "X-" + secret, "User-Agent", "Referer", "X-Forwarded-For", "X-Request-Id", "Content-Type"} {
			req.Header.Set(name, "Bearer "+secret)
		}
		e.do(req)
	}
	if got := len(e.lines(t)); got != 2 {
		t.Fatalf("%d lines for 2 requests", got)
	}
	logged := strings.ToLower(e.log.String() + fmt.Sprintf("%+v", e.observed))
	for _, never := range []string{secret, "access_token", "authorization", "bearer", "cookie"} {
		if strings.Contains(logged, never) {
			t.Errorf("%q is logged: %s", never, logged)
		}
	}
}

func TestNotesOutsideARequestGoNowhere(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	edge.NoteRoute(ctx, "/x")
	edge.NoteActor(ctx, "x")
	edge.NoteCause(ctx, errors.New("x"))
	if got := edge.RequestID(ctx); got != "" {
		t.Errorf("got %q, want no id", got)
	}
}

func TestTheConnectionCanStillBeReached(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "x")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	})
	if rec := e.do(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)); !rec.Flushed {
		t.Error("the flush did not reach the connection")
	}
}

func TestRequestsAtTheSameTimeKeepTheirNotesApart(t *testing.T) {
	t.Parallel()
	e := wrap(func(w http.ResponseWriter, r *http.Request) {
		edge.NoteRoute(r.Context(), r.URL.Path)
		_, _ = io.WriteString(w, edge.RequestID(r.Context()))
	})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			rec := e.do(httptest.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("/%d", i), nil))
			if rec.Body.String() != rec.Header().Get("X-Request-Id") {
				t.Errorf("the handler saw %s, the answer has %s", rec.Body, rec.Header().Get("X-Request-Id"))
			}
		})
	}
	all.Wait()
	routes, ids := map[string]bool{}, map[string]bool{}
	for _, o := range e.observed {
		routes[o.Route] = true
	}
	for _, l := range e.lines(t) {
		ids[l.RequestID] = true
	}
	if len(routes) != 20 || len(ids) != 20 {
		t.Errorf("got %d routes and %d ids of 20 requests", len(routes), len(ids))
	}
}
