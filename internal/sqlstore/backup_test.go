package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

func TestABackupIsOneInstantOfADatabaseThatIsWrittenTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	one, other := openAt(t, path, sqlstore.Options{Patience: time.Minute}), openAt(t, path, sqlstore.Options{Patience: time.Minute})
	g := startGrowth(t, one, other)
	for n := range 5 {
		target := filepath.Join(t.TempDir(), fmt.Sprintf("copy-%d.db", n))
		before := g.acknowledged()
		size, err := sqlstore.Backup(t.Context(), path, target)
		must(t, err)
		g.verify(t, target, before, g.begun())
		info, err := os.Stat(target)
		must(t, err)
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("the copy has mode %o, want 600", got)
		}
		if size == 0 {
			t.Error("the copy has no size")
		}
	}
	g.finish(t)
}

// The world that grows: each writer grants seats to groups of people, one after the
// other, each group in one call.
const (
	growingWriters = 3
	growingGroups  = 60
	growingPeople  = 3 // in a group
)

// growth is a database whose writers go on until they are told that all copies are made.
type growth struct {
	started, done [growingWriters]atomic.Int64 // calls
	copied        chan struct{}
	errors        chan error
	release       func()
}

var growingOrganization = usher.OrganizationRef(7)

func growingLogin(writer, group, person int) string {
	return fmt.Sprintf("u%d-%d-%d", writer, group, person)
}

func growingGroup(writer, group int) []string {
	logins := make([]string, growingPeople)
	for person := range logins {
		logins[person] = growingLogin(writer, group, person)
	}
	return logins
}

func growingWorld() usher.World {
	account := usher.WorldAccount{Account: usher.Account{Ref: growingOrganization, Login: "octodemo", Subscription: &usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignSelected, BillingSetUp: true, CycleDay: 1,
		PublicCodeSuggestions: "block",
	}}}
	world := usher.World{Digest: "growing"}
	for writer := range growingWriters {
		for group := range growingGroups {
			for _, login := range growingGroup(writer, group) {
				id := int64(len(world.Users)) + 1
				world.Users = append(world.Users, usher.User{ID: id, Login: login})
				account.Memberships = append(account.Memberships, usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Active})
			}
		}
	}
	world.Accounts = []usher.WorldAccount{account}
	return world
}

// startGrowth loads the growing world and starts the writers, which share the stores. It
// returns when each has had a call acknowledged.
func startGrowth(t *testing.T, stores ...*sqlstore.Store) *growth {
	t.Helper()
	if _, err := usher.NewService(stores[0]).Load(t.Context(), growingWorld()); err != nil {
		t.Fatal(err)
	}
	g := &growth{copied: make(chan struct{}), errors: make(chan error, growingWriters)}
	g.release = sync.OnceFunc(func() { close(g.copied) })
	t.Cleanup(g.release)
	var first sync.WaitGroup
	for writer := range growingWriters {
		first.Add(1)
		go func() {
			g.errors <- g.write(t.Context(), usher.NewService(stores[writer%len(stores)]), writer, sync.OnceFunc(first.Done))
		}()
	}
	first.Wait()
	return g
}

// write works through a writer's groups. The last one waits until all copies are made, so
// that none of them is of a finished world.
func (g *growth) write(ctx context.Context, service *usher.Service, writer int, begun func()) error {
	defer begun()
	for group := range growingGroups {
		if group == growingGroups-1 {
			<-g.copied
		}
		g.started[writer].Add(1)
		if _, err := service.GrantUsers(ctx, growingOrganization, growingGroup(writer, group), usher.By{}); err != nil {
			return fmt.Errorf("writer %d, group %d: %w", writer, group, err)
		}
		g.done[writer].Add(1)
		begun()
	}
	return nil
}

func (g *growth) finish(t *testing.T) {
	t.Helper()
	g.release()
	for range growingWriters {
		if err := <-g.errors; err != nil {
			t.Error(err)
		}
	}
}

// acknowledged is how many calls of each writer have been acknowledged, and begun how
// many have been made.
func (g *growth) acknowledged() [growingWriters]int64 { return counts(&g.done) }
func (g *growth) begun() [growingWriters]int64        { return counts(&g.started) }

func counts(counters *[growingWriters]atomic.Int64) (n [growingWriters]int64) {
	for writer := range counters {
		n[writer] = counters[writer].Load()
	}
	return n
}

