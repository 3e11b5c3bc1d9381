package ghapi

import (
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
)

const (
	defaultPerPage = 50 // of the lists of seats
	usualPerPage   = 30 // of all others
	maxPerPage     = 100
	maxPage        = math.MaxInt64/maxPerPage - 1 // so that no offset overflows
)

// SeatPage is which page of a list of seats is asked for.
func (q *Request) SeatPage() usher.Page { return pageOf(q.R.URL.RawQuery) }

// ListPage is which page of any other list is asked for.
func (q *Request) ListPage() usher.Page { return pageIn(q.R.URL.RawQuery, usualPerPage) }

// Parameter is a parameter of the query; of a repeated one the last. What cannot be decoded is
// as the caller wrote it.
func (q *Request) Parameter(name string) (value string, sent bool) {
	for _, p := range parameters(q.R.URL.RawQuery) {
		if p.key == name {
			value, sent = p.value, true
		}
	}
	return value, sent
}

// pageOf is pageIn for the lists of seats.
func pageOf(rawQuery string) usher.Page { return pageIn(rawQuery, defaultPerPage) }

// pageIn reads page and per_page. They are never an error: what is no positive number is
// the default, what is too large is the limit (recorded 2026-09-06). Of a repeated
// parameter the last counts.
func pageIn(rawQuery string, perPage int64) usher.Page {
	page := usher.Page{Number: 1, PerPage: perPage}
	for _, p := range parameters(rawQuery) {
		switch p.key {
		case "page":
			page.Number = positive(p.value, 1, maxPage)
		case "per_page":
			page.PerPage = positive(p.value, perPage, maxPerPage)
		}
	}
	return page
}

func positive(text string, otherwise, limit int64) int64 {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return limit // digits alone, and too many of them
	}
	if n < 1 {
		return otherwise
	}
	return min(n, limit)
}

// parameter is one pair of a query, decoded, and as the caller wrote it.
type parameter struct {
	key, value, raw string
}

func parameters(rawQuery string) []parameter {
	var out []parameter
	for raw := range strings.SplitSeq(rawQuery, "&") {
		if raw == "" {
			continue
		}
		key, value, _ := strings.Cut(raw, "=")
		out = append(out, parameter{decoded(key), decoded(value), raw})
	}
	return out
}

func decoded(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// linkHeader is the Link of one page of a list of so many rows; empty where all fit on one
// page. The rels stand in GitHub's order, each only where it leads somewhere else; past
// the end, prev is the last page that has rows. Recorded 2022 to 2026.
func linkHeader(address, rawQuery string, page usher.Page, rows int64) string {
	last := max(1, (rows+page.PerPage-1)/page.PerPage)
	if last == 1 && page.Number == 1 {
		return ""
	}
	address = safe(address) // an absolute request line may name any host
	var links []string
	add := func(rel string, number int64) {
		links = append(links, "<"+address+"?"+queryWithPage(rawQuery, number)+`>; rel="`+rel+`"`)
	}
	if page.Number > 1 {
		add("prev", min(page.Number-1, last))
	}
	if page.Number < last {
		add("next", page.Number+1)
	}
	if page.Number != last {
		add("last", last)
	}
	if page.Number > 1 {
		add("first", 1)
	}
	return strings.Join(links, ", ")
}

// queryWithPage is the caller's own query, in its order and spelling, with another page:
// in place where the caller sent one, else at the end.
func queryWithPage(rawQuery string, number int64) string {
	page := "page=" + strconv.FormatInt(number, 10)
	var pairs []string
	placed := false
	for _, p := range parameters(rawQuery) {
		if p.key != "page" {
			pairs = append(pairs, safeInList(p.raw))
			continue
		}
		if !placed {
			pairs = append(pairs, page)
			placed = true
		}
	}
	if !placed {
		pairs = append(pairs, page)
	}
	return strings.Join(pairs, "&")
}

// safeInList is safe for a header that clients split at commas and semicolons: go-github
// loses its pages otherwise.
func safeInList(raw string) string {
	return strings.NewReplacer(",", "%2C", ";", "%3B").Replace(safe(raw))
}

// safe percent-encodes what must not stand raw in a header's URL: a # would end its query.
func safe(raw string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(raw) {
		c := raw[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`<>"#\^{|}`+"`", c) >= 0 {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
