package data

import (
	"math/big"

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
func (d Decimal) Cmp(o Decimal) int {
	x, y := d.Unscaled(), o.Unscaled()
	if s := x.Sign() - y.Sign(); s != 0 || x.Sign() == 0 {
		return s
	}
	switch a, b := d.Scale(), o.Scale(); {
	case a < b:
		x = new(big.Int).Mul(x, powerOfTen(int64(b)-int64(a)))
	case a > b:
		y = new(big.Int).Mul(y, powerOfTen(int64(a)-int64(b)))
	}
	return x.Cmp(y)
}

func powerOfTen(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }
