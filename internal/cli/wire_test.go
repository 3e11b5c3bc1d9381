package cli

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const wireWorld = `
users: [{login: monalisa, id: 1}, {login: octocat, id: 2}]
organizations:
  - {login: octodemo, id: 7, owners: [monalisa], members: [octocat], copilot: {seat_management: assign_all, public_code_suggestions: block}}
tokens: [{token: ghp_billing, kind: classic, user: monalisa, scopes: ["manage_billing:copilot"]}]
`

// seeded starts a server on a world, with more flags, and returns where it listens.
func seeded(t *testing.T, env map[string]string, flags ...string) string {
	t.Helper()
	directory := t.TempDir()
	file := filepath.Join(directory, "world.yaml")
	if err := os.WriteFile(file, []byte(wireWorld), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(directory, "usher.db"), "--seed", file}, flags...)
	return strings.TrimPrefix(startWith(t, env, args...).url(t), "http://")
}

// raw sends bytes to a server and returns its answer to a request with this method.
func raw(t *testing.T, address, method, sent string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: reading the answer: %v", sent, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%q: reading the body: %v", sent, err)
	}
	_ = response.Body.Close()
	return response, string(body)
}

// page asks for the first page of two, and returns its Link, and its headers.
func page(t *testing.T, address, headers string) (link string, header http.Header) {
	t.Helper()
	response, body := raw(t, address, "GET", "GET /orgs/octodemo/copilot/billing/seats?per_page=1 HTTP/1.1\r\nHost: usher.test\r\nAuthorization: token ghp_billing\r\n"+headers+"\r\n")
	if response.StatusCode != 200 {
		t.Fatalf("got %s %s", response.Status, body)
	}
	return response.Header.Get("Link"), response.Header
}

func TestTheRateLimitIsFiveThousandInARehearsalAndElseNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		env   map[string]string
		flags string
		want  string // X-RateLimit-Limit
	}{
		{"in production", nil, "", ""},
		{"in production, with a limit", nil, "--rate-limit 17", "17"},
		{"in production, without", nil, "--rate-limit 0", ""},
		{"in a rehearsal", nil, "--rehearsal", "5000"},
		{"in a rehearsal, with another limit", nil, "--rehearsal --rate-limit=17", "17"},
		{"in a rehearsal, without", nil, "--rehearsal --rate-limit 0", ""},
		{"from the environment", map[string]string{"USHER_RATE_LIMIT": "23"}, "", "23"},
		{"an empty variable", map[string]string{"USHER_RATE_LIMIT": ""}, "--rehearsal", "5000"},
		{"none, from the environment of a rehearsal", map[string]string{"USHER_RATE_LIMIT": "0"}, "--rehearsal", ""},
		{"the flag before the environment", map[string]string{"USHER_RATE_LIMIT": "23"}, "--rate-limit 17", "17"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address := seeded(t, c.env, strings.Fields(c.flags)...)
			_, header := page(t, address, "")
			for _, name := range []string{"Limit", "Remaining", "Used", "Reset", "Resource"} {
				if got := header.Get("X-Ratelimit-" + name); (got == "") != (c.want == "") || name == "Limit" && got != c.want {
					t.Errorf("X-RateLimit-%s: got %q, with a limit of %q wanted", name, got, c.want)
				}
			}
			response, body := raw(t, address, "GET", "GET /rate_limit HTTP/1.1\r\nHost: a\r\n\r\n")
			if want := map[bool]int{true: 200, false: 404}[c.want != ""]; response.StatusCode != want {
				t.Errorf("/rate_limit: got %s %s, want %d", response.Status, body, want)
			}
		})
	}
}

func TestTheDemoHasTheRateLimitOfARehearsal(t *testing.T) {
	t.Parallel()
	address := strings.TrimPrefix(start(t, "serve", "--demo", "--listen", "127.0.0.1:0").url(t), "http://")
	response, _ := raw(t, address, "GET", "GET /rate_limit HTTP/1.1\r\nHost: a\r\n\r\n")
	if response.StatusCode != 200 {
		t.Errorf("got %s, want 200", response.Status)
	}
}

