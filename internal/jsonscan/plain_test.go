package jsonscan

import (
	"bytes"
	"testing"
)

func TestPutPlain(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		text := bytes.Repeat([]byte("x"), n)
		check := func(want bool) {
			b := bytes.Repeat([]byte("-"), n+1)
			if got := PutPlain(b, text); got != want || want && (!bytes.Equal(b[:n], text) || b[n] != '-') {
				t.Fatalf("%q: %v, %q", text, got, b)
			}
		}
		check(true)
		for i := range text {
			for c := range 256 {
				text[i] = byte(c)
				check(c >= ' ' && c < 0x80 && c != '"' && c != '\\')
			}
			text[i] = 'x'
		}
	}
}
