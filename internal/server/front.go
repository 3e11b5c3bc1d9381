package server

import (
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/usher-seats/usher/internal/edge"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
)

// front stands before everything that is served, from when the port is taken. While the
// database is opened it answers in the server's place, so that a balancer sees a process that
// lives and is not ready. While the server drains it has clients come back on other connections.
type front struct {
	pair     *keyPair // what connections are secured with; nil: plain HTTP
	starting http.Handler
	serving  atomic.Pointer[http.Handler] // nil while the server starts
	doing    atomic.Pointer[string]       // what it starts with, in words
	draining atomic.Bool
}

func newFront(config Config) (*front, error) {
	pair, err := openKeyPair(config)
	if err != nil {
		return nil, err
	}
	f := &front{pair: pair}
	f.begin("opening the database")
	wall := config.wallClock()
	f.starting = edge.Wrap(ownapi.Starting(func() string { return *f.doing.Load() }), edge.Options{
		Log:             config.Log,
		Observe:         func(edge.Observation) {}, // the metrics begin with the server
		RequestIDHeader: ghapi.RequestIDHeader,
		NewRequestID:    func() string { return ghapi.NewRequestID(wall()) },
		Panicked:        http.HandlerFunc(ghapi.ServerError),
		LoggedPath:      ghapi.LoggedPath,
	})
	return f, nil
}

// begin says what the server starts with now.
func (f *front) begin(doing string) { f.doing.Store(&doing) }

// open lets requests through to the server.
func (f *front) open(handler http.Handler) { f.serving.Store(&handler) }

// leave begins draining.
func (f *front) leave() { f.draining.Store(true) }

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	leaving := parting{w, &f.draining}
	defer leaving.part() // of an answer without a body
	if serving := f.serving.Load(); serving != nil {
		(*serving).ServeHTTP(leaving, r)
		return
	}
	f.starting.ServeHTTP(leaving, r)
}

// parting tells the client with each answer that is begun while the server drains not to use
// its connection again. To close connections that idle would meet the requests that are on their
// way on one (net/http's own way does: see [http.Server.SetKeepAlivesEnabled]); after this answer
// there are none.
type parting struct {
	http.ResponseWriter
	draining *atomic.Bool
}

func (w parting) part() {
	if w.draining.Load() {
		w.Header().Set("Connection", "close")
	}
}

// WriteHeader implements [http.ResponseWriter].
func (w parting) WriteHeader(status int) {
	w.part()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w parting) Write(b []byte) (int, error) {
	w.part()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w parting) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// web is an HTTP server that accepts connections.
type web struct {
	*http.Server
	address net.Addr
	ended   chan error // why it does not accept any more
}

// accept begins to serve what front stands before.
func accept(listener net.Listener, front *front, limits limits, log *slog.Logger) *web {
	w := &web{Server: newWeb(front, limits, log), address: listener.Addr(), ended: make(chan error, 1)}
	go func() { w.ended <- w.answer(listener) }()
	return w
}

// answer answers requests on listener until the server is shut down.
func (w *web) answer(listener net.Listener) error {
	if w.TLSConfig == nil {
		return w.Serve(listener)
	}
	return w.ServeTLS(listener, "", "")
}

func newWeb(front *front, limits limits, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           front,
		ReadHeaderTimeout: limits.readHeader,
		ReadTimeout:       limits.read,
		WriteTimeout:      limits.write,
		IdleTimeout:       limits.idle,
		MaxHeaderBytes:    limits.headerBytes,
		Protocols:         protocols(),
		TLSConfig:         front.pair.config(),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		// OPTIONS * is answered like any other OPTIONS.
		DisableGeneralOptionsHandler: true,
	}
}
