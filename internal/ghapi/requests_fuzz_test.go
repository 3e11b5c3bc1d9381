package ghapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/description"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/ghapi"
	"github.com/usher-seats/usher/internal/ownapi"
	"github.com/usher-seats/usher/internal/seed"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// FuzzRequests: whatever the request, all of usher answers it as a server must: no panic,
// no 5xx, errors in GitHub's envelope, success as GitHub describes it, headers of one line,
// as many bytes as announced. And whatever the requests before, the database is whole.
//
// A request is its first line and its headers; its body; an endpoint, whose method and path
// replace those of the first line; the names in that path; and a token for Authorization. An
// endpoint or token of 0 leaves what is there.
func FuzzRequests(f *testing.F) {
	for _, r := range requestSeeds() {
		f.Add(r.head, []byte(r.body), r.endpoint, r.names, r.token)
	}
	s := newFuzzedServer(f)
	f.Cleanup(func() {
		if err := s.check(context.Background()); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, head string, body []byte, endpoint, names, token uint8) {
		from := requestSeed{head, string(body), endpoint, names, token}
		if r, ok := from.request(); ok {
			s.serve(t, r, from)
		}
	})
}

// fuzzedTokens are whom a request can come from. Some may much, some little.
var fuzzedTokens = []string{
	owner, "ghp_admin_org", "ghp_betty", "github_pat_seats_write", "ghs_seats_write", "ghs_seats_read", "ghp_read_org", "ghp_member",
	"gho_read_enterprise", "ghp_outsider", "ghp_no_scope", "ghu_octolabs", "ghp_expired", "ghp_expires_soon", "ghp_member_admin_org", "ghs_members_write",
	everything, "ghp_newhire_org", "github_pat_newhire", "ghp_user", "ghp_entboss", "ghp_member_enterprise", "ghu_members",
	signed,
}

// endpoint is what a request addresses.
type endpoint struct{ method, path string }

var (
	reportsEndpoint = endpoint{"POST", "/_usher/orgs/octodemo/activity"}
	advanceEndpoint = endpoint{"POST", "/_usher/clock/advance"}
	graphQLEndpoint = endpoint{"POST", "/graphql"}
)

// fuzzedEndpoints are worth most of the effort: each of GitHub's that is routed, and usher's
// own that read a body. Their paths have names to be filled in.
func fuzzedEndpoints() []endpoint {
	endpoints := []endpoint{reportsEndpoint, advanceEndpoint, graphQLEndpoint}
	for _, scope := range []string{"/orgs/{org}", "/enterprises/{enterprise}"} {
		endpoints = append(endpoints, endpoint{"PATCH", "/_usher" + scope + "/copilot"})
	}
	endpoints = append(endpoints, endpoint{"GET", "/_usher/orgs/{org}/entitlements/{username}"})
	for _, route := range ghapi.Routes() {
		endpoints = append(endpoints, endpoint{route.Method, route.Pattern})
	}
	return endpoints
}

// fuzzedNames fill in the paths of endpoints. An enterprise's teams have names of their own.
var fuzzedNames = []*strings.Replacer{
	namesInPath("/orgs/octodemo", "octocat", "justice-league", "1", "platform"),
	namesInPath("/organizations/9919", "newhire", "2", "2", "ent:robots"),
	namesInPath("/organizations/9919", "pjhyett", "5", "5", "4294967296"),
	namesInPath("/orgs/octolabs", "outsider", "night-shift", "5", "ent:newcomers"),
	namesInPath("/orgs/No-Copilot", "Monalisa", "newcomers", "99999999999999999999", "6"),
	namesInPath("/orgs/switched-off", "\x00", "\xff", "-1", "ent:ent:"),
}

func namesInPath(organization, username, team, teamID, enterpriseTeam string) *strings.Replacer {
	login, ofTeam := path.Base(organization), organization+"/teams/"+team
	if strings.HasPrefix(organization, "/organizations/") {
		login, ofTeam = "octodemo", organization+"/team/"+teamID
	}
	return strings.NewReplacer(
		"/orgs/{org}/teams/{team_slug}", ofTeam, "/user/memberships/orgs/{org}", "/user/memberships/orgs/"+login, "/organizations/{org}", "/organizations/"+login,
		"/_usher/orgs/{org}", "/_usher/orgs/"+login, "/orgs/{org}", organization, "{org}", login,
		"{username}", username, "{team_id}", teamID, "{invitation_id}", teamID, "{installation_id}", teamID, "{enterprise}", "octo-enterprise", "{team_slug}", enterpriseTeam, "{enterprise-team}", enterpriseTeam,
	)
}

