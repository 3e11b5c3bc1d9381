package usher

import (
	"cmp"
	"errors"
	"slices"
)

// grantsPlan is what becomes of an account's grants, by logins and slugs.
type grantsPlan struct {
	grantUsers, cancelUsers, grantTeams, cancelTeams []string
}

// grants makes and cancels the account's grants.
func (p *provision) grants() error {
	if p.want.SeatUsers == nil && p.want.SeatTeams == nil {
		return nil
	}
	if reason := p.account.seatless(); reason != "" {
		p.noteSeatless(reason)
		return nil
	}
	direct, teams, err := p.granted()
	if err != nil {
		return err
	}
	var plan grantsPlan
	if p.want.SeatUsers != nil {
		if err := p.planUsers(&plan, direct); err != nil {
			return err
		}
	}
	if p.want.SeatTeams != nil {
		if err := p.planTeamGrants(&plan, teams); err != nil {
			return err
		}
	}
	if err := p.wrong(); err != nil {
		return err
	}
	return p.makeGrants(plan)
}

func (p *provision) noteSeatless(reason string) {
	listed := p.want.SeatUsers != nil && len(p.want.SeatUsers.List) > 0 || p.want.SeatTeams != nil && len(p.want.SeatTeams.List) > 0
	if listed {
		p.note("%s %s: its seats are ignored: %s", p.want.Kind, p.account.Login, reason)
	}
}

// granted are the people and teams that are granted. The grant of somebody whose invitation to the
// organization has ended is none any more (rule G4).
func (p *provision) granted() (direct, teams map[int64]bool, err error) {
	direct, teams = map[int64]bool{}, map[int64]bool{}
	all, err := p.tx.AllGrants(p.account.Ref)
	for _, g := range all {
		here := p.places[g.SubjectID]
		switch {
		case g.Kind == TeamGrant:
			teams[g.SubjectID] = true
		case p.want.Kind == Enterprise || here.was.State != "" || here.will.State != "":
			direct[g.SubjectID] = true
		}
	}
	return direct, teams, err
}

// planUsers decides who is granted a seat by name, and whose direct grant is cancelled.
func (p *provision) planUsers(plan *grantsPlan, direct map[int64]bool) error {
	listed := map[int64]bool{}
	var dated int
	var idle []int64 // who is to be cancelled and has no grant
	var granted []DesiredGrant
	for _, want := range p.want.SeatUsers.List {
		user, ok := p.user(want.Login, "seats: user")
		if !ok {
			continue
		}
		listed[user.ID] = true
		switch {
		case want.Cancel && direct[user.ID]:
			plan.cancelUsers = append(plan.cancelUsers, user.Login)
			p.change(Removed, "seat grant", user.Login)
		case want.Cancel:
			idle = append(idle, user.ID)
		case !direct[user.ID]:
			granted = append(granted, want)
			plan.grantUsers = append(plan.grantUsers, user.Login)
			p.change(Added, "seat grant", user.Login)
			if want.Dated {
				dated++
			}
		}
	}
	if dated > 0 {
		p.note("%s %s: seats begin when they are applied, and not at the times that the file gives: %d", p.want.Kind, p.account.Login, dated)
	}
	if err := p.refuseStrangers(granted); err != nil {
		return err
	}
	if err := p.noteIdle(idle); err != nil {
		return err
	}
	return p.planCancellations(plan, direct, listed)
}

// noteIdle notes of whom there is nothing to cancel.
func (p *provision) noteIdle(ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	seats, err := p.tx.Seats(p.account.Ref, 0, ids)
	if err != nil {
		return err
	}
	users, err := p.tx.Users(slices.DeleteFunc(ids, func(id int64) bool {
		return slices.ContainsFunc(seats, func(s Seat) bool { return s.UserID == id && s.Current(p.now) })
	}))
	if err != nil || len(users) == 0 {
		return err
	}
	logins := make([]string, len(users))
	for i, user := range users {
		logins[i] = user.Login
	}
	slices.Sort(logins)
	p.note("%s %s: there is no seat to cancel of %s", p.want.Kind, p.account.Login, namesOf(logins))
	return nil
}

// refuseStrangers refuses grants to people who cannot be granted (rules G5, E5).
func (p *provision) refuseStrangers(granted []DesiredGrant) error {
	belongs, outside := map[int64]bool{}, "neither a member of the organization nor invited to it; add them to its members"
	if p.want.Kind == Enterprise {
		outside = "a member of none of the enterprise's organizations and teams; add them to one"
		ids := make([]int64, len(granted))
		for i, want := range granted {
			ids[i] = p.users[LoginKey(want.Login.Text)].ID
		}
		members, err := p.tx.EnterpriseMembers(p.account.Ref.ID, ids)
		if err != nil {
			return err
		}
		for _, id := range members {
			belongs[id] = true
		}
	}
	for _, want := range granted {
		id := p.users[LoginKey(want.Login.Text)].ID
		if !belongs[id] && p.places[id].will.State == "" {
			p.fail(want.Login.Line, "seats: user %s is %s, or remove the seat", p.quote(want.Login.Text), outside)
		}
	}
	return nil
}

