package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// A statement that reads a whole table to answer for a few rows is slow on the day the
// table is large. Only what lists everything, or looks at each account, may.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	texts := map[string]bool{}
	store := open(t, sqlstore.Options{Trace: func(query string, _ int) {
		mu.Lock()
		defer mu.Unlock()
		texts[query] = true
	}})
	must(t, store.Update(t.Context(), newCrowd(10).load))
	must(t, store.Update(t.Context(), everyStatement))
	if len(texts) < 70 {
		t.Errorf("got %d statements, want all there are", len(texts))
	}
	for text := range texts {
		if strings.HasPrefix(text, "INSERT") && !strings.Contains(text, "SELECT") || strings.HasPrefix(text, "DELETE") && !strings.Contains(text, "WHERE") {
			continue
		}
		for _, line := range plan(t, store, text) {
			if !harmless(text, line) {
				t.Errorf("%q in the plan of\n%s", line, text)
			}
		}
	}
}

// everyStatement calls each method that has a statement of its own with small sets.
func everyStatement(tx usher.Tx) error {
	org, ids, names, now := usher.OrganizationRef(7), []int64{1001, 1002}, []string{"person-1001"}, time.Unix(1e9, 0)
	one := []usher.Seat{{Number: 1, UserID: 1001}}
	errs := make([]error, 0, 70)
	read := func(_ any, err error) { errs = append(errs, err) }
	find := func(_ any, _ bool, err error) { errs = append(errs, err) }
	read(tx.Now())
	find(tx.Seed())
	_, _, _, err := tx.Token(usher.HashToken("x"))
	read(nil, err)
	read(tx.TokensOf(1001))
	read(tx.AccountsKnowing(1001))
	find(tx.Account(usher.AccountName{ID: 7}))
	find(tx.Account(usher.AccountName{Login: "octo"}))
	read(tx.Accounts())
	read(tx.Organizations(5))
	find(tx.Membership(org, 1001))
	read(tx.BelongsToEnterprise(5, 1001))
	read(tx.EnterpriseMembers(5, ids))
	read(tx.People(org, names))
	find(tx.User(names[0]))
	read(tx.Users(ids))
	read(tx.AllUsers())
	read(tx.Members(org))
	read(tx.Teams(org, names))
	read(tx.TeamsByID(org, ids))
	read(tx.FormerTeams(org, ids))
	read(tx.TeamPeople(org, 1))
	read(tx.TeamsOf(org, 1))
	read(tx.AllTeams(org))
	read(tx.TeamMembers(org, 1))
	read(tx.TeamPlaces(org, 1))
	read(tx.InTeam(org, 1, ids))
	read(tx.Memberships(org, ids))
	_, _, err = tx.TeamMember(org, 1, 1)
	read(nil, err)
	read(tx.Grants(org, usher.DirectGrant, ids))
	read(tx.AllGrants(org))
	read(tx.TeamGrants(org, ids))
	read(tx.Seats(org, 0, ids))
	read(tx.PersonSeats(org, 1))
	read(tx.EnterprisePersonSeats(5, 1))
	read(tx.SeatsFrom(org, 0, 1, 0, 10, now))
	read(tx.AllSeats(org))
	find(tx.DueAccount(now))
	read(tx.DueSeats(org, now, 10))
	read(tx.Sections(org))
	read(tx.SeatTotals())
	read(tx.Blocks(org, 0))
	read(tx.BlocksAt(org, 0, ids))
	read(tx.EnterprisePeople(5, ids))
	read(tx.AllEnterprisePeople(5))
	read(tx.EnterpriseEndings(5, ids))
	read(tx.Headcounts(5))
	_, _, err = tx.Events(now, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), 5)
	read(nil, err)
	find(tx.Report(org, 1))
	read(tx.PersonRecord(org, 1001, 10))
	read(tx.Changes(org, ids))
	read(tx.SeatReports(org, 1, 0, 5))
	find(tx.Mark(org, 1))
	read(tx.Lifetimes(org))
	past := tx.AsOf(now, usher.Moment{Account: org, Event: 1})
	find(past.Account(usher.AccountName{ID: 7}))
	find(past.Membership(org, 1001))
	read(past.People(org, names))
	read(past.TeamsByID(org, ids))
	read(past.TeamsOf(org, 1001))
	read(past.TeamPeople(org, 1))
	read(past.Grants(org, usher.DirectGrant, ids))
	read(past.TeamGrants(org, ids))
	read(past.Seats(org, 0, ids))
	read(past.PersonSeats(org, 1001))
	read(past.SeatsFrom(org, 0, 1, 0, 10, now))
	read(past.Sections(org))
	read(past.Blocks(org, 0))
	read(tx.LastReports(org, ids, 5))
	read(tx.EventsAfter(org, 1, 5))
	find(tx.DueRecord(now))
	for _, newest := range []bool{false, true} {
		for who := range int64(4) {
			for _, actions := range [][]usher.Action{nil, {usher.SeatAdded}, {usher.SeatAdded, usher.SeatCancelled}} {
				read(tx.SelectEvents(org, usher.EventSelection{
					Actions: actions, ActorID: who / 2 * 5, UserID: who % 2 * 6, After: usher.FirstPlace(), Before: usher.LastPlace(), Newest: newest, Limit: 10,
				}))
			}
		}
	}
	find(tx.FirstDue(org, now))
	read(tx.TokenKinds(ids))
	read(tx.TokensByID(ids))
	_, _, err = tx.TokensFrom(0, 10)
	read(nil, err)
	read(tx.LastToken(1 << 40))
	find(tx.App(1, ""))
	find(tx.App(0, "Iv1.x"))
	find(tx.Installation(1))
	find(tx.InstallationIn(1, 7))
	read(nil, installations(tx))
	read(tx.AllApps())
	read(tx.AllInstallations())
	read(tx.LastInstallation())
	read(tx.TokensMintedFor(ids))
	for _, role := range []usher.Role{"", usher.RoleOwner} {
		_, _, err = tx.MembersFrom(org, role, 0, 1)
		read(nil, err)
	}
	read(tx.Invitations(org))
	read(tx.DueInvitations(org, now, 10))
	read(tx.Invited(org))
	read(tx.OrganizationsOf(1001))
	find(tx.TeamAccount(usher.Organization, 1))
	read(tx.AssignedOrganizations(5, 1))
	read(tx.AllAssignments(5))
	read(tx.InvitedTeams(org, ids))
	read(tx.AllInvitedTeams(org))
	read(tx.AllTeamMembers(org))
	read(tx.SleepingGrants(org))
	read(tx.SleepingSeats(org, 0, ids))
	read(tx.AllSleepingSeats(org))
	read(tx.ReserveIDs(1))
	account, err := tx.Lock(org)
	read(nil, err)
	return errors.Join(errors.Join(errs...),
		tx.SaveUser(usher.User{ID: 1001, Login: "renamed"}), tx.RevokeTokens(ids, now), tx.SaveTokenUse(ids, now),
		tx.DeleteExpiredTokens(1, now, 5),
		tx.InsertApps([]usher.App{{ID: 1, Slug: "bot"}}), tx.SaveApp(usher.App{ID: 1}),
		tx.SaveInstallation(usher.Installation{ID: 1}), tx.DeleteInstallations(ids),
		tx.SaveHead(account), tx.SaveSubscription(account), tx.SaveEnterprise(account), tx.SaveAccountName(account),
		tx.SaveMembership(org, usher.Membership{UserID: 1, Role: usher.RoleOwner, State: usher.Active}),
		tx.DeleteMemberships(org, ids), tx.AddInvited(org, []usher.InvitedCount{{People: 1}}),
		tx.SaveInvitedTeam(org, usher.TeamMember{TeamID: 1, UserID: 1}), tx.DeleteInvitedTeams(org, 1, ids),
		tx.InsertTeams([]usher.Team{{Account: org, ID: 1, Slug: "one"}}), tx.SaveTeam(usher.Team{Account: org, ID: 1, Slug: "two"}),
		tx.DeleteTeams(org, ids), tx.AssignOrganizations(5, 1, ids), tx.UnassignOrganizations(5, 1, ids),
		tx.SleepGrants(org, usher.DirectGrant, ids), tx.WakeGrants(org, usher.DirectGrant, ids),
		tx.DeleteSleepingGrants(org, usher.DirectGrant, ids),
		tx.InsertSleepingSeats(org, one), tx.DeleteSleepingSeats(org, one), tx.Forget(org),
		tx.SaveTeamMember(org, usher.TeamMember{TeamID: 1, UserID: 1}), tx.DeleteTeamMembers(org, 1, ids),
		tx.DeleteEvents(org, 0), tx.DeletePast(org, 0), deleteReports(tx, org),
		tx.DeleteGrants(org, usher.DirectGrant, ids),
		tx.UpdateSeats(org, one), tx.UseSeats(org, one), tx.DeleteSeats(org, one),
		tx.SaveBlocks(org, []usher.Block{{}}),
		tx.DeleteEnterprisePeople(5, ids),
		tx.AddHeadcounts(5, []usher.Headcount{{People: 1}}),
	)
}

