package usher

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Explanation tells why a person has access through an organization, or why not.
type Explanation struct {
	Entitlement
	User         User
	Organization Account
	Enterprise   *Account        // the organization's; nil for none
	State        MembershipState // in the organization; empty for who is neither a member nor invited

	Seat            *HeldSeat  // their current seat in the organization; nil for none
	EnterpriseSeats []HeldSeat // their current seats of the enterprise's own, by section

	// Remembered is the direct grant of an invited person, whose seat begins when they accept
	// (rule G4); nil for none.
	Remembered *Grant
	// Asleep is a seat of theirs that would come back with a grant made before
	// [Account.AsleepUntil] (rule X6); nil for none.
	Asleep *Seat

	Holds []Hold         // every grant that gives access now, the organization's first
	Names map[int64]User // the people that the above names by id
}

// HeldSeat is a seat with the team that it is shown with (rule R2); nil for none.
type HeldSeat struct {
	Seat
	Team *Team
}

// Hold is a grant that gives a person access, and what would happen if it ended.
type Hold struct {
	Reach
	GrantedAt time.Time // when it was made; zero: not known
	GrantedBy Actor
	Since     time.Time // when it began to reach the person; zero: not known
	Child     *Team     // of a team's grant: the child team that the person is in; nil for who is in the team itself
	IfEnded   Ending
}

// SeatFate is what becomes of a seat when a grant ends.
type SeatFate string

// What can become of a seat.
const (
	SeatStays   SeatFate = "live"    // another grant holds it
	SeatPends   SeatFate = "pending" // it ends with the cycle (rules X1, X4)
	SeatRemoved SeatFate = "removed" // at once: another enterprise team holds the person (rule E5)
)

// Ending is what would happen if a grant ended now and nothing else did.
type Ending struct {
	Survives    []Reach   // the grants that would still give access
	Seat        SeatFate  // of the seat that the grant holds
	AccessEnds  time.Time // when the person would lose access; zero: they keep it
	BillingEnds time.Time // until when that seat would be paid; zero: without an end, since it stays
}

// Explain tells which grants give a person access now, through an organization and its
// enterprise, and what would happen if each of them ended. Who is nobody to
// [Service.Entitlement] is [NotFound].
func (s *Service) Explain(ctx context.Context, organization AccountRef, login string) (Explanation, error) {
	var e Explanation
	err := s.read(ctx, organization, func(v view) error {
		person, err := v.person(login)
		if err != nil {
			return err
		}
		e = Explanation{User: person.User, Organization: v.account}
		if person.Membership != nil {
			e.State = person.Membership.State
		}
		if e.Entitlement, err = v.entitlement(person); err != nil {
			return err
		}
		if err := v.explainSeats(&e); err != nil {
			return err
		}
		if e.Holds, err = v.holds(e); err != nil {
			return err
		}
		if err := v.explainEndings(&e); err != nil {
			return err
		}
		e.Names, err = v.users(e.named())
		return err
	})
	return e, err
}

// explainSeats adds a person's seats, and what waits or sleeps where they have none.
func (v view) explainSeats(e *Explanation) error {
	person := []int64{e.User.ID}
	seats, err := v.from.Seats(v.account.Ref, 0, person)
	if err != nil {
		return err
	}
	if len(seats) > 0 && seats[0].Current(v.now) && v.account.seatless() == "" {
		held, err := v.held(v.account.Ref, seats)
		if err != nil {
			return err
		}
		e.Seat = &held[0]
	}
	if e.Seat == nil && v.now.Before(v.account.AsleepUntil) {
		asleep, err := v.tx.SleepingSeats(v.account.Ref, 0, person)
		if err != nil {
			return err
		}
		if len(asleep) > 0 {
			e.Asleep = &asleep[0]
		}
	}
	if e.State == Pending && v.account.seatless() == "" {
		remembered, err := v.from.Grants(v.account.Ref, DirectGrant, person)
		if err != nil {
			return err
		}
		if len(remembered) > 0 {
			e.Remembered = &remembered[0]
		}
	}
	return v.explainEnterprise(e)
}

