package usher

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// GrantTeams gives each named team a grant (POST selected_teams, rule G2). It returns how
// many seats were created or refreshed.
func (s *Service) GrantTeams(ctx context.Context, organization AccountRef, names []string, by By) (created int, err error) {
	return s.changeTeams(ctx, organization, names, false, by, (*ledger).grantTeam)
}

// CancelTeams ends each named team's grant (DELETE selected_teams, rule X4). It returns
// how many seats turned pending.
func (s *Service) CancelTeams(ctx context.Context, organization AccountRef, names []string, by By) (cancelled int, err error) {
	return s.changeTeams(ctx, organization, names, true, by, func(l *ledger, team teamPeople) (int, error) {
		return l.cancelTeam(team), nil
	})
}

// changeTeams makes a change of each of the named teams that are granted, or that are not,
// and returns how many seats that concerned.
func (s *Service) changeTeams(ctx context.Context, account AccountRef, names []string, granted bool, by By, change func(*ledger, teamPeople) (int, error)) (concerned int, err error) {
	err = s.write(ctx, account, by, func(l *ledger) error {
		concerned = 0
		selected, err := l.selectTeams(names, granted)
		if err != nil {
			return err
		}
		for _, team := range selected {
			n, err := change(l, team)
			if err != nil {
				return err
			}
			concerned += n
		}
		return nil
	})
	return concerned, err
}

// teamPeople is a team with the people in it, child teams' included (rule G3).
type teamPeople struct {
	id     int64
	people []int64 // rising
}

// selectTeams checks that seats can be managed and finds the named teams, in the order of
// the request, each once: of them those that are granted, or those that are not, with
// their people loaded. A slug goes before another team's name; an unknown name refuses the
// whole call (rules G2, G5).
func (l *ledger) selectTeams(names []string, granted bool) ([]teamPeople, error) {
	if err := l.account.writable(); err != nil {
		return nil, err
	}
	byKey, err := l.teamsByName(names)
	if err != nil {
		return nil, err
	}
	var teamIDs []int64
	var wrong []Item
	unknown := map[string]bool{}
	for _, name := range names {
		key := TeamNameKey(name)
		team, ok := byKey[key]
		if !ok {
			if unknown[key] {
				continue
			}
			unknown[key] = true
			wrong = append(wrong, Item{Subject: TeamSubject, Code: Missing, Message: fmt.Sprintf("%q is not the name or slug of a team of the %s.", shown(name), l.account.Ref.Kind)})
			continue
		}
		teamIDs = append(teamIDs, team.ID)
	}
	if len(wrong) > 0 {
		return nil, &Error{Kind: Invalid, Message: "Validation Failed", Items: wrong}
	}
	teamIDs = distinct(teamIDs)
	if _, err := l.loadGrants(TeamGrant, teamIDs); err != nil {
		return nil, err
	}
	return l.loadTeams(slices.DeleteFunc(teamIDs, func(id int64) bool { return l.granted[grantKey{TeamGrant, id}] != granted }))
}

// teamsByName finds the account's teams with these names, by [TeamNameKey]. Enterprise
// teams are also known by their slug with its prefix (rule E6).
func (l *ledger) teamsByName(names []string) (map[string]Team, error) {
	enterprise := l.account.Ref.Kind == Enterprise
	asked := slices.Clip(names)
	if enterprise {
		for _, name := range names {
			asked = append(asked, BareSlug(name))
		}
	}
	found, err := l.tx.Teams(l.account.Ref, asked)
	byKey := make(map[string]Team, 3*len(found))
	for _, team := range found {
		byKey[TeamNameKey(team.Name)] = team
	}
	for _, team := range found {
		byKey[TeamNameKey(team.Slug)] = team
	}
	if enterprise {
		for _, team := range found {
			byKey[EnterpriseSlugPrefix+TeamNameKey(team.Slug)] = team
		}
	}
	return byKey, err
}

// loadTeams reads the teams' people, with their seats and holdings.
func (l *ledger) loadTeams(teamIDs []int64) ([]teamPeople, error) {
	var everyone []int64
	selected := make([]teamPeople, len(teamIDs))
	inSection := map[int64][]int64{}
	for i, id := range teamIDs {
		people, err := l.tx.TeamPeople(l.account.Ref, id)
		if err != nil {
			return nil, err
		}
		selected[i] = teamPeople{id, people}
		everyone = append(everyone, people...)
		section := l.account.section(id)
		inSection[section] = append(inSection[section], people...)
	}
	for _, section := range slices.Sorted(maps.Keys(inSection)) {
		if err := l.loadSeats(section, inSection[section]); err != nil {
			return nil, err
		}
	}
	return selected, l.loadHoldings(distinct(everyone))
}

// grantTeam gives one team a grant, and each of its people what that brings (rule G2).
func (l *ledger) grantTeam(team teamPeople) (created int, err error) {
	if !l.addGrant(TeamGrant, team.id) {
		return 0, nil
	}
	l.record(AssignmentCreated, 0, team.id)
	for _, id := range team.people {
		h := l.holdings[id]
		h.teams = append(h.teams, PersonTeamGrant{UserID: id, TeamID: team.id, GrantedAt: l.at})
		l.holdings[id] = h

		seat := l.seat(0, id)
		switch {
		case seat == nil:
			created++
			if err := l.open(0, id, team.id, l.actor); err != nil {
				return created, err
			}
		case seat.Pending():
			created++
			l.refresh(seat, team.id)
		default:
			l.hold(seat, h.assigningTeam())
		}
	}
	return created, nil
}

// cancelTeam ends one team's grant, and makes the seats of those pending whom nothing
// else holds (rule X4).
func (l *ledger) cancelTeam(team teamPeople) (cancelled int) {
	if !l.endGrant(TeamGrant, team.id) {
		return 0
	}
	l.record(AssignmentUnassigned, 0, team.id)
	for _, id := range team.people {
		h := l.holdings[id].without(team.id)
		l.holdings[id] = h
		seat := l.seat(0, id)
		if h.live() {
			l.hold(seat, h.assigningTeam())
			continue
		}
		cancelled++
		l.cancel(seat, team.id)
		l.record(AssignmentUnassigned, id, team.id)
	}
	return cancelled
}

// distinct drops repetitions and keeps the order.
func distinct[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	kept := list[:0:0]
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// names lists the teams of a holding, in the order in which they hold.
func (h holding) names(slugs map[int64]string) string {
	words := make([]string, len(h.teams))
	for i, g := range byHold(h.teams) {
		words[i] = slugs[g.TeamID]
	}
	return strings.Join(words, ", ")
}

// byHold are one person's team grants in the order in which they hold (rule R2).
func byHold(grants []PersonTeamGrant) []PersonTeamGrant {
	return slices.SortedFunc(slices.Values(grants), func(a, b PersonTeamGrant) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
}
