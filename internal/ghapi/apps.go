package ghapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/usher-seats/usher"
)

// installations are those of the app, 30 a page. outdated is a parameter whose meaning is not
// documented: it leaves nobody out.
func (q *Request) installations() error {
	since, err := q.since()
	if err != nil {
		return err
	}
	page := pageIn(q.R.URL.RawQuery, usualPerPage)
	found, err := q.api.service.Installations(q.R.Context(), *q.App, since, page)
	if err != nil {
		return err
	}
	return q.showListAt("/app/installations", found.Edition, found.Rows, page, len(found.Installations), func(w writer, b []byte, i int) []byte {
		return w.installation(b, *q.App, found.Installations[i])
	})
}

// since is the instant after which what is listed was updated; the zero time where none is given.
func (q *Request) since() (time.Time, error) {
	text, given := q.Parameter("since")
	if !given {
		return time.Time{}, nil
	}
	since, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return since, SchemaError(fmt.Sprintf("For 'properties/since', %s is not a date-time.", inspect(appendString(nil, text))))
	}
	return since, nil
}

func (q *Request) organizationInstallation() error {
	found, edition, err := q.api.service.OrganizationInstallation(q.R.Context(), *q.App, q.accountName())
	if err != nil {
		return err
	}
	return q.Show(edition, func() []byte { return q.writer().installation(nil, *q.App, found) })
}

// mintInstallationToken answers with a token that nobody can ask for again, and which no cache
// shall keep. The key order is recorded, 2022 to 2024.
func (q *Request) mintInstallationToken() error {
	object, err := q.optionalObject()
	if err != nil {
		return err
	}
	body := fields{object: object}
	permissions := body.permissions("permissions")
	repositories := len(body.texts("repositories", maxRepositories)) + len(body.ids("repository_ids", maxRepositories))
	if err := body.refused(); err != nil {
		return err
	}
	if repositories > 0 { // there are none; the text is known from what people have asked about in public
		return &bodyError{http.StatusUnprocessableEntity, "There is at least one repository that does not exist or is not accessible to the parent installation."}
	}
	text, token, err := q.api.service.MintInstallationToken(q.R.Context(), *q.App, idOf(q.R.PathValue("installation_id")), permissions)
	if err != nil {
		return err
	}
	b := appendString([]byte(`{"token":`), text)
	b = append(b, `,"expires_at":"`+token.ExpiresAt.Format(time.RFC3339)+`","permissions":`...)
	b = appendPermissions(b, token.Permissions)
	q.RespondNow(http.StatusCreated, append(b, `,"repository_selection":"all"}`...))
	return nil
}

// maxRepositories is how many repositories can be listed (documented).
const maxRepositories = 500

// permissions are names with levels; nil where the key is missing.
func (f *fields) permissions(key string) map[string]string {
	raw, ok := f.object[key]
	if !ok {
		return nil
	}
	var levels map[string]json.RawMessage
	if raw[0] != '{' || json.Unmarshal(raw, &levels) != nil {
		f.fail("For 'properties/%s', %s is not an object.", key, inspect(raw))
		return nil
	}
	of := fields{object: levels}
	permissions := make(map[string]string, len(levels))
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		if level := of.choice(name, usher.LevelRead, usher.LevelWrite, "admin"); level != nil {
			permissions[name] = *level
		}
	}
	f.wrong = append(f.wrong, of.wrong...)
	return permissions
}

// installation appends GitHub's installation, in the key order recorded 2022 to 2023; where it is
// recorded, client_id is not: its place is that of the description. Times have thousandths,
// as recorded.
func (w writer) installation(b []byte, app usher.App, installed usher.InstalledApp) []byte {
	organization := installed.Organization
	id := strconv.FormatInt(installed.ID, 10)
	b = append(append(b, `{"id":`...), id...)
	b = w.simpleUser(append(b, `,"account":`...), userLike{id: organization.Ref.ID, login: organization.Login, kind: "Organization"})
	b = appendString(append(b, `,"repository_selection":"all","access_tokens_url":`...), w.base.api+"/app/installations/"+id+"/access_tokens")
	b = appendString(append(b, `,"repositories_url":`...), w.base.api+"/installation/repositories")
	b = appendString(append(b, `,"html_url":`...), w.base.web+"/organizations/"+url.PathEscape(organization.Login)+"/settings/installations/"+id)
	b = strconv.AppendInt(append(b, `,"app_id":`...), app.ID, 10)
	b = appendText(b, "client_id", app.ClientID)
	b = appendString(append(b, `,"app_slug":`...), app.Slug)
	b = strconv.AppendInt(append(b, `,"target_id":`...), organization.Ref.ID, 10)
	b = appendPermissions(append(b, `,"target_type":"Organization","permissions":`...), installed.Permissions)
	const thousandths = `"2006-01-02T15:04:05.000Z"`
	b = installed.CreatedAt.UTC().AppendFormat(append(b, `,"events":[],"created_at":`...), thousandths)
	b = installed.UpdatedAt.UTC().AppendFormat(append(b, `,"updated_at":`...), thousandths)
	return append(b, `,"single_file_name":null,"has_multiple_single_files":false,"single_file_paths":[],"suspended_by":null,"suspended_at":null}`...)
}

// appendPermissions appends names of permissions with their levels, by name.
func appendPermissions(b []byte, permissions map[string]string) []byte {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(permissions)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(appendString(b, name), ':'), permissions[name])
	}
	return append(b, '}')
}
