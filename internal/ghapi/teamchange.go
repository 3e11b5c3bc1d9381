package ghapi

import (
	"net/http"

	"github.com/usher-seats/usher"
)

// maxMaintainers is how many maintainers and repositories a new team can be given (ours).
const maxMaintainers = 100

func (q *Request) createTeam() error {
	wanted, err := q.newTeam()
	if err != nil {
		return err
	}
	created, err := q.api.service.CreateTeam(q.R.Context(), q.Account.Ref, wanted, *q.Caller, q.By())
	if err != nil {
		return err
	}
	q.Respond(http.StatusCreated, q.writer().fullTeam(nil, created))
	return nil
}

// newTeam reads the body of a POST. What it says of permissions has no effect: there are no
// repositories, so that a list of some cannot be honoured.
func (q *Request) newTeam() (usher.NewTeam, error) {
	object, err := q.object()
	if err != nil {
		return usher.NewTeam{}, err
	}
	body := fields{object: object}
	body.require("name")
	body.choice("permission", "pull", "push")
	wanted := usher.NewTeam{
		Name:        orEmpty(body.text("name")),
		Description: orEmpty(body.text("description")),
		Privacy:     orEmpty(body.privacy()),
		Maintainers: body.texts("maintainers", maxMaintainers),
	}
	quiet := body.quiet()
	wanted.Quiet = quiet != nil && *quiet
	wanted.Parent = parentNamed(body.id("parent_team_id"), body.text("parent_team_slug"))
	repositories := body.texts("repo_names", maxMaintainers)
	if err := body.refused(); err != nil {
		return usher.NewTeam{}, err
	}
	if len(repositories) > 0 {
		return usher.NewTeam{}, noRepositories()
	}
	return wanted, nil
}

func noRepositories() error {
	return &usher.Error{Kind: usher.Invalid, Message: "Validation Failed", Items: []usher.Item{{
		Subject: usher.TeamSubject, Code: usher.NotValid, Field: "repo_names", Message: "There are no repositories here: leave repo_names out, or empty.",
	}}}
}

func (q *Request) changeTeam() error {
	change, err := q.teamChange()
	if err != nil {
		return err
	}
	team, changed, err := q.api.service.ChangeTeam(q.R.Context(), q.Account.Ref, q.teamName(), change, *q.Caller, q.By())
	if err != nil {
		return err
	}
	q.Respond(changeStatus(changed), q.writer().fullTeam(nil, team))
	return nil
}

// changeStatus is what GitHub's description has for a team that is changed, and 200 for one
// where "the updated information already exists". Its clients take any success.
func changeStatus(changed bool) int {
	if changed {
		return http.StatusCreated
	}
	return http.StatusOK
}

// teamChange reads the body of a PATCH, which may be left out.
func (q *Request) teamChange() (usher.TeamChange, error) {
	object, err := q.optionalObject()
	if err != nil {
		return usher.TeamChange{}, err
	}
	body := fields{object: object}
	body.choice("permission", "pull", "push", "admin")
	change := usher.TeamChange{
		Name:        body.text("name"),
		Description: body.text("description"),
		Privacy:     body.privacy(),
		Quiet:       body.quiet(),
		Parent:      body.parentOrNone(),
	}
	return change, body.refused()
}

func (f *fields) privacy() *string {
	return f.choice("privacy", usher.PrivacySecret, usher.PrivacyClosed)
}

// quiet says whether the body has the team's notifications disabled; nil where it says nothing.
func (f *fields) quiet() *bool {
	setting := f.choice("notification_setting", notificationSetting(false), notificationSetting(true))
	if setting == nil {
		return nil
	}
	quiet := *setting == notificationSetting(true)
	return &quiet
}

// parentOrNone is the parent that the body of a PATCH names, where null takes it away: by id
// or, without one, by slug.
func (f *fields) parentOrNone() *usher.TeamName {
	var id *int64
	var slug *string
	if !f.isNull("parent_team_id") {
		id = f.id("parent_team_id")
	}
	if !f.isNull("parent_team_slug") {
		slug = f.text("parent_team_slug")
	}
	if f.isNull("parent_team_id") || id == nil && f.isNull("parent_team_slug") {
		return &usher.TeamName{}
	}
	return parentNamed(id, slug)
}

// parentNamed is the team with this id or, without one, with this slug; nil for neither.
func parentNamed(id *int64, slug *string) *usher.TeamName {
	nobody := usher.TeamName{ID: -1} // what is no name at all would take the parent away
	switch {
	case id != nil && *id > 0:
		return &usher.TeamName{ID: *id}
	case id == nil && slug != nil && *slug != "":
		return &usher.TeamName{Slug: *slug}
	case id == nil && slug == nil:
		return nil
	}
	return &nobody
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func (q *Request) deleteTeam() error {
	if err := q.api.service.DeleteTeam(q.R.Context(), q.Account.Ref, q.teamName(), *q.Caller, q.By()); err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}
