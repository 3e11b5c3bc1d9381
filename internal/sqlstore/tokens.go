package sqlstore

import (
	"encoding/json"

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
	return append([]any{
		&t.ID, &row.hash, &t.Kind, &t.UserID, &t.OwnerID, &row.scopes, &row.permissions, (*instant)(&t.ExpiresAt), &row.known,
	}, userFields(&row.user)...)
}

// Token implements [usher.Reader].
func (r *reader) Token(hash usher.TokenHash) (usher.Token, *usher.User, bool, error) {
	row, ok, err := first(r, "find a token",
		`SELECT t.id, t.hash, t.kind, t.user_id, t.owner_id, t.scopes, t.permissions, t.expires_at, u.id IS NOT NULL,
			COALESCE(u.id, 0), COALESCE(u.login, ''), COALESCE(u.name, ''), COALESCE(u.email, ''),
			COALESCE(u.time_zone, ''), COALESCE(u.site_admin, FALSE), u.created_at, COALESCE(u.version, 0)
		FROM tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.hash = $1`,
		tokenFields, hash[:])
	if !ok {
		return usher.Token{}, nil, false, err
	}
	token := row.token
	copy(token.Hash[:], row.hash)
	if err := json.Unmarshal([]byte(row.scopes), &token.Scopes); err != nil {
		return usher.Token{}, nil, false, r.fail("read a token's scopes", err)
	}
	if err := json.Unmarshal([]byte(row.permissions), &token.Permissions); err != nil {
		return usher.Token{}, nil, false, r.fail("read a token's permissions", err)
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
	into := insertion("insert tokens", "tokens", `id, hash, kind, user_id, owner_id, scopes, permissions, expires_at`, "")
	return insert(t, into, rows, func(args []any, row tokenRow) []any {
		token := row.token
		return append(args, token.ID, token.Hash[:], string(token.Kind), token.UserID, token.OwnerID,
			row.scopes, row.permissions, micros(token.ExpiresAt))
	})
}
