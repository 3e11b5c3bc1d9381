package usher

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Check tests every invariant over the whole database and returns a line for each that is
// broken: seats against grants, counters and blocks and the enterprises' people against
// seats, what sleeps, who is in teams, event numbers without gaps, events against what they
// have come to, activity against its reports, what was against when it was, and tokens against
// whom they are for.
func (s *Service) Check(ctx context.Context) (broken []string, err error) {
	err = s.store.View(ctx, func(tx Reader) error {
		broken = nil
		accounts, err := tx.Accounts()
		if err != nil {
			return err
		}
		people := map[int64]map[int64]time.Time{}
		for _, account := range accounts {
			lines, err := checkAccount(tx, account, people)
			if err != nil {
				return err
			}
			broken = append(broken, lines...)
		}
		for _, account := range accounts {
			if account.Ref.Kind != Enterprise {
				continue
			}
			lines, err := checkPeople(tx, account, people[account.Ref.ID])
			if err != nil {
				return err
			}
			broken = append(broken, lines...)
		}
		lines, err := checkTokens(tx, accounts)
		broken = append(broken, lines...)
		return err
	})
	return broken, err
}

// audit is the check of one account.
type audit struct {
	tx          Reader
	account     Account
	now         time.Time
	seats       []Seat // current ones
	stored      []Seat
	members     []int64 // rising
	invitations []Membership
	teams       map[int64]Team
	broken      []string
}

func (a *audit) report(format string, args ...any) {
	a.broken = append(a.broken, fmt.Sprintf("%s %s: ", a.account.Ref.Kind, a.account.Login)+fmt.Sprintf(format, args...))
}

func checkAccount(tx Reader, account Account, people map[int64]map[int64]time.Time) ([]string, error) {
	now, err := accountNow(tx, account)
	if err != nil {
		return nil, err
	}
	a := &audit{tx: tx, account: account, now: now}
	if err := a.read(); err != nil {
		return nil, err
	}
	a.collectPeople(people)
	for _, check := range []func() error{a.checkHead, a.checkUsers, a.checkEvents, a.checkReports, a.checkTeams, a.checkGrants, a.checkCounters, a.checkSleep, a.checkPast} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return a.broken, nil
}

// read fetches what several checks look at.
func (a *audit) read() (err error) {
	ref := a.account.Ref
	if a.stored, err = a.tx.AllSeats(ref); err != nil {
		return err
	}
	for _, seat := range a.stored {
		if seat.Current(a.now) {
			a.seats = append(a.seats, seat)
		}
	}
	if a.members, err = a.tx.Members(ref); err != nil {
		return err
	}
	if a.invitations, err = a.tx.Invitations(ref); err != nil {
		return err
	}
	teams, err := a.tx.AllTeams(ref)
	a.teams = make(map[int64]Team, len(teams))
	for _, team := range teams {
		a.teams[team.ID] = team
	}
	return err
}

func (a *audit) member(userID int64) bool {
	_, found := slices.BinarySearch(a.members, userID)
	return found
}

// until tells when something ends, where it does.
func until(at time.Time) string {
	if at.IsZero() {
		return "without an end"
	}
	return "until " + at.Format(time.RFC3339)
}

// collectPeople notes, for the enterprise, when each person's last stored seat ends.
func (a *audit) collectPeople(people map[int64]map[int64]time.Time) {
	enterprise := a.account.enterpriseID()
	if enterprise == 0 {
		return
	}
	if people[enterprise] == nil {
		people[enterprise] = map[int64]time.Time{}
	}
	for _, seat := range a.stored {
		end, known := people[enterprise][seat.UserID]
		switch {
		case known && (end.IsZero() || seat.Pending() && seat.EndsAt.Before(end)):
		default:
			people[enterprise][seat.UserID] = seat.EndsAt
		}
	}
}

// checkUsers looks for seats of people who do not exist.
func (a *audit) checkUsers() error { return a.checkOwners("seat", a.stored) }

