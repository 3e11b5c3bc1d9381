package usher

import (
	"cmp"
	"context"
	"slices"
)

// In an enterprise each grant has seats of its own: a direct grant one in section 0, an
// enterprise team's grant one per person in the section of the team (rules E1, E4).

// GrantEnterpriseUsers gives each named person an enterprise-direct grant (POST an
// enterprise's selected_users, rule E5). It returns how many seats were created or refreshed.
func (s *Service) GrantEnterpriseUsers(ctx context.Context, enterprise AccountRef, logins []string, by By) (created int, err error) {
	selected := func(l *ledger) ([]Person, error) {
		people, err := l.selectEnterprisePeople(logins, false)
		if err != nil {
			return nil, err
		}
		return people, l.supersede(ids(people))
	}
	return s.changePeople(ctx, enterprise, by, selected, func(l *ledger, person Person) (bool, error) {
		return l.grantEnterprisePerson(person.User.ID)
	})
}

// CancelEnterpriseUsers ends each named person's enterprise-direct grant (DELETE an
// enterprise's selected_users, rule E5). It returns how many seats turned pending.
func (s *Service) CancelEnterpriseUsers(ctx context.Context, enterprise AccountRef, logins []string, by By) (cancelled int, err error) {
	selected := func(l *ledger) ([]Person, error) { return l.selectEnterprisePeople(logins, true) }
	return s.changePeople(ctx, enterprise, by, selected, func(l *ledger, person Person) (bool, error) {
		return l.cancelEnterprisePerson(person.User.ID), nil
	})
}

// GrantEnterpriseTeams gives each named enterprise team a grant (POST
// selected_enterprise_teams, rule E5). It returns how many seats were created or refreshed.
func (s *Service) GrantEnterpriseTeams(ctx context.Context, enterprise AccountRef, names []string, by By) (created int, err error) {
	return s.changeTeams(ctx, enterprise, names, false, by, (*ledger).grantEnterpriseTeam)
}

// CancelEnterpriseTeams ends each named enterprise team's grant (DELETE
// selected_enterprise_teams, rule E5). It returns how many seats turned pending.
func (s *Service) CancelEnterpriseTeams(ctx context.Context, enterprise AccountRef, names []string, by By) (cancelled int, err error) {
	return s.changeTeams(ctx, enterprise, names, true, by, func(l *ledger, team teamPeople) (int, error) {
		return l.cancelEnterpriseTeam(team), nil
	})
}

// EnterpriseMemberSeats are all rows that one person has in the list of an enterprise's
// seats (GET enterprises/{enterprise}/members/{username}/copilot, rule E6).
func (s *Service) EnterpriseMemberSeats(ctx context.Context, enterprise AccountRef, login string) (SeatPage, error) {
	var result SeatPage
	err := s.read(ctx, enterprise, func(v view) error {
		accounts, err := v.enterpriseAccounts()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(accounts, func(a Account) bool { return a.Subscription != nil }) {
			return v.account.notEnabled(Invalid)
		}
		user, ok, err := v.tx.User(login)
		if err != nil || !ok {
			return orNotFound(err)
		}
		rows, err := v.personRows(accounts, user.ID)
		if err != nil || len(rows) == 0 {
			return orNotFound(err)
		}
		result = SeatPage{TotalSeats: 1, Rows: int64(len(rows)), Seats: rows, Edition: v.edition(accounts, rows)}
		return nil
	})
	return result, err
}

