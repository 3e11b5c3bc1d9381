package e2e

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v89/github"

	"github.com/usher-seats/usher/internal/description"
)

// goGitHub is a client as its documentation makes one for an Enterprise Server. What it is
// answered must follow GitHub's description, unless the options bring another transport.
func goGitHub(t *testing.T, url, token string, options ...github.ClientOptionsFunc) *github.Client {
	t.Helper()
	validated := description.Shared(t).Transport(t, http.DefaultTransport)
	options = append([]github.ClientOptionsFunc{github.WithTransport(validated), github.WithEnterpriseURLs(url, url)}, options...)
	if token != "" {
		options = append(options, github.WithAuthToken(token))
	}
	client, err := github.NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// What only reads shares a server.
func TestGoGitHubReads(t *testing.T) {
	t.Parallel()
	url := serve(t).url
	for _, read := range []struct {
		name string
		test func(t *testing.T, url string)
	}{
		{"gets the billing", getsTheBilling},
		{"walks the seats from the first page to the last", walksTheSeats},
		{"iterates over the seats in the order of the pages", iteratesOverTheSeats},
		{"knows the pages around each page", knowsThePagesAround},
		{"gets the seat of a member", getsTheSeatOfAMember},
		{"lists the seats of an enterprise", listsTheSeatsOfAnEnterprise},
		{"gets users and organizations", getsUsersAndOrganizations},
		{"gets what is said of the server", getsMeta},
		{"knows when its token expires", knowsWhenItsTokenExpires},
		{"is refused with typed errors", isRefusedWithTypedErrors},
		{"asks in both API versions", asksInBothAPIVersions},
	} {
		t.Run(read.name, func(t *testing.T) { read.test(t, url) })
	}
}

func getsTheBilling(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghp_ada")
	got, _, err := client.Copilot.GetCopilotBilling(t.Context(), "Acme-Dev")
	if err != nil {
		t.Fatal(err)
	}
	want := &github.CopilotOrganizationDetails{
		SeatBreakdown: &github.CopilotSeatBreakdown{
			Total: 254, AddedThisCycle: 252, PendingCancellation: 1, ActiveThisCycle: 1, InactiveThisCycle: 253,
		},
		PublicCodeSuggestions: "block",
		SeatManagementSetting: "assign_selected",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("billing (-want +got):\n%s", diff)
	}
}

// list is one of the two methods that list seats.
type list func(context.Context, string, *github.ListOptions) (*github.ListCopilotSeatsResponse, *github.Response, error)

// walk follows NextPage from the first page to the end.
func walk(t *testing.T, list list, account string, perPage int) (pages [][]*github.CopilotSeatDetails, total int64) {
	t.Helper()
	options := &github.ListOptions{PerPage: perPage}
	for {
		page, response, err := list(t.Context(), account, options)
		if err != nil {
			t.Fatalf("page %d of %s: %v", options.Page, account, err)
		}
		if len(pages) == 0 {
			total = page.TotalSeats
		}
		if page.TotalSeats != total {
			t.Errorf("page %d of %s: got a total of %d seats, and %d on the first page", options.Page, account, page.TotalSeats, total)
		}
		pages = append(pages, page.Seats)
		if response.NextPage == 0 {
			return pages, total
		}
		options.Page = response.NextPage
	}
}

func walksTheSeats(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghp_ada")
	for _, c := range []struct {
		perPage int
		want    []int // seats on each page
	}{
		{perPage: 100, want: []int{100, 100, 54}},
		{perPage: 0, want: []int{50, 50, 50, 50, 50, 4}},
		{perPage: 127, want: []int{100, 100, 54}}, // 100 is the most
	} {
		pages, total := walk(t, client.Copilot.ListCopilotSeats, "acme-dev", c.perPage)
		var got []int
		logins := map[string]bool{}
		for _, page := range pages {
			got = append(got, len(page))
			for _, seat := range page {
				logins[loginOf(t, seat)] = true
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("seats on each page, %d asked for (-want +got):\n%s", c.perPage, diff)
		}
		if int64(len(logins)) != total || total != 254 {
			t.Errorf("%d asked for a page: got %d people and a total of %d, want 254 of both", c.perPage, len(logins), total)
		}
	}
}

func loginOf(t *testing.T, seat *github.CopilotSeatDetails) string {
	t.Helper()
	user, ok := seat.GetUser()
	if !ok {
		t.Fatalf("got the assignee %v, want a user", seat.Assignee)
	}
	return user.GetLogin()
}

func iteratesOverTheSeats(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghp_ada")
	pages, _ := walk(t, client.Copilot.ListCopilotSeats, "acme-dev", 100)
	var want []string
	for _, page := range pages {
		for _, seat := range page {
			want = append(want, loginOf(t, seat))
		}
	}
	var got []string
	for seat, err := range client.Copilot.ListCopilotSeatsIter(t.Context(), "acme-dev", nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, loginOf(t, seat))
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 254 {
		t.Errorf("got %d seats (-want +got):\n%s", len(got), diff)
	}
}

func knowsThePagesAround(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghp_ada")
	type around struct{ First, Prev, Next, Last int }
	for page, want := range map[int]around{
		1: {Next: 2, Last: 3},
		2: {First: 1, Prev: 1, Next: 3, Last: 3},
		3: {First: 1, Prev: 2},
		9: {First: 1, Prev: 3, Last: 3}, // past the end
	} {
		_, response, err := client.Copilot.ListCopilotSeats(t.Context(), "acme-dev", &github.ListOptions{Page: page, PerPage: 100})
		if err != nil {
			t.Fatal(err)
		}
		got := around{response.FirstPage, response.PrevPage, response.NextPage, response.LastPage}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("around page %d (-want +got):\n%s", page, diff)
		}
	}
}

// row is what go-github knows of a seat, in words.
type row struct {
	Login, Team, Created, Pending, Activity, Editor, Plan string
}

func rowOf(t *testing.T, seat *github.CopilotSeatDetails) row {
	t.Helper()
	got := row{
		Login: loginOf(t, seat), Team: seat.GetAssigningTeam().GetSlug(),
		Created: seat.GetCreatedAt().Format(time.RFC3339),
		Pending: seat.GetPendingCancellationDate(),
		Editor:  seat.GetLastActivityEditor(), Plan: seat.GetPlanType(),
	}
	if seat.LastActivityAt != nil {
		got.Activity = seat.LastActivityAt.Format(time.RFC3339)
	}
	return got
}

func getsTheSeatOfAMember(t *testing.T, url string) {
	t.Parallel()
	for _, c := range []struct {
		name, token string
		want        row
	}{
		{"with activity, in the zone of the token's user", "ghp_ada", row{
			Login: "dev-001", Created: "2026-08-03T20:00:00+02:00", Plan: "business",
			Activity: "2026-11-19T11:00:00+01:00", Editor: "vscode/1.96.4/copilot/1.261.0",
		}},
		{"with activity, in another zone", "ghp_grace", row{
			Login: "dev-001", Created: "2026-08-03T14:00:00-04:00", Plan: "business",
			Activity: "2026-11-19T05:00:00-05:00", Editor: "vscode/1.96.4/copilot/1.261.0",
		}},
		{"for an App, in UTC", "ghs_acme_dev", row{
			Login: "dev-001", Created: "2026-08-03T18:00:00Z", Plan: "business",
			Activity: "2026-11-19T10:00:00Z", Editor: "vscode/1.96.4/copilot/1.261.0",
		}},
		{"cancelled", "ghp_ada", row{Login: "dev-002", Created: "2026-09-23T20:00:00+02:00", Pending: "2026-12-01", Plan: "business"}},
		{"given to the parent of the member's team", "ghp_ada", row{Login: "dev-252", Team: "engineering", Created: "2026-11-20T13:00:00+01:00", Plan: "business"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := goGitHub(t, url, c.token).Copilot.GetSeatDetails(t.Context(), "acme-dev", c.want.Login)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, rowOf(t, got)); diff != "" {
				t.Errorf("seat (-want +got):\n%s", diff)
			}
		})
	}
}

