package usher

import (
	"context"
	"maps"
	"slices"
	"time"
)

// ActivityReport is one event of POST /_usher/orgs/{org}/activity.
type ActivityReport struct {
	Login    string
	Activity Activity
}

// Report is an activity report that was accepted, and what it came to. Each one is kept,
// whether it moved anything or not.
type Report struct {
	Number int64 // per account, without gaps, in the order of acceptance
	// AcceptedAt never runs backwards with the number. Zero: before the account's record began.
	AcceptedAt time.Time
	UserID     int64
	Seat       int64    // the number of the seat that it was about
	Reported   Activity // what it said
	Activity   Activity // the seat's after it
}

// IgnoredReport is a report that changed nothing, and why.
type IgnoredReport struct {
	Login  string
	Reason string
}

// ReportActivity takes in what people were seen to do (rule R4). Reports of people
// without a current seat, or from the future, are ignored, with the reason.
func (s *Service) ReportActivity(ctx context.Context, organization AccountRef, reports []ActivityReport, by By) (accepted int, ignored []IgnoredReport, err error) {
	err = s.write(ctx, organization, by, func(l *ledger) error {
		accepted, ignored = 0, nil
		if l.account.Subscription == nil {
			return l.account.notEnabled(Invalid)
		}
		people, err := l.reported(reports)
		if err != nil {
			return err
		}
		for _, report := range reports {
			if reason := l.takeReport(people, report); reason != "" {
				ignored = append(ignored, IgnoredReport{report.Login, reason})
				continue
			}
			accepted++
		}
		return nil
	})
	return accepted, ignored, err
}

// reported finds the people that reports name, with their seats loaded.
func (l *ledger) reported(reports []ActivityReport) (map[string]Person, error) {
	logins := make([]string, len(reports))
	for i, report := range reports {
		logins[i] = report.Login
	}
	people, err := l.peopleByLogin(distinct(logins))
	if err != nil {
		return nil, err
	}
	return people, l.loadSeats(0, ids(slices.Collect(maps.Values(people))))
}

// takeReport applies one report; it returns why not if it cannot.
func (l *ledger) takeReport(people map[string]Person, report ActivityReport) (reason string) {
	person, ok := people[LoginKey(report.Login)]
	if !ok {
		return "there is no user with this login"
	}
	for _, at := range []time.Time{report.Activity.At, report.Activity.AuthenticatedAt} {
		if at.After(l.now) {
			return "the activity lies in the future"
		}
	}
	seat := l.seat(0, person.User.ID)
	if seat == nil {
		return "the user has no current seat in this organization"
	}
	l.report(seat, report.Activity)
	return ""
}
