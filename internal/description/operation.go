package description

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Operation is an operation as one of the files describes it.
type Operation struct {
	Method, Path, ID string
	Docs             string // where it is documented
	Subcategory      string // of GitHub's documentation: copilot-user-management is what usher serves
	Parameters       []Parameter
}

// Parameter is a parameter of an operation.
type Parameter struct {
	Name, In string
	Default  any
}

// DotCom are the operations of GitHub.com, in order of path and method.
func DotCom(tb testing.TB) []Operation {
	tb.Helper()
	return operations(tb, dotComOperations)
}

// EnterpriseCloud are the operations of GitHub Enterprise Cloud, in order of path and
// method.
func EnterpriseCloud(tb testing.TB) []Operation {
	tb.Helper()
	return operations(tb, enterpriseCloudOperations)
}

var (
	dotComOperations          = sync.OnceValues(func() ([]Operation, error) { return operationsOf(dotCom()) })
	enterpriseCloudOperations = sync.OnceValues(func() ([]Operation, error) { return operationsOf(enterpriseCloud()) })
)

func operations(tb testing.TB, read func() ([]Operation, error)) []Operation {
	tb.Helper()
	all, err := read()
	if err != nil {
		tb.Fatal(err)
	}
	return slices.Clip(all) // what is appended to it is the caller's
}

func operationsOf(f *file, err error) ([]Operation, error) {
	if err != nil {
		return nil, err
	}
	all, err := f.operations()
	if err != nil {
		return nil, fmt.Errorf("reading the operations of GitHub's description: %w", err)
	}
	return all, nil
}

func (f *file) operations() ([]Operation, error) {
	var all []Operation
	for path, raw := range f.Paths {
		var item map[string]describedOperation
		if err := json.Unmarshal(raw, &item); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for method, o := range item {
			operation := Operation{
				Method: strings.ToUpper(method), Path: path, ID: o.OperationID,
				Docs: o.ExternalDocs.URL, Subcategory: o.GitHub.Subcategory,
			}
			for _, p := range o.Parameters {
				p, err := f.parameter(p)
				if err != nil {
					return nil, fmt.Errorf("%s %s: %w", method, path, err)
				}
				operation.Parameters = append(operation.Parameters, Parameter{p.Name, p.In, p.Schema.Default})
			}
			all = append(all, operation)
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return all, nil
}

// describedOperation is what is read of an operation.
type describedOperation struct {
	OperationID  string
	ExternalDocs struct{ URL string }
	GitHub       struct{ Subcategory string } `json:"x-github"`
	Parameters   []describedParameter
}

type describedParameter struct {
	Reference string `json:"$ref"`
	Name, In  string
	Schema    struct{ Default any }
}

// parameter is a parameter itself where another place is named that has it.
func (f *file) parameter(p describedParameter) (describedParameter, error) {
	name, ok := strings.CutPrefix(p.Reference, "#/components/parameters/")
	if !ok {
		return p, nil
	}
	err := json.Unmarshal(f.Components["parameters"][name], &p)
	if err != nil {
		return p, fmt.Errorf("the parameter %s: %w", name, err)
	}
	return p, nil
}
