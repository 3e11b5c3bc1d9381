-- Invitations have an end, who leaves an account leaves behind what sleeps until the cycle
-- ends, and teams and memberships come and go.

-- +goose Up
-- Of a pending membership: how the person came to be invited, and until when they can accept.
ALTER TABLE memberships ADD COLUMN invitation_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN invited_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN invited_at BIGINT;
ALTER TABLE memberships ADD COLUMN expires_at BIGINT; -- NULL: never

-- Teams and invitations have their ids from one row, so that no two are ever the same. Who
-- was invited before gets the ids above the teams', was invited when the account was made,
-- and can accept for ever.
ALTER TABLE world ADD COLUMN last_id BIGINT NOT NULL DEFAULT 0;
UPDATE world SET last_id = (SELECT COALESCE(MAX(id), 0) FROM teams)
    + (SELECT COUNT(*) FROM memberships WHERE state = 'pending');
UPDATE memberships SET invitation_id = old.invitation_id, invited_at = old.invited_at
FROM (
    SELECT m.account, m.user_id, a.created_at AS invited_at,
        (SELECT COALESCE(MAX(id), 0) FROM teams) + ROW_NUMBER() OVER (ORDER BY m.account, m.user_id) AS invitation_id
    FROM memberships m LEFT JOIN accounts a ON a.account = m.account
    WHERE m.state = 'pending'
) AS old
WHERE memberships.account = old.account AND memberships.user_id = old.user_id;

-- A person's memberships in all accounts.
CREATE INDEX memberships_user ON memberships (user_id, account);
-- An account's owners. All its members are counted here too.
CREATE INDEX memberships_role ON memberships (account, role, user_id) WHERE state = 'active';
-- Only the invited stand in these: one account's in their order, those of them whose
-- invitation ends, and the earliest ending of all accounts.
CREATE INDEX memberships_invited ON memberships (account, invitation_id) WHERE state = 'pending';
CREATE INDEX memberships_expiring ON memberships (account, expires_at, user_id)
    WHERE state = 'pending' AND expires_at IS NOT NULL;
CREATE INDEX memberships_first_expiring ON memberships (expires_at, account)
    WHERE state = 'pending' AND expires_at IS NOT NULL;

-- How many are invited, and how many of them have a grant.
CREATE TABLE invited (
    account BIGINT NOT NULL,
    ends_at BIGINT NOT NULL, -- when their invitations end, 0: never
    people  BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    PRIMARY KEY (account, ends_at)
);
INSERT INTO invited (account, ends_at, people, granted)
SELECT account, 0, invited, invited_granted FROM accounts WHERE invited <> 0 OR invited_granted <> 0;
ALTER TABLE accounts DROP COLUMN invited;
ALTER TABLE accounts DROP COLUMN invited_granted;

-- Places in teams that wait for an invitation to be accepted.
CREATE TABLE invited_team_members (
    account    BIGINT  NOT NULL,
    team_id    BIGINT  NOT NULL,
    user_id    BIGINT  NOT NULL,
    maintainer BOOLEAN NOT NULL,
    PRIMARY KEY (account, user_id, team_id)
);
CREATE INDEX invited_team_members_team ON invited_team_members (account, team_id, user_id);

-- A team's notifications are disabled, and when it last changed.
ALTER TABLE teams ADD COLUMN quiet BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE teams ADD COLUMN updated_at BIGINT;
UPDATE teams SET updated_at = created_at;

-- The account of a team that is named by its id alone.
CREATE INDEX teams_id ON teams (id, account);

-- Of what was granted before, nobody knows who did it.
ALTER TABLE grants ADD COLUMN granted_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN granted_with BIGINT NOT NULL DEFAULT 0;

-- What sleeps (rule X6) is not in force, and stands in no list or count.
ALTER TABLE accounts ADD COLUMN asleep_until BIGINT; -- NULL: nothing sleeps
CREATE TABLE sleeping_grants (
    account      BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    subject_id   BIGINT NOT NULL,
    granted_at   BIGINT,
    granted_by   BIGINT NOT NULL,
    granted_with BIGINT NOT NULL,
    PRIMARY KEY (account, kind, subject_id)
);
CREATE TABLE sleeping_seats (
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
    PRIMARY KEY (account, section, user_id)
);
