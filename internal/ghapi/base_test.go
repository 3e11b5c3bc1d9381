package ghapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/usher-seats/usher/internal/ghapi"
)

// addresses are all that a page shows of where things are: the bases of its Link, of its
// url fields and of its html_url fields, each once.
type addresses struct{ Link, API, Web []string }

var linked = regexp.MustCompile(`<([^>]*)>`)

func addressesOf(t *testing.T, a answer) addresses {
	t.Helper()
	var found addresses
	for _, link := range linked.FindAllStringSubmatch(a.Header.Get("Link"), -1) {
		base, _, _ := strings.Cut(link[1], "/organizations/9919/copilot/billing/seats?")
		found.Link = append(found.Link, base)
	}
	var page struct {
		Seats []struct {
			Assignee struct {
				URL  string `json:"url"`
				HTML string `json:"html_url"`
			} `json:"assignee"`
		} `json:"seats"`
	}
	if err := json.Unmarshal([]byte(a.Body), &page); err != nil {
		t.Fatalf("%d %.300s: %v", a.Status, a.Body, err)
	}
	for _, seat := range page.Seats {
		base, login, _ := strings.Cut(seat.Assignee.URL, "/users/")
		found.API = append(found.API, base)
		found.Web = append(found.Web, strings.TrimSuffix(seat.Assignee.HTML, "/"+login))
	}
	for _, list := range []*[]string{&found.Link, &found.API, &found.Web} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return found
}

// reached fails the test unless everything that a page shows is at this base.
func reached(t *testing.T, name string, got answer, api, web string) {
	t.Helper()
	shown := addressesOf(t, got)
	want := addresses{[]string{api}, []string{api}, []string{web}}
	if !slices.Equal(shown.Link, want.Link) || !slices.Equal(shown.API, want.API) || !slices.Equal(shown.Web, want.Web) {
		t.Errorf("%s: got %q, want %q", name, shown, want)
	}
}

const twoSeats = seatsPath + "?per_page=2"

func TestAddressesAreWhereTheClientReachedTheServer(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	for _, c := range []struct {
		name, sent, api, web string
	}{
		{"a host", "GET " + twoSeats + " HTTP/1.1\nHost: usher.test", "http://usher.test", "http://usher.test"},
		{"a host with a port", "GET " + twoSeats + " HTTP/1.1\nHost: usher.test:8080", "http://usher.test:8080", "http://usher.test:8080"},
		{"a host in capitals", "GET " + twoSeats + " HTTP/1.1\nHost: Usher.TEST", "http://Usher.TEST", "http://Usher.TEST"},
		{"an IPv6 address", "GET " + twoSeats + " HTTP/1.1\nHost: [2001:db8::1]:8080", "http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"},
		{"below /api/v3", "GET /api/v3" + twoSeats + " HTTP/1.1\nHost: usher.test", "http://usher.test/api/v3", "http://usher.test"},
		{"below /api/v3 after duplicate slashes", "GET //api//v3/" + twoSeats + " HTTP/1.1\nHost: usher.test", "http://usher.test/api/v3", "http://usher.test"},
		{"an absolute request line", "GET http://api.github.localhost" + twoSeats + " HTTP/1.1\nHost: other.test", "http://api.github.localhost", "http://api.github.localhost"},
		{"HTTP/1.0 with a host", "GET " + twoSeats + " HTTP/1.0\nHost: old.test", "http://old.test", "http://old.test"},
		{"HTTP/1.0 without one", "GET " + twoSeats + " HTTP/1.0", "http://" + address, "http://" + address},
		{"an empty host", "GET " + twoSeats + " HTTP/1.1\nHost:", "http://" + address, "http://" + address},
		{"what a proxy that nobody trusts says", "GET " + twoSeats + " HTTP/1.1\nHost: usher.test\nX-Forwarded-Host: evil.test\nX-Forwarded-Proto: https\nX-Forwarded-For: 10.0.0.1\nForwarded: host=evil.test;proto=https\nX-Forwarded-Port: 1\nX-Forwarded-Prefix: /evil\nX-Original-Host: evil.test", "http://usher.test", "http://usher.test"},
		// What net/http lets through and is no host all the same.
		{"markup in an absolute request line", "GET http://evil\"><x" + twoSeats + " HTTP/1.1\nHost: usher.test", "http://evil%22%3E%3Cx", "http://evil%22%3E%3Cx"},
		{"letters of another script in an absolute request line", "GET http://%C3%A9vil.test" + twoSeats + " HTTP/1.1\nHost: usher.test", "http://%C3%A9vil.test", "http://%C3%A9vil.test"},
		{"an IPv6 zone in an absolute request line", "GET http://[fe80::1%25eth0]:8080" + twoSeats + " HTTP/1.1\nHost: usher.test", "http://[fe80::1%25eth0]:8080", "http://[fe80::1%25eth0]:8080"},
		{"a percent sign", "GET " + twoSeats + " HTTP/1.1\nHost: a%0d%0Ab%zz", "http://a%250d%250Ab%25zz", "http://a%250d%250Ab%25zz"},
		{"a name and a password in an absolute request line", "GET http://user:password@usher.test" + twoSeats + " HTTP/1.1\nHost: usher.test", "http://usher.test", "http://usher.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			connection := dial(t, address)
			connection.send("%s\nAuthorization: token %s", c.sent, owner)
			reached(t, c.name, connection.receive("GET"), c.api, c.web)
		})
	}
}

