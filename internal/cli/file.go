package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxFileBytes is the most that a configuration file may have: far more than all flags.
const maxFileBytes = 64 << 10

// configFile is what --config names: flags by their names, one YAML mapping.
type configFile struct {
	name  string
	open  bool // others than its owner and group may read it
	given map[string]setting
}

// setting is one flag's value in the file.
type setting struct {
	value any // as the flag's decoder takes it: text, or a list of texts
	line  int
}

// readConfigFile reads a file whose keys are flags of this model.
func readConfigFile(name string, model *kong.Application) (*configFile, error) {
	data, info, err := readLimited(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{fmt.Sprintf("--config %s: there is no such file", name)}
	}
	if err != nil {
		return nil, usageError{fmt.Sprintf("--config: %s", err)}
	}
	f := &configFile{name: name, open: info.Mode().Perm()&0o004 != 0, given: map[string]setting{}}
	root, err := document(data)
	if err != nil {
		return nil, f.wrong(firstWrongLine(data), "%s", err)
	}
	if root == nil {
		return f, nil
	}
	return f, f.read(root, flagsOf(model.Node))
}

func readLimited(name string) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err == nil && len(data) > maxFileBytes {
		err = fmt.Errorf("%s is larger than %d KiB, the most that a configuration may have", name, maxFileBytes>>10)
	}
	return data, info, err
}

// flagsOf are the flags of all commands that can stand in a file, by their names.
func flagsOf(node *kong.Node) map[string]*kong.Flag {
	all := map[string]*kong.Flag{}
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			all[flag.Name] = flag
		}
	}
	for _, child := range node.Children {
		for name, flag := range flagsOf(child) {
			all[name] = flag
		}
	}
	delete(all, "help")
	delete(all, "config")
	return all
}

// document is the one document in data; nil where there is none.
func document(data []byte) (root *yaml.Node, err error) {
	defer func() { // a panic of the library is an error like any other: the file is at fault
		if recover() != nil {
			root, err = nil, errors.New("this cannot be read")
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("this is not YAML: %s", libraryPrefix.ReplaceAllString(err.Error(), ""))
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("a second document begins; a configuration is one mapping")
	}
	return first.Content[0], nil
}

var libraryPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)

// firstWrongLine is the line with which data stops being a document. (The library's errors name
// the line at which the mapping began, or none.)
func firstWrongLine(data []byte) int {
	for end := len(data); end > 0; {
		end = bytes.LastIndexByte(data[:end-1], '\n') + 1
		if _, err := document(data[:end]); err == nil {
			return bytes.Count(data[:end], []byte{'\n'}) + 1
		}
	}
	return 1
}

// read takes each key's value.
func (f *configFile) read(root *yaml.Node, flags map[string]*kong.Flag) error {
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		return f.wrong(root.Line, "the file must be a mapping, flag: value")
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, node := root.Content[i], root.Content[i+1]
		flag := flags[key.Value]
		switch before := seen[key.Value]; {
		case flag == nil:
			return f.unknown(key, flags)
		case before > 0:
			return f.wrong(key.Line, "%s is already on line %d; remove one of the two", key.Value, before)
		}
		seen[key.Value] = key.Line
		value, wanted := valueOf(flag, node)
		if wanted != "" {
			return f.wrong(node.Line, "%s takes %s", key.Value, wanted)
		}
		if value != nil {
			f.given[key.Value] = setting{value, key.Line}
		}
	}
	return nil
}

// unknown says which keys there are; which one may be meant, where it is spelt otherwise.
func (f *configFile) unknown(key *yaml.Node, flags map[string]*kong.Flag) error {
	if key.Kind != yaml.ScalarNode {
		return f.wrong(key.Line, "a key must be the name of a flag")
	}
	meant := strings.ReplaceAll(strings.TrimLeft(strings.ToLower(key.Value), "-"), "_", "-")
	if flags[meant] != nil {
		return f.wrong(key.Line, "unknown key %q, did you mean %s?", key.Value, meant)
	}
	if meant == "config" {
		return f.wrong(key.Line, "a file cannot name another file")
	}
	return f.wrong(key.Line, "unknown key %q; the keys are the flags of `usher help serve` and the other commands, without --", short(key.Value))
}

// short is as much of a text as a message shows.
func short(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return text
}

// valueOf is a node's value as the flag's decoder takes it, nil where it says nothing; or what
// was wanted instead. What a text means is for who reads the flag.
func valueOf(flag *kong.Flag, node *yaml.Node) (value any, wanted string) {
	if node.Anchor != "" || node.Kind == yaml.AliasNode || node.Style&yaml.TaggedStyle != 0 {
		return nil, "a value as it is, without anchor, alias or tag"
	}
	if node.Tag == "!!null" || node.Tag == "!!str" && node.Value == "" {
		return nil, ""
	}
	switch {
	case flag.IsBool():
		if node.Tag != "!!bool" {
			return nil, "true or false"
		}
	case flag.IsSlice():
		return listOf(node)
	case isNumber(flag):
		if node.Tag != "!!int" {
			return nil, "a whole number"
		}
	case node.Kind != yaml.ScalarNode:
		return nil, "a text"
	case node.Tag != "!!str":
		return nil, fmt.Sprintf("a text: put it in quotes, \"%s\"", node.Value)
	}
	return node.Value, ""
}

func listOf(node *yaml.Node) (value any, wanted string) {
	const list = "a list of texts"
	if node.Tag == "!!str" {
		return []any{node.Value}, ""
	}
	if node.Kind != yaml.SequenceNode {
		return nil, list
	}
	texts := []any{}
	for _, item := range node.Content {
		if item.Tag != "!!str" || item.Anchor != "" || item.Style&yaml.TaggedStyle != 0 {
			return nil, list
		}
		texts = append(texts, item.Value)
	}
	return texts, ""
}

// isNumber says whether a flag is a number, and not a time that is kept as one.
func isNumber(flag *kong.Flag) bool {
	kind := flag.Target.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	numbers := []reflect.Kind{
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
	}
	return kind.PkgPath() == "" && slices.Contains(numbers, kind.Kind())
}

// wrong is a mistake in the file.
func (f *configFile) wrong(line int, format string, args ...any) error {
	return usageError{fmt.Sprintf("%s:%d: ", f.name, line) + fmt.Sprintf(format, args...)}
}
