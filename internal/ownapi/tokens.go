package ownapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// listedToken is a token without what it looks like, which nobody knows. Null stands where there
// is nothing: a user, an owner, a time.
type listedToken struct {
	ID          int64             `json:"id"`
	Kind        usher.TokenKind   `json:"kind"`
	User        *string           `json:"user"`
	Owner       *string           `json:"owner"`
	Scopes      []string          `json:"scopes"`
	Permissions map[string]string `json:"permissions"`
	Note        string            `json:"note"`
	CreatedAt   *string           `json:"created_at" format:"date-time"`
	CreatedBy   *string           `json:"created_by"`
	ExpiresAt   *string           `json:"expires_at" format:"date-time"`
	Expired     bool              `json:"expired"`
	RevokedAt   *string           `json:"revoked_at" format:"date-time"`
	LastUsedOn  *string           `json:"last_used_on" format:"date" about:"The UTC day."`
}

// createdToken is what a token looks like, this once, and what is known of it ever after.
type createdToken struct {
	Token string `json:"token"`
	listedToken
}

// tokenWanted is what tokenIn reads.
type tokenWanted struct {
	Kind        usher.TokenKind   `json:"kind" enum:"classic|oauth|fine_grained|app_user|app_installation"`
	User        string            `json:"user,omitempty" about:"Whom it speaks for, a login. An installation's speaks for nobody."`
	Owner       string            `json:"owner,omitempty" about:"The organization of a token with permissions, a login."`
	Scopes      []string          `json:"scopes,omitempty" about:"Of a classic or OAuth token."`
	Permissions map[string]string `json:"permissions,omitempty" about:"Of the others: each with read or write."`
	Note        string            `json:"note,omitempty" about:"What it is for."`
	ExpiresAt   string            `json:"expires_at,omitempty" format:"date-time" about:"By the wall clock. Without it and expires_in, the token does not expire."`
	ExpiresIn   string            `json:"expires_in,omitempty" about:"How long it lives, like 30d or 12h."`
}

func shownToken(t usher.ListedToken) listedToken {
	token := t.Token
	shown := listedToken{
		ID: token.ID, Kind: token.Kind, User: textOrNull(t.User), Owner: textOrNull(t.Owner),
		Scopes: token.Scopes, Permissions: token.Permissions, Note: token.Note,
		CreatedAt: instantOrNull(token.CreatedAt), CreatedBy: textOrNull(t.CreatedBy),
		ExpiresAt: instantOrNull(token.ExpiresAt), Expired: t.Expired, RevokedAt: instantOrNull(token.RevokedAt),
	}
	if shown.Scopes == nil {
		shown.Scopes = []string{}
	}
	if shown.Permissions == nil {
		shown.Permissions = map[string]string{}
	}
	if !token.LastUsedOn.IsZero() {
		shown.LastUsedOn = new(token.LastUsedOn.Format(time.DateOnly))
	}
	return shown
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (c Config) tokens(q *ghapi.Request) error {
	page := q.ListPage()
	found, err := c.Service.ListTokens(q.R.Context(), page)
	if err != nil {
		return err
	}
	shown := make([]listedToken, len(found.Tokens))
	for i, token := range found.Tokens {
		shown[i] = shownToken(token)
	}
	q.LinkPages(page, "/_usher/tokens", found.Total)
	return respond(q, http.StatusOK, shown)
}

func (c Config) createToken(q *ghapi.Request) error {
	body, err := q.ReadBody()
	if err != nil {
		return err
	}
	wanted, err := tokenIn(body)
	if err != nil {
		return err
	}
	text, made, err := c.Service.CreateToken(q.R.Context(), wanted, q.By())
	if err != nil {
		return err
	}
	answer, err := compact(createdToken{text, shownToken(made)})
	if err != nil {
		return err
	}
	q.RespondOnce(http.StatusCreated, answer)
	return nil
}

func (c Config) revokeToken(q *ghapi.Request) error {
	text := q.R.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strings.Trim(text, "0123456789") != "" {
		return &usher.Error{Kind: usher.NotFound, Message: "The id of a token is a number: GET /_usher/tokens lists them."}
	}
	if _, _, err := c.Service.RevokeToken(q.R.Context(), id, q.By()); err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

// tokenIn reads a body. All that is wrong with its form is told at once; what is wrong with the
// token itself is the service's to say.
func tokenIn(body []byte) (wanted usher.TokenRequest, err error) {
	object, err := ghapi.DecodeObject(body)
	if err != nil {
		return wanted, err
	}
	f := &form{object: object}
	if _, given := object["kind"]; !given {
		f.refuse("kind", "is missing.")
	}
	if kind := choice(f, "kind", usher.Classic, usher.OAuth, usher.FineGrained, usher.AppUser, usher.AppInstallation); kind != nil {
		wanted.Kind = *kind
	}
	wanted.User, wanted.Owner, wanted.Note = f.text("user"), f.text("owner"), f.text("note")
	wanted.Scopes = f.texts("scopes")
	wanted.Permissions = f.levels("permissions")
	wanted.ExpiresAt = f.instant("expires_at")
	wanted.Lifetime = f.period("expires_in")
	f.readNothingElse()
	if len(f.wrong) > 0 {
		return wanted, ghapi.SchemaError(f.wrong...)
	}
	return wanted, nil
}

// text reads a text that is not empty.
func (f *form) text(key string) string {
	raw, ok := f.value(key)
	if !ok {
		return ""
	}
	text, ok := textOf(raw)
	if !ok || text == "" {
		f.refuse(key, "must be a text.")
	}
	return text
}

// maxPowers is how many scopes or permissions a token may be asked for: more than there are.
const maxPowers = 200

// texts reads a list of texts.
func (f *form) texts(key string) []string {
	raw, ok := f.value(key)
	if !ok {
		return nil
	}
	elements, ok := ghapi.Elements(raw, maxPowers)
	if !ok || len(elements) > maxPowers {
		f.refuse(key, "must be a list of at most %d texts.", maxPowers)
		return nil
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if texts[i], ok = textOf(element); !ok {
			f.refuse(key, "must be a list of texts.")
			return nil
		}
	}
	return texts
}

// levels reads permissions with their levels.
func (f *form) levels(key string) map[string]string {
	raw, ok := f.value(key)
	if !ok {
		return nil
	}
	var levels map[string]*string
	if json.Unmarshal(raw, &levels) != nil || levels == nil || len(levels) > maxPowers {
		f.refuse(key, `must be an object of at most %d texts, like {"members":"read"}.`, maxPowers)
		return nil
	}
	read := make(map[string]string, len(levels))
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		level := levels[name]
		if level == nil {
			f.refuse(key+"."+shortened(name), "must be %s or %s.", usher.LevelRead, usher.LevelWrite)
			continue
		}
		read[name] = *level
	}
	return read
}

func (f *form) instant(key string) time.Time {
	raw, ok := f.value(key)
	if !ok {
		return time.Time{}
	}
	at, ok := timeOf(raw)
	if !ok || at.Year() < 1 {
		f.refuse(key, "must be an instant, like %q; leave it out for never.", "2027-01-01T00:00:00Z")
	}
	return at
}

func (f *form) period(key string) time.Duration {
	raw, ok := f.value(key)
	if !ok {
		return 0
	}
	text, _ := textOf(raw)
	period, ok := usher.ParsePeriod(text)
	if !ok || period == 0 {
		f.refuse(key, "must be a time of days, hours, minutes and seconds, like %q or %q.", "30d", "12h")
	}
	return period
}
