package kafka

import (
	"os"
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
