package e2e

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v89/github"
)

// call is one call of go-github's, of which only the error is of interest.
type call func(context.Context, *github.CopilotService) error

func getBilling(org string) call {
	return func(ctx context.Context, copilot *github.CopilotService) error {
		_, _, err := copilot.GetCopilotBilling(ctx, org)
		return err
	}
}

func getSeat(login string) call {
	return func(ctx context.Context, copilot *github.CopilotService) error {
		_, _, err := copilot.GetSeatDetails(ctx, "acme-dev", login)
		return err
	}
}

func listEnterprise(slug string) call {
	return func(ctx context.Context, copilot *github.CopilotService) error {
		_, _, err := copilot.ListCopilotEnterpriseSeats(ctx, slug, nil)
		return err
	}
}

func addUsers(org string, logins ...string) call {
	return func(ctx context.Context, copilot *github.CopilotService) error {
		_, _, err := copilot.AddCopilotUsers(ctx, org, logins)
		return err
	}
}

func removeUsers(org string, logins ...string) call {
	return func(ctx context.Context, copilot *github.CopilotService) error {
		_, _, err := copilot.RemoveCopilotUsers(ctx, org, logins)
		return err
	}
}

func addTeams(org string, teams ...string) call {
	return func(ctx context.Context, copilot *github.CopilotService) error {
		_, _, err := copilot.AddCopilotTeams(ctx, org, teams)
		return err
	}
}

// Where errors point: the operation, or GitHub's documentation as a whole.
const (
	docs         = "https://docs.github.com/rest"
	userDocs     = docs + "/copilot/copilot-user-management#"
	billingDocs  = userDocs + "get-copilot-seat-information-and-settings-for-an-organization"
	memberDocs   = userDocs + "get-copilot-seat-assignment-details-for-a-user"
	addUsersDocs = userDocs + "add-users-to-the-copilot-subscription-for-an-organization"
)

