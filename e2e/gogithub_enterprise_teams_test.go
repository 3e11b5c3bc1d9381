package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-github/v89/github"
)

// usernames are the people of a list, in its order.
func usernames(users []*github.User) string {
	var logins []string
	for _, user := range users {
		logins = append(logins, user.GetLogin())
	}
	return strings.Join(logins, " ")
}

// organizationLogins are the organizations of a list, in its order.
func organizationLogins(organizations []*github.Organization) string {
	var logins []string
	for _, organization := range organizations {
		logins = append(logins, organization.GetLogin())
	}
	return strings.Join(logins, " ")
}

func TestGoGitHubManagesAnEnterprisesTeams(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_enterprise").Enterprise
	ctx := t.Context()
	text, selected := "On the road.", "selected"
	made, _, err := client.CreateTeam(ctx, "acme", github.EnterpriseTeamCreateOrUpdateRequest{Name: "Field Crew", Description: &text})
	if err != nil || made.Slug != "ent:field-crew" || made.GetDescription() != text || made.GetOrganizationSelectionType() != "disabled" {
		t.Fatalf("the new team: got %+v, %v", made, err)
	}
	teams, response, err := client.ListTeams(ctx, "acme", &github.ListOptions{PerPage: 1})
	if err != nil || len(teams) != 1 || teams[0].Slug != "ent:platform" || response.NextPage != 2 || response.LastPage != 2 {
		t.Errorf("the first page: got %v of %+v, %v", teams, response, err)
	}
	changed, _, err := client.UpdateTeam(ctx, "acme", made.Slug, github.EnterpriseTeamCreateOrUpdateRequest{Name: "Road Crew", OrganizationSelectionType: &selected})
	if err != nil || changed.Slug != "ent:road-crew" || changed.GetOrganizationSelectionType() != selected {
		t.Fatalf("the changed team: got %+v, %v", changed, err)
	}
	found, _, err := client.GetTeam(ctx, "acme", changed.Slug)
	if err != nil || found.ID != made.ID || found.Name != "Road Crew" {
		t.Errorf("the team: got %+v, %v", found, err)
	}
	if _, err := client.DeleteTeam(ctx, "acme", changed.Slug); err != nil {
		t.Error(err)
	}
	if _, response, err := client.GetTeam(ctx, "acme", changed.Slug); err == nil || response.StatusCode != 404 {
		t.Errorf("the deleted team: got %v, want a 404", err)
	}
}

func TestGoGitHubManagesWhoIsInAnEnterpriseTeam(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	client := goGitHub(t, url, "ghp_ada_enterprise")
	ctx := t.Context()
	const team = "ent:platform" // which has a grant
	added, _, err := client.Enterprise.BulkAddTeamMembers(ctx, "acme", team, []string{"dev-002", "grace"})
	if got := usernames(added); err != nil || got != "dev-002 grace" {
		t.Errorf("added: got %s, %v", got, err)
	}
	one, _, err := client.Enterprise.AddTeamMember(ctx, "acme", team, "dev-003")
	if err != nil || one.GetLogin() != "dev-003" {
		t.Errorf("one more: got %v, %v", one, err)
	}
	if _, _, err := client.Enterprise.GetTeamMembership(ctx, "acme", team, "dev-003"); err != nil {
		t.Error(err)
	}
	people, _, err := client.Enterprise.ListTeamMembers(ctx, "acme", team, nil)
	if err != nil || len(people) != 5 {
		t.Errorf("who is in it: got %s, %v; want five", usernames(people), err)
	}
	seats := func(want string) {
		t.Helper()
		list, _, err := goGitHub(t, url, "ghp_ada").Copilot.ListCopilotEnterpriseSeats(ctx, "acme", nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, seat := range list.Seats {
			if user, ok := seat.GetUser(); ok && user.GetLogin() == "grace" && seat.AssigningTeam != nil {
				got = append(got, "until "+seat.GetPendingCancellationDate())
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("grace's rows through teams: got %q, want %q", got, want)
		}
	}
	seats("until ")
	removed, _, err := client.Enterprise.BulkRemoveTeamMembers(ctx, "acme", team, []string{"grace", "dev-002"})
	if got := usernames(removed); err != nil || got != "grace dev-002" {
		t.Errorf("removed: got %s, %v", got, err)
	}
	seats("until 2026-12-01")
	if _, err := client.Enterprise.RemoveTeamMember(ctx, "acme", team, "dev-003"); err != nil {
		t.Error(err)
	}
	if _, response, err := client.Enterprise.GetTeamMembership(ctx, "acme", team, "dev-003"); err == nil || response.StatusCode != 404 {
		t.Errorf("who has left: got %v, want a 404", err)
	}
}

func TestGoGitHubAssignsAnEnterpriseTeamToOrganizations(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_enterprise").Enterprise
	ctx := t.Context()
	const team = "ent:platform"
	selected := "selected"
	if _, _, err := client.UpdateTeam(ctx, "acme", team, github.EnterpriseTeamCreateOrUpdateRequest{Name: "Platform", OrganizationSelectionType: &selected}); err != nil {
		t.Fatal(err)
	}
	added, _, err := client.AddMultipleAssignments(ctx, "acme", team, []string{"acme-all", "acme-dev"})
	if got := organizationLogins(added); err != nil || got != "acme-all acme-dev" {
		t.Errorf("assigned: got %s, %v", got, err)
	}
	list, _, err := client.ListAssignments(ctx, "acme", team, nil)
	if got := organizationLogins(list); err != nil || got != "acme-dev acme-all" {
		t.Errorf("assignments: got %s, %v", got, err)
	}
	if _, _, err := client.RemoveMultipleAssignments(ctx, "acme", team, []string{"acme-all"}); err != nil {
		t.Error(err)
	}
	if _, response, err := client.GetAssignment(ctx, "acme", team, "acme-all"); err == nil || response.StatusCode != 404 {
		t.Errorf("one that is taken back: got %v, want a 404", err)
	}
	one, _, err := client.AddAssignment(ctx, "acme", team, "acme-all")
	if err != nil || one.GetLogin() != "acme-all" {
		t.Errorf("one: got %v, %v", one, err)
	}
	if _, err := client.RemoveAssignment(ctx, "acme", team, "acme-all"); err != nil {
		t.Error(err)
	}
	list, _, err = client.ListAssignments(ctx, "acme", team, nil)
	if got := organizationLogins(list); err != nil || got != "acme-dev" {
		t.Errorf("what is left: got %s, %v", got, err)
	}
}
