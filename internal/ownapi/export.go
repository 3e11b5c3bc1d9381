package ownapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// readAuditLog is who may export the audit log: who may read it.
var readAuditLog = usher.Access{
	Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
	Scopes:      []string{usher.ScopeReadAuditLog, usher.ScopeAdminOrg},
	Permissions: []string{usher.PermissionAdministration},
	Level:       usher.LevelRead,
}

// exportEnd is the last line of an export. A copy without it is not whole.
type exportEnd struct {
	Export exportSummary `json:"export"`
}

type exportSummary struct {
	Org       string `json:"org"`
	Count     int64  `json:"count"`
	First     *int64 `json:"first" about:"Null where there is no event."`
	Last      *int64 `json:"last"`
	SHA256    string `json:"sha256" about:"Of all bytes before this line, in hexadecimal."`
	NextSince int64  `json:"next_since" about:"What since is to be for the events after these."`
}

// githubEvent is an event as GitHub's audit log shows it.
type githubEvent struct{}

func (githubEvent) refine(made schema) {
	made["externalDocs"] = external{"audit-log-event in GitHub's description", "https://docs.github.com/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization"}
	made["required"] = []string{"@timestamp", "_document_id", "action"}
}

// export answers an organization's events by number, a line each, read and sent in parts. The
// first part is read before the answer begins: what is wrong by then has a status.
func (c Config) export(q *ghapi.Request) error {
	since, until, err := boundsOf(q.R.URL.RawQuery)
	if err != nil {
		return err
	}
	ctx, account := q.R.Context(), q.Account.Ref
	span, err := c.Service.ExportSpan(ctx, account, since, until)
	if err != nil {
		return err
	}
	part, err := c.Service.ExportPart(ctx, account, span.After, span.Last)
	if err != nil {
		return err
	}
	q.Stream("application/x-ndjson")
	if q.R.Method == http.MethodHead {
		return nil
	}
	copied := copying{sum: sha256.New()}
	for len(part) > 0 {
		if err := q.WritePart(copied.lines(part)); err != nil {
			return err
		}
		if err := c.Service.StillCaller(ctx, q.Caller); err != nil { // each part is an answer of its own
			return err
		}
		if part, err = c.Service.ExportPart(ctx, account, copied.last, span.Last); err != nil {
			return err
		}
	}
	end, err := copied.end(q.Account.Login, span.Next)
	if err != nil {
		return err
	}
	return q.WritePart(end)
}

// copying is what is known of the lines that have been sent.
type copying struct {
	sum         hash.Hash
	count       int64
	first, last int64
	buffer      []byte // of the part in hand
}

// lines are a part's events, which count as sent.
func (c *copying) lines(part []usher.AuditEvent) []byte {
	c.buffer = c.buffer[:0]
	for _, event := range part {
		c.buffer = append(ghapi.AppendAuditEvent(c.buffer, event), '\n')
	}
	if c.count == 0 {
		c.first = part[0].Number
	}
	c.count, c.last = c.count+int64(len(part)), part[len(part)-1].Number
	c.sum.Write(c.buffer) // a hash never fails
	return c.buffer
}

// end is the last line.
func (c *copying) end(org string, next int64) ([]byte, error) {
	summary := exportSummary{Org: org, Count: c.count, SHA256: hex.EncodeToString(c.sum.Sum(nil)), NextSince: next}
	if c.count > 0 {
		summary.First, summary.Last = &c.first, &c.last
	}
	line, err := json.Marshal(exportEnd{summary})
	return append(line, '\n'), err
}

// boundsOf reads since and until; nil for what is not given. Of a repeated one the last counts.
func boundsOf(rawQuery string) (since, until *usher.ExportBound, err error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, nil, ghapi.SchemaError("The query cannot be read: it has characters that must be percent-encoded.")
	}
	var wrong []string
	bound := func(name string) *usher.ExportBound {
		values := query[name]
		if len(values) == 0 {
			return nil
		}
		found, ok := boundOf(values[len(values)-1])
		if !ok {
			wrong = append(wrong, strconv.Quote(name)+` must be the number of an event or an instant, like 17 or 2026-12-01T00:00:00Z.`)
		}
		return found
	}
	since, until = bound("since"), bound("until")
	if since != nil && until != nil && reversed(*since, *until) {
		wrong = append(wrong, `"until" must not lie before "since".`)
	}
	if len(wrong) > 0 {
		return nil, nil, ghapi.SchemaError(wrong...)
	}
	return since, until, nil
}

// reversed says whether two bounds of one kind stand in the wrong order.
func reversed(since, until usher.ExportBound) bool {
	if since.At.IsZero() != until.At.IsZero() {
		return false
	}
	return until.Number < since.Number || until.At.Before(since.At)
}

func boundOf(text string) (bound *usher.ExportBound, ok bool) {
	if strings.Trim(text, "0123456789") == "" {
		number, err := strconv.ParseInt(text, 10, 64)
		return &usher.ExportBound{Number: number}, err == nil
	}
	at, err := time.Parse(time.RFC3339, text)
	return &usher.ExportBound{At: at.UTC().Truncate(time.Microsecond)}, err == nil && !at.IsZero()
}
