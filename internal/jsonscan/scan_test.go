package jsonscan

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRoot(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		doc string
		ok  bool
	}{
		{"1 2", true}, {"1}", false}, {"1,", false}, {"-0.0", true}, {"007", true}, {"00.5", true}, {"-", false}, {"1.", false}, {".5", false}, {"+1", false},
		{"1e", false}, {"1e+", false}, {"1E+5", true}, {"1e2147483647", true}, {"1e2147483648", false}, {"1e99999999999", false}, {"0x10", false}, {"NaN", false},
		{`{"a":1} trailing`, true}, {`{"a":1}{`, true}, {`{"a":1,}`, false}, {"[1,]", false}, {"[,1]", false}, {"[1 2]", false}, {"{a:1}", false}, {`{"a" 1}`, false},
		{"true", true}, {"truex", false}, {"true}", true}, {"true$", true}, {"true\xc3\xa9", false}, {"nul", false}, {"null,", true},
		{"\"tab\there\"", false}, {`"\x"`, false}, {`"\u00e"`, false}, {`"\ud83d"`, true}, {`{"\ud83d":1}`, false}, {`{"\ud83d\ude00":1}`, true}, {`"\/"`, true},
		{"\"\xff\"", false}, {"\"\xc3\"", false}, {"\"\xed\xa0\x80\"", false}, {"\"\xc0\x80\"", true}, {"\"\xf4\x90\x80\x80\"", true},
		{"// c\n1", false}, {"'a'", false}, {"", true}, {" \t\r\n", true}, {"\v1", false}, {`"a`, false}, {`"a\`, false}, {`"a\"`, false}, {"[", false}, {"{", false},
		{deep(MaxDepth), true}, {deep(MaxDepth + 1), false}, {strings.Repeat(`{"a":`, MaxDepth) + "1" + strings.Repeat("}", MaxDepth), true},
		{strings.Repeat("1", MaxNumber), true}, {strings.Repeat("1", MaxNumber+1), false}, {strings.Repeat("0", 2000), true},
		{"0." + strings.Repeat("1", MaxNumber-1), true}, {"0." + strings.Repeat("1", MaxNumber), false},
		{`{"` + strings.Repeat("n", MaxName) + `":1}`, true}, {`{"` + strings.Repeat("n", MaxName+1) + `":1}`, false},
	} {
		_, _, err := Root([]byte(c.doc))
		if (err == nil) != c.ok {
			t.Errorf("%.60q: %v, want valid %v", c.doc, err, c.ok)
		}
	}
}

// TestTextOfAnyLength places every kind of character at every place of the eight bytes that are looked at together.
func TestTextOfAnyLength(t *testing.T) {
	t.Parallel()
	for _, special := range []string{"", `"`, `\`, "\n", "\x1f", " ", "\x7f", "é", "日", "😀", "!", "#", "[", "]", "\xed\xa0\x80"} {
		for before := range 18 {
			for after := range 18 {
				s := strings.Repeat("a", before) + special + strings.Repeat("é", after%3) + strings.Repeat("b", after)
				quoted := AppendQuoted([]byte("x"), s)[1:]
				end, flags := Text(quoted, 1)
				if end != len(quoted)-1 {
					t.Fatalf("%q: the end of %q is at %d", s, quoted, end)
				}
				if !ValidText(quoted[1:end], flags) {
					t.Fatalf("%q: %q is not valid", s, quoted)
				}
				if got, ok := AppendText(nil, quoted[1:end]); !ok || string(got) != s {
					t.Fatalf("%q: %q stands for %q", s, quoted, got)
				}
			}
		}
	}
}

func TestUTF8(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ doc, want string }{
		{"\xef\xbb\xbf1", "1"}, {"\xef\xbb\xbf", "\xef\xbb\xbf"}, {"\x001", "1"}, {"1\x00", "1"}, {"\xfe\xff\x001", "1"}, {"\xff\xfe1\x00", "1"},
		{"\x00\x00\x001", "1"}, {"1\x00\x00\x00", "1"}, {"\x00\"\xd8\x3d\xde\x00\x00\"", "\"😀\""}, {"\x00\"\xd8\x3d\x00\"", "\"�"}, {"\x001\x00", "1�"},
		{"\x00\x00\xfe\xff\x00\x00\x001", "1"}, {"\xff\xfe\x00\x001\x00\x00\x00", "1"}, {"\x00\x00\x00\"\x00\x00\xd8\x3d\x00\x00\x00\"", `"\uD83D"`},
		{"\x00\x00\x00[\x00\x10\xff\xff", "[\U0010ffff"}, {"\x00\x00\x00[\x00", "[\xff"}, {"é1", "é1"}, {"1", "1"}, {"", ""},
	} {
		if got, err := UTF8([]byte(c.doc)); err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v, want %q", c.doc, got, err, c.want)
		}
	}
	for _, doc := range []string{"\x00\x001\x00", "\x001\x00\x00", "\x00\x00\xff\xfe", "\x00\x00\x00[\x00\x11\x00\x00"} {
		if got, err := UTF8([]byte(doc)); err == nil {
			t.Errorf("%q: %q", doc, got)
		}
	}
}

func TestBase64(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want    string
		ok, canonical bool
	}{
		{"", "", true, true}, {"AQI=", "\x01\x02", true, true}, {"AQI", "", false, false}, {" AQI= ", "\x01\x02", true, false}, {"AQ-_", "", false, false},
		{"AQ==", "\x01", true, true}, {"AR==", "\x01", true, false}, {"AQJ=", "\x01\x02", true, false}, {"AQ==AQ==", "\x01\x01", true, false}, {"AQID\nAQID", "\x01\x02\x03\x01\x02\x03", true, false},
		{"A===", "", false, false}, {"====", "", false, false}, {"AQ=a", "", false, false}, {"/+8=", "\xff\xef", true, true},
	} {
		got, ok := AppendBase64(nil, []byte(c.text))
		if ok != c.ok || ok && string(got) != c.want {
			t.Errorf("%q: %q %v, want %q %v", c.text, got, ok, c.want, c.ok)
		}
		if CanonicalBase64([]byte(c.text)) != c.canonical {
			t.Errorf("%q: canonical %v", c.text, !c.canonical)
		}
	}
}

// checkAgainstStandard compares with encoding/json where the two must agree: on documents in proper UTF-8 of which nothing follows the first
// value, without leading zeros, short enough, and without names that differ only for Jackson.
func checkAgainstStandard(t *testing.T, doc []byte) {
	if !utf8.Valid(doc) || bytes.IndexByte(doc, 0) >= 0 || len(doc) > 900 {
		return
	}
	start, end, err := Root(doc)
	if json.Valid(doc) {
		if err != nil && !bytes.ContainsAny(doc, `eE\`) {
			t.Fatalf("%q is valid: %v", doc, err)
		}
		if err == nil && len(bytes.TrimSpace(doc[end:])) > 0 {
			t.Fatalf("%q ends at %d", doc, end)
		}
	} else if err == nil && end == len(doc) && start < end && !hasLeadingZero(doc) {
		t.Fatalf("%q is not valid", doc)
	}
	if err != nil || start == end || doc[start] != '"' {
		return
	}
	var want string
	if json.Unmarshal(doc[start:end], &want) != nil || strings.Contains(want, "\ufffd") {
		return
	}
	if got, ok := AppendText(nil, doc[start+1:end-1]); !ok || string(got) != want {
		t.Fatalf("%q stands for %q, want %q", doc, got, want)
	}
	var again string
	if err := json.Unmarshal(AppendQuoted(nil, want), &again); err != nil || again != want {
		t.Fatalf("%q is written as %q: %v", want, AppendQuoted(nil, want), err)
	}
}

func hasLeadingZero(doc []byte) bool {
	for i := 0; i+1 < len(doc); i++ {
		if doc[i] == '0' && doc[i+1]-'0' <= 9 && (i == 0 || doc[i-1]-'0' > 9 && doc[i-1] != '.') {
			return true
		}
	}
	return false
}

var fuzzSeeds = []string{`{"a":[1,-2.5e10,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":{}}`, `"é\\\"日😀"`, `[[[]]]`, `0.1`, ` {"" : [ ] } `, `1 2`, `"\u12`}

func TestAgainstStandard(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		doc := []byte(fuzzSeeds[rng.IntN(len(fuzzSeeds))])
		for range rng.IntN(4) {
			i := rng.IntN(len(doc))
			const marks = `"\{}[]:,0e.-+tn u`
			mark := marks[rng.IntN(len(marks))]
			switch rng.IntN(3) {
			case 0:
				doc[i] = mark
			case 1:
				doc = append(doc[:i], doc[i+1:]...)
			case 2:
				doc = append(doc[:i:i], append([]byte{mark}, doc[i:]...)...)
			}
			if len(doc) == 0 {
				break
			}
		}
		checkAgainstStandard(t, doc)
	}
}

func FuzzRoot(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		checkAgainstStandard(t, doc)
		if doc, err := UTF8(doc); err == nil {
			Skip(doc, 0, 0)
		}
	})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for n := range 20 {
			for _, behind := range []string{"", "1", "12345678", "\xff\x00zz1234567"} {
				b := []byte("x" + "12345678901234567890"[:n] + string([]byte{byte(c)}) + behind)
				want := 1
				for want < len(b) && b[want] >= '0' && b[want] <= '9' {
					want++
				}
				if got := Digits(b, 1); got != want {
					t.Fatalf("the digits of %q end at %d, want %d", b, got, want)
				}
			}
		}
	}
}

// TestTextAboveTheLimit checks that a text that is only too long is not called invalid.
func TestTextAboveTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     string
	}{
		"in a member":  {`{"a":"short","b":["` + strings.Repeat("x", MaxText+1) + `"]}`, "String value length (20000001) exceeds the maximum allowed (20000000"},
		"at the limit": {`{"a":"` + strings.Repeat("x", MaxText) + `"`, "not valid JSON"},
	} {
		if _, _, err := Root([]byte(c.document)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