type requestSeed struct {
	head, body             string
	endpoint, names, token uint8
}

// request is a request as package net/http hands it to a handler. ok is false for what it
// refuses by itself.
func (s requestSeed) request() (r *http.Request, ok bool) {
	head := strings.TrimRight(s.head, "\r\n")
	if s.body != "" {
		head += "\nContent-Length: " + strconv.Itoa(len(s.body))
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n" + s.body)))
	if err != nil || !passes(r) {
		return nil, false
	}
	if s.endpoint > 0 {
		endpoints := fuzzedEndpoints()
		chosen := endpoints[int(s.endpoint-1)%len(endpoints)]
		names := fuzzedNames[int(s.names)%len(fuzzedNames)]
		r.Method, r.URL.Path, r.URL.RawPath = chosen.method, names.Replace(chosen.path), ""
		r.RequestURI = r.URL.EscapedPath()
	}
	if s.token > 0 {
		r.Header.Set("Authorization", "Bearer "+bearer(fuzzedTokens[int(s.token-1)%len(fuzzedTokens)]))
	}
	return r, true
}

// passes says whether the server of package net/http lets a request through that
// ReadRequest let through.
func passes(r *http.Request) bool {
	for _, values := range r.Header {
		if slices.ContainsFunc(values, func(value string) bool { return strings.ContainsFunc(value, isControl) }) {
			return false
		}
	}
	const hosts = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$%&()*+,-.:;=[']_~"
	return r.URL.Host != "" || strings.Trim(r.Host, hosts) == ""
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// roundLength is after how many requests the database is checked and everything begins
// anew: so that what led to a broken one can be told.
const roundLength = 200

// fuzzedServer is everything that is served, on one database, a request at a time.
type fuzzedServer struct {
	handler   http.Handler
	service   *usher.Service
	described *description.Description
	world     usher.World
	rates     *ghapi.Rates
	requests  int
	changes   []string // of this round: the writes that succeeded
}

func newFuzzedServer(f *testing.F) *fuzzedServer {
	store, err := sqlstore.Open(f.Context(), enginetest.Database(f), storeOptions)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := store.Close(); err != nil {
			f.Error(err)
		}
	})
	text, err := os.ReadFile(worldFile)
	if err != nil {
		f.Fatal(err)
	}
	world, err := seed.Parse(worldFile, append(text, appsOfWorld()...), wall(), seed.Options{Rehearsal: true})
	if err != nil {
		f.Fatal(err)
	}
	s := &fuzzedServer{service: usher.NewService(store), described: description.Shared(f), world: world, rates: ghapi.NewRates(roundLength*9/10, wall)}
	if err := s.load(f.Context()); err != nil {
		f.Fatal(err)
	}
	wire := ghapi.Options{
		Bases: ghapi.Bases{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		Rates: s.rates,
	}
	s.handler = wrapped(ownapi.New(ownapi.Config{
		Service: s.service, GitHub: ghapi.New(s.service, wire), Wire: wire, Rehearsal: true, Reset: s.load,
		Ready:   func(context.Context) error { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "usher_up 1\n") }),
	}))
	return s
}

func (s *fuzzedServer) load(ctx context.Context) error {
	_, err := s.service.Load(ctx, s.world)
	return err
}

func (s *fuzzedServer) serve(t *testing.T, r *http.Request, from requestSeed) {
	s.requests++
	r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:443", s.requests>>8&255, s.requests&255) // a proxy; each has its own rate
	method, target := r.Method, r.URL.Path
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r.WithContext(t.Context()))
	for _, problem := range s.problems(r, rec) {
		t.Errorf("%s %q: %s\nit was answered %d %v %.500q", method, target, problem, rec.Code, rec.Header(), rec.Body)
	}
	if method != "GET" && rec.Code < http.StatusBadRequest {
		s.changes = append(s.changes, fmt.Sprintf("%#v", from))
	}
	if s.requests%roundLength > 0 {
		return
	}
	if err := errors.Join(s.check(t.Context()), s.load(t.Context())); err != nil {
		t.Error(err)
	}
	s.rates.Renew()
	s.changes = nil
}

