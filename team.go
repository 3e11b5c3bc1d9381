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

// The privacies of a team.
const (
	PrivacyClosed = "closed" // every member of the organization sees it
	PrivacySecret = "secret" // owners and who is in it do
)

// TeamMember is a person's own place in a team, child teams aside.
type TeamMember struct {
	TeamID     int64
	UserID     int64
	Maintainer bool
}

// TeamNameKey is the form in which team names and slugs are compared.
func TeamNameKey(name string) string { return strings.ToLower(name) }

// EnterpriseSlugPrefix is what enterprise team slugs begin with on GitHub's wire (rule E6).
// A team keeps its slug without it.
const EnterpriseSlugPrefix = "ent:"

// BareSlug is an enterprise team's slug without the prefix, which it may have in any case.
func BareSlug(slug string) string {
	if n := len(EnterpriseSlugPrefix); len(slug) >= n && strings.EqualFold(slug[:n], EnterpriseSlugPrefix) {
		return slug[n:]
	}
	return slug
}
