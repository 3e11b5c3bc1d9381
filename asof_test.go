package usher_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// chronicle is a stage on which what is answered of octodemo is written down at times, to be
// asked for again as of then.
type chronicle struct {
	stage
	noted []note
}

type note struct {
	what string
	asOf usher.AsOf
	want answered
}

func chronicleOf(t *testing.T, accounts ...account) *chronicle {
	t.Helper()
	return &chronicle{stage: play(t, worldOf(accounts...))}
}

// note makes a change, writes down what is answered after it by its instant and by its last
// event, and lets a minute pass.
func (c *chronicle) note(what string, change func()) {
	c.Helper()
	change()
	ref := usher.OrganizationRef(octodemo)
	_, now, err := c.Clock(background)
	if err != nil {
		c.Fatalf("clock: %v", err)
	}
	answer := askThen(c, c.Service, ref, nil)
	c.noted = append(c.noted, note{what, usher.AsOf{At: now}, answer}, note{"a second after " + what, usher.AsOf{At: now.Add(time.Second)}, answer})
	if event, ok := eventNow(c, c.store, ref, now); ok {
		c.noted = append(c.noted, note{what + ", by number", usher.AsOf{Event: event}, answer})
	}
	c.passTo(now.Add(time.Minute))
}

// holds asks again for all that was noted.
func (c *chronicle) holds() {
	c.Helper()
	c.sound()
	for _, n := range c.noted {
		if diff := cmp.Diff(n.want, askThen(c, c.Service, usher.OrganizationRef(octodemo), &n.asOf)); diff != "" {
			c.Errorf("%s, %+v (-then +as of then):\n%s", n.what, n.asOf, diff)
		}
	}
}

func (c *chronicle) must(_ any, err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("%v", err)
	}
}

func TestGrantsAndCancellationsOfThePastOverSeveralCycles(t *testing.T) {
	c := chronicleOf(t, crew(direct("ada"), cancelled("bob"), throughTeam(21)))
	c.note("the beginning", func() {})
	c.note("a grant", func() { c.does(c.GrantUsers, 2, "eve", "hal") })
	c.note("a team's grant", func() { c.does(c.GrantTeams, 1, "docs") })
	c.note("a direct grant beneath it", func() { c.does(c.CancelUsers, 0, "eve") })
	c.note("the end of the team's", func() { c.does(c.CancelTeams, 2, "docs") })
	c.note("activity", func() { c.reports(used("ada", noon, "vim"), used("eve", noon, "vscode")) })
	c.note("a refreshed seat", func() { c.does(c.GrantUsers, 1, "eve") })
	c.note("the last moment of the cycle", func() { c.passTo(endOfNovember.Add(-time.Minute)) })
	c.note("the end of the cycle, not yet settled", func() { c.passTo(endOfNovember) })
	c.note("the end of the cycle", func() { c.moveTo(endOfNovember.Add(time.Hour)) })
	c.note("a new seat after the old one", func() { c.does(c.GrantUsers, 1, "bob") })
	c.note("cancelled", func() { c.does(c.CancelUsers, 2, "bob", "ada") })
	c.note("after a jump over cycles", func() { c.moveTo(noon.AddDate(0, 5, 0)) })
	c.holds()
}

func TestASeatThatHadEndedAndIsGrantedAnewIsNotThereBetween(t *testing.T) {
	c := chronicleOf(t, crew(cancelled("bob"), direct("eve")))
	c.note("after the end, not settled", func() { c.passTo(endOfNovember.AddDate(0, 0, 3)) })
	// One change settles Bob's end of three days ago, and does what it was called for.
	c.note("granted anew", func() { c.does(c.GrantUsers, 2, "bob", "cyd") })
	c.note("and cancelled with another", func() { c.does(c.CancelUsers, 2, "bob", "eve") })
	c.passTo(endOfNovember.AddDate(0, 1, 3))
	c.note("both granted anew", func() { c.does(c.GrantUsers, 3, "bob", "eve", "fay") })
	c.holds()
}

