package usher_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

func TestTheListOfActionsHoldsEveryOneOnceInTheirOrder(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "actions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []usher.Action
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, value := range spec.Values {
			word, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, usher.Action(word))
		}
		return false
	})
	if diff := cmp.Diff(declared, usher.Actions()); diff != "" || len(declared) == 0 {
		t.Errorf("actions (-declared +listed):\n%s", diff)
	}
}

func TestThePageOnTheRecordTellsOfEachActionInItsTables(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/record.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []usher.Action
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z_]+)`").FindAllSubmatch(page, -1) {
		told = append(told, usher.Action(row[1]))
	}
	slices.Sort(told)
	if diff := cmp.Diff(slices.Sorted(slices.Values(usher.Actions())), told); diff != "" {
		t.Errorf("actions (-there are +the page tells of):\n%s", diff)
	}
}
