package description

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// gap is an answer that the description does not declare, and that is right all the same.
type gap struct {
	operation string // its id, anyOperation or preflight
	status    int
	says      string // how the error's message begins
	reason    string
}

const (
	anyOperation = "any operation"
	preflight    = "OPTIONS"
)

// known is what the description lacks, but for [auditLogs], [reports] and [enterpriseTeams]. The tests of internal/ghapi need every line.
func known() []gap {
	return []gap{
		{preflight, http.StatusNoContent, "", "documented in words: using CORS and JSONP to make cross-origin requests"},
		{anyOperation, http.StatusNotModified, "", "conditional requests are documented in words for all GETs (best practices), and declared for a few; recorded 2023 and 2026"},
		{anyOperation, http.StatusBadRequest, "Bad Request", "an unsupported API version, recorded 2026-10-08"},
		{anyOperation, http.StatusBadRequest, "Problems parsing JSON", "documented in words: troubleshooting"},
		{anyOperation, http.StatusBadRequest, "Body should be a JSON object", "documented in words: troubleshooting"},
		{anyOperation, http.StatusBadRequest, "The request's body could not be read", "our choice: a body that does not arrive"},
		{anyOperation, http.StatusUnauthorized, "Bad credentials", "an unknown token is refused on routes for everybody too, recorded 2026-09"},
		{anyOperation, http.StatusUnauthorized, "Requires authentication", "no credential, recorded 2026-10-08 of GET /user"},
		{"apps/list-installations", http.StatusUnauthorized, "A JSON web token could not be decoded", "that a JWT is needed is documented in words; the operation beside it declares the status"},
		{"apps/get-org-installation", http.StatusUnauthorized, "A JSON web token could not be decoded", "that a JWT is needed is documented in words; the operation beside it declares the status"},
		{"apps/get-org-installation", http.StatusUnauthorized, "'Expiration time' claim ('exp') must be", "recorded 2022-10-24"},
		{"apps/list-installations", http.StatusUnauthorized, "'", "recorded 2022-10-24 of the operation beside it, of one claim"},
		{"apps/list-installations", http.StatusNotFound, "Integration not found", "known from what people have asked about in public; our choice of where"},
		{"apps/list-installations", http.StatusUnprocessableEntity, "Invalid request.\n\nFor 'properties/since', ", "our choice: since is described as a date-time, and no answer to what is none"},
		{"apps/get-org-installation", http.StatusNotFound, "Not Found", "recorded 2022-10-24"},
		{anyOperation, http.StatusForbidden, "API rate limit exceeded for ", "recorded 2026-09"},
		{anyOperation, http.StatusRequestEntityTooLarge, "The request's body is larger than ", "our choice: GitHub's limit is not documented"},
		{"teams/list", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/get-by-name", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"teams/list-child-in-org", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"teams/list-child-in-org", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/list-members-in-org", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"teams/list-members-in-org", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/list-idp-groups-in-org", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/list-idp-groups-in-org", http.StatusForbidden, "This team is not externally managed", "what clients are told and look for"},
		{"teams/list-idp-groups-in-org", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"teams/get-membership-for-user-in-org", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"teams/add-or-update-membership-for-user-in-org", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/remove-membership-for-user-in-org", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"orgs/list-members", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"orgs/list-members", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"orgs/check-membership-for-user", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a scope or permission"},
		{"orgs/remove-member", http.StatusNotFound, "Not Found", "our choice: who is not a member cannot be removed"},
		{"orgs/set-membership-for-user", http.StatusNotFound, "Not Found", "our choice: an unknown login; of an organization, documented in words: troubleshooting"},
		{"orgs/list-pending-invitations", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a role, scope or permission"},
		{"orgs/create-invitation", http.StatusForbidden, "", "recorded 2018-08-26 of who is no owner"},
		{"orgs/cancel-invitation", http.StatusForbidden, "", "documented in words: troubleshooting, of who lacks a role, scope or permission"},
		{"teams/create", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/delete-in-org", http.StatusForbidden, "", "documented in words: about scopes, and that an owner or maintainer is needed"},
		{"teams/delete-in-org", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{"teams/get-membership-for-user-legacy", http.StatusForbidden, "", "documented in words: about scopes"},
		{"teams/remove-member-legacy", http.StatusForbidden, "", "documented in words: about scopes, and that an owner or maintainer is needed"},
		{"teams/remove-membership-for-user-legacy", http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
		{anyOperation, http.StatusInternalServerError, "Server Error", "documented in words: troubleshooting"},
		{anyOperation, http.StatusServiceUnavailable, "", "our choice: the store cannot serve now; of GitHub only 5xx is documented"},
	}
}

// auditLogs is what is lacking of the audit logs, which declare a success alone.
func auditLogs() []gap {
	var lacking []gap
	for _, operation := range []string{"orgs/get-audit-log", "enterprise-admin/get-audit-log"} {
		lacking = append(lacking,
			gap{operation, http.StatusForbidden, "", "that an owner and a scope are needed is documented in words"},
			gap{operation, http.StatusNotFound, "Not Found", "documented in words: troubleshooting, of what the caller may not know of"},
			gap{operation, http.StatusUnprocessableEntity, "", "our choice: what a phrase, a cursor or a page cannot be"})
	}
	return lacking
}

// reports is what is lacking of the operations on reports. Some of them declare the 204
// for no report, and their twins do not.
func reports() []gap {
	const twins = "our choice: no report, as the operations beside it declare"
	return []gap{
		{anyOperation, http.StatusUnprocessableEntity, "Invalid request.\n\n\"day\" wasn't supplied.", "our choice: day is described as required, and no answer to who leaves it out"},
		{anyOperation, http.StatusUnprocessableEntity, "Invalid request.\n\nFor 'properties/day', ", "our choice: day is described as a date, and no answer to what is none"},
		{"copilot/copilot-enterprise-one-day-usage-metrics", http.StatusNoContent, "", twins},
		{"copilot/copilot-enterprise-usage-metrics", http.StatusNoContent, "", twins},
		{"copilot/copilot-enterprise-user-teams-one-day-report", http.StatusNoContent, "", twins},
		{"copilot/copilot-organization-usage-metrics", http.StatusNoContent, "", twins},
		{"copilot/copilot-organization-users-usage-metrics", http.StatusNoContent, "", twins},
		{"copilot/copilot-users-one-day-usage-metrics", http.StatusNoContent, "", twins},
		{"copilot/copilot-users-usage-metrics", http.StatusNoContent, "", twins},
	}
}

// enterpriseTeams is what is lacking of the operations on enterprise teams, most of which
// declare no refusal at all.
func enterpriseTeams() []gap {
	const (
		hidden    = "documented in words: troubleshooting, of what the caller may not know of"
		forbidden = "that changes are for owners is documented in words; the operations beside it declare the status"
		refused   = "documented in words: troubleshooting, of what breaks the schema; else our choice"
	)
	return []gap{
		{"enterprise-teams/list", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-teams/create", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-teams/create", http.StatusForbidden, "", forbidden},
		{"enterprise-teams/create", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-teams/get", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-teams/update", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-teams/update", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-teams/delete", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-memberships/list", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-memberships/list", http.StatusForbidden, "", forbidden},
		{"enterprise-team-memberships/bulk-add", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-memberships/bulk-add", http.StatusForbidden, "", forbidden},
		{"enterprise-team-memberships/bulk-add", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-team-memberships/bulk-remove", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-memberships/bulk-remove", http.StatusForbidden, "", forbidden},
		{"enterprise-team-memberships/bulk-remove", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-team-memberships/get", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-memberships/get", http.StatusForbidden, "", forbidden},
		{"enterprise-team-memberships/add", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-memberships/add", http.StatusForbidden, "", forbidden},
		{"enterprise-team-memberships/add", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-team-memberships/remove", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-organizations/get-assignments", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-organizations/get-assignments", http.StatusForbidden, "", forbidden},
		{"enterprise-team-organizations/bulk-add", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-organizations/bulk-add", http.StatusForbidden, "", forbidden},
		{"enterprise-team-organizations/bulk-add", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-team-organizations/bulk-remove", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-organizations/bulk-remove", http.StatusForbidden, "", forbidden},
		{"enterprise-team-organizations/bulk-remove", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-team-organizations/get-assignment", http.StatusForbidden, "", forbidden},
		{"enterprise-team-organizations/add", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-organizations/add", http.StatusForbidden, "", forbidden},
		{"enterprise-team-organizations/add", http.StatusUnprocessableEntity, "", refused},
		{"enterprise-team-organizations/delete", http.StatusNotFound, "Not Found", hidden},
		{"enterprise-team-organizations/delete", http.StatusForbidden, "", forbidden},
		{"enterprise-team-organizations/delete", http.StatusUnprocessableEntity, "", refused},
	}
}

// gaps are the known gaps, and which of them were needed.
type gaps struct {
	known []gap

	mu     sync.Mutex
	needed map[gap]bool
}

func newGaps() *gaps {
	return &gaps{known: slices.Concat(known(), auditLogs(), reports(), enterpriseTeams()), needed: map[gap]bool{}}
}

// cover says whether an operation may give an answer that it does not declare.
func (g *gaps) cover(operation string, status int, body []byte) bool {
	var e envelope
	_ = json.Unmarshal(body, &e) // what is no error has no message
	for _, gap := range g.known {
		applies := gap.operation == operation || gap.operation == anyOperation && operation != preflight
		if applies && gap.status == status && strings.HasPrefix(e.Message, gap.says) {
			g.mu.Lock()
			g.needed[gap] = true
			g.mu.Unlock()
			return true
		}
	}
	return false
}

// Unneeded are the known gaps that no answer has needed of all that this process has
// checked so far.
func Unneeded() []string {
	d, err := shared()
	if err != nil {
		return []string{err.Error()}
	}
	d.gaps.mu.Lock()
	defer d.gaps.mu.Unlock()
	var lines []string
	for _, gap := range d.gaps.known {
		if !d.gaps.needed[gap] {
			lines = append(lines, fmt.Sprintf("%s, %d %q: %s", gap.operation, gap.status, gap.says, gap.reason))
		}
	}
	return lines
}
