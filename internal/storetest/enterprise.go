package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

func enterprisePromises() []promise {
	return []promise{
		{"BelongsToEnterprise asks its organizations' active members", belongs},
		{"EnterpriseMembers asks its organizations' active members and its teams", enterpriseMembers},
		{"EnterprisePersonSeats finds one person's seats over all organizations", enterprisePersonSeats},
		{"EnterpriseEndings finds the last ending over all organizations", endings},
		{"an enterprise's people come back, the last saved", enterprisePeople},
		{"headcounts add up, and are removed at zero", headcounts},
	}
}

func belongs(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return tx.InsertMemberships(dormant(), []usher.Membership{{UserID: 7, Role: usher.RoleMember, State: usher.Active}})
	})
	for id, want := range map[int64]bool{5: true, 2: true, 7: true, 3: false, 4: false, 404: false} {
		got := read(b, func(r usher.Reader) (bool, error) { return r.BelongsToEnterprise(5, id) })
		if got != want { // 3 is invited; 4 is in the enterprise itself and in another organization
			b.Errorf("user %d belongs: %v, want %v", id, got, want)
		}
	}
	equal(b, "belongs to an unknown enterprise", read(b, func(r usher.Reader) (bool, error) { return r.BelongsToEnterprise(6, 4) }), false)
}

func enterpriseMembers(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				return tx.InsertMemberships(dormant(), []usher.Membership{
					{UserID: 7, Role: usher.RoleMember, State: usher.Active}, {UserID: 5, Role: usher.RoleMember, State: usher.Active},
				})
			},
			func() error {
				return tx.InsertTeamMembers(enterprise(), []usher.TeamMember{{TeamID: 101, UserID: 2}, {TeamID: 101, UserID: 9}})
			},
			func() error {
				return tx.InsertMemberships(loner(), []usher.Membership{{UserID: 8, Role: usher.RoleMember, State: usher.Active}})
			},
		)
	})
	of := func(id int64, people ...int64) []int64 {
		return read(b, func(r usher.Reader) ([]int64, error) { return r.EnterpriseMembers(id, people) })
	}
	same := func(id int64) int64 { return id }
	// 3 is invited, 8 in another organization; 4 and 9 are in a team alone; 5 and 2 in two places.
	equalSet(b, "members of an enterprise", of(5, 2, 3, 4, 5, 7, 8, 9, 404, 2), []int64{2, 4, 5, 7, 9}, same)
	equalSet(b, "one member of an enterprise", of(5, 7), []int64{7}, same)
	equalList(b, "members among nobody", of(5), nil)
	equalList(b, "members of an unknown enterprise", of(6, 2, 4, 5), nil) // 6 is an organization's id
}

func enterprisePersonSeats(b bench) {
	b.begin()
	april := firstOf(time.April)
	own := []usher.Seat{seat(0, 1, 2, april), seat(101, 2, 2, time.Time{}), seat(101, 3, 4, time.Time{})}
	theirs := []usher.Seat{seat(0, 1, 2, time.Time{}), seat(0, 2, 4, april)}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertSeats(enterprise(), own) },
			func() error { return tx.InsertSeats(octo(), theirs) },
			func() error { return tx.InsertSeats(loner(), []usher.Seat{seat(0, 9, 2, time.Time{})}) },
		)
	})
	of := func(id, user int64) []usher.AccountSeat {
		return read(b, func(r usher.Reader) ([]usher.AccountSeat, error) { return r.EnterprisePersonSeats(id, user) })
	}
	key := func(s usher.AccountSeat) int64 { return int64(s.Account.Kind)*1000 + s.Number }
	equalSet(b, "a person's seats", of(5, 2), []usher.AccountSeat{
		{Account: enterprise(), Seat: own[0]}, {Account: enterprise(), Seat: own[1]}, {Account: octo(), Seat: theirs[0]},
	}, key)
	equalList(b, "seats of a person without", of(5, 3), nil)
	equalList(b, "seats in an unknown enterprise", of(6, 2), nil)
}

func endingPerson(p usher.EnterprisePerson) int64 { return p.UserID }

