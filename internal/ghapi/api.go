// Package ghapi is GitHub's wire: its routes, who may call them, the shapes and texts of
// its answers, its pages and links. What a call does is the root package's.
package ghapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
)

// Route is one operation: what the router, the permission check and the documentation
// need to know of it.
type Route struct {
	Method    string
	Pattern   string // as in GitHub's description
	Operation string // GitHub's operation id; empty for usher's own
	Docs      string // the documentation_url of its errors
	Access    *usher.Access
	Handle    func(*Request) error
}

// API serves routes the way GitHub does: at / and under /api/v3, organizations also by
// their numeric id.
type API struct {
	service *usher.Service
	mux     *http.ServeMux
	zones   *zones
}

// prefix is where Enterprise Server clients expect the API.
const prefix = "/api/v3"

// New is GitHub's API on a service.
func New(service *usher.Service) *API {
	api := NewRouter(service, nil)
	for _, route := range Routes() {
		api.handle("", route)
		api.handle(prefix, route)
		if byID, ok := strings.CutPrefix(route.Pattern, "/orgs/{org}/"); ok {
			route.Pattern = "/organizations/{org_id}/" + byID
			api.handle("", route)
			api.handle(prefix, route)
		}
	}
	return api
}

// NewRouter serves routes, each at its pattern alone, with GitHub's authentication and
// errors.
func NewRouter(service *usher.Service, routes []Route) *API {
	api := &API{service: service, mux: http.NewServeMux(), zones: newZones()}
	api.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, docsRoot, &usher.Error{Kind: usher.NotFound, Message: "Not Found"})
	})
	for _, route := range routes {
		api.handle("", route)
	}
	return api
}

func (a *API) handle(base string, route Route) {
	pattern := base + route.Pattern
	a.mux.HandleFunc(route.Method+" "+pattern, func(w http.ResponseWriter, r *http.Request) {
		edge.NoteRoute(r.Context(), pattern)
		req := &Request{W: w, R: r, Route: route, api: a, base: baseOf(r, base)}
		if err := req.serve(); err != nil {
			req.fail(err)
		}
	})
}

// ServeHTTP serves a request. Repeated slashes count as one, but an encoded one is part
// of a name; dot segments are no route; nothing is ever redirected.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	singleSlashes(r.URL)
	for segment := range strings.SplitSeq(r.URL.Path, "/") {
		if segment == "." || segment == ".." {
			fail(w, r, docsRoot, &usher.Error{Kind: usher.NotFound, Message: "Not Found"})
			return
		}
	}
	a.mux.ServeHTTP(w, r)
}

// singleSlashes makes repeated slashes of a path one, and of no path the root.
func singleSlashes(u *url.URL) {
	path := u.EscapedPath()
	if path != "" && !strings.Contains(path, "//") {
		return
	}
	path = "/" + strings.TrimLeft(path, "/")
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if plain, err := url.PathUnescape(path); err == nil { // always: EscapedPath escapes well
		u.Path, u.RawPath = plain, path
	}
}

// Request is one request on its way through a route.
type Request struct {
	W       http.ResponseWriter
	R       *http.Request
	Route   Route
	Caller  *usher.Caller // nil on a route without authentication
	Account usher.Account // of a route about an account

	api  *API
	base base
}

// serve does what stands before every handler, in the order of rule A1.
func (q *Request) serve() error {
	if q.Route.Access == nil {
		return q.Route.Handle(q)
	}
	caller, err := q.authenticate()
	if err != nil {
		return err
	}
	if err := checkVersion(q.R.Header.Get("X-GitHub-Api-Version")); err != nil {
		return err
	}
	if caller == nil {
		return &usher.Error{Kind: usher.Unauthenticated, Message: "Requires authentication"}
	}
	q.Caller = caller
	edge.NoteActor(q.R.Context(), actorName(caller))
	if name, ok := q.accountName(); ok {
		q.Account, err = q.api.service.Authorize(q.R.Context(), caller, name, *q.Route.Access)
		if err != nil {
			return err
		}
	}
	return q.Route.Handle(q)
}

// AnyToken is the access of a route that any valid token may call.
func AnyToken() *usher.Access { return &usher.Access{} }

// accountName is the account that the path names; ok is false for a route about none.
func (q *Request) accountName() (name usher.AccountName, ok bool) {
	if org := q.R.PathValue("org"); org != "" {
		return usher.AccountName{Kind: usher.Organization, Login: org}, true
	}
	if id := q.R.PathValue("org_id"); id != "" {
		return usher.AccountName{Kind: usher.Organization, ID: idOf(id)}, true
	}
	if slug := q.R.PathValue("enterprise"); slug != "" {
		return usher.AccountName{Kind: usher.Enterprise, Login: slug, ID: idOf(slug)}, true
	}
	return usher.AccountName{}, false
}

// idOf reads an id as GitHub writes them: digits alone. Anything else is nobody's id.
func idOf(text string) int64 {
	if strings.Trim(text, "0123456789") != "" {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func actorName(caller *usher.Caller) string {
	if caller.User != nil {
		return caller.User.Login
	}
	return "token " + strconv.FormatInt(caller.Token.ID, 10)
}

// By is who makes the change, for its events.
func (q *Request) By() usher.By {
	return usher.By{Actor: q.Caller.Actor(), RequestID: edge.RequestID(q.R.Context())}
}

// zone is the time zone of the caller's user (rule R6).
func (q *Request) zone() *time.Location {
	if q.Caller.User == nil {
		return time.UTC
	}
	return q.api.zones.load(q.Caller.User.TimeZone)
}