// verify opens a copy and holds it to a state that the database was in between two
// moments: of each writer the first few groups, whole, at least those that were
// acknowledged before and at most those that were begun after. Then the copy goes on.
func (g *growth) verify(t *testing.T, database string, before, after [growingWriters]int64) {
	t.Helper()
	store := openAt(t, database, sqlstore.Options{MustExist: true})
	service := usher.NewService(store)
	wantWhole(t, service)
	seated := seatedLogins(t, service)
	for writer := range growingWriters {
		whole := int64(0)
		for whole < growingGroups && seated[growingLogin(writer, int(whole), 0)] {
			whole++
		}
		if whole < before[writer] || whole > after[writer] {
			t.Errorf("%s: writer %d: got %d groups, want %d to %d", database, writer, whole, before[writer], after[writer])
		}
		for group := range growingGroups {
			for person := range growingPeople {
				if got, want := seated[growingLogin(writer, group, person)], int64(group) < whole; got != want {
					t.Errorf("%s: writer %d has %d groups, and %s has a seat: got %v, want %v", database, writer, whole, growingLogin(writer, group, person), got, want)
				}
			}
		}
	}
	created, err := service.GrantUsers(t.Context(), growingOrganization, growingGroup(0, growingGroups-1), usher.By{})
	if err != nil || created != growingPeople {
		t.Errorf("%s: a grant on the copy: got %d seats and error %v, want %d and none", database, created, err, growingPeople)
	}
	wantWhole(t, service)
}

func wantWhole(t *testing.T, service *usher.Service) {
	t.Helper()
	broken, err := service.Check(t.Context())
	if err != nil || len(broken) > 0 {
		t.Errorf("Check: got %v and error %v, want nothing broken", broken, err)
	}
}

func seatedLogins(t *testing.T, service *usher.Service) map[string]bool {
	t.Helper()
	seated := map[string]bool{}
	for page := int64(1); ; page++ {
		list, err := service.Seats(t.Context(), growingOrganization, usher.Page{Number: page, PerPage: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Seats) == 0 {
			return seated
		}
		for _, row := range list.Seats {
			seated[row.Assignee.Login] = true
		}
	}
}

func TestOfBackupsToOneNameOneGetsIt(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	path, target := filepath.Join(directory, "usher.db"), filepath.Join(directory, "copy.db")
	create(t, path)
	const rivals = 4
	failures := make(chan error, rivals)
	for range rivals {
		go func() {
			_, err := sqlstore.Backup(t.Context(), path, target)
			failures <- err
		}()
	}
	made := 0
	for range rivals {
		err := <-failures
		if err == nil {
			made++
			continue
		}
		if !strings.Contains(err.Error(), "there is a file of that name") {
			t.Errorf("got %v, want that the name is taken", err)
		}
	}
	if got := listed(t, directory); made != 1 || len(got) != 2 {
		t.Errorf("got %d backups made and %d files, want 1 and the database with its copy", made, len(got))
	}
}

// A writer that is in the midst of a transaction holds the only lock there is for writing.
func TestABackupDoesNotWaitForAWriter(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	path, target := filepath.Join(directory, "usher.db"), filepath.Join(directory, "copy.db")
	store := openAt(t, path, sqlstore.Options{Patience: time.Minute})
	must(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("before") }))
	must(t, store.Update(t.Context(), func(tx usher.Tx) error {
		if err := tx.SetSeed("after"); err != nil {
			return err
		}
		_, err := sqlstore.Backup(t.Context(), path, target)
		return err
	}))
	if got := seedOf(t, target); got != "before" {
		t.Errorf("the copy's seed: got %q, want before", got)
	}
}

func TestABackupOfWhatACrashHasLeft(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	store := openAt(t, path, sqlstore.Options{})
	must(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("acknowledged") }))
	crashed := t.TempDir() // what is on disk while the store is open
	must(t, os.CopyFS(crashed, os.DirFS(filepath.Dir(path))))
	must(t, os.Remove(filepath.Join(crashed, "usher.db-shm"))) // shared memory, in effect
	target := filepath.Join(t.TempDir(), "copy.db")
	_, err := sqlstore.Backup(t.Context(), filepath.Join(crashed, "usher.db"), target)
	must(t, err)
	if got := seedOf(t, target); got != "acknowledged" {
		t.Errorf("the copy's seed: got %q, want acknowledged", got)
	}
}

func TestABackupLeavesTheSchemaAsItIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, want string }{
		"older": {`DROP INDEX teams_children; DELETE FROM usher_schema_version WHERE version_id > 1`, "1"},
		"newer": {`INSERT INTO usher_schema_version (version_id, is_applied) VALUES (99, TRUE)`, "99"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			path, target := filepath.Join(directory, "usher.db"), filepath.Join(directory, "copy.db")
			create(t, path)
			execute(t, path, test.change)
			_, err := sqlstore.Backup(t.Context(), path, target)
			must(t, err)
			for _, database := range []string{path, target} {
				if got := valueOf(t, database, `SELECT MAX(version_id) FROM usher_schema_version`); got != test.want {
					t.Errorf("%s: got schema version %s, want %s", database, got, test.want)
				}
			}
			if got := listed(t, directory); len(got) != 2 {
				t.Errorf("got files %v, want the database and the copy", got)
			}
		})
	}
}

func TestABackupRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		database string // empty: usher.db
		target   string
		want     []string
	}{
		"a database that is not there":      {database: "missing.db", target: "copy.db", want: []string{"missing.db: there is no such file"}},
		"another program's file":            {database: "diary", target: "copy.db", want: []string{"diary: the file is not an SQLite database"}},
		"another program's database":        {database: "foreign.db", target: "copy.db", want: []string{"foreign.db is not a database of usher's", "check --database"}},
		"an empty file":                     {database: "empty.db", target: "copy.db", want: []string{"empty.db: the file is not an SQLite database"}},
		"a directory as database":           {database: "directory", target: "copy.db", want: []string{"it is a directory"}},
		"a PostgreSQL database":             {database: "postgres://me:secret@db/usher", target: "copy.db", want: []string{"postgres://me:xxxxx@db/usher", "pg_dump", "docs/operations.md"}},
		"PostgreSQL as target":              {target: "postgres://me:secret@db/usher", want: []string{"postgres://me:xxxxx@db/usher", "name of a new one"}},
		"a damaged database":                {database: "damaged.db", target: "copy.db", want: []string{"damaged", "earlier backup"}},
		"a name that is taken":              {target: "diary", want: []string{"there is a file of that name", "another name"}},
		"a link that leads nowhere":         {target: "nowhere", want: []string{"there is a file of that name"}},
		"the database itself":               {target: "usher.db", want: []string{"the database itself", "new file"}},
		"the database by another name":      {target: "alias.db", want: []string{"the database itself"}},
		"the name of the database's log":    {target: "usher.db-wal", want: []string{"one of the database's own files"}},
		"the log's name by another way":     {target: "around/usher.db-journal", want: []string{"one of the database's own files"}},
		"a directory as target":             {target: "directory", want: []string{"that is a directory", "directory/usher-backup.db"}},
		"a directory that is not there":     {target: "missing/copy.db", want: []string{"missing does not exist; create it first"}},
		"a target that must be a directory": {target: "missing/", want: []string{"that is a directory"}},
		"a file as directory":               {target: "diary/copy.db", want: []string{"not a directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			in := func(name string) string {
				if name == "" || sqlstore.IsPostgres(name) {
					return name
				}
				return directory + "/" + name
			}
			prepareForBackup(t, directory)
			before := listed(t, directory)
			if test.database == "" {
				test.database = "usher.db"
			}
			_, err := sqlstore.Backup(t.Context(), in(test.database), in(test.target))
			if err == nil {
				t.Fatal("Backup gave no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want it to say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a password: %s", err)
			}
			if diff := cmp.Diff(before, listed(t, directory)); diff != "" {
				t.Errorf("the directory has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// prepareForBackup fills a directory with what a backup may meet.
func prepareForBackup(t *testing.T, directory string) {
	t.Helper()
	in := func(name string) string { return filepath.Join(directory, name) }
	create(t, in("usher.db"))
	write(t, in("diary"), strings.Repeat("Dear diary, today I was mistaken for a database.\n", 3))
	write(t, in("empty.db"), "")
	execute(t, in("foreign.db"), `CREATE TABLE recipes (name TEXT)`)
	must(t, os.Mkdir(in("directory"), 0o700))
	must(t, os.Symlink(in("gone"), in("nowhere")))
	must(t, os.Symlink(in("usher.db"), in("alias.db")))
	must(t, os.Symlink(directory, in("around")))

	create(t, in("damaged.db"))
	execute(t, in("damaged.db"), `INSERT INTO headcounts (account, ends_at, people) VALUES (1, 2, 3);
		PRAGMA writable_schema = ON;
		UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'headcounts') WHERE name = 'blocks'`)
}

func TestABackupThatIsStoppedLeavesNothing(t *testing.T) {
	t.Parallel()
	directory, targets := t.TempDir(), t.TempDir()
	path, target := filepath.Join(directory, "usher.db"), filepath.Join(targets, "copy.db")
	must(t, openAt(t, path, sqlstore.Options{}).Update(t.Context(), newCrowd(500).load))
	for limit := 100 * time.Microsecond; ; limit *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		_, err := sqlstore.Backup(ctx, path, target)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nothing of it is left") {
			t.Fatalf("stopped after %s: got %v, want context.DeadlineExceeded and that nothing is left", limit, err)
		}
		if got := listed(t, targets); len(got) > 0 {
			t.Fatalf("stopped after %s: got files %v, want none", limit, got)
		}
	}
	if got := listed(t, targets); len(got) != 1 {
		t.Errorf("got files %v, want the copy", got)
	}
}

// listed are the names in a directory, with the files' contents.
func listed(t *testing.T, directory string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	must(t, err)
	list := map[string]string{}
	for _, entry := range entries {
		content, _ := os.ReadFile(filepath.Join(directory, entry.Name())) // a directory has none
		list[entry.Name()] = string(content)
	}
	return list
}

func seedOf(t *testing.T, database string) string {
	t.Helper()
	return valueOf(t, database, `SELECT seed FROM world`)
}

// valueOf asks a file for one value, beside all that usher does.
func valueOf(t *testing.T, database, query string) (value string) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	must(t, err)
	must(t, errors.Join(db.QueryRowContext(t.Context(), query).Scan(&value), db.Close()))
	return value
}
