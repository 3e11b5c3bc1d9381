// Package usher is a seat desk for AI coding assistants: who has a seat, through which grant, until when.
//
// It holds the nouns (account, team, grant, seat, event, token), the rules that
// docs/rules.md numbers (C1, G1, X1 …), one [Service] method per operation, and
// the [Store] port that a database engine implements. It knows neither HTTP nor SQL
// and imports nothing but the standard library.
//
// Grants are the truth and seats follow: a write changes grants, and the ledger of
// the account keeps seats, counters, block counts and events in step with them, in
// the same transaction. Reads derive the present from what is stored and the world
// time; nothing has to have run for an answer to be right.
package usher