// personRows are one person's rows among those of an enterprise's accounts, in the order of
// rule E2.
func (v view) personRows(accounts []Account, userID int64) ([]SeatRow, error) {
	stored, err := v.tx.EnterprisePersonSeats(v.account.Ref.ID, userID)
	if err != nil {
		return nil, err
	}
	seats := map[AccountRef][]Seat{}
	for _, s := range stored {
		if s.Current(v.now) {
			seats[s.Account] = append(seats[s.Account], s.Seat)
		}
	}
	if err := v.latestActivity(seats[v.account.Ref]); err != nil {
		return nil, err
	}
	var rows []SeatRow
	for _, account := range accounts { // the enterprise, then its organizations by id
		own := seats[account.Ref]
		if len(own) == 0 {
			continue
		}
		slices.SortFunc(own, func(a, b Seat) int { return cmp.Compare(a.Section, b.Section) })
		some, err := v.rows(account, own)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// selectEnterprisePeople checks that seats can be managed and finds the named people, in
// the order of the request, each once, their direct seats and grants loaded. They are
// members of the enterprise's organizations or of its teams (rule E5). Whoever has a
// direct seat still, and is neither any more, can be named with seated alone.
func (l *ledger) selectEnterprisePeople(logins []string, seated bool) ([]Person, error) {
	if err := l.account.writable(); err != nil {
		return nil, err
	}
	byKey, err := l.peopleByLogin(logins)
	if err != nil {
		return nil, err
	}
	named := known(byKey)
	members, err := l.tx.EnterpriseMembers(l.account.Ref.ID, named)
	if err != nil {
		return nil, err
	}
	if err := l.loadSeats(0, named); err != nil {
		return nil, err
	}
	grantable := make(map[int64]bool, len(members))
	for _, id := range members {
		grantable[id] = true
	}
	inside := func(p Person) bool { return grantable[p.User.ID] || seated && l.seat(0, p.User.ID) != nil }
	people, err := pickPeople(byKey, logins, inside, "neither a member of one of the enterprise's organizations nor of one of its teams")
	if err != nil {
		return nil, err
	}
	_, err = l.loadGrants(DirectGrant, ids(people))
	return people, err
}

// grantEnterprisePerson gives one person an enterprise-direct grant. It says whether that
// created or refreshed a seat.
func (l *ledger) grantEnterprisePerson(id int64) (counted bool, err error) {
	return l.seatDirectly(id, l.addGrant(DirectGrant, id))
}

// cancelEnterprisePerson ends one person's enterprise-direct grant. It says whether that
// made a seat pending.
func (l *ledger) cancelEnterprisePerson(id int64) bool {
	if !l.endGrant(DirectGrant, id) {
		return false
	}
	l.record(AssignmentUnassigned, id, 0)
	l.cancel(l.seat(0, id), 0)
	return true
}

// grantEnterpriseTeam gives an enterprise team a grant, and each of its people a seat
// through it.
func (l *ledger) grantEnterpriseTeam(team teamPeople) (created int, err error) {
	if !l.addGrant(TeamGrant, team.id) {
		return 0, nil
	}
	l.record(AssignmentCreated, 0, team.id)
	for _, id := range team.people {
		counted, err := l.seatThroughTeam(team.id, id, l.actor)
		if err != nil {
			return created, err
		}
		if counted {
			created++
		}
	}
	return created, nil
}

// seatThroughTeam seats a person of an enterprise team whose grant is in force: on a new seat
// of the team's section, or on the one whose cancellation is pending. granter is who made the
// grant.
func (l *ledger) seatThroughTeam(teamID, id int64, granter Actor) (counted bool, err error) {
	seat := l.seat(teamID, id)
	switch {
	case seat == nil:
		return true, l.open(teamID, id, teamID, granter)
	case seat.Pending():
		l.refresh(seat, teamID)
		return true, nil
	}
	return false, nil
}

// cancelEnterpriseTeam ends an enterprise team's grant. Whom another enterprise team holds
// loses this team's seat at once; the seats of the others turn pending, and are counted
// (rule E5).
func (l *ledger) cancelEnterpriseTeam(team teamPeople) (cancelled int) {
	if !l.endGrant(TeamGrant, team.id) {
		return 0
	}
	l.record(AssignmentUnassigned, 0, team.id)
	for _, id := range team.people {
		if l.loseTeam(team.id, id) {
			cancelled++
		}
	}
	return cancelled
}

// loseTeam takes from a person what an enterprise team's grant gave them. It says whether that
// made a seat pending.
func (l *ledger) loseTeam(teamID, id int64) (cancelled bool) {
	h := l.holdings[id].without(teamID)
	l.holdings[id] = h
	seat := l.seat(teamID, id)
	if len(h.teams) > 0 {
		l.drop(seat)
		return false
	}
	l.cancel(seat, teamID)
	l.record(AssignmentUnassigned, id, teamID)
	return true
}
