package usher_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

func (s stage) history(login string) usher.SeatHistory {
	s.Helper()
	h, err := s.SeatHistory(context.Background(), octodemoRef, login)
	if err != nil {
		s.Fatalf("the history of %s: %v", login, err)
	}
	return h
}

const shortly = "01-02 15:04"

// historyWords tell of each period, and below it of each of its grants.
func historyWords(h usher.SeatHistory) []string {
	words := []string{}
	span := func(from, to time.Time) string {
		if to.IsZero() {
			return from.Format(shortly) + " on"
		}
		return from.Format(shortly) + " to " + to.Format(shortly)
	}
	by := func(actor usher.Actor, what string) string {
		if user, ok := h.Names[actor.UserID]; ok {
			return ", " + what + " by " + user.Login
		}
		return ""
	}
	for _, p := range h.Periods {
		line := fmt.Sprintf("seat %d from %s%s", p.Seat, span(p.From, p.To), by(p.EndedBy, "ended"))
		if !p.EndsAt.IsZero() {
			line += ", ends " + p.EndsAt.Format(shortly)
		}
		if p.Seen.Reports > 0 {
			line += fmt.Sprintf(", %d reports, last %s", p.Seen.Reports, p.Seen.Activity.Editor)
		}
		words = append(words, line)
		for _, g := range p.Grants {
			words = append(words, fmt.Sprintf("  %s from %s%s%s", reachWords([]usher.Reach{g.Reach})[0], span(g.From, g.To), by(g.GrantedBy, "given"), by(g.EndedBy, "ended")))
		}
	}
	return words
}

func (s stage) recounts(login string, total string, want ...string) usher.SeatHistory {
	s.Helper()
	h := s.history(login)
	if diff := cmp.Diff(append([]string{}, want...), historyWords(h)); diff != "" {
		s.Errorf("the history of %s (-want +got):\n%s", login, diff)
	}
	if got := h.Total.String(); got != total {
		s.Errorf("the seats of %s cost %s so far, want %s", login, got, total)
	}
	return h
}

func TestAHistoryTellsEveryPeriodWithItsGrants(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	s := play(t, explainable())
	s.does(s.GrantTeams, 1, "core") // through inner
	s.recounts("ada", "0.63", "seat 1 from 11-11 12:00 on", "  team core from 11-11 12:00 on, given by ada")
	s.moveTo(day(1))
	s.reports(used("ada", day(1), "vim/1"), used("ada", day(0), "vim/0"))
	s.does(s.GrantUsers, 0, "ada")
	s.moveTo(day(2))
	must(t, s.RemoveTeamMembership(t.Context(), octodemoRef, teamNamed("inner"), "ada", anApp, by))
	s.moveTo(day(3))
	s.does(s.CancelUsers, 1, "ada")
	s.recounts("ada", "2.53", "seat 1 from 11-11 12:00 on, ended by ada, ends 12-01 00:00, 2 reports, last vim/1",
		"  team core from 11-11 12:00 to 11-13 12:00, given by ada, ended by ada",
		"  direct from 11-12 12:00 to 11-14 12:00, given by ada, ended by ada")
	s.moveTo(day(4))
	s.does(s.GrantUsers, 1, "ada") // refreshed
	s.does(s.CancelUsers, 1, "ada")
	ended := []string{
		"seat 1 from 11-11 12:00 to 12-01 00:00, ended by ada, 2 reports, last vim/1",
		"  team core from 11-11 12:00 to 11-13 12:00, given by ada, ended by ada",
		"  direct from 11-12 12:00 to 11-14 12:00, given by ada, ended by ada",
		"  direct from 11-15 12:00 to 11-15 12:00, given by ada, ended by ada",
	}
	s.passTo(day(50)) // nothing has settled it
	s.recounts("ada", "12.67", ended...)
	s.moveTo(day(51))
	s.does(s.GrantUsers, 1, "ada")
	h := s.recounts("ada", "13.28", append(ended, "seat 2 from 01-01 12:00 on", "  direct from 01-01 12:00 on, given by ada")...)
	if !h.RecordFrom.IsZero() {
		t.Errorf("the record begins at %v, want from the beginning", h.RecordFrom)
	}
}

