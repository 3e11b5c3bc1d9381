// Package ghapi is GitHub's wire: its routes, who may call them, the shapes and texts of
// its answers, its pages and links. What a call does is the root package's.
package ghapi

import (
	"cmp"
	"compress/gzip"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
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
	Who       Who
	Handle    func(*Request) error
	Free      bool // not counted by rate limits
	GraphQL   bool // of no API version, and of a media type of its own
	// Deprecated routes name a team and no organization. GitHub has others in their place.
	Deprecated bool
}

// Who may call a route.
type Who struct {
	Access    *usher.Access // needed on the account that the path names; nil: any token will do
	Self      *usher.Access // without Access: needed of the token, on a route about its own user
	Anonymous bool          // also without a token
	Unasked   bool          // no token is even looked at
	App       bool          // only with an app's JWT
	Scopes    string        // without either: the scopes that GitHub says are accepted
}

// Options are what can be configured of the wire.
type Options struct {
	Bases Bases
	Rates *Rates // nil: no rate limits, and no headers that speak of them
	Build string // identifies the program: what another one rendered is not taken for the same
	// Hurry is called before an answer to a caller without a token is written, so that whoever
	// serves the API can give such readers less time than others; nil: nobody does.
	Hurry func(http.ResponseWriter)
	// Prolong is called before each part of an answer that is written in parts: it has the time
	// from then on of a whole answer; nil: all parts together have it.
	Prolong func(http.ResponseWriter)
	// Used is called with each token that a request was made with and that is good; nil: nobody
	// wants to know.
	Used func(usher.Token)
}

// API serves routes the way GitHub does: at / and under /api/v3, organizations also by
// their numeric id.
type API struct {
	service *usher.Service
	options Options
	mux     *http.ServeMux
	zones   *zones
	gzips   *sync.Pool
	bases   map[string]string // of the paths that are routed
	served  map[string]served // by method and path, as the router calls them

	// Shared by all answers.
	headers, preflightHeaders, privateHeaders, publicHeaders http.Header
}

// prefix is where Enterprise Server clients expect the API.
const prefix = "/api/v3"

// New is GitHub's API on a service.
func New(service *usher.Service, options Options) *API {
	api := newAPI(service, options)
	for _, route := range Routes() {
		api.handle("", route)
		api.handle(prefix, route)
		if byNumber := byNumber(route.Pattern); byNumber != "" {
			route.Pattern = byNumber
			api.handle("", route)
			api.handle(prefix, route)
		}
	}
	graph := graphQLRoute()
	api.handle("", graph)
	api.handle("/api", graph) // where Enterprise Server clients expect it
	api.refuseOthers()
	return api
}

// byNumber is the pattern of the same route with numbers for names, where GitHub's links
// and url fields have them; empty where there is none.
func byNumber(pattern string) string {
	rest, ok := strings.CutPrefix(pattern, "/orgs/{org}")
	if !ok {
		return ""
	}
	if ofTeam, ok := strings.CutPrefix(rest, "/teams/{team_slug}"); ok {
		rest = "/team/{team_id}" + ofTeam
	}
	return "/organizations/{org_id}" + rest
}

// NewRouter serves routes, each at its pattern alone, with GitHub's authentication and
// errors.
func NewRouter(service *usher.Service, options Options, routes []Route) *API {
	api := newAPI(service, options)
	for _, route := range routes {
		api.handle("", route)
	}
	api.refuseOthers()
	return api
}

func newAPI(service *usher.Service, options Options) *API {
	api := &API{
		service:          service,
		options:          options,
		mux:              http.NewServeMux(),
		zones:            newZones(),
		bases:            map[string]string{},
		served:           map[string]served{},
		headers:          standardHeaders(),
		preflightHeaders: preflightHeaders(),
		privateHeaders:   cachedHeaders("private, max-age=60, s-maxage=60", "Accept, Authorization, Cookie, X-GitHub-OTP"),
		publicHeaders:    cachedHeaders("public, max-age=60, s-maxage=60", "Accept"),
		gzips: &sync.Pool{New: func() any {
			writer, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
			return writer
		}},
	}
	api.mux.HandleFunc("/", api.unrouted)
	return api
}

// served is a route below a base.
type served struct {
	route Route
	base  string
}

// handle serves a route below a base.
func (a *API) handle(base string, route Route) {
	takes := acceptedBy(route.Who)
	for _, path := range paths(base, route.Pattern) {
		a.served[route.Method+" "+path] = served{route, base}
		a.mux.HandleFunc(route.Method+" "+path, func(w http.ResponseWriter, r *http.Request) {
			edge.NoteRoute(r.Context(), path)
			a.request(w, r, route, base).serve(takes)
		})
		a.bases[path] = base
	}
}

// refuseOthers has all other methods on the paths of routes refused, which is only after the
// credential was looked at. A path that another one takes in, as …/{username} does …/add, is
// refused with that: package net/http could not tell for which of them a request is.
func (a *API) refuseOthers() {
	other := Route{Docs: docsRoot, Handle: func(*Request) error { return errNotFound() }}
	takes := map[string]bool{} // the directories with a path that ends in a name
	for pattern := range a.bases {
		if directory, last := path.Split(pattern); strings.HasPrefix(last, "{") && last != "{$}" {
			takes[directory] = true
		}
	}
	for pattern, base := range a.bases {
		if directory, last := path.Split(pattern); takes[directory] && !strings.HasPrefix(last, "{") {
			continue
		}
		a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			a.request(w, r, other, base).serve(accepted{})
		})
	}
}

