package seed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

func FuzzParse(f *testing.F) {
	f.Add(seed.Demo())
	f.Add([]byte(seated + "    seats: {users: [{login: ann, at: -1d, cancel: true}], teams: []}\n"))
	f.Add([]byte(corp + "    teams: [{name: A, members: [ann]}]\n    seats: {users: [ann], teams: [ent:a]}\n"))
	f.Add([]byte(`{"now": "2026-11-20T12:00:00Z", "users": [{"login": "\u0061\ud83d\ude00", "id": 1e3}], "tokens": [null, true, -0.5, {}]}`))
	f.Add([]byte("users: &a [*a, !!str b, ? c : d]\n---\n# e\n"))
	f.Add([]byte("? [a, {b: c}]\n: |\n  text\n<<: {x: y}\n"))
	f.Add([]byte(strings.Repeat("[", 300) + strings.Repeat("{a: ", 300)))
	f.Fuzz(func(t *testing.T, data []byte) {
		world, err := seed.Parse("w.yaml", data, now(), seed.Options{Rehearsal: true})
		if err == nil {
			return
		}
		if diff := cmp.Diff(usher.World{}, world); diff != "" {
			t.Errorf("a refused world is not empty (-want +got):\n%s", diff)
		}
		for _, line := range strings.Split(err.Error(), "\n") {
			if !strings.HasPrefix(line, "w.yaml:") {
				t.Errorf("an error without its file: %q", line)
			}
		}
	})
}
