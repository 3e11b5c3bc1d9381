package sqlstore_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

func TestOpenRefusesWhatItCannotServe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare   func(t *testing.T, path string)
		mustExist bool
		want      []string // what the error says, besides the path
	}{
		"a file that is not a database": {
			prepare: func(t *testing.T, path string) { write(t, path, "organizations:\n  - login: octo-org\n") },
			want:    []string{"not an SQLite database", "another path"},
		},
		"a file shorter than a database's header": {
			prepare: func(t *testing.T, path string) { write(t, path, "SQLite") },
			want:    []string{"not an SQLite database"},
		},
		"a file that only begins like a database": {
			prepare: func(t *testing.T, path string) { write(t, path, "SQLite format 3\x00"+strings.Repeat("x", 5000)) },
			want:    []string{"not an SQLite database"},
		},
		"a directory": {
			prepare: func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) },
			want:    []string{"is a directory", "usher.db"},
		},
		"something that is not a file": {
			prepare: func(t *testing.T, path string) { must(t, os.Symlink(os.DevNull, path)) },
			want:    []string{"not an ordinary file"},
		},
		"a missing directory": {
			prepare: func(t *testing.T, path string) { must(t, os.Remove(filepath.Dir(path))) },
			want:    []string{"does not exist", "create it"},
		},
		"a file without write permission": {
			prepare: func(t *testing.T, path string) { create(t, path); must(t, os.Chmod(path, 0o400)) },
			want:    []string{"read-only", "chmod"},
		},
		"a schema that is newer": {
			prepare: func(t *testing.T, path string) {
				create(t, path)
				execute(t, path, `INSERT INTO `+sqlstore.VersionTable+` (version_id, is_applied) VALUES (9001, 1)`)
			},
			want: []string{"9001", "newer usher"},
		},
		"a schema that is older and must be as it is": {
			prepare: func(t *testing.T, path string) {
				create(t, path)
				execute(t, path, `DELETE FROM `+sqlstore.VersionTable+` WHERE version_id > 11`)
			},
			mustExist: true,
			want:      []string{"version 11", "usher migrate", "older usher"},
		},
		"another program's database": {
			prepare: func(t *testing.T, path string) { execute(t, path, `CREATE TABLE users (id INTEGER PRIMARY KEY)`) },
			want:    []string{"another program", "a new file"},
		},
		"another program's database with goose": {
			prepare: func(t *testing.T, path string) { execute(t, path, `CREATE TABLE goose_db_version (id INTEGER)`) },
			want:    []string{"another program"},
		},
		"an empty file that must be a database": {
			prepare:   func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) },
			mustExist: true,
			want:      []string{"not an SQLite database"},
		},
		"a missing file that must exist": {
			prepare:   func(*testing.T, string) {},
			mustExist: true,
			want:      []string{"no such file", "check the path"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := filepath.Join(t.TempDir(), "data")
			must(t, os.Mkdir(directory, 0o700))
			path := filepath.Join(directory, "usher.db")
			test.prepare(t, path)
			before, _ := os.ReadFile(path)
			store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{Wall: time.Now, MustExist: test.mustExist})
			if err == nil {
				must(t, store.Close())
				t.Fatal("Open gave no error")
			}
			for _, want := range append(test.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want it to say %q", err, want)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the refused file has changed")
			}
		})
	}
}

