package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/usher-seats/usher"
)

// appRow is an app as its row has it: its lists are JSON.
type appRow struct {
	app                     usher.App
	clientID                sql.NullString
	publicKeys, permissions string
}

const appColumns = `id, client_id, slug, name, description, owner_id, public_keys, permissions, created_at, updated_at`

func appFields(row *appRow) []any {
	a := &row.app
	return []any{
		&a.ID, &row.clientID, &a.Slug, &a.Name, &a.Description, &a.OwnerID, &row.publicKeys, &row.permissions,
		(*instant)(&a.CreatedAt), (*instant)(&a.UpdatedAt),
	}
}

// App implements [usher.Reader].
func (r *reader) App(id int64, clientID string) (usher.App, bool, error) {
	where, argument := `id = $1`, any(id)
	if id == 0 {
		if clientID == "" || !storable(clientID) {
			return usher.App{}, false, nil
		}
		where, argument = `client_id = $1`, clientID
	}
	row, ok, err := first(r, "find an app", `SELECT `+appColumns+` FROM apps WHERE `+where, appFields, argument)
	if !ok {
		return usher.App{}, false, err
	}
	app, err := row.toApp()
	if err != nil {
		return usher.App{}, false, r.fail("read an app", err)
	}
	return app, true, nil
}

// toApp reads an app's lists.
func (row appRow) toApp() (usher.App, error) {
	app := row.app
	app.ClientID = row.clientID.String
	err := errors.Join(json.Unmarshal([]byte(row.publicKeys), &app.PublicKeys), json.Unmarshal([]byte(row.permissions), &app.Permissions))
	return app, err
}

// toAppRow writes an app's lists.
func toAppRow(app usher.App) (appRow, error) {
	publicKeys, err := json.Marshal(app.PublicKeys)
	if err != nil {
		return appRow{}, err
	}
	permissions, err := json.Marshal(app.Permissions)
	clientID := sql.NullString{String: app.ClientID, Valid: app.ClientID != ""}
	return appRow{app: app, clientID: clientID, publicKeys: string(publicKeys), permissions: string(permissions)}, err
}

// AllApps implements [usher.Reader].
func (r *reader) AllApps() ([]usher.App, error) {
	rows, err := query(r, "list all apps", `SELECT `+appColumns+` FROM apps ORDER BY id`, appFields)
	if err != nil {
		return nil, err
	}
	apps := make([]usher.App, len(rows))
	for i, row := range rows {
		if apps[i], err = row.toApp(); err != nil {
			return nil, r.fail("read an app", err)
		}
	}
	return apps, nil
}

// InsertApps implements [usher.Tx].
func (t *tx) InsertApps(apps []usher.App) error {
	rows := make([]appRow, len(apps))
	for i, app := range apps {
		row, err := toAppRow(app)
		if err != nil {
			return t.fail("write an app's lists", err)
		}
		rows[i] = row
	}
	return insert(t, insertion("insert apps", "apps", appColumns, ""), rows, func(args []any, row appRow) []any {
		a := row.app
		return append(args, a.ID, row.clientID, a.Slug, a.Name, a.Description, a.OwnerID, row.publicKeys, row.permissions,
			micros(a.CreatedAt), micros(a.UpdatedAt))
	})
}

// SaveApp implements [usher.Tx].
func (t *tx) SaveApp(app usher.App) error {
	row, err := toAppRow(app)
	if err != nil {
		return t.fail("write an app's lists", err)
	}
	changed, err := t.exec("save an app",
		`UPDATE apps SET client_id = $2, name = $3, description = $4, owner_id = $5, public_keys = $6, permissions = $7, updated_at = $8 WHERE id = $1`,
		app.ID, row.clientID, app.Name, app.Description, app.OwnerID, row.publicKeys, row.permissions, micros(app.UpdatedAt))
	if err == nil && changed != 1 {
		err = t.fail("save an app", errors.New("it does not exist"))
	}
	return err
}

// installationRow is an installation as its row has it: its permissions are JSON.
type installationRow struct {
	installation usher.Installation
	permissions  string
	account      accountRow // where it is read with the installation
}

const installationColumns = `id, app_id, organization_id, permissions, created_at, updated_at`

func installationFields(row *installationRow) []any {
	i := &row.installation
	return []any{&i.ID, &i.AppID, &i.OrganizationID, &row.permissions, (*instant)(&i.CreatedAt), (*instant)(&i.UpdatedAt)}
}

func (row installationRow) toInstallation() (usher.Installation, error) {
	installation := row.installation
	err := json.Unmarshal([]byte(row.permissions), &installation.Permissions)
	return installation, err
}

// Installation implements [usher.Reader].
func (r *reader) Installation(id int64) (usher.Installation, bool, error) {
	return r.installation(`id = $1`, id)
}

// InstallationIn implements [usher.Reader].
func (r *reader) InstallationIn(appID, organizationID int64) (usher.Installation, bool, error) {
	return r.installation(`app_id = $1 AND organization_id = $2`, appID, organizationID)
}