// paths are what the router calls a pattern below a base: the root of the API is there with
// its slash and, below a base, also without. What GitHub's description calls enterprise-team
// is a team_slug too, and has to have a name that Go takes.
func paths(base, pattern string) []string {
	pattern = strings.ReplaceAll(pattern, "{enterprise-team}", "{team_slug}")
	switch {
	case pattern != "/":
		return []string{base + pattern}
	case base == "":
		return []string{"/{$}"}
	}
	return []string{base, base + "/{$}"}
}

func (a *API) request(w http.ResponseWriter, r *http.Request, route Route, base string) *Request {
	return &Request{W: w, R: r, Route: route, api: a, base: a.options.Bases.of(r, base)}
}

// unrouted answers what no route serves: before any credential is looked at, and counted
// only for who sends none (recorded 2026-09).
func (a *API) unrouted(w http.ResponseWriter, r *http.Request) {
	q := a.request(w, r, Route{Docs: docsRoot}, "")
	err := errNotFound()
	if r.Header.Get("Authorization") == "" {
		err = cmp.Or(q.spend(), err)
	}
	q.fail(err)
}

func errNotFound() error { return &usher.Error{Kind: usher.NotFound, Message: "Not Found"} }

// ServeHTTP serves a request. Repeated slashes count as one, but an encoded one is part
// of a name; dot segments are no route; nothing is ever redirected.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	set(w.Header(), a.headers)
	if r.Method == http.MethodOptions {
		set(w.Header(), a.preflightHeaders)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	singleSlashes(r.URL)
	if !strings.HasPrefix(r.URL.Path, "/") || hasDotSegment(r.URL.Path) {
		a.unrouted(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
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
	Caller  *usher.Caller // nil for an anonymous one, and for an app
	App     *usher.App    // on a route for apps: who has signed the JWT
	Account usher.Account // of a route about an account

	api     *API
	base    base
	version string // the API version it is answered in
	list    string // the key of the list of names in its body, where the operation reads one
	paid    rate   // the window it is counted in, as it left that

	streaming bool // its answer has begun, and is written in parts
}

// serve answers the request.
func (q *Request) serve(takes accepted) {
	err := q.admit(takes)
	if err == nil {
		err = q.Route.Handle(q)
	}
	switch {
	case err == nil:
	case q.streaming:
		q.tear(err)
	default:
		q.fail(err)
	}
}

// admit does what stands before every handler, in the order of rule A1. What it learns of
// the caller stands in the headers of the answer, whatever that will be.
func (q *Request) admit(takes accepted) error {
	if q.Route.Who.Unasked {
		return nil
	}
	if q.Route.GraphQL {
		q.W.Header()["X-Github-Media-Type"] = graphQLMediaType
	}
	authenticate := q.authenticate
	if q.Route.Who.App {
		authenticate = q.authenticateApp
	}
	if err := authenticate(); err != nil {
		return err
	}
	if q.Caller != nil {
		takes.introduce(q.W.Header(), q.Caller.Token)
	}
	unsupported := q.chooseVersion()
	if err := q.spend(); err != nil {
		return err
	}
	if unsupported != nil {
		return unsupported
	}
	switch {
	case q.Route.Who.App && q.App == nil:
		return refusedJWT(undecodableJWT)
	case q.nobody() && !q.Route.Who.Anonymous:
		return &usher.Error{Kind: usher.Unauthenticated, Message: "Requires authentication"}
	}
	return q.authorize()
}

// nobody says whether the request is anonymous.
func (q *Request) nobody() bool { return q.Caller == nil && q.App == nil }

// authorize finds the account that the path names, and asks whether the caller may do
// there what the route does.
func (q *Request) authorize() (err error) {
	if need := q.Route.Who.Self; need != nil {
		return usher.AuthorizeSelf(*q.Caller, *need)
	}
	need := q.Route.Who.Access
	if need == nil {
		return nil
	}
	name := q.accountName()
	if q.Route.Deprecated {
		ref, err := q.api.service.TeamOrganization(q.R.Context(), q.teamName().ID, *q.Caller)
		if err != nil {
			return err
		}
		name = usher.AccountName{Kind: ref.Kind, ID: ref.ID}
	}
	q.Account, err = q.api.service.Authorize(q.R.Context(), q.Caller, name, *need)
	if q.Account.Login != "" { // there is one, also where the caller may not know of it
		edge.Note(q.R.Context(), slog.String(q.Account.Ref.Kind.String(), q.Account.Login))
	}
	if err == nil && q.Route.Deprecated {
		q.deprecate()
	}
	return err
}

// accountName is the account that the path names: an enterprise, where both stand in it.
func (q *Request) accountName() usher.AccountName {
	if slug := q.R.PathValue("enterprise"); slug != "" {
		return usher.AccountName{Kind: usher.Enterprise, Login: slug, ID: idOf(slug)}
	}
	if org := q.R.PathValue("org"); org != "" {
		return usher.AccountName{Kind: usher.Organization, Login: org}
	}
	return usher.AccountName{Kind: usher.Organization, ID: idOf(q.R.PathValue("org_id"))}
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
	if q.Caller == nil || q.Caller.User == nil {
		return time.UTC
	}
	return q.api.zones.load(q.Caller.User.TimeZone)
}
