package ghapi

import (
	stdcmp "cmp"
	"flag"
	"fmt"
	"net/http"
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
	if slices.Contains(access.Roles, usher.RoleMember) {
		who = "a member of the organization"
	}
	visible := "not a member of the organization"
	if enterprise {
		who = "an enterprise owner or billing manager"
		visible = "neither owner, billing manager nor member of one of its organizations"
		switch {
		case slices.Contains(access.Roles, usher.RoleMember):
			who = visible[len("neither "):] // never said: all who may know of it are
		case !slices.Contains(access.Roles, usher.RoleBillingManager):
			who = "an enterprise owner"
		}
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

// listAnswers are what the operations with a list in their body share.
func listAnswers() []answer {
	return []answer{
		{400, "not JSON, not UTF-8, or nested too deep: `Problems parsing JSON`", documented, sourceTrouble},
		{400, "JSON, but not an object: `Body should be a JSON object`", documented, sourceTrouble},
		{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"},
		{422, "the list is missing, or of the wrong type: `Invalid request.` and a line for each violation", recorded, sourceOdoo},
		{422, "the list is empty or has more than 100,000 names", choice, "an empty list is documented as 422; texts and limit unknown"},
	}
}

// writeAnswers are what an organization's four operations with a list share.
func writeAnswers() []answer {
	return append(listAnswers(), []answer{
		{422, "Copilot is not enabled: `Copilot Business is not enabled for this organization.`", documented, sourceDocs + "; " + sourceCleanup},
		{422, "billing is not set up; no public code policy; access disabled or unconfigured: one text each, in this order", documented, sourceDocs + "; texts and order ours"},
		{422, "the setting is `assign_all`: the recorded text, `documentation_url` a how-to page", recorded, sourceHelper},
		{422, "an unknown name, or (users) one that is neither member nor invited: `Validation Failed`, an entry each, nothing changed", choice, "unknown"},
	}...)
}

const sourcePreview = "OpenAPI description (public preview)"

// enterpriseWriteAnswers are what an enterprise's four operations with a list share.
func enterpriseWriteAnswers() []answer {
	return append(listAnswers(), []answer{
		{422, "Copilot is not enabled: `Copilot Business is not enabled for this enterprise.`", documented, sourcePreview + "; text ours"},
		{422, "billing is not set up; no public code policy; the setting is `assign_all`, disabled or unconfigured: one text each, in this order", documented, sourcePreview + "; texts and order ours, and the setting's for teams"},
		{422, "an unknown name, or (users) one that is a member of none of the enterprise's organizations and teams: `Validation Failed`, an entry each, nothing changed", choice, "unknown"},
		unopened("status documented for users; for teams the description admits apps, and no permission is known"),
	}...)
}

// unopened is the answer to tokens with permissions, which can do nothing in an enterprise.
func unopened(source string) answer {
	return answer{403, "fine-grained, App user or installation token of somebody who may know of the enterprise: `Resource not accessible by …`", choice, source}
}

// teamWriteAnswers are what creating and changing a team share.
func teamWriteAnswers() []answer {
	return []answer{
		{400, "not JSON, not UTF-8, or not an object", documented, sourceTrouble},
		{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"},
		{422, "a key that is missing, of the wrong type or none of its words: `Invalid request.` and a line for each violation", recorded, sourceOdoo},
		{422, "a name or slug that another team has, or that makes no slug; no such parent, or a secret one; a secret team among nested ones; a long description: `Validation Failed`, with what and why", documented, "REST documentation, teams; codes and texts ours"},
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
	case "copilot/add-copilot-seats-for-enterprise-teams":
		return append(enterpriseWriteAnswers(), answer{201, created + "; slugs with `ent:` or without, or names", documented, sourcePreview + "; slugs without `ent:`, and details, ours"})
	case "copilot/cancel-copilot-seats-for-enterprise-teams":
		return append(enterpriseWriteAnswers(),
			answer{200, cancelled + "; whom another enterprise team holds loses the row at once, and is not counted", documented, sourcePreview + "; the row ours"})
	case "copilot/add-copilot-seats-for-enterprise-users":
		return append(enterpriseWriteAnswers(), answer{201, created, documented, sourcePreview})
	case "copilot/cancel-copilot-seats-for-enterprise-users":
		return append(enterpriseWriteAnswers(), answer{200, cancelled + "; whom an enterprise team alone holds is neither counted nor refused; who holds a direct seat can be named, though no member any more", documented, sourcePreview + "; details ours"})
	case "copilot/get-copilot-seat-details-for-enterprise-user":
		return []answer{
			{200, "a list of one person's rows, as in the enterprise's list; `total_seats` is 1; not paged", documented, sourcePreview + "; `total_seats` ours"},
			{404, "unknown login, or no current seat in the enterprise and its organizations: `Not Found`", choice, "as for an organization's member"},
			{422, "Copilot is enabled neither for the enterprise nor for any of its organizations: `Copilot Business is not enabled for this enterprise.`", documented, sourcePreview + "; the organizations and the text ours"},
			unopened("status documented"),
		}
	case "enterprise-teams/list", "enterprise-teams/get", "enterprise-teams/create", "enterprise-teams/update", "enterprise-teams/delete",
		"enterprise-team-memberships/list", "enterprise-team-memberships/get", "enterprise-team-memberships/add", "enterprise-team-memberships/remove",
		"enterprise-team-memberships/bulk-add", "enterprise-team-memberships/bulk-remove",
		"enterprise-team-organizations/get-assignments", "enterprise-team-organizations/get-assignment", "enterprise-team-organizations/add",
		"enterprise-team-organizations/delete", "enterprise-team-organizations/bulk-add", "enterprise-team-organizations/bulk-remove":
		return append(enterpriseTeamAnswers(operation), unopened("the description has these operations not for apps"))
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
	case "orgs/get-audit-log", "enterprise-admin/get-audit-log":
		return auditAnswers(operation)
	case "apps/list-installations", "apps/get-org-installation", "apps/create-installation-access-token":
		return appAnswers(operation)
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
	case "orgs/list-members", "orgs/check-membership-for-user", "orgs/remove-member", "orgs/get-membership-for-user", "orgs/set-membership-for-user", "orgs/remove-membership-for-user",
		"orgs/list-pending-invitations", "orgs/create-invitation", "orgs/cancel-invitation":
		return peopleAnswers(operation)
	case "orgs/list-for-authenticated-user", "orgs/list-memberships-for-authenticated-user", "orgs/update-membership-for-authenticated-user":
		return append(ownAnswers(operation), []answer{
			{401, "no credential, or an `Authorization` that cannot be read: `Requires authentication`", recorded, sourceMinutehand},
			{403, "a classic or OAuth token without the scope: the text says which", choice, "status documented, text unknown"},
			{403, "an installation's token: `Resource not accessible by integration`", documented, sourceTrouble},
		}...)
	case "teams/list", "teams/list-child-in-org":
		return []answer{
			{200, "the teams that the caller may know of, 30 a page, by id: secret ones for owners, installations and who is in them", documented, "REST documentation, teams; order ours"},
			{404, "no such team, or one that the caller may not know of: `Not Found`", documented, "REST documentation, teams"},
		}
	case "teams/get-by-name":
		return []answer{
			{200, "the team; `members_count` with child teams' people", documented, "REST documentation, teams; key order PyGithub, recorded 2025-01-07, after what all teams share"},
			{404, "no such team, or one that the caller may not know of: `Not Found`", documented, "REST documentation, teams"},
		}
	case "teams/list-members-in-org":
		return []answer{
			{200, "people of the team and its child teams, 30 a page, by id, with `role` and `inherited`; an unknown `role` counts as all", documented, "REST documentation, team members; order ours"},
			{404, "no such team, or one that the caller may not know of: `Not Found`", documented, "REST documentation, teams"},
		}
	case "teams/list-idp-groups-in-org":
		return []answer{
			{403, "`This team is not externally managed`: no team is", recorded, "dormant-accounts expects this text"},
			{404, "no such team, or one that the caller may not know of: `Not Found`", documented, "REST documentation, teams"},
		}
	case "teams/create":
		return append(teamWriteAnswers(), []answer{
			{201, "the team, with the caller and the named maintainers in it; below a granted team they have a seat at once", documented, "REST documentation, teams; key order as in GET; the seat rules G2, G3, G9"},
			{403, "a parent that the caller is neither an owner nor a maintainer for", choice, "text unknown"},
			{422, "`maintainers` or `repo_names` with more than 100 items: `Invalid request.`", choice, "GitHub's limits are unknown"},
			{422, "a maintainer who is no member of the organization; a repository at all, since usher has none: `Validation Failed`", choice, "unknown"},
		}...)
	case "teams/update-in-org":
		return append(teamWriteAnswers(), []answer{
			{200, "the team was so already", documented, "OpenAPI description"},
			{201, "the team as it is now; the slug follows a new name; its people's seats follow a new parent", documented, "OpenAPI description; the seats rules G2, G3, X5"},
			{403, "neither an owner of the organization nor a maintainer of the team, and of the new parent", documented, "REST documentation, teams; the parent and the text ours"},
			{404, "no such team, or one that the caller may not know of: `Not Found`", documented, "OpenAPI description"},
			{422, "below itself or one of its child teams: `Validation Failed`", choice, "unknown"},
		}...)
	case "teams/delete-in-org":
		return []answer{
			{204, "the team and its child teams are gone; seats that nothing else holds are pending, without a team", documented, "REST documentation, teams; the seats rule X7"},
			{403, "neither an owner of the organization nor a maintainer of the team; a maintainer, where there are child teams", documented, "REST documentation, teams; texts ours"},
			{404, "no such team, or one that the caller may not know of: `Not Found`", choice, "the description has no 404"},
		}
	case "teams/get-membership-for-user-in-org", "teams/get-membership-for-user-legacy":
		return []answer{
			{200, "who is in the team, or in a child team of it; owners are shown as maintainers", documented, "REST documentation, team members"},
			{404, "no such team, a secret one that the caller may not know of, or a person who is not in it: `Not Found`", documented, "REST documentation, team members"},
		}
	case "teams/add-or-update-membership-for-user-in-org", "teams/add-or-update-membership-for-user-legacy":
		return []answer{
			{200, "in the team, with this role; a seat at once where the team has a grant", documented, "REST documentation, team members; the seat rule G2"},
			{200, "somebody who is not in the organization: invited to it, and `pending`; so is who is invited already", documented, "REST documentation, team members"},
			{403, "somebody who is not in the organization, and the caller is not an owner", documented, "REST documentation, team members; text ours"},
			{400, "not JSON, not UTF-8, or not an object", documented, sourceTrouble},
			{403, "neither an owner of the organization nor a maintainer of the team", documented, "REST documentation, team members; text ours"},
			{404, "no such team or person: `Not Found`", choice, "the description has no 404"},
			{422, "a role that is none: `Invalid request.`", choice, "text unknown"},
		}
	case "teams/remove-member-legacy":
		return []answer{
			{204, "out of the team; a seat that nothing else holds is pending", documented, "REST documentation, team members; the seat rule X5"},
			{403, "neither an owner of the organization nor a maintainer of the team", documented, "REST documentation, team members; text ours"},
			{404, "no such team, or a person who is not in it; neither who is in a child team only nor who is invited is", documented, "OpenAPI description, of another reason"},
		}
	case "teams/remove-membership-for-user-in-org", "teams/remove-membership-for-user-legacy":
		return []answer{
			{204, "out of the team; a seat that nothing else holds is pending", documented, "REST documentation, team members; the seat rule X5"},
			{403, "neither an owner of the organization nor a maintainer of the team", documented, "REST documentation, team members; text ours"},
			{404, "no such team, or a person who is not in it; who is in a child team only is not", choice, "the description has no 404"},
		}
	case "copilot/copilot-enterprise-one-day-usage-metrics", "copilot/copilot-enterprise-repos-one-day-report",
		"copilot/copilot-enterprise-user-teams-one-day-report", "copilot/copilot-users-one-day-usage-metrics",
		"copilot/copilot-organization-one-day-usage-metrics", "copilot/copilot-organization-repos-one-day-report",
		"copilot/copilot-organization-user-teams-one-day-report", "copilot/copilot-organization-users-one-day-usage-metrics":
		return append(reportAnswers(operation), answer{422, "`day` is missing, or no date: `Invalid request.` and what is wrong", choice, "`day` is documented as required; status and text unknown"})
	case "copilot/copilot-enterprise-usage-metrics", "copilot/copilot-users-usage-metrics",
		"copilot/copilot-organization-usage-metrics", "copilot/copilot-organization-users-usage-metrics":
		return reportAnswers(operation)
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

const (
	sourceTeams   = "OpenAPI description, enterprise teams"
	noTeamThere   = "no such team: `Not Found`"
	onlySelected  = "the team's `organization_selection_type` is not `selected`"
	undeclared404 = "the description has no 404"
)

// bodyAnswers are what operations share that read a body.
func bodyAnswers() []answer {
	return []answer{
		{400, "not JSON, not UTF-8, or not an object", documented, sourceTrouble},
		{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"},
		{422, "the body breaks the schema: `Invalid request.` and a line for each violation", choice, "the form recorded of another operation, " + sourceOdoo},
	}
}

// enterpriseTeamAnswers are those of the operations on an enterprise's teams.
func enterpriseTeamAnswers(operation string) []answer {
	missing := answer{404, noTeamThere, choice, undeclared404}
	switch operation {
	case "enterprise-teams/list":
		return []answer{{200, "30 a page, by id", documented, sourceTeams + "; order ours"}}
	case "enterprise-teams/get":
		return []answer{{200, "the team, by slug, with `ent:` or without, or by number", documented, sourceTeams + "; slugs without `ent:` ours"}, missing}
	case "enterprise-teams/create":
		return append(bodyAnswers(),
			answer{201, "the team, with nobody in it; `sync_to_organizations` has no effect", documented, sourceTeams + "; that nobody is in it ours"},
			answer{422, "a name that another team has, in name or slug, or that makes no slug; a `group_id`: `Validation Failed`", choice, "unknown; usher has no identity provider"})
	case "enterprise-teams/update":
		return append(bodyAnswers(), missing,
			answer{200, "the team; its slug follows its name; without `selected` its assignments are forgotten", documented, sourceTeams + "; the last ours"},
			answer{422, "a name that another team has, in name or slug, or that makes no slug; a `group_id`: `Validation Failed`", choice, "unknown; usher has no identity provider"})
	case "enterprise-teams/delete":
		return []answer{{204, "the team is gone, and its grant ended: seats through it are pending, or gone where another enterprise team holds the person", documented, sourceTeams + "; the seats rules E5, X7"}, missing}
	case "enterprise-team-memberships/list":
		return []answer{{200, "30 a page, by id", documented, sourceTeams + "; order ours"}, missing}
	case "enterprise-team-memberships/get":
		return []answer{{200, "who is in the team", documented, sourceTeams}, {404, "no such team, or a person who is not in it: `Not Found`", choice, undeclared404}}
	case "enterprise-team-memberships/add":
		return []answer{
			{201, "in the team, now or before; a seat at once where the team has a grant", documented, sourceTeams + "; the seat rule G2"},
			{404, "no such team or person: `Not Found`", choice, undeclared404},
			{422, "somebody who does not belong to the enterprise: `Validation Failed`", choice, "unknown"},
		}
	case "enterprise-team-memberships/remove":
		return []answer{
			{204, "out of the team; the seat through it is pending, or gone where another enterprise team holds the person", documented, sourceTeams + "; the seat rules E5, X5"},
			{404, "no such team, or a person who is not in it: `Not Found`", choice, undeclared404},
		}
	case "enterprise-team-memberships/bulk-add":
		return append(bodyAnswers(), missing,
			answer{200, "the named people, each once, who are in the team now", documented, sourceTeams + "; order ours"},
			answer{422, "an unknown login, or somebody who does not belong to the enterprise: `Validation Failed`, an entry each, nothing changed; more than 100,000 names", choice, "unknown"})
	case "enterprise-team-memberships/bulk-remove":
		return append(bodyAnswers(), missing,
			answer{200, "the named people, each once, who are out of the team now", documented, sourceTeams + "; order ours"},
			answer{422, "an unknown login, or somebody who is not in the team: `Validation Failed`, an entry each, nothing changed; more than 100,000 names", choice, "unknown"})
	case "enterprise-team-organizations/get-assignments":
		return []answer{{200, "30 a page, by id: none, all of the enterprise, or those that are assigned, as `organization_selection_type` says", documented, sourceTeams + "; order ours"}, missing}
	case "enterprise-team-organizations/get-assignment":
		return []answer{{200, "the organization", documented, sourceTeams}, {404, "no such team, or it is not assigned to the organization: `Not Found`", documented, sourceTeams}}
	case "enterprise-team-organizations/add":
		return []answer{
			{201, "assigned, now or before; who is a member of the organization stays as it is", documented, sourceTeams + "; the last ours"},
			{404, "no such team, or no such organization of the enterprise: `Not Found`", choice, undeclared404},
			{422, onlySelected, choice, "unknown"},
		}
	case "enterprise-team-organizations/delete":
		return []answer{
			{204, "not assigned any more", documented, sourceTeams},
			{404, "no such team, or it is not assigned to the organization: `Not Found`", choice, undeclared404},
			{422, onlySelected, choice, "unknown"},
		}
	case "enterprise-team-organizations/bulk-add":
		return append(bodyAnswers(), missing,
			answer{200, "the named organizations, each once, which are assigned now", documented, sourceTeams + "; order ours"},
			answer{422, "a login that is none of the enterprise's organizations': `Validation Failed`, an entry each, nothing changed; " + onlySelected + "; more than 100,000 names", choice, "unknown"})
	case "enterprise-team-organizations/bulk-remove":
		return append(bodyAnswers(), missing,
			answer{204, "not assigned any more", documented, sourceTeams},
			answer{422, "an organization that is not assigned: `Validation Failed`, an entry each, nothing changed; " + onlySelected + "; more than 100,000 names", choice, "unknown"})
	}
	return nil
}

const sourceMembers = "REST documentation, organization members"

// peopleAnswers are those of the operations on an organization's people and invitations.
func peopleAnswers(operation string) []answer {
	body := answer{400, "not JSON, not UTF-8, or not an object", documented, sourceTrouble}
	large := answer{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"}
	lastOwner := answer{403, "the last owner cannot leave", choice, "unknown"}
	switch operation {
	case "orgs/list-members":
		return []answer{{200, "the members, 30 a page, by id; `role` as documented, an unknown one counts as all; `filter` leaves nobody out", documented, sourceMembers + "; order, unknown role and `filter` ours"}}
	case "orgs/check-membership-for-user":
		return []answer{
			{204, "a member", documented, sourceMembers},
			{404, "not a member, or no such login: `User does not exist or is not a member of the organization`", recorded, "PyGithub, 2018-04-05"},
		}
	case "orgs/remove-member":
		return []answer{
			{204, "out of the organization and its teams; the seat is gone at once", documented, sourceMembers + "; the seat rule X6"},
			lastOwner,
			{404, "not a member, or no such login: `Not Found`", choice, "the description has no 404"},
		}
	case "orgs/get-membership-for-user":
		return []answer{
			{200, "who is a member (`active`) or invited (`pending`); owners have the role `admin`", documented, sourceMembers + "; key order PyGithub, recorded 2024-09-09"},
			{404, "neither member nor invited, or no such login: `Not Found`", recorded, "PyGithub, 2019-10-29"},
		}
	case "orgs/set-membership-for-user":
		return []answer{
			{200, "the role of a member, or of who is invited; others are invited", documented, sourceMembers},
			body, large,
			{404, "no such login: `Not Found`", choice, "the description has no 404"},
			{422, "a role that is none: `Invalid request.`", choice, "text unknown"},
			{422, "the last owner cannot become a member", choice, "unknown"},
		}
	case "orgs/remove-membership-for-user":
		return []answer{
			{204, "a member is out of the organization and its teams, the seat gone at once; an invitation is withdrawn", documented, sourceMembers + "; the seat rule X6"},
			lastOwner,
			{404, "neither member nor invited, or no such login: `Not Found`", documented, "OpenAPI description"},
		}
	case "orgs/list-pending-invitations":
		return []answer{{200, "those that can still be accepted, 30 a page, by id; of nobody in particular the `inviter` is the organization; no e-mail addresses; `created_at` in the zone of the token's user, with milliseconds", recorded, "PyGithub, 2021-10-12; order, inviter and `Z` without milliseconds in UTC ours"}}
	case "orgs/create-invitation":
		return []answer{
			{201, "the invitation, which can be accepted for seven days at least; `login` does as well as `invitee_id`", documented, sourceMembers + "; key order PyGithub, recorded 2021-10-12; `login` and the end ours"},
			body, large,
			{422, "no invitee, an e-mail address alone, a role that usher does not have, a value of the wrong type, more than 100 teams", choice, "texts and limit unknown; usher sends no mail"},
			{422, "a member, somebody who is invited, an unknown person or team: `Validation Failed`, with one entry", choice, "unknown"},
		}
	}
	return []answer{ // orgs/cancel-invitation
		{204, "withdrawn; a grant that was remembered is forgotten", documented, sourceMembers + "; the grant rule G4"},
		{404, "no such invitation, or one that has ended: `Not Found`", documented, "OpenAPI description"},
	}
}

// ownAnswers are those of the operations on one's own places in organizations.
func ownAnswers(operation string) []answer {
	switch operation {
	case "orgs/list-for-authenticated-user":
		return []answer{
			{200, "where the token's user is a member, 30 a page, by id; for a fine-grained token none", documented, "REST documentation, organizations; order ours"},
			{403, "an App user's token: `Resource not accessible by integration`", documented, "OpenAPI description: not enabled for apps"},
		}
	case "orgs/list-memberships-for-authenticated-user":
		return []answer{
			{200, "where the token's user is a member or invited, 30 a page, by the organization's id; a token with permissions knows only of its own organization; an unknown `state` counts as both", documented, sourceMembers + "; key order PyGithub, recorded 2024-09-09; order and tokens with permissions ours"},
			{403, "fine-grained or App user token without the permission: `Resource not accessible by …`", documented, sourceTrouble},
		}
	}
	return []answer{ // orgs/update-membership-for-authenticated-user
		{200, "accepted; a seat at once where there is a grant; who is a member already stays what they are", documented, sourceMembers + "; the seat rule G4; members ours"},
		{400, "not JSON, not UTF-8, or not an object", documented, sourceTrouble},
		{403, "fine-grained or App user token without the permission: `Resource not accessible by …`", documented, sourceTrouble},
		{404, "no such organization, no invitation, or one that has ended; for a token with permissions another organization than its own: `Not Found`", documented, "OpenAPI description"},
		{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"},
		{422, "a `state` that is missing, or is not `active`: `Invalid request.`", documented, "OpenAPI description; text ours"},
	}
}

// auditAnswers are those of both audit logs.
func auditAnswers(operation string) []answer {
	answers := []answer{
		{200, "the events that match `phrase`, 30 a page, of the past three months unless `created` says otherwise; `after` and `before` in `Link`; `include=git`: none; what `include` and `order` do not know counts as left out", documented, "OpenAPI description; how `Link` looks, details and fields of usher's own ours"},
		{422, "a phrase with free text, a negation, a qualifier that usher does not know or that stands twice, a time that is none, more than 1000 bytes: the text names it, and what can be there", choice, "unknown"},
		{422, "`after` or `before` is no cursor; both together; a `page` beyond the first", choice, "unknown"},
	}
	if operation == "enterprise-admin/get-audit-log" {
		return append(answers, unopened("the description has this operation not for apps"))
	}
	return answers
}

const (
	sourceApps     = "REST documentation, apps"
	sourcePyGithub = "PyGithub, 2022 to 2024"
	sourceKnown    = "from memory of public reports, without a recording"
)

// appAnswers are what the operations answer that take nothing but an app's JWT.
func appAnswers(operation string) []answer {
	answers := []answer{
		{401, "`'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires`: it has expired, or has no `exp`", recorded, "PyGithub, 2022-10-24, of one that has expired"},
		{401, "`'Expiration time' claim ('exp') is too far in the future`: more than ten minutes", documented, sourceApps + ", the ten minutes; text " + sourceKnown},
		{401, "`'Issued at' claim ('iat') must be an Integer …`: it is missing, or more than a minute ahead", choice, "that it is needed, and clocks drift, is documented; text and status " + sourceKnown},
		{401, "`'Issuer' claim ('iss') must be an Integer`: neither a number nor a text", choice, "text and status " + sourceKnown},
		{401, "`A JSON web token could not be decoded`: no credential, another kind of one or after another word than `Bearer`; no JWT, not RS256, signed by nobody's key, `crit`, an `nbf` to come", choice, "that a JWT after Bearer is needed is documented; text and status " + sourceKnown},
		{404, "`Integration not found`: no app has the id or client id of `iss`", choice, "text and status " + sourceKnown},
	}
	switch operation {
	case "apps/list-installations":
		return append(answers,
			answer{200, "the app's installations, 30 a page, the latest first; `since` as described; `outdated`, whose meaning is not described, has no effect", recorded, sourcePyGithub + ", key order and form; `since` documented"},
			answer{422, "`since` is no time: `Invalid request.` and what is wrong", choice, "unknown"})
	case "apps/get-org-installation":
		return append(answers,
			answer{200, "the app's installation there", recorded, sourcePyGithub},
			answer{404, "unknown organization, or the app is not installed there: `Not Found`", recorded, "PyGithub, 2022-10-24"})
	}
	return append(answers,
		answer{201, "a token for an hour of wall time; `permissions` narrows what it may, `{}` to nothing; with no body, and any Content-Type", recorded, sourcePyGithub + "; `{}` ours"},
		answer{400, "not JSON, not UTF-8, or not an object", recorded, "PyGithub, 2022-10-24, of no JSON"},
		answer{404, "no such installation, or another app's: `Not Found`", recorded, "PyGithub, 2022-10-24"},
		answer{413, "the body is larger than 8 MiB", choice, "GitHub's limit is unknown"},
		answer{422, "`The permissions requested are not granted to this installation.`", recorded, "PyGithub, 2022-10-24"},
		answer{422, "`There is at least one repository that does not exist or is not accessible to the parent installation.`: any repository, since usher has none", documented, "OpenAPI description; text " + sourceKnown},
		answer{422, "a key of the wrong type, a level that is none, more than 500 repositories: `Invalid request.` and a line for each violation", choice, "as of other operations; 500 documented"})
}

// reportAnswers are what the twelve operations on reports share. Five of them declare what
// all of them answer.
func reportAnswers(operation string) []answer {
	never := answer{204, "always: there is no report, since usher does not know what seats are used for", choice, "as other operations on reports declare"}
	if slices.Contains([]string{
		"copilot/copilot-enterprise-repos-one-day-report",
		"copilot/copilot-organization-one-day-usage-metrics",
		"copilot/copilot-organization-repos-one-day-report",
		"copilot/copilot-organization-user-teams-one-day-report",
		"copilot/copilot-organization-users-one-day-usage-metrics",
	}, operation) {
		never.basis, never.source = documented, "OpenAPI description"
	}
	return []answer{never}
}

// graphQLAnswers are all that GraphQL answers with.
func graphQLAnswers() []answer {
	answers := []answer{
		{200, "`viewer`, and `enterprise` with its `organizations` by id, at most 100 at a time; fragments, aliases, variables, directives, introspection", documented, "GraphQL reference; the order ours"},
		{200, "with `errors`, and nothing executed: syntax, unknown fields and arguments, wrong variables; more than 32 KiB, 15 levels or 500 selections", choice, "the texts are those of usher's GraphQL library"},
		{200, "with `errors`: unknown enterprise, or the caller is neither owner, billing manager nor member of one of its organizations: `NOT_FOUND`", choice, "form and type recorded of a node, PyGithub 2024; text ours"},
		{200, "with `errors`: a classic or OAuth token without `read:enterprise` asks for an enterprise: `INSUFFICIENT_SCOPES`", choice, "type from cli/cli; text ours"},
		{200, "with `errors`: neither an enterprise owner nor a billing manager; a token with permissions asks for an enterprise; an installation's `viewer`: `FORBIDDEN`", choice, "type and texts ours"},
		{200, "with `errors`: `first` and `last` missing, both there, negative, above 100; a cursor that is none", choice, "types and texts ours"},
		{400, "not JSON: `Problems parsing JSON`; not an object; a missing query; a wrong type", documented, sourceTrouble + "; the last two ours"},
		{401, "no credential, or an `Authorization` that cannot be read: `Requires authentication`", choice, "the text is that of other operations"},
		{413, "the body is larger than 256 KiB", choice, "GitHub's limit is unknown"},
	}
	for _, a := range everyCall() {
		if a.status != 400 { // it has no API version
			answers = append(answers, a)
		}
	}
	return answers
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
		writeOperation(&page, route, append(own, sharedBy(route)...))
	}
	writeOperation(&page, graphQLRoute(), graphQLAnswers())
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

// sharedBy is what a route has of the answers that all operations share. An app brings no token.
func sharedBy(route Route) []answer {
	shared := everyCall()
	if !route.Who.App {
		return shared
	}
	shared = slices.DeleteFunc(shared, func(a answer) bool { return a.status == http.StatusUnauthorized })
	spent := slices.IndexFunc(shared, func(a answer) bool { return a.status == http.StatusForbidden })
	shared[spent].when = "the rate limit of an address is spent, by calls without any credential; those of apps are not counted"
	return shared
}

func writeOperation(page *strings.Builder, route Route, answers []answer) {
	fmt.Fprintf(page, "\n## %s %s\n\n", route.Method, route.Pattern)
	fmt.Fprintf(page, "[%s](%s)", route.Operation, route.Docs)
	if byNumber := byNumber(route.Pattern); byNumber != "" {
		fmt.Fprintf(page, ", also at `%s`", byNumber)
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
	need := stdcmp.Or(who.Access, who.Self)
	switch {
	case who.App:
		return "For apps alone, by a JSON web token."
	case who.Anonymous:
		return "For everybody, with a token or without."
	case need == nil:
		return "For every token."
	case len(need.Permissions) == 0:
		return "Scopes: " + code(need.Scopes) + "."
	}
	return "Scopes: " + code(need.Scopes) + ". Permissions: " + code(need.Permissions) + ", " + need.Level + "."
}

func code(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

const compatibilityHead = `# Compatibility

What usher answers, per operation and status, and how well each answer is known to be
GitHub's. This page is generated from the route table; a test fails when it is stale.

- **documented**: by GitHub, in its REST documentation or its OpenAPI description.
- **recorded**: seen in public traffic, in the source named.
- **our choice**: GitHub's behaviour is unknown. This is what usher does, not a fact about GitHub.

Each operation is served at ` + "`/`" + ` and, the same, under ` + "`/api/v3/`" + `; GraphQL, at the end of the list, at
` + "`/graphql`" + ` and ` + "`/api/graphql`" + `. Checks are made in this order
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
| GraphQL: ` + "`" + `X-GitHub-Media-Type: github.v4; format=json` + "`" + `, ` + "`" + `X-Accepted-OAuth-Scopes: repo` + "`" + `, no API version, ` + "`" + `ETag` + "`" + ` or ` + "`" + `Cache-Control` + "`" + ` | recorded | PyGithub, 2024 |
| the values of the accepted scopes and permissions of the Copilot operations | our choice | from the documentation; none recorded |
| ` + "`" + `GitHub-Authentication-Token-Expiration` + "`" + ` for a token that expires | recorded | PyGithub, 2024 to 2026 |
| ` + "`" + `ETag` + "`" + ` and ` + "`" + `Cache-Control` + "`" + ` on answers that show something, writes too; errors and 204 have neither, and the short ` + "`" + `Vary` + "`" + ` | recorded | PyGithub, 2024 to 2026 |
| ` + "`" + `If-None-Match` + "`" + ` compares weakly; a 304 has the strong tag and no media type; weak tags on compressed answers | recorded | PyGithub, 2023-11-23; Alknoma/minutehand, 2026-10-08 |
| ` + "`" + `ETag` + "`" + ` on the Copilot lists | our choice | none recorded; as on other lists |
| rate limits: a window of an hour that opens with its first request; five headers on every routed answer; a 304 is free for who has a token; ` + "`" + `Bad credentials` + "`" + `, and unrouted paths with an ` + "`" + `Authorization` + "`" + `, are not counted | recorded | brekkylab/backlot, 2026-09; Alknoma/minutehand |
| an app's JWT is counted in no window, and no header speaks of one | recorded | PyGithub, 2022 to 2023 |
| beyond the limit a conditional request is 403 too, although a 304 would be free | our choice | unknown |
| a window for each token, not for each user or installation; 60 an hour for an address without one, of IPv6 for a network of 64 bits; usher's own endpoints are not counted | our choice | GitHub counts per user; windows are per process |
| ` + "`" + `Deprecation` + "`" + `, ` + "`" + `Sunset` + "`" + ` and ` + "`" + `Link` + "`" + ` on ` + "`" + `/teams/{team_id}/…` + "`" + `, for who may use it | recorded | PyGithub, 2025-01-07, of ` + "`" + `GET /teams/{team_id}` + "`" + `; the alternate of the others ours |
| preflight: any ` + "`" + `OPTIONS` + "`" + ` is 204; to the documented headers ` + "`" + `X-GitHub-Api-Version` + "`" + `, ` + "`" + `Accept` + "`" + `, ` + "`" + `Accept-Encoding` + "`" + `, ` + "`" + `User-Agent` + "`" + ` are added | documented | REST documentation, CORS; the addition ours, for Octokit in browsers |
| gzip above 8 KiB, for who accepts it | our choice | GitHub compresses almost everything |
| ` + "`" + `HEAD` + "`" + ` is ` + "`" + `GET` + "`" + ` without the body | recorded | brekkylab/backlot, 2026-09-07 |

## Known to be otherwise at GitHub

| GitHub | usher |
|---|---|
| ` + "`" + `X-GitHub-Media-Type` + "`" + ` repeats a preview that ` + "`" + `Accept` + "`" + ` names (PyGithub, 2024 to 2026) | always ` + "`" + `github.v3; format=json` + "`" + ` |
| ` + "`" + `Last-Modified` + "`" + `, and ` + "`" + `If-Modified-Since` + "`" + ` with it, on profiles | neither: usher keeps no time of a profile's last change |
| ` + "`" + `X-GitHub-Edge-Region` + "`" + ` (2026-08) | none: there is no edge |
| what an app is shown by its JWT has ` + "`" + `Cache-Control: public` + "`" + ` and a ` + "`" + `Vary` + "`" + ` without ` + "`" + `Authorization` + "`" + `, a minted token too (PyGithub, 2022 to 2023) | ` + "`" + `private` + "`" + `, with ` + "`" + `Vary: Authorization` + "`" + `; a minted token ` + "`" + `no-cache` + "`" + ` and no ` + "`" + `ETag` + "`" + `: a cache in between gives nobody else's away |
| an app has at least ` + "`" + `metadata: read` + "`" + ` (PyGithub, 2022 to 2024) | only what the seed gives it |
| 15,000 requests an hour for some apps; secondary limits; windows per user | one number for all tokens; no secondary limits |
| 403 for a missing ` + "`" + `User-Agent` + "`" + ` | served |
| 202 with a message, sometimes, where a DELETE of ` + "`" + `selected_enterprise_teams` + "`" + ` takes long (OpenAPI description) | 200: it is done when it is answered |
| apps may use ` + "`" + `selected_enterprise_teams` + "`" + ` (OpenAPI description, which names no permission) | 403: no permission of theirs is known |
| the audit log has a rate window of its own, ` + "`" + `audit_log` + "`" + `, of 1750 an hour (OpenAPI description) | a request is counted like any other, in ` + "`" + `core` + "`" + ` |
| the audit log's search knows ` + "`" + `operation` + "`" + `, ` + "`" + `repo` + "`" + `, ` + "`" + `country` + "`" + `, free text and negation (REST documentation) | 422: ` + "`" + `action` + "`" + `, ` + "`" + `actor` + "`" + `, ` + "`" + `created` + "`" + ` and ` + "`" + `user` + "`" + ` alone |
| GraphQL has a rate window of its own, ` + "`" + `graphql` + "`" + ` (PyGithub, 2024) | a request is counted like any other, in ` + "`" + `core` + "`" + ` |
| GraphQL's unknown fields: ` + "`" + `Field 'x' doesn't exist on type 'User'` + "`" + ` (cli/cli) | the text of usher's GraphQL library |
| GraphQL's refusals say where in the query, in ` + "`" + `locations` + "`" + ` (PyGithub, 2024) | only their ` + "`" + `path` + "`" + ` |
| GraphQL's ` + "`" + `viewer` + "`" + ` is the app's bot for an installation | refused: there is no bot |
| who is no member of the organization is shown its public members, or sent there by a 302 | 404, as everywhere: nobody's membership is public |
| invitations by e-mail address, to billing managers, with ` + "`" + `reinstate` + "`" + ` | 422 with a text: usher sends no mail |
| ` + "`" + `direct_membership` + "`" + ` and enterprise teams in newer memberships (OpenAPI description, optional) | absent: every membership is direct |
| 50 or 500 invitations a day | as many as are made |
| ` + "`" + `GET /user` + "`" + ` shows private fields to some scopes | the public profile for everybody |
| ` + "`" + `GET /meta` + "`" + ` lists addresses, ` + "`" + `GET /rate_limit` + "`" + ` a dozen resources | only what usher has |
| a team's ` + "`" + `permission` + "`" + ` is what it was given (OpenAPI description, closing down) | looked at for its form, and always ` + "`" + `pull` + "`" + `: there are no repositories |
| every recorded error is JSON; none is recorded of malformed requests or too long headers | ` + "`" + `400` + "`" + `, ` + "`" + `408` + "`" + `, ` + "`" + `431` + "`" + `, ` + "`" + `505` + "`" + ` of Go's HTTP server, as plain text |

Every GitHub operation that is not on this page is not served.
`