func TestManyProcessesMayBeginOnOneNewFile(t *testing.T) {
	t.Parallel()
	for range 3 {
		path := filepath.Join(t.TempDir(), "usher.db")
		failures := make(chan error)
		const starters = 4
		for range starters {
			go func() {
				store, err := sqlstore.Open(context.WithoutCancel(t.Context()), path, sqlstore.Options{Wall: time.Now})
				if err == nil {
					err = store.Update(context.WithoutCancel(t.Context()), func(tx usher.Tx) error { return tx.SetSeed("a seed") })
					err = errors.Join(err, store.Close())
				}
				failures <- err
			}()
		}
		for range starters {
			if err := <-failures; err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOpenTakesPathsWithAnyCharacter(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain.db", "what?.db", "is #1.db", "100%.db", "%41.db", "a b.db", "ütf-8 ✓.db", "a&b=c;d.db", ":memory:", "file:x.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			path := filepath.Join(directory, name)
			create(t, path)
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
			entries, err := os.ReadDir(directory)
			must(t, err)
			if len(entries) != 1 {
				t.Errorf("got files %v, want one", entries)
			}
		})
	}
}

func TestTheDatabaseIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	store, err := sqlstore.Open(t.Context(), filepath.Join(directory, "usher.db"), sqlstore.Options{Wall: time.Now})
	must(t, err)
	defer func() { must(t, store.Close()) }()
	must(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetSeed("x") }))
	entries, err := os.ReadDir(directory)
	must(t, err)
	if len(entries) < 2 {
		t.Errorf("got files %v, want the database and its log", entries)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		must(t, err)
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", entry.Name(), got)
		}
	}
}

func TestWhatWasWrittenIsThereAfterOpeningAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	for _, mustExist := range []bool{false, true} {
		store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{Wall: time.Now, MustExist: mustExist})
		must(t, err)
		must(t, store.Update(t.Context(), func(tx usher.Tx) error {
			digest, ok, err := tx.Seed()
			if ok != mustExist || ok && digest != "digest" {
				t.Errorf("opened again: %v: got the seed %q, %v", mustExist, digest, ok)
			}
			return errors.Join(err, tx.SetSeed("digest"))
		}))
		must(t, store.Close())
	}
}

func TestAnEmptyFileBecomesADatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	write(t, path, "")
	create(t, path)
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sqlstore.Open(ctx, filepath.Join(t.TempDir(), "usher.db"), sqlstore.Options{Wall: time.Now})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// undoVersions and undoChanges make the schema of before by taking away what the schema 3,
// and 4 and 5, brought, and all after it.
func undoVersions() []string {
	return []string{
		`ALTER TABLE accounts DROP COLUMN version`, `ALTER TABLE accounts DROP COLUMN created_at`,
		`ALTER TABLE users DROP COLUMN version`, `ALTER TABLE users DROP COLUMN created_at`,
		`ALTER TABLE teams DROP COLUMN version`,
		`DELETE FROM ` + sqlstore.VersionTable + ` WHERE version_id > 2`,
	}
}

func undoChanges() []string {
	return append(undoRecord(),
		`DROP TABLE team_organizations`, `ALTER TABLE teams DROP COLUMN selection`,
		`DROP INDEX memberships_user`, `DROP INDEX memberships_role`, `DROP INDEX memberships_invited`,
		`DROP INDEX memberships_expiring`, `DROP INDEX memberships_first_expiring`, `DROP INDEX teams_id`,
		`ALTER TABLE memberships DROP COLUMN invitation_id`, `ALTER TABLE memberships DROP COLUMN invited_by`,
		`ALTER TABLE memberships DROP COLUMN invited_at`, `ALTER TABLE memberships DROP COLUMN expires_at`,
		`ALTER TABLE world DROP COLUMN last_id`,
		`ALTER TABLE grants DROP COLUMN granted_by`, `ALTER TABLE grants DROP COLUMN granted_with`,
		`ALTER TABLE accounts DROP COLUMN asleep_until`,
		`ALTER TABLE teams DROP COLUMN quiet`, `ALTER TABLE teams DROP COLUMN updated_at`,
		`ALTER TABLE accounts ADD COLUMN invited BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE accounts ADD COLUMN invited_granted BIGINT NOT NULL DEFAULT 0`,
		`DROP TABLE invited`, `DROP TABLE invited_team_members`, `DROP TABLE sleeping_grants`, `DROP TABLE sleeping_seats`,
		`DELETE FROM `+sqlstore.VersionTable+` WHERE version_id > 3`,
	)
}

