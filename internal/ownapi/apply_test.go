package ownapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/enginetest"
)

const operator = "ghp_operator"

const grownFile = `
users: [{login: mia}]
organizations:
  - {login: octodemo, members: [mia], seats: {users: [mia]}}
`

func TestAFileIsTriedAndThenApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before := enginetest.Dump(t, w.database)
	const planned = `"changes":[{"change":"added","what":"user","name":"mia"},` +
		`{"change":"added","organization":"OctoDemo","what":"member","name":"mia"},` +
		`{"change":"added","organization":"OctoDemo","what":"seat grant","name":"mia"}],"total":3,"activity":0,` +
		`"seats":{"start":1,"pending":0,"end":0},"cost":{"currency":"USD","before":19.00,"after":38.00},` +
		`"accounts":[{"organization":"OctoDemo","current":2,"seats":{"start":1,"pending":0,"end":0},"cost":{"currency":"USD","before":19.00,"after":38.00},"kept":3}],` +
		`"notes":[],"kept":3,"left_alone":{"users":7,"organizations":2,"enterprises":3,"apps":0},"max_removals":10}`
	tried := w.applies("?dry_run=true", operator, grownFile)
	shows(t, tried, `{"applied":false,`+planned)
	if diff := cmp.Diff(before, enginetest.Dump(t, w.database)); diff != "" {
		t.Errorf("trying changed something (-before +after):\n%s", diff)
	}
	shows(t, w.applies("", operator, grownFile), `{"applied":true,`+planned)
	after := enginetest.Dump(t, w.database)
	again := w.applies("?prune=false", operator, grownFile)
	if again.Status != 200 || !strings.HasPrefix(again.Body, `{"applied":false,"changes":[],"total":0,`) {
		t.Errorf("applied again: %d %s", again.Status, again.Body)
	}
	if diff := cmp.Diff(after, enginetest.Dump(t, w.database)); diff != "" {
		t.Errorf("applying again changed something (-before +after):\n%s", diff)
	}
}

func TestTooManyRemovalsAreRefusedWithThePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const file = "organizations: [{login: octodemo, members: [hubot], seats: {users: [hubot]}}]"
	before := enginetest.Dump(t, w.database)
	refused := w.applies("?prune=true&max_removals=0", operator, file)
	var got struct {
		Message, Status string
		Plan            struct {
			Applied bool
			Total   int
		}
	}
	if err := json.Unmarshal([]byte(refused.Body), &got); err != nil {
		t.Fatal(err)
	}
	if refused.Status != 422 || got.Status != "422" || got.Plan.Applied || got.Plan.Total == 0 || !strings.Contains(got.Message, "max_removals=") {
		t.Errorf("got %d %s", refused.Status, refused.Body)
	}
	if diff := cmp.Diff(before, enginetest.Dump(t, w.database)); diff != "" {
		t.Errorf("the refusal changed something (-before +after):\n%s", diff)
	}
}

func TestWrongFilesAreRefusedWithEachLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		query, body string
		status      int
		want        string
	}{
		"no file":          {"", "", 422, `file:1: the file is empty`},
		"no YAML":          {"", "{", 422, `"message":"file`},
		"unknown keys":     {"", "users:\n- {login: a, x: 1}\norganisations: []", 422, `"field":"line 2"`},
		"a wrong id":       {"", "users: [{login: octocat, id: 9}]", 422, `file:1: user \"octocat\": the id is 1, and not 9; it cannot be changed`},
		"a query's typo":   {"?dryrun=true", grownFile, 422, `\"dryrun\" is none of dry_run, prune, max_removals`},
		"no number":        {"?max_removals=-1", grownFile, 422, `max_removals`},
		"no truth":         {"?prune=yes", grownFile, 422, `\"prune\" must be true or false`},
		"aliases":          {"", "users: &a [{login: a}]", 422, `aliases and anchors are not allowed`},
		"deep nesting":     {"", strings.Repeat("[", 20_000), 422, `"message"`},
		"bytes of no text": {"", "users: [{login: \xff\xfe}]", 422, `"message"`},
		"too large":        {"", strings.Repeat("#", 32<<20+1), 413, `larger than 32 MiB`},
	} {
		got := w.applies(c.query, operator, c.body)
		if got.Status != c.status || !strings.Contains(got.Body, c.want) {
			t.Errorf("%s: got %d %.300s, want %d with %s", name, got.Status, got.Body, c.status, c.want)
		}
	}
}

func TestOnlySiteAdministratorsApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for token, want := range map[string]int{
		"": 401, "ghp_nobody": 401, owner: 403, "ghp_operator_elsewhere": 403, "ghp_no_operator": 403, "ghs_write": 403, "github_pat_write": 403, operator: 200,
	} {
		if got := w.applies("?dry_run=true", token, grownFile); got.Status != want {
			t.Errorf("%q: got %d %s, want %d", token, got.Status, got.Body, want)
		}
	}
	if got := w.do("GET", "/_usher/apply", operator, ""); got.Status != http.StatusNotFound {
		t.Errorf("GET: %d", got.Status)
	}
}

func shows(t *testing.T, got answer, want string) {
	t.Helper()
	if got.Status != 200 {
		t.Errorf("status: %d, want 200", got.Status)
	}
	if diff := cmp.Diff(want, got.Body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func (w *world) applies(query, token, file string) answer {
	w.t.Helper()
	return w.send("POST", "/_usher/apply"+query, token, file, http.Header{"Content-Type": {"application/yaml"}})
}
