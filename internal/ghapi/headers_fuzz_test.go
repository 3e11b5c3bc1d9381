package ghapi

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// FuzzHeaders reads two lines as Authorization, as Accept-Encoding and as If-None-Match. What
// they mean is told by readers that were written from RFC 9110 alone, and only where the
// lines are as it has them; whatever else they are, there is an answer.
func FuzzHeaders(f *testing.F) {
	for _, lines := range [][2]string{
		{"", ""},
		{"Bearer ghp_x", "token  ghp_x "},
		{"bAsIc dXNlcjpnaHBfeA==", "Basic dXNlcg=="},
		{"Basic !", "Basic"},
		{"Digest username=x", "Bearer\tx"},
		{"gzip", "br"},
		{"br;q=1.0, GZIP ; Q=0.500, *;q=0", "x-gzip;q=0"},
		{"*", "gzip;q=0"},
		{"*;q=0.0", "identity"},
		{"gzip;q=NaN", "gzip;q=1e-9"},
		{`"x"`, `W/"x", "a"`},
		{`*`, `, ,"a,b",`},
		{`W/"x"`, `"a", "b" `},
		{`w/"x"`, `"x`},
		{`"a,*,b"`, ``},
		{`*`, ``},
	} {
		f.Add(lines[0], lines[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		lines := []string{one, other}
		checkCredential(t, one)
		checkEncoding(t, lines)
		checkKnown(t, lines)
	})
}

func TestAStarInATagIsNoStar(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{`*`: true, " *\t": true, `"a,*,b"`: false, `"*"`: false, `W/"*"`: false, `"a,*,b", "x"`: true, `"a,*", W/"x"`: true} {
		if got := knows(headerOf("If-None-Match", line), `"x"`); got != want {
			t.Errorf("If-None-Match: %s, of a list that has \"x\" or a star: got %v, want %v", line, got, want)
		}
	}
}

func TestAPercentSignInAHostIsItself(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"%": "http://%25", "a%2Fb": "http://a%252Fb", "[fe80::1%eth0]:80": "http://[fe80::1%25eth0]:80"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if got := (Bases{}).of(r, "").web; got != want {
			t.Errorf("Host: %s: the base is %s, want %s", host, got, want)
		}
	}
}

func headerOf(name string, lines ...string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header[name] = lines
	return r
}

// token68 is how RFC 9110 (11.2) has a token behind a scheme.
var token68 = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

func checkCredential(t *testing.T, line string) {
	t.Helper()
	switch token, basic := credential(headerOf("Authorization", line)); {
	case basic:
		_, encoded, _ := strings.Cut(strings.TrimSpace(line), " ")
		if decoded, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded)); !strings.HasSuffix(string(decoded), token) {
			t.Errorf("the password of %q: got %q, which is not in %q", line, token, decoded)
		}
	case !strings.Contains(line, token):
		t.Errorf("the token of %q: got %q", line, token)
	}
	password := base64.StdEncoding.EncodeToString([]byte("user:" + line))
	if token, basic := credential(headerOf("Authorization", "BASIC "+password)); token != line || !basic {
		t.Errorf("a password: got %q, want %q", token, line)
	}
	for _, scheme := range []string{"Bearer ", "bearer   ", "token ", "TOKEN "} {
		if token, basic := credential(headerOf("Authorization", scheme+line)); token68.MatchString(line) && (token != line || basic) {
			t.Errorf("%s%s: got %q", scheme, line, token)
		}
	}
}

// wholeCoding is one coding of Accept-Encoding (RFC 9110, 12.5.3), with its weight.
var wholeCoding = regexp.MustCompile(`^([!#$%&'*+.^_|~0-9A-Za-z` + "`" + `-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$`)

func checkEncoding(t *testing.T, lines []string) {
	t.Helper()
	got := acceptsGzip(headerOf("Accept-Encoding", lines...))
	taken := map[string]bool{} // by coding
	for element := range elements(lines) {
		coding := wholeCoding.FindStringSubmatch(element)
		if coding == nil {
			return
		}
		name := strings.TrimPrefix(strings.ToLower(coding[1]), "x-")
		if _, twice := taken[name]; twice {
			return // RFC 9110 does not say which counts
		}
		taken[name] = coding[2] == "" || strings.ContainsAny(coding[2], "123456789")
	}
	want, named := taken["gzip"]
	if !named {
		want = taken["*"]
	}
	if got != want {
		t.Errorf("Accept-Encoding %q takes gzip: got %v, want %v", lines, got, want)
	}
}

// elements are those of a list (RFC 9110, 5.6.1) in which no element has a comma; empty
// ones do not count.
func elements(lines []string) func(func(string) bool) {
	all := strings.Split(strings.Join(lines, ","), ",")
	for i, element := range all {
		all[i] = strings.Trim(element, " \t")
	}
	return slices.Values(slices.DeleteFunc(all, func(element string) bool { return element == "" }))
}

// wholeTags is If-None-Match as RFC 9110 (13.1.2) has it, but for a star.
var (
	oneTag    = regexp.MustCompile(`(?:W/)?("[\x21\x23-\x7e\x{80}-\x{10ffff}]*")`)
	wholeTags = regexp.MustCompile(`^[ \t,]*(?:` + oneTag.String() + `[ \t]*(?:,[ \t,]*|$))*$`)
)

