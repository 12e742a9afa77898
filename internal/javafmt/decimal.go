package javafmt

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is a BigDecimal: Unscaled * 10^-Scale. Unscaled must not be nil and is not changed by any method.
type Decimal struct {
	Unscaled *big.Int
	Scale    int32
}

// DecimalOf returns new BigDecimal(double): the exact value. NaN and infinities give an Exception of class NumberFormatException.
func DecimalOf(f float64) (Decimal, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Decimal{}, NewException(NumberFormatException, "Infinite or NaN", nil)
	}
	fraction, exponent := math.Frexp(f)
	unscaled := big.NewInt(int64(fraction * (1 << 53)))
	exponent -= 53
	if unscaled.Sign() == 0 {
		return Decimal{Unscaled: unscaled}, nil
	}
	zeros := unscaled.TrailingZeroBits()
	unscaled.Rsh(unscaled, zeros)
	exponent += int(zeros)
	if exponent >= 0 {
		return Decimal{Unscaled: unscaled.Lsh(unscaled, uint(exponent))}, nil
	}
	five := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(-exponent)), nil)
	return Decimal{Unscaled: unscaled.Mul(unscaled, five), Scale: int32(-exponent)}, nil
}

// DecimalValueOf returns BigDecimal.valueOf(double): the number that Double.toString prints.
func DecimalValueOf(f float64) (Decimal, error) {
	return ParseDecimal(FormatDouble(f))
}

// AppendDecimal appends BigDecimal.toString.
func AppendDecimal(dst []byte, d Decimal) []byte {
	if d.Scale == 0 {
		return d.Unscaled.Append(dst, 10)
	}
	digits, negative := d.digits()
	adjusted := int64(len(digits)) - 1 - int64(d.Scale)
	if d.Scale >= 0 && adjusted >= -6 {
		return appendPlain(dst, digits, negative, d.Scale)
	}
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	if adjusted != 0 {
		dst = append(dst, 'E')
		if adjusted > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, adjusted, 10)
	}
	return dst
}

// String returns BigDecimal.toString.
func (d Decimal) String() string { return string(AppendDecimal(nil, d)) }

// PlainString returns BigDecimal.toPlainString. Its length grows with the scale.
func (d Decimal) PlainString() string {
	digits, negative := d.digits()
	if d.Scale > 0 {
		return string(appendPlain(nil, digits, negative, d.Scale))
	}
	if d.Unscaled.Sign() == 0 {
		return "0"
	}
	return d.Unscaled.String() + strings.Repeat("0", int(-int64(d.Scale)))
}

func (d Decimal) digits() (digits string, negative bool) {
	digits = d.Unscaled.String()
	return strings.TrimPrefix(digits, "-"), d.Unscaled.Sign() < 0
}

