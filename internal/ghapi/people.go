package ghapi

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/usher-seats/usher"
)

// GitHub's words for the roles in an organization.
const (
	adminWord  = "admin"
	memberWord = "member"
)

// organizationRole is usher's role for a word of GitHub's; empty where the word is none.
func organizationRole(word string) usher.Role {
	switch word {
	case adminWord:
		return usher.RoleOwner
	case memberWord:
		return usher.RoleMember
	}
	return ""
}

// roleWord is GitHub's word for a role.
func roleWord(role usher.Role) string {
	if role == usher.RoleOwner {
		return adminWord
	}
	return memberWord
}

// members are an organization's. A role that is none counts as all, as no query is ever an
// error; filter is about two-factor authentication, which usher does not know, and leaves
// nobody out.
func (q *Request) members() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	role := organizationRole(q.R.URL.Query().Get("role"))
	found, err := q.api.service.Members(q.R.Context(), q.Account.Ref, role, page)
	if err != nil {
		return err
	}
	return q.showList(found.Edition, found.Rows, page, "/members", len(found.Members), func(w writer, b []byte, i int) []byte {
		return w.user(b, found.Members[i])
	})
}

// checkMember answers whether somebody is a member: 204, or 404 with the text recorded on
// 2018-04-05.
func (q *Request) checkMember() error {
	found, err := q.api.service.OrganizationMembership(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	if usher.IsNotFound(err) || err == nil && found.State != usher.Active {
		return &usher.Error{Kind: usher.NotFound, Message: "User does not exist or is not a member of the organization"}
	}
	if err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

func (q *Request) removeMember() error {
	return q.done(q.api.service.RemoveMember(q.R.Context(), q.Account.Ref, q.R.PathValue("username"), q.By()))
}

func (q *Request) removeMembership() error {
	return q.done(q.api.service.RemoveOrganizationMembership(q.R.Context(), q.Account.Ref, q.R.PathValue("username"), q.By()))
}

// done answers a change that shows nothing.
func (q *Request) done(err error) error {
	if err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

func (q *Request) membership() error {
	found, err := q.api.service.OrganizationMembership(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().membership(nil, found) })
}

// setMembership takes no body for one without a role: a member's.
func (q *Request) setMembership() error {
	object, err := q.optionalObject()
	if err != nil {
		return err
	}
	body := fields{object: object}
	role := organizationRole(orEmpty(body.choice("role", memberWord, adminWord)))
	if err := body.refused(); err != nil {
		return err
	}
	set, err := q.api.service.SetOrganizationMembership(q.R.Context(), q.Account.Ref, q.R.PathValue("username"), cmp.Or(role, usher.RoleMember), q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusOK, q.writer().membership(nil, set))
	return nil
}

// ownOrganizations are those that the token's user is a member of. A fine-grained token is
// shown none (documented).
func (q *Request) ownOrganizations() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.UserMemberships(q.R.Context(), *q.Caller, usher.Active, page)
	if err != nil {
		return err
	}
	if q.Caller.Token.Kind == usher.FineGrained {
		found.Rows, found.Memberships = 0, nil
	}
	return q.showListAt("/user/orgs", found.Edition, found.Rows, page, len(found.Memberships), func(w writer, b []byte, i int) []byte {
		return w.organization(b, found.Memberships[i].Organization)
	})
}

// ownMemberships are the places of the token's user. A state that is none counts as both.
func (q *Request) ownMemberships() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	state := usher.MembershipState(q.R.URL.Query().Get("state"))
	if state != usher.Active && state != usher.Pending {
		state = ""
	}
	found, err := q.api.service.UserMemberships(q.R.Context(), *q.Caller, state, page)
	if err != nil {
		return err
	}
	return q.showListAt("/user/memberships/orgs", found.Edition, found.Rows, page, len(found.Memberships), func(w writer, b []byte, i int) []byte {
		return w.membership(b, found.Memberships[i])
	})
}

// acceptInvitation has the token's user join the organization that invited them.
func (q *Request) acceptInvitation() error {
	object, err := q.object()
	if err != nil {
		return err
	}
	body := fields{object: object}
	body.require("state")
	body.choice("state", string(usher.Active))
	if err := body.refused(); err != nil {
		return err
	}
	accepted, err := q.api.service.AcceptInvitation(q.R.Context(), q.accountName(), *q.Caller, q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusOK, q.writer().membership(nil, accepted))
	return nil
}

// membership appends GitHub's org-membership, in the key order recorded on 2024-09-09.
func (w writer) membership(b []byte, m usher.OrganizationMembership) []byte {
	organization := w.base.api + "/orgs/" + url.PathEscape(m.Organization.Login)
	b = appendString(append(b, `{"url":`...), organization+"/memberships/"+url.PathEscape(m.User.Login))
	b = appendString(append(b, `,"state":`...), string(m.State))
	b = appendString(append(b, `,"role":`...), roleWord(m.Role))
	b = appendString(append(b, `,"organization_url":`...), organization)
	b = w.user(append(b, `,"user":`...), m.User)
	b = w.organization(append(b, `,"organization":`...), m.Organization)
	return append(b, '}')
}
