package jsonscan

import (
	"encoding/binary"
	"math/bits"

	"github.com/moldau/moldau/internal/javafmt"
)

// Number scans a number from i, the index of its sign or first digit. fraction is set where it has a fraction or an exponent: Jackson reads it
// as a BigDecimal then.
func Number(b []byte, i int) (end int, fraction bool) {
	start := i
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	for i < len(b) && b[i] == '0' {
		i++
	}
	zeros := i - first
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	digits := i - first - zeros
	if digits == 0 {
		if zeros == 0 {
			return -1, false
		}
		digits = 1
	}
	if i >= len(b) || b[i] != '.' && b[i]|0x20 != 'e' {
		if digits > MaxNumber {
			return -1, false
		}
		return i, false
	}
	if b[i] == '.' {
		i++
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == from {
			return -1, false
		}
		digits += i - from
	}
	exponent := 0
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if exponent = i - from; exponent == 0 {
			return -1, false
		}
	}
	if digits+exponent > MaxNumber {
		return -1, false
	}
	if exponent > 8 {
		// Jackson makes a BigDecimal of every such number, whether it is used or not.
		if _, err := javafmt.ParseDecimal(string(b[start:i])); err != nil {
			return -1, false
		}
	}
	return i, true
}

// Int scans an integer of at most 19 digits from i. ok is false for everything else, valid or not.
func Int(b []byte, i int) (x int64, end int, ok bool) {
	negative := uint(i) < uint(len(b)) && b[i] == '-'
	if negative {
		i++
	}
	first := i
	u := uint64(0)
	for uint(i) < uint(len(b)) {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		u = u*10 + uint64(d)
		i++
	}
	if n := i - first; n == 0 || n > 18 && (n > 19 || u > 1<<63-1) {
		return 0, i, false
	}
	if uint(i) < uint(len(b)) && (b[i] == '.' || b[i]|0x20 == 'e') {
		return 0, i, false
	}
	if negative {
		return -int64(u), i, true
	}
	return int64(u), i, true
}

// Digits returns the index of the first byte from i on that is no digit.
func Digits(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:]) ^ '0'*ones
		// Digits are 0 to 9 now; of what is more the highest bit is set, and so it may be above such a byte.
		if m := (x + 0x76*ones | x) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}
