import assert from "node:assert/strict";
import { test } from "node:test";

import { RequestError } from "@octokit/request-error";

import { octokit } from "./client.mjs";

const org = "acme-dev";
const docs = "https://docs.github.com/rest";
const userDocs = `${docs}/copilot/copilot-user-management#`;
const billingDocs = `${userDocs}get-copilot-seat-information-and-settings-for-an-organization`;
const billing = "GET /orgs/{org}/copilot/billing";
const member = "GET /orgs/{org}/members/{username}/copilot";
const users = "/orgs/{org}/copilot/billing/selected_users";

// refused sends a request and gives the error that Octokit makes of the answer.
async function refused(token, route, parameters = {}) {
  try {
    await octokit(token).request(route, { org, ...parameters });
  } catch (error) {
    assert.ok(error instanceof RequestError, `got ${error.stack}`);
    assert.equal(error.response.data.status, String(error.status));
    assert.ok(error.message.endsWith(` - ${error.response.data.documentation_url}`), error.message);
    assert.ok(error.message.startsWith(error.response.data.message), error.message);
    return error;
  }
  assert.fail(`${route} was not refused`);
}

for (const [name, token, route, parameters, status, message, documentation_url] of [
  ["an unknown token", "ghp_nobody", billing, {}, 401, "Bad credentials", docs],
  ["an expired token", "ghp_ada_expired", billing, {}, 401, "Bad credentials", docs],
  ["no token", undefined, billing, {}, 401, "Requires authentication", docs],
  ["a missing scope", "ghp_ada_no_scope", billing, {}, 403, /^This endpoint needs a token with one of these scopes: /, billingDocs],
  ["a member who is no owner", "ghp_linus", billing, {}, 403, /^You must be an owner /, billingDocs],
  ["an unknown organization", "ghp_ada", billing, { org: "acme-nowhere" }, 404, "Not Found", billingDocs],
  ["a stranger", "ghp_stranger", billing, {}, 404, "Not Found", billingDocs],
  ["no Copilot", "ghp_ada", billing, { org: "acme-labs" }, 404, "Copilot Business is not enabled for this organization.", billingDocs],
  ["an unrouted path", "ghp_ada", "GET /orgs/{org}/copilot", {}, 404, "Not Found", docs],
  ["a member without a seat", "ghp_ada", member, { username: "linus" }, 404, "Not Found",
    `${userDocs}get-copilot-seat-assignment-details-for-a-user`],
  ["an invited person", "ghp_ada", member, { username: "newhire" }, 422, "The user newhire has a pending organization invitation.",
    `${userDocs}get-copilot-seat-assignment-details-for-a-user`],
  ["a fine-grained token that may only read", "github_pat_ada_read", `POST ${users}`, { selected_usernames: ["linus"] },
    403, "Resource not accessible by personal access token", `${userDocs}add-users-to-the-copilot-subscription-for-an-organization`],
  ["seats for all members", "ghp_ada", `DELETE ${users}`, { org: "acme-all", selected_usernames: ["dev-001"] }, 422,
    "Your organization has enabled Copilot access for all members. Enable access for selected members in order to manage seats via the API.",
    "https://docs.github.com/copilot/configuring-github-copilot/configuring-github-copilot-settings-in-your-organization#enabling-access-to-github-copilot-for-specific-users-in-your-organization"],
  ["a body that is none", "ghp_ada", `POST ${users}`, {}, 422, /^Invalid request\.\n\n/,
    `${userDocs}add-users-to-the-copilot-subscription-for-an-organization`],
]) {
  test(`${status} for ${name}`, async () => {
    const error = await refused(token, route, parameters);
    assert.equal(error.status, status);
    if (message instanceof RegExp) assert.match(error.response.data.message, message);
    else assert.equal(error.response.data.message, message);
    assert.equal(error.response.data.documentation_url, documentation_url);
    assert.equal(error.response.data.errors, undefined);
  });
}

test("422 names each login that cannot be given a seat", async () => {
  const error = await refused("ghp_ada", `POST ${users}`, { selected_usernames: ["linus", "nobody", "stranger"] });
  assert.equal(error.status, 422);
  assert.equal(error.response.data.message, "Validation Failed");
  assert.deepEqual(
    error.response.data.errors.map(({ message, ...item }) => [item, message.includes('"nobody"') || message.includes('"stranger"')]),
    [
      [{ resource: "User", code: "missing", field: "selected_usernames" }, true],
      [{ resource: "User", code: "invalid", field: "selected_usernames" }, true],
    ],
  );
  // Octokit shows the items in its own message.
  assert.match(error.message, /^Validation Failed: \{"resource":"User","code":"missing",.*\}, \{"resource":"User","code":"invalid",/);
});

test("422 says which team holds the seat", async () => {
  const error = await refused("ghp_ada", `DELETE ${users}`, { selected_usernames: ["dev-003", "dev-251"] });
  assert.equal(error.status, 422);
  assert.match(error.response.data.message, /assigned to them via a team/);
  assert.deepEqual(error.response.data.errors, [{
    resource: "User",
    code: "unprocessable",
    field: "selected_usernames",
    message: '"dev-251" has a seat via the team engineering.',
  }]);
});

test("400 for an API version that does not exist, with a string of errors", async () => {
  const error = await refused("ghp_ada", billing, { headers: { "x-github-api-version": "2019-01-01" } });
  assert.equal(error.status, 400);
  assert.match(error.response.data.errors, /"2019-01-01", is not a supported version/);
});
