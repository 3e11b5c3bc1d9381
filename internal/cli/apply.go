package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/server"
)

type applyCommand struct {
	File        string `short:"f" required:"" placeholder:"FILE" help:"What there is to be, in the form of a seed; - reads standard input."`
	DryRun      bool   `help:"Only say what would change."`
	Prune       bool   `help:"Remove what is there and not in a list of the file. Users, organizations, enterprises and apps are never removed."`
	MaxRemovals *int64 `placeholder:"N" help:"How many seats may turn pending or end; with more, nothing is changed. Left out: 10, or 5 in 100 of those there are, whichever is more."`
	target
}

// maxAppliedBytes is how large a file may be: a seed's limit. A server takes less.
const maxAppliedBytes = 256 << 20

// Run says what the file would change, and then changes it.
func (c *applyCommand) Run(p Process) error {
	if c.MaxRemovals != nil && *c.MaxRemovals < 0 {
		return usageError{"--max-removals takes a number of seats, 0 or more"}
	}
	asked, err := c.remote(p)
	if err != nil {
		return err
	}
	data, err := c.read()
	if err != nil {
		return err
	}
	ctx, _, stop := watch(p.Signals)
	defer stop()
	if asked != nil {
		return c.throughServer(ctx, p.Stdout, asked, data)
	}
	return c.onDatabase(ctx, p.Stdout, data)
}

func (c *applyCommand) read() ([]byte, error) {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s", c.File)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
		defer func() { _ = file.Close() }() // nothing was written to it
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxAppliedBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	if len(data) > maxAppliedBytes {
		return nil, fmt.Errorf("%s is larger than 256 MiB", c.File)
	}
	return data, nil
}

func (c *applyCommand) onDatabase(ctx context.Context, out io.Writer, data []byte) error {
	goesOn := false
	told := func(plan usher.ApplyPlan) bool {
		shown := planOf(plan)
		shown.print(out, c.Prune)
		goesOn = !c.DryRun && !shown.empty()
		return goesOn
	}
	file := server.File{Name: c.File, Data: data}
	name, applied, err := server.Apply(ctx, server.Config{Database: c.Database}, file, c.options(), told)
	if err != nil {
		return explained(err)
	}
	c.conclude(out, goesOn, len(applied.Plan.Changes), applied.Plan.Activity, name)
	return nil
}

func (c *applyCommand) options() usher.ApplyOptions {
	return usher.ApplyOptions{Prune: c.Prune, MaxRemovals: c.MaxRemovals}
}

