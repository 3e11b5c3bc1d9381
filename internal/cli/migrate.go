package cli

import (
	"fmt"

	"github.com/usher-seats/usher/internal/server"
)

type migrateCommand struct {
	Database string `placeholder:"FILE|URL" help:"The database, an SQLite file or a postgres:// URL; a file is made where there is none. Left out: usher.db in the working directory."`
	DryRun   bool   `help:"Only list what would be done; nothing is changed, and no file is made."`
}

// Run lists the steps and says which version the schema had and has.
func (c *migrateCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	m, err := server.Migrate(ctx, server.Config{Database: c.Database}, c.DryRun)
	did := "applied"
	if c.DryRun {
		did = "would apply"
	}
	for _, step := range m.Steps {
		fmt.Fprintf(p.Stdout, "%s %05d %s\n", did, step.Version, step.Name)
	}
	if err != nil {
		return err
	}
	switch {
	case m.From == m.To && len(m.Steps) == 0:
		fmt.Fprintf(p.Stdout, "ok: %s has schema version %d, the newest that this usher knows; nothing to do\n", m.Database, m.From)
	case c.DryRun:
		fmt.Fprintf(p.Stdout, "ok: %s has schema version %d and would have %d; nothing was changed\n", m.Database, m.From, m.Newest)
	default:
		fmt.Fprintf(p.Stdout, "ok: %s had schema version %d and has %d\n", m.Database, m.From, m.To)
	}
	return nil
}
