package ghapi

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// The compatibility page is made from the route table and from what is known of each
// operation's answers, below. To write it anew:
//
//	go test ./internal/ghapi -run TestCompatibilityPage -update
var update = flag.Bool("update", false, "write golden files and generated pages anew")

const compatibilityPage = "../../docs/compatibility.md"

// basis is how well an answer is known to be GitHub's.
type basis string

const (
	documented basis = "documented" // by GitHub, in words or in its OpenAPI description
	recorded   basis = "recorded"   // in public traffic
	choice     basis = "our choice" // GitHub's behaviour is unknown
)

// answer is one way in which an operation answers.
type answer struct {
	status int
	when   string
	basis  basis
	source string
}

const (
	sourceDocs       = "REST documentation, Copilot user management"
	sourceTrouble    = "REST documentation, troubleshooting"
	sourceMinutehand = "Alknoma/minutehand, recorded 2026-10-08"
	sourceBacklot    = "brekkylab/backlot, measured 2026-09"
	sourceOdoo       = "Odoo's conformance tests, 2024 to 2026"
	sourceHelper     = "rulasg/CopilotHelper test data, recorded 2024-02"
	sourceCleanup    = "austenstone/copilot-license-cleanup compares this text"
)

// everyCall are the answers that all operations share.
func everyCall() []answer {
	return []answer{
		{400, "`X-GitHub-Api-Version` is neither 2022-11-28 nor 2026-03-10; `errors` is a string", recorded, sourceMinutehand},
		{401, "unknown or expired token: `Bad credentials`", recorded, sourceBacklot},
		{403, "the rate limit is spent, where there is one; without a token the body has no `status`", recorded, sourceBacklot},
		{500, "usher failed inside: `Server Error`", documented, sourceTrouble},
		{503, "the store cannot serve now (full, busy, gone), or too many requests run at once: with `Retry-After`", choice, "undocumented"},
	}
}

// everyOperation are the answers that all operations on an account's seats share.
func everyOperation(access usher.Access) []answer {
	enterprise := access.Kind == usher.Enterprise
	who := "an organization owner"
	visible := "not a member of the organization"
	if enterprise {
		who = "an enterprise owner or billing manager"
		visible = "neither owner, billing manager nor member of one of its organizations"
	}
	answers := []answer{
		{401, "no credential, or an `Authorization` that cannot be read: `Requires authentication`", recorded, sourceMinutehand},
		{403, "the caller is not " + who + ", or the token lacks the scope: the text says which", choice, "status documented, text unknown"},
		{404, "unknown account, or the caller is " + visible + ": `Not Found`", recorded, sourceHelper},
	}
	if !enterprise {
		answers = append(answers,
			answer{403, "fine-grained or App token without the permission or role: `Resource not accessible by …`", documented, sourceTrouble},
			answer{404, "fine-grained or App token outside its owner's organization: `Not Found`", choice, "unknown"})
	}
	return answers
}

