//go:build unix

package ops

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// page is a runbook.
type page struct {
	name, text string
	// commands are the lines that begin with a prompt, without it.
	commands []string
}

var prompt = regexp.MustCompile(`(?m)^    \$ (.+)$`)

func readPages(t *testing.T) []page {
	t.Helper()
	files, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []page
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := page{name: strings.TrimSuffix(filepath.Base(file), ".md"), text: string(text)}
		for _, m := range prompt.FindAllStringSubmatch(p.text, -1) {
			p.commands = append(p.commands, m[1])
		}
		all = append(all, p)
	}
	return all
}

// pageMetrics are queries for the metrics that runbooks name.
func pageMetrics(t *testing.T) []string {
	t.Helper()
	metric := regexp.MustCompile("`((?:kafka|moldau|jvm|process|go)_[a-z0-9_]+|slo:[a-z0-9_:]+)")
	var out []string
	for _, p := range readPages(t) {
		for _, m := range metric.FindAllStringSubmatch(p.text, -1) {
			out = append(out, `{__name__=~"`+m[1]+`(_count)?"}`)
		}
	}
	return out
}

// TestRunbooks checks the form of the pages: each says what one sees, what shows it, what to do and how to check that it helped, is in the list, and
// has the session in which its commands were run.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("../../docs/runbooks/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := readPages(t)
	if len(pages) < 20 {
		t.Fatalf("there are %d pages only", len(pages))
	}
	for _, p := range pages {
		if p.name == "README" {
			continue
		}
		for _, section := range []string{"## Symptom", "## What shows it", "## What to do", "## Check"} {
			if !strings.Contains(p.text, "\n"+section+"\n") {
				t.Errorf("%s.md has no section %s", p.name, section)
			}
		}
		if !strings.Contains(string(list), "("+p.name+".md)") {
			t.Errorf("the list does not name %s.md", p.name)
		}
		session, err := os.ReadFile("../../docs/runbooks/sessions/" + p.name + ".txt")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, c := range p.commands {
			if !slices.Contains(strings.Split(string(session), "\n"), "$ "+c) {
				t.Errorf("the session of %s.md does not show: %s", p.name, c)
			}
		}
		if m := regexp.MustCompile(`(?m)^.*(/tmp/|/root|/work/|/home/).*$`).FindString(string(session)); m != "" {
			t.Errorf("the session of %s.md shows a path of the machine: %s", p.name, m)
		}
	}
}

// TestPagesNameCommands checks that the program has the commands that pages name, also those that no session runs.
func TestPagesNameCommands(t *testing.T) {
	t.Parallel()
	servers.Need(t)
	named := map[string]string{}
	for _, p := range append(readPages(t), page{name: "operations", text: readText(t, "../../docs/operations.md")}) {
		for _, m := range regexp.MustCompile("(?m)(?:`|\\$ |\\| )moldau ((?:dlq )?[a-z][a-z-]+)").FindAllStringSubmatch(p.text, -1) {
			named[m[1]] = p.name
		}
	}
	if len(named) < 5 {
		t.Fatalf("the pages name %v only", named)
	}
	for command, p := range named {
		// cobra prints the help of the parent for a command that is not there, so the usage line tells.
		out, err := exec.Command(binary, append(strings.Fields(command), "--help")...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "\n  moldau "+command+" ") {
			t.Errorf("%s.md names moldau %s: %v\n%s", p, command, err, out)
		}
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
