package usher

import (
	"strings"
	"time"
)

// Team is a team of an organization or an enterprise team. Ids are unique among the
// teams of all accounts of a kind.
type Team struct {
	Account     AccountRef
	ID          int64
	Slug        string
	Name        string
	Description string // empty for none
	Privacy     string // closed or secret
	ParentID    int64  // 0 for none; enterprise teams have none
	CreatedAt   time.Time
	Version     int64 // new with each change of what is above: see [Edition]
}

// TeamMember is a person's own place in a team, child teams aside.
type TeamMember struct {
	TeamID     int64
	UserID     int64
	Maintainer bool
}

// TeamNameKey is the form in which team names and slugs are compared.
func TeamNameKey(name string) string { return strings.ToLower(name) }
