package usher_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	mathbits "math/bits"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// inside is a store on one transaction, which whoever began it ends.
type inside struct{ tx usher.Tx }

func (w inside) View(_ context.Context, fn func(usher.Reader) error) error { return fn(w.tx) }

func (w inside) Update(_ context.Context, fn func(usher.Tx) error) error { return fn(w.tx) }

var errTrial = errors.New("a trial is rolled back")

// trial does what is rolled back in the end.
func (s stage) trial(do func(stage)) {
	s.Helper()
	err := s.store.Update(context.Background(), func(tx usher.Tx) error {
		tried := s
		tried.store = inside{tx}
		tried.Service = usher.NewService(tried.store)
		do(tried)
		return errTrial
	})
	if !errors.Is(err, errTrial) {
		s.Fatalf("a trial: %v", err)
	}
}

func (s stage) explained(login string) usher.Explanation {
	s.Helper()
	e, err := s.Explain(context.Background(), usher.OrganizationRef(octodemo), login)
	if err != nil {
		s.Fatalf("explain %s: %v", login, err)
	}
	return e
}

func reachWords(reaches []usher.Reach) []string {
	words := []string{}
	for _, r := range reaches {
		word := string(r.Kind)
		if word == "" {
			word = "everyone"
		}
		if r.Account == usher.Enterprise {
			word = "enterprise " + word
		}
		if r.Team != nil {
			word += " " + r.Team.Slug
		}
		words = append(words, word)
	}
	return words
}

// holdWords tell of each grant: what it is, who made it, through which child team, and what its
// end would do.
func holdWords(e usher.Explanation) []string {
	words := []string{}
	for _, h := range e.Holds {
		line := reachWords([]usher.Reach{h.Reach})[0]
		if user, ok := e.Names[h.GrantedBy.UserID]; ok {
			line += " by " + user.Login
		}
		if h.Child != nil {
			line += " in " + h.Child.Slug
		}
		line += ": " + string(h.IfEnded.Seat)
		if !h.IfEnded.AccessEnds.IsZero() {
			line += ", access until " + h.IfEnded.AccessEnds.Format(time.DateOnly)
		}
		if !h.IfEnded.BillingEnds.IsZero() {
			line += ", paid until " + h.IfEnded.BillingEnds.Format(time.DateOnly)
		}
		if len(h.IfEnded.Survives) > 0 {
			line += ", then " + strings.Join(reachWords(h.IfEnded.Survives), " and ")
		}
		words = append(words, line)
	}
	return words
}

func (s stage) explains(login string, want ...string) usher.Explanation {
	s.Helper()
	e := s.explained(login)
	if diff := cmp.Diff(append([]string{}, want...), holdWords(e)); diff != "" {
		s.Errorf("why %s has access (-want +got):\n%s", login, diff)
	}
	return e
}

// explainable is an organization and its enterprise, whose cycles end on different days, in
// which nothing is granted yet. ada is in the team core, in inner, which is core's child, and
// alone in the team other; in the enterprise she is in red and blue.
func explainable() usher.World {
	return worldOf(
		account{
			kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(cycleDay(20)),
			teams: []team{{id: 31, slug: "red", members: "ada Bob"}, {id: 32, slug: "blue", members: "ada"}},
		},
		account{
			login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "jon", members: "ada Bob cyd", invited: "dee eve", copilot: enabled(),
			teams: []team{
				{id: 11, slug: "core"},
				{id: 12, slug: "inner", parent: 11, members: "ada"},
				{id: 13, slug: "other", members: "ada Bob"},
			},
		},
	)
}

var endOfTheirCycle = time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)

func (s stage) everyone(setting usher.SeatManagement) {
	s.Helper()
	_, err := s.ChangeSubscription(context.Background(), usher.OrganizationRef(octodemo), usher.SubscriptionChange{SeatManagement: &setting}, by)
	if err != nil {
		s.Fatalf("set %s: %v", setting, err)
	}
}

func TestADirectGrantExplainsASeat(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "ada")
	s.passTo(noon.Add(time.Hour))
	e := s.explains("ada", "direct by ada: pending, access until 2026-12-01, paid until 2026-12-01")
	if !e.Entitled || e.Seat == nil || e.Seat.Pending() || !e.Holds[0].GrantedAt.Equal(noon) || e.User.Login != "ada" {
		t.Errorf("the explanation is %+v", e)
	}
}

func TestATeamsGrantExplainsASeatAlsoInAChildTeam(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantTeams, 1, "core")
	s.explains("ada", "team core by ada in inner: pending, access until 2026-12-01, paid until 2026-12-01")
	s.does(s.GrantTeams, 1, "other")
	s.explains("bob", "team other by ada: pending, access until 2026-12-01, paid until 2026-12-01")
	s.explains("ada", "team core by ada in inner: live, then team other", "team other by ada: live, then team core")
}

