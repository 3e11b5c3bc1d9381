package ownapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// personShown is a person by name; null stands for nobody.
type personShown struct {
	Login string `json:"login"`
	ID    int64  `json:"id"`
}

type explanationShown struct {
	User            personShown      `json:"user"`
	Entitled        bool             `json:"entitled"`
	Until           *string          `json:"until" format:"date-time"`
	Sentences       []string         `json:"sentences" about:"The same in words."`
	Seat            *heldSeat        `json:"seat"`
	EnterpriseSeats []heldSeat       `json:"enterprise_seats"`
	Grants          []explainedGrant `json:"grants"`
}

// heldSeat is a current seat. EndsAt and CancelledBy are of a pending one.
type heldSeat struct {
	ID          int64        `json:"id"`
	Team        *string      `json:"team"`
	State       string       `json:"state" enum:"live|pending"`
	CreatedAt   string       `json:"created_at" format:"date-time"`
	EndsAt      *string      `json:"ends_at" format:"date-time"`
	CancelledBy *personShown `json:"cancelled_by"`
}

type explainedGrant struct {
	reach
	ChildTeam *string      `json:"child_team"`
	GrantedAt *string      `json:"granted_at" format:"date-time"`
	GrantedBy *personShown `json:"granted_by"`
	Since     *string      `json:"reaches_since" format:"date-time"`
	Sentence  string       `json:"sentence"`
	IfEnded   ifEnded      `json:"if_ended"`
}

type ifEnded struct {
	Survives      []reach `json:"survives"`
	Seat          string  `json:"seat" enum:"live|pending|removed"`
	AccessEndsAt  *string `json:"access_ends_at" format:"date-time"`
	BillingEndsAt *string `json:"billing_ends_at" format:"date-time"`
	Sentence      string  `json:"sentence"`
}

func (c Config) explain(q *ghapi.Request) error {
	found, err := c.Service.Explain(q.R.Context(), q.Account.Ref, q.R.PathValue("username"))
	if err != nil {
		return err
	}
	return respond(q, http.StatusOK, explainer{found}.shown())
}

// explainer puts an explanation into words.
type explainer struct{ usher.Explanation }

func (e explainer) shown() explanationShown {
	shown := explanationShown{
		User: personShown{e.User.Login, e.User.ID}, Entitled: e.Entitled, Until: instantOrNull(e.Until),
		Sentences: e.sentences(), EnterpriseSeats: []heldSeat{}, Grants: []explainedGrant{},
	}
	if e.Seat != nil {
		seat := e.seat(usher.Organization, *e.Seat)
		shown.Seat = &seat
	}
	for _, seat := range e.EnterpriseSeats {
		shown.EnterpriseSeats = append(shown.EnterpriseSeats, e.seat(usher.Enterprise, seat))
	}
	for _, hold := range e.Holds {
		shown.Grants = append(shown.Grants, e.grant(hold))
	}
	return shown
}

func instantOrNull(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	text := instant(at)
	return &text
}

func (e explainer) seat(of usher.AccountKind, seat usher.HeldSeat) heldSeat {
	shown := heldSeat{ID: seat.Number, State: "live", CreatedAt: instant(seat.CreatedAt), EndsAt: instantOrNull(seat.EndsAt)}
	if seat.Pending() {
		shown.State, shown.CancelledBy = "pending", personOf(e.Names, seat.CancelledBy)
	}
	if seat.Team != nil {
		slug := reachOf(usher.Reach{Account: of, Team: seat.Team}).Team
		shown.Team = &slug
	}
	return shown
}

// personOf is who did something; nil for nobody in particular.
func personOf(names map[int64]usher.User, actor usher.Actor) *personShown {
	user, ok := names[actor.UserID]
	if !ok {
		return nil
	}
	return &personShown{user.Login, user.ID}
}

func (e explainer) grant(hold usher.Hold) explainedGrant {
	shown := explainedGrant{
		reach: reachOf(hold.Reach), GrantedAt: instantOrNull(hold.GrantedAt), GrantedBy: personOf(e.Names, hold.GrantedBy),
		Since: instantOrNull(hold.Since), Sentence: e.grantSentence(hold),
		IfEnded: ifEnded{
			Survives: []reach{}, Seat: string(hold.IfEnded.Seat), AccessEndsAt: instantOrNull(hold.IfEnded.AccessEnds),
			BillingEndsAt: instantOrNull(hold.IfEnded.BillingEnds), Sentence: e.endSentence(hold.IfEnded),
		},
	}
	if hold.Child != nil {
		shown.ChildTeam = &hold.Child.Slug
	}
	for _, survivor := range hold.IfEnded.Survives {
		shown.IfEnded.Survives = append(shown.IfEnded.Survives, reachOf(survivor))
	}
	return shown
}

