package javafmt

import (
	"slices"
	"testing"
)

func TestUTF16(t *testing.T) {
	t.Parallel()
	// An emoji, a high surrogate alone, a low one alone, a character above the surrogates.
	units := []uint16{'a', 0xd83d, 0xde00, 0xd83d, 'b', 0xde00, 0xffee}
	s := DecodeUTF16(units)
	if got := EncodeUTF16(s); !slices.Equal(got, units) {
		t.Errorf("want %x, got %x", units, got)
	}
	if Length(s) != len(units) {
		t.Errorf("length %d", Length(s))
	}
	hash := int32(0)
	for _, u := range units {
		hash = 31*hash + int32(u)
	}
	if HashCode(s) != hash {
		t.Errorf("hash %d, want %d", HashCode(s), hash)
	}
}

func TestCompareStrings(t *testing.T) {
	t.Parallel()
	// Java's order is that of UTF-16 units: an emoji comes before U+FFEE.
	order := []string{"", "a", "aa", "ab", "b", "é", "\ud7ff", "😀", "😁", "\uffee"}
	for i, a := range order {
		for j, b := range order {
			if got := CompareStrings(a, b); cmpZero(int64(got)) != cmpZero(int64(i-j)) {
				t.Errorf("%q to %q: %d", a, b, got)
			}
		}
	}
}
