package usher_test

import (
	stdcmp "cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/usher-seats/usher"
)

// The moves of people: the naive model's, then the machine's.

// passTo lets time pass: invitations end (G4), and what sleeps is forgotten (X6).
func (m *model) passTo(at time.Time) {
	m.now = at
	for _, a := range m.accounts {
		for _, p := range slices.Clone(a.Memberships) {
			end := p.Invitation.EndsAt
			if p.State != usher.Pending || end.IsZero() || at.Before(end) {
				continue
			}
			m.expired = append(m.expired, modelEnding{end, usher.InvitationExpired, a.Account.Ref, p.UserID, usher.Actor{}})
			if _, granted := a.direct[p.UserID]; granted {
				m.expired = append(m.expired, modelEnding{end, usher.AssignmentUnassigned, a.Account.Ref, p.UserID, usher.Actor{}})
			}
			a.endInvitation(p.UserID)
		}
		if until := a.asleep.until; until.IsZero() || at.Before(until) {
			continue
		}
		a.asleep = noSleep()
		for _, seat := range a.seats {
			if seat.asleep {
				seat.asleep, seat.ends = false, time.Unix(0, 0)
			}
		}
	}
}

func (a *modelAccount) membership(user int64) *usher.Membership {
	for i := range a.Memberships {
		if a.Memberships[i].UserID == user {
			return &a.Memberships[i]
		}
	}
	return nil
}

func (a *modelAccount) setMembership(membership usher.Membership) {
	a.Memberships = append(a.withoutMembership(membership.UserID), membership)
}

func (a *modelAccount) withoutMembership(user int64) []usher.Membership {
	return slices.DeleteFunc(slices.Clone(a.Memberships), func(p usher.Membership) bool { return p.UserID == user })
}

// withoutPlaces leaves out a person's places in all teams.
func withoutPlaces(places []usher.TeamMember, user int64) []usher.TeamMember {
	return slices.DeleteFunc(slices.Clone(places), func(p usher.TeamMember) bool { return p.UserID == user })
}

// withoutPlace leaves out a person's place in one team.
func withoutPlace(places []usher.TeamMember, team, user int64) []usher.TeamMember {
	return slices.DeleteFunc(slices.Clone(places), func(p usher.TeamMember) bool { return p.TeamID == team && p.UserID == user })
}

// ----- what sleeps

// sleeper is the seat of a person that sleeps in a section.
func (a *modelAccount) sleeper(section, user int64) *modelSeat {
	for _, s := range a.seats {
		if s.asleep && s.section == section && s.user == user {
			return s
		}
	}
	return nil
}

func (m *model) sleep(a *modelAccount, seat *modelSeat) {
	seat.asleep = true
	_, a.asleep.until = m.cycle(a)
	if a.isEnterprise() { // with the activity that its row shows
		seat.activity = m.latestIn(a, seat)
	}
}

func (m *model) wake(a *modelAccount, seat *modelSeat) {
	m.forget(a.enterprise(), seat.user)
	seat.asleep = false
	m.uses = append(m.uses, modelUse{a.enterprise(), seat.user, seat.activity})
}

// resume has a pending seat that sleeps be pending again.
func (m *model) resume(a *modelAccount, section, user int64) {
	if seat := a.sleeper(section, user); seat != nil && !seat.ends.IsZero() {
		m.wake(a, seat)
		_, seat.ends = m.cycle(a)
		seat.updated = m.now
	}
}

// seatOrResume brings in step who has no live seat.
func (m *model) seatOrResume(a *modelAccount, user int64) {
	if a.held(user) {
		m.give(a, 0, user, a.assigning(user), m.now)
		return
	}
	if m.seatOf(a, 0, user) == nil {
		m.resume(a, 0, user)
	}
}

// assigning is the team that a live seat is shown with (R2).
func (a *modelAccount) assigning(user int64) int64 {
	if _, named := a.direct[user]; named || len(a.teamsOf(user)) == 0 {
		return 0
	}
	return a.teamsOf(user)[0]
}

// ----- invitations

