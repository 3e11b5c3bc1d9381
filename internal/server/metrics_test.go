package server

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher/internal/enginetest"
)

const (
	operationsPage = "../../docs/operations.md"
	alertRules     = "../../packaging/alerts.yml"
)

// served are usher's metrics, with their types, and each with a help.
func served(t *testing.T, text string) map[string]string {
	t.Helper()
	types := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^# HELP (usher_\w+) (.*)\n# TYPE usher_\w+ (\w+)$`).FindAllStringSubmatch(text, -1) {
		types[match[1]] = match[3]
		if match[2] == "" {
			t.Errorf("%s has no help", match[1])
		}
	}
	return types
}

// scraped is what a server that has answered and settled shows.
func scraped(t *testing.T) string {
	t.Helper()
	s := run(t, configWith(t, world))
	s.get(t, billing)
	for i := range 20 {
		s.get(t, fmt.Sprintf("/nowhere/%d", i))
		s.get(t, fmt.Sprintf("/orgs/nobody-%d/copilot/billing", i))
	}
	var text string
	enginetest.Await(t, "counted seats", func() bool {
		text = s.get(t, "/_usher/metrics")
		return strings.Contains(text, "\nusher_seats{")
	})
	return text
}

func TestTheMetricsAreThoseThatAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(operationsPage)
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, match := range regexp.MustCompile("(?m)^\\| `(usher_\\w+)(?:\\{[^}]*\\})?` \\| (\\w+) \\|").FindAllStringSubmatch(string(page), -1) {
		documented[match[1]] = match[2]
	}
	text := scraped(t)
	if diff := cmp.Diff(served(t, text), documented); diff != "" {
		t.Errorf("metrics (-served +documented):\n%s", diff)
	}
	for _, want := range []string{
		`usher_build_info{goversion="go1.`,
		`usher_database_connections_max{pool="read"} `,
		`usher_database_connections_max{pool="write"} `,
		`usher_database_connections{pool="read",state="in_use"} 0`,
		`usher_seats{state="live"} 1`,
		`usher_seats{state="pending"} 1`,
		`usher_settle_failures_total 0`,
		`usher_http_requests_total{method="GET",route="none",status="404"} 20`,
		`usher_http_requests_total{method="GET",route="/orgs/{org}/copilot/billing",status="404"} 20`,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
}

// What settles late is seen by how late it is, and a database that cannot be read by what is not
// shown any more; a scrape asks it nothing.
func TestTheMetricsSayWhenTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	var wall clock
	wall.set(time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC))
	config := configWith(t, world)
	config.Wall = wall.now
	s := open(t, config)
	if _, err := s.service.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.standing.note(3, nil)
	s.standing.count(t.Context(), s.service)
	wall.set(wall.now().Add(90 * time.Second))
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.service.Settle(t.Context())
	s.standing.note(0, err)
	got := gathered(t, s)
	for name, want := range map[string]float64{
		"usher_settle_lag_seconds": 90, "usher_settle_failures_total": 1, "usher_settled_endings_total": 3, "usher_seats": 1, "usher_build_info": 1,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	s.standing.count(t.Context(), s.service)
	if seats, ok := gathered(t, s)["usher_seats"]; ok {
		t.Errorf("seats that nobody can count: got %v, want none", seats)
	}
}

// gathered are the first values of what a server shows of its standing.
func gathered(t *testing.T, s *Server) map[string]float64 {
	t.Helper()
	m := newMetrics()
	m.registry.MustRegister(s.standing, s.standing.failures, s.standing.endings)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		first := family.GetMetric()[0]
		values[family.GetName()] = first.GetGauge().GetValue() + first.GetCounter().GetValue()
	}
	return values
}

func TestTheAlertRulesSpeakOfMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(alertRules)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(operationsPage)
	if err != nil {
		t.Fatal(err)
	}
	types := served(t, scraped(t))
	alerts := map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if alerts[rule.Alert] || !strings.HasPrefix(rule.Alert, "Usher") {
				t.Errorf("the alert %q: got it twice or by another name, want Usher… once", rule.Alert)
			}
			alerts[rule.Alert] = true
			names := regexp.MustCompile(`\busher_\w+`).FindAllString(rule.Expr, -1)
			if len(names) == 0 && !strings.HasPrefix(rule.Expr, "up{") {
				t.Errorf("%s asks for no metric: %s", rule.Alert, rule.Expr)
			}
			for _, name := range names {
				if histogram, is := strings.CutSuffix(name, "_bucket"); is && types[histogram] == "histogram" {
					continue
				}
				if types[name] == "" {
					t.Errorf("%s asks for %s, which is no metric of usher", rule.Alert, name)
				}
			}
			if _, err := time.ParseDuration(rule.For); err != nil || rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" {
				t.Errorf("%s: got for %q, labels %v, annotations %v; want a duration, a severity and a summary", rule.Alert, rule.For, rule.Labels, rule.Annotations)
			}
			if !strings.Contains(string(page), "| `"+rule.Alert+"` |") {
				t.Errorf("%s does not say what to do about %s", operationsPage, rule.Alert)
			}
		}
	}
	if len(alerts) < 5 {
		t.Errorf("got the alerts %v, want all", slices.Sorted(maps.Keys(alerts)))
	}
}

// TestPromtoolTakesTheAlertRules is what Prometheus itself says of the rules, and of the cases in
// the file beside them.
func TestPromtoolTakesTheAlertRules(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is absent: the alert rules are checked by name only, not as PromQL; Prometheus brings it")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		command := exec.Command(promtool, args...)
		command.Dir = filepath.Dir(alertRules)
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// The line of a request says who asked for which organization by which route, in both formats,
// and never the token.
func TestALineNamesCallerAndOrganization(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	config := configWith(t, world)
	config.Log = slog.New(slog.NewJSONHandler(log, nil))
	s := run(t, config)
	s.get(t, "/orgs/OctoDemo/copilot/billing?x=1")
	s.get(t, "/orgs/nobody/copilot/billing")
	var lines []string
	enginetest.Await(t, "both lines", func() bool {
		lines = slices.DeleteFunc(strings.Split(log.String(), "\n"), func(line string) bool { return !strings.Contains(line, `"msg":"request"`) })
		return len(lines) == 2
	})
	for i, want := range []*regexp.Regexp{
		regexp.MustCompile(`"msg":"request","request_id":"[0-9A-F:]+","method":"GET","path":"/orgs/OctoDemo/copilot/billing","route":"/orgs/\{org\}/copilot/billing","status":200,"bytes":\d{3},"duration":\d+,"actor":"mona","actor_id":\d+,"token_id":\d+,"organization":"octodemo"\}$`),
		regexp.MustCompile(`"path":"/orgs/nobody/copilot/billing","route":"/orgs/\{org\}/copilot/billing","status":404,"bytes":\d+,"duration":\d+,"actor":"mona","actor_id":\d+,"token_id":\d+\}$`),
	} {
		if !want.MatchString(lines[i]) {
			t.Errorf("line %d:\n got %s\nwant %s", i, lines[i], want)
		}
	}
	if strings.Contains(log.String(), "ghp_mona") {
		t.Errorf("the log has a token:\n%s", log)
	}
}
