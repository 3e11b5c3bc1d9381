package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// drainPatience is how long requests that run may take to finish once the server stops.
const drainPatience = 30 * time.Second

// settleEvery is how often endings that have come are made durable. Answers do not wait
// for it (rule C4), so it decides only how late an event is written down.
const settleEvery = time.Second

// countEvery is how many rounds of settling there are to one count of the seats for the metrics.
const countEvery = 15

// Server is usher on an open database, with its world loaded.
type Server struct {
	config   Config
	database string // an absolute path or a URL
	name     string // of the database, for people: without a password
	scratch  string // a demo's directory, removed by Close; empty otherwise
	seed     *seedFile
	closed   bool // nobody could log in when the server started

	store   *sqlstore.Store
	service *usher.Service
	log     *slog.Logger
	limits  limits
	uses    *uses
	gate    *gate
	handler http.Handler
	front   *front

	standing *standing
}

// Run serves until ctx is done and what still runs then has finished. Where ctx ends
// before the server is ready, Run gives up without an error.
func Run(ctx context.Context, config Config) error {
	// Listening comes first: who cannot have the port must not touch the database.
	listener, err := listen(ctx, config)
	if err != nil {
		return err
	}
	return runOn(ctx, config, listener)
}

// runOn is Run once the port is taken.
func runOn(ctx context.Context, config Config, listener net.Listener) error {
	front, err := newFront(config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	web := accept(listener, front, defaultLimits(), config.Log)
	s, err := openBehind(ctx, config, front)
	if err != nil {
		_ = web.Close()
		if ctx.Err() != nil {
			config.Log.Info("stopped before it was ready")
			return nil
		}
		return err
	}
	front.open(s.handler)
	return errors.Join(s.work(ctx, web), s.Close())
}

// Open opens the database and sees to it that it holds the world that config asks for.
// The server is the caller's to close.
func Open(ctx context.Context, config Config) (*Server, error) {
	front, err := newFront(config)
	if err != nil {
		return nil, err
	}
	return openBehind(ctx, config, front)
}

// openBehind is Open, and front says meanwhile how far it is.
func openBehind(ctx context.Context, config Config, front *front) (*Server, error) {
	s := &Server{config: config, log: config.Log, limits: defaultLimits(), front: front, uses: &uses{wall: config.wallClock(), days: map[int64]time.Time{}}}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	if err := s.place(); err != nil {
		return err
	}
	var err error
	if s.seed, err = readSeed(s.config); err != nil {
		return err
	}
	if s.config.Reset && !s.config.Rehearsal {
		return errors.New("a reset throws away all that the database holds: it is for rehearsals only")
	}
	world, err := s.parse() // first: a seed with a mistake makes and empties nothing
	if err != nil {
		return err
	}
	s.store, err = sqlstore.Open(ctx, s.database, sqlstore.Options{Wall: s.config.Wall, Migrating: s.migrating})
	if err != nil {
		return err
	}
	s.service = usher.NewService(s.store).WithRetention(s.config.AuditRetention)
	s.front.begin("loading the world")
	if err := s.begin(ctx, world); err != nil {
		return err
	}
	s.handler = s.routes()
	return nil
}

// migrating says that the schema of a database that was there is brought up to date, which may
// take minutes.
func (s *Server) migrating(from, to int64) {
	s.front.begin(fmt.Sprintf("migrating the database from schema version %d to %d", from, to))
	s.log.Info("migrating the database", "database", s.name, "from", from, "to", to)
}

// place decides where the database lies.
func (s *Server) place() (err error) {
	if !s.config.Demo {
		s.database, err = s.config.database()
		s.name = sqlstore.PublicName(s.database)
		return err
	}
	s.config.Rehearsal = true
	if s.scratch, err = os.MkdirTemp("", "usher-demo-"); err != nil {
		return fmt.Errorf("making a place for the demo's database: %w", err)
	}
	s.database = filepath.Join(s.scratch, "demo.db")
	s.name = s.database
	return nil
}

// routes is everything that is served: usher's own endpoints, GitHub's behind them, and
// around both what any HTTP service needs.
func (s *Server) routes() http.Handler {
	m := newMetrics()
	s.standing = newStanding(s.config.wallClock(), s.store.Pools)
	m.registry.MustRegister(s.standing, s.standing.failures, s.standing.endings)
	wire := ghapi.Options{
		Bases: ghapi.Bases{Public: s.config.PublicURL, Proxies: s.config.TrustedProxies},
		Rates: s.config.rates(),
		Build: build(),
		Hurry: s.limits.hurry,

		Prolong: s.limits.prolong,
		Used:    s.uses.note,
	}
	routes := ownapi.New(ownapi.Config{
		Service:   s.service,
		GitHub:    ghapi.New(s.service, wire),
		Wire:      wire,
		Rehearsal: s.config.Rehearsal,
		Reset:     s.reset,
		Ready:     s.store.Ping,
		Draining:  s.front.draining.Load,
		Metrics:   m.handler(s.log),
		ReadFile:  readBody,
		Patiently: s.patiently,
	})
	wall := s.config.wallClock()
	newID := func() string { return ghapi.NewRequestID(wall()) }
	served := edge.Wrap(routes, edge.Options{
		Log:             s.log,
		Observe:         m.observe,
		RequestIDHeader: ghapi.RequestIDHeader,
		NewRequestID:    newID,
		Panicked:        http.HandlerFunc(ghapi.ServerError),
		LoggedPath:      ghapi.LoggedPath,
	})
	s.gate = &gate{limits: s.limits, next: served, newID: newID, observe: m.observe}
	return m.countInFlight(s.gate)
}

// build identifies the program's build, as far as the toolchain recorded it.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Version + info.Main.Sum
}

