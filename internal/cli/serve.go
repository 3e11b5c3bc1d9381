package cli

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/usher-seats/usher/internal/server"
)

type serveCommand struct {
	Listen    string `placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one. Left out: 127.0.0.1:8080."`
	Database  string `placeholder:"FILE|URL" help:"What holds everything: an SQLite file, made where there is none, or PostgreSQL as postgres://USER@HOST/DATABASE. Left out: usher.db in the working directory."`
	Seed      string `placeholder:"FILE" help:"The world to load into an empty database. The database remembers which one it holds."`
	Rehearsal bool   `help:"Allow what production must never have: a clock that can be moved, and a way back to the seed."`
	Demo      bool   `help:"Look around: the built-in world in a throwaway database, as a rehearsal, with lines to paste."`
	Reset     bool   `help:"Empty the database first, and lose what it holds; with --seed, load that anew. Needs --rehearsal."`
	LogFormat string `enum:"text,json" default:"text" help:"How to write the log on standard error: text or json."`
}

// Run serves until a signal comes.
func (c *serveCommand) Run(p Process) error {
	if err := c.validate(); err != nil {
		return err
	}
	ctx, hurry, stop := watch(p.Signals)
	defer stop()
	config := server.Config{
		Listen:    c.Listen,
		Database:  c.Database,
		Seed:      c.Seed,
		Reset:     c.Reset,
		Rehearsal: c.Rehearsal,
		Demo:      c.Demo,
		Log:       newLog(c.LogFormat, p.Stderr),
		Hurry:     hurry,
	}
	if c.Demo {
		config.Ready = func(url string) { printDemo(p.Stdout, url) }
	}
	return server.Run(ctx, config)
}

// validate refuses flags that contradict each other.
func (c *serveCommand) validate() error {
	for _, other := range []struct {
		given bool
		flag  string
		why   string
	}{
		{c.Database != "", "--database", "the demo keeps its state in a throwaway database, so none can be named"},
		{c.Seed != "", "--seed", "the demo has a world of its own; for yours: usher serve --rehearsal --seed FILE"},
		{c.Reset, "--reset", "the demo's database is always new"},
	} {
		if c.Demo && other.given {
			return usageError{fmt.Sprintf("--demo and %s exclude each other: %s", other.flag, other.why)}
		}
	}
	if c.Reset && !c.Rehearsal {
		return usageError{"--reset needs --rehearsal: it throws away all that the database holds, which must never happen in production"}
	}
	return nil
}

func newLog(format string, w io.Writer) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
