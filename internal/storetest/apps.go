package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

func appPromises() []promise {
	return []promise{
		{"App finds an app by its id, else by its client id", appNamed},
		{"Installations are an app's own, the latest first, with their organizations", installationsOfApp},
		{"an app is in an organization once", installedOnce},
		{"DeleteExpiredTokens deletes an installation's own expired tokens, the first of them", expiredTokens},
		{"AllApps and AllInstallations are all there are, by id", allApps},
		{"SaveApp and SaveInstallation write what can change", savedApps},
		{"DeleteInstallations deletes these, and no token", deletedInstallations},
		{"Wipe leaves no app and no installation", wipedApps},
	}
}

func apps() []usher.App {
	return []usher.App{
		{
			ID: 7, ClientID: "Iv1.größe", Slug: "seat-bot", Name: "Seat Bot", Description: "Gives seats.", OwnerID: 5,
			PublicKeys: [][]byte{{0, 1, 255}, {2}}, Permissions: map[string]string{"members": usher.LevelRead}, CreatedAt: day(1), UpdatedAt: day(2),
		},
		{ID: 8, Slug: "other-bot", CreatedAt: day(1), UpdatedAt: day(1)},
		{ID: 9, Slug: "third-bot", CreatedAt: day(1), UpdatedAt: day(1)},
	}
}

func appNamed(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error { return tx.InsertApps(apps()) })
	for _, c := range []struct {
		id       int64
		clientID string
		want     found[usher.App]
	}{
		{7, "", found[usher.App]{apps()[0], true}},
		{8, "Iv1.größe", found[usher.App]{apps()[1], true}},
		{0, "Iv1.größe", found[usher.App]{apps()[0], true}},
		{0, "iv1.GRÖßE", found[usher.App]{}},
		{0, "", found[usher.App]{}},
		{0, "\x00\xff", found[usher.App]{}},
		{10, "", found[usher.App]{}},
	} {
		got := find(b, func(r usher.Reader) (usher.App, bool, error) { return r.App(c.id, c.clientID) })
		equal(b, "app", got, c.want)
	}
	b.refuses("a client id that is taken", func(tx usher.Tx) error {
		return tx.InsertApps([]usher.App{{ID: 11, Slug: "eleven", ClientID: "Iv1.größe"}})
	})
	b.refuses("a slug that is taken", func(tx usher.Tx) error { return tx.InsertApps([]usher.App{{ID: 11, Slug: "seat-bot"}}) })
}

// installations are of app 7 in the first organizations of the fixture, and of app 8 in one.
func installations(organizations []usher.Account) []usher.Installation {
	write := map[string]string{"members": usher.LevelWrite}
	return []usher.Installation{
		{ID: 11, AppID: 7, OrganizationID: organizations[0].Ref.ID, Permissions: write, CreatedAt: day(1), UpdatedAt: day(4)},
		{ID: 13, AppID: 7, OrganizationID: organizations[1].Ref.ID, CreatedAt: day(1), UpdatedAt: day(2)},
		{ID: 12, AppID: 8, OrganizationID: organizations[0].Ref.ID, CreatedAt: day(1), UpdatedAt: day(3)},
	}
}

// hosts are the organizations that the store has, in which an app can be.
func hosts(b bench) (list []usher.Account) {
	for _, account := range read(b, func(r usher.Reader) ([]usher.Account, error) { return r.Accounts() }) {
		if account.Ref.Kind == usher.Organization {
			list = append(list, account)
		}
	}
	return list
}

