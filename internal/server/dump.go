package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// Dumped is what was dumped.
type Dumped struct {
	Database                          string // its public name
	Users, Enterprises, Organizations int
	Lost                              []string // what of the present is not in it, or is said another way: see [usher.Service.Dump]
}

// Dump writes the present of a database that exists as a seed, also while servers run on it: to
// the new file target, or to out where target is empty. program says in it which usher wrote it.
// Of config it looks at Database and Wall.
func Dump(ctx context.Context, config Config, program, target string, out io.Writer) (Dumped, error) {
	if err := refuseTarget(target); err != nil {
		return Dumped{}, err
	}
	world, dumped, err := readWorld(ctx, config)
	if err != nil {
		return dumped, err
	}
	write := func(out io.Writer) error { return seed.Write(out, world, dumped.comments(program)...) }
	if target == "" {
		err = write(out)
	} else {
		err = writeNew(target, write)
	}
	if err != nil {
		err = fmt.Errorf("dump %s: %w", dumped.Database, err)
	}
	return dumped, err
}

// readWorld reads what the database holds in one snapshot of it.
func readWorld(ctx context.Context, config Config) (world usher.World, dumped Dumped, err error) {
	database, err := config.database()
	if err != nil {
		return world, dumped, err
	}
	dumped.Database = sqlstore.PublicName(database)
	store, err := sqlstore.Open(ctx, database, sqlstore.Options{Wall: config.Wall, MustExist: true, Patience: checkPatience})
	if err != nil {
		return world, dumped, err
	}
	world, dumped.Lost, err = usher.NewService(store).Dump(ctx)
	if err != nil {
		err = fmt.Errorf("dump %s: %w", dumped.Database, err)
	}
	dumped.Users = len(world.Users)
	for _, account := range world.Accounts {
		if account.Account.Ref.Kind == usher.Enterprise {
			dumped.Enterprises++
		} else {
			dumped.Organizations++
		}
	}
	return world, dumped, errors.Join(err, store.Close())
}

// comments are what stands above a dump. They have no time, so that the same state is the same
// file.
func (d Dumped) comments(program string) []string {
	comments := []string{
		"A seed, written by `usher dump` (" + program + "). docs/world.md says what is in it, and what no seed has.",
		"It has no tokens: usher keeps nothing but their hashes. Whoever loads it adds some under tokens.",
	}
	if len(d.Lost) > 0 {
		comments = append(comments, "Not in it, or said another way:")
	}
	for _, lost := range d.Lost {
		comments = append(comments, "- "+lost)
	}
	return comments
}

// refuseTarget refuses a name that a dump cannot get, before anything is read.
func refuseTarget(target string) error {
	if target == "" {
		return nil
	}
	_, err := os.Lstat(target) // a link that leads nowhere is in the way, too
	switch {
	case err == nil:
		return taken(target)
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("dump to %s: %w", target, err)
	}
	directory := filepath.Dir(target)
	if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("dump to %s: the directory %s does not exist; create it first", target, directory)
	}
	return nil
}

func taken(target string) error {
	return fmt.Errorf("dump to %s: there is something of that name, and a dump takes no other file's place; give another name, or move that away", target)
}

// writeNew writes a file that gets its name when it is whole and on disk. Only its owner may read
// it: it has names and addresses. On an error nothing is left of it.
func writeNew(target string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(target), ".usher-dump-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	// A rename would take another file's place.
	if err := os.Link(file.Name(), target); err != nil {
		if errors.Is(err, os.ErrExist) {
			return taken(target)
		}
		return fmt.Errorf("the file cannot be given its name, which takes a file system with hard links; dump to standard output: %w", err)
	}
	directory, err := os.Open(filepath.Dir(target))
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
