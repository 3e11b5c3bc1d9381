package usher_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/usher-seats/usher"
)

// The operations of rule A2's table.
var (
	toRead = usher.Access{
		Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
		Scopes:      []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg},
		Permissions: []string{usher.PermissionSeatManagement, usher.PermissionAdministration}, Level: usher.LevelRead,
	}
	toWrite = usher.Access{
		Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
		Scopes:      []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminOrg},
		Permissions: []string{usher.PermissionSeatManagement, usher.PermissionAdministration}, Level: usher.LevelWrite,
	}
	toReadEnterprise = usher.Access{
		Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner, usher.RoleBillingManager},
		Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadEnterprise},
	}
)

// guarded is an enterprise with one organization, and an organization outside it.
//
// In octodemo: ada owner, Bob member, hal invited. Of the enterprise: lee owner, kim
// billing manager, gus in an enterprise team only. fay owns elsewhere. dee is nowhere.
func guarded(tokens ...usher.Token) usher.World {
	w := worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", managers: "kim", copilot: enabled(),
			teams: []team{{id: 1, slug: "platform", members: "gus"}},
		},
		account{login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob", invited: "hal", copilot: enabled()},
		account{login: "elsewhere", id: hubot, owners: "fay", members: "Bob", copilot: enabled()},
	)
	w.Tokens = tokens
	return w
}

// withScopes is a token with scopes, withPermissions one with those; no login is an installation.
func withScopes(kind usher.TokenKind, login string, scopes ...string) usher.Token {
	return usher.Token{Kind: kind, UserID: userID(login), Scopes: scopes}
}

func withPermissions(kind usher.TokenKind, login string, owner int64, permissions map[string]string) usher.Token {
	token := usher.Token{Kind: kind, OwnerID: owner, Permissions: permissions}
	if login != "" {
		token.UserID = userID(login)
	}
	return token
}

const (
	missing   = usher.NotFound
	denied    = usher.Forbidden
	fineGrain = "Resource not accessible by personal access token"
	appDenied = "Resource not accessible by integration"
)

