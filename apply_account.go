package usher

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// provision brings one account in step with what a file says of it, in one transaction. Each
// change goes through a ledger of its own, so that each finds what the one before has written.
type provision struct {
	stepPlan
	applier
	tx       Tx
	want     DesiredAccount
	account  Account
	now      time.Time
	users    map[string]User // whom the entry names, by [LoginKey]
	places   map[int64]place // what they and everybody there will be in the account
	order    []int64         // and in which order
	teams    teamsPlan
	before   map[seatKey]Seat // the seats before the first change; nil: nothing has changed
	problems []Problem

	forgotten, strangers map[string]bool // the logins of whom no dump lists, and who are passed over
}

// addsOrMoves says whether an account is not there, or belongs elsewhere.
func (a applier) addsOrMoves(tx Reader, want DesiredAccount) (bool, error) {
	account, ok, err := tx.Account(AccountName{Kind: want.Kind, Login: want.Login.Text})
	if err != nil || !ok || want.Enterprise == nil {
		return !ok, err
	}
	enterprise, ok, err := tx.Account(AccountName{Kind: Enterprise, Login: want.Enterprise.Text})
	return !ok || enterprise.Ref.ID != account.EnterpriseID, err
}

// applyAccount makes one step about an account.
func (a applier) applyAccount(tx Tx, want DesiredAccount, do func(*provision) error) (stepPlan, error) {
	p := &provision{applier: a, tx: tx, want: want, forgotten: map[string]bool{}, strangers: map[string]bool{}}
	name := AccountName{Kind: want.Kind, Login: want.Login.Text}
	found, ok, err := tx.Account(name)
	if err != nil {
		return stepPlan{}, err
	}
	if ok {
		if p.account, err = tx.Lock(found.Ref); err != nil {
			return stepPlan{}, err
		}
		name.Login = p.account.Login
	}
	p.stepPlan.account.Account = name
	if p.users, err = usersNamed(tx, want.logins()); err != nil {
		return stepPlan{}, err
	}
	if !ok {
		if err := p.create(); err != nil {
			return stepPlan{}, p.told(err)
		}
	}
	if p.now, err = accountNow(tx, p.account); err != nil {
		return stepPlan{}, err
	}
	if err := p.readBefore(); err != nil {
		return stepPlan{}, err
	}
	if err := do(p); err != nil {
		return stepPlan{}, p.told(err)
	}
	p.notePassedOver()
	return p.stepPlan, p.readAfter()
}

// told is what went wrong with the account: the file's problems where it has some, and else what
// a rule refuses, with the account that it refuses it for.
func (p *provision) told(err error) error {
	if len(p.problems) > 0 {
		return WrongFile(p.desired.File, p.problems)
	}
	var refused *Error
	if errors.As(err, &refused) && refused.Kind != Unavailable {
		p.refuse(p.want.Login.Line, refused)
		return WrongFile(p.desired.File, p.problems)
	}
	return err
}

// refuse notes a rule's refusal as problems of a line.
func (p *provision) refuse(line int, refused *Error) {
	if len(refused.Items) == 0 {
		p.fail(line, "%s", refused.Message)
	}
	for _, item := range refused.Items {
		p.fail(line, "%s", item.Message)
	}
}

func (p *provision) fail(line int, format string, args ...any) {
	where := fmt.Sprintf("%s %s: ", p.want.Kind, p.quote(p.want.Login.Text))
	p.problems = append(p.problems, Problem{line, where + fmt.Sprintf(format, args...)})
}

func (p *provision) quote(text string) string { return p.desired.Quote(text) }

// errProblems ends a step that has found problems: see [provision.told].
var errProblems = errors.New("the file has problems")

func (p *provision) wrong() error {
	if len(p.problems) > 0 {
		return errProblems
	}
	return nil
}