// Each tick asks for it, of however many accounts.
func TestWhatIsOldIsFoundByAnIndex(t *testing.T) {
	t.Parallel()
	var text string
	store := open(t, sqlstore.Options{Trace: func(query string, _ int) { text = query }})
	must(t, store.View(t.Context(), func(r usher.Reader) error {
		_, _, err := r.DueRecord(time.Unix(1e9, 0))
		return err
	}))
	for _, line := range plan(t, store, text) {
		if !strings.Contains(line, "USING INDEX accounts_kept") && !strings.Contains(line, "USING COVERING INDEX accounts_kept") {
			t.Errorf("%q in the plan of\n%s", line, text)
		}
	}
}

// installations are listed by a statement that needs one to be there.
func installations(tx usher.Tx) error {
	if err := tx.InsertInstallations([]usher.Installation{{ID: 1, AppID: 1, OrganizationID: 7, UpdatedAt: time.Unix(1e9, 0)}}); err != nil {
		return err
	}
	_, _, err := tx.Installations(1, time.Time{}, 0, 10)
	return err
}

func deleteReports(tx usher.Tx, ref usher.AccountRef) error {
	_, err := tx.DeleteReports(ref, 0, 5)
	return err
}

// harmless says whether a line of a plan reads no more than it has to.
func harmless(text, line string) bool {
	if strings.Contains(line, "AUTOMATIC") {
		return false
	}
	if strings.Contains(text, "+until") && (strings.HasSuffix(line, "(account=?)") || strings.HasSuffix(line, "(account=? AND until>?)")) {
		return false // who asks for a few rows of the past
	}
	if strings.HasSuffix(line, "(account=?)") && !strings.HasPrefix(line, "SEARCH accounts ") && !strings.HasPrefix(line, "SEARCH a ") {
		// All of an account, for a method whose answer that is.
		return !strings.Contains(text, "json_each") && !strings.Contains(text, "RECURSIVE")
	}
	table, scans := strings.CutPrefix(line, "SCAN ")
	if !scans {
		return true
	}
	table, _, _ = strings.Cut(table, " ")
	if strings.Contains(text, "FROM tokens t ORDER BY t.id") || text == "SELECT COUNT(*) FROM tokens" {
		return true // all tokens are listed, a page at a time
	}
	if strings.HasSuffix(text, "FROM apps ORDER BY id") || strings.HasSuffix(text, "FROM installations ORDER BY id") {
		return true // all of them are compared with a file, or dumped
	}
	fromAccounts := strings.Contains(text, "FROM accounts")
	return slices.Contains([]string{"json_each", "world", "one", "v", "p", "reach", "tree", "above", "past", "listed"}, table) ||
		strings.HasSuffix(table, "VALUES") || strings.HasSuffix(table, "ROW") || table == "CONSTANT" ||
		fromAccounts && (table == "a" || table == "accounts")
}

