package ghapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/ghapi"
)

// Requests as clients really send them (docs/compatibility.md), byte by byte where Go's
// own client would not send them.
func TestRequestsAsTheyReallyComeAreServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.serve()
	billing := w.get200("/orgs/octodemo/copilot/billing", owner)
	const (
		created, cancelled = `{"seats_created":0}`, `{"seats_cancelled":0}`
		auth               = "Authorization: token " + owner
	)
	chunked := func(body string) string {
		return fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", len(body)-7, body[:len(body)-7], 7, body[len(body)-7:])
	}
	const octocat, pjhyett = `{"selected_usernames":["octocat"]}`, `{"selected_usernames":["pjhyett"]}`
	for _, c := range []struct {
		name, sent string
		status     int
		body       string // empty: whatever
	}{
		{"a chunked POST without a Content-Type, as gh sends it", "POST " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nTransfer-Encoding: chunked\n\n" + chunked(octocat), 201, created},
		{"a chunked DELETE, as gh sends it", "DELETE " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nTransfer-Encoding: chunked\nContent-Type: application/json; charset=utf-8\n\n" + chunked(pjhyett), 200, cancelled},
		{"a chunked body with a trailer", "POST " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nTransfer-Encoding: chunked\nTrailer: X-Sum\n\n" + strings.TrimSuffix(chunked(octocat), "\r\n") + "X-Sum: 1\r\n\r\n", 201, created},
		{"a DELETE with a body of known length", "DELETE " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nContent-Length: 34\n\n" + pjhyett, 200, cancelled},
		{"a body with a newline at its end, as go-github sends it", "POST " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nContent-Length: 35\n\n" + octocat + "\n", 201, created},
		{"a body that says it is a form, as curl does", "POST " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 34\n\n" + octocat, 201, created},
		{"a GET with a body", "GET " + billingPath + " HTTP/1.1\nHost: a\n" + auth + "\nContent-Length: 34\n\n" + octocat, 200, billing},
		{"a POST without a body", "POST " + usersPath + " HTTP/1.1\nHost: a\n" + auth + "\nContent-Length: 0", 422, ""},
		{"a POST that says nothing of a body", "POST " + usersPath + " HTTP/1.1\nHost: a\n" + auth, 422, ""},

		{"an absolute request line, as gh sends it through http_proxy", "GET http://api.github.localhost" + billingPath + " HTTP/1.1\nHost: api.github.localhost\n" + auth, 200, billing},
		{"an absolute request line to another host than Host", "GET http://one.test" + billingPath + " HTTP/1.1\nHost: other.test\n" + auth, 200, billing},
		{"an absolute request line with a port", "GET http://one.test:8080/api/v3" + billingPath + " HTTP/1.1\nHost: one.test:8080\n" + auth, 200, billing},
		{"an absolute request line with https", "GET https://one.test" + billingPath + " HTTP/1.1\nHost: one.test\n" + auth, 200, billing},
		{"an absolute request line without a path", "GET http://one.test HTTP/1.1\nHost: one.test", 200, ""},

		{"an empty Accept, as gh sends it", "GET " + billingPath + " HTTP/1.1\nHost: a\nAccept:\n" + auth, 200, billing},
		{"previews in a list", "GET " + billingPath + " HTTP/1.1\nHost: a\nAccept: application/vnd.github.nebula-preview+json, application/vnd.github.v3+json\n" + auth, 200, billing},
		{"a preview of Copilot's", "GET " + billingPath + " HTTP/1.1\nHost: a\nAccept: application/vnd.github.copilot-preview+json\n" + auth, 200, billing},
		{"several lines of Accept", "GET " + billingPath + " HTTP/1.1\nHost: a\nAccept: text/html\nAccept: application/xml;q=0.9\n" + auth, 200, billing},
		{"no User-Agent", "GET " + billingPath + " HTTP/1.1\nHost: a\n" + auth, 200, billing},

		{"duplicate slashes, of a base URL that ends with one", "GET /api/v3//orgs/octodemo/copilot/billing HTTP/1.1\nHost: a\n" + auth, 200, billing},
		{"a trailing slash", "GET " + billingPath + "/ HTTP/1.1\nHost: a\n" + auth, 404, `{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}`},
		{"an encoded slash in a name", "GET /orgs/octo%2Fdemo/copilot/billing HTTP/1.1\nHost: a\n" + auth, 404, ""},
		{"an encoded slash for a slash", "GET /orgs%2Foctodemo/copilot/billing HTTP/1.1\nHost: a\n" + auth, 404, `{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}`},
		{"a host in capitals", "GET " + billingPath + " HTTP/1.1\nHost: API.Example.TEST\n" + auth, 200, billing},
		{"HTTP/1.0 without a host", "GET " + billingPath + " HTTP/1.0\n" + auth, 200, billing},
		{"HTTP/1.0 with a host", "GET " + billingPath + " HTTP/1.0\nHost: old.test\n" + auth, 200, billing},
		{"an empty host", "GET " + billingPath + " HTTP/1.1\nHost:\n" + auth, 200, billing},
		{"an upgrade to HTTP/2 in clear text", "GET " + billingPath + " HTTP/1.1\nHost: a\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\n" + auth, 200, billing},
		{"an upgrade to a WebSocket", "GET " + billingPath + " HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\n" + auth, 200, billing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			connection := dial(t, address)
			connection.send("%s", c.sent)
			method, _, _ := strings.Cut(c.sent, " ")
			got := connection.receive(method)
			if got.Status != c.status || c.body != "" && got.Body != c.body {
				t.Errorf("got %d %.300s, want %d %.300s", got.Status, got.Body, c.status, c.body)
			}
		})
	}
}

func TestHTTP2InClearTextIsNotSpoken(t *testing.T) {
	t.Parallel()
	c := dial(t, newWorld(t).serve())
	if _, err := io.WriteString(c.Conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	line, err := c.reader.ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "HTTP/1.1 4") {
		t.Errorf("got %q, want an error in HTTP/1.1, or none at all", line)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := dial(t, w.serve())
	paths := []string{"/zen", "/versions", billingPath, "/nothing", "/meta"}
	var all strings.Builder
	for _, path := range paths {
		fmt.Fprintf(&all, "GET %s HTTP/1.1\r\nHost: a\r\nAuthorization: token %s\r\n\r\n", path, owner)
	}
	if _, err := io.WriteString(c.Conn, all.String()); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if got, want := c.receive("GET"), w.get(path, owner); got.Status != want.Status || got.Body != want.Body {
			t.Errorf("%s: got %d %s, want %d %s", path, got.Status, got.Body, want.Status, want.Body)
		}
	}
}

// A client that waits for leave to send its body gets it where the body is wanted, and
// else at once the refusal.
func TestExpectContinueIsHonoured(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	const body = `{"selected_usernames":["octocat"]}`
	c := dial(t, address)
	c.send("POST %s HTTP/1.1\nHost: a\nAuthorization: token %s\nExpect: 100-continue\nContent-Length: %d", usersPath, owner, len(body))
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := c.reader.ReadString('\n'); line != want {
			t.Fatalf("got %q (%v), want %q", line, err, want)
		}
	}
	if _, err := io.WriteString(c.Conn, body); err != nil {
		t.Fatal(err)
	}
	if got := c.receive("POST"); got.Status != 201 {
		t.Errorf("got %d %s, want 201", got.Status, got.Body)
	}

	refused := dial(t, address)
	refused.send("POST %s HTTP/1.1\nHost: a\nAuthorization: token ghp_nobody\nExpect: 100-continue\nContent-Length: %d", usersPath, len(body))
	if got := refused.receive("POST"); got.Status != 401 {
		t.Errorf("with a bad token: got %d, want 401 without a 100 before it", got.Status)
	}
}

func TestAnyPreflightIsAnswered(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	for _, path := range []string{"/", "/api/v3/", billingPath, usersPath, "/nothing/at/all", "//orgs//x", "/x/../y", "/_usher/clock", "/_usher/nothing", "http://other.test/zen"} {
		got := over(t, address, request{method: "OPTIONS", path: path, token: "ghp_nobody", header: http.Header{"Origin": {"null"}, "Access-Control-Request-Headers": {"authorization,x-github-api-version"}}})
		allowed := strings.ToLower(got.Header.Get("Access-Control-Allow-Headers"))
		if got.Status != 204 || got.Body != "" || got.Header.Get("Access-Control-Allow-Origin") != "*" ||
			!strings.Contains(allowed, "authorization") || !strings.Contains(allowed, "x-github-api-version") {
			t.Errorf("OPTIONS %s: got %d %v", path, got.Status, got.Header)
		}
		if credentials := got.Header.Get("Access-Control-Allow-Credentials"); credentials != "" {
			t.Errorf("OPTIONS %s: Access-Control-Allow-Credentials: %s, which GitHub does not send today", path, credentials)
		}
	}
}

func TestOnlyLargeAnswersAreCompressedAndOnlyForWhoAcceptsIt(t *testing.T) {
	t.Parallel()
	w := newCrowd(t, 100)
	address := w.serve()
	const large = "/orgs/octodemo/copilot/billing/seats?per_page=100"
	plain := over(t, address, request{method: "GET", path: large, token: owner})
	for _, c := range []struct {
		name   string
		accept []string
		want   bool
	}{
		{"nothing said", nil, false},
		{"gzip", []string{"gzip"}, true},
		{"what browsers send", []string{"gzip, deflate, br, zstd"}, true},
		{"gzip last", []string{"br;q=1.0, gzip;q=0.8"}, true},
		{"in capitals", []string{"GZIP"}, true},
		{"its old name", []string{"x-gzip"}, true},
		{"several lines", []string{"br", "gzip"}, true},
		{"everything", []string{"*"}, true},
		{"everything, a little", []string{"*;q=0.001"}, true},
		{"gzip but nothing else", []string{"*;q=0, gzip"}, true},
		{"gzip with other parameters", []string{"gzip;level=9;q=1"}, true},
		{"declined", []string{"gzip;q=0"}, false},
		{"declined with digits", []string{"gzip; q=0.000"}, false},
		{"declined in capitals", []string{"gzip;Q=0"}, false},
		{"declined, everything else accepted", []string{"gzip;q=0, *"}, false},
		{"everything else accepted, but declined", []string{"*, gzip;q=0"}, false},
		{"everything declined", []string{"*;q=0"}, false},
		{"identity", []string{"identity"}, false},
		{"others", []string{"deflate, br"}, false},
		{"a name that begins so", []string{"gzipped, gzip2"}, false},
		{"empty", []string{""}, false},
		{"commas", []string{",,;,"}, false},
	} {
		header := http.Header{}
		if c.accept != nil {
			header["Accept-Encoding"] = c.accept
		}
		got := over(t, address, request{method: "GET", path: large, token: owner, header: header})
		compressed := got.Header.Get("Content-Encoding") == "gzip"
		if compressed != c.want {
			t.Errorf("%s: compressed: %t, want %t", c.name, compressed, c.want)
		}
		body, tag := got.Body, plain.Header.Get("Etag")
		if compressed {
			body, tag = decompressed(t, body), "W/"+tag
			if length := got.Header.Get("Content-Length"); length != "" {
				t.Errorf("%s: Content-Length: %s", c.name, length)
			}
		}
		if body != plain.Body {
			t.Errorf("%s: another body", c.name)
		}
		if got.Header.Get("Etag") != tag {
			t.Errorf("%s: got tag %s, want %s", c.name, got.Header.Get("Etag"), tag)
		}
		if vary := got.Header.Values("Vary"); len(vary) != 2 || !strings.Contains(vary[1], "Accept-Encoding") {
			t.Errorf("%s: Vary %q", c.name, vary)
		}
		if got.Header.Get("Link") != plain.Header.Get("Link") {
			t.Errorf("%s: another Link", c.name)
		}
	}
}

func decompressed(t *testing.T, body string) string {
	t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestTheWeakTagOfACompressedAnswerIsGood(t *testing.T) {
	t.Parallel()
	w := newCrowd(t, 20)
	address := w.serve()
	r := request{method: "GET", path: seatsPath, token: owner, header: http.Header{"Accept-Encoding": {"gzip"}}}
	weak := over(t, address, r).Header.Get("Etag")
	strong, isWeak := strings.CutPrefix(weak, "W/")
	if !isWeak {
		t.Fatalf("got %s, want a weak tag", weak)
	}
	for _, accepts := range []bool{true, false} {
		r.header = http.Header{"If-None-Match": {weak}}
		if accepts {
			r.header.Set("Accept-Encoding", "gzip")
		}
		got := over(t, address, r)
		if got.Status != 304 || got.Header.Get("Etag") != strong || got.Header.Get("Content-Encoding") != "" || got.Body != "" {
			t.Errorf("accepting gzip %t: got %d %v %q, want 304 with %s", accepts, got.Status, got.Header, got.Body, strong)
		}
	}
	r.method, r.header = "HEAD", http.Header{"Accept-Encoding": {"gzip"}}
	if got := over(t, address, r); got.Header.Get("Etag") != weak || got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("Content-Length") != "" || got.Body != "" {
		t.Errorf("HEAD: got %v, want the headers of the compressed GET", got.Header)
	}
}

// Answers of 8192 bytes are sent as they are; one more, and they are compressed.
func TestCompressionBeginsAboveEightKilobytes(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]string{8191: "", 8192: "", 8193: "gzip", 1 << 20: "gzip"} {
		body := bytes.Repeat([]byte("x"), size)
		routes := []ghapi.Route{{Method: "GET", Pattern: "/", Who: ghapi.Who{Anonymous: true}, Handle: func(q *ghapi.Request) error {
			q.RespondNow(200, body)
			return nil
		}}}
		rec := httptest.NewRecorder()
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept-Encoding", "gzip")
		ghapi.NewRouter(nil, ghapi.Options{}, routes).ServeHTTP(rec, req)
		if got := rec.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%d bytes: got %q, want %q", size, got, want)
		}
		plain := rec.Body.String()
		if want != "" {
			plain = decompressed(t, plain)
		}
		if plain != string(body) {
			t.Errorf("%d bytes: another body", size)
		}
	}
}

// Compressors are shared by requests, and must not be shared by two at once.
func TestAnswersCompressedBesideOneAnotherAreWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := map[string]string{owner: w.get200(entPath, owner), "ghp_betty": w.get200(entPath, "ghp_betty")}
	done := make(chan string)
	for i := range 16 {
		token := []string{owner, "ghp_betty"}[i%2]
		go func() {
			failed := ""
			for range 5 {
				got := w.do(request{method: "GET", path: entPath, token: token, header: http.Header{"Accept-Encoding": {"gzip"}}})
				if diff := cmp.Diff(want[token], decompressed(t, got.Body)); diff != "" {
					failed = diff
				}
			}
			done <- failed
		}()
	}
	for range 16 {
		if diff := <-done; diff != "" {
			t.Error(diff)
		}
	}
}
