package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p Process) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	fmt.Fprintln(p.Stdout, versionLine(info))
	return nil
}

// versionLine says what was built, and of what: the module's version and the commit, as far as
// the toolchain has recorded them.
func versionLine(info *debug.BuildInfo) string {
	version, commit := info.Main.Version, ""
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			commit = "commit " + setting.Value + ", "
		}
	}
	return fmt.Sprintf("usher %s (%s%s %s/%s)", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command to explain. Left out: all of them, in short."`
}

// Run prints the help that --help prints.
func (c helpCommand) Run(p Process) error {
	return run(append(c.Command, "--help"), p)
}