// explainEnterprise adds the enterprise and the seats of its own.
func (v view) explainEnterprise(e *Explanation) error {
	if v.account.EnterpriseID == 0 {
		return nil
	}
	enterprise, ok, err := v.from.Account(AccountName{Kind: Enterprise, ID: v.account.EnterpriseID})
	if err != nil || !ok {
		return err
	}
	e.Enterprise = &enterprise
	now, err := accountNow(v.tx, enterprise)
	if err != nil {
		return err
	}
	seats, err := v.from.PersonSeats(enterprise.Ref, e.User.ID)
	if err != nil {
		return err
	}
	seats = slices.DeleteFunc(seats, func(s Seat) bool { return !s.Current(now) })
	slices.SortFunc(seats, func(a, b Seat) int { return cmp.Compare(a.Section, b.Section) })
	e.EnterpriseSeats, err = v.held(enterprise.Ref, seats)
	return err
}

// held adds to seats of one account the teams that they are shown with.
func (v view) held(ref AccountRef, seats []Seat) ([]HeldSeat, error) {
	var teamIDs []int64
	for _, seat := range seats {
		if seat.TeamID != 0 {
			teamIDs = append(teamIDs, seat.TeamID)
		}
	}
	teams, err := v.teams(ref, distinct(teamIDs))
	held := make([]HeldSeat, len(seats))
	for i, seat := range seats {
		held[i].Seat = seat
		if team, ok := teams[seat.TeamID]; ok {
			held[i].Team = &team
		}
	}
	return held, err
}

// holds are the grants behind an entitlement, each with when it was made and by whom.
func (v view) holds(e Explanation) ([]Hold, error) {
	made, err := v.made(v.account.Ref, e.User.ID)
	if err != nil {
		return nil, err
	}
	byAccount := map[AccountKind]map[grantKey]Grant{Organization: made}
	if e.Enterprise != nil {
		if byAccount[Enterprise], err = v.made(e.Enterprise.Ref, e.User.ID); err != nil {
			return nil, err
		}
	}
	children, err := v.children(e.User.ID)
	if err != nil {
		return nil, err
	}
	holds := make([]Hold, len(e.Through))
	for i, reach := range e.Through {
		holds[i] = Hold{Reach: reach}
		key := grantKey{reach.Kind, e.User.ID}
		if reach.Team != nil {
			key.subject = reach.Team.ID
			holds[i].Child = children[reach.Team.ID]
		}
		if grant, ok := byAccount[reach.Account][key]; ok {
			holds[i].GrantedAt, holds[i].GrantedBy = grant.GrantedAt, grant.GrantedBy
		}
	}
	return holds, nil
}

// made are an account's grants that reach a person, by kind and subject.
func (v view) made(ref AccountRef, userID int64) (map[grantKey]Grant, error) {
	direct, err := v.from.Grants(ref, DirectGrant, []int64{userID})
	if err != nil {
		return nil, err
	}
	teams, err := v.from.TeamGrants(ref, []int64{userID})
	made := make(map[grantKey]Grant, len(direct)+len(teams))
	for _, g := range direct {
		made[grantKey{DirectGrant, userID}] = g
	}
	for _, g := range teams {
		made[grantKey{TeamGrant, g.TeamID}] = Grant{Kind: TeamGrant, SubjectID: g.TeamID, GrantedAt: g.GrantedAt, GrantedBy: g.GrantedBy}
	}
	return made, err
}

