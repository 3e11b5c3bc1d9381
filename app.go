package usher

import (
	"context"
	"time"
)

// App is a GitHub App: a program that is installed in organizations and acts there by itself. It
// proves who it is by signing; usher has nothing that could sign for it.
type App struct {
	ID          int64
	ClientID    string // empty: none
	Slug        string
	Name        string
	Description string
	OwnerID     int64    // the organization whose app it is; 0: nobody's in particular
	PublicKeys  [][]byte // RSA, each as PKIX in DER; a signature by any of them is the app's
	Permissions map[string]string
	CreatedAt   time.Time // world time
	UpdatedAt   time.Time
}

// MaxAppKeys is how many public keys an app can have: each costs a look at every signature.
const MaxAppKeys = 10

// Installation is an app in one organization.
type Installation struct {
	ID             int64
	AppID          int64
	OrganizationID int64
	Permissions    map[string]string // what its tokens may do at most
	CreatedAt      time.Time         // world time
	UpdatedAt      time.Time
}

// InstalledApp is an installation with the organization that it is in.
type InstalledApp struct {
	Installation
	Organization Account
}

// InstallationTokenLife is how long a token of an installation lives, by the wall clock.
//
// Source: https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
const InstallationTokenLife = time.Hour

// firstInstallationToken is below the ids of all tokens that were minted for installations, and
// above all others. So their kind is known when they are gone.
const firstInstallationToken = 1 << 40

// expiredTokensAtOnce is how many expired tokens of an installation are removed when it gets
// another one.
const expiredTokensAtOnce = 100

// expiredTokensKept is how long they are there still: longer than any request takes that began
// before, since nothing can be said of a token that is gone (see [inForce]).
const expiredTokensKept = 10 * time.Minute

// App finds an app by its id or, where that is 0, by its client id. now is what the wall clock
// shows: it rules what an app signs (rule C5).
func (s *Service) App(ctx context.Context, id int64, clientID string) (app App, now time.Time, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		found, ok, err := tx.App(id, clientID)
		if err != nil {
			return err
		}
		if !ok {
			return notFound()
		}
		app = found
		now, err = tx.Wall()
		return err
	})
	return app, now, err
}

// InstallationPage is one page of an app's installations.
type InstallationPage struct {
	Rows          int64
	Installations []InstalledApp
	Edition       Edition
}

// Installations are those of an app that were updated after an instant, the latest first.
func (s *Service) Installations(ctx context.Context, app App, since time.Time, page Page) (InstallationPage, error) {
	var result InstallationPage
	err := s.store.View(ctx, func(tx Reader) error {
		found, rows, err := tx.Installations(app.ID, since, page.offset(), page.PerPage)
		result = InstallationPage{Rows: rows, Installations: found, Edition: app.edition(rows, found...)}
		return err
	})
	return result, err
}

// OrganizationInstallation is an app's installation in an organization.
func (s *Service) OrganizationInstallation(ctx context.Context, app App, name AccountName) (InstalledApp, Edition, error) {
	var installed InstalledApp
	err := s.store.View(ctx, func(tx Reader) error {
		organization, err := find(tx, name)
		if err != nil {
			return err
		}
		found, ok, err := tx.InstallationIn(app.ID, organization.Ref.ID)
		if err == nil && !ok {
			err = notFound()
		}
		installed = InstalledApp{found, organization}
		return err
	})
	return installed, app.edition(1, installed), err
}

// edition is the edition of what shows these of an app's installations, of so many.
func (a App) edition(rows int64, installed ...InstalledApp) Edition {
	e := Edition{rows, a.ID, a.UpdatedAt.UnixMicro()}
	for _, i := range installed {
		e = append(e, i.ID, i.UpdatedAt.UnixMicro(), i.Organization.Ref.ID, i.Organization.Version)
	}
	return e
}

// MintInstallationToken makes a token for an app's installation, which can do what permissions
// say; nil stands for all that the installation may. The text is nowhere else. It is no event:
// what is done with the token is one.
func (s *Service) MintInstallationToken(ctx context.Context, app App, installationID int64, permissions map[string]string) (text string, token Token, err error) {
	text = NewTokenText(AppInstallation)
	err = s.store.Update(ctx, func(tx Tx) error {
		installation, err := lockInstallation(tx, app, installationID)
		if err != nil {
			return err
		}
		granted, err := installation.narrowed(permissions)
		if err != nil {
			return err
		}
		now, err := tx.Wall()
		if err != nil {
			return err
		}
		if err := tx.DeleteExpiredTokens(installation.ID, now.Add(-expiredTokensKept), expiredTokensAtOnce); err != nil {
			return err
		}
		id, err := tx.ReserveIDs(1)
		if err != nil {
			return err
		}
		token = Token{
			ID: firstInstallationToken + id, Hash: HashToken(text), Kind: AppInstallation, OwnerID: installation.OrganizationID,
			Permissions: granted, InstallationID: installation.ID, Minted: true, CreatedAt: now,
			ExpiresAt: now.Truncate(time.Second).Add(InstallationTokenLife), // the wire tells whole seconds
		}
		return tx.InsertTokens([]Token{token})
	})
	return text, token, err
}

// lockInstallation is an app's installation, as it is while its organization is locked.
func lockInstallation(tx Tx, app App, id int64) (Installation, error) {
	unlocked, err := installationOf(tx, app, id)
	if err != nil {
		return Installation{}, err
	}
	if _, err := tx.Lock(OrganizationRef(unlocked.OrganizationID)); err != nil {
		return Installation{}, err
	}
	return installationOf(tx, app, id)
}

// installationOf is an app's installation; another app's is unknown.
func installationOf(tx Reader, app App, id int64) (Installation, error) {
	installation, ok, err := tx.Installation(id)
	if err == nil && (!ok || installation.AppID != app.ID) {
		err = notFound()
	}
	return installation, err
}

// narrowed are those of the installation's permissions that are asked for. To read is part of
// to write. The text is recorded of GitHub, 2022-10-24.
func (i Installation) narrowed(asked map[string]string) (map[string]string, error) {
	if asked == nil {
		return i.Permissions, nil
	}
	for name, level := range asked {
		if granted := i.Permissions[name]; granted == "" || granted != level && (granted != LevelWrite || level != LevelRead) {
			return nil, invalid("The permissions requested are not granted to this installation.")
		}
	}
	return asked, nil
}
