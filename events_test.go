package usher_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usher-seats/usher"
)

// recorded is the crew in octo-global, which lee owns, beside another organization and another
// enterprise of lee's. In the crew ada has a seat, and hal will, who is invited; innermost is
// granted. Red is an enterprise team with a grant, for selected organizations.
func recorded() usher.World {
	organization := crew(direct("ada"), direct("hal"), throughTeam(19))
	organization.enterprise, organization.owners = octoGlobal, "ada lee"
	enterprises := squads(func(a *account) { a.grants = []usher.WorldGrant{throughTeam(21)} })[:1]
	other := account{kind: usher.Enterprise, login: "other", id: 43, owners: "lee"}
	return worldOf(append(enterprises, other, organization, account{login: "hubot", id: hubot, enterprise: octoGlobal, members: "ada eve"})...)
}

var otherEnterprise = usher.EnterpriseRef(43)

// did is what a call of these tests records at noon, and the field that it changed.
func did(action usher.Action, login string, team int64, change ...string) usher.Event {
	event := usher.Event{At: noon, Action: action, Actor: by.Actor, TeamID: team, RequestID: by.RequestID}
	if login != "" {
		event.UserID = userID(login)
	}
	if len(change) == 3 {
		event.Change = usher.FieldChange{Field: change[0], Old: change[1], New: change[2]}
	}
	return event
}

// happened is what is recorded of nobody's doing.
func happened(at time.Time, action usher.Action, login string) usher.Event {
	return usher.Event{At: at, Action: action, UserID: userID(login)}
}

// log is what is expected of the events of some accounts.
type log map[usher.AccountRef][]usher.Event

// tells compares whole events that a change writes, in all accounts. Numbers go on from those
// that there were, up to when an account has come never runs back, and an organization knows
// the last event of its enterprise.
func (s stage) tells(change doing, want log) {
	s.Helper()
	before := dump(s, s.store).Accounts
	if err := change(s); err != nil {
		s.Fatalf("%v", err)
	}
	s.sound()
	after := dump(s, s.store).Accounts
	last := map[int64]int64{} // of each enterprise
	for _, a := range after {
		if a.Account.Ref.Kind == usher.Enterprise {
			last[a.Account.Ref.ID] = a.Account.LastEvent
		}
	}
	for i, a := range after {
		events, known := want[a.Account.Ref], before[i].Account.LastEventAt
		for j := range events {
			if events[j].At.After(known) {
				known = events[j].At
			}
			events[j].Number, events[j].KnownAt = before[i].Account.LastEvent+int64(j)+1, known
			events[j].EnterpriseEvent = last[a.Account.EnterpriseID]
		}
		if diff := cmp.Diff(events, a.Events[len(before[i].Events):], cmpopts.EquateEmpty()); diff != "" {
			s.Errorf("events of %s (-want +got):\n%s", a.Account.Login, diff)
		}
	}
}

// doing is one call or a few, in these tests.
type doing func(stage) error

func inviting(login string, role usher.Role, teams ...int64) doing {
	return func(s stage) error {
		_, err := s.Invite(background, octo, usher.Invitee{Login: login}, role, teams, by)
		return err
	}
}

func giving(login string, role usher.Role) doing {
	return func(s stage) error {
		_, err := s.SetOrganizationMembership(background, octo, login, role, by)
		return err
	}
}

func joining(slug, login string, role usher.TeamRole) doing {
	return func(s stage) error {
		_, err := s.SetTeamMembership(background, octo, teamNamed(slug), login, role, anApp, by)
		return err
	}
}

func leaving(slug, login string) doing {
	return func(s stage) error {
		return s.RemoveTeamMembership(background, octo, teamNamed(slug), login, anApp, by)
	}
}

func altering(slug string, change usher.TeamChange) doing {
	return func(s stage) error {
		_, _, err := s.ChangeTeam(background, octo, teamNamed(slug), change, anApp, by)
		return err
	}
}

func alteringRed(change usher.EnterpriseTeamChange) doing {
	return func(s stage) error {
		_, err := s.ChangeEnterpriseTeam(background, global, teamNamed("red"), change, by)
		return err
	}
}

func setting(ref usher.AccountRef, change usher.SubscriptionChange) doing {
	return func(s stage) error {
		_, err := s.ChangeSubscription(background, ref, change, by)
		return err
	}
}

func transferring(slug string) doing {
	return func(s stage) error {
		_, err := s.MoveOrganization(background, octo, usher.AccountName{Kind: usher.Enterprise, Login: slug}, callerOf("lee"), by)
		return err
	}
}

