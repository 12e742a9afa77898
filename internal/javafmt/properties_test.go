package javafmt

import (
	"testing"
	"unicode/utf8"
)

func FuzzProperties(f *testing.F) {
	for _, s := range []string{"a=b", "a\\\n =b", "\\u0041=\\ud83d\\ude00", "# c\r\n!d\r\\", "a=\\u00", "\\\r\n", "\f\ta:=b\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := LoadPropertiesText(s)
		if err != nil || !utf8.ValidString(s) {
			return
		}
		for _, ascii := range []bool{false, true} {
			var stored []byte
			for _, e := range p {
				stored = AppendProperty(stored, e, ascii)
			}
			again, err := LoadPropertiesText(string(stored))
			if err != nil || len(again) != len(p) {
				t.Fatalf("%q stored as %q loads as %q, %v", p, stored, again, err)
			}
			for i := range p {
				if again[i] != p[i] {
					t.Fatalf("%q stored as %q loads as %q", p[i], stored, again[i])
				}
			}
		}
	})
}