func listsTheSeatsOfAnEnterprise(t *testing.T, url string) {
	t.Parallel()
	for _, token := range []string{"ghp_ada", "ghp_betty"} {
		pages, total := walk(t, goGitHub(t, url, token).Copilot.ListCopilotEnterpriseSeats, "acme", 100)
		people, rows, teams := map[string]bool{}, 0, map[string]int{}
		for _, page := range pages {
			for _, seat := range page {
				rows++
				people[loginOf(t, seat)] = true
				teams[seat.GetAssigningTeam().GetSlug()]++
			}
		}
		// acme-dev's 254 and acme-all's two; of the enterprise linus, and a team of two of whom
		// one has seats in both organizations too.
		if rows != 259 || total != 256 || len(people) != 256 {
			t.Errorf("%s: got %d rows, %d people and a total of %d, want 259, 256 and 256", token, rows, len(people), total)
		}
		want := map[string]int{"": 253, "ent:platform": 2, "engineering": 4}
		if diff := cmp.Diff(want, teams); diff != "" {
			t.Errorf("%s: rows of each team (-want +got):\n%s", token, diff)
		}
	}
}

func getsUsersAndOrganizations(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "ghp_ada")
	type profile struct {
		Login, Name, Email, Type string
		ID                       int64
	}
	for asked, want := range map[string]profile{
		"":         {"ada", "Ada Lovelace", "ada@example.com", "User", 101}, // whose token it is
		"ADA":      {"ada", "Ada Lovelace", "ada@example.com", "User", 101},
		"dev-001":  {"dev-001", "", "", "User", 1001},
		"acme-dev": {"acme-dev", "", "", "Organization", 9001},
	} {
		user, _, err := client.Users.Get(t.Context(), asked)
		if err != nil {
			t.Fatalf("user %q: %v", asked, err)
		}
		got := profile{user.GetLogin(), user.GetName(), user.GetEmail(), user.GetType(), user.GetID()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("user %q (-want +got):\n%s", asked, diff)
		}
	}
	organization, _, err := client.Organizations.Get(t.Context(), "Acme-Dev")
	if err != nil {
		t.Fatal(err)
	}
	got := profile{organization.GetLogin(), organization.GetName(), organization.GetEmail(), organization.GetType(), organization.GetID()}
	if diff := cmp.Diff(profile{"acme-dev", "", "", "Organization", 9001}, got); diff != "" {
		t.Errorf("organization (-want +got):\n%s", diff)
	}
}

