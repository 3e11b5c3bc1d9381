package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
)

func TestTheDocumentationStatesTheLimits(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	l := defaultLimits()
	for _, row := range []string{
		fmt.Sprintf("| beginning TLS, in time | %.0f s |", l.readHeader.Seconds()),
		fmt.Sprintf("| headers, in time | %.0f s |", l.readHeader.Seconds()),
		fmt.Sprintf("| headers, in size | %d KiB |", (l.headerBytes+4096)>>10),
		fmt.Sprintf("| a request with its body, in time | %.0f s |", l.read.Seconds()),
		fmt.Sprintf("| a body, in size | %d MiB; of `POST /_usher/apply`, one at a time, %d MiB |", ghapi.MaxBodyBytes>>20, ownapi.MaxFileBytes>>20),
		fmt.Sprintf("| an answer, in time | %.0f s from the end of the headers |", l.write.Seconds()),
		fmt.Sprintf("| a part of an export, in time | %.0f s for each thousand events |", l.write.Seconds()),
		fmt.Sprintf("| an answer to who sends no valid token, in time | %.0f s |", l.stranger.Seconds()),
		fmt.Sprintf("| an idle connection | %.0f s |", l.idle.Seconds()),
		fmt.Sprintf("| requests that run at once | %d |", l.requests),
		fmt.Sprintf("| bodies that are held at once | %d MiB, the first %d KiB of each not counted |", l.bodyBytes>>20, smallBody>>10),
		fmt.Sprintf("| finishing when it stops | %.0f s |", drainPatience.Seconds()),
	} {
		if !strings.Contains(string(text), "\n"+row) {
			t.Errorf("docs/operations.md has no line that begins with %s", row)
		}
	}
}

// The read deadline runs from the beginning of a request and the write deadline from the
// end of its headers. If they were as long as each other, the answer to a body that came
// too slowly could not be sent.
func TestThereIsTimeToAnswerABodyThatCameTooSlowly(t *testing.T) {
	t.Parallel()
	if l := defaultLimits(); l.write < l.read+2*limit {
		t.Errorf("got %s for an answer and %s for a request, want %s more", l.write, l.read, 2*limit)
	}
}

func TestMoreRequestsThanMayRunAreRefused(t *testing.T) {
	t.Parallel()
	config := configWith(t, world)
	log := &syncBuffer{}
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	s := serveWithin(t, config, func(l *limits) { l.requests = 2 })
	first, second := s.begin(t), s.begin(t)

	response, err := http.Get(s.url + billing)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	const refusal = `{"message":"The server is busy: too many requests at once. Try again in a moment.","documentation_url":"https://docs.github.com/rest","status":"503"}`
	got := []string{response.Status, response.Header.Get("Retry-After"), response.Header.Get("Content-Type"), string(text)}
	if diff := cmp.Diff([]string{"503 Service Unavailable", "1", "application/json; charset=utf-8", refusal}, got); diff != "" {
		t.Errorf("a third request (-want +got):\n%s", diff)
	}
	if response.Header.Get(ghapi.RequestIDHeader) == "" {
		t.Error("the refusal has no request id")
	}
	if got := s.post(t, selectedUsers, `{"selected_usernames":["mona"]}`); got != "503 "+refusal {
		t.Errorf("a grant: got %s, want it refused", got)
	}

	for path, want := range map[string]string{"/_usher/live": `200 {"status":"live"}`, ready: `200 {"status":"ready"}`} {
		if got := s.get(t, path); got != want {
			t.Errorf("GET %s beyond the limit: got %s, want %s", path, got, want)
		}
	}
	metrics := s.get(t, "/_usher/metrics")
	for _, want := range []string{
		`usher_http_requests_total{method="GET",route="none",status="503"} 1`,
		`usher_http_requests_total{method="POST",route="none",status="503"} 1`,
		"usher_http_requests_in_flight 3",
	} {
		if !strings.Contains(metrics, "\n"+want+"\n") {
			t.Errorf("the metrics beyond the limit have no %s", want)
		}
	}

	if got := first.finish(t); !strings.Contains(got, `{"seats_created":1}`) {
		t.Errorf("a request that ran: got %q, want its seat", got)
	}
	enginetest.Await(t, "room for another request", func() bool { return strings.HasPrefix(s.get(t, billing), "200 ") })
	if got := second.finish(t); !strings.Contains(got, `{"seats_created":0}`) {
		t.Errorf("the other request that ran: got %q, want no seat, since there is one", got)
	}
	enginetest.Await(t, "a report of both refusals", func() bool { return refusals(t, log.String()) >= 2 })
	if strings.Contains(log.String(), `"status":503`) {
		t.Errorf("a refusal has a line of its own in the log:\n%s", log)
	}
}

