package seed

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/usher-seats/usher"
)

// maxProblems is how many mistakes one error tells of.
const maxProblems = 10

// maxQuoted is how many characters of a value a message shows.
const maxQuoted = 100

// problem is one mistake. It is put into words when the whole file has been read, since
// only then it is known which values are tokens.
type problem struct {
	line   int // 0: the file as a whole
	at     place
	format string
	args   []any
}

// place is where in the world an entry stands, as messages say it.
type place struct {
	outer  *place
	kind   string // organization, team, …; empty for the document
	name   string // empty when the entry has none
	number int    // the entry's number in its list, for entries without a name; 0 for none
}

// quoted is text of the file inside a message.
type quoted string

func (p *parser) fail(line int, at place, format string, args ...any) {
	p.problems = append(p.problems, problem{line, at, format, args})
}

// err is everything that was found wrong, in the order of the file; nil for nothing.
func (p *parser) err() error {
	if len(p.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(p.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	shown := p.problems[:min(len(p.problems), maxProblems)]
	var lines []string
	for _, pr := range shown {
		lines = append(lines, p.describe(pr))
	}
	if more := len(p.problems) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("%s: and %d more", p.file, more))
	}
	return errors.New(strings.Join(lines, "\n"))
}

func (p *parser) describe(pr problem) string {
	where := p.file + ": "
	if pr.line > 0 {
		where = fmt.Sprintf("%s:%d: ", p.file, pr.line)
	}
	return where + p.said(pr)
}

// said is a mistake without its line.
func (p *parser) said(pr problem) string {
	args := make([]any, len(pr.args))
	for i, arg := range pr.args {
		if text, ok := arg.(quoted); ok {
			arg = p.quote(string(text))
		}
		args[i] = arg
	}
	return p.prefix(&pr.at) + fmt.Sprintf(pr.format, args...)
}

// prefix is a place as messages begin with it: organization "octodemo": team "heroes": .
func (p *parser) prefix(at *place) string {
	if at == nil || at.kind == "" {
		return ""
	}
	text := at.kind
	if at.name != "" {
		text += " " + p.quote(at.name)
	} else if at.number > 0 {
		text += " " + strconv.Itoa(at.number)
	}
	return p.prefix(at.outer) + text + ": "
}

// quote shows a value of the file, but never one that is a token, or looks like one of
// GitHub's or like a key.
func (p *parser) quote(text string) string {
	if _, isToken := p.tokens[usher.HashToken(text)]; isToken || tokenShape.MatchString(text) {
		return `"…" (not shown: it may be a token)`
	}
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}

// tokenShape finds GitHub's own tokens, and where a key in PEM begins.
//
// Source: https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
var tokenShape = regexp.MustCompile(`(?i)gh[a-z]_|github_pat_|-----`)
