package ghapi_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// powers are the statuses that a token gets: on the three readings of an organization,
// its four writings, and the list of an enterprise.
type powers struct {
	Read, Write, Enterprise int
}

// all is a call that succeeds, with the status of its operation.
const all = 200

// matrix is rule A2 and A3, token by token.
var matrix = map[string]powers{
	// An owner's classic token: one scope each.
	"ghp_billing":            {all, all, all},
	"ghp_read_org":           {all, 403, 403},
	"ghp_write_org":          {all, 403, 403},
	"ghp_admin_org":          {all, all, 403},
	"ghp_read_enterprise":    {403, 403, all},
	"ghp_admin_enterprise":   {403, 403, all},
	"ghp_billing_enterprise": {403, 403, 403},
	"ghp_repo":               {403, 403, 403},
	"ghp_no_scope":           {403, 403, 403},
	"homegrown":              {all, all, all},
	"ghp_everything":         {all, all, all},
	// OAuth tokens count as classic ones.
	"gho_billing":         {all, all, all},
	"gho_read_org":        {all, 403, 403},
	"gho_write_org":       {all, 403, 403},
	"gho_admin_org":       {all, all, 403},
	"gho_read_enterprise": {403, 403, all},
	"gho_repo":            {403, 403, 403},
	// Fine-grained tokens: one permission each, and never an enterprise.
	"github_pat_seats_write": {all, all, 403},
	"github_pat_seats_read":  {all, 403, 403},
	"github_pat_admin_write": {all, all, 403},
	"github_pat_admin_read":  {all, 403, 403},
	"github_pat_mixed":       {all, all, 403},
	"github_pat_members":     {403, 403, 403},
	"github_pat_nothing":     {403, 403, 403},
	"github_pat_metrics":     {403, 403, 403},
	"github_pat_octolabs":    {404, 404, 403}, // outside its owner's organization
	"github_pat_member":      {403, 403, 403}, // its user is no owner
	"github_pat_outsider":    {404, 404, 404},
	// App user tokens: the same.
	"ghu_seats_write": {all, all, 403},
	"ghu_seats_read":  {all, 403, 403},
	"ghu_admin_write": {all, all, 403},
	"ghu_admin_read":  {all, 403, 403},
	"ghu_nothing":     {403, 403, 403},
	"ghu_octolabs":    {404, 404, 403},
	"ghu_member":      {403, 403, 403},
	// Installation tokens act for their organization and need no role.
	"ghs_seats_write":  {all, all, 403},
	"ghs_seats_read":   {all, 403, 403},
	"ghs_admin_write":  {all, all, 403},
	"ghs_admin_read":   {all, 403, 403},
	"ghs_nothing":      {403, 403, 403},
	"ghs_members_read": {403, 403, 403},
	"ghs_octolabs":     {404, 404, 403},
	"ghs_empty":        {404, 404, 404}, // its organization is in no enterprise
	// Roles, each with a scope that would do.
	"ghp_member":          {403, 403, 403},
	"ghp_member_read_org": {403, 403, 403},
	"ghp_invited":         {404, 404, 404},
	"ghp_outsider":        {404, 404, 404},
	"ghp_outsider_repo":   {404, 404, 404},
	"ghp_betty":           {404, 404, all},
	"ghp_betty_repo":      {404, 404, 403},
	"gho_betty":           {404, 404, all},
	"ghp_entboss":         {404, 404, all},
	// What teams need is nothing for seats.
	"ghp_member_admin_org":      {403, 403, 403},
	"ghs_members_write":         {403, 403, 403},
	"github_pat_member_members": {403, 403, 403},
	"ghp_outsider_admin_org":    {404, 404, 404},
	// Roles that an enterprise's teams look at, with the scope that would do there.
	"ghp_member_enterprise": {403, 403, 403},
	"ghp_betty_enterprise":  {404, 404, all},
	// Time: the world's clock shows the instant at which the second one expires.
	"ghp_expired":      {401, 401, 401},
	"ghp_expires_now":  {401, 401, 401},
	"ghp_expires_soon": {all, all, all},
	"ghp_nobody_has":   {401, 401, 401},
	// For people and their invitations: people_test.go has what they may do there.
	"ghp_newhire_org":    {404, 404, 404},
	"ghp_user":           {403, 403, 403},
	"github_pat_newhire": {404, 404, 404},
	"ghu_members":        {403, 403, 403},
	"ghs_members":        {403, 403, 403},
	// For audit logs: auditlog_test.go has what they may do there.
	"ghp_audit":          {403, 403, 403},
	"ghp_audit_all":      {403, 403, 403},
	"gho_audit":          {403, 403, 403},
	"ghp_member_audit":   {403, 403, 403},
	"ghp_outsider_audit": {404, 404, 404},
	"ghp_betty_audit":    {404, 404, 403},
	"ghp_entboss_audit":  {404, 404, 403},
}

