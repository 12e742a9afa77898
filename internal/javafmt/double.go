package javafmt

import (
	"math"
	"math/bits"
	"strconv"
)

// AppendDouble appends Double.toString(f) of JDK 17. Its digits are not always the shortest that read back as f (JDK-4511638, mended in 19).
func AppendDouble(dst []byte, f float64) []byte {
	u := math.Float64bits(f)
	negative, exponent, fraction := u>>63 != 0, int(u>>52&0x7ff), u&(1<<52-1)
	if exponent == 0x7ff {
		return appendSpecial(dst, negative, fraction)
	}
	if negative {
		dst = append(dst, '-')
	}
	significant := 53
	switch {
	case exponent > 0:
		fraction |= 1 << 52
	case fraction == 0:
		return append(dst, "0.0"...)
	default:
		significant = bits.Len64(fraction)
		fraction <<= 53 - significant
		exponent = significant - 52
	}
	return appendBinary(dst, exponent-1023, fraction, significant)
}

// AppendFloat appends Float.toString(f) of JDK 17.
func AppendFloat(dst []byte, f float32) []byte {
	u := math.Float32bits(f)
	negative, exponent, fraction := u>>31 != 0, int(u>>23&0xff), uint64(u&(1<<23-1))
	if exponent == 0xff {
		return appendSpecial(dst, negative, fraction)
	}
	if negative {
		dst = append(dst, '-')
	}
	significant := 24
	switch {
	case exponent > 0:
		fraction |= 1 << 23
	case fraction == 0:
		return append(dst, "0.0"...)
	default:
		significant = bits.Len64(fraction)
		fraction <<= 24 - significant
		exponent = significant - 23
	}
	return appendBinary(dst, exponent-127, fraction<<29, significant)
}

// FormatDouble returns Double.toString(f) of JDK 17.
func FormatDouble(f float64) string { return string(AppendDouble(make([]byte, 0, 24), f)) }

// FormatFloat returns Float.toString(f) of JDK 17.
func FormatFloat(f float32) string { return string(AppendFloat(make([]byte, 0, 16), f)) }

func appendSpecial(dst []byte, negative bool, fraction uint64) []byte {
	switch {
	case fraction != 0:
		return append(dst, "NaN"...)
	case negative:
		return append(dst, "-Infinity"...)
	}
	return append(dst, "Infinity"...)
}

// digits are decimal digits d1 d2 ... of the number 0.d1d2... times 10 to the point.
type digits struct {
	buf   [24]byte
	n     int
	point int
}

func (d *digits) add(q uint64) {
	d.buf[d.n] = '0' + byte(q)
	d.n++
}

// roundUp adds one unit in the last place.
func (d *digits) roundUp() {
	i := d.n - 1
	for i > 0 && d.buf[i] == '9' {
		d.buf[i] = '0'
		i--
	}
	if d.buf[i] == '9' {
		d.buf[0] = '1'
		d.point++
		return
	}
	d.buf[i]++
}

// append writes the digits in Java's layout: with an exponent below 10^-3 and from 10^7 on.
func (d *digits) append(dst []byte) []byte {
	all := d.buf[:d.n]
	switch {
	case d.point > 0 && d.point < 8:
		if d.n <= d.point {
			dst = append(dst, all...)
			for i := d.n; i < d.point; i++ {
				dst = append(dst, '0')
			}
			return append(dst, ".0"...)
		}
		dst = append(dst, all[:d.point]...)
		dst = append(dst, '.')
		return append(dst, all[d.point:]...)
	case d.point <= 0 && d.point > -3:
		dst = append(dst, "0."...)
		for i := d.point; i < 0; i++ {
			dst = append(dst, '0')
		}
		return append(dst, all...)
	}
	dst = append(dst, all[0], '.')
	if d.n > 1 {
		dst = append(dst, all[1:]...)
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(d.point-1), 10)
}

