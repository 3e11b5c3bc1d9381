package usher

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
)

// The scopes and permissions that rule A2 names.
const (
	ScopeManageBillingCopilot = "manage_billing:copilot"
	ScopeReadOrg              = "read:org"
	ScopeWriteOrg             = "write:org"
	ScopeAdminOrg             = "admin:org"
	ScopeUser                 = "user"
	ScopeReadEnterprise       = "read:enterprise"
	ScopeAdminEnterprise      = "admin:enterprise"
	ScopeReadAuditLog         = "read:audit_log"
	ScopeSiteAdmin            = "site_admin"

	PermissionSeatManagement = "organization_copilot_seat_management"
	PermissionAdministration = "organization_administration"
	PermissionMembers        = "members" // of an organization, and who is in its teams
	PermissionMetrics        = "organization_copilot_metrics"
	PermissionEntitlements   = "usher_entitlements" // usher's own: to ask who may use the assistant, and nothing else

	LevelRead  = "read"
	LevelWrite = "write"
)

// Access is who may call an operation on an account: a role, and a token that carries
// one of the scopes or, by its kind, one of the permissions (rule A2).
type Access struct {
	Kind        AccountKind
	Roles       []Role
	Scopes      []string
	Permissions []string // none: tokens with permissions cannot use the operation
	Level       string   // the level a permission needs: read or write

	SiteAdministrator bool // the token's user must administer the site; then Kind and Roles say nothing
}

// AdministerSite is who may do what concerns the whole installation: a site administrator, with a
// token that has GitHub Enterprise Server's scope for that. Tokens with permissions never may.
//
// Source: https://docs.github.com/enterprise-server@latest/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
func AdministerSite() Access {
	return Access{Scopes: []string{ScopeSiteAdmin}, SiteAdministrator: true}
}

// impliedScopes are the scopes that each scope carries along.
//
// Source: https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
var impliedScopes = map[string][]string{
	"admin:org":        {"write:org", "read:org"},
	"write:org":        {"read:org"},
	"audit_log":        {"read:audit_log"},
	"admin:enterprise": {"manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"},
}

func carries(scopes []string, want string) bool {
	for _, have := range scopes {
		if have == want || slices.Contains(impliedScopes[have], want) {
			return true
		}
	}
	return false
}

// NormalScopes are scopes as GitHub keeps and shows them: in alphabetical order, without
// those that another one carries along.
func NormalScopes(scopes []string) []string {
	normal := slices.Clone(scopes)
	normal = slices.DeleteFunc(normal, func(scope string) bool {
		return slices.ContainsFunc(scopes, func(other string) bool { return slices.Contains(impliedScopes[other], scope) })
	})
	slices.Sort(normal)
	return slices.Compact(normal)
}

// AcceptedScopes are all scopes of which one is enough, in alphabetical order: those that
// the operation names, and those that carry one of them along.
func (a Access) AcceptedScopes() []string {
	enough := slices.Clone(a.Scopes)
	for scope := range impliedScopes {
		if slices.ContainsFunc(a.Scopes, func(want string) bool { return carries([]string{scope}, want) }) {
			enough = append(enough, scope)
		}
	}
	slices.Sort(enough)
	return slices.Compact(enough)
}

