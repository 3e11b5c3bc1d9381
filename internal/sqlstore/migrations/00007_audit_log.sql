-- The audit log is read by what happened, by who did it, by whom it happened to, and by all of
-- these together, in order of time, a page at a time. Each index holds one of these readings as
-- one range for each action, so that a page costs the same however many events there are. What
-- nobody did, or happened to nobody, stands in none of those that are by person.

-- +goose Up
CREATE INDEX events_action ON events (account, action, at, number);
CREATE INDEX events_actor ON events (account, actor_id, action, at, number) WHERE actor_id <> 0;
CREATE INDEX events_user ON events (account, user_id, action, at, number) WHERE user_id <> 0;
CREATE INDEX events_user_actor ON events (account, user_id, actor_id, action, at, number)
    WHERE user_id <> 0 AND actor_id <> 0;
