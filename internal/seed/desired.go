package seed

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/usher-seats/usher"
)

// ParseDesired reads a file in the form of a seed as what an installation is to hold. It may name
// people, enterprises and teams that it does not list: they may be there already. now is the
// world's time; relative times count from it.
//
// An error is a [usher.Error] with an item for each mistake. None shows a token.
func ParseDesired(file string, data []byte, now time.Time) (usher.Desired, error) {
	p := newParser(file, now, Options{})
	p.living = true
	desired := usher.Desired{File: file, Quote: p.quote}
	if root := p.document(data); root != nil {
		p.readDesired(root, &desired)
	}
	if len(p.problems) == 0 {
		return desired, nil
	}
	problems := make([]usher.Problem, len(p.problems))
	for i, pr := range p.problems {
		problems[i] = usher.Problem{Line: pr.line, Message: p.said(pr)}
	}
	return usher.Desired{}, usher.WrongFile(file, problems)
}

func (p *parser) readDesired(root *yaml.Node, desired *usher.Desired) {
	e, ok := p.entry(root, place{}, worldKeys...)
	if !ok {
		return
	}
	if node := e.value("now"); node != nil {
		e.fail(node, "the clock of an installation is moved by POST /_usher/clock/advance, in a rehearsal; remove now from the file")
	}
	desired.Users = p.desiredUsers(e.list("users"))
	for _, a := range slices.Concat(p.desiredHeads(usher.Enterprise, e.list("enterprises")), p.desiredHeads(usher.Organization, e.list("organizations"))) {
		desired.Accounts = append(desired.Accounts, a.desired())
	}
	desired.Tokens = p.desiredTokens(e.list("tokens"))
	desired.Apps = p.desiredApps(e)
	for _, key := range []string{"users", "enterprises", "organizations", "tokens"} {
		if node := e.value(key); node != nil && len(e.list(key)) == 0 {
			desired.Emptied = append(desired.Emptied, usher.Word{Text: key, Line: node.Line})
		}
	}
}

func (p *parser) desiredUsers(nodes []*yaml.Node) []usher.DesiredUser {
	given := newIDs(len(nodes))
	var users []usher.DesiredUser
	for i, node := range nodes {
		at := place{kind: "user", name: nameOf(node, "login"), number: i + 1}
		e, ok := p.entry(node, at, userKeys...)
		if !ok {
			continue
		}
		login, ok := e.name("login")
		if !ok {
			continue
		}
		user := usher.DesiredUser{
			Login: e.word("login"), GivenID: given.given(e), ID: e.word("id"),
			Name: e.textGiven("name"), Email: e.textGiven("email"), SiteAdmin: e.flagGiven("site_admin"),
		}
		if e.value("time_zone") != nil {
			zone := p.timeZone(e)
			user.TimeZone = &zone
		}
		p.listUser(e, usher.User{Login: login})
		users = append(users, user)
	}
	return users
}

// word is a scalar under a key as it stands in the file; empty where it is left out.
func (e entry) word(key string) usher.Word {
	if node := e.value(key); node != nil {
		return usher.Word{Text: node.Value, Line: node.Line}
	}
	return usher.Word{}
}

func (e entry) textGiven(key string) *string {
	if e.value(key) == nil {
		return nil
	}
	text := e.text(key)
	return &text
}

func (e entry) flagGiven(key string) *bool {
	if e.value(key) == nil {
		return nil
	}
	flag := e.flag(key, false)
	return &flag
}

// given is a choice that is nil where the key is left out.
func given[T ~string](e entry, key string, options ...string) *T {
	if e.value(key) == nil {
		return nil
	}
	chosen := T(e.choice(key, options...))
	return &chosen
}

// wordGiven is the text of a key, which messages call what; nil where it is left out.
func (e entry) wordGiven(key, what string) *usher.Word {
	node := e.value(key)
	if node == nil {
		return nil
	}
	text, _ := e.textOf(node, what)
	return &usher.Word{Text: text, Line: node.Line}
}

// words are a list of names, which messages call what; nil where it is left out.
func (e entry) words(key, what string) *usher.Words {
	node := e.value(key)
	if node == nil {
		return nil
	}
	words := &usher.Words{Line: node.Line}
	for _, item := range e.list(key) {
		if text, ok := e.textOf(item, what); ok {
			words.List = append(words.List, usher.Word{Text: text, Line: item.Line})
		}
	}
	return words
}

