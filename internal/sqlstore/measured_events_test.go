//go:build !race

package sqlstore_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

var manyEvents = flag.Int64("events", 200_000, "how many events the large table of the measured selections has")

// few is what the small table has: enough for every page to be full.
const few = 10_000

// start is when the measured events begin; one happens each second.
var start = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// someEvents fills a table as an adversary would. Actor 1 does half of all, and never the
// action that ends seats. Person 2 is often concerned and actor 3 is busy, but never at
// the same event. One action happened in the beginning only. In the middle, for a tenth of
// the events, the clock stands; before that nothing happens for a year.
const someEvents = `INSERT INTO events (account, number, at, known_at, action, actor_id, token_id, user_id, team_id, request_id)
WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
SELECT CASE WHEN i % 4 = 3 THEN 16 ELSE 14 END, i, t, t,
	CASE WHEN i <= 40 THEN 'copilot.cfb_seat_assignment_reused'
		WHEN i % 2 = 0 THEN 'copilot.cfb_seat_added'
		WHEN i % 3 = 0 THEN 'copilot.cfb_seat_assignment_created'
		ELSE 'copilot.cfb_seat_cancelled' END,
	CASE WHEN i % 2 = 0 THEN 1 WHEN i % 3 = 0 THEN 3 ELSE 100 + i % 1000 END, 5,
	CASE WHEN i % 2 = 1 AND i % 3 = 0 THEN 100 + i % 997 WHEN i % 5 < 2 THEN 2 ELSE 2000 + i % 100000 END, 0, 'ABCD:1234:567890:ABCDEF:12345678'
FROM (SELECT i, $2 + 1000000 * (CASE WHEN i * 10 < $1 * 5 THEN i WHEN i * 10 < $1 * 6 THEN $1 + 31536000 ELSE i + 2 * $1 + 31536000 END) AS t FROM n) AS stamped`

// measuredSelections are the questions that cost most where an index lacks something.
func measuredSelections(events int64) map[string]usher.EventSelection {
	second := func(n int64) usher.EventPlace {
		return usher.EventPlace{At: start.Add(time.Duration(n) * time.Second)}
	}
	standing := second(events + 31536000)
	standing.Number = events * 55 / 100
	selections := map[string]usher.EventSelection{
		"all":                            {},
		"all between others at one time": {After: standing},
		"all before others at one time":  {Before: standing},
		"a year without events":          {After: second(events), Before: second(events + 31535999)},
		"an action of the beginning":     {Actions: []usher.Action{usher.AssignmentReused}},
		"an action, in a year without":   {Actions: []usher.Action{usher.SeatAdded}, After: second(events), Before: second(events + 31535999)},
		"all actions by name":            {Actions: usher.Actions()},
		"an actor":                       {ActorID: 1, Actions: usher.Actions()},
		"an actor's, at one time":        {ActorID: 1, Actions: usher.Actions(), After: standing},
		"what an actor never does":       {ActorID: 1, Actions: []usher.Action{usher.SeatCancelled}},
		"a person":                       {UserID: 2, Actions: usher.Actions()},
		"what a person rarely has":       {UserID: 2, Actions: []usher.Action{usher.AssignmentReused}},
		"two who never meet":             {UserID: 2, ActorID: 3, Actions: usher.Actions()},
		"two who never meet, one action": {UserID: 2, ActorID: 3, Actions: []usher.Action{usher.AssignmentCreated}},
		"two who meet often":             {UserID: 2, ActorID: 1, Actions: usher.Actions()},
		"nobody":                         {UserID: 77, ActorID: 78, Actions: usher.Actions()},
	}
	all := map[string]usher.EventSelection{}
	for name, s := range selections {
		if s.After.At.IsZero() {
			s.After = usher.FirstPlace()
		}
		if s.Before.At.IsZero() {
			s.Before = usher.LastPlace()
		}
		s.Limit = 31
		all[name] = s
		s.Newest = true
		all[name+", the latest first"] = s
	}
	return all
}

// filled is a database with so many events. They come in before their indexes, in a fraction
// of the time.
func filled(t *testing.T, database string, events int64) *sqlstore.Store {
	t.Helper()
	store := openAt(t, database, sqlstore.Options{Patience: time.Minute})
	conn, err := store.Writer().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	statements := []string{"SET statement_timeout = 0", "SET synchronous_commit = off"}
	if !sqlstore.IsPostgres(database) {
		statements = []string{"PRAGMA synchronous = OFF"}
	}
	statements = append(statements, dropEventIndexes()...)
	statements = append(statements, "DROP INDEX events_at",
		strings.NewReplacer("$1", strconv.FormatInt(events, 10), "$2", strconv.FormatInt(start.UnixMicro(), 10)).Replace(someEvents),
		"CREATE INDEX events_at ON events (account, at, number)")
	statements = append(statements, createEventIndexes(t)...)
	for _, statement := range append(statements, "ANALYZE events") {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return store
}

func dropEventIndexes() []string {
	return []string{"DROP INDEX events_action", "DROP INDEX events_actor", "DROP INDEX events_user", "DROP INDEX events_user_actor"}
}

// createEventIndexes are the statements of the migration that brings the indexes.
func createEventIndexes(t *testing.T) (statements []string) {
	t.Helper()
	text, err := os.ReadFile("migrations/00007_audit_log.sql")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "CREATE INDEX") {
			statements = append(statements, line)
		}
	}
	if len(statements) != len(dropEventIndexes()) {
		t.Fatalf("got %d indexes, want %d", len(statements), len(dropEventIndexes()))
	}
	return statements
}

