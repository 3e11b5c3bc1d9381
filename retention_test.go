package usher_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

const day = 24 * time.Hour

// retaining is the stage with a limit to its record.
func (s stage) retaining(keep time.Duration) stage {
	s.Service = s.WithRetention(keep)
	return s
}

func (s stage) record(ref usher.AccountRef) (account usher.Account, events []usher.Event) {
	s.Helper()
	err := s.store.View(context.Background(), func(tx usher.Reader) (err error) {
		if account, _, err = tx.Account(usher.AccountName{Kind: ref.Kind, ID: ref.ID}); err != nil {
			return err
		}
		events, err = allEvents(tx, ref)
		return err
	})
	if err != nil {
		s.Fatalf("read the record: %v", err)
	}
	return account, events
}

func (s stage) settles() {
	s.Helper()
	if _, err := s.Settle(context.Background()); err != nil {
		s.Fatalf("settle: %v", err)
	}
	s.sound()
}

// deletion is the telling of one.
func deletion(number int64, at time.Time, from, upTo int64) usher.Event {
	return usher.Event{Number: number, At: at, KnownAt: at, Action: usher.EventsDeleted, Change: usher.FieldChange{
		Field: "events_deleted", Old: fmt.Sprint(from), New: fmt.Sprint(upTo),
	}}
}

func TestWhatIsOlderThanRetentionGoesAtMidnightAndIsToldOf(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")))).retaining(10 * day)
	octo := usher.OrganizationRef(octodemo)
	_, loaded := s.record(octo)
	s.moveTo(noon.Add(day))
	s.does(s.GrantUsers, 1, "bob") // on the 12th
	_, events := s.record(octo)
	list := s.list()

	// What is of the 11th at noon is ten days old on the 21st at noon, and goes with the 22nd.
	s.passTo(time.Date(2026, time.November, 21, 23, 59, 59, 0, time.UTC))
	s.settles()
	if _, got := s.record(octo); !cmp.Equal(got, events) {
		t.Errorf("before midnight events have gone:\n%s", cmp.Diff(events, got))
	}
	midnight := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	s.passTo(midnight)
	s.settles()
	gone := int64(len(loaded))
	want := append(events[gone:len(events):len(events)], deletion(int64(len(events))+1, midnight, 0, gone))
	account, got := s.record(octo)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events after midnight (-want +got):\n%s", diff)
	}
	if account.EventsDeleted != gone || account.RecordFrom != gone {
		t.Errorf("the account says that %d are deleted and that it begins with %d, want %d", account.EventsDeleted, account.RecordFrom, gone)
	}
	s.settles() // nothing is due any more
	if _, again := s.record(octo); !cmp.Equal(got, again) {
		t.Errorf("a second time more has gone:\n%s", cmp.Diff(got, again))
	}
	if diff := cmp.Diff(list, s.list()); diff != "" {
		t.Errorf("the list has changed (-before +after):\n%s", diff)
	}
}

func TestTheTellingOfADeletionBringsAboutNoOther(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")))).retaining(day)
	octo := usher.OrganizationRef(octodemo)
	s.moveTo(noon.Add(3 * day))
	_, first := s.record(octo)
	if len(first) != 1 || first[0].Action != usher.EventsDeleted {
		t.Fatalf("got %+v, want a telling alone", first)
	}
	s.moveTo(noon.Add(400 * day))
	if _, later := s.record(octo); !cmp.Equal(first, later) {
		t.Errorf("a year later (-before +after):\n%s", cmp.Diff(first, later))
	}
	s.does(s.GrantUsers, 1, "bob")
	s.moveTo(noon.Add(500 * day))
	_, last := s.record(octo)
	want := []usher.Event{deletion(first[0].Number+3, noon.Add(500*day), first[0].Number-1, first[0].Number+2)}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("when something else is old, it goes with the first telling (-want +got):\n%s", diff)
	}
}

