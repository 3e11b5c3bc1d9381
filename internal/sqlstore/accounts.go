package sqlstore

import (
	"fmt"
	"time"

	"github.com/usher-seats/usher"
)

const subscriptionColumns = `subscribed, plan, seat_management,
	public_code_suggestions, ide_chat, platform_chat, cli, billing_set_up, payment_problem, cycle_day`

const accountColumns = `account, login, name, COALESCE(enterprise, 0), ` + subscriptionColumns + `,
	last_seat, last_event, last_report, last_event_at, record_from, events_deleted, kept_since, asleep_until, version, created_at`

// accountRow is an account as its row has it.
type accountRow struct {
	account      usher.Account
	key          int64
	enterprise   int64
	subscribed   bool
	subscription usher.Subscription
}

func accountFields(row *accountRow) []any {
	a := &row.account
	fields := append([]any{&row.key, &a.Login, &a.Name, &row.enterprise}, row.subscriptionFields()...)
	return append(fields,
		&a.LastSeat, &a.LastEvent, &a.LastReport, (*instant)(&a.LastEventAt), &a.RecordFrom, &a.EventsDeleted, (*instant)(&a.KeptSince), (*instant)(&a.AsleepUntil), &a.Version, (*instant)(&a.CreatedAt))
}

func (row *accountRow) subscriptionFields() []any {
	s := &row.subscription
	return []any{
		&row.subscribed, &s.Plan, &s.SeatManagement,
		&s.PublicCodeSuggestions, &s.IDEChat, &s.PlatformChat, &s.CLI, &s.BillingSetUp, &s.PaymentProblem, &s.CycleDay,
	}
}

func (row accountRow) toAccount() usher.Account {
	account := row.account
	account.Ref, account.EnterpriseID, account.Subscription = accountRef(row.key), 0, nil
	if account.Ref.Kind == usher.Organization {
		account.EnterpriseID = accountRef(row.enterprise).ID
	}
	if row.subscribed {
		account.Subscription = &row.subscription
	}
	return account
}

func (r *reader) accounts(doing, where string, args ...any) ([]usher.Account, error) {
	rows, err := query(r, doing, `SELECT `+accountColumns+` FROM accounts `+where, accountFields, args...)
	return accountsOf(rows), err
}

func accountsOf(rows []accountRow) []usher.Account {
	accounts := make([]usher.Account, len(rows))
	for i, row := range rows {
		accounts[i] = row.toAccount()
	}
	return accounts
}

// Account implements [usher.Past].
func (s *state) Account(name usher.AccountName) (usher.Account, bool, error) {
	where, args := `WHERE account = $1`, []any{accountKey(usher.AccountRef{Kind: name.Kind, ID: name.ID})}
	if name.Login != "" {
		if !storable(name.Login) {
			return usher.Account{}, false, nil
		}
		where, args = `WHERE kind = $1 AND login_key = $2`, []any{int64(name.Kind), usher.LoginKey(name.Login)}
	}
	accounts, err := s.r.accounts("find an account", where, args...)
	if err != nil || len(accounts) == 0 {
		return usher.Account{}, false, err
	}
	if !s.past() {
		return accounts[0], true, nil
	}
	account, err := s.asOf(accounts[0])
	return account, err == nil, err
}

// Accounts implements [usher.Reader].
func (r *reader) Accounts() ([]usher.Account, error) {
	return r.accounts("list the accounts", `ORDER BY kind DESC, id`)
}

// Organizations implements [usher.Reader].
func (r *reader) Organizations(enterpriseID int64) ([]usher.Account, error) {
	return r.accounts("list an enterprise's organizations", `WHERE enterprise = $1 AND kind = $2 ORDER BY id`,
		enterpriseKey(enterpriseID), int64(usher.Organization))
}

// DueRecord implements [usher.Reader].
func (r *reader) DueRecord(before time.Time) (usher.AccountRef, bool, error) {
	key, ok, err := first(r, "look for what is old", `SELECT account FROM accounts WHERE kept_since < $1 ORDER BY kept_since, account LIMIT 1`,
		idField, before.UnixMicro())
	return accountRef(key), ok, err
}

// Lock implements [usher.Tx]. One statement takes both locks, the enterprise's first. An
// account that is not there is [usher.NotFound].
func (t *tx) Lock(ref usher.AccountRef) (usher.Account, error) {
	accounts, err := t.accounts("lock an account",
		`WHERE account = $1 OR account = (SELECT enterprise FROM accounts WHERE account = $1) ORDER BY kind DESC`+t.dialect.forUpdate,
		accountKey(ref))
	if err != nil {
		return usher.Account{}, err
	}
	var locked *usher.Account
	for _, account := range accounts {
		if _, known := t.changes[accountKey(account.Ref)]; !known {
			t.changes[accountKey(account.Ref)] = account.LastEvent + 1
		}
		if account.Ref == ref {
			locked = &account
		}
	}
	if locked != nil {
		return *locked, nil
	}
	return usher.Account{}, &usher.Error{
		Kind: usher.NotFound, Message: "Not Found",
		Err: fmt.Errorf("lock an account: there is no %s %d", ref.Kind, ref.ID),
	}
}