func appendPlain(dst []byte, digits string, negative bool, scale int32) []byte {
	if negative {
		dst = append(dst, '-')
	}
	if point := len(digits) - int(scale); point > 0 {
		dst = append(dst, digits[:point]...)
		dst = append(dst, '.')
		return append(dst, digits[point:]...)
	}
	dst = append(dst, "0."...)
	for i := len(digits); i < int(scale); i++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// Precision returns the number of digits of the unscaled value, 1 for zero.
func (d Decimal) Precision() int {
	digits, _ := d.digits()
	return len(digits)
}

// Float64 returns BigDecimal.doubleValue.
func (d Decimal) Float64() float64 {
	// Out of range the error says what the infinity says.
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}

// Float32 returns BigDecimal.floatValue.
func (d Decimal) Float32() float32 {
	f, _ := strconv.ParseFloat(d.String(), 32)
	return float32(f)
}

// Int64 returns BigDecimal.longValue: the low 64 bits of the part before the point.
func (d Decimal) Int64() int64 {
	// 10^64 and its multiples have no bit among the low 64.
	if d.Scale <= -64 || d.Unscaled.Sign() == 0 || int64(d.Precision()) <= int64(d.Scale) {
		return 0
	}
	return lowBits(d.BigInt())
}

func lowBits(v *big.Int) int64 {
	low := int64(new(big.Int).And(new(big.Int).Abs(v), new(big.Int).SetUint64(math.MaxUint64)).Uint64())
	if v.Sign() < 0 {
		return -low
	}
	return low
}

// BigInt returns BigDecimal.toBigInteger: the part before the point. Its length grows with a negative scale.
func (d Decimal) BigInt() *big.Int {
	if d.Scale <= 0 {
		return new(big.Int).Mul(d.Unscaled, power10(-int64(d.Scale)))
	}
	if int64(d.Precision()) <= int64(d.Scale) {
		return new(big.Int)
	}
	return new(big.Int).Quo(d.Unscaled, power10(int64(d.Scale)))
}

func power10(n int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
}

// Strip returns BigDecimal.stripTrailingZeros.
func (d Decimal) Strip() Decimal {
	if d.Unscaled.Sign() == 0 {
		return Decimal{Unscaled: new(big.Int)}
	}
	digits := d.Unscaled.String()
	short := strings.TrimRight(digits, "0")
	n := min(int64(len(digits)-len(short)), int64(d.Scale)-math.MinInt32)
	if n == 0 {
		return d
	}
	return Decimal{Unscaled: new(big.Int).Quo(d.Unscaled, power10(n)), Scale: d.Scale - int32(n)}
}

// HashCode returns BigDecimal.hashCode, in which the scale counts.
func (d Decimal) HashCode() int32 { return 31*HashBigInt(d.Unscaled) + d.Scale }

// HashBigInt returns BigInteger.hashCode.
func HashBigInt(v *big.Int) int32 {
	var h int32
	mag := v.Bytes()
	for i := len(mag) % 4; len(mag) > 0; i = 4 {
		if i == 0 {
			continue
		}
		var word uint32
		for _, b := range mag[:i] {
			word = word<<8 | uint32(b)
		}
		mag = mag[i:]
		h = 31*h + int32(word)
	}
	return h * int32(v.Sign())
}

// Equal is BigDecimal.equals: 1.0 and 1.00 differ.
func (d Decimal) Equal(e Decimal) bool { return d.Scale == e.Scale && d.Unscaled.Cmp(e.Unscaled) == 0 }

// Compare is BigDecimal.compareTo: by value.
func (d Decimal) Compare(e Decimal) int {
	if s, t := d.Unscaled.Sign(), e.Unscaled.Sign(); s != t || s == 0 {
		return s - t
	}
	// Numbers of different magnitude are told apart without writing out their zeros.
	x, y := int64(d.Precision())-int64(d.Scale), int64(e.Precision())-int64(e.Scale)
	if x != y {
		return cmpZero(x-y) * d.Unscaled.Sign()
	}
	a, b := d.Unscaled, e.Unscaled
	if d.Scale < e.Scale {
		a = new(big.Int).Mul(a, power10(int64(e.Scale)-int64(d.Scale)))
	} else {
		b = new(big.Int).Mul(b, power10(int64(d.Scale)-int64(e.Scale)))
	}
	return a.Cmp(b)
}

// BigIntBytes returns BigInteger.toByteArray: two's complement, big endian, as short as it can be.
func BigIntBytes(v *big.Int) []byte {
	if v.Sign() >= 0 {
		b := v.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	n := new(big.Int).Not(v).BitLen()/8 + 1
	b := make([]byte, n)
	return new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(n)*8)).FillBytes(b)
}

// BigIntFromBytes returns new BigInteger(byte[]). An empty array gives an Exception of class NumberFormatException.
func BigIntFromBytes(b []byte) (*big.Int, error) {
	if len(b) == 0 {
		return nil, NewException(NumberFormatException, "Zero length BigInteger", nil)
	}
	v := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	return v, nil
}

// Rounding says what SetScale does with digits it drops.
type Rounding int

// The modes of java.math.RoundingMode.
const (
	RoundUp Rounding = iota
	RoundDown
	RoundCeiling
	RoundFloor
	RoundHalfUp
	RoundHalfDown
	RoundHalfEven
	RoundUnnecessary
)

// SetScale is BigDecimal.setScale. RoundUnnecessary gives an Exception of class ArithmeticException where digits would be lost.
func (d Decimal) SetScale(scale int32, mode Rounding) (Decimal, error) {
	shift := int64(scale) - int64(d.Scale)
	if shift >= 0 {
		if shift == 0 {
			return d, nil
		}
		if d.Unscaled.Sign() == 0 {
			return Decimal{Unscaled: d.Unscaled, Scale: scale}, nil
		}
		return Decimal{Unscaled: new(big.Int).Mul(d.Unscaled, power10(shift)), Scale: scale}, nil
	}
	// Beyond the digits there are, one more place gives the same comparison with one half.
	shift = min(-shift, int64(d.Precision())+1)
	q, rest := new(big.Int).QuoRem(d.Unscaled, power10(shift), new(big.Int))
	if rest.Sign() == 0 {
		return Decimal{Unscaled: q, Scale: scale}, nil
	}
	half := new(big.Int).Lsh(new(big.Int).Abs(rest), 1).Cmp(power10(shift))
	sign := d.Unscaled.Sign()
	var away bool
	switch mode {
	case RoundUp:
		away = true
	case RoundDown:
	case RoundCeiling:
		away = sign > 0
	case RoundFloor:
		away = sign < 0
	case RoundHalfUp:
		away = half >= 0
	case RoundHalfDown:
		away = half > 0
	case RoundHalfEven:
		away = half > 0 || half == 0 && q.Bit(0) == 1
	case RoundUnnecessary:
		return Decimal{}, NewException(ArithmeticException, "Rounding necessary", nil)
	default:
		panic(fmt.Sprintf("javafmt: rounding mode %d", mode))
	}
	if away {
		q.Add(q, big.NewInt(int64(sign)))
	}
	return Decimal{Unscaled: q, Scale: scale}, nil
}