// invitationEnd is the first midnight at least seven days away.
func invitationEnd(now time.Time) time.Time {
	end := now.Truncate(24 * time.Hour)
	for end.Sub(now) < 7*24*time.Hour {
		end = end.Add(24 * time.Hour)
	}
	return end
}

func (m *model) invitePerson(a *modelAccount, user int64, role usher.Role) {
	a.setMembership(usher.Membership{
		UserID: user, Role: role, State: usher.Pending,
		Invitation: usher.Invitation{ID: m.newID(), InvitedBy: by.Actor.UserID, At: m.now, EndsAt: invitationEnd(m.now)},
	})
}

// endInvitation forgets what was granted to an invited person, but not what sleeps since
// they left (G4, X6).
func (a *modelAccount) endInvitation(user int64) {
	delete(a.direct, user)
	delete(a.asleep.off, user)
	a.Memberships, a.waiting = a.withoutMembership(user), withoutPlaces(a.waiting, user)
}

func (m *model) invite(a *modelAccount, login string, role usher.Role, teams []string) usher.Kind {
	user, known := m.byLogin(login)
	if !known || a.membership(user) != nil {
		return usher.Invalid
	}
	places := slices.Clone(a.waiting)
	for _, slug := range teams {
		t := a.teamBySlug(slug)
		if t == nil {
			return usher.Invalid
		}
		places = append(withoutPlace(places, t.ID, user), usher.TeamMember{TeamID: t.ID, UserID: user})
	}
	m.invitePerson(a, user, role)
	a.waiting = places
	return 0
}

func (m *model) withdraw(a *modelAccount, login string) usher.Kind {
	user, known := m.byLogin(login)
	if !known || !a.has(user, usher.Pending) {
		return usher.NotFound
	}
	a.endInvitation(user)
	return 0
}

func (m *model) accept(a *modelAccount, user int64) (role usher.Role, kind usher.Kind) {
	p := a.membership(user)
	if p == nil {
		return "", usher.NotFound
	}
	role = p.Role
	if p.State == usher.Active {
		return role, 0
	}
	for _, place := range a.waiting {
		if place.UserID == user {
			a.TeamMembers = append(slices.Clone(a.TeamMembers), place)
		}
	}
	a.waiting = withoutPlaces(a.waiting, user)
	a.setMembership(usher.Membership{UserID: user, Role: role, State: usher.Active})
	if !a.on() {
		if a.asleep.left[user] { // it sleeps as all members' do now
			delete(a.asleep.left, user)
			a.asleep.off[user] = true
		}
		return role, 0
	}
	if a.asleep.left[user] {
		delete(a.asleep.left, user)
		a.direct[user] = m.now
	}
	m.seatOrResume(a, user)
	return role, 0
}

// ----- members

func (a *modelAccount) lastOwner(p *usher.Membership) bool {
	owners := 0
	for _, other := range a.Memberships {
		if other.Role == usher.RoleOwner && other.State == usher.Active {
			owners++
		}
	}
	return p.Role == usher.RoleOwner && p.State == usher.Active && owners == 1
}

func (m *model) setRole(a *modelAccount, login string, role usher.Role) (state usher.MembershipState, kind usher.Kind) {
	user, known := m.byLogin(login)
	if !known {
		return "", usher.NotFound
	}
	p := a.membership(user)
	switch {
	case p == nil:
		m.invitePerson(a, user, role)
		return usher.Pending, 0
	case role != p.Role && a.lastOwner(p):
		return "", usher.Invalid
	}
	changed := *p
	changed.Role = role
	a.setMembership(changed)
	return p.State, 0
}