// sentences tell what a person has, before the grants are gone through.
func (e explainer) sentences() []string {
	login, organization := e.User.Login, e.Organization.Login
	var told []string
	say := func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	switch s := e.Organization.Subscription; {
	case s == nil:
		say("Copilot is not enabled for %s: nobody has a seat there.", organization)
	case s.SeatManagement == usher.AssignmentDisabled, s.SeatManagement == usher.AssignmentUnconfigured:
		say("Seat management of %s is %s: nobody has a seat there.", organization, s.SeatManagement)
	case e.Seat != nil && e.Seat.Pending():
		told = append(told, e.pendingSentence("of "+organization, *e.Seat))
	case e.Seat != nil:
		say("%s has a seat of %s since %s.", login, organization, instant(e.Seat.CreatedAt))
	case e.State == usher.Pending:
		told = append(told, e.invitedSentences()...)
	case e.State == usher.Active:
		say("%s is a member of %s without a seat: no grant reaches them.", login, organization)
	}
	if e.State == "" {
		say("%s is not a member of %s.", login, organization)
	}
	if e.Asleep != nil {
		say("A seat of theirs, of %s, sleeps until %s: a grant before then brings it back.", instant(e.Asleep.CreatedAt), instant(e.Organization.AsleepUntil))
	}
	for _, seat := range e.EnterpriseSeats {
		if seat.Pending() {
			told = append(told, e.pendingSentence("of the enterprise "+e.Enterprise.Login, seat))
		}
	}
	if len(e.Holds) > 1 {
		say("%d grants give access: each of them alone would.", len(e.Holds))
	}
	return told
}

func (e explainer) pendingSentence(of string, seat usher.HeldSeat) string {
	return fmt.Sprintf("%s's seat %s was cancelled%s and ends at %s; a new grant before then refreshes it.",
		e.User.Login, of, e.by(seat.CancelledBy), instant(seat.EndsAt))
}

func (e explainer) invitedSentences() []string {
	told := []string{fmt.Sprintf("%s is invited to %s and has no seat yet.", e.User.Login, e.Organization.Login)}
	switch {
	case e.Remembered != nil:
		told = append(told, fmt.Sprintf("A direct grant, made at %s%s, waits for them: the seat begins when they accept.", instant(e.Remembered.GrantedAt), e.by(e.Remembered.GrantedBy)))
	case e.Organization.Subscription.SeatManagement == usher.AssignAll:
		told = append(told, "All members have seats: theirs begins when they accept.")
	}
	return told
}

// by names who did something; nothing where it was nobody in particular.
func (e explainer) by(actor usher.Actor) string {
	if person := personOf(e.Names, actor); person != nil {
		return " by " + person.Login
	}
	return ""
}

func (e explainer) grantSentence(hold usher.Hold) string {
	made := e.by(hold.GrantedBy)
	if !hold.GrantedAt.IsZero() {
		made += " at " + instant(hold.GrantedAt)
	}
	from := ""
	if hold.Account == usher.Enterprise {
		from = " of the enterprise " + e.Enterprise.Login
	}
	switch {
	case hold.Kind == "":
		return fmt.Sprintf("All members of %s have seats, as was set%s.", e.Organization.Login, made)
	case hold.Team == nil:
		return fmt.Sprintf("%s was given a seat%s directly%s.", e.User.Login, from, made)
	case hold.Child != nil:
		return fmt.Sprintf("The team %s%s was given seats%s, and %s is in its child team %s.", reachOf(hold.Reach).Team, from, made, e.User.Login, hold.Child.Slug)
	}
	return fmt.Sprintf("The team %s%s was given seats%s, and %s is in it.", reachOf(hold.Reach).Team, from, made, e.User.Login)
}

func (e explainer) endSentence(end usher.Ending) string {
	if len(end.Survives) == 0 {
		told := fmt.Sprintf("If this ended now, no grant would be left: %s would keep access until %s", e.User.Login, instant(end.AccessEnds))
		if !end.AccessEnds.Equal(end.BillingEnds) {
			return told + fmt.Sprintf(", when another seat ends; this one would be paid until %s.", instant(end.BillingEnds))
		}
		return told + ", and the seat would be paid until then."
	}
	names := make([]string, len(end.Survives))
	for i, survivor := range end.Survives {
		names[i] = grantName(survivor)
	}
	told := fmt.Sprintf("If this ended now, %s would keep access through %s", e.User.Login, strings.Join(slices.Compact(names), ", "))
	switch end.Seat {
	case usher.SeatStays:
		return told + "; the seat stays."
	case usher.SeatRemoved:
		return told + fmt.Sprintf("; the seat of this grant would go at once, paid until %s.", instant(end.BillingEnds))
	}
	return told + fmt.Sprintf("; the seat of this grant would be pending, and paid, until %s.", instant(end.BillingEnds))
}

// grantName names a grant in a sentence.
func grantName(r usher.Reach) string {
	shown := reachOf(r)
	switch {
	case r.Kind == "":
		return "the seats of all members"
	case r.Team != nil:
		return "the team " + shown.Team
	case r.Account == usher.Enterprise:
		return "the enterprise's direct grant"
	}
	return "the direct grant"
}
