package javafmt

import (
	"unicode/utf16"
	"unicode/utf8"
)

// HashCode returns String.hashCode: the sum over UTF-16 units with factor 31.
func HashCode(s string) int32 {
	var h int32
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			h = 31*h + int32(c)
			i++
			continue
		}
		r, n := decodeRune(s[i:])
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			h = 31*(31*h+hi) + lo
		} else {
			h = 31*h + r
		}
		i += n
	}
	return h
}

// CompareStrings returns a negative, zero or positive number as String.compareTo does: by UTF-16 units, not by code points.
func CompareStrings(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	// Back to the start of the character that differs. Only there does UTF-16 order differ from byte order.
	for i > 0 && a[i]&0xc0 == 0x80 {
		i--
	}
	x, _ := decodeRune(a[i:])
	y, _ := decodeRune(b[i:])
	if x >= 0x10000 && y >= 0x10000 {
		return int(x - y)
	}
	return int(firstUnit(x)) - int(firstUnit(y))
}

func firstUnit(r rune) rune {
	if r >= 0x10000 {
		r, _ = utf16.EncodeRune(r)
	}
	return r
}

// Length returns String.length: the number of UTF-16 units.
func Length(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			n, i = n+1, i+1
			continue
		}
		r, size := decodeRune(s[i:])
		n, i = n+1, i+size
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

// EncodeUTF16 returns the UTF-16 units of s, unpaired surrogates included.
func EncodeUTF16(s string) []uint16 {
	units := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		r, n := decodeRune(s[i:])
		if r >= 0x10000 {
			units = utf16.AppendRune(units, r)
		} else {
			units = append(units, uint16(r))
		}
		i += n
	}
	return units
}

// DecodeUTF16 returns the text of UTF-16 units.
func DecodeUTF16(units []uint16) string {
	b := make([]byte, 0, len(units))
	for i := 0; i < len(units); i++ {
		if r := rune(units[i]); r < utf8.RuneSelf {
			b = append(b, byte(r))
		} else {
			if i+1 < len(units) {
				if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != utf8.RuneError {
					r = pair
					i++
				}
			}
			b = appendRune(b, r)
		}
	}
	return string(b)
}

// decodeRune is utf8.DecodeRuneInString, but takes surrogates as characters.
func decodeRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return r, n
}

// appendRune is utf8.AppendRune, but takes surrogates as characters.
func appendRune(b []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0xbf, 0x80|byte(r)&0xbf)
	}
	return utf8.AppendRune(b, r)
}

// joinSurrogates makes each high surrogate with a low one behind it one character, as Java's strings do by themselves.
func joinSurrogates(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if i+5 < len(b) && b[i] == 0xed && b[i+1]&0xf0 == 0xa0 && b[i+3] == 0xed && b[i+4]&0xf0 == 0xb0 {
			hi, _ := decodeRune(string(b[i : i+3]))
			lo, _ := decodeRune(string(b[i+3 : i+6]))
			if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
				out = utf8.AppendRune(out, r)
				i += 6
				continue
			}
		}
		out = append(out, b[i])
		i++
	}
	return out
}
