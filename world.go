package usher

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// World is everything a database starts from: what a seed file describes, checked and
// with ids given. Times are absolute.
type World struct {
	Digest   string // identifies the seed; the database remembers it
	Clock    Clock
	Users    []User
	Accounts []WorldAccount // enterprises before organizations
	Tokens   []Token
}

// WorldAccount is an organization or enterprise of a world.
type WorldAccount struct {
	Account     Account // without a ledger's head
	Memberships []Membership
	Teams       []Team
	TeamMembers []TeamMember
	Grants      []WorldGrant // in the order of the file
	Activity    []WorldActivity
}

// WorldGrant is a grant that exists when the world begins.
type WorldGrant struct {
	Kind      GrantKind
	SubjectID int64     // the user or the team
	At        time.Time // zero: when the world begins
	Cancelled bool      // of a direct grant: cancelled when the world begins, so the seat is pending
}

// WorldActivity is activity reported before the world begins.
type WorldActivity struct {
	UserID   int64
	Activity Activity
}

// Load empties the database and fills it with a world, in one transaction. The grants of
// the world go through the same rules as a call's. It returns, as sentences, what of the
// world was ignored and why: seats and activity where nobody can hold a seat.
func (s *Service) Load(ctx context.Context, world World) (ignored []string, err error) {
	err = s.updateWorld(ctx, func(tx Tx) (err error) {
		ignored, err = load(tx, world)
		return err
	})
	return ignored, err
}

// LoadFirst is Load for a database that holds nothing yet. Where it holds anything, loaded is
// false and nothing has changed.
func (s *Service) LoadFirst(ctx context.Context, world World) (ignored []string, loaded bool, err error) {
	err = s.updateWorld(ctx, func(tx Tx) error {
		holds, err := holdsAnything(tx)
		if loaded = !holds; err != nil || holds {
			return err
		}
		ignored, err = load(tx, world)
		return err
	})
	return ignored, loaded && err == nil, err
}

// updateWorld is an Update that has the whole world to itself.
func (s *Service) updateWorld(ctx context.Context, fn func(Tx) error) error {
	return s.store.Update(ctx, func(tx Tx) error {
		if err := tx.LockWorld(); err != nil {
			return err
		}
		return fn(tx)
	})
}

func load(tx Tx, world World) (ignored []string, err error) {
	if err := tx.Wipe(); err != nil {
		return nil, err
	}
	if err := insertWorld(tx, world, newVersion()); err != nil {
		return nil, err
	}
	for _, account := range world.Accounts {
		reasons, err := loadAccount(tx, account)
		if err != nil {
			return nil, fmt.Errorf("loading %s %s: %w", account.Account.Ref.Kind, account.Account.Login, err)
		}
		ignored = append(ignored, reasons...)
	}
	return ignored, nil
}

// Empty empties the database.
func (s *Service) Empty(ctx context.Context) error {
	return s.updateWorld(ctx, func(tx Tx) error { return tx.Wipe() })
}

// Seed is the digest of the world that the database holds; ok is false before one was loaded.
func (s *Service) Seed(ctx context.Context) (digest string, ok bool, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		var err error
		digest, ok, err = tx.Seed()
		return err
	})
	return digest, ok, err
}

// insertWorld inserts what has no rules, all of it created now, in the version begin.
func insertWorld(tx Tx, world World, begin int64) error {
	if err := tx.SetSeed(world.Digest); err != nil {
		return err
	}
	if err := tx.SetClock(world.Clock); err != nil {
		return err
	}
	now, err := tx.Now()
	if err != nil {
		return err
	}
	users := slices.Clone(world.Users)
	for i := range users {
		users[i].CreatedAt, users[i].Version = now, begin
	}
	if err := tx.InsertUsers(users); err != nil {
		return err
	}
	accounts := make([]Account, len(world.Accounts))
	for i, a := range world.Accounts {
		accounts[i] = a.Account
		accounts[i].CreatedAt, accounts[i].Version = now, begin
	}
	if err := tx.InsertAccounts(accounts); err != nil {
		return err
	}
	if _, err := tx.ReserveIDs(lastTeam(world)); err != nil { // those that the world gives itself
		return err
	}
	for _, a := range world.Accounts {
		if err := insertPeople(tx, a, now, begin); err != nil {
			return err
		}
	}
	return tx.InsertTokens(world.Tokens)
}

// lastTeam is the highest id of a world's teams.
func lastTeam(world World) (last int64) {
	for _, a := range world.Accounts {
		for _, team := range a.Teams {
			last = max(last, team.ID)
		}
	}
	return last
}

func insertPeople(tx Tx, account WorldAccount, now time.Time, begin int64) error {
	ref := account.Account.Ref
	if err := insertMemberships(tx, ref, account.Memberships, now); err != nil {
		return err
	}
	teams := slices.Clone(account.Teams)
	for i := range teams {
		teams[i].Version = begin
		if ref.Kind == Enterprise {
			teams[i].Selection = NoOrganizations
		}
	}
	if err := tx.InsertTeams(teams); err != nil {
		return err
	}
	return tx.InsertTeamMembers(ref, account.TeamMembers)
}

