package usher

import (
	"context"
	"errors"
)

// Tried is what a trial would have changed.
type Tried struct {
	Changes []TriedChange // in the order of writing, the first limit of them
	Total   int
}

// TriedChange is an event that was not written after all. Team is nil where it concerns none.
type TriedChange struct {
	AccountEvent
	Team *Team
}

// Onlooker is who asks what a trial would change, and what they need to be told of an
// organization's events and of an enterprise's. Who may be told of an enterprise's may be told
// of those of its organizations too.
type Onlooker struct {
	Caller       Caller
	Organization Access
	Enterprise   Access
}

// errTried takes a trial's transaction back.
var errTried = errors.New("a trial ends here")

// Try carries do out with a service of its own, and takes all of it back: every transaction of
// that service is a part of one of the store's, which is never committed. It returns what do
// would have changed, of the accounts of which the onlooker may be told. An error of do's is
// Try's own; do may be run more than once, as the store's Update may.
//
// The locks that do takes are held until it ends.
func (s *Service) Try(ctx context.Context, who Onlooker, limit int, do func(*Service) error) (Tried, error) {
	var t *trial
	err := s.store.Update(ctx, func(tx Tx) error {
		t = &trial{tx: tx, teams: map[teamKey]Team{}}
		if err := do(NewService(t)); err != nil {
			return err
		}
		if err := t.nameTeams(tx); err != nil {
			return err
		}
		return errTried
	})
	if !errors.Is(err, errTried) {
		return Tried{}, err
	}
	var tried Tried
	err = s.store.View(ctx, func(tx Reader) (err error) {
		tried, err = t.tell(tx, who, limit)
		return err
	})
	return tried, err
}

// trial is a store whose transactions are parts of one. It remembers the events that they
// write. It is not for concurrent use.
type trial struct {
	tx     Tx
	events []AccountEvent // without names
	teams  map[teamKey]Team
}

type teamKey struct {
	account AccountRef
	id      int64
}

// View implements [Store].
func (t *trial) View(_ context.Context, fn func(Reader) error) error { return fn(t.tx) }

// Update implements [Store].
func (t *trial) Update(_ context.Context, fn func(Tx) error) error {
	before := len(t.events)
	err := t.tx.Part(func() error { return fn(trialTx{t.tx, t}) })
	if err != nil {
		t.events = t.events[:before]
	}
	return err
}

// trialTx has the trial remember the events that are written.
type trialTx struct {
	Tx
	trial *trial
}

// InsertEvents implements [Tx].
func (t trialTx) InsertEvents(ref AccountRef, events []Event) error {
	for _, event := range events {
		t.trial.events = append(t.trial.events, AccountEvent{Event: event, Account: ref})
	}
	return t.Tx.InsertEvents(ref, events)
}

// nameTeams finds the teams of the events that have not been found yet.
func (t *trial) nameTeams(tx Reader) error {
	missing := map[AccountRef][]int64{}
	for _, event := range t.events {
		if _, found := t.teams[teamKey{event.Account, event.TeamID}]; !found && event.TeamID != 0 {
			missing[event.Account] = append(missing[event.Account], event.TeamID)
		}
	}
	for ref, ids := range missing {
		teams, err := tx.TeamsByID(ref, distinct(ids))
		if err != nil {
			return err
		}
		for _, team := range teams {
			t.teams[teamKey{ref, team.ID}] = team
		}
	}
	return nil
}

// tell gives the events their names, those of teams that the trial deleted too, and leaves out
// what the onlooker may not be told.
func (t *trial) tell(tx Reader, who Onlooker, limit int) (Tried, error) {
	if err := t.nameTeams(tx); err != nil {
		return Tried{}, err
	}
	accounts := map[AccountRef]*Account{}
	var tried Tried
	for _, event := range t.events {
		account, asked := accounts[event.Account]
		if !asked {
			var err error
			if account, err = who.sees(tx, event.Account); err != nil {
				return Tried{}, err
			}
			accounts[event.Account] = account
		}
		if account == nil {
			continue
		}
		if tried.Total++; tried.Total > limit {
			continue
		}
		change := TriedChange{AccountEvent: event}
		change.Login = account.Login
		if team, found := t.teams[teamKey{event.Account, event.TeamID}]; found {
			change.Team = &team
		}
		tried.Changes = append(tried.Changes, change)
	}
	return tried, nameUsers(tx, tried.Changes)
}

// sees finds an account of whose events the onlooker may be told; nil where they may not be.
func (who Onlooker) sees(tx Reader, ref AccountRef) (*Account, error) {
	account, ok, err := tx.Account(AccountName{Kind: ref.Kind, ID: ref.ID})
	if err != nil || !ok {
		return nil, err
	}
	need := who.Organization
	if ref.Kind == Enterprise {
		need = who.Enterprise
	}
	err = authorize(tx, &who.Caller, account, need)
	if refused(err) && account.EnterpriseID != 0 {
		enterprise, err := who.sees(tx, EnterpriseRef(account.EnterpriseID))
		if err != nil || enterprise == nil {
			return nil, err
		}
		return &account, nil
	}
	if refused(err) {
		return nil, nil
	}
	return &account, err
}

// refused says whether an error is about what a caller may.
func refused(err error) bool {
	var known *Error
	return errors.As(err, &known) && (known.Kind == NotFound || known.Kind == Forbidden)
}

func nameUsers(tx Reader, changes []TriedChange) error {
	ids := make([]int64, 0, len(changes))
	for _, change := range changes {
		if change.UserID != 0 {
			ids = append(ids, change.UserID)
		}
	}
	users, err := tx.Users(distinct(ids))
	logins := make(map[int64]string, len(users))
	for _, user := range users {
		logins[user.ID] = user.Login
	}
	for i := range changes {
		changes[i].UserLogin = logins[changes[i].UserID]
	}
	return err
}
