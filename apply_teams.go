package usher

import (
	"errors"
	"slices"
)

// teamsPlan is what becomes of an account's teams.
type teamsPlan struct {
	listed  []*listedTeam
	deleted []Team // with those below them
}

// listedTeam is a team that the file lists.
type listedTeam struct {
	want          DesiredTeam
	before, after Team // before has no id where the team is new

	joins, promotions, demotions []TeamMember
	leaves                       []int64
}

func (t *listedTeam) isNew() bool { return t.before.ID == 0 }

func (t *listedTeam) moved() bool { return !t.isNew() && t.before.ParentID != t.after.ParentID }

// planTeams finds the teams that the file lists, and what is to become of them.
func (p *provision) planTeams() error {
	if p.want.Teams == nil {
		return nil
	}
	all, err := p.tx.AllTeams(p.account.Ref)
	if err != nil {
		return err
	}
	found := teamIndex(all)
	matched := map[int64]bool{}
	for _, want := range p.want.Teams.List {
		team, there := found.find(want)
		if there && matched[team.ID] {
			p.fail(want.Name.Line, "team %s: the team %s is listed twice, by its slug and by its name; remove one of the two", p.quote(want.Name.Text), p.quote(team.Slug))
			continue
		}
		matched[team.ID] = there
		listed := &listedTeam{want: want, before: team, after: team}
		if !there {
			listed.after = Team{Account: p.account.Ref, Slug: want.Slug.Text, Privacy: PrivacyClosed, CreatedAt: p.now, UpdatedAt: p.now}
			if p.want.Kind == Enterprise {
				listed.after.Selection = NoOrganizations
			}
		}
		p.describeTeam(listed)
		p.teams.listed = append(p.teams.listed, listed)
	}
	if err := p.numberTeams(); err != nil {
		return err
	}
	p.planDeletions(all, matched)
	p.planParents(all)
	p.refuseNames(all)
	return p.planPlaces()
}

// teamNames finds teams by slug and by name.
type teamNames struct{ slugs, names map[string]Team }

func teamIndex(teams []Team) teamNames {
	index := teamNames{make(map[string]Team, len(teams)), make(map[string]Team, len(teams))}
	for _, team := range teams {
		index.slugs[TeamNameKey(team.Slug)] = team
		index.names[TeamNameKey(team.Name)] = team
	}
	return index
}

// find finds the team that the file means: by its slug or, where the file gives none, by its name.
func (n teamNames) find(want DesiredTeam) (Team, bool) {
	team, ok := n.slugs[TeamNameKey(want.Slug.Text)]
	if !ok && !want.SlugGiven {
		team, ok = n.names[TeamNameKey(want.Name.Text)]
	}
	return team, ok
}

// named finds a team by a text that is a slug or, after all slugs, a name.
func (n teamNames) named(text string) (Team, bool) {
	team, ok := n.slugs[TeamNameKey(BareSlug(text))]
	if !ok {
		team, ok = n.slugs[TeamNameKey(text)]
	}
	if !ok {
		team, ok = n.names[TeamNameKey(text)]
	}
	return team, ok
}

// describeTeam gives a team the name, description and privacy that the file wants. The slug stays.
func (p *provision) describeTeam(t *listedTeam) {
	t.after.Name = t.want.Name.Text
	set(&t.after.Privacy, t.want.Privacy)
	if t.want.Description == nil || *t.want.Description == t.before.Description {
		return
	}
	var refused *Error
	if err := describeTeam(&t.after, *t.want.Description); errors.As(err, &refused) {
		p.refuse(t.want.Name.Line, refused)
	}
}

// numberTeams gives new teams their ids.
func (p *provision) numberTeams() error {
	var added []*listedTeam
	for _, t := range p.teams.listed {
		if t.isNew() {
			added = append(added, t)
		}
	}
	if len(added) == 0 {
		return nil
	}
	first, err := p.tx.ReserveIDs(int64(len(added)))
	for i, t := range added {
		t.after.ID = first + int64(i)
	}
	return err
}

// planDeletions finds the teams that the file does not list.
func (p *provision) planDeletions(all []Team, listed map[int64]bool) {
	for _, team := range all {
		switch {
		case listed[team.ID]:
		case len(p.want.Teams.List) == 0:
			p.emptied("teams", p.want.Teams.Line)
			return
		case !p.keeps():
			p.teams.deleted = append(p.teams.deleted, team)
			p.change(Removed, "team", team.Slug)
		}
	}
}

func (p *provision) isDeleted(teamID int64) bool {
	return slices.ContainsFunc(p.teams.deleted, func(t Team) bool { return t.ID == teamID })
}

// planParents gives the listed teams their parents, and refuses what no team can be under.
func (p *provision) planParents(all []Team) {
	final := map[int64]Team{}
	for _, team := range all {
		if !p.isDeleted(team.ID) {
			final[team.ID] = team
		}
	}
	for _, t := range p.teams.listed {
		final[t.after.ID] = t.after
	}
	teams := make([]Team, 0, len(final))
	for _, team := range final {
		teams = append(teams, team)
	}
	index := teamIndex(teams)
	for _, t := range p.teams.listed {
		if t.want.Parent != nil {
			parent, ok := index.named(t.want.Parent.Text)
			if !ok {
				p.fail(t.want.Parent.Line, "team %s: the parent %s is not a team of the organization; give the slug of one", p.quote(t.want.Name.Text), p.quote(t.want.Parent.Text))
				continue
			}
			t.after.ParentID = parent.ID
			final[t.after.ID] = t.after
		}
		if p.isDeleted(t.after.ParentID) {
			p.fail(t.want.Name.Line, "team %s is under a team that the file does not list, which would be removed with all teams under it; give it another parent, or list that team", p.quote(t.want.Name.Text))
		}
	}
	p.refuseNesting(final)
}

