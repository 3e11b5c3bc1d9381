package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// seedFile is a seed as it was read. It is kept for the way back to it.
type seedFile struct {
	name string
	data []byte
}

// readSeed reads the seed that config names; nil where it names none.
func readSeed(config Config) (*seedFile, error) {
	if config.Demo {
		return &seedFile{name: "the demo world", data: seed.Demo()}, nil
	}
	if config.Seed == "" {
		return nil, nil
	}
	data, err := os.ReadFile(config.Seed)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no seed file %s", config.Seed)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the seed: %w", err)
	}
	return &seedFile{name: config.Seed, data: data}, nil
}

// begin sees to it that the database holds the world that the configuration asks for.
func (s *Server) begin(ctx context.Context, world usher.World) error {
	if s.config.Reset {
		err := s.patiently(ctx, func(service *usher.Service) error { return service.Empty(ctx) })
		if err != nil {
			return fmt.Errorf("emptying %s: %w", s.name, err)
		}
	}
	holds, err := s.service.Holds(ctx)
	if err != nil {
		return fmt.Errorf("asking what %s holds: %w", s.name, err)
	}
	if !holds {
		// Another process may have begun on the same database meanwhile: then what it made stays.
		if err := s.fill(ctx, world); err != nil {
			return err
		}
	}
	if err := s.refuseOtherWorld(ctx, world); err != nil {
		return err
	}
	if s.closed, err = s.nobodyCanLogIn(ctx); err != nil {
		return err
	}
	return s.refuseMovedClock(ctx)
}

// fill loads the seed into an empty database; without a seed it begins with an administrator.
func (s *Server) fill(ctx context.Context, world usher.World) error {
	if s.seed != nil {
		return s.loadFirst(ctx, world)
	}
	var token string
	err := s.patiently(ctx, func(service *usher.Service) (err error) {
		token, _, err = service.Begin(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("making an administrator in %s: %w", s.name, err)
	}
	if token == "" {
		return nil
	}
	s.log.Info("the database was empty and has an administrator now", "database", s.name, "login", usher.FirstAdministrator)
	if s.config.Begun != nil {
		s.config.Begun(usher.FirstAdministrator, token)
	}
	return nil
}

// refuseOtherWorld refuses a seed that is not what the database holds.
func (s *Server) refuseOtherWorld(ctx context.Context, world usher.World) error {
	if s.seed == nil {
		return nil
	}
	digest, seeded, err := s.service.Seed(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("asking which world %s holds: %w", s.name, err)
	case !seeded:
		return fmt.Errorf("%s is in use and was begun without a seed, so that %s cannot be loaded into it. Start without --seed, and bring the world of the file into what there is with `usher apply -f %s`; name another --database; or, in a rehearsal, lose what it holds with --rehearsal --reset", s.name, s.seed.name, s.seed.name)
	case digest != world.Digest:
		return fmt.Errorf("%s holds another world than %s, or %s was edited since it was loaded. Start without --seed to keep what the database holds; name another --database; or lose what it holds and load the seed anew with --rehearsal --reset", s.name, s.seed.name, s.seed.name)
	}
	return nil
}

// nobodyCanLogIn says whether no token is in force, of however many there are.
func (s *Server) nobodyCanLogIn(ctx context.Context) (bool, error) {
	somebody, err := s.service.SomeTokenInForce(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for a token in %s: %w", s.name, err)
	}
	return !somebody, nil
}

// patience is how long a change of the whole world may take, and wait for the one that
// another process makes: both worlds may be large.
const patience = 2 * time.Minute

// patiently makes a change of the whole world on connections of their own.
func (s *Server) patiently(ctx context.Context, change func(*usher.Service) error) (err error) {
	store, err := sqlstore.Open(ctx, s.database, sqlstore.Options{Wall: s.config.Wall, Patience: patience})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return change(usher.NewService(store))
}

// parse reads the seed's world; without a seed, an empty one.
func (s *Server) parse() (usher.World, error) {
	if s.seed == nil {
		return usher.World{}, nil
	}
	return seed.Parse(s.seed.name, s.seed.data, s.config.wallClock()(), seed.Options{Rehearsal: s.config.Rehearsal})
}

// loadFirst loads the world into an empty database.
func (s *Server) loadFirst(ctx context.Context, world usher.World) error {
	err := s.patiently(ctx, func(service *usher.Service) error {
		ignored, loaded, err := service.LoadFirst(ctx, world)
		if loaded {
			s.logLoaded(world, ignored)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("loading %s: %w", s.seed.name, err)
	}
	return nil
}

func (s *Server) logLoaded(world usher.World, ignored []string) {
	for _, sentence := range ignored {
		s.log.Warn(sentence, "seed", s.seed.name)
	}
	if len(world.Tokens) == 0 {
		s.log.Warn("the world has no tokens, so nobody can log in: list some under tokens, or make one with `usher token create`", "seed", s.seed.name)
	}
	s.log.Info("loaded", "seed", s.seed.name, "users", len(world.Users), "tokens", len(world.Tokens))
}

// refuseMovedClock keeps a rehearsal's database out of production: there, the time that
// rules seats must be the time of day.
func (s *Server) refuseMovedClock(ctx context.Context) error {
	clock, now, err := s.service.Clock(ctx)
	if err != nil {
		return fmt.Errorf("reading the clock of %s: %w", s.name, err)
	}
	if s.config.Rehearsal || !clock.Moved() {
		return nil
	}
	return fmt.Errorf("%s comes from a rehearsal: its clock was moved or stands still, and shows %s. Start with --rehearsal, or name another --database", s.name, now.Format("2006-01-02T15:04:05Z"))
}

// reset goes back to the seed, state and clock.
func (s *Server) reset(ctx context.Context) error {
	if s.seed == nil {
		return &usher.Error{Kind: usher.Invalid, Message: "There is no seed to go back to: start usher with --seed FILE."}
	}
	world, err := s.parse()
	if err != nil {
		return err
	}
	// A database that does not answer is told at once, and without patience.
	if err := s.store.Ping(ctx); err != nil {
		return err
	}
	return s.patiently(ctx, func(service *usher.Service) error {
		ignored, err := service.Load(ctx, world)
		if err != nil {
			return fmt.Errorf("loading %s: %w", s.seed.name, err)
		}
		s.logLoaded(world, ignored)
		return nil
	})
}
