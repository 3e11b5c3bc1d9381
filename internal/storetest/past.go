package storetest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/usher-seats/usher"
)

func pastPromises() []promise {
	return []promise{
		{"AsOf answers as the present did then", asOf},
		{"AsOf of a grant or a seat from the beginning goes by when it was made", asOfTheBeginning},
		{"AsOf knows no account without a moment", asOfAnother},
		{"UseSeats writes the activity alone, and the past has no other version for it", useSeats},
		{"a seat of the past shows the last report that had been accepted by then", asOfReports},
		{"Lifetimes tell since when and until when each row was as it is", lifetimes},
		{"a Mark is an event with the first of its change", mark},
	}
}

// answers are what a Past says of octo and its enterprise. Of their heads only what a moment
// has is in it, and of seats no activity.
type answers struct {
	Now         time.Time
	Accounts    []usher.Account
	Memberships []usher.Membership
	People      []usher.Person
	Users       []usher.User
	Teams       map[usher.AccountRef][]usher.Team
	TeamsOf     map[int64][]int64
	TeamPeople  map[int64][]int64
	Direct      []usher.Grant
	TeamGrants  map[usher.AccountRef][]usher.PersonTeamGrant
	Seats       map[usher.AccountRef][]usher.Seat
	Of          []usher.Seat // of some people in section 0
	Listed      []usher.Seat // of section 0, passing over the first
}

func collect(past usher.Past, now time.Time) (a answers, err error) {
	a = answers{
		Now:   now,
		Teams: map[usher.AccountRef][]usher.Team{}, TeamsOf: map[int64][]int64{}, TeamPeople: map[int64][]int64{},
		TeamGrants: map[usher.AccountRef][]usher.PersonTeamGrant{}, Seats: map[usher.AccountRef][]usher.Seat{},
	}
	people, teams := []int64{2, 3, 4, 5}, []int64{101, 102, 103, 104, 105, 106, 107}
	byID := func(x, y usher.Team) int { return cmp.Compare(x.ID, y.ID) }
	bySubject := func(x, y usher.Grant) int { return cmp.Compare(x.SubjectID, y.SubjectID) }
	byReach := func(x, y usher.PersonTeamGrant) int {
		return cmp.Or(cmp.Compare(x.UserID, y.UserID), cmp.Compare(x.TeamID, y.TeamID))
	}
	bySeat := func(x, y usher.Seat) int { return cmp.Compare(seatNumber(x), seatNumber(y)) }
	ask := func(do func() error) {
		if err == nil {
			err = do()
		}
	}
	for _, ref := range []usher.AccountRef{octo(), enterprise()} {
		ask(func() error {
			account, _, err := past.Account(usher.AccountName{Kind: ref.Kind, ID: ref.ID})
			account.LastSeat, account.LastReport, account.AsleepUntil, account.RecordFrom, account.Version = 0, 0, time.Time{}, 0, 0
			a.Accounts = append(a.Accounts, account)
			return err
		})
		ask(func() (err error) { a.Teams[ref], err = past.TeamsByID(ref, teams); return err })
		slices.SortFunc(a.Teams[ref], byID)
		ask(func() (err error) { a.TeamGrants[ref], err = past.TeamGrants(ref, people); return err })
		slices.SortFunc(a.TeamGrants[ref], byReach)
		for _, id := range people {
			ask(func() error {
				seats, err := past.PersonSeats(ref, id)
				a.Seats[ref] = append(a.Seats[ref], seats...)
				return err
			})
		}
		slices.SortFunc(a.Seats[ref], bySeat)
	}
	for _, id := range people {
		ask(func() error {
			membership, ok, err := past.Membership(octo(), id)
			if ok {
				a.Memberships = append(a.Memberships, membership)
			}
			return err
		})
		ask(func() error {
			teams, err := past.TeamsOf(octo(), id)
			if len(teams) > 0 {
				a.TeamsOf[id] = slices.Sorted(slices.Values(teams))
			}
			return err
		})
	}
	for _, id := range teams {
		ask(func() error {
			people, err := past.TeamPeople(octo(), id)
			if len(people) > 0 {
				a.TeamPeople[id] = people
			}
			return err
		})
	}
	ask(func() (err error) {
		a.People, err = past.People(octo(), []string{"alice", "bob-k", "kelvin"})
		return err
	})
	slices.SortFunc(a.People, func(x, y usher.Person) int { return cmp.Compare(x.User.ID, y.User.ID) })
	ask(func() (err error) { a.Users, err = past.Users([]int64{5}); return err })
	ask(func() (err error) { a.Direct, err = past.Grants(octo(), usher.DirectGrant, people); return err })
	slices.SortFunc(a.Direct, bySubject)
	ask(func() (err error) { a.Of, err = past.Seats(octo(), 0, []int64{2, 3}); return err })
	slices.SortFunc(a.Of, bySeat)
	ask(func() (err error) { a.Listed, err = past.SeatsFrom(octo(), 0, 1, 1, 10, now); return err })
	for _, seats := range [][]usher.Seat{a.Seats[octo()], a.Seats[enterprise()], a.Of, a.Listed} {
		for i := range seats {
			seats[i].Activity = usher.Activity{}
		}
	}
	return a, err
}

