package ghapi

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fields are the keys of a body's object, read by GitHub's schema. Keys that nobody asks for
// are ignored. Whatever breaks the schema is kept, so that one answer can name all of it.
type fields struct {
	object map[string]json.RawMessage
	wrong  []string
}

// refused is the error of a body that breaks the schema.
func (f *fields) refused() error {
	if len(f.wrong) == 0 {
		return nil
	}
	return SchemaError(f.wrong...)
}

func (f *fields) fail(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

func (f *fields) require(key string) {
	if _, ok := f.object[key]; !ok {
		f.fail(`"%s" wasn't supplied.`, key)
	}
}

// isNull says whether a key is there with null.
func (f *fields) isNull(key string) bool { return string(f.object[key]) == "null" }

// text is a string; nil where the key is missing.
func (f *fields) text(key string) *string {
	raw, ok := f.object[key]
	if !ok {
		return nil
	}
	var text string
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		f.fail("For 'properties/%s', %s is not a string.", key, inspect(raw))
		return nil
	}
	return &text
}

// choice is one of several words; nil where the key is missing.
func (f *fields) choice(key string, words ...string) *string {
	text := f.text(key)
	if text == nil || slices.Contains(words, *text) {
		return text
	}
	f.fail(`%s is not a member of ["%s"].`, inspect(f.object[key]), strings.Join(words, `", "`))
	return nil
}

var integerSyntax = regexp.MustCompile(`^-?[0-9]+$`)

// id is an integer; nil where the key is missing. 0 is nobody's id, and stands for all others
// that cannot be one.
func (f *fields) id(key string) *int64 {
	raw, ok := f.object[key]
	if !ok {
		return nil
	}
	id, ok := integer(raw)
	if !ok {
		f.fail("For 'properties/%s', %s is not an integer.", key, inspect(raw))
		return nil
	}
	return &id
}

// integer reads an integer that may be an id: see [fields.id].
func integer(raw json.RawMessage) (id int64, ok bool) {
	if !integerSyntax.Match(raw) {
		return 0, false
	}
	id, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || id < 0 {
		id = 0
	}
	return id, true
}

// list are the elements of an array; none where the key is missing.
func (f *fields) list(key string, limit int) []json.RawMessage {
	raw, ok := f.object[key]
	if !ok {
		return nil
	}
	elements, ok := Elements(raw, limit)
	switch {
	case !ok:
		f.fail("For 'properties/%s', %s is not an array.", key, inspect(raw))
		return nil
	case len(elements) > limit:
		f.fail("For 'properties/%s', there are too many items: at most %d are allowed.", key, limit)
		return nil
	}
	return elements
}

// ids is a list of integers, which may be empty.
func (f *fields) ids(key string, limit int) []int64 {
	elements := f.list(key, limit)
	ids := make([]int64, len(elements))
	for i, element := range elements {
		id, ok := integer(element)
		if !ok {
			f.fail("For 'items', %s is not an integer.", inspect(element))
		}
		ids[i] = id
	}
	return ids
}

// texts is a list of strings, which may be empty.
func (f *fields) texts(key string, limit int) []string {
	elements := f.list(key, limit)
	texts := make([]string, len(elements))
	for i, element := range elements {
		if element[0] != '"' || json.Unmarshal(element, &texts[i]) != nil {
			f.fail("For 'items', %s is not a string.", inspect(element))
		}
	}
	return texts
}
