package enginetest_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usher-seats/usher/internal/enginetest"
)

// childVariable makes this test binary a process that has a cluster and waits for its end.
const childVariable = "USHER_TEST_CLUSTER_OF_A_CHILD"

func TestAClusterDoesNotOutliveItsProcessHoweverThatEnds(t *testing.T) {
	t.Parallel()
	if os.Getenv(childVariable) != "" {
		beTheChild(t)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stderr = os.Stderr
	// The child never reads what it is sent: it only sees the end of a parent that dies.
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	directory, server := clusterOf(t, bufio.NewScanner(out))
	if err := syscall.Kill(server, 0); err != nil && !errors.Is(err, os.ErrPermission) {
		t.Fatalf("the server, process %d: %v", server, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	enginetest.Await(t, "the server's end", func() bool { return errors.Is(syscall.Kill(server, 0), syscall.ESRCH) })
	enginetest.Await(t, "the end of "+directory, func() bool {
		_, err := os.Stat(directory)
		return errors.Is(err, os.ErrNotExist)
	})
}

// beTheChild starts a cluster, says which, and waits to be killed.
func beTheChild(t *testing.T) {
	database := enginetest.Shared(t).Database(t)
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	var data string
	if err := conn.QueryRow(t.Context(), `SHOW data_directory`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	pid, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	server, _, _ := strings.Cut(string(pid), "\n")
	fmt.Printf("cluster %s %s\n", filepath.Dir(data), server)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// clusterOf reads which cluster a child has.
func clusterOf(t *testing.T, lines *bufio.Scanner) (directory string, server int) {
	t.Helper()
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 || fields[0] != "cluster" {
			continue
		}
		server, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		return fields[1], server
	}
	t.Fatalf("the child named no cluster: %v", lines.Err())
	return "", 0
}

func TestAStoppedClusterKeepsItsData(t *testing.T) {
	t.Parallel()
	cluster := enginetest.NewCluster(t)
	database := cluster.Database(t)
	execute(t, database, `CREATE TABLE numbers (n INT)`)
	for i, crash := range []bool{false, true} {
		execute(t, database, `INSERT INTO numbers VALUES (`+strconv.Itoa(i)+`)`)
		cluster.Stop(t, crash)
		if conn, err := pgx.Connect(t.Context(), database); err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("crash: %v: the stopped server still accepts connections", crash)
		}
		cluster.Start(t)
		if got := count(t, database); got != i+1 {
			t.Errorf("crash: %v: got %d rows after the start, want %d", crash, got, i+1)
		}
	}
}

func connect(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func execute(t *testing.T, database, statement string) {
	t.Helper()
	conn := connect(t, database)
	_, err := conn.Exec(t.Context(), statement)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, database string) (rows int) {
	t.Helper()
	conn := connect(t, database)
	err := conn.QueryRow(t.Context(), `SELECT COUNT(*) FROM numbers`).Scan(&rows)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return rows
}