func inTurn(changes ...doing) doing {
	return func(s stage) (err error) {
		for _, change := range changes {
			err = errors.Join(err, change(s))
		}
		return err
	}
}

func assigning(slugs ...string) doing {
	return func(s stage) error {
		_, err := s.AssignOrganizations(background, global, teamNamed("red"), slugs, by)
		return err
	}
}

var (
	selecting = alteringRed(usher.EnterpriseTeamChange{Selection: new(usher.SelectedOrganizations)})

	// hal accepts the invitation himself; the world granted the seat.
	asHal = usher.By{Actor: usher.Actor{UserID: 8, TokenID: 78}, RequestID: by.RequestID}
)

// whose is an event by somebody else.
func whose(actor usher.Actor, event usher.Event) usher.Event {
	event.Actor = actor
	return event
}

// when is an event of another time.
func when(at time.Time, event usher.Event) usher.Event {
	event.At = at
	return event
}

const maintainer, member = usher.TeamMaintainerRole, usher.TeamMemberRole

// kindsOfChange are all that write events of people, teams, settings and organizations.
var kindsOfChange = map[string]struct {
	before, change doing
	want           log
}{
	"an invitation, with places that will be theirs": {
		change: inviting("kim", usher.RoleOwner, 20, 18, 20),
		want: log{octo: {
			did(usher.MemberInvited, "kim", 0, "role", "", "admin"),
			did(usher.TeamMemberInvited, "kim", 20, "role", "", "member"), did(usher.TeamMemberInvited, "kim", 18, "role", "", "member"),
		}},
	},
	"an invitation by a membership": {
		change: giving("kim", usher.RoleMember),
		want:   log{octo: {did(usher.MemberInvited, "kim", 0, "role", "", "member")}},
	},
	"another role of an invited person": {
		change: giving("hal", usher.RoleOwner),
		want:   log{octo: {did(usher.InvitationUpdated, "hal", 0, "role", "member", "admin")}},
	},
	"an invitation that is withdrawn": {
		before: joining("docs", "hal", member),
		change: func(s stage) error { return s.RemoveOrganizationMembership(background, octo, "hal", by) },
		want:   log{octo: {did(usher.InvitationCancelled, "hal", 0), did(usher.AssignmentUnassigned, "hal", 0)}},
	},
	"an invitation that is accepted": {
		before: joining("docs", "hal", maintainer),
		change: func(s stage) error {
			_, err := s.AcceptInvitation(background, usher.AccountName{Kind: usher.Organization, ID: octodemo}, callerOf("hal"), asHal)
			return err
		},
		want: log{octo: {
			whose(asHal.Actor, did(usher.MemberAdded, "hal", 0, "role", "", "member")),
			whose(asHal.Actor, did(usher.TeamMemberAdded, "hal", 18, "role", "", "maintainer")),
			whose(usher.Actor{}, did(usher.SeatAdded, "hal", 0)),
		}},
	},
	"an invitation that expires": {
		before: inTurn(inviting("kim", usher.RoleMember, 18), func(s stage) error {
			_, err := s.GrantUsers(background, octo, []string{"kim"}, by)
			return err
		}),
		change: func(s stage) error {
			s.passTo(instant("2026-11-20T05:00:00Z"))
			_, err := s.Settle(background)
			return err
		},
		want: log{octo: {
			happened(instant("2026-11-19T00:00:00Z"), usher.InvitationExpired, "kim"),
			happened(instant("2026-11-19T00:00:00Z"), usher.AssignmentUnassigned, "kim"),
		}},
	},
	"an expiry that another call finds": {
		before: inviting("kim", usher.RoleMember),
		change: func(s stage) error {
			s.passTo(instant("2026-11-20T05:00:00Z"))
			return giving("kim", usher.RoleMember)(s)
		},
		want: log{octo: {
			happened(instant("2026-11-19T00:00:00Z"), usher.InvitationExpired, "kim"),
			when(instant("2026-11-20T05:00:00Z"), did(usher.MemberInvited, "kim", 0, "role", "", "member")),
		}},
	},
	"an end of a cycle, by who cancelled": {
		before: func(s stage) error {
			_, err := s.CancelUsers(background, octo, []string{"ada"}, by)
			return err
		},
		change: func(s stage) error {
			s.passTo(endOfNovember.AddDate(0, 1, 3))
			_, err := s.Settle(background)
			return err
		},
		want: log{octo: {{At: endOfNovember, Action: usher.SeatCancelled, Actor: by.Actor, UserID: userID("ada")}}},
	},
	"an end that is written after what came later": {
		before: func(s stage) error {
			_, err := s.CancelUsers(background, octo, []string{"ada"}, by)
			return err
		},
		change: func(s stage) error {
			s.passTo(endOfNovember.AddDate(0, 1, 3))
			err := giving("cyd", usher.RoleOwner)(s)
			_, settled := s.Settle(background)
			return errors.Join(err, settled)
		},
		want: log{octo: {
			when(endOfNovember.AddDate(0, 1, 3), did(usher.MemberUpdated, "cyd", 0, "role", "member", "admin")),
			{At: endOfNovember, Action: usher.SeatCancelled, Actor: by.Actor, UserID: userID("ada")},
		}},
	},
	"another role of a member": {
		change: inTurn(giving("cyd", usher.RoleOwner), giving("cyd", usher.RoleMember)),
		want: log{octo: {
			did(usher.MemberUpdated, "cyd", 0, "role", "member", "admin"), did(usher.MemberUpdated, "cyd", 0, "role", "admin", "member"),
		}},
	},
	"a member who leaves, and their teams": {
		before: joining("docs", "ada", maintainer),
		change: func(s stage) error { return s.RemoveMember(background, octo, "ada", by) },
		want: log{octo: {
			did(usher.MemberRemoved, "ada", 0), did(usher.TeamMemberRemoved, "ada", 18), did(usher.TeamMemberRemoved, "ada", 20),
			did(usher.SeatCancelled, "ada", 0),
		}},
	},
	"a team that is created": {
		change: func(s stage) error {
			_, err := s.CreateTeam(background, octo, usher.NewTeam{Name: "Öl & Gas", Parent: &usher.TeamName{Slug: "innermost"}, Maintainers: []string{"eve"}}, callerOf("lee"), by)
			return err
		},
		want: log{octo: {
			did(usher.TeamCreated, "", 26, "slug", "", "öl-gas"),
			did(usher.TeamMemberAdded, "eve", 26, "role", "", "maintainer"), did(usher.TeamMemberAdded, "lee", 26, "role", "", "maintainer"),
			whose(usher.Actor{}, did(usher.SeatAdded, "eve", 19)), // by whose grant it is: the world's
			whose(usher.Actor{}, did(usher.SeatAdded, "lee", 19)),
		}},
	},
	"all that can change of a team at once": {
		change: altering("docs", usher.TeamChange{
			Name: new("Words"), Description: new("What ada@example.com says"), Quiet: new(true), Parent: &usher.TeamName{Slug: "inner"},
		}),
		want: log{octo: {
			did(usher.TeamRenamed, "", 18, "name", "Docs & Words", "Words"), did(usher.TeamDescriptionChanged, "", 18, "description", "", ""),
			did(usher.TeamNotificationsChanged, "", 18, "notification_setting", "notifications_enabled", "notifications_disabled"),
			did(usher.TeamParentChanged, "", 18, "parent_team", "", "inner"),
		}},
	},
	"a team that turns secret, and back": {
		change: inTurn(altering("docs", usher.TeamChange{Privacy: new(usher.PrivacySecret)}), altering("docs", usher.TeamChange{Privacy: new(usher.PrivacyClosed)})),
		want: log{octo: {
			did(usher.TeamPrivacyChanged, "", 18, "privacy", "closed", "secret"), did(usher.TeamPrivacyChanged, "", 18, "privacy", "secret", "closed"),
		}},
	},
	"a team that moves": {
		change: inTurn(altering("innermost", usher.TeamChange{Parent: &usher.TeamName{Slug: "core"}}), altering("innermost", usher.TeamChange{Parent: &usher.TeamName{}})),
		want: log{octo: {
			did(usher.TeamParentChanged, "", 19, "parent_team", "inner", "core"), did(usher.TeamParentChanged, "", 19, "parent_team", "core", ""),
		}},
	},
	"a team that is deleted with its child teams": {
		change: func(s stage) error {
			return s.DeleteTeam(background, octo, teamNamed("core"), anApp, by)
		},
		want: log{octo: {
			did(usher.TeamDestroyed, "", 20, "slug", "core", ""), did(usher.TeamDestroyed, "", 21, "slug", "inner", ""), did(usher.TeamDestroyed, "", 19, "slug", "innermost", ""),
			did(usher.AssignmentUnassigned, "", 19), did(usher.AssignmentUnassigned, "dee", 19),
		}},
	},
	"a place in a team": {
		change: inTurn(joining("docs", "cyd", member), joining("docs", "cyd", maintainer), joining("docs", "cyd", member), leaving("docs", "cyd")),
		want: log{octo: {
			did(usher.TeamMemberAdded, "cyd", 18, "role", "", "member"), did(usher.MaintainerPromoted, "cyd", 18, "role", "member", "maintainer"),
			did(usher.MaintainerDemoted, "cyd", 18, "role", "maintainer", "member"), did(usher.TeamMemberRemoved, "cyd", 18),
		}},
	},
	"a place that waits": {
		change: inTurn(joining("docs", "hal", member), joining("docs", "hal", maintainer), leaving("docs", "hal")),
		want: log{octo: {
			did(usher.TeamMemberInvited, "hal", 18, "role", "", "member"), did(usher.TeamInvitationUpdated, "hal", 18, "role", "member", "maintainer"),
			did(usher.TeamInvitationCancelled, "hal", 18),
		}},
	},
	"a place for somebody outside": {
		change: joining("docs", "kim", member),
		want:   log{octo: {did(usher.MemberInvited, "kim", 0, "role", "", "member"), did(usher.TeamMemberInvited, "kim", 18, "role", "", "member")}},
	},
	"an enterprise team that is created": {
		change: func(s stage) error {
			_, err := s.CreateEnterpriseTeam(background, global, usher.EnterpriseTeamChange{Name: new("Green Team")}, by)
			return err
		},
		want: log{global: {did(usher.TeamCreated, "", 26, "slug", "", "green-team")}},
	},
	"an enterprise team that changes": {
		before: inTurn(selecting, assigning("octodemo", "hubot")),
		change: alteringRed(usher.EnterpriseTeamChange{Name: new("Crimson"), Description: new("all"), Selection: new(usher.AllOrganizations), Quiet: new(true)}),
		want: log{global: {
			did(usher.TeamRenamed, "", 21, "name", "red", "Crimson"), did(usher.TeamDescriptionChanged, "", 21, "description", "", ""),
			did(usher.TeamNotificationsChanged, "", 21, "notification_setting", "notifications_enabled", "notifications_disabled"),
			did(usher.TeamSelectionChanged, "", 21, "organization_selection_type", "selected", "all"),
			did(usher.TeamUnassigned, "", 21, "organization", "octodemo", ""), did(usher.TeamUnassigned, "", 21, "organization", "hubot", ""),
		}},
	},
	"an enterprise team that is deleted": {
		change: func(s stage) error { return s.DeleteEnterpriseTeam(background, global, teamNamed("red"), by) },
		want: log{global: {
			did(usher.TeamDestroyed, "", 21, "slug", "red", ""),
			did(usher.AssignmentUnassigned, "", 21), did(usher.AssignmentUnassigned, "ada", 21), did(usher.AssignmentUnassigned, "Bob", 21),
		}},
	},
	"places in an enterprise team": {
		change: inTurn(func(s stage) error {
			_, err := s.AddEnterpriseTeamPeople(background, global, teamNamed("none"), []string{"cyd", "ada", "CYD"}, by)
			return err
		}, func(s stage) error {
			_, err := s.RemoveEnterpriseTeamPeople(background, global, teamNamed("none"), []string{"ada", "cyd"}, by)
			return err
		}),
		want: log{global: {
			did(usher.TeamMemberAdded, "cyd", 23, "role", "", "member"), did(usher.TeamMemberAdded, "ada", 23, "role", "", "member"),
			did(usher.TeamMemberRemoved, "ada", 23), did(usher.TeamMemberRemoved, "cyd", 23),
		}},
	},
	"organizations that a team is assigned to, but for those that it was": {
		before: inTurn(selecting, assigning("hubot")),
		change: inTurn(assigning("hubot", "octodemo"), func(s stage) error {
			return s.UnassignOrganizations(background, global, teamNamed("red"), []string{"hubot"}, by)
		}),
		want: log{global: {
			did(usher.TeamAssigned, "", 21, "organization", "", "octodemo"), did(usher.TeamUnassigned, "", 21, "organization", "hubot", ""),
		}},
	},
	"settings, one by one": {
		change: setting(octo, usher.SubscriptionChange{
			Plan: new(usher.PlanEnterprise), SeatManagement: new(usher.AssignSelected), PublicCodeSuggestions: new(usher.Policy("allow")),
			IDEChat: new(usher.Policy("disabled")), PlatformChat: new(usher.Policy("enabled")), CLI: new(usher.PolicyUnconfigured),
			BillingSetUp: new(false), PaymentProblem: new(true), CycleDay: new(15),
		}),
		want: log{octo: {
			did(usher.OrganizationSettingChanged, "", 0, "plan", "business", "enterprise"),
			did(usher.OrganizationSettingChanged, "", 0, "public_code_suggestions", "block", "allow"),
			did(usher.OrganizationSettingChanged, "", 0, "ide_chat", "enabled", "disabled"),
			did(usher.OrganizationSettingChanged, "", 0, "platform_chat", "disabled", "enabled"),
			did(usher.OrganizationSettingChanged, "", 0, "cli", "enabled", "unconfigured"),
			did(usher.OrganizationSettingChanged, "", 0, "billing.set_up", "true", "false"),
			did(usher.OrganizationSettingChanged, "", 0, "billing.payment_problem", "false", "true"),
			did(usher.OrganizationSettingChanged, "", 0, "billing.cycle_day", "1", "15"),
		}},
	},
	"seat management": {
		change: setting(octo, seating(usher.AssignmentDisabled)),
		want: log{octo: {
			did(usher.SeatManagementChanged, "", 0, "seat_management", "assign_selected", "disabled"),
			did(usher.SeatCancelled, "ada", 0), did(usher.SeatCancelled, "dee", 19),
		}},
	},
	"Copilot that is switched off": {
		change: setting(global, switchedOff()),
		want: log{global: {
			did(usher.EnterpriseSettingChanged, "", 0, "enabled", "true", "false"),
			did(usher.SeatCancelled, "ada", 21), did(usher.SeatCancelled, "Bob", 21),
		}},
	},
	"Copilot that is switched on": {
		before: setting(octo, switchedOff()),
		change: setting(octo, usher.SubscriptionChange{Enabled: new(true), CycleDay: new(1), SeatManagement: new(usher.AssignmentDisabled)}),
		want: log{octo: {
			did(usher.OrganizationSettingChanged, "", 0, "enabled", "false", "true"),
			did(usher.SeatManagementChanged, "", 0, "seat_management", "unconfigured", "disabled"),
		}},
	},
	"an organization that moves": {
		before: inTurn(selecting, assigning("octodemo", "hubot")),
		change: transferring("other"),
		want: log{
			global:          {did(usher.OrganizationRemoved, "", 0, "organization", "octodemo", ""), did(usher.TeamUnassigned, "", 21, "organization", "octodemo", "")},
			otherEnterprise: {did(usher.OrganizationAdded, "", 0, "organization", "", "octodemo")},
			octo:            {did(usher.OrganizationTransferred, "", 0, "enterprise", "octo-global", "other")},
		},
	},
	"an organization that leaves its enterprise": {
		change: transferring(""),
		want: log{
			global: {did(usher.OrganizationRemoved, "", 0, "organization", "octodemo", "")},
			octo:   {did(usher.OrganizationTransferred, "", 0, "enterprise", "octo-global", "")},
		},
	},
	"an organization that comes into an enterprise": {
		before: transferring(""),
		change: transferring("other"),
		want: log{
			otherEnterprise: {did(usher.OrganizationAdded, "", 0, "organization", "", "octodemo")},
			octo:            {did(usher.OrganizationTransferred, "", 0, "enterprise", "", "other")},
		},
	},
}

