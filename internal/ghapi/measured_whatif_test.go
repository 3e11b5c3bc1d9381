//go:build !race

package ghapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/enginetest"
)

// A call about very many people is tried as it would be made, and its answer is bounded.
func TestMeasuredWhatIfOfTwentyThousandPeopleIsBounded(t *testing.T) {
	const people = 20_000
	w := newWorld(t).undescribed()
	w.load(`
now: 2026-11-20T12:00:00Z
users: [{login: monalisa}` + numbered(", {login: person-%d}", people) + `]
organizations:
  - login: octodemo
    owners: [monalisa]
    members: [` + numbered("person-%d, ", people) + `]
    teams: [{name: Everybody, members: [` + numbered("person-%d, ", people) + `monalisa]}]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
tokens: [{token: ` + owner + `, kind: classic, user: monalisa, scopes: [admin:org]}]
`)
	const body = `{"method":"POST","path":"/orgs/octodemo/copilot/billing/selected_teams","body":{"selected_teams":["everybody"]}}`
	begun := enginetest.Spent(t)
	got := w.do(request{method: "POST", path: whatIfInDemo, token: owner, body: body})
	took := enginetest.Spent(t) - begun
	asked := decode[tried](t, got.Body)
	if asked.Status != 201 || string(asked.Body) != `{"seats_created":20001}` || asked.Total != 20_002 || len(asked.Changes) != 10_000 {
		t.Fatalf("got %d %s with %d of %d changes, want 20,001 seats, and 10,000 of 20,002 changes", asked.Status, asked.Body, len(asked.Changes), asked.Total)
	}
	if size, most := len(got.Body), 2<<20; size > most {
		t.Errorf("the answer has %d bytes, want %d at most", size, most)
	}
	begun = enginetest.Spent(t)
	call := w.do(request{method: "POST", path: "/orgs/octodemo/copilot/billing/selected_teams", token: owner, body: `{"selected_teams":["everybody"]}`})
	itself := enginetest.Spent(t) - begun
	if !strings.Contains(call.Body, "20001") {
		t.Errorf("the call: got %d %s", call.Status, call.Body)
	}
	t.Logf("the what-if took %v of processors, the call itself %v; %d bytes", took, itself, len(got.Body))
	if most := 3*itself + time.Second; took > most {
		t.Errorf("the what-if took %v, the call itself %v: want %v at most", took, itself, most)
	}
}
