package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/usher-seats/usher/internal/enginetest"
)

// TestTheReleaseBeforeRunsBesideThisOne lets the program of the last release and this one work on
// one database, as during a rolling upgrade (docs/adr/0014): the older one begins, this one
// migrates under it, and what either changes the other shows at once, also to who asks with an
// entity tag. USHER_PREVIOUS names another commit to be the one before.
func TestTheReleaseBeforeRunsBesideThisOne(t *testing.T) {
	t.Parallel()
	before := releaseBefore(t)
	if before == "" {
		t.Skip("there is no release yet (no tag v… before this commit), so nothing that this one must run beside; USHER_PREVIOUS=COMMIT tries one")
	}
	older := buildRelease(t, before)
	seed := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(seed, []byte(killWorld()), 0o600); err != nil {
		t.Fatal(err)
	}
	database := enginetest.Database(t)
	flags := []string{"--listen", "127.0.0.1:0", "--rehearsal", "--rate-limit", "0", "--database", database, "--seed", seed}
	first, err := startProgram(older, t.TempDir(), nil, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.kill)
	servers := []*process{first}
	changeBeside(t, servers, 0)
	servers = append(servers, startForKill(t, database, "--rate-limit", "0", "--seed", seed))
	for person := range 6 {
		changeBeside(t, servers, person)
	}
	for _, p := range servers {
		if err := p.terminate(); err != nil {
			t.Errorf("%v\n%s", err, p.stderr)
		}
	}
	if stdout, stderr, err := checkDatabase(database); err != nil {
		t.Errorf("usher check: %v\n%s%s", err, stdout, stderr)
	}
}

// changeBeside has each server cancel somebody's seat, where there is one, and grant it, and all
// of them show that.
func changeBeside(t *testing.T, servers []*process, person int) {
	t.Helper()
	login := fmt.Sprintf("user-%d-0", person)
	seat := "/orgs/" + organizationOf(0) + "/members/" + login + "/copilot"
	for _, writer := range servers {
		for _, step := range []struct{ method, want string }{{http.MethodPost, "_created"}, {http.MethodDelete, "_cancelled"}, {http.MethodPost, "_created"}} {
			tags := map[*process]string{}
			for _, reader := range servers {
				_, tags[reader], _ = told(t, reader, http.MethodGet, seat, "", "")
			}
			status, _, text := told(t, writer, step.method, "/orgs/"+organizationOf(0)+"/copilot/billing/selected_users", "", `{"selected_usernames":["`+login+`"]}`)
			if status >= http.StatusBadRequest || !strings.Contains(text, step.want) {
				t.Errorf("%s of %s by %s: got %d %s", step.method, login, writer.url, status, text)
			}
			if !strings.HasSuffix(text, ":1}") {
				continue // it stood already
			}
			for _, reader := range servers {
				status, _, shown := told(t, reader, http.MethodGet, seat, tags[reader], "")
				ends := strings.Contains(shown, `"pending_cancellation_date":"`)
				if status != http.StatusOK || ends != (step.method == http.MethodDelete) {
					t.Errorf("after the %s of %s by %s, %s shows %d %s", step.method, login, writer.url, reader.url, status, shown)
				}
			}
		}
	}
}

// told is what a server answers, with its entity tag, to who has tag already.
func told(t *testing.T, p *process, method, path, tag, body string) (status int, newTag, text string) {
	t.Helper()
	request, err := newRequest(p.url, method, path, "ghp_mona", body)
	if err != nil {
		t.Fatal(err)
	}
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var read bytes.Buffer
	if _, err := read.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Etag"), read.String()
}

// releaseBefore is the last release before this commit; empty where there is none, or no
// repository.
func releaseBefore(t *testing.T) string {
	t.Helper()
	if commit := os.Getenv("USHER_PREVIOUS"); commit != "" {
		return commit
	}
	tag, err := exec.Command("git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(tag))
}

// buildRelease builds the program of a commit.
func buildRelease(t *testing.T, commit string) (binary string) {
	t.Helper()
	dir := t.TempDir()
	var archive, mistakes bytes.Buffer
	pack := exec.Command("git", "archive", "--format=tar", commit)
	pack.Dir, pack.Stdout, pack.Stderr = filepath.Join("..", ".."), &archive, &mistakes
	if err := pack.Run(); err != nil {
		t.Fatalf("git archive %s: %v\n%s", commit, err, &mistakes)
	}
	unpack := exec.Command("tar", "-x", "-C", dir)
	unpack.Stdin = &archive
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	binary = filepath.Join(dir, "usher-before")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "./cmd/usher")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building usher of %s: %v\n%s", commit, err, out)
	}
	return binary
}