// Nobody waits for the body of a caller who may not do what it asks.
func TestABodyThatNobodyReadsIsNoRequestThatRuns(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.requests = 1 })
	conn := s.dial(t)
	conn.send(t, strings.NewReplacer("ghp_mona", "ghp_nobody", "Connection: close\r\n", "").Replace(postingOf(1000)))
	enginetest.Await(t, "an unknown token that was refused", func() bool {
		return strings.Contains(s.get(t, "/_usher/metrics"), `route="/orgs/{org}/copilot/billing/selected_users",status="401"} 1`)
	})
	if got := s.get(t, billing); !strings.HasPrefix(got, "200 ") {
		t.Errorf("another request: got %s, want 200", got)
	}
}

// refusals is how many requests the log says were refused.
func refusals(t *testing.T, log string) (n int) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line struct {
			Message string `json:"msg"`
			Refused int
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if strings.HasPrefix(line.Message, "refused requests") {
			n += line.Refused
		}
	}
	return n
}

func TestARequestThatEndsInAPanicMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	g := &gate{
		limits:  limits{requests: 1, bodyBytes: 10},
		newID:   func() string { return "id" },
		observe: func(edge.Observation) {},
		next: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			panic(http.ErrAbortHandler)
		}),
	}
	for range 3 {
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("got panic %v, want the handler's", v)
				}
			}()
			g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(strings.Repeat("x", smallBody+5))))
		}()
	}
	if running, held := g.running.Load(), g.held.Load(); running != 0 || held != 0 {
		t.Errorf("got %d requests and %d bytes, want none", running, held)
	}
}

func TestLargeBodiesAreRefusedWhenTooMuchIsHeldOfThem(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.bodyBytes = 100 << 10 })
	padded := func(size int) string {
		body := `{"selected_usernames":["mona"]}`
		return body + strings.Repeat(" ", size-len(body))
	}
	const size = smallBody + 90<<10
	holding := s.dial(t)
	holding.send(t, postingOf(size)+padded(size)[:size-1<<10])
	enginetest.Await(t, "a large body that is held", func() bool { return s.gate.held.Load() == 89<<10 })

	large := padded(smallBody + 20<<10)
	const refusal = `503 {"message":"The server holds too many large bodies at once.`
	if got := s.post(t, selectedUsers, large); !strings.HasPrefix(got, refusal) {
		t.Errorf("another large body: got %s, want %s", got, refusal)
	}
	whole := s.dial(t)
	whole.send(t, postingOf(ghapi.MaxBodyBytes)+padded(ghapi.MaxBodyBytes)) // before it reads the answer
	if got := whole.answer(t); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("the largest body: got %q, want 503", got)
	}
	if got, want := s.post(t, selectedUsers, padded(smallBody)), `201 {"seats_created":1}`; got != want {
		t.Errorf("a small body: got %s, want %s", got, want)
	}
	holding.send(t, strings.Repeat(" ", 1<<10))
	if got := holding.answer(t); !strings.Contains(got, `{"seats_created":0}`) {
		t.Errorf("the body that was held: got %q, want the answer", got)
	}
	enginetest.Await(t, "no body that is held", func() bool { return s.gate.held.Load() == 0 })
	if got, want := s.post(t, selectedUsers, large), `201 {"seats_created":0}`; got != want {
		t.Errorf("the large body again: got %s, want %s", got, want)
	}
}

