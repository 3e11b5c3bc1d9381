//go:build !race

package usher_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/usher-seats/usher/internal/sqlstore"
)

// access is how a statement's plan comes at the rows of a table.
type access struct {
	table string // by its name or alias
	by    string // the columns by which rows are looked up, and the index; empty: it reads from end to end
	step  string // of the plan, as the engine words it
}

// planner asks an engine how it finds what statements want. The database has statistics.
type planner struct {
	db      *sql.DB
	explain func(t *testing.T, db *sql.DB, query string) []access
	seen    map[string]bool
}

func newPlanner(t *testing.T, database string) *planner {
	t.Helper()
	p := &planner{seen: map[string]bool{}}
	var err error
	if sqlstore.IsPostgres(database) {
		p.explain = explainPostgres
		p.db, err = sql.Open("pgx", database+"?default_query_exec_mode=simple_protocol")
	} else {
		p.explain = explainSQLite
		name := url.URL{Scheme: "file", Path: database}
		p.db, err = sql.Open("sqlite", name.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.db.Close() })
	p.db.SetMaxOpenConns(1)
	return p
}

// analyze has the engine take statistics.
func (p *planner) analyze(t *testing.T) {
	t.Helper()
	if _, err := p.db.ExecContext(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
}

// bounded are what may be read from end to end: sets that the call names, what was found
// before, tables of one row, and accounts, of which there are few.
var bounded = regexp.MustCompile(`^(json_each|json_array_elements_text|world|one|accounts|a|p|n|tree|reach|above|tree_1|reach_1|above_1|json_array_elements_text_1|v|\*VALUES\*|unnamed|\d+-ROW|CONSTANT)?$`)

// byKey are the tables of which an account can have many rows, with their aliases, and
// the column of a key that must be known besides the account, or an index that may be read
// for all of an account: that of who is invited. All of an account's members may be listed.
var byKey = map[string]string{
	"seats": "user_id|number|ends_at", "s": "user_id",
	"grants": "subject_id", "g": "subject_id",
	"memberships": "user_id|role|expires_at|memberships_invited", "m": "user_id|team_id",
	"sleeping_grants": "subject_id", "sleeping_seats": "user_id", "invited_team_members": "user_id|team_id",
	"team_members":       "user_id|team_id",
	"team_organizations": "team_id|organization",
	"teams":              "id|slug_key|name_key|parent_id", "t": "id|slug_key|name_key|parent_id|hash",
	"enterprise_people": "user_id",
	"events":            "number|at", "e": "number|at",
	"activity_reports": "number|seat", "r": "seat",
	"past_seats": "user_id", "past_grants": "subject_id", "past_memberships": "user_id",
	"past_team_members": "user_id|team_id", "past_teams": "id|parent_id",
	"users": "id|login_key", "u": "id|login_key", "tokens": "id|hash",
}

// check fails for statements that read more than they have to.
func (p *planner) check(t *testing.T, name string, statements []statement) {
	t.Helper()
	for _, s := range statements {
		if p.seen[s.Query] {
			continue
		}
		p.seen[s.Query] = true
		for _, a := range p.explain(t, p.db, s.Query) {
			if a.by == "" && !bounded.MatchString(a.table) {
				t.Errorf("%s: %q\nreads a whole table: %s", name, s.Query, a.step)
			}
			if key, large := byKey[a.table]; a.by != "" && large && !regexp.MustCompile(`\b(`+key+`)\b`).MatchString(a.by) {
				t.Errorf("%s: %q\nreads all of an account: %s", name, s.Query, a.step)
			}
		}
	}
}

// search is a look-up of SQLite's; what stands in brackets is the columns by which it is
// made.
var search = regexp.MustCompile(`^SEARCH (\w+) .*?(\w+) \((.*)\)( LEFT-JOIN)?$`)

func explainSQLite(t *testing.T, db *sql.DB, query string) (found []access) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, make([]any, parameters(query))...)
	if err != nil {
		t.Fatalf("explain %q: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if match := search.FindStringSubmatch(step); match != nil {
			found = append(found, access{match[1], strings.ReplaceAll(match[3], "rowid", "id") + " " + match[2], step})
		}
		if table, scans := strings.CutPrefix(step, "SCAN "); scans {
			table, _, _ = strings.Cut(table, " ")
			found = append(found, access{table: table, step: step})
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

var parameter = regexp.MustCompile(`\$\d+|\?`)

// parameters is how many parameters a statement has.
func parameters(query string) int {
	names := map[string]bool{}
	for i, p := range parameter.FindAllString(query, -1) {
		if p == "?" {
			p += strconv.Itoa(i)
		}
		names[p] = true
	}
	return len(names)
}

// node is a node of PostgreSQL's plans.
type node struct {
	Type     string `json:"Node Type"`
	Table    string `json:"Relation Name"`
	Alias    string `json:"Alias"`
	Cond     string `json:"Index Cond"`
	Index    string `json:"Index Name"`
	Function string `json:"Function Name"`
	CTE      string `json:"CTE Name"`
	Plans    []node
}

// explainPostgres explains the plan that usher's connections have: made once, for any
// arguments.
func explainPostgres(t *testing.T, db *sql.DB, query string) (found []access) {
	t.Helper()
	if strings.HasPrefix(query, "LOCK ") || strings.HasPrefix(query, "SET ") || strings.HasPrefix(query, "ANALYZE ") || strings.HasPrefix(query, "COPY ") {
		return nil
	}
	arguments := ""
	if n := parameters(query); n > 0 {
		arguments = "(" + strings.TrimSuffix(strings.Repeat("NULL, ", n), ", ") + ")"
	}
	var text string
	for _, step := range []string{
		"SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_hashjoin = off",
		"SET enable_mergejoin = off", "SET enable_bitmapscan = off", "SET enable_incremental_sort = off", "DEALLOCATE ALL", "PREPARE explained AS " + query,
	} {
		if _, err := db.ExecContext(t.Context(), step); err != nil {
			t.Fatalf("explain %q: %v", query, err)
		}
	}
	if err := db.QueryRowContext(t.Context(), "EXPLAIN (FORMAT JSON) EXECUTE explained"+arguments).Scan(&text); err != nil {
		t.Fatalf("explain %q: %v", query, err)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	var walk func(node, string)
	walk = func(n node, alias string) {
		if n.Alias != "" {
			alias = n.Alias
		}
		if scan := strings.HasSuffix(n.Type, "Scan") && n.Type != "Bitmap Heap Scan" && n.Type != "Subquery Scan"; scan {
			by := n.Cond
			if by != "" {
				by += " " + n.Index
			}
			found = append(found, access{alias, by, fmt.Sprintf("%s of %s (%s)", n.Type, alias, by)})
		}
		for _, child := range n.Plans {
			walk(child, alias)
		}
	}
	walk(plans[0].Plan, "")
	return found
}
