package cli

import (
	"fmt"
	"io"
	"strings"
)

// printAdministrator prints a token that nobody can print again.
func printAdministrator(out io.Writer, login, token string) {
	fmt.Fprintf(out, `The database was empty. It has a site administrator now: %s, who is in no enterprise
and no organization. This is their token. It is shown this once; put it where you keep secrets.

%s

`, login, token)
}

// firstWorld is a world to begin with, as a file that can be applied.
const firstWorld = `users:
  - {login: mona}
  - {login: octocat}
organizations:
  - login: octodemo
    owners: [mona]
    members: [octocat]
    copilot: {seat_management: assign_selected, public_code_suggestions: block}
    seats: {users: [octocat]}
`

// trustAuthority is for who has signed the certificate themselves.
const trustAuthority = `# Where the certificate is of an authority of your own: export SSL_CERT_FILE=CERTIFICATE of that,
# give curl --cacert CERTIFICATE, and in place of the address a name that is in the certificate.
`

// printNextSteps says how to go on from a database that has an administrator and nothing else.
func printNextSteps(out io.Writer, url string) {
	trust := ""
	if strings.HasPrefix(url, "https:") {
		trust = trustAuthority
	}
	fmt.Fprintf(out, `What to do next, in another terminal of the same machine (bash):

export USHER_URL=%s
%sread -rsp 'the token: ' USHER_TOKEN && export USHER_TOKEN

cat > world.yaml <<'END'
%sEND
usher apply -f world.yaml
OWNER=$(usher token create --user mona --scopes manage_billing:copilot,read:org --expires 90d --note 'the owner of octodemo')
curl -H "Authorization: Bearer $OWNER" "$USHER_URL/orgs/octodemo/copilot/billing/seats"

docs/world.md of the repository says what a world may have; docs/operations.md, how to run usher for real.
`, url, trust, firstWorld)
}