func TestABodyThatIsRefusedIsHeldNoMoreAndCanBeThrownAway(t *testing.T) {
	t.Parallel()
	g := &gate{limits: limits{bodyBytes: 10}}
	sent := strings.NewReader(strings.Repeat("x", smallBody+100_000))
	body := &heldBody{ReadCloser: io.NopCloser(sent), gate: g}
	var refusal *usher.Error
	if _, err := io.ReadAll(body); !errors.As(err, &refusal) || refusal.Kind != usher.Unavailable {
		t.Errorf("got %v, want a refusal that may pass", err)
	}
	if rest, err := io.Copy(io.Discard, body); rest == 0 || err != nil || sent.Len() > 0 {
		t.Errorf("throwing the rest away: got %d bytes and %v, %d are left; want them all", rest, err, sent.Len())
	}
	if got := g.held.Load(); got != 0 {
		t.Errorf("%d bytes count as held, want none", got)
	}
}

// postingOf is the beginning of a grant with a body of so many bytes.
func postingOf(size int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", selectedUsers, size)
}

func TestWhatIsThrownAwayOfABodyIsNotHeld(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.bodyBytes = ghapi.MaxBodyBytes })
	conn := s.dial(t)
	conn.send(t, postingOf(2*ghapi.MaxBodyBytes)+strings.Repeat(" ", 2*ghapi.MaxBodyBytes))
	if got := conn.answer(t); !strings.HasPrefix(got, "HTTP/1.1 413 ") {
		t.Errorf("got %s, want 413", got)
	}
}

// net/http answers by itself where there is no request yet that a handler could see: not in
// GitHub's shape.
func TestHeadersThatComeTooSlowlyCloseTheConnection(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.readHeader = 2 * time.Second })
	const refusal = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	want := map[string]string{ // what is sent, what is answered
		"":                "",
		"GET /_usher/liv": refusal,
		"GET /_usher/live HTTP/1.1\r\nHost: usher\r\nX-": refusal,
	}
	conns := map[string]*rawConn{}
	for sent := range want {
		conns[sent] = s.dial(t)
		conns[sent].send(t, sent)
	}
	for sent, conn := range conns {
		if got := conn.answer(t); got != want[sent] {
			t.Errorf("after %q: got %q, want %q", sent, got, want[sent])
		}
	}
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.idle = 200 * time.Millisecond })
	conn := s.dial(t)
	conn.send(t, "GET /_usher/live HTTP/1.1\r\nHost: usher\r\n\r\n")
	if got := conn.answer(t); !strings.HasSuffix(got, `{"status":"live"}`) || strings.Contains(got, "Connection: close") {
		t.Errorf("got %q, want one answer, and the connection kept for a while", got)
	}
}

func TestHeadersThatAreTooLargeAreRefused(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(*limits) {})
	const request = "GET /_usher/live HTTP/1.1\r\nHost: usher\r\nX-Large: %s\r\n\r\n"
	large := s.dial(t)
	large.send(t, fmt.Sprintf(request, strings.Repeat("x", 69<<10)))
	const want = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n431 Request Header Fields Too Large"
	if got := large.answer(t); got != want {
		t.Errorf("69 KiB: got %q, want %q", got, want)
	}
	allowed := s.dial(t)
	allowed.send(t, strings.Replace(fmt.Sprintf(request, strings.Repeat("x", 63<<10)), "\r\n", "\r\nConnection: close\r\n", 1))
	if got := allowed.answer(t); !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("63 KiB: got %q, want 200", got)
	}
}

func TestABodyThatComesTooSlowlyIsRefusedAndTheConnectionCloses(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.read = 500 * time.Millisecond })
	conn := s.dial(t)
	conn.send(t, strings.Replace(postingOf(31), "Connection: close\r\n", "", 1)+`{"selected_usernames":`)
	got := conn.answer(t)
	for _, want := range []string{
		"HTTP/1.1 400 Bad Request\r\n",
		"\r\nConnection: close\r\n",
		`{"message":"The request's body could not be read: it ended early, or came too slowly.","documentation_url":"https://docs.github.com/rest/copilot/`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	if got := s.get(t, billing); !strings.HasPrefix(got, `200 {"seat_breakdown":{"total":2,`) {
		t.Errorf("afterwards: got %s, want no seat more", got)
	}
}

