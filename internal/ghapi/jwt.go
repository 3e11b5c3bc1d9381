package ghapi

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
)

// What an app says of itself in a JWT: how long that may hold, and how far ahead its clock may
// be.
//
// Source: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
const (
	maxLifeOfJWT = 10 * time.Minute
	clockDrift   = time.Minute
)

// GitHub's refusals of a JWT. The third is recorded, 2022-10-24; the others are known from what
// people have asked about in public.
const (
	undecodableJWT = "A JSON web token could not be decoded"
	wrongIssuer    = "'Issuer' claim ('iss') must be an Integer"
	expiredJWT     = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	lastingJWT     = "'Expiration time' claim ('exp') is too far in the future"
	wrongIssue     = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	unknownApp     = "Integration not found"
)

// jwtError is a JWT that is refused. It has been looked at before the route, so that the answer
// points to no operation.
type jwtError struct {
	status  int
	message string
}

func (e *jwtError) Error() string { return e.message }

func refusedJWT(message string) error { return &jwtError{http.StatusUnauthorized, message} }

// authenticateApp finds the app whose JWT the request has. Only Bearer stands before one
// (documented), and nothing else will do.
func (q *Request) authenticateApp() error {
	header := strings.TrimSpace(q.R.Header.Get("Authorization"))
	if header == "" {
		return nil
	}
	scheme, text, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return refusedJWT(undecodableJWT)
	}
	app, err := q.appOf(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	q.App = app
	edge.NoteActor(q.R.Context(), "app "+app.Slug)
	return nil
}

// appOf is the app that has signed a JWT. Which keys it can have signed with is known by what it
// says, so that is believed only as far as to find them.
func (q *Request) appOf(text string) (*usher.App, error) {
	var app usher.App
	var now time.Time
	var failed error
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithJSONNumber(), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err := parser.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		if _, extended := token.Header["crit"]; extended { // by what would have to be understood (RFC 7515, 4.1.11)
			return nil, jwt.ErrTokenUnverifiable
		}
		var keys jwt.VerificationKeySet
		if app, now, failed = q.issuer(claims["iss"]); failed == nil {
			keys, failed = keysOf(app)
		}
		return keys, failed
	})
	if failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, refusedJWT(undecodableJWT)
	}
	return &app, timely(claims, now)
}

// issuer is the app that a JWT names: by its id, as a number or a text, or by its client id.
func (q *Request) issuer(claim any) (app usher.App, now time.Time, err error) {
	var id int64
	var clientID string
	switch issuer := claim.(type) {
	case json.Number:
		if id = idOf(issuer.String()); id == 0 {
			return app, now, refusedJWT(wrongIssuer)
		}
	case string:
		if id = idOf(issuer); id == 0 {
			clientID = issuer
		}
	default:
		return app, now, refusedJWT(wrongIssuer)
	}
	app, now, err = q.api.service.App(q.R.Context(), id, clientID)
	if usher.IsNotFound(err) {
		err = &jwtError{http.StatusNotFound, unknownApp}
	}
	return app, now, err
}

// keysOf are the keys that an app's signatures can be made with.
func keysOf(app usher.App) (keys jwt.VerificationKeySet, err error) {
	for _, encoded := range app.PublicKeys {
		key, err := x509.ParsePKIXPublicKey(encoded)
		if err != nil {
			return keys, fmt.Errorf("read a public key of the app %s: %w", app.Slug, err)
		}
		keys.Keys = append(keys.Keys, key)
	}
	return keys, nil
}

// timely says whether a JWT is of now.
func timely(claims jwt.MapClaims, now time.Time) error {
	at := seconds(now)
	expires, ok := numeric(claims["exp"])
	switch {
	case !ok || expires <= at:
		return refusedJWT(expiredJWT)
	case expires > at+maxLifeOfJWT.Seconds():
		return refusedJWT(lastingJWT)
	}
	if issued, ok := numeric(claims["iat"]); !ok || issued > at+clockDrift.Seconds() {
		return refusedJWT(wrongIssue)
	}
	if begins, ok := numeric(claims["nbf"]); ok && begins > at+clockDrift.Seconds() { // which GitHub does not speak of
		return refusedJWT(undecodableJWT)
	}
	return nil
}

func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }

// numeric reads a claim that is a time, as seconds since 1970.
func numeric(claim any) (float64, bool) {
	number, ok := claim.(json.Number)
	if !ok {
		return 0, false
	}
	value, err := number.Float64()
	return value, err == nil
}
