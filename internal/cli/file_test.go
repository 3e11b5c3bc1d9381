package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// configuration writes a file for --config, which its owner alone may read.
func configuration(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "usher.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfigPrintsWhatServeGoesByAndWhereFrom(t *testing.T) {
	t.Parallel()
	file := configuration(t, `# usher's
listen: 10.0.0.1:8443
database: "postgres://me:s3cret@db/usher?password=s3cret"
trusted-proxy: [10.0.0.7, "fd00::/8"]
rate-limit: 0
seed: ~
public-url: ""
tls-cert: cert.pem
tls-key: key.pem
log-format: json
drain-delay: 10s
`)
	env := map[string]string{"USHER_LISTEN": ":8443", "USHER_AUDIT_RETENTION": "400d", "USHER_CONFIG": file, "USHER_SEED": ""}
	code, stdout, stderr := call(t, env, "config", "--tls-key", "other.pem", "--rehearsal")
	want := strings.ReplaceAll("# What `usher serve` goes by, and where each value is from.\n"+`listen: :8443 # USHER_LISTEN
database: postgres://me:xxxxx@db/usher?password=xxxxx # FILE:3, without its secret
seed: null # default
rehearsal: true # command line
demo: false # default
reset: false # default
public-url: null # default
trusted-proxy: [10.0.0.7, 'fd00::/8'] # FILE:4
tls-cert: cert.pem # FILE:8
tls-key: other.pem # command line
behind-proxy: false # default
insecure: false # default
rate-limit: 0 # FILE:5
audit-retention: 400d # USHER_AUDIT_RETENTION
drain-delay: 10s # FILE:11
log-format: json # FILE:10
`, "FILE", file)
	if code != 0 || stderr != "" {
		t.Errorf("got exit code %d and %s", code, stderr)
	}
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConfigPrintsWhatIsImpliedAndCanBeReadBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ flags, want string }{
		{"", "listen: 127.0.0.1:8080 # default\ndatabase: usher.db # default\nseed: null # default\nrehearsal: false # default\n"},
		{"", "rate-limit: null # default\naudit-retention: null # default\ndrain-delay: 0s # default\nlog-format: text # default\n"},
		{"--rehearsal", "rate-limit: 5000 # default\n"},
		{"--rehearsal --rate-limit 0", "rate-limit: 0 # command line\n"},
		{"--demo", "database: null # default\nseed: null # default\nrehearsal: true # default\ndemo: true # command line\n"},
	} {
		_, stdout, stderr := call(t, nil, append([]string{"config"}, strings.Fields(c.flags)...)...)
		if !strings.Contains(stdout, "\n"+c.want) || stderr != "" {
			t.Errorf("usher config %s: got\n%s%swant in it\n%s", c.flags, stdout, stderr, c.want)
		}
		code, again, stderr := call(t, nil, "config", "--config", configuration(t, stdout))
		if code != 0 || len(strings.Split(again, "\n")) != len(strings.Split(stdout, "\n")) {
			t.Errorf("usher config %s, read back: got exit code %d, %s%s", c.flags, code, again, stderr)
		}
	}
}

func TestConfigRefusesWhatServeWould(t *testing.T) {
	t.Parallel()
	const database = "--database takes an SQLite file, or a database of a PostgreSQL server as postgres://USER@HOST/DATABASE, in lower case; what was given is neither"
	const exposed = " can be reached from other machines, and without TLS tokens would go there in clear: give --tls-cert and --tls-key; or say --behind-proxy where a proxy in front speaks TLS; or --insecure to go without"
	free := map[string]string{"USHER_LISTEN": "127.0.0.1:0"}
	for _, c := range []struct {
		name, text, want string
		env              map[string]string
	}{
		{"plain HTTP beyond this machine", "listen: :0", "--listen :0" + exposed, nil},
		{"PostgreSQL's keywords", "database: host=db user=usher password=secret dbname=usher", database, free},
		{"PostgreSQL's URL in upper case", "database: POSTGRES://usher:secret@db/usher", database, free},
		{"PostgreSQL's URL with a slash too few", "database: postgres:/usher:secret@db/usher", database, free},
		{"a URL after a space", `database: " postgres://usher:secret@db/usher"`, database, free},
		{"another server's URL", "database: mysql://usher:secret@db/usher", database, free},
		{"SQLite's URL", "database: file:usher.db?mode=ro", database, free},
	} {
		for _, command := range []string{"serve", "config"} {
			t.Run(command+" and "+c.name, func(t *testing.T) {
				t.Parallel()
				file := configuration(t, c.text)
				code, stdout, stderr := call(t, c.env, command, "--config", file)
				if want := "usher: " + file + ":1: " + c.want + "\n"; code != 2 || stderr != want || stdout != "" {
					t.Errorf("got exit code %d, %sand\n    %swant 2 and\n    %s", code, stdout, stderr, want)
				}
			})
		}
	}
}

