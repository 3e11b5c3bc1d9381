package usher

// What a person has in an account when they leave it, or when Copilot is switched off there,
// sleeps until the cycle ends: their seats, and the grants behind them (rule X6). All that
// sleeps in an account sleeps until one instant, [Account.AsleepUntil]; what lies there longer
// is as if it were gone.
//
// What is remembered for invited people stays where it is while Copilot is off, and is in
// force no more than what sleeps: so it is told apart from the grant that an invited person
// left behind when they were a member, which sleeps until they are one again.

// asleep says whether anything can sleep in the account now.
func (l *ledger) asleep() bool { return l.now.Before(l.account.AsleepUntil) }

// loadSleeping reads the seats of these people that sleep in a section.
func (l *ledger) loadSleeping(section int64, userIDs []int64) error {
	if !l.asleep() {
		return nil
	}
	stored, err := l.tx.SleepingSeats(l.account.Ref, section, userIDs)
	l.admitSleeping(stored)
	return err
}

func (l *ledger) admitSleeping(stored []Seat) {
	for _, seat := range stored {
		l.sleeping[seatKey{seat.Section, seat.UserID}] = &seat
	}
}

// sleep takes a current seat away until its person, or Copilot, comes back.
func (l *ledger) sleep(seat *Seat) {
	l.sleepSeats = append(l.sleepSeats, *seat)
	l.drop(seat)
}

// wake takes a person's sleeping seat out of its sleep; nil where none sleeps.
func (l *ledger) wake(section, userID int64) *Seat {
	key := seatKey{section, userID}
	seat := l.sleeping[key]
	if seat != nil {
		l.wokenSeats = append(l.wokenSeats, *seat)
		delete(l.sleeping, key)
	}
	return seat
}

// resume has a pending seat that sleeps be pending again, until the end of the cycle.
func (l *ledger) resume(section, userID int64) error {
	seat := l.sleeping[seatKey{section, userID}]
	if seat == nil || !seat.Pending() {
		return nil
	}
	l.wake(section, userID)
	seat.EndsAt = l.cycle.End
	return l.enter(seat, l.actor)
}

// sleepGrant has a grant sleep, where there is one.
func (l *ledger) sleepGrant(kind GrantKind, subject int64) {
	key := grantKey{kind, subject}
	if !l.granted[key] {
		return
	}
	l.granted[key] = false
	l.sleepGrants[kind] = append(l.sleepGrants[kind], subject)
}

// wakeGrants has those of these grants be in force again that sleep.
func (l *ledger) wakeGrants(kind GrantKind, subjects []int64) error {
	if !l.asleep() || len(subjects) == 0 {
		return nil
	}
	return l.tx.WakeGrants(l.account.Ref, kind, subjects)
}

// supersede forgets the direct grants of these people that sleep. One that is made now takes
// their place: when it has been cancelled, none is there to wake.
func (l *ledger) supersede(userIDs []int64) error {
	if !l.asleep() {
		return nil
	}
	return l.tx.DeleteSleepingGrants(l.account.Ref, DirectGrant, userIDs)
}

// beginSleep makes room for what falls asleep: what slept in an earlier cycle is forgotten.
func (l *ledger) beginSleep() error {
	if len(l.sleepSeats)+len(l.sleepGrants) == 0 && !l.switchedOff || l.asleep() {
		return nil
	}
	l.account.AsleepUntil = l.cycle.End
	return l.tx.Forget(l.account.Ref)
}

func (l *ledger) writeSleep() error {
	ref := l.account.Ref
	if err := l.tx.DeleteSleepingSeats(ref, l.wokenSeats); err != nil {
		return err
	}
	if err := l.tx.InsertSleepingSeats(ref, l.sleepSeats); err != nil {
		return err
	}
	for _, kind := range []GrantKind{DirectGrant, TeamGrant} {
		if ids := l.sleepGrants[kind]; len(ids) > 0 {
			if err := l.tx.SleepGrants(ref, kind, ids); err != nil {
				return err
			}
		}
	}
	return nil
}
