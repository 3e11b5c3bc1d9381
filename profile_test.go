package usher_test

import (
	"slices"
	"testing"

	"github.com/usher-seats/usher"
)

func TestAProfileIsAPersonsOrAnOrganizations(t *testing.T) {
	s := play(t, worldOf(
		account{kind: usher.Enterprise, login: "octo-global", id: octoGlobal},
		crew(),
		account{login: "ADA", id: hubot},
	))
	tests := []struct {
		login              string
		user, organization int64
	}{
		{"bOB", userID("bob"), 0},
		{"ada", userID("ada"), 0}, // people go first
		{"OctoDemo", 0, octodemo},
		{"octo-global", 0, 0},
		{"nobody", 0, 0},
		{"bob\x00", 0, 0},
		{"", 0, 0},
	}
	for _, test := range tests {
		got, err := s.Profile(t.Context(), test.login)
		if test.user == 0 && test.organization == 0 {
			if err == nil || refusal(t, err).Kind != usher.NotFound {
				t.Errorf("%q: got %+v, error %v; want none of that login", test.login, got, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.login, err)
			continue
		}
		var user, organization int64
		if got.User != nil {
			user = got.User.ID
		}
		if got.Organization != nil {
			organization = got.Organization.Ref.ID
		}
		if user != test.user || organization != test.organization {
			t.Errorf("%q is user %d, organization %d; want %d, %d", test.login, user, organization, test.user, test.organization)
		}
	}
}

func TestAnOrganizationsProfileIsFoundByLoginOrById(t *testing.T) {
	s := play(t, worldOf(account{kind: usher.Enterprise, login: "octo-global", id: octoGlobal}, crew()))
	for _, test := range []struct {
		name  usher.AccountName
		found bool
	}{
		{usher.AccountName{Login: "OCTODEMO"}, true},
		{usher.AccountName{ID: octodemo}, true},
		{usher.AccountName{Login: "octodemo", ID: 404}, true},
		{usher.AccountName{Login: "nothing", ID: octodemo}, false},
		{usher.AccountName{ID: octoGlobal}, false},
		{usher.AccountName{Kind: usher.Enterprise, ID: octoGlobal}, false},
		{usher.AccountName{Login: "ada"}, false},
		{usher.AccountName{}, false},
	} {
		got, err := s.OrganizationProfile(t.Context(), test.name)
		if !test.found {
			if err == nil || refusal(t, err).Kind != usher.NotFound {
				t.Errorf("%+v: got %+v, error %v; want none", test.name, got, err)
			}
			continue
		}
		if err != nil || got.User != nil || got.Organization == nil || got.Organization.Ref.ID != octodemo {
			t.Errorf("%+v: got %+v, error %v; want octodemo", test.name, got, err)
		}
	}
}

func TestAProfileHasTheEditionOfItsVersion(t *testing.T) {
	world := worldOf(crew())
	world.Tokens = []usher.Token{{ID: 1, Hash: usher.HashToken("t"), Kind: usher.Classic, UserID: userID("bob")}}
	s := play(t, world)
	person, err := s.Profile(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := s.Authenticate(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	if *caller.User != *person.User || !person.User.CreatedAt.Equal(noon) || !slices.Equal(caller.User.Edition(), person.Edition) {
		t.Errorf("by token %+v, edition %v; by login %+v, edition %v; want the same, created at %v",
			*caller.User, caller.User.Edition(), *person.User, person.Edition, noon)
	}
	organization, err := s.Profile(t.Context(), "octodemo")
	if err != nil {
		t.Fatal(err)
	}
	s.does(s.GrantUsers, 1, "bob")
	after, err := s.Profile(t.Context(), "octodemo")
	if err != nil || slices.Equal(organization.Edition, after.Edition) {
		t.Errorf("after a grant: edition %v, error %v; want another one than %v", after.Edition, err, organization.Edition)
	}
	again, err := s.Profile(t.Context(), "bob")
	if err != nil || !slices.Equal(person.Edition, again.Edition) {
		t.Errorf("the person's edition after a grant is %v, error %v; want still %v", again.Edition, err, person.Edition)
	}
}
