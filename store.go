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

// Reader is what can be asked inside a transaction.
type Reader interface {
	// Now is the world time. It is asked once per transaction, after the account's lock
	// where one is taken.
	Now() (time.Time, error)
	// Clock is the world clock's row.
	Clock() (Clock, error)
	// Seed is the digest of the world that was loaded; ok is false before any was.
	Seed() (digest string, ok bool, err error)

	// Token finds a token by its hash, with its user (nil for an installation).
	Token(hash TokenHash) (token Token, user *User, ok bool, err error)

	// Account finds an account by login, in any case. Where name has no login, and only
	// then, it finds it by id.
	Account(name AccountName) (account Account, ok bool, err error)
	// Accounts are all accounts, enterprises first, each kind by id.
	Accounts() ([]Account, error)
	// Organizations are an enterprise's organizations, by id.
	Organizations(enterpriseID int64) ([]Account, error)

	// Membership is a person's place in an account.
	Membership(ref AccountRef, userID int64) (membership Membership, ok bool, err error)
	// BelongsToEnterprise says whether a person is an active member of one of the
	// enterprise's organizations.
	BelongsToEnterprise(enterpriseID, userID int64) (bool, error)
	// EnterpriseMembers are those of these people who are active members of one of the
	// enterprise's organizations or in one of its own teams, each once.
	EnterpriseMembers(enterpriseID int64, userIDs []int64) ([]int64, error)
	// People are the users with these logins, compared by [LoginKey], as the account sees
	// them. Unknown logins have no entry.
	People(ref AccountRef, logins []string) ([]Person, error)
	// User finds a user by login, compared by [LoginKey].
	User(login string) (user User, ok bool, err error)
	// Users are the users with these ids.
	Users(ids []int64) ([]User, error)
	// Memberships are the places of these people in an account.
	Memberships(ref AccountRef, userIDs []int64) ([]Membership, error)
	// Members are the ids of an account's active members, rising.
	Members(ref AccountRef) ([]int64, error)

	// Teams are an account's teams whose slug or name, compared by [TeamNameKey], is
	// among names.
	Teams(ref AccountRef, names []string) ([]Team, error)
	// TeamsByID are an account's teams with these ids.
	TeamsByID(ref AccountRef, ids []int64) ([]Team, error)
	// TeamMember is a person's own place in a team, child teams aside.
	TeamMember(ref AccountRef, teamID, userID int64) (member TeamMember, ok bool, err error)
	// AllTeams are all of an account's teams, by id.
	AllTeams(ref AccountRef) ([]Team, error)
	// TeamMembers are a team's own members, child teams' aside.
	TeamMembers(ref AccountRef, teamID int64) ([]TeamMember, error)
	// TeamsOf are the ids of the teams that a person is in, and of those teams' parents at any
	// height, each once.
	TeamsOf(ref AccountRef, userID int64) ([]int64, error)
	// TeamPeople are the ids of the people of a team and of its child teams at any depth
	// (rule G3), each once, rising.
	TeamPeople(ref AccountRef, teamID int64) ([]int64, error)

	// Grants are an account's grants of a kind among these subjects.
	Grants(ref AccountRef, kind GrantKind, subjectIDs []int64) ([]Grant, error)
	// AllGrants are all of an account's grants.
	AllGrants(ref AccountRef) ([]Grant, error)
	// TeamGrants are the team grants that reach these people, through their teams and
	// those teams' parents.
	TeamGrants(ref AccountRef, userIDs []int64) ([]PersonTeamGrant, error)

	// Seats are the stored seats of these people in one section, ended ones included
	// until [Service.Settle] has removed them.
	Seats(ref AccountRef, section int64, userIDs []int64) ([]Seat, error)
	// PersonSeats are the stored seats of one person in all sections, ended ones included.
	PersonSeats(ref AccountRef, userID int64) ([]Seat, error)
	// EnterprisePersonSeats are the stored seats of one person in an enterprise and its
	// organizations, ended ones included.
	EnterprisePersonSeats(enterpriseID, userID int64) ([]AccountSeat, error)
	// SeatsFrom are the seats of a section that are current at now, by number, from the
	// number from on, passing over the first skip (fewer than [BlockSize]) of them.
	SeatsFrom(ref AccountRef, section, from, skip, limit int64, now time.Time) ([]Seat, error)
	// AllSeats are all stored seats of an account, by section and number.
	AllSeats(ref AccountRef) ([]Seat, error)
	// DueAccount is the account with the earliest ending that has come by now and is not
	// settled; of several the one with the lowest id, an organization before an enterprise.
	DueAccount(now time.Time) (ref AccountRef, ok bool, err error)
	// DueSeats are the account's seats that have ended by now, by ending and number.
	DueSeats(ref AccountRef, now time.Time, limit int) ([]Seat, error)

	// Sections are the counters of an account, by section.
	Sections(ref AccountRef) ([]Counters, error)
	// EnterpriseSections are the counters of an enterprise and of all its organizations.
	EnterpriseSections(enterpriseID int64) ([]AccountCounters, error)
	// Blocks are the block counts of a section, by index.
	Blocks(ref AccountRef, section int64) ([]Block, error)
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

	// Events are the events of all accounts with from < At <= to and this action, ordered
	// by time, account (as DueAccount has it) and number: the first limit of them, and how many there are.
	Events(from, to time.Time, action Action, limit int) (events []AccountEvent, total int, err error)
	// AccountEvents are all events of an account, by number.
	AccountEvents(ref AccountRef) ([]Event, error)
}

// Tx is a Reader that can also write.
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
	// SaveHead writes the ledger's head of an account that is locked.
	SaveHead(account Account) error
	// SetClock writes the world clock's row.
	SetClock(clock Clock) error

	// SaveTeamMember puts a person into a team, or changes what they are in it.
	SaveTeamMember(ref AccountRef, member TeamMember) error
	DeleteTeamMember(ref AccountRef, teamID, userID int64) error
	InsertGrants(ref AccountRef, grants []Grant) error
	DeleteGrants(ref AccountRef, kind GrantKind, subjectIDs []int64) error
	InsertSeats(ref AccountRef, seats []Seat) error
	// UpdateSeats writes all that can change of seats that exist; one that does not is an
	// error, and nothing can change whose it is and when it was created.
	UpdateSeats(ref AccountRef, seats []Seat) error
	DeleteSeats(ref AccountRef, seats []Seat) error
	SaveSections(ref AccountRef, sections []Counters) error
	// SaveBlocks writes blocks; one that counts nothing is removed.
	SaveBlocks(ref AccountRef, blocks []Block) error
	InsertEvents(ref AccountRef, events []Event) error
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
}

// AccountCounters are one section's counters with the account they belong to.
type AccountCounters struct {
	Account AccountRef
	Counters
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
