package ownapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// MaxFileBytes is how large a file may be that is applied: some 400,000 people.
const MaxFileBytes = 32 << 20

const yamlType = "application/yaml"

// shownApplied is how many of a plan's changes are listed; total counts them all.
const shownApplied = 10_000

// applyShown is a plan, and whether it has been carried out.
type applyShown struct {
	Applied   bool            `json:"applied" about:"Whether the changes have been made: false for a dry run, and where there are none."`
	Changes   []plannedChange `json:"changes" about:"The first 10,000, in the order in which they are made."`
	Total     int             `json:"total" about:"How many changes there are."`
	Activity  int             `json:"activity" about:"How many reports of activity move somebody's."`
	Seats     seatEffects     `json:"seats"`
	Cost      monthlyCost     `json:"cost"`
	Accounts  []appliedTo     `json:"accounts" about:"What becomes of each account that the file names."`
	Notes     []string        `json:"notes" about:"What of the file is not followed, and why."`
	Kept      int             `json:"kept" about:"How many things the file's lists do not have, and stay: with prune they would be removed."`
	LeftAlone leftAlone       `json:"left_alone" about:"How much there is that the file does not name."`
	Limit     int64           `json:"max_removals" about:"How many seats may turn pending or end."`
}

type plannedChange struct {
	Change       usher.ChangeKind `json:"change" enum:"added|changed|removed"`
	Organization string           `json:"organization,omitempty"`
	Enterprise   string           `json:"enterprise,omitempty"`
	What         string           `json:"what" about:"The noun: user, member, team, seat grant, setting and so on."`
	Name         string           `json:"name"`
	Field        string           `json:"field,omitempty" about:"What of it is changed."`
	From         string           `json:"from,omitempty"`
	To           string           `json:"to,omitempty"`
}

type seatEffects struct {
	Start   int64 `json:"start"`
	Pending int64 `json:"pending" about:"Live seats that turn pending cancellation."`
	End     int64 `json:"end" about:"Seats that are gone at once."`
}

type monthlyCost struct {
	Currency string `json:"currency" enum:"USD"`
	Before   money  `json:"before" about:"What the live seats cost a month, by the prices of their plan."`
	After    money  `json:"after"`
}

type appliedTo struct {
	Organization string      `json:"organization,omitempty"`
	Enterprise   string      `json:"enterprise,omitempty"`
	Current      int64       `json:"current" about:"The seats before, pending ones too."`
	Seats        seatEffects `json:"seats"`
	Cost         monthlyCost `json:"cost"`
	Kept         int         `json:"kept"`
}

type leftAlone struct {
	Users         int `json:"users"`
	Organizations int `json:"organizations"`
	Enterprises   int `json:"enterprises"`
	Apps          int `json:"apps"`
}

// apply applies a file, one at a time: what is read of one may need a lot of memory.
func (c Config) apply(turn chan struct{}) func(*ghapi.Request) error {
	return func(q *ghapi.Request) error {
		defer q.Prolong() // for a refusal
		dry, options, err := applyOptions(q)
		if err != nil {
			return err
		}
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		default:
			return &usher.Error{Kind: usher.Unavailable, Message: "Another file is being applied. Try again when that has ended."}
		}
		body, err := q.ReadBodyOf(MaxFileBytes)
		if err != nil {
			return err
		}
		return c.Patiently(q.R.Context(), func(service *usher.Service) error {
			return c.applyOn(service, q, body, dry, options)
		})
	}
}

func (c Config) applyOn(service *usher.Service, q *ghapi.Request, body []byte, dry bool, options usher.ApplyOptions) error {
	_, now, err := service.Clock(q.R.Context())
	if err != nil {
		return err
	}
	desired, err := c.ReadFile(body, now)
	if err != nil {
		return err
	}
	plan, err := service.PlanApply(q.R.Context(), desired, options, q.By())
	if err != nil {
		return err
	}
	refused := plan.Refusal()
	if dry || plan.Empty() {
		return c.respondApplied(q, plan, false)
	}
	if refused != nil {
		q.Prolong()
		shown := applyOf(plan, false)
		return respond(q, http.StatusUnprocessableEntity, errorShown{Message: refused.Error(), Docs: docs, Status: "422", Plan: &shown})
	}
	applied, err := service.Apply(q.R.Context(), desired, options, plan.Limit, q.By())
	if err != nil {
		return err
	}
	applied.Plan.Others = plan.Others
	return c.respondApplied(q, applied.Plan, true)
}

func (c Config) respondApplied(q *ghapi.Request, plan usher.ApplyPlan, applied bool) error {
	q.Prolong()
	return respond(q, http.StatusOK, applyOf(plan, applied))
}

// applyOptions reads the query. A key that nobody knows is refused: dryrun=true must not apply.
func applyOptions(q *ghapi.Request) (dry bool, options usher.ApplyOptions, err error) {
	var wrong []string
	for key, values := range q.R.URL.Query() {
		value := values[len(values)-1]
		switch key {
		case "dry_run", "prune":
			if value != "true" && value != "false" {
				wrong = append(wrong, `"`+key+`" must be true or false.`)
			}
			if key == "dry_run" {
				dry = value == "true"
			} else {
				options.Prune = value == "true"
			}
		case "max_removals":
			most, err := strconv.ParseInt(value, 10, 64)
			if err != nil || most < 0 || strings.HasPrefix(value, "+") {
				wrong = append(wrong, `"max_removals" must be a whole number, 0 or more.`)
			}
			options.MaxRemovals = &most
		default:
			wrong = append(wrong, strconv.Quote(shortened(key))+" is none of dry_run, prune, max_removals.")
		}
	}
	if len(wrong) > 0 {
		return false, options, ghapi.SchemaError(wrong...)
	}
	return dry, options, nil
}

func applyOf(plan usher.ApplyPlan, applied bool) applyShown {
	shown := applyShown{
		Applied: applied, Changes: []plannedChange{}, Total: len(plan.Changes), Activity: plan.Activity,
		Seats: seatEffects(plan.Seats()), Cost: costOf(plan.Cost()), Accounts: []appliedTo{}, Notes: []string{}, Kept: plan.Kept,
		LeftAlone: leftAlone{plan.Others.Users, plan.Others.Organizations, plan.Others.Enterprises, plan.Others.Apps}, Limit: plan.Limit,
	}
	shown.Notes = append(shown.Notes, plan.Notes...)
	for _, change := range plan.Changes[:min(len(plan.Changes), shownApplied)] {
		one := plannedChange{Change: change.Kind, What: change.What, Name: change.Name, Field: change.Change.Field, From: change.Change.Old, To: change.Change.New}
		if change.Account != nil {
			one.Organization, one.Enterprise = loginsOf(*change.Account)
		}
		shown.Changes = append(shown.Changes, one)
	}
	for _, account := range plan.Accounts {
		one := appliedTo{Current: account.Current, Seats: seatEffects(account.Seats), Cost: costOf(account.Cost), Kept: account.Kept}
		one.Organization, one.Enterprise = loginsOf(account.Account)
		shown.Accounts = append(shown.Accounts, one)
	}
	return shown
}

func loginsOf(name usher.AccountName) (organization, enterprise string) {
	if name.Kind == usher.Enterprise {
		return "", name.Login
	}
	return name.Login, ""
}

func costOf(cost usher.CostChange) monthlyCost {
	return monthlyCost{"USD", money(cost.Before), money(cost.After)}
}
