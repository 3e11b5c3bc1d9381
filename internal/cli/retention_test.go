package cli

import (
	"testing"
	"time"
)

func TestRetentionIsDaysOrADurationOrForEver(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "0h": 0, "0d": 0, "1d": 24 * time.Hour, "24h": 24 * time.Hour, "400d": 9600 * time.Hour,
		"90d12h30m": 2172*time.Hour + 30*time.Minute, "9600h": 9600 * time.Hour, "106750d": 106750 * 24 * time.Hour,
	} {
		if got, err := parseRetention(text); got != want || err != nil {
			t.Errorf("%q: got %s and %v, want %s", text, got, err, want)
		}
	}
}
