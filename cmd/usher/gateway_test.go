package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// gatewayWorld has one of each that a gateway meets.
const gatewayWorld = `now: 2026-11-20T12:00:00Z
users: [{login: monalisa}, {login: octocat}, {login: Hubot_1}, {login: octokitten}, {login: newhire}, {login: outsider}]
organizations:
  - login: octodemo
    owners: [monalisa]
    members: [octocat, Hubot_1, octokitten]
    invitations: [newhire]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
    seats: {users: [octocat, {login: Hubot_1, at: -60d, cancel: true}]}
tokens:
  - {token: ghs_gateway, kind: app_installation, owner: octodemo, permissions: {usher_entitlements: read}}
  - {token: ghp_mona, kind: classic, user: monalisa, scopes: [manage_billing:copilot]}
`

// TestTheGatewayOfTheDocumentation runs nginx with the very lines of docs/gateway.md, but for
// addresses and paths, between a client, usher and what stands for a model.
func TestTheGatewayOfTheDocumentation(t *testing.T) {
	t.Parallel()
	nginx := findNginx(t)
	p := startForGateway(t)
	g := startGateway(t, nginx, strings.TrimPrefix(p.url, "http://"), "ghs_gateway")

	g.check(t, "the first of December is ahead", map[string]int{
		"octocat": 200, "OCTOCAT": 200, // has a seat
		"Hubot_1":    200,                  // has one until December
		"octokitten": 403, "monalisa": 403, // members without one
		"newhire":  403, // invited
		"outsider": 403, // in no organization
		"nobody":   403, // of whom usher has never heard
		"octocat?": 403, "octocat?as_of=1": 403, "octocat/": 403, "x/../octocat": 403, "octocat%20": 403, "octocat#": 403, "octo cat": 403, ".": 403,
		"":                       401,
		strings.Repeat("x", 101): 403,
	})

	response, err := send(p.url+"/_usher/clock/advance", http.MethodPost, "", "ghp_mona", `{"to":"2026-12-01T00:00:00Z"}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("moving the clock: %s (error %v)", response.Status, err)
	}
	g.check(t, "the first of December has come", map[string]int{"octocat": 200, "Hubot_1": 403})

	if err := p.terminate(); err != nil {
		t.Errorf("ending usher: %v", err)
	}
	g.check(t, "usher is down", map[string]int{"octocat": 503, "octokitten": 503})
}

func TestTheGatewayOfTheDocumentationPassesOnNothingThatItShouldNot(t *testing.T) {
	t.Parallel()
	nginx := findNginx(t)
	p := startForGateway(t)
	g := startGateway(t, nginx, strings.TrimPrefix(p.url, "http://"), "ghs_gateway")
	told := http.Header{
		"X-Github-Api-Version": {"1999-01-01"}, // which usher would refuse
		"Usher-Entitled":       {"true"},
	}
	if got, _ := g.ask(t, "octocat", password, told, "Why?"); got != 200 {
		t.Errorf("somebody with a seat and odd headers: got %d, want 200", got)
	}
	last := g.model.last()
	if last == nil || last.Header.Get("Authorization") != "" || last.Method != http.MethodPost || last.URL.String() != "/v1/completions?x=1" {
		t.Errorf("the model got %+v, want the request without the person's password", last)
	}
	if got, body := g.ask(t, "octokitten", password, told, "Why?"); got != 403 || strings.Contains(body, completion) {
		t.Errorf("somebody without a seat who says otherwise: got %d %s, want 403", got, body)
	}
	for _, wrong := range []string{"", "wrong"} {
		if got, _ := g.ask(t, "octocat", wrong, nil, ""); got != 401 {
			t.Errorf("the password %q: got %d, want 401", wrong, got)
		}
	}
	if got := strings.Count(p.stderr.String(), "path=/_usher/orgs/octodemo/entitlements/"); got != 2 {
		t.Errorf("usher was asked %d times, want twice: not for who is nobody here\n%s", got, p.stderr)
	}
	if got, body := g.get(t, "/ask-usher", "octocat"); got != 403 {
		t.Errorf("nginx' own question, from outside: got %d %s, want 403", got, body)
	}
}

func TestTheGatewayOfTheDocumentationLetsNobodyInWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	nginx := findNginx(t)
	p := startForGateway(t)
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = deaf.Close() })
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"entitled":true,"until":null,"through":[]}`) // without the header
	}))
	t.Cleanup(silent.Close)
	for _, c := range []struct {
		name, address, token string
		want                 int
	}{
		{"usher does not know the gateway's token", strings.TrimPrefix(p.url, "http://"), "ghs_revoked", 503},
		{"usher does not answer in time", deaf.Addr().String(), "ghs_gateway", 503},
		{"what answers is not usher", strings.TrimPrefix(silent.URL, "http://"), "ghs_gateway", 403},
	} {
		g := startGateway(t, nginx, c.address, c.token)
		g.check(t, c.name, map[string]int{"octocat": c.want})
	}
}

