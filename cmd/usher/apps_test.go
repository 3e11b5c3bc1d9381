package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/usher-seats/usher/internal/enginetest"
)

// howTo is a code block of docs/world.md below the heading "A token for an app", by its number.
func howTo(t *testing.T, number int) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "world.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## A token for an app\n")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := regexp.MustCompile("(?s)   ```\\w+\n(.*?)   ```").FindAllStringSubmatch(section, -1)
	if !found || len(blocks) != 3 {
		t.Fatalf("got %d code blocks in docs/world.md, A token for an app; want 3", len(blocks))
	}
	return regexp.MustCompile(`(?m)^   `).ReplaceAllString(blocks[number][1], "")
}

// What docs/world.md says of an app's token is done to the letter.
func TestTheDocumentedWayToATokenForAnApp(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"openssl", "curl", "sed", "tr", "date"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not found: the shell script of docs/world.md is not tested", program)
		}
	}
	dir := t.TempDir()
	shell := func(script string, env ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), "sh", "-c", script)
		command.Dir = dir
		command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
		var stderr strings.Builder
		command.Stderr = &stderr
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, script, stderr.String())
		}
		return string(out)
	}

	printed := strings.TrimSpace(shell(howTo(t, 0)))
	app := howTo(t, 1)
	const indent = "\n      "
	listed := strings.Replace(app, indent+"-----BEGIN PUBLIC KEY-----"+indent+"…"+indent+"-----END PUBLIC KEY-----", indent+strings.ReplaceAll(printed, "\n", indent), 1)
	if listed == app {
		t.Fatalf("the seed of the page has no place for a key:\n%s", app)
	}
	world := "users: [{login: mona}]\norganizations:\n  - {login: octodemo, owners: [mona], copilot: {seat_management: assign_selected, public_code_suggestions: block}}\n" + listed
	if err := os.WriteFile(filepath.Join(dir, "world.yaml"), []byte(world), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "token.sh"), []byte(howTo(t, 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := startUsher(dir, nil, "--listen", "127.0.0.1:0", "--database", enginetest.Database(t), "--seed", "world.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.terminate(); err != nil {
			t.Error(err)
		}
	}()

	token := strings.TrimSpace(shell("TOKEN=$(sh token.sh) && echo $TOKEN", "USHER_URL="+server.url))
	if !regexp.MustCompile(`^ghs_[0-9A-Za-z]{36}$`).MatchString(token) {
		t.Fatalf("got %q, want a token", token)
	}
	if got := seatFor(t, server.url, token); got != 1 {
		t.Errorf("got %d seats, want 1", got)
	}
	if strings.Contains(server.stderr.String(), token) {
		t.Error("the token is in the log")
	}
}

// seatFor gives mona a seat.
func seatFor(t *testing.T, url, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/orgs/octodemo/copilot/billing/selected_users", strings.NewReader(`{"selected_usernames":["mona"]}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	var created struct {
		SeatsCreated int `json:"seats_created"`
	}
	if err != nil || json.Unmarshal(body, &created) != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("got %d %s (%v)", response.StatusCode, body, err)
	}
	return created.SeatsCreated
}
