package ghapi

import "github.com/usher-seats/usher"

// Where the operations are documented, and what their errors point to.
const (
	docsRoot        = "https://docs.github.com/rest"
	organizationDoc = docsRoot + "/copilot/copilot-user-management#"
	enterpriseDoc   = "https://docs.github.com/enterprise-cloud@latest/rest/copilot/copilot-user-management#"
	reportDoc       = docsRoot + "/copilot/copilot-usage-metrics#"
	metaDoc         = docsRoot + "/meta/meta#"
	teamMembersDoc  = docsRoot + "/teams/members#"
	teamsDoc        = docsRoot + "/teams/teams#"
)

// Who may (rule A2).
var (
	readOrganization  = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg}, Permissions: seatPermissions(), Level: usher.LevelRead}}
	writeOrganization = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminOrg}, Permissions: seatPermissions(), Level: usher.LevelWrite}}
	readEnterprise    = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner, usher.RoleBillingManager}, Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadEnterprise}}}
	// readEnterpriseMember has an organization's scope, as GitHub's description says.
	readEnterpriseMember = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg}}}
	writeEnterprise      = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminEnterprise}}}
	// readReports has the permission that GitHub's documentation calls Organization Copilot
	// metrics; what tokens call it is not recorded.
	readReports = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeReadOrg}, Permissions: []string{usher.PermissionMetrics}, Level: usher.LevelRead}}

	readTeam  = Who{Access: &usher.Access{Kind: usher.Organization, Roles: members(), Scopes: []string{usher.ScopeReadOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelRead}}
	writeTeam = Who{Access: &usher.Access{Kind: usher.Organization, Roles: members(), Scopes: []string{usher.ScopeAdminOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelWrite}}

	anybody  = Who{Anonymous: true}
	anyToken = Who{}
	// profile has the scopes that GitHub names on GET /orgs/{org}, recorded in 2024.
	profile = Who{Anonymous: true, Scopes: "admin:org, read:org, repo, user, write:org"}
)

func owners() []usher.Role { return []usher.Role{usher.RoleOwner} }

// members are who may ask about teams; whom a change needs is asked where the team is known.
func members() []usher.Role { return []usher.Role{usher.RoleOwner, usher.RoleMember} }

func seatPermissions() []string {
	return []string{usher.PermissionSeatManagement, usher.PermissionAdministration}
}

// Routes are GitHub's operations that usher serves: the one table that feeds the router,
// the permission check and the compatibility page.
func Routes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/", Operation: "meta/root", Docs: metaDoc + "github-api-root", Who: anybody, Handle: (*Request).root},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/billing/seats", Operation: "copilot/list-copilot-seats-for-enterprise", Docs: enterpriseDoc + "list-all-copilot-seat-assignments-for-an-enterprise", Who: readEnterprise, Handle: (*Request).enterpriseSeats},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/copilot/billing/selected_enterprise_teams", Operation: "copilot/add-copilot-seats-for-enterprise-teams", Docs: enterpriseDoc + "add-enterprise-teams-to-the-copilot-subscription-for-an-enterprise", Who: writeEnterprise, Handle: (*Request).addEnterpriseTeams},
		{Method: "DELETE", Pattern: "/enterprises/{enterprise}/copilot/billing/selected_enterprise_teams", Operation: "copilot/cancel-copilot-seats-for-enterprise-teams", Docs: enterpriseDoc + "remove-enterprise-teams-from-the-copilot-subscription-for-an-enterprise", Who: writeEnterprise, Handle: (*Request).removeEnterpriseTeams},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/copilot/billing/selected_users", Operation: "copilot/add-copilot-seats-for-enterprise-users", Docs: enterpriseDoc + "add-users-to-the-copilot-subscription-for-an-enterprise", Who: writeEnterprise, Handle: (*Request).addEnterpriseUsers},
		{Method: "DELETE", Pattern: "/enterprises/{enterprise}/copilot/billing/selected_users", Operation: "copilot/cancel-copilot-seats-for-enterprise-users", Docs: enterpriseDoc + "remove-users-from-the-copilot-subscription-for-an-enterprise", Who: writeEnterprise, Handle: (*Request).removeEnterpriseUsers},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/metrics/reports/enterprise-1-day", Operation: "copilot/copilot-enterprise-one-day-usage-metrics", Docs: reportDoc + "get-copilot-enterprise-usage-metrics-for-a-specific-day", Who: readEnterprise, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/metrics/reports/enterprise-28-day/latest", Operation: "copilot/copilot-enterprise-usage-metrics", Docs: reportDoc + "get-copilot-enterprise-usage-metrics", Who: readEnterprise, Handle: (*Request).report},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/metrics/reports/repos-1-day", Operation: "copilot/copilot-enterprise-repos-one-day-report", Docs: reportDoc + "get-copilot-enterprise-repository-report-for-a-specific-day", Who: readEnterprise, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/metrics/reports/user-teams-1-day", Operation: "copilot/copilot-enterprise-user-teams-one-day-report", Docs: reportDoc + "get-copilot-enterprise-user-teams-report-for-a-specific-day", Who: readEnterprise, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/metrics/reports/users-1-day", Operation: "copilot/copilot-users-one-day-usage-metrics", Docs: reportDoc + "get-copilot-users-usage-metrics-for-a-specific-day", Who: readEnterprise, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/metrics/reports/users-28-day/latest", Operation: "copilot/copilot-users-usage-metrics", Docs: reportDoc + "get-copilot-users-usage-metrics", Who: readEnterprise, Handle: (*Request).report},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/members/{username}/copilot", Operation: "copilot/get-copilot-seat-details-for-enterprise-user", Docs: enterpriseDoc + "get-copilot-seat-assignment-details-for-an-enterprise-user", Who: readEnterpriseMember, Handle: (*Request).enterpriseMemberSeats},
		{Method: "GET", Pattern: "/meta", Operation: "meta/get", Docs: metaDoc + "get-apiname-meta-information", Who: anybody, Handle: (*Request).meta},
		{Method: "GET", Pattern: "/orgs/{org}", Operation: "orgs/get", Docs: docsRoot + "/orgs/orgs#get-an-organization", Who: profile, Handle: (*Request).organization},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/billing", Operation: "copilot/get-copilot-organization-details", Docs: organizationDoc + "get-copilot-seat-information-and-settings-for-an-organization", Who: readOrganization, Handle: (*Request).billing},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/billing/seats", Operation: "copilot/list-copilot-seats", Docs: organizationDoc + "list-all-copilot-seat-assignments-for-an-organization", Who: readOrganization, Handle: (*Request).seats},
		{Method: "POST", Pattern: "/orgs/{org}/copilot/billing/selected_teams", Operation: "copilot/add-copilot-seats-for-teams", Docs: organizationDoc + "add-teams-to-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).addTeams},
		{Method: "DELETE", Pattern: "/orgs/{org}/copilot/billing/selected_teams", Operation: "copilot/cancel-copilot-seat-assignment-for-teams", Docs: organizationDoc + "remove-teams-from-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).removeTeams},
		{Method: "POST", Pattern: "/orgs/{org}/copilot/billing/selected_users", Operation: "copilot/add-copilot-seats-for-users", Docs: organizationDoc + "add-users-to-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).addUsers},
		{Method: "DELETE", Pattern: "/orgs/{org}/copilot/billing/selected_users", Operation: "copilot/cancel-copilot-seat-assignment-for-users", Docs: organizationDoc + "remove-users-from-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).removeUsers},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/metrics/reports/organization-1-day", Operation: "copilot/copilot-organization-one-day-usage-metrics", Docs: reportDoc + "get-copilot-organization-usage-metrics-for-a-specific-day", Who: readReports, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/metrics/reports/organization-28-day/latest", Operation: "copilot/copilot-organization-usage-metrics", Docs: reportDoc + "get-copilot-organization-usage-metrics", Who: readReports, Handle: (*Request).report},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/metrics/reports/repos-1-day", Operation: "copilot/copilot-organization-repos-one-day-report", Docs: reportDoc + "get-copilot-organization-repository-report-for-a-specific-day", Who: readReports, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/metrics/reports/user-teams-1-day", Operation: "copilot/copilot-organization-user-teams-one-day-report", Docs: reportDoc + "get-copilot-organization-user-teams-report-for-a-specific-day", Who: readReports, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/metrics/reports/users-1-day", Operation: "copilot/copilot-organization-users-one-day-usage-metrics", Docs: reportDoc + "get-copilot-organization-users-usage-metrics-for-a-specific-day", Who: readReports, Handle: (*Request).dayReport},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/metrics/reports/users-28-day/latest", Operation: "copilot/copilot-organization-users-usage-metrics", Docs: reportDoc + "get-copilot-organization-users-usage-metrics", Who: readReports, Handle: (*Request).report},
		{Method: "GET", Pattern: "/orgs/{org}/members/{username}/copilot", Operation: "copilot/get-copilot-seat-details-for-user", Docs: organizationDoc + "get-copilot-seat-assignment-details-for-a-user", Who: readOrganization, Handle: (*Request).memberSeat},
		{Method: "GET", Pattern: "/orgs/{org}/teams", Operation: "teams/list", Docs: teamsDoc + "list-teams", Who: readTeam, Handle: (*Request).teams},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}", Operation: "teams/get-by-name", Docs: teamsDoc + "get-a-team-by-name", Who: readTeam, Handle: (*Request).team},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/members", Operation: "teams/list-members-in-org", Docs: teamMembersDoc + "list-team-members", Who: readTeam, Handle: (*Request).teamPeople},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/memberships/{username}", Operation: "teams/get-membership-for-user-in-org", Docs: teamMembersDoc + "get-team-membership-for-a-user", Who: readTeam, Handle: (*Request).teamMembership},
		{Method: "PUT", Pattern: "/orgs/{org}/teams/{team_slug}/memberships/{username}", Operation: "teams/add-or-update-membership-for-user-in-org", Docs: teamMembersDoc + "add-or-update-team-membership-for-a-user", Who: writeTeam, Handle: (*Request).setTeamMembership},
		{Method: "DELETE", Pattern: "/orgs/{org}/teams/{team_slug}/memberships/{username}", Operation: "teams/remove-membership-for-user-in-org", Docs: teamMembersDoc + "remove-team-membership-for-a-user", Who: writeTeam, Handle: (*Request).removeTeamMembership},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings", Operation: "teams/list-idp-groups-in-org", Docs: "https://docs.github.com/enterprise-cloud@latest/rest/teams/team-sync#list-idp-groups-for-a-team", Who: readTeam, Handle: (*Request).groupMappings},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/teams", Operation: "teams/list-child-in-org", Docs: teamsDoc + "list-child-teams", Who: readTeam, Handle: (*Request).childTeams},
		{Method: "GET", Pattern: "/rate_limit", Operation: "rate-limit/get", Docs: docsRoot + "/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user", Who: anybody, Handle: (*Request).rateLimit, Free: true},
		{Method: "GET", Pattern: "/user", Operation: "users/get-authenticated", Docs: docsRoot + "/users/users#get-the-authenticated-user", Who: anyToken, Handle: (*Request).authenticatedUser},
		{Method: "GET", Pattern: "/users/{username}", Operation: "users/get-by-username", Docs: docsRoot + "/users/users#get-a-user", Who: anybody, Handle: (*Request).user},
		{Method: "GET", Pattern: "/versions", Operation: "meta/get-all-versions", Docs: metaDoc + "get-all-api-versions", Who: anybody, Handle: (*Request).versions},
		{Method: "GET", Pattern: "/zen", Operation: "meta/get-zen", Docs: metaDoc + "get-the-zen-of-github", Who: anybody, Handle: (*Request).zen},
	}
}
