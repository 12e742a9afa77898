package string

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/moldau/moldau/internal/javafmt"
)

// unicodes is UTF-16 or UTF-32 in one of Java's variants.
type unicodes struct {
	// width is the bytes of a code unit.
	width int
	// little is the byte order to write, and to read where no mark says another.
	little bool
	// mark is written first; detect lets a mark at the beginning decide about the byte order.
	mark, detect bool
}

func unicodeCharset(key string) (charset, bool) {
	switch key {
	case "utf-16", "utf_16", "unicode", "utf16", "unicodebig":
		return unicodes{width: 2, mark: true, detect: true}, true
	case "utf-16be", "x-utf-16be", "utf_16be", "iso-10646-ucs-2", "unicodebigunmarked":
		return unicodes{width: 2}, true
	case "utf-16le", "unicodelittleunmarked", "utf_16le", "x-utf-16le":
		return unicodes{width: 2, little: true}, true
	case "x-utf-16le-bom", "unicodelittle":
		return unicodes{width: 2, little: true, mark: true, detect: true}, true
	case "utf-32", "utf_32", "utf32":
		return unicodes{width: 4, detect: true}, true
	case "utf-32be", "x-utf-32be", "utf_32be":
		return unicodes{width: 4}, true
	case "utf-32le", "x-utf-32le", "utf_32le":
		return unicodes{width: 4, little: true}, true
	}
	return nil, false
}

func (u unicodes) order() binary.AppendByteOrder {
	if u.little {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func (u unicodes) encode(dst []byte, s string) []byte {
	order := u.order()
	if u.mark && s != "" {
		dst = order.AppendUint16(dst, 0xfeff)
	}
	for len(s) > 0 {
		// An unpaired surrogate, three bytes, becomes U+FFFD.
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xed {
			n = 3
		}
		s = s[n:]
		switch {
		case u.width == 4:
			dst = order.AppendUint32(dst, uint32(r))
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			dst = order.AppendUint16(order.AppendUint16(dst, uint16(high)), uint16(low))
		default:
			dst = order.AppendUint16(dst, uint16(r))
		}
	}
	return dst
}

func (u unicodes) decode(dst, b []byte) []byte {
	if u.width == 4 {
		return u.decode32(dst, b)
	}
	unit := func(i int) rune {
		if u.little {
			return rune(binary.LittleEndian.Uint16(b[i:]))
		}
		return rune(binary.BigEndian.Uint16(b[i:]))
	}
	if u.detect && len(b) >= 2 {
		switch unit(0) {
		case 0xfeff:
			b = b[2:]
		case 0xfffe:
			u.little, b = !u.little, b[2:]
		}
	}
	for len(b) >= 2 {
		r, n := unit(0), 2
		if utf16.IsSurrogate(r) {
			if r < 0xdc00 && len(b) < 4 {
				break
			}
			if r < 0xdc00 {
				// Java skips what follows a high surrogate even where it is no low one.
				r, n = utf16.DecodeRune(r, unit(2)), 4
			} else {
				r = replacement
			}
		}
		dst, b = utf8.AppendRune(dst, r), b[n:]
	}
	if len(b) > 0 {
		dst = utf8.AppendRune(dst, replacement)
	}
	return dst
}

func (u unicodes) decode32(dst, b []byte) []byte {
	unit := func() uint32 {
		if u.little {
			return binary.LittleEndian.Uint32(b)
		}
		return binary.BigEndian.Uint32(b)
	}
	if len(b) >= 4 {
		switch mark := unit(); {
		case mark == 0xfeff:
			b = b[4:]
		case mark == 0xfffe0000 && u.detect:
			u.little, b = !u.little, b[4:]
		}
	}
	units := make([]uint16, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		switch r := unit(); {
		case r < 0x10000:
			// Surrogates too are characters to Java here.
			units = append(units, uint16(r))
		case r > utf8.MaxRune:
			units = append(units, replacement)
		default:
			units = utf16.AppendRune(units, rune(r))
		}
	}
	if len(b) > 0 {
		units = append(units, replacement)
	}
	return append(dst, javafmt.DecodeUTF16(units)...)
}
