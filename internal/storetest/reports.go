package storetest

import (
	"errors"

	"github.com/usher-seats/usher"
)

func reportPromises() []promise {
	return []promise{
		{"an activity report comes back by its number", reportByNumber},
		{"DeleteReports keeps the last of each seat that is known", deleteReports},
		{"LastReports finds each seat's last one up to a number", lastReports},
	}
}

// report is a report with a value in every field, different for each number.
func report(number, seat int64) usher.Report {
	n := int(number % 20)
	return usher.Report{
		Number: number, AcceptedAt: day(5 + n), UserID: 400 + number, Seat: seat,
		Reported: usher.Activity{At: day(1 + n), Editor: "vim/9 ü", AuthenticatedAt: day(2 + n)},
		Activity: usher.Activity{At: day(3 + n), Editor: "vscode/1.90 ✓", AuthenticatedAt: day(4 + n)},
	}
}

func reportByNumber(b bench) {
	b.begin()
	empty := usher.Report{Number: 2, UserID: 9, Seat: 3}
	other := report(1, 7)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertReports(octo(), []usher.Report{empty}) },
			func() error { return tx.InsertReports(octo(), []usher.Report{report(1, 3)}) },
			func() error { return tx.InsertReports(enterprise(), []usher.Report{other}) },
			func() error { return tx.InsertReports(octo(), nil) },
		)
	})
	of := func(ref usher.AccountRef, number int64) found[usher.Report] {
		return find(b, func(r usher.Reader) (usher.Report, bool, error) { return r.Report(ref, number) })
	}
	equal(b, "the first report", of(octo(), 1), found[usher.Report]{report(1, 3), true})
	equal(b, "one without activity", of(octo(), 2), found[usher.Report]{empty, true})
	equal(b, "one of the enterprise", of(enterprise(), 1), found[usher.Report]{other, true})
	equal(b, "one that is not there", of(octo(), 3), found[usher.Report]{})
	b.refuses("a report's number given twice", func(tx usher.Tx) error {
		return tx.InsertReports(octo(), []usher.Report{report(1, 4)})
	})
}

func lastReports(b bench) {
	b.begin()
	seats := []int64{3, 4, 3, 5, 3, 4}
	var all []usher.Report
	for i, seat := range seats {
		all = append(all, report(int64(i)+1, seat))
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertReports(octo(), all) },
			func() error { return tx.InsertReports(loner(), []usher.Report{report(1, 6), report(2, 3)}) },
		)
	})
	up := func(to int64, seats ...int64) []usher.Report {
		return read(b, func(r usher.Reader) ([]usher.Report, error) { return r.LastReports(octo(), seats, to) })
	}
	number := func(r usher.Report) int64 { return r.Number }
	equalSet(b, "up to the last", up(6, 3, 4, 5, 6), []usher.Report{all[3], all[4], all[5]}, number)
	equalSet(b, "up to far beyond", up(1<<60, 4, 4), []usher.Report{all[5]}, number)
	equalSet(b, "up to the third", up(3, 3, 4, 5), []usher.Report{all[1], all[2]}, number)
	equalSet(b, "before any", up(0, 3, 4, 5), nil, number)
	equalSet(b, "of no seats", up(6), nil, number)
	b.update(func(tx usher.Tx) error { return tx.Wipe() })
	equalSet(b, "wiped", up(6, 3, 4, 5), nil, number)
}

func deleteReports(b bench) {
	b.begin()
	gone := report(5, 9) // of a seat of which nothing is known
	all := []usher.Report{report(1, 3), report(2, 4), report(3, 3), report(4, 3), gone, report(6, 4)}
	past := seat(0, 4, all[1].UserID, day(2))
	b.update(func(tx usher.Tx) error {
		account, err := tx.Lock(octo())
		if err != nil {
			return err
		}
		all[5].UserID = past.UserID
		for i := range all {
			if all[i].Seat == 3 {
				all[i].UserID = 400
			}
		}
		return steps(
			func() error { return tx.SaveHead(account) },
			func() error { return tx.InsertSeats(octo(), []usher.Seat{seat(0, 3, 400, day(2)), past}) },
			func() error { return tx.InsertReports(octo(), all) },
			func() error { return tx.InsertReports(loner(), []usher.Report{report(1, 6), report(2, 6)}) },
		)
	})
	deletes := func(upTo int64, limit int, want int64) {
		b.Helper()
		b.update(func(tx usher.Tx) error {
			got, err := tx.DeleteReports(octo(), upTo, limit)
			equal(b, "deleted", got, want)
			return err
		})
	}
	left := func() (numbers []int64) {
		for n := range int64(6) {
			if find(b, func(r usher.Reader) (usher.Report, bool, error) { return r.Report(octo(), n+1) }).OK {
				numbers = append(numbers, n+1)
			}
		}
		return numbers
	}
	deletes(2, 10, 0)
	deletes(4, 1, 1)
	equalList(b, "left", left(), []int64{2, 3, 4, 5, 6})
	deletes(5, 10, 2)
	equalList(b, "the last of each seat is left", left(), []int64{2, 4, 6})
	b.update(func(tx usher.Tx) error { // it stands in the past then
		account, err := tx.Lock(octo())
		account.LastEvent++
		return errors.Join(err, tx.SaveHead(account), tx.DeleteSeats(octo(), []usher.Seat{past}))
	})
	deletes(5, 10, 0)
	b.update(func(tx usher.Tx) error { return tx.DeletePast(octo(), 1<<40) })
	deletes(5, 10, 1)
	equalList(b, "left", left(), []int64{4, 6})
	equal(b, "another account's", find(b, func(r usher.Reader) (usher.Report, bool, error) { return r.Report(loner(), 1) }).OK, true)
}