// planCancellations finds the direct grants that the file does not list.
func (p *provision) planCancellations(plan *grantsPlan, direct, listed map[int64]bool) error {
	var ids []int64
	for id := range direct {
		if !listed[id] {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	users, err := p.cancellable(ids)
	if err != nil {
		return err
	}
	if len(users) > 0 && len(p.want.SeatUsers.List) == 0 {
		p.emptied("seats: users", p.want.SeatUsers.Line)
		return nil
	}
	for _, user := range users {
		if !p.keeps() {
			plan.cancelUsers = append(plan.cancelUsers, user.Login)
			p.change(Removed, "seat grant", user.Login)
		}
	}
	return nil
}

// cancellable are those of these people, by id, whom a dump would list: of an enterprise those who
// belong to it.
func (p *provision) cancellable(ids []int64) ([]User, error) {
	users, err := p.tx.Users(ids)
	if err != nil {
		return nil, err
	}
	belongs := map[int64]bool{}
	if p.want.Kind == Enterprise {
		members, err := p.tx.EnterpriseMembers(p.account.Ref.ID, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range members {
			belongs[id] = true
		}
	}
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return slices.DeleteFunc(users, func(user User) bool {
		stranger := p.want.Kind == Enterprise && !belongs[user.ID] && !ReservedLogin(user.Login)
		if stranger {
			p.strangers[user.Login] = true
		}
		return p.passesOver(user.Login) || stranger
	}), nil
}

// planTeamGrants decides which teams are granted, and whose grants are cancelled.
func (p *provision) planTeamGrants(plan *grantsPlan, granted map[int64]bool) error {
	all, err := p.tx.AllTeams(p.account.Ref)
	if err != nil {
		return err
	}
	index, listed := teamIndex(all), map[int64]bool{}
	for _, want := range p.want.SeatTeams.List {
		team, ok := index.named(want.Text)
		switch {
		case !ok:
			p.fail(want.Line, "seats: team %s is not a team of the %s; give the slug or name of one", p.quote(want.Text), p.want.Kind)
		case p.isDeleted(team.ID):
			p.fail(want.Line, "seats: team %s is not listed under teams, and would be removed", p.quote(want.Text))
		case !listed[team.ID] && !granted[team.ID]:
			plan.grantTeams = append(plan.grantTeams, team.Slug)
			p.change(Added, "team grant", team.Slug)
		}
		listed[team.ID] = true
	}
	for _, team := range all {
		switch {
		case !granted[team.ID] || listed[team.ID]:
		case len(p.want.SeatTeams.List) == 0:
			p.emptied("seats: teams", p.want.SeatTeams.Line)
			return nil
		case !p.keeps():
			plan.cancelTeams = append(plan.cancelTeams, team.Slug)
			p.change(Removed, "team grant", team.Slug)
		}
	}
	return nil
}

// makeGrants makes grants before it cancels others, so that who is held otherwise keeps a seat.
func (p *provision) makeGrants(plan grantsPlan) error {
	enterprise := p.want.Kind == Enterprise
	for _, change := range []struct {
		names []string
		make  func(*ledger, []string) error
	}{
		{plan.grantUsers, func(l *ledger, names []string) error { return l.grantNamed(names, enterprise) }},
		{plan.grantTeams, func(l *ledger, names []string) error { return l.grantTeamsNamed(names, enterprise) }},
		{plan.cancelUsers, func(l *ledger, names []string) error { return l.cancelNamed(names, enterprise) }},
		{plan.cancelTeams, func(l *ledger, names []string) error { return l.cancelTeamsNamed(names, enterprise) }},
	} {
		if len(change.names) == 0 {
			continue
		}
		err := p.book(func(l *ledger) error { return change.make(l, change.names) })
		var refused *Error
		if errors.As(err, &refused) && refused.Kind == Invalid {
			p.refuse(p.seatsLine(), refused)
			return errProblems
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seatsLine is where the file speaks of the account's seats.
func (p *provision) seatsLine() int {
	if p.want.SeatUsers != nil {
		return p.want.SeatUsers.Line
	}
	return p.want.SeatTeams.Line
}

func (l *ledger) grantNamed(logins []string, enterprise bool) error {
	if !enterprise {
		people, err := l.selectPeople(logins)
		for _, person := range people {
			if _, err := l.grantPerson(person); err != nil {
				return err
			}
		}
		return err
	}
	people, err := l.selectEnterprisePeople(logins, false)
	if err != nil {
		return err
	}
	for _, person := range people {
		if _, err := l.grantEnterprisePerson(person.User.ID); err != nil {
			return err
		}
	}
	return l.supersede(ids(people))
}

func (l *ledger) cancelNamed(logins []string, enterprise bool) error {
	if !enterprise {
		people, err := l.selectPeople(logins)
		for _, person := range people {
			l.cancelPerson(person)
		}
		return err
	}
	people, err := l.selectEnterprisePeople(logins, true)
	for _, person := range people {
		l.cancelEnterprisePerson(person.User.ID)
	}
	return err
}

func (l *ledger) grantTeamsNamed(slugs []string, enterprise bool) error {
	teams, err := l.selectTeams(slugs, false)
	grant := l.grantTeam
	if enterprise {
		grant = l.grantEnterpriseTeam
	}
	for _, team := range teams {
		if _, err := grant(team); err != nil {
			return err
		}
	}
	return err
}

func (l *ledger) cancelTeamsNamed(slugs []string, enterprise bool) error {
	teams, err := l.selectTeams(slugs, true)
	cancel := l.cancelTeam
	if enterprise {
		cancel = l.cancelEnterpriseTeam
	}
	for _, team := range teams {
		cancel(team)
	}
	return err
}
