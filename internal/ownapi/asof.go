package ownapi

import (
	"strconv"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// readSeats is who may read an organization's seats and ask about one person's, now and before
// (rule A2).
var readSeats = usher.Access{
	Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
	Scopes:      []string{usher.ScopeManageBillingCopilot, usher.ScopeReadOrg},
	Permissions: []string{usher.PermissionSeatManagement, usher.PermissionAdministration},
	Level:       usher.LevelRead,
}

// asOfParameter names the moment that is asked for, and asOfRefused is said of what is none.
var asOfParameter = parameter{"as_of", "The number of an event, or an instant: what there was then. Without it, what there is now.", schema{"type": "string"}}

const asOfRefused = "as_of is neither the number of an event nor an instant, lies ahead, or before what is kept."

// seatList is the body of GitHub's list of seats, which GitHub describes.
type seatList struct {
	Total int64        `json:"total_seats"`
	Seats []githubSeat `json:"seats"`
}

// githubSeat is a seat as GitHub shows it.
type githubSeat struct{}

func (githubSeat) refine(made schema) {
	made["externalDocs"] = external{"copilot-seat-details in GitHub's description", "https://docs.github.com/rest/copilot/copilot-user-management#list-all-copilot-seat-assignments-for-an-organization"}
}

// seats is GitHub's list of an organization's seats, at any moment.
func (c Config) seats(q *ghapi.Request) error {
	asOf, past, err := asOf(q)
	if err != nil {
		return err
	}
	page := q.SeatPage()
	var found usher.SeatPage
	if past {
		found, err = c.Service.SeatsAsOf(q.R.Context(), q.Account.Ref, asOf, page)
	} else {
		found, err = c.Service.Seats(q.R.Context(), q.Account.Ref, page)
	}
	if err != nil {
		return err
	}
	q.RespondSeats(found, page, "/_usher/orgs/"+q.Account.Login+"/seats")
	return nil
}

// asOf reads the moment that is asked for: the number of an event, or an instant. past is
// false where the present is.
func asOf(q *ghapi.Request) (asOf usher.AsOf, past bool, err error) {
	text, past := q.Parameter("as_of")
	if !past {
		return usher.AsOf{}, false, nil
	}
	if text != "" && strings.Trim(text, "0123456789") == "" {
		asOf.Event, err = strconv.ParseInt(text, 10, 64)
		if err != nil {
			return usher.AsOf{}, true, &usher.Error{Kind: usher.Invalid, Message: "as_of is too high for the number of an event."}
		}
		return asOf, true, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() {
		return usher.AsOf{}, true, &usher.Error{Kind: usher.Invalid, Message: "as_of is neither the number of an event nor an instant like 2026-11-20T12:00:00Z. In a URL, + is written %2B."}
	}
	return usher.AsOf{At: at.UTC().Truncate(time.Microsecond)}, true, nil
}
