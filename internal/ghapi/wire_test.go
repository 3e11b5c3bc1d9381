package ghapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
)

// configured is the same world behind a wire with these options, as a rehearsal.
func (w *world) configured(options ghapi.Options) *world {
	own := ownapi.New(ownapi.Config{
		Service: w.service, GitHub: ghapi.New(w.service, options), Wire: options, Rehearsal: true,
		Reset: func(context.Context) error {
			w.load(readFile(w.t, worldFile))
			return nil
		},
	})
	return &world{Handler: description.Shared(w.t).Handler(w.t, wrapped(own)), t: w.t, database: w.database, store: w.store, service: w.service}
}

// wallClock is a wall clock that a test moves.
type wallClock struct {
	mu  sync.Mutex
	now time.Time
}

func newWallClock() *wallClock { return &wallClock{now: wall()} }

func (c *wallClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *wallClock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// serve serves the world on a port of its own, and returns its address.
func (w *world) serve() string {
	w.t.Helper()
	server := httptest.NewServer(w)
	w.t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// dial opens a connection on which a test writes what it likes.
func dial(t *testing.T, address string) *connection {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &connection{t: t, Conn: conn, reader: bufio.NewReader(conn)}
}

type connection struct {
	net.Conn
	t      *testing.T
	reader *bufio.Reader
}

// send writes lines, each ended as HTTP has it. What follows an empty one is a body, and
// not ended.
func (c *connection) send(format string, args ...any) {
	c.t.Helper()
	head, body, _ := strings.Cut(fmt.Sprintf(format, args...), "\n\n")
	text := strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// receive reads the answer to a request with this method.
func (c *connection) receive(method string) answer {
	c.t.Helper()
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("reading an answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("reading a body: %v", err)
	}
	_ = response.Body.Close()
	if response.Proto != "HTTP/1.1" && response.Proto != "HTTP/1.0" {
		c.t.Errorf("answered in %s", response.Proto)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// over sends one request on a connection of its own and returns the answer as it came.
func over(t *testing.T, address string, r request) answer {
	t.Helper()
	c := dial(t, address)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\n", r.method, r.path)
	if _, named := r.header["Host"]; !named {
		b.WriteString("Host: usher.test\n")
	}
	for name, values := range r.header {
		for _, value := range values {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	if r.token != "" {
		fmt.Fprintf(&b, "Authorization: token %s\n", r.token)
	}
	if r.body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\n", len(r.body))
	}
	c.send("%s\n%s", b.String(), r.body)
	return c.receive(r.method)
}
