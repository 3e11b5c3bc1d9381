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

// Server is usher on an open database, with its world loaded.
type Server struct {
	config   Config
	database string // an absolute path or a URL
	name     string // of the database, for people: without a password
	scratch  string // a demo's directory, removed by Close; empty otherwise
	seed     *seedFile
	pair     *keyPair // nil: plain HTTP
	empty    bool     // the database holds no world

	store   *sqlstore.Store
	service *usher.Service
	log     *slog.Logger
	limits  limits
	gate    *gate
	handler http.Handler
}

// Run serves until ctx is done and what still runs then has finished. Where ctx ends
// before the server is ready, Run gives up without an error.
func Run(ctx context.Context, config Config) error {
	// Listening comes first: who cannot have the port must not touch the database.
	listener, err := listen(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // closed by Serve before, if it got that far

	s, err := Open(ctx, config)
	if err != nil {
		if ctx.Err() != nil {
			config.Log.Info("stopped before it was ready")
			return nil
		}
		return err
	}
	return errors.Join(s.Serve(ctx, listener), s.Close())
}

// Open opens the database and sees to it that it holds the world that config asks for.
// The server is the caller's to close.
func Open(ctx context.Context, config Config) (*Server, error) {
	s := &Server{config: config, log: config.Log, limits: defaultLimits()}
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
	if s.pair, err = openKeyPair(s.config); err != nil {
		return err
	}
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
	s.store, err = sqlstore.Open(ctx, s.database, sqlstore.Options{Wall: s.config.Wall})
	if err != nil {
		return err
	}
	s.service = usher.NewService(s.store).WithRetention(s.config.AuditRetention)
	if err := s.begin(ctx, world); err != nil {
		return err
	}
	s.handler = s.routes()
	return nil
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
	wire := ghapi.Options{
		Bases: ghapi.Bases{Public: s.config.PublicURL, Proxies: s.config.TrustedProxies},
		Rates: s.config.rates(),
		Build: build(),
		Hurry: s.limits.hurry,

		Prolong: s.limits.prolong,
	}
	routes := ownapi.New(ownapi.Config{
		Service:   s.service,
		GitHub:    ghapi.New(s.service, wire),
		Wire:      wire,
		Rehearsal: s.config.Rehearsal,
		Reset:     s.reset,
		Ready:     s.store.Ping,
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

// Serve answers requests on listener until ctx is done; then it accepts no more and
// gives those that run 30 seconds to finish.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		s.settle(background)
	}()
	defer func() {
		stop()
		<-settled
	}()

	web := s.web()
	ended := make(chan error, 1)
	go func() { ended <- s.accept(web, listener) }()
	s.announce(listener.Addr())
	select {
	case err := <-ended:
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
		return s.drain(ctx, web)
	}
}

// accept answers requests on listener until web is shut down.
func (s *Server) accept(web *http.Server, listener net.Listener) error {
	if s.pair == nil {
		return web.Serve(listener)
	}
	return web.ServeTLS(listener, "", "")
}

func (s *Server) web() *http.Server {
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.limits.readHeader,
		ReadTimeout:       s.limits.read,
		WriteTimeout:      s.limits.write,
		IdleTimeout:       s.limits.idle,
		MaxHeaderBytes:    s.limits.headerBytes,
		Protocols:         protocols(),
		TLSConfig:         s.pair.config(),
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		// OPTIONS * is answered like any other OPTIONS.
		DisableGeneralOptionsHandler: true,
	}
}

// announce says in one line that the server is ready, where, and on which database.
func (s *Server) announce(address net.Addr) {
	scheme := "http"
	if s.pair != nil {
		scheme = "https"
		s.log.Info("serving with a certificate", s.pair.about()...)
	}
	s.warnOfPlainHTTP(address)
	url := baseURL(scheme, address)
	about := []any{"url", url, "database", s.name, "rehearsal", s.config.Rehearsal}
	if s.empty {
		about = append(about, "hint", "the database is empty and nobody can log in: stop, and load a world with --seed FILE, or look around with --demo")
	}
	s.log.Info("listening", about...)
	if s.config.Ready != nil {
		s.config.Ready(url)
	}
}

// drain stops accepting and waits for what runs.
func (s *Server) drain(ctx context.Context, web *http.Server) error {
	s.log.Info("stopping: finishing the requests that run; a second signal ends at once")
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

// settle makes endings durable, and reports what the gate refused, until ctx is done.
func (s *Server) settle(ctx context.Context) {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.gate.report(s.log)
		s.pair.renew(s.log)
		_, err := s.service.Settle(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			s.log.Error("making endings durable fails; it is tried again each second", "error", err)
		case err == nil && failing:
			s.log.Info("making endings durable works again")
		}
		failing = err != nil
	}
}
