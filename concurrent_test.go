package usher_test

import (
	"sync"
	"testing"

	"github.com/usher-seats/usher"
)

func TestCallsBesideOneAnotherKeepTheBooksInStep(t *testing.T) {
	s := play(t, worldOf(globe()...))
	organizations := []usher.AccountRef{usher.OrganizationRef(octodemo), usher.OrganizationRef(hubot)}
	var working sync.WaitGroup
	for worker := range 6 {
		working.Go(func() {
			for round := range 8 {
				ref := organizations[(worker+round)%2]
				c := []call{s.GrantUsers, s.CancelUsers}[(worker+round/2)%2]
				if _, err := c(background, ref, []string{"ada"}, by); err != nil {
					t.Errorf("worker %d: %v", worker, err)
				}
				page, err := s.EnterpriseSeats(background, usher.EnterpriseRef(octoGlobal), everyRow)
				if err != nil {
					t.Errorf("worker %d: %v", worker, err)
				}
				// One snapshot: the rows and their number agree, whoever writes.
				if page.Rows != int64(len(page.Seats)) {
					t.Errorf("worker %d: %d rows of %d", worker, len(page.Seats), page.Rows)
				}
			}
		})
	}
	working.Wait()
	s.sound()
}
