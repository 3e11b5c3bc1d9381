package usher_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// The keys of accounts in the database: the id times two, and one more for an enterprise.
//
//	85 octo-global, whose team 21 is granted and assigned to octodemo
//	14 octodemo, in the enterprise; users 9 and 10 are invited
//	18 hubot, in none, where the seat and the grant of user 8 sleep
//	16 solo, in none, where all sleeps, since Copilot is off
func wholeWorld(t *testing.T) stage {
	t.Helper()
	off := usher.OrganizationRef(solo)
	s := onStage(t, worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(),
			teams:  []team{{id: 21, slug: "red", members: "ada Bob"}, {id: 22, slug: "blue", members: "kim"}},
			grants: []usher.WorldGrant{throughTeam(21)},
		},
		account{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob cyd dee eve", invited: "ida jon", copilot: enabled(),
			teams:  []team{{id: 11, slug: "core", members: "cyd"}, {id: 12, slug: "inner", parent: 11, members: "dee"}},
			grants: []usher.WorldGrant{direct("ada"), cancelled("eve"), direct("ida"), throughTeam(11)},
		},
		account{login: "hubot", id: hubot, owners: "gus", members: "hal fay", copilot: enabled(), grants: []usher.WorldGrant{direct("gus"), direct("hal")}},
		account{
			login: "solo", id: solo, owners: "kim", copilot: enabled(), teams: []team{{id: 51, slug: "ops", members: "kim"}},
			grants: []usher.WorldGrant{direct("kim"), throughTeam(51)},
		},
	))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	selected := usher.SelectedOrganizations
	_, err := s.ChangeEnterpriseTeam(background, global, teamNamed("red"), usher.EnterpriseTeamChange{Selection: &selected}, by)
	must(err)
	_, err = s.AssignOrganizations(background, global, teamNamed("red"), []string{"octodemo"}, by)
	must(err)
	_, err = s.SetTeamMembership(background, usher.OrganizationRef(octodemo), teamNamed("core"), "ida", usher.TeamMemberRole, anApp, by)
	must(err)
	must(s.RemoveMember(background, usher.OrganizationRef(hubot), "hal", by))
	s.copilot(off, usher.AssignmentDisabled)
	return s
}

// breaks changes the database behind usher's back.
func (s stage) breaks(t *testing.T, statements ...string) {
	t.Helper()
	if strings.Contains(strings.Join(statements, ";"), " events ") {
		enginetest.LetRewrite(t, s.database)
	}
	driver := "sqlite"
	if sqlstore.IsPostgres(s.database) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		result, err := db.ExecContext(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if n, err := result.RowsAffected(); n == 0 || err != nil {
			t.Fatalf("%s changed nothing: %v", statement, err)
		}
	}
}

const (
	grantOf       = `INSERT INTO grants (account, kind, subject_id, granted_at) VALUES `
	grantAnew     = `INSERT INTO grants (account, kind, subject_id, granted_at, since) VALUES `
	sleepingGrant = `INSERT INTO sleeping_grants (account, kind, subject_id, granted_by, granted_with) VALUES `
	seatColumns   = `account, section, number, user_id, team_id, created_at, updated_at, ends_at, cancelled_by, cancelled_with, last_activity_at, last_activity_editor, last_authenticated_at`
	memberOf      = `INSERT INTO team_members (account, team_id, user_id, maintainer) VALUES `
	waitsFor      = `INSERT INTO invited_team_members (account, team_id, user_id, maintainer) VALUES `
	assignedTo    = `INSERT INTO team_organizations (account, team_id, organization) VALUES `
)

