package ownapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
)

// rated is a rehearsal where each token may make three requests an hour.
func rated(t *testing.T, change func(*ownapi.Config)) *world {
	t.Helper()
	return newWorld(t, func(config *ownapi.Config) {
		config.Wire = ghapi.Options{Rates: ghapi.NewRates(3, wall)}
		config.GitHub = ghapi.New(config.Service, config.Wire)
		if change != nil {
			change(config)
		}
	})
}

// usedBy is how many requests of a token's window are used, by this one too.
func (w *world) usedBy(token string) string {
	w.t.Helper()
	return w.do("GET", "/zen", token, "").Header.Get("X-Ratelimit-Used")
}

func TestAMoveOfTheClockByAnHourOpensNewRateWindowsC5(t *testing.T) {
	t.Parallel()
	const renewed, kept = "1", "3"
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"by an hour", `{"by":"1h"}`, 200, renewed},
		{"by more", `{"by":"90m"}`, 200, renewed},
		{"by a year", `{"by":"8760h"}`, 200, renewed},
		{"to an hour later", `{"to":"2026-11-20T13:00:00Z"}`, 200, renewed},
		{"to the last day that there is", `{"to":"9999-11-30T00:00:00Z"}`, 200, renewed},
		{"by a second less than an hour", `{"by":"59m59s"}`, 200, kept},
		{"to a microsecond before an hour later", `{"to":"2026-11-20T12:59:59.999999Z"}`, 200, kept},
		{"to where it stands", `{"to":"2026-11-20T12:00:00Z"}`, 200, kept},
		{"backwards", `{"to":"2026-11-19T12:00:00Z"}`, 422, kept},
		{"nowhere", `{}`, 422, kept},
	} {
		w := rated(t, nil)
		w.usedBy(owner)
		w.usedBy(owner)
		w.usedBy("ghp_admin_org")
		w.usedBy("")
		if got := w.do("POST", "/_usher/clock/advance", "gho_owner", c.body); got.Status != c.status {
			t.Fatalf("%s: got %d %s, want %d", c.name, got.Status, got.Body, c.status)
		}
		want := map[string]string{renewed: "1", kept: "2"}[c.want] // of who made one request before
		for token, want := range map[string]string{owner: c.want, "ghp_admin_org": want, "": want} {
			if got := w.usedBy(token); got != want {
				t.Errorf("%s: as %q: got %s used, want %s", c.name, token, got, want)
			}
		}
	}
}

// Who has spent everything can go on after the move: neither it nor the reset is counted.
func TestWhoHasSpentEverythingCanMoveTheClockC5(t *testing.T) {
	t.Parallel()
	w := rated(t, nil)
	for range 5 {
		w.usedBy(owner)
	}
	if got := w.do("GET", "/zen", owner, ""); got.Status != 403 {
		t.Fatalf("got %d %s, want 403", got.Status, got.Body)
	}
	for _, call := range [][2]string{{"/_usher/clock/advance", `{"by":"1h"}`}, {"/_usher/reset", ""}} {
		got := w.do("POST", call[0], owner, call[1])
		if got.Status >= 300 || got.Header.Get("X-Ratelimit-Limit") != "" {
			t.Fatalf("POST %s: got %d %s with a limit of %q", call[0], got.Status, got.Body, got.Header.Get("X-Ratelimit-Limit"))
		}
		for i, want := range []int{200, 200, 200, 403} {
			if got := w.do("GET", "/zen", owner, ""); got.Status != want {
				t.Errorf("after POST %s: request %d: got %d, want %d", call[0], i+1, got.Status, want)
			}
		}
	}
}

func TestAResetThatFailsOpensNoNewRateWindows(t *testing.T) {
	t.Parallel()
	w := rated(t, func(config *ownapi.Config) { config.Reset = func(context.Context) error { return errBroken } })
	w.usedBy(owner)
	if got := w.do("POST", "/_usher/reset", owner, ""); got.Status != 500 {
		t.Fatalf("got %d %s, want 500", got.Status, got.Body)
	}
	if got := w.usedBy(owner); got != "2" {
		t.Errorf("got %s used, want 2", got)
	}
}

// Transport time is the wall clock: a world whose clock is moved ends no window early, and
// one whose clock stands ends them all the same.
func TestRateWindowsEndByTheWallClockC5(t *testing.T) {
	t.Parallel()
	now := wall()
	w := newWorld(t, func(config *ownapi.Config) {
		config.Wire = ghapi.Options{Rates: ghapi.NewRates(3, func() time.Time { return now })}
		config.GitHub = ghapi.New(config.Service, config.Wire)
	})
	w.usedBy(owner)
	now = now.Add(time.Hour - time.Second)
	if got := w.usedBy(owner); got != "2" {
		t.Errorf("within the hour: got %s used, want 2", got)
	}
	now = now.Add(time.Second)
	if got := w.usedBy(owner); got != "1" {
		t.Errorf("after the hour: got %s used, want 1", got)
	}
	w.clockShows(startsAt)
}

func TestWithoutALimitTheClockMovesAsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if got := w.do("POST", "/_usher/clock/advance", owner, `{"by":"1h"}`); got.Status != 200 || got.Header.Get("X-Ratelimit-Limit") != "" {
		t.Errorf("got %d %s with %v", got.Status, got.Body, got.Header)
	}
}
