package ownapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	organizationSettings = "/_usher/orgs/octodemo/copilot"
	enterpriseSettings   = "/_usher/enterprises/octo-enterprise/copilot"
	billingOf            = "/orgs/octodemo/copilot/billing"
	seatsOf              = "/orgs/octodemo/copilot/billing/seats"
)

func TestSettingsAreChangedOneByOneAndShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	shown := map[string]string{
		"plan": `"business"`, "seat_management": `"assign_selected"`, "public_code_suggestions": `"block"`,
		"ide_chat": `"unconfigured"`, "platform_chat": `"unconfigured"`, "cli": `"unconfigured"`,
		"set_up": "true", "payment_problem": "false", "cycle_day": "1", "enterprise": `"octo-enterprise"`,
	}
	answer := func() string {
		text := `{"enabled":true,"plan":PLAN,"seat_management":SEAT_MANAGEMENT,"public_code_suggestions":PUBLIC_CODE_SUGGESTIONS,` +
			`"ide_chat":IDE_CHAT,"platform_chat":PLATFORM_CHAT,"cli":CLI,"billing":{"set_up":SET_UP,"payment_problem":PAYMENT_PROBLEM,"cycle_day":CYCLE_DAY},"enterprise":ENTERPRISE}`
		for key, value := range shown {
			text = strings.ReplaceAll(text, ":"+strings.ToUpper(key), ":"+value)
		}
		return text
	}
	w.do("PATCH", organizationSettings, owner, `{"enabled":true}`).is(t, "as it is", 200, answer())
	for _, c := range []struct{ key, value string }{
		{"plan", `"enterprise"`},
		{"plan", `"business"`},
		{"seat_management", `"assign_all"`},
		{"seat_management", `"assign_selected"`},
		{"seat_management", `"disabled"`},
		{"seat_management", `"unconfigured"`},
		{"public_code_suggestions", `"allow"`},
		{"public_code_suggestions", `"unconfigured"`},
		{"public_code_suggestions", `"block"`},
		{"ide_chat", `"enabled"`},
		{"ide_chat", `"disabled"`},
		{"ide_chat", `"unconfigured"`},
		{"platform_chat", `"enabled"`},
		{"platform_chat", `"disabled"`},
		{"platform_chat", `"unconfigured"`},
		{"cli", `"enabled"`},
		{"cli", `"disabled"`},
		{"cli", `"unconfigured"`},
		{"set_up", "false"},
		{"set_up", "true"},
		{"payment_problem", "true"},
		{"payment_problem", "false"},
		{"cycle_day", "28"},
		{"cycle_day", "1"},
		{"cycle_day", "20"},
	} {
		shown[c.key] = c.value
		body := fmt.Sprintf(`{%q:%s}`, c.key, c.value)
		if c.key == "set_up" || c.key == "payment_problem" || c.key == "cycle_day" {
			body = `{"billing":` + body + `}`
		}
		w.do("PATCH", organizationSettings, owner, body).is(t, body, 200, answer())
		w.do("PATCH", organizationSettings, owner, `{"enabled":true}`).is(t, "after "+body, 200, answer())
	}
}

func TestCopilotIsSwitchedOffAndOnAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	before := w.do("GET", seatsOf, owner, "")
	w.do("PATCH", organizationSettings, owner, `{"enabled":false}`).is(t, "off", 200, `{"enabled":false,"enterprise":"octo-enterprise"}`)
	w.do("PATCH", organizationSettings, owner, `{"enabled":false}`).is(t, "off again", 200, `{"enabled":false,"enterprise":"octo-enterprise"}`)
	if got := w.do("GET", billingOf, owner, ""); got.Status != 404 || !strings.Contains(got.Body, "Copilot Business is not enabled for this organization.") {
		t.Errorf("billing: got %d %s", got.Status, got.Body)
	}
	w.do("PATCH", organizationSettings, owner, `{"cli":"enabled"}`).is(t, "while off", 422, failed(t, "422", "Copilot Business is not enabled for this organization."))
	w.do("PATCH", organizationSettings, owner, `{"enabled":false,"cli":"enabled"}`).is(t, "off and more", 422, failed(t, "422", "Copilot cannot be switched off and set up at once: send enabled alone."))
	const on = `"plan":"business","seat_management":"unconfigured","public_code_suggestions":"unconfigured","ide_chat":"unconfigured","platform_chat":"unconfigured","cli":"unconfigured","billing":{"set_up":true,"payment_problem":false,"cycle_day":1}`
	w.do("PATCH", organizationSettings, owner, `{"enabled":true}`).is(t, "on", 200, `{"enabled":true,`+on+`,"enterprise":"octo-enterprise"}`)
	w.do("PATCH", organizationSettings, owner, `{"seat_management":"assign_selected","public_code_suggestions":"block"}`)
	after := w.do("GET", seatsOf, owner, "")
	if got, want := withoutUpdates(t, after.Body), withoutUpdates(t, before.Body); got != want {
		t.Errorf("seats: got %s, want %s", got, want)
	}
	w.do("PATCH", "/_usher/orgs/NO-copilot/copilot", owner, `{"enabled":true,"seat_management":"assign_all","billing":{"cycle_day":28}}`).is(t, "an organization of no enterprise", 200,
		`{"enabled":true,"plan":"business","seat_management":"assign_all","public_code_suggestions":"unconfigured","ide_chat":"unconfigured","platform_chat":"unconfigured","cli":"unconfigured","billing":{"set_up":true,"payment_problem":false,"cycle_day":28},"enterprise":null}`)
	if got := w.do("GET", "/orgs/no-copilot/copilot/billing/seats", owner, ""); !strings.Contains(got.Body, `"total_seats":2,`) {
		t.Errorf("seats of everybody: got %s", got.Body)
	}
}

// withoutUpdates is a list of seats without the times of their last changes.
func withoutUpdates(t *testing.T, body string) string {
	t.Helper()
	var list struct {
		Total int              `json:"total_seats"`
		Seats []map[string]any `json:"seats"`
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, seat := range list.Seats {
		delete(seat, "updated_at")
	}
	return fmt.Sprint(list)
}

func TestAnEnterpriseHasSettingsOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const on = `"seat_management":"assign_selected","public_code_suggestions":"block","ide_chat":"unconfigured","platform_chat":"unconfigured","cli":"unconfigured","billing":{"set_up":true,"payment_problem":false,"cycle_day":15}}`
	w.do("PATCH", "/_usher/enterprises/42/copilot", owner, `{"plan":"business","billing":{"cycle_day":15}}`).is(t, "by number", 200, `{"enabled":true,"plan":"business",`+on)
	if got := w.do("GET", "/enterprises/octo-enterprise/members/hubot/copilot", owner, ""); !strings.Contains(got.Body, `"pending_cancellation_date":"2026-12-15"`) {
		t.Errorf("the pending seat: got %s", got.Body)
	}
	w.do("PATCH", enterpriseSettings, owner, `{"enabled":false}`).is(t, "off", 200, `{"enabled":false}`)
	w.do("PATCH", enterpriseSettings, owner, `{"plan":"business"}`).is(t, "while off", 422, failed(t, "422", "Copilot Business is not enabled for this enterprise."))
	if got := w.do("GET", "/enterprises/octo-enterprise/copilot/billing/seats", owner, ""); !strings.Contains(got.Body, `"total_seats":2,`) {
		t.Errorf("the organization's seats: got %s", got.Body)
	}
}