// insertMemberships inserts an account's people. A world's invitations do not expire (rule G4).
func insertMemberships(tx Tx, ref AccountRef, memberships []Membership, now time.Time) error {
	memberships = slices.Clone(memberships)
	var invited int64
	for i, m := range memberships {
		if m.State == Pending {
			invited++
			memberships[i].Invitation = Invitation{ID: invited, At: now}
		}
	}
	if invited > 0 {
		first, err := tx.ReserveIDs(invited)
		if err != nil {
			return err
		}
		for i, m := range memberships {
			if m.State == Pending {
				memberships[i].Invitation.ID += first - 1
			}
		}
		if err := tx.AddInvited(ref, []InvitedCount{{People: invited}}); err != nil {
			return err
		}
	}
	return tx.InsertMemberships(ref, memberships)
}

// loadAccount makes an account's grants in order of their time, then of the file; then those of
// everyone; then it takes in the activity, and cancels what begins cancelled: in a change of
// its own, so that this was live until then.
func loadAccount(tx Tx, world WorldAccount) (ignored []string, err error) {
	if reason := world.Account.seatless(); reason != "" {
		if len(world.Grants)+len(world.Activity) > 0 {
			ignored = append(ignored, fmt.Sprintf("%s: its seats and their activity are ignored: %s", world.Account.Login, reason))
		}
		return ignored, nil
	}
	l, err := openLedger(tx, world.Account.Ref, Actor{}, "")
	if err != nil {
		return nil, err
	}
	loader, err := newLoader(l, world)
	if err != nil {
		return nil, err
	}
	if err := loader.grantAll(); err != nil {
		return nil, err
	}
	var seatless []int64
	for _, a := range world.Activity {
		seat := l.seat(0, a.UserID)
		if seat == nil {
			seatless = append(seatless, a.UserID)
			continue
		}
		l.report(seat, a.Activity)
	}
	if err := l.close(); err != nil {
		return nil, err
	}
	if err := cancelBegun(tx, loader); err != nil {
		return nil, err
	}
	users, err := tx.Users(distinct(seatless))
	for _, user := range users {
		ignored = append(ignored, fmt.Sprintf("%s: the activity of %s is ignored: they have no seat there", world.Account.Login, user.Login))
	}
	return ignored, err
}

// loader applies a world's grants to the ledger of one account.
type loader struct {
	*ledger
	grants []WorldGrant // in order of time, then of the file
	people map[int64]Person
	teams  map[int64]teamPeople
}

func newLoader(l *ledger, world WorldAccount) (*loader, error) {
	loader := &loader{ledger: l, grants: slices.Clone(world.Grants), people: map[int64]Person{}, teams: map[int64]teamPeople{}}
	var everyone []int64
	for _, m := range world.Memberships {
		loader.people[m.UserID] = Person{User: User{ID: m.UserID}, Membership: &m}
		everyone = append(everyone, m.UserID)
	}
	for i, g := range loader.grants {
		if g.At.IsZero() {
			loader.grants[i].At = l.now
		}
		if g.Kind == DirectGrant {
			everyone = append(everyone, g.SubjectID)
			continue
		}
		people, err := l.tx.TeamPeople(l.account.Ref, g.SubjectID)
		if err != nil {
			return nil, err
		}
		loader.teams[g.SubjectID] = teamPeople{g.SubjectID, people}
	}
	slices.SortStableFunc(loader.grants, func(a, b WorldGrant) int { return a.At.Compare(b.At) })
	loader.begin(0, everyone)
	for id, team := range loader.teams {
		loader.begin(l.account.section(id), team.people)
	}
	return loader, nil
}

// begin takes people into the ledger who have neither seats nor grants yet: in a database
// that was just emptied there is nothing to read.
func (l *loader) begin(section int64, userIDs []int64) {
	for _, id := range userIDs {
		l.seats[seatKey{section, id}] = &entry{}
		l.holdings[id] = holding{everyone: l.account.everyone()}
	}
}

func (l *loader) grantAll() error {
	begin := l.now
	for _, g := range l.grants {
		l.at = g.At
		if err := l.grant(g); err != nil {
			return err
		}
	}
	l.at = begin
	if l.account.everyone() && l.account.Ref.Kind == Organization {
		if err := l.grantEveryone(); err != nil {
			return err
		}
	}
	return nil
}

// cancelBegun cancels the direct grants of a world that are cancelled when it begins.
func cancelBegun(tx Tx, begun *loader) error {
	var people []int64
	for _, g := range begun.grants {
		if g.Cancelled {
			people = append(people, g.SubjectID)
		}
	}
	if len(people) == 0 {
		return nil
	}
	l, err := openLedger(tx, begun.account.Ref, Actor{}, "")
	if err != nil {
		return err
	}
	if err := l.load(people); err != nil {
		return err
	}
	for _, id := range people {
		if l.account.Ref.Kind == Enterprise {
			l.cancelEnterprisePerson(id)
			continue
		}
		l.cancelPerson(begun.people[id])
	}
	return l.close()
}

func (l *loader) grant(g WorldGrant) (err error) {
	enterprise := l.account.Ref.Kind == Enterprise
	switch {
	case enterprise && g.Kind == TeamGrant:
		_, err = l.grantEnterpriseTeam(l.teams[g.SubjectID])
	case enterprise:
		_, err = l.grantEnterprisePerson(g.SubjectID)
	case g.Kind == TeamGrant:
		_, err = l.grantTeam(l.teams[g.SubjectID])
	default:
		_, err = l.grantPerson(l.people[g.SubjectID])
	}
	return err
}

// grantEveryone opens seats for the members who have none (rule G7).
func (l *loader) grantEveryone() error {
	for _, id := range slices.Sorted(maps.Keys(l.people)) {
		if l.people[id].member() && l.seat(0, id) == nil {
			if err := l.open(0, id, 0, l.actor); err != nil {
				return err
			}
		}
	}
	return nil
}
