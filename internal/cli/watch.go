package cli

import (
	"context"
	"os"
	"sync"
)

// watch turns signals into an end in order (the first ends ctx) and an end at once (the
// second closes hurry). stop frees what it holds.
func watch(signals <-chan os.Signal) (ctx context.Context, hurry <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	second := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-stopped:
			return
		}
		select {
		case <-signals:
			close(second)
		case <-stopped:
		}
	}()
	return ctx, second, sync.OnceFunc(func() {
		close(stopped)
		cancel()
	})
}
