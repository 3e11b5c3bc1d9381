package enginetest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Spent is how much time processors have spent by now on this process and, where PostgreSQL
// is under test, on the shared cluster's server. What a test measures in it does not depend
// on what else the machine has to do. Where there is no /proc to ask about the server it is
// the wall clock's time.
func Spent(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatalf("asking what this process has spent: %v", err)
	}
	spent := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	if !OnPostgres(tb) {
		return spent
	}
	server, ok := spentUnder(Shared(tb).server.process.Pid)
	if !ok {
		return time.Duration(time.Now().UnixNano())
	}
	return spent + server
}

// tick is the unit of Linux for what a process has spent, on every architecture.
const tick = time.Second / 100

// spentUnder is what a process, its children and those that are gone have spent; false where
// there is no /proc. See proc(5): after the name in brackets come the state and the parent,
// the time of the process itself from the 12th on, in its own code and in the kernel, and
// that of the children that it has waited for.
func spentUnder(pid int) (spent time.Duration, ok bool) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // fails for bad patterns only
	root := strconv.Itoa(pid)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if filepath.Base(filepath.Dir(file)) != root && string(fields[1]) != root {
			continue
		}
		ok = true
		for _, field := range fields[11:15] {
			ticks, _ := strconv.ParseInt(string(field), 10, 64) // always a number
			spent += time.Duration(ticks) * tick
		}
	}
	return spent, ok
}
