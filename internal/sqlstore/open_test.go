package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// The schema of before is made by taking away what its successor brought.
func TestADatabaseFromBeforeVersionsIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	undo := []string{
		`ALTER TABLE accounts DROP COLUMN version`, `ALTER TABLE accounts DROP COLUMN created_at`,
		`ALTER TABLE users DROP COLUMN version`, `ALTER TABLE users DROP COLUMN created_at`,
		`ALTER TABLE teams DROP COLUMN version`,
		`DELETE FROM ` + sqlstore.VersionTable + ` WHERE version_id > 2`,
	}
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
			if sqlstore.IsPostgres(database) {
				executePostgres(t, database, undo...)
			} else {
				execute(t, database, strings.Join(undo, "; "))
			}

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