// Handler answers every request that the server answers.
func (s *Server) Handler() http.Handler { return s.handler }

// Close closes the database; a demo's is removed.
func (s *Server) Close() error {
	var errs []error
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.scratch != "" {
		errs = append(errs, os.RemoveAll(s.scratch))
	}
	return errors.Join(errs...)
}

// Serve answers requests on listener until ctx is done; then it drains: for as long as the
// configuration says it goes on and is not ready any more, and then it accepts no more and gives
// the requests that run 30 seconds to finish.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	s.front.open(s.handler)
	return s.work(ctx, accept(listener, s.front, s.limits, s.log))
}

func (s *Server) work(ctx context.Context, web *web) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		s.settle(background)
	}()
	defer func() {
		stop()
		<-settled
		s.keepLastUses(ctx)
	}()

	s.announce(web.address)
	select {
	case err := <-web.ended:
		return fmt.Errorf("serving on %s: %w", web.address, err)
	case <-ctx.Done():
		return s.drain(ctx, web)
	}
}

// announce says in one line that the server is ready, where, and on which database.
func (s *Server) announce(address net.Addr) {
	scheme := "http"
	if s.front.pair != nil {
		scheme = "https"
		s.log.Info("serving with a certificate", s.front.pair.about()...)
	}
	s.warnOfPlainHTTP(address)
	url := baseURL(scheme, address)
	about := []any{"url", url, "database", s.name, "rehearsal", s.config.Rehearsal}
	if s.closed {
		about = append(about, "hint", "nobody can log in: every token has expired or was revoked, or there is none. Make one beside this server, on its database: usher token create --user LOGIN --scopes SCOPE,… --database FILE|URL")
	}
	s.log.Info("listening", about...)
	if s.config.Ready != nil {
		s.config.Ready(url)
	}
}

// drain stops: first it is not ready, so that a balancer sends nobody any more; after the
// configured delay it stops accepting, and waits for what runs.
func (s *Server) drain(ctx context.Context, web *web) error {
	s.front.leave()
	s.log.Info("stopping: finishing the requests that run; a second signal ends at once", "drain_delay", s.config.DrainDelay)
	s.linger(ctx)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainPatience)
	defer cancel()
	go func() {
		select {
		case <-s.config.Hurry:
			cancel()
		case <-patience.Done():
		}
	}()
	if err := web.Shutdown(patience); err != nil {
		return errors.Join(errors.New("stopped before every request was finished: the rest were cut off"), web.Close())
	}
	s.log.Info("stopped")
	return nil
}

// linger goes on serving for the configured delay, or until there is a hurry.
func (s *Server) linger(ctx context.Context) {
	delay, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.DrainDelay)
	defer cancel()
	select {
	case <-s.config.Hurry:
	case <-delay.Done():
	}
}

// keepLastUses writes what was noted since the last tick.
func (s *Server) keepLastUses(ctx context.Context) {
	for range 2 { // of yesterday and of today
		if err := s.keepUses(context.WithoutCancel(ctx)); err != nil {
			s.log.Warn("the days on which tokens were used last could not be written", "error", err)
			return
		}
	}
}

// settle makes endings durable, writes which tokens were used, counts seats, and reports what the
// gate refused, until ctx is done.
func (s *Server) settle(ctx context.Context) {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	failing := false
	for round := 0; ; round++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.gate.report(s.log)
		s.front.pair.renew(s.log)
		settled, err := s.service.Settle(ctx)
		if ctx.Err() != nil {
			return
		}
		s.standing.note(settled, err)
		if err == nil {
			err = s.keepUses(ctx)
		}
		if round%countEvery == 0 {
			s.standing.count(ctx, s.service)
		}
		switch {
		case err != nil && !failing:
			s.log.Error("making endings and uses of tokens durable fails; it is tried again each second", "error", err)
		case err == nil && failing:
			s.log.Info("making endings and uses of tokens durable works again")
		}
		failing = err != nil
	}
}