func TestAHostThatCannotBeOneIsRefused(t *testing.T) {
	t.Parallel()
	address := newWorld(t).serve()
	for _, host := range []string{`evil"><x`, "a b", "user@host", "a/b", "a?b", "a#b", `a\b`, "a\x00b", "é.test"} {
		c := dial(t, address)
		c.send("GET /zen HTTP/1.1\nHost: %s", host)
		if got := c.receive("GET"); got.Status < 400 {
			t.Errorf("%q: got %d with %v", host, got.Status, got.Header)
		}
	}
}

func TestAPublicURLIsTheBaseWhateverARequestSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forwarded := http.Header{"X-Forwarded-Host": {"other.test"}, "X-Forwarded-Proto": {"http"}}
	for text, base := range map[string]string{
		"https://usher.example.com":         "https://usher.example.com",
		"https://usher.example.com/":        "https://usher.example.com",
		"https://example.com:8443/usher":    "https://example.com:8443/usher",
		"https://example.com/a/b/":          "https://example.com/a/b",
		"http://[2001:db8::1]":              "http://[2001:db8::1]",
		"https://example.com/with%20space/": "https://example.com/with%20space",
	} {
		public, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		w := w.configured(ghapi.Options{Bases: ghapi.Bases{Public: public, Proxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}})
		for _, r := range []request{
			{method: "GET", path: twoSeats, token: owner},
			{method: "GET", path: "http://elsewhere.test" + twoSeats, token: owner, header: forwarded},
		} {
			reached(t, text, w.do(r), base, base)
			r.path = strings.Replace(r.path, "/orgs/", "/api/v3/orgs/", 1)
			reached(t, text+" below /api/v3", w.do(r), base+"/api/v3", base)
		}
	}
}

func TestOnlyATrustedProxyIsBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t).configured(ghapi.Options{Bases: ghapi.Bases{Proxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fe80::/10"),
	}}})
	const trusted, stranger = "10.1.2.3:1", "203.0.113.1:1"
	forwarded := func(host, proto string) http.Header {
		h := http.Header{}
		if host != "" {
			h["X-Forwarded-Host"] = []string{host}
		}
		if proto != "" {
			h["X-Forwarded-Proto"] = []string{proto}
		}
		return h
	}
	for _, c := range []struct {
		name, from string
		header     http.Header
		want       string
	}{
		{"host and scheme", trusted, forwarded("public.test", "https"), "https://public.test"},
		{"a host alone", trusted, forwarded("public.test", ""), "http://public.test"},
		{"a scheme alone", trusted, forwarded("", "https"), "https://example.com"},
		{"nothing", trusted, nil, "http://example.com"},
		{"a host with a port", trusted, forwarded("public.test:8443", "https"), "https://public.test:8443"},
		{"an IPv6 host", trusted, forwarded("[2001:db8::5]:8443", "https"), "https://[2001:db8::5]:8443"},
		{"a scheme in capitals", trusted, forwarded("public.test", "HTTPS"), "https://public.test"},
		{"from a single address", "192.0.2.7:9", forwarded("public.test", "https"), "https://public.test"},
		{"from the address beside it", "192.0.2.8:9", forwarded("public.test", "https"), "http://example.com"},
		{"from IPv6", "[2001:db8:1::1]:9", forwarded("public.test", "https"), "https://public.test"},
		{"from IPv6 in a zone", "[fe80::1%eth0]:9", forwarded("public.test", "https"), "https://public.test"},
		{"from an IPv4 address as IPv6 writes it", "[::ffff:10.1.2.3]:9", forwarded("public.test", "https"), "https://public.test"},
		{"from somebody else", stranger, forwarded("public.test", "https"), "http://example.com"},
		{"from somebody else as IPv6 writes it", "[::ffff:203.0.113.1]:9", forwarded("public.test", "https"), "http://example.com"},
		{"from no address at all", "@", forwarded("public.test", "https"), "http://example.com"},
		{"lists, of which the nearest proxy wrote the last", trusted, forwarded("invented.test, public.test", "http, https"), "https://public.test"},
		{"several lines", trusted, http.Header{"X-Forwarded-Host": {"invented.test", "public.test"}, "X-Forwarded-Proto": {"http", "https"}}, "https://public.test"},
		{"an empty host", trusted, forwarded(" ", "https"), "https://example.com"},
		{"a list that ends with nothing", trusted, forwarded("public.test,", "https"), "https://example.com"},
		{"markup", trusted, forwarded(`evil"><x`, "https"), "https://example.com"},
		{"a space", trusted, forwarded("a b", "https"), "https://example.com"},
		{"a user", trusted, forwarded("user@host", "https"), "https://example.com"},
		{"a path", trusted, forwarded("host/path", "https"), "https://example.com"},
		{"a query", trusted, forwarded("host?x", "https"), "https://example.com"},
		{"a whole URL", trusted, forwarded("https://public.test", "https"), "https://example.com"},
		{"a line break", trusted, forwarded("public.test\r\nX-Evil: 1", "https"), "https://example.com"},
		{"an encoded line break", trusted, forwarded("public.test%0d%0aX-Evil:1", "https"), "https://example.com"},
		{"half an IPv6 address", trusted, forwarded("[::1", "https"), "https://example.com"},
		{"an IPv6 address without brackets", trusted, forwarded("2001:db8::5", "https"), "https://example.com"},
		{"a port alone", trusted, forwarded(":8080", "https"), "https://example.com"},
		{"a port that is none", trusted, forwarded("public.test:http", "https"), "https://example.com"},
		{"letters of another script", trusted, forwarded("públic.test", "https"), "https://example.com"},
		{"another scheme", trusted, forwarded("public.test", "javascript"), "http://public.test"},
		{"a scheme with more", trusted, forwarded("public.test", "https://evil.test"), "http://public.test"},
	} {
		got := w.from(c.from, request{method: "GET", path: twoSeats, token: owner, header: c.header})
		reached(t, c.name, got, c.want, c.want)
		if got.Header.Get("X-Evil") != "" {
			t.Errorf("%s: a header that the client wrote", c.name)
		}
	}
}

