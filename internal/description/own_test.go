package description

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/usher-seats/usher/internal/ownapi"
)

const (
	clock    = "/_usher/clock"
	activity = "/_usher/orgs/octodemo/activity"
	settings = "/_usher/orgs/octodemo/copilot"
	export   = "/_usher/orgs/octodemo/audit-log/export"
	ownSeats = "/_usher/orgs/octodemo/seats"
)

func TestAnswersOfUshersOwnEndpointsAreHeldToUshersDescription(t *testing.T) {
	t.Parallel()
	const (
		jsonType = "application/json; charset=utf-8"
		ndjson   = "application/x-ndjson"
		taken    = `{"accepted":1,"ignored":[]}`
		changed  = `{"enabled":false,"enterprise":null}`
		event    = `{"@timestamp":1,"_document_id":"a","action":"org.add_member"}`
		end      = `{"export":{"org":"octodemo","count":1,"first":1,"last":1,"sha256":"00","next_since":2}}`
	)
	cases := []struct {
		name         string
		method, path string
		sent         string
		status       int
		contentType  string
		body         string
		wrong        string // what is said of it; empty: nothing
	}{
		{"an answer", "GET", clock, "", 200, jsonType, `{"now":"2026-11-20T12:00:00.5Z","rehearsal":true}`, ""},
		{"another key", "GET", clock, "", 200, jsonType, `{"now":"2026-11-20T12:00:00Z","rehearsal":true,"x":1}`, "'x' not allowed"},
		{"a missing key", "GET", clock, "", 200, jsonType, `{"now":"2026-11-20T12:00:00Z"}`, "missing property 'rehearsal'"},
		{"another type", "GET", clock, "", 200, jsonType, `{"now":"2026-11-20T12:00:00Z","rehearsal":1}`, "/rehearsal"},
		{"a time that is none", "GET", clock, "", 200, jsonType, `{"now":"2026-11-20","rehearsal":true}`, "date-time"},
		{"a day that is none", "GET", "/_usher/orgs/octodemo/seats/mona/history", "", 200, jsonType, `{"user":{"login":"mona","id":1},"record_from":null,"periods":[],"cost_to_date":{"currency":"USD","amount":1.50,"cycles":[{"from":"2026-11-31","to":"2026-12-01","days":1,"days_in_cycle":30,"amount":0.63}]}}`, "/cost_to_date/cycles/0/from"},
		{"a history", "GET", "/_usher/orgs/octodemo/seats/mona/history", "", 200, jsonType, `{"user":{"login":"mona","id":1},"record_from":null,"periods":[],"cost_to_date":{"currency":"USD","amount":1.50,"cycles":[{"from":"2026-11-01","to":"2026-12-01","days":1,"days_in_cycle":30,"amount":0.63}]}}`, ""},
		{"null where there is a list", "POST", activity, `{"events":[]}`, 200, jsonType, `{"accepted":1,"ignored":null}`, "/ignored"},
		{"a word that is none", "GET", "/_usher/live", "", 200, jsonType, `{"status":"alive"}`, "/status"},
		{"no JSON", "GET", clock, "", 200, jsonType, `{`, "no JSON"},
		{"more than JSON", "GET", clock, "", 200, jsonType, `{"now":"2026-11-20T12:00:00Z","rehearsal":true}{}`, "no JSON"},
		{"another media type", "GET", clock, "", 200, "text/html", `{"now":"2026-11-20T12:00:00Z","rehearsal":true}`, "not described"},
		{"a status that is not described", "GET", clock, "", 202, jsonType, `{"now":"2026-11-20T12:00:00Z","rehearsal":true}`, "no status 202"},
		{"a refusal", "GET", clock, "", 401, jsonType, refused("401", "Bad credentials"), ""},
		{"a refusal with another key", "GET", clock, "", 401, jsonType, strings.Replace(refused("401", "Bad credentials"), "{", `{"x":1,`, 1), "'x' not allowed"},
		{"a refusal that is not described", "GET", clock, "", 422, jsonType, refused("422", "No."), "no status 422"},
		{"a refusal that GitHub has gaps for", "GET", "/_usher/live", "", 401, jsonType, refused("401", "Bad credentials"), "no status 401"},
		{"an unsupported version", "GET", clock, "", 400, jsonType, `{"message":"Bad Request","errors":"No.","documentation_url":"https://docs.github.com/rest","status":"400"}`, ""},
		{"a version that is not modified", "GET", clock, "", 304, "", "", "no status 304"},
		{"a text", "GET", "/_usher/metrics", "", 200, "text/plain; version=0.0.4; charset=utf-8", "usher_up 1\n", ""},
		{"nothing", "POST", "/_usher/reset", "whatever", 204, "", "", ""},
		{"something where nothing is described", "POST", "/_usher/reset", "", 204, jsonType, "{}", "has no body"},
		{"HEAD", "HEAD", clock, "", 200, jsonType, "", ""},
		{"HEAD with a status that is not described", "HEAD", clock, "", 202, jsonType, "", "no status 202"},
		{"a preflight", "OPTIONS", clock, "", 204, "", "", ""},

		{"a body", "POST", activity, `{"events":[{"username":"mona","at":"2026-11-20T12:00:00Z","authenticated_at":null,"more":1}]}`, 200, jsonType, taken, ""},
		{"a body that is not described, and taken", "POST", activity, `{"events":[{"username":"mona","at":1}]}`, 200, jsonType, taken, "/events/0/at"},
		{"a body that is not described, and refused", "POST", activity, `{"events":[{"username":"mona","at":1}]}`, 422, jsonType, refused("422", "No."), ""},
		{"a body without what it needs", "POST", activity, `{"events":[{"username":"mona"}]}`, 200, jsonType, taken, "what was sent"},
		{"keys that nobody knows, where they are no slip of the pen", "PATCH", settings, `{"enabled":false,"x":1}`, 200, jsonType, changed, "'x' not allowed"},
		{"an empty body", "PATCH", settings, `{}`, 200, jsonType, changed, "what was sent"},
		{"settings", "PATCH", settings, `{"enabled":false}`, 200, jsonType, changed, ""},
		{"a move to and by", "POST", "/_usher/clock/advance", `{"to":"2026-11-20T12:00:00Z","by":"1h"}`, 200, jsonType, `{"now":"2026-11-20T12:00:00Z","changes":[],"total":0}`, "what was sent"},

		{"lines", "GET", export, "", 200, ndjson, event + "\n" + end + "\n", ""},
		{"no lines but the last", "GET", export, "", 200, ndjson, end + "\n", ""},
		{"a line that is none", "GET", export, "", 200, ndjson, event + "\n{}\n" + end + "\n", "line 2"},
		{"an end with another key", "GET", export, "", 200, ndjson, event + "\n" + strings.Replace(end, "{", `{"x":1,`, 1) + "\n", "line 2"},
		{"an event that is not as GitHub has it", "GET", export, "", 200, ndjson, strings.Replace(event, `"action"`, `"actor_id":"a","action"`, 1) + "\n" + end + "\n", "actor_id"},
		{"a list of seats", "GET", ownSeats, "", 200, jsonType, seat(`"created_at":"2026-11-20T12:00:00Z"`), ""},
		{"a list of seats that is not as GitHub has it", "GET", ownSeats, "", 200, jsonType, seat(`"created_at":"2026-11-20T12:00:00Z","extra":1`), `"extra" is unsupported`},

		{"what is not served", "GET", "/_usher/nothing", "", 404, jsonType, refused("404", "Not Found"), ""},
		{"an answer where nothing is served", "GET", "/_usher/nothing", "", 200, jsonType, `{}`, "no such operation"},
		{"an answer to another method", "PUT", clock, "", 200, jsonType, `{}`, "no such operation"},
		{"a rehearsal's power that is not there", "POST", "/_usher/reset", "", 404, jsonType, refused("404", "Not Found"), ""},
	}
	d := Shared(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), c.method, "http://usher"+c.path, strings.NewReader(c.sent))
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			if c.contentType != "" {
				header.Set("Content-Type", c.contentType)
			}
			err = d.Check(request, c.status, header, []byte(c.body))
			if c.wrong == "" && err != nil {
				t.Errorf("got %v, want nothing wrong", err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(strings.Split(err.Error(), "\nit was")[0], c.wrong)) {
				t.Errorf("got %v, want an error with %q", err, c.wrong)
			}
		})
	}
}

