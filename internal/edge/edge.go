// Package edge is what any HTTP service needs around its handlers, whatever it serves:
// request ids, an access log, recovery from panics, and one observation per request.
package edge

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// Options say what Wrap does with each request. All are needed.
type Options struct {
	Log             *slog.Logger
	Observe         func(Observation)
	RequestIDHeader string              // the response header that carries the request's id
	NewRequestID    func() string       // makes ids; called once per request
	Panicked        http.Handler        // answers a request whose handler panicked before it answered
	LoggedPath      func(string) string // what of a path, or of a method, may stand in the log
}

// Observation is one request, when it is over.
type Observation struct {
	Route    string // the pattern that served it; empty for none
	Method   string
	Status   int
	Duration time.Duration // wall time from the first line read to the last byte handed over
}

type contextKey struct{}

// record is what one request's handlers and its log line share.
type record struct {
	id    string
	route string
	actor string
	notes []slog.Attr
	cause error
	torn  bool
}

func recordOf(ctx context.Context) *record {
	if rec, ok := ctx.Value(contextKey{}).(*record); ok {
		return rec
	}
	return &record{}
}

// RequestID is the id of the request that ctx belongs to; empty outside one.
func RequestID(ctx context.Context) string { return recordOf(ctx).id }

// NoteRoute names the route that serves the request, for its log line and observation.
func NoteRoute(ctx context.Context, pattern string) { recordOf(ctx).route = pattern }

// NoteActor names who makes the request, for its log line.
func NoteActor(ctx context.Context, actor string) { recordOf(ctx).actor = actor }

// Note keeps what else the request's log line is to say.
func Note(ctx context.Context, notes ...slog.Attr) {
	rec := recordOf(ctx)
	rec.notes = append(rec.notes, notes...)
}

// NoteCause keeps what went wrong inside, for the log line: callers are not shown it.
func NoteCause(ctx context.Context, cause error) { recordOf(ctx).cause = cause }

// Tear says that an answer was begun and cannot be ended: when it has been logged, its
// connection is cut.
func Tear(ctx context.Context) { recordOf(ctx).torn = true }

// Within is the context of a request that is made inside the one that ctx belongs to: it has
// the same id, and notes nothing of that one. cause is what it has noted to have gone wrong.
func Within(ctx context.Context) (inner context.Context, cause func() error) {
	rec := &record{id: RequestID(ctx)}
	return context.WithValue(ctx, contextKey{}, rec), func() error { return rec.cause }
}

// Wrap puts request ids, the access log, observation and recovery around next.
func Wrap(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &record{id: o.NewRequestID()}
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, rec))
		w.Header().Set(o.RequestIDHeader, rec.id)
		out := &response{ResponseWriter: w}
		panicked := serve(next, out, r, rec, o.Panicked)
		if r.Method == http.MethodHead {
			out.bytes = 0 // a handler writes as for GET, and net/http sends none of it
		}
		seen := Observation{Route: rec.route, Method: r.Method, Status: out.statusOr200(), Duration: time.Since(start)}
		o.Observe(seen)
		logRequest(o, r, rec, seen, out.bytes)
		if panicked || rec.torn {
			panic(http.ErrAbortHandler) // cuts the connection: half an answer must not look whole
		}
	})
}

// serve runs the handler and turns its panic into an answer; torn says that one had been
// begun already.
func serve(next http.Handler, out *response, r *http.Request, rec *record, panicked http.Handler) (torn bool) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		rec.cause = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		torn = out.status != 0
		if !torn {
			panicked.ServeHTTP(out, r)
		}
	}()
	next.ServeHTTP(out, r)
	return false
}

// NoRoute is the route of a request that none serves, in its log line and for whoever observes.
const NoRoute = "none"

// logRequest writes one line, whatever its values hold: the handlers of slog quote them. Queries
// and headers are left out: they may hold secrets.
func logRequest(o Options, r *http.Request, rec *record, seen Observation, bytes int64) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", rec.id),
		slog.String("method", o.LoggedPath(seen.Method)), // it may be any word
		slog.String("path", o.LoggedPath(r.URL.Path)),
		slog.String("route", cmp.Or(seen.Route, NoRoute)),
		slog.Int("status", seen.Status),
		slog.Int64("bytes", bytes),
		slog.Duration("duration", seen.Duration),
	}
	if rec.actor != "" {
		attrs = append(attrs, slog.String("actor", rec.actor))
	}
	attrs = append(attrs, rec.notes...)
	if rec.cause != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", rec.cause.Error()))
	}
	o.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// response remembers the status that was sent, and how long the body was.
type response struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) statusOr200() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
