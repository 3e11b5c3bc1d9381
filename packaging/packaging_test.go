// Package packaging holds what is made of the program for those who run it: a unit of systemd, its
// settings, and, at the root, an image. Here is what can be tested of them without installing them.
package packaging

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestMain removes what tests have made together.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.directory != "" {
		_ = os.RemoveAll(built.directory)
	}
	os.Exit(code)
}

// built is a release, of Linux and of this machine's system. It is made once.
var built struct {
	sync.Once
	directory string
	err       error
}

// release is the directory with the release.
func release(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.directory, built.err = os.MkdirTemp("", "usher-release-"); built.err == nil {
			built.err = build(built.directory)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.directory
}

// build makes a release as `make release` does, in a directory of its own.
func build(directory string) error {
	platforms := slices.Compact([]string{"linux/" + runtime.GOARCH, runtime.GOOS + "/" + runtime.GOARCH})
	command := exec.Command("make", "--no-print-directory", "release", "DIST="+directory, "PLATFORMS="+strings.Join(platforms, " "))
	command.Dir = ".."
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS=") // of a make around this
	})
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("make release: %w\n%s", err, out)
	}
	return nil
}

// binary is the released program for this machine.
func binary(t *testing.T) string {
	t.Helper()
	return filepath.Join(release(t), "usher-"+runtime.GOOS+"-"+runtime.GOARCH)
}

func linuxBinary(t *testing.T) string {
	t.Helper()
	return filepath.Join(release(t), "usher-linux-"+runtime.GOARCH)
}

// usher runs the released program and returns what it wrote, with its exit code.
func usher(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	command := exec.Command(binary(t), args...)
	command.Dir, command.Env, command.Stdout, command.Stderr = t.TempDir(), env, &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), out.String(), errs.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReleasedBinaryIsStatic(t *testing.T) {
	t.Parallel()
	file, err := elf.Open(linuxBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, program := range file.Progs {
		if program.Type == elf.PT_INTERP || program.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a %s: it needs libraries of the machine", program.Type)
		}
	}
	info, err := buildinfo.ReadFile(linuxBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "GOOS": "linux"}
	for _, setting := range info.Settings {
		if value, ok := want[setting.Key]; ok && value == setting.Value {
			delete(want, setting.Key)
		}
		if setting.Key == "-race" || setting.Key == "-gcflags" {
			t.Errorf("the binary is built with %s=%s, which is of the environment", setting.Key, setting.Value)
		}
	}
	if len(want) > 0 {
		t.Errorf("the binary is not built with %v", want)
	}
}

