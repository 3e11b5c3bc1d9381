package seed

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// jsonReader makes YAML nodes of data that is known to be valid JSON in UTF-8.
type jsonReader struct {
	data []byte
	pos  int
	line int
}

// next is the next byte that is not white space; it stays.
func (r *jsonReader) next() byte {
	for {
		switch c := r.data[r.pos]; c {
		case '\n':
			r.line++
			r.pos++
		case ' ', '\t', '\r':
			r.pos++
		default:
			return c
		}
	}
}

func (r *jsonReader) value() *yaml.Node {
	switch r.next() {
	case '{':
		return r.collection(yaml.MappingNode, '}')
	case '[':
		return r.collection(yaml.SequenceNode, ']')
	case '"':
		return r.scalar("!!str", r.text())
	}
	word := r.word()
	switch {
	case word == "null":
		return r.scalar("!!null", word)
	case word == "true" || word == "false":
		return r.scalar("!!bool", word)
	case strings.ContainsAny(word, ".eE"):
		return r.scalar("!!float", word)
	}
	return r.scalar("!!int", word)
}

func (r *jsonReader) scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: r.line}
}

// collection reads a list, or a mapping as a list of keys and values in turn.
func (r *jsonReader) collection(kind yaml.Kind, end byte) *yaml.Node {
	node := &yaml.Node{Kind: kind, Line: r.line}
	r.pos++
	for {
		switch r.next() {
		case end:
			r.pos++
			return node
		case ',', ':':
			r.pos++
		default:
			node.Content = append(node.Content, r.value())
		}
	}
}

func (r *jsonReader) text() string {
	start := r.pos
	for r.pos++; r.data[r.pos] != '"'; r.pos++ {
		if r.data[r.pos] == '\\' {
			r.pos++
		}
	}
	r.pos++
	raw := r.data[start:r.pos]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var text string
	_ = json.Unmarshal(raw, &text) // cannot fail: the whole was valid
	return text
}

func (r *jsonReader) word() string {
	start := r.pos
	for r.pos < len(r.data) && !strings.ContainsRune(" \t\r\n,]}", rune(r.data[r.pos])) {
		r.pos++
	}
	return string(r.data[start:r.pos])
}