// Authenticate finds who a token speaks for. An unknown, revoked or expired token is
// [BadCredentials] (rule A4).
func (s *Service) Authenticate(ctx context.Context, token string) (*Caller, error) {
	hash := HashToken(token)
	var caller Caller
	err := s.store.View(ctx, func(tx Reader) error {
		stored, user, ok, err := tx.Token(hash)
		if err != nil {
			return err
		}
		if !ok || subtle.ConstantTimeCompare(stored.Hash[:], hash[:]) != 1 {
			return badCredentials()
		}
		if user == nil && stored.Kind != AppInstallation {
			return badCredentials() // its user is gone
		}
		if !stored.RevokedAt.IsZero() {
			return badCredentials()
		}
		expired, err := tokenExpired(tx, stored)
		if err != nil {
			return err
		}
		if expired {
			return badCredentials()
		}
		caller = Caller{Token: stored, User: user}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &caller, nil
}

// tokenExpired says whether a token has expired: a seeded one by world time, a minted one by the
// wall clock (rule C5).
func tokenExpired(tx Reader, token Token) (bool, error) {
	if token.ExpiresAt.IsZero() {
		return false, nil
	}
	clock := tx.Now
	if token.Minted {
		clock = tx.Wall
	}
	now, err := clock()
	return ended(token.ExpiresAt, now), err
}

func badCredentials() error { return &Error{Kind: BadCredentials, Message: "Bad credentials"} }

// Authorize finds the account and says whether the caller may do there what need
// describes: [NotFound] for who must not know of the account, [Forbidden] for who may
// and lacks something (rules A1 to A3).
func (s *Service) Authorize(ctx context.Context, caller *Caller, name AccountName, need Access) (Account, error) {
	var account Account
	err := s.store.View(ctx, func(tx Reader) error {
		found, err := find(tx, name)
		if err != nil {
			return err
		}
		account = found
		return authorize(tx, caller, found, need)
	})
	return account, err
}

// find finds an account by login and, where there is none, by id: {enterprise} may be
// either.
func find(tx Reader, name AccountName) (Account, error) {
	for _, by := range []AccountName{{Kind: name.Kind, Login: name.Login}, {Kind: name.Kind, ID: name.ID}} {
		if by.Login == "" && by.ID == 0 {
			continue
		}
		account, ok, err := tx.Account(by)
		if ok || err != nil {
			return account, err
		}
	}
	return Account{}, notFound()
}

func authorize(tx Reader, caller *Caller, account Account, need Access) error {
	role, visible, err := standing(tx, caller, account)
	if err != nil {
		return err
	}
	if !visible {
		return notFound()
	}
	token := caller.Token
	if err := need.admits(token); err != nil {
		return err
	}
	switch {
	case token.Kind == AppInstallation, slices.Contains(need.Roles, role):
		return nil
	case token.Kind.Scoped():
		return forbidden("You must be %s of the %s %s to use this endpoint.", describe(need.Roles), account.Ref.Kind, account.Login)
	}
	return inaccessible(token.Kind)
}

// admits says whether a token carries one of the scopes or, by its kind, one of the
// permissions.
func (a Access) admits(token Token) error {
	if token.Kind.Scoped() {
		if !slices.ContainsFunc(a.Scopes, func(want string) bool { return carries(token.Scopes, want) }) {
			return forbidden("This endpoint needs a token with one of these scopes: %s. Yours has: %s.",
				strings.Join(a.Scopes, ", "), orNone(token.Scopes))
		}
		return nil
	}
	permitted := slices.ContainsFunc(a.Permissions, func(name string) bool {
		level := token.Permissions[name]
		return level == a.Level || level == LevelWrite
	})
	if !permitted {
		return inaccessible(token.Kind)
	}
	return nil
}

// AuthorizeSelf says whether the caller may do what need describes with their own places in
// organizations: no account and no role is needed. An installation is nobody. An operation
// without permissions is not for apps; to a fine-grained token it has nothing to show.
//
// Source: https://docs.github.com/rest/orgs/orgs#list-organizations-for-the-authenticated-user
func AuthorizeSelf(caller Caller, need Access) error {
	kind := caller.Token.Kind
	if caller.User == nil {
		return inaccessible(kind)
	}
	if kind == FineGrained && len(need.Permissions) == 0 && !need.SiteAdministrator {
		return nil
	}
	if err := need.admits(caller.Token); err != nil {
		return err
	}
	if need.SiteAdministrator && !caller.User.SiteAdmin {
		return forbidden("You must be a site administrator to use this endpoint.")
	}
	return nil
}

// knows says whether a token may know of the organization: one with permissions knows of
// its own only (rule A3).
func (t Token) knows(organization AccountRef) bool {
	return t.Kind.Scoped() || t.OwnerID == organization.ID
}

// standing is the caller's role in the account, and whether they may know of it (rule A3).
func standing(tx Reader, caller *Caller, account Account) (role Role, visible bool, err error) {
	token := caller.Token
	if account.Ref.Kind == Organization && !token.knows(account.Ref) {
		return "", false, nil
	}
	if token.Kind == AppInstallation {
		return installationStanding(tx, token, account)
	}
	membership, ok, err := tx.Membership(account.Ref, caller.User.ID)
	if err != nil {
		return "", false, err
	}
	if ok && membership.State == Active {
		return membership.Role, true, nil
	}
	if account.Ref.Kind == Enterprise {
		member, err := tx.BelongsToEnterprise(account.Ref.ID, caller.User.ID)
		return RoleMember, member, err
	}
	return "", false, nil
}

func installationStanding(tx Reader, token Token, account Account) (Role, bool, error) {
	if account.Ref.Kind == Organization {
		return "", true, nil
	}
	owner, ok, err := tx.Account(AccountName{Kind: Organization, ID: token.OwnerID})
	return "", ok && owner.EnterpriseID == account.Ref.ID, err
}

func forbidden(format string, args ...any) error {
	err := invalid(format, args...).(*Error)
	err.Kind = Forbidden
	return err
}

// inaccessible is GitHub's recorded text for tokens with permissions.
//
// Source: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
func inaccessible(kind TokenKind) error {
	if kind == FineGrained {
		return forbidden("Resource not accessible by personal access token")
	}
	return forbidden("Resource not accessible by integration")
}

func orNone(scopes []string) string {
	if len(scopes) == 0 {
		return "none"
	}
	return strings.Join(scopes, ", ")
}

func describe(roles []Role) string {
	words := make([]string, len(roles))
	for i, role := range roles {
		words[i] = strings.ReplaceAll(string(role), "_", " ")
	}
	return "an " + strings.Join(words, " or a ")
}
