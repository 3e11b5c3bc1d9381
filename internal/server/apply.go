package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// readBody reads a file that came as the body of a request, and has no name.
func readBody(data []byte, now time.Time) (usher.Desired, error) {
	return seed.ParseDesired("file", data, now)
}

// File is a file that a database is to be brought in step with.
type File struct {
	Name string
	Data []byte
}

// Apply applies a file to a database that exists, also while servers run on it. told gets the plan
// before anything is written; where it says no, nothing is. Of config Apply looks at Database and
// Wall.
func Apply(ctx context.Context, config Config, file File, options usher.ApplyOptions, told func(usher.ApplyPlan) bool) (name string, applied usher.Applied, err error) {
	database, err := config.database()
	if err != nil {
		return "", applied, err
	}
	name = sqlstore.PublicName(database)
	store, err := sqlstore.Open(ctx, database, sqlstore.Options{Wall: config.Wall, MustExist: true, Patience: patience})
	if err != nil {
		return name, applied, err
	}
	applied, err = applyTo(ctx, usher.NewService(store), config, file, options, told)
	return name, applied, errors.Join(err, store.Close())
}

func applyTo(ctx context.Context, service *usher.Service, config Config, file File, options usher.ApplyOptions, told func(usher.ApplyPlan) bool) (applied usher.Applied, err error) {
	_, now, err := service.Clock(ctx)
	if err != nil {
		return applied, fmt.Errorf("reading the clock: %w", err)
	}
	desired, err := seed.ParseDesired(file.Name, file.Data, now)
	if err != nil {
		return applied, err
	}
	by := usher.By{RequestID: ghapi.NewRequestID(config.wallClock()())} // the same on all events of it
	plan, err := service.PlanApply(ctx, desired, options, by)
	if err != nil || !told(plan) {
		return applied, err
	}
	if err := plan.Refusal(); err != nil {
		return applied, err
	}
	return service.Apply(ctx, desired, options, plan.Limit, by)
}
