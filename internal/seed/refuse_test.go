package seed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// people and acme are the head of most of the files below: lines 1 to 5, and 6 to 9.
const (
	people = `users:
  - {login: ann, id: 1}
  - {login: bob, id: 2}
  - {login: cat, id: 3}
  - {login: dan, id: 4}
`
	acme = people + `organizations:
  - login: acme
    members: [ann, bob]
    invitations: [cat]
`
	seated = acme + `    copilot: {seat_management: assign_selected}
`
	corp = people + `enterprises:
  - slug: corp
    owners: [dan]
    copilot: {seat_management: assign_selected}
`
)

func TestAMistakeIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, seed, want string }{
		// The document.
		{"an empty file", "", "w.yaml:1: the file is empty; a seed is a mapping with users and organizations"},
		{"nothing but comments", "# hello\n", "w.yaml:1: the file is empty; a seed is a mapping with users and organizations"},
		{"a list", "- users\n", "w.yaml:1: this must be a mapping (key: value), not a list"},
		{"a text", "users\n", "w.yaml:1: this must be a mapping (key: value), not text"},
		{"a JSON number", "5", "w.yaml:1: this must be a mapping (key: value), not a number"},
		{"null", "null\n", "w.yaml:1: this must be a mapping (key: value), not nothing"},
		{"a bracket that stays open", "users: [\n", "w.yaml:1: this is not YAML: did not find expected node content"},
		{"wrong indentation", "users:\n  - login: ann\n   id: 1\n", "w.yaml:3: this is not YAML: did not find expected '-' indicator"},
		{"a tab", "users:\n\t- login: ann\n", "w.yaml:2: this is not YAML: found character that cannot start any token"},
		{"invalid UTF-8", "users:\n  - login: \xff\n", "w.yaml:2: this is not YAML: invalid leading UTF-8 octet"},
		{"two documents", "users: []\n---\nusers: []\n", "w.yaml:3: a second document begins; a seed is one document, so remove the line ---"},
		{"an anchor", "users:\n  - &a {login: ann}\n", "w.yaml:2: aliases and anchors are not allowed; write the value itself"},
		{"an alias", "users:\n  - {login: ann, name: *a}\n", "w.yaml:2: this is not YAML: aliases and anchors are not allowed; write the value itself"},
		{"a tag", "users:\n  - {login: !!binary YW5u}\n", "w.yaml:2: tags (!) are not allowed; write the value without"},
		{"an unknown key at the top", "users: []\nuser: []\n", `w.yaml:2: unknown key "user"; the keys here are now, users, enterprises, organizations, tokens`},
		{"a key twice", "users: []\ntokens: []\nusers: []\n", "w.yaml:3: the key users is already on line 1; remove one of the two"},
		{"a merge key", "<<: {}\n", `w.yaml:1: unknown key "<<"; the keys here are now, users, enterprises, organizations, tokens`},
		{"a key that is a list", "[users]: []\n", "w.yaml:1: a key must be text, not a list"},
		{"a mapping for a list", "users: {login: ann}\n", "w.yaml:1: users must be a list, not a mapping"},
		{"a mistake in JSON", "{\n\t\"users\": [\n\t\t{\"login\": 5}\n\t]\n}", "w.yaml:3: user 1: login must be text, not a number; put it in quotes"},
		{"several mistakes, in the order of the file", "tokens: 1\nusers: 2\n", "w.yaml:1: tokens must be a list, not a number\nw.yaml:2: users must be a list, not a number"},

		// The clock and times.
		{"now without rehearsal", "now: 2026-11-20T12:00:00Z\n", "w.yaml:1: now is for rehearsals only; start with --rehearsal, or remove now from the file"},
		{"a time that is none", "tokens:\n  - {token: x, kind: classic, expires_at: tomorrow}\n", "w.yaml:2: token 1: expires_at must be a time such as 2026-11-20T12:00:00Z or, relative to now, -3d, +30d, -36h, -90m\nw.yaml:2: token 1: user is missing; a token of the kind classic needs it"},
		{"a relative time without a sign", seated + "    seats: {users: [{login: ann, at: 3d}]}\n", `w.yaml:11: organization "acme": seats: user "ann": at must be a time such as 2026-11-20T12:00:00Z or, relative to now, -3d, +30d, -36h, -90m`},
		{"a sign alone", seated + "    seats: {users: [{login: ann, at: \"-\"}]}\n", `w.yaml:11: organization "acme": seats: user "ann": at must be a time such as 2026-11-20T12:00:00Z or, relative to now, -3d, +30d, -36h, -90m`},
		{"a time before 1970", seated + "    seats: {users: [{login: ann, at: -99999d}]}\n", `w.yaml:11: organization "acme": seats: user "ann": at must lie between the years 1970 and 9999`},
		{"a seat in the future", seated + "    seats: {users: [{login: ann, at: +1m}]}\n", `w.yaml:11: organization "acme": seats: user "ann": at lies in the future: now is 2026-11-20T12:00:00Z; give an earlier time`},
		{"an activity in the future", acme + "    activity:\n      - {user: ann, at: 2026-11-20T12:00:01Z}\n", `w.yaml:11: organization "acme": activity 1: at lies in the future: now is 2026-11-20T12:00:00Z; give an earlier time`},
		{"an authentication in the future", acme + "    activity:\n      - {user: ann, authenticated_at: +1d}\n", `w.yaml:11: organization "acme": activity 1: authenticated_at lies in the future: now is 2026-11-20T12:00:00Z; give an earlier time`},

		// Users.
		{"a user without a login", "users:\n  - {id: 1}\n", "w.yaml:2: user 1: login is missing"},
		{"a user that is a text", "users: [ann]\n", "w.yaml:1: user 1: this must be a mapping (key: value), not text"},
		{"an unknown key of a user", "users:\n  - {login: ann, mail: x}\n", `w.yaml:2: user "ann": unknown key "mail"; the keys here are login, id, time_zone, name, email, site_admin`},
		{"a login with a space", "users:\n  - {login: ann b}\n", `w.yaml:2: user "ann b": login may have ASCII letters, digits, - and _ only, and 1 to 100 of them`},
		{"a login with a control character", "users:\n  - {login: \"ann\\x07\"}\n", `w.yaml:2: user "ann\a": login has a control character; remove it`},
		{"an empty login", "users:\n  - {login: ''}\n", "w.yaml:2: user 1: login is empty"},
		{"a login of who is forgotten", "users:\n  - {login: Forgotten-17}\n", `w.yaml:2: user "Forgotten-17": the login "Forgotten-17" is kept for people who are forgotten; choose another`},
		{"a login of who is forgotten, for an organization", "organizations:\n  - {login: forgotten-17-2}\n", `w.yaml:2: organization "forgotten-17-2": the login "forgotten-17-2" is kept for people who are forgotten; choose another`},
		{"a login of 101 letters", "users:\n  - {login: " + strings.Repeat("a", 101) + "}\n", `w.yaml:2: user "` + strings.Repeat("a", 100) + `…": login may have ASCII letters, digits, - and _ only, and 1 to 100 of them`},
		{"a login twice, in other case", "users:\n  - {login: ann}\n  - {login: ANN}\n", `w.yaml:3: user "ANN": the login is already listed on line 2; logins differ in more than upper and lower case`},
		{"an id twice", "users:\n  - {login: ann, id: 1}\n  - {login: bob, id: 1}\n", `w.yaml:3: user "bob": the id 1 is already given on line 2; choose another, or leave it out`},
		{"the id zero", "users:\n  - {login: ann, id: 0}\n", `w.yaml:2: user "ann": id must be a whole number from 1 to 9007199254740991`},
		{"a negative id", "users:\n  - {login: ann, id: -1}\n", `w.yaml:2: user "ann": id must be a whole number from 1 to 9007199254740991`},
		{"an id beyond 2^53-1", "users:\n  - {login: ann, id: 9007199254740992}\n", `w.yaml:2: user "ann": id must be a whole number from 1 to 9007199254740991`},
		{"a hexadecimal id", "users:\n  - {login: ann, id: 0x10}\n", `w.yaml:2: user "ann": id must be a whole number from 1 to 9007199254740991`},
		{"an id in quotes", "users:\n  - {login: ann, id: '1'}\n", `w.yaml:2: user "ann": id must be a whole number from 1 to 9007199254740991`},
		{"no id left", "users:\n  - {login: ann, id: 9007199254740991}\n  - {login: bob}\n", `w.yaml:3: user "bob": there is no id left above the highest of the file; give this entry an id`},
		{"an unknown time zone", "users:\n  - {login: ann, time_zone: Mars/Base}\n", `w.yaml:2: user "ann": the time zone "Mars/Base" is unknown; give an IANA name such as America/Denver`},
		{"the machine's time zone", "users:\n  - {login: ann, time_zone: Local}\n", `w.yaml:2: user "ann": the time zone "Local" is unknown; give an IANA name such as America/Denver`},
		{"a flag that is text", "users:\n  - {login: ann, site_admin: yes}\n", `w.yaml:2: user "ann": site_admin must be true or false`},

		// Organizations and enterprises.
		{"an organization without a login", "organizations:\n  - {id: 1}\n", "w.yaml:2: organization 1: login is missing"},
		{"an organization twice", "organizations:\n  - {login: acme}\n  - {login: Acme}\n", `w.yaml:3: organization "Acme": the login is already used by the organization on line 2; choose another`},
		{"a user and an organization of one login", "users:\n  - {login: acme}\norganizations:\n  - {login: Acme}\n", `w.yaml:4: organization "Acme": the login is already used by the user on line 2; choose another`},
		{"an organization's id twice", "organizations:\n  - {login: a, id: 7}\n  - {login: b, id: 7}\n", `w.yaml:3: organization "b": the id 7 is already given on line 2; choose another, or leave it out`},
		{"an enterprise twice", "enterprises:\n  - {slug: corp}\n  - {slug: CORP}\n", `w.yaml:3: enterprise "CORP": the slug is already used on line 2; choose another`},
		{"an enterprise of digits", "enterprises:\n  - {slug: '42'}\n", `w.yaml:2: enterprise "42": the slug may not be all digits: it could be taken for an id; add a letter`},
		{"an unknown enterprise", "organizations:\n  - {login: acme, enterprise: corp}\n", `w.yaml:2: organization "acme": enterprise "corp" is not listed under enterprises`},
		{"an unknown member", people + "organizations:\n  - login: acme\n    members:\n      - ann\n      - ghost\n", `w.yaml:10: organization "acme": member "ghost" is not listed under users`},
		{"an unknown owner", "organizations:\n  - {login: acme, owners: [ghost]}\n", `w.yaml:2: organization "acme": owner "ghost" is not listed under users`},
		{"an unknown invited person", "organizations:\n  - {login: acme, invitations: [ghost]}\n", `w.yaml:2: organization "acme": invited person "ghost" is not listed under users`},
		{"an unknown billing manager", "enterprises:\n  - {slug: corp, billing_managers: [ghost]}\n", `w.yaml:2: enterprise "corp": billing manager "ghost" is not listed under users`},
		{"a member that is null", "organizations:\n  - {login: acme, members: [null]}\n", `w.yaml:2: organization "acme": member must be text, not nothing`},
		{"a member who is invited", people + "organizations:\n  - {login: acme, members: [ann], invitations: [Ann]}\n", `w.yaml:7: organization "acme": "Ann" is both a member and invited; remove one of the two`},
		{"members that are a text", "organizations:\n  - {login: acme, members: ann}\n", `w.yaml:2: organization "acme": members must be a list, not text`},

		// Subscriptions.
		{"an unknown plan", "organizations:\n  - {login: acme, copilot: {plan: free}}\n", `w.yaml:2: organization "acme": copilot: plan must be one of business, enterprise, not "free"`},
		{"an unknown setting", "organizations:\n  - {login: acme, copilot: {seat_management: some}}\n", `w.yaml:2: organization "acme": copilot: seat_management must be one of unconfigured, assign_all, assign_selected, disabled, not "some"`},
		{"a policy that is a truth value", "organizations:\n  - {login: acme, copilot: {cli: true}}\n", `w.yaml:2: organization "acme": copilot: cli must be one of unconfigured, enabled, disabled, not true or false`},
		{"an unknown policy", "organizations:\n  - {login: acme, copilot: {public_code_suggestions: enabled}}\n", `w.yaml:2: organization "acme": copilot: public_code_suggestions must be one of unconfigured, allow, block, not "enabled"`},
		{"a cycle on the 29th", "organizations:\n  - {login: acme, copilot: {billing: {cycle_day: 29}}}\n", `w.yaml:2: organization "acme": copilot: billing: cycle_day must be a whole number from 1 to 28`},
		{"a cycle on the day zero", "organizations:\n  - {login: acme, copilot: {billing: {cycle_day: 0}}}\n", `w.yaml:2: organization "acme": copilot: billing: cycle_day must be a whole number from 1 to 28`},
		{"an unknown key of billing", "organizations:\n  - {login: acme, copilot: {billing: {day: 1}}}\n", `w.yaml:2: organization "acme": copilot: billing: unknown key "day"; the keys here are set_up, payment_problem, cycle_day`},

		// Teams.
		{"a team without a name", acme + "    teams:\n      - {slug: x}\n", `w.yaml:11: organization "acme": team 1: name is missing`},
		{"a team's name twice", acme + "    teams:\n      - {name: Core, slug: a}\n      - {name: core, slug: b}\n", `w.yaml:12: organization "acme": team "core": another team has the same name, on line 11; choose another`},
		{"a team's slug twice", acme + "    teams:\n      - {name: Core Team}\n      - {name: core.team}\n", `w.yaml:12: organization "acme": team "core.team": another team has the same slug, "core-team", on line 11; give one of them another slug`},
		{"a team name that is too long", acme + "    teams:\n      - {name: " + strings.Repeat("ö", 256) + "}\n", `w.yaml:11: organization "acme": team "` + strings.Repeat("ö", 100) + `…": the name has 256 characters; it may have 255 at most`},
		{"a name without a slug", acme + "    teams:\n      - {name: '!!'}\n", `w.yaml:11: organization "acme": team "!!": no slug of 1 to 100 letters and digits can be made of the name; give the team a slug`},
		{"a slug with a slash", acme + "    teams:\n      - {name: Core, slug: a/b}\n", `w.yaml:11: organization "acme": team "Core": slug may have letters, digits, - and _ only, and 1 to 100 of them`},
		{"an unknown privacy", acme + "    teams:\n      - {name: Core, privacy: open}\n", `w.yaml:11: organization "acme": team "Core": privacy must be one of closed, secret, not "open"`},
		{"an unknown team member", acme + "    teams:\n      - {name: Core, members: [ghost]}\n", `w.yaml:11: organization "acme": team "Core": member "ghost" is not listed under users`},
		{"a team member from outside", acme + "    teams:\n      - {name: Core, members: [dan]}\n", `w.yaml:11: organization "acme": team "Core": member "dan" is not a member of the organization; add them to its members, or remove them here`},
		{"an invited maintainer", acme + "    teams:\n      - {name: Core, maintainers: [cat]}\n", `w.yaml:11: organization "acme": team "Core": maintainer "cat" is only invited to the organization; add them to its members instead, or remove them here`},
		{"an unknown parent", acme + "    teams:\n      - {name: Core, parent: base}\n", `w.yaml:11: organization "acme": team "Core": the parent "base" is not a team of the organization; give the slug of one`},
		{"parents in a circle", acme + "    teams:\n      - {name: A, parent: b}\n      - {name: B, parent: c}\n      - {name: C, parent: b}\n", `w.yaml:12: organization "acme": team "B": the parents go round in a circle back to this team; remove one of them`},
		{"a team that is its own parent", acme + "    teams:\n      - {name: A, parent: a}\n", `w.yaml:11: organization "acme": team "A": the parents go round in a circle back to this team; remove one of them`},
		{"a parent of an enterprise team", corp + "    teams:\n      - {name: A, parent: b}\n", `w.yaml:11: enterprise "corp": team "A": unknown key "parent"; the keys here are name, slug, description, members`},

		// Seats.
		{"a seat of an unknown user", seated + "    seats: {users: [ghost]}\n", `w.yaml:11: organization "acme": seats: user "ghost" is not listed under users`},
		{"a seat from outside", seated + "    seats: {users: [dan]}\n", `w.yaml:11: organization "acme": seats: user "dan" is neither a member of the organization nor invited to it; add them to its members, or remove the seat`},
		{"a seat twice", seated + "    seats:\n      users:\n        - ann\n        - {login: Ann}\n", `w.yaml:14: organization "acme": seats: user "Ann" already has a seat on line 13; remove one of the two`},
		{"a seat without a login", seated + "    seats: {users: [{at: -1d}]}\n", `w.yaml:11: organization "acme": seats: user 1: login is missing`},
		{"a cancelled invitation", seated + "    seats: {users: [{login: cat, cancel: true}]}\n", `w.yaml:11: organization "acme": seats: user "cat" is only invited and has no seat to cancel; remove cancel`},
		{"a seat of an unknown team", seated + "    seats: {teams: [core]}\n", `w.yaml:11: organization "acme": seats: team "core" is not a team of the organization; give the slug or name of one`},
		{"a team's seats twice", seated + "    teams: [{name: Core Team}]\n    seats: {teams: [core-team, Core Team]}\n", `w.yaml:12: organization "acme": seats: team "Core Team" already has a grant on line 12; remove one of the two`},
		{"a team's seats twice, in both forms", seated + "    teams: [{name: A}]\n    seats:\n      teams:\n        - a\n        - {slug: A}\n", `w.yaml:15: organization "acme": seats: team "A" already has a grant on line 14; remove one of the two`},
		{"a team's seats without a slug", seated + "    seats: {teams: [{at: -1d}]}\n", `w.yaml:11: organization "acme": seats: team 1: slug is missing`},
		{"a team's seats in the future", seated + "    teams: [{name: A}]\n    seats: {teams: [{slug: a, at: +1m}]}\n", `w.yaml:12: organization "acme": seats: team "a": at lies in the future: now is 2026-11-20T12:00:00Z; give an earlier time`},
		{"a team's seats that are cancelled", seated + "    teams: [{name: A}]\n    seats: {teams: [{slug: a, cancel: true}]}\n", `w.yaml:12: organization "acme": seats: team "a": unknown key "cancel"; the keys here are slug, at`},
		{"an enterprise's seat for an owner in no organization", corp + "    seats: {users: [dan]}\n", `w.yaml:10: enterprise "corp": seats: user "dan" is a member of none of the enterprise's organizations and teams; add them to one, or remove the seat`},
		{"an unknown key of seats", seated + "    seats: {people: []}\n", `w.yaml:11: organization "acme": seats: unknown key "people"; the keys here are users, teams`},

		// Activity.
		{"an activity of nobody", acme + "    activity: [{at: -1d}]\n", `w.yaml:10: organization "acme": activity 1: user is missing`},
		{"an activity of an unknown user", acme + "    activity: [{user: ghost, at: -1d}]\n", `w.yaml:10: organization "acme": activity 1: user "ghost" is not listed under users`},
		{"an activity without a time", acme + "    activity: [{user: ann}]\n", `w.yaml:10: organization "acme": activity 1: the time is missing; add at or authenticated_at`},
		{"an editor without a time", acme + "    activity: [{user: ann, editor: vim, authenticated_at: -1d}]\n", `w.yaml:10: organization "acme": activity 1: an editor needs the time of its use; add at`},

		// Tokens.
		{"a token without a token", people + "tokens:\n  - {kind: classic, user: ann}\n", "w.yaml:7: token 1: token is missing"},
		{"a token without a kind", people + "tokens:\n  - {token: x, user: ann}\n", "w.yaml:7: token 1: kind is missing"},
		{"an unknown kind", people + "tokens:\n  - {token: x, kind: old, user: ann}\n", `w.yaml:7: token 1: kind must be one of classic, oauth, fine_grained, app_user, app_installation, not "old"`},
		{"an empty token", people + "tokens:\n  - {token: '', kind: classic, user: ann}\n", "w.yaml:7: token 1: a token must have visible ASCII characters only, no spaces, and at least one"},
		{"a token with a space", people + "tokens:\n  - {token: my secret, kind: classic, user: ann}\n", "w.yaml:7: token 1: a token must have visible ASCII characters only, no spaces, and at least one"},
		{"a token that is a number", people + "tokens:\n  - {token: 12345, kind: classic, user: ann}\n", "w.yaml:7: token 1: token must be text in quotes"},
		{"a token twice", people + "tokens:\n  - {token: x, kind: classic, user: ann}\n  - {token: x, kind: oauth, user: bob}\n", "w.yaml:8: token 2: the same token is already on line 7; choose another"},
		{"a token of an unknown user", people + "tokens:\n  - {token: x, kind: classic, user: ghost}\n", `w.yaml:7: token 1: user "ghost" is not listed under users`},
		{"a classic token with an owner", acme + "tokens:\n  - {token: x, kind: classic, user: ann, owner: acme}\n", "w.yaml:11: token 1: a token of the kind classic has no owner; remove it"},
		{"an OAuth token with permissions", acme + "tokens:\n  - {token: x, kind: oauth, user: ann, permissions: {}}\n", "w.yaml:11: token 1: a token of the kind oauth has no permissions; remove it"},
		{"a fine-grained token without an owner", acme + "tokens:\n  - {token: x, kind: fine_grained, user: ann, permissions: {}}\n", "w.yaml:11: token 1: owner is missing; a token of the kind fine_grained needs it"},
		{"an app's token without permissions", acme + "tokens:\n  - {token: x, kind: app_user, user: ann, owner: acme}\n", "w.yaml:11: token 1: permissions is missing; a token of the kind app_user needs it"},
		{"a fine-grained token with scopes", acme + "tokens:\n  - {token: x, kind: fine_grained, user: ann, owner: acme, permissions: {}, scopes: []}\n", "w.yaml:11: token 1: a token of the kind fine_grained has no scopes; remove it"},
		{"an installation with a user", acme + "tokens:\n  - {token: x, kind: app_installation, user: ann, owner: acme, permissions: {}}\n", "w.yaml:11: token 1: a token of the kind app_installation has no user; remove it"},
		{"an owner that is no organization", acme + "tokens:\n  - {token: x, kind: app_installation, owner: ann, permissions: {}}\n", `w.yaml:11: token 1: owner "ann" is not listed under organizations`},
		{"a permission to admin", acme + "tokens:\n  - {token: x, kind: app_installation, owner: acme, permissions: {members: admin}}\n", `w.yaml:11: token 1: permission "members" must be read or write`},
		{"a permission twice", acme + "tokens:\n  - {token: x, kind: app_installation, owner: acme, permissions: {members: read, members: write}}\n", `w.yaml:11: token 1: the permission "members" is given twice; remove one of the two`},
		{"permissions that are a list", acme + "tokens:\n  - {token: x, kind: app_installation, owner: acme, permissions: [members]}\n", `w.yaml:11: token 1: permissions must be a mapping such as {organization_administration: read}, not a list`},
		{"two scopes in one", people + "tokens:\n  - {token: x, kind: classic, user: ann, scopes: ['repo, read:org']}\n", `w.yaml:7: token 1: a scope must be one word such as admin:org, one scope an item`},
		{"a token where its kind should be", people + "tokens:\n  - {token: classic2, kind: classic2, user: ann}\n", `w.yaml:7: token 1: kind must be one of classic, oauth, fine_grained, app_user, app_installation, not "…" (not shown: it may be a token)`},
		{"a token where a key should be", people + "tokens:\n  - {token: x, kind: classic, user: ann, s3cret: null}\n", "w.yaml:7: token 1: unknown key (not shown: it may be a token); the keys here are token, kind, user, owner, scopes, permissions, expires_at"},
		{"an unknown key of a token", people + "tokens:\n  - {token: x, kind: classic, user: ann, expires: -1d}\n", `w.yaml:7: token 1: unknown key "expires"; the keys here are token, kind, user, owner, scopes, permissions, expires_at`},
		{"GitHub's token where a user should be", people + "tokens:\n  - {token: x, kind: classic, user: ghp_0123456789}\n", `w.yaml:7: token 1: user "…" (not shown: it may be a token) is not listed under users`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			world, err := seed.Parse("w.yaml", []byte(c.seed), now(), seed.Options{})
			if err == nil {
				t.Fatalf("got no error, want %s", c.want)
			}
			if got := err.Error(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if diff := cmp.Diff(usher.World{}, world); diff != "" {
				t.Errorf("a refused world is not empty (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTenMistakesAreToldAndTheRestCounted(t *testing.T) {
	t.Parallel()
	members := strings.Repeat("      - ghost\n", 12)
	_, err := seed.Parse("w.yaml", []byte("organizations:\n  - login: acme\n    members:\n"+members), now(), seed.Options{})
	if err == nil {
		t.Fatal("got no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if got, want := len(lines), 11; got != want {
		t.Fatalf("lines: got %d, want %d", got, want)
	}
	if got, want := lines[10], "w.yaml: and 2 more"; got != want {
		t.Errorf("last line: got %q, want %q", got, want)
	}
}

func TestATokenIsInNoError(t *testing.T) {
	t.Parallel()
	for _, mistake := range []string{
		"kind: classic, user: s3cret-t0ken",
		"kind: s3cret-t0ken, user: ann",
		"kind: fine_grained, user: ann, owner: s3cret-t0ken, permissions: {s3cret-t0ken: s3cret-t0ken}",
		"kind: classic, user: ann, scopes: [s3cret-t0ken, 's3cret-t0ken,']",
		"kind: classic, user: ann, s3cret-t0ken: 1",
		"kind: classic, user: ann, expires_at: s3cret-t0ken",
	} {
		_, err := seed.Parse("w.yaml", []byte(people+"tokens:\n  - {token: s3cret-t0ken, "+mistake+"}\n"), now(), seed.Options{})
		if err == nil {
			t.Fatalf("%s: got no error", mistake)
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the token is in the error: %v", mistake, err)
		}
	}
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	_, err := seed.Parse("w.yaml", make([]byte, 256<<20+1), now(), seed.Options{})
	want := "w.yaml: the file is larger than 256 MiB, the most that a seed may have"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
