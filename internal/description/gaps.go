package description

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// gap is an answer that the description does not declare, and that is right all the same.
type gap struct {
	operation string // its id, anyOperation or preflight
	status    int
	says      string // how the error's message begins
	reason    string
}

const (
	anyOperation = "any operation"
	preflight    = "OPTIONS"
)

// known is all that the description lacks. The tests of internal/ghapi need every line.
func known() []gap {
	return []gap{
		{preflight, http.StatusNoContent, "", "documented in words: using CORS and JSONP to make cross-origin requests"},
		{anyOperation, http.StatusNotModified, "", "conditional requests are documented in words for all GETs (best practices), and declared for a few; recorded 2023 and 2026"},
		{anyOperation, http.StatusBadRequest, "Bad Request", "an unsupported API version, recorded 2026-10-08"},
		{anyOperation, http.StatusBadRequest, "Problems parsing JSON", "documented in words: troubleshooting"},
		{anyOperation, http.StatusBadRequest, "Body should be a JSON object", "documented in words: troubleshooting"},
		{anyOperation, http.StatusBadRequest, "The request's body could not be read", "our choice: a body that does not arrive"},
		{anyOperation, http.StatusUnauthorized, "Bad credentials", "an unknown token is refused on routes for everybody too, recorded 2026-09"},
		{anyOperation, http.StatusForbidden, "API rate limit exceeded for ", "recorded 2026-09"},
		{anyOperation, http.StatusRequestEntityTooLarge, "The request's body is larger than ", "our choice: GitHub's limit is not documented"},
		{anyOperation, http.StatusInternalServerError, "Server Error", "documented in words: troubleshooting"},
		{anyOperation, http.StatusServiceUnavailable, "", "our choice: the store cannot serve now; of GitHub only 5xx is documented"},
	}
}

// gaps are the known gaps, and which of them were needed.
type gaps struct {
	known []gap

	mu     sync.Mutex
	needed map[gap]bool
}

func newGaps() *gaps { return &gaps{known: known(), needed: map[gap]bool{}} }

// cover says whether an operation may give an answer that it does not declare.
func (g *gaps) cover(operation string, status int, body []byte) bool {
	var e envelope
	_ = json.Unmarshal(body, &e) // what is no error has no message
	for _, gap := range g.known {
		applies := gap.operation == operation || gap.operation == anyOperation && operation != preflight
		if applies && gap.status == status && strings.HasPrefix(e.Message, gap.says) {
			g.mu.Lock()
			g.needed[gap] = true
			g.mu.Unlock()
			return true
		}
	}
	return false
}

// Unneeded are the known gaps that no answer has needed of all that this process has
// checked so far.
func Unneeded() []string {
	d, err := shared()
	if err != nil {
		return []string{err.Error()}
	}
	d.gaps.mu.Lock()
	defer d.gaps.mu.Unlock()
	var lines []string
	for _, gap := range d.gaps.known {
		if !d.gaps.needed[gap] {
			lines = append(lines, fmt.Sprintf("%s, %d %q: %s", gap.operation, gap.status, gap.says, gap.reason))
		}
	}
	return lines
}
