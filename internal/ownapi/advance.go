package ownapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// shownChanges is how many changes a move of the clock lists; total counts them all.
const shownChanges = 10_000

type moved struct {
	Now     string   `json:"now" format:"date-time"`
	Changes []change `json:"changes"`
	Total   int      `json:"total" about:"How many changes there were, listed or not."`
}

// change is one thing that a move of the clock set off. Org is null for what happened to
// a seat of an enterprise, which Enterprise then names.
type change struct {
	At         string  `json:"at" format:"date-time"`
	Action     string  `json:"action" about:"As in GitHub's audit log."`
	Org        *string `json:"org" about:"Null for a seat of an enterprise."`
	Enterprise string  `json:"enterprise,omitempty" about:"Of a seat of an enterprise, its slug."`
	User       string  `json:"user"`
}

func (c Config) advance(q *ghapi.Request) error {
	body, err := q.ReadBody()
	if err != nil {
		return err
	}
	move, err := moveOf(body)
	if err != nil {
		return err
	}
	result, err := c.Service.AdvanceClock(q.R.Context(), move, shownChanges)
	if err != nil {
		return err
	}
	if result.Now.Sub(result.From) >= ghapi.RateWindow {
		c.renewRates()
	}
	answer := moved{Now: instant(result.Now), Changes: []change{}, Total: result.Total}
	for _, event := range result.Changes {
		answer.Changes = append(answer.Changes, changeOf(event))
	}
	return respond(q, http.StatusOK, answer)
}

func changeOf(event usher.AccountEvent) change {
	shown := change{At: instant(event.At), Action: string(event.Action), User: event.UserLogin}
	if event.Account.Kind == usher.Enterprise {
		shown.Enterprise = event.Login
		return shown
	}
	shown.Org = &event.Login
	return shown
}

// moveWanted is what moveOf reads.
type moveWanted struct {
	To string `json:"to,omitempty" format:"date-time" about:"The instant to move to."`
	By string `json:"by,omitempty" about:"A duration in hours, minutes and seconds, like 240h or 1h30m."`
}

// refine has one of the two be there.
func (moveWanted) refine(made schema) {
	made["oneOf"] = []schema{{"required": []string{"to"}}, {"required": []string{"by"}}}
}

// moveOf reads {"to": instant} or {"by": duration}.
func moveOf(body []byte) (usher.ClockMove, error) {
	object, err := ghapi.DecodeObject(body)
	if err != nil {
		return usher.ClockMove{}, err
	}
	to, hasTo := object["to"]
	by, hasBy := object["by"]
	if hasTo == hasBy {
		return usher.ClockMove{}, ghapi.SchemaError(`Exactly one of "to" and "by" is needed: {"to":"2026-12-01T00:00:00Z"} or {"by":"240h"}.`)
	}
	if hasTo {
		return moveTo(to)
	}
	return moveBy(by)
}

func moveTo(raw json.RawMessage) (usher.ClockMove, error) {
	at, ok := timeOf(raw)
	if !ok || at.Year() < 1 {
		return usher.ClockMove{}, ghapi.SchemaError(`"to" must be an instant, like "2026-12-01T00:00:00Z".`)
	}
	return usher.ClockMove{To: at}, nil
}

func moveBy(raw json.RawMessage) (usher.ClockMove, error) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return usher.ClockMove{}, ghapi.SchemaError(`"by" must be a duration, like "240h" or "90m".`)
	}
	by, err := time.ParseDuration(text)
	if err != nil {
		return usher.ClockMove{}, ghapi.SchemaError(`"by" must be a duration of hours, minutes and seconds, like "240h" or "1h30m", and of 292 years at most.`)
	}
	if by < 0 {
		return usher.ClockMove{}, ghapi.SchemaError(`"by" must not be negative: the clock moves forward only.`)
	}
	return usher.ClockMove{By: by}, nil
}

// timeOf reads a JSON string with an instant; null and anything else are not one.
func timeOf(raw json.RawMessage) (time.Time, bool) {
	var text string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, text)
	return at.UTC().Truncate(time.Microsecond), err == nil && !at.IsZero()
}
