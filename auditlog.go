package usher

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// AuditQuery is what is asked of an audit log.
type AuditQuery struct {
	// Action is an action, or what the names of several begin with up to a dot or an
	// underscore; empty: all.
	Action  string
	Actor   string    // the login of who made the change; empty: anybody
	User    string    // the login of whom it concerns; empty: anybody
	Created *Span     // when; nil: in the past three months
	Oldest  bool      // the oldest come first, not the latest
	After   *LogPlace // only what the log has after this place, in its order
	Before  *LogPlace // only what it has before this place, and next to it; not together with After
	PerPage int64
}

// Span is a time from From, inclusive, to Until, exclusive. A zero time leaves it open there.
type Span struct {
	From, Until time.Time
}

// LogPlace is an event's place in an audit log: of events at one time, those of the account
// with the lower id come first, an organization's before an enterprise's, then those with the
// lower number.
type LogPlace struct {
	At      time.Time
	Account AccountRef
	Number  int64
	// Seen is, where more may still happen at At, each account's last event at At that is listed
	// up to here; nil where nothing more can happen then. A clock that stands gives all accounts
	// of an enterprise the same time: what comes later in an account with a low id would else be
	// passed over.
	Seen map[AccountRef]int64
}

// AuditPage is one page of an audit log.
type AuditPage struct {
	Events []AuditEvent
	// Previous is a place that the page before this one is before; nil where this is the
	// first. Next is a place that the next page is after; nil where this is the last.
	Previous, Next *LogPlace
	Edition        Edition
}

// auditMonths is how far an audit log goes back that is not asked about a time.
//
// Source: GitHub's description, orgs/get-audit-log
const auditMonths = 3

// maxSeen bounds how long a place can get.
const maxSeen = 500

// AuditLog is one page of an account's audit log; an enterprise's has the events of the
// organizations that belong to it now. It ends where something is due that is not settled:
// what has ended has an event to come, at the time of its ending, and whoever reads on from
// there shall find it. In an enterprise it ends at the clock's time too, which an account's own
// may be ahead of.
func (s *Service) AuditLog(ctx context.Context, account AccountRef, query AuditQuery) (AuditPage, error) {
	var page AuditPage
	err := s.read(ctx, account, func(v view) error {
		log, err := v.auditLog(query)
		if err != nil {
			return err
		}
		found, err := log.read()
		if err != nil {
			return err
		}
		page, err = log.page(found)
		return err
	})
	return page, err
}

// auditLog is one reading of an audit log.
type auditLog struct {
	view
	query    AuditQuery
	clock    time.Time
	accounts []Account
	horizon  EventPlace // before which all is settled
	pattern  EventSelection
	nobody   bool // it asks for what there cannot be
	newest   bool // the latest events come first in the reading
	reversed bool // the reading goes against the order of the log
}

func (v view) auditLog(query AuditQuery) (*auditLog, error) {
	log := &auditLog{view: v, query: query, accounts: []Account{v.account}, reversed: query.Before != nil}
	log.newest = query.Oldest == log.reversed
	var err error
	if log.clock, err = v.tx.Now(); err != nil {
		return nil, err
	}
	if v.account.Ref.Kind == Enterprise {
		if log.accounts, err = v.enterpriseAccounts(); err != nil {
			return nil, err
		}
	}
	if err := log.findHorizon(); err != nil {
		return nil, err
	}
	return log, log.choose()
}

// findHorizon finds up to where the log is settled.
func (log *auditLog) findHorizon() error {
	log.horizon = LastPlace()
	latest := log.now
	if log.account.Ref.Kind == Enterprise {
		log.horizon = EventPlace{At: log.clock.Add(time.Microsecond)}
	}
	for _, account := range log.accounts {
		latest = later(latest, account.time(log.clock))
	}
	if _, due, err := log.tx.DueAccount(latest); !due || err != nil {
		return err
	}
	for _, account := range log.accounts {
		at, due, err := log.tx.FirstDue(account.Ref, account.time(log.clock))
		if err != nil {
			return err
		}
		if due && at.Before(log.horizon.At) {
			log.horizon = EventPlace{At: at}
		}
	}
	return nil
}

