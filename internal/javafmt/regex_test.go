package javafmt

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustCompile(t testing.TB, pattern string, flags int) *Regex {
	t.Helper()
	re, err := Compile(pattern, flags)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

func TestRegexFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		flags   int
		text    string
		want    bool
	}{
		{"ABC", CaseInsensitive, "abc", true},
		{"É", CaseInsensitive, "é", false},
		{"É", CaseInsensitive | UnicodeCase, "é", true},
		{"a b # c", Comments, "ab", true},
		{"a.b", DotAll, "a\nb", true},
		{"a.b", UnixLines, "a\rb", true},
		{"a.b", Literal, "a.b", true},
		{"a.b", Literal, "axb", false},
		{"a.B", Literal | CaseInsensitive, "A.b", true},
		{`\w`, UnicodeCharacterClass, "é", true},
		{`\w`, 0, "é", false},
	} {
		got, err := mustCompile(t, c.pattern, c.flags).Matches(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s with flags %#x on %q: want %v, got %v, %v", c.pattern, c.flags, c.text, c.want, got, err)
		}
	}
}

func TestRegexReplaceAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, text, replacement, want string }{
		{"[^a-z]", "a-b_c", "", "abc"},
		{"", "日本", "-", "-日-本-"},
		{"a*", "baac", "x", "xbxxcx"},
		{`(\w)(\d)?`, "a1b", "<$2$1>", "<1a><b>"},
		{`(?<k>\w+)=`, "a=b=", `${k}\$`, "a$b$"},
		{`\G\d`, "12a3", "x", "xxa3"},
		{".", "a.b", QuoteReplacement(`$1\`), `$1\$1\$1\`},
		{QuotePattern(`a.b\E`), `a.b\E axb`, "x", "x axb"},
	} {
		got, err := mustCompile(t, c.pattern, 0).ReplaceAll(c.text, c.replacement)
		if err != nil || got != c.want {
			t.Errorf("%s on %q: want %q, got %q, %v", c.pattern, c.text, c.want, got, err)
		}
	}
}

func TestRegexNames(t *testing.T) {
	t.Parallel()
	re := mustCompile(t, `(a)(?<second>b)?`, 0)
	m, err := re.Find("xa")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Named("second"); ok {
		t.Error("the group second took no part")
	}
	if i, ok := re.GroupIndex("second"); !ok || i != 2 || re.GroupCount() != 2 || m.Start(2) != -1 || m.Start(1) != 1 || m.End(1) != 2 {
		t.Errorf("group second is %d, %v of %d", i, ok, re.GroupCount())
	}
	var found []string
	if err := re.FindAll("a ab", func(m *Match) bool {
		text, _ := m.Group(0)
		found = append(found, text)
		return true
	}); err != nil || !slices.Equal(found, []string{"a", "ab"}) {
		t.Errorf("found %q, %v", found, err)
	}
}

func TestRegexLimits(t *testing.T) {
	t.Parallel()
	// Java remembers failures of an outermost loop, and so matches this at once. The limit is for machines that have no time for this test.
	if ok, err := mustCompile(t, `(x+x+)+y`, 0).WithLimit(time.Minute).Matches(strings.Repeat("x", 200)); ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
	explosive := mustCompile(t, `((x+x+)+y)\1`, 0).WithLimit(20 * time.Millisecond)
	if _, err := explosive.Matches(strings.Repeat("x", 200)); !errors.Is(err, ErrMatchTimeout) {
		t.Errorf("got %v", err)
	}
	if _, err := mustCompile(t, `(a|b)*`, 0).WithLimit(time.Minute).Matches(strings.Repeat("ab", 1<<20)); !errors.Is(err, ErrMatchDepth) {
		t.Errorf("got %v", err)
	}
	if ok, err := mustCompile(t, `(?:a|b)*`, 0).WithLimit(time.Minute).Matches(strings.Repeat("ab", 1<<13)); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
	if ok, err := mustCompile(t, `(a)*b?.*`, 0).WithLimit(time.Minute).Matches(strings.Repeat("a", 1<<20)); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func FuzzRegex(f *testing.F) {
	for _, s := range []string{`(a*)*b`, `[a-z&&[^b]]+`, `\p{IsGreek}(?<=x{2,})`, `(?<n>a)\k<n>`, `\Q.*\E`, `(?x)a #c`, `\x{1F600}|\0101`, `a{2}{3}`, `(?i)[^k-m]`} {
		f.Add(s, "aab", "$1")
	}
	f.Fuzz(func(t *testing.T, pattern, text, replacement string) {
		re, err := Compile(pattern, 0)
		if err != nil {
			if ClassOf(err) != PatternSyntaxException {
				t.Fatal(err)
			}
			return
		}
		re = re.WithLimit(50 * time.Millisecond)
		whole, err := re.MatchWhole(text)
		if err != nil {
			return
		}
		if whole != nil && (whole.Start(0) != 0 || whole.End(0) != len(text)) {
			t.Fatalf("%q matches %q from %d to %d", pattern, text, whole.Start(0), whole.End(0))
		}
		if _, err := re.ReplaceFirst(text, replacement); err != nil {
			return
		}
		if _, err := re.ReplaceAll(text, replacement); err != nil {
			return
		}
	})
}

func BenchmarkRegexRoute(b *testing.B) {
	re := mustCompile(b, `(.*)\.(.*)\.(.*)`, 0)
	b.ReportAllocs()
	for b.Loop() {
		if m, err := re.MatchWhole("dbserver1.inventory.customers"); m == nil || err != nil {
			b.Fatal(err)
		}
	}
}
