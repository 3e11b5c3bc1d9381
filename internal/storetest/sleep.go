package storetest

import (
	"slices"
	"time"

	"github.com/usher-seats/usher"
)

func sleepPromises() []promise {
	return []promise{
		{"SleepGrants takes grants out of force and keeps them as they were", sleepGrants},
		{"SleepGrants has the later grant take the place of one that sleeps", sleepAgain},
		{"WakeGrants has grants be in force again as they were", wakeGrants},
		{"DeleteSleepingGrants removes those that sleep", deleteSleepingGrants},
		{"sleeping seats come back as they were, and are not among the seats", sleepingSeats},
		{"DeleteSleepingSeats removes the named seats of one account", deleteSleepingSeats},
		{"Forget removes all that sleeps in one account", forget},
	}
}

func asleep(b bench, ref usher.AccountRef) []usher.Grant {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Grant, error) { return r.SleepingGrants(ref) })
}

func seatsAsleep(b bench, ref usher.AccountRef) []usher.Seat {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.AllSleepingSeats(ref) })
}

// holdings are what is kept of an account's grants, sleep and invitations.
type holdings struct {
	Grants, Asleep []usher.Grant
	SeatsAsleep    []usher.Seat
	Invited        []usher.InvitedCount
	Places         teamPlaces
}

func kept(b bench, ref usher.AccountRef) holdings {
	b.Helper()
	order := func(x, y usher.Grant) int { return slices.Compare([]byte(grantKey(x)), []byte(grantKey(y))) }
	sorted := func(list []usher.Grant) []usher.Grant { return slices.SortedFunc(slices.Values(list), order) }
	return holdings{
		Grants: sorted(grantsOf(b, ref)), Asleep: sorted(asleep(b, ref)), SeatsAsleep: seatsAsleep(b, ref),
		Invited: invitedOf(b, ref), Places: placesOf(b, ref),
	}
}

// directs and teamGrant are grants of three accounts alike: see sleepers.
func directs() []usher.Grant {
	return []usher.Grant{grant(usher.DirectGrant, 2), grant(usher.DirectGrant, 3), grant(usher.DirectGrant, 4)}
}

func teamGrant() usher.Grant { return grant(usher.TeamGrant, 3) }

// sleepers begins with grants in three accounts, of which the loner and the enterprise
// change nothing: still is a check of that.
func (b bench) sleepers() (still func()) {
	b.Helper()
	b.begin()
	others := []usher.AccountRef{enterprise(), loner()}
	for _, ref := range append(others, octo()) {
		b.update(func(tx usher.Tx) error { return tx.InsertGrants(ref, append(directs(), teamGrant())) })
	}
	var before []holdings
	for _, ref := range others {
		b.update(func(tx usher.Tx) error {
			return steps(
				func() error { return tx.SleepGrants(ref, usher.DirectGrant, []int64{2}) },
				func() error { return tx.InsertSleepingSeats(ref, otherSeats()) },
			)
		})
		before = append(before, kept(b, ref))
	}
	return func() {
		b.Helper()
		for i, ref := range others {
			equal(b, "what another account keeps", kept(b, ref), before[i])
		}
	}
}

func sleep(b bench, kind usher.GrantKind, ids ...int64) {
	b.Helper()
	b.update(func(tx usher.Tx) error { return tx.SleepGrants(octo(), kind, ids) })
}

func wake(b bench, kind usher.GrantKind, ids ...int64) {
	b.Helper()
	b.update(func(tx usher.Tx) error { return tx.WakeGrants(octo(), kind, ids) })
}

func sleepGrants(b bench) {
	still := b.sleepers()
	d := directs()
	sleep(b, usher.DirectGrant)
	equalList(b, "asleep before", asleep(b, octo()), nil)
	sleep(b, usher.DirectGrant, 4, 2, 404, 4)
	equalSet(b, "in force", grantsOf(b, octo()), []usher.Grant{d[1], teamGrant()}, grantKey)
	equalSet(b, "asleep", asleep(b, octo()), []usher.Grant{d[0], d[2]}, grantKey)
	sleep(b, usher.TeamGrant, 3)
	equalSet(b, "still in force", grantsOf(b, octo()), d[1:2], grantKey)
	equalSet(b, "asleep with a team's", asleep(b, octo()), []usher.Grant{d[0], d[2], teamGrant()}, grantKey)
	still()
}

func sleepAgain(b bench) {
	still := b.sleepers()
	sleep(b, usher.DirectGrant, 2, 3)
	later := usher.Grant{Kind: usher.DirectGrant, SubjectID: 2, GrantedAt: day(27), GrantedBy: usher.Actor{UserID: 5, TokenID: 6}}
	b.update(func(tx usher.Tx) error { return tx.InsertGrants(octo(), []usher.Grant{later}) })
	sleep(b, usher.DirectGrant, 2, 3)
	equalSet(b, "asleep", asleep(b, octo()), []usher.Grant{later, directs()[1]}, grantKey)
	equalSet(b, "in force", grantsOf(b, octo()), []usher.Grant{directs()[2], teamGrant()}, grantKey)
	still()
}

