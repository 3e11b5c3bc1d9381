package sqlstore_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os/exec"
	"testing"

	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// The commands are those of docs/operations.md.
func TestADumpOfPostgresIsOneInstantOfADatabaseThatIsWrittenTo(t *testing.T) {
	t.Parallel()
	cluster := enginetest.Shared(t)
	if _, err := exec.LookPath(cluster.Program("pg_dump").Path); errors.Is(err, fs.ErrNotExist) {
		t.Skip("backup by pg_dump is not tested: pg_dump is missing beside the PostgreSQL server of the tests (the one from npm has none); install PostgreSQL 15 or newer so that `pg_config --bindir` names its programs")
	}
	database, fresh := cluster.Database(t), cluster.Database(t)
	store := openAt(t, database, sqlstore.Options{})
	g := startGrowth(t, store)
	before := g.acknowledged()
	dump := runProgram(t, cluster.Program("pg_dump", "--format=custom", "--dbname", database), nil)
	after := g.begun()
	runProgram(t, cluster.Program("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "--dbname", fresh), dump)
	g.verify(t, fresh, before, after)
	wantKept(t, fresh)
	g.finish(t)
}

func runProgram(t *testing.T, command *exec.Cmd, input []byte) (output []byte) {
	t.Helper()
	var said bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &said
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command.Path, err, &said)
	}
	return output
}
