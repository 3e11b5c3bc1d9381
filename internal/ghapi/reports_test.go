package ghapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher/internal/ghapi"
)

// reports are the routes of reports on how the assistant was used.
func reports(t *testing.T) []ghapi.Route {
	t.Helper()
	var found []ghapi.Route
	for _, route := range ghapi.Routes() {
		if strings.Contains(route.Pattern, "/copilot/metrics/reports/") {
			found = append(found, route)
		}
	}
	if len(found) != 12 {
		t.Fatalf("got %d routes of reports, want GitHub's 12", len(found))
	}
	return found
}

// at is a route's path in this world.
func at(route ghapi.Route) string {
	return strings.NewReplacer("{org}", "octodemo", "{enterprise}", "octo-enterprise").Replace(route.Pattern)
}

func ofOneDay(route ghapi.Route) bool { return strings.HasSuffix(route.Pattern, "-1-day") }

func TestThereIsNeverAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, route := range reports(t) {
		paths := []string{at(route), "/api/v3" + at(route), strings.Replace(at(route), "/orgs/octodemo/", "/organizations/9919/", 1)}
		for _, path := range paths {
			if ofOneDay(route) {
				path += "?day=2026-11-19"
			}
			got := w.get(path, everything)
			if got.Status != 204 || got.Body != "" {
				t.Errorf("%s: got %d %s, want 204", path, got.Status, got.Body)
			}
			for _, name := range []string{"Content-Type", "ETag", "Cache-Control", "Link"} {
				if values := got.Header.Values(name); len(values) > 0 {
					t.Errorf("%s: got %s: %s, want none", path, name, values)
				}
			}
		}
		if diff := cmp.Diff(refusal{401, "Requires authentication", docsRoot}, w.get(at(route), "").refusal(t)); diff != "" {
			t.Errorf("%s without a token (-want +got):\n%s", route.Pattern, diff)
		}
	}
}

func TestAReportOnOneDayNeedsTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, route := range reports(t) {
		for query, want := range map[string]string{
			"":                                    `"day" wasn't supplied.`,
			"?date=2026-11-19":                    `"day" wasn't supplied.`,
			"?day":                                `For 'properties/day', "" is not a date.`,
			"?day=":                               `For 'properties/day', "" is not a date.`,
			"?day=yesterday":                      `For 'properties/day', "yesterday" is not a date.`,
			"?day=2026-11-19T00:00:00Z":           `For 'properties/day', "2026-11-19T00:00:00Z" is not a date.`,
			"?day=2026-11-31":                     `For 'properties/day', "2026-11-31" is not a date.`,
			"?day=2026-11-19&day=%22%3C":          `For 'properties/day', "\"<" is not a date.`,
			"?day=2026-11-31&day=2026-11-19":      "",
			"?day=2036-01-01":                     "",
			"?day=" + strings.Repeat("1", 10_000): fmt.Sprintf(`For 'properties/day', "%s… is not a date.`, strings.Repeat("1", 199)),
		} {
			got := w.get(at(route)+query, everything)
			if want == "" || !ofOneDay(route) {
				if got.Status != 204 {
					t.Errorf("%s%.99s: got %d %s, want 204", route.Pattern, query, got.Status, got.Body)
				}
				continue
			}
			if diff := cmp.Diff(refusal{422, "Invalid request.\n\n" + want, route.Docs}, got.refusal(t)); diff != "" {
				t.Errorf("%s%.99s (-want +got):\n%s", route.Pattern, query, diff)
			}
		}
	}
}

// Where the caller may not ask, nothing is said of the day.
func TestReportsAreForWhoHasTheScopeThePermissionAndTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for token, want := range map[string]struct{ organization, enterprise int }{
		"ghp_read_org":          {422, 403},
		"ghp_admin_org":         {422, 403},
		"ghp_billing":           {403, 422}, // unlike seats, an organization's reports are not for this scope
		"ghp_read_enterprise":   {403, 422},
		"ghp_admin_enterprise":  {403, 422},
		"ghp_repo":              {403, 403},
		"ghp_member":            {403, 403},
		"ghp_outsider":          {404, 404},
		"gho_betty":             {404, 422},
		"ghp_nobody":            {401, 401},
		"github_pat_metrics":    {422, 403},
		"github_pat_seats_read": {403, 403},
		"ghs_admin_write":       {403, 403},
	} {
		for _, route := range reports(t) {
			if !ofOneDay(route) {
				continue
			}
			status := want.organization
			if strings.HasPrefix(route.Pattern, "/enterprises/") {
				status = want.enterprise
			}
			if got := w.get(at(route), token); got.Status != status {
				t.Errorf("%s as %s: got %d %s, want %d", route.Pattern, token, got.Status, got.Body, status)
			}
		}
	}
}
