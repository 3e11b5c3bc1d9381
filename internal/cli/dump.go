package cli

import (
	"fmt"

	"github.com/usher-seats/usher/internal/server"
)

type dumpCommand struct {
	File     string `arg:"" optional:"" help:"The seed to write: a new file, in a directory that exists. Left out: standard output."`
	Database string `placeholder:"FILE|URL" help:"The database, an SQLite file or a postgres:// URL; it must exist, and servers may write to it meanwhile. Left out: usher.db in the working directory."`
}

// Run writes the seed. Where that is a file it says what is in it, and what is not.
func (c *dumpCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	dumped, err := server.Dump(ctx, server.Config{Database: c.Database}, "usher "+version(), c.File, p.Stdout)
	if err != nil || c.File == "" {
		return err
	}
	fmt.Fprintf(p.Stdout, "ok: %s has the present of %s: users %d, enterprises %d, organizations %d\n",
		c.File, dumped.Database, dumped.Users, dumped.Enterprises, dumped.Organizations)
	for _, lost := range dumped.Lost {
		fmt.Fprintf(p.Stdout, "not in it, or said another way: %s\n", lost)
	}
	return nil
}
