package ghapi

import "net/http"

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
	web := scheme + r.Host
	return base{api: web + prefix, web: web}
}
