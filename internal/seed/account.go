package seed

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// account is an organization or an enterprise that is being read.
type account struct {
	entry
	world       usher.WorldAccount
	memberships map[int64]int  // index into world.Memberships, by user
	slugs       map[string]int // index into world.Teams, by slug key
	names       map[string]int // the same, by name key
	teamEntries []entry        // beside world.Teams
}

func (a *account) ref() usher.AccountRef { return a.world.Account.Ref }

func (a *account) isEnterprise() bool { return a.ref().Kind == usher.Enterprise }

// readAccounts reads all of the accounts but their teams, seats and activity. Accounts
// without a usable name are left out: what is wrong with them has been noted.
func (p *parser) readAccounts(kind usher.AccountKind, nodes []*yaml.Node) []*account {
	given := newIDs(len(nodes))
	var accounts []*account
	for i, node := range nodes {
		a, ok := p.head(kind, node, i+1)
		if !ok {
			continue
		}
		a.world.Account.Ref.ID = given.given(a.entry)
		accounts = append(accounts, a)
	}
	for _, a := range accounts {
		if a.ref().ID == 0 {
			a.world.Account.Ref.ID = given.next(a.entry)
		}
	}
	for _, a := range accounts {
		a.readSubscription()
		a.readPeople()
	}
	return accounts
}

// head begins an account: it reads its keys and its name.
func (p *parser) head(kind usher.AccountKind, node *yaml.Node, number int) (*account, bool) {
	keys := accountKeys(kind)
	nameKey := keys[0]
	e, ok := p.entry(node, place{kind: kind.String(), name: nameOf(node, nameKey), number: number}, keys...)
	if !ok {
		return nil, false
	}
	name, ok := e.name(nameKey)
	if !ok {
		return nil, false
	}
	a := &account{entry: e, memberships: map[int64]int{}, slugs: map[string]int{}, names: map[string]int{}}
	a.world.Account = usher.Account{Ref: usher.AccountRef{Kind: kind}, Login: name}
	if a.isEnterprise() {
		return a, a.listEnterprise()
	}
	return a, a.listOrganization()
}

func (a *account) listEnterprise() bool {
	slug, node := a.world.Account.Login, a.value("slug")
	if strings.Trim(slug, "0123456789") == "" {
		a.fail(node, "the slug may not be all digits: it could be taken for an id; add a letter")
		return false
	}
	key := usher.LoginKey(slug)
	if other, taken := a.p.enterprises[key]; taken {
		a.fail(node, "the slug is already used on line %d; choose another", other.value("slug").Line)
		return false
	}
	a.p.enterprises[key] = a
	a.world.Account.Name = a.text("name")
	return true
}

func (a *account) listOrganization() bool {
	key, node := usher.LoginKey(a.world.Account.Login), a.value("login")
	if other, taken := a.p.organizations[key]; taken {
		a.fail(node, "the login is already used by the organization on line %d; choose another", other.value("login").Line)
		return false
	}
	if other, taken := a.p.users[key]; taken {
		a.fail(node, "the login is already used by the user on line %d; choose another", other.line)
		return false
	}
	a.p.organizations[key] = a
	if node := a.value("enterprise"); node != nil {
		a.joinEnterprise(node)
	}
	return true
}

func (a *account) joinEnterprise(node *yaml.Node) {
	slug, ok := a.textOf(node, "enterprise")
	if !ok {
		return
	}
	enterprise, ok := a.p.enterprises[usher.LoginKey(slug)]
	if !ok && a.p.living {
		return // it may be there already
	}
	if !ok {
		a.fail(node, "enterprise %s is not listed under enterprises", quoted(slug))
		return
	}
	a.world.Account.EnterpriseID = enterprise.ref().ID
}

// readPeople reads who belongs to the account. Who stands in several lists has the place
// of the first; but nobody is both a member and invited.
func (a *account) readPeople() {
	a.readRole("owners", "owner", usher.RoleOwner)
	if a.isEnterprise() {
		a.readRole("billing_managers", "billing manager", usher.RoleBillingManager)
		return
	}
	a.readRole("members", "member", usher.RoleMember)
	for _, node := range a.list("invitations") {
		id, ok := a.person(node, "invited person")
		if !ok {
			continue
		}
		if at, listed := a.memberships[id]; listed {
			if a.world.Memberships[at].State == usher.Active {
				a.fail(node, "%s is both a member and invited; remove one of the two", quoted(node.Value))
			}
			continue
		}
		a.join(usher.Membership{UserID: id, Role: usher.RoleMember, State: usher.Pending})
	}
}

func (a *account) readRole(key, word string, role usher.Role) {
	for _, node := range a.list(key) {
		id, ok := a.person(node, word)
		if _, listed := a.memberships[id]; ok && !listed {
			a.join(usher.Membership{UserID: id, Role: role, State: usher.Active})
		}
	}
}

func (a *account) join(m usher.Membership) {
	a.memberships[m.UserID] = len(a.world.Memberships)
	a.world.Memberships = append(a.world.Memberships, m)
}

// standing says whether a person belongs to the account, and whether as more than invited.
func (a *account) standing(userID int64) (listed, active bool) {
	at, listed := a.memberships[userID]
	return listed, listed && a.world.Memberships[at].State == usher.Active
}
