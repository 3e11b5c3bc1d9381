package usher

import (
	"fmt"
	"slices"
	"time"
)

// Desired is what a file says that an installation is to hold. Nothing of it has been compared
// with what there is. What the file leaves out is nil, and stays as it is; for what is new it has
// a seed's default.
type Desired struct {
	File     string              // what messages call it
	Quote    func(string) string // shows text of the file in a message, but nothing that may be a token
	Users    []DesiredUser
	Accounts []DesiredAccount // enterprises before organizations
	Tokens   []DesiredToken
	Apps     *DesiredApps
	Emptied  []Word // of users, enterprises, organizations and tokens, the lists that are there and empty
}

// Word is a name as it stands in the file.
type Word struct {
	Text string
	Line int
}

// Words are a list of names.
type Words struct {
	Line int // of the list itself
	List []Word
}

// DesiredUser is a user whom the file lists.
type DesiredUser struct {
	Login     Word
	ID        Word // empty where it is left out
	GivenID   int64
	Name      *string
	Email     *string
	TimeZone  *string
	SiteAdmin *bool
}

// DesiredAccount is an organization or enterprise that the file lists.
type DesiredAccount struct {
	Kind            AccountKind
	Login           Word
	ID              Word
	GivenID         int64
	Name            *string // of an enterprise
	Enterprise      *Word   // of an organization
	Owners          *Words
	Members         *Words // of an organization
	BillingManagers *Words // of an enterprise
	Invitations     *Words // of an organization
	Copilot         *SubscriptionChange
	Teams           *DesiredTeams
	SeatUsers       *DesiredGrants
	SeatTeams       *Words
	Activity        []DesiredActivity
}

// DesiredTeams are an account's list of teams.
type DesiredTeams struct {
	Line int
	List []DesiredTeam
}

// DesiredTeam is a team that the file lists.
type DesiredTeam struct {
	Name        Word
	Slug        Word // made of the name where the file gives none
	SlugGiven   bool
	Description *string
	Privacy     *string
	Parent      *Word
	Maintainers *Words
	Members     *Words
}

// DesiredGrants are an account's list of people with a direct grant.
type DesiredGrants struct {
	Line int
	List []DesiredGrant
}

// DesiredGrant is a person who is to have a direct grant, or whose grant is to be cancelled.
type DesiredGrant struct {
	Login  Word
	Dated  bool // the file says since when, which an installation that runs cannot follow
	Cancel bool
}

// DesiredActivity is activity that the file reports.
type DesiredActivity struct {
	Login    Word
	Activity Activity
}

// DesiredToken is a token that the file lists.
type DesiredToken struct {
	Line      int
	Hash      TokenHash
	Kind      TokenKind
	User      *Word
	Owner     *Word
	Scopes    []string
	Powers    map[string]string
	ExpiresAt time.Time // zero: not given
	Relative  bool      // ExpiresAt was given relative to the reading of the file
}

// DesiredApps are a file's list of apps.
type DesiredApps struct {
	Line int
	List []DesiredApp
}

// DesiredApp is an app that the file lists. What of its keys and permissions the file has is all of
// them.
type DesiredApp struct {
	Slug          Word
	ID            Word
	GivenID       int64
	ClientID      Word // empty where it is left out
	Name          *string
	Description   *string
	Owner         *Word
	PublicKeys    [][]byte
	Permissions   map[string]string
	Installations *DesiredInstallations
}

// DesiredInstallations are an app's list of installations.
type DesiredInstallations struct {
	Line int
	List []DesiredInstallation
}

// DesiredInstallation is that an app is to be in an organization.
type DesiredInstallation struct {
	Organization Word
	ID           Word
	GivenID      int64
	Permissions  map[string]string // nil: the app's
}

// Problem is one thing that is wrong with what a file wants.
type Problem struct {
	Line    int // 0: the file as a whole
	Message string
}

// maxProblems is how many problems one refusal tells of.
const maxProblems = 100

// WrongFile refuses a file with all that is wrong with it, in the order of its lines.
func WrongFile(file string, problems []Problem) error {
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
	refusal := &Error{Kind: Invalid, Message: "The file cannot be applied."}
	for _, p := range problems[:min(len(problems), maxProblems)] {
		where := file
		if p.Line > 0 {
			where = fmt.Sprintf("%s:%d", file, p.Line)
		}
		refusal.Items = append(refusal.Items, Item{Subject: WorldSubject, Code: NotValid, Field: fmt.Sprintf("line %d", p.Line), Message: where + ": " + p.Message})
	}
	if more := len(problems) - maxProblems; more > 0 {
		refusal.Items = append(refusal.Items, Item{Subject: WorldSubject, Code: NotValid, Field: "line 0", Message: fmt.Sprintf("%s: and %d more", file, more)})
	}
	return refusal
}

// logins are all people whom an account's entry names.
func (d DesiredAccount) logins() []string {
	var logins []string
	add := func(words *Words) {
		if words != nil {
			for _, w := range words.List {
				logins = append(logins, w.Text)
			}
		}
	}
	for _, words := range []*Words{d.Owners, d.Members, d.BillingManagers, d.Invitations} {
		add(words)
	}
	if d.Teams != nil {
		for _, team := range d.Teams.List {
			add(team.Maintainers)
			add(team.Members)
		}
	}
	if d.SeatUsers != nil {
		for _, g := range d.SeatUsers.List {
			logins = append(logins, g.Login.Text)
		}
	}
	for _, a := range d.Activity {
		logins = append(logins, a.Login.Text)
	}
	return logins
}

// low are who has the account's lesser role: members of an organization, billing managers of an
// enterprise.
func (d DesiredAccount) low() *Words {
	if d.Kind == Enterprise {
		return d.BillingManagers
	}
	return d.Members
}
