package sqlstore_test

import (
	"testing"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
	"github.com/usher-seats/usher/internal/storetest"
)

func TestPostgresKeepsThePromisesOfThePort(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) usher.Store { return openPostgres(t, sqlstore.Options{}) })
}

func openPostgres(tb testing.TB, options sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	return openAt(tb, enginetest.Shared(tb).Database(tb), options)
}
