package ghapi

import "github.com/usher-seats/usher"

// Where the operations are documented, and what their errors point to.
const (
	docsRoot        = "https://docs.github.com/rest"
	organizationDoc = docsRoot + "/copilot/copilot-user-management#"
	enterpriseDoc   = "https://docs.github.com/enterprise-cloud@latest/rest/copilot/copilot-user-management#"
)

// Who may (rule A2).
var (
	readOrganization  = usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg}, Permissions: seatPermissions(), Level: usher.LevelRead}
	writeOrganization = usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminOrg}, Permissions: seatPermissions(), Level: usher.LevelWrite}
	readEnterprise    = usher.Access{Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner, usher.RoleBillingManager}, Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadEnterprise}}
)

func owners() []usher.Role { return []usher.Role{usher.RoleOwner} }

func seatPermissions() []string {
	return []string{usher.PermissionSeatManagement, usher.PermissionAdministration}
}

// Routes are GitHub's operations that usher serves: the one table that feeds the router,
// the permission check and the compatibility page.
func Routes() []Route {
	return []Route{
		{"GET", "/enterprises/{enterprise}/copilot/billing/seats", "copilot/list-copilot-seats-for-enterprise", enterpriseDoc + "list-all-copilot-seat-assignments-for-an-enterprise", &readEnterprise, (*Request).enterpriseSeats},
		{"GET", "/orgs/{org}/copilot/billing", "copilot/get-copilot-organization-details", organizationDoc + "get-copilot-seat-information-and-settings-for-an-organization", &readOrganization, (*Request).billing},
		{"GET", "/orgs/{org}/copilot/billing/seats", "copilot/list-copilot-seats", organizationDoc + "list-all-copilot-seat-assignments-for-an-organization", &readOrganization, (*Request).seats},
		{"POST", "/orgs/{org}/copilot/billing/selected_teams", "copilot/add-copilot-seats-for-teams", organizationDoc + "add-teams-to-the-copilot-subscription-for-an-organization", &writeOrganization, (*Request).addTeams},
		{"DELETE", "/orgs/{org}/copilot/billing/selected_teams", "copilot/cancel-copilot-seat-assignment-for-teams", organizationDoc + "remove-teams-from-the-copilot-subscription-for-an-organization", &writeOrganization, (*Request).removeTeams},
		{"POST", "/orgs/{org}/copilot/billing/selected_users", "copilot/add-copilot-seats-for-users", organizationDoc + "add-users-to-the-copilot-subscription-for-an-organization", &writeOrganization, (*Request).addUsers},
		{"DELETE", "/orgs/{org}/copilot/billing/selected_users", "copilot/cancel-copilot-seat-assignment-for-users", organizationDoc + "remove-users-from-the-copilot-subscription-for-an-organization", &writeOrganization, (*Request).removeUsers},
		{"GET", "/orgs/{org}/members/{username}/copilot", "copilot/get-copilot-seat-details-for-user", organizationDoc + "get-copilot-seat-assignment-details-for-a-user", &readOrganization, (*Request).memberSeat},
	}
}
