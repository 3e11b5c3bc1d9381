package server

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"
)

// What a [Config] means where it says nothing.
const (
	DefaultListen   = "127.0.0.1:8080"
	DefaultDatabase = "usher.db" // in the working directory
)

// Config says what to serve, and where. The zero value of each field but Log is usable.
type Config struct {
	Listen    string // host:port, port 0 for a free one; empty: DefaultListen, or for a demo a free port where that is taken
	Database  string // an SQLite file, made where there is none; empty: DefaultDatabase
	Seed      string // a seed file; empty: start with what the database holds
	Reset     bool   // load the seed anew, whatever the database holds
	Rehearsal bool   // allow what production must never have: a clock that moves, a way back to the seed
	Demo      bool   // the built-in world in a throwaway database, as a rehearsal; Database and Seed are not looked at

	Log   *slog.Logger
	Wall  func() time.Time // the wall clock; nil: the system's
	Ready func(url string) // called once requests are served
	Hurry <-chan struct{}  // closed: draining ends at once
}

// wallClock is the one place from which the program takes the time of day.
func (c Config) wallClock() func() time.Time {
	if c.Wall != nil {
		return c.Wall
	}
	return time.Now
}

// databaseFile is the absolute path of the database that a configuration names.
func databaseFile(name string) (string, error) {
	if name == "" {
		name = DefaultDatabase
	}
	if strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://") {
		return "", fmt.Errorf("PostgreSQL is not supported yet: name an SQLite file with --database, such as --database %s", DefaultDatabase)
	}
	file, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("finding the database %s: %w", name, err)
	}
	return file, nil
}
