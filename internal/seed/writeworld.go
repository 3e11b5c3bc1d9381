package seed

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

func (w *writer) world(world usher.World) {
	enterprises, organizations := split(world.Accounts, func(a usher.WorldAccount) bool { return a.Account.Ref.Kind == usher.Enterprise })
	slugs := make(map[int64]string, len(enterprises))
	for _, a := range enterprises {
		slugs[a.Account.Ref.ID] = a.Account.Login
	}
	users := list(w, world.Users, user)
	contents := []content{
		nil, // now
		users,
		blocks(w, enterprises, w.enterprise),
		blocks(w, organizations, func(first, indent string, a usher.WorldAccount) {
			w.organization(first, indent, a, slugs[a.Account.EnterpriseID])
		}),
		nil, // tokens
		w.apps(world, organizations),
	}
	if !slices.ContainsFunc(contents, func(c content) bool { return c != nil }) {
		w.line("{}", nil) // the world without anybody
	}
	w.block("", "", worldKeys, contents...)
}

// split parts those of a list for which something holds from the others.
func split[T any](all []T, holds func(T) bool) (these, others []T) {
	for _, item := range all {
		if holds(item) {
			these = append(these, item)
		} else {
			others = append(others, item)
		}
	}
	return these, others
}

func user(u usher.User) *yaml.Node {
	return flow(userKeys, text(u.Login), number(u.ID), textOrNone(u.TimeZone), textOrNone(u.Name), textOrNone(u.Email), flagOrNone(u.SiteAdmin))
}

func (w *writer) enterprise(first, indent string, a usher.WorldAccount) {
	w.block(
		first, indent, enterpriseKeys,
		w.inline(text(a.Account.Login)),
		w.inline(number(a.Account.Ref.ID)),
		w.inline(textOrNone(a.Account.Name)),
		w.role(a, usher.RoleOwner, usher.Active),
		w.role(a, usher.RoleBillingManager, usher.Active),
		w.copilot(a.Account.Subscription),
		w.teams(a),
		w.seats(a),
	)
}

func (w *writer) organization(first, indent string, a usher.WorldAccount, enterprise string) {
	w.block(
		first, indent, organizationKeys,
		w.inline(text(a.Account.Login)),
		w.inline(number(a.Account.Ref.ID)),
		w.inline(textOrNone(enterprise)),
		w.role(a, usher.RoleOwner, usher.Active),
		w.role(a, usher.RoleMember, usher.Active),
		w.role(a, usher.RoleMember, usher.Pending),
		w.teams(a),
		w.copilot(a.Account.Subscription),
		w.seats(a),
		list(w, a.Activity, w.activity),
	)
}

// role are the people who have a place of this kind.
func (w *writer) role(a usher.WorldAccount, role usher.Role, state usher.MembershipState) content {
	people, _ := split(a.Memberships, func(m usher.Membership) bool { return m.Role == role && m.State == state })
	return list(w, people, func(m usher.Membership) *yaml.Node { return w.login(m.UserID) })
}

func (w *writer) login(userID int64) *yaml.Node { return text(w.logins[userID]) }

func (w *writer) copilot(s *usher.Subscription) content {
	if s == nil {
		return nil
	}
	return w.mapping(
		copilotKeys,
		w.inline(text(string(s.Plan))),
		w.inline(text(string(s.SeatManagement))),
		w.inline(text(string(s.PublicCodeSuggestions))),
		w.inline(text(string(s.IDEChat))),
		w.inline(text(string(s.PlatformChat))),
		w.inline(text(string(s.CLI))),
		w.inline(flow(billingKeys, flag(s.BillingSetUp), flag(s.PaymentProblem), number(int64(s.CycleDay)))),
	)
}

func (w *writer) teams(a usher.WorldAccount) content {
	slugs, members := slugsOf(a), map[int64][]usher.TeamMember{}
	for _, m := range a.TeamMembers {
		members[m.TeamID] = append(members[m.TeamID], m)
	}
	return blocks(w, a.Teams, func(first, indent string, team usher.Team) {
		if a.Account.Ref.Kind == usher.Enterprise {
			w.enterpriseTeam(first, indent, team, members[team.ID])
			return
		}
		w.team(first, indent, team, slugs[team.ParentID], members[team.ID])
	})
}

func (w *writer) team(first, indent string, team usher.Team, parent string, members []usher.TeamMember) {
	maintainers, others := split(members, func(m usher.TeamMember) bool { return m.Maintainer })
	w.block(
		first, indent, organizationTeamKeys,
		w.inline(text(team.Name)),
		w.inline(text(team.Slug)),
		w.inline(textOrNone(team.Description)),
		w.inline(text(team.Privacy)),
		w.inline(textOrNone(parent)),
		list(w, maintainers, w.teamMember),
		list(w, others, w.teamMember),
	)
}

func (w *writer) enterpriseTeam(first, indent string, team usher.Team, members []usher.TeamMember) {
	w.block(
		first, indent, enterpriseTeamKeys,
		w.inline(text(team.Name)),
		w.inline(text(team.Slug)),
		w.inline(textOrNone(team.Description)),
		list(w, members, w.teamMember),
	)
}

func slugsOf(a usher.WorldAccount) map[int64]string {
	slugs := make(map[int64]string, len(a.Teams))
	for _, team := range a.Teams {
		slugs[team.ID] = team.Slug
	}
	return slugs
}

func (w *writer) teamMember(m usher.TeamMember) *yaml.Node { return w.login(m.UserID) }

func (w *writer) seats(a usher.WorldAccount) content {
	if len(a.Grants) == 0 {
		return nil
	}
	slugs := slugsOf(a)
	people, teams := split(a.Grants, func(g usher.WorldGrant) bool { return g.Kind == usher.DirectGrant })
	return w.mapping(
		seatsKeys,
		list(w, people, func(g usher.WorldGrant) *yaml.Node {
			return flow(userSeatKeys, w.login(g.SubjectID), instant(g.At), flagOrNone(g.Cancelled))
		}),
		list(w, teams, func(g usher.WorldGrant) *yaml.Node {
			return flow(teamSeatKeys, text(slugs[g.SubjectID]), instant(g.At))
		}),
	)
}

func (w *writer) activity(a usher.WorldActivity) *yaml.Node {
	return flow(activityKeys, w.login(a.UserID), instant(a.Activity.At), textOrNone(a.Activity.Editor), instant(a.Activity.AuthenticatedAt))
}
