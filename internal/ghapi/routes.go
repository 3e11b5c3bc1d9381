package ghapi

import "github.com/usher-seats/usher"

// Where the operations are documented, and what their errors point to.
const (
	docsRoot        = "https://docs.github.com/rest"
	organizationDoc = docsRoot + "/copilot/copilot-user-management#"
	enterpriseDoc   = "https://docs.github.com/enterprise-cloud@latest/rest/copilot/copilot-user-management#"
	metaDoc         = docsRoot + "/meta/meta#"
)

// Who may (rule A2).
var (
	readOrganization  = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg}, Permissions: seatPermissions(), Level: usher.LevelRead}}
	writeOrganization = Who{Access: &usher.Access{Kind: usher.Organization, Roles: owners(), Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminOrg}, Permissions: seatPermissions(), Level: usher.LevelWrite}}
	readEnterprise    = Who{Access: &usher.Access{Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner, usher.RoleBillingManager}, Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadEnterprise}}}

	anybody  = Who{Anonymous: true}
	anyToken = Who{}
	// profile has the scopes that GitHub names on GET /orgs/{org}, recorded in 2024.
	profile = Who{Anonymous: true, Scopes: "admin:org, read:org, repo, user, write:org"}
)

func owners() []usher.Role { return []usher.Role{usher.RoleOwner} }

func seatPermissions() []string {
	return []string{usher.PermissionSeatManagement, usher.PermissionAdministration}
}

// Routes are GitHub's operations that usher serves: the one table that feeds the router,
// the permission check and the compatibility page.
func Routes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/", Operation: "meta/root", Docs: metaDoc + "github-api-root", Who: anybody, Handle: (*Request).root},
		{Method: "GET", Pattern: "/enterprises/{enterprise}/copilot/billing/seats", Operation: "copilot/list-copilot-seats-for-enterprise", Docs: enterpriseDoc + "list-all-copilot-seat-assignments-for-an-enterprise", Who: readEnterprise, Handle: (*Request).enterpriseSeats},
		{Method: "GET", Pattern: "/meta", Operation: "meta/get", Docs: metaDoc + "get-apiname-meta-information", Who: anybody, Handle: (*Request).meta},
		{Method: "GET", Pattern: "/orgs/{org}", Operation: "orgs/get", Docs: docsRoot + "/orgs/orgs#get-an-organization", Who: profile, Handle: (*Request).organization},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/billing", Operation: "copilot/get-copilot-organization-details", Docs: organizationDoc + "get-copilot-seat-information-and-settings-for-an-organization", Who: readOrganization, Handle: (*Request).billing},
		{Method: "GET", Pattern: "/orgs/{org}/copilot/billing/seats", Operation: "copilot/list-copilot-seats", Docs: organizationDoc + "list-all-copilot-seat-assignments-for-an-organization", Who: readOrganization, Handle: (*Request).seats},
		{Method: "POST", Pattern: "/orgs/{org}/copilot/billing/selected_teams", Operation: "copilot/add-copilot-seats-for-teams", Docs: organizationDoc + "add-teams-to-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).addTeams},
		{Method: "DELETE", Pattern: "/orgs/{org}/copilot/billing/selected_teams", Operation: "copilot/cancel-copilot-seat-assignment-for-teams", Docs: organizationDoc + "remove-teams-from-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).removeTeams},
		{Method: "POST", Pattern: "/orgs/{org}/copilot/billing/selected_users", Operation: "copilot/add-copilot-seats-for-users", Docs: organizationDoc + "add-users-to-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).addUsers},
		{Method: "DELETE", Pattern: "/orgs/{org}/copilot/billing/selected_users", Operation: "copilot/cancel-copilot-seat-assignment-for-users", Docs: organizationDoc + "remove-users-from-the-copilot-subscription-for-an-organization", Who: writeOrganization, Handle: (*Request).removeUsers},
		{Method: "GET", Pattern: "/orgs/{org}/members/{username}/copilot", Operation: "copilot/get-copilot-seat-details-for-user", Docs: organizationDoc + "get-copilot-seat-assignment-details-for-a-user", Who: readOrganization, Handle: (*Request).memberSeat},
		{Method: "GET", Pattern: "/rate_limit", Operation: "rate-limit/get", Docs: docsRoot + "/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user", Who: anybody, Handle: (*Request).rateLimit, Free: true},
		{Method: "GET", Pattern: "/user", Operation: "users/get-authenticated", Docs: docsRoot + "/users/users#get-the-authenticated-user", Who: anyToken, Handle: (*Request).authenticatedUser},
		{Method: "GET", Pattern: "/users/{username}", Operation: "users/get-by-username", Docs: docsRoot + "/users/users#get-a-user", Who: anybody, Handle: (*Request).user},
		{Method: "GET", Pattern: "/versions", Operation: "meta/get-all-versions", Docs: metaDoc + "get-all-api-versions", Who: anybody, Handle: (*Request).versions},
		{Method: "GET", Pattern: "/zen", Operation: "meta/get-zen", Docs: metaDoc + "get-the-zen-of-github", Who: anybody, Handle: (*Request).zen},
	}
}
