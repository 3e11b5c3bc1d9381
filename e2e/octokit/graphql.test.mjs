import assert from "node:assert/strict";
import { test } from "node:test";

import { octokit } from "./client.mjs";

const { graphql } = octokit("ghp_ada"); // goes to /api/graphql

test("graphql says who the caller is", async () => {
  assert.deepEqual(await graphql("{ viewer { login databaseId } }"), { viewer: { login: "ada", databaseId: 101 } });
});

test("graphql goes through an enterprise's organizations by cursor", async () => {
  const query = `query ($enterprise: String!, $cursor: String) {
    enterprise(slug: $enterprise) {
      organizations(first: 2, after: $cursor) {
        nodes { login id databaseId name }
        pageInfo { hasNextPage endCursor }
        totalCount
      }
    }
  }`;
  const logins = [];
  for (let cursor = null, more = true; more; ) {
    const { organizations } = (await graphql(query, { enterprise: "acme", cursor })).enterprise;
    assert.equal(organizations.totalCount, 3);
    logins.push(...organizations.nodes.map((node) => node.login));
    cursor = organizations.pageInfo.endCursor;
    more = organizations.pageInfo.hasNextPage;
  }
  assert.deepEqual(logins, ["acme-dev", "acme-labs", "acme-all"]);
});

test("graphql rejects with the errors and what data there is", async () => {
  await assert.rejects(graphql(`{ viewer { login } enterprise(slug: "nowhere") { slug } }`), (error) => {
    assert.equal(error.name, "GraphqlResponseError");
    assert.equal(error.errors[0].type, "NOT_FOUND");
    assert.deepEqual(error.errors[0].path, ["enterprise"]);
    assert.deepEqual(error.data, { viewer: { login: "ada" }, enterprise: null });
    return true;
  });
  await assert.rejects(graphql("{ viewer { nothing } }"), { name: "GraphqlResponseError", data: undefined });
});

test("graphql needs a token", async () => {
  await assert.rejects(octokit().graphql("{ viewer { login } }"), { name: "HttpError", status: 401 });
});