func TestADirectGrantBesideATeamsLeavesTheSeatWithTheOther(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantTeams, 2, "other")
	s.does(s.GrantUsers, 0, "ada")
	s.explains("ada", "direct by ada: live, then team other", "team other by ada: live, then direct")
}

func TestEveryonesGrantExplainsASeatBesideOthers(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "ada")
	s.everyone(usher.AssignAll)
	s.explains("ada", "direct by ada: live, then everyone", "everyone by ada: live, then direct")
	s.explains("bob", "everyone by ada: pending, access until 2026-12-01, paid until 2026-12-01")
}

func TestTheEnterprisesGrantsAreExplainedBesideTheOrganizationsAndHaveSeatsOfTheirOwn(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "ada")
	s.doesIn(global, s.GrantEnterpriseUsers, 1, "ada")
	s.doesIn(global, s.GrantEnterpriseTeams, 2, "red")
	e := s.explains("ada",
		"direct by ada: pending, paid until 2026-12-01, then enterprise direct and enterprise team red",
		"enterprise direct by ada: pending, paid until 2026-11-20, then direct and enterprise team red",
		"enterprise team red by ada: pending, paid until 2026-11-20, then direct and enterprise direct",
	)
	if len(e.EnterpriseSeats) != 2 {
		t.Errorf("the enterprise's seats are %+v, want 2", e.EnterpriseSeats)
	}
	s.doesIn(global, s.GrantEnterpriseTeams, 1, "blue")
	s.does(s.CancelUsers, 1, "ada")
	s.explains("ada",
		"enterprise direct by ada: pending, paid until 2026-11-20, then enterprise team red and enterprise team blue",
		"enterprise team red by ada: removed, paid until 2026-11-20, then enterprise direct and enterprise team blue",
		"enterprise team blue by ada: removed, paid until 2026-11-20, then enterprise direct and enterprise team red",
	)
	s.explains("bob", "enterprise team red by ada: pending, access until 2026-11-20, paid until 2026-11-20")
}

func TestAPendingSeatOutlastsTheEndOfAnotherGrant(t *testing.T) {
	s := play(t, explainable())
	s.doesIn(global, s.GrantEnterpriseUsers, 1, "ada")
	s.does(s.GrantUsers, 1, "ada")
	s.does(s.CancelUsers, 1, "ada")
	s.explains("ada", "enterprise direct by ada: pending, access until 2026-12-01, paid until 2026-11-20")
}

func TestAPendingSeatIsExplainedByWhoCancelledItAndWhenItEnds(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "bob")
	s.does(s.CancelUsers, 1, "bob")
	e := s.explains("bob")
	if e.Seat == nil || !e.Seat.EndsAt.Equal(endOfNovember) || e.Names[e.Seat.CancelledBy.UserID].Login != "ada" || !e.Entitled || !e.Until.Equal(endOfNovember) {
		t.Errorf("the explanation is %+v", e)
	}
	// A new grant refreshes it, as it is said.
	s.does(s.GrantUsers, 1, "bob")
	if again := s.explained("bob").Seat; again == nil || again.Number != e.Seat.Number || again.Pending() {
		t.Errorf("granted again, the seat is %+v", again)
	}
}

func TestAGrantTellsSinceWhenItReachesThePersonBesideWhenItWasMade(t *testing.T) {
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	s := play(t, explainable())
	s.does(s.GrantTeams, 2, "other")
	s.doesIn(global, s.GrantEnterpriseTeams, 2, "red")
	s.moveTo(hour(1))
	for _, team := range []string{"other", "core"} {
		_, err := s.SetTeamMembership(t.Context(), octodemoRef, teamNamed(team), "cyd", usher.TeamMemberRole, anApp, by)
		must(t, err)
	}
	s.moveTo(hour(2))
	must(t, s.RemoveEnterpriseTeamPerson(t.Context(), global, teamNamed("red"), "ada", by))
	_, err := s.AddEnterpriseTeamPerson(t.Context(), global, teamNamed("red"), "ada", by)
	must(t, err)
	s.does(s.GrantTeams, 0, "core") // cyd is in it, and has a seat
	for login, want := range map[string][]time.Time{"ada": {hour(0), hour(2), hour(2)}, "Bob": {hour(0), hour(0)}, "cyd": {hour(1), hour(2)}} {
		var got []time.Time
		for _, hold := range s.explained(login).Holds {
			got = append(got, hold.Since)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("since when %s is reached (-want +got):\n%s", login, diff)
		}
	}
}

