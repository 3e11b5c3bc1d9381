package storetest

import (
	"math"
	"time"

	"github.com/usher-seats/usher"
)

// bearer is a token with its user.
type bearer struct {
	Token usher.Token
	User  *usher.User
}

func token(b bench, text string) found[bearer] {
	b.Helper()
	return find(b, func(r usher.Reader) (bearer, bool, error) {
		token, user, ok, err := r.Token(usher.HashToken(text))
		return bearer{token, user}, ok, err
	})
}

func tokenWithUser(b bench) {
	b.begin()
	want := usher.Token{
		ID: 71, Hash: usher.HashToken("ghp_one"), Kind: usher.FineGrained, UserID: 5, OwnerID: 6, Scopes: []string{"read:org", "größe"},
		Permissions: map[string]string{usher.PermissionSeatManagement: usher.LevelWrite}, ExpiresAt: day(5),
		Minted: true, CreatedAt: day(1), CreatedBy: 2, Note: "for the gateway", LastUsedOn: day(3), InstallationID: 9,
	}
	b.update(func(tx usher.Tx) error {
		return tx.InsertTokens([]usher.Token{want, {ID: 72, Hash: usher.HashToken("ghp_two"), Kind: usher.Classic, UserID: 2}})
	})
	equal(b, "token", token(b, "ghp_one"), found[bearer]{bearer{want, &users()[0]}, true})
	equal(b, "another's token", token(b, "ghp_two").Value.User, &users()[1])
	equal(b, "unknown token", token(b, "ghp_three"), found[bearer]{})
}

func tokensOfUser(b bench) {
	b.begin()
	tokens := []usher.Token{
		{ID: 3, Hash: usher.HashToken("three"), Kind: usher.Classic, UserID: 2, Scopes: []string{"user"}, RevokedAt: day(3)},
		{ID: 1, Hash: usher.HashToken("one"), Kind: usher.FineGrained, UserID: 2, OwnerID: 5, Permissions: map[string]string{"members": "read"}, ExpiresAt: day(4)},
		{ID: 2, Hash: usher.HashToken("two"), Kind: usher.Classic, UserID: 5},
	}
	b.update(func(tx usher.Tx) error { return tx.InsertTokens(tokens) })
	of := func(id int64) []usher.Token {
		return read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensOf(id) })
	}
	equal(b, "tokens", of(2), []usher.Token{tokens[1], tokens[0]})
	equalList(b, "tokens of who has none", of(3), nil)
	b.update(func(tx usher.Tx) error { return tx.RevokeTokens([]int64{1, 99}, day(6)) })
	tokens[1].RevokedAt = day(6)
	equal(b, "tokens, revoked", of(2), []usher.Token{tokens[1], tokens[0]})
	equal(b, "another's token", of(5), tokens[2:])
	equal(b, "a revoked token", token(b, "one").Value.Token, tokens[1])
}

func tokensListed(b bench) {
	b.begin()
	below := int64(math.MaxInt64)
	last := func() int64 { return read(b, func(r usher.Reader) (int64, error) { return r.LastToken(below) }) }
	from := func(skip, limit int64) (ids []int64, total int64) {
		b.view(func(r usher.Reader) (err error) {
			var tokens []usher.Token
			tokens, total, err = r.TokensFrom(skip, limit)
			ids = nil
			for _, token := range tokens {
				ids = append(ids, token.ID)
			}
			return err
		})
		return ids, total
	}
	equal(b, "the last token of none", last(), int64(0))
	ids, total := from(0, 10)
	equalList(b, "no tokens", ids, nil)
	equal(b, "no tokens", total, int64(0))
	tokens := []usher.Token{
		{ID: 30, Hash: usher.HashToken("three"), Kind: usher.Classic, UserID: 2, Scopes: []string{"user"}, Note: "n", RevokedAt: day(3), LastUsedOn: day(2)},
		{ID: 1, Hash: usher.HashToken("one"), Kind: usher.AppInstallation, OwnerID: 5, Permissions: map[string]string{"members": "read"}, InstallationID: 8},
		{ID: 2, Hash: usher.HashToken("two"), Kind: usher.Classic, UserID: 5, ExpiresAt: day(1)},
	}
	b.update(func(tx usher.Tx) error { return tx.InsertTokens(tokens) })
	equal(b, "the last token", last(), int64(30))
	ids, total = from(1, 1)
	equalList(b, "the second token", ids, []int64{2})
	equal(b, "all tokens", total, int64(3))
	ids, _ = from(0, 10)
	equalList(b, "tokens", ids, []int64{1, 2, 30})
	ids, total = from(3, 10)
	equalList(b, "tokens past the end", ids, nil)
	equal(b, "all tokens, past the end", total, int64(3))
	equal(b, "tokens by id", read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensByID([]int64{30, 7}) }), tokens[:1])
	equal(b, "tokens by id", read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensByID([]int64{1}) }), tokens[1:2])
}

func tokenUse(b bench) {
	b.begin()
	b.update(func(tx usher.Tx) error {
		return tx.InsertTokens([]usher.Token{
			{ID: 1, Hash: usher.HashToken("one"), Kind: usher.Classic, UserID: 2},
			{ID: 2, Hash: usher.HashToken("two"), Kind: usher.Classic, UserID: 2, LastUsedOn: day(4)},
			{ID: 3, Hash: usher.HashToken("three"), Kind: usher.Classic, UserID: 2, LastUsedOn: day(6)},
			{ID: 4, Hash: usher.HashToken("four"), Kind: usher.Classic, UserID: 2},
		})
	})
	b.update(func(tx usher.Tx) error { return tx.SaveTokenUse([]int64{1, 2, 3, 99}, day(5)) })
	var got []time.Time
	for _, token := range read(b, func(r usher.Reader) ([]usher.Token, error) { return r.TokensOf(2) }) {
		got = append(got, token.LastUsedOn)
	}
	equal(b, "days of last use", got, []time.Time{day(5), day(5), day(6), {}})
}

func tokenWithout(b bench) {
	b.begin()
	tokens := []usher.Token{
		{ID: 1, Hash: usher.HashToken("nil"), Kind: usher.AppInstallation, OwnerID: 5},
		{ID: 2, Hash: usher.HashToken("empty"), Kind: usher.Classic, Scopes: []string{}, Permissions: map[string]string{}},
	}
	b.update(func(tx usher.Tx) error { return tx.InsertTokens(tokens) })
	equal(b, "token", token(b, "nil"), found[bearer]{bearer{tokens[0], nil}, true})
	equal(b, "token", token(b, "empty"), found[bearer]{bearer{tokens[1], nil}, true})
}
