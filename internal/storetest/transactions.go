package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/usher-seats/usher"
)

func transactionPromises() []promise {
	return []promise{
		{"Update keeps what a closure wrote", updateKeeps},
		{"Update shows a closure its own writes", ownWrites},
		{"Update takes all back on an error, and returns it", rollbackOnError},
		{"Update takes all back on a panic", rollbackOnPanic},
		{"Update takes all back after a statement has failed", rollbackOnFailure},
		{"Updates at the same time are as if one after the other", serialUpdates},
		{"Part takes back on an error what it wrote, and nothing else", partTakesBack},
		{"Part keeps what it wrote, and one in another goes with it", partsNest},
		{"Part goes on after nothing that failed", partAfterFailure},
		{"Part asks for the time anew", partTime},
		{"LockWorld lets no other transaction lock an account", worldLock},
		{"LockWorld waits for who has locked an account", worldLockWaits},
		{"View returns the closure's error", viewError},
		{"View sees one snapshot", snapshot},
		{"View sees nothing of an Update that is not committed", uncommitted},
		{"View gives nothing to write with", viewCannotWrite},
		{"a cancelled context ends a transaction with its error", cancelled},
	}
}

func seed(r usher.Reader) (string, bool, error) { return r.Seed() }

func updateKeeps(b bench) {
	b.update(func(tx usher.Tx) error { return tx.SetSeed("kept") })
	equal(b, "seed", find(b, seed), found[string]{"kept", true})
}

func ownWrites(b bench) {
	b.update(func(tx usher.Tx) error {
		if err := tx.SetSeed("mine"); err != nil {
			return err
		}
		got, ok, err := tx.Seed()
		equal(b, "seed inside", found[string]{got, ok}, found[string]{"mine", true})
		return err
	})
}

func rollbackOnError(b bench) {
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		return errors.Join(tx.SetSeed("lost"), tx.InsertUsers(users()), errRefused)
	})
	if !errors.Is(err, errRefused) {
		b.Errorf("Update returned %v, want the closure's error", err)
	}
	equal(b, "seed", find(b, seed), found[string]{})
	b.begin() // the same users again
}

func rollbackOnPanic(b bench) {
	func() {
		defer func() {
			if got := recover(); got != "a bug" {
				b.Errorf("recovered %v, want the closure's panic", got)
			}
		}()
		_ = b.store.Update(b.Context(), func(tx usher.Tx) error {
			if err := tx.SetSeed("lost"); err != nil {
				return err
			}
			panic("a bug")
		})
	}()
	equal(b, "seed", find(b, seed), found[string]{})
	updateKeeps(b)
}

func rollbackOnFailure(b bench) {
	b.begin()
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		if err := tx.SetSeed("lost"); err != nil {
			return err
		}
		_ = tx.InsertUsers(users()) // they are there
		_ = tx.SetSeed("lost too")
		return nil
	})
	if err == nil {
		b.Error("Update returned no error although a statement had failed")
	}
	equal(b, "seed", find(b, seed), found[string]{})
}

func partTakesBack(b bench) {
	b.begin()
	before := lastSeat(b)
	b.update(func(tx usher.Tx) error {
		if err := tx.SetSeed("kept"); err != nil {
			return err
		}
		err := tx.Part(func() error {
			if err := errors.Join(tx.SetSeed("lost"), raise(tx)); err != nil {
				return err
			}
			return errRefused
		})
		if err != errRefused { // itself: callers look at its type
			b.Errorf("Part returned %v, want the closure's error itself", err)
		}
		got, ok, err := tx.Seed()
		equal(b, "seed after the part", found[string]{got, ok}, found[string]{"kept", true})
		return errors.Join(err, raise(tx))
	})
	equal(b, "seed", find(b, seed), found[string]{"kept", true})
	equal(b, "last seat", lastSeat(b), before+1)
}

func partsNest(b bench) {
	b.begin()
	before := lastSeat(b)
	b.update(func(tx usher.Tx) error {
		err := tx.Part(func() error {
			return errors.Join(raise(tx), tx.Part(func() error { return raise(tx) }), errRefused)
		})
		if !errors.Is(err, errRefused) {
			return err
		}
		return tx.Part(func() error {
			if err := tx.Part(func() error { return errors.Join(raise(tx), errRefused) }); !errors.Is(err, errRefused) {
				return err
			}
			return tx.Part(func() error { return raise(tx) })
		})
	})
	equal(b, "last seat", lastSeat(b), before+1)
}

func partAfterFailure(b bench) {
	b.begin()
	err := b.store.Update(b.Context(), func(tx usher.Tx) error {
		if err := tx.SetSeed("lost"); err != nil {
			return err
		}
		if err := tx.Part(func() error { return tx.InsertUsers(users()) }); err == nil { // they are there
			b.Error("Part returned no error although a statement had failed")
		}
		_ = tx.SetSeed("lost too")
		return nil
	})
	if err == nil {
		b.Error("Update returned no error although a statement had failed in a part")
	}
	equal(b, "seed", find(b, seed), found[string]{})
}

