package usher

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Dump is the present of a database as a world that [Service.Load] takes: all that a seed can
// say, and nothing else. It returns, as sentences, what of the present it leaves out, or says
// another way, and how much that is. What no seed ever says it does not mention: tokens, and
// the past.
//
// Loaded, it has the same people, teams, grants and settings, and the same seats: in the
// same order, since the same times, as far as the grants tell.
func (s *Service) Dump(ctx context.Context) (world World, lost []string, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		d := &dump{tx: tx, unspeakable: map[int64]bool{}, activity: map[int64]map[int64]Activity{}}
		if err := d.read(); err != nil {
			return err
		}
		world, lost = d.world, d.lost
		return nil
	})
	return world, lost, err
}

// dump is one reading of all there is.
type dump struct {
	tx          Reader
	now         time.Time
	world       World
	unspeakable map[int64]bool               // people whose login a seed refuses: who was forgotten
	activity    map[int64]map[int64]Activity // latest on the seats of an enterprise's organizations, by enterprise and person
	lost        []string
}

func (d *dump) read() (err error) {
	if d.now, err = d.tx.Now(); err != nil {
		return err
	}
	if err := d.readClock(); err != nil {
		return err
	}
	if err := d.readUsers(); err != nil {
		return err
	}
	accounts, err := d.tx.Accounts()
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if ReservedLogin(account.Login) && account.Ref.Kind == Organization {
			d.lost = append(d.lost, fmt.Sprintf("organization %s: all of it: a seed keeps such logins for people who are forgotten", account.Login))
			continue
		}
		if err := d.readAccount(account); err != nil {
			return fmt.Errorf("reading %s %s: %w", account.Ref.Kind, account.Login, err)
		}
	}
	d.leaveOutsiders()
	for _, account := range accounts {
		if account.Ref.Kind == Enterprise {
			if err := d.compareActivity(account); err != nil {
				return err
			}
		}
	}
	return d.readApps()
}

// readApps reads the apps and where they are installed, but for organizations that no seed has.
func (d *dump) readApps() error {
	known := map[int64]bool{}
	for _, account := range d.world.Accounts {
		if account.Account.Ref.Kind == Organization {
			known[account.Account.Ref.ID] = true
		}
	}
	apps, err := d.tx.AllApps()
	if err != nil {
		return err
	}
	owned, installed := 0, 0
	for _, app := range apps {
		if app.OwnerID != 0 && !known[app.OwnerID] {
			app.OwnerID = 0
			owned++
		}
		app.CreatedAt, app.UpdatedAt = time.Time{}, time.Time{}
		d.world.Apps = append(d.world.Apps, app)
	}
	installations, err := d.tx.AllInstallations()
	for _, i := range installations {
		if !known[i.OrganizationID] {
			installed++
			continue
		}
		i.CreatedAt, i.UpdatedAt = time.Time{}, time.Time{}
		d.world.Installations = append(d.world.Installations, i)
	}
	d.lose("", owned, "apps of organizations that are left out, and when loaded nobody's in particular")
	d.lose("", installed, "installations in organizations that are left out")
	return err
}

func (d *dump) readClock() error {
	clock, err := d.tx.Clock()
	switch {
	case err != nil:
		return err
	case !clock.StandsAt.IsZero():
		at := clock.Now(d.now).Format(time.RFC3339Nano)
		d.lost = append(d.lost, fmt.Sprintf("the clock, which stands: in a rehearsal the line `now: %s` has it stand there again", at))
	case clock.Moved():
		d.lost = append(d.lost, fmt.Sprintf("the clock, which is %v ahead of the time of day", clock.Offset))
	}
	return nil
}

func (d *dump) readUsers() error {
	users, err := d.tx.AllUsers()
	for _, user := range users {
		if ReservedLogin(user.Login) {
			d.unspeakable[user.ID] = true
			continue
		}
		user.CreatedAt, user.Version = time.Time{}, 0
		d.world.Users = append(d.world.Users, user)
	}
	d.lose("", len(d.unspeakable), "people who were forgotten, with all that they have")
	return err
}

// lose notes that something of an account cannot be said; account is empty for the whole.
func (d *dump) lose(account string, count int, what string) {
	if count == 0 {
		return
	}
	if account != "" {
		account += ": "
	}
	d.lost = append(d.lost, fmt.Sprintf("%s%s: %d", account, what, count))
}

// accountDump is the reading of one account.
type accountDump struct {
	*dump
	WorldAccount
	now      time.Time
	stored   Account
	standing map[int64]MembershipState
	earliest map[int64]time.Time // when the first of the grants was made that reach a team
	reached  map[int64]time.Time // and of those that reach a person, through teams
	listed   []datedGrant        // people's, as they are to be listed
}

