package jsonscan

import (
	"math/bits"
)

const hexDigits = "0123456789ABCDEF"

// load returns the 8 bytes of s from i on.
func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// AppendQuoted appends a text in quotes as Jackson writes it: control characters and everything outside the basic plane as escapes with
// upper-case digits, all other characters as they are.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start, i := 0, 0
	for i < len(s) {
		if i+8 <= len(s) {
			m := special(load(s, i))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		c := s[i]
		switch {
		case c < ' ', c == '"', c == '\\':
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
		case c < 0x80:
			i++
		case c >= 0xf0 && i+4 <= len(s):
			r := rune(c&0x07)<<18 | rune(s[i+1]&0x3f)<<12 | rune(s[i+2]&0x3f)<<6 | rune(s[i+3]&0x3f)
			dst = append(dst, s[start:i]...)
			dst = appendUnitEscape(dst, 0xd800|uint16((r-0x10000)>>10))
			dst = appendUnitEscape(dst, 0xdc00|uint16(r&0x3ff))
			i += 4
			start = i
		case c == 0xed && i+3 <= len(s) && s[i+1] >= 0xa0:
			dst = append(dst, s[start:i]...)
			dst = appendUnitEscape(dst, 0xd000|uint16(s[i+1]&0x3f)<<6|uint16(s[i+2]&0x3f))
			i += 3
			start = i
		case c >= 0xe0:
			i = min(i+3, len(s))
		default:
			i = min(i+2, len(s))
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

func appendUnitEscape(dst []byte, u uint16) []byte {
	return append(dst, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&0xf], hexDigits[u>>4&0xf], hexDigits[u&0xf])
}
