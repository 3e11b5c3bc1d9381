package e2e

import (
	"errors"
	"fmt"
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

// A reorganization as a script does it: a team below a granted one, renamed, moved out and in
// again, and deleted.
func TestGoGitHubReorganizes(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_admin")
	ctx := t.Context()
	engineering, _, err := client.Teams.GetTeamBySlug(ctx, "acme-dev", "engineering")
	if err != nil {
		t.Fatal(err)
	}
	created, response, err := client.Teams.CreateTeam(ctx, "acme-dev", github.NewTeam{
		Name: "Site Reliability", Description: github.Ptr("Who carries pagers."), Maintainers: []string{"linus"}, ParentTeamID: engineering.ID,
		Privacy: github.Ptr("closed"), NotificationSetting: github.Ptr("notifications_disabled"),
	})
	if err != nil || response.StatusCode != 201 || created.GetSlug() != "site-reliability" || created.GetParent().GetSlug() != "engineering" || created.GetMembersCount() != 2 || created.GetNotificationSetting() != "notifications_disabled" {
		t.Fatalf("creating: got %v, %v", created, err)
	}
	seat := func(login, pending string) {
		t.Helper()
		got, _, err := client.Copilot.GetSeatDetails(ctx, "acme-dev", login)
		if err != nil || got.GetPendingCancellationDate() != pending {
			t.Errorf("the seat of %s: got %v, %v; want it to end on %q", login, got, err, pending)
		}
	}
	seat("linus", "")

	renamed, response, err := client.Teams.EditTeamBySlug(ctx, "acme-dev", created.GetSlug(), github.NewTeam{Name: "SRE", Description: github.Ptr("On call.")}, false)
	if err != nil || response.StatusCode != 201 || renamed.GetSlug() != "sre" || renamed.GetDescription() != "On call." || renamed.GetParent().GetID() != engineering.GetID() {
		t.Fatalf("renaming: got %v, %v", renamed, err)
	}
	organization := renamed.GetOrganization().GetID()
	alone, _, err := client.Teams.EditTeamByID(ctx, organization, created.GetID(), github.NewTeam{Name: "SRE"}, true)
	if err != nil || alone.Parent != nil {
		t.Fatalf("taking the parent away: got %v, %v", alone, err)
	}
	seat("linus", "2026-12-01")
	back, _, err := client.Teams.EditTeamByID(ctx, organization, created.GetID(), github.NewTeam{Name: "SRE", ParentTeamID: engineering.ID}, false)
	if err != nil || back.GetParent().GetSlug() != "engineering" {
		t.Fatalf("moving it back: got %v, %v", back, err)
	}
	seat("linus", "")
	_, response, err = client.Teams.EditTeamBySlug(ctx, "acme-dev", "sre", github.NewTeam{Name: "SRE"}, false)
	if err != nil || response.StatusCode != 200 {
		t.Errorf("changing nothing: got %v, %v; want 200", response, err)
	}
	if alone, _, err = client.Teams.EditTeamBySlug(ctx, "acme-dev", "sre", github.NewTeam{Name: "SRE"}, true); err != nil || alone.Parent != nil {
		t.Errorf("taking the parent away by slug: got %v, %v", alone, err)
	}

	if _, err := client.Teams.DeleteTeamBySlug(ctx, "acme-dev", "sre"); err != nil {
		t.Fatal(err)
	}
	seat("linus", "2026-12-01")
	if _, err := client.Teams.DeleteTeamByID(ctx, organization, engineering.GetID()); err != nil {
		t.Fatal(err)
	}
	seat("dev-252", "2026-12-01") // was in the child team
	if _, response, err := client.Teams.GetTeamBySlug(ctx, "acme-dev", "backend"); err == nil || response.StatusCode != 404 {
		t.Errorf("the child team of a deleted one: got %v", err)
	}
}

func TestGoGitHubIsToldWhyATeamCannotBe(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_admin")
	_, _, err := client.Teams.CreateTeam(t.Context(), "acme-dev", github.NewTeam{Name: "docs-team"})
	var refused *github.ErrorResponse
	if !errors.As(err, &refused) || refused.Response.StatusCode != 422 || len(refused.Errors) != 1 {
		t.Fatalf("a name that is taken: got %v", err)
	}
	if got := refused.Errors[0]; got.Resource != "Team" || got.Code != "already_exists" || got.Field != "name" {
		t.Errorf("a name that is taken: got %+v", got)
	}
}

func TestGoGitHubInvitesToATeam(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_admin")
	ctx := t.Context()
	place, _, err := client.Teams.AddTeamMembershipBySlug(ctx, "acme-dev", "engineering", "stranger", &github.TeamAddTeamMembershipOptions{Role: "maintainer"})
	if err != nil || place.GetState() != "pending" || place.GetRole() != "maintainer" {
		t.Fatalf("somebody from outside: got %v, %v; want a pending maintainer", place, err)
	}
	team, _, err := client.Teams.GetTeamBySlug(ctx, "acme-dev", "engineering")
	if err != nil || team.GetMembersCount() != 4 {
		t.Fatalf("engineering: got %v, %v; want four people, nobody invited among them", team, err)
	}
	organization := team.GetOrganization().GetID()
	place, _, err = client.Teams.AddTeamMembershipByID(ctx, organization, team.GetID(), "newhire", nil)
	if err != nil || place.GetState() != "pending" || place.GetRole() != "member" {
		t.Errorf("somebody invited: got %v, %v; want a pending member", place, err)
	}
	place, _, err = client.Teams.GetTeamMembershipByID(ctx, organization, team.GetID(), "newhire")
	if err != nil || place.GetState() != "pending" {
		t.Errorf("asked again: got %v, %v; want it pending", place, err)
	}
	if _, err := client.Teams.RemoveTeamMembershipByID(ctx, organization, team.GetID(), "newhire"); err != nil {
		t.Errorf("taking it back: %v", err)
	}
	if _, response, err := client.Teams.GetTeamMembershipBySlug(ctx, "acme-dev", "engineering", "newhire"); err == nil || response.StatusCode != 404 {
		t.Errorf("taken back: got %v, want 404", err)
	}
}

// What terraform-provider-github's resource github_team sends: POST, then GET, PATCH and DELETE
// by number, and the ETag of the last GET with the next.
func TestATeamIsManagedAsTerraformDoes(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada_admin")
	ctx := t.Context()
	created, _, err := client.Teams.CreateTeam(ctx, "acme-dev", github.NewTeam{Name: "Platform", Description: github.Ptr(""), Privacy: github.Ptr("secret"), NotificationSetting: github.Ptr("notifications_enabled")})
	if err != nil {
		t.Fatal(err)
	}
	organization, _, err := client.Organizations.Get(ctx, "acme-dev")
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("organizations/%d/team/%d", organization.GetID(), created.GetID())
	read := func(tag string) (*github.Team, *github.Response) {
		t.Helper()
		request, err := client.NewRequest(ctx, "GET", path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tag != "" {
			request.Header.Set("If-None-Match", tag)
		}
		team := new(github.Team)
		response, _ := client.Do(request, team) // a 304 is an error to it
		return team, response
	}
	team, response := read("")
	if response.StatusCode != 200 || team.GetPrivacy() != "secret" || team.Description != nil || team.Parent != nil {
		t.Errorf("as created: got %v", team)
	}
	tag := response.Header.Get("Etag")
	if _, response := read(tag); response.StatusCode != 304 {
		t.Errorf("unchanged: got %d, want 304", response.StatusCode)
	}
	if _, _, err := client.Teams.EditTeamByID(ctx, organization.GetID(), created.GetID(), github.NewTeam{Name: "Platform Team", Description: github.Ptr("d"), Privacy: github.Ptr("closed")}, false); err != nil {
		t.Fatal(err)
	}
	if team, response := read(tag); response.StatusCode != 200 || team.GetSlug() != "platform-team" || team.GetPrivacy() != "closed" || team.GetDescription() != "d" {
		t.Errorf("changed: got %d %v", response.StatusCode, team)
	}
	if _, err := client.Teams.DeleteTeamByID(ctx, organization.GetID(), created.GetID()); err != nil {
		t.Fatal(err)
	}
	if _, response := read(""); response.StatusCode != 404 {
		t.Errorf("deleted: got %d, want 404", response.StatusCode)
	}
}
