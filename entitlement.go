package usher

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Entitlement answers whether a person may use the assistant now, through an organization
// or its enterprise.
type Entitlement struct {
	Entitled bool
	Until    time.Time // when access ends, if it is scheduled to; else zero
	Through  []Reach   // what gives access: empty where nothing does any more and access has yet to end
}

// Reach is one live grant that reaches a person.
type Reach struct {
	Account AccountKind // whose grant: the organization's or the enterprise's
	Kind    GrantKind   // a direct or a team's grant; empty: the everyone grant of assign_all (rule G7)
	Team    *Team       // of a team's grant: the team that was granted, whose child the person may be in
}

// Entitlement says whether a person may use the assistant now, until when and through
// what. Grants of the organization's enterprise count too. It is [NotFound] for who is
// neither in the organization nor invited, and holds no grant of the enterprise.
func (s *Service) Entitlement(ctx context.Context, organization AccountRef, login string) (Entitlement, error) {
	var found Entitlement
	err := s.read(ctx, organization, func(v view) error {
		person, err := v.person(login)
		if err != nil {
			return err
		}
		found, err = v.entitlement(person)
		return err
	})
	return found, err
}

func (v reading) entitlement(person Person) (Entitlement, error) {
	var e Entitlement
	known := person.Membership != nil
	if known && person.member() && v.account.seatless() == "" {
		if err := v.reachOrganization(&e, person.User.ID); err != nil {
			return Entitlement{}, err
		}
	}
	held, err := v.reachEnterprise(&e, person.User.ID)
	if err != nil {
		return Entitlement{}, err
	}
	if !known && !held {
		return Entitlement{}, notFound()
	}
	if len(e.Through) > 0 {
		e.Until = time.Time{}
	}
	return e, nil
}

// reachOrganization adds what the organization's own grants give a member.
func (v reading) reachOrganization(e *Entitlement, userID int64) error {
	seats, err := v.from.Seats(v.account.Ref, 0, []int64{userID})
	if err != nil {
		return err
	}
	if len(seats) == 0 || !seats[0].Current(v.now) {
		return nil
	}
	e.Entitled = true
	if seats[0].Pending() {
		e.Until = seats[0].EndsAt
		return nil
	}
	direct, err := v.from.Grants(v.account.Ref, DirectGrant, []int64{userID})
	if err != nil {
		return err
	}
	if len(direct) > 0 {
		e.Through = append(e.Through, Reach{Account: Organization, Kind: DirectGrant})
	}
	if v.account.everyone() {
		e.Through = append(e.Through, Reach{Account: Organization})
	}
	grants, err := v.from.TeamGrants(v.account.Ref, []int64{userID})
	if err != nil {
		return err
	}
	teamIDs := make([]int64, len(grants))
	for i, g := range byHold(grants) {
		teamIDs[i] = g.TeamID
	}
	return v.reachTeams(e, v.account.Ref, teamIDs)
}

// reachEnterprise adds what the grants of the organization's enterprise give a person. In
// an enterprise each grant has seats of its own, so the seats say which grants there are.
// held is false where the person has no current seat of the enterprise's own.
func (v reading) reachEnterprise(e *Entitlement, userID int64) (held bool, err error) {
	if v.account.EnterpriseID == 0 {
		return false, nil
	}
	enterprise, ok, err := v.from.Account(AccountName{Kind: Enterprise, ID: v.account.EnterpriseID})
	if err != nil || !ok {
		return false, err
	}
	now, err := accountNow(v.from, enterprise)
	if err != nil {
		return false, err
	}
	seats, err := v.from.PersonSeats(enterprise.Ref, userID)
	if err != nil {
		return false, err
	}
	slices.SortFunc(seats, func(a, b Seat) int { return cmp.Compare(a.Section, b.Section) })
	var teamIDs []int64
	for _, seat := range seats {
		switch {
		case !seat.Current(now):
			continue
		case seat.Pending():
			if seat.EndsAt.After(e.Until) {
				e.Until = seat.EndsAt
			}
		case seat.Section == 0:
			e.Through = append(e.Through, Reach{Account: Enterprise, Kind: DirectGrant})
		default:
			teamIDs = append(teamIDs, seat.Section)
		}
		e.Entitled, held = true, true
	}
	return held, v.reachTeams(e, enterprise.Ref, teamIDs)
}

// reachTeams adds team grants, in the order of the ids.
func (v reading) reachTeams(e *Entitlement, ref AccountRef, teamIDs []int64) error {
	if len(teamIDs) == 0 {
		return nil
	}
	teams, err := v.from.TeamsByID(ref, teamIDs)
	if err != nil {
		return err
	}
	slices.SortFunc(teams, func(a, b Team) int {
		return cmp.Compare(slices.Index(teamIDs, a.ID), slices.Index(teamIDs, b.ID))
	})
	for _, team := range teams {
		e.Through = append(e.Through, Reach{Account: ref.Kind, Kind: TeamGrant, Team: &team})
	}
	return nil
}