// history makes changes of accounts and keeps what was answered after each.
type history struct {
	bench
	heads   map[usher.AccountRef]usher.Account
	moments [][]usher.Moment
	want    []answers
}

func newHistory(b bench) *history {
	h := &history{bench: b, heads: map[usher.AccountRef]usher.Account{}}
	for _, account := range accounts()[:2] {
		h.heads[account.Ref] = account
	}
	h.remember()
	return h
}

// change makes a change of an account with as many events, the last of them at day n.
func (h *history) change(ref usher.AccountRef, events, n int, do ...func(usher.Tx) error) {
	h.Helper()
	head := h.heads[ref]
	h.update(func(tx usher.Tx) error {
		if _, err := tx.Lock(ref); err != nil {
			return err
		}
		for _, do := range do {
			if err := do(tx); err != nil {
				return err
			}
		}
		head.LastReport++
		list := make([]usher.Event, events)
		for i := range list {
			head.LastEvent++
			list[i] = usher.Event{Number: head.LastEvent, At: day(n), KnownAt: day(n), EnterpriseEvent: h.heads[enterprise()].LastEvent, Reports: head.LastReport}
		}
		head.LastEventAt = day(n)
		return steps(func() error { return tx.InsertEvents(ref, list) }, func() error { return tx.SaveHead(head) })
	})
	h.heads[ref] = head
	h.remember()
}

func (h *history) remember() {
	h.Helper()
	at := day(28)
	var moments []usher.Moment
	for _, ref := range []usher.AccountRef{octo(), enterprise()} {
		moments = append(moments, usher.Moment{Account: ref, Event: h.heads[ref].LastEvent, KnownAt: h.heads[ref].LastEventAt})
	}
	h.moments = append(h.moments, moments)
	h.want = append(h.want, read(h.bench, func(r usher.Reader) (answers, error) { return collect(r, at) }))
}

