package usher_test

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// What the machine asks of events: that no change of what is kept of the past goes without one,
// and that people, places and settings are what the events make of the world's beginning.

// kept is what is kept of an account's past, and how many events it has.
type kept struct {
	Events      int64
	Account     usher.Account // without the head
	Owned       []int64       // an enterprise's organizations
	Members     []usher.Membership
	Invitations []usher.Membership
	Places      []usher.TeamMember
	Waiting     []usher.TeamMember
	Teams       []usher.Team
	Assigned    []usher.Assignment
	Grants      []usher.Grant
	Asleep      []usher.Grant
	Seats       []usher.Seat // without activity: see below
	SeatsAsleep []usher.Seat
}

// kept reads what is kept of all accounts.
func (m *machine) kept(rt *rapid.T) (all []kept) {
	err := m.store.View(background, func(tx usher.Reader) error {
		all = nil
		accounts, err := tx.Accounts()
		for _, account := range accounts {
			one, oneErr := keptOf(tx, account)
			if err == nil {
				err = oneErr
			}
			all = append(all, one)
		}
		return err
	})
	if err != nil {
		rt.Fatalf("reading what is kept: %v", err)
	}
	return all
}

func keptOf(tx usher.Reader, a usher.Account) (k kept, err error) {
	ref := a.Ref
	k.Events = a.LastEvent
	a.LastSeat, a.LastEvent, a.LastReport, a.RecordFrom, a.Version = 0, 0, 0, 0, 0
	a.LastEventAt, a.AsleepUntil = time.Time{}, time.Time{}
	k.Account = a
	steps := []func(){
		func() { k.Members, _, err = tx.MembersFrom(ref, "", 0, 1000) },
		func() { k.Invitations, err = tx.Invitations(ref) },
		func() { k.Places, err = tx.AllTeamMembers(ref) },
		func() { k.Waiting, err = tx.AllInvitedTeams(ref) },
		func() { k.Teams, err = tx.AllTeams(ref) },
		func() { k.Grants, err = tx.AllGrants(ref) },
		func() { k.Asleep, err = tx.SleepingGrants(ref) },
		func() { k.Seats, err = tx.AllSeats(ref) },
		func() { k.SeatsAsleep, err = tx.AllSleepingSeats(ref) },
	}
	if ref.Kind == usher.Enterprise {
		steps = append(steps, func() { k.Assigned, err = tx.AllAssignments(ref.ID) }, func() {
			var organizations []usher.Account
			organizations, err = tx.Organizations(ref.ID)
			for _, organization := range organizations {
				k.Owned = append(k.Owned, organization.Ref.ID)
			}
		})
	}
	for _, step := range steps {
		if step(); err != nil {
			return k, err
		}
	}
	byGrant := func(x, y usher.Grant) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.SubjectID, y.SubjectID))
	}
	slices.SortFunc(k.Grants, byGrant)
	slices.SortFunc(k.Asleep, byGrant)
	for _, seats := range [][]usher.Seat{k.Seats, k.SeatsAsleep} {
		for i := range seats {
			seats[i].Activity = usher.Activity{} // reports are no events
		}
	}
	return k, nil
}

// compareKept says that each account which has changed has events of it, and that no other has.
func (m *machine) compareKept(rt *rapid.T, before []kept, refused bool) {
	for i, after := range m.kept(rt) {
		events := after.Events - before[i].Events
		after.Events = before[i].Events
		diff := gocmp.Diff(before[i], after)
		switch {
		case refused && (events != 0 || diff != ""):
			rt.Fatalf("%s has %d events of what was refused (-before +after):\n%s", after.Account.Login, events, diff)
		case events == 0 && diff != "":
			rt.Fatalf("%s has changed without an event (-before +after):\n%s", after.Account.Login, diff)
		case events != 0 && diff == "":
			rt.Fatalf("%s has %d events, and nothing has changed", after.Account.Login, events)
		}
	}
}

// replay is what events tell of an account, and what can be told of it now.
type replay struct {
	Enterprise string
	Settings   map[string]string      // nil where Copilot is off
	People     map[int64]string       // state and role
	Places     map[placeKey]string    // role
	Waiting    map[placeKey]string    // role
	Teams      map[int64]string       // slug
	Assigned   map[assignmentKey]bool // of an enterprise's teams
}

type (
	placeKey      struct{ team, user int64 }
	assignmentKey struct {
		team         int64
		organization string
	}
)

func newReplay() *replay {
	return &replay{
		People: map[int64]string{}, Places: map[placeKey]string{}, Waiting: map[placeKey]string{},
		Teams: map[int64]string{}, Assigned: map[assignmentKey]bool{},
	}
}

