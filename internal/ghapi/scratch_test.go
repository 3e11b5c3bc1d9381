package ghapi_test

import "testing"

func TestScratch(t *testing.T) {
	w := newWorld(t).undescribed()
	for _, p := range []string{"/orgs/octodemo/audit-log?per_page=3", "/orgs/octodemo/audit-log?phrase=created:<2026-09-01", "/enterprises/octo-enterprise/audit-log?per_page=2&order=asc", "/orgs/octodemo/audit-log?phrase=repo:x", "/orgs/octodemo/audit-log?phrase=action:copilot+actor:monalisa"} {
		a := w.get(p, everything)
		t.Log(p, a.Status, a.Header.Get("Link"), a.Body)
	}
}
