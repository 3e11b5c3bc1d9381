package storetest

import (
	"errors"
	"time"

	"github.com/usher-seats/usher"
)

func accountNamed(name usher.AccountName) func(usher.Reader) (usher.Account, bool, error) {
	return func(r usher.Reader) (usher.Account, bool, error) { return r.Account(name) }
}

func accountByName(b bench) {
	b.begin()
	all := accounts()
	for _, test := range []struct {
		name usher.AccountName
		want found[usher.Account]
	}{
		{usher.AccountName{Kind: usher.Enterprise, Login: "octo-INC"}, found[usher.Account]{all[0], true}},
		{usher.AccountName{Kind: usher.Enterprise, ID: 5}, found[usher.Account]{all[0], true}},
		{usher.AccountName{Kind: usher.Organization, Login: "OCTO-org"}, found[usher.Account]{all[1], true}},
		{usher.AccountName{Kind: usher.Organization, ID: 5}, found[usher.Account]{all[1], true}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo-inc"}, found[usher.Account]{all[2], true}},
		{usher.AccountName{Kind: usher.Organization, Login: "dormant", ID: 5}, found[usher.Account]{all[3], true}},
		{usher.AccountName{Kind: usher.Enterprise, Login: "octo-org"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo_org"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo-org\x00"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, Login: "octo-org\xff"}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization, ID: 404}, found[usher.Account]{}},
		{usher.AccountName{Kind: usher.Organization}, found[usher.Account]{}},
	} {
		equal(b, test.name.Kind.String()+" "+test.name.Login, find(b, accountNamed(test.name)), test.want)
	}
}

func allAccounts(b bench) {
	equalList(b, "accounts of an empty world", read(b, usher.Reader.Accounts), nil)
	b.begin()
	equalList(b, "accounts", read(b, usher.Reader.Accounts), accounts())
}

func organizations(b bench) {
	b.begin()
	of := func(id int64) []usher.Account {
		return read(b, func(r usher.Reader) ([]usher.Account, error) { return r.Organizations(id) })
	}
	all := accounts()
	equalList(b, "organizations", of(5), []usher.Account{all[1], all[3]})
	equalList(b, "organizations of an unknown enterprise", of(6), nil)
}

func dueRecord(b bench) {
	due := func(before time.Time) found[usher.AccountRef] {
		return find(b, func(r usher.Reader) (usher.AccountRef, bool, error) { return r.DueRecord(before) })
	}
	kept := func(ref usher.AccountRef, since time.Time) func() error {
		return func() error {
			return b.store.Update(b.Context(), func(tx usher.Tx) error {
				account, err := tx.Lock(ref)
				account.KeptSince = since
				return errors.Join(err, tx.SaveHead(account))
			})
		}
	}
	equal(b, "what is old in an empty world", due(day(9)), found[usher.AccountRef]{})
	b.begin()
	for _, account := range accounts() {
		must(b, kept(account.Ref, time.Time{})())
	}
	must(b, steps(kept(octo(), day(3)), kept(enterprise(), day(2)), kept(loner(), day(3).Add(-time.Microsecond))))
	equal(b, "nothing is so old", due(day(2)), found[usher.AccountRef]{})
	equal(b, "one is", due(day(3)), found[usher.AccountRef]{enterprise(), true})
	must(b, kept(enterprise(), time.Time{})())
	equal(b, "the oldest of two", due(day(28)), found[usher.AccountRef]{loner(), true})
	must(b, kept(loner(), day(3))())
	equal(b, "of two equally old", due(day(4)), found[usher.AccountRef]{octo(), true})
}

func lockReads(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		for _, want := range accounts() {
			got, err := tx.Lock(want.Ref)
			if err != nil {
				return err
			}
			equal(b, "locked account", got, want)
			got.LastSeat++
			if err := tx.SaveHead(got); err != nil {
				return err
			}
			again, err := tx.Lock(want.Ref)
			if err != nil {
				return err
			}
			equal(b, "account locked again", again, got)
		}
		return nil
	})
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		_, err := tx.Lock(usher.OrganizationRef(404))
		return err
	})
	var failure *usher.Error
	if !errors.As(err, &failure) || failure.Kind != usher.NotFound {
		b.Errorf("locking an unknown account: got %v, want an error of kind NotFound", err)
	}
}