// A page of an audit log costs the same however many events there are, whatever it asks for.
func TestMeasuredASelectionCostsTheSameHoweverManyEventsThereAre(t *testing.T) {
	for _, engine := range []struct {
		name  string
		small string
		large string
	}{
		{"SQLite", filepath.Join(t.TempDir(), "small.db"), filepath.Join(t.TempDir(), "large.db")},
		{"PostgreSQL", enginetest.Shared(t).Database(t), enginetest.Shared(t).Database(t)},
	} {
		t.Run(engine.name, func(t *testing.T) {
			began := time.Now()
			small, large := filled(t, engine.small, few), filled(t, engine.large, *manyEvents)
			t.Logf("%d events, and %d, filled in %v", few, *manyEvents, time.Since(began).Round(time.Second))
			inSmall, inLarge := measuredSelections(few), measuredSelections(*manyEvents)
			worst := 0.0
			for name := range inSmall {
				less, more := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
				for round := 0; round < 5 && (round == 0 || more > 4*less); round++ { // others may be at work
					less, more = min(less, cost(t, small, inSmall[name])), min(more, cost(t, large, inLarge[name]))
				}
				worst = max(worst, float64(more)/float64(less))
				if more > 4*less+5*time.Millisecond {
					t.Errorf("%s: %v of %d events, and %v of %d", name, less, few, more, *manyEvents)
				}
			}
			t.Logf("the worst of %d selections took %.1f times as long in the large table", len(inSmall), worst)
			if engine.name == "PostgreSQL" {
				visitsFew(t, large, inLarge)
			}
		})
	}
}

// cost is how long a selection takes, at best.
func cost(t *testing.T, store *sqlstore.Store, s usher.EventSelection) time.Duration {
	t.Helper()
	best := time.Duration(math.MaxInt64)
	for range 8 { // so that PostgreSQL comes to a plan for any arguments
		must(t, store.View(t.Context(), func(r usher.Reader) error {
			began := time.Now()
			_, err := r.SelectEvents(usher.OrganizationRef(7), s)
			best = min(best, time.Since(began))
			return err
		}))
	}
	return best
}

// visitsFew looks at how many rows PostgreSQL's plans visit, those for any arguments too.
func visitsFew(t *testing.T, store *sqlstore.Store, selections map[string]usher.EventSelection) {
	t.Helper()
	conn, err := store.Readers().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		if _, err := conn.ExecContext(t.Context(), "SET plan_cache_mode = "+mode); err != nil {
			t.Fatal(err)
		}
		for name, s := range selections {
			text, args := store.SelectionOf(usher.OrganizationRef(7), s, 31)
			values := make([]string, len(args))
			for i, arg := range args {
				values[i] = fmt.Sprint(arg)
				if _, isText := arg.(string); isText {
					values[i] = "'" + values[i] + "'"
				}
			}
			var explained string
			for _, step := range []string{"PREPARE selection AS " + text} {
				if _, err := conn.ExecContext(t.Context(), step); err != nil {
					t.Fatal(err)
				}
			}
			execute := "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE selection (" + strings.Join(values, ", ") + ")"
			if err := conn.QueryRowContext(t.Context(), execute).Scan(&explained); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.ExecContext(t.Context(), "DEALLOCATE selection"); err != nil {
				t.Fatal(err)
			}
			var plans []struct{ Plan visit }
			must(t, json.Unmarshal([]byte(explained), &plans))
			branches := max(1, len(s.Actions))
			if got := plans[0].Plan.visited(); got > float64(31*branches) {
				t.Errorf("%s, %s: %.0f rows were visited for 31, in\n%s", name, mode, got, explained)
			}
		}
	}
}

// visit is a node of PostgreSQL's plans that has been executed.
type visit struct {
	Type    string  `json:"Node Type"`
	Rows    float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Checked float64 `json:"Rows Removed by Index Recheck"`
	Plans   []visit
}

// visited counts the rows that scans have read.
func (v visit) visited() float64 {
	if strings.HasSuffix(v.Type, "Scan") && v.Type != "Subquery Scan" {
		return (v.Rows + v.Removed + v.Checked) * v.Loops
	}
	sum := 0.0
	for _, below := range v.Plans {
		sum += below.visited()
	}
	return sum
}

// What the indexes of the audit log cost whoever writes events: printed, and bounded, since a
// write of many seats has as many events.
func TestMeasuredTheAuditLogsIndexesMakeWritingEventsAFewTimesSlowerAtMost(t *testing.T) {
	const wave, waves = 10_000, 5
	for name, database := range map[string]string{"SQLite": filepath.Join(t.TempDir(), "usher.db"), "PostgreSQL": enginetest.Shared(t).Database(t)} {
		store := filled(t, database, 100_000)
		last := int64(100_000)
		write := func() time.Duration {
			best := time.Duration(math.MaxInt64)
			for range waves {
				events := make([]usher.Event, wave)
				for i := range events {
					last++
					events[i] = usher.Event{
						Number: last, At: start.AddDate(50, 0, int(last)), KnownAt: start.AddDate(50, 0, int(last)), Action: usher.SeatAdded,
						Actor: usher.Actor{UserID: 1, TokenID: 5}, UserID: 2000 + last%100_000, RequestID: "ABCD:1234:567890:ABCDEF:12345678",
					}
				}
				began := time.Now()
				must(t, store.Update(t.Context(), func(tx usher.Tx) error { return tx.InsertEvents(usher.OrganizationRef(7), events) }))
				best = min(best, time.Since(began))
			}
			return best
		}
		with := write()
		for _, statement := range dropEventIndexes() {
			if _, err := store.Writer().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		without := write()
		ratio := float64(with) / float64(without)
		t.Logf("%s: %d events written in %v with the indexes, %v without: %.1f times", name, wave, with, without, ratio)
		if ratio > 10 {
			t.Errorf("%s: the indexes make writing %.1f times slower", name, ratio)
		}
	}
}
