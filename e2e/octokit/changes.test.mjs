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

// The operations of Enterprise Cloud alone have no method in @octokit/rest.
test("an enterprise gives seats, and takes them back", async () => {
  const client = octokit("ghp_ada");
  const enterprise = "acme";
  const of = async (username) =>
    (await client.request("GET /enterprises/{enterprise}/members/{username}/copilot", { enterprise, username })).data;
  const users = "/enterprises/{enterprise}/copilot/billing/selected_users";
  const teams = "/enterprises/{enterprise}/copilot/billing/selected_enterprise_teams";

  const added = await client.request(`POST ${users}`, { enterprise, selected_usernames: ["linus", "dev-001"] });
  assert.equal(added.status, 201);
  assert.deepEqual(added.data, { seats_created: 1 });
  const rows = async () => (await of("dev-001")).seats.map((seat) => [seat.assigning_team?.slug, seat.organization?.login, seat.pending_cancellation_date]);
  const before = await rows();
  assert.deepEqual(before.slice(0, 2), [[undefined, undefined, null], ["ent:platform", undefined, null]]);
  assert.equal((await of("dev-001")).total_seats, 1);

  const removed = await client.request(`DELETE ${users}`, { enterprise, selected_usernames: ["dev-001"] });
  assert.equal(removed.status, 200);
  assert.deepEqual(removed.data, { seats_cancelled: 1 });
  const ended = await client.request(`DELETE ${teams}`, { enterprise, selected_enterprise_teams: ["ent:platform"] });
  assert.equal(ended.status, 200);
  assert.deepEqual(ended.data, { seats_cancelled: 2 });
  assert.deepEqual((await rows()).slice(0, 2), [[undefined, undefined, "2026-12-01"], ["ent:platform", undefined, "2026-12-01"]]);

  const again = await client.request(`POST ${teams}`, { enterprise, selected_enterprise_teams: ["Platform"] });
  assert.equal(again.status, 201);
  assert.deepEqual(again.data, { seats_created: 2 });

  await assert.rejects(client.request(`POST ${users}`, { enterprise, selected_usernames: ["stranger"] }), { status: 422 });
  await assert.rejects(of("stranger"), { status: 404 });
});
