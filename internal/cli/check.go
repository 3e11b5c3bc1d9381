package cli

import (
	"fmt"

	"github.com/usher-seats/usher/internal/server"
)

type checkCommand struct {
	Database string `placeholder:"FILE|URL" help:"The database to check, an SQLite file or a postgres:// URL; it must exist. Left out: usher.db in the working directory."`
}

// Run prints each invariant that the database breaks.
func (c *checkCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	name, broken, err := server.Check(ctx, server.Config{Database: c.Database})
	if err != nil {
		return err
	}
	for _, line := range broken {
		fmt.Fprintln(p.Stdout, line)
	}
	if len(broken) > 0 {
		return fmt.Errorf("%s breaks %d of its invariants", name, len(broken))
	}
	fmt.Fprintf(p.Stdout, "ok: every invariant holds in %s\n", name)
	return nil
}
