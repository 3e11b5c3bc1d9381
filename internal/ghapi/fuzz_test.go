package ghapi

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// FuzzNames: whatever the body, it is a list of names that the standard decoder finds in
// it too, or an error in GitHub's envelope.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"selected_usernames":["octocat"]}`, `{"selected_usernames":["a",1,null,{"x":[]}]}`, `{"selected_usernames":"x"}`,
		`{"selected_usernames":[],"selected_usernames":["\ud800"]}`, `[`, `null`, "{\"selected_usernames\":[\"\xff\"]}", `{"selected_usernames":[[[[1e9]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q := &Request{W: httptest.NewRecorder(), R: httptest.NewRequest("POST", "/", strings.NewReader(string(body)))}
		names, err := q.names(usersField)
		if err != nil {
			refused(t, err)
			return
		}
		var want map[string]any
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("accepted, and is no JSON: %v", err)
		}
		list, _ := want[usersField].([]any)
		if len(names) == 0 || len(names) != len(list) {
			t.Fatalf("got %d names of %d", len(names), len(list))
		}
		for i, name := range names {
			if name != list[i] || !utf8.ValidString(name) {
				t.Errorf("name %d: got %q, want %q", i, name, list[i])
			}
		}
	})
}

func refused(t *testing.T, err error) {
	t.Helper()
	var body *bodyError
	if !errors.As(err, &body) {
		t.Fatalf("an error of another kind: %v", err)
	}
	if !slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}, body.status) {
		t.Errorf("status %d", body.status)
	}
	if answered := (failure{status: body.status, message: body.message, docs: docsRoot}).json(); !json.Valid(answered) || len(answered) > 1<<20 {
		t.Errorf("an answer of %d bytes that is no JSON, or too long: %.300s", len(answered), answered)
	}
}

func TestManyListsNestedDeeplyAreDescribedWithoutMuchWork(t *testing.T) {
	t.Parallel()
	const depth, count = 4000, 120
	deep := strings.Repeat("[", depth) + strings.Repeat("]", depth)
	body := `{"selected_usernames":["x"` + strings.Repeat(","+deep, count) + `]}`
	q := &Request{W: httptest.NewRecorder(), R: httptest.NewRequest("POST", "/", strings.NewReader(body))}
	_, err := q.names(usersField)
	line := "For 'items', " + strings.Repeat("[", maxInspected) + "… is not a string."
	want := "Invalid request.\n\n" + strings.Repeat(line+"\n", maxSchemaLines) + "And 20 more."
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// wholeLink is a Link header and nothing else.
var wholeLink = regexp.MustCompile(`^<[^<>"\s]+>; rel="(prev|next|last|first)"(, <[^<>"\s]+>; rel="(prev|next|last|first)")*$`)

var oneLink = regexp.MustCompile(`<([^>]+)>; rel="(\w+)"`)

// FuzzLink: whatever the query and the size of the list, the header is well formed, its
// pages are the right ones, and who follows it keeps the rest of the query.
func FuzzLink(f *testing.F) {
	for _, seed := range []string{
		"", "page=2&per_page=10", "per_page=abc&page=-1", "page=99999999999999999999", "page=1&x=\"><script>&page=3", "a=%zz&p%61ge=2",
		"x=1,2;rel=\"next\"", "#page=2", "&&=&page", "\r\n: <>\x00\xff", "per_page=500&per_page=1", "0A  %,_", "a=1,2;3&page=2",
	} {
		f.Add(seed, int64(25))
	}
	f.Fuzz(func(t *testing.T, query string, rows int64) {
		if rows < 0 {
			rows = -(rows + 1)
		}
		rows = min(rows, math.MaxInt64/2)
		page := pageOf(query)
		if page.Number < 1 || page.PerPage < 1 || page.PerPage > maxPerPage {
			t.Fatalf("%q asks for %+v", query, page)
		}
		header := linkHeader("https://ghe.example/organizations/1/seats", query, page, rows)
		last := max(1, (rows+page.PerPage-1)/page.PerPage)
		want := map[string]int64{}
		if page.Number > 1 {
			want["prev"], want["first"] = min(page.Number-1, last), 1
		}
		if page.Number < last {
			want["next"] = page.Number + 1
		}
		if page.Number != last {
			want["last"] = last
		}
		if header == "" {
			if len(want) > 0 {
				t.Errorf("%q of %d rows: no header, want %v", query, rows, want)
			}
			return
		}
		if !wholeLink.MatchString(header) {
			t.Fatalf("%q makes the header %q", query, header)
		}
		got := map[string]int64{}
		for _, m := range oneLink.FindAllStringSubmatch(header, -1) {
			address, err := url.Parse(m[1])
			if err != nil || address.Path != "/organizations/1/seats" || address.Fragment != "" {
				t.Fatalf("%q leads to %q: %v", query, m[1], err)
			}
			followed := pageOf(address.RawQuery)
			got[m[2]] = followed.Number
			if followed.PerPage != page.PerPage {
				t.Errorf("%q has pages of %d, and %q of %d", query, page.PerPage, m[1], followed.PerPage)
			}
			if diff := cmp.Diff(others(query), others(address.RawQuery)); diff != "" {
				t.Errorf("%q against %q:\n%s", query, m[1], diff)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q of %d rows (-want +got):\n%s", query, rows, diff)
		}
	})
}

// others are the parameters of a query but its page, as a server would read them.
func others(query string) []string {
	found := []string{}
	for _, p := range parameters(query) {
		if p.key != "page" {
			found = append(found, decoded(safeInList(p.raw)))
		}
	}
	return found
}

func TestAPagesOffsetNeverOverflows(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"page=9223372036854775807&per_page=100", "page=99999999999999999999&per_page=99999999999999999999"} {
		page := pageOf(query)
		if offset := (page.Number - 1) * page.PerPage; offset < 0 || page.PerPage != 100 {
			t.Errorf("?%s: page %d of %d begins at %d", query, page.Number, page.PerPage, offset)
		}
	}
}

func TestARequestIDHasGitHubsForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9A-F]{4}:[0-9A-F]{5}:[0-9A-F]{7}:[0-9A-F]{7}:6A86BAB8$`)
	seen := map[string]bool{}
	for range 1000 {
		id := NewRequestID(time.Unix(0x6A86BAB8, 0))
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("%q is malformed or not new", id)
		}
		seen[id] = true
	}
}

func TestEveryKindOfErrorHasAStatus(t *testing.T) {
	t.Parallel()
	for kind, want := range map[usher.Kind]int{
		usher.Invalid: 422, usher.NotFound: 404, usher.Forbidden: 403, usher.BadCredentials: 401, usher.Unauthenticated: 401, usher.Unavailable: 503,
	} {
		wrapped := errors.Join(errors.New("while trying"), &usher.Error{Kind: kind, Message: "why"})
		if got := failureOf(t.Context(), "docs", wrapped); got.status != want || got.message != "why" {
			t.Errorf("kind %d: got %d %s, want %d why", kind, got.status, got.message, want)
		}
	}
}
