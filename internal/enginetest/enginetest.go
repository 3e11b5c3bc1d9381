// Package enginetest gives tests databases of the engine under test, which the environment
// variable USHER_TEST_ENGINE names: sqlite, also where it is empty, or postgres. A suite
// that uses a database runs once for each engine; `make test` sees to both.
package enginetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// An engine holds the databases under test.
type engine string

const (
	sqlite   engine = "sqlite"
	postgres engine = "postgres"
)

// Variable is the environment variable that names the engine under test.
const Variable = "USHER_TEST_ENGINE"

func current() (engine, error) {
	switch name := engine(os.Getenv(Variable)); name {
	case "":
		return sqlite, nil
	case sqlite, postgres:
		return name, nil
	default:
		return "", fmt.Errorf("%s is %q: the engines are %s and %s", Variable, name, sqlite, postgres)
	}
}

// OnPostgres says whether PostgreSQL is the engine under test, for what must differ.
func OnPostgres(tb testing.TB) bool {
	tb.Helper()
	engine, err := current()
	if err != nil {
		tb.Fatal(err)
	}
	return engine == postgres
}

// Database is the name of a new, empty database, as --database takes it. It is gone when
// the test has ended.
func Database(tb testing.TB) string {
	tb.Helper()
	if OnPostgres(tb) {
		return Shared(tb).Database(tb)
	}
	return filepath.Join(tb.TempDir(), "usher.db")
}

// Template is a database that many tests begin with a copy of. It is gone when the
// process ends.
type Template struct {
	cluster  *Cluster // nil for a file of SQLite
	database string   // of the cluster
	file     []byte
}

// NewTemplate is a database that fill, which gets its name, has filled and closed.
func NewTemplate(fill func(database string) error) (*Template, error) {
	engine, err := current()
	if err != nil {
		return nil, err
	}
	if engine == sqlite {
		return newFileTemplate(fill)
	}
	cluster, err := sharedCluster()
	if err != nil {
		return nil, err
	}
	return cluster.Template(fill)
}

// Template is a database of the cluster that fill has filled and closed.
func (c *Cluster) Template(fill func(database string) error) (*Template, error) {
	name, err := c.create("template1")
	if err != nil {
		return nil, err
	}
	return &Template{cluster: c, database: name}, fill(c.url(name))
}

func newFileTemplate(fill func(database string) error) (template *Template, err error) {
	dir, err := os.MkdirTemp("", "usher-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "usher.db")
	if err := fill(file); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	return &Template{file: data}, err
}

// Copy is the name of a new database with the template's content. It is gone when the
// test has ended.
func (t *Template) Copy(tb testing.TB) string {
	tb.Helper()
	if t.cluster != nil {
		return t.cluster.copyOf(tb, t.database)
	}
	file := Database(tb)
	if err := os.WriteFile(file, t.file, 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}
