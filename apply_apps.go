package usher

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// appsPlan brings apps, and where they are installed, in step with what a file says of them.
type appsPlan struct {
	stepPlan
	applier
	tx            Tx
	now           time.Time
	apps          map[string]App           // that there are, by [LoginKey] of the slug
	organizations map[string]Account       // by [LoginKey]
	logins        map[int64]string         // of organizations
	installed     map[int64][]Installation // by app
	appIDs        *takenIDs
	ids           *takenIDs    // of installations
	listed        []*listedApp // in the order of the file
	problems      []Problem

	added, altered, removed []Installation
}

// listedApp is an app that the file lists.
type listedApp struct {
	want          DesiredApp
	before, after App // before has no id where the app is new
	touched       bool
}

func (l *listedApp) isNew() bool { return l.before.ID == 0 }

// applyApps adds and changes the apps that the file lists, and where they are installed. Apps that
// it does not list are left alone. It has the world to itself: meanwhile no app gets a token.
func (a applier) applyApps(tx Tx) (stepPlan, error) {
	p := &appsPlan{applier: a, tx: tx}
	if err := p.read(); err != nil {
		return stepPlan{}, err
	}
	if len(a.desired.Apps.List) == 0 && len(p.apps) > 0 {
		p.problems = append(p.problems, Problem{a.desired.Apps.Line, "apps is an empty list, and there are some: an empty list is an error, not a wish; leave the key out"})
	}
	for _, want := range a.desired.Apps.List {
		p.planApp(want)
	}
	p.numberApps()
	p.refuseClientIDs()
	for _, l := range p.listed {
		p.planInstallations(l)
	}
	p.numberInstallations()
	if len(p.problems) > 0 {
		return stepPlan{}, WrongFile(a.desired.File, p.problems)
	}
	return p.stepPlan, sequence([]func() error{p.saveApps, p.saveInstallations, p.revoke})
}

func (p *appsPlan) fail(l *listedApp, line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{line, fmt.Sprintf("app %s: ", p.desired.Quote(l.want.Slug.Text)) + fmt.Sprintf(format, args...)})
}

func (p *appsPlan) read() (err error) {
	if p.now, err = p.tx.Now(); err != nil {
		return err
	}
	apps, err := p.tx.AllApps()
	if err != nil {
		return err
	}
	p.apps, p.appIDs = make(map[string]App, len(apps)), newIDs()
	for _, app := range apps {
		p.apps[LoginKey(app.Slug)] = app
		p.appIDs.take(app.ID)
	}
	accounts, err := p.tx.Accounts()
	if err != nil {
		return err
	}
	p.organizations, p.logins = map[string]Account{}, map[int64]string{}
	for _, account := range accounts {
		if account.Ref.Kind == Organization {
			p.organizations[LoginKey(account.Login)], p.logins[account.Ref.ID] = account, account.Login
		}
	}
	return p.readInstallations()
}

// readInstallations also finds the ids that no new installation may have: a program that still knows
// that of one which is gone must not get into another organization by it.
func (p *appsPlan) readInstallations() error {
	installations, err := p.tx.AllInstallations()
	if err != nil {
		return err
	}
	p.installed, p.ids = map[int64][]Installation{}, newIDs()
	for _, i := range installations {
		p.installed[i.AppID] = append(p.installed[i.AppID], i)
		p.ids.take(i.ID)
	}
	last, err := p.tx.LastInstallation()
	p.ids.highest = max(p.ids.highest, last)
	return err
}

