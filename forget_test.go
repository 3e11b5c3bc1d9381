package usher_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
)

// forgetters is by whom people are forgotten: nobody in particular.
var forgetters = usher.By{RequestID: "F0:1"}

func (s stage) forgets(login string) usher.Forgotten {
	s.Helper()
	gone, err := s.Forget(background, login, forgetters)
	if err != nil {
		s.Fatalf("forget %s: %v", login, err)
	}
	s.sound()
	return gone
}

// withTokens is the globe with tokens: ada has three, one of them octodemo's, and so has an
// installation; Bob has one.
func withTokens() usher.World {
	w := worldOf(globe()...)
	w.Users[userID("ada")-1].TimeZone = "Antarctica/Troll"
	w.Tokens = []usher.Token{
		{ID: 1, Hash: usher.HashToken("ghp_ada"), Kind: usher.Classic, UserID: userID("ada"), Scopes: []string{"admin:org"}},
		{ID: 2, Hash: usher.HashToken("github_pat_ada"), Kind: usher.FineGrained, UserID: userID("ada"), OwnerID: octodemo},
		{ID: 3, Hash: usher.HashToken("gho_ada"), Kind: usher.OAuth, UserID: userID("ada")},
		{ID: 4, Hash: usher.HashToken("ghs"), Kind: usher.AppInstallation, OwnerID: octodemo},
		{ID: 5, Hash: usher.HashToken("ghp_bob"), Kind: usher.Classic, UserID: userID("bob")},
		{ID: 6, Hash: usher.HashToken("github_pat_elsewhere"), Kind: usher.FineGrained, UserID: userID("ada"), OwnerID: 5},
	}
	return w
}

func TestWhoIsForgottenIsNamedNowhereAndNothingElseChanges(t *testing.T) {
	s := play(t, withTokens())
	person := s.user("ada")
	before := enginetest.Dump(t, s.database)
	gone := s.forgets("ADA")
	if gone.User.Login != "forgotten-1" || gone.User.Name+gone.User.Email+gone.User.TimeZone != "" || gone.Before || gone.Tokens != 4 {
		t.Errorf("got %+v, want forgotten-1 without a name and four tokens revoked", gone)
	}
	after := enginetest.Dump(t, s.database)
	for table, rows := range after {
		for _, text := range []string{person.Login, person.Name, person.Email, person.TimeZone} {
			for _, row := range rows {
				if slices.Contains(strings.Split(row, "|"), text) {
					t.Errorf("%s still has %q: %s", table, text, row)
				}
			}
		}
		changed := slices.Contains([]string{"users", "tokens", "accounts"}, table)
		if !changed && len(rows) < len(before[table]) {
			t.Errorf("%s has %d rows, had %d", table, len(rows), len(before[table]))
		}
		for _, row := range before[table] {
			if _, kept := slices.BinarySearch(rows, row); !kept && !changed {
				t.Errorf("%s lost the row %s", table, row)
			}
		}
		if !changed && table != "events" && len(rows) != len(before[table]) {
			t.Errorf("%s has %d rows, had %d", table, len(rows), len(before[table]))
		}
	}
}

func TestEachAccountThatKnowsWhoIsForgottenSaysSoOnceAndNamesTheirTokens(t *testing.T) {
	s := play(t, withTokens())
	before := dump(t, s.store)
	s.forgets("ada")
	want := map[string][]string{
		"octo-global": {"token_id 1", "token_id 3", "forgotten"},
		"hubot":       {"token_id 1", "token_id 3", "forgotten"},
		"octodemo":    {"token_id 1", "token_id 2", "token_id 3", "forgotten"},
		"bare":        {"token_id 1", "token_id 3", "forgotten"},
		"elsewhere":   {"token_id 1", "token_id 3", "token_id 6", "forgotten"}, // which has a token of hers
	}
	for i, account := range dump(t, s.store).Accounts {
		var got []string
		for _, event := range account.Events[len(before.Accounts[i].Events):] {
			if event.UserID != userID("ada") || event.Actor != (usher.Actor{}) || event.RequestID != "F0:1" || !event.At.Equal(noon) {
				t.Errorf("%s: the event is %+v", account.Account.Login, event)
			}
			got = append(got, map[usher.Action]string{usher.PersonForgotten: "forgotten", usher.TokenRevoked: event.Change.Field + " " + event.Change.Old}[event.Action])
		}
		if diff := cmp.Diff(want[account.Account.Login], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", account.Account.Login, diff)
		}
	}
}

func TestAnAccountThatDoesNotKnowWhoIsForgottenIsLeftAlone(t *testing.T) {
	s := play(t, worldOf(globe()...))
	before := dump(t, s.store)
	s.forgets("cyd") // of octodemo alone
	for i, account := range dump(t, s.store).Accounts {
		changed := !cmp.Equal(before.Accounts[i], account)
		if login := account.Account.Login; changed != (login == "octodemo") {
			t.Errorf("%s: changed: %t", login, changed)
		}
	}
}

