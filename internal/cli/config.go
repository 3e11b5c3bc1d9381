package cli

import (
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher/internal/server"
)

// configCommand has the flags of `usher serve`, and shows them instead of serving.
type configCommand struct {
	Serve serveCommand `embed:""`
}

// Run prints the settings that `usher serve` would go by, as a file that --config takes, and
// where each comes from. What serve would refuse is refused.
func (c *configCommand) Run(p Process, parsed *kong.Context, s *settings) error {
	config, err := c.Serve.config(p)
	if err != nil {
		return err
	}
	if err := config.Judge(); err != nil {
		return misuse(err)
	}
	shown := &yaml.Node{Kind: yaml.MappingNode}
	for _, flag := range parsed.Selected().Flags {
		value, origin := flag.Target.Interface(), origin(flag, parsed, s)
		if implied, ok := c.Serve.implied(flag.Name); ok && origin == fromDefault {
			value = implied
		}
		node, err := shownValue(flag.Name, value)
		if err != nil {
			return fmt.Errorf("printing %s: %w", flag.Name, err)
		}
		node.LineComment = origin + node.LineComment
		shown.Content = append(shown.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: flag.Name}, node)
	}
	fmt.Fprintln(p.Stdout, "# What `usher serve` goes by, and where each value is from.")
	return yaml.NewEncoder(p.Stdout).Encode(shown)
}

// The origins of values that settings do not find.
const (
	fromCommandLine = "command line"
	fromDefault     = "default"
)

// origin is where a flag's value comes from.
func origin(flag *kong.Flag, parsed *kong.Context, s *settings) string {
	if found, ok := s.origins[flag]; ok {
		return found
	}
	for _, path := range parsed.Path {
		if path.Flag == flag {
			return fromCommandLine
		}
	}
	return fromDefault
}

// implied is what a flag of serve that is left out means, where that is more than nothing.
func (c *serveCommand) implied(flag string) (value any, ok bool) {
	switch flag {
	case "listen":
		return server.DefaultListen, true
	case "database":
		return server.DefaultDatabase, !c.Demo
	case "rehearsal":
		return true, c.Demo
	case "rate-limit":
		return server.DefaultRateLimit, c.Demo || c.Rehearsal
	}
	return nil, false
}

// shownValue is a flag's value as YAML, without what is secret in it, of which a comment tells.
func shownValue(flag string, value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	v := reflect.ValueOf(value)
	switch {
	case v.Kind() == reflect.Slice && v.Len() == 0, v.Kind() == reflect.String && v.Len() == 0:
		value = nil // as it is left out
	case v.Kind() == reflect.String:
		value = masked(flag, v.String())
		if value != v.String() {
			node.LineComment = ", without its secret"
		}
	}
	comment := node.LineComment
	err := node.Encode(value)
	node.Style, node.LineComment = yaml.FlowStyle, comment
	return node, err
}