func asOf(b bench) {
	b.begin()
	moved := accounts()[1]
	moved.EnterpriseID = 0
	off, dear := accounts()[1], accounts()[0]
	off.Subscription = nil
	plan := *subscription()
	plan.Plan, plan.CycleDay, plan.SeatManagement = usher.PlanBusiness, 3, usher.AssignAll
	dear.Subscription = &plan
	teams := octoTeams()
	renamed := teams[1]
	renamed.Name, renamed.Slug, renamed.ParentID, renamed.Version = "New", "new", 104, 5
	renamed.UpdatedAt, renamed.Description, renamed.Privacy, renamed.Quiet, renamed.Selection = day(20), "", "secret", true, "all"
	pending := seat(0, 1, 2, firstOf(time.May))
	s := someSeats()
	h := newHistory(b)
	h.change(octo(), 3, 24,
		func(tx usher.Tx) error { return tx.InsertSeats(octo(), s) },
		func(tx usher.Tx) error {
			return tx.InsertGrants(octo(), []usher.Grant{grant(usher.DirectGrant, 2), grant(usher.TeamGrant, 101), grant(usher.TeamGrant, 104)})
		})
	h.change(enterprise(), 1, 24,
		func(tx usher.Tx) error { return tx.InsertSeats(enterprise(), otherSeats()) },
		func(tx usher.Tx) error {
			return tx.InsertGrants(enterprise(), []usher.Grant{grant(usher.TeamGrant, 101)})
		})
	h.change(octo(), 1, 24, func(tx usher.Tx) error {
		return tx.UpdateSeats(octo(), []usher.Seat{pending, seat(101, 2, 2, day(27))})
	},
		func(tx usher.Tx) error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{2, 404}) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.DeleteSeats(octo(), []usher.Seat{s[1], pending}) },
		func(tx usher.Tx) error { return tx.InsertSeats(octo(), []usher.Seat{seat(0, 12, 2, time.Time{})}) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.SleepGrants(octo(), usher.TeamGrant, []int64{101}) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.WakeGrants(octo(), usher.TeamGrant, []int64{101}) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.SaveTeam(renamed) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.SaveTeamMember(octo(), usher.TeamMember{TeamID: 104, UserID: 5}) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error {
		return tx.SaveTeamMember(octo(), usher.TeamMember{TeamID: 104, UserID: 5, Maintainer: true})
	})
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.DeleteTeamMembers(octo(), 103, []int64{2}) })
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.SaveMembership(octo(), invited(2, day(27))) })
	h.change(octo(), 2, 26,
		func(tx usher.Tx) error { return tx.DeleteMemberships(octo(), []int64{3, 2}) },
		func(tx usher.Tx) error {
			return tx.SaveMembership(octo(), usher.Membership{UserID: 3, Role: usher.RoleOwner, State: usher.Active})
		},
		func(tx usher.Tx) error {
			return tx.InsertTeamMembers(octo(), []usher.TeamMember{{TeamID: 101, UserID: 3}})
		})
	h.change(octo(), 1, 26, func(tx usher.Tx) error { return tx.DeleteTeams(octo(), []int64{101, 105}) })
	h.change(octo(), 1, 26,
		func(tx usher.Tx) error {
			return tx.InsertTeams([]usher.Team{{Account: octo(), ID: 107, Slug: "engineering", ParentID: 104}})
		},
		func(tx usher.Tx) error {
			return tx.InsertTeamMembers(octo(), []usher.TeamMember{{TeamID: 107, UserID: 3}})
		})
	h.change(octo(), 1, 26, func(tx usher.Tx) error { return tx.SaveSubscription(off) })
	h.change(enterprise(), 1, 26, func(tx usher.Tx) error { return tx.SaveSubscription(dear) })
	h.change(octo(), 1, 26, func(tx usher.Tx) error { return tx.SaveEnterprise(moved) })
	h.change(octo(), 1, 27, // what a change writes twice counts as it was before and after
		func(tx usher.Tx) error { return tx.SaveSubscription(accounts()[1]) },
		func(tx usher.Tx) error { return tx.SaveSubscription(moved) },
		func(tx usher.Tx) error { return tx.UpdateSeats(octo(), []usher.Seat{s[2]}) },
		func(tx usher.Tx) error { return tx.DeleteSeats(octo(), []usher.Seat{s[2]}) },
		func(tx usher.Tx) error { return tx.InsertGrants(octo(), []usher.Grant{grant(usher.DirectGrant, 5)}) },
		func(tx usher.Tx) error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{5}) })

	for i, want := range h.want {
		b.view(func(r usher.Reader) error {
			past := r.AsOf(day(28), h.moments[i]...)
			now, err := past.Now()
			if err != nil {
				return err
			}
			got, err := collect(past, now)
			if err == nil {
				equal(b, "as of change "+string(rune('a'+i)), got, want)
				err = tally(b, past, want.Seats[octo()], now)
			}
			return err
		})
	}
}

// tally looks at the counts of octo's current seats.
func tally(b bench, past usher.Past, seats []usher.Seat, now time.Time) error {
	b.Helper()
	sections, blocks := map[int64]*usher.Counters{}, []usher.Block(nil)
	for _, seat := range seats {
		if !seat.Current(now) {
			continue
		}
		c := sections[seat.Section]
		if c == nil {
			c = &usher.Counters{Section: seat.Section}
			sections[seat.Section] = c
		}
		if !seat.Pending() {
			c.Live++
			continue
		}
		c.Pending++
		if seat.EndsAt.After(c.EndsAt) {
			c.EndsAt = seat.EndsAt
		}
	}
	if c := sections[0]; c != nil {
		blocks = append(blocks, usher.Block{Live: c.Live, Pending: c.Pending, EndsAt: c.EndsAt})
	}
	var want []usher.Counters
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		want = append(want, *sections[section])
	}
	got, err := past.Sections(octo())
	if err != nil {
		return err
	}
	equalList(b, "sections", got, want)
	gotBlocks, err := past.Blocks(octo(), 0)
	equalList(b, "blocks", gotBlocks, blocks)
	return err
}