func TestWhoLeavesAndComesBackHasTwoPeriodsOfOneSeatWhichIsPaidOnceX6(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "ada")
	s.reports(used("ada", noon, "vim/1"))
	s.moveTo(day(1))
	must(t, s.RemoveMember(t.Context(), octodemoRef, "ada", by))
	first := []string{"seat 1 from 11-11 12:00 to 11-12 12:00, ended by ada, 1 reports, last vim/1", "  direct from 11-11 12:00 to 11-12 12:00, given by ada, ended by ada"}
	s.recounts("ada", "1.27", first...)
	s.moveTo(day(3))
	_, err := s.SetOrganizationMembership(t.Context(), octodemoRef, "ada", usher.RoleMember, by)
	must(t, err)
	_, err = s.AcceptInvitation(t.Context(), usher.AccountName{ID: octodemo}, callerOf("ada"), by)
	must(t, err)
	s.reports(used("ada", day(3), "vim/2"), used("ada", day(3), "vim/3"))
	s.recounts("ada", "2.53", append(first, "seat 1 from 11-14 12:00 on, 2 reports, last vim/2", "  direct from 11-14 12:00 on, given by ada")...)
	s.moveTo(day(4))
	must(t, s.RemoveMember(t.Context(), octodemoRef, "ada", by))
	s.moveTo(day(40)) // paid to the cycle's end
	s.recounts("ada", "12.67", append(first, "seat 1 from 11-14 12:00 to 11-15 12:00, ended by ada, 2 reports, last vim/2", "  direct from 11-14 12:00 to 11-15 12:00, given by ada, ended by ada")...)
}

func TestASeatGivenAndTakenAtTheFirstInstantOfACycleIsPaidUntilItEndsX6(t *testing.T) {
	boundary := time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)
	s := play(t, explainable())
	s.moveTo(boundary)
	s.does(s.GrantUsers, 1, "ada")
	must(t, s.RemoveMember(t.Context(), octodemoRef, "ada", by))
	s.moveTo(boundary.AddDate(0, 2, 0))
	s.recounts("ada", "19.00", "seat 1 from 12-01 00:00 to 12-01 00:00, ended by ada", "  direct from 12-01 00:00 to 12-01 00:00, given by ada, ended by ada")
}

func TestAHistoryTellsOfEveryonesGrantAndOfAnotherPlan(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	s := play(t, explainable())
	s.everyone(usher.AssignAll)
	s.moveTo(day(1))
	enterprise := usher.PlanEnterprise
	_, err := s.ChangeSubscription(t.Context(), octodemoRef, usher.SubscriptionChange{Plan: &enterprise}, by)
	must(t, err)
	s.moveTo(day(2))
	s.everyone(usher.AssignSelected)
	s.moveTo(day(3))
	// Two days at 19/30 and two at 39/30.
	s.recounts("cyd", "3.87", "seat 3 from 11-11 12:00 on, ended by ada, ends 12-01 00:00", "  everyone from 11-11 12:00 to 11-13 12:00, given by ada, ended by ada")
	s.everyone(usher.AssignmentDisabled)
	s.moveTo(day(40))
	s.recounts("cyd", "24.67", "seat 3 from 11-11 12:00 to 11-14 12:00, ended by ada", "  everyone from 11-11 12:00 to 11-13 12:00, given by ada, ended by ada")
}

func TestATeamThatMovesOrGoesEndsItsGrantInTheHistory(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantTeams, 1, "core")
	s.moveTo(noon.Add(time.Hour))
	_, _, err := s.ChangeTeam(t.Context(), octodemoRef, teamNamed("inner"), usher.TeamChange{Parent: &usher.TeamName{}}, anApp, by)
	must(t, err)
	s.recounts("ada", "0.63", "seat 1 from 11-11 12:00 on, ended by ada, ends 12-01 00:00", "  team core from 11-11 12:00 to 11-11 13:00, given by ada, ended by ada")
	s.does(s.GrantTeams, 1, "inner")
	s.moveTo(noon.Add(2 * time.Hour))
	must(t, s.DeleteTeam(t.Context(), octodemoRef, teamNamed("inner"), anApp, by))
	s.recounts("ada", "0.63", "seat 1 from 11-11 12:00 on, ended by ada, ends 12-01 00:00", "  team core from 11-11 12:00 to 11-11 13:00, given by ada, ended by ada",
		"  team inner from 11-11 13:00 to 11-11 14:00, given by ada, ended by ada")
}

