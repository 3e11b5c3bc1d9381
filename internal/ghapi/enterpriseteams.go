package ghapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/usher-seats/usher"
)

// The keys of the lists that the operations on many people and organizations read.
const (
	usernamesField     = "usernames"
	organizationsField = "organization_slugs"
)

// enterpriseTeamName is the enterprise team that the path names: by slug, with the prefix or
// without, or by id.
func (q *Request) enterpriseTeamName() usher.TeamName {
	slug := q.R.PathValue("team_slug")
	return usher.TeamName{Slug: slug, ID: idOf(slug)}
}

// enterpriseTeams, like all lists of an enterprise, links to its other pages by slugs.
func (q *Request) enterpriseTeams() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.EnterpriseTeams(q.R.Context(), q.Account.Ref, page)
	if err != nil {
		return err
	}
	return q.showListAt(teamsPath(q.Account.Login), found.Edition, found.Rows, page, len(found.Teams), func(w writer, b []byte, i int) []byte {
		return w.enterpriseTeam(b, found.Teams[i].Team, q.Account.Login)
	})
}

func (q *Request) enterpriseTeam() error {
	found, err := q.api.service.EnterpriseTeam(q.R.Context(), q.Account.Ref, q.enterpriseTeamName())
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().enterpriseTeam(nil, found.Team, q.Account.Login) })
}

func (q *Request) createEnterpriseTeam() error {
	object, err := q.object()
	if err != nil {
		return err
	}
	body := fields{object: object}
	body.require("name")
	wanted := usher.EnterpriseTeamChange{Name: body.text("name")}
	if err := body.enterpriseTeam(&wanted); err != nil {
		return err
	}
	team, err := q.api.service.CreateEnterpriseTeam(q.R.Context(), q.Account.Ref, wanted, q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusCreated, q.writer().enterpriseTeam(nil, team, q.Account.Login))
	return nil
}

func (q *Request) changeEnterpriseTeam() error {
	object, err := q.object()
	if err != nil {
		return err
	}
	body := fields{object: object}
	change := usher.EnterpriseTeamChange{Name: body.textOrNull("name")}
	if err := body.enterpriseTeam(&change); err != nil {
		return err
	}
	team, err := q.api.service.ChangeEnterpriseTeam(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), change, q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusOK, q.writer().enterpriseTeam(nil, team, q.Account.Login))
	return nil
}

// textOrNull is a string; nil where the key is missing, or has null.
func (f *fields) textOrNull(key string) *string {
	if f.isNull(key) {
		return nil
	}
	return f.text(key)
}

// enterpriseTeam reads what the bodies of a new team and of a change share, and says what is
// wrong with all of it. A description that is null is none. GitHub has retired
// sync_to_organizations: it has no effect.
func (f *fields) enterpriseTeam(change *usher.EnterpriseTeamChange) error {
	change.Description = f.textOrNull("description")
	if f.isNull("description") {
		change.Description = new(string)
	}
	f.choice("sync_to_organizations", "all", "disabled")
	selection := f.choice("organization_selection_type", string(usher.NoOrganizations), string(usher.SelectedOrganizations), string(usher.AllOrganizations))
	change.Selection = (*usher.OrganizationSelection)(selection)
	change.Group = f.textOrNull("group_id")
	change.Quiet = f.quiet()
	return f.refused()
}

func (q *Request) deleteEnterpriseTeam() error {
	return q.done(q.api.service.DeleteEnterpriseTeam(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.By()))
}

func (q *Request) enterpriseTeamPeople() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.EnterpriseTeamPeople(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), page)
	if err != nil {
		return err
	}
	path := enterpriseTeamPath(found.Team, q.Account.Login) + "/memberships"
	return q.showListAt(path, found.Edition, found.Rows, page, len(found.People), func(w writer, b []byte, i int) []byte {
		return w.user(b, found.People[i].User)
	})
}

func (q *Request) enterpriseTeamPerson() error {
	found, err := q.api.service.EnterpriseTeamPerson(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.R.PathValue("username"))
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().user(nil, found.User) })
}

