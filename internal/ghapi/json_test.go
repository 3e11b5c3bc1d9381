package ghapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// The shapes as the standard encoder has them: what the hand-written JSON is held to.
type (
	pageShape struct {
		TotalSeats int64       `json:"total_seats"`
		Seats      []seatShape `json:"seats"`
	}
	seatShape struct {
		CreatedAt               string             `json:"created_at"`
		Assignee                userShape          `json:"assignee"`
		PendingCancellationDate *string            `json:"pending_cancellation_date"`
		PlanType                string             `json:"plan_type"`
		LastAuthenticatedAt     *string            `json:"last_authenticated_at"`
		UpdatedAt               string             `json:"updated_at"`
		LastActivityAt          *string            `json:"last_activity_at"`
		LastActivityEditor      *string            `json:"last_activity_editor"`
		AssigningTeam           any                `json:"assigning_team,omitempty"`
		Organization            *organizationShape `json:"organization,omitempty"`
	}
	userShape struct {
		Login             string `json:"login"`
		ID                int64  `json:"id"`
		NodeID            string `json:"node_id"`
		AvatarURL         string `json:"avatar_url"`
		GravatarID        string `json:"gravatar_id"`
		URL               string `json:"url"`
		HTMLURL           string `json:"html_url"`
		FollowersURL      string `json:"followers_url"`
		FollowingURL      string `json:"following_url"`
		GistsURL          string `json:"gists_url"`
		StarredURL        string `json:"starred_url"`
		SubscriptionsURL  string `json:"subscriptions_url"`
		OrganizationsURL  string `json:"organizations_url"`
		ReposURL          string `json:"repos_url"`
		EventsURL         string `json:"events_url"`
		ReceivedEventsURL string `json:"received_events_url"`
		Type              string `json:"type"`
		UserViewType      string `json:"user_view_type"`
		SiteAdmin         bool   `json:"site_admin"`
	}
	teamSimpleShape struct {
		ID                  int64   `json:"id"`
		NodeID              string  `json:"node_id"`
		URL                 string  `json:"url"`
		HTMLURL             string  `json:"html_url"`
		Name                string  `json:"name"`
		Slug                string  `json:"slug"`
		Description         *string `json:"description"`
		Privacy             string  `json:"privacy"`
		NotificationSetting string  `json:"notification_setting"`
		Permission          string  `json:"permission"`
		MembersURL          string  `json:"members_url"`
		RepositoriesURL     string  `json:"repositories_url"`
		Type                string  `json:"type"`
		OrganizationID      int64   `json:"organization_id"`
	}
	teamShape struct {
		teamSimpleShape
		Parent *teamSimpleShape `json:"parent"`
	}
	enterpriseTeamShape struct {
		ID            int64   `json:"id"`
		Name          string  `json:"name"`
		Description   string  `json:"description"`
		Slug          string  `json:"slug"`
		URL           string  `json:"url"`
		Selection     string  `json:"organization_selection_type"`
		GroupID       *string `json:"group_id"`
		HTMLURL       string  `json:"html_url"`
		MembersURL    string  `json:"members_url"`
		CreatedAt     string  `json:"created_at"`
		UpdatedAt     string  `json:"updated_at"`
		Notifications string  `json:"notification_setting"`
	}
	organizationShape struct {
		Login            string  `json:"login"`
		ID               int64   `json:"id"`
		NodeID           string  `json:"node_id"`
		URL              string  `json:"url"`
		ReposURL         string  `json:"repos_url"`
		EventsURL        string  `json:"events_url"`
		HooksURL         string  `json:"hooks_url"`
		IssuesURL        string  `json:"issues_url"`
		MembersURL       string  `json:"members_url"`
		PublicMembersURL string  `json:"public_members_url"`
		AvatarURL        string  `json:"avatar_url"`
		Description      *string `json:"description"`
	}
	billingShape struct {
		SeatBreakdown struct {
			Total               int64 `json:"total"`
			AddedThisCycle      int64 `json:"added_this_cycle"`
			PendingInvitation   int64 `json:"pending_invitation"`
			PendingCancellation int64 `json:"pending_cancellation"`
			ActiveThisCycle     int64 `json:"active_this_cycle"`
			InactiveThisCycle   int64 `json:"inactive_this_cycle"`
		} `json:"seat_breakdown"`
		SeatManagementSetting string `json:"seat_management_setting"`
		IDEChat               string `json:"ide_chat"`
		PlatformChat          string `json:"platform_chat"`
		CLI                   string `json:"cli"`
		PublicCodeSuggestions string `json:"public_code_suggestions"`
		PlanType              string `json:"plan_type"`
	}
	errorShape struct {
		Message          string      `json:"message"`
		Errors           []itemShape `json:"errors,omitempty"`
		DocumentationURL string      `json:"documentation_url"`
		Status           string      `json:"status"`
	}
	itemShape struct {
		Resource string `json:"resource"`
		Code     string `json:"code"`
		Field    string `json:"field"`
		Message  string `json:"message"`
	}
)