// remove takes a person out of an organization: an invited one too, where that may be.
func (m *model) remove(a *modelAccount, login string, invitedToo bool) usher.Kind {
	user, known := m.byLogin(login)
	p := a.membership(user)
	switch {
	case !known || p == nil || p.State == usher.Pending && !invitedToo:
		return usher.NotFound
	case p.State == usher.Pending:
		a.endInvitation(user)
		return 0
	case a.lastOwner(p):
		return usher.Forbidden
	}
	if a.asleep.off[user] { // Copilot is off
		delete(a.asleep.off, user)
		a.asleep.left[user] = true
	}
	if _, named := a.direct[user]; named {
		delete(a.direct, user)
		a.asleep.left[user] = true
	}
	if seat := m.seatOf(a, 0, user); seat != nil {
		m.sleep(a, seat)
	}
	a.Memberships, a.TeamMembers = a.withoutMembership(user), withoutPlaces(a.TeamMembers, user)
	return 0
}

// ----- the machine's

// drawPerson is mostly one of these; else anybody.
func (m *machine) drawPerson(rt *rapid.T, likely []string) string {
	likely = m.among(likely)
	from := likely
	if len(likely) == 0 || evenly(rt, "anybody", 6) == 0 {
		from = append([]string{"nobody"}, cast...)
	}
	return from[evenly(rt, "person", len(from))]
}

// peopleOf are the logins of who has a place of this state; empty: of who has none.
func (m *model) peopleOf(a *modelAccount, state usher.MembershipState) (logins []string) {
	for _, u := range m.users {
		if p := a.membership(u.ID); p == nil && state == "" || p != nil && p.State == state {
			logins = append(logins, u.Login)
		}
	}
	return logins
}

// leavers are the logins of who has left with something that sleeps.
func (m *model) leavers(a *modelAccount) (logins []string) {
	for _, u := range m.users {
		if a.membership(u.ID) == nil && (a.asleep.left[u.ID] || a.sleeper(0, u.ID) != nil) {
			logins = append(logins, u.Login)
		}
	}
	return logins
}

// drawOutsider is mostly somebody outside, and often who was inside before.
func (m *machine) drawOutsider(rt *rapid.T, a *modelAccount) string {
	if leavers := m.model.leavers(a); len(leavers) > 0 && rapid.Bool().Draw(rt, "a leaver") {
		return m.drawPerson(rt, leavers)
	}
	return m.drawPerson(rt, m.model.peopleOf(a, ""))
}

func drawRole(rt *rapid.T) usher.Role {
	return rapid.SampledFrom([]usher.Role{usher.RoleMember, usher.RoleMember, usher.RoleOwner}).Draw(rt, "role")
}

func (m *machine) invite(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	login, byID, role := m.drawOutsider(rt, a), rapid.Bool().Draw(rt, "by id"), drawRole(rt)
	var teams []string
	for range rapid.IntRange(0, 2).Draw(rt, "teams") {
		teams = append(teams, m.drawTeam(rt, a))
	}
	ref := a.Account.Ref
	return move{
		words: fmt.Sprintf("invite %s to %s as %s, teams %q", login, a.Account.Login, role, teams),
		real: func(rt complainer, c *company) string {
			invitee := usher.Invitee{Login: login}
			if user, known := m.model.byLogin(login); byID && known {
				invitee = usher.Invitee{ID: user}
			}
			var ids []int64
			for _, slug := range teams {
				ids = append(ids, c.teamID(ref, slug))
			}
			_, err := c.service.Invite(background, ref, invitee, role, ids, by)
			return doneOr(kindAs(rt, err))
		},
		naive: func(m *model) string { return doneOr(m.invite(m.account(ref), login, role, teams)) },
	}
}

// teamID is the id of the team with this slug; one that no team has where there is none.
func (c *company) teamID(ref usher.AccountRef, slug string) int64 {
	found, err := c.service.Team(background, ref, usher.TeamName{Slug: slug}, anApp)
	if err != nil {
		return 404404
	}
	return found.Team.ID
}

// everyMember is one page that holds all people of these organizations.
var everyMember = usher.Page{Number: 1, PerPage: 100}

