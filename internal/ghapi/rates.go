package ghapi

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
)

// Rates counts requests in fixed windows of an hour, one for each token and one for each
// address that sends none. A window opens with its first request. The counts are this
// process's own, and its wall clock's (rule C5).
type Rates struct {
	limit int64
	wall  func() time.Time

	mu      sync.Mutex
	tokens  map[spender]rate // those that are open, and as many again
	strange map[spender]rate // of addresses; at most maxWindows
	sweepAt int              // how many windows of tokens there are when those that are over are removed
}

// RateWindow is how long a window is, and how far the world clock must move to open new ones
// for everybody (rule C5).
const RateWindow = time.Hour

const (
	anonymousLimit = 60 // an hour and address, whatever tokens may
	// maxWindows bounds the memory for addresses: beyond it, and if none of their windows is
	// over, all of theirs begin anew.
	maxWindows = 1 << 16
	// fewWindows is how many windows of tokens there may be before any of them is removed.
	fewWindows = 1 << 10
	// networkBits is how much of an IPv6 address tells callers apart: the rest is a network's
	// to choose, and would give one caller as many windows as it likes.
	networkBits = 64
)

// NewRates allows each token so many requests an hour.
func NewRates(limit int64, wall func() time.Time) *Rates {
	return &Rates{limit: limit, wall: wall, tokens: map[spender]rate{}, strange: map[spender]rate{}, sweepAt: fewWindows}
}

// spender is whose requests a window counts: a token's, or those of an address or, of
// IPv6, a network.
type spender struct {
	token   int64
	network netip.Prefix
}

// stranger is the spender of a caller without a token.
func stranger(address netip.Addr) spender {
	bits := address.BitLen()
	if address.Is6() {
		bits = networkBits
	}
	network, _ := address.Prefix(bits) // an address that is none, as in tests, is nobody's network
	return spender{network: network}
}

// of are the windows of spenders like this one.
func (r *Rates) of(by spender) map[spender]rate {
	if by.token != 0 {
		return r.tokens
	}
	return r.strange
}

// rate is a window as one request leaves it.
type rate struct {
	limit, used int64
	reset       time.Time
}

func (r rate) remaining() int64 { return r.limit - r.used }

// Renew opens new windows for everybody.
func (r *Rates) Renew() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.tokens)
	clear(r.strange)
}

// spend counts one request. ok is false where the window had none left.
func (r *Rates) spend(by spender) (now rate, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now = r.window(by)
	if ok = now.remaining() > 0; ok {
		now.used++
	}
	r.makeRoom(by)
	r.of(by)[by] = now
	return now, ok
}

// refund takes back that one request was counted in a window, if that is still open.
func (r *Rates) refund(by spender, paid rate) rate {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.window(by)
	if now.used > 0 && now.reset.Equal(paid.reset) {
		now.used--
		r.of(by)[by] = now
	}
	return now
}

// look is the window as it is.
func (r *Rates) look(by spender) rate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.window(by)
}

// window is the spender's open window, or the one that would open now.
func (r *Rates) window(by spender) rate {
	wall := r.wall()
	if open, ok := r.of(by)[by]; ok && wall.Before(open.reset) {
		return open
	}
	limit := r.limit
	if by.token == 0 {
		limit = anonymousLimit
	}
	return rate{limit: limit, reset: wall.Add(RateWindow).Truncate(time.Second)}
}

// makeRoom sees to it that one more token or address can have a window. Tokens of installations
// come and go.
func (r *Rates) makeRoom(by spender) {
	wall := r.wall()
	over := func(_ spender, open rate) bool { return !wall.Before(open.reset) }
	if by.token != 0 {
		if _, kept := r.tokens[by]; !kept && len(r.tokens) >= r.sweepAt {
			maps.DeleteFunc(r.tokens, over)
			r.sweepAt = max(fewWindows, 2*len(r.tokens))
		}
		return
	}
	if _, kept := r.strange[by]; kept || len(r.strange) < maxWindows {
		return
	}
	maps.DeleteFunc(r.strange, over)
	if len(r.strange) >= maxWindows {
		clear(r.strange)
	}
}

