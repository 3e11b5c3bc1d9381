// Package ownapi is what stands under /_usher/: usher's own endpoints, which GitHub does
// not have. They take the same tokens as the rest and answer errors in the same shape.
package ownapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// Config is what the endpoints work on.
type Config struct {
	Service   *usher.Service
	GitHub    *ghapi.API                  // serves every other path
	Rehearsal bool                        // whether the clock can be moved and the world reset
	Reset     func(context.Context) error // loads the seed anew
	Ready     func(context.Context) error // why the process cannot serve, or nil
	Draining  func() bool                 // whether it is about to stop; nil: never
	Wire      ghapi.Options               // of GitHub's API; requests here are not counted
	Metrics   http.Handler

	// ReadFile reads a file that an installation is to be brought in step with.
	ReadFile func(data []byte, now time.Time) (usher.Desired, error)
	// Patiently makes a change that may take long, and wait for others that do.
	Patiently func(ctx context.Context, change func(*usher.Service) error) error
}

const docs = "https://docs.github.com/rest"

// reportActivity is who may report activity: who may manage the organization's seats.
var reportActivity = usher.Access{
	Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
	Scopes:      []string{usher.ScopeManageBillingCopilot},
	Permissions: []string{usher.PermissionSeatManagement, usher.PermissionAdministration},
	Level:       usher.LevelWrite,
}

// New serves /_usher/ and hands everything else to GitHub's API.
func New(c Config) http.Handler {
	wire := c.Wire
	wire.Rates = nil
	own := ghapi.NewRouter(c.Service, wire, c.routes())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(strings.TrimLeft(r.URL.Path, "/"), "_usher/") {
			own.ServeHTTP(w, r)
			return
		}
		c.GitHub.ServeHTTP(w, r)
	})
}

// routes are usher's own.
func (c Config) routes() []ghapi.Route {
	var routes []ghapi.Route
	for _, e := range c.endpoints() {
		routes = append(routes, e.route())
	}
	return routes
}

