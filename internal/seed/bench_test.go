package seed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usher-seats/usher/internal/seed"
)

// crowd is how many people the benchmark's world has.
const crowd = 200_000

func BenchmarkParse(b *testing.B) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, form := range []struct {
		name string
		seed []byte
	}{
		{"block style", blockCrowd()},
		{"flow style", flowCrowd()},
		{"JSON on one line", jsonCrowd(b, "")},
		{"indented JSON", jsonCrowd(b, " ")},
	} {
		b.Run(form.name, func(b *testing.B) {
			b.SetBytes(int64(len(form.seed)))
			b.ReportAllocs()
			for b.Loop() {
				world, err := seed.Parse("crowd", form.seed, now, seed.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if got, want := len(world.Accounts[0].Grants), crowd; got != want {
					b.Fatalf("grants: got %d, want %d", got, want)
				}
			}
		})
	}
}

func login(i int) string { return fmt.Sprintf("user-%06d", i) }

const subscription = "{plan: business, seat_management: assign_selected, public_code_suggestions: block}"

func blockCrowd() []byte {
	var s strings.Builder
	s.WriteString("users:\n")
	for i := range crowd {
		fmt.Fprintf(&s, "  - login: %s\n    id: %d\n", login(i), i+1)
	}
	s.WriteString("organizations:\n  - login: big\n    copilot: " + subscription + "\n    members:\n")
	for i := range crowd {
		fmt.Fprintf(&s, "      - %s\n", login(i))
	}
	s.WriteString("    seats:\n      users:\n")
	for i := range crowd {
		fmt.Fprintf(&s, "        - %s\n", login(i))
	}
	s.WriteString("    activity:\n")
	for i := range crowd {
		fmt.Fprintf(&s, "      - user: %s\n        at: 2026-11-19T10:00:00Z\n        editor: vscode/1.96.4/copilot/1.261.0\n", login(i))
	}
	return []byte(s.String())
}

func flowCrowd() []byte {
	var users, members, activity strings.Builder
	for i := range crowd {
		fmt.Fprintf(&users, "  - {login: %s, id: %d}\n", login(i), i+1)
		fmt.Fprintf(&members, "%s, ", login(i))
		fmt.Fprintf(&activity, "      - {user: %s, at: 2026-11-19T10:00:00Z, editor: vscode/1.96.4/copilot/1.261.0}\n", login(i))
	}
	return fmt.Appendf(nil, "users:\n%sorganizations:\n  - login: big\n    copilot: %s\n    members: [%s]\n    seats: {users: [%s]}\n    activity:\n%s",
		users.String(), subscription, members.String(), members.String(), activity.String())
}

func jsonCrowd(b *testing.B, indent string) []byte {
	type object map[string]any
	var users, grants, activity []object
	var members []string
	for i := range crowd {
		members = append(members, login(i))
		users = append(users, object{"login": login(i), "id": i + 1})
		grants = append(grants, object{"login": login(i), "at": "2026-09-01T00:00:00Z"})
		activity = append(activity, object{"user": login(i), "at": "2026-11-19T10:00:00Z", "editor": "vscode/1.96.4/copilot/1.261.0"})
	}
	world := object{"users": users, "organizations": []object{{
		"login": "big", "members": members, "seats": object{"users": grants}, "activity": activity,
		"copilot": object{"seat_management": "assign_selected"},
	}}}
	data, err := json.Marshal(world)
	if indent != "" {
		data, err = json.MarshalIndent(world, "", indent)
	}
	if err != nil {
		b.Fatal(err)
	}
	return data
}
