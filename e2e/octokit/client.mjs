// Octokit.js with the plugins that its documentation recommends, pointed at the server of
// $USHER_URL.

import { Octokit } from "@octokit/rest";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";

const Client = Octokit.plugin(throttling, retry);

// never is what a handler of throttling says that must not be called.
const never = (after, request) => {
  throw new Error(`${request.method} ${request.url}: throttled for ${after} s`);
};

// octokit is a client with a token. None of what it logs is of interest.
export function octokit(auth, options = {}) {
  const quiet = () => {};
  return new Client({
    auth,
    baseUrl: `${process.env.USHER_URL}/api/v3`,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    throttle: { onRateLimit: never, onSecondaryRateLimit: never },
    ...options,
  });
}

// logins are the people of a list of seats.
export const logins = (seats) => seats.map((seat) => seat.assignee.login);
