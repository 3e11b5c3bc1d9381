-- One text for SQLite and PostgreSQL.
--
-- account is the key of an organization or enterprise: its id times two, plus one for an
-- enterprise. It comes first in the primary key of every table that belongs to an
-- account, so it is the one shard key, the day one database is not enough.
--
-- Instants are integer microseconds since 1970, UTC. NULL is Go's zero time; where the
-- instant is part of a key it is 0. An id of 0 names nobody.
--
-- Foreign keys stand between small tables only: what the rules keep in step needs no
-- second bookkeeping, and SQLite empties a table at once only if it has none.

-- +goose Up
CREATE TABLE world (
    id        BIGINT PRIMARY KEY CHECK (id = 1),
    seed      TEXT,                      -- the digest of the world that was loaded
    stands_at BIGINT,                    -- the clock's instant; NULL: it runs
    ahead     BIGINT NOT NULL DEFAULT 0  -- nanoseconds from the wall clock to a running one
);

CREATE TABLE users (
    id         BIGINT  PRIMARY KEY,
    login      TEXT    NOT NULL,
    login_key  TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    time_zone  TEXT    NOT NULL,
    site_admin BOOLEAN NOT NULL
);

CREATE TABLE accounts (
    account                 BIGINT  PRIMARY KEY,
    kind                    BIGINT  NOT NULL,
    id                      BIGINT  NOT NULL,
    login                   TEXT    NOT NULL,
    login_key               TEXT    NOT NULL,
    name                    TEXT    NOT NULL,
    -- The enterprise whose people the account's seats count among: an enterprise's own.
    enterprise              BIGINT  REFERENCES accounts (account),
    subscribed              BOOLEAN NOT NULL,
    plan                    TEXT    NOT NULL,
    seat_management         TEXT    NOT NULL,
    public_code_suggestions TEXT    NOT NULL,
    ide_chat                TEXT    NOT NULL,
    platform_chat           TEXT    NOT NULL,
    cli                     TEXT    NOT NULL,
    billing_set_up          BOOLEAN NOT NULL,
    payment_problem         BOOLEAN NOT NULL,
    cycle_day               BIGINT  NOT NULL,
    last_seat               BIGINT  NOT NULL,
    last_event              BIGINT  NOT NULL,
    last_event_at           BIGINT,
    invited                 BIGINT  NOT NULL,
    invited_granted         BIGINT  NOT NULL,
    UNIQUE (kind, login_key)
);
CREATE INDEX accounts_enterprise ON accounts (enterprise);

CREATE TABLE memberships (
    account BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    PRIMARY KEY (account, user_id)
);

CREATE TABLE teams (
    account     BIGINT NOT NULL REFERENCES accounts (account),
    id          BIGINT NOT NULL,
    slug        TEXT   NOT NULL,
    slug_key    TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    name_key    TEXT   NOT NULL,
    description TEXT   NOT NULL,
    privacy     TEXT   NOT NULL,
    parent_id   BIGINT NOT NULL,
    created_at  BIGINT,
    PRIMARY KEY (account, id),
    UNIQUE (account, slug_key)
);
CREATE INDEX teams_name ON teams (account, name_key);
CREATE INDEX teams_parent ON teams (account, parent_id);

CREATE TABLE team_members (
    account    BIGINT  NOT NULL,
    team_id    BIGINT  NOT NULL,
    user_id    BIGINT  NOT NULL,
    maintainer BOOLEAN NOT NULL,
    PRIMARY KEY (account, team_id, user_id)
);
-- With the team in it, so that SQLite prefers it to the primary key.
CREATE INDEX team_members_user ON team_members (account, user_id, team_id);

CREATE TABLE grants (
    account    BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    subject_id BIGINT NOT NULL,
    granted_at BIGINT,
    PRIMARY KEY (account, kind, subject_id)
);

CREATE TABLE seats (
    account               BIGINT NOT NULL,
    section               BIGINT NOT NULL,
    number                BIGINT NOT NULL,
    user_id               BIGINT NOT NULL,
    team_id               BIGINT NOT NULL,
    created_at            BIGINT,
    updated_at            BIGINT,
    ends_at               BIGINT,
    cancelled_by          BIGINT NOT NULL,
    cancelled_with        BIGINT NOT NULL,
    last_activity_at      BIGINT,
    last_activity_editor  TEXT   NOT NULL,
    last_authenticated_at BIGINT,
    PRIMARY KEY (account, section, number),
    UNIQUE (account, section, user_id)
);
-- A person's seats in all organizations of an enterprise.
CREATE INDEX seats_user ON seats (user_id, account, ends_at);
-- The earliest ending of all accounts, and one account's endings in their order. Only
-- pending seats stand in these two.
CREATE INDEX seats_first_ending ON seats (ends_at, account) WHERE ends_at IS NOT NULL;
CREATE INDEX seats_endings ON seats (account, ends_at, number) WHERE ends_at IS NOT NULL;

CREATE TABLE sections (
    account     BIGINT NOT NULL,
    section     BIGINT NOT NULL,
    live        BIGINT NOT NULL,
    pending     BIGINT NOT NULL,
    ends_at     BIGINT,
    cycle_start BIGINT,
    added       BIGINT NOT NULL,
    active      BIGINT NOT NULL,
    PRIMARY KEY (account, section)
);

CREATE TABLE blocks (
    account BIGINT NOT NULL,
    section BIGINT NOT NULL,
    block   BIGINT NOT NULL,
    live    BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    ends_at BIGINT,
    PRIMARY KEY (account, section, block)
);

CREATE TABLE enterprise_people (
    account               BIGINT NOT NULL,
    user_id               BIGINT NOT NULL,
    ends_at               BIGINT,
    last_activity_at      BIGINT,
    last_activity_editor  TEXT   NOT NULL,
    last_authenticated_at BIGINT,
    PRIMARY KEY (account, user_id)
);

CREATE TABLE headcounts (
    account BIGINT NOT NULL,
    ends_at BIGINT NOT NULL, -- 0: never
    people  BIGINT NOT NULL,
    PRIMARY KEY (account, ends_at)
);

CREATE TABLE events (
    account    BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    at         BIGINT,
    action     TEXT   NOT NULL,
    actor_id   BIGINT NOT NULL,
    token_id   BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    team_id    BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    PRIMARY KEY (account, number)
);
CREATE INDEX events_at ON events (account, at, number);

CREATE TABLE tokens (
    id          BIGINT PRIMARY KEY,
    hash        BYTEA  NOT NULL UNIQUE,
    kind        TEXT   NOT NULL,
    user_id     BIGINT NOT NULL,
    owner_id    BIGINT NOT NULL,
    scopes      TEXT   NOT NULL, -- JSON
    permissions TEXT   NOT NULL, -- JSON
    expires_at  BIGINT
);