func TestWhoHasNoSeatIsToldSo(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantUsers, 1, "dee")
	for login, want := range map[string]usher.MembershipState{"cyd": usher.Active, "dee": usher.Pending, "eve": usher.Pending} {
		e := s.explains(login)
		if e.State != want || e.Seat != nil || e.Entitled || (e.Remembered != nil) != (login == "dee") {
			t.Errorf("%s: the explanation is %+v", login, e)
		}
	}
	if e := s.explained("dee"); !e.Remembered.GrantedAt.Equal(noon) || e.Names[e.Remembered.GrantedBy.UserID].Login != "ada" {
		t.Errorf("what is remembered is %+v", e.Remembered)
	}
	for _, login := range []string{"kim", "nobody"} {
		_, err := s.Explain(t.Context(), usher.OrganizationRef(octodemo), login)
		if err == nil || refusal(s, err).Kind != usher.NotFound {
			t.Errorf("%s: got %v, want not found", login, err)
		}
	}
}

func TestWhatSleepsIsToldOfWhoHasNoSeat(t *testing.T) {
	s := play(t, explainable())
	s.does(s.GrantTeams, 2, "other")
	s.everyone(usher.AssignmentDisabled)
	e := s.explains("bob")
	if e.Asleep == nil || e.Seat != nil || e.Entitled || !e.Organization.AsleepUntil.Equal(endOfNovember) {
		t.Errorf("where Copilot is off the explanation is %+v", e)
	}
	s.passTo(endOfNovember)
	if e := s.explains("bob"); e.Asleep != nil {
		t.Errorf("after the cycle %+v sleeps", e.Asleep)
	}
}

// A state of explainable is one bit for each of these.
var circumstances = []struct {
	name string
	make func(stage)
}{
	{"direct", func(s stage) { s.grants(s.GrantUsers, octodemoRef, "ada") }},
	{"team core", func(s stage) { s.grants(s.GrantTeams, octodemoRef, "core") }},
	{"team other", func(s stage) { s.grants(s.GrantTeams, octodemoRef, "other") }},
	{"enterprise direct", func(s stage) { s.grants(s.GrantEnterpriseUsers, global, "ada") }},
	{"enterprise team red", func(s stage) { s.grants(s.GrantEnterpriseTeams, global, "red") }},
	{"enterprise team blue", func(s stage) { s.grants(s.GrantEnterpriseTeams, global, "blue") }},
	{"everyone", func(s stage) { s.everyone(usher.AssignAll) }},
}

// beginnings are what was before: seats that are pending, or nothing.
var beginnings = []struct {
	name string
	make func(stage)
}{
	{"nothing", func(stage) {}},
	{"a pending seat", func(s stage) {
		s.grants(s.GrantUsers, octodemoRef, "ada")
		s.grants(s.CancelUsers, octodemoRef, "ada")
	}},
	{"a pending seat of the enterprise", func(s stage) {
		s.grants(s.GrantEnterpriseUsers, global, "ada")
		s.grants(s.CancelEnterpriseUsers, global, "ada")
	}},
}

var octodemoRef = usher.OrganizationRef(octodemo)

func (s stage) grants(c call, ref usher.AccountRef, name string) {
	s.Helper()
	if _, err := c(context.Background(), ref, []string{name}, by); err != nil {
		s.Fatalf("with %s: %v", name, err)
	}
}

// end really ends a grant of ada's, by the call that does; ok is false where none does it alone.
func (s stage) end(r usher.Reach, everyone bool) (ok bool) {
	s.Helper()
	switch {
	case r.Account == usher.Enterprise && r.Team == nil:
		s.grants(s.CancelEnterpriseUsers, global, "ada")
	case r.Account == usher.Enterprise:
		s.grants(s.CancelEnterpriseTeams, global, r.Team.Slug)
	case r.Kind == "":
		s.everyone(usher.AssignSelected)
	case everyone && r.Team == nil: // rule G7: nobody is named while all members have seats
		_, err := s.CancelUsers(context.Background(), octodemoRef, []string{"ada"}, by)
		if err == nil || refusal(s, err).Reason != usher.AllMembers {
			s.Errorf("a direct grant below everyone's: got %v, want a refusal", err)
		}
		return false
	case everyone: // nor is a team; it can be left, and ada's only way into core is inner
		slug := strings.Replace(r.Team.Slug, "core", "inner", 1)
		if err := s.RemoveTeamMembership(context.Background(), octodemoRef, teamNamed(slug), "ada", anApp, by); err != nil {
			s.Fatalf("leave %s: %v", slug, err)
		}
	case r.Team == nil:
		s.grants(s.CancelUsers, octodemoRef, "ada")
	default:
		s.grants(s.CancelTeams, octodemoRef, r.Team.Slug)
	}
	return true
}