// desiredHeads reads the names of accounts.
func (p *parser) desiredHeads(kind usher.AccountKind, nodes []*yaml.Node) []*account {
	given := newIDs(len(nodes))
	var accounts []*account
	for i, node := range nodes {
		if a, ok := p.head(kind, node, i+1); ok {
			a.world.Account.Ref.ID = given.given(a.entry)
			accounts = append(accounts, a)
		}
	}
	return accounts
}

func (a *account) desired() usher.DesiredAccount {
	login := "login"
	if a.isEnterprise() {
		login = "slug"
	}
	d := usher.DesiredAccount{
		Kind: a.ref().Kind, Login: a.word(login), GivenID: a.ref().ID, ID: a.word("id"),
		Owners: a.words("owners", "owner"), Copilot: a.desiredCopilot(), Teams: a.desiredTeams(),
	}
	if a.isEnterprise() {
		d.Name = a.textGiven("name")
		d.BillingManagers = a.words("billing_managers", "billing manager")
	} else {
		d.Enterprise = a.wordGiven("enterprise", "enterprise")
		d.Members = a.words("members", "member")
		d.Invitations = a.words("invitations", "invited person")
		d.Activity = a.desiredActivity()
		a.refuseBoth(d)
	}
	if e, ok := a.section("seats", seatsKeys...); ok {
		d.SeatUsers = a.desiredGrants(e)
		d.SeatTeams = a.desiredTeamGrants(e)
	}
	return d
}

// refuseBoth refuses who is both a member and invited.
func (a *account) refuseBoth(d usher.DesiredAccount) {
	if d.Invitations == nil {
		return
	}
	members := map[string]bool{}
	for _, words := range []*usher.Words{d.Owners, d.Members} {
		if words != nil {
			for _, w := range words.List {
				members[usher.LoginKey(w.Text)] = true
			}
		}
	}
	for _, w := range d.Invitations.List {
		if members[usher.LoginKey(w.Text)] {
			a.p.fail(w.Line, a.at, "%s is both a member and invited; remove one of the two", quoted(w.Text))
		}
	}
}

func (a *account) desiredCopilot() *usher.SubscriptionChange {
	e, ok := a.section("copilot", copilotKeys...)
	if !ok {
		return nil
	}
	change := &usher.SubscriptionChange{
		Plan:                  given[usher.Plan](e, "plan", "business", "enterprise"),
		SeatManagement:        given[usher.SeatManagement](e, "seat_management", "unconfigured", "assign_all", "assign_selected", "disabled"),
		PublicCodeSuggestions: given[usher.Policy](e, "public_code_suggestions", "unconfigured", "allow", "block"),
		IDEChat:               given[usher.Policy](e, "ide_chat", "unconfigured", "enabled", "disabled"),
		PlatformChat:          given[usher.Policy](e, "platform_chat", "unconfigured", "enabled", "disabled"),
		CLI:                   given[usher.Policy](e, "cli", "unconfigured", "enabled", "disabled"),
	}
	billing, ok := e.section("billing", billingKeys...)
	if !ok {
		return change
	}
	change.BillingSetUp = billing.flagGiven("set_up")
	change.PaymentProblem = billing.flagGiven("payment_problem")
	if day := billing.number("cycle_day", 28); day > 0 {
		cycleDay := int(day)
		change.CycleDay = &cycleDay
	}
	return change
}

func (a *account) desiredTeams() *usher.DesiredTeams {
	node := a.value("teams")
	if node == nil {
		return nil
	}
	teams := &usher.DesiredTeams{Line: node.Line}
	for i, item := range a.list("teams") {
		if team, ok := a.desiredTeam(item, i+1); ok {
			teams.List = append(teams.List, team)
		}
	}
	return teams
}

