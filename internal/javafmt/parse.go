package javafmt

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// ParseDouble is Double.parseDouble. Errors are Exceptions of class NumberFormatException.
func ParseDouble(s string) (float64, error) { return parseFloating(s, 64) }

// ParseFloat is Float.parseFloat. Errors are Exceptions of class NumberFormatException.
func ParseFloat(s string) (float32, error) {
	f, err := parseFloating(s, 32)
	return float32(f), err
}

func parseFloating(s string, size int) (float64, error) {
	s = Trim(s)
	if s == "" {
		return 0, NewException(NumberFormatException, "empty String", nil)
	}
	number, ok := floatingSyntax(s)
	if !ok {
		start := s[signLength(s):]
		if mantissa := start[:len(start)-len(strings.TrimLeft(start, ".0123456789"))]; strings.Count(mantissa, ".") > 1 {
			return 0, NewException(NumberFormatException, "multiple points", nil)
		}
		return 0, forInput(s)
	}
	switch strings.TrimLeft(number, "+-") {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1 - 2*strings.Count(number, "-")), nil
	}
	// Out of range, strconv gives the infinity or zero that Java gives.
	f, err := strconv.ParseFloat(number, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, forInput(s)
	}
	return f, nil
}

// Trim is String.trim: it cuts characters up to the space at both ends.
func Trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// floatingSyntax checks s against the grammar of Double.valueOf and returns it without the suffix f or d.
func floatingSyntax(s string) (string, bool) {
	i := signLength(s)
	if s[i:] == "NaN" || s[i:] == "Infinity" {
		return s, true
	}
	hex := strings.HasPrefix(s[i:], "0x") || strings.HasPrefix(s[i:], "0X")
	if hex {
		i += 2
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' || hex && hexDigit(rune(c)) >= 0 }
	count := 0
	for i < len(s) && digit(s[i]) {
		i, count = i+1, count+1
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && digit(s[i]); i++ {
			count++
		}
	}
	if count == 0 {
		return "", false
	}
	mark := byte('e')
	if hex {
		mark = 'p'
	}
	if i < len(s) && s[i]|0x20 == mark {
		i++
		i += signLength(s[i:])
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i == start {
			return "", false
		}
	} else if hex {
		return "", false
	}
	if i == len(s)-1 && strings.IndexByte("fFdD", s[i]) >= 0 {
		return s[:i], true
	}
	return s, i == len(s)
}

func signLength(s string) int {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return 1
	}
	return 0
}

func forInput(s string) error {
	return NewException(NumberFormatException, `For input string: "`+s+`"`, nil)
}

// ParseLong is Long.parseLong. Errors are Exceptions of class NumberFormatException.
func ParseLong(s string) (int64, error) { return parseWhole(s, 64) }

// ParseInt is Integer.parseInt. Errors are Exceptions of class NumberFormatException.
func ParseInt(s string) (int32, error) {
	v, err := parseWhole(s, 32)
	return int32(v), err
}

// ParseShort is Short.parseShort. Errors are Exceptions of class NumberFormatException.
func ParseShort(s string) (int16, error) {
	v, err := parseSmall(s, math.MinInt16, math.MaxInt16)
	return int16(v), err
}

// ParseByte is Byte.parseByte. Errors are Exceptions of class NumberFormatException.
func ParseByte(s string) (int8, error) {
	v, err := parseSmall(s, math.MinInt8, math.MaxInt8)
	return int8(v), err
}

func parseSmall(s string, least, most int64) (int64, error) {
	v, err := parseWhole(s, 32)
	if err == nil && (v < least || v > most) {
		return 0, NewException(NumberFormatException, `Value out of range. Value:"`+s+`" Radix:10`, nil)
	}
	return v, err
}

func parseWhole(s string, size int) (int64, error) {
	if v, err := strconv.ParseInt(s, 10, size); err == nil {
		return v, nil
	}
	ascii, ok := asciiDigits(s)
	if !ok {
		return 0, forInput(s)
	}
	v, err := strconv.ParseInt(ascii, 10, size)
	if err != nil {
		return 0, forInput(s)
	}
	return v, nil
}

// asciiDigits writes a whole number in the digits of any script, which Java's parsers take, in ASCII.
func asciiDigits(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	n := signLength(s)
	b = append(b, s[:n]...)
	for _, r := range s[n:] {
		d := Digit(r)
		if d < 0 {
			return "", false
		}
		b = append(b, byte('0'+d))
	}
	return string(b), len(b) > n
}

// Digit is Character.digit(char, 10): the value of a decimal digit of any script, else -1. Java reads single UTF-16 units here, so digits outside
// the basic plane are none.
func Digit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < 0x660 || r > 0xffff:
		return -1
	}
	for _, rng := range unicode.Nd.R16 {
		if r >= rune(rng.Lo) && r <= rune(rng.Hi) {
			return int(r-rune(rng.Lo)) % 10
		}
	}
	return -1
}