func TestWithoutRetentionNothingIsDeleted(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"))))
	_, before := s.record(usher.OrganizationRef(octodemo))
	s.moveTo(noon.AddDate(200, 0, 0))
	if _, after := s.record(usher.OrganizationRef(octodemo)); !cmp.Equal(before, after) {
		t.Errorf("events have gone:\n%s", cmp.Diff(before, after))
	}
}

func TestAMoveOfTheClockListsWhatRetentionDeletes(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), cancelled("bob")))).retaining(30 * day)
	moved, err := s.AdvanceClock(t.Context(), usher.ClockMove{To: noon.Add(40 * day)}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range moved.Changes {
		got = append(got, fmt.Sprintf("%s %s %s %s", e.At.Format(time.DateOnly), e.Action, e.Login, e.UserLogin))
	}
	want := []string{"2026-12-01 copilot.cfb_seat_cancelled octodemo Bob", "2026-12-21 usher.delete_events octodemo "}
	if diff := cmp.Diff(want, got); diff != "" || moved.Total != 2 {
		t.Errorf("%d changes (-want +got):\n%s", moved.Total, diff)
	}
	s.sound()
}

func TestAMoveOfAClockThatRunsListsItToo(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")))).retaining(30 * day)
	err := s.store.Update(t.Context(), func(tx usher.Tx) error { return tx.SetClock(usher.Clock{}) })
	if err != nil {
		t.Fatal(err)
	}
	s.Service = usher.NewService(passing{s.store, s.wall}).WithRetention(30 * day)
	moved, err := s.AdvanceClock(t.Context(), usher.ClockMove{By: 40 * day}, 10)
	if err != nil || moved.Total != 1 || moved.Changes[0].Action != usher.EventsDeleted {
		t.Errorf("got %+v and %v, want what was deleted", moved, err)
	}
}

// passing is a store on which time passes with each transaction.
type passing struct {
	usher.Store
	wall *wallClock
}

func (p passing) Update(ctx context.Context, fn func(usher.Tx) error) error {
	p.wall.advance(time.Second)
	return p.Store.Update(ctx, fn)
}

// large is a world in which three changes have more events than are deleted at once.
func large(t *testing.T) (s stage, changes []int64) {
	t.Helper()
	const crowd = 1500
	world := worldOf(crew())
	var names [3][]string
	for i := range int64(3 * crowd) {
		user := usher.User{ID: 1000 + i, Login: fmt.Sprintf("person-%d", i)}
		world.Users = append(world.Users, user)
		world.Accounts[0].Memberships = append(world.Accounts[0].Memberships, usher.Membership{UserID: user.ID, Role: usher.RoleMember, State: usher.Active})
		names[i/crowd] = append(names[i/crowd], user.Login)
	}
	s = play(t, world)
	for _, group := range names {
		s.does(s.GrantUsers, crowd, group...)
		account, _ := s.record(usher.OrganizationRef(octodemo))
		changes = append(changes, account.LastEvent)
	}
	return s.retaining(day), changes
}

