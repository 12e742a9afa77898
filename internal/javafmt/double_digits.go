package javafmt

import (
	"math/bits"
	"strconv"
)

// generator holds the quotient of which it makes digits: (fraction * 2^b2 * 5^b5) / (2^s2 * 5^s5), and half the distance between neighbours,
// 2^m2 * 5^b5 in the same unit.
type generator struct {
	fraction       uint64
	b2, b5, s2, s5 int
	m2             int
	decimal        int
}

// free tells whether the first digit may be the only one: with an exponent Java prints one behind the point, and makes it a real one.
func (g *generator) free() bool { return g.decimal >= -3 && g.decimal < 8 }

// narrow makes the digits in 64 bits; short tells that Java does it in 32.
func (g *generator) narrow(d *digits, short bool) {
	b := g.fraction * powersOf5[g.b5] << g.b2
	s := powersOf5[g.s5] << g.s2
	m := powersOf5[g.b5] << g.m2
	tens := 10 * s
	q := b / s
	b = 10 * (b % s)
	m *= 10
	low := int64(b) < int64(m)
	high := int64(b+m) > int64(tens)
	if q == 0 && !high {
		g.decimal--
	} else {
		d.add(q)
	}
	if !g.free() {
		high, low = false, false
	}
	for !low && !high {
		q = b / s
		b = 10 * (b % s)
		m *= 10
		positive := int64(m) > 0
		if short {
			positive = int32(m) > 0
		}
		if positive {
			low = int64(b) < int64(m)
			high = int64(b+m) > int64(tens)
		} else {
			low, high = true, true
		}
		d.add(q)
	}
	difference := int64(b<<1) - int64(tens)
	g.finish(d, low, high, cmpZero(difference))
}

func cmpZero(v int64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// finish rounds the last digit. side compares what is left with half a unit of it.
func (g *generator) finish(d *digits, low, high bool, side int) {
	d.point = g.decimal + 1
	if !high {
		return
	}
	if !low || side > 0 || side == 0 && d.buf[d.n-1]&1 != 0 {
		d.roundUp()
	}
}

// appendMixed is appendBinary for a double with a whole part and a fraction, the usual case: digits come by multiplication, without a division. No digit
// of the whole part can be the last one, since the fraction, and what it lacks to 1, are at least twice the distance that generator compares with.
// That the sums below are never equal to one, and Java's never too long for a long, follows from the range: so narrow and wide would agree.
func appendMixed(dst []byte, exponent int, fraction uint64) []byte {
	var d digits
	places := uint(53 - exponent) // behind the binary point, the half of the distance being the last
	one := uint64(1) << places
	rest, half := fraction<<1&(one-1), uint64(1)
	d.point = len(strconv.AppendUint(d.buf[:0], fraction<<1>>places, 10))
	d.n = d.point
	var low, high bool
	for !low && !high && half < one/eightDigits {
		// Had a digit before the eighth been the last one, what is left would be less than the distance, and the eighth one a 0, or what is missing, and it a 9.
		upper, lower := bits.Mul64(rest, eightDigits)
		eight := upper<<(64-places) | lower>>places
		if last := eight % 10; last == 0 || last == 9 {
			break
		}
		d.addEight(uint32(eight))
		rest, half = lower&(one-1), half*eightDigits
		low, high = rest < half, rest+half > one
	}
	for !low && !high {
		rest *= 10
		half *= 10
		d.add(rest >> places)
		rest &= one - 1
		low, high = rest < half, rest+half > one
	}
	if high && (!low || 2*rest > one || 2*rest == one && d.buf[d.n-1]&1 != 0) {
		d.roundUp()
	}
	return d.append(dst)
}

// eightDigits is how many numbers have eight digits at most.
const eightDigits = 100_000_000

// addEight adds a number of eight digits, of which the first ones may be zeros.
func (d *digits) addEight(v uint32) {
	text := d.buf[d.n : d.n+8]
	d.n += 8
	high, low := v/10_000, v%10_000
	for i, pair := range [...]uint32{high / 100, high % 100, low / 100, low % 100} {
		text[2*i], text[2*i+1] = '0'+byte(pair/10), '0'+byte(pair%10)
	}
}

// wide makes the digits with numbers of any length. Unlike narrow it stops where the distances are equal too, as Java does.
func (g *generator) wide(d *digits) {
	var b, s, m, tens natural
	b.setPower(g.fraction, g.b5, g.b2)
	s.setPower(1, g.s5, g.s2)
	m.setPower(1, g.b5+1, g.m2+1)
	tens.setPower(1, g.s5+1, g.s2+1)
	q := b.nextDigit(&s)
	low := b.compare(&m) < 0
	high := tens.compareSum(&b, &m) <= 0
	if q == 0 && !high {
		g.decimal--
	} else {
		d.add(q)
	}
	if !g.free() {
		high, low = false, false
	}
	for !low && !high {
		q = b.nextDigit(&s)
		m.multiply(10)
		low = b.compare(&m) < 0
		high = tens.compareSum(&b, &m) <= 0
		d.add(q)
	}
	side := 0
	if low && high {
		b.multiply(2)
		side = b.compare(&tens)
	}
	g.finish(d, low, high, side)
}
