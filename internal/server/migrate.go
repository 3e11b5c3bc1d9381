package server

import (
	"context"

	"github.com/usher-seats/usher/internal/sqlstore"
)

// Migration is what was done about a database's schema, or would be.
type Migration struct {
	Database string // its name
	From, To int64  // its version before and after
	Steps    []Step // that were applied, or would be
	Newest   int64  // version that this usher knows
}

// Step brings a schema from the version before to its own.
type Step struct {
	Version int64
	Name    string
}

// Migrate brings the schema of a database up to date, or only says what that would do; a database
// that is not there is made, as by a server. Of config it looks at Database.
func Migrate(ctx context.Context, config Config, dryRun bool) (m Migration, err error) {
	database, err := config.database()
	if err != nil {
		return m, err
	}
	m.Database = sqlstore.PublicName(database)
	before, err := sqlstore.Inspect(ctx, database, sqlstore.Options{})
	if err != nil {
		return m, err
	}
	m.From, m.To, m.Newest = before.Version, before.Version, before.Newest
	if dryRun {
		m.Steps = stepsOf(before.Pending)
		return m, nil
	}
	applied, err := sqlstore.Migrate(ctx, database, sqlstore.Options{})
	m.Steps = stepsOf(applied)
	if err != nil {
		return m, err
	}
	after, err := sqlstore.Inspect(ctx, database, sqlstore.Options{})
	m.To = after.Version
	return m, err
}

func stepsOf(migrations []sqlstore.Migration) (steps []Step) {
	for _, m := range migrations {
		steps = append(steps, Step(m))
	}
	return steps
}
