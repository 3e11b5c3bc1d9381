import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

const { meta, orgs, users } = octokit("ghp_ada").rest;
const anonymous = octokit().rest;
const api = `${process.env.USHER_URL}/api/v3`;

test("users.getAuthenticated says whose token it is, and its scopes", async () => {
  const { data, headers } = await users.getAuthenticated();
  assert.equal(data.login, "ada");
  assert.equal(data.id, 101);
  assert.equal(data.name, "Ada Lovelace");
  assert.equal(data.type, "User");
  assert.equal(headers["x-oauth-scopes"], "manage_billing:copilot, read:enterprise, read:org, read:user");
});

test("users.getByUsername finds users and organizations", async () => {
  const user = (await users.getByUsername({ username: "Dev-001" })).data;
  assert.deepEqual([user.login, user.id, user.type], ["dev-001", 1001, "User"]);
  const organization = (await users.getByUsername({ username: "acme-dev" })).data;
  assert.deepEqual([organization.login, organization.id, organization.type], ["acme-dev", 9001, "Organization"]);
  await assert.rejects(users.getByUsername({ username: "nobody" }), { name: "HttpError", status: 404 });
});

test("orgs.get", async () => {
  const { data } = await orgs.get({ org: "Acme-Dev" });
  assert.deepEqual([data.login, data.id, data.type], ["acme-dev", 9001, "Organization"]);
  assert.equal(data.url, `${api}/orgs/acme-dev`);
});

test("meta needs no token", async () => {
  assert.equal((await anonymous.meta.root()).data.current_user_url, `${api}/user`);
  assert.equal((await anonymous.meta.get()).data.verifiable_password_authentication, false);
  assert.match((await anonymous.meta.getZen()).data, /^[A-Z].*\.$/);
  assert.deepEqual((await meta.getAllVersions()).data, ["2026-03-10", "2022-11-28"]);
});

test("rateLimit.get is free, and says what was used", async () => {
  const grace = octokit("ghp_grace").rest; // nobody else uses her requests
  const used = async () => (await grace.rateLimit.get()).data.resources.core.used;
  assert.equal(await used(), 0);
  await grace.users.getAuthenticated();
  assert.equal(await used(), 1);
  assert.equal(await used(), 1);
});
