package identity

import (
	"bufio"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
)

// Both files are what Java 17 with kafka-clients 4.3.1 made of the rules and names in them; null where it made none.
var (
	//go:embed testdata/mapping.jsonl
	mappings string
	//go:embed testdata/subjects.jsonl
	subjects string
)

func eachLine[T any](t *testing.T, text string, do func(T)) {
	t.Helper()
	in := bufio.NewScanner(strings.NewReader(text))
	for in.Scan() {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		do(v)
	}
}

func TestMappingAsInJava(t *testing.T) {
	t.Parallel()
	given := []string{"CN=ci,O=Example", "CN=Duke,OU=ServiceUsers,O=Org,C=US", "CN=Duke,OU=SME,O=mycp,L=Fulton,ST=MD,C=US", "cn=duke,ou=sme,dc=mycp,dc=com",
		`CN=x\,y,O=Example`, "CN=a/b,O=E"}
	n := 0
	eachLine(t, mappings, func(c struct {
		Rules *string
		Error string
		Names []*string
	}) {
		n++
		if c.Rules == nil {
			return // the key's default is DEFAULT
		}
		m, err := ParseMapping(*c.Rules)
		if *c.Rules == "" || c.Error != "" {
			_, want, _ := strings.Cut(c.Error, ": ")
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %s", *c.Rules, err, want)
			}
			return
		}
		if err != nil {
			t.Errorf("%q: %v", *c.Rules, err)
			return
		}
		for i, want := range c.Names {
			got, err := m.Name(given[i])
			if (want == nil || *want == "") != (err != nil) || want != nil && got != *want {
				t.Errorf("%q of %s: got %q, %v", *c.Rules, given[i], got, err)
			}
		}
	})
	if n < 40 {
		t.Errorf("%d lines", n)
	}
}

func TestSubjectsAsInJava(t *testing.T) {
	t.Parallel()
	n := 0
	eachLine(t, subjects, func(c struct{ DER, Name string }) {
		n++
		der, err := hex.DecodeString(c.DER)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Subject(der); err != nil || got != c.Name {
			t.Errorf("got %s, %v, want %s", got, err, c.Name)
		}
		for i := range der {
			_, _ = Subject(der[:i]) // no panic
		}
	})
	if n < 8 {
		t.Errorf("%d lines", n)
	}
	for _, bad := range []string{"", "30", "3000ff", "0500"} {
		der, err := hex.DecodeString(bad)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Subject(der); err == nil {
			t.Errorf("%s: got %q", bad, got)
		}
	}
}
