package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// asked is a remote on a server that answers as answer says, with the token of the tests.
func asked(t *testing.T, answer http.HandlerFunc) *remote {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	r, err := target{URL: server.URL + "/"}.remote(Process{Getenv: environmentOf(map[string]string{"USHER_TOKEN": "ghp_secret\n"})})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func environmentOf(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestARunningServerIsAskedWithTheTokenOfTheEnvironment(t *testing.T) {
	t.Parallel()
	r := asked(t, func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		fmt.Fprintf(w, "{\"got\":%q}", strings.Join([]string{
			q.Method, q.URL.String(), q.Header.Get("Authorization"), q.Header.Get("Content-Type"), string(body),
		}, "|"))
	})
	var answer struct{ Got string }
	if err := r.call(context.Background(), "POST", "/_usher/tokens?page=2", map[string]string{"kind": "classic"}, &answer); err != nil {
		t.Fatal(err)
	}
	if want := `POST|/_usher/tokens?page=2|Bearer ghp_secret|application/json|{"kind":"classic"}`; answer.Got != want {
		t.Errorf("got %s, want %s", answer.Got, want)
	}
}

func TestWhatAServerRefusesIsSaidInSentences(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		header string // a Location
		body   string
		want   string
	}{
		{"one sentence", 404, "", `{"message":"There is no token 7.","documentation_url":"x","status":"404"}`, "BASE refuses (404): There is no token 7."},
		{"several", 422, "", "{\"message\":\"Invalid request.\\n\\nOne.\\nTwo.\"}", "BASE refuses (422): Invalid request.\nOne.\nTwo."},
		{"with items", 422, "", `{"message":"Validation Failed","errors":[{"message":"a is unknown"},{"message":"b too"}]}`, "BASE refuses (422): Validation Failed\na is unknown\nb too"},
		{"errors that are a text", 400, "", `{"message":"Bad Request","errors":"no such version"}`, "BASE refuses (400): Bad Request"},
		{"a token that is none", 401, "", `{"message":"Bad credentials"}`, "BASE does not accept the token in USHER_TOKEN: it is none, has expired or was revoked"},
		{"somebody else", 502, "", "<html>no</html>", "BASE answers with 502 Bad Gateway: is that the address of a usher?"},
		{"somebody else's JSON", 404, "", `{"error":"not found"}`, "BASE answers with 404 Not Found: is that the address of a usher?"},
		{"a way elsewhere", 301, "https://elsewhere.example.com/", "", "BASE leads to https://elsewhere.example.com/, where the token is not sent: give the server's own address"},
		{"an answer that is no JSON", 200, "", "<html>welcome</html>", "BASE answers with an answer that is none of usher's: is that the address of a usher?"},
	} {
		r := asked(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.header != "" {
				w.Header().Set("Location", test.header)
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		var answer any
		err := r.call(context.Background(), "GET", "/_usher/tokens", nil, &answer)
		if want := strings.ReplaceAll(test.want, "BASE", r.base); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", test.name, err, want)
		}
	}
}

func TestAServerThatIsNotThereOrNotTrustedIsNamed(t *testing.T) {
	t.Parallel()
	gone := asked(t, func(http.ResponseWriter, *http.Request) {})
	gone.base = "http://127.0.0.1:1"
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	distrusted := &remote{base: secure.URL, token: "ghp_secret", client: newClient()}
	cut := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	silent := asked(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, test := range []struct {
		of   *remote
		want string
	}{
		{silent, silent.base + " did not answer: whether it did what it was asked to is not known (EOF)"},
		{gone, "http://127.0.0.1:1 cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused"},
		{distrusted, secure.URL + " cannot be reached: nobody whom this machine trusts has signed its certificate. Where that is right, name the authority's own certificate in the environment variable SSL_CERT_FILE (tls: failed to verify certificate: "},
		{cut, "the answer of " + cut.base + " broke off: whether it did what it was asked to is not known ("},
	} {
		err := test.of.call(context.Background(), "GET", "/", nil, nil)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "ghp_secret") {
			t.Errorf("got %v, want %s…, without the token", err, test.want)
		}
	}
}

func TestAServerIsAskedOnlyWhereAddressAndTokenAreRight(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		target
		token string
		want  string // the mistake; empty: none
		warns bool
	}{
		{target{}, "", "", false},
		{target{Database: "x.db"}, "ghp_a", "", false},
		{target{URL: "https://usher.example.com"}, "ghp_a", "", false},
		{target{URL: "http://[::1]:8080/usher/"}, "ghp_a", "", false},
		{target{URL: "http://usher.example.com"}, "ghp_a", "", true},
		{target{URL: "http://a", Database: "x.db"}, "ghp_a", "--url and --database exclude each other, and so do USHER_URL and USHER_DATABASE: a server that runs is asked, or a database is opened", false},
		{target{URL: "https://a"}, " ", "--url needs the token of a site administrator in the environment variable USHER_TOKEN, which is empty", false},
		{target{URL: "https://a"}, "ghp_a ghp_b", "USHER_TOKEN holds a space or a character that no token has: only the token belongs there", false},
		{target{URL: "usher.example.com"}, "ghp_a", `--url "usher.example.com" is not the address of a server: give it like https://usher.example.com or http://127.0.0.1:8080`, false},
		{target{URL: "https://me:secret@usher.example.com"}, "ghp_a", `--url "…@usher.example.com" is not the address of a server: give it like https://usher.example.com or http://127.0.0.1:8080`, false},
	} {
		var stderr bytes.Buffer
		r, err := test.remote(Process{Getenv: environmentOf(map[string]string{"USHER_TOKEN": test.token}), Stderr: &stderr})
		if got := fmt.Sprint(err); got != test.want && (test.want != "" || err != nil) {
			t.Errorf("%+v: got %s, want %s", test.target, got, test.want)
		}
		if wanted := test.want == "" && test.URL != ""; wanted != (r != nil) {
			t.Errorf("%+v: asks a server: %t, want %t", test.target, r != nil, wanted)
		}
		if warned := strings.Contains(stderr.String(), "is not encrypted"); warned != test.warns {
			t.Errorf("%+v: got %q", test.target, stderr.String())
		}
	}
}
