-- A version rises with each change of what is shown of the row, and of all that belongs
-- to the account. Worlds that are loaded from now on begin with a version at random.
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
