package kafka

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The page about clients says of each key what it does here.
func TestPageNamesEveryKey(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[Effect]string{Honoured: "honoured", Inert: "no effect", Refused: "refused"}
	for _, d := range Describe() {
		effect := words[d.Effect]
		if d.Note != "" {
			effect += ": " + d.Note
		}
		clients := ""
		for _, c := range d.Clients {
			clients += strings.ToUpper(c.String()[:1])
		}
		found := false
		for _, line := range strings.Split(string(page), "\n") {
			found = found || strings.HasPrefix(line, "| `"+d.Name+"` | "+clients+" | ") && strings.HasSuffix(line, " | "+effect+" |")
		}
		if !found {
			t.Errorf("docs/clients.md does not say of %s (%s): %s", d.Name, clients, effect)
		}
	}
}

// The matrix of what was run names tests, which must be there.
func TestSecurityPageNamesTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			if d != nil && d.IsDir() && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(page, -1)
	if len(named) < 30 {
		t.Fatalf("%d tests are named only", len(named))
	}
	for _, m := range named {
		if !there[string(m[1])] {
			t.Errorf("docs/security.md names %s, which is not there", m[1])
		}
	}
	// Each way of logging in has a row with a server, or says that there is none.
	for _, way := range []string{"SSL", "PLAIN", "SCRAM-SHA-256", "OAUTHBEARER", "GSSAPI", "AWS_MSK_IAM"} {
		if !regexp.MustCompile(`(?m)^\| [^|]*` + way + `[^|]* \| [^|]+ \| [^|]*Test\w+[^|]* \| [^|]+ \|$`).Match(page) {
			t.Errorf("docs/security.md has no row for %s", way)
		}
	}
}

// A property that names itself is put in once, as Java does, and not without end.
func TestJAASExpandsOnce(t *testing.T) {
	t.Parallel()
	values := map[string]string{"a": "${b}", "b": "${a}", "self": "x${self}"}
	file, err := ParseJAASFile(`K { m required p="${a}" q="${self}" r="${"; };`, func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	if o := file.Entries["K"][0].Options; o["p"] != "${b}" || o["q"] != "x${self}" || o["r"] != "${" {
		t.Errorf("%v", o)
	}
	if _, err := ParseJAASFile(`K { m required p="${nobody}"; };`, nil); err == nil || !strings.Contains(err.Error(), "unable to expand property nobody") {
		t.Error(err)
	}
}
