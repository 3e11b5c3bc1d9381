-- A token that was revoked stays, so that events that name it can still say what kind it was.

-- +goose Up
ALTER TABLE tokens ADD COLUMN revoked_at BIGINT; -- NULL: it is not
CREATE INDEX tokens_user ON tokens (user_id);