func (m *machine) withdraw(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	login, ref := m.drawPerson(rt, m.model.peopleOf(a, usher.Pending)), a.Account.Ref
	return move{
		words: fmt.Sprintf("withdraw the invitation of %s to %s", login, a.Account.Login),
		real: func(rt complainer, c *company) string {
			page, err := c.service.Invitations(background, ref, "", everyMember)
			if err != nil {
				rt.Fatalf("invitations: %v", err)
			}
			id := int64(404404)
			for _, row := range page.Invitations {
				if row.Invitee.Login == login {
					id = row.ID
				}
			}
			return doneOr(kindAs(rt, c.service.CancelInvitation(background, ref, id, by)))
		},
		naive: func(m *model) string { return doneOr(m.withdraw(m.account(ref), login)) },
	}
}

func (m *machine) accept(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	invited := m.model.peopleOf(a, usher.Pending)
	if invited = m.among(invited); len(invited) == 0 || evenly(rt, "anybody", 6) == 0 {
		invited = cast
	}
	user, ref := userID(rapid.SampledFrom(invited).Draw(rt, "person")), a.Account.Ref
	name := usher.AccountName{Kind: usher.Organization, Login: a.Account.Login}
	return move{
		words: fmt.Sprintf("user %d accepts the invitation to %s", user, a.Account.Login),
		real: func(rt complainer, c *company) string {
			m, err := c.service.AcceptInvitation(background, name, callerOf(cast[user-1]), by)
			return doneOr(kindAs(rt, err)) + string(m.Role)
		},
		naive: func(m *model) string {
			role, kind := m.accept(m.account(ref), user)
			return doneOr(kind) + string(role)
		},
	}
}

func (m *machine) setRole(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	login := m.drawOutsider(rt, a)
	if rapid.Bool().Draw(rt, "somebody inside") {
		login = m.drawPerson(rt, append(m.model.peopleOf(a, usher.Active), m.model.peopleOf(a, usher.Pending)...))
	}
	role, ref := drawRole(rt), a.Account.Ref
	return move{
		words: fmt.Sprintf("%s becomes %s of %s", login, role, a.Account.Login),
		real: func(rt complainer, c *company) string {
			m, err := c.service.SetOrganizationMembership(background, ref, login, role, by)
			if err != nil {
				return doneOr(kindAs(rt, err))
			}
			return doneOr(0) + string(m.State)
		},
		naive: func(m *model) string {
			state, kind := m.setRole(m.account(ref), login, role)
			return doneOr(kind) + string(state)
		},
	}
}

func (m *machine) remove(rt *rapid.T) move {
	a := m.drawOrganization(rt)
	login, ref := m.drawPerson(rt, m.model.peopleOf(a, usher.Active)), a.Account.Ref
	if rapid.Bool().Draw(rt, "by membership") {
		return move{
			words: fmt.Sprintf("remove %s from %s by membership", login, a.Account.Login),
			real: func(rt complainer, c *company) string {
				return doneOr(kindAs(rt, c.service.RemoveOrganizationMembership(background, ref, login, by)))
			},
			naive: func(m *model) string { return doneOr(m.remove(m.account(ref), login, true)) },
		}
	}
	return move{
		words: fmt.Sprintf("remove %s from %s", login, a.Account.Login),
		real: func(rt complainer, c *company) string {
			return doneOr(kindAs(rt, c.service.RemoveMember(background, ref, login, by)))
		},
		naive: func(m *model) string { return doneOr(m.remove(m.account(ref), login, false)) },
	}
}

// ----- lists

// comparePeople asks for the lists of members and invitations, and for the people of a team.
func (m *machine) comparePeople(rt *rapid.T, a *modelAccount) {
	role := rapid.SampledFrom([]usher.Role{"", "", usher.RoleOwner}).Draw(rt, "role to look at")
	m.compareMembers(rt, a, role)
	m.compareInvitations(rt, a, role)
	if len(a.Teams) > 0 {
		m.compareTeam(rt, a, a.Teams[rapid.IntRange(0, len(a.Teams)-1).Draw(rt, "team to look at")])
	}
}

