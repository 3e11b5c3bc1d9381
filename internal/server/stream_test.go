package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// What goes on for longer than a request and an answer may take is not cut off, and its client
// not taken for gone, as long as each part is read in time.
func TestAnAnswerInPartsHasTimeForEach(t *testing.T) {
	t.Parallel()
	const parts = 6
	s := open(t, configWith(t, world))
	s.limits.read, s.limits.write = time.Second, time.Second
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range parts {
			s.limits.prolong(w)
			if _, err := io.WriteString(w, "part\n"); err != nil || http.NewResponseController(w).Flush() != nil || r.Context().Err() != nil {
				return
			}
			pass(t, 500*time.Millisecond)
		}
		_, _ = io.WriteString(w, "end\n")
	})
	served := httptest.NewUnstartedServer(nil)
	s.front.open(s.handler)
	served.Config = newWeb(s.front, s.limits, s.log)
	served.Start()
	defer served.Close()
	response, err := http.Get(served.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if want := strings.Repeat("part\n", parts) + "end\n"; string(got) != want || err != nil {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

// pass waits until so much time has passed.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	began := time.Now()
	enginetest.Await(t, "the time to pass", func() bool { return time.Since(began) > d })
}

// Nobody can hold what an export takes by not reading it.
func TestAClientThatDoesNotReadAnExportIsCutOff(t *testing.T) {
	t.Parallel()
	config := configWith(t, strings.Replace(crowd(100), "manage_billing:copilot", "read:audit_log", 1))
	s := serveWithin(t, config, func(l *limits) { l.write = 3 * time.Second })
	const path = "/_usher/orgs/octodemo/audit-log/export"
	export := len(s.get(t, path))
	if export < 40<<10 {
		t.Fatalf("an export has %d bytes, want at least 40 KiB", export)
	}
	const exports = 240
	conn := s.dial(t)
	_ = conn.SetReadBuffer(16 << 10) // or the whole of the answers might fit in there
	conn.send(t, strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\n\r\n", exports))
	enginetest.Await(t, "an end of the connection", func() bool { return s.listener.hasClosed(conn.LocalAddr()) })
	enginetest.Await(t, "an end of the request", func() bool { return s.gate.running.Load() == 0 })
	if got, _ := io.Copy(io.Discard, conn); got == 0 || got >= int64(exports*export) {
		t.Errorf("got %d bytes of the exports, want some and not all %d", got, exports*export)
	}
}
