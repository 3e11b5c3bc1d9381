package enginetest

import (
	"testing"
	"time"
)

// Await asks again and again whether something is done, for at most half a minute. what
// completes the sentence "there is not …".
func Await(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	patience := time.NewTimer(30 * time.Second)
	defer patience.Stop()
	for !done() {
		select {
		case <-ticker.C:
		case <-patience.C:
			tb.Errorf("there is not %s after half a minute", what)
			return
		}
	}
}
