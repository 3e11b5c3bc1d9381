package usher_test

import (
	"hash/crc32"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/usher-seats/usher"
)

func TestTokensHaveGitHubsForm(t *testing.T) {
	t.Parallel()
	for kind, form := range map[usher.TokenKind]string{
		usher.Classic:         `^ghp_[A-Za-z0-9]{36}$`,
		usher.OAuth:           `^gho_[A-Za-z0-9]{36}$`,
		usher.AppUser:         `^ghu_[A-Za-z0-9]{36}$`,
		usher.AppInstallation: `^ghs_[A-Za-z0-9]{36}$`,
		usher.FineGrained:     `^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$`,
	} {
		wanted := regexp.MustCompile(form)
		seen := map[string]bool{}
		for range 200 {
			token := usher.NewTokenText(kind)
			if !wanted.MatchString(token) || seen[token] {
				t.Fatalf("a token of the kind %s: got %q (before: %t), want %s", kind, token, seen[token], form)
			}
			seen[token] = true
			if kind != usher.FineGrained {
				checkChecksum(t, token)
			}
		}
	}
}

// checkChecksum reads the end of a token as a number.
func checkChecksum(t *testing.T, token string) {
	t.Helper()
	secret, end := token[4:34], token[34:]
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	got := new(big.Int)
	for _, digit := range end {
		got.Mul(got, big.NewInt(62)).Add(got, big.NewInt(int64(strings.IndexRune(digits, digit))))
	}
	if want := int64(crc32.ChecksumIEEE([]byte(secret))); got.Int64() != want {
		t.Errorf("the checksum of %s is %d, want %d", token, got, want)
	}
}

func TestEachLetterOfATokenIsAsLikelyAsAnyOther(t *testing.T) {
	t.Parallel()
	counts := map[rune]int{}
	const tokens = 2000
	for range tokens {
		for _, letter := range strings.TrimPrefix(usher.NewTokenText(usher.FineGrained), "github_pat_") {
			counts[letter]++
		}
	}
	delete(counts, '_')
	const mean = tokens * 81 / 62 // 2612, with a standard deviation of 51
	for letter, count := range counts {
		if count < mean-400 || count > mean+400 {
			t.Errorf("%c comes %d times, want about %d", letter, count, mean)
		}
	}
	if len(counts) != 62 {
		t.Errorf("got %d different letters, want 62", len(counts))
	}
}
