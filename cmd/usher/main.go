// Command usher manages Copilot seats behind GitHub's own API.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/usher-seats/usher/internal/cli"
)

func main() {
	// A file that may not grow is a full disk to the database, and not a reason to die.
	signal.Ignore(syscall.SIGXFSZ)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(cli.Main(os.Args[1:], cli.Process{
		Getenv: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr, Signals: signals,
	}))
}
