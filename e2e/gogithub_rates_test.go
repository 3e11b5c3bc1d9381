package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v89/github"

	"github.com/usher-seats/usher/internal/description"
)

// recorder is a transport that notes the status of each answer.
type recorder struct {
	statuses []int
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		r.statuses = append(r.statuses, response.StatusCode)
	}
	return response, err
}

// Each token has a window of its own.
func TestGoGitHubAndTheLimitOfRequests(t *testing.T) {
	t.Parallel()
	url := serve(t, "--rate-limit", "3").url
	t.Run("knows what is left", func(t *testing.T) { knowsWhatIsLeft(t, url) })
	t.Run("has a typed error when nothing is left", func(t *testing.T) { isRefusedWithRateLimitError(t, url) })
}

func knowsWhatIsLeft(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghs_acme_dev")
	var reset github.Timestamp
	for used := 1; used <= 3; used++ {
		_, response, err := client.Copilot.GetCopilotBilling(t.Context(), "acme-dev")
		if err != nil {
			t.Fatal(err)
		}
		got := response.Rate
		if used == 1 {
			reset = got.Reset
		}
		want := github.Rate{Limit: 3, Used: used, Remaining: 3 - used, Reset: reset, Resource: "core"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", used, diff)
		}
	}
	if left := time.Until(reset.Time); left < 50*time.Minute || left > time.Hour {
		t.Errorf("the window ends in %s, want an hour at most", left)
	}
	limits, _, err := client.RateLimit.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &github.Rate{Limit: 3, Used: 3, Remaining: 0, Reset: reset}
	got := *limits.Core
	got.Resource = "" // newer descriptions have it
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("GET /rate_limit (-want +got):\n%s", diff)
	}
}

func isRefusedWithRateLimitError(t *testing.T, url string) {
	t.Parallel()
	first := goGitHub(t, url, "ghp_ada")
	for range 3 {
		if err := getBilling("acme-dev")(t.Context(), first.Copilot); err != nil {
			t.Fatal(err)
		}
	}

	// A client that does not know yet asks, and is refused.
	sent := &recorder{}
	second := goGitHub(t, url, "ghp_ada", github.WithTransport(sent))
	got := spent(t, getBilling("acme-dev")(t.Context(), second.Copilot))
	if got.Response.StatusCode != http.StatusForbidden || !strings.HasPrefix(got.Message, "API rate limit exceeded for user ID 101.") {
		t.Errorf("got %d %q, want 403 and that user 101 has no requests left", got.Response.StatusCode, got.Message)
	}
	want := github.Rate{Limit: 3, Used: 3, Remaining: 0, Reset: got.Rate.Reset, Resource: "core"}
	if diff := cmp.Diff(want, got.Rate); diff != "" || !got.Rate.Reset.After(time.Now()) {
		t.Errorf("the refusal's rate ends at %s (-want +got):\n%s", got.Rate.Reset, diff)
	}
	// From then on it waits for the end of the window by itself.
	spent(t, getBilling("acme-dev")(t.Context(), second.Copilot))
	if diff := cmp.Diff([]int{http.StatusForbidden}, sent.statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}

	other := goGitHub(t, url, "ghp_grace")
	if err := getBilling("acme-dev")(t.Context(), other.Copilot); err != nil {
		t.Errorf("another user's window: %v", err)
	}
}

// spent is the error of a spent window.
func spent(t *testing.T, err error) *github.RateLimitError {
	t.Helper()
	var limit *github.RateLimitError
	if !errors.As(err, &limit) {
		t.Fatalf("got %T %v, want *github.RateLimitError", err, err)
	}
	return limit
}

func TestANewWindowOpensWhenTheClockIsMovedByAnHour(t *testing.T) {
	t.Parallel()
	url := serve(t, "--rate-limit", "1").url
	billing := getBilling("acme-dev")
	if err := billing(t.Context(), goGitHub(t, url, "ghp_ada").Copilot); err != nil {
		t.Fatal(err)
	}
	spent(t, billing(t.Context(), goGitHub(t, url, "ghp_ada").Copilot))

	advance(t, url, "1h")
	if err := billing(t.Context(), goGitHub(t, url, "ghp_ada").Copilot); err != nil {
		t.Errorf("after an hour: %v", err)
	}
}

