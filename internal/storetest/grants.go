package storetest

import (
	"slices"

	"github.com/usher-seats/usher"
)

func grantPromises() []promise {
	return []promise{
		{"Grants are kept by account, kind and subject", grants},
		{"TeamGrants reach people through their teams' parents", teamGrants},
	}
}

// grant is a grant with a value in every field, different for each subject.
func grant(kind usher.GrantKind, subject int64) usher.Grant {
	return usher.Grant{
		Kind: kind, SubjectID: subject, GrantedAt: day(1 + int(subject%20)),
		GrantedBy: usher.Actor{UserID: 700 + subject, TokenID: 800 + subject},
	}
}

func grantsOf(b bench, ref usher.AccountRef) []usher.Grant {
	b.Helper()
	return read(b, func(r usher.Reader) ([]usher.Grant, error) { return r.AllGrants(ref) })
}

func grantKey(g usher.Grant) string { return string(g.Kind) + string(rune('0'+g.SubjectID)) }

func grants(b bench) {
	b.begin()
	direct := []usher.Grant{grant(usher.DirectGrant, 5), {Kind: usher.DirectGrant, SubjectID: 2}}
	team := []usher.Grant{grant(usher.TeamGrant, 5)}
	other := []usher.Grant{{Kind: usher.DirectGrant, SubjectID: 5, GrantedAt: day(4), GrantedBy: usher.Actor{UserID: 1, TokenID: 2}}}
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertGrants(octo(), slices.Concat(direct, team)) },
			func() error { return tx.InsertGrants(enterprise(), other) },
		)
	})
	of := func(kind usher.GrantKind, ids ...int64) []usher.Grant {
		return read(b, func(r usher.Reader) ([]usher.Grant, error) { return r.Grants(octo(), kind, ids) })
	}
	equalSet(b, "all grants", grantsOf(b, octo()), slices.Concat(direct, team), grantKey)
	equalSet(b, "all grants of the enterprise", grantsOf(b, enterprise()), other, grantKey)
	equalSet(b, "direct grants", of(usher.DirectGrant, 5, 2, 404, 5), direct, grantKey)
	equalSet(b, "team grants", of(usher.TeamGrant, 5, 2), team, grantKey)
	equalList(b, "grants to nobody", of(usher.DirectGrant), nil)

	b.update(func(tx usher.Tx) error { return tx.DeleteGrants(octo(), usher.DirectGrant, []int64{5, 404}) })
	equalSet(b, "all grants but one", grantsOf(b, octo()), []usher.Grant{direct[1], team[0]}, grantKey)
	equalSet(b, "all grants of the enterprise, still", grantsOf(b, enterprise()), other, grantKey)
}

func teamGrants(b bench) {
	b.begin()
	grant := func(team int64) usher.Grant { return grant(usher.TeamGrant, team) }
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error {
				direct := usher.Grant{Kind: usher.DirectGrant, SubjectID: 102} // a person's id, not a team's
				return tx.InsertGrants(octo(), []usher.Grant{grant(101), grant(103), grant(106), direct})
			},
			func() error { return tx.InsertGrants(enterprise(), []usher.Grant{grant(101), grant(104)}) },
		)
	})
	of := func(ref usher.AccountRef, ids ...int64) []usher.PersonTeamGrant {
		return read(b, func(r usher.Reader) ([]usher.PersonTeamGrant, error) { return r.TeamGrants(ref, ids) })
	}
	reach := func(user, team int64) usher.PersonTeamGrant {
		return usher.PersonTeamGrant{UserID: user, TeamID: team, GrantedAt: grant(team).GrantedAt, GrantedBy: grant(team).GrantedBy}
	}
	key := func(g usher.PersonTeamGrant) int64 { return g.UserID*1000 + g.TeamID }
	equalSet(b, "team grants", of(octo(), 2, 3, 4, 5, 404), []usher.PersonTeamGrant{
		reach(2, 101), reach(2, 103), reach(3, 101), reach(3, 103), reach(4, 106), reach(5, 101),
	}, key)
	many := []int64{2, 3, 4, 5}
	for id := range int64(1000) {
		many = append(many, 10_000+id)
	}
	equalSet(b, "team grants among many people", of(octo(), many...), of(octo(), 2, 3, 4, 5), key)
	equalSet(b, "one person's team grants", of(octo(), 5), []usher.PersonTeamGrant{reach(5, 101)}, key)
	equalSet(b, "team grants of the enterprise", of(enterprise(), 2, 4), []usher.PersonTeamGrant{reach(4, 101)}, key)
	equalList(b, "team grants of nobody", of(octo()), nil)
}