func TestTheTokensOfWhoIsForgottenAreRevokedAndNobodyElses(t *testing.T) {
	s := play(t, withTokens())
	s.forgets("ada")
	for token, want := range map[string]bool{"ghp_ada": false, "github_pat_ada": false, "gho_ada": false, "github_pat_elsewhere": false, "ghs": true, "ghp_bob": true} {
		if _, err := s.Authenticate(t.Context(), token); (err == nil) != want {
			t.Errorf("%s: got error %v, want it to be good: %t", token, err, want)
		}
	}
}

func TestListsTotalsAndCountsOfWhoIsForgottenAreTheSameButForTheName(t *testing.T) {
	s := play(t, withTokens())
	read := func() string {
		t.Helper()
		var b strings.Builder
		for _, id := range []int64{octodemo, hubot} {
			ref := usher.OrganizationRef(id)
			page, err := s.Seats(t.Context(), ref, everyRow)
			if err != nil {
				t.Fatal(err)
			}
			billing, err := s.Billing(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, page.TotalSeats, billing.Breakdown)
			for _, row := range page.Seats {
				fmt.Fprintln(&b, row.Assignee.Login, row.Assignee.ID, row.Seat)
			}
		}
		firm, err := s.EnterpriseSeats(t.Context(), usher.EnterpriseRef(octoGlobal), everyRow)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, firm.TotalSeats)
		for _, row := range firm.Seats {
			fmt.Fprintln(&b, row.Assignee.Login, row.Assignee.ID, row.Seat)
		}
		return b.String()
	}
	before := read()
	s.forgets("ada")
	if diff := cmp.Diff(strings.ReplaceAll(before, "ada ", "forgotten-1 "), read()); diff != "" || !strings.Contains(before, "ada ") {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestEveryReadingThatShowsWhoIsForgottenHasANewEdition(t *testing.T) {
	s := play(t, worldOf(globe()...))
	octo, firm := usher.OrganizationRef(octodemo), usher.EnterpriseRef(octoGlobal)
	ada := usher.By{Actor: usher.Actor{UserID: userID("ada")}}
	if _, err := s.Invite(t.Context(), octo, usher.Invitee{Login: "jon"}, usher.RoleMember, nil, ada); err != nil {
		t.Fatal(err)
	}
	login, page := "ada", usher.Page{Number: 1, PerPage: 100}
	readings := map[string]func() (usher.Edition, error){
		"the seats": func() (usher.Edition, error) {
			p, err := s.Seats(t.Context(), usher.OrganizationRef(hubot), page)
			return p.Edition, err
		},
		"an enterprise's seats": func() (usher.Edition, error) {
			p, err := s.EnterpriseSeats(t.Context(), firm, page)
			return p.Edition, err
		},
		"a member's seats": func() (usher.Edition, error) {
			p, err := s.EnterpriseMemberSeats(t.Context(), firm, login)
			return p.Edition, err
		},
		"the members": func() (usher.Edition, error) { p, err := s.Members(t.Context(), octo, "", page); return p.Edition, err },
		"a membership": func() (usher.Edition, error) {
			p, err := s.OrganizationMembership(t.Context(), octo, login)
			return p.Edition, err
		},
		"the invitations, made by them": func() (usher.Edition, error) {
			p, err := s.Invitations(t.Context(), octo, "", page)
			return p.Edition, err
		},
		"people of an enterprise team": func() (usher.Edition, error) {
			p, err := s.EnterpriseTeamPeople(t.Context(), firm, usher.TeamName{Slug: "web"}, page)
			return p.Edition, err
		},
		"the person": func() (usher.Edition, error) { u := s.user(login); return u.Edition(), nil },
	}
	before := map[string]usher.Edition{}
	for name, read := range readings {
		edition, err := read()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before[name] = edition
	}
	login = s.forgets("ada").User.Login
	for name, read := range readings {
		edition, err := read()
		if err != nil || slices.Equal(edition, before[name]) {
			t.Errorf("%s: got the edition %v, error %v; want another", name, edition, err)
		}
	}
}

func TestForgettingSaysWhatThePersonStillHolds(t *testing.T) {
	for _, c := range []struct {
		name, login string
		prepare     func(s stage)
		want        []string
	}{
		{"the only owner", "ada", nil, []string{"octodemo owner only, core, 1 seat"}},
		{"a member whose seat is pending", "bob", nil, []string{"octodemo member, docs, core, 1 pending"}},
		{"a member in a child team", "dee", nil, []string{"octodemo member, innermost, core, inner, 1 seat"}},
		{"an invited person", "hal", nil, []string{"octodemo invited"}},
		{"who has left", "gus", func(s stage) {
			if err := s.RemoveMember(background, usher.OrganizationRef(octodemo), "gus", by); err != nil {
				s.Fatalf("%v", err)
			}
		}, []string{"octodemo"}},
		{"who belongs nowhere", "kim", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := play(t, worldOf(crew(direct("ada"), cancelled("bob"), throughTeam(21), direct("gus"))))
			if c.prepare != nil {
				c.prepare(s)
			}
			var got []string
			for _, h := range s.forgets(c.login).Holdings {
				got = append(got, heldText(h))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// heldText is what somebody holds in an account, in short.
func heldText(h usher.Held) string {
	text := h.Account.Login
	if m := h.Membership; m != nil && m.State == usher.Pending {
		text += " invited"
	} else if m != nil {
		text += " " + string(m.Role)
	}
	if h.OnlyOwner {
		text += " only"
	}
	for _, team := range h.Teams {
		text += ", " + team.Slug
	}
	for _, seat := range h.Seats {
		text += ", 1 " + map[bool]string{true: "pending", false: "seat"}[seat.Pending()]
	}
	return text
}

func TestWhoIsForgottenCanStillBeTakenOut(t *testing.T) {
	s := play(t, worldOf(crew(direct("eve"))))
	login := s.forgets("eve").User.Login
	s.does(s.CancelUsers, 1, login)
	if err := s.RemoveMember(t.Context(), usher.OrganizationRef(octodemo), login, by); err != nil {
		t.Error(err)
	}
	s.sound()
}

func TestForgettingTwiceAndForgettingNobody(t *testing.T) {
	s := play(t, worldOf(crew(direct("eve"))))
	s.forgets("eve")
	before := enginetest.Dump(t, s.database)
	if again := s.forgets("Forgotten-5"); !again.Before || again.Tokens != 0 || len(again.Holdings) != 1 {
		t.Errorf("the second time: got %+v, want to be told so", again)
	}
	for _, login := range []string{"eve", "nobody", "", "octodemo", "\x00", strings.Repeat("x", 1000)} {
		if _, err := s.Forget(t.Context(), login, forgetters); !usher.IsNotFound(err) {
			t.Errorf("%.20q: got %v, want not found", login, err)
		}
	}
	if diff := cmp.Diff(before, enginetest.Dump(t, s.database)); diff != "" {
		t.Errorf("something changed (-before +after):\n%s", diff)
	}
}

// A seed cannot give these logins away; a database of an older usher may have them.
func TestAPseudonymIsNobodyElses(t *testing.T) {
	w := worldOf(crew(direct("eve")))
	w.Users[userID("fay")-1].Login = "Forgotten-5" // eve's id
	w.Users[userID("gus")-1].Login = "forgotten-52"
	s := play(t, w)
	if got := s.forgets("eve").User.Login; got != "forgotten-5-2" {
		t.Errorf("got %s, want forgotten-5-2", got)
	}
	if again := s.forgets("forgotten-5-2"); !again.Before {
		t.Errorf("the second time: got %+v, want to be told so", again)
	}
	if gone := s.forgets("forgotten-5"); gone.Before || gone.User.Login != "forgotten-6" {
		t.Errorf("who only has such a login: got %+v, want forgotten-6", gone)
	}
	if gone := s.forgets("forgotten-52"); gone.Before || gone.User.Login != "forgotten-7" {
		t.Errorf("who only has such a login: got %+v, want forgotten-7", gone)
	}
}

func TestWhoAlwaysHadSuchALoginIsForgottenToo(t *testing.T) {
	w := worldOf(crew(direct("eve")))
	eve := &w.Users[userID("eve")-1]
	eve.Login, eve.Name = "forgotten-5", "Eve"
	s := play(t, w)
	if gone := s.forgets("forgotten-5"); gone.Before || gone.User.Login != "forgotten-5-2" || gone.User.Name != "" {
		t.Errorf("got %+v, want forgotten-5-2 without a name", gone)
	}
}

func TestTheLoginsThatAreKeptForWhoIsForgotten(t *testing.T) {
	t.Parallel()
	for login, want := range map[string]bool{
		"forgotten-1": true, "Forgotten-0017": true, "forgotten-7-2": true,
		"forgotten": false, "forgotten-": false, "forgotten-realms": false, "forgotten-7-": false, "forgotten-7x": false, "forgotten--7": false, "unforgotten-7": false, "forgotten-7-2-3": false,
	} {
		if got := usher.ReservedLogin(login); got != want {
			t.Errorf("%s: got %t, want %t", login, got, want)
		}
	}
}

func (s stage) user(login string) usher.User {
	s.Helper()
	var user usher.User
	err := s.store.View(background, func(tx usher.Reader) (err error) {
		user, _, err = tx.User(login)
		return err
	})
	if err != nil {
		s.Fatalf("the user %s: %v", login, err)
	}
	return user
}
