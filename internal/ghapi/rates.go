package ghapi

import (
	"fmt"
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
	windows map[spender]rate
}

const (
	rateWindow     = time.Hour
	anonymousLimit = 60 // an hour and address, whatever tokens may
	// maxWindows bounds the memory: beyond it, and if none of them is over, all begin anew.
	maxWindows = 1 << 16
)

// NewRates allows each token so many requests an hour.
func NewRates(limit int64, wall func() time.Time) *Rates {
	return &Rates{limit: limit, wall: wall, windows: map[spender]rate{}}
}

// spender is whose requests a window counts: a token's, or those of an address.
type spender struct {
	token   int64
	address netip.Addr
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
	clear(r.windows)
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
	r.windows[by] = now
	return now, ok
}

// refund takes back that one request was counted in a window, if that is still open.
func (r *Rates) refund(by spender, paid rate) rate {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.window(by)
	if now.used > 0 && now.reset.Equal(paid.reset) {
		now.used--
		r.windows[by] = now
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
	if open, ok := r.windows[by]; ok && wall.Before(open.reset) {
		return open
	}
	limit := r.limit
	if by.token == 0 {
		limit = anonymousLimit
	}
	return rate{limit: limit, reset: wall.Add(rateWindow).Truncate(time.Second)}
}

// makeRoom sees to it that one more window can be kept.
func (r *Rates) makeRoom(by spender) {
	if _, kept := r.windows[by]; kept || len(r.windows) < maxWindows {
		return
	}
	wall := r.wall()
	for spender, open := range r.windows {
		if !wall.Before(open.reset) {
			delete(r.windows, spender)
		}
	}
	if len(r.windows) >= maxWindows {
		clear(r.windows)
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
	return spender{address: q.api.options.Bases.client(q.R)}
}

// spend counts the request where requests are counted.
func (q *Request) spend() error {
	rates := q.api.options.Rates
	if rates == nil {
		return nil
	}
	if q.Route.Free {
		rates.look(q.spender()).show(q.W.Header())
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
			message:   "API rate limit exceeded for " + q.spender().address.String() + ". (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)",
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
	core := rates.look(q.spender())
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
