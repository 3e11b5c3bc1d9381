package seed_test

import (
	"context"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// bomb doubles what it says with each of its levels of aliases.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("users: &a0 [{login: ann}]\n")
	for i := range levels {
		above, below := string(rune('b'+i)), string(rune('a'+i))
		b.WriteString(above + ": &" + above + "0 [*" + below + "0, *" + below + "0]\n")
	}
	return b.String()
}

// FuzzParse: whatever the file, YAML or JSON, there are lines that say what is wrong with
// it and where, or a world that can be loaded, is whole, and is written as a file that means the
// same. Neither takes much memory to read.
func FuzzParse(f *testing.F) {
	f.Add(seed.Demo())
	f.Add([]byte(seated + "    seats: {users: [{login: ann, at: -1d, cancel: true}], teams: []}\n"))
	f.Add([]byte(corp + "    teams: [{name: A, members: [ann]}]\n    seats: {users: [ann], teams: [ent:a]}\n"))
	f.Add([]byte(`{"now": "2026-11-20T12:00:00Z", "users": [{"login": "\u0061\ud83d\ude00", "id": 1e3}], "tokens": [null, true, -0.5, {}]}`))
	f.Add([]byte(`{"users": [{"login": "ann", "id": 9007199254740991, "name": "\u0000"}], "organizations": [{"login": "acme", "owners": ["ann"], "copilot": {}}]}`))
	f.Add([]byte("users: &a [*a, !!str b, ? c : d]\n---\n# e\n"))
	f.Add([]byte("? [a, {b: c}]\n: |\n  text\n<<: {x: y}\n"))
	f.Add([]byte(strings.Repeat("[", 300) + strings.Repeat("{a: ", 300)))
	f.Add([]byte(bomb(20)))
	f.Add([]byte("now: 9999-12-31T23:59:59Z\nusers: [{login: ann, name: \"a\\0\\x85\"}]\norganizations: [{login: acme, owners: [ann], copilot: {seat_management: assign_all, billing: {cycle_day: 28}}}]\n"))
	f.Add([]byte("users: [{login: ann}]\norganizations:\n  - {login: acme, members: [ann], teams: [{name: A, members: [ann]}, {name: B, parent: a}], copilot: {seat_management: assign_selected}, seats: {teams: [a], users: [{login: ann, at: -999999d}]}}\ntokens:\n  - {token: x, kind: app_installation, owner: acme, permissions: {metadata: read}, expires_at: +999999d}\n"))
	service := emptyService(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		world, err := seed.Parse("w.yaml", data, now(), seed.Options{Rehearsal: true})
		if got, most := allocated()-before, uint64(8<<20+1000*len(data)); got > most {
			t.Errorf("%d bytes are allocated to read %d, the most is %d", got, len(data), most)
		}
		if err == nil {
			canBeLoaded(t.Context(), t, service, world)
			isWrittenAsItself(t, world)
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

func canBeLoaded(ctx context.Context, t *testing.T, service *usher.Service, world usher.World) {
	t.Helper()
	if _, err := service.Load(ctx, world); err != nil {
		t.Errorf("what was read cannot be loaded: %v", err)
		return
	}
	if broken, err := service.Check(ctx); err != nil || len(broken) > 0 {
		t.Errorf("what was loaded is not whole: %q %v", broken, err)
	}
}

// allocated is how many bytes this process has ever allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// emptyService is a service on a database that is empty.
func emptyService(f *testing.F) *usher.Service {
	f.Helper()
	store, err := sqlstore.Open(f.Context(), enginetest.Database(f), sqlstore.Options{Wall: now, Patience: time.Minute})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := store.Close(); err != nil {
			f.Error(err)
		}
	})
	return usher.NewService(store)
}
