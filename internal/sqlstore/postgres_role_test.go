package sqlstore_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// The statements are those of docs/operations.md.
func TestARoleThatMayOnlyReadAndWriteRowsIsEnoughForAServer(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	owner, server := newRole(t, database), newRole(t, database)
	executePostgres(t, database, `ALTER DATABASE `+nameOf(t, database)+` OWNER TO `+owner.name)
	executePostgres(t, owner.url,
		`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO `+server.name)

	must(t, openAt(t, owner.url, sqlstore.Options{}).Ping(t.Context()))
	store := openAt(t, server.url, sqlstore.Options{})
	service := usher.NewService(store)
	// So many that the engine is asked for statistics, which it does not take for this role.
	must(t, store.Update(t.Context(), newCrowd(2_000).load))
	if _, err := service.Load(t.Context(), growingWorld()); err != nil {
		t.Errorf("loading a world: %v", err)
	}
	if _, err := service.GrantUsers(t.Context(), growingOrganization, growingGroup(0, 0), usher.By{}); err != nil {
		t.Errorf("granting: %v", err)
	}
	if _, err := service.CancelUsers(t.Context(), growingOrganization, growingGroup(0, 0), usher.By{}); err != nil {
		t.Errorf("cancelling: %v", err)
	}
	if _, err := service.AdvanceClock(t.Context(), usher.ClockMove{By: 40 * 24 * time.Hour}, 10); err != nil {
		t.Errorf("moving the clock: %v", err)
	}
	wantWhole(t, service)
	wantKept(t, server.url)
	if try(t, server.url, `ALTER TABLE events DISABLE TRIGGER ALL`) == nil || try(t, server.url, `DROP TRIGGER events_delete ON events`) == nil {
		t.Error("the role has taken away what keeps events")
	}
	must(t, service.Empty(t.Context()))
}

func TestARoleThatMayNotBringTheSchemaUpToDateIsTold(t *testing.T) {
	t.Parallel()
	database := enginetest.Shared(t).Database(t)
	server := newRole(t, database)
	openAt(t, database, sqlstore.Options{})
	executePostgres(t, database,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO `+server.name,
		`DROP INDEX teams_children`, `CREATE INDEX teams_parent ON teams (account, parent_id)`,
		`DELETE FROM usher_schema_version WHERE version_id > 1`)
	store, err := sqlstore.Open(t.Context(), server.url, sqlstore.Options{})
	if err == nil {
		must(t, store.Close())
		t.Fatal("Open gave no error")
	}
	for _, want := range []string{"not permitted", "schema", "owner"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q, want it to say %q", err, want)
		}
	}
}

// role is a role that may log in, and no more.
type role struct{ name, url string }

func newRole(t *testing.T, database string) role {
	t.Helper()
	name, password := "role_"+strings.ToLower(rand.Text()), rand.Text()
	executePostgres(t, database, `CREATE ROLE `+name+` LOGIN PASSWORD '`+password+`'`)
	t.Cleanup(func() {
		// A database of its own it may have goes with the database of the test.
		executePostgres(t, database, `REASSIGN OWNED BY `+name+` TO CURRENT_USER`, `DROP OWNED BY `+name, `DROP ROLE `+name)
	})
	location, err := url.Parse(database)
	must(t, err)
	location.User = url.UserPassword(name, password)
	return role{name, location.String()}
}

func nameOf(t *testing.T, database string) string {
	t.Helper()
	location, err := url.Parse(database)
	must(t, err)
	return strings.TrimPrefix(location.Path, "/")
}

func executePostgres(t *testing.T, database string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", database)
	must(t, err)
	for _, statement := range statements {
		if _, failed := db.Exec(statement); failed != nil {
			err = errors.Join(err, failed)
		}
	}
	must(t, errors.Join(err, db.Close()))
}
