package ghapi

import "github.com/usher-seats/usher"

// Where the operations are documented, and what their errors point to.
const (
	docsRoot        = "https://docs.github.com/rest"
	organizationDoc = docsRoot + "/copilot/copilot-user-management#"
	enterpriseDoc   = "https://docs.github.com/enterprise-cloud@latest/rest/copilot/copilot-user-management#"
	reportDoc       = docsRoot + "/copilot/copilot-usage-metrics#"
	metaDoc         = docsRoot + "/meta/meta#"
	appsDoc         = docsRoot + "/apps/apps#"
	teamMembersDoc  = docsRoot + "/teams/members#"
	teamsDoc        = docsRoot + "/teams/teams#"
	membersDoc      = docsRoot + "/orgs/members#"
	cloudDoc        = "https://docs.github.com/enterprise-cloud@latest/rest"
	// installationsDoc is where GitHub's description points, and not to its newest documentation.
	installationsDoc = "https://docs.github.com/enterprise-server@3.9/rest/apps/apps#list-installations-for-the-authenticated-app"

	enterpriseTeamsDoc             = docsRoot + "/enterprise-teams/enterprise-teams#"
	enterpriseTeamMembersDoc       = docsRoot + "/enterprise-teams/enterprise-team-members#"
	enterpriseTeamOrganizationsDoc = docsRoot + "/enterprise-teams/enterprise-team-organizations#"
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

	// An audit log has a scope of its own. That who may administer an account may read its log
	// without it is ours.
	readAuditLog           = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeReadAuditLog, usher.ScopeAdminOrg}, Permissions: []string{usher.PermissionAdministration}, Level: usher.LevelRead}}
	readEnterpriseAuditLog = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: owners(), Scopes: []string{usher.ScopeReadAuditLog, usher.ScopeAdminEnterprise}}}

	readTeam  = Who{Access: &usher.Access{Kind: usher.Organization, Roles: members(), Scopes: []string{usher.ScopeReadOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelRead}}
	writeTeam = Who{Access: &usher.Access{Kind: usher.Organization, Roles: members(), Scopes: []string{usher.ScopeAdminOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelWrite}}

	// readPeople is as for teams; who is invited, and every change, is for owners.
	readPeople      = readTeam
	readInvitations = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeAdminOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelRead}}
	writePeople     = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeAdminOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelWrite}}
	// ownOrganizations has the scopes that GitHub's description names, and is not for apps.
	ownOrganizations = Who{Self: &usher.Access{Scopes: []string{usher.ScopeUser, usher.ScopeReadOrg}}}
	ownMemberships   = Who{Self: &usher.Access{Scopes: []string{usher.ScopeUser, usher.ScopeReadOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelRead}}
	acceptInvitation = Who{Self: &usher.Access{Scopes: []string{usher.ScopeWriteOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelWrite}}
	// readEnterpriseTeams is for all who may know of the enterprise: GitHub's description says
	// of changes alone that they need an owner.
	readEnterpriseTeams  = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner, usher.RoleBillingManager, usher.RoleMember}, Scopes: []string{usher.ScopeReadEnterprise}}}
	writeEnterpriseTeams = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: owners(), Scopes: []string{usher.ScopeAdminEnterprise}}}

	// anApp is for what apps ask about themselves.
	anApp    = Who{App: true}
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
		{Method: "GET", Pattern: "/app/installations", Operation: "apps/list-installations", Docs: installationsDoc, Who: anApp, Handle: (*Request).installations},
		{Method: "POST", Pattern: "/app/installations/{installation_id}/access_tokens", Operation: "apps/create-installation-access-token", Docs: appsDoc + "create-an-installation-access-token-for-an-app", Who: anApp, Handle: (*Request).mintInstallationToken},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/audit-log", Operation: "enterprise-admin/get-audit-log", Docs: cloudDoc + "/enterprise-admin/audit-log#get-the-audit-log-for-an-enterprise", Who: readEnterpriseAuditLog, Handle: (*Request).auditLog},
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
		{Method: "GET", Pattern: "/enterprises/{enterprise}/teams", Operation: "enterprise-teams/list", Docs: enterpriseTeamsDoc + "list-enterprise-teams", Who: readEnterpriseTeams, Handle: (*Request).enterpriseTeams},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/teams", Operation: "enterprise-teams/create", Docs: enterpriseTeamsDoc + "create-an-enterprise-team", Who: writeEnterpriseTeams, Handle: (*Request).createEnterpriseTeam},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/memberships", Operation: "enterprise-team-memberships/list", Docs: enterpriseTeamMembersDoc + "list-members-in-an-enterprise-team", Who: readEnterpriseTeams, Handle: (*Request).enterpriseTeamPeople},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/memberships/add", Operation: "enterprise-team-memberships/bulk-add", Docs: enterpriseTeamMembersDoc + "bulk-add-team-members", Who: writeEnterpriseTeams, Handle: (*Request).addEnterpriseTeamPeople},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/memberships/remove", Operation: "enterprise-team-memberships/bulk-remove", Docs: enterpriseTeamMembersDoc + "bulk-remove-team-members", Who: writeEnterpriseTeams, Handle: (*Request).removeEnterpriseTeamPeople},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/memberships/{username}", Operation: "enterprise-team-memberships/get", Docs: enterpriseTeamMembersDoc + "get-enterprise-team-membership", Who: readEnterpriseTeams, Handle: (*Request).enterpriseTeamPerson},
		{Method: "PUT", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/memberships/{username}", Operation: "enterprise-team-memberships/add", Docs: enterpriseTeamMembersDoc + "add-team-member", Who: writeEnterpriseTeams, Handle: (*Request).addEnterpriseTeamPerson},
		{Method: "DELETE", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/memberships/{username}", Operation: "enterprise-team-memberships/remove", Docs: enterpriseTeamMembersDoc + "remove-team-membership", Who: writeEnterpriseTeams, Handle: (*Request).removeEnterpriseTeamPerson},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/organizations", Operation: "enterprise-team-organizations/get-assignments", Docs: enterpriseTeamOrganizationsDoc + "get-organization-assignments", Who: readEnterpriseTeams, Handle: (*Request).enterpriseTeamOrganizations},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/organizations/add", Operation: "enterprise-team-organizations/bulk-add", Docs: enterpriseTeamOrganizationsDoc + "add-organization-assignments", Who: writeEnterpriseTeams, Handle: (*Request).assignOrganizations},
		{Method: "POST", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/organizations/remove", Operation: "enterprise-team-organizations/bulk-remove", Docs: enterpriseTeamOrganizationsDoc + "remove-organization-assignments", Who: writeEnterpriseTeams, Handle: (*Request).unassignOrganizations},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/organizations/{org}", Operation: "enterprise-team-organizations/get-assignment", Docs: enterpriseTeamOrganizationsDoc + "get-organization-assignment", Who: readEnterpriseTeams, Handle: (*Request).enterpriseTeamOrganization},
		{Method: "PUT", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/organizations/{org}", Operation: "enterprise-team-organizations/add", Docs: enterpriseTeamOrganizationsDoc + "add-an-organization-assignment", Who: writeEnterpriseTeams, Handle: (*Request).assignOrganization},
		{Method: "DELETE", Pattern: "/enterprises/{enterprise}/teams/{enterprise-team}/organizations/{org}", Operation: "enterprise-team-organizations/delete", Docs: enterpriseTeamOrganizationsDoc + "delete-an-organization-assignment", Who: writeEnterpriseTeams, Handle: (*Request).unassignOrganization},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/teams/{team_slug}", Operation: "enterprise-teams/get", Docs: enterpriseTeamsDoc + "get-an-enterprise-team", Who: readEnterpriseTeams, Handle: (*Request).enterpriseTeam},
		{Method: "PATCH", Pattern: "/enterprises/{enterprise}/teams/{team_slug}", Operation: "enterprise-teams/update", Docs: enterpriseTeamsDoc + "update-an-enterprise-team", Who: writeEnterpriseTeams, Handle: (*Request).changeEnterpriseTeam},
		{Method: "DELETE", Pattern: "/enterprises/{enterprise}/teams/{team_slug}", Operation: "enterprise-teams/delete", Docs: enterpriseTeamsDoc + "delete-an-enterprise-team", Who: writeEnterpriseTeams, Handle: (*Request).deleteEnterpriseTeam},
		{Method: "GET", Pattern: "/meta", Operation: "meta/get", Docs: metaDoc + "get-apiname-meta-information", Who: anybody, Handle: (*Request).meta},
		{Method: "GET", Pattern: "/orgs/{org}", Operation: "orgs/get", Docs: docsRoot + "/orgs/orgs#get-an-organization", Who: profile, Handle: (*Request).organization},
		{Method: "GET", Pattern: "/orgs/{org}/audit-log", Operation: "orgs/get-audit-log", Docs: cloudDoc + "/orgs/orgs#get-the-audit-log-for-an-organization", Who: readAuditLog, Handle: (*Request).auditLog},
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
		{Method: "GET", Pattern: "/orgs/{org}/installation", Operation: "apps/get-org-installation", Docs: appsDoc + "get-an-organization-installation-for-the-authenticated-app", Who: anApp, Handle: (*Request).organizationInstallation},
		{Method: "GET", Pattern: "/orgs/{org}/invitations", Operation: "orgs/list-pending-invitations", Docs: membersDoc + "list-pending-organization-invitations", Who: readInvitations, Handle: (*Request).invitations},
		{Method: "POST", Pattern: "/orgs/{org}/invitations", Operation: "orgs/create-invitation", Docs: membersDoc + "create-an-organization-invitation", Who: writePeople, Handle: (*Request).invite},
		{Method: "DELETE", Pattern: "/orgs/{org}/invitations/{invitation_id}", Operation: "orgs/cancel-invitation", Docs: membersDoc + "cancel-an-organization-invitation", Who: writePeople, Handle: (*Request).cancelInvitation},
		{Method: "GET", Pattern: "/orgs/{org}/members", Operation: "orgs/list-members", Docs: membersDoc + "list-organization-members", Who: readPeople, Handle: (*Request).members},
		{Method: "GET", Pattern: "/orgs/{org}/members/{username}", Operation: "orgs/check-membership-for-user", Docs: membersDoc + "check-organization-membership-for-a-user", Who: readPeople, Handle: (*Request).checkMember},
		{Method: "DELETE", Pattern: "/orgs/{org}/members/{username}", Operation: "orgs/remove-member", Docs: membersDoc + "remove-an-organization-member", Who: writePeople, Handle: (*Request).removeMember},
		{Method: "GET", Pattern: "/orgs/{org}/members/{username}/copilot", Operation: "copilot/get-copilot-seat-details-for-user", Docs: organizationDoc + "get-copilot-seat-assignment-details-for-a-user", Who: readOrganization, Handle: (*Request).memberSeat},
		{Method: "GET", Pattern: "/orgs/{org}/memberships/{username}", Operation: "orgs/get-membership-for-user", Docs: membersDoc + "get-organization-membership-for-a-user", Who: readPeople, Handle: (*Request).membership},
		{Method: "PUT", Pattern: "/orgs/{org}/memberships/{username}", Operation: "orgs/set-membership-for-user", Docs: membersDoc + "set-organization-membership-for-a-user", Who: writePeople, Handle: (*Request).setMembership},
		{Method: "DELETE", Pattern: "/orgs/{org}/memberships/{username}", Operation: "orgs/remove-membership-for-user", Docs: membersDoc + "remove-organization-membership-for-a-user", Who: writePeople, Handle: (*Request).removeMembership},
		{Method: "GET", Pattern: "/orgs/{org}/teams", Operation: "teams/list", Docs: teamsDoc + "list-teams", Who: readTeam, Handle: (*Request).teams},
		{Method: "POST", Pattern: "/orgs/{org}/teams", Operation: "teams/create", Docs: teamsDoc + "create-a-team", Who: writeTeam, Handle: (*Request).createTeam},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}", Operation: "teams/get-by-name", Docs: teamsDoc + "get-a-team-by-name", Who: readTeam, Handle: (*Request).team},
		{Method: "PATCH", Pattern: "/orgs/{org}/teams/{team_slug}", Operation: "teams/update-in-org", Docs: teamsDoc + "update-a-team", Who: writeTeam, Handle: (*Request).changeTeam},
		{Method: "DELETE", Pattern: "/orgs/{org}/teams/{team_slug}", Operation: "teams/delete-in-org", Docs: teamsDoc + "delete-a-team", Who: writeTeam, Handle: (*Request).deleteTeam},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/members", Operation: "teams/list-members-in-org", Docs: teamMembersDoc + "list-team-members", Who: readTeam, Handle: (*Request).teamPeople},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/memberships/{username}", Operation: "teams/get-membership-for-user-in-org", Docs: teamMembersDoc + "get-team-membership-for-a-user", Who: readTeam, Handle: (*Request).teamMembership},
		{Method: "PUT", Pattern: "/orgs/{org}/teams/{team_slug}/memberships/{username}", Operation: "teams/add-or-update-membership-for-user-in-org", Docs: teamMembersDoc + "add-or-update-team-membership-for-a-user", Who: writeTeam, Handle: (*Request).setTeamMembership},
		{Method: "DELETE", Pattern: "/orgs/{org}/teams/{team_slug}/memberships/{username}", Operation: "teams/remove-membership-for-user-in-org", Docs: teamMembersDoc + "remove-team-membership-for-a-user", Who: writeTeam, Handle: (*Request).removeTeamMembership},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings", Operation: "teams/list-idp-groups-in-org", Docs: "https://docs.github.com/enterprise-cloud@latest/rest/teams/team-sync#list-idp-groups-for-a-team", Who: readTeam, Handle: (*Request).groupMappings},
		{Method: "GET", Pattern: "/orgs/{org}/teams/{team_slug}/teams", Operation: "teams/list-child-in-org", Docs: teamsDoc + "list-child-teams", Who: readTeam, Handle: (*Request).childTeams},
		{Method: "GET", Pattern: "/rate_limit", Operation: "rate-limit/get", Docs: docsRoot + "/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user", Who: anybody, Handle: (*Request).rateLimit, Free: true},
		{Method: "DELETE", Pattern: "/teams/{team_id}/members/{username}", Operation: "teams/remove-member-legacy", Docs: teamMembersDoc + "remove-team-member-legacy", Who: writeTeam, Deprecated: true, Handle: (*Request).removeTeamMember},
		{Method: "GET", Pattern: "/teams/{team_id}/memberships/{username}", Operation: "teams/get-membership-for-user-legacy", Docs: teamMembersDoc + "get-team-membership-for-a-user-legacy", Who: readTeam, Deprecated: true, Handle: (*Request).teamMembership},
		{Method: "PUT", Pattern: "/teams/{team_id}/memberships/{username}", Operation: "teams/add-or-update-membership-for-user-legacy", Docs: teamMembersDoc + "add-or-update-team-membership-for-a-user-legacy", Who: writeTeam, Deprecated: true, Handle: (*Request).setTeamMembership},
		{Method: "DELETE", Pattern: "/teams/{team_id}/memberships/{username}", Operation: "teams/remove-membership-for-user-legacy", Docs: teamMembersDoc + "remove-team-membership-for-a-user-legacy", Who: writeTeam, Deprecated: true, Handle: (*Request).removeTeamMembership},
		{Method: "GET", Pattern: "/user", Operation: "users/get-authenticated", Docs: docsRoot + "/users/users#get-the-authenticated-user", Who: anyToken, Handle: (*Request).authenticatedUser},
		{Method: "GET", Pattern: "/user/memberships/orgs", Operation: "orgs/list-memberships-for-authenticated-user", Docs: membersDoc + "list-organization-memberships-for-the-authenticated-user", Who: ownMemberships, Handle: (*Request).ownMemberships},
		{Method: "PATCH", Pattern: "/user/memberships/orgs/{org}", Operation: "orgs/update-membership-for-authenticated-user", Docs: membersDoc + "update-an-organization-membership-for-the-authenticated-user", Who: acceptInvitation, Handle: (*Request).acceptInvitation},
		{Method: "GET", Pattern: "/user/orgs", Operation: "orgs/list-for-authenticated-user", Docs: docsRoot + "/orgs/orgs#list-organizations-for-the-authenticated-user", Who: ownOrganizations, Handle: (*Request).ownOrganizations},
		{Method: "GET", Pattern: "/users/{username}", Operation: "users/get-by-username", Docs: docsRoot + "/users/users#get-a-user", Who: anybody, Handle: (*Request).user},
		{Method: "GET", Pattern: "/versions", Operation: "meta/get-all-versions", Docs: metaDoc + "get-all-api-versions", Who: anybody, Handle: (*Request).versions},
		{Method: "GET", Pattern: "/zen", Operation: "meta/get-zen", Docs: metaDoc + "get-the-zen-of-github", Who: anybody, Handle: (*Request).zen},
	}
}
