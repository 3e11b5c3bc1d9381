package ownapi_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/sqlstore"
)

const (
	exportPath = "/_usher/orgs/octodemo/audit-log/export"
	auditor    = "ghp_auditor"
)

// copied is an export, taken apart.
type copied struct {
	Lines string // all before the last line
	Items []json.RawMessage
	End   exportEnd
}

type exportEnd struct {
	Org       string `json:"org"`
	Count     int    `json:"count"`
	First     *int64 `json:"first"`
	Last      *int64 `json:"last"`
	SHA256    string `json:"sha256"`
	NextSince int64  `json:"next_since"`
}

func (w *world) export(query string) copied {
	w.t.Helper()
	got := w.do("GET", exportPath+query, auditor, "")
	if got.Status != 200 || got.Header.Get("Content-Type") != "application/x-ndjson" || got.Header.Get("Cache-Control") != "no-cache" {
		w.t.Fatalf("%s: got %d %v %s", query, got.Status, got.Header, got.Body)
	}
	whole, ok := strings.CutSuffix(got.Body, "\n")
	if !ok {
		w.t.Fatalf("%s: the last line has no end: %s", query, got.Body)
	}
	at := strings.LastIndexByte(whole, '\n') + 1
	c := copied{Lines: whole[:at]}
	var last struct{ Export exportEnd }
	if err := json.Unmarshal([]byte(whole[at:]), &last); err != nil {
		w.t.Fatalf("%s: the last line is %s: %v", query, whole[at:], err)
	}
	c.End = last.Export
	for line := range strings.Lines(c.Lines) {
		c.Items = append(c.Items, json.RawMessage(line))
	}
	return c
}

// numbers are those of the events, after looking at what the last line says.
func (c copied) numbers(t *testing.T) []int64 {
	t.Helper()
	numbers := []int64{}
	for _, item := range c.Items {
		var event struct{ Number int64 }
		if err := json.Unmarshal(item, &event); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, event.Number)
	}
	sum := sha256.Sum256([]byte(c.Lines))
	want := exportEnd{Org: "OctoDemo", Count: len(numbers), SHA256: hex.EncodeToString(sum[:]), NextSince: c.End.NextSince}
	if len(numbers) > 0 {
		want.First, want.Last = &numbers[0], &numbers[len(numbers)-1]
	}
	if diff := cmp.Diff(want, c.End); diff != "" {
		t.Errorf("the last line (-want +got):\n%s", diff)
	}
	return numbers
}

func (w *world) grant(method, logins string) {
	w.t.Helper()
	if got := w.do(method, "/orgs/octodemo/copilot/billing/selected_users", owner, `{"selected_usernames":[`+logins+`]}`); got.Status >= 300 {
		w.t.Fatalf("%s %s: got %d %s", method, logins, got.Status, got.Body)
	}
}

// upTo are the numbers after from, up to last.
func upTo(from, last int64) []int64 {
	numbers := []int64{}
	for n := from + 1; n <= last; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

func TestAnExportHasTheItemsOfTheAuditLogAndAnEndThatProvesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.grant("POST", `"monalisa"`)
	w.grant("DELETE", `"octocat"`)
	whole := w.export("")
	last := int64(len(whole.Items))
	if diff := cmp.Diff(upTo(0, last), whole.numbers(t)); diff != "" || last < 5 || whole.End.NextSince != last {
		t.Errorf("an export of %d events, to go on with %d (-want +got):\n%s", last, whole.End.NextSince, diff)
	}
	log := w.do("GET", "/orgs/octodemo/audit-log?order=asc&per_page=100&phrase=created:%3E2000-01-01", auditor, "")
	var shown []json.RawMessage
	if err := json.Unmarshal([]byte(log.Body), &shown); err != nil {
		t.Fatalf("the audit log: %d %s", log.Status, log.Body)
	}
	byNumber := map[string]bool{}
	for _, item := range shown {
		byNumber[string(item)] = true
	}
	for _, item := range whole.Items {
		if !byNumber[strings.TrimSpace(string(item))] {
			t.Errorf("the audit log has no %s", item)
		}
	}
	if len(shown) != len(whole.Items) {
		t.Errorf("the audit log has %d items, the export %d", len(shown), len(whole.Items))
	}
}

func TestAnExportThatGoesOnContinuesTheOneBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.export("")
	w.grant("POST", `"monalisa"`)
	w.grant("DELETE", `"octocat"`)
	second := w.export(fmt.Sprintf("?since=%d", first.End.NextSince))
	third := w.export(fmt.Sprintf("?since=%d", second.End.NextSince))
	whole := w.export("")
	if first.Lines+second.Lines+third.Lines != whole.Lines || len(second.Items) == 0 {
		t.Errorf("the parts are\n%s\n%s\n%s\nthe whole is\n%s", first.Lines, second.Lines, third.Lines, whole.Lines)
	}
	if got := third.numbers(t); len(got) > 0 || third.End.NextSince != second.End.NextSince {
		t.Errorf("nothing is new, and the export has %d events and goes on with %d", len(got), third.End.NextSince)
	}
}