// A client that does not read its answers is cut off. It asks for more than what lies
// between it and the server can take.
func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, crowd(100)), func(l *limits) { l.write = 3 * time.Second })
	page := len(s.get(t, seatsPage))
	if page < 100<<10 {
		t.Fatalf("a page has %d bytes, want at least 100 KiB", page)
	}
	const pages = 60
	conn := s.dial(t)
	_ = conn.SetReadBuffer(16 << 10) // or the whole of the answers might fit in there
	conn.send(t, strings.Repeat("GET "+seatsPage+" HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\n\r\n", pages))
	enginetest.Await(t, "an end of the connection", func() bool { return s.listener.hasClosed(conn.LocalAddr()) })
	enginetest.Await(t, "an end of the request", func() bool { return s.gate.running.Load() == 0 })
	got, _ := io.Copy(io.Discard, conn) // what has been sent, and then an end of one kind or another
	if got == 0 || got >= int64(pages*page) {
		t.Errorf("got %d bytes of the answers, want some and not all %d", got, pages*page)
	}
	if again := s.get(t, seatsPage); len(again) != page {
		t.Errorf("another client: got %d bytes, want the page with %d", len(again), page)
	}
}

// Whoever has no token is cut off early: slow readers could hold every
// request that may run.
func TestAStrangerThatDoesNotReadIsCutOffEarly(t *testing.T) {
	t.Parallel()
	s := serveWithin(t, configWith(t, world), func(l *limits) { l.stranger = 500 * time.Millisecond })
	for _, request := range []string{
		"GET /api/v3 HTTP/1.1\r\nHost: usher.internal.example-company.com\r\n\r\n",
		"GET " + billing + " HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_nobody\r\nX-GitHub-Api-Version: " + strings.Repeat("9", 2000) + "\r\n\r\n",
	} {
		conn := s.dial(t)
		_ = conn.SetReadBuffer(16 << 10)
		go func() { _, _ = io.WriteString(conn, strings.Repeat(request, 20_000)) }() // until it is cut off
		enginetest.Await(t, "an end of the connection", func() bool { return s.listener.hasClosed(conn.LocalAddr()) })
	}
	enginetest.Await(t, "an end of the requests", func() bool { return s.gate.running.Load() == 0 })
	if got := s.get(t, billing); !strings.HasPrefix(got, "200 ") {
		t.Errorf("another client: got %s, want 200", got)
	}
}

const seatsPage = billing + "/seats?per_page=100"

// crowd is a world of one organization in which n people have a seat.
func crowd(n int) string {
	var users, names strings.Builder
	for i := range n {
		fmt.Fprintf(&users, ", {login: u%d}", i)
		fmt.Fprintf(&names, "u%d, ", i)
	}
	return fmt.Sprintf(`users: [{login: mona}%s]
organizations:
  - login: octodemo
    owners: [mona]
    members: [%s]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
    seats: {users: [%s]}
tokens: [{token: ghp_mona, kind: classic, user: mona, scopes: [manage_billing:copilot]}]
`, &users, &names, &names)
}

// within is a server that runs within limits of a test.
type within struct {
	*serving
	gate     *gate
	listener *watchedListener
}

// dial connects, and hangs up when the test ends.
func (s *within) dial(t *testing.T) *rawConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &rawConn{conn.(*net.TCPConn)}
}

// rawConn is a client's connection, for what no HTTP client would send.
type rawConn struct{ *net.TCPConn }

func (c *rawConn) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// answer is all that comes until the server closes the connection. Where it has not read
// everything that it was sent, the end is a reset.
func (c *rawConn) answer(t *testing.T) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reading to the end of the connection: %v", err)
	}
	return string(text)
}

// watchedListener remembers which of its connections the server has closed.
type watchedListener struct {
	net.Listener
	mu     sync.Mutex
	closed map[string]bool // by the client's address
}

func (l *watchedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watchedConn{conn, l}, nil
}

func (l *watchedListener) hasClosed(client net.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed[client.String()]
}

type watchedConn struct {
	net.Conn
	listener *watchedListener
}

func (c *watchedConn) Close() error {
	c.listener.mu.Lock()
	c.listener.closed[c.RemoteAddr().String()] = true
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// serveWithin serves until the test ends, within the usual limits but for a change.
func serveWithin(t *testing.T, config Config, change func(*limits)) *within {
	t.Helper()
	ready := make(chan string, 1)
	config.Ready = func(url string) { ready <- url }
	s := open(t, config)
	change(&s.limits)
	s.handler = s.routes()
	listener, err := listen(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	watched := &watchedListener{Listener: listener, closed: map[string]bool{}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, watched) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return &within{serving: &serving{url: <-ready}, gate: s.gate, listener: watched}
}
