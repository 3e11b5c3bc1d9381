package ownapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// readEnterpriseSeats is who may read an enterprise's seats (rule A2). It and readSeats say who
// may be told of which changes.
var readEnterpriseSeats = usher.Access{
	Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner, usher.RoleBillingManager},
	Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeReadEnterprise},
}

// maxPathBytes bounds the path of a call that is tried.
const maxPathBytes = 8 << 10

// tried is what a call would be answered, and what it would change. Body is null where the
// answer has none.
type tried struct {
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body" about:"Null where the answer has none."`
	Changes []triedChange   `json:"changes"`
	Total   int             `json:"total" about:"How many changes there would be, listed or not."`
}

type triedChange struct {
	change
	Team string `json:"team,omitempty"`
}

// callWanted is what callIn reads.
type callWanted struct {
	Method string          `json:"method" enum:"POST|PUT|PATCH|DELETE"`
	Path   string          `json:"path" about:"Without scheme and host, with the query; of 8 KiB at most."`
	Body   json.RawMessage `json:"body,omitempty" about:"The call's body, any JSON."`
}

func (callWanted) refine(made schema) { made["additionalProperties"] = false }

// whatIf carries a call out and takes it back (docs/adr/0013).
func (c Config) whatIf(q *ghapi.Request) error {
	body, err := q.ReadBody()
	if err != nil {
		return err
	}
	call, err := callIn(c.GitHub, body)
	if err != nil {
		return err
	}
	who := usher.Onlooker{Caller: *q.Caller, Organization: readSeats, Enterprise: readEnterpriseSeats}
	var answer ghapi.Answer
	result, err := c.Service.Try(q.R.Context(), who, shownChanges, func(trial *usher.Service) (err error) {
		answer, err = call.Send(trial, q)
		return err
	})
	if err != nil {
		return err
	}
	shown := tried{Status: answer.Status, Body: answer.Body, Changes: []triedChange{}, Total: result.Total}
	for _, found := range result.Changes {
		shown.Changes = append(shown.Changes, triedChange{changeOf(found.AccountEvent), teamOf(found)})
	}
	return respond(q, http.StatusOK, shown)
}

func teamOf(found usher.TriedChange) string {
	switch {
	case found.Team == nil:
		return ""
	case found.Account.Kind == usher.Enterprise:
		return ghapi.EnterpriseTeamSlug(*found.Team)
	}
	return found.Team.Slug
}

// callIn reads {"method": …, "path": …, "body": …}. The body is sent as it stands here, and may
// be left out.
func callIn(github *ghapi.API, body []byte) (ghapi.Call, error) {
	object, err := ghapi.DecodeObject(body)
	if err != nil {
		return ghapi.Call{}, err
	}
	f := &form{object: object}
	call := ghapi.Call{Method: f.method(), Path: f.path()}
	call.Body, _ = f.value("body")
	f.readNothingElse()
	if len(f.wrong) > 0 {
		return call, ghapi.SchemaError(f.wrong...)
	}
	call, ok := github.Find(call)
	if !ok {
		return call, ghapi.SchemaError(fmt.Sprintf(
			"%s %s is none of GitHub's operations that change something and that usher serves: docs/compatibility.md lists them.", call.Method, shortened(call.Path)))
	}
	return call, nil
}

func (f *form) method() string {
	raw, ok := f.value("method")
	method, isText := textOf(raw)
	if !ok || !isText || !slices.Contains(ghapi.WriteMethods(), method) {
		f.refuse("method", "must be one of %s: what reads changes nothing.", strings.Join(ghapi.WriteMethods(), ", "))
	}
	return method
}

func (f *form) path() string {
	raw, ok := f.value("path")
	path, isText := textOf(raw)
	if !ok || !isText || !strings.HasPrefix(path, "/") || len(path) > maxPathBytes {
		f.refuse("path", `must be a path like "/orgs/octodemo/copilot/billing/selected_users", without scheme and host, of at most %d bytes.`, maxPathBytes)
	}
	return path
}
