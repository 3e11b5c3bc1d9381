package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// pairFiles are a certificate for this machine with its key, in files.
type pairFiles struct{ cert, key string }

// newPair writes a new pair to a directory; the number is the certificate's.
func newPair(t *testing.T, directory string, number int64) pairFiles {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number),
		Subject:      pkix.Name{CommonName: "usher"},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		DNSNames:     []string{"usher.test"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := pairFiles{filepath.Join(directory, "cert.pem"), filepath.Join(directory, "key.pem")}
	write(t, files.cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	write(t, files.key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return files
}

// content is what a file holds.
func content(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// secured is a configuration with a certificate of its own, and a client that believes it.
func secured(t *testing.T, seed string) (Config, pairFiles, *tls.Config) {
	t.Helper()
	config := configWith(t, seed)
	files := newPair(t, t.TempDir(), 1)
	config.TLSCert, config.TLSKey = files.cert, files.key
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(content(t, files.cert))) {
		t.Fatal("the certificate cannot be believed")
	}
	return config, files, &tls.Config{RootCAs: roots, ServerName: "usher.test"}
}

func TestTLSIsSpokenFromVersion12OnAndUnderHTTP1Alone(t *testing.T) {
	t.Parallel()
	config, _, client := secured(t, world)
	s := run(t, config)
	address, ok := strings.CutPrefix(s.url, "https://")
	if !ok {
		t.Fatalf("got the URL %s, want https", s.url)
	}
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		asked := client.Clone()
		asked.MinVersion, asked.MaxVersion, asked.NextProtos = version, version, []string{"h2", "http/1.1"}
		conn, err := tls.Dial("tcp", address, asked)
		if spoken := err == nil; spoken != want {
			t.Errorf("%s: got %v, want that it is spoken: %t", tls.VersionName(version), err, want)
		}
		if err != nil {
			continue
		}
		if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
			t.Errorf("%s: got protocol %q, want http/1.1", tls.VersionName(version), got)
		}
		_ = conn.Close()
	}
}

func TestLinksOfAnAnswerOverTLSAreHTTPS(t *testing.T) {
	t.Parallel()
	config, _, client := secured(t, world)
	s := run(t, config)
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.url+billing+"/seats?per_page=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer ghp_mona")
	transport := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if link := response.Header.Get("Link"); response.Proto != "HTTP/1.1" || !strings.HasPrefix(link, "<"+s.url+"/organizations/1/") {
		t.Errorf("got %s %s with Link %s, want one that begins with %s", response.Proto, response.Status, link, s.url)
	}
	if got := response.Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("the answer does not say that it is to be had over TLS only")
	}
}

