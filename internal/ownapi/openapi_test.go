package ownapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/usher-seats/usher/internal/ownapi"
)

// described is what a description says of the endpoints.
type described struct {
	OpenAPI string
	Servers []struct{ URL string }
	Paths   map[string]map[string]struct {
		Security []map[string][]string
	}
}

func (w *world) described() (d described) {
	w.t.Helper()
	got := w.do("GET", "/_usher/openapi.json", "", "")
	if err := json.Unmarshal([]byte(got.Body), &d); err != nil || got.Status != 200 {
		w.t.Fatalf("got %d and error %v", got.Status, err)
	}
	return d
}

func TestTheDescriptionNeedsNoTokenAndSaysWhereItsServerIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	d := w.described()
	if d.OpenAPI != "3.1.1" || len(d.Servers) != 1 || d.Servers[0].URL != "http://example.com" {
		t.Errorf("got OpenAPI %s and the servers %v", d.OpenAPI, d.Servers)
	}
	if got := w.do("GET", "/_usher/openapi.json", "ghp_nobody_has", ""); got.Status != 200 {
		t.Errorf("with a bad token: got %d", got.Status)
	}
}

// What is described answers something of its own: without a token it says so, or needs none.
func TestWhatIsDescribedIsServed(t *testing.T) {
	t.Parallel()
	for _, rehearsal := range []bool{true, false} {
		w := newWorld(t, func(c *ownapi.Config) { c.Rehearsal = rehearsal })
		d := w.described()
		if _, ok := d.Paths["/_usher/reset"]; ok != rehearsal || len(d.Paths) < 10 {
			t.Errorf("rehearsal %t: got %d paths, and the reset described: %t", rehearsal, len(d.Paths), ok)
		}
		for path, operations := range d.Paths {
			path = strings.NewReplacer("{org}", "octodemo", "{enterprise}", "octo-enterprise", "{username}", "octocat").Replace(path)
			for method, operation := range operations {
				want := 401
				if len(operation.Security) == 0 {
					want = 200
				}
				if got := w.do(strings.ToUpper(method), path, "", ""); got.Status != want {
					t.Errorf("%s %s without a token: got %d %s, want %d", method, path, got.Status, got.Body, want)
				}
			}
		}
	}
}
