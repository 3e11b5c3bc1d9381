package cli

import (
	"io"
	"strings"
)

// demoLines are for pasting: shell commands first, then the same server in the hands of
// the clients that people write for GitHub.
const demoLines = `
The demo world is up at {url} until you press Ctrl-C. Paste away, from another terminal:

# What does octodemo's subscription hold?
curl -H 'Authorization: Bearer {token}' {url}/orgs/octodemo/copilot/billing

# Who has a seat?
curl -H 'Authorization: Bearer {token}' '{url}/orgs/octodemo/copilot/billing/seats?per_page=10'

# Give mojombo one.
curl -X POST -H 'Authorization: Bearer {token}' {url}/orgs/octodemo/copilot/billing/selected_users -d '{"selected_usernames":["mojombo"]}'

# Take it away: it ends with the billing cycle.
curl -X DELETE -H 'Authorization: Bearer {token}' {url}/orgs/octodemo/copilot/billing/selected_users -d '{"selected_usernames":["mojombo"]}'

# Let a month pass, and see what ended.
curl -X POST -H 'Authorization: Bearer {token}' {url}/_usher/clock/advance -d '{"by":"744h"}'

# Back to the beginning.
curl -X POST -H 'Authorization: Bearer {token}' {url}/_usher/reset

# GitHub's command line
GH_ENTERPRISE_TOKEN={token} gh api {url}/api/v3/orgs/octodemo/copilot/billing

// Octokit.js
const octokit = new Octokit({ auth: "{token}", baseUrl: "{url}/api/v3" });

// go-github
client, err := github.NewClient(github.WithAuthToken("{token}"), github.WithEnterpriseURLs("{url}/api/v3/", "{url}/api/v3/"))

`

// demoToken is a token of the demo world: monalisa's, an owner of octodemo.
const demoToken = "ghp_monalisa_billing"

// printDemo prints lines to paste for the demo world that is served at url.
func printDemo(w io.Writer, url string) {
	_, _ = strings.NewReplacer("{token}", demoToken, "{url}", url).WriteString(w, demoLines) // nobody reads: nothing to do
}