// undoRecord takes away what the schema 6 and those after it brought, but for what
// [enginetest.LetRewrite] does.
func undoRecord() []string {
	return append(undoPast(),
		`DROP INDEX accounts_kept`, `ALTER TABLE accounts DROP COLUMN kept_since`, `ALTER TABLE accounts DROP COLUMN events_deleted`,
		`DROP INDEX events_action`, `DROP INDEX events_actor`, `DROP INDEX events_user`, `DROP INDEX events_user_actor`,
		`DROP TABLE apps`, `DROP TABLE installations`, `DROP INDEX tokens_installation`,
		`DROP INDEX tokens_user`, `ALTER TABLE tokens DROP COLUMN revoked_at`,
		`ALTER TABLE tokens DROP COLUMN minted`, `ALTER TABLE tokens DROP COLUMN created_at`, `ALTER TABLE tokens DROP COLUMN created_by`,
		`ALTER TABLE tokens DROP COLUMN note`, `ALTER TABLE tokens DROP COLUMN last_used_on`, `ALTER TABLE tokens DROP COLUMN installation_id`,
		`DROP TABLE activity_reports`, `ALTER TABLE accounts DROP COLUMN last_report`, `ALTER TABLE events DROP COLUMN reports`,
		`ALTER TABLE accounts DROP COLUMN record_from`,
		`ALTER TABLE events DROP COLUMN known_at`, `ALTER TABLE events DROP COLUMN enterprise_event`,
		`ALTER TABLE events DROP COLUMN field`, `ALTER TABLE events DROP COLUMN old_value`, `ALTER TABLE events DROP COLUMN new_value`,
	)
}

// undoPast takes away what the schema 8 brought.
func undoPast() []string {
	undo := []string{`ALTER TABLE events DROP COLUMN change`}
	for _, table := range []string{"accounts", "memberships", "teams", "team_members", "grants", "seats"} {
		undo = append(undo, `ALTER TABLE `+table+` DROP COLUMN since`, `DROP TABLE past_`+table)
	}
	return undo
}

func TestADatabaseFromBeforeVersionsIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	for engine, database := range map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "usher.db"),
		"PostgreSQL": enginetest.Shared(t).Database(t),
	} {
		for _, eventful := range []bool{true, false} {
			store := openAt(t, database, sqlstore.Options{})
			people := newCrowd(3)
			want := first
			if !eventful {
				people.events, want = nil, time.Unix(0, 0)
			}
			must(t, store.Update(t.Context(), people.load))
			must(t, store.Close())
			enginetest.LetRewrite(t, database)
			executeAll(t, database, undoChanges()...)
			executeAll(t, database, undoVersions()...)

			must(t, openAt(t, database, sqlstore.Options{}).View(t.Context(), func(r usher.Reader) error {
				account, _, err := r.Account(usher.AccountName{ID: people.org.ID})
				must(t, err)
				user, ok, err := r.User(people.users[0].Login)
				must(t, err)
				if !ok || !account.CreatedAt.Equal(want) || !user.CreatedAt.Equal(want) {
					t.Errorf("%s, with events %t: account %+v, user %+v; want both created at %v", engine, eventful, account, user, want)
				}
				if account.Version != 0 || user.Version != 0 {
					t.Errorf("%s: the versions are %d and %d, want 0", engine, account.Version, user.Version)
				}
				return nil
			}))
		}
	}
}

