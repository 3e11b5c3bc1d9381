package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// seeds are all seeds of the repository's tests and stories that are not refused, by where they
// stand.
func seeds(t *testing.T, now time.Time) map[string]usher.World {
	t.Helper()
	worlds := map[string]usher.World{}
	add := func(name string, data []byte) {
		if world, err := seed.Parse(name, data, now, seed.Options{Rehearsal: true}); err == nil {
			worlds[name] = world
		}
	}
	add("the demo world", seed.Demo())
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() != "node_modules" {
			return err
		}
		if entry.Name() == "node_modules" {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil // a link to one
		}
		data, err := os.ReadFile(path)
		switch filepath.Ext(path) {
		case ".yaml":
			add(path, data)
		case ".txtar":
			for _, file := range txtar.Parse(data).Files {
				add(path+" "+file.Name, file.Data)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(worlds) < 20 {
		t.Fatalf("got %d seeds, want many", len(worlds))
	}
	return worlds
}

// A dump is a seed, in a rehearsal and outside, now and later; loaded, it is dumped as the same.
func TestEachSeedOfTheRepositoryIsDumpedLoadedAndDumpedAsTheSame(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Microsecond)
	database := enginetest.Database(t)
	config := Config{Database: database, Wall: func() time.Time { return now }}
	load := func(world usher.World) {
		t.Helper()
		store, err := sqlstore.Open(t.Context(), database, sqlstore.Options{Wall: config.Wall})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		service := usher.NewService(store)
		if _, err := service.Load(t.Context(), world); err != nil {
			t.Fatalf("load: %v", err)
		}
		if broken, err := service.Check(t.Context()); err != nil || len(broken) > 0 {
			t.Errorf("check: %v %q", err, broken)
		}
	}
	for name, world := range seeds(t, now) {
		load(world)
		first, _ := dumped(t, config)
		changesNothing(t, config, name, first)
		begin := now
		if at := world.Clock.StandsAt; !at.IsZero() {
			begin = at
		}
		var again usher.World
		for _, rehearsal := range []bool{true, false} {
			var err error
			if again, err = seed.Parse("dump.yaml", first, begin.AddDate(0, 0, 40), seed.Options{Rehearsal: rehearsal}); err != nil {
				t.Fatalf("%s: what was dumped is refused: %v\n%s", name, err, first)
			}
		}
		load(again)
		second, lost := dumped(t, config)
		if diff := cmp.Diff(withoutComments(first), withoutComments(second)); diff != "" {
			t.Errorf("%s: dumped again (-want +got):\n%s", name, diff)
		}
		for _, what := range lost {
			if !strings.Contains(what, "seats that begin at another time") { // everyone's
				t.Errorf("%s: a world that was just loaded loses: %s", name, what)
			}
		}
	}
}

// changesNothing says that a file, applied with prune or without it, changes nothing and writes
// nothing.
func changesNothing(t *testing.T, config Config, name string, file []byte) {
	t.Helper()
	before := enginetest.Dump(t, config.Database)
	for _, prune := range []bool{false, true} {
		told := func(plan usher.ApplyPlan) bool {
			if !plan.Empty() {
				t.Errorf("%s: dumped and applied, prune %t: %+v, activity %d", name, prune, plan.Changes, plan.Activity)
			}
			return !plan.Empty()
		}
		if _, _, err := Apply(t.Context(), config, File{"dump.yaml", file}, usher.ApplyOptions{Prune: prune}, told); err != nil {
			t.Errorf("%s: dumped and applied, prune %t: %v\n%s", name, prune, err, file)
		}
	}
	if diff := cmp.Diff(before, enginetest.Dump(t, config.Database)); diff != "" {
		t.Errorf("%s: dumped and applied (-before +after):\n%s", name, diff)
	}
}

func dumped(t *testing.T, config Config) (file []byte, lost []string) {
	t.Helper()
	var out bytes.Buffer
	all, err := Dump(t.Context(), config, "usher test", "", &out)
	if err != nil {
		t.Fatalf("dump: %v", err)
	}
	return out.Bytes(), all.Lost
}

func withoutComments(file []byte) (text string) {
	for line := range strings.Lines(string(file)) {
		if !strings.HasPrefix(line, "#") {
			text += line
		}
	}
	return text
}

func TestADumpIsANewFileForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	config, directory := dumpable(t)
	target := filepath.Join(directory, "world.yaml")
	done, err := Dump(t.Context(), config, "usher test", target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if done.Users != 3 || done.Organizations != 1 || done.Enterprises != 0 || len(done.Lost) > 0 {
		t.Errorf("got %+v, want three users and an organization", done)
	}
	info, err := os.Stat(target)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the file's mode is %v (%v), want 0600", info.Mode(), err)
	}
	got, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := dumped(t, config)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the file, and what standard output gets (-want +got):\n%s", diff)
	}
	if again, _ := dumped(t, config); !bytes.Equal(want, again) {
		t.Errorf("dumped twice: got\n%s\nand\n%s", want, again)
	}

	if _, err := Dump(t.Context(), config, "usher test", target, nil); err == nil || !strings.Contains(err.Error(), "takes no other file's place") {
		t.Errorf("to the same file: got %v, want a refusal", err)
	}
	onlyFile(t, directory, "world.yaml")
}

func TestADumpThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	config, directory := dumpable(t)
	target := filepath.Join(directory, "world.yaml")
	full := errors.New("the disk is full")
	err := writeNew(target, func(out io.Writer) error {
		_, err := io.WriteString(out, "users:\n")
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	onlyFile(t, directory)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dump(cancelled, config, "usher test", target, nil); err == nil {
		t.Error("with a cancelled context: got no error")
	}
	onlyFile(t, directory)

	err = writeNew(target, func(io.Writer) error { return os.WriteFile(target, []byte("theirs"), 0o600) })
	if err == nil || !strings.Contains(err.Error(), "takes no other file's place") {
		t.Errorf("where another file comes meanwhile: got %v, want a refusal", err)
	}
	if got, err := os.ReadFile(target); string(got) != "theirs" || err != nil {
		t.Errorf("the other file: got %q, %v", got, err)
	}
	onlyFile(t, directory, "world.yaml")
}

// dumpable is a database with a world in it, and an empty directory.
func dumpable(t *testing.T) (config Config, directory string) {
	t.Helper()
	config = configWith(t, world)
	s := run(t, config)
	s.stop()
	if err := <-s.ended; err != nil {
		t.Fatal(err)
	}
	return config, t.TempDir()
}

func onlyFile(t *testing.T, directory string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
