package sqlstore

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/usher-seats/usher"
)

// state is what there is or, with moments, what there was then. The statements that ask for
// either have one text but for the tables that they read.
type state struct {
	r       *reader
	at      time.Time
	moments map[int64]usher.Moment // by account key; nil: the present
}

// AsOf implements [usher.Reader].
func (r *reader) AsOf(at time.Time, moments ...usher.Moment) usher.Past {
	s := &state{r: r, at: at, moments: map[int64]usher.Moment{}}
	for _, m := range moments {
		s.moments[accountKey(m.Account)] = m
	}
	return s
}

func (s *state) past() bool { return s.moments != nil }

// moment is an account's, of the past.
func (s *state) moment(account int64) (usher.Moment, error) {
	m, ok := s.moments[account]
	if !ok {
		ref := accountRef(account)
		return m, fmt.Errorf("read the past: no moment of %s %d is given", ref.Kind, ref.ID)
	}
	return m, nil
}

// question is a statement in the making, about the account that is its parameter $1.
type question struct {
	state  *state
	moment usher.Moment
	err    error
	args   []any
	places map[string]string // of what the moment's tables need among the parameters
}

func (s *state) ask(ref usher.AccountRef, args ...any) *question {
	q := &question{state: s, args: append([]any{accountKey(ref)}, args...), places: map[string]string{}}
	if s.past() {
		q.moment, q.err = s.moment(accountKey(ref))
	}
	return q
}

// answers runs a question's statement.
func answers[T any](q *question, doing, text string, fields func(*T) []any) ([]T, error) {
	if q.err != nil {
		return nil, q.err
	}
	return query(q.state.r, doing, text, fields, q.args...)
}

