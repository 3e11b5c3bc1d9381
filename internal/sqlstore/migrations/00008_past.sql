-- What an account was like stands beside what it is like. Each row of these tables says since
-- which change of its account it is as it is: the number of the change's first event, 0 from
-- the beginning. What a row was before stands in the table of the same name with past_, from
-- since on and before until. An account's number of the change stands in its events, so that a
-- moment is never taken for one in the middle of a change.
--
-- A past table grows at its end: until, which only rises, comes first in its key. That also
-- finds what was still true at a moment, and what can be forgotten.

-- +goose Up
ALTER TABLE events ADD COLUMN change BIGINT NOT NULL DEFAULT 0;

ALTER TABLE accounts ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE TABLE past_accounts (
    account                 BIGINT  NOT NULL,
    enterprise              BIGINT,
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
    since                   BIGINT  NOT NULL,
    until                   BIGINT  NOT NULL,
    PRIMARY KEY (account, until)
);

ALTER TABLE memberships ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE TABLE past_memberships (
    account       BIGINT NOT NULL,
    user_id       BIGINT NOT NULL,
    role          TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    invitation_id BIGINT NOT NULL,
    invited_by    BIGINT NOT NULL,
    invited_at    BIGINT,
    expires_at    BIGINT,
    since         BIGINT NOT NULL,
    until         BIGINT NOT NULL,
    PRIMARY KEY (account, until, user_id)
);
CREATE INDEX past_memberships_user ON past_memberships (account, user_id, until);

ALTER TABLE teams ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE TABLE past_teams (
    account     BIGINT  NOT NULL,
    id          BIGINT  NOT NULL,
    slug        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    privacy     TEXT    NOT NULL,
    parent_id   BIGINT  NOT NULL,
    quiet       BOOLEAN NOT NULL,
    selection   TEXT    NOT NULL,
    created_at  BIGINT,
    updated_at  BIGINT,
    version     BIGINT  NOT NULL,
    since       BIGINT  NOT NULL,
    until       BIGINT  NOT NULL,
    PRIMARY KEY (account, until, id)
);
CREATE INDEX past_teams_id ON past_teams (account, id, until);
CREATE INDEX past_teams_children ON past_teams (account, parent_id, until) WHERE parent_id <> 0;

ALTER TABLE team_members ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE TABLE past_team_members (
    account    BIGINT  NOT NULL,
    team_id    BIGINT  NOT NULL,
    user_id    BIGINT  NOT NULL,
    maintainer BOOLEAN NOT NULL,
    since      BIGINT  NOT NULL,
    until      BIGINT  NOT NULL,
    PRIMARY KEY (account, until, team_id, user_id)
);
CREATE INDEX past_team_members_user ON past_team_members (account, user_id, until);
CREATE INDEX past_team_members_team ON past_team_members (account, team_id, until);

ALTER TABLE grants ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE TABLE past_grants (
    account      BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    subject_id   BIGINT NOT NULL,
    granted_at   BIGINT,
    granted_by   BIGINT NOT NULL,
    granted_with BIGINT NOT NULL,
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    PRIMARY KEY (account, until, kind, subject_id)
);
CREATE INDEX past_grants_subject ON past_grants (account, kind, subject_id, until);

-- What a seat shows of a person's activity is not in here.
ALTER TABLE seats ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE TABLE past_seats (
    account        BIGINT NOT NULL,
    section        BIGINT NOT NULL,
    number         BIGINT NOT NULL,
    user_id        BIGINT NOT NULL,
    team_id        BIGINT NOT NULL,
    created_at     BIGINT,
    updated_at     BIGINT,
    ends_at        BIGINT,
    cancelled_by   BIGINT NOT NULL,
    cancelled_with BIGINT NOT NULL,
    since          BIGINT NOT NULL,
    until          BIGINT NOT NULL,
    PRIMARY KEY (account, until, section, number)
);
CREATE INDEX past_seats_user ON past_seats (account, user_id, until);