func TestLinksLeadWherePublicURLAndTrustedProxySay(t *testing.T) {
	t.Parallel()
	const proxied = "X-Forwarded-Host: public.test\r\nX-Forwarded-Proto: https\r\n"
	for _, c := range []struct {
		name    string
		env     map[string]string
		flags   string
		headers string
		want    string
	}{
		{"nothing said", nil, "", proxied, "http://usher.test"},
		{"a public URL", nil, "--public-url https://example.com", proxied, "https://example.com"},
		{"a public URL with a path", nil, "--public-url https://example.com/usher/", "", "https://example.com/usher"},
		{"a public URL from the environment", map[string]string{"USHER_PUBLIC_URL": "http://[2001:db8::1]:8080"}, "", "", "http://[2001:db8::1]:8080"},
		{"a scheme in capitals", nil, "--public-url HTTPS://Example.com", "", "https://Example.com"},
		{"a trusted proxy", nil, "--trusted-proxy 127.0.0.1", proxied, "https://public.test"},
		{"a trusted proxy as IPv6 writes it", nil, "--trusted-proxy ::ffff:127.0.0.1", proxied, "https://public.test"},
		{"a trusted network", nil, "--trusted-proxy 127.0.0.0/8", proxied, "https://public.test"},
		{"a trusted network by one of its addresses", nil, "--trusted-proxy 127.1.2.3/8", proxied, "https://public.test"},
		{"a trusted network as IPv6 writes it", nil, "--trusted-proxy ::ffff:127.0.0.0/104", proxied, "https://public.test"},
		{"a list", nil, "--trusted-proxy 10.0.0.0/8,::1,127.0.0.1", proxied, "https://public.test"},
		{"the flag twice", nil, "--trusted-proxy 10.0.0.0/8 --trusted-proxy 127.0.0.1", proxied, "https://public.test"},
		{"a list from the environment", map[string]string{"USHER_TRUSTED_PROXY": "10.0.0.0/8,127.0.0.0/8"}, "", proxied, "https://public.test"},
		{"another proxy", nil, "--trusted-proxy 10.0.0.0/8", proxied, "http://usher.test"},
		{"an empty variable", map[string]string{"USHER_TRUSTED_PROXY": "", "USHER_PUBLIC_URL": ""}, "", proxied, "http://usher.test"},
		{"both, of which the public URL counts", nil, "--trusted-proxy 127.0.0.1 --public-url https://example.com", proxied, "https://example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			link, _ := page(t, seeded(t, c.env, strings.Fields(c.flags)...), c.headers)
			if want := "<" + c.want + "/organizations/7/copilot/billing/seats?per_page=1&page=2>; rel=\"next\""; !strings.HasPrefix(link, want) {
				t.Errorf("got %s, want %s…", link, want)
			}
		})
	}
}

