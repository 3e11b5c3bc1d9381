package seed_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

func write(t *testing.T, world usher.World, comments ...string) string {
	t.Helper()
	var file bytes.Buffer
	if err := seed.Write(&file, world, comments...); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// writable is a world without what is not written, in the order in which it is.
func writable(world usher.World) usher.World {
	world.Digest, world.Clock, world.Tokens = "", usher.Clock{}, nil
	world.Accounts = slices.Clone(world.Accounts)
	for i := range world.Accounts {
		grants := slices.Clone(world.Accounts[i].Grants)
		slices.SortStableFunc(grants, func(a, b usher.WorldGrant) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
		world.Accounts[i].Grants = grants
	}
	return world
}

// isWrittenAsItself sees that what a world is written as is read as the same world, and is
// written as the same again.
func isWrittenAsItself(t *testing.T, world usher.World) {
	t.Helper()
	file := write(t, world)
	at := now()
	if !world.Clock.StandsAt.IsZero() {
		at = world.Clock.StandsAt
	}
	again, err := seed.Parse("w.yaml", []byte(file), at, seed.Options{})
	if err != nil {
		t.Errorf("what was written is refused: %v\n%.5000s", err, file)
		return
	}
	if diff := cmp.Diff(writable(world), writable(again), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what was written means something else (-want +got):\n%s\n%.5000s", diff, file)
	}
	if diff := cmp.Diff(file, write(t, again)); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
}

func TestAWorldIsWrittenAsItself(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("testdata/written.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"the demo world":   string(seed.Demo()),
		"the example":      string(example),
		"nobody":           "users: []\n",
		"an enterprise":    "enterprises: [{slug: e, copilot: {}}]\n",
		"seats at a time":  seated + "    seats: {users: [{login: bob, at: -1m, cancel: true}, cat, {login: ann, at: -3d}]}\n",
		"teams that count": corp + "    teams: [{name: A, members: [ann]}]\n    seats: {users: [ann], teams: [{slug: ent:a, at: -2d}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isWrittenAsItself(t, parse(t, file))
		})
	}
}

func TestAWrittenWorldReadsWell(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/written.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := write(t, parse(t, string(want)), "A comment.", "Another,\nin two lines.")
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/written.yaml (-want +got):\n%s", diff)
	}
}

// hostile are texts that a careless writer of YAML makes something else of.
func hostile() []string {
	return []string{
		"yes", "No", "y", "ON", "true", "False", "null", "~", "1", "-1", "007", "1e3", "0x10", "0o7", "1_000", "12:30:45", ".inf", ".nan", "-.5",
		"2026-11-20", "2026-11-20T12:00:00Z", "<<", "=", "!tag", "!!str x", "&anchor", "*alias", "- x", "? x", ": x", "a: b", "a:", "a #b", "#b",
		"{a: b}", "[a]", "a, b", "'", `"`, `\`, `\n`, `a\`, "''", "@a", "`a`", "%a", "|", ">", "---", "...", "--- a", "-", "?", ":",
		" leading", "trailing ", "\ttab", "a\tb", "two\nlines", "windows\r\nlines\r\n", "\n", "\n\nblank lines\n\n", "a\n  indented\n", "# no comment\n- no item",
		"naïve", "日本語", "Ελλάδα", "🙂", "e\u0301", "\u00a0", "\u2028", "\u2029", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\U0010ffff", "\u200b\u202e", "\ue000",
		strings.Repeat("long ", 10_000), strings.Repeat("x", 100_000),
	}
}

var hostileLogins = []string{"yes", "No", "null", "1e3_", "0x10", "007", "-", "--", "---", "_", "12", "true", "n", "0o7", "1_000"}

func TestTextsOfAllKindsAreWrittenAsTheyAre(t *testing.T) {
	t.Parallel()
	subscription := *blocked()
	var world usher.World
	organization := usher.WorldAccount{Account: usher.Account{Ref: usher.OrganizationRef(1), Login: "1e3", Subscription: &subscription}}
	enterprise := usher.WorldAccount{Account: usher.Account{Ref: usher.EnterpriseRef(1), Login: "null", Name: "a: b"}}
	for i, odd := range hostile() {
		id := int64(i + 1)
		user := usher.User{ID: id, Login: fmt.Sprint("1e", i), Name: odd, Email: odd}
		if i < len(hostileLogins) {
			user.Login = hostileLogins[i]
		}
		world.Users = append(world.Users, user)
		organization.Memberships = append(organization.Memberships, member(id))
		organization.Grants = append(organization.Grants, usher.WorldGrant{Kind: usher.DirectGrant, SubjectID: id, At: ago(day)})
		organization.Activity = append(organization.Activity, usher.WorldActivity{UserID: id, Activity: usher.Activity{At: ago(day), Editor: odd}})
		slug := usher.TeamSlug(odd)
		if !usher.IsTeamSlug(slug) || strings.Contains(odd, "\n") || len(odd) > usher.MaxTeamName {
			continue
		}
		team := usher.Team{Account: organization.Account.Ref, ID: int64(len(organization.Teams) + 1), Slug: slug, Name: odd, Description: odd, Privacy: "closed", CreatedAt: now(), UpdatedAt: now()}
		if !slices.ContainsFunc(organization.Teams, func(other usher.Team) bool { return other.Slug == team.Slug }) {
			organization.Teams = append(organization.Teams, team)
		}
	}
	world.Accounts = []usher.WorldAccount{enterprise, organization}
	isWrittenAsItself(t, world)

	var elsewhere struct { // as a reader that knows nothing of seeds reads it
		Users []struct{ Login, Name, Email any }
	}
	if err := yaml.Unmarshal([]byte(write(t, world)), &elsewhere); err != nil {
		t.Fatal(err)
	}
	for i, user := range elsewhere.Users {
		want := world.Users[i]
		if user.Login != want.Login || user.Name != want.Name || user.Email != want.Email {
			t.Errorf("user %d: got %q %q, want %q %q", i, user.Login, user.Name, want.Login, want.Name)
		}
	}
}

func TestACommentStaysOne(t *testing.T) {
	t.Parallel()
	world := usher.World{Users: []usher.User{{ID: 1, Login: "ann"}}}
	for _, odd := range hostile() {
		again := parse(t, write(t, world, odd, "and "+odd))
		if diff := cmp.Diff(world.Users, again.Users); diff != "" {
			t.Errorf("the comment %.40q (-want +got):\n%s", odd, diff)
		}
	}
}

func TestWritingFailsWhereTheFileDoes(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	world := usher.World{Users: make([]usher.User, 3000)}
	for i := range world.Users {
		world.Users[i] = usher.User{ID: int64(i + 1), Login: login(i)}
	}
	if err := seed.Write(&brokenFile{full}, world); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	world.Users[2999].Name = "\xff"
	if err := seed.Write(&bytes.Buffer{}, world); err == nil {
		t.Error("a text that is not UTF-8: got no error")
	}
}

type brokenFile struct{ err error }

func (f *brokenFile) Write([]byte) (int, error) { return 0, f.err }

func TestATeamsGrantMayHaveATime(t *testing.T) {
	t.Parallel()
	world := parse(t, acme+"    teams: [{name: A}, {name: B}]\n    copilot: {}\n    seats: {teams: [b, {slug: a, at: -2d}]}\n")
	want := []usher.WorldGrant{{Kind: usher.TeamGrant, SubjectID: 2}, {Kind: usher.TeamGrant, SubjectID: 1, At: now().Add(-48 * time.Hour)}}
	if diff := cmp.Diff(want, world.Accounts[0].Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}
