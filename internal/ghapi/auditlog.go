package ghapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-seats/usher"
)

// accessTypes are GitHub's words for the kinds of token in its audit log.
//
// Source: https://docs.github.com/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/identifying-audit-log-events-performed-by-an-access-token
var accessTypes = map[usher.TokenKind]string{
	usher.Classic:         "Personal access token (classic)",
	usher.OAuth:           "OAuth access token",
	usher.FineGrained:     "Fine-grained personal access token",
	usher.AppUser:         "GitHub App user-to-server token",
	usher.AppInstallation: "GitHub App server-to-server token",
}

// operations are GitHub's words for what an action does to its subject.
//
// Source: https://docs.github.com/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/reviewing-the-audit-log-for-your-organization#search-based-on-operation
var operations = map[usher.Action]string{
	usher.AssignmentCreated:    "create",
	usher.AssignmentRefreshed:  "restore",
	usher.AssignmentReused:     "modify",
	usher.AssignmentUnassigned: "remove",
	usher.SeatAdded:            "create",
	usher.SeatCancelled:        "remove",

	usher.SeatManagementChanged:      "modify",
	usher.OrganizationSettingChanged: "modify",
	usher.EnterpriseSettingChanged:   "modify",

	usher.MemberInvited:       "create",
	usher.InvitationUpdated:   "modify",
	usher.InvitationCancelled: "remove",
	usher.InvitationExpired:   "remove",
	usher.MemberAdded:         "create",
	usher.MemberUpdated:       "modify",
	usher.MemberRemoved:       "remove",

	usher.OrganizationTransferred: "transfer",
	usher.OrganizationAdded:       "create",
	usher.OrganizationRemoved:     "remove",
	usher.OrganizationCreated:     "create",

	usher.EnterpriseCreated:     "create",
	usher.AdministratorAdded:    "create",
	usher.AdministratorRemoved:  "remove",
	usher.BillingManagerAdded:   "create",
	usher.BillingManagerRemoved: "remove",

	usher.TeamCreated:              "create",
	usher.TeamDestroyed:            "remove",
	usher.TeamRenamed:              "modify",
	usher.TeamPrivacyChanged:       "modify",
	usher.TeamParentChanged:        "modify",
	usher.TeamDescriptionChanged:   "modify",
	usher.TeamNotificationsChanged: "modify",
	usher.TeamSelectionChanged:     "modify",
	usher.TeamAssigned:             "create",
	usher.TeamUnassigned:           "remove",

	usher.TeamMemberAdded:         "create",
	usher.TeamMemberRemoved:       "remove",
	usher.MaintainerPromoted:      "modify",
	usher.MaintainerDemoted:       "modify",
	usher.TeamMemberInvited:       "create",
	usher.TeamInvitationUpdated:   "modify",
	usher.TeamInvitationCancelled: "remove",

	usher.EventsDeleted:  "remove",
	usher.ReportsDeleted: "remove",

	usher.PersonForgotten: "modify",
	usher.TokenCreated:    "create",
	usher.TokenRevoked:    "remove",
}

// AppendAuditEvent appends GitHub's audit-log-event, in the key order of the example in
// GitHub's description. What has no value is left out. Times are milliseconds since 1970. The
// number is usher's own, and so are field, old_value and new_value but where GitHub documents
// them (copilot.cfb_seat_management_changed).
func AppendAuditEvent(b []byte, e usher.AuditEvent) []byte {
	b = strconv.AppendInt(append(b, `{"@timestamp":`...), e.At.UnixMilli(), 10)
	b = appendText(b, "action", string(e.Action))
	if e.By != nil {
		b = appendText(b, "actor", e.By.Login)
	}
	b = appendID(b, "actor_id", e.Actor.UserID)
	if e.Business != nil {
		b = appendText(b, "business", e.Business.Login)
		b = appendID(b, "business_id", e.Business.Ref.ID)
	}
	b = strconv.AppendInt(append(b, `,"created_at":`...), e.At.UnixMilli(), 10)
	b = appendText(b, "_document_id", documentID(e.Account.Ref, e.Number))
	b = appendText(b, "field", e.Change.Field)
	b = appendText(b, "new_value", e.Change.New)
	b = appendID(b, "number", e.Number)
	b = appendText(b, "old_value", e.Change.Old)
	b = appendText(b, "operation_type", operations[e.Action])
	if e.Account.Ref.Kind == usher.Organization {
		b = appendText(b, "org", e.Account.Login)
		b = appendID(b, "org_id", e.Account.Ref.ID)
	}
	b = appendText(b, "programmatic_access_type", accessTypes[e.TokenKind])
	b = appendText(b, "request_id", e.RequestID)
	if slug := teamSlug(e); slug != "" {
		b = appendText(b, "team", e.Account.Login+"/"+slug)
	}
	b = appendID(b, "token_id", e.Actor.TokenID)
	if e.Whom != nil {
		b = appendText(b, "user", e.Whom.Login)
	}
	return append(appendID(b, "user_id", e.UserID), '}')
}

// teamSlug is the slug of an event's team as the wire has it. The events of a team's beginning
// and end tell it themselves.
func teamSlug(e usher.AuditEvent) string {
	team := usher.Team{Account: e.Account.Ref}
	switch {
	case e.Action == usher.TeamCreated || e.Action == usher.TeamDestroyed:
		team.Slug = cmp.Or(e.Change.Old, e.Change.New)
	case e.Team != nil:
		team = *e.Team
	}
	if team.Slug != "" && team.Account.Kind == usher.Enterprise {
		return EnterpriseTeamSlug(team)
	}
	return team.Slug
}

// appendText appends a member of an object, unless it is empty.
func appendText(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(append(append(append(b, `,"`...), name...), `":`...), value)
}

