package usher

// Action names what happened. The names are those of GitHub's audit log, as far as GitHub
// documents one; the others follow its style. docs/record.md says which are whose, and what
// [Event.Change] holds.
type Action string

// What happens to seats and grants.
const (
	AssignmentCreated    Action = "copilot.cfb_seat_assignment_created"    // a grant to a person or a team
	AssignmentRefreshed  Action = "copilot.cfb_seat_assignment_refreshed"  // a pending cancellation revoked
	AssignmentReused     Action = "copilot.cfb_seat_assignment_reused"     // a grant to a person with a live seat
	AssignmentUnassigned Action = "copilot.cfb_seat_assignment_unassigned" // a grant ended, or a seat lost its last one
	SeatAdded            Action = "copilot.cfb_seat_added"                 // a person got access
	SeatCancelled        Action = "copilot.cfb_seat_cancelled"             // access ended
)

// What happens to an account's Copilot: one event for each setting.
const (
	SeatManagementChanged      Action = "copilot.cfb_seat_management_changed"     // who gets seats
	OrganizationSettingChanged Action = "copilot.cfb_org_settings_changed"        // any other setting of an organization's
	EnterpriseSettingChanged   Action = "copilot.cfb_enterprise_settings_changed" // any other setting of an enterprise's
)

// What happens to the people of an organization.
const (
	MemberInvited       Action = "org.invite_member"     // a person was invited
	InvitationUpdated   Action = "org.update_invitation" // an invited person will be something else
	InvitationCancelled Action = "org.cancel_invitation" // an invitation was withdrawn
	InvitationExpired   Action = "org.expire_invitation" // an invitation has ended, nobody having accepted it
	MemberAdded         Action = "org.add_member"        // a person accepted an invitation
	MemberUpdated       Action = "org.update_member"     // a member got another role
	MemberRemoved       Action = "org.remove_member"     // a member is one no more
)

// What happens to an organization as a whole.
const (
	OrganizationTransferred Action = "org.transfer"                 // it came to another enterprise, or out of one; in its own log
	OrganizationAdded       Action = "business.add_organization"    // in the log of the enterprise that it came to
	OrganizationRemoved     Action = "business.remove_organization" // in the log of the enterprise that it left
	OrganizationCreated     Action = "org.create"                   // it is there from now on; in its own log
)

// What happens to an enterprise and who administers it.
const (
	EnterpriseCreated     Action = "business.create"                 // it is there from now on
	AdministratorAdded    Action = "business.add_admin"              // a person owns it
	AdministratorRemoved  Action = "business.remove_admin"           // a person owns it no more
	BillingManagerAdded   Action = "business.add_billing_manager"    // a person manages its billing
	BillingManagerRemoved Action = "business.remove_billing_manager" // a person manages its billing no more
)

// What happens to teams, an organization's and an enterprise's.
const (
	TeamCreated              Action = "team.create"                        // a team is there
	TeamDestroyed            Action = "team.destroy"                       // a team is gone, with all places in it
	TeamRenamed              Action = "team.rename"                        // a team got another name
	TeamPrivacyChanged       Action = "team.change_privacy"                // a team became secret, or is so no more
	TeamParentChanged        Action = "team.change_parent_team"            // a team came under another, or under none
	TeamDescriptionChanged   Action = "team.change_description"            // a team got another description
	TeamNotificationsChanged Action = "team.change_notifications"          // a team's notifications were switched
	TeamSelectionChanged     Action = "team.change_organization_selection" // an enterprise team is for other kinds of organizations
	TeamAssigned             Action = "team.add_to_organization"           // an enterprise team was assigned to an organization
	TeamUnassigned           Action = "team.remove_from_organization"      // an enterprise team is assigned to an organization no more
)

// What happens to places in teams.
const (
	TeamMemberAdded         Action = "team.add_member"         // a person is in a team
	TeamMemberRemoved       Action = "team.remove_member"      // a person is in a team no more
	MaintainerPromoted      Action = "team.promote_maintainer" // a member of a team maintains it
	MaintainerDemoted       Action = "team.demote_maintainer"  // a maintainer of a team is a member of it
	TeamMemberInvited       Action = "team.invite_member"      // a place in a team waits for an invited person
	TeamInvitationUpdated   Action = "team.update_invitation"  // a place that waits will be another
	TeamInvitationCancelled Action = "team.cancel_invitation"  // a place waits no more
)

// What happens to the record itself.
const (
	EventsDeleted  Action = "usher.delete_events"  // retention has deleted the oldest events
	ReportsDeleted Action = "usher.delete_reports" // retention has deleted reports of activity
)

// What happens to what is known of people, and to tokens.
const (
	PersonForgotten Action = "usher.forget_person" // a person got a pseudonym in place of their login and name
	TokenCreated    Action = "usher.create_token"  // a token was made
	TokenRevoked    Action = "usher.revoke_token"  // a token is one no more
)

// tellsOfDeletion says whether an action is retention's own.
func (a Action) tellsOfDeletion() bool { return a == EventsDeleted || a == ReportsDeleted }

// Actions are all there are.
func Actions() []Action {
	return []Action{
		AssignmentCreated, AssignmentRefreshed, AssignmentReused, AssignmentUnassigned, SeatAdded, SeatCancelled,
		SeatManagementChanged, OrganizationSettingChanged, EnterpriseSettingChanged,
		MemberInvited, InvitationUpdated, InvitationCancelled, InvitationExpired, MemberAdded, MemberUpdated, MemberRemoved,
		OrganizationTransferred, OrganizationAdded, OrganizationRemoved, OrganizationCreated,
		EnterpriseCreated, AdministratorAdded, AdministratorRemoved, BillingManagerAdded, BillingManagerRemoved,
		TeamCreated, TeamDestroyed, TeamRenamed, TeamPrivacyChanged, TeamParentChanged, TeamDescriptionChanged,
		TeamNotificationsChanged, TeamSelectionChanged, TeamAssigned, TeamUnassigned,
		TeamMemberAdded, TeamMemberRemoved, MaintainerPromoted, MaintainerDemoted,
		TeamMemberInvited, TeamInvitationUpdated, TeamInvitationCancelled,
		EventsDeleted, ReportsDeleted, PersonForgotten, TokenCreated, TokenRevoked,
	}
}
