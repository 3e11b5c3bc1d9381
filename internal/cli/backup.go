package cli

import (
	"fmt"

	"github.com/usher-seats/usher/internal/server"
)

type backupCommand struct {
	File     string `arg:"" help:"The copy: a new file, in a directory that exists."`
	Database string `placeholder:"FILE" help:"The SQLite database to copy; it must exist, and servers may write to it meanwhile. Left out: usher.db in the working directory."`
}

// Run makes the copy and says how large it is.
func (c *backupCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	name, size, err := server.Backup(ctx, server.Config{Database: c.Database}, c.File)
	if err != nil {
		return err
	}
	const mebibyte = 1 << 20
	fmt.Fprintf(p.Stdout, "ok: %s is a whole copy of %s: %.1f MiB (%d bytes)\n", c.File, name, float64(size)/mebibyte, size)
	return nil
}