// standard is what the standard encoder writes, with nothing escaped for HTML.
func standard(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// filled fails the test if anything in a fixture is zero: it could be left out of the
// JSON and nobody would see. Fields named in but may be.
func filled(t *testing.T, path string, v reflect.Value, but ...string) {
	t.Helper()
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if _, isTime := v.Interface().(time.Time); v.Kind() != reflect.Struct || isTime {
		if v.IsZero() {
			t.Errorf("the fixture's %s is zero", path)
		}
		return
	}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		skip := false
		for _, b := range but {
			skip = skip || b == name
		}
		if !skip {
			filled(t, path+"."+name, v.Field(i), but...)
		}
	}
}

const hostile = "Größe <b>&\"\\/\t\n\r\b\f\x00\x1f\x7f 夜 \U0001F600"

func fixtures(t *testing.T) (organization, enterprise usher.SeatRow) {
	t.Helper()
	at := time.Date(2026, time.July, 3, 4, 5, 6, 789_000_000, time.UTC)
	subscription := usher.Subscription{
		Plan: usher.PlanBusiness, SeatManagement: usher.AssignSelected, PublicCodeSuggestions: "block",
		IDEChat: "enabled", PlatformChat: "disabled", CLI: "unconfigured", BillingSetUp: true, PaymentProblem: true, CycleDay: 17,
	}
	account := usher.Account{
		Ref: usher.OrganizationRef(9919), Login: "OctoDemo", Name: "The Demo", EnterpriseID: 42, Subscription: &subscription,
		CreatedAt: at, Version: 20,
		LastSeat: 3, LastEvent: 4, LastReport: 5, LastEventAt: at, RecordFrom: 2, EventsDeleted: 1, KeptSince: at, AsleepUntil: at.AddDate(0, 1, 0),
	}
	parent := usher.Team{Account: account.Ref, ID: 8, Slug: "größe", Name: hostile, Description: "a parent", Privacy: "closed", ParentID: 7, Quiet: true, Selection: "all", CreatedAt: at, UpdatedAt: at.Add(time.Hour), Version: 21}
	team := usher.Team{Account: account.Ref, ID: 9, Slug: "a b<>&", Name: "child " + hostile, Description: hostile, Privacy: "secret", ParentID: 8, Quiet: true, Selection: "selected", CreatedAt: at, UpdatedAt: at.Add(time.Hour), Version: 22}
	organization = usher.SeatRow{
		Seat: usher.Seat{
			Section: 1, Number: 2, UserID: 1001, TeamID: 9, CreatedAt: at, UpdatedAt: at.AddDate(0, 5, 0), EndsAt: time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC),
			CancelledBy: usher.Actor{UserID: 1, TokenID: 2},
			Activity:    usher.Activity{At: at.AddDate(0, 1, 0), Editor: hostile, AuthenticatedAt: at.AddDate(0, 2, 0)},
		},
		Account:  &account,
		Assignee: usher.User{ID: 1001, Login: "mona lisa/ü", Name: "Mona", Email: "mona@example.com", TimeZone: "America/New_York", SiteAdmin: true, CreatedAt: at, Version: 23},
		Team:     &team, ParentTeam: &parent,
	}
	filled(t, "organization row", reflect.ValueOf(organization), "Kind") // an organization's kind is 0

	enterprise = organization
	firm := account
	firm.Ref, firm.Login = usher.EnterpriseRef(42), "octo-enterprise"
	group := team
	group.Account, group.Slug = firm.Ref, "platform"
	enterprise.Account, enterprise.Team = &firm, &group
	filled(t, "enterprise row", reflect.ValueOf(enterprise), "Kind")
	return organization, enterprise
}

