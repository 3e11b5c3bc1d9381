package ghapi

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
)

// tokenPrefixes are how GitHub's tokens begin.
//
// Source: https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
var tokenPrefixes = []string{"ghp_", "gho_", "ghu_", "ghs_", "github_pat_"}

// jwtPrefix is how a JWT's header begins: {" in base64.
const jwtPrefix = "eyJ"

// authenticate finds who the request's credential speaks for: nobody, for an anonymous one.
// An Authorization of another scheme, or a Basic one whose password is no token, counts
// as anonymous, as recorded of GitHub.
func (q *Request) authenticate() error {
	token, basic := credential(q.R)
	if token == "" {
		return nil
	}
	caller, err := q.api.service.Authenticate(q.R.Context(), token)
	var refused *usher.Error
	if basic && errors.As(err, &refused) && refused.Kind == usher.BadCredentials && !looksLikeToken(token) {
		return nil
	}
	if err != nil {
		return err
	}
	q.Caller = caller
	q.noteCaller()
	if q.api.options.Used != nil {
		q.api.options.Used(caller.Token)
	}
	return nil
}

// noteCaller says in the log who asks: by login, which people look for, and by the ids that
// events have, which remain when the person is forgotten.
func (q *Request) noteCaller() {
	ctx := q.R.Context()
	edge.NoteActor(ctx, actorName(q.Caller))
	if q.Caller.User != nil {
		edge.Note(ctx, slog.Int64("actor_id", q.Caller.User.ID))
	}
	edge.Note(ctx, slog.Int64("token_id", q.Caller.Token.ID))
}

// credential is the token of the Authorization header: Bearer, token, or Basic with the
// token as password.
func credential(r *http.Request) (token string, basic bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return rest, false
	case "basic":
		decoded, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return "", true
		}
		_, password, _ := strings.Cut(string(decoded), ":")
		return password, true
	}
	return "", false
}

// LoggedPath is a path as it may stand in a log: a segment that holds what looks like a
// token or an app's JWT, put there by mistake, is left out.
func LoggedPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		holds := func(prefix string) bool { return strings.Contains(segment, prefix) }
		if slices.ContainsFunc(tokenPrefixes, holds) || holds(jwtPrefix) && strings.Count(segment, ".") > 1 {
			segments[i] = "…"
		}
	}
	return strings.Join(segments, "/")
}

func looksLikeToken(text string) bool {
	return slices.ContainsFunc(tokenPrefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

// The API versions that GitHub supports, recorded on 2026-10-08. The seat endpoints answer
// the same in both.
const (
	newestVersion  = "2026-03-10"
	defaultVersion = "2022-11-28"
)

// chooseVersion reads which API version the caller wants. Anonymous calls of /rate_limit
// are answered as if they said none (recorded 2026-10-08).
func (q *Request) chooseVersion() error {
	q.version = defaultVersion
	if q.Route.GraphQL {
		return nil
	}
	switch asked := q.R.Header.Get("X-GitHub-Api-Version"); {
	case q.Caller == nil && q.Route.Free, asked == "", asked == defaultVersion:
	case asked == newestVersion:
		q.version = newestVersion
	default:
		return &versionError{inShort(asked)}
	}
	q.W.Header()["X-Github-Api-Version-Selected"] = []string{q.version}
	return nil
}

// maxEchoed is how many bytes of a header an error repeats.
const maxEchoed = 100

func inShort(text string) string {
	if len(text) <= maxEchoed {
		return text
	}
	return strings.ToValidUTF8(text[:maxEchoed], "") + "…"
}

// versionError is a request for an API version that does not exist. Its "errors" is a
// string, unlike every other error's, as recorded.
type versionError struct{ version string }

func (e *versionError) Error() string {
	return `The version you specified in the "X-GitHub-API-Version" request header, "` + e.version +
		`", is not a supported version. The following versions are currently supported: "` + newestVersion +
		`" (most recent) and "` + defaultVersion + `".`
}
