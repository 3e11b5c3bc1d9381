package usher

import (
	"cmp"
	"math"
	"slices"
)

// checkPast looks at when rows were as they are kept: each version ends with a change that has
// its event, and before the next one of its row begins.
func (a *audit) checkPast() error {
	versions, err := a.tx.Lifetimes(a.account.Ref)
	if err != nil {
		return err
	}
	last := a.account.LastEvent
	slices.SortFunc(versions, func(x, y Lifetime) int {
		return cmp.Or(cmp.Compare(x.Row, y.Row), cmp.Compare(x.end(), y.end()), cmp.Compare(x.Since, y.Since))
	})
	for i, v := range versions {
		switch {
		case v.Until == 0 && v.Since > last:
			a.report("%s is as it is since event %d, and the last is %d", v.Row, v.Since, last)
		case v.Until != 0 && (v.Since >= v.Until || v.Until > last):
			a.report("%s was so from event %d until event %d, and the last is %d", v.Row, v.Since, v.Until, last)
		}
		if i > 0 && versions[i-1].Row == v.Row && v.Since < versions[i-1].end() {
			a.report("%s was so until event %d, and another way since event %d", v.Row, versions[i-1].Until, v.Since)
		}
	}
	return nil
}

// end is where a version stands among those of its row: what is so still comes last.
func (v Lifetime) end() int64 {
	if v.Until == 0 {
		return math.MaxInt64
	}
	return v.Until
}
