package usher

import (
	"maps"
	"slices"
	"strings"
)

func tokenKinds() []TokenKind {
	return []TokenKind{Classic, OAuth, FineGrained, AppUser, AppInstallation}
}

// usedScopes are the scopes that some operation here asks for.
func usedScopes() []string {
	return []string{
		ScopeManageBillingCopilot, ScopeReadOrg, ScopeWriteOrg, ScopeAdminOrg, ScopeUser, ScopeReadEnterprise, ScopeAdminEnterprise,
		ScopeReadAuditLog, "audit_log", ScopeSiteAdmin,
	}
}

// KnownScopes are the scopes that a token may be given: those that usher looks at, and the others
// that GitHub documents, which it does not.
//
// Sources: https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps and,
// for site_admin, the same page of GitHub Enterprise Server.
func KnownScopes() []string {
	others := strings.Fields(`repo repo:status repo_deployment public_repo repo:invite security_events
		admin:repo_hook write:repo_hook read:repo_hook admin:public_key write:public_key read:public_key admin:org_hook
		gist notifications read:user user:email user:follow project read:project delete_repo
		write:packages read:packages delete:packages admin:gpg_key write:gpg_key read:gpg_key
		admin:ssh_signing_key write:ssh_signing_key read:ssh_signing_key codespace codespace:secrets workflow
		write:discussion read:discussion copilot manage_runners:org manage_runners:enterprise manage_billing:enterprise scim:enterprise
		write:network_configurations read:network_configurations`)
	return slices.Concat(usedScopes(), others)
}

// usedPermissions are the permissions that some operation here asks for.
func usedPermissions() []string {
	return []string{PermissionSeatManagement, PermissionAdministration, PermissionMembers, PermissionMetrics, PermissionEntitlements}
}

// KnownPermissions are the permissions that a token may be given: those that usher looks at, and
// the others of GitHub's description (app-permissions), which it does not.
func KnownPermissions() []string {
	others := strings.Fields(`actions administration artifact_metadata attestations checks code_quality codespaces contents
		custom_properties_for_organizations dependabot_secrets deployments discussions email_addresses
		enterprise_administration enterprise_custom_properties_for_organizations enterprise_organization_installations
		enterprise_organization_installation_repositories environments followers git_ssh_keys gpg_keys interaction_limits
		issues merge_queues metadata organization_announcement_banners organization_copilot_agent_settings
		organization_custom_org_roles organization_custom_properties organization_custom_roles organization_events
		organization_hooks organization_packages organization_personal_access_token_requests
		organization_personal_access_tokens organization_plan organization_projects organization_secrets
		organization_self_hosted_runners organization_user_blocking packages pages profile pull_requests
		repository_custom_properties repository_hooks repository_projects secret_scanning_alerts secrets security_events
		single_file starring statuses vulnerability_alerts workflows`)
	return slices.Concat(usedPermissions(), others)
}

func checkScopes(scopes []string) error {
	known := KnownScopes()
	for _, scope := range scopes {
		if !slices.Contains(known, scope) {
			return invalid("There is no scope %q. usher looks at %s. It also knows %s.", shown(scope), listOf(usedScopes()), listOf(known[len(usedScopes()):]))
		}
	}
	return nil
}

func checkPermissions(permissions map[string]string) error {
	known := KnownPermissions()
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		if !slices.Contains(known, name) {
			return invalid("There is no permission %q. usher looks at %s. It also knows %s.", shown(name), listOf(usedPermissions()), listOf(known[len(usedPermissions()):]))
		}
		if level := permissions[name]; level != LevelRead && level != LevelWrite {
			return invalid("The permission %s is %s or %s, not %q.", name, LevelRead, LevelWrite, shown(level))
		}
	}
	return nil
}

// listOf is a list in a sentence.
func listOf[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}