// explained is an error with what is wrong in each line of the file.
func explained(err error) error {
	var refused *usher.Error
	if !errors.As(err, &refused) || len(refused.Items) == 0 {
		return err
	}
	lines := []string{refused.Message}
	for _, item := range refused.Items {
		lines = append(lines, item.Message)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// throughServer asks for the plan first. The server plans again when it applies the file: more may
// have happened since.
func (c *applyCommand) throughServer(ctx context.Context, out io.Writer, asked *remote, data []byte) error {
	plan, err := c.ask(ctx, asked, data, true)
	if err != nil {
		return err
	}
	plan.print(out, c.Prune)
	if c.DryRun || plan.empty() {
		c.conclude(out, false, 0, 0, asked.base)
		return nil
	}
	applied, err := c.ask(ctx, asked, data, false)
	if err != nil {
		return err
	}
	c.conclude(out, true, applied.Total, applied.Activity, asked.base)
	return nil
}

func (c *applyCommand) ask(ctx context.Context, asked *remote, data []byte, dry bool) (plan planShown, err error) {
	query := url.Values{"dry_run": {strconv.FormatBool(dry)}, "prune": {strconv.FormatBool(c.Prune)}}
	if c.MaxRemovals != nil {
		query.Set("max_removals", strconv.FormatInt(*c.MaxRemovals, 10))
	}
	_, answer, err := asked.send(ctx, http.MethodPost, "/_usher/apply?"+query.Encode(), "application/yaml", data)
	if err != nil {
		return plan, errors.New(strings.ReplaceAll(err.Error(), "\nfile:", "\n"+c.File+":"))
	}
	if err := json.Unmarshal(answer, &plan); err != nil {
		return plan, asked.stranger("an answer that is none of usher's")
	}
	return plan, nil
}

func (c *applyCommand) conclude(out io.Writer, applied bool, changes, activity int, where string) {
	switch {
	case applied:
		fmt.Fprintf(out, "ok: applied to %s: changes %d, reports of activity %d\n", where, changes, activity)
	case c.DryRun:
		fmt.Fprintln(out, "dry run: nothing was written")
	}
}

// planShown is a plan, as a server answers it.
type planShown struct {
	Changes   []changeShown
	Total     int
	Activity  int
	Seats     usher.SeatEffects
	Cost      costShown
	Accounts  []accountShown
	Notes     []string
	Kept      int
	LeftAlone usher.Others `json:"left_alone"`
}

type changeShown struct {
	Change                                                usher.ChangeKind
	Organization, Enterprise, What, Name, Field, From, To string
}

type costShown struct{ Before, After json.Number }

type accountShown struct {
	Organization, Enterprise string
	Cost                     costShown
}

// maxPrinted is how many changes are printed: as many as a server lists.
const maxPrinted = 10_000

func planOf(plan usher.ApplyPlan) planShown {
	shown := planShown{
		Total: len(plan.Changes), Activity: plan.Activity, Seats: plan.Seats(), Cost: costOf(plan.Cost()),
		Notes: plan.Notes, Kept: plan.Kept, LeftAlone: plan.Others,
	}
	for _, c := range plan.Changes[:min(len(plan.Changes), maxPrinted)] {
		one := changeShown{Change: c.Kind, What: c.What, Name: c.Name, Field: c.Change.Field, From: c.Change.Old, To: c.Change.New}
		if c.Account != nil {
			one.Organization, one.Enterprise = loginsOf(*c.Account)
		}
		shown.Changes = append(shown.Changes, one)
	}
	for _, a := range plan.Accounts {
		one := accountShown{Cost: costOf(a.Cost)}
		one.Organization, one.Enterprise = loginsOf(a.Account)
		shown.Accounts = append(shown.Accounts, one)
	}
	return shown
}

func loginsOf(name usher.AccountName) (organization, enterprise string) {
	if name.Kind == usher.Enterprise {
		return "", name.Login
	}
	return name.Login, ""
}

func costOf(cost usher.CostChange) costShown {
	return costShown{json.Number(cost.Before.String()), json.Number(cost.After.String())}
}

func (p planShown) empty() bool { return p.Total == 0 && p.Activity == 0 }

// print prints a plan: a line for each change, then what they come to.
func (p planShown) print(out io.Writer, prune bool) {
	for _, change := range p.Changes {
		fmt.Fprintln(out, change.line())
	}
	if more := p.Total - len(p.Changes); more > 0 {
		fmt.Fprintf(out, "and %d more changes\n", more)
	}
	for _, note := range p.Notes {
		fmt.Fprintf(out, "note: %s\n", note)
	}
	if p.Kept > 0 && !prune {
		fmt.Fprintf(out, "kept: %d would be removed with --prune\n", p.Kept)
	}
	if other := p.LeftAlone; other != (usher.Others{}) {
		fmt.Fprintf(out, "left alone, since the file does not name them: users %d, organizations %d, enterprises %d, apps %d\n", other.Users, other.Organizations, other.Enterprises, other.Apps)
	}
	if p.empty() {
		fmt.Fprintln(out, "no changes")
		return
	}
	if p.Activity > 0 {
		fmt.Fprintf(out, "reports of activity: %d\n", p.Activity)
	}
	fmt.Fprintf(out, "seats: %d start, %d turn pending, %d end\n", p.Seats.Start, p.Seats.Pending, p.Seats.End)
	for _, a := range p.Accounts {
		if a.Cost.Before != a.Cost.After {
			fmt.Fprintf(out, "cost a month of %s: %s USD before, %s USD after\n", ofAccount(a.Organization, a.Enterprise), a.Cost.Before, a.Cost.After)
		}
	}
	fmt.Fprintf(out, "cost a month: %s USD before, %s USD after\n", p.Cost.Before, p.Cost.After)
}

func ofAccount(organization, enterprise string) string {
	if enterprise != "" {
		return "enterprise " + enterprise
	}
	return "organization " + organization
}

// line is + for what comes, - for what goes and ~ for what becomes another.
func (c changeShown) line() string {
	signs := map[usher.ChangeKind]string{usher.Added: "+", usher.Removed: "-", usher.Changed: "~"}
	line := signs[c.Change] + " "
	isAccount := c.What == "organization" || c.What == "enterprise"
	if c.Organization+c.Enterprise != "" && !isAccount {
		line += ofAccount(c.Organization, c.Enterprise) + ": "
	}
	line += c.What + " " + c.Name
	if c.Field == "" {
		return line
	}
	if c.Field != c.Name {
		line += " " + c.Field
	}
	return line + fmt.Sprintf(": %s to %s", orNothing(c.From), orNothing(c.To))
}

// orNothing keeps a text to a line.
func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	if strings.ContainsAny(text, "\n\r\t") {
		return strconv.Quote(text)
	}
	return text
}
