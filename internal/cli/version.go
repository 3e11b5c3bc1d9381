package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p Process) error {
	fmt.Fprintln(p.Stdout, versionLine(buildInfo()))
	return nil
}

// buildInfo is what the toolchain has recorded of the program.
func buildInfo() *debug.BuildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return &debug.BuildInfo{}
	}
	return info
}

// version is the module's version, or devel.
func version() string { return versionOf(buildInfo()) }

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "devel"
}

// versionLine says what was built, and of what: the module's version and the commit, as far as
// the toolchain has recorded them.
func versionLine(info *debug.BuildInfo) string {
	commit := ""
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			commit = "commit " + setting.Value + ", "
		}
	}
	return fmt.Sprintf("usher %s (%s%s %s/%s)", versionOf(info), commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command to explain. Left out: all of them, in short."`
}

// Run prints the help that --help prints.
func (c helpCommand) Run(p Process) error {
	return run(append(c.Command, "--help"), p)
}
