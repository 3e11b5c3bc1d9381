package seed

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// Write writes a world as a seed, with comments above it, a line each: what Parse reads is the
// same world. Teams have no ids there; they stand in the order of theirs, and are numbered anew.
// Tokens, of which a world has hashes alone, and a clock that was moved are not written.
//
// Settings are told whatever they are. An empty list, an empty text and what is false of a
// person have no key.
func Write(out io.Writer, world usher.World, comments ...string) error {
	w := &writer{out: bufio.NewWriter(out), logins: make(map[int64]string, len(world.Users))}
	for _, user := range world.Users {
		w.logins[user.ID] = user.Login
	}
	for _, comment := range comments {
		w.line("# "+oneLine(comment), nil)
	}
	w.world(world)
	w.flush()
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

// oneLine keeps the text of a comment from ending it.
func oneLine(comment string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, comment)
}

// writer writes a seed, some lines at a time: it holds no more of it than these.
type writer struct {
	out    *bufio.Writer
	logins map[int64]string
	lines  []line
	err    error // the first; nothing is written after it
}

// line is a line to be written: how it begins, and the value that it ends with, if any.
type line struct {
	begin string
	value *yaml.Node
}

// batch is how many lines are put into words at once: setting the library up for fewer costs more
// than they do.
const batch = 1000

func (w *writer) line(begin string, value *yaml.Node) {
	w.lines = append(w.lines, line{begin, value})
	if len(w.lines) == batch {
		w.flush()
	}
}

// flush has the library write the lines' values, as the items of one list. None of them has
// more than one line, so each is what follows a dash.
func (w *writer) flush() {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, l := range w.lines {
		if l.value != nil {
			list.Content = append(list.Content, l.value)
		}
	}
	values, err := yaml.Marshal(list)
	if w.err == nil {
		w.err = err
	}
	for _, l := range w.lines {
		var value []byte
		if l.value != nil {
			value, values, _ = bytes.Cut(values, []byte("\n"))
			value = bytes.TrimPrefix(value, []byte("-"))
		}
		if w.err == nil {
			_, w.err = fmt.Fprintf(w.out, "%s%s\n", l.begin, value)
		}
	}
	w.lines = w.lines[:0]
}

// content writes what stands under a key; begin is how the key's line begins, and indent how those
// below it do. nil: the key is left out.
type content func(begin, indent string)

// block writes a mapping, a key to a line or more. contents are those of the keys, in their
// order. first is how the first line begins, indent how the others do.
func (w *writer) block(first, indent string, keys []string, contents ...content) {
	for i, key := range keys {
		if contents[i] == nil {
			continue
		}
		contents[i](first+key+":", indent+"  ")
		first = indent
	}
}

// inline is a value on the line of its key.
func (w *writer) inline(value *yaml.Node) content {
	if value == nil {
		return nil
	}
	return func(begin, _ string) { w.line(begin, value) }
}

// mapping is a mapping below its key.
func (w *writer) mapping(keys []string, contents ...content) content {
	return func(begin, indent string) {
		w.line(begin, nil)
		w.block(indent, indent, keys, contents...)
	}
}

// list is a list with a line for each of its items.
func list[T any](w *writer, items []T, value func(T) *yaml.Node) content {
	return blocks(w, items, func(first, _ string, item T) { w.line(strings.TrimSuffix(first, " "), value(item)) })
}

// blocks is a list of items of many lines.
func blocks[T any](w *writer, items []T, write func(first, indent string, item T)) content {
	if len(items) == 0 {
		return nil
	}
	return func(begin, indent string) {
		w.line(begin, nil)
		for _, item := range items {
			write(indent+"- ", indent+"  ", item)
		}
	}
}

// flow is a mapping within a line. A value that is nil has no key.
func flow(keys []string, values ...*yaml.Node) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for i, key := range keys {
		if values[i] != nil {
			node.Content = append(node.Content, text(key), values[i])
		}
	}
	return node
}

// text is a text. What other readers of YAML take for something else (no, 1e3, 12:30, and what the
// library does not know to be so), and what has more than one line, stands in quotes.
func text(value string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	first, _ := firstRune(value)
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if !unicode.IsLetter(first) || strings.ContainsFunc(value, unprintable) || slices.Contains(olderBooleans, strings.ToLower(value)) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

func firstRune(text string) (rune, bool) {
	for _, r := range text {
		return r, true
	}
	return 0, false
}

// olderBooleans are what YAML 1.1 takes for true or false, besides these.
var olderBooleans = []string{"y", "n", "yes", "no", "on", "off"}

// textOrNone is a text whose key is left out where there is none.
func textOrNone(value string) *yaml.Node {
	if value == "" {
		return nil
	}
	return text(value)
}

func number(value int64) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(value, 10)}
}

func flag(value bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(value)}
}

// flagOrNone is a flag whose key is left out where it is false.
func flagOrNone(value bool) *yaml.Node {
	if !value {
		return nil
	}
	return flag(value)
}

func instant(at time.Time) *yaml.Node {
	if at.IsZero() {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: at.UTC().Format(time.RFC3339Nano)}
}
