package cli

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEachCurlLineOfTheDemoWorksWhenPasted(t *testing.T) {
	t.Parallel()
	p := start(t, "serve", "--demo", "--listen", "127.0.0.1:0")
	p.url(t)
	p.stdout.await(t, "github.NewClient")
	var answers []string
	for line := range strings.Lines(p.stdout.String()) {
		if strings.HasPrefix(line, "curl ") {
			answers = append(answers, paste(t, strings.TrimSpace(line)))
		}
	}
	for i, want := range []string{
		`^200 {"seat_breakdown":{"total":5,`,
		`^200 {"total_seats":5,"seats":\[`,
		`^201 {"seats_created":1}$`,
		`^200 {"seats_cancelled":1}$`,
		`^200 {"now":".*"org":"octodemo","user":"mojombo"}`,
		`^204 $`,
	} {
		if i >= len(answers) || !regexp.MustCompile(want).MatchString(answers[i]) {
			t.Errorf("curl line %d of %d: got %.200s, want %s", i+1, len(answers), answers[min(i, len(answers)-1)], want)
		}
	}
}

// paste does what the shell and curl do with a line: words are parted by spaces outside
// single quotes; of curl's options it knows -X, -H and -d.
func paste(t *testing.T, line string) (answer string) {
	t.Helper()
	quoted := false
	words := strings.FieldsFunc(line, func(r rune) bool {
		if r == '\'' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	method, url, body, header := http.MethodGet, "", "", http.Header{}
	for i := 1; i < len(words); i++ {
		switch word := strings.Trim(words[i], "'"); word {
		case "-X", "-H", "-d":
			i++
			value := strings.Trim(words[i], "'")
			switch word {
			case "-X":
				method = value
			case "-d":
				body = value
			case "-H":
				name, value, _ := strings.Cut(value, ": ")
				header.Set(name, value)
			}
		default:
			url = word
		}
	}
	return fetch(t, method, url, body, header)
}

func fetch(t *testing.T, method, url, body string, header http.Header) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, text)
}

func TestTheDemosLinesForOtherClientsNameTheRealPort(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	printDemo(&out, "http://127.0.0.1:4321")
	for _, want := range []string{
		"GH_ENTERPRISE_TOKEN=ghp_monalisa_billing gh api http://127.0.0.1:4321/api/v3/orgs/octodemo/copilot/billing\n",
		`new Octokit({ auth: "ghp_monalisa_billing", baseUrl: "http://127.0.0.1:4321/api/v3" })`,
		`github.WithEnterpriseURLs("http://127.0.0.1:4321/api/v3/", "http://127.0.0.1:4321/api/v3/")`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line with %s in\n%s", want, &out)
		}
	}
}

func TestADemoFindsAFreePortAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	// Where 8080 is taken by somebody else, it is taken all the same.
	if usual, err := net.Listen("tcp", "127.0.0.1:8080"); err == nil {
		defer func() { _ = usual.Close() }()
	}
	p := startWith(t, map[string]string{"USHER_DEMO": "true"}, "serve")
	if url := p.url(t); strings.HasSuffix(url, ":8080") {
		t.Errorf("the demo serves at %s, which was taken", url)
	}
	match := regexp.MustCompile(`database=(\S+)`).FindStringSubmatch(p.stderr.String())
	if match == nil {
		t.Fatalf("the ready line names no database:\n%s", p.stderr)
	}
	database := match[1]
	if _, err := os.Stat(database); err != nil {
		t.Errorf("while the demo runs: %v", err)
	}
	if code := p.end(t, os.Interrupt); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	if _, err := os.Stat(filepath.Dir(database)); !os.IsNotExist(err) {
		t.Errorf("after the demo, %s: got %v, want that it is gone", filepath.Dir(database), err)
	}
}
