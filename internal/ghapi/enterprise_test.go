package ghapi_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheEnterprisesChangesAnswerWithTheirCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const users, teams = "/enterprises/octo-enterprise/copilot/billing/selected_users", "/api/v3/enterprises/42/copilot/billing/selected_enterprise_teams"
	steps := []struct {
		name string
		call request
		want string
	}{
		{"two new seats and a live one", request{method: "POST", path: users, body: `{"selected_usernames":["OCTOCAT","mojombo","pjhyett"]}`}, `{"seats_created":2}`},
		{"two of four seats", request{method: "DELETE", path: users, body: `{"selected_usernames":["mojombo","octocat","hubot","kanako"]}`}, `{"seats_cancelled":2}`},
		{"a team of whom one has a seat through another", request{method: "POST", path: teams, body: `{"selected_enterprise_teams":["ENT:Robots"]}`}, `{"seats_created":2}`},
		{"that other team", request{method: "DELETE", path: teams, body: `{"selected_enterprise_teams":["Plattform & <Büro>"]}`}, `{"seats_cancelled":1}`},
	}
	for _, step := range steps {
		step.call.token = owner
		status := 201
		if step.call.method == "DELETE" {
			status = 200
		}
		if got := w.do(step.call); got.Status != status || got.Body != step.want {
			t.Errorf("%s: got %d %s, want %d %s", step.name, got.Status, got.Body, status, step.want)
		}
	}
}

func TestANameThatDoesNotBelongToTheEnterpriseIsAnEntryByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	const base = "/enterprises/octo-enterprise/copilot/billing/"
	user := func(code, message string) string {
		return `{"resource":"User","code":"` + code + `","field":"selected_usernames","message":"` + message + `"}`
	}
	team := func(name string) string {
		return `{"resource":"Team","code":"missing","field":"selected_enterprise_teams","message":"\"` + name + `\" is not the name or slug of a team of the enterprise."}`
	}
	const outside = ` is neither a member of one of the enterprise's organizations nor of one of its teams.`
	users := user("missing", `\"nobody\" is not the login of a user.`) + "," + user("invalid", `\"Outsider\"`+outside) + "," + user("invalid", `\"entboss\"`+outside)
	for _, o := range operations() {
		if !o.enterprise || !o.writes() {
			continue
		}
		body, errs := `{"selected_usernames":["octocat","nobody","Outsider","entboss"]}`, users
		if keyOf(o) != "selected_usernames" {
			body, errs = `{"selected_enterprise_teams":["platform","justice-league","ent:nothing"]}`, team("justice-league")+","+team("ent:nothing")
		}
		want := `{"message":"Validation Failed","errors":[` + errs + `],"documentation_url":"` + o.docs + `","status":"422"}`
		got := w.do(request{method: o.method, path: base + o.at[len("/copilot/billing/"):], token: owner, body: body})
		if diff := cmp.Diff(want, got.Body); diff != "" || got.Status != 422 {
			t.Errorf("%s: %d (-want +got):\n%s", o.name, got.Status, diff)
		}
	}
	w.unchanged(before)
}

func TestAForbiddenCallOnAnEnterpriseSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		scopes = "This endpoint needs a token with one of these scopes: manage_billing:copilot, "
		role   = "You must be an owner of the enterprise octo-enterprise to use this endpoint."
		app    = "Resource not accessible by integration"
	)
	for _, o := range operations() {
		var cases map[string]string
		switch {
		case !o.enterprise:
		case o.writes():
			cases = map[string]string{
				"ghp_read_enterprise": scopes + "admin:enterprise. Yours has: read:enterprise.", "ghp_betty": role, "ghp_member": role,
				"ghs_seats_write": app, "ghu_admin_write": app, "github_pat_seats_write": "Resource not accessible by personal access token",
			}
		case o.name == "get the seats of a member of an enterprise":
			cases = map[string]string{
				"ghp_admin_enterprise": scopes + "read:org. Yours has: admin:enterprise.", "ghp_betty": role, "ghp_member": role,
				"ghs_seats_read": app, "ghu_admin_read": app, "github_pat_seats_read": "Resource not accessible by personal access token",
			}
		}
		for token, want := range cases {
			got := w.do(request{method: o.method, path: o.on(""), token: token, body: o.body})
			if diff := cmp.Diff(refusal{403, want, o.docs}, got.refusal(t)); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", o.name, token, diff)
			}
		}
	}
}
