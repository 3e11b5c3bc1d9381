-- A version is a number drawn anew with each change of what is shown of the row, and of all
-- that belongs to the account. Nothing was shown of version 0.
--
-- Who was there before was created at the first event that the database knows of.

-- +goose Up
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN created_at BIGINT;
UPDATE accounts SET created_at = COALESCE((SELECT MIN(at) FROM events), 0);

ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN created_at BIGINT;
UPDATE users SET created_at = COALESCE((SELECT MIN(at) FROM events), 0);

ALTER TABLE teams ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