var coreResource = []string{"core"}

// show puts a window into an answer's headers.
func (r rate) show(header http.Header) {
	header["X-Ratelimit-Limit"] = number(r.limit)
	header["X-Ratelimit-Remaining"] = number(r.remaining())
	header["X-Ratelimit-Reset"] = number(r.reset.Unix())
	header["X-Ratelimit-Used"] = number(r.used)
	header["X-Ratelimit-Resource"] = coreResource
}

// spender is who pays for the request.
func (q *Request) spender() spender {
	if q.Caller != nil {
		return spender{token: q.Caller.Token.ID}
	}
	return stranger(q.api.options.Bases.client(q.R))
}

// spend counts the request where requests are counted. An app's with a JWT is not, and has no
// headers that speak of it (recorded 2022 to 2023).
func (q *Request) spend() error {
	rates := q.api.options.Rates
	if rates == nil || q.App != nil {
		return nil
	}
	if q.Route.Free {
		q.paid = rates.look(q.spender())
		q.paid.show(q.W.Header())
		return nil
	}
	now, ok := rates.spend(q.spender())
	q.paid = now
	now.show(q.W.Header())
	if ok {
		return nil
	}
	return q.spent()
}

// refund makes the request free of charge.
func (q *Request) refund() {
	if rates := q.api.options.Rates; rates != nil && q.Caller != nil && !q.Route.Free {
		rates.refund(q.spender(), q.paid).show(q.W.Header())
	}
}

// spentError is a request beyond the limit.
type spentError struct {
	message, docs string
	anonymous     bool // its answer has no "status", as recorded
}

func (e *spentError) Error() string { return e.message }

// spent is the refusal of a request beyond the limit, recorded in 2026-09 for users and
// for anonymous callers; that an installation is named alike is from GitHub's clients.
func (q *Request) spent() error {
	if q.Caller == nil {
		return &spentError{
			message:   "API rate limit exceeded for " + q.api.options.Bases.client(q.R).String() + ". (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)",
			docs:      "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting",
			anonymous: true,
		}
	}
	whose := "installation" // GitHub adds its id; usher gives installations none
	if q.Caller.User != nil {
		whose = fmt.Sprintf("user ID %d", q.Caller.User.ID)
	}
	return &spentError{
		message: fmt.Sprintf("API rate limit exceeded for %s. If you reach out to GitHub Support for help, please include the request ID %s and timestamp %s UTC. "+
			"For more on scraping GitHub and how it may affect your rights, please review our Terms of Service (https://docs.github.com/en/site-policy/github-terms/github-terms-of-service)",
			whose, edge.RequestID(q.R.Context()), q.api.options.Rates.wall().UTC().Format(time.DateTime)),
		docs: "https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#rate-limiting",
	}
}

// rateLimit shows the caller's window (GET /rate_limit). Searching has a window of its own
// at GitHub, and its description promises it; usher has nothing to search, so it is never used.
func (q *Request) rateLimit() error {
	rates := q.api.options.Rates
	if rates == nil {
		return &usher.Error{Kind: usher.NotFound, Message: "Rate limiting is not enabled."}
	}
	core := q.paid // nothing was: it is the window as it stands
	search := rate{limit: searchLimit, reset: rates.wall().Add(time.Minute)}
	b := search.append(append(core.append([]byte(`{"resources":{"core":`)), `,"search":`...))
	b = append(b, '}')
	if q.version == defaultVersion { // newer ones have no "rate"
		b = core.append(append(b, `,"rate":`...))
	}
	q.RespondNow(http.StatusOK, append(b, '}'))
	return nil
}

const searchLimit = 30 // a minute

func (r rate) append(b []byte) []byte {
	return fmt.Appendf(b, `{"limit":%d,"used":%d,"remaining":%d,"reset":%d}`, r.limit, r.used, r.remaining(), r.reset.Unix())
}
