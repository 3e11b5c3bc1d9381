package usher

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ApplyOptions say how a file is applied.
type ApplyOptions struct {
	Prune       bool   // what is there and not in a list of the file is removed
	MaxRemovals *int64 // how many seats may turn pending or end; nil: 10, or 5 in 100, whichever is more
}

// PlanApply says what applying a file would change, by applying it and taking all of it back. Nothing
// is written. While it runs nobody else changes anything.
func (s *Service) PlanApply(ctx context.Context, desired Desired, options ApplyOptions, by By) (ApplyPlan, error) {
	var plan ApplyPlan
	err := s.updateWorld(ctx, func(tx Tx) error {
		plan = ApplyPlan{}
		a := applier{Service: NewService(parts{tx}), desired: desired, options: options, by: by}
		for _, step := range a.steps() {
			if err := a.perform(ctx, step, &plan); err != nil {
				return err
			}
		}
		plan.Limit = plan.limit(options)
		return errTried
	})
	if !errors.Is(err, errTried) {
		return ApplyPlan{}, err
	}
	err = s.store.View(ctx, func(tx Reader) (err error) {
		plan.Others, err = others(tx, desired)
		return err
	})
	return plan, err
}

// parts is a store whose transactions are parts of one.
type parts struct{ tx Tx }

// View implements [Store].
func (p parts) View(_ context.Context, fn func(Reader) error) error { return fn(p.tx) }

// Update implements [Store].
func (p parts) Update(_ context.Context, fn func(Tx) error) error {
	return p.tx.Part(func() error { return fn(p.tx) })
}

// Applied is what applying a file has come to.
type Applied struct {
	Plan ApplyPlan // what has been changed
	Done []string  // the steps that were made
	Left []string  // and, after a failure, those that were not
}

// Apply has an installation hold what a file says, in a transaction for its users, one for each
// enterprise and organization, one for each enterprise's grants, one for the tokens and one for the apps. No more
// seats turn pending or end in all of them than limit says; [Service.PlanApply] tells how many are
// to be expected. A failure leaves what was done before it: applying the file again goes on.
func (s *Service) Apply(ctx context.Context, desired Desired, options ApplyOptions, limit int64, by By) (Applied, error) {
	a := applier{Service: s, desired: desired, options: options, by: by, limit: &limit}
	steps := a.steps()
	applied := Applied{Plan: ApplyPlan{Limit: limit}}
	for i, step := range steps {
		if err := a.perform(ctx, step, &applied.Plan); err != nil {
			for _, left := range steps[i:] {
				applied.Left = append(applied.Left, left.name)
			}
			return applied, applied.explain(err)
		}
		applied.Done = append(applied.Done, step.name)
	}
	return applied, nil
}

// explain says how far applying had come when it failed.
func (a Applied) explain(err error) error {
	if len(a.Done) == 0 {
		return err
	}
	far := fmt.Sprintf("Applied: %s. Not applied: %s. Apply the file again to go on.", namesOf(a.Done), namesOf(a.Left))
	var known *Error
	if !errors.As(err, &known) {
		return fmt.Errorf("%w. %s", err, far)
	}
	told := *known
	told.Message = known.Message + " " + far
	return &told
}

// maxListed is how many steps a sentence names.
const maxListed = 20

func namesOf(names []string) string {
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
}

// applier applies one file.
type applier struct {
	*Service
	desired Desired
	options ApplyOptions
	by      By
	limit   *int64 // how many seats may turn pending or end in all steps; nil: any number
}

// applyStep is what is done in one transaction. alone says whether it needs the world to itself.
type applyStep struct {
	name  string
	alone func(Reader) (bool, error)
	do    func(Tx) (stepPlan, error)
}

// steps are in the order in which each finds what it needs: people before who names them,
// enterprises before their organizations, members before the enterprise's grants to them.
func (a applier) steps() []applyStep {
	steps := []applyStep{{"users", a.addsUsers, a.applyUsers}}
	var grants []applyStep
	for _, want := range a.desired.Accounts {
		name := want.Kind.String() + " " + want.Login.Text
		steps = append(steps, applyStep{
			name,
			func(tx Reader) (bool, error) { return a.addsOrMoves(tx, want) },
			func(tx Tx) (stepPlan, error) { return a.applyAccount(tx, want, (*provision).all) },
		})
		if want.Kind == Enterprise && (want.SeatUsers != nil || want.SeatTeams != nil) {
			grants = append(grants, applyStep{
				"seats of " + name, nil,
				func(tx Tx) (stepPlan, error) { return a.applyAccount(tx, want, (*provision).grants) },
			})
		}
	}
	steps = append(steps, grants...)
	always := func(Reader) (bool, error) { return true, nil }
	if len(a.desired.Tokens) > 0 {
		steps = append(steps, applyStep{"tokens", always, a.applyTokens})
	}
	if a.desired.Apps != nil {
		steps = append(steps, applyStep{"apps", always, a.applyApps})
	}
	return steps
}

// perform makes one step, and takes it into the plan.
func (a applier) perform(ctx context.Context, step applyStep, plan *ApplyPlan) error {
	alone := false
	if step.alone != nil {
		err := a.store.View(ctx, func(tx Reader) (err error) {
			alone, err = step.alone(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	var made stepPlan
	update := a.store.Update
	if alone {
		update = func(_ context.Context, do func(Tx) error) error { return a.updateWorld(ctx, do) }
	}
	err := update(ctx, func(tx Tx) (err error) {
		if err := inForce(tx, a.by.Actor.TokenID); err != nil {
			return err
		}
		if made, err = step.do(tx); err != nil {
			return err
		}
		lost := plan.Seats().Lost() + made.account.Seats.Lost()
		if a.limit != nil && made.account.Seats.Lost() > 0 && lost > *a.limit {
			return tooManyRemovals(lost, *a.limit)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", step.name, err)
	}
	plan.join(made)
	return nil
}

// others counts what a file does not name.
func others(tx Reader, desired Desired) (Others, error) {
	named := map[AccountName]bool{}
	for _, a := range desired.Accounts {
		named[AccountName{Kind: a.Kind, Login: LoginKey(a.Login.Text)}] = true
	}
	var left Others
	accounts, err := tx.Accounts()
	if err != nil {
		return left, err
	}
	for _, account := range accounts {
		switch {
		case named[AccountName{Kind: account.Ref.Kind, Login: LoginKey(account.Login)}]:
		case account.Ref.Kind == Enterprise:
			left.Enterprises++
		default:
			left.Organizations++
		}
	}
	listed := make(map[string]bool, len(desired.Users))
	for _, user := range desired.Users {
		listed[LoginKey(user.Login.Text)] = true
	}
	users, err := tx.AllUsers()
	if err != nil {
		return left, err
	}
	for _, user := range users {
		if !listed[LoginKey(user.Login)] {
			left.Users++
		}
	}
	left.Apps, err = otherApps(tx, desired.Apps)
	return left, err
}