// choose makes of the query what is selected in every account.
func (log *auditLog) choose() error {
	log.pattern = EventSelection{After: FirstPlace(), Before: log.horizon, Newest: log.newest, Limit: log.query.PerPage + 1}
	created := log.query.Created
	if created == nil { // by the day: editions know no other time
		created = &Span{From: utcDay(log.now).AddDate(0, -auditMonths, 0)}
	}
	if !created.From.IsZero() {
		log.pattern.After = EventPlace{At: created.From}
	}
	if until := created.Until; !until.IsZero() && until.Before(log.horizon.At) {
		log.pattern.Before = EventPlace{At: until}
	}
	for _, who := range []struct {
		login string
		id    *int64
	}{{log.query.Actor, &log.pattern.ActorID}, {log.query.User, &log.pattern.UserID}} {
		if who.login == "" {
			continue
		}
		user, ok, err := log.tx.User(who.login)
		if err != nil {
			return err
		}
		*who.id = user.ID
		log.nobody = log.nobody || !ok
	}
	if log.query.Action != "" || log.pattern.ActorID+log.pattern.UserID != 0 {
		log.pattern.Actions = ActionsNamed(log.query.Action)
		log.nobody = log.nobody || len(log.pattern.Actions) == 0
	}
	return nil
}

// ActionsNamed are the actions that a name stands for: the one with that name or, where there
// is none, those whose names begin with it, up to a dot or an underscore. An empty one stands
// for all. Letters of any case are the same.
func ActionsNamed(name string) (named []Action) {
	name = strings.ToLower(name)
	for _, action := range Actions() {
		rest, begins := strings.CutPrefix(string(action), name)
		switch {
		case begins && rest == "":
			return []Action{action}
		case begins && (name == "" || rest[0] == '.' || rest[0] == '_'):
			named = append(named, action)
		}
	}
	return named
}

// logEvent is an event with the account in whose books it is.
type logEvent struct {
	Event
	account *Account
}

func (e logEvent) place() LogPlace {
	return LogPlace{At: e.At, Account: e.account.Ref, Number: e.Number}
}

// compare orders places of a log.
func (p LogPlace) compare(q LogPlace) int {
	return cmp.Or(p.At.Compare(q.At), p.Account.compare(q.Account), cmp.Compare(p.Number, q.Number))
}

// compare orders accounts by id, an organization before an enterprise.
func (r AccountRef) compare(other AccountRef) int {
	return cmp.Or(cmp.Compare(r.ID, other.ID), cmp.Compare(r.Kind, other.Kind))
}

// read finds the events of a page in the order of the reading, and one more where there is one.
// What has been found of some accounts bounds what is read of the next.
func (log *auditLog) read() (found []logEvent, err error) {
	if log.nobody {
		return nil, nil
	}
	for i := range log.accounts {
		account := &log.accounts[i]
		selection := log.selection(account.Ref)
		if account.LastEvent == 0 || account.LastEventAt.Before(selection.After.At) {
			continue
		}
		if full := int64(len(found)) == selection.Limit; full && log.newest {
			selection.After = laterPlace(selection.After, EventPlace{At: found[len(found)-1].At})
		} else if full {
			selection.Before = earlierPlace(selection.Before, EventPlace{found[len(found)-1].At, math.MaxInt64})
		}
		events, err := log.tx.SelectEvents(account.Ref, selection)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			found = append(found, logEvent{e, account})
		}
		slices.SortFunc(found, func(a, b logEvent) int {
			if log.newest {
				a, b = b, a
			}
			return a.place().compare(b.place())
		})
		found = found[:min(int64(len(found)), selection.Limit)]
	}
	return found, nil
}

// selection is what is read of one account: between the query's places.
func (log *auditLog) selection(ref AccountRef) EventSelection {
	s := log.pattern
	from, until := log.bounds()
	if from != nil && from.Seen != nil {
		s.After = laterPlace(s.After, EventPlace{from.At, from.Seen[ref]})
	} else if from != nil {
		s.After = laterPlace(s.After, from.in(ref))
	}
	if until != nil {
		s.Before = earlierPlace(s.Before, until.in(ref))
	}
	return s
}

// bounds are the places between which the query wants events, by time.
func (log *auditLog) bounds() (from, until *LogPlace) {
	if log.query.Oldest {
		return log.query.After, log.query.Before
	}
	return log.query.Before, log.query.After
}

// in is the place of p among one account's events.
func (p LogPlace) in(ref AccountRef) EventPlace {
	switch order := ref.compare(p.Account); {
	case order == 0:
		return EventPlace{p.At, p.Number}
	case order > 0:
		return EventPlace{At: p.At}
	}
	return EventPlace{p.At, math.MaxInt64}
}

