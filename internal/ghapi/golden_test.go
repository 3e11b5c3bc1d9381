package ghapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryBodyIsByteForByteItsGoldenFile(t *testing.T) {
	t.Parallel()
	const seats = "/copilot/billing/seats"
	cases := []struct {
		name, golden, path, token string
	}{
		{"billing", "billing", "/orgs/octodemo/copilot/billing", owner},
		{"billing of a subscription with nothing chosen", "billing-unconfigured", "/orgs/undecided/copilot/billing", owner},
		{"seats in the zone of the token's user", "seats", "/orgs/octodemo" + seats, owner},
		{"seats for a token without a user, in UTC", "seats-utc", "/orgs/octodemo" + seats, "ghs_seats_read"},
		{"no seats", "seats-none", "/orgs/empty" + seats, owner},
		{"an enterprise's rows of all four kinds, in a zone with half an hour", "enterprise-seats", "/enterprises/octo-enterprise" + seats, "ghp_betty"},
		{"an enterprise without any rows", "enterprise-seats-none", "/enterprises/other-enterprise" + seats, "ghp_outsider"},
		{"a person's seats in an enterprise: through a team and in two organizations", "enterprise-member", "/enterprises/octo-enterprise/members/octocat/copilot", owner},
		{"a person's seat in an enterprise, where they are named", "enterprise-member-direct", "/api/v3/enterprises/42/members/mojombo/copilot", owner},
		{"the seat of a person who was named", "member-direct", "/orgs/octodemo/members/octocat/copilot", owner},
		{"the seat of a person whose cancellation is pending", "member-pending", "/orgs/octodemo/members/octokitten/copilot", owner},
		{"the seat of a child team's member, with the team that was granted", "member-child-team", "/orgs/octodemo/members/defunkt/copilot", owner},
		{"the seat of a member of a team with a parent", "member-parent-team", "/api/v3/orgs/octodemo/members/kanako/copilot", owner},
		{"the seat of a person whom everyone's grant holds", "member-everyone", "/orgs/octolabs/members/pjhyett/copilot", owner},
	}
	w := newWorld(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := w.get200(c.path, c.token)
			compact(t, body)
			golden(t, c.golden, body)
		})
	}
}

func TestTheBodyOfAChangeIsItsCountAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const users, teams = "/orgs/octodemo/copilot/billing/selected_users", "/orgs/octodemo/copilot/billing/selected_teams"
	steps := []struct {
		name string
		call request
		want string
	}{
		{"a new seat and a refreshed one", request{method: "POST", path: users, body: `{"selected_usernames":["Mojombo","octokitten","octocat","newhire"]}`}, `{"seats_created":2}`},
		{"a team whose people have seats", request{method: "POST", path: teams, body: `{"selected_teams":["Avengers"]}`}, `{"seats_created":0}`},
		{"two of three seats", request{method: "DELETE", path: users, body: `{"selected_usernames":["octokitten","pjhyett","newhire","octocat"]}`}, `{"seats_cancelled":1}`},
		{"a team and its child team", request{method: "DELETE", path: teams, body: `{"selected_teams":["justice-league"]}`}, `{"seats_cancelled":3}`},
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

// keys are the keys of a JSON object, in its order.
func keys(t *testing.T, object json.RawMessage) []string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(object)))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var found []string
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, key.(string))
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// list is a body of seats, its rows still unread.
type list struct {
	Total int               `json:"total_seats"`
	Seats []json.RawMessage `json:"seats"`
}

// row is what the tests read of a seat.
type row struct {
	CreatedAt string `json:"created_at"`
	Assignee  struct {
		Login string `json:"login"`
	} `json:"assignee"`
	Plan         string          `json:"plan_type"`
	Team         json.RawMessage `json:"assigning_team"`
	Organization json.RawMessage `json:"organization"`
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	return v
}

func TestKeysStandInTheRecordedOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := []string{
		"login", "id", "node_id", "avatar_url", "gravatar_id", "url", "html_url", "followers_url", "following_url", "gists_url", "starred_url",
		"subscriptions_url", "organizations_url", "repos_url", "events_url", "received_events_url", "type", "user_view_type", "site_admin",
	}
	direct := []string{
		"created_at", "assignee", "pending_cancellation_date", "plan_type", "last_authenticated_at", "updated_at", "last_activity_at", "last_activity_editor",
	}
	with := func(more ...string) []string { return append(append([]string{}, direct...), more...) }
	fields := func(body string) map[string]json.RawMessage { return decode[map[string]json.RawMessage](t, body) }

	check := func(what string, object json.RawMessage, want []string) {
		t.Helper()
		if diff := cmp.Diff(want, keys(t, object)); diff != "" {
			t.Errorf("keys of %s (-want +got):\n%s", what, diff)
		}
	}
	billing := w.get200("/orgs/octodemo/copilot/billing", owner)
	check("the billing", json.RawMessage(billing), []string{"seat_breakdown", "seat_management_setting", "ide_chat", "platform_chat", "cli", "public_code_suggestions", "plan_type"})
	check("the breakdown", fields(billing)["seat_breakdown"], []string{"total", "added_this_cycle", "pending_invitation", "pending_cancellation", "active_this_cycle", "inactive_this_cycle"})

	seats := w.get200("/orgs/octodemo/copilot/billing/seats", owner)
	check("a list", json.RawMessage(seats), []string{"total_seats", "seats"})
	octocat := w.get200("/orgs/octodemo/members/octocat/copilot", owner)
	check("a direct seat", json.RawMessage(octocat), direct)
	check("its assignee", fields(octocat)["assignee"], user)
	check("a team's seat", json.RawMessage(w.get200("/orgs/octodemo/members/hubot/copilot", owner)), with("assigning_team"))

	rows := decode[list](t, w.get200("/enterprises/octo-enterprise/copilot/billing/seats", owner)).Seats
	var got [][]string
	for _, r := range rows {
		got = append(got, keys(t, r))
	}
	organization, team, both := with("organization"), with("assigning_team"), with("assigning_team", "organization")
	want := [][]string{
		direct, team, team, // the enterprise's own: direct, then through its team
		organization, organization, both, both, both, both, // octodemo's, by seat
		organization, organization, organization, // octolabs', which everyone has
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys of the enterprise's rows (-want +got):\n%s", diff)
	}
	enterpriseTeam := decode[map[string]json.RawMessage](t, string(rows[1]))["assigning_team"]
	for _, absent := range []string{"node_id", "permission", "privacy", "parent"} {
		if strings.Contains(string(enterpriseTeam), `"`+absent+`"`) {
			t.Errorf("an enterprise team has %s: %s", absent, enterpriseTeam)
		}
	}
	if slug := decode[map[string]any](t, string(enterpriseTeam))["slug"]; slug != "ent:platform" {
		t.Errorf("the slug of an enterprise team: got %v, want ent:platform", slug)
	}
}