func TestAFileIsWhatTheCommandLineAndTheEnvironmentLeaveOut(t *testing.T) {
	t.Parallel()
	file := configuration(t, "rate-limit: 17\nrehearsal: true\n")
	for _, c := range []struct {
		name  string
		env   map[string]string
		flags string
		want  string // X-RateLimit-Limit
	}{
		{"the file", nil, "--config " + file, "17"},
		{"the file from the environment", map[string]string{"USHER_CONFIG": file}, "", "17"},
		{"the environment before the file", map[string]string{"USHER_RATE_LIMIT": "23"}, "--config " + file, "23"},
		{"the command line before both", map[string]string{"USHER_RATE_LIMIT": "23"}, "--rate-limit 29 --config " + file, "29"},
		{"a switch that is off again", map[string]string{"USHER_CONFIG": file}, "--rehearsal=false", "17"},
		{"a file of the command line before the environment's", map[string]string{"USHER_CONFIG": file}, "--config " + configuration(t, "rate-limit: 31"), "31"},
		{"an empty file", nil, "--rehearsal --config " + configuration(t, "# nothing\n"), "5000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, header := page(t, seeded(t, c.env, strings.Fields(c.flags)...), "")
			if got := header.Get("X-Ratelimit-Limit"); got != c.want {
				t.Errorf("got a limit of %q, want %q", got, c.want)
			}
		})
	}
}

func TestOtherCommandsTakeTheirFlagsFromTheFile(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.db")
	file := configuration(t, "listen: 127.0.0.1:1\ndatabase: "+missing+"\n")
	for _, args := range [][]string{{"check"}, {"backup", "copy.db"}, {"person", "forget", "mona"}} {
		code, _, stderr := call(t, nil, append(args, "--config", file)...)
		if want := "open database " + missing + ": there is no such file"; code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("usher %s: got exit code %d and %s, want %s", args, code, stderr, want)
		}
	}
}

func TestCommandsWithoutFlagsDoNotReadTheFile(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"version", "help", "help serve", "serve --help"} {
		if code, _, stderr := call(t, map[string]string{"USHER_CONFIG": "nowhere.yaml"}, strings.Fields(args)...); code != 0 || stderr != "" {
			t.Errorf("usher %s: got exit code %d and %s", args, code, stderr)
		}
	}
}

func TestAMistakeInTheFileIsToldWithItsLine(t *testing.T) {
	t.Parallel()
	const keys = "; the keys are the flags of `usher help serve` and the other commands, without --"
	const lists = "; `usher help serve` lists the flags"
	for _, c := range []struct{ name, text, want string }{
		{"an unknown key", "\nlisten: 127.0.0.1:0\ncolour: red\n", `3: unknown key "colour"` + keys},
		{"a key spelt like its variable", "LOG_FORMAT: json", `1: unknown key "LOG_FORMAT", did you mean log-format?`},
		{"a key spelt like its flag", "--listen: 127.0.0.1:0", `1: unknown key "--listen", did you mean listen?`},
		{"help", "help: true", `1: unknown key "help"` + keys},
		{"another file", "config: other.yaml", "1: a file cannot name another file"},
		{"a key that is a list", "[listen]: x", "1: a key must be the name of a flag"},
		{"a key twice", "listen: 127.0.0.1:0\nseed: a\nlisten: 127.0.0.1:0\n", "3: listen is already on line 1; remove one of the two"},
		{"a number for a text", "listen: 8080", `1: listen takes a text: put it in quotes, "8080"`},
		{"a list for a text", "seed:\n  - a\n", "2: seed takes a text"},
		{"a text for a switch", "rehearsal: perhaps", "1: rehearsal takes true or false"},
		{"a text for a number", "rate-limit: many", "1: rate-limit takes a whole number"},
		{"a fraction for a number", "rate-limit: 1.5", "1: rate-limit takes a whole number"},
		{"a number that is too large", "rate-limit: 9223372036854775808", "1: --rate-limit: expected a valid 64 bit int but got \"9223372036854775808\"" + lists},
		{"a number for a time", "drain-delay: 10", `1: drain-delay takes a text: put it in quotes, "10"`},
		{"a time that is none", "drain-delay: soon", "1: --drain-delay: expected duration but got \"soon\": time: invalid duration \"soon\"" + lists},
		{"a mapping for a list", "trusted-proxy: {a: b}", "1: trusted-proxy takes a list of texts"},
		{"a number in a list", "trusted-proxy: [10]", "1: trusted-proxy takes a list of texts"},
		{"an alias", "seed: &a x\nlisten: *a\n", "1: seed takes a value as it is, without anchor, alias or tag"},
		{"a tag", "seed: !!str x", "1: seed takes a value as it is, without anchor, alias or tag"},
		{"no mapping", "- listen\n", "1: the file must be a mapping, flag: value"},
		{"two documents", "seed: a\n---\nseed: b\n", "2: a second document begins; a configuration is one mapping"},
		{"no YAML", "seed: a\ntrusted-proxy: [a,\n  b]\nlisten: }\nlog-format: text\n", "4: this is not YAML: did not find expected node content"},
		{"no YAML from the beginning", "\tseed: a", "1: this is not YAML: found character that cannot start any token"},
		{"a value that the flag does not take", "seed: a\nlog-format: xml\n", "2: --log-format must be one of \"text\",\"json\" but got \"xml\"" + lists},
		{"a value that serve does not take", "seed: a\naudit-retention: 1h\n", "2: --audit-retention \"1h\" is not how long events are kept: give it like 400d, 90d12h or 9600h, a day at least and 106750d at most, or 0 for ever"},
		{"flags that exclude each other", "demo: true\nlisten: :0\nseed: a\n", "1: --demo and --seed exclude each other: the demo has a world of its own; for yours: usher serve --rehearsal --seed FILE"},
		{"plain HTTP beyond this machine", "seed: a\nlisten: :0\n", "2: --listen :0 can be reached from other machines, and without TLS tokens would go there in clear: give --tls-cert and --tls-key; or say --behind-proxy where a proxy in front speaks TLS; or --insecure to go without"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := configuration(t, c.text)
			code, stdout, stderr := call(t, nil, "serve", "--config", file)
			if want := "usher: " + file + ":" + c.want + "\n"; code != 2 || stderr != want || stdout != "" {
				t.Errorf("got exit code %d and\n    %swant 2 and\n    %s", code, stderr, want)
			}
		})
	}
}

func TestAFileThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	large := configuration(t, strings.Repeat("#", maxFileBytes)+"\n")
	for file, want := range map[string]string{
		directory + "/no.yaml": "--config " + directory + "/no.yaml: there is no such file",
		directory:              "--config: read " + directory + ": is a directory",
		large:                  "--config: " + large + " is larger than 64 KiB, the most that a configuration may have",
	} {
		if code, _, stderr := call(t, nil, "serve", "--config", file); code != 2 || stderr != "usher: "+want+"\n" {
			t.Errorf("got exit code %d and %swant 2 and %s", code, stderr, want)
		}
	}
}

// A mistake of the environment's or the command line's value is not the file's.
func TestWhatGoesBeforeTheFileIsNotBlamedOnIt(t *testing.T) {
	t.Parallel()
	file := configuration(t, "public-url: https://usher.test\nlog-format: text\n")
	_, _, stderr := call(t, map[string]string{"USHER_PUBLIC_URL": "x"}, "config", "--config", file)
	if !strings.HasPrefix(stderr, "usher: --public-url \"x\"") {
		t.Errorf("got %s", stderr)
	}
}

func TestASentenceNamesAFlagAndNotOneThatBeginsLikeIt(t *testing.T) {
	t.Parallel()
	for sentence, want := range map[string]int{"--seed": 0, "give --seed.": 5, "--seed-file": -1, "--seeds or --seed": 11, "seed": -1, "": -1} {
		if got := mention(sentence, "--seed"); got != want {
			t.Errorf("%q: got %d, want %d", sentence, got, want)
		}
	}
}

func TestASecretThatEverybodyCanReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	const warning = "level=WARN msg=\"everybody on this machine can read a secret in the configuration: take the right to read it from others (chmod o-r)\" at="
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		line       string // empty: no warning
	}{
		{"for its owner", "database: postgres://a:b@c/d", 0o600, ""},
		{"for its group", "database: postgres://a:b@c/d", 0o640, ""},
		{"for everybody", "seed: a\ndatabase: postgres://a:b@c/d", 0o644, ":2"},
		{"without a secret", "seed: a\ndatabase: postgres://a@c/d", 0o644, ""},
	} {
		file := configuration(t, c.text)
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, nil, "config", "--config", file)
		if code != 0 || strings.Contains(stdout+stderr, "a:b@") {
			t.Errorf("%s: got exit code %d and %s%s", c.name, code, stdout, stderr)
		}
		if c.line == "" && stderr != "" || c.line != "" && !strings.HasSuffix(stderr, warning+file+c.line+"\n") {
			t.Errorf("%s: got %q, want a warning of %q", c.name, stderr, c.line)
		}
	}
}