func TestBoundsOfAnExportAreNumbersOrInstants(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.grant("POST", `"monalisa"`)
	atNoon := int64(len(w.export("").Items))
	w.do("POST", "/_usher/clock/advance", owner, `{"by":"24h"}`)
	w.grant("DELETE", `"octocat"`)
	last := int64(len(w.export("").Items))
	for query, want := range map[string]struct {
		numbers []int64
		next    int64
	}{
		"?since=0":                      {upTo(0, last), last},
		"?since=1":                      {upTo(1, last), last},
		"?until=1":                      {upTo(0, 1), 1},
		"?since=1&until=3":              {upTo(1, 3), 3},
		"?since=3&until=3":              {upTo(3, 3), 3},
		"?until=0":                      {upTo(0, 0), 0},
		"?until=9223372036854775807":    {upTo(0, last), last},
		"?since=9223372036854775807":    {upTo(0, 0), last}, // what comes next is not passed over
		"?since=1&since=2&color=red":    {upTo(2, last), last},
		"?since=2026-11-20T12:00:00Z":   {upTo(atNoon, last), last},
		"?until=2026-11-20T12:00:00Z":   {upTo(0, atNoon), atNoon},
		"?until=2026-11-20T11:59:59.9Z": {upTo(0, 2), 2}, // octocat was granted a seat in October
		"?since=2026-11-20T13:00:00%2B01:00&until=2026-11-21T11:59:59Z": {upTo(0, 0), atNoon},
		"?since=2000-01-01T00:00:00Z":                                   {upTo(0, last), last},
		"?until=2000-01-01T00:00:00Z":                                   {upTo(0, 0), 0},
		"?since=2100-01-01T00:00:00Z":                                   {upTo(0, 0), last},
		"?since=2026-11-20T12:00:00Z&until=1":                           {upTo(0, 0), atNoon},
	} {
		got := w.export(query)
		if diff := cmp.Diff(want.numbers, got.numbers(t)); diff != "" || got.End.NextSince != want.next {
			t.Errorf("%s goes on with %d, want %d (-want +got):\n%s", query, got.End.NextSince, want.next, diff)
		}
	}
}

func TestBoundsThatAreNoneAreRefusedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	what := func(name string) string {
		return `"` + name + `" must be the number of an event or an instant, like 17 or 2026-12-01T00:00:00Z.`
	}
	for query, want := range map[string]string{
		"?since=":                          what("since"),
		"?since":                           what("since"),
		"?until=-1":                        what("until"),
		"?since=1.5":                       what("since"),
		"?since=yesterday&until=%00":       what("since") + "\n" + what("until"),
		"?since=9223372036854775808":       what("since"),
		"?since=2026-11-20":                what("since"),
		"?since=2026-11-20T12:00:00":       what("since"),
		"?since=2026-11-20T12:00:00+01:00": what("since"), // the plus is a space
		"?since=0001-01-01T00:00:00Z":      what("since"),
		"?since=2&until=1":                 `"until" must not lie before "since".`,
		"?since=2026-11-20T12:00:00Z&until=2026-11-20T11:00:00Z": `"until" must not lie before "since".`,
		"?since=%zz": "The query cannot be read: it has characters that must be percent-encoded.",
	} {
		w.do("GET", exportPath+query, auditor, "").is(t, query, 422, failed(t, "422", "Invalid request.\n\n"+want))
	}
}

func TestAnExportIsForWhoMayReadTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for token, want := range map[string]int{
		auditor: 200, "ghp_admin_org": 200, "ghs_read": 200, "ghs_write": 200, "ghu_write": 200,
		owner: 403, "ghp_read_org": 403, "ghp_no_scope": 403, "ghp_member_auditor": 403, "github_pat_write": 403, "ghs_gateway": 403,
		"ghp_outsider": 404, "": 401, "ghp_nobody_has": 401,
	} {
		if got := w.do("GET", exportPath, token, ""); got.Status != want {
			t.Errorf("with %s: got %d %s, want %d", token, got.Status, got.Body, want)
		}
	}
	w.do("GET", "/_usher/orgs/nobodys/audit-log/export", auditor, "").is(t, "an unknown organization", 404, failed(t, "404", "Not Found"))
	w.do("POST", exportPath, auditor, "").is(t, "POST", 404, failed(t, "404", "Not Found"))
}

func TestAnOrganizationWithoutCopilotHasAnEmptyExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.do("GET", "/_usher/orgs/no-copilot/audit-log/export", auditor, "")
	got.is(t, "the export", 200, `{"export":{"org":"no-copilot","count":0,"first":null,"last":null,`+
		`"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","next_since":0}}`+"\n")
}

func TestHEADOfAnExportHasItsHeadersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.do("HEAD", exportPath, auditor, "")
	if got.Status != 200 || got.Body != "" || got.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("got %d %v %q", got.Status, got.Header, got.Body)
	}
	if got := w.do("HEAD", exportPath+"?since=x", auditor, ""); got.Status != 422 {
		t.Errorf("with a wrong bound: got %d, want 422", got.Status)
	}
}

// failing is a store whose readings fail from one on.
type failing struct {
	usher.Store
	readings, from int
	err            error
}

func (f *failing) View(ctx context.Context, fn func(usher.Reader) error) error {
	if f.readings++; f.readings >= f.from {
		return f.err
	}
	return f.Store.View(ctx, fn)
}

// readingsOfAnExport are those before its last line: who asks, whether they may, the span, and
// the one part that there is.
const readingsOfAnExport = 4

func TestAnExportThatFailsBeforeItBeginsSaysSo(t *testing.T) {
	t.Parallel()
	for reading := 1; reading <= readingsOfAnExport; reading++ {
		w := newWorld(t, nil)
		w.through(&failing{from: reading, err: &usher.Error{Kind: usher.Unavailable, Message: "The disk is gone."}})
		if got := w.do("GET", exportPath, auditor, ""); got.Status != 503 {
			t.Errorf("where reading %d fails: got %d %s, want 503", reading, got.Status, got.Body)
		}
	}
}

func TestAnExportThatFailsOnItsWayIsCutOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		logged bool
	}{
		"the database fails":  {errBroken, true},
		"the client has gone": {context.Canceled, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.fillEvents(t, 2500)
			w.through(&failing{from: readingsOfAnExport + 1, err: test.err})
			ctx, cancel := context.WithCancel(t.Context())
			rec := httptest.NewRecorder()
			req := httptest.NewRequestWithContext(ctx, "GET", exportPath, nil)
			req.Header.Set("Authorization", "token "+auditor)
			var cut any
			func() {
				defer func() { cut = recover() }()
				w.ServeHTTP(&canceling{rec, cancel}, req)
			}()
			if err, ok := cut.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("the handler ended with %v, want that the connection is cut", cut)
			}
			if body := rec.Body.String(); rec.Code != 200 || strings.Count(body, "\n") != 1000 || strings.Contains(body, `"export"`) {
				t.Errorf("got %d and %d lines, want the first part and no last line", rec.Code, strings.Count(body, "\n"))
			}
			if got := strings.Contains(w.log.String(), "level=ERROR"); got != test.logged {
				t.Errorf("an error is logged: got %t, want %t:\n%s", got, test.logged, &w.log)
			}
			if len(w.observed) != 1 {
				t.Errorf("got %d observations, want one", len(w.observed))
			}
		})
	}
}

// canceling is a client that goes away while the first part is sent.
type canceling struct {
	http.ResponseWriter
	cancel func()
}

func (c *canceling) Write(p []byte) (int, error) {
	c.cancel()
	return c.ResponseWriter.Write(p)
}

func TestAnExportThatNobodyReadsIsNotReadOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.fillEvents(t, 5000)
	counted := &failing{from: 1 << 30}
	w.through(counted)
	req := httptest.NewRequestWithContext(t.Context(), "GET", exportPath, nil)
	req.Header.Set("Authorization", "token "+auditor)
	func() {
		defer func() { _ = recover() }()
		w.ServeHTTP(deaf{httptest.NewRecorder()}, req)
	}()
	if counted.readings != readingsOfAnExport {
		t.Errorf("there were %d readings, want %d", counted.readings, readingsOfAnExport)
	}
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Errorf("an error is logged: %s", &w.log)
	}
}

// deaf is a client that does not read.
type deaf struct{ http.ResponseWriter }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("i/o timeout") }

// through has the world answer from its store by way of f.
func (w *world) through(f *failing) {
	w.t.Helper()
	f.Store = w.store
	w.serve(usher.NewService(f))
}

// fillEvents appends n events to OctoDemo's, behind usher's back.
func (w *world) fillEvents(t testing.TB, n int) {
	t.Helper()
	driver, counted := "sqlite", "SELECT 1"
	if sqlstore.IsPostgres(w.database) {
		driver, counted = "pgx", "ANALYZE events" // as autovacuum would, before long
	}
	db, err := sql.Open(driver, w.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO events (account, number, at, known_at, action, actor_id, token_id, user_id, team_id, request_id)
		SELECT a.account, a.last_event + n.i, a.last_event_at + n.i, a.last_event_at + n.i, 'copilot.cfb_seat_assignment_created', 1001, 1, 1 + n.i %% 4, 0, 'ABCD:' || n.i
		FROM accounts a, n WHERE a.login = 'OctoDemo'`, n),
		fmt.Sprintf(`UPDATE accounts SET last_event = last_event + %d, last_event_at = last_event_at + %d WHERE login = 'OctoDemo'`, n, n),
		counted,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
