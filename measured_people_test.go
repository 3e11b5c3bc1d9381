//go:build !race

package usher_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
)

// A body can name all people whose invitations have expired, and a moved clock can end them all.
func TestMeasuredExpiredInvitationsAreEndedInSets(t *testing.T) {
	end := noon.AddDate(0, 0, 8)
	for name, ending := range map[string]func(measured, []string) error{
		"settled": func(m measured, _ []string) error {
			_, err := m.Settle(background)
			return err
		},
		"named": func(m measured, logins []string) error {
			var reports []usher.ActivityReport
			for _, login := range logins {
				reports = append(reports, used(login, noon, "vim"))
			}
			_, _, err := m.ReportActivity(background, octo, reports, by)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			few, many := endedInvitations(t, 4, end, ending), endedInvitations(t, 64, end, ending)
			if diff := cmp.Diff(few, many); diff != "" {
				t.Errorf("statements (-of 4 invitations +of 64):\n%s", diff)
			}
		})
	}
}

// endedInvitations are how often which statement runs where so many invitations, each with
// a grant, have ended.
func endedInvitations(t *testing.T, people int, end time.Time, ending func(measured, []string) error) map[string]int {
	t.Helper()
	world := worldOf(account{login: "octodemo", id: octodemo, owners: "ada", copilot: enabled()})
	var invited []usher.Membership
	var logins []string
	for i := range people {
		user := usher.User{ID: int64(100 + i), Login: crowdLogin(i)}
		world.Users, logins = append(world.Users, user), append(logins, user.Login)
		invited = append(invited, usher.Membership{
			UserID: user.ID, Role: usher.RoleMember, State: usher.Pending, Invitation: usher.Invitation{ID: user.ID, At: noon, EndsAt: end},
		})
	}
	m := measure(t, world)
	err := m.store.Update(background, func(tx usher.Tx) error {
		if err := tx.InsertMemberships(octo, invited); err != nil {
			return err
		}
		return tx.AddInvited(octo, []usher.InvitedCount{{EndsAt: end, People: int64(people)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.GrantUsers(background, octo, logins, by); err != nil {
		t.Fatal(err)
	}
	s := stage{t, m.Service, m.store, nil, m.database}
	s.passTo(end)
	seen := map[string]int{}
	for _, ran := range m.during(t, func() error { return ending(m, logins) }) {
		seen[fmt.Sprintf("%.50s", ran.Query)]++
	}
	s.sound()
	if got := m.forgotten(t); got != people {
		t.Errorf("%d grants were forgotten, want %d", got, people)
	}
	return seen
}

// forgotten are how many grants of the organization have ended by nobody.
func (m measured) forgotten(t *testing.T) (ended int) {
	t.Helper()
	for _, e := range dump(t, m.store).Accounts[0].Events {
		if e.Action == usher.AssignmentUnassigned && e.Actor == (usher.Actor{}) {
			ended++
		}
	}
	return ended
}
