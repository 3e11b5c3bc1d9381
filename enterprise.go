package usher

// In an enterprise each grant has seats of its own: a direct grant one in section 0, an
// enterprise team's grant one per person in the section of the team (rules E1, E4).

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
		seat := l.seat(team.id, id)
		switch {
		case seat == nil:
			created++
			if err := l.open(team.id, id, team.id); err != nil {
				return created, err
			}
		case seat.Pending():
			created++
			l.refresh(seat, team.id)
		}
	}
	return created, nil
}
