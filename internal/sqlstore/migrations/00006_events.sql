-- An event tells more: what of its subject changed, from what to what; up to when its account
-- had come (the latest time of any event so far, which never runs backwards, as the times of
-- endings that are settled late do); and how far the enterprise's events had come.
--
-- What an account was like before an event of an older schema is not known.

-- +goose Up
ALTER TABLE events ADD COLUMN known_at BIGINT;
ALTER TABLE events ADD COLUMN enterprise_event BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN field TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN old_value TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN new_value TEXT NOT NULL DEFAULT '';
UPDATE events SET known_at = known.at
FROM (SELECT account, number, MAX(at) OVER (PARTITION BY account ORDER BY number) AS at FROM events) AS known
WHERE known.account = events.account AND known.number = events.number;

ALTER TABLE accounts ADD COLUMN record_from BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET record_from = last_event;