func TestAnOrganizationIsMovedBetweenEnterprises(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const on = `{"enabled":true,"plan":"business","seat_management":"assign_selected","public_code_suggestions":"block","ide_chat":"unconfigured","platform_chat":"unconfigured","cli":"unconfigured","billing":{"set_up":true,"payment_problem":false,"cycle_day":1},"enterprise":`
	totals := func(octo, other int) {
		t.Helper()
		for slug, want := range map[string]int{"octo-enterprise": octo, "other": other} {
			got := w.do("GET", "/enterprises/"+slug+"/copilot/billing/seats", owner, "")
			if !strings.Contains(got.Body, fmt.Sprintf(`"total_seats":%d,`, want)) {
				t.Errorf("seats of %s: got %s, want %d", slug, got.Body, want)
			}
		}
	}
	totals(2, 0)
	w.do("PATCH", organizationSettings, owner, `{"enterprise":"Other"}`).is(t, "moved", 200, on+`"other"}`)
	totals(1, 2)
	w.do("PATCH", organizationSettings, owner, `{"enterprise":"other"}`).is(t, "where it is", 200, on+`"other"}`)
	w.do("PATCH", organizationSettings, owner, `{"enterprise":null}`).is(t, "out", 200, on+`null}`)
	totals(1, 0)
	w.do("PATCH", organizationSettings, owner, `{"enterprise":"octo-enterprise"}`).is(t, "back", 200, on+`"octo-enterprise"}`)
	totals(2, 0)
	w.do("PATCH", "/_usher/orgs/no-copilot/copilot", owner, `{"enterprise":"other"}`).is(t, "one that is not enabled", 200, `{"enabled":false,"enterprise":"other"}`)

	for _, slug := range []string{"foreign", "nowhere", "octodemo", "42"} {
		message := fmt.Sprintf("There is no enterprise %q, or you do not own it.", slug)
		w.do("PATCH", organizationSettings, owner, `{"enterprise":"`+slug+`"}`).is(t, slug, 422, failed(t, "422", message))
	}
	w.do("PATCH", organizationSettings, "github_pat_write", `{"enterprise":null}`).is(t, "a fine-grained token", 403, failed(t, "403", "Resource not accessible by personal access token"))
	for _, slug := range []string{"other", "nowhere"} {
		w.do("PATCH", organizationSettings, "ghs_write", `{"enterprise":"`+slug+`"}`).is(t, "an installation", 403, failed(t, "403", "Resource not accessible by integration"))
	}
	totals(2, 0)
}

func TestSettingsThatBreakTheFormAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const (
		keys       = "enabled, plan, seat_management, public_code_suggestions, ide_chat, platform_chat, cli, billing"
		unknown    = `" is not a key of the body; the keys are ` + keys + ", enterprise."
		inBilling  = `" is not a key of billing; the keys are set_up, payment_problem, cycle_day.`
		plan       = `"plan" must be one of business, enterprise.`
		seats      = `"seat_management" must be one of assign_all, assign_selected, disabled, unconfigured.`
		flag       = " must be true or false."
		day        = `"billing.cycle_day" must be a whole number from 1 to 28.`
		object     = `"billing" must be an object, like {"cycle_day":15}.`
		alone      = `"enterprise" goes alone: move the organization and change its settings in two calls.`
		enterprise = `"enterprise" must be the slug of an enterprise, or null for none.`
	)
	billing, list := w.do("GET", billingOf, owner, "").Header.Get("ETag"), w.do("GET", seatsOf, owner, "").Header.Get("ETag")
	for _, c := range []struct{ body, want string }{
		{`{}`, "At least one of these keys is needed: " + keys + ", enterprise."},
		{`{"billing":{}}`, "At least one of these keys is needed: billing.set_up, billing.payment_problem, billing.cycle_day."},
		{`{"plna":"business"}`, `"plna` + unknown},
		{`{"plan":"enterprise","Plan":"business","seats":1}`, `"Plan` + unknown + "\n" + `"seats` + unknown},
		{`{"cycle_day":3}`, `"cycle_day` + unknown},
		{`{"billing":{"day":3,"set_up":true}}`, `"billing.day` + inBilling},
		{`{"` + strings.Repeat("é", 101) + `":1}`, `"` + strings.Repeat("é", 100) + "…" + unknown},
		{`{"plan":"team"}`, plan},
		{`{"plan":null}`, plan},
		{`{"plan":"Business"}`, plan},
		{`{"plan":["business"]}`, plan},
		{`{"seat_management":"all"}`, seats},
		{`{"seat_management":""}`, seats},
		{`{"public_code_suggestions":"enabled"}`, `"public_code_suggestions" must be one of allow, block, unconfigured.`},
		{`{"ide_chat":"allow"}`, `"ide_chat" must be one of enabled, disabled, unconfigured.`},
		{`{"platform_chat":true}`, `"platform_chat" must be one of enabled, disabled, unconfigured.`},
		{`{"cli":null}`, `"cli" must be one of enabled, disabled, unconfigured.`},
		{`{"enabled":null}`, `"enabled"` + flag},
		{`{"enabled":"true"}`, `"enabled"` + flag},
		{`{"enabled":1}`, `"enabled"` + flag},
		{`{"billing":null}`, object},
		{`{"billing":15}`, object},
		{`{"billing":[]}`, object},
		{`{"billing":{"set_up":"yes"}}`, `"billing.set_up"` + flag},
		{`{"billing":{"payment_problem":null}}`, `"billing.payment_problem"` + flag},
		{`{"billing":{"cycle_day":0}}`, day},
		{`{"billing":{"cycle_day":29}}`, day},
		{`{"billing":{"cycle_day":-1}}`, day},
		{`{"billing":{"cycle_day":1.5}}`, day},
		{`{"billing":{"cycle_day":"15"}}`, day},
		{`{"billing":{"cycle_day":null}}`, day},
		{`{"billing":{"cycle_day":99999999999999999999}}`, day},
		{`{"enterprise":"other","plan":"business"}`, alone},
		{`{"enterprise":null,"enabled":true}`, alone},
		{`{"enterprise":""}`, enterprise},
		{`{"enterprise":42}`, enterprise},
		{`{"enterprise":{"slug":"other"}}`, enterprise},
		{`{"plan":"team","enabled":0,"billing":{"cycle_day":99},"x":1}`, `"enabled"` + flag + "\n" + plan + "\n" + day + "\n" + `"x` + unknown},
		{``, "For 'links/0/schema', nil is not an object."},
	} {
		w.do("PATCH", organizationSettings, owner, c.body).is(t, c.body, 422, failed(t, "422", "Invalid request.\n\n"+c.want))
	}
	w.do("PATCH", organizationSettings, owner, `{"plan"`).is(t, "no JSON", 400, failed(t, "400", "Problems parsing JSON"))
	w.do("PATCH", organizationSettings, owner, `[]`).is(t, "no object", 400, failed(t, "400", "Body should be a JSON object"))
	w.do("PATCH", enterpriseSettings, owner, `{"enterprise":null}`).is(t, "an enterprise's enterprise", 422,
		failed(t, "422", "Invalid request.\n\n"+`"enterprise" is not a key of the body; the keys are `+keys+"."))
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf(`"x%d":1`, i)
	}
	if got := w.do("PATCH", organizationSettings, owner, "{"+strings.Join(many, ",")+"}"); got.Status != 422 || len(got.Body) > 5000 {
		t.Errorf("a thousand unknown keys: got %d with %d bytes", got.Status, len(got.Body))
	}
	for path, tag := range map[string]string{billingOf: billing, seatsOf: list} {
		if got := w.do("GET", path, owner, "").Header.Get("ETag"); got != tag {
			t.Errorf("%s: something has changed", path)
		}
	}
}

func TestSettingsAreForOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const body = `{"enabled":true}`
	for token, want := range map[string]struct{ organization, enterprise int }{
		owner: {200, 200}, "gho_owner": {200, 200}, "ghp_admin_org": {200, 403}, "ghp_admin_enterprise": {403, 200},
		"ghp_read_org": {403, 403}, "ghp_no_scope": {403, 403}, "ghp_member": {403, 403}, "ghp_outsider": {404, 404},
		"github_pat_write": {200, 403}, "github_pat_read": {403, 403}, "github_pat_elsewhere": {404, 403},
		"ghu_write": {200, 403}, "ghs_write": {200, 403}, "ghs_read": {403, 403}, "ghs_gateway": {403, 403},
		"": {401, 401}, "ghp_expired": {401, 401}, "ghp_nobody_has": {401, 401},
	} {
		if got := w.do("PATCH", organizationSettings, token, body); got.Status != want.organization {
			t.Errorf("%q on the organization: got %d %s, want %d", token, got.Status, got.Body, want.organization)
		}
		if got := w.do("PATCH", enterpriseSettings, token, body); got.Status != want.enterprise {
			t.Errorf("%q on the enterprise: got %d %s, want %d", token, got.Status, got.Body, want.enterprise)
		}
	}
	for _, path := range []string{"/_usher/orgs/nobody/copilot", "/_usher/enterprises/nobody/copilot", "/_usher/enterprises/foreign/copilot", "/_usher/organizations/9919/copilot"} {
		w.do("PATCH", path, owner, body).is(t, path, 404, failed(t, "404", "Not Found"))
	}
	for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
		w.do(method, organizationSettings, owner, body).is(t, method, 404, failed(t, "404", "Not Found"))
	}
}

func TestWhoMayNotIsToldBeforeTheFormIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if got := w.do("PATCH", organizationSettings, "ghp_member", `{"plna":1}`); got.Status != 403 {
		t.Errorf("got %d %s, want 403", got.Status, got.Body)
	}
}

// Who holds the tag of a reading must get another answer once a setting that it shows is
// changed, and 304 where nothing has.
func TestEachSettingEndsTheTagsOfWhatShowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	tag := func(path string) string { return w.do("GET", path, owner, "").Header.Get("ETag") }
	status := func(path, tag string) int {
		return w.send("GET", path, owner, "", http.Header{"If-None-Match": {tag}}).Status
	}
	paths := []string{billingOf, seatsOf, "/orgs/octodemo/members/octocat/copilot", "/enterprises/octo-enterprise/copilot/billing/seats"}
	for _, body := range []string{
		`{"plan":"enterprise"}`, `{"seat_management":"assign_all"}`, `{"public_code_suggestions":"allow"}`, `{"ide_chat":"enabled"}`,
		`{"platform_chat":"enabled"}`, `{"cli":"disabled"}`, `{"billing":{"cycle_day":9}}`, `{"billing":{"set_up":false}}`,
	} {
		tags := map[string]string{}
		for _, path := range paths {
			tags[path] = tag(path)
		}
		if got := w.do("PATCH", organizationSettings, owner, body); got.Status != 200 {
			t.Fatalf("%s: got %d %s", body, got.Status, got.Body)
		}
		for _, path := range paths {
			if got := status(path, tags[path]); got != 200 {
				t.Errorf("%s after %s: got %d, want 200", path, body, got)
			}
			tags[path] = tag(path)
		}
		w.do("PATCH", organizationSettings, owner, body) // which it is already
		for _, path := range paths {
			if got := status(path, tags[path]); got != 304 {
				t.Errorf("%s after %s once more: got %d, want 304", path, body, got)
			}
		}
	}
	list := paths[3]
	before := tag(list)
	w.do("PATCH", organizationSettings, owner, `{"enterprise":null}`)
	if got := status(list, before); got != 200 {
		t.Errorf("the enterprise's list after a move: got %d, want 200", got)
	}
	before = tag(list)
	w.do("PATCH", enterpriseSettings, owner, `{"plan":"business"}`)
	if got := status(list, before); got != 200 {
		t.Errorf("the enterprise's list after its own change: got %d, want 200", got)
	}
}