func TestADatabaseWithInvitedPeopleOfBeforeIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	organization, enterprise, empty := usher.OrganizationRef(7), usher.EnterpriseRef(7), usher.OrganizationRef(9)
	member := func(id int64, state usher.MembershipState) usher.Membership {
		return usher.Membership{UserID: id, Role: usher.RoleMember, State: state}
	}
	grant := usher.Grant{Kind: usher.DirectGrant, SubjectID: 3, GrantedAt: made}
	fill := func(tx usher.Tx) error {
		return errors.Join(tx.SetSeed("digest"),
			tx.InsertAccounts([]usher.Account{
				{Ref: enterprise, Login: "inc", CreatedAt: made}, {Ref: organization, Login: "org", CreatedAt: made.Add(time.Hour)}, {Ref: empty, Login: "empty"},
			}),
			tx.InsertTeams([]usher.Team{{Account: organization, ID: 40, Slug: "a"}, {Account: enterprise, ID: 41, Slug: "b"}}),
			tx.InsertMemberships(organization, []usher.Membership{member(4, usher.Pending), member(3, usher.Pending), member(2, usher.Active)}),
			tx.InsertMemberships(enterprise, []usher.Membership{member(3, usher.Pending)}),
			tx.InsertMemberships(empty, []usher.Membership{member(3, usher.Active)}),
			tx.InsertGrants(organization, []usher.Grant{grant}))
	}
	invited := func(id, invitation int64, at time.Time) usher.Membership {
		m := member(id, usher.Pending)
		m.Invitation = usher.Invitation{ID: invitation, At: at}
		return m
	}
	type state struct {
		Invitations, Memberships []usher.Membership
		Invited                  []usher.InvitedCount
		Grants                   []usher.Grant
	}
	invitedToOrganization := []usher.Membership{invited(3, 42, made.Add(time.Hour)), invited(4, 43, made.Add(time.Hour))}
	want := map[usher.AccountRef]state{
		organization: {
			Invitations: invitedToOrganization,
			Memberships: []usher.Membership{member(2, usher.Active), invitedToOrganization[0], invitedToOrganization[1]},
			Invited:     []usher.InvitedCount{{People: 2, Granted: 1}}, Grants: []usher.Grant{grant},
		},
		enterprise: {
			Invitations: []usher.Membership{invited(3, 44, made)}, Memberships: []usher.Membership{invited(3, 44, made)},
			Invited: []usher.InvitedCount{{People: 1}},
		},
		empty: {Memberships: []usher.Membership{member(3, usher.Active)}},
	}
	for engine, database := range map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "usher.db"),
		"PostgreSQL": enginetest.Shared(t).Database(t),
	} {
		store := openAt(t, database, sqlstore.Options{})
		must(t, store.Update(t.Context(), fill))
		must(t, store.Close())
		enginetest.LetRewrite(t, database)
		executeAll(t, database, undoChanges()...)
		executeAll(t, database,
			`UPDATE accounts SET invited = 2, invited_granted = 1 WHERE kind = 0 AND id = 7`,
			`UPDATE accounts SET invited = 1 WHERE kind = 1 AND id = 7`)

		must(t, openAt(t, database, sqlstore.Options{}).Update(t.Context(), func(tx usher.Tx) error {
			for ref, want := range want {
				var got state
				var errs [4]error
				got.Invitations, errs[0] = tx.Invitations(ref)
				got.Memberships, errs[1] = tx.Memberships(ref, []int64{2, 3, 4})
				got.Invited, errs[2] = tx.Invited(ref)
				got.Grants, errs[3] = tx.AllGrants(ref)
				must(t, errors.Join(errs[:]...))
				slices.SortFunc(got.Memberships, func(a, b usher.Membership) int { return cmp.Compare(a.UserID, b.UserID) })
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %s %d (-want +got):\n%s", engine, ref.Kind, ref.ID, diff)
				}
			}
			first, err := tx.ReserveIDs(1)
			if first != 45 {
				t.Errorf("%s: the next id is %d, want 45", engine, first)
			}
			for ref, want := range map[usher.AccountRef]usher.OrganizationSelection{organization: "", enterprise: usher.NoOrganizations} {
				teams, err := tx.AllTeams(ref)
				must(t, err)
				if teams[0].Selection != want {
					t.Errorf("%s: the team of the %s is assigned to %q, want %q", engine, ref.Kind, teams[0].Selection, want)
				}
			}
			account, _, accountErr := tx.Account(usher.AccountName{ID: organization.ID})
			if !account.AsleepUntil.IsZero() {
				t.Errorf("%s: something sleeps until %v", engine, account.AsleepUntil)
			}
			return errors.Join(err, accountErr)
		}))
	}
}

