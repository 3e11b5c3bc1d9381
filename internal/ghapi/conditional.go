package ghapi

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/usher-seats/usher"
)

// tag is the entity tag of what a reading shows: equal tags mean that the answer would be
// the same to the byte. It is made of all that the answer is made of, and not of the
// answer, so that it is known before anything is rendered: the edition, which the store
// keeps, and what the request and its caller decide. Those are the token, the caller's
// zone, the base of the links, the path and the query; the API version; and usher's own
// build, which may render otherwise than the one before.
func (q *Request) tag(edition usher.Edition) string {
	b := make([]byte, 0, 1024)
	for _, part := range []string{
		q.api.options.Build, q.version, q.zone().String(), q.base.api, // which begins with base.web
		q.R.URL.EscapedPath(), q.R.URL.RawQuery,
	} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	var token int64
	if q.Caller != nil {
		token = q.Caller.Token.ID
	}
	b = binary.AppendVarint(b, token)
	for _, n := range edition {
		b = binary.AppendVarint(b, n)
	}
	return tagOf(b)
}

// tagOf is a tag in GitHub's strong form: a quoted SHA-256.
func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// knows says whether the client holds the answer with this tag already: whether one of the
// tags in If-None-Match is the same, weak or strong.
func knows(r *http.Request, tag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		if strings.TrimSpace(line) == "*" { // alone: in a list it is a part of some tag, which may have commas
			return true
		}
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
				return true
			}
		}
	}
	return false
}
