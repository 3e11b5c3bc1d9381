-- An enterprise's teams are assigned to none of its organizations, to all, or to those
-- that stand here.

-- +goose Up
ALTER TABLE teams ADD COLUMN selection TEXT NOT NULL DEFAULT ''; -- empty: of a team of an organization
UPDATE teams SET selection = 'disabled' WHERE account % 2 = 1;

CREATE TABLE team_organizations (
    account      BIGINT NOT NULL,
    team_id      BIGINT NOT NULL,
    organization BIGINT NOT NULL, -- its account key
    PRIMARY KEY (account, team_id, organization)
);
-- An organization that leaves the enterprise leaves its teams.
CREATE INDEX team_organizations_organization ON team_organizations (organization);