func checkKnown(t *testing.T, lines []string) {
	t.Helper()
	all := strings.Join(lines, ",")
	for _, tag := range []string{`"x"`, tagOf(nil)} {
		got := knows(headerOf("If-None-Match", lines...), tag)
		if got && !strings.Contains(all, tag) && !strings.Contains(all, "*") {
			t.Errorf("If-None-Match %q is taken for %s", lines, tag)
		}
		star := all == "*" || all == "*," || all == ",*" // the other line is empty
		if !star && !wholeTags.MatchString(all) {
			continue
		}
		want := star
		for _, found := range oneTag.FindAllStringSubmatch(all, -1) {
			want = want || found[1] == tag
		}
		if got != want {
			t.Errorf("If-None-Match %q has %s: got %v, want %v", lines, tag, got, want)
		}
	}
}

// absolute is a base as RFC 3986 has it: a scheme, a host, and nothing more.
var absolute = regexp.MustCompile(`^https?://([A-Za-z0-9._~!$&'()*+,;=:\[\]@-]|%[0-9A-F]{2})+$`)

// FuzzBase: whatever a request says of where it was sent, the base of the links is an
// address in one line, and what a proxy would say counts only from one that is believed.
func FuzzBase(f *testing.F) {
	for _, c := range [][5]string{
		{"api.example.com", "10.0.0.1:1", "", "", ""},
		{"a:80", "10.0.0.1:1", "https", "ghe.example", "192.0.2.1"},
		{"[::1]:8080", "[::ffff:10.0.0.1]:1", "http, HTTPS ", "a.example, [2001:db8::1]:443", "spoofed, 192.0.2.1, 10.1.1.1"},
		{"a", "192.0.2.1:1", "https", "b", "10.0.0.1"},
		{"a", "10.0.0.1:1", "javascript", "a/b", "192.0.2.1:80"},
		{"a", "", "https,", "user@host:80", "fe80::1%eth0"},
		{"a", "10.0.0.1:1", "https", "[::1", "::ffff:10.0.0.2,::ffff:192.0.2.1"},
		{"a", "10.0.0.1:1", "https", "a:b:c", "10.0.0.1,10.0.0.2"},
		{"a", "10.0.0.1:1", "https", "a:99999", ","},
		{"%", "10.0.0.1:1", "", "%", ""},
		{`evil"><x`, "10.0.0.1:1", "", "", ""},
		{"%C3%A9vil", "", "", "", ""},
	} {
		f.Add(c[0], c[1], c[2], c[3], c[4])
	}
	bases := Bases{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	f.Fuzz(func(t *testing.T, host, remote, scheme, forwardedHost, forwardedFor string) {
		plain := httptest.NewRequest("GET", "/", nil)
		if plain.Host = received(host); plain.Host == "" {
			return
		}
		plain.RemoteAddr = remote
		forwarded := plain.Clone(t.Context())
		forwarded.Header["X-Forwarded-Proto"] = []string{scheme}
		forwarded.Header["X-Forwarded-Host"] = []string{forwardedHost}
		forwarded.Header["X-Forwarded-For"] = []string{forwardedFor}

		if got := (Bases{}).of(forwarded, ""); got != (Bases{}).of(plain, "") || !absolute.MatchString(got.web) {
			t.Errorf("without proxies: got %q for the host %q", got.web, plain.Host)
		}
		if got := (Bases{}).client(forwarded); got != peer(plain) {
			t.Errorf("without proxies, the client of %q: got %s", remote, got)
		}
		checkForwarded(t, bases, plain, forwarded)
	})
}

// received is the Host that package net/http makes of what stands in a request's header, or
// in an absolute request line, which it looks at less closely; empty for what it refuses.
func received(host string) string {
	const inHeader = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$%&()*+,-.:;=[']_~"
	if strings.Trim(host, inHeader) == "" {
		return host
	}
	line, err := url.ParseRequestURI("http://" + host + "/")
	if err != nil {
		return ""
	}
	return line.Host
}

func checkForwarded(t *testing.T, bases Bases, plain, forwarded *http.Request) {
	t.Helper()
	got, client := bases.of(forwarded, prefix), bases.client(forwarded)
	if !bases.trusts(peer(plain)) {
		if want := bases.of(plain, prefix); got != want || client != peer(plain) {
			t.Errorf("a stranger's %v: got %v and the client %s, want %v and %s", forwarded.Header, got, client, want, peer(plain))
		}
		return
	}
	own := bases.of(plain, "").web
	_, ownHost, _ := strings.Cut(own, "://")
	_, host, _ := strings.Cut(got.web, "://")
	if !absolute.MatchString(got.web) || got.api != got.web+prefix {
		t.Errorf("a proxy's %v: the base is %q and %q", forwarded.Header, got.web, got.api)
	}
	if address, err := url.Parse(got.web); host != ownHost && (err != nil || address.Hostname() == "" || !strings.HasSuffix(strings.TrimSpace(forwarded.Header.Get("X-Forwarded-Host")), host)) {
		t.Errorf("a proxy's %v: the base is %q: %v", forwarded.Header, got.web, err)
	}
	if client != clientBehind(bases, forwarded) {
		t.Errorf("a proxy's %v: the client is %s, want %s", forwarded.Header, client, clientBehind(bases, forwarded))
	}
}

// clientBehind is who a request comes from, told by walking from the nearest hop.
func clientBehind(bases Bases, r *http.Request) netip.Addr {
	hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	client := peer(r)
	for len(hops) > 0 && bases.trusts(client) {
		hop := strings.TrimSpace(hops[len(hops)-1])
		next, err := netip.ParseAddr(hop)
		if withPort, wrong := netip.ParseAddrPort(hop); wrong == nil {
			next, err = withPort.Addr(), nil
		}
		if err != nil {
			return client
		}
		client, hops = next.Unmap().WithZone(""), hops[:len(hops)-1]
	}
	return client
}
