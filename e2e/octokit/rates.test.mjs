// The server of this test gives three requests an hour.

import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

test("throttling hears how long to wait when the requests are spent", async () => {
  const asked = [];
  const ada = octokit("ghp_ada", {
    throttle: {
      onRateLimit: (after, { method, url }) => {
        asked.push({ after, method, url });
        return false; // do not wait
      },
      onSecondaryRateLimit: () => assert.fail("there is no secondary limit"),
    },
  });
  const billing = () => ada.rest.copilot.getCopilotOrganizationDetails({ org: "acme-dev" });

  let reset;
  for (const remaining of ["2", "1", "0"]) {
    const { headers } = await billing();
    assert.equal(headers["x-ratelimit-limit"], "3");
    assert.equal(headers["x-ratelimit-remaining"], remaining);
    assert.equal(headers["x-ratelimit-resource"], "core");
    reset = Number(headers["x-ratelimit-reset"]);
  }
  assert.deepEqual(asked, []);
  await assert.rejects(billing(), (error) => {
    assert.equal(error.status, 403);
    assert.match(error.message, /^API rate limit exceeded for user ID 101\./);
    assert.equal(Number(error.response.headers["x-ratelimit-reset"]), reset);
    return true;
  });
  assert.equal(asked.length, 1);
  const [{ after, method, url }] = asked;
  assert.deepEqual([method, url], ["GET", "/orgs/{org}/copilot/billing"]);
  const left = reset - Date.now() / 1000; // throttling adds a second
  assert.ok(after > left && after < left + 60 && after > 3000 && after <= 3601, `told to wait ${after} s, the window ends in ${left} s`);

  const { data } = await ada.rest.rateLimit.get();
  assert.deepEqual(data.resources.core, { limit: 3, used: 3, remaining: 0, reset });
});
