package usher_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/enginetest"
	"github.com/usher-seats/usher/internal/sqlstore"
)

// replicate loads a world and returns two services on its database. Each has connections
// of its own and knows nothing of the other, like two processes.
func replicate(t *testing.T, world usher.World) []stage {
	t.Helper()
	replicas, _ := replicateNamed(t, world)
	return replicas
}

func replicateNamed(t *testing.T, world usher.World) (replicas []stage, database string) {
	t.Helper()
	database = newDatabase(t)
	for range 2 {
		wall := &wallClock{}
		wall.set(noon)
		store := closed(t, open(t, database, sqlstore.Options{Wall: wall.now}))
		replicas = append(replicas, stage{t, usher.NewService(store), store, wall, database})
	}
	if _, err := replicas[0].Load(background, world); err != nil {
		t.Fatalf("load: %v", err)
	}
	replicas[1].sound()
	return replicas, database
}

// deserting is a store whose callers go away while their changes are being committed: a
// little before, in the middle, or too late.
type deserting struct{ usher.Store }

func (d deserting) Update(ctx context.Context, fn func(usher.Tx) error) error {
	ctx, desert := context.WithCancel(ctx)
	defer desert()
	return d.Store.Update(ctx, func(tx usher.Tx) error {
		err := fn(tx)
		go desert()
		return err
	})
}

func TestReplicasSeeEachOthersWritesAtOnce(t *testing.T) {
	t.Parallel()
	replicas := replicate(t, worldOf(contested()...))
	for round := range 200 {
		writer, reader := replicas[round%2], replicas[(round+1)%2]
		change, pending := writer.GrantUsers, false
		if round/2%2 == 1 {
			change, pending = writer.CancelUsers, true
		}
		if _, err := change(background, usher.OrganizationRef(octodemo), []string{"dee"}, by); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if got := reader.member("dee").Seat.Pending(); got != pending {
			t.Fatalf("round %d: pending %t on the replica that has not written, want %t", round, got, pending)
		}
		if got, want := reader.breakdown(), writer.breakdown(); got != want {
			t.Fatalf("round %d: %+v on one replica, %+v on the other", round, got, want)
		}
	}
	replicas[0].sound()
}

func TestReplicasRefuseATokenAtOnceThatIsGoneA4(t *testing.T) {
	t.Parallel()
	world := worldOf(contested()...)
	for i := range 20 {
		world.Tokens = append(world.Tokens, usher.Token{
			ID: int64(i) + 1, Hash: usher.HashToken(fmt.Sprint("token ", i)), Kind: usher.Classic, UserID: 1, Scopes: []string{"admin:org"},
		})
	}
	replicas, database := replicateNamed(t, world)
	direct := directly(t, database)
	for i := range world.Tokens {
		token := fmt.Sprint("token ", i)
		for number, replica := range replicas {
			if _, err := replica.Authenticate(background, token); err != nil {
				t.Fatalf("replica %d refuses %q, which is there: %v", number, token, err)
			}
		}
		if _, err := direct.Exec(fmt.Sprintf(`DELETE FROM tokens WHERE id = %d`, i+1)); err != nil {
			t.Fatal(err)
		}
		for number, replica := range replicas {
			_, err := replica.Authenticate(background, token)
			if err == nil {
				t.Fatalf("replica %d lets %q in, which is gone", number, token)
			}
			if refused := refusal(t, err); refused.Kind != usher.BadCredentials {
				t.Errorf("replica %d refuses %q with %v, want kind %d", number, token, refused, usher.BadCredentials)
			}
		}
	}
}