func TestFlagsOfTheWireThatAreWrongAreRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	publicURL := func(text string) string {
		return "usher: --public-url \"" + text + "\" is not the address of a server: give it like https://usher.example.com or https://example.com/usher"
	}
	proxy := func(text string) string {
		return "usher: --trusted-proxy \"" + text + "\" is neither an address nor a network: give it like 127.0.0.1 or 10.0.0.0/8"
	}
	retention := func(text string) string {
		return "usher: --audit-retention \"" + text + "\" is not how long events are kept: give it like 400d, 90d12h or 9600h, a day at least and 106750d at most, or 0 for ever"
	}
	const rate = "usher: --rate-limit takes a number of requests an hour, or 0 for no limit"
	for _, c := range []struct{ flag, want string }{
		{"--rate-limit=-1", rate},
		{"--rate-limit=-9223372036854775808", rate},
		{"--audit-retention=23h59m", retention("23h59m")},
		{"--audit-retention=-400d", retention("-400d")},
		{"--audit-retention=-9600h", retention("-9600h")},
		{"--audit-retention=90d-1h", retention("90d-1h")},
		{"--audit-retention=400", retention("400")},
		{"--audit-retention=1y", retention("1y")},
		{"--audit-retention=d", retention("d")},
		{"--audit-retention=1.5d", retention("1.5d")},
		{"--audit-retention=for ever", retention("for ever")},
		{"--audit-retention=106751d", retention("106751d")},
		{"--audit-retention=106750d48h", retention("106750d48h")},
		{"--audit-retention=99999999999999999999d", retention("99999999999999999999d")},
		{"--public-url=usher.example.com", publicURL("usher.example.com")},
		{"--public-url=usher.example.com:8080", publicURL("usher.example.com:8080")},
		{"--public-url=//usher.example.com", publicURL("//usher.example.com")},
		{"--public-url=/usher", publicURL("/usher")},
		{"--public-url=ftp://usher.example.com", publicURL("ftp://usher.example.com")},
		{"--public-url=https://", publicURL("https://")},
		{"--public-url=https:///usher", publicURL("https:///usher")},
		{"--public-url=https://:8080", publicURL("https://:8080")},
		{"--public-url=https://user:password@example.com", publicURL("…@example.com")},
		{"--public-url=https://user:s3%zzcret@x.test", publicURL("…@x.test")},
		{"--public-url=https://user:s3cret@x.test:port/", publicURL("…@x.test:port/")},
		{"--public-url=user:s3cret@x.test", publicURL("…@x.test")},
		{"--public-url=https://example.com:99999", publicURL("https://example.com:99999")},
		{"--public-url=https://example.com/api/v3", "usher: --public-url \"https://example.com/api/v3\" ends in /api/v3, which clients add themselves: leave it out"},
		{"--public-url=https://example.com/desk/api/v3/", "usher: --public-url \"https://example.com/desk/api/v3/\" ends in /api/v3, which clients add themselves: leave it out"},
		{"--public-url=https://example.com?x=1", publicURL("https://example.com?x=1")},
		{"--public-url=https://example.com/?", publicURL("https://example.com/?")},
		{"--public-url=https://example.com#x", publicURL("https://example.com#x")},
		{"--public-url=https://evil\"><x", publicURL("https://evil\\\"><x")},
		{"--public-url=https://example.com:port", publicURL("https://example.com:port")},
		{"--public-url=https://exa mple.com", publicURL("https://exa mple.com")},
		{"--trusted-proxy=proxy.example.com", proxy("proxy.example.com")},
		{"--trusted-proxy=10.0.0.0/33", proxy("10.0.0.0/33")},
		{"--trusted-proxy=10.0.0.0/", proxy("10.0.0.0/")},
		{"--trusted-proxy=10.0.0", proxy("10.0.0")},
		{"--trusted-proxy=10.0.0.1:8080", proxy("10.0.0.1:8080")},
		{"--trusted-proxy=10.0.0.1,nonsense", proxy("nonsense")},
		{"--trusted-proxy=*", proxy("*")},
		{"--trusted-proxy=::ffff:10.0.0.0/8", proxy("::ffff:10.0.0.0/8")},
	} {
		// Listening on no address at all: what is not refused must not go on to serve.
		code, stdout, stderr := call(t, nil, "serve", "--listen", "nowhere", "--database", filepath.Join(t.TempDir(), "x.db"), c.flag)
		if code != 2 || stderr != c.want+"\n" || stdout != "" {
			t.Errorf("%s: got exit code %d and\n    %swant 2 and\n    %s", c.flag, code, stderr, c.want)
		}
	}
}

func TestARateLimitThatIsNoNumberIsRefused(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--rate-limit=many", "--rate-limit=5000.5", "--rate-limit=9223372036854775808", "--rate-limit="} {
		code, _, stderr := call(t, nil, "serve", "--listen", "nowhere", flag)
		if code != 2 || !strings.HasPrefix(stderr, "usher: --rate-limit") {
			t.Errorf("%s: got exit code %d and %s", flag, code, stderr)
		}
	}
}

func TestHelpNamesTheVariablesOfTheWire(t *testing.T) {
	t.Parallel()
	_, help, _ := call(t, nil, "help", "serve")
	for _, name := range []string{"PUBLIC_URL", "TRUSTED_PROXY", "RATE_LIMIT", "AUDIT_RETENTION", "TLS_CERT", "TLS_KEY", "BEHIND_PROXY", "INSECURE"} {
		if !strings.Contains(strings.Join(strings.Fields(help), " "), "[USHER_"+name) && !strings.Contains(help, "$USHER_"+name) {
			t.Errorf("the help does not name USHER_%s:\n%s", name, help)
		}
	}
}

// What the real server's configuration decides: which protocols it speaks, and that every
// answer to a well-formed request is the handler's.
func TestTheServerSpeaksHTTP1InClearTextAndNothingElse(t *testing.T) {
	t.Parallel()
	address := seeded(t, nil)
	for _, c := range []struct{ name, sent string }{
		{"prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"},
		{"an upgrade", "GET /zen HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"},
	} {
		response, _ := raw(t, address, "GET", c.sent)
		if response.ProtoMajor != 1 || response.StatusCode == 101 || response.Header.Get("Upgrade") != "" {
			t.Errorf("%s: got %s %s %v", c.name, response.Proto, response.Status, response.Header)
		}
	}
}

func TestOptionsOfTheWholeServerAreAnsweredLikeAnyPreflight(t *testing.T) {
	t.Parallel()
	response, _ := raw(t, seeded(t, nil), "OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
	if response.StatusCode != 204 || response.Header.Get("Access-Control-Allow-Origin") != "*" || response.Header.Get("X-Github-Request-Id") == "" {
		t.Errorf("got %s %v, want a preflight's 204", response.Status, response.Header)
	}
}
