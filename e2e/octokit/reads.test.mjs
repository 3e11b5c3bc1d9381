import assert from "node:assert/strict";
import { test } from "node:test";

import { logins, octokit } from "./client.mjs";

const ada = octokit("ghp_ada");
const org = "acme-dev";

test("getCopilotOrganizationDetails", async () => {
  const { status, data } = await ada.rest.copilot.getCopilotOrganizationDetails({ org });
  assert.equal(status, 200);
  assert.deepEqual(data, {
    seat_breakdown: {
      total: 254,
      added_this_cycle: 252,
      pending_invitation: 0,
      pending_cancellation: 1,
      active_this_cycle: 1,
      inactive_this_cycle: 253,
    },
    seat_management_setting: "assign_selected",
    ide_chat: "enabled",
    platform_chat: "disabled",
    cli: "enabled",
    public_code_suggestions: "block",
    plan_type: "business",
  });
});

test("listCopilotSeats gives one page, and links to the others", async () => {
  const { data, headers } = await ada.rest.copilot.listCopilotSeats({ org, page: 2 });
  assert.equal(data.total_seats, 254);
  assert.equal(data.seats.length, 50);
  const page = (n) => `<${process.env.USHER_URL}/api/v3/organizations/9001/copilot/billing/seats?page=${n}>`;
  assert.equal(
    headers.link,
    `${page(1)}; rel="prev", ${page(3)}; rel="next", ${page(6)}; rel="last", ${page(1)}; rel="first"`,
  );
});

test("paginate walks the seats, a page at a time: it does not unwrap them", async () => {
  const pages = await ada.paginate(ada.rest.copilot.listCopilotSeats, { org, per_page: 100 });
  assert.deepEqual(pages.map((page) => [page.total_seats, page.seats.length]), [[254, 100], [254, 100], [254, 54]]);
  assert.equal(new Set(pages.flatMap((page) => logins(page.seats))).size, 254);
});

test("paginate gives seats to a caller who unwraps them", async () => {
  const seats = await ada.paginate(
    "GET /orgs/{org}/copilot/billing/seats",
    { org, per_page: 100 },
    (page) => page.data.seats,
  );
  assert.equal(new Set(logins(seats)).size, 254);
});

test("paginate's iterator can be left early", async () => {
  let pages = 0;
  for await (const { data } of ada.paginate.iterator(ada.rest.copilot.listCopilotSeats, { org, per_page: 100 })) {
    pages++;
    if (logins(data.seats).includes("dev-150")) break;
  }
  assert.equal(pages, 2);
});

test("the seats of an enterprise: a row for each grant, and people counted once", async () => {
  const pages = await octokit("ghp_betty").paginate("GET /enterprises/{enterprise}/copilot/billing/seats", {
    enterprise: "acme",
    per_page: 100,
  });
  const rows = pages.flatMap((page) => page.seats);
  assert.equal(rows.length, 259);
  assert.equal(pages[0].total_seats, 256);
  assert.equal(new Set(logins(rows)).size, 256);
  const grants = rows.filter((row) => row.assignee.login === "dev-001");
  assert.deepEqual(
    grants.map((row) => [row.organization?.login, row.assigning_team?.slug, row.plan_type]),
    [[undefined, "ent:platform", "enterprise"], [org, undefined, "business"], ["acme-all", undefined, "enterprise"]],
  );
});

test("getCopilotSeatDetailsForUser, in the zone of the token's user", async () => {
  const { data } = await ada.rest.copilot.getCopilotSeatDetailsForUser({ org, username: "DEV-001" });
  assert.equal(data.assignee.login, "dev-001");
  assert.equal(data.assignee.type, "User");
  assert.equal(data.assignee.url, `${process.env.USHER_URL}/api/v3/users/dev-001`);
  assert.deepEqual({ ...data, assignee: null }, {
    created_at: "2026-08-03T20:00:00+02:00",
    assignee: null,
    pending_cancellation_date: null,
    plan_type: "business",
    last_authenticated_at: "2026-11-18T09:00:00Z",
    updated_at: "2026-08-03T20:00:00+02:00",
    last_activity_at: "2026-11-19T11:00:00+01:00",
    last_activity_editor: "vscode/1.96.4/copilot/1.261.0",
  });
});

test("getCopilotSeatDetailsForUser of a seat that a parent team holds", async () => {
  const { data } = await ada.rest.copilot.getCopilotSeatDetailsForUser({ org, username: "dev-252" });
  assert.equal(data.assigning_team.slug, "engineering");
  assert.equal(data.assigning_team.parent, null);
});

test("HEAD says the length and the links of GET", async () => {
  // Node's fetch does not show the length of a body that came compressed.
  const seats = { org, headers: { "accept-encoding": "identity" } };
  const get = await ada.request("GET /orgs/{org}/copilot/billing/seats", seats);
  const head = await ada.request("HEAD /orgs/{org}/copilot/billing/seats", seats);
  assert.equal(head.status, 200);
  assert.ok(!head.data, `got a body: ${head.data}`);
  for (const name of ["link", "etag", "content-type", "content-length"]) {
    assert.ok(get.headers[name], `GET has no ${name}`);
    assert.equal(head.headers[name], get.headers[name], name);
  }
});

test("If-None-Match is answered with 304, which Octokit throws", async () => {
  const route = "GET /orgs/{org}/copilot/billing";
  const { headers } = await ada.request(route, { org });
  assert.match(headers.etag, /^(W\/)?"[0-9a-f]{64}"$/);
  await assert.rejects(ada.request(route, { org, headers: { "if-none-match": headers.etag } }), (error) => {
    assert.equal(error.name, "HttpError");
    assert.equal(error.status, 304);
    assert.equal(error.response.headers.etag, headers.etag.replace("W/", ""));
    return true;
  });
  const { status } = await ada.request(route, { org, headers: { "if-none-match": '"of something else"' } });
  assert.equal(status, 200);
});