func TestWhoMayA2A3(t *testing.T) {
	seat, admin := usher.PermissionSeatManagement, usher.PermissionAdministration
	read := func(name string) map[string]string { return map[string]string{name: "read", "metadata": "read"} }
	write := func(name string) map[string]string { return map[string]string{name: "write", "metadata": "read"} }
	type verdict struct {
		kind    usher.Kind // 0: admitted
		message string     // empty: any
	}
	yes, no, gone := verdict{}, verdict{kind: denied}, verdict{kind: missing, message: "Not Found"}
	noPAT, noApp := verdict{denied, fineGrain}, verdict{denied, appDenied}

	tests := []struct {
		name                    string
		token                   usher.Token
		read, write, enterprise verdict
	}{
		{"owner, manage_billing:copilot", withScopes(usher.Classic, "ada", "manage_billing:copilot"), yes, yes, no},
		{"owner, OAuth, manage_billing:copilot", withScopes(usher.OAuth, "ada", "repo", "manage_billing:copilot"), yes, yes, no},
		{"owner, read:org", withScopes(usher.Classic, "ada", "read:org"), yes, no, no},
		{"owner, write:org", withScopes(usher.Classic, "ada", "write:org"), yes, no, no},
		{"owner, admin:org", withScopes(usher.Classic, "ada", "admin:org"), yes, yes, no},
		{"owner, OAuth, admin:org", withScopes(usher.OAuth, "ada", "admin:org"), yes, yes, no},
		{"owner, another scope", withScopes(usher.Classic, "ada", "repo", "admin:enterprise"), no, no, no},
		{"owner, no scope", withScopes(usher.Classic, "ada"), no, no, no},
		{"member", withScopes(usher.Classic, "bob", "admin:org", "manage_billing:copilot"), no, no, no},
		{"invited", withScopes(usher.Classic, "hal", "admin:org", "manage_billing:copilot"), gone, gone, gone},
		{"outsider", withScopes(usher.Classic, "dee", "admin:org", "manage_billing:copilot", "admin:enterprise"), gone, gone, gone},
		{"owner of another organization", withScopes(usher.Classic, "fay", "admin:org", "admin:enterprise"), gone, gone, gone},
		{"outsider without a scope", withScopes(usher.Classic, "dee"), gone, gone, gone},

		{"enterprise owner, manage_billing:copilot", withScopes(usher.Classic, "lee", "manage_billing:copilot"), gone, gone, yes},
		{"enterprise owner, read:enterprise", withScopes(usher.Classic, "lee", "read:enterprise"), gone, gone, yes},
		{"enterprise owner, admin:enterprise", withScopes(usher.Classic, "lee", "admin:enterprise"), gone, gone, yes},
		{"enterprise owner, OAuth", withScopes(usher.OAuth, "lee", "read:enterprise"), gone, gone, yes},
		{"enterprise owner, read:org", withScopes(usher.Classic, "lee", "read:org", "admin:org"), gone, gone, no},
		{"enterprise owner, another enterprise scope", withScopes(usher.Classic, "lee", "manage_billing:enterprise"), gone, gone, no},
		{"billing manager, read:enterprise", withScopes(usher.Classic, "kim", "read:enterprise"), gone, gone, yes},
		{"billing manager, no scope", withScopes(usher.Classic, "kim"), gone, gone, no},
		{"member of an enterprise team alone", withScopes(usher.Classic, "gus", "read:enterprise"), gone, gone, gone},

		{"owner, fine-grained, read seats", withPermissions(usher.FineGrained, "ada", octodemo, read(seat)), yes, noPAT, noPAT},
		{"owner, fine-grained, write seats", withPermissions(usher.FineGrained, "ada", octodemo, write(seat)), yes, yes, noPAT},
		{"owner, fine-grained, read administration", withPermissions(usher.FineGrained, "ada", octodemo, read(admin)), yes, noPAT, noPAT},
		{"owner, fine-grained, write administration", withPermissions(usher.FineGrained, "ada", octodemo, write(admin)), yes, yes, noPAT},
		{"owner, fine-grained, no permission", withPermissions(usher.FineGrained, "ada", octodemo, write("members")), noPAT, noPAT, noPAT},
		{"owner, fine-grained, no permission at all", withPermissions(usher.FineGrained, "ada", octodemo, nil), noPAT, noPAT, noPAT},
		{"member, fine-grained", withPermissions(usher.FineGrained, "bob", octodemo, write(seat)), noPAT, noPAT, noPAT},
		{"outsider, fine-grained", withPermissions(usher.FineGrained, "dee", octodemo, write(seat)), gone, gone, gone},
		{"fine-grained of another organization", withPermissions(usher.FineGrained, "bob", hubot, write(seat)), gone, gone, noPAT},
		{"enterprise owner, fine-grained", withPermissions(usher.FineGrained, "lee", octodemo, write(seat)), gone, gone, noPAT},

		{"owner, app user, read seats", withPermissions(usher.AppUser, "ada", octodemo, read(seat)), yes, noApp, noApp},
		{"owner, app user, write administration", withPermissions(usher.AppUser, "ada", octodemo, write(admin)), yes, yes, noApp},
		{"member, app user", withPermissions(usher.AppUser, "bob", octodemo, write(admin)), noApp, noApp, noApp},
		{"outsider, app user", withPermissions(usher.AppUser, "dee", octodemo, write(admin)), gone, gone, gone},
		{"app user of another organization", withPermissions(usher.AppUser, "ada", hubot, write(admin)), gone, gone, noApp},

		{"installation, read seats", withPermissions(usher.AppInstallation, "", octodemo, read(seat)), yes, noApp, noApp},
		{"installation, write seats", withPermissions(usher.AppInstallation, "", octodemo, write(seat)), yes, yes, noApp},
		{"installation, read administration", withPermissions(usher.AppInstallation, "", octodemo, read(admin)), yes, noApp, noApp},
		{"installation, no permission", withPermissions(usher.AppInstallation, "", octodemo, read("members")), noApp, noApp, noApp},
		{"installation elsewhere", withPermissions(usher.AppInstallation, "", hubot, write(admin)), gone, gone, gone},
	}
	var tokens []usher.Token
	for i, test := range tests {
		token := test.token
		token.ID, token.Hash = int64(i)+1, usher.HashToken(test.name)
		tokens = append(tokens, token)
	}
	s := play(t, guarded(tokens...))
	for _, test := range tests {
		caller, err := s.Authenticate(t.Context(), test.name)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		organization := usher.AccountName{Kind: usher.Organization, Login: "OctoDemo"}
		enterprise := usher.AccountName{Kind: usher.Enterprise, Login: "Octo-Global"}
		for _, operation := range []struct {
			name    string
			account usher.AccountName
			need    usher.Access
			want    verdict
		}{
			{"read", organization, toRead, test.read},
			{"write", organization, toWrite, test.write},
			{"read the enterprise", enterprise, toReadEnterprise, test.enterprise},
			{"read the enterprise by id", usher.AccountName{Kind: usher.Enterprise, ID: octoGlobal}, toReadEnterprise, test.enterprise},
		} {
			account, err := s.Authorize(t.Context(), caller, operation.account, operation.need)
			var got verdict
			if err != nil {
				e := refusal(t, err)
				got = verdict{e.Kind, e.Message}
				if operation.want.message == "" {
					if e.Message == fineGrain || e.Message == appDenied {
						t.Errorf("%s, %s: the message %q is another kind's", test.name, operation.name, e.Message)
					}
					got.message = ""
				}
			}
			if got != operation.want {
				t.Errorf("%s, %s: got %+v, want %+v", test.name, operation.name, got, operation.want)
			}
			if err == nil && account.Login != "octodemo" && account.Login != "octo-global" {
				t.Errorf("%s, %s: the account is %q", test.name, operation.name, account.Login)
			}
		}
	}
}