func isRefusedWithTypedErrors(t *testing.T, url string) {
	t.Parallel()
	for _, c := range []struct {
		name, token string
		call        call
		status      int
		message     string // its beginning
		docs        string
		errors      []github.Error
	}{
		{
			name: "a token that nobody knows", token: "ghp_nobody", call: getBilling("acme-dev"),
			status: http.StatusUnauthorized, message: "Bad credentials", docs: docs,
		},
		{
			name: "a token that has expired", token: "ghp_ada_expired", call: addUsers("acme-dev", "linus"),
			status: http.StatusUnauthorized, message: "Bad credentials", docs: docs,
		},
		{
			name: "no token", call: getBilling("acme-dev"),
			status: http.StatusUnauthorized, message: "Requires authentication", docs: docs,
		},
		{
			name: "a token without the scope", token: "ghp_ada_no_scope", call: getBilling("acme-dev"),
			status: http.StatusForbidden, message: "This endpoint needs a token with one of these scopes: manage_billing:copilot", docs: billingDocs,
		},
		{
			name: "a member who is no owner", token: "ghp_linus", call: getBilling("acme-dev"),
			status: http.StatusForbidden, message: "You must be an owner of the organization acme-dev", docs: billingDocs,
		},
		{
			name: "a fine-grained token that may only read", token: "github_pat_ada_read", call: addUsers("acme-dev", "linus"),
			status: http.StatusForbidden, message: "Resource not accessible by personal access token", docs: addUsersDocs,
		},
		{
			name: "an App on an enterprise's seats", token: "ghs_acme_dev", call: listEnterprise("acme"),
			status: http.StatusForbidden, message: "Resource not accessible by integration",
			docs: "https://docs.github.com/enterprise-cloud@latest/rest/copilot/copilot-user-management#list-all-copilot-seat-assignments-for-an-enterprise",
		},
		{
			name: "an organization that nobody knows", token: "ghp_ada", call: getBilling("acme-nowhere"),
			status: http.StatusNotFound, message: "Not Found", docs: billingDocs,
		},
		{
			name: "an organization that the caller is not in", token: "ghp_stranger", call: getBilling("acme-dev"),
			status: http.StatusNotFound, message: "Not Found", docs: billingDocs,
		},
		{
			name: "a member without a seat", token: "ghp_ada", call: getSeat("linus"),
			status: http.StatusNotFound, message: "Not Found", docs: memberDocs,
		},
		{
			name: "an organization without Copilot", token: "ghp_ada", call: getBilling("acme-labs"),
			status: http.StatusNotFound, message: "Copilot Business is not enabled for this organization.", docs: billingDocs,
		},
		{
			name: "somebody who is only invited", token: "ghp_ada", call: getSeat("newhire"),
			status: http.StatusUnprocessableEntity, message: "The user newhire has a pending organization invitation.", docs: memberDocs,
		},
		{
			name: "logins that cannot be given a seat", token: "ghp_ada", call: addUsers("acme-dev", "linus", "nobody", "stranger"),
			status: http.StatusUnprocessableEntity, message: "Validation Failed", docs: addUsersDocs,
			errors: []github.Error{
				{Resource: "User", Code: "missing", Field: "selected_usernames"},
				{Resource: "User", Code: "invalid", Field: "selected_usernames"},
			},
		},
		{
			name: "a team that nobody knows", token: "ghp_ada", call: addTeams("acme-dev", "engineering", "nobodies"),
			status: http.StatusUnprocessableEntity, message: "Validation Failed", docs: userDocs + "add-teams-to-the-copilot-subscription-for-an-organization",
			errors: []github.Error{{Resource: "Team", Code: "missing", Field: "selected_teams"}},
		},
		{
			name: "a seat that a team holds", token: "ghp_ada", call: removeUsers("acme-dev", "dev-003", "dev-251"),
			status: http.StatusUnprocessableEntity, message: "A user's seat cannot be cancelled because it was assigned to them via a team.", docs: userDocs + "remove-users-from-the-copilot-subscription-for-an-organization",
			errors: []github.Error{{Resource: "User", Code: "unprocessable", Field: "selected_usernames"}},
		},
		{
			name: "an organization in which all members have seats", token: "ghp_ada", call: addUsers("acme-all", "dev-001"),
			status: http.StatusUnprocessableEntity, message: "Your organization has enabled Copilot access for all members. Enable access for selected members in order to manage seats via the API.",
			docs: "https://docs.github.com/copilot/configuring-github-copilot/configuring-github-copilot-settings-in-your-organization#enabling-access-to-github-copilot-for-specific-users-in-your-organization",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.call(t.Context(), goGitHub(t, url, c.token).Copilot)
			var got *github.ErrorResponse
			if !errors.As(err, &got) {
				t.Fatalf("got %T %v, want *github.ErrorResponse", err, err)
			}
			if got.Response.StatusCode != c.status || !strings.HasPrefix(got.Message, c.message) || got.DocumentationURL != c.docs {
				t.Errorf("got %d %q, documented at %s\nwant %d %q, documented at %s",
					got.Response.StatusCode, got.Message, got.DocumentationURL, c.status, c.message, c.docs)
			}
			for i := range got.Errors {
				if got.Errors[i].Message == "" {
					t.Errorf("item %d has no message", i)
				}
				got.Errors[i].Message = ""
			}
			if diff := cmp.Diff(c.errors, got.Errors); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
		})
	}
}

func asksInBothAPIVersions(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghp_ada")
	for _, version := range []string{"2022-11-28", "2026-03-10"} {
		request, err := client.NewRequest(t.Context(), "GET", "orgs/acme-dev/copilot/billing/seats", nil, github.WithVersion(version))
		if err != nil {
			t.Fatal(err)
		}
		var seats github.ListCopilotSeatsResponse
		response, err := client.Do(request, &seats)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("X-GitHub-Api-Version-Selected"); got != version {
			t.Errorf("got version %q, want %s", got, version)
		}
		if seats.TotalSeats != 254 || len(seats.Seats) != 50 {
			t.Errorf("version %s: got %d seats of %d, want 50 of 254", version, len(seats.Seats), seats.TotalSeats)
		}
	}
}
