package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/server"
)

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token and print it, alone, on standard output: it is shown this once."`
	List   tokenListCommand   `cmd:"" help:"List all tokens with whom they speak for and what they may do; never the tokens themselves."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke tokens, for good: every server refuses them from then on."`
}

type tokenCreateCommand struct {
	target
	Kind        string   `enum:"classic,oauth,fine_grained,app_user,app_installation" default:"classic" help:"classic, oauth, fine_grained, app_user or app_installation. Left out: classic."`
	User        string   `placeholder:"LOGIN" help:"Whom the token speaks for; all kinds but app_installation."`
	Owner       string   `placeholder:"ORG" help:"The organization that the token is for; fine_grained, app_user and app_installation."`
	Scopes      []string `placeholder:"SCOPE,…" help:"What a classic or oauth token may do."`
	Permissions []string `placeholder:"NAME=LEVEL,…" help:"What the other kinds may do, like organization_copilot_seat_management=read; read or write."`
	Note        string   `placeholder:"TEXT" help:"What it is for; it is listed."`
	Expires     string   `placeholder:"TIME" help:"When it expires, by the wall clock: after a time like 90d or 12h, or at an instant like 2027-01-01T00:00:00Z. Left out: never."`
}

type tokenListCommand struct {
	target
	JSON bool `name:"json" help:"As JSON, in the form of GET /_usher/tokens."`
}

type tokenRevokeCommand struct {
	target
	ID []int64 `arg:"" name:"id" help:"The tokens' numbers, as the list has them."`
}

// token is a token as the list has it, in usher's own API too. Null is what it does not have.
type token struct {
	ID          int64             `json:"id"`
	Kind        usher.TokenKind   `json:"kind"`
	User        *string           `json:"user"`
	Owner       *string           `json:"owner"`
	Scopes      []string          `json:"scopes"`
	Permissions map[string]string `json:"permissions"`
	Note        string            `json:"note"`
	CreatedAt   *time.Time        `json:"created_at"`
	CreatedBy   *string           `json:"created_by"`
	ExpiresAt   *time.Time        `json:"expires_at"`
	Expired     bool              `json:"expired"`
	RevokedAt   *time.Time        `json:"revoked_at"`
	LastUsedOn  *string           `json:"last_used_on"`
}

// madeToken is a token, this once.
type madeToken struct {
	Token string `json:"token"`
	token
}

// wantedToken is what usher's own API is asked for a token with.
type wantedToken struct {
	Kind        usher.TokenKind   `json:"kind"`
	User        string            `json:"user,omitempty"`
	Owner       string            `json:"owner,omitempty"`
	Scopes      []string          `json:"scopes,omitempty"`
	Permissions map[string]string `json:"permissions,omitempty"`
	Note        string            `json:"note,omitempty"`
	ExpiresAt   *time.Time        `json:"expires_at,omitempty"`
	ExpiresIn   string            `json:"expires_in,omitempty"`
}

