package usher

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Billing is an organization's subscription and its seat breakdown (GET copilot/billing,
// rules R5 and R7), read in constant time.
func (s *Service) Billing(ctx context.Context, organization AccountRef) (Billing, error) {
	var billing Billing
	err := s.read(ctx, organization, func(v view) error {
		sub := v.account.Subscription
		if sub == nil {
			return v.account.notEnabled(NotFound)
		}
		if sub.PaymentProblem {
			return invalid("There is a problem with your account's associated payment method.")
		}
		counters, err := v.section(v.account, 0)
		if err != nil {
			return err
		}
		invited, err := v.tx.Invited(organization)
		if err != nil {
			return err
		}
		billing = Billing{
			Subscription: *sub,
			Breakdown:    breakdown(counters, v.account.pendingInvitations(invited, v.now)),
			Edition:      v.edition([]Account{v.account}, nil),
		}
		return nil
	})
	return billing, err
}

// breakdown is rule R5 over counters derived at the time of the reading.
func breakdown(c Counters, invited int64) SeatBreakdown {
	return SeatBreakdown{
		Total:               c.Current(),
		AddedThisCycle:      c.Added,
		PendingCancellation: c.Pending,
		PendingInvitation:   invited,
		ActiveThisCycle:     c.Active,
		InactiveThisCycle:   c.Current() - c.Active,
	}
}

// Seats is one page of an organization's seats, in order of seat id (GET
// copilot/billing/seats, rule R1). A page past the end is empty.
func (s *Service) Seats(ctx context.Context, organization AccountRef, page Page) (SeatPage, error) {
	var result SeatPage
	err := s.read(ctx, organization, func(v view) (err error) {
		result, err = v.seats(page)
		return err
	})
	return result, err
}

func (v reading) seats(page Page) (SeatPage, error) {
	if v.account.Subscription == nil {
		return SeatPage{}, v.account.notEnabled(NotFound)
	}
	counters, err := v.section(v.account, 0)
	if err != nil {
		return SeatPage{}, err
	}
	seats, err := v.slice(v.account.Ref, 0, page.offset(), page.PerPage)
	if err != nil {
		return SeatPage{}, err
	}
	rows, err := v.rows(v.account, seats)
	if err != nil {
		return SeatPage{}, err
	}
	return SeatPage{
		TotalSeats: counters.Current(), Rows: counters.Current(), Seats: rows,
		Edition: v.edition([]Account{v.account}, rows),
	}, nil
}

// MemberSeat is the seat of one member of an organization (GET members/{username}/copilot,
// rules R7 and R8).
func (s *Service) MemberSeat(ctx context.Context, organization AccountRef, login string) (MemberSeat, error) {
	var member MemberSeat
	err := s.read(ctx, organization, func(v view) error {
		if v.account.Subscription == nil {
			return v.account.notEnabled(Invalid)
		}
		person, err := v.person(login)
		if err != nil || person.Membership == nil {
			return orNotFound(err)
		}
		if person.invited() {
			return invalid("The user %s has a pending organization invitation.", person.User.Login)
		}
		seats, err := v.tx.Seats(organization, 0, []int64{person.User.ID})
		if err != nil {
			return err
		}
		if len(seats) == 0 || !seats[0].Current(v.now) {
			return notFound()
		}
		rows, err := v.rows(v.account, seats)
		if err != nil {
			return err
		}
		member = MemberSeat{rows[0], v.edition([]Account{v.account}, rows)}
		return nil
	})
	return member, err
}

// EnterpriseSeats is one page of all seats of an enterprise and its organizations (GET
// enterprises/{enterprise}/copilot/billing/seats, rules E1 to E4).
func (s *Service) EnterpriseSeats(ctx context.Context, enterprise AccountRef, page Page) (SeatPage, error) {
	var result SeatPage
	err := s.read(ctx, enterprise, func(v view) error {
		accounts, err := v.enterpriseAccounts()
		if err != nil {
			return err
		}
		lists, err := v.enterpriseLists(accounts)
		if err != nil {
			return err
		}
		people, err := v.distinctPeople(enterprise.ID)
		if err != nil {
			return err
		}
		result = SeatPage{TotalSeats: people}
		offset, wanted := page.offset(), page.PerPage
		for _, list := range lists {
			result.Rows += list.current
			if wanted > 0 && offset < list.current {
				rows, err := v.listRows(list, offset, wanted)
				if err != nil {
					return err
				}
				result.Seats = append(result.Seats, rows...)
				wanted -= int64(len(rows))
			}
			offset = max(0, offset-list.current)
		}
		result.Edition = v.edition(accounts, result.Seats)
		return nil
	})
	return result, err
}

// reading is one account at one time: now or then.
type reading struct {
	from    Past
	account Account
	now     time.Time
}

// view is a reading of the present, with all that only the present can be asked.
type view struct {
	reading
	tx Reader
}

func (s *Service) read(ctx context.Context, ref AccountRef, fn func(view) error) error {
	return s.store.View(ctx, func(tx Reader) error {
		account, ok, err := tx.Account(AccountName{Kind: ref.Kind, ID: ref.ID})
		if err != nil {
			return err
		}
		if !ok {
			return notFound()
		}
		now, err := accountNow(tx, account)
		if err != nil {
			return err
		}
		return fn(view{reading{tx, account, now}, tx})
	})
}

// section derives one section's counters at the time of the reading.
func (v reading) section(account Account, section int64) (Counters, error) {
	all, err := v.from.Sections(account.Ref)
	if err != nil {
		return Counters{}, err
	}
	for _, c := range all {
		if c.Section == section {
			return c.At(v.now, account.Subscription.CycleAt(v.now)), nil
		}
	}
	return Counters{}, nil
}