// answer is answers for what has at most one row.
func answer[T any](q *question, doing, text string, fields func(*T) []any) (row T, ok bool, err error) {
	rows, err := answers(q, doing, text, fields)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// versioned is a table of which the past is kept: the columns that stand in both, what a row
// is in words, and when one began that has been there from the beginning, where that says
// more. blank are columns that statements read, and whose past is not in these tables.
type versioned struct {
	table, columns, words, began, blank string
}

func allVersioned() []versioned {
	return []versioned{pastAccounts(), pastMemberships(), pastTeams(), pastTeamMembers(), pastGrants(), pastSeats()}
}

func pastMemberships() versioned {
	return versioned{table: "memberships", columns: "account, " + membershipColumns, words: "'the membership of user ' || user_id"}
}

func pastTeams() versioned {
	return versioned{table: "teams", columns: teamColumns, words: "'team ' || id"}
}

func pastTeamMembers() versioned {
	return versioned{
		table: "team_members", columns: "account, team_id, user_id, maintainer",
		words: "'the place of user ' || user_id || ' in team ' || team_id",
	}
}

func pastGrants() versioned {
	return versioned{
		table: "grants", columns: "account, " + grantColumns, began: "granted_at",
		words: "'the ' || kind || ' grant of ' || subject_id",
	}
}

func pastSeats() versioned {
	return versioned{
		table: "seats", columns: "account, " + seatKeptColumns, began: "created_at",
		words: "'seat ' || number || ' of section ' || section",
		blank: ", CAST(NULL AS BIGINT) AS last_activity_at, '' AS last_activity_editor, CAST(NULL AS BIGINT) AS last_authenticated_at",
	}
}

func pastAccounts() versioned {
	return versioned{table: "accounts", columns: "account, enterprise, " + subscriptionColumns, words: "'the account'"}
}

// from is a table as the statement reads a few rows of it: the present's own name, or what it
// held of the account at the moment. The + keeps an engine from going by when rows ended,
// which nearly all did after a moment long ago.
func (q *question) from(v versioned) string { return q.table(v, "+until") }

// all is from for a statement that reads all rows of the account.
func (q *question) all(v versioned) string { return q.table(v, "until") }

func (q *question) table(v versioned, until string) string {
	if !q.state.past() {
		return v.table
	}
	event := q.place("event", q.moment.Event)
	began := ""
	if v.began != "" {
		began = " AND (since > 0 OR " + v.began + " <= " + q.place("at", q.state.at.UnixMicro()) + ")"
	}
	return `(SELECT ` + v.columns + v.blank + ` FROM ` + v.table + ` WHERE account = $1 AND since <= ` + event + began + `
		UNION ALL SELECT ` + v.columns + v.blank + ` FROM past_` + v.table + ` WHERE account = $1 AND ` + until + ` > ` + event + ` AND since <= ` + event + began + `) AS past`
}

// place is a parameter that the moment's tables need.
func (q *question) place(name string, value any) string {
	place, ok := q.places[name]
	if !ok {
		q.args = append(q.args, value)
		place = "$" + strconv.Itoa(len(q.args))
		q.places[name] = place
	}
	return place
}

// Now implements [usher.Past].
func (s *state) Now() (time.Time, error) {
	if s.past() {
		return s.at, nil
	}
	clock, err := s.r.Clock()
	if err != nil {
		return time.Time{}, err
	}
	return clock.Now(s.r.wall), nil
}

// asOf has an account be what it was at its moment. Its name never changes.
func (s *state) asOf(account usher.Account) (usher.Account, error) {
	key := accountKey(account.Ref)
	moment, err := s.moment(key)
	if err != nil {
		return usher.Account{}, err
	}
	account.LastEvent, account.LastEventAt = moment.Event, moment.KnownAt
	former, ok, err := first(s.r, "read an account's past",
		`SELECT account, COALESCE(enterprise, 0), `+subscriptionColumns+` FROM past_accounts
		WHERE account = $1 AND until > $2 AND since <= $2`,
		func(row *accountRow) []any {
			return append([]any{&row.key, &row.enterprise}, row.subscriptionFields()...)
		}, key, moment.Event)
	if err != nil || !ok {
		return account, err
	}
	former.account = account
	return former.toAccount(), nil
}

// What the present finds by joining tables the past finds by one statement after another: an
// engine would read all of an account to join what two tables hold.
//
// So are the team grants of many people found of the present too (see [state.TeamGrants]).

// pastPeople is People.
func (s *state) pastPeople(ref usher.AccountRef, logins []string) ([]usher.Person, error) {
	users, err := query(s.r, "read users",
		`SELECT `+userColumns+` FROM users WHERE `+s.r.dialect.among("login_key", s.r.dialect.textSet("$1")),
		userFields, textArray(logins, usher.LoginKey))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(users))
	for i, user := range users {
		ids[i] = user.ID
	}
	q := s.ask(ref, intArray(ids))
	memberships, err := answers(q, "read memberships",
		`SELECT `+membershipColumns+` FROM `+q.from(pastMemberships())+`
		WHERE account = $1 AND `+s.r.dialect.among("user_id", s.r.dialect.intSet("$2")), membershipFields)
	people := make([]usher.Person, len(users))
	for i, user := range users {
		people[i].User = user
		for _, m := range memberships {
			if m.UserID == user.ID {
				people[i].Membership = &m
			}
		}
	}
	return people, err
}

// places are the places in teams of these people, or in these teams.
func (s *state) places(ref usher.AccountRef, column string, ids []int64) ([]usher.TeamMember, error) {
	q := s.ask(ref, intArray(ids))
	return answers(q, "read teams' members",
		`SELECT team_id, user_id, maintainer FROM `+q.from(pastTeamMembers())+`
		WHERE account = $1 AND `+s.r.dialect.among(column, s.r.dialect.intSet("$2")), teamMemberFields)
}

// parents adds to teams those above them, at any height; a circle of parents ends.
func (s *state) parents(ref usher.AccountRef, teamIDs []int64) (parents map[int64]int64, err error) {
	parents = map[int64]int64{}
	for len(teamIDs) > 0 {
		teams, err := s.TeamsByID(ref, teamIDs)
		if err != nil {
			return nil, err
		}
		teamIDs = nil
		for _, team := range teams {
			parents[team.ID] = team.ParentID
		}
		for _, team := range teams {
			if _, known := parents[team.ParentID]; !known && team.ParentID != 0 {
				teamIDs = append(teamIDs, team.ParentID)
			}
		}
	}
	return parents, nil
}

