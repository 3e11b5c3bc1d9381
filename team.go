package usher

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Team is a team of an organization or an enterprise team. Ids are unique among the
// teams of all accounts of a kind.
type Team struct {
	Account     AccountRef
	ID          int64
	Slug        string
	Name        string
	Description string                // empty for none
	Privacy     string                // closed or secret
	ParentID    int64                 // 0 for none; enterprise teams have none
	Quiet       bool                  // its notifications are disabled
	Selection   OrganizationSelection // of an enterprise team; empty for a team of an organization
	CreatedAt   time.Time
	UpdatedAt   time.Time // when one of the above last changed
	Version     int64     // new with each change of what is above: see [Edition]
}

// The privacies of a team.
const (
	PrivacyClosed = "closed" // every member of the organization sees it
	PrivacySecret = "secret" // owners and who is in it do
)

// OrganizationSelection says to which of an enterprise's organizations an enterprise team
// is assigned.
type OrganizationSelection string

// The selections of GitHub's description.
const (
	NoOrganizations       OrganizationSelection = "disabled"
	SelectedOrganizations OrganizationSelection = "selected" // those that the team has been assigned to
	AllOrganizations      OrganizationSelection = "all"      // those that join later too
)

// TeamMember is a person's own place in a team, child teams aside.
type TeamMember struct {
	TeamID     int64
	UserID     int64
	Maintainer bool
}

// MaxTeamName is how many characters the name of a team may have: what an index of each
// engine can hold.
const MaxTeamName = 255

const (
	maxTeamSlug        = 100
	maxTeamDescription = 1024
)

// TeamSlug makes a slug of a team's name as GitHub does: lower case, one - for whatever is
// neither letter, digit nor _, and none at the ends. It may be none, or too long: see
// [IsTeamSlug].
func TeamSlug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !inSlug(r) })
	return strings.Join(words, "-")
}

func inSlug(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == '_'
}

// IsTeamSlug says whether a text can be a team's slug: 1 to 100 letters, digits, - and _.
func IsTeamSlug(slug string) bool {
	length := utf8.RuneCountInString(slug)
	return 1 <= length && length <= maxTeamSlug &&
		!strings.ContainsFunc(slug, func(r rune) bool { return !inSlug(r) && r != '-' })
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