// all is everything of an account but an enterprise's grants, which come when its organizations'
// people are there. Settings come first, so that who joins has the seat that they are to have;
// what goes comes last. Who accepts an invitation by joining brings the places along that waited.
func (p *provision) all() error {
	phases := []func() error{p.wrong, p.rename, p.move, p.settings, p.planPeople, p.wrong, p.joinPeople, p.planTeams, p.wrong, p.changeTeams}
	if p.want.Kind == Organization {
		phases = append(phases, p.grants, p.activity)
	}
	return sequence(append(phases, p.leaveTeams, p.deleteTeams, p.leavePeople, p.wrong))
}

func sequence(phases []func() error) error {
	for _, phase := range phases {
		if err := phase(); err != nil {
			return err
		}
	}
	return nil
}

// book makes a change in a ledger of its own.
func (p *provision) book(change func(*ledger) error) error {
	if p.before == nil {
		if err := p.readSeats(); err != nil {
			return err
		}
	}
	l, err := openLedger(p.tx, p.account.Ref, p.by.Actor, p.by.RequestID)
	if err != nil {
		return err
	}
	if err := change(l); err != nil {
		return err
	}
	if err := l.close(); err != nil {
		return err
	}
	p.account = l.account
	return nil
}

// keeps says whether what the file does not list stays, and counts it where it does.
func (p *provision) keeps() bool {
	if !p.options.Prune {
		p.stepPlan.account.Kept++
	}
	return !p.options.Prune
}

// passesOver says whether somebody stays who is not in a list, since no dump would have them in it:
// what is dumped and applied with prune must take nothing away.
func (p *provision) passesOver(login string) bool {
	if ReservedLogin(login) {
		p.forgotten[login] = true
	}
	return ReservedLogin(login)
}

func (p *provision) notePassedOver() {
	if len(p.forgotten) > 0 {
		p.note("%s %s: who was forgotten stays, since no dump lists them: %s", p.want.Kind, p.account.Login, namesOf(slices.Sorted(maps.Keys(p.forgotten))))
	}
	if len(p.strangers) > 0 {
		p.note("%s %s: seats of people who belong to none of its organizations and teams stay, since no dump lists them; to cancel one, list it with cancel: true: %s",
			p.want.Kind, p.account.Login, namesOf(slices.Sorted(maps.Keys(p.strangers))))
	}
}

// emptied notes that an empty list would take something away.
func (p *provision) emptied(list string, line int) {
	p.fail(line, "%s is an empty list, and the %s has some: an empty list is an error, not a wish; leave the key out, or remove them one by one", list, p.want.Kind)
}

// create makes an account that is not there. It begins as one of a seed does, with the record of
// who made it.
func (p *provision) create() error {
	now, err := p.tx.Now()
	if err != nil {
		return err
	}
	all, err := p.tx.Accounts()
	if err != nil {
		return err
	}
	ids := newIDs()
	for _, account := range all {
		if account.Ref.Kind == p.want.Kind {
			ids.take(account.Ref.ID)
		}
	}
	id := p.want.GivenID
	if id == 0 {
		id = ids.next()
	} else if !ids.take(id) {
		p.fail(p.want.ID.Line, "another %s has the id %d; choose another, or leave it out", p.want.Kind, id)
	}
	if id > maxGivenID {
		p.fail(p.want.Login.Line, "there is no id left above the highest; give one")
	}
	_, taken, err := p.tx.User(p.want.Login.Text)
	if err != nil {
		return err
	}
	if taken && p.want.Kind == Organization {
		p.fail(p.want.Login.Line, "a user has the login; choose another")
	}
	enterprise, err := p.wantedEnterprise()
	if err != nil {
		return err
	}
	if err := p.wrong(); err != nil {
		return err
	}
	p.account = Account{Ref: AccountRef{p.want.Kind, id}, Login: p.want.Login.Text, EnterpriseID: enterprise, CreatedAt: now, Version: newVersion()}
	set(&p.account.Name, p.want.Name)
	if err := beginWorld(p.tx); err != nil {
		return err
	}
	if err := p.tx.InsertAccounts([]Account{p.account}); err != nil {
		return err
	}
	p.change(Added, p.want.Kind.String(), p.account.Login)
	return p.book(p.beginRecord)
}

