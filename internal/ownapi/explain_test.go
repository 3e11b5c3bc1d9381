package ownapi_test

import "testing"

func explained(login string) string { return "/_usher/orgs/octodemo/seats/" + login + "/explain" }

func TestASeatIsExplainedInSentencesAndInJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for login, want := range map[string]string{
		"OctoCat": `{"user":{"login":"octocat","id":1},"entitled":true,"until":null,"sentences":["octocat has a seat of OctoDemo since 2026-10-01T00:00:00Z."],` +
			`"seat":{"id":1,"team":null,"state":"live","created_at":"2026-10-01T00:00:00Z","ends_at":null,"cancelled_by":null},"enterprise_seats":[],` +
			`"grants":[{"kind":"direct","child_team":null,"granted_at":"2026-10-01T00:00:00Z","granted_by":null,"reaches_since":null,"sentence":"octocat was given a seat directly at 2026-10-01T00:00:00Z.",` +
			`"if_ended":{"survives":[],"seat":"pending","access_ends_at":"2026-12-01T00:00:00Z","billing_ends_at":"2026-12-01T00:00:00Z",` +
			`"sentence":"If this ended now, no grant would be left: octocat would keep access until 2026-12-01T00:00:00Z, and the seat would be paid until then."}}]}`,
		"hubot": `{"user":{"login":"hubot","id":2},"entitled":true,"until":"2026-12-01T00:00:00Z","sentences":["hubot's seat of OctoDemo was cancelled and ends at 2026-12-01T00:00:00Z; a new grant before then refreshes it.",` +
			`"hubot's seat of the enterprise octo-enterprise was cancelled and ends at 2026-12-01T00:00:00Z; a new grant before then refreshes it."],` +
			`"seat":{"id":2,"team":null,"state":"pending","created_at":"2026-11-20T12:00:00Z","ends_at":"2026-12-01T00:00:00Z","cancelled_by":null},` +
			`"enterprise_seats":[{"id":1,"team":null,"state":"pending","created_at":"2026-11-20T12:00:00Z","ends_at":"2026-12-01T00:00:00Z","cancelled_by":null}],"grants":[]}`,
		"newhire": `{"user":{"login":"newhire","id":3},"entitled":false,"until":null,"sentences":["newhire is invited to OctoDemo and has no seat yet."],"seat":null,"enterprise_seats":[],"grants":[]}`,
	} {
		got := w.do("GET", explained(login), owner, "")
		got.is(t, login, 200, want)
		if control, tag := got.Header.Get("Cache-Control"), got.Header.Get("ETag"); control != "no-cache" || tag != "" {
			t.Errorf("%s: Cache-Control %q, ETag %q; want no-cache and none", login, control, tag)
		}
	}
	for _, login := range []string{"outsider", "nobody", "octo%2Fcat"} {
		w.do("GET", explained(login), owner, "").is(t, login, 404, failed(t, "404", "Not Found"))
	}
}

func TestASeatIsExplainedToWhoMayReadTheOrganizationsSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for token, status := range map[string]int{
		owner: 200, "ghp_read_org": 200, "github_pat_read": 200, "ghs_read": 200, "ghp_no_scope": 403, "ghp_member": 403,
		"ghs_gateway": 403, "ghp_outsider": 404, "github_pat_elsewhere": 404, "": 401,
	} {
		if got := w.do("GET", explained("octocat"), token, ""); got.Status != status {
			t.Errorf("%s: got %d %s, want %d", token, got.Status, got.Body, status)
		}
	}
}