func TestAnAccountIsFoundByItsLoginInAnyCase(t *testing.T) {
	s := play(t, guarded(usher.Token{ID: 1, Hash: usher.HashToken("t"), Kind: usher.Classic, UserID: userID("ada"), Scopes: []string{"admin:org"}}))
	caller, err := s.Authenticate(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"octodemo": true, "OCTODEMO": true, "octo-demo": false, "octo-global": false, "nowhere": false} {
		account, err := s.Authorize(t.Context(), caller, usher.AccountName{Kind: usher.Organization, Login: name}, toRead)
		if want && (err != nil || account.Login != "octodemo" || account.Ref.ID != octodemo) {
			t.Errorf("%s: %v, account %+v", name, err, account)
		}
		if !want && (err == nil || refusal(t, err).Kind != usher.NotFound) {
			t.Errorf("%s: got %v, want not found", name, err)
		}
	}
}

func TestATokenWorksUntilItExpiresInWorldTimeA4(t *testing.T) {
	expiry := noon.Add(time.Hour)
	token := func(id int64, name string, at time.Time) usher.Token {
		return usher.Token{
			ID: id, Hash: usher.HashToken(name), Kind: usher.Classic, UserID: userID("ada"), Scopes: []string{"admin:org"}, ExpiresAt: at,
		}
	}
	s := play(t, guarded(token(1, "for an hour", expiry), token(2, "for good", time.Time{}), token(3, "gone", noon)))
	works := func(name string, want bool) {
		t.Helper()
		caller, err := s.Authenticate(context.Background(), name)
		if !want {
			e := refusal(t, err)
			if e.Kind != usher.BadCredentials || e.Message != "Bad credentials" {
				t.Errorf("%q: got %+v, want bad credentials", name, e)
			}
			return
		}
		if err != nil {
			t.Errorf("%q: %v", name, err)
			return
		}
		if caller.User.Login != "ada" || caller.User.TimeZone == "" || caller.Actor() != (usher.Actor{UserID: 1, TokenID: caller.Token.ID}) {
			t.Errorf("%q speaks for %+v, actor %+v", name, caller.User, caller.Actor())
		}
	}
	works("for an hour", true)
	works("for good", true)
	works("gone", false)
	works("unknown", false)
	works("", false)
	works("For an hour", false)

	s.moveTo(expiry.Add(-time.Microsecond))
	works("for an hour", true)
	s.moveTo(expiry)
	works("for an hour", false)
	works("for good", true)
}

