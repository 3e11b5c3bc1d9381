package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/server"
)

type serveCommand struct {
	Listen       string        `placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one. Left out: 127.0.0.1:8080."`
	Database     string        `placeholder:"FILE|URL" help:"What holds everything: an SQLite file, made where there is none, or PostgreSQL as postgres://USER@HOST/DATABASE. Left out: usher.db in the working directory."`
	Seed         string        `placeholder:"FILE" help:"The world to load into an empty database. The database remembers which one it holds."`
	Rehearsal    bool          `help:"Allow what production must never have: a clock that can be moved, and a way back to the seed."`
	Demo         bool          `help:"Look around: the built-in world in a throwaway database, as a rehearsal, with lines to paste."`
	Reset        bool          `help:"Empty the database first, and lose what it holds; with --seed, load that anew. Needs --rehearsal."`
	PublicURL    string        `name:"public-url" placeholder:"URL" help:"Where clients reach this server, for the links in its answers. Left out: where each request says."`
	TrustedProxy []string      `placeholder:"ADDRESS,…" help:"Reverse proxies, as addresses or as networks like 10.0.0.0/8, whose X-Forwarded-For, -Host and -Proto are believed."`
	TLSCert      string        `name:"tls-cert" placeholder:"FILE" help:"Speak TLS with this certificate, in PEM, with those that it was signed with; read again when it changes. Needs --tls-key."`
	TLSKey       string        `name:"tls-key" placeholder:"FILE" help:"The private key of --tls-cert, in PEM."`
	BehindProxy  bool          `help:"Speak plain HTTP beyond this machine, to a proxy that speaks TLS with clients."`
	Insecure     bool          `help:"Speak plain HTTP beyond this machine although tokens go there in clear."`
	RateLimit    *int64        `placeholder:"N" help:"How many requests an hour each token may make; 0: no limit. Left out: 5000 with --rehearsal, else no limit."`
	Retention    string        `name:"audit-retention" placeholder:"DURATION" help:"How long events and reported activity are kept, like 400d or 9600h: a day at least; 0: for ever, as where it is left out."`
	DrainDelay   time.Duration `name:"drain-delay" placeholder:"DURATION" help:"How long to go on serving at the first signal, and to say meanwhile that it is not ready, like 10s: so long a balancer may take to see that. Left out: not at all."`
	LogFormat    string        `enum:"text,json" default:"text" help:"How to write the log on standard error: text or json."`
}

// Run serves until a signal comes.
func (c *serveCommand) Run(p Process) error {
	config, err := c.config(p)
	if err != nil {
		return err
	}
	ctx, hurry, stop := watch(p.Signals)
	defer stop()
	config.Hurry = hurry
	return misuse(server.Run(ctx, config))
}

// config is what the flags ask for.
func (c *serveCommand) config(p Process) (server.Config, error) {
	if err := c.validate(); err != nil {
		return server.Config{}, err
	}
	publicURL, err := parsePublicURL(c.PublicURL)
	if err != nil {
		return server.Config{}, err
	}
	proxies, err := parseProxies(c.TrustedProxy)
	if err != nil {
		return server.Config{}, err
	}
	retention, err := parseRetention(c.Retention)
	if err != nil {
		return server.Config{}, err
	}
	config := server.Config{
		Listen:    c.Listen,
		Database:  c.Database,
		Seed:      c.Seed,
		Reset:     c.Reset,
		Rehearsal: c.Rehearsal,
		Demo:      c.Demo,

		RateLimit:      c.RateLimit,
		PublicURL:      publicURL,
		TrustedProxies: proxies,
		TLSCert:        c.TLSCert,
		TLSKey:         c.TLSKey,
		Insecure:       c.Insecure,
		BehindProxy:    c.BehindProxy,
		AuditRetention: retention,
		DrainDelay:     c.DrainDelay,

		Log: newLog(c.LogFormat, p.Stderr),
	}
	c.tell(&config, p.Stdout)
	return config, nil
}

// misuse tells what cannot be asked for from what was tried and failed.
func misuse(err error) error {
	var exposed server.Exposure
	var unnamed server.WrongDatabase
	switch {
	case errors.As(err, &exposed):
		return usageError{exposed.Error()}
	case errors.As(err, &unnamed):
		return usageError{unnamed.Error()}
	}
	return err
}

