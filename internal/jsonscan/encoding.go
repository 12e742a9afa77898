package jsonscan

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

var errWeirdUCS4 = errors.New("the bytes of the text are in an order that no UTF-32 has")

// UTF8 returns a document in UTF-8, without a byte order mark. As Jackson does, it tells UTF-16 and UTF-32 by a mark or by zero bytes at the
// beginning. UTF-8 is returned as it is, valid or not.
func UTF8(b []byte) ([]byte, error) {
	if len(b) < 2 || b[0] != 0 && b[1] != 0 && b[0] < 0xef {
		return b, nil
	}
	if len(b) >= 4 {
		switch quad := binary.BigEndian.Uint32(b); {
		case quad == 0xfeff:
			return utf32(b[4:], binary.BigEndian)
		case quad == 0xfffe0000:
			return utf32(b[4:], binary.LittleEndian)
		case quad == 0xfffe, quad == 0xfeff0000:
			return nil, errWeirdUCS4
		case quad>>16 == 0xfeff:
			return utf16Text(b[2:], binary.BigEndian), nil
		case quad>>16 == 0xfffe:
			return utf16Text(b[2:], binary.LittleEndian), nil
		case quad>>8 == 0xefbbbf:
			return b[3:], nil
		case quad>>8 == 0:
			return utf32(b, binary.BigEndian)
		case quad&0xffffff == 0:
			return utf32(b, binary.LittleEndian)
		case quad&^0xff0000 == 0, quad&^0xff00 == 0:
			return nil, errWeirdUCS4
		}
	}
	switch {
	case b[0] == 0:
		return utf16Text(b, binary.BigEndian), nil
	case b[1] == 0:
		return utf16Text(b, binary.LittleEndian), nil
	}
	return b, nil
}

// utf16Text decodes UTF-16; what is malformed becomes U+FFFD.
func utf16Text(b []byte, order binary.ByteOrder) []byte {
	out := make([]byte, 0, len(b))
	for len(b) >= 2 {
		u, n := order.Uint16(b), 2
		if utf16.IsSurrogate(rune(u)) {
			if u >= 0xdc00 {
				u = 0xfffd
			} else if len(b) < 4 {
				break
			} else {
				// Java skips what follows a high surrogate even where it is no low one.
				if low := order.Uint16(b[2:]); low&0xfc00 == 0xdc00 {
					out = appendUnit(appendUnit(out, u), low)
					b = b[4:]
					continue
				}
				u, n = 0xfffd, 4
			}
		}
		out, b = appendUnit(out, u), b[n:]
	}
	if len(b) > 0 {
		out = appendUnit(out, 0xfffd)
	}
	return out
}

var errUTF32 = errors.New("a character outside Unicode in UTF-32")

// utf32 decodes UTF-32. In place of an incomplete character at the end the result has a byte that no text may hold: Jackson fails only if it
// reads as far.
func utf32(b []byte, order binary.ByteOrder) ([]byte, error) {
	out := make([]byte, 0, len(b)/2)
	for ; len(b) >= 4; b = b[4:] {
		switch r := order.Uint32(b); {
		case r&^0x7ff == 0xd800:
			// In UTF-32 Jackson accepts surrogates; in UTF-8 they have to be escapes.
			out = appendUnitEscape(out, uint16(r))
		case r < 0x10000:
			out = appendUnit(out, uint16(r))
		case r > 0x10ffff:
			return nil, errUTF32
		default:
			r -= 0x10000
			out = appendUnit(appendUnit(out, uint16(0xd800|r>>10)), uint16(0xdc00|r&0x3ff))
		}
	}
	if len(b) > 0 {
		out = append(out, 0xff)
	}
	return out, nil
}