// planApp decides what becomes of an app itself.
func (p *appsPlan) planApp(want DesiredApp) {
	before, there := p.apps[LoginKey(want.Slug.Text)]
	l := &listedApp{want: want, before: before, after: before}
	p.listed = append(p.listed, l)
	switch {
	case !there:
		l.after = App{ID: want.GivenID, Slug: want.Slug.Text, CreatedAt: p.now}
		if len(want.PublicKeys) == 0 {
			p.fail(l, want.Slug.Line, "public_key is missing; without one nobody could say that they are the app")
		}
		if want.GivenID != 0 && !p.appIDs.take(want.GivenID) {
			p.fail(l, want.ID.Line, "another app has the id %d; choose another, or leave it out", want.GivenID)
		}
	case want.GivenID != 0 && want.GivenID != before.ID:
		p.fail(l, want.ID.Line, "the id is %d, and not %d; it cannot be changed", before.ID, want.GivenID)
	}
	p.describe(l)
	if !there {
		p.change(Added, "app", l.after.Slug)
		return
	}
	for _, field := range []FieldChange{
		{"client_id", before.ClientID, l.after.ClientID},
		{"name", before.Name, l.after.Name},
		{"description", before.Description, l.after.Description},
		{"owner", p.logins[before.OwnerID], p.logins[l.after.OwnerID]},
		{"public_keys", fingerprints(before.PublicKeys), fingerprints(l.after.PublicKeys)},
		{"permissions", wordsOf(before.Permissions), wordsOf(l.after.Permissions)},
	} {
		if field.Old != field.New {
			l.touched = true
			p.changed(Changed, "app", before.Slug, field)
		}
	}
}

// describe gives an app all that the file says of it.
func (p *appsPlan) describe(l *listedApp) {
	want, app := l.want, &l.after
	if want.ClientID.Text != "" {
		app.ClientID = want.ClientID.Text
	}
	set(&app.Name, want.Name)
	if app.Name == "" && (l.isNew() || want.Name != nil) {
		app.Name = app.Slug
	}
	set(&app.Description, want.Description)
	if want.Owner != nil {
		owner, ok := p.organizations[LoginKey(want.Owner.Text)]
		if !ok {
			p.fail(l, want.Owner.Line, "owner %s is not there; list it under organizations", p.desired.Quote(want.Owner.Text))
		}
		app.OwnerID = owner.Ref.ID
	}
	if len(want.PublicKeys) > 0 && !sameKeys(app.PublicKeys, want.PublicKeys) {
		app.PublicKeys = want.PublicKeys
	}
	if want.Permissions != nil && !maps.Equal(app.Permissions, want.Permissions) {
		app.Permissions = want.Permissions
	}
}

// sameKeys says whether two lists have the same keys, in whatever order.
func sameKeys(a, b [][]byte) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(key []byte) bool {
		return !slices.ContainsFunc(b, func(other []byte) bool { return string(other) == string(key) })
	})
}

// fingerprints name keys as GitHub shows them.
func fingerprints(keys [][]byte) string {
	words := make([]string, len(keys))
	for i, key := range keys {
		sum := sha256.Sum256(key)
		words[i] = "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])
	}
	return strings.Join(words, ", ")
}

func wordsOf(permissions map[string]string) string {
	words := make([]string, 0, len(permissions))
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		words = append(words, name+": "+permissions[name])
	}
	return strings.Join(words, ", ")
}

// numberApps gives new apps their ids.
func (p *appsPlan) numberApps() {
	for _, l := range p.listed {
		if l.after.ID == 0 {
			l.after.ID = p.appIDs.next()
		}
		if l.after.ID > maxGivenID {
			p.fail(l, l.want.Slug.Line, "there is no id left above the highest; give one")
		}
	}
}

// refuseClientIDs refuses a client id that two apps would have.
func (p *appsPlan) refuseClientIDs() {
	taken := map[string]bool{}
	for _, app := range p.apps {
		if !slices.ContainsFunc(p.listed, func(l *listedApp) bool { return l.before.ID == app.ID }) {
			taken[app.ClientID] = true
		}
	}
	for _, l := range p.listed {
		if id := l.after.ClientID; id != "" && taken[id] {
			line := l.want.ClientID.Line
			if line == 0 { // it is another one's that the file changes
				line = l.want.Slug.Line
			}
			p.fail(l, line, "another app has the client_id %s; choose another", p.desired.Quote(id))
		}
		taken[l.after.ClientID] = true
	}
}