// directly is a database without usher between.
func directly(t *testing.T, database string) *sql.DB {
	t.Helper()
	driver, name := "sqlite", "file:"+database+"?_pragma=busy_timeout(10000)"
	if enginetest.OnPostgres(t) {
		driver, name = "pgx", database
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func TestReplicasShowAMovedClockAtOnceC5(t *testing.T) {
	t.Parallel()
	replicas := replicate(t, worldOf(contested()...))
	at := noon
	for round := range 60 {
		mover, reader := replicas[round%2], replicas[(round+1)%2]
		at = at.Add(12 * time.Hour)
		if _, err := mover.AdvanceClock(background, usher.ClockMove{By: 12 * time.Hour}, 10); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		_, now, err := reader.Clock(background)
		if err != nil || !now.Equal(at) {
			t.Fatalf("round %d: the other replica says %v, error %v; want %v", round, now, err, at)
		}
		// Bob's seat ends with November: on both replicas at the same instant.
		_, err = reader.MemberSeat(background, usher.OrganizationRef(octodemo), "bob")
		if gone := err != nil; gone != !at.Before(endOfNovember) {
			t.Fatalf("round %d, at %v: bob's seat on the other replica is gone %t, error %v", round, at, gone, err)
		}
	}
}

// Many tickers of many replicas, some of which go away in the middle.
func TestReplicasSettleEachEndingOnce(t *testing.T) {
	t.Parallel()
	const organizations = 30
	everybody := "ada Bob cyd dee eve fay gus hal ida jon"
	var accounts []account
	for id := int64(1); id <= organizations; id++ {
		a := account{login: fmt.Sprint("organization-", id), id: id, members: everybody, copilot: enabled()}
		for _, login := range cast[:10] {
			a.grants = append(a.grants, cancelled(login))
		}
		accounts = append(accounts, a)
	}
	replicas := replicate(t, worldOf(accounts...))
	replicas[0].passTo(endOfNovember.AddDate(0, 2, 3))

	var settled atomic.Int64
	var working sync.WaitGroup
	for worker := range 8 {
		replica := replicas[worker%2]
		service := replica.Service
		if worker >= 4 {
			service = usher.NewService(deserting{replica.store})
		}
		working.Go(func() {
			for {
				n, err := service.Settle(background)
				settled.Add(int64(n))
				if err == nil {
					return
				}
				if !errors.Is(err, context.Canceled) || worker < 4 {
					t.Errorf("worker %d: %v", worker, err)
					return
				}
			}
		})
	}
	working.Wait()

	if most := int64(organizations * 10); settled.Load() > most {
		t.Errorf("the workers have settled %d seats together, want %d at most", settled.Load(), most)
	}
	replicas[1].sound() // event numbers have no gaps, and counts are right
	for _, a := range dump(t, replicas[1].store).Accounts {
		if len(a.Seats) != 0 {
			t.Errorf("%s has %d seats, want none", a.Account.Login, len(a.Seats))
		}
		endings := map[int64]int{}
		for _, e := range a.Events {
			if e.Action != usher.SeatCancelled {
				continue
			}
			endings[e.UserID]++
			if !e.At.Equal(endOfNovember) {
				t.Errorf("%s: event %d is of %v, want %v", a.Account.Login, e.Number, e.At, endOfNovember)
			}
		}
		for id := int64(1); id <= 10; id++ {
			if endings[id] != 1 {
				t.Errorf("%s: the seat of user %d has %d endings, want 1", a.Account.Login, id, endings[id])
			}
		}
	}
}

// An organization moves between two enterprises while seats change in it and in each of them:
// wherever it is, its people are counted once.
func TestReplicasCountPeopleWhileTheirOrganizationMovesE1(t *testing.T) {
	t.Parallel()
	const other, rounds = 43, 30
	enterprise := func(login string, id int64) account {
		return account{kind: usher.Enterprise, login: login, id: id, owners: "lee", copilot: enabled()}
	}
	organization := func(login string, id, enterprise int64) account {
		return account{login: login, id: id, enterprise: enterprise, owners: "lee", members: "dee", copilot: enabled()}
	}
	replicas := replicate(t, worldOf(
		enterprise("octo-global", octoGlobal), enterprise("other", other),
		organization("octodemo", octodemo, octoGlobal), organization("hubot", hubot, octoGlobal), organization("solo", solo, other),
	))
	var working sync.WaitGroup
	for number := range 2 * len(contestedOrganizations) {
		s, ref := replicas[number%2], contestedOrganizations[number/2]
		working.Go(func() {
			for range rounds {
				for _, c := range []call{s.GrantUsers, s.CancelUsers} {
					if _, err := c(background, ref, []string{"dee"}, by); err != nil {
						t.Errorf("%s %d: %v", ref.Kind, ref.ID, err)
					}
				}
			}
		})
	}
	for round := range rounds {
		if _, err := replicas[1].moves([]string{"other", "octo-global"}[round%2], "lee"); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		replicas[0].sound()
	}
	working.Wait()
	replicas[0].sound()
}

// change is one of the changes that replicas are to make at once.
type change func(context.Context, *usher.Service, *rand.Rand) error

// drawn is one of a few, so that changes meet.
func drawn[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func drawnOrganization(random *rand.Rand) usher.AccountRef {
	return drawn(random, contestedOrganizations...)
}

func drawnLogin(random *rand.Rand) string {
	return drawn(random, "ada", "bob", "cyd", "dee", "eve", "fay", "gus", "hal")
}

func drawnTeam(random *rand.Rand) usher.TeamName {
	return teamNamed(drawn(random, "core", "inner", "docs", "new"))
}

func drawnSquad(random *rand.Rand) usher.TeamName { return teamNamed(drawn(random, "platform", "red")) }

// drawnEnterprise is mostly the one with the organizations.
func drawnEnterprise(random *rand.Rand) usher.AccountRef {
	return drawn(random, global, global, global, usher.EnterpriseRef(43))
}

func changesOfPeople() []change {
	accept := func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
		organization := usher.AccountName{Kind: usher.Organization, ID: drawnOrganization(random).ID}
		_, err := s.AcceptInvitation(ctx, organization, callerOf(drawnLogin(random)), by)
		return err
	}
	return []change{
		accept, accept, accept,
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			role := drawn(random, usher.RoleMember, usher.RoleOwner)
			_, err := s.SetOrganizationMembership(ctx, drawnOrganization(random), drawnLogin(random), role, by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			invitee, teams := usher.Invitee{Login: drawnLogin(random)}, []int64{drawn[int64](random, 21, 22, 23)}
			_, err := s.Invite(ctx, drawnOrganization(random), invitee, usher.RoleMember, teams, by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			return s.RemoveOrganizationMembership(ctx, drawnOrganization(random), drawnLogin(random), by)
		},
	}
}

func changesOfTeams() []change {
	join := func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
		_, err := s.SetTeamMembership(ctx, drawnOrganization(random), drawnTeam(random), drawnLogin(random), usher.TeamMemberRole, callerOf("ada"), by)
		return err
	}
	create := func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
		parent := drawnTeam(random)
		wanted := usher.NewTeam{Name: drawn(random, "Core", "Docs", "New"), Privacy: usher.PrivacyClosed, Parent: drawn(random, nil, &parent)}
		_, err := s.CreateTeam(ctx, drawnOrganization(random), wanted, callerOf("ada"), by)
		return err
	}
	return []change{
		join, join, create, create,
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			return s.RemoveTeamMembership(ctx, drawnOrganization(random), drawnTeam(random), drawnLogin(random), callerOf("ada"), by)
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			parent := drawn(random, drawnTeam(random), usher.TeamName{})
			_, _, err := s.ChangeTeam(ctx, drawnOrganization(random), drawnTeam(random), usher.TeamChange{Parent: &parent}, callerOf("ada"), by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			return s.DeleteTeam(ctx, drawnOrganization(random), drawnTeam(random), callerOf("ada"), by)
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			_, err := s.CreateEnterpriseTeam(ctx, drawnEnterprise(random), usher.EnterpriseTeamChange{Name: new(drawnSquad(random).Slug)}, by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			_, err := s.AddEnterpriseTeamPeople(ctx, drawnEnterprise(random), drawnSquad(random), []string{drawnLogin(random)}, by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			_, err := s.RemoveEnterpriseTeamPeople(ctx, drawnEnterprise(random), drawnSquad(random), []string{drawnLogin(random)}, by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			return s.DeleteEnterpriseTeam(ctx, drawnEnterprise(random), drawnSquad(random), by)
		},
	}
}

func changesOfSettings() []change {
	return []change{
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			wanted := drawn(random, switchedOff(), switchedOn(), switchedOn(), switchedOn(), seating(usher.AssignAll), cycling(1+random.IntN(28)))
			_, err := s.ChangeSubscription(ctx, drawn(random, drawnOrganization(random), drawnEnterprise(random)), wanted, by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			enterprise := usher.AccountName{Kind: usher.Enterprise, Login: drawn(random, "octo-global", "other", "")}
			_, err := s.MoveOrganization(ctx, drawnOrganization(random), enterprise, callerOf("lee"), by)
			return err
		},
		func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			_, err := s.AdvanceClock(ctx, usher.ClockMove{By: time.Duration(random.IntN(30)) * time.Hour}, 10)
			return err
		},
	}
}

func changesOfGrants() []change {
	named := func(of func(*usher.Service) call, account func(*rand.Rand) usher.AccountRef, name func(*rand.Rand) string) change {
		return func(ctx context.Context, s *usher.Service, random *rand.Rand) error {
			_, err := of(s)(ctx, account(random), []string{name(random)}, by)
			return err
		}
	}
	team := func(random *rand.Rand) string { return drawnTeam(random).Slug }
	squad := func(random *rand.Rand) string { return drawnSquad(random).Slug }
	return []change{
		named(func(s *usher.Service) call { return s.GrantUsers }, drawnOrganization, drawnLogin),
		named(func(s *usher.Service) call { return s.CancelUsers }, drawnOrganization, drawnLogin),
		named(func(s *usher.Service) call { return s.GrantTeams }, drawnOrganization, team),
		named(func(s *usher.Service) call { return s.CancelTeams }, drawnOrganization, team),
		named(func(s *usher.Service) call { return s.GrantEnterpriseUsers }, drawnEnterprise, drawnLogin),
		named(func(s *usher.Service) call { return s.CancelEnterpriseUsers }, drawnEnterprise, drawnLogin),
		named(func(s *usher.Service) call { return s.GrantEnterpriseTeams }, drawnEnterprise, squad),
		named(func(s *usher.Service) call { return s.CancelEnterpriseTeams }, drawnEnterprise, squad),
	}
}

// changesEach is how many changes each of the clients makes, for a second or two together.
const changesEach = 150

// Whatever is changed at once, on two replicas, of people, teams, settings and grants: nobody
// is told of a fault or that the database is busy, and at each moment it agrees with itself.
func TestReplicasChangeEverythingAtOnce(t *testing.T) {
	t.Parallel()
	accounts := contested()
	for i := range accounts {
		accounts[i].owners = "ada lee"
	}
	other := account{kind: usher.Enterprise, login: "other", id: 43, owners: "lee", copilot: enabled()}
	replicas := replicate(t, worldOf(slices.Insert(accounts, 1, other)...))
	changes := slices.Concat(changesOfPeople(), changesOfTeams(), changesOfSettings(), changesOfGrants())
	seed := rand.Uint64()
	t.Logf("the choices come from %d", seed)

	var working sync.WaitGroup
	for client := range 8 {
		replica, random := replicas[client%2], rand.New(rand.NewPCG(seed, uint64(client)))
		working.Go(func() {
			for step := range changesEach {
				number := random.IntN(len(changes))
				err := changes[number](background, replica.Service, random)
				var refused *usher.Error
				if err != nil && (!errors.As(err, &refused) || refused.Kind == usher.Unavailable) {
					t.Errorf("client %d, step %d, change %d: %v", client, step, number, err)
				}
				if step%10 > 0 {
					continue
				}
				if broken, err := replica.Check(background); err != nil || len(broken) > 0 {
					t.Errorf("client %d, after step %d: %v\n%s", client, step, err, strings.Join(broken, "\n"))
					return
				}
			}
		})
	}
	working.Wait()
	replicas[0].sound()
}
