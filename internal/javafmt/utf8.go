package javafmt

import "unicode/utf8"

// DecodeUTF8 returns the text of b as Java's UTF-8 decoder reads it: where b is not UTF-8, each malformed sequence becomes one U+FFFD.
// How many bytes make one such sequence follows sun.nio.cs.UTF_8; Go's own decoding replaces byte by byte.
func DecodeUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return string(AppendUTF8(make([]byte, 0, len(b)+8), b))
}

// AppendUTF8 appends the text of b, decoded as DecodeUTF8 does, to dst.
func AppendUTF8(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r != utf8.RuneError || n > 1 {
			dst = append(dst, b[:n]...)
			b = b[n:]
			continue
		}
		dst = append(dst, "\uFFFD"...)
		b = b[malformedLength(b):]
	}
	return dst
}

func isContinuation(c byte) bool { return c&0xC0 == 0x80 }

// malformedLength returns how many bytes of b, which does not begin with a character, Java replaces by one U+FFFD.
func malformedLength(b []byte) int {
	c := b[0]
	second := func(low, high byte) bool { return len(b) > 1 && b[1] >= low && b[1] <= high }
	switch {
	case c >= 0xE0 && c <= 0xEF:
		low := byte(0x80)
		if c == 0xE0 {
			low = 0xA0
		}
		if !second(low, 0xBF) {
			return 1
		}
		if len(b) > 2 && isContinuation(b[2]) {
			return 3 // a surrogate written as UTF-8
		}
		return 2
	case c >= 0xF0 && c <= 0xF4:
		low, high := byte(0x80), byte(0xBF)
		switch c {
		case 0xF0:
			low = 0x90
		case 0xF4:
			high = 0x8F
		}
		if !second(low, high) {
			return 1
		}
		if len(b) > 2 && isContinuation(b[2]) {
			return 3
		}
		return 2
	}
	return 1
}
