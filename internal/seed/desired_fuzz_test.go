package seed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// FuzzParseDesired: whatever the file, it is refused with lines, or can be planned, or is refused
// then: never does it fail inside.
func FuzzParseDesired(f *testing.F) {
	f.Add(seed.Demo())
	f.Add([]byte("users: [{login: ann}]\norganizations: [{login: acme, enterprise: corp, owners: [ann], teams: [{name: A, parent: b}, {name: b, parent: a}], seats: {users: [ann], teams: [{slug: a, at: -1d}]}}]\nenterprises: [{slug: corp}]\n"))
	f.Add([]byte("users: [{login: ann, id: 9007199254740991}, {login: bob}]\norganizations: [{login: ann}, {login: x, id: 9007199254740991}, {login: y}]\n"))
	f.Add([]byte("organizations: [{login: acme, members: [], invitations: [ANN], teams: [], copilot: {billing: {cycle_day: 28}}}]\ntokens: [{token: x, kind: app_user, user: u, owner: o, permissions: {}, expires_at: +9d}]\n"))
	service := emptyService(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		desired, err := seed.ParseDesired("w.yaml", data, now())
		if err == nil {
			_, err = service.PlanApply(t.Context(), desired, usher.ApplyOptions{Prune: true}, usher.By{})
		}
		var refused *usher.Error
		if err == nil {
			return
		}
		if !errors.As(err, &refused) || refused.Kind != usher.Invalid || len(refused.Items) == 0 {
			t.Fatalf("it is neither planned nor refused with lines: %v", err)
		}
		for _, item := range refused.Items {
			if !strings.HasPrefix(item.Message, "w.yaml:") {
				t.Errorf("a line without its file: %q", item.Message)
			}
		}
	})
}
