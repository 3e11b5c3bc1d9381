package ghapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/usher-seats/usher"
)

// The keys of the write operations' bodies.
const (
	usersField = "selected_usernames"
	teamsField = "selected_teams"

	enterpriseTeamsField = "selected_enterprise_teams"
)

func (q *Request) billing() error {
	found, err := q.api.service.Billing(q.R.Context(), q.Account.Ref)
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return billing(found) })
}

// seats links to its other pages by the organization's number, as recorded of GitHub's
// organization lists.
func (q *Request) seats() error {
	page := pageOf(q.R.URL.RawQuery)
	found, err := q.api.service.Seats(q.R.Context(), q.Account.Ref, page)
	if err != nil {
		return err
	}
	return q.showPage(q.writer(), found, page, "/organizations/"+strconv.FormatInt(q.Account.Ref.ID, 10)+"/copilot/billing/seats")
}

// enterpriseSeats links to its other pages by the enterprise's slug, as recorded.
func (q *Request) enterpriseSeats() error {
	page := pageOf(q.R.URL.RawQuery)
	found, err := q.api.service.EnterpriseSeats(q.R.Context(), q.Account.Ref, page)
	if err != nil {
		return err
	}
	w := q.writer()
	w.withOrganization = true
	return q.showPage(w, found, page, "/enterprises/"+q.Account.Login+"/copilot/billing/seats")
}

func (q *Request) showPage(w writer, found usher.SeatPage, page usher.Page, path string) error {
	return q.Show(found.Edition, func() []byte {
		if link := linkHeader(q.base.api+path, q.R.URL.RawQuery, page, found.Rows); link != "" {
			q.W.Header()["Link"] = []string{link}
		}
		return w.seatPage(found)
	})
}

// RespondSeats answers with a page of an organization's seats as GitHub's list has them, which
// is not to be kept. The path leads to its other pages.
func (q *Request) RespondSeats(found usher.SeatPage, page usher.Page, path string) {
	q.LinkPages(page, path, found.Rows)
	q.RespondNow(http.StatusOK, q.writer().seatPage(found))
}

// LinkPages leads from a page of a list of so many rows to its other pages, at a path.
func (q *Request) LinkPages(page usher.Page, path string, rows int64) {
	if link := linkHeader(q.base.api+path, q.R.URL.RawQuery, page, rows); link != "" {
		q.W.Header()["Link"] = []string{link}
	}
}

func (q *Request) memberSeat() error {
	found, err := q.api.service.MemberSeat(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	if err != nil {
		return err
	}
	return q.Show(found.Edition, func() []byte { return q.writer().seat(nil, found.SeatRow) })
}

// enterpriseMemberSeats is not paged, unlike the list that it has the shape of.
func (q *Request) enterpriseMemberSeats() error {
	found, err := q.api.service.EnterpriseMemberSeats(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	if err != nil {
		return err
	}
	w := q.writer()
	w.withOrganization = true
	return q.Show(found.Edition, func() []byte { return w.seatPage(found) })
}

func (q *Request) addUsers() error {
	return q.change(usersField, q.api.service.GrantUsers, http.StatusCreated, "seats_created")
}

func (q *Request) removeUsers() error {
	return q.change(usersField, q.api.service.CancelUsers, http.StatusOK, "seats_cancelled")
}

func (q *Request) addTeams() error {
	return q.change(teamsField, q.api.service.GrantTeams, http.StatusCreated, "seats_created")
}

func (q *Request) removeTeams() error {
	return q.change(teamsField, q.api.service.CancelTeams, http.StatusOK, "seats_cancelled")
}

func (q *Request) addEnterpriseUsers() error {
	return q.change(usersField, q.api.service.GrantEnterpriseUsers, http.StatusCreated, "seats_created")
}

func (q *Request) removeEnterpriseUsers() error {
	return q.change(usersField, q.api.service.CancelEnterpriseUsers, http.StatusOK, "seats_cancelled")
}

func (q *Request) addEnterpriseTeams() error {
	return q.change(enterpriseTeamsField, q.api.service.GrantEnterpriseTeams, http.StatusCreated, "seats_created")
}

func (q *Request) removeEnterpriseTeams() error {
	return q.change(enterpriseTeamsField, q.api.service.CancelEnterpriseTeams, http.StatusOK, "seats_cancelled")
}

// changeSeats is one of the service's write operations on a list of names.
type changeSeats func(ctx context.Context, account usher.AccountRef, names []string, by usher.By) (int, error)

func (q *Request) change(field string, do changeSeats, status int, counted string) error {
	names, err := q.names(field)
	if err != nil {
		return err
	}
	n, err := do(q.R.Context(), q.Account.Ref, names, q.By())
	if err != nil {
		return err
	}
	q.Respond(status, []byte(`{"`+counted+`":`+strconv.Itoa(n)+`}`))
	return nil
}

func (q *Request) writer() writer { return writer{base: q.base, zone: q.zone()} }