func TestAChildTeamsMemberShowsTheTeamThatWasGrantedAndItsParentAsAnObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type team struct {
		Slug   string
		Name   string
		Parent *team
	}
	teamOf := func(login string) team {
		t.Helper()
		return decode[struct {
			Team team `json:"assigning_team"`
		}](t, w.get200("/orgs/octodemo/members/"+login+"/copilot", owner)).Team
	}
	if got := teamOf("defunkt"); got.Slug != "justice-league" || got.Parent != nil {
		t.Errorf("a child team's member: got %+v, want the granted team, which has no parent", got)
	}
	want := team{Slug: "night-shift", Name: `Ночная смена <R&D> "夜"`, Parent: &team{Slug: "groesse", Name: "Größe & <Räume>"}}
	if diff := cmp.Diff(want, teamOf("kanako")); diff != "" {
		t.Errorf("a team with a parent (-want +got):\n%s", diff)
	}
}

func TestLettersOfAllScriptsAndAngleBracketsAreNotEscaped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/orgs/octodemo/copilot/billing/seats", "/enterprises/octo-enterprise/copilot/billing/seats"} {
		body := w.get200(path, owner)
		for _, want := range []string{`"Ночная смена <R&D> \"夜\""`, `"Tests & <b>Nächte</b>: C:\\夜\tend"`, `"Größe & <Räume>"`, `"JetBrains-IU/243 <&> \"Größe\""`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %s is not there as it is", path, want)
			}
		}
		if strings.Contains(body, `\u`) {
			t.Errorf("%s: something is escaped: %s", path, body)
		}
	}
}

func TestTimesCarryTheZoneOfTheTokensUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type times struct {
		Created       string `json:"created_at"`
		Updated       string `json:"updated_at"`
		Activity      string `json:"last_activity_at"`
		Authenticated string `json:"last_authenticated_at"`
	}
	cases := []struct {
		name, token string
		want        times
	}{
		{"New York, in summer and in winter", owner, times{"2026-08-03T14:00:00-04:00", "2026-08-03T14:00:00-04:00", "2026-11-19T05:00:00-05:00", "2026-11-18T09:00:00Z"}},
		{"a fine-grained token of the same user", "github_pat_seats_read", times{"2026-08-03T14:00:00-04:00", "2026-08-03T14:00:00-04:00", "2026-11-19T05:00:00-05:00", "2026-11-18T09:00:00Z"}},
		{"an installation, which has no user", "ghs_seats_read", times{"2026-08-03T18:00:00Z", "2026-08-03T18:00:00Z", "2026-11-19T10:00:00Z", "2026-11-18T09:00:00Z"}},
	}
	for _, c := range cases {
		got := decode[times](t, w.get200("/orgs/octodemo/members/octocat/copilot", c.token))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	kolkata := decode[list](t, w.get200("/enterprises/octo-enterprise/copilot/billing/seats", "ghp_betty"))
	if got, want := decode[row](t, string(kolkata.Seats[3])).CreatedAt, "2026-08-03T23:30:00+05:30"; got != want {
		t.Errorf("Kolkata: got %s, want %s", got, want)
	}
	none := decode[list](t, w.get200("/enterprises/octo-enterprise/copilot/billing/seats", "ghp_entboss"))
	if got, want := decode[row](t, string(none.Seats[3])).CreatedAt, "2026-08-03T18:00:00Z"; got != want {
		t.Errorf("a user without a zone: got %s, want %s", got, want)
	}
}

func TestARowsPlanIsItsOwnSubscriptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got []string
	for _, r := range decode[list](t, w.get200("/enterprises/octo-enterprise/copilot/billing/seats", owner)).Seats {
		got = append(got, decode[row](t, string(r)).Plan)
	}
	want := []string{
		"enterprise", "enterprise", "enterprise",
		"business", "business", "business", "business", "business", "business",
		"enterprise", "enterprise", "enterprise",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
