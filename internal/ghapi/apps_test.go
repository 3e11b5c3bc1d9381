package ghapi_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
	"github.com/usher-seats/usher/internal/sqlstore"
)

const (
	docsApps     = docsRoot + "/apps/apps#"
	docsMint     = docsApps + "create-an-installation-access-token-for-an-app"
	mintInDemo   = "/app/installations/1/access_tokens"
	undecodable  = "A JSON web token could not be decoded"
	expiredJWT   = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	lastingJWT   = "'Expiration time' claim ('exp') is too far in the future"
	wrongIssuer  = "'Issuer' claim ('iss') must be an Integer"
	wrongIssueAt = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
)

// The keys of the world's apps: seat-bot has the first two, other-bot the third. The fourth is
// nobody's.
var appKeys = sync.OnceValue(func() (keys [4]*rsa.PrivateKey) {
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// appsOfWorld are the apps of this package's world, whose keys are new each time.
func appsOfWorld() []byte {
	var keys [3]string
	for i := range keys {
		keys[i] = strconv.Quote(publicPEM(&appKeys()[i].PublicKey))
	}
	return fmt.Appendf(nil, `apps:
  - slug: seat-bot
    id: 7
    client_id: Iv23.SeatBot
    name: Seat Bot
    public_keys: [%s, %s]
    permissions: {organization_copilot_seat_management: write, members: read}
    installations: [OctoDemo, {organization: octolabs, id: 5, permissions: {members: read}}, {organization: empty, id: 1}]
  - {slug: other-bot, id: 8, public_key: %s, installations: [OctoDemo]}
  - {slug: lonely-bot, id: 9, public_key: %[3]s}
`, keys[0], keys[1], keys[2])
}

func publicPEM(key *rsa.PublicKey) string {
	encoded, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: encoded}))
}

// signed stands for a JWT of seat-bot where a test names a token.
const signed = "a JWT of seat-bot"

// bearer is a token, or the JWT that it stands for.
func bearer(token string) string {
	if token == signed {
		return seatBot()
	}
	return token
}

var seatBot = sync.OnceValue(func() string { return jwtOf(7, wall()) })

