import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

// The operations of Enterprise Cloud alone have no method in @octokit/rest.
const client = octokit("ghp_ada_audit");
const logs = [
  ["GET /orgs/{org}/audit-log", { org: "acme-dev" }],
  ["GET /enterprises/{enterprise}/audit-log", { enterprise: "acme" }],
];
const cursor = (response, rel) => response.headers.link?.match(new RegExp(`<([^>]+)>; rel="${rel}"`))?.[1];

for (const [route, account] of logs) {
  for (const order of ["desc", "asc"]) {
    test(`${route} is walked to its end and back, ${order}`, async () => {
      const parameters = { ...account, order, per_page: 100, phrase: "created:>=2026-01-01" };
      const all = (await client.paginate(route, parameters)).map((event) => event._document_id);
      assert.ok(all.length > 300);
      assert.equal(new Set(all).size, all.length);

      let page = await client.request(route, parameters);
      while (cursor(page, "next")) page = await client.request(`GET ${cursor(page, "next")}`);
      const back = page.data.map((event) => event._document_id);
      while (cursor(page, "prev")) {
        page = await client.request(`GET ${cursor(page, "prev")}`);
        back.unshift(...page.data.map((event) => event._document_id));
      }
      assert.deepEqual(back, all);
    });
  }
}

test("a phrase that cannot be answered says why", async () => {
  await assert.rejects(client.request("GET /orgs/{org}/audit-log", { org: "acme-dev", phrase: "country:fr" }), (error) => {
    assert.equal(error.status, 422);
    assert.match(error.message, /"country"/);
    return true;
  });
});
