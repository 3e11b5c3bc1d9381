package storetest

import (
	"time"

	"github.com/usher-seats/usher"
)

// The accounts of the fixture. The enterprise and its first organization have the same
// id, and so have other things of theirs: nothing may mix.
func enterprise() usher.AccountRef { return usher.EnterpriseRef(5) }
func octo() usher.AccountRef       { return usher.OrganizationRef(5) } // in the enterprise
func dormant() usher.AccountRef    { return usher.OrganizationRef(8) } // in the enterprise, without a subscription
func loner() usher.AccountRef      { return usher.OrganizationRef(6) } // in none

// day is an instant of March 2026 that has microseconds, and is different for each n.
func day(n int) time.Time {
	return time.Date(2026, 3, n, 4, 5, 6, 7000+n*1000, time.UTC)
}

// firstOf is the beginning of a month of 2026, where cycles end.
func firstOf(month time.Month) time.Time {
	return time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
}

func subscription() *usher.Subscription {
	return &usher.Subscription{
		Plan: usher.PlanEnterprise, SeatManagement: usher.AssignSelected, PublicCodeSuggestions: "allow",
		IDEChat: "enabled", PlatformChat: "disabled", CLI: "unconfigured",
		BillingSetUp: true, PaymentProblem: true, CycleDay: 28,
	}
}

func accounts() []usher.Account {
	return []usher.Account{
		{
			Ref: enterprise(), Login: "Octo-Inc", Name: "Octo, Inc. ✓", Subscription: subscription(),
			LastSeat: 11, LastEvent: 12, LastReport: 18, LastEventAt: day(13), RecordFrom: 15, EventsDeleted: 10, KeptSince: day(1), AsleepUntil: day(14), Version: 16, CreatedAt: day(17),
		},
		{
			Ref: octo(), Login: "Octo-Org", Name: "Die Octokatzen", EnterpriseID: enterprise().ID, Subscription: subscription(),
			LastSeat: 21, LastEvent: 22, LastReport: 28, LastEventAt: day(23), RecordFrom: 25, EventsDeleted: 20, KeptSince: day(11), AsleepUntil: day(24), Version: 1<<52 + 26, CreatedAt: day(27),
		},
		{
			Ref: loner(), Login: "Octo-Inc", Name: "Einzelgänger", Subscription: subscription(),
			LastSeat: 31, LastEvent: 32, LastReport: 38, LastEventAt: day(3), RecordFrom: 35, EventsDeleted: 30, KeptSince: day(8), AsleepUntil: day(4), Version: 36, CreatedAt: day(7),
		},
		{Ref: dormant(), Login: "Dormant", Name: "Schläft", EnterpriseID: enterprise().ID},
	}
}

func users() []usher.User {
	return []usher.User{
		{ID: 5, Login: "Alice", Name: "Alice Ångström", Email: "alice@example.com", TimeZone: "Europe/London", SiteAdmin: true, CreatedAt: day(1), Version: 1<<52 + 1},
		{ID: 2, Login: "bob-K", Name: "Боб", Email: "bob@example.com", TimeZone: "Asia/Tokyo", CreatedAt: day(2), Version: 2},
		{ID: 3, Login: "\u212Aelvin", Name: "凯尔文 🐙", Email: "kelvin@example.com", TimeZone: "UTC", CreatedAt: day(3), Version: 3}, // a Kelvin sign, not a K
		{ID: 4, Login: "kelvin", Name: "O'Kelvin \"K\" \\ %_", Email: "k@example.com", TimeZone: "America/New_York"},
	}
}

func octoMemberships() []usher.Membership {
	return []usher.Membership{
		{UserID: 5, Role: usher.RoleOwner, State: usher.Active},
		{UserID: 2, Role: usher.RoleMember, State: usher.Active},
		invited(3, day(20)),
	}
}

// invited is a pending membership with a value in every field, different for each user.
func invited(userID int64, endsAt time.Time) usher.Membership {
	return usher.Membership{UserID: userID, Role: usher.RoleMember, State: usher.Pending, Invitation: usher.Invitation{
		ID: 1<<52 + 500 - userID, InvitedBy: 600 + userID, At: day(10 + int(userID%10)), EndsAt: endsAt,
	}}
}

// octoTeams is a tree three deep, and two teams that are each other's parent.
func octoTeams() []usher.Team {
	team := func(id int64, slug, name string, parent int64) usher.Team {
		return usher.Team{
			Account: octo(), ID: id, Slug: slug, Name: name, Description: "the " + name, Privacy: "closed",
			ParentID: parent, Quiet: id%2 == 1, Selection: usher.OrganizationSelection("selection-" + slug), CreatedAt: day(int(id % 28)), UpdatedAt: day(int(id%28) + 1), Version: 1<<52 + id,
		}
	}
	return []usher.Team{
		team(101, "engineering", "Engineering", 0),
		team(102, "platform", "Plattform Größe", 101),
		team(103, "storage", "Storage", 102),
		team(104, "design", "platform", 0), // its name is another's slug
		team(105, "circle-a", "Circle A", 106),
		team(106, "circle-b", "Circle B", 105),
	}
}

func octoTeamMembers() []usher.TeamMember {
	return []usher.TeamMember{
		{TeamID: 101, UserID: 5, Maintainer: true},
		{TeamID: 102, UserID: 2},
		{TeamID: 103, UserID: 3},
		{TeamID: 103, UserID: 2},
		{TeamID: 104, UserID: 4},
		{TeamID: 105, UserID: 4, Maintainer: true},
	}
}

// seat is a seat with a value in every field, different for each number.
func seat(section, number, userID int64, endsAt time.Time) usher.Seat {
	n := int(number % 20)
	s := usher.Seat{
		Section: section, Number: number, UserID: userID, TeamID: 100 + number,
		CreatedAt: day(1 + n), UpdatedAt: day(2 + n), EndsAt: endsAt,
		Activity: usher.Activity{At: day(3 + n), Editor: "vscode/1.90 ✓", AuthenticatedAt: day(4 + n)},
	}
	if !endsAt.IsZero() {
		s.CancelledBy = usher.Actor{UserID: 200 + number, TokenID: 300 + number}
	}
	return s
}

// begin fills a store with the fixture's accounts, people and teams. The other accounts
// have people and teams of the same ids, which must not show in octo.
func (b bench) begin() {
	b.Helper()
	b.update(func(tx usher.Tx) error {
		return steps(
			func() error { return tx.InsertUsers(users()) },
			func() error { return tx.InsertAccounts(accounts()) },
			func() error { return tx.InsertMemberships(octo(), octoMemberships()) },
			func() error {
				return tx.InsertMemberships(enterprise(), []usher.Membership{{UserID: 4, Role: usher.RoleBillingManager, State: usher.Active}})
			},
			func() error {
				return tx.InsertMemberships(loner(), []usher.Membership{{UserID: 4, Role: usher.RoleOwner, State: usher.Active}})
			},
			func() error { return tx.InsertTeams(octoTeams()) },
			func() error { return tx.InsertTeamMembers(octo(), octoTeamMembers()) },
			func() error {
				return tx.InsertTeams([]usher.Team{{Account: enterprise(), ID: 101, Slug: "engineering", Name: "All engineers", Description: "of the enterprise", Privacy: "secret", Quiet: true, Selection: "selected", CreatedAt: day(9), UpdatedAt: day(10)}})
			},
			func() error { return tx.InsertTeamMembers(enterprise(), []usher.TeamMember{{TeamID: 101, UserID: 4}}) },
		)
	})
}