// check says of a broken database what led to it.
func (s *fuzzedServer) check(ctx context.Context) error {
	broken, err := s.service.Check(ctx)
	if err != nil {
		return fmt.Errorf("checking the database: %w", err)
	}
	if len(broken) > 0 {
		return fmt.Errorf("the database is no longer whole: %s\nwhat was changed since it was:\n%s", strings.Join(broken, "\n"), strings.Join(s.changes, "\n"))
	}
	return nil
}

// problems are what is wrong with an answer.
func (s *fuzzedServer) problems(r *http.Request, rec *httptest.ResponseRecorder) (found []string) {
	problem := func(wrong bool, format string, args ...any) {
		if wrong {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	header, body := rec.Header(), rec.Body.Bytes()
	length := header.Get("Content-Length")
	problem(rec.Code >= http.StatusInternalServerError, "a %d", rec.Code)
	problem(length != "" && length != strconv.Itoa(len(body)), "%s bytes are announced, and it has %d", length, len(body))
	problem(header.Get(ghapi.RequestIDHeader) == "", "it has no request id")
	problem(len(body) > 0 && (rec.Code == http.StatusNoContent || rec.Code == http.StatusNotModified), "it must have no body")
	for name, values := range header {
		for _, value := range values {
			problem(strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }), "%s is %q", name, value)
		}
	}
	if err := s.described.Check(r, rec.Code, header, body); err != nil {
		problem(true, "%v", err)
	}
	problem(rec.Code == http.StatusNotAcceptable || rec.Code == http.StatusUnsupportedMediaType, "what it asks for, or sends, is refused")
	if len(body) == 0 && rec.Code < http.StatusBadRequest {
		return found
	}
	plain, err := unzipped(header, body)
	problem(err != nil, "it cannot be unpacked: %v", err)
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	problem(kind == "application/json" && !json.Valid(plain), "it is no JSON")
	if rec.Code >= http.StatusBadRequest {
		problem(!isEnvelope(plain, rec.Code) || kind != "application/json", "an error that is not in GitHub's envelope")
	}
	return found
}

