package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// keyPair is the certificate and key that clients are shown: what their files held when both
// last fitted each other.
type keyPair struct {
	certFile, keyFile string

	served atomic.Pointer[tls.Certificate]
	cert   sight // how the files were when they were last read
	key    sight
}

// openKeyPair reads the files that config names; nil where it names none.
func openKeyPair(config Config) (*keyPair, error) {
	if config.TLSCert == "" && config.TLSKey == "" {
		return nil, nil
	}
	p := &keyPair{certFile: config.TLSCert, keyFile: config.TLSKey}
	p.cert, p.key = look(p.certFile), look(p.keyFile)
	if err := p.read(); err != nil {
		return nil, err
	}
	return p, nil
}

// read takes the files as they are; where that fails, what was served is served on.
func (p *keyPair) read() error {
	cert, err := readFile("--tls-cert", p.certFile)
	if err != nil {
		return err
	}
	key, err := readFile("--tls-key", p.keyFile)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("--tls-cert %s with --tls-key %s: %w", p.certFile, p.keyFile, err)
	}
	p.served.Store(&pair)
	return nil
}

func readFile(flag, file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s %s: there is no such file", flag, file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return data, nil
}

// renew reads files that have changed since it looked last. Each change is logged once: who
// writes two files one after the other is told that they do not fit, and then that they do.
func (p *keyPair) renew(log *slog.Logger) {
	if p == nil {
		return
	}
	cert, key := look(p.certFile), look(p.keyFile)
	if cert.same(p.cert) && key.same(p.key) {
		return
	}
	p.cert, p.key = cert, key
	if err := p.read(); err != nil {
		log.Warn("the files of the certificate have changed and cannot be used; the certificate before is served on", "error", err)
		return
	}
	log.Info("a renewed certificate is served to new connections", p.about()...)
}

// about is what a log says of the certificate.
func (p *keyPair) about() []any {
	leaf := p.served.Load().Leaf
	return []any{"names", leaf.DNSNames, "addresses", leaf.IPAddresses, "until", leaf.NotAfter.UTC().Format(time.RFC3339)}
}

// config is how connections are secured. Each new one is shown the pair that is served then.
func (p *keyPair) config() *tls.Config {
	if p == nil {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.served.Load(), nil
		},
	}
}

// sight is what can be seen of a file without reading it.
type sight struct {
	info os.FileInfo // nil where there is a problem
	why  string      // the problem
}

func look(file string) sight {
	info, err := os.Stat(file)
	if err != nil {
		return sight{why: err.Error()}
	}
	return sight{info: info}
}

func (s sight) same(before sight) bool {
	if s.info == nil || before.info == nil {
		return s.info == before.info && s.why == before.why
	}
	return os.SameFile(s.info, before.info) && s.info.Size() == before.info.Size() && s.info.ModTime().Equal(before.info.ModTime())
}

// protocols is HTTP/1.1 and nothing else, with TLS too. The limits of this package rest on
// deadlines of a connection, which package net/http does not keep on HTTP/2: there the
// deadline of an answer that its client does not read passes without cutting it off, and
// headers that are half sent may stay so as long as an idle connection.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// Exposure is that a server would speak plain HTTP beyond its machine, and nobody said that it
// may.
type Exposure struct {
	Listen string // where, as it was asked for
}

// Error says what to do about it.
func (e Exposure) Error() string {
	return fmt.Sprintf("--listen %s can be reached from other machines, and without TLS tokens would go there in clear: give --tls-cert and --tls-key; or say --behind-proxy where a proxy in front speaks TLS; or --insecure to go without", e.Listen)
}

// mayListen refuses plain HTTP beyond this machine unless that was said to be meant.
func (c Config) mayListen(address *net.TCPAddr, asked string) error {
	secured := c.TLSCert != "" || c.TLSKey != ""
	if secured || c.Insecure || c.BehindProxy || address.IP.IsLoopback() {
		return nil
	}
	return Exposure{Listen: asked}
}

// warnOfPlainHTTP says aloud what was allowed by --insecure, and what --behind-proxy alone
// leaves undone.
func (s *Server) warnOfPlainHTTP(address net.Addr) {
	tcp, ok := address.(*net.TCPAddr)
	if s.front.pair != nil || !ok || tcp.IP.IsLoopback() {
		return
	}
	switch {
	case s.config.Insecure:
		s.log.Warn("plain HTTP on a network, as --insecure says: whoever can listen in on it has the tokens of all clients")
	case s.config.PublicURL == nil && len(s.config.TrustedProxies) == 0:
		s.log.Warn("behind a proxy, and links in answers say http: --public-url says where clients reach it, or --trusted-proxy whose X-Forwarded headers to believe")
	}
}
