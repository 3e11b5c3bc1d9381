package ghapi

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/usher-seats/usher"
)

// The JSON of a seat is appended by hand: on a page of a hundred seats the standard
// encoder costs twenty times as much. A test holds it to the standard encoder's bytes.

// writer appends the shapes of one answer.
type writer struct {
	base             base
	zone             *time.Location
	withOrganization bool // an enterprise's list says which organization a seat belongs to
}

// seatPage is the body of both seat lists.
func (w writer) seatPage(page usher.SeatPage) []byte {
	b := make([]byte, 0, 64+len(page.Seats)*2048)
	b = strconv.AppendInt(append(b, `{"total_seats":`...), page.TotalSeats, 10)
	b = append(b, `,"seats":[`...)
	for i, row := range page.Seats {
		if i > 0 {
			b = append(b, ',')
		}
		b = w.seat(b, row)
	}
	return append(b, `]}`...)
}

// seat appends a seat in the key order of recorded answers (2025). assigning_team is
// absent from direct seats, and organization from all but an enterprise's list.
func (w writer) seat(b []byte, row usher.SeatRow) []byte {
	b = w.local(append(b, `{"created_at":`...), row.Seat.CreatedAt)
	b = w.user(append(b, `,"assignee":`...), row.Assignee)
	b = date(append(b, `,"pending_cancellation_date":`...), row.Seat.EndsAt)
	b = appendString(append(b, `,"plan_type":`...), string(row.Account.Subscription.Plan))
	b = utc(append(b, `,"last_authenticated_at":`...), row.Seat.Activity.AuthenticatedAt)
	b = w.local(append(b, `,"updated_at":`...), row.Seat.UpdatedAt)
	b = w.local(append(b, `,"last_activity_at":`...), row.Seat.Activity.At)
	b = append(b, `,"last_activity_editor":`...)
	if row.Seat.Activity.At.IsZero() {
		b = append(b, `null`...)
	} else {
		b = appendString(b, row.Seat.Activity.Editor)
	}
	if row.Team != nil {
		b = append(b, `,"assigning_team":`...)
		if row.Team.Account.Kind == usher.Enterprise {
			b = w.enterpriseTeam(b, *row.Team, row.Account.Login)
		} else {
			b = w.team(b, *row.Team, row.ParentTeam, row.Account.Login)
		}
	}
	if w.withOrganization && row.Account.Ref.Kind == usher.Organization {
		b = w.organization(append(b, `,"organization":`...), *row.Account)
	}
	return append(b, '}')
}

// team appends GitHub's team, its parent in it.
func (w writer) team(b []byte, team usher.Team, parent *usher.Team, login string) []byte {
	b = w.teamSimple(b, team, login)
	return append(w.parentTeam(b, parent, login), '}')
}

func (w writer) parentTeam(b []byte, parent *usher.Team, login string) []byte {
	b = append(b, `,"parent":`...)
	if parent == nil {
		return append(b, `null`...)
	}
	return append(w.teamSimple(b, *parent, login), '}')
}

// teamSimple appends what GitHub's team and team-simple have in common, left open.
func (w writer) teamSimple(b []byte, team usher.Team, login string) []byte {
	id := strconv.FormatInt(team.ID, 10)
	organization := strconv.FormatInt(team.Account.ID, 10)
	address := w.base.api + "/organizations/" + organization + "/team/" + id
	b = append(append(b, `{"id":`...), id...)
	b = appendString(append(b, `,"node_id":`...), nodeID("Team", id))
	b = appendString(append(b, `,"url":`...), address)
	b = appendString(append(b, `,"html_url":`...), w.base.web+"/orgs/"+url.PathEscape(login)+"/teams/"+url.PathEscape(team.Slug))
	b = appendString(append(b, `,"name":`...), team.Name)
	b = appendString(append(b, `,"slug":`...), team.Slug)
	b = orNull(append(b, `,"description":`...), team.Description)
	b = appendString(append(b, `,"privacy":`...), team.Privacy)
	b = appendString(append(b, `,"notification_setting":`...), notificationSetting(team.Quiet))
	b = append(b, `,"permission":"pull"`...)
	b = appendString(append(b, `,"members_url":`...), address+"/members{/member}")
	b = appendString(append(b, `,"repositories_url":`...), address+"/repos")
	b = append(b, `,"type":"organization","organization_id":`...)
	return append(b, organization...)
}

// notificationSetting is GitHub's word for whether a team is notified.
func notificationSetting(quiet bool) string {
	if quiet {
		return "notifications_disabled"
	}
	return "notifications_enabled"
}

// EnterpriseTeamSlug is an enterprise team's slug as GitHub answers it, with its prefix
// (rule E6).
func EnterpriseTeamSlug(team usher.Team) string { return usher.EnterpriseSlugPrefix + team.Slug }

