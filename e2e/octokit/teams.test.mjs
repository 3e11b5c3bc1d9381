import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

const client = octokit("ghp_ada_admin");
const { teams } = client.rest;
const org = "acme-dev";

test("a team is created below another, changed and deleted", async () => {
  const created = await teams.create({ org, name: "Night Watch", maintainers: ["linus"], parent_team_slug: "engineering" });
  assert.equal(created.status, 201);
  assert.equal(created.data.slug, "night-watch");
  assert.equal(created.data.parent.slug, "engineering");

  const changed = await teams.updateInOrg({ org, team_slug: "night-watch", name: "Day Watch", parent_team_id: null });
  assert.equal(changed.status, 201);
  assert.equal(changed.data.slug, "day-watch");
  assert.equal(changed.data.parent, null);
  const same = await teams.updateInOrg({ org, team_slug: "day-watch", name: "Day Watch" });
  assert.equal(same.status, 200);

  const place = await teams.addOrUpdateMembershipForUserInOrg({ org, team_slug: "day-watch", username: "stranger" });
  assert.deepEqual([place.data.role, place.data.state], ["member", "pending"]);
  const waiting = await teams.getMembershipForUserInOrg({ org, team_slug: "day-watch", username: "stranger" });
  assert.equal(waiting.data.state, "pending");
  const gone = await teams.removeMembershipForUserInOrg({ org, team_slug: "day-watch", username: "stranger" });
  assert.equal(gone.status, 204);
  const people = (await teams.listMembersInOrg({ org, team_slug: "day-watch" })).data;
  assert.deepEqual(people.map((person) => person.login).sort(), ["ada", "linus"]);
  assert.ok((await teams.list({ org })).data.some((team) => team.slug === "day-watch"));
  assert.deepEqual((await teams.listChildInOrg({ org, team_slug: "day-watch" })).data, []);
  const old = await client.request("GET /teams/{team_id}/memberships/{username}", { team_id: created.data.id, username: "linus" });
  assert.equal(old.data.role, "maintainer");
  assert.ok(old.headers.deprecation);

  assert.equal((await teams.deleteInOrg({ org, team_slug: "day-watch" })).status, 204);
  await assert.rejects(teams.getByName({ org, team_slug: "day-watch" }), { status: 404 });
});

test("a team that cannot be is refused with what and why", async () => {
  await assert.rejects(teams.create({ org, name: "ENGINEERING" }), (error) => {
    assert.equal(error.status, 422);
    assert.deepEqual([error.response.data.errors[0].code, error.response.data.errors[0].field], ["already_exists", "name"]);
    return true;
  });
});