// LockWorld implements [usher.Tx].
func (t *tx) LockWorld() error {
	for _, statement := range t.dialect.lockWorld {
		if err := t.run("lock the world", statement); err != nil {
			return err
		}
	}
	return nil
}

// SaveHead implements [usher.Tx].
func (t *tx) SaveHead(a usher.Account) error {
	t.changes[accountKey(a.Ref)] = a.LastEvent + 1
	return t.changeAccount(a, "save an account's head",
		`last_seat = $2, last_event = $3, last_report = $4, last_event_at = $5, record_from = $6, events_deleted = $7, kept_since = $8,
		asleep_until = $9, version = $10`,
		a.LastSeat, a.LastEvent, a.LastReport, micros(a.LastEventAt), a.RecordFrom, a.EventsDeleted, micros(a.KeptSince), micros(a.AsleepUntil), a.Version)
}

// SaveSubscription implements [usher.Tx].
func (t *tx) SaveSubscription(a usher.Account) error {
	return t.changeVersion(a, "save an account's subscription",
		`subscribed = $2, plan = $3, seat_management = $4, public_code_suggestions = $5, ide_chat = $6,
		platform_chat = $7, cli = $8, billing_set_up = $9, payment_problem = $10, cycle_day = $11`,
		subscriptionValues(nil, a.Subscription)...)
}

// SaveAccountName implements [usher.Tx].
func (t *tx) SaveAccountName(a usher.Account) error {
	return t.changeAccount(a, "save an account's name", `name = $2`, a.Name)
}

// SaveEnterprise implements [usher.Tx].
func (t *tx) SaveEnterprise(organization usher.Account) error {
	err := t.run("take an organization from teams", `DELETE FROM team_organizations WHERE organization = $1 AND account <> $2`,
		accountKey(organization.Ref), enterpriseKey(organization.EnterpriseID))
	if err != nil {
		return err
	}
	return t.changeVersion(organization, "move an organization", `enterprise = $2`, enterpriseValue(organization))
}

// changeVersion is changeAccount for columns whose past is kept.
func (t *tx) changeVersion(a usher.Account, doing, columns string, values ...any) error {
	key := accountKey(a.Ref)
	if err := t.keep(pastAccounts(), `account = $1`, key); err != nil {
		return err
	}
	change, err := t.change(key)
	if err != nil {
		return err
	}
	return t.changeAccount(a, doing, fmt.Sprintf(`%s, since = $%d`, columns, len(values)+2), append(values, change)...)
}

// changeAccount sets columns of an account to $2 and what follows. An account that is not
// there is an error.
func (t *tx) changeAccount(a usher.Account, doing, columns string, values ...any) error {
	changed, err := t.exec(doing, `UPDATE accounts SET `+columns+` WHERE account = $1`, append([]any{accountKey(a.Ref)}, values...)...)
	if err == nil && changed != 1 {
		return t.fail(doing, fmt.Errorf("there is no %s %d", a.Ref.Kind, a.Ref.ID))
	}
	return err
}

// InsertAccounts implements [usher.Tx].
func (t *tx) InsertAccounts(accounts []usher.Account) error {
	for _, a := range accounts {
		t.changes[accountKey(a.Ref)] = 0
	}
	return insert(t, insertion("insert accounts", "accounts",
		`account, kind, id, login, login_key, name, enterprise, subscribed, plan, seat_management,
		public_code_suggestions, ide_chat, platform_chat, cli, billing_set_up, payment_problem, cycle_day,
		last_seat, last_event, last_report, last_event_at, record_from, events_deleted, kept_since, asleep_until, version, created_at`, ""), accounts, accountValues)
}

func accountValues(args []any, a usher.Account) []any {
	args = append(args, accountKey(a.Ref), int64(a.Ref.Kind), a.Ref.ID, a.Login, usher.LoginKey(a.Login), a.Name, enterpriseValue(a))
	args = subscriptionValues(args, a.Subscription)
	return append(args, a.LastSeat, a.LastEvent, a.LastReport, micros(a.LastEventAt), a.RecordFrom, a.EventsDeleted, micros(a.KeptSince),
		micros(a.AsleepUntil), a.Version, micros(a.CreatedAt))
}

// enterpriseValue is the enterprise whose people an account's seats count among; NULL for none.
func enterpriseValue(a usher.Account) any {
	switch {
	case a.Ref.Kind == usher.Enterprise:
		return accountKey(a.Ref)
	case a.EnterpriseID != 0:
		return enterpriseKey(a.EnterpriseID)
	}
	return nil
}

func subscriptionValues(args []any, subscription *usher.Subscription) []any {
	var s usher.Subscription
	if subscription != nil {
		s = *subscription
	}
	return append(args, subscription != nil, string(s.Plan), string(s.SeatManagement),
		string(s.PublicCodeSuggestions), string(s.IDEChat), string(s.PlatformChat), string(s.CLI),
		s.BillingSetUp, s.PaymentProblem, int64(s.CycleDay))
}