// The token goes to nobody whose certificate is of another authority, nor is such a one believed.
func TestTheGatewayOfTheDocumentationTrustsNoOtherServer(t *testing.T) {
	t.Parallel()
	nginx := findNginx(t)
	dir := t.TempDir()
	var asked atomic.Int64
	lets := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Usher-Entitled", "true")
	})
	usher, impostor := httptest.NewTLSServer(lets), httptest.NewUnstartedServer(lets)
	t.Cleanup(usher.Close)
	impostor.TLS = &tls.Config{Certificates: []tls.Certificate{selfSigned(t, "example.com")}}
	impostor.StartTLS()
	t.Cleanup(impostor.Close)
	authority := filepath.Join(dir, "usher-ca.pem")
	writeFile(t, authority, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: usher.Certificate().Raw})))

	startSecuredGateway(t, nginx, usher.Listener.Addr().String(), "ghs_gateway", authority).
		check(t, "a server that the gateway trusts", map[string]int{"octocat": 200})
	before := asked.Load()
	startSecuredGateway(t, nginx, impostor.Listener.Addr().String(), "ghs_gateway", authority).
		check(t, "another one", map[string]int{"octocat": 503})
	if got := asked.Load(); got != before {
		t.Errorf("another server was asked %d times, and told the token", got-before)
	}
}

