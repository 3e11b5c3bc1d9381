package ownapi

import (
	"net/http"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

type historyShown struct {
	User       personShown   `json:"user"`
	RecordFrom *string       `json:"record_from" format:"date-time"`
	Periods    []periodShown `json:"periods"`
	Cost       costShown     `json:"cost_to_date"`
}

// periodShown is time in which a person had a seat. EndsAt is of a pending one.
type periodShown struct {
	Seat    int64         `json:"seat_id"`
	From    string        `json:"from" format:"date-time"`
	To      *string       `json:"to" format:"date-time"`
	EndsAt  *string       `json:"ends_at" format:"date-time"`
	EndedBy *personShown  `json:"ended_by"`
	Grants  []grantPeriod `json:"grants"`
	Seen    activitySeen  `json:"activity"`
}

type grantPeriod struct {
	reach
	GrantedAt *string      `json:"granted_at" format:"date-time"`
	GrantedBy *personShown `json:"granted_by"`
	From      string       `json:"from" format:"date-time"`
	To        *string      `json:"to" format:"date-time"`
	EndedBy   *personShown `json:"ended_by"`
}

// activitySeen is what was reported in a period, the latest as it stood at its end.
type activitySeen struct {
	Reports         int64   `json:"reports"`
	FirstReportAt   *string `json:"first_report_at" format:"date-time"`
	LastReportAt    *string `json:"last_report_at" format:"date-time"`
	ActivityAt      *string `json:"last_activity_at" format:"date-time"`
	Editor          *string `json:"last_activity_editor"`
	AuthenticatedAt *string `json:"last_authenticated_at" format:"date-time"`
}

// money is an amount as a JSON number with two decimals.
type money usher.Cents

// MarshalJSON implements [json.Marshaler].
func (m money) MarshalJSON() ([]byte, error) { return []byte(usher.Cents(m).String()), nil }

func (money) refine(made schema) { made["type"] = "number" }

type costShown struct {
	Currency string      `json:"currency"`
	Amount   money       `json:"amount"`
	Cycles   []cycleCost `json:"cycles"`
}

type cycleCost struct {
	From   string `json:"from" format:"date"`
	To     string `json:"to" format:"date"`
	Days   int    `json:"days"`
	InAll  int    `json:"days_in_cycle"`
	Amount money  `json:"amount"`
}

// shownCycles is how many cycles an answer lists: the last ones.
const shownCycles = 120

func (c Config) history(q *ghapi.Request) error {
	h, err := c.Service.SeatHistory(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	if err != nil {
		return err
	}
	shown := historyShown{
		User: personShown{h.User.Login, h.User.ID}, RecordFrom: instantOrNull(h.RecordFrom), Periods: []periodShown{},
		Cost: costShown{Currency: "USD", Amount: money(h.Total), Cycles: []cycleCost{}},
	}
	for _, p := range h.Periods {
		shown.Periods = append(shown.Periods, periodOf(h, p))
	}
	for _, cost := range h.Cost[max(0, len(h.Cost)-shownCycles):] {
		shown.Cost.Cycles = append(shown.Cost.Cycles, cycleCost{
			From: cost.Cycle.Start.Format(time.DateOnly), To: cost.Cycle.End.Format(time.DateOnly),
			Days: cost.Days, InAll: cost.InAll, Amount: money(cost.Amount),
		})
	}
	return respond(q, http.StatusOK, shown)
}

func periodOf(h usher.SeatHistory, p usher.AccessPeriod) periodShown {
	shown := periodShown{
		Seat: p.Seat, From: instant(p.From), To: instantOrNull(p.To), EndsAt: instantOrNull(p.EndsAt),
		EndedBy: personOf(h.Names, p.EndedBy), Grants: []grantPeriod{}, Seen: seenIn(p.Seen),
	}
	for _, g := range p.Grants {
		shown.Grants = append(shown.Grants, grantPeriod{
			reach: reachOf(g.Reach), GrantedAt: instantOrNull(g.GrantedAt), GrantedBy: personOf(h.Names, g.GrantedBy),
			From: instant(g.From), To: instantOrNull(g.To), EndedBy: personOf(h.Names, g.EndedBy),
		})
	}
	return shown
}

func seenIn(s usher.Seen) activitySeen {
	shown := activitySeen{
		Reports: s.Reports, FirstReportAt: instantOrNull(s.First), LastReportAt: instantOrNull(s.Last),
		ActivityAt: instantOrNull(s.Activity.At), AuthenticatedAt: instantOrNull(s.Activity.AuthenticatedAt),
	}
	if !s.Activity.At.IsZero() && s.Activity.Editor != "" {
		shown.Editor = &s.Activity.Editor
	}
	return shown
}
