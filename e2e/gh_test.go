//go:build gh

// These tests need gh, so `make long` runs them where there is one, and `make test` does
// not have them.

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is what a run of gh has written, and its exit code.
type said struct {
	Stdout, Stderr string
	Code           int
}

// runGH runs gh with the token that it takes for servers of one's own.
func runGH(t *testing.T, token, stdin string, args ...string) said {
	t.Helper()
	return runGHWith(t, []string{"GH_ENTERPRISE_TOKEN=" + token}, stdin, args...)
}

// runGHAsHost runs gh where GitHub itself is the server at url: gh knows one host without
// encryption, github.localhost, and gets there through a proxy.
func runGHAsHost(t *testing.T, url, token string, args ...string) said {
	t.Helper()
	return runGHWith(t, []string{"GH_TOKEN=" + token, "GH_HOST=github.localhost", "HTTP_PROXY=" + url}, "", args...)
}

func runGHWith(t *testing.T, env []string, stdin string, args ...string) said {
	t.Helper()
	gh, err := exec.LookPath("gh")
	if err != nil {
		t.Fatal("gh is not found: install it, or leave out the tag gh")
	}
	var stdout, stderr strings.Builder
	command := exec.CommandContext(t.Context(), gh, args...)
	command.Env = append(
		env,
		"PATH="+os.Getenv("PATH"), "HOME="+t.TempDir(), "GH_CONFIG_DIR="+t.TempDir(), "GH_NO_UPDATE_NOTIFIER=1",
	)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err = command.Run()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return said{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

func TestGHWalksThePages(t *testing.T) {
	t.Parallel()
	url := serve(t).url + "/api/v3/orgs/acme-dev/copilot/billing/seats"
	got := runGH(t, "ghp_ada", "", "api", url, "--paginate", "--jq", ".seats[].assignee.login")
	if got.Code != 0 || got.Stderr != "" {
		t.Fatalf("gh api --paginate: got code %d\n%s", got.Code, got.Stderr)
	}
	logins := map[string]bool{}
	for line := range strings.Lines(got.Stdout) {
		logins[line] = true
	}
	if rows := strings.Count(got.Stdout, "\n"); rows != 254 || len(logins) != 254 {
		t.Errorf("got %d lines with %d people, want 254 of both", rows, len(logins))
	}
}

func TestGHGivesSeatsAndTakesThemBack(t *testing.T) {
	t.Parallel()
	url := serve(t).url + "/api/v3/orgs/acme-dev/copilot/billing"
	body := `{"selected_usernames":["linus"]}` + "\n"
	for _, c := range []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"fields of a POST", "", []string{"-f", "selected_usernames[]=linus", "-f", "selected_usernames[]=dev-002", url + "/selected_users"}, `{"seats_created":2}`},
		{"fields of a DELETE", "", []string{"-X", "DELETE", "-f", "selected_usernames[]=linus", url + "/selected_users"}, `{"seats_cancelled":1}`},
		{"a chunked POST", body, []string{"--input", "-", url + "/selected_users"}, `{"seats_created":1}`},
		{"a chunked DELETE", body, []string{"-X", "DELETE", "--input", "-", url + "/selected_users"}, `{"seats_cancelled":1}`},
		{"a team", "", []string{"-f", "selected_teams[]=docs-team", url + "/selected_teams"}, `{"seats_created":2}`},
		{"what has become of all", "", []string{"--jq", ".seat_breakdown | {total, pending_cancellation}", url}, `{"pending_cancellation":1,"total":257}`},
	} {
		got := runGH(t, "ghp_ada", c.stdin, append([]string{"api"}, c.args...)...)
		got.Stdout = strings.TrimSuffix(got.Stdout, "\n")
		if diff := cmp.Diff(said{Stdout: c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestGHSaysWhyItWasRefused(t *testing.T) {
	t.Parallel()
	url := serve(t).url + "/api/v3/orgs/"
	for _, c := range []struct {
		name, token string
		args        []string
		want        string // in what it says
	}{
		{"a bad token", "ghp_nobody", []string{url + "acme-dev/copilot/billing"}, "gh: Bad credentials (HTTP 401)\n"},
		{"a missing scope", "ghp_ada_no_scope", []string{url + "acme-dev/copilot/billing"}, `gh: This API operation needs the "admin:org" scope.`},
		{"an unknown organization", "ghp_ada", []string{url + "acme-nowhere/copilot/billing"}, "gh: Not Found (HTTP 404)\n"},
		{"an unknown login", "ghp_ada", []string{url + "acme-dev/copilot/billing/selected_users", "-f", "selected_usernames[]=nobody"}, "gh: Validation Failed (HTTP 422)\n"},
		{"errors that are a string", "ghp_ada", []string{url + "acme-dev/copilot/billing", "-H", "X-GitHub-Api-Version: 2019-01-01"}, `"2019-01-01", is not a supported version.`},
	} {
		got := runGH(t, c.token, "", append([]string{"api"}, c.args...)...)
		if got.Code != 1 || !strings.Contains(got.Stderr, c.want) {
			t.Errorf("%s: got code %d and\n%swant 1 and %s", c.name, got.Code, got.Stderr, c.want)
		}
	}
}

func TestGHKnowsWhoseTokenItHas(t *testing.T) {
	t.Parallel()
	got := runGHAsHost(t, serve(t).url, "github_pat_ada_read", "auth", "status", "--hostname", "github.localhost")
	if got.Code != 0 || !strings.Contains(got.Stdout+got.Stderr, "Logged in to github.localhost as ada ") {
		t.Errorf("gh auth status: got code %d and\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
}

func TestGHAsksGraphQL(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	const organizations = `query($slug: String!, $endCursor: String) {
		enterprise(slug: $slug) { organizations(first: 1, after: $endCursor) { nodes { login } pageInfo { hasNextPage endCursor } } }
	}`
	for _, c := range []struct {
		name string
		args []string
		want said
	}{
		{"who it is", []string{"-f", "query=query UserCurrent{viewer{login}}"}, said{Stdout: `{"data":{"viewer":{"login":"ada"}}}`}},
		{
			"all pages",
			[]string{"--paginate", "-f", "slug=acme", "-f", "query=" + organizations, "--jq", ".data.enterprise.organizations.nodes[].login"},
			said{Stdout: "acme-dev\nacme-labs\nacme-all\n"},
		},
		{
			"an unknown field",
			[]string{"-f", "query={viewer{nothing}}"},
			said{Stdout: `{"errors":[{"locations":[{"line":1,"column":9}],"message":"Cannot query field \"nothing\" on type \"User\"."}]}`, Stderr: "gh: Cannot query field \"nothing\" on type \"User\".\n", Code: 1},
		},
		{
			"an unknown enterprise",
			[]string{"-f", `query={enterprise(slug:"nowhere"){slug}}`, "--silent"},
			said{Stderr: "gh: Could not resolve to a Business with the URL slug of 'nowhere'.\n", Code: 1},
		},
	} {
		got := runGHAsHost(t, url, "ghp_ada", append([]string{"api", "graphql"}, c.args...)...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