func (a *audit) checkOwners(kind string, seats []Seat) error {
	ids := make([]int64, len(seats))
	for i, seat := range seats {
		ids[i] = seat.UserID
	}
	known, err := a.known(ids)
	for _, seat := range seats {
		if err == nil && !known[seat.UserID] {
			a.report("%s %d belongs to user %d, who does not exist", kind, seat.Number, seat.UserID)
		}
	}
	return err
}

// known says which of these people exist.
func (a *audit) known(ids []int64) (map[int64]bool, error) {
	users, err := a.tx.Users(ids)
	known := make(map[int64]bool, len(users))
	for _, user := range users {
		known[user.ID] = true
	}
	return known, err
}

func (a *audit) checkHead() error {
	if a.account.Subscription == nil && len(a.stored) > 0 {
		a.report("has seats (%d), and no subscription", len(a.stored))
	}
	seen := map[seatKey]bool{}
	for _, seat := range a.stored {
		key := seatKey{seat.Section, seat.UserID}
		if seen[key] {
			a.report("user %d has two seats in section %d", seat.UserID, seat.Section)
		}
		seen[key] = true
		if seat.Number > a.account.LastSeat {
			a.report("seat %d lies beyond the last given number %d", seat.Number, a.account.LastSeat)
		}
	}
	return nil
}

// checkReports looks for seats whose activity is not that of the last report about them.
// Reports are about organizations; an enterprise's seats only carry activity through sleep.
func (a *audit) checkReports() error {
	if a.account.Ref.Kind == Enterprise {
		return nil
	}
	numbers := make([]int64, len(a.stored))
	for i, seat := range a.stored {
		numbers[i] = seat.Number
	}
	reports, err := a.tx.LastReports(a.account.Ref, numbers, a.account.LastReport)
	last := make(map[int64]Activity, len(reports))
	for _, report := range reports {
		last[report.Seat] = report.Activity
	}
	for _, seat := range a.stored {
		if err == nil && seat.Activity != last[seat.Number] {
			a.report("seat %d of user %d has another activity than the last report about it left", seat.Number, seat.UserID)
		}
	}
	return err
}

// checkGrants recomputes who must have a live seat and compares.
func (a *audit) checkGrants() error {
	want, invited, err := a.entitled()
	if err != nil {
		return err
	}
	if err := a.checkInvited(invited); err != nil {
		return err
	}
	for _, seat := range a.seats {
		key := seatKey{seat.Section, seat.UserID}
		h := want[key]
		if live := !seat.Pending(); live != h.live() {
			a.report("seat %d of user %d: live %t, granted %t", seat.Number, seat.UserID, live, h.live())
		}
		if h.live() && seat.TeamID != h.assigningTeam() {
			a.report("seat %d of user %d is shown with team %d, team %d holds it", seat.Number, seat.UserID, seat.TeamID, h.assigningTeam())
		}
		delete(want, key)
	}
	for key := range want {
		a.report("user %d is granted in section %d and has no seat", key.userID, key.section)
	}
	return nil
}

// checkInvited compares the counts of invited people, and of those of them who are granted.
func (a *audit) checkInvited(granted map[int64]bool) error {
	want := map[time.Time]InvitedCount{}
	for _, m := range a.invitations {
		c := want[m.Invitation.EndsAt]
		c.EndsAt, c.People = m.Invitation.EndsAt, c.People+1
		if granted[m.UserID] {
			c.Granted++
			delete(granted, m.UserID)
		}
		want[c.EndsAt] = c
	}
	for id := range granted {
		a.report("user %d is granted, and neither a member nor invited", id)
	}
	stored, err := a.tx.Invited(a.account.Ref)
	if err != nil {
		return err
	}
	for _, c := range stored {
		if got := want[c.EndsAt]; got.People != c.People || got.Granted != c.Granted {
			a.report("counts %d invited people %s, %d of them granted; there are %d and %d", c.People, until(c.EndsAt), c.Granted, got.People, got.Granted)
		}
		delete(want, c.EndsAt)
	}
	for end, c := range want {
		a.report("%d invited people %s are not counted", c.People, until(end))
	}
	return nil
}