// datedGrant is a person's direct grant, with what it is ordered by beside its time.
type datedGrant struct {
	WorldGrant
	number int64 // of the seat that begins with it; 0 where another grant made that, or none
}

func (d *dump) readAccount(account Account) error {
	a := &accountDump{
		dump: d, stored: account, now: account.time(d.now),
		standing: map[int64]MembershipState{}, earliest: map[int64]time.Time{}, reached: map[int64]time.Time{},
	}
	a.Account = Account{Ref: account.Ref, Login: account.Login, Name: account.Name, EnterpriseID: account.EnterpriseID, Subscription: account.Subscription}
	if account.Ref.Kind == Organization && account.Name != "" {
		a.Account.Name = ""
		a.dump.lost = append(a.dump.lost, fmt.Sprintf("organization %s: its name, %q", account.Login, account.Name))
	}
	for _, read := range []func() error{a.readPeople, a.readInvitations, a.readTeams, a.readTeamMembers, a.readGrants, a.readSleep} {
		if err := read(); err != nil {
			return err
		}
	}
	d.world.Accounts = append(d.world.Accounts, a.WorldAccount)
	return nil
}

func (a *accountDump) lose(count int, what string) {
	a.dump.lose(a.stored.Ref.Kind.String()+" "+a.stored.Login, count, what)
}

func (a *accountDump) enterprise() bool { return a.stored.Ref.Kind == Enterprise }

// readPeople reads who belongs to the account in the order of a seed: owners before the others.
func (a *accountDump) readPeople() error {
	const all = 1 << 62
	members, _, err := a.tx.MembersFrom(a.stored.Ref, "", 0, all)
	if err != nil {
		return err
	}
	slices.SortStableFunc(members, func(x, y Membership) int {
		return cmp.Compare(seedOrder(x.Role), seedOrder(y.Role))
	})
	for _, m := range members {
		a.join(m)
	}
	return nil
}

func seedOrder(role Role) int {
	if role == RoleOwner {
		return 0
	}
	return 1
}

func (a *accountDump) join(m Membership) {
	if a.unspeakable[m.UserID] {
		return
	}
	a.standing[m.UserID] = m.State
	a.Memberships = append(a.Memberships, Membership{UserID: m.UserID, Role: m.Role, State: m.State})
}

func (a *accountDump) readInvitations() error {
	invitations, err := a.tx.Invitations(a.stored.Ref)
	if err != nil {
		return err
	}
	ending, owners := 0, 0
	for _, m := range invitations {
		if m.expired(a.now) || a.unspeakable[m.UserID] {
			continue
		}
		if !m.Invitation.EndsAt.IsZero() {
			ending++
		}
		if m.Role != RoleMember {
			owners++
			m.Role = RoleMember
		}
		a.join(m)
	}
	a.lose(ending, "invitations that end by themselves, and when loaded do not")
	a.lose(owners, "people invited to be owners, and when loaded to be members")
	waiting, err := a.tx.AllInvitedTeams(a.stored.Ref)
	waiting = slices.DeleteFunc(waiting, func(m TeamMember) bool { return a.standing[m.UserID] != Pending })
	a.lose(len(waiting), "places in teams that wait for invited people")
	return err
}

func (a *accountDump) readTeams() error {
	teams, err := a.tx.AllTeams(a.stored.Ref)
	quiet, assigned := 0, 0
	for _, team := range teams {
		if team.Quiet {
			quiet++
		}
		if team.Selection != "" && team.Selection != NoOrganizations {
			assigned++
		}
		a.Teams = append(a.Teams, Team{
			Account: team.Account, ID: team.ID, Slug: team.Slug, Name: team.Name,
			Description: team.Description, Privacy: team.Privacy, ParentID: team.ParentID,
		})
	}
	a.lose(quiet, "teams whose notifications are off, and when loaded are on")
	a.lose(assigned, "enterprise teams assigned to organizations, and when loaded to none")
	return err
}

// readTeamMembers reads who is in which team in the order of a seed: maintainers first.
func (a *accountDump) readTeamMembers() error {
	members, err := a.tx.AllTeamMembers(a.stored.Ref)
	if err != nil {
		return err
	}
	members = slices.DeleteFunc(members, func(m TeamMember) bool { return a.unspeakable[m.UserID] })
	slices.SortStableFunc(members, func(x, y TeamMember) int {
		return cmp.Or(cmp.Compare(x.TeamID, y.TeamID), maintainersFirst(x, y))
	})
	a.TeamMembers = members
	return nil
}

func maintainersFirst(x, y TeamMember) int {
	switch {
	case x.Maintainer == y.Maintainer:
		return 0
	case x.Maintainer:
		return -1
	}
	return 1
}