func TestEachKindOfChangeWritesItsEvents(t *testing.T) {
	t.Parallel()
	for name, c := range kindsOfChange {
		t.Run(name, func(t *testing.T) {
			s := play(t, recorded())
			if c.before != nil {
				if err := c.before(s); err != nil {
					t.Fatal(err)
				}
			}
			s.tells(c.change, c.want)
		})
	}
}

// leavesAlone says that a change writes nothing at all, not even another version.
func (s stage) leavesAlone(change doing, fails bool) {
	s.Helper()
	before := dump(s, s.store)
	if err := change(s); (err != nil) != fails {
		s.Errorf("got %v, want an error: %t", err, fails)
	}
	if diff := cmp.Diff(before, dump(s, s.store)); diff != "" {
		s.Errorf("something has changed (-before +after):\n%s", diff)
	}
}

func TestWhatIsSoAlreadyWritesNoEvent(t *testing.T) {
	t.Parallel()
	people := func(logins ...string) doing {
		return func(s stage) error {
			_, err := s.AddEnterpriseTeamPeople(background, global, teamNamed("red"), logins, by)
			return err
		}
	}
	for name, c := range map[string]struct{ before, change doing }{
		"the role of a member":            {change: giving("cyd", usher.RoleMember)},
		"the role of the only owner":      {before: giving("lee", usher.RoleMember), change: giving("ada", usher.RoleOwner)},
		"the role of an invited person":   {change: giving("hal", usher.RoleMember)},
		"a member's acceptance":           {change: func(s stage) error { s.accepts("cyd"); return nil }},
		"a place in a team":               {change: joining("docs", "bob", member)},
		"a maintainer's place":            {before: joining("docs", "bob", maintainer), change: joining("docs", "bob", maintainer)},
		"a place that waits":              {before: joining("docs", "hal", maintainer), change: joining("docs", "hal", maintainer)},
		"a team":                          {change: altering("inner", usher.TeamChange{Name: new("Inner Circle"), Parent: &usher.TeamName{Slug: "core"}, Privacy: new(usher.PrivacyClosed), Quiet: new(false)})},
		"an enterprise team":              {change: alteringRed(usher.EnterpriseTeamChange{Name: new("red"), Selection: new(usher.NoOrganizations), Quiet: new(false)})},
		"places in an enterprise team":    {change: people("ada", "bob")},
		"places of nobody":                {change: people()},
		"organizations of a team":         {before: inTurn(selecting, assigning("octodemo")), change: assigning("octodemo")},
		"no organization of a team":       {before: selecting, change: assigning()},
		"settings":                        {change: setting(octo, usher.SubscriptionChange{CycleDay: new(1), SeatManagement: new(usher.AssignSelected)})},
		"Copilot that is off":             {before: setting(octo, switchedOff()), change: setting(octo, switchedOff())},
		"the organization's enterprise":   {change: transferring("octo-global")},
		"no enterprise":                   {before: transferring(""), change: transferring("")},
		"a team's grant":                  {change: func(s stage) error { _, err := s.GrantTeams(background, octo, []string{"innermost"}, by); return err }},
		"a cancellation of who has none":  {change: func(s stage) error { _, err := s.CancelUsers(background, octo, []string{"cyd"}, by); return err }},
		"a settling where nothing is due": {change: func(s stage) error { _, err := s.Settle(background); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, recorded())
			if c.before != nil {
				if err := c.before(s); err != nil {
					t.Fatal(err)
				}
			}
			s.leavesAlone(c.change, false)
		})
	}
}