var combinedGrants = flag.Int("combined.grants", 2, "how many grants are combined at most where each of them is ended")

// Every combination of so many grants is made, and each of them is really ended, in a transaction that
// is rolled back: what becomes of the seat, of access and of the other grants is what was said. (Of up to
// three in `make long`.)
func TestWhatIsSaidOfTheEndOfAGrantIsWhatItsEndDoes(t *testing.T) {
	s := play(t, explainable())
	proven := 0
	for _, beginning := range beginnings {
		for bits := range 1 << len(circumstances) {
			if mathbits.OnesCount(uint(bits)) > *combinedGrants {
				continue
			}
			names := []string{beginning.name}
			prepare := func(s stage) {
				beginning.make(s)
				for i, c := range circumstances {
					if bits>>i&1 == 1 {
						c.make(s)
					}
				}
			}
			for i, c := range circumstances {
				if bits>>i&1 == 1 {
					names = append(names, c.name)
				}
			}
			holds := 1
			for i := 0; i < holds; i++ {
				s.trial(func(s stage) {
					prepare(s)
					before := s.explained("ada")
					holds = len(before.Holds)
					if i >= holds {
						return
					}
					hold := before.Holds[i]
					if !s.end(hold.Reach, before.Organization.Subscription.SeatManagement == usher.AssignAll) {
						return
					}
					proven++
					what := fmt.Sprintf("%s: the end of %s", strings.Join(names, ", "), reachWords([]usher.Reach{hold.Reach})[0])
					s.proves(what, before, hold)
				})
			}
		}
	}
	t.Logf("%d ends of grants did what was said, of up to %d together", proven, *combinedGrants)
	if want := map[int]int{2: 140, 3: 440}[*combinedGrants]; proven < want {
		t.Errorf("%d ends of grants were looked at, want at least %d", proven, want)
	}
}

// proves compares what was said of the end of a grant with what is there after it.
func (s stage) proves(what string, before usher.Explanation, hold usher.Hold) {
	s.Helper()
	after, said := s.explained("ada"), hold.IfEnded
	if diff := cmp.Diff(reachWords(said.Survives), reachWords(after.Through)); diff != "" {
		s.Errorf("%s: what survives (-said +is):\n%s", what, diff)
	}
	fate, ends := usher.SeatRemoved, time.Time{}
	if seat := seatOf(before, after, hold); seat != nil {
		fate, ends = usher.SeatStays, seat.EndsAt
		if seat.Pending() {
			fate = usher.SeatPends
		}
	}
	if fate != said.Seat {
		s.Errorf("%s: the seat is %s, said was %s", what, fate, said.Seat)
	}
	if fate != usher.SeatRemoved && !ends.Equal(said.BillingEnds) {
		s.Errorf("%s: the seat ends at %v, said was %v", what, ends, said.BillingEnds)
	}
	if fate == usher.SeatRemoved && !said.BillingEnds.Equal(endOfTheirCycle) {
		s.Errorf("%s: a seat of the enterprise's is gone, and said to be paid until %v", what, said.BillingEnds)
	}
	if !after.Until.Equal(said.AccessEnds) {
		s.Errorf("%s: access ends at %v, said was %v", what, after.Until, said.AccessEnds)
	}
	if said.AccessEnds.IsZero() {
		s.passTo(endOfNovember.AddDate(1, 0, 0))
		s.has("ada", what, true)
		return
	}
	s.passTo(said.AccessEnds.Add(-time.Microsecond))
	s.has("ada", what, true)
	s.passTo(said.AccessEnds)
	s.has("ada", what, false)
}

func (s stage) has(login, what string, want bool) {
	s.Helper()
	e, err := s.Entitlement(context.Background(), octodemoRef, login)
	if err != nil || e.Entitled != want {
		s.Errorf("%s: entitled %t, error %v, want %t", what, e.Entitled, err, want)
	}
}

// seatOf is the seat that a grant held before, as it is now; nil where it is gone.
func seatOf(before, after usher.Explanation, hold usher.Hold) *usher.HeldSeat {
	if hold.Account == usher.Organization {
		if after.Seat != nil && after.Seat.Number == before.Seat.Number {
			return after.Seat
		}
		return nil
	}
	var section int64
	if hold.Team != nil {
		section = hold.Team.ID
	}
	for _, seat := range after.EnterpriseSeats {
		if seat.Section == section {
			return &seat
		}
	}
	return nil
}
