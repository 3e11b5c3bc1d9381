import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

const { orgs } = octokit("ghp_ada_admin").rest;
const own = octokit("ghp_newhire").rest.orgs;
const org = "acme-dev";

test("all members are found, page by page", async () => {
  const client = octokit("ghp_ada");
  const members = await client.paginate(client.rest.orgs.listMembers, { org, per_page: 100 });
  assert.equal(new Set(members.map((member) => member.login)).size, 263);
  const owners = (await orgs.listMembers({ org, role: "admin" })).data;
  assert.deepEqual(owners.map((owner) => owner.login), ["ada", "grace"]);
  assert.equal((await orgs.checkMembershipForUser({ org, username: "linus" })).status, 204);
  await assert.rejects(orgs.checkMembershipForUser({ org, username: "stranger" }), { status: 404 });
});

test("somebody is invited, joins and is taken out", async () => {
  const [seeded] = (await orgs.listPendingInvitations({ org })).data;
  assert.equal(seeded.login, "newhire");
  assert.equal((await orgs.cancelInvitation({ org, invitation_id: seeded.id })).status, 204);

  const invited = await orgs.createInvitation({ org, invitee_id: 104, team_ids: [1] });
  assert.equal(invited.status, 201);
  assert.deepEqual([invited.data.login, invited.data.role, invited.data.team_count], ["newhire", "direct_member", 1]);
  assert.equal((await orgs.getMembershipForUser({ org, username: "newhire" })).data.state, "pending");
  await assert.rejects(orgs.createInvitation({ org, email: "x@example.com" }), { status: 422 });

  const [pending] = (await own.listMembershipsForAuthenticatedUser({ state: "pending" })).data;
  assert.equal(pending.organization.login, org);
  const accepted = await own.updateMembershipForAuthenticatedUser({ org, state: "active" });
  assert.deepEqual([accepted.status, accepted.data.state], [200, "active"]);
  assert.deepEqual((await own.listForAuthenticatedUser()).data.map((organization) => organization.login), [org]);

  const set = await orgs.setMembershipForUser({ org, username: "newhire", role: "admin" });
  assert.deepEqual([set.data.state, set.data.role], ["active", "admin"]);
  assert.equal((await orgs.removeMember({ org, username: "newhire" })).status, 204);
  assert.equal((await orgs.setMembershipForUser({ org, username: "newhire" })).data.state, "pending");
  assert.equal((await orgs.removeMembershipForUser({ org, username: "newhire" })).status, 204);
  assert.deepEqual((await own.listMembershipsForAuthenticatedUser()).data, []);
});
