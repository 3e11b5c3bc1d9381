package usher

// planPlaces decides who is in the listed teams.
func (p *provision) planPlaces() error {
	stored, err := p.tx.AllTeamMembers(p.account.Ref)
	if err != nil {
		return err
	}
	places := map[int64][]TeamMember{}
	for _, m := range stored {
		places[m.TeamID] = append(places[m.TeamID], m)
	}
	names := make(map[int64]string)
	for _, t := range p.teams.listed {
		p.planTeam(t)
		if !t.want.Maintainers.given() && !t.want.Members.given() {
			continue
		}
		if err := p.planTeamPlaces(t, places[t.after.ID], names); err != nil {
			return err
		}
	}
	return nil
}

func (p *provision) planTeamPlaces(t *listedTeam, stored []TeamMember, names map[int64]string) error {
	maintainers, inUpper := p.listed(t.want.Maintainers, "maintainer")
	members, inLower := p.listed(t.want.Members, "member")
	was := make(map[int64]TeamMember, len(stored))
	people := append(maintainers, members...)
	for _, m := range stored {
		was[m.UserID] = m
		people = append(people, m.UserID)
	}
	people = distinct(people)
	users, err := p.tx.Users(people)
	if err != nil {
		return err
	}
	for _, user := range users {
		names[user.ID] = user.Login
	}
	p.refuseOutsiders(t)
	var emptied bool
	for _, id := range people {
		before, in := was[id]
		standing := outside
		switch {
		case in && before.Maintainer:
			standing = upper
		case in:
			standing = lower
		}
		ranks := rankList{inUpper: inUpper[id], inLower: inLower[id], upperGiven: t.want.Maintainers.given(), lowerGiven: t.want.Members.given(), demotes: true}
		will, loses := ranks.rank(standing)
		if loses && p.passesOver(names[id]) {
			continue
		}
		if loses && (standing == upper && t.want.Maintainers.empty() || t.want.Members.empty()) {
			if !emptied {
				p.emptied("team "+p.quote(t.want.Name.Text)+": the list of its people", t.want.Name.Line)
			}
			emptied = true
			continue
		}
		if loses && p.keeps() {
			continue
		}
		p.planTeamPlace(t, TeamMember{TeamID: t.after.ID, UserID: id, Maintainer: will == upper}, standing, will, t.after.Slug+"/"+names[id])
	}
	return nil
}

func (p *provision) planTeamPlace(t *listedTeam, place TeamMember, was, will rank, name string) {
	roles := map[rank]string{lower: "member", upper: "maintainer"}
	switch {
	case was == will:
	case was == outside:
		t.joins = append(t.joins, place)
		p.change(Added, "team "+roles[will], name)
	case will == outside:
		t.leaves = append(t.leaves, place.UserID)
		p.change(Removed, "team "+roles[was], name)
	default:
		if will == upper {
			t.promotions = append(t.promotions, place)
		} else {
			t.demotions = append(t.demotions, place)
		}
		p.changed(Changed, "team member", name, FieldChange{"role", roles[was], roles[will]})
	}
}

// refuseOutsiders refuses people in an organization's team who will not be members of it. An
// enterprise team may have any user, as in a seed.
func (p *provision) refuseOutsiders(t *listedTeam) {
	if p.want.Kind == Enterprise {
		return
	}
	for _, words := range []*Words{t.want.Maintainers, t.want.Members} {
		if words == nil {
			continue
		}
		for _, word := range words.List {
			user, ok := p.users[LoginKey(word.Text)]
			if ok && p.places[user.ID].will.State != Active {
				p.fail(word.Line, "team %s: %s is not a member of the organization; add them to its members, or remove them here", p.quote(t.want.Name.Text), p.quote(word.Text))
			}
		}
	}
}

func (l *ledger) joinTeams(joined []*listedTeam) error {
	var joins []TeamMember
	for _, t := range joined {
		for _, place := range t.promotions {
			if err := l.changeMaintainer(place); err != nil {
				return err
			}
		}
		if l.account.Ref.Kind == Enterprise {
			if err := l.joinEnterpriseTeam(t); err != nil {
				return err
			}
			continue
		}
		joins = append(joins, t.joins...)
	}
	if len(joins) == 0 {
		return nil
	}
	people := make([]int64, len(joins))
	for i, place := range joins {
		people[i] = place.UserID
	}
	return l.regroup(distinct(people), 0, func() error { return l.insertPlaces(joins) })
}

func (l *ledger) joinEnterpriseTeam(t *listedTeam) error {
	people := make([]int64, len(t.joins))
	for i, place := range t.joins {
		people[i] = place.UserID
	}
	join := func() error { return l.insertPlaces(t.joins) }
	return l.regroupEnterprise(t.after, people, join, func(id int64, grant Grant) error {
		_, err := l.seatThroughTeam(t.after.ID, id, grant.GrantedBy)
		return err
	})
}

// changeMaintainer changes what somebody is in a team. No seat depends on it.
func (l *ledger) changeMaintainer(place TeamMember) error {
	before, action := place, MaintainerDemoted
	before.Maintainer = !place.Maintainer
	if place.Maintainer {
		action = MaintainerPromoted
	}
	l.recordChange(action, place.UserID, place.TeamID, FieldChange{"role", before.word(), place.word()})
	return l.tx.SaveTeamMember(l.account.Ref, place)
}

// leaveTeams has people leave teams, or be less in them.
func (p *provision) leaveTeams() error {
	for _, t := range p.teams.listed {
		if len(t.leaves)+len(t.demotions) == 0 {
			continue
		}
		err := p.book(func(l *ledger) error {
			for _, place := range t.demotions {
				if err := l.changeMaintainer(place); err != nil {
					return err
				}
			}
			return l.leaveTeam(t.after, t.leaves)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// leaveTeam takes people out of a team.
func (l *ledger) leaveTeam(team Team, people []int64) error {
	leave := func() error { return l.deletePlaces(team.ID, people) }
	if l.account.Ref.Kind == Organization {
		return l.regroup(people, team.ID, leave)
	}
	return l.regroupEnterprise(team, people, leave, func(id int64, _ Grant) error {
		l.loseTeam(team.ID, id)
		return nil
	})
}