// appendID appends a member that is an id, unless it is nobody's.
func appendID(b []byte, name string, id int64) []byte {
	if id == 0 {
		return b
	}
	return strconv.AppendInt(append(append(append(b, `,"`...), name...), `":`...), id, 10)
}

// documentID names an event of any account: as many characters as GitHub's have.
func documentID(account usher.AccountRef, number int64) string {
	sum := sha256.Sum256([]byte(account.Kind.String() + " " + strconv.FormatInt(account.ID, 10) + " " + strconv.FormatInt(number, 10)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// auditLog answers one page of the audit log of an organization or an enterprise. There are no
// Git events.
func (q *Request) auditLog() error {
	query, err := q.auditQuery()
	if err != nil {
		return err
	}
	found, err := q.api.service.AuditLog(q.R.Context(), q.Account.Ref, query)
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte {
		if link := q.cursorLinks(query, found); link != "" {
			q.W.Header()["Link"] = []string{link}
		}
		b := []byte{'['}
		for i, event := range found.Events {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendAuditEvent(b, event)
		}
		return append(b, ']')
	})
}

// auditQuery reads the parameters. As of all lists, include, order and per_page are never an
// error. A page number is one, beyond the first: who counted pages would read the first for ever.
func (q *Request) auditQuery() (query usher.AuditQuery, err error) {
	query.PerPage = usualPerPage
	values := map[string]string{}
	for _, p := range parameters(q.R.URL.RawQuery) {
		values[p.key] = p.value
	}
	if positive(values["page"], 1, maxPage) != 1 {
		return query, &bodyError{http.StatusUnprocessableEntity, "An audit log has no numbered pages. Its pages are where the Link header says, by after and before."}
	}
	if text, ok := values["per_page"]; ok {
		query.PerPage = positive(text, usualPerPage, maxPerPage)
	}
	if values["include"] == "git" {
		query.PerPage = 0
	}
	query.Oldest = values["order"] == "asc"
	if query.After, err = readPlace("after", values["after"]); err != nil {
		return query, err
	}
	if query.Before, err = readPlace("before", values["before"]); err != nil {
		return query, err
	}
	if query.After != nil && query.Before != nil {
		return query, &bodyError{http.StatusUnprocessableEntity, "after and before cannot be given together: each page has one of them, in the Link header of another."}
	}
	return query, readPhrase(values["phrase"], &query)
}

// cursorLinks is the Link of one page of an audit log, by the organization's number or the
// enterprise's slug, as of other lists.
func (q *Request) cursorLinks(query usher.AuditQuery, page usher.AuditPage) string {
	address := q.base.api + "/organizations/" + strconv.FormatInt(q.Account.Ref.ID, 10) + "/audit-log"
	if q.Account.Ref.Kind == usher.Enterprise {
		address = q.base.api + "/enterprises/" + q.Account.Login + "/audit-log"
	}
	var links []string
	add := func(rel, cursor string) {
		links = append(links, "<"+safe(address)+queryWithCursor(q.R.URL.RawQuery, cursor)+`>; rel="`+rel+`"`)
	}
	if page.Previous != nil {
		add("prev", "before="+cursor(*page.Previous))
	}
	if page.Next != nil {
		add("next", "after="+cursor(*page.Next))
	}
	if query.After != nil || query.Before != nil {
		add("first", "")
	}
	return strings.Join(links, ", ")
}

// queryWithCursor is the caller's own query with another cursor, or none.
func queryWithCursor(rawQuery, cursor string) string {
	var pairs []string
	for _, p := range parameters(rawQuery) {
		if p.key != "after" && p.key != "before" {
			pairs = append(pairs, safeInList(p.raw))
		}
	}
	if cursor != "" {
		pairs = append(pairs, cursor)
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

// cursor is a place as the wire has it: nothing that clients should look into.
func cursor(place usher.LogPlace) string {
	b := binary.AppendVarint(nil, place.At.UnixMicro())
	b = appendPlace(b, place.Account, place.Number)
	for _, account := range slices.SortedFunc(maps.Keys(place.Seen), byKey) {
		b = appendPlace(b, account, place.Seen[account])
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func byKey(a, b usher.AccountRef) int { return cmp.Compare(accountNumber(a), accountNumber(b)) }

func accountNumber(ref usher.AccountRef) uint64 { return uint64(ref.ID)<<1 | uint64(ref.Kind) }

func appendPlace(b []byte, account usher.AccountRef, number int64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, accountNumber(account)), uint64(number))
}

// maxCursor is how long a cursor can be.
const maxCursor = 16 << 10

// readPlace reads a cursor; nil for an empty one.
func readPlace(name, text string) (*usher.LogPlace, error) {
	if text == "" {
		return nil, nil
	}
	refused := &bodyError{http.StatusUnprocessableEntity, "What " + name + " has is no cursor. Take it from the Link header of another page."}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > maxCursor {
		return nil, refused
	}
	at, n := binary.Varint(b)
	if n <= 0 || at < 0 || at > usher.LastPlace().At.UnixMicro() {
		return nil, refused
	}
	place := usher.LogPlace{At: time.UnixMicro(at).UTC()}
	b = b[n:]
	for i := 0; i == 0 || len(b) > 0; i++ {
		account, n := binary.Uvarint(b)
		number, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || account > math.MaxInt64 || number > math.MaxInt64 {
			return nil, refused
		}
		b = b[n+m:]
		ref := usher.AccountRef{Kind: usher.AccountKind(account & 1), ID: int64(account >> 1)}
		if i == 0 {
			place.Account, place.Number = ref, int64(number)
			continue
		}
		if place.Seen == nil {
			place.Seen = map[usher.AccountRef]int64{}
		}
		place.Seen[ref] = int64(number)
	}
	return &place, nil
}
