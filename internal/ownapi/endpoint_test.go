package ownapi

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A row that says nothing of itself leaves whoever reads the description alone.
func TestEveryEndpointDescribesItself(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	for _, e := range (Config{Rehearsal: true}).endpoints() {
		name := e.method + " " + e.pattern
		if e.id == "" || e.summary == "" || strings.HasSuffix(e.summary, ".") {
			t.Errorf("%s: got the id %q and the summary %q, want both, and the summary without a full stop", name, e.id, e.summary)
		}
		if other := ids[e.id]; other != "" {
			t.Errorf("%s has the id of %s: %s", name, other, e.id)
		}
		ids[e.id] = name
		if len(e.gives) == 0 {
			t.Errorf("%s: no answer is described", name)
		}
		for status, body := range e.gives {
			if status < 200 || status > 299 || !strings.HasSuffix(body.says, ".") {
				t.Errorf("%s: got %d %q, want an answer that is no refusal, in a sentence", name, status, body.says)
			}
		}
		for status, text := range e.refusals() {
			if status < 400 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: got %d %q, want a refusal, in a sentence", name, status, text)
			}
		}
		for _, p := range e.parameters() {
			if p.Description == "" || len(p.Schema) == 0 {
				t.Errorf("%s: the parameter %s is not described", name, p.Name)
			}
		}
		if whoMay(e.who) == "" || e.handle == nil {
			t.Errorf("%s: nothing says who may call it, or it has no handler", name)
		}
	}
}

func TestEachSchemaIsOfOneType(t *testing.T) {
	t.Parallel()
	s := newSchemas()
	Config{Rehearsal: true}.describeWith(s)
	if diff := cmp.Diff([]string(nil), s.clashes); diff != "" {
		t.Errorf("types with one name (-want +got):\n%s", diff)
	}
}

func TestOnlyARehearsalDescribesItsPowers(t *testing.T) {
	t.Parallel()
	all := Config{Rehearsal: true}.describe().Paths
	for path := range (Config{}).describe().Paths {
		delete(all, path)
	}
	want := []string{"/_usher/clock/advance", "/_usher/reset"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(all))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// shapes have what types of answers and bodies can have.
type shapes struct {
	Text   string         `json:"text" enum:"a|b" about:"A text."`
	Number int64          `json:"number" min:"1" max:"28"`
	Flag   *bool          `json:"flag"`
	Words  []string       `json:"words"`
	By     map[string]int `json:"by"`
	Maybe  *string        `json:"maybe,omitempty" format:"date-time" enum:"c"`
	Nested *shapes        `json:"nested"`
	Hidden string         `json:"-"`
	embedded
	*sometimes
}

type embedded struct {
	In string `json:"in"`
}

type sometimes struct {
	Perhaps string `json:"perhaps"`
}

func TestSchemasAreOfWhatIsEncoded(t *testing.T) {
	t.Parallel()
	s := newSchemas()
	s.of(reflect.TypeFor[shapes]())
	want := schema{
		"type":     "object",
		"required": []string{"text", "number", "flag", "words", "by", "nested", "in"},
		"properties": map[string]schema{
			"text":    {"type": "string", "enum": []any{"a", "b"}, "description": "A text."},
			"number":  {"type": "integer", "minimum": 1, "maximum": 28},
			"flag":    {"type": []string{"boolean", "null"}},
			"words":   {"type": "array", "items": schema{"type": "string"}},
			"by":      {"type": "object", "additionalProperties": schema{"type": "integer"}},
			"maybe":   {"type": []string{"string", "null"}, "format": "date-time", "enum": []any{"c", nil}},
			"nested":  {"anyOf": []schema{{"$ref": "#/components/schemas/Shapes"}, {"type": "null"}}},
			"in":      {"type": "string"},
			"perhaps": {"type": "string"},
		},
	}
	if diff := cmp.Diff(want, s.components["Shapes"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