func asOfTheBeginning(b bench) {
	at := func(n int) time.Time { return firstOf(time.March).AddDate(0, 0, n) }
	early, late := usher.Seat{Number: 1, UserID: 2, CreatedAt: at(1)}, usher.Seat{Number: 1500, UserID: 3, CreatedAt: at(3)}
	direct := usher.Grant{Kind: usher.DirectGrant, SubjectID: 2, GrantedAt: at(1)}
	team := usher.Grant{Kind: usher.TeamGrant, SubjectID: 103, GrantedAt: at(3)}
	org := usher.Account{Ref: octo(), Login: "o", Subscription: subscription()}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertAccounts([]usher.Account{org}) },
			func() error { return tx.InsertMemberships(octo(), octoMemberships()) },
			func() error { return tx.InsertTeams(octoTeams()) },
			func() error { return tx.InsertTeamMembers(octo(), octoTeamMembers()) },
			func() error { _, err := tx.Lock(octo()); return err },
			func() error { return tx.InsertGrants(octo(), []usher.Grant{direct, team}) },
			func() error { return tx.InsertSeats(octo(), []usher.Seat{early, late}) },
			func() error {
				return tx.InsertEvents(octo(), []usher.Event{{Number: 1, At: at(1), KnownAt: at(1)}, {Number: 2, At: at(3), KnownAt: at(3)}})
			},
			func() error { org.LastEvent = 2; return tx.SaveHead(org) },
			func() error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{2}) }, // a change of its own
			func() error { return tx.DeleteSeats(octo(), []usher.Seat{late}) },
			func() error { return tx.InsertEvents(octo(), []usher.Event{{Number: 3, At: at(4), KnownAt: at(4)}}) },
			func() error { org.LastEvent = 3; return tx.SaveHead(org) },
		)
	})
	type shown struct {
		People int
		Seats  []usher.Seat
		Blocks int
		Direct []usher.Grant
		Teams  int
	}
	for _, test := range []struct {
		event, day int
		want       shown
	}{
		{0, 0, shown{People: 3}},
		{1, 1, shown{3, []usher.Seat{early}, 1, []usher.Grant{direct}, 0}},
		{1, 2, shown{3, []usher.Seat{early}, 1, []usher.Grant{direct}, 0}},
		{2, 3, shown{3, []usher.Seat{early, late}, 2, []usher.Grant{direct}, 1}},
		{3, 4, shown{3, []usher.Seat{early}, 1, nil, 1}},
	} {
		b.view(func(r usher.Reader) error {
			past := r.AsOf(at(test.day), usher.Moment{Account: octo(), Event: int64(test.event)})
			var got shown
			for _, id := range []int64{2, 3, 5} {
				_, ok, err := past.Membership(octo(), id)
				if err != nil {
					return err
				}
				if ok {
					got.People++
				}
			}
			seats, err := past.SeatsFrom(octo(), 0, 1, 0, 10, at(test.day))
			if err != nil {
				return err
			}
			blocks, err := past.Blocks(octo(), 0)
			if err != nil {
				return err
			}
			grants, err := past.Grants(octo(), usher.DirectGrant, []int64{2})
			if err != nil {
				return err
			}
			teams, err := past.TeamGrants(octo(), []int64{3})
			got.Seats, got.Blocks, got.Direct, got.Teams = seats, len(blocks), grants, len(teams)
			equal(b, "as of "+at(test.day).String(), got, test.want)
			return err
		})
	}
}

func asOfAnother(b bench) {
	b.begin()
	err := b.store.View(b.Context(), func(r usher.Reader) error {
		_, err := r.AsOf(day(28), usher.Moment{Account: octo()}).Seats(enterprise(), 0, []int64{2})
		return err
	})
	if err == nil {
		b.Error("asking for an account without a moment gave no error")
	}
}

func useSeats(b bench) {
	b.begin()
	b.take(someSeats())
	h := newHistory(b)
	used, other := someSeats(), someSeats()
	for _, i := range []int{0, 4} {
		used[i].Activity = usher.Activity{At: day(26), Editor: "vim ü", AuthenticatedAt: day(25)}
		other[i] = used[i]
		other[i].TeamID, other[i].UpdatedAt, other[i].EndsAt = 99, day(27), day(27)
	}
	h.change(octo(), 1, 24, func(tx usher.Tx) error { return tx.UseSeats(octo(), []usher.Seat{other[4], other[0]}) })
	equalList(b, "seats", seatsOf(b, octo()), used)
	equalList(b, "seats of the enterprise", seatsOf(b, enterprise()), otherSeats())
	b.update(func(tx usher.Tx) error { return tx.UseSeats(octo(), nil) })
	b.refuses("using a seat that does not exist", func(tx usher.Tx) error {
		return tx.UseSeats(octo(), []usher.Seat{seat(0, 404, 2, day(9))})
	})
}