// advance moves the clock of the world.
func advance(t *testing.T, url, by string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/_usher/clock/advance", strings.NewReader(`{"by":"`+by+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer ghp_ada")
	client := &http.Client{Transport: description.Shared(t).Transport(t, http.DefaultTransport)}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("moving the clock by %s: %s (error %v)", by, response.Status, err)
	}
}

// cache is a transport that keeps answers with their ETags, as those for go-github do that
// others publish: it asks whether an answer still holds, and gives it again when it does.
type cache struct {
	recorder
	mu   sync.Mutex
	kept map[string]kept // by URL
}

type kept struct {
	header http.Header
	body   []byte
}

func (c *cache) RoundTrip(request *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if request.Method != http.MethodGet {
		return c.recorder.RoundTrip(request)
	}
	url := request.URL.String()
	known, ok := c.kept[url]
	if ok {
		request = request.Clone(request.Context())
		request.Header.Set("If-None-Match", known.header.Get("ETag"))
	}
	response, err := c.recorder.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusNotModified {
		for name, values := range response.Header {
			known.header[name] = values
		}
		response.StatusCode, response.Header = http.StatusOK, known.header
		response.Body = io.NopCloser(bytes.NewReader(known.body))
		return response, nil
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.Header.Get("ETag") == "" {
		return nil, fmt.Errorf("GET %s: the answer has no ETag", url)
	}
	c.kept[url] = kept{response.Header.Clone(), body}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func TestGoGitHubWithACacheIsToldWhatHasNotChanged(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	cache := &cache{kept: map[string]kept{}}
	client := goGitHub(t, url, "ghp_ada", github.WithTransport(cache))
	last := &github.ListOptions{Page: 3, PerPage: 100}

	// list asks for the last page, and says how many seats it has and how many requests were
	// counted so far.
	list := func() (seats, used int) {
		t.Helper()
		page, response, err := client.Copilot.ListCopilotSeats(t.Context(), "acme-dev", last)
		if err != nil {
			t.Fatal(err)
		}
		if response.PrevPage != 2 {
			t.Errorf("got the previous page %d, want 2", response.PrevPage)
		}
		return len(page.Seats), response.Rate.Used
	}
	for range 3 {
		if seats, used := list(); seats != 54 || used != 1 {
			t.Errorf("got %d seats, and %d requests counted; want 54, and 1: what has not changed is free", seats, used)
		}
	}
	if err := addUsers("acme-dev", "linus")(t.Context(), client.Copilot); err != nil {
		t.Fatal(err)
	}
	if seats, used := list(); seats != 55 || used != 3 {
		t.Errorf("after the grant: got %d seats, and %d requests counted; want 55 and 3", seats, used)
	}
	want := []int{http.StatusOK, http.StatusNotModified, http.StatusNotModified, http.StatusCreated, http.StatusOK}
	if diff := cmp.Diff(want, cache.statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// Nothing but the time has changed, and with it what the cache holds.
func TestGoGitHubWithACacheSeesWhatTimeHasChanged(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	cached := goGitHub(t, url, "ghp_ada", github.WithTransport(&cache{kept: map[string]kept{}})).Copilot
	plain := goGitHub(t, url, "ghp_ada").Copilot
	before := map[string]any{}
	for _, by := range []string{
		"1s",
		"252h",  // to the first of December: dev-002's seat ends, and a cycle
		"1956h", // to February: dev-001's activity is too long ago
	} {
		advance(t, url, by)
		for what, read := range map[string]func(*github.CopilotService) (any, error){
			"billing": func(copilot *github.CopilotService) (any, error) {
				billing, _, err := copilot.GetCopilotBilling(t.Context(), "acme-dev")
				return billing, err
			},
			"the first seats": func(copilot *github.CopilotService) (any, error) {
				seats, _, err := copilot.ListCopilotSeats(t.Context(), "acme-dev", nil)
				return seats, err
			},
			"the enterprise's first seats": func(copilot *github.CopilotService) (any, error) {
				seats, _, err := copilot.ListCopilotEnterpriseSeats(t.Context(), "acme", nil)
				return seats, err
			},
			"dev-001": func(copilot *github.CopilotService) (any, error) {
				seat, _, err := copilot.GetSeatDetails(t.Context(), "acme-dev", "dev-001")
				return seat, err
			},
		} {
			want, err := read(plain)
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(cached)
			if err != nil {
				t.Fatal(err)
			}
			if what == "the first seats" && cmp.Equal(before[what], want) {
				t.Errorf("moving the clock by %s has not changed %s", by, what)
			}
			before[what] = want
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, after the clock was moved by %s (-without a cache +with one):\n%s", what, by, diff)
			}
		}
	}
}
