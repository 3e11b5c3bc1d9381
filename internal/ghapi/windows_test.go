package ghapi

import (
	"testing"
	"time"
)

// Tokens of installations come and go by the hour.
func TestWindowsOfTokensThatAreOverAreRemoved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	rates := NewRates(100, func() time.Time { return now })
	token := int64(0)
	for hour := range 20 {
		for range 3 * fewWindows {
			token++
			rates.spend(spender{token: token})
		}
		if got, _ := rates.spend(spender{token: token - 3*fewWindows + 1}); got.used != 2 {
			t.Errorf("hour %d: an open window was lost: got %d used, want 2", hour, got.used)
		}
		if got, most := len(rates.tokens), 2*3*fewWindows; got > most {
			t.Errorf("hour %d: got %d windows, want %d at most", hour, got, most)
		}
		now = now.Add(RateWindow + time.Second)
	}
}