// beginRecord records who made the account, in its enterprise's log too.
func (p *provision) beginRecord(l *ledger) error {
	if p.want.Kind == Enterprise {
		l.recordChange(EnterpriseCreated, 0, 0, FieldChange{"slug", "", l.account.Login})
		return nil
	}
	enterprise, err := l.tellEnterprise(l.account.EnterpriseID, OrganizationAdded, FieldChange{"organization", "", l.account.Login})
	l.recordChange(OrganizationCreated, 0, 0, FieldChange{"enterprise", "", enterprise.Login})
	return err
}

// wantedEnterprise is the enterprise that an organization is to belong to: the one that it does
// where the file names none.
func (p *provision) wantedEnterprise() (int64, error) {
	if p.want.Enterprise == nil {
		return p.account.EnterpriseID, nil
	}
	enterprise, ok, err := p.tx.Account(AccountName{Kind: Enterprise, Login: p.want.Enterprise.Text})
	if err == nil && !ok {
		p.fail(p.want.Enterprise.Line, "enterprise %s is not there; list it under enterprises", p.quote(p.want.Enterprise.Text))
	}
	return enterprise.Ref.ID, err
}

func (p *provision) rename() error {
	if p.want.GivenID != 0 && p.want.GivenID != p.account.Ref.ID {
		p.fail(p.want.ID.Line, "the id is %d, and not %d; it cannot be changed", p.account.Ref.ID, p.want.GivenID)
	}
	if p.want.Name == nil || *p.want.Name == p.account.Name {
		return nil
	}
	renamed := FieldChange{"name", p.account.Name, *p.want.Name}
	p.changed(Changed, p.want.Kind.String(), p.account.Login, renamed)
	return p.book(func(l *ledger) error {
		l.recordChange(EnterpriseSettingChanged, 0, 0, renamed)
		l.account.Name = *p.want.Name
		return l.tx.SaveAccountName(l.account)
	})
}

func (p *provision) move() error {
	target, err := p.wantedEnterprise()
	if err != nil || p.wrong() != nil || target == p.account.EnterpriseID || p.want.Kind == Enterprise {
		return err
	}
	from, _, err := p.tx.Account(AccountName{Kind: Enterprise, ID: p.account.EnterpriseID})
	if err != nil {
		return err
	}
	p.changed(Changed, "organization", p.account.Login, FieldChange{"enterprise", from.Login, p.want.Enterprise.Text})
	return p.book(func(l *ledger) error { return l.move(target) })
}

// settings changes Copilot's. Where it is not enabled it is now, with a seed's defaults.
func (p *provision) settings() error {
	if p.want.Copilot == nil {
		return nil
	}
	change, before := *p.want.Copilot, p.account.Subscription
	if before == nil {
		change.Enabled = new(bool)
		*change.Enabled = true
	}
	wanted, err := p.account.changed(change)
	if err != nil || sameSubscription(before, wanted) {
		return err
	}
	old := NewSubscription()
	if before == nil {
		p.changed(Added, "setting", "enabled", FieldChange{"enabled", "false", "true"})
	} else {
		old = *before
	}
	was := old.settings()
	for i, now := range wanted.settings() {
		if now != was[i] {
			p.changed(Changed, "setting", now.key, FieldChange{now.key, was[i].value, now.value})
		}
	}
	return p.book(func(l *ledger) error { return l.subscribe(wanted) })
}

