package json

import (
	"math"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// The functions of this file tell whether a text is exactly what a converter writes for the value that the text stands for, whatever the
// converter's options: then the text can be kept in place of the value. They return the index behind the value, or -1 where it is something else, or
// nothing valid, or where it is not worth the effort to know. Decimals count as canonical in base64; those who write numbers decode them.

func canonical(b []byte, p *readPlan, i int) int {
	if i >= len(b) {
		return -1
	}
	if b[i] == 'n' {
		if !p.optional || p.hasDefault || len(b)-i < 4 || string(b[i:i+4]) != "null" {
			return -1
		}
		return i + 4
	}
	switch p.kind {
	case data.StringKind:
		return canonicalText(b, i)
	case data.StructKind:
		return canonicalStruct(b, p, i)
	case data.ListKind:
		return canonicalList(b, p, i)
	case data.MapKind:
		return canonicalMap(b, p, i)
	case data.BoolKind:
		if len(b)-i >= 4 && string(b[i:i+4]) == "true" {
			return i + 4
		}
		if len(b)-i >= 5 && string(b[i:i+5]) == "false" {
			return i + 5
		}
		return -1
	case data.Float64Kind:
		return canonicalFloat(b, i, 15)
	case data.Float32Kind:
		return canonicalFloat(b, i, 6)
	case data.BytesKind, data.DecimalKind:
		return canonicalBytes(b, p, i)
	}
	return canonicalInt(b, p.kind, i)
}

func canonicalStruct(b []byte, p *readPlan, i int) int {
	if b[i] != '{' {
		return -1
	}
	i++
	for k := range p.fields {
		f := &p.fields[k]
		if len(b)-i < len(f.open) || string(b[i:i+len(f.open)]) != f.open {
			return -1
		}
		if i = canonical(b, f.readPlan, i+len(f.open)); i < 0 {
			return -1
		}
	}
	if i >= len(b) || b[i] != '}' {
		return -1
	}
	return i + 1
}

func canonicalList(b []byte, p *readPlan, i int) int {
	if b[i] != '[' {
		return -1
	}
	i++
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = canonical(b, p.elem, i); i < 0 || i >= len(b) {
			return -1
		}
		switch b[i] {
		case ']':
			return i + 1
		case ',':
			i++
		default:
			return -1
		}
	}
}

// canonicalMap accepts maps of at most one entry: those of more are written in the order of a HashMap.
func canonicalMap(b []byte, p *readPlan, i int) int {
	if b[i] != '{' || p.key.kind != data.StringKind {
		return -1
	}
	i++
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	from := i
	if i = canonicalText(b, i); i < 0 || i >= len(b) || b[i] != ':' {
		return -1
	}
	if _, _, value := jsonscan.Name(b, from); value < 0 {
		return -1
	}
	if i = canonical(b, p.elem, i+1); i < 0 || i >= len(b) || b[i] != '}' {
		return -1
	}
	return i + 1
}

func canonicalText(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	end, flags := jsonscan.Text(b, i+1)
	if end < 0 || end-i > jsonscan.MaxText {
		return -1
	}
	if flags != 0 && !canonicalChars(b[i+1:end]) {
		return -1
	}
	return end + 1
}

// canonicalChars looks at escapes and characters beyond ASCII: those outside the basic plane are written as escapes.
func canonicalChars(text []byte) bool {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\\':
			n := canonicalEscape(text[i:])
			if n == 0 {
				return false
			}
			i += n
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 || n == 4 {
				return false
			}
			i += n
		}
	}
	return true
}

func canonicalEscape(b []byte) int {
	switch b[1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
	default:
		return 0
	}
	unit := uint16(0)
	for _, c := range b[2:6] {
		switch {
		case c-'0' <= 9:
			unit = unit<<4 | uint16(c-'0')
		case c >= 'A' && c <= 'F':
			unit = unit<<4 | uint16(c-'A'+10)
		default:
			return 0
		}
	}
	switch {
	case unit >= 0xd800 && unit <= 0xdfff:
		return 6
	case unit < ' ' && unit != '\b' && unit != '\f' && unit != '\n' && unit != '\r' && unit != '\t':
		return 6
	}
	return 0
}

func canonicalInt(b []byte, k data.Kind, i int) int {
	first := i
	if b[i] == '-' {
		first++
	}
	end := jsonscan.Digits(b, first)
	if end == first || b[first] == '0' && end-i > 1 || end < len(b) && (b[end] == '.' || b[end]|0x20 == 'e') {
		return -1
	}
	if k == data.Int64Kind || k == data.TimestampKind {
		if end-first <= 18 {
			return end // it fits, whatever it is
		}
	}
	x, _, ok := jsonscan.Int(b, i)
	if !ok {
		return -1
	}
	switch k {
	case data.Int8Kind:
		ok = x >= math.MinInt8 && x <= math.MaxInt8
	case data.Int16Kind:
		ok = x >= math.MinInt16 && x <= math.MaxInt16
	case data.Int32Kind, data.DateKind:
		ok = x >= math.MinInt32 && x <= math.MaxInt32
	case data.TimeKind:
		ok = x >= 0 && x <= dayMillis
	}
	if !ok {
		return -1
	}
	return end
}

// canonicalFloat accepts decimal fractions from 0.001 to below 10,000,000 of so few digits that a float has exactly one shortest text.
func canonicalFloat(b []byte, i, mostDigits int) int {
	negative := i < len(b) && b[i] == '-'
	if negative {
		i++
	}
	from := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	whole := i - from
	if whole == 0 || whole > 7 || b[from] == '0' && whole > 1 || i >= len(b) || b[i] != '.' {
		return -1
	}
	i++
	point := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	fraction := i - point
	if fraction == 0 || i < len(b) && b[i]|0x20 == 'e' {
		return -1
	}
	if b[i-1] == '0' {
		if fraction > 1 || b[from] == '0' && negative {
			return -1
		}
		return i
	}
	digits := whole + fraction
	if b[from] == '0' {
		digits = fraction
		if b[point] == '0' && (fraction < 2 || b[point+1] == '0' && (fraction < 3 || b[point+2] == '0')) {
			return -1
		}
	}
	if digits > mostDigits {
		return -1
	}
	return i
}

func canonicalBytes(b []byte, p *readPlan, i int) int {
	if b[i] != '"' {
		return -1
	}
	end, flags := jsonscan.Text(b, i+1)
	if end < 0 || flags != 0 || end-i > jsonscan.MaxText || !jsonscan.CanonicalBase64(b[i+1:end]) {
		return -1
	}
	if p.kind == data.DecimalKind {
		// The number must not have more bytes than it needs.
		if !p.hasScale || end-i-1 < 4 {
			return -1
		}
		var buf [3]byte
		head, _ := jsonscan.AppendBase64(buf[:0], b[i+1:i+5])
		if len(head) > 1 && (head[0] == 0 && head[1] < 0x80 || head[0] == 0xff && head[1] >= 0x80) {
			return -1
		}
	}
	return end + 1
}
