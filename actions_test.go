package usher_test

import (
	"go/ast"
	"go/parser"
	"go/token"
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