// planInstallations decides where an app is installed, and what it may do there.
func (p *appsPlan) planInstallations(l *listedApp) {
	stored := map[int64]Installation{} // by organization
	for _, i := range p.installed[l.before.ID] {
		stored[i.OrganizationID] = i
	}
	if l.want.Installations != nil {
		for _, want := range l.want.Installations.List {
			organization, ok := p.organizations[LoginKey(want.Organization.Text)]
			if !ok {
				p.fail(l, want.Organization.Line, "organization %s is not there; list it under organizations", p.desired.Quote(want.Organization.Text))
				continue
			}
			before := stored[organization.Ref.ID]
			delete(stored, organization.Ref.ID)
			p.planInstallation(l, want, before, organization.Ref.ID)
		}
		if len(l.want.Installations.List) == 0 && len(stored) > 0 {
			p.fail(l, l.want.Installations.Line, "installations is an empty list, and the app has some: an empty list is an error, not a wish; leave the key out, or remove them one by one")
			return
		}
	}
	for _, id := range slices.Sorted(maps.Keys(stored)) {
		p.planUnlisted(l, stored[id])
	}
}

// planInstallation decides about an installation that the file lists.
func (p *appsPlan) planInstallation(l *listedApp, want DesiredInstallation, before Installation, organizationID int64) {
	permissions := l.after.Permissions
	if want.Permissions != nil {
		permissions = want.Permissions
	}
	allowed := withinLimits(permissions, l.after.Permissions)
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		if allowed[name] != permissions[name] {
			p.fail(l, want.Organization.Line, "the app itself has no permission %s: %s; give it to the app too, or remove it here", p.desired.Quote(name), p.desired.Quote(permissions[name]))
		}
	}
	if before.ID != 0 {
		if want.GivenID != 0 && want.GivenID != before.ID {
			p.fail(l, want.ID.Line, "the id of the installation is %d, and not %d; it cannot be changed", before.ID, want.GivenID)
		}
		p.permit(l, before, permissions)
		return
	}
	if want.GivenID != 0 && !p.ids.take(want.GivenID) {
		p.fail(l, want.ID.Line, "another installation has the id %d; choose another, or leave it out", want.GivenID)
	}
	l.touched = true
	p.added = append(p.added, Installation{
		ID: want.GivenID, AppID: l.after.ID, OrganizationID: organizationID, Permissions: permissions, CreatedAt: p.now, UpdatedAt: p.now,
	})
	p.tell(Added, l, organizationID, FieldChange{})
}

// planUnlisted decides about an installation that the file does not list. Where it stays, it may do
// no more than the app.
func (p *appsPlan) planUnlisted(l *listedApp, before Installation) {
	passed := ReservedLogin(p.logins[before.OrganizationID]) // as no dump has it in the list
	if l.want.Installations != nil && p.options.Prune && !passed {
		l.touched = true
		p.removed = append(p.removed, before)
		p.tell(Removed, l, before.OrganizationID, FieldChange{})
		return
	}
	switch {
	case l.want.Installations != nil && passed:
		p.note("app %s: its installation in %s stays, since no dump lists it", l.after.Slug, p.logins[before.OrganizationID])
	case l.want.Installations != nil:
		p.stepPlan.account.Kept++
	}
	p.permit(l, before, withinLimits(before.Permissions, l.after.Permissions))
}

// permit has an installation that is there have these permissions.
func (p *appsPlan) permit(l *listedApp, before Installation, permissions map[string]string) {
	if maps.Equal(before.Permissions, permissions) {
		return
	}
	after := before
	after.Permissions, after.UpdatedAt = permissions, p.after(before.UpdatedAt)
	l.touched = true
	p.altered = append(p.altered, after)
	p.tell(Changed, l, before.OrganizationID, FieldChange{"permissions", wordsOf(before.Permissions), wordsOf(permissions)})
}

// withinLimits are those of permissions that the limits have. To read is part of to write.
func withinLimits(permissions, limits map[string]string) map[string]string {
	within := make(map[string]string, len(permissions))
	for name, level := range permissions {
		switch limit := limits[name]; {
		case limit == "":
		case limit == LevelWrite:
			within[name] = level
		default:
			within[name] = limit
		}
	}
	return within
}