func (q *Request) addEnterpriseTeamPerson() error {
	q.list = "username" // what a refusal names
	user, err := q.api.service.AddEnterpriseTeamPerson(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.R.PathValue("username"), q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusCreated, q.writer().user(nil, user))
	return nil
}

func (q *Request) removeEnterpriseTeamPerson() error {
	return q.done(q.api.service.RemoveEnterpriseTeamPerson(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.R.PathValue("username"), q.By()))
}

func (q *Request) addEnterpriseTeamPeople() error {
	return q.changeEnterpriseTeamPeople(q.api.service.AddEnterpriseTeamPeople)
}

func (q *Request) removeEnterpriseTeamPeople() error {
	return q.changeEnterpriseTeamPeople(q.api.service.RemoveEnterpriseTeamPeople)
}

func (q *Request) changeEnterpriseTeamPeople(do func(ctx context.Context, enterprise usher.AccountRef, name usher.TeamName, logins []string, by usher.By) ([]usher.User, error)) error {
	logins, err := q.namesOrNone(usernamesField)
	if err != nil {
		return err
	}
	users, err := do(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), logins, q.By())
	if err != nil {
		return err
	}
	w := q.writer()
	q.Respond(http.StatusOK, array(len(users), func(b []byte, i int) []byte { return w.user(b, users[i]) }))
	return nil
}

// namesOrNone is names for a list that GitHub's schema lets be empty.
func (q *Request) namesOrNone(key string) ([]string, error) {
	q.list = key
	object, err := q.object()
	if err != nil {
		return nil, err
	}
	body := fields{object: object}
	body.require(key)
	names := body.texts(key, maxNames)
	return names, body.refused()
}

// array is the body of a list.
func array(length int, item func(b []byte, i int) []byte) []byte {
	b := []byte{'['}
	for i := range length {
		if i > 0 {
			b = append(b, ',')
		}
		b = item(b, i)
	}
	return append(b, ']')
}

func (q *Request) enterpriseTeamOrganizations() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.EnterpriseTeamOrganizations(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), page)
	if err != nil {
		return err
	}
	path := enterpriseTeamPath(found.Team, q.Account.Login) + "/organizations"
	return q.showListAt(path, found.Edition, found.Rows, page, len(found.Organizations), func(w writer, b []byte, i int) []byte {
		return w.organization(b, found.Organizations[i])
	})
}

func (q *Request) enterpriseTeamOrganization() error {
	found, err := q.api.service.EnterpriseTeamOrganization(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.R.PathValue("org"))
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().organization(nil, found.Organization) })
}

func (q *Request) assignOrganization() error {
	organization, err := q.api.service.AssignOrganization(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.R.PathValue("org"), q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusCreated, q.writer().organization(nil, organization))
	return nil
}

func (q *Request) unassignOrganization() error {
	return q.done(q.api.service.UnassignOrganization(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), q.R.PathValue("org"), q.By()))
}

func (q *Request) assignOrganizations() error {
	logins, err := q.namesOrNone(organizationsField)
	if err != nil {
		return err
	}
	organizations, err := q.api.service.AssignOrganizations(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), logins, q.By())
	if err != nil {
		return err
	}
	w := q.writer()
	q.Respond(http.StatusOK, array(len(organizations), func(b []byte, i int) []byte { return w.organization(b, organizations[i]) }))
	return nil
}

func (q *Request) unassignOrganizations() error {
	logins, err := q.namesOrNone(organizationsField)
	if err != nil {
		return err
	}
	return q.done(q.api.service.UnassignOrganizations(q.R.Context(), q.Account.Ref, q.enterpriseTeamName(), logins, q.By()))
}

// teamsPath is where an enterprise's teams are, on the API and on the web.
func teamsPath(enterprise string) string {
	return "/enterprises/" + url.PathEscape(enterprise) + "/teams"
}

func enterpriseTeamPath(team usher.Team, enterprise string) string {
	return teamsPath(enterprise) + "/" + url.PathEscape(EnterpriseTeamSlug(team))
}
