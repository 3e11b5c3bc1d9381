// Package storetest is the conformance suite of [usher.Store]: one subtest for each
// promise that the port's comments make. Every engine runs all of it.
package storetest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// Run holds an engine to the port's promises. open gives each subtest a store of its
// own, empty, and closes it when the subtest ends.
func Run(t *testing.T, open func(t *testing.T) usher.Store) {
	t.Helper()
	for _, p := range slices.Concat(
		transactionPromises(), worldPromises(), peoplePromises(), invitationPromises(), teamPromises(),
		grantPromises(), seatPromises(), sleepPromises(), counterPromises(), enterprisePromises(), eventPromises(), selectionPromises(),
		reportPromises(), recordPromises(), pastPromises(), setPromises(), appPromises(),
	) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.check(bench{t, open(t)})
		})
	}
}

// promise is one sentence of the contract.
type promise struct {
	name  string
	check func(bench)
}

// bench is a test with a store.
type bench struct {
	*testing.T
	store usher.Store
}

// update runs a change that has to succeed.
func (b bench) update(fn func(usher.Tx) error) {
	b.Helper()
	if err := b.store.Update(b.Context(), fn); err != nil {
		b.Fatalf("Update: %v", err)
	}
}

// refuses runs a change that has to fail.
func (b bench) refuses(what string, fn func(usher.Tx) error) {
	b.Helper()
	if err := b.store.Update(b.Context(), fn); err == nil {
		b.Errorf("%s gave no error", what)
	}
}

// view runs a reading that has to succeed.
func (b bench) view(fn func(usher.Reader) error) {
	b.Helper()
	if err := b.store.View(b.Context(), fn); err != nil {
		b.Fatalf("View: %v", err)
	}
}

// read is what a reading returns.
func read[T any](b bench, ask func(usher.Reader) (T, error)) T {
	b.Helper()
	var got T
	b.view(func(r usher.Reader) (err error) {
		got, err = ask(r)
		return err
	})
	return got
}

// found is an answer that may be none.
type found[T any] struct {
	Value T
	OK    bool
}

// find is what a reading that may find nothing returns.
func find[T any](b bench, ask func(usher.Reader) (T, bool, error)) found[T] {
	b.Helper()
	return read(b, func(r usher.Reader) (found[T], error) {
		value, ok, err := ask(r)
		return found[T]{value, ok}, err
	})
}

// equal compares values. A time has to be the same by ==, which rules compare with too.
func equal(b bench, what string, got, want any) {
	b.Helper()
	sameTime := gocmp.Comparer(func(x, y time.Time) bool { return x == y })
	if diff := gocmp.Diff(want, got, sameTime); diff != "" {
		b.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// equalSet compares lists whose order the port leaves open; none and an empty one are
// the same.
func equalSet[T any, K cmp.Ordered](b bench, what string, got, want []T, key func(T) K) {
	b.Helper()
	order := func(x, y T) int { return cmp.Compare(key(x), key(y)) }
	equalList(b, what, slices.SortedFunc(slices.Values(got), order), slices.SortedFunc(slices.Values(want), order))
}

// equalList compares lists; none and an empty one are the same.
func equalList[T any](b bench, what string, got, want []T) {
	b.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	equal(b, what, got, want)
}

// steps runs changes one after the other until one fails.
func steps(errs ...func() error) error {
	for _, step := range errs {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// errRefused is a rule's refusal, as a closure returns it.
const errRefused = refusal("refused by a rule")

type refusal string

func (r refusal) Error() string { return string(r) }
