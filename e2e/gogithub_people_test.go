package e2e

import (
	"net/http"
	"testing"

	"github.com/google/go-github/v89/github"
)

// An onboarding script invites somebody, waits until they are in, and an offboarding script
// takes them out again.
func TestGoGitHubInvitesAPersonAndTakesThemOut(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	admin, newhire := goGitHub(t, url, "ghp_ada_admin").Organizations, goGitHub(t, url, "ghp_newhire").Organizations
	ctx := t.Context()
	const org = "acme-dev"

	open, _, err := admin.ListPendingOrgInvitations(ctx, org, nil)
	if err != nil || len(open) != 1 || open[0].GetLogin() != "newhire" || open[0].GetRole() != "direct_member" || open[0].FailedAt != nil {
		t.Fatalf("invitations: got %v, %v; want newhire's", open, err)
	}
	if _, err := admin.CancelInvite(ctx, org, open[0].GetID()); err != nil {
		t.Fatal(err)
	}
	invited, _, err := admin.CreateOrgInvitation(ctx, org, &github.CreateOrgInvitationOptions{InviteeID: new(int64(104)), Role: new("admin"), TeamID: []int64{1}})
	if err != nil || invited.GetLogin() != "newhire" || invited.GetInviter().GetLogin() != "ada" || invited.GetTeamCount() != 1 {
		t.Fatalf("the invitation: got %v, %v", invited, err)
	}
	place, _, err := admin.EditOrgMembership(ctx, "newhire", org, &github.Membership{Role: new("member")})
	if err != nil || place.GetState() != "pending" || place.GetRole() != "member" {
		t.Errorf("as a member: got %v, %v", place, err)
	}
	if member, _, err := admin.IsMember(ctx, org, "newhire"); member || err != nil {
		t.Errorf("who is only invited is a member: got %t, %v", member, err)
	}

	own, _, err := newhire.ListOrgMemberships(ctx, &github.ListOrgMembershipsOptions{State: "pending"})
	if err != nil || len(own) != 1 || own[0].GetOrganization().GetLogin() != org {
		t.Fatalf("newhire's own: got %v, %v", own, err)
	}
	accepted, _, err := newhire.EditOrgMembership(ctx, "", "Acme-Dev", &github.Membership{State: new("active")})
	if err != nil || accepted.GetState() != "active" || accepted.GetUser().GetLogin() != "newhire" {
		t.Fatalf("accepting: got %v, %v", accepted, err)
	}
	organizations, _, err := newhire.List(ctx, "", nil)
	if err != nil || len(organizations) != 1 || organizations[0].GetLogin() != org {
		t.Errorf("newhire's organizations: got %v, %v", organizations, err)
	}
	if member, _, err := admin.IsMember(ctx, org, "newhire"); !member || err != nil {
		t.Errorf("who has accepted is no member: got %t, %v", member, err)
	}

	if _, err := admin.RemoveMember(ctx, org, "newhire"); err != nil {
		t.Fatal(err)
	}
	if _, response, err := admin.GetOrgMembership(ctx, "newhire", org); err == nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("the membership of who is out: got %v, want 404", err)
	}
	if _, _, err := admin.EditOrgMembership(ctx, "newhire", org, &github.Membership{}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.RemoveOrgMembership(ctx, "newhire", org); err != nil {
		t.Errorf("withdrawing an invitation: %v", err)
	}
}

func TestGoGitHubWalksTheMembers(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada").Organizations
	options := &github.ListMembersOptions{ListOptions: github.ListOptions{PerPage: 100}}
	seen := map[string]bool{}
	for {
		members, response, err := client.ListMembers(t.Context(), "acme-dev", options)
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range members {
			seen[member.GetLogin()] = true
		}
		if response.NextPage == 0 {
			break
		}
		options.Page = response.NextPage
	}
	if len(seen) != 263 || !seen["ada"] || !seen["dev-260"] || seen["newhire"] { // 260, linus and two owners
		t.Errorf("members: got %d of them", len(seen))
	}
	owners, _, err := client.ListMembers(t.Context(), "acme-dev", &github.ListMembersOptions{Role: "admin"})
	if err != nil || len(owners) != 2 || owners[1].GetLogin() != "grace" {
		t.Errorf("owners: got %v, %v", owners, err)
	}
}
