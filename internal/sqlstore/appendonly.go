package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// recordVersion is the schema in which the database itself sees to it that events stay.
const (
	recordVersion = 10
	recordName    = "record"
)

// recordStatements are what retention needs to know of accounts.
//
// accounts.events_deleted is the number up to which retention has deleted an account's events,
// and kept_since when the oldest became known of what it may delete next; NULL where there is
// nothing.
var recordStatements = []string{
	`ALTER TABLE accounts ADD COLUMN events_deleted BIGINT NOT NULL DEFAULT 0`,
	`ALTER TABLE accounts ADD COLUMN kept_since BIGINT`,
	`UPDATE accounts SET kept_since = (SELECT e.known_at FROM events e WHERE e.account = accounts.account ORDER BY e.number LIMIT 1)`,
	`CREATE INDEX accounts_kept ON accounts (kept_since, account) WHERE kept_since IS NOT NULL`,
}

// recordMigration is written in Go, since triggers are the engines' own.
func recordMigration(d dialect) *goose.Migration {
	return goose.NewGoMigration(recordVersion, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, statements := range [][]string{recordStatements, d.appendOnly} {
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return fmt.Errorf("%s: %w", statement, err)
				}
			}
		}
		return nil
	}}, nil)
}

// appendOnlySQLite refuses every UPDATE of an event and, unless its account is gone or says
// that retention may have it, every DELETE. INSERT OR REPLACE deletes without asking the
// trigger for that.
var appendOnlySQLite = []string{
	`CREATE TRIGGER events_update BEFORE UPDATE ON events
	BEGIN SELECT RAISE(ABORT, 'events are append-only: UPDATE is refused'); END`,
	`CREATE TRIGGER events_delete BEFORE DELETE ON events
	WHEN OLD.number > (SELECT events_deleted FROM accounts WHERE account = OLD.account)
	BEGIN SELECT RAISE(ABORT, 'events are append-only: DELETE is refused'); END`,
	`CREATE TRIGGER events_replace BEFORE INSERT ON events
	WHEN EXISTS (SELECT 1 FROM events WHERE account = NEW.account AND number = NEW.number)
	BEGIN SELECT RAISE(ABORT, 'events are append-only: the number is taken'); END`,
}

// appendOnlyPostgres is the same, a statement at a time. Who owns the tables can take the
// triggers away; a role that may only read and write rows cannot.
var appendOnlyPostgres = []string{
	`CREATE FUNCTION usher_keep_events() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
	BEGIN
		IF TG_OP = 'DELETE' THEN
			IF NOT EXISTS (
				SELECT FROM (SELECT account, MAX(number) AS number FROM gone GROUP BY account) AS g
				JOIN accounts a ON a.account = g.account WHERE g.number > a.events_deleted
			) THEN
				RETURN NULL;
			END IF;
		END IF;
		RAISE EXCEPTION 'events are append-only: % is refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
	END $$`,
	`CREATE TRIGGER events_update BEFORE UPDATE ON events FOR EACH STATEMENT EXECUTE FUNCTION usher_keep_events()`,
	`CREATE TRIGGER events_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION usher_keep_events()`,
	`CREATE TRIGGER events_delete AFTER DELETE ON events REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION usher_keep_events()`,
}
