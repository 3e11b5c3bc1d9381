// An app as its documentation has it: it signs with its private key, and Octokit gets a token for
// the installation by itself. $APP_KEY is the private key of the app 7, $APP_CLIENT its client id.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createAppAuth } from "@octokit/auth-app";

import { octokit } from "./client.mjs";

// app is a client that acts as the app or, with an installation, for that.
const app = (auth) => octokit({ appId: 7, privateKey: process.env.APP_KEY, ...auth }, { authStrategy: createAppAuth });

test("an app finds its installation, and gives a seat there", async () => {
  const { data: installations } = await app({}).rest.apps.listInstallations();
  assert.deepEqual(installations.map((i) => [i.app_slug, i.account.login, i.permissions]), [
    ["seat-bot", "acme-dev", { members: "read", organization_copilot_seat_management: "write" }],
  ]);
  const { data: installation } = await app({}).rest.apps.getOrgInstallation({ org: "Acme-Dev" });
  assert.deepEqual(installation, installations[0]);

  const bot = app({ installationId: installation.id });
  const { data: before } = await bot.rest.copilot.getCopilotOrganizationDetails({ org: "acme-dev" });
  const { data: created } = await bot.rest.copilot.addCopilotSeatsForUsers({ org: "acme-dev", selected_usernames: ["linus"] });
  assert.deepEqual(created, { seats_created: 1 });
  const { data: after, headers } = await bot.rest.copilot.getCopilotOrganizationDetails({ org: "acme-dev" });
  assert.equal(after.seat_breakdown.total, before.seat_breakdown.total + 1);
  const left = new Date(headers["github-authentication-token-expiration"].replace(" UTC", "Z").replace(" ", "T")) - Date.now();
  assert.ok(left > 3500_000 && left <= 3600_000, `the token expires in ${left} ms`);
});

test("a token is for what is asked, and expires in an hour", async () => {
  const auth = createAppAuth({ appId: 7, privateKey: process.env.APP_KEY, installationId: 11, request: app({}).request });
  const narrow = await auth({ type: "installation", permissions: { members: "read" } });
  assert.match(narrow.token, /^ghs_\w{36}$/);
  assert.deepEqual(narrow.permissions, { members: "read" });
  const left = new Date(narrow.expiresAt) - Date.now();
  assert.ok(left > 3500_000 && left <= 3600_000, `the token expires in ${left} ms`);
  await assert.rejects(octokit(narrow.token).rest.copilot.listCopilotSeats({ org: "acme-dev" }), { status: 403 });
  await assert.rejects(auth({ type: "installation", permissions: { members: "write" } }), (error) => {
    assert.equal(error.status, 422);
    assert.match(error.message, /^The permissions requested are not granted to this installation\./);
    return true;
  });
});

test("an app may sign by its client id", async () => {
  const { data } = await app({ appId: process.env.APP_CLIENT }).rest.apps.listInstallations();
  assert.equal(data.length, 1);
});

test("an app that is none, and a token where a JWT is needed, are refused", async () => {
  await assert.rejects(app({ appId: 8 }).rest.apps.listInstallations(), { status: 404 });
  await assert.rejects(octokit("ghp_ada").rest.apps.listInstallations(), (error) => {
    assert.equal(error.status, 401);
    assert.match(error.message, /^A JSON web token could not be decoded/);
    return true;
  });
});