func TestLinesThatAreSentAreHeldToTheDescriptionEach(t *testing.T) {
	t.Parallel()
	for lines, right := range map[string]bool{
		`{"username":"mona","at":"2026-11-20T12:00:00Z"}` + "\n\n" + `{"username":"x","authenticated_at":"2026-11-20T12:00:00Z"}`: true,
		`{"username":"mona","at":"2026-11-20T12:00:00Z"}` + "\n" + `{"username":"x"}`:                                             false,
	} {
		request := httptest.NewRequest("POST", activity, nil)
		request.Header.Set("Content-Type", "application/x-ndjson")
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(lines)), nil }
		err := Shared(t).Check(request, 200, http.Header{"Content-Type": {"application/json"}}, []byte(`{"accepted":2,"ignored":[]}`))
		if (err == nil) != right {
			t.Errorf("%s: got error %v, want one: %t", lines, err, !right)
		}
	}
}

func TestHandlerAndTransportHoldBodiesThatAreTakenToTheDescription(t *testing.T) {
	t.Parallel()
	answers := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"accepted":0,"ignored":[]}`)
	})
	inside, outside := &complaints{TB: t}, &complaints{TB: t}
	server := httptest.NewServer(Shared(t).Handler(inside, answers))
	defer server.Close()
	client := &http.Client{Transport: Shared(t).Transport(outside, http.DefaultTransport)}
	for body, complained := range map[string]int{`{"events":[]}`: 0, `{"events":{}}`: 1} {
		inside.heard, outside.heard = nil, nil
		response, err := client.Post(server.URL+activity, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if len(inside.heard) != complained || len(outside.heard) != complained {
			t.Errorf("%s: got %q and %q, want %d complaints each", body, inside.heard, outside.heard, complained)
		}
	}
	once := io.NopCloser(strings.NewReader(`{}`)) // what package net/http cannot read again
	if response, err := client.Post(server.URL+activity, "application/json", once); err == nil {
		_ = response.Body.Close()
		t.Error("a body that cannot be looked at is passed over in silence")
	}
}

// The schema is the OpenAPI Initiative's, as npm's @seriousme/openapi-schema-validator has it.
// It leaves the schemas within to JSON Schema.
func TestUshersDescriptionIsOneByOpenAPI(t *testing.T) {
	t.Parallel()
	const dialect = "https://json-schema.org/draft/2020-12/schema"
	file, err := os.Open(filepath.Join("testdata", "node_modules", "@seriousme", "openapi-schema-validator", "schemas", "v3.1", "schema.json"))
	if err != nil {
		t.Fatalf("the schema of OpenAPI 3.1 is needed: run `make description`, which brings it by `npm ci` (Node.js): %v", err)
	}
	defer func() { _ = file.Close() }()
	rules, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("openapi.json", rules); err != nil {
		t.Fatal(err)
	}
	openAPI, schemas := c.MustCompile("openapi.json"), c.MustCompile(dialect)
	for _, rehearsal := range []bool{true, false} {
		text, err := ownapi.Description(rehearsal)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := openAPI.Validate(document); err != nil {
			t.Errorf("rehearsal %t: %v", rehearsal, err)
		}
		for name, schema := range members(members(document, "components"), "schemas") {
			if err := schemas.Validate(schema); err != nil {
				t.Errorf("rehearsal %t: %s: %v", rehearsal, name, err)
			}
		}
	}
	if err := openAPI.Validate(map[string]any{"openapi": "3.1.1", "info": map[string]any{"title": "x", "version": json.Number("1")}}); err == nil {
		t.Error("what is no description by OpenAPI passes for one")
	}
}
