package ghapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	orgSeats        = "/orgs/octodemo/copilot/billing/seats"
	enterpriseSeats = "/enterprises/octo-enterprise/copilot/billing/seats"
)

// page asks for a page with a query exactly as it stands here, whatever is in it.
func (w *world) page(path, rawQuery string) answer {
	w.t.Helper()
	req := httptest.NewRequestWithContext(w.t.Context(), "GET", path, nil)
	req.URL.RawQuery = rawQuery
	req.Header.Set("Authorization", "token "+owner)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		w.t.Fatalf("%s?%s: got %d %s, want 200", path, rawQuery, rec.Code, rec.Body)
	}
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

// logins are the assignees of a body of seats, and what it says of the total.
func logins(t *testing.T, body string) (found []string, total int) {
	t.Helper()
	l := decode[list](t, body)
	found = []string{}
	for _, r := range l.Seats {
		found = append(found, decode[row](t, string(r)).Assignee.Login)
	}
	return found, l.Total
}

// seatHolders are octodemo's people with seats, by seat.
var seatHolders = []string{"octocat", "octokitten", "hubot", "defunkt", "monalisa", "kanako"}

func TestAPageIsNeverAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cases := []struct {
		name, query string
		want        []string
	}{
		{"no query: the first fifty", "", seatHolders},
		{"a size", "per_page=2", seatHolders[:2]},
		{"a size and a page", "per_page=2&page=2", seatHolders[2:4]},
		{"a page and a size", "page=3&per_page=2", seatHolders[4:]},
		{"a last page that is not full", "page=2&per_page=4", seatHolders[4:]},
		{"a page alone", "page=1", seatHolders},
		{"a size of zero is the default", "per_page=0", seatHolders},
		{"a negative size is the default", "per_page=-1", seatHolders},
		{"a size that is no number is the default", "per_page=abc", seatHolders},
		{"an empty size is the default", "per_page=", seatHolders},
		{"a size without a value is the default", "per_page", seatHolders},
		{"a size with a sign is the default", "per_page=%2B2", seatHolders},
		{"a fractional size is the default", "per_page=2.5", seatHolders},
		{"a size with an exponent is the default", "per_page=1e0", seatHolders},
		{"a size in other digits is the default", "per_page=%D9%A2", seatHolders},
		{"a size over a hundred", "per_page=101", seatHolders},
		{"a size beyond any integer", "per_page=99999999999999999999999999", seatHolders},
		{"page zero is the first", "page=0&per_page=2", seatHolders[:2]},
		{"a negative page is the first", "page=-1&per_page=2", seatHolders[:2]},
		{"a page that is no number is the first", "page=abc&per_page=2", seatHolders[:2]},
		{"an empty page is the first", "page=&per_page=2", seatHolders[:2]},
		{"a page that is not UTF-8 is the first", "page=%FF&per_page=2", seatHolders[:2]},
		{"a page with a broken escape is the first", "page=%zz&per_page=2", seatHolders[:2]},
		{"a page with leading zeros", "page=002&per_page=2", seatHolders[2:4]},
		{"a page past the last", "page=4&per_page=2", []string{}},
		{"a page far past the last", "page=1000000&per_page=100", []string{}},
		{"the largest page of 64 bits", "page=9223372036854775807&per_page=100", []string{}},
		{"a page beyond any integer", "page=99999999999999999999999999&per_page=100", []string{}},
		{"of a repeated page the last counts", "page=2&per_page=2&page=3", seatHolders[4:]},
		{"of a repeated size the last counts", "per_page=100&per_page=2", seatHolders[:2]},
		{"an encoded key", "p%61ge=2&per%5Fpage=2", seatHolders[2:4]},
		{"a key in another case is another key", "Page=2&PER_PAGE=2", seatHolders},
		{"a key with brackets is another key", "page[]=2&per_page[]=2", seatHolders},
		{"other parameters", "x=1&page=2&y&per_page=2&z=", seatHolders[2:4]},
		{"semicolons do not separate", "per_page=2;page=2", seatHolders},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, total := logins(t, w.page(orgSeats, c.query).Body)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("?%s (-want +got):\n%s", c.query, diff)
			}
			if total != len(seatHolders) {
				t.Errorf("?%s: total_seats %d, want %d whatever the page", c.query, total, len(seatHolders))
			}
			w.page(enterpriseSeats, c.query)
		})
	}
}

func TestAPagePastTheEndStillHasAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{orgSeats: `{"total_seats":6,"seats":[]}`, enterpriseSeats: `{"total_seats":8,"seats":[]}`, "/orgs/empty/copilot/billing/seats": `{"total_seats":0,"seats":[]}`} {
		if got := w.page(path, "page=77").Body; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestAPageHasFiftySeatsByDefaultAndAHundredAtMost(t *testing.T) {
	t.Parallel()
	cases := []struct {
		query string
		rows  int
		want  string
	}{
		{"", 50, `<http://example.com/organizations/9919/copilot/billing/seats?page=2>; rel="next", <http://example.com/organizations/9919/copilot/billing/seats?page=3>; rel="last"`},
		{"per_page=1000", 100, `<http://example.com/organizations/9919/copilot/billing/seats?per_page=1000&page=2>; rel="next", <http://example.com/organizations/9919/copilot/billing/seats?per_page=1000&page=2>; rel="last"`},
	}
	w := newCrowd(t, 120)
	for _, c := range cases {
		got := w.page(orgSeats, c.query)
		if diff := cmp.Diff(c.want, got.Header.Get("Link")); diff != "" {
			t.Errorf("?%s: Link (-want +got):\n%s", c.query, diff)
		}
		rows, total := logins(t, got.Body)
		if len(rows) != c.rows || total != 120 {
			t.Errorf("?%s: got %d rows of %d, want %d of 120", c.query, len(rows), total, c.rows)
		}
	}
}

// newCrowd is a world where all of so many people have a seat in octodemo.
func newCrowd(t *testing.T, people int) *world {
	t.Helper()
	var users, members strings.Builder
	for i := range people - 1 {
		fmt.Fprintf(&users, ", {login: person-%d}", i)
		fmt.Fprintf(&members, "person-%d, ", i)
	}
	w := newWorld(t)
	w.load(fmt.Sprintf(`
now: 2026-11-20T12:00:00Z
users: [{login: monalisa}%s]
organizations:
  - {login: octodemo, id: 9919, owners: [monalisa], members: [%s], copilot: {seat_management: assign_all, public_code_suggestions: block}}
tokens: [{token: %s, kind: classic, user: monalisa, scopes: [manage_billing:copilot]}]
`, &users, &members, owner))
	return w
}

func TestLinkLeadsToTheOtherPagesInTheRecordedForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const org, ent = "http://example.com/organizations/9919/copilot/billing/seats?", "http://example.com/enterprises/octo-enterprise/copilot/billing/seats?"
	link := func(base string, pairs ...string) string {
		var links []string
		for i := 0; i < len(pairs); i += 2 {
			links = append(links, "<"+base+pairs[i+1]+`>; rel="`+pairs[i]+`"`)
		}
		return strings.Join(links, ", ")
	}
	cases := []struct {
		name, path, query, want string
	}{
		{"a single page has none", orgSeats, "", ""},
		{"a single page that is just full has none", orgSeats, "per_page=6", ""},
		{"the first page", orgSeats, "per_page=2", link(org, "next", "per_page=2&page=2", "last", "per_page=2&page=3")},
		{"a middle page", orgSeats, "per_page=2&page=2", link(org, "prev", "per_page=2&page=1", "next", "per_page=2&page=3", "last", "per_page=2&page=3", "first", "per_page=2&page=1")},
		{"the last page", orgSeats, "per_page=2&page=3", link(org, "prev", "per_page=2&page=2", "first", "per_page=2&page=1")},
		{"a last page that is not full", orgSeats, "per_page=4&page=2", link(org, "prev", "per_page=4&page=1", "first", "per_page=4&page=1")},
		{"just past the end", orgSeats, "per_page=2&page=4", link(org, "prev", "per_page=2&page=3", "last", "per_page=2&page=3", "first", "per_page=2&page=1")},
		{"far past the end", orgSeats, "per_page=2&page=99999999999999999999", link(org, "prev", "per_page=2&page=3", "last", "per_page=2&page=3", "first", "per_page=2&page=1")},
		{"past the end of a single page", orgSeats, "page=2", link(org, "prev", "page=1", "last", "page=1", "first", "page=1")},
		{"an empty list has none", "/orgs/empty/copilot/billing/seats", "per_page=1", ""},
		{"the page is replaced where it stands", orgSeats, "page=2&per_page=2", link(org, "prev", "page=1&per_page=2", "next", "page=3&per_page=2", "last", "page=3&per_page=2", "first", "page=1&per_page=2")},
		{"a page that is no number too", orgSeats, "page=abc&per_page=2", link(org, "next", "page=2&per_page=2", "last", "page=3&per_page=2")},
		{"a repeated page is sent once", orgSeats, "page=9&a=b&page=1&per_page=2", link(org, "next", "page=2&a=b&per_page=2", "last", "page=3&a=b&per_page=2")},
		{"an encoded page key", orgSeats, "p%61ge=1&per_page=2", link(org, "next", "page=2&per_page=2", "last", "page=3&per_page=2")},
		{"the caller's order and spelling", orgSeats, "z=1&per_page=002&Page=7&b=%7E%20x&a=~+y&flag", link(org, "next", "z=1&per_page=002&Page=7&b=%7E%20x&a=~+y&flag&page=2", "last", "z=1&per_page=002&Page=7&b=%7E%20x&a=~+y&flag&page=3")},
		{"a size over the limit in the caller's spelling", enterpriseSeats, "per_page=500&page=2", link(ent, "prev", "per_page=500&page=1", "last", "per_page=500&page=1", "first", "per_page=500&page=1")},
		{"hostile characters", orgSeats, "per_page=2&x=\"><b>\\ \r\n\x00`{|}^#\x7fé,;'", link(org, "next", "per_page=2&x=%22%3E%3Cb%3E%5C%20%0D%0A%00%60%7B%7C%7D%5E%23%7F%C3%A9%2C%3B'&page=2", "last", "per_page=2&x=%22%3E%3Cb%3E%5C%20%0D%0A%00%60%7B%7C%7D%5E%23%7F%C3%A9%2C%3B'&page=3")},
		{"a broken escape", orgSeats, "per_page=2&x=%zz%", link(org, "next", "per_page=2&x=%zz%&page=2", "last", "per_page=2&x=%zz%&page=3")},
		{"by number when asked by number", "/organizations/9919/copilot/billing/seats", "per_page=2", link(org, "next", "per_page=2&page=2", "last", "per_page=2&page=3")},
		{"under /api/v3", "/api/v3" + orgSeats, "per_page=3", link("http://example.com/api/v3/organizations/9919/copilot/billing/seats?", "next", "per_page=3&page=2", "last", "per_page=3&page=2")},
		{"an enterprise's, by slug, counting rows and not people", enterpriseSeats, "per_page=5&page=2", link(ent, "prev", "per_page=5&page=1", "next", "per_page=5&page=3", "last", "per_page=5&page=3", "first", "per_page=5&page=1")},
		{"an enterprise's, by slug when asked by number", "/enterprises/42/copilot/billing/seats", "per_page=6", link(ent, "next", "per_page=6&page=2", "last", "per_page=6&page=2")},
		{"an enterprise's, canonically spelt", "/enterprises/OCTO-Enterprise/copilot/billing/seats", "per_page=6", link(ent, "next", "per_page=6&page=2", "last", "per_page=6&page=2")},
		{"an enterprise's under /api/v3", "/api/v3" + enterpriseSeats, "per_page=6&page=2", link("http://example.com/api/v3/enterprises/octo-enterprise/copilot/billing/seats?", "prev", "per_page=6&page=1", "first", "per_page=6&page=1")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, w.page(c.path, c.query).Header.Get("Link")); diff != "" {
				t.Errorf("Link of %s?%s (-want +got):\n%s", c.path, c.query, diff)
			}
		})
	}
}

func TestLinkLeadsToTheHostThatWasAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for target, want := range map[string]string{
		"http://localhost:8080" + orgSeats + "?per_page=3": "http://localhost:8080/organizations/",
		"http://[::1]:8080" + orgSeats + "?per_page=3":     "http://[::1]:8080/organizations/",
		"https://ghe.example" + orgSeats + "?per_page=3":   "https://ghe.example/organizations/",
		`http://a"><b` + orgSeats + "?per_page=3":          "http://a%22%3E%3Cb/organizations/",
	} {
		got := w.get(target, owner).Header.Get("Link")
		if !strings.HasPrefix(got, "<"+want) {
			t.Errorf("asked at %s: Link %s", target, got)
		}
	}
}

var relNext = regexp.MustCompile(`<([^>]+)>;\s*rel="next"`)

func TestFollowingLinkOneSeatAtATimeVisitsEachSeatOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{orgSeats, enterpriseSeats, "/api/v3" + orgSeats, "/api/v3/enterprises/42/copilot/billing/seats"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			want := rowsOf(t, w.get200(path+"?per_page=100", owner))
			var got []string
			for next := "http://example.com" + path + "?per_page=1"; next != "" && len(got) <= len(want); {
				page := w.get(next, owner)
				got = append(got, rowsOf(t, page.Body)...)
				next = ""
				if match := relNext.FindStringSubmatch(page.Header.Get("Link")); match != nil {
					next = match[1]
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("seats (-in one page +one at a time):\n%s", diff)
			}
			unique := map[string]bool{}
			for _, r := range got {
				unique[r] = true
			}
			if len(unique) != len(got) {
				t.Errorf("%d of %d rows are different", len(unique), len(got))
			}
		})
	}
}

