package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v89/github"
)

// auditLog is how go-github asks for the log of an organization or an enterprise.
type auditLog func(options *github.GetAuditLogOptions) ([]*github.AuditEntry, *github.Response, error)

func auditLogs(t *testing.T, url string) map[string]auditLog {
	client := goGitHub(t, url, "ghp_ada_audit")
	return map[string]auditLog{
		"organization": func(options *github.GetAuditLogOptions) ([]*github.AuditEntry, *github.Response, error) {
			return client.Organizations.GetAuditLog(t.Context(), "acme-dev", options)
		},
		"enterprise": func(options *github.GetAuditLogOptions) ([]*github.AuditEntry, *github.Response, error) {
			return client.Enterprise.GetAuditLog(t.Context(), "acme", options)
		},
	}
}

// A compliance tool walks through the log by its cursors, to the end and back, in both orders.
func TestGoGitHubWalksTheAuditLogByItsCursors(t *testing.T) {
	t.Parallel()
	for name, get := range auditLogs(t, serve(t).url) {
		for _, order := range []string{"desc", "asc"} {
			options := &github.GetAuditLogOptions{Phrase: new("action:copilot created:>=2026-01-01"), Include: new("all"), Order: &order}
			options.PerPage = 100
			var there, back []string
			for {
				page, response, err := get(options)
				if err != nil {
					t.Fatal(err)
				}
				there = append(there, documents(page)...)
				if response.After == "" {
					break
				}
				options.After = response.After
			}
			for options.After = ""; ; {
				page, response, err := get(options)
				if err != nil {
					t.Fatal(err)
				}
				if options.Before == "" { // the first page: from its end back is from the last page
					options.Before = lastCursor(t, get, options)
					continue
				}
				back = append(documents(page), back...)
				if response.Before == "" {
					break
				}
				options.Before = response.Before
			}
			if len(there) < 300 || len(there) != len(slices.Compact(slices.Sorted(slices.Values(there)))) {
				t.Errorf("%s, %s: got %d events, want each of more than 300 once", name, order, len(there))
			}
			if diff := cmp.Diff(there[:len(back)], back); diff != "" || len(back) == 0 {
				t.Errorf("%s, %s: %d events backwards (-there +back):\n%s", name, order, len(back), diff)
			}
		}
	}
}

// lastCursor is what the last page is said to be before.
func lastCursor(t *testing.T, get auditLog, first *github.GetAuditLogOptions) string {
	t.Helper()
	options := *first
	for {
		_, response, err := get(&options)
		if err != nil {
			t.Fatal(err)
		}
		if response.After == "" {
			return response.Before
		}
		options.After = response.After
	}
}

func documents(page []*github.AuditEntry) []string {
	names := make([]string, len(page))
	for i, entry := range page {
		names[i] = entry.GetDocumentID()
	}
	return names
}

func TestGoGitHubReadsWhoDidWhat(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	if _, _, err := goGitHub(t, url, "ghp_ada").Copilot.AddCopilotUsers(t.Context(), "acme-dev", []string{"linus"}); err != nil {
		t.Fatal(err)
	}
	for name, get := range auditLogs(t, url) {
		page, _, err := get(&github.GetAuditLogOptions{Phrase: new("actor:ada user:linus action:copilot.cfb_seat_added")})
		if err != nil || len(page) != 1 {
			t.Fatalf("%s: got %d events, %v", name, len(page), err)
		}
		entry := page[0]
		got := []any{
			entry.GetAction(), entry.GetActor(), entry.GetActorID(), entry.GetUser(), entry.GetUserID(), entry.GetOrg(), entry.GetBusiness(),
			entry.GetTimestamp().UTC(), entry.GetCreatedAt().UTC(), entry.AdditionalFields["operation_type"], entry.AdditionalFields["programmatic_access_type"],
		}
		noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		want := []any{
			"copilot.cfb_seat_added", "ada", int64(101), "linus", int64(103), "acme-dev", "acme",
			noon, noon, "create", "Personal access token (classic)",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		_, response, err := get(&github.GetAuditLogOptions{Phrase: new("repo:acme-dev/site")})
		if err == nil || response.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: a qualifier that usher does not know: got %v, want 422", name, err)
		}
	}
}
