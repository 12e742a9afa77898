package tree

import (
	"strings"
	"testing"
)

func TestParseAndPrint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"b":1,"a":[true,null,"x"],"b":2}`: `{"b":2,"a":[true,null,"x"]}`,
		`1.50`:                              `1.50`,
		`1e3`:                               `1E+3`,
		`007`:                               `7`,
		`-0`:                                `0`,
		`"\u00e9\ud83d\ude00\u001a\/"`:      "\"é😀\\u001A/\"",
		`NaN`:                               `"NaN"`,
		`[-INF,+Infinity]`:                  `["-Infinity","Infinity"]`,
		` {} x`:                             `{}`,
	} {
		n, err := Parse([]byte(text))
		if err != nil || n.String() != want {
			t.Errorf("%s: got %v, %v, want %s", text, n, err, want)
		}
	}
	for _, text := range []string{`{`, `[1,]`, `{"a"}`, `nul`, `NaNx`, `-`, `"\x"`, `1x`, strings.Repeat("[", 1001)} {
		if n, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.20s is %v", text, n)
		}
	}
	if n, err := Parse([]byte(" ")); err != nil || n.Kind != Missing {
		t.Errorf("nothing is %v, %v", n, err)
	}
}