// reach are the teams that people are in, and those above them; of a team that was not
// there, itself.
func (s *state) reach(ref usher.AccountRef, userIDs []int64) (reach map[int64]map[int64]bool, err error) {
	places, err := s.places(ref, "user_id", userIDs)
	if err != nil {
		return nil, err
	}
	teams := map[int64]bool{}
	for _, place := range places {
		teams[place.TeamID] = true
	}
	parents, err := s.parents(ref, slices.Collect(maps.Keys(teams)))
	reach = map[int64]map[int64]bool{}
	for _, place := range places {
		if reach[place.UserID] == nil {
			reach[place.UserID] = map[int64]bool{}
		}
		for id := place.TeamID; id != 0 && !reach[place.UserID][id]; id = parents[id] {
			reach[place.UserID][id] = true
		}
	}
	return reach, err
}

// pastTeamsOf is TeamsOf.
func (s *state) pastTeamsOf(ref usher.AccountRef, userID int64) ([]int64, error) {
	reach, err := s.reach(ref, []int64{userID})
	return slices.Collect(maps.Keys(reach[userID])), err
}

// teamGrants is TeamGrants, a team at a time.
func (s *state) teamGrants(ref usher.AccountRef, userIDs []int64) ([]usher.PersonTeamGrant, error) {
	reach, err := s.reach(ref, userIDs)
	if err != nil {
		return nil, err
	}
	teams := map[int64]bool{}
	for _, reached := range reach {
		maps.Copy(teams, reached)
	}
	grants, err := s.Grants(ref, usher.TeamGrant, slices.Collect(maps.Keys(teams)))
	granted := make(map[int64]usher.Grant, len(grants))
	for _, g := range grants {
		granted[g.SubjectID] = g
	}
	var list []usher.PersonTeamGrant
	for userID, reached := range reach {
		for teamID := range reached {
			if g, ok := granted[teamID]; ok {
				list = append(list, usher.PersonTeamGrant{UserID: userID, TeamID: teamID, GrantedAt: g.GrantedAt, GrantedBy: g.GrantedBy})
			}
		}
	}
	return list, err
}

// pastTeamPeople is TeamPeople.
func (s *state) pastTeamPeople(ref usher.AccountRef, teamID int64) ([]int64, error) {
	root, err := s.TeamsByID(ref, []int64{teamID})
	if err != nil || len(root) == 0 {
		return nil, err
	}
	tree := map[int64]bool{teamID: true}
	for level := []int64{teamID}; len(level) > 0; {
		q := s.ask(ref, intArray(level))
		children, err := answers(q, "read child teams",
			`SELECT id FROM `+q.from(pastTeams())+` WHERE account = $1 AND parent_id <> 0 AND `+s.r.dialect.among("parent_id", s.r.dialect.intSet("$2")), idField)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, id := range children {
			if !tree[id] {
				tree[id] = true
				level = append(level, id)
			}
		}
	}
	places, err := s.places(ref, "team_id", slices.Collect(maps.Keys(tree)))
	people := make([]int64, len(places))
	for i, place := range places {
		people[i] = place.UserID
	}
	slices.Sort(people)
	return slices.Compact(people), err
}

// used has seats of the past show the activity that had been reported by then.
func (s *state) used(ref usher.AccountRef, seats []usher.Seat) error {
	numbers := make([]int64, len(seats))
	for i, seat := range seats {
		numbers[i] = seat.Number
	}
	reports, err := s.r.LastReports(ref, numbers, s.moments[accountKey(ref)].Report)
	activity := make(map[int64]usher.Activity, len(reports))
	for _, report := range reports {
		activity[report.Seat] = report.Activity
	}
	for i, seat := range seats {
		seats[i].Activity = activity[seat.Number]
	}
	return err
}