func (a *account) desiredTeam(node *yaml.Node, number int) (team usher.DesiredTeam, ok bool) {
	e, ok := a.teamEntry(node, number)
	if !ok {
		return team, false
	}
	name, ok := a.teamName(e)
	if !ok {
		return team, false
	}
	slug, ok := a.teamSlug(e, name)
	if !ok {
		return team, false
	}
	a.slugs[usher.TeamNameKey(slug)], a.names[usher.TeamNameKey(name)] = len(a.teamEntries), len(a.teamEntries)
	a.teamEntries = append(a.teamEntries, e)
	team = usher.DesiredTeam{
		Name: e.word("name"), Slug: usher.Word{Text: slug, Line: e.value("name").Line}, SlugGiven: e.value("slug") != nil,
		Description: e.textGiven("description"), Members: e.words("members", "member"),
	}
	if !a.isEnterprise() {
		team.Privacy = given[string](e, "privacy", "closed", "secret")
		team.Parent = e.wordGiven("parent", "parent")
		team.Maintainers = e.words("maintainers", "maintainer")
	}
	return team, true
}

func (a *account) desiredGrants(e entry) *usher.DesiredGrants {
	node := e.value("users")
	if node == nil {
		return nil
	}
	grants := &usher.DesiredGrants{Line: node.Line}
	seen := map[string]int{}
	for i, item := range e.list("users") {
		grant, login := usher.DesiredGrant{}, item
		if item.Kind == yaml.MappingNode {
			inner, _ := a.p.entry(item, e.inner("user", nameOf(item, "login"), i+1), userSeatKeys...)
			if login = inner.value("login"); login == nil {
				inner.fail(item, "login is missing")
				continue
			}
			grant.Dated, grant.Cancel = !inner.past("at").IsZero(), inner.flag("cancel", false)
		}
		text, ok := e.textOf(login, "user")
		if !ok {
			continue
		}
		if line, taken := seen[usher.LoginKey(text)]; taken {
			e.fail(login, "user %s already has a seat on line %d; remove one of the two", quoted(text), line)
			continue
		}
		seen[usher.LoginKey(text)] = login.Line
		grant.Login = usher.Word{Text: text, Line: login.Line}
		grants.List = append(grants.List, grant)
	}
	return grants
}

// desiredTeamGrants takes both forms of an item. Since when a team is granted an installation
// that runs cannot follow.
func (a *account) desiredTeamGrants(e entry) *usher.Words {
	node := e.value("teams")
	if node == nil {
		return nil
	}
	words := &usher.Words{Line: node.Line}
	for i, item := range e.list("teams") {
		slug := item
		if item.Kind == yaml.MappingNode {
			inner, _ := a.p.entry(item, e.inner("team", nameOf(item, "slug"), i+1), teamSeatKeys...)
			if slug = inner.value("slug"); slug == nil {
				inner.fail(item, "slug is missing")
				continue
			}
			inner.past("at")
		}
		if text, ok := e.textOf(slug, "team"); ok {
			words.List = append(words.List, usher.Word{Text: text, Line: slug.Line})
		}
	}
	return words
}

func (a *account) desiredActivity() []usher.DesiredActivity {
	var reports []usher.DesiredActivity
	for i, node := range a.list("activity") {
		e, ok := a.p.entry(node, a.inner("activity", "", i+1), activityKeys...)
		if !ok {
			continue
		}
		user := e.wordGiven("user", "user")
		if user == nil {
			e.fail(node, "user is missing")
			continue
		}
		if e.hasTimes() {
			reports = append(reports, usher.DesiredActivity{Login: *user, Activity: usher.Activity{
				At: e.past("at"), Editor: e.text("editor"), AuthenticatedAt: e.past("authenticated_at"),
			}})
		}
	}
	return reports
}

func (p *parser) desiredTokens(nodes []*yaml.Node) []usher.DesiredToken {
	var tokens []usher.DesiredToken
	for i, node := range nodes {
		e, ok := p.entry(node, place{kind: "token", number: i + 1}, tokenKeys...)
		if !ok {
			continue
		}
		token := usher.DesiredToken{Line: node.Line, Hash: p.tokenHash(e), ExpiresAt: e.time("expires_at")}
		if token.Kind = e.tokenKind(); token.Kind == "" {
			continue
		}
		e.checkPowers(token.Kind)
		token.Relative = strings.HasPrefix(e.word("expires_at").Text, "+") || strings.HasPrefix(e.word("expires_at").Text, "-")
		token.User, token.Owner = e.wordGiven("user", "user"), e.wordGiven("owner", "owner")
		token.Scopes, token.Powers = e.scopes(), e.permissions()
		tokens = append(tokens, token)
	}
	return tokens
}