// compareReplayed goes through the events of each account, from what the world began with.
func (m *machine) compareReplayed(rt *rapid.T) {
	slugs := map[int64]string{}
	for _, w := range m.world.Accounts {
		if w.Account.Ref.Kind == usher.Enterprise {
			slugs[w.Account.Ref.ID] = w.Account.Login
		}
	}
	now := map[usher.AccountRef]kept{}
	for _, k := range m.kept(rt) {
		now[k.Account.Ref] = k
	}
	for _, w := range m.world.Accounts {
		var events []usher.Event
		err := m.store.View(background, func(tx usher.Reader) (err error) {
			events, err = allEvents(tx, w.Account.Ref)
			return err
		})
		if err != nil {
			rt.Fatalf("events of %s: %v", w.Account.Login, err)
		}
		got := replayOf(slugs, kept{Account: w.Account, Members: w.Memberships, Places: w.TeamMembers, Teams: w.Teams})
		for _, e := range events {
			got.take(e)
		}
		k := now[w.Account.Ref]
		k.Members = append(k.Members, k.Invitations...)
		want := replayOf(slugs, k)
		for _, a := range k.Assigned {
			want.Assigned[assignmentKey{a.TeamID, m.model.account(a.Organization).Account.Login}] = true
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			rt.Fatalf("%s by its events (-is +told):\n%s", w.Account.Login, diff)
		}
	}
}

func replayOf(slugs map[int64]string, k kept) *replay {
	r := newReplay()
	r.Enterprise = slugs[k.Account.EnterpriseID]
	if s := k.Account.Subscription; s != nil {
		r.Settings = settingsOf(*s)
	}
	for _, m := range k.Members {
		r.People[m.UserID] = string(m.State) + " " + roleWord(m.Role)
	}
	for _, p := range k.Places {
		r.Places[placeKey{p.TeamID, p.UserID}] = placeWord(p)
	}
	for _, p := range k.Waiting {
		r.Waiting[placeKey{p.TeamID, p.UserID}] = placeWord(p)
	}
	for _, t := range k.Teams {
		r.Teams[t.ID] = t.Slug
	}
	return r
}

func settingsOf(s usher.Subscription) map[string]string {
	return map[string]string{
		"plan": string(s.Plan), "seat_management": string(s.SeatManagement), "public_code_suggestions": string(s.PublicCodeSuggestions),
		"ide_chat": string(s.IDEChat), "platform_chat": string(s.PlatformChat), "cli": string(s.CLI),
		"billing.set_up": strconv.FormatBool(s.BillingSetUp), "billing.payment_problem": strconv.FormatBool(s.PaymentProblem),
		"billing.cycle_day": strconv.Itoa(s.CycleDay),
	}
}

func roleWord(role usher.Role) string {
	if role == usher.RoleOwner {
		return "admin"
	}
	return string(role)
}

func placeWord(p usher.TeamMember) string {
	if p.Maintainer {
		return "maintainer"
	}
	return "member"
}

// take takes in what an event tells.
func (r *replay) take(e usher.Event) {
	place := placeKey{e.TeamID, e.UserID}
	switch e.Action {
	case usher.OrganizationTransferred:
		r.Enterprise = e.Change.New
	case usher.SeatManagementChanged, usher.OrganizationSettingChanged, usher.EnterpriseSettingChanged:
		r.set(e.Change)
	case usher.MemberInvited, usher.InvitationUpdated:
		r.People[e.UserID] = "pending " + e.Change.New
	case usher.MemberAdded, usher.MemberUpdated:
		r.People[e.UserID] = "active " + e.Change.New
		leave(r.Waiting, func(k placeKey) bool { return k.user == e.UserID })
	case usher.MemberRemoved, usher.InvitationCancelled, usher.InvitationExpired:
		delete(r.People, e.UserID)
		leave(r.Waiting, func(k placeKey) bool { return k.user == e.UserID })
	case usher.TeamCreated:
		r.Teams[e.TeamID] = e.Change.New
	case usher.TeamRenamed:
		r.Teams[e.TeamID] = usher.TeamSlug(e.Change.New)
	case usher.TeamDestroyed:
		r.destroy(e.TeamID)
	case usher.TeamMemberAdded, usher.MaintainerPromoted, usher.MaintainerDemoted:
		r.Places[place] = e.Change.New
	case usher.TeamMemberRemoved:
		delete(r.Places, place)
	case usher.TeamMemberInvited, usher.TeamInvitationUpdated:
		r.Waiting[place] = e.Change.New
	case usher.TeamInvitationCancelled:
		delete(r.Waiting, place)
	case usher.TeamAssigned:
		r.Assigned[assignmentKey{e.TeamID, e.Change.New}] = true
	case usher.TeamUnassigned:
		delete(r.Assigned, assignmentKey{e.TeamID, e.Change.Old})
	}
}

// set takes in a setting: where Copilot is switched on, all are as they were never chosen.
func (r *replay) set(change usher.FieldChange) {
	switch {
	case change.Field != "enabled":
		r.Settings[change.Field] = change.New
	case change.New == "true":
		r.Settings = settingsOf(usher.NewSubscription())
	default:
		r.Settings = nil
	}
}

func leave(places map[placeKey]string, gone func(placeKey) bool) {
	for key := range places {
		if gone(key) {
			delete(places, key)
		}
	}
}

// destroy takes a team away, with all places in it.
func (r *replay) destroy(id int64) {
	delete(r.Teams, id)
	for _, places := range []map[placeKey]string{r.Places, r.Waiting} {
		leave(places, func(k placeKey) bool { return k.team == id })
	}
	for key := range r.Assigned {
		if key.team == id {
			delete(r.Assigned, key)
		}
	}
}