func (m *machine) compareMembers(rt *rapid.T, a *modelAccount, role usher.Role) {
	page, err := m.service.Members(background, a.Account.Ref, role, everyMember)
	if err != nil {
		rt.Fatalf("members of %s: %v", a.Account.Login, err)
	}
	m.remember(rt, fmt.Sprintf("%s members of %s", role, a.Account.Login), page.Edition, page)
	var got, want []string
	for _, user := range page.Members {
		got = append(got, user.Login)
	}
	for _, id := range a.members() {
		if role == "" || a.membership(id).Role == role {
			want = append(want, m.model.user(id).Login)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || page.Rows != int64(len(want)) {
		rt.Fatalf("%d members of %s (-want +got):\n%s", page.Rows, a.Account.Login, diff)
	}
}

func (m *machine) compareInvitations(rt *rapid.T, a *modelAccount, role usher.Role) {
	page, err := m.service.Invitations(background, a.Account.Ref, role, everyMember)
	if err != nil {
		rt.Fatalf("invitations to %s: %v", a.Account.Login, err)
	}
	m.remember(rt, fmt.Sprintf("%s invitations to %s", role, a.Account.Login), page.Edition, page)
	var got []string
	for _, row := range page.Invitations {
		inviter := int64(0)
		if row.Inviter != nil {
			inviter = row.Inviter.ID
		}
		got = append(got, invitationInWords(row.Invitee.Login, row.Role, inviter, row.Invitation, int(row.Teams)))
	}
	if diff := cmp.Diff(m.model.invitations(a, role), got); diff != "" || page.Rows != int64(len(got)) {
		rt.Fatalf("%d invitations to %s (-want +got):\n%s", page.Rows, a.Account.Login, diff)
	}
}

// invitations tell of who is invited, in the order of the invitations.
func (m *model) invitations(a *modelAccount, role usher.Role) (words []string) {
	invited := slices.DeleteFunc(slices.Clone(a.Memberships), func(p usher.Membership) bool {
		return p.State != usher.Pending || role != "" && p.Role != role
	})
	slices.SortFunc(invited, func(x, y usher.Membership) int { return stdcmp.Compare(x.Invitation.ID, y.Invitation.ID) })
	for _, p := range invited {
		teams := 0
		for _, place := range a.waiting {
			if place.UserID == p.UserID {
				teams++
			}
		}
		words = append(words, invitationInWords(m.user(p.UserID).Login, p.Role, p.Invitation.InvitedBy, p.Invitation, teams))
	}
	return words
}

func invitationInWords(login string, role usher.Role, inviter int64, i usher.Invitation, teams int) string {
	return fmt.Sprintf("%s as %s by user %d, from %v to %v, %d teams", login, role, inviter, i.At, i.EndsAt, teams)
}

func (m *machine) compareTeam(rt *rapid.T, a *modelAccount, t usher.Team) {
	page, err := m.service.TeamPeople(background, a.Account.Ref, usher.TeamName{Slug: t.Slug}, "", everyMember, anApp)
	if err != nil {
		rt.Fatalf("people of team %s of %s: %v", t.Slug, a.Account.Login, err)
	}
	m.remember(rt, fmt.Sprintf("people of team %d of %s", page.Team.ID, a.Account.Login), page.Edition, page)
	var got, want []string
	for _, p := range page.People {
		got = append(got, fmt.Sprintf("%s, %s, inherited: %t", p.User.Login, p.Role, p.Inherited))
	}
	for _, id := range a.teamPeople(m.model, t.ID) {
		own, in := place(a.TeamMembers, t.ID, id)
		role := usher.TeamMemberRole
		if own.Maintainer || a.membership(id).Role == usher.RoleOwner {
			role = usher.TeamMaintainerRole
		}
		want = append(want, fmt.Sprintf("%s, %s, inherited: %t", m.model.user(id).Login, role, !in))
	}
	if diff := cmp.Diff(want, got); diff != "" || page.Rows != int64(len(want)) {
		rt.Fatalf("%d people of team %s of %s (-want +got):\n%s", page.Rows, t.Slug, a.Account.Login, diff)
	}
	if page.Team.Name != t.Name || page.Team.Privacy != t.Privacy {
		rt.Fatalf("team %s of %s is %q, %s; want %q, %s", t.Slug, a.Account.Login, page.Team.Name, page.Team.Privacy, t.Name, t.Privacy)
	}
}