func installationsOfApp(b bench) {
	b.begin()
	in := hosts(b)
	all := installations(in)
	b.update(func(tx usher.Tx) error {
		return steps(func() error { return tx.InsertApps(apps()) }, func() error { return tx.InsertInstallations(all) })
	})
	type page struct {
		Installed []usher.InstalledApp
		Total     int64
	}
	list := func(app int64, since time.Time, skip, limit int64) page {
		return read(b, func(r usher.Reader) (page, error) {
			installed, total, err := r.Installations(app, since, skip, limit)
			return page{installed, total}, err
		})
	}
	first, second := usher.InstalledApp{Installation: all[0], Organization: in[0]}, usher.InstalledApp{Installation: all[1], Organization: in[1]}
	equal(b, "all", list(7, time.Time{}, 0, 10), page{[]usher.InstalledApp{second, first}, 2})
	equal(b, "the first", list(7, time.Time{}, 0, 1), page{[]usher.InstalledApp{second}, 2})
	equal(b, "the second", list(7, time.Time{}, 1, 1), page{[]usher.InstalledApp{first}, 2})
	equal(b, "past the end", list(7, time.Time{}, 2, 10), page{nil, 2})
	equal(b, "since", list(7, day(2), 0, 10), page{[]usher.InstalledApp{first}, 1})
	equal(b, "since the last", list(7, day(4), 0, 10), page{})
	equal(b, "of an app that is nowhere", list(9, time.Time{}, 0, 10), page{})

	equal(b, "an installation", find(b, func(r usher.Reader) (usher.Installation, bool, error) { return r.Installation(11) }), found[usher.Installation]{all[0], true})
	equal(b, "none", find(b, func(r usher.Reader) (usher.Installation, bool, error) { return r.Installation(14) }), found[usher.Installation]{})
	where := func(app, organization int64) found[usher.Installation] {
		return find(b, func(r usher.Reader) (usher.Installation, bool, error) { return r.InstallationIn(app, organization) })
	}
	equal(b, "in an organization", where(8, in[0].Ref.ID), found[usher.Installation]{all[2], true})
	equal(b, "not in it", where(8, in[1].Ref.ID), found[usher.Installation]{})
}

func installedOnce(b bench) {
	b.begin()
	all := installations(hosts(b))
	b.update(func(tx usher.Tx) error { return tx.InsertInstallations(all) })
	again := all[0]
	again.ID = 14
	b.refuses("a second installation", func(tx usher.Tx) error { return tx.InsertInstallations([]usher.Installation{again}) })
}

func expiredTokens(b bench) {
	b.begin()
	of := func(id, installation int64, expires time.Time) usher.Token {
		text := string(rune('a' + id))
		return usher.Token{ID: id, Hash: usher.HashToken(text), Kind: usher.AppInstallation, OwnerID: 5, InstallationID: installation, Minted: true, ExpiresAt: expires}
	}
	never := of(6, 0, day(1))
	b.update(func(tx usher.Tx) error {
		return tx.InsertTokens([]usher.Token{of(1, 11, day(3)), of(2, 11, day(1)), of(3, 11, day(2)), of(4, 11, day(4)), of(5, 12, day(1)), never})
	})
	left := func() []int64 {
		return read(b, func(r usher.Reader) (ids []int64, err error) {
			kinds, err := r.TokenKinds([]int64{1, 2, 3, 4, 5, 6})
			for id := range kinds {
				ids = append(ids, id)
			}
			return ids, err
		})
	}
	self := func(id int64) int64 { return id }
	for _, step := range []struct {
		installation int64
		by           time.Time
		limit        int
		want         []int64
	}{
		{11, day(1).Add(-1), 9, []int64{1, 2, 3, 4, 5, 6}},
		{11, day(3), 2, []int64{1, 4, 5, 6}},
		{11, day(3), 2, []int64{4, 5, 6}},
		{0, day(9), 9, []int64{4, 5, 6}},
		{12, day(1), 9, []int64{4, 6}},
	} {
		b.update(func(tx usher.Tx) error { return tx.DeleteExpiredTokens(step.installation, step.by, step.limit) })
		equalSet(b, "tokens that are left", left(), step.want, self)
	}
}

func allApps(b bench) {
	b.begin()
	equal(b, "the last installation of none", read(b, func(r usher.Reader) (int64, error) { return r.LastInstallation() }), int64(0))
	all, in := apps(), installations(hosts(b))
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertApps([]usher.App{all[2], all[0], all[1]}) },
			func() error { return tx.InsertInstallations(in) },
		)
	})
	equal(b, "apps", read(b, func(r usher.Reader) ([]usher.App, error) { return r.AllApps() }), all)
	byID := []usher.Installation{in[0], in[2], in[1]}
	equal(b, "installations", read(b, func(r usher.Reader) ([]usher.Installation, error) { return r.AllInstallations() }), byID)
	equal(b, "the last installation", read(b, func(r usher.Reader) (int64, error) { return r.LastInstallation() }), int64(13))
}

