package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// target is what a command acts on: a server that runs, by its HTTP API, or a database.
type target struct {
	URL      string `name:"url" placeholder:"URL" help:"The running server to ask, like https://usher.example.com; the token of a site administrator stands in USHER_TOKEN. Left out: the database itself is opened."`
	Database string `placeholder:"FILE|URL" help:"The database, an SQLite file or a postgres:// URL; it must exist. Left out: usher.db in the working directory."`
}

// tokenVariable is where a token for a server stands. There is no flag for it: the arguments of
// a process are there for everybody on the machine to read.
const tokenVariable = "USHER_TOKEN"

// The limits of a question to a server. A change of many accounts takes long.
const (
	connectPatience = 10 * time.Second
	answerPatience  = 10 * time.Minute
	maxAnswer       = 256 << 20 // bytes: what a whole world may have as a file
)

// remote is a server that runs elsewhere, as its HTTP API shows it.
type remote struct {
	base   string // without a slash at its end
	token  string
	client *http.Client
}

// remote is the server that the command asks; nil where it works on a database.
func (t target) remote(p Process) (*remote, error) {
	if t.URL == "" {
		return nil, nil
	}
	if t.Database != "" {
		return nil, usageError{"--url and --database exclude each other, and so do USHER_URL and USHER_DATABASE: a server that runs is asked, or a database is opened"}
	}
	base, err := parseServerURL(t.URL)
	if err != nil {
		return nil, err
	}
	token := strings.TrimSpace(p.Getenv(tokenVariable))
	if token == "" {
		return nil, usageError{fmt.Sprintf("--url needs the token of a site administrator in the environment variable %s, which is empty", tokenVariable)}
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, usageError{tokenVariable + " holds a space or a character that no token has: only the token belongs there"}
	}
	if base.Scheme == "http" && !isLoopback(base.Hostname()) {
		fmt.Fprintf(p.Stderr, "usher: %s is not encrypted: whoever sees the traffic can read the token; use https://\n", base.Redacted())
	}
	return &remote{base: strings.TrimRight(base.String(), "/"), token: token, client: newClient()}, nil
}

// parseServerURL reads --url.
func parseServerURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil || !isBase(base) {
		if at := strings.LastIndex(text, "@"); at >= 0 { // what stands before it may be a password
			text = "…" + text[at:]
		}
		return nil, usageError{fmt.Sprintf("--url %q is not the address of a server: give it like https://usher.example.com or http://127.0.0.1:8080", text)}
	}
	return base, nil
}

func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// newClient trusts whom the system trusts and follows no redirects: a token is for the server
// that was named.
func newClient() *http.Client {
	return &http.Client{
		Timeout: answerPatience,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: connectPatience}).DialContext,
			TLSHandshakeTimeout: connectPatience,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call asks the server with a value as JSON, nil for none, and reads the answer into another
// one, nil for none.
func (r *remote) call(ctx context.Context, method, path string, sent, answer any) error {
	var body []byte
	if sent != nil {
		var err error
		if body, err = json.Marshal(sent); err != nil {
			return err
		}
	}
	_, data, err := r.send(ctx, method, path, "application/json", body)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return r.stranger("an answer that is none of usher's")
	}
	return nil
}

// send sends bytes to a path, which begins with a slash, and returns the answer. An answer of
// 300 and above is an error that says what the server says.
func (r *remote) send(ctx context.Context, method, path, contentType string, body []byte) (http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("User-Agent", "usher/"+version())
	if len(body) > 0 {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, nil, r.unreached(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("the answer of %s broke off: whether it did what it was asked to is not known (%w)", r.base, err)
	case len(data) > maxAnswer:
		return nil, nil, r.stranger("more than 256 MiB")
	case answer.StatusCode >= http.StatusMultipleChoices:
		return nil, nil, r.refusal(answer, data)
	}
	return answer.Header, data, nil
}

// unreached is why no answer came. A request that was sent may have been carried out.
func (r *remote) unreached(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	if errors.As(err, &authority) {
		return fmt.Errorf("%s cannot be reached: nobody whom this machine trusts has signed its certificate. Where that is right, name the authority's own certificate in the environment variable SSL_CERT_FILE (%w)", r.base, err)
	}
	if errors.As(err, &network) && network.Op == "dial" || errors.As(err, &certificate) {
		return fmt.Errorf("%s cannot be reached: %w", r.base, err)
	}
	return fmt.Errorf("%s did not answer: whether it did what it was asked to is not known (%w)", r.base, err)
}

// stranger is an answer that usher would not have given.
func (r *remote) stranger(what string) error {
	return fmt.Errorf("%s answers with %s: is that the address of a usher?", r.base, what)
}

// refused is an error in the form in which GitHub has them, and so usher. Errors may be other
// than a list, and then has nothing to add.
type refused struct {
	Message string          `json:"message"`
	Errors  json.RawMessage `json:"errors"`
}

// lines are what is wrong, each thing in a line of its own.
func (f refused) lines() []string {
	var items []struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(f.Errors, &items)
	said := f.Message
	for _, item := range items {
		said += "\n" + item.Message
	}
	return strings.FieldsFunc(said, func(r rune) bool { return r == '\n' || r == '\r' })
}

// refusal is what the server says of a question that it did not answer.
func (r *remote) refusal(answer *http.Response, data []byte) error {
	if to := answer.Header.Get("Location"); to != "" && answer.StatusCode < http.StatusBadRequest {
		return fmt.Errorf("%s leads to %s, where the token is not sent: give the server's own address", r.base, to)
	}
	var said refused
	if json.Unmarshal(data, &said) != nil || len(said.lines()) == 0 {
		return r.stranger(answer.Status)
	}
	if answer.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%s does not accept the token in %s: it is none, has expired or was revoked", r.base, tokenVariable)
	}
	return fmt.Errorf("%s refuses (%d): %s", r.base, answer.StatusCode, strings.Join(said.lines(), "\n"))
}
