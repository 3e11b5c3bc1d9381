package ghapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/usher-seats/usher"
)

// maxPhrase is how many bytes a phrase may have.
const maxPhrase = 1000

// readPhrase reads the search phrase of an audit log: qualifiers, each once, between spaces. A
// value with spaces stands in quotes.
func readPhrase(phrase string, query *usher.AuditQuery) error {
	switch {
	case len(phrase) > maxPhrase:
		return phraseError("The phrase is longer than %d bytes.", maxPhrase)
	case !utf8.ValidString(phrase):
		return phraseError("The phrase is not UTF-8.")
	}
	terms, ok := phraseTerms(phrase)
	if !ok {
		return phraseError("The phrase has a quote that does not end.")
	}
	seen := map[string]bool{}
	for _, term := range terms {
		name, value, qualifies := strings.Cut(term, ":")
		name = strings.ToLower(name)
		switch {
		case strings.HasPrefix(name, "-") || !qualifies && name == "not":
			return phraseError("The phrase has %q: nothing can be left out.", term)
		case !qualifies || name == "":
			return phraseError("The phrase has the text %q, which is no qualifier.", term)
		case seen[name]:
			return phraseError("The phrase has the qualifier %q twice.", name)
		}
		seen[name] = true
		if err := readQualifier(name, value, query); err != nil {
			return err
		}
	}
	return nil
}

// phraseTerms are the parts of a phrase, without their quotes.
func phraseTerms(phrase string) (terms []string, ok bool) {
	quoted := false
	terms = strings.FieldsFunc(phrase, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && unicode.IsSpace(r)
	})
	for i, term := range terms {
		terms[i] = strings.ReplaceAll(term, `"`, "")
	}
	return terms, !quoted
}

func readQualifier(name, value string, query *usher.AuditQuery) error {
	if value == "" {
		return phraseError("The phrase has the qualifier %q without a value.", name)
	}
	switch name {
	case "action":
		query.Action = value
	case "actor":
		query.Actor = value
	case "user":
		query.User = value
	case "created":
		span, ok := readSpan(value)
		if !ok {
			return phraseError("The phrase has %q. A time is a day such as 2026-03-01 or an instant such as 2026-03-01T12:00:00Z, after >, >=, < or <=, or two of them with .. between, of which one may be *.", "created:"+value)
		}
		query.Created = &span
	default:
		return phraseError("The phrase has the qualifier %q, which this server does not know.", name)
	}
	return nil
}

// phraseError is a phrase that cannot be answered: what is wrong with it, and what could be in it.
func phraseError(format string, args ...any) error {
	return &bodyError{
		http.StatusUnprocessableEntity,
		fmt.Sprintf(format, args...) + " A phrase has any of these qualifiers, each once: action, actor, created, user.",
	}
}

// readSpan reads the value of created.
func readSpan(value string) (span usher.Span, ok bool) {
	if first, last, ranges := strings.Cut(value, ".."); ranges {
		return readRange(first, last)
	}
	for _, operator := range []string{">=", "<=", ">", "<", ""} {
		text, has := strings.CutPrefix(value, operator)
		if !has {
			continue
		}
		span, ok = readTime(text)
		switch operator {
		case ">=":
			span.Until = time.Time{}
		case "<=":
			span.From = time.Time{}
		case ">":
			span = usher.Span{From: span.Until}
		case "<": // the first instant of the year 1 would be an open end
			span, ok = usher.Span{Until: span.From}, ok && !span.From.IsZero()
		}
		break
	}
	return span, ok
}

// readRange reads two times, of which one may be open.
func readRange(first, last string) (usher.Span, bool) {
	if first == "*" {
		until, ok := readTime(last)
		return usher.Span{Until: until.Until}, ok
	}
	from, ok := readTime(first)
	if !ok || last == "*" {
		return usher.Span{From: from.From}, ok
	}
	until, ok := readTime(last)
	return usher.Span{From: from.From, Until: until.Until}, ok
}

// readTime reads a UTC day, or an instant with its zone. It stands for the whole day, or for
// the second or the part of it that it names: events happen at a microsecond, and are shown by
// the millisecond.
func readTime(text string) (span usher.Span, ok bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return usher.Span{From: day, Until: day.AddDate(0, 0, 1)}, day.Year() > 0
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || strings.Contains(text, ",") { // which Go takes for a point
		return usher.Span{}, false
	}
	unit := time.Second
	if _, fraction, has := strings.Cut(text, "."); has {
		digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
		for range min(digits, 6) {
			unit /= 10
		}
	}
	at = at.UTC().Truncate(time.Microsecond)
	return usher.Span{From: at, Until: at.Add(unit)}, at.Year() > 0
}
