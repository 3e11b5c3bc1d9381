package ownapi_test

import (
	"net/http"
	"testing"
)

func historyOf(login string) string { return "/_usher/orgs/octodemo/seats/" + login + "/history" }

func TestASeatsHistoryIsToldWithItsCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	report := `{"username":"octocat","at":"2026-11-20T11:00:00Z","editor":"vim/9"}`
	w.do("POST", reports, owner, events(report, report)).is(t, "activity", 200, `{"accepted":2,"ignored":[]}`)
	w.do("DELETE", "/orgs/octodemo/copilot/billing/selected_users", owner, `{"selected_usernames":["octocat"]}`).is(t, "cancel", 200, `{"seats_cancelled":1}`)
	for login, want := range map[string]string{
		"OctoCat": `{"user":{"login":"octocat","id":1},"record_from":null,"periods":[{"seat_id":1,"from":"2026-10-01T00:00:00Z","to":null,"ends_at":"2026-12-01T00:00:00Z","ended_by":{"login":"monalisa","id":1001},` +
			`"grants":[{"kind":"direct","granted_at":"2026-10-01T00:00:00Z","granted_by":null,"from":"2026-10-01T00:00:00Z","to":"2026-11-20T12:00:00Z","ended_by":{"login":"monalisa","id":1001}}],` +
			`"activity":{"reports":2,"first_report_at":"2026-11-20T12:00:00Z","last_report_at":"2026-11-20T12:00:00Z","last_activity_at":"2026-11-20T11:00:00Z","last_activity_editor":"vim/9","last_authenticated_at":null}}],` +
			`"cost_to_date":{"currency":"USD","amount":31.67,"cycles":[{"from":"2026-10-01","to":"2026-11-01","days":31,"days_in_cycle":31,"amount":19.00},{"from":"2026-11-01","to":"2026-12-01","days":20,"days_in_cycle":30,"amount":12.67}]}}`,
		"hubot": `{"user":{"login":"hubot","id":2},"record_from":null,"periods":[{"seat_id":2,"from":"2026-11-20T12:00:00Z","to":null,"ends_at":"2026-12-01T00:00:00Z","ended_by":null,` +
			`"grants":[{"kind":"direct","granted_at":"2026-11-20T12:00:00Z","granted_by":null,"from":"2026-11-20T12:00:00Z","to":"2026-11-20T12:00:00Z","ended_by":null}],` +
			`"activity":{"reports":0,"first_report_at":null,"last_report_at":null,"last_activity_at":null,"last_activity_editor":null,"last_authenticated_at":null}}],` +
			`"cost_to_date":{"currency":"USD","amount":0.63,"cycles":[{"from":"2026-11-01","to":"2026-12-01","days":1,"days_in_cycle":30,"amount":0.63}]}}`,
		"newhire": `{"user":{"login":"newhire","id":3},"record_from":null,"periods":[],"cost_to_date":{"currency":"USD","amount":0.00,"cycles":[]}}`,
	} {
		got := w.do("GET", historyOf(login), owner, "")
		got.is(t, login, http.StatusOK, want)
	}
	for _, login := range []string{"outsider", "nobody", "octo%2Fcat"} {
		w.do("GET", historyOf(login), owner, "").is(t, login, 404, failed(t, "404", "Not Found"))
	}
}

func TestASeatsHistoryIsForWhoMayReadTheOrganizationsSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for token, status := range map[string]int{
		owner: 200, "ghp_read_org": 200, "github_pat_read": 200, "ghs_read": 200, "ghp_no_scope": 403, "ghp_member": 403,
		"ghs_gateway": 403, "ghp_outsider": 404, "github_pat_elsewhere": 404, "": 401,
	} {
		if got := w.do("GET", historyOf("octocat"), token, ""); got.Status != status {
			t.Errorf("%s: got %d %s, want %d", token, got.Status, got.Body, status)
		}
	}
}
