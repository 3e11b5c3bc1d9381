package description

import (
	"net/http"
	"net/url"
	"strings"
)

// paths finds the described operation that a request addresses.
type paths struct {
	mux       *http.ServeMux
	described map[string]string // by what the mux calls them
}

func newPaths() *paths { return &paths{http.NewServeMux(), map[string]string{}} }

func (p *paths) add(method, path string) {
	// A name between braces may have no - in it for package net/http.
	pattern := strings.ReplaceAll(path, "{enterprise-team}", "{team_slug}")
	if strings.HasSuffix(path, "/") {
		pattern += "{$}" // or package net/http takes it for everything below
	}
	p.mux.Handle(method+" "+pattern, http.NotFoundHandler())
	p.described[pattern] = path
}

// match is the method and path, as described, of what a request addresses; empty for none.
// The description knows neither /api/v3, where Enterprise Server has the same API, nor
// organizations by their number, which GitHub's own links have; and how usher reads slashes
// is its own choice (docs/compatibility.md).
func (p *paths) match(request *http.Request) (method, path string) {
	segments := strings.Split(folded(request.URL)[1:], "/")
	plain := make([]string, len(segments))
	for i, segment := range segments {
		var err error
		if plain[i], err = url.PathUnescape(segment); err != nil || plain[i] == "." || plain[i] == ".." {
			return "", ""
		}
	}
	if len(plain) >= 2 && plain[0] == "api" && plain[1] == "v3" {
		segments, plain = segments[2:], plain[2:]
	}
	if len(plain) >= 2 && plain[0] == "organizations" {
		segments[0], plain[0] = "orgs", "orgs"
		if len(plain) >= 3 && plain[2] == "team" {
			segments[2], plain[2] = "teams", "teams"
		}
	}
	address := &url.URL{Path: "/" + strings.Join(plain, "/"), RawPath: "/" + strings.Join(segments, "/")}
	_, pattern := p.mux.Handler(&http.Request{Method: request.Method, URL: address})
	method, pattern, _ = strings.Cut(pattern, " ")
	return method, p.described[pattern]
}

// isOwn says whether a URL is one of usher's own endpoints.
func isOwn(location *url.URL) bool {
	first, _, ok := strings.Cut(folded(location)[1:], "/")
	plain, err := url.PathUnescape(first)
	return ok && err == nil && plain == "_usher"
}

// folded is a URL's path, with repeated slashes as one, and the root for none.
func folded(location *url.URL) string {
	path := "/" + strings.TrimLeft(location.EscapedPath(), "/")
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

// isGraphQL says whether a request is one to GraphQL.
func isGraphQL(request *http.Request) bool {
	path, err := url.PathUnescape(folded(request.URL))
	return err == nil && request.Method == http.MethodPost && (path == "/graphql" || path == "/api/graphql")
}
