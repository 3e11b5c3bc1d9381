package ownapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

const (
	ownSeats    = "/_usher/orgs/octodemo/seats"
	githubSeats = "/orgs/octodemo/copilot/billing/seats"
)

// advance moves the clock, with all that this brings about.
func (w *world) advance(to string) {
	w.t.Helper()
	if got := w.do("POST", "/_usher/clock/advance", owner, `{"to":"`+to+`"}`); got.Status != 200 {
		w.t.Fatalf("advance to %s: got %d %s", to, got.Status, got.Body)
	}
}

func (w *world) changes(method, path, body string) {
	w.t.Helper()
	if got := w.do(method, path, owner, body); got.Status > 299 {
		w.t.Fatalf("%s %s: got %d %s", method, path, got.Status, got.Body)
	}
}

func TestThePastIsAnsweredInTheVeryBytesOfThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	selected := githubSeats[:strings.LastIndex(githubSeats, "/")] + "/selected_users"
	steps := []struct {
		at     string
		change func()
	}{
		{"2026-11-20T12:00:00Z", func() {}},
		{"2026-11-20T12:00:01Z", func() { w.changes("POST", selected, `{"selected_usernames":["monalisa","hubot","newhire"]}`) }},
		{"2026-11-21T00:00:00.5Z", func() {
			w.changes("POST", reports, `{"events":[{"username":"hubot","at":"2026-11-20T20:00:00Z","editor":"vim/9"}]}`)
		}},
		{"2026-11-22T00:00:00Z", func() { w.changes("DELETE", selected, `{"selected_usernames":["octocat","monalisa"]}`) }},
		{"2026-11-23T00:00:00Z", func() { w.changes("PATCH", "/_usher/orgs/octodemo/copilot", `{"enabled":false}`) }},
		{"2026-11-24T00:00:00Z", func() {
			w.changes("PATCH", "/_usher/orgs/octodemo/copilot", `{"enabled":true,"seat_management":"assign_selected","public_code_suggestions":"block"}`)
		}},
		{"2026-11-25T00:00:00Z", func() { w.changes("PATCH", "/_usher/orgs/octodemo/copilot", `{"enterprise":null}`) }},
		{"2026-12-01T00:00:00Z", func() {}},
		{"2027-03-03T00:00:00Z", func() { w.changes("POST", selected, `{"selected_usernames":["octocat"]}`) }},
	}
	people := []string{"monalisa", "octocat", "hubot", "newhire", "outsider", "nobody"}
	pages := []string{"?per_page=2", "?per_page=2&page=2", "?page=9&per_page=1"}
	type shown struct {
		pages        []answer
		entitlements []answer
	}
	all := make([]shown, len(steps))
	for i, step := range steps {
		w.advance(step.at)
		step.change()
		for _, query := range pages {
			theirs := w.do("GET", githubSeats+query, owner, "")
			all[i].pages = append(all[i].pages, theirs)
			if own := w.do("GET", ownSeats+query, owner, ""); own.Status != theirs.Status || own.Status == 200 && own.Body != theirs.Body {
				t.Errorf("the present at %s: got %d %s, GitHub's list is %d %s", step.at, own.Status, own.Body, theirs.Status, theirs.Body)
			}
		}
		for _, login := range people {
			all[i].entitlements = append(all[i].entitlements, w.do("GET", entitlements+login, owner, ""))
		}
	}
	statuses := map[int]int{}
	for i, step := range steps {
		for j, query := range pages {
			got, then := w.do("GET", ownSeats+query+"&as_of="+step.at, owner, ""), all[i].pages[j]
			if then.Status == 200 {
				got.is(t, step.at+query, then.Status, then.Body)
			} else if got.Status != then.Status || !strings.Contains(got.Body, "Copilot Business is not enabled for this organization.") {
				t.Errorf("%s%s: got %d %s, then it was %d", step.at, query, got.Status, got.Body, then.Status)
			}
			statuses[got.Status]++
		}
		for j, login := range people {
			got, then := w.do("GET", entitlements+login+"?as_of="+step.at, owner, ""), all[i].entitlements[j]
			got.is(t, login+" at "+step.at, then.Status, then.Body)
		}
	}
	if statuses[200] != 24 || statuses[404] != 3 {
		t.Errorf("the statuses were %v", statuses)
	}
	for i := range all[1:] {
		if all[i].pages[0].Body == all[i+1].pages[0].Body && all[i].entitlements[1].Body == all[i+1].entitlements[1].Body && i != 5 {
			t.Errorf("nothing has changed from %s to %s, so that nothing is tested", steps[i].at, steps[i+1].at)
		}
	}
}

func TestAPageOfThePastLinksToTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.changes("POST", "/orgs/octodemo/copilot/billing/selected_users", `{"selected_usernames":["monalisa"]}`)
	w.advance("2027-01-01T00:00:00Z")
	got := w.send("GET", "/_usher/orgs/OCTODEMO/seats?as_of=2026-11-20T13:00:00%2B01:00&per_page=1&page=2", owner, "", http.Header{})
	const base = "http://example.com/_usher/orgs/OctoDemo/seats?as_of=2026-11-20T13:00:00%2B01:00&per_page=1&page="
	want := "<" + base + `1>; rel="prev", <` + base + `3>; rel="next", <` + base + `3>; rel="last", <` + base + `1>; rel="first"`
	if link := got.Header.Get("Link"); link != want || !strings.HasPrefix(got.Body, `{"total_seats":3,"seats":[{`) {
		t.Errorf("got Link %s, %.100s; want %s and three seats", link, got.Body, want)
	}
	if control, tag := got.Header.Get("Cache-Control"), got.Header.Get("ETag"); control != "no-cache" || tag != "" {
		t.Errorf("Cache-Control %q, ETag %q; want no-cache and none", control, tag)
	}
	for number, total := range map[int]string{1: "1", 2: "1", 3: "2", 5: "2", 7: "3"} {
		got := w.do("GET", ownSeats+"?as_of="+strconv.Itoa(number), owner, "")
		if !strings.HasPrefix(got.Body, `{"total_seats":`+total+`,`) {
			t.Errorf("as of event %d: got %d %.100s, want %s seats", number, got.Status, got.Body, total)
		}
	}
}

func TestAsOfIsANumberOrAnInstantThatIsOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const (
		neither = "as_of is neither the number of an event nor an instant like 2026-11-20T12:00:00Z. In a URL, + is written %2B."
		future  = "It is 2026-11-20T12:00:00Z: as_of lies in the future."
		early   = "What OctoDemo was like is kept since 2026-10-01T00:00:00Z: as_of lies before that."
	)
	for asOf, message := range map[string]string{
		"": neither, "yesterday": neither, "-1": neither, "1.0": neither, "0x1": neither, "%zz": neither, "%": neither,
		"2026-11-20": neither, "2026-11-20T12:00:00": neither, "2026-11-20T13:00:00+01:00": neither, "2026-13-01T00:00:00Z": neither, "%00": neither, "1&as_of=x": neither,
		"99999999999999999999": "as_of is too high for the number of an event.",
		"9223372036854775807":  "The last event of OctoDemo is number 5: as_of names event 9223372036854775807.",
		"7":                    "The last event of OctoDemo is number 5: as_of names event 7.",
		"0":                    early, "000": early, "2026-09-30T23:59:59.999999Z": early, "0001-01-01T00:00:00.000001Z": early,
		"2026-11-20T12:00:00.000001Z": future, "9999-12-31T23:59:59Z": future,
	} {
		for _, path := range []string{ownSeats, entitlements + "octocat"} {
			w.do("GET", path+"?as_of="+asOf, owner, "").is(t, path+" as of "+asOf, 422, failed(t, "422", message))
		}
	}
	for _, asOf := range []string{"1", "05", "2026-10-01T00:00:00Z", "2026-11-20T12:00:00.0000009Z", "2026-11-20T14:00:00%2B02:00", "x&as_of=1"} {
		for _, path := range []string{ownSeats, entitlements + "octocat"} {
			if got := w.do("GET", path+"?as_of="+asOf, owner, ""); got.Status != 200 {
				t.Errorf("%s as of %s: got %d %s", path, asOf, got.Status, got.Body)
			}
		}
	}
	w.do("GET", "/_usher/orgs/no-copilot/seats?as_of=2026-11-20T12:00:00Z", owner, "").
		is(t, "without Copilot", 404, failed(t, "404", "Copilot Business is not enabled for this organization."))
	w.do("GET", "/_usher/orgs/nobody/seats?as_of=x", owner, "").is(t, "no organization", 404, failed(t, "404", "Not Found"))
}

func TestThePastIsForWhoMayReadSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for token, status := range map[string]int{
		owner: 200, "ghp_read_org": 200, "github_pat_read": 200, "ghu_write": 200, "ghs_read": 200,
		"ghp_no_scope": 403, "ghp_member": 403, "ghp_outsider": 404, "github_pat_elsewhere": 404, "ghs_gateway": 403, "": 401, "ghp_expired": 401,
	} {
		for _, query := range []string{"", "?as_of=1"} {
			want := w.do("GET", githubSeats, token, "").Status
			if got := w.do("GET", ownSeats+query, token, ""); got.Status != status || want != status {
				t.Errorf("%q%s: got %d %s, GitHub's list %d, want %d", token, query, got.Status, got.Body, want, status)
			}
		}
	}
	w.do("GET", entitlements+"octocat?as_of=1", "ghs_gateway", "").is(t, "a gateway", 200, `{"entitled":true,"until":null,"through":[{"kind":"direct"}]}`)
}
