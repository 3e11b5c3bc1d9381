package ghapi

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

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

// AppendAuditEvent appends GitHub's audit-log-event, in the key order of the example in
// GitHub's description. What has no value is left out. Times are milliseconds since 1970. The
// number is usher's own, and so are field, old_value and new_value but where GitHub documents
// them (copilot.cfb_seat_management_changed).
func AppendAuditEvent(b []byte, e usher.AuditEvent) []byte {
	b = strconv.AppendInt(append(b, `{"@timestamp":`...), e.At.UnixMilli(), 10)
	b = appendString(append(b, `,"action":`...), string(e.Action))
	if e.By != nil {
		b = appendText(b, "actor", e.By.Login)
	}
	b = appendID(b, "actor_id", e.Actor.UserID)
	if e.Business != nil {
		b = appendText(b, "business", e.Business.Login)
		b = appendID(b, "business_id", e.Business.Ref.ID)
	}
	b = strconv.AppendInt(append(b, `,"created_at":`...), e.At.UnixMilli(), 10)
	b = appendString(append(b, `,"_document_id":`...), documentID(e.Account.Ref, e.Number))
	if e.Change.Field != "" {
		b = appendString(append(b, `,"field":`...), e.Change.Field)
		b = appendString(append(b, `,"new_value":`...), e.Change.New)
	}
	b = strconv.AppendInt(append(b, `,"number":`...), e.Number, 10)
	if e.Change.Field != "" {
		b = appendString(append(b, `,"old_value":`...), e.Change.Old)
	}
	b = appendText(b, "operation_type", string(e.Action.Operation()))
	if e.Account.Ref.Kind == usher.Organization {
		b = appendText(b, "org", e.Account.Login)
		b = appendID(b, "org_id", e.Account.Ref.ID)
	}
	b = appendText(b, "programmatic_access_type", accessTypes[e.TokenKind])
	b = appendText(b, "request_id", e.RequestID)
	if e.Team != nil {
		b = appendText(b, "team", e.Account.Login+"/"+teamSlug(*e.Team))
	}
	b = appendID(b, "token_id", e.Actor.TokenID)
	if e.Whom != nil {
		b = appendText(b, "user", e.Whom.Login)
	}
	return append(appendID(b, "user_id", e.UserID), '}')
}

// teamSlug is a team's slug as the wire has it.
func teamSlug(team usher.Team) string {
	if team.Account.Kind == usher.Enterprise {
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