// entitled is what holds whose seat, and who else is granted: only the invited may be.
func (a *audit) entitled() (want map[seatKey]holding, invited map[int64]bool, err error) {
	want, invited = map[seatKey]holding{}, map[int64]bool{}
	hold := func(section, userID int64, grant func(*holding)) {
		h := want[seatKey{section, userID}]
		grant(&h)
		want[seatKey{section, userID}] = h
	}
	grants, err := a.tx.AllGrants(a.account.Ref)
	if err != nil {
		return nil, nil, err
	}
	enterprise := a.account.Ref.Kind == Enterprise
	for _, g := range grants {
		if g.Kind == DirectGrant {
			if a.member(g.SubjectID) || enterprise {
				hold(0, g.SubjectID, func(h *holding) { h.direct = true })
				continue
			}
			invited[g.SubjectID] = true
			continue
		}
		if _, there := a.teams[g.SubjectID]; !there {
			a.report("team %d is granted, and does not exist", g.SubjectID)
		}
		people, err := a.tx.TeamPeople(a.account.Ref, g.SubjectID)
		if err != nil {
			return nil, nil, err
		}
		section := a.account.section(g.SubjectID)
		for _, id := range people {
			hold(section, id, func(h *holding) {
				h.teams = append(h.teams, PersonTeamGrant{UserID: id, TeamID: g.SubjectID, GrantedAt: g.GrantedAt})
			})
		}
	}
	if a.account.everyone() && !enterprise {
		for _, id := range a.members {
			hold(0, id, func(h *holding) { h.everyone = true })
		}
	}
	return want, invited, nil
}

// checkSleep looks at what sleeps in the account: where Copilot is on, nothing of a member but
// a seat that nothing holds any more; where it is off, all there is (rule X6).
func (a *audit) checkSleep() error {
	if a.account.Subscription != nil && a.account.seatless() != "" && len(a.seats) > 0 {
		a.report("has seats (%d), and %s", len(a.seats), a.account.seatless())
	}
	if !a.now.Before(a.account.AsleepUntil) {
		return nil
	}
	if s := a.account.Subscription; s != nil && !s.CycleAt(a.now).End.Equal(a.account.AsleepUntil) {
		a.report("what sleeps does so %s, and the cycle goes on %s", until(a.account.AsleepUntil), until(s.CycleAt(a.now).End))
	}
	if err := a.checkSleepingSeats(); err != nil {
		return err
	}
	return a.checkSleepingGrants()
}

func (a *audit) checkSleepingSeats() error {
	sleeping, err := a.tx.AllSleepingSeats(a.account.Ref)
	if err != nil {
		return err
	}
	awake := map[seatKey]bool{}
	for _, seat := range a.seats {
		awake[seatKey{seat.Section, seat.UserID}] = true
	}
	for _, seat := range sleeping {
		if awake[seatKey{seat.Section, seat.UserID}] {
			a.report("seat %d of user %d sleeps, and they have another", seat.Number, seat.UserID)
		}
		if seat.Number > a.account.LastSeat {
			a.report("sleeping seat %d lies beyond the last given number %d", seat.Number, a.account.LastSeat)
		}
	}
	return a.checkOwners("sleeping seat", sleeping)
}

func (a *audit) checkSleepingGrants() error {
	sleeping, err := a.tx.SleepingGrants(a.account.Ref)
	if err != nil {
		return err
	}
	ids := make([]int64, len(sleeping))
	for i, g := range sleeping {
		ids[i] = g.SubjectID
	}
	known, err := a.known(ids)
	if err != nil {
		return err
	}
	on := a.account.seatless() == ""
	for _, g := range sleeping {
		_, there := a.teams[g.SubjectID]
		switch {
		case g.Kind == DirectGrant && !known[g.SubjectID]:
			a.report("the direct grant of user %d sleeps, who does not exist", g.SubjectID)
		case g.Kind == TeamGrant && !there:
			a.report("the grant of team %d sleeps, which does not exist", g.SubjectID)
		case g.Kind == TeamGrant && on:
			a.report("the grant of team %d sleeps, and Copilot is on", g.SubjectID)
		case g.Kind == DirectGrant && on && a.account.Ref.Kind == Organization && a.member(g.SubjectID):
			a.report("the direct grant of user %d sleeps, who is a member, and Copilot is on", g.SubjectID)
		}
	}
	return nil
}

