package usher

import (
	"cmp"
	"slices"
	"time"
)

// readGrants reads what gives people access, their seats and the activity on these.
func (a *accountDump) readGrants() error {
	grants, err := a.tx.AllGrants(a.stored.Ref)
	if err != nil {
		return err
	}
	grants = slices.DeleteFunc(grants, func(g Grant) bool { return g.Kind == DirectGrant && a.unspeakable[g.SubjectID] })
	if a.stored.seatless() != "" {
		invited := slices.DeleteFunc(grants, func(g Grant) bool { return g.Kind != DirectGrant || a.standing[g.SubjectID] != Pending })
		a.lose(len(invited), "seats that invited people are to have once Copilot is on again")
		return nil
	}
	seats, err := a.tx.AllSeats(a.stored.Ref)
	if err != nil {
		return err
	}
	seats = slices.DeleteFunc(seats, func(s Seat) bool { return !s.Current(a.now) || a.unspeakable[s.UserID] })
	a.reach(grants)
	a.listPending(seats)
	a.listDirect(grants, seats)
	a.writeGrants(grants)
	a.countMoved(seats)
	a.readActivity(seats)
	return nil
}

// reach finds for each team and person the earliest of the team grants that reach them. In an
// enterprise no team is under another.
func (a *accountDump) reach(grants []Grant) {
	granted, parents := map[int64]time.Time{}, map[int64]int64{}
	for _, g := range grants {
		if g.Kind == TeamGrant {
			granted[g.SubjectID] = g.GrantedAt
		}
	}
	for _, team := range a.Teams {
		parents[team.ID] = team.ParentID
	}
	for _, team := range a.Teams {
		for id := team.ID; id != 0; id = parents[id] {
			keepEarlier(a.earliest, team.ID, granted[id])
		}
	}
	for _, m := range a.TeamMembers {
		keepEarlier(a.reached, m.UserID, a.earliest[m.TeamID])
	}
}

func keepEarlier(times map[int64]time.Time, id int64, at time.Time) {
	if known, ok := times[id]; !at.IsZero() && (!ok || at.Before(known)) {
		times[id] = at
	}
}

// listPending lists the pending seats as direct grants that are cancelled. Those of
// enterprise teams are seats beside the direct ones: no seed has them.
func (a *accountDump) listPending(seats []Seat) {
	through, apart := 0, 0
	for _, seat := range seats {
		if !seat.Pending() {
			continue
		}
		if seat.Section != 0 {
			apart++
			continue
		}
		if seat.TeamID != 0 {
			through++
		}
		a.listed = append(a.listed, datedGrant{
			WorldGrant{Kind: DirectGrant, SubjectID: seat.UserID, At: seat.CreatedAt, Cancelled: true}, seat.Number,
		})
	}
	a.lose(through, "pending seats that a team held, and when loaded none did")
	a.lose(apart, "pending seats of enterprise teams")
}

// listDirect lists the direct grants. Each has the time since when the person has had their
// seat, so that they have it since then when it is loaded; but where a team that reaches them was
// granted as early, that makes the seat, and the grant's own time is told.
func (a *accountDump) listDirect(grants []Grant, seats []Seat) {
	direct := map[int64]Seat{}
	for _, seat := range seats {
		if seat.Section == 0 {
			direct[seat.UserID] = seat
		}
	}
	for _, g := range grants {
		if g.Kind != DirectGrant || !a.enterprise() && a.standing[g.SubjectID] == "" {
			continue // of a team, or of somebody whose invitation has ended
		}
		dated := datedGrant{WorldGrant: WorldGrant{Kind: DirectGrant, SubjectID: g.SubjectID, At: g.GrantedAt}}
		if seat, ok := direct[g.SubjectID]; ok {
			if !a.reachedBy(g.SubjectID, seat.CreatedAt) {
				dated.At = seat.CreatedAt
			}
			if !a.reachedBy(g.SubjectID, dated.At) {
				dated.number = seat.Number
			}
		}
		a.listed = append(a.listed, dated)
	}
}

// reachedBy says whether a team's grant gave a person of an organization their seat by an
// instant.
func (a *accountDump) reachedBy(userID int64, at time.Time) bool {
	first, ok := a.reached[userID]
	return ok && !a.enterprise() && !first.After(at)
}