func saveHead(b bench) {
	b.begin()
	want := accounts()
	want[1].LastSeat, want[1].LastEvent, want[1].LastEventAt, want[1].AsleepUntil = 91, 92, time.Time{}, day(25)
	want[1].Version, want[1].RecordFrom, want[1].LastReport, want[1].EventsDeleted, want[1].KeptSince = 1<<52+96, 97, 98, 99, time.Time{}
	written := want[1]
	written.Login, written.Name, written.EnterpriseID, written.Subscription = "other", "Other", 404, nil
	written.CreatedAt = day(9)
	b.update(func(tx usher.Tx) error { return tx.SaveHead(written) })
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	want[1].LastSeat, want[1].AsleepUntil = 93, time.Time{}
	b.update(func(tx usher.Tx) error { return tx.SaveHead(want[1]) })
	equalList(b, "accounts, nothing asleep", read(b, usher.Reader.Accounts), want)
	b.refuses("saving the head of an unknown account", func(tx usher.Tx) error {
		return tx.SaveHead(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func saveSubscription(b bench) {
	b.begin()
	want := accounts()
	other := &usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignAll, PublicCodeSuggestions: "block", IDEChat: "disabled",
		PlatformChat: "enabled", CLI: "enabled", CycleDay: 3,
	}
	save := func(i int, subscription *usher.Subscription) {
		written := want[i]
		written.Login, written.Name, written.EnterpriseID, written.Subscription = "other", "Other", 404, subscription
		written.LastSeat, written.CreatedAt, written.Version = 91, day(9), 92
		b.update(func(tx usher.Tx) error { return tx.SaveSubscription(written) })
		want[i].Subscription = subscription
	}
	save(1, other)
	save(3, subscription())
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	save(1, nil)
	save(0, other)
	equalList(b, "accounts, one without", read(b, usher.Reader.Accounts), want)
	b.refuses("saving the subscription of an unknown account", func(tx usher.Tx) error {
		return tx.SaveSubscription(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func saveEnterprise(b bench) {
	b.begin()
	want := accounts()
	move := func(i int, enterpriseID int64) {
		written := want[i]
		written.Login, written.Name, written.EnterpriseID, written.Subscription, written.LastSeat = "other", "Other", enterpriseID, nil, 91
		b.update(func(tx usher.Tx) error { return tx.SaveEnterprise(written) })
		want[i].EnterpriseID = enterpriseID
	}
	organizations := func() []usher.Account {
		return read(b, func(r usher.Reader) ([]usher.Account, error) { return r.Organizations(5) })
	}
	move(1, 0)
	move(2, 5)
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	equalList(b, "the enterprise's organizations", organizations(), []usher.Account{want[2], want[3]})
	move(2, 0)
	move(3, 0)
	equalList(b, "an enterprise without organizations", organizations(), nil)
	move(1, 5)
	equalList(b, "one that is back", organizations(), want[1:2])
	b.refuses("moving an unknown organization", func(tx usher.Tx) error {
		return tx.SaveEnterprise(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func saveAccountName(b bench) {
	b.begin()
	want := accounts()
	written := want[1]
	written.Login, written.Name, written.EnterpriseID, written.Subscription, written.LastSeat = "other", "Another Ä", 0, nil, 91
	b.update(func(tx usher.Tx) error { return tx.SaveAccountName(written) })
	want[1].Name = "Another Ä"
	equalList(b, "accounts", read(b, usher.Reader.Accounts), want)
	b.refuses("naming an unknown account", func(tx usher.Tx) error {
		return tx.SaveAccountName(usher.Account{Ref: usher.OrganizationRef(404)})
	})
}

func accountsKnowing(b bench) {
	b.begin()
	knowing := func(id int64) []usher.AccountRef {
		return read(b, func(r usher.Reader) ([]usher.AccountRef, error) { return r.AccountsKnowing(id) })
	}
	const nobody = 900
	equalList(b, "accounts that know nobody", knowing(nobody), nil)
	for i, who := range []struct {
		name string
		know func(tx usher.Tx, id int64) error
	}{
		{"a member", func(tx usher.Tx, id int64) error {
			return tx.SaveMembership(loner(), usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
		}},
		{"who is invited", func(tx usher.Tx, id int64) error {
			return tx.SaveMembership(loner(), usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Pending})
		}},
		{"who invites", func(tx usher.Tx, id int64) error {
			return tx.SaveMembership(loner(), usher.Membership{UserID: 1000 + id, Role: usher.RoleMember, State: usher.Pending, Invitation: usher.Invitation{ID: id, InvitedBy: id}})
		}},
		{"who is in a team", func(tx usher.Tx, id int64) error {
			return tx.SaveTeamMember(loner(), usher.TeamMember{TeamID: 700, UserID: id})
		}},
		{"who has a seat", func(tx usher.Tx, id int64) error {
			return tx.InsertSeats(loner(), []usher.Seat{seat(0, id, id, day(2))})
		}},
		{"whom an event concerns", func(tx usher.Tx, id int64) error {
			return tx.InsertEvents(loner(), []usher.Event{{Number: id, At: day(1), UserID: id}})
		}},
		{"who did what an event tells", func(tx usher.Tx, id int64) error {
			return tx.InsertEvents(loner(), []usher.Event{{Number: id, At: day(1), Actor: usher.Actor{UserID: id}}})
		}},
	} {
		id := int64(nobody + 1 + i)
		b.update(func(tx usher.Tx) error { return who.know(tx, id) })
		equal(b, "accounts that know "+who.name, knowing(id), []usher.AccountRef{loner()})
	}
	b.update(func(tx usher.Tx) error {
		for _, ref := range []usher.AccountRef{octo(), enterprise()} {
			if err := tx.SaveMembership(ref, usher.Membership{UserID: nobody, Role: usher.RoleOwner, State: usher.Active}); err != nil {
				return err
			}
		}
		return tx.InsertEvents(loner(), []usher.Event{{Number: 1, At: day(1), UserID: nobody, Actor: usher.Actor{UserID: nobody}}})
	})
	equal(b, "accounts of several kinds", knowing(nobody), []usher.AccountRef{enterprise(), octo(), loner()})
}