// appendBinary appends the number fraction/2^52 * 2^exponent, 1 <= fraction/2^52 < 2, of which significant bits are stored. The digits are those
// of Steele and White's method as sun.misc.FloatingDecimal applies it: digits of the exact value are made until what is left, or what is missing
// to the next digit, is less than half the distance to the neighbouring number.
func appendBinary(dst []byte, exponent int, fraction uint64, significant int) []byte {
	tail := bits.TrailingZeros64(fraction)
	width := 53 - tail
	tiny := max(0, width-exponent-1)
	if tiny == 0 && exponent <= 62 && exponent >= -21 {
		return appendWhole(dst, exponent, fraction, significant)
	}
	if exponent >= 0 && tiny > 0 && significant == 53 {
		return appendMixed(dst, exponent, fraction)
	}
	return appendAny(dst, exponent, fraction, significant)
}

// appendAny is appendBinary for all numbers.
func appendAny(dst []byte, exponent int, fraction uint64, significant int) []byte {
	tail := bits.TrailingZeros64(fraction)
	width := 53 - tail
	tiny := max(0, width-exponent-1)
	g := generator{decimal: estimateDecimal(fraction, exponent)}
	g.b5 = max(0, -g.decimal)
	g.b2 = g.b5 + tiny + exponent
	g.s5 = max(0, g.decimal)
	g.s2 = g.s5 + tiny
	g.m2 = g.b2 - significant
	g.fraction = fraction >> tail
	g.b2 -= width - 1
	shared := min(g.b2, g.s2)
	g.b2 -= shared
	g.s2 -= shared
	g.m2 -= shared
	if width == 1 {
		// Below a power of two the next number is only half as far away.
		g.m2--
	}
	if g.m2 < 0 {
		g.b2 -= g.m2
		g.s2 -= g.m2
		g.m2 = 0
	}
	bBits := width + g.b2 + bitsOfPower5(g.b5)
	tensBits := g.s2 + 1 + bitsOfPower5(g.s5+1)
	var d digits
	if bBits < 64 && tensBits < 64 {
		g.narrow(&d, bBits < 32 && tensBits < 32)
	} else {
		g.wide(&d)
	}
	return d.append(dst)
}

// appendWhole appends a whole number below 2^63. Decimal digits that its bits do not determine are rounded away.
func appendWhole(dst []byte, exponent int, fraction uint64, significant int) []byte {
	var v uint64
	if exponent >= 52 {
		v = fraction << (exponent - 52)
	} else {
		v = fraction >> (52 - exponent)
	}
	if surplus := exponent - significant - 1; exponent > significant && surplus > 1 {
		if n := insignificantDigits(surplus); n > 0 {
			p := powersOf5[n] << n
			rest := v % p
			v /= p
			if rest >= p>>1 {
				v++
			}
			v *= p
		}
	}
	var d digits
	all := strconv.AppendUint(d.buf[:0], v, 10)
	d.point = len(all)
	d.n = len(all)
	for d.n > 1 && all[d.n-1] == '0' {
		d.n--
	}
	return d.append(dst)
}

// insignificantDigits is how many decimal digits n bits hold for sure.
func insignificantDigits(n int) int { return int(float64(n) * (math.Ln2 / math.Ln10)) }

// estimateDecimal guesses the exponent of the first decimal digit; it may be one too high.
func estimateDecimal(fraction uint64, exponent int) int {
	f := math.Float64frombits(1023<<52 | fraction&(1<<52-1))
	// The conversions forbid the fused operations of some processors, which round otherwise than Java.
	slope := float64((f - 1.5) * 0.289529654)
	scale := float64(float64(exponent) * 0.301029995663981)
	return int(math.Floor(float64(slope+0.176091259) + scale))
}

// powersOf5 are those that fit a long.
var powersOf5 = func() (p [28]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 5 * p[i-1]
	}
	return p
}()

// bitsOfPower5 is the length of 5^n, for large n a bound.
func bitsOfPower5(n int) int {
	if n < 27 {
		return max(0, bits.Len64(powersOf5[n]))
	}
	return 3 * n
}
