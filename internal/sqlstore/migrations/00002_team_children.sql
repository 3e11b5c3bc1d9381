-- The index finds a team's children. Teams without a parent are nobody's, and where most
-- teams are such a planner that counted them would not think the index worth using.

-- +goose Up
DROP INDEX teams_parent;
CREATE INDEX teams_children ON teams (account, parent_id) WHERE parent_id <> 0;
