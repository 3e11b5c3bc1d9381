package ghapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/usher-seats/usher"
)

// Limits of a request's body (ours; GitHub's are not documented).
const (
	MaxBodyBytes      = 8 << 20
	maxDiscardedBytes = 8 * MaxBodyBytes
	maxNames          = 100_000
	// maxSchemaLines bounds the answer to a body that is wrong in very many places.
	maxSchemaLines = 100
)

// ReadBody reads a request's body whole: 413 when it is too large, and whatever the body
// itself refuses with. What is refused is still taken in, within a bound and thrown away:
// many clients read no answer before they have sent everything.
func (q *Request) ReadBody() ([]byte, error) { return q.ReadBodyOf(MaxBodyBytes) }

// ReadBodyOf is ReadBody of a body that may have another size. More than MaxBodyBytes is for an
// endpoint that answers one such request at a time: what is over that is not counted as held.
func (q *Request) ReadBodyOf(limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(q.R.Body, limit+1))
	var refused *usher.Error // the server holds too much already
	if errors.As(err, &refused) {
		q.discardBody()
		return nil, refused
	}
	if int64(len(body)) > limit {
		q.discardBody()
		return nil, &bodyError{http.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body is larger than %d MiB. Split it into several requests.", limit>>20)}
	}
	if err != nil {
		return nil, &bodyError{http.StatusBadRequest, "The request's body could not be read: it ended early, or came too slowly."}
	}
	return body, nil
}

// discardBody takes in what is left of the body; however it ends, the answer is the same.
func (q *Request) discardBody() { _, _ = io.CopyN(io.Discard, q.R.Body, maxDiscardedBytes) }

// names reads the list of names that a body holds under a key, by GitHub's schema: an
// object with an array of at least one string. Other keys are ignored; of a repeated key
// the last counts.
func (q *Request) names(key string) ([]string, error) {
	q.list = key
	object, err := q.object()
	if err != nil {
		return nil, err
	}
	raw, ok := object[key]
	if !ok {
		return nil, SchemaError(fmt.Sprintf(`"%s" wasn't supplied.`, key))
	}
	elements, ok := Elements(raw, maxNames)
	if !ok {
		return nil, SchemaError(fmt.Sprintf("For 'properties/%s', %s is not an array.", key, inspect(raw)))
	}
	return stringsOf(key, elements)
}

// Elements are the elements of valid JSON that is an array: all of them, or one more than
// limit. Millions of tiny ones would cost fifty times the body's own size.
func Elements(raw json.RawMessage, limit int) (elements []json.RawMessage, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil || token != json.Delim('[') {
		return nil, false
	}
	for decoder.More() && len(elements) <= limit {
		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return nil, false
		}
		elements = append(elements, element)
	}
	return elements, true
}

func stringsOf(key string, elements []json.RawMessage) ([]string, error) {
	if len(elements) == 0 {
		return nil, SchemaError(fmt.Sprintf("For 'properties/%s', [] has no items: at least 1 is required.", key))
	}
	if len(elements) > maxNames {
		return nil, SchemaError(fmt.Sprintf("For 'properties/%s', there are too many items: at most %d are allowed.", key, maxNames))
	}
	names := make([]string, len(elements))
	var wrong []string
	for i, raw := range elements {
		if raw[0] == '"' && json.Unmarshal(raw, &names[i]) == nil {
			continue
		}
		line := "" // SchemaError only counts those past the limit
		if len(wrong) < maxSchemaLines {
			line = fmt.Sprintf("For 'items', %s is not a string.", inspect(raw))
		}
		wrong = append(wrong, line)
	}
	if len(wrong) > 0 {
		return nil, SchemaError(wrong...)
	}
	return names, nil
}

// DecodeObject parses a body that must be one JSON object in UTF-8.
func DecodeObject(body []byte) (map[string]json.RawMessage, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, SchemaError("For 'links/0/schema', nil is not an object.")
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, &bodyError{http.StatusBadRequest, "Problems parsing JSON"}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return nil, &bodyError{http.StatusBadRequest, "Body should be a JSON object"}
	}
	return object, nil
}

// object reads a body that must be one JSON object.
func (q *Request) object() (map[string]json.RawMessage, error) {
	body, err := q.ReadBody()
	if err != nil {
		return nil, err
	}
	return DecodeObject(body)
}

// optionalObject reads a body that may be left out, or be null: so go-github sends options that
// are nil.
func (q *Request) optionalObject() (map[string]json.RawMessage, error) {
	body, err := q.ReadBody()
	if text := bytes.TrimSpace(body); err != nil || len(text) == 0 || string(text) == "null" {
		return nil, err
	}
	return DecodeObject(body)
}

// SchemaError is a body that is JSON and breaks the operation's schema: 422 with a line
// for each violation, in the form recorded of GitHub.
func SchemaError(lines ...string) error {
	if more := len(lines) - maxSchemaLines; more > 0 {
		lines = append(lines[:maxSchemaLines:maxSchemaLines], fmt.Sprintf("And %d more.", more))
	}
	return &bodyError{http.StatusUnprocessableEntity, "Invalid request.\n\n" + strings.Join(lines, "\n")}
}

// maxInspected bounds how much of a wrong value an error repeats.
const maxInspected = 200

// inspect prints a JSON value the way GitHub's messages do: nil for null, and objects
// like {"value" => "x"}.
func inspect(raw json.RawMessage) string {
	if len(raw) > 100*maxInspected { // too large to be worth printing in full
		return string(raw[:1]) + "…"
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "…"
	}
	text := []rune(string(appendRuby(nil, value)))
	if len(text) > maxInspected {
		return string(text[:maxInspected]) + "…"
	}
	return string(text)
}

func appendRuby(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "nil"...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendRuby(b, element)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendString(b, key), " => "...)
			b = appendRuby(b, v[key])
		}
		return append(b, '}')
	}
	return fmt.Append(b, value)
}
