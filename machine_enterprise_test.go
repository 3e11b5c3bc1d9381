package usher_test

import (
	"context"
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
			if m.loseTeam(a, id, user) {
				n++
			}
		}
	}
	return n, nil
}

// loseTeam takes the seat that somebody had through an enterprise team, and says whether that
// counts: where another team holds them the row is lost at once (E5).
func (m *model) loseTeam(a *modelAccount, team, user int64) bool {
	seat := m.seatOf(a, team, user)
	if len(a.teamsOf(user)) > 0 {
		seat.ends = m.now
		return false
	}
	m.take(a, seat, team, by.Actor)
	return true
}

// joinEnterpriseTeam puts into a team who belongs to the enterprise, or is an owner of it.
func (m *model) joinEnterpriseTeam(a *modelAccount, slug string, logins []string) usher.Kind {
	t := a.teamBySlug(slug)
	if t == nil {
		return usher.NotFound
	}
	var joining []int64
	for _, login := range logins {
		user, known := m.byLogin(login)
		if !known || !m.grantable(a, user) && a.membership(user) == nil {
			return usher.Invalid
		}
		if !a.inTeam(user, t.ID) && !slices.Contains(joining, user) {
			joining = append(joining, user)
		}
	}
	_, granted := a.granted[t.ID]
	for _, user := range joining {
		a.TeamMembers = append(slices.Clone(a.TeamMembers), usher.TeamMember{TeamID: t.ID, UserID: user})
		if granted {
			m.give(a, t.ID, user, t.ID, m.now)
		}
	}
	return 0
}

func (m *model) leaveEnterpriseTeam(a *modelAccount, slug string, logins []string) usher.Kind {
	t := a.teamBySlug(slug)
	if t == nil {
		return usher.NotFound
	}
	var leaving []int64
	for _, login := range logins {
		user, known := m.byLogin(login)
		if !known || !a.inTeam(user, t.ID) {
			return usher.Invalid
		}
		if !slices.Contains(leaving, user) {
			leaving = append(leaving, user)
		}
	}
	_, granted := a.granted[t.ID]
	for _, user := range leaving {
		a.TeamMembers = withoutPlace(a.TeamMembers, t.ID, user)
		if granted {
			m.loseTeam(a, t.ID, user)
		}
	}
	return 0
}

func (m *model) createEnterpriseTeam(a *modelAccount, name string) (t usher.Team, kind usher.Kind) {
	t = usher.Team{Account: a.Account.Ref, ID: m.newID(), Privacy: usher.PrivacyClosed}
	if !a.nameTeam(&t, name) {
		return t, usher.Invalid
	}
	a.Teams = append(slices.Clone(a.Teams), t)
	return t, 0
}

func (m *model) deleteEnterpriseTeam(a *modelAccount, slug string) usher.Kind {
	t := a.teamBySlug(slug)
	if t == nil {
		return usher.NotFound
	}
	id, people := t.ID, a.teamPeople(m, t.ID)
	if _, granted := a.granted[id]; granted {
		delete(a.granted, id)
		for _, user := range people {
			m.loseTeam(a, id, user)
		}
	}
	delete(a.asleep.teams, id)
	a.TeamMembers = slices.DeleteFunc(slices.Clone(a.TeamMembers), func(p usher.TeamMember) bool { return p.TeamID == id })
	a.Teams = slices.DeleteFunc(slices.Clone(a.Teams), func(t usher.Team) bool { return t.ID == id })
	return 0
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
	return drawNames(rt, grantable, append([]string{"nobody", "no-one"}, cast...))
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

func (m *machine) joinEnterpriseTeam(rt *rapid.T) move {
	return m.enterpriseTeamMove(rt, m.drawGrantable(rt), "join", (*usher.Service).AddEnterpriseTeamPeople, (*model).joinEnterpriseTeam)
}

func (m *machine) leaveEnterpriseTeam(rt *rapid.T) move {
	var in []string
	for _, p := range m.enterprise().TeamMembers {
		in = append(in, m.model.user(p.UserID).Login)
	}
	logins := []string{m.drawPerson(rt, in)}
	return m.enterpriseTeamMove(rt, logins, "leave", (*usher.Service).RemoveEnterpriseTeamPeople, (*model).leaveEnterpriseTeam)
}

type changePeople func(*usher.Service, context.Context, usher.AccountRef, usher.TeamName, []string, usher.By) ([]usher.User, error)

func (m *machine) enterpriseTeamMove(rt *rapid.T, logins []string, what string, real changePeople, naive func(*model, *modelAccount, string, []string) usher.Kind) move {
	a := m.enterprise()
	slug, ref := m.drawTeam(rt, a), a.Account.Ref
	return move{
		words: fmt.Sprintf("%q %s team %s of %s", logins, what, slug, a.Account.Login),
		real: func(rt complainer, c *company) string {
			_, err := real(c.service, background, ref, usher.TeamName{Slug: slug}, logins, by)
			return doneOr(kindAs(rt, err))
		},
		naive: func(m *model) string { return doneOr(naive(m, m.account(ref), slug, logins)) },
	}
}

func (m *machine) createEnterpriseTeam(rt *rapid.T) move {
	name, ref := drawTeamName(rt), m.enterprise().Account.Ref
	return move{
		words: fmt.Sprintf("create the enterprise team %q", name),
		real: func(rt complainer, c *company) string {
			t, err := c.service.CreateEnterpriseTeam(background, ref, usher.EnterpriseTeamChange{Name: &name}, by)
			if err != nil {
				return doneOr(kindAs(rt, err))
			}
			return doneOr(0) + t.Slug
		},
		naive: func(m *model) string {
			t, kind := m.createEnterpriseTeam(m.account(ref), name)
			if kind != 0 {
				return doneOr(kind)
			}
			return doneOr(0) + t.Slug
		},
	}
}

func (m *machine) deleteEnterpriseTeam(rt *rapid.T) move {
	a := m.enterprise()
	slug, ref := m.drawTeam(rt, a), a.Account.Ref
	return move{
		words: fmt.Sprintf("delete team %s of %s", slug, a.Account.Login),
		real: func(rt complainer, c *company) string {
			return doneOr(kindAs(rt, c.service.DeleteEnterpriseTeam(background, ref, usher.TeamName{Slug: slug}, by)))
		},
		naive: func(m *model) string { return doneOr(m.deleteEnterpriseTeam(m.account(ref), slug)) },
	}
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