// children are, for each team that a person is in through child teams alone, the child team
// with the lowest id that they are in themselves.
func (v view) children(userID int64) (map[int64]*Team, error) {
	reached, err := v.tx.TeamsOf(v.account.Ref, userID)
	if err != nil {
		return nil, err
	}
	teams, err := v.tx.TeamsByID(v.account.Ref, reached)
	if err != nil {
		return nil, err
	}
	places, err := v.tx.TeamPlaces(v.account.Ref, userID)
	own := make(map[int64]bool, len(places))
	for _, place := range places {
		own[place.TeamID] = true
	}
	return childOf(teams, own), err
}

// childOf is, for each team that a person is not in themselves, the team with the lowest id
// below it that they are in.
func childOf(teams []Team, own map[int64]bool) map[int64]*Team {
	byID := make(map[int64]Team, len(teams))
	for _, team := range teams {
		byID[team.ID] = team
	}
	slices.SortFunc(teams, func(a, b Team) int { return cmp.Compare(a.ID, b.ID) })
	children := map[int64]*Team{}
	for _, team := range teams {
		if !own[team.ID] {
			continue
		}
		seen := map[int64]bool{} // a seed may have teams that are each other's parent
		for above := team.ParentID; above != 0 && !seen[above]; above = byID[above].ParentID {
			seen[above] = true
			if !own[above] && children[above] == nil {
				children[above] = &team
			}
		}
	}
	return children
}

// explainEndings adds what would happen if each grant ended.
func (v view) explainEndings(e *Explanation) error {
	ends := map[AccountKind]time.Time{}
	if v.account.Subscription != nil {
		ends[Organization] = v.account.Subscription.CycleAt(v.now).End
	}
	if e.Enterprise != nil && e.Enterprise.Subscription != nil {
		now, err := accountNow(v.tx, *e.Enterprise)
		if err != nil {
			return err
		}
		ends[Enterprise] = e.Enterprise.Subscription.CycleAt(now).End
	}
	pending := e.EnterpriseSeats
	if e.Seat != nil {
		pending = append(slices.Clone(pending), *e.Seat)
	}
	var until time.Time // of access that is scheduled to end as it is
	for _, seat := range pending {
		if seat.EndsAt.After(until) {
			until = seat.EndsAt
		}
	}
	for i := range e.Holds {
		e.Holds[i].IfEnded = ifEnded(e.Through, i, ends, until)
	}
	return nil
}

// ifEnded is what would happen if one of these grants ended alone. cycleEnds are when the
// accounts' cycles end, and until when the person's last seat does that is pending already.
//
// In an organization one seat stands for all grants (rules X1, X4, X8); in an enterprise each
// grant has one of its own (rule E4), and the seat of a team's grant goes at once where
// another team holds the person (rule E5).
func ifEnded(holds []Reach, ended int, cycleEnds map[AccountKind]time.Time, until time.Time) Ending {
	gone := holds[ended]
	end := Ending{Seat: SeatPends, BillingEnds: cycleEnds[gone.Account]}
	for i, other := range holds {
		if i == ended {
			continue
		}
		end.Survives = append(end.Survives, other)
		switch {
		case other.Account != gone.Account:
		case gone.Account == Organization:
			end.Seat, end.BillingEnds = SeatStays, time.Time{}
		case gone.Kind == TeamGrant && other.Kind == TeamGrant:
			end.Seat = SeatRemoved
		}
	}
	if len(end.Survives) > 0 {
		return end
	}
	end.AccessEnds = end.BillingEnds
	if until.After(end.AccessEnds) {
		end.AccessEnds = until
	}
	return end
}

// named are the ids of the people that an explanation names.
func (e Explanation) named() []int64 {
	var ids []int64
	for _, hold := range e.Holds {
		ids = append(ids, hold.GrantedBy.UserID)
	}
	seats := slices.Clone(e.EnterpriseSeats)
	if e.Seat != nil {
		seats = append(seats, *e.Seat)
	}
	for _, seat := range seats {
		ids = append(ids, seat.CancelledBy.UserID)
	}
	if e.Remembered != nil {
		ids = append(ids, e.Remembered.GrantedBy.UserID)
	}
	return distinct(ids)
}
