package config

import (
	"math"
	"regexp"
	"strconv"
	"unicode"
)

// equalFold compares ignoring case as String.equalsIgnoreCase does: character by character, upper then lower case.
func equalFold(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if unicode.ToLower(unicode.ToUpper(x[i])) != unicode.ToLower(unicode.ToUpper(y[i])) {
			return false
		}
	}
	return true
}

// parseLong is Long.parseLong (Integer, Short) within bounds: a sign, then decimal digits of any script.
func parseLong(s string, low, high int64) (int64, bool) {
	negative := false
	switch {
	case s == "":
		return 0, false
	case s[0] == '-':
		negative, s = true, s[1:]
	case s[0] == '+':
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	// Accumulated as a negative number, which has the larger range.
	var n int64
	for _, r := range s {
		d, ok := digit(r)
		if !ok || n < math.MinInt64/10 {
			return 0, false
		}
		n *= 10
		if n < math.MinInt64+d {
			return 0, false
		}
		n -= d
	}
	if !negative {
		if n == math.MinInt64 {
			return 0, false
		}
		n = -n
	}
	return n, n >= low && n <= high
}

// digit is Character.digit(char, 10): digits outside the basic plane are surrogates to Java and no digits.
func digit(r rune) (int64, bool) {
	if r >= '0' && r <= '9' {
		return int64(r - '0'), true
	}
	if r < 0x80 || r > 0xffff || !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	// Decimal digits of a script are ten neighbours that begin with its zero.
	n := int64(0)
	for unicode.Is(unicode.Nd, r-1) && n < 9 {
		r--
		n++
	}
	return n, true
}

// doubles is the grammar of Double.parseDouble without its white space.
var doubles = regexp.MustCompile(`^([+-]?)(?:NaN|Infinity|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?)$`)

// parseDouble is Double.parseDouble.
func parseDouble(s string) (float64, bool) {
	if !doubles.MatchString(s) {
		return 0, false
	}
	if s[len(s)-1] == 'N' {
		// Java's NaN; Go's has another bit set.
		return math.Float64frombits(0x7ff8000000000000), true
	}
	switch s[len(s)-1] {
	case 'f', 'F', 'd', 'D':
		// The last letter of a hexadecimal number is its exponent's suffix, never a digit, since the exponent is not optional.
		s = s[:len(s)-1]
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}
