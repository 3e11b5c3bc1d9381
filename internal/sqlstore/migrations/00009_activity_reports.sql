-- Each accepted report of activity is kept, with what the seat's activity was after it, under a
-- number that counts the account's reports. An event tells how many there were by then.
--
-- What a seat has by now came in reports that nobody kept: it counts as one, accepted before
-- the record began. Reports are about organizations.

-- +goose Up
CREATE TABLE activity_reports (
    account                   BIGINT NOT NULL,
    number                    BIGINT NOT NULL,
    accepted_at               BIGINT, -- NULL: before the record began
    user_id                   BIGINT NOT NULL,
    seat                      BIGINT NOT NULL,
    reported_at               BIGINT,
    reported_editor           TEXT   NOT NULL,
    reported_authenticated_at BIGINT,
    last_activity_at          BIGINT,
    last_activity_editor      TEXT   NOT NULL,
    last_authenticated_at     BIGINT,
    PRIMARY KEY (account, number)
);
CREATE INDEX activity_reports_seat ON activity_reports (account, seat, number);

INSERT INTO activity_reports (account, number, user_id, seat, reported_at, reported_editor, reported_authenticated_at,
    last_activity_at, last_activity_editor, last_authenticated_at)
SELECT account, ROW_NUMBER() OVER (PARTITION BY account ORDER BY number), user_id, number,
    last_activity_at, last_activity_editor, last_authenticated_at,
    last_activity_at, last_activity_editor, last_authenticated_at
FROM (
    SELECT account, number, user_id, last_activity_at, last_activity_editor, last_authenticated_at FROM seats
    UNION ALL
    SELECT account, number, user_id, last_activity_at, last_activity_editor, last_authenticated_at FROM sleeping_seats
) AS s
WHERE account % 2 = 0 AND (last_activity_at IS NOT NULL OR last_authenticated_at IS NOT NULL);

ALTER TABLE accounts ADD COLUMN last_report BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET last_report = COALESCE((SELECT MAX(r.number) FROM activity_reports r WHERE r.account = accounts.account), 0);

-- The record begins with an account's last event: of those before it nobody asks.
ALTER TABLE events ADD COLUMN reports BIGINT NOT NULL DEFAULT 0;
UPDATE events SET reports = a.last_report FROM accounts a WHERE events.account = a.account AND events.number = a.last_event;
