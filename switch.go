package usher

import (
	"cmp"
	"slices"
)

// Copilot is switched off and on for a whole account here: see sleep.go for what sleeps.

// switchOff has all seats and grants of the account sleep (rule X6), but for what is
// remembered for invited people.
func (l *ledger) switchOff() error {
	l.switchedOff = true
	for _, seat := range l.currentSeats() {
		l.sleep(seat)
	}
	if err := l.keepActivity(); err != nil {
		return err
	}
	grants, err := l.tx.AllGrants(l.account.Ref)
	if err != nil {
		return err
	}
	invited, err := l.invitations()
	if err != nil {
		return err
	}
	for _, g := range grants {
		if _, waits := invited[g.SubjectID]; waits && g.Kind == DirectGrant {
			continue
		}
		l.granted[grantKey{g.Kind, g.SubjectID}] = true
		l.sleepGrant(g.Kind, g.SubjectID)
	}
	return nil
}

// keepActivity has an enterprise's seats sleep with the activity that its list shows for them:
// it is kept with the enterprise's people, and who has no seat left is none of them (rule R4).
func (l *ledger) keepActivity() error {
	if l.account.Ref.Kind != Enterprise {
		return nil
	}
	people := make([]int64, len(l.sleepSeats))
	for i, seat := range l.sleepSeats {
		people[i] = seat.UserID
	}
	stored, err := l.tx.EnterprisePeople(l.account.Ref.ID, distinct(people))
	latest := make(map[int64]Activity, len(stored))
	for _, p := range stored {
		latest[p.UserID] = p.Activity
	}
	for i, seat := range l.sleepSeats {
		l.sleepSeats[i].Activity = seat.Activity.merge(latest[seat.UserID])
	}
	return err
}

// invitations are the account's invited people.
func (l *ledger) invitations() (map[int64]Membership, error) {
	all, err := l.tx.Invitations(l.account.Ref)
	byUser := make(map[int64]Membership, len(all))
	for _, m := range all {
		if !m.expired(l.now) {
			byUser[m.UserID] = m
		}
	}
	return byUser, err
}

// switchOn wakes what sleeps, where membership still stands, and seats everybody who is
// granted (rules G7, X6).
func (l *ledger) switchOn() error {
	grants, err := l.wakeAll()
	if err != nil {
		return err
	}
	if l.account.Ref.Kind == Enterprise {
		return l.seatEnterprise(grants)
	}
	return l.followAll()
}

// wakeAll has the grants that sleep be in force again: all teams', and the direct ones of who
// still belongs to the account. It returns those, people's before teams', each by id.
func (l *ledger) wakeAll() ([]Grant, error) {
	if !l.asleep() {
		return nil, l.forgetRemembered()
	}
	sleeping, err := l.tx.SleepingGrants(l.account.Ref)
	if err != nil {
		return nil, err
	}
	belongs, err := l.belonging(sleeping)
	if err != nil {
		return nil, err
	}
	var woken []Grant
	subjects := map[GrantKind][]int64{}
	for _, g := range sleeping {
		if g.Kind == DirectGrant && !belongs[g.SubjectID] {
			continue
		}
		woken = append(woken, g)
		subjects[g.Kind] = append(subjects[g.Kind], g.SubjectID)
	}
	for _, kind := range []GrantKind{DirectGrant, TeamGrant} {
		if err := l.wakeGrants(kind, subjects[kind]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(woken, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SubjectID, b.SubjectID))
	})
	return woken, nil
}

// forgetRemembered forgets what was remembered for invited people until Copilot was switched
// off in an earlier cycle: nothing else is in force where it is off.
func (l *ledger) forgetRemembered() error {
	stale, err := l.tx.AllGrants(l.account.Ref)
	if err != nil {
		return err
	}
	invited, err := l.invitations()
	if err != nil {
		return err
	}
	for _, g := range stale {
		if granted, known := l.granted[grantKey{g.Kind, g.SubjectID}]; known && !granted {
			continue // it ended just now, with the invitation
		}
		l.granted[grantKey{g.Kind, g.SubjectID}] = true
		l.endGrant(g.Kind, g.SubjectID)
		l.countInvited(invited[g.SubjectID].Invitation.EndsAt, 0, -1)
	}
	return nil
}

