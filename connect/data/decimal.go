package data

import (
	"math/big"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/slots"
)

// Decimal is a decimal number of arbitrary size, as java.math.BigDecimal: an unscaled integer and a scale, which may be negative.
type Decimal struct{ v Value }

// NewDecimal returns unscaled times ten to the power of -scale. It shares unscaled, which must not change any more.
func NewDecimal(unscaled *big.Int, scale int32) Decimal { return Decimal{DecimalOf(unscaled, scale)} }

// Value returns the decimal as a value.
func (d Decimal) Value() Value {
	if d.v.IsNull() {
		return SmallDecimal(0, 0)
	}
	return d.v
}

// Scale returns how many digits stand after the decimal point.
func (d Decimal) Scale() int32 { return int32(d.v.high()) }

// Small returns the unscaled value where it fits 64 bits.
func (d Decimal) Small() (int64, bool) { return int64(d.v.n), slots.Flags(d.v.m)&bigFlag == 0 }

// Unscaled returns the unscaled value, which must not be changed.
func (d Decimal) Unscaled() *big.Int {
	if x, ok := d.Small(); ok {
		return big.NewInt(x)
	}
	return (*big.Int)(d.v.p)
}

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int {
	if x, ok := d.Small(); ok {
		switch {
		case x < 0:
			return -1
		case x > 0:
			return 1
		}
		return 0
	}
	return (*big.Int)(d.v.p).Sign()
}

// Equal reports whether unscaled value and scale are the same, as BigDecimal.equals does: 1.0 and 1.00 differ.
func (d Decimal) Equal(o Decimal) bool {
	if d.Scale() != o.Scale() {
		return false
	}
	x, okX := d.Small()
	y, okY := o.Small()
	if okX || okY {
		return okX && okY && x == y
	}
	return d.Unscaled().Cmp(o.Unscaled()) == 0
}

// Cmp compares the numbers, whatever their scales: 1.0 and 1.00 are the same.
func (d Decimal) Cmp(o Decimal) int { return d.java().Compare(o.java()) }

func (d Decimal) java() javafmt.Decimal {
	return javafmt.Decimal{Unscaled: d.Unscaled(), Scale: d.Scale()}
}

// ParseDecimal reads a decimal as new BigDecimal(String) of Java does: 12.50, -1e3.
func ParseDecimal(text string) (Decimal, error) {
	d, err := javafmt.ParseDecimal(text)
	if err != nil {
		return Decimal{}, err
	}
	return NewDecimal(d.Unscaled, d.Scale), nil
}

// Float64 returns the nearest float64, an infinity where the number is too large.
func (d Decimal) Float64() float64 { return d.java().Float64() }

// String returns what AppendString appends.
func (d Decimal) String() string { return string(d.AppendString(nil)) }

// AppendString appends BigDecimal.toString of Java, which has an exponent where the scale is negative or the number very small.
func (d Decimal) AppendString(dst []byte) []byte {
	x, ok := d.Small()
	if !ok || d.Scale() < 0 {
		return javafmt.AppendDecimal(dst, d.java())
	}
	// The usual decimal, without the way through a big.Int.
	var buf [24]byte
	digits := strconv.AppendInt(buf[:0], x, 10)
	if digits[0] == '-' {
		dst, digits = append(dst, '-'), digits[1:]
	}
	scale := int(d.Scale())
	switch point := len(digits) - scale; {
	case scale == 0:
		return append(dst, digits...)
	case point > 0:
		dst = append(dst, digits[:point]...)
		dst = append(dst, '.')
		return append(dst, digits[point:]...)
	case point > -6:
		dst = append(dst, "0.000000"[:2-point]...)
		return append(dst, digits...)
	}
	if x < 0 {
		dst = dst[:len(dst)-1]
	}
	return javafmt.AppendDecimal(dst, d.java())
}

// PlainString returns BigDecimal.toPlainString of Java: no exponent, however many zeros that takes.
func (d Decimal) PlainString() string { return d.java().PlainString() }