func plan(t *testing.T, store *sqlstore.Store, text string) []string {
	t.Helper()
	args := make([]any, 0, 16)
	for i := 1; strings.Contains(text, fmt.Sprintf("$%d", i)) || i <= strings.Count(text, "?"); i++ {
		args = append(args, "1")
	}
	lines, err := explain(t.Context(), store.Writer(), text, args)
	if err != nil {
		t.Fatalf("explain %s: %v", text, err)
	}
	return lines
}

func explain(ctx context.Context, db *sql.DB, text string, args []any) (lines []string, err error) {
	rows, err := db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

// (What PostgreSQL does depends on what it knows of the table: measured_events_test.go.)
func TestEachSelectionReadsARangeOfTheIndexThatHoldsIt(t *testing.T) {
	t.Parallel()
	store := open(t, sqlstore.Options{})
	one, two := []usher.Action{usher.SeatAdded}, []usher.Action{usher.SeatAdded, usher.SeatCancelled}
	for _, c := range []struct {
		selection usher.EventSelection
		index     string
	}{
		{usher.EventSelection{}, "events_at ((account,at,number)"},
		{usher.EventSelection{Actions: one}, "events_action ((account,action,at,number)"},
		{usher.EventSelection{ActorID: 5, Actions: one}, "events_actor ((account,actor_id,action,at,number)"},
		{usher.EventSelection{UserID: 6, Actions: one}, "events_user ((account,user_id,action,at,number)"},
		{usher.EventSelection{ActorID: 5, UserID: 6, Actions: one}, "events_user_actor ((account,user_id,actor_id,action,at,number)"},
	} {
		for _, newest := range []bool{false, true} {
			for _, actions := range [][]usher.Action{c.selection.Actions, two} {
				s := c.selection
				if len(s.Actions) > 0 {
					s.Actions = actions
				}
				s.Newest = newest
				text, args := store.SelectionOf(usher.OrganizationRef(7), s, 31)
				lines, err := explain(t.Context(), store.Writer(), text, args)
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Join(lines, "\n")
				want := "SEARCH events USING INDEX " + c.index
				if strings.Count(got, want) != max(1, len(s.Actions)) || len(s.Actions) < 2 && strings.Contains(got, "B-TREE") {
					t.Errorf("%+v: want %q for each action, in order, got\n%s", s, want, got)
				}
			}
		}
	}
}

// A plan is made once for a connection, perhaps while there are a few events and no statistics
// of them. Some minutes later there may be millions.
func TestOnPostgreSQLEachSelectionReadsARangeOfItsIndexBeforeThereAreStatistics(t *testing.T) {
	t.Parallel()
	store := openAt(t, enginetest.Shared(t).Database(t), sqlstore.Options{})
	conn, err := store.Readers().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	inOrder := func(text string, args []any, index string, branches int) {
		t.Helper()
		got := genericPlan(t, conn, text, args)
		if strings.Count(got, " using "+index+" on events") != branches || strings.Contains(got, "Bitmap") ||
			strings.Contains(got, "Incremental") || strings.Count(got, "Sort  (") != min(1, branches-1) {
			t.Errorf("%s\nwant %s read in order, %d times, and at most all of that sorted; got\n%s", text, index, branches, got)
		}
	}
	one, two := []usher.Action{usher.SeatAdded}, []usher.Action{usher.SeatAdded, usher.SeatCancelled}
	for _, limit := range []int{31, 101, usher.MaxSelection} {
		for _, newest := range []bool{false, true} {
			selection := func(s usher.EventSelection, index string) {
				t.Helper()
				s.Newest = newest
				text, args := store.SelectionOf(usher.OrganizationRef(7), s, limit)
				inOrder(text, args, index, max(1, len(s.Actions)))
			}
			selection(usher.EventSelection{}, "events_at")
			for _, actions := range [][]usher.Action{one, two, usher.Actions()} {
				selection(usher.EventSelection{Actions: actions}, "events_action")
				selection(usher.EventSelection{ActorID: 5, Actions: actions}, "events_actor")
				selection(usher.EventSelection{UserID: 6, Actions: actions}, "events_user")
				selection(usher.EventSelection{ActorID: 5, UserID: 6, Actions: actions}, "events_user_actor")
			}
		}
	}
	inOrder(sqlstore.EventsAfter(), []any{int64(14), int64(0)}, "events_pkey", 1)
}

// genericPlan is PostgreSQL's plan of a statement for any arguments, on a connection of a store.
func genericPlan(t *testing.T, conn *sql.Conn, text string, args []any) string {
	t.Helper()
	values := make([]string, len(args))
	for i, arg := range args {
		values[i] = "'" + fmt.Sprint(arg) + "'"
	}
	if _, err := conn.ExecContext(t.Context(), "PREPARE planned AS "+text); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.QueryContext(t.Context(), "EXPLAIN EXECUTE planned ("+strings.Join(values, ", ")+")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		must(t, rows.Scan(&line))
		lines = append(lines, line)
	}
	must(t, rows.Err())
	if _, err := conn.ExecContext(t.Context(), "DEALLOCATE planned"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
