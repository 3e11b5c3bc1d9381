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
	GrantedBy Actor
}

// PersonTeamGrant is a team grant as it reaches one person, through the team itself or
// a child team of it (rule G3).
type PersonTeamGrant struct {
	UserID    int64
	TeamID    int64
	GrantedAt time.Time
	GrantedBy Actor
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
	directBy Actor // who made the direct grant
	everyone bool
	teams    []PersonTeamGrant
}

func (h holding) live() bool { return h.direct || h.everyone || len(h.teams) > 0 }

// assigningTeam is the team a live seat is shown with: none when the person is granted
// directly or no team is, else the first of the teams (rule R2).
func (h holding) assigningTeam() int64 {
	if h.direct {
		return 0
	}
	return h.firstTeam().TeamID
}

// firstTeam is the team grant that holds the seat when no direct grant does; zero for none.
func (h holding) firstTeam() (first PersonTeamGrant) {
	for i, g := range h.teams {
		if i == 0 || g.before(first) {
			first = g
		}
	}
	return first
}

// granter is who made the grant that holds the seat. Nobody made everyone's: then it is who
// acts now.
func (h holding) granter(now Actor) Actor {
	switch {
	case h.direct:
		return h.directBy
	case len(h.teams) > 0:
		return h.firstTeam().GrantedBy
	}
	return now
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