// enterpriseTeam appends GitHub's enterprise-team, without what GitHub has retired. Its
// description cannot be null.
func (w writer) enterpriseTeam(b []byte, team usher.Team, enterprise string) []byte {
	path := enterpriseTeamPath(team, enterprise)
	b = strconv.AppendInt(append(b, `{"id":`...), team.ID, 10)
	b = appendString(append(b, `,"name":`...), team.Name)
	b = appendString(append(b, `,"description":`...), team.Description)
	b = appendString(append(b, `,"slug":`...), EnterpriseTeamSlug(team))
	b = appendString(append(b, `,"url":`...), w.base.api+path)
	b = appendString(append(b, `,"organization_selection_type":`...), string(team.Selection))
	b = append(b, `,"group_id":null`...)
	b = appendString(append(b, `,"html_url":`...), w.base.web+path)
	b = appendString(append(b, `,"members_url":`...), w.base.api+path+"/members{/member}")
	b = utc(append(b, `,"created_at":`...), team.CreatedAt)
	b = utc(append(b, `,"updated_at":`...), team.UpdatedAt)
	b = appendString(append(b, `,"notification_setting":`...), notificationSetting(team.Quiet))
	return append(b, '}')
}

// organization appends GitHub's organization-simple.
func (w writer) organization(b []byte, account usher.Account) []byte {
	id := strconv.FormatInt(account.Ref.ID, 10)
	address := w.base.api + "/orgs/" + url.PathEscape(account.Login)
	b = appendString(append(b, `{"login":`...), account.Login)
	b = append(append(b, `,"id":`...), id...)
	b = appendString(append(b, `,"node_id":`...), nodeID("Organization", id))
	b = appendString(append(b, `,"url":`...), address)
	b = appendString(append(b, `,"repos_url":`...), address+"/repos")
	b = appendString(append(b, `,"events_url":`...), address+"/events")
	b = appendString(append(b, `,"hooks_url":`...), address+"/hooks")
	b = appendString(append(b, `,"issues_url":`...), address+"/issues")
	b = appendString(append(b, `,"members_url":`...), address+"/members{/member}")
	b = appendString(append(b, `,"public_members_url":`...), address+"/public_members{/member}")
	b = appendString(append(b, `,"avatar_url":`...), w.base.web+"/avatars/u/"+id)
	return append(b, `,"description":null}`...)
}

// billing is the body of an organization's billing.
func billing(v usher.Billing) []byte {
	s, c := v.Subscription, v.Breakdown
	b := strconv.AppendInt([]byte(`{"seat_breakdown":{"total":`), c.Total, 10)
	b = strconv.AppendInt(append(b, `,"added_this_cycle":`...), c.AddedThisCycle, 10)
	b = strconv.AppendInt(append(b, `,"pending_invitation":`...), c.PendingInvitation, 10)
	b = strconv.AppendInt(append(b, `,"pending_cancellation":`...), c.PendingCancellation, 10)
	b = strconv.AppendInt(append(b, `,"active_this_cycle":`...), c.ActiveThisCycle, 10)
	b = strconv.AppendInt(append(b, `,"inactive_this_cycle":`...), c.InactiveThisCycle, 10)
	b = appendString(append(b, `},"seat_management_setting":`...), string(s.SeatManagement))
	b = appendString(append(b, `,"ide_chat":`...), string(s.IDEChat))
	b = appendString(append(b, `,"platform_chat":`...), string(s.PlatformChat))
	b = appendString(append(b, `,"cli":`...), string(s.CLI))
	b = appendString(append(b, `,"public_code_suggestions":`...), string(s.PublicCodeSuggestions))
	b = appendString(append(b, `,"plan_type":`...), string(s.Plan))
	return append(b, '}')
}

// nodeID is GitHub's older form of a node id: base64 of a length, a type and an id.
func nodeID(kind, id string) string {
	text := strconv.Itoa(len(kind)) + ":" + kind + id
	return base64.StdEncoding.EncodeToString([]byte("0" + text))
}

// local appends a time in the zone of the token's user, in whole seconds: with its offset,
// or Z where the zone is UTC (rule R6).
func (w writer) local(b []byte, t time.Time) []byte {
	if w.zone == time.UTC || t.IsZero() {
		return utc(b, t)
	}
	b = append(b, '"')
	b = t.In(w.zone).AppendFormat(b, "2006-01-02T15:04:05-07:00")
	return append(b, '"')
}

// utc appends a time with Z, or null for none.
func utc(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, `null`...)
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
	return append(b, '"')
}

func date(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, `null`...)
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, time.DateOnly)
	return append(b, '"')
}

func orNull(b []byte, text string) []byte {
	if text == "" {
		return append(b, `null`...)
	}
	return appendString(b, text)
}

// appendString appends a JSON string as GitHub writes it: raw UTF-8, with nothing escaped
// but quotes, backslashes and control characters. Invalid UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + size
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