func TestARefusedChangeWritesNoEvent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, change doing }{
		"an invitation of a member":             {change: inviting("cyd", usher.RoleMember)},
		"an invitation with a team of others":   {change: inviting("kim", usher.RoleMember, 18, 23)},
		"a role of nobody":                      {change: giving("nobody", usher.RoleMember)},
		"the last owner's role":                 {before: giving("lee", usher.RoleMember), change: giving("ada", usher.RoleMember)},
		"the last owner's leaving":              {before: giving("lee", usher.RoleMember), change: func(s stage) error { return s.RemoveMember(background, octo, "ada", by) }},
		"a place that is none":                  {change: leaving("docs", "cyd")},
		"a team below itself":                   {change: altering("core", usher.TeamChange{Name: new("Kernel"), Parent: &usher.TeamName{Slug: "innermost"}})},
		"a parent that turns secret":            {change: altering("inner", usher.TeamChange{Description: new("x"), Privacy: new(usher.PrivacySecret)})},
		"an enterprise team's name of another":  {change: alteringRed(usher.EnterpriseTeamChange{Quiet: new(true), Name: new("Blue")})},
		"an organization of others, among some": {before: selecting, change: assigning("hubot", "elsewhere")},
		"settings where Copilot is off":         {before: setting(octo, switchedOff()), change: setting(octo, cycling(3))},
		"an enterprise of others":               {change: transferring("nowhere")},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, recorded())
			if c.before != nil {
				if err := c.before(s); err != nil {
					t.Fatal(err)
				}
			}
			s.leavesAlone(c.change, true)
		})
	}
}

func TestAWorldIsWhatTheRecordBeginsWithAndNoChange(t *testing.T) {
	s := play(t, recorded())
	for _, a := range dump(s, s.store).Accounts {
		for _, e := range a.Events {
			if e.Action != usher.AssignmentCreated && e.Action != usher.SeatAdded {
				t.Errorf("%s begins with %+v, want events of seats and grants alone", a.Account.Login, e)
			}
		}
	}
}
