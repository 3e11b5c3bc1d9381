package cli

import (
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/seed"
)

func TestTheWorldThatAFirstStartProposesIsOne(t *testing.T) {
	t.Parallel()
	world, err := seed.Parse("world.yaml", []byte(firstWorld), time.Date(2026, time.November, 21, 0, 0, 0, 0, time.UTC), seed.Options{})
	if err != nil || len(world.Accounts) != 1 || len(world.Accounts[0].Grants) != 1 {
		t.Errorf("got %+v, %v", world, err)
	}
}
