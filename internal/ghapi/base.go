package ghapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Bases finds out where callers reach the API, so that a client that follows a link stays
// where it began. The zero value believes the request's own Host.
type Bases struct {
	Public  *url.URL       // where everybody reaches the server, whatever a request says; nil: as each request says
	Proxies []netip.Prefix // whose X-Forwarded-For, -Host and -Proto are believed
}

// base is where one caller reached the API: the address that links and url fields are
// built on.
type base struct {
	api string // scheme, host and the prefix the caller used
	web string // scheme and host: where GitHub's html_url fields would lead
}

func (b Bases) of(r *http.Request, prefix string) base {
	web := b.web(r)
	return base{api: web + prefix, web: web}
}

func (b Bases) web(r *http.Request) string {
	if b.Public != nil {
		return strings.TrimRight(b.Public.String(), "/")
	}
	scheme, host := "http", hostOf(r)
	if r.TLS != nil {
		scheme = "https"
	}
	if b.trusts(peer(r)) {
		if proto := strings.ToLower(lastOf(r, "X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := lastOf(r, "X-Forwarded-Host"); isHost(forwarded) {
			host = forwarded
		}
	}
	return scheme + "://" + host
}

// Address is where the caller reached the API: scheme, host and what stands in front of
// every path.
func (q *Request) Address() string { return q.base.api }

// hostOf is the host the caller named, so that it can stand in an address: in an absolute
// request line package net/http lets pass what is none, such as evil"><x. HTTP/1.0 need not
// name one, so then it is the address the request came in on. A % is itself, be it that of
// an IPv6 zone.
func hostOf(r *http.Request) string {
	host := r.Host
	if host == "" || len(host) > maxHostBytes {
		host = "localhost"
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			host = local.String()
		}
	}
	return safe(strings.ReplaceAll(host, "%", "%25"))
}

// maxHostBytes is the longest name that the domain name system has, and a port. What is
// longer is no host, and every link of an answer would repeat it.
const maxHostBytes = 253 + len(":65535")

// client is the address that a request comes from: of a proxy that is believed, the last
// one in X-Forwarded-For that is no such proxy itself.
func (b Bases) client(r *http.Request) netip.Addr {
	address := peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !b.trusts(address) {
			break
		}
		before, ok := hopAddress(strings.TrimSpace(hop))
		if !ok {
			break
		}
		address = before
	}
	return address
}

// hopAddress reads one hop of X-Forwarded-For: an address, which some gateways write with
// a port.
func hopAddress(hop string) (address netip.Addr, ok bool) {
	address, err := netip.ParseAddr(hop)
	if err != nil {
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(hop)
		address = withPort.Addr()
	}
	return address.Unmap().WithZone(""), err == nil
}

func (b Bases) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(b.Proxies, func(proxy netip.Prefix) bool { return proxy.Contains(address) })
}

// peer is the address at the other end of the connection.
func peer(r *http.Request) netip.Addr {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // no connection: a test's
	}
	return address.Addr().Unmap().WithZone("")
}

// lastOf is the last value of a header that may be a list: what the nearest proxy saw. What
// stands before it may be the client's own invention.
func lastOf(r *http.Request, name string) string {
	values := strings.Split(strings.Join(r.Header.Values(name), ","), ",")
	return strings.TrimSpace(values[len(values)-1])
}

// isHost says whether text is a host, with or without a port, and nothing more.
func isHost(text string) bool {
	u, err := url.Parse("http://" + text)
	return err == nil && text != "" && len(text) <= maxHostBytes && u.Host == text && u.Hostname() != "" && strings.Trim(text, hostCharacters) == ""
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"
