package e2e

import (
	"testing"

	"github.com/google/go-github/v89/github"
)

// A clean-up script takes back a seat that only a team holds by taking its person out of the
// team.
func TestGoGitHubReclaimsATeamsSeat(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_admin")
	ctx := t.Context()
	teams, _, err := client.Teams.ListTeams(ctx, "acme-dev", nil)
	if err != nil || len(teams) != 3 || teams[1].GetParent().GetSlug() != "engineering" {
		t.Fatalf("teams: got %v, %v; want three, the second a child of the first", teams, err)
	}
	team, _, err := client.Teams.GetTeamBySlug(ctx, "acme-dev", "engineering")
	if err != nil || team.GetMembersCount() != 4 || team.GetOrganization().GetLogin() != "acme-dev" {
		t.Fatalf("engineering: got %v, %v; want four people, its child team's with them", team, err)
	}
	maintainers, _, err := client.Teams.ListTeamMembersBySlug(ctx, "acme-dev", "engineering", &github.TeamListTeamMembersOptions{Role: "maintainer"})
	if err != nil || len(maintainers) != 1 || maintainers[0].GetLogin() != "ada" {
		t.Errorf("maintainers: got %v, %v; want ada", maintainers, err)
	}
	place, _, err := client.Teams.GetTeamMembershipBySlug(ctx, "acme-dev", "engineering", "dev-251")
	if err != nil || place.GetRole() != "member" || place.GetState() != "active" {
		t.Errorf("a membership: got %v, %v", place, err)
	}
	if _, err := client.Teams.RemoveTeamMembershipBySlug(ctx, "acme-dev", "engineering", "dev-251"); err != nil {
		t.Fatal(err)
	}
	seat, _, err := client.Copilot.GetSeatDetails(ctx, "acme-dev", "dev-251")
	if err != nil || seat.GetPendingCancellationDate() != "2026-12-01" {
		t.Errorf("the seat of who has left: got %v, %v; want it to end on 2026-12-01", seat, err)
	}
	if _, _, err := client.Teams.AddTeamMembershipBySlug(ctx, "acme-dev", "engineering", "dev-251", &github.TeamAddTeamMembershipOptions{Role: "maintainer"}); err != nil {
		t.Fatal(err)
	}
	seat, _, err = client.Copilot.GetSeatDetails(ctx, "acme-dev", "dev-251")
	if err != nil || seat.PendingCancellationDate != nil {
		t.Errorf("the seat of who is back: got %v, %v; want it live", seat, err)
	}
}