// writeGrants puts the grants in the order in which loading makes them: by time, then as seats
// were numbered that begin with them (rule R1). What is of the same time and begins no
// seat has no order to keep, and follows by id.
func (a *accountDump) writeGrants(grants []Grant) {
	slices.SortFunc(a.listed, func(x, y datedGrant) int {
		return cmp.Or(x.At.Compare(y.At), compareBool(x.number == 0, y.number == 0), cmp.Compare(x.number, y.number), cmp.Compare(x.SubjectID, y.SubjectID))
	})
	for _, dated := range a.listed {
		a.Grants = append(a.Grants, dated.WorldGrant)
	}
	slices.SortFunc(grants, func(x, y Grant) int {
		return cmp.Or(x.GrantedAt.Compare(y.GrantedAt), cmp.Compare(x.SubjectID, y.SubjectID))
	})
	for _, g := range grants {
		if g.Kind == TeamGrant {
			a.Grants = append(a.Grants, WorldGrant{Kind: TeamGrant, SubjectID: g.SubjectID, At: g.GrantedAt})
		}
	}
}

// countMoved counts the live seats that begin at another time when they are loaded: with the
// grant of the team that a person joined later, or, held by everyone's, with the loading.
func (a *accountDump) countMoved(seats []Seat) {
	begin := map[int64]time.Time{}
	for _, dated := range a.listed {
		begin[dated.SubjectID] = dated.At
	}
	if !a.enterprise() {
		for id, at := range a.reached {
			keepEarlier(begin, id, at)
		}
	}
	moved := 0
	for _, seat := range seats {
		at := begin[seat.UserID]
		if seat.Section != 0 {
			at = a.earliest[seat.Section]
		}
		if !seat.Pending() && !at.Equal(seat.CreatedAt) {
			moved++
		}
	}
	a.lose(moved, "seats that begin at another time when they are loaded")
}

// readActivity reads the activity that current seats of an organization have, by person.
func (a *accountDump) readActivity(seats []Seat) {
	if a.enterprise() {
		return
	}
	known := a.activity[a.stored.EnterpriseID]
	if known == nil {
		known = map[int64]Activity{}
		a.activity[a.stored.EnterpriseID] = known
	}
	for _, seat := range seats {
		if seat.Activity != (Activity{}) {
			a.Activity = append(a.Activity, WorldActivity{UserID: seat.UserID, Activity: seat.Activity})
			known[seat.UserID] = known[seat.UserID].merge(seat.Activity)
		}
	}
	slices.SortFunc(a.Activity, func(x, y WorldActivity) int { return cmp.Compare(x.UserID, y.UserID) })
}

// readSleep counts what sleeps (rule X6).
func (a *accountDump) readSleep() error {
	if !a.now.Before(a.stored.AsleepUntil) {
		return nil
	}
	seats, err := a.tx.AllSleepingSeats(a.stored.Ref)
	if err != nil {
		return err
	}
	seats = slices.DeleteFunc(seats, func(s Seat) bool { return a.unspeakable[s.UserID] })
	a.lose(len(seats), "seats that would come back before the billing cycle ends")
	grants, err := a.tx.SleepingGrants(a.stored.Ref)
	grants = slices.DeleteFunc(grants, func(g Grant) bool { return g.Kind == DirectGrant && a.unspeakable[g.SubjectID] })
	a.lose(len(grants), "grants that would come back before the billing cycle ends")
	return err
}

// leaveOutsiders leaves out who has a seat of an enterprise and belongs to it no more: no seed
// grants them one (rule E5).
func (d *dump) leaveOutsiders() {
	for i, account := range d.world.Accounts {
		if account.Account.Ref.Kind != Enterprise {
			continue
		}
		inside := d.grantable(account)
		outside := 0
		d.world.Accounts[i].Grants = slices.DeleteFunc(account.Grants, func(g WorldGrant) bool {
			out := g.Kind == DirectGrant && !inside[g.SubjectID]
			if out {
				outside++
			}
			return out
		})
		d.lose("enterprise "+account.Account.Login, outside, "seats of people who belong to none of its organizations and teams")
	}
}

// grantable are the people whom an enterprise of the world may grant.
func (d *dump) grantable(enterprise WorldAccount) map[int64]bool {
	inside := map[int64]bool{}
	for _, m := range enterprise.TeamMembers {
		inside[m.UserID] = true
	}
	for _, account := range d.world.Accounts {
		if account.Account.EnterpriseID != enterprise.Account.Ref.ID {
			continue
		}
		for _, m := range account.Memberships {
			if m.State == Active {
				inside[m.UserID] = true
			}
		}
	}
	return inside
}

// compareActivity counts the people of an enterprise whose latest activity was on a seat that they
// have no more.
func (d *dump) compareActivity(enterprise Account) error {
	people, err := d.tx.AllEnterprisePeople(enterprise.Ref.ID)
	known := d.activity[enterprise.Ref.ID]
	past := 0
	for _, p := range people {
		if !ended(p.EndsAt, d.now) && !d.unspeakable[p.UserID] && known[p.UserID].merge(p.Activity) != known[p.UserID] {
			past++
		}
	}
	d.lose("enterprise "+enterprise.Login, past, "people whose last activity was on a seat that they have no more")
	return err
}