func TestTheEnterpriseThatAnOrganizationBelongedToThen(t *testing.T) {
	other := account{kind: usher.Enterprise, login: "other", id: 43, owners: "lee", copilot: enabled(), teams: []team{{id: 90, slug: "red", members: "Bob"}}, grants: []usher.WorldGrant{throughTeam(90), direct("gus")}}
	all := globe()
	all[2].owners, all[2].members = "lee", "ada cyd fay gus Bob"
	c := chronicleOf(t, append([]account{other}, all...)...)
	move := func(slug string) {
		c.must(c.moves(slug, "lee"))
	}
	c.note("at first", func() {})
	c.note("out of it", func() { move("") })
	c.note("in the other", func() { move("other") })
	c.note("without a grant of the other", func() {
		c.must(c.CancelEnterpriseTeams(background, usher.EnterpriseRef(43), []string{"red"}, by))
	})
	c.note("back", func() { move("octo-global") })
	c.note("the enterprise's own grant ends", func() {
		c.must(c.CancelEnterpriseUsers(background, usher.EnterpriseRef(octoGlobal), []string{"eve"}, by))
	})
	c.note("an enterprise team is renamed", func() {
		name := "Grid"
		c.must(c.ChangeEnterpriseTeam(background, usher.EnterpriseRef(octoGlobal), teamNamed("platform"), usher.EnterpriseTeamChange{Name: &name}, by))
	})
	c.note("the enterprise is switched off", func() { c.copilot(usher.EnterpriseRef(octoGlobal), usher.AssignmentDisabled) })
	c.holds()
}

func TestCopilotThatWasOffAndOn(t *testing.T) {
	c := chronicleOf(t, crew(direct("ada"), cancelled("bob"), throughTeam(21), direct("hal")))
	off, on := false, true
	enterprise, day, all := usher.PlanEnterprise, 20, usher.AssignAll
	selected := usher.AssignSelected
	c.note("on", func() {})
	c.note("switched off", func() { c.sets(usher.SubscriptionChange{Enabled: &off}) })
	c.note("switched on", func() { c.sets(usher.SubscriptionChange{Enabled: &on, SeatManagement: &selected}) })
	c.note("another plan", func() { c.sets(usher.SubscriptionChange{Plan: &enterprise}) })
	c.note("another cycle day", func() { c.sets(usher.SubscriptionChange{CycleDay: &day}) })
	c.note("assign_all", func() { c.sets(usher.SubscriptionChange{SeatManagement: &all}) })
	c.note("no more", func() { c.sets(usher.SubscriptionChange{SeatManagement: &selected}) })
	c.note("disabled", func() { c.copilot(usher.OrganizationRef(octodemo), usher.AssignmentDisabled) })
	c.note("in the next cycle", func() { c.moveTo(noon.AddDate(0, 2, 0)) })
	c.note("on again", func() { c.sets(usher.SubscriptionChange{SeatManagement: &selected}) })
	c.holds()
}

func TestTeamsOfThePast(t *testing.T) {
	c := chronicleOf(t, crew(throughTeam(20), throughTeam(18)))
	org := usher.OrganizationRef(octodemo)
	change := func(slug string, to usher.TeamChange) {
		_, _, err := c.ChangeTeam(background, org, teamNamed(slug), to, anApp, by)
		c.must(nil, err)
	}
	name, text := "New Core", "described"
	c.note("at first", func() {})
	c.note("renamed", func() { change("core", usher.TeamChange{Name: &name}) })
	c.note("described", func() { change("new-core", usher.TeamChange{Description: &text}) })
	c.note("a child elsewhere", func() { change("inner", usher.TeamChange{Parent: &usher.TeamName{Slug: "docs"}}) })
	c.note("somebody joins", func() { c.joins(19, "gus") })
	c.note("somebody leaves", func() { c.leaves(20, "ada") })
	c.note("a team is created", func() {
		c.must(c.CreateTeam(background, org, usher.NewTeam{Name: "core", Maintainers: []string{"fay"}, Parent: &usher.TeamName{Slug: "docs"}}, anApp, by))
	})
	c.note("all deleted with a parent", func() { c.must(nil, c.DeleteTeam(background, org, teamNamed("docs"), anApp, by)) })
	c.note("the cycle ends", func() { c.moveTo(endOfNovember) })
	c.holds()
}