// jwtOf is a JWT as Octokit signs one at an instant, for an app's id or client id.
func jwtOf(issuer any, at time.Time) string {
	return sign(appKeys()[0], `{"alg":"RS256","typ":"JWT"}`, fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":%s}`, at.Unix()-30, at.Unix()+570, inJSON(issuer)))
}

func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// sign makes a JWT with RS256, whatever its header says.
func sign(key *rsa.PrivateKey, header, claims string) string {
	text := segment(header) + "." + segment(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + segment(string(signature))
}

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// forApps says whether a path is of an operation that takes nothing but a JWT.
func forApps(path string) bool {
	return strings.Contains(path, "/app/installations") || strings.HasSuffix(path, "/installation")
}

// authorizationFor is a credential that a request succeeds with.
func authorizationFor(r request) string {
	if forApps(r.path) {
		return "Bearer " + seatBot()
	}
	return "Bearer " + everything
}

func TestInstallationsAreByteForByteTheirGoldenFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, path := range map[string]string{
		"installations":         "/app/installations",
		"installation":          "/orgs/OCTODEMO/installation",
		"installation-api-v3":   "/api/v3/organizations/9919/installation",
		"installations-limited": "/api/v3/app/installations?per_page=1&page=2",
	} {
		body := w.get200(path, signed)
		compact(t, body)
		golden(t, name, body)
	}
	minted := w.do(request{method: "POST", path: mintInDemo, token: signed})
	compact(t, minted.Body)
	golden(t, "installation-token", regexp.MustCompile(`ghs_\w{36}"`).ReplaceAllString(minted.Body, `ghs_…"`))
}

// mint has seat-bot ask for a token, and gives its text.
func (w *world) mint(jwt, body string) string {
	w.t.Helper()
	got := w.do(request{method: "POST", path: mintInDemo, token: jwt, body: body})
	if got.Status != http.StatusCreated {
		w.t.Fatalf("got %d %s, want a token", got.Status, got.Body)
	}
	return decode[struct{ Token string }](w.t, got.Body).Token
}

// ofInstalled is the billing of the organization empty, in which seat-bot has the installation 1.
const ofInstalled = "/orgs/empty/copilot/billing"

func TestAMintedTokenCanDoWhatTheInstallationMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.mint(signed, "")
	if !regexp.MustCompile(`^ghs_[0-9A-Za-z]{36}$`).MatchString(token) {
		t.Errorf("got %s, want GitHub's form", token)
	}
	seats := request{method: "POST", path: ofInstalled + "/selected_users", token: token, body: `{"selected_usernames":["octocat"]}`}
	if got := w.do(seats); got.Status != 201 || got.Body != `{"seats_created":1}` {
		t.Errorf("got %d %s, want a seat", got.Status, got.Body)
	}
	got := w.get(ofInstalled, token)
	if header := got.Header.Get("Github-Authentication-Token-Expiration"); header != "2031-05-04 04:02:01 UTC" {
		t.Errorf("expires %q, want in an hour of the wall clock", header)
	}
	for path, status := range map[string]int{"/orgs/empty/members": 200, "/orgs/octodemo/copilot/billing": 404, "/orgs/empty/audit-log": 403, "/user": 403} {
		if got := w.get(path, token); got.Status != status {
			t.Errorf("%s: got %d %s, want %d", path, got.Status, got.Body, status)
		}
	}
	// Who made the change is the app's token, for as long as anybody asks.
	log := w.get200("/orgs/empty/audit-log?phrase=action:copilot", "ghp_audit")
	if !strings.Contains(log, `"programmatic_access_type":"GitHub App server-to-server token"`) || !strings.Contains(log, `"token_id":1099511627`) {
		t.Errorf("the audit log does not tell the app's token: %s", log)
	}
}

func TestAMintedTokenCanBeNarrowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		body, permissions string
		read, write       int
	}{
		{``, `{"members":"read","organization_copilot_seat_management":"write"}`, 200, 201},
		{`null`, `{"members":"read","organization_copilot_seat_management":"write"}`, 200, 201},
		{`{}`, `{"members":"read","organization_copilot_seat_management":"write"}`, 200, 201},
		{`{"permissions":{"organization_copilot_seat_management":"read"}}`, `{"organization_copilot_seat_management":"read"}`, 200, 403},
		{`{"permissions":{"organization_copilot_seat_management":"write"},"repositories":[],"repository_ids":[]}`, `{"organization_copilot_seat_management":"write"}`, 200, 201},
		{`{"permissions":{"members":"read"}}`, `{"members":"read"}`, 403, 403},
		{`{"permissions":{}}`, `{}`, 403, 403},
	} {
		got := w.do(request{method: "POST", path: mintInDemo, token: signed, body: c.body})
		want := fmt.Sprintf(`"expires_at":"2031-05-04T04:02:01Z","permissions":%s,"repository_selection":"all"}`, c.permissions)
		if got.Status != 201 || !strings.HasSuffix(got.Body, want) {
			t.Errorf("%s: got %d %s, want 201 and %s", c.body, got.Status, got.Body, want)
		}
		if got.Header.Get("Cache-Control") != "no-cache" || got.Header.Get("Etag") != "" {
			t.Errorf("a token may be kept by a cache: %v", got.Header)
		}
		token := decode[struct{ Token string }](t, got.Body).Token
		if got := w.get(ofInstalled, token); got.Status != c.read {
			t.Errorf("%s: reading: got %d, want %d", c.body, got.Status, c.read)
		}
		if got := w.do(request{method: "POST", path: ofInstalled + "/selected_users", token: token, body: `{"selected_usernames":["octocat"]}`}); got.Status != c.write {
			t.Errorf("%s: writing: got %d, want %d", c.body, got.Status, c.write)
		}
	}
}

func TestATokenThatAnInstallationMayNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const notGranted, noRepository = "The permissions requested are not granted to this installation.", "There is at least one repository that does not exist or is not accessible to the parent installation."
	invalid := func(lines string) refusal { return refusal{422, "Invalid request.\n\n" + lines, docsMint} }
	for _, c := range []struct {
		path, body string
		want       refusal
	}{
		{mintInDemo, `{"permissions":{"members":"write"}}`, refusal{422, notGranted, docsMint}},
		{mintInDemo, `{"permissions":{"organization_copilot_seat_management":"admin"}}`, refusal{422, notGranted, docsMint}},
		{mintInDemo, `{"permissions":{"organization_administration":"read"}}`, refusal{422, notGranted, docsMint}},
		{mintInDemo, `{"permissions":{"members":"none"}}`, invalid(`"none" is not a member of ["read", "write", "admin"].`)},
		{mintInDemo, `{"permissions":{"members":1}}`, invalid(`For 'properties/members', 1 is not a string.`)},
		{mintInDemo, `{"permissions":["members"]}`, invalid(`For 'properties/permissions', ["members"] is not an object.`)},
		{mintInDemo, `{"permissions":null}`, invalid(`For 'properties/permissions', nil is not an object.`)},
		{mintInDemo, `{"repositories":["hello-world"]}`, refusal{422, noRepository, docsMint}},
		{mintInDemo, `{"repository_ids":[1]}`, refusal{422, noRepository, docsMint}},
		{mintInDemo, `{"repositories":"hello-world","repository_ids":["1"]}`, invalid("For 'properties/repositories', \"hello-world\" is not an array.\nFor 'items', \"1\" is not an integer.")},
		{mintInDemo, `{"repository_ids":[` + strings.Repeat("1,", 500) + `1]}`, invalid("For 'properties/repository_ids', there are too many items: at most 500 are allowed.")},
		{mintInDemo, `[]`, refusal{400, "Body should be a JSON object", docsMint}},
		{mintInDemo, `{`, refusal{400, "Problems parsing JSON", docsMint}},
		{"/app/installations/99/access_tokens", ``, refusal{404, "Not Found", docsMint}},
		{"/app/installations/7/access_tokens", ``, refusal{404, "Not Found", docsMint}}, // other-bot's
		{"/app/installations/x/access_tokens", ``, refusal{404, "Not Found", docsMint}},
		{"/app/installations/0/access_tokens", ``, refusal{404, "Not Found", docsMint}},
	} {
		got := w.do(request{method: "POST", path: c.path, token: signed, body: c.body})
		if diff := cmp.Diff(c.want, got.refusal(t)); diff != "" {
			t.Errorf("%s %.80s (-want +got):\n%s", c.path, c.body, diff)
		}
	}
	for path, docs := range map[string]string{
		"/orgs/bad-card/installation": "get-an-organization-installation-for-the-authenticated-app", "/orgs/nobody/installation": "get-an-organization-installation-for-the-authenticated-app",
	} {
		if diff := cmp.Diff(refusal{404, "Not Found", docsApps + docs}, w.get(path, signed).refusal(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if got := w.get("/app/installations?since=yesterday", signed).refusal(t); got.Message != "Invalid request.\n\nFor 'properties/since', \"yesterday\" is not a date-time." {
		t.Errorf("a since that is no time: got %+v", got)
	}
}

func TestAJWTIsOfTheAppThatSignedItAndOfNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := wall().Unix()
	keys := appKeys()
	const rs256 = `{"alg":"RS256","typ":"JWT"}`
	claims := func(iat, exp int64, issuer string) string {
		return fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":%s}`, now+iat, now+exp, issuer)
	}
	good := claims(-60, 600, "7")
	confused := func(header string, mac func(text, key []byte) []byte) string {
		text := segment(header) + "." + segment(good)
		return text + "." + segment(string(mac([]byte(text), []byte(publicPEM(&keys[0].PublicKey)))))
	}
	hs256 := func(text, key []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(text)
		return mac.Sum(nil)
	}
	sha512Signed := func() string {
		text := segment(`{"alg":"RS512"}`) + "." + segment(good)
		sum := sha512.Sum512([]byte(text))
		signature, _ := rsa.SignPKCS1v15(rand.Reader, keys[0], crypto.SHA512, sum[:])
		return text + "." + segment(string(signature))
	}
	whole := sign(keys[0], rs256, good)
	parts := strings.Split(whole, ".")
	const noApp = "Integration not found"
	for _, c := range []struct{ name, jwt, refused string }{
		{"of a number", whole, ""},
		{"of a text", sign(keys[0], rs256, claims(-60, 600, `"7"`)), ""},
		{"of a client id", sign(keys[0], rs256, claims(-60, 600, `"Iv23.SeatBot"`)), ""},
		{"by the second key", sign(keys[1], rs256, good), ""},
		{"without a typ", sign(keys[0], `{"alg":"RS256"}`, good), ""},
		{"with claims that nobody asks for", sign(keys[0], rs256, `{"aud":["x"],"jti":1,`+good[1:]), ""},
		{"issued a minute ahead", sign(keys[0], rs256, claims(60, 600, "7")), ""},
		{"that ends with a fraction of a second", sign(keys[0], rs256, fmt.Sprintf(`{"iat":%d.5,"exp":%d.25e0,"iss":7}`, now-60, now+60)), ""},
		{"about to expire", sign(keys[0], rs256, claims(-600, 1, "7")), ""},

		{"expired now", sign(keys[0], rs256, claims(-600, 0, "7")), expiredJWT},
		{"expired long ago", sign(keys[0], rs256, claims(-6000, -5400, "7")), expiredJWT},
		{"that never expires", sign(keys[0], rs256, fmt.Sprintf(`{"iat":%d,"iss":7}`, now)), expiredJWT},
		{"that expires by a text", sign(keys[0], rs256, fmt.Sprintf(`{"iat":%d,"exp":"%d","iss":7}`, now, now+60)), expiredJWT},
		{"that expires beyond all numbers", sign(keys[0], rs256, fmt.Sprintf(`{"iat":%d,"exp":1e999,"iss":7}`, now)), expiredJWT},
		{"for more than ten minutes", sign(keys[0], rs256, claims(0, 601, "7")), lastingJWT},
		{"for ever, nearly", sign(keys[0], rs256, fmt.Sprintf(`{"iat":%d,"exp":1e300,"iss":7}`, now)), lastingJWT},
		{"issued more than a minute ahead", sign(keys[0], rs256, claims(61, 600, "7")), wrongIssueAt},
		{"issued never", sign(keys[0], rs256, fmt.Sprintf(`{"exp":%d,"iss":7}`, now+60)), wrongIssueAt},
		{"issued by a text", sign(keys[0], rs256, fmt.Sprintf(`{"iat":"%d","exp":%d,"iss":7}`, now, now+60)), wrongIssueAt},
		{"of tomorrow", sign(keys[0], rs256, fmt.Sprintf(`{"nbf":%d,`, now+86400)+good[1:]), undecodable},
		{"of nobody", sign(keys[0], rs256, fmt.Sprintf(`{"iat":%d,"exp":%d}`, now, now+60)), wrongIssuer},
		{"of null", sign(keys[0], rs256, claims(-60, 600, "null")), wrongIssuer},
		{"of a list", sign(keys[0], rs256, claims(-60, 600, "[7]")), wrongIssuer},
		{"of a fraction", sign(keys[0], rs256, claims(-60, 600, "7.5")), wrongIssuer},
		{"of zero", sign(keys[0], rs256, claims(-60, 600, "0")), wrongIssuer},
		{"of an unknown app", sign(keys[0], rs256, claims(-60, 600, "99")), noApp},
		{"of an unknown client id", sign(keys[0], rs256, claims(-60, 600, `"Iv1.nobody"`)), noApp},
		{"of an empty client id", sign(keys[0], rs256, claims(-60, 600, `""`)), noApp},
		{"of a client id that no column can hold", sign(keys[0], rs256, claims(-60, 600, `"\u0000"`)), noApp},

		{"signed by another app", sign(keys[2], rs256, good), undecodable},
		{"signed for another app", sign(keys[0], rs256, claims(-60, 600, "8")), undecodable},
		{"signed by nobody known", sign(keys[3], rs256, good), undecodable},
		{"not signed at all", segment(`{"alg":"none"}`) + "." + segment(good) + ".", undecodable},
		{"not signed, with a signature", segment(`{"alg":"none"}`) + "." + segment(good) + "." + parts[2], undecodable},
		{"signed with the public key as a password", confused(`{"alg":"HS256","typ":"JWT"}`, hs256), undecodable},
		{"that says RS256 and is signed with the public key as a password", confused(rs256, hs256), undecodable},
		{"signed with another hash", sha512Signed(), undecodable},
		{"that says another hash", sign(keys[0], `{"alg":"RS384"}`, good), undecodable},
		{"that says PS256", sign(keys[0], `{"alg":"PS256"}`, good), undecodable},
		{"that says rs256", sign(keys[0], `{"alg":"rs256"}`, good), undecodable},
		{"without an algorithm", sign(keys[0], `{}`, good), undecodable},
		{"that demands what is not understood", sign(keys[0], `{"alg":"RS256","crit":["exp"]}`, good), undecodable},
		{"with other claims than were signed", parts[0] + "." + segment(claims(-60, 599, "7")) + "." + parts[2], undecodable},
		{"without a signature", parts[0] + "." + parts[1] + ".", undecodable},
		{"of two parts", parts[0] + "." + parts[1], undecodable},
		{"of four parts", whole + ".x", undecodable},
		{"with padding", parts[0] + "." + parts[1] + "." + parts[2] + "==", undecodable},
		{"whose claims are a list", sign(keys[0], rs256, `[7]`), undecodable},
		{"whose claims are null", sign(keys[0], rs256, `null`), wrongIssuer},
		{"whose claims are no JSON", sign(keys[0], rs256, `{`), undecodable},
		{"that is a token", everything, undecodable},
		{"that is dots", "..", undecodable},
	} {
		got := w.get("/app/installations", c.jwt)
		if c.refused == "" {
			if got.Status != 200 {
				t.Errorf("%s: got %d %s, want 200", c.name, got.Status, got.Body)
			}
			continue
		}
		status := 401
		if c.refused == noApp {
			status = 404
		}
		if diff := cmp.Diff(refusal{status, c.refused, docsRoot}, got.refusal(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	expired := sign(keys[0], rs256, claims(-600, 0, "7"))
	if diff := cmp.Diff(refusal{401, expiredJWT, docsRoot}, w.get("/orgs/empty/installation", expired).refusal(t)); diff != "" {
		t.Errorf("where one is looked for (-want +got):\n%s", diff)
	}
}

func TestOnlyAJWTAfterBearerOpensTheRoutesOfApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	routes := []request{{method: "GET", path: "/app/installations"}, {method: "GET", path: "/orgs/empty/installation"}, {method: "POST", path: mintInDemo}}
	for _, r := range routes {
		refusedWith := func(authorization string) {
			t.Helper()
			r.header = http.Header{}
			if authorization != "" {
				r.header.Set("Authorization", authorization)
			}
			got := w.do(r)
			if diff := cmp.Diff(refusal{401, undecodable, docsRoot}, got.refusal(t)); diff != "" {
				t.Errorf("%s %s with %.40q (-want +got):\n%s", r.method, r.path, authorization, diff)
			}
		}
		for token := range matrix {
			refusedWith("Bearer " + token)
			refusedWith("token " + token)
		}
		for _, authorization := range []string{
			"", "Bearer", "token " + seatBot(), seatBot(), "Digest " + seatBot(), "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+seatBot())),
			"Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+everything)),
		} {
			refusedWith(authorization)
		}
		refusedWith("Bearer " + w.mint(signed, "")) // its own app's
		r.header = http.Header{"Authorization": {"bEARER  " + seatBot()}}
		if got := w.do(r); got.Status >= 300 {
			t.Errorf("%s %s: got %d %s, want a success", r.method, r.path, got.Status, got.Body)
		}
		r.header = http.Header{"X-Github-Api-Version": {"2019-01-01"}}
		if got := w.do(r); got.Status != 400 {
			t.Errorf("%s %s of a bad version without a credential: got %d %s, want 400", r.method, r.path, got.Status, got.Body)
		}
	}
}

func TestAJWTIsNoTokenAnywhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, r := range everyRoute() {
		if forApps(r.path) {
			continue
		}
		r.token = signed
		if diff := cmp.Diff(refusal{401, "Bad credentials", docsRoot}, w.do(r).refusal(t)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", r.method, r.path, diff)
		}
	}
	for _, r := range []request{{method: "GET", path: "/_usher/clock"}, {method: "POST", path: "/graphql", body: `{"query":"{viewer{login}}"}`}} {
		r.token = signed
		if got := w.do(r); got.Status != 401 {
			t.Errorf("%s %s: got %d %s, want 401", r.method, r.path, got.Status, got.Body)
		}
	}
}

func TestAppsAreNotCountedAndAreToldOfNoScopesAndPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t).limited(1)
	for range 3 {
		got := w.get("/app/installations", signed)
		if got.Status != 200 {
			t.Fatalf("got %d %s, want 200", got.Status, got.Body)
		}
		for _, name := range []string{"X-Ratelimit-Limit", "X-Oauth-Scopes", "X-Accepted-Oauth-Scopes", "X-Accepted-Github-Permissions", "Github-Authentication-Token-Expiration"} {
			if _, there := got.Header[name]; there {
				t.Errorf("%s: %v, want none", name, got.Header[name])
			}
		}
		if got := got.Header.Get("Cache-Control"); got != "private, max-age=60, s-maxage=60" {
			t.Errorf("Cache-Control: got %s, want none that lets others have it", got)
		}
	}
	token := w.mint(signed, "")
	for _, status := range []int{200, 403} { // each token has a window of its own
		if got := w.get(ofInstalled, token); got.Status != status {
			t.Errorf("got %d %s, want %d", got.Status, got.Body, status)
		}
	}
}

func TestInstallationsArePagedAndChosenByTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := func(path string) (ids []int64, link string) {
		t.Helper()
		got := w.get(path, signed)
		if got.Status != 200 {
			t.Fatalf("%s: got %d %s", path, got.Status, got.Body)
		}
		for _, i := range decode[[]struct{ ID int64 }](t, got.Body) {
			ids = append(ids, i.ID)
		}
		return ids, got.Header.Get("Link")
	}
	for _, c := range []struct {
		query string
		want  []int64
		link  string
	}{
		{"", []int64{6, 5, 1}, ""},
		{"?per_page=2", []int64{6, 5}, `<http://example.com/app/installations?per_page=2&page=2>; rel="next", <http://example.com/app/installations?per_page=2&page=2>; rel="last"`},
		{"?per_page=2&page=2", []int64{1}, `<http://example.com/app/installations?per_page=2&page=1>; rel="prev", <http://example.com/app/installations?per_page=2&page=1>; rel="first"`},
		{"?since=2026-11-20T11:59:59Z&outdated=1", []int64{6, 5, 1}, ""},
		{"?since=2026-11-20T12:00:00Z", nil, ""},
		{"?since=2026-11-20T14:00:00%2B02:00", nil, ""},
		{"?since=0000-01-01T00:00:00Z", []int64{6, 5, 1}, ""},
		{"?since=9999-12-31T23:59:59Z", nil, ""},
	} {
		got, link := ids("/app/installations" + c.query)
		if diff := cmp.Diff(c.want, got); diff != "" || link != c.link {
			t.Errorf("%s: got %v and %s, want %v and %s", c.query, got, link, c.want, c.link)
		}
	}
	if got := w.get200("/app/installations", sign(appKeys()[2], `{"alg":"RS256"}`, fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":9}`, wall().Unix(), wall().Unix()+60))); got != "[]" {
		t.Errorf("of an app that is nowhere: got %s, want an empty list", got)
	}
}

func TestAnotherAppsListHasAnotherTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := sign(appKeys()[2], `{"alg":"RS256"}`, fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":8}`, wall().Unix(), wall().Unix()+60))
	tag := w.get("/app/installations", signed).Header.Get("Etag")
	if again := w.get("/app/installations", signed).Header.Get("Etag"); again != tag || tag == "" {
		t.Errorf("the tag of what is the same: got %s and %s", tag, again)
	}
	if theirs := w.get("/app/installations", other).Header.Get("Etag"); theirs == tag {
		t.Errorf("both apps have the tag %s", tag)
	}
}

func TestNobodyCanAskWhatIfAnAppMintedAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do(request{method: "POST", path: whatIfInDemo, token: everything, body: `{"method":"POST","path":"` + mintInDemo + `"}`})
	if got.Status != 422 {
		t.Errorf("got %d %s, want 422", got.Status, got.Body)
	}
}

// Rule C5.
func TestAMintedTokenLivesAnHourOfWallTimeWhateverTheWorldsClockDoes(t *testing.T) {
	t.Parallel()
	clock := newWallClock()
	engine, err := sqlstore.Open(t.Context(), loadedDatabase(t).Copy(t), sqlstore.Options{Wall: clock.Now, Patience: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	service := usher.NewService(engine)
	own := ownapi.New(ownapi.Config{Service: service, GitHub: ghapi.New(service, ghapi.Options{}), Rehearsal: true})
	w := &world{Handler: description.Shared(t).Handler(t, wrapped(own)), t: t, service: service}
	status := func(token string) int { return w.get(ofInstalled, token).Status }

	token := w.mint(signed, "")
	if got := w.do(request{method: "POST", path: "/_usher/clock/advance", token: owner, body: `{"by":"2000h"}`}); got.Status != 200 {
		t.Fatalf("advance: got %d %s", got.Status, got.Body)
	}
	if got := status(token); got != 200 {
		t.Errorf("after months of world time: got %d, want 200", got)
	}
	if got := w.get("/app/installations", signed).Status; got != 200 {
		t.Errorf("a JWT after months of world time: got %d, want 200", got)
	}
	clock.advance(time.Hour - time.Second)
	if got := status(token); got != 200 {
		t.Errorf("within an hour of wall time: got %d, want 200", got)
	}
	if got := w.get("/app/installations", signed).refusal(t); got.Message != expiredJWT {
		t.Errorf("a JWT of an hour ago: got %+v", got)
	}
	clock.advance(time.Second)
	if got := w.get(ofInstalled, token).refusal(t); got.Message != "Bad credentials" {
		t.Errorf("after an hour: got %+v, want it expired", got)
	}
	fresh := w.mint(jwtOf("Iv23.SeatBot", clock.Now()), "")
	if got := status(fresh); got != 200 {
		t.Errorf("another one: got %d, want 200", got)
	}
}
