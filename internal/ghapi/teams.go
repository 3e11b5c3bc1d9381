package ghapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/usher-seats/usher"
)

// teamName is the team that the path names: by slug, or by number in the form that url
// fields have.
func (q *Request) teamName() usher.TeamName {
	if slug := q.R.PathValue("team_slug"); slug != "" {
		return usher.TeamName{Slug: slug}
	}
	return usher.TeamName{ID: idOf(q.R.PathValue("team_id"))}
}

// teams are those of the organization.
func (q *Request) teams() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.Teams(q.R.Context(), q.Account.Ref, page, *q.Caller)
	if err != nil {
		return err
	}
	if q.R.URL.Query().Get("team_type") == "enterprise" {
		found.Rows, found.Teams = 0, nil // those are the enterprise's own
	}
	return q.showTeams(found, page, "/teams")
}

func (q *Request) childTeams() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.ChildTeams(q.R.Context(), q.Account.Ref, q.teamName(), page, *q.Caller)
	if err != nil {
		return err
	}
	return q.showTeams(found, page, teamPath(found.Parent)+"/teams")
}

func (q *Request) showTeams(found usher.TeamPage, page usher.Page, path string) error {
	return q.showList(found.Edition, found.Rows, page, path, len(found.Teams), func(w writer, b []byte, i int) []byte {
		return w.team(b, found.Teams[i].Team, found.Teams[i].Parent, q.Account.Login)
	})
}

// showList answers one page of an organization's list. Its links have the organization's
// number, as recorded of organizations' lists.
func (q *Request) showList(edition usher.Edition, rows int64, page usher.Page, path string, length int, item func(w writer, b []byte, i int) []byte) error {
	return q.showListAt("/organizations/"+strconv.FormatInt(q.Account.Ref.ID, 10)+path, edition, rows, page, length, item)
}

// showListAt answers one page of a list that is an array, and has its pages at a path.
func (q *Request) showListAt(path string, edition usher.Edition, rows int64, page usher.Page, length int, item func(w writer, b []byte, i int) []byte) error {
	return q.Show(edition, func() []byte {
		if link := linkHeader(q.base.api+path, q.R.URL.RawQuery, page, rows); link != "" {
			q.W.Header()["Link"] = []string{link}
		}
		w, b := q.writer(), []byte{'['}
		for i := range length {
			if i > 0 {
				b = append(b, ',')
			}
			b = item(w, b, i)
		}
		return append(b, ']')
	})
}

// teamPath is a team's place below its organization's number.
func teamPath(team usher.Team) string { return "/team/" + strconv.FormatInt(team.ID, 10) }

func (q *Request) team() error {
	found, err := q.api.service.Team(q.R.Context(), q.Account.Ref, q.teamName(), *q.Caller)
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().fullTeam(nil, found) })
}

// teamPeople are the people of a team and of its child teams. A role that is none counts as
// all, as no query is ever an error.
func (q *Request) teamPeople() error {
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	role := usher.TeamRole(q.R.URL.Query().Get("role"))
	if role != usher.TeamMemberRole && role != usher.TeamMaintainerRole {
		role = ""
	}
	found, err := q.api.service.TeamPeople(q.R.Context(), q.Account.Ref, q.teamName(), role, page, *q.Caller)
	if err != nil {
		return err
	}
	return q.showList(found.Edition, found.Rows, page, teamPath(found.Team)+"/members", len(found.People), func(w writer, b []byte, i int) []byte {
		return w.teamPerson(b, found.People[i])
	})
}

// groupMappings are for teams that an identity provider manages: here, none.
func (q *Request) groupMappings() error {
	if _, err := q.api.service.Team(q.R.Context(), q.Account.Ref, q.teamName(), *q.Caller); err != nil {
		return err
	}
	return &usher.Error{Kind: usher.Forbidden, Message: "This team is not externally managed"}
}

func (q *Request) teamMembership() error {
	found, err := q.api.service.TeamMembership(q.R.Context(), q.Account.Ref, q.teamName(), q.R.PathValue("username"), *q.Caller)
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().teamMembership(nil, found) })
}

func (q *Request) setTeamMembership() error {
	role, err := q.teamRole()
	if err != nil {
		return err
	}
	set, err := q.api.service.SetTeamMembership(q.R.Context(), q.Account.Ref, q.teamName(), q.R.PathValue("username"), role, *q.Caller, q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusOK, q.writer().teamMembership(nil, set))
	return nil
}

func (q *Request) removeTeamMembership() error {
	return q.leaveTeam(q.api.service.RemoveTeamMembership)
}

func (q *Request) removeTeamMember() error {
	return q.leaveTeam(q.api.service.RemoveTeamMember)
}

func (q *Request) leaveTeam(leave func(ctx context.Context, organization usher.AccountRef, name usher.TeamName, login string, caller usher.Caller, by usher.By) error) error {
	err := leave(q.R.Context(), q.Account.Ref, q.teamName(), q.R.PathValue("username"), *q.Caller, q.By())
	if err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

// teamRole is the role that the body asks for. Without a body, or without one in it, that
// is a member's.
func (q *Request) teamRole() (usher.TeamRole, error) {
	object, err := q.optionalObject()
	if err != nil {
		return "", err
	}
	body := fields{object: object}
	role := body.choice("role", string(usher.TeamMemberRole), string(usher.TeamMaintainerRole))
	if role == nil {
		return usher.TeamMemberRole, body.refused()
	}
	return usher.TeamRole(*role), nil
}

// teamMembership appends GitHub's team-membership.
func (w writer) teamMembership(b []byte, m usher.TeamMembership) []byte {
	b = appendString(append(b, `{"url":`...), w.base.membership(m.Team.Account.ID, m.Team.ID, m.User.Login))
	b = appendString(append(b, `,"role":`...), string(m.Role))
	b = appendString(append(b, `,"state":`...), string(m.State))
	return append(b, '}')
}

// membership is the address of a person's place in a team.
func (b base) membership(organization, team int64, login string) string {
	return b.api + "/organizations/" + strconv.FormatInt(organization, 10) + "/team/" + strconv.FormatInt(team, 10) + "/memberships/" + url.PathEscape(login)
}

// fullTeam appends GitHub's team-full; what is in a team-simple, then the rest in the order
// recorded on 2025-01-07.
func (w writer) fullTeam(b []byte, team usher.TeamProfile) []byte {
	b = w.teamSimple(b, team.Team, team.Organization.Login)
	b = utc(append(b, `,"created_at":`...), team.Team.CreatedAt)
	b = utc(append(b, `,"updated_at":`...), team.Team.UpdatedAt)
	b = strconv.AppendInt(append(b, `,"members_count":`...), team.Members, 10)
	b = w.fullOrganization(append(b, `,"repos_count":0,"organization":`...), team.Organization)
	return append(w.parentTeam(b, team.Parent, team.Organization.Login), '}')
}

// teamPerson appends GitHub's team-member.
func (w writer) teamPerson(b []byte, person usher.TeamPerson) []byte {
	b = w.user(b, person.User)
	b = appendString(append(b[:len(b)-1], `,"role":`...), string(person.Role))
	b = append(b, `,"inherited":`...)
	return append(strconv.AppendBool(b, person.Inherited), '}')
}