// endpoints are the table of what is served: the router and the description are made of it.
func (c Config) endpoints() []endpoint {
	administer := usher.AdministerSite()
	unasked, token, site := ghapi.Who{Unasked: true}, ghapi.Who{}, ghapi.Who{Self: &administer}
	all := []endpoint{
		{
			method: "GET", pattern: "/_usher/live", who: unasked, handle: live,
			id: "getLive", summary: "Whether the process lives",
			gives: map[int]content{200: inJSON[status]("It does.")},
		},
		{
			method: "GET", pattern: "/_usher/ready", who: unasked, handle: c.ready,
			id: "getReady", summary: "Whether the server can serve",
			gives: map[int]content{200: inJSON[status]("It can.")},
		},
		{
			method: "GET", pattern: "/_usher/metrics", who: unasked, handle: c.metrics,
			id: "getMetrics", summary: "Metrics for Prometheus",
			gives: map[int]content{200: {says: "The metrics, in Prometheus' text format.", media: "text/plain"}},
		},
		{
			method: "GET", pattern: "/_usher/openapi.json", who: unasked, handle: c.openAPI,
			id: "getDescription", summary: "This description",
			gives: map[int]content{200: inJSON[descriptionShown]("A description by OpenAPI 3.1 of the endpoints that this server serves.")},
		},
		{
			method: "GET", pattern: "/_usher/clock", who: token, handle: c.clock,
			id: "getClock", summary: "The world clock",
			gives: map[int]content{200: inJSON[clockShown]("The time in the world of this server.")},
		},
		{
			method: "POST", pattern: "/_usher/clock/advance", who: token, handle: c.advance, rehearsal: true,
			id: "advanceClock", summary: "Moves the world clock forward",
			takes:   []content{inJSON[moveWanted]("")},
			gives:   map[int]content{200: inJSON[moved]("What the move set off, in order: the first 10,000 changes.")},
			refuses: map[int]string{422: "The clock does not move backwards, nor beyond the year 9999."},
		},
		{
			method: "POST", pattern: "/_usher/reset", who: token, handle: c.reset, rehearsal: true,
			id: "reset", summary: "Back to the seed, state and clock",
			gives:   map[int]content{204: {says: "The world is as its seed has it."}},
			refuses: map[int]string{422: "There is no seed to go back to."},
		},
		{
			method: "POST", pattern: "/_usher/apply", who: site, handle: c.apply(make(chan struct{}, 1)),
			id: "apply", summary: "Brings the installation in step with a file",
			about: "The file has the form of a seed. Each enterprise and organization is changed in a transaction of its own; one file is applied at a time.",
			query: []parameter{
				{name: "dry_run", about: "Whether only to say what would change.", schema: schema{"type": "boolean", "default": false}},
				{name: "prune", about: "Whether to remove what is there and not in a list of the file.", schema: schema{"type": "boolean", "default": false}},
				{name: "max_removals", about: "How many seats may turn pending or end. Left out: 10, or 5 in 100 of those there are, whichever is more.", schema: schema{"type": "integer", "minimum": 0}},
			},
			takes:   []content{{"", yamlType, nil, nil}},
			gives:   map[int]content{200: inJSON[applyShown]("What has been changed, or would be.")},
			refuses: map[int]string{422: "Or more seats would turn pending or end than may: then the plan stands under plan."},
		},
		{
			method: "GET", pattern: "/_usher/orgs/{org}/entitlements/{username}", who: ghapi.Who{Access: &readEntitlements}, handle: c.entitlement,
			id: "getEntitlement", summary: "Whether somebody may use the assistant",
			query: []parameter{asOfParameter},
			gives: map[int]content{200: inJSON[entitlementShown]("Whether they may, until when and through what. A member or an invited person without access is not entitled.").withHeader(parameter{
				name: entitledHeader, about: "The same as entitled in the body, for proxies that read none.", schema: schema{"type": "string", "enum": []string{"true", "false"}}, always: true,
			})},
			refuses: map[int]string{404: "The person is neither a member nor invited, and holds no grant of the enterprise.", 422: asOfRefused},
		},
		{
			method: "GET", pattern: "/_usher/orgs/{org}/audit-log/export", who: ghapi.Who{Access: &readAuditLog}, handle: c.export,
			id: "exportAuditLog", summary: "All events of an organization",
			about: "What fails once the answer has begun cuts the connection: a copy without the last line is not whole.",
			query: []parameter{
				{name: "since", about: "The first event: its number, or an instant.", schema: schema{"type": "string"}},
				{name: "until", about: "Where to end: the number of the last event, or an instant.", schema: schema{"type": "string"}},
			},
			gives:   map[int]content{200: inLines("An event a line, by number, and a last line about them.", reflect.TypeFor[githubEvent](), reflect.TypeFor[exportEnd]())},
			refuses: map[int]string{422: "A bound is none, or they stand in the wrong order, or what is asked for is not kept any more."},
		},
		{
			method: "GET", pattern: "/_usher/orgs/{org}/seats", who: ghapi.Who{Access: &readSeats}, handle: c.seats,
			id: "listSeats", summary: "GitHub's list of an organization's seats, now or then",
			query: []parameter{
				asOfParameter,
				{name: "page", about: "Which page; what is no page is the first.", schema: schema{"type": "integer", "minimum": 1, "default": 1}},
				{name: "per_page", about: "How many seats a page has.", schema: schema{"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
			},
			gives:   map[int]content{200: inJSON[seatList]("A page of the list.").withHeader(parameter{name: "Link", about: "The other pages, as in GitHub's lists.", schema: schema{"type": "string"}})},
			refuses: map[int]string{404: "Copilot is, or was, not enabled.", 422: asOfRefused},
		},
		{
			method: "GET", pattern: "/_usher/orgs/{org}/seats/{username}/explain", who: ghapi.Who{Access: &readSeats}, handle: c.explain,
			id: "explainSeat", summary: "Which grants give somebody access, and what if one ended",
			gives:   map[int]content{200: inJSON[explanationShown]("What they have, and through what.")},
			refuses: map[int]string{404: "The person is neither a member nor invited, and holds no grant of the enterprise."},
		},
		{
			method: "GET", pattern: "/_usher/orgs/{org}/seats/{username}/history", who: ghapi.Who{Access: &readSeats}, handle: c.history,
			id: "getSeatHistory", summary: "When somebody had a seat, through what, and its cost",
			gives:   map[int]content{200: inJSON[historyShown]("The periods, and the cost of each billing cycle: of the last 120.")},
			refuses: map[int]string{404: "The person is neither a member nor invited, and never had a seat."},
		},
		{
			method: "POST", pattern: "/_usher/orgs/{org}/whatif", who: ghapi.Who{Access: &readSeats}, handle: c.whatIf,
			id: "tryCall", summary: "What a call would be answered, and whom it would touch",
			about: "The call is one of GitHub's operations that change something, and is the caller's own. It is carried out and taken back.",
			takes: []content{inJSON[callWanted]("")},
			gives: map[int]content{200: inJSON[tried]("The answer to the call, whatever it would be, and the first 10,000 changes.")},
		},
		{
			method: "POST", pattern: "/_usher/orgs/{org}/activity", who: ghapi.Who{Access: &reportActivity}, handle: c.activity,
			id: "reportActivity", summary: "Takes reports of activity",
			takes: []content{inJSON[activityReported](""), inLines("", reflect.TypeFor[eventReported]())},
			gives: map[int]content{200: inJSON[activityAnswer]("How many events were taken, and why the others were not.")},
		},
		{
			method: "PATCH", pattern: "/_usher/orgs/{org}/copilot", who: ghapi.Who{Access: &changeOrganization}, handle: c.organizationCopilot,
			id: "changeOrganizationSettings", summary: "Changes an organization's settings, or its enterprise",
			takes:   []content{inJSON[organizationWanted]("")},
			gives:   map[int]content{200: inJSON[organizationSettings]("All settings as they are now.")},
			refuses: map[int]string{422: "Or Copilot is switched off and stays so; or the enterprise cannot be moved into."},
		},
		{
			method: "PATCH", pattern: "/_usher/enterprises/{enterprise}/copilot", who: ghapi.Who{Access: &changeEnterprise}, handle: c.enterpriseCopilot,
			id: "changeEnterpriseSettings", summary: "Changes an enterprise's settings",
			takes:   []content{inJSON[settingsWanted]("")},
			gives:   map[int]content{200: inJSON[enterpriseSettings]("All settings as they are now.")},
			refuses: map[int]string{422: "Or Copilot is switched off and stays so."},
		},
		{
			method: "GET", pattern: "/_usher/tokens", who: site, handle: c.tokens,
			id: "listTokens", summary: "All tokens, without what they look like",
			query: []parameter{
				{name: "page", about: "Which page; what is no page is the first.", schema: schema{"type": "integer", "minimum": 1, "default": 1}},
				{name: "per_page", about: "How many tokens a page has.", schema: schema{"type": "integer", "minimum": 1, "maximum": 100, "default": 30}},
			},
			gives: map[int]content{200: inJSON[[]listedToken]("A page of them, by id.").withHeader(parameter{name: "Link", about: "The other pages, as in GitHub's lists.", schema: schema{"type": "string"}})},
		},
		{
			method: "POST", pattern: "/_usher/tokens", who: site, handle: c.createToken,
			id: "createToken", summary: "Makes a token, which is shown once",
			takes:   []content{inJSON[tokenWanted]("")},
			gives:   map[int]content{201: inJSON[createdToken]("The token, this once, and what is known of it from now on.")},
			refuses: map[int]string{422: "Or there is no such user, organization, scope or permission, or the kind of token has none."},
		},
		{
			method: "DELETE", pattern: "/_usher/tokens/{id}", who: site, handle: c.revokeToken,
			id: "revokeToken", summary: "Revokes a token, on every server at once",
			gives:   map[int]content{204: {says: "It is revoked, now or already."}},
			refuses: map[int]string{404: "There is no such token."},
		},
	}
	return slices.DeleteFunc(all, func(e endpoint) bool { return e.rehearsal && !c.Rehearsal })
}

// renewRates opens new windows of rate limits, where there are any.
func (c Config) renewRates() {
	if c.Wire.Rates != nil {
		c.Wire.Rates.Renew()
	}
}

type status struct {
	Status string `json:"status" enum:"live|ready"`
}

func live(q *ghapi.Request) error { return respond(q, http.StatusOK, status{"live"}) }

// ready says why not as far as that is for everybody: who stands before the server must be able
// to tell one that has lost its database from one that is leaving.
func (c Config) ready(q *ghapi.Request) error {
	if c.Draining != nil && c.Draining() {
		ghapi.Unavailable(q.W, notReady+": draining.") // in order, so the log has no error
		return nil
	}
	err := c.Ready(q.R.Context())
	if err == nil {
		return respond(q, http.StatusOK, status{"ready"})
	}
	message := notReady + "."
	if said := (*usher.Error)(nil); errors.As(err, &said) {
		message += " " + said.Message
	}
	return &usher.Error{Kind: usher.Unavailable, Message: message, Err: err}
}

const notReady = "Not ready to serve"

// Starting answers while there is nothing to serve yet: the process lives, and whatever else is
// asked has to wait. doing says for what.
func Starting(doing func() string) http.Handler {
	alive := ghapi.NewRouter(nil, ghapi.Options{}, []ghapi.Route{
		{Method: "GET", Pattern: "/_usher/live", Docs: docs, Who: ghapi.Who{Unasked: true}, Handle: live},
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimLeft(r.URL.Path, "/") {
		case "_usher/live":
			alive.ServeHTTP(w, r)
		case "_usher/ready":
			ghapi.Unavailable(w, notReady+": "+doing()+".")
		default:
			ghapi.Unavailable(w, "The server is starting: "+doing()+". Try again in a moment.")
		}
	})
}

func (c Config) metrics(q *ghapi.Request) error {
	c.Metrics.ServeHTTP(q.W, q.R)
	return nil
}

func (c Config) reset(q *ghapi.Request) error {
	if err := c.Reset(q.R.Context()); err != nil {
		return err
	}
	c.renewRates()
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

type clockShown struct {
	Now       string `json:"now" format:"date-time"`
	Rehearsal bool   `json:"rehearsal" about:"Whether the clock can be moved and the world reset."`
}

func (c Config) clock(q *ghapi.Request) error {
	_, now, err := c.Service.Clock(q.R.Context())
	if err != nil {
		return err
	}
	return respond(q, http.StatusOK, clockShown{instant(now), c.Rehearsal})
}

// instant prints a world time: to the microsecond where it has a fraction of a second.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// respond sends a value as compact JSON.
func respond(q *ghapi.Request, code int, body any) error {
	text, err := compact(body)
	if err == nil {
		q.RespondNow(code, text)
	}
	return err
}

// compact is a value as compact JSON, letters of all scripts as they are.
func compact(body any) ([]byte, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(body)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