// slice reads up to limit current seats of a section from an offset on.
func (v reading) slice(ref AccountRef, section, offset, limit int64) ([]Seat, error) {
	if offset == 0 { // the first page begins at the first seat, wherever that is
		return v.from.SeatsFrom(ref, section, 1, 0, limit, v.now)
	}
	blocks, err := v.from.Blocks(ref, section)
	if err != nil {
		return nil, err
	}
	from, skip, ok := locate(blocks, v.now, offset)
	if !ok {
		return nil, nil
	}
	return v.from.SeatsFrom(ref, section, from, skip, limit, v.now)
}

// rows adds to seats of one account what a row shows: the person, the team, its parent,
// and the activity as it reads now (rule R4).
func (v reading) rows(account Account, seats []Seat) ([]SeatRow, error) {
	var userIDs, teamIDs []int64
	for _, seat := range seats {
		userIDs = append(userIDs, seat.UserID)
		if seat.TeamID != 0 {
			teamIDs = append(teamIDs, seat.TeamID)
		}
	}
	users, err := v.users(userIDs)
	if err != nil {
		return nil, err
	}
	teams, err := v.teams(account.Ref, distinct(teamIDs))
	if err != nil {
		return nil, err
	}
	rows := make([]SeatRow, len(seats))
	for i, seat := range seats {
		user, ok := users[seat.UserID]
		if !ok {
			return nil, fmt.Errorf("seat %d of %s belongs to user %d, who does not exist", seat.Number, account.Login, seat.UserID)
		}
		seat.Activity = seat.Activity.VisibleAt(v.now)
		rows[i] = SeatRow{Seat: seat, Account: &account, Assignee: user}
		if team, ok := teams[seat.TeamID]; ok {
			rows[i].Team = &team
			if parent, ok := teams[team.ParentID]; ok {
				rows[i].ParentTeam = &parent
			}
		}
	}
	return rows, nil
}

func (v reading) users(userIDs []int64) (map[int64]User, error) {
	found, err := v.from.Users(userIDs)
	byID := make(map[int64]User, len(found))
	for _, user := range found {
		byID[user.ID] = user
	}
	return byID, err
}

// teams reads teams and their parents.
func (v reading) teams(ref AccountRef, teamIDs []int64) (map[int64]Team, error) {
	byID := map[int64]Team{}
	for range 2 {
		if len(teamIDs) == 0 {
			return byID, nil
		}
		found, err := v.from.TeamsByID(ref, teamIDs)
		if err != nil {
			return nil, err
		}
		teamIDs = nil
		for _, team := range found {
			byID[team.ID] = team
			if _, ok := byID[team.ParentID]; !ok && team.ParentID != 0 {
				teamIDs = append(teamIDs, team.ParentID)
			}
		}
		teamIDs = distinct(teamIDs)
	}
	return byID, nil
}

// list is one run of an enterprise's rows: a section of one account.
type list struct {
	account Account
	section int64
	current int64
}

// enterpriseAccounts are an enterprise and its organizations, by id.
func (v view) enterpriseAccounts() ([]Account, error) {
	organizations, err := v.tx.Organizations(v.account.Ref.ID)
	return append([]Account{v.account}, organizations...), err
}

// enterpriseLists are the runs of an enterprise's rows in the order of rule E2.
func (v view) enterpriseLists(accounts []Account) ([]list, error) {
	byRef := make(map[AccountRef]Account, len(accounts))
	for _, account := range accounts {
		byRef[account.Ref] = account
	}
	sections, err := v.tx.EnterpriseSections(v.account.Ref.ID)
	if err != nil {
		return nil, err
	}
	var lists []list
	for _, c := range sections {
		account := byRef[c.Account]
		if account.Subscription != nil {
			lists = append(lists, list{account, c.Section, c.At(v.now, account.Subscription.CycleAt(v.now)).Current()})
		}
	}
	slices.SortFunc(lists, func(a, b list) int {
		return cmp.Or(
			cmp.Compare(b.account.Ref.Kind, a.account.Ref.Kind), // the enterprise's own first
			cmp.Compare(a.account.Ref.ID, b.account.Ref.ID),
			cmp.Compare(a.section, b.section))
	})
	return lists, nil
}

// distinctPeople counts the people with a current seat anywhere in an enterprise: those
// whose last seat never ends, and those whose last seat ends after now (rule E1).
func (v view) distinctPeople(enterprise int64) (int64, error) {
	counts, err := v.tx.Headcounts(enterprise)
	var people int64
	for _, c := range counts {
		if !ended(c.EndsAt, v.now) {
			people += c.People
		}
	}
	return people, err
}

// listRows are rows of one run of an enterprise's list. Rows without organization show
// the person's latest activity in any of them (rule R4).
func (v view) listRows(list list, offset, limit int64) ([]SeatRow, error) {
	seats, err := v.slice(list.account.Ref, list.section, offset, limit)
	if err != nil {
		return nil, err
	}
	if list.account.Ref.Kind == Enterprise {
		if err := v.latestActivity(seats); err != nil {
			return nil, err
		}
	}
	return v.rows(list.account, seats)
}

func (v view) latestActivity(seats []Seat) error {
	userIDs := make([]int64, len(seats))
	for i, seat := range seats {
		userIDs[i] = seat.UserID
	}
	people, err := v.tx.EnterprisePeople(v.account.Ref.ID, userIDs)
	if err != nil {
		return err
	}
	latest := make(map[int64]Activity, len(people))
	for _, p := range people {
		latest[p.UserID] = p.Activity
	}
	for i, seat := range seats {
		seats[i].Activity = seat.Activity.merge(latest[seat.UserID])
	}
	return nil
}
