import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

const { copilot } = octokit("ghp_ada").rest;
const org = "acme-dev";

const pending = async (username) =>
  (await copilot.getCopilotSeatDetailsForUser({ org, username })).data.pending_cancellation_date;

test("users are given seats, and these are taken back", async () => {
  // One without a seat, one invited, one cancelled; dev-003 has a live seat already.
  const added = await copilot.addCopilotSeatsForUsers({ org, selected_usernames: ["linus", "newhire", "dev-002", "dev-003"] });
  assert.equal(added.status, 201);
  assert.deepEqual(added.data, { seats_created: 3 });
  assert.equal(await pending("linus"), null);
  assert.equal(await pending("dev-002"), null);

  const removed = await copilot.cancelCopilotSeatAssignmentForUsers({ org, selected_usernames: ["linus", "dev-002"] });
  assert.equal(removed.status, 200);
  assert.deepEqual(removed.data, { seats_cancelled: 2 });
  assert.equal(await pending("linus"), "2026-12-01");
});

test("teams are given seats, and these are taken back", async () => {
  const added = await copilot.addCopilotSeatsForTeams({ org, selected_teams: ["docs-team"] });
  assert.equal(added.status, 201);
  assert.deepEqual(added.data, { seats_created: 2 });
  assert.equal(await pending("dev-254"), null);

  const removed = await copilot.cancelCopilotSeatAssignmentForTeams({ org, selected_teams: ["docs-team"] });
  assert.equal(removed.status, 200);
  assert.deepEqual(removed.data, { seats_cancelled: 2 });
  assert.equal(await pending("dev-254"), "2026-12-01");
});
