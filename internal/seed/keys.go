package seed

import "github.com/usher-seats/usher"

// The keys of each mapping of a seed: those that Parse knows, in the order in which Write has them.
var (
	worldKeys      = []string{"now", "users", "enterprises", "organizations", "tokens", "apps"}
	userKeys       = []string{"login", "id", "time_zone", "name", "email", "site_admin"}
	enterpriseKeys = []string{"slug", "id", "name", "owners", "billing_managers", "copilot", "teams", "seats"}

	organizationKeys = []string{"login", "id", "enterprise", "owners", "members", "invitations", "teams", "copilot", "seats", "activity"}

	copilotKeys = []string{"plan", "seat_management", "public_code_suggestions", "ide_chat", "platform_chat", "cli", "billing"}
	billingKeys = []string{"set_up", "payment_problem", "cycle_day"}

	seatsKeys    = []string{"users", "teams"}
	userSeatKeys = []string{"login", "at", "cancel"}
	teamSeatKeys = []string{"slug", "at"}
	activityKeys = []string{"user", "at", "editor", "authenticated_at"}
	tokenKeys    = []string{"token", "kind", "user", "owner", "scopes", "permissions", "expires_at"}
	appKeys      = []string{"slug", "id", "client_id", "name", "description", "owner", "public_key", "public_keys", "permissions", "installations"}

	installationKeys = []string{"organization", "id", "permissions"}

	organizationTeamKeys = []string{"name", "slug", "description", "privacy", "parent", "maintainers", "members"}
	enterpriseTeamKeys   = []string{"name", "slug", "description", "members"}
)

// accountKeys are the keys of an account; the first is its name.
func accountKeys(kind usher.AccountKind) []string {
	if kind == usher.Enterprise {
		return enterpriseKeys
	}
	return organizationKeys
}

func teamKeys(kind usher.AccountKind) []string {
	if kind == usher.Enterprise {
		return enterpriseTeamKeys
	}
	return organizationTeamKeys
}
