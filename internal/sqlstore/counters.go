package sqlstore

import "github.com/usher-seats/usher"

const counterColumns = `section, live, pending, ends_at, cycle_start, added, active`

func counterFields(c *usher.Counters) []any {
	return []any{&c.Section, &c.Live, &c.Pending, (*instant)(&c.EndsAt), (*instant)(&c.CycleStart), &c.Added, &c.Active}
}

// Sections implements [usher.Past].
func (s *state) Sections(ref usher.AccountRef) ([]usher.Counters, error) {
	if s.past() {
		return s.sections(ref)
	}
	return query(s.r, "read counters",
		`SELECT `+counterColumns+` FROM sections WHERE account = $1 ORDER BY section`, counterFields, accountKey(ref))
}

// EnterpriseSections implements [usher.Reader].
func (r *reader) EnterpriseSections(enterpriseID int64) ([]usher.AccountCounters, error) {
	return query(r, "read an enterprise's counters",
		`SELECT account, `+counterColumns+` FROM sections WHERE account IN (SELECT account FROM accounts WHERE enterprise = $1)`,
		func(c *usher.AccountCounters) []any {
			return append([]any{(*accountColumn)(&c.Account)}, counterFields(&c.Counters)...)
		}, enterpriseKey(enterpriseID))
}

// SeatTotals implements [usher.Reader].
func (r *reader) SeatTotals() ([]usher.Counters, error) {
	return query(r, "add up all counters",
		`SELECT s.ends_at, CAST(SUM(s.live) AS BIGINT), CAST(SUM(s.pending) AS BIGINT)
		FROM accounts a CROSS JOIN sections s WHERE s.account = a.account GROUP BY s.ends_at`,
		func(c *usher.Counters) []any { return []any{(*instant)(&c.EndsAt), &c.Live, &c.Pending} })
}

// SaveSections implements [usher.Tx].
func (t *tx) SaveSections(ref usher.AccountRef, sections []usher.Counters) error {
	account := accountKey(ref)
	into := insertion("save counters", "sections",
		`account, section, live, pending, ends_at, cycle_start, added, active`,
		` ON CONFLICT (account, section) DO UPDATE SET live = excluded.live, pending = excluded.pending, ends_at = excluded.ends_at,
		cycle_start = excluded.cycle_start, added = excluded.added, active = excluded.active`)
	return insert(t, into, sections, func(args []any, c usher.Counters) []any {
		return append(args, account, c.Section, c.Live, c.Pending, micros(c.EndsAt), micros(c.CycleStart), c.Added, c.Active)
	})
}

func blockFields(b *usher.Block) []any {
	return []any{&b.Section, &b.Index, &b.Live, &b.Pending, (*instant)(&b.EndsAt)}
}

// Blocks implements [usher.Past].
func (s *state) Blocks(ref usher.AccountRef, section int64) ([]usher.Block, error) {
	if s.past() {
		return s.blocks(ref, section)
	}
	return query(s.r, "read blocks",
		`SELECT section, block, live, pending, ends_at FROM blocks WHERE account = $1 AND section = $2 ORDER BY block`,
		blockFields, accountKey(ref), section)
}

// BlocksAt implements [usher.Reader].
func (r *reader) BlocksAt(ref usher.AccountRef, section int64, indexes []int64) ([]usher.Block, error) {
	return query(r, "read blocks",
		`SELECT section, block, live, pending, ends_at FROM blocks
		WHERE account = $1 AND section = $2 AND `+r.dialect.among("block", r.dialect.intSet("$3")),
		blockFields, accountKey(ref), section, intArray(indexes))
}

// SaveBlocks implements [usher.Tx].
func (t *tx) SaveBlocks(ref usher.AccountRef, blocks []usher.Block) error {
	account := accountKey(ref)
	var kept []usher.Block
	empty := map[int64][]int64{}
	for _, b := range blocks {
		if b.Live == 0 && b.Pending == 0 {
			empty[b.Section] = append(empty[b.Section], b.Index)
			continue
		}
		kept = append(kept, b)
	}
	for section, indexes := range empty {
		err := t.run("remove empty blocks",
			`DELETE FROM blocks WHERE account = $1 AND section = $2 AND `+t.dialect.among("block", t.dialect.intSet("$3")),
			account, section, intArray(indexes))
		if err != nil {
			return err
		}
	}
	into := insertion("save blocks", "blocks", `account, section, block, live, pending, ends_at`,
		` ON CONFLICT (account, section, block) DO UPDATE SET live = excluded.live, pending = excluded.pending, ends_at = excluded.ends_at`)
	return insert(t, into, kept, func(args []any, b usher.Block) []any {
		return append(args, account, b.Section, b.Index, b.Live, b.Pending, micros(b.EndsAt))
	})
}