func TestWhoNeverHadASeatHasAnEmptyHistoryAndWhoIsNobodyHasNone(t *testing.T) {
	s := play(t, explainable())
	for _, login := range []string{"cyd", "dee"} {
		s.recounts(login, "0.00")
	}
	for _, login := range []string{"kim", "nobody"} {
		_, err := s.SeatHistory(t.Context(), octodemoRef, login)
		if err == nil || refusal(s, err).Kind != usher.NotFound {
			t.Errorf("%s: got %v, want not found", login, err)
		}
	}
}

func TestASeatOfAWorldHasItsHistoryFromWhenItWasGranted(t *testing.T) {
	w := oneOf("ada Bob", directAt("ada", noon.AddDate(0, -1, 0)), usher.WorldGrant{Kind: usher.DirectGrant, SubjectID: userID("bob"), At: noon.AddDate(0, 0, -1), Cancelled: true})
	s := play(t, w)
	s.recounts("ada", "19.84", "seat 1 from 10-11 12:00 on", "  direct from 10-11 12:00 on")
	s.recounts("bob", "1.27", "seat 2 from 11-10 12:00 on, ends 12-01 00:00", "  direct from 11-10 12:00 to 11-11 12:00")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// said is what an organization said of ada at an instant: her seat's number, and what held it.
type said struct {
	At    time.Time
	Seat  int64
	Holds []string
}

func (s stage) saysOf(login string, at time.Time) said {
	s.Helper()
	e, err := s.Explain(context.Background(), octodemoRef, login)
	if err != nil {
		if refusal(s, err).Kind == usher.NotFound {
			return said{At: at, Holds: []string{}} // who has left
		}
		s.Fatalf("explain %s: %v", login, err)
	}
	now := said{At: at, Holds: []string{}}
	if e.Seat != nil {
		now.Seat = e.Seat.Number
	}
	now.Holds = append(now.Holds, reachWords(e.Through)...)
	slices.Sort(now.Holds)
	return now
}

// saidAt is what a history says of an instant.
func saidAt(h usher.SeatHistory, at time.Time) said {
	within := func(from, to time.Time) bool { return !at.Before(from) && (to.IsZero() || at.Before(to)) }
	told := said{At: at, Holds: []string{}}
	for _, p := range h.Periods {
		if !within(p.From, p.To) {
			continue
		}
		told.Seat = p.Seat
		for _, g := range p.Grants {
			if within(g.From, g.To) {
				told.Holds = append(told.Holds, reachWords([]usher.Reach{g.Reach})...)
			}
		}
	}
	slices.Sort(told.Holds)
	return told
}

// happenings are what the random history of ada is made of. What cannot be done is refused.
var happenings = map[string]func(stage) error{
	"grant ada":    func(s stage) error { return s.asks(s.GrantUsers, "ada") },
	"cancel ada":   func(s stage) error { return s.asks(s.CancelUsers, "ada") },
	"grant core":   func(s stage) error { return s.asks(s.GrantTeams, "core") },
	"cancel core":  func(s stage) error { return s.asks(s.CancelTeams, "core") },
	"grant other":  func(s stage) error { return s.asks(s.GrantTeams, "other") },
	"cancel other": func(s stage) error { return s.asks(s.CancelTeams, "other") },
	"join inner":   func(s stage) error { return s.putIn("inner") },
	"leave inner": func(s stage) error {
		return s.RemoveTeamMembership(background, octodemoRef, teamNamed("inner"), "ada", anApp, by)
	},
	"join other": func(s stage) error { return s.putIn("other") },
	"leave other": func(s stage) error {
		return s.RemoveTeamMembership(background, octodemoRef, teamNamed("other"), "ada", anApp, by)
	},
	"inner alone":   func(s stage) error { return s.putUnder(usher.TeamName{}) },
	"inner in core": func(s stage) error { return s.putUnder(teamNamed("core")) },
	"leave":         func(s stage) error { return s.RemoveMember(background, octodemoRef, "ada", by) },
	"invite": func(s stage) error {
		_, err := s.SetOrganizationMembership(background, octodemoRef, "ada", usher.RoleMember, by)
		return err
	},
	"accept": func(s stage) error {
		_, err := s.AcceptInvitation(background, usher.AccountName{ID: octodemo}, callerOf("ada"), by)
		return err
	},
	"everyone": func(s stage) error { return s.manages(usher.AssignAll) },
	"selected": func(s stage) error { return s.manages(usher.AssignSelected) },
	"disabled": func(s stage) error { return s.manages(usher.AssignmentDisabled) },
	"settle":   func(s stage) error { _, err := s.Settle(background); return err },
	"another cycle day": func(s stage) error {
		day := 15
		_, err := s.ChangeSubscription(background, octodemoRef, usher.SubscriptionChange{CycleDay: &day}, by)
		return err
	},
}

func (s stage) asks(c call, name string) error {
	_, err := c(background, octodemoRef, []string{name}, by)
	return err
}

func (s stage) putIn(team string) error {
	_, err := s.SetTeamMembership(background, octodemoRef, teamNamed(team), "ada", usher.TeamMemberRole, callerOf("jon"), by)
	return err
}

func (s stage) putUnder(parent usher.TeamName) error {
	_, _, err := s.ChangeTeam(background, octodemoRef, teamNamed("inner"), usher.TeamChange{Parent: &parent}, anApp, by)
	return err
}

func (s stage) manages(setting usher.SeatManagement) error {
	_, err := s.ChangeSubscription(background, octodemoRef, usher.SubscriptionChange{SeatManagement: &setting}, by)
	return err
}

func TestARandomHistoryTellsWhatWasSaidThen(t *testing.T) {
	s := play(t, explainable())
	names := slices.Sorted(maps.Keys(happenings))
	periods, grants := 0, 0
	tell := func(r *rapid.T) {
		s.trial(func(s stage) {
			now := noon
			var kept []said
			var done []string
			for range 16 {
				name := rapid.SampledFrom(names).Draw(r, "happening")
				err := happenings[name](s)
				var refused *usher.Error
				if err != nil && (!errors.As(err, &refused) || refused.Kind == usher.Unavailable) {
					r.Fatalf("%s: %v", name, err)
				}
				done = append(done, fmt.Sprintf("%s %s", now.Format(shortly), name))
				kept = append(kept, s.saysOf("ada", now))
				now = now.Add(time.Duration(rapid.IntRange(1, 24*8).Draw(r, "hours")) * time.Hour)
				s.passTo(now)
				kept = append(kept, s.saysOf("ada", now))
			}
			h, err := s.SeatHistory(background, octodemoRef, "ada")
			if err != nil {
				if refusal(s, err).Kind == usher.NotFound {
					return
				}
				r.Fatalf("history: %v", err)
			}
			periods += len(h.Periods)
			for _, p := range h.Periods {
				grants += len(p.Grants)
			}
			// Of two sayings at one instant the later one stands.
			for i, want := range kept {
				if i+1 < len(kept) && kept[i+1].At.Equal(want.At) {
					continue
				}
				if diff := cmp.Diff(want, saidAt(h, want.At)); diff != "" {
					r.Fatalf("after\n%s\nthe history\n%s\nsays of %v (-said then +history):\n%s", strings.Join(done, "\n"), strings.Join(historyWords(h), "\n"), want.At, diff)
				}
			}
		})
	}
	for range 50 { // however many histories a check has
		if periods >= 30 && grants >= 30 {
			break
		}
		rapid.Check(t, tell)
	}
	t.Logf("%d periods with %d grants", periods, grants)
	if periods < 30 || grants < 30 {
		t.Errorf("there were %d periods with %d grants, want more", periods, grants)
	}
}

func TestAHistoryWhoseRecordBeginsLaterThanTheSeatSaysSo(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "ada")
	s.moveTo(noon.Add(time.Hour))
	s.does(s.CancelUsers, 1, "ada")
	err := s.store.Update(t.Context(), func(tx usher.Tx) error { // as retention does, and another schema did
		account, err := tx.Lock(octodemoRef)
		if err != nil {
			return err
		}
		account.RecordFrom = account.LastEvent
		return tx.SaveHead(account)
	})
	must(t, err)
	s.moveTo(noon.Add(2 * time.Hour))
	s.does(s.GrantUsers, 1, "ada")
	h := s.recounts("ada", "0.63", "seat 1 from 11-11 12:00 on", "  direct from 11-11 14:00 on, given by ada")
	if want := noon.Add(time.Hour); !h.RecordFrom.Equal(want) {
		t.Errorf("the record begins at %v, want %v", h.RecordFrom, want)
	}
}
