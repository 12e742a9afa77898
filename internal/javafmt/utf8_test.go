package javafmt

import "testing"

// The expected texts are what new String(bytes, UTF_8) gives on JDK 17.
func TestDecodeUTF8(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain ä €":              "plain ä €",
		"\xE2\x82A":              "\uFFFDA",
		"\xE2\x82":               "\uFFFD",
		"\xED\xA0\x80":           "\uFFFD",
		"\xE0\x80A":              "\uFFFD\uFFFDA",
		"\xF0\x9F\x98":           "\uFFFD",
		"\xF0\x80\x80\x80":       "\uFFFD\uFFFD\uFFFD\uFFFD",
		"\xF4\x90\x80\x80":       "\uFFFD\uFFFD\uFFFD\uFFFD",
		"\xFF\xFEa":              "\uFFFD\uFFFDa",
		"\xC0\x80":               "\uFFFD\uFFFD",
		"\xC3(":                  "\uFFFD(",
		"a\xF1\x80\x80b":         "a\uFFFDb",
		"\xF8\x88\x80\x80\x80ok": "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDok",
		"\uFFFD":                 "\uFFFD",
	} {
		if got := DecodeUTF8([]byte(in)); got != want {
			t.Errorf("DecodeUTF8(%q) = %q, want %q", in, got, want)
		}
	}
}
