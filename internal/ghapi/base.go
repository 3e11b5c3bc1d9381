package ghapi

import (
	"net"
	"net/http"
)

// base is where the caller reached the API: the address that links and url fields are
// built on, so that a client that follows them stays where it began.
type base struct {
	api string // scheme, host and the prefix the caller used
	web string // scheme and host: where GitHub's html_url fields would lead
}

func baseOf(r *http.Request, prefix string) base {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	web := scheme + hostOf(r)
	return base{api: web + prefix, web: web}
}

// hostOf is the host the caller named; HTTP/1.0 need not name one, so then it is the
// address the request came in on.
func hostOf(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return local.String()
	}
	return "localhost"
}