func TestARenewedPairIsServedToNewConnections(t *testing.T) {
	t.Parallel()
	config, files, client := secured(t, world)
	log := &syncBuffer{}
	config.Log = slog.New(slog.NewTextHandler(log, nil))
	s := run(t, config)
	address := strings.TrimPrefix(s.url, "https://")
	before, err := tls.Dial("tcp", address, client)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()

	renewed := newPair(t, t.TempDir(), 2)
	for from, to := range map[string]string{renewed.cert: files.cert, renewed.key: files.key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	client.RootCAs.AppendCertsFromPEM([]byte(content(t, files.cert)))
	enginetest.Await(t, "the renewed certificate", func() bool {
		conn, err := tls.Dial("tcp", address, client)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64() == 2
	})
	if !strings.Contains(log.String(), `msg="a renewed certificate is served to new connections" names=[usher.test] addresses=[127.0.0.1] until=2120-01-01T00:00:00Z`) {
		t.Errorf("the log does not tell of the renewed certificate:\n%s", log)
	}
	if _, err := io.WriteString(before, "GET /_usher/live HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(before); !strings.HasPrefix(string(got), "HTTP/1.0 200 OK") || err != nil {
		t.Errorf("a connection from before: got %q and %v, want an answer", got, err)
	}
}

func TestAPairThatDoesNotFitLeavesTheOneBeforeAndIsLoggedOncePerChange(t *testing.T) {
	t.Parallel()
	files, other := newPair(t, t.TempDir(), 1), newPair(t, t.TempDir(), 2)
	p, err := openKeyPair(Config{TLSCert: files.cert, TLSKey: files.key})
	if err != nil {
		t.Fatal(err)
	}
	cert, key := content(t, other.cert), content(t, other.key)
	old := content(t, files.key)
	remove := func(file string) {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	const kept = `level=WARN msg="the files of the certificate have changed and cannot be used; the certificate before is served on" error="`
	both := "--tls-cert " + files.cert + " with --tls-key " + files.key + ": "
	const renewed = `level=INFO msg="a renewed certificate is served to new connections" `
	for _, step := range []struct {
		name   string
		change func()
		want   string // how the one line begins; empty: none
		serial int64
	}{
		{"nothing", func() {}, "", 1},
		{"the certificate of another key", func() { write(t, files.cert, cert) }, kept + both + `tls: private key does not match public key"`, 1},
		{"half a key", func() { write(t, files.key, key[:len(key)/2]) }, kept + both + "tls: ", 1},
		{"no key", func() { remove(files.key) }, kept + "--tls-key " + files.key + `: there is no such file"`, 1},
		{"the key", func() { write(t, files.key, key) }, renewed, 2},
		{"an empty certificate", func() { write(t, files.cert, "") }, kept + both + "tls: failed to find any PEM data in certificate input", 2},
		{"the certificate in another file", func() {
			write(t, files.cert+".new", cert)
			if err := os.Rename(files.cert+".new", files.cert); err != nil {
				t.Fatal(err)
			}
		}, renewed, 2},
		{"the key of the first certificate", func() { write(t, files.key, old) }, kept + both, 2},
		{"its time alone", func() {
			if err := os.Chtimes(files.key, time.Time{}, time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
		}, kept + both, 2},
	} {
		step.change()
		var log bytes.Buffer
		for range 3 {
			p.renew(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
		}
		lines := slices.Collect(strings.Lines(log.String()))
		if step.want == "" && len(lines) > 0 || step.want != "" && (len(lines) != 1 || !strings.HasPrefix(lines[0], step.want)) {
			t.Errorf("%s: got %q, want one line that begins with %q, or none", step.name, lines, step.want)
		}
		if got := p.served.Load().Leaf.SerialNumber.Int64(); got != step.serial {
			t.Errorf("%s: certificate %d is served, want %d", step.name, got, step.serial)
		}
	}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func TestAPairThatCannotBeUsedKeepsTheServerFromStarting(t *testing.T) {
	t.Parallel()
	files, other := newPair(t, t.TempDir(), 1), newPair(t, t.TempDir(), 2)
	directory := t.TempDir()
	for _, c := range []struct{ cert, key, want string }{
		{files.cert + ".x", files.key, "--tls-cert " + files.cert + ".x: there is no such file"},
		{files.cert, files.key + ".x", "--tls-key " + files.key + ".x: there is no such file"},
		{files.cert, other.key, "--tls-cert " + files.cert + " with --tls-key " + other.key + ": tls: private key does not match public key"},
		{files.key, files.cert, "--tls-cert " + files.key + " with --tls-key " + files.cert + ": tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"},
		{directory, files.key, "--tls-cert: read " + directory + ": is a directory"},
	} {
		config := configWith(t, world)
		config.TLSCert, config.TLSKey = c.cert, c.key
		if err := Run(t.Context(), config); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// The deadlines hold as they do without TLS.
func TestAClientThatDoesNotReadIsCutOffOverTLSToo(t *testing.T) {
	t.Parallel()
	config, _, client := secured(t, crowd(100))
	s := serveWithin(t, config, func(l *limits) { l.write = 3 * time.Second })
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(16 << 10)
	const pages = 60
	if _, err := io.WriteString(tls.Client(conn, client), strings.Repeat("GET "+seatsPage+" HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer ghp_mona\r\n\r\n", pages)); err != nil {
		t.Fatal(err)
	}
	enginetest.Await(t, "an end of the connection", func() bool { return s.listener.hasClosed(conn.LocalAddr()) })
	enginetest.Await(t, "an end of the request", func() bool { return s.gate.running.Load() == 0 })
}

func TestWhoDoesNotShakeHandsIsCutOff(t *testing.T) {
	t.Parallel()
	config, _, _ := secured(t, world)
	s := serveWithin(t, config, func(l *limits) { l.readHeader = 500 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	enginetest.Await(t, "an end of the connection", func() bool { return s.listener.hasClosed(conn.LocalAddr()) })
}

func TestPlainHTTPIsSpokenBeyondThisMachineOnlyWhereThatIsSaid(t *testing.T) {
	t.Parallel()
	_, files, _ := secured(t, world)
	beyond := []string{":0", "0.0.0.0:0", "[::]:0"}
	if own := ownAddress(t); own.IsValid() {
		beyond = append(beyond, netip.AddrPortFrom(own, 0).String())
	}
	for _, address := range beyond {
		_, err := listen(t.Context(), Config{Listen: address})
		var exposed Exposure
		if !errors.As(err, &exposed) || exposed.Listen != address {
			t.Errorf("%s: got %v, want it refused", address, err)
		}
	}
	for name, config := range map[string]Config{
		"loopback":          {Listen: "127.0.0.1:0"},
		"other loopback":    {Listen: "127.8.9.10:0"},
		"its name":          {Listen: "localhost:0"},
		"with TLS":          {Listen: ":0", TLSCert: files.cert, TLSKey: files.key},
		"insecure":          {Listen: ":0", Insecure: true},
		"behind a proxy":    {Listen: ":0", BehindProxy: true},
		"a demo of its own": {Demo: true},
	} {
		listener, err := listen(t.Context(), config)
		if err != nil {
			t.Errorf("%s: got %v, want that it listens", name, err)
			continue
		}
		_ = listener.Close()
	}
}

// ownAddress is an address at which others reach this machine; the zero one where it has none.
func ownAddress(t *testing.T) netip.Addr {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr()
		}
	}
	return netip.Addr{}
}

// What a name is resolved to decides, not how it is spelt.
func TestANameIsJudgedByItsAddress(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "192.0.2.1": true, "::": true, "fe80::1": true} {
		err := Config{}.mayListen(&net.TCPAddr{IP: net.ParseIP(address), Port: 80}, "localhost:80")
		if got := err != nil; got != refused {
			t.Errorf("localhost as %s: got %v, want it refused: %t", address, err, refused)
		}
	}
}

func TestPlainHTTPOnANetworkIsWarnedOf(t *testing.T) {
	t.Parallel()
	const insecure, links = "plain HTTP on a network", "links in answers say http:"
	public := &url.URL{Scheme: "https", Host: "usher.test"}
	for _, c := range []struct {
		name   string
		config Config
		want   string
	}{
		{"on loopback", Config{Listen: "127.0.0.1:0", Insecure: true}, ""},
		{"insecure", Config{Listen: ":0", Insecure: true}, insecure},
		{"behind a proxy", Config{Listen: ":0", BehindProxy: true}, links},
		{"behind a proxy on loopback", Config{Listen: "127.0.0.1:0", BehindProxy: true}, ""},
		{"behind a proxy that is believed", Config{Listen: ":0", BehindProxy: true, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, ""},
		{"behind a proxy with a public URL", Config{Listen: ":0", BehindProxy: true, PublicURL: public}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			log := &syncBuffer{}
			config := configWith(t, world)
			c.config.Database, c.config.Seed = config.Database, config.Seed
			c.config.Log = slog.New(slog.NewTextHandler(log, nil))
			s := run(t, c.config)
			if !strings.HasPrefix(s.url, "http://127.0.0.1:") {
				t.Errorf("got the URL %s, want one of this machine", s.url)
			}
			for _, warning := range []string{insecure, links} {
				if got := strings.Contains(log.String(), warning); got != (warning == c.want) {
					t.Errorf("got a warning of %q: %t\n%s", warning, got, log)
				}
			}
		})
	}
}

// An answer in parts has time for each, and is torn, as it is without TLS.
func TestAnAnswerInPartsIsProlongedAndTornOverTLSToo(t *testing.T) {
	t.Parallel()
	config, _, client := secured(t, world)
	s := open(t, config)
	s.limits.read, s.limits.write = time.Second, time.Second
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			s.limits.prolong(w)
			_, _ = io.WriteString(w, "part\n")
			_ = http.NewResponseController(w).Flush()
			pass(t, 500*time.Millisecond)
		}
		panic(http.ErrAbortHandler)
	})
	served := httptest.NewUnstartedServer(nil)
	s.front.open(s.handler)
	served.Config = newWeb(s.front, s.limits, s.log)
	served.TLS = s.front.pair.config()
	served.StartTLS()
	defer served.Close()
	transport := &http.Transport{TLSClientConfig: client}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(served.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != "part\npart\npart\n" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q and %v, want three parts and an unexpected end", got, err)
	}
}