func TestCountingPagesOneSeatAtATimeEndsAtAnEmptyPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{orgSeats, enterpriseSeats} {
		want := rowsOf(t, w.get200(path+"?per_page=100", owner))
		var got []string
		for number := 1; number <= len(want)+1; number++ {
			rows := rowsOf(t, w.page(path, "page="+strconv.Itoa(number)+"&per_page=1").Body)
			if last := number > len(want); last != (len(rows) == 0) {
				t.Errorf("%s: page %d has %d rows", path, number, len(rows))
			}
			got = append(got, rows...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-in one page +one at a time):\n%s", path, diff)
		}
	}
}

func rowsOf(t *testing.T, body string) []string {
	t.Helper()
	rows := []string{}
	for _, r := range decode[list](t, body).Seats {
		rows = append(rows, string(r))
	}
	return rows
}

func TestEveryLinkOfAPageCanBeFollowedAndLinksBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := regexp.MustCompile(`<([^>]+)>; rel="(\w+)"`)
	query := "x=" + url.QueryEscape(`a"b#c`) + "#y&page=2&per_page=2"
	page := w.page(orgSeats, query)
	matches := all.FindAllStringSubmatch(page.Header.Get("Link"), -1)
	if len(matches) != 4 {
		t.Fatalf("got %d links in %s, want 4", len(matches), page.Header.Get("Link"))
	}
	pages := map[string][]string{"prev": seatHolders[:2], "next": seatHolders[4:], "last": seatHolders[4:], "first": seatHolders[:2]}
	for _, m := range matches {
		got, _ := logins(t, w.get200(m[1], owner))
		if diff := cmp.Diff(pages[m[2]], got); diff != "" {
			t.Errorf("rel %s, %s (-want +got):\n%s", m[2], m[1], diff)
		}
	}
}
