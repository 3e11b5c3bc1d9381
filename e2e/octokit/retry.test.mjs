// The database of this test's server is locked by somebody else until $RELEASE_URL is asked
// for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

test("retry repeats what the server could not do at first", async () => {
  const answers = [];
  const ada = octokit("ghp_ada", {
    request: {
      fetch: async (...request) => {
        const answer = await fetch(...request);
        answers.push([answer.status, answer.headers.get("retry-after")]);
        if (answer.status === 503) await fetch(process.env.RELEASE_URL);
        return answer;
      },
    },
  });
  const { data } = await ada.rest.copilot.addCopilotSeatsForUsers({ org: "acme-dev", selected_usernames: ["linus"] });
  assert.deepEqual(data, { seats_created: 1 });
  assert.deepEqual(answers, [[503, "1"], [201, null]]);
});
