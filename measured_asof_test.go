//go:build !race

package usher_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/usher-seats/usher"
)

// Whoever asks for one person of the past reads by indexes, however much lies between; and a
// page of the present reads nothing of the past.
func TestMeasuredOnePersonOfThePastIsFoundByIndexes(t *testing.T) {
	const seats = 20_000
	ctx, organization := t.Context(), usher.OrganizationRef(octodemo)
	m := measure(t, crowd(seats+10, seats))
	if err := fill(ctx, m); err != nil {
		t.Fatal(err)
	}
	if _, err := m.GrantTeams(ctx, organization, []string{"some"}, by); err != nil {
		t.Fatal(err)
	}
	var reports []usher.ActivityReport
	for i := range 2000 {
		reports = append(reports, used(crowdLogin(i), noon, editor))
	}
	if _, _, err := m.ReportActivity(ctx, organization, reports, by); err != nil {
		t.Fatal(err)
	}
	for _, change := range []call{m.CancelUsers, m.GrantUsers} {
		if _, err := change(ctx, organization, crowdLogins(0, seats/2), by); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 10 {
		err := m.changeSome(ctx, organization, int64(5000+100*round))
		if err := errors.Join(err, m.RemoveMember(ctx, organization, crowdLogin(seats-3-round), by)); err != nil {
			t.Fatal(err)
		}
	}
	plans := newPlanner(t, m.database)
	plans.analyze(t)
	last := dump(t, m.store).Accounts[neighbours+1].Account
	if last.Ref != organization {
		t.Fatalf("got %+v, want the organization", last.Ref)
	}
	for _, asOf := range []usher.AsOf{{At: noon}, {Event: 1}, {Event: 2*seats + 1}, {Event: last.LastEvent / 2}, {Event: last.LastEvent}} {
		for _, i := range []int{1, seats - 3, seats + 7} {
			what := fmt.Sprintf("person %d as of %+v", i, asOf)
			got := m.during(t, func() error {
				_, err := m.EntitlementAsOf(ctx, organization, asOf, crowdLogin(i))
				if gone := (*usher.Error)(nil); errors.As(err, &gone) && gone.Kind == usher.NotFound {
					return nil
				}
				return err
			})
			rows := 0
			for _, s := range got {
				rows += s.Rows
			}
			if len(got) > 60 || rows > 60 {
				t.Errorf("%s: %d statements, %d rows; want 60 of each at most", what, len(got), rows)
			}
			plans.check(t, what, got)
		}
	}
	for _, s := range m.during(t, func() error { _, err := m.Seats(ctx, organization, usher.Page{Number: 3, PerPage: 50}); return err }) {
		if strings.Contains(s.Query, "past_") || strings.Contains(s.Query, "since <=") {
			t.Errorf("a page of the present asks %q", s.Query)
		}
	}
}

// changeSome has all teams change, and a hundred people leave, as one change.
func (m measured) changeSome(ctx context.Context, ref usher.AccountRef, first int64) error {
	people := make([]int64, 100)
	for i := range people {
		people[i] = first + int64(i)
	}
	return m.change(ctx, ref, func(tx usher.Tx) error {
		teams, err := tx.AllTeams(ref)
		for _, team := range teams {
			err = errors.Join(err, tx.SaveTeam(team))
		}
		return errors.Join(err, tx.DeleteMemberships(ref, people))
	})
}
