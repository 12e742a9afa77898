package javafmt

import (
	"math"
	"math/big"
)

// compactDigits is the number of characters up to which BigDecimal reads a number as a long; beyond it has other words for the same error.
const compactDigits = 18

// ParseDecimal is new BigDecimal(String). Errors are Exceptions of class NumberFormatException. A huge exponent costs nothing: it is the scale.
func ParseDecimal(s string) (Decimal, error) {
	sign := signLength(s)
	body := s[sign:]
	if body == "" {
		if sign > 0 {
			return Decimal{}, notDecimal("No digits found.")
		}
		return Decimal{}, notDecimal("")
	}
	var digits []byte
	var scale, exponent int64
	point := false
scan:
	for i := 0; i < len(body); {
		r, n := decodeRune(body[i:])
		d := Digit(r)
		switch {
		case d >= 0:
			digits = append(digits, byte('0'+d))
			if point {
				scale++
			}
		case r == '.':
			if point {
				return Decimal{}, notDecimal("Character array contains more than one decimal point.")
			}
			point = true
		case r == 'e' || r == 'E':
			var err error
			if exponent, err = parseExponent(body[i+n:]); err != nil {
				return Decimal{}, err
			}
			break scan
		case Length(body) <= compactDigits:
			return Decimal{}, notDecimal("Character " + string(appendRune(nil, firstUnit(r))) +
				` is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`)
		default:
			return Decimal{}, notDecimal(`Character array is missing "e" notation exponential mark.`)
		}
		i += n
	}
	if len(digits) == 0 {
		return Decimal{}, notDecimal("No digits found.")
	}
	scale -= exponent
	if scale > math.MaxInt32 || scale < math.MinInt32 {
		return Decimal{}, notDecimal("Scale out of range.")
	}
	if s[0] == '-' {
		digits = append([]byte{'-'}, digits...)
	}
	unscaled, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		return Decimal{}, forInput(s)
	}
	return Decimal{Unscaled: unscaled, Scale: int32(scale)}, nil
}

// parseExponent reads what stands behind the e: up to ten digits, leading zeros apart.
func parseExponent(s string) (int64, error) {
	sign := signLength(s)
	digits := s[sign:]
	if digits == "" {
		return 0, notDecimal("")
	}
	for Length(digits) > 10 {
		r, n := decodeRune(digits)
		if Digit(r) != 0 {
			return 0, notDecimal("Too many nonzero exponent digits.")
		}
		digits = digits[n:]
	}
	var v int64
	for _, r := range digits {
		d := Digit(r)
		if d < 0 {
			return 0, notDecimal("Not a digit.")
		}
		v = v*10 + int64(d)
	}
	if s[0] == '-' {
		v = -v
	}
	if v > math.MaxInt32 || v < math.MinInt32 {
		return 0, notDecimal("Exponent overflow.")
	}
	return v, nil
}

func notDecimal(message string) error { return NewException(NumberFormatException, message, nil) }

// ParseBigInt is new BigInteger(String). Errors are Exceptions of class NumberFormatException.
func ParseBigInt(s string) (*big.Int, error) {
	if len(s) == signLength(s) {
		return nil, NewException(NumberFormatException, "Zero length BigInteger", nil)
	}
	ascii, ok := asciiDigits(s)
	if !ok {
		return nil, forInput(s)
	}
	v, ok := new(big.Int).SetString(ascii, 10)
	if !ok {
		return nil, forInput(s)
	}
	return v, nil
}
