package cli

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/usher-seats/usher/internal/server"
)

// settings find the values of flags that the command line leaves out: in the environment, then
// in the file that --config names.
type settings struct {
	getenv func(string) string
	file   *configFile // nil: none is named, or none was needed yet

	origins map[*kong.Flag]string // where the values come from that were found
	values  map[*kong.Flag]string // of those from the file
}

func newSettings(getenv func(string) string) *settings {
	return &settings{getenv: getenv, origins: map[*kong.Flag]string{}, values: map[*kong.Flag]string{}}
}

// Validate is nothing: each value is looked at when it is found.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve finds a flag's value. An empty variable counts as none. The file is read for the
// first flag that may stand in it, so commands without any do not need it.
func (s *settings) Resolve(parsed *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := flag.Name
	if name == "help" {
		return nil, nil
	}
	if value := s.getenv(variable(name)); value != "" {
		s.origins[flag] = variable(name)
		return value, nil
	}
	if name == "config" {
		return nil, nil
	}
	if err := s.readFile(parsed); err != nil || s.file == nil {
		return nil, err
	}
	found, ok := s.file.given[name]
	if !ok {
		return nil, nil
	}
	s.origins[flag] = fmt.Sprintf("%s:%d", s.file.name, found.line)
	s.values[flag] = fmt.Sprint(found.value)
	return found.value, nil
}

// readFile reads the file that --config names, or its variable, unless it was read before.
func (s *settings) readFile(parsed *kong.Context) (err error) {
	if s.file != nil {
		return nil
	}
	name := s.getenv(variable("config"))
	for _, path := range parsed.Path {
		if path.Flag != nil && path.Flag.Name == "config" {
			name, _ = parsed.FlagValue(path.Flag).(string)
		}
	}
	if name != "" {
		s.file, err = readConfigFile(name, parsed.Model)
	}
	return err
}

// blame puts before a mistake of a flag's value the line of the file that it comes from.
func (s *settings) blame(sentence string) string {
	first, origin := len(sentence), ""
	for flag := range s.values {
		if at := mention(sentence, "--"+flag.Name); at >= 0 && at < first {
			first, origin = at, s.origins[flag]
		}
	}
	if origin == "" {
		return sentence
	}
	return origin + ": " + sentence
}

// mention is where a sentence names a flag, and not one whose name begins like it; negative
// where it does not.
func mention(sentence, flag string) int {
	for from := 0; ; {
		at := strings.Index(sentence[from:], flag)
		if at < 0 {
			return at
		}
		end := from + at + len(flag)
		if end == len(sentence) || !strings.ContainsRune("-abcdefghijklmnopqrstuvwxyz", rune(sentence[end])) {
			return from + at
		}
		from = end
	}
}

// warn tells of secrets in a file that others can read.
func (s *settings) warn(log *slog.Logger) {
	if s.file == nil || !s.file.open {
		return
	}
	var secrets []string
	for flag, value := range s.values {
		if isSecret(flag.Name, value) {
			secrets = append(secrets, s.origins[flag])
		}
	}
	slices.Sort(secrets)
	if len(secrets) > 0 {
		log.Warn("everybody on this machine can read a secret in the configuration: take the right to read it from others (chmod o-r)", "at", strings.Join(secrets, " "))
	}
}

// isSecret says whether a flag's value is, or holds, what must not be shown.
func isSecret(flag, value string) bool {
	return masked(flag, value) != value
}

// masked is a flag's value as it may be shown.
func masked(flag, value string) string {
	if value != "" && (flag == "token" || strings.HasSuffix(flag, "-token")) {
		return "xxxxx"
	}
	return server.PublicName(value)
}
