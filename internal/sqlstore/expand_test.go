package sqlstore_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// beforeRelease is the last migration of which no server was ever released: up to it, servers of
// before were stopped first.
const beforeRelease = 11

// Servers of the release before go on while a migration has been made (docs/adr/0014), so each
// may only add.
func TestMigrationsOnlyExpand(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	if len(files) < 10 {
		t.Fatalf("got %d migrations, want all", len(files))
	}
	for _, file := range files {
		number, _, _ := strings.Cut(filepath.Base(file), "_")
		version, err := strconv.Atoi(number)
		must(t, err)
		text, err := os.ReadFile(file)
		must(t, err)
		if version <= beforeRelease {
			continue
		}
		for _, statement := range shrinking(string(text)) {
			t.Errorf("%s does more than to expand, while servers of the release before run: %s", file, statement)
		}
	}
}

func TestWhatShrinksASchemaIsSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`CREATE TABLE later (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE)`:            nil,
		`CREATE TABLE later (id BIGINT); CREATE UNIQUE INDEX later_id ON later (id)`:       nil,
		`CREATE INDEX seats_later ON seats (account, later) WHERE later IS NOT NULL`:       nil,
		`ALTER TABLE seats ADD COLUMN later BIGINT; -- of what; comes later`:               nil,
		`ALTER TABLE seats ADD COLUMN later TEXT NOT NULL DEFAULT ''`:                      nil,
		`UPDATE seats SET later = 1; INSERT INTO later (id) SELECT number FROM seats`:      nil,
		"-- contract: unused since v1.2\nALTER TABLE seats DROP COLUMN later":              nil,
		`ALTER TABLE seats ADD COLUMN later TEXT NOT NULL`:                                 {"ALTER TABLE seats ADD COLUMN later TEXT NOT NULL"},
		`ALTER TABLE seats ADD COLUMN later BIGINT REFERENCES users (id)`:                  {"ALTER TABLE seats ADD COLUMN later BIGINT REFERENCES users (id)"},
		"CREATE TABLE a (id BIGINT);\nALTER TABLE seats\n  DROP COLUMN team_id;":           {"ALTER TABLE seats DROP COLUMN team_id"},
		`ALTER TABLE seats RENAME COLUMN team_id TO team`:                                  {"ALTER TABLE seats RENAME COLUMN team_id TO team"},
		`CREATE UNIQUE INDEX seats_user_one ON seats (user_id)`:                            {"CREATE UNIQUE INDEX seats_user_one ON seats (user_id)"},
		`DROP INDEX seats_user; DROP TABLE blocks; DELETE FROM seats`:                      {"DROP INDEX seats_user", "DROP TABLE blocks", "DELETE FROM seats"},
		`CREATE TRIGGER later BEFORE INSERT ON seats BEGIN SELECT RAISE(ABORT, 'no'); END`: {"CREATE TRIGGER later BEFORE INSERT ON seats BEGIN SELECT RAISE(ABORT, 'no')", "END"},
		"-- contract: unused since v1.2\nDROP TABLE a;\nDROP TABLE b":                      {"DROP TABLE b"},
	} {
		if diff := gocmp.Diff(want, shrinking("-- +goose Up\n"+text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

var (
	comment     = regexp.MustCompile(`(?m)--.*$`)
	contraction = regexp.MustCompile(`(?m)^-- contract: unused since v\d.*\n[^;]*`)
	newTable    = regexp.MustCompile(`(?i)^CREATE TABLE (\w+) `)
	expanding   = regexp.MustCompile(`(?i)^(CREATE TABLE |CREATE INDEX |UPDATE |INSERT INTO |ALTER TABLE \w+ ADD COLUMN )`)
	demanding   = regexp.MustCompile(`(?i)^ALTER TABLE .*( UNIQUE| REFERENCES | CHECK )`)
	unique      = regexp.MustCompile(`(?i)^CREATE UNIQUE INDEX \w+ ON (\w+) `)
)

// shrinking are the statements of a migration that do more than to expand a schema.
func shrinking(text string) (found []string) {
	text = comment.ReplaceAllString(contraction.ReplaceAllString(text, ""), "")
	own := map[string]bool{}
	for statement := range strings.SplitSeq(text, ";") {
		statement = strings.Join(strings.Fields(statement), " ")
		if match := newTable.FindStringSubmatch(statement); match != nil {
			own[match[1]] = true
		}
		match := unique.FindStringSubmatch(statement)
		without := strings.Contains(statement, " NOT NULL") && !strings.Contains(statement, " DEFAULT ") && strings.HasPrefix(statement, "ALTER")
		switch {
		case statement == "", match != nil && own[match[1]]:
		case !expanding.MatchString(statement), demanding.MatchString(statement), without:
			found = append(found, statement)
		}
	}
	return found
}