func TestWhoLeftAndCameBackX6(t *testing.T) {
	c := chronicleOf(t, crew(direct("bob"), cancelled("cyd"), throughTeam(18), direct("hal")))
	c.note("at first", func() {})
	c.note("activity", func() { c.reports(used("bob", noon, "vim")) })
	c.note("gone", func() { c.removes("bob", "cyd", "eve") })
	c.note("invited", func() { c.invites("bob", "cyd") })
	c.note("back", func() { c.accepts("bob", "cyd") })
	c.note("who was invited all the time accepts", func() { c.accepts("hal") })
	c.note("invited once more", func() { c.invites("eve") })
	c.note("the invitation has expired, unsettled", func() { c.passTo(noon.AddDate(0, 0, 20)) })
	c.note("and is settled", func() { c.moveTo(noon.AddDate(0, 0, 21)) })
	c.note("too late", func() { c.invites("eve"); c.accepts("eve") })
	c.holds()
}

func (c *chronicle) wordsAsOf(asOf usher.AsOf) []string {
	c.Helper()
	page, err := c.SeatsAsOf(background, usher.OrganizationRef(octodemo), asOf, usher.Page{Number: 1, PerPage: 100})
	if err != nil {
		c.Fatalf("as of %+v: %v", asOf, err)
	}
	return words(page.Seats)
}

func TestASeedsPastBeginsWithItsFirstGrant(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	ended := cancelled("bob")
	ended.At = day(-3)
	c := chronicleOf(t, append([]account{globe()[0]}, func() account {
		a := crew(directAt("eve", day(-40)), ended, direct("gus"), usher.WorldGrant{Kind: usher.TeamGrant, SubjectID: 21, At: day(-2)})
		a.enterprise = octoGlobal
		a.activity = []usher.WorldActivity{{UserID: userID("eve"), Activity: usher.Activity{At: day(-30), Editor: "vim"}}}
		return a
	}())...)
	for _, test := range []struct {
		asOf usher.AsOf
		want []string
	}{
		{usher.AsOf{At: day(-40)}, []string{"eve"}},
		{usher.AsOf{At: day(-3).Add(-time.Microsecond)}, []string{"eve"}},
		{usher.AsOf{At: day(-3)}, []string{"eve", "Bob"}},
		{usher.AsOf{At: noon.Add(-time.Microsecond)}, []string{"eve", "Bob", "cyd via inner", "dee via inner"}},
		{usher.AsOf{At: noon}, []string{"eve", "Bob until 2026-12-01", "cyd via inner", "dee via inner", "gus"}},
		{usher.AsOf{Event: 1}, []string{"eve"}},
		{usher.AsOf{Event: 3}, []string{"eve", "Bob"}},
	} {
		if diff := cmp.Diff(test.want, c.wordsAsOf(test.asOf)); diff != "" {
			c.Errorf("as of %+v (-want +got):\n%s", test.asOf, diff)
		}
	}
	got, err := c.EntitlementAsOf(background, usher.OrganizationRef(octodemo), usher.AsOf{At: day(-1)}, "bob")
	want := usher.Entitlement{Entitled: true, Through: []usher.Reach{{Kind: usher.DirectGrant}}} // the enterprise's begin with the world
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		c.Errorf("Bob the day before: error %v (-want +got):\n%s", err, diff)
	}
	c.note("the beginning", func() {})
	c.holds()
}

func TestAnEventOfALoadedWorldDoesNotKnowWhatItsEnterpriseDidAtTheSameInstant(t *testing.T) {
	organization := crew(direct("eve"))
	organization.enterprise = octoGlobal
	c := chronicleOf(t, globe()[0], organization)
	ref := usher.OrganizationRef(octodemo)
	asOf := usher.AsOf{Event: 1}
	want := askThen(c, c.Service, ref, nil)
	c.must(c.CancelEnterpriseUsers(background, usher.EnterpriseRef(octoGlobal), []string{"eve"}, by))
	if diff := cmp.Diff(want, askThen(c, c.Service, ref, &asOf)); diff != "" {
		t.Errorf("as of its first event (-then +as of then):\n%s", diff)
	}
}

func TestAnEventInTheMiddleOfAChangeStandsForAllOfIt(t *testing.T) {
	c := chronicleOf(t, crew())
	c.does(c.GrantUsers, 2, "ada", "bob")
	for event := int64(1); event <= 4; event++ {
		if diff := cmp.Diff([]string{"ada", "Bob"}, c.wordsAsOf(usher.AsOf{Event: event})); diff != "" {
			c.Errorf("as of event %d (-want +got):\n%s", event, diff)
		}
	}
}

