package usher

import "time"

// Seat is a person's access under one subscription. In an organization there is one
// current seat per person; in an enterprise one per grant and person.
type Seat struct {
	Section     int64 // 0, or the enterprise team whose grant the seat is
	Number      int64 // the seat's id: rising in the order of creation within the account
	UserID      int64
	TeamID      int64 // the team that holds it, or whose end made it pending (rule R2); 0 for none
	CreatedAt   time.Time
	UpdatedAt   time.Time // when it was last granted, refreshed or cancelled (rule R3)
	EndsAt      time.Time // when a pending cancellation takes effect; zero while the seat is live
	CancelledBy Actor     // who cancelled a pending seat
	Activity    Activity
}

// Pending says whether the seat's cancellation is pending.
func (s Seat) Pending() bool { return !s.EndsAt.IsZero() }

// Current says whether the seat is listed and counted at now: live, or pending and not
// yet ended (rule C3).
func (s Seat) Current(now time.Time) bool { return !s.Pending() || now.Before(s.EndsAt) }

// Activity is what was last reported of a person's use. Zero times: nothing was.
type Activity struct {
	At              time.Time
	Editor          string // free text; meaningful only with At
	AuthenticatedAt time.Time
}

// merge is the later of each of two reports: activity never moves backwards (rule R4).
func (a Activity) merge(b Activity) Activity {
	if b.At.After(a.At) {
		a.At, a.Editor = b.At, b.Editor
	}
	if b.AuthenticatedAt.After(a.AuthenticatedAt) {
		a.AuthenticatedAt = b.AuthenticatedAt
	}
	return a
}

// activityRetention is how many whole UTC days an activity is shown (rule R4).
const activityRetention = 90

// VisibleAt is the activity as it reads at now: what lies more than 90 UTC days back is gone.
func (a Activity) VisibleAt(now time.Time) Activity {
	if a.At.IsZero() {
		return a
	}
	oldest := utcDay(now).AddDate(0, 0, -activityRetention)
	if utcDay(a.At).Before(oldest) {
		a.At, a.Editor = time.Time{}, ""
	}
	return a
}

func utcDay(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// SeatRow is a seat as a list or a member's answer shows it, at the time of the reading.
type SeatRow struct {
	Seat       Seat
	Account    *Account // whose subscription the seat is under; its plan is the seat's (rules R3, E3)
	Assignee   User
	Team       *Team // the assigning team; nil for none
	ParentTeam *Team // its parent; nil for none
}

// Page asks for one page of a list. Number counts from 1; PerPage is 1 to 100.
type Page struct {
	Number  int64
	PerPage int64
}

func (p Page) offset() int64 { return (p.Number - 1) * p.PerPage }

// SeatPage is one page of seats.
type SeatPage struct {
	TotalSeats int64 // what total_seats says: current seats, or distinct people of an enterprise (rules R1, E1)
	Rows       int64 // how many rows all pages have together
	Seats      []SeatRow
	Edition    Edition
}

// MemberSeat is the seat of one member of an organization.
type MemberSeat struct {
	SeatRow
	Edition Edition
}

// SeatBreakdown is rule R5's count of an organization's seats.
type SeatBreakdown struct {
	Total, AddedThisCycle, PendingCancellation, PendingInvitation, ActiveThisCycle, InactiveThisCycle int64
}

// Billing is an organization's subscription and what it holds.
type Billing struct {
	Subscription Subscription
	Breakdown    SeatBreakdown
	Edition      Edition
}