func endings(b bench) {
	b.begin()
	april, may := firstOf(time.April), firstOf(time.May)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				return tx.InsertSeats(octo(), []usher.Seat{seat(0, 1, 2, april), seat(0, 2, 3, april), seat(0, 3, 4, time.Time{})})
			},
			func() error {
				return tx.InsertSeats(enterprise(), []usher.Seat{seat(0, 1, 2, may), seat(101, 2, 3, time.Time{}), seat(101, 3, 2, april)})
			},
			func() error { return tx.InsertSeats(dormant(), []usher.Seat{seat(0, 1, 7, april)}) },
			func() error {
				return tx.InsertSeats(loner(), []usher.Seat{seat(0, 1, 2, time.Time{}), seat(0, 2, 5, may)})
			},
		)
	})
	of := func(id int64, people ...int64) []usher.EnterprisePerson {
		return read(b, func(r usher.Reader) ([]usher.EnterprisePerson, error) { return r.EnterpriseEndings(id, people) })
	}
	equalSet(b, "endings", of(5, 2, 3, 4, 5, 7, 404), []usher.EnterprisePerson{
		{UserID: 2, EndsAt: may}, {UserID: 3}, {UserID: 4}, {UserID: 7, EndsAt: april},
	}, endingPerson)
	equalSet(b, "one person's ending", of(5, 2), []usher.EnterprisePerson{{UserID: 2, EndsAt: may}}, endingPerson)
	equalList(b, "endings of nobody", of(5), nil)
	equalList(b, "endings in an unknown enterprise", of(6, 2, 5), nil)
}

func enterprisePeople(b bench) {
	b.begin()
	first := usher.EnterprisePerson{UserID: 2, EndsAt: day(1), Activity: usher.Activity{At: day(2), Editor: "éd", AuthenticatedAt: day(3)}}
	second := usher.EnterprisePerson{UserID: 5}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.SaveEnterprisePeople(5, []usher.EnterprisePerson{second, first}) },
			func() error { return tx.SaveEnterprisePeople(9, []usher.EnterprisePerson{first}) },
			func() error { return tx.SaveEnterprisePeople(5, nil) },
		)
	})
	all := func(id int64) []usher.EnterprisePerson {
		return read(b, func(r usher.Reader) ([]usher.EnterprisePerson, error) { return r.AllEnterprisePeople(id) })
	}
	of := func(people ...int64) []usher.EnterprisePerson {
		return read(b, func(r usher.Reader) ([]usher.EnterprisePerson, error) { return r.EnterprisePeople(5, people) })
	}
	equalList(b, "people", all(5), []usher.EnterprisePerson{first, second})
	equalSet(b, "some people", of(2, 404, 2), []usher.EnterprisePerson{first}, endingPerson)
	equalList(b, "people without ids", of(), nil)

	second.EndsAt, second.Activity = day(4), first.Activity
	b.update(func(tx usher.Tx) error { return tx.SaveEnterprisePeople(5, []usher.EnterprisePerson{second}) })
	equalList(b, "people saved again", all(5), []usher.EnterprisePerson{first, second})
	b.update(func(tx usher.Tx) error { return tx.DeleteEnterprisePeople(5, []int64{2, 404}) })
	equalList(b, "people but one", all(5), []usher.EnterprisePerson{second})
	equalList(b, "people of another enterprise", all(9), []usher.EnterprisePerson{first})
}

func headcounts(b bench) {
	b.begin()
	all := func(id int64) []usher.Headcount {
		got := read(b, func(r usher.Reader) ([]usher.Headcount, error) { return r.Headcounts(id) })
		return got
	}
	add := func(deltas ...usher.Headcount) {
		b.update(func(tx usher.Tx) error { return tx.AddHeadcounts(5, deltas) })
	}
	at := func(h usher.Headcount) int64 { return h.EndsAt.Unix() }
	april := firstOf(time.April)
	b.update(func(tx usher.Tx) error { return tx.AddHeadcounts(9, []usher.Headcount{{People: 8}}) })
	add(usher.Headcount{People: 3}, usher.Headcount{EndsAt: april, People: 2})
	add(usher.Headcount{People: -1}, usher.Headcount{EndsAt: april, People: 5}, usher.Headcount{EndsAt: day(2), People: 1})
	add()
	equalSet(b, "headcounts", all(5), []usher.Headcount{{People: 2}, {EndsAt: april, People: 7}, {EndsAt: day(2), People: 1}}, at)
	add(usher.Headcount{EndsAt: april, People: -3}, usher.Headcount{EndsAt: april, People: -4}, usher.Headcount{EndsAt: day(2), People: -1})
	equalSet(b, "headcounts without zeros", all(5), []usher.Headcount{{People: 2}}, at)
	add(usher.Headcount{People: -2})
	equalList(b, "no headcounts", all(5), nil)
	equalList(b, "headcounts of another enterprise", all(9), []usher.Headcount{{People: 8}})
}