func savedApps(b bench) {
	b.begin()
	all, in := apps(), installations(hosts(b))
	b.update(func(tx usher.Tx) error {
		return steps(func() error { return tx.InsertApps(all) }, func() error { return tx.InsertInstallations(in) })
	})
	saved := usher.App{
		ID: 8, ClientID: "Iv2", Slug: "other-bot", Name: "Ödd", Description: "Other.", OwnerID: 6, PublicKeys: [][]byte{{9, 0}},
		Permissions: map[string]string{"metadata": usher.LevelRead}, CreatedAt: day(1), UpdatedAt: day(5),
	}
	none := all[0]
	none.ClientID, none.PublicKeys, none.Permissions, none.UpdatedAt = "", nil, nil, day(6)
	changed := in[0]
	changed.Permissions, changed.UpdatedAt = map[string]string{"metadata": usher.LevelRead}, day(5)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.SaveApp(saved) },
			func() error { return tx.SaveApp(none) },
			func() error { return tx.SaveInstallation(changed) },
		)
	})
	equal(b, "apps", read(b, func(r usher.Reader) ([]usher.App, error) { return r.AllApps() }), []usher.App{none, saved, all[2]})
	byID := []usher.Installation{changed, in[2], in[1]}
	equal(b, "installations", read(b, func(r usher.Reader) ([]usher.Installation, error) { return r.AllInstallations() }), byID)
	b.refuses("a client id that is taken", func(tx usher.Tx) error { return tx.SaveApp(usher.App{ID: 9, ClientID: "Iv2"}) })
	b.refuses("an unknown app", func(tx usher.Tx) error { return tx.SaveApp(usher.App{ID: 10}) })
	b.refuses("an unknown installation", func(tx usher.Tx) error { return tx.SaveInstallation(usher.Installation{ID: 14}) })
}

func deletedInstallations(b bench) {
	b.begin()
	in := installations(hosts(b))
	of := func(id, installation int64) usher.Token {
		return usher.Token{ID: id, Hash: usher.HashToken(string(rune('a' + id))), Kind: usher.AppInstallation, OwnerID: 5, InstallationID: installation, Minted: true}
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertInstallations(in) },
			func() error {
				return tx.InsertTokens([]usher.Token{of(1, 13), of(2, 11), of(3, 12), of(4, 13), of(5, 0)})
			},
			func() error { return tx.RevokeTokens([]int64{4}, day(2)) },
			func() error { return tx.DeleteInstallations([]int64{13, 11, 99}) },
		)
	})
	equal(b, "installations", read(b, func(r usher.Reader) ([]usher.Installation, error) { return r.AllInstallations() }), []usher.Installation{in[2]})
	minted := func(ids ...int64) []int64 {
		return read(b, func(r usher.Reader) (list []int64, err error) {
			tokens, err := r.TokensMintedFor(ids)
			for _, token := range tokens {
				list = append(list, token.ID)
			}
			return list, err
		})
	}
	self := func(id int64) int64 { return id }
	equalSet(b, "tokens minted for two", minted(13, 11), []int64{1, 2, 4}, self)
	equalSet(b, "tokens minted for none", minted(0, 99), nil, self)
	equal(b, "the last installation, which is gone", read(b, func(r usher.Reader) (int64, error) { return r.LastInstallation() }), int64(13))
}

func wipedApps(b bench) {
	b.begin()
	all := installations(hosts(b))
	fill := func(tx usher.Tx) error {
		return steps(func() error { return tx.InsertApps(apps()) }, func() error { return tx.InsertInstallations(all) })
	}
	b.update(fill)
	b.update(func(tx usher.Tx) error { return tx.Wipe() })
	b.update(fill) // nothing is in the way
	equal(b, "app", find(b, func(r usher.Reader) (usher.App, bool, error) { return r.App(7, "") }).OK, true)
}
