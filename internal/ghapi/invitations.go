package ghapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/usher-seats/usher"
)

// directMemberWord is GitHub's word for a member's role on an invitation; an owner's is the
// same as everywhere.
const directMemberWord = "direct_member"

// maxInvitedTeams is how many teams one invitation can name (ours; GitHub's limit is not
// documented).
const maxInvitedTeams = 100

// The keys of the body of an invitation.
const (
	inviteeField = "invitee_id"
	loginField   = "login" // usher's own
	emailField   = "email"
)

// invitations are those that can still be accepted. Roles that nobody is invited to, and
// invitations from an identity provider, are none; a role or source that is none counts as all.
func (q *Request) invitations() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	query := q.R.URL.Query()
	var role usher.Role
	switch query.Get("role") {
	case directMemberWord:
		role = usher.RoleMember
	case adminWord:
		role = usher.RoleOwner
	case "billing_manager", "hiring_manager":
		role = usher.RoleBillingManager // no organization's, so nobody's
	}
	found, err := q.api.service.Invitations(q.R.Context(), q.Account.Ref, role, page)
	if err != nil {
		return err
	}
	if query.Get("invitation_source") == "scim" {
		found.Rows, found.Invitations = 0, nil
	}
	return q.showList(found.Edition, found.Rows, page, "/invitations", len(found.Invitations), func(w writer, b []byte, i int) []byte {
		return w.invitation(b, found.Invitations[i], q.Account, true)
	})
}

func (q *Request) invite() error {
	object, err := q.object()
	if err != nil {
		return err
	}
	body := fields{object: object}
	invitee := body.invitee()
	word := body.choice("role", directMemberWord, adminWord, "billing_manager", "reinstate")
	teams := body.ids("team_ids", maxInvitedTeams)
	if err := body.refused(); err != nil {
		return err
	}
	if _, mailed := object[emailField]; mailed && invitee == (usher.Invitee{}) {
		return unserved("usher sends no mail and invites nobody by e-mail address: give " + inviteeField + " or " + loginField + " instead.")
	}
	role, err := invitedRole(word)
	if err != nil {
		return err
	}
	made, err := q.api.service.Invite(q.R.Context(), q.Account.Ref, invitee, role, teams, q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusCreated, q.writer().invitation(nil, made, q.Account, false))
	return nil
}

// invitee is who a body invites: by id as at GitHub, or by login, which is usher's own. It is
// nobody where there is an e-mail address alone.
func (f *fields) invitee() (invitee usher.Invitee) {
	id, login, email := f.id(inviteeField), f.text(loginField), f.text(emailField)
	switch {
	case id != nil && login != nil:
		f.fail("%q and %q were both supplied: one of them says who is invited.", inviteeField, loginField)
	case id != nil:
		invitee.ID = *id
	case login != nil:
		invitee.Login = *login
	case email == nil && len(f.wrong) == 0:
		f.fail("%q wasn't supplied, nor %q.", inviteeField, loginField)
	}
	return invitee
}

// invitedRole is what the invited person will be.
func invitedRole(word *string) (usher.Role, error) {
	switch {
	case word == nil, *word == directMemberWord:
		return usher.RoleMember, nil
	case *word == adminWord:
		return usher.RoleOwner, nil
	}
	return "", unserved(fmt.Sprintf("usher does not have the role %s in organizations: use %s or %s.", *word, directMemberWord, adminWord))
}

// unserved refuses what GitHub does and usher does not.
func unserved(message string) error { return &usher.Error{Kind: usher.Invalid, Message: message} }

func (q *Request) cancelInvitation() error {
	return q.done(q.api.service.CancelInvitation(q.R.Context(), q.Account.Ref, idOf(q.R.PathValue("invitation_id")), q.By()))
}

// invitation appends GitHub's organization-invitation, in the key order recorded on
// 2021-10-12: there a list had the caller's zone and whether sending it failed, and a new one
// UTC and neither. invitation_source is newer.
func (w writer) invitation(b []byte, row usher.InvitationRow, organization usher.Account, listed bool) []byte {
	id := strconv.FormatInt(row.ID, 10)
	b = append(append(b, `{"id":`...), id...)
	b = appendString(append(b, `,"node_id":`...), nodeID("OrganizationInvitation", id))
	b = appendString(append(b, `,"login":`...), row.Invitee.Login)
	b = append(b, `,"email":null`...)
	b = appendString(append(b, `,"role":`...), invitationRoleWord(row.Role))
	b = append(b, `,"created_at":`...)
	if listed {
		b = append(w.localMillis(b, row.At), `,"failed_at":null,"failed_reason":null`...)
	} else {
		b = utc(b, row.At)
	}
	b = w.inviter(append(b, `,"inviter":`...), row.Inviter, organization)
	b = strconv.AppendInt(append(b, `,"team_count":`...), row.Teams, 10)
	b = appendString(append(b, `,"invitation_teams_url":`...), w.base.api+"/organizations/"+strconv.FormatInt(organization.Ref.ID, 10)+"/invitations/"+id+"/teams")
	return append(b, `,"invitation_source":"member"}`...)
}

// inviter appends who invites. GitHub's schema has somebody there: for nobody in particular,
// a seed or an installation, that is the organization itself.
func (w writer) inviter(b []byte, inviter *usher.User, organization usher.Account) []byte {
	if inviter == nil {
		return w.simpleUser(b, userLike{id: organization.Ref.ID, login: organization.Login, kind: "Organization"})
	}
	return w.user(b, *inviter)
}

func invitationRoleWord(role usher.Role) string {
	if role == usher.RoleOwner {
		return adminWord
	}
	return directMemberWord
}

// localMillis is local with milliseconds, as the list of invitations has them where the zone
// is not UTC.
func (w writer) localMillis(b []byte, t time.Time) []byte {
	if w.zone == time.UTC {
		return utc(b, t)
	}
	b = append(b, '"')
	b = t.In(w.zone).AppendFormat(b, "2006-01-02T15:04:05.000-07:00")
	return append(b, '"')
}