// activity takes in reports that move somebody's. Who has no seat has none to move.
func (p *provision) activity() error {
	ids, byID := []int64{}, map[int64]User{}
	for _, report := range p.want.Activity {
		user, ok := p.user(report.Login, "user")
		if ok {
			ids, byID[user.ID] = append(ids, user.ID), user
		}
	}
	if len(ids) == 0 {
		return nil
	}
	stored, err := p.tx.Seats(p.account.Ref, 0, distinct(ids))
	if err != nil {
		return err
	}
	current := make(map[int64]Activity, len(stored))
	for _, seat := range stored {
		if seat.Current(p.now) {
			current[seat.UserID] = seat.Activity
		}
	}
	type report struct {
		user     int64
		activity Activity
	}
	var moving []report
	var seatless []string
	for _, want := range p.want.Activity {
		user, ok := p.users[LoginKey(want.Login.Text)]
		if !ok {
			continue
		}
		before, seated := current[user.ID]
		if !seated {
			seatless = append(seatless, user.Login)
			continue
		}
		if after := before.merge(want.Activity); after != before {
			current[user.ID] = after
			moving = append(moving, report{user.ID, want.Activity})
		}
	}
	if len(seatless) > 0 {
		p.note("%s %s: activity of people without a seat is ignored: %s", p.want.Kind, p.account.Login, namesOf(distinct(seatless)))
	}
	if p.stepPlan.activity = len(moving); len(moving) == 0 {
		return nil
	}
	return p.book(func(l *ledger) error {
		if err := l.loadSeats(0, distinct(ids)); err != nil {
			return err
		}
		for _, r := range moving {
			if seat := l.seat(0, r.user); seat != nil {
				l.report(seat, r.activity)
			}
		}
		return nil
	})
}

// user is somebody whom the entry names; role is what a message calls them.
func (p *provision) user(login Word, role string) (User, bool) {
	user, ok := p.users[LoginKey(login.Text)]
	if !ok {
		p.fail(login.Line, "%s %s is not a user; list them under users", role, p.quote(login.Text))
	}
	return user, ok
}

// readBefore reads what the account has before anything is changed, in numbers.
func (p *provision) readBefore() error {
	if p.before != nil { // it is new
		return nil
	}
	counts, err := p.counted()
	p.stepPlan.account.Current = counts.Current()
	p.stepPlan.account.Cost = CostChange{p.account.cost(counts.Live), p.account.cost(counts.Live)}
	return err
}

// counted are all sections' counters together.
func (p *provision) counted() (sum Counters, err error) {
	if p.account.Subscription == nil {
		return sum, nil
	}
	sections, err := p.tx.Sections(p.account.Ref)
	cycle := p.account.Subscription.CycleAt(p.now)
	for _, c := range sections {
		c = c.At(p.now, cycle)
		sum.Live, sum.Pending = sum.Live+c.Live, sum.Pending+c.Pending
	}
	return sum, err
}

// cost is what so many live seats cost a month.
func (a Account) cost(live int64) Cents {
	if a.Subscription == nil {
		return 0
	}
	return Cents(live) * a.Subscription.Plan.price()
}

func (p *provision) readSeats() (err error) {
	p.before, err = p.currentSeats()
	return err
}

func (p *provision) currentSeats() (map[seatKey]Seat, error) {
	seats, err := p.tx.AllSeats(p.account.Ref)
	current := make(map[seatKey]Seat, len(seats))
	for _, seat := range seats {
		if seat.Current(p.now) {
			current[seatKey{seat.Section, seat.UserID}] = seat
		}
	}
	return current, err
}

// readAfter compares the seats with those before the first change.
func (p *provision) readAfter() error {
	if p.before == nil {
		return nil
	}
	after, err := p.currentSeats()
	if err != nil {
		return err
	}
	var live int64
	effects := &p.stepPlan.account.Seats
	for key, seat := range after {
		before, had := p.before[key]
		wasLive := had && !before.Pending()
		switch {
		case seat.Pending() && wasLive:
			effects.Pending++
		case !seat.Pending() && !wasLive:
			effects.Start++
		}
		if !seat.Pending() {
			live++
		}
	}
	for key := range p.before {
		if _, has := after[key]; !has {
			effects.End++
		}
	}
	p.stepPlan.account.Cost.After = p.account.cost(live)
	return nil
}
