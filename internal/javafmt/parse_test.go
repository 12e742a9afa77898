package javafmt

import (
	"math"
	"testing"
)

func FuzzParseNumbers(f *testing.F) {
	for _, s := range []string{"1", "-1.5e10", "0x1.8p-3f", "NaN", "+Infinity", "1e2147483648", " \x001d", "٣", "１.5", "1__", "0x", "e", "-", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ParseFloat(s)
		_, _ = ParseByte(s)
		_, _ = ParseShort(s)
		_, _ = ParseBigInt(s)
		if v, err := ParseDouble(s); err == nil {
			again, err := ParseDouble(FormatDouble(v))
			if err != nil || again != v && !math.IsNaN(v) {
				t.Fatalf("%q: %v prints as %s, reads as %v, %v", s, v, FormatDouble(v), again, err)
			}
		}
		if d, err := ParseDecimal(s); err == nil {
			again, err := ParseDecimal(d.String())
			if err != nil || !again.Equal(d) {
				t.Fatalf("%q prints as %s, reads as %v, %v", s, d, again, err)
			}
			_, _, _, _ = d.Float64(), d.Float32(), d.Int64(), d.Strip()
		}
		i, err := ParseInt(s)
		l, errLong := ParseLong(s)
		if err == nil && (errLong != nil || l != int64(i)) {
			t.Fatalf("%q: int %d, long %d, %v", s, i, l, errLong)
		}
	})
}
