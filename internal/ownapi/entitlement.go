package ownapi

import (
	"net/http"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// readEntitlements is who may ask whether somebody may use the assistant: who may read the
// organization's seats, and tokens that may do nothing else.
var readEntitlements = usher.Access{
	Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
	Scopes:      []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg},
	Permissions: []string{usher.PermissionSeatManagement, usher.PermissionAdministration, usher.PermissionEntitlements},
	Level:       usher.LevelRead,
}

type entitlementShown struct {
	Entitled bool    `json:"entitled"`
	Until    *string `json:"until" format:"date-time" about:"When access ends, where that is scheduled."`
	Through  []reach `json:"through" about:"Every live grant that reaches the person; none where access ends."`
}

type reach struct {
	Kind string `json:"kind" enum:"direct|team|everyone|enterprise_direct|enterprise_team"`
	Team string `json:"team,omitempty" about:"The slug of the team that was granted."`
}

func (c Config) entitlement(q *ghapi.Request) error {
	asOf, past, err := asOf(q)
	if err != nil {
		return err
	}
	var found usher.Entitlement
	if past {
		found, err = c.Service.EntitlementAsOf(q.R.Context(), q.Account.Ref, asOf, q.R.PathValue("username"))
	} else {
		found, err = c.Service.Entitlement(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	}
	if err != nil {
		return err
	}
	shown := entitlementShown{Entitled: found.Entitled, Through: []reach{}}
	if !found.Until.IsZero() {
		until := instant(found.Until)
		shown.Until = &until
	}
	for _, r := range found.Through {
		shown.Through = append(shown.Through, reachOf(r))
	}
	return respond(q, http.StatusOK, shown)
}

// reachOf names a grant: direct, everyone, team, enterprise_direct or enterprise_team.
func reachOf(r usher.Reach) reach {
	shown := reach{Kind: "everyone"}
	if r.Kind != "" {
		shown.Kind = string(r.Kind)
	}
	if r.Team != nil {
		shown.Team = r.Team.Slug
	}
	if r.Account == usher.Enterprise {
		shown.Kind = "enterprise_" + shown.Kind
		if r.Team != nil {
			shown.Team = ghapi.EnterpriseTeamSlug(*r.Team)
		}
	}
	return shown
}
