package usher

import "time"

// GrantKind tells why a person has access. The third reason, everyone, is the
// subscription's setting and has no grant of its own.
type GrantKind string

// The kinds of grant that are kept.
const (
	DirectGrant GrantKind = "direct" // names a person
	TeamGrant   GrantKind = "team"   // names a team, and holds for whoever is in it
)

// Grant is one reason why people have access to an account's subscription.
type Grant struct {
	Kind      GrantKind
	SubjectID int64 // the user or the team
	GrantedAt time.Time
}

// PersonTeamGrant is a team grant as it reaches one person, through the team itself or
// a child team of it (rule G3).
type PersonTeamGrant struct {
	UserID    int64
	TeamID    int64
	GrantedAt time.Time
}

// before orders the team grants of one person: the earliest, then the lower id, holds
// the seat (rule R2).
func (g PersonTeamGrant) before(other PersonTeamGrant) bool {
	if !g.GrantedAt.Equal(other.GrantedAt) {
		return g.GrantedAt.Before(other.GrantedAt)
	}
	return g.TeamID < other.TeamID
}

// holding is every live grant of one person in an organization.
type holding struct {
	direct   bool
	everyone bool
	teams    []PersonTeamGrant
}

func (h holding) live() bool { return h.direct || h.everyone || len(h.teams) > 0 }

// assigningTeam is the team a live seat is shown with: none when the person is granted
// directly or no team is, else the first of the teams (rule R2).
func (h holding) assigningTeam() int64 {
	if h.direct || len(h.teams) == 0 {
		return 0
	}
	first := h.teams[0]
	for _, g := range h.teams[1:] {
		if g.before(first) {
			first = g
		}
	}
	return first.TeamID
}

func (h holding) without(team int64) holding {
	kept := make([]PersonTeamGrant, 0, len(h.teams))
	for _, g := range h.teams {
		if g.TeamID != team {
			kept = append(kept, g)
		}
	}
	h.teams = kept
	return h
}
