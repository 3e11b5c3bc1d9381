package ghapi

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
)

// Headers are set straight into the map, with values that all answers share: on a small
// answer they are the dearest part. The names are in Go's canonical spelling.

// standardHeaders are on every answer, whatever it is. Recorded 2024 to 2026.
func standardHeaders() http.Header {
	header := http.Header{}
	header.Set("X-GitHub-Media-Type", "github.v3; format=json")
	header.Set("Vary", encodingVary)
	header.Set("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Strict-Transport-Security", "max-age=31536000; includeSubdomains; preload")
	header.Set("X-Frame-Options", "deny")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-XSS-Protection", "0")
	header.Set("Referrer-Policy", "origin-when-cross-origin, strict-origin-when-cross-origin")
	header.Set("Content-Security-Policy", "default-src 'none'")
	header.Set("Server", "github.com")
	return header
}

// encodingVary is the Vary of every answer; what may be cached has another before it.
const encodingVary = "Accept-Encoding, Accept, X-Requested-With"

// cachedHeaders are on what a client may keep: one set for callers with a token, and one
// for anonymous ones.
func cachedHeaders(control, vary string) http.Header {
	return http.Header{"Cache-Control": {control}, "Vary": {vary, encodingVary}}
}

// preflightHeaders answer a browser that asks whether it may send a request. The allowed
// headers are the documented list and, after it, what Octokit sends from a browser.
//
// Source: https://docs.github.com/rest/using-the-rest-api/using-cors-and-jsonp-to-make-cross-origin-requests
func preflightHeaders() http.Header {
	header := http.Header{}
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, X-GitHub-OTP, X-Requested-With, X-GitHub-Api-Version, Accept, Accept-Encoding, User-Agent")
	header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE")
	header.Set("Access-Control-Max-Age", "86400")
	return header
}

// set puts shared values into an answer's headers.
func set(header, values http.Header) {
	for name, value := range values {
		header[name] = value
	}
}

// accepted is what a route says of the tokens that it takes: to classic and OAuth tokens
// the scopes, to the others the permissions, never both (recorded 2024 to 2026).
type accepted struct {
	scopes      []string
	permissions []string // nil: tokens with permissions cannot use the route
}

func acceptedBy(who Who) accepted {
	need := cmp.Or(who.Access, who.Self)
	if need == nil {
		return accepted{scopes: []string{who.Scopes}, permissions: permissionless()}
	}
	a := accepted{scopes: []string{strings.Join(need.AcceptedScopes(), ", ")}}
	switch {
	case len(need.Permissions) > 0:
		a.permissions = []string{strings.Join(need.Permissions, "="+need.Level+"; ") + "=" + need.Level}
	case who.Self != nil && !need.SiteAdministrator:
		a.permissions = permissionless()
	}
	return a
}

func permissionless() []string { return []string{"allows_permissionless_access=true"} }

// introduce says in the headers what the token can do and what the route takes.
func (a accepted) introduce(header http.Header, token usher.Token) {
	if !token.ExpiresAt.IsZero() {
		header[tokenExpiration] = []string{token.ExpiresAt.UTC().Format("2006-01-02 15:04:05 UTC")}
	}
	if token.Kind.Scoped() {
		header[oauthScopes] = []string{strings.Join(usher.NormalScopes(token.Scopes), ", ")}
		header[acceptedScopes] = a.scopes
		return
	}
	if a.permissions != nil {
		header[acceptedPermissions] = a.permissions
	}
}

// The headers that speak of the caller's token. A 304 has none of them, nor a media type
// (recorded 2023-11-23 and 2026-10-08).
const (
	tokenExpiration     = "Github-Authentication-Token-Expiration"
	oauthScopes         = "X-Oauth-Scopes"
	acceptedScopes      = "X-Accepted-Oauth-Scopes"
	acceptedPermissions = "X-Accepted-Github-Permissions"
)

func (q *Request) forgetToken() {
	for _, name := range []string{tokenExpiration, oauthScopes, acceptedScopes, acceptedPermissions, "X-Github-Media-Type"} {
		delete(q.W.Header(), name)
	}
}

// deprecate says since when a route is deprecated, until when GitHub promised it, and what has
// taken its place, to who may know of that. Recorded 2025-01-07 of GET /teams/{team_id}.
func (q *Request) deprecate() {
	header := q.W.Header()
	header["Deprecation"] = []string{"Sat, 01 Feb 2020 00:00:00 GMT"}
	header["Sunset"] = []string{"Mon, 01 Feb 2021 00:00:00 GMT"}
	header["Link"] = []string{`<https://developer.github.com/changes/2020-01-21-moving-the-team-api-endpoints/>; rel="deprecation"; type="text/html", <` +
		q.base.membership(q.Account.Ref.ID, q.teamName().ID, q.R.PathValue("username")) + `>; rel="alternate"`}
}

func number(n int64) []string { return []string{strconv.FormatInt(n, 10)} }