// Whose requests an anonymous caller's are counted as: the spent window names the address.
func TestAnAnonymousCallerIsCountedByTheAddressThatATrustedProxySaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:aaaa::/48")}
	for _, c := range []struct {
		name, from string
		hops       []string
		want       string
	}{
		{"nobody in between", "203.0.113.1:1", nil, "203.0.113.1"},
		{"a proxy that nobody trusts", "203.0.113.1:1", []string{"198.51.100.1"}, "203.0.113.1"},
		{"a proxy", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a proxy that says nothing", "10.0.0.1:1", nil, "10.0.0.1"},
		{"a client that invents", "10.0.0.1:1", []string{"192.0.2.99, 198.51.100.1"}, "198.51.100.1"},
		{"a client that invents, in lines", "10.0.0.1:1", []string{"192.0.2.99", "198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:1", []string{"192.0.2.99, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"proxies alone", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"by IPv6", "[2001:db8:aaaa::1]:1", []string{"2001:db8:bbbb::1"}, "2001:db8:bbbb::1"},
		{"an IPv4 address as IPv6 writes it", "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"an address with a port", "10.0.0.1:1", []string{"198.51.100.1:5678"}, "198.51.100.1"},
		{"an IPv6 address with a port", "10.0.0.1:1", []string{"[2001:db8:bbbb::1]:5678"}, "2001:db8:bbbb::1"},
		{"what is no address", "10.0.0.1:1", []string{"unknown"}, "10.0.0.1"},
		{"what is no address, behind one", "10.0.0.1:1", []string{"evil\"><x, 10.0.0.2"}, "10.0.0.2"},
		{"nothing between commas", "10.0.0.1:1", []string{"198.51.100.1, "}, "10.0.0.1"},
	} {
		limited := w.configured(ghapi.Options{Rates: ghapi.NewRates(1, wall), Bases: ghapi.Bases{Proxies: proxies}})
		var got answer
		for range 61 {
			got = limited.from(c.from, request{method: "GET", path: "/zen", header: http.Header{"X-Forwarded-For": c.hops}})
		}
		message := got.envelopeWithoutStatus(t)
		if want := "API rate limit exceeded for " + c.want + ". ("; got.Status != 403 || !strings.HasPrefix(message, want) {
			t.Errorf("%s: got %d %s, want %s…", c.name, got.Status, message, want)
		}
	}
}

// envelopeWithoutStatus is the message of the one error that has no status.
func (a answer) envelopeWithoutStatus(t *testing.T) string {
	t.Helper()
	e := a.envelope(t)
	if e.Status != "" {
		t.Errorf("got status %q, want none", e.Status)
	}
	return e.Message
}

// A client that follows rel="next" verbatim comes to each seat once, and stays where it
// began.
func TestAWalkByLinkEndsAtTheRightPlaceFromEachBase(t *testing.T) {
	t.Parallel()
	const people = 23
	w := newCrowd(t, people).configured(ghapi.Options{Bases: ghapi.Bases{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}})
	public, _ := url.Parse("https://example.com/usher")
	for _, c := range []struct {
		name   string
		w      *world
		prefix string // what a proxy takes off a path before it hands the request on
		start  string
		header http.Header
		want   string
	}{
		{"the root", w, "", "http://usher.test" + seatsPath, nil, "http://usher.test/organizations/"},
		{"/api/v3", w, "", "http://usher.test:8080/api/v3" + seatsPath, nil, "http://usher.test:8080/api/v3/organizations/"},
		{"a proxy", w, "", "http://usher.test" + seatsPath, http.Header{"X-Forwarded-Host": {"public.test"}, "X-Forwarded-Proto": {"https"}}, "https://public.test/organizations/"},
		{"a public URL with a path", w.configured(ghapi.Options{Bases: ghapi.Bases{Public: public}}), "/usher", "https://example.com/usher/api/v3" + seatsPath, nil, "https://example.com/usher/api/v3/organizations/"},
	} {
		seen, pages := map[string]int{}, 0
		for next := c.start + "?per_page=5"; next != ""; pages++ {
			at, err := url.Parse(next)
			if err != nil {
				t.Fatal(err)
			}
			at.Path = strings.TrimPrefix(at.Path, c.prefix)
			got := c.w.do(request{method: "GET", path: at.String(), token: owner, header: c.header})
			if got.Status != 200 {
				t.Fatalf("%s: %s: got %d %s", c.name, next, got.Status, got.Body)
			}
			found, total := logins(t, got.Body)
			if total != people {
				t.Errorf("%s: %s: total %d, want %d", c.name, next, total, people)
			}
			for _, login := range found {
				seen[login]++
			}
			link := nextLink.FindStringSubmatch(got.Header.Get("Link"))
			if next = ""; link != nil {
				next = link[1]
				if !strings.HasPrefix(next, c.want) {
					t.Errorf("%s: leads to %s", c.name, next)
				}
			}
		}
		if len(seen) != people || pages != 5 {
			t.Errorf("%s: saw %d people on %d pages, want %d on 5", c.name, len(seen), pages, people)
		}
	}
}

var nextLink = regexp.MustCompile(`<([^>]+)>; rel="next"`)

// A host that is longer than any name would be repeated by every link of an answer.
func TestAHostThatIsTooLongIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trusting := w.configured(ghapi.Options{Bases: ghapi.Bases{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}})
	longest := strings.Repeat("a", 253) + ":65535"
	for name, c := range map[string]struct {
		header http.Header
		host   string
		want   string
	}{
		"the longest":                 {nil, longest, longest},
		"longer":                      {nil, longest + "5", "localhost"},
		"the longest, from a proxy":   {http.Header{"X-Forwarded-Host": {longest}}, "usher.test", longest},
		"longer, from a proxy":        {http.Header{"X-Forwarded-Host": {longest + "5"}}, "usher.test", "usher.test"},
		"as long as headers may be":   {nil, strings.Repeat("a", 60_000), "localhost"},
		"an absolute line of another": {nil, strings.Repeat("%", 200), strings.Repeat("%25", 200)},
	} {
		req := httptest.NewRequest("GET", "/", nil)
		req.Host, req.Header = c.host, c.header
		rec := httptest.NewRecorder()
		trusting.ServeHTTP(rec, req)
		if got, want := rec.Body.String(), `"emojis_url":"http://`+c.want+`/emojis"`; !strings.Contains(got, want) || rec.Code != 200 {
			t.Errorf("%s: got %d %.200s, want %.200s in it", name, rec.Code, got, want)
		}
	}
}

func TestAVersionThatIsTooLongIsRepeatedInShort(t *testing.T) {
	t.Parallel()
	got := newWorld(t).do(request{method: "GET", path: "/zen", header: http.Header{"X-Github-Api-Version": {strings.Repeat("9", 20_000)}}})
	if want := strings.Repeat("9", 100) + `…\"`; got.Status != 400 || !strings.Contains(got.Body, want) || len(got.Body) > 1000 {
		t.Errorf("got %d %.400s, want 400 with %s", got.Status, got.Body, want)
	}
}