func p(text string) *string { return &text }

func TestTheHandWrittenJSONIsTheStandardEncoders(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	w := writer{base: base{api: "https://ghe.example/api/v3", web: "https://ghe.example"}, zone: zone, withOrganization: true}
	ofOrganization, ofEnterprise := fixtures(t)
	bare := ofOrganization // nothing that may be absent is there
	bare.Seat.EndsAt, bare.Seat.Activity, bare.Team, bare.ParentTeam = time.Time{}, usher.Activity{}, nil, nil
	orphan := ofOrganization // a team without parent and description
	team := *orphan.Team
	team.Description = ""
	orphan.Team, orphan.ParentTeam = &team, nil
	silent := ofOrganization // active in an editor that has no name
	silent.Seat.Activity.Editor = ""

	user := userShape{
		Login: "mona lisa/ü", ID: 1001, NodeID: "MDQ6VXNlcjEwMDE=", AvatarURL: "https://ghe.example/avatars/u/1001", GravatarID: "",
		URL: "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC", HTMLURL: "https://ghe.example/mona%20lisa%2F%C3%BC",
		FollowersURL:      "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/followers",
		FollowingURL:      "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/following{/other_user}",
		GistsURL:          "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/gists{/gist_id}",
		StarredURL:        "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/starred{/owner}{/repo}",
		SubscriptionsURL:  "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/subscriptions",
		OrganizationsURL:  "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/orgs",
		ReposURL:          "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/repos",
		EventsURL:         "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/events{/privacy}",
		ReceivedEventsURL: "https://ghe.example/api/v3/users/mona%20lisa%2F%C3%BC/received_events",
		Type:              "User", UserViewType: "public", SiteAdmin: true,
	}
	organization := &organizationShape{
		Login: "OctoDemo", ID: 9919, NodeID: "MDEyOk9yZ2FuaXphdGlvbjk5MTk=", URL: "https://ghe.example/api/v3/orgs/OctoDemo",
		ReposURL: "https://ghe.example/api/v3/orgs/OctoDemo/repos", EventsURL: "https://ghe.example/api/v3/orgs/OctoDemo/events",
		HooksURL: "https://ghe.example/api/v3/orgs/OctoDemo/hooks", IssuesURL: "https://ghe.example/api/v3/orgs/OctoDemo/issues",
		MembersURL: "https://ghe.example/api/v3/orgs/OctoDemo/members{/member}", PublicMembersURL: "https://ghe.example/api/v3/orgs/OctoDemo/public_members{/member}",
		AvatarURL: "https://ghe.example/avatars/u/9919",
	}
	parent := &teamSimpleShape{
		ID: 8, NodeID: "MDQ6VGVhbTg=", URL: "https://ghe.example/api/v3/organizations/9919/team/8", HTMLURL: "https://ghe.example/orgs/OctoDemo/teams/gr%C3%B6%C3%9Fe",
		Name: hostile, Slug: "größe", Description: p("a parent"), Privacy: "closed", NotificationSetting: "notifications_disabled", Permission: "pull",
		MembersURL: "https://ghe.example/api/v3/organizations/9919/team/8/members{/member}", RepositoriesURL: "https://ghe.example/api/v3/organizations/9919/team/8/repos",
		Type: "organization", OrganizationID: 9919,
	}
	child := teamShape{
		teamSimpleShape{
			ID: 9, NodeID: "MDQ6VGVhbTk=", URL: "https://ghe.example/api/v3/organizations/9919/team/9", HTMLURL: "https://ghe.example/orgs/OctoDemo/teams/a%20b%3C%3E&",
			Name: "child " + hostile, Slug: "a b<>&", Description: p(hostile), Privacy: "secret", NotificationSetting: "notifications_disabled", Permission: "pull",
			MembersURL: "https://ghe.example/api/v3/organizations/9919/team/9/members{/member}", RepositoriesURL: "https://ghe.example/api/v3/organizations/9919/team/9/repos",
			Type: "organization", OrganizationID: 9919,
		}, parent,
	}
	alone := child
	alone.Parent, alone.Description = nil, nil
	group := enterpriseTeamShape{
		ID: 9, Name: "child " + hostile, Description: hostile, Slug: "ent:platform", Selection: "selected", Notifications: "notifications_disabled", URL: "https://ghe.example/api/v3/enterprises/octo-enterprise/teams/ent:platform",
		HTMLURL:    "https://ghe.example/enterprises/octo-enterprise/teams/ent:platform",
		MembersURL: "https://ghe.example/api/v3/enterprises/octo-enterprise/teams/ent:platform/members{/member}",
		CreatedAt:  "2026-07-03T04:05:06Z", UpdatedAt: "2026-07-03T05:05:06Z",
	}
	full := seatShape{
		CreatedAt: "2026-07-03T00:05:06-04:00", Assignee: user, PendingCancellationDate: p("2026-12-01"), PlanType: "business",
		LastAuthenticatedAt: p("2026-09-03T04:05:06Z"), UpdatedAt: "2026-12-02T23:05:06-05:00",
		LastActivityAt: p("2026-08-03T00:05:06-04:00"), LastActivityEditor: p(hostile), AssigningTeam: child, Organization: organization,
	}
	vary := func(change func(*seatShape)) seatShape {
		s := full
		change(&s)
		return s
	}
	want := standard(t, pageShape{TotalSeats: 12345678901, Seats: []seatShape{
		full,
		vary(func(s *seatShape) {
			s.PendingCancellationDate, s.LastAuthenticatedAt, s.LastActivityAt, s.LastActivityEditor, s.AssigningTeam = nil, nil, nil, nil, nil
		}),
		vary(func(s *seatShape) { s.AssigningTeam = alone }),
		vary(func(s *seatShape) { s.LastActivityEditor = p("") }),
		vary(func(s *seatShape) { s.AssigningTeam, s.Organization = group, nil }),
	}})
	got := string(w.seatPage(usher.SeatPage{TotalSeats: 12345678901, Seats: []usher.SeatRow{ofOrganization, bare, orphan, silent, ofEnterprise}}))
	if diff := cmp.Diff(strings.SplitAfter(want, ","), strings.SplitAfter(got, ",")); diff != "" {
		t.Errorf("a page of seats (-standard +written):\n%s", diff)
	}

	w.withOrganization = false
	want = standard(t, vary(func(s *seatShape) { s.Organization = nil }))
	if diff := cmp.Diff(want, string(w.seat(nil, ofOrganization))); diff != "" {
		t.Errorf("a seat outside an enterprise's list (-standard +written):\n%s", diff)
	}
	if diff := cmp.Diff(standard(t, pageShape{Seats: []seatShape{}}), string(w.seatPage(usher.SeatPage{}))); diff != "" {
		t.Errorf("an empty page (-standard +written):\n%s", diff)
	}
}