func TestActivityAloneMakesNoOtherVersionOfASeat(t *testing.T) {
	c := chronicleOf(t, crew(direct("ada")))
	versions := func() (all []usher.Lifetime) {
		err := c.store.View(background, func(tx usher.Reader) (err error) {
			all, err = tx.Lifetimes(usher.OrganizationRef(octodemo))
			return err
		})
		c.must(nil, err)
		return all
	}
	before := versions()
	c.reports(used("ada", noon, "vim"))
	if diff := cmp.Diff(before, versions()); diff != "" {
		c.Errorf("versions (-before +after):\n%s", diff)
	}
	c.does(c.CancelUsers, 1, "ada")
	if got, want := len(versions()), len(before)+1; got != want { // the seat's; the grant's is the past's now
		c.Errorf("%d versions after a cancellation, want %d", got, want)
	}
}

func TestWhatIsNotOnRecordIsRefusedAndSaidSo(t *testing.T) {
	world := []account{
		{kind: usher.Enterprise, login: "octo-global", id: octoGlobal, owners: "lee", copilot: enabled(), grants: []usher.WorldGrant{direct("ada")}},
		{login: "octodemo", id: octodemo, enterprise: octoGlobal, owners: "ada", members: "Bob", copilot: enabled(), grants: []usher.WorldGrant{directAt("ada", noon.AddDate(0, 0, -1))}},
	}
	c := chronicleOf(t, world...)
	refused := func(asOf usher.AsOf, want string) {
		t.Helper()
		ref := usher.OrganizationRef(octodemo)
		_, err := c.SeatsAsOf(background, ref, asOf, usher.Page{Number: 1, PerPage: 10})
		_, entitlementErr := c.EntitlementAsOf(background, ref, asOf, "ada")
		for _, err := range []error{err, entitlementErr} {
			if err == nil {
				c.Errorf("as of %+v: no error, want %q", asOf, want)
				continue
			}
			if got := refusal(c, err); got.Kind != usher.Invalid || got.Message != want {
				c.Errorf("as of %+v: got kind %d, %q; want a refusal, %q", asOf, got.Kind, got.Message, want)
			}
		}
	}
	refused(usher.AsOf{At: noon.Add(time.Microsecond)}, "It is 2026-11-11T12:00:00Z: as_of lies in the future.")
	refused(usher.AsOf{Event: 3}, "The last event of octodemo is number 2: as_of names event 3.")
	const since = "What octodemo was like is kept since 2026-11-10T12:00:00Z: as_of lies before that."
	refused(usher.AsOf{}, since)
	refused(usher.AsOf{At: noon.AddDate(0, 0, -1).Add(-time.Microsecond)}, since)

	// A database of a schema that kept no past, or of which the oldest has been let go.
	c.passTo(noon.Add(time.Hour))
	c.does(c.GrantUsers, 1, "bob")
	c.passTo(noon.Add(2 * time.Hour))
	c.does(c.CancelUsers, 1, "bob")
	c.breaks(t, `UPDATE accounts SET record_from = 4 WHERE kind = 0`)
	const later = "What octodemo was like is kept since 2026-11-11T13:00:00Z, from event 4 on: as_of lies before that."
	refused(usher.AsOf{At: noon.Add(time.Hour - time.Microsecond)}, later)
	refused(usher.AsOf{Event: 3}, later)
	for _, asOf := range []usher.AsOf{{At: noon.Add(time.Hour)}, {Event: 4}} {
		if diff := cmp.Diff([]string{"ada", "Bob"}, c.wordsAsOf(asOf)); diff != "" {
			c.Errorf("as of %+v (-want +got):\n%s", asOf, diff)
		}
	}
	c.breaks(t, `UPDATE accounts SET record_from = last_event WHERE kind = 0`)
	refused(usher.AsOf{At: noon.Add(2*time.Hour - time.Microsecond)}, "What octodemo was like is kept since 2026-11-11T14:00:00Z, from event 5 on: as_of lies before that.")
	if diff := cmp.Diff([]string{"ada", "Bob until 2026-12-01"}, c.wordsAsOf(usher.AsOf{At: noon.Add(2 * time.Hour)})); diff != "" {
		c.Errorf("since the record begins (-want +got):\n%s", diff)
	}
}
