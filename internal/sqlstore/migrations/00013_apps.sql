-- GitHub Apps, and where they are installed. An app's keys are public ones; lists and permissions
-- are JSON. Tokens of installations come and go by the hour: those that have expired are found by
-- an index of their own.

-- +goose Up
CREATE TABLE apps (
    id          BIGINT PRIMARY KEY,
    client_id   TEXT   UNIQUE, -- NULL: none
    slug        TEXT   NOT NULL UNIQUE,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    owner_id    BIGINT NOT NULL,
    public_keys TEXT   NOT NULL,
    permissions TEXT   NOT NULL,
    created_at  BIGINT,
    updated_at  BIGINT
);

CREATE TABLE installations (
    id              BIGINT PRIMARY KEY,
    app_id          BIGINT NOT NULL,
    organization_id BIGINT NOT NULL,
    permissions     TEXT   NOT NULL,
    created_at      BIGINT,
    updated_at      BIGINT,
    UNIQUE (app_id, organization_id)
);
CREATE INDEX installations_app ON installations (app_id, id);

CREATE INDEX tokens_installation ON tokens (installation_id, expires_at) WHERE installation_id <> 0;