// checkCounters recounts every section and block at the present.
func (a *audit) checkCounters() error {
	var cycle Cycle // of no subscription: then there is nothing to count
	switch {
	case a.account.Subscription != nil:
		cycle = a.account.Subscription.CycleAt(a.now)
	case len(a.stored) > 0:
		return nil
	}
	a.checkEndings(cycle)
	sections, blocks := a.recount(cycle)
	stored, err := a.tx.Sections(a.account.Ref)
	if err != nil {
		return err
	}
	for _, c := range stored {
		got, want := c.At(a.now, cycle), sections[c.Section]
		want.Section, want.CycleStart = c.Section, cycle.Start
		if got != want {
			a.report("section %d counts %s; there are %s", c.Section, got, want)
		}
		delete(sections, c.Section)
		if err := a.checkBlocks(c.Section, blocks); err != nil {
			return err
		}
	}
	for section := range sections {
		a.report("section %d has seats and no counters", section)
	}
	for key := range blocks {
		a.report("block %d of section %d has seats and no count", key.index, key.section)
	}
	return nil
}

// checkEndings looks for pending seats that do not end with the cycle: counters have one
// ending for all of them (rule C2).
func (a *audit) checkEndings(cycle Cycle) {
	for _, seat := range a.seats {
		if seat.Pending() && !seat.EndsAt.Equal(cycle.End) {
			a.report("seat %d of user %d is pending %s, and the cycle goes on %s", seat.Number, seat.UserID, until(seat.EndsAt), until(cycle.End))
		}
	}
}

func (a *audit) checkBlocks(section int64, want map[blockKey]Block) error {
	blocks, err := a.tx.Blocks(a.account.Ref, section)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		key := blockKey{section, b.Index}
		expected := want[key]
		expected.Section, expected.Index = section, b.Index
		if got := b.At(a.now); got != expected {
			a.report("block %d of section %d counts %s; there are %s", b.Index, section, got, expected)
		}
		delete(want, key)
	}
	return nil
}

func (a *audit) recount(cycle Cycle) (map[int64]Counters, map[blockKey]Block) {
	sections, blocks := map[int64]Counters{}, map[blockKey]Block{}
	for _, seat := range a.seats {
		c := sections[seat.Section]
		key := blockKey{seat.Section, blockIndex(seat.Number)}
		b := blocks[key]
		if seat.Pending() {
			c.Pending++
			b.Pending++
			c.EndsAt, b.EndsAt = seat.EndsAt, seat.EndsAt
		} else {
			c.Live++
			b.Live++
		}
		if !seat.CreatedAt.Before(cycle.Start) {
			c.Added++
		}
		if !seat.Activity.At.Before(cycle.Start) {
			c.Active++
		}
		sections[seat.Section], blocks[key] = c, b
	}
	return sections, blocks
}

// checkPeople compares an enterprise's people and headcounts with the seats.
func checkPeople(tx Reader, account Account, want map[int64]time.Time) ([]string, error) {
	a := &audit{tx: tx, account: account}
	people, err := tx.AllEnterprisePeople(account.Ref.ID)
	if err != nil {
		return nil, err
	}
	counts := map[time.Time]int64{}
	for _, p := range people {
		switch end, ok := want[p.UserID]; {
		case !ok:
			a.report("user %d is counted, and has no seats", p.UserID)
		case !end.Equal(p.EndsAt):
			a.report("user %d is counted %s, and has seats %s", p.UserID, until(p.EndsAt), until(end))
		}
		delete(want, p.UserID)
		counts[p.EndsAt]++
	}
	for id := range want {
		a.report("user %d has seats and is not counted", id)
	}
	stored, err := tx.Headcounts(account.Ref.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range stored {
		if counts[c.EndsAt] != c.People {
			a.report("counts %d people with seats %s; there are %d", c.People, until(c.EndsAt), counts[c.EndsAt])
		}
		delete(counts, c.EndsAt)
	}
	for end, n := range counts {
		a.report("%d people with seats %s are not counted", n, until(end))
	}
	return a.broken, nil
}
