package seed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document is the root of the one document in data; nil when there is none to read.
func (p *parser) document(data []byte) *yaml.Node {
	if len(data) > maxSize {
		p.fail(0, place{}, "the file is larger than %d MiB, the most that a seed may have", maxSize>>20)
		return nil
	}
	// YAML refuses some of JSON: tabs, and the escapes of characters beyond U+FFFF.
	if utf8.Valid(data) && json.Valid(data) {
		return (&jsonReader{data: data, line: 1}).value()
	}
	root, err := decode(bytes.NewReader(data))
	lines := &lineReader{rest: data, line: 1}
	if err != nil {
		_, err = decode(lines)
	}
	switch {
	case errors.Is(err, io.EOF):
		p.fail(1, place{}, "the file is empty; a seed is a mapping with users and organizations")
		return nil
	case errors.Is(err, errSecondDocument):
		p.fail(lines.line, place{}, "a second document begins; a seed is one document, so remove the line ---")
		return nil
	case err != nil:
		p.fail(lines.line, place{}, "this is not YAML: %s", reason(err))
		return nil
	}
	if !p.plain(root) {
		return nil
	}
	return root
}

var errSecondDocument = errors.New("a second document")

// decode reads one document and sees that none follows. A panic of the library is an error like
// any other: the file is at fault, not usher.
func decode(source io.Reader) (root *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, errors.New("it cannot be read")
		}
	}()
	decoder := yaml.NewDecoder(source)
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, errSecondDocument
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return document.Content[0], nil
}

// lineReader hands out a line at a time, which is slower, so that the line at which a decoder gives up is
// the last that it was given. (The library's errors name the line at which the
// surrounding list or mapping began, or none.)
type lineReader struct {
	rest  []byte
	line  int // the number of the line that was handed out last
	ended bool
}

func (r *lineReader) Read(buffer []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	if r.ended {
		r.line++
	}
	line := r.rest
	if end := bytes.IndexByte(line[:min(len(line), len(buffer))], '\n'); end >= 0 {
		line = line[:end+1]
	}
	n := copy(buffer, line)
	r.ended = n > 0 && line[n-1] == '\n'
	r.rest = r.rest[n:]
	return n, nil
}

// reason is the library's error without the line, which is imprecise, and without text
// of the file, which could be a token.
func reason(err error) string {
	if strings.Contains(err.Error(), "anchor") {
		return "aliases and anchors are not allowed; write the value itself"
	}
	return errorPrefix.ReplaceAllString(err.Error(), "")
}

var errorPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)

// plain sees that a document means what it shows: no anchors, aliases or tags.
func (p *parser) plain(node *yaml.Node) bool {
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		p.fail(node.Line, place{}, "aliases and anchors are not allowed; write the value itself")
		return false
	case node.Style&yaml.TaggedStyle != 0:
		p.fail(node.Line, place{}, "tags (!) are not allowed; write the value without")
		return false
	}
	for _, inner := range node.Content {
		if !p.plain(inner) {
			return false
		}
	}
	return true
}
