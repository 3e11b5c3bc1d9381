package usher

import (
	"crypto/rand"
	"hash/crc32"
	"strings"
)

// base62 are the digits of the checksum in a token, and what tokens are made of.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewTokenText is a new token of a kind in GitHub's form, drawn at random: a prefix, thirty
// letters and digits, and their checksum; a fine-grained one has 22 and 59 letters and digits,
// with an underscore between.
//
// Source for the prefixes, and for the six digits of a CRC32 in Base62, with leading zeros:
// https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
// That the checksum is of what stands between it and the prefix, and the order of the digits,
// are not said there: ours. So is that a fine-grained token, whose form scanners of secrets
// know, has no checksum.
func NewTokenText(kind TokenKind) string {
	if kind == FineGrained {
		return "github_pat_" + randomBase62(22) + "_" + randomBase62(59)
	}
	prefix := map[TokenKind]string{Classic: "ghp_", OAuth: "gho_", AppUser: "ghu_", AppInstallation: "ghs_"}[kind]
	secret := randomBase62(30)
	return prefix + secret + tokenChecksum(secret)
}

// tokenChecksum is the end of a token, by which scanners tell it from any other text.
func tokenChecksum(secret string) string {
	digits := []byte("000000")
	rest := crc32.ChecksumIEEE([]byte(secret))
	for i := len(digits) - 1; rest > 0; i-- {
		digits[i] = base62[rest%62]
		rest /= 62
	}
	return string(digits)
}

// randomBase62 draws letters and digits, each as likely as any other: of the 256 values of a
// byte those are passed over that would favour the first digits.
func randomBase62(length int) string {
	const fair = 256 / len(base62) * len(base62)
	var text strings.Builder
	for drawn := make([]byte, 2*length); text.Len() < length; {
		rand.Read(drawn) // never fails: it ends the program instead
		for _, b := range drawn {
			if int(b) < fair && text.Len() < length {
				text.WriteByte(base62[int(b)%len(base62)])
			}
		}
	}
	return text.String()
}
