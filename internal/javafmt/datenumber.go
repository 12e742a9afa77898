package javafmt

import (
	"math"
	"strconv"
)

// number reads what DecimalFormat does: a minus, digits of any script, and an exponent; up to end. A long is cut to its low 32 bits, a greater
// number ends at the limits of an int.
func (p *dateParser) number(end int) (int32, bool) {
	if p.at >= end {
		return 0, false
	}
	text := p.text[:end]
	at := p.at
	if at+3 <= end && text[at] == 'N' && text[at+1] == 'a' && text[at+2] == 'N' {
		p.at += 3
		return 0, true
	}
	negative := text[at] == '-'
	if negative {
		at++
	}
	if at < end && text[at] == '∞' {
		p.at = at + 1
		return ToInt32(math.Inf(1 - 2*b2i(negative))), true
	}
	digits, at := appendDigits(nil, text, at)
	if len(digits) == 0 {
		return 0, false
	}
	var exponent []byte
	if at+1 < end && text[at] == 'E' {
		e := at + 1
		sign := text[e] == '-'
		if sign {
			e++
			exponent = append(exponent, '-')
		}
		d, after := appendDigits(exponent, text, e)
		if after > e {
			exponent, at = d, after
		} else {
			exponent = nil
		}
	}
	p.at = at
	if exponent == nil {
		if v, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			if negative {
				v = -v
			}
			return int32(v), true
		}
	}
	return exponentNumber(digits, exponent, negative), true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func appendDigits(dst []byte, text []uint16, at int) ([]byte, int) {
	for ; at < len(text); at++ {
		d := Digit(rune(text[at]))
		if d < 0 {
			break
		}
		dst = append(dst, byte('0'+d))
	}
	return dst, at
}

// exponentNumber is intValue of a number with exponent, or of one too long for a long.
func exponentNumber(digits, exponent []byte, negative bool) int32 {
	text := string(digits)
	if exponent != nil {
		text += "e" + string(exponent)
	}
	// Out of range the error says what the infinity says.
	f, _ := strconv.ParseFloat(text, 64)
	if negative {
		f = -f
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		return int32(int64(f))
	}
	return ToInt32(f)
}