func partTime(b bench) {
	move := func(tx usher.Tx, to time.Time, end error) error {
		return tx.Part(func() error {
			err := tx.SetClock(usher.Clock{StandsAt: to})
			now, timeErr := tx.Now()
			equal(b, "the time in a part that sets the clock", now, to)
			return errors.Join(err, timeErr, end)
		})
	}
	b.update(func(tx usher.Tx) error {
		if err := move(tx, day(1), nil); err != nil {
			return err
		}
		if err := move(tx, day(2), errRefused); !errors.Is(err, errRefused) {
			return err
		}
		now, err := tx.Now()
		equal(b, "the time after a part that was taken back", now, day(1))
		return err
	})
}

func serialUpdates(b bench) {
	b.begin()
	const writers, times = 8, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range times {
				if err := b.store.Update(b.Context(), raise); err != nil {
					b.Errorf("Update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	equal(b, "last seat", lastSeat(b), accounts()[1].LastSeat+writers*times)
}

// raise gives an account's next seat a number one higher, under its lock.
func raise(tx usher.Tx) error {
	account, err := tx.Lock(octo())
	if err != nil {
		return err
	}
	account.LastSeat++
	return tx.SaveHead(account)
}

func worldLock(b bench) {
	b.begin()
	var beside sync.WaitGroup
	before := accounts()[1].LastSeat
	b.update(func(tx usher.Tx) error {
		if err := tx.LockWorld(); err != nil {
			return err
		}
		for range 4 {
			beside.Go(func() {
				if err := b.store.Update(b.Context(), raise); err != nil {
					b.Errorf("Update: %v", err)
				}
			})
		}
		// Each reading gives the others time to come in between.
		for range 300 {
			got, _, err := tx.Account(usher.AccountName{ID: octo().ID})
			if err != nil {
				return err
			}
			equal(b, "last seat under the world's lock", got.LastSeat, before)
		}
		return nil
	})
	beside.Wait()
	equal(b, "last seat", lastSeat(b), before+4)
}

func worldLockWaits(b bench) {
	b.begin()
	var beside sync.WaitGroup
	before := accounts()[1].LastSeat
	b.update(func(tx usher.Tx) error {
		if err := raise(tx); err != nil {
			return err
		}
		beside.Go(func() {
			err := b.store.Update(b.Context(), func(tx usher.Tx) error {
				if err := tx.LockWorld(); err != nil {
					return err
				}
				got, _, err := tx.Account(usher.AccountName{ID: octo().ID})
				equal(b, "last seat, seen by who has waited", got.LastSeat, before+1)
				return err
			})
			if err != nil {
				b.Errorf("Update: %v", err)
			}
		})
		for range 20 {
			if _, err := tx.Accounts(); err != nil {
				return err
			}
		}
		return nil
	})
	beside.Wait()
}

func lastSeat(b bench) int64 {
	b.Helper()
	return find(b, func(r usher.Reader) (usher.Account, bool, error) {
		return r.Account(usher.AccountName{ID: octo().ID})
	}).Value.LastSeat
}

func viewError(b bench) {
	if err := b.store.View(b.Context(), func(usher.Reader) error { return errRefused }); !errors.Is(err, errRefused) {
		b.Errorf("View returned %v, want the closure's error", err)
	}
}

func snapshot(b bench) {
	b.update(func(tx usher.Tx) error { return tx.SetSeed("before") })
	b.view(func(r usher.Reader) error {
		for range 2 {
			got, ok, err := r.Seed()
			if err != nil {
				return err
			}
			equal(b, "seed inside", found[string]{got, ok}, found[string]{"before", true})
			b.update(func(tx usher.Tx) error { return tx.SetSeed("after") })
		}
		// What was not read before belongs to the snapshot too.
		b.begin()
		users, err := r.Users([]int64{2, 3})
		equalList(b, "users inside", users, nil)
		return err
	})
	equal(b, "seed", find(b, seed), found[string]{"after", true})
}

func uncommitted(b bench) {
	b.update(func(tx usher.Tx) error {
		if err := tx.SetSeed("not yet"); err != nil {
			return err
		}
		equal(b, "seed beside", find(b, seed), found[string]{})
		return nil
	})
}

func viewCannotWrite(b bench) {
	b.view(func(r usher.Reader) error {
		if _, ok := r.(usher.Tx); ok {
			b.Error("View's Reader is a Tx")
		}
		return nil
	})
}

func cancelled(b bench) {
	ctx, cancel := context.WithCancel(b.Context())
	err := b.store.Update(ctx, func(tx usher.Tx) error {
		if err := tx.SetSeed("lost"); err != nil {
			return err
		}
		cancel()
		return tx.SetSeed("lost too")
	})
	if !errors.Is(err, context.Canceled) {
		b.Errorf("Update, cancelled inside: got %v, want context.Canceled", err)
	}
	if err := b.store.View(ctx, func(usher.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		b.Errorf("View, cancelled before: got %v, want context.Canceled", err)
	}
	ctx, cancel = context.WithCancel(b.Context())
	err = b.store.View(ctx, func(r usher.Reader) error {
		cancel()
		_, _, err := r.Seed()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		b.Errorf("View, cancelled inside: got %v, want context.Canceled", err)
	}
	ctx, cancel = context.WithCancel(b.Context())
	err = b.store.Update(ctx, func(tx usher.Tx) error {
		defer cancel()
		return tx.SetSeed("lost")
	})
	if !errors.Is(err, context.Canceled) {
		b.Errorf("Update, cancelled before its commit: got %v, want context.Canceled", err)
	}
	equal(b, "seed", find(b, seed), found[string]{})
	updateKeeps(b)
}