func TestTheHandWrittenBillingIsTheStandardEncoders(t *testing.T) {
	t.Parallel()
	row, _ := fixtures(t)
	breakdown := usher.SeatBreakdown{Total: 1, AddedThisCycle: 2, PendingCancellation: 3, PendingInvitation: 4, ActiveThisCycle: 5, InactiveThisCycle: 6}
	filled(t, "breakdown", reflect.ValueOf(breakdown))
	shape := billingShape{
		SeatManagementSetting: "assign_selected", IDEChat: "enabled", PlatformChat: "disabled", CLI: "unconfigured", PublicCodeSuggestions: "block", PlanType: "business",
	}
	b := &shape.SeatBreakdown
	b.Total, b.AddedThisCycle, b.PendingCancellation, b.PendingInvitation, b.ActiveThisCycle, b.InactiveThisCycle = 1, 2, 3, 4, 5, 6
	got := string(billing(usher.Billing{Subscription: *row.Account.Subscription, Breakdown: breakdown}))
	if diff := cmp.Diff(standard(t, shape), got); diff != "" {
		t.Errorf("(-standard +written):\n%s", diff)
	}
}

func TestTheHandWrittenErrorIsTheStandardEncoders(t *testing.T) {
	t.Parallel()
	got := string(failure{
		status: 422, message: hostile, docs: docsRoot,
		items: []item{{"User", "missing", usersField, hostile}, {"Team", "invalid", teamsField, "second"}},
	}.json())
	want := standard(t, errorShape{
		Message: hostile, DocumentationURL: docsRoot, Status: "422",
		Errors: []itemShape{{"User", "missing", "selected_usernames", hostile}, {"Team", "invalid", "selected_teams", "second"}},
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("with errors (-standard +written):\n%s", diff)
	}
	got = string(failure{status: 404, message: "Not Found", docs: docsRoot}.json())
	if diff := cmp.Diff(standard(t, errorShape{Message: "Not Found", DocumentationURL: docsRoot, Status: "404"}), got); diff != "" {
		t.Errorf("without errors (-standard +written):\n%s", diff)
	}
}

func TestALineSeparatorStaysAsItIs(t *testing.T) {
	t.Parallel()
	// The one difference from the standard encoder, which escapes these two for JavaScript.
	if got, want := string(appendString(nil, "a\u2028b\u2029c")), "\"a\u2028b\u2029c\""; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "octocat", hostile, "\xff", "a\xc3(b", "\xed\xa0\x80", "\u2028", "\ufffd", "\xf4\x90\x80\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := string(appendString([]byte("x"), text))
		var back string
		if err := json.Unmarshal([]byte(got[1:]), &back); err != nil {
			t.Fatalf("%q became %s: %v", text, got, err)
		}
		if want := strings.ToValidUTF8(text, "\xff"); utf8.ValidString(text) && back != want {
			t.Errorf("%q came back as %q", text, back)
		}
		want := strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", `\ufffd`, "\uFFFD")
		if standard := standard(t, text); !strings.Contains(text, `\`) && got[1:] != want.Replace(standard) {
			t.Errorf("got %s, the standard encoder %s", got[1:], standard)
		}
	})
}

func TestZonesAreLoadedOnceAndAnUnknownOneIsUTC(t *testing.T) {
	t.Parallel()
	z := newZones()
	for _, name := range []string{"", "No/Such_Zone", "No/Such_Zone"} {
		if got := z.load(name); got != time.UTC {
			t.Errorf("%q: got %v, want UTC itself", name, got)
		}
	}
	kolkata := z.load("Asia/Kolkata")
	if kolkata.String() != "Asia/Kolkata" || z.load("Asia/Kolkata") != kolkata {
		t.Errorf("got %v, then %v; want Asia/Kolkata, the same twice", kolkata, z.load("Asia/Kolkata"))
	}
}

func TestTimesAreWholeSecondsWithTheZonesOffset(t *testing.T) {
	t.Parallel()
	z := newZones()
	summer := time.Date(2026, time.July, 1, 12, 0, 0, 999_999_000, time.UTC)
	winter := summer.AddDate(0, 6, 0)
	cases := []struct {
		zone string
		at   time.Time
		want string
	}{
		{"", summer, `"2026-07-01T12:00:00Z"`},
		{"Europe/London", summer, `"2026-07-01T13:00:00+01:00"`},
		{"Europe/London", winter, `"2027-01-01T12:00:00+00:00"`},
		{"America/New_York", summer, `"2026-07-01T08:00:00-04:00"`},
		{"America/New_York", winter, `"2027-01-01T07:00:00-05:00"`},
		{"Asia/Kathmandu", summer, `"2026-07-01T17:45:00+05:45"`},
		{"Pacific/Kiritimati", summer, `"2026-07-02T02:00:00+14:00"`},
		{"America/New_York", time.Time{}, `null`},
	}
	for _, c := range cases {
		w := writer{zone: z.load(c.zone)}
		if got := string(w.local(nil, c.at)); got != c.want {
			t.Errorf("%v in %q: got %s, want %s", c.at, c.zone, got, c.want)
		}
	}
	if got, want := string(utc(nil, winter.In(z.load("Asia/Kathmandu")))), `"2027-01-01T12:00:00Z"`; got != want {
		t.Errorf("UTC: got %s, want %s", got, want)
	}
	if got, want := string(date(nil, time.Date(2026, time.December, 1, 3, 0, 0, 0, z.load("Asia/Kathmandu")))), `"2026-11-30"`; got != want {
		t.Errorf("a date is UTC's: got %s, want %s", got, want)
	}
}
