package server

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// What a [Config] means where it says nothing.
const (
	DefaultListen   = "127.0.0.1:8080"
	DefaultDatabase = "usher.db" // in the working directory

	DefaultRateLimit = 5000 // requests an hour and token, in a rehearsal
)

// Config says what to serve, and where. The zero value of each field but Log is usable.
type Config struct {
	Listen    string // host:port, port 0 for a free one; empty: DefaultListen, or for a demo a free port where that is taken
	Database  string // a postgres:// URL, or an SQLite file, made where there is none; empty: DefaultDatabase
	Seed      string // a seed file; empty: start with what the database holds
	Reset     bool   // load the seed anew, whatever the database holds
	Rehearsal bool   // allow what production must never have: a clock that moves, a way back to the seed
	Demo      bool   // the built-in world in a throwaway database, as a rehearsal; Database and Seed are not looked at

	RateLimit      *int64         // requests an hour that each token may make, 0 for no limit; nil: DefaultRateLimit in a rehearsal, else no limit
	PublicURL      *url.URL       // where clients reach the server; nil: where each request says
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed

	TLSCert     string // the file of the certificate chain, in PEM, and of its key: both, or none for plain HTTP
	TLSKey      string
	Insecure    bool // plain HTTP may leave this machine
	BehindProxy bool // the same, since a proxy in front speaks TLS

	DrainDelay     time.Duration // how long it goes on serving when it stops, and says that it is not ready; 0: not at all
	AuditRetention time.Duration // how long events and reported activity are kept; 0: for ever

	Log   *slog.Logger
	Wall  func() time.Time // the wall clock; nil: the system's, and of seats on PostgreSQL the database server's
	Ready func(url string) // called once requests are served
	// Begun is told of the administrator that an empty database has been given, and of the token,
	// which nobody can be told again.
	Begun func(login, token string)
	Hurry <-chan struct{} // closed: draining ends at once
}

// wallClock is the one place from which the program takes the time of day.
func (c Config) wallClock() func() time.Time {
	if c.Wall != nil {
		return c.Wall
	}
	return time.Now
}

// database is the database that a configuration names: a file by its absolute path.
func (c Config) database() (string, error) {
	name := c.Database
	if name == "" {
		name = DefaultDatabase
	}
	if sqlstore.IsPostgres(name) {
		return name, nil
	}
	if namedOtherwise(name) {
		return "", WrongDatabase{}
	}
	file, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("finding the database %s: %w", name, err)
	}
	return file, nil
}

// WrongDatabase is that a database is named as other programs name theirs. As a file it would be
// one of that name: with a password in it, in logs too, and without what was meant. So it is not
// shown either.
type WrongDatabase struct{}

// Error says how it is named.
func (WrongDatabase) Error() string {
	return "--database takes an SQLite file, or a database of a PostgreSQL server as postgres://USER@HOST/DATABASE, in lower case; what was given is neither"
}

// namedOtherwise says whether a name is a URL of another kind, or PostgreSQL's keywords with
// their values.
func namedOtherwise(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.Contains(name, "://") {
		return true
	}
	for _, start := range []string{
		"postgres:", "postgresql:", "sqlite:", "file:",
		"host=", "hostaddr=", "port=", "user=", "password=", "dbname=", "service=", "sslmode=",
	} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// Judge refuses what no server could begin with, as far as the configuration itself tells: it
// opens nothing.
func (c Config) Judge() error {
	if _, err := c.database(); err != nil {
		return err
	}
	_, err := c.address()
	return err
}

// PublicName is a database's name for people: without a password.
func PublicName(database string) string { return sqlstore.PublicName(database) }

// rates counts requests where the configuration limits them.
func (c Config) rates() *ghapi.Rates {
	limit := int64(0)
	switch {
	case c.RateLimit != nil:
		limit = *c.RateLimit
	case c.Rehearsal:
		limit = DefaultRateLimit
	}
	if limit == 0 {
		return nil
	}
	return ghapi.NewRates(limit, c.wallClock())
}
