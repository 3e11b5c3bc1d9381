// Package ownapi is what stands under /_usher/: usher's own endpoints, which GitHub does
// not have. They take the same tokens as the rest and answer errors in the same shape.
package ownapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// Config is what the endpoints work on.
type Config struct {
	Service   *usher.Service
	GitHub    http.Handler                // serves every other path
	Rehearsal bool                        // whether the clock can be moved and the world reset
	Reset     func(context.Context) error // loads the seed anew
	Ready     func(context.Context) error // why the process cannot serve, or nil
	Wire      ghapi.Options               // of GitHub's API; requests here are not counted
	Metrics   http.Handler
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
	own := ghapi.NewRouter(c.Service, wire, c.routes(ghapi.New(c.Service, wire)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(strings.TrimLeft(r.URL.Path, "/"), "_usher/") {
			own.ServeHTTP(w, r)
			return
		}
		c.GitHub.ServeHTTP(w, r)
	})
}

// routes are usher's own. github is what a call is looked up in whose effect is asked for.
func (c Config) routes(github *ghapi.API) []ghapi.Route {
	unasked, token := ghapi.Who{Unasked: true}, ghapi.Who{}
	administer := usher.AdministerSite()
	site := ghapi.Who{Self: &administer}
	routes := []ghapi.Route{
		{Method: "GET", Pattern: "/_usher/live", Docs: docs, Who: unasked, Handle: live},
		{Method: "GET", Pattern: "/_usher/ready", Docs: docs, Who: unasked, Handle: c.ready},
		{Method: "GET", Pattern: "/_usher/metrics", Docs: docs, Who: unasked, Handle: c.metrics},
		{Method: "GET", Pattern: "/_usher/clock", Docs: docs, Who: token, Handle: c.clock},
		{Method: "GET", Pattern: "/_usher/orgs/{org}/entitlements/{username}", Docs: docs, Who: ghapi.Who{Access: &readEntitlements}, Handle: c.entitlement},
		{Method: "GET", Pattern: "/_usher/orgs/{org}/audit-log/export", Docs: docs, Who: ghapi.Who{Access: &readAuditLog}, Handle: c.export},
		{Method: "GET", Pattern: "/_usher/orgs/{org}/seats", Docs: docs, Who: ghapi.Who{Access: &readSeats}, Handle: c.seats},
		{Method: "GET", Pattern: "/_usher/orgs/{org}/seats/{username}/explain", Docs: docs, Who: ghapi.Who{Access: &readSeats}, Handle: c.explain},
		{Method: "GET", Pattern: "/_usher/orgs/{org}/seats/{username}/history", Docs: docs, Who: ghapi.Who{Access: &readSeats}, Handle: c.history},
		{Method: "POST", Pattern: "/_usher/orgs/{org}/whatif", Docs: docs, Who: ghapi.Who{Access: &readSeats}, Handle: c.whatIf(github)},
		{Method: "POST", Pattern: "/_usher/orgs/{org}/activity", Docs: docs, Who: ghapi.Who{Access: &reportActivity}, Handle: c.activity},
		{Method: "PATCH", Pattern: "/_usher/orgs/{org}/copilot", Docs: docs, Who: ghapi.Who{Access: &changeOrganization}, Handle: c.organizationCopilot},
		{Method: "PATCH", Pattern: "/_usher/enterprises/{enterprise}/copilot", Docs: docs, Who: ghapi.Who{Access: &changeEnterprise}, Handle: c.enterpriseCopilot},
		{Method: "GET", Pattern: "/_usher/tokens", Docs: docs, Who: site, Handle: c.tokens},
		{Method: "POST", Pattern: "/_usher/tokens", Docs: docs, Who: site, Handle: c.createToken},
		{Method: "DELETE", Pattern: "/_usher/tokens/{id}", Docs: docs, Who: site, Handle: c.revokeToken},
	}
	if !c.Rehearsal {
		return routes
	}
	return append(routes,
		ghapi.Route{Method: "POST", Pattern: "/_usher/clock/advance", Docs: docs, Who: token, Handle: c.advance},
		ghapi.Route{Method: "POST", Pattern: "/_usher/reset", Docs: docs, Who: token, Handle: c.reset},
	)
}

// renewRates opens new windows of rate limits, where there are any.
func (c Config) renewRates() {
	if c.Wire.Rates != nil {
		c.Wire.Rates.Renew()
	}
}

type status struct {
	Status string `json:"status"`
}

func live(q *ghapi.Request) error { return respond(q, http.StatusOK, status{"live"}) }

func (c Config) ready(q *ghapi.Request) error {
	if err := c.Ready(q.R.Context()); err != nil {
		return &usher.Error{Kind: usher.Unavailable, Message: "Not ready to serve.", Err: err}
	}
	return respond(q, http.StatusOK, status{"ready"})
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
	Now       string `json:"now"`
	Rehearsal bool   `json:"rehearsal"`
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
