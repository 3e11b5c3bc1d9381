package usher

import (
	"context"
	"time"
)

// Store is the port to a database engine. Engines fetch and store; they never decide:
// every rule of a seat is in this package. The comments here are the contract, and
// internal/storetest is the suite that holds an engine to it.
//
// Lists of ids and names may hold up to 100,000 entries and more; an engine answers them
// as sets, never row by row. A result's order is as its method says; where it says
// nothing, callers must not rely on one. Times are UTC and keep microseconds.
//
// A store that cannot serve now (busy beyond its patience, full, gone) fails with an
// [Error] of kind [Unavailable]. A cancelled context ends what is running with its error.
//
// A store may run fn more than once (busy, serialization failure, a lost connection), so
// fn touches nothing outside its transaction that a second run would not set again.
type Store interface {
	// View runs fn on one consistent snapshot of the database, which fn cannot change. The
	// snapshot holds every Update that was acknowledged before, by any process.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn in one transaction. Updates that lock the same account, or the world,
	// are as if one after the other: what fn reads of them after its lock stays as it is.
	// When Update returns nil the changes are durable: they survive the death of the
	// process and of the machine. When it returns an error nothing of them is there; but
	// where the database or the caller goes away during the commit they may be there, whole.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Past is what can be asked of the present and of any moment before it alike, so that one code
// answers for both. What an organization's seat showed of a person's activity is what had been
// reported; of an enterprise's own seats it is not known.
type Past interface {
	// Now is the world time, or the moment's. It is asked once per transaction, after the
	// account's lock where one is taken.
	Now() (time.Time, error)

	// Account finds an account by login, in any case. Where name has no login, and only
	// then, it finds it by id.
	Account(name AccountName) (account Account, ok bool, err error)

	// Membership is a person's place in an account. Here and below, an invitation that has
	// expired is still there until it is settled.
	Membership(ref AccountRef, userID int64) (membership Membership, ok bool, err error)
	// People are the users with these logins, compared by [LoginKey], as the account sees
	// them. Unknown logins have no entry.
	People(ref AccountRef, logins []string) ([]Person, error)
	// Users are the users with these ids.
	Users(ids []int64) ([]User, error)

	// TeamsByID are an account's teams with these ids.
	TeamsByID(ref AccountRef, ids []int64) ([]Team, error)
	// TeamsOf are the ids of the teams that a person is in, and of those teams' parents at any
	// height, each once.
	TeamsOf(ref AccountRef, userID int64) ([]int64, error)
	// TeamPeople are the ids of the people of a team and of its child teams at any depth
	// (rule G3), each once, rising.
	TeamPeople(ref AccountRef, teamID int64) ([]int64, error)

	// Grants are an account's grants of a kind among these subjects.
	Grants(ref AccountRef, kind GrantKind, subjectIDs []int64) ([]Grant, error)
	// TeamGrants are the team grants that reach these people, through their teams and
	// those teams' parents.
	TeamGrants(ref AccountRef, userIDs []int64) ([]PersonTeamGrant, error)

	// Seats are the stored seats of these people in one section, ended ones included
	// until [Service.Settle] has removed them.
	Seats(ref AccountRef, section int64, userIDs []int64) ([]Seat, error)
	// PersonSeats are the stored seats of one person in all sections, ended ones included.
	PersonSeats(ref AccountRef, userID int64) ([]Seat, error)
	// SeatsFrom are the seats of a section that are current at now, by number, from the
	// number from on, passing over the first skip (fewer than [BlockSize]) of them.
	SeatsFrom(ref AccountRef, section, from, skip, limit int64, now time.Time) ([]Seat, error)

	// Sections are the counters of an account, by section. Those of the past say what was live
	// and pending alone, and count it seat by seat.
	Sections(ref AccountRef) ([]Counters, error)
	// Blocks are the block counts of a section, by index; those of the past are counted too.
	Blocks(ref AccountRef, section int64) ([]Block, error)
}

// Reader is what can be asked inside a transaction.
type Reader interface {
	Past
	// AsOf is what there was at an instant: of each account, at its moment. Other accounts cannot
	// be asked for.
	AsOf(at time.Time, moments ...Moment) Past
	// Mark is what an event says of its moment.
	Mark(ref AccountRef, event int64) (mark Mark, ok bool, err error)

	// Lifetimes are how long each row of an account that is kept, now and before, was as it is.
	Lifetimes(ref AccountRef) ([]Lifetime, error)

	// Clock is the world clock's row.
	Clock() (Clock, error)
	// Seed is the digest of the world that was loaded; ok is false before any was.
	Seed() (digest string, ok bool, err error)

	// Wall is what the clock behind the world clock shows, at the instant of Now.
	Wall() (time.Time, error)

	// Token finds a token by its hash, with its user (nil for an installation).
	Token(hash TokenHash) (token Token, user *User, ok bool, err error)
	// TokenKinds are the kinds of those tokens with these ids that are there, by id.
	TokenKinds(ids []int64) (map[int64]TokenKind, error)

	// TokensByID are those of these tokens that are there.
	TokensByID(ids []int64) ([]Token, error)
	// TokensFrom are tokens in the order of their ids, passing over the first skip of them, and
	// how many there are.
	TokensFrom(skip, limit int64) (tokens []Token, total int64, err error)
	// LastToken is the highest id of a token that is below a limit; 0 where there is none.
	LastToken(below int64) (int64, error)

	// TokensOf are a user's tokens, revoked and expired ones too, by id.
	TokensOf(userID int64) ([]Token, error)

	// App finds an app by its id or, where that is 0, by its client id; the empty one is nobody's.
	App(id int64, clientID string) (app App, ok bool, err error)
	// Installation finds an installation of any app.
	Installation(id int64) (installation Installation, ok bool, err error)
	// InstallationIn is an app's installation in an organization.
	InstallationIn(appID, organizationID int64) (installation Installation, ok bool, err error)
	// Installations are those of an app that were updated after an instant, by falling id,
	// passing over the first skip of them, and how many there are.
	Installations(appID int64, since time.Time, skip, limit int64) (installed []InstalledApp, total int64, err error)
	// AllApps are all apps, by id.
	AllApps() ([]App, error)
	// AllInstallations are all installations of all apps, by id.
	AllInstallations() ([]Installation, error)
	// LastInstallation is the highest id that an installation has, or had when a token that is
	// there was minted for it; 0 where there is none.
	LastInstallation() (int64, error)
	// TokensMintedFor are the tokens that were minted for these installations, revoked and expired
	// ones too.
	TokensMintedFor(installationIDs []int64) ([]Token, error)

	// Accounts are all accounts, enterprises first, each kind by id.
	Accounts() ([]Account, error)
	// Organizations are an enterprise's organizations, by id.
	Organizations(enterpriseID int64) ([]Account, error)

	// BelongsToEnterprise says whether a person is an active member of one of the
	// enterprise's organizations.
	BelongsToEnterprise(enterpriseID, userID int64) (bool, error)
	// EnterpriseMembers are those of these people who are active members of one of the
	// enterprise's organizations or in one of its own teams, each once.
	EnterpriseMembers(enterpriseID int64, userIDs []int64) ([]int64, error)
	// User finds a user by login, compared by [LoginKey].
	User(login string) (user User, ok bool, err error)
	// AllUsers are all users, by id.
	AllUsers() ([]User, error)
	// Memberships are the places of these people in an account.
	Memberships(ref AccountRef, userIDs []int64) ([]Membership, error)
	// Members are the ids of an account's active members, rising.
	Members(ref AccountRef) ([]int64, error)
	// MembersFrom are active members in the order of their ids, passing over the first skip
	// of them, and how many there are: those with the role, or all where it is empty.
	MembersFrom(ref AccountRef, role Role, skip, limit int64) (members []Membership, total int64, err error)
	// Invitations are an account's pending memberships, by the invitation's id.
	Invitations(ref AccountRef) ([]Membership, error)
	// DueInvitations are pending memberships whose invitation has ended by now, by ending
	// and user id.
	DueInvitations(ref AccountRef, now time.Time, limit int) ([]Membership, error)
	// Invited are an account's invited people counted by when their invitation ends.
	Invited(ref AccountRef) ([]InvitedCount, error)
	// AccountsKnowing are the accounts that a person has a place or a seat in, and those with
	// events or invitations that name them; enterprises first, each kind by id.
	AccountsKnowing(userID int64) ([]AccountRef, error)
	// OrganizationsOf are a person's memberships in organizations, pending ones too, with
	// the organization, by the organization's id.
	OrganizationsOf(userID int64) ([]AccountMembership, error)

	// Teams are an account's teams whose slug or name, compared by [TeamNameKey], is
	// among names.
	Teams(ref AccountRef, names []string) ([]Team, error)
	// FormerTeams are those of these teams that are gone, as they last were.
	FormerTeams(ref AccountRef, ids []int64) ([]Team, error)
	// TeamMember is a person's own place in a team, child teams aside.
	TeamMember(ref AccountRef, teamID, userID int64) (member TeamMember, ok bool, err error)
	// TeamPlaces are a person's own places in an account's teams, child teams aside, by team id.
	TeamPlaces(ref AccountRef, userID int64) ([]TeamMember, error)
	// InTeam are those of these people who are in a team themselves, child teams aside.
	InTeam(ref AccountRef, teamID int64, userIDs []int64) ([]int64, error)
	// AllTeams are all of an account's teams, by id.
	AllTeams(ref AccountRef) ([]Team, error)
	// TeamMembers are a team's own members, child teams' aside.
	TeamMembers(ref AccountRef, teamID int64) ([]TeamMember, error)
	// AllTeamMembers are all own places in teams of the account, by team and user id, those in
	// teams that are not there too.
	AllTeamMembers(ref AccountRef) ([]TeamMember, error)

	// AssignedOrganizations are the organizations that one of an enterprise's teams has been
	// assigned to by name, by id.
	AssignedOrganizations(enterpriseID, teamID int64) ([]Account, error)
	// AllAssignments are all assignments of an enterprise's teams, by team and organization,
	// whether these are there or not.
	AllAssignments(enterpriseID int64) ([]Assignment, error)
	// TeamAccount is the account of this kind that a team belongs to.
	TeamAccount(kind AccountKind, teamID int64) (ref AccountRef, ok bool, err error)
	// InvitedTeams are the places in teams that wait for these people to accept the account's
	// invitation, by user and team id.
	InvitedTeams(ref AccountRef, userIDs []int64) ([]TeamMember, error)
	// AllInvitedTeams are all places in teams of the account that wait, by user and team id.
	AllInvitedTeams(ref AccountRef) ([]TeamMember, error)

	// AllGrants are all of an account's grants.
	AllGrants(ref AccountRef) ([]Grant, error)
	// SleepingGrants are all of an account's grants that sleep (rule X6).
	SleepingGrants(ref AccountRef) ([]Grant, error)

	// EnterprisePersonSeats are the stored seats of one person in an enterprise and its
	// organizations, ended ones included.
	EnterprisePersonSeats(enterpriseID, userID int64) ([]AccountSeat, error)
	// SleepingSeats are the seats of these people that sleep in one section (rule X6).
	SleepingSeats(ref AccountRef, section int64, userIDs []int64) ([]Seat, error)
	// AllSleepingSeats are all seats of an account that sleep, by section and number.
	AllSleepingSeats(ref AccountRef) ([]Seat, error)
	// AllSeats are all stored seats of an account, by section and number.
	AllSeats(ref AccountRef) ([]Seat, error)
	// DueAccount is the account with the earliest ending, of a seat or an invitation, that has
	// come by now and is not settled; of several the one with the lowest id, an organization before an enterprise.
	DueAccount(now time.Time) (ref AccountRef, ok bool, err error)
	// FirstDue is an account's earliest ending, of a seat or an invitation, that has come by now
	// and is not settled.
	FirstDue(ref AccountRef, now time.Time) (at time.Time, ok bool, err error)
	// DueSeats are the account's seats that have ended by now, by ending and number.
	DueSeats(ref AccountRef, now time.Time, limit int) ([]Seat, error)

	// EnterpriseSections are the counters of an enterprise and of all its organizations.
	EnterpriseSections(enterpriseID int64) ([]AccountCounters, error)
	// SeatTotals are the counters of all accounts together: one for each instant at which pending
	// seats end, with Live, Pending and EndsAt alone.
	SeatTotals() ([]Counters, error)
	// BlocksAt are the blocks of a section among these indexes.
	BlocksAt(ref AccountRef, section int64, indexes []int64) ([]Block, error)

	// EnterprisePeople are the stored entries of these people in an enterprise.
	EnterprisePeople(enterpriseID int64, userIDs []int64) ([]EnterprisePerson, error)
	// AllEnterprisePeople are all entries of an enterprise, by user id.
	AllEnterprisePeople(enterpriseID int64) ([]EnterprisePerson, error)
	// EnterpriseEndings finds, from the seats of an enterprise and its organizations, when
	// the last seat of each of these people ends; who has no seat has no entry.
	EnterpriseEndings(enterpriseID int64, userIDs []int64) ([]EnterprisePerson, error)
	// Headcounts are how many people of an enterprise have their last seat end when.
	Headcounts(enterpriseID int64) ([]Headcount, error)

	// PersonRecord is all that ever said in an account what a person held there: of what has
	// ended, the limit last versions of each kind.
	PersonRecord(ref AccountRef, userID, limit int64) (PersonRecord, error)
	// Changes are the changes that these are the first events of.
	Changes(ref AccountRef, numbers []int64) ([]Change, error)
	// SeatReports counts the reports about a seat that are numbered after one number, up to
	// another.
	SeatReports(ref AccountRef, seat, after, upTo int64) (ReportCount, error)
	// Report is an account's activity report of this number.
	Report(ref AccountRef, number int64) (report Report, ok bool, err error)
	// LastReports are the last reports about these seats among those numbered upTo and below;
	// a seat without any has no entry.
	LastReports(ref AccountRef, seats []int64, upTo int64) ([]Report, error)

	// Events are the events of all accounts with from < At <= to and without a request id,
	// ordered by time, account (as DueAccount has it) and number: the first limit of them, and how many there are.
	Events(from, to time.Time, limit int) (events []AccountEvent, total int, err error)
	// EventsAfter are an account's events with numbers above number, by number: the first limit
	// of them, [MaxSelection] at most.
	EventsAfter(ref AccountRef, number int64, limit int) ([]Event, error)
	// DueRecord is the account with the earliest KeptSince of all that lie before an instant.
	DueRecord(before time.Time) (ref AccountRef, ok bool, err error)
	// SelectEvents are the first events of an account that a selection takes, by time and
	// number. However many events there are, it looks at no more than its limit for each action
	// that the selection names.
	SelectEvents(ref AccountRef, selection EventSelection) ([]Event, error)
}

// Tx is a Reader that can also write.
//
// What it changes of an account's row, people, teams, grants and seats it keeps as it was, for
// [Reader.AsOf]: until the change in hand, whose number is that of the first event which the
// account's head does not have yet. What is written of an account in the transaction that
// inserts it, before its head is saved, was there from the beginning: a seat from its CreatedAt
// on, a grant from its GrantedAt.
type Tx interface {
	Reader

	// Lock takes the account's lock, its enterprise's before it, and reads its head anew.
	// All writes that touch an account's grants or seats hold it. An unknown account is an
	// [Error] of kind [NotFound].
	Lock(ref AccountRef) (Account, error)
	// LockWorld waits until no other transaction holds an account's lock, and lets none take
	// one until this one ends. What changes the clock or replaces the world takes it before
	// all else.
	LockWorld() error
	// Part runs fn as a part of the transaction, which asks for the world time anew in it. Where
	// fn returns an error, nothing is there of what was written meanwhile, and the transaction
	// goes on; but after a statement that failed it never does.
	Part(fn func() error) error
	// SaveHead writes the ledger's head of an account that is locked.
	SaveHead(account Account) error
	// SetClock writes the world clock's row.
	SetClock(clock Clock) error

	// SaveSubscription writes the account's subscription, nil too.
	SaveSubscription(account Account) error
	// SaveAccountName writes the account's display name, of which no past is kept.
	SaveAccountName(account Account) error
	// SaveEnterprise moves an organization to its EnterpriseID. It is assigned to no team of
	// any other enterprise from then on.
	SaveEnterprise(organization Account) error
	// ReserveIDs takes n ids that no invitation and no team has had, and returns the first. Tokens
	// have ids of them too.
	ReserveIDs(n int64) (first int64, err error)

	// SaveUser writes all that can change of a user who exists: login, name, e-mail address, time
	// zone, whether they administer the site, and version.
	SaveUser(user User) error
	// RevokeTokens has tokens be revoked from at on.
	RevokeTokens(ids []int64, at time.Time) error
	// SaveTokenUse has tokens have been used last on a day, unless a later one is stored.
	SaveTokenUse(ids []int64, day time.Time) error
	// DeleteExpiredTokens deletes tokens of an installation that have expired by an instant: the
	// first limit of them.
	DeleteExpiredTokens(installationID int64, by time.Time, limit int) error

	// SaveMembership writes a person's place in an account, new or not.
	SaveMembership(ref AccountRef, membership Membership) error
	// DeleteMemberships removes these people from the account: their membership, and their
	// places in its teams, waiting ones too.
	DeleteMemberships(ref AccountRef, userIDs []int64) error
	// AddInvited adds each count, which may be negative, to what is stored.
	AddInvited(ref AccountRef, deltas []InvitedCount) error
	// SaveInvitedTeam has a place in a team wait for an invitation to be accepted, or changes
	// what it will be.
	SaveInvitedTeam(ref AccountRef, member TeamMember) error
	// DeleteInvitedTeams removes these places of a person that wait.
	DeleteInvitedTeams(ref AccountRef, userID int64, teamIDs []int64) error
	// SaveTeam writes all that can change of a team that exists.
	SaveTeam(team Team) error
	// DeleteTeams removes teams with all places in them and all assignments to organizations.
	DeleteTeams(ref AccountRef, teamIDs []int64) error
	// SaveTeamMember puts a person into a team, or changes what they are in it.
	SaveTeamMember(ref AccountRef, member TeamMember) error
	// DeleteTeamMembers takes those of these people out of a team who are in it themselves.
	DeleteTeamMembers(ref AccountRef, teamID int64, userIDs []int64) error
	// AssignOrganizations assigns one of an enterprise's teams to these organizations, beside
	// those that it is assigned to already.
	AssignOrganizations(enterpriseID, teamID int64, organizationIDs []int64) error
	// UnassignOrganizations takes a team's assignments to these organizations back.
	UnassignOrganizations(enterpriseID, teamID int64, organizationIDs []int64) error
	InsertGrants(ref AccountRef, grants []Grant) error
	DeleteGrants(ref AccountRef, kind GrantKind, subjectIDs []int64) error
	// SleepGrants has grants that exist sleep; where one sleeps already, the later takes its place.
	SleepGrants(ref AccountRef, kind GrantKind, subjectIDs []int64) error
	// WakeGrants has those of these grants be in force again that sleep. One that is in force
	// already stays as it is.
	WakeGrants(ref AccountRef, kind GrantKind, subjectIDs []int64) error
	// DeleteSleepingGrants removes those of these grants that sleep.
	DeleteSleepingGrants(ref AccountRef, kind GrantKind, subjectIDs []int64) error
	// InsertSleepingSeats has seats sleep that are not among the account's seats.
	InsertSleepingSeats(ref AccountRef, seats []Seat) error
	DeleteSleepingSeats(ref AccountRef, seats []Seat) error
	// Forget removes all that sleeps in the account.
	Forget(ref AccountRef) error
	InsertSeats(ref AccountRef, seats []Seat) error
	// UpdateSeats writes all that can change of seats that exist; one that does not is an
	// error, and nothing can change whose it is and when it was created.
	UpdateSeats(ref AccountRef, seats []Seat) error
	// UseSeats writes the activity of seats that exist, and nothing else of them.
	UseSeats(ref AccountRef, seats []Seat) error
	DeleteSeats(ref AccountRef, seats []Seat) error
	SaveSections(ref AccountRef, sections []Counters) error
	// SaveBlocks writes blocks; one that counts nothing is removed.
	SaveBlocks(ref AccountRef, blocks []Block) error
	// InsertEvents appends the events of one change. Nothing can change an event, or delete
	// one but DeleteEvents and Wipe: the database refuses it to everybody.
	InsertEvents(ref AccountRef, events []Event) error
	// DeleteEvents deletes an account's events up to a number. The stored head's EventsDeleted
	// must be as high.
	DeleteEvents(ref AccountRef, upTo int64) error
	// DeletePast deletes what nobody can ask for who asks as of the account's event upTo, or a
	// later one.
	DeletePast(ref AccountRef, upTo int64) error
	// DeleteReports deletes activity reports numbered upTo and below: the first limit of those
	// that are followed by another one about their seat, upTo or below, and of those about
	// seats of which nothing is known any more. It returns how many.
	DeleteReports(ref AccountRef, upTo int64, limit int) (deleted int64, err error)
	InsertReports(ref AccountRef, reports []Report) error
	SaveEnterprisePeople(enterpriseID int64, people []EnterprisePerson) error
	DeleteEnterprisePeople(enterpriseID int64, userIDs []int64) error
	// AddHeadcounts adds each count, which may be negative, to what is stored.
	AddHeadcounts(enterpriseID int64, deltas []Headcount) error

	// Wipe empties the database but for its schema.
	Wipe() error
	// SetSeed remembers the digest of the world that is being loaded.
	SetSeed(digest string) error
	InsertUsers(users []User) error
	InsertAccounts(accounts []Account) error
	InsertMemberships(ref AccountRef, memberships []Membership) error
	InsertTeams(teams []Team) error
	InsertTeamMembers(ref AccountRef, members []TeamMember) error
	InsertTokens(tokens []Token) error
	InsertApps(apps []App) error
	// SaveApp writes all that can change of an app that exists: all but its id, its slug and when it
	// was created.
	SaveApp(app App) error
	// InsertInstallations inserts installations; an app is in an organization once.
	InsertInstallations(installations []Installation) error
	// SaveInstallation writes all that can change of an installation that exists: its permissions,
	// and when it was updated.
	SaveInstallation(installation Installation) error
	// DeleteInstallations deletes these installations, and none of the tokens minted for them.
	DeleteInstallations(ids []int64) error
}

// Moment is how far an account had come: all is as it was after an event. An event in the
// middle of a change stands for the whole change.
type Moment struct {
	Account AccountRef
	Event   int64     // its number; 0: before there was any
	KnownAt time.Time // the event's
	Report  int64     // the last activity report that had been accepted
}

// Mark is an event as a moment.
type Mark struct {
	Event           int64
	Change          int64 // the number of its change's first event; 0 of all events with which a world was loaded
	KnownAt         time.Time
	EnterpriseEvent int64
	Reports         int64
}

// Lifetime is how long a row of an account was as it is kept.
type Lifetime struct {
	Row   string // what it is, in words
	Since int64  // the change; 0: from the beginning
	Until int64  // the change before which it was; 0: it is so still
}

// Version is what something was from one change of its account on, and before another.
type Version[T any] struct {
	Value T
	Since int64 // the number of the change's first event; 0: from the beginning
	Until int64 // 0: it still is
}

// PersonRecord is what a person held in an account, in no order: their seats, without
// activity, and places in teams; the teams that these are or were ever under; the grants of
// the person and of those teams; the account's subscription.
type PersonRecord struct {
	From          int64 // before this event's number not all of it is there; 0: all is
	Subscriptions []Version[*Subscription]
	Places        []Version[TeamMember]
	Teams         []Version[Team]
	Grants        []Version[Grant]
	Seats         []Version[Seat]
}

// Change is one change of an account.
type Change struct {
	Number  int64 // of its first event
	At      time.Time
	Reports int64 // the last activity report that was accepted by then
	Actor   Actor
}

// ReportCount is how many reports there are, and the numbers of the first and the last of them.
type ReportCount struct {
	Count, First, Last int64
}

// AccountCounters are one section's counters with the account they belong to.
type AccountCounters struct {
	Account AccountRef
	Counters
}

// AccountMembership is a person's place in an account, with the account.
type AccountMembership struct {
	Account Account
	Membership
}

// Assignment is that an enterprise's team is assigned to an organization.
type Assignment struct {
	TeamID       int64
	Organization AccountRef
}

// InvitedCount is how many people's invitations to an account end at EndsAt (zero: never),
// and how many of them have a remembered direct grant (rule G4).
type InvitedCount struct {
	EndsAt  time.Time
	People  int64
	Granted int64
}

// AccountSeat is a seat with the account that it is under.
type AccountSeat struct {
	Account AccountRef
	Seat
}

// EnterprisePerson is one person with seats in an enterprise or its organizations.
type EnterprisePerson struct {
	UserID   int64
	EndsAt   time.Time // when the last of them ends; zero: one is live
	Activity Activity  // the latest reported in any of the organizations (rule R4)
}

// Headcount is how many people of an enterprise have their last seat end at EndsAt
// (zero: never).
type Headcount struct {
	EndsAt time.Time
	People int64
}

// AccountEvent is an event with the account it belongs to and the login it concerns.
type AccountEvent struct {
	Event
	Account   AccountRef
	Login     string // of the account
	UserLogin string // empty where the event concerns nobody
}