// belonging says who of the people that these direct grants name belongs to the account: is a
// member of the organization, or of one of the enterprise's organizations or teams (rule E5).
func (l *ledger) belonging(grants []Grant) (map[int64]bool, error) {
	var people []int64
	for _, g := range grants {
		if g.Kind == DirectGrant {
			people = append(people, g.SubjectID)
		}
	}
	return l.members(people)
}

func (l *ledger) members(people []int64) (map[int64]bool, error) {
	belongs := make(map[int64]bool, len(people))
	if l.account.Ref.Kind == Enterprise {
		ids, err := l.tx.EnterpriseMembers(l.account.Ref.ID, people)
		for _, id := range ids {
			belongs[id] = true
		}
		return belongs, err
	}
	memberships, err := l.tx.Memberships(l.account.Ref, people)
	for _, m := range memberships {
		belongs[m.UserID] = m.State == Active
	}
	return belongs, err
}

// followAll brings the seats of all members of the organization in step with what holds them.
// Where it was assign_all until now, everyone's grant held them all (rules G7, X8).
func (l *ledger) followAll() error {
	members, err := l.tx.Members(l.account.Ref)
	if err != nil {
		return err
	}
	if err := l.load(members); err != nil {
		return err
	}
	for _, id := range members {
		before := holding{}
		if seat := l.seat(0, id); seat != nil && !seat.Pending() {
			before.everyone = true
		}
		if err := l.follow(id, before, 0); err != nil {
			return err
		}
	}
	return nil
}

// seatEnterprise opens the seats of an enterprise's grants that are in force again, and has
// those pending that were. A direct grant's section is 0, as the team it is shown with.
func (l *ledger) seatEnterprise(grants []Grant) error {
	people := map[int64][]int64{}
	for _, g := range grants {
		if g.Kind == DirectGrant {
			people[0] = append(people[0], g.SubjectID)
			continue
		}
		team, err := l.tx.TeamPeople(l.account.Ref, g.SubjectID)
		if err != nil {
			return err
		}
		people[g.SubjectID] = team
	}
	for section, ids := range people {
		if err := l.loadSeats(section, ids); err != nil {
			return err
		}
	}
	for _, g := range grants {
		section, reached := g.SubjectID, people[g.SubjectID]
		if g.Kind == DirectGrant {
			section, reached = 0, []int64{g.SubjectID}
		}
		for _, id := range reached {
			if err := l.open(section, id, section, g.GrantedBy); err != nil {
				return err
			}
		}
	}
	return l.resumeEnterprise()
}

// resumeEnterprise has an enterprise's pending seats be pending again whose people still
// belong to it.
func (l *ledger) resumeEnterprise() error {
	if !l.asleep() {
		return nil
	}
	sleeping, err := l.tx.AllSleepingSeats(l.account.Ref)
	if err != nil {
		return err
	}
	sleeping = slices.DeleteFunc(sleeping, func(seat Seat) bool { return !seat.Pending() })
	people := map[int64][]int64{}
	var everybody []int64
	for _, seat := range sleeping {
		people[seat.Section] = append(people[seat.Section], seat.UserID)
		everybody = append(everybody, seat.UserID)
	}
	belongs, err := l.members(distinct(everybody))
	if err != nil {
		return err
	}
	for section, ids := range people {
		if err := l.loadSeats(section, ids); err != nil {
			return err
		}
	}
	for _, seat := range sleeping {
		if !belongs[seat.UserID] || l.seat(seat.Section, seat.UserID) != nil {
			continue
		}
		if err := l.resume(seat.Section, seat.UserID); err != nil {
			return err
		}
	}
	return nil
}
