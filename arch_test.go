package usher_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/usher-seats/usher"

// arrows are what each package may import besides the standard library: packages of this
// module by their path in it (. is the root), and other modules by the beginning of their
// path. Tests may import what they like.
var arrows = map[string][]string{
	".":                    {},
	"internal/edge":        {},
	"internal/sqlstore":    {".", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "modernc.org/sqlite"},
	"internal/storetest":   {".", "github.com/google/go-cmp", "pgregory.net/rapid"},
	"internal/enginetest":  {"github.com/jackc/pgx/v5"},
	"internal/seed":        {".", "go.yaml.in/yaml/v3"},
	"internal/ghapi":       {".", "internal/edge", "github.com/graph-gophers/graphql-go"},
	"internal/description": {"internal/ghapi", "internal/ownapi", "github.com/getkin/kin-openapi", "github.com/santhosh-tekuri/jsonschema/v6"},
	"internal/ownapi":      {".", "internal/edge", "internal/ghapi"},
	"internal/server":      {".", "internal/edge", "internal/sqlstore", "internal/seed", "internal/ghapi", "internal/ownapi", "github.com/prometheus/client_golang"},
	"internal/cli":         {".", "internal/server", "github.com/alecthomas/kong", "go.yaml.in/yaml/v3"},
	"cmd/usher":            {"internal/cli"},
	"e2e":                  {},
	"packaging":            {},
}

func TestPackagesImportOnlyWhatTheLayoutAllows(t *testing.T) {
	t.Parallel()
	for _, pkg := range packages(t) {
		room := localPath(pkg.ImportPath)
		allowed, known := arrows[room]
		if !known {
			t.Errorf("package %s has no entry in arrows: say there what it may import", room)
			continue
		}
		for _, path := range pkg.Imports {
			if !permitted(allowed, path) {
				t.Errorf("package %s imports %s; it may import the standard library and %v", room, localPath(path), allowed)
			}
		}
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// packages are the packages of this module with what their own code, tests aside, imports.
func packages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	var mistakes strings.Builder
	list.Stderr = &mistakes
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &mistakes)
	}
	var all []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var pkg goPackage
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("reading go list's output: %v", err)
		}
		all = append(all, pkg)
	}
}

// localPath is the path inside the module; other packages keep theirs.
func localPath(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

func permitted(allowed []string, path string) bool {
	if local := localPath(path); local != path {
		return slices.Contains(allowed, local)
	}
	if domain, _, _ := strings.Cut(path, "/"); !strings.Contains(domain, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(allowed, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}

// clocks are the files that may take the time of day or wait for it, and with which
// functions of package time. All other code is handed the time.
var clocks = map[string][]string{
	"internal/server/config.go":      {"Now"},                   // the wall clock that everything else is handed
	"internal/server/limits.go":      {"Now"},                   // how long a connection may take
	"internal/server/server.go":      {"NewTicker"},             // settling what has ended
	"internal/edge/edge.go":          {"Now", "Since"},          // how long a request took
	"internal/sqlstore/sqlite.go":    {"Now"},                   // what shows the time where no server does
	"internal/sqlstore/tx.go":        {"AfterFunc"},             // a database that does not answer
	"internal/enginetest/cluster.go": {"NewTicker"},             // for tests: a database server that starts
	"internal/enginetest/await.go":   {"NewTicker", "NewTimer"}, // for tests: what takes its time
}

// databaseClock is the file in which SQL may take the time: a database server's clock is
// the one that all replicas share.
const databaseClock = "internal/sqlstore/postgres.go"

var (
	stray    = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
	straySQL = regexp.MustCompile(`(?i)\b(now|clock_timestamp|transaction_timestamp|statement_timestamp|unixepoch|julianday|strftime)\s*\(|\bcurrent_(timestamp|time|date)\b|\b(datetime|date|time)\s*\(\s*'now'`)
)

func TestNothingTakesTheTimeButTheClockAndTheEdge(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, ".go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(stray, n.Sel.Name) && !slices.Contains(clocks[file], n.Sel.Name) {
					t.Errorf("%s: time.%s: take the time as a parameter, or from the world clock", set.Position(n.Pos()), n.Sel.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING && file != databaseClock && straySQL.MatchString(n.Value) {
					t.Errorf("%s: SQL takes the database's time in %s: hand it in as an argument", set.Position(n.Pos()), n.Value)
				}
			}
			return true
		})
	}
}

func TestNoSQLFileTakesTheTime(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, ".sql") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if match := straySQL.FindString(string(text)); match != "" {
			t.Errorf("%s: %s: hand the time in as an argument", file, match)
		}
	}
}

// Under the race detector sizes and durations mean nothing, so the tests that measure
// them are built without it only, and `make test` runs them in a second pass by name.
// A test that had only one of tag and name would be skipped in silence.
func TestMeasuringTestsHaveBothTheTagAndTheName(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "_test.go") {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		measures := excludesRace(tree)
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") || f.Name.Name == "TestMain" {
				continue
			}
			if named := strings.HasPrefix(f.Name.Name, "TestMeasured"); named != measures {
				t.Errorf("%s: %s: a test that measures stands in a file with //go:build !race and is named TestMeasured…; this one has only one of the two", set.Position(f.Pos()), f.Name.Name)
			}
		}
	}
}

// A package that is in neither list of the Makefile would be tested on no engine.
func TestMakeTestsEachPackage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	suites := map[string]int{}
	for _, list := range regexp.MustCompile(`(?m)^(?:ENGINE|OTHER)_SUITES := (.*)$`).FindAllStringSubmatch(string(text), -1) {
		for _, suite := range strings.Fields(list[1]) {
			suites[strings.TrimPrefix(suite, "./")]++
		}
	}
	for _, pkg := range packages(t) {
		if room := localPath(pkg.ImportPath); suites[room] != 1 {
			t.Errorf("package %s is %d times in the Makefile's lists of suites, want once", room, suites[room])
		}
	}
}

// excludesRace says whether a file is left out of builds with the race detector.
func excludesRace(tree *ast.File) bool {
	for _, group := range tree.Comments {
		for _, comment := range group.List {
			if expr, err := constraint.Parse(comment.Text); err == nil {
				return !expr.Eval(func(string) bool { return true })
			}
		}
	}
	return false
}

// files are the files of the repository whose names end in suffix, by their slashed path.
func files(t *testing.T, suffix string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "node_modules") {
			return filepath.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(path, suffix) {
			found = append(found, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