// refuseNesting refuses circles of parents, and secret teams among nested ones.
func (p *provision) refuseNesting(final map[int64]Team) {
	nested := map[int64]bool{}
	for _, team := range final {
		if team.ParentID != 0 {
			nested[team.ID], nested[team.ParentID] = true, true
		}
	}
	for _, t := range p.teams.listed {
		seen := map[int64]bool{}
		for at := t.after.ParentID; at != 0 && !seen[at]; at = final[at].ParentID {
			seen[at] = true
		}
		changed := t.isNew() || t.moved() || t.before.Privacy != t.after.Privacy
		switch parent := final[t.after.ParentID]; {
		case seen[t.after.ID]:
			p.fail(t.want.Name.Line, "team %s: the parents go round in a circle back to this team", p.quote(t.want.Name.Text))
		case changed && nested[t.after.ID] && t.after.Privacy == PrivacySecret:
			p.fail(t.want.Name.Line, "team %s: a team with a parent or with child teams cannot be secret", p.quote(t.want.Name.Text))
		case changed && parent.Privacy == PrivacySecret:
			p.fail(t.want.Name.Line, "team %s: %s is a secret team, which cannot be a parent", p.quote(t.want.Name.Text), p.quote(parent.Name))
		}
	}
}

// refuseNames refuses a name or slug that two teams would have.
func (p *provision) refuseNames(all []Team) {
	byKey := map[string]int64{}
	mine := map[int64]bool{}
	for _, t := range p.teams.listed {
		mine[t.before.ID] = true
	}
	for _, team := range all {
		if !mine[team.ID] {
			byKey[TeamNameKey(team.Name)], byKey[TeamNameKey(team.Slug)] = team.ID, team.ID
		}
	}
	for _, t := range p.teams.listed {
		for _, key := range []string{TeamNameKey(t.after.Name), TeamNameKey(t.after.Slug)} {
			if t.isNew() || t.before.Name != t.after.Name {
				if id, taken := byKey[key]; taken && id != t.after.ID {
					p.fail(t.want.Name.Line, "team %s: another team has this name, or its slug", p.quote(t.want.Name.Text))
					break
				}
			}
		}
	}
}

// planTeam takes what becomes of a team itself into the plan.
func (p *provision) planTeam(t *listedTeam) {
	if t.isNew() {
		p.change(Added, "team", t.after.Slug)
		return
	}
	for _, field := range []FieldChange{
		{"name", t.before.Name, t.after.Name},
		{"description", t.before.Description, t.after.Description},
		{"privacy", t.before.Privacy, t.after.Privacy},
	} {
		if field.Old != field.New {
			p.changed(Changed, "team", t.after.Slug, field)
		}
	}
	if t.moved() {
		p.changed(Changed, "team", t.after.Slug, FieldChange{"parent", "", t.want.Parent.Text})
	}
}

// changeTeams makes and changes teams, and has people join them.
func (p *provision) changeTeams() error {
	var added, changed, joined []*listedTeam
	for _, t := range p.teams.listed {
		switch {
		case t.isNew():
			added = append(added, t)
		case t.before != t.after:
			changed = append(changed, t)
		}
		if len(t.joins)+len(t.promotions) > 0 {
			joined = append(joined, t)
		}
	}
	if len(added)+len(changed)+len(joined) == 0 {
		return nil
	}
	return p.book(func(l *ledger) error {
		if err := l.addTeams(added); err != nil {
			return err
		}
		if err := l.changeTeams(changed); err != nil {
			return err
		}
		return l.joinTeams(joined)
	})
}

func (l *ledger) addTeams(added []*listedTeam) error {
	teams := make([]Team, len(added))
	for i, t := range added {
		t.after.Version = newVersion()
		teams[i] = t.after
		l.recordChange(TeamCreated, 0, t.after.ID, FieldChange{"slug", "", t.after.Slug})
	}
	return l.tx.InsertTeams(teams)
}

// changeTeams changes teams all at once: parents that change places with their child teams would
// be in a circle between.
func (l *ledger) changeTeams(changed []*listedTeam) error {
	var people []int64
	for _, t := range changed {
		if !t.moved() {
			continue
		}
		reached, err := l.tx.TeamPeople(l.account.Ref, t.before.ID)
		if err != nil {
			return err
		}
		people = append(people, reached...)
	}
	save := func() error {
		for _, t := range changed {
			t.after.UpdatedAt, t.after.Version = l.now, newVersion()
			if err := l.recordTeam(t.after, t.before); err != nil {
				return err
			}
			if err := l.tx.SaveTeam(t.after); err != nil {
				return err
			}
		}
		return nil
	}
	if len(people) == 0 {
		return save()
	}
	return l.regroup(distinct(people), 0, save)
}

// deleteTeams deletes the teams that the file does not list, each with all below it.
func (p *provision) deleteTeams() error {
	for _, team := range p.teams.deleted {
		if p.isDeleted(team.ParentID) {
			continue // it goes with that
		}
		err := p.book(func(l *ledger) error {
			if p.want.Kind == Enterprise {
				return l.deleteEnterpriseTeam(team)
			}
			tree, err := l.treeOf(team.ID)
			if err != nil {
				return err
			}
			return l.deleteTeams(tree)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