func asOfReports(b bench) {
	b.begin()
	b.take(someSeats())
	used := func(n int) usher.Activity {
		return usher.Activity{At: day(n), Editor: "vim ü", AuthenticatedAt: day(n + 1)}
	}
	report := func(number, seat int64, n int) usher.Report {
		return usher.Report{Number: number, AcceptedAt: day(n), Seat: seat, Reported: used(27), Activity: used(n)}
	}
	b.update(func(tx usher.Tx) error {
		return tx.InsertReports(octo(), []usher.Report{report(1, 1, 3), report(2, 3, 4), report(3, 1, 5), report(4, 1, 6)})
	})
	for last, want := range map[int64][]usher.Activity{0: {{}, {}}, 1: {used(3), {}}, 2: {used(3), used(4)}, 3: {used(5), used(4)}} {
		b.view(func(r usher.Reader) error {
			past := r.AsOf(day(19), usher.Moment{Account: octo(), Event: 23, Report: last}, usher.Moment{Account: enterprise(), Event: 13, Report: last})
			for name, ask := range map[string]func() ([]usher.Seat, error){
				"Seats":     func() ([]usher.Seat, error) { return past.Seats(octo(), 0, []int64{2, 3}) },
				"SeatsFrom": func() ([]usher.Seat, error) { return past.SeatsFrom(octo(), 0, 1, 0, 2, day(19)) },
			} {
				seats, err := ask()
				if err != nil {
					return err
				}
				got := map[int64]usher.Activity{}
				for _, seat := range seats {
					got[seat.Number] = seat.Activity
				}
				equal(b, name, got, map[int64]usher.Activity{1: want[0], 3: want[1]})
			}
			theirs, err := past.PersonSeats(enterprise(), 3)
			if len(theirs) != 1 || theirs[0].Activity != (usher.Activity{}) {
				b.Errorf("the enterprise's seats are %+v", theirs)
			}
			return err
		})
	}
}

func lifetimes(b bench) {
	b.begin()
	h := newHistory(b)
	h.change(octo(), 2, 24, func(tx usher.Tx) error { return tx.InsertSeats(octo(), []usher.Seat{seat(7, 1, 2, time.Time{})}) },
		func(tx usher.Tx) error {
			return tx.InsertGrants(octo(), []usher.Grant{grant(usher.DirectGrant, 2)})
		})
	h.change(octo(), 1, 25, func(tx usher.Tx) error { return tx.UpdateSeats(octo(), []usher.Seat{seat(7, 1, 2, day(27))}) },
		func(tx usher.Tx) error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{2}) })
	h.change(octo(), 1, 26, func(tx usher.Tx) error { return tx.DeleteMemberships(octo(), []int64{2}) },
		func(tx usher.Tx) error { return tx.SaveSubscription(accounts()[1]) },
		func(tx usher.Tx) error { return tx.SaveTeam(octoTeams()[0]) })
	all := read(b, func(r usher.Reader) ([]usher.Lifetime, error) { return r.Lifetimes(octo()) })
	changed := filter(all, func(l usher.Lifetime) bool { return l.Since > 0 || l.Until > 0 })
	equalSet(b, "lifetimes", changed, []usher.Lifetime{
		{Row: "the account", Until: 26},
		{Row: "the account", Since: 26},
		{Row: "the direct grant of 2", Since: 23, Until: 25},
		{Row: "the membership of user 2", Until: 26},
		{Row: "the place of user 2 in team 102", Until: 26},
		{Row: "the place of user 2 in team 103", Until: 26},
		{Row: "seat 1 of section 7", Since: 23, Until: 25},
		{Row: "seat 1 of section 7", Since: 25},
		{Row: "team 101", Until: 26},
		{Row: "team 101", Since: 26},
	}, func(l usher.Lifetime) string { return l.Row + string(rune(l.Since)) })
	equal(b, "all", len(all), 2+3+7+6+1+2)
}

func mark(b bench) {
	b.begin()
	h := newHistory(b)
	h.change(octo(), 2, 24)
	h.change(enterprise(), 1, 24)
	h.change(octo(), 1, 25)
	of := func(ref usher.AccountRef, number int64) found[usher.Mark] {
		return find(b, func(r usher.Reader) (usher.Mark, bool, error) { return r.Mark(ref, number) })
	}
	equal(b, "the first event", of(octo(), 23), found[usher.Mark]{usher.Mark{Event: 23, Change: 23, KnownAt: day(24), EnterpriseEvent: 12, Reports: 29}, true})
	equal(b, "another of its change", of(octo(), 24), found[usher.Mark]{usher.Mark{Event: 24, Change: 23, KnownAt: day(24), EnterpriseEvent: 12, Reports: 29}, true})
	equal(b, "one of another change", of(octo(), 25), found[usher.Mark]{usher.Mark{Event: 25, Change: 25, KnownAt: day(25), EnterpriseEvent: 13, Reports: 30}, true})
	equal(b, "an event that is not there", of(octo(), 26), found[usher.Mark]{})
	equal(b, "another account's", of(enterprise(), 23), found[usher.Mark]{})
}
