package sqlstore

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/usher-seats/usher"
)

// tokenRow is a token as its row has it: its lists are JSON.
type tokenRow struct {
	token               usher.Token
	hash                []byte
	scopes, permissions string
	known               bool // whether the user is
	user                usher.User
}

func tokenFields(row *tokenRow) []any {
	t := &row.token
	return []any{
		&t.ID, &row.hash, &t.Kind, &t.UserID, &t.OwnerID, &row.scopes, &row.permissions, (*instant)(&t.ExpiresAt), (*instant)(&t.RevokedAt),
		&t.Minted, (*instant)(&t.CreatedAt), &t.CreatedBy, &t.Note, (*instant)(&t.LastUsedOn), &t.InstallationID,
	}
}

// tokenColumns are those of a token's row, in the order of tokenFields.
const tokenColumns = `t.id, t.hash, t.kind, t.user_id, t.owner_id, t.scopes, t.permissions, t.expires_at, t.revoked_at,
			t.minted, t.created_at, t.created_by, t.note, t.last_used_on, t.installation_id`

func tokenAndUserFields(row *tokenRow) []any {
	return append(append(tokenFields(row), &row.known), userFields(&row.user)...)
}

// Token implements [usher.Reader].
func (r *reader) Token(hash usher.TokenHash) (usher.Token, *usher.User, bool, error) {
	row, ok, err := first(r, "find a token",
		`SELECT `+tokenColumns+`, u.id IS NOT NULL,
			COALESCE(u.id, 0), COALESCE(u.login, ''), COALESCE(u.name, ''), COALESCE(u.email, ''),
			COALESCE(u.time_zone, ''), COALESCE(u.site_admin, FALSE), u.created_at, COALESCE(u.version, 0)
		FROM tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.hash = $1`,
		tokenAndUserFields, hash[:])
	if !ok {
		return usher.Token{}, nil, false, err
	}
	token, err := row.toToken()
	if err != nil {
		return usher.Token{}, nil, false, r.fail("read a token", err)
	}
	if !row.known {
		return token, nil, true, nil
	}
	return token, &row.user, true, nil
}

// TokenKinds implements [usher.Reader].
func (r *reader) TokenKinds(ids []int64) (map[int64]usher.TokenKind, error) {
	tokens, err := query(r, "read kinds of tokens",
		`SELECT id, kind FROM tokens WHERE `+r.dialect.among("id", r.dialect.intSet("$1")),
		func(t *usher.Token) []any { return []any{&t.ID, &t.Kind} }, intArray(ids))
	kinds := make(map[int64]usher.TokenKind, len(tokens))
	for _, token := range tokens {
		kinds[token.ID] = token.Kind
	}
	return kinds, err
}

// toToken reads a token's lists.
func (row tokenRow) toToken() (usher.Token, error) {
	token := row.token
	copy(token.Hash[:], row.hash)
	err := errors.Join(json.Unmarshal([]byte(row.scopes), &token.Scopes), json.Unmarshal([]byte(row.permissions), &token.Permissions))
	return token, err
}

// tokens reads tokens without their users. What ends the statement says which, and in which order.
func (r *reader) tokens(doing, which string, args ...any) ([]usher.Token, error) {
	rows, err := query(r, doing, `SELECT `+tokenColumns+` FROM tokens t `+which, tokenFields, args...)
	if err != nil {
		return nil, err
	}
	tokens := make([]usher.Token, len(rows))
	for i, row := range rows {
		if tokens[i], err = row.toToken(); err != nil {
			return nil, r.fail(doing, err)
		}
	}
	return tokens, nil
}

// TokensOf implements [usher.Reader].
func (r *reader) TokensOf(userID int64) ([]usher.Token, error) {
	return r.tokens("list a person's tokens", `WHERE t.user_id = $1 ORDER BY t.id`, userID)
}

// TokensByID implements [usher.Reader].
func (r *reader) TokensByID(ids []int64) ([]usher.Token, error) {
	return r.tokens("read tokens", `WHERE `+r.dialect.among("t.id", r.dialect.intSet("$1")), intArray(ids))
}

// TokensFrom implements [usher.Reader].
func (r *reader) TokensFrom(skip, limit int64) ([]usher.Token, int64, error) {
	total, _, err := first(r, "count the tokens", `SELECT COUNT(*) FROM tokens`, idField)
	if err != nil {
		return nil, 0, err
	}
	tokens, err := r.tokens("list tokens", `ORDER BY t.id LIMIT $1 OFFSET $2`, limit, skip)
	return tokens, total, err
}

// LastToken implements [usher.Reader].
func (r *reader) LastToken(below int64) (int64, error) {
	last, _, err := first(r, "find the last token", `SELECT COALESCE(MAX(id), 0) FROM tokens WHERE id < $1`, idField, below)
	return last, err
}

// SaveTokenUse implements [usher.Tx].
func (t *tx) SaveTokenUse(ids []int64, day time.Time) error {
	return t.run("save when tokens were used last",
		`UPDATE tokens SET last_used_on = $1 WHERE `+t.dialect.among("id", t.dialect.intSet("$2"))+` AND (last_used_on IS NULL OR last_used_on < $1)`,
		micros(day), intArray(ids))
}

// RevokeTokens implements [usher.Tx].
func (t *tx) RevokeTokens(ids []int64, at time.Time) error {
	return t.run("revoke tokens", `UPDATE tokens SET revoked_at = $1 WHERE `+t.dialect.among("id", t.dialect.intSet("$2")),
		micros(at), intArray(ids))
}

// InsertTokens implements [usher.Tx].
func (t *tx) InsertTokens(tokens []usher.Token) error {
	rows := make([]tokenRow, len(tokens))
	for i, token := range tokens {
		scopes, err := json.Marshal(token.Scopes)
		if err != nil {
			return t.fail("write a token's scopes", err)
		}
		permissions, err := json.Marshal(token.Permissions)
		if err != nil {
			return t.fail("write a token's permissions", err)
		}
		rows[i] = tokenRow{token: token, scopes: string(scopes), permissions: string(permissions)}
	}
	into := insertion("insert tokens", "tokens", `id, hash, kind, user_id, owner_id, scopes, permissions, expires_at, revoked_at,
		minted, created_at, created_by, note, last_used_on, installation_id`, "")
	return insert(t, into, rows, func(args []any, row tokenRow) []any {
		token := row.token
		return append(args, token.ID, token.Hash[:], string(token.Kind), token.UserID, token.OwnerID,
			row.scopes, row.permissions, micros(token.ExpiresAt), micros(token.RevokedAt),
			token.Minted, micros(token.CreatedAt), token.CreatedBy, token.Note, micros(token.LastUsedOn), token.InstallationID)
	})
}
