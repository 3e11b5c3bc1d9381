package sqlstore_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// rewriting are statements that would change the past of a growing world, by what each is.
func rewriting(database string) map[string]string {
	statements := map[string]string{
		"an UPDATE of one":               `UPDATE events SET actor_id = 99 WHERE number = 1`,
		"an UPDATE of all":               `UPDATE events SET at = at`,
		"an UPDATE of a number":          `UPDATE events SET number = number + 1000`,
		"a DELETE of the first":          `DELETE FROM events WHERE number = 1`,
		"a DELETE of the last":           `DELETE FROM events WHERE number = (SELECT MAX(number) FROM events)`,
		"a DELETE of all":                `DELETE FROM events`,
		"an INSERT that takes its place": `INSERT INTO events SELECT * FROM events WHERE number = 1 ON CONFLICT (account, number) DO UPDATE SET actor_id = 99`,
	}
	if sqlstore.IsPostgres(database) {
		statements["TRUNCATE"] = `TRUNCATE events`
		statements["a MERGE"] = `MERGE INTO events e USING (SELECT 1 AS number) AS n ON e.number = n.number WHEN MATCHED THEN UPDATE SET actor_id = 99`
		return statements
	}
	statements["an INSERT OR REPLACE"] = `INSERT OR REPLACE INTO events SELECT * FROM events WHERE number = 1`
	statements["a REPLACE"] = `REPLACE INTO events SELECT * FROM events WHERE number = 1`
	return statements
}

// try executes a statement on a database of either engine.
func try(t *testing.T, database, statement string) error {
	t.Helper()
	driver := "sqlite"
	if sqlstore.IsPostgres(database) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, database)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	return err
}

// wantKept tries to change the past by each statement. Who may not even TRUNCATE is told that.
func wantKept(t *testing.T, database string) {
	t.Helper()
	for what, statement := range rewriting(database) {
		err := try(t, database, statement)
		if err == nil {
			t.Errorf("%s was let through", what)
			continue
		}
		if said := err.Error(); !strings.Contains(said, "events are append-only") && !(what == "TRUNCATE" && strings.Contains(said, "permission denied")) {
			t.Errorf("%s was refused with %q, want it to say that events are append-only", what, err)
		}
	}
}

func eventsOf(t *testing.T, store *sqlstore.Store) (events []usher.Event) {
	t.Helper()
	must(t, store.View(t.Context(), func(r usher.Reader) (err error) {
		events, err = r.EventsAfter(growingOrganization, 0, usher.MaxSelection)
		return err
	}))
	return events
}

func TestEventsAreAppendOnlyWhoeverAsks(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "usher.db"),
		"PostgreSQL": enginetest.Shared(t).Database(t),
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			store := openAt(t, database, sqlstore.Options{})
			service := usher.NewService(store)
			_, err := service.Load(t.Context(), growingWorld())
			must(t, err)
			_, err = service.GrantUsers(t.Context(), growingOrganization, growingGroup(0, 0), usher.By{})
			must(t, err)
			before := eventsOf(t, store)
			wantKept(t, database)
			if diff := cmp.Diff(before, eventsOf(t, store)); diff != "" || len(before) == 0 {
				t.Errorf("%d events (-want +got):\n%s", len(before), diff)
			}
			wantWhole(t, service)

			// What a world had goes with it, and numbers begin anew.
			_, err = service.Load(t.Context(), growingWorld())
			must(t, err)
			_, err = service.GrantUsers(t.Context(), growingOrganization, growingGroup(0, 0), usher.By{})
			must(t, err)
			if got := eventsOf(t, store); len(got) != len(before) {
				t.Errorf("after loading anew there are %d events, want %d", len(got), len(before))
			}
			must(t, service.Empty(t.Context()))
			must(t, try(t, database, `DELETE FROM events`))
		})
	}
}

func TestOfTheOldestEventsThoseMayGoThatTheHeadNames(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "usher.db"),
		"PostgreSQL": enginetest.Shared(t).Database(t),
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			service := usher.NewService(openAt(t, database, sqlstore.Options{}))
			_, err := service.Load(t.Context(), growingWorld())
			must(t, err)
			_, err = service.GrantUsers(t.Context(), growingOrganization, growingGroup(0, 0), usher.By{})
			must(t, err)
			must(t, try(t, database, `UPDATE accounts SET events_deleted = 2`))
			if try(t, database, `DELETE FROM events WHERE number <= 3`) == nil {
				t.Error("more was deleted than the head names")
			}
			must(t, try(t, database, `DELETE FROM events WHERE number <= 2`))
			if try(t, database, `DELETE FROM events`) == nil {
				t.Error("the others were deleted too")
			}
		})
	}
}

func TestABackupKeepsItsEventsToo(t *testing.T) {
	t.Parallel()
	path, target := filepath.Join(t.TempDir(), "usher.db"), filepath.Join(t.TempDir(), "copy.db")
	service := usher.NewService(openAt(t, path, sqlstore.Options{Wall: time.Now}))
	_, err := service.Load(t.Context(), growingWorld())
	must(t, err)
	_, err = service.GrantUsers(t.Context(), growingOrganization, growingGroup(0, 0), usher.By{})
	must(t, err)
	_, err = sqlstore.Backup(t.Context(), path, target)
	must(t, err)
	wantKept(t, target)
	copied := usher.NewService(openAt(t, target, sqlstore.Options{Wall: time.Now}))
	_, err = copied.GrantUsers(t.Context(), growingOrganization, growingGroup(0, 1), usher.By{})
	must(t, err)
	wantWhole(t, copied)
}