func TestAnInstallationsTokenSpeaksForNobody(t *testing.T) {
	token := withPermissions(usher.AppInstallation, "", octodemo, map[string]string{"organization_administration": "write"})
	token.ID, token.Hash = 5, usher.HashToken("app")
	s := play(t, guarded(token))
	caller, err := s.Authenticate(t.Context(), "app")
	if err != nil {
		t.Fatal(err)
	}
	if caller.User != nil || caller.Actor() != (usher.Actor{TokenID: 5}) {
		t.Errorf("it speaks for %v as %+v", caller.User, caller.Actor())
	}
}

func TestARefusalForScopedTokensSaysWhatIsMissingA3(t *testing.T) {
	tokens := []usher.Token{withScopes(usher.Classic, "ada", "repo", "user"), withScopes(usher.Classic, "bob", "admin:org"), withScopes(usher.OAuth, "ada")}
	for i := range tokens {
		tokens[i].ID, tokens[i].Hash = int64(i)+1, usher.HashToken(fmt.Sprint(i))
	}
	s := play(t, guarded(tokens...))
	for i, want := range []string{
		"This endpoint needs a token with one of these scopes: manage_billing:copilot, admin:org. Yours has: repo, user.",
		"You must be an owner of the organization octodemo to use this endpoint.",
		"This endpoint needs a token with one of these scopes: manage_billing:copilot, admin:org. Yours has: none.",
	} {
		caller, err := s.Authenticate(t.Context(), fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Authorize(t.Context(), caller, usher.AccountName{Kind: usher.Organization, ID: octodemo}, toWrite)
		if got := refusal(t, err); got.Kind != usher.Forbidden || got.Message != want {
			t.Errorf("got %d %q, want %q", got.Kind, got.Message, want)
		}
	}
}

// Of one's own places in organizations a token alone decides.
func TestWhoMayAskAboutThemselvesA2A3(t *testing.T) {
	scopes := []string{usher.ScopeUser, usher.ScopeReadOrg}
	list := usher.Access{Scopes: scopes}
	read := usher.Access{Scopes: scopes, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelRead}
	write := usher.Access{Scopes: []string{usher.ScopeWriteOrg}, Permissions: []string{usher.PermissionMembers}, Level: usher.LevelWrite}
	may := func(level string) map[string]string { return map[string]string{usher.PermissionMembers: level} }
	tests := []struct {
		name              string
		token             usher.Token
		list, read, write string // what the refusal says; empty: admitted
	}{
		{"scope user", withScopes(usher.Classic, "hal", "user"), "", "", "This endpoint needs a token with one of these scopes: write:org. Yours has: user."},
		{"scope read:org", withScopes(usher.OAuth, "hal", "read:org"), "", "", "This endpoint needs a token with one of these scopes: write:org. Yours has: read:org."},
		{"scope admin:org, which carries both along", withScopes(usher.Classic, "hal", "admin:org"), "", "", ""},
		{
			"no scope", withScopes(usher.Classic, "hal"), "This endpoint needs a token with one of these scopes: user, read:org. Yours has: none.",
			"This endpoint needs a token with one of these scopes: user, read:org. Yours has: none.", "This endpoint needs a token with one of these scopes: write:org. Yours has: none.",
		},
		{"fine-grained, nothing", withPermissions(usher.FineGrained, "hal", octodemo, nil), "", fineGrain, fineGrain},
		{"fine-grained, to read", withPermissions(usher.FineGrained, "hal", octodemo, may("read")), "", "", fineGrain},
		{"fine-grained, to write", withPermissions(usher.FineGrained, "hal", octodemo, may("write")), "", "", ""},
		{"app's user, nothing", withPermissions(usher.AppUser, "hal", octodemo, nil), appDenied, appDenied, appDenied},
		{"app's user, to write", withPermissions(usher.AppUser, "hal", octodemo, may("write")), appDenied, "", ""},
		{"installation, to write", withPermissions(usher.AppInstallation, "", octodemo, may("write")), appDenied, appDenied, appDenied},
	}
	for _, test := range tests {
		caller := usher.Caller{Token: test.token}
		if test.token.UserID != 0 {
			caller.User = &usher.User{ID: test.token.UserID}
		}
		for need, want := range map[*usher.Access]string{&list: test.list, &read: test.read, &write: test.write} {
			err := usher.AuthorizeSelf(caller, *need)
			if want == "" {
				if err != nil {
					t.Errorf("%s, for %v: %v", test.name, need, err)
				}
				continue
			}
			if kindOf(err) != usher.Forbidden || err.Error() != want {
				t.Errorf("%s, for %v: got %v, want %s", test.name, need, err, want)
			}
		}
	}
}

func TestWhoAdministersTheSite(t *testing.T) {
	const noScope = "This endpoint needs a token with one of these scopes: site_admin. Yours has: admin:org."
	for name, test := range map[string]struct {
		token     usher.Token
		siteAdmin bool
		want      string // what the refusal says; empty: admitted
	}{
		"a site administrator":         {withScopes(usher.Classic, "hal", "site_admin"), true, ""},
		"by an OAuth app":              {withScopes(usher.OAuth, "hal", "site_admin"), true, ""},
		"anybody else":                 {withScopes(usher.Classic, "hal", "site_admin"), false, "You must be a site administrator to use this endpoint."},
		"without the scope":            {withScopes(usher.Classic, "hal", "admin:org"), true, noScope},
		"by a fine-grained token":      {withPermissions(usher.FineGrained, "hal", octodemo, nil), true, "Resource not accessible by personal access token"},
		"by an app":                    {withPermissions(usher.AppUser, "hal", octodemo, nil), true, "Resource not accessible by integration"},
		"who is nobody, as apps alone": {withPermissions(usher.AppInstallation, "", octodemo, nil), false, "Resource not accessible by integration"},
	} {
		caller := usher.Caller{Token: test.token}
		if test.token.UserID != 0 {
			caller.User = &usher.User{ID: test.token.UserID, SiteAdmin: test.siteAdmin}
		}
		err := usher.AuthorizeSelf(caller, usher.AdministerSite())
		if test.want == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if test.want != "" && (kindOf(err) != usher.Forbidden || err.Error() != test.want) {
			t.Errorf("%s: got %v, want %s", name, err, test.want)
		}
	}
}

func TestATokenWithPermissionsAcceptsAndListsItsOwnOrganizationsOnlyA3(t *testing.T) {
	s := play(t, guarded())
	hal := usher.Caller{User: &usher.User{ID: userID("hal"), Login: "hal"}, Token: withPermissions(usher.FineGrained, "hal", hubot, nil)}
	if found, err := s.UserMemberships(background, hal, "", usher.Page{Number: 1, PerPage: 10}); err != nil || found.Rows != 0 {
		t.Errorf("hal's places for a token of another organization: got %v, %v", found.Memberships, err)
	}
	if _, err := s.AcceptInvitation(background, usher.AccountName{Kind: usher.Organization, ID: octodemo}, hal, by); kindOf(err) != usher.NotFound {
		t.Errorf("accepting with it: got %v", err)
	}
	hal.Token.OwnerID = octodemo
	if found, err := s.UserMemberships(background, hal, "", usher.Page{Number: 1, PerPage: 10}); err != nil || found.Rows != 1 {
		t.Errorf("hal's places for a token of this one: got %v, %v", found.Memberships, err)
	}
	if _, err := s.AcceptInvitation(background, usher.AccountName{Kind: usher.Organization, ID: octodemo}, hal, by); err != nil {
		t.Errorf("accepting with it: %v", err)
	}
}
