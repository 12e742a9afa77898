package javafmt

import "math/bits"

// natural is a whole number of up to 1280 bits, enough for every step between a double and its digits, and free of allocation.
type natural struct {
	words [20]uint64
	n     int
}

// setPower sets x to v * 5^five * 2^two.
func (x *natural) setPower(v uint64, five, two int) {
	x.n = 1
	x.words[0] = v
	for ; five >= 27; five -= 27 {
		x.multiply(powersOf5[27])
	}
	x.multiply(powersOf5[five])
	x.shift(two)
}

func (x *natural) multiply(v uint64) {
	var carry uint64
	for i := 0; i < x.n; i++ {
		hi, lo := bits.Mul64(x.words[i], v)
		var c uint64
		x.words[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	if carry != 0 {
		x.words[x.n] = carry
		x.n++
	}
}

func (x *natural) shift(n int) {
	whole, part := n/64, uint(n%64)
	if whole > 0 {
		copy(x.words[whole:x.n+whole], x.words[:x.n])
		clear(x.words[:whole])
		x.n += whole
	}
	if part == 0 {
		return
	}
	var carry uint64
	for i := whole; i < x.n; i++ {
		w := x.words[i]
		x.words[i] = w<<part | carry
		carry = w >> (64 - part)
	}
	if carry != 0 {
		x.words[x.n] = carry
		x.n++
	}
}

// compare returns -1, 0 or 1 as x is less than, equal to or greater than y.
func (x *natural) compare(y *natural) int {
	if x.n != y.n {
		return cmpZero(int64(x.n - y.n))
	}
	for i := x.n - 1; i >= 0; i-- {
		if x.words[i] != y.words[i] {
			if x.words[i] < y.words[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// compareSum compares x with y + z.
func (x *natural) compareSum(y, z *natural) int {
	var sum natural
	var carry uint64
	for sum.n < max(y.n, z.n) {
		i := sum.n
		var a, b uint64
		if i < y.n {
			a = y.words[i]
		}
		if i < z.n {
			b = z.words[i]
		}
		sum.words[i], carry = bits.Add64(a, b, carry)
		sum.n++
	}
	if carry != 0 {
		sum.words[sum.n] = carry
		sum.n++
	}
	return x.compare(&sum)
}

// nextDigit returns x / s, which must be below 10, and sets x to ten times the rest.
func (x *natural) nextDigit(s *natural) uint64 {
	var q uint64
	for x.compare(s) >= 0 {
		// The quotient of the leading words is at most the true one when the divisor is taken one too large.
		step := uint64(1)
		if x.n == s.n && s.words[s.n-1] != 1<<64-1 {
			step = max(1, x.words[x.n-1]/(s.words[s.n-1]+1))
		}
		x.subtract(s, step)
		q += step
	}
	x.multiply(10)
	return q
}

// subtract takes y * v from x, which must not be less.
func (x *natural) subtract(y *natural, v uint64) {
	var borrow, carry uint64
	for i := 0; i < x.n; i++ {
		var w uint64
		if i < y.n {
			hi, lo := bits.Mul64(y.words[i], v)
			var c uint64
			w, c = bits.Add64(lo, carry, 0)
			carry = hi + c
		} else {
			w, carry = carry, 0
		}
		x.words[i], borrow = bits.Sub64(x.words[i], w, borrow)
	}
	for x.n > 1 && x.words[x.n-1] == 0 {
		x.n--
	}
}
