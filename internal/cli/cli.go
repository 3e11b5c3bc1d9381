// Package cli is the command line: what stands after `usher`, turned into calls. A flag
// can also be given in the environment, --log-format as USHER_LOG_FORMAT, and in the file
// that --config names, as log-format: json.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes of usher.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and failed; check: an invariant is broken
	exitUsage  = 2 // the command line asks for what cannot be
)

// Process is what the command line has of the process that it runs in.
type Process struct {
	Getenv         func(string) string
	Stdout, Stderr io.Writer
	Signals        <-chan os.Signal // the first ends a command in order, the second at once
}

// commands is the grammar of the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve GitHub's Copilot user management API from a database."`
	Check   checkCommand   `cmd:"" help:"Test every invariant over a whole database; exit 1 and a line for each that is broken."`
	Backup  backupCommand  `cmd:"" help:"Copy an SQLite database to a new file, also while servers write to it."`
	Dump    dumpCommand    `cmd:"" help:"Write what a database holds as a seed, also while servers write to it."`
	Migrate migrateCommand `cmd:"" help:"Bring a database's schema up to date, or list what that would do."`
	Apply   applyCommand   `cmd:"" help:"Bring an installation in step with a file: first say what changes, then change it."`
	Person  personCommand  `cmd:"" help:"What is done about one person: forget."`
	Config  configCommand  `cmd:"" help:"Print the settings that serve would go by, and where each comes from."`
	Token   tokenCommand   `cmd:"" help:"Credentials: create, list, revoke; on a running server by --url, or on a database."`
	Version versionCommand `cmd:"" help:"Print the version of usher, and of Go that it was built with."`
	Help    helpCommand    `cmd:"" help:"Print what the commands do."`

	ConfigFile string `name:"config" placeholder:"FILE" help:"A YAML file with flags by their names, such as listen: 127.0.0.1:8080. The command line and the environment go before it."`
}

// Main runs the command that args name (without the program's own name) and returns the
// exit code. What went wrong is said on standard error.
func Main(args []string, p Process) int {
	err := run(args, p)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(p.Stderr, "usher: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nusher: "))
	var wrong usageError
	if errors.As(err, &wrong) {
		return exitUsage
	}
	return exitFailed
}

func run(args []string, p Process) error {
	settings := newSettings(p.Getenv)
	parser, helped, err := newParser(p, settings)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if *helped {
		return nil
	}
	if err != nil {
		err = mistake(err)
	} else {
		settings.warn(newLog(logFormat(parsed), p.Stderr))
		err = parsed.Run(p, settings)
	}
	var wrong usageError
	if errors.As(err, &wrong) {
		return usageError{settings.blame(wrong.sentence)}
	}
	return err
}

// newParser builds the parser. helped turns true once it has printed help instead.
func newParser(p Process, s *settings) (parser *kong.Kong, helped *bool, err error) {
	helped = new(bool)
	parser, err = kong.New(&commands{},
		kong.Name("usher"),
		kong.Description("usher manages Copilot seats behind GitHub's own API. Every flag can also be given in the environment, as the name in brackets says, or in the file that --config names."),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { *helped = true }),
		kong.Resolvers(s),
		kong.ValueFormatter(withVariable),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	return parser, helped, err
}

// variable is the environment's name of a flag.
func variable(flag string) string {
	return "USHER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// withVariable puts a flag's environment variable at the end of its help.
func withVariable(value *kong.Value) string {
	if value.Flag == nil || value.Name == "help" {
		return value.Help
	}
	return value.Help + " [" + variable(value.Name) + "]"
}

// usageError is a command line that cannot be followed.
type usageError struct{ sentence string }

func (e usageError) Error() string { return e.sentence }

// mistake turns what the parser found wrong into a sentence that says where to read on.
func mistake(err error) error {
	var parse *kong.ParseError
	var wrongFile usageError
	if errors.As(err, &wrongFile) {
		return wrongFile
	}
	if !errors.As(err, &parse) {
		return usageError{err.Error()}
	}
	wrong := err.Error()
	if flag, _, ok := strings.Cut(wrong, ": expected string value but got \"EOL\""); ok {
		wrong = flag + " needs a value"
	}
	if parse.Context.Selected() == nil {
		return usageError{wrong + "; `usher help` lists the commands"}
	}
	return usageError{fmt.Sprintf("%s; `usher help %s` lists the flags", wrong, strings.TrimPrefix(parse.Context.Selected().FullPath(), "usher "))}
}