func laterPlace(p, q EventPlace) EventPlace {
	if p.Compare(q) >= 0 {
		return p
	}
	return q
}

func earlierPlace(p, q EventPlace) EventPlace {
	if p.Compare(q) <= 0 {
		return p
	}
	return q
}

// page makes a page of what was found.
func (log *auditLog) page(found []logEvent) (AuditPage, error) {
	more := int64(len(found)) > log.query.PerPage
	found = found[:min(int64(len(found)), log.query.PerPage)]
	if log.reversed {
		slices.Reverse(found)
	}
	var page AuditPage
	var err error
	if page.Events, err = log.names(found); err != nil {
		return AuditPage{}, err
	}
	page.Edition = log.edition(page.Events, more)
	if len(found) == 0 {
		return page, nil
	}
	if log.query.After != nil || log.reversed && more {
		page.Previous = log.open(found[0])
	}
	if log.query.Before != nil || !log.reversed && more {
		page.Next = log.open(found[len(found)-1])
	}
	// A place is told otherwise while more may happen at its time.
	page.Edition = append(page.Edition, page.Previous.open(), page.Next.open())
	return page, nil
}

// open is an event's place. Where more may happen at its time in other accounts, or could when
// the place before was told, it tells how far each of them has been seen: by now, or up to there.
func (log *auditLog) open(e logEvent) *LogPlace {
	place := e.place()
	before := LogPlace{}
	if from, _ := log.bounds(); from != nil && from.At.Equal(e.At) {
		before = *from
	}
	if len(log.accounts) == 1 || e.At.Before(log.clock) && before.Seen == nil {
		return &place
	}
	place.Seen = map[AccountRef]int64{}
	for _, account := range log.accounts {
		number := before.Seen[account.Ref]
		switch order := account.Ref.compare(place.Account); {
		case order == 0:
			number = max(number, e.Number)
		case order < 0 && !account.LastEventAt.Before(e.At):
			number = account.LastEvent
		}
		if number > 0 {
			place.Seen[account.Ref] = number
		}
	}
	if len(place.Seen) > maxSeen {
		place.Seen = nil
	}
	return &place
}

// open is how many accounts a place tells of, beside its own.
func (p *LogPlace) open() int64 {
	if p == nil {
		return 0
	}
	return int64(len(p.Seen))
}

// names adds to events of several accounts what their ids stand for.
func (log *auditLog) names(found []logEvent) ([]AuditEvent, error) {
	var accounts []*Account
	places := map[*Account][]int{}
	for i, e := range found {
		accounts = append(accounts, e.account)
		places[e.account] = append(places[e.account], i)
	}
	all := make([]AuditEvent, len(found))
	for _, account := range distinct(accounts) {
		events := make([]Event, len(places[account]))
		for i, place := range places[account] {
			events[i] = found[place].Event
		}
		named, err := log.named(*account, events)
		if err != nil {
			return nil, err
		}
		for i, place := range places[account] {
			all[place] = named[i]
		}
	}
	return all, nil
}

// edition is the edition of a page. It holds up to where the log is settled, since that may
// change within a day, but only where something happened beyond: a clock that goes on shows
// nothing new.
func (log *auditLog) edition(events []AuditEvent, more bool) Edition {
	rows := make([]SeatRow, 0, 2*len(events))
	for _, e := range events {
		rows = append(rows, SeatRow{Assignee: orNobody(e.By), Team: e.Team}, SeatRow{Assignee: orNobody(e.Whom)})
	}
	edition := append(log.view.edition(log.accounts, rows), log.withheldFrom().UnixMicro())
	for _, e := range events {
		edition = append(edition, e.Number, int64(len(e.TokenKind)))
	}
	if more {
		edition = append(edition, 1)
	}
	return edition
}

// withheldFrom is from when on the log has events that it does not show yet; the end of time
// where it shows all.
func (log *auditLog) withheldFrom() time.Time {
	for i := range log.accounts {
		if account := &log.accounts[i]; account.LastEvent > 0 && !account.LastEventAt.Before(log.horizon.At) {
			return log.horizon.At
		}
	}
	return LastPlace().At
}

func orNobody(user *User) User {
	if user == nil {
		return User{}
	}
	return *user
}
