-- Tokens can be made while usher runs. Those that a seed brought expire by world time, the others
-- by the wall clock.

-- +goose Up
ALTER TABLE tokens ADD COLUMN minted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE tokens ADD COLUMN created_at BIGINT;   -- NULL: not known
ALTER TABLE tokens ADD COLUMN created_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tokens ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN last_used_on BIGINT; -- NULL: never
ALTER TABLE tokens ADD COLUMN installation_id BIGINT NOT NULL DEFAULT 0;
