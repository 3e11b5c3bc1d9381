package server

import (
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/ghapi"
)

// limits are what clients may take of one process. docs/operations.md states them.
//
// A request counts as running from the end of its headers to the end of its answer, so also
// while its client is slow to send the body or to read the answer: what it holds meanwhile
// is what must be bounded. A client without a valid token has little time for that: no body
// is read before the caller is known, and who reads what anybody may ask for is cut off
// within stranger. Slow clients with a token leave room for others because many more requests may run
// than the database works on at once, and because each must end within the deadlines.
type limits struct {
	readHeader time.Duration // for the headers
	read       time.Duration // for the headers and the body
	write      time.Duration // from the end of the headers to the end of the answer: more than read, or a body that came too slowly would get no answer
	stranger   time.Duration // to read an answer, for who has no valid token
	idle       time.Duration // between two requests

	headerBytes int   // net/http lets 4 KiB more pass
	requests    int64 // that run at once
	bodyBytes   int64 // of large bodies, held at once
}

func defaultLimits() limits {
	return limits{
		readHeader:  10 * time.Second,
		read:        60 * time.Second,
		write:       90 * time.Second,
		stranger:    5 * time.Second,
		idle:        120 * time.Second,
		headerBytes: 64 << 10,
		requests:    1024,
		bodyBytes:   32 << 20,
	}
}

// hurry gives the reader of an answer the time of a stranger.
func (l limits) hurry(w http.ResponseWriter) {
	// An error says that there is no connection: nobody is slow.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(l.stranger))
}

// prolong gives the reader of an answer's next part the time of a whole one. The time for the
// request ends with its body, so nothing needs more of that.
func (l limits) prolong(w http.ResponseWriter) {
	// An error says that there is no connection: nobody is slow.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(l.write))
}

// smallBody is how much of each body does not count as large. The number of requests
// bounds it, so that a few who hold all that may be held of large bodies hinder only others
// with large ones.
const smallBody = 64 << 10

// gate lets in as many requests as may run at once, and refuses the others without delay:
// one that waited would hold memory as well.
type gate struct {
	limits  limits
	next    http.Handler
	newID   func() string
	observe func(edge.Observation)

	running atomic.Int64
	held    atomic.Int64 // bytes of large bodies
	refused atomic.Int64 // since the last report
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if alwaysServed(r.URL.Path) {
		g.next.ServeHTTP(w, r)
		return
	}
	defer g.running.Add(-1)
	if g.running.Add(1) > g.limits.requests {
		g.refuse(w, r)
		return
	}
	body := &heldBody{ReadCloser: r.Body, gate: g}
	defer body.letGo()
	request := *r // a handler does not change the request that it is given
	request.Body = body
	g.next.ServeHTTP(w, &request)
}

// alwaysServed says whether a path is served however many requests run: a balancer must
// not take a busy server for a dead one, and who runs it must see that it is busy.
func alwaysServed(path string) bool {
	switch path {
	case "/_usher/live", "/_usher/ready", "/_usher/metrics":
		return true
	}
	return false
}

// refuse answers a request that is too many. It has no line in the access log, which would
// be longest when the server can least afford it: report says how many there were.
func (g *gate) refuse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(ghapi.RequestIDHeader, g.newID())
	ghapi.Overloaded(w, r)
	g.refused.Add(1)
	g.observe(edge.Observation{Method: r.Method, Status: http.StatusServiceUnavailable})
}

// report logs how many requests were refused since it was called last, if any.
func (g *gate) report(log *slog.Logger) {
	if n := g.refused.Swap(0); n > 0 {
		log.Warn("refused requests: too many at once", "refused", n, "limit", g.limits.requests)
	}
}

// heldBody is a request's body that counts as held, where it is large, until the request
// has been answered.
type heldBody struct {
	io.ReadCloser
	gate    *gate
	read    int64
	held    int64
	refused bool
}

// Read fails once when too much is held already. Whatever is read after that, and what is
// over the maximum, is only thrown away, so it does not count.
func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	more := min(b.read, ghapi.MaxBodyBytes) - smallBody - b.held
	if b.refused || more <= 0 {
		return n, err
	}
	b.held += more
	if b.gate.held.Add(more) <= b.gate.limits.bodyBytes {
		return n, err
	}
	b.letGo()
	b.refused = true
	return 0, &usher.Error{Kind: usher.Unavailable, Message: "The server holds too many large bodies at once. Try again in a moment, or split the request into smaller ones."}
}

func (b *heldBody) letGo() {
	b.gate.held.Add(-b.held)
	b.held = 0
}