func TestChangesGoWholeHoweverManyEventsTheyHave(t *testing.T) {
	s, changes := large(t)
	octo := usher.OrganizationRef(octodemo)
	last := changes[2]
	s.passTo(noon.Add(3 * day))
	s.settles()
	_, got := s.record(octo)
	at := noon.Add(3 * day)
	want := []usher.Event{deletion(last+1, at, 0, changes[0]), deletion(last+2, at, changes[0], changes[1]), deletion(last+3, at, changes[1], changes[2])}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestAServerThatDiesBetweenDeletionsLeavesWholeChanges(t *testing.T) {
	s, changes := large(t)
	octo := usher.OrganizationRef(octodemo)
	s.passTo(noon.Add(3 * day))
	dying := usher.NewService(&lastUpdates{s.store, 1}).WithRetention(day)
	if _, err := dying.Settle(t.Context()); !errors.Is(err, errDisk) {
		t.Fatalf("got %v, want the injected failure", err)
	}
	s.sound()
	account, events := s.record(octo)
	if account.EventsDeleted != changes[0] || events[0].Number != changes[0]+1 {
		t.Errorf("event %d is the first, and %d are said to be deleted; want the whole first change of %d", events[0].Number, account.EventsDeleted, changes[0])
	}
	if last := events[len(events)-1]; last.Action != usher.EventsDeleted {
		t.Errorf("the last event is %s, want that what is gone is told of", last.Action)
	}
	s.settles()
	if account, _ := s.record(octo); account.EventsDeleted != changes[2] {
		t.Errorf("afterwards %d are deleted, want %d", account.EventsDeleted, changes[2])
	}
}

// lastUpdates is a store that fails after some updates.
type lastUpdates struct {
	usher.Store
	left int
}

func (l *lastUpdates) Update(ctx context.Context, fn func(usher.Tx) error) error {
	if l.left--; l.left < 0 {
		return errDisk
	}
	return l.Store.Update(ctx, fn)
}

func TestReplicasDeleteEachEventOnce(t *testing.T) {
	var accounts []account
	const organizations = 20
	for i := range organizations {
		a := crew(direct("ada"))
		a.id, a.login = int64(1000+i), fmt.Sprintf("org-%d", i)
		accounts = append(accounts, a)
	}
	s := play(t, worldOf(accounts...)).retaining(day)
	s.passTo(noon.Add(5 * day))
	var working sync.WaitGroup
	for range 4 {
		working.Go(func() {
			if _, err := s.Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	working.Wait()
	s.sound()
	for _, a := range accounts {
		if _, events := s.record(usher.OrganizationRef(a.id)); len(events) != 1 {
			t.Errorf("%s has %d events, want one telling", a.login, len(events))
		}
	}
}

func TestARecordThatIsKeptCanBeReadAsItWas(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")))).retaining(10 * day)
	octo := usher.OrganizationRef(octodemo)
	s.moveTo(noon.Add(2 * day))
	s.does(s.GrantUsers, 1, "bob")
	account, _ := s.record(octo)
	s.moveTo(noon.Add(5 * day))
	s.does(s.CancelUsers, 1, "ada")
	span, err := s.ExportSpan(t.Context(), octo, nil, nil)
	if err != nil || span.After != 0 {
		t.Fatalf("got %+v and %v", span, err)
	}
	s.moveTo(noon.Add(14 * day)) // all up to the grant is gone
	if span, err = s.ExportSpan(t.Context(), octo, nil, nil); err != nil || span.After != account.LastEvent {
		t.Errorf("an export begins after %d (%v), want %d", span.After, err, account.LastEvent)
	}
	for name, bound := range map[string]usher.ExportBound{
		"a number": {Number: account.LastEvent - 1}, "the beginning": {}, "an instant": {At: noon.Add(3 * day)},
	} {
		_, err := s.ExportSpan(t.Context(), octo, &bound, nil)
		want := fmt.Sprintf(`The events up to number %[1]d have been deleted: those from number %[2]d on are kept. Leave "since" out, or give the number %[1]d or a higher one.`,
			account.LastEvent, account.LastEvent+1)
		if refused := refusal(t, err); refused.Kind != usher.Invalid || refused.Message != want {
			t.Errorf("since %s: got %q, want %q", name, refused.Message, want)
		}
	}
	if _, err := s.ExportSpan(t.Context(), octo, &usher.ExportBound{Number: account.LastEvent}, nil); err != nil {
		t.Errorf("since the last one that is gone: %v", err)
	}
}

// Each tick asks whether anything is old: of ten thousand accounts as cheaply as of one.
func TestAskingWhatIsOldIsOneStatement(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")))).retaining(10 * day)
	counted := &statements{Store: s.store}
	idle := usher.NewService(counted).WithRetention(10 * day)
	if _, err := idle.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if counted.updates != 0 || counted.views != 2 {
		t.Errorf("got %d readings and %d changes, want one reading for endings and one for what is old", counted.views, counted.updates)
	}
}

type statements struct {
	usher.Store
	views, updates int
}

func (s *statements) View(ctx context.Context, fn func(usher.Reader) error) error {
	s.views++
	return s.Store.View(ctx, fn)
}

func (s *statements) Update(ctx context.Context, fn func(usher.Tx) error) error {
	s.updates++
	return s.Store.Update(ctx, fn)
}

func (s stage) reportNumbers(last int64) (numbers []int64) {
	s.Helper()
	err := s.store.View(context.Background(), func(tx usher.Reader) error {
		numbers = nil
		for n := range last {
			_, ok, err := tx.Report(usher.OrganizationRef(octodemo), n+1)
			if err != nil {
				return err
			}
			if ok {
				numbers = append(numbers, n+1)
			}
		}
		return nil
	})
	if err != nil {
		s.Fatalf("read the reports: %v", err)
	}
	return numbers
}

func TestOfOldActivityWhatIsStillShownIsKept(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada"), direct("bob")))).retaining(10 * day)
	s.reports(used("ada", noon, editor), used("bob", noon, editor), used("ada", noon.Add(-time.Hour), editor)) // 1, 2, 3
	s.moveTo(noon.Add(day))
	s.reports(used("ada", noon.Add(day), "vim/9"), used("eve", noon, editor)) // 4; eve has no seat
	s.does(s.CancelUsers, 1, "bob")
	seats := s.list()
	s.moveTo(noon.Add(12 * day)) // what is older than the 13th goes
	if diff := cmp.Diff([]int64{2, 4}, s.reportNumbers(4)); diff != "" {
		t.Errorf("the last report about each seat is kept (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(seats, s.list()); diff != "" {
		t.Errorf("the list has changed (-before +after):\n%s", diff)
	}
	account, events := s.record(usher.OrganizationRef(octodemo))
	at := noon.Add(12 * day)
	want := []usher.Event{
		{
			Number: account.LastEvent - 1, At: at, KnownAt: at, Reports: 4, Action: usher.ReportsDeleted,
			Change: usher.FieldChange{Field: "reports_deleted", New: "2"},
		},
		deletion(account.LastEvent, at, 0, account.LastEvent-2),
	}
	want[1].Reports = 4
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}

	s.moveTo(endOfNovember.Add(20 * day)) // bob's seat ended with November
	if diff := cmp.Diff([]int64{4}, s.reportNumbers(4)); diff != "" {
		t.Errorf("of a seat that is gone for so long no report is kept (-want +got):\n%s", diff)
	}
}

func TestActivityAloneGrowsOldToo(t *testing.T) {
	s := play(t, worldOf(crew(direct("ada")))).retaining(10 * day)
	s.moveTo(noon.Add(20 * day)) // the seat's own events go
	for range 3 {
		s.reports(used("ada", noon, editor))
		s.moveTo(s.wallNow().Add(day))
	}
	s.moveTo(s.wallNow().Add(30 * day))
	if diff := cmp.Diff([]int64{3}, s.reportNumbers(3)); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	account, before := s.record(usher.OrganizationRef(octodemo))
	if !account.KeptSince.IsZero() {
		t.Errorf("something grows old from %s on, want nothing", account.KeptSince)
	}
	s.moveTo(s.wallNow().Add(300 * day))
	if _, after := s.record(usher.OrganizationRef(octodemo)); !cmp.Equal(before, after) {
		t.Errorf("later (-before +after):\n%s", cmp.Diff(before, after))
	}
}

// wallNow is what the world's clock shows.
func (s stage) wallNow() time.Time {
	s.Helper()
	_, now, err := s.Clock(context.Background())
	if err != nil {
		s.Fatalf("read the clock: %v", err)
	}
	return now
}
