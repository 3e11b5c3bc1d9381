// Package seed reads seed files: one YAML document that describes a whole world.
// docs/world.md describes the format.
package seed

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// maxSize is how large a file may be, in bytes.
const maxSize = 256 << 20

// Options say what a seed may contain.
type Options struct {
	Rehearsal bool // the seed may have a now of its own
}

// Parse reads the seed in data. file is what errors call it. now is the world's time at
// loading, unless the seed has its own; relative times count from it.
//
// An error has a line for each mistake, in the order of the file, at most ten of them:
// file, line, what is wrong and what to do. The World is empty then. No error contains
// a token of the seed.
func Parse(file string, data []byte, now time.Time, opts Options) (usher.World, error) {
	p := newParser(file, now, opts)
	if root := p.document(data); root != nil {
		p.readWorld(root)
	}
	if err := p.err(); err != nil {
		return usher.World{}, err
	}
	digest := sha256.Sum256(data)
	p.world.Digest = hex.EncodeToString(digest[:])
	return p.world, nil
}

// parser is one reading of a seed.
type parser struct {
	file     string
	opts     Options
	living   bool      // the file is for an installation that runs, which may hold what the file does not list
	now      time.Time // what relative times count from and what lies in the past ends at
	world    usher.World
	problems []problem

	users         map[string]listed       // by login key
	organizations map[string]*account     // by login key
	enterprises   map[string]*account     // by slug key
	zones         map[string]bool         // time zones looked up: whether they exist
	tokens        map[usher.TokenHash]int // the line of each token
}

// listed is somebody or something that the file has already named.
type listed struct {
	id   int64
	line int
}

func newParser(file string, now time.Time, opts Options) *parser {
	return &parser{
		file:          file,
		opts:          opts,
		now:           now.UTC().Truncate(time.Microsecond),
		users:         map[string]listed{},
		organizations: map[string]*account{},
		enterprises:   map[string]*account{},
		zones:         map[string]bool{},
		tokens:        map[usher.TokenHash]int{},
	}
}

// readWorld reads what others refer to before what refers to it, whatever the order of
// the file.
func (p *parser) readWorld(root *yaml.Node) {
	e, ok := p.entry(root, place{}, worldKeys...)
	if !ok {
		return
	}
	p.readNow(e)
	p.readUsers(e.list("users"))
	enterprises := p.readAccounts(usher.Enterprise, e.list("enterprises"))
	organizations := p.readAccounts(usher.Organization, e.list("organizations"))
	p.readTeams(enterprises)
	p.readTeams(organizations)
	for _, a := range append(enterprises, organizations...) {
		a.readSeats()
		p.world.Accounts = append(p.world.Accounts, a.world)
	}
	p.readTokens(e.list("tokens"))
	p.readApps(e.list("apps"))
}

// readNow takes the seed's own now, from which all other times of the file count.
func (p *parser) readNow(e entry) {
	node := e.value("now")
	if node == nil {
		return
	}
	if !p.opts.Rehearsal {
		e.fail(node, "now is for rehearsals only; start with --rehearsal, or remove now from the file")
		return
	}
	if now := e.time("now"); !now.IsZero() {
		p.now, p.world.Clock.StandsAt = now, now
	}
}