// brokenWorlds is what becomes of a whole world by statements, and all that must be said of it.
var brokenWorlds = []struct {
	name       string
	statements []string
	want       []string
}{
	{
		"a live seat without a live grant",
		[]string{`DELETE FROM grants WHERE account = 14 AND kind = 'direct' AND subject_id = 1`},
		[]string{"organization octodemo: seat 1 of user 1: live true, granted false"},
	},
	{
		"a pending seat with a live grant",
		[]string{grantAnew + `(14, 'direct', 5, 1, 9)`},
		[]string{"organization octodemo: seat 2 of user 5: live false, granted true"},
	},
	{
		"a live grant without a seat",
		[]string{grantOf + `(14, 'direct', 2, 1)`},
		[]string{"organization octodemo: user 2 is granted in section 0 and has no seat"},
	},
	{
		"a live grant of an enterprise without a seat",
		[]string{grantOf + `(85, 'team', 22, 1)`},
		[]string{"enterprise octo-global: user 11 is granted in section 22 and has no seat"},
	},
	{
		"a live grant where Copilot is off",
		[]string{grantAnew + `(16, 'direct', 11, 1, 4)`},
		[]string{"organization solo: user 11 is granted in section 0 and has no seat"},
	},
	{
		"a seat with activity that nobody reported",
		[]string{`UPDATE seats SET last_activity_at = 1 WHERE account = 14 AND user_id = 3`},
		[]string{"organization octodemo: seat 3 of user 3 has another activity than the last report about it left"},
	},
	{
		"a row that is as it is since an event that is not there",
		[]string{`UPDATE team_members SET since = 4711 WHERE account = 14 AND team_id = 11 AND user_id = 3`},
		[]string{"organization octodemo: the place of user 3 in team 11 is as it is since event 4711, and the last is 10"},
	},
	{
		"a row that was so until an event that is not there",
		[]string{`UPDATE past_seats SET until = 4711 WHERE account = 14 AND number = 2`},
		[]string{
			"organization octodemo: seat 2 of section 0 was so from event 0 until event 4711, and the last is 10",
			"organization octodemo: seat 2 of section 0 was so until event 4711, and another way since event 9",
		},
	},
	{
		"a row that was so until before it was",
		[]string{`UPDATE past_grants SET since = until WHERE account = 14 AND kind = 'direct' AND subject_id = 5`},
		[]string{"organization octodemo: the direct grant of 5 was so from event 9 until event 9, and the last is 10"},
	},
	{
		"a row that was two ways at once",
		[]string{`UPDATE seats SET since = since - 1 WHERE account = 14 AND number = 2`},
		[]string{"organization octodemo: seat 2 of section 0 was so until event 9, and another way since event 8"},
	},
	{
		"a seat shown with a team that does not hold it",
		[]string{`UPDATE seats SET team_id = 12 WHERE account = 14 AND user_id = 3`},
		[]string{"organization octodemo: seat 3 of user 3 is shown with team 12, team 11 holds it"},
	},
	{
		"a grant of somebody who is neither member nor invited",
		[]string{grantOf + `(14, 'direct', 11, 1)`},
		[]string{"organization octodemo: user 11 is granted, and neither a member nor invited"},
	},
	{
		"a grant of somebody who does not exist",
		[]string{grantOf + `(14, 'direct', 4711, 1)`},
		[]string{"organization octodemo: user 4711 is granted, and neither a member nor invited"},
	},
	{
		"a grant that sleeps of somebody who does not exist",
		[]string{sleepingGrant + `(18, 'direct', 4711, 0, 0)`},
		[]string{"organization hubot: the direct grant of user 4711 sleeps, who does not exist"},
	},
	{
		"a grant of a team that does not exist",
		[]string{grantOf + `(14, 'team', 99, 1)`, grantOf + `(85, 'team', 99, 1)`},
		[]string{"organization octodemo: team 99 is granted, and does not exist", "enterprise octo-global: team 99 is granted, and does not exist"},
	},
	{
		"a grant that sleeps of a team that does not exist",
		[]string{sleepingGrant + `(16, 'team', 99, 0, 0)`},
		[]string{"organization solo: the grant of team 99 sleeps, which does not exist"},
	},
	{
		"a seat of somebody who does not exist",
		[]string{`UPDATE seats SET user_id = 4711 WHERE account = 18 AND user_id = 7`, `UPDATE grants SET subject_id = 4711 WHERE account = 18 AND subject_id = 7`},
		[]string{"organization hubot: seat 1 belongs to user 4711, who does not exist", "organization hubot: seat 1 of user 4711: live true, granted false", "organization hubot: user 4711 is granted, and neither a member nor invited"},
	},
	{
		"a sleeping seat of somebody who does not exist",
		[]string{`UPDATE sleeping_seats SET user_id = 4711 WHERE account = 18`},
		[]string{"organization hubot: sleeping seat 2 belongs to user 4711, who does not exist"},
	},
	{
		"a seat that is gone",
		[]string{`DELETE FROM seats WHERE account = 18 AND user_id = 7`},
		[]string{
			"organization hubot: user 7 is granted in section 0 and has no seat",
			"organization hubot: section 0 counts 1 live seats, none pending, 1 added and 0 active in the cycle; there are 0 live seats, none pending, 0 added and 0 active in the cycle",
			"organization hubot: block 0 of section 0 counts 1 live seats, none pending; there are 0 live seats, none pending",
		},
	},
	{
		"a counter of live seats",
		[]string{`UPDATE sections SET live = live + 1 WHERE account = 14`},
		[]string{"organization octodemo: section 0 counts 4 live seats, 1 pending until 2026-12-01T00:00:00Z, 4 added and 0 active in the cycle; there are 3 live seats, 1 pending until 2026-12-01T00:00:00Z, 4 added and 0 active in the cycle"},
	},
	{
		"a counter of pending seats",
		[]string{`UPDATE sections SET pending = pending + 1 WHERE account = 14`},
		[]string{"organization octodemo: section 0 counts 3 live seats, 2 pending until 2026-12-01T00:00:00Z, 4 added and 0 active in the cycle; there are 3 live seats, 1 pending until 2026-12-01T00:00:00Z, 4 added and 0 active in the cycle"},
	},
	{
		"the end of the pending seats that a counter has",
		[]string{`UPDATE sections SET ends_at = ends_at + 86400000000 WHERE account = 14`},
		[]string{"organization octodemo: section 0 counts 3 live seats, 1 pending until 2026-12-02T00:00:00Z, 4 added and 0 active in the cycle; there are 3 live seats, 1 pending until 2026-12-01T00:00:00Z, 4 added and 0 active in the cycle"},
	},
	{
		"counters of what is new and used",
		[]string{`UPDATE sections SET added = added - 1, active = 2 WHERE account = 14`},
		[]string{"organization octodemo: section 0 counts 3 live seats, 1 pending until 2026-12-01T00:00:00Z, 3 added and 2 active in the cycle; there are 3 live seats, 1 pending until 2026-12-01T00:00:00Z, 4 added and 0 active in the cycle"},
	},
	{
		"no counters of a team's section",
		[]string{`DELETE FROM sections WHERE account = 85 AND section = 21`},
		[]string{"enterprise octo-global: section 21 has seats and no counters", "enterprise octo-global: block 0 of section 21 has seats and no count"},
	},
	{
		"counters of an account without a subscription",
		[]string{`UPDATE sections SET live = 1 WHERE account = 16`, `UPDATE accounts SET subscribed = FALSE WHERE account = 16`},
		[]string{"organization solo: section 0 counts 1 live seats, none pending, 0 added and 0 active in the cycle; there are 0 live seats, none pending, 0 added and 0 active in the cycle"},
	},
	{
		"a block's count",
		[]string{`UPDATE blocks SET live = live - 1, pending = pending + 1 WHERE account = 14`},
		[]string{"organization octodemo: block 0 of section 0 counts 2 live seats, 2 pending until 2026-12-01T00:00:00Z; there are 3 live seats, 1 pending until 2026-12-01T00:00:00Z"},
	},
	{
		"no count of a block",
		[]string{`DELETE FROM blocks WHERE account = 14`},
		[]string{"organization octodemo: block 0 of section 0 has seats and no count"},
	},
	{
		"a count of a block without seats",
		[]string{`INSERT INTO blocks (account, section, block, live, pending) VALUES (14, 0, 3, 1, 0)`},
		[]string{"organization octodemo: block 3 of section 0 counts 1 live seats, none pending; there are 0 live seats, none pending"},
	},
	{
		"a count of invited people",
		[]string{`UPDATE invited SET people = 3 WHERE account = 14`},
		[]string{"organization octodemo: counts 3 invited people without an end, 1 of them granted; there are 2 and 1"},
	},
	{
		"a count of invited people who are granted",
		[]string{`UPDATE invited SET granted = 0 WHERE account = 14`},
		[]string{"organization octodemo: counts 2 invited people without an end, 0 of them granted; there are 2 and 1"},
	},
	{
		"invited people whom nobody counts",
		[]string{`UPDATE memberships SET expires_at = 1796083200000000 WHERE account = 14 AND user_id = 10`},
		[]string{
			"organization octodemo: counts 2 invited people without an end, 1 of them granted; there are 1 and 1",
			"organization octodemo: 1 invited people until 2026-12-01T00:00:00Z are not counted",
		},
	},
	{
		"a pending seat that does not end with the cycle",
		[]string{
			`UPDATE seats SET ends_at = ends_at + 86400000000 WHERE account = 14 AND user_id = 5`, `UPDATE sections SET ends_at = ends_at + 86400000000 WHERE account = 14`,
			`UPDATE blocks SET ends_at = ends_at + 86400000000 WHERE account = 14`, `UPDATE enterprise_people SET ends_at = ends_at + 86400000000 WHERE user_id = 5`,
			`UPDATE headcounts SET ends_at = ends_at + 86400000000 WHERE ends_at > 0`,
		},
		[]string{"organization octodemo: seat 2 of user 5 is pending until 2026-12-02T00:00:00Z, and the cycle goes on until 2026-12-01T00:00:00Z"},
	},
	{
		"a sleeping seat beside a current one",
		[]string{`INSERT INTO sleeping_seats (` + seatColumns + `) SELECT ` + seatColumns + ` FROM seats WHERE account = 18`},
		[]string{"organization hubot: seat 1 of user 7 sleeps, and they have another"},
	},
	{
		"a sleeping seat with a number that was never given",
		[]string{`UPDATE sleeping_seats SET number = 3 WHERE account = 18`},
		[]string{"organization hubot: sleeping seat 3 lies beyond the last given number 2"},
	},
	{
		"a sleeping grant of a member where Copilot is on",
		[]string{sleepingGrant + `(18, 'direct', 6, 0, 0)`},
		[]string{"organization hubot: the direct grant of user 6 sleeps, who is a member, and Copilot is on"},
	},
	{
		"a sleeping grant of a team where Copilot is on",
		[]string{`INSERT INTO teams (account, id, slug, slug_key, name, name_key, description, privacy, parent_id) VALUES (18, 61, 'a', 'a', 'a', 'a', '', 'closed', 0)`, sleepingGrant + `(18, 'team', 61, 0, 0)`},
		[]string{"organization hubot: the grant of team 61 sleeps, and Copilot is on"},
	},
	{
		"sleep that does not end with the cycle",
		[]string{`UPDATE accounts SET asleep_until = asleep_until - 86400000000 WHERE account = 18`},
		[]string{"organization hubot: what sleeps does so until 2026-11-30T00:00:00Z, and the cycle goes on until 2026-12-01T00:00:00Z"},
	},
	{
		"seats where Copilot is disabled",
		[]string{`UPDATE accounts SET seat_management = 'disabled' WHERE account = 18`},
		[]string{"organization hubot: has seats (1), and seat management is disabled"},
	},
	{
		"seats without a subscription",
		[]string{`UPDATE accounts SET subscribed = FALSE WHERE account = 18`},
		[]string{"organization hubot: has seats (1), and no subscription"},
	},
	{
		"a place in a team of somebody who is no member",
		[]string{memberOf + `(14, 12, 9, FALSE)`, memberOf + `(14, 12, 11, FALSE)`},
		[]string{
			"organization octodemo: user 9 is in team 12, and no member", // invited only
			"organization octodemo: user 11 is in team 12, and no member",
			"organization octodemo: user 9 is granted in section 0 and has no seat",
			"organization octodemo: user 11 is granted in section 0 and has no seat",
		},
	},
	{
		"a place in a team that does not exist",
		[]string{memberOf + `(14, 99, 1, FALSE)`, memberOf + `(85, 99, 1, FALSE)`},
		[]string{"organization octodemo: user 1 is in team 99, which does not exist", "enterprise octo-global: user 1 is in team 99, which does not exist"},
	},
	{
		"a place that waits for somebody who is not invited",
		[]string{waitsFor + `(14, 11, 2, FALSE)`},
		[]string{"organization octodemo: a place in team 11 waits for user 2, who is not invited"},
	},
	{
		"a place that waits in a team that does not exist",
		[]string{waitsFor + `(14, 99, 10, FALSE)`},
		[]string{"organization octodemo: user 10 is invited to team 99, which does not exist"},
	},
	{
		"a team assigned to an organization that is not the enterprise's",
		[]string{assignedTo + `(85, 21, 18)`, assignedTo + `(85, 21, 998)`},
		[]string{
			"enterprise octo-global: team 21 is assigned to organization 9, which is not the enterprise's",
			"enterprise octo-global: team 21 is assigned to organization 499, which is not the enterprise's",
		},
	},
	{
		"a team with organizations that is not for selected ones",
		[]string{assignedTo + `(85, 22, 14)`},
		[]string{"enterprise octo-global: team 22 is assigned to organization 7, and its selection is disabled"},
	},
	{
		"an assignment of a team that does not exist",
		[]string{assignedTo + `(85, 99, 14)`},
		[]string{"enterprise octo-global: team 99 is assigned to organization 7, and does not exist"},
	},
	{
		"a team whose parent does not exist",
		[]string{`UPDATE teams SET parent_id = 99 WHERE account = 16`},
		[]string{"organization solo: team 51 is below team 99, which does not exist"},
	},
	{
		"a team whose parent is another account's",
		[]string{`UPDATE teams SET parent_id = 12 WHERE account = 16`},
		[]string{"organization solo: team 51 is below team 12, which does not exist"},
	},
	{
		"an event's number",
		[]string{`UPDATE events SET number = 900 WHERE account = 18 AND number = 1`},
		[]string{"organization hubot: event 2 stands where 1 belongs"},
	},
	{
		"an event that is gone",
		[]string{`DELETE FROM events WHERE account = 18 AND number = (SELECT last_event FROM accounts WHERE account = 18)`, `UPDATE accounts SET last_event = 900 WHERE account = 18`},
		[]string{"organization hubot: the last event is 900, of 5"},
	},
	{
		"an event of no action",
		[]string{`UPDATE events SET action = 'copilot.nothing' WHERE account = 18 AND number = 1`},
		[]string{`organization hubot: event 1 is "copilot.nothing", which is no action`},
	},
	{
		"up to when an account had come",
		[]string{`UPDATE events SET known_at = known_at + 1 WHERE account = 18 AND number = 2`},
		[]string{"organization hubot: event 2 is known at 2026-11-11T12:00:00.000001Z, and the latest up to it is of 2026-11-11T12:00:00Z"},
	},
	{
		"an event later than all that was known",
		[]string{`UPDATE events SET at = at + 1 WHERE account = 18 AND number = 2`},
		[]string{"organization hubot: event 2 is known at 2026-11-11T12:00:00Z, and the latest up to it is of 2026-11-11T12:00:00.000001Z"},
	},
	{
		"the last event's time",
		[]string{`UPDATE accounts SET last_event_at = last_event_at + 1 WHERE account = 18`},
		[]string{"organization hubot: the last event's time is 2026-11-11T12:00:00.000001Z, and the latest event is of 2026-11-11T12:00:00Z"},
	},
	{
		"an event of the enterprise that has not been yet",
		[]string{`UPDATE events SET enterprise_event = 900 WHERE account = 14 AND number = 2`},
		[]string{"organization octodemo: event 2 names event 900 of the enterprise; the one before names 3, and there are 5"},
	},
	{
		"the enterprise's events running back",
		[]string{`UPDATE events SET enterprise_event = 2 WHERE account = 14 AND number = 2`},
		[]string{"organization octodemo: event 2 names event 2 of the enterprise; the one before names 3, and there are 5"},
	},
	{
		"an event of an enterprise where there is none",
		[]string{`UPDATE events SET enterprise_event = 1 WHERE account = 18 AND number = 1`},
		[]string{"organization hubot: event 1 names event 1 of the enterprise; the one before names 0, and there are 0"},
	},
	{
		"who is a member, and who is by events",
		[]string{`UPDATE events SET action = 'org.add_member' WHERE account = 18 AND action = 'org.remove_member'`, `UPDATE events SET action = 'org.expire_invitation', user_id = 1 WHERE account = 14 AND action = 'team.invite_member'`},
		[]string{"organization hubot: user 8 is neither a member nor invited, and a member by event 5", "organization octodemo: user 1 is a member, and neither a member nor invited by event 10"},
	},
	{
		"who is invited by events",
		[]string{`UPDATE events SET action = 'org.invite_member', user_id = 11 WHERE account = 14 AND action = 'team.invite_member'`},
		[]string{"organization octodemo: user 11 is neither a member nor invited, and invited by event 10"},
	},
	{
		"teams by events",
		[]string{`UPDATE events SET action = 'team.destroy' WHERE account = 85 AND action = 'team.add_to_organization'`, `UPDATE events SET action = 'team.create', team_id = 99 WHERE account = 14 AND action = 'team.invite_member'`},
		[]string{"enterprise octo-global: team 21 is there: true, by event 5: false", "organization octodemo: team 99 is there: false, by event 10: true"},
	},
	{
		"places by events",
		[]string{`UPDATE events SET action = 'team.add_member', user_id = 11 WHERE account = 85 AND action = 'team.add_to_organization'`, `UPDATE events SET action = 'team.remove_member', user_id = 3 WHERE account = 14 AND action = 'team.invite_member'`},
		[]string{"enterprise octo-global: user 11 is in team 21: false, by event 5: true", "organization octodemo: user 3 is in team 11: true, by event 10: false"},
	},
	{
		"events that are said to be deleted",
		[]string{`UPDATE accounts SET events_deleted = 2, record_from = 1 WHERE account = 18`},
		[]string{
			"organization hubot: event 1 stands where 3 belongs",
			"organization hubot: the last event is 6, of 8",
			"organization hubot: can be read from event 1 on, of 6, and those up to 2 are deleted",
		},
	},
	{
		"events that never grow old",
		[]string{`UPDATE accounts SET kept_since = NULL WHERE account = 18`},
		[]string{"organization hubot: has events, and nothing that grows old before 0001-01-01T00:00:00Z"},
	},
	{
		"the last seat's number",
		[]string{`UPDATE accounts SET last_seat = 3 WHERE account = 14`},
		[]string{"organization octodemo: seat 4 lies beyond the last given number 3"},
	},
	{
		"a count of people",
		[]string{`UPDATE headcounts SET people = 5 WHERE account = 85 AND ends_at = 0`},
		[]string{"enterprise octo-global: counts 5 people with seats without an end; there are 4"},
	},
	{
		"people whom nobody counts",
		[]string{`DELETE FROM headcounts WHERE account = 85 AND ends_at > 0`},
		[]string{"enterprise octo-global: 1 people with seats until 2026-12-01T00:00:00Z are not counted"},
	},
	{
		"a person too many",
		[]string{`INSERT INTO enterprise_people (account, user_id, last_activity_editor) VALUES (85, 11, '')`, `UPDATE headcounts SET people = 5 WHERE account = 85 AND ends_at = 0`},
		[]string{"enterprise octo-global: user 11 is counted, and has no seats"},
	},
	{
		"a person too few",
		[]string{`DELETE FROM enterprise_people WHERE account = 85 AND user_id = 1`, `UPDATE headcounts SET people = 3 WHERE account = 85 AND ends_at = 0`},
		[]string{"enterprise octo-global: user 1 has seats and is not counted"},
	},
	{
		"a person with the wrong end",
		[]string{`UPDATE enterprise_people SET ends_at = NULL WHERE account = 85 AND user_id = 5`, `UPDATE headcounts SET people = people + 1 WHERE account = 85 AND ends_at = 0`, `DELETE FROM headcounts WHERE account = 85 AND ends_at > 0`},
		[]string{"enterprise octo-global: user 5 is counted without an end, and has seats until 2026-12-01T00:00:00Z"},
	},
}

func TestCheckSaysWhatIsBrokenAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, world := range brokenWorlds {
		t.Run(world.name, func(t *testing.T) {
			t.Parallel()
			s := wholeWorld(t)
			s.breaks(t, world.statements...)
			broken, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(broken)
			if diff := cmp.Diff(slices.Sorted(slices.Values(world.want)), broken); diff != "" {
				t.Errorf("check after %s (-want +got):\n%s", strings.Join(world.statements, "; "), diff)
			}
		})
	}
}