// tell has the server print what its user needs to go on. The log is no place for a token.
func (c *serveCommand) tell(config *server.Config, out io.Writer) {
	if c.Demo {
		config.Ready = func(url string) { printDemo(out, url) }
		return
	}
	begun := false
	config.Begun = func(login, token string) {
		begun = true
		printAdministrator(out, login, token)
	}
	config.Ready = func(url string) {
		if begun {
			printNextSteps(out, url)
		}
	}
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
	if err := c.validateTLS(); err != nil {
		return err
	}
	if c.RateLimit != nil && *c.RateLimit < 0 {
		return usageError{"--rate-limit takes a number of requests an hour, or 0 for no limit"}
	}
	if c.DrainDelay < 0 || c.DrainDelay > mostDrainDelay {
		return usageError{"--drain-delay takes how long to go on serving, like 10s: 10m at most"}
	}
	if c.Reset && !c.Rehearsal {
		return usageError{"--reset needs --rehearsal: it throws away all that the database holds, which must never happen in production"}
	}
	return nil
}

// validateTLS refuses half a pair, and --insecure beside what makes connections secure.
func (c *serveCommand) validateTLS() error {
	switch {
	case c.TLSCert != "" && c.TLSKey == "":
		return usageError{"--tls-cert needs --tls-key, the file with the certificate's private key"}
	case c.TLSKey != "" && c.TLSCert == "":
		return usageError{"--tls-key needs --tls-cert, the file with the key's certificate"}
	case c.Insecure && c.TLSCert != "":
		return usageError{"--insecure and --tls-cert exclude each other: with a certificate, nothing is spoken in clear"}
	case c.Insecure && c.BehindProxy:
		return usageError{"--insecure and --behind-proxy exclude each other: behind a proxy that speaks TLS, say --behind-proxy alone"}
	}
	return nil
}

// mostDrainDelay is longer than any balancer takes, and short enough to be no mistake.
const mostDrainDelay = 10 * time.Minute

// parsePublicURL reads --public-url; nil where it is not given.
func parsePublicURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	public, err := url.Parse(text)
	if err != nil || !isBase(public) {
		if at := strings.LastIndex(text, "@"); at >= 0 { // what stands before it may be a password
			text = "…" + text[at:]
		}
		return nil, usageError{fmt.Sprintf("--public-url %q is not the address of a server: give it like https://usher.example.com or https://example.com/usher", text)}
	}
	if path := strings.TrimRight(public.Path, "/"); strings.HasSuffix(path, "/api/v3") {
		return nil, usageError{fmt.Sprintf("--public-url %q ends in /api/v3, which clients add themselves: leave it out", text)}
	}
	return public, nil
}

// isBase says whether the addresses of an API can begin with a URL.
func isBase(u *url.URL) bool {
	web := u.Scheme == "http" || u.Scheme == "https"
	nothingElse := u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16)
	return web && nothingElse && err == nil && port > 0 && u.Hostname() != "" && !strings.ContainsAny(u.Host, `<>"`)
}

// parseProxies reads --trusted-proxy: addresses, and networks of them. IPv4 as IPv6 writes
// it is IPv4: so are the addresses that they are compared with.
func parseProxies(texts []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if address, single := netip.ParseAddr(text); single == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if network.Addr().Is4In6() {
			network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
		}
		if err != nil || !network.IsValid() {
			return nil, usageError{fmt.Sprintf("--trusted-proxy %q is neither an address nor a network: give it like 127.0.0.1 or 10.0.0.0/8", text)}
		}
		proxies = append(proxies, network.Masked())
	}
	return proxies, nil
}

// parseRetention reads --audit-retention.
func parseRetention(text string) (time.Duration, error) {
	if text == "" || text == "0" {
		return 0, nil
	}
	keep, ok := usher.ParsePeriod(text)
	if !ok || keep < 24*time.Hour && keep != 0 {
		return 0, wrongRetention(text)
	}
	return keep, nil
}

func wrongRetention(text string) error {
	return usageError{fmt.Sprintf("--audit-retention %q is not how long events are kept: give it like 400d, 90d12h or 9600h, a day at least and 106750d at most, or 0 for ever", text)}
}

// logFormat is the format of the log that a command is to write.
func logFormat(parsed *kong.Context) string {
	for _, flag := range parsed.Flags() {
		if flag.Name == "log-format" {
			return flag.Target.String()
		}
	}
	return "text"
}

func newLog(format string, w io.Writer) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
