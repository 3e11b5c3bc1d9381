package usher_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// The moves of an enterprise: the naive model's, then the machine's.

// grantable says whom an enterprise may grant (E5).
func (m *model) grantable(enterprise *modelAccount, id int64) bool {
	for _, a := range m.organizations(enterprise) {
		if a.has(id, usher.Active) {
			return true
		}
	}
	return slices.ContainsFunc(enterprise.TeamMembers, func(member usher.TeamMember) bool { return member.UserID == id })
}

func (m *model) grantEnterpriseUsers(a *modelAccount, logins []string) (n int, refused *modelRefusal) {
	ids, refused := m.pick(a, logins, func(id int64) bool { return m.grantable(a, id) })
	if refused != nil {
		return 0, refused
	}
	for _, id := range ids {
		delete(a.asleep.off, id) // a grant that is made takes the place of one that sleeps
		if m.grantDirect(a, id, m.now) {
			n++
		}
	}
	return n, nil
}

func (m *model) cancelEnterpriseUsers(a *modelAccount, logins []string) (n int, refused *modelRefusal) {
	ids, refused := m.pick(a, logins, func(id int64) bool { return m.grantable(a, id) || m.seatOf(a, 0, id) != nil })
	if refused != nil {
		return 0, refused
	}
	for _, id := range ids {
		if m.cancelDirect(a, id, by.Actor) {
			n++
		}
	}
	return n, nil
}

func (m *model) cancelEnterpriseTeams(a *modelAccount, names []string) (n int, refused *modelRefusal) {
	ids, refused := m.teams(a, names)
	if refused != nil {
		return 0, refused
	}
	for _, id := range ids {
		if _, known := a.granted[id]; !known {
			continue
		}
		delete(a.granted, id)
		for _, user := range a.teamPeople(m, id) {
			if m.loseTeam(a, user, id) {
				n++
			}
		}
	}
	return n, nil
}

// loseTeam takes from a person what a team that does not hold them any more gave them, and
// says whether that counts (E5).
func (m *model) loseTeam(a *modelAccount, user, team int64) (counted bool) {
	seat := m.seatOf(a, team, user)
	if len(a.teamsOf(user)) > 0 {
		seat.ends = m.now // the row is lost at once
		return false
	}
	m.take(a, seat, team, by.Actor)
	return true
}

// forget drops what was reported of a person in an enterprise where they have no row any
// more (R4).
func (m *model) forget(enterprise, user int64) {
	for _, other := range m.accounts {
		if other.enterprise() == enterprise && slices.ContainsFunc(other.seats, func(s *modelSeat) bool { return s.user == user && m.current(s) }) {
			return
		}
	}
	var kept []modelUse
	for _, u := range m.uses {
		if u.enterprise != enterprise || u.user != user {
			kept = append(kept, u)
		}
	}
	m.uses = kept
}

// enterpriseMember is all rows of one person (E6).
func (m *model) enterpriseMember(enterprise *modelAccount, login string) (rows []shownSeat, refused *modelRefusal) {
	enabled := enterprise.Account.Subscription != nil
	for _, a := range m.organizations(enterprise) {
		enabled = enabled || a.Account.Subscription != nil
	}
	if !enabled {
		return nil, &modelRefusal{Kind: usher.Invalid}
	}
	all, _ := m.enterpriseList(enterprise)
	for _, row := range all {
		if strings.EqualFold(row.Assignee.Login, login) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, &modelRefusal{Kind: usher.NotFound}
	}
	return rows, nil
}

func (m *machine) enterprise() *modelAccount { return m.model.account(usher.EnterpriseRef(octoGlobal)) }

func (m *machine) drawGrantable(rt *rapid.T) []string {
	var grantable []string
	for _, login := range cast {
		if m.model.grantable(m.enterprise(), userID(login)) {
			grantable = append(grantable, login)
		}
	}
	return drawNames(rt, m.among(grantable), append([]string{"nobody", "no-one"}, cast...))
}

func (m *machine) drawEnterpriseTeams(rt *rapid.T) []string {
	var names []string
	for _, t := range m.enterprise().Teams {
		names = append(names, t.Slug, t.Name, "ent:"+t.Slug)
	}
	return drawNames(rt, names, []string{"nothing", "ent:nothing", "core"})
}

func (m *machine) grantEnterpriseUsers(rt *rapid.T) move {
	return m.call("grant enterprise users", (*usher.Service).GrantEnterpriseUsers, (*model).grantEnterpriseUsers, m.enterprise(), m.drawGrantable(rt))
}

func (m *machine) cancelEnterpriseUsers(rt *rapid.T) move {
	return m.call("cancel enterprise users", (*usher.Service).CancelEnterpriseUsers, (*model).cancelEnterpriseUsers, m.enterprise(), m.drawGrantable(rt))
}

func (m *machine) grantEnterpriseTeams(rt *rapid.T) move {
	return m.call("grant enterprise teams", (*usher.Service).GrantEnterpriseTeams, (*model).grantTeams, m.enterprise(), m.drawEnterpriseTeams(rt))
}

func (m *machine) cancelEnterpriseTeams(rt *rapid.T) move {
	return m.call("cancel enterprise teams", (*usher.Service).CancelEnterpriseTeams, (*model).cancelEnterpriseTeams, m.enterprise(), m.drawEnterpriseTeams(rt))
}

func (m *machine) compareEnterpriseMember(rt *rapid.T, a *modelAccount, login string) {
	want, refused := m.model.enterpriseMember(a, login)
	page, err := m.service.EnterpriseMemberSeats(background, a.Account.Ref, login)
	if diff := cmp.Diff(refused, refusedAs(rt, err)); diff != "" {
		rt.Fatalf("%s in %s: refusal (-want +got):\n%s", login, a.Account.Login, diff)
	}
	if refused != nil {
		return
	}
	m.remember(rt, fmt.Sprintf("%s in %s", login, a.Account.Login), page.Edition, page)
	var got []shownSeat
	for _, row := range page.Seats {
		got = append(got, shown(row))
	}
	if diff := cmp.Diff(want, got); diff != "" || page.TotalSeats != 1 || page.Rows != int64(len(want)) {
		rt.Fatalf("%s in %s at %v: total %d, rows %d (-want +got):\n%s", login, a.Account.Login, m.model.now, page.TotalSeats, page.Rows, diff)
	}
}