func (r *reader) installation(where string, args ...any) (usher.Installation, bool, error) {
	row, ok, err := first(r, "find an installation", `SELECT `+installationColumns+` FROM installations WHERE `+where, installationFields, args...)
	if !ok {
		return usher.Installation{}, false, err
	}
	installation, err := row.toInstallation()
	if err != nil {
		return usher.Installation{}, false, r.fail("read an installation", err)
	}
	return installation, true, nil
}

// Installations implements [usher.Reader]. CROSS JOIN: see eventsBetween.
func (r *reader) Installations(appID int64, since time.Time, skip, limit int64) ([]usher.InstalledApp, int64, error) {
	const which = `FROM installations WHERE app_id = $1 AND updated_at > $2`
	args := []any{appID, since.UnixMicro()}
	total, _, err := first(r, "count an app's installations", `SELECT COUNT(*) `+which, idField, args...)
	if err != nil || total <= skip {
		return nil, total, err
	}
	rows, err := query(r, "list an app's installations",
		`SELECT p.id, p.app_id, p.organization_id, p.permissions, p.created_at, p.updated_at, a.*
		FROM (SELECT `+installationColumns+` `+which+` ORDER BY id DESC LIMIT $3 OFFSET $4) AS p
		CROSS JOIN (SELECT `+accountColumns+` FROM accounts) AS a
		WHERE a.account = p.organization_id * 2 ORDER BY p.id DESC`,
		func(row *installationRow) []any {
			return append(installationFields(row), accountFields(&row.account)...)
		}, append(args, limit, skip)...)
	if err != nil {
		return nil, 0, err
	}
	installed := make([]usher.InstalledApp, len(rows))
	for i, row := range rows {
		installed[i].Organization = row.account.toAccount()
		if installed[i].Installation, err = row.toInstallation(); err != nil {
			return nil, 0, r.fail("read an app's installations", err)
		}
	}
	return installed, total, nil
}

// AllInstallations implements [usher.Reader].
func (r *reader) AllInstallations() ([]usher.Installation, error) {
	rows, err := query(r, "list all installations", `SELECT `+installationColumns+` FROM installations ORDER BY id`, installationFields)
	if err != nil {
		return nil, err
	}
	installations := make([]usher.Installation, len(rows))
	for i, row := range rows {
		if installations[i], err = row.toInstallation(); err != nil {
			return nil, r.fail("read an installation", err)
		}
	}
	return installations, nil
}

// LastInstallation implements [usher.Reader].
func (r *reader) LastInstallation() (int64, error) {
	last, _, err := first(r, "find the last installation", `SELECT COALESCE(MAX(id), 0) FROM installations`, idField)
	if err != nil {
		return 0, err
	}
	minted, _, err := first(r, "find the last installation with a token",
		`SELECT COALESCE(MAX(installation_id), 0) FROM tokens WHERE installation_id <> 0`, idField)
	return max(last, minted), err
}

// TokensMintedFor implements [usher.Reader].
func (r *reader) TokensMintedFor(installationIDs []int64) ([]usher.Token, error) {
	return r.tokens("list the tokens of installations",
		`WHERE `+r.dialect.among("t.installation_id", r.dialect.intSet("$1"))+` AND t.installation_id <> 0`, intArray(installationIDs))
}

// SaveInstallation implements [usher.Tx].
func (t *tx) SaveInstallation(installation usher.Installation) error {
	permissions, err := json.Marshal(installation.Permissions)
	if err != nil {
		return t.fail("write an installation's permissions", err)
	}
	changed, err := t.exec("save an installation", `UPDATE installations SET permissions = $2, updated_at = $3 WHERE id = $1`,
		installation.ID, string(permissions), micros(installation.UpdatedAt))
	if err == nil && changed != 1 {
		err = t.fail("save an installation", errors.New("it does not exist"))
	}
	return err
}

// DeleteInstallations implements [usher.Tx].
func (t *tx) DeleteInstallations(ids []int64) error {
	return t.run("delete installations", `DELETE FROM installations WHERE `+t.dialect.among("id", t.dialect.intSet("$1")), intArray(ids))
}

// InsertInstallations implements [usher.Tx].
func (t *tx) InsertInstallations(installations []usher.Installation) error {
	rows := make([]installationRow, len(installations))
	for i, installation := range installations {
		permissions, err := json.Marshal(installation.Permissions)
		if err != nil {
			return t.fail("write an installation's permissions", err)
		}
		rows[i] = installationRow{installation: installation, permissions: string(permissions)}
	}
	return insert(t, insertion("insert installations", "installations", installationColumns, ""), rows, func(args []any, row installationRow) []any {
		i := row.installation
		return append(args, i.ID, i.AppID, i.OrganizationID, row.permissions, micros(i.CreatedAt), micros(i.UpdatedAt))
	})
}

// DeleteExpiredTokens implements [usher.Tx].
func (t *tx) DeleteExpiredTokens(installationID int64, by time.Time, limit int) error {
	return t.run("delete expired tokens", `DELETE FROM tokens WHERE `+t.dialect.among("id", `(
		SELECT e.id FROM (SELECT id FROM tokens WHERE installation_id = $1 AND installation_id <> 0 AND expires_at <= $2 ORDER BY expires_at LIMIT $3) AS e)`),
		installationID, by.UnixMicro(), int64(limit))
}
