// Package archtest holds the rules of docs/internals.md that a program can check: which package may import which, and how large and how
// wild a file may be.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/moldau/moldau/"

// leaves are the packages that the SDK and everything above it may use.
var leaves = []string{"internal/slots", "internal/jsonscan", "internal/javafmt"}

// layers says for each package, by the longest matching prefix, what of this module it may import. A name allows that package and what
// is below it; "self" allows the package's own tree.
var layers = map[string][]string{
	"github.com/moldau/moldau": {"connect", "internal/app"},
	"cmd":                      {"internal/app", "plugins"},
	"examples":                 {"connect", "plugins", "examples"},
	"plugins":                  {"plugins", "connect", "connectors", "converters", "transforms", "providers"},

	"connect":        append([]string{"connect"}, leaves...),
	"connect/data":   append([]string{"connect/data"}, leaves...),
	"connect/config": append([]string{"connect/config"}, leaves...),
	"connectors":     {"connect", "connectors/internal", "self"},
	"converters":     append([]string{"connect", "converters/internal", "internal/keystore", "self"}, leaves...),
	"transforms":     append([]string{"connect", "transforms"}, leaves...),
	// ToJSON and BytesToString are converters in another place.
	"transforms/jcustenborder": append([]string{"connect", "converters/json", "converters/string", "transforms/internal"}, leaves...),
	// Answers of services are read as JsonConverter reads JSON without schema.
	"transforms/httplookup": append([]string{"connect", "converters/json", "transforms/internal", "self"}, leaves...),
	"providers":             append([]string{"connect", "providers", "internal/keystore"}, leaves...),
	"internal/slots":        {},
	"internal/javafmt":      {},
	"internal/jsonscan":     {"internal/javafmt"},
	"internal/keystore":     {},
	"internal/budget":       {},

	"internal/plugin":       append([]string{"connect"}, leaves...),
	"internal/workerconfig": append([]string{"connect", "internal/plugin"}, leaves...),
	"internal/logs":         leaves,
	"internal/devbroker":    {},
	"internal/kafka":        append([]string{"connect", "internal/logs", "internal/keystore"}, leaves...),
	"internal/group":        append([]string{"internal/kafka"}, leaves...),
	"internal/store":        append([]string{"connect", "internal/kafka", "internal/logs"}, leaves...),
	"internal/otlp":         {},
	"internal/tracing":      {"internal/otlp"},
	"internal/metrics":      append([]string{"connect", "internal/otlp"}, leaves...),
	"internal/worker": append([]string{"connect", "internal/plugin", "internal/workerconfig", "internal/logs", "internal/store", "internal/group",
		"internal/kafka", "internal/metrics", "internal/budget", "internal/tracing"}, leaves...),
	"internal/herder": append([]string{"connect", "internal/plugin", "internal/workerconfig", "internal/logs", "internal/store", "internal/group",
		"internal/kafka", "internal/metrics", "internal/worker", "self"}, leaves...),
	"internal/deadletter": append([]string{"connect", "internal/herder", "internal/kafka", "internal/worker"}, leaves...),
	"internal/rest": append([]string{"connect/config", "internal/deadletter", "internal/herder", "internal/kafka", "internal/logs", "internal/metrics",
		"internal/workerconfig", "self"}, leaves...),
	"internal/console": {"internal/herder"},
	"internal/backup":  append([]string{"connect", "internal/kafka", "internal/store"}, leaves...),
	"internal/cli":     append([]string{"connect", "internal/backup"}, leaves...),
	"internal/app":     {"connect", "internal"},

	"internal/docgen": {"connect/config", "connect", "plugins", "internal/kafka", "internal/workerconfig"},

	"ops":               {"ops"},
	"bench":             {"connect", "connectors", "converters", "transforms", "providers", "plugins", "internal", "bench", "test"},
	"test":              {"connect", "connectors", "converters", "transforms", "providers", "plugins", "internal", "ops", "test"},
	"internal/archtest": {},
}

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(out); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v", err)
	}
	return all
}

func TestPackagesImportOnlyWhatLiesBelow(t *testing.T) {
	all := packages(t)
	if len(all) < 10 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	for _, p := range all {
		name := strings.TrimPrefix(p.ImportPath, module)
		rule, allowed := ruleFor(name)
		if rule == "" {
			t.Errorf("package %s has no place in the layers: give it a row", name)
			continue
		}
		for _, imported := range p.Imports {
			below, ours := strings.CutPrefix(imported, module)
			if ours && !permits(allowed, name, below) {
				t.Errorf("%s imports %s: the row %q allows %v", name, below, rule, allowed)
			}
		}
	}
}

// TestConnectorsStayBehindTheList checks that only the list of plugins, benchmarks and tests know a connector by name.
func TestConnectorsStayBehindTheList(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if under(name, "plugins") || under(name, "connectors") || under(name, "bench") || under(name, "test") {
			continue
		}
		for _, imported := range p.Imports {
			if below, ours := strings.CutPrefix(imported, module); ours && under(below, "connectors") {
				t.Errorf("%s imports %s: connectors reach a program through plugins/ only", name, below)
			}
		}
	}
}

// TestSDKNeedsTheStandardLibraryOnly keeps the go.sum of a connector's author short.
func TestSDKNeedsTheStandardLibraryOnly(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if !under(name, "connect") {
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				t.Errorf("%s imports %s: the SDK uses the standard library only", name, imported)
			}
		}
	}
}

func ruleFor(name string) (string, []string) {
	for prefix := name; prefix != "."; prefix = path.Dir(prefix) {
		if allowed, ok := layers[prefix]; ok {
			return prefix, allowed
		}
	}
	return "", nil
}

func permits(allowed []string, from, to string) bool {
	for _, a := range allowed {
		if a == "self" {
			// "self" is the tree of the second level, such as connectors/file or internal/rest.
			parts := strings.SplitN(from, "/", 3)
			a = strings.Join(parts[:min(2, len(parts))], "/")
		}
		if under(to, a) {
			return true
		}
	}
	return false
}

func under(name, tree string) bool { return name == tree || strings.HasPrefix(name, tree+"/") }
