package ownapi_test

import (
	"strconv"
	"strings"
	"testing"
)

const entitlements = "/_usher/orgs/octodemo/entitlements/"

func TestAnEntitlementIsToldInOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for login, want := range map[string]string{
		"OctoCat": `{"entitled":true,"until":null,"through":[{"kind":"direct"}]}`,
		"hubot":   `{"entitled":true,"until":"2026-12-01T00:00:00Z","through":[]}`,
		"newhire": `{"entitled":false,"until":null,"through":[]}`,
	} {
		got := w.do("GET", entitlements+login, owner, "")
		got.is(t, login, 200, want)
		if control, tag := got.Header.Get("Cache-Control"), got.Header.Get("ETag"); control != "no-cache" || tag != "" {
			t.Errorf("%s: Cache-Control %q, ETag %q; want no-cache and none", login, control, tag)
		}
		if got, want := got.Header.Get("Usher-Entitled"), strconv.FormatBool(strings.Contains(want, `"entitled":true`)); got != want {
			t.Errorf("%s: Usher-Entitled: got %q, want %s", login, got, want)
		}
	}
	for _, login := range []string{"outsider", "nobody", "octo%2Fcat"} {
		got := w.do("GET", entitlements+login, owner, "")
		got.is(t, login, 404, failed(t, "404", "Not Found"))
		if header, ok := got.Header["Usher-Entitled"]; ok {
			t.Errorf("%s: Usher-Entitled: got %q, want none", login, header)
		}
	}
}

func TestAGatewaysTokenMayAskForEntitlementsAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const byApp = "Resource not accessible by integration"
	w.do("GET", entitlements+"octocat", "ghs_gateway", "").is(t, "an entitlement", 200, `{"entitled":true,"until":null,"through":[{"kind":"direct"}]}`)
	if got, want := w.do("GET", entitlements+"octocat", "ghs_gateway", "").Header.Get("X-Accepted-GitHub-Permissions"),
		"organization_copilot_seat_management=read; organization_administration=read; usher_entitlements=read"; got != want {
		t.Errorf("accepted permissions: got %q, want %q", got, want)
	}
	for _, path := range []string{"/orgs/octodemo/copilot/billing", "/orgs/octodemo/copilot/billing/seats", "/orgs/octodemo/members/octocat/copilot"} {
		if got := w.do("GET", path, "ghs_gateway", ""); got.Status != 403 {
			t.Errorf("GET %s: got %d %s, want 403", path, got.Status, got.Body)
		}
	}
	w.do("POST", reports, "ghs_gateway", events()).is(t, "activity", 403, failed(t, "403", byApp))
	for token, status := range map[string]int{"ghp_read_org": 200, "github_pat_read": 200, "ghs_read": 200, "ghp_no_scope": 403, "ghp_member": 403, "ghp_outsider": 404, "github_pat_elsewhere": 404} {
		if got := w.do("GET", entitlements+"octocat", token, ""); got.Status != status {
			t.Errorf("%s: got %d %s, want %d", token, got.Status, got.Body, status)
		}
	}
}
