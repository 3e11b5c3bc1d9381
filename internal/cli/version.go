package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p Process) error {
	fmt.Fprintf(p.Stdout, "usher %s (%s %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// version is the module's version, devel where the build does not know one.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command to explain. Left out: all of them, in short."`
}

// Run prints the help that --help prints.
func (c helpCommand) Run(p Process) error {
	return run(append(c.Command, "--help"), p)
}
