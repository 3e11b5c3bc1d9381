import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

const { enterpriseTeams, enterpriseTeamMemberships, enterpriseTeamOrganizations } = octokit("ghp_ada_enterprise").rest;
const enterprise = "acme";
const slugs = (list) => list.map((team) => team.slug);
const logins = (list) => list.map((one) => one.login);

test("an enterprise's team is created, changed and deleted", async () => {
  const before = slugs((await enterpriseTeams.list({ enterprise })).data);
  assert.deepEqual(before, ["ent:platform"]);
  const created = await enterpriseTeams.create({ enterprise, name: "Night Watch" });
  assert.equal(created.status, 201);
  const team = created.data.slug;
  assert.equal(team, "ent:night-watch");
  const changed = await enterpriseTeams.update({ enterprise, team_slug: team, organization_selection_type: "selected" });
  assert.equal(changed.data.organization_selection_type, "selected");
  assert.equal((await enterpriseTeams.get({ enterprise, team_slug: team })).data.name, "Night Watch");

  const assigned = await enterpriseTeamOrganizations.add({ enterprise, "enterprise-team": team, org: "acme-dev" });
  assert.equal(assigned.status, 201);
  assert.equal((await enterpriseTeamOrganizations.getAssignment({ enterprise, "enterprise-team": team, org: "acme-dev" })).data.login, "acme-dev");
  await enterpriseTeamOrganizations.bulkAdd({ enterprise, "enterprise-team": team, organization_slugs: ["acme-dev"] });
  assert.deepEqual(logins((await enterpriseTeamOrganizations.getAssignments({ enterprise, "enterprise-team": team })).data), ["acme-dev"]);
  await enterpriseTeamOrganizations.bulkRemove({ enterprise, "enterprise-team": team, organization_slugs: ["acme-dev"] });
  await assert.rejects(enterpriseTeamOrganizations.delete({ enterprise, "enterprise-team": team, org: "acme-dev" }), { status: 404 });

  assert.equal((await enterpriseTeams.delete({ enterprise, team_slug: team })).status, 204);
  await assert.rejects(enterpriseTeams.get({ enterprise, team_slug: team }), { status: 404 });
});

test("people join an enterprise's team and leave it", async () => {
  const team = { enterprise, "enterprise-team": "ent:platform" };
  const before = logins((await enterpriseTeamMemberships.list(team)).data);
  assert.ok(!before.includes("grace"));
  assert.equal((await enterpriseTeamMemberships.add({ ...team, username: "grace" })).status, 201);
  assert.equal((await enterpriseTeamMemberships.get({ ...team, username: "grace" })).data.login, "grace");
  await enterpriseTeamMemberships.bulkAdd({ ...team, usernames: ["grace", "linus"] });
  assert.ok(logins((await enterpriseTeamMemberships.list(team)).data).includes("linus"));
  await enterpriseTeamMemberships.bulkRemove({ ...team, usernames: ["linus"] });
  assert.equal((await enterpriseTeamMemberships.remove({ ...team, username: "grace" })).status, 204);
  await assert.rejects(enterpriseTeamMemberships.get({ ...team, username: "grace" }), { status: 404 });
});
