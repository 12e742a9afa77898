package javafmt

import "math"

// ToInt64 is Java's cast of a double to long: towards zero, NaN to 0, and to the nearest end of the range where it does not fit.
func ToInt64(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= 1<<63:
		return math.MaxInt64
	case f <= -1<<63:
		return math.MinInt64
	}
	return int64(f)
}

// ToInt32 is Java's cast of a double to int, with the rules of ToInt64.
func ToInt32(f float64) int32 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt32:
		return math.MaxInt32
	case f <= math.MinInt32:
		return math.MinInt32
	}
	return int32(f)
}

// ToInt16 is Double.shortValue: the low 16 bits of the int.
func ToInt16(f float64) int16 { return int16(ToInt32(f)) }

// ToInt8 is Double.byteValue: the low 8 bits of the int.
func ToInt8(f float64) int8 { return int8(ToInt32(f)) }

// Round is Math.round(double): to the nearest long, halves up.
func Round(f float64) int64 {
	down := math.Floor(f)
	if f-down >= 0.5 {
		down++
	}
	return ToInt64(down)
}

// RoundFloat is Math.round(float): to the nearest int, halves up.
func RoundFloat(f float32) int32 {
	down := math.Floor(float64(f))
	if float64(f)-down >= 0.5 {
		down++
	}
	return ToInt32(down)
}
