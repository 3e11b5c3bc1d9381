package usher

import (
	"context"
	"time"
)

// historyVersions is how many versions that have ended are looked at of each kind of thing
// that says what a person held. Where there were more, a history begins later.
const historyVersions = 1000

// SeatHistory is what a person has held in an organization, from the beginning of its record.
type SeatHistory struct {
	User       User
	State      MembershipState // empty for who is neither a member nor invited
	RecordFrom time.Time       // when the record begins; zero: nothing is missing
	Periods    []AccessPeriod  // the first one first
	Cost       []CycleCost     // of the person's seats, up to today
	Total      Cents
	Names      map[int64]User // the people that the above names by id
}

// AccessPeriod is time in which a person had a seat without a break.
type AccessPeriod struct {
	Seat    int64     // its number
	From    time.Time // when access began
	To      time.Time // when it ended; zero: it has not
	EndsAt  time.Time // when it is going to end, as it stands
	EndedBy Actor     // who ended it, or cancelled it
	Grants  []GrantPeriod
	Seen    Seen

	reportsFrom, reportsTo int64 // the last report before the period, and the last one in it
}

// GrantPeriod is time in which a grant gave a person access.
type GrantPeriod struct {
	Reach
	GrantedAt time.Time // when it was made; zero: before the record begins
	GrantedBy Actor
	From      time.Time // when it began to reach the person
	To        time.Time // when it ceased to; zero: it has not
	EndedBy   Actor
}

// Seen is the activity that was reported in a period.
type Seen struct {
	Reports     int64
	First, Last time.Time // when the first and the last report were accepted; zero: not known, or none
	Activity    Activity  // the latest by then
}

// SeatHistory tells every period in which a person had a seat of the organization, with its
// grants and activity, and what their seats cost. Who is nobody there and never had a seat is
// [NotFound].
func (s *Service) SeatHistory(ctx context.Context, organization AccountRef, login string) (SeatHistory, error) {
	var h SeatHistory
	err := s.read(ctx, organization, func(v view) error {
		person, err := v.person(login)
		if err != nil {
			return err
		}
		c, err := v.chronicle(person.User.ID)
		if err != nil {
			return err
		}
		if person.Membership == nil && len(c.periods) == 0 {
			return notFound()
		}
		h = SeatHistory{User: person.User, RecordFrom: c.recordFrom, Periods: c.periods, Cost: cyclesPaid(c.paid, v.now)}
		if person.Membership != nil {
			h.State = person.Membership.State
		}
		h.Total = total(h.Cost)
		for i := range h.Periods {
			if err := v.seen(&h.Periods[i]); err != nil {
				return err
			}
		}
		h.Names, err = v.users(h.named())
		return err
	})
	return h, err
}

// seen adds the activity that was reported in a period.
func (v view) seen(p *AccessPeriod) error {
	count, err := v.tx.SeatReports(v.account.Ref, p.Seat, p.reportsFrom, p.reportsTo)
	if err != nil || count.Count == 0 {
		return err
	}
	first, _, err := v.tx.Report(v.account.Ref, count.First)
	if err != nil {
		return err
	}
	last, _, err := v.tx.Report(v.account.Ref, count.Last)
	p.Seen = Seen{Reports: count.Count, First: first.AcceptedAt, Last: last.AcceptedAt, Activity: last.Activity}
	return err
}

// named are the ids of the people that a history names.
func (h SeatHistory) named() []int64 {
	var ids []int64
	for _, p := range h.Periods {
		ids = append(ids, p.EndedBy.UserID)
		for _, g := range p.Grants {
			ids = append(ids, g.GrantedBy.UserID, g.EndedBy.UserID)
		}
	}
	return distinct(ids)
}

// chronicle goes through what a person held in the organization, change by change.
func (v view) chronicle(userID int64) (*chronicle, error) {
	record, err := v.tx.PersonRecord(v.account.Ref, userID, historyVersions)
	if err != nil {
		return nil, err
	}
	c := newChronicle(record, v.now)
	from := max(v.account.RecordFrom, record.From)
	if from > 0 {
		if c.recordFrom, err = v.knownFrom(from); err != nil {
			return nil, err
		}
	}
	numbers := record.numbers(from)
	changes, err := v.tx.Changes(v.account.Ref, numbers)
	for _, change := range changes {
		c.changes[change.Number] = change
	}
	if err != nil {
		return nil, err
	}
	c.begin(from)
	for _, number := range numbers {
		c.step(number)
	}
	c.finish()
	return c, nil
}

// knownFrom is when an account had come to an event; it may be gone, the next one is not.
func (v view) knownFrom(event int64) (time.Time, error) {
	for _, number := range []int64{event, event + 1} {
		mark, ok, err := v.tx.Mark(v.account.Ref, number)
		if ok || err != nil {
			return mark.KnownAt, err
		}
	}
	return v.account.LastEventAt, nil
}