// findNginx is an nginx: the installed one, else the one that `make nginx` brings.
func findNginx(t *testing.T) string {
	t.Helper()
	brought, err := filepath.Abs(filepath.Join("testdata", "nginx", "usr", "sbin", "nginx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nginx", "/usr/sbin/nginx", brought} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("docs/gateway.md is not tested: nginx is missing; install it, or run `make nginx` where there is Debian's apt-get")
	return ""
}

func startForGateway(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "world.yaml"), gatewayWorld)
	p, err := startUsher(dir, nil, "--listen", "127.0.0.1:0", "--rehearsal", "--seed", "world.yaml", "--database", enginetest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// model stands for what is behind a gateway, and keeps what it was asked last.
type model struct {
	*httptest.Server
	mu    sync.Mutex
	asked *http.Request
}

const completion = "because"

func startModel(t *testing.T) *model {
	t.Helper()
	m := &model{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.asked = r
		_, _ = io.WriteString(w, completion)
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *model) last() *http.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// gateway is an nginx that runs the example.
type gateway struct {
	client *http.Client
	model  *model
	log    *output
}

// password is everybody's.
const password = "swordfish"

// startGateway runs the example in front of what answers at an address, with a token.
func startGateway(t *testing.T, nginx, address, token string) *gateway {
	t.Helper()
	return startSecuredGateway(t, nginx, address, token, "")
}

// startSecuredGateway runs the example in front of what answers at an address by TLS, and has a
// certificate from an authority; without one, as startGateway does.
func startSecuredGateway(t *testing.T, nginx, address, token, authority string) *gateway {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw") // short: the name of a socket has about a hundred bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	g := &gateway{model: startModel(t), log: newOutput()}
	roots := gatewayCertificate(t, dir)
	writeFile(t, filepath.Join(dir, "people"), people())
	examples := nginxExamples(t)
	writeFile(t, filepath.Join(dir, "usher-token.conf"), replaced(t, examples[1], "ghs_gateway", token))
	if authority != "" {
		trust := replaced(t, examples[2], "/etc/nginx/usher-ca.pem", authority, "usher.example.com", "example.com")
		examples[0] = replaced(t, examples[0], "proxy_pass http://usher/", trust+"proxy_pass https://usher/")
	}
	writeFile(t, filepath.Join(dir, "gateway.conf"), replaced(t, examples[0],
		"server 127.0.0.1:8080;", "server "+address+";",
		"server 127.0.0.1:9000;", "server "+strings.TrimPrefix(g.model.URL, "http://")+";",
		"listen 443 ssl;", "listen unix:"+filepath.Join(dir, "gateway.sock")+" ssl;",
		"/run/nginx-nobody.sock", filepath.Join(dir, "nobody.sock"),
		"/etc/nginx", dir,
	))
	writeFile(t, filepath.Join(dir, "nginx.conf"), mainConfig(dir))

	command := exec.CommandContext(t.Context(), nginx, "-p", dir, "-e", "stderr", "-c", filepath.Join(dir, "nginx.conf"))
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = patience
	command.Stderr = g.log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		<-ended // the test's context has ended
		if t.Failed() {
			t.Logf("nginx wrote:\n%s", g.log)
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "gateway.sock"))
	}
	g.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(g.client.CloseIdleConnections)
	enginetest.Await(t, "an nginx that listens", func() bool {
		conn, err := dial(t.Context(), "", "")
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return g
}

// mainConfig is what a distribution's nginx.conf would be, with all that is written in dir.
func mainConfig(dir string) string {
	user := ""
	if os.Getuid() == 0 {
		user = "user root root;" // who may read dir
	}
	paths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		paths += fmt.Sprintf("%s_temp_path %s; ", kind, filepath.Join(dir, kind))
	}
	return fmt.Sprintf("daemon off; %s worker_processes 1; pid %s; error_log stderr;\nevents { }\nhttp { access_log off; %sinclude %s; }\n",
		user, filepath.Join(dir, "pid"), paths, filepath.Join(dir, "gateway.conf"))
}

// nginxExamples are the blocks of nginx in the documentation.
func nginxExamples(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "gateway.md"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, part := range strings.Split(string(page), "```nginx\n")[1:] {
		example, _, _ := strings.Cut(part, "```")
		examples = append(examples, example)
	}
	if len(examples) != 3 || strings.Count(examples[0], "\n") > 40 {
		t.Fatalf("got %d examples, want three: a gateway in forty lines, its token, and whom it trusts", len(examples))
	}
	return examples
}

// replaced is a text with others in the place of some of its parts, all of which it has.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// people is a file of passwords for all who can stand in one, known to usher or not.
func people() string {
	var lines strings.Builder
	for _, login := range append(oddLogins(), "monalisa", "octocat", "OCTOCAT", "Hubot_1", "octokitten", "newhire", "outsider", "nobody") {
		fmt.Fprintf(&lines, "%s:{PLAIN}%s\n", login, password)
	}
	return lines.String()
}

// oddLogins are none: in a path they would ask something else.
func oddLogins() []string {
	return []string{"octocat?", "octocat?as_of=1", "octocat/", "x/../octocat", "octocat%20", "octocat#", "octo cat", ".", "", strings.Repeat("x", 101)}
}

// selfSigned is a certificate that nobody but its own key has signed.
func selfSigned(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key}
}

// gatewayCertificate puts the certificate of package httptest into a directory; it is for example.com.
func gatewayCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "gateway.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	writeFile(t, filepath.Join(dir, "gateway.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}

// check asks for a completion for each person. Who is let in has the model's, the others have
// nothing of it.
func (g *gateway) check(t *testing.T, when string, want map[string]int) {
	t.Helper()
	for login, status := range want {
		got, body := g.ask(t, login, password, nil, "Why?")
		if got != status || (body == completion) != (status == 200) {
			t.Errorf("%s, %q: got %d %s, want %d", when, login, got, body, status)
		}
	}
}

// ask asks the model behind the gateway something.
func (g *gateway) ask(t *testing.T, login, password string, header http.Header, prompt string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/v1/completions?x=1", strings.NewReader(prompt))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.SetBasicAuth(login, password)
	return g.send(t, request)
}

func (g *gateway) get(t *testing.T, path, login string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(login, password)
	return g.send(t, request)
}

func (g *gateway) send(t *testing.T, request *http.Request) (status int, body string) {
	t.Helper()
	response, err := g.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
