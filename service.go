package usher

import (
	"context"
	"time"
)

// Service is what usher does: one method per operation. Callers have been authorized by
// [Service.Authorize] before they reach a method that takes an account.
type Service struct {
	store Store
	keep  time.Duration // how long the record is kept; 0: for ever
}

// NewService is a Service on a store.
func NewService(store Store) *Service { return &Service{store: store} }

// By is who makes a change, and in which request.
type By struct {
	Actor     Actor
	RequestID string
}

// write runs a change of one account's books in one transaction.
func (s *Service) write(ctx context.Context, ref AccountRef, by By, change func(*ledger) error) error {
	return s.store.Update(ctx, func(tx Tx) error {
		l, err := openLedger(tx, ref, by.Actor, by.RequestID)
		if err != nil {
			return err
		}
		if err := change(l); err != nil {
			return err
		}
		return l.close()
	})
}