func TestTheReleasedBinaryKnowsItsVersionAndCommit(t *testing.T) {
	t.Parallel()
	if info, err := os.Stat("../.git"); err != nil || !info.IsDir() {
		t.Skip("the version and commit of a release are not looked at: the Go toolchain finds them in a clone, not in a worktree of one nor without git")
	}
	code, stdout, stderr := usher(t, nil, "version")
	commit, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(" (commit %s, %s %s/%s)\n", strings.TrimSpace(string(commit)), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if code != 0 || !strings.HasPrefix(stdout, "usher v") || !strings.HasSuffix(stdout, want) {
		t.Errorf("got exit code %d, %q%s, want a version and %q", code, stdout, stderr, want)
	}
}

func TestTheChecksumsAreThoseOfAllFiles(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for line := range strings.Lines(read(t, filepath.Join(release(t), "SHA256SUMS"))) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		got[file] = sum
	}
	entries, err := os.ReadDir(release(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() == "SHA256SUMS" {
			continue
		}
		sum := sha256.Sum256([]byte(read(t, filepath.Join(release(t), entry.Name()))))
		if want := hex.EncodeToString(sum[:]); got[entry.Name()] != want {
			t.Errorf("%s: got the checksum %q, want %s", entry.Name(), got[entry.Name()], want)
		}
		delete(got, entry.Name())
	}
	if len(got) > 0 {
		t.Errorf("checksums of files that there are not: %v", got)
	}
}

func TestTheListOfModulesIsTheBinarys(t *testing.T) {
	t.Parallel()
	var bom struct {
		BOMFormat, SpecVersion string
		Metadata               struct {
			Component struct {
				Name   string
				Hashes []struct{ Content string }
			}
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(read(t, binary(t)+".cdx.json")), &bom); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(read(t, binary(t))))
	product := bom.Metadata.Component
	if bom.BOMFormat != "CycloneDX" || bom.SpecVersion != "1.6" || product.Name != info.Main.Path || product.Hashes[0].Content != hex.EncodeToString(sum[:]) {
		t.Errorf("got %+v", bom)
	}
	want := []string{"std " + strings.TrimPrefix(runtime.Version(), "go")}
	for _, dep := range info.Deps {
		want = append(want, dep.Path+" "+dep.Version)
	}
	var got []string
	for _, part := range bom.Components {
		got = append(got, part.Name+" "+part.Version)
	}
	if !slices.Equal(got, want) || len(want) < 10 {
		t.Errorf("got the modules %q, want %q", got, want)
	}
}

// A build that takes its objects from the cache is still linked anew. `make reproducible` goes
// further: other places, and no cache.
func TestTheSameReleaseTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	again := t.TempDir()
	if err := build(again); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, filepath.Join(again, "SHA256SUMS")), read(t, filepath.Join(release(t), "SHA256SUMS")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTheSettingsThatAreInstalledAreTaken(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs("usher.yaml")
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := usher(t, nil, "config", "--config", file)
	if code != 0 || !strings.Contains(stdout, "\nlog-format: json # "+file) || stderr != "" {
		t.Errorf("got exit code %d, %s%s", code, stdout, stderr)
	}
	// What stands there for those who need it holds as well.
	var all []string
	for line := range strings.Lines(read(t, file)) {
		if option, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(option, ": ") && strings.ToLower(option) == option {
			line = option
		}
		all = append(all, line)
	}
	complete := filepath.Join(t.TempDir(), "complete.yaml")
	if err := os.WriteFile(complete, []byte(strings.Join(all, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = usher(t, nil, "config", "--config", complete)
	if code != 0 || strings.Count(stdout, "# "+complete) < 9 {
		t.Errorf("with the lines in comments: got exit code %d, %s%s", code, stdout, stderr)
	}
}

// directives are a unit's, those of the same name together.
func directives(text string) map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			all[name] = append(all[name], value)
		}
	}
	return all
}

func TestTheUnitStartsServeWithAFileAndHasTimeToStop(t *testing.T) {
	t.Parallel()
	unit := directives(read(t, "usher.service"))
	if got, want := unit["ExecStart"], []string{"/usr/local/bin/usher serve --config /etc/usher/usher.yaml"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	const draining = 30 // seconds, as docs/operations.md states among the limits
	stop, err := strconv.Atoi(strings.Join(unit["TimeoutStopSec"], ""))
	if err != nil || stop < draining+5 || !slices.Equal(unit["KillSignal"], []string{"SIGTERM"}) {
		t.Errorf("got %v s and %v, want more than %d s and SIGTERM", unit["TimeoutStopSec"], unit["KillSignal"], draining)
	}
	for _, name := range []string{"NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute"} {
		if !slices.Equal(unit[name], []string{"yes"}) {
			t.Errorf("%s: got %q, want yes", name, unit[name])
		}
	}
}

func TestTheUnitIsVerified(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("packaging/usher.service is not verified: systemd-analyze is missing")
	}
	// It looks for the program, which is not installed.
	unit := filepath.Join(t.TempDir(), "usher.service")
	text := strings.ReplaceAll(read(t, "usher.service"), "/usr/local/bin/usher", binary(t))
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// instruction is a line of a Dockerfile.
type instruction struct{ name, rest string }

func instructions(text string) (all []instruction) {
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "" && name != "#" {
			all = append(all, instruction{name, strings.TrimSpace(rest)})
		}
	}
	return all
}

// only is the rest of the one instruction with a name.
func only(t *testing.T, all []instruction, name string) string {
	t.Helper()
	var found []string
	for _, i := range all {
		if i.name == name {
			found = append(found, i.rest)
		}
	}
	if len(found) != 1 {
		t.Fatalf("got %d times %s, want it once", len(found), name)
	}
	return found[0]
}

// There need be no engine that builds images on the machine. What it would do is simple enough
// to be looked at.
func TestTheImageIsTheReleasedBinaryForAUserWithoutRights(t *testing.T) {
	t.Parallel()
	all := instructions(read(t, "../Dockerfile"))
	if got := only(t, all, "FROM"); got != "scratch" {
		t.Errorf("FROM %s, want scratch", got)
	}
	user, group, _ := strings.Cut(only(t, all, "USER"), ":")
	for _, id := range []string{user, group} {
		if n, err := strconv.Atoi(id); err != nil || n == 0 {
			t.Errorf("USER has %q, want a number that is not root's", id)
		}
	}
	ignored := read(t, "../.dockerignore")
	copied := map[string]string{} // by where it goes
	for _, i := range all {
		if i.name == "RUN" || i.name == "ADD" {
			t.Errorf("%s: there is nothing in the image that could do so", i.name)
		}
		if i.name != "COPY" {
			continue
		}
		words := strings.Fields(i.rest)
		from, to := words[len(words)-2], words[len(words)-1]
		copied[to] = from
		if owner := "--chown=" + user + ":" + group; to == "/data" && !slices.Contains(words, owner) {
			t.Errorf("COPY %s: want %s", i.rest, owner)
		}
		if let := strings.ReplaceAll(from, "${TARGETARCH}", "*"); !strings.Contains(ignored, "\n!"+let+"\n") {
			t.Errorf(".dockerignore does not let %s pass", let)
		}
		where := filepath.Join("..", from)
		if name, ok := strings.CutPrefix(from, "dist/"); ok {
			where = filepath.Join(release(t), strings.ReplaceAll(name, "${TARGETARCH}", runtime.GOARCH))
		}
		if _, err := os.Stat(where); err != nil {
			t.Errorf("COPY %s: %v", i.rest, err)
		}
	}
	if only(t, all, "WORKDIR") != "/data" || only(t, all, "VOLUME") != "/data" || copied["/data"] == "" {
		t.Error("the working directory is not the volume that is copied with an owner")
	}
}

func TestTheImageServesOnceItIsToldHowToBeSafe(t *testing.T) {
	t.Parallel()
	all := instructions(read(t, "../Dockerfile"))
	var entry, command []string
	if err := errors.Join(json.Unmarshal([]byte(only(t, all, "ENTRYPOINT")), &entry), json.Unmarshal([]byte(only(t, all, "CMD")), &command)); err != nil {
		t.Fatal(err)
	}
	if len(entry) != 1 || entry[0] != "/usher" || len(command) == 0 || command[0] != "serve" {
		t.Fatalf("got %q and %q, want /usher serve", entry, command)
	}
	var env []string
	port := ""
	for _, i := range all {
		if i.name == "ENV" {
			env = append(env, i.rest)
			port += strings.TrimPrefix(i.rest, "USHER_LISTEN=:")
		}
	}
	if !strings.HasSuffix(port, only(t, all, "EXPOSE")) {
		t.Errorf("EXPOSE %s, and ENV %q", only(t, all, "EXPOSE"), env)
	}
	code, _, stderr := usher(t, env, command...)
	if want := "usher: --listen :8080 can be reached from other machines, "; code != 2 || !strings.HasPrefix(stderr, want) {
		t.Errorf("without a certificate: got exit code %d and %q, want 2 and %s", code, stderr, want)
	}
	code, stdout, stderr := usher(t, append(env, "USHER_BEHIND_PROXY=true"), append([]string{"config"}, command[1:]...)...)
	if code != 0 || !strings.Contains(stdout, "\nlisten: :8080 # USHER_LISTEN\ndatabase: usher.db # default\n") {
		t.Errorf("behind a proxy: got exit code %d and %s%s", code, stdout, stderr)
	}
}
