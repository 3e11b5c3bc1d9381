package usher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// MoveOrganization moves an organization into an enterprise, from one to another, or out of
// the one it is in, where the name is empty. Its own seats stay as they are, and so do the
// enterprises' (rule E4); they are listed and counted where it belongs from now on. That is for
// owners of the organization and of the enterprises.
func (s *Service) MoveOrganization(ctx context.Context, organization AccountRef, enterprise AccountName, caller Caller, by By) (Settings, error) {
	var moved Settings
	err := s.updateWorld(ctx, func(tx Tx) error {
		l, err := openLedger(tx, organization, by.Actor, by.RequestID)
		if err != nil {
			return err
		}
		target, err := l.destination(enterprise, caller)
		if err != nil {
			return err
		}
		if err := l.move(target); err != nil {
			return err
		}
		if err := l.close(); err != nil {
			return err
		}
		moved, err = l.settings()
		return err
	})
	return moved, err
}

// destination is the id of the enterprise with this name, 0 for none; the caller must own it,
// and the one that the organization leaves. Tokens with permissions belong to one
// organization, and change nothing of an enterprise (rule A2). An enterprise of others cannot
// be told from one that does not exist (rule A3).
func (l *ledger) destination(name AccountName, caller Caller) (int64, error) {
	left, out := l.account.EnterpriseID, name.Login == "" && name.ID == 0
	target, err := l.enterpriseNamed(name)
	if err != nil || target == left && (out || target != 0) {
		return target, err
	}
	if !caller.Token.Kind.Scoped() {
		return 0, inaccessible(caller.Token.Kind)
	}
	owner, err := owns(l.tx, target, caller)
	if err != nil {
		return 0, err
	}
	if !out && !owner {
		return 0, invalid("There is no enterprise %q, or you do not own it.", shown(name.Login))
	}
	owner, err = owns(l.tx, left, caller)
	if err == nil && left != 0 && !owner {
		err = forbidden("You must be an owner of the enterprise that the organization %s leaves.", l.account.Login)
	}
	return target, err
}

// enterpriseNamed is the id of the enterprise with this name; 0 where there is none.
func (l *ledger) enterpriseNamed(name AccountName) (int64, error) {
	account, err := find(l.tx, name)
	if gone := (*Error)(nil); errors.As(err, &gone) && gone.Kind == NotFound {
		return 0, nil
	}
	return account.Ref.ID, err
}

// owns says whether the caller is an owner of an enterprise; nobody is of 0.
func owns(tx Reader, enterprise int64, caller Caller) (bool, error) {
	membership, _, err := tx.Membership(EnterpriseRef(enterprise), caller.User.ID)
	return membership.owns(), err
}

// move makes an organization one of another enterprise's. Each of the enterprises has an event
// of its own, before the organization's, which knows how far its enterprise's had come.
func (l *ledger) move(target int64) error {
	left := l.account.EnterpriseID
	if left == target {
		return nil
	}
	if err := l.loadAll(); err != nil { // what is due is settled, and its people are not counted
		return err
	}
	from, err := l.tellEnterprise(left, OrganizationRemoved, FieldChange{"organization", l.account.Login, ""})
	if err != nil {
		return err
	}
	to, err := l.tellEnterprise(target, OrganizationAdded, FieldChange{"organization", "", l.account.Login})
	if err != nil {
		return err
	}
	l.recordChange(OrganizationTransferred, 0, 0, FieldChange{"enterprise", from.Login, to.Login})
	l.account.EnterpriseID = target
	return nil
}

// tellEnterprise records in an enterprise's log that the organization comes or goes; none has
// no log. An enterprise that it leaves loses its teams' assignments to it.
func (l *ledger) tellEnterprise(id int64, action Action, change FieldChange) (Account, error) {
	if id == 0 {
		return Account{}, nil
	}
	enterprise, err := openLedger(l.tx, EnterpriseRef(id), l.actor, l.requestID)
	if err != nil {
		return Account{}, err
	}
	enterprise.recordChange(action, 0, 0, change)
	assignments, err := l.tx.AllAssignments(id)
	for _, a := range assignments {
		if a.Organization == l.account.Ref && action == OrganizationRemoved {
			enterprise.recordChange(TeamUnassigned, 0, a.TeamID, change)
		}
	}
	if err != nil {
		return Account{}, err
	}
	return enterprise.account, enterprise.close()
}

// saveMove writes to which enterprise the organization belongs, and counts its people there
// and where it was.
func (l *ledger) saveMove(gone []Seat) error {
	if err := l.tx.SaveEnterprise(l.account); err != nil {
		return err
	}
	activity := map[int64]Activity{}
	for _, seat := range gone {
		activity[seat.UserID] = Activity{}
	}
	for _, seat := range l.currentSeats() {
		activity[seat.UserID] = seat.Activity
	}
	people := slices.Sorted(maps.Keys(activity))
	for _, enterprise := range []int64{l.opened.EnterpriseID, l.account.EnterpriseID} {
		if enterprise == 0 {
			continue
		}
		if err := l.syncPeople(enterprise, people, activity); err != nil {
			return fmt.Errorf("counting the people of enterprise %d: %w", enterprise, err)
		}
	}
	return nil
}