// tell takes what becomes of an installation into the plan, as its organization's.
func (p *appsPlan) tell(kind ChangeKind, l *listedApp, organizationID int64, change FieldChange) {
	p.changes = append(p.changes, PlannedChange{
		Kind: kind, Account: &AccountName{Kind: Organization, Login: p.logins[organizationID]}, What: "installation", Name: l.after.Slug, Change: change,
	})
}

// after is now, but later than an instant: entity tags are made of when something was updated, and
// a clock may stand.
func (p *appsPlan) after(before time.Time) time.Time {
	if p.now.After(before) {
		return p.now
	}
	return before.Add(time.Microsecond)
}

// numberInstallations gives new installations their ids.
func (p *appsPlan) numberInstallations() {
	for i := range p.added {
		if p.added[i].ID == 0 {
			p.added[i].ID = p.ids.next()
		}
		if p.added[i].ID > maxGivenID {
			p.problems = append(p.problems, Problem{p.desired.Apps.Line, "apps: there is no id left for an installation above the highest; give one"})
		}
	}
}

// saveApps frees the client ids that change before it gives any: two apps may exchange theirs.
func (p *appsPlan) saveApps() error {
	var added []App
	for _, l := range p.listed {
		if l.isNew() {
			l.after.UpdatedAt = p.now
			added = append(added, l.after)
			continue
		}
		if l.before.ClientID != "" && l.before.ClientID != l.after.ClientID {
			without := l.before
			without.ClientID = ""
			if err := p.tx.SaveApp(without); err != nil {
				return err
			}
		}
	}
	for _, l := range p.listed {
		if l.isNew() || !l.touched {
			continue
		}
		l.after.UpdatedAt = p.after(l.before.UpdatedAt)
		if err := p.tx.SaveApp(l.after); err != nil {
			return err
		}
	}
	if len(added) == 0 {
		return nil
	}
	if err := beginWorld(p.tx); err != nil {
		return err
	}
	return p.tx.InsertApps(added)
}

func (p *appsPlan) saveInstallations() error {
	if len(p.removed) > 0 {
		if err := p.tx.DeleteInstallations(idsOf(p.removed)); err != nil {
			return err
		}
	}
	for _, i := range p.altered {
		if err := p.tx.SaveInstallation(i); err != nil {
			return err
		}
	}
	if len(p.added) == 0 {
		return nil
	}
	return p.tx.InsertInstallations(p.added)
}

func idsOf(installations []Installation) []int64 {
	ids := make([]int64, len(installations))
	for i, installation := range installations {
		ids[i] = installation.ID
	}
	return ids
}

// revoke revokes the tokens that were minted for installations and may do more than these may now:
// who asks with a token is not asked for its installation. As their making it is no event.
func (p *appsPlan) revoke() error {
	touched := slices.Concat(p.removed, p.altered)
	if len(touched) == 0 {
		return nil
	}
	may := make(map[int64]Installation, len(p.altered))
	for _, i := range p.altered {
		may[i.ID] = i
	}
	tokens, err := p.tx.TokensMintedFor(idsOf(touched))
	if err != nil {
		return err
	}
	var revoked []int64
	for _, token := range tokens {
		installation, stays := may[token.InstallationID]
		if stays && maps.Equal(withinLimits(token.Permissions, installation.Permissions), token.Permissions) {
			continue
		}
		if token.RevokedAt.IsZero() {
			revoked = append(revoked, token.ID)
		}
	}
	if len(revoked) == 0 {
		return nil
	}
	return p.tx.RevokeTokens(revoked, p.now)
}

// otherApps counts the apps that a file does not list.
func otherApps(tx Reader, desired *DesiredApps) (left int, err error) {
	listed := map[string]bool{}
	if desired != nil {
		for _, app := range desired.List {
			listed[LoginKey(app.Slug.Text)] = true
		}
	}
	apps, err := tx.AllApps()
	for _, app := range apps {
		if !listed[LoginKey(app.Slug)] {
			left++
		}
	}
	return left, err
}
