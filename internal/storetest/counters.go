package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

func counterPromises() []promise {
	return []promise{
		{"counters come back by section, the last saved", sections},
		{"an enterprise's counters and its organizations' come back together", enterpriseSections},
		{"the counters of all accounts are added up by when pending seats end", seatTotals},
		{"blocks come back by index, the last saved", blocks},
		{"a block that counts nothing is removed", emptyBlocks},
	}
}

func sections(b bench) {
	b.begin()
	all := func(ref usher.AccountRef) []usher.Counters {
		return read(b, func(r usher.Reader) ([]usher.Counters, error) { return r.Sections(ref) })
	}
	first := usher.Counters{Live: 1, Pending: 2, EndsAt: firstOf(time.April), CycleStart: firstOf(time.March), Added: 3, Active: 4}
	second := usher.Counters{Section: 101, Live: 5, Pending: 6, EndsAt: day(7), CycleStart: day(8), Added: 9, Active: 10}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.SaveSections(octo(), []usher.Counters{second, first}) },
			func() error { return tx.SaveSections(enterprise(), []usher.Counters{second}) },
			func() error { return tx.SaveSections(octo(), nil) },
		)
	})
	equalList(b, "counters", all(octo()), []usher.Counters{first, second})
	second = usher.Counters{Section: 101}
	b.update(func(tx usher.Tx) error { return tx.SaveSections(octo(), []usher.Counters{second}) })
	equalList(b, "counters saved again", all(octo()), []usher.Counters{first, second})
	equal(b, "counters of the enterprise", all(enterprise())[0].Live, int64(5))
	equalList(b, "counters of an account without any", all(loner()), nil)
}

func enterpriseSections(b bench) {
	b.begin()
	counters := func(live int64) []usher.Counters {
		return []usher.Counters{{Live: live, Pending: 2, EndsAt: firstOf(time.April), CycleStart: firstOf(time.March), Added: 3, Active: 4}}
	}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.SaveSections(octo(), counters(1)) },
			func() error { return tx.SaveSections(enterprise(), counters(5)) },
			func() error { return tx.SaveSections(loner(), counters(6)) },
		)
	})
	got := map[usher.AccountRef]usher.Counters{}
	for _, c := range read(b, func(r usher.Reader) ([]usher.AccountCounters, error) {
		return r.EnterpriseSections(enterprise().ID)
	}) {
		got[c.Account] = c.Counters
	}
	want := map[usher.AccountRef]usher.Counters{octo(): counters(1)[0], enterprise(): counters(5)[0]}
	equal(b, "the counters of an enterprise and its organizations", len(got), len(want))
	for ref, c := range want {
		equal(b, "the counters of "+ref.Kind.String(), got[ref], c)
	}
}

func seatTotals(b bench) {
	b.begin()
	all := func() []usher.Counters {
		return read(b, func(r usher.Reader) ([]usher.Counters, error) { return r.SeatTotals() })
	}
	ending := func(section, live, pending int64, at time.Time) usher.Counters {
		return usher.Counters{Section: section, Live: live, Pending: pending, EndsAt: at, CycleStart: firstOf(time.March), Added: 8, Active: 9}
	}
	equalList(b, "of nothing", all(), nil)
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				return tx.SaveSections(octo(), []usher.Counters{ending(0, 1, 2, firstOf(time.April)), ending(101, 10, 0, time.Time{})})
			},
			func() error {
				return tx.SaveSections(enterprise(), []usher.Counters{ending(0, 100, 200, firstOf(time.April)), ending(7, 5, 3, day(20))})
			},
			func() error { return tx.SaveSections(loner(), []usher.Counters{ending(0, 1000, 0, time.Time{})}) },
		)
	})
	want := []usher.Counters{{Live: 1010}, {Live: 5, Pending: 3, EndsAt: day(20)}, {Live: 101, Pending: 202, EndsAt: firstOf(time.April)}}
	equalSet(b, "totals", all(), want, func(c usher.Counters) int64 { return c.Live })
}

func allBlocks(b bench, ref usher.AccountRef, section int64) []usher.Block {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Block, error) { return r.Blocks(ref, section) })
}

func blocks(b bench) {
	b.begin()
	one := usher.Block{Index: 1, Live: 2, Pending: 3, EndsAt: day(4)}
	zero := usher.Block{Index: 0, Live: 5}
	other := usher.Block{Section: 101, Index: 1, Live: 6, Pending: 7, EndsAt: day(8)}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.SaveBlocks(octo(), []usher.Block{one, zero, other}) },
			func() error { return tx.SaveBlocks(enterprise(), []usher.Block{zero}) },
		)
	})
	equalList(b, "blocks", allBlocks(b, octo(), 0), []usher.Block{zero, one})
	equalList(b, "blocks of a section", allBlocks(b, octo(), 101), []usher.Block{other})
	one = usher.Block{Index: 1, Live: 12}
	b.update(func(tx usher.Tx) error { return tx.SaveBlocks(octo(), []usher.Block{one}) })
	equalList(b, "blocks saved again", allBlocks(b, octo(), 0), []usher.Block{zero, one})

	at := func(indexes ...int64) []usher.Block {
		return read(b, func(r usher.Reader) ([]usher.Block, error) { return r.BlocksAt(octo(), 0, indexes) })
	}
	equalSet(b, "blocks at indexes", at(1, 404, 1), []usher.Block{one}, func(b usher.Block) int64 { return b.Index })
	equalList(b, "blocks at no index", at(), nil)
}

func emptyBlocks(b bench) {
	b.begin()
	save := func(blocks ...usher.Block) {
		b.update(func(tx usher.Tx) error { return tx.SaveBlocks(octo(), blocks) })
	}
	zero, one := usher.Block{Live: 1}, usher.Block{Index: 1, Pending: 1, EndsAt: day(4)}
	other := usher.Block{Section: 101, Index: 1, Live: 1}
	save(zero, one, other)
	save(usher.Block{}, usher.Block{Index: 404})
	equalList(b, "blocks", allBlocks(b, octo(), 0), []usher.Block{one})
	save(usher.Block{Index: 1})
	equalList(b, "no blocks", allBlocks(b, octo(), 0), nil)
	equalList(b, "blocks of another section", allBlocks(b, octo(), 101), []usher.Block{other})
}