func TestEveryTokenMayDoWhatItsKindScopesPermissionsAndRoleAllow(t *testing.T) {
	t.Parallel()
	w := newWorld(t).undescribed() // statuses alone, of so many that holding each to the description takes long
	before := w.state()
	t.Run("matrix", func(t *testing.T) {
		for token, want := range matrix {
			t.Run(token, func(t *testing.T) {
				t.Parallel()
				for _, o := range operations() {
					status := want.of(token, o)
					got := w.do(request{method: o.method, path: o.on("octodemo"), token: token, body: o.body})
					if got.Status != status {
						t.Errorf("%s: got %d %s, want %d", o.name, got.Status, got.Body, status)
					}
					if status == 404 && got.refusal(t).Message != "Not Found" {
						t.Errorf("%s: a 404 that says more than Not Found: %s", o.name, got.Body)
					}
				}
			})
		}
	})
	w.unchanged(before)
}

// inEnterprise is what tokens get on the writings of an enterprise and on one member's
// seats, where that is not what they get on its list.
var inEnterprise = map[string]struct{ Write, Member int }{
	"ghp_read_org":         {403, all}, // the member's scope is an organization's
	"ghp_write_org":        {403, all},
	"ghp_admin_org":        {403, all},
	"gho_read_org":         {403, all},
	"gho_write_org":        {403, all},
	"gho_admin_org":        {403, all},
	"ghp_read_enterprise":  {403, 403},
	"gho_read_enterprise":  {403, 403},
	"ghp_admin_enterprise": {all, 403},
	"ghp_entboss":          {all, 403},
	"ghp_betty":            {403, 403}, // a billing manager reads the list alone
	"gho_betty":            {403, 403},
	"ghp_betty_enterprise": {403, 403},
}

func (p powers) of(token string, o operation) int {
	status := p.Read
	special, known := inEnterprise[token]
	switch {
	case known && o.enterprise && o.writes():
		status = special.Write
	case known && o.enterprise && strings.HasPrefix(o.at, "/members/"):
		status = special.Member
	case o.enterprise:
		status = p.Enterprise
	case o.writes():
		status = p.Write
	}
	if status == all {
		return o.success
	}
	return status
}

func TestTheMatrixHoldsEveryTokenOfTheWorld(t *testing.T) {
	t.Parallel()
	got := map[string]bool{}
	for _, match := range regexp.MustCompile(`token: (\w+),`).FindAllStringSubmatch(readFile(t, worldFile), -1) {
		got[match[1]] = true
	}
	want := map[string]bool{}
	for token := range matrix {
		want[token] = token != "ghp_nobody_has"
	}
	delete(want, "ghp_nobody_has")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens (-matrix +world):\n%s", diff)
	}
}

func TestAForbiddenCallSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		byPAT   = "Resource not accessible by personal access token"
		byApp   = "Resource not accessible by integration"
		notHere = "You must be an owner of the organization OctoDemo to use this endpoint."
	)
	read, write, enterprise := operations()[1], operations()[5], operations()[0]
	cases := []struct {
		name, token string
		on          operation
		want        string
	}{
		{"no scope at all, to read", "ghp_no_scope", read, "This endpoint needs a token with one of these scopes: manage_billing:copilot, read:org. Yours has: none."},
		{"the wrong scopes, to read", "ghp_repo", read, "This endpoint needs a token with one of these scopes: manage_billing:copilot, read:org. Yours has: repo, gist."},
		{"a scope to read, to write", "ghp_read_org", write, "This endpoint needs a token with one of these scopes: manage_billing:copilot, admin:org. Yours has: read:org."},
		{"an OAuth token is treated as a classic one", "gho_write_org", write, "This endpoint needs a token with one of these scopes: manage_billing:copilot, admin:org. Yours has: write:org."},
		{"a scope of organizations, for an enterprise", "ghp_admin_org", enterprise, "This endpoint needs a token with one of these scopes: manage_billing:copilot, read:enterprise. Yours has: admin:org."},
		{"a member who is no owner, to read", "ghp_member", read, notHere},
		{"a member who is no owner, to write", "ghp_member", write, notHere},
		{"a member of one of its organizations, for an enterprise", "ghp_member", enterprise, "You must be an owner or a billing manager of the enterprise octo-enterprise to use this endpoint."},
		{"a fine-grained token without a permission", "github_pat_nothing", read, byPAT},
		{"a fine-grained token that may only read, to write", "github_pat_seats_read", write, byPAT},
		{"a fine-grained token whose user is no owner", "github_pat_member", read, byPAT},
		{"a fine-grained token, for an enterprise", "github_pat_seats_write", enterprise, byPAT},
		{"an app's user token without a permission", "ghu_nothing", read, byApp},
		{"an app's user token that may only read, to write", "ghu_admin_read", write, byApp},
		{"an app's user token whose user is no owner", "ghu_member", write, byApp},
		{"an app's user token, for an enterprise", "ghu_seats_write", enterprise, byApp},
		{"an installation token without a permission", "ghs_nothing", read, byApp},
		{"an installation token that may only read, to write", "ghs_seats_read", write, byApp},
		{"an installation token, for an enterprise", "ghs_admin_write", enterprise, byApp},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.do(request{method: c.on.method, path: c.on.on("octodemo"), token: c.token, body: c.on.body})
			if diff := cmp.Diff(refusal{403, c.want, c.on.docs}, got.refusal(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestARecordedErrorIsAnsweredByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	addUsers := operations()[5]
	cases := []struct {
		name string
		call request
		want string
	}{
		{
			"a missing credential",
			request{method: "GET", path: "/orgs/octodemo/copilot/billing"},
			`{"message":"Requires authentication","documentation_url":"https://docs.github.com/rest","status":"401"}`,
		},
		{
			"a bad credential",
			request{method: "GET", path: "/orgs/octodemo/copilot/billing", token: "ghp_nobody_has"},
			`{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`,
		},
		{
			"an unrouted path",
			request{method: "GET", path: "/nothing/here", token: owner},
			`{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}`,
		},
		{
			"an unknown organization",
			request{method: "GET", path: "/orgs/nobody/copilot/billing", token: owner},
			`{"message":"Not Found","documentation_url":"https://docs.github.com/rest/copilot/copilot-user-management#get-copilot-seat-information-and-settings-for-an-organization","status":"404"}`,
		},
		{
			"an unsupported version, whose errors is a string",
			request{method: "GET", path: "/orgs/octodemo/copilot/billing", header: http.Header{"X-Github-Api-Version": {"2019-01-01"}}},
			`{"message":"Bad Request","errors":"The version you specified in the \"X-GitHub-API-Version\" request header, \"2019-01-01\", is not a supported version. The following versions are currently supported: \"2026-03-10\" (most recent) and \"2022-11-28\".","documentation_url":"https://docs.github.com/rest","status":"400"}`,
		},
		{
			"seats that all members have",
			request{method: "POST", path: addUsers.on("octolabs"), token: owner, body: addUsers.body},
			`{"message":"` + allMembers + `","documentation_url":"` + allMembersDocs + `","status":"422"}`,
		},
		{
			"names that do not belong, each an entry",
			request{method: "POST", path: addUsers.on("octodemo"), token: owner, body: `{"selected_usernames":["nöbody","octocat","outsider"]}`},
			`{"message":"Validation Failed","errors":[` +
				`{"resource":"User","code":"missing","field":"selected_usernames","message":"\"nöbody\" is not the login of a user."},` +
				`{"resource":"User","code":"invalid","field":"selected_usernames","message":"\"outsider\" is neither a member of the organization nor invited to it."}` +
				`],"documentation_url":"` + addUsers.docs + `","status":"422"}`,
		},
		{
			"a team that does not exist",
			request{method: "DELETE", path: "/orgs/octodemo/copilot/billing/selected_teams", token: owner, body: `{"selected_teams":["justice-league","<no> & team"]}`},
			`{"message":"Validation Failed","errors":[{"resource":"Team","code":"missing","field":"selected_teams","message":"\"<no> & team\" is not the name or slug of a team of the organization."}],` +
				`"documentation_url":"` + docsOrg + `remove-teams-from-the-copilot-subscription-for-an-organization","status":"422"}`,
		},
		{
			"a seat that a team holds",
			request{method: "DELETE", path: "/orgs/octodemo/copilot/billing/selected_users", token: owner, body: `{"selected_usernames":["octokitten","Hubot","kanako"]}`},
			`{"message":"` + viaTeam + `","errors":[` +
				`{"resource":"User","code":"unprocessable","field":"selected_usernames","message":"\"hubot\" has a seat via the team justice-league."},` +
				`{"resource":"User","code":"unprocessable","field":"selected_usernames","message":"\"kanako\" has a seat via the team night-shift."}],` +
				`"documentation_url":"` + docsOrg + `remove-users-from-the-copilot-subscription-for-an-organization","status":"422"}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, w.do(c.call).Body); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChecksAreMadeInTheRecordedOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state()
	oldVersion := http.Header{"X-Github-Api-Version": {"2019-01-01"}}
	read, add, remove := operations()[1], operations()[5], operations()[6]
	unknownNames := `{"selected_usernames":["nobody"]}`
	cases := []struct {
		name string
		call request
		want refusal
	}{
		{"an unrouted path goes before a bad credential", request{method: "GET", path: "/orgs/octodemo/nothing", token: "ghp_nobody_has", header: oldVersion}, refusal{404, "Not Found", docsRoot}},
		{"an unrouted path goes before a missing credential", request{method: "GET", path: "/orgs/octodemo/nothing"}, refusal{404, "Not Found", docsRoot}},
		{"a bad credential goes before a bad version", request{method: "GET", path: read.on("octodemo"), token: "ghp_nobody_has", header: oldVersion}, refusal{401, "Bad credentials", docsRoot}},
		{"an expired credential goes before a bad version", request{method: "GET", path: read.on("octodemo"), token: "ghp_expired", header: oldVersion}, refusal{401, "Bad credentials", docsRoot}},
		{"a bad version goes before a missing credential", request{method: "GET", path: read.on("octodemo"), header: oldVersion}, refusal{400, "Bad Request", docsRoot}},
		{"a bad version goes before an unknown organization", request{method: "GET", path: read.on("nobody"), token: owner, header: oldVersion}, refusal{400, "Bad Request", docsRoot}},
		{"a missing credential goes before an unknown organization", request{method: "GET", path: read.on("nobody")}, refusal{401, "Requires authentication", docsRoot}},
		{"an unknown organization goes before a missing permission", request{method: "GET", path: read.on("nobody"), token: "ghp_repo"}, refusal{404, "Not Found", read.docs}},
		{"an organization that may not be known of goes before a missing scope", request{method: "GET", path: read.on("elsewhere"), token: "ghp_repo"}, refusal{404, "Not Found", read.docs}},
		{"an unknown organization goes before a malformed body", request{method: "POST", path: add.on("nobody"), token: owner, body: `{`}, refusal{404, "Not Found", add.docs}},
		{"a missing permission goes before a malformed body", request{method: "POST", path: add.on("octodemo"), token: "github_pat_nothing", body: `{`}, refusal{403, "Resource not accessible by personal access token", add.docs}},
		{"a missing permission goes before the state of the organization", request{method: "GET", path: read.on("no-copilot"), token: "ghp_member"}, refusal{403, "You must be an owner of the organization no-copilot to use this endpoint.", read.docs}},
		{"a malformed body goes before the state of the organization", request{method: "POST", path: add.on("no-copilot"), token: owner, body: `{`}, refusal{400, "Problems parsing JSON", add.docs}},
		{"a body that breaks the schema goes before the state of the organization", request{method: "POST", path: add.on("octolabs"), token: owner, body: `{}`}, refusal{422, "Invalid request.\n\n\"selected_usernames\" wasn't supplied.", add.docs}},
		{"the state of the organization goes before unknown names", request{method: "POST", path: add.on("no-policy"), token: owner, body: unknownNames}, refusal{422, noPolicy, add.docs}},
		{"unknown names go before a seat that a team holds", request{method: "DELETE", path: remove.on("octodemo"), token: owner, body: `{"selected_usernames":["hubot","nobody"]}`}, refusal{422, "Validation Failed", remove.docs}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, w.do(c.call).refusal(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	w.unchanged(before)
}

func TestBothVersionsAreServedAndNoVersionToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := w.get200("/orgs/octodemo/copilot/billing", owner)
	for _, version := range []string{"2022-11-28", "2026-03-10", ""} {
		got := w.do(request{method: "GET", path: "/orgs/octodemo/copilot/billing", token: owner, header: http.Header{"X-Github-Api-Version": {version}}})
		if got.Status != 200 || got.Body != want {
			t.Errorf("version %q: got %d %s, want %s", version, got.Status, got.Body, want)
		}
	}
	for _, version := range []string{"2022-11-29", "v3", "2026-03-10 ", "\"<&\x01é"} {
		got := w.do(request{method: "GET", path: "/orgs/octodemo/copilot/billing", token: owner, header: http.Header{"X-Github-Api-Version": {version}}})
		if diff := cmp.Diff(refusal{400, "Bad Request", docsRoot}, got.refusal(t)); diff != "" {
			t.Errorf("version %q (-want +got):\n%s", version, diff)
		}
	}
}

func TestTheAuthorizationHeaderIsReadInEveryFormThatGitHubReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	const anonymous, bad = "Requires authentication", "Bad credentials"
	cases := []struct {
		name, authorization string
		refused             string // empty: the call succeeds
	}{
		{"Bearer", "Bearer " + owner, ""},
		{"bearer in lower case", "bearer " + owner, ""},
		{"bearer in upper case", "BEARER " + owner, ""},
		{"token", "token " + owner, ""},
		{"token in upper case", "TOKEN " + owner, ""},
		{"token in mixed case", "Token " + owner, ""},
		{"several spaces", "  token   " + owner + "  ", ""},
		{"Basic with the token as password", basic("monalisa", owner), ""},
		{"Basic with any user", basic("nobody at all", owner), ""},
		{"Basic without a user", basic("", owner), ""},
		{"basic in lower case", strings.Replace(basic("x", owner), "Basic", "basic", 1), ""},
		{"Basic with a token that has no known prefix", basic("x", "homegrown"), ""},
		{"Basic with an unknown token", basic("x", "ghp_nobody_has"), bad},
		{"Basic with an unknown fine-grained token", basic("x", "github_pat_nobody_has"), bad},
		{"Basic with an expired token", basic("x", "ghp_expired"), bad},
		{"Basic with a password that is no token", basic("monalisa", "hunter2"), anonymous},
		{"Basic with an empty password", basic("monalisa", ""), anonymous},
		{"Basic without a colon", "Basic " + base64.StdEncoding.EncodeToString([]byte(owner)), anonymous},
		{"Basic that is not base64", "Basic !!!", anonymous},
		{"Basic alone", "Basic", anonymous},
		{"an unknown token", "Bearer ghp_nobody_has", bad},
		{"an unknown token without a known prefix", "token nonsense", bad},
		{"a token in another case", "token " + strings.ToUpper(owner), bad},
		{"a token that begins like a real one", "token " + owner + "x", bad},
		{"two tokens", "token " + owner + " " + owner, bad},
		{"an expired token", "token ghp_expired", bad},
		{"a token without a scheme", owner, anonymous},
		{"another scheme", "Digest username=\"monalisa\"", anonymous},
		{"an unknown scheme with a good token", "Macaroon " + owner, anonymous},
		{"a scheme that is joined to the token", "Bearer:" + owner, anonymous},
		{"Bearer alone", "Bearer", anonymous},
		{"Bearer and spaces", "Bearer   ", anonymous},
		{"an empty header", "", anonymous},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := w.do(request{method: "GET", path: "/orgs/octodemo/copilot/billing", header: http.Header{"Authorization": {c.authorization}}})
			if c.refused == "" {
				if got.Status != 200 {
					t.Errorf("got %d %s, want 200", got.Status, got.Body)
				}
				return
			}
			if diff := cmp.Diff(refusal{401, c.refused, docsRoot}, got.refusal(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestATokenInTheQueryIsNoCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.get("/orgs/octodemo/copilot/billing?access_token="+owner, "")
	if diff := cmp.Diff(refusal{401, "Requires authentication", docsRoot}, got.refusal(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