// What seats have seen before reports were kept counts as one report each.
func TestASchemaThatKeptNoReportsIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	organization, other := usher.OrganizationRef(7), usher.OrganizationRef(9)
	used, authenticated := usher.Activity{At: at, Editor: "vim/9"}, usher.Activity{AuthenticatedAt: at}
	fill := func(tx usher.Tx) error {
		return errors.Join(tx.SetSeed("digest"),
			tx.InsertAccounts([]usher.Account{
				{Ref: organization, Login: "org", LastEvent: 2}, {Ref: other, Login: "other", LastEvent: 1},
			}),
			tx.InsertEvents(organization, []usher.Event{{Number: 1, At: at, KnownAt: at}, {Number: 2, At: at, KnownAt: at}}),
			tx.InsertEvents(other, []usher.Event{{Number: 1, At: at, KnownAt: at}}),
			tx.InsertSeats(organization, []usher.Seat{
				{Number: 1, UserID: 4, Activity: used}, {Number: 2, UserID: 3}, {Number: 4, UserID: 2, Activity: authenticated},
			}),
			tx.InsertSeats(other, []usher.Seat{{Number: 1, UserID: 4}}),
			tx.InsertSleepingSeats(organization, []usher.Seat{{Number: 3, UserID: 5, Activity: used}}))
	}
	want := []usher.Report{
		{Number: 1, UserID: 4, Seat: 1, Reported: used, Activity: used},
		{Number: 2, UserID: 5, Seat: 3, Reported: used, Activity: used},
		{Number: 3, UserID: 2, Seat: 4, Reported: authenticated, Activity: authenticated},
	}
	for engine, database := range map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "usher.db"),
		"PostgreSQL": enginetest.Shared(t).Database(t),
	} {
		store := openAt(t, database, sqlstore.Options{})
		must(t, store.Update(t.Context(), fill))
		must(t, store.Close())
		enginetest.LetRewrite(t, database)
		executeAll(t, database, append(undoRecord(), `DELETE FROM `+sqlstore.VersionTable+` WHERE version_id > 5`)...)

		must(t, openAt(t, database, sqlstore.Options{}).View(t.Context(), func(r usher.Reader) error {
			got, err := r.LastReports(organization, []int64{1, 2, 3, 4}, 9)
			must(t, err)
			slices.SortFunc(got, func(a, b usher.Report) int { return cmp.Compare(a.Number, b.Number) })
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s: reports (-want +got):\n%s", engine, diff)
			}
			for ref, last := range map[usher.AccountRef]int64{organization: 3, other: 0} {
				account, _, err := r.Account(usher.AccountName{ID: ref.ID})
				must(t, err)
				events, err := r.EventsAfter(ref, 0, usher.MaxSelection)
				must(t, err)
				if got := events[len(events)-1].Reports; account.LastReport != last || got != last {
					t.Errorf("%s: account %d had %d reports, and %d by its last event; want %d", engine, ref.ID, account.LastReport, got, last)
				}
			}
			return nil
		}))
	}
}

// executeAll executes statements on a database of either engine.
func executeAll(t *testing.T, database string, statements ...string) {
	t.Helper()
	if sqlstore.IsPostgres(database) {
		executePostgres(t, database, statements...)
		return
	}
	execute(t, database, strings.Join(statements, "; "))
}

func create(t *testing.T, path string) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), path, sqlstore.Options{Wall: time.Now})
	must(t, err)
	must(t, store.Close())
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	must(t, errors.Join(err, db.Close()))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