func wakeGrants(b bench) {
	still := b.sleepers()
	d := directs()
	sleep(b, usher.DirectGrant, 2, 3, 4)
	sleep(b, usher.TeamGrant, 3)
	wake(b, usher.DirectGrant)
	equalList(b, "in force before", grantsOf(b, octo()), nil)
	wake(b, usher.DirectGrant, 3, 404, 3)
	equalSet(b, "in force", grantsOf(b, octo()), d[1:2], grantKey)
	equalSet(b, "asleep", asleep(b, octo()), []usher.Grant{d[0], d[2], teamGrant()}, grantKey)
	given := usher.Grant{Kind: usher.DirectGrant, SubjectID: 2, GrantedAt: day(27), GrantedBy: usher.Actor{UserID: 5, TokenID: 6}}
	b.update(func(tx usher.Tx) error { return tx.InsertGrants(octo(), []usher.Grant{given}) })
	wake(b, usher.DirectGrant, 2, 4)
	equalSet(b, "in force with one that was given anew", grantsOf(b, octo()), []usher.Grant{given, d[1], d[2]}, grantKey)
	equalSet(b, "asleep at the end", asleep(b, octo()), []usher.Grant{teamGrant()}, grantKey)
	still()
}

func deleteSleepingGrants(b bench) {
	still := b.sleepers()
	d := directs()
	sleep(b, usher.DirectGrant, 2, 3)
	sleep(b, usher.TeamGrant, 3)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.DeleteSleepingGrants(octo(), usher.DirectGrant, []int64{3, 4, 404}) },
			func() error { return tx.DeleteSleepingGrants(octo(), usher.DirectGrant, nil) },
		)
	})
	equalSet(b, "asleep", asleep(b, octo()), []usher.Grant{d[0], teamGrant()}, grantKey)
	equalSet(b, "in force", grantsOf(b, octo()), d[2:], grantKey)
	still()
}

func sleepingSeats(b bench) {
	still := b.sleepers()
	s := someSeats()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertSeats(octo(), otherSeats()) },
			func() error { return tx.InsertSleepingSeats(octo(), []usher.Seat{s[4], s[2], s[5], s[0], s[3], s[1]}) },
			func() error { return tx.InsertSleepingSeats(octo(), nil) },
		)
	})
	equalList(b, "seats that sleep", seatsAsleep(b, octo()), s)
	equalList(b, "seats", seatsOf(b, octo()), otherSeats())
	of := func(section int64, ids ...int64) []usher.Seat {
		return read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.SleepingSeats(octo(), section, ids) })
	}
	equalSet(b, "people's", of(0, 3, 2, 404, 3), s[:2], seatNumber)
	equalSet(b, "people's of a section", of(101, 2, 3, 4, 5), s[4:], seatNumber)
	equalList(b, "nobody's", of(0), nil)
	equalList(b, "of an unknown section", of(404, 2), nil)
	due := find(b, func(r usher.Reader) (usher.AccountRef, bool, error) { return r.DueAccount(day(20)) })
	equal(b, "what sleeps is not due", due, found[usher.AccountRef]{octo(), true}) // octo's invitation is
	equalList(b, "due seats", read(b, func(r usher.Reader) ([]usher.Seat, error) { return r.DueSeats(octo(), day(20), 10) }), nil)
	still()
}

func deleteSleepingSeats(b bench) {
	still := b.sleepers()
	s := someSeats()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertSeats(octo(), s) },
			func() error { return tx.InsertSleepingSeats(octo(), s) },
			func() error { return tx.DeleteSleepingSeats(octo(), []usher.Seat{s[1], s[4], {UserID: 404}}) },
			func() error { return tx.DeleteSleepingSeats(octo(), nil) },
		)
	})
	equalList(b, "seats that sleep", seatsAsleep(b, octo()), []usher.Seat{s[0], s[2], s[3], s[5]})
	equalList(b, "seats", seatsOf(b, octo()), s)
	still()
}

func forget(b bench) {
	still := b.sleepers()
	sleep(b, usher.DirectGrant, 2, 3)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertSeats(octo(), []usher.Seat{seat(0, 1, 2, time.Time{})}) },
			func() error { return tx.InsertSleepingSeats(octo(), someSeats()) },
			func() error { return tx.Forget(octo()) },
		)
	})
	equalList(b, "grants that sleep", asleep(b, octo()), nil)
	equalList(b, "seats that sleep", seatsAsleep(b, octo()), nil)
	equalSet(b, "grants", grantsOf(b, octo()), []usher.Grant{directs()[2], teamGrant()}, grantKey)
	equal(b, "seats", len(seatsOf(b, octo())), 1)
	b.update(func(tx usher.Tx) error { return tx.Forget(octo()) }) // again: nothing
	still()
}