func getsMeta(t *testing.T, url string) {
	t.Parallel()
	client := goGitHub(t, url, "") // needs no token
	meta, _, err := client.Meta.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if meta.VerifiablePasswordAuthentication == nil || meta.GetVerifiablePasswordAuthentication() {
		t.Errorf("got verifiable_password_authentication %v, want false", meta.VerifiablePasswordAuthentication)
	}
	zen, _, err := client.Meta.Zen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if zen == "" || zen[0] == '"' {
		t.Errorf("got the zen %s, want a sentence in plain text", zen)
	}
}

func knowsWhenItsTokenExpires(t *testing.T, url string) {
	t.Parallel()
	for token, want := range map[string]time.Time{
		"ghp_ada":          {},
		"ghp_ada_expiring": time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC),
	} {
		_, response, err := goGitHub(t, url, token).Copilot.GetCopilotBilling(t.Context(), "acme-dev")
		if err != nil {
			t.Fatal(err)
		}
		if got := response.TokenExpiration; !got.Equal(github.Timestamp{Time: want}) {
			t.Errorf("%s: got %s, want %s", token, got, want)
		}
	}
}

func TestGoGitHubGivesSeatsAndTakesThemBack(t *testing.T) {
	t.Parallel()
	client := goGitHub(t, serve(t).url, "ghp_ada")
	t.Run("of users", func(t *testing.T) { usersComeAndGo(t, client) }) // first: it counts all seats
	t.Run("of teams", func(t *testing.T) { teamsComeAndGo(t, client) })
}

