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
// replace those of the first line; and a token for Authorization. 0 leaves both as they are.
func FuzzRequests(f *testing.F) {
	for _, r := range requestSeeds() {
		f.Add(r.head, []byte(r.body), r.endpoint, r.token)
	}
	s := newFuzzedServer(f)
	f.Cleanup(func() {
		if err := s.check(context.Background()); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, head string, body []byte, endpoint, token uint8) {
		from := requestSeed{head, string(body), endpoint, token}
		if r, ok := from.request(); ok {
			s.serve(t, r, from)
		}
	})
}

// fuzzedTokens are whom a request can come from. Some may much, some little.
var fuzzedTokens = []string{
	owner, "ghp_admin_org", "ghp_betty", "github_pat_seats_write", "ghs_seats_write", "ghs_seats_read", "ghp_read_org", "ghp_member",
	"gho_read_enterprise", "ghp_outsider", "ghp_no_scope", "ghu_octolabs", "ghp_expired", "ghp_expires_soon", "ghp_member_admin_org", "ghs_members_write",
}

// endpoint is what a request addresses.
type endpoint struct{ method, path string }

var (
	reportsEndpoint = endpoint{"POST", "/_usher/orgs/octodemo/activity"}
	advanceEndpoint = endpoint{"POST", "/_usher/clock/advance"}
	graphQLEndpoint = endpoint{"POST", "/graphql"}
)

// teamEndpoints change teams and who is in them.
var teamEndpoints = []endpoint{
	{"POST", "/orgs/octodemo/teams"},
	{"PATCH", "/orgs/octodemo/teams/avengers"},
	{"PATCH", "/organizations/9919/team/1"},
	{"DELETE", "/orgs/octodemo/teams/sidekicks"},
	{"PUT", "/orgs/octodemo/teams/justice-league/memberships/pjhyett"},
	{"PUT", "/teams/2/memberships/outsider"},
	{"DELETE", "/teams/1/members/octocat"},
}

// fuzzedEndpoints are worth most of the effort.
func fuzzedEndpoints() []endpoint {
	endpoints := []endpoint{reportsEndpoint, advanceEndpoint}
	for _, o := range operations() {
		endpoints = append(endpoints, endpoint{o.method, o.on("octodemo")})
	}
	return append(append(endpoints, teamEndpoints...), graphQLEndpoint)
}

type requestSeed struct {
	head, body      string
	endpoint, token uint8
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
		r.Method, r.URL.Path, r.URL.RawPath, r.RequestURI = chosen.method, chosen.path, "", chosen.path
	}
	if s.token > 0 {
		r.Header.Set("Authorization", "Bearer "+fuzzedTokens[int(s.token-1)%len(fuzzedTokens)])
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
	world, err := seed.Parse(worldFile, text, wall(), seed.Options{Rehearsal: true})
	if err != nil {
		f.Fatal(err)
	}
	s := &fuzzedServer{service: usher.NewService(store), described: description.Shared(f), world: world, rates: ghapi.NewRates(roundLength/2, wall)}
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
	seeds.addQueries()
	return seeds
}

type seeds []requestSeed

func (s *seeds) add(token uint8, body string, lines ...string) {
	head := strings.Join(lines, "\n")
	if !strings.Contains(head, "\nHost:") && !strings.Contains(head, "://") {
		head += "\nHost: api.example.com"
	}
	*s = append(*s, requestSeed{head, body, 0, token})
}

// to adds a request for one of the endpoints.
func (s *seeds) to(e endpoint, body string, lines ...string) {
	s.add(1, body, append([]string{"GET /?per_page=2&page=2 HTTP/1.1"}, lines...)...)
	(*s)[len(*s)-1].endpoint = uint8(1 + slices.Index(fuzzedEndpoints(), e))
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
			s.to(endpoint{method, "/orgs/octodemo/copilot/billing/selected_users"}, `{"selected_usernames":`+names+`}`)
		}
		for _, names := range []string{`["Avengers","Justice League","GRÖSSE & <RÄUME>"]`, `["\u0000","ent:platform","night-shift"]`} {
			s.to(endpoint{method, "/orgs/octodemo/copilot/billing/selected_teams"}, `{"selected_teams":`+names+`}`, "Content-Type: application/json")
		}
	}
	for _, e := range teamEndpoints {
		for _, body := range []string{
			``, `{"name":"Ü & <x>","parent_team_id":1,"maintainers":["octocat"],"privacy":"closed"}`, `{"name":"\u0000","description":"\u0000","parent_team_slug":"\u0000"}`,
			`{"parent_team_id":null,"role":"maintainer"}`, `{"name":"Avengers","parent_team_id":99999999999999999999,"notification_setting":"notifications_disabled"}`, `null`,
		} {
			s.to(e, body)
			(*s)[len(*s)-1].token = uint8(1 + slices.Index(fuzzedTokens, "ghp_admin_org"))
		}
	}
	s.to(reportsEndpoint, `{"events":[{"username":"octocat","at":"2026-11-20T11:00:00Z","editor":"vscode"},{"username":"octokitten","authenticated_at":"2026-11-20T11:00:00+05:00"}]}`)
	s.to(reportsEndpoint, "{\"username\":\"\\u0000\",\"at\":\"0000-01-01T00:00:00Z\"}\n\n{\"username\":\"newhire\",\"at\":\"9999-12-31T23:59:59Z\"}", "Content-Type: application/x-ndjson")
	for _, body := range []string{`{"by":"1h"}`, `{"by":"240h"}`, `{"to":"2026-12-01T00:00:00Z"}`, `{"to":"9999-11-30T23:59:59Z"}`, `{"to":"9999-12-31T23:59:59-23:59"}`, `{"by":"2562047h47m16.854775807s"}`, `{"to":"2020-01-01T00:00:00Z"}`} {
		s.to(advanceEndpoint, body)
	}
}