// writeAnswers are what the four operations with a list in their body share.
func writeAnswers() []answer {
	return []answer{
		{400, "not JSON, not UTF-8, or nested too deep: `Problems parsing JSON`", documented, sourceTrouble},
		{400, "JSON, but not an object: `Body should be a JSON object`", documented, sourceTrouble},
		{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"},
		{422, "the list is missing, or of the wrong type: `Invalid request.` and a line for each violation", recorded, sourceOdoo},
		{422, "the list is empty or has more than 100,000 names", choice, "an empty list is documented as 422; texts and limit unknown"},
		{422, "Copilot is not enabled: `Copilot Business is not enabled for this organization.`", documented, sourceDocs + "; " + sourceCleanup},
		{422, "billing is not set up; no public code policy; access disabled or unconfigured: one text each, in this order", documented, sourceDocs + "; texts and order ours"},
		{422, "the setting is `assign_all`: the recorded text, `documentation_url` a how-to page", recorded, sourceHelper},
		{422, "an unknown name, or (users) one that is neither member nor invited: `Validation Failed`, an entry each, nothing changed", choice, "unknown"},
	}
}

func answersOf(operation string) []answer {
	created := "`seats_created`: new and refreshed seats; a live seat is not counted"
	cancelled := "`seats_cancelled`: seats that turned pending; one that is pending already is not counted again"
	switch operation {
	case "copilot/list-copilot-seats-for-enterprise":
		return []answer{
			{200, "a row per organization seat and per enterprise grant; `total_seats` counts people once", documented, sourceDocs + "; order ours"},
			{403, "fine-grained, App user or installation token of somebody who may know of the enterprise: `Resource not accessible by …`", documented, sourceDocs + "; for others the 404, ours"},
		}
	case "copilot/get-copilot-organization-details":
		return []answer{
			{200, "breakdown, settings, plan", documented, sourceDocs},
			{404, "Copilot is not enabled: `Copilot Business is not enabled for this organization.`", choice, "status unknown; " + sourceCleanup},
			{422, "`There is a problem with your account's associated payment method.`", documented, sourceDocs},
		}
	case "copilot/list-copilot-seats":
		return []answer{
			{200, "50 a page, at most 100, by seat id; a page past the end is empty", recorded, "austenstone/github-value and austenstone/copilot-usage, dumps of octodemo, 2025"},
			{404, "Copilot is not enabled: `Copilot Business is not enabled for this organization.`", choice, "status unknown; " + sourceCleanup},
		}
	case "meta/root":
		return []answer{{200, "33 links in recorded order, most of them to what usher does not have; 31 in version 2026-03-10", recorded, "octokit/fixtures get-root, 2022; the two retired ones documented"}}
	case "meta/get":
		return []answer{{200, "`verifiable_password_authentication`, false; addresses and keys are GitHub's alone and left out", documented, "OpenAPI description, where all else is optional"}}
	case "meta/get-all-versions":
		return []answer{{200, "both versions, the newest first", recorded, sourceMinutehand + ", from the 400's text"}}
	case "meta/get-zen":
		return []answer{{200, "one sentence as `text/plain;charset=utf-8`", documented, "OpenAPI description; the sentence ours"}}
	case "orgs/get":
		return []answer{
			{200, "what everybody is shown of an organization, with a token or without; no counts of things usher does not have", documented, "OpenAPI description; key order PyGithub, recorded 2024-02-01"},
			{404, "no such organization: `Not Found`", documented, "OpenAPI description"},
		}
	case "rate-limit/get":
		return []answer{
			{200, "`core` and `search`, which is never used; `rate` too in version 2022-11-28. Not counted; without a token any API version is ignored", recorded, "PyGithub, 2023-05-15; " + sourceBacklot + "; GitHub lists more resources"},
			{404, "no rate limits: `Rate limiting is not enabled.`", documented, "Enterprise Server documentation; text unknown"},
		}
	case "users/get-authenticated":
		return []answer{
			{200, "the public profile, whatever the scopes", documented, "OpenAPI description; key order PyGithub, recorded 2025-01-03"},
			{401, "no credential, or an `Authorization` that cannot be read: `Requires authentication`", recorded, sourceMinutehand},
			{403, "an installation's token: `Resource not accessible by integration`", documented, sourceTrouble},
		}
	case "users/get-by-username":
		return []answer{
			{200, "a person, or an organization with `\"type\":\"Organization\"`; e-mail addresses only for callers with a token", documented, "OpenAPI description"},
			{404, "no such login: `Not Found`", documented, "OpenAPI description"},
		}
	case "copilot/add-copilot-seats-for-teams":
		return append(writeAnswers(), answer{201, created + "; names or slugs, child teams' people too", documented, sourceDocs + "; slugs, child teams ours"})
	case "copilot/cancel-copilot-seat-assignment-for-teams":
		return append(writeAnswers(), answer{200, cancelled, documented, sourceDocs})
	case "copilot/add-copilot-seats-for-users":
		return append(writeAnswers(), answer{201, created + "; an invited person is, the first time", documented, sourceDocs + "; details ours"})
	case "copilot/cancel-copilot-seat-assignment-for-users":
		return append(writeAnswers(),
			answer{200, cancelled, documented, sourceDocs},
			answer{422, "a named person holds a live seat only via a team: an entry for each, nothing changed", documented, sourceDocs + "; all-or-nothing and text ours"})
	case "copilot/get-copilot-seat-details-for-user":
		return []answer{
			{200, "the seat", documented, sourceDocs},
			{404, "unknown login, neither member nor invited, or no current seat: `Not Found`", documented, "OpenAPI description; navikt/copilot, kalinchih/unused-copilot-seats-cleaner and terraform-provider-github rely on it"},
			{422, "Copilot is not enabled: `Copilot Business is not enabled for this organization.`", documented, sourceDocs},
			{422, "the person has a pending invitation", documented, sourceDocs + "; text ours"},
		}
	}
	return nil
}

func TestCompatibilityPageIsWhatTheRoutesSay(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	page.WriteString(compatibilityHead)
	for _, route := range Routes() {
		own := answersOf(route.Operation)
		if own == nil {
			t.Fatalf("%s has no answers in this table", route.Operation)
		}
		if access := route.Who.Access; access != nil {
			own = append(own, everyOperation(*access)...)
		}
		writeOperation(&page, route, append(own, everyCall()...))
	}
	page.WriteString(compatibilityTail)
	want := page.String()
	if *update {
		if err := os.WriteFile(compatibilityPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(compatibilityPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/compatibility.md is stale (-want +got); write it anew with -update:\n%s", diff)
	}
}

func writeOperation(page *strings.Builder, route Route, answers []answer) {
	fmt.Fprintf(page, "\n## %s %s\n\n", route.Method, route.Pattern)
	fmt.Fprintf(page, "[%s](%s)", route.Operation, route.Docs)
	if byID, ok := strings.CutPrefix(route.Pattern, "/orgs/{org}/"); ok {
		fmt.Fprintf(page, ", also at `/organizations/{id}/%s`", byID)
	}
	fmt.Fprintf(page, ". %s", whoMay(route.Who))
	page.WriteString("\n\n| status | when | basis | source |\n|---|---|---|---|\n")
	slices.SortStableFunc(answers, func(a, b answer) int { return a.status - b.status })
	for _, a := range answers {
		fmt.Fprintf(page, "| %d | %s | %s | %s |\n", a.status, a.when, a.basis, a.source)
	}
}

// whoMay says what a caller needs.
func whoMay(who Who) string {
	switch {
	case who.Anonymous:
		return "For everybody, with a token or without."
	case who.Access == nil:
		return "For every token."
	case len(who.Access.Permissions) == 0:
		return "Scopes: " + code(who.Access.Scopes) + "."
	}
	return "Scopes: " + code(who.Access.Scopes) + ". Permissions: " + code(who.Access.Permissions) + ", " + who.Access.Level + "."
}

func code(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

const compatibilityHead = `# Compatibility

What usher answers, per operation and status, and how well each answer is known to be
GitHub's. This page is generated from the route table; a test fails when it is stale.

- **documented**: by GitHub, in its REST documentation or its OpenAPI description.
- **recorded**: seen in public traffic, in the source named.
- **our choice**: GitHub's behaviour is unknown. This is what usher does, not a fact about GitHub.

Each operation is served at ` + "`/`" + ` and, the same, under ` + "`/api/v3/`" + `. Checks are made in this order
(recorded: brekkylab/backlot, 2026-09): unrouted path, bad credential, API version, missing
credential, resource, permission; then, our choice: form of the body, state of the
organization, names. The rules behind the answers, with their own bases, are in
[rules.md](rules.md).
`

const compatibilityTail = `
## What all answers share

| what | basis | source |
|---|---|---|
| compact JSON, raw UTF-8, ` + "`<`, `>` and `&`" + ` unescaped | recorded | PyGithub's recordings since 2024 |
| errors: ` + "`message`, `errors`, `documentation_url`, `status`" + ` in this order, ` + "`status`" + ` a string | recorded | PyGithub, 2024-12 and later |
| ` + "`documentation_url`" + ` of an unrouted path, of a 401 and of the API version's 400: ` + "`https://docs.github.com/rest`" + `; under assign_all a how-to page; else the operation's own | recorded | Alknoma/minutehand, brekkylab/backlot |
| unrouted path, trailing slash: 404, ahead of a bad token's 401 | recorded | brekkylab/backlot, 2026-09 |
| a method that a path does not have: 401 without a token, else 404 | recorded | brekkylab/backlot, 2026-09, without a token; else ours |
| key order of seats; ` + "`assigning_team`" + ` absent from direct seats; ` + "`user_view_type`" + ` | recorded | austenstone/github-value, dumps of octodemo, 2025 |
| key order inside teams and organizations; ` + "`permission`" + ` is ` + "`pull`" + ` | our choice | |
| times in the zone of the token's user, ` + "`last_authenticated_at`" + ` in UTC | recorded | austenstone/github-value, dumps of octodemo, 2025 |
| a zone that is set and stands at UTC shows ` + "`+00:00`" + `, UTC itself ` + "`Z`" + ` | our choice | |
| ` + "`page` and `per_page`" + ` are never an error; 50 by default, 100 at most | recorded | brekkylab/backlot, 2026-09; 50 documented |
| Link: ` + "`prev, next, last, first`" + `; organizations by number, enterprises by slug; the caller's own query | recorded | PyGithub 2023 to 2026, octokit/fixtures 2022 |
| Link on the Copilot lists themselves | our choice | none recorded; as on other lists |
| avatars, html and team URLs lead to the server that was asked | our choice | |
| repeated slashes count as one; dot segments are no route; an encoded slash is part of a name | our choice | |
| of a repeated JSON key or query parameter the last counts | our choice | |
| any Accept, Content-Type and User-Agent is served | our choice | GitHub refuses a missing User-Agent |

## Headers

| what | basis | source |
|---|---|---|
| every answer: ` + "`" + `X-GitHub-Media-Type: github.v3; format=json` + "`" + `, ` + "`" + `Vary` + "`" + `, CORS, six security headers, ` + "`" + `Server` + "`" + `, ` + "`" + `X-GitHub-Request-Id` + "`" + ` | recorded | PyGithub, 2024 to 2026 |
| ` + "`" + `X-GitHub-Api-Version-Selected` + "`" + ` on all but unrouted 404, ` + "`" + `Bad credentials` + "`" + `, the version's 400, and what usher refuses before it looks at a route | recorded | Alknoma/minutehand, brekkylab/backlot |
| classic and OAuth tokens: ` + "`" + `X-OAuth-Scopes` + "`" + ` (implied ones left out) and ` + "`" + `X-Accepted-OAuth-Scopes` + "`" + `; the others ` + "`" + `X-Accepted-GitHub-Permissions` + "`" + `; never both; none on a 304 | recorded | PyGithub, 2024 to 2026 |
| the values of the accepted scopes and permissions of the Copilot operations | our choice | from the documentation; none recorded |
| ` + "`" + `GitHub-Authentication-Token-Expiration` + "`" + ` for a token that expires | recorded | PyGithub, 2024 to 2026 |
| ` + "`" + `ETag` + "`" + ` and ` + "`" + `Cache-Control` + "`" + ` on answers that show something, writes too; errors and 204 have neither, and the short ` + "`" + `Vary` + "`" + ` | recorded | PyGithub, 2024 to 2026 |
| ` + "`" + `If-None-Match` + "`" + ` compares weakly; a 304 has the strong tag and no media type; weak tags on compressed answers | recorded | PyGithub, 2023-11-23; Alknoma/minutehand, 2026-10-08 |
| ` + "`" + `ETag` + "`" + ` on the Copilot lists | our choice | none recorded; as on other lists |
| rate limits: a window of an hour that opens with its first request; five headers on every routed answer; a 304 is free for who has a token; ` + "`" + `Bad credentials` + "`" + `, and unrouted paths with an ` + "`" + `Authorization` + "`" + `, are not counted | recorded | brekkylab/backlot, 2026-09; Alknoma/minutehand |
| a window for each token, not for each user; 60 an hour for an address without one; usher's own endpoints are not counted | our choice | GitHub counts per user; windows are per process |
| preflight: any ` + "`" + `OPTIONS` + "`" + ` is 204; to the documented headers ` + "`" + `X-GitHub-Api-Version` + "`" + `, ` + "`" + `Accept` + "`" + `, ` + "`" + `Accept-Encoding` + "`" + `, ` + "`" + `User-Agent` + "`" + ` are added | documented | REST documentation, CORS; the addition ours, for Octokit in browsers |
| gzip above 8 KiB, for who accepts it | our choice | GitHub compresses almost everything |
| ` + "`" + `HEAD` + "`" + ` is ` + "`" + `GET` + "`" + ` without the body | recorded | brekkylab/backlot, 2026-09-07 |

## Known to be otherwise at GitHub

| GitHub | usher |
|---|---|
| ` + "`" + `X-GitHub-Media-Type` + "`" + ` repeats a preview that ` + "`" + `Accept` + "`" + ` names (PyGithub, 2024 to 2026) | always ` + "`" + `github.v3; format=json` + "`" + ` |
| ` + "`" + `Last-Modified` + "`" + `, and ` + "`" + `If-Modified-Since` + "`" + ` with it, on profiles | neither: usher keeps no time of a profile's last change |
| ` + "`" + `X-GitHub-Edge-Region` + "`" + ` (2026-08) | none: there is no edge |
| 15,000 requests an hour for some apps; secondary limits; windows per user | one number for all tokens; no secondary limits |
| 403 for a missing ` + "`" + `User-Agent` + "`" + ` | served |
| ` + "`" + `GET /user` + "`" + ` shows private fields to some scopes | the public profile for everybody |
| ` + "`" + `GET /meta` + "`" + ` lists addresses, ` + "`" + `GET /rate_limit` + "`" + ` a dozen resources | only what usher has |
| malformed requests, too long headers and the like get JSON | ` + "`" + `400` + "`" + `, ` + "`" + `408` + "`" + `, ` + "`" + `431` + "`" + `, ` + "`" + `505` + "`" + ` of Go's HTTP server, as plain text |

Every GitHub operation that is not on this page is not served.
`