func usersComeAndGo(t *testing.T, client *github.Client) {
	// One without a seat, one invited, one cancelled; dev-003 has a live seat already.
	added, response, err := client.Copilot.AddCopilotUsers(t.Context(), "acme-dev", []string{"Linus", "newhire", "dev-002", "dev-003"})
	if err != nil {
		t.Fatal(err)
	}
	if added.SeatsCreated != 3 || response.StatusCode != http.StatusCreated {
		t.Errorf("got %d seats created, status %d; want 3, 201", added.SeatsCreated, response.StatusCode)
	}
	pendingOf := func(login string) string {
		t.Helper()
		seat, _, err := client.Copilot.GetSeatDetails(t.Context(), "acme-dev", login)
		if err != nil {
			t.Fatal(err)
		}
		return seat.GetPendingCancellationDate()
	}
	for _, login := range []string{"linus", "dev-002"} {
		if got := pendingOf(login); got != "" {
			t.Errorf("after the grant %s's seat ends on %s, want never", login, got)
		}
	}

	// dev-002's and linus's; the invited one has none to cancel.
	removed, response, err := client.Copilot.RemoveCopilotUsers(t.Context(), "acme-dev", []string{"linus", "newhire", "dev-002"})
	if err != nil {
		t.Fatal(err)
	}
	if removed.SeatsCancelled != 2 || response.StatusCode != http.StatusOK {
		t.Errorf("got %d seats cancelled, status %d; want 2, 200", removed.SeatsCancelled, response.StatusCode)
	}
	for _, login := range []string{"linus", "dev-002"} {
		if got := pendingOf(login); got != "2026-12-01" {
			t.Errorf("after the cancellation %s's seat ends on %q, want 2026-12-01", login, got)
		}
	}
	billing, _, err := client.Copilot.GetCopilotBilling(t.Context(), "acme-dev")
	if err != nil {
		t.Fatal(err)
	}
	if got := billing.SeatBreakdown; got.Total != 255 || got.PendingCancellation != 2 || got.PendingInvitation != 0 {
		t.Errorf("got %+v, want 255 seats, 2 of them pending, and nobody invited", got)
	}
}

func teamsComeAndGo(t *testing.T, client *github.Client) {
	seats := func() (live, pending int) {
		pages, _ := walk(t, client.Copilot.ListCopilotSeats, "acme-dev", 100)
		for _, page := range pages {
			for _, seat := range page {
				switch {
				case seat.GetAssigningTeam().GetSlug() != "docs-team":
				case seat.GetPendingCancellationDate() == "":
					live++
				default:
					pending++
				}
			}
		}
		return live, pending
	}

	added, response, err := client.Copilot.AddCopilotTeams(t.Context(), "acme-dev", []string{"Docs Team"})
	if err != nil {
		t.Fatal(err)
	}
	if added.SeatsCreated != 2 || response.StatusCode != http.StatusCreated {
		t.Errorf("got %d seats created, status %d; want 2, 201", added.SeatsCreated, response.StatusCode)
	}
	if live, pending := seats(); live != 2 || pending != 0 {
		t.Errorf("after the grant the team has %d live seats and %d pending, want 2 and none", live, pending)
	}
	removed, response, err := client.Copilot.RemoveCopilotTeams(t.Context(), "acme-dev", []string{"docs-team"})
	if err != nil {
		t.Fatal(err)
	}
	if removed.SeatsCancelled != 2 || response.StatusCode != http.StatusOK {
		t.Errorf("got %d seats cancelled, status %d; want 2, 200", removed.SeatsCancelled, response.StatusCode)
	}
	if live, pending := seats(); live != 0 || pending != 2 {
		t.Errorf("after the cancellation the team has %d live seats and %d pending, want none and 2", live, pending)
	}
}