// Run makes the token. Standard output has nothing else: what is to be said beside it stands on
// standard error.
func (c *tokenCreateCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	wanted, err := c.wanted()
	if err != nil {
		return err
	}
	asked, err := c.remote(p)
	if err != nil {
		return err
	}
	var made madeToken
	if asked != nil {
		made, err = asked.createToken(ctx, wanted)
	} else {
		var listed usher.ListedToken
		made.Token, listed, err = server.CreateToken(ctx, server.Config{Database: c.Database}, wanted)
		made.token = tokenOf(listed)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(p.Stdout, made.Token); err != nil {
		return fmt.Errorf("the token %d was made and could not be shown; revoke it: %w", made.ID, err)
	}
	until := "never expires"
	if made.ExpiresAt != nil {
		until = "expires at " + made.ExpiresAt.Format(time.RFC3339)
	}
	fmt.Fprintf(p.Stderr, "ok: token %d, %s, for %s: %s; it %s and is shown this once\n", made.ID, made.Kind, made.party(), made.powers(), until)
	return nil
}

// wanted is the token that the flags describe.
func (c *tokenCreateCommand) wanted() (usher.TokenRequest, error) {
	wanted := usher.TokenRequest{Kind: usher.TokenKind(c.Kind), User: c.User, Owner: c.Owner, Scopes: c.Scopes, Note: c.Note}
	for _, permission := range c.Permissions {
		name, level, ok := strings.Cut(permission, "=")
		if _, twice := wanted.Permissions[name]; !ok || twice {
			return wanted, usageError{fmt.Sprintf("--permissions %q: give each permission once, with its level, like members=read", permission)}
		}
		if wanted.Permissions == nil {
			wanted.Permissions = map[string]string{}
		}
		wanted.Permissions[name] = level
	}
	if c.Expires == "" {
		return wanted, nil
	}
	period, ok := usher.ParsePeriod(c.Expires)
	wanted.Lifetime = period
	if !ok {
		at, err := time.Parse(time.RFC3339, c.Expires)
		wanted.ExpiresAt = at
		ok = err == nil
	}
	if !ok || wanted.ExpiresAt.IsZero() && period == 0 {
		return wanted, usageError{fmt.Sprintf("--expires %q is neither a time like 90d or 12h nor an instant like 2027-01-01T00:00:00Z", c.Expires)}
	}
	return wanted, nil
}

// Run lists all tokens.
func (c *tokenListCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	asked, err := c.remote(p)
	if err != nil {
		return err
	}
	tokens := []token{}
	if asked != nil {
		tokens, err = asked.tokens(ctx)
	} else {
		var listed []usher.ListedToken
		listed, err = server.ListTokens(ctx, server.Config{Database: c.Database})
		for _, t := range listed {
			tokens = append(tokens, tokenOf(t))
		}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(p.Stdout)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(tokens)
	}
	return printTokens(p.Stdout, tokens)
}

// Run revokes the tokens, one after the other.
func (c *tokenRevokeCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	asked, err := c.remote(p)
	if err != nil {
		return err
	}
	for _, id := range c.ID {
		before := false
		if asked != nil {
			err = asked.call(ctx, http.MethodDelete, "/_usher/tokens/"+strconv.FormatInt(id, 10), nil, nil)
		} else {
			before, err = server.RevokeToken(ctx, server.Config{Database: c.Database}, id)
		}
		if err != nil {
			return err
		}
		if before {
			fmt.Fprintf(p.Stdout, "ok: token %d was revoked before; nothing was changed\n", id)
			continue
		}
		fmt.Fprintf(p.Stdout, "ok: token %d is revoked\n", id)
	}
	return nil
}

func (r *remote) createToken(ctx context.Context, wanted usher.TokenRequest) (made madeToken, err error) {
	body := wantedToken{
		Kind: wanted.Kind, User: wanted.User, Owner: wanted.Owner, Scopes: wanted.Scopes, Permissions: wanted.Permissions, Note: wanted.Note,
	}
	if !wanted.ExpiresAt.IsZero() {
		body.ExpiresAt = &wanted.ExpiresAt
	}
	if wanted.Lifetime != 0 {
		body.ExpiresIn = wanted.Lifetime.String()
	}
	err = r.call(ctx, http.MethodPost, "/_usher/tokens", body, &made)
	if err == nil && made.Token == "" {
		err = r.stranger("an answer that is none of usher's")
	}
	return made, err
}

// tokens are those of all pages.
func (r *remote) tokens(ctx context.Context) (all []token, err error) {
	const atOnce = 100
	all = []token{}
	for page := 1; ; page++ {
		var found []token
		if err := r.call(ctx, http.MethodGet, fmt.Sprintf("/_usher/tokens?per_page=%d&page=%d", atOnce, page), nil, &found); err != nil {
			return nil, err
		}
		all = append(all, found...)
		if len(found) < atOnce {
			return all, nil
		}
	}
}

func tokenOf(t usher.ListedToken) token {
	shown := token{
		ID: t.Token.ID, Kind: t.Token.Kind, User: orNull(t.User), Owner: orNull(t.Owner),
		Scopes: append([]string{}, t.Token.Scopes...), Permissions: map[string]string{}, Note: t.Token.Note,
		CreatedAt: instantOrNull(t.Token.CreatedAt), CreatedBy: orNull(t.CreatedBy),
		ExpiresAt: instantOrNull(t.Token.ExpiresAt), Expired: t.Expired, RevokedAt: instantOrNull(t.Token.RevokedAt),
	}
	maps.Copy(shown.Permissions, t.Token.Permissions)
	if !t.Token.LastUsedOn.IsZero() {
		shown.LastUsedOn = new(t.Token.LastUsedOn.Format(time.DateOnly))
	}
	return shown
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func instantOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func printTokens(out io.Writer, tokens []token) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tKIND\tFOR\tMAY\tSTATE\tEXPIRES\tLAST USED\tCREATED\tBY\tNOTE")
	for _, t := range tokens {
		fmt.Fprintln(table, strings.Join([]string{
			strconv.FormatInt(t.ID, 10), string(t.Kind), t.party(), t.powers(), t.state(),
			day(t.ExpiresAt, "never"), or(t.LastUsedOn, "-"), day(t.CreatedAt, "-"), or(t.CreatedBy, "-"), printable(t.Note),
		}, "\t"))
	}
	return table.Flush()
}

// party is for whom or what a token speaks.
func (t token) party() string {
	switch {
	case t.Owner == nil:
		return printable(or(t.User, "-"))
	case t.User == nil:
		return printable(*t.Owner)
	}
	return printable(*t.User + " in " + *t.Owner)
}

// powers are a token's scopes, or its permissions.
func (t token) powers() string {
	powers := slices.Clone(t.Scopes)
	for _, name := range slices.Sorted(maps.Keys(t.Permissions)) {
		powers = append(powers, name+"="+t.Permissions[name])
	}
	if len(powers) == 0 {
		return "nothing"
	}
	return printable(strings.Join(powers, ","))
}

func (t token) state() string {
	switch {
	case t.RevokedAt != nil:
		return "revoked"
	case t.Expired:
		return "expired"
	}
	return "good"
}

func day(at *time.Time, otherwise string) string {
	if at == nil {
		return otherwise
	}
	return at.UTC().Format(time.DateOnly)
}

func or(text *string, otherwise string) string {
	if text == nil {
		return otherwise
	}
	return *text
}

// printable leaves out what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}
