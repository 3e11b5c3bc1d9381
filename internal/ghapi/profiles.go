package ghapi

import (
	"net/url"
	"strconv"
	"time"

	"github.com/usher-seats/usher"
)

// authenticatedUser is who the token speaks for (GET /user). An installation is nobody.
func (q *Request) authenticatedUser() error {
	user := q.Caller.User
	if user == nil {
		return &usher.Error{Kind: usher.Forbidden, Message: "Resource not accessible by integration"}
	}
	return q.Show(user.Edition(), func() []byte { return q.writer().publicUser(nil, *user, true) })
}

// user is anybody's profile, or an organization's: Terraform asks here which of both a
// name is.
func (q *Request) user() error {
	found, err := q.api.service.Profile(q.R.Context(), q.R.PathValue("username"))
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte {
		if found.Organization != nil {
			return q.writer().organizationAsUser(nil, *found.Organization)
		}
		return q.writer().publicUser(nil, *found.User, q.Caller != nil)
	})
}

// organization is an organization's profile (GET /orgs/{org}).
func (q *Request) organization() error {
	found, err := q.api.service.OrganizationProfile(q.R.Context(), q.accountName())
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().fullOrganization(nil, *found.Organization) })
}

// publicUser appends GitHub's public-user, in the key order recorded on 2025-01-03. E-mail
// addresses are for callers with a token (documented). usher knows nothing of repositories
// and followers: there are none.
func (w writer) publicUser(b []byte, user usher.User, email bool) []byte {
	b = w.user(b, user)
	b = b[:len(b)-1] // goes on
	b = orNull(append(b, `,"name":`...), user.Name)
	address := ""
	if email {
		address = user.Email
	}
	return w.profileRest(b, address, user.CreatedAt)
}

// organizationAsUser appends an organization in the shape of a user.
func (w writer) organizationAsUser(b []byte, account usher.Account) []byte {
	b = w.simpleUser(b, userLike{id: account.Ref.ID, login: account.Login, kind: "Organization"})
	b = b[:len(b)-1]
	b = orNull(append(b, `,"name":`...), account.Name)
	return w.profileRest(b, "", account.CreatedAt)
}

func (w writer) profileRest(b []byte, email string, createdAt time.Time) []byte {
	b = orNull(append(b, `,"company":null,"blog":"","location":null,"email":`...), email)
	b = append(b, `,"hireable":null,"bio":null,"twitter_username":null,"public_repos":0,"public_gists":0,"followers":0,"following":0`...)
	return w.dates(b, createdAt)
}

// dates appends when usher learned of somebody, and closes the object: nothing of a
// profile changes later.
func (w writer) dates(b []byte, createdAt time.Time) []byte {
	b = utc(append(b, `,"created_at":`...), createdAt)
	b = utc(append(b, `,"updated_at":`...), createdAt)
	return append(b, '}')
}

// fullOrganization appends what GitHub's organization-full shows to everybody, in the key
// order recorded on 2024-02-01.
func (w writer) fullOrganization(b []byte, account usher.Account) []byte {
	b = w.organization(b, account)
	b = b[:len(b)-1]
	if account.Name != "" { // absent, not null, where there is none (recorded)
		b = appendString(append(b, `,"name":`...), account.Name)
	}
	b = append(b, `,"is_verified":false,"has_organization_projects":false,"has_repository_projects":false`...)
	b = append(b, `,"public_repos":0,"public_gists":0,"followers":0,"following":0,"html_url":`...)
	b = appendString(b, w.base.web+"/"+url.PathEscape(account.Login))
	b = w.dates(b, account.CreatedAt)
	return append(b[:len(b)-1], `,"archived_at":null,"type":"Organization"}`...)
}

// userLike is what a person and an organization have in common where GitHub shows both as
// users.
type userLike struct {
	id        int64
	login     string
	kind      string // User or Organization
	siteAdmin bool
}

// user appends GitHub's simple-user.
func (w writer) user(b []byte, user usher.User) []byte {
	return w.simpleUser(b, userLike{user.ID, user.Login, "User", user.SiteAdmin})
}

func (w writer) simpleUser(b []byte, user userLike) []byte {
	id := strconv.FormatInt(user.id, 10)
	address := w.base.api + "/users/" + url.PathEscape(user.login)
	b = appendString(append(b, `{"login":`...), user.login)
	b = append(append(b, `,"id":`...), id...)
	b = appendString(append(b, `,"node_id":`...), nodeID(user.kind, id))
	b = appendString(append(b, `,"avatar_url":`...), w.base.web+"/avatars/u/"+id)
	b = append(b, `,"gravatar_id":""`...)
	b = appendString(append(b, `,"url":`...), address)
	b = appendString(append(b, `,"html_url":`...), w.base.web+"/"+url.PathEscape(user.login))
	b = appendString(append(b, `,"followers_url":`...), address+"/followers")
	b = appendString(append(b, `,"following_url":`...), address+"/following{/other_user}")
	b = appendString(append(b, `,"gists_url":`...), address+"/gists{/gist_id}")
	b = appendString(append(b, `,"starred_url":`...), address+"/starred{/owner}{/repo}")
	b = appendString(append(b, `,"subscriptions_url":`...), address+"/subscriptions")
	b = appendString(append(b, `,"organizations_url":`...), address+"/orgs")
	b = appendString(append(b, `,"repos_url":`...), address+"/repos")
	b = appendString(append(b, `,"events_url":`...), address+"/events{/privacy}")
	b = appendString(append(b, `,"received_events_url":`...), address+"/received_events")
	b = appendString(append(b, `,"type":`...), user.kind)
	b = append(b, `,"user_view_type":"public","site_admin":`...)
	return append(strconv.AppendBool(b, user.siteAdmin), '}')
}
