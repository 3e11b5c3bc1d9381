package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const tokenWorld = `
users: [{login: root, id: 1, site_admin: true}, {login: mona, id: 2}]
organizations: [{login: octodemo, id: 7, owners: [mona]}]
tokens:
  - {token: ghp_root, kind: classic, user: root, scopes: [site_admin]}
  - {token: ghp_mona, kind: classic, user: mona, scopes: [site_admin, 'admin:org']}
`

// TestTokensAreMadeListedAndRevokedOnAServerAndOnItsDatabaseAlike plays the same on both.
func TestTokensAreMadeListedAndRevokedOnAServerAndOnItsDatabaseAlike(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	file, database := filepath.Join(directory, "world.yaml"), filepath.Join(directory, "usher.db")
	if err := os.WriteFile(file, []byte(tokenWorld), 0o600); err != nil {
		t.Fatal(err)
	}
	server := start(t, "serve", "--listen", "127.0.0.1:0", "--database", database, "--seed", file)
	remotely := map[string]string{"USHER_URL": server.url(t), "USHER_TOKEN": "ghp_root"}
	locally := map[string]string{"USHER_DATABASE": database}

	create := func(env map[string]string, said string, args ...string) (token string) {
		t.Helper()
		code, stdout, stderr := call(t, env, append([]string{"token", "create"}, args...)...)
		token = strings.TrimSuffix(stdout, "\n")
		if code != 0 || !regexp.MustCompile(`^gh[ps]_\w{36}$`).MatchString(token) || !regexp.MustCompile("^ok: token "+said+" and is shown this once\n$").MatchString(stderr) {
			t.Errorf("token create %s: got exit code %d, %q, %q; want a token, and %s", args, code, stdout, stderr, said)
		}
		return token
	}
	made := []string{
		create(remotely, `3, classic, for mona: admin:org; it expires at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "--user", "Mona", "--scopes", "admin:org,read:org", "--expires", "90d", "--note", "CI <a> & b"),
		create(locally, `4, app_installation, for octodemo: members=read,organization_administration=write; it never expires`, "--kind", "app_installation", "--owner", "octodemo", "--permissions", "organization_administration=write,members=read"),
	}
	listed := map[string]string{}
	for name, env := range map[string]map[string]string{"server": remotely, "database": locally} {
		code, stdout, stderr := call(t, env, "token", "list")
		table := regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(stdout, "yyyy-mm-dd")
		want := []string{
			"ID KIND FOR MAY STATE EXPIRES LAST USED CREATED BY NOTE",
			"1 classic root site_admin good never DAY - -",
			"2 classic mona site_admin,admin:org good never - - -",
			"3 classic mona admin:org good yyyy-mm-dd - yyyy-mm-dd root CI <a> & b",
			"4 app_installation octodemo members=read,organization_administration=write good never - yyyy-mm-dd -",
		}
		var got []string
		for line := range strings.Lines(table) {
			got = append(got, strings.Join(strings.Fields(line), " "))
		}
		got[1] = regexp.MustCompile(`never \S+`).ReplaceAllString(got[1], "never DAY") // it may be written already, or not yet
		if diff := cmp.Diff(want, got); diff != "" || code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, %s (-want +got):\n%s", name, code, stderr, diff)
		}
		code, stdout, stderr = call(t, env, "token", "list", "--json")
		listed[name] = regexp.MustCompile(`"last_used_on":[^}]*`).ReplaceAllString(stdout, "")
		var tokens []map[string]any
		if err := json.Unmarshal([]byte(stdout), &tokens); err != nil || code != 0 || stderr != "" || len(tokens) != 4 || tokens[2]["note"] != "CI <a> & b" {
			t.Errorf("%s: got exit code %d, %s%s (%v)", name, code, stdout, stderr, err)
		}
	}
	if diff := cmp.Diff(listed["database"], listed["server"]); diff != "" {
		t.Errorf("the lists differ (-database +server):\n%s", diff)
	}
	for _, step := range []struct {
		env  map[string]string
		args string
		code int
		want string
	}{
		{remotely, "3", 0, "ok: token 3 is revoked\n"},
		{remotely, "3", 0, "ok: token 3 is revoked\n"},
		{locally, "3", 0, "ok: token 3 was revoked before; nothing was changed\n"},
		{locally, "4 2", 0, "ok: token 4 is revoked\nok: token 2 is revoked\n"},
		{remotely, "404", 1, "usher: " + remotely["USHER_URL"] + " refuses (404): There is no token with the id 404.\n"},
		{locally, "404", 1, "usher: revoking a token in " + database + ": There is no token with the id 404.\n"},
	} {
		code, stdout, stderr := call(t, step.env, append([]string{"token", "revoke"}, strings.Fields(step.args)...)...)
		if got := stdout + stderr; code != step.code || got != step.want {
			t.Errorf("token revoke %s: got exit code %d, %s, want %d, %s", step.args, code, got, step.code, step.want)
		}
	}
	for _, token := range []string{made[0], made[1], "ghp_mona"} {
		code, _, stderr := call(t, map[string]string{"USHER_URL": remotely["USHER_URL"], "USHER_TOKEN": token}, "token", "list")
		if want := "usher: " + remotely["USHER_URL"] + " does not accept the token in USHER_TOKEN: it is none, has expired or was revoked\n"; code != 1 || stderr != want {
			t.Errorf("with a revoked token: got exit code %d and %s, want 1 and %s", code, stderr, want)
		}
	}
	if code, _, stderr := call(t, locally, "token", "create", "--user", "mona", "--scopes", "admin:everything"); code != 1 || !strings.HasPrefix(stderr, "usher: making a token in "+database+": There is no scope \"admin:everything\". usher looks at manage_billing:copilot, ") {
		t.Errorf("an unknown scope: got exit code %d and %s", code, stderr)
	}
	server.end(t, os.Interrupt)
	data, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range made {
		if bytes.Contains(data, []byte(token)) || strings.Contains(server.stderr.String(), token) {
			t.Error("the database or the log has a token")
		}
	}
}
