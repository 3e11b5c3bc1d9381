package usher

import (
	"crypto/sha256"
	"time"
)

// TokenKind is one of GitHub's kinds of token.
type TokenKind string

// The kinds of token.
const (
	Classic         TokenKind = "classic"
	OAuth           TokenKind = "oauth"
	FineGrained     TokenKind = "fine_grained"
	AppUser         TokenKind = "app_user"
	AppInstallation TokenKind = "app_installation"
)

// Scoped says whether tokens of this kind carry scopes; the others carry permissions
// and belong to one organization.
func (k TokenKind) Scoped() bool { return k == Classic || k == OAuth }

// TokenHash is the SHA-256 of a token: all that is ever stored of one.
type TokenHash [sha256.Size]byte

// HashToken is the form in which a token is stored and looked up.
func HashToken(token string) TokenHash { return sha256.Sum256([]byte(token)) }

// Token is a credential as it is stored.
type Token struct {
	ID          int64
	Hash        TokenHash
	Kind        TokenKind
	UserID      int64             // 0 for an installation
	OwnerID     int64             // the organization of a token with permissions; 0 for scoped ones
	Scopes      []string          // of a scoped token
	Permissions map[string]string // of the others: name to read or write
	ExpiresAt   time.Time         // in the time that Minted says; zero: never
	RevokedAt   time.Time         // world time; zero: it is not

	Minted         bool      // made through usher and not by a seed: it expires by the wall clock (rule C5)
	CreatedAt      time.Time // wall time; zero: not known
	CreatedBy      int64     // the user who made it; 0: the command line, a seed or an app
	Note           string    // what it is for, in its maker's words
	LastUsedOn     time.Time // the UTC day, by the wall clock; zero: never, as far as is known
	InstallationID int64     // of the app installation that it was minted for; 0: none
}

// MaxTokenNoteLength is how many bytes of a token's note are kept.
const MaxTokenNoteLength = 200

// Caller is who a valid token speaks for.
type Caller struct {
	Token Token
	User  *User // nil for an installation
}

// Actor is the caller as events name them.
func (c Caller) Actor() Actor {
	actor := Actor{TokenID: c.Token.ID}
	if c.User != nil {
		actor.UserID = c.User.ID
	}
	return actor
}
