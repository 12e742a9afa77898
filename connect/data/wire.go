package data

import (
	"math/big"

	"github.com/moldau/moldau/internal/javafmt"
)

// AppendTwosComplement appends the unscaled value of a decimal as BigInteger.toByteArray gives it: two's complement, big-endian, as short as
// possible.
func AppendTwosComplement(dst []byte, d Decimal) []byte {
	if x, ok := d.Small(); ok {
		n := 8
		for n > 1 && (x>>(8*(n-1)-1) == 0 || x>>(8*(n-1)-1) == -1) {
			n--
		}
		for n--; n >= 0; n-- {
			dst = append(dst, byte(x>>(8*n)))
		}
		return dst
	}
	return append(dst, javafmt.BigIntBytes(d.Unscaled())...)
}

// DecimalFromTwosComplement returns the decimal whose unscaled value is b in two's complement, big-endian. Empty bytes are 0.
func DecimalFromTwosComplement(b []byte, scale int32) Decimal {
	if len(b) <= 8 {
		x := int64(0)
		if len(b) > 0 && b[0] >= 0x80 {
			x = -1
		}
		for _, c := range b {
			x = x<<8 | int64(c)
		}
		return Decimal{SmallDecimal(x, scale)}
	}
	x := new(big.Int).SetBytes(b)
	if b[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return NewDecimal(x, scale)
}
