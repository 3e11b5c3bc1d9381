package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/server"
)

type personCommand struct {
	Forget forgetCommand `cmd:"" help:"Give a person a pseudonym everywhere, for good, and revoke their tokens; also while servers run."`
}

type forgetCommand struct {
	Login    string `arg:"" help:"The person's login. What they have stays, under the login forgotten-ID."`
	Database string `placeholder:"FILE|URL" help:"The database, an SQLite file or a postgres:// URL; it must exist. Left out: usher.db in the working directory."`
}

// Run forgets the person and says what they still hold. It does not repeat who they were.
func (c *forgetCommand) Run(p Process) error {
	ctx, _, stop := watch(p.Signals)
	defer stop()
	name, gone, err := server.Forget(ctx, server.Config{Database: c.Database}, c.Login)
	if err != nil {
		return err
	}
	if gone.Before {
		fmt.Fprintf(p.Stdout, "ok: %s was forgotten before in %s; nothing was changed\n", gone.User.Login, name)
	} else {
		fmt.Fprintf(p.Stdout, "ok: the person is %s in %s from now on: login, name, e-mail address and time zone are gone, tokens revoked: %d\n",
			gone.User.Login, name, gone.Tokens)
	}
	tellHoldings(p.Stdout, gone)
	return nil
}

func tellHoldings(out io.Writer, gone usher.Forgotten) {
	held := false
	for _, h := range gone.Holdings {
		if things := thingsOf(h); len(things) > 0 {
			held = true
			fmt.Fprintf(out, "still theirs in the %s %s: %s\n", h.Account.Ref.Kind, h.Account.Login, strings.Join(things, ", "))
		}
	}
	if !held {
		fmt.Fprintln(out, "they hold nothing any more")
	}
	for _, h := range gone.Holdings {
		if h.OnlyOwner {
			fmt.Fprintf(out, "nobody else owns the %s %s, and %s has no token any more\n", h.Account.Ref.Kind, h.Account.Login, gone.User.Login)
		}
	}
}

// thingsOf are what somebody has in an account, in words.
func thingsOf(h usher.Held) (things []string) {
	if m := h.Membership; m != nil {
		place := strings.ReplaceAll(string(m.Role), "_", " ")
		if m.State == usher.Pending {
			place = "invited as " + place
		}
		things = append(things, place)
	}
	for _, team := range h.Teams {
		things = append(things, "team "+team.Slug)
	}
	for _, seat := range h.Seats {
		thing := "a seat"
		if seat.Pending() {
			thing += " until " + seat.EndsAt.Format("2006-01-02")
		}
		things = append(things, thing)
	}
	return things
}
