package rest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/rest/audit"
	"github.com/moldau/moldau/internal/rest/roles"
	"github.com/moldau/moldau/internal/workerconfig"
)

// TestPageOfSecurity reads the examples of docs/security.md as the program would.
func TestPageOfSecurity(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, found := strings.Cut(string(text), "# Security of the REST API\n")
	if !found {
		t.Fatal("the part about the REST API is missing")
	}
	def := workerconfig.RESTDef()
	for _, m := range regexp.MustCompile("(?m)^    ([a-z.]+)=|`(moldau\\.rest\\.[a-z.]+)").FindAllStringSubmatch(page, -1) {
		key := strings.TrimSuffix(m[1]+m[2], ".")
		if strings.Contains(key, ".ssl.") || key == "moldau.rest" {
			continue
		}
		if def.Lookup(key) == nil {
			t.Errorf("there is no key %s", key)
		}
	}
	for _, k := range def.Keys() {
		if strings.HasPrefix(k.Name, "moldau.rest.") && !strings.Contains(page, k.Name) && !strings.Contains(page, "`."+k.Name[strings.LastIndex(k.Name, ".")+1:]+"`") &&
			k.Name != maskKey && !strings.HasPrefix(k.Name, oidcPrefix) {
			t.Errorf("the page does not name %s", k.Name)
		}
	}
	block := func(kind string) string {
		_, rest, _ := strings.Cut(page, "```"+kind+"\n")
		body, _, _ := strings.Cut(rest, "```")
		return body
	}
	r, err := roles.Parse([]byte(block("yaml")))
	if err != nil {
		t.Fatal(err)
	}
	ci := &roles.Access{Principal: roles.Principal{Kind: roles.Certificate, Name: "CN=ci,O=Example"}, Roles: r}
	if !ci.May(roles.Edit, "orders-x") || !ci.May(roles.View, "invoices") || ci.May(roles.Offsets, "orders-x") || ci.May(roles.View, "stock") {
		t.Error("the example of roles does not say what the page says")
	}
	for v := roles.View; v <= roles.Admin; v++ {
		if v != roles.Overview && !strings.Contains(page, "\n| `"+v.String()+"` | ") {
			t.Errorf("the page does not say what %s allows", v)
		}
	}
	var e audit.Event
	dec := json.NewDecoder(strings.NewReader(block("json")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil || e.Verb != roles.Edit.String() || e.Result != audit.Done {
		t.Errorf("the example of the audit: %v, %+v", err, e)
	}
	_, matrix, _ := strings.Cut(page, "## What was run on the REST side\n")
	tests := testFunctions(t, ".", "../../test/e2e")
	for _, m := range regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(matrix, -1) {
		if !tests[m[1]] {
			t.Errorf("there is no test %s", m[1])
		}
	}
}

// testFunctions returns the names of the tests below folders.
func testFunctions(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test[A-Za-z]+)\(`)
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range function.FindAllSubmatch(text, -1) {
				names[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
