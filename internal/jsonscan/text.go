package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Flags says what a scan found in a text.
type Flags uint8

const (
	// Escaped marks a text with backslashes.
	Escaped Flags = 1 << iota
	// NonASCII marks a text with bytes from 0x80 on.
	NonASCII
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// special marks, in the highest bit of each byte of x, quotes, backslashes, control characters and bytes from 0x80 on. The lowest mark is exact;
// marks above it may be false.
func special(x uint64) uint64 {
	quote, slash := x^'"'*ones, x^'\\'*ones
	return ((quote - ones) | (slash - ones) | (x - ' '*ones) | x) & highs
}

// specialASCII is special without the bytes from 0x80 on.
func specialASCII(x uint64) uint64 {
	quote, slash := x^'"'*ones, x^'\\'*ones
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-' '*ones)&^x) & highs
}

// Text scans a string from i, the index after its opening quote, and returns the index of its closing quote. Escapes and bytes from 0x80 on are
// not looked into: a text with flags needs ValidText too.
func Text(b []byte, i int) (end int, flags Flags) {
	for i+8 <= len(b) {
		m := special(binary.LittleEndian.Uint64(b[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		switch c := b[i]; {
		case c == '"':
			return i, flags
		case c == '\\':
			flags |= Escaped
			i += 2
		case c >= 0x80:
			return textBeyondASCII(b, i, flags|NonASCII)
		default:
			return -1, 0
		}
	}
	return textTail(b, i, flags)
}

func textBeyondASCII(b []byte, i int, flags Flags) (int, Flags) {
	for i+8 <= len(b) {
		m := specialASCII(binary.LittleEndian.Uint64(b[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		switch b[i] {
		case '"':
			return i, flags
		case '\\':
			flags |= Escaped
			i += 2
		default:
			return -1, 0
		}
	}
	return textTail(b, i, flags)
}

func textTail(b []byte, i int, flags Flags) (int, Flags) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i, flags
		case c == '\\':
			flags |= Escaped
			i++
		case c >= 0x80:
			flags |= NonASCII
		case c < ' ':
			return -1, 0
		}
		i++
	}
	return -1, 0
}

// ValidText reports whether Jackson accepts the text between two quotes that Text found.
func ValidText(text []byte, flags Flags) bool {
	if PlainText(text, flags) && len(text) <= MaxText {
		return true
	}
	units := 0
	for i := 0; i < len(text); units++ {
		n := 1
		switch c := text[i]; {
		case c == '\\':
			_, n = escape(text[i:])
		case c >= utf8.RuneSelf:
			if _, n = sequence(text[i:]); n == 4 {
				units++
			}
		}
		if n == 0 {
			return false
		}
		i += n
	}
	return units <= MaxText
}

// AppendText appends the characters that the text between two quotes stands for; ok is false where Jackson rejects it.
func AppendText(dst, text []byte) (out []byte, ok bool) {
	units := 0
	for i := 0; i < len(text); units++ {
		c := text[i]
		switch {
		case c == '\\':
			unit, n := escape(text[i:])
			if n == 0 {
				return dst, false
			}
			dst = appendUnit(dst, unit)
			i += n
		case c < ' ':
			return dst, false
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := sequence(text[i:])
			if n == 0 {
				return dst, false
			}
			if n == 4 {
				r -= 0x10000
				dst = appendUnit(dst, uint16(0xd800|r>>10))
				dst = appendUnit(dst, uint16(0xdc00|r&0x3ff))
				units++
			} else {
				dst = appendUnit(dst, uint16(r))
			}
			i += n
		}
	}
	return dst, units <= MaxText
}

// sequence reads the bytes of one character as Jackson does, which looks at the number of bytes and rejects surrogates of three bytes: neither
// the shortest form nor the range of Unicode matters.
func sequence(b []byte) (r int32, n int) {
	c := b[0]
	switch {
	case c&0xe0 == 0xc0:
		r, n = int32(c&0x1f), 2
	case c&0xf0 == 0xe0:
		r, n = int32(c&0x0f), 3
	case c&0xf8 == 0xf0:
		r, n = int32(c&0x07), 4
	default:
		return 0, 0
	}
	if len(b) < n {
		return 0, 0
	}
	for _, c := range b[1:n] {
		if c&0xc0 != 0x80 {
			return 0, 0
		}
		r = r<<6 | int32(c&0x3f)
	}
	if n == 3 && r&0xf800 == 0xd800 {
		return 0, 0
	}
	return r, n
}

// escape reads the escape sequence at the beginning of b.
func escape(b []byte) (unit uint16, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return uint16(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		if len(b) < 6 {
			return 0, 0
		}
		for _, c := range b[2:6] {
			d := hexDigit(c)
			if d > 15 {
				return 0, 0
			}
			unit = unit<<4 | uint16(d)
		}
		return unit, 6
	}
	return 0, 0
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// appendUnit appends a UTF-16 unit. A low surrogate behind a high one makes one character with it.
func appendUnit(dst []byte, u uint16) []byte {
	switch {
	case u < 0x80:
		return append(dst, byte(u))
	case u < 0x800:
		return append(dst, 0xc0|byte(u>>6), 0x80|byte(u&0x3f))
	case u&0xfc00 == 0xdc00 && len(dst) >= 3:
		if h := dst[len(dst)-3:]; h[0] == 0xed && h[1]&0xf0 == 0xa0 {
			r := 0x10000 + (rune(h[1]&0x0f)<<6|rune(h[2]&0x3f))<<10 + rune(u&0x3ff)
			return utf8.AppendRune(dst[:len(dst)-3], r)
		}
	}
	return append(dst, 0xe0|byte(u>>12), 0x80|byte(u>>6&0x3f), 0x80|byte(u&0x3f))
}

// PlainText reports whether a text without backslashes stands for itself: it is ASCII or proper UTF-8.
func PlainText(text []byte, flags Flags) bool {
	return flags == 0 || flags == NonASCII && utf8.Valid(text)
}