func unzipped(header http.Header, body []byte) ([]byte, error) {
	if header.Get("Content-Encoding") != "gzip" {
		return body, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// isEnvelope says whether a body is an error's. That of a spent rate of somebody without a
// token has no status in it.
func isEnvelope(body []byte, status int) bool {
	var e envelope
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	return decoder.Decode(&e) == nil && e.Message != "" && strings.HasPrefix(e.Docs, "https://docs.github.com/") &&
		(e.Status == strconv.Itoa(status) || e.Status == "" && status == http.StatusForbidden)
}

// requestSeeds are where fuzzing starts: a request of every kind, and those that were
// found to be answered wrongly.
func requestSeeds() []requestSeed {
	var seeds seeds
	seeds.addPaths()
	seeds.addHeaders()
	seeds.addBodies()
	seeds.addChanges()
	seeds.addQueries()
	return seeds
}

type seeds []requestSeed

func (s *seeds) add(token uint8, body string, lines ...string) {
	head := strings.Join(lines, "\n")
	if !strings.Contains(head, "\nHost:") && !strings.Contains(head, "://") {
		head += "\nHost: api.example.com"
	}
	*s = append(*s, requestSeed{head, body, 0, 0, token})
}

// to adds a request for one of the endpoints.
func (s *seeds) to(e endpoint, body string, lines ...string) {
	s.add(1, body, append([]string{"GET /?per_page=2&page=2 HTTP/1.1"}, lines...)...)
	(*s)[len(*s)-1].endpoint = uint8(1 + slices.Index(fuzzedEndpoints(), e))
}

// of adds a request for one of the endpoints, with these names and from whom it needs.
func (s *seeds) of(e endpoint, names int, token, body string) {
	s.to(e, body)
	last := &(*s)[len(*s)-1]
	last.names, last.token = uint8(names), uint8(1+slices.Index(fuzzedTokens, token))
}

func (s *seeds) addPaths() {
	for i, operation := range operations() {
		s.add(1, operation.body, operation.method+" "+operation.on("octodemo")+" HTTP/1.1")
		s.add(uint8(i), operation.body, operation.method+" /api/v3"+operation.on("octolabs")+" HTTP/1.1")
	}
	for _, path := range []string{
		"/", "/api/v3", "/meta", "/zen", "/versions", "/rate_limit", "/user", "/users/octocat", "/users/newhire", "/orgs/octodemo", "/organizations/9919/copilot/billing",
		"/_usher/live", "/_usher/ready", "/_usher/clock", "/_usher/metrics", "//orgs//octodemo/", "/orgs/../zen", "/orgs/%2e%2e/x", "/orgs/octo%2Fdemo/copilot/billing", "/nowhere", "*",
		"/orgs/%00/copilot/billing", "/orgs/octodemo/members/%00/copilot", "/orgs/octodemo/members/%ff/copilot", "/users/%00", "/users/%ff", "/orgs/%ff", "/organizations/99999999999999999999/copilot/billing",
		"/enterprises/%00/copilot/billing/seats", "/enterprises/42/copilot/billing/seats?page=2&per_page=3", "/orgs/octodemo/copilot/billing/seats?per_page=2&page=2&x=%zz#é",
		"http://[::1]:8080/orgs/octodemo/copilot/billing/seats?per_page=1",
	} {
		s.add(1, "", "GET "+path+" HTTP/1.1")
	}
	s.add(0, "", "HEAD /zen HTTP/1.0")
	s.add(1, "", "HEAD "+orgSeats+" HTTP/1.1")
	s.add(1, "", "HEAD /orgs/no-copilot/copilot/billing HTTP/1.1")
	s.add(0, "", "PUT /orgs/octodemo/copilot/billing HTTP/1.1")
	s.add(0, "", "CONNECT a.example:443 HTTP/1.1")
	s.add(1, "", "POST /_usher/reset HTTP/1.1")
}

func (s *seeds) addHeaders() {
	for _, authorization := range []string{"Bearer ghp_billing", "token ghp_repo", "bearer  unknown", "Basic bW9uYWxpc2E6Z2hwX2JpbGxpbmc=", "Basic dXNlcjpwYXNz", "Basic !", "Digest x", "Basic AAAA"} {
		s.add(0, "", "GET /user HTTP/1.1", "Authorization: "+authorization)
	}
	s.add(0, "", "OPTIONS /orgs/octodemo HTTP/1.1", "Origin: https://a.example", "Access-Control-Request-Method: GET")
	s.add(1, "", "GET /zen HTTP/1.1", "Accept: application/xml;q=0, */*", "X-GitHub-Api-Version: 2026-03-10", "Accept-Encoding: gzip;q=0.5, *;q=0")
	s.add(1, "", "GET "+orgSeats+" HTTP/1.1", "Accept-Encoding: gzip", `If-None-Match: W/"x", "*"`, "Host: a.example:80", "X-Forwarded-For: 192.0.2.1, 10.1.1.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: b.example")
	s.add(1, "", "GET "+orgSeats+" HTTP/1.1", "If-None-Match: *")
	s.add(1, "", "GET "+orgSeats+" HTTP/1.1", "X-GitHub-Api-Version: <é\\>")
	s.add(1, "", "GET "+orgSeats+" HTTP/1.1", "Host: %")
}

func (s *seeds) addQueries() {
	for _, query := range []string{
		`query UserCurrent{viewer{login}}`, `{__schema{types{name fields{name type{kind ofType{name}}}}}}`, `mutation{x}`, `{viewer{...f}} fragment f on User{id @skip(if:true) name}`,
		`query($slug:String!,$n:Int=3){it:enterprise(slug:$slug){id organizations(last:$n,before:\"Y3Vyc29yOjk5MjA=\"){edges{cursor node{login}} pageInfo{hasNextPage}}}}`,
	} {
		s.to(graphQLEndpoint, `{"query":"`+query+`","variables":{"slug":"octo-enterprise","n":2}}`, "Accept-Encoding: gzip")
		(*s)[len(*s)-1].token = uint8(1 + slices.Index(fuzzedTokens, "gho_read_enterprise"))
	}
	s.to(graphQLEndpoint, `{"query":"query A($slug:String!){enterprise(slug:$slug){slug}} query B{viewer{login}}","operationName":"A","variables":{"slug":"\u0000\ud800"}}`)
}

func (s *seeds) addBodies() {
	for _, method := range []string{"POST", "DELETE"} {
		for _, names := range []string{`["pjhyett","kanako","Mojombo","newhire"]`, `["\u0000"]`, `["\ud800"]`, `[1,null,{}]`} {
			s.to(endpoint{method, "/orgs/{org}/copilot/billing/selected_users"}, `{"selected_usernames":`+names+`}`)
		}
		for _, names := range []string{`["Avengers","Justice League","GRÖSSE & <RÄUME>"]`, `["\u0000","ent:platform","night-shift"]`} {
			s.to(endpoint{method, "/orgs/{org}/copilot/billing/selected_teams"}, `{"selected_teams":`+names+`}`, "Content-Type: application/json")
		}
	}
	s.to(reportsEndpoint, `{"events":[{"username":"octocat","at":"2026-11-20T11:00:00Z","editor":"vscode"},{"username":"octokitten","authenticated_at":"2026-11-20T11:00:00+05:00"}]}`)
	s.to(reportsEndpoint, "{\"username\":\"\\u0000\",\"at\":\"0000-01-01T00:00:00Z\"}\n\n{\"username\":\"newhire\",\"at\":\"9999-12-31T23:59:59Z\"}", "Content-Type: application/x-ndjson")
	for _, body := range []string{`{"by":"1h"}`, `{"by":"240h"}`, `{"to":"2026-12-01T00:00:00Z"}`, `{"to":"9999-11-30T23:59:59Z"}`, `{"to":"9999-12-31T23:59:59-23:59"}`, `{"by":"2562047h47m16.854775807s"}`, `{"to":"2020-01-01T00:00:00Z"}`} {
		s.to(advanceEndpoint, body)
	}
}

// addChanges has a body that is well formed and some that are not for each endpoint, under
// each of the names.
func (s *seeds) addChanges() {
	well := map[string]string{}
	for _, r := range everyRoute() {
		well[r.method+" "+r.path] = r.body
	}
	for names := range fuzzedNames {
		for _, e := range fuzzedEndpoints() {
			s.of(e, names, mightiest(e), well[e.method+" "+fuzzedNames[0].Replace(e.path)])
		}
	}
	for _, e := range fuzzedEndpoints() {
		if e.method == "GET" {
			continue
		}
		for _, body := range hostileBodies {
			s.of(e, 0, mightiest(e), body)
		}
	}
	for names, body := range settingsBodies {
		for _, path := range []string{"/_usher/orgs/{org}/copilot", "/_usher/enterprises/{enterprise}/copilot"} {
			s.of(endpoint{"PATCH", path}, names, everything, body)
		}
	}
}

// mightiest is a token that may use an endpoint.
func mightiest(e endpoint) string {
	switch {
	case strings.HasPrefix(e.path, "/user/"):
		return "ghp_newhire_org"
	case forApps(e.path):
		return signed
	}
	return everything
}

// hostileBodies are for every change: each key with what it may just be, or not.
var hostileBodies = []string{
	`null`, `{}`, `{"name":"Ü & <x>","parent_team_id":1,"maintainers":["octocat","Mojombo"],"privacy":"closed","description":"\t"}`,
	`{"name":"\u0000","description":"\u0000","parent_team_slug":"\u0000","login":"\u0000","usernames":["\u0000"],"organization_slugs":["\u0000","\ud800"]}`,
	`{"parent_team_id":null,"role":"maintainer","state":"active","group_id":null,"organization_selection_type":"selected"}`,
	`{"name":"Avengers","parent_team_id":99999999999999999999,"notification_setting":"notifications_disabled","invitee_id":1e2,"team_ids":[1,2,2],"role":"admin"}`,
	`{"invitee_id":8,"team_ids":[1,5],"role":"admin","usernames":["octocat","OCTOCAT","kanako"],"organization_slugs":["OctoLabs","octolabs"],"state":"active"}`,
	`{"permissions":{"organization_copilot_seat_management":"read"},"repositories":[],"repository_ids":[]}`,
	`{"permissions":{"members":"admin","\u0000":"read"},"repositories":["a",1],"repository_ids":[1,"a",99999999999999999999]}`,
	`{"login":"outsider","team_ids":[-1],"usernames":[],"organization_slugs":[],"selected_usernames":["entboss"],"selected_teams":["newcomers"]}`,
}

// settingsBodies are changes of settings, one for each of the names.
var settingsBodies = []string{
	`{"seat_management":"assign_all","billing":{"cycle_day":15}}`, `{"enabled":false}`, `{"enterprise":null}`, `{"enabled":true,"plan":"enterprise","public_code_suggestions":"allow"}`,
	`{"enterprise":"ent-all","billing":null}`, `{"enterprise":"ENT-all"}`,
}