// sections counts an account's seats of the past.
func (s *state) sections(ref usher.AccountRef) ([]usher.Counters, error) {
	q := s.ask(ref)
	return answers(q, "count the seats of the past",
		`SELECT section, COUNT(*) - COUNT(ends_at), COUNT(ends_at), MAX(ends_at)
		FROM `+q.all(pastSeats())+` WHERE ends_at IS NULL OR ends_at > `+q.place("at", s.at.UnixMicro())+` GROUP BY section ORDER BY section`,
		func(c *usher.Counters) []any { return []any{&c.Section, &c.Live, &c.Pending, (*instant)(&c.EndsAt)} })
}

// blocks counts a section's seats of the past.
func (s *state) blocks(ref usher.AccountRef, section int64) ([]usher.Block, error) {
	q := s.ask(ref, section)
	index := fmt.Sprintf("(number - 1) / %d", usher.BlockSize)
	return answers(q, "count the seats of the past",
		`SELECT section, `+index+`, COUNT(*) - COUNT(ends_at), COUNT(ends_at), MAX(ends_at)
		FROM `+q.all(pastSeats())+` WHERE section = $2 AND (ends_at IS NULL OR ends_at > `+q.place("at", s.at.UnixMicro())+`)
		GROUP BY section, `+index+` ORDER BY `+index, blockFields)
}

// Lifetimes implements [usher.Reader].
func (r *reader) Lifetimes(ref usher.AccountRef) (all []usher.Lifetime, err error) {
	for _, v := range allVersioned() {
		versions, err := query(r, "read all versions",
			`SELECT `+v.words+`, since, 0 FROM `+v.table+` WHERE account = $1
			UNION ALL SELECT `+v.words+`, since, until FROM past_`+v.table+` WHERE account = $1`,
			func(v *usher.Lifetime) []any { return []any{&v.Row, &v.Since, &v.Until} }, accountKey(ref))
		if err != nil {
			return nil, err
		}
		all = append(all, versions...)
	}
	return all, nil
}

// Mark implements [usher.Reader].
func (r *reader) Mark(ref usher.AccountRef, event int64) (usher.Mark, bool, error) {
	return first(r, "find an event",
		`SELECT number, change, known_at, enterprise_event, reports FROM events WHERE account = $1 AND number = $2`,
		func(m *usher.Mark) []any {
			return []any{&m.Event, &m.Change, (*instant)(&m.KnownAt), &m.EnterpriseEvent, &m.Reports}
		},
		accountKey(ref), event)
}

// change is the number of the change that is made of an account: that of the first event that
// its ledger writes next. Until the head of an account that this transaction has inserted is
// saved, it is 0.
func (t *tx) change(account int64) (int64, error) {
	if number, known := t.changes[account]; known {
		return number, nil
	}
	last, _, err := first(t.reader, "read an account's last event", `SELECT last_event FROM accounts WHERE account = $1`, idField, account)
	if err == nil {
		t.changes[account] = last + 1
	}
	return last + 1, err
}

// keep keeps the rows of a table that meet a condition as they are, before they are changed or
// deleted: in the past, until the change in hand. What this change itself has written is not
// kept. The condition's first parameter is the account.
func (t *tx) keep(v versioned, where string, args ...any) error {
	change, err := t.change(args[0].(int64))
	if err != nil {
		return err
	}
	place := "$" + strconv.Itoa(len(args)+1)
	kept, err := t.exec("keep the past of "+v.table,
		`INSERT INTO past_`+v.table+` (`+v.columns+`, since, until) SELECT `+v.columns+`, since, `+place+` FROM `+v.table+`
		WHERE `+where+` AND since < `+place, append(args, change)...)
	if err != nil {
		return err
	}
	return t.grown("past_"+v.table, int(kept))
}

// DeletePast implements [usher.Tx].
func (t *tx) DeletePast(ref usher.AccountRef, upTo int64) error {
	for _, v := range allVersioned() {
		if err := t.run("delete from the past", `DELETE FROM past_`+v.table+` WHERE account = $1 AND until <= $2`, accountKey(ref), upTo); err != nil {
			return err
		}
	}
	return nil
}
